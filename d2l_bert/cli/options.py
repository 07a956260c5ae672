"""The options that several subcommands have."""

import argparse
from typing import Any

from d2l_bert.core.checks import MAX_SEED
from d2l_bert.core.objectives.mlm import MLM_RATIO
from d2l_bert.core.tokens.words import NAMED
from d2l_bert.frameworks import FRAMEWORKS

from .tokenizer import WORDPIECE, add_vocabulary

MLM_RATIO_OPTION = ('mlm-ratio', MLM_RATIO, 'share of the tokens to predict')


def add_backend(parser: argparse.ArgumentParser, default: str) -> None:
    """Add --backend; `default` says what happens without it."""
    parser.add_argument('--backend', choices=FRAMEWORKS,
                        help=f'the framework; default: {default}')


def add_corpus(parser: argparse.ArgumentParser, default: str = '') -> None:
    """Add --corpus, which must be given if there is no default."""
    parser.add_argument(
        '--corpus', metavar='PATH', nargs='+', required=not default,
        help=f"the text: wikitext-2, tiny, a file, a folder of .txt files, a "
             f"pattern such as 'books/*.txt', or several of these"
             f"{default and f'; default: {default}'}")


def add_data_dir(parser: argparse.ArgumentParser) -> None:
    """Add --data-dir."""
    parser.add_argument('--data-dir', metavar='DIR',
                        help='folder that has WikiText-2')


def add_reading(parser: argparse.ArgumentParser, splitter: str = 'period',
                tokenizer: str = 'words', pieces: bool = False) -> None:
    """Add how a text is read, with these defaults.

    With `pieces` the tokenizer may be a WordPiece.
    """
    add = parser.add_argument
    add('--sentence-splitter', default=splitter, metavar='NAME',
        help=f'period, lines (one sentence on each line, blank lines between '
             f'documents), nltk, spacy, spacy:de or another language, or '
             f'spacy:PIPELINE (default: {splitter})')
    add('--wrapped', action='store_true',
        help='blank lines separate paragraphs, whose lines are joined')
    also = f', or {WORDPIECE} (pieces of words)' if pieces else ''
    add('--tokenizer', choices=[*NAMED, *[WORDPIECE] * pieces],
        default=tokenizer,
        help=f'words (what is between spaces), basic (words and punctuation '
             f'apart), chars, {"" if pieces else "or "}basic_english{also} '
             f'(default: {tokenizer})')
    if pieces:
        add_vocabulary(parser)
    add('--lowercase', action=argparse.BooleanOptionalAction, default=True,
        help='put the text into lower case, or keep its capital letters')


def add_draws(parser: argparse.ArgumentParser) -> None:
    """Add how random numbers are drawn."""
    add = parser.add_argument
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
            f'--{name}', type=number if kind is float else kind,
            default=default,
            metavar='N' if kind is int else 'X',
            help=f'{about} (default: {default})')


def add_flags(parser: argparse.ArgumentParser, *options: tuple[str, str]
              ) -> None:
    """Add options that are on or off: name and help of each."""
    for name, about in options:
        parser.add_argument(f'--{name}', action='store_true', help=about)


def add_model(parser: argparse.ArgumentParser, text: str) -> None:
    """Add what a subcommand needs that uses a model on a text."""
    add_backend(parser, 'the first that is installed')
    add = parser.add_argument
    add('model', metavar='MODEL',
        help='a model file, the folder of a training run, or long-run or '
             'film-reviews, a model of the lessons')
    add('text', metavar='TEXT', help=text)
    add('next_text', nargs='?', metavar='NEXT',
        help='a second text after the first')


def number(text: str) -> float:
    """Read an option that is a number."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f'{text!r} is not a number, such as 0.001') from None


def whole(text: str) -> int:
    """Read an option that is a whole number and may be a seed."""
    if text.isdecimal() and int(text) <= MAX_SEED:
        return int(text)
    raise argparse.ArgumentTypeError(
        f'{text!r} is not a whole number from 0 to {MAX_SEED}')
