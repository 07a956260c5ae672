"""d2l-bert data: which data sets are on this computer."""

import argparse
from pathlib import Path

from d2l_bert.core.text.catalog import PUBLISHED, locate, verify
from d2l_bert.core.text.corpus import find_corpus
from d2l_bert.core.text.imdb import find_reviews, read_reviews
from d2l_bert.core.text.sources import TRAIN_FILE
from d2l_bert.core.text.squad import ADDRESS, FILES, find_squad

from .console import BYTES, Lines, entry, source


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this subcommand."""
    parser.add_argument('name', nargs='?', metavar='NAME',
                        help=f'{", ".join(PUBLISHED)}, tiny, imdb or squad: '
                             f'find it, or download it; without NAME, list '
                             f'them all')
    parser.add_argument('--data-dir', metavar='DIR',
                        help='look only in this folder')


def run(options: argparse.Namespace) -> Lines:
    """Find one data set, or list them all."""
    names = (*PUBLISHED, 'imdb', 'squad', 'tiny')
    if options.name not in (None, *names):
        raise ValueError(f'no data set has the name {options.name!r}; there '
                         f'are {", ".join(names)}')
    if options.name:
        yield from entry(options.name, *_where(options.name, options.data_dir,
                                               fetch=True))
        return
    for name in names:
        try:
            yield from entry(name, *_where(name, options.data_dir,
                                           fetch=False))
        except FileNotFoundError as error:
            yield from entry(name, f'none: {error}')


def _where(name: str, data_dir: str | None, fetch: bool) -> Lines:
    """Yield where a data set is, and what is in it."""
    if name == 'imdb':
        path = find_reviews(data_dir)
        reviews = read_reviews(path)
        yield str(path)
        yield f'{len(reviews)} reviews, of the first 1000 rows'
        return
    if name == 'squad':
        folder = find_squad(data_dir)
        yield str(folder)
        for file in FILES:
            there = (folder / file).is_file()
            yield f'{file}  {_size(folder / file) if there else "missing"}'
        yield f'from {ADDRESS}'
        return
    if name == 'tiny':
        found = find_corpus(name)
        yield f'{source(found)}: {found.path}'
        yield f'{TRAIN_FILE}  written for this project'
        return
    found = locate(name, data_dir, fetch)
    yield f'{source(found)}: {found.path}'
    for file, right in verify(name, found.path).items():
        there = (found.path / file).is_file()
        yield f'{file}  {BYTES[right] if there else "missing"}'


def _size(path: Path) -> str:
    return f'{path.stat().st_size / 1e6:.1f} MB'
