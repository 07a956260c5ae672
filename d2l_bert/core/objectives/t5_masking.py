"""T5's span corruption for whole batches: `t5_noise`, with NumPy."""

from typing import Any, NamedTuple

import numpy as np

from ..examples import keyed
from ..examples.padding import length_mask, pad_flat
from . import t5_noise
from .columns import TokenColumns


class _Fields(NamedTuple):
    token_ids: Any
    valid_lens: Any
    decoder_inputs: Any
    targets: Any
    target_weights: Any


class T5Columns(TokenColumns, _Fields):
    """Five arrays that together are N examples of T5.

        token_ids       (N, inputs_length)  int      what the encoder reads,
                                                     then padding
        valid_lens      (N,)                float32  its tokens that are not
                                                     padding
        decoder_inputs  (N, T)              int      '<pad>', then the targets
                                                     without the last
        targets         (N, T)              int      what the decoder
                                                     predicts, then padding
        target_weights  (N, T)              float32  1 for a target, then 0

    The decoder reads each target only after it has predicted it: so its
    inputs are the targets shifted right. T is the second of `t5_lengths`.

    Source: Raffel et al. (2020), sections 2.1 and 3.1.4.
    """

    per_token = ('token_ids',)
    sequences = ('token_ids', 'targets')
    meanings = {
        'token_ids': 'what the encoder reads, then padding',
        'valid_lens': 'number of its tokens without padding',
        'decoder_inputs': '<pad>, then the targets without the last',
        'targets': 'what the decoder predicts, then padding',
        'target_weights': '1 for each target, then 0'}

    def loss_weights(self) -> dict[str, float]:
        """Return the weight of the loss: how many targets there are.

        >>> T5Columns(*[np.zeros((2, 3))] * 4, np.ones((2, 3))).loss_weights()
        {'seq2seq': 6.0}
        """
        return {'seq2seq': float(self.target_weights.sum())}

    def shortened(self, multiple: int = 8) -> 'T5Columns':
        """Return the batch without padding that all its examples have.

        >>> ids = np.ones((2, 64), int)
        >>> batch = T5Columns(ids, np.array([9., 12.]), ids, ids,
        ...                   length_mask([3, 8], 64).astype(np.float32))
        >>> batch.shortened().token_ids.shape, batch.shortened().targets.shape
        ((2, 16), (2, 8))

        Inputs and targets are shortened each to their own length, a multiple
        of `multiple`, or the old one.
        """
        if not len(self.token_ids):
            return self
        longest = int(self.target_weights.sum(axis=1).max())
        length = -(-longest // multiple) * multiple
        batch = super().shortened(multiple)
        batch = batch._replace(**{
            name: getattr(batch, name)[:, :length]
            for name in ('decoder_inputs', 'targets', 'target_weights')})
        batch.vocab, batch.layout = self.vocab, self.layout
        return batch


class T5Masking:
    """Corrupts spans of token ids by the rules of `t5_noise`.

    `sentinels` has their ids, `end` is that of the end mark, or None if a
    sentinel ends the targets, and `pad` that of the padding.

    >>> masking = T5Masking(6, np.array([7, 8, 9]), end=None, pad=0,
    ...                     density=0.5, mean=1.0)
    >>> masking.raw_length, masking.targets_length
    (5, 5)
    >>> columns = T5Columns(np.array([[1, 2, 3, 4]]), np.array([4.]),
    ...                     *[()] * 3)
    >>> noisy = masking.by_key(0, columns, 0, np.array([0]))
    >>> noisy.token_ids, noisy.targets
    (array([[1, 7, 3, 8, 0, 0]]), array([[7, 2, 8, 4, 9]]))
    """

    def __init__(self, inputs_length: int, sentinels: np.ndarray,
                 end: int | None, pad: int, density: float = t5_noise.DENSITY,
                 mean: float = t5_noise.MEAN_LENGTH):
        self.inputs_length = inputs_length
        self.sentinels, self.end, self.pad = sentinels, end, pad
        self.raw_length, self.targets_length = t5_noise.t5_lengths(
            inputs_length, density, mean)
        # Of a text of each length, so that nothing is rounded in two ways.
        self.counts = np.array([
            t5_noise.noise_counts(length, density, mean)
            for length in range(self.raw_length + 1)])

    def by_key(self, seed: int, columns: Any, epoch: int, index: np.ndarray
               ) -> T5Columns:
        """Return the inputs and targets of N texts.

        `token_ids` (N, raw_length) and `valid_lens` (N,) of `columns` are
        the texts, and `index` (N,) has the numbers of the examples. For one
        example this is `t5_noise.noise_mask` and `t5_noise.corrupt`.
        """
        tokens, lens = columns.token_ids, columns.valid_lens.astype(int)
        noise, spans = self.counts[lens].T
        mask = self.noise_mask(lens, seed, epoch, index)[
            :, :tokens.shape[1]]
        inputs, targets = self._corrupted(tokens, lens, mask, noise, spans)
        input_lens, target_lens = lens - noise + spans, noise + spans + 1
        rows = np.arange(len(tokens))
        decoder_inputs = np.full_like(targets, self.pad)
        decoder_inputs[:, 1:] = targets[:, :-1]  # the end is never read
        if self.end is None:
            targets[rows, target_lens - 1] = self.sentinels[spans]
        else:
            targets[rows, target_lens - 1] = self.end
            inputs[rows, input_lens] = self.end
            input_lens = input_lens + 1
        return T5Columns(
            inputs, input_lens.astype(np.float32), decoder_inputs, targets,
            length_mask(target_lens, self.targets_length).astype(np.float32))

    def noise_mask(self, lens: np.ndarray, seed: int, epoch: int,
                   index: np.ndarray) -> np.ndarray:
        """Return a mask (N, raw_length), True for noise."""
        noise, spans = self.counts[lens].T
        scores = keyed.scores(seed, epoch, index, self.raw_length)
        noise_ends = _split(np.zeros_like(noise), noise, spans, scores)
        rest_ends = _split(noise, lens, spans, scores) - noise[:, None]
        # A span ends where its rest and its noise end, and begins where its
        # rest and the noise of the span before it end: (N, spans).
        ends = rest_ends + noise_ends
        starts = rest_ends.copy()
        starts[:, 1:] += noise_ends[:, :-1]
        # Both are where the mask changes. All are different, so that it
        # changes back and forth; behind the last span both are the end.
        changes = np.zeros((len(lens), self.raw_length + 1), bool)
        rows = np.arange(len(lens))[:, None]
        changes[rows, starts] = True
        changes[rows, ends] = True
        mask = np.logical_xor.accumulate(changes, axis=1)[:, :-1]
        return mask & length_mask(lens, self.raw_length)

    def _corrupted(self, tokens: np.ndarray, lens: np.ndarray,
                   mask: np.ndarray, noise: np.ndarray, spans: np.ndarray
                   ) -> tuple[np.ndarray, np.ndarray]:
        """Return inputs and targets, both without the end mark."""
        first = mask.copy()  # of each span
        first[:, 1:] &= ~mask[:, :-1]
        at = np.flatnonzero(first)  # flat, as that takes less time
        # Number of each span in its row: those before it, less other rows'.
        numbers = np.arange(len(at)) - np.repeat(spans.cumsum() - spans, spans)
        marks = self.sentinels[numbers]
        # In the inputs a sentinel takes the place of the first token of its
        # span; in the targets that of the token before, which is no noise.
        kept = ~mask & length_mask(lens, tokens.shape[1])
        inputs = self._kept(tokens, kept, at, marks, lens - noise + spans,
                            self.inputs_length)
        targets = self._kept(tokens, mask, at - 1, marks, noise + spans,
                             self.targets_length)
        return inputs, targets

    def _kept(self, tokens: np.ndarray, kept: np.ndarray, at: np.ndarray,
              marks: np.ndarray, lens: np.ndarray, width: int) -> np.ndarray:
        """Return the tokens that are kept, and marks, in rows of a width."""
        tokens, kept = tokens.copy(), kept.copy()
        tokens.ravel()[at] = marks
        kept.ravel()[at] = True
        flat = tokens.ravel().take(np.flatnonzero(kept))  # faster than a mask
        return pad_flat(flat, lens, width, self.pad, tokens.dtype)


def _split(starts: np.ndarray, ends: np.ndarray, num_parts: np.ndarray,
           scores: np.ndarray) -> np.ndarray:
    """Return where the parts from `starts` to `ends` end: (N, parts).

    Behind the last part stand the ends. This is `t5_noise._split`.
    """
    width = max(ends.max(initial=0), 1)
    positions = np.arange(width)
    inside = ((positions > starts[:, None]) & (positions < ends[:, None]))
    cuts, chosen = keyed.choose(inside, num_parts - 1,
                                max(num_parts.max(initial=0) - 1, 0),
                                scores[:, :width])
    return np.hstack([np.where(chosen, cuts, ends[:, None]), ends[:, None]])
