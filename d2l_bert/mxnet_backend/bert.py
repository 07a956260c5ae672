"""BERT in MXNet: the encoder, its two heads, and their losses.

H is num_hiddens, P the number of predictions of an example.

Source: d2l section 15.8; Devlin et al., BERT (2018).
"""

from typing import Any

import numpy

from d2l_bert.core.models.config import (
    Config, EncoderConfig, check_config, check_inputs, sinusoids)
from d2l_bert.core.models.inputs import lens_and_mask
from d2l_bert.core.objectives.columns import Columns
from d2l_bert.core.training.loop import Loss

from .compat import give_memory_back, mxnet
from .layers import (
    Block, TransformerEncoderBlock, dense, gather, make_mask, ndarray,
    positions_like, predictions)
from .losses import linear_cross_entropy
from .text_model import ENCODER_NAMES, TextModel

np, npx, nn = mxnet.np, mxnet.npx, mxnet.gluon.nn

# How the weights of the heads are called in a model file.
HEAD_NAMES = (
    *ENCODER_NAMES, ('mlm.mlp.0.', 'mlm.dense.'),
    ('mlm.mlp.1.gamma', 'mlm.norm.scale'),
    ('mlm.mlp.1.beta', 'mlm.norm.shift'),
    ('mlm.mlp.2.', 'mlm.words.'), ('nsp.output.', 'nsp.'))


