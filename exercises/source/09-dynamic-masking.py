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
# # Exercise 9: Dynamic masking
#
# *Session 2, 7 points, about 25 minutes.*
#
# **What you learn.** With static masking, the masks are drawn once. The model
# sees the same masks in every epoch and can memorise the labels. With
# dynamic masking, as in RoBERTa, each epoch has new masks. You write it in
# such a way that the same seed always gives the same masks.

# %% given="loader" tags=["torch"]
from torch import tensor
from torch.utils.data import DataLoader, Dataset

# %% given="loader" tags=["mxnet"]
from d2l_bert import mxnet_backend  # noqa: F401, must come before MXNet
from mxnet import np
from mxnet.gluon.data import DataLoader, Dataset


def tensor(values):
    return np.array(values, dtype='int32')


# %% given="windows"
import random

from d2l_bert.core import (
    RESERVED_TOKENS, Vocab, ask, expect, expect_values, load_paragraphs,
    tokenize)

tokens = [token for paragraph in load_paragraphs('tiny', rng=random.Random(0))
          for sentence in tokenize(paragraph) for token in sentence]
vocab = Vocab(tokens, 5, RESERVED_TOKENS)
# Windows of 20 tokens, as lists of token ids.
WINDOWS = [vocab[tokens[start:start + 20]] for start in range(0, 2000, 20)]


def mask_window(ids, rng):
    """Mask three ids of a list, in place; return (positions, labels)."""
    positions = sorted(rng.sample(range(len(ids)), 3))
    labels = [ids[position] for position in positions]
    for position in positions:
        ids[position] = vocab['<mask>']
    return positions, labels


# %% [markdown]
# ## Part A: a random generator for each example (3 points)
#
# Write `rng_for(seed, epoch, i)`. It returns a `random.Random` for example
# `i` in an epoch. The same three numbers always give the same random
# numbers, in whatever order the function is called. If one of the three
# changes, the random numbers change, too.
#
# <details><summary>Hint</summary>
#
# The argument of `random.Random(...)` is its seed, a number or a string. Do
# not use the sum of the three numbers: 0 + 1 + 2 equals 1 + 2 + 0. Use a
# string that contains all three.
#
# </details>


# %% answer="rng"
def rng_for(seed, epoch, i):
    """Return the random generator of one example in one epoch."""
    ### BEGIN SOLUTION
    return random.Random(f'{seed},{epoch},{i}')
    ### END SOLUTION


# %% check="rng-check" points=3
def hash(value):
    """Take the place of Python's hash, to find strings."""
    values = value if isinstance(value, tuple) else (value,)
    assert not any(isinstance(value, (str, bytes)) for value in values), (
        'hash of a string gives other numbers each time that Python starts; '
        'use the string itself as the seed')
    return value.__hash__()


def check_rng(triples):
    drawn = {}
    for triple in triples:
        rng = expect(ask(rng_for, *triple, raises=AssertionError),
                     random.Random, 'a random.Random')
        numbers = [rng.random() for _ in range(3)]
        assert rng_for(*triple).random() == numbers[0], (
            f'(seed, epoch, i) = {triple} gave two different random numbers; '
            f'make a new generator from the three numbers in each call')
        for number in numbers:
            other = drawn.setdefault(number, triple)
            assert other == triple, (
                f'(seed, epoch, i) = {triple} and {other} give the same '
                f'random number; the seed of the generator must depend on '
                f'all three numbers')


check_rng([(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0), (2, 1, 0)])
### BEGIN HIDDEN TESTS
check_rng([(seed, epoch, i) for seed in (0, 1, 11, 42)
           for epoch in range(12) for i in range(0, 120, 7)])
check_rng([(1, 11, 1), (11, 1, 1), (1, 1, 11), (111, 1, 0), (1, 110, 1)])
check_rng([(0, epoch, i) for epoch in range(3) for i in range(1200)])
# Sums such as 10000 * seed + 100 * epoch + i are equal for some of these.
LARGE = sorted({*(10 ** n for n in range(1, 8)),
                *(2 ** n for n in range(1, 24))})
check_rng([(0, 0, 0), (0, 1, 0), (1, 0, 0), *((0, 0, n) for n in LARGE),
           *((0, n, 0) for n in LARGE), *((n, 0, 0) for n in LARGE)])
check_rng([(seed, epoch, i) for seed in range(9) for epoch in range(9)
           for i in range(9)])
