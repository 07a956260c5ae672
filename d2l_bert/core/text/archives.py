"""Unpacks zip and tar archives without trusting them.

An archive is a list of names and bytes that a stranger wrote. A name or a
link may point outside the folder, and some kilobytes may grow to terabytes.
So names are checked, links are refused, and bytes are counted while they
are written, whatever the headers say.
"""

import os
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath
from typing import IO

from filelock import FileLock

from ..files import PathLike

Member = tuple[str, Iterator[bytes] | None]  # None: a folder has no bytes
CHUNK = 1 << 16
LIMIT = 4 << 30   # bytes that an archive may grow to, by default
RATIO = 200       # times that it may grow; text seldom grows 10 times
SMALL = 16 << 20  # bytes that are always allowed


class ArchiveError(ValueError):
    """An archive is damaged, or would write where it must not."""


def extract(filename: PathLike, folder: PathLike | None = None,
            limit: int = LIMIT, ratio: float = RATIO) -> None:
    """Extract a zip or tar file into `folder`, by default the file's own.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     with zipfile.ZipFile(f'{home}/tides.zip', 'w') as archive:
    ...         archive.writestr('tides/high.txt', 'six o clock')
    ...     extract(f'{home}/tides.zip')
    ...     print(Path(home, 'tides', 'high.txt').read_text())
    six o clock

    Other files in the folder stay. A file appears under its name only
    when the whole archive has been read.

    Raises ArchiveError if the archive is damaged, names a place outside
    the folder, holds a link or a device, or grows beyond `limit` bytes or
    `ratio` times its size; FileNotFoundError if there is no archive;
    OSError if the folder cannot be written.

    Source: d2l, appendix "Utility Functions and Classes".
    """
    path = Path(filename)
    if not path.is_file():
        raise FileNotFoundError(f'there is no archive {path}')
    folder = path.parent if folder is None else Path(folder)
    staging = folder / f'.{path.name}.unpacked'
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f'.{path.name}.lock'):
            try:
                unpack(path, staging, limit, ratio)
                merge(staging, folder)
            finally:
                shutil.rmtree(staging, ignore_errors=True)


def unpack(path: Path, folder: Path, limit: int = LIMIT,
           ratio: float = RATIO) -> None:
    """Unpack an archive into a new folder, in place of an old one.

    A failure leaves some files behind: the folder must be a temporary one.
    `limit`, `ratio` and the errors are those of `extract`.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    limit = min(limit, max(SMALL, int(ratio * path.stat().st_size)))
    written = 0
    for name, pieces in _members(path):
        target = folder.joinpath(*_safe_parts(name))
        if pieces is None:
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, 'wb') as out:
            for piece in pieces:
                written += len(piece)
                if written > limit:
                    raise ArchiveError(f'the archive holds more than '
                                       f'{limit:,.0f} bytes: it may be a zip '
                                       f'bomb')
                out.write(piece)


def merge(source: Path, target: Path) -> None:
    """Move a file or a folder, and replace what is there.

    A new name appears only when it is complete. Folders that exist are
    merged, so that other files in them stay.
    """
    if source.is_dir() and target.is_dir():
        for child in list(source.iterdir()):
            merge(child, target / child.name)
    else:
        os.replace(source, target)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Make an error of the disk name the folder to be written."""
    try:
        yield
    except OSError as error:
        if error.errno is None:  # not from the system: it speaks for itself
            raise
        raise OSError(error.errno, f'cannot write to {folder}: '
                                   f'{error.strerror}') from error


def _safe_parts(name: str) -> tuple[str, ...]:
    # Windows has the widest idea of an absolute path: C:x, \x, //host/x.
    path = PureWindowsPath(name)
    if path.anchor or '..' in path.parts:
        raise ArchiveError(f'the archive names a place outside: {name!r}')
    return path.parts


def _members(path: Path) -> Iterator[Member]:
    """Yield each name with its bytes."""
    with _reading():
        if tarfile.is_tarfile(path):
            yield from _tar_members(path)
        elif zipfile.is_zipfile(path):
            yield from _zip_members(path)
        else:
            raise ArchiveError('this is neither a zip nor a tar archive')


def _zip_members(path: Path) -> Iterator[Member]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)  # 0: not from Unix
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise ArchiveError(f'{info.filename!r} is a link or a device')
            if info.is_dir():
                yield info.filename, None
            else:
                with archive.open(info) as file:
                    yield info.filename, _pieces(file)


def _tar_members(path: Path) -> Iterator[Member]:
    with tarfile.open(path) as archive:
        for info in archive:
            if not (info.isreg() or info.isdir()):
                raise ArchiveError(f'{info.name!r} is a link or a device')
            if info.isdir():
                yield info.name, None
            else:
                file = archive.extractfile(info)
                assert file is not None  # it is a regular one
                yield info.name, _pieces(file)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with _reading():
        while piece := file.read(CHUNK):
            yield piece


@contextmanager
def _reading() -> Iterator[None]:
    # Each format and each compression has exceptions of its own, OSError
    # among them; callers need one, which is never the disk's when writing.
    try:
        yield
    except ArchiveError:
        raise
    except Exception as error:
        raise ArchiveError(f'the archive is damaged: {error}') from error
