"""A paragraph -> its sentences: by the book's rule, NLTK or spaCy.

A splitter is a function; some have names. The two libraries come with the
extra `sentences` and are imported only when they are chosen.
"""

import re
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from ..checks import check_callable
from .edges import cut, without_runs

# From the text of a paragraph to its sentences, in order.
SentenceSplitter = Callable[[str], list[str]]
# Such a function, or a name that make_sentence_splitter knows.
SplitterChoice = SentenceSplitter | str

NAMES = "'period', 'nltk', 'spacy' or 'spacy:' and a pipeline"
# Punkt learns from this much of a text: some seconds, and 200 MB.
TRAIN_CHARS = 3_000_000


def period(text: str) -> list[str]:
    """Cut a text at each ' . ', as the book does.

    >>> period(' The sea rose . It fell again . ')
    ['The sea rose', 'It fell again .']

    Only full stops that stand alone count, as in WikiText, where every
    token has spaces around it. The last sentence keeps its full stop.

    Source: d2l section 15.9.1.
    """
    return text.strip().split(' . ')


def check_sentence_splitter(choice: SplitterChoice) -> None:
    """Raise unless this is a function, or the name of one.

    >>> check_sentence_splitter('comma')
    Traceback (most recent call last):
    ...
    ValueError: sentence_splitter 'comma' is not known; give 'period', \
'nltk', 'spacy' or 'spacy:' and a pipeline, or a function

    Raises TypeError for what is neither, ValueError for an unknown name
    or a spaCy pipeline that cannot be used, and ModuleNotFoundError if
    the library is not installed.
    """
    if not isinstance(choice, str):
        check_callable('sentence_splitter', choice)
    elif choice == 'nltk':
        _library('nltk')
    elif choice.partition(':')[0] == 'spacy':
        _pipeline(choice)
    elif choice != 'period':
        raise ValueError(f'sentence_splitter {choice!r} is not known; give '
                         f'{NAMES}, or a function')


def make_sentence_splitter(choice: SplitterChoice, lines: Iterable[str] = ()
                           ) -> SentenceSplitter:
    """Return the function of that name, made for a text.

    >>> make_sentence_splitter('period') is period
    True

    'period' is the book's, 'nltk' Punkt and 'spacy' the rules of its
    sentencizer; 'spacy:en_core_web_sm' is a pipeline that is installed.
    Punkt has to know abbreviations. It takes them from NLTK's punkt_tab if
    that is installed. Otherwise it learns them from `lines`, whose order
    does not matter. `describe_splitter` says which.

    Both libraries also split at ` ! ` and ` ? `. Quotes and brackets stay
    with the sentence that they open or close.

    Raises what `check_sentence_splitter` raises.
    """
    if choice == 'nltk':
        return _punkt(list(lines))
    if isinstance(choice, str) and choice.partition(':')[0] == 'spacy':
        nlp = _pipeline(choice)
        return lambda text: cut(
            text, [sentence.start_char
                   for sentence in nlp(without_runs(text)).sents])
    check_sentence_splitter(choice)
    return period if isinstance(choice, str) else choice


def describe_splitter(choice: SplitterChoice) -> str:
    """Describe a splitter as it is on this computer.

    >>> describe_splitter('period')
    "the book's rule, a cut at each ' . '"

    Raises what `check_sentence_splitter` raises.
    """
    check_sentence_splitter(choice)
    if choice == 'nltk':
        learned = ('with the abbreviations of punkt_tab' if _has_punkt_tab()
                   else 'trained on the text itself')
        return f'NLTK {_library("nltk").__version__}: Punkt, {learned}'
    if choice in ('period', period):
        return "the book's rule, a cut at each ' . '"
    if not isinstance(choice, str):
        return f'{getattr(choice, "__name__", repr(choice))}, a function'
    pipeline = choice.partition(':')[2]
    return f'spaCy {_library("spacy").__version__}: ' + (
        f'the pipeline {pipeline}' if pipeline else 'its sentencizer')


# NLTK ---------------------------------------------------------------------

def _punkt(lines: list[str]) -> SentenceSplitter:
    _library('nltk')
    punkt = import_module('nltk.tokenize.punkt')
    tokenizer = (punkt.PunktTokenizer() if _has_punkt_tab() else
                 punkt.PunktSentenceTokenizer(_trained(punkt, lines)))
    return lambda text: cut(text, [
        start for start, _ in tokenizer.span_tokenize(
            _no_points(without_runs(text)))])


def _trained(punkt: Any, lines: list[str]) -> Any:
    """Return what Punkt learns from a text, or from a part of a long one.

    The part is every n-th line in alphabetical order, so that the order of
    the text makes no difference.
    """
    step = -(-sum(map(len, lines)) // TRAIN_CHARS) or 1
    text = _no_points('\n'.join(sorted(lines)[::step]))
    trainer = punkt.PunktTrainer()
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


def _has_punkt_tab() -> bool:
    try:
        _library('nltk').data.find('tokenizers/punkt_tab/english/')
    except LookupError:
        return False
    return True


# spaCy --------------------------------------------------------------------

def _pipeline(choice: str) -> Any:
    """Return the pipeline of 'spacy:NAME', or for 'spacy' its sentencizer."""
    spacy = _library('spacy')
    name = choice.partition(':')[2]
    if not name:
        nlp = spacy.blank('en')
        nlp.add_pipe('sentencizer')
        nlp.max_length = sys.maxsize  # rules need no memory for a long text
        return nlp
    if not spacy.util.is_package(name) and not Path(name).is_dir():
        raise ValueError(f"spaCy's pipeline {name!r} is not installed; try "
                         f"python -m spacy download {name}, or 'spacy' alone")
    nlp = spacy.load(name, exclude=['ner', 'lemmatizer'])
    if not nlp('It rose . It fell .').has_annotation('SENT_START'):
        raise ValueError(f"spaCy's pipeline {name!r} finds no sentences; take "
                         f"one with a parser, senter or sentencizer")
    return nlp


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ModuleNotFoundError(
            f'sentence_splitter {name!r} needs a library that is not '
            f'installed; pip install "d2l_bert[sentences]" brings it',
            name=name) from None
