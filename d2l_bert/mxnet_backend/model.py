"""BERT: its encoder and its two heads, in MXNet.

A batch has `batch_size` rows of `max_len` tokens, each of which becomes
`num_hiddens` numbers, H in the shapes below.

Source: d2l sections 11.7 and 15.8; Devlin et al., BERT (2018).
"""

import atexit
from typing import Any, TypeAlias

from d2l_bert.core.architecture import (
    Config, check_config, check_inputs, sinusoids)
from d2l_bert.core.vocab import Vocab

from .compat import mxnet

np, npx, nn, nd = mxnet.np, mxnet.npx, mxnet.gluon.nn, mxnet.nd
ndarray: TypeAlias = Any  # mxnet.np.ndarray, of which mypy knows nothing
FORBIDDEN = -1e6  # added to a score, it leaves nothing of its softmax


class MultiHeadAttention(mxnet.gluon.nn.Block):
    """Lets every token look at all others, in several ways at once.

    >>> attention = MultiHeadAttention(8, num_heads=2, dropout=0.1)
    >>> attention.initialize()
    >>> X = np.ones((3, 5, 8))
    >>> attention(X, X, X, np.array([5, 2, 1])).shape
    (3, 5, 8)

    `valid_lens` says which keys may be looked at: None for all of them,
    a (batch_size,) vector for the first so many of each row, or a
    (batch_size, keys) mask that is not 0 where they may.

    Source: d2l section 11.5.
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
                valid_lens: ndarray | None = None) -> ndarray:
        mask = key_mask(valid_lens, queries, keys)
        W_q, W_k, W_v = (by_heads(layer, self.num_heads, queries.ctx)
                         for layer in (self.W_q, self.W_k, self.W_v))
        W_o, b_o = weight_and_bias(self.W_o, queries.ctx)
        d = len(W_o) // self.num_heads
        output = None
        # Heads one by one, each with its part of the weights: tokens need
        # not be transposed to the heads and back, which takes longer.
        for i, (q, k, v) in enumerate(zip(W_q, W_k, W_v)):
            scores = npx.batch_dot(  # (batch, queries, keys)
                linear(queries, *(None if w is None else w / d ** 0.5
                                  for w in q)),
                linear(keys, *k), transpose_b=True)
            if mask is not None:
                scores = scores + mask
            A = npx.dropout(npx.softmax(scores), p=self.dropout)
            Y = linear(npx.batch_dot(A, linear(values, *v)),
                       W_o[:, i * d:(i + 1) * d], None if i else b_o)
            output = Y if output is None else output + Y
        return output  # (batch, len, H)


def dense(inputs: int, outputs: int, **options: Any) -> Any:
    """Return a layer from the last axis of any array, (..., inputs)."""
    return nn.Dense(outputs, flatten=False, in_units=inputs, **options)


def weight_and_bias(layer: Any, ctx: Any
                    ) -> tuple[ndarray, ndarray | None]:
    """Return what a layer multiplies by and what it adds, if it does."""
    return layer.weight.data(ctx), (None if layer.bias is None
                                    else layer.bias.data(ctx))


def by_heads(layer: Any, num_heads: int, ctx: Any
             ) -> list[tuple[ndarray, ndarray | None]]:
    """Return the part of a layer's weight and bias that each head has."""
    W, b = weight_and_bias(layer, ctx)
    d = len(W) // num_heads
    return [(W[i:i + d], None if b is None else b[i:i + d])
            for i in range(0, len(W), d)]


def linear(X: ndarray, W: ndarray, b: ndarray | None = None) -> ndarray:
    """Return X W^T + b, (..., inputs) -> (..., outputs).

    >>> linear(np.array([[1, 2]]), np.array([[3, 4], [5, 6], [7, 8]]))
    array([[11., 17., 23.]])

    Much faster than np.dot, which leaves MXNet's oneDNN unused.
    """
    return npx.fully_connected(X, W, b, no_bias=b is None,
                               num_hidden=len(W), flatten=False)


def key_mask(valid_lens: ndarray | None, queries: ndarray, keys: ndarray
             ) -> ndarray | None:
    """Return what to add to scores, (batch_size, queries, keys).

    >>> X = np.zeros((2, 3, 8))
    >>> key_mask(np.array([2, 1]), X, X)[:, 0] == 0
    array([[ True,  True, False],
           [ True, False, False]])
    >>> key_mask(np.array([[1, 0, 1], [1, 1, 1]]), X, X)[0, 0] == 0
    array([ True, False,  True])

    A mask made by this function comes back as it is.
    """
    if valid_lens is None or valid_lens.ndim == 3:
        return valid_lens
    with mxnet.autograd.pause():
        allowed = valid_lens != 0
        if valid_lens.ndim == 1:
            positions = np.arange(keys.shape[1], dtype=valid_lens.dtype,
                                  ctx=keys.ctx)
            allowed = positions < valid_lens.reshape(-1, 1)
        mask = (1 - allowed.astype(queries.dtype)) * FORBIDDEN
        # In full, as the gradient of a broadcast sum is slow in MXNet.
        return np.broadcast_to(np.expand_dims(mask, 1), (
            len(mask), queries.shape[1], keys.shape[1]))


