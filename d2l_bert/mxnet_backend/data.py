"""The core's columns as MXNet arrays, Dataset and DataLoader."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy

from d2l_bert.core.examples.dataset import (
    EpochSampler, ExamplesDataset, KeyedSampler)
from d2l_bert.core.objectives import bert
from d2l_bert.core.objectives.columns import Columns

from .compat import mxnet


def as_arrays(columns: Any) -> Any:
    """Turn columns of NumPy into columns of MXNet.

    >>> from d2l_bert.core import Vocab
    >>> batch = bert.pad_bert_inputs(
    ...     [([1, 2], [0], [2], [0, 0], True)], 4, Vocab(['<pad>']))
    >>> as_arrays(batch).mlm_weights
    array([[1.]])
    """
    arrays = columns._make(mxnet.np.array(column, dtype=column.dtype.name)
                           for column in columns)
    if hasattr(columns, 'vocab'):
        arrays.vocab, arrays.layout = columns.vocab, columns.layout
    return arrays


class _ExamplesDataset(ExamplesDataset, mxnet.gluon.data.Dataset):
    """N examples of the core, as MXNet arrays.

    A single example has NumPy's arrays, to be read only. gluon's DataLoader,
    which asks for one after the other, stacks these much faster than MXNet's.
    """

    as_arrays = staticmethod(as_arrays)

    def __getitem__(self, index: Any) -> Columns:
        if isinstance(index, int | numpy.integer):
            return self.examples.read_only(int(index))
        if isinstance(index, mxnet.np.ndarray):
            index = index.asnumpy()
        return super().__getitem__(index)


class _WikiTextDataset(_ExamplesDataset):
    """The pretraining examples of some paragraphs, as MXNet arrays.

    >>> dataset = _WikiTextDataset([['the sea rose', 'it fell .']], 12)
    >>> len(dataset), dataset[0].token_ids.shape
    (1, (12,))

    `dataset[i]` is one example, in arrays of NumPy, and a slice or list of
    numbers gives a batch; `dataset.all_token_ids` and the book's other
    names are whole columns. `options` are those of `core.make_examples`.

    Source: d2l section 15.9.2.
    """

    def __init__(self, paragraphs: Sequence[Sequence[str]], max_len: int,
                 **options: Any):
        super().__init__(bert.make_examples(
            paragraphs, max_len, int_dtype=numpy.int32, **options))


class _Shuffled:
    """The numbers of the examples, shuffled in each epoch by NumPy."""

    def __init__(self, num_examples: int, seed: int | None):
        self.num_examples = num_examples
        # gluon's own RandomSampler shuffles with numpy.random, too.
        self.rng: Any = (numpy.random if seed is None
                         else numpy.random.RandomState(seed))

    def __len__(self) -> int:
        return self.num_examples

    def __iter__(self) -> Iterator[int]:
        order = numpy.arange(self.num_examples)
        self.rng.shuffle(order)
        return iter(order.tolist())


class _AsOneItem:
    """Lets gluon's loader ask the dataset once for each batch.

    The loader looks up each item of a batch and gives the list of results
    to batchify_fn. Here a batch is a single item.
    """

    def __init__(self, batches: Any):
        self.batches = batches

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[list[Any]]:
        return ([batch] for batch in self.batches)

    @staticmethod
    def batchify(found: list[Columns]) -> Columns:
        """Return the only item."""
        return found[0]


def loader(dataset: _ExamplesDataset, batch_size: int, seed: int | None,
           num_workers: int) -> mxnet.gluon.data.DataLoader:
    """Return a loader of whole batches: `Backend.make_loader`."""
    examples = dataset.examples
    sampler = (_Shuffled(len(dataset), seed) if examples.seed is None
               else KeyedSampler(len(dataset), examples.seed))
    batches: Any = mxnet.gluon.data.BatchSampler(sampler, batch_size, 'keep')
    if examples.dynamic_masking:
        batches = EpochSampler(batches)
    loader = mxnet.gluon.data.DataLoader(
        dataset, batch_sampler=_AsOneItem(batches), num_workers=num_workers,
        batchify_fn=_AsOneItem.batchify)
    loader.dataset = dataset  # the same name as in PyTorch
    return loader
