"""A CSV file -> its rows, each with its place in the file.

The module csv of Python gives a damaged row an error without its place, and
a row with too many fields none at all.
"""

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any, NamedTuple

from ..files import PathLike
from .lines import open_text

DELIMITERS = ',;\t'  # spreadsheets of some countries write ';'
LONGEST = 2 ** 31 - 1  # characters in a field; csv has 131,072


class Row(NamedTuple):
    """A row of a table."""

    number: int  # of the rows, from 0
    line: int  # of the file, where it begins, from 1
    cells: dict[str, str]  # by the names of their columns


def read_table(path: PathLike, needed: str, start: int = 0,
               stop: int | None = None, complete: bool = False
               ) -> list[Row]:
    """Read the rows `start` to `stop` of a CSV file, the last left out.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     path = Path(home, 'tides.csv')
    ...     _ = path.write_text('hour;height\\n6;"3,1"\\n')
    ...     read_table(path, 'hour')
    [Row(number=0, line=2, cells={'hour': '6', 'height': '3,1'})]

    The first line names the columns, and `needed` is one of them. A comma,
    a semicolon or a tab separates the fields. With `complete`, a last line
    without its line end is left out.

    Raises ValueError for a file that is no such CSV, with the row.
    """
    with open_text(path, newline='') as file, _long_fields():
        lines = (line for line in file
                 if line.endswith('\n') or not complete)
        first = next(lines, '')
        delimiter = _delimiter(path, first, needed)
        return list(islice(_rows(path, first, lines, delimiter), start, stop))


def _delimiter(path: PathLike, first: str, needed: str) -> str:
    for delimiter in DELIMITERS:
        if needed in _names(first, delimiter):
            return delimiter
    raise ValueError(f'{path} has no column {needed!r}; its first line is '
                     f'{first.strip()[:60]!r}, and must have the names of '
                     f'the columns')


def _names(first: str, delimiter: str) -> list[str]:
    return [name.strip()
            for name in next(csv.reader([first], delimiter=delimiter), [])]


def _rows(path: PathLike, first: str, lines: Iterable[str], delimiter: str
          ) -> Iterator[Row]:
    reader: Any = csv.reader(chain([first], lines), delimiter=delimiter,
                        strict=True)
    names = _fields(reader, f'the first line of {path}') or []
    names = [name.strip() for name in names]
    number = 0
    while True:
        line = reader.line_num + 1
        place = f'row {number} of {path}, in line {line},'
        fields = _fields(reader, place)
        if fields is None:
            return
        if any(field.strip() for field in fields[len(names):]):
            raise ValueError(
                f'{place} has {len(fields)} fields, but there are '
                f'{len(names)} columns; put quotation marks around a text '
                f'that has a {delimiter!r}')
        if fields:  # a blank line is no row
            yield Row(number, line, dict(zip(names, fields)))
            number += 1


def _fields(reader: Any, place: str) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        raise ValueError(f'{place} is damaged ({error}); close each '
                         f'quotation mark that opens a field, and write one '
                         f'inside it twice') from error


@contextmanager
def _long_fields() -> Iterator[None]:
    before = csv.field_size_limit(LONGEST)
    try:
        yield
    finally:
        csv.field_size_limit(before)