class AddNorm(mxnet.gluon.nn.Block):
    """Adds what a layer found to what it was given, and normalises.

    Source: d2l section 11.7.
    """

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


# A gradient written in Python needs Python while MXNet's threads compute
# it; without this, a program that ends in the middle would never end.
atexit.register(npx.waitall)


class _Standardise(mxnet.autograd.Function):
    """Gives the last axis mean 0 and variance 1, as a LayerNorm does.

    The LayerNorm of MXNet takes twice the time and much memory for its
    gradient. That of z = (x - mean) / std is, for a gradient g of z,
    (g - mean(g) - z * mean(g * z)) / std.
    """

    def forward(self, X: ndarray) -> ndarray:
        X = X.as_nd_ndarray()
        one = nd.ones(X.shape[-1], dtype=X.dtype, ctx=X.context)
        self.Z, _, self.std = nd.LayerNorm(
            X, one, nd.zeros_like(one), eps=1e-5, output_mean_var=True)
        return self.Z.as_np_ndarray()

    def backward(self, G: Any) -> Any:
        # MXNet calls this in a thread of its own, in which it knows only
        # its older arrays and functions.
        mean = nd.full((1, G.shape[-1]), 1 / G.shape[-1], dtype=G.dtype,
                       ctx=G.context)

        def means(A: Any) -> Any:  # (..., H) -> (..., 1)
            return nd.FullyConnected(A, mean, no_bias=True, num_hidden=1,
                                     flatten=False)

        G_mean, GZ_mean = means(G), means(G * self.Z)
        return nd.broadcast_div(
            nd.broadcast_sub(G, G_mean) - nd.broadcast_mul(self.Z, GZ_mean),
            self.std.reshape(G_mean.shape))


class PositionWiseFFN(mxnet.gluon.nn.Block):
    """Two layers that treat every position alike.

    Source: d2l section 11.7.
    """

    def __init__(self, num_hiddens: int, ffn_num_hiddens: int):
        super().__init__()
        self.dense1 = dense(num_hiddens, ffn_num_hiddens)
        self.dense2 = dense(ffn_num_hiddens, num_hiddens)

    def forward(self, X: ndarray) -> ndarray:
        return self.dense2(npx.relu(self.dense1(X)))


