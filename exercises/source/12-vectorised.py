# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 12: Vectorised masking
#
# *Session 2, 10 points, about 35 minutes.*
#
# **What you learn.** A Python loop over tokens is slow. Vectorised code with
# NumPy masks all rows at once. You write it, and measure how much faster it
# is.

# %% given="loop"
import random
import time
from itertools import combinations
from numbers import Real

import numpy as np

from d2l_bert.core import ask, expect, expect_values, plausible

MASK, NUM_WORDS = 1, 2000


def mask_loop(token_ids, may_predict, num_preds, rng):
    """Mask row by row; return (new ids, True for predictions)."""
    new_ids, predicted = token_ids.copy(), np.zeros(token_ids.shape, bool)
    for row in range(len(token_ids)):
        candidates = np.flatnonzero(may_predict[row]).tolist()
        random.shuffle(candidates)
        for position in candidates[:num_preds]:
            predicted[row, position] = True
            number = rng.random()
            if number < 0.8:
                new_ids[row, position] = MASK
            elif number < 0.9:
                new_ids[row, position] = rng.integers(NUM_WORDS)
    return new_ids, predicted


def rows(num_rows, width, seed):
    """Return rows of token ids, and an array: True for candidates."""
    rng = np.random.default_rng(seed)
    token_ids = rng.integers(10, NUM_WORDS, (num_rows, width))
    return token_ids, rng.random((num_rows, width)) < 0.7


# %% [markdown]
# ## Part A: measure (3 points)
#
# Write `seconds(function, repeats)`. It calls `function()` `repeats` times and
# returns the time of the fastest call, in seconds. The fastest call is the
# best measurement: other programs can only make a call slower.
#
# <details><summary>Hint</summary>
#
# Read `time.perf_counter()` before and after each call, and collect the
# differences in a list.
#
# </details>


# %% answer="seconds"
def seconds(function, repeats):
    """Return the time of the fastest call, in seconds."""
    ### BEGIN SOLUTION
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)
    ### END SOLUTION


# %% check="seconds-check" points=3
def check_seconds(sleeps):
    calls = []

    def function():
        time.sleep(sleeps[len(calls) % len(sleeps)])
        calls.append(None)

    found = expect(ask(seconds, function, len(sleeps)), Real, 'a number')
    assert len(calls) == len(sleeps), (
        f'the function was called {len(calls)} instead of {len(sleeps)} '
        f'times')
    assert found > 0, (
        f'{found!r} is not a time in seconds; subtract the start from the '
        f'end')
    assert len(sleeps) == 1 or found < 0.9 * sum(sleeps), (
        f'{found:.3f} s is the time of all calls together; return the time '
        f'of the fastest call')
    assert found >= 0.9 * min(sleeps), (
        f'{found:.3f} s is less than the time of each call: {sleeps}')
    slower = sorted([*sleeps, 1])[1]
    assert found < (min(sleeps) + slower) / 2, (
        f'{found:.3f} s is more than the time of the fastest call, '
        f'{min(sleeps)} s; do not return the mean or the last time')


check_seconds([0.3, 0.01, 0.5])
### BEGIN HIDDEN TESTS
check_seconds([0.02, 0.4, 0.3, 0.3])
check_seconds([0.3, 0.4, 0.01])
check_seconds([0.01, 0.3, 0.2])
check_seconds([0.05])
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: all rows at once (7 points)
#
# Write `mask_rows(token_ids, may_predict, num_preds, rng)`. It does the same
# as `mask_loop`, but without a loop over rows or tokens. `rng` is a NumPy
# generator, such as `np.random.default_rng(0)`. It returns the new ids and a
# boolean array of the same shape: True where a token is predicted.
#
# - The candidates are the tokens where `may_predict` is True. In each row,
#   `num_preds` candidates are predicted, or all if there are fewer. All
#   candidates of a row have the same probability.
# - Each predicted token is replaced by `MASK` with probability 0.8, and by a
#   random id below `NUM_WORDS` with probability 0.1. Otherwise it stays the
#   same.
# - `token_ids` itself must not change.
#
# <details><summary>Hint</summary>
#
# To choose the positions: give each candidate a random number with
# `rng.random(token_ids.shape)`, and all other tokens a number greater than
# 1. In each row, choose the `num_preds` smallest numbers.
# `x.argsort(axis=1).argsort(axis=1)` gives the rank of each number in its
# row, from 0.
#
# To replace the tokens: draw a second array of random numbers, and select
# one of the three cases with `np.where`.
#
# </details>


