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
# # Exercise 8: Padding the examples and their predictions
#
# *Session 2, 8 points, about 25 minutes.*
#
# **What you learn.** Examples have different lengths, but all rows of a
# tensor have the same length. So short examples get padding. You add the
# padding, and store which part of each row is not padding.

# %% given="imports" tags=["torch"]
from numbers import Integral

import torch
from torch import Tensor

from d2l_bert.core import ask, expect, expect_values

INTEGERS = ['int64']


def dtype_of(tensor):
    return str(tensor.dtype).removeprefix('torch.')


# %% given="imports" tags=["mxnet"]
from numbers import Integral

from d2l_bert import mxnet_backend  # noqa: F401, must come before MXNet
from d2l_bert.core import ask, expect, expect_values
from mxnet import np

Tensor = np.ndarray
INTEGERS = ['int32', 'int64']


def dtype_of(tensor):
    return tensor.asnumpy().dtype.name


# %% [markdown]
# An example is a tuple: token ids, prediction positions, labels (the original
# token ids at these positions), segments, and whether the second sentence is
# the next sentence:

# %% given="examples"
EXAMPLES = [
    ([3, 9, 2, 4, 8, 4], [2], [7], [0, 0, 0, 0, 1, 1], True),
    ([3, 2, 4, 5, 5, 6, 2, 8, 9, 9, 5, 4], [1, 6], [8, 5],
     [0, 0, 0] + [1] * 9, False),
]

# %% [markdown]
# ## Part A: the number of predictions (2 points)
#
# The columns for the predictions have P elements in each row, enough for all
# predictions of an example of `max_len` tokens. Write
# `num_predictions(max_len)`, which returns P: 15 % of `max_len`, rounded with
# `round`, and at least 1.
#
# <details><summary>Hint</summary>
#
# This is the same rule as for a single example, applied to the longest
# possible one. For `max_len=64`, P is 10.
#
# </details>


# %% answer="width"
def num_predictions(max_len):
    """Return how many predictions an example of max_len tokens has."""
    ### BEGIN SOLUTION
    return max(1, round(0.15 * max_len))
    ### END SOLUTION


# %% check="width-check" points=2
def check_width(max_len, expected, why):
    found = expect(ask(num_predictions, max_len), Integral,
                   'P, a whole number')
    assert found == expected, (
        f'P is {expected} for max_len={max_len}, not {found}: {why}')


check_width(64, 10, 'round(9.6) is 10, but int(9.6) is 9')
check_width(3, 1, 'P is at least 1')
### BEGIN HIDDEN TESTS
for max_len in range(1, 600):
    check_width(max_len, max(1, round(0.15 * max_len)),
                'P is max(1, round(0.15 * max_len)); round(4.5) is 4')
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: seven columns (6 points)
#
# Write `pad_inputs(examples, max_len, pad)`. For N examples it returns a
# tuple of seven tensors:
#
# | column | shape | padding |
# |---|---|---|
# | token ids | (N, max_len) | `pad` |
# | segments | (N, max_len) | 0 |
# | valid lengths: number of tokens without padding | (N,) | |
# | prediction positions | (N, P) | 0 |
# | weights: 1 for a prediction | (N, P) | 0 |
# | labels | (N, P) | 0 |
# | next sentence: 1 for True, 0 for False | (N,) | |

# %% [markdown] tags=["torch"]
# The dtype of the valid lengths and of the weights is `torch.float32`. All
# other columns have the dtype `torch.int64`. `torch.tensor(rows, dtype=...)`
# makes a tensor from a list of rows.

# %% [markdown] tags=["mxnet"]
# The dtype of the valid lengths and of the weights is `'float32'`. All other
# columns have the dtype `'int32'`. `np.array(rows, dtype=...)` makes an array
# from a list of rows. Here `np` is MXNet's, not NumPy's.

# %% [markdown]
# <details><summary>Hint</summary>
#
# `row + [value] * (width - len(row))` pads a list. Write a small function
# for that and use it for five of the seven columns. For the weights, take a
# list with a 1 for each prediction position, and pad it with 0.
#
# </details>


