"""WordPiece: a word -> the pieces of a vocabulary, by Google's rules.

A text is cleaned and cut into words, and each word into the longest pieces
that the vocabulary has; a piece inside of a word begins with '##'.

Source: the tokenizer of Devlin et al., BERT (2019); Schuster and Nakajima,
Japanese and Korean Voice Search (2012).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from ..checks import a_value, as_list
from ..files import PathLike, replacing
from .vocab import CLS, MASK, PAD, SEP, UNK, Vocab

# How Google writes the special tokens, in the order of their ids.
SPELLING = {PAD: '[PAD]', UNK: '[UNK]', CLS: '[CLS]', SEP: '[SEP]',
            MASK: '[MASK]'}
# Both ways to write one, and the way that a vocabulary has.
WRITTEN = {written: own for token, own in SPELLING.items()
           for written in (token, own)}
MAX_CHARS = 200  # a longer word is [UNK]
NUM_CACHED = 2 ** 17  # words
_SPECIAL = re.compile(f'({"|".join(map(re.escape, WRITTEN))})')
_ASCII_PUNCTUATION = frozenset('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~')
# The ideographs of Chinese, Japanese and Korean: each is a word.
_IDEOGRAPHS = ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF),
               (0x2A700, 0x2B73F), (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF),
               (0xF900, 0xFAFF), (0x2F800, 0x2FA1F))


class WordPiece:
    """Cuts texts into the pieces of a vocabulary.

    >>> wordpiece = WordPiece(['[UNK]', 'un', '##want', '##ed', ',', 'runn',
    ...                        '##ing'])
    >>> wordpiece.tokenize('UNwant\\u00E9d,running')
    ['un', '##want', '##ed', ',', 'runn', '##ing']
    >>> wordpiece.tokenize('unwantedX running')
    ['[UNK]', 'runn', '##ing']
    >>> wordpiece.encode('running'), wordpiece.decode([1, 2, 3, 0])
    ([5, 6], 'unwanted [UNK]')

    `vocab` has the pieces in the order of their ids. With `lowercase` a text
    is put into lower case and loses its accents. A WordPiece is a tokenizer,
    too, and takes a list of lines. There, special tokens in the text stay
    whole, written as here or as '<mask>'.

    Raises ValueError if pieces are not all different, if one is empty, or if
    '[UNK]' is missing; TypeError for what is no list of pieces.
    """

    def __init__(self, vocab: Sequence[str], lowercase: bool = True):
        if not isinstance(lowercase, bool):
            raise TypeError(f'lowercase must be True or False, not '
                            f'{a_value(lowercase)}')
        pieces = as_list('vocab', vocab, "['[UNK]', 'sea', '##s']")
        _check_pieces(pieces)
        self.vocab = Vocab.of_tokens(pieces, SPELLING)
        self.lowercase = lowercase
        self._forget()

    def _forget(self) -> None:
        """Begin without any word that was seen before."""
        self._cut = _Cache(self._pieces_of)
        self._cut_whole = _Cache(self._pieces_and_special)

    def __call__(self, lines: Sequence[str]) -> list[list[str]]:
        if isinstance(lines, str):
            raise TypeError(f'a WordPiece takes a list of lines, not the one '
                            f'string {lines[:40]!r}; write '
                            f'wordpiece.tokenize(line)')
        return [self.tokenize(line, keep_special=True) for line in lines]

    def tokenize(self, text: str, keep_special: bool = False) -> list[str]:
        """Return the pieces of a text.

        >>> wordpiece = WordPiece(['[UNK]', '[MASK]', 'it', '##s', '[', ']'])
        >>> wordpiece.tokenize('its [MASK]')
        ['it', '##s', '[', '[UNK]', ']']
        >>> wordpiece.tokenize('its [MASK]', keep_special=True)
        ['it', '##s', '[MASK]']

        With `keep_special`, '[MASK]' and other special tokens stay whole, if
        the vocabulary has them.
        """
        if not isinstance(text, str):
            raise TypeError(f'a text must be a string, not {a_value(text)}')
        cache = self._cut_whole if keep_special else self._cut
        return [*chain.from_iterable(map(cache.__getitem__, _split(text)))]

    def _pieces_of(self, word: str) -> list[str]:
        return [piece for part in words_of(word, self.lowercase)
                for piece in self.pieces(part)]

    def _pieces_and_special(self, word: str) -> list[str]:
        if '[' not in word and '<' not in word:
            return self._pieces_of(word)
        return [piece for part in _SPECIAL.split(word)
                for piece in ([WRITTEN[part]]
                              if WRITTEN.get(part) in self.vocab
                              else self._pieces_of(part))]

    def pieces(self, word: str) -> list[str]:
        """Return the longest pieces of a word, from its beginning.

        >>> WordPiece(['[UNK]', 'a', '##b', '##bc']).pieces('abcb')
        ['a', '##bc', '##b']
        """
        unknown = [SPELLING[UNK]]
        if len(word) > MAX_CHARS:
            return unknown
        found, start, known = [], 0, self.vocab.token_to_idx
        while start < len(word):
            mark = '##' if start else ''
            for end in range(len(word), start, -1):
                if mark + word[start:end] in known:
                    break
            else:
                return unknown
            found.append(mark + word[start:end])
            start = end
        return found

    def unknown_words(self, text: str) -> list[str]:
        """Return the words of a text that are '[UNK]', each once.

        >>> WordPiece(['[UNK]', 'the']).unknown_words('The sea! [UNK]')
        ['sea', '!']

        Special tokens are no words.
        """
        parts = dict.fromkeys(
            part for word in _split(text)
            for part in _ordinary_parts(word, self.lowercase))
        return [part for part in parts
                if self.pieces(part) == [SPELLING[UNK]]]

    def encode(self, text: str, keep_special: bool = False) -> list[int]:
        """Return the ids of the pieces of a text: see `tokenize`."""
        return self.vocab[self.tokenize(text, keep_special)]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of pieces, with a space between two words.

        `ids` is a list, or an array of any framework.
        """
        pieces = self.vocab.to_tokens(ids)
        if isinstance(pieces, str):
            raise TypeError(f'ids must be a list, such as [5, 6], not '
                            f'{a_value(ids)}')
        return ' '.join(pieces).replace(' ##', '')

    @classmethod
    def from_file(cls, path: PathLike, lowercase: bool = True) -> 'WordPiece':
        """Read a vocab.txt: a piece on each line, whose number is its id.

        The first line has the number 0. Raises FileNotFoundError if there
        is no file, and ValueError if it is not a vocabulary.
        """
        path = Path(path).expanduser()
        if not path.is_file():
            raise FileNotFoundError(f'no vocabulary at {path}; it must be a '
                                    f'file such as vocab.txt, with a piece '
                                    f'on each line')
        try:
            text = path.read_text(encoding='utf-8-sig')
            lines = text.removesuffix('\n').split('\n')
            return cls([line.strip() or line for line in lines], lowercase)
        except ValueError as error:
            raise ValueError(f'{path} is not a vocabulary: {error}'
                             ) from error

    def save(self, path: PathLike) -> None:
        """Write the vocabulary as Google's vocab.txt, which has no case."""
        with replacing(path) as partial:
            partial.write_text('\n'.join(self.vocab.idx_to_token) + '\n',
                               encoding='utf-8', newline='\n')

    def __repr__(self) -> str:
        return (f'WordPiece(<{len(self.vocab)} pieces>, '
                f'lowercase={self.lowercase})')

    # The words seen before are left out: they say nothing about equality,
    # and would only make a process wait that gets a copy.

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WordPiece) and (
            (self.lowercase, self.vocab.idx_to_token)
            == (other.lowercase, other.vocab.idx_to_token))

    def __hash__(self) -> int:
        return hash((self.lowercase, *self.vocab.idx_to_token))

    def __getstate__(self) -> dict[str, Any]:
        return {'vocab': self.vocab, 'lowercase': self.lowercase}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._forget()


