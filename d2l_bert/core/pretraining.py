"""The whole way: paragraphs of sentences -> examples and their Vocab.

It goes by the book: the vocabulary is counted, every paragraph's pairs
are drawn, and only then are the pairs masked. Sentences are numbered once
at the start and stay lists of numbers, which is what makes it fast; NumPy
comes in where whole columns are padded.
"""

import gc
import inspect
import random
import sys
import warnings
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np

from . import mlm, nsp
from .columns import Columns, filled, pad_flat
from .examples import Examples, Masking, RemaskedExamples
from .progress import progress
from .randomness import Rng
from .sentences import check_callable
from .vocab import CLS, PAD, RESERVED_TOKENS, SEP, Vocab, tokenize

Tokenizer = Callable[[Sequence[str]], list[list[str]]]
# Takes the count of each token, in the order of the text, and min_freq.
VocabMaker = Callable[[dict[str, int], int], Vocab]


def make_examples(
        paragraphs: Sequence[Sequence[str]], max_len: int, *,
        rng: Rng = random, tokenizer: Tokenizer = tokenize,
        min_freq: int = 5, vocab: Vocab | None = None, dupe_factor: int = 1,
        strict_negatives: bool = False, mlm_ratio: float = mlm.MLM_RATIO,
        mlm_probs: Sequence[float] = mlm.MLM_PROBS,
        strict_masking: bool = False, dynamic_masking: bool = False,
        int_dtype: Any = np.int64) -> Examples:
    """Make BERT's pretraining examples from paragraphs of sentences.

    >>> examples = make_examples([['the sea rose', 'it fell again .']], 12,
    ...                          rng=random.Random(1), min_freq=1)
    >>> len(examples), len(examples.vocab)
    (1, 12)
    >>> examples.vocab.to_tokens(examples.columns.token_ids[0])[:9]
    ['<cls>', 'the', 'sea', 'rose', '<sep>', '<mask>', '<mask>', 'again', '.']

    With nothing but `paragraphs`, `max_len` and a seed the examples are
    the book's, bit for bit. The rest departs from it by choice:

        tokenizer         lines -> a list of tokens for each
        min_freq          rarer tokens become '<unk>'
        vocab             numbers for the tokens, in place of new ones
        dupe_factor       how often each pair is drawn, and masked anew
        strict_negatives  a false partner comes from another paragraph and
                          never reads as the true one does
        mlm_ratio         share of the tokens to predict
        mlm_probs         chances of '<mask>', a random word, no change
        strict_masking    a random word is never a special token, and
                          '<mask>' or '<pad>' in a text never a target
        dynamic_masking   masks are drawn anew in every epoch of the loader
                          that `make_loader` or `load_data_wiki` gives
        int_dtype         of the integer columns

    Raises ValueError or TypeError if the paragraphs or options make no
    example possible, and warns if the text holds a reserved token.

    Source: d2l section 15.9.2.
    """
    check_options(max_len, dupe_factor, min_freq)
    paragraphs = list(paragraphs)
    check_paragraphs(paragraphs)
    check_callable('tokenizer', tokenizer)
    mlm.check_mlm_options(mlm_ratio, mlm_probs)
    with _collector_paused():
        numbered, vocab = number_sentences(
            paragraphs, tokenizer, min_freq,
            book_vocab if vocab is None else lambda counts, least: vocab)
        masking = Masking(vocab, max_len, mlm_ratio, mlm_probs,
                          strict_masking)
        pairs = draw_pairs(numbered, vocab, max_len, rng, dupe_factor,
                           strict_negatives)
        del numbered  # most of the memory, before the columns take theirs
        columns = pad_pairs(pairs, max_len, vocab.special(PAD), int_dtype)
        if dynamic_masking:
            return RemaskedExamples(columns, vocab, pairs.num_drawn, masking,
                                    seed=rng.getrandbits(64))
        rngs = progress([rng] * len(pairs.lens), desc='masking')
        return Examples(masking(columns, rngs), vocab, pairs.num_drawn)


def check_option_names(options: Iterable[str],
                       maker: Callable[..., Examples] = make_examples,
                       loader: str = 'load_data_wiki') -> None:
    """Raise TypeError for a keyword that the maker of examples lacks.

    >>> check_option_names(['min_frq'])
    Traceback (most recent call last):
    ...
    TypeError: load_data_wiki() got an unexpected keyword argument \
'min_frq'; its options are dupe_factor, dynamic_masking, min_freq, \
mlm_probs, mlm_ratio, strict_masking, strict_negatives, tokenizer, vocab
    """
    known = {*inspect.signature(maker).parameters} - {
        'paragraphs', 'max_len', 'reviews', 'rng', 'int_dtype'}
    for name in options:
        if name not in known:
            raise TypeError(f'{loader}() got an unexpected keyword '
                            f'argument {name!r}; its options are '
                            f'{", ".join(sorted(known))}')


