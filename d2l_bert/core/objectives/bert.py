"""BERT's examples of a whole text: paragraphs -> Examples.

The rules are those of `nsp`, `mlm` and `columns`. The vocabulary is counted,
the pairs of every paragraph are drawn, and only then the pairs are masked,
as in the book. The text becomes one array of token ids at the start, and
pairs are numbers of sentences until they are padded, which is most of the
speed.
"""

import inspect
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ..checks import a_value, as_list, check_whole
from ..examples.container import Examples
from ..examples.padding import length_mask, pad_rows
from ..files import PathLike
from ..randomness import (
    Keyed, Rng, check_rng, make_rng, of_validation)
from ..text.corpus import load_paragraph_splits, load_paragraphs
from ..text.sentences import SplitterChoice
from ..text.sources import Corpus
from ..tokens.advice import (
    warn_of_reserved_tokens, warn_of_tokens, warn_of_unknown_pieces)
from ..tokens.numbering import (
    Paragraphs, book_vocab, check_min_freq, collector_paused,
    sentences_to_ids)
from ..tokens.vocab import PAD, Vocab, check_is_vocab
from ..tokens.words import (
    TokenizerChoice, keep_case, make_tokenizer, tokenize, vocab_of)
from . import mlm, nsp
from .columns import Columns, check_fits
from .masking import Masking, masked_examples
from .pairs import draw_pairs, fitting, pad_pairs

AN_EXAMPLE = "[['the sea rose', 'it fell .']]"  # of paragraphs


def make_examples(
        paragraphs: Paragraphs, max_len: int, *, rng: Rng | Keyed = random,
        tokenizer: TokenizerChoice = tokenize, min_freq: int = 5,
        vocab: Vocab | None = None, dupe_factor: int = 1,
        strict_negatives: bool = False, mlm_ratio: float = mlm.MLM_RATIO,
        mlm_probs: Sequence[float] = mlm.MLM_PROBS,
        strict_masking: bool = False, dynamic_masking: bool = False,
        int_dtype: Any = np.int64) -> Examples[Columns]:
    """Make BERT's pretraining examples from paragraphs of sentences.

    >>> examples = make_examples([['the sea rose', 'it fell again .']], 12,
    ...                          rng=random.Random(1), min_freq=1)
    >>> len(examples), len(examples.vocab)
    (1, 12)
    >>> examples.vocab.to_tokens(examples.columns.token_ids[0])[:9]
    ['<cls>', 'the', 'sea', 'rose', '<sep>', '<mask>', '<mask>', 'again', '.']

    With only `paragraphs`, `max_len` and a seed the examples are the
    book's, bit for bit. The other arguments change them:

        rng               `random` or a random.Random, drawn from in the
                          book's order, or Keyed(seed)
        tokenizer         'words', 'basic', 'chars', 'basic_english', a
                          WordPiece, whose pieces are then the vocabulary, or
                          a function from lines to a list of tokens for each
        min_freq          rarer tokens become '<unk>'
        vocab             a vocabulary to use, instead of a new one
        dupe_factor       how often each pair is drawn and masked
        strict_negatives  a false second sentence comes from another
                          paragraph and differs from the true one
        mlm_ratio         share of the tokens to predict
        mlm_probs         probabilities of '<mask>', a random word, no change
        strict_masking    a random word is never a special token, and
                          '<mask>' or '<pad>' in a text is never predicted
        dynamic_masking   new masks in each epoch of the loader that
                          `make_loader` or `load_data_wiki` returns
        int_dtype         of the integer columns

    With `Keyed` an example depends on the seed and the number of its first
    sentence in the text, and not on the draws of other examples.

    Raises ValueError or TypeError if the paragraphs or options make no
    example possible, and warns if the text contains a reserved token, if
    most tokens are rare, and if they look as if another tokenizer were
    better.

    Source: d2l section 15.9.2.
    """
    check_options(max_len, tokenizer=tokenizer, min_freq=min_freq,
                  vocab=vocab, dupe_factor=dupe_factor, mlm_ratio=mlm_ratio,
                  mlm_probs=mlm_probs)
    check_rng(rng)
    paragraphs = [
        [*paragraph] if isinstance(paragraph, Iterator) else paragraph
        for paragraph in as_list('paragraphs', paragraphs, AN_EXAMPLE)]
    check_paragraphs(paragraphs)
    tokenizer = make_tokenizer(tokenizer)
    asked, given = vocab, vocab_of(tokenizer, vocab)
    with collector_paused():
        text, vocab = sentences_to_ids(
            paragraphs, tokenizer, min_freq,
            book_vocab if given is None else lambda counts, least: given)
        warn_of_reserved_tokens(text, vocab, strict_masking)
        if given is None:
            warn_of_tokens(vocab, min_freq)
        elif given is not asked:
            warn_of_unknown_pieces(text, given)
        masking = Masking(vocab, max_len, mlm_ratio, mlm_probs,
                          strict_masking)
        drawn = draw_pairs(text, rng, dupe_factor, strict_negatives)
        pairs = fitting(drawn, text, max_len)
        return masked_examples(
            pad_pairs(pairs, text, max_len, vocab, int_dtype), masking, rng,
            dynamic_masking, pairs.numbers, vocab=vocab,
            num_pairs=len(drawn.first), tokenizer=tokenizer)


