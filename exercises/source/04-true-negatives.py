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
# # Exercise 4: False partners that are truly false
#
# *Session 1, 8 points, about 20 minutes.*
#
# **What you learn.** A false partner is drawn from all sentences. By
# accident it can be the very sentence that follows, and the model is then
# told that the truth is false. You draw partners for which this cannot
# happen.

# %% given="imports"
import random

from d2l_bert.core.corpus import load_paragraphs
from d2l_bert.core.vocab import tokenize


class NoEnd(Exception):
    pass


class Counting(random.Random):
    """A random.Random that loses its patience after 100000 draws."""

    num_draws = 0

    def random(self):
        self._count()
        return super().random()

    def getrandbits(self, k):
        self._count()
        return super().getrandbits(k)

    def _count(self):
        self.num_draws += 1
        if self.num_draws > 100_000:
            raise NoEnd('100000 draws and no end')


# %% [markdown]
# ## Part A: who may be drawn (4 points)
#
# Write `eligible(next_sentence, own_paragraph, paragraphs)`. It returns a
# list of all sentences that may be a false partner:
#
# - none from the paragraph that the pair comes from, and
# - none that reads as `next_sentence` does, wherever it stands. Some texts
#   say the same thing twice.
#
# Paragraphs are equal if their sentences are equal.
#
# <details><summary>Hint</summary>
#
# Lists compare with `==` and `!=` by what they hold. `is` asks something
# else: whether two names mean the same object in memory.
#
# </details>


# %% answer="eligible"
def eligible(next_sentence, own_paragraph, paragraphs):
    """Return the sentences that may be a false partner, in their order."""
    ### BEGIN SOLUTION
    return [sentence for paragraph in paragraphs
            if paragraph != own_paragraph
            for sentence in paragraph if sentence != next_sentence]
    ### END SOLUTION


# %% check="eligible-check" points=4
def check_eligible(paragraphs, expected):
    own = [list(sentence) for sentence in paragraphs[0]]
    following = list(own[1])
    found = eligible(following, own, paragraphs)
    assert all(isinstance(token, str) for sentence in found
               for token in sentence), (
        f'return sentences, which are lists of tokens, not {found[:1]}')
    assert following not in found, (
        f'{following} may be drawn, but it reads as the true next sentence; '
        f'compare with != and not with "is not"')
    for sentence in expected:
        assert sentence in found, (
            f'{sentence} of another paragraph is left out; only what reads '
            f'as the next sentence has to go')
    for sentence in found:
        assert sentence in expected, (
            f'{sentence} may be drawn, but it stands in the paragraph of the '
            f'pair itself')
    assert len(found) == len(expected), (
        f'{len(found)} instead of {len(expected)} sentences: {found}')


check_eligible([[['a'], ['b'], ['c']], [['d'], ['b'], ['e']], [['f']]],
               [['d'], ['e'], ['f']])
### BEGIN HIDDEN TESTS
check_eligible([[['a'], ['b']], [['a'], ['c']], [['c'], ['b']]],
               [['a'], ['c'], ['c']])
check_eligible([[['x', 'y'], ['x']], [['x'], ['y'], ['x', 'y']]],
               [['y'], ['x', 'y']])
check_eligible([[['a'], ['b']], [['b']]], [])
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: draw one (4 points)
#
# Write `draw_negative(next_sentence, own_paragraph, paragraphs, rng)`, which
# returns one of the eligible sentences, each with the same chance. If there
# is none, it raises a `ValueError`. It must end in any case: drawing again
# and again until something fits is fine for most texts and never ends for
# some.
#
# <details><summary>Hint</summary>
#
# Make the list first, look whether it is empty, and then draw from it.
#
# </details>


# %% answer="negative"
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    """Return a random false partner."""
    ### BEGIN SOLUTION
    sentences = eligible(next_sentence, own_paragraph, paragraphs)
    if not sentences:
        raise ValueError('no sentence can be a false partner here')
    return rng.choice(sentences)
    ### END SOLUTION


# %% check="negative-check" points=4
def check_negative(paragraphs, allowed):
    own, following = paragraphs[0], paragraphs[0][1]
    rng = Counting(0)
    drawn = [draw_negative(following, own, paragraphs, rng)
             for _ in range(300 * len(allowed))]
    for sentence in drawn:
        assert sentence != following, (
            'the true next sentence was drawn as a false partner')
        assert sentence in allowed, (
            f'{sentence} was drawn: it must be one whole sentence of '
            f'another paragraph')
    for sentence in allowed:
        share = drawn.count(sentence) / len(drawn)
        expected = allowed.count(sentence) / len(allowed)
        assert 0.7 * expected < share < 1.3 * expected, (
            f'{sentence} was drawn in {share:.0%} of the cases instead of '
            f'{expected:.0%}; all eligible sentences have the same chance')


def check_none(paragraphs):
    own, following = paragraphs[0], paragraphs[0][1]
    try:
        found = draw_negative(following, own, paragraphs, Counting(0))
    except ValueError:
        return
    except IndexError:
        raise AssertionError('there is no eligible sentence, so raise a '
                             'ValueError that says so') from None
    except NoEnd:
        raise AssertionError('100000 draws and no end: there is no eligible '
                             'sentence, so raise a ValueError') from None
    raise AssertionError(f'{found} was drawn, but no sentence is eligible; '
                         f'raise a ValueError')


check_none([[['a'], ['b']]])
check_negative([[['a'], ['b']], [['c'], ['d']], [['e']]],
               [['c'], ['d'], ['e']])
### BEGIN HIDDEN TESTS
check_negative([[['a'], ['b']], [['b'], ['d'], ['e'], ['f']], [['b']]],
               [['d'], ['e'], ['f']])
check_none([[['a'], ['b']], [['b'], ['b']], [['a'], ['b']]])
tiny = [tokenize(paragraph) for paragraph
        in load_paragraphs('tiny', rng=random.Random(0))]
rng = Counting(1)
for paragraph in [paragraph for paragraph in tiny if len(paragraph) > 1][:5]:
    sentence = draw_negative(paragraph[1], paragraph, tiny, rng)
    assert sentence not in paragraph, 'it stands in the same paragraph'
### END HIDDEN TESTS
print('Part B is right.')