# %% answer="rows"
def mask_rows(token_ids, may_predict, num_preds, rng):
    """Mask all rows; return (new ids, True for predictions)."""
    ### BEGIN SOLUTION
    keys = np.where(may_predict, rng.random(token_ids.shape), 2)
    ranks = keys.argsort(axis=1).argsort(axis=1)
    predicted = may_predict & (ranks < num_preds)
    number = rng.random(token_ids.shape)
    words = rng.integers(NUM_WORDS, size=token_ids.shape)
    changed = np.where(number < 0.8, MASK,
                       np.where(number < 0.9, words, token_ids))
    return np.where(predicted, changed, token_ids), predicted
    ### END SOLUTION


# %% check="rows-check" points=7
def check_rows(token_ids, may_predict, num_preds, rng):
    """Check both arrays, and return them."""
    new_ids, predicted = expect_values(
        ask(mask_rows, token_ids, may_predict, num_preds, rng), 'new ids',
        'predicted')
    expect(new_ids, np.ndarray, 'two arrays')
    expect(predicted, np.ndarray, 'two arrays')
    assert new_ids.shape == token_ids.shape == predicted.shape, (
        f'the shapes are {new_ids.shape} and {predicted.shape} instead of '
        f'{token_ids.shape}')
    assert predicted.dtype == bool, (
        f'the dtype of the second array must be bool, not {predicted.dtype}')
    assert new_ids.dtype.kind == 'i', (
        f'ids must be whole numbers, but the dtype is {new_ids.dtype}')
    assert not (predicted & ~may_predict).any(), (
        'a token is predicted that is not a candidate; check rows with few '
        'candidates, too')
    assert (new_ids == token_ids)[~predicted].all(), (
        'a token has changed, but it is not predicted')
    counts = predicted.sum(axis=1)
    expected = np.minimum(num_preds, may_predict.sum(axis=1))
    assert (counts == expected).all(), (
        f'the rows have {counts[:5]}... predictions instead of '
        f'{expected[:5]}...; choose exactly this number in each row, not '
        f'each token with some probability')
    assert ((new_ids >= 0) & (new_ids < NUM_WORDS)).all(), (
        f'a random id must be at least 0 and below {NUM_WORDS}')
    return new_ids, predicted


def check_random(num_rows, num_preds, seed, calls=1):
    """Predict some of the same six candidates in each row."""
    may_predict = np.tile([True] * 3 + [False] * 2 + [True] * 3, (
        num_rows, 1))
    rng, old, new, chosen = np.random.default_rng(seed), [], [], []
    for call in range(calls):
        token_ids, _ = rows(num_rows, 8, 1000 * seed + call)
        new_ids, predicted = check_rows(token_ids, may_predict, num_preds,
                                        rng)
        old.append(token_ids[predicted].reshape(num_rows, num_preds))
        new.append(new_ids[predicted].reshape(num_rows, num_preds))
        chosen.append(predicted[:, may_predict[0]])
    check_positions(np.concatenate(chosen), num_preds)
    check_kinds(np.concatenate(old), np.concatenate(new))


