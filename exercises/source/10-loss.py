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
# # Exercise 10: A loss that counts the padding
#
# *Session 2, 9 points, about 30 minutes.*
#
# **What you learn.** The predictions of an example are padded, too, and their
# weights tell which of them are real. A loss can use the weights and still
# count the padding. The book's loss in PyTorch did so (issue 2582 of
# d2l-en). You prove it, and write a correct loss.

# %% given="framework" tags=["torch"]
import numpy
import torch
from torch import Tensor
from torch.nn import functional

from d2l_bert.core import ask, expect


def to_numpy(values):
    return values.detach().numpy()


def batch(shape, num_classes, num_real, seed):
    """Return random logits (B, P, C), labels (B, P), weights (B, P)."""
    draw = torch.Generator().manual_seed(seed)
    logits = torch.randn(*shape, num_classes, generator=draw)
    labels = torch.randint(num_classes, shape, generator=draw)
    weights = (torch.arange(shape[1]) < torch.tensor(num_real)[:, None])
    return logits, labels, weights.float()


# %% given="framework" tags=["mxnet"]
import numpy

from d2l_bert import mxnet_backend  # noqa: F401, must come before MXNet
from d2l_bert.core import ask, expect
from mxnet import autograd, np, npx

Tensor = np.ndarray


def to_numpy(values):
    return values.asnumpy()


def batch(shape, num_classes, num_real, seed):
    """Return random logits (B, P, C), labels (B, P), weights (B, P)."""
    draw = numpy.random.default_rng(seed)
    logits = draw.normal(size=(*shape, num_classes))
    labels = draw.integers(num_classes, size=shape)
    weights = numpy.arange(shape[1]) < numpy.array(num_real)[:, None]
    return (np.array(logits, dtype='float32'), np.array(labels, dtype='int32'),
            np.array(weights, dtype='float32'))


# %% [markdown]
# A batch has B examples with P predictions each, and the vocabulary has C
# tokens, the classes. The shapes are (B, P, C) for the logits, the outputs
# of the model before the softmax, and (B, P) for the labels and the weights.
# A weight is 1 for a real prediction and 0 for padding. In this batch the
# second example has one real prediction and two of padding:

# %%
logits, labels, weights = batch((2, 3), 5, [2, 1], seed=0)
print(logits.shape)
print(labels)
print(weights)

# %% [markdown]
# This loss looks right. But here `cross_entropy` returns a scalar, a single
# number. What is it the mean of?

# %% given="suspicious" tags=["torch"]
def suspicious_loss(logits, labels, weights):
    loss = functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
    weighted = loss * weights
    return weighted.sum() / weights.sum()


# %% given="suspicious" tags=["mxnet"]
def cross_entropy(logits, labels):
    """Return the mean cross-entropy of all predictions, a scalar."""
    log_probabilities = npx.log_softmax(logits, axis=-1)
    return -npx.pick(log_probabilities, labels, axis=-1).mean()


def suspicious_loss(logits, labels, weights):
    loss = cross_entropy(logits, labels)
    weighted = loss * weights
    return weighted.sum() / weights.sum()


# %% [markdown]
# ## Part A: the proof (4 points)
#
# The labels of the padding must not change the loss. Write
# `other_labels(labels, weights)`. It returns new labels: the same where the
# weight is 1, and different where it is 0. If `suspicious_loss` gives another
# value for the new labels, it counts the padding. The labels are numbers
# from 0 to `num_classes - 1`. Here `num_classes` is 5, but a vocabulary can
# have any size.

# %% [markdown] tags=["torch"]
# <details><summary>Hint</summary>
#
# `torch.where(condition, a, b)` takes the elements of `a` where the condition
# is true and those of `b` elsewhere. `(labels + 1) % num_classes` is always
# a different label, and always a valid one.
#
# </details>

# %% [markdown] tags=["mxnet"]
# <details><summary>Hint</summary>
#
# `np.where(condition, a, b)` takes the elements of `a` where the condition is
# true and those of `b` elsewhere. `(labels + 1) % num_classes` is always a
# different label, and always a valid one.
#
# </details>


