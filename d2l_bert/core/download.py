"""Finds a data set on this computer, or fetches it from a mirror.

A data set is known by its contents: the size and git blob id of each file.
So it does not matter which mirror it comes from, nor whether that mirror
packs it: whatever arrives is checked before it gets its name.
"""

import hashlib
import http.client
import os
import re
import shutil
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import platformdirs
from filelock import FileLock

from d2l_bert import __version__
from d2l_bert.core.archives import (
    CHUNK,
    ArchiveError,
    PathLike,
    extract,
    merge,
    unpack,
    writing,
)
from d2l_bert.core.progress import progress

USER_AGENT = f'd2l-bert/{__version__}'  # one mirror refuses Python's own
TIMEOUT = 20.0                          # seconds without a single byte
ENVIRONMENT = 'D2L_BERT_DATA'

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


@dataclass(frozen=True)
class Found:
    """Where a data set is, who had it, and whether it is as published."""

    path: Path
    source: str
    published: bool


class DownloadError(OSError):
    """No mirror had the right bytes."""


class MirrorError(Exception):
    """One mirror did not have the right bytes: ask the next."""


DATA_URL = 'http://d2l-data.s3-accelerate.amazonaws.com/'
_BUCKET = ('https://s3.amazonaws.com/research.metamind.io/wikitext/'
           'wikitext-2-v1.zip')
_EXAMPLES = ('https://raw.githubusercontent.com/pytorch/examples/main/'
             'word_language_model/data/wikitext-2/')

# The book's table: name -> (url, SHA-1 of the archive). Readers add to it.
DATA_HUB: dict[str, tuple[str, str]] = {
    'wikitext-2': (_BUCKET, '3c914d17d80b1459be871a5039ac23e752a53cbe')}

PUBLISHED: dict[str, DataSet] = {
    'wikitext-2': DataSet(
        files={
            'wiki.train.tokens': (
                '2d84b35af79e411d73ea7cae83c73964c6ac83b4', 10797148),
            'wiki.valid.tokens': (
                'eec944eb2d9e46061cd34a6913528797db6842fc', 1121681),
            'wiki.test.tokens': (
                '6f3fc88e4cd88456ea892971f9f12243e8428624', 1256449)},
        mirrors=(
            'https://wikitext.smerity.com/wikitext-2-v1.zip',
            {'wiki.train.tokens': _EXAMPLES + 'train.txt',
             'wiki.valid.tokens': _EXAMPLES + 'valid.txt',
             'wiki.test.tokens': _EXAMPLES + 'test.txt'},
            _BUCKET))}  # the book's; it has answered 403 since March 2024


# Finding ------------------------------------------------------------------

def cache_dir() -> Path:
    """Return the folder in which this user's downloads are kept.

    >>> 'd2l_bert' in cache_dir().parts
    True

    Source: platformdirs, which knows each system's habits.
    """
    return Path(platformdirs.user_cache_dir('d2l_bert'))


def locate(name: str, data_dir: PathLike | None = None, fetch: bool = True,
           timeout: float = TIMEOUT) -> Found:
    """Find a published data set, on this computer first.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     _ = Path(home, 'wiki.train.tokens').write_text('= Tides =')
    ...     found = locate('wikitext-2', data_dir=home)
    >>> found.source, found.published
    ('data_dir', False)

    It looks in `data_dir`, which holds the files or a folder of the set's
    name; in the folder `name` of the folder that the environment variable
    D2L_BERT_DATA names; in the cache; and, if `fetch`, at the mirrors. A
    local copy needs the first of the files and may differ from what was
    published, as `published` then says; the cache needs all of them.

    Raises FileNotFoundError if `data_dir` lacks the set, D2L_BERT_DATA is
    no folder, or nothing is found and `fetch` is False; DownloadError if
    every mirror fails; ValueError if the name is unknown.
    """
    if name not in PUBLISHED:
        raise ValueError(f'{name!r} is none of the published data sets: '
                         f'{", ".join(PUBLISHED)}')
    first = next(iter(PUBLISHED[name].files))
    if data_dir is not None:
        given = Path(data_dir).expanduser()
        for path in (given, given / name):
            if (path / first).is_file():
                return _found(name, path, 'data_dir')
        raise FileNotFoundError(f'data_dir has no {first}: looked in {given} '
                                f'and {given / name}')
    shelf = environment_folder()
    if shelf:
        for path in (shelf / name, shelf):
            if (path / first).is_file():
                return _found(name, path, ENVIRONMENT)
    cache = cache_dir() / name
    if _complete(name, cache):
        return _found(name, cache, 'cache')
    if not fetch:
        raise FileNotFoundError(f'{name} is not on this computer: looked in '
                                f'{ENVIRONMENT} ({shelf or "not set"}) and '
                                f'{cache}')
    return _found(name, cache, _fetch_set(name, cache, timeout))


