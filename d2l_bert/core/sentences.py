"""How a paragraph is cut into sentences."""

from collections.abc import Callable

# Takes the text of a paragraph, gives its sentences in order.
SentenceSplitter = Callable[[str], list[str]]


def period(text: str) -> list[str]:
    """Cut a text at each ' . ', as the book does.

    >>> period(' The sea rose . It fell again . ')
    ['The sea rose', 'It fell again .']

    Only full stops that stand alone count, as in WikiText, where every
    token has spaces around it. The last sentence keeps its full stop.

    Source: d2l section 15.9.1.
    """
    return text.strip().split(' . ')
