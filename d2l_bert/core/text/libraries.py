"""Libraries that are imported only when they are chosen."""

from importlib import import_module
from typing import Any


def library(name: str, option: str, extra: str) -> Any:
    """Import a library, or raise ModuleNotFoundError that says what to do.

    >>> library('nltkk', "sentence_splitter 'nltkk'", 'sentences')
    Traceback (most recent call last):
    ...
    ModuleNotFoundError: sentence_splitter 'nltkk' needs a library that is \
not installed; pip install "d2l_bert[sentences]" brings it

    `option` is what needs it, and `extra` what pip installs for it.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ModuleNotFoundError(
            f'{option} needs a library that is not installed; pip install '
            f'"d2l_bert[{extra}]" brings it', name=name) from None
