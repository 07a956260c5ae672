"""SpanBERT's masks for whole batches: `spans`, with NumPy.

N examples are drawn together, a span of each at a time. So the loop has as
many turns as the example with the most spans has spans.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..examples.keyed import below, keyed_numbers
from ..examples.keys import CHOOSE, REPLACE
from ..examples.padding import length_mask, pad_flat
from ..tokens.vocab import MASK, Vocab
from . import spans as rules

LOW, HALF = np.uint64(2 ** 32 - 1), np.uint64(32)


class Words(NamedTuple):
    """The words of N examples, at most M each.

    Behind the last word of an example stand words without tokens. There is
    at least one, so that every word has one after it.
    """

    starts: np.ndarray  # (N, M + 1)
    ends: np.ndarray  # (N, M + 1)


def words_of(pieces: np.ndarray, excluded: np.ndarray) -> Words:
    """Return the words of examples: `spans.find_words`.

    >>> words_of(np.array([[0, 0, 1, 0, 0]], bool),
    ...          np.array([[1, 0, 0, 0, 1]], bool))
    Words(starts=array([[1, 3, 0, 0, 0, 0]]), ends=array([[3, 4, 0, 0, 0, 0]]))

    `pieces` (N, length) is True for tokens such as '##ning', and `excluded`
    for special tokens and padding.
    """
    inside = pieces & ~excluded  # and not the first piece of its word
    inside[:, 1:] &= ~excluded[:, :-1]
    inside[:, :1] = False
    begins = ~(inside | excluded)
    length = begins.shape[1]
    # For each position, the next one that is not inside of a word.
    stops = np.where(inside, length, np.arange(length))
    stops = np.minimum.accumulate(stops[:, ::-1], axis=1)[:, ::-1]
    stops = np.pad(stops[:, 1:], ((0, 0), (0, 1)), constant_values=length)
    num_words = begins.sum(axis=1)
    there = length_mask(num_words, length + 1)
    starts = np.zeros((len(begins), length + 1), int)
    ends = starts.copy()
    rows, columns = begins.nonzero()
    starts[there], ends[there] = columns, stops[rows, columns]
    return Words(starts, ends)


def choose_spans(words: Words, budgets: np.ndarray, probs: Sequence[float],
                 seed: int, epoch: int, index: np.ndarray
                 ) -> tuple[np.ndarray, np.ndarray]:
    """Choose the spans of N examples: `spans.choose_spans`.

    `budgets` (N,) are in tokens, and `index` (N,) has the numbers of the
    examples. Returns where the spans start and end, both (N, spans), with
    0 and 0 behind the last one.
    """
    starts, ends = words
    lens = ends - starts
    free = lens > 0
    limits = np.array(rules.limits_of(probs), np.uint64)
    left, rows = budgets.astype(int), np.arange(len(lens))
    found: list[tuple[np.ndarray, np.ndarray]] = []
    while True:
        fitting = free[rows] & (lens[rows] <= left[rows, None])
        counts = fitting.sum(axis=1)
        rows, fitting, counts = (
            array[counts > 0] for array in (rows, fitting, counts))
        if not len(rows):
            break
        drawn = keyed_numbers(seed, CHOOSE, epoch, index[rows],
                              np.array([len(found)]))[:, 0]
        first = (fitting.cumsum(axis=1) > below(drawn, counts)[:, None]
                 ).argmax(axis=1)
        lengths = 1 + limits.searchsorted(drawn & LOW, side='right')
        last = _extended(words, free, left, rows, first, lengths)
        start, end = np.zeros((2, len(lens)), int)
        start[rows], end[rows] = starts[rows, first], ends[rows, last]
        left -= end - start
        found.append((start, end))
    found = found or [tuple(np.zeros((2, len(lens)), int))]
    chosen = np.array(found).transpose(1, 2, 0)  # (2, N, spans)
    return _shortest_if_none(words, *chosen)


def _extended(words: Words, free: np.ndarray, left: np.ndarray,
              rows: np.ndarray, first: np.ndarray, lengths: np.ndarray
              ) -> np.ndarray:
    """Return the last word of each span, and mark its words as not free."""
    starts, ends = words
    last, width = first.copy(), starts.shape[1]
    places = rows * width + first  # flat, as that takes less time
    free.put(places, False)
    most = starts.take(places) + left[rows]  # where a span ends at most
    going = np.arange(len(rows))  # spans that may become longer
    for length in range(2, int(lengths.max()) + 1):
        after = places[going] + 1
        longer = ((lengths[going] >= length) & free.take(after)
                  & (starts.take(after) == ends.take(after - 1))
                  & (ends.take(after) <= most[going]))
        going = going[longer]
        places[going] += 1
        last[going] += 1
        free.put(places[going], False)
    return last


def _shortest_if_none(words: Words, starts: np.ndarray, ends: np.ndarray
                      ) -> tuple[np.ndarray, np.ndarray]:
    """Add the shortest word of examples that have words, but no span."""
    lens = words.ends - words.starts
    none = np.flatnonzero((lens > 0).any(axis=1) & ~ends.any(axis=1))
    if len(none):
        shortest = np.where(lens > 0, lens, lens.max() + 1)[none].argmin(1)
        starts[none, 0] = words.starts[none, shortest]
        ends[none, 0] = words.ends[none, shortest]
    return starts, ends


class SpanMasking:
    """Hides spans of token ids, in place, by the rules of `spans`.

    `columns` of `by_key` are `SpanColumns` without predictions. `probs` are
    those of the lengths of spans in words; `pieces` and `special` (V,) say
    which ids are pieces such as '##ning', and which are no words. `counts`
    (V,) are the weights by which random words are drawn. `width` is that of
    the prediction columns.
    """

    def __init__(self, vocab: Vocab, width: int, *, probs: Sequence[float],
                 pieces: np.ndarray, special: np.ndarray, counts: np.ndarray,
                 mlm_ratio: float, mlm_probs: Sequence[float]):
        self.width, self.probs, self.mlm_probs = width, probs, mlm_probs
        self.pieces, self.special = pieces, special
        self.mlm_ratio, self.mask = mlm_ratio, vocab.special(MASK)
        self.words = np.flatnonzero(counts)
        self.limits = np.array(rules.limits_of(
            counts[self.words] / counts.sum()), np.uint64)

    def words_of(self, token_ids: np.ndarray, lens: np.ndarray) -> Words:
        """Return the words of examples, which may be hidden."""
        excluded = self.special[token_ids]
        excluded |= ~length_mask(lens, token_ids.shape[1])
        return words_of(self.pieces[token_ids], excluded)

    def by_key(self, seed: int, columns: Any, epoch: int, index: np.ndarray
               ) -> Any:
        """Hide spans in the token ids, and return columns with the labels.

        `index` (N,) has the numbers of the examples. For one example this
        is `spans.choose_spans` and `spans.hide_spans`.
        """
        token_ids, lens = columns.token_ids, columns.valid_lens.astype(int)
        budgets = np.array([rules.get_span_budget(length, self.mlm_ratio)
                            for length in range(token_ids.shape[1] + 1)])
        starts, ends = choose_spans(
            self.words_of(token_ids, lens), budgets[lens], self.probs, seed,
            epoch, index)
        positions, lefts, rights, hidden = self._places(
            starts, ends, token_ids.shape[1])
        labels = np.take_along_axis(token_ids, positions, axis=1)
        new = self._replaced(labels, positions, lefts + 1, seed, epoch, index)
        rows = hidden.nonzero()[0]
        token_ids[rows, positions[hidden]] = new[hidden]
        dtype = token_ids.dtype
        return columns._replace(
            pred_positions=positions.astype(dtype),
            mlm_weights=hidden.astype(np.float32),
            mlm_labels=labels * hidden, span_lefts=lefts.astype(dtype),
            span_rights=rights.astype(dtype),
            span_offsets=((positions - lefts) * hidden).astype(dtype))

    def _places(self, starts: np.ndarray, ends: np.ndarray, length: int
                ) -> tuple[np.ndarray, ...]:
        """Return the positions of hidden tokens and their borders, (N, P).

        The fourth is a mask: True for predictions, False for padding.
        """
        rows, spans = ends.nonzero()
        first = np.full((len(ends), length + 1), -1)
        last = np.full((len(ends), length + 1), length)
        first[rows, starts[rows, spans]] = starts[rows, spans]
        last[rows, ends[rows, spans] - 1] = ends[rows, spans]
        first = np.maximum.accumulate(first, axis=1)[:, :length]
        last = np.minimum.accumulate(last[:, ::-1], axis=1)[:, :0:-1]
        steps = np.zeros((len(ends), length + 1), int)
        steps[rows, starts[rows, spans]] += 1
        steps[rows, ends[rows, spans]] -= 1
        rows, columns = steps.cumsum(axis=1)[:, :length].nonzero()
        lens = np.bincount(rows, minlength=len(ends))
        return (*(pad_flat(flat, lens, self.width, 0, int) for flat in (
            columns, first[rows, columns] - 1, last[rows, columns])),
            length_mask(lens, self.width))

    def _replaced(self, labels: np.ndarray, positions: np.ndarray,
                  starts: np.ndarray, seed: int, epoch: int,
                  index: np.ndarray) -> np.ndarray:
        """Return what takes the place of each hidden token, (N, P)."""
        share, drawn = (keyed_numbers(seed, REPLACE, epoch, index, places)
                        for places in (starts, positions))
        share &= LOW
        p_mask, p_random, _ = self.mlm_probs
        random = self.words[self.limits.searchsorted(drawn >> HALF,
                                                     side='right')]
        new = np.where(share < np.uint64(int((p_mask + p_random) * 2 ** 32)),
                       random, labels)
        new[share < np.uint64(int(p_mask * 2 ** 32))] = self.mask
        return new
