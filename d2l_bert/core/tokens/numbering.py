"""The sentences of a text -> token ids in one row, and their vocabulary."""

import gc
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, count
from numbers import Real
from typing import NamedTuple

import numpy as np

from ..progress import progress
from .vocab import RESERVED_TOKENS, Vocab
from .words import Tokenizer, tokenize

# From the count of each token, in the order of the text, and min_freq.
VocabMaker = Callable[[dict[str, int], int], Vocab]
Paragraphs = Sequence[Sequence[str]]
PARAGRAPHS_AT_ONCE = 100  # to the tokenizer; calls take time, too


class TextIds(NamedTuple):
    """The token ids of a text in one row, and where each part begins.

    Sentence i is `token_ids[starts[i]:starts[i + 1]]`, and paragraph j has
    the sentences `paragraphs[j]` to `paragraphs[j + 1]`, without the last.

    >>> text = TextIds.of([[[7, 8], [9]], [[6]]])
    >>> text.token_ids, text.starts, text.paragraphs
    (array([7, 8, 9, 6], dtype=int32), array([0, 2, 3, 4]), array([0, 2, 3]))
    """

    token_ids: np.ndarray  # int32
    starts: np.ndarray  # of the sentences, and the end of the last
    paragraphs: np.ndarray  # their first sentences, and the end of the last

    @classmethod
    def of(cls, paragraphs: Sequence[Sequence[Sequence[int]]]) -> 'TextIds':
        """Make it of paragraphs of sentences, which are lists of ids."""
        sentences = [*chain.from_iterable(paragraphs)]
        return cls(np.array([*chain.from_iterable(sentences)], np.int32),
                   ends(map(len, sentences)), ends(map(len, paragraphs)))

    @property
    def lens(self) -> np.ndarray:
        """The number of tokens of each sentence."""
        return np.diff(self.starts)

    def sentence(self, i: int) -> np.ndarray:
        """Return the token ids of a sentence."""
        return self.token_ids[self.starts[i]:self.starts[i + 1]]

    def take(self, places: np.ndarray) -> np.ndarray:
        """Return the token ids at these places; outside it may be any."""
        if not len(self.token_ids):
            return np.zeros(places.shape, np.int32)
        return self.token_ids.take(places, mode='clip')


def ends(lens: Iterator[int] | Sequence[int]) -> np.ndarray:
    """Return 0, and where each of several pieces in a row ends.

    >>> ends([2, 1])
    array([0, 2, 3])
    """
    return np.cumsum([0, *lens])


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
) -> tuple[TextIds, Vocab]:
    """Make the Vocab, and turn all sentences into token ids.

    >>> text, vocab = sentences_to_ids(
    ...     [['the sea rose', 'the sea fell']], min_freq=2)
    >>> text.token_ids
    array([6, 5, 4, 6, 5, 4], dtype=int32)
    >>> vocab.to_tokens(text.sentence(0))
    ['the', 'sea', '<unk>']

    Memory holds one string for each different token, not one for each
    token of the text.

    Raises TypeError if the tokenizer does not return lists of tokens.
    """
    # Each new token gets the next number, from 0.
    numbering: dict[str, int] = defaultdict(count().__next__)
    row, lens = array('i'), array('i')
    for start in progress(range(0, len(paragraphs), PARAGRAPHS_AT_ONCE),
                          desc='reading'):
        lines = _tokens(paragraphs[start:start + PARAGRAPHS_AT_ONCE],
                        tokenizer)
        row.fromlist([numbering[token] for line in lines for token in line])
        lens.extend(map(len, lines))
    numbers = np.frombuffer(row, np.int32) if row else np.zeros(0, np.int32)
    counts = np.bincount(numbers, minlength=len(numbering)).tolist()
    vocab = make_vocab(dict(zip(numbering, counts)), min_freq)
    final = np.array(vocab[list(numbering)], np.int32)  # id of each number
    return TextIds(final[numbers], ends(lens),
                   ends(map(len, paragraphs))), vocab


def _tokens(paragraphs: Paragraphs, tokenizer: Tokenizer) -> list[list[str]]:
    """Return the tokens of each sentence of some paragraphs."""
    sentences = [*chain.from_iterable(paragraphs)]
    lines = list(tokenizer(sentences))
    if len(lines) == len(sentences) and not isinstance(lines[0], str):
        return lines
    if len(paragraphs) > 1:  # name the first that is wrong
        for paragraph in paragraphs:
            _tokens([paragraph], tokenizer)
    raise TypeError(
        f'the tokenizer must return a list of tokens for each of its '
        f"{len(sentences)} sentences, such as [['the', 'sea'], ['it', "
        f"'fell']], not {str(lines)[:60]}")


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the garbage collector while many lists are made.

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
