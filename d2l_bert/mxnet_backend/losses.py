"""The two losses of BERT, without the scores of every word at once.

The scores of a batch, (batch_size * P, vocab_size), are by far the most
that pretraining computes and keeps. Here only predictions whose weight is
not 0 are scored, some rows at a time, and the gradient of a row is taken
as soon as its scores are there, so that they need not be kept for later.
"""

from typing import Any, NamedTuple

import numpy

from d2l_bert.core.columns import Columns

from .compat import give_memory_back, mxnet
from .model import BERTModel, linear, ndarray

np, npx = mxnet.np, mxnet.npx
autograd = mxnet.autograd
ROWS_AT_ONCE = 256  # of scores, about 20 MB for WikiText-2


class BatchLosses(NamedTuple):
    """Sums over a batch, each an array with one number."""

    mlm: ndarray  # weighted losses of the predicted words
    nsp: ndarray  # losses of the sentence pairs
    weights: ndarray  # sum of mlm_weights
    mlm_hits: ndarray  # how many words were guessed
    nsp_hits: ndarray  # how many pairs were


def batch_losses(net: BERTModel, batch: Columns) -> BatchLosses:
    """Return the losses of a batch and how often the model was right.

    >>> net = BERTModel(9, 8, 16, num_heads=2, num_blks=1, dropout=0)
    >>> net.initialize()
    >>> batch = Columns(*map(np.array, (
    ...     [[1, 5, 2]], [[0, 0, 0]], [3], [[1, 0]], [[1., 0.]], [[7, 0]],
    ...     [1])))
    >>> losses = batch_losses(net, batch)
    >>> losses.weights.item(), losses.mlm.item() > 0
    (1.0, True)

    A prediction of weight 0 is neither computed nor counted.
    """
    if autograd.is_recording():
        give_memory_back()  # that the step before has taken
    encoded_X = net.encoder(batch.token_ids, batch.segments,
                            batch.valid_lens)
    ctx = encoded_X.ctx
    weights = batch.mlm_weights.asnumpy()
    where = weights.nonzero()  # rows and columns, (K,), K <= batch_size * P
    if not len(where[0]):  # MXNet would choke on no predictions at all
        where = numpy.zeros(1, int), numpy.zeros(1, int)
    positions, labels = (column.asnumpy()[where].astype('int32') for column
                         in (batch.pred_positions, batch.mlm_labels))
    *layers, scorer = net.mlm.mlp
    H = npx.gather_nd(encoded_X, np.array([where[0], positions],
                                          dtype='int32', ctx=ctx))  # (K, H)
    for layer in layers:
        H = layer(H)
    mlm, mlm_hits = _word_loss(H, scorer, labels, weights[where])
    nsp_Y_hat = net.nsp(net.hidden(encoded_X[:, 0]))  # (batch_size, 2)
    nsp = -npx.pick(npx.log_softmax(nsp_Y_hat), batch.nsp_labels).sum()
    nsp_hits = numpy.sum(nsp_Y_hat.asnumpy().argmax(1)
                         == batch.nsp_labels.asnumpy())
    return BatchLosses(mlm, nsp, *(np.array(number, ctx=ctx) for number in (
        weights.sum(), mlm_hits, nsp_hits)))


def _word_loss(H: ndarray, scorer: Any, labels: numpy.ndarray,
               weights: numpy.ndarray) -> tuple[ndarray, int]:
    """Return the cross-entropy of a layer, and how many words it guessed.

    H is (K, num_hiddens); labels and weights are (K,).
    """
    inputs = [H, scorer.weight.data(H.ctx), scorer.bias.data(H.ctx)]
    copies = [x.detach() for x in inputs]
    wanted = autograd.is_recording()
    total, hits = 0.0, 0
    with autograd.pause():
        for x in copies:
            x.attach_grad('add')
        for start in range(0, len(H), ROWS_AT_ONCE):
            some = slice(start, start + ROWS_AT_ONCE)
            loss, hit = _some_rows(copies, some, labels[some],
                                   weights[some], wanted)
            total, hits = total + loss, hits + hit
        loss = np.array(total, dtype=H.dtype, ctx=H.ctx)
    if wanted:
        # It has the gradients that were found, and adds nothing.
        stand_in = sum((x * copy.grad).sum()
                       for x, copy in zip(inputs, copies))
        loss = loss + (stand_in - stand_in.detach())
    return loss, hits


