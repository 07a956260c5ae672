"""Calls the functions of an exercise, for its checks.

A check must not trust the function that it tests. It may change its
arguments, take its random numbers from elsewhere, or stop with an error in
the middle. `ask` finds all three and says so in a sentence; the rest of a
check then compares results.
"""

import inspect
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy, deepcopy
from numbers import Number
from types import TracebackType
from typing import Any

# What to do about an error, by its type; the first that fits is taken.
_ADVICE: dict[type[BaseException], str] = {
    KeyboardInterrupt: 'your code was stopped here; does this loop end?',
    RecursionError: 'the function calls itself again and again',
    IndexError: 'there is no element at this index; is the list shorter '
                'than you think, or empty?',
    KeyError: 'the dictionary has no such key',
    UnboundLocalError: 'the name has no value yet on this way through the '
                       'function',
    NameError: 'check the spelling, and run the cells above',
    ZeroDivisionError: 'what if there is nothing to count?',
    AttributeError: 'the object has another type than you think; print it',
    TypeError: 'a value has another type than it should; print it',
}
_SHAPE_WORDS = ('shape', 'size', 'dimension')
_SHAPES = 'do the shapes fit? Print them'


def ask(function: Callable[..., Any], *arguments: Any,
        raises: type[Exception] | tuple[type[Exception], ...] = ()) -> Any:
    """Call a function of an exercise, and return its result.

    >>> def longest(sentences, n):
    ...     sentences.sort(key=len)
    ...     return sentences[-n:]
    >>> ask(longest, [['the', 'sea'], ['rose']], 1)
    Traceback (most recent call last):
    ...
    AssertionError: longest has changed sentences; leave it as it is, and \
work on a copy
    >>> def first(sentence):
    ...     return sentence[0]
    >>> ask(first, [])
    Traceback (most recent call last):
    ...
    AssertionError: in first, line 2: list index out of range (IndexError); \
there is no element at this index; is the list shorter than you think, or \
empty?

    The function gets copies of the arguments, and must not change them.
    An error in it becomes an AssertionError that names the line in the
    student's cell, except a NotImplementedError and those in `raises`.

    An argument with a method `random` is a random generator, the only one
    that the function may use. The function is called once more with the
    same random numbers, and must return the same.
    """
    if not callable(function):
        raise AssertionError(f'your answer must be a function, not '
                             f'{_described(function)}')
    asked_from = inspect.currentframe().f_back.f_globals  # type: ignore
    generators = {id(argument): argument for argument in arguments
                  if hasattr(argument, 'random')}
    copies = deepcopy(arguments, dict(generators))
    # copy is much faster than deepcopy, but NumPy's copy would be linked.
    others = {key: copy(rng) if isinstance(rng, random.Random)
              else deepcopy(rng) for key, rng in generators.items()}
    same_again = deepcopy(arguments, others) if generators else ()
    state = random.getstate()
    found = _call(function, copies, raises, asked_from)
    for number, (now, before) in enumerate(zip(copies, arguments)):
        if id(before) not in generators and not same(now, before):
            raise AssertionError(
                f'{_name(function)} has changed '
                f'{_parameter(function, number)}; leave it as it is, and '
                f'work on a copy')
    if generators:
        if random.getstate() != state:
            raise AssertionError(f'{_name(function)} uses the module random; '
                                 f'use rng for all random numbers')
        again = _call(function, same_again, raises, asked_from)
        if not same(found, again):
            raise AssertionError(
                f'the same rng gave another result of {_name(function)}; use '
                f'rng for all random numbers')
    return found


def expect(value: Any, kind: Any, what: str) -> Any:
    """Return a value if its type is right, otherwise say what to return.

    >>> expect([2, 5], list, 'a list of positions')
    [2, 5]
    >>> expect((2, 5), list, 'a list of positions')
    Traceback (most recent call last):
    ...
    AssertionError: return a list of positions, not a tuple: (2, 5)

    `kind` is a type, or a tuple of types. Take `numbers.Integral` and
    `numbers.Real` for numbers, since NumPy's are numbers, too.
    """
    if value is None:
        raise AssertionError(f'return {what}, not None; is a return missing?')
    if not isinstance(value, kind):
        raise AssertionError(f'return {what}, not {_described(value)}')
    return value