class BERTEncoder(Block):
    """Turns each token into a vector that depends on all tokens.

    >>> encoder = BERTEncoder(10000, 768, 1024, num_heads=4, num_blks=2,
    ...                       dropout=0.2)
    >>> encoder.initialize()
    >>> tokens = np.random.randint(0, 10000, (2, 8))
    >>> encoder(tokens, np.zeros_like(tokens), None).shape
    (2, 8, 768)

    Tokens and segments are (batch_size, len) ids. `valid_lens` and
    `attention_mask` say which tokens may be seen: see `layers.make_mask`.
    `positions` is 'learned', as in BERT, or 'sinusoidal', as in the first
    Transformer.

    Raises ValueError for sizes that do not fit together and for a text
    longer than `max_len`.

    Source: d2l section 15.8.3.
    """

    def __init__(self, vocab_size: int, num_hiddens: int,
                 ffn_num_hiddens: int, num_heads: int, num_blks: int,
                 dropout: float, max_len: int = 1000, *,
                 positions: str = 'learned'):
        super().__init__()
        self.config = check_config(EncoderConfig(
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
                valid_lens: ndarray | None = None,
                attention_mask: ndarray | None = None) -> ndarray:
        check_inputs(tokens.shape, segments.shape, self.config)
        X = self.token_embedding(tokens) + self.segment_embedding(segments)
        P = (self.sinusoids.as_in_ctx(X.ctx).astype(X.dtype)
             if self.config.positions == 'sinusoidal'
             else self.pos_embedding.data(X.ctx)[0])  # (max_len, H)
        X = X + positions_like(X, P)
        mask = make_mask(valid_lens, attention_mask, len(X), X.shape[1],
                         self.config.num_heads)
        for blk in self.blks:
            X = blk(X, None, mask)  # (batch, len, H)
        return X


class MaskLM(Block):
    """The head of masked language modelling: logits for masked tokens.

    >>> mlm = MaskLM(vocab_size=100, num_hiddens=8)
    >>> mlm.initialize()
    >>> mlm(np.ones((2, 8, 8)), np.array([[1, 5, 2], [6, 1, 5]])).shape
    (2, 3, 100)

    Takes the encoder's output (batch_size, len, H) and positions
    (batch_size, P); returns logits (batch_size, P, vocab_size). If it is
    `tied_to` an Embedding, they share their matrix.

    Source: d2l section 15.8.4.
    """

    def __init__(self, vocab_size: int, num_hiddens: int,
                 tied_to: Any = None):
        super().__init__()
        self.mlp = nn.Sequential()
        self.mlp.add(dense(num_hiddens, num_hiddens, activation='relu'),
                     nn.LayerNorm(in_channels=num_hiddens),
                     dense(num_hiddens, vocab_size, params=tied_to
                           and tied_to.params))

    def forward(self, X: ndarray, pred_positions: ndarray) -> ndarray:
        columns = pred_positions.astype('int32')
        rows = np.arange(len(X), dtype='int32', ctx=X.ctx).reshape(-1, 1)
        return self.mlp(npx.gather_nd(X, np.stack(  # (batch, P, vocab_size)
            [np.broadcast_to(rows, columns.shape), columns])))

    def loss(self, H: ndarray, labels: numpy.ndarray, weights: numpy.ndarray
             ) -> Loss:
        """Return the loss of K predictions from their vectors, (K, H)."""
        *layers, output = self.mlp
        for layer in layers:
            H = layer(H)
        l, correct = linear_cross_entropy(H, output, labels, weights)
        return Loss(l, float(weights.sum()), correct)


class NextSentencePred(Block):
    """The head of next-sentence prediction: logits for no and yes.

    >>> nsp = NextSentencePred()
    >>> nsp.initialize()
    >>> nsp(np.ones((2, 8))).shape
    (2, 2)

    Takes (batch_size, H), for any H if `num_hiddens` is left out.

    Source: d2l section 15.8.5.
    """

    def __init__(self, num_hiddens: int | None = None):
        super().__init__()
        self.output = nn.Dense(2, in_units=num_hiddens or 0)

    def forward(self, X: ndarray) -> ndarray:
        return self.output(X)

    def loss(self, X: ndarray, labels: ndarray) -> Loss:
        """Return the loss of a batch from its vectors, (batch, H)."""
        Y_hat = self.output(X)  # (batch, 2)
        l = -npx.pick(npx.log_softmax(Y_hat), labels).sum()
        correct = numpy.sum(Y_hat.asnumpy().argmax(1) == labels.asnumpy())
        return Loss(l, len(labels), int(correct))


class BERTModel(TextModel):
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
    and errors are those of `BERTEncoder`; `tied` lets the head of masked
    language modelling use the token embedding as its output matrix, as BERT
    does. `net.config` has the arguments. `net.vocab`, `net.tokenizer` and
    `net.layout` say how the model reads a text; training sets them.

    Source: d2l section 15.8.6.
    """

    loss_names = ('mlm', 'nsp')
    file_names = HEAD_NAMES

    def __init__(self, vocab_size: int, num_hiddens: int,
                 ffn_num_hiddens: int, num_heads: int, num_blks: int,
                 dropout: float, max_len: int = 1000, *,
                 positions: str = 'learned', tied: bool = False):
        super().__init__(Config(
            vocab_size, num_hiddens, ffn_num_hiddens, num_heads, num_blks,
            dropout, max_len, positions, tied))
        self.encoder = BERTEncoder(
            vocab_size, num_hiddens, ffn_num_hiddens, num_heads, num_blks,
            dropout, max_len, positions=positions)
        self.hidden = dense(num_hiddens, num_hiddens, activation='tanh')
        self.mlm = MaskLM(vocab_size, num_hiddens,
                          self.encoder.token_embedding if tied else None)
        self.nsp = NextSentencePred(num_hiddens)

    def forward(self, tokens: ndarray, segments: ndarray,
                valid_lens: ndarray | None = None,
                pred_positions: ndarray | None = None,
                attention_mask: ndarray | None = None) -> Any:
        encoded_X = self.encoder(tokens, segments, valid_lens,
                                 attention_mask)
        mlm_Y_hat = (None if pred_positions is None
                     else self.mlm(encoded_X, pred_positions))
        # '<cls>', at position 0, stands for the whole pair.
        nsp_Y_hat = self.nsp(self.hidden(encoded_X[:, 0]))
        return encoded_X, mlm_Y_hat, nsp_Y_hat

    def losses(self, batch: Columns) -> dict[str, Loss]:
        """Return the summed losses and correct predictions of a batch.

        >>> net = BERTModel(9, 8, 16, num_heads=2, num_blks=1, dropout=0)
        >>> net.initialize()
        >>> losses = net.losses(Columns(*map(np.array, (
        ...     [[1, 5, 2]], [[0, 0, 0]], [3], [[1, 0]], [[1., 0.]],
        ...     [[7, 0]], [1]))))
        >>> losses['mlm'].weight, losses['nsp'].weight
        (1.0, 1)

        A prediction of weight 0 is neither computed nor counted.
        """
        if mxnet.autograd.is_recording():
            give_memory_back()  # that the steps before have taken
        encoded_X = self.encoder(
            batch.token_ids, batch.segments,
            *lens_and_mask(self, batch.token_ids, batch.valid_lens))
        rows, positions, labels, weights = predictions(
            batch.mlm_weights, batch.pred_positions, batch.mlm_labels,
            batch.mlm_weights)
        return {'mlm': self.mlm.loss(gather(encoded_X, rows, positions),
                                     labels, weights),
                'nsp': self.nsp.loss(self.hidden(encoded_X[:, 0]),
                                     batch.nsp_labels)}


def _get_batch_loss_bert(net: Any, loss: Any, vocab_size: int,
                         tokens_X: Any, segments_X: Any, valid_lens_x: Any,
                         pred_positions_X: Any, mlm_weights_X: Any,
                         mlm_Y: Any, nsp_y: Any
                         ) -> tuple[list[ndarray], ...]:
    """Return masked-token losses, next-sentence losses and their sums.

    Each is a list with a number for each shard of a batch, whose last seven
    arguments are lists: one array for each device. An array without a list
    around it is the only shard.

    The first is the weighted mean over predictions, so padding, with weight
    0, changes nothing.

    `net` is a BERTModel, or another network with its inputs and outputs.
    `loss` is a SoftmaxCELoss, or another that returns a number for each row.

    Source: d2l section 15.10.1.
    """
    shards = [column if isinstance(column, (list, tuple)) else [column]
              for column in (tokens_X, segments_X, valid_lens_x,
                             pred_positions_X, mlm_weights_X, mlm_Y, nsp_y)]
    mlm_ls, nsp_ls = [], []
    for shard in map(Columns._make, zip(*shards)):
        losses = (net.losses(shard)
                  if type(net) is BERTModel and _is_plain(loss)
                  else _plain_losses(net, loss, vocab_size, shard))
        mlm_l, nsp_l = (each.sum / (each.weight + 1e-8)
                        for each in losses.values())
        mlm_ls.append(mlm_l)
        nsp_ls.append(nsp_l)
    return mlm_ls, nsp_ls, [mlm_l + nsp_l for mlm_l, nsp_l
                            in zip(mlm_ls, nsp_ls)]


def _is_plain(loss: Any) -> bool:
    return (type(loss) is mxnet.gluon.loss.SoftmaxCrossEntropyLoss
            and loss._axis in (-1, 1) and loss._sparse_label
            and not loss._from_logits and loss._weight in (None, 1))


def _plain_losses(net: Any, loss: Any, vocab_size: int, batch: Columns
                  ) -> dict[str, Loss]:
    """Return the losses of any network, from all logits at once."""
    lens, mask = lens_and_mask(net, batch.token_ids, batch.valid_lens)
    _, mlm_Y_hat, nsp_Y_hat = net(
        batch.token_ids, batch.segments, lens, batch.pred_positions,
        *(() if mask is None else (mask,)))
    each = loss(mlm_Y_hat.reshape(-1, vocab_size),
                batch.mlm_labels.reshape(-1))  # (batch_size * P,)
    weights = batch.mlm_weights
    return {'mlm': Loss((each * weights.reshape(-1)).sum(), weights.sum(), 0),
            'nsp': Loss(loss(nsp_Y_hat, batch.nsp_labels).sum(),
                        len(batch.nsp_labels), 0)}