# %% answer="other" tags=["torch"]
def other_labels(labels, weights, num_classes=5):
    """Return labels that differ where the weight is 0, and only there."""
    ### BEGIN SOLUTION
    return torch.where(weights > 0, labels, (labels + 1) % num_classes)
    ### END SOLUTION


# %% answer="other" tags=["mxnet"]
def other_labels(labels, weights, num_classes=5):
    """Return labels that differ where the weight is 0, and only there."""
    ### BEGIN SOLUTION
    return np.where(weights > 0, labels, (labels + 1) % num_classes)
    ### END SOLUTION


# %% check="other-check" points=4
def check_other(shape, num_real, seed, num_classes=5):
    logits, labels, weights = batch(shape, num_classes, num_real, seed)
    found = expect(ask(other_labels, labels, weights, num_classes), Tensor,
                   'a tensor of labels')
    assert found.shape == labels.shape, (
        f'the shape is {tuple(found.shape)} instead of {tuple(shape)}')
    dtype = to_numpy(found).dtype
    assert dtype.kind == 'i', (
        f'labels must be whole numbers, but the dtype is {dtype}')
    changed = (to_numpy(found) != to_numpy(labels))
    real = to_numpy(weights) > 0
    assert not changed[real].any(), (
        'a label of a real prediction has changed, so the loss may change, '
        'too, and nothing is proved')
    assert changed[~real].all(), (
        'some labels of the padding have not changed; change them all')
    assert set(to_numpy(found).flat) <= set(range(num_classes)), (
        f'labels must be from 0 to {num_classes - 1}, but yours are '
        f'{found.tolist()}')
    return (float(suspicious_loss(logits, labels, weights)),
            float(suspicious_loss(logits, found, weights)))


first, second = check_other((2, 3), [2, 1], 0)
print(f'suspicious_loss is {first:.3f}. With other labels for the padding '
      f'it is {second:.3f}.')
### BEGIN HIDDEN TESTS
check_other((4, 6), [6, 0, 3, 1], 1)
check_other((3, 10), [2, 9, 5], 2)
for num_classes in (2, 3, 4, 7, 1000):
    check_other((8, 40), [0, 40, 1, 39, 2, 5, 20, 30], 3, num_classes)
### END HIDDEN TESTS
print('Part A is right: suspicious_loss counts the padding.')

# %% [markdown]
# ## Part B: the correct loss (5 points)
#
# Write `mlm_loss(logits, labels, weights)`. It returns the mean of the
# cross-entropy over all real predictions of the batch; each of them counts
# the same. The padding does not change the loss, and the gradient for its
# logits is 0. If the batch has no real predictions, the loss is 0, not
# `nan`.

# %% [markdown] tags=["torch"]
# <details><summary>Hint</summary>
#
# Apply the weights before you average. `reduction='none'` returns a loss for
# each prediction. Multiply the losses by the weights, sum them, and divide
# by the number of real predictions, or by 1 if there is none.
#
# </details>

# %% [markdown] tags=["mxnet"]
# <details><summary>Hint</summary>
#
# Apply the weights before you average. The loss of a prediction is minus the
# log-probability of its label, which `npx.pick(..., axis=-1)` selects.
# Multiply the losses by the weights, sum them, and divide by the number of
# real predictions, or by 1 if there is none.
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
    loss = ask(lambda: mlm_loss(logits, labels, weights))
    assert loss.requires_grad, (
        f'{loss} does not depend on the logits, so there is no gradient; '
        f'compute the loss from the logits, also if it is 0')
    loss.backward()
    return logits.grad.numpy()


# %% given="gradient" tags=["mxnet"]
def gradient(logits, labels, weights):
    logits = logits.copy()
    logits.attach_grad()
    with autograd.record():
        loss = ask(lambda: mlm_loss(logits, labels, weights))
    try:
        loss.backward()
    except Exception:
        raise AssertionError(
            f'{loss} does not depend on the logits, so there is no gradient; '
            f'compute the loss from the logits, also if it is 0') from None
    return logits.grad.asnumpy()


