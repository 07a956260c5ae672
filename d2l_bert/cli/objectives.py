"""The choice of an objective: which options it has, and its examples."""

import argparse
from collections.abc import Iterable, Sequence
from typing import Any

from d2l_bert.core.objectives import bert, spanbert
from d2l_bert.core.randomness import make_rng
from d2l_bert.core.text.corpus import load_paragraph_splits
from d2l_bert.core.text.documents import load_document_splits
from d2l_bert.core.tokens.words import keep_case, keeps_case

from .console import Lines, left_out_lines
from .options import add_flags
from .tokenizer import choose_tokenizer

OBJECTIVES = ('bert', 'spanbert')
STRICT = (
    ('strict-negatives', 'a false second sentence is never the true one'),
    ('strict-masking', 'a random word is never a special token'),
    ('dynamic-masking', 'new masks in every epoch; always for spanbert'))
# Options that go to the examples as they are.
READING = ('min_freq', 'mlm_ratio')
PASSED = {'bert': (*READING, 'strict_negatives', 'strict_masking',
                   'dynamic_masking'),
          'spanbert': (*READING, 'scheme', 'packing', 'named_spans')}
# What only one of the two has, and its default.
OWN: dict[str, dict[str, Any]] = {
    'bert': {'strict_negatives': False, 'strict_masking': False,
             'wrapped': False, 'dupe_factor': 1},
    'spanbert': {'scheme': 'span', 'packing': 'single', 'named_spans': None}}


def add_objective(parser: argparse.ArgumentParser) -> None:
    """Add --objective, and the options that depend on it."""
    add = parser.add_argument
    add('--objective', choices=OBJECTIVES, default='bert',
        help='bert: single tokens are hidden, and pairs of sentences '
             'judged; spanbert: spans of words are hidden (default: bert)')
    own = OWN['spanbert']
    add('--scheme', choices=spanbert.SCHEMES, default=own['scheme'],
        help=f'for spanbert: what is hidden (default: {own["scheme"]})')
    add('--packing', choices=spanbert.PACKINGS, default=own['packing'],
        help=f'for spanbert: single, sentences in a row, or pair, with the '
             f'next-sentence task (default: {own["packing"]})')
    add('--named-spans', metavar='PIPELINE',
        help='for the schemes entity and phrase: a spaCy pipeline, such as '
             'en_core_web_sm')
    add_flags(parser, *STRICT)


def passed(options: argparse.Namespace,
           texts: Iterable[Sequence[str]] | None = None) -> dict[str, Any]:
    """Return the options of the examples, after a check of them all.

    `texts` are the paragraphs or documents from which a WordPiece is
    trained: see `choose_tokenizer`. Raises ValueError for an option of
    another objective.
    """
    chosen = options.objective
    other, = {*OBJECTIVES} - {chosen}
    wrong = [f'--{name.replace("_", "-")}'
             for name, default in OWN[other].items()
             if getattr(options, name, default) != default]
    if wrong:
        raise ValueError(f'leave out {", ".join(wrong)}: that is not for '
                         f'--objective {chosen}')
    found = {name: getattr(options, name) for name in PASSED[chosen]}
    found['tokenizer'] = choose_tokenizer(options, texts)
    if chosen == 'bert':
        bert.check_options(options.max_len, **found)
    else:
        spanbert.check_span_options(options.max_len, **found)
    return found


def model_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return the kind of model of an objective, and its heads."""
    if options.objective == 'bert':
        return {'kind': 'bert', 'tied': options.tied}
    return {'kind': 'spanbert', 'next_sentence': options.packing == 'pair'}


def make_splits(options: argparse.Namespace, corpus: Any, started: Any
                ) -> tuple[Any, Any, Lines]:
    """Return examples for training and validation, and what is left out.

    `started` is a model to go on from, or None. It knows how to read.
    """
    lowercase = (options.lowercase if started is None
                 else not keeps_case(started.tokenizer))

    def given(texts: Iterable[Sequence[str]]) -> dict[str, Any]:
        if started is None:
            return keep_case(passed(options, texts), lowercase)
        return passed(options) | {'vocab': started.vocab,
                                  'tokenizer': started.tokenizer}

    if options.objective == 'spanbert':
        documents = load_document_splits(
            corpus, options.data_dir, options.sentence_splitter,
            valid=options.valid, lowercase=lowercase)
        spans = spanbert.make_spanbert_splits(
            *documents, options.max_len, seed=options.seed,
            **given(documents[0]))
        return *spans, cut_lines(spans[0])
    rng = make_rng(options.rng, options.seed)  # as load_splits does
    texts = load_paragraph_splits(
        corpus, options.data_dir, rng, options.sentence_splitter,
        valid=options.valid, wrapped=options.wrapped, lowercase=lowercase)
    train, valid = bert.make_splits(texts.train, texts.valid, options.max_len,
                                    rng=rng, **given(texts.train))
    return train, valid, left_out_lines(texts.left_out)


def cut_lines(examples: Any) -> Lines:
    """Yield how many sentences did not fit into an example of SpanBERT."""
    if examples.layout == 'single':
        yield 'nothing' + (f'; {examples.num_cut} sentences are longer than '
                           f'an example, and cut into several'
                           if examples.num_cut else '')
    else:
        yield (f'{examples.num_dropped} pairs longer than '
               f'{examples.max_len} tokens')
