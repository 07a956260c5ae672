"""The sentences of a text -> lists of token ids, and their vocabulary."""

import gc
import warnings
from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import count, islice
from numbers import Real

import numpy as np

from ..progress import progress
from .vocab import RESERVED_TOKENS, Vocab
from .words import Tokenizer, tokenize

# From the count of each token, in the order of the text, and min_freq.
VocabMaker = Callable[[dict[str, int], int], Vocab]
Paragraphs = Sequence[Sequence[str]]


def check_min_freq(min_freq: float) -> None:
    """Raise ValueError for a `min_freq` that is not a number.

    >>> check_min_freq('5')
    Traceback (most recent call last):
    ...
    ValueError: min_freq must be a number, not '5'
    """
    if not isinstance(min_freq, Real):
        raise ValueError(f'min_freq must be a number, not {min_freq!r}')


def book_vocab(counts: dict[str, int], min_freq: int) -> Vocab:
    """Return the book's Vocab, sorted and with four reserved tokens.

    >>> book_vocab({'sea': 1}, 1).idx_to_token
    ['<cls>', '<mask>', '<pad>', '<sep>', '<unk>', 'sea']
    """
    return Vocab(counts, min_freq, RESERVED_TOKENS)


def sentences_to_ids(
        paragraphs: Paragraphs, tokenizer: Tokenizer = tokenize,
        min_freq: int = 5, make_vocab: VocabMaker = book_vocab
) -> tuple[list[list[list[int]]], Vocab]:
    """Make the Vocab, and turn each sentence into a list of token ids.

    >>> ids, vocab = sentences_to_ids(
    ...     [['the sea rose', 'the sea fell']], min_freq=2)
    >>> ids
    [[[6, 5, 4], [6, 5, 4]]]
    >>> vocab.to_tokens(ids[0][0])
    ['the', 'sea', '<unk>']

    Memory holds one string for each different token, not one for each
    token of the text. The text is one long row of numbers until all tokens
    are counted, and is then cut into sentences.

    Raises TypeError if the tokenizer does not return lists of tokens.
    """
    # Each new token gets the next number, from 0.
    numbering: dict[str, int] = defaultdict(count().__next__)
    flat, lens = array('i'), []
    for paragraph in progress(paragraphs, desc='reading'):
        lines = list(tokenizer(paragraph))
        if len(lines) != len(paragraph) or isinstance(lines[0], str):
            raise TypeError(
                f'the tokenizer must return a list of tokens for each of '
                f"its {len(paragraph)} sentences, such as [['the', 'sea'], "
                f"['it', 'fell']], not {str(lines)[:60]}")
        flat.fromlist([numbering[token] for line in lines for token in line])
        lens.append([len(line) for line in lines])
    counts = np.bincount(flat, minlength=len(numbering)).tolist()
    vocab = make_vocab(dict(zip(numbering, counts)), min_freq)
    _warn_of_reserved_tokens(numbering, vocab)
    final = vocab[list(numbering)]
    ids = map(final.__getitem__, flat)
    return [[list(islice(ids, length)) for length in paragraph_lens]
            for paragraph_lens in lens], vocab


def _warn_of_reserved_tokens(tokens: Collection[str], vocab: Vocab) -> None:
    written = [vocab.spelling[token] for token in RESERVED_TOKENS]
    found = [token for token in written if token in tokens]
    if found:
        warnings.warn(
            f'the text itself holds {", ".join(found)}, which BERT uses as '
            f'special tokens; write them differently in the text, or set '
            f'strict_masking so that they are not predicted', stacklevel=4)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the garbage collector while millions of lists are made.

    None of them is part of a cycle, and searching for cycles takes a
    quarter of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
