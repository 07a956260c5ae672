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

from d2l_bert.core import RESERVED_TOKENS, Vocab, load_paragraphs, tokenize

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
def check_rng(triples):
    drawn = {}
    for triple in triples:
        rng = rng_for(*triple)
        assert isinstance(rng, random.Random), (
            f'return a random.Random, not {rng!r}')
        number = rng.random()
        assert number == rng_for(*triple).random(), (
            f'(seed, epoch, i) = {triple} gave two different random numbers; '
            f'make a new generator from the three numbers in each call')
        assert number not in drawn, (
            f'(seed, epoch, i) = {triple} and {drawn[number]} give the same '
            f'random number; the seed of the generator must depend on all '
            f'three numbers')
        drawn[number] = triple


check_rng([(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0), (2, 1, 0)])
### BEGIN HIDDEN TESTS
check_rng([(seed, epoch, i) for seed in (0, 1, 11, 42)
           for epoch in range(12) for i in range(0, 120, 7)])
check_rng([(1, 11, 1), (11, 1, 1), (1, 1, 11), (111, 1, 0), (1, 110, 1)])
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
def numbers(example):
    assert isinstance(example, tuple) and len(example) == 3, (
        'return a tuple of three tensors: token ids, positions, labels')
    assert all(hasattr(column, 'dtype') for column in example), (
        'return tensors, not lists')
    return [column.tolist() for column in example]


def check_dataset(windows, seed):
    given = [list(window) for window in windows]
    dataset = DynamicMasking([list(window) for window in windows], seed)
    epochs = []
    for epoch in range(4):
        dataset.epoch = epoch
        epochs.append([numbers(dataset[i]) for i in range(len(dataset))])
        assert dataset.windows == given, (
            'dataset[i] has changed the window itself, so it gets more masks '
            'in every epoch; mask a copy')
    for window, (ids, positions, labels) in zip(given, epochs[0]):
        assert labels == [window[position] for position in positions], (
            f'the labels {labels} are not the original token ids at '
            f'{positions}')
        assert all(ids[position] == vocab['<mask>']
                   for position in positions), (
            'the token ids are not masked; return the masked copy')
    drawn = [[positions for _, positions, _ in epoch] for epoch in epochs]
    assert drawn[0] != drawn[1], (
        'epoch 1 has the same masks as epoch 0; pass the epoch to rng_for')
    same = sum(drawn[0][i] == drawn[0][0] for i in range(len(windows)))
    assert same < len(windows) / 2, (
        'all examples are masked at the same positions; pass i to rng_for')
    dataset.epoch = 1
    backwards = [numbers(dataset[i]) for i in reversed(range(len(dataset)))]
    assert backwards[::-1] == epochs[1], (
        'the same epoch gave other masks in another order of the examples; '
        'use rng_for')
    other = DynamicMasking([list(window) for window in windows], seed + 1)
    assert [numbers(other[i]) for i in range(len(other))] != epochs[0], (
        'another seed gave the same masks; pass the seed to rng_for')


check_dataset(WINDOWS[:8], 0)
ids, positions, labels = next(iter(DataLoader(DynamicMasking(WINDOWS, 0), 16)))
assert ids.shape == (16, 20) and labels.shape == (16, 3)
### BEGIN HIDDEN TESTS
check_dataset(WINDOWS[40:60], 7)
check_dataset([list(range(100, 112)) for _ in range(9)], 3)
### END HIDDEN TESTS
print('Part B is right.')

# %%
dataset = DynamicMasking(WINDOWS, 0)
for dataset.epoch in range(3):
    print(' '.join(vocab.to_tokens(dataset[0][0].tolist())))
