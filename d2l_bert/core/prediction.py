"""Questions to a pretrained BERT, and its answers in words.

A backend lends its model as a `Reader`; the words are dealt with here.
"""

import os
from collections.abc import Callable, Sequence
from numbers import Integral
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .columns import attention_mask, pad_rows
from .download import PathLike
from .halves import pad_halves
from .nsp import get_tokens_and_segments
from .reviews import SPELLING, basic_english
from .vocab import MASK, PAD, Vocab, tokenize


class Reader(NamedTuple):
    """A model as this module needs it.

    `outputs` goes from token_ids, segments, valid_lens and pred_positions
    to encoded_X, mlm_Y_hat and nsp_Y_hat, all of them NumPy arrays.
    """

    outputs: Callable[..., tuple[np.ndarray, np.ndarray, np.ndarray]]
    vocab: Vocab
    max_len: int


class Guess(NamedTuple):
    """A word for a blank, and how sure the model is of it."""

    token: str
    probability: float


class Inputs(NamedTuple):
    """What a model reads: N texts of at most `len` tokens."""

    token_ids: np.ndarray  # (N, len)
    segments: np.ndarray  # (N, len)
    valid_lens: np.ndarray  # (N,), or a mask (N, len)


Pair = tuple[Sequence[str], Sequence[str] | None]


def check_vocab(vocab: Vocab | None) -> Vocab:
    """Return a model's vocabulary, or raise ValueError if it has none."""
    if vocab is None:
        raise ValueError('the model does not know its words yet; set '
                         'net.vocab to the Vocab that it was trained with')
    return vocab


