"""N examples to take batches from, masked once or anew in every epoch."""

import random
from array import array
from collections.abc import (
    Callable, Collection, Iterable, Iterator, Sequence)
from numbers import Integral
from typing import Any

import numpy as np

from . import mlm
from .columns import Columns, filled, pad_flat
from .randomness import Rng
from .vocab import MASK, Vocab


MAX_SEED = 2 ** 32 - 1  # NumPy's, and so MXNet's

# Masks unmasked examples, each by the generator that it is given.
MaskAll = Callable[[Columns, Iterable[Rng]], Columns]


class Masking:
    """Masks rows of token ids, in place, by the rules of `mlm`.

    >>> vocab = Vocab(['sea'], reserved_tokens=['<cls>', '<mask>', '<sep>'])
    >>> nothing = np.zeros((1, 0), int)
    >>> columns = Columns(np.array([[0, 3, 2, 3, 2, 0, 0, 0]]), nothing,
    ...                   np.array([5.]), nothing, nothing, nothing, nothing)
    >>> masked = Masking(vocab, max_len=8)(columns, [random.Random(0)])
    >>> masked.token_ids, masked.pred_positions, masked.mlm_labels
    (array([[0, 1, 2, 3, 2, 0, 0, 0]]), array([[1]]), array([[3]]))
    """

    def __init__(self, vocab: Vocab, max_len: int,
                 mlm_ratio: float = mlm.MLM_RATIO,
                 mlm_probs: Sequence[float] = mlm.MLM_PROBS,
                 strict_masking: bool = False):
        mlm.check_mlm_options(mlm_ratio, mlm_probs)
        self.mlm_ratio, self.mlm_probs = mlm_ratio, mlm_probs
        self.num_preds = mlm.get_num_mlm_preds(max_len, mlm_ratio)
        self.mask = vocab.special(MASK)
        self.words = vocab[mlm.random_words(vocab, strict_masking)]
        written = (vocab.spelling.get(token, token)
                   for token in mlm.never_predicted(strict_masking))
        self.never_predicted = [vocab[token] for token in written
                                if token in vocab]

    def draw(self, tokens: Sequence[int], candidates: np.ndarray,
             valid_len: int, rng: Rng) -> list[tuple[int, int]]:
        """Draw the (position, new token) of one example, in rising order.

        `candidates` (max_len,) tells which tokens may be predicted.
        """
        return sorted(mlm.draw_replacements(
            tokens, candidates.nonzero()[0].tolist(),
            mlm.get_num_mlm_preds(valid_len, self.mlm_ratio), self.mask,
            self.words, rng, self.mlm_probs))

    def __call__(self, columns: Columns, rngs: Iterable[Rng]) -> Columns:
        """Mask the token ids, in place, and say what stood there.

        `columns` are N examples in which nothing is predicted yet. `rngs`
        gives each its generator, which may be the same one every time.
        """
        token_ids = columns.token_ids  # (N, max_len)
        valid_lens = columns.valid_lens.astype(int).tolist()
        may_be_predicted = (filled(valid_lens, token_ids.shape[1])
                            & ~np.isin(token_ids, self.never_predicted))
        positions, new_tokens, lens = array('i'), array('i'), []
        for rng, row, candidates, valid_len in zip(
                rngs, token_ids, may_be_predicted, valid_lens):
            drawn = self.draw(row, candidates, valid_len, rng)
            lens.append(len(drawn))
            for position, new_token in drawn:
                positions.append(position)
                new_tokens.append(new_token)
        predicted = filled(lens, self.num_preds)  # (N, P)
        pred_positions = pad_flat(positions, lens, self.num_preds, 0,
                                  token_ids.dtype)  # (N, P)
        mlm_labels = np.where(predicted, np.take_along_axis(
            token_ids, pred_positions, axis=1), 0)  # (N, P)
        rows = predicted.nonzero()[0]
        token_ids[rows, pred_positions[predicted]] = new_tokens
        return columns._replace(
            pred_positions=pred_positions, mlm_labels=mlm_labels,
            mlm_weights=predicted.astype(np.float32))


