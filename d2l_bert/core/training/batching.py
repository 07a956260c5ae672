"""Which examples make the batch of each step."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np

from ..examples.container import Examples
from ..examples.keyed import keyed_permutation
from ..examples.keys import BATCHES, ORDER

POOL = 8  # batches whose examples are sorted by length together


def batches(examples: Examples[Any], batch_size: int, seed: int,
            done: int = 0, bucket: bool = True) -> Iterator[tuple[int, Any]]:
    """Yield (epoch, batch) without end, in random order.

    >>> from itertools import islice
    >>> from d2l_bert.core import make_examples
    >>> examples = make_examples([['a b', 'c', 'd']], 64)
    >>> [(epoch, batch.token_ids.shape) for epoch, batch
    ...  in islice(batches(examples, 1, seed=0), 4)]
    [(0, (1, 8)), (0, (1, 8)), (1, (1, 8)), (1, (1, 8))]

    With `bucket` the examples of a batch have similar lengths, and it is
    padded to the longest of them only, up to a multiple of 8: the examples
    of each 8 batches are drawn at random, sorted by length and divided, and
    these batches come in random order. Without, any examples make a batch,
    padded to `max_len`.

    The seed and the number of batches that are `done` determine the next
    one, in either framework. Every batch is full: the few examples that
    are left at the end of an epoch are not used in it.
    """
    size = min(batch_size, len(examples))
    per_epoch = len(examples) // size
    lengths = examples.lengths if bucket else None
    for epoch in count(done // per_epoch):
        order = keyed_permutation(seed, ORDER, epoch, len(examples))
        rows = order[:per_epoch * size].reshape(per_epoch, size)
        if lengths is not None:
            rows = _by_length(rows, lengths, keyed_permutation(
                seed, BATCHES, epoch, per_epoch))
        for row in rows[done % per_epoch:]:
            batch = examples.in_epoch(epoch, row)
            yield epoch, batch if lengths is None else batch.shortened()
        done = 0


def _by_length(rows: np.ndarray, lengths: np.ndarray, order: np.ndarray
               ) -> np.ndarray:
    """Sort the examples of each POOL batches into batches by length.

    `rows` (batches, size) are examples, and `order` is a permutation of the
    batches. So 8 steps in a row see texts of all lengths.
    """
    pool = np.arange(rows.size) // (POOL * rows.shape[1])
    flat = rows.ravel()
    flat = flat[np.lexsort((lengths[flat], pool))]
    # In random order, but each pool after the one before.
    order = order[np.argsort(order // POOL, kind='stable')]
    return flat.reshape(rows.shape)[order]


def in_order(examples: Examples[Any], size: int) -> Iterator[Any]:
    """Yield all examples once, the short ones first, at most `size` a batch.

    >>> from d2l_bert.core import Keyed, make_examples
    >>> examples = make_examples([['a ' * 9, 'b', 'c', 'd']], 64,
    ...                          rng=Keyed(2))
    >>> [batch.token_ids.shape for batch in in_order(examples, 2)]
    [(2, 8), (1, 16)]
    """
    lengths = examples.lengths
    order = (np.arange(len(examples)) if lengths is None
             else np.argsort(lengths, kind='stable'))
    for start in range(0, len(examples), size):
        batch = examples[order[start:start + size]]
        yield batch if lengths is None else batch.shortened()


def endlessly(train_iter: Any, num_steps: int) -> Iterator[Any]:
    """Yield `num_steps` batches, repeating the loader if needed.

    >>> ''.join(endlessly('abc', 5))
    'abcab'
    """
    done = 0
    while True:
        before = done
        for batch in train_iter:
            if done == num_steps:
                return
            done += 1
            yield batch
        if done == before:
            raise ValueError('train_iter has no batch (left); give a loader '
                             'that can be iterated again')


def divide(batch: Any, num_parts: int) -> list[Any]:
    """Divide a batch by rows into parts whose sizes differ by at most 1."""
    columns = [np.array_split(column, num_parts) for column in batch]
    return [type(batch)(*rows) for rows in zip(*columns)]
