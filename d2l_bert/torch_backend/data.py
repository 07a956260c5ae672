"""The core's columns as PyTorch tensors, Dataset and DataLoader."""

import random
from collections.abc import Sequence
from typing import Any

import torch
from torch.utils.data import (
    DataLoader, Dataset, RandomSampler, default_collate)

from d2l_bert.core import columns
from d2l_bert.core.book import BOOK_COLUMNS
from d2l_bert.core.columns import Columns
from d2l_bert.core.corpus import load_paragraphs
from d2l_bert.core.download import PathLike
from d2l_bert.core.examples import (
    EpochSampler, Examples, check_loader_options)
from d2l_bert.core.mlm import MLM_RATIO
from d2l_bert.core.pretraining import check_option_names, make_examples
from d2l_bert.core.reviews import load_reviews, make_review_examples
from d2l_bert.core.sentences import SplitterChoice
from d2l_bert.core.vocab import Vocab


def as_tensors(batch: Columns) -> Columns:
    """Turn columns of NumPy into columns of tensors on the same memory.

    >>> batch = columns.pad_bert_inputs(
    ...     [([1, 2], [0], [2], [0, 0], True)], 4, Vocab(['<pad>']))
    >>> as_tensors(batch).token_ids
    tensor([[1, 2, 0, 0]])
    """
    tensors = Columns(*map(torch.as_tensor, batch))
    tensors.vocab = batch.vocab
    return tensors


def _pad_bert_inputs(examples: Any, max_len: int, vocab: Vocab, *,
                     mlm_ratio: float = MLM_RATIO) -> Columns:
    """Pad examples and stack them: `core.columns.pad_bert_inputs`."""
    return as_tensors(columns.pad_bert_inputs(examples, max_len, vocab,
                                              mlm_ratio=mlm_ratio))


class _ExamplesDataset(Dataset[Columns]):
    """N examples of the core, as tensors.

    It keeps whole columns. `dataset[i]` is one example, and a slice or
    list of numbers gives a batch. Under the book's names, such as
    `dataset.all_token_ids`, it has the columns themselves.
    """

    def __init__(self, examples: Examples):
        self.examples = examples
        self.vocab = examples.vocab

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: Any) -> Columns:
        return as_tensors(self.examples[index])

    def __getitems__(self, indices: list[Any]) -> '_Rows':
        if indices and isinstance(indices[0], tuple):  # from EpochSampler
            epoch = indices[0][0]
            return _Rows(self[epoch, [i for _, i in indices]])
        return _Rows(self[indices])

    def __getattr__(self, name: str) -> Any:
        if name not in BOOK_COLUMNS:
            raise AttributeError(f'a {type(self).__name__} has no {name!r}')
        whole = as_tensors(self.examples.columns)
        return getattr(whole, BOOK_COLUMNS[name])

    def _repr_html_(self) -> str:
        return self.examples._repr_html_()


class _WikiTextDataset(_ExamplesDataset):
    """The pretraining examples of some paragraphs, as tensors.

    >>> dataset = _WikiTextDataset([['the sea rose', 'it fell .']], 12)
    >>> len(dataset), dataset[0].token_ids.shape
    (1, torch.Size([12]))

    It is an `_ExamplesDataset`; `options` are those of
    `core.pretraining.make_examples`.

    Source: d2l section 15.9.2.
    """

    def __init__(self, paragraphs: Sequence[Sequence[str]], max_len: int,
                 **options: Any):
        super().__init__(make_examples(paragraphs, max_len, **options))


class _Rows(Sequence[Columns]):
    """A finished batch that a collate_fn may still read row by row."""

    def __init__(self, batch: Columns):
        self.batch = batch

    def __len__(self) -> int:
        return len(self.batch.token_ids)

    def __getitem__(self, i: Any) -> Columns:
        return Columns(*(column[i] for column in self.batch))


def _collate(rows: Any) -> Columns:
    return rows.batch if isinstance(rows, _Rows) else default_collate(rows)


def make_loader(dataset: _ExamplesDataset, batch_size: int,
                seed: int | None = None, num_workers: int = 0
                ) -> DataLoader[Columns]:
    """Return a loader of whole batches, shuffled in every epoch.

    >>> dataset = _WikiTextDataset([['the sea rose', 'it fell .']], 12)
    >>> [len(batch.token_ids) for batch in make_loader(dataset, 512)]
    [1]

    Raises TypeError for a dataset of another kind.
    """
    check_loader_options(batch_size, num_workers, seed)
    if not isinstance(dataset, _ExamplesDataset):
        raise TypeError(f'make_loader takes a _WikiTextDataset, not a '
                        f'{type(dataset).__name__}')
    generator = (None if seed is None
                 else torch.Generator().manual_seed(int(seed)))
    sampler: Any = RandomSampler(dataset, generator=generator)
    if dataset.examples.masked_anew:
        sampler = EpochSampler(sampler)
    return DataLoader(dataset, batch_size, sampler=sampler,
                      num_workers=num_workers, collate_fn=_collate,
                      generator=generator)


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

    `corpus` is 'wikitext-2', 'tiny' or the path of a text, and `data_dir`
    a folder to find WikiText-2 in. With a `seed` the examples, their
    order and all masks are the same every time; without, they follow
    `random` and `torch.manual_seed`. `sentence_splitter` is 'period', 'nltk',
    'spacy', 'spacy:PIPELINE' or a function; `core.sentences` says more.
    `options` are those of `core.pretraining.make_examples`: tokenizer,
    min_freq, dupe_factor, strict_negatives, mlm_ratio, mlm_probs,
    strict_masking and dynamic_masking. A batch is `core.columns.Columns`,
    which says what is in it.

    Raises FileNotFoundError if there is no such text, DownloadError if it
    cannot be fetched, and ValueError or TypeError for bad options.

    Source: d2l section 15.9.2.
    """
    check_loader_options(batch_size, num_workers, seed)
    check_option_names(options)
    rng = random if seed is None else random.Random(int(seed))
    paragraphs = load_paragraphs(corpus, data_dir, rng, sentence_splitter)
    dataset = _WikiTextDataset(paragraphs, max_len, rng=rng, **options)
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

    `reviews` are texts of your own. Otherwise rows `ds_from` to `ds_to`
    are read from `data_dir`: a CSV file with a column 'review', or a
    folder that holds imdb-1000.csv or imdb/imdb-1000.csv, by default the
    one that D2L_BERT_DATA names. With a `seed` all is the same every
    time; without, it follows `random` and `torch.manual_seed`. `options` are
    those of `core.reviews.make_review_examples`: percentile, min_freq,
    mlm_ratio, mlm_probs and dynamic_masking.

    Padding stands inside the examples. So attention goes by
    `core.columns.attention_mask(batch.token_ids, vocab['[PAD]'])` and not
    by valid_lens, which only counts.

    Raises FileNotFoundError if there is no such file, and ValueError or
    TypeError for bad options and for a file that holds no reviews.

    Source: the article that `core.reviews` names.
    """
    check_loader_options(batch_size, num_workers, seed)
    check_option_names(options, make_review_examples, 'load_data_imdb')
    rng = random if seed is None else random.Random(int(seed))
    examples = make_review_examples(
        load_reviews(reviews, data_dir, ds_from, ds_to), rng=rng,
        **options)
    dataset = _ExamplesDataset(examples)
    return make_loader(dataset, batch_size, seed, num_workers), dataset.vocab
