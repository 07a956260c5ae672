"""Warnings about tokens from which a model can learn little."""

import warnings
from collections.abc import Iterator

from .numbering import TextIds
from .vocab import RESERVED_TOKENS, UNK, Vocab

MOSTLY = 0.5  # a share of '<unk>' that leaves little to learn
MANY = 0.05  # a share of tokens that end in a mark
MARKS = ('.', ',', ';', ':', '!', '?')
LONG = 15  # characters of a token, on average; in English there are 4 to 5
CALLER = 4  # of make_examples, seen from here


def warn_of_reserved_tokens(text: TextIds, vocab: Vocab,
                            strict_masking: bool) -> None:
    """Warn if the text itself has a token that BERT uses."""
    ids = {vocab.spelling[token]: vocab.special(token)
           for token in RESERVED_TOKENS
           if vocab.spelling[token] in vocab.token_to_idx}
    found = [token for token, idx in ids.items()
             if (text.token_ids == idx).any()]
    if found:
        advice = ('' if strict_masking else ', or set strict_masking so that '
                                            'they are not predicted')
        _warn(f'the text itself holds {", ".join(found)}, which BERT uses as '
              f'special tokens; write them differently in the text{advice}')


def warn_of_tokens(vocab: Vocab, min_freq: int) -> None:
    """Warn if the tokens of the text look wrong; the first reason is told.

    The vocabulary must have been made of this text.
    """
    warning = next(_warnings(vocab, min_freq), None)
    if warning is not None:
        _warn(warning)


def warn_of_unknown_pieces(text: TextIds, vocab: Vocab) -> None:
    """Warn if most of a text is unknown to its tokenizer's vocabulary."""
    unknown = (text.token_ids == vocab.unk).mean() if len(
        text.token_ids) else 0
    if unknown > MOSTLY:
        _warn(f'{unknown:.0%} of the pieces are {vocab.spelling[UNK]}, so '
              f'the vocabulary of the tokenizer is not for this text; train '
              f'one from it, or check its language and case')


def _warnings(vocab: Vocab, min_freq: int) -> Iterator[str]:
    characters = sum(len(token) * count for token, count
                     in vocab.token_freqs)
    mean = characters / max(1, sum(count for _, count in vocab.token_freqs))
    if mean > LONG:
        yield (f"a token has {mean:.0f} characters on average, so words seem "
               f"not to be divided by spaces; choose a tokenizer that "
               f"divides them, such as tokenizer='chars' "
               f"or a function of your own")
    unknown = vocab.unknown_share()
    if unknown > MOSTLY:
        yield (f'{unknown:.0%} of the tokens are {vocab.spelling[UNK]}, as '
               f'words that occur fewer than min_freq={min_freq} times are; '
               f'set min_freq=1, or give more text')
    glued = vocab.share_of(lambda token: len(token) > 1
                           and token.endswith(MARKS) and token[-2].isalnum())
    if glued > MANY and '.' not in vocab.token_to_idx:
        yield (f"{glued:.0%} of the tokens have punctuation at their end, so "
               f"that 'game' and 'game,' are two words, and '.' is no token; "
               f"choose tokenizer='basic', which divides them")


def _warn(text: str) -> None:
    warnings.warn(text, stacklevel=CALLER)
