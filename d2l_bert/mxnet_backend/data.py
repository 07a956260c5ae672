"""The core's columns as MXNet arrays, Dataset and DataLoader."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy

from d2l_bert.core.checks import check_loader_options
from d2l_bert.core.examples.dataset import EpochSampler, ExamplesDataset
from d2l_bert.core.files import PathLike
from d2l_bert.core.objectives import bert
from d2l_bert.core.objectives.columns import Columns
from d2l_bert.core.objectives.mlm import MLM_RATIO
from d2l_bert.core.objectives.reviews import load_review_examples
from d2l_bert.core.text.sentences import SplitterChoice
from d2l_bert.core.tokens.vocab import Vocab

from .compat import mxnet


def as_arrays(columns: Any) -> Any:
    """Turn columns of NumPy into columns of MXNet.

    >>> batch = bert.pad_bert_inputs(
    ...     [([1, 2], [0], [2], [0, 0], True)], 4, Vocab(['<pad>']))
    >>> as_arrays(batch).mlm_weights
    array([[1.]])
    """
    arrays = columns._make(mxnet.np.array(column, dtype=column.dtype.name)
                           for column in columns)
    arrays.vocab, arrays.layout = columns.vocab, columns.layout
    return arrays


def _pad_bert_inputs(examples: Any, max_len: int, vocab: Vocab, *,
                     mlm_ratio: float = MLM_RATIO) -> Columns:
    """Pad examples and stack them: `core.pad_bert_inputs`."""
    return as_arrays(bert.pad_bert_inputs(
        examples, max_len, vocab, mlm_ratio=mlm_ratio,
        int_dtype=numpy.int32))


class _ExamplesDataset(ExamplesDataset, mxnet.gluon.data.Dataset):
    """N examples of the core, as MXNet arrays.

    A single example is a view on NumPy's arrays. gluon's DataLoader, which
    asks for them one by one, stacks them many times faster than MXNet's.
    """

    as_arrays = staticmethod(as_arrays)

    def __getitem__(self, index: Any) -> Columns:
        if isinstance(index, int | numpy.integer):
            return self.examples.view(int(index))
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


class _ShuffledBatches:
    """Shuffles the numbers of the examples, and divides them."""

    def __init__(self, num_examples: int, batch_size: int, seed: int | None):
        self.num_examples, self.batch_size = num_examples, batch_size
        # gluon's own RandomSampler shuffles with numpy.random, too.
        self.rng: Any = (numpy.random if seed is None
                         else numpy.random.RandomState(seed))

    def __len__(self) -> int:
        return -(-self.num_examples // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        order = numpy.arange(self.num_examples)
        self.rng.shuffle(order)
        return (order[start:start + self.batch_size] for start
                in range(0, self.num_examples, self.batch_size))


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


def make_loader(dataset: _ExamplesDataset, batch_size: int,
                seed: int | None = None, num_workers: int = 0
                ) -> mxnet.gluon.data.DataLoader:
    """Return a loader of whole batches, shuffled in every epoch.

    >>> dataset = _WikiTextDataset([['the sea rose', 'it fell .']], 12)
    >>> [len(batch.token_ids) for batch in make_loader(dataset, 512)]
    [1]

    Raises TypeError for another kind of dataset.
    """
    check_loader_options(batch_size, num_workers, seed)
    if not isinstance(dataset, _ExamplesDataset):
        raise TypeError(f'make_loader takes a _WikiTextDataset, not a '
                        f'{type(dataset).__name__}')
    batches: Any = _ShuffledBatches(len(dataset), batch_size, seed)
    if dataset.examples.dynamic_masking:
        batches = EpochSampler(batches)
    loader = mxnet.gluon.data.DataLoader(
        dataset, batch_sampler=_AsOneItem(batches), num_workers=num_workers,
        batchify_fn=_AsOneItem.batchify)
    loader.dataset = dataset  # the same name as in PyTorch
    return loader


def load_data_wiki(
        batch_size: int, max_len: int, *,
        corpus: PathLike = 'wikitext-2', data_dir: PathLike | None = None,
        seed: int | None = None, num_workers: int = 0,
        sentence_splitter: SplitterChoice = 'period', **options: Any
) -> tuple[mxnet.gluon.data.DataLoader, Vocab]:
    """Load a text as shuffled batches of pretraining examples.

    >>> train_iter, vocab = load_data_wiki(512, 64, corpus='tiny', seed=0)
    >>> batch = next(iter(train_iter))
    >>> batch.token_ids.shape, batch.pred_positions.shape
    ((512, 64), (512, 10))

    Without a `seed` the order follows `numpy.random`. `num_workers` are
    processes that fetch batches; none is the fastest. The other arguments
    and the errors are those of `core.load_examples`. A batch is
    `core.Columns`.

    Source: d2l section 15.9.2.
    """
    check_loader_options(batch_size, num_workers, seed)
    dataset = _ExamplesDataset(bert.load_examples(
        max_len, corpus=corpus, data_dir=data_dir, seed=seed,
        sentence_splitter=sentence_splitter, int_dtype=numpy.int32,
        **options))
    return make_loader(dataset, batch_size, seed, num_workers), dataset.vocab


def load_data_imdb(
        batch_size: int = 12, *, reviews: Sequence[str] | None = None,
        data_dir: PathLike | None = None, ds_from: int = 0,
        ds_to: int | None = 1000, seed: int | None = None,
        num_workers: int = 0, **options: Any
) -> tuple[mxnet.gluon.data.DataLoader, Vocab]:
    """Load film reviews as shuffled batches of examples of two halves.

    >>> text = 'The sea rose high today. It fell again. It will rise again.'
    >>> train_iter, vocab = load_data_imdb(4, reviews=[text] * 9, seed=0)
    >>> batch = next(iter(train_iter))
    >>> batch.token_ids.shape, vocab.to_tokens([0, 1, 2, 3, 4])
    ((4, 11), ['[CLS]', '[PAD]', '[MASK]', '[SEP]', '[UNK]'])

    Without a `seed` the order follows `numpy.random`. The other arguments and
    the errors are those of `core.load_review_examples`.

    Padding stands inside the examples. So attention needs
    `core.attention_mask(batch.token_ids, vocab['[PAD]'])`; valid_lens only
    counts. `pretrain` does this itself.

    Source: the article that `core.objectives.reviews` names.
    """
    check_loader_options(batch_size, num_workers, seed)
    dataset = _ExamplesDataset(load_review_examples(
        reviews=reviews, data_dir=data_dir, ds_from=ds_from, ds_to=ds_to,
        seed=seed, int_dtype=numpy.int32, **options))
    return make_loader(dataset, batch_size, seed, num_workers), dataset.vocab
