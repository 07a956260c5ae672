"""Cross-entropy over a large vocabulary, without all logits at once.

The logits of a batch, (predictions, vocab_size), take most of the time and
memory of pretraining. Here they are computed for some rows at a time, and
so is their gradient, so that no logits are kept for the backward pass.
"""

from typing import Any

import torch
from torch import Tensor, nn

ROWS_AT_ONCE = 256  # of logits, about 20 MB for WikiText-2


def linear_cross_entropy(H: Tensor, layer: nn.Linear, labels: Tensor,
                         weights: Tensor) -> tuple[Tensor, Tensor]:
    """Return the weighted sum of losses, and the correct predictions.

    >>> layer = nn.Linear(2, 3)
    >>> loss, correct = linear_cross_entropy(
    ...     torch.ones(4, 2), layer, torch.zeros(4, dtype=torch.long),
    ...     torch.ones(4))
    >>> logits = layer(torch.ones(4, 2))
    >>> bool((loss + logits.log_softmax(1)[:, 0].sum()).abs() < 1e-4)
    True

    H is (K, H), labels and weights are (K,). The logits are layer(H).
    """
    return _LinearCrossEntropy.apply(H, layer.weight, layer.bias, labels,
                                     weights)


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, H: Tensor, W: Tensor, b: Tensor, labels: Tensor,
                weights: Tensor) -> tuple[Tensor, Tensor]:
        device = H.device.type
        low = (torch.get_autocast_dtype(device)
               if torch.is_autocast_enabled(device) else H.dtype)
        H_low, W_low, b_low = H.to(low), W.to(low), b.to(low)
        exact = torch.promote_types(low, torch.float32)
        dH, dW = torch.empty_like(H_low), torch.zeros_like(W_low)
        db = torch.zeros_like(b, dtype=exact)
        loss = torch.zeros((), dtype=exact, device=H.device)
        correct = torch.zeros((), dtype=torch.long, device=H.device)
        # One piece of memory for all logits, as to get it takes time.
        memory = H_low.new_empty(min(ROWS_AT_ONCE, len(H)), len(W))
        with torch.autocast(device, enabled=False):
            for start in range(0, len(H), ROWS_AT_ONCE):
                rows = slice(start, start + ROWS_AT_ONCE)
                weight, label = weights[rows, None], labels[rows, None]
                logits = torch.addmm(b_low, H_low[rows], W_low.T,
                                     out=memory[:len(label)]).to(exact)
                right = logits.gather(1, label)  # (rows, 1)
                best = logits.amax(1, keepdim=True)
                correct += ((right >= best) & (weight != 0)).sum()
                powers = logits.sub_(best).exp_()
                total = powers.sum(1, keepdim=True)
                loss += (weight * (total.log() + best - right)).sum()
                if not any(ctx.needs_input_grad):
                    continue
                # The gradient of the logits: the probabilities, minus 1
                # for the label.
                powers.mul_(weight / total).scatter_add_(1, label, -weight)
                db += powers.sum(0)
                powers = powers.to(low)
                dH[rows] = powers @ W_low
                dW.addmm_(powers.T, H_low[rows])
        ctx.save_for_backward(dH, dW, db.to(low))
        ctx.mark_non_differentiable(correct)
        return loss, correct

    @staticmethod
    def backward(ctx: Any, grad: Tensor, _: Any) -> tuple[Tensor | None, ...]:
        dH, dW, db = ctx.saved_tensors
        return grad * dH, grad * dW, grad * db, None, None
