"""Question answering in MXNet: which tokens of a passage are the answer?

Source: Devlin et al., BERT (2018), section 4.2; Joshi et al., SpanBERT
(2020), section 4.1.
"""

from typing import Any

import numpy

from d2l_bert.core.models.config import QAConfig
from d2l_bert.core.models.inputs import lens_and_mask
from d2l_bert.core.objectives.qa import QAColumns
from d2l_bert.core.training.loop import Loss

from .bert import BERTEncoder
from .compat import give_memory_back, mxnet
from .layers import FORBIDDEN, dense, make_mask, ndarray
from .text_model import ENCODER_NAMES, TextModel

np, npx = mxnet.np, mxnet.npx


class QAModel(TextModel):
    """BERT's encoder with two linear classifiers, for start and end.

    >>> net = QAModel(100, num_hiddens=8, ffn_num_hiddens=16, num_heads=2,
    ...               num_blks=2, dropout=0.2)
    >>> net.initialize()
    >>> tokens = np.random.randint(0, 100, (2, 6))
    >>> start_Y_hat, end_Y_hat = net(
    ...     tokens, np.zeros_like(tokens), np.array([6, 4]))
    >>> start_Y_hat.shape, (np.exp(end_Y_hat[1]) > 0).asnumpy().tolist()
    ((2, 6), [True, True, True, True, False, False])

    Returns logits (batch_size, len) that an answer starts and ends at each
    position; they are very small in the padding. Position 0, '<cls>', stands
    for no answer. Arguments, inputs and errors are those of `BERTEncoder`.

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
        self.answer = dense(num_hiddens, 2)

    def forward(self, tokens: ndarray, segments: ndarray,
                valid_lens: ndarray | None = None,
                attention_mask: ndarray | None = None) -> Any:
        encoded_X = self.encoder(tokens, segments, valid_lens,
                                 attention_mask)
        logits = self.answer(encoded_X)  # (batch, len, 2)
        mask = make_mask(valid_lens, attention_mask, *tokens.shape)
        if mask is not None:  # of the keys, which are the positions
            mask = np.broadcast_to(np.expand_dims(mask[:, 0, 0], 2),
                                   logits.shape)
            logits = logits + (1 - mask.astype(logits.dtype)) * FORBIDDEN
        return logits[:, :, 0], logits[:, :, 1]

    def losses(self, batch: QAColumns) -> dict[str, Loss]:
        """Return the summed losses and correct predictions of a batch.

        >>> net = QAModel(9, 8, 16, num_heads=2, num_blks=1, dropout=0)
        >>> net.initialize()
        >>> losses = net.losses(QAColumns(*map(np.array, (
        ...     [[1, 5, 2]], [[0, 0, 0]], [3], [1], [2]))))
        >>> losses['start'].weight, losses['end'].weight
        (1, 1)
        """
        if mxnet.autograd.is_recording():
            give_memory_back()  # that the steps before have taken
        logits = self(batch.token_ids, batch.segments, *lens_and_mask(
            self, batch.token_ids, batch.valid_lens))
        return {name: Loss(
            -npx.pick(npx.log_softmax(Y_hat), labels).sum(), len(labels),
            int(numpy.sum(Y_hat.asnumpy().argmax(1) == labels.asnumpy())))
            for name, Y_hat, labels in zip(
                self.loss_names, logits,
                (batch.answer_starts, batch.answer_ends))}