class TransformerEncoderBlock(mxnet.gluon.nn.Block):
    """Attention, then the position-wise layers, each added and normed.

    >>> block = TransformerEncoderBlock(24, 48, num_heads=8, dropout=0.5)
    >>> block.initialize()
    >>> block(np.ones((2, 100, 24)), np.array([3, 2])).shape
    (2, 100, 24)

    `valid_lens` is that of `MultiHeadAttention`.

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

    def forward(self, X: ndarray, valid_lens: ndarray | None) -> ndarray:
        Y = self.addnorm1(X, self.attention(X, X, X, valid_lens))
        return self.addnorm2(Y, self.ffn(Y))  # (batch, len, H) throughout


class BERTEncoder(mxnet.gluon.nn.Block):
    """Turns every token into a vector that depends on all the others.

    >>> encoder = BERTEncoder(10000, 768, 1024, num_heads=4, num_blks=2,
    ...                       dropout=0.2)
    >>> encoder.initialize()
    >>> tokens = np.random.randint(0, 10000, (2, 8))
    >>> encoder(tokens, np.zeros_like(tokens), None).shape
    (2, 8, 768)

    Tokens and segments are (batch_size, len) numbers; `valid_lens` is
    that of `MultiHeadAttention`. `positions` is 'learned', as in BERT, or
    'sinusoidal', as in the first Transformer.

    Raises ValueError for sizes that do not fit together and for a text
    longer than `max_len`.

    Source: d2l section 15.8.3.
    """

    def __init__(self, vocab_size: int, num_hiddens: int,
                 ffn_num_hiddens: int, num_heads: int, num_blks: int,
                 dropout: float, max_len: int = 1000, *,
                 positions: str = 'learned'):
        super().__init__()
        self.config = check_config(Config(
            vocab_size, num_hiddens, ffn_num_hiddens, num_heads, num_blks,
            dropout, max_len, positions))
        self.token_embedding = nn.Embedding(vocab_size, num_hiddens)
        self.segment_embedding = nn.Embedding(2, num_hiddens)
        self.blks = nn.Sequential()
        for _ in range(num_blks):
            self.blks.add(TransformerEncoderBlock(
                num_hiddens, ffn_num_hiddens, num_heads, dropout, True))
        if positions == 'learned':
            self.pos_embedding = self.params.get(
                'pos_embedding', shape=(1, max_len, num_hiddens))
        else:  # nothing to learn, and so nothing to save
            self.sinusoids = np.array(sinusoids(max_len, num_hiddens))

    def forward(self, tokens: ndarray, segments: ndarray,
                valid_lens: ndarray | None = None) -> ndarray:
        check_inputs(tokens.shape, segments.shape, self.config)
        X = self.token_embedding(tokens) + self.segment_embedding(segments)
        P = (self.sinusoids.as_in_ctx(X.ctx).astype(X.dtype)
             if self.config.positions == 'sinusoidal'
             else self.pos_embedding.data(X.ctx)[0])  # (max_len, H)
        X = X + positions_like(X, P)
        mask = key_mask(valid_lens, X, X)
        for blk in self.blks:
            X = blk(X, mask)  # (batch, len, H)
        return X


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


class MaskLM(mxnet.gluon.nn.Block):
    """Guesses the words at the positions that are to be predicted.

    >>> mlm = MaskLM(vocab_size=100, num_hiddens=8)
    >>> mlm.initialize()
    >>> mlm(np.ones((2, 8, 8)), np.array([[1, 5, 2], [6, 1, 5]])).shape
    (2, 3, 100)

    Takes what the encoder gives, (batch_size, len, H), and positions
    (batch_size, P); returns a score for each word of the vocabulary,
    (batch_size, P, vocab_size).

    Source: d2l section 15.8.4.
    """

    def __init__(self, vocab_size: int, num_hiddens: int):
        super().__init__()
        self.mlp = nn.Sequential()
        self.mlp.add(dense(num_hiddens, num_hiddens, activation='relu'),
                     nn.LayerNorm(in_channels=num_hiddens),
                     dense(num_hiddens, vocab_size))

    def forward(self, X: ndarray, pred_positions: ndarray) -> ndarray:
        columns = pred_positions.astype('int32')
        rows = np.arange(len(X), dtype='int32', ctx=X.ctx).reshape(-1, 1)
        return self.mlp(npx.gather_nd(X, np.stack(  # (batch, P, vocab_size)
            [np.broadcast_to(rows, columns.shape), columns])))


class NextSentencePred(mxnet.gluon.nn.Block):
    """Guesses whether the second sentence follows the first.

    >>> nsp = NextSentencePred()
    >>> nsp.initialize()
    >>> nsp(np.ones((2, 8))).shape
    (2, 2)

    Takes (batch_size, H), of any H if `num_hiddens` is left out; returns
    the scores of no and of yes, (batch_size, 2).

    Source: d2l section 15.8.5.
    """

    def __init__(self, num_hiddens: int | None = None):
        super().__init__()
        self.output = nn.Dense(2, in_units=num_hiddens or 0)

    def forward(self, X: ndarray) -> ndarray:
        return self.output(X)


class BERTModel(mxnet.gluon.nn.Block):
    """BERT with both of its heads.

    >>> net = BERTModel(100, num_hiddens=8, ffn_num_hiddens=16, num_heads=2,
    ...                 num_blks=2, dropout=0.2)
    >>> net.initialize()
    >>> tokens = np.random.randint(0, 100, (2, 6))
    >>> encoded_X, mlm_Y_hat, nsp_Y_hat = net(
    ...     tokens, np.zeros_like(tokens), np.array([6, 4]),
    ...     np.array([[1, 4], [2, 3]]))
    >>> encoded_X.shape, mlm_Y_hat.shape, nsp_Y_hat.shape
    ((2, 6, 8), (2, 2, 100), (2, 2))

    Without `pred_positions` the second output is None. Arguments, inputs
    and errors are those of `BERTEncoder`. `net.config` has the arguments,
    and `net.vocab` the vocabulary, once it is known.

    Source: d2l section 15.8.6.
    """

    def __init__(self, vocab_size: int, num_hiddens: int,
                 ffn_num_hiddens: int, num_heads: int, num_blks: int,
                 dropout: float, max_len: int = 1000, *,
                 positions: str = 'learned'):
        super().__init__()
        self.encoder = BERTEncoder(
            vocab_size, num_hiddens, ffn_num_hiddens, num_heads, num_blks,
            dropout, max_len, positions=positions)
        self.hidden = dense(num_hiddens, num_hiddens, activation='tanh')
        self.mlm = MaskLM(vocab_size, num_hiddens)
        self.nsp = NextSentencePred(num_hiddens)
        self.config = self.encoder.config
        self.vocab: Vocab | None = None

    def forward(self, tokens: ndarray, segments: ndarray,
                valid_lens: ndarray | None = None,
                pred_positions: ndarray | None = None) -> Any:
        encoded_X = self.encoder(tokens, segments, valid_lens)
        mlm_Y_hat = (None if pred_positions is None
                     else self.mlm(encoded_X, pred_positions))
        # '<cls>', at position 0, speaks for the whole pair.
        nsp_Y_hat = self.nsp(self.hidden(encoded_X[:, 0]))
        return encoded_X, mlm_Y_hat, nsp_Y_hat
