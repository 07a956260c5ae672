"""The d2l-bert command: a module for each subcommand.

A subcommand's module is imported when it is called, so that `--help` is
fast and nothing needs what only another subcommand uses.
"""

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from d2l_bert import __version__

from .console import complain, leads, write
from .mistakes import about_leftovers, in_options, one_line

COMMANDS = {
    'data': 'show which data sets are on this computer, or download one',
    'dataset': 'make the pretraining examples of a text, and batches of them',
    'prepare': 'write a text of any kind in the format of the book',
    'pretrain': 'pretrain a BERT on a text',
    'fill-mask': 'predict the words that <mask> stands for',
    'encode': 'turn each word of a text into a vector',
    'grade': 'run the notebook of an exercise and count its points; its code '
             'runs on this computer, with all your rights',
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    >>> main(['data', 'tiny'])  # doctest: +ELLIPSIS
    tiny        comes with d2l_bert: ...tinywiki
                wiki.train.tokens  written for this project
    0

    It is 0; or 1 after an error, which a line on stderr explains; 130
    after Ctrl-C; 141 if the reader of the output has closed it.

    Raises SystemExit, as argparse does, for unknown options.
    """
    options = _parse(sys.argv[1:] if argv is None else argv)

    def show(message: Warning | str, *where: Any, **kw: Any) -> None:
        if leads():
            complain('warning', in_options(one_line(message), options.names))

    try:
        with warnings.catch_warnings():
            warnings.showwarning = show
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
        complain('error', in_options(one_line(error), options.names))
        return 1
    return 0


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the command; raise SystemExit, after a message, if it is wrong."""
    parser = argparse.ArgumentParser(
        prog='d2l-bert', description='How BERT is pretrained, step by step.')
    parser.add_argument('--version', action='version',
                        version=f'd2l-bert {__version__}')
    commands = parser.add_subparsers(required=True, metavar='COMMAND')
    for name, about in COMMANDS.items():
        command = commands.add_parser(name, help=about, description=about)
        if name in argv:
            module = import_module(f'{__name__}.{name.replace("-", "_")}')
            module.add_options(command)
            command.set_defaults(run=module.run, command=command)
    options, extra = parser.parse_known_args(argv)
    known = options.command._option_string_actions
    if extra:
        options.command.error(about_leftovers(extra, options, list(known)))
    options.names = {action.dest for action in known.values()}
    return options
