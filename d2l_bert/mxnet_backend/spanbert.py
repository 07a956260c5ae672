"""SpanBERT in MXNet: BERT's encoder, and predictions from borders.

H is num_hiddens, D the size of the vector of a place in a span, P the number
of predictions of an example, K those of a batch.

Source: Joshi et al., SpanBERT (2020), section 3.2.
"""

from types import SimpleNamespace
from typing import Any

import numpy

from d2l_bert.core.models.config import SpanConfig
from d2l_bert.core.models.inputs import lens_and_mask
from d2l_bert.core.objectives.spanbert import SpanColumns
from d2l_bert.core.training.loop import Loss

from .bert import HEAD_NAMES, BERTEncoder, MaskLM, NextSentencePred
from .compat import give_memory_back, mxnet
from .layers import Block, dense, gather, linear, ndarray, predictions
from .losses import linear_cross_entropy
from .text_model import TextModel

np, npx, nn = mxnet.np, mxnet.npx, mxnet.gluon.nn


class SpanBoundary(Block):
    """The head of the span boundary objective: logits from the borders.

    >>> embedding = nn.Embedding(100, 8)
    >>> sbo = SpanBoundary(100, 8, tied_to=embedding)
    >>> for block in (embedding, sbo):
    ...     block.initialize()
    >>> sbo(np.ones((2, 9, 8)), np.array([[0, 4], [2, 0]]),
    ...     np.array([[3, 6], [5, 0]]), np.array([[1, 1], [2, 0]])).shape
    (2, 2, 100)

    Takes the encoder's output (batch_size, len, H), the positions beside the
    span of each prediction, and its place in it, from 1, (batch_size, P).
    Returns logits (batch_size, P, vocab_size). The output matrix is that of
    the Embedding `tied_to`.

    Source: Joshi et al. (2020), section 3.2, equations 1 to 3.
    """

    def __init__(self, vocab_size: int, num_hiddens: int, tied_to: Any,
                 offset_size: int = 200, max_offset: int = 20):
        super().__init__()
        self.max_offset = max_offset
        self.offset_embedding = nn.Embedding(max_offset, offset_size)
        self.mlp = nn.Sequential()
        self.mlp.add(dense(2 * num_hiddens + offset_size, num_hiddens),
                     nn.GELU(), nn.LayerNorm(in_channels=num_hiddens),
                     dense(num_hiddens, num_hiddens), nn.GELU(),
                     nn.LayerNorm(in_channels=num_hiddens))
        # A Dense that shares the embedding's matrix would share its name,
        # and so could not have a bias of its own.
        self.bias = self.params.get('bias', shape=(vocab_size,),
                                    init='zeros')
        self.output = SimpleNamespace(weight=tied_to.weight, bias=self.bias)

    def forward(self, X: ndarray, span_left: ndarray, span_right: ndarray,
                span_offsets: ndarray) -> ndarray:
        rows = numpy.arange(len(X)).repeat(span_left.shape[1])
        h0 = self.inputs(X, rows, *(column.asnumpy().ravel() for column in (
            span_left, span_right, span_offsets)))
        scores = linear(self.mlp(h0), self.output.weight.data(X.ctx),
                        self.bias.data(X.ctx))
        return scores.reshape(*span_left.shape, -1)

    def inputs(self, X: ndarray, rows: numpy.ndarray,
               span_left: numpy.ndarray, span_right: numpy.ndarray,
               span_offsets: numpy.ndarray) -> ndarray:
        """Return h0 = [x_left; x_right; p_offset], (K, 2 H + D).

        Padding has the offset 0, and places that are far into a span share
        the last vector.
        """
        places = np.array((span_offsets - 1).clip(0, self.max_offset - 1),
                          dtype='int32', ctx=X.ctx)
        return np.concatenate([
            gather(X, rows, span_left), gather(X, rows, span_right),
            self.offset_embedding(places)], axis=-1)

    def loss(self, h0: ndarray, labels: numpy.ndarray,
             weights: numpy.ndarray) -> Loss:
        """Return the loss of K predictions, h0 being (K, 2 H + D)."""
        l, correct = linear_cross_entropy(self.mlp(h0), self.output, labels,
                                          weights)
        return Loss(l, float(weights.sum()), correct)


