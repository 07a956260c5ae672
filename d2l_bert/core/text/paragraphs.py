"""Lines -> paragraphs of sentences, and how much of a text is left out."""

import warnings
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from .sentences import (
    SentenceSplitter, SplitterChoice, make_sentence_splitter, one_a_line,
    period)

MUCH = 0.1  # of a text; a share that somebody would miss
ENDS = tuple('.!?…:;"”’\')]。！？」')  # how the last line of a paragraph ends
SEVERAL = 10  # lines, to say what they look like


class LeftOut(NamedTuple):
    """What of a text is in no paragraph, as it has no two sentences."""

    pieces: int  # lines that are not blank; joined lines, if they are wrapped
    words: int  # what is between spaces
    share: float  # of the text, by its characters
    unit: str = 'line'

    def in_words(self) -> str:
        """Return this as part of a sentence.

        >>> LeftOut(2, 20, 0.69).in_words()
        '2 lines with 20 words, 69 % of the text'
        """
        return (f'{self.pieces} {self.unit}{"s" * (self.pieces != 1)} with '
                f'{self.words} word{"s" * (self.words != 1)}, '
                f'{self.share:.0%} of the text').replace('%', ' %')


class Text(NamedTuple):
    """The paragraphs of a text, each a list of its sentences."""

    paragraphs: list[list[str]]
    left_out: LeftOut


def split_paragraphs(lines: Iterable[str],
                     sentence_splitter: SplitterChoice = 'period', *,
                     wrapped: bool = False, lowercase: bool = True
                     ) -> list[list[str]]:
    """Cut each line into lower-case sentences; keep those with several.

    >>> split_paragraphs([' = Tides = \\n', ' The sea rose . It fell . \\n'])
    [['the sea rose', 'it fell .']]
    >>> split_paragraphs(['The sea', 'rose . It fell .', '', 'So . Yes .'],
    ...                  wrapped=True, lowercase=False)
    [['The sea rose', 'It fell .'], ['So', 'Yes .']]
    >>> split_paragraphs(['The sea rose.', 'It fell.', '', 'End.'], 'lines')
    [['the sea rose.', 'it fell.']]

    A line is a paragraph. With `wrapped`, blank lines separate the
    paragraphs, and the lines of each are joined. With the splitter 'lines',
    each line is a sentence, and blank lines separate the documents.

    The book counts sentences before it strips the line. A line of
    WikiText ends in ' . ', so a line with a single sentence is kept too:
    it makes no pair, but may be drawn as a second sentence. Every other
    splitter needs two sentences that are not empty. 'nltk' and 'spacy'
    leave out headings, because a title such as ` = Oliver ! = ` has one
    sentence, not two.

    Raises what `make_sentence_splitter` raises, TypeError if the splitter
    returns no list, and ValueError for 'lines' with `wrapped`.
    """
    return read_paragraphs(lines, sentence_splitter, wrapped=wrapped,
                           lowercase=lowercase).paragraphs


def read_paragraphs(lines: Iterable[str],
                    sentence_splitter: SplitterChoice = 'period', *,
                    wrapped: bool = False, lowercase: bool = True) -> Text:
    """Return what `split_paragraphs` does, and what is left out.

    >>> text = read_paragraphs(['It rose . It fell .', 'So it was.'])
    >>> text.left_out.in_words()
    '1 line with 3 words, 34 % of the text'
    """
    check_wrapped(sentence_splitter, wrapped)
    tally = _Tally('paragraph' if wrapped else 'line')
    if sentence_splitter in ('lines', one_a_line):
        lines = _blocks(lines, joint='\n')
    elif wrapped:
        lines = _blocks(lines, joint=' ')
    case = str.lower if lowercase else str
    if sentence_splitter in ('period', period):
        paragraphs = [period(case(line)) for line in tally.with_stops(lines)]
    else:
        paragraphs = [[case(sentence) for sentence in sentences]
                      for sentences in _split(lines, sentence_splitter, tally)]
    return Text(paragraphs, tally.left_out())


