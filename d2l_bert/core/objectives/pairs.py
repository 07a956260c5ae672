"""The sentence pairs of a whole text, by the book's stream or by keys.

A pair is two sentences, each by its number in the text. So both ways of
drawing need no token, and one function makes the columns of all pairs.
"""

import random
from typing import Any, NamedTuple

import numpy as np

from ..examples.keyed import below, keyed_numbers
from ..examples.keys import NEXT, KeyedRandom
from ..examples.padding import length_mask
from ..progress import progress
from ..randomness import Keyed, Rng
from ..tokens.numbering import TextIds
from ..tokens.vocab import CLS, PAD, SEP, Vocab
from . import nsp
from .columns import Columns

DUPE = 2 ** 32  # added to the number of an example for each time before
ROWS_AT_ONCE = 1024  # of token ids, so that they stay in the CPU's cache


class Pairs(NamedTuple):
    """N sentence pairs, by the numbers of their sentences; all (N,)."""

    first: np.ndarray
    second: np.ndarray
    is_next: np.ndarray  # whether the second follows the first
    numbers: np.ndarray  # of the examples, for keyed numbers

    def rows(self, index: Any) -> 'Pairs':
        """Return some of the pairs."""
        return Pairs(*(column[index] for column in self))


# Draw ----------------------------------------------------------------------

def draw_pairs(text: TextIds, rng: Rng | Keyed = random,
               dupe_factor: int = 1, strict_negatives: bool = False
               ) -> Pairs:
    """Draw the pairs of all paragraphs, `dupe_factor` times.

    >>> text = TextIds.of([[[5], [6], [7]]])
    >>> draw_pairs(text, Keyed(3), dupe_factor=2).first
    array([0, 1, 0, 1])
    """
    if isinstance(rng, Keyed):
        return keyed_pairs(text, rng.seed, dupe_factor, strict_negatives)
    return book_pairs(text, rng, dupe_factor, strict_negatives)


def book_pairs(text: TextIds, rng: Rng = random, dupe_factor: int = 1,
               strict_negatives: bool = False) -> Pairs:
    """Draw the pairs of all paragraphs from the book's stream.

    >>> pairs = book_pairs(TextIds.of([[[5], [6], [7]]]), random.Random(1))
    >>> pairs.first, pairs.second, pairs.is_next
    (array([0, 1]), array([1, 1]), array([ True, False]))

    The rule is `nsp.sentence_pairs`.
    """
    paragraphs = _paragraphs(text, by_value=strict_negatives)
    drawn = [(second, is_next)
             for _ in range(dupe_factor)
             for paragraph in progress(paragraphs, desc='pairing')
             for _, second, is_next in nsp.sentence_pairs(
                 paragraph, paragraphs, rng, strict_negatives)]
    first = np.tile(_first_sentences(text), dupe_factor)
    second, is_next = np.array(drawn, np.int64).reshape(-1, 2).T
    return Pairs(first, second, is_next > 0, np.arange(len(first)))


