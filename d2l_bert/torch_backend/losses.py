"""The two losses of BERT, without the scores of every word at once.

The scores of a batch, (batch_size * P, vocab_size), are by far the most
that pretraining computes and keeps. Here only predictions whose weight is
not 0 are scored, some rows at a time, and the gradient of a row is taken
as soon as its scores are there, so that they need not be kept for later.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from d2l_bert.core.columns import Columns

from .model import BERTModel

ROWS_AT_ONCE = 256  # of scores, about 20 MB for WikiText-2


class BatchLosses(NamedTuple):
    """Sums over a batch, each a tensor with one number."""

    mlm: Tensor  # weighted losses of the predicted words
    nsp: Tensor  # losses of the sentence pairs
    weights: Tensor  # sum of mlm_weights
    mlm_hits: Tensor  # how many words were guessed
    nsp_hits: Tensor  # how many pairs were


def batch_losses(net: BERTModel, batch: Columns) -> BatchLosses:
    """Return the losses of a batch and how often the model was right.

    >>> net = BERTModel(9, 8, 16, num_heads=2, num_blks=1, dropout=0)
    >>> batch = Columns(*map(torch.tensor, (
    ...     [[1, 5, 2]], [[0, 0, 0]], [3], [[1, 0]], [[1., 0.]], [[7, 0]],
    ...     [1])))
    >>> losses = batch_losses(net, batch)
    >>> losses.weights.item(), losses.mlm.item() > 0
    (1.0, True)

    A prediction of weight 0 is neither computed nor counted.
    """
    encoded_X = net.encoder(batch.token_ids, batch.segments,
                            batch.valid_lens)
    rows, columns = batch.mlm_weights.nonzero(as_tuple=True)
    weights = batch.mlm_weights[rows, columns]  # (K,), K <= batch_size * P
    labels = batch.mlm_labels[rows, columns]
    *layers, scorer = net.mlm.mlp
    H = encoded_X[rows, batch.pred_positions[rows, columns]]  # (K, H)
    for layer in layers:
        H = layer(H)
    mlm, hits = _WordLoss.apply(H, scorer.weight, scorer.bias, labels,
                                weights)
    nsp_Y_hat = net.nsp(net.hidden(encoded_X[:, 0]))  # (batch_size, 2)
    return BatchLosses(
        mlm, F.cross_entropy(nsp_Y_hat, batch.nsp_labels, reduction='sum'),
        weights.sum(), hits,
        (nsp_Y_hat.argmax(1) == batch.nsp_labels).sum())


class _WordLoss(torch.autograd.Function):
    """Cross-entropy of a linear layer, with its gradient on the way."""

    @staticmethod
    def forward(ctx: Any, H: Tensor, W: Tensor, b: Tensor, labels: Tensor,
                weights: Tensor) -> tuple[Tensor, Tensor]:
        device = H.device.type
        low = (torch.get_autocast_dtype(device)
               if torch.is_autocast_enabled(device) else H.dtype)
        # The bias is a column more of W, for an input that is always 1.
        W_b = torch.cat([W, b[:, None]], 1).to(low)  # (V, H + 1)
        H_1 = torch.cat([H, torch.ones_like(H[:, :1])], 1).to(low)
        dH, dW_b = torch.empty_like(H_1), torch.zeros_like(W_b)
        exact = torch.promote_types(low, torch.float32)
        loss = torch.zeros((), dtype=exact, device=H.device)
        hits = torch.zeros((), dtype=torch.long, device=H.device)
        with torch.autocast(device, enabled=False):
            for start in range(0, len(H), ROWS_AT_ONCE):
                rows = slice(start, start + ROWS_AT_ONCE)
                weight, label = weights[rows, None], labels[rows, None]
                scores = (H_1[rows] @ W_b.T).to(exact)  # (rows, V)
                right = scores.gather(1, label)  # (rows, 1)
                best = scores.amax(1, keepdim=True)
                hits += (right >= best).sum()
                powers = scores.sub_(best).exp_()
                total = powers.sum(1, keepdim=True)
                loss += (weight * (total.log() + best - right)).sum()
                if not any(ctx.needs_input_grad):
                    continue
                # Now the gradient of the scores: the chances of all words,
                # less 1 for the right one.
                powers.mul_(weight / total).scatter_add_(1, label, -weight)
                dH[rows] = powers.to(low) @ W_b
                dW_b += powers.to(low).T @ H_1[rows]
        ctx.save_for_backward(dH[:, :-1], dW_b[:, :-1], dW_b[:, -1])
        ctx.mark_non_differentiable(hits)
        return loss, hits

    @staticmethod
    def backward(ctx: Any, grad: Tensor, _: Any) -> tuple[Tensor | None, ...]:
        dH, dW, db = ctx.saved_tensors
        return grad * dH, grad * dW, grad * db, None, None


def _get_batch_loss_bert(net: nn.Module, loss: nn.Module, vocab_size: int,
                         tokens_X: Tensor, segments_X: Tensor,
                         valid_lens_x: Tensor, pred_positions_X: Tensor,
                         mlm_weights_X: Tensor, mlm_Y: Tensor, nsp_y: Tensor
                         ) -> tuple[Tensor, Tensor, Tensor]:
    """Return a batch's masked-word loss, next-sentence loss and their sum.

    The first is the mean over predictions, by their weights: those of
    weight 0 are padding and change nothing. The book averages all before
    it weighs them, so that they do (d2l-en issue 2582).

    `net` is a BERTModel, or another network with its inputs and outputs.
    `loss` is a CrossEntropyLoss, whatever its reduction.

    Raises TypeError if `loss` is something else that has no reduction.

    Source: d2l section 15.10.1.
    """
    model = getattr(net, 'module', net) if not getattr(
        net, 'device_ids', None) else net
    if type(model) is BERTModel and _is_plain(loss):
        sums = batch_losses(model, Columns(
            tokens_X, segments_X, valid_lens_x, pred_positions_X,
            mlm_weights_X, mlm_Y, nsp_y))
        mlm_l = sums.mlm / (sums.weights + 1e-8)
        nsp_l = sums.nsp / len(nsp_y)
    else:
        _, mlm_Y_hat, nsp_Y_hat = net(tokens_X, segments_X, valid_lens_x,
                                      pred_positions_X)
        each = _each(loss, mlm_Y_hat.reshape(-1, vocab_size),
                     mlm_Y.reshape(-1))  # (batch_size * P,)
        mlm_l = (each @ mlm_weights_X.reshape(-1)) / (
            mlm_weights_X.sum() + 1e-8)
        nsp_l = _each(loss, nsp_Y_hat, nsp_y).mean()
    return mlm_l, nsp_l, mlm_l + nsp_l


def _is_plain(loss: nn.Module) -> bool:
    return (type(loss) is nn.CrossEntropyLoss and loss.weight is None
            and loss.label_smoothing == 0 and loss.ignore_index < 0)


def _each(loss: Any, scores: Tensor, labels: Tensor) -> Tensor:
    """Return one loss for each prediction, whatever `loss` would average."""
    if not hasattr(loss, 'reduction'):
        raise TypeError(f'loss must be a module with a reduction, such as '
                        f'CrossEntropyLoss(), not {loss!r}')
    reduction, loss.reduction = loss.reduction, 'none'
    try:
        return loss(scores, labels)
    finally:
        loss.reduction = reduction
