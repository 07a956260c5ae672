"""The layers of a Transformer, in MXNet.

H is num_hiddens, the size of the vector of each token.
"""

import atexit
from inspect import signature
from typing import Any, TypeAlias

import numpy

from d2l_bert.core.models.config import mask_shape

from .compat import mxnet

np, npx, nn, nd = mxnet.np, mxnet.npx, mxnet.gluon.nn, mxnet.nd
ndarray: TypeAlias = Any  # mxnet.np.ndarray, of which mypy knows nothing
FORBIDDEN = -1e6  # added to a score, it makes its softmax 0


def make_mask(valid_lens: ndarray | None, attention_mask: ndarray | None,
              batch_size: int, length: int, num_heads: int = 1
              ) -> ndarray | None:
    """Return the one kind of mask that attention takes, or None.

    >>> make_mask(np.array([2, 1]), None, 2, 3).astype(int).tolist()
    [[[[1, 1, 0]]], [[[1, 0, 0]]]]
    >>> make_mask(None, np.array([[True, False]], dtype=bool), 1, 2).shape
    (1, 1, 1, 2)

    It is boolean, (batch, heads, query, key) where 1 stands for all, and
    True where a token may look, for self-attention over texts of `length`
    tokens. `mask_shape` explains `attention_mask`. `valid_lens` says that
    the first so many keys may be seen: (batch,), or (batch, query) with a
    number for each query.
    """
    mask, sizes = None, (batch_size, num_heads, length, length)
    if valid_lens is not None:
        keys = np.arange(length, dtype=valid_lens.dtype,
                         ctx=valid_lens.ctx)
        allowed = keys < np.expand_dims(valid_lens, -1)
        mask = allowed.reshape(mask_shape(allowed, *sizes))
    if attention_mask is not None:
        given = attention_mask.reshape(mask_shape(attention_mask, *sizes))
        mask = given if mask is None else mask * given
    return mask


class Block(mxnet.gluon.nn.Block):
    """gluon's Block, but its inputs may also be given by their names."""

    def __call__(self, *args: Any, **kw: Any) -> Any:
        if kw:
            bound = signature(self.forward).bind(*args, **kw)
            bound.apply_defaults()
            args = bound.args
        return super().__call__(*args)


class MultiHeadAttention(Block):
    """Attention with several heads.

    >>> attention = MultiHeadAttention(8, num_heads=2, dropout=0.1)
    >>> attention.initialize()
    >>> X = np.ones((3, 5, 8))
    >>> attention(X, X, X, make_mask(np.array([5, 2, 1]), None, 3, 5)).shape
    (3, 5, 8)

    `mask` is that of `make_mask`. Source: d2l section 11.5.
    """

    def __init__(self, num_hiddens: int, num_heads: int, dropout: float,
                 bias: bool = False):
        super().__init__()
        self.num_heads, self.dropout = num_heads, dropout
        self.W_q = dense(num_hiddens, num_hiddens, use_bias=bias)
        self.W_k = dense(num_hiddens, num_hiddens, use_bias=bias)
        self.W_v = dense(num_hiddens, num_hiddens, use_bias=bias)
        self.W_o = dense(num_hiddens, num_hiddens, use_bias=bias)

    def forward(self, queries: ndarray, keys: ndarray, values: ndarray,
                mask: ndarray | None = None) -> ndarray:
        W_q, W_k, W_v = (by_heads(layer, self.num_heads, queries.ctx)
                         for layer in (self.W_q, self.W_k, self.W_v))
        W_o, b_o = weight_and_bias(self.W_o, queries.ctx)
        d = len(W_o) // self.num_heads
        added = None if mask is None else to_add(mask, queries, keys)
        output = None
        # Heads one by one, each with its part of the weights: to transpose
        # tokens to heads and back would take longer.
        for i, (q, k, v) in enumerate(zip(W_q, W_k, W_v)):
            scores = npx.batch_dot(  # (batch, query, key)
                linear(queries, *(None if w is None else w / d ** 0.5
                                  for w in q)),
                linear(keys, *k), transpose_b=True)
            if added is not None:
                scores = scores + added[i % len(added)]
            A = npx.dropout(npx.softmax(scores), p=self.dropout)
            Y = linear(npx.batch_dot(A, linear(values, *v)),
                       W_o[:, i * d:(i + 1) * d], None if i else b_o)
            output = Y if output is None else output + Y
        return output  # (batch, len, H)