# %% check="loss-check" points=5
def probabilities_of(logits):
    """Return the softmax in NumPy; without the maximum, exp overflows."""
    logits = to_numpy(logits).astype('float64')
    exponentials = numpy.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def losses_of(logits, labels):
    """Return the cross-entropy of each prediction, with NumPy."""
    logits = to_numpy(logits).astype('float64')
    largest = logits.max(axis=-1)
    log_sums = largest + numpy.log(
        numpy.exp(logits - largest[..., None]).sum(axis=-1))
    chosen = numpy.take_along_axis(
        logits, to_numpy(labels)[..., None].astype(int), axis=-1)
    return log_sums - chosen[..., 0]


def check_loss(shape, num_real, seed, num_classes=5, scale=1):
    logits, labels, weights = batch(shape, num_classes, num_real, seed)
    logits = logits * scale
    loss = expect(ask(mlm_loss, logits, labels, weights), Tensor,
                  'a tensor, from which gradients can be computed')
    assert tuple(loss.shape) in ((), (1,)), (
        f'return a scalar, not a tensor of shape {tuple(loss.shape)}')
    found, real = float(loss), to_numpy(weights)
    assert found == found or real.any(), (
        'the loss is nan: without real predictions you divide 0 by 0')
    assert numpy.isfinite(found), (
        f'the loss is {found} for logits up to {float(logits.max()):.0f}: exp '
        f'of a large number is infinite, and log(0), too; a cross-entropy or '
        f'log_softmax of the framework avoids both')
    losses = losses_of(logits, labels)
    chosen = losses[real == 1].tolist()
    expected = sum(chosen) / len(chosen) if chosen else 0
    near = 1e-4 * max(1, expected)
    known = losses[(real == 1) & (to_numpy(labels) > 0)].tolist()
    for wrong, why in (
            (losses.mean(), 'it is the mean of all predictions, with the '
                            'padding, as in suspicious_loss'),
            (sum(chosen) / real.size, 'you divide by the number of all '
                                      'predictions, with the padding; divide '
                                      'by the sum of the weights'),
            (sum(chosen), 'it is a sum; divide by the number of real '
                          'predictions'),
            (numpy.mean([row[r == 1].mean() if r.any() else 0
                         for row, r in zip(losses, real)]),
             'it is the mean of the means of the examples; average over all '
             'real predictions of the batch at once'),
            (sum(known) / max(len(known), 1),
             'predictions with label 0 are left out, but 0 is a label like '
             'any other; only the weights tell what is padding')):
        assert abs(found - wrong) > near or abs(wrong - expected) < near, (
            f'the loss is {found:.4f} instead of {expected:.4f}: {why}')
    assert abs(found - expected) < near, (
        f'the loss is {found:.4f} instead of {expected:.4f}')
    gradients = gradient(logits, labels, weights)
    assert not gradients[real == 0].any(), (
        'the gradient for the logits of the padding is not 0: the model '
        'would learn from the padding')
    one_hot = numpy.eye(num_classes)[to_numpy(labels).astype(int)]
    right = ((probabilities_of(logits) - one_hot) * real[..., None]
             / max(real.sum(), 1))
    assert numpy.allclose(gradients, right, atol=1e-4), (
        'the gradient for the logits is wrong; compute the loss from the '
        'logits, with operations of the framework only')


check_loss((2, 3), [2, 1], 0)
check_loss((2, 3), [0, 0], 1)
### BEGIN HIDDEN TESTS
check_loss((4, 6), [6, 0, 3, 1], 2)
check_loss((3, 10), [10, 9, 5], 3)
check_loss((1, 1), [1], 4)
check_loss((3, 4), [4, 0, 2], 6, num_classes=7)
check_loss((3, 4), [4, 4, 4], 7, num_classes=300)
check_loss((3, 10), [10, 9, 5], 8, scale=1000)
check_loss((1, 2), [0], 9, scale=1000)
logits, labels, weights = batch((4, 6), 5, [6, 2, 3, 1], 5)
assert 0 in labels[to_numpy(weights) > 0].tolist()
other = ask(other_labels, labels, weights)
assert abs(float(ask(mlm_loss, logits, labels, weights))
           - float(ask(mlm_loss, logits, other, weights))) < 1e-6, (
    'the labels of the padding still change the loss')
### END HIDDEN TESTS
print('Part B is right.')
