"""T5's examples: documents -> runs of tokens with corrupted spans.

Source: Raffel et al., Exploring the Limits of Transfer Learning with a
Unified Text-to-Text Transformer (2020); d2l section 11.9.2.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from ..examples.container import Examples
from ..files import PathLike
from ..randomness import Keyed
from ..text.corpus import find_corpus
from ..text.documents import load_document_splits, read_documents
from ..text.sentences import SplitterChoice
from ..text.sources import Corpus
from ..tokens.vocab import PAD, Vocab
from ..tokens.words import TokenizerChoice, keep_case
from .bert import check_option_names
from .masking import ROWS_AT_ONCE
from .running_text import check_text_options, documents_to_ids
from .t5_masking import T5Columns, T5Masking
from .t5_noise import (
    DENSITY, END, MEAN_LENGTH, SENTINEL, noise_counts, sentinels_for,
    t5_lengths)

ENDS = (END, SENTINEL)


def make_t5_examples(
        documents: Sequence[Sequence[str]], inputs_length: int, *,
        seed: int = 0, density: float = DENSITY,
        mean_length: float = MEAN_LENGTH, end: str = END,
        tokenizer: TokenizerChoice = 'words', min_freq: int = 5,
        vocab: Vocab | None = None, dynamic_masking: bool = True,
        int_dtype: Any = np.int64) -> Examples[T5Columns]:
    """Make T5's examples from documents of sentences.

    >>> examples = make_t5_examples([['the sea rose', 'it fell again .']], 7,
    ...                             min_freq=1)
    >>> ' '.join(examples.vocab.to_tokens(examples[0].token_ids))
    'the sea rose it fell <extra_id_0> </s>'
    >>> ' '.join(examples.vocab.to_tokens(examples[0].targets))
    '<extra_id_0> again </s>'

    All tokens of all documents are one row, which is cut into runs of
    `t5_lengths(inputs_length)` tokens, as in T5's code: a run may hold the
    end of a document and the beginning of the next. The last run may be
    short, and no token is lost. The options:

        seed             draws are keyed: each depends on the seed and the
                         number of its example, that of its first token
        density          share of the tokens that are noise
        mean_length      tokens of a noise span
        end              '</s>' ends inputs and targets; with 'sentinel' the
                         next sentinel ends the targets, and nothing the
                         inputs, so that they have padding at the end
        dynamic_masking  new noise in each epoch, which is the default here

    and tokenizer, min_freq, vocab and int_dtype, as in `make_examples`. The
    vocabulary has '<pad>', '</s>' and as many sentinels as a run needs.

    Raises ValueError or TypeError if documents or options make no example
    possible, and ValueError if the text has a sentinel or the end mark.
    """
    check_t5_options(inputs_length, seed=seed, density=density,
                     mean_length=mean_length, end=end, tokenizer=tokenizer,
                     min_freq=min_freq, vocab=vocab)
    special = special_tokens(inputs_length, density, mean_length)
    text, vocab, tokenizer = documents_to_ids(documents, special, tokenizer,
                                              min_freq, vocab)
    sentinels = np.array(vocab[special[2:]])
    marks = np.array([*sentinels, vocab.special(END)])
    _check_unmarked(text.token_ids, marks, vocab)
    masking = T5Masking(inputs_length, sentinels,
                        vocab.special(END) if end == END else None,
                        vocab.special(PAD), density, mean_length)
    columns, numbers = _runs(text.token_ids, masking.raw_length, vocab,
                             int_dtype)
    if not dynamic_masking:
        columns = _corrupted(columns, masking, seed, numbers)
    return Examples(
        columns, vocab, len(numbers), tokenizer=tokenizer, layout='single',
        numbers=numbers, seed=seed,
        mask_again=partial(masking.by_key, seed) if dynamic_masking else None)


def load_t5_examples(
        inputs_length: int, *,
        documents: Sequence[Sequence[str]] | None = None,
        corpus: Corpus = 'wikitext-2',
        data_dir: PathLike | None = None, seed: int = 0,
        sentence_splitter: SplitterChoice = 'period', lowercase: bool = True,
        **options: Any) -> Examples[T5Columns]:
    """Find a text, read its documents and make T5's examples.

    >>> examples = load_t5_examples(64, corpus='tiny')
    >>> len(examples), examples.columns.targets.shape
    (311, (311, 14))

    `documents` are lists of sentences of your own; otherwise `corpus` is
    read. It and `data_dir`, `sentence_splitter` and `lowercase` are those of
    `load_examples`, `options` those of `make_t5_examples`. Raises what these
    two raise.
    """
    check_t5_options(inputs_length, seed=seed, **options)
    if documents is None:
        documents = read_documents(find_corpus(corpus, data_dir).files,
                                   sentence_splitter, lowercase=lowercase)
    return make_t5_examples(documents, inputs_length, seed=seed,
                            **keep_case(options, lowercase))


def load_t5_splits(
        inputs_length: int, *, corpus: Corpus = 'wikitext-2',
        data_dir: PathLike | None = None, seed: int = 0,
        sentence_splitter: SplitterChoice = 'period', lowercase: bool = True,
        valid: Corpus | None = None, **options: Any
) -> tuple[Examples[T5Columns], Examples[T5Columns]]:
    """Load a text as training examples and validation examples.

    >>> train, valid = load_t5_splits(64, corpus='tiny')
    >>> len(train), len(valid), train.vocab is valid.vocab
    (277, 35, True)

    `valid` and what is held out are those of `load_document_splits`. The
    noise of the validation examples is drawn once. The other arguments and
    errors are those of `load_t5_examples`.
    """
    check_t5_options(inputs_length, seed=seed, **options)
    return make_t5_splits(*load_document_splits(
        corpus, data_dir, sentence_splitter, valid=valid,
        lowercase=lowercase), inputs_length, seed=seed,
        **keep_case(options, lowercase))


def make_t5_splits(
        documents: Sequence[Sequence[str]],
        held_out: Sequence[Sequence[str]], inputs_length: int, **options: Any
) -> tuple[Examples[T5Columns], Examples[T5Columns]]:
    """Make training examples, and validation examples with their vocabulary.

    >>> train, valid = make_t5_splits([['a b', 'b a']], [['a c']], 9,
    ...                               min_freq=1)
    >>> valid.vocab is train.vocab, valid.dynamic_masking
    (True, False)
    """
    train = make_t5_examples(documents, inputs_length, **options)
    options |= {'vocab': train.vocab, 'dynamic_masking': False}
    return train, make_t5_examples(held_out, inputs_length, **options)


def special_tokens(inputs_length: int, density: float = DENSITY,
                   mean: float = MEAN_LENGTH) -> list[str]:
    """Return padding, the end mark and the sentinels that a run needs.

    >>> special_tokens(7)
    ['<pad>', '</s>', '<extra_id_0>', '<extra_id_1>']
    """
    raw, _ = t5_lengths(inputs_length, density, mean)
    return [PAD, END, *sentinels_for(noise_counts(raw, density, mean)[1])]


def _runs(token_ids: np.ndarray, length: int, vocab: Vocab, int_dtype: Any
          ) -> tuple[T5Columns, np.ndarray]:
    """Return runs of tokens without noise, and their numbers, (N,)."""
    starts = np.arange(0, len(token_ids), length)
    rows = np.full(len(starts) * length, vocab.special(PAD), int_dtype)
    rows[:len(token_ids)] = token_ids
    lens = np.minimum(len(token_ids) - starts, length)
    nothing = np.zeros((len(starts), 0), int_dtype)  # (N, 0)
    return T5Columns(rows.reshape(-1, length), lens.astype(np.float32),
                     nothing, nothing, nothing.astype(np.float32)), starts


def _corrupted(columns: T5Columns, masking: T5Masking, seed: int,
               numbers: np.ndarray) -> T5Columns:
    """Return columns with the noise of epoch 0, made of some rows at once."""
    parts = []
    for start in range(0, len(numbers), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        parts.append(masking.by_key(
            seed, T5Columns(*(column[rows] for column in columns)), 0,
            numbers[rows]))
    return T5Columns(*map(np.concatenate, zip(*parts)))


# Checks --------------------------------------------------------------------

def check_t5_options(
        inputs_length: int, *, seed: int = 0, density: float = DENSITY,
        mean_length: float = MEAN_LENGTH, end: str = END,
        tokenizer: TokenizerChoice = 'words', min_freq: int = 5,
        vocab: Vocab | None = None, **others: Any) -> None:
    """Raise ValueError or TypeError for options that allow no example.

    >>> check_t5_options(64, end='<Z>')
    Traceback (most recent call last):
    ...
    ValueError: end must be one of </s>, sentinel, not '<Z>'

    It needs no text, so it comes before one is read.
    """
    check_option_names(others, make_t5_examples)
    Keyed(seed)
    t5_lengths(inputs_length, density, mean_length)
    if end not in ENDS:
        raise ValueError(f'end must be one of {", ".join(ENDS)}, not {end!r}')
    check_text_options(tokenizer, min_freq, vocab)


def _check_unmarked(token_ids: np.ndarray, marks: np.ndarray, vocab: Vocab
                    ) -> None:
    """Raise ValueError if the text has a sentinel or the end mark."""
    found = np.flatnonzero(np.bincount(token_ids, minlength=len(vocab))[marks])
    if len(found):
        token = vocab.to_tokens(marks[found[0]])
        raise ValueError(f'the text has {token!r}, which marks a hidden span '
                         f'or the end; take it out of the text')
