"""Keyed random numbers for one example at a time, in plain Python.

Every number is a function of (seed, stream, epoch, example, position). So
it does not matter in which order, in which batch or on which machine the
numbers are computed. They are those of the generator SplitMix64 (Steele,
Lea and Flood, 2014), whose state starts at a hash of the first four; the
position counts its outputs. `keyed` computes whole arrays of them.

Known values, to write it again in another language:

    number(seed=0, stream=0, epoch=0, example=0, position=0)
        = 0x78ae5a9a6b5fd45e
    number(seed=1, stream=2, epoch=3, example=4, position=5)
        = 0xd9f5d06b0e81222b
"""

from collections.abc import Sequence
from itertools import count
from typing import Any, TypeVar

T = TypeVar('T')
WORD = 2 ** 64 - 1
STEP = 0x9E3779B97F4A7C15  # of SplitMix64's state

# The streams, by what their numbers decide: which positions are predicted,
# what replaces their tokens, the second sentence of a pair, the order of the
# examples, that of the batches, which kind of span is hidden, and the
# symbols of a made-up task.
CHOOSE, REPLACE, NEXT, ORDER, BATCHES, KIND, TASK = range(7)


def mix(z: int) -> int:
    """Mix the bits of a number; the output function of SplitMix64.

    >>> hex(mix(STEP))  # its first output from the state 0
    '0xe220a8397b1dcdaf'
    """
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & WORD
    z = (z ^ z >> 27) * 0x94D049BB133111EB & WORD
    return z ^ z >> 31


def key(*parts: int) -> int:
    """Return a hash of some numbers, one after the other.

    The numbers of an example start from key(seed, stream, epoch, example).
    """
    state = 0
    for part in parts:
        state = mix((state ^ part) + STEP & WORD)
    return state


def number(seed: int, stream: int, epoch: int, example: int, position: int
           ) -> int:
    """Return a random number from 0 to 2^64 - 1.

    >>> hex(number(seed=0, stream=0, epoch=0, example=0, position=0))
    '0x78ae5a9a6b5fd45e'
    """
    return mix(key(seed, stream, epoch, example)
               + (position + 1) * STEP & WORD)


def below(drawn: int, n: int) -> int:
    """Return a number from 0 to n - 1, from the upper half of a random one.

    >>> below(0x78ae5a9a6b5fd45e, 10)
    4
    """
    return (drawn >> 32) * n >> 32


class KeyedRandom:
    """The numbers of one example, one after the other: an `rng`.

    >>> rng = KeyedRandom(seed=0, stream=0, epoch=0, example=0)
    >>> round(rng.random(), 6), rng.choice('abc'), rng.getrandbits(8)
    (0.47141, 'c', 77)

    So the book's rules can draw keyed numbers, too. Each draw takes the
    number of the next position.
    """

    def __init__(self, seed: int, stream: int, epoch: int, example: int):
        self._numbers = (number(seed, stream, epoch, example, position)
                         for position in count())

    def random(self) -> float:
        """Return a number from 0 to 1, without 1."""
        return (next(self._numbers) >> 11) / 2 ** 53

    def getrandbits(self, k: int) -> int:
        """Return a number of k bits, at most 64."""
        return next(self._numbers) >> 64 - k

    def choice(self, seq: Sequence[T]) -> T:
        """Return one of the elements."""
        return seq[below(next(self._numbers), len(seq))]


def choose(candidates: Sequence[int], num: int, seed: int, epoch: int,
           example: int) -> list[int]:
    """Choose positions at random, `num` or all, in rising order.

    >>> choose([1, 2, 4, 5], 2, seed=0, epoch=0, example=7)
    [1, 4]

    Each candidate gets 32 bits: those of positions 2 i and 2 i + 1 are the
    lower and the upper half of number i. The smallest are chosen.
    """
    def score(position: int) -> int:
        drawn = number(seed, CHOOSE, epoch, example, position // 2)
        return drawn >> 32 if position % 2 else drawn & 0xFFFFFFFF

    return sorted(sorted(candidates, key=score)[:num])


def replace(token: Any, position: int, mask: Any, words: Sequence[Any],
            mlm_probs: Sequence[float], seed: int, epoch: int, example: int
            ) -> Any:
    """Return the mask, a random word or the token itself.

    >>> [replace('sea', position, '<mask>', ['moon', 'tide'],
    ...          (0.8, 0.1, 0.1), seed=0, epoch=0, example=7)
    ...  for position in range(2, 6)]
    ['<mask>', 'sea', '<mask>', '<mask>']

    The lower half of a number decides which of the three, the upper half
    which word.
    """
    drawn = number(seed, REPLACE, epoch, example, position)
    p_mask, p_random, _ = mlm_probs
    if drawn & 0xFFFFFFFF < int(p_mask * 2 ** 32):
        return mask
    if drawn & 0xFFFFFFFF < int((p_mask + p_random) * 2 ** 32):
        return words[below(drawn, len(words))]
    return token


def mask_example(tokens: Sequence[Any], candidates: Sequence[int], num: int,
                 mask: Any, words: Sequence[Any],
                 mlm_probs: Sequence[float], seed: int, epoch: int,
                 example: int) -> tuple[list[Any], list[tuple[int, Any]]]:
    """Mask one example; return its tokens and (position, label) pairs.

    >>> mask_example(['<cls>', 'hi', '<sep>'], [1], 1, '<mask>', ['you'],
    ...              (0.8, 0.1, 0.1), seed=0, epoch=0, example=0)
    (['<cls>', '<mask>', '<sep>'], [(1, 'hi')])

    It takes words or token ids. `masking.Masking` does the same for whole
    batches, with the same result.
    """
    chosen = choose(candidates, num, seed, epoch, example)
    masked = list(tokens)
    for position in chosen:
        masked[position] = replace(tokens[position], position, mask, words,
                                   mlm_probs, seed, epoch, example)
    return masked, [(position, tokens[position]) for position in chosen]


def permutation(seed: int, stream: int, epoch: int, num: int) -> list[int]:
    """Return the numbers 0 to num - 1 in random order.

    >>> permutation(seed=0, stream=2, epoch=0, num=5)
    [3, 0, 1, 2, 4]

    They are sorted by the number that each has at position 0.
    """
    return sorted(range(num), key=lambda i: number(seed, stream, epoch, i, 0))
