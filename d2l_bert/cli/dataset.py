"""d2l-bert dataset: the pretraining examples of a text, and batches."""

import argparse
import os
import sys
from types import ModuleType
from typing import Any

from d2l_bert.core.checks import check_loader_options
from d2l_bert.core.examples.display import columns_text, dtype_name
from d2l_bert.core.objectives.bert import check_options
from d2l_bert.core.randomness import make_rng
from d2l_bert.core.text.catalog import Found
from d2l_bert.core.text.corpus import find_corpus, read_text
from d2l_bert.core.text.sentences import describe_splitter
from d2l_bert.core.tokens.words import keep_case
from d2l_bert.frameworks import FRAMEWORKS, installed, why_missing

from .console import (
    Lines, choose_backends, choose_corpus, complain, corpus_lines, entry,
    left_out_lines, timed, version_of, vocabulary_lines)
from .mistakes import one_line
from .options import (
    MLM_RATIO_OPTION, STRICT, add_backend, add_corpus, add_data_dir,
    add_draws, add_flags, add_numbers, add_reading, whole)

# Options that go to `make_examples` as they are.
PASSED = ('tokenizer', 'min_freq', 'mlm_ratio', 'dupe_factor',
          'strict_negatives', 'strict_masking', 'dynamic_masking')


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this subcommand."""
    add_backend(parser, 'every framework that is installed')
    add_corpus(parser, 'WikiText-2; TinyWiki if it cannot be downloaded')
    add_data_dir(parser)
    add_reading(parser)
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
    add_flags(parser, *STRICT)


def run(options: argparse.Namespace) -> Lines:
    """Make the examples and one epoch of batches, in each framework."""
    check_loader_options(options.batch_size, options.num_workers)
    check_options(options.max_len, **_passed(options))
    named = choose_corpus(options)
    backends = choose_backends(options.backend)
    corpus, found = _find_corpus(named, options.data_dir)
    for backend in backends:
        yield from entry('backend', version_of(backend))
        yield from _in_one(backend, options, corpus, found)
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


def _in_one(backend: ModuleType, options: argparse.Namespace, corpus: Any,
            found: Found) -> Lines:
    yield from entry('corpus', *corpus_lines(corpus, found))
    rng = make_rng(options.rng, options.seed)  # as load_data_wiki does
    (paragraphs, left_out), reading = timed(
        read_text, found.files, rng, options.sentence_splitter,
        wrapped=options.wrapped, lowercase=options.lowercase)
    yield from entry('text', *_text_lines(paragraphs,
                                          options.sentence_splitter))
    yield from entry('left out', *left_out_lines(left_out))
    dataset, making = timed(
        backend._WikiTextDataset, paragraphs, options.max_len, rng=rng,
        **keep_case(_passed(options), options.lowercase))
    examples = dataset.examples
    yield from entry('pairs', f'{examples.num_pairs}, of which '
                              f'{examples.num_dropped} are longer than '
                              f'{examples.max_len} tokens and dropped')
    yield from entry('examples', str(len(examples)))
    yield from entry('vocabulary', *vocabulary_lines(examples))
    loader = backend.make_loader(dataset, options.batch_size, options.seed,
                                 options.num_workers)
    (batch, count), epoch = timed(_one_epoch, loader)
    yield from entry('batches', f'{count} of '
                                f'{min(options.batch_size, len(examples))}')
    yield from entry('columns', *(
        f'{name:<16}{shape!s:<11}{dtype_name(column)}' for (name, shape),
        column in zip(batch.shapes().items(), batch)))
    yield from entry('seconds', f'{reading:.2f} to read, {making:.2f} to '
                                f'make the examples, {epoch:.2f} an epoch')
    if options.show:
        colour = sys.stdout.isatty() and not os.environ.get('NO_COLOR')
        yield f'\n{columns_text(dataset[:options.show], colour)}'


def _passed(options: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(options, name) for name in PASSED}


def _text_lines(paragraphs: list[list[str]], splitter: str) -> Lines:
    yield (f'{len(paragraphs)} paragraphs, '
           f'{sum(map(len, paragraphs))} sentences')
    if splitter != 'period':
        yield f'split by {describe_splitter(splitter)}'


def _one_epoch(loader: Any) -> tuple[Any, int]:
    """Return the first batch of a loader, and the number of batches."""
    batches = iter(loader)
    return next(batches), 1 + sum(1 for _ in batches)