def verify(name: str, path: PathLike) -> dict[str, bool]:
    """Say of each file of a published set whether a copy has its bytes.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     list(verify('wikitext-2', home).values())
    [False, False, False]

    It reads every file that has the right size: 30 ms for WikiText-2.
    """
    return {file: _wrong_blob(Path(path, file), *facts) is None
            for file, facts in PUBLISHED[name].files.items()}


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


def environment_folder() -> Path | None:
    """Return the folder that D2L_BERT_DATA names, if it names one."""
    named = os.environ.get(ENVIRONMENT)
    if not named:
        return None
    folder = Path(named).expanduser()
    if not folder.is_dir():
        raise FileNotFoundError(
            f'{ENVIRONMENT} is set to {named}, which is no folder')
    return folder


def _found(name: str, path: Path, source: str) -> Found:
    return Found(path, source, all(verify(name, path).values()))


def _complete(name: str, path: Path) -> bool:
    """Whether a folder has all files of a set, each with its size."""
    return all((path / file).is_file() and (path / file).stat().st_size == size
               for file, (_, size) in PUBLISHED[name].files.items())


# The book's functions -----------------------------------------------------

def download(url: str, folder: PathLike | None = None,
             sha1_hash: str | None = None, timeout: float = TIMEOUT) -> str:
    """Download a file, unless it is there, and return its path.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     _ = Path(home, 'tides.csv').write_text('hour,height')
    ...     path = download('https://example.org/tides.csv', home)
    >>> os.path.basename(path)
    'tides.csv'

    `url` is an http or https url or a name in DATA_HUB, which knows its
    SHA-1. A file that has the right SHA-1 is not fetched again; without a
    SHA-1, any file of that name will do. In the cache, the default for
    `folder`, every url has a folder of its own.

    Raises DownloadError if the file cannot be had, or is not what its
    SHA-1 says; ValueError if `url` is neither a url nor a known name.

    Source: d2l, appendix "Utility Functions and Classes".
    """
    urls = [url]
    if url in DATA_HUB:
        urls = [mirror for mirror in _mirrors(url) if isinstance(mirror, str)]
        sha1_hash = DATA_HUB[url][1]
    elif not re.match('https?://', url):
        raise ValueError(f'{url!r} is neither an http(s) url nor one of '
                         f'DATA_HUB: {", ".join(DATA_HUB)}')
    own = cache_dir() / 'own' / f'{zlib.crc32(urls[-1].encode()):08x}'
    folder = Path(folder or own).expanduser()
    target = folder / _file_name(urls[-1])
    part = folder / f'.{target.name}.part'
    check = partial(_wrong_file, sha1_hash=sha1_hash, name=target.name)

    def get(mirror: Any) -> None:
        if not sha1_hash:  # nothing could tell a changed file from its start
            part.unlink(missing_ok=True)
        _fetch(mirror, part, check, timeout)
        os.replace(part, target)

    with writing(folder):
        if not target.is_file() or check(target):
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / f'.{target.name}.lock'):
                if not target.is_file() or check(target):
                    _ask_each(urls, get, f'Put it by hand at {target}.')
    return str(target)


def download_extract(name: str, folder: str | None = None) -> str:
    """Download a data set of DATA_HUB; return the folder with its files.

    >>> from tempfile import TemporaryDirectory
    >>> from unittest.mock import patch
    >>> with TemporaryDirectory() as home:
    ...     Path(home, 'wikitext-2').mkdir()
    ...     text = Path(home, 'wikitext-2', 'wiki.train.tokens')
    ...     _ = text.write_text('= Tides =')
    ...     with patch.dict(os.environ, D2L_BERT_DATA=home):
    ...         path = download_extract('wikitext-2', 'wikitext-2')
    >>> os.path.basename(path)
    'wikitext-2'

    A published set is found as by `locate`. Any other archive is extracted
    where it lies; `folder` is the folder in it that is wanted, by default
    the one that has the archive's name.

    Raises the errors of `locate`, `download` and `extract`.

    Source: d2l, appendix "Utility Functions and Classes".
    """
    if name in PUBLISHED:
        return str(locate(name).path)
    archive = download(name)
    extract(archive)
    stem = re.sub(r'(\.tar)?\.\w+$', '', os.path.basename(archive))
    return os.path.join(os.path.dirname(archive), folder or stem)


