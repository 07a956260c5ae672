"""How a paragraph is cut into sentences."""

from collections.abc import Callable

# Takes the text of a paragraph, gives its sentences in order.
SentenceSplitter = Callable[[str], list[str]]


def check_callable(name: str, function: object) -> None:
    """Raise TypeError unless a function of the reader's own is one.

    >>> check_callable('tokenizer', 'words')
    Traceback (most recent call last):
    ...
    TypeError: tokenizer must be a function, not 'words'
    """
    if not callable(function):
        raise TypeError(f'{name} must be a function, not {function!r}')


def period(text: str) -> list[str]:
    """Cut a text at each ' . ', as the book does.

    >>> period(' The sea rose . It fell again . ')
    ['The sea rose', 'It fell again .']

    Only full stops that stand alone count, as in WikiText, where every
    token has spaces around it. The last sentence keeps its full stop.

    Source: d2l section 15.9.1.
    """
    return text.strip().split(' . ')
