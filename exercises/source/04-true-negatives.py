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
# # Exercise 4: Negative pairs with the right label
#
# *Session 1, 8 points, about 20 minutes.*
#
# **What you learn.** The second sentence of a negative pair is drawn from
# all sentences. By accident it can be the sentence that really follows. The
# pair is then labelled False although it should be True: a wrong label in
# the training data. You draw negative pairs for which this cannot happen.

# %% given="imports"
import random

from d2l_bert.core import ask, expect, load_paragraphs, plausible, tokenize


class NoEnd(Exception):
    pass


class Counting(random.Random):
    """A random.Random that raises NoEnd after 100000 draws."""

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
            raise NoEnd('no result after 100000 draws')


# %% [markdown]
# ## Part A: the eligible sentences (4 points)
#
# Write `eligible(next_sentence, own_paragraph, paragraphs)`. It returns a
# list of all sentences that may be the second sentence of a negative pair:
#
# - no sentence from the paragraph of the pair, `own_paragraph`, and
# - no sentence that is equal to `next_sentence`. Some texts contain the same
#   sentence twice.
#
# Paragraphs are equal if their sentences are equal.
#
# <details><summary>Hint</summary>
#
# `==` and `!=` compare the elements of two lists. `is` asks something else:
# whether two names mean the same object in memory.
#
# </details>


# %% answer="eligible"
def eligible(next_sentence, own_paragraph, paragraphs):
    """Return the sentences that may be drawn, in their order."""
    ### BEGIN SOLUTION
    return [sentence for paragraph in paragraphs
            if paragraph != own_paragraph
            for sentence in paragraph if sentence != next_sentence]
    ### END SOLUTION


# %% check="eligible-check" points=4
def check_eligible(paragraphs, expected, own=0):
    # Equal lists, but other objects: a text is read from a file.
    own_paragraph = [list(sentence) for sentence in paragraphs[own]]
    following = list(own_paragraph[1])
    found = expect(ask(eligible, following, own_paragraph, paragraphs), list,
                   'a list of sentences')
    for sentence in found:
        expect(sentence, list, 'sentences, which are lists of tokens')
    assert all(isinstance(token, str) for sentence in found
               for token in sentence), (
        f'return sentences, which are lists of tokens, not {found[:1]}')
    assert following not in found, (
        f'{following} may be drawn, but it is equal to the next sentence; '
        f'compare with != and not with "is not"')
    for sentence in expected:
        assert sentence in found, (
            f'{sentence} of another paragraph is missing; leave out only '
            f'sentences that are equal to the next sentence')
    for sentence in found:
        assert sentence in expected, (
            f'{sentence} may be drawn, but it comes from the paragraph of '
            f'the pair')
    assert sorted(found) == sorted(expected), (
        f'{len(found)} instead of {len(expected)} sentences: {found}; a '
        f'sentence that occurs twice must be there twice')


check_eligible([[['a'], ['b'], ['c']], [['d'], ['b'], ['e']], [['f']]],
               [['d'], ['e'], ['f']])
### BEGIN HIDDEN TESTS
check_eligible([[['a'], ['b']], [['a'], ['c']], [['c'], ['b']]],
               [['a'], ['c'], ['c']])
check_eligible([[['x', 'y'], ['x']], [['x'], ['y'], ['x', 'y']]],
               [['y'], ['x', 'y']])
check_eligible([[['a'], ['b']], [['b']]], [])
# The paragraph of the pair is not the first one, and it occurs twice.
check_eligible([[['d']], [['a'], ['b']], [['e']], [['a'], ['b']]],
               [['d'], ['e']], own=1)
# Other paragraphs and sentences with the same sentences and tokens.
check_eligible([[['a'], ['b', 'c']], [['b', 'c'], ['a']], [['c', 'b'], ['bc']],
                [['a'], ['b', 'c'], ['b', 'c', 'c']], [['a'], ['a']]],
               [['a'], ['c', 'b'], ['bc'], ['a'], ['b', 'c', 'c'], ['a'],
                ['a']])
