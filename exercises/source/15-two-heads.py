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
# # Exercise 15: Two heads, two losses
#
# *Session 3, 9 points, about 30 minutes.*
#
# **What you learn.** BERT's encoder returns a vector for each token. Two
# heads make predictions from some of these vectors: one predicts the masked
# words, and one the next sentence. You pick the right vectors for each head,
# and compute the two losses of a batch and their sum.

# %% given="framework" tags=["torch"]
from math import log

import numpy
import torch
from torch import Tensor
from torch.nn import functional

from d2l_bert import torch_backend as d2l
from d2l_bert.core import (
    ask, expect, expect_array, expect_values, load_splits)

tensor = torch.as_tensor


def to_numpy(values):
    return values.detach().numpy()


def cross_entropies(logits, labels):
    """Return the cross-entropy of each prediction, the shape of labels."""
    return functional.cross_entropy(logits.movedim(-1, 1), labels,
                                    reduction='none')


# %% given="framework" tags=["mxnet"]
from math import log

import numpy

from d2l_bert import mxnet_backend as d2l  # must come before MXNet
from d2l_bert.core import (
    ask, expect, expect_array, expect_values, load_splits)
from mxnet import autograd, np, npx

Tensor = np.ndarray


def tensor(array):
    kind = 'int32' if array.dtype.kind == 'i' else 'float32'
    return np.array(array, dtype=kind)


def to_numpy(values):
    return values.asnumpy()


def cross_entropies(logits, labels):
    """Return the cross-entropy of each prediction, the shape of labels."""
    return -npx.pick(npx.log_softmax(logits, axis=-1), labels, axis=-1)


# %% [markdown]
# Here is a batch of four examples from TinyWiki, a small BERT that has not
# learned anything yet, and the vectors that its encoder returns. A head has
# some layers. We give them to you as two functions:
#
# - `mlm_layers` turns each vector into a logit for every word of the
#   vocabulary;
# - `nsp_layers` turns each vector into two logits, for *not next* and *next*.

# %% given="model"
def layers_of(net):
    """Return the layers of both heads, as two functions."""
    return (lambda vectors: net.mlm.mlp(vectors),
            lambda vectors: net.nsp(net.hidden(vectors)))


train, _ = load_splits(32, corpus='tiny')
batch = train[[7, 9, 25, 41]]
net = d2l.new_model(0, len(train.vocab), 16, 32, 2, 1, 0.0, 32)
encoded = tensor(to_numpy(net.encoder(
    *map(tensor, (batch.token_ids, batch.segments, batch.valid_lens)))))
pred_positions = tensor(batch.pred_positions)
mlm_layers, nsp_layers = layers_of(net)
print('encoded       ', tuple(encoded.shape))
print('pred_positions', tuple(pred_positions.shape))

# %% [markdown]
# ## Part A: the outputs of the two heads (4 points)
#
# Write `two_outputs(encoded, pred_positions, mlm_layers, nsp_layers)`. It
# returns the logits of both heads, `(mlm_logits, nsp_logits)`. B is the number
# of examples, P the number of predictions of each, and H the size of a vector.
#
# - The MLM head, for masked words, gets the vectors at the prediction
#   positions: in each example those of its own row of `pred_positions`, which
#   has the shape (B, P). So `mlm_layers` gets vectors of shape (B, P, H).
# - The NSP head, for the next sentence, gets the vector of `<cls>`, the first
#   token of each example: shape (B, H).

# %% [markdown] tags=["torch"]
# <details><summary>Hint</summary>
#
# `encoded[i, pred_positions[i]]` has the vectors of example i. You can loop
# over the examples and join the results with `torch.stack`. Without a loop,
# index with two tensors: the number of the example, of shape (B, 1), and the
# positions, of shape (B, P).
#
# </details>

# %% [markdown] tags=["mxnet"]
# <details><summary>Hint</summary>
#
# `encoded[i, pred_positions[i]]` has the vectors of example i. You can loop
# over the examples and join the results with `np.stack`. Without a loop,
# index with two arrays: the number of the example, of shape (B, 1), and the
# positions, of shape (B, P). Make the first one with `dtype='int32'`.
#
# </details>


# %% answer="heads" tags=["torch"]
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    """Return the logits of the MLM head and of the NSP head."""
    ### BEGIN SOLUTION
    rows = torch.arange(len(encoded))[:, None]  # (B, 1)
    return (mlm_layers(encoded[rows, pred_positions]),
            nsp_layers(encoded[:, 0]))
    ### END SOLUTION