def expect_array(value: Any, expected: Any, what: str,
                 mistakes: Mapping[str, Any] | None = None,
                 tolerance: float = 1e-4) -> Any:
    """Return a value as a NumPy array if its numbers are as expected.

    >>> mean = {'it is the mean; add the two up': [1.5, 2.5]}
    >>> expect_array((3, 5.0), [3, 5], 'the sum', mean)
    array([3., 5.])
    >>> expect_array([1.5, 2.5], [3, 5], 'the sum', mean)
    Traceback (most recent call last):
    ...
    AssertionError: the sum: it is the mean; add the two up
    >>> expect_array([3, 6], [3, 5], 'the sum', mean)
    Traceback (most recent call last):
    ...
    AssertionError: the sum is 6 instead of 5 at index 1

    A number or lists of numbers will do. `mistakes` are other results, each
    under the sentence that says what it comes from. A number may be off by
    `tolerance` times the largest that is expected.
    """
    import numpy as np  # the rest of this module runs without it

    expect(value, (np.ndarray, list, tuple, Number), what)
    try:
        found = np.asarray(value, float)
    except (TypeError, ValueError):
        raise AssertionError(f'{what} must be an array of numbers, not '
                             f'{_described(value)}') from None
    right = np.asarray(expected, float)
    if found.shape != right.shape:
        raise AssertionError(f'{what} has the shape {found.shape} instead of '
                             f'{right.shape}')
    if not np.isfinite(found).all():
        raise AssertionError(
            f'{what} has numbers that are infinite or nan; did you divide by '
            f'0, or take exp of a large number?')
    near = tolerance * np.abs(right).max(initial=0)
    if (np.abs(found - right) <= near).all():
        return found
    for why, mistake in (mistakes or {}).items():
        wrong = np.asarray(mistake, float)
        if wrong.shape == found.shape and (
                np.abs(found - wrong) <= near).all():
            raise AssertionError(f'{what}: {why}')
    place = np.unravel_index(np.abs(found - right).argmax(), found.shape)
    index = ', '.join(map(str, place))
    raise AssertionError(
        f'{what} is {found[place]:.6g} instead of {right[place]:.6g}'
        + (f' at index {index}' if index else ''))


def expect_values(value: Any, *names: str) -> Sequence[Any]:
    """Return the values of a tuple if there are as many as expected.

    >>> tokens, segments = expect_values((['the'], [0]), 'tokens', 'segments')
    >>> expect_values(['the'], 'tokens', 'segments')
    Traceback (most recent call last):
    ...
    AssertionError: return the 2 values (tokens, segments), not a list of 1

    A list of as many values will do.
    """
    what = f'the {len(names)} values ({", ".join(names)})'
    expect(value, (tuple, list), what)
    if len(value) != len(names):
        raise AssertionError(f'return {what}, not '
                             f'{_described(value, False)} of {len(value)}')
    return value


def plausible(number: float, num_draws: float, probability: float) -> bool:
    """Tell whether a number of random draws is near the expected one.

    >>> plausible(560, 1000, 0.5), plausible(600, 1000, 0.5)
    (True, False)

    Near is within 5 standard deviations: here 500 ± 5 * sqrt(1000 * 0.5 *
    0.5), from 421 to 579. By chance one right answer in two million is
    farther away, if the expected number is at least 25.
    """
    expected = num_draws * probability
    return abs(number - expected) <= 5 * (expected * (1 - probability)) ** 0.5


def same(one: Any, other: Any) -> bool:
    """Tell whether two objects have the same type and content.

    >>> same([1, 'sea'], [1, 'sea']), same([1], (1,))
    (True, False)

    Arrays and tensors are compared by their elements, and objects that do
    not say themselves what equal means, such as a Vocab, by their
    attributes. Two iterators are the same: to look would use them up.
    """
    if type(one) is not type(other):
        return False
    if isinstance(one, (str, int, float)):  # most are: this makes it fast
        return one == other
    if hasattr(one, 'tolist'):
        return one.tolist() == other.tolist()
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(
            same(one[key], other[key]) for key in one)
    if isinstance(one, Iterator):
        return True
    if hasattr(one, '__dict__') and type(one).__eq__ is object.__eq__:
        return same(vars(one), vars(other))
    return bool(one == other)


def _call(function: Callable[..., Any], arguments: Sequence[Any],
          raises: Any, asked_from: dict[str, Any]) -> Any:
    try:
        return function(*arguments)
    except NotImplementedError:
        raise  # there is no answer yet
    except (Exception, KeyboardInterrupt) as error:
        if isinstance(error, raises):
            raise
        raise AssertionError(
            _place(function, error.__traceback__, asked_from)
            + _what_happened(error)) from None


def _place(function: Callable[..., Any], traceback: TracebackType | None,
           asked_from: dict[str, Any]) -> str:
    """Name the innermost line of the notebook, and the function it is in.

    All code of a notebook has the same globals as the check in it.
    """
    place = f'{_name(function)}: '
    while traceback:
        code = traceback.tb_frame.f_code
        if traceback.tb_frame.f_globals is asked_from:
            name = code.co_qualname.split('.<locals>')[0]
            place = f'in {name}, line {traceback.tb_lineno}: '
        traceback = traceback.tb_next
    return place


def _what_happened(error: BaseException) -> str:
    message = next(filter(None, str(error).splitlines()), '')[:200]
    advice = next((advice for kind, advice in _ADVICE.items()
                   if isinstance(error, kind)), '')
    if any(word in message.lower() for word in _SHAPE_WORDS):
        advice = _SHAPES
    kind = type(error).__name__
    happened = f'{message.rstrip(".")} ({kind})' if message else kind
    return f'{happened}; {advice}' if advice else happened


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, '__name__', type(function).__name__)


def _parameter(function: Callable[..., Any], number: int) -> str:
    """Return the name that a function has for one of its arguments."""
    names = list(inspect.signature(function).parameters)
    return names[min(number, len(names) - 1)]  # the last may be *arguments


def _described(value: Any, shown: bool = True) -> str:
    if value is None:
        return 'None'
    kind = type(value).__name__
    article = 'an' if kind[0].lower() in 'aeiou' else 'a'
    if not shown:
        return f'{article} {kind}'
    written = repr(value)
    return f'{article} {kind}: ' + (
        written if len(written) <= 60 else f'{written[:60]}...')
