"""BERT in PyTorch: the encoder, its two heads, and their losses.

H is num_hiddens, P the number of predictions of an example.

Source: d2l section 15.8; Devlin et al., BERT (2018).
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from d2l_bert.core.models.config import (
    Config, EncoderConfig, check_config, check_inputs, sinusoids)
from d2l_bert.core.models.inputs import lens_and_mask
from d2l_bert.core.objectives.columns import Columns
from d2l_bert.core.training.loop import Loss

from .layers import TransformerEncoderBlock, make_mask
from .losses import linear_cross_entropy
from .text_model import ENCODER_NAMES, TextModel

# How the weights of the heads are called in a model file.
HEAD_NAMES = (
    *ENCODER_NAMES, ('hidden.0.', 'hidden.'), ('mlm.mlp.0.', 'mlm.dense.'),
    ('mlm.mlp.2.weight', 'mlm.norm.scale'),
    ('mlm.mlp.2.bias', 'mlm.norm.shift'), ('mlm.mlp.3.', 'mlm.words.'),
    ('nsp.output.', 'nsp.'))


class BERTEncoder(nn.Module):
    """Turns each token into a vector that depends on all tokens.

    >>> encoder = BERTEncoder(10000, 768, 1024, num_heads=4, num_blks=2,
    ...                       dropout=0.2)
    >>> tokens = torch.randint(0, 10000, (2, 8))
    >>> encoder(tokens, torch.zeros_like(tokens), None).shape
    torch.Size([2, 8, 768])

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
        self.blks = nn.Sequential(*(
            TransformerEncoderBlock(num_hiddens, ffn_num_hiddens, num_heads,
                                    dropout, True) for _ in range(num_blks)))
        if positions == 'learned':
            self.pos_embedding = nn.Parameter(
                torch.randn(1, max_len, num_hiddens))
        else:  # nothing to learn, and so nothing to save
            self.register_buffer('pos_embedding', torch.from_numpy(
                sinusoids(max_len, num_hiddens))[None], persistent=False)

    def forward(self, tokens: Tensor, segments: Tensor,
                valid_lens: Tensor | None = None,
                attention_mask: Tensor | None = None) -> Tensor:
        check_inputs(tokens.shape, segments.shape, self.config)
        X = self.token_embedding(tokens) + self.segment_embedding(segments)
        X = X + self.pos_embedding[:, :X.shape[1]]  # (batch, len, H)
        mask = make_mask(valid_lens, attention_mask, len(X), X.shape[1],
                         self.config.num_heads)
        for blk in self.blks:
            X = blk(X, None, mask)
        return X


class MaskLM(nn.Module):
    """The head of masked language modelling: logits for masked tokens.

    >>> mlm = MaskLM(vocab_size=100, num_hiddens=8)
    >>> mlm(torch.ones(2, 8, 8), torch.tensor([[1, 5, 2], [6, 1, 5]])).shape
    torch.Size([2, 3, 100])

    Takes the encoder's output (batch_size, len, H) and positions
    (batch_size, P); returns logits (batch_size, P, vocab_size). If it is
    `tied_to` an Embedding, they share their matrix.

    Source: d2l section 15.8.4.
    """

    def __init__(self, vocab_size: int, num_hiddens: int,
                 tied_to: Any = None):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(num_hiddens, num_hiddens),
                                 nn.ReLU(), nn.LayerNorm(num_hiddens),
                                 nn.Linear(num_hiddens, vocab_size))
        if tied_to is not None:  # with the smaller initial weights
            tied_to.weight = self.mlp[-1].weight

    def forward(self, X: Tensor, pred_positions: Tensor) -> Tensor:
        rows = torch.arange(len(X), device=X.device)[:, None]  # (batch, 1)
        return self.mlp(X[rows, pred_positions])  # (batch, P, vocab_size)

    def loss(self, H: Tensor, labels: Tensor, weights: Tensor) -> Loss:
        """Return the loss of K predictions from their vectors, (K, H)."""
        output: Any = self.mlp[-1]
        l, correct = linear_cross_entropy(self.mlp[:-1](H), output, labels,
                                          weights)
        return Loss(l, weights.sum(), correct)


class NextSentencePred(nn.Module):
    """The head of next-sentence prediction: logits for no and yes.

    >>> NextSentencePred()(torch.ones(2, 8)).shape
    torch.Size([2, 2])

    Takes (batch_size, H), for any H if `num_hiddens` is left out.

    Source: d2l section 15.8.5.
    """

    def __init__(self, num_hiddens: int | None = None):
        super().__init__()
        self.output: nn.Linear = (nn.LazyLinear(2) if num_hiddens is None
                                  else nn.Linear(num_hiddens, 2))

    def forward(self, X: Tensor) -> Tensor:
        return self.output(X)

    def loss(self, X: Tensor, labels: Tensor) -> Loss:
        """Return the loss of a batch from its vectors, (batch, H)."""
        Y_hat = self.output(X)  # (batch, 2)
        l = F.cross_entropy(Y_hat, labels, reduction='sum')
        return Loss(l, len(labels), (Y_hat.argmax(1) == labels).sum())


