"""Questions to a pretrained BERT, and its answers in words.

A backend gives `outputs`, a function from the model's inputs to its
outputs, all of them NumPy arrays; the words are dealt with here.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .columns import pad_rows
from .download import PathLike
from .nsp import get_tokens_and_segments
from .vocab import MASK, PAD, Vocab, tokenize

# token_ids, segments, valid_lens, pred_positions
#     -> encoded_X, mlm_Y_hat, nsp_Y_hat
Outputs = Callable[..., tuple[np.ndarray, np.ndarray, np.ndarray]]


class Guess(NamedTuple):
    """A word for a blank, and how sure the model is of it."""

    token: str
    probability: float


class Inputs(NamedTuple):
    """What a model reads: N texts of at most `len` tokens."""

    token_ids: np.ndarray  # (N, len)
    segments: np.ndarray  # (N, len)
    valid_lens: np.ndarray  # (N,)


def check_vocab(vocab: Vocab | None) -> Vocab:
    """Return a model's vocabulary, or raise ValueError if it has none."""
    if vocab is None:
        raise ValueError('the model does not know its words yet; set '
                         'net.vocab to the Vocab that it was trained with')
    return vocab


def make_inputs(pairs: Sequence[tuple[Sequence[str], Sequence[str] | None]],
                vocab: Vocab) -> Inputs:
    """Number some texts, each one or two lists of tokens, and pad them.

    >>> vocab = Vocab(['a', 'b'], 0, ['<pad>', '<mask>', '<cls>', '<sep>'])
    >>> make_inputs([(['a'], ['b']), (['b'], None)], vocab).segments
    array([[0, 0, 0, 1, 1],
           [0, 0, 0, 0, 0]])
    """
    texts = [get_tokens_and_segments(list(a), list(b) if b else None)
             for a, b in pairs]
    lens = [len(tokens) for tokens, _ in texts]
    return Inputs(
        pad_rows([vocab[tokens] for tokens, _ in texts], max(lens),
                 vocab.special(PAD), np.int64),
        pad_rows([segments for _, segments in texts], max(lens), 0,
                 np.int64), np.array(lens, np.float32))


def words(text: str | Sequence[str]) -> list[str]:
    """Return the lower-case words of a text, which may be cut already.

    >>> words('The sea is <mask> .')
    ['the', 'sea', 'is', '<mask>', '.']
    """
    if isinstance(text, str):
        text = tokenize([text.lower()])[0]
    return list(text)


def unknown_words(texts: Sequence[str], vocab: Vocab) -> list[str]:
    """Return the words that a model does not know, each once.

    >>> unknown_words(['the xyz sea xyz'], Vocab(['the', 'sea']))
    ['xyz']
    """
    every = [word for text in texts for word in words(text)]
    return [word for word in dict.fromkeys(every) if word not in vocab]


def fill_mask(outputs: Outputs, vocab: Vocab | None, text: str, k: int = 5
              ) -> list[list[Guess]]:
    """Return the k likeliest words for each '<mask>' of a text.

    Raises ValueError if there is no '<mask>', or k is not a whole number
    from 1 to the size of the vocabulary.
    """
    vocab, tokens = check_vocab(vocab), words(text)
    if MASK not in tokens:
        raise ValueError(f'there is no {MASK} in {text!r}; put one, with a '
                         f'space on each side, where a word is to be found')
    if not 1 <= k <= len(vocab):
        raise ValueError(f'k must be from 1 to {len(vocab)}, the words that '
                         f'there are, not {k!r}')
    inputs = make_inputs([(tokens, None)], vocab)
    blanks = np.flatnonzero(inputs.token_ids[0] == vocab[MASK])
    _, mlm_Y_hat, _ = outputs(*inputs, blanks[None])
    chances = softmax(mlm_Y_hat[0])  # (blanks, vocab_size)
    best = np.argsort(-chances, axis=1, kind='stable')[:, :k]
    return [[Guess(vocab.to_tokens(i), float(row[i])) for i in indices]
            for row, indices in zip(chances, best)]


def next_sentence_probability(
        outputs: Outputs, vocab: Vocab | None, a: str, b: str) -> float:
    """Return how likely the model finds it that b follows a."""
    return rank_answers(outputs, vocab, a, [b])[0][1]


def rank_answers(outputs: Outputs, vocab: Vocab | None, question: str,
                 answers: Sequence[str]) -> list[tuple[str, float]]:
    """Return prepared answers and their chances to follow, best first.

    Raises ValueError if there is no answer, or an empty text.
    """
    vocab = check_vocab(vocab)
    if isinstance(answers, str) or not answers:
        raise ValueError(f'answers must be a list of some texts, not '
                         f'{answers!r}')
    pairs = [(words(question), words(answer)) for answer in answers]
    if not all(a and b for a, b in pairs):
        raise ValueError('the question and every answer need some words')
    _, _, nsp_Y_hat = outputs(*make_inputs(pairs, vocab), None)
    chances = softmax(nsp_Y_hat)[:, 1]  # (answers,)
    return sorted(zip(answers, chances.tolist()), key=lambda pair: -pair[1])


def encode(outputs: Outputs, vocab: Vocab | None, text: str,
           next_text: str | None = None) -> tuple[list[str], np.ndarray]:
    """Return the tokens that a model reads, and a vector for each.

    The vectors are (len, num_hiddens). Raises ValueError for an empty text.
    """
    vocab = check_vocab(vocab)
    pair = (words(text), None if next_text is None else words(next_text))
    if not pair[0]:
        raise ValueError('there is no word in the text')
    tokens, _ = get_tokens_and_segments(*pair)
    return tokens, outputs(*make_inputs([pair], vocab), None)[0][0]


def save_array(path: PathLike, array: np.ndarray) -> Path:
    """Write an array as path.npy, at once, and return where it is."""
    path = Path(path).expanduser()
    path = path if path.suffix == '.npy' else path.with_name(
        f'{path.name}.npy')
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
