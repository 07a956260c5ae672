"""The layers of a Transformer, in PyTorch.

H is num_hiddens, the size of the vector of each token.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from d2l_bert.core.models.config import mask_shape

LEVELS = 2 ** 16  # a dropout probability is rounded to so many parts


def make_mask(valid_lens: Tensor | None, attention_mask: Tensor | None,
              batch_size: int, length: int, num_heads: int = 1
              ) -> Tensor | None:
    """Return the one kind of mask that attention takes, or None.

    >>> make_mask(torch.tensor([2, 1]), None, 2, 3).int().tolist()
    [[[[1, 1, 0]]], [[[1, 0, 0]]]]
    >>> make_mask(None, torch.tensor([[True, False]]), 1, 2).shape
    torch.Size([1, 1, 1, 2])

    It is boolean, (batch, heads, query, key) where 1 stands for all, and
    True where a token may look, for self-attention over texts of `length`
    tokens. `mask_shape` explains `attention_mask`. `valid_lens` says that
    the first so many keys may be seen: (batch,), or (batch, query) with a
    number for each query.
    """
    mask, sizes = None, (batch_size, num_heads, length, length)
    if valid_lens is not None:
        keys = torch.arange(length, device=valid_lens.device)
        allowed = keys < valid_lens[..., None]  # (batch, [query,] key)
        mask = allowed.reshape(mask_shape(allowed, *sizes))
    if attention_mask is not None:
        given = attention_mask.reshape(mask_shape(attention_mask, *sizes))
        mask = given if mask is None else mask & given
    return mask


class MultiHeadAttention(nn.Module):
    """Attention with several heads.

    >>> attention = MultiHeadAttention(8, num_heads=2, dropout=0.1)
    >>> X = torch.ones(3, 5, 8)
    >>> attention(X, X, X, make_mask(torch.tensor([5, 2, 1]), None, 3, 5)
    ...           ).shape
    torch.Size([3, 5, 8])

    `mask` is that of `make_mask`. Source: d2l section 11.5.
    """

    def __init__(self, num_hiddens: int, num_heads: int, dropout: float,
                 bias: bool = False):
        super().__init__()
        self.num_heads, self.dropout = num_heads, dropout
        self.W_q = nn.Linear(num_hiddens, num_hiddens, bias=bias)
        self.W_k = nn.Linear(num_hiddens, num_hiddens, bias=bias)
        self.W_v = nn.Linear(num_hiddens, num_hiddens, bias=bias)
        self.W_o = nn.Linear(num_hiddens, num_hiddens, bias=bias)

    def forward(self, queries: Tensor, keys: Tensor, values: Tensor,
                mask: Tensor | None = None) -> Tensor:
        Y = F.scaled_dot_product_attention(  # (batch, heads, len, H / heads)
            self._heads(self.W_q(queries)), self._heads(self.W_k(keys)),
            self._heads(self.W_v(values)), attn_mask=mask,
            dropout_p=self.dropout if self.training else 0.0)
        return self.W_o(Y.transpose(1, 2).flatten(2))  # (batch, len, H)

    def _heads(self, X: Tensor) -> Tensor:
        # (batch, len, H) -> (batch, heads, len, H / heads)
        return X.unflatten(2, (self.num_heads, -1)).transpose(1, 2)


class AddNorm(nn.Module):
    """Residual connection, dropout and LayerNorm. Source: d2l 11.7."""

    def __init__(self, norm_shape: int, dropout: float):
        super().__init__()
        self.dropout = Dropout(dropout)
        self.ln = nn.LayerNorm(norm_shape)

    def forward(self, X: Tensor, Y: Tensor) -> Tensor:
        return self.ln(X + self.dropout(Y))


class PositionWiseFFN(nn.Module):
    """Two dense layers, the same for each position. Source: d2l 11.7."""

    def __init__(self, num_hiddens: int, ffn_num_hiddens: int):
        super().__init__()
        self.dense1 = nn.Linear(num_hiddens, ffn_num_hiddens)
        self.dense2 = nn.Linear(ffn_num_hiddens, num_hiddens)

    def forward(self, X: Tensor) -> Tensor:
        return self.dense2(F.relu(self.dense1(X)))


class TransformerEncoderBlock(nn.Module):
    """Self-attention and a position-wise network, each with an AddNorm.

    >>> block = TransformerEncoderBlock(24, 48, num_heads=8, dropout=0.5)
    >>> block(torch.ones(2, 100, 24), torch.tensor([3, 2])).shape
    torch.Size([2, 100, 24])

    `valid_lens` and `attention_mask` are those of `make_mask`.

    Source: d2l section 11.7.
    """

    def __init__(self, num_hiddens: int, ffn_num_hiddens: int,
                 num_heads: int, dropout: float, use_bias: bool = False):
        super().__init__()
        self.attention = MultiHeadAttention(num_hiddens, num_heads, dropout,
                                            use_bias)
        self.addnorm1 = AddNorm(num_hiddens, dropout)
        self.ffn = PositionWiseFFN(num_hiddens, ffn_num_hiddens)
        self.addnorm2 = AddNorm(num_hiddens, dropout)

    def forward(self, X: Tensor, valid_lens: Tensor | None = None,
                attention_mask: Tensor | None = None) -> Tensor:
        mask = make_mask(valid_lens, attention_mask, len(X), X.shape[1],
                         self.attention.num_heads)
        Y = self.addnorm1(X, self.attention(X, X, X, mask))
        return self.addnorm2(Y, self.ffn(Y))  # (batch, len, H) throughout


class Dropout(nn.Dropout):
    """Dropout that is fast on CPUs.

    >>> dropout = Dropout(0.5)
    >>> sorted(set(dropout(torch.ones(1000)).tolist()))
    [0.0, 2.0]
    >>> dropout.eval()(torch.ones(2))
    tensor([1., 1.])

    PyTorch's own draws a number for each element on a CPU, one after the
    other, and keeps 8 bytes of each until the backward pass. Here one
    draw serves four elements, and one byte is kept.
    """

    def forward(self, X: Tensor) -> Tensor:
        if not self.training or not self.p:
            return X
        if X.device.type != 'cpu' or torch.compiler.is_compiling():
            return F.dropout(X, self.p)
        return _FastDropout.apply(X, self.p)


class _FastDropout(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, X: Tensor, p: float) -> Tensor:
        draws = torch.empty(-(-X.numel() // 4), dtype=torch.int64).random_(
            -2 ** 63, None)  # type: ignore[arg-type]
        level = round(p * LEVELS) - LEVELS // 2
        kept = (draws.view(torch.int16)[:X.numel()] >= level).view(X.shape)
        ctx.save_for_backward(kept)
        ctx.scale = LEVELS / (LEVELS - round(p * LEVELS))
        return (X * kept).mul_(ctx.scale)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        kept, = ctx.saved_tensors
        return (grad * kept).mul_(ctx.scale), None
