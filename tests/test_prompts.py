"""Prompts by hand, and the made-up tasks with the best accuracy they allow."""

import pytest

from d2l_bert.core import (
    InContext, chain_of_thought, copy_task, few_shot, lookup_task,
    make_gpt_examples, one_shot, zero_shot)

TASK = 'Translate English to French:'
PAIRS = [('sea', 'mer'), ('moon', 'lune')]


# Prompts -------------------------------------------------------------------

def test_the_books_figure():
    assert zero_shot(TASK, 'cheese') == f'{TASK}\ncheese =>'
    assert one_shot(TASK, PAIRS[0], 'cheese') == (
        f'{TASK}\nsea => mer\ncheese =>')
    assert few_shot(TASK, iter(PAIRS), 'cheese') == (
        f'{TASK}\nsea => mer\nmoon => lune\ncheese =>')


def test_other_formats():
    assert few_shot('', PAIRS, 'tide', arrow=': ') == (
        'sea: mer\nmoon: lune\ntide:')
    assert zero_shot('', 'tide', arrow='\n') == 'tide'
    thought = chain_of_thought(
        [('1 + 1?', 'One and one are two.', '2')], '2 + 2?', task='Add.')
    assert thought == ('Add.\n\nQ: 1 + 1?\nA: One and one are two. The answer '
                       'is 2.\n\nQ: 2 + 2?\nA:')
    # Without an example there is nothing to imitate.
    assert chain_of_thought([], '2 + 2?') == 'Q: 2 + 2?\nA:'


@pytest.mark.parametrize('call, error, message', [
    (lambda: few_shot(TASK, 'sea', 'moon'), TypeError, 'examples must be a l'),
    (lambda: few_shot(TASK, ['sea'], 'moon'), ValueError,
     r"example 0 must be \(question, answer\), 2 texts, not 'sea'"),
    (lambda: one_shot(TASK, ('a', 'b', 'c'), 'd'), ValueError, 'example 0 mu'),
    (lambda: few_shot(TASK, [('a', 1)], 'd'), TypeError,
     'the answer of example 0 must be a text, not 1'),
    (lambda: zero_shot(TASK, 5), TypeError, 'question must be a text, not 5'),
    (lambda: zero_shot(5, 'a'), TypeError, 'task must be a text, not 5'),
    (lambda: chain_of_thought(PAIRS, 'a'), ValueError,
     r'example 0 must be \(question, reasoning, answer\), 3 texts')])
def test_prompts_that_cannot_be(call, error, message):
    with pytest.raises(error, match=message):
        call()


# Lookup --------------------------------------------------------------------

def pairs_in(question):
    """The examples of a prompt, and its question, as lists of tokens."""
    *shown, asked = ' '.join(question.prompt).split(' ; ')
    return ([[part.split() for part in pair.split(' -> ')] for pair in shown],
            asked.removesuffix(' ->').split())


def look_up(question):
    """The value that was shown for the key, or None."""
    shown, [asked] = pairs_in(question)
    return {key: value for [key], [value] in shown}.get(asked)


@pytest.mark.parametrize('shots', [0, 1, 4, 8])
def test_what_can_be_looked_up(shots):
    """Of n = 4000 questions a share of shots / 8 asks for a key that is
    shown, within 5 sqrt(p (1 - p) / n); then the answer is its value. Of
    the m others one in 8 has the answer v0, within 5 sqrt(7 / 64 / m)."""
    questions = lookup_task(4000, shots)
    share, others = shots / 8, []
    for question in questions:
        shown, _ = pairs_in(question)
        assert len(shown) == len({key for [key], _ in shown}) == shots
        value = look_up(question)
        if value is None:
            others += question.answer
        else:
            assert question.answer == [value]
    found = 1 - len(others) / 4000
    assert abs(found - share) <= 5 * (share * (1 - share) / 4000) ** 0.5
    if others:
        assert abs(others.count('v0') / len(others) - 1 / 8) < (
            5 * (7 / 64 / len(others)) ** 0.5)


def test_tables_differ():
    """Of n = 4000 tables each of 8 values is that of the key shown in n / 8 =
    500, within 5 sqrt(n / 8 * 7 / 8) = 105."""
    values = [pairs_in(question)[0][0][1][0]
              for question in lookup_task(4000, 1)]
    assert {*values} == {f'v{i}' for i in range(8)}
    for value in {*values}:
        assert abs(values.count(value) - 500) < 105


# Copy ----------------------------------------------------------------------

@pytest.mark.parametrize('length, shots', [(2, 0), (3, 1), (5, 4)])
def test_one_example_tells_the_rule(length, shots):
    """Half of n = 2000 questions are of each rule, within 5 sqrt(n / 4)."""
    copied = 0
    for question in copy_task(2000, shots, length=length):
        shown, asked = pairs_in(question)
        assert len(shown) == shots and len({*asked}) == length
        copy = question.answer == asked
        assert copy or question.answer == asked[::-1]
        for row, answer in shown:
            assert answer == (row if copy else row[::-1])
        copied += copy
    assert abs(copied - 1000) < 5 * 500 ** 0.5


def test_one_rule_alone():
    assert all(question.answer == pairs_in(question)[1][::-1]
               for question in copy_task(20, 0, rules=['reverse']))


# Both ----------------------------------------------------------------------

@pytest.mark.parametrize('task', [lookup_task, copy_task])
def test_questions_are_keyed(task):
    questions = task(9, 2, seed=5)
    assert task(3, 2, seed=5, first=4) == questions[4:7]
    assert task(9, 2, seed=6) != questions
    assert len({question.text for question in questions}) == 9
    assert task(0, 2) == []


def test_a_model_can_be_trained_on_them():
    questions = lookup_task(5, 2)
    examples = make_gpt_examples([[question.text] for question in questions],
                                 12, min_freq=1)
    words = sum(len(question.prompt) + 1 for question in questions)
    assert examples.columns.loss_weights() == {'lm': words + 5}
    assert InContext(['a', '->'], ['b', 'c']).text == 'a -> b c'


@pytest.mark.parametrize('call, message', [
    (lambda: lookup_task(-1, 1), 'num must be a whole number'),
    (lambda: lookup_task(1, 9), 'shots must be a whole number from 0 to 8'),
    (lambda: lookup_task(1, 0, num_values=0), 'num_values must be'),
    (lambda: lookup_task(1, 0, num_keys=0), 'num_keys must be'),
    (lambda: copy_task(1, 0, length=1), 'length must be a whole number of at'),
    (lambda: copy_task(1, 0, length=4, num_symbols=3), 'num_symbols must be'),
    (lambda: copy_task(1, 0, rules=[]), 'rules must be some of copy, revers'),
    (lambda: copy_task(1, 0, rules='copy'), 'rules must be some of'),
    (lambda: copy_task(1, 0, rules=['copy', 'copy']), 'each once'),
    (lambda: copy_task(1, 0, first=-1), 'first must be')])
def test_tasks_that_cannot_be(call, message):
    with pytest.raises(ValueError, match=message):
        call()
