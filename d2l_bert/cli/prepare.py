"""d2l-bert prepare: a text of any kind in the format of the book."""

import argparse
import shlex

from d2l_bert.core.prepare import prepare_text
from d2l_bert.core.text.corpus import find_corpus

from .console import (
    Lines, choose_corpus, corpus_lines, entry, left_out_lines)
from .options import add_corpus, add_reading


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this subcommand."""
    add_corpus(parser)
    add_reading(parser, splitter='nltk', tokenizer='basic')
    parser.add_argument('--out', metavar='FILE', required=True,
                        help='the file to write, which may not be there yet')


def run(options: argparse.Namespace) -> Lines:
    """Write the text, a paragraph on each line."""
    corpus = choose_corpus(options)
    yield from entry('corpus', *corpus_lines(corpus, find_corpus(corpus)))
    done = prepare_text(
        options.out, corpus, sentence_splitter=options.sentence_splitter,
        wrapped=options.wrapped, lowercase=options.lowercase,
        tokenizer=options.tokenizer)
    yield from entry('left out', *left_out_lines(done.left_out))
    yield from entry('text', f'{done.num_paragraphs} paragraphs, '
                             f'{done.num_sentences} sentences')
    yield from entry('saved', str(done.path))
    case = '' if options.lowercase else ' --no-lowercase'
    yield from entry('next', f'd2l-bert dataset --corpus '
                             f'{shlex.quote(str(done.path))}{case}')
