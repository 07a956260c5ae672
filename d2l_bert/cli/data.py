"""d2l-bert data: which data sets are on this computer."""

import argparse

from d2l_bert.core.text.catalog import PUBLISHED, Found, locate, verify
from d2l_bert.core.text.corpus import find_corpus
from d2l_bert.core.text.sources import TRAIN_FILE

from .console import BYTES, Lines, entry, source


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this subcommand."""
    parser.add_argument('name', nargs='?', metavar='NAME',
                        help=f'{", ".join(PUBLISHED)} or tiny: find it, or '
                             f'download it; without NAME, list them all')
    parser.add_argument('--data-dir', metavar='DIR',
                        help='look only in this folder')


def run(options: argparse.Namespace) -> Lines:
    """Find one data set, or list them all."""
    if options.name:
        found = (find_corpus('tiny') if options.name == 'tiny'
                 else locate(options.name, options.data_dir))
        yield from entry(options.name, *_where(options.name, found))
        return
    for name in PUBLISHED:
        try:
            found = locate(name, options.data_dir, fetch=False)
        except FileNotFoundError as error:
            yield from entry(name, f'none: {error}')
        else:
            yield from entry(name, *_where(name, found))
    yield from entry('tiny', *_where('tiny', find_corpus('tiny')))


def _where(name: str, found: Found) -> Lines:
    """Yield where a data set is, and whether each file is as published."""
    yield f'{source(found)}: {found.path}'
    if name not in PUBLISHED:
        yield f'{TRAIN_FILE}  written for this project'
        return
    for file, right in verify(name, found.path).items():
        there = (found.path / file).is_file()
        yield f'{file}  {BYTES[right] if there else "missing"}'