# From a text ---------------------------------------------------------------

def load_examples(
        max_len: int, *, corpus: Corpus = 'wikitext-2',
        data_dir: PathLike | None = None, seed: int | None = None,
        rng: str = 'book', sentence_splitter: SplitterChoice = 'period',
        wrapped: bool = False, lowercase: bool = True, **options: Any
) -> Examples[Columns]:
    """Find a text, read it and make its examples.

    >>> len(load_examples(64, corpus='tiny', seed=0))
    1077

    `corpus` is 'wikitext-2', 'tiny', or a file, a folder, a pattern or a
    list of these, and `data_dir` a folder to find WikiText-2 in. With a
    `seed` the examples and all masks are the same every time; without, they
    follow `random`. `rng` is 'book' or 'keyed'. With 'book' the paragraphs
    are shuffled, and all draws are in the book's order. With 'keyed' the
    paragraphs stay in order, and every draw depends on the seed and the
    number of its example only. `sentence_splitter` is 'period', 'lines',
    'nltk', 'spacy', 'spacy:PIPELINE' or a function. With `wrapped`, blank
    lines separate paragraphs, whose lines are joined. `lowercase=False` keeps
    capital letters, also when a model is used. `options` are those of
    `make_examples`: tokenizer, min_freq, vocab, dupe_factor,
    strict_negatives, mlm_ratio, mlm_probs, strict_masking and
    dynamic_masking.

    Raises FileNotFoundError if there is no such text, DownloadError if it
    cannot be downloaded, and ValueError or TypeError for bad options.
    """
    check_option_names(options)
    check_options(max_len, **options)  # before a text is read
    randomness = make_rng(rng, seed)
    options = keep_case(options, lowercase)
    paragraphs = load_paragraphs(
        corpus, data_dir, randomness, sentence_splitter, wrapped=wrapped,
        lowercase=lowercase)
    return make_examples(paragraphs, max_len, rng=randomness, **options)


def load_splits(max_len: int, *, corpus: Corpus = 'wikitext-2',
                data_dir: PathLike | None = None, seed: int = 0,
                rng: str = 'book',
                sentence_splitter: SplitterChoice = 'period',
                valid: Corpus | None = None, wrapped: bool = False,
                lowercase: bool = True, **options: Any
                ) -> tuple[Examples[Columns], Examples[Columns]]:
    """Load a text as training examples and validation examples.

    >>> train, valid = load_splits(64, corpus='tiny')
    >>> len(train), len(valid), len(train.vocab)
    (966, 111, 656)

    WikiText-2 has a validation split of its own; of another text every
    tenth paragraph is held out, unless `valid` names one, as `corpus` does,
    for validation. With WikiText-2 the training examples are
    those of `load_data_wiki` with the same seed. Validation examples have
    the vocabulary of the training ones, and their masks are drawn once.
    Arguments and errors are those of `load_examples`.
    """
    check_option_names(options)
    check_options(max_len, **options)
    randomness = make_rng(rng, int(seed))
    options = keep_case(options, lowercase)
    texts = load_paragraph_splits(
        corpus, data_dir, randomness, sentence_splitter, valid=valid,
        wrapped=wrapped, lowercase=lowercase)
    return make_splits(texts.train, texts.valid, max_len, rng=randomness,
                       **options)


def make_splits(paragraphs: Paragraphs, held_out: Paragraphs, max_len: int,
                *, rng: Rng | Keyed = random, **options: Any
                ) -> tuple[Examples[Columns], Examples[Columns]]:
    """Make training examples, and validation examples with their vocabulary.

    >>> train, valid = make_splits([['a b', 'b a']], [['a a', 'c b']], 9,
    ...                            min_freq=1)
    >>> train.vocab is valid.vocab
    True
    """
    train = make_examples(paragraphs, max_len, rng=rng, **options)
    options |= {'dynamic_masking': False, 'dupe_factor': 1,
                'vocab': train.vocab}
    return train, make_examples(held_out, max_len, rng=of_validation(rng),
                                **options)


# Checks --------------------------------------------------------------------

def check_option_names(options: Iterable[str],
                       maker: Callable[..., Any] = make_examples) -> None:
    """Raise TypeError for a keyword that the maker of examples lacks.

    >>> check_option_names(['min_frq'])
    Traceback (most recent call last):
    ...
    TypeError: unexpected keyword argument 'min_frq'; the options are \
dupe_factor, dynamic_masking, min_freq, mlm_probs, mlm_ratio, \
strict_masking, strict_negatives, tokenizer, vocab
    """
    known = {*inspect.signature(maker).parameters} - {
        'paragraphs', 'documents', 'reviews', 'max_len', 'inputs_length',
        'block_len', 'rng', 'int_dtype'}
    for name in options:
        if name not in known | {'int_dtype'}:
            raise TypeError(f'unexpected keyword argument {name!r}; the '
                            f'options are {", ".join(sorted(known))}')


