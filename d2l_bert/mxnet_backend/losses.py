"""Cross-entropy over a large vocabulary, without all logits at once.

The logits of a batch, (predictions, vocab_size), take most of the time and
memory of pretraining. Here they are computed for some rows at a time, and
so is their gradient, so that no logits are kept for the backward pass.
"""

from typing import Any

import numpy

from .compat import mxnet
from .layers import linear, ndarray

np, npx = mxnet.np, mxnet.npx
autograd = mxnet.autograd
ROWS_AT_ONCE = 256  # of logits, about 20 MB for WikiText-2


def linear_cross_entropy(H: ndarray, layer: Any, labels: numpy.ndarray,
                         weights: numpy.ndarray) -> tuple[ndarray, int]:
    """Return the weighted sum of losses, and the correct predictions.

    >>> layer = mxnet.gluon.nn.Dense(3, in_units=2)
    >>> layer.initialize()
    >>> loss, correct = linear_cross_entropy(
    ...     np.ones((4, 2)), layer, numpy.zeros(4, 'int32'), numpy.ones(4))
    >>> log_p = npx.log_softmax(layer(np.ones((4, 2))))
    >>> abs(float(loss + log_p[:, 0].sum())) < 1e-4
    True

    H is (K, H), labels and weights are (K,). The logits are layer(H).
    """
    labels = labels.astype('int32')
    inputs = [H, layer.weight.data(H.ctx), layer.bias.data(H.ctx)]
    copies = [x.detach() for x in inputs]
    wanted = autograd.is_recording()
    total, correct = 0.0, 0
    with autograd.pause():
        for x in copies:
            x.attach_grad('add')
        for start in range(0, len(H), ROWS_AT_ONCE):
            some = slice(start, start + ROWS_AT_ONCE)
            loss, hits = _some_rows(copies, some, labels[some],
                                    weights[some], wanted)
            total, correct = total + loss, correct + hits
        loss = np.array(total, dtype=H.dtype, ctx=H.ctx)
    if wanted:
        # It has the gradients that were computed, and adds 0.
        stand_in = sum((x * copy.grad).sum()
                       for x, copy in zip(inputs, copies))
        loss = loss + (stand_in - stand_in.detach())
    return loss, correct


def _some_rows(inputs: list[ndarray], some: slice, labels: numpy.ndarray,
               weights: numpy.ndarray, wanted: bool) -> tuple[float, int]:
    """Return loss and correct rows, and add to the gradients."""
    H, W, b = inputs
    with autograd.record():
        logits = linear(H[some], W, b)  # (rows, vocab_size)
    P = npx.softmax(logits)
    S, rows = logits.asnumpy(), numpy.arange(len(logits))
    best = S.argmax(1)  # (rows,); slow in MXNet itself
    behind = S[rows, labels] - S[rows, best]  # 0 where it is right
    # Through the best word, as a probability may be too small for a float.
    log_P = behind + numpy.log(
        npx.pick(P, np.array(best, ctx=P.ctx)).asnumpy())
    if wanted:
        right = [np.array(x, dtype='int32', ctx=P.ctx)
                 for x in (rows, labels)]
        P[tuple(right)] -= 1
        if (weights != 1).any():
            P *= np.array(weights, dtype=P.dtype, ctx=P.ctx)[:, None]
        logits.backward(P)  # P is now the gradient of the logits
    return (-float(log_P @ weights),
            int(numpy.sum((behind == 0) & (weights != 0))))