# %% answer="pad" tags=["torch"]
def pad_inputs(examples, max_len, pad):
    """Return the seven columns of the examples."""
    ### BEGIN SOLUTION
    def fill(rows, width, value, dtype=torch.int64):
        return torch.tensor([row + [value] * (width - len(row))
                             for row in rows], dtype=dtype)

    width = num_predictions(max_len)
    token_ids, positions, labels, segments, is_next = zip(*examples)
    return (
        fill(token_ids, max_len, pad),
        fill(segments, max_len, 0),
        torch.tensor([len(row) for row in token_ids], dtype=torch.float32),
        fill(positions, width, 0),
        fill([[1] * len(row) for row in positions], width, 0, torch.float32),
        fill(labels, width, 0),
        torch.tensor(is_next, dtype=torch.int64))
    ### END SOLUTION


# %% answer="pad" tags=["mxnet"]
def pad_inputs(examples, max_len, pad):
    """Return the seven columns of the examples."""
    ### BEGIN SOLUTION
    def fill(rows, width, value, dtype='int32'):
        return np.array([row + [value] * (width - len(row))
                         for row in rows], dtype=dtype)

    width = num_predictions(max_len)
    token_ids, positions, labels, segments, is_next = zip(*examples)
    return (
        fill(token_ids, max_len, pad),
        fill(segments, max_len, 0),
        np.array([len(row) for row in token_ids], dtype='float32'),
        fill(positions, width, 0),
        fill([[1] * len(row) for row in positions], width, 0, 'float32'),
        fill(labels, width, 0),
        np.array(is_next, dtype='int32'))
    ### END SOLUTION


# %% check="pad-check" points=6
WHY = {
    'token ids': 'pad the token ids with pad, up to max_len',
    'segments': 'pad the segments with 0, up to max_len',
    'valid lengths': 'count the tokens without the padding',
    'positions': 'pad the positions with 0, up to P',
    'weights': 'a weight is 1 for a prediction and 0 for padding; otherwise '
               'the model learns from the padding, too',
    'labels': 'pad the labels with 0, up to P',
    'next sentence': 'it is 1 for True and 0 for False',
}
FLOATS = ('valid lengths', 'weights')


def check_pad(examples, max_len, pad, expected):
    found = expect_values(ask(pad_inputs, examples, max_len, pad), *WHY)
    for (name, why), column, rows in zip(WHY.items(), found, expected):
        expect(column, Tensor, f'a tensor for the {name}')
        shape = ((len(rows), len(rows[0])) if isinstance(rows[0], list)
                 else (len(rows),))
        assert tuple(column.shape) == shape, (
            f'{name}: the shape is {tuple(column.shape)} instead of {shape}; '
            f'{why}')
        kinds = ['float32'] if name in FLOATS else INTEGERS
        assert dtype_of(column) in kinds, (
            f'{name}: the dtype must be {kinds[0]}, not {dtype_of(column)}')
        assert column.tolist() == rows, (
            f'{name}: {column.tolist()} instead of {rows}; {why}')


check_pad(EXAMPLES, 14, 1, [
    [[3, 9, 2, 4, 8, 4, 1, 1, 1, 1, 1, 1, 1, 1],
     [3, 2, 4, 5, 5, 6, 2, 8, 9, 9, 5, 4, 1, 1]],
    [[0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0],
     [0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]],
    [6, 12],
    [[2, 0], [1, 6]],
    [[1, 0], [1, 1]],
    [[7, 0], [8, 5]],
    [1, 0]])
### BEGIN HIDDEN TESTS
def check_others(examples, max_len, pad):
    width = max(1, round(0.15 * max_len))

    def full(row, width, value=0):
        return [*row, *[value] * (width - len(row))]

    check_pad(examples, max_len, pad, [
        [full(e[0], max_len, pad) for e in examples],
        [full(e[3], max_len) for e in examples],
        [len(e[0]) for e in examples],
        [full(e[1], width) for e in examples],
        [full([1] * len(e[1]), width) for e in examples],
        [full(e[2], width) for e in examples],
        [int(e[4]) for e in examples]])


check_others(EXAMPLES[:1], 6, 0)
check_others(EXAMPLES[::-1], 64, 7)
check_others([([3, 1, 0, 4, 1, 4], [1, 2], [0, 1], [0, 0, 0, 0, 1, 1], 1),
              ([3, 0, 4, 0, 0, 4], [4], [0], [0, 0, 0, 1, 1, 1], 0)], 12, 0)
check_others(EXAMPLES, 12, 6)
check_others([([3, 4, 4], [], [], [0, 0, 1], True)], 4, 5)
check_others([([3] + [i] * 18 + [4], [1, 5, 18], [i] * 3, [0] * 20,
               i % 2 == 0) for i in range(9)], 20, 2)
### END HIDDEN TESTS
print('Part B is right.')