def check_options(max_len: int, *, tokenizer: TokenizerChoice = tokenize,
                  min_freq: float = 0, vocab: Vocab | None = None,
                  dupe_factor: int = 1, mlm_ratio: float = mlm.MLM_RATIO,
                  mlm_probs: Sequence[float] = mlm.MLM_PROBS,
                  **others: Any) -> None:
    """Raise ValueError or TypeError for options that allow no example.

    >>> check_options(max_len=2)
    Traceback (most recent call last):
    ...
    ValueError: max_len must be a whole number of at least 3, for '<cls>' \
and two '<sep>', not 2
    """
    least = nsp.NUM_ADDED_TOKENS
    try:
        check_whole('max_len', max_len, least)
    except ValueError:
        raise ValueError(f"max_len must be a whole number of at least "
                         f"{least}, for '<cls>' and two '<sep>', not "
                         f"{max_len!r}") from None
    check_whole('dupe_factor', dupe_factor, least=1)
    check_min_freq(min_freq)
    make_tokenizer(tokenizer)
    mlm.check_mlm_options(mlm_ratio, mlm_probs)
    if vocab is not None:
        check_is_vocab(vocab)
    vocab_of(tokenizer, vocab)


def check_paragraphs(paragraphs: Paragraphs) -> None:
    """Raise TypeError or ValueError unless these make pairs of sentences.

    >>> check_paragraphs(['The sea rose . It fell .'])
    Traceback (most recent call last):
    ...
    TypeError: paragraph 0 is a string; a paragraph is a list of \
sentences, such as ['the sea rose', 'it fell .']
    """
    check_sentences(paragraphs, 'paragraph')
    for i, paragraph in enumerate(paragraphs):
        if not paragraph:
            raise ValueError(f'paragraph {i} has no sentence; leave empty '
                             f'paragraphs out')
    if not paragraphs:
        raise ValueError('there is no paragraph to make examples from')
    if max(map(len, paragraphs)) < 2:
        raise ValueError('no paragraph has two sentences, so there is no '
                         'pair of neighbours to learn from')


def check_sentences(texts: Paragraphs, unit: str) -> None:
    """Raise TypeError unless these are lists of sentences.

    >>> check_sentences([['the sea rose', 3]], 'document')
    Traceback (most recent call last):
    ...
    TypeError: document 0 holds the int 3 where a sentence should be; give \
sentences as text, and a tokenizer if the words need one
    """
    for i, text in enumerate(texts):
        if isinstance(text, str):
            raise TypeError(
                f"{unit} {i} is a string; a {unit} is a list of sentences, "
                f"such as ['the sea rose', 'it fell .']")
        if not isinstance(text, Sequence):
            raise TypeError(f'{unit} {i} must be a list of sentences, such '
                            f"as ['the sea rose', 'it fell .'], not "
                            f'{a_value(text)}')
        for sentence in text:
            if not isinstance(sentence, str):
                raise TypeError(
                    f'{unit} {i} holds {a_value(sentence)} where a sentence '
                    f'should be; give sentences as text, and a tokenizer if '
                    f'the words need one')


# Columns -------------------------------------------------------------------

def pad_bert_inputs(
        examples: Iterable[tuple[Sequence[int], Sequence[int], Sequence[int],
                                 Sequence[int], bool]],
        max_len: int, vocab: Vocab, *, mlm_ratio: float = mlm.MLM_RATIO,
        int_dtype: Any = np.int64) -> Columns:
    """Pad examples to `max_len` tokens and stack them into seven columns.

    An example is (token_ids, pred_positions, mlm_label_ids, segments,
    is_next), as in the book.

    >>> vocab = Vocab(reserved_tokens=['<pad>'])
    >>> columns = pad_bert_inputs(
    ...     [([5, 3, 6, 4, 6], [1], [7], [0, 0, 0, 1, 1], True)], 8, vocab)
    >>> columns.token_ids, columns.segments
    (array([[5, 3, 6, 4, 6, 0, 0, 0]]), array([[0, 0, 0, 1, 1, 0, 0, 0]]))

    Raises ValueError for an example that does not fit, before any work.

    Source: d2l section 15.9.2.
    """
    examples = list(examples)
    num_preds = mlm.get_num_mlm_preds(max_len, mlm_ratio)
    for i, (token_ids, pred_positions, *_) in enumerate(examples):
        check_fits(i, token_ids, pred_positions, max_len, num_preds)
    token_ids, positions, label_ids, segments, is_next = (
        zip(*examples) if examples else ((),) * 5)
    num_predicted = [len(row) for row in positions]
    return Columns(
        pad_rows(token_ids, max_len, vocab.special(PAD), int_dtype),
        pad_rows(segments, max_len, 0, int_dtype),
        np.fromiter(map(len, token_ids), np.float32, len(examples)),
        pad_rows(positions, num_preds, 0, int_dtype),
        length_mask(num_predicted, num_preds).astype(np.float32),
        pad_rows(label_ids, num_preds, 0, int_dtype),
        np.array(is_next, int_dtype))
