"""A pretrained model at work: blanks, next sentences, vectors.

`net` is a BERTModel of either backend. Its `predict` takes and returns NumPy
arrays; everything about words is here.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..checks import check_whole
from ..files import PathLike, check_new, replacing
from ..tokens.vocab import MASK
from ..tokens.words import (
    Cased, TokenizerChoice, cased, make_tokenizer)
from .inputs import Inputs, Pair, check_vocab, make_inputs, text_pair


class Guess(NamedTuple):
    """A predicted token, and its probability."""

    token: str
    probability: float


def fill_mask(net: Any, text: str, k: int = 5, next_text: str | None = None,
              *, tokenizer: TokenizerChoice | None = None
              ) -> list[list[Guess]]:
    """Return the k most probable words for each '<mask>' of one or two texts.

    >>> from d2l_bert.core import Vocab
    >>> class Net:  # a model that always predicts 'crane', id 6
    ...     vocab = Vocab(['a', 'crane'], 0, ['<pad>', '<mask>', '<cls>',
    ...                                       '<sep>'])
    ...     tokenizer, layout = 'words', 'pair'
    ...     class config: max_len = 64
    ...     def predict(self, inputs, blanks):
    ...         return None, np.eye(7)[[[6]]] * 9, None
    >>> [[guess]] = fill_mask(Net(), 'a <mask>', k=1)
    >>> guess.token, round(guess.probability, 3)
    ('crane', 0.999)

    A model is trained on pairs of sentences; `next_text` is the second one,
    if there is any, and may contain '<mask>' too. The text is cut by the
    tokenizer of the training, or by `tokenizer`. Dropout is off.

    Raises ValueError if there is no '<mask>', or one beyond the length that
    the model reads; if `k` is not a whole number from 1 to the size of the
    vocabulary; and if the model has no vocabulary.
    """
    vocab = check_vocab(net.vocab)
    pair = _pair(net, text, next_text, tokenizer)
    mask = vocab.spelling[MASK]
    wanted = [*pair[0], *(pair[1] or ())].count(mask)
    if not wanted:
        raise ValueError(f'there is no {MASK} in {text!r}; put one where a '
                         f'word is to be predicted')
    k = check_whole('k', k, least=1, most=len(vocab))
    inputs = _inputs(net, [pair])
    blanks = np.flatnonzero(inputs.token_ids[0] == vocab.special(MASK))
    if len(blanks) < wanted:
        raise ValueError(f'a {MASK} lies beyond the length that the model '
                         f'reads; shorten {text!r}')
    _, mlm_Y_hat, _ = net.predict(inputs, blanks[None])
    probabilities = softmax(mlm_Y_hat[0])  # (blanks, vocab_size)
    best = np.argsort(-probabilities, axis=1, kind='stable')[:, :k]
    return [[Guess(vocab.to_tokens(i), float(row[i])) for i in indices]
            for row, indices in zip(probabilities, best)]


def next_sentence_probability(
        net: Any, a: str, b: str, *,
        tokenizer: TokenizerChoice | None = None) -> float:
    """Return the probability that text b follows text a."""
    return rank_answers(net, a, [b], tokenizer=tokenizer)[0][1]


def rank_answers(net: Any, question: str, answers: Sequence[str], *,
                 tokenizer: TokenizerChoice | None = None
                 ) -> list[tuple[str, float]]:
    """Return answers and their probabilities to follow, best first.

    Raises ValueError if there is no answer, or an empty text.
    """
    if isinstance(answers, str) or not answers:
        raise ValueError(f'answers must be a list of texts, not {answers!r}')
    pairs = [_pair(net, question, answer, tokenizer) for answer in answers]
    if not all(a and b for a, b in pairs):
        raise ValueError('the question and every answer need at least one '
                         'word')
    _, _, nsp_Y_hat = net.predict(_inputs(net, pairs), None)
    probabilities = softmax(nsp_Y_hat)[:, 1]  # (answers,)
    return sorted(zip(answers, probabilities.tolist()),
                  key=lambda pair: -pair[1])


def encode(net: Any, text: str, next_text: str | None = None, *,
           tokenizer: TokenizerChoice | None = None
           ) -> tuple[list[str], np.ndarray]:
    """Return the tokens that a model reads, and a vector for each.

    The vectors are NumPy's, (len, num_hiddens). Raises ValueError for an
    empty text.
    """
    pair = _pair(net, text, next_text, tokenizer)
    if not pair[0]:
        raise ValueError('there is no word in the text')
    inputs = _inputs(net, [pair])
    vectors = net.predict(inputs, None)[0][0]
    return net.vocab.to_tokens(inputs.token_ids[0]), vectors


def encoding_of(net: Any, tokens_a: Sequence[str],
                tokens_b: Sequence[str] | None, vocab: Any) -> np.ndarray:
    """Return the vectors of one or two lists of tokens, (1, len, H)."""
    vocab = check_vocab(net.vocab if vocab is None else vocab)
    return net.predict(make_inputs([(tokens_a, tokens_b)], vocab,
                                   net.config.max_len, net.layout), None)[0]


def _pair(net: Any, text: str, next_text: str | None,
          tokenizer: TokenizerChoice | None) -> Pair:
    chosen = net.tokenizer if tokenizer is None else tokenizer
    if isinstance(net.tokenizer, Cased):  # the text it was trained on was
        chosen = cased(chosen)
    return text_pair(text, next_text, check_vocab(net.vocab),
                     make_tokenizer(chosen))


def _inputs(net: Any, pairs: Sequence[Pair]) -> Inputs:
    return make_inputs(pairs, net.vocab, net.config.max_len, net.layout)


def save_array(path: PathLike, array: np.ndarray) -> Path:
    """Write an array as path.npy, and return where it is.

    Raises FileExistsError if something is there.
    """
    path = Path(path).expanduser()
    path = path if path.suffix == '.npy' else path.with_name(
        f'{path.name}.npy')
    check_new(path)
    with replacing(path) as partial, open(partial, 'wb') as file:
        np.save(file, array)
    return path


def softmax(logits: np.ndarray) -> np.ndarray:
    """Turn rows of logits into rows of probabilities.

    >>> softmax(np.array([[0., 0.]]))
    array([[0.5, 0.5]])
    """
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
