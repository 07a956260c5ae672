"""Examples of two equal halves, each padded and masked on its own.

    [CLS] a a a [PAD] [PAD] [SEP] [CLS] b b b b b

A half has `half_len` tokens: [CLS], as many words of a sentence as fit, and
padding. So padding stands inside an example, and only the token ids tell
where: see `padding.attention_mask`.

The article that this comes from masks a sentence before it cuts it, and may
draw a position twice. So it masks fewer than 15 %, and nothing in a sentence
of up to three words. Here the sentence is cut first, all positions differ,
and each half that has a word predicts at least one, as in the book.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..examples.keys import NEXT, KeyedRandom
from ..examples.padding import attention_mask, length_mask
from ..randomness import Keyed, Rng
from ..tokens.numbering import TextIds
from ..tokens.vocab import CLS, PAD, SEP, Vocab
from . import mlm
from .columns import Columns
from .masking import Masking

Pair = tuple[int, int, bool]  # two sentences, by number, and is_next


def pair_sentences(lens: Sequence[int], rng: Rng | Keyed) -> list[Pair]:
    """Pair neighbours, each followed by a random pair.

    >>> import random
    >>> pair_sentences([2, 1, 2], random.Random(0))
    [(0, 1, True), (3, 3, False), (3, 4, True), (0, 2, False)]

    `lens` has the number of sentences of each text. Sentences are numbered
    across all texts. Keyed draws use the number of the example.
    """
    num_sentences, start = sum(lens), 0
    pairs: list[Pair] = []
    for length in lens:
        for a in range(start, start + length - 1):
            pairs.append((a, a + 1, True))
            own = (KeyedRandom(rng.seed, NEXT, 0, len(pairs))
                   if isinstance(rng, Keyed) else rng)
            pairs.append((*draw_random_pair(num_sentences, own), False))
        start += length
    return pairs


def draw_random_pair(num_sentences: int, rng: Rng) -> tuple[int, int]:
    """Draw two sentences, of which the second does not follow the first.

    >>> import random
    >>> draw_random_pair(9, random.Random(0))
    (6, 6)

    Both are drawn from all sentences. They may be the same sentence, and
    the second may be equal to the true next one.
    """
    numbers = range(num_sentences)
    a, b = rng.choice(numbers), rng.choice(numbers)
    while b == a + 1:
        b = rng.choice(numbers)
    return a, b


def pad_halves(text: TextIds, pairs: Sequence[Pair], half_len: int,
               vocab: Vocab, int_dtype: Any = np.int64) -> Columns:
    """Make columns of pairs in which nothing is predicted yet (P = 0).

    >>> vocab = Vocab(['sea'], 0, ['<pad>', '<cls>', '<sep>'])
    >>> text = TextIds.of([[[4], [4] * 9]])
    >>> columns = pad_halves(text, [(0, 1, True)], 3, vocab)
    >>> columns.token_ids, columns.segments
    (array([[0, 4, 1, 2, 0, 4, 4]]), array([[0, 0, 0, 0, 1, 1, 1]]))

    N pairs give token_ids (N, 2 * half_len + 1). The padding of a half
    belongs to its segment, and '<sep>' to the first. valid_lens counts the
    tokens that are not padding, wherever they are.
    """
    cls, pad, sep = map(vocab.special, (CLS, PAD, SEP))
    places = text.starts[:-1, None] + np.arange(half_len - 1)
    words = text.take(places).astype(int_dtype)
    words[~length_mask(text.lens, half_len - 1)] = pad
    halves = np.insert(words, 0, cls, axis=1)  # (num_sentences, half_len)
    first, second, is_next = np.array(pairs).T
    token_ids = np.concatenate(
        [np.insert(halves[first], half_len, sep, axis=1), halves[second]],
        axis=1)  # (N, 2 * half_len + 1)
    segments = np.zeros_like(token_ids)
    segments[:, half_len + 1:] = 1
    nothing = np.zeros((len(pairs), 0), int_dtype)  # (N, 0)
    return Columns(
        token_ids, segments,
        attention_mask(token_ids, pad).sum(axis=1).astype(np.float32),
        nothing, nothing.astype(np.float32), nothing,
        is_next.astype(int_dtype))


class HalvesMasking:
    """Masks the words of each half on their own, in place.

    >>> import random
    >>> vocab = Vocab(['sea'], 0, ['<pad>', '<mask>', '<cls>', '<sep>'])
    >>> text = TextIds.of([[[5], [5] * 9]])
    >>> columns = pad_halves(text, [(0, 1, True)], 3, vocab)
    >>> masked = HalvesMasking(vocab, 3)(columns, [random.Random(3)])
    >>> masked.token_ids, masked.pred_positions
    (array([[0, 1, 2, 3, 0, 5, 1]]), array([[1, 6]]))

    Each half is a row of its own for `Masking`. P is twice the number of
    predictions of a full half. A random word is never a special token;
    [UNK] stands for a rare word and may be predicted.
    """

    def __init__(self, vocab: Vocab, half_len: int,
                 mlm_ratio: float = mlm.MLM_RATIO,
                 mlm_probs: Sequence[float] = mlm.MLM_PROBS):
        self.pad = vocab.special(PAD)
        self.masking = Masking(vocab, half_len - 1, mlm_ratio, mlm_probs,
                               strict_masking=True)
        self.starts = 1, half_len + 2  # of the words of both halves
        self.positions = (np.array(self.starts)[:, None]
                          + np.arange(half_len - 1))  # (2, half_len - 1)

    def __call__(self, columns: Columns, rngs: Iterable[Rng]) -> Columns:
        """Mask the token ids, in place, and add what was there.

        Both halves of an example are drawn from its generator in `rngs`.
        """
        return self._join(columns, self.masking(
            self._halves(columns), (rng for rng in rngs for _ in range(2))))

    def by_key(self, seed: int, columns: Columns, epoch: int,
               index: np.ndarray) -> Columns:
        """Mask the token ids, in place, by keyed random numbers."""
        rows = self._halves(columns)
        halves = [self.masking.by_key(
            seed, rows._replace(token_ids=rows.token_ids[half::2],
                                valid_lens=rows.valid_lens[half::2]),
            epoch, index, start) for half, start in enumerate(self.starts)]
        return self._join(columns, rows._replace(**{
            name: np.hstack([getattr(half, name) for half in halves]).reshape(
                len(rows.token_ids), -1)
            for name in ('pred_positions', 'mlm_weights', 'mlm_labels')}))

    def _halves(self, columns: Columns) -> Columns:
        """Return the words of both halves as rows, (2 N, half_len - 1)."""
        rows = columns.token_ids[:, self.positions].reshape(
            -1, self.positions.shape[1])
        return columns._replace(token_ids=rows, valid_lens=attention_mask(
            rows, self.pad).sum(axis=1))

    def _join(self, columns: Columns, masked: Columns) -> Columns:
        """Put the halves and their predictions back into one example."""
        columns.token_ids[:, self.positions] = masked.token_ids.reshape(
            -1, *self.positions.shape)
        starts = np.tile(self.positions[:, :1], (len(columns.token_ids), 1))
        return _join_predictions(columns, masked._replace(
            pred_positions=masked.pred_positions + starts))


def _join_predictions(columns: Columns, masked: Columns) -> Columns:
    """Put the predictions of two rows into one, and padding after them."""
    num_examples = len(columns.token_ids)
    positions, weights, labels = (
        column.reshape(num_examples, -1) for column in masked[3:6])  # (N, P)
    order = np.argsort(weights == 0, axis=1, kind='stable')
    positions, weights, labels = (
        np.take_along_axis(column, order, axis=1)
        for column in (positions, weights, labels))
    predicted = weights > 0
    return columns._replace(
        pred_positions=(positions * predicted).astype(labels.dtype),
        mlm_weights=weights, mlm_labels=labels)
