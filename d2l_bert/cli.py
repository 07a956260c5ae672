"""The d2l-bert command: which data there are, and what is made of them."""

import argparse
import importlib
import os
import random
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from d2l_bert import __version__
from d2l_bert.core.columns import Columns
from d2l_bert.core.corpus import TRAIN_FILE, find_corpus, read_wiki
from d2l_bert.core.display import columns_text, dtype_name
from d2l_bert.core.download import (
    ENVIRONMENT, PUBLISHED, Found, locate, verify)
from d2l_bert.core.examples import (
    MAX_SEED, Examples, check_loader_options)

FRAMEWORKS = ('torch', 'mxnet')
BYTES = {True: 'the published bytes', False: 'not the published bytes'}
SOURCES = {'data_dir': 'in --data-dir', ENVIRONMENT: f'in {ENVIRONMENT}',
           'cache': 'in the cache', 'd2l_bert': 'comes with d2l_bert',
           'corpus': 'a text of your own'}
Lines = Iterator[str]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    >>> main(['data', 'tiny'])  # doctest: +ELLIPSIS
    tiny        comes with d2l_bert: ...tinywiki
                wiki.train.tokens  written for this project
    0

    It is 0; or 1 after a mistake, which a line on stderr explains; 130
    after Ctrl-C; 141 if whoever read the output has left.

    Raises SystemExit, as argparse does, for options that do not exist.
    """
    options = _parser().parse_args(argv)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            for line in options.run(options):
                _write(line)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Python flushes stdout once more at its end, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (OSError, ValueError) as error:
        _complain('error', _one_line(error))
        return 1
    return 0


# Options ------------------------------------------------------------------

def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='d2l-bert', description='How BERT is pretrained, step by step.')
    parser.add_argument('--version', action='version',
                        version=f'd2l-bert {__version__}')
    commands = parser.add_subparsers(required=True, metavar='COMMAND')
    _add_data(commands)
    _add_dataset(commands)
    _add_grade(commands)
    return parser


def _add_data(commands: Any) -> None:
    about = 'say which data sets are here, or fetch one'
    parser = commands.add_parser('data', help=about, description=about)
    parser.add_argument('name', nargs='?', metavar='NAME',
                        help=f'{", ".join(PUBLISHED)} or tiny: find it, or '
                             f'fetch it; without NAME, list them all')
    parser.add_argument('--data-dir', metavar='DIR',
                        help='look in this folder only')
    parser.set_defaults(run=_data)


def _add_dataset(commands: Any) -> None:
    about = 'make the pretraining examples of a text, and batches of them'
    parser = commands.add_parser('dataset', help=about, description=about)
    add = parser.add_argument
    add('--backend', choices=FRAMEWORKS,
        help='the framework; without it the first that is installed')
    add('--corpus', metavar='wikitext-2|tiny|PATH',
        help='the text; without it WikiText-2 or, failing that, TinyWiki')
    add('--data-dir', metavar='DIR', help='where WikiText-2 is')
    add('--seed', type=_whole, default=0, metavar='N',
        help='of all draws (default: 0)')
    add('--show', type=_whole, default=0, metavar='K',
        help='print the first K examples')
    for name, default, about in (
            ('batch-size', 512, 'examples in a batch'),
            ('max-len', 64, 'tokens in an example'),
            ('num-workers', 0, "processes of the loader; 0 is quickest"),
            ('min-freq', 5, "rarer tokens become '<unk>'"),
            ('dupe-factor', 1, 'how often each pair is drawn')):
        add(f'--{name}', type=int, default=default, metavar='N',
            help=f'{about} (default: {default})')
    for name, about in (
            ('strict-negatives', 'no false partner is the true next one'),
            ('strict-masking', 'no random word is a special token'),
            ('dynamic-masking', 'draw the masks anew in every epoch')):
        add(f'--{name}', action='store_true', help=about)
    parser.set_defaults(run=_dataset)


def _add_grade(commands: Any) -> None:
    about = ('run the notebook of an exercise and count its points; its code '
             'runs on this computer, with all your rights')
    parser = commands.add_parser('grade', help=about, description=about)
    parser.add_argument('notebook', metavar='NOTEBOOK')
    parser.add_argument('--source', metavar='PATH',
                        help="the teacher's version, or a folder that holds "
                             "it: brings the hidden tests")
    parser.add_argument('--time-limit', type=_seconds, default=60,
                        metavar='SECONDS',
                        help='that a cell may take (default: 60)')
    parser.set_defaults(run=_grade)


def _seconds(text: str) -> int:
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(
        f'{text!r} is not a whole number of seconds, of at least 1')


def _whole(text: str) -> int:
    if text.isdecimal() and int(text) <= MAX_SEED:
        return int(text)
    raise argparse.ArgumentTypeError(
        f'{text!r} is not a whole number from 0 to {MAX_SEED}')


# d2l-bert data ------------------------------------------------------------

def _data(options: argparse.Namespace) -> Lines:
    if options.name:
        found = (find_corpus('tiny') if options.name == 'tiny'
                 else locate(options.name, options.data_dir))
        yield from _entry(options.name, *_where(options.name, found))
        return
    for name in PUBLISHED:
        try:
            found = locate(name, options.data_dir, fetch=False)
        except FileNotFoundError as error:
            yield from _entry(name, f'none: {error}')
        else:
            yield from _entry(name, *_where(name, found))
    yield from _entry('tiny', *_where('tiny', find_corpus('tiny')))


def _where(name: str, found: Found) -> Lines:
    """Yield where a data set is and, for each file, whether it is right."""
    yield f'{_source(found)}: {found.path}'
    if name not in PUBLISHED:
        yield f'{TRAIN_FILE}  written for this project'
        return
    for file, right in verify(name, found.path).items():
        there = (found.path / file).is_file()
        yield f'{file}  {BYTES[right] if there else "missing"}'


def _source(found: Found) -> str:
    return SOURCES.get(found.source, f'fetched from {found.source}, now')


# d2l-bert dataset ---------------------------------------------------------

def _dataset(options: argparse.Namespace) -> Lines:
    check_loader_options(options.batch_size, options.num_workers)
    framework, backend = _backend(options.backend)
    yield from _entry('backend', framework)
    corpus, found = _corpus(options)
    yield from _entry('corpus', *_corpus_lines(corpus, found))
    rng = random.Random(options.seed)  # as load_data_wiki does
    paragraphs, reading = _timed(read_wiki, found.path, rng)
    yield from _entry('text', f'{len(paragraphs)} paragraphs, '
                              f'{sum(map(len, paragraphs))} sentences')
    dataset, making = _timed(
        backend._WikiTextDataset, paragraphs, options.max_len, rng=rng,
        min_freq=options.min_freq, dupe_factor=options.dupe_factor,
        strict_negatives=options.strict_negatives,
        strict_masking=options.strict_masking,
        dynamic_masking=options.dynamic_masking)
    yield from _examples_lines(dataset.examples)
    loader = backend.make_loader(dataset, options.batch_size, options.seed,
                                 options.num_workers)
    (batch, count), epoch = _timed(_one_epoch, loader)
    yield from _entry('batches', f'{count} of {options.batch_size}')
    yield from _entry('columns', *_column_lines(batch))
    yield from _entry('seconds', f'{reading:.2f} to read, {making:.2f} to '
                                 f'make the examples, {epoch:.2f} an epoch')
    if options.show:
        colour = sys.stdout.isatty() and not os.environ.get('NO_COLOR')
        yield f'\n{columns_text(dataset[:options.show], colour)}'


def _backend(name: str | None) -> tuple[str, ModuleType]:
    """Return a framework's name and version, and the backend's data."""
    wanted = FRAMEWORKS if name is None else (name,)
    there = [framework for framework in wanted if find_spec(framework)]
    if not there:
        raise ValueError(f"{' and '.join(wanted)} cannot be imported; try "
                         f"pip install 'd2l_bert[{wanted[0]}]'")
    backend = importlib.import_module(f'd2l_bert.{there[0]}_backend.data')
    return f'{there[0]} {sys.modules[there[0]].__version__}', backend


def _corpus(options: argparse.Namespace) -> tuple[str, Found]:
    if options.corpus is not None:
        return options.corpus, find_corpus(options.corpus, options.data_dir)
    try:
        return 'wikitext-2', find_corpus('wikitext-2', options.data_dir)
    except FileNotFoundError:  # not where the user says that it is
        raise
    except OSError as error:
        _complain('warning', f'using TinyWiki, as WikiText-2 is not to be '
                             f'had: {_one_line(error)}')
        return 'tiny', find_corpus('tiny')


def _corpus_lines(corpus: str, found: Found) -> Lines:
    published = f', {BYTES[found.published]}' if corpus in PUBLISHED else ''
    yield f'{corpus}{published}'
    yield f'{_source(found)}: {found.path}'


def _examples_lines(examples: Examples) -> Lines:
    yield from _entry('pairs', f'{examples.num_pairs}, of which '
                               f'{examples.num_dropped} are longer than '
                               f'{examples.max_len} tokens and dropped')
    yield from _entry('examples', str(len(examples)))
    yield from _entry('vocabulary', f'{len(examples.vocab)} tokens')


def _column_lines(batch: Columns) -> Lines:
    for (name, shape), column in zip(batch.shapes().items(), batch):
        yield f'{name:<16}{shape!s:<11}{dtype_name(column)}'


def _one_epoch(loader: Any) -> tuple[Columns, int]:
    """Return the first batch of a loader, and how many it gives."""
    batches = iter(loader)
    return next(batches), 1 + sum(1 for _ in batches)


def _timed(function: Callable[..., Any], *args: Any, **kw: Any
           ) -> tuple[Any, float]:
    """Return what a function returns, and how many seconds it took."""
    start = time.perf_counter()
    return function(*args, **kw), time.perf_counter() - start


# d2l-bert grade -----------------------------------------------------------

def _grade(options: argparse.Namespace) -> Lines:
    try:
        grading = importlib.import_module('d2l_bert.grading')
    except ModuleNotFoundError as error:
        raise ValueError(f"grade needs {error.name}; pip install "
                         f"'d2l_bert[notebooks]' brings it") from error
    grade = grading.grade(options.notebook, options.source,
                          options.time_limit)
    yield from _entry('exercise', grade.exercise)
    yield from _entry('errors', *grade.errors)
    yield from _entry('checks', *(
        f'{check.name:<20}{check.points:g} of {check.max_points:g}  '
        f'{check.message}'.rstrip() for check in grade.checks))
    yield from _entry('points', f'{grade.points:g} of {grade.max_points:g}')
    if not grade.hidden_tests:
        yield from _entry('note', 'only the checks that the notebook shows '
                                  'were run; hidden tests may find more')


# Output -------------------------------------------------------------------

def _entry(title: str, *lines: str) -> Lines:
    """Yield lines with a title to the left of the first."""
    for line in lines:
        yield f'{title:<12}{line}'
        title = ''


def _write(line: str) -> None:
    # A terminal may lack letters that a text has.
    encoding = sys.stdout.encoding or 'utf-8'
    print(line.encode(encoding, 'backslashreplace').decode(encoding))


def _one_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines()]
    return '; '.join(lines).replace(':; ', ': ')


def _complain(kind: str, message: str) -> None:
    print(f'd2l-bert: {kind}: {message}', file=sys.stderr, flush=True)


def _show_warning(message: Warning | str, *where: Any, **kw: Any) -> None:
    _complain('warning', str(message))