def make_inputs(pairs: Sequence[Pair], vocab: Vocab, max_len: int) -> Inputs:
    """Number some texts, each one or two lists of tokens, and pad them.

    >>> vocab = Vocab(['a', 'b'], 0, ['<pad>', '<mask>', '<cls>', '<sep>'])
    >>> make_inputs([(['a'], ['b']), (['b'], None)], vocab, 64).segments
    array([[0, 0, 0, 1, 1],
           [0, 0, 0, 0, 0]])

    They are laid out as the model has seen them in pretraining: by the
    book, or in two halves if the vocabulary is that of reviews.

    Raises TypeError for a text that was not cut into tokens.
    """
    for pair in pairs:
        for text in pair:
            if isinstance(text, str):
                raise TypeError(f'tokens must be a list such as '
                                f'{text.lower().split()}, not the text '
                                f'{text!r}')
    if vocab.spelling == SPELLING:
        return _halves(pairs, vocab, (max_len - 1) // 2)
    texts = [get_tokens_and_segments(list(a), list(b) if b else None)
             for a, b in pairs]
    lens = [len(tokens) for tokens, _ in texts]
    return Inputs(
        pad_rows([vocab[tokens] for tokens, _ in texts], max(lens),
                 vocab.special(PAD), np.int64),
        pad_rows([segments for _, segments in texts], max(lens), 0,
                 np.int64), np.array(lens, np.float32))


def _halves(pairs: Sequence[Pair], vocab: Vocab, half_len: int) -> Inputs:
    sentences = [vocab[list(half or [])] for pair in pairs for half in pair]
    columns = pad_halves(sentences, [(2 * i, 2 * i + 1, True)
                                     for i in range(len(pairs))],
                         half_len, vocab)
    return Inputs(columns.token_ids, columns.segments, attention_mask(
        columns.token_ids, vocab.special(PAD)).astype(np.float32))


def words(text: str, vocab: Vocab) -> list[str]:
    """Return the words of a text, cut as those of the vocabulary were.

    >>> words('The sea is <mask> .', Vocab(['sea'], 0, ['<mask>']))
    ['the', 'sea', 'is', '<mask>', '.']

    '<mask>' may be written for any vocabulary, whatever it writes.
    """
    if vocab.spelling != SPELLING:
        return tokenize([text.lower()])[0]
    mask = vocab.spelling[MASK]
    pieces = text.replace(mask, MASK).split(MASK)
    cut = basic_english(pieces)
    return [word for i, piece in enumerate(cut)
            for word in ([mask] if i else []) + piece]


def unknown_words(texts: Sequence[str], vocab: Vocab) -> list[str]:
    """Return the words that a model does not know, each once.

    >>> unknown_words(['the xyz sea xyz'], Vocab(['the', 'sea']))
    ['xyz']
    """
    every = [word for text in texts for word in words(text, vocab)]
    return [word for word in dict.fromkeys(every) if word not in vocab]


def text_pair(text: str, next_text: str | None, vocab: Vocab) -> Pair:
    """Return the words of a text and of the one that follows it, if any.

    >>> text_pair('the sea', None, Vocab(['sea']))
    (['the', 'sea'], None)
    """
    return words(text, vocab), words(next_text or '', vocab) or None


def fill_mask(reader: Reader, text: str, k: int = 5,
              next_text: str | None = None) -> list[list[Guess]]:
    """Return the k likeliest words for each '<mask>' of one or two texts.

    Raises ValueError if there is no '<mask>', or one where the model does
    not read on, or k is not a whole number from 1 to the vocabulary's size.
    """
    vocab = reader.vocab
    pair = text_pair(text, next_text, vocab)
    mask = vocab.spelling[MASK]
    wanted = [*pair[0], *(pair[1] or ())].count(mask)
    if not wanted:
        raise ValueError(f'there is no {MASK} in {text!r}; put one, with a '
                         f'space on each side, where a word is to be found')
    if not isinstance(k, Integral) or not 1 <= k <= len(vocab):
        raise ValueError(f'k must be a whole number from 1 to {len(vocab)}, '
                         f'the words that there are, not {k!r}')
    inputs = make_inputs([pair], vocab, reader.max_len)
    blanks = np.flatnonzero(inputs.token_ids[0] == vocab.special(MASK))
    if len(blanks) < wanted:
        raise ValueError(f'a {MASK} stands behind the part that the model '
                         f'reads of a sentence; cut {text!r}')
    _, mlm_Y_hat, _ = reader.outputs(*inputs, blanks[None])
    chances = softmax(mlm_Y_hat[0])  # (blanks, vocab_size)
    best = np.argsort(-chances, axis=1, kind='stable')[:, :k]
    return [[Guess(vocab.to_tokens(i), float(row[i])) for i in indices]
            for row, indices in zip(chances, best)]


def next_sentence_probability(reader: Reader, a: str, b: str) -> float:
    """Return how likely the model finds it that b follows a."""
    return rank_answers(reader, a, [b])[0][1]


def rank_answers(reader: Reader, question: str, answers: Sequence[str]
                 ) -> list[tuple[str, float]]:
    """Return prepared answers and their chances to follow, best first.

    Raises ValueError if there is no answer, or an empty text.
    """
    vocab = reader.vocab
    if isinstance(answers, str) or not answers:
        raise ValueError(f'answers must be a list of some texts, not '
                         f'{answers!r}')
    pairs = [(words(question, vocab), words(answer, vocab))
             for answer in answers]
    if not all(a and b for a, b in pairs):
        raise ValueError('the question and every answer need some words')
    inputs = make_inputs(pairs, vocab, reader.max_len)
    _, _, nsp_Y_hat = reader.outputs(*inputs, None)
    chances = softmax(nsp_Y_hat)[:, 1]  # (answers,)
    return sorted(zip(answers, chances.tolist()), key=lambda pair: -pair[1])


def encode(reader: Reader, text: str, next_text: str | None = None
           ) -> tuple[list[str], np.ndarray]:
    """Return the tokens that a model reads, and a vector for each.

    The vectors are (len, num_hiddens). Raises ValueError for an empty text.
    """
    vocab = reader.vocab
    pair = text_pair(text, next_text, vocab)
    if not pair[0]:
        raise ValueError('there is no word in the text')
    inputs = make_inputs([pair], vocab, reader.max_len)
    vectors = reader.outputs(*inputs, None)[0][0]
    return vocab.to_tokens(inputs.token_ids[0]), vectors


def save_array(path: PathLike, array: np.ndarray) -> Path:
    """Write an array as path.npy, at once, and return where it is."""
    path = Path(path).expanduser()
    path = path if path.suffix == '.npy' else path.with_name(
        f'{path.name}.npy')
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f'{path.name}.part')
    with open(partial, 'wb') as file:
        np.save(file, array)
    os.replace(partial, path)
    return path


def softmax(scores: np.ndarray) -> np.ndarray:
    """Turn rows of scores into rows of chances.

    >>> softmax(np.array([[0., 0.]]))
    array([[0.5, 0.5]])
    """
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
