"""d2l-bert fill-mask: the words that a model predicts for a blank."""

import argparse
from typing import Any

from .console import Lines, choose_backend, entry
from .encode import warn_of_unknown_words
from .options import add_model

WIDTH = 24  # of a column


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this subcommand."""
    add_model(parser, 'such as "the film was <mask> in 1998 ."')
    parser.add_argument('-k', type=int, default=5, metavar='K',
                        help='number of words for each blank (default: 5)')


def run(options: argparse.Namespace) -> Lines:
    """Print the most probable words for each blank."""
    d2l = choose_backend(options.backend)
    net = d2l.load_bert(options.model)
    asked = options.text, options.k, options.next_text
    if 'sbo' in net.loss_names:
        blanks = [[blank.masked, blank.boundary]
                  for blank in d2l.fill_span(net, *asked)]
        yield from entry('heads', f'{"masked tokens":<{WIDTH}}span boundary')
    else:
        blanks = [[guesses] for guesses in d2l.fill_mask(net, *asked)]
    warn_of_unknown_words(options, net)
    for number, heads in enumerate(blanks, 1):
        title = f'<mask> {number}' if len(blanks) > 1 else '<mask>'
        yield from entry(title, *(
            ''.join(_column(guess) for guess in guesses).rstrip()
            for guesses in zip(*heads)))


def _column(guess: Any) -> str:
    return f'{guess.probability:6.1%}  {guess.token:<{WIDTH - 8}}'
