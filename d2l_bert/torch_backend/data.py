"""The core's columns as PyTorch tensors, Dataset and DataLoader."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset, RandomSampler
from torch.utils.data._utils.collate import default_collate_fn_map

from d2l_bert.core.checks import check_loader_options
from d2l_bert.core.examples.dataset import EpochSampler, ExamplesDataset
from d2l_bert.core.files import PathLike
from d2l_bert.core.objectives import bert
from d2l_bert.core.objectives.columns import Columns
from d2l_bert.core.objectives.huggingface import HuggingFaceExamples
from d2l_bert.core.objectives.mlm import MLM_RATIO
from d2l_bert.core.objectives.reviews import load_review_examples
from d2l_bert.core.text.sentences import SplitterChoice
from d2l_bert.core.tokens.vocab import Vocab


def as_tensors(columns: Any) -> Any:
    """Turn columns of NumPy into tensors that share their memory.

    >>> batch = bert.pad_bert_inputs(
    ...     [([1, 2], [0], [2], [0, 0], True)], 4, Vocab(['<pad>']))
    >>> as_tensors(batch).token_ids
    tensor([[1, 2, 0, 0]])
    """
    tensors = columns._make(map(torch.as_tensor, columns))
    tensors.vocab, tensors.layout = columns.vocab, columns.layout
    return tensors


def _pad_bert_inputs(examples: Any, max_len: int, vocab: Vocab, *,
                     mlm_ratio: float = MLM_RATIO) -> Columns:
    """Pad examples and stack them: `core.pad_bert_inputs`."""
    return as_tensors(bert.pad_bert_inputs(examples, max_len, vocab,
                                           mlm_ratio=mlm_ratio))


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


class _Rows(Sequence[Columns]):
    """A finished batch that a collate_fn may still read row by row."""

    def __init__(self, batch: Columns):
        self.batch = batch

    def __len__(self) -> int:
        return len(self.batch.token_ids)

    def __getitem__(self, i: Any) -> Columns:
        return Columns(*(column[i] for column in self.batch))


def _collate(rows: Any, **kw: Any) -> Columns:
    if isinstance(rows, _Rows):
        return rows.batch
    return Columns(*map(torch.stack, zip(*rows)))


# DataLoaders look here for the type of a row. So the book's own line,
# DataLoader(train_set, batch_size, shuffle=True), takes whole batches too.
default_collate_fn_map[Columns] = _collate


def make_loader(dataset: _ExamplesDataset, batch_size: int,
                seed: int | None = None, num_workers: int = 0
                ) -> DataLoader[Columns]:
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
    generator = (None if seed is None
                 else torch.Generator().manual_seed(int(seed)))
    sampler: Any = RandomSampler(dataset, generator=generator)
    if dataset.examples.dynamic_masking:
        sampler = EpochSampler(sampler)
    return DataLoader(dataset, batch_size, sampler=sampler,
                      num_workers=num_workers, generator=generator)


def load_data_wiki(
        batch_size: int, max_len: int, *,
        corpus: PathLike = 'wikitext-2', data_dir: PathLike | None = None,
        seed: int | None = None, num_workers: int = 0,
        sentence_splitter: SplitterChoice = 'period', **options: Any
) -> tuple[DataLoader[Columns], Vocab]:
    """Load a text as shuffled batches of pretraining examples.

    >>> train_iter, vocab = load_data_wiki(512, 64, corpus='tiny', seed=0)
    >>> batch = next(iter(train_iter))
    >>> batch.token_ids.shape, batch.pred_positions.shape
    (torch.Size([512, 64]), torch.Size([512, 10]))

    Without a `seed` the order follows `torch.manual_seed`. `num_workers` are
    processes that fetch batches; none is the fastest. The other arguments
    and the errors are those of `core.load_examples`. A batch is
    `core.Columns`.

    Source: d2l section 15.9.2.
    """
    check_loader_options(batch_size, num_workers, seed)
    dataset = _ExamplesDataset(bert.load_examples(
        max_len, corpus=corpus, data_dir=data_dir, seed=seed,
        sentence_splitter=sentence_splitter, **options))
    return make_loader(dataset, batch_size, seed, num_workers), dataset.vocab


def load_data_imdb(
        batch_size: int = 12, *, reviews: Sequence[str] | None = None,
        data_dir: PathLike | None = None, ds_from: int = 0,
        ds_to: int | None = 1000, seed: int | None = None,
        num_workers: int = 0, **options: Any
) -> tuple[DataLoader[Columns], Vocab]:
    """Load film reviews as shuffled batches of examples of two halves.

    >>> text = 'The sea rose high today. It fell again. It will rise again.'
    >>> train_iter, vocab = load_data_imdb(4, reviews=[text] * 9, seed=0)
    >>> batch = next(iter(train_iter))
    >>> batch.token_ids.shape, vocab.to_tokens([0, 1, 2, 3, 4])
    (torch.Size([4, 11]), ['[CLS]', '[PAD]', '[MASK]', '[SEP]', '[UNK]'])

    Without a `seed` the order follows `torch.manual_seed`. The other
    arguments and the errors are those of `core.load_review_examples`.

    Padding stands inside the examples. So attention needs
    `core.attention_mask(batch.token_ids, vocab['[PAD]'])`; valid_lens only
    counts. `pretrain` does this itself.

    Source: the article that `core.objectives.reviews` names.
    """
    check_loader_options(batch_size, num_workers, seed)
    dataset = _ExamplesDataset(load_review_examples(
        reviews=reviews, data_dir=data_dir, ds_from=ds_from, ds_to=ds_to,
        seed=seed, **options))
    return make_loader(dataset, batch_size, seed, num_workers), dataset.vocab


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