class Examples(Collection[Columns]):
    """N examples, masked once, and the Vocab of their ids.

    `examples[i]` is one example, `examples[2:5]` and `examples[[7, 1]]`
    are batches, each as `Columns` of NumPy arrays, copied; `columns` is
    all of them at once, without a copy. `num_pairs` sentence pairs were
    drawn, and `num_dropped` of them did not fit `max_len` and are not
    among the N.
    """

    masked_anew = False  # in every epoch?

    def __init__(self, columns: Columns, vocab: Vocab, num_pairs: int):
        columns.vocab = vocab
        self._columns = columns
        self.vocab = vocab
        self.num_pairs = num_pairs

    @property
    def columns(self) -> Columns:
        """All N examples as seven columns."""
        return self._columns

    @property
    def num_dropped(self) -> int:
        """How many pairs were too long for `max_len`."""
        return self.num_pairs - len(self)

    @property
    def max_len(self) -> int:
        """The number of tokens that each example is padded to."""
        return self._columns.token_ids.shape[1]

    def __len__(self) -> int:
        return len(self._columns.token_ids)

    def __iter__(self) -> Iterator[Columns]:
        return (self[i] for i in range(len(self)))

    def __contains__(self, example: object) -> bool:
        raise TypeError('examples are found by number: examples[i]')

    def __getitem__(self, index: Any) -> Columns:
        if isinstance(index, tuple):
            raise TypeError('examples[epoch, i] is for dynamic_masking=True; '
                            'these are the same in every epoch: examples[i]')
        if isinstance(index, list) and index:
            index = np.asarray(index)  # once, not for every column
        batch = Columns(*(_rows(column, index) for column in self._columns))
        batch.vocab = self.vocab
        return batch

    def _repr_html_(self) -> str:
        return self[:3]._repr_html_()


def _rows(column: np.ndarray, index: Any) -> np.ndarray:
    """Return a copy of `column[index]`."""
    if isinstance(index, np.ndarray) and index.dtype.kind == 'i':
        return column.take(index, axis=0)  # takes half the time
    return column[index].copy()


class RemaskedExamples(Examples):
    """N examples that are masked anew in every epoch.

    `examples[epoch, i]` depends on the seed, the epoch and i alone, so
    it is the same in any order, in any batch and in any worker process.
    `examples[i]`, and `columns`, are as they are in epoch 0.

    Source: "dynamic masking" in RoBERTa (Liu et al., 2019), section 4.1.
    """

    masked_anew = True

    def __init__(self, columns: Columns, vocab: Vocab, num_pairs: int,
                 masking: MaskAll, seed: int):
        super().__init__(columns, vocab, num_pairs)
        self.masking, self.seed = masking, seed

    @property
    def columns(self) -> Columns:
        """All N examples as they are in epoch 0."""
        return self[:]

    def __getitem__(self, index: Any) -> Columns:
        epoch, index = index if isinstance(index, tuple) else (0, index)
        chosen = np.arange(len(self))[index]
        if chosen.ndim == 0:
            rows = self[epoch, [int(chosen)]]
            batch = Columns(*(column[0] for column in rows))
        else:
            rngs = (random.Random(f'{self.seed},{epoch},{i}')
                    for i in chosen.tolist())
            batch = self.masking(super().__getitem__(chosen), rngs)
        batch.vocab = self.vocab
        return batch


class EpochSampler:
    """Pairs what a sampler gives with the number of the pass, from 0.

    >>> sampler = EpochSampler([5, 3])
    >>> list(sampler), list(sampler)
    ([(0, 5), (0, 3)], [(1, 5), (1, 3)])

    It stays in the main process, so workers need not be told the epoch.
    """

    def __init__(self, sampler: Any):
        self.sampler = sampler
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.sampler)

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        epoch, self.epoch = self.epoch, self.epoch + 1
        return ((epoch, item) for item in self.sampler)


def check_loader_options(batch_size: int, num_workers: int,
                         seed: int | None = None) -> None:
    """Raise ValueError for a loader that could give no batch.

    >>> check_loader_options(0, 0)
    Traceback (most recent call last):
    ...
    ValueError: batch_size must be a whole number of at least 1, not 0
    """
    for name, value, least in (('batch_size', batch_size, 1),
                               ('num_workers', num_workers, 0)):
        if not isinstance(value, Integral) or value < least:
            raise ValueError(f'{name} must be a whole number of at least '
                             f'{least}, not {value!r}')
    if seed is not None and not (isinstance(seed, Integral)
                                 and 0 <= seed <= MAX_SEED):
        raise ValueError(f'seed must be None or a whole number from 0 to '
                         f'{MAX_SEED}, not {seed!r}')