# %% answer="heads" tags=["mxnet"]
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    """Return the logits of the MLM head and of the NSP head."""
    ### BEGIN SOLUTION
    rows = np.arange(len(encoded), dtype='int32')[:, None]  # (B, 1)
    return (mlm_layers(encoded[rows, pred_positions]),
            nsp_layers(encoded[:, 0]))
    ### END SOLUTION


# %% check="heads-check" points=4
def probabilities_of(logits):
    """Return the softmax over the last axis."""
    exponentials = numpy.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def check_heads(encoded, pred_positions, mlm_layers, nsp_layers):
    found = expect_values(
        ask(two_outputs, encoded, pred_positions, mlm_layers, nsp_layers),
        'mlm_logits', 'nsp_logits')
    for values, name in zip(found, ('MLM', 'NSP')):
        expect(values, Tensor, f'a tensor of {name} logits')
    mlm_logits, nsp_logits = map(to_numpy, found)
    E, positions = to_numpy(encoded), to_numpy(pred_positions)
    (batch_size, length, size), P = E.shape, positions.shape[1]

    def mlm(vectors):
        return to_numpy(mlm_layers(tensor(vectors)))

    def nsp(vectors):
        return to_numpy(nsp_layers(tensor(vectors)))

    def at(examples, positions):
        return mlm(E[numpy.broadcast_to(examples, positions.shape),
                     positions % length])

    rows = numpy.arange(batch_size)[:, None]
    right = at(rows, positions)
    assert mlm_logits.shape != (batch_size, *right.shape), (
        'the MLM logits are those of the positions of all examples, in each '
        'example; take only its own positions, with an index for the '
        'examples, too')
    assert mlm_logits.shape != (batch_size, length, right.shape[2]) or (
        length == P), (
        'the MLM logits are those of all tokens; take the vectors at '
        'pred_positions')
    expect_array(mlm_logits, right, 'the array of MLM logits', {
        'all examples have the positions of the first one':
            at(rows, positions[:1] + 0 * positions),
        'all vectors come from the first example': at(0, positions),
        'all vectors come from the last example': at(-1, positions),
        'these are the first tokens; take the vectors at pred_positions':
            at(rows, numpy.arange(P) + 0 * positions),
        'these are the vectors of <cls>; take those at pred_positions':
            at(rows, 0 * positions),
        'they are one position too far to the right': at(rows, positions + 1),
        'they are one position too far to the left': at(rows, positions - 1),
        'these are probabilities; return the logits':
            probabilities_of(right)})
    expect_array(nsp_logits, nsp(E[:, 0]), 'the array of NSP logits', {
        'it is made of the last token; take <cls>, which is at position 0':
            nsp(E[:, -1]),
        'it is made of the token after <cls>; position 0 is the first one':
            nsp(E[:, min(1, length - 1)]),
        'it is made of the mean of all tokens; take <cls> only':
            nsp(E.mean(axis=1)),
        'it is the mean of the logits of all tokens; take <cls> only':
            nsp(E.reshape(-1, size)).reshape(batch_size, length, 2).mean(1),
        'it is made of the largest numbers of all tokens; take <cls> only':
            nsp(E.max(axis=1)),
        'it is made of the first prediction; take <cls>, at position 0':
            nsp(E[rows[:, 0], positions[:, 0]]),
        'all examples have the logits of the first one':
            nsp(E[:, 0])[:1] + numpy.zeros((batch_size, 1), E.dtype),
        'these are probabilities; return the logits':
            probabilities_of(nsp(E[:, 0]))})


def random_check(batch_size, length, num_preds, seed):
    """Check with other vectors, positions and layers."""
    rng = numpy.random.default_rng(seed)
    E = rng.normal(size=(batch_size, length, 8)).astype('float32')
    positions = rng.integers(length, size=(batch_size, num_preds))
    net = d2l.new_model(seed, 11, 8, 16, 2, 1, 0.0, 32)
    check_heads(tensor(E), tensor(positions.astype('int64')),
                *layers_of(net))


