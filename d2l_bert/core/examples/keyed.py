"""Keyed random numbers for whole batches: `keys`, with NumPy."""

from typing import Any

import numpy as np
import numpy.typing as npt

from .keys import CHOOSE, REPLACE, STEP

U64 = np.uint64
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
    state = np.zeros(1, U64)
    for part in (seed, stream, epoch, index):
        state = _mix((state ^ np.asarray(part).astype(U64)) + U64(STEP))
    positions = np.arange(num) if np.ndim(num) == 0 else np.asarray(num)
    steps = (positions.astype(U64) + U64(1)) * U64(STEP)
    return _mix(state[:, None] + steps)


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


def choose(candidates: np.ndarray, num: np.ndarray, width: int, seed: int,
           epoch: int, index: np.ndarray, positions: Any = None
           ) -> tuple[np.ndarray, np.ndarray]:
    """Choose positions of each row: `keys.choose`.

    `candidates` (N, len) is True where a token may be chosen, `num` (N,)
    says how many. Returns columns (N, width): the columns of `candidates`
    in rising order, then 0, and a mask that is True for the chosen ones.
    `positions` (N, len) are the positions to draw for, where they are not
    the columns.
    """
    length = candidates.shape[1]
    columns = np.arange(length, dtype=U64)
    scores = keyed_numbers(seed, CHOOSE, epoch, index,
                           length if positions is None else positions)
    scores >>= U64(16)
    scores <<= U64(16)
    scores |= columns
    scores[~candidates] = UNUSED
    scores.sort(axis=1)
    scores = scores[:, :width]
    chosen = (np.arange(width) < num[:, None]) & (scores != UNUSED)
    found = np.where(chosen, scores & U64(0xFFFF), U64(length))
    found.sort(axis=1)  # rising, then nothing
    chosen = found < length
    return np.where(chosen, found, U64(0)).astype(np.int64), chosen


def replace(tokens: np.ndarray, mask: int, words: np.ndarray,
            mlm_probs: Any, seed: int, epoch: int, index: np.ndarray,
            positions: np.ndarray) -> np.ndarray:
    """Return for each token what takes its place, (N, P): `keys.replace`."""
    drawn = keyed_numbers(seed, REPLACE, epoch, index, positions)
    share = drawn & U64(0xFFFFFFFF)
    word = (drawn >> U64(32)) * U64(len(words)) >> U64(32)
    p_mask, p_random, _ = mlm_probs
    return np.where(
        share < U64(int(p_mask * 2 ** 32)), mask,
        np.where(share < U64(int((p_mask + p_random) * 2 ** 32)),
                 words[word.astype(np.int64)], tokens)).astype(tokens.dtype)