check_eligible([[['a'], ['b']]], [])
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: draw a sentence (4 points)
#
# Write `draw_negative(next_sentence, own_paragraph, paragraphs, rng)`. It
# returns one of the eligible sentences, each with the same probability. If
# there is none, it raises a `ValueError`. Do not draw again and again until
# a sentence fits: for some texts, such a loop never ends.
#
# <details><summary>Hint</summary>
#
# Make the list first, check whether it is empty, and then draw from it.
#
# </details>


# %% answer="negative"
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    """Return the second sentence of a negative pair."""
    ### BEGIN SOLUTION
    sentences = eligible(next_sentence, own_paragraph, paragraphs)
    if not sentences:
        raise ValueError('there is no eligible sentence')
    return rng.choice(sentences)
    ### END SOLUTION


# %% check="negative-check" points=4
def check_negative(paragraphs, allowed, own=0):
    num_draws, rng = 1000 * len(allowed), Counting(0)
    drawn = [draw_one(paragraphs, own, rng) for _ in range(num_draws)]
    for sentence in drawn:
        assert sentence != paragraphs[own][1], (
            'the next sentence was drawn for a negative pair')
        assert sentence in allowed, (
            f'{sentence} was drawn, but it is not a sentence of another '
            f'paragraph')
    for sentence in allowed:
        # For 1 of 3: 1000 ± 5 * sqrt(3000 * 1/3 * 2/3), which is ± 129
        number = drawn.count(sentence)
        probability = allowed.count(sentence) / len(allowed)
        assert plausible(number, num_draws, probability), (
            f'{sentence} was drawn in {number / num_draws:.0%} of the cases '
            f'instead of {probability:.0%}; all eligible sentences have the '
            f'same probability')


def draw_one(paragraphs, own, rng):
    try:
        found = ask(draw_negative, paragraphs[own][1], paragraphs[own],
                    paragraphs, rng, raises=NoEnd)
    except NoEnd:
        raise AssertionError(
            'no result after 100000 draws; make the list of eligible '
            'sentences, and draw once from it') from None
    return expect(found, list, 'a sentence, which is a list of tokens')


def check_none(paragraphs, own=0):
    try:
        found = ask(draw_negative, paragraphs[own][1], paragraphs[own],
                    paragraphs, Counting(0),
                    raises=(ValueError, IndexError, NoEnd))
    except ValueError:
        return
    except IndexError:
        raise AssertionError('there is no eligible sentence: raise a '
                             'ValueError, not an IndexError') from None
    except NoEnd:
        raise AssertionError('no result after 100000 draws: there is no '
                             'eligible sentence, so raise a ValueError'
                             ) from None
    raise AssertionError(f'{found} was drawn, but no sentence is eligible; '
                         f'raise a ValueError')


check_none([[['a'], ['b']]])
check_negative([[['a'], ['b']], [['c'], ['d']], [['e']]],
               [['c'], ['d'], ['e']])
### BEGIN HIDDEN TESTS
check_negative([[['a'], ['b']], [['b'], ['d'], ['e'], ['f']], [['b']]],
               [['d'], ['e'], ['f']])
check_negative([[['c'], ['d'], ['d']], [['a'], ['b'], ['c']], [['d']]],
               [['c'], ['d'], ['d'], ['d']], own=1)
check_negative([[['a'], ['b']], [['a']]], [['a']])
check_none([[['a'], ['b']], [['b'], ['b']], [['a'], ['b']]])
check_none([[['b']], [['a'], ['b']]], own=1)
# One of ten thousand sentences is eligible: who draws again and again
# finds it late, or never.
rare = [[['a'], ['b']], [*[['b']] * 9997, ['c']]]
for seed in range(10):
    assert draw_one(rare, 0, Counting(seed)) == ['c']
tiny = [tokenize(paragraph) for paragraph
        in load_paragraphs('tiny', rng=random.Random(0))]
rng = Counting(1)
for own in [i for i, paragraph in enumerate(tiny) if len(paragraph) > 1][:5]:
    sentence = draw_one(tiny, own, rng)
    assert sentence not in tiny[own], (
        f'{sentence} comes from the paragraph of the pair')
### END HIDDEN TESTS
print('Part B is right.')
