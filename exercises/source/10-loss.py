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
# # Exercise 10: A loss that counts what is not there
#
# *Session 2, 9 points, about 30 minutes.*
#
# **What you learn.** Predictions are padded, too, and their weights say
# which are real. A loss can have the weights in it and ignore them all the
# same. In PyTorch the book's own loss did (issue 2582 of d2l-en). You prove
# it, and write one that is right.

# %% given="framework" tags=["torch"]
import numpy
import torch
from torch.nn import functional


def to_numpy(values):
    return values.detach().numpy()


def batch(shape, num_classes, num_real, seed):
    """Random logits (B, P, C), labels (B, P) and weights (B, P)."""
    draw = torch.Generator().manual_seed(seed)
    logits = torch.randn(*shape, num_classes, generator=draw)
    labels = torch.randint(num_classes, shape, generator=draw)
    weights = (torch.arange(shape[1]) < torch.tensor(num_real)[:, None])
    return logits, labels, weights.float()


# %% given="framework" tags=["mxnet"]
import numpy

from d2l_bert.mxnet_backend.compat import mxnet

np, npx = mxnet.np, mxnet.npx


def to_numpy(values):
    return values.asnumpy()


def batch(shape, num_classes, num_real, seed):
    """Random logits (B, P, C), labels (B, P) and weights (B, P)."""
    draw = numpy.random.default_rng(seed)
    logits = draw.normal(size=(*shape, num_classes))
    labels = draw.integers(num_classes, size=shape)
    weights = numpy.arange(shape[1]) < numpy.array(num_real)[:, None]
    return (np.array(logits, dtype='float32'), np.array(labels, dtype='int32'),
            np.array(weights, dtype='float32'))


# %% [markdown]
# For a batch of B examples with P places for predictions each, and C words
# to choose from, there are logits (B, P, C), labels (B, P), and weights
# (B, P): 1 where a prediction is real, 0 where it is padding. The second
# example of this batch has one real prediction of three:

# %%
logits, labels, weights = batch((2, 3), 5, [2, 1], seed=0)
print(logits.shape)
print(labels)
print(weights)

# %% [markdown]
# And here is a loss that looks right. `cross_entropy`, asked like this,
# gives one number. Which one?

# %% given="suspicious" tags=["torch"]
def suspicious_loss(logits, labels, weights):
    loss = functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
    weighted = loss * weights
    return weighted.sum() / weights.sum()


# %% given="suspicious" tags=["mxnet"]
def cross_entropy(logits, labels):
    """Return minus the logarithm of each label's probability, averaged."""
    log_probabilities = npx.log_softmax(logits, axis=-1)
    return -npx.pick(log_probabilities, labels, axis=-1).mean()


def suspicious_loss(logits, labels, weights):
    loss = cross_entropy(logits, labels)
    weighted = loss * weights
    return weighted.sum() / weights.sum()


# %% [markdown]
# ## Part A: the proof (4 points)
#
# What the padding holds must not matter. Write `other_labels(labels,
# weights)`. It returns new labels that are the same wherever the weight is
# 1, and different wherever it is 0. If `suspicious_loss` gives another value
# for them, it counts what is not there. Labels are numbers from 0 to 4 here,
# and `num_classes` says how many there are.

# %% [markdown] tags=["torch"]
# <details><summary>Hint</summary>
#
# `torch.where(condition, a, b)` takes from `a` where the condition holds and
# from `b` elsewhere. A label that is surely different, and still a label, is
# `(labels + 1) % num_classes`.
#
# </details>

# %% [markdown] tags=["mxnet"]
# <details><summary>Hint</summary>
#
# `np.where(condition, a, b)` takes from `a` where the condition holds and
# from `b` elsewhere. A label that is surely different, and still a label, is
# `(labels + 1) % num_classes`.
#
# </details>


# %% answer="other" tags=["torch"]
def other_labels(labels, weights, num_classes=5):
    """Return labels that differ exactly where the weight is 0."""
    ### BEGIN SOLUTION
    return torch.where(weights > 0, labels, (labels + 1) % num_classes)
    ### END SOLUTION


# %% answer="other" tags=["mxnet"]
def other_labels(labels, weights, num_classes=5):
    """Return labels that differ exactly where the weight is 0."""
    ### BEGIN SOLUTION
    return np.where(weights > 0, labels, (labels + 1) % num_classes)
    ### END SOLUTION


# %% check="other-check" points=4
def check_other(shape, num_real, seed):
    logits, labels, weights = batch(shape, 5, num_real, seed)
    before = labels.tolist()
    found = other_labels(labels, weights)
    assert labels.tolist() == before, (
        'the labels that were given have changed; return new ones')
    assert found.shape == labels.shape, (
        f'the shape is {tuple(found.shape)} instead of {tuple(shape)}')
    changed = (to_numpy(found) != to_numpy(labels))
    real = to_numpy(weights) > 0
    assert not changed[real].any(), (
        'a label of a real prediction has changed; that would be no proof')
    assert changed[~real].all(), (
        'some labels of the padding are as before; change them all')
    assert set(to_numpy(found).flat) <= set(range(5)), (
        f'labels go from 0 to 4, but yours are {found.tolist()}')
    return (float(suspicious_loss(logits, labels, weights)),
            float(suspicious_loss(logits, found, weights)))


first, second = check_other((2, 3), [2, 1], 0)
print(f'suspicious_loss gives {first:.3f} and, with other padding, '
      f'{second:.3f}.')