def _split(lines: Iterable[str], sentence_splitter: SplitterChoice,
           tally: '_Tally') -> Iterator[list[str]]:
    """Yield the sentences of each line that has two or more."""
    lines = list(map(str.strip, lines))
    if isinstance(sentence_splitter, str) and sentence_splitter != 'lines':
        for line in filter(is_heading, lines):
            tally.leave(line)
        lines = [line for line in lines if not is_heading(line)]
        if tally.unit == 'line':
            _warn_of_wrapped(list(filter(None, lines)))
    split = make_sentence_splitter(sentence_splitter, lines)
    for line in lines:
        sentences = cut_sentences(line, split)
        if len(sentences) >= 2:
            tally.chars += len(line)
            yield sentences
        else:
            tally.leave(line)


def _warn_of_wrapped(lines: list[str]) -> None:
    """Warn if lines look as if they were parts of paragraphs."""
    torn = sum(not line.endswith(ENDS) for line in lines)
    if len(lines) >= SEVERAL and torn > len(lines) / 2:
        warnings.warn(
            f'{torn} of {len(lines)} lines do not end like a sentence, so '
            f'parts of sentences are read as sentences; if a paragraph goes '
            f'over several lines, choose wrapped', stacklevel=6)


def is_heading(line: str) -> bool:
    """Return whether a line without spaces around it is as ' = Tides = '."""
    return line.startswith('= ') and line.endswith(' =')


def cut_sentences(text: str, sentence_splitter: SentenceSplitter
                  ) -> list[str]:
    """Return the sentences of a text that are not empty.

    Raises TypeError if the splitter returns no list.
    """
    sentences = sentence_splitter(text)
    if isinstance(sentences, str) or not isinstance(sentences, Iterable):
        raise TypeError(f'sentence_splitter must return a list of sentences, '
                        f'not {str(sentences)[:40]!r}')
    return [sentence.strip() for sentence in sentences if sentence.strip()]


def _blocks(lines: Iterable[str], joint: str) -> Iterator[str]:
    """Join the lines between blank lines."""
    for filled, block in groupby(map(str.strip, lines), key=bool):
        if filled:
            yield joint.join(block)


class _Tally:
    """Counts what is kept of a text, and what is left out."""

    def __init__(self, unit: str):
        self.unit = unit
        self.chars = 0  # that are kept
        self.pieces = self.words = self.left_chars = 0

    def with_stops(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield the lines that the book keeps."""
        for line in lines:
            if ' . ' in line:
                self.chars += len(line)
                yield line
            elif not line.isspace():  # most are, and this is faster
                self.leave(line)

    def leave(self, line: str) -> None:
        """Count a line that is left out, unless it is blank."""
        if words := len(line.split()):
            self.pieces += 1
            self.words += words
            self.left_chars += len(line)

    def left_out(self) -> LeftOut:
        """Return what was left out."""
        share = self.left_chars / (self.chars + self.left_chars or 1)
        return LeftOut(self.pieces, self.words, share, self.unit)


# How it was read ----------------------------------------------------------

def check_wrapped(sentence_splitter: SplitterChoice, wrapped: bool) -> None:
    """Raise ValueError for a splitter that needs lines as they are.

    >>> check_wrapped('lines', wrapped=True)
    Traceback (most recent call last):
    ...
    ValueError: sentence_splitter 'lines' takes each line for a sentence, \
and wrapped joins the lines of a paragraph; leave one of them out
    """
    if sentence_splitter in ('lines', one_a_line) and wrapped:
        raise ValueError("sentence_splitter 'lines' takes each line for a "
                         'sentence, and wrapped joins the lines of a '
                         'paragraph; leave one of them out')


def advice(sentence_splitter: SplitterChoice, wrapped: bool) -> str:
    """Say how else a text can be read, if this way finds few paragraphs.

    >>> advice('lines', wrapped=False)
    "sentence_splitter 'lines' reads one sentence on each line, and a blank \
line between two documents"
    """
    if sentence_splitter in ('lines', one_a_line):
        return ("sentence_splitter 'lines' reads one sentence on each line, "
                'and a blank line between two documents')
    ways = []
    if sentence_splitter in ('period', period):
        ways.append("'period' cuts at a full stop with a space on each side; "
                    "for ordinary prose choose sentence_splitter='nltk' or "
                    "sentence_splitter='spacy' (for Chinese 'spacy:zh'), or "
                    "prepare it first (d2l-bert prepare)")
    if wrapped:
        ways.append('wrapped reads a blank line between two paragraphs')
    else:
        ways.append('each line is read as a paragraph; if a paragraph goes '
                    'over several lines, choose wrapped, and if each line is '
                    "one sentence, sentence_splitter='lines'")
    return '; '.join(ways)
