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
# # Exercise 3: Next-sentence pairs by hand
#
# *Session 1, 9 points, about 25 minutes.*
#
# **What you learn.** In next-sentence prediction, BERT predicts whether the
# second sentence of a pair follows the first one. You make the examples
# yourself: join two sentences, draw a positive or a negative pair, and make
# all pairs of a paragraph.

# %% given="imports"
import random

from d2l_bert.core import load_paragraphs, tokenize

# %% [markdown]
# ## Part A: join (3 points)
#
# Write `join(a, b)` for two sentences, each a list of tokens. It returns
# `(tokens, segments)`. The tokens are `<cls>`, A, `<sep>`, B, `<sep>`. Each
# token has a segment: 0 from `<cls>` to the first `<sep>`, 1 for all tokens
# after it.
#
# <details><summary>Hint</summary>
#
# `['<cls>', *a, '<sep>']` makes a new list and does not change `a`. How
# many tokens of the result have segment 0? The two special tokens count.
#
# </details>


# %% answer="join"
def join(a, b):
    """Return the tokens of a pair and the segment of each."""
    ### BEGIN SOLUTION
    tokens = ['<cls>', *a, '<sep>', *b, '<sep>']
    segments = [0] * (len(a) + 2) + [1] * (len(b) + 1)
    return tokens, segments
    ### END SOLUTION


# %% check="join-check" points=3
def check_join(a, b, expected_tokens, expected_segments):
    a, b = a.split(), b.split()
    given = list(a), list(b)
    tokens, segments = join(a, b)
    assert (a, b) == given, (
        'join has changed the sentences a and b; make a new list')
    assert tokens.count('<sep>') == 2, (
        f'{tokens} needs two <sep>: after A and after B')
    assert tokens == expected_tokens.split(), (
        f'{tokens} is not <cls> A <sep> B <sep>')
    assert len(segments) == len(tokens), (
        f'{len(segments)} segments for {len(tokens)} tokens: special tokens '
        f'have a segment, too')
    assert segments[tokens.index('<sep>')] == 0, (
        'the first <sep> belongs to A, so its segment is 0')
    assert segments[-1] == 1, (
        'the last <sep> belongs to B, so its segment is 1')
    assert segments == [int(digit) for digit in expected_segments], (
        f'{segments} does not change from 0 to 1 at the first token of B')


check_join('the sea', 'it rose .', '<cls> the sea <sep> it rose . <sep>',
           '00001111')
### BEGIN HIDDEN TESTS
check_join('hello', 'hi', '<cls> hello <sep> hi <sep>', '00011')
check_join('the moon pulls at it', 'yes',
           '<cls> the moon pulls at it <sep> yes <sep>', '000000011')
check_join('no', 'the moon pulls at it',
           '<cls> no <sep> the moon pulls at it <sep>', '000111111')
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: draw the second sentence (3 points)
#
# Write `draw(sentence, next_sentence, paragraphs, rng)`. With probability
# 0.5 it returns a positive pair, `(sentence, next_sentence, True)`.
# Otherwise it returns a negative pair, `(sentence, other, False)`. Here
# `other` is a random sentence of a random paragraph, and every paragraph is
# allowed. All randomness comes from `rng`, which is a `random.Random`: use
# `rng.random()` and `rng.choice(...)`.
#
# <details><summary>Hint</summary>
#
# `rng.random() < 0.5` is true with probability 0.5. A paragraph is a list of
# sentences, so one call of `choice` gives a paragraph, and a second call
# gives a sentence.
#
# </details>


# %% answer="draw"
def draw(sentence, next_sentence, paragraphs, rng):
    """Return (first sentence, second sentence, whether it follows)."""
    ### BEGIN SOLUTION
    if rng.random() < 0.5:
        return sentence, next_sentence, True
    return sentence, rng.choice(rng.choice(paragraphs)), False
    ### END SOLUTION


