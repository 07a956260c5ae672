"""Keyed random numbers for whole batches: `keys`, with NumPy.

Each function here gives what the one of that name in `keys` gives for each
example, number for number.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from .keys import CHOOSE, REPLACE, STEP, key

U64 = np.uint64
HALF = U64(32)  # of the bits of a number
UNUSED = ~U64(0)  # sorts after every candidate


def _mix(z: np.ndarray) -> np.ndarray:
    """Mix the bits of numbers, in place: `keys.mix`."""
    z ^= z >> U64(30)
    z *= U64(0xBF58476D1CE4E5B9)
    z ^= z >> U64(27)
    z *= U64(0x94D049BB133111EB)
    z ^= z >> U64(31)
    return z


def keyed_numbers(seed: int, stream: int, epoch: int, index: npt.ArrayLike,
                  num: Any) -> np.ndarray:
    """Return random 64-bit numbers of some examples, (N, positions).

    >>> [hex(n) for n in keyed_numbers(0, 0, 0, index=[0], num=2)[0]]
    ['0x78ae5a9a6b5fd45e', '0xb9895a2b68592df1']

    `index` has the numbers of N examples; `num` is how many positions, from
    0, or an array of positions (N, positions) or (positions,).

    Source: `keys`, which says how they are computed.
    """
    state = _mix((np.asarray(index).astype(U64)
                  ^ U64(key(seed, stream, epoch))) + U64(STEP))
    positions = np.arange(num) if np.ndim(num) == 0 else np.asarray(num)
    steps = (positions.astype(U64) + U64(1)) * U64(STEP)
    return _mix(state[:, None] + steps)


def below(drawn: np.ndarray, n: Any) -> np.ndarray:
    """Return numbers from 0 to n - 1: `keys.below`."""
    return ((drawn >> HALF) * np.asarray(n).astype(U64) >> HALF).astype(
        np.int64)


def keyed_permutation(seed: int, stream: int, epoch: int, num: int
                      ) -> np.ndarray:
    """Return the numbers 0 to num - 1 in random order.

    >>> keyed_permutation(seed=0, stream=2, epoch=0, num=5)
    array([3, 0, 1, 2, 4])

    Number i gets the keyed number of example i, at position 0, and these
    are sorted.
    """
    scores = keyed_numbers(seed, stream, epoch, np.arange(num), 1)[:, 0]
    return np.argsort(scores, kind='stable')


def scores(seed: int, epoch: int, index: np.ndarray, length: int,
           start: int = 0) -> np.ndarray:
    """Return the 32 bits of each position that `keys.choose` compares.

    They are those of `length` positions from `start`, (N, length).
    """
    numbers = np.arange(start // 2, (start + length + 1) // 2)
    drawn = keyed_numbers(seed, CHOOSE, epoch, index, numbers)
    halves = drawn.astype('<u8', copy=False).view('<u4')
    return halves[:, start % 2:start % 2 + length]


def choose(candidates: np.ndarray, num: np.ndarray, width: int,
           scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Choose positions of each row: `keys.choose`.

    `candidates` (N, length) is True where a token may be chosen, `num` (N,)
    says how many, and `scores` (N, length) are those of the positions.
    Returns positions (N, width) in rising order, then 0, and a mask that is
    True for the chosen ones.
    """
    length = candidates.shape[1]
    ranked = scores.astype(U64)
    ranked <<= HALF
    ranked |= np.arange(length, dtype=U64)  # what is sorted with them
    ranked[~candidates] = UNUSED
    ranked.sort(axis=1)
    ranked = ranked[:, :width]
    chosen = (np.arange(width) < num[:, None]) & (ranked != UNUSED)
    positions = np.where(chosen, ranked.astype(np.uint32), np.uint32(length))
    positions.sort(axis=1)  # rising, then nothing
    chosen = positions < length
    return np.where(chosen, positions, 0), chosen


def replace(tokens: np.ndarray, mask: int, words: np.ndarray,
            mlm_probs: Any, seed: int, epoch: int, index: np.ndarray,
            positions: np.ndarray) -> np.ndarray:
    """Return for each token what takes its place, (N, P): `keys.replace`."""
    drawn = keyed_numbers(seed, REPLACE, epoch, index, positions)
    share = drawn & U64(0xFFFFFFFF)
    p_mask, p_random, _ = mlm_probs
    replaced = np.where(share < U64(int((p_mask + p_random) * 2 ** 32)),
                        words[below(drawn, len(words))], tokens)
    replaced[share < U64(int(p_mask * 2 ** 32))] = mask
    return replaced