class _Cache(dict[str, list[str]]):
    """The pieces of the words that were seen, up to a number of words."""

    def __init__(self, cut: Callable[[str], list[str]]):
        self.cut = cut

    def __missing__(self, word: str) -> list[str]:
        pieces = [piece for part in clean(word).split()
                  for piece in self.cut(part)]
        if len(self) < NUM_CACHED:
            self[word] = pieces
        return pieces


def _check_pieces(pieces: Sequence[Any]) -> None:
    """Raise ValueError or TypeError unless these make a vocabulary."""
    seen: dict[str, int] = {}
    for i, piece in enumerate(pieces):
        if not isinstance(piece, str):
            raise TypeError(f"a piece must be a text, such as '##s', not "
                            f'{a_value(piece)}')
        if not piece:
            raise ValueError(f'piece {i}, in line {i + 1} of a vocab.txt, is '
                             f'empty; a piece needs at least one character')
        if piece.strip() not in (piece, '') or {*piece} & {*'\r\n'}:
            raise ValueError(f'piece {i}, {piece!r}, has white space at an '
                             f'end, or a line break; leave that out')
        if piece in seen:
            raise ValueError(f'piece {i}, in line {i + 1} of a vocab.txt, is '
                             f'{piece!r}, as is piece {seen[piece]}; each '
                             f'piece may stand there once')
        seen[piece] = i
    if SPELLING[UNK] not in seen:
        raise ValueError(f"there is no '[UNK]', for unknown words, among its "
                         f'{len(pieces)} pieces; a vocabulary needs one')


