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
# # Exercise 9: Fresh masks in every epoch
#
# *Session 2, 7 points, about 25 minutes.*
#
# **What you learn.** If the masks are drawn once, the model sees the same
# ones in every epoch and may learn them by heart. You draw them anew each
# time, and in such a way that a run can be repeated.

# %% given="loader" tags=["torch"]
from torch import tensor
from torch.utils.data import DataLoader, Dataset

# %% given="loader" tags=["mxnet"]
from d2l_bert.mxnet_backend.compat import mxnet

from mxnet.gluon.data import DataLoader, Dataset


def tensor(values):
    return mxnet.np.array(values, dtype='int32')


# %% given="windows"
import random

from d2l_bert.core.corpus import load_paragraphs
from d2l_bert.core.vocab import RESERVED_TOKENS, Vocab, tokenize

tokens = [token for paragraph in load_paragraphs('tiny', rng=random.Random(0))
          for sentence in tokenize(paragraph) for token in sentence]
vocab = Vocab(tokens, 5, RESERVED_TOKENS)
# Windows of 20 tokens, as lists of numbers.
WINDOWS = [vocab[tokens[start:start + 20]] for start in range(0, 2000, 20)]


def mask_window(ids, rng):
    """Mask three tokens of a list, in place; return where and what."""
    positions = sorted(rng.sample(range(len(ids)), 3))
    labels = [ids[position] for position in positions]
    for position in positions:
        ids[position] = vocab['<mask>']
    return positions, labels


# %% [markdown]
# ## Part A: a generator for each draw (3 points)
#
# Write `rng_for(seed, epoch, i)`. It returns a `random.Random` for example
# `i` in an epoch. The same three numbers always give the same draws, in
# whatever order the examples are asked for. Other numbers give other draws.
#
# <details><summary>Hint</summary>
#
# `random.Random(...)` takes a number or a text as its seed. A sum mixes the
# three up: 0 + 1 + 2 is 1 + 2 + 0. A text that names all three does not.
#
# </details>


# %% answer="rng"
def rng_for(seed, epoch, i):
    """Return the generator of one example in one epoch."""
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
            f'(seed, epoch, i) = {triple} gave two different draws; make a '
            f'new generator from the three numbers each time')
        assert number not in drawn, (
            f'(seed, epoch, i) = {triple} and {drawn[number]} give the same '
            f'draws; each of the three numbers must make a difference')
        drawn[number] = triple


check_rng([(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0), (2, 1, 0)])
### BEGIN HIDDEN TESTS
check_rng([(seed, epoch, i) for seed in (0, 1, 11, 42)
           for epoch in range(12) for i in range(0, 120, 7)])
check_rng([(1, 11, 1), (11, 1, 1), (1, 1, 11), (111, 1, 0), (1, 110, 1)])
state = random.getstate()
rng_for(0, 0, 0).random()
assert random.getstate() == state, (
    'the generator of the whole program has changed; use one of your own')
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: a data set (4 points)
#
# Write the class `MaskedAnew`, a `Dataset` over some windows. It has an
# attribute `epoch`, which is 0 at first and which the training loop raises.
# `dataset[i]` masks a window with `mask_window`, with the generator for the
# current epoch, and returns `(token ids, positions, labels)` as three
# tensors, made by `tensor(...)`. Beware: `mask_window` changes the list that
# it is given.
#
# <details><summary>Hint</summary>
#
# Mask a copy, `list(window)`. Otherwise the masks of all epochs pile up in
# the window itself, and in the end nothing else is left.
#
# </details>


# %% answer="dataset"
class MaskedAnew(Dataset):
    """Windows that are masked anew in every epoch."""

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
        'return three tensors: token ids, positions, labels')
    assert all(hasattr(column, 'dtype') for column in example), (
        'these are lists; make tensors of them')
    return [column.tolist() for column in example]


def check_dataset(windows, seed):
    given = [list(window) for window in windows]
    dataset = MaskedAnew([list(window) for window in windows], seed)
    epochs = []
    for epoch in range(4):
        dataset.epoch = epoch
        epochs.append([numbers(dataset[i]) for i in range(len(dataset))])
        assert dataset.windows == given, (
            'the windows of the data set have changed, so masks pile up; '
            'mask a copy')
    for window, (ids, positions, labels) in zip(given, epochs[0]):
        assert labels == [window[position] for position in positions], (
            f'the labels {labels} are not what stood at {positions} before')
        assert all(ids[position] == vocab['<mask>']
                   for position in positions), (
            'the token ids are not masked; return the masked copy')
    drawn = [[positions for _, positions, _ in epoch] for epoch in epochs]
    assert drawn[0] != drawn[1], (
        'epoch 1 has the same masks as epoch 0; the epoch must go into the '
        'generator')
    same = sum(drawn[0][i] == drawn[0][0] for i in range(len(windows)))
    assert same < len(windows) / 2, (
        'all examples are masked at the same places; i must go into the '
        'generator')
    dataset.epoch = 1
    backwards = [numbers(dataset[i]) for i in reversed(range(len(dataset)))]
    assert backwards[::-1] == epochs[1], (
        'in another order the same epoch gave other masks')
    other = MaskedAnew([list(window) for window in windows], seed + 1)
    assert [numbers(other[i]) for i in range(len(other))] != epochs[0], (
        'another seed gave the same masks')


check_dataset(WINDOWS[:8], 0)
ids, positions, labels = next(iter(DataLoader(MaskedAnew(WINDOWS, 0), 16)))
assert ids.shape == (16, 20) and labels.shape == (16, 3)
### BEGIN HIDDEN TESTS
check_dataset(WINDOWS[40:60], 7)
check_dataset([list(range(100, 112)) for _ in range(9)], 3)
### END HIDDEN TESTS
print('Part B is right.')

# %%
dataset = MaskedAnew(WINDOWS, 0)
for dataset.epoch in range(3):
    print(' '.join(vocab.to_tokens(dataset[0][0].tolist())))
