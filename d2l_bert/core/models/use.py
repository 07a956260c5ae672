"""A pretrained model at work: blanks, next sentences, vectors.

`net` is a BERTModel or SpanBERTModel of either backend. Its `predict` takes
and returns NumPy arrays; everything about words is here.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..checks import check_whole
from ..files import PathLike, check_new, replacing
from ..tokens.vocab import MASK
from ..tokens.words import (
    TokenizerChoice, cased, keeps_case, make_tokenizer, vocab_of)
from .inputs import Inputs, Pair, check_vocab, make_inputs, text_pair


# What a loss of each name teaches.
HEADS = {'mlm': 'masked tokens', 'nsp': 'next sentences',
         'sbo': 'tokens between borders', 'start': 'starts of answers',
         'end': 'ends of answers'}


class Guess(NamedTuple):
    """A predicted token, and its probability."""

    token: str
    probability: float


class Blank(NamedTuple):
    """What the two heads of SpanBERT predict for a '<mask>', best first."""

    masked: list[Guess]  # from the vector of the '<mask>' itself
    boundary: list[Guess]  # from the tokens beside its span


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
    _check_head(net, 'mlm')
    inputs, blanks = _find_blanks(net, text, k, next_text, tokenizer)
    return _best(net.predict(inputs, blanks[None])[1][0], k, net.vocab)


def fill_span(net: Any, text: str, k: int = 5, next_text: str | None = None,
              *, tokenizer: TokenizerChoice | None = None) -> list[Blank]:
    """Return what each head of a SpanBERT predicts for each '<mask>'.

    Several '<mask>' in a row are one span: the boundary head predicts them
    from the two tokens beside it.

    >>> from d2l_bert.core import Vocab
    >>> class Net:  # one head always predicts 'a', the other 'crane'
    ...     vocab = Vocab(['a', 'crane'], 0, ['<pad>', '<mask>', '<cls>',
    ...                                       '<sep>'])
    ...     tokenizer, layout, loss_names = 'words', 'single', ('mlm', 'sbo')
    ...     class config: max_len = 64
    ...     def predict(self, inputs, blanks, *borders):
    ...         print(*borders)
    ...         return None, np.eye(7)[[[5, 5]]], None, np.eye(7)[[[6, 6]]]
    >>> one, two = fill_span(Net(), 'a <mask> <mask> crane', k=1)
    [[1 1]] [[4 4]] [[1 2]]
    >>> two.masked[0].token, two.boundary[0].token
    ('a', 'crane')

    Arguments and errors are those of `fill_mask`; ValueError, too, if the
    model has no boundary head.

    Source: Joshi et al., SpanBERT (2020), section 3.2.
    """
    _check_head(net, 'sbo')
    inputs, blanks = _find_blanks(net, text, k, next_text, tokenizer)
    new = np.diff(blanks, prepend=-1) > 1  # a blank that begins a span
    spans = np.split(blanks, np.flatnonzero(new)[1:])
    borders = [np.concatenate([of(span) for span in spans])[None] for of in (
        lambda span: np.full_like(span, span[0] - 1),
        lambda span: np.full_like(span, span[-1] + 1),
        lambda span: span - span[0] + 1)]
    outputs = net.predict(inputs, blanks[None], *borders)
    return [*map(Blank, *(_best(outputs[i][0], k, net.vocab)
                          for i in (1, 3)))]


def _find_blanks(net: Any, text: str, k: int, next_text: str | None,
                 tokenizer: TokenizerChoice | None
                 ) -> tuple[Inputs, np.ndarray]:
    """Return the inputs of a model, and the positions of their '<mask>'."""
    vocab = check_vocab(net.vocab)
    pair = _pair(net, text, next_text, tokenizer)
    wanted = [*pair[0], *(pair[1] or ())].count(vocab.spelling[MASK])
    if not wanted:
        raise ValueError(f'there is no {MASK} in {text!r}; put one where a '
                         f'word is to be predicted')
    check_whole('k', k, least=1, most=len(vocab))
    inputs = _inputs(net, [pair])
    blanks = np.flatnonzero(inputs.token_ids[0] == vocab.special(MASK))
    if len(blanks) < wanted:
        raise ValueError(f'a {MASK} lies beyond the length that the model '
                         f'reads; shorten {text!r}')
    return inputs, blanks


def _best(logits: np.ndarray, k: int, vocab: Any) -> list[list[Guess]]:
    """Return the k most probable tokens of each row of logits."""
    probabilities = softmax(logits)  # (blanks, vocab_size)
    best = np.argsort(-probabilities, axis=1, kind='stable')[:, :k]
    return [[Guess(vocab.to_tokens(i), float(row[i])) for i in indices]
            for row, indices in zip(probabilities, best)]


def _check_head(net: Any, name: str) -> None:
    """Raise ValueError if a model lacks the head that is needed."""
    names = getattr(net, 'loss_names', ('mlm', 'nsp'))
    if name not in names:
        raise ValueError(f'the model has no head for {HEADS[name]}; it was '
                         f'made for {" and ".join(HEADS[n] for n in names)}')


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
    _check_head(net, 'nsp')
    pairs = [_pair(net, question, answer, tokenizer) for answer in answers]
    if not all(a and b for a, b in pairs):
        raise ValueError('the question and every answer need at least one '
                         'word')
    nsp_Y_hat = net.predict(_inputs(net, pairs), None)[2]
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
    _check_vectors(net)
    pair = _pair(net, text, next_text, tokenizer)
    if not pair[0]:
        raise ValueError('there is no word in the text')
    inputs = _inputs(net, [pair])
    vectors = net.predict(inputs, None)[0][0]
    return net.vocab.to_tokens(inputs.token_ids[0]), vectors


def encoding_of(net: Any, tokens_a: Sequence[str],
                tokens_b: Sequence[str] | None, vocab: Any) -> np.ndarray:
    """Return the vectors of one or two lists of tokens, (1, len, H)."""
    _check_vectors(net)
    vocab = check_vocab(net.vocab if vocab is None else vocab)
    return net.predict(make_inputs([(tokens_a, tokens_b)], vocab,
                                   net.config.max_len, net.layout), None)[0]


def _check_vectors(net: Any) -> None:
    if 'start' in getattr(net, 'loss_names', ()):
        raise ValueError('a model for questions returns no vectors; use the '
                         'model that it was fine-tuned from')


def _pair(net: Any, text: str, next_text: str | None,
          tokenizer: TokenizerChoice | None) -> Pair:
    chosen = net.tokenizer if tokenizer is None else tokenizer
    if keeps_case(net.tokenizer):  # as did the text it was trained on
        chosen = cased(chosen)
    vocab = check_vocab(net.vocab)
    if tokenizer is not None:
        vocab_of(tokenizer, vocab)
    return text_pair(text, next_text, vocab, make_tokenizer(chosen))


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