def keyed_pairs(text: TextIds, seed: int, dupe_factor: int = 1,
                strict_negatives: bool = False) -> Pairs:
    """Draw the pairs of all paragraphs by keyed random numbers.

    >>> pairs = keyed_pairs(TextIds.of([[[5], [6], [7]]]), seed=3)
    >>> pairs.first, pairs.second, pairs.is_next
    (array([0, 1]), array([2, 2]), array([False,  True]))

    The rule of a pair is `nsp.get_next_sentence` with `KeyedRandom(seed,
    NEXT, 0, number)`. The number of an example is that of its first
    sentence; when all pairs are drawn again, 2^32 more.
    """
    first = np.tile(_first_sentences(text), dupe_factor)
    rounds = np.repeat(np.arange(dupe_factor), len(first) // dupe_factor)
    numbers = first + rounds * DUPE
    is_next = keyed_numbers(seed, NEXT, 0, numbers, 1)[:, 0] < 2 ** 63
    pairs = Pairs(first, first + 1, is_next, numbers)
    todo = np.flatnonzero(~is_next)
    if strict_negatives:
        _draw_strictly(text, pairs, todo, seed)
    else:
        drawn = keyed_numbers(seed, NEXT, 0, numbers[todo], [1, 2])
        _, pairs.second[todo] = _sentences(text, drawn)
    return pairs


def _draw_strictly(text: TextIds, pairs: Pairs, todo: np.ndarray, seed: int
                   ) -> None:
    """Draw as nsp's strict negatives are drawn, into `pairs.second`."""
    paragraphs, sentences = _values(text)
    own = np.repeat(paragraphs, np.diff(text.paragraphs))
    position = np.ones(len(todo), int)  # of each one's next number
    for _ in range(nsp.TRIES):
        drawn = keyed_numbers(seed, NEXT, 0, pairs.numbers[todo],
                              position[:, None] + [0, 1])
        paragraph, second = _sentences(text, drawn)
        other = paragraphs[paragraph] != own[pairs.first[todo]]
        right = other & (sentences[second]
                         != sentences[pairs.first[todo] + 1])
        pairs.second[todo[right]] = second[right]
        # If the paragraph was refused, no sentence was drawn from it.
        position = (position + 1 + other)[~right]
        todo = todo[~right]
    by_value = _paragraphs(text, by_value=True) if len(todo) else []
    for i in todo:  # the rule itself, which then looks at all sentences
        first = pairs.first[i]
        own_paragraph = np.searchsorted(text.paragraphs, first, 'right') - 1
        _, pairs.second[i], _ = nsp.get_next_sentence(
            sentences[first], sentences[first + 1], by_value,
            KeyedRandom(seed, NEXT, 0, int(pairs.numbers[i])),
            own_paragraph=by_value[own_paragraph])


def _sentences(text: TextIds, drawn: np.ndarray
               ) -> tuple[np.ndarray, np.ndarray]:
    """Return the paragraphs, and the sentences in them, of two draws."""
    paragraph = below(drawn[:, 0], len(text.paragraphs) - 1)
    start, end = text.paragraphs[paragraph], text.paragraphs[paragraph + 1]
    return paragraph, start + below(drawn[:, 1], end - start)


def _first_sentences(text: TextIds) -> np.ndarray:
    """Return all sentences except the last of each paragraph."""
    return np.delete(np.arange(len(text.starts) - 1),
                     text.paragraphs[1:] - 1)


def _paragraphs(text: TextIds, by_value: bool) -> list[Any]:
    """Return the numbers of the sentences of each paragraph.

    With `by_value` equal sentences have the same number, that of the first
    of them, so that rules can tell whether sentences are equal.
    """
    spans = zip(text.paragraphs.tolist(), text.paragraphs[1:].tolist())
    if not by_value:
        return [range(start, end) for start, end in spans]
    numbers = _values(text)[1].tolist()
    return [numbers[start:end] for start, end in spans]


def _values(text: TextIds) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers of the paragraphs, and of the sentences.

    Equal ones have the same number, that of the first of them.
    """
    def first_equal(parts: list[Any]) -> np.ndarray:
        seen: dict[Any, int] = {}
        return np.array([seen.setdefault(part, i)
                         for i, part in enumerate(parts)])

    sentences = first_equal([text.sentence(i).tobytes()
                             for i in range(len(text.starts) - 1)])
    return first_equal([part.tobytes() for part in np.split(
        sentences, text.paragraphs[1:-1])]), sentences


# Make columns --------------------------------------------------------------

def fitting(pairs: Pairs, text: TextIds, max_len: int) -> Pairs:
    """Return the pairs that fit `max_len`, as `nsp.fits` says.

    Raises ValueError if there is none.
    """
    lens = (text.lens[pairs.first] + text.lens[pairs.second]
            + nsp.NUM_ADDED_TOKENS)
    if lens.min() > max_len:
        raise ValueError(f'all {len(lens)} sentence pairs are longer than '
                         f'max_len={max_len}; the shortest takes '
                         f'{lens.min()} tokens')
    return pairs.rows(lens <= max_len)


def pad_pairs(pairs: Pairs, text: TextIds, max_len: int, vocab: Vocab,
              int_dtype: Any = np.int64) -> Columns:
    """Make columns of pairs in which nothing is predicted yet (P = 0).

    >>> vocab = Vocab(['a', 'b'], 0, ['<pad>', '<mask>', '<cls>', '<sep>'])
    >>> text = TextIds.of([[[5], [6]]])
    >>> columns = pad_pairs(book_pairs(text, random.Random(1)), text, 7,
    ...                     vocab)
    >>> vocab.to_tokens(columns.token_ids)
    [['<cls>', 'a', '<sep>', 'b', '<sep>', '<pad>', '<pad>']]
    >>> columns.segments
    array([[0, 0, 0, 1, 1, 0, 0]])
    """
    num = len(pairs.first)
    len_a, len_b = text.lens[pairs.first], text.lens[pairs.second]
    len_a, len_b = len_a + 2, len_b + 1  # with '<cls>' and '<sep>'
    token_ids = np.empty((num, max_len), int_dtype)
    segments = np.empty((num, max_len), int_dtype)
    for start in range(0, num, ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        a, b = len_a[rows, None], len_b[rows, None]
        in_a = length_mask(a[:, 0], max_len)
        used = length_mask((a + b)[:, 0], max_len)
        segments[rows] = used & ~in_a
        # Where each position's token stands in the text.
        places = np.arange(max_len) + np.where(
            in_a, text.starts[pairs.first[rows], None] - 1,
            text.starts[pairs.second[rows], None] - a)
        ids = text.take(places)
        ids[:, 0] = vocab.special(CLS)
        np.put_along_axis(ids, np.hstack([a, a + b]) - 1,
                          vocab.special(SEP), axis=1)
        ids[~used] = vocab.special(PAD)
        token_ids[rows] = ids
    nothing = np.zeros((num, 0), int_dtype)  # (N, 0)
    return Columns(token_ids, segments, (len_a + len_b).astype(np.float32),
                   nothing, nothing.astype(np.float32), nothing,
                   pairs.is_next.astype(int_dtype))
