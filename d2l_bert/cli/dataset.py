"""d2l-bert dataset: the pretraining examples of a text, and batches."""

import argparse
import os
import sys
from types import ModuleType
from typing import Any

from d2l_bert.core.checks import check_loader_options, check_whole
from d2l_bert.core.examples.display import columns_text, dtype_name
from d2l_bert.core.randomness import make_rng
from d2l_bert.core.text.catalog import Found
from d2l_bert.core.text.corpus import find_corpus, read_text
from d2l_bert.core.text.documents import read_documents
from d2l_bert.core.text.sentences import describe_splitter
from d2l_bert.core.tokens.words import keep_case
from d2l_bert.frameworks import FRAMEWORKS, installed, why_missing

from .console import (
    Lines, choose_backends, choose_corpus, complain, corpus_lines, entry,
    left_out_lines, timed, version_of, vocabulary_lines)
from .mistakes import one_line
from .objectives import add_objective, cut_lines, passed
from .options import (
    MLM_RATIO_OPTION, add_backend, add_corpus, add_data_dir, add_draws,
    add_numbers, add_reading, whole)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this subcommand."""
    add_backend(parser, 'every framework that is installed')
    add_objective(parser)
    add_corpus(parser, 'WikiText-2; TinyWiki if it cannot be downloaded')
    add_data_dir(parser)
    add_reading(parser, pieces=True)
    add_draws(parser)
    parser.add_argument('--show', type=whole, default=0, metavar='K',
                        help='print the first K examples')
    add_numbers(parser, int,
                ('batch-size', 512, 'examples in a batch'),
                ('max-len', 64, 'tokens in an example'),
                ('num-workers', 0, 'processes of the loader; 0 is fastest'),
                ('min-freq', 5, "rarer tokens become '<unk>'"),
                ('dupe-factor', 1, 'how often each pair is drawn'))
    add_numbers(parser, float, MLM_RATIO_OPTION)


def run(options: argparse.Namespace) -> Lines:
    """Make the examples and one epoch of batches, in each framework."""
    check_loader_options(options.batch_size, options.num_workers)
    passed(options)
    check_whole('dupe_factor', options.dupe_factor, least=1)
    named = choose_corpus(options)
    backends = choose_backends(options.backend)
    corpus, found = _find_corpus(named, options.data_dir)
    for backend in backends:
        yield from entry('backend', version_of(backend))
        yield from entry('corpus', *corpus_lines(corpus, found))
        in_one = _pairs if options.objective == 'bert' else _spans
        yield from in_one(backend, options, found)
        if backend is not backends[-1]:
            yield ''
    if options.backend is None:
        yield from entry('note', *(why_missing(name) for name in FRAMEWORKS
                                   if name not in installed()))


def _find_corpus(named: Any, data_dir: str | None) -> tuple[Any, Found]:
    """Find the text that is named, or else the best there is."""
    if named is not None:
        return named, find_corpus(named, data_dir)
    try:
        return 'wikitext-2', find_corpus('wikitext-2', data_dir)
    except FileNotFoundError:  # not where the user says that it is
        raise
    except OSError as error:
        complain('warning', f'using TinyWiki, as WikiText-2 cannot be '
                            f'downloaded: {one_line(error)}')
        return 'tiny', find_corpus('tiny')


def _pairs(backend: ModuleType, options: argparse.Namespace, found: Found
           ) -> Lines:
    """Yield what is made of a text for BERT."""
    rng = make_rng(options.rng, options.seed)  # as load_data_wiki does
    (paragraphs, left_out), reading = timed(
        read_text, found.files, rng, options.sentence_splitter,
        wrapped=options.wrapped, lowercase=options.lowercase)
    yield from entry('text', *_text_lines(paragraphs,
                                          options.sentence_splitter))
    yield from entry('left out', *left_out_lines(left_out))
    dataset, making = timed(
        backend._WikiTextDataset, paragraphs, options.max_len, rng=rng,
        dupe_factor=options.dupe_factor,
        **keep_case(passed(options, paragraphs), options.lowercase))
    examples = dataset.examples
    yield from entry('pairs', f'{examples.num_pairs}, of which '
                              f'{examples.num_dropped} are longer than '
                              f'{examples.max_len} tokens and dropped')
    yield from entry('examples', str(len(examples)))
    yield from entry('vocabulary', *vocabulary_lines(examples))
    loader = backend.make_loader(dataset, options.batch_size, options.seed,
                                 options.num_workers)
    yield from _batches(loader, options, f'{reading:.2f} to read, '
                                         f'{making:.2f} to make the examples')


def _spans(backend: ModuleType, options: argparse.Namespace, found: Found
           ) -> Lines:
    """Yield what is made of a text for SpanBERT."""
    documents, reading = timed(
        read_documents, found.files, options.sentence_splitter,
        lowercase=options.lowercase)
    yield from entry('text', *_text_lines(documents,
                                          options.sentence_splitter,
                                          'documents'))
    (loader, _), making = timed(
        backend.load_data_spanbert, options.batch_size, options.max_len,
        documents=documents, seed=options.seed,
        num_workers=options.num_workers, lowercase=options.lowercase,
        **passed(options, documents))
    examples = loader.dataset.examples
    yield from entry('left out', *cut_lines(examples))
    yield from entry('examples', str(len(examples)))
    yield from entry('vocabulary', *vocabulary_lines(examples))
    yield from _batches(loader, options, f'{reading:.2f} to read, '
                                         f'{making:.2f} to make the examples')


def _batches(loader: Any, options: argparse.Namespace, before: str) -> Lines:
    """Yield what one epoch of batches looks like."""
    dataset = loader.dataset
    (batch, count), epoch = timed(_one_epoch, loader)
    yield from entry('batches', f'{count} of '
                                f'{min(options.batch_size, len(dataset))}')
    yield from entry('columns', *(
        f'{name:<16}{shape!s:<11}{dtype_name(column)}' for (name, shape),
        column in zip(batch.shapes().items(), batch)))
    yield from entry('seconds', f'{before}, {epoch:.2f} an epoch')
    if options.show:
        colour = sys.stdout.isatty() and not os.environ.get('NO_COLOR')
        yield f'\n{columns_text(dataset[:options.show], colour)}'


def _text_lines(texts: list[list[str]], splitter: str,
                unit: str = 'paragraphs') -> Lines:
    yield f'{len(texts)} {unit}, {sum(map(len, texts))} sentences'
    if splitter != 'period':
        yield f'split by {describe_splitter(splitter)}'


def _one_epoch(loader: Any) -> tuple[Any, int]:
    """Return the first batch of a loader, and the number of batches."""
    batches = iter(loader)
    return next(batches), 1 + sum(1 for _ in batches)
