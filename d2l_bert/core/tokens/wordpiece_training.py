"""The vocabulary of WordPiece, from the words of a text.

At first the pieces are single characters. Again and again the pair of pieces
that is the best is merged into one piece, until there are enough.

Source: Sennrich et al., Neural Machine Translation of Rare Words with Subword
Units (2016), for merges by frequency; Schuster and Nakajima (2012) for scores.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from ..checks import a_value, check_whole
from .wordpiece import SPELLING

Pair = tuple[str, str]
BY = ('frequency', 'score')
SCALE = 256  # bits of a score: exact for counts of less than 60 bits


def train_wordpiece(counts: Mapping[str, int], size: int, *,
                    by: str = 'frequency') -> list[str]:
    """Return a vocabulary of pieces, in the order of their ids.

    >>> train_wordpiece({'hugs': 3, 'hug': 4, 'bugs': 2}, 14)[5:]
    ['##g', '##s', '##u', 'b', 'h', '##ug', 'hug', 'hugs', '##ugs']

    `counts` says how often each word occurs, as `count_words` does. First
    come the five special tokens, then all characters, then the merges:

        by='frequency'  the pair that occurs most often
        by='score'      the pair whose count, divided by the counts of its
                        two pieces, is the largest

    Of equal ones the first in the alphabet is taken, so the result is
    always the same. There may be fewer pieces if all words are whole.

    Raises ValueError for a `size` that does not hold the characters, and
    for words without a character or a count; TypeError if `counts` is not
    a mapping.
    """
    if by not in BY:
        raise ValueError(f'by must be one of {", ".join(BY)}, not {by!r}')
    check_whole('size', size, least=1)
    _check_counts(counts)
    merges = _Merges(counts, by)
    vocab = [*SPELLING.values(), *sorted(merges.pieces)]
    if size < len(vocab):
        raise ValueError(f'size must be at least {len(vocab)}, for 5 special '
                         f'tokens and {len(merges.pieces)} characters, not '
                         f'{size}')
    known = {*vocab}
    while len(vocab) < size and (pair := merges.best()):
        piece = merges.merge(pair)
        if piece not in known:  # others may have made the same before
            known.add(piece)
            vocab.append(piece)
    return vocab


def _check_counts(counts: Mapping[str, int]) -> None:
    if not isinstance(counts, Mapping):
        raise TypeError(f"counts must be a mapping such as {{'sea': 3}}, as "
                        f'count_words returns, not {a_value(counts)}')
    for word, count in counts.items():
        if not isinstance(word, str):
            raise TypeError(f'a word must be a text, not {a_value(word)}')
        if not word:
            raise ValueError('a word needs at least one character; '
                             'count_words gives such words')
        check_whole(f'the count of {word!r}', count, least=1)


class _Merges:
    """The words of a text in pieces, and the pairs of pieces in them.

    What is looked up in a heap may be old: a pair that has become worse is
    put back where it belongs when it is met, and one that has become better
    is put there again at once.
    """

    def __init__(self, counts: Mapping[str, int], by: str):
        self.by_score = by == 'score'
        self.words = [([word[0], *(f'##{char}' for char in word[1:])], count)
                      for word, count in counts.items()]
        self.pieces: Counter[str] = Counter()
        self.pairs: Counter[Pair] = Counter()
        self.where: dict[Pair, set[int]] = defaultdict(set)  # in which words
        for i, (pieces, count) in enumerate(self.words):
            for piece in pieces:
                self.pieces[piece] += count
            for pair in zip(pieces, pieces[1:]):
                self.pairs[pair] += count
                self.where[pair].add(i)
        self.with_piece: dict[str, set[Pair]] = defaultdict(set)
        self._remember(self.pairs)
        self.heap = [(self._rank(pair), pair) for pair in self.pairs]
        heapq.heapify(self.heap)

    def _remember(self, pairs: Iterable[Pair]) -> None:
        if self.by_score:
            for pair in pairs:
                for piece in pair:
                    self.with_piece[piece].add(pair)

    def _rank(self, pair: Pair) -> int:
        """Return a number that is the smallest for the best pair, or 0."""
        count = self.pairs[pair]
        if self.by_score and count:
            first, second = pair
            return -((count << SCALE)
                     // (self.pieces[first] * self.pieces[second]))
        return -count

    def best(self) -> Pair | None:
        """Return the best pair, or None if every word is one piece."""
        while self.heap:
            rank, pair = heapq.heappop(self.heap)
            now = self._rank(pair)
            if now == rank < 0:
                return pair
            if rank < now < 0:
                heapq.heappush(self.heap, (now, pair))
        return None

    def merge(self, pair: Pair) -> str:
        """Merge a pair wherever it is, and return the new piece."""
        first, second = pair
        new = first + second[2:]
        better: set[Pair] = set()
        for i in self.where.pop(pair):
            pieces, count = self.words[i]
            merged: list[str] = []
            for piece in pieces:
                if piece == second and merged and merged[-1] == first:
                    merged[-1] = new
                else:
                    merged.append(piece)
            times = len(pieces) - len(merged)
            if not times:  # other merges have taken its pieces
                continue
            self.words[i] = merged, count
            for old in zip(pieces, pieces[1:]):
                self.pairs[old] -= count
            for now in zip(merged, merged[1:]):
                self.pairs[now] += count
                if new in now:
                    self.where[now].add(i)
                    better.add(now)
            self.pieces[first] -= times * count
            self.pieces[second] -= times * count
            self.pieces[new] += times * count
        self._remember(better)
        # With fewer of a piece, the scores of all its pairs are larger.
        better |= self.with_piece[first] | self.with_piece[second]
        for other in better:
            if self.pairs[other]:
                heapq.heappush(self.heap, (self._rank(other), other))
        return new
