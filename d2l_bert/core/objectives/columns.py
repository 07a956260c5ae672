"""The seven columns of a BERT example: names, shapes, dtypes, padding.

Plain Python: the rule for one example. `bert.pad_bert_inputs` does the same
for many, with NumPy.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..tokens.vocab import PAD, Vocab
from .mlm import MLM_RATIO, get_num_mlm_preds


class TokenColumns:
    """What the columns of every objective have in common.

    They are a NamedTuple that has `token_ids` and `valid_lens`, and most have
    `segments`. In Jupyter they show themselves, with words if `vocab` is set.
    `per_token` names the columns with a value for each token of the inputs.
    `sequences` names those that are sequences of tokens, for objectives that
    have several.
    """

    per_token: tuple[str, ...] = ('token_ids', 'segments')
    sequences: tuple[str, ...] = ()

    # For display only: they do not count in comparisons and do not travel
    # with a batch from a worker process or into a copy.
    vocab: Vocab | None = None
    layout: str = 'pair'

    def shapes(self: Any) -> dict[str, tuple[int, ...]]:
        """Return the shape of each column by its name."""
        return {name: tuple(column.shape)
                for name, column in zip(self._fields, self)}

    def lengths(self: Any) -> Any:
        """Return the number of tokens before the padding, (N,).

        Returns None in the layout 'halves', where padding is not at the end.
        """
        return None if self.layout == 'halves' else self.valid_lens

    def shortened(self: Any, multiple: int = 8) -> Any:
        """Return the batch without padding that all its examples have.

        >>> import numpy as np
        >>> ids = np.ones((2, 64), int)
        >>> batch = Columns(ids, ids, np.array([9., 12.]), *[None] * 4)
        >>> batch.shortened().token_ids.shape
        (2, 16)

        The new length is a multiple of `multiple`, or the old one. All
        predictions stay.
        """
        if self.layout == 'halves' or not len(self.token_ids):
            return self
        length = -(-int(self.valid_lens.max()) // multiple) * multiple
        batch = self._replace(**{name: getattr(self, name)[:, :length]
                                 for name in self.per_token})
        batch.vocab, batch.layout = self.vocab, self.layout
        return batch

    def __reduce__(self: Any) -> tuple[Any, ...]:
        return type(self), tuple(self)

    def _repr_html_(self) -> str:
        from ..examples.display import columns_html  # only when needed
        return columns_html(self)


class _Fields(NamedTuple):
    token_ids: Any
    segments: Any
    valid_lens: Any
    pred_positions: Any
    mlm_weights: Any
    mlm_labels: Any
    nsp_labels: Any


class Columns(TokenColumns, _Fields):
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

    >>> vocab = Vocab(reserved_tokens=['<pad>'])
    >>> pad_example([1, 3, 0, 2, 5, 2], [2], [4], [0, 0, 0, 0, 1, 1], True,
    ...             8, vocab).mlm_labels
    [4]
    """

    meanings = {
        'token_ids': 'what the model reads, then padding',
        'segments': '0 in A, 1 in B, then 0',
        'valid_lens': 'number of tokens without padding',
        'pred_positions': 'positions to predict, then 0',
        'mlm_weights': '1 for each prediction, then 0',
        'mlm_labels': 'ids of the true tokens there, then 0',
        'nsp_labels': '1 if B is the sentence that follows A'}

    def loss_weights(self) -> dict[str, float]:
        """Return the weight of each loss: predicted tokens, and pairs.

        >>> vocab = Vocab(reserved_tokens=['<pad>'])
        >>> example = pad_example([1, 2], [1], [2], [0, 0], True, 20, vocab)
        >>> batch = Columns(*([column] for column in example))
        >>> import numpy as np
        >>> Columns(*map(np.array, batch)).loss_weights()
        {'mlm': 1.0, 'nsp': 1.0}

        The mean loss of several batches is their summed losses over their
        summed weights.
        """
        return {'mlm': float(self.mlm_weights.sum()),
                'nsp': float(len(self.nsp_labels))}


def pad_example(token_ids: Sequence[int], pred_positions: Sequence[int],
                mlm_label_ids: Sequence[int], segments: Sequence[int],
                is_next: bool, max_len: int, vocab: Vocab, *,
                mlm_ratio: float = MLM_RATIO) -> Columns:
    """Pad one example to `max_len` tokens; the columns are plain lists.

    >>> vocab = Vocab(reserved_tokens=['<pad>'])
    >>> list(pad_example([5, 3, 6, 4, 6], [1], [7], [0, 0, 0, 1, 1], True, 7,
    ...                  vocab))
    [[5, 3, 6, 4, 6, 0, 0], [0, 0, 0, 1, 1, 0, 0], 5.0, [1], [1.0], [7], 1]

    Raises ValueError for an example that does not fit.

    Source: d2l section 15.9.2.
    """
    num_preds = get_num_mlm_preds(max_len, mlm_ratio)
    check_fits(0, token_ids, pred_positions, max_len, num_preds)

    def padded(row: Sequence[Any], width: int, fill: Any = 0) -> list[Any]:
        return [*row, *[fill] * (width - len(row))]

    example = Columns(
        padded(token_ids, max_len, vocab.special(PAD)),
        padded(segments, max_len), float(len(token_ids)),
        padded(pred_positions, num_preds),
        padded([1.0] * len(pred_positions), num_preds, 0.0),
        padded(mlm_label_ids, num_preds), int(is_next))
    example.vocab = vocab
    return example


def check_fits(number: int, token_ids: Sequence[int],
               pred_positions: Sequence[int], max_len: int, num_preds: int
               ) -> None:
    """Raise ValueError if an example is too long to be padded."""
    if len(token_ids) > max_len or len(pred_positions) > num_preds:
        raise ValueError(
            f'example {number} has {len(token_ids)} tokens and '
            f'{len(pred_positions)} predictions, but max_len={max_len} '
            f'holds {max_len} and {num_preds}; raise max_len, drop the '
            f'example, or pass the mlm_ratio that it was masked with')
