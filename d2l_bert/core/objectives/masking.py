"""Masks many examples, by the book's stream or by keyed numbers."""

from array import array
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Protocol, runtime_checkable

import numpy as np

from ..examples import keyed
from ..examples.container import Examples
from ..examples.padding import length_mask, pad_flat
from ..progress import progress
from ..randomness import Keyed, Rng
from ..tokens.vocab import MASK, Vocab
from . import mlm
from .columns import Columns

ROWS_AT_ONCE = 1024  # of keyed masks, so that they stay in the CPU's cache


class KeyedMasks(Protocol):
    """`Masking`, `halves.HalvesMasking` or `span_masking.SpanMasking`."""

    def by_key(self, seed: int, columns: Any, epoch: int, index: np.ndarray
               ) -> Any:
        """Mask the token ids, in place, by keyed random numbers."""


@runtime_checkable
class Masks(KeyedMasks, Protocol):
    """Those of the three that the book's stream can draw, too: the first two.
    """

    def __call__(self, columns: Any, rngs: Iterable[Rng]) -> Any:
        """Mask the token ids, in place, by the book's stream."""


def masked_examples(columns: Any, masking: KeyedMasks, rng: Rng | Keyed,
                    dynamic_masking: bool, numbers: np.ndarray,
                    **facts: Any) -> Examples[Any]:
    """Return examples with masks that are drawn once or in each epoch.

    `numbers` are those of the examples, and `facts` other arguments of
    `Examples`. Only `Masks` can be drawn from the book's stream.
    """
    seed = rng.seed if isinstance(rng, Keyed) else None
    if dynamic_masking:
        # Dynamic masks are keyed, whatever drew the pairs.
        key = rng.seed if isinstance(rng, Keyed) else rng.getrandbits(64)
        facts['mask_again'] = partial(masking.by_key, key)
    elif isinstance(rng, Keyed):
        columns = _masked_by_key(columns, masking, rng.seed, numbers)
    else:
        assert isinstance(masking, Masks)
        columns = masking(columns, progress([rng] * len(numbers),
                                            desc='masking'))
    return Examples(columns, numbers=numbers, seed=seed, **facts)


