"""Where sentences begin and end, in a time that grows with the length."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l_bert.core.text.edges import cut, without_runs
from d2l_bert.core.text.sentences import make_sentence_splitter

CLOSING = re.compile(r'[\s)\]}]|[.,;:!?](?=[.,;:!?]*(?:\s|$))')
OPENING = re.compile(r'[\s([{]')


def is_mark(text, i, pattern, marks_before):
    return pattern.match(text, i) is not None or (
        text[i] == '"' and text.count('"', 0, i) % 2 == marks_before) or (
        opens(text, i) is not None and opens(text, i) == (marks_before == 0))


def opens(text, i):
    """Whether a curly quote opens, by what it touches; None if unknown."""
    if text[i] not in '»«›‹„“”‘’':
        return None
    before = text[:i] != text[:i].rstrip() or i == 0
    after = text[i + 1:] != text[i + 1:].lstrip() or i + 1 == len(text)
    if before != after:
        return before
    return {'„': True, '“': True, '‘': True, '”': False}.get(text[i])


@pytest.mark.parametrize('text, starts, sentences', [
    ('Am Steg. »Ja?« Er ging.', [0, 10, 15], ['Am Steg.', '»Ja?«',
                                              'Er ging.']),
    ('Er kam. „Nein.“ Sie ging.', [0, 9, 14], ['Er kam.', '„Nein.“',
                                               'Sie ging.']),
    ('It fell. “No.” She went.', [0, 10, 15], ['It fell.', '“No.”',
                                               'She went.']),
    ('It fell . “ No . ” So .', [0, 12, 19], ['It fell .', '“ No . ”',
                                             'So .']),
    ('C’est « bon ». Oui.', [0, 15], ['C’est « bon ».', 'Oui.'])])
def test_quotes_of_other_languages(text, starts, sentences):
    assert cut(text, starts) == sentences


def moved(text, start):
    """The rule, one place after the other."""
    while start < len(text) and is_mark(text, start, CLOSING, 1):
        start += 1
    while start > 0 and is_mark(text, start - 1, OPENING, 0):
        start -= 1
    return start


@given(st.text('  ..!,")(“”»«‘ab', max_size=20), st.sets(st.integers(0, 20)))
def test_edges_are_those_of_the_rule(text, places):
    starts = sorted(place for place in places if place <= len(text))
    edges = [0, *(moved(text, start) for start in starts[1:]), len(text)]
    assert cut(text, starts) == [
        text[a:b].strip() for a, b in zip(edges, edges[1:])
        if text[a:b].strip()]


@pytest.mark.parametrize('marks', ['!', ' .', '. ', '"', '" ', ' ) ', '([',
                                   '. " ', '.,', ' "( '])
@pytest.mark.parametrize('end', [' It fell.', 'x It fell.', ''])
def test_many_marks_with_a_start_at_each(marks, end):
    text = f'It rose{50_000 * marks}{end}'
    begin = time.process_time()
    pieces = cut(text, range(len(text)))
    assert time.process_time() - begin < 20  # not hours
    assert re.sub(r'\s', '', ''.join(pieces)) == re.sub(r'\s', '', text)


@pytest.mark.parametrize('name', ['nltk', 'spacy'])
@pytest.mark.parametrize('marks', ['!', ' .', '?!', '" . ', '。', '-', ')'])
def test_libraries_and_many_marks(name, marks, nltk, spacy):
    run = 10_000 * marks
    text = f'The sea rose.{run} It fell.'
    begin = time.process_time()
    pieces = make_sentence_splitter(name, [text])(text)
    assert time.process_time() - begin < 20
    assert pieces[0].startswith('The sea rose.')
    assert re.sub(r'\s', '', ''.join(pieces)) == re.sub(r'\s', '', text)
    if marks in ('!', ' .', '?!'):
        assert pieces == [f'The sea rose.{run}'.strip(), 'It fell.']


@pytest.mark.parametrize('name', ['nltk', 'spacy'])
def test_a_novel_on_one_line(name, nltk, spacy):
    text = ' '.join(['The sea rose. "It fell," he said. Was it so?'] * 22_000)
    begin = time.process_time()
    pieces = make_sentence_splitter(name, ['It rose.'])(text)
    assert time.process_time() - begin < 20
    assert len(text) > 900_000 and len(pieces) == 66_000


def test_runs_are_shortened_where_they_end_a_word():
    for run in ('!' * 99, '!' * 500 + 'x', 'a' * 500, ' ' * 500, 'ä' * 500):
        assert without_runs(run) == run
    assert without_runs('-' * 100) == '---' + 97 * ' '
    assert without_runs('a' + '?!' * 50 + '\n') == 'a?!?' + 97 * ' ' + '\n'
