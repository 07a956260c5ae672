"""What the subcommands share: choices, and how they speak."""

import argparse
import importlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from d2l_bert.core.corpus import find_corpus
from d2l_bert.core.download import ENVIRONMENT, PUBLISHED, Found
from d2l_bert.core.examples import MAX_SEED

FRAMEWORKS = ('torch', 'mxnet')
BYTES = {True: 'the published bytes', False: 'not the published bytes'}
SOURCES = {'data_dir': 'in --data-dir', ENVIRONMENT: f'in {ENVIRONMENT}',
           'cache': 'in the cache', 'd2l_bert': 'comes with d2l_bert',
           'corpus': 'a text of your own'}
Lines = Iterator[str]


# Choices ------------------------------------------------------------------

def choose_backend(name: str | None, room: str
                   ) -> tuple[str, ModuleType]:
    """Return a framework's name and version, and a room of its backend."""
    wanted = FRAMEWORKS if name is None else (name,)
    there = [framework for framework in wanted if find_spec(framework)]
    if not there:
        raise ValueError(f"{' and '.join(wanted)} cannot be imported; try "
                         f"pip install 'd2l_bert[{wanted[0]}]'")
    backend = importlib.import_module(
        f'd2l_bert.{there[0]}_backend.{room}')
    return f'{there[0]} {sys.modules[there[0]].__version__}', backend


def choose_corpus(options: argparse.Namespace) -> tuple[str, Found]:
    """Find the text that is asked for, or else the best there is."""
    if options.corpus is not None:
        return options.corpus, find_corpus(options.corpus, options.data_dir)
    try:
        return 'wikitext-2', find_corpus('wikitext-2', options.data_dir)
    except FileNotFoundError:  # not where the user says that it is
        raise
    except OSError as error:
        complain('warning', f'using TinyWiki, as WikiText-2 is not to be '
                            f'had: {one_line(error)}')
        return 'tiny', find_corpus('tiny')


def corpus_lines(corpus: str, found: Found) -> Lines:
    """Yield which text it is, and where."""
    published = f', {BYTES[found.published]}' if corpus in PUBLISHED else ''
    yield f'{corpus}{published}'
    yield f'{source(found)}: {found.path}'


def source(found: Found) -> str:
    """Say where a data set was found."""
    return SOURCES.get(found.source, f'fetched from {found.source}, now')


def timed(function: Callable[..., Any], *args: Any, **kw: Any
           ) -> tuple[Any, float]:
    """Return what a function returns, and how many seconds it took."""
    start = time.perf_counter()
    return function(*args, **kw), time.perf_counter() - start


def whole(text: str) -> int:
    """Read an option that is a whole number and may be a seed."""
    if text.isdecimal() and int(text) <= MAX_SEED:
        return int(text)
    raise argparse.ArgumentTypeError(
        f'{text!r} is not a whole number from 0 to {MAX_SEED}')


# Output -------------------------------------------------------------------

def entry(title: str, *lines: str) -> Lines:
    """Yield lines with a title to the left of the first."""
    for line in lines:
        yield f'{title:<12}{line}'
        title = ''


def write(line: str) -> None:
    """Print a line, whatever letters the terminal lacks."""
    if not leads():
        return
    encoding = sys.stdout.encoding or 'utf-8'
    print(line.encode(encoding, 'backslashreplace').decode(encoding))


def leads() -> bool:
    """Tell whether this is the process that speaks, if torchrun has several.

    >>> leads()
    True
    """
    return os.environ.get('RANK', '0') == '0'


def one_line(error: Exception) -> str:
    """Return what an error says in one line."""
    lines = [line.strip() for line in str(error).splitlines()]
    return '; '.join(lines).replace(':; ', ': ')


def complain(kind: str, message: str) -> None:
    """Write a line of an error or a warning to stderr."""
    print(f'd2l-bert: {kind}: {message}', file=sys.stderr, flush=True)


def show_warning(message: Warning | str, *where: Any, **kw: Any) -> None:
    """Show a warning in a line, in place of warnings.showwarning."""
    complain('warning', str(message))
