"""Keyed random numbers, one at a time, in plain Python.

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
from typing import Any

WORD = 2 ** 64 - 1
STEP = 0x9E3779B97F4A7C15  # of SplitMix64's state

# What the numbers of a stream decide.
CHOOSE, REPLACE = range(2)


def mix(z: int) -> int:
    """Mix the bits of a number; the output function of SplitMix64.

    >>> hex(mix(STEP))  # its first output from the state 0
    '0xe220a8397b1dcdaf'
    """
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & WORD
    z = (z ^ z >> 27) * 0x94D049BB133111EB & WORD
    return z ^ z >> 31


def key(seed: int, stream: int, epoch: int, example: int) -> int:
    """Return the hash that the numbers of an example start from."""
    state = 0
    for part in (seed, stream, epoch, example):
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


def choose(candidates: Sequence[int], num: int, seed: int, epoch: int,
           example: int) -> list[int]:
    """Choose positions at random, `num` or all, in rising order.

    >>> choose([1, 2, 4, 5], 2, seed=0, epoch=0, example=7)
    [1, 4]

    Each candidate gets a number; those with the smallest are chosen. The
    last 16 bits of a number are replaced by the position, so that no two
    are equal.
    """
    scores = sorted(number(seed, CHOOSE, epoch, example, position) >> 16 << 16
                    | position for position in candidates)
    return sorted(score & 0xFFFF for score in scores[:num])


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
    share, word = drawn & 0xFFFFFFFF, drawn >> 32
    p_mask, p_random, _ = mlm_probs
    if share < int(p_mask * 2 ** 32):
        return mask
    if share < int((p_mask + p_random) * 2 ** 32):
        return words[word * len(words) >> 32]
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
