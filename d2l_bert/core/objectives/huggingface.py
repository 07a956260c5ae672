"""The same examples under the names that Hugging Face's models take."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..examples.container import Examples
from ..examples.padding import length_mask, mask_of
from ..tokens.vocab import Vocab
from .columns import Columns

IGNORED = -100  # the label that PyTorch's cross-entropy ignores


def huggingface_fields(batch: Columns, vocab: Vocab | None = None,
                       layout: str | None = None) -> dict[str, np.ndarray]:
    """Return a batch as the arguments of BertForPreTraining.

    >>> from .bert import pad_bert_inputs
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

    `vocab` and `layout` are those of the Examples; by default those of the
    batch, which a loader with worker processes does not keep.

    Source: the documentation of transformers.BertForPreTraining.
    """
    labels = np.full_like(batch.token_ids, IGNORED)  # (B, max_len)
    rows, predictions = np.nonzero(batch.mlm_weights)
    positions = batch.pred_positions[rows, predictions]
    labels[rows, positions] = batch.mlm_labels[rows, predictions]
    mask = mask_of(batch.token_ids, layout or batch.layout,
                   vocab or batch.vocab)
    if mask is None:
        mask = length_mask(batch.valid_lens, batch.token_ids.shape[1])
    return {'input_ids': batch.token_ids,
            'token_type_ids': batch.segments,
            'attention_mask': mask.astype(batch.token_ids.dtype),
            'labels': labels,
            'next_sentence_label': 1 - batch.nsp_labels}


class HuggingFaceExamples:
    """Examples as dictionaries: what a backend's Dataset needs for it."""

    as_array: Callable[[np.ndarray], Any]  # of the backend

    def __init__(self, examples: Any):
        self.examples: Examples[Columns] = getattr(examples, 'examples',
                                                   examples)
        weights = self.examples.columns.mlm_weights
        silent = int((weights == 0).all(1).sum())
        if silent:
            warnings.warn(
                f'{silent} of {len(weights)} examples have no prediction; '
                f'the loss of a batch of such examples only is nan, so make '
                f'batches that are large enough, or a higher mlm_ratio',
                stacklevel=2)
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Go on to another epoch, as the Trainer does by itself."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: Any) -> dict[str, Any]:
        single = not isinstance(index, slice) and np.ndim(index) == 0
        fields = huggingface_fields(
            self.examples.in_epoch(self.epoch,
                                   [int(index)] if single else index),
            self.examples.vocab, self.examples.layout)
        return {name: self.as_array(field[0] if single else field)
                for name, field in fields.items()}