# %% check="draw-check" points=3
def check_draw(paragraphs):
    first, second = paragraphs[0][:2]
    rng = random.Random(0)
    drawn = [draw(first, second, paragraphs, rng) for _ in range(2000)]
    labels = [label for _, _, label in drawn]
    assert all(label in (True, False) for label in labels), (
        f'the third value must be True or False, not {labels[0]!r}')
    assert all(a == first for a, _, _ in drawn), (
        'the first value must always be the given sentence')
    assert 0 < sum(labels) < 2000, (
        f'all of 2000 pairs are labelled {labels[0]}; the label must be True '
        f'with probability 0.5')
    true = [b for _, b, label in drawn if label]
    false = [b for _, b, label in drawn if not label]
    assert not all(b == second for b in false), (
        'all pairs labelled False hold the next sentence: the label must be '
        'True if the second sentence follows')
    assert all(b == second for b in true), (
        'a pair labelled True does not hold the next sentence')
    assert 900 < sum(labels) < 1100, (
        f'{sum(labels)} of 2000 pairs are labelled True; it should be about '
        f'half')
    for paragraph in paragraphs:
        for sentence in paragraph:
            assert sentence in false, (
                f'{sentence} was never drawn for a negative pair; draw from '
                f'all sentences of all paragraphs')
    again = random.Random(0)
    assert drawn == [draw(first, second, paragraphs, again)
                     for _ in range(2000)], (
        'the same seed gave other pairs; use rng for all random numbers')


check_draw([[['a'], ['b'], ['c']], [['d'], ['e']]])
### BEGIN HIDDEN TESTS
check_draw([[['x', 'y'], ['z']], [['u'], ['v'], ['w']], [['q']]])
### END HIDDEN TESTS
print('Part B is right.')

# %% [markdown]
# ## Part C: the pairs of a paragraph (3 points)
#
# Write `pairs_of(paragraph, paragraphs, max_len, rng)`. For each sentence
# except the last, it draws the second sentence with `draw` and joins the two
# with `join`. It returns a list of `(tokens, segments, is_next)`, without
# the pairs that have more than `max_len` tokens.
#
# <details><summary>Hint</summary>
#
# `zip(paragraph, paragraph[1:])` gives each sentence with the next one.
# Compare `max_len` with the number of joined tokens, which includes the
# special tokens.
#
# </details>


# %% answer="pairs"
def pairs_of(paragraph, paragraphs, max_len, rng):
    """Return (tokens, segments, is_next) of each pair that fits."""
    ### BEGIN SOLUTION
    pairs = []
    for sentence, next_sentence in zip(paragraph, paragraph[1:]):
        a, b, is_next = draw(sentence, next_sentence, paragraphs, rng)
        tokens, segments = join(a, b)
        if len(tokens) <= max_len:
            pairs.append((tokens, segments, is_next))
    return pairs
    ### END SOLUTION


# %% check="pairs-check" points=3
def check_pairs(paragraph):
    num_pairs = len(paragraph) - 1
    found = pairs_of(paragraph, [paragraph], 1000, random.Random(0))
    assert len(found) == num_pairs, (
        f'{len(found)} instead of {num_pairs} pairs: each sentence except '
        f'the last starts a pair, because nothing follows the last')
    for (tokens, segments, is_next), a, b in zip(
            found, paragraph, paragraph[1:]):
        assert tokens[1:len(a) + 1] == a, (
            'the pairs are not in the order of their first sentences')
        assert not is_next or tokens == join(a, b)[0], (
            'a pair labelled True does not hold the next sentence')
        assert len(segments) == len(tokens), (
            'each token needs a segment; take the segments from join')
    longest = max((len(tokens) for tokens, _, _ in found), default=0)
    kept = pairs_of(paragraph, [paragraph], longest, random.Random(0))
    assert kept == found, (
        f'a pair of {longest} tokens was dropped for max_len={longest}, '
        f'but it fits')
    for max_len in range(longest):
        kept = pairs_of(paragraph, [paragraph], max_len, random.Random(0))
        for tokens, _, _ in kept:
            assert len(tokens) <= max_len, (
                f'a pair of {len(tokens)} tokens was kept for '
                f'max_len={max_len}; <cls> and both <sep> count, too')


check_pairs(tokenize(['the sea rose', 'it fell again', 'why', 'the moon']))
### BEGIN HIDDEN TESTS
for paragraph in load_paragraphs('tiny', rng=random.Random(1))[:8]:
    check_pairs(tokenize(paragraph))
everything = [tokenize(paragraph) for paragraph
              in load_paragraphs('tiny', rng=random.Random(0))]
labels = [label for paragraph in everything[:200] for _, _, label in
          pairs_of(paragraph, everything, 64, random.Random(len(paragraph)))]
assert 0.4 < sum(labels) / len(labels) < 0.6, (
    'about half of the pairs must be labelled True')
### END HIDDEN TESTS
print('Part C is right.')

# %%
paragraph = tokenize(load_paragraphs('tiny', rng=random.Random(0))[0])
for tokens, _, is_next in pairs_of(paragraph, [paragraph], 64,
                                   random.Random(0))[:3]:
    print(is_next, ' '.join(tokens))
