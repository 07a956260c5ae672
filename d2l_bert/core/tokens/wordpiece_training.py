"""The vocabulary of WordPiece, from the words of a text.

At first the pieces are single characters. Again and again the pair of pieces
that is the best is merged into one piece, until there are enough.

Source: Sennrich et al., Neural Machine Translation of Rare Words with Subword
Units (2016), for merges by frequency; Schuster and Nakajima (2012) for scores.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from ..checks import check_whole
from ..progress import progress
from .wordpiece import SPELLING, clean, words_of

Pair = tuple[str, str]
BY = ('frequency', 'score')


def count_words(lines: Iterable[str], lowercase: bool = True
                ) -> dict[str, int]:
    """Return how often each word occurs in a text, cut as by WordPiece.

    >>> count_words(['The sea, the moon'])
    {'the': 2, 'sea': 1, ',': 1, 'moon': 1}

    Special tokens such as '<unk>' are not counted.
    """
    seen = Counter(word for line in lines for word in clean(line).split())
    counts: Counter[str] = Counter()
    for word, count in seen.items():
        if word not in SPELLING and word not in SPELLING.values():
            for part in words_of(word, lowercase):
                counts[part] += count
    return dict(counts)


def train_wordpiece(counts: Mapping[str, int], size: int, *,
                    by: str = 'frequency') -> list[str]:
    """Return a vocabulary of pieces, in the order of their ids.

    >>> train_wordpiece({'hugs': 3, 'hug': 4, 'bugs': 2}, 14)[5:]
    ['##g', '##s', '##u', 'b', 'h', '##ug', 'hug', 'hugs', '##ugs']

    `counts` says how often each word occurs, such as `count_words`. First
    come the five special tokens, then all characters, then the merges:

        by='frequency'  the pair that occurs most often
        by='score'      the pair whose count, divided by the counts of its
                        two pieces, is the largest

    Of equal ones the first in the alphabet is taken, so the result is
    always the same. There may be fewer pieces if all words are whole.

    Raises ValueError for a `size` that does not hold the characters.
    """
    if by not in BY:
        raise ValueError(f'by must be one of {", ".join(BY)}, not {by!r}')
    merges = _Merges(counts, by)
    vocab = [*SPELLING.values(), *sorted(merges.pieces)]
    check_whole('size', size, least=1)
    if size < len(vocab):
        raise ValueError(f'size must be at least {len(vocab)}, for 5 special '
                         f'tokens and {len(merges.pieces)} characters, not '
                         f'{size}')
    known = {*vocab}
    with progress(total=size, initial=len(vocab), desc='merging') as bar:
        while len(vocab) < size and (pair := merges.best()):
            piece = merges.merge(pair)
            if piece not in known:  # others may have made the same before
                known.add(piece)
                vocab.append(piece)
                bar.update()
    return vocab


class _Merges:
    """The words of a text in pieces, and the pairs of pieces in them."""

    def __init__(self, counts: Mapping[str, int], by: str):
        self.by = by
        self.words = [([word[0], *(f'##{char}' for char in word[1:])], count)
                      for word, count in counts.items()]
        self.pieces: Counter[str] = Counter()
        self.pairs: Counter[Pair] = Counter()
        self.where: dict[Pair, set[int]] = defaultdict(set)  # in which words
        self.with_piece: dict[str, set[Pair]] = defaultdict(set)
        for i in range(len(self.words)):
            self._add(i)
        # The best comes first. A value may be an old one: `best` looks.
        self.heap = [(self._rank(pair), pair) for pair in self.pairs]
        heapq.heapify(self.heap)

    def _add(self, i: int) -> set[Pair]:
        pieces, count = self.words[i]
        for piece in pieces:
            self.pieces[piece] += count
        pairs = [*zip(pieces, pieces[1:])]
        for pair in pairs:
            self.pairs[pair] += count
            self.where[pair].add(i)
            if self.by == 'score':
                for piece in pair:
                    self.with_piece[piece].add(pair)
        return {*pairs}

    def _remove(self, i: int) -> set[Pair]:
        pieces, count = self.words[i]
        for piece in pieces:
            self.pieces[piece] -= count
        pairs = [*zip(pieces, pieces[1:])]
        for pair in pairs:
            self.pairs[pair] -= count
        return {*pairs}

    def _rank(self, pair: Pair) -> Any:
        """Return a number that is the smallest for the best pair."""
        count = self.pairs[pair]
        if self.by == 'frequency' or not count:
            return -count
        return -Fraction(count, self.pieces[pair[0]] * self.pieces[pair[1]])

    def best(self) -> Pair | None:
        """Return the best pair, or None if every word is one piece."""
        while self.heap:
            rank, pair = heapq.heappop(self.heap)
            now = self._rank(pair)
            if now == rank < 0:
                return pair
            if now < 0:
                heapq.heappush(self.heap, (now, pair))
        return None

    def merge(self, pair: Pair) -> str:
        """Merge a pair wherever it is, and return the new piece."""
        first, second = pair
        new = first + second.removeprefix('##')
        changed: set[Pair] = set()
        for i in sorted(self.where.pop(pair)):
            changed |= self._remove(i)
            pieces, count = self.words[i]
            merged: list[str] = []
            for piece in pieces:
                if merged and (merged[-1], piece) == pair:
                    merged[-1] = new
                else:
                    merged.append(piece)
            self.words[i] = merged, count
            changed |= self._add(i)
        # With fewer of a piece, the scores of all its pairs are larger.
        changed |= self.with_piece[first] | self.with_piece[second]
        for other in changed - {pair}:
            if self.pairs[other]:
                heapq.heappush(self.heap, (self._rank(other), other))
        return new