def check_positions(chosen, num_preds):
    """All sets of num_preds candidates have the same probability."""
    # 1 of 2, 10000 rows: 5000 ± 5 * sqrt(10000 * 0.5 * 0.5), which is ± 250
    once = chosen.sum(axis=0)
    assert all(plausible(number, len(chosen), num_preds / 6)
               for number in once), (
        'some positions are predicted much more often than others; all '
        'candidates of a row have the same probability')
    both = num_preds * (num_preds - 1) / (6 * 5)
    for i, j in combinations(range(6), 2):
        together = (chosen[:, i] & chosen[:, j]).sum()
        assert plausible(together, len(chosen), both), (
            'some positions are predicted together more often than others; '
            'give each candidate a random number')


def check_kinds(old, new):
    """Check the shares, also for two predictions of a row."""
    shares = {'mask': 0.8, 'random': 0.1, 'same': 0.1}
    kinds = {'mask': new == MASK, 'same': (new == old) & (new != MASK)}
    kinds['random'] = ~(kinds['mask'] | kinds['same'])
    rounded = {kind: round(float(where.mean()), 3)
               for kind, where in kinds.items()}
    # 20000 predictions: 0.8 ± 5 * sqrt(0.8 * 0.2 / 20000), which is ± 0.014.
    # A random id is MASK, or the same, once in 2000 times: not to be seen.
    for kind, where in kinds.items():
        assert plausible(where.sum(), old.size, shares[kind]), (
            f'80 % must be MASK, 10 % random, 10 % the same, but the '
            f'shares are {rounded}')
    for i, j in combinations(range(old.shape[1]), 2):
        both = (kinds['mask'][:, i] & kinds['mask'][:, j]).sum()
        assert plausible(both, len(old), 0.8 ** 2), (
            'the predictions of a row are masked together; draw a random '
            'number for each position')
    different = new[kinds['random']]
    assert len(set(different.tolist())) > 0.3 * min(
        len(different), NUM_WORDS), (
        'there are too few different random words; draw one for each '
        'position')
    if len(different) > 50 * NUM_WORDS:  # for each id exp(-50) to be missing
        missing = set(range(NUM_WORDS)) - set(different.tolist()) - {MASK}
        assert not missing, (
            f'the ids {sorted(missing)[:5]}... are never drawn; a random id '
            f'is any number from 0 to {NUM_WORDS - 1}')


def check_speed():
    token_ids, may_predict = rows(3000, 64, 0)
    rng = np.random.default_rng(0)
    slow = seconds(lambda: mask_loop(token_ids, may_predict, 10, rng), 3)
    fast = seconds(lambda: mask_rows(token_ids, may_predict, 10, rng), 3)
    print(f'{slow:.3f} s with the loop, {fast:.3f} s without it: '
          f'{slow / fast:.1f} times as fast')
    assert slow > 3 * fast, (
        f'mask_rows is only {slow / fast:.1f} times as fast as mask_loop; '
        f'remove all loops, also hidden ones such as np.apply_along_axis')


# The seeds of the answer and of its rows differ: equal seeds are equal
# numbers, and the candidates would depend on what an answer draws first.
check_rows(*rows(5, 12, 0), 3, np.random.default_rng(100))
check_rows(*rows(4000, 20, 1), 3, np.random.default_rng(101))
check_random(10000, 2, 2)
check_speed()
### BEGIN HIDDEN TESTS
check_rows(*rows(3000, 64, 2), 10, np.random.default_rng(102))
for num_preds in (0, 1, 4, 5, 9):
    check_rows(*rows(200, 5, 3), num_preds, np.random.default_rng(103))
check_rows(*rows(7, 30, 4), 1, np.random.default_rng(104))
for fill in (False, True):
    token_ids, _ = rows(6, 9, 5)
    check_rows(token_ids, np.full((6, 9), fill), 4, np.random.default_rng(0))
# One row in each call, and enough rows for all random ids.
check_random(1, 1, 6, calls=3000)
check_random(260000, 4, 7)
### END HIDDEN TESTS
print('Part B is right.')