check_heads(encoded, pred_positions, mlm_layers, nsp_layers)
### BEGIN HIDDEN TESTS
random_check(1, 6, 2, 1)
random_check(7, 9, 3, 2)
random_check(3, 3, 3, 3)
random_check(2, 1, 1, 4)
random_check(1, 1, 1, 5)
random_check(5, 12, 1, 6)
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: two losses and their sum (5 points)
#
# Write `batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels,
# nsp_labels)`. It returns three scalars:
#
# 1. the MLM loss: the weighted mean of the cross-entropies. The weights are 1
#    for a prediction and 0 for padding. It is 0 if all weights are 0;
# 2. the NSP loss: the mean over the examples;
# 3. their sum, which pretraining makes smaller. The gradients of both heads
#    come from it.
#
# `cross_entropies(logits, labels)` returns the cross-entropy of each
# prediction. The shapes are (B, P, C) for the MLM logits of C words, (B, 2)
# for the NSP logits, (B, P) for `mlm_weights` and `mlm_labels`, and (B,) for
# `nsp_labels`.
#
# <details><summary>Hint</summary>
#
# First multiply the cross-entropies by the weights, then sum them, and divide
# by the sum of the weights, but at least by 1. Every example has one label
# for the next sentence, and none is padding, so a plain mean is enough there.
#
# </details>


# %% answer="losses"
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    """Return the MLM loss, the NSP loss, and their sum."""
    ### BEGIN SOLUTION
    losses = cross_entropies(mlm_logits, mlm_labels) * mlm_weights
    mlm_loss = losses.sum() / max(mlm_weights.sum(), 1)
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).mean()
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss
    ### END SOLUTION


# %% given="gradients" tags=["torch"]
def gradients(mlm_logits, nsp_logits, *columns):
    """Return the gradients of the sum for both logits."""
    both = [logits.clone().requires_grad_()
            for logits in (mlm_logits, nsp_logits)]
    total = ask(lambda: batch_losses(*both, *columns))[2]
    assert total.requires_grad, (
        'the sum does not depend on the logits, so there is no gradient; '
        'compute it with tensors, without detach or item')
    total.backward()
    return [numpy.zeros(logits.shape) if logits.grad is None
            else logits.grad.numpy() for logits in both]


# %% given="gradients" tags=["mxnet"]
def gradients(mlm_logits, nsp_logits, *columns):
    """Return the gradients of the sum for both logits."""
    both = [logits.copy() for logits in (mlm_logits, nsp_logits)]
    for logits in both:
        logits.attach_grad()
    with autograd.record():
        total = ask(lambda: batch_losses(*both, *columns))[2]
    try:
        total.backward()
    except Exception:
        raise AssertionError(
            'the sum does not depend on the logits, so there is no gradient; '
            'compute it with tensors, without detach or item') from None
    return [logits.grad.asnumpy() for logits in both]


# %% check="losses-check" points=5
def softmax_of(logits):
    exponentials = numpy.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def losses_of(logits, labels):
    """Return the cross-entropy of each prediction, with NumPy."""
    return -numpy.log(numpy.take_along_axis(
        softmax_of(logits), labels[..., None].astype(int), axis=-1)[..., 0])


def mistakes_of(each, weights, labels, each_nsp, nsp_labels, exchanged):
    """Return wrong results for each of the three, by what they come from."""
    count, known = max(weights.sum(), 1), weights * (labels > 0)
    mlm, nsp = (each * weights).sum() / count, each_nsp.mean()
    return {
        'MLM loss': {
            'it is the mean of all predictions, with the padding: multiply '
            'by the weights before you average': each.mean(),
            'it is divided by the number of all predictions, with the '
            'padding; divide by the sum of the weights':
                (each * weights).mean(),
            'it is a sum; divide by the sum of the weights':
                (each * weights).sum(),
            'predictions with label 0 are left out, but 0 is a label like '
            'any other; only the weights tell what is padding':
                (each * known).sum() / max(known.sum(), 1),
            'label 0 is left out of the sum, but 0 is a label like any '
            'other': (each * known).sum() / count,
            'it is the mean of the means of the examples; all predictions '
            'of the batch count the same': ((each * weights).sum(1)
                / numpy.maximum(weights.sum(1), 1)).mean(),
            'it is divided by the number of examples; divide by the sum of '
            'the weights': (each * weights).sum() / len(each),
            'it is the NSP loss; the MLM loss comes first': nsp},
        'NSP loss': {
            'it is a sum; take the mean over the examples': each_nsp.sum(),
            'it is divided by the number of predictions; take the mean over '
            'the examples': each_nsp.sum() / count,
            'only examples with label 1 count, but 0 is a label like any '
            'other': (each_nsp * nsp_labels).sum() / max(nsp_labels.sum(), 1),
            'the labels are exchanged; logit 1 is for the next sentence':
                exchanged.mean(),
            'it is the MLM loss': mlm},
        'sum of the losses': {
            'it is the mean of both losses; add them up': (mlm + nsp) / 2,
            'it is the MLM loss only; add the NSP loss': mlm,
            'it is the NSP loss only; add the MLM loss': nsp,
            'it is the product of both losses; add them up': mlm * nsp,
            'it is the mean over all predictions of both kinds; add the two '
            'means up': ((each * weights).sum() + each_nsp.sum())
                / (weights.sum() + len(each_nsp))}}


