# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 17: The length of a span
#
# *Session 4, 8 points, about 25 minutes.*
#
# **What you learn.** SpanBERT does not hide single tokens. It hides *spans*:
# several words in a row. If only one word of a name is hidden, the rest of
# the name makes it too easy. Most spans are short, and a few are long. You
# compute the probability of each length, and then you draw a length.

# %% given="imports"
import random
from collections import Counter
from itertools import accumulate
from numbers import Integral

import numpy as np

from d2l_bert.core import ask, expect, expect_array, plausible


class Script(random.Random):
    """A random generator whose numbers are written down before."""

    def __init__(self, *numbers):
        super().__init__(0)
        self.numbers, self.drawn = numbers, 0

    def __copy__(self):
        return Script(*self.numbers)

    def random(self):
        """Return the next number; after the last one, a random one."""
        self.drawn += 1
        return (self.numbers[self.drawn - 1]
                if self.drawn <= len(self.numbers) else super().random())


# %% [markdown]
# ## Part A: the probabilities (4 points)
#
# A span begins with one word. After each word it ends with probability p,
# and gets another word with probability 1 - p. So it has
#
# - 1 word with probability p,
# - 2 words with probability (1 - p) · p,
# - 3 words with probability (1 - p) · (1 - p) · p,
#
# and so on: each probability is 1 - p times the one before. This is the
# *geometric law*. It has no longest span. SpanBERT allows at most `max_span`
# words. It leaves out all longer lengths, and divides the other probabilities
# by their sum, so that they sum to 1 again.
#
# By hand, for p = 0.5 and `max_span=3`:
#
# | length | 1 | 2 | 3 | sum |
# |---|---|---|---|---|
# | geometric law | 0.5 | 0.25 | 0.125 | 0.875 |
# | divided by 0.875 | 0.5714 | 0.2857 | 0.1429 | 1 |
#
# Write `length_probs(p, max_span)`. It returns the list of the probabilities
# of the lengths 1, 2, ..., `max_span`. p is between 0 and 1, and `max_span`
# is at least 1. Do not round.
#
# <details><summary>Hint</summary>
#
# First make the list of the probabilities of the geometric law. With
# `range(max_span)`, which starts at 0, they are `p * (1 - p) ** i`. Then
# divide each of them by `sum(...)` of the list.
#
# </details>


# %% answer="probs"
def length_probs(p, max_span):
    """Return the probabilities of the lengths 1 to max_span."""
    ### BEGIN SOLUTION
    weights = [p * (1 - p) ** i for i in range(max_span)]
    return [weight / sum(weights) for weight in weights]
    ### END SOLUTION


# %% check="probs-check" points=4
def probs_mistakes(p, max_span):
    """Return wrong probabilities, by what they come from."""
    lengths = np.arange(1, max_span + 1)
    law = p * (1 - p) ** (lengths - 1.0)
    right = law / law.sum()
    power = p ** lengths.astype(float)
    to_last = [*law[:-1], 1 - law[:-1].sum()]
    exchanged = (1 - p) * p ** (lengths - 1.0)
    in_place = law.copy()
    for i in range(max_span):
        in_place[i] /= in_place.sum()
    return {
        'they do not sum to 1; divide them by their sum': law,
        'they do not sum to 1, and the first is (1 - p) * p; a span of one '
        'word has the probability p, before you divide by the sum':
            law * (1 - p),
        'the last one got the probability of all longer lengths; leave these '
        'out, and divide the others by their sum': to_last,
        'the rest is shared out equally; divide by the sum instead, so that '
        'each is 1 - p times the one before':
            law + (1 - law.sum()) / max_span,
        'the sum changes while you divide; compute it before the loop':
            in_place,
        'p and 1 - p are exchanged: a span ends with probability p':
            exchanged / exchanged.sum(),
        'p and 1 - p are exchanged, and they do not sum to 1': exchanged,
        'these are powers of p; each is 1 - p times the one before':
            power / power.sum(),
        'they are in the wrong order; the first is that of length 1':
            right[::-1],
        'all lengths have the same probability; each is 1 - p times the one '
        'before': np.full(max_span, 1 / max_span),
        'they are summed up; return the probability of each length':
            np.cumsum(right),
        'they are summed up, and not divided by the sum': np.cumsum(law),
        'they are divided by the largest; divide by the sum':
            law / law.max(),
        'they are divided by their number; divide by their sum':
            law / max_span,
        'they are rounded; return them as they are': np.round(right, 4),
        'they are rounded to two places; return them as they are':
            np.round(right, 2),
        'these are those of p = 0.2; use p': 0.8 ** lengths
        / (0.8 ** lengths).sum()}


def check_probs(p, max_span):
    found = expect(ask(length_probs, p, max_span), (list, tuple, np.ndarray),
                   'a list of probabilities')
    assert len(found) == max_span, (
        f'{len(found)} instead of {max_span} probabilities for '
        f'max_span={max_span}: one for each length from 1 to {max_span}')
    law = (1 - p) ** np.arange(max_span)
    expect_array(found, law / law.sum(), (
        f'the list of probabilities for p={p} and max_span={max_span}'),
        probs_mistakes(p, max_span), 1e-6)