def _masked_by_key(columns: Any, masking: KeyedMasks, seed: int,
                   numbers: np.ndarray) -> Any:
    """Return columns with the masks of epoch 0."""
    parts = []
    for start in range(0, len(numbers), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        part = columns._replace(token_ids=columns.token_ids[rows],
                                valid_lens=columns.valid_lens[rows])
        parts.append(masking.by_key(seed, part, 0, numbers[rows]))
    changed = [name for name, before, after in zip(
        columns._fields, columns, parts[0] if parts else columns)
        if after is not before and name not in ('token_ids', 'valid_lens')]
    return columns._replace(**{
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in changed})


class Masking:
    """Masks rows of token ids, in place, by the rules of `mlm`.

    >>> import random
    >>> vocab = Vocab(['sea'], reserved_tokens=['<cls>', '<mask>', '<sep>'])
    >>> nothing = np.zeros((1, 0), int)
    >>> columns = Columns(np.array([[0, 3, 2, 3, 2, 0, 0, 0]]), nothing,
    ...                   np.array([5.]), nothing, nothing, nothing, nothing)
    >>> masked = Masking(vocab, max_len=8)(columns, [random.Random(0)])
    >>> masked.token_ids, masked.pred_positions, masked.mlm_labels
    (array([[0, 1, 2, 3, 2, 0, 0, 0]]), array([[1]]), array([[3]]))

    The columns are N examples without predictions. `masking(columns, rngs)`
    draws from the book's stream, `masking.by_key(...)` keyed numbers.
    """

    def __init__(self, vocab: Vocab, max_len: int,
                 mlm_ratio: float = mlm.MLM_RATIO,
                 mlm_probs: Sequence[float] = mlm.MLM_PROBS,
                 strict_masking: bool = False):
        mlm.check_mlm_options(mlm_ratio, mlm_probs)
        self.mlm_ratio, self.mlm_probs = mlm_ratio, mlm_probs
        self.num_preds = mlm.get_num_mlm_preds(max_len, mlm_ratio)
        self.num_preds_by_len = np.array([
            mlm.get_num_mlm_preds(length, mlm_ratio)
            for length in range(max_len + 1)])
        self.mask = vocab.special(MASK)
        self.words = vocab[mlm.random_words(vocab, strict_masking)]
        self._words = np.array(self.words)  # for by_key
        written = (vocab.spelling.get(token, token)
                   for token in mlm.never_predicted(strict_masking))
        self.never_predicted = [vocab[token] for token in written
                                if token in vocab]

    def __call__(self, columns: Columns, rngs: Iterable[Rng]) -> Columns:
        """Mask the token ids, in place, and add what was there.

        `rngs` has a generator for each example, or the same one each time.
        """
        token_ids = columns.token_ids  # (N, max_len)
        valid_lens = columns.valid_lens.astype(int)
        positions, new_tokens, lens = array('i'), array('i'), []
        for rng, row, candidates, num_preds in zip(
                rngs, token_ids, self._candidates(token_ids, valid_lens),
                self.num_preds_by_len[valid_lens].tolist()):
            drawn = sorted(mlm.draw_replacements(
                row, candidates.nonzero()[0].tolist(), num_preds, self.mask,
                self.words, rng, self.mlm_probs))
            lens.append(len(drawn))
            for position, new_token in drawn:
                positions.append(position)
                new_tokens.append(new_token)
        pred_positions = pad_flat(positions, lens, self.num_preds, 0,
                                  token_ids.dtype)  # (N, P)
        return _predictions(
            columns, pred_positions, length_mask(lens, self.num_preds),
            np.take_along_axis(token_ids, pred_positions, axis=1),
            new_tokens)

    def by_key(self, seed: int, columns: Columns, epoch: int,
               index: np.ndarray, start: int = 0) -> Columns:
        """Mask the token ids, in place, by keyed random numbers.

        `index` (N,) has the numbers of the examples. The rows may be parts
        of them that begin at position `start`. For one example this is
        `keys.mask_example`.
        """
        lens = columns.valid_lens.astype(np.int32)  # faster than int64
        positions, predicted = keyed.choose(
            self._candidates(columns.token_ids, lens),
            self.num_preds_by_len[lens], self.num_preds, keyed.scores(
                seed, epoch, index, columns.token_ids.shape[1], start))
        labels = np.take_along_axis(columns.token_ids, positions, axis=1)
        new_tokens = keyed.replace(
            labels, self.mask, self._words, self.mlm_probs, seed, epoch,
            index, positions + start)  # (N, P)
        return _predictions(columns, positions, predicted, labels,
                            new_tokens.ravel()[np.flatnonzero(predicted)])

    def _candidates(self, token_ids: np.ndarray, lens: np.ndarray
                    ) -> np.ndarray:
        """Return a mask (N, max_len): True where a token may be predicted."""
        candidates = length_mask(lens, token_ids.shape[1])
        for token in self.never_predicted:
            candidates &= token_ids != token
        return candidates


def _predictions(columns: Columns, positions: np.ndarray,
                 predicted: np.ndarray, labels: np.ndarray, new_tokens: Any
                 ) -> Columns:
    """Write the new tokens, and return columns with the predictions."""
    # Flat, as the indices of an array of two axes take longer to find.
    where = np.flatnonzero(predicted)
    rows = where // max(predicted.shape[1], 1)
    columns.token_ids[rows, positions.ravel()[where]] = new_tokens
    return columns._replace(
        pred_positions=positions.astype(labels.dtype),
        mlm_labels=labels * predicted,
        mlm_weights=predicted.astype(np.float32))
