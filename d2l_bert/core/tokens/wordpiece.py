"""WordPiece: a word -> the pieces of a vocabulary, by Google's rules.

A text is cleaned and cut into words, and each word into the longest pieces
that the vocabulary has; a piece inside of a word begins with '##'.

Source: the tokenizer of Devlin et al., BERT (2018); Schuster and Nakajima,
Japanese and Korean Voice Search (2012).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..files import PathLike, replacing
from .vocab import CLS, MASK, PAD, SEP, UNK, Vocab

# How Google writes the special tokens, in the order of their ids.
SPELLING = {PAD: '[PAD]', UNK: '[UNK]', CLS: '[CLS]', SEP: '[SEP]',
            MASK: '[MASK]'}
MAX_CHARS = 200  # a longer word is [UNK]
NUM_CACHED = 2 ** 17  # words
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
    is put into lower case and loses its accents. It is a tokenizer, too,
    and takes a list of lines. There, special tokens in the text stay whole,
    written as here or as '<mask>'.

    Raises ValueError if pieces are not all different, or '[UNK]' is missing.
    """

    def __init__(self, vocab: Sequence[str], lowercase: bool = True):
        self.vocab = Vocab.of_tokens(vocab, SPELLING)
        self.lowercase = lowercase
        self._pieces: dict[str, list[str]] = {}  # of words seen before
        special = self.vocab.special_tokens
        self._special = re.compile(f'({"|".join(map(re.escape, special))})')

    def __call__(self, lines: Sequence[str]) -> list[list[str]]:
        return [self.tokenize(line, keep_special=True) for line in lines]

    def tokenize(self, text: str, keep_special: bool = False) -> list[str]:
        """Return the pieces of a text.

        With `keep_special`, '[MASK]' and other special tokens stay whole.
        """
        if keep_special and ('[' in text or '<' in text):
            written = self.vocab.special_tokens
            return [piece for i, part in enumerate(self._special.split(text))
                    for piece in ([written[part]] if i % 2
                                  else self.tokenize(part))]
        found: list[str] = []
        for word in clean(text).split():
            pieces = self._pieces.get(word)
            if pieces is None:
                pieces = [piece for part in words_of(word, self.lowercase)
                          for piece in self.pieces(part)]
                if len(self._pieces) < NUM_CACHED:
                    self._pieces[word] = pieces
            found += pieces
        return found

    def pieces(self, word: str) -> list[str]:
        """Return the longest pieces of a word, from its beginning.

        >>> WordPiece(['[UNK]', 'a', '##b', '##bc']).pieces('abcb')
        ['a', '##bc', '##b']
        """
        unknown = [self.vocab.spelling[UNK]]
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

    def encode(self, text: str) -> list[int]:
        """Return the ids of the pieces of a text."""
        return self.vocab[self.tokenize(text)]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of pieces, with a space between two words."""
        return ' '.join(self.vocab.to_tokens(ids)).replace(' ##', '')

    @classmethod
    def from_file(cls, path: PathLike, lowercase: bool = True) -> 'WordPiece':
        """Read a vocab.txt: a piece on each line, whose number is its id.

        Raises FileNotFoundError if there is no file, and ValueError if it
        is not a vocabulary.
        """
        path = Path(path).expanduser()
        if not path.is_file():
            raise FileNotFoundError(f'no vocabulary at {path}; it must be a '
                                    f'file such as vocab.txt, with a piece '
                                    f'on each line')
        try:
            text = path.read_text(encoding='utf-8')
            return cls(text.removesuffix('\n').split('\n'), lowercase)
        except ValueError as error:
            raise ValueError(f'{path} is not a vocabulary: {error}'
                             ) from error

    def save(self, path: PathLike) -> None:
        """Write the vocabulary as Google's vocab.txt."""
        with replacing(path) as partial:
            partial.write_text('\n'.join(self.vocab.idx_to_token) + '\n',
                               encoding='utf-8', newline='\n')


class _Cleaned(dict[int, str]):
    """For `str.translate`: what each character becomes in a clean text."""

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
