"""Masked language modelling: the book's rules for one example.

Plain Python; see `nsp`. A token is a word or a token id.
"""

import math
import random
from collections.abc import Collection, Iterator, Sequence
from numbers import Real
from typing import Any

from ..checks import as_list
from ..randomness import Rng, shuffled
from ..tokens.vocab import CLS, MASK, PAD, SEP, Vocab, check_is_vocab

MLM_RATIO = 0.15
MLM_PROBS = (0.8, 0.1, 0.1)  # '<mask>', a random word, left as it is
NEVER_PREDICTED = frozenset([CLS, SEP])


def check_mlm_options(mlm_ratio: float, mlm_probs: Sequence[float]) -> None:
    """Raise ValueError unless the ratio and the probabilities make sense.

    >>> check_mlm_options(0.15, (0.8, 0.1, 0.2))
    Traceback (most recent call last):
    ...
    ValueError: mlm_probs must be three numbers from 0 to 1 with sum 1 \
(mask, random, keep), not (0.8, 0.1, 0.2)
    """
    if not isinstance(mlm_ratio, Real) or not 0 < mlm_ratio <= 1:
        raise ValueError(f'mlm_ratio must be more than 0 and at most 1, '
                         f'not {mlm_ratio!r}')
    if (not isinstance(mlm_probs, Collection) or len(mlm_probs) != 3
            or not all(isinstance(p, Real) and 0 <= p <= 1
                       for p in mlm_probs)
            or not math.isclose(sum(mlm_probs), 1)):
        raise ValueError(f'mlm_probs must be three numbers from 0 to 1 with '
                         f'sum 1 (mask, random, keep), not {mlm_probs!r}')


def get_num_mlm_preds(num_tokens: int, mlm_ratio: float = MLM_RATIO) -> int:
    """Return how many of `num_tokens` tokens to predict: at least one.

    >>> [get_num_mlm_preds(n) for n in (3, 10, 64)]
    [1, 2, 10]

    For `max_len` it is P, the width of the prediction columns, so that an
    example of that length always fits. In the book that width is 0 for
    `max_len=3`, too small for '<cls> a <sep>'.
    """
    return max(1, round(num_tokens * mlm_ratio))


def candidate_positions(tokens: Sequence[Any],
                        excluded: frozenset[Any] = NEVER_PREDICTED
                        ) -> list[int]:
    """Return the positions of all tokens that may be predicted.

    >>> candidate_positions(['<cls>', 'hi', '<sep>', 'you', '<sep>'])
    [1, 3]
    """
    return [position for position, token in enumerate(tokens)
            if token not in excluded]


def never_predicted(strict_masking: bool = False) -> frozenset[str]:
    """Return the tokens that the model is never asked to predict.

    >>> sorted(never_predicted()), sorted(never_predicted(True))
    (['<cls>', '<sep>'], ['<cls>', '<mask>', '<pad>', '<sep>'])

    A text may itself contain '<mask>'. In the book it is a word like any
    other and may be predicted; with `strict_masking` it is not.
    """
    if strict_masking:
        return NEVER_PREDICTED | {MASK, PAD}
    return NEVER_PREDICTED


def random_words(vocab: Vocab, strict_masking: bool = False) -> list[str]:
    """Return the words that a random replacement is drawn from.

    >>> vocab = Vocab(['sea', 'moon'], reserved_tokens=['<pad>'])
    >>> random_words(vocab), random_words(vocab, strict_masking=True)
    (['<pad>', '<unk>', 'moon', 'sea'], ['moon', 'sea'])
    """
    if not strict_masking:
        return vocab.idx_to_token
    special = {*vocab.spelling.values()}
    words = [token for token in vocab.idx_to_token if token not in special]
    if not words:
        raise ValueError('strict_masking needs a word to draw, but the '
                         'vocabulary holds special tokens only; lower '
                         'min_freq or give it more text')
    return words


