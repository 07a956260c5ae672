"""NLTK's Punkt, which has to know abbreviations, or to learn them.

Source: Kiss and Strunk, "Unsupervised Multilingual Sentence Boundary
Detection" (2006).
"""

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from .edges import cut, without_runs
from .libraries import library

# Punkt learns from this much of a text: some seconds, and 200 MB.
TRAIN_CHARS = 3_000_000


def punkt(lines: list[str]) -> Callable[[str], list[str]]:
    """Return Punkt as a function from a text to its sentences.

    It knows the abbreviations of punkt_tab if that is installed, and
    otherwise learns them from `lines`, whose order does not matter.

    Raises ValueError if punkt_tab is damaged, and ModuleNotFoundError if
    NLTK is not installed.
    """
    tokenizer = punkt_tab()
    if tokenizer is None:
        module = import_module('nltk.tokenize.punkt')
        tokenizer = module.PunktSentenceTokenizer(_trained(module, lines))
    return lambda text: cut(text, [
        start for start, _ in tokenizer.span_tokenize(
            _no_points(without_runs(text)))])


def _trained(module: Any, lines: list[str]) -> Any:
    """Return what Punkt learns from a text, or from a part of a long one.

    The part is every n-th line in alphabetical order, so that the order of
    the text makes no difference.
    """
    step = -(-sum(map(len, lines)) // TRAIN_CHARS) or 1
    text = _no_points('\n'.join(sorted(lines)[::step]))
    trainer = module.PunktTrainer()
    # Where full stops stand alone, one at the end of a word means an
    # abbreviation, and Punkt can trust fewer examples than in prose.
    alone = len(re.findall(r'\s\.\s', text))
    trainer.INCLUDE_ALL_COLLOCS = trainer.IGNORE_ABBREV_PENALTY = (
        alone > len(re.findall(r'\w\.\s', text)))
    trainer.train(text)
    return trainer.get_params()


def _no_points(text: str) -> str:
    # WikiText writes 3.5 as '3 @.@ 5', where Punkt would see a full stop.
    return text.replace('@.@', '@,@')


# punkt_tab ----------------------------------------------------------------

def import_nltk() -> Any:
    """Return NLTK, or raise ModuleNotFoundError with its extra."""
    return library('nltk', "sentence_splitter 'nltk'", 'sentences')


def punkt_tab() -> Any:
    """Return the Punkt of NLTK's data punkt_tab, or None if there are none.

    Raises ValueError if they are damaged.
    """
    nltk = import_nltk()
    if not (there := _punkt_tab_files(nltk)):
        return None
    try:
        tokenizer = import_module('nltk.tokenize.punkt').PunktTokenizer()
        if not tokenizer._params.abbrev_types:
            raise ValueError('they have no abbreviation')
    except Exception as error:  # each kind of damage has one of its own
        raise ValueError(
            f"NLTK's data in {there[0]} are damaged ({_reason(error)}); "
            f'remove them. Then Punkt learns abbreviations from the text, or '
            f'get them again: python -m nltk.downloader punkt_tab') from error
    return tokenizer


def _reason(error: Exception) -> str:
    # NLTK's own advice is a page long, and to download them.
    return ('they are not complete' if isinstance(error, LookupError)
            else str(error))


def _punkt_tab_files(nltk: Any) -> list[Path]:
    return [path for folder in nltk.data.path if folder
            for name in ('punkt_tab', 'punkt_tab.zip')
            if (path := Path(folder, 'tokenizers', name)).exists()]
