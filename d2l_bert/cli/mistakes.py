"""What the command says about mistakes, in terms of its own options."""

import argparse
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

# Names of one word that messages use for nothing but the argument.
PLAIN_NAMES = ('resume', 'wrapped')
# What a command cannot be given.
FUNCTION = (', or a function from the tokens of a sentence to pairs '
            '(start, end)')


def one_line(error: Exception | Warning | str) -> str:
    """Return what an error says in one line."""
    lines = [line.strip() for line in str(error).splitlines()]
    return '; '.join(lines).replace(':; ', ': ')


def in_options(message: str, names: Iterable[str]) -> str:
    """Return a message of the package as one about the options.

    >>> names = ['num_heads', 'steps', 'lowercase', 'sentence_splitter']
    >>> in_options('steps must be at least 1, not 0', names)
    '--steps must be at least 1, not 0'
    >>> in_options("set num_heads=2, or sentence_splitter 'nltk'", names)
    'set --num-heads 2, or --sentence-splitter nltk'
    >>> in_options('choose lowercase=False; steps follow', names)
    'choose --no-lowercase; steps follow'

    `names` are those of the options in Python. A name of a single word may
    be an ordinary word, so it must begin the message, stand alone in
    brackets, or have a value.
    """
    for name in sorted(names, key=len, reverse=True):
        option = f'--{name.replace("_", "-")}' if name[1:] else f'-{name}'
        word = rf'(?<![\w./-]){name}'
        message = message.replace(FUNCTION, '')
        message = re.sub(rf'{word}=True\b', option, message)
        message = re.sub(rf'{word}=False\b', option.replace('--', '--no-'),
                         message)
        message = re.sub(rf"{word}[ =]'([^']*)'", rf'{option} \1', message)
        message = re.sub(rf'{word}=(?=[\w.]+)', f'{option} ', message)
        if '_' in name or name in PLAIN_NAMES:
            message = re.sub(rf'{word}(?![\w/-]|\.\w)', option, message)
        else:
            message = re.sub(rf'^{name}(?= must be )|(?<=\(){name}(?=\))',
                             option, message)
    return message


def about_leftovers(extra: Sequence[str], options: argparse.Namespace,
                    known: Sequence[str]) -> str:
    """Say what is wrong with words of the command that nothing takes.

    >>> options = argparse.Namespace(model='m', text='the', next_text='sea')
    >>> about_leftovers(['is', '<mask>'], options, [])
    'a text goes in quotes: "the sea is <mask>"'
    >>> about_leftovers(['--step'], options, ['--steps', '--seed'])
    'there is no option --step; did you mean --steps?'
    """
    given = vars(options)
    dashed = [word for word in extra if word.startswith('-')]
    if dashed:
        close = get_close_matches(dashed[0].partition('=')[0], known, n=1)
        return (f'there is no option {dashed[0]}'
                + (f'; did you mean {close[0]}?' if close else ''))
    if 'text' in given:
        words = [given['text'], given['next_text'], *extra]
        return f'a text goes in quotes: "{" ".join(words)}"'
    if 'corpus' in given:
        return (f'nothing takes {" ".join(extra)}; name the files of a text '
                f'after --corpus')
    return (f'one at a time, so nothing takes {" ".join(extra)}; a pattern '
            f'such as *.txt may stand for several files')
