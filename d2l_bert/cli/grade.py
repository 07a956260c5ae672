"""d2l-bert grade: the points of an exercise."""

import argparse
import importlib

from .console import Lines, entry


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this subcommand."""
    parser.add_argument('notebook', metavar='NOTEBOOK')
    parser.add_argument('--source', metavar='PATH',
                        help="the teacher's version, or a folder that holds "
                             "it: brings the hidden tests")
    parser.add_argument('--time-limit', type=_seconds, default=60,
                        metavar='SECONDS',
                        help='time limit for each cell (default: 60)')


def _seconds(text: str) -> int:
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(
        f'{text!r} is not a whole number of seconds, at least 1')


def run(options: argparse.Namespace) -> Lines:
    """Run the notebook and print the points of each check."""
    try:
        grading = importlib.import_module('d2l_bert.cli.grading')
    except ModuleNotFoundError as error:
        raise ValueError(f'grade needs {error.name}; pip install '
                         f'"d2l_bert[notebooks]" brings it') from error
    grade = grading.grade(options.notebook, options.source,
                          options.time_limit)
    yield from entry('exercise', grade.exercise)
    yield from entry('errors', *grade.errors)
    yield from entry('checks', *(
        f'{check.name:<19} {check.points:g} of {check.max_points:g}  '
        f'{check.message}'.rstrip() for check in grade.checks))
    yield from entry('points', f'{grade.points:g} of {grade.max_points:g}')
    if not grade.hidden_tests:
        yield from entry('note', 'only the checks that the notebook shows '
                                 'were run; hidden tests may find more')
