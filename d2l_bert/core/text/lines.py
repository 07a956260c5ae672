"""A file -> its lines: text, also compressed by gzip, or Parquet.

A reader who gives the wrong file must learn what it is and where it goes
wrong. So the first bytes are looked at before anything is read, and a byte
that is not UTF-8 is named by its line and its place in the file.
"""

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO

from ..files import PathLike
from .parquet import MAGIC, parquet_lines

MARK = '\ufeff'  # the byte order mark, with which Windows starts a file
GZIP = b'\x1f\x8b'
HEAD = 4096  # bytes by which a file is known
# How files start that hold no plain text, and what they are.
FOREIGN = (
    (rb'PK\x03\x04', 'a zip archive, or a document of Word or Excel'),
    (rb'.{257}ustar', 'a tar archive'),
    (rb'BZh\d1AY&SY', 'compressed by bzip2'),
    (rb'\xfd7zXZ', 'compressed by xz'),
    (rb'\x28\xb5\x2f\xfd', 'compressed by Zstandard'),
    (rb'%PDF-', 'a PDF'),
    (rb'\{\\rtf', 'an RTF document'),
    (rb'\xd0\xcf\x11\xe0', 'a document of Word or Excel'))
# Byte order marks of other encodings, the longer ones first.
OTHER_MARKS = ((b'\xff\xfe\0\0', 'UTF-32'), (b'\0\0\xfe\xff', 'UTF-32'),
               (b'\xff\xfe', 'UTF-16'), (b'\xfe\xff', 'UTF-16'))
# Where a file without a last line end was joined to the next one.
JOINT = re.compile(rf'(?<=[.!?…"”’\')\]])[ \t]*{MARK}+(?=\S)')


def text_lines(paths: Iterable[PathLike]) -> Iterator[str]:
    """Yield the lines of some files, with a blank line between two files.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     path = Path(home, 'tides.txt')
    ...     _ = path.write_text('It rose .\\nIt fell .\\n', 'utf-8-sig')
    ...     list(text_lines([path]))
    ['It rose .\\n', 'It fell .\\n']

    The byte order marks of files that were joined are dropped.

    Raises ValueError for a file that is not UTF-8 text, OSError for one
    that cannot be read, and what `parquet_lines` raises.
    """
    for i, path in enumerate(paths):
        if i:
            yield '\n'
        if _starts_with(path, MAGIC):
            yield from parquet_lines(path)
            continue
        with open_text(path) as file:
            for line in file:
                if MARK in line:
                    yield from _unmarked(line)
                else:
                    yield line


def _unmarked(line: str) -> list[str]:
    # WikiText-2 has some of these marks between two spaces: they stay.
    return JOINT.split(line.lstrip(MARK))


@contextmanager
def open_text(path: PathLike, newline: str | None = None
              ) -> Iterator[IO[str]]:
    """Open a file of UTF-8 text, which may be compressed by gzip.

    >>> with open_text(__file__) as file:
    ...     file.readline().split()[:3]
    ['\"\"\"A', 'file', '->']

    Raises ValueError, also while it is read, with the line and the byte
    that are not UTF-8, or with what the file is instead of text.
    """
    try:
        with _open_bytes(path) as raw:
            _check_head(path, raw.read(HEAD))
        opener = gzip.open if _starts_with(path, GZIP) else open
        with opener(path, 'rt', encoding='utf-8-sig',
                    newline=newline) as file:
            yield file
    except UnicodeDecodeError as error:
        raise ValueError(_bad_byte(path)) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f'{path} is a damaged gzip file ({error}); copy or '
                         f'download it again') from error


def _starts_with(path: PathLike, start: bytes) -> bool:
    with open(path, 'rb') as file:
        return file.read(len(start)) == start


def _open_bytes(path: PathLike) -> BinaryIO | gzip.GzipFile:
    if _starts_with(path, GZIP):
        return gzip.open(path, 'rb')
    return open(path, 'rb')


def _check_head(path: PathLike, head: bytes) -> None:
    """Raise ValueError if a file that starts like this is not UTF-8."""
    for start, kind in FOREIGN:
        if re.match(start, head, re.DOTALL):
            raise ValueError(f'{path} is {kind}, not UTF-8 text; give the '
                             f'text itself, saved as UTF-8')
    if other := _other_encoding(head):
        raise ValueError(_save_as_utf_8(path, other))


def _other_encoding(head: bytes) -> str | None:
    """Return what a file must be that starts with zero bytes among others.

    >>> _other_encoding('It rose'.encode('utf-16-le'))
    'UTF-16'

    UTF-8 text has none. In UTF-16 every second byte of English is one, and
    of other languages at least those beside spaces and line ends.
    """
    for mark, encoding in OTHER_MARKS:
        if head.startswith(mark):
            return encoding
    zeros = head.count(0)
    if zeros < 2 + len(head) // 200:  # some that went astray
        return None
    most = max(head[::2].count(0), head[1::2].count(0))
    if zeros > len(head) * 0.6:
        return 'UTF-32'
    return 'UTF-16' if most > zeros * 0.9 else 'binary data'


def _save_as_utf_8(path: PathLike, encoding: str) -> str:
    return (f'{path} is not UTF-8 text but {encoding}; open it in an editor '
            f'and save it as UTF-8')


def _bad_byte(path: PathLike) -> str:
    """Say which byte of a file is not UTF-8, and in which line it is."""
    number, offset = 1, 0
    with _open_bytes(path) as file:
        for line in file:
            try:
                line.decode()
            except UnicodeDecodeError as error:
                start = error.start
                number += _lone_returns(line[:start])
                byte = line[start:start + 1]
                return (f'{path} is not UTF-8 text: byte {offset + start}, '
                        f'in line {number}, is 0x{byte.hex().upper()} '
                        f'({byte.decode("cp1252", "replace")!r} in '
                        f'Windows-1252); save the file as UTF-8')
            number += 1 + _lone_returns(line)
            offset += len(line)
    raise ValueError(f'{path} changed while it was read; try again')


def _lone_returns(line: bytes) -> int:
    """Count the line ends of old Macs, which are no '\\n'."""
    return line.count(b'\r') - line.count(b'\r\n')
