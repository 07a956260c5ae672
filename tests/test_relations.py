"""Relation extraction: entities are replaced by their types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l_bert.core import mark_entities

TOKENS = ['bell', 'was', 'born', 'in', 'new', 'york']


def test_by_hand():
    assert mark_entities(TOKENS, (0, 1), (4, 6)) == [
        '[SUBJ-PER]', 'was', 'born', 'in', '[OBJ-LOC]']
    assert TOKENS[0] == 'bell'  # the caller's list stays as it is
    # The object stands first, and the two touch.
    assert mark_entities(iter(['a', 'b', 'c', 'd']), [2, 4], (0, 2), 'ORG',
                         'DATE') == ['[OBJ-DATE]', '[SUBJ-ORG]']


@given(st.lists(st.integers(0, 9), min_size=4, max_size=4, unique=True),
       st.booleans())
def test_all_other_tokens_stay(places, turned):
    a, b, c, d = sorted(places)
    tokens = [str(i) for i in range(10)]
    spans = [(c, d), (a, b)] if turned else [(a, b), (c, d)]
    marks = ['[SUBJ-PER]', '[OBJ-LOC]'][::-1 if turned else 1]
    assert mark_entities(tokens, *spans) == [
        *tokens[:a], marks[0], *tokens[b:c], marks[1], *tokens[d:]]


@pytest.mark.parametrize('subject, object_, error, message', [
    ((0, 2), (1, 3), ValueError, r'subject \(0, 2\) and object_ \(1, 3\) '
     'overlap; each token belongs to one of them at most'),
    ((0, 3), (1, 2), ValueError, 'overlap'),
    ((1, 2), (1, 2), ValueError, 'overlap'),
    ((2, 2), (4, 6), ValueError, r'subject must be a pair \(start, end\) '
     r'with start < end <= 6, the number of tokens, not \(2, 2\)'),
    ((0, 1), (4, 7), ValueError, r'object_ must be .* not \(4, 7\)'),
    ((3, 2), (4, 6), ValueError, r'not \(3, 2\)'),
    ((-1, 1), (4, 6), ValueError, r'subject\[0\] must be a whole number'),
    ((0, 1.5), (4, 6), ValueError, r'subject\[1\] must be a whole number'),
    (0, (4, 6), TypeError, r'subject must be a pair \(start, end\), such as '
     r'\(0, 1\), not the int 0'),
    ((0, 1), (4, 5, 6), TypeError, 'object_ must be a pair')])
def test_bad_spans(subject, object_, error, message):
    with pytest.raises(error, match=message):
        mark_entities(TOKENS, subject, object_)


def test_bad_types_and_tokens():
    with pytest.raises(ValueError, match="subject_type must be a word, such "
                                         "as 'PER', not ''"):
        mark_entities(TOKENS, (0, 1), (4, 6), '')
    with pytest.raises(ValueError, match='object_type must be a word'):
        mark_entities(TOKENS, (0, 1), (4, 6), object_type='A B')
    with pytest.raises(TypeError, match='tokens must be a list'):
        mark_entities('bell was born', (0, 1), (4, 6))
