"""Brings a data set from its mirrors to a folder, and checks every file.

A data set is known by its contents: the size and git blob id of each file.
So it does not matter which mirror it comes from, or whether that mirror
packs it: whatever arrives is checked before it gets its name. Libraries
such as pooch check one hash of one file from one address; they neither
ask several mirrors in turn nor continue a download, which is what most of
this module is for.
"""

import hashlib
import http.client
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from filelock import FileLock

from d2l_bert import __version__

from ..files import PathLike
from ..progress import progress
from .archives import CHUNK, ArchiveError, merge, unpack, writing

USER_AGENT = f'd2l-bert/{__version__}'  # one mirror refuses Python's own
TIMEOUT = 20.0                          # seconds without a single byte

Files = Mapping[str, tuple[str, int]]   # name -> (git blob id, bytes)
Mirror = str | Mapping[str, str]        # an archive's url, or each file's
Check = Callable[[Path], str | None]    # says what is wrong with a file


@dataclass(frozen=True)
class DataSet:
    """What a published data set contains, and who has it.

    `files` maps a name to (git blob id, size in bytes); a local copy must
    hold the first. A mirror is the url of an archive with these files, or
    a mapping from file name to url.
    """

    files: Files
    mirrors: tuple[Mirror, ...] = ()


class DownloadError(OSError):
    """No mirror had the right bytes."""


class MirrorError(Exception):
    """One mirror did not have the right bytes: ask the next."""


# Mirrors -------------------------------------------------------------------

def fetch_set(name: str, data_set: DataSet, cache: Path, advice: str,
              timeout: float = TIMEOUT) -> str:
    """Bring a data set to the folder `cache`; return the mirror that had it.

    `advice` tells the user what to do if no mirror has it.

    Raises DownloadError if every mirror fails.
    """
    files, work = data_set.files, cache.with_name(f'.{name}.part')

    def get(mirror: Mirror) -> None:
        if isinstance(mirror, str):
            _get_archive(mirror, files, work, timeout)
        else:
            _get_files(mirror, files, work, timeout)

    with writing(cache.parent):
        cache.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(cache.with_name(f'.{name}.lock')):
            if is_complete(data_set, cache):  # another process was faster
                return 'cache'
            (work / 'whole').mkdir(parents=True, exist_ok=True)
            source = ask_each(data_set.mirrors, get, advice)
            merge(work / 'whole', cache)
            shutil.rmtree(work)
            return source


def is_complete(data_set: DataSet, path: Path) -> bool:
    """Return whether a folder has all files of a set, of the right sizes."""
    return all((path / file).is_file() and (path / file).stat().st_size == size
               for file, (_, size) in data_set.files.items())


def _get_archive(url: str, files: Files, work: Path, timeout: float) -> None:
    """Fill `work`/whole from an archive, whose contents are checked."""
    unpacked = work / 'unpacked'

    def check(part: Path) -> str | None:
        try:
            unpack(part, unpacked, limit=2 * sum(n for _, n in files.values()))
        except ArchiveError as error:
            return _page(part) or str(error)
        for file, facts in files.items():
            path = next(unpacked.rglob(file), unpacked / file)
            if problem := wrong_blob(path, *facts):
                return problem
            os.replace(path, work / 'whole' / file)
        return None

    try:
        fetch(url, work / 'archive', check, timeout)
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)


def _get_files(urls: Mapping[str, str], files: Files, work: Path,
               timeout: float) -> None:
    """Fill `work`/whole file by file, without those that are there."""
    for file, (blob, size) in files.items():
        check = partial(wrong_blob, blob=blob, size=size)
        if check(work / 'whole' / file):
            fetch(urls[file], work / file, check, timeout)
            os.replace(work / file, work / 'whole' / file)


def ask_each(mirrors: Iterable[Mirror], get: Callable[[Mirror], None],
              advice: str) -> str:
    """Try the mirrors in turn; return the name of the first that has it."""
    failures = []
    for mirror in mirrors:
        label = (mirror if isinstance(mirror, str)
                 else os.path.commonprefix([*mirror.values()]))
        try:
            get(mirror)
            return label
        except MirrorError as error:
            failures.append(f'  {label}: {error}')
    raise DownloadError('\n'.join(
        ['no mirror had the data:', *failures, advice]))


# One address ---------------------------------------------------------------

