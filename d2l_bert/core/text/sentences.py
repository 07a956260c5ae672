"""A paragraph -> its sentences: by a plain rule, NLTK or spaCy.

A splitter is a function; some have names. The two libraries come with the
extra `sentences` and are imported only when they are chosen.
"""

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ..checks import check_callable
from .edges import cut, without_runs
from .libraries import library
from .punkt import import_nltk, punkt, punkt_tab

# From the text of a paragraph to its sentences, in order.
SentenceSplitter = Callable[[str], list[str]]
# Such a function, or a name that make_sentence_splitter knows.
SplitterChoice = SentenceSplitter | str

LANGUAGE = re.compile('[a-z]{2,3}')  # as spaCy calls it: en, de, zh

NAMES = ("'period', 'lines', 'nltk' or 'spacy', 'nltk:german' or 'spacy:de' "
         "for another language, 'spacy:' and a pipeline")


def period(text: str) -> list[str]:
    """Cut a text at each ' . ', as the book does.

    >>> period(' The sea rose . It fell again . ')
    ['The sea rose', 'It fell again .']

    Only full stops that stand alone count, as in WikiText, where every
    token has spaces around it. The last sentence keeps its full stop.

    Source: d2l section 15.9.1.
    """
    return text.strip().split(' . ')


def one_a_line(text: str) -> list[str]:
    """Take each line of a text for a sentence, as Google's BERT does.

    >>> one_a_line('The sea rose.\\nIt fell again.')
    ['The sea rose.', 'It fell again.']

    Source: create_pretraining_data.py of github.com/google-research/bert.
    """
    return text.split('\n')


# Those with a name that need no library.
PLAIN: dict[str, SentenceSplitter] = {'period': period, 'lines': one_a_line}


def check_sentence_splitter(choice: SplitterChoice) -> None:
    """Raise unless this is a function, or the name of one.

    >>> check_sentence_splitter('comma')
    Traceback (most recent call last):
    ...
    ValueError: sentence_splitter 'comma' is not known; give 'period', \
'lines', 'nltk' or 'spacy', 'nltk:german' or 'spacy:de' for another \
language, 'spacy:' and a pipeline, or a function

    Raises TypeError for what is neither, ValueError for an unknown name or
    language, a spaCy pipeline that cannot be used or damaged data of NLTK,
    and ModuleNotFoundError if the library is not installed.
    """
    name, which = _parts(choice)
    if not isinstance(choice, str):
        check_callable('sentence_splitter', choice)
    elif name == 'nltk':
        punkt_tab(which)
    elif name == 'spacy':
        _pipeline(which)
    elif choice not in PLAIN:
        raise ValueError(f'sentence_splitter {choice!r} is not known; give '
                         f'{NAMES}, or a function')


def make_sentence_splitter(choice: SplitterChoice, lines: Iterable[str] = ()
                           ) -> SentenceSplitter:
    """Return the function of that name, made for a text.

    >>> make_sentence_splitter('period') is period
    True

    'period' is the book's, 'lines' takes each line for a sentence, 'nltk'
    is Punkt, 'spacy' the rules of its sentencizer, 'spacy:de' those rules
    with spaCy's words of another language, and 'spacy:en_core_web_sm' a
    pipeline that is installed. Punkt has to know abbreviations. It takes
    them from NLTK's punkt_tab if that is installed. Otherwise it learns them
    from `lines`, whose order does not matter. 'nltk:german' takes those of
    another language from punkt_tab. `describe_splitter` says which.

    The two libraries also split at ` ! ` and ` ? `. Quotes and brackets stay
    with the sentence that they open or close.

    Raises what `check_sentence_splitter` raises.
    """
    name, which = _parts(choice)
    if name == 'nltk':
        return punkt(list(lines), which)
    if name == 'spacy':
        nlp = _pipeline(which)
        return lambda text: cut(
            text, [sentence.start_char
                   for sentence in nlp(without_runs(text)).sents])
    check_sentence_splitter(choice)
    return PLAIN[choice] if isinstance(choice, str) else choice


def describe_splitter(choice: SplitterChoice) -> str:
    """Describe a splitter as it is on this computer.

    >>> describe_splitter('period')
    "the book's rule, a cut at each ' . '"

    Raises what `check_sentence_splitter` raises.
    """
    check_sentence_splitter(choice)
    name, which = _parts(choice)
    if name == 'nltk':
        learned = ('trained on the text itself' if punkt_tab(which) is None
                   else 'with the abbreviations of punkt_tab')
        return (f'NLTK {import_nltk().__version__}: Punkt, {learned}'
                f'{f" for {which}" if which else ""}')
    if choice in ('period', period):
        return "the book's rule, a cut at each ' . '"
    if choice in ('lines', one_a_line):
        return 'one sentence on each line, blank lines between documents'
    if not isinstance(choice, str):
        return f'{getattr(choice, "__name__", repr(choice))}, a function'
    kind = ('its sentencizer' if which is None else
            f'its sentencizer for {which}' if LANGUAGE.fullmatch(which) else
            f'the pipeline {which}')
    return f'spaCy {_import_spacy().__version__}: {kind}'


def _parts(choice: SplitterChoice) -> tuple[str, str | None]:
    """Return a name, and the language or pipeline after its colon, if any."""
    if not isinstance(choice, str):
        return '', None
    name, colon, which = choice.partition(':')
    return (name, which or None) if which or not colon else (choice, None)


# spaCy --------------------------------------------------------------------

def _pipeline(name: str | None) -> Any:
    """Return a pipeline, or the sentencizer of a language, here English."""
    spacy = _import_spacy()
    if name is None or LANGUAGE.fullmatch(name):
        return _sentencizer(spacy, name or 'en')
    if not spacy.util.is_package(name) and not Path(name).is_dir():
        raise ValueError(f"spaCy's pipeline {name!r} is not installed; try "
                         f"python -m spacy download {name}, or 'spacy' alone")
    nlp = spacy.load(name, exclude=['ner', 'lemmatizer'])
    if not nlp('It rose . It fell .').has_annotation('SENT_START'):
        raise ValueError(f"spaCy's pipeline {name!r} finds no sentences; take "
                         f"one with a parser, senter or sentencizer")
    return nlp


def _sentencizer(spacy: Any, language: str) -> Any:
    try:
        nlp = spacy.blank(language)
    except ImportError as error:  # of a language, or a library that it needs
        reason = str(error).split('\n')[0].rstrip('.')
        raise ValueError(f"sentence_splitter 'spacy:{language}' cannot be "
                         f"used: {reason}. 'spacy:de' or 'spacy:zh' is "
                         f"right for German or Chinese") from error
    nlp.add_pipe('sentencizer')
    nlp.max_length = sys.maxsize  # rules need no memory for a long text
    return nlp


def _import_spacy() -> Any:
    return library('spacy', "sentence_splitter 'spacy'", 'sentences')
