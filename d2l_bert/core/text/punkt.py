"""NLTK's Punkt, which has to know abbreviations, or to learn them.

Source: Kiss and Strunk, "Unsupervised Multilingual Sentence Boundary
Detection" (2006).
"""

import re
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from .edges import cut, without_runs
from .libraries import library

# Punkt learns from this much of a text: some seconds, and 200 MB.
TRAIN_CHARS = 3_000_000
# What Punkt learned is compared with a plain rule, on so many lines.
SAMPLE = 300
FEW = 0.8  # of the sentences of the plain rule; good texts have 0.95 to 1.1
LEAST = 10  # sentences, to say anything
# A word, the end of a sentence after it, and the first letter of the next.
END = re.compile(r'''(\w+)\s?[.!?]["”’')\]]*\s+["“‘'(\[]*(\w)''')
ABBREVIATIONS = frozenset([
    'capt', 'col', 'dr', 'fig', 'gen', 'hon', 'jr', 'lt', 'mr', 'mrs', 'ms',
    'no', 'prof', 'rev', 'sgt', 'sr', 'st', 'vol', 'vs'])


def punkt(lines: list[str], language: str | None = None
          ) -> Callable[[str], list[str]]:
    """Return Punkt as a function from a text to its sentences.

    It knows the abbreviations of punkt_tab if that is installed, and
    otherwise learns them from `lines`, whose order does not matter. A
    `language` that is named must be in punkt_tab.

    Raises what `punkt_tab` raises.
    """
    tokenizer = punkt_tab(language)
    if tokenizer is not None:
        return _splitter(tokenizer)
    module = import_module('nltk.tokenize.punkt')
    learned = _trained(module, lines)
    split = _splitter(module.PunktSentenceTokenizer(learned))
    _warn_of_few(split, lines, learned.abbrev_types)
    return split


def _splitter(tokenizer: Any) -> Callable[[str], list[str]]:
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


def _warn_of_few(split: Callable[[str], list[str]], lines: list[str],
                 learned: set[str]) -> None:
    """Warn if Punkt took words at the ends of sentences for abbreviations.

    It does so in a text that is short or repeats itself, where some words
    are never seen without a full stop.
    """
    sample = sorted(filter(None, lines))
    sample = sample[::-(-len(sample) // SAMPLE) or 1]
    ends = [word for line in sample for word in plain_ends(line)]
    words = [word for word in dict.fromkeys(ends) if word in learned][:3]
    plain = len(sample) + len(ends)
    found = sum(len(split(line)) for line in sample)
    if words and plain >= LEAST and found < FEW * plain:
        warnings.warn(
            f'Punkt finds {found} sentences where a plain rule finds {plain}, '
            f'as it learned from this text to take {", ".join(words)} for '
            f"abbreviations; get NLTK's own list (python -m nltk.downloader "
            f"punkt_tab), or choose sentence_splitter 'spacy'", stacklevel=6)


def plain_ends(text: str) -> list[str]:
    """Return the words at which a plain rule ends a sentence, but the last.

    >>> plain_ends('Dr. Ames saw rain. It fell at 3 p. m. So it did.')
    ['rain']

    The next letter is a capital, and the word is no common abbreviation.
    """
    return [word for match in END.finditer(text) if match[2].isupper()
            and len(word := match[1].lower()) > 1
            and word not in ABBREVIATIONS]


# punkt_tab ----------------------------------------------------------------

def import_nltk() -> Any:
    """Return NLTK, or raise ModuleNotFoundError with its extra."""
    return library('nltk', "sentence_splitter 'nltk'", 'sentences')


def punkt_tab(language: str | None = None) -> Any:
    """Return the Punkt of NLTK's data punkt_tab, or None if there are none.

    Without a language it is that for English.

    Raises ValueError if they are damaged or lack the language that is
    named, and ModuleNotFoundError if NLTK is not installed.
    """
    nltk = import_nltk()
    there = _punkt_tab_files(nltk)
    if language is not None and not _has(nltk, language):
        has = ('has no such language; it uses English names, such as '
               "'german'" if there else 'is not installed; get '
               'it: python -m nltk.downloader punkt_tab')
        raise ValueError(f"sentence_splitter 'nltk:{language}' needs the data "
                         f"for {language!r} in NLTK's punkt_tab, which {has}. "
                         f"'nltk' alone learns abbreviations from the text")
    if not there:
        return None
    try:
        tokenizer = import_module('nltk.tokenize.punkt').PunktTokenizer(
            language or 'english')
        if not tokenizer._params.abbrev_types:
            raise ValueError('they have no abbreviation')
    except Exception as error:  # each kind of damage has one of its own
        raise ValueError(
            f"NLTK's data in {there[0]} are damaged ({_reason(error)}); "
            f'remove them. Then Punkt learns abbreviations from the text, or '
            f'get them again: python -m nltk.downloader punkt_tab') from error
    return tokenizer


def _has(nltk: Any, language: str) -> bool:
    try:
        nltk.data.find(f'tokenizers/punkt_tab/{language}/')
    except Exception:  # a damaged zip has one of its own
        return False
    return language.isalpha()


def _reason(error: Exception) -> str:
    # NLTK's own advice is a page long, and to download them.
    return ('they are not complete' if isinstance(error, LookupError)
            else str(error))


def _punkt_tab_files(nltk: Any) -> list[Path]:
    return [path for folder in nltk.data.path if folder
            for name in ('punkt_tab', 'punkt_tab.zip')
            if (path := Path(folder, 'tokenizers', name)).exists()]