state = random.getstate()
rng_for(0, 0, 0).random()
assert random.getstate() == state, (
    "the state of Python's global generator has changed; do not use "
    "random.seed")
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: a Dataset (4 points)
#
# Complete the class `DynamicMasking`, a `Dataset` of windows. It has an
# attribute `epoch`, which is 0 at first; the training loop increases it.
# `dataset[i]` masks window `i` with `mask_window` and the random generator
# of the current epoch. It returns `(token ids, positions, labels)`, three
# tensors made by `tensor(...)`. Be careful: `mask_window` changes the list
# that you pass to it.
#
# <details><summary>Hint</summary>
#
# Mask a copy, `list(window)`. Otherwise the window itself gets more masks in
# every epoch, until only masks are left.
#
# </details>


# %% answer="dataset"
class DynamicMasking(Dataset):
    """Windows with new masks in every epoch."""

    def __init__(self, windows, seed):
        self.windows, self.seed, self.epoch = windows, seed, 0

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, i):
        ### BEGIN SOLUTION
        ids = list(self.windows[i])
        positions, labels = mask_window(
            ids, rng_for(self.seed, self.epoch, i))
        return tensor(ids), tensor(positions), tensor(labels)
        ### END SOLUTION


# %% check="dataset-check" points=4
def masked(dataset, i, window):
    """Return the positions of dataset[i], after a check of the rest."""
    example = expect(ask(dataset.__getitem__, i), tuple,
                     'a tuple of three tensors')
    expect_values(example, 'token ids', 'positions', 'labels')
    for column in example:
        expect(column, type(tensor([0])), 'tensors')
    ids, positions, labels = [column.tolist() for column in example]
    assert len(positions) == 3, f'{len(positions)} positions instead of 3'
    others = [position for position in range(len(ids))
              if position not in positions]
    assert [ids[j] for j in others] == [window[j] for j in others], (
        'dataset[i] has changed the window itself, so it gets more masks '
        'in every epoch; mask a copy')
    assert labels == [window[position] for position in positions], (
        f'the labels {labels} are not the original token ids at '
        f'{positions}')
    assert all(ids[position] == vocab['<mask>'] for position in positions), (
        'the token ids are not masked; return the masked copy')
    return tuple(positions)


def check_dataset(windows, first_seed):
    """Check the examples of two seeds and four epochs, in two orders.

    No two of them may have the same positions. 3000 tokens have 4.5 * 10^9
    sets of three positions, and 64 examples are 2016 pairs: by chance two
    examples have the same positions once in two million answers.
    """
    drawn = {}
    for seed in (first_seed, first_seed + 1):
        dataset = ask(DynamicMasking, windows, seed)
        assert len(dataset) == len(windows), 'do not change __len__'
        assert dataset.epoch == 0, 'epoch must be 0 at first'
        orders = [0, 1, 2, 3], [3, 0, 2, 1]
        for order, step in zip(orders, (1, -1)):
            for dataset.epoch in order:
                for i in range(len(windows))[::step]:
                    drawn.setdefault((seed, dataset.epoch, i), []).append(
                        masked(dataset, i, windows[i]))
    first = {}
    for key, (positions, again) in drawn.items():
        assert positions == again, (
            'the same epoch gave other masks in another order of the '
            'examples; use rng_for')
        other = first.setdefault(positions, key)
        if other == key:
            continue
        changed = [name for name, one, two in zip(
            ('seed', 'epoch', 'i'), other, key) if one != two]
        raise AssertionError(
            f'(seed, epoch, i) = {other} and {key} have the same masks; pass '
            f'the {" and ".join(changed)} to rng_for, each by itself')


rng = random.Random(0)
check_dataset([[rng.randrange(10, 700) for _ in range(3000)]
               for _ in range(8)], 0)
ids, positions, labels = next(iter(DataLoader(DynamicMasking(WINDOWS, 0), 16)))
assert ids.shape == (16, 20) and labels.shape == (16, 3)
### BEGIN HIDDEN TESTS
check_dataset([list(range(100, 3100)) for _ in range(8)], 7)
dataset = ask(DynamicMasking, WINDOWS, 3)
for dataset.epoch in range(40):
    masked(dataset, 5, WINDOWS[5])
### END HIDDEN TESTS
print('Part B is right.')

# %%
dataset = DynamicMasking(WINDOWS, 0)
for dataset.epoch in range(3):
    print(' '.join(vocab.to_tokens(dataset[0][0].tolist())))
