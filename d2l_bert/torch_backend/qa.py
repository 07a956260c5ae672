"""Question answering in PyTorch: which tokens of a passage are the answer?

Source: Devlin et al., BERT (2018), section 4.2; Joshi et al., SpanBERT
(2020), section 4.1.
"""

from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from d2l_bert.core.models.config import QAConfig
from d2l_bert.core.models.inputs import lens_and_mask
from d2l_bert.core.objectives.qa import QAColumns
from d2l_bert.core.training.loop import Loss

from .bert import BERTEncoder
from .layers import make_mask
from .text_model import ENCODER_NAMES, TextModel


class QAModel(TextModel):
    """BERT's encoder with two linear classifiers, for start and end.

    >>> import torch
    >>> net = QAModel(100, num_hiddens=8, ffn_num_hiddens=16, num_heads=2,
    ...               num_blks=2, dropout=0.2)
    >>> tokens = torch.randint(0, 100, (2, 6))
    >>> start_Y_hat, end_Y_hat = net(
    ...     tokens, torch.zeros_like(tokens), torch.tensor([6, 4]))
    >>> start_Y_hat.shape, end_Y_hat[1].exp().gt(0).tolist()
    (torch.Size([2, 6]), [True, True, True, True, False, False])

    Returns logits (batch_size, len) that an answer starts and ends at each
    position; they are -inf in the padding. Position 0, '<cls>', stands for
    no answer. Arguments, inputs and errors are those of `BERTEncoder`.

    Source: Joshi et al. (2020), section 4.1.
    """

    loss_names = ('start', 'end')
    file_names = ENCODER_NAMES

    def __init__(self, vocab_size: int, num_hiddens: int,
                 ffn_num_hiddens: int, num_heads: int, num_blks: int,
                 dropout: float, max_len: int = 1000, *,
                 positions: str = 'learned'):
        super().__init__(QAConfig(
            vocab_size, num_hiddens, ffn_num_hiddens, num_heads, num_blks,
            dropout, max_len, positions))
        self.encoder = BERTEncoder(
            vocab_size, num_hiddens, ffn_num_hiddens, num_heads, num_blks,
            dropout, max_len, positions=positions)
        self.answer = nn.Linear(num_hiddens, 2)

    def forward(self, tokens: Tensor, segments: Tensor,
                valid_lens: Tensor | None = None,
                attention_mask: Tensor | None = None) -> Any:
        encoded_X = self.encoder(tokens, segments, valid_lens,
                                 attention_mask)
        logits = self.answer(encoded_X)  # (batch, len, 2)
        mask = make_mask(valid_lens, attention_mask, *tokens.shape)
        if mask is not None:  # of the keys, which are the positions
            logits = logits.masked_fill(~mask[:, 0, 0, :, None], -float('inf'))
        return logits.unbind(2)

    def losses(self, batch: QAColumns) -> dict[str, Loss]:
        """Return the summed losses and correct predictions of a batch.

        >>> import torch
        >>> net = QAModel(9, 8, 16, num_heads=2, num_blks=1, dropout=0)
        >>> losses = net.losses(QAColumns(*map(torch.tensor, (
        ...     [[1, 5, 2]], [[0, 0, 0]], [3], [1], [2]))))
        >>> losses['start'].weight, losses['end'].weight
        (1, 1)
        """
        logits = self(batch.token_ids, batch.segments, *lens_and_mask(
            self, batch.token_ids, batch.valid_lens))
        return {name: Loss(F.cross_entropy(Y_hat, labels, reduction='sum'),
                           len(labels), (Y_hat.argmax(1) == labels).sum())
                for name, Y_hat, labels in zip(
                    self.loss_names, logits,
                    (batch.answer_starts, batch.answer_ends))}
