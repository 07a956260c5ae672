"""A sentence -> its tokens: by spaces, by characters, or by rules.

A tokenizer is a function from a list of lines to a list of tokens for each.
Those with a name are saved with a model; of another one a model file can
keep only the name.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..checks import a_value, as_list, check_callable
from .vocab import RESERVED_TOKENS, SPECIAL_TOKENS, Vocab
from .wordpiece import WordPiece

Tokenizer = Callable[[Sequence[str]], list[list[str]]]
TokenizerChoice = Tokenizer | str

_PUNCTUATION = str.maketrans({**{mark: f' {mark} ' for mark in "'.,()!?"},
                              ';': ' ', ':': ' '})
_SPECIAL = re.compile(f'({"|".join(sorted(SPECIAL_TOKENS))})')


def tokenize(lines: Sequence[str], token: str = 'word') -> list[list[str]]:
    """Split each line into words or characters.

    >>> tokenize(['the sea rose', 'it fell'])
    [['the', 'sea', 'rose'], ['it', 'fell']]
    >>> tokenize(['sea'], token='char')
    [['s', 'e', 'a']]

    Raises ValueError if `token` is neither 'word' nor 'char', and
    TypeError if `lines` are not texts, or are one string.

    Source: d2l, appendix "Utility Functions and Classes".
    """
    if isinstance(lines, str):
        raise TypeError(f'tokenize takes a list of lines, not the one '
                        f'string {lines[:40]!r}; write tokenize([line])')
    lines = as_list('lines', lines, "['the sea rose', 'it fell']")
    for line in lines:
        if not isinstance(line, str):
            raise TypeError(f'a line must be a text, such as '
                            f"'the sea rose', not {a_value(line)}")
    if token == 'word':
        return [line.split() for line in lines]
    if token == 'char':
        return [list(line) for line in lines]
    raise ValueError(f"token must be 'word' or 'char', not {token!r}")


def characters(lines: Sequence[str]) -> list[list[str]]:
    """Split each line into characters.

    >>> characters(['sea'])
    [['s', 'e', 'a']]
    """
    return tokenize(lines, token='char')


def basic(lines: Sequence[str]) -> list[list[str]]:
    """Split each line into words and marks, in any script.

    >>> basic(['the game, of 3.15 p.m.: <unk> \u2014 \u00fcber'])
    [['the', 'game', ',', 'of', '3', '.', '15', 'p', '.', 'm', '.', ':', \
'<unk>', '\u2014', '\u00fcber']]

    A word is a run of letters, with their accents, and digits; any other
    character is a token. The special tokens stay whole.
    """
    return [[token for piece in _SPECIAL.split(line)
             for token in ([piece] if piece in SPECIAL_TOKENS
                           else piece.translate(_SPACED).split())]
            for line in lines]


class _Spaced(dict[int, str]):
    """For `str.translate`: spaces around what is no part of a word.

    A character is looked at when it is first met: there are a million.
    """

    def __missing__(self, code: int) -> str:
        character = chr(code)
        # Accents that are characters of their own, and invisible ones.
        joins = unicodedata.category(character) in ('Mn', 'Mc', 'Cf')
        self[code] = (character if character.isalnum() or joins
                      else f' {character} ')
        return self[code]


_SPACED = _Spaced()


def basic_english(lines: Sequence[str]) -> list[list[str]]:
    """Split each line into lower-case words and punctuation.

    >>> basic_english(['"Don\\'t!" he said;<br />she left.'])
    [['don', "'", 't', '!', 'he', 'said', 'she', 'left', '.']]

    Each of ' . , ( ) ! ? is a token. Double quotes are removed.
    Semicolons, colons and '<br />' separate words and are removed.

    Source: the tokenizer 'basic_english' of torchtext.
    """
    return _english([line.lower() for line in lines])


def _english(lines: Sequence[str]) -> list[list[str]]:
    return [line.replace('"', '').replace('<br />', ' ')
            .translate(_PUNCTUATION).split() for line in lines]


NAMED: dict[str, Tokenizer] = {
    'words': tokenize, 'basic': basic, 'chars': characters,
    'basic_english': basic_english}


def make_tokenizer(choice: TokenizerChoice) -> Tokenizer:
    """Return the tokenizer of a name, or a function as it is.

    >>> make_tokenizer('words') is tokenize
    True
    >>> make_tokenizer('pieces')
    Traceback (most recent call last):
    ...
    ValueError: tokenizer 'pieces' is not known; give one of words, basic, \
chars, basic_english, or a function

    A WordPiece is a function, too. Raises TypeError for what is neither a
    name nor a function.
    """
    if not isinstance(choice, str):
        check_callable('tokenizer', choice)
        return choice
    if choice == 'wordpiece':
        raise ValueError("tokenizer 'wordpiece' needs a vocabulary; give "
                         "WordPiece.from_file('vocab.txt'), or one that was "
                         "trained, WordPiece(train_wordpiece(counts, 8000))")
    if choice not in NAMED:
        raise ValueError(f'tokenizer {choice!r} is not known; give one of '
                         f'{", ".join(NAMED)}, or a function')
    return NAMED[choice]


class Cased:
    """A tokenizer for text that keeps its capital letters.

    >>> cased('words')(['The sea rose'])
    [['The', 'sea', 'rose']]

    It cuts as the one inside does, `cut`. But before a model reads a text,
    the text is put into lower case for any other tokenizer.
    """

    lowercase = False

    def __init__(self, cut: Tokenizer):
        self.cut = cut
        self.__name__ = f'{getattr(cut, "__name__", repr(cut))}, cased'

    def __call__(self, lines: Sequence[str]) -> list[list[str]]:
        return (_english if self.cut is basic_english else self.cut)(lines)


def cased(choice: TokenizerChoice) -> Cased | WordPiece:
    """Return a tokenizer, or the one of a name, for text with capitals.

    >>> cased('basic_english')(['"The sea," he said'])
    [['The', 'sea', ',', 'he', 'said']]

    Raises what `make_tokenizer` raises, and ValueError for a WordPiece that
    puts its text into lower case: its pieces have no capital letters.
    """
    tokenizer = make_tokenizer(choice)
    if isinstance(tokenizer, WordPiece):
        _check_case(tokenizer, lowercase=False)
    return (tokenizer if isinstance(tokenizer, Cased | WordPiece)
            else Cased(tokenizer))


def keeps_case(tokenizer: TokenizerChoice) -> bool:
    """Tell whether a tokenizer is for text with its capital letters.

    >>> keeps_case('words'), keeps_case(cased('words'))
    (False, True)
    """
    return not getattr(tokenizer, 'lowercase', True)


def _check_case(wordpiece: WordPiece, lowercase: bool) -> None:
    if wordpiece.lowercase != lowercase:
        raise ValueError(
            f'the text is read with lowercase={lowercase}, but the WordPiece '
            f'was made with lowercase={wordpiece.lowercase}; give both the '
            f'same')


def keep_case(options: Mapping[str, Any], lowercase: bool) -> dict[str, Any]:
    """Return options whose tokenizer is cased, unless text is lower case.

    >>> keep_case({'min_freq': 1}, lowercase=True)
    {'min_freq': 1}
    >>> keep_case({}, lowercase=False)['tokenizer'].cut is tokenize
    True

    A WordPiece has a case of its own. Raises ValueError if it is another
    one.
    """
    tokenizer = options.get('tokenizer', 'words')
    if isinstance(tokenizer, WordPiece):
        _check_case(tokenizer, lowercase)
    if lowercase:
        return dict(options)
    return {**options, 'tokenizer': cased(tokenizer)}


def vocab_of(tokenizer: TokenizerChoice, vocab: Vocab | None) -> Vocab | None:
    """Return the vocabulary to use: `vocab`, or that of the tokenizer.

    >>> wordpiece = WordPiece(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'])
    >>> vocab_of(wordpiece, None) is wordpiece.vocab
    True
    >>> vocab_of('words', None)

    Most tokenizers have none. Raises ValueError if both are given and
    differ, and if that of the tokenizer lacks a special token.
    """
    own = getattr(tokenizer, 'vocab', None)
    if not isinstance(own, Vocab):
        return vocab
    if vocab is not None and (vocab.idx_to_token != own.idx_to_token
                              or {*vocab.spelling.items()}
                              != {*own.spelling.items()}):
        raise ValueError(f'vocab, of {len(vocab)} tokens, is not the one of '
                         f'the tokenizer, which has {len(own)} pieces of its '
                         f'own; leave vocab out')
    missing = [own.spelling[token] for token in RESERVED_TOKENS
               if own.spelling[token] not in own]
    if missing:
        raise ValueError(f'the vocabulary of the tokenizer has no '
                         f'{", ".join(missing)}; add what is missing to its '
                         f'pieces, each in a line of a vocab.txt')
    return own if vocab is None else vocab


class UnsavedTokenizer:
    """Takes the place of a function that a model file could only name.

    >>> UnsavedTokenizer('my_words')(['the sea'])
    Traceback (most recent call last):
    ...
    ValueError: the model was trained with a tokenizer of your own, \
my_words, which is not in its file; in Python, pass tokenizer=my_words
    """

    def __init__(self, name: str):
        self.__name__ = name

    def __call__(self, lines: Sequence[str]) -> list[list[str]]:
        name = self.__name__
        raise ValueError(f'the model was trained with a tokenizer of your '
                         f'own, {name}, which is not in its file; in Python, '
                         f'pass tokenizer={name}')


def describe_tokenizer(tokenizer: TokenizerChoice) -> dict[str, Any]:
    """Return what a model file says about a tokenizer, as JSON has it.

    >>> describe_tokenizer(tokenize)
    {'name': 'words', 'state': {}, 'saved': True}
    >>> def my_words(lines): ...
    >>> describe_tokenizer(my_words)
    {'name': 'my_words', 'state': {}, 'saved': False}
    >>> describe_tokenizer(cased('chars'))['state']
    {'lowercase': False}
    """
    tokenizer = make_tokenizer(tokenizer)
    if isinstance(tokenizer, Cased):
        return {**describe_tokenizer(tokenizer.cut),
                'state': {'lowercase': False}}
    if isinstance(tokenizer, WordPiece):
        return {'name': 'wordpiece', 'saved': True,
                'state': {'lowercase': tokenizer.lowercase}}
    for name, function in NAMED.items():
        if tokenizer is function:
            return {'name': name, 'state': {}, 'saved': True}
    return {'name': getattr(tokenizer, '__name__', repr(tokenizer)),
            'state': {}, 'saved': False}


def restore_tokenizer(described: Mapping[str, Any],
                      vocab: Vocab | None = None) -> Tokenizer:
    """Return the tokenizer that was described.

    >>> restore_tokenizer(describe_tokenizer(characters)) is characters
    True

    The pieces of WordPiece are the tokens of `vocab`.

    Raises ValueError for a name that this version does not know.
    """
    if described['name'] == 'wordpiece' and described['saved']:
        if vocab is None:
            raise ValueError('WordPiece needs the vocabulary of the model')
        return WordPiece(vocab.idx_to_token, described['state']['lowercase'])
    tokenizer = (make_tokenizer(described['name']) if described['saved']
                 else UnsavedTokenizer(described['name']))
    return tokenizer if described['state'].get('lowercase', True) else cased(
        tokenizer)


def tokenize_text(text: str, tokenizer: Tokenizer,
                  special: Mapping[str, str]) -> list[str]:
    """Return the tokens of a text in which special tokens stay whole.

    >>> tokenize_text('a <mask>!', characters, {'<mask>': '[MASK]'})
    ['a', ' ', '[MASK]', '!']

    `special` maps what may stand in the text to the token that it means.
    The text is put into lower case, as it is when a corpus is read, unless
    the tokenizer is `cased`, or a WordPiece with capital letters.
    """
    case = str.lower if getattr(tokenizer, 'lowercase', True) else str
    pattern = '|'.join(map(re.escape, special))
    pieces = re.split(f'({pattern})', text) if special else [text]
    return [token for i, piece in enumerate(pieces) if piece
            for token in ([special[piece]] if i % 2 else
                          tokenizer([case(piece)])[0])]
