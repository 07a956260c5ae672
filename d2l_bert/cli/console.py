"""What the subcommands of d2l-bert share: options, choices and output."""

import argparse
import importlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from d2l_bert.core.checks import MAX_SEED
from d2l_bert.core.objectives.mlm import MLM_RATIO
from d2l_bert.core.text.paragraphs import LeftOut, check_wrapped
from d2l_bert.core.text.sentences import check_sentence_splitter
from d2l_bert.core.text.sources import named
from d2l_bert.core.tokens.vocab import UNK
from d2l_bert.core.tokens.words import NAMED
from d2l_bert.frameworks import (
    FRAMEWORKS, installed, installed_backends, why_missing)

BYTES = {True: 'the published bytes', False: 'not the published bytes'}
SOURCES = {'data_dir': 'in --data-dir', 'D2L_BERT_DATA': 'in D2L_BERT_DATA',
           'cache': 'in the cache', 'd2l_bert': 'comes with d2l_bert',
           'corpus': 'a text of your own'}
Lines = Iterator[str]


# Options -------------------------------------------------------------------

def add_backend(parser: argparse.ArgumentParser, default: str) -> None:
    """Add --backend; `default` says what happens without it."""
    parser.add_argument('--backend', choices=FRAMEWORKS,
                        help=f'the framework; default: {default}')


def add_corpus(parser: argparse.ArgumentParser, default: str) -> None:
    """Add the options that choose a text and how it is read."""
    add = parser.add_argument
    add('--corpus', metavar='PATH', nargs='+',
        help=f"the text: wikitext-2, tiny, a file, a folder of .txt files, a "
             f"pattern such as 'books/*.txt', or several of these; default: "
             f"{default}")
    add('--data-dir', metavar='DIR', help='folder that has WikiText-2')
    add('--sentence-splitter', default='period', metavar='NAME',
        help='period, lines (one sentence on each line, blank lines between '
             'documents), nltk, spacy or spacy:PIPELINE (default: period)')
    add('--wrapped', action='store_true',
        help='blank lines separate paragraphs, whose lines are joined')
    add('--tokenizer', choices=NAMED, default='words',
        help='words (what is between spaces), basic (words and punctuation '
             'apart), chars, or basic_english (default: words)')
    add('--lowercase', action=argparse.BooleanOptionalAction, default=True,
        help='put the text into lower case, or keep its capital letters')
    add('--rng', choices=('book', 'keyed'), default='book',
        help="the random draws: in the book's order, or keyed, each by the "
             'seed and the number of its example (default: book)')
    add('--seed', type=whole, default=0, metavar='N',
        help='seed of all random draws (default: 0)')


def add_numbers(parser: argparse.ArgumentParser, kind: type,
                *options: tuple[str, Any, str]) -> None:
    """Add options that are numbers: name, default and help of each."""
    for name, default, about in options:
        parser.add_argument(
            f'--{name}', type=kind, default=default,
            metavar='N' if kind is int else 'X',
            help=f'{about} (default: {default})')


def add_flags(parser: argparse.ArgumentParser, *options: tuple[str, str]
              ) -> None:
    """Add options that are on or off: name and help of each."""
    for name, about in options:
        parser.add_argument(f'--{name}', action='store_true', help=about)


MLM_RATIO_OPTION = ('mlm-ratio', MLM_RATIO, 'share of the tokens to predict')
STRICT = (
    ('strict-negatives', 'a false second sentence is never the true one'),
    ('strict-masking', 'a random word is never a special token'),
    ('dynamic-masking', 'new masks in every epoch'))


def add_model(parser: argparse.ArgumentParser, text: str) -> None:
    """Add what a subcommand needs that uses a model on a text."""
    add_backend(parser, 'the first that is installed')
    add = parser.add_argument
    add('model', metavar='MODEL',
        help='a model file, or the folder of a training run')
    add('text', metavar='TEXT', help=text)
    add('next_text', nargs='?', metavar='NEXT',
        help='a second text after the first')


def whole(text: str) -> int:
    """Read an option that is a whole number and may be a seed."""
    if text.isdecimal() and int(text) <= MAX_SEED:
        return int(text)
    raise argparse.ArgumentTypeError(
        f'{text!r} is not a whole number from 0 to {MAX_SEED}')


# Choices -------------------------------------------------------------------

def choose_backends(name: str | None) -> list[ModuleType]:
    """Return the backend of that name, or all that are installed."""
    if name in installed():
        return [importlib.import_module(f'd2l_bert.{name}_backend')]
    if name is None and installed():
        return installed_backends()
    wanted = list(FRAMEWORKS) if name is None else [name]
    raise ValueError('; '.join(map(why_missing, wanted)))


def choose_backend(name: str | None) -> ModuleType:
    """Return the backend of that name, or the first that is installed."""
    return choose_backends(name or next(iter(installed()), None))[0]


def version_of(backend: ModuleType) -> str:
    """Return the name and version of a backend's framework."""
    name = backend.__name__.removeprefix('d2l_bert.').removesuffix('_backend')
    return f'{name} {sys.modules[name].__version__}'


def choose_corpus(options: argparse.Namespace) -> Any:
    """Return the corpus that is named, one or a list of several, or None."""
    check_wrapped(options.sentence_splitter, options.wrapped)
    check_sentence_splitter(options.sentence_splitter)
    corpus = options.corpus
    return corpus[0] if corpus and len(corpus) == 1 else corpus


def corpus_lines(corpus: Any, found: Any) -> Lines:
    """Yield which text it is, and where."""
    published = f', {BYTES[found.published]}' if corpus == 'wikitext-2' else ''
    name = corpus if isinstance(corpus, str) else named(corpus)
    yield f'{name}{published}'
    several = f', {len(found.files)} files' if found.files[1:] else ''
    yield f'{source(found)}: {found.path}{several}'


def left_out_lines(left: LeftOut) -> Lines:
    """Yield what of a text is in no paragraph."""
    yield (f'{left.in_words()}, without two sentences' if left.pieces
           else 'nothing')


def vocabulary_lines(examples: Any) -> Lines:
    """Yield how large the vocabulary is, and what it leaves out."""
    vocab, columns = examples.vocab, examples.columns
    yield f'{len(vocab)} tokens'
    labels = columns.mlm_labels[columns.mlm_weights > 0]
    if len(labels):
        unknown = (labels == vocab.special(UNK)).mean()
        yield (f'{100 * unknown:.1f} % of the tokens to predict are '
               f'{vocab.spelling[UNK]}')


def source(found: Any) -> str:
    """Say where a data set was found."""
    return SOURCES.get(found.source, f'downloaded from {found.source}')


def timed(function: Callable[..., Any], *args: Any, **kw: Any
           ) -> tuple[Any, float]:
    """Return what a function returns, and how many seconds it took."""
    start = time.perf_counter()
    return function(*args, **kw), time.perf_counter() - start


# Output -------------------------------------------------------------------

def entry(title: str, *lines: str) -> Lines:
    """Yield lines with a title before the first."""
    for line in lines:
        yield f'{title:<12}{line}'
        title = ''


def write(line: str) -> None:
    """Print a line; letters that the terminal lacks are escaped."""
    if not leads():
        return
    encoding = sys.stdout.encoding or 'utf-8'
    print(line.encode(encoding, 'backslashreplace').decode(encoding))


def leads() -> bool:
    """Return whether this process prints; torchrun may start several.

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
    """Show a warning in one line: a warnings.showwarning."""
    if leads():
        complain('warning', str(message))
