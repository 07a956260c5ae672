"""SpanBERT's masks for whole batches: `spans`, with NumPy.

N examples are drawn together, a span of each at a time. So the loop has as
many turns as the example with the most spans has spans.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..examples.keyed import below, keyed_numbers
from ..examples.keys import CHOOSE, KIND, REPLACE
from ..examples.padding import length_mask, pad_flat
from ..tokens.vocab import MASK, Vocab
from . import spans as rules

LOW, HALF = np.uint64(2 ** 32 - 1), np.uint64(32)


class Named(NamedTuple):
    """Spans that the scheme names, of N examples, at most G each.

    They are in words. Where there is none, `first` and `num_words` are 0.
    """

    first: np.ndarray  # (N, G), the number of the first word
    num_words: np.ndarray  # (N, G)


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


def named_in_words(words: Words, starts: np.ndarray, ends: np.ndarray
                   ) -> Named:
    """Return spans of tokens (N, G) as spans of words, if they are whole.

    >>> words = Words(np.array([[1, 3, 4, 0]]), np.array([[3, 4, 5, 0]]))
    >>> named_in_words(words, np.array([[1, 2, 0]]), np.array([[4, 4, 0]]))
    Named(first=array([[0, 0, 0]]), num_words=array([[2, 0, 0]]))
    """
    lens = words.ends - words.starts
    num, length = len(lens), words.ends.max(initial=0) + 1
    # How many words begin before a position, and the tokens of so many.
    before = np.zeros((num, max(length, ends.max(initial=0)) + 1), int)
    rows, places = lens.nonzero()
    before[rows, words.starts[rows, places] + 1] = 1
    before = before.cumsum(axis=1)
    tokens = np.zeros((num, lens.shape[1] + 1), int)
    tokens[:, 1:] = lens.cumsum(axis=1)
    first, last = (np.take_along_axis(before, edges, axis=1)
                   for edges in (starts, ends))
    whole = (np.take_along_axis(tokens, last, axis=1)
             - np.take_along_axis(tokens, first, axis=1)) == ends - starts
    whole &= ends > starts
    return Named(first * whole, (last - first) * whole)


def choose_spans(words: Words, budgets: np.ndarray, probs: Sequence[float],
                 seed: int, epoch: int, index: np.ndarray,
                 named: Named | None = None
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
        if named is not None:
            coins = keyed_numbers(seed, KIND, epoch, index[rows],
                                  np.array([len(found)]))[:, 0]
            first, lengths = _named_instead(
                words, free[rows], left[rows], Named(*(
                    array[rows] for array in named)), rows, drawn, coins,
                first, lengths)
        last = _extended(words, free, left, rows, first, lengths)
        start, end = np.zeros((2, len(lens)), int)
        start[rows], end[rows] = starts[rows, first], ends[rows, last]
        left -= end - start
        found.append((start, end))
    found = found or [tuple(np.zeros((2, len(lens)), int))]
    chosen = np.array(found).transpose(1, 2, 0)  # (2, N, spans)
    return _shortest_if_none(words, *chosen)


def _named_instead(words: Words, free: np.ndarray, left: np.ndarray,
                   named: Named, rows: np.ndarray, drawn: np.ndarray,
                   coins: np.ndarray, first: np.ndarray, lengths: np.ndarray
                   ) -> tuple[np.ndarray, np.ndarray]:
    """Let named spans take the place of others, where coin and room agree."""
    last = np.maximum(named.first + named.num_words - 1, 0)
    here = np.arange(len(rows))[:, None]
    taken = np.cumsum(~free, axis=1)
    none_taken = (taken[here, last] - taken[here, named.first]
                  + ~free[here, named.first]) == 0
    num_tokens = (words.ends[rows[:, None], last]
                  - words.starts[rows[:, None], named.first])
    usable = ((named.num_words > 0) & none_taken
              & (num_tokens <= left[:, None]))
    counts = usable.sum(axis=1)
    which = (usable.cumsum(axis=1) > below(drawn, np.maximum(counts, 1))[
        :, None]).argmax(axis=1)
    instead = (counts > 0) & (coins % np.uint64(2) == 1)
    here = np.arange(len(rows))
    return (np.where(instead, named.first[here, which], first),
            np.where(instead, named.num_words[here, which], lengths))


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
    the prediction columns. `named` has the numbers of all examples, rising,
    and where their named spans start and end, (N, G), 0 and 0 for none.
    """

    def __init__(self, vocab: Vocab, width: int, *, probs: Sequence[float],
                 pieces: np.ndarray, special: np.ndarray, counts: np.ndarray,
                 mlm_ratio: float, mlm_probs: Sequence[float],
                 named: tuple[np.ndarray, ...] | None = None):
        self.named = named
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
        words, named = self.words_of(token_ids, lens), None
        if self.named is not None:
            numbers, *edges = self.named
            rows = numbers.searchsorted(index)
            named = named_in_words(words, *(array[rows] for array in edges))
        starts, ends = choose_spans(words, budgets[lens], self.probs, seed,
                                    epoch, index, named)
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