def draw_replacements(
        tokens: Sequence[Any], candidate_pred_positions: Sequence[int],
        num_mlm_preds: int, mask: Any, words: Sequence[Any], rng: Rng,
        mlm_probs: Sequence[float] = MLM_PROBS) -> Iterator[tuple[int, Any]]:
    """Draw positions to predict, and the new token at each.

    >>> list(draw_replacements(['a', 'b', 'c'], [0, 1, 2], 2, '<mask>',
    ...                        ['x', 'y'], random.Random(0)))
    [(0, '<mask>'), (2, 'c')]

    Yields `num_mlm_preds` pairs (position, new token), or fewer if there
    are fewer candidates, in random order. The second token here is
    unchanged.
    """
    p_mask, p_random, p_keep = mlm_probs
    p_keep_if_not_masked = p_keep / ((p_keep + p_random) or 1)
    order = shuffled(candidate_pred_positions, rng)
    for position in order[:num_mlm_preds]:
        if rng.random() < p_mask:
            yield position, mask
        elif rng.random() < p_keep_if_not_masked:
            yield position, tokens[position]
        else:
            yield position, rng.choice(words)


def replace_mlm_tokens(
        tokens: Sequence[str], candidate_pred_positions: Sequence[int],
        num_mlm_preds: int, vocab: Vocab, rng: Rng = random, *,
        mlm_probs: Sequence[float] = MLM_PROBS, strict_masking: bool = False
) -> tuple[list[str], list[tuple[int, str]]]:
    """Replace some tokens for masked language modelling.

    >>> replace_mlm_tokens(['a', 'b', 'c'], [0, 1, 2], 2, Vocab(['x', 'y']),
    ...                    random.Random(0))
    (['<mask>', 'b', 'c'], [(0, 'a'), (2, 'c')])

    Returns the new tokens and, in the order drawn, a (position, label)
    for each prediction. 80 % of them become '<mask>', 10 % a random word
    and 10 % stay unchanged; `mlm_probs` changes these probabilities. The
    caller's lists are not changed. With `strict_masking` a random word is
    never a special token.

    Source: d2l section 15.9.1.
    """
    check_mlm_options(MLM_RATIO, mlm_probs)
    check_is_vocab(vocab)
    tokens = as_list('tokens', tokens, "['<cls>', 'the', '<sep>']")
    candidate_pred_positions = as_list(
        'candidate_pred_positions', candidate_pred_positions, '[1, 2]')
    if num_mlm_preds < 0:
        raise ValueError(f'num_mlm_preds must be at least 0, not '
                         f'{num_mlm_preds}')
    new_tokens = list(tokens)
    pred_positions_and_labels = []
    for position, new_token in draw_replacements(
            tokens, candidate_pred_positions, num_mlm_preds,
            vocab.spelling.get(MASK, MASK),
            random_words(vocab, strict_masking), rng, mlm_probs):
        new_tokens[position] = new_token
        pred_positions_and_labels.append((position, tokens[position]))
    return new_tokens, pred_positions_and_labels


def get_mlm_data_from_tokens(
        tokens: Sequence[str], vocab: Vocab, rng: Rng = random, *,
        mlm_ratio: float = MLM_RATIO, mlm_probs: Sequence[float] = MLM_PROBS,
        strict_masking: bool = False
) -> tuple[list[int], list[int], list[int]]:
    """Mask one example and turn it into token ids.

    >>> vocab = Vocab(['hi', 'you'], reserved_tokens=['<mask>', '<cls>',
    ...                                               '<sep>'])
    >>> get_mlm_data_from_tokens(['<cls>', 'hi', '<sep>', 'you', '<sep>'],
    ...                          vocab, random.Random(0))
    ([0, 1, 2, 5, 2], [1], [4])

    Returns (token ids after masking, predicted positions in rising order,
    ids of the true tokens there). 15 % of the tokens are predicted, at least
    one. Special tokens are counted, but never chosen; they may be written as
    here or as `vocab` does.

    Source: d2l section 15.9.1.
    """
    check_mlm_options(mlm_ratio, mlm_probs)
    check_is_vocab(vocab)
    tokens = as_list('tokens', tokens, "['<cls>', 'the', '<sep>']")
    vocab.special(MASK)
    written = vocab.special_tokens  # '[CLS]' for '<cls>', in some
    tokens = [written.get(token, token) for token in tokens]
    excluded = frozenset(written.get(token, token) for token
                         in never_predicted(strict_masking))
    new_tokens, pred_positions_and_labels = replace_mlm_tokens(
        tokens, candidate_positions(tokens, excluded),
        get_num_mlm_preds(len(tokens), mlm_ratio), vocab, rng,
        mlm_probs=mlm_probs, strict_masking=strict_masking)
    pred_positions_and_labels.sort(key=lambda pair: pair[0])
    return (vocab[new_tokens],
            [position for position, _ in pred_positions_and_labels],
            vocab[[label for _, label in pred_positions_and_labels]])