def check_options(max_len: int, dupe_factor: int, min_freq: float = 0
                  ) -> None:
    """Raise ValueError for options that allow no example.

    >>> check_options(max_len=2, dupe_factor=1)
    Traceback (most recent call last):
    ...
    ValueError: max_len must be a whole number of at least 3, for '<cls>' \
and two '<sep>', not 2
    """
    if not isinstance(max_len, Integral) or max_len < nsp.NUM_ADDED_TOKENS:
        raise ValueError(f"max_len must be a whole number of at least "
                         f"{nsp.NUM_ADDED_TOKENS}, for '<cls>' and two "
                         f"'<sep>', not {max_len!r}")
    if not isinstance(dupe_factor, Integral) or dupe_factor < 1:
        raise ValueError(f'dupe_factor must be a whole number of at least '
                         f'1, not {dupe_factor!r}')
    check_min_freq(min_freq)


def check_min_freq(min_freq: float) -> None:
    """Raise ValueError for a `min_freq` that is no number.

    >>> check_min_freq('5')
    Traceback (most recent call last):
    ...
    ValueError: min_freq must be a number, not '5'
    """
    if not isinstance(min_freq, Real):
        raise ValueError(f'min_freq must be a number, not {min_freq!r}')


def check_paragraphs(paragraphs: Sequence[Sequence[str]]) -> None:
    """Raise unless these are paragraphs that examples can be made from.

    >>> check_paragraphs(['The sea rose . It fell .'])
    Traceback (most recent call last):
    ...
    TypeError: paragraph 0 is a string; a paragraph is a list of \
sentences, such as ['the sea rose', 'it fell .']
    """
    for i, paragraph in enumerate(paragraphs):
        if isinstance(paragraph, str):
            raise TypeError(
                f"paragraph {i} is a string; a paragraph is a list of "
                f"sentences, such as ['the sea rose', 'it fell .']")
        if not paragraph:
            raise ValueError(f'paragraph {i} has no sentence; leave empty '
                             f'paragraphs out')
        if not isinstance(paragraph[0], str):
            raise TypeError(
                f'paragraph {i} holds a {type(paragraph[0]).__name__} where '
                f'a sentence should be; give sentences as text, and a '
                f'tokenizer if the words need one')
    if not paragraphs:
        raise ValueError('there is no paragraph to make examples from')
    if max(map(len, paragraphs)) < 2:
        raise ValueError('no paragraph has two sentences, so there is no '
                         'pair of neighbours to learn from')


class _Numbering(dict[str, int]):
    """Numbers tokens in the order in which it first meets them."""

    def __missing__(self, token: str) -> int:
        self[token] = number = len(self)
        return number


def book_vocab(counts: dict[str, int], min_freq: int) -> Vocab:
    """Make the book's Vocab: sorted, and with its reserved tokens.

    >>> book_vocab({'sea': 1}, 1).idx_to_token
    ['<cls>', '<mask>', '<pad>', '<sep>', '<unk>', 'sea']
    """
    return Vocab(counts, min_freq, RESERVED_TOKENS)


def number_sentences(
        paragraphs: Sequence[Sequence[str]], tokenizer: Tokenizer = tokenize,
        min_freq: int = 5, make_vocab: VocabMaker = book_vocab
) -> tuple[list[list[list[int]]], Vocab]:
    """Count the Vocab and turn each sentence into a list of numbers.

    >>> numbered, vocab = number_sentences(
    ...     [['the sea rose', 'the sea fell']], min_freq=2)
    >>> numbered
    [[[6, 5, 4], [6, 5, 4]]]
    >>> vocab.to_tokens(numbered[0][0])
    ['the', 'sea', '<unk>']

    It never holds a string for every token of the text, only one for
    every different token, which is most of the memory that it saves. The
    text is one long row until it is counted, and then cut into sentences.
    """
    numbering, flat, lens = _Numbering(), array('i'), []
    for paragraph in progress(paragraphs, desc='reading'):
        lines = list(tokenizer(paragraph))
        if len(lines) != len(paragraph) or isinstance(lines[0], str):
            raise TypeError(
                f'the tokenizer must return a list of tokens for each of '
                f"its {len(paragraph)} sentences, such as [['the', 'sea'], "
                f"['it', 'fell']], not {str(lines)[:60]}")
        flat.fromlist([numbering[token] for line in lines for token in line])
        lens.append([len(line) for line in lines])
    counts = np.bincount(flat, minlength=len(numbering)).tolist()
    vocab = make_vocab(dict(zip(numbering, counts)), min_freq)
    _warn_of_reserved_tokens(numbering, vocab)
    final = vocab[list(numbering)]
    ids = map(final.__getitem__, flat)
    return [[list(islice(ids, length)) for length in paragraph_lens]
            for paragraph_lens in lens], vocab