# Fetching -----------------------------------------------------------------

def _fetch_set(name: str, cache: Path, timeout: float) -> str:
    """Bring a published set to the cache; return the mirror that had it."""
    files = PUBLISHED[name].files
    work = cache.with_name(f'.{name}.part')
    advice = (f'Put {", ".join(files)} by hand into {cache}, or set '
              f'{ENVIRONMENT} to a folder that holds {name}/, or pass '
              f'data_dir.')

    def get(mirror: Mirror) -> None:
        if isinstance(mirror, str):
            _get_archive(mirror, files, work, timeout)
        else:
            _get_files(mirror, files, work, timeout)

    with writing(cache.parent):
        cache.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(cache.with_name(f'.{name}.lock')):
            if _complete(name, cache):  # someone else was quicker
                return 'cache'
            (work / 'whole').mkdir(parents=True, exist_ok=True)
            source = _ask_each(_mirrors(name), get, advice)
            merge(work / 'whole', cache)
            shutil.rmtree(work)
            return source


def _get_archive(url: str, files: Files, work: Path, timeout: float) -> None:
    """Fill `work`/whole from an archive; what counts is what is in it."""
    unpacked = work / 'unpacked'

    def check(part: Path) -> str | None:
        try:
            unpack(part, unpacked, limit=2 * sum(n for _, n in files.values()))
        except ArchiveError as error:
            return _page(part) or str(error)
        for file, facts in files.items():
            path = next(unpacked.rglob(file), unpacked / file)
            if problem := _wrong_blob(path, *facts):
                return problem
            os.replace(path, work / 'whole' / file)
        return None

    try:
        _fetch(url, work / 'archive', check, timeout)
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)


def _get_files(urls: Mapping[str, str], files: Files, work: Path,
               timeout: float) -> None:
    """Fill `work`/whole file by file, less those that are there."""
    for file, (blob, size) in files.items():
        check = partial(_wrong_blob, blob=blob, size=size)
        if check(work / 'whole' / file):
            _fetch(urls[file], work / file, check, timeout)
            os.replace(work / file, work / 'whole' / file)


def _mirrors(name: str) -> tuple[Mirror, ...]:
    # DATA_HUB is the reader's to change, so what it says is tried last.
    listed = PUBLISHED[name].mirrors if name in PUBLISHED else ()
    hub = [DATA_HUB[name][0]] if name in DATA_HUB else []
    return (*listed, *(url for url in hub if url not in listed))


def _ask_each(mirrors: Iterable[Mirror], get: Callable[[Mirror], None],
              advice: str) -> str:
    """Try the mirrors in turn; return the name of the first that helps."""
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


def _fetch(url: str, part: Path, check: Check, timeout: float) -> None:
    """Bring `url` to the file `part`, going on from what is there.

    What is there may stem from a killed run, from another mirror or from
    an older file. `check` finds out, and then the download starts afresh.
    """
    while True:
        start = part.stat().st_size if part.exists() else 0
        with progress(desc=url.rpartition('/')[2], unit='B', unit_scale=True,
                      delay=0) as bar:
            for offset, total, piece in _stream(url, start, timeout):
                with open(part, 'ab') as out:
                    out.truncate(offset)  # 0 if the server starts anew
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


def _file_name(url: str) -> str:
    name = PurePosixPath(urlsplit(url).path).name
    if name in ('', '..') or set(name) & set('\\:'):
        raise ValueError(f'the url names no file: {url}')
    return name


# Checking -----------------------------------------------------------------

def _wrong_blob(path: Path, blob: str, size: int) -> str | None:
    """Say what is wrong with a file of a published set."""
    if not path.is_file():
        return f'{path.name} is missing'
    if path.stat().st_size == size and git_blob_id(path) == blob:
        return None
    return _page(path) or f'{path.name} has other bytes than the published'


def _wrong_file(path: Path, sha1_hash: str | None, name: str) -> str | None:
    """Say what is wrong with a file of which at most the SHA-1 is known."""
    if sha1_hash:
        if _sha1(path) == sha1_hash.lower():
            return None
        return _page(path) or f'its SHA-1 is not {sha1_hash}'
    if name.lower().endswith(('.html', '.htm', '.xml')):
        return None
    return _page(path)


def _page(path: Path) -> str | None:
    """Recognise the error page that a server sent in place of a file."""
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
