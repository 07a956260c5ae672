"""SpanBERT's masks for whole batches: `spans`, with NumPy.

N examples are drawn together, a span of each at a time. So the loop has as
many turns as the example with the most draws has draws.
"""

from collections.abc import Sequence
from itertools import count
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


def words_of(pieces: np.ndarray | None, excluded: np.ndarray) -> Words:
    """Return the words of examples: `spans.find_words`.

    >>> words_of(np.array([[0, 0, 1, 0, 0]], bool),
    ...          np.array([[1, 0, 0, 0, 1]], bool))
    Words(starts=array([[1, 3, 0, 0, 0, 0]]), ends=array([[3, 4, 0, 0, 0, 0]]))

    `pieces` (N, length) is True for tokens such as '##ning', or None if there
    are none, and `excluded` for special tokens and padding.
    """
    length = excluded.shape[1]
    if pieces is None:
        rows, columns = _nonzero(~excluded)
        num_words = np.bincount(rows, minlength=len(excluded))
        starts = pad_flat(columns, num_words, length + 1, 0, int)
        return Words(starts, starts + length_mask(num_words, length + 1))
    inside = pieces & ~excluded  # and not the first piece of its word
    inside[:, 1:] &= ~excluded[:, :-1]
    inside[:, :1] = False
    begins = ~(inside | excluded)
    rows, columns = _nonzero(begins)
    stops = columns + 1
    if inside.any():  # the next position that is not inside of the word
        after = np.where(inside, length, np.arange(length))
        after = np.minimum.accumulate(after[:, ::-1], axis=1)[:, ::-1]
        after = np.pad(after[:, 1:], ((0, 0), (0, 1)), constant_values=length)
        stops = after[rows, columns]
    num_words = np.bincount(rows, minlength=len(begins))
    return Words(*(pad_flat(flat, num_words, length + 1, 0, int)
                   for flat in (columns, stops)))


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
    rows, places = _nonzero(lens)
    before[rows, words.starts[rows, places] + 1] = 1
    before = before.cumsum(axis=1)
    tokens = np.zeros((num, lens.shape[1] + 1), int)
    tokens[:, 1:] = lens.cumsum(axis=1)
    first, last = (np.take_along_axis(before, edges, axis=1)
                   for edges in (starts, ends))
    whole = (np.take_along_axis(tokens, last, axis=1)
             - np.take_along_axis(tokens, first, axis=1)) == ends - starts
    whole &= (ends > starts) & (np.take_along_axis(
        words.starts, first, axis=1) == starts)
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
    lens, width = ends - starts, starts.shape[1]
    free = lens > 0
    num_words = free.sum(axis=1)
    limits = np.array(rules.limits_of(probs), np.uint64)
    left = budgets.astype(int)
    rows = _that_go_on(np.arange(len(lens)), free, lens, left)
    found = []
    for draw in count():
        if not len(rows):
            break
        at = np.array([draw])
        drawn = keyed_numbers(seed, CHOOSE, epoch, index[rows], at)[:, 0]
        first = below(drawn, num_words[rows])
        lengths = 1 + limits.searchsorted(drawn & LOW, side='right')
        if named is not None:
            coins = keyed_numbers(seed, KIND, epoch, index[rows], at)[:, 0]
            first, lengths = _named_instead(
                words, free[rows], left[rows], Named(*(
                    array[rows] for array in named)), rows, drawn, coins,
                first, lengths)
        places = rows * width + first  # flat, as that takes less time
        taken = free.take(places) & (lens.take(places) <= left[rows])
        chosen = rows[taken]
        start = starts.take(places[taken])
        end = _ends(words, free, chosen, places[taken], lengths[taken],
                    start + left[chosen])
        left[chosen] -= end - start
        found.append((chosen, start, end))
        # Where nothing is left, or no word may be, the example is finished.
        again = _that_go_on(rows[~taken], free, lens, left)
        rows = np.concatenate([chosen[left[chosen] > 0], again])
    return _as_rows(found, words)


def _that_go_on(rows: np.ndarray, free: np.ndarray, lens: np.ndarray,
                left: np.ndarray) -> np.ndarray:
    """Return the examples that have a free word for what is left."""
    fitting = free[rows] & (lens[rows] <= left[rows, None])
    return rows[fitting.any(axis=1)]


def _ends(words: Words, free: np.ndarray, rows: np.ndarray,
          places: np.ndarray, lengths: np.ndarray, most: np.ndarray
          ) -> np.ndarray:
    """Return where spans end, and mark their words as not free.

    `places` are their first words, flat. A span ends at `most` at the most.
    """
    starts, ends = words
    places, going = places.copy(), np.arange(len(rows))
    free.put(places, False)
    for length in range(2, int(lengths.max(initial=0)) + 1):
        after = places[going] + 1
        longer = ((lengths[going] >= length) & free.take(after)
                  & (starts.take(after) == ends.take(after - 1))
                  & (ends.take(after) <= most[going]))
        going, after = going[longer], after[longer]
        if not len(going):
            break
        places[going] = after
        free.put(after, False)
    return ends.take(places)


