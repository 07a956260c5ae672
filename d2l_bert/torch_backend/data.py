"""The core's columns as PyTorch tensors, Dataset and DataLoader."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset, RandomSampler
from torch.utils.data._utils.collate import default_collate_fn_map

from d2l_bert.core.examples.dataset import (
    EpochSampler, ExamplesDataset, KeyedSampler)
from d2l_bert.core.objectives import bert
from d2l_bert.core.objectives.columns import Columns
from d2l_bert.core.objectives.huggingface import HuggingFaceExamples


def as_tensors(columns: Any) -> Any:
    """Turn columns of NumPy into tensors that share their memory.

    >>> from d2l_bert.core import Vocab
    >>> batch = bert.pad_bert_inputs(
    ...     [([1, 2], [0], [2], [0, 0], True)], 4, Vocab(['<pad>']))
    >>> as_tensors(batch).token_ids
    tensor([[1, 2, 0, 0]])
    """
    tensors = columns._make(map(torch.as_tensor, columns))
    if hasattr(columns, 'vocab'):
        tensors.vocab, tensors.layout = columns.vocab, columns.layout
    return tensors


class _ExamplesDataset(ExamplesDataset, Dataset[Columns]):
    """N examples of the core, as tensors."""

    as_arrays = staticmethod(as_tensors)

    def __getitems__(self, indices: list[Any]) -> '_Rows':
        if indices and isinstance(indices[0], tuple):  # from EpochSampler
            epoch = indices[0][0]
            return _Rows(self[epoch, [i for _, i in indices]])
        return _Rows(self[indices])


class _WikiTextDataset(_ExamplesDataset):
    """The pretraining examples of some paragraphs, as tensors.

    >>> dataset = _WikiTextDataset([['the sea rose', 'it fell .']], 12)
    >>> len(dataset), dataset[0].token_ids.shape
    (1, torch.Size([12]))

    `dataset[i]` is one example, and a slice or list of numbers gives a
    batch; `dataset.all_token_ids` and the book's other names are whole
    columns. `options` are those of `core.make_examples`.

    Source: d2l section 15.9.2.
    """

    def __init__(self, paragraphs: Sequence[Sequence[str]], max_len: int,
                 **options: Any):
        super().__init__(bert.make_examples(paragraphs, max_len, **options))


class _Rows(Sequence[Any]):
    """A finished batch that a collate_fn may still read row by row."""

    def __init__(self, batch: Any):
        self.batch = batch
        # DataLoaders look here for the type of a row. So the book's own
        # line, DataLoader(train_set, batch_size, shuffle=True), takes whole
        # batches too.
        default_collate_fn_map[type(batch)] = _collate

    def __len__(self) -> int:
        return len(self.batch[0])

    def __getitem__(self, i: Any) -> Any:
        return self.batch._make(column[i] for column in self.batch)


def _collate(rows: Any, **kw: Any) -> Any:
    if isinstance(rows, _Rows):
        return rows.batch
    return rows[0]._make(map(torch.stack, zip(*rows)))


def loader(dataset: _ExamplesDataset, batch_size: int, seed: int | None,
           num_workers: int) -> DataLoader[Columns]:
    """Return a loader of whole batches: `Backend.make_loader`."""
    generator = (None if seed is None
                 else torch.Generator().manual_seed(int(seed)))
    sampler: Any = RandomSampler(dataset, generator=generator)
    if dataset.examples.seed is not None:
        sampler = KeyedSampler(len(dataset), dataset.examples.seed)
    if dataset.examples.dynamic_masking:
        sampler = EpochSampler(sampler)
    return DataLoader(dataset, batch_size, sampler=sampler,
                      num_workers=num_workers, generator=generator)


class HuggingFaceDataset(HuggingFaceExamples, Dataset[Any]):
    """Examples for `transformers.BertForPreTraining`, or its Trainer.

    >>> from d2l_bert.core import load_paragraphs, make_examples
    >>> dataset = HuggingFaceDataset(make_examples(load_paragraphs('tiny'),
    ...                                            max_len=64))
    >>> sorted(dataset[0])
    ['attention_mask', 'input_ids', 'labels', 'next_sentence_label', \
'token_type_ids']

    `dataset[i]` is one example; a slice or list of numbers is a batch,
    ready for `model(**batch)`. The Trainer, which needs the package
    accelerate, takes it as `train_dataset`. The model's BertConfig needs
    `vocab_size=len(vocab)` and `pad_token_id=vocab['<pad>']`. `examples`
    may also be the Dataset of a loader. With dynamic masking `set_epoch`
    gives new masks.
    """

    as_array = staticmethod(torch.as_tensor)
