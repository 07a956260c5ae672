"""What checks of exercises say about functions that misbehave."""

import random

import numpy as np
import pytest

from d2l_bert.core import (
    Vocab, ask, expect, expect_array, expect_values, plausible, same)


def complaint(function, *arguments):
    with pytest.raises(AssertionError) as raised:
        ask(function, *arguments)
    return str(raised.value)


def test_the_arguments_are_copies():
    tokens = ['the', 'sea']
    assert ask(lambda given: given is not tokens, tokens)
    assert 'has changed tokens' in complaint(lambda tokens: tokens.pop(),
                                             tokens)
    assert tokens == ['the', 'sea']


def test_arguments_that_are_one_object_stay_so():
    sentence = ['the']
    assert ask(lambda a, b: a[0] is b, [sentence], sentence)


def test_changes_inside_are_found():
    assert 'has changed vocab' in complaint(
        lambda vocab: vocab.idx_to_token.reverse(), Vocab(['sea', 'tide']))
    assert 'has changed given' in complaint(
        lambda *given: given[0].clear(), {'a': 1})


def test_the_generator_is_the_only_source():
    rng = random.Random(0)
    assert ask(lambda rng: rng.random(), rng) == random.Random(0).random()
    assert rng.getstate() != random.Random(0).getstate()  # it goes on
    assert 'uses the module random' in complaint(
        lambda rng: random.random(), rng)
    assert 'gave another result' in complaint(
        lambda rng: random.Random().random(), rng)


def test_numpys_generator_is_copied():
    np = pytest.importorskip('numpy')
    rng = np.random.default_rng(0)
    assert ask(lambda rng: rng.random(), rng) == (
        np.random.default_rng(0).random())


def test_an_error_names_the_innermost_line():
    def inner(tokens):
        return [token.upper() for token in tokens]

    def outer(tokens):
        return inner([*tokens, 5])

    first = inner.__code__.co_firstlineno
    assert complaint(outer, ['sea']).endswith(
        f"line {first + 1}: 'int' object has no attribute 'upper' "
        f'(AttributeError); the object has another type than you think; '
        f'print it')


def test_a_call_that_fails_before_it_starts():
    assert complaint(lambda: None, 5).startswith('<lambda>: ')


def test_a_loop_that_was_stopped_is_one_sentence():
    def endless(tokens):
        raise KeyboardInterrupt

    assert complaint(endless, []).endswith(
        'KeyboardInterrupt; your code was stopped here; does this loop end?')


def test_an_answer_is_a_function():
    assert complaint(None) == 'your answer must be a function, not None'


def test_shapes_and_long_messages():
    def shapes():
        raise RuntimeError('Expected target size [2, 5], got [2, 3]')

    def long():
        raise RuntimeError('\nmuch\n' + 'more ' * 100)

    assert complaint(shapes).endswith('do the shapes fit? Print them')
    assert complaint(long).endswith('much (RuntimeError)')


def test_errors_that_pass():
    def unsolved():
        raise NotImplementedError('there is no answer here yet')

    def none():
        raise ValueError('none')

    with pytest.raises(NotImplementedError):
        ask(unsolved)
    with pytest.raises(ValueError):
        ask(none, raises=ValueError)


def test_types_are_named():
    with pytest.raises(AssertionError, match='not None; is a return missing'):
        expect(None, list, 'a list')
    with pytest.raises(AssertionError, match='not an int: 5'):
        expect(5, list, 'a list')
    with pytest.raises(AssertionError, match=r"'x{59}\.\.\.$"):
        expect('x' * 99, list, 'a list')
    with pytest.raises(AssertionError, match='not a tuple of 3'):
        expect_values((1, 2, 3), 'a', 'b')


def test_five_standard_deviations():
    assert plausible(0, 10, 0) and plausible(10, 10, 1)
    assert not plausible(1, 10, 0)


def test_what_is_the_same():
    assert same(iter([1]), iter([2]))  # to look would use them up
    assert not same({'a': [1]}, {'a': [2]})
    assert not same([1, 2], [1])


# Arrays -------------------------------------------------------------------

@pytest.mark.parametrize('value', [
    [[1, 2], [3, 4]], ((1.0, 2.0), (3.0, 4.00001)),
    np.array([[1, 2], [3, 4]], 'float32'), [np.arange(1, 3), [3, 4]]])
def test_arrays_of_any_kind_will_do(value):
    found = expect_array(value, [[1, 2], [3, 4]], 'the sum')
    assert (found.dtype, found.shape) == (float, (2, 2))


@pytest.mark.parametrize('value', [3, 3.0, np.float32(3), np.array(3)])
def test_numbers_are_arrays_without_axes(value):
    assert expect_array(value, 3, 'the sum') == 3


@pytest.mark.parametrize('value, says', [
    (None, 'return the sum, not None; is a return missing?'),
    ('3, 5', "return the sum, not a str: '3, 5'"),
    ([[3], [5, 6]], 'the sum must be an array of numbers, not a list'),
    (['sea', 5], 'the sum must be an array of numbers, not a list'),
    ([3, 5, 7], 'the sum has the shape (3,) instead of (2,)'),
    ([3, np.nan], 'the sum has numbers that are infinite or nan'),
    ([5, 3], 'the sum: the order is wrong'),
    ([3.01, 5], 'the sum is 3.01 instead of 3 at index 0'),
])
def test_other_arrays_are_told_what_is_wrong(value, says):
    with pytest.raises(AssertionError) as raised:
        expect_array(value, [3, 5], 'the sum', {
            'it is a matrix': [[3, 5]], 'the order is wrong': (5, 3)})
    assert says in str(raised.value)


def test_an_array_without_elements_is_one_too():
    assert expect_array([], [], 'the sum').shape == (0,)
