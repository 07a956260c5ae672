"""What the Datasets and loaders of both backends have in common."""

from collections.abc import Callable, Iterator
from typing import Any

from .container import Examples
from .keyed import keyed_permutation
from .keys import ORDER

# The book's Dataset keeps its columns under these names.
BOOK_COLUMNS = {'all_token_ids': 'token_ids',
                'all_segments': 'segments',
                'valid_lens': 'valid_lens',
                'all_pred_positions': 'pred_positions',
                'all_mlm_weights': 'mlm_weights',
                'all_mlm_labels': 'mlm_labels',
                'nsp_labels': 'nsp_labels'}


class ExamplesDataset:
    """What the Datasets of both backends have in common.

    It keeps whole columns: `dataset[i]` is one example, and a slice or list
    of numbers gives a batch. `dataset[epoch, i]` is for dynamic masks.
    """

    # From columns of NumPy to those of the backend.
    as_arrays: Callable[[Any], Any]

    def __init__(self, examples: Examples[Any]):
        self.examples = examples
        self.vocab = examples.vocab

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: Any) -> Any:
        return self.as_arrays(self.examples[index])

    def __getattr__(self, name: str) -> Any:
        book_name = BOOK_COLUMNS.get(name)
        if book_name is None:
            raise AttributeError(f'a {type(self).__name__} has no {name!r}')
        return getattr(self.as_arrays(self.examples.columns), book_name)

    def _repr_html_(self) -> str:
        return self.examples._repr_html_()


class KeyedSampler:
    """The numbers of N examples, in an order that depends on the epoch.

    >>> sampler = KeyedSampler(3, seed=0)
    >>> list(sampler), list(sampler)
    ([1, 2, 0], [0, 1, 2])

    The order is that of `keyed_permutation`, so it is the same in any
    framework.
    """

    def __init__(self, num_examples: int, seed: int):
        self.num_examples, self.seed = num_examples, seed
        self.epoch = 0

    def __len__(self) -> int:
        return self.num_examples

    def __iter__(self) -> Iterator[int]:
        epoch, self.epoch = self.epoch, self.epoch + 1
        return iter(keyed_permutation(self.seed, ORDER, epoch,
                                      self.num_examples).tolist())


class EpochSampler:
    """Pairs what a sampler gives with the number of the epoch, from 0.

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
