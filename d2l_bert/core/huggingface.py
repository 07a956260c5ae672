"""The same examples under the names that Hugging Face's models take."""

import numpy as np

from .columns import Columns, real_tokens
from .vocab import PAD

IGNORED = -100  # the label that PyTorch's cross-entropy leaves out


def huggingface_fields(batch: Columns) -> dict[str, np.ndarray]:
    """Return a batch as the arguments of BertForPreTraining.

    >>> from .columns import pad_bert_inputs
    >>> from .vocab import Vocab
    >>> batch = pad_bert_inputs(
    ...     [([5, 3, 6, 4, 6], [1], [7], [0, 0, 0, 1, 1], True)], 7,
    ...     Vocab(['<pad>']))
    >>> fields = huggingface_fields(batch)
    >>> fields['labels'], fields['attention_mask']
    (array([[-100,    7, -100, -100, -100, -100, -100]]), \
array([[1, 1, 1, 1, 1, 0, 0]]))
    >>> fields['next_sentence_label']
    array([0])

    The five fields are int, of the shapes (B, max_len) and, the last one,
    (B,). A label is -100 where nothing is predicted. There 0 means that B
    is the true next sentence and 1 that it is not: the opposite of the
    book's `nsp_labels`.

    Source: the documentation of transformers.BertForPreTraining.
    """
    labels = np.full_like(batch.token_ids, IGNORED)  # (B, max_len)
    rows, predictions = np.nonzero(batch.mlm_weights)
    positions = batch.pred_positions[rows, predictions]
    labels[rows, positions] = batch.mlm_labels[rows, predictions]
    pad = batch.vocab.special(PAD) if batch.vocab else None
    attention_mask = real_tokens(batch.token_ids, batch.valid_lens, pad)
    return {'input_ids': batch.token_ids,
            'token_type_ids': batch.segments,
            'attention_mask': attention_mask.astype(batch.token_ids.dtype),
            'labels': labels,
            'next_sentence_label': 1 - batch.nsp_labels}
