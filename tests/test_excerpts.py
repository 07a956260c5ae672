"""Shorter passages around the answers of questions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l_bert.core import Question, excerpts, load_questions

SENTENCES = ['it rained .', 'the sea rose at six .', 'it fell .',
             'all slept in the old mill .']


def asked(sentence, answer, *others):
    """A question whose answer is in one of the sentences."""
    passage = ' '.join(SENTENCES)
    answers = (answer, *others) if answer else ()
    return Question('1', passage, 'when did the sea rise ?', answers,
                    tuple(map(passage.index, answers)), 'Tides')


@pytest.mark.parametrize('max_words, possible', [
    (1, {(1, 1)}), (6, {(1, 1)}), (9, {(0, 1), (1, 2)}), (12, {(0, 2)}),
    (16, {(0, 2), (1, 3)}), (19, {(0, 3)}), (99, {(0, 3)})])
def test_runs_of_sentences_that_fit(max_words, possible):
    found = {excerpts([asked(1, 'six')], max_words, seed=seed)[0].passage
             for seed in range(40)}
    # Each of two is drawn: none has been missed with probability 2 ** -39.
    assert found == {' '.join(SENTENCES[first:last + 1])
                     for first, last in possible}


def test_an_answer_over_two_sentences():
    [short] = excerpts([asked(1, 'six . it')], 1)
    assert short.passage == 'the sea rose at six . it fell .'
    assert short.starts == (16,)


def test_other_answers_that_are_not_there():
    [short] = excerpts([asked(1, 'six', 'mill', 'sea')], 6)
    assert short.answers == ('six', 'sea') and short.starts == (16, 4)


def test_without_an_answer_the_words_of_the_question_count():
    [short] = excerpts([asked(0, '')], 6)
    assert short.passage == SENTENCES[1] and short.answers == ()


@given(st.integers(1, 60), st.integers(0, 99))
def test_answers_stay_where_they_are(max_words, seed):
    train, _ = QUESTIONS
    for before, after in zip(train, excerpts(train, max_words, seed=seed)):
        assert after.passage in before.passage
        assert after.answers[:1] == before.answers[:1]
        for text, start in zip(after.answers, after.starts):
            assert after.passage[start:start + len(text)] == text
        if len(after.passage.split()) > max_words:
            assert after.passage.count(' . ') <= 1


QUESTIONS = load_questions('tiny')


@pytest.mark.parametrize('questions, max_words, message', [
    ([], 9, 'there is no question'),
    (QUESTIONS[0], 0, 'max_words must be a whole number of at least 1')])
def test_mistakes(questions, max_words, message):
    with pytest.raises(ValueError, match=message):
        excerpts(questions, max_words)
