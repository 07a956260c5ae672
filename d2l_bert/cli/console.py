"""What the subcommands of d2l-bert share: choices and output."""

import argparse
import importlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from d2l_bert.core.text.paragraphs import LeftOut, check_wrapped
from d2l_bert.core.text.sentences import check_sentence_splitter
from d2l_bert.core.text.sources import named
from d2l_bert.core.tokens.vocab import UNK
from d2l_bert.frameworks import (
    FRAMEWORKS, installed, installed_backends, why_missing)

BYTES = {True: 'the published bytes', False: 'not the published bytes'}
SOURCES = {'data_dir': 'in --data-dir', 'D2L_BERT_DATA': 'in D2L_BERT_DATA',
           'cache': 'in the cache', 'd2l_bert': 'comes with d2l_bert',
           'corpus': 'a text of your own'}
Lines = Iterator[str]


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


def complain(kind: str, message: str) -> None:
    """Write a line of an error or a warning to stderr."""
    print(f'd2l-bert: {kind}: {message}', file=sys.stderr, flush=True)
