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
        lens = columns.valid_lens.astype(int)
        noise, spans = self.counts[lens].T
        inputs, targets = self._corrupted(
            _without_padding(columns.token_ids, lens), noise, spans,
            self._parts(lens, seed, epoch, index), columns.token_ids.dtype)
        input_lens, target_lens = lens - noise + spans, noise + spans + 1
        rows = np.arange(len(lens))
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
        return pad_flat(_repeated(self._parts(lens, seed, epoch, index)),
                        lens, self.raw_length, False, bool)

    def _parts(self, lens: np.ndarray, seed: int, epoch: int,
               index: np.ndarray) -> np.ndarray:
        """Return the lengths of rest, noise, rest, noise, ... in each text.

        They are (N, 2 spans), with 0 behind the last.
        """
        noise, spans = self.counts[lens].T
        scores = keyed.scores(seed, epoch, index, self.raw_length)
        rest = _split(noise, lens, spans, scores)
        parts = np.zeros((len(lens), 2 * rest.shape[1]), int)
        parts[:, ::2] = rest
        parts[:, 1::2] = _split(np.zeros_like(noise), noise, spans, scores)
        return parts

    def _corrupted(self, tokens: np.ndarray, noise: np.ndarray,
                   spans: np.ndarray, parts: np.ndarray, dtype: Any
                   ) -> tuple[np.ndarray, np.ndarray]:
        """Return inputs and targets, both without the end mark.

        `tokens` are those of all texts in one row, as that takes less time.
        """
        mask = _repeated(parts)
        rows, columns = parts[:, 1::2].nonzero()
        # Where each span begins: where the part before it ends.
        at = parts.cumsum().reshape(parts.shape)[:, ::2][rows, columns]
        marks = self.sentinels[columns]
        # In the inputs a sentinel takes the place of the first token of its
        # span; in the targets that of the token before, which is no noise.
        rest = parts[:, ::2].sum(axis=1)
        return (_kept(tokens, ~mask, at, marks, rest + spans,
                      self.inputs_length, self.pad, dtype),
                _kept(tokens, mask, at - 1, marks, noise + spans,
                      self.targets_length, self.pad, dtype))


def _kept(tokens: np.ndarray, kept: np.ndarray, at: np.ndarray,
          marks: np.ndarray, lens: np.ndarray, width: int, pad: int,
          dtype: Any) -> np.ndarray:
    """Return the tokens that are kept, and marks, in rows of a width."""
    tokens = tokens.copy()
    tokens[at] = marks
    kept[at] = True
    return pad_flat(tokens[kept], lens, width, pad, dtype)


def _repeated(parts: np.ndarray) -> np.ndarray:
    """Return the mask of all texts in one row, from its parts."""
    noise = np.arange(parts.size) % 2 == 1
    return np.repeat(noise, parts.ravel())


def _without_padding(token_ids: np.ndarray, lens: np.ndarray) -> np.ndarray:
    """Return the tokens of all texts in one row."""
    if (lens == token_ids.shape[1]).all():  # mostly
        return token_ids.ravel()
    return token_ids[length_mask(lens, token_ids.shape[1])]


def _split(starts: np.ndarray, ends: np.ndarray, num_parts: np.ndarray,
           scores: np.ndarray) -> np.ndarray:
    """Return the lengths of the parts from `starts` to `ends`: (N, parts).

    Behind the last part stands 0. This is `t5_noise._split`.
    """
    width = max(ends.max(initial=0), 1)
    positions = np.arange(width)
    inside = ((positions > starts[:, None]) & (positions < ends[:, None]))
    cuts, chosen = keyed.choose(inside, num_parts - 1,
                                max(num_parts.max(initial=0) - 1, 0),
                                scores[:, :width])
    return np.diff(np.where(chosen, cuts, ends[:, None]), axis=1,
                   prepend=starts[:, None], append=ends[:, None])