def to_add(mask: ndarray, queries: ndarray, keys: ndarray) -> list[ndarray]:
    """Return what to add to the scores, (batch, query, key) for each head.

    >>> X = np.zeros((1, 2, 8))
    >>> [added] = to_add(make_mask(np.array([1]), None, 1, 2), X, X)
    >>> (added == 0).astype(int).tolist()
    [[[1, 0], [1, 0]]]

    If all heads have the same mask there is only one array.
    """
    with mxnet.autograd.pause():
        scores = (1 - mask.astype(queries.dtype)) * FORBIDDEN
        # In full, as the gradient of a broadcast sum is slow in MXNet.
        full = (len(queries), queries.shape[1], keys.shape[1])
        return [np.broadcast_to(scores[:, head], full)
                for head in range(mask.shape[1])]


def dense(inputs: int, outputs: int, **options: Any) -> Any:
    """Return a dense layer for the last axis, (..., inputs)."""
    return nn.Dense(outputs, flatten=False, in_units=inputs, **options)


def weight_and_bias(layer: Any, ctx: Any
                    ) -> tuple[ndarray, ndarray | None]:
    """Return a layer's weight, and its bias if it has one."""
    return layer.weight.data(ctx), (None if layer.bias is None
                                    else layer.bias.data(ctx))


def by_heads(layer: Any, num_heads: int, ctx: Any
             ) -> list[tuple[ndarray, ndarray | None]]:
    """Return the part of a layer's weight and bias of each head."""
    W, b = weight_and_bias(layer, ctx)
    d = len(W) // num_heads
    return [(W[i:i + d], None if b is None else b[i:i + d])
            for i in range(0, len(W), d)]


def linear(X: ndarray, W: ndarray, b: ndarray | None = None) -> ndarray:
    """Return X W^T + b, (..., inputs) -> (..., outputs).

    >>> linear(np.array([[1, 2]]), np.array([[3, 4], [5, 6], [7, 8]]))
    array([[11., 17., 23.]])

    Much faster than np.dot, which does not use oneDNN.
    """
    return npx.fully_connected(X, W, b, no_bias=b is None,
                               num_hidden=len(W), flatten=False)


class AddNorm(Block):
    """Residual connection, dropout and LayerNorm. Source: d2l 11.7."""

    def __init__(self, norm_shape: int, dropout: float):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.ln = nn.LayerNorm(in_channels=norm_shape)

    def forward(self, X: ndarray, Y: ndarray) -> ndarray:
        gamma, beta = self.ln.gamma.data(X.ctx), self.ln.beta.data(X.ctx)
        # The scale as a diagonal matrix: a product with a matrix has a
        # fast gradient in MXNet, a product with a vector a slow one.
        return linear(_Standardise()(X + self.dropout(Y)),
                      gamma * np.eye(len(gamma), dtype=X.dtype, ctx=X.ctx),
                      beta)


# MXNet's threads need Python for a gradient written in Python. Without this
# line a program that is stopped in the middle would never end.
atexit.register(npx.waitall)