class SpanBERTModel(TextModel):
    """BERT's encoder with the heads of SpanBERT.

    >>> net = SpanBERTModel(100, num_hiddens=8, ffn_num_hiddens=16,
    ...                     num_heads=2, num_blks=2, dropout=0.2)
    >>> net.initialize()
    >>> tokens = np.random.randint(0, 100, (2, 6))
    >>> encoded_X, mlm_Y_hat, nsp_Y_hat, sbo_Y_hat = net(
    ...     tokens, np.zeros_like(tokens), np.array([6, 4]),
    ...     pred_positions=np.array([[3, 4], [1, 0]]),
    ...     span_left=np.array([[2, 2], [0, 0]]),
    ...     span_right=np.array([[5, 5], [2, 0]]),
    ...     span_offsets=np.array([[1, 2], [1, 0]]))
    >>> mlm_Y_hat.shape, nsp_Y_hat, sbo_Y_hat.shape
    ((2, 2, 100), None, (2, 2, 100))

    The first arguments, inputs and errors are those of `BERTEncoder`.
    `boundary` and `next_sentence` say which heads it has besides that of
    masked language modelling. The output matrix of each is the token
    embedding. What is not asked for, or has no head, is None.

    Source: Joshi et al. (2020).
    """

    file_names = (
        *HEAD_NAMES, ('sbo.mlp.0.', 'sbo.dense1.'),
        ('sbo.mlp.2.gamma', 'sbo.norm1.scale'),
        ('sbo.mlp.2.beta', 'sbo.norm1.shift'), ('sbo.mlp.3.', 'sbo.dense2.'),
        ('sbo.mlp.5.gamma', 'sbo.norm2.scale'),
        ('sbo.mlp.5.beta', 'sbo.norm2.shift'), ('sbo.bias', 'sbo.words.bias'))

    def __init__(self, vocab_size: int, num_hiddens: int,
                 ffn_num_hiddens: int, num_heads: int, num_blks: int,
                 dropout: float, max_len: int = 1000, *,
                 positions: str = 'learned', boundary: bool = True,
                 next_sentence: bool = False, offset_size: int = 200,
                 max_offset: int = 20):
        super().__init__(SpanConfig(
            vocab_size, num_hiddens, ffn_num_hiddens, num_heads, num_blks,
            dropout, max_len, positions, boundary, next_sentence,
            offset_size, max_offset))
        self.loss_names = self.config.loss_names
        self.layout = 'single'
        self.encoder = BERTEncoder(
            vocab_size, num_hiddens, ffn_num_hiddens, num_heads, num_blks,
            dropout, max_len, positions=positions)
        embedding = self.encoder.token_embedding
        self.mlm = MaskLM(vocab_size, num_hiddens, embedding)
        self.sbo = SpanBoundary(vocab_size, num_hiddens, embedding,
                                offset_size, max_offset) if boundary else None
        if next_sentence:
            self.hidden = dense(num_hiddens, num_hiddens, activation='tanh')
        self.nsp = NextSentencePred(num_hiddens) if next_sentence else None

    def forward(self, tokens: ndarray, segments: ndarray,
                valid_lens: ndarray | None = None,
                pred_positions: ndarray | None = None,
                attention_mask: ndarray | None = None,
                span_left: ndarray | None = None,
                span_right: ndarray | None = None,
                span_offsets: ndarray | None = None) -> Any:
        encoded_X = self.encoder(tokens, segments, valid_lens,
                                 attention_mask)
        mlm_Y_hat = (None if pred_positions is None
                     else self.mlm(encoded_X, pred_positions))
        nsp_Y_hat = (None if self.nsp is None
                     else self.nsp(self.hidden(encoded_X[:, 0])))
        sbo_Y_hat = (None if self.sbo is None or span_left is None else
                     self.sbo(encoded_X, span_left, span_right,
                              span_offsets))
        return encoded_X, mlm_Y_hat, nsp_Y_hat, sbo_Y_hat

    def losses(self, batch: SpanColumns) -> dict[str, Loss]:
        """Return the summed losses and correct predictions of a batch.

        >>> net = SpanBERTModel(9, 8, 16, num_heads=2, num_blks=1, dropout=0)
        >>> net.initialize()
        >>> losses = net.losses(SpanColumns(*map(np.array, (
        ...     [[1, 5, 2]], [[0, 0, 0]], [3], [[1, 0]], [[1., 0.]],
        ...     [[7, 0]], [[0, 0]], [[2, 0]], [[1, 0]], [[1., 0.]], [1]))))
        >>> {name: loss.weight for name, loss in losses.items()}
        {'mlm': 1.0, 'sbo': 1.0}

        A prediction of weight 0 is neither computed nor counted.
        """
        if mxnet.autograd.is_recording():
            give_memory_back()  # that the steps before have taken
        encoded_X = self.encoder(
            batch.token_ids, batch.segments,
            *lens_and_mask(self, batch.token_ids, batch.valid_lens))
        (rows, positions, labels, mlm_weights, left, right, offsets,
         sbo_weights) = predictions(
             batch.mlm_weights, batch.pred_positions, batch.mlm_labels,
             batch.mlm_weights, batch.span_left, batch.span_right,
             batch.span_offsets, batch.sbo_weights)
        losses = {'mlm': self.mlm.loss(gather(encoded_X, rows, positions),
                                       labels, mlm_weights)}
        if self.sbo is not None:
            losses['sbo'] = self.sbo.loss(
                self.sbo.inputs(encoded_X, rows, left, right, offsets),
                labels, sbo_weights)
        if self.nsp is not None:
            losses['nsp'] = self.nsp.loss(self.hidden(encoded_X[:, 0]),
                                          batch.nsp_labels)
        return losses