class BERTModel(TextModel):
    """BERT with both of its heads.

    >>> net = BERTModel(100, num_hiddens=8, ffn_num_hiddens=16, num_heads=2,
    ...                 num_blks=2, dropout=0.2)
    >>> tokens = torch.randint(0, 100, (2, 6))
    >>> encoded_X, mlm_Y_hat, nsp_Y_hat = net(
    ...     tokens, torch.zeros_like(tokens), torch.tensor([6, 4]),
    ...     torch.tensor([[1, 4], [2, 3]]))
    >>> encoded_X.shape, mlm_Y_hat.shape, nsp_Y_hat.shape
    (torch.Size([2, 6, 8]), torch.Size([2, 2, 100]), torch.Size([2, 2]))

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
        self.hidden = nn.Sequential(nn.Linear(num_hiddens, num_hiddens),
                                    nn.Tanh())
        self.mlm = MaskLM(vocab_size, num_hiddens,
                          self.encoder.token_embedding if tied else None)
        self.nsp = NextSentencePred(num_hiddens)

    def forward(self, tokens: Tensor, segments: Tensor,
                valid_lens: Tensor | None = None,
                pred_positions: Tensor | None = None,
                attention_mask: Tensor | None = None) -> Any:
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
        >>> losses = net.losses(Columns(*map(torch.tensor, (
        ...     [[1, 5, 2]], [[0, 0, 0]], [3], [[1, 0]], [[1., 0.]],
        ...     [[7, 0]], [1]))))
        >>> losses['mlm'].weight.item(), losses['nsp'].weight
        (1.0, 1)

        A prediction of weight 0 is neither computed nor counted.
        """
        encoded_X = self.encoder(
            batch.token_ids, batch.segments,
            *lens_and_mask(self, batch.token_ids, batch.valid_lens))
        rows, columns = batch.mlm_weights.nonzero(as_tuple=True)
        weights = batch.mlm_weights[rows, columns]  # (K,), K <= batch * P
        positions = batch.pred_positions[rows, columns]
        return {'mlm': self.mlm.loss(encoded_X[rows, positions],
                                     batch.mlm_labels[rows, columns],
                                     weights),
                'nsp': self.nsp.loss(self.hidden(encoded_X[:, 0]),
                                     batch.nsp_labels)}


def _get_batch_loss_bert(net: nn.Module, loss: nn.Module, vocab_size: int,
                         tokens_X: Tensor, segments_X: Tensor,
                         valid_lens_x: Tensor, pred_positions_X: Tensor,
                         mlm_weights_X: Tensor, mlm_Y: Tensor, nsp_y: Tensor
                         ) -> tuple[Tensor, Tensor, Tensor]:
    """Return a batch's masked-token loss, next-sentence loss and their sum.

    The first is the weighted mean over predictions, so padding, with weight
    0, changes nothing. The book averages before it applies the weights, and
    padding counts (d2l-en issue 2582).

    `net` is a BERTModel, or another network with its inputs and outputs.
    `loss` is a CrossEntropyLoss with any reduction.

    Raises TypeError if `loss` has no reduction.

    Source: d2l section 15.10.1.
    """
    alone = isinstance(net, nn.DataParallel) and not net.device_ids
    model: Any = net.module if alone else net
    if type(model) is BERTModel and _is_plain(loss):
        losses = model.losses(Columns(
            tokens_X, segments_X, valid_lens_x, pred_positions_X,
            mlm_weights_X, mlm_Y, nsp_y))
        mlm_l, nsp_l = (each.sum / (each.weight + 1e-8)
                        for each in losses.values())
    else:
        lens, mask = lens_and_mask(getattr(net, 'module', net), tokens_X,
                                   valid_lens_x)
        _, mlm_Y_hat, nsp_Y_hat = net(
            tokens_X, segments_X, lens, pred_positions_X,
            *(() if mask is None else (mask,)))
        each = _each(loss, mlm_Y_hat.reshape(-1, vocab_size),
                     mlm_Y.reshape(-1))  # (batch_size * P,)
        mlm_l = (each @ mlm_weights_X.reshape(-1)) / (
            mlm_weights_X.sum() + 1e-8)
        nsp_l = _each(loss, nsp_Y_hat, nsp_y).mean()
    return mlm_l, nsp_l, mlm_l + nsp_l


def _is_plain(loss: nn.Module) -> bool:
    return (type(loss) is nn.CrossEntropyLoss and loss.weight is None
            and loss.label_smoothing == 0 and loss.ignore_index < 0)


def _each(loss: Any, logits: Tensor, labels: Tensor) -> Tensor:
    """Return the loss of each prediction, whatever the reduction is."""
    if not hasattr(loss, 'reduction'):
        raise TypeError(f'loss must be a module with a reduction, such as '
                        f'CrossEntropyLoss(), not {loss!r}')
    reduction, loss.reduction = loss.reduction, 'none'
    try:
        return loss(logits, labels)
    finally:
        loss.reduction = reduction
