"""N examples of any objective, masked once or again in every epoch.

An objective's examples are the arrays of a NamedTuple, its columns, whose
first axis is N. Everything here goes through the names of that tuple.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Generic, TypeVar

import numpy as np

from ..tokens.vocab import Vocab
from ..tokens.words import Tokenizer, tokenize

C = TypeVar('C', bound=Any)  # the columns of an objective
# From columns, an epoch and the numbers of the examples to masked columns.
MaskAgain = Callable[[C, int, np.ndarray], C]


class Examples(Collection[C], Generic[C]):
    """N examples, and how their text was turned into token ids.

    `examples[i]` is one example, `examples[2:5]` and `examples[[7, 1]]`
    are batches, each as columns of NumPy arrays, copied; `columns` is all
    of them at once, without a copy. `vocab` and `tokenizer` made the token
    ids; `layout` is 'pair', with the padding at the end, or 'halves', with
    the padding at the end of each half. `num_pairs` sentence pairs were
    drawn, and `num_dropped` of them did not fit `max_len` and are not
    among the N; `num_cut` sentences did not, and are cut into several. `seed`
    is that of keyed randomness, if it drew them.

    With `mask_again` the masks are dynamic: `examples[epoch, i]` depends on
    the seed, the epoch and `numbers[i]` alone, so it is the same in any
    order, in any batch and in any worker process. `examples[i]`, and
    `columns`, are then those of epoch 0. Source: "dynamic masking" in
    RoBERTa (Liu et al., 2019), section 4.1.
    """

    def __init__(self, columns: C, vocab: Vocab, num_pairs: int, *,
                 tokenizer: Tokenizer = tokenize, layout: str = 'pair',
                 mask_again: MaskAgain[C] | None = None,
                 numbers: np.ndarray | None = None,
                 seed: int | None = None, num_cut: int = 0):
        self.vocab, self.tokenizer, self.layout = vocab, tokenizer, layout
        self.num_pairs, self.num_cut = num_pairs, num_cut
        self._columns = self._shown(columns)
        self._locked = [_locked(column) for column in self._columns]
        self._mask_again = mask_again
        self.numbers = np.arange(len(self)) if numbers is None else numbers
        self.seed = seed

    @property
    def dynamic_masking(self) -> bool:
        """Whether each epoch has new masks."""
        return self._mask_again is not None

    @property
    def columns(self) -> C:
        """All N examples; with dynamic masks, those of epoch 0."""
        return self[:] if self.dynamic_masking else self._columns

    @property
    def num_dropped(self) -> int:
        """How many pairs were too long for `max_len`."""
        return self.num_pairs - len(self)

    @property
    def max_len(self) -> int:
        """The number of tokens that each example is padded to."""
        # T5's noise makes a text shorter.
        return self.in_epoch(0, slice(1)).token_ids.shape[1]

    @property
    def lengths(self) -> np.ndarray | None:
        """The tokens of each example, (N,), or None.

        None means that padding stands between the tokens, or that these
        columns do not tell.
        """
        lengths = getattr(self._columns, 'lengths', None)
        return None if lengths is None else lengths()

    def select(self, index: slice | Sequence[int]) -> 'Examples[C]':
        """Return some of the examples as Examples of their own.

        With dynamic masks, each keeps the masks that it has here.
        """
        rows = _as_array(index)
        return Examples(
            self._rows(rows), self.vocab, len(self.numbers[rows]),
            tokenizer=self.tokenizer, layout=self.layout,
            mask_again=self._mask_again, numbers=self.numbers[rows],
            seed=self.seed)

    def read_only(self, i: int) -> C:
        """Return `examples[i]` without a copy: it cannot be written to."""
        if self._mask_again is not None:
            return self[i]
        return self._shown(self._columns._make(
            [column[i] for column in self._locked]))

    def in_epoch(self, epoch: int, index: Any) -> C:
        """Return `examples[epoch, index]`, or those without an epoch.

        The same call then serves static and dynamic masks.
        """
        return self[(epoch, index) if self.dynamic_masking else index]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items()
                if name != '_locked'}  # or the arrays would be copied twice

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._columns = self._shown(self._columns)
        self._locked = [_locked(column) for column in self._columns]

    def __len__(self) -> int:
        return len(self._columns.token_ids)

    def __iter__(self) -> Iterator[C]:
        return (self[i] for i in range(len(self)))

    def __contains__(self, example: object) -> bool:
        raise TypeError('examples are found by number: examples[i]')

    def __getitem__(self, index: Any) -> C:
        if not self.dynamic_masking:
            if isinstance(index, tuple):
                raise TypeError(
                    'examples[epoch, i] is for dynamic_masking=True; these '
                    'are the same in every epoch: examples[i]')
            return self._rows(index)
        epoch, index = index if isinstance(index, tuple) else (0, index)
        if np.ndim(index) == 0 and not isinstance(index, slice):
            batch = self[epoch, [index]]
            return self._shown(batch._make(column[0] for column in batch))
        index = _as_array(index)
        assert self._mask_again is not None
        return self._shown(self._mask_again(self._rows(index), epoch,
                                            self.numbers[index]))

    def _rows(self, index: Any) -> C:
        """Return copies of the rows of all columns."""
        index = _as_array(index)  # once, not for each column
        return self._shown(self._columns._make(
            _rows(column, index) for column in self._columns))

    def _shown(self, columns: C) -> C:
        """Let columns show themselves in words, in Jupyter, if they can."""
        if hasattr(columns, 'vocab'):
            columns.vocab, columns.layout = self.vocab, self.layout
        return columns

    def _repr_html_(self) -> str:
        return self[:3]._repr_html_()


def _rows(column: np.ndarray, index: Any) -> np.ndarray:
    """Return a copy of `column[index]`."""
    if isinstance(index, np.ndarray) and index.dtype.kind == 'i':
        return column.take(index, axis=0)  # takes half the time
    return column[index].copy()


def _locked(column: np.ndarray) -> np.ndarray:
    """Return a view that cannot be written to."""
    view = column.view()
    view.flags.writeable = False
    return view


def _as_array(index: Any) -> Any:
    """Return a list of numbers as an array, and other indices as they are."""
    if isinstance(index, list):
        return np.asarray(index, None if index else int)
    return index


def join_examples(parts: Sequence[Examples[C]]) -> Examples[C]:
    """Return the examples of several in a row, as one.

    They must have the same vocabulary, length and layout, and their masks
    are not dynamic. Raises ValueError otherwise.
    """
    first = parts[0]
    for part in parts:
        if (part.vocab.idx_to_token != first.vocab.idx_to_token
                or part.max_len != first.max_len
                or part.layout != first.layout):
            raise ValueError('only examples with the same vocabulary, '
                             'max_len and layout can be joined')
        if part.dynamic_masking:
            raise ValueError('examples with dynamic masks cannot be joined; '
                             'make them without dynamic_masking')
    columns = first.columns._make(map(np.concatenate, zip(*(
        part.columns for part in parts))))
    return Examples(columns, first.vocab,
                    sum(part.num_pairs for part in parts),
                    tokenizer=first.tokenizer, layout=first.layout)
