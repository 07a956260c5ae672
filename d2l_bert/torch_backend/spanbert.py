"""SpanBERT in PyTorch: BERT's encoder, and predictions from borders.

H is num_hiddens, D the size of the vector of a place in a span, P the number
of predictions of an example, K those of a batch.

Source: Joshi et al., SpanBERT (2020), section 3.2.
"""

from typing import Any

import torch
from torch import Tensor, nn

from d2l_bert.core.models.config import SpanConfig
from d2l_bert.core.models.inputs import lens_and_mask
from d2l_bert.core.objectives.spanbert import SpanColumns
from d2l_bert.core.training.loop import Loss

from .bert import HEAD_NAMES, BERTEncoder, MaskLM, NextSentencePred
from .losses import linear_cross_entropy
from .text_model import TextModel


class SpanBoundary(nn.Module):
    """The head of the span boundary objective: logits from the borders.

    >>> sbo = SpanBoundary(100, 8, tied_to=nn.Embedding(100, 8))
    >>> sbo(torch.ones(2, 9, 8), torch.tensor([[0, 4], [2, 0]]),
    ...     torch.tensor([[3, 6], [5, 0]]), torch.tensor([[1, 1], [2, 0]])
    ...     ).shape
    torch.Size([2, 2, 100])

    Takes the encoder's output (batch_size, len, H), the positions beside the
    span of each prediction, and its place in it, from 1, (batch_size, P).
    Returns logits (batch_size, P, vocab_size). The output matrix is that of
    the Embedding `tied_to`.

    Source: Joshi et al. (2020), section 3.2, equations 1 to 3.
    """

    def __init__(self, vocab_size: int, num_hiddens: int, tied_to: Any,
                 offset_size: int = 200, max_offset: int = 20):
        super().__init__()
        self.offset_embedding = nn.Embedding(max_offset, offset_size)
        self.mlp = nn.Sequential(
            nn.Linear(2 * num_hiddens + offset_size, num_hiddens), nn.GELU(),
            nn.LayerNorm(num_hiddens),
            nn.Linear(num_hiddens, num_hiddens), nn.GELU(),
            nn.LayerNorm(num_hiddens), nn.Linear(num_hiddens, vocab_size))
        self.mlp[-1].weight = tied_to.weight

    def forward(self, X: Tensor, span_left: Tensor, span_right: Tensor,
                span_offsets: Tensor) -> Tensor:
        rows = torch.arange(len(X), device=X.device)[:, None]  # (batch, 1)
        return self.mlp(self.inputs(X, rows, span_left, span_right,
                                    span_offsets))

    def inputs(self, X: Tensor, rows: Tensor, span_left: Tensor,
               span_right: Tensor, span_offsets: Tensor) -> Tensor:
        """Return h0 = [x_left; x_right; p_offset], (..., 2 H + D).

        Padding has the offset 0, and places that are far into a span share
        the last vector.
        """
        places = (span_offsets - 1).clamp(
            0, self.offset_embedding.num_embeddings - 1)
        return torch.cat([X[rows, span_left], X[rows, span_right],
                          self.offset_embedding(places)], dim=-1)

    def loss(self, h0: Tensor, labels: Tensor, weights: Tensor) -> Loss:
        """Return the loss of K predictions, h0 being (K, 2 H + D)."""
        output: Any = self.mlp[-1]
        l, correct = linear_cross_entropy(self.mlp[:-1](h0), output, labels,
                                          weights)
        return Loss(l, weights.sum(), correct)


class SpanBERTModel(TextModel):
    """BERT's encoder with the heads of SpanBERT.

    >>> net = SpanBERTModel(100, num_hiddens=8, ffn_num_hiddens=16,
    ...                     num_heads=2, num_blks=2, dropout=0.2)
    >>> tokens = torch.randint(0, 100, (2, 6))
    >>> encoded_X, mlm_Y_hat, nsp_Y_hat, sbo_Y_hat = net(
    ...     tokens, torch.zeros_like(tokens), torch.tensor([6, 4]),
    ...     pred_positions=torch.tensor([[3, 4], [1, 0]]),
    ...     span_left=torch.tensor([[2, 2], [0, 0]]),
    ...     span_right=torch.tensor([[5, 5], [2, 0]]),
    ...     span_offsets=torch.tensor([[1, 2], [1, 0]]))
    >>> mlm_Y_hat.shape, nsp_Y_hat, sbo_Y_hat.shape
    (torch.Size([2, 2, 100]), None, torch.Size([2, 2, 100]))

    The first arguments, inputs and errors are those of `BERTEncoder`.
    `boundary` and `next_sentence` say which heads it has besides that of
    masked language modelling. The output matrix of each is the token
    embedding. What is not asked for, or has no head, is None.

    Source: Joshi et al. (2020).
    """

    file_names = (
        *HEAD_NAMES, ('sbo.mlp.0.', 'sbo.dense1.'),
        ('sbo.mlp.2.weight', 'sbo.norm1.scale'),
        ('sbo.mlp.2.bias', 'sbo.norm1.shift'), ('sbo.mlp.3.', 'sbo.dense2.'),
        ('sbo.mlp.5.weight', 'sbo.norm2.scale'),
        ('sbo.mlp.5.bias', 'sbo.norm2.shift'), ('sbo.mlp.6.', 'sbo.words.'))

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
            self.hidden = nn.Sequential(nn.Linear(num_hiddens, num_hiddens),
                                        nn.Tanh())
        self.nsp = NextSentencePred(num_hiddens) if next_sentence else None

    def forward(self, tokens: Tensor, segments: Tensor,
                valid_lens: Tensor | None = None,
                pred_positions: Tensor | None = None,
                attention_mask: Tensor | None = None,
                span_left: Tensor | None = None,
                span_right: Tensor | None = None,
                span_offsets: Tensor | None = None) -> Any:
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
        >>> losses = net.losses(SpanColumns(*map(torch.tensor, (
        ...     [[1, 5, 2]], [[0, 0, 0]], [3], [[1, 0]], [[1., 0.]],
        ...     [[7, 0]], [[0, 0]], [[2, 0]], [[1, 0]], [[1., 0.]], [1]))))
        >>> {name: loss.weight.item() for name, loss in losses.items()}
        {'mlm': 1.0, 'sbo': 1.0}

        A prediction of weight 0 is neither computed nor counted.
        """
        encoded_X = self.encoder(
            batch.token_ids, batch.segments,
            *lens_and_mask(self, batch.token_ids, batch.valid_lens))
        rows, columns = batch.mlm_weights.nonzero(as_tuple=True)  # (K,)
        (positions, labels, mlm_weights, left, right, offsets, sbo_weights
         ) = (column[rows, columns] for column in (
             batch.pred_positions, batch.mlm_labels, batch.mlm_weights,
             batch.span_left, batch.span_right, batch.span_offsets,
             batch.sbo_weights))
        losses = {'mlm': self.mlm.loss(encoded_X[rows, positions], labels,
                                       mlm_weights)}
        if self.sbo is not None:
            losses['sbo'] = self.sbo.loss(
                self.sbo.inputs(encoded_X, rows, left, right, offsets),
                labels, sbo_weights)
        if self.nsp is not None:
            losses['nsp'] = self.nsp.loss(self.hidden(encoded_X[:, 0]),
                                          batch.nsp_labels)
        return losses