def check_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    arrays = mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels
    tensors = [tensor(array) for array in arrays]
    found = expect_values(ask(batch_losses, *tensors), 'mlm_loss',
                          'nsp_loss', 'sum')
    each = losses_of(mlm_logits, mlm_labels)
    each_nsp = losses_of(nsp_logits, nsp_labels)
    count = max(mlm_weights.sum(), 1)
    mlm, nsp = (each * mlm_weights).sum() / count, each_nsp.mean()
    for value, right, (name, mistakes) in zip(
            found, (mlm, nsp, mlm + nsp), mistakes_of(
                each, mlm_weights, mlm_labels, each_nsp, nsp_labels,
                losses_of(nsp_logits, 1 - nsp_labels)).items()):
        expect(value, Tensor, f'the {name}, a tensor')
        assert tuple(value.shape) in ((), (1,)), (
            f'the {name} must be a scalar, not of shape '
            f'{tuple(value.shape)}')
        number = float(value)
        assert number == number or mlm_weights.any(), (
            f'the {name} is nan: if all weights are 0, you divide 0 by 0')
        expect_array(number, right, f'the {name}', mistakes)
    for name, found, logits, labels, weights in zip(
            ('MLM', 'NSP'), gradients(*tensors), (mlm_logits, nsp_logits),
            (mlm_labels, nsp_labels),
            (mlm_weights / count, numpy.full(len(nsp_labels),
                                             1 / len(nsp_labels)))):
        one_hot = numpy.eye(logits.shape[-1])[labels.astype(int)]
        right = (softmax_of(logits) - one_hot) * weights[..., None]
        what = f'the gradient of the sum for the {name} logits'
        expect_array(found, right, what, {
            f'it is 0, so the {name} head would learn nothing; compute the '
            f'sum with tensors, without detach': 0 * right})


def draw(shape, num_classes, num_preds, seed):
    """Return logits, weights and labels of a batch."""
    rng = numpy.random.default_rng(seed)
    weights = numpy.arange(shape[1]) < numpy.array(num_preds)[:, None]
    return (rng.normal(size=(*shape, num_classes)).astype('float32'),
            rng.normal(size=(shape[0], 2)).astype('float32'),
            weights.astype('float32'),
            rng.integers(num_classes, size=shape),
            (numpy.arange(shape[0]) % 3 > 0).astype('int64'))


check_losses(*draw((3, 4), 5, [2, 4, 1], 0))
check_losses(*draw((2, 3), 6, [0, 0], 1))
mlm_loss, nsp_loss, _ = batch_losses(*map(tensor, (
    to_numpy(net.mlm(encoded, pred_positions)),
    to_numpy(nsp_layers(encoded[:, 0])),
    batch.mlm_weights, batch.mlm_labels, batch.nsp_labels)))
print(f'MLM: {float(mlm_loss):.2f}; log {len(train.vocab)} is '
      f'{log(len(train.vocab)):.2f}')
print(f'NSP: {float(nsp_loss):.2f}; log 2 is {log(2):.2f}')
### BEGIN HIDDEN TESTS
check_losses(*draw((4, 6), 3, [6, 0, 3, 1], 2))
check_losses(*draw((1, 1), 4, [1], 3))
check_losses(*draw((1, 5), 2, [0], 4))
check_losses(*draw((5, 2), 300, [2, 2, 2, 2, 2], 5))
check_losses(*draw((2, 2), 2, [1, 2], 6))
check_losses(*draw((4, 4), 4, [1, 2, 3, 4], 7))
check_losses(*draw((9, 10), 7, [10, 1, 1, 1, 1, 1, 1, 1, 1], 8))
### END HIDDEN TESTS
print('Part B is right.')
