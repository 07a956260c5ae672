"""Masks many examples at once, by the book's stream or by keys."""

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..examples import keyed
from ..examples.padding import length_mask, pad_flat
from ..randomness import Rng
from ..tokens.vocab import MASK, Vocab
from . import mlm
from .columns import Columns


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
        valid_lens = columns.valid_lens.astype(int).tolist()
        positions, new_tokens, lens = array('i'), array('i'), []
        for rng, row, candidates, valid_len in zip(
                rngs, token_ids, self._candidates(columns), valid_lens):
            drawn = sorted(mlm.draw_replacements(
                row, candidates.nonzero()[0].tolist(),
                mlm.get_num_mlm_preds(valid_len, self.mlm_ratio), self.mask,
                self.words, rng, self.mlm_probs))
            lens.append(len(drawn))
            for position, new_token in drawn:
                positions.append(position)
                new_tokens.append(new_token)
        predicted = length_mask(lens, self.num_preds)  # (N, P)
        pred_positions = pad_flat(positions, lens, self.num_preds, 0,
                                  token_ids.dtype)  # (N, P)
        return _predictions(columns, pred_positions, predicted, new_tokens)

    def by_key(self, columns: Columns, seed: int, epoch: int,
               index: np.ndarray, positions: Any = None) -> Columns:
        """Mask the token ids, in place, by keyed random numbers.

        `index` (N,) has the numbers of the examples. `positions`
        (N, max_len) are the positions to draw for, where the token ids are
        a part of an example. For one example it is `keys.mask_example`.
        """
        pred_positions, predicted = keyed.choose(
            self._candidates(columns),
            self.num_preds_by_len[columns.valid_lens.astype(int)],
            self.num_preds, seed, epoch, index, positions)  # (N, P) each
        drawn_for = (pred_positions if positions is None else
                     np.take_along_axis(positions, pred_positions, axis=1))
        labels = np.take_along_axis(columns.token_ids, pred_positions, axis=1)
        new_tokens = keyed.replace(
            labels, self.mask, self._words, self.mlm_probs, seed,
            epoch, index, drawn_for)  # (N, P)
        return _predictions(columns, pred_positions, predicted,
                            new_tokens[predicted])

    def _candidates(self, columns: Columns) -> np.ndarray:
        """Return a mask (N, max_len): True where a token may be predicted."""
        token_ids = columns.token_ids
        candidates = length_mask(columns.valid_lens, token_ids.shape[1])
        for token in self.never_predicted:
            candidates &= token_ids != token
        return candidates


def _predictions(columns: Columns, pred_positions: np.ndarray,
                 predicted: np.ndarray, new_tokens: Any) -> Columns:
    """Write the new tokens, and return columns with the predictions."""
    token_ids = columns.token_ids
    mlm_labels = np.where(predicted, np.take_along_axis(
        token_ids, pred_positions, axis=1), 0)  # (N, P)
    rows = predicted.nonzero()[0]
    token_ids[rows, pred_positions[predicted]] = new_tokens
    return columns._replace(
        pred_positions=pred_positions.astype(token_ids.dtype, copy=False),
        mlm_labels=mlm_labels, mlm_weights=predicted.astype(np.float32))