### BEGIN HIDDEN TESTS
check_other((4, 6), [6, 0, 3, 1], 1)
check_other((3, 10), [2, 9, 5], 2)
### END HIDDEN TESTS
print('Part A is right: it counts what is not there.')

# %% [markdown]
# ## Part B: the right loss (5 points)
#
# Write `mlm_loss(logits, labels, weights)`: the mean of the cross-entropy
# over all real predictions of the batch, each of which counts the same. The
# padding has no influence, and gets no gradient. If nothing in the batch is
# real, the loss is 0 and not `nan`.

# %% [markdown] tags=["torch"]
# <details><summary>Hint</summary>
#
# The weights must come in before anything is averaged, so ask for a loss for
# each prediction: `reduction='none'`. Multiply, add up, and divide by the
# number of real predictions, or by 1 if there is none.
#
# </details>

# %% [markdown] tags=["mxnet"]
# <details><summary>Hint</summary>
#
# The weights must come in before anything is averaged. `npx.pick(...,
# axis=-1)` of the log-probabilities gives a loss for each prediction.
# Multiply, add up, and divide by the number of real predictions, or by 1 if
# there is none.
#
# </details>


# %% answer="loss" tags=["torch"]
def mlm_loss(logits, labels, weights):
    """Return the mean cross-entropy of the real predictions."""
    ### BEGIN SOLUTION
    losses = functional.cross_entropy(
        logits.flatten(0, 1), labels.flatten(), reduction='none')
    weights = weights.flatten()
    return (losses * weights).sum() / weights.sum().clamp(min=1)
    ### END SOLUTION


# %% answer="loss" tags=["mxnet"]
def mlm_loss(logits, labels, weights):
    """Return the mean cross-entropy of the real predictions."""
    ### BEGIN SOLUTION
    log_probabilities = npx.log_softmax(logits, axis=-1)
    losses = -npx.pick(log_probabilities, labels, axis=-1)
    return (losses * weights).sum() / np.maximum(weights.sum(), 1)
    ### END SOLUTION


# %% given="gradient" tags=["torch"]
def gradient(logits, labels, weights):
    logits = logits.clone().requires_grad_()
    mlm_loss(logits, labels, weights).backward()
    return logits.grad.numpy()


# %% given="gradient" tags=["mxnet"]
def gradient(logits, labels, weights):
    logits = logits.copy()
    logits.attach_grad()
    with mxnet.autograd.record():
        loss = mlm_loss(logits, labels, weights)
    loss.backward()
    return logits.grad.asnumpy()


# %% check="loss-check" points=5
def losses_of(logits, labels):
    """The cross-entropy of each prediction, by another way."""
    exponentials = numpy.exp(to_numpy(logits).astype('float64'))
    probabilities = exponentials / exponentials.sum(axis=-1, keepdims=True)
    chosen = numpy.take_along_axis(
        probabilities, to_numpy(labels)[..., None].astype(int), axis=-1)
    return -numpy.log(chosen[..., 0])


def check_loss(shape, num_real, seed):
    logits, labels, weights = batch(shape, 5, num_real, seed)
    loss = mlm_loss(logits, labels, weights)
    assert hasattr(loss, 'backward'), (
        f'return a value of the framework, which has a gradient, not '
        f'{loss!r}')
    assert tuple(loss.shape) in ((), (1,)), (
        f'return one number, not {tuple(loss.shape)} of them')
    found, real = float(loss), to_numpy(weights)
    assert found == found, (
        'the loss is nan: with no real prediction, 0 is divided by 0')
    losses = losses_of(logits, labels)
    chosen = losses[real == 1].tolist()
    expected = sum(chosen) / len(chosen) if chosen else 0
    known = losses[(real == 1) & (to_numpy(labels) > 0)].tolist()
    for wrong, why in (
            (losses.mean(), 'it is the mean over all places, the padding '
                            'included, as suspicious_loss has it'),
            (sum(chosen) / real.size, 'the padding is in the number that you '
                                      'divide by; divide by the sum of the '
                                      'weights'),
            (sum(chosen), 'it is a sum; divide by the number of real '
                          'predictions'),
            (numpy.mean([row[r == 1].mean() if r.any() else 0
                         for row, r in zip(losses, real)]),
             'it is a mean of means; each prediction of the batch counts the '
             'same, whichever example it belongs to'),
            (sum(known) / max(len(known), 1),
             'label 0 is left out, but it is a word like any other; only the '
             'weights say what is padding')):
        assert abs(found - wrong) > 1e-4 or abs(wrong - expected) < 1e-4, (
            f'the loss is {found:.4f} instead of {expected:.4f}: {why}')
    assert abs(found - expected) < 1e-4, (
        f'the loss is {found:.4f} instead of {expected:.4f}')
    padding = gradient(logits, labels, weights)[real == 0]
    assert not padding.any(), (
        'the logits of the padding get a gradient: they would be learnt')


check_loss((2, 3), [2, 1], 0)
check_loss((2, 3), [0, 0], 1)
### BEGIN HIDDEN TESTS
check_loss((4, 6), [6, 0, 3, 1], 2)
check_loss((3, 10), [10, 9, 5], 3)
check_loss((1, 1), [1], 4)
logits, labels, weights = batch((4, 6), 5, [6, 2, 3, 1], 5)
assert 0 in labels[to_numpy(weights) > 0].tolist()
other = other_labels(labels, weights)
assert abs(float(mlm_loss(logits, labels, weights)
                 - mlm_loss(logits, other, weights))) < 1e-6, (
    'the padding still has an influence')
### END HIDDEN TESTS
print('Part B is right.')
