"""Checks of arguments that several stages share."""

from collections.abc import Iterable, Mapping
from numbers import Integral
from typing import Any

MAX_SEED = 2 ** 32 - 1  # the largest that NumPy takes, and so MXNet


def check_whole(name: str, value: Any, least: int = 0,
                most: int | None = None) -> int:
    """Return a whole number as an int, or raise ValueError.

    >>> check_whole('steps', 5, least=1)
    5
    >>> check_whole('steps', 0, least=1)
    Traceback (most recent call last):
    ...
    ValueError: steps must be a whole number of at least 1, not 0

    An integer of NumPy becomes Python's, which JSON can hold.
    """
    if (not isinstance(value, Integral) or isinstance(value, bool)
            or int(value) < least
            or (most is not None and int(value) > most)):
        limits = (f'of at least {least}' if most is None else
                  f'from {least} to {most}')
        raise ValueError(f'{name} must be a whole number {limits}, not '
                         f'{value!r}')
    return int(value)


def check_seed(seed: int | None) -> int | None:
    """Return a seed as an int, or None, or raise ValueError.

    >>> check_seed(-1)
    Traceback (most recent call last):
    ...
    ValueError: seed must be None or a whole number from 0 to 4294967295, \
not -1
    """
    if seed is None:
        return None
    if (not isinstance(seed, Integral) or isinstance(seed, bool)
            or not 0 <= int(seed) <= MAX_SEED):
        raise ValueError(f'seed must be None or a whole number from 0 to '
                         f'{MAX_SEED}, not {seed!r}')
    return int(seed)


def check_callable(name: str, function: object) -> None:
    """Raise TypeError unless an argument is a function.

    >>> check_callable('tokenizer', 5)
    Traceback (most recent call last):
    ...
    TypeError: tokenizer must be a function, not 5
    """
    if not callable(function):
        raise TypeError(f'{name} must be a function, not {function!r}')


def as_list(name: str, given: Any, example: str) -> list[Any]:
    """Return a list of what was given, which may be a generator.

    >>> as_list('tokens', (word for word in ['a', 'b']), "['a']")
    ['a', 'b']
    >>> as_list('tokens', 'the sea', "['the', 'sea']")
    Traceback (most recent call last):
    ...
    TypeError: tokens must be a list, such as ['the', 'sea'], not the str \
'the sea'

    Raises TypeError for one string, a mapping, and what has no items.
    """
    if (isinstance(given, str | bytes | Mapping)
            or not isinstance(given, Iterable)):
        raise TypeError(f'{name} must be a list, such as {example}, not '
                        f'{a_value(given)}')
    return list(given)


def a_value(value: object) -> str:
    """Say what a wrong argument is, in a few words.

    >>> a_value(None), a_value(5), a_value('vocab.txt')
    ('None', 'the int 5', "the str 'vocab.txt'")
    """
    if value is None:
        return 'None'
    shown = repr(value)
    return (f'the {type(value).__name__} {shown}' if len(shown) <= 40
            else f'a {type(value).__name__}')


def check_loader_options(batch_size: int, num_workers: int,
                         seed: int | None = None) -> None:
    """Raise ValueError for a loader that could give no batch.

    >>> check_loader_options(0, 0)
    Traceback (most recent call last):
    ...
    ValueError: batch_size must be a whole number of at least 1, not 0
    """
    check_whole('batch_size', batch_size, least=1)
    check_whole('num_workers', num_workers)
    check_seed(seed)