def _some_rows(inputs: list[ndarray], some: slice, labels: numpy.ndarray,
               weights: numpy.ndarray, wanted: bool) -> tuple[float, int]:
    """Return loss and hits of some rows, and add to the gradients."""
    H, W, b = inputs
    with autograd.record():
        scores = linear(H[some], W, b)  # (rows, vocab_size)
    P = npx.softmax(scores)
    S, rows = scores.asnumpy(), numpy.arange(len(scores))
    best = S.argmax(1)  # (rows,); slow in MXNet itself
    behind = S[rows, labels] - S[rows, best]  # 0 where it was guessed
    # By way of the best word, as a probability may be too small for floats.
    log_P = behind + numpy.log(
        npx.pick(P, np.array(best, ctx=P.ctx)).asnumpy())
    if wanted:
        right = [np.array(x, dtype='int32', ctx=P.ctx)
                 for x in (rows, labels)]
        P[tuple(right)] -= 1
        if (weights != 1).any():
            P *= np.array(weights, dtype=P.dtype, ctx=P.ctx)[:, None]
        scores.backward(P)  # now the gradient of the scores
    return (-float(log_P @ weights),
            int(numpy.sum((behind == 0) & (weights != 0))))


def _get_batch_loss_bert(net: Any, loss: Any, vocab_size: int,
                         tokens_X: Any, segments_X: Any, valid_lens_x: Any,
                         pred_positions_X: Any, mlm_weights_X: Any,
                         mlm_Y: Any, nsp_y: Any
                         ) -> tuple[list[ndarray], ...]:
    """Return the masked-word losses, next-sentence losses and their sums.

    Each is a list with a number for every shard of a batch, of which the
    last seven arguments are lists: one array for each device. Without a
    list around it, an array is a batch's only shard.

    The first is the mean over predictions, by their weights: those of
    weight 0 are padding and change nothing.

    `net` is a BERTModel, or another network with its inputs and outputs.
    `loss` is a SoftmaxCELoss, or another that returns one number a row.

    Source: d2l section 15.10.1.
    """
    shards = [column if isinstance(column, (list, tuple)) else [column]
              for column in (tokens_X, segments_X, valid_lens_x,
                             pred_positions_X, mlm_weights_X, mlm_Y, nsp_y)]
    mlm_ls, nsp_ls = [], []
    for shard in map(Columns._make, zip(*shards)):
        if type(net) is BERTModel and _is_plain(loss):
            sums = batch_losses(net, shard)
        else:
            sums = _plain_losses(net, loss, vocab_size, shard)
        mlm_ls.append(sums.mlm / (sums.weights + 1e-8))
        nsp_ls.append(sums.nsp / len(shard.nsp_labels))
    return mlm_ls, nsp_ls, [mlm_l + nsp_l for mlm_l, nsp_l
                            in zip(mlm_ls, nsp_ls)]


def _is_plain(loss: Any) -> bool:
    return (type(loss) is mxnet.gluon.loss.SoftmaxCrossEntropyLoss
            and loss._axis in (-1, 1) and loss._sparse_label
            and not loss._from_logits and loss._weight in (None, 1))


def _plain_losses(net: Any, loss: Any, vocab_size: int, batch: Columns
                  ) -> BatchLosses:
    """Return the losses of any network, from the scores of every word."""
    _, mlm_Y_hat, nsp_Y_hat = net(batch.token_ids, batch.segments,
                                  batch.valid_lens, batch.pred_positions)
    each = loss(mlm_Y_hat.reshape(-1, vocab_size),
                batch.mlm_labels.reshape(-1))  # (batch_size * P,)
    weights = batch.mlm_weights
    return BatchLosses((each * weights.reshape(-1)).sum(),
                       loss(nsp_Y_hat, batch.nsp_labels).sum(),
                       weights.sum(), None, None)
