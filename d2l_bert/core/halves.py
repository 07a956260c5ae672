"""Examples of two equal halves, each padded and masked on its own.

    [CLS] a a a [PAD] [PAD] [SEP] [CLS] b b b b b

A half is `half_len` tokens: [CLS], the words of a sentence as far as they
fit, and padding. So padding stands inside an example, and only the ids
tell where: see `columns.attention_mask`.

The article this comes from masks a sentence before it is cut and draws
the same position more than once, so that fewer than 15 % are hidden, and
none in a sentence of up to three words. Here it is cut first, positions
differ, and a half with a word in it predicts one at least, as the book's
examples do.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from . import mlm
from .columns import Columns, attention_mask, pad_rows
from .examples import Masking
from .randomness import Rng
from .vocab import CLS, PAD, SEP, Vocab

Pair = tuple[int, int, bool]  # two sentences, by number, and is_next


def pair_sentences(lens: Sequence[int], rng: Rng) -> list[Pair]:
    """Pair neighbours, each followed by a pair of strangers.

    >>> import random
    >>> pair_sentences([2, 1, 2], random.Random(0))
    [(0, 1, True), (3, 3, False), (3, 4, True), (0, 2, False)]

    `lens` says how many sentences each text has. They are numbered on
    from text to text.
    """
    num_sentences, start = sum(lens), 0
    pairs: list[Pair] = []
    for length in lens:
        for a in range(start, start + length - 1):
            pairs.append((a, a + 1, True))
            pairs.append((*draw_strangers(num_sentences, rng), False))
        start += length
    return pairs


def draw_strangers(num_sentences: int, rng: Rng) -> tuple[int, int]:
    """Draw two sentences, of which the second does not follow the first.

    >>> import random
    >>> draw_strangers(9, random.Random(0))
    (6, 6)

    Both are drawn from all sentences, so the first of a false pair is no
    more likely to be the first of the true one than any other. The same
    sentence may come twice, and another may read as the true next does.
    """
    numbers = range(num_sentences)
    a, b = rng.choice(numbers), rng.choice(numbers)
    while b == a + 1:
        b = rng.choice(numbers)
    return a, b


def pad_halves(sentences: Sequence[Sequence[int]], pairs: Sequence[Pair],
               half_len: int, vocab: Vocab, int_dtype: Any = np.int64
               ) -> Columns:
    """Make columns of pairs in which nothing is predicted yet (P = 0).

    >>> vocab = Vocab(['sea'], 0, ['<pad>', '<cls>', '<sep>'])
    >>> columns = pad_halves([[4], [4] * 9], [(0, 1, True)], 3, vocab)
    >>> columns.token_ids, columns.segments
    (array([[0, 4, 1, 2, 0, 4, 4]]), array([[0, 0, 0, 0, 1, 1, 1]]))

    N pairs give token_ids (N, 2 * half_len + 1). A segment goes on through
    the padding of its half, and '<sep>' is in the first. valid_lens counts
    the tokens that are not padding, wherever they stand.
    """
    cls, pad, sep = map(vocab.special, (CLS, PAD, SEP))
    words = pad_rows([sentence[:half_len - 1] for sentence in sentences],
                     half_len - 1, pad, int_dtype)
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
    >>> columns = pad_halves([[5], [5] * 9], [(0, 1, True)], 3, vocab)
    >>> masked = HalvesMasking(vocab, 3)(columns, [random.Random(3)])
    >>> masked.token_ids, masked.pred_positions
    (array([[0, 1, 2, 3, 0, 5, 1]]), array([[1, 6]]))

    It gives two rows of words, one for each half, to `examples.Masking`.
    P is twice what a full half needs. A random word is never a special
    token; [UNK] stands for a rare word and is predicted as one.
    """

    def __init__(self, vocab: Vocab, half_len: int,
                 mlm_ratio: float = mlm.MLM_RATIO,
                 mlm_probs: Sequence[float] = mlm.MLM_PROBS):
        self.half_len, self.pad = half_len, vocab.special(PAD)
        self.masking = Masking(vocab, half_len - 1, mlm_ratio, mlm_probs,
                               strict_masking=True)

    def __call__(self, columns: Columns, rngs: Iterable[Rng]) -> Columns:
        """Mask the token ids, in place, and say what stood there.

        Both halves of an example are drawn from its generator in `rngs`.
        """
        starts = np.array([1, self.half_len + 2])  # of the words
        places = starts[:, None] + np.arange(self.half_len - 1)
        words = columns.token_ids[:, places]  # (N, 2, half_len - 1)
        rows = words.reshape(-1, self.half_len - 1)  # (2 N, half_len - 1)
        masked = self.masking(
            columns._replace(token_ids=rows, valid_lens=attention_mask(
                rows, self.pad).sum(axis=1)),
            (rng for rng in rngs for _ in starts))
        columns.token_ids[:, places] = masked.token_ids.reshape(words.shape)
        offsets = np.tile(starts, len(words))[:, None]  # (2 N, 1)
        return _join_halves(columns, masked._replace(
            pred_positions=masked.pred_positions + offsets))


def _join_halves(columns: Columns, masked: Columns) -> Columns:
    """Put the predictions of two rows each into one, then their padding."""
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