class _Standardise(mxnet.autograd.Function):
    """Gives the last axis mean 0 and variance 1, like a LayerNorm.

    The gradient of MXNet's LayerNorm takes twice the time and much memory.
    For z = (x - mean) / std and a gradient g of z it is
    (g - mean(g) - z * mean(g * z)) / std.
    """

    def forward(self, X: ndarray) -> ndarray:
        X = X.as_nd_ndarray()
        one = nd.ones(X.shape[-1], dtype=X.dtype, ctx=X.context)
        self.Z, _, self.std = nd.LayerNorm(
            X, one, nd.zeros_like(one), eps=1e-5, output_mean_var=True)
        return self.Z.as_np_ndarray()

    def backward(self, G: Any) -> Any:
        # MXNet calls this in a thread of its own, where only its older
        # arrays and functions work.
        mean = nd.full((1, G.shape[-1]), 1 / G.shape[-1], dtype=G.dtype,
                       ctx=G.context)

        def means(A: Any) -> Any:  # (..., H) -> (..., 1)
            return nd.FullyConnected(A, mean, no_bias=True, num_hidden=1,
                                     flatten=False)

        G_mean, GZ_mean = means(G), means(G * self.Z)
        return nd.broadcast_div(
            nd.broadcast_sub(G, G_mean) - nd.broadcast_mul(self.Z, GZ_mean),
            self.std.reshape(G_mean.shape))


class PositionWiseFFN(Block):
    """Two dense layers, the same for each position. Source: d2l 11.7."""

    def __init__(self, num_hiddens: int, ffn_num_hiddens: int):
        super().__init__()
        self.dense1 = dense(num_hiddens, ffn_num_hiddens)
        self.dense2 = dense(ffn_num_hiddens, num_hiddens)

    def forward(self, X: ndarray) -> ndarray:
        return self.dense2(npx.relu(self.dense1(X)))


class TransformerEncoderBlock(Block):
    """Self-attention and a position-wise network, each with an AddNorm.

    >>> block = TransformerEncoderBlock(24, 48, num_heads=8, dropout=0.5)
    >>> block.initialize()
    >>> block(np.ones((2, 100, 24)), np.array([3, 2])).shape
    (2, 100, 24)

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

    def forward(self, X: ndarray, valid_lens: ndarray | None = None,
                attention_mask: ndarray | None = None) -> ndarray:
        mask = make_mask(valid_lens, attention_mask, len(X), X.shape[1],
                         self.attention.num_heads)
        Y = self.addnorm1(X, self.attention(X, X, X, mask))
        return self.addnorm2(Y, self.ffn(Y))  # (batch, len, H) throughout


def positions_like(X: ndarray, P: ndarray) -> ndarray:
    """Return the vectors P, (max_len, H), for each row of X.

    >>> positions_like(np.zeros((2, 1, 2)), np.array([[3, 4], [5, 6]]))
    array([[[3., 4.]],
    <BLANKLINE>
           [[3., 4.]]])

    They are looked up, as the gradient of a broadcast sum is slow.
    """
    numbers = np.arange(X.shape[1], dtype='int32', ctx=X.ctx)
    return npx.embedding(np.broadcast_to(numbers, X.shape[:2]), P,
                         input_dim=len(P), output_dim=P.shape[1])


def predictions(mlm_weights: ndarray, *columns: ndarray
                ) -> list[numpy.ndarray]:
    """Return the rows of the K predictions of a batch, and their columns.

    >>> predictions(np.array([[1, 0], [0, 1]]), np.array([[5, 0], [0, 6]]))
    [array([0, 1]), array([5., 6.], dtype=float32)]
    """
    rows, places = mlm_weights.asnumpy().nonzero()
    if not len(rows):  # MXNet cannot gather no predictions at all
        rows, places = numpy.zeros(1, int), numpy.zeros(1, int)
    return [rows, *(column.asnumpy()[rows, places] for column in columns)]


def gather(X: ndarray, rows: numpy.ndarray, positions: numpy.ndarray
           ) -> ndarray:
    """Return the vectors at some positions of X, (batch, len, H).

    >>> gather(np.array([[[1, 2], [3, 4]]]), numpy.array([0]),
    ...        numpy.array([1]))
    array([[3., 4.]])
    """
    return npx.gather_nd(X, np.array([rows, positions], dtype='int32',
                                     ctx=X.ctx))
