"""The d2l-bert command: which data there are, and what is made of them."""

import argparse
import os
import random
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from d2l_bert import __version__, cli_bert, cli_grade
from d2l_bert.console import (
    BYTES, FRAMEWORKS, Lines, choose_backend, choose_corpus, complain,
    corpus_lines, entry, one_line, show_warning, source, timed, whole, write)
from d2l_bert.core.columns import Columns
from d2l_bert.core.corpus import TRAIN_FILE, find_corpus, read_wiki
from d2l_bert.core.display import columns_text, dtype_name
from d2l_bert.core.download import PUBLISHED, Found, locate, verify
from d2l_bert.core.examples import Examples, check_loader_options
from d2l_bert.core.sentences import (
    check_sentence_splitter, describe_splitter)


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
            warnings.showwarning = show_warning
            for line in options.run(options):
                write(line)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Python flushes stdout once more at its end, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (OSError, ValueError, FloatingPointError,
            ModuleNotFoundError) as error:
        complain('error', one_line(error))
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
    cli_bert.add_commands(commands)
    cli_grade.add_command(commands)
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
    add('--seed', type=whole, default=0, metavar='N',
        help='of all draws (default: 0)')
    add('--sentence-splitter', default='period', metavar='NAME',
        help='period, nltk, spacy or spacy:PIPELINE (default: period)')
    add('--show', type=whole, default=0, metavar='K',
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


# d2l-bert data ------------------------------------------------------------

def _data(options: argparse.Namespace) -> Lines:
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
    """Yield where a data set is and, for each file, whether it is right."""
    yield f'{source(found)}: {found.path}'
    if name not in PUBLISHED:
        yield f'{TRAIN_FILE}  written for this project'
        return
    for file, right in verify(name, found.path).items():
        there = (found.path / file).is_file()
        yield f'{file}  {BYTES[right] if there else "missing"}'


# d2l-bert dataset ---------------------------------------------------------

def _dataset(options: argparse.Namespace) -> Lines:
    check_loader_options(options.batch_size, options.num_workers)
    check_sentence_splitter(options.sentence_splitter)
    framework, backend = choose_backend(options.backend, 'data')
    yield from entry('backend', framework)
    corpus, found = choose_corpus(options)
    yield from entry('corpus', *corpus_lines(corpus, found))
    rng = random.Random(options.seed)  # as load_data_wiki does
    paragraphs, reading = timed(read_wiki, found.path, rng,
                                options.sentence_splitter)
    yield from entry('text', *_text_lines(paragraphs,
                                           options.sentence_splitter))
    dataset, making = timed(
        backend._WikiTextDataset, paragraphs, options.max_len, rng=rng,
        min_freq=options.min_freq, dupe_factor=options.dupe_factor,
        strict_negatives=options.strict_negatives,
        strict_masking=options.strict_masking,
        dynamic_masking=options.dynamic_masking)
    yield from _examples_lines(dataset.examples)
    loader = backend.make_loader(dataset, options.batch_size, options.seed,
                                 options.num_workers)
    (batch, count), epoch = timed(_one_epoch, loader)
    yield from entry('batches', f'{count} of {options.batch_size}')
    yield from entry('columns', *_column_lines(batch))
    yield from entry('seconds', f'{reading:.2f} to read, {making:.2f} to '
                                 f'make the examples, {epoch:.2f} an epoch')
    if options.show:
        colour = sys.stdout.isatty() and not os.environ.get('NO_COLOR')
        yield f'\n{columns_text(dataset[:options.show], colour)}'


def _text_lines(paragraphs: list[list[str]], splitter: str) -> Lines:
    yield (f'{len(paragraphs)} paragraphs, '
           f'{sum(map(len, paragraphs))} sentences')
    if splitter != 'period':
        yield f'cut by {describe_splitter(splitter)}'


def _examples_lines(examples: Examples) -> Lines:
    yield from entry('pairs', f'{examples.num_pairs}, of which '
                               f'{examples.num_dropped} are longer than '
                               f'{examples.max_len} tokens and dropped')
    yield from entry('examples', str(len(examples)))
    yield from entry('vocabulary', f'{len(examples.vocab)} tokens')


def _column_lines(batch: Columns) -> Lines:
    for (name, shape), column in zip(batch.shapes().items(), batch):
        yield f'{name:<16}{shape!s:<11}{dtype_name(column)}'


def _one_epoch(loader: Any) -> tuple[Columns, int]:
    """Return the first batch of a loader, and how many it gives."""
    batches = iter(loader)
    return next(batches), 1 + sum(1 for _ in batches)
