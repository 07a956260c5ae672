"""Lines -> articles, each with its title and its paragraphs.

`documents` cuts an article into sentences, which is what pretraining needs.
Questions need its paragraphs as they are written, capital letters included.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from .documents import TITLE
from .lines import text_lines
from .paragraphs import is_heading


class Article(NamedTuple):
    """A title, and paragraphs as they are written."""

    title: str
    paragraphs: list[str]


def split_articles(lines: Iterable[str]) -> list[Article]:
    """Cut a text into its articles.

    >>> split_articles([' = Tides = ', '', ' The sea rose . ',
    ...                 ' = = Neap = = ', ' It is low . ', '', ' = Cranes = ',
    ...                 '', ' One flew . '])  # doctest: +NORMALIZE_WHITESPACE
    [Article(title='Tides', paragraphs=['The sea rose .', 'It is low .']),
     Article(title='Cranes', paragraphs=['One flew .'])]

    A title as in WikiText, with blank lines around it, begins an article;
    other headings are left out. Lines before the first title are an article
    without one.
    """
    lines = ['', *map(str.strip, lines), '']
    articles = [Article('', [])]
    for before, line, after in zip(lines, lines[1:], lines[2:]):
        if TITLE.fullmatch(line) and not (before or after):
            articles.append(Article(line[2:-2], []))
        elif line and not is_heading(line):
            articles[-1].paragraphs.append(line)
    return [article for article in articles if article.paragraphs]


def read_articles(files: Sequence[Path]) -> list[Article]:
    """Read the articles of some files; none goes over the end of a file.

    >>> from ..files import TINYWIKI_DIR
    >>> articles = read_articles([TINYWIKI_DIR / 'wiki.train.tokens'])
    >>> len(articles), articles[0].title
    (72, 'The Moon')

    Raises what `text_lines` raises.
    """
    return [article for file in files
            for article in split_articles(text_lines([file]))]
