"""The seven columns of a BERT example: names, shapes, dtypes, padding."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .mlm import MLM_RATIO, get_num_mlm_preds
from .vocab import PAD, Vocab


class _Fields(NamedTuple):
    token_ids: Any
    segments: Any
    valid_lens: Any
    pred_positions: Any
    mlm_weights: Any
    mlm_labels: Any
    nsp_labels: Any


class Columns(_Fields):
    """Seven arrays that together are N examples, in the book's order.

        token_ids       (N, max_len)  int
        segments        (N, max_len)  int      0, then 1 from B to its end
        valid_lens      (N,)          float32  tokens that are not padding
        pred_positions  (N, P)        int      rising, then 0
        mlm_weights     (N, P)        float32  1 for a prediction, then 0
        mlm_labels      (N, P)        int      ids of the tokens hidden
        nsp_labels      (N,)          int      1 = the true next sentence

    P is round(0.15 * max_len). A single example has no first axis. The
    arrays are NumPy's, PyTorch's or MXNet's; int is int64, in MXNet int32.
    It unpacks like the book's tuple, and in Jupyter it shows itself, with
    words if `vocab` is set.

    >>> example = pad_bert_inputs(
    ...     [([1, 3, 0, 2, 5, 2], [2], [4], [0, 0, 0, 0, 1, 1], True)], 8,
    ...     Vocab(reserved_tokens=['<pad>']))
    >>> example.mlm_labels
    array([[4]])
    >>> example.shapes()['token_ids']
    (1, 8)
    """

    # For display only: it neither counts in comparisons nor travels with
    # a batch from a worker process or into a copy.
    vocab: Vocab | None = None

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each column by its name."""
        return {name: tuple(column.shape)
                for name, column in zip(self._fields, self)}

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(self)

    def _repr_html_(self) -> str:
        from .display import columns_html  # only when something is shown
        return columns_html(self)


def filled(lens: npt.ArrayLike, width: int) -> np.ndarray:
    """Tell where rows of these lengths hold elements when padded.

    >>> filled([2, 1], 3)
    array([[ True,  True, False],
           [ True, False, False]])
    """
    return np.arange(width) < np.asarray(lens)[:, None]  # (N, width)


def attention_mask(token_ids: Any, pad: int) -> Any:
    """Tell, with 1 and 0, which tokens are not padding.

    >>> attention_mask(np.array([[0, 7, 1, 3, 0, 8]]), pad=1)
    array([[1, 1, 0, 1, 1, 1]])

    For arrays of any framework, and for padding that stands between the
    tokens, where `valid_lens` cannot say it.
    """
    return (token_ids != pad) * 1


def real_tokens(token_ids: np.ndarray, valid_lens: npt.ArrayLike,
                pad: int | None) -> np.ndarray:
    """Tell where the tokens of some examples stand, N rows or a single one.

    >>> real_tokens(np.array([[0, 7, 1, 3], [0, 1, 3, 1]]), [3, 3], pad=1)
    array([[ True,  True, False,  True],
           [ True,  True,  True, False]])

    The padding of the first row stands inside it. The second row holds
    the pad token as a word: 3 tokens count, but only 2 are not `pad`.
    """
    lens = np.asarray(valid_lens)[..., None]
    not_pad = token_ids != pad
    prefix = np.arange(token_ids.shape[-1]) < lens
    return np.where(not_pad.sum(-1, keepdims=True) == lens, not_pad, prefix)


def pad_flat(flat: Any, lens: Any, width: int, fill: Any,
             dtype: Any) -> np.ndarray:
    """Cut one long row into rows of these lengths, padded at the right.

    >>> pad_flat([1, 2, 3], [2, 0, 1], 3, 0, 'int64')
    array([[1, 2, 0],
           [0, 0, 0],
           [3, 0, 0]])
    """
    padded = np.full((len(lens), width), fill, dtype)  # (N, width)
    padded[filled(lens, width)] = flat
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


def pad_bert_inputs(
        examples: Iterable[tuple[Sequence[int], Sequence[int], Sequence[int],
                                 Sequence[int], bool]],
        max_len: int, vocab: Vocab, *, mlm_ratio: float = MLM_RATIO,
        int_dtype: Any = np.int64) -> Columns:
    """Pad examples to `max_len` tokens and stack them into seven columns.

    An example is (token_ids, pred_positions, mlm_label_ids, segments,
    is_next), as the book has it.

    >>> vocab = Vocab(reserved_tokens=['<pad>'])
    >>> columns = pad_bert_inputs(
    ...     [([5, 3, 6, 4, 6], [1], [7], [0, 0, 0, 1, 1], True)], 8, vocab)
    >>> columns.token_ids, columns.segments
    (array([[5, 3, 6, 4, 6, 0, 0, 0]]), array([[0, 0, 0, 1, 1, 0, 0, 0]]))

    Raises ValueError for an example that does not fit, before any work.

    Source: d2l section 15.9.2.
    """
    examples = list(examples)
    num_preds = get_num_mlm_preds(max_len, mlm_ratio)
    for i, (token_ids, pred_positions, *_) in enumerate(examples):
        if len(token_ids) > max_len or len(pred_positions) > num_preds:
            raise ValueError(
                f'example {i} has {len(token_ids)} tokens and '
                f'{len(pred_positions)} predictions, but max_len={max_len} '
                f'holds {max_len} and {num_preds}; raise max_len, drop the '
                f'example, or pass the mlm_ratio that it was masked with')
    token_ids, positions, label_ids, segments, is_next = (
        zip(*examples) if examples else ((),) * 5)
    num_predicted = [len(row) for row in positions]
    return Columns(
        pad_rows(token_ids, max_len, vocab.special(PAD), int_dtype),
        pad_rows(segments, max_len, 0, int_dtype),
        np.fromiter(map(len, token_ids), np.float32, len(examples)),
        pad_rows(positions, num_preds, 0, int_dtype),
        filled(num_predicted, num_preds).astype(np.float32),
        pad_rows(label_ids, num_preds, 0, int_dtype),
        np.array(is_next, int_dtype))