# Cleaning and words -------------------------------------------------------

class _Cleaned(dict[int, str]):
    """For `str.translate`: what each character becomes in a clean text.

    A character is looked at when it is first met: there are a million.
    """

    def __missing__(self, code: int) -> str:
        char = chr(code)
        category = unicodedata.category(char)
        if char in '\t\n\r' or category == 'Zs':
            self[code] = ' '
        elif char in '\0\ufffd' or category in ('Cc', 'Cf'):
            self[code] = ''
        elif any(low <= code <= high for low, high in _IDEOGRAPHS):
            self[code] = f' {char} '
        else:
            self[code] = char
        return self[code]


_CLEANED = _Cleaned()


def clean(text: str) -> str:
    """Drop control characters, and put spaces around ideographs.

    >>> clean('the\\tsea\\x00\\u6d77')
    'the sea \u6d77 '
    """
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_CLEANED)


def _split(text: str) -> list[str]:
    """Return what is between spaces; `clean` still has to see each.

    Some control characters are white space for Python, but not for Google,
    which drops them. No text that is printable has them.
    """
    return (text if text.isprintable() else clean(text)).split()


def count_words(lines: Iterable[str], lowercase: bool = True
                ) -> dict[str, int]:
    """Return how often each word occurs in a text, cut as by WordPiece.

    >>> count_words(['The sea, the moon <unk>'])
    {'the': 2, 'sea': 1, ',': 1, 'moon': 1}

    Special tokens such as '<unk>' and words of more than 200 characters are
    not counted. Raises TypeError for one string in place of lines.
    """
    if isinstance(lines, str):
        raise TypeError(f'count_words takes a list of lines, not the one '
                        f'string {lines[:40]!r}; write count_words([text])')
    seen: Counter[str] = Counter()
    for line in lines:
        seen.update(_split(line))
    counts: Counter[str] = Counter()
    for word, count in seen.items():
        for part in _ordinary_parts(word, lowercase):
            if len(part) <= MAX_CHARS:
                counts[part] += count
    return dict(counts)


def _ordinary_parts(word: str, lowercase: bool) -> Iterator[str]:
    """Yield the parts of a word that are no special tokens."""
    for run in _SPECIAL.split(word)[::2]:
        for cleaned in clean(run).split():
            yield from words_of(cleaned, lowercase)


def words_of(word: str, lowercase: bool = True) -> Iterator[str]:
    """Yield the parts of a word: runs of letters, and punctuation.

    >>> list(words_of("H\u00f4tel's"))
    ['hotel', "'", 's']
    """
    if lowercase:
        word = word.lower()
        if not word.isascii():
            word = ''.join(char for char in unicodedata.normalize('NFD', word)
                           if unicodedata.category(char) != 'Mn')
    part = ''
    for char in word:
        if is_punctuation(char):
            yield from part.split()
            yield char
            part = ''
        else:
            part += char
    yield from part.split()


def is_punctuation(char: str) -> bool:
    """Tell whether a character is punctuation, as Google counts it.

    >>> is_punctuation('$'), is_punctuation('\u2014'), is_punctuation('a')
    (True, True, False)

    ASCII's other marks count, too, though Unicode calls some symbols.
    """
    return (char in _ASCII_PUNCTUATION
            or unicodedata.category(char).startswith('P'))
