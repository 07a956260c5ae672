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

from d2l_bert.core import load_paragraphs, tokenize


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
def check_eligible(paragraphs, expected):
    own = [list(sentence) for sentence in paragraphs[0]]
    following = list(own[1])
    found = eligible(following, own, paragraphs)
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
def check_negative(paragraphs, allowed):
    own, following = paragraphs[0], paragraphs[0][1]
    rng = Counting(0)
    drawn = [draw_negative(following, own, paragraphs, rng)
             for _ in range(300 * len(allowed))]
    for sentence in drawn:
        assert sentence != following, (
            'the next sentence was drawn for a negative pair')
        assert sentence in allowed, (
            f'{sentence} was drawn, but it is not a sentence of another '
            f'paragraph')
    for sentence in allowed:
        share = drawn.count(sentence) / len(drawn)
        expected = allowed.count(sentence) / len(allowed)
        assert 0.7 * expected < share < 1.3 * expected, (
            f'{sentence} was drawn in {share:.0%} of the cases instead of '
            f'{expected:.0%}; all eligible sentences have the same '
            f'probability')


def check_none(paragraphs):
    own, following = paragraphs[0], paragraphs[0][1]
    try:
        found = draw_negative(following, own, paragraphs, Counting(0))
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
check_none([[['a'], ['b']], [['b'], ['b']], [['a'], ['b']]])
tiny = [tokenize(paragraph) for paragraph
        in load_paragraphs('tiny', rng=random.Random(0))]
rng = Counting(1)
for paragraph in [paragraph for paragraph in tiny if len(paragraph) > 1][:5]:
    sentence = draw_negative(paragraph[1], paragraph, tiny, rng)
    assert sentence not in paragraph, (
        f'{sentence} comes from the paragraph of the pair')
### END HIDDEN TESTS
print('Part B is right.')