check_probs(0.5, 3)
check_probs(0.2, 10)
probs = list(length_probs(0.2, 10))
print('SpanBERT:', *(f'{prob:.4f}' for prob in probs))
mean = sum(length * prob for length, prob in enumerate(probs, 1))
print(f'The mean length is {mean:.3f} words.')
### BEGIN HIDDEN TESTS
for p in (0.05, 0.2, 0.3, 0.9):
    for max_span in (1, 2, 4, 10, 25):
        check_probs(p, max_span)
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: draw a length (4 points)
#
# Write `draw_length(probs, rng)`. `probs` are the probabilities of the
# lengths 1, 2, 3, ..., of any law, and the result is one of these lengths.
#
# - Draw exactly one number with `rng.random()`. It is at least 0 and less
#   than 1.
# - Add the probabilities up, one after another. The length is the first one
#   whose sum is *greater* than the number.
# - A computer rounds, so the sum of all can be a tiny bit less than 1. If no
#   sum is greater than the number, return the last length.
#
# By hand, for the probabilities 0.5, 0.25 and 0.25:
#
# | length | 1 | 2 | 3 |
# |---|---|---|---|
# | sum so far | 0.5 | 0.75 | 1 |
# | numbers | from 0 to 0.4999... | from 0.5 to 0.7499... | from 0.75 |
#
# So the number 0.6 gives length 2. The number 0.5 also gives length 2, since
# 0.5 is not greater than 0.5.
#
# <details><summary>Hint</summary>
#
# Draw the number *before* the loop. `enumerate(probs, 1)` counts from 1. In
# the loop, add the probability to a sum that starts at 0, and return the
# length if the number is less than the sum. After the loop, return
# `len(probs)`.
#
# </details>


# %% answer="length"
def draw_length(probs, rng):
    """Return a length from 1 to len(probs), drawn with these probs."""
    ### BEGIN SOLUTION
    number, total = rng.random(), 0
    for length, prob in enumerate(probs, 1):
        total += prob
        if number < total:
            return length
    return len(probs)
    ### END SOLUTION


# %% check="length-check" points=4
PAPER = [0.8 ** i / sum(0.8 ** j for j in range(10)) for i in range(10)]


def ask_length(probs, rng, drawn=''):
    """Ask for a length, and check that there is such a length."""
    found = ask(draw_length, probs, rng)
    assert found is not None or drawn == '', (
        f'{drawn} gives no length. If no sum is greater than the number, '
        f'return the last length')
    expect(found, Integral, 'a length, a whole number')
    assert found != 0, 'the length 0 was drawn; the first length is 1'
    assert 1 <= found <= len(probs), (
        f'the length {found} was drawn, but probs has only the lengths 1 to '
        f'{len(probs)}')
    return found


def check_length_law(probs, seed, num_draws=4000):
    """Each length is drawn as often as its probability says."""
    rng = random.Random(seed)
    times = Counter(ask_length(probs, rng) for _ in range(num_draws))
    assert len(times) > 1 or 1 in probs, (
        'the same length is always drawn; use rng.random()')
    # For 0.2241 of 4000: 896 ± 5 * sqrt(4000 * 0.2241 * 0.7759), or ± 132
    # The last one tells most, if longer spans are cut to it.
    for length, prob in sorted(enumerate(probs, 1), reverse=True):
        assert plausible(times[length], num_draws, prob), (
            f'length {length} was drawn {times[length]} times in '
            f'{num_draws}, but its probability is {prob:.1%}')


def check_length(probs, number, expected):
    """A number that is written down must give the expected length."""
    rng = Script(number)
    found = ask_length(probs, rng, f'the number {number!r}')
    assert rng.drawn == 1, (
        f'{rng.drawn} numbers were drawn from rng; draw exactly one, before '
        f'the loop')
    sums = list(accumulate(probs))
    why = (f'it is equal to the sum {number}, which is not greater than the '
           f'number, so it belongs to the next length'
           if number in sums and found < expected else
           'take the first sum that is greater than the number')
    assert found == expected, (
        f'the number {number!r} gives length {found} instead of {expected} '
        f'for the sums {[round(total, 4) for total in sums]}: {why}')


check_length_law(PAPER, seed=1)
for number, expected in ((0, 1), (0.3, 1), (0.5, 2), (0.6, 2), (0.75, 3),
                         (0.99, 3)):
    check_length([0.5, 0.25, 0.25], number, expected)
for number, expected in ((0.2, 1), (0.3, 2), (0.5, 3), (0.9, 8)):
    check_length(PAPER, number, expected)
rng = random.Random(0)
print('Forty lengths:', *(draw_length(PAPER, rng) for _ in range(40)))
### BEGIN HIDDEN TESTS
check_length_law([0.1, 0.2, 0.3, 0.4], seed=2)
check_length_law([0.25, 0, 0.75], seed=3)
check_length_law([1.0], seed=4, num_draws=100)
for number, expected in ((0, 2), (0.124, 2), (0.125, 3), (0.249, 3),
                         (0.25, 5), (0.99, 5)):
    check_length([0, 0.125, 0.125, 0, 0.75], number, expected)
# The largest number that random() can return, and sums just below 1.
for probs in (PAPER, [0.1] * 10, [1 / 3] * 3, [1.0],
              [0.25, 0.5, 0.25 - 2 ** -50]):
    check_length(probs, 1 - 2 ** -53, len(probs))
### END HIDDEN TESTS
print('Part B is right.')
