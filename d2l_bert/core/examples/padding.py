"""Rows of different lengths -> arrays, padded at the right."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from ..tokens.vocab import PAD, Vocab


def length_mask(lens: npt.ArrayLike, width: int) -> np.ndarray:
    """Return a mask (N, width): True for elements, False for padding.

    >>> length_mask([2, 1], 3)
    array([[ True,  True, False],
           [ True, False, False]])
    """
    lens = np.asarray(lens)
    return np.arange(width, dtype=lens.dtype) < lens[..., None]


def attention_mask(token_ids: Any, pad: int) -> Any:
    """Return a mask: True for tokens, False for padding.

    >>> attention_mask(np.array([[0, 7, 1, 3, 0, 8]]), pad=1)
    array([[ True,  True, False,  True,  True,  True]])

    For arrays of any framework, and for padding between the tokens, where
    `valid_lens` cannot say which positions are padding.
    """
    return token_ids != pad


def mask_of(token_ids: Any, layout: str, vocab: Vocab | None) -> Any:
    """Return the attention mask of a batch, or None if lengths will do.

    >>> mask_of(np.array([[0, 7, 1, 3]]), 'halves',
    ...         Vocab.of_tokens(['<unk>', '<pad>']))
    array([[ True,  True, False,  True]])

    In the layouts 'pair' and 'single' all padding is at the end, and
    valid_lens tells where. Token ids may be arrays of any framework.
    """
    if layout != 'halves':
        return None
    if vocab is None:
        raise ValueError("a mask of the layout 'halves' needs the vocabulary, "
                         "which says which token is padding")
    return attention_mask(token_ids, vocab.special(PAD))


def pad_flat(flat: Any, lens: Any, width: int, fill: Any,
             dtype: Any) -> np.ndarray:
    """Cut one long row into rows of these lengths, padded at the right.

    >>> pad_flat([1, 2, 3], [2, 0, 1], 3, 0, 'int64')
    array([[1, 2, 0],
           [0, 0, 0],
           [3, 0, 0]])
    """
    padded = np.full((len(lens), width), fill, dtype)  # (N, width)
    padded[length_mask(lens, width)] = flat
    return padded


def pad_rows(rows: Sequence[Sequence[Any]], width: int, fill: Any,
             dtype: Any) -> np.ndarray:
    """Stack rows of different lengths into one array, padded at the right.

    >>> pad_rows([[1, 2], [], [3]], 3, 0, 'int64')
    array([[1, 2, 0],
           [0, 0, 0],
           [3, 0, 0]])
    """
    lens = np.fromiter(map(len, rows), np.int64, len(rows))
    flat = np.fromiter(chain.from_iterable(rows), dtype, int(lens.sum()))
    return pad_flat(flat, lens, width, fill, dtype)