def fetch(url: str, part: Path, check: Check, timeout: float) -> None:
    """Download `url` to the file `part`, continuing what is there.

    What is there may come from a killed run, another mirror or an older
    file. If `check` fails, the download starts again.
    """
    while True:
        start = part.stat().st_size if part.exists() else 0
        with progress(desc=url.rpartition('/')[2], unit='B', unit_scale=True,
                      delay=0) as bar:
            for offset, total, piece in _stream(url, start, timeout):
                with open(part, 'ab') as out:
                    out.truncate(offset)  # 0 if the server starts at 0
                    out.write(piece)
                bar.total = total
                bar.update(offset + len(piece) - bar.n)
        problem = check(part)
        if problem is None:
            return
        part.unlink()
        if not start:
            raise MirrorError(problem)


def _stream(url: str, start: int, timeout: float,
            ) -> Iterator[tuple[int, int | None, bytes]]:
    """Yield (offset, size of the whole file or None, bytes) from a server.

    The offset begins at `start` if the server can go on from there, else
    at 0. Yields nothing if it has nothing from `start` on.
    """
    headers = {'User-Agent': USER_AGENT}
    if start:
        headers['Range'] = f'bytes={start}-'
    try:
        request = urllib.request.Request(url, headers=headers)
        with _opener().open(request, timeout=timeout) as answer:
            offset, total = 0, None
            if answer.status == 206:
                sent = answer.headers.get('Content-Range', '')
                if not sent.startswith(f'bytes {start}-'):
                    return
                offset = start
            if answer.length is not None:
                total = offset + answer.length
            yield offset, total, b''  # an empty file is a file, too
            while offset != total:
                left = CHUNK if total is None else min(CHUNK, total - offset)
                piece = answer.read1(left)
                if not piece:
                    break
                yield offset, total, piece
                offset += len(piece)
            if total is not None and offset < total:
                raise MirrorError(f'the transfer broke off after {offset:,} '
                                  f'of {total:,} bytes')
    except urllib.error.HTTPError as error:
        error.close()
        if error.code != 416 or not start:  # 416: there is nothing after that
            raise MirrorError(f'the server answered {error.code} '
                              f'{error.reason}') from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, 'reason', None) or error
        raise MirrorError(f'{reason}') from error


def _opener() -> urllib.request.OpenerDirector:
    """Return an opener that knows http and https, and not ftp or file."""
    opener = urllib.request.OpenerDirector()
    for handler in (urllib.request.ProxyHandler,
                    urllib.request.HTTPHandler,
                    urllib.request.HTTPSHandler,
                    urllib.request.HTTPRedirectHandler,
                    urllib.request.HTTPErrorProcessor,
                    urllib.request.HTTPDefaultErrorHandler,
                    urllib.request.UnknownHandler):
        opener.add_handler(handler())
    return opener


# Checking ------------------------------------------------------------------

def git_blob_id(path: PathLike) -> str:
    """Return the name that git gives to the contents of a file.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     _ = Path(home, 'hello').write_bytes(b'hello')
    ...     git_blob_id(Path(home, 'hello'))
    'b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0'

    Source: `git hash-object`: SHA-1 over 'blob SIZE', a zero, the bytes.
    """
    return _sha1(path, b'blob %d\0' % os.path.getsize(path))


def wrong_blob(path: Path, blob: str, size: int) -> str | None:
    """Say what is wrong with a file of a published set."""
    if not path.is_file():
        return f'{path.name} is missing'
    if path.stat().st_size == size and git_blob_id(path) == blob:
        return None
    return _page(path) or f'{path.name} has other bytes than the published'


def wrong_file(path: Path, sha1_hash: str | None, name: str) -> str | None:
    """Say what is wrong with a file of which at most the SHA-1 is known."""
    if sha1_hash:
        if _sha1(path) == sha1_hash.lower():
            return None
        return _page(path) or f'its SHA-1 is not {sha1_hash}'
    if name.lower().endswith(('.html', '.htm', '.xml')):
        return None
    return _page(path)


def _page(path: Path) -> str | None:
    """Recognise an error page that a server sent instead of a file."""
    with open(path, 'rb') as file:
        head = file.read(256).lstrip(b'\xef\xbb\xbf \t\r\n').lower()
    for start, kind in ((b'<!doctype html', 'HTML page'),
                        (b'<html', 'HTML page'), (b'<?xml', 'XML document')):
        if head.startswith(start):
            return f'the server answered with an {kind}, not the data'
    return None


def _sha1(path: PathLike, head: bytes = b'') -> str:
    digest = hashlib.sha1(head, usedforsecurity=False)
    with open(path, 'rb') as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()