def _warn_of_reserved_tokens(tokens: _Numbering, vocab: Vocab) -> None:
    written = [vocab.spelling[token] for token in RESERVED_TOKENS]
    found = [token for token in written if token in tokens]
    if found:
        warnings.warn(
            f'the text itself holds {", ".join(found)}, which BERT uses as '
            f'signs of its own; write them differently in the text, or set '
            f'strict_masking so that they are not predicted', stacklevel=4)


class Pairs(NamedTuple):
    """The sentence pairs that fit `max_len`, and how many were drawn."""

    token_ids: array  # of all pairs, end to end
    lens: list[int]  # how many of them each pair has
    starts: list[int]  # where in its pair the second sentence begins
    nsp_labels: list[bool]  # whether it is the true next one
    num_drawn: int


def draw_pairs(
        numbered: Sequence[Sequence[list[int]]], vocab: Vocab, max_len: int,
        rng: Rng = random, dupe_factor: int = 1,
        strict_negatives: bool = False) -> Pairs:
    """Draw the next-sentence pairs of all paragraphs.

    >>> vocab = Vocab(['a', 'b'], 0, RESERVED_TOKENS)
    >>> pairs = draw_pairs([[[5], [6]]], vocab, 8, random.Random(1))
    >>> vocab.to_tokens(pairs.token_ids), pairs.nsp_labels
    (['<cls>', 'a', '<sep>', 'b', '<sep>'], [True])

    Raises ValueError if none of them fits.
    """
    cls, sep = vocab.special(CLS), vocab.special(SEP)
    pairs = Pairs(array('i'), [], [], [], 0)
    num_drawn, shortest = 0, sys.maxsize
    for paragraph in progress(list(numbered) * dupe_factor, desc='pairing'):
        for a, b, is_next in nsp.sentence_pairs(paragraph, numbered, rng,
                                                strict_negatives):
            num_drawn += 1
            # As nsp.fits and get_tokens_and_segments have it, less calls.
            length = len(a) + len(b) + nsp.NUM_ADDED_TOKENS
            shortest = min(shortest, length)
            if length <= max_len:
                pairs.token_ids.fromlist([cls, *a, sep, *b, sep])
                pairs.lens.append(length)
                pairs.starts.append(len(a) + 2)
                pairs.nsp_labels.append(is_next)
    if not pairs.lens:
        raise ValueError(f'all {num_drawn} sentence pairs are longer than '
                         f'max_len={max_len}; the shortest takes '
                         f'{shortest} tokens')
    return pairs._replace(num_drawn=num_drawn)


def pad_pairs(pairs: Pairs, max_len: int, pad: int, int_dtype: Any = np.int64
              ) -> Columns:
    """Make columns of pairs in which nothing is predicted yet (P = 0).

    >>> columns = pad_pairs(Pairs(array('i', [3, 9, 4, 8, 4]), [5], [3],
    ...                           [True], 1), max_len=7, pad=0)
    >>> columns.token_ids, columns.segments
    (array([[3, 9, 4, 8, 4, 0, 0]]), array([[0, 0, 0, 1, 1, 0, 0]]))
    """
    in_a_or_b = filled(pairs.lens, max_len)  # (N, max_len)
    in_a = filled(pairs.starts, max_len)
    nothing = np.zeros((len(pairs.lens), 0), int_dtype)  # (N, 0)
    return Columns(
        pad_flat(pairs.token_ids, pairs.lens, max_len, pad, int_dtype),
        (in_a_or_b & ~in_a).astype(int_dtype),
        np.array(pairs.lens, np.float32),
        nothing, nothing.astype(np.float32), nothing,
        np.array(pairs.nsp_labels, int_dtype))


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause the garbage collector while millions of lists are made.

    None of them is part of a cycle, and looking for cycles among them
    takes a quarter of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
