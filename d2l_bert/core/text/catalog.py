"""Which data sets there are, and where: on this computer, or at a mirror."""

import os
import re
import zlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import platformdirs
from filelock import FileLock

from ..files import PathLike
from .archives import extract, writing
from .fetch import (
    TIMEOUT, DataSet, Mirror, ask_each, fetch, fetch_set, is_complete,
    wrong_blob, wrong_file)
from .sources import given_path

ENVIRONMENT = 'D2L_BERT_DATA'


@dataclass(frozen=True)
class Found:
    """Where a data set is, who had it, and whether it is as published."""

    path: Path
    source: str
    published: bool
    files: tuple[Path, ...] = ()  # of its text


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


# Finding -------------------------------------------------------------------

def cache_dir() -> Path:
    """Return the folder in which this user's downloads are kept.

    >>> 'd2l_bert' in cache_dir().parts
    True

    Source: platformdirs, which knows the usual folder of each system.
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
    not a folder, or nothing is found and `fetch` is False; DownloadError if
    every mirror fails; ValueError if the name is unknown.
    """
    if name not in PUBLISHED:
        raise ValueError(f'{name!r} is not a published data set; these are: '
                         f'{", ".join(PUBLISHED)}')
    first = next(iter(PUBLISHED[name].files))
    if data_dir is not None:
        given = given_path('data_dir', data_dir)
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
    if is_complete(PUBLISHED[name], cache):
        return _found(name, cache, 'cache')
    if not fetch:
        raise FileNotFoundError(f'{name} is not on this computer: looked in '
                                f'{ENVIRONMENT} ({shelf or "not set"}) and '
                                f'{cache}')
    return _found(name, cache, _fetch_published(name, cache, timeout))


def verify(name: str, path: PathLike) -> dict[str, bool]:
    """Return for each file of a published set whether a copy is the same.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     list(verify('wikitext-2', home).values())
    [False, False, False]

    It reads every file that has the right size: 30 ms for WikiText-2.
    """
    return {file: wrong_blob(Path(path, file), *facts) is None
            for file, facts in PUBLISHED[name].files.items()}


def environment_folder() -> Path | None:
    """Return the folder that D2L_BERT_DATA names, if it names one."""
    named = os.environ.get(ENVIRONMENT)
    if not named:
        return None
    folder = Path(named).expanduser()
    if not folder.is_dir():
        raise FileNotFoundError(
            f'{ENVIRONMENT} is set to {named}, which is not a folder')
    return folder


def _found(name: str, path: Path, source: str) -> Found:
    return Found(path, source, all(verify(name, path).values()))


def _fetch_published(name: str, cache: Path, timeout: float) -> str:
    data_set = DataSet(PUBLISHED[name].files, _mirrors(name))
    advice = (f'Put {", ".join(data_set.files)} into {cache} by hand, or set '
              f'{ENVIRONMENT} to a folder that holds {name}/, or pass '
              f'data_dir.')
    return fetch_set(name, data_set, cache, advice, timeout)


def _mirrors(name: str) -> tuple[Mirror, ...]:
    # DATA_HUB is the reader's to change, so what it says is tried last.
    listed = PUBLISHED[name].mirrors if name in PUBLISHED else ()
    hub = [DATA_HUB[name][0]] if name in DATA_HUB else []
    return (*listed, *(url for url in hub if url not in listed))


# The book's functions ------------------------------------------------------

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

    Raises DownloadError if no server has a file with that SHA-1, and
    ValueError if `url` is neither a url nor a known name.

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
    check = partial(wrong_file, sha1_hash=sha1_hash, name=target.name)

    def get(mirror: Any) -> None:
        if not sha1_hash:  # nothing could tell a changed file from its start
            part.unlink(missing_ok=True)
        fetch(mirror, part, check, timeout)
        os.replace(part, target)

    with writing(folder):
        if not target.is_file() or check(target):
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / f'.{target.name}.lock'):
                if not target.is_file() or check(target):
                    ask_each(urls, get, f'Put it by hand at {target}.')
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


def _file_name(url: str) -> str:
    name = PurePosixPath(urlsplit(url).path).name
    if name in ('', '..') or set(name) & set('\\:'):
        raise ValueError(f'the url names no file: {url}')
    return name