def _as_rows(found: Sequence[tuple[np.ndarray, ...]], words: Words
             ) -> tuple[np.ndarray, np.ndarray]:
    """Return the spans of each example in a row, the shortest word if none.
    """
    lens = words.ends - words.starts
    rows, *edges = (np.concatenate(parts) for parts in zip(
        (np.zeros(0, int),) * 3, *found))
    none = np.flatnonzero((lens > 0).any(axis=1)
                          & (np.bincount(rows, minlength=len(lens)) == 0))
    shortest = np.where(lens > 0, lens, lens.max(initial=0) + 1)[
        none].argmin(axis=1)
    rows = np.concatenate([rows, none])
    order = np.argsort(rows, kind='stable')  # the draws of a row stay in order
    counts = np.bincount(rows, minlength=len(lens))
    starts, ends = (pad_flat(
        np.concatenate([edge, array[none, shortest]])[order], counts,
        counts.max(initial=0), 0, int)
        for edge, array in zip(edges, words))
    return starts, ends


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


def _nonzero(array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns, as `array.nonzero()`, which takes longer."""
    flat, width = np.flatnonzero(array), max(array.shape[1], 1)
    rows = flat // width
    return rows, flat - rows * width


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
        self.has_pieces = bool(pieces.any())
        self.mlm_ratio, self.mask = mlm_ratio, vocab.special(MASK)
        self.words = np.flatnonzero(counts)
        self.limits = np.array(rules.limits_of(
            counts[self.words] / counts.sum()), np.uint64)

    def words_of(self, token_ids: np.ndarray, lens: np.ndarray) -> Words:
        """Return the words of examples, which may be hidden."""
        excluded = self.special[token_ids]
        excluded |= ~length_mask(lens, token_ids.shape[1])
        return words_of(self.pieces[token_ids] if self.has_pieces else None,
                        excluded)

    def by_key(self, seed: int, columns: Any, epoch: int, index: np.ndarray
               ) -> Any:
        """Hide spans in the token ids, and return columns with the labels.

        `index` (N,) has the numbers of the examples. For one example this
        is `spans.choose_spans` and `spans.hide_spans`.
        """
        token_ids, lens = columns.token_ids, columns.valid_lens.astype(int)
        budgets = np.maximum(1, (lens * self.mlm_ratio + 1e-9).astype(int))
        words, named = self.words_of(token_ids, lens), None
        if self.named is not None:
            numbers, *edges = self.named
            rows = numbers.searchsorted(index)
            named = named_in_words(words, *(array[rows] for array in edges))
        starts, ends = choose_spans(words, budgets, self.probs, seed,
                                    epoch, index, named)
        positions, lefts, rights, hidden = self._places(
            starts, ends, token_ids.shape[1])
        labels = np.take_along_axis(token_ids, positions, axis=1)
        new = self._replaced(labels, positions, lefts + 1, seed, epoch, index)
        rows = _nonzero(hidden)[0]
        token_ids[rows, positions[hidden]] = new[hidden]
        dtype = token_ids.dtype
        return columns._replace(
            pred_positions=positions.astype(dtype),
            mlm_weights=hidden.astype(np.float32),
            mlm_labels=labels * hidden,
            span_left=np.maximum(lefts, 0).astype(dtype),
            span_right=rights.astype(dtype),
            span_offsets=((positions - lefts) * hidden).astype(dtype),
            # A border is missing if a span is at the edge of a sequence.
            sbo_weights=(hidden & (lefts >= 0) & (rights < lens[:, None])
                         ).astype(np.float32))

    def _places(self, starts: np.ndarray, ends: np.ndarray, length: int
                ) -> tuple[np.ndarray, ...]:
        """Return the positions of hidden tokens and their borders, (N, P).

        The fourth is a mask: True for predictions, False for padding.
        """
        rows, spans = _nonzero(ends)
        first, last = starts[rows, spans], ends[rows, spans]
        order = np.argsort(rows * length + first)
        rows, first, last = rows[order], first[order], last[order]
        lens = last - first
        before = np.repeat(lens.cumsum() - lens, lens)  # tokens of others
        positions = np.repeat(first, lens) + np.arange(len(before)) - before
        hidden = np.bincount(rows, lens, len(ends)).astype(int)
        return (*(pad_flat(flat, hidden, self.width, 0, int) for flat in (
            positions, np.repeat(first, lens) - 1, np.repeat(last, lens))),
            length_mask(hidden, self.width))

    def _replaced(self, labels: np.ndarray, positions: np.ndarray,
                  starts: np.ndarray, seed: int, epoch: int,
                  index: np.ndarray) -> np.ndarray:
        """Return what takes the place of each hidden token, (N, P)."""
        share, drawn = (keyed_numbers(seed, REPLACE, epoch, index, places)
                        for places in (starts, positions))
        share &= LOW
        p_mask, p_random, _ = self.mlm_probs
        masked = share < np.uint64(int(p_mask * 2 ** 32))
        random = ~masked & (share < np.uint64(int((p_mask + p_random)
                                                  * 2 ** 32)))
        new = np.where(masked, self.mask, labels)
        new[random] = self.words[self.limits.searchsorted(
            drawn[random] >> HALF, side='right')]
        return new
