"""A pretrained BERT at work, in PyTorch."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from d2l_bert.core import prediction
from d2l_bert.core.prediction import Guess, Reader
from d2l_bert.core.vocab import Vocab

from .model import BERTModel
from .weights import load_bert as load_bert


def get_bert_encoding(net: BERTModel, tokens_a: Sequence[str],
                      tokens_b: Sequence[str] | None = None,
                      vocab: Vocab | None = None) -> torch.Tensor:
    """Return a vector for each token of one or two lists of tokens.

    >>> net = BERTModel(7, 8, 16, num_heads=2, num_blks=1, dropout=0)
    >>> net.vocab = Vocab(['a', 'crane'], 0,
    ...                   ['<pad>', '<mask>', '<cls>', '<sep>'])
    >>> get_bert_encoding(net, ['a', 'crane']).shape
    torch.Size([1, 4, 8])

    The shape is (1, tokens with '<cls>' and '<sep>', num_hiddens). Without
    `vocab` it takes `net.vocab`. Dropout is off meanwhile.

    Raises ValueError if there is no vocabulary.

    Source: d2l section 15.10.2.
    """
    vocab = prediction.check_vocab(net.vocab if vocab is None else vocab)
    inputs = prediction.make_inputs([(tokens_a, tokens_b)], vocab,
                                    net.config.max_len)
    return _run(net, *inputs)[0]


def fill_mask(net: BERTModel, text: str, k: int = 5,
              next_text: str | None = None) -> list[list[Guess]]:
    """Return the k likeliest words for each '<mask>' of one or two texts.

    >>> net = BERTModel(7, 8, 16, num_heads=2, num_blks=1, dropout=0)
    >>> net.vocab = Vocab(['a', 'crane'], 0,
    ...                   ['<pad>', '<mask>', '<cls>', '<sep>'])
    >>> [guesses] = fill_mask(net, 'a <mask>', k=7)
    >>> sorted(guess.token for guess in guesses)[-2:]
    ['a', 'crane']
    >>> round(sum(guess.probability for guess in guesses), 3)
    1.0

    A model has learnt from pairs of sentences; `next_text` is the second
    one, if there is any, and may have blanks as well.

    Raises ValueError if there is no '<mask>' or the model has no
    vocabulary.
    """
    return prediction.fill_mask(_reader(net), text, k, next_text)


def next_sentence_probability(net: BERTModel, a: str, b: str) -> float:
    """Return how likely the model finds it that text b follows text a."""
    return prediction.next_sentence_probability(_reader(net), a, b)


def rank_answers(net: BERTModel, question: str, answers: Sequence[str]
                 ) -> list[tuple[str, float]]:
    """Return prepared answers and their chances to follow, best first."""
    return prediction.rank_answers(_reader(net), question, answers)


def encode(net: BERTModel, text: str, next_text: str | None = None
           ) -> tuple[list[str], np.ndarray]:
    """Return the tokens that a model reads, and a vector for each.

    The vectors are NumPy's, (len, num_hiddens).
    """
    return prediction.encode(_reader(net), text, next_text)


def _reader(net: BERTModel) -> Reader:
    return Reader(partial(_outputs, net), prediction.check_vocab(net.vocab),
                  net.config.max_len)


def _outputs(net: BERTModel, *inputs: np.ndarray | None) -> Any:
    return tuple(None if output is None else output.cpu().numpy()
                 for output in _run(net, *inputs))


def _run(net: BERTModel, *inputs: np.ndarray | None) -> Any:
    """Run a model with dropout off, and leave it as it was."""
    device = next(net.parameters()).device
    was_training = net.training
    net.eval()
    try:
        with torch.no_grad():
            return net(*(None if array is None else
                         torch.from_numpy(array).to(device)
                         for array in inputs))
    finally:
        net.train(was_training)
