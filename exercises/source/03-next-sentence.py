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

from d2l_bert.core import (
    ask, expect, expect_values, load_paragraphs, plausible, tokenize)

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
    tokens, segments = expect_values(ask(join, a, b), 'tokens', 'segments')
    expect(tokens, list, 'a list of tokens')
    expect(segments, list, 'a list of segments')
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
check_join('the sea', 'the sea', '<cls> the sea <sep> the sea <sep>',
           '0000111')
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


# %% given="sentences"
def check_sentences(paragraphs, drawn):
    every = [sentence for paragraph in paragraphs for sentence in paragraph]
    for sentence in every:
        assert sentence in drawn, (
            f'{sentence} was never drawn for a negative pair; draw from '
            f'all sentences of all paragraphs')
    for sentence in every:
        # Each paragraph has the same probability, and each sentence in it.
        probability = sum(paragraph.count(sentence) / len(paragraph)
                          for paragraph in paragraphs) / len(paragraphs)
        assert plausible(drawn.count(sentence), len(drawn), probability), (
            f'{sentence} was drawn for {drawn.count(sentence)} of '
            f'{len(drawn)} negative pairs; it should be about '
            f'{probability:.0%}: draw a paragraph first, then one of its '
            f'sentences')
    assert all(sentence in every for sentence in drawn), (
        'the second sentence must be a sentence of the paragraphs')


# %% check="draw-check" points=3
def check_draw(paragraphs, first, second):
    num_draws, rng = 4000, random.Random(0)
    names = 'sentence', 'second sentence', 'label'
    drawn = [expect_values(ask(draw, first, second, paragraphs, rng), *names)
             for _ in range(num_draws)]
    labels = [label for _, _, label in drawn]
    assert all(label in (True, False) for label in labels), (
        f'the third value must be True or False, not {labels[0]!r}')
    assert all(a == first for a, _, _ in drawn), (
        'the first value must always be the given sentence')
    assert 0 < sum(labels) < num_draws, (
        f'all of {num_draws} pairs are labelled {labels[0]}; the label must '
        f'be True with probability 0.5')
    true = [b for _, b, label in drawn if label]
    false = [b for _, b, label in drawn if not label]
    for sentence in drawn[0][1], drawn[-1][1]:
        expect(sentence, list, 'a sentence, which is a list of tokens')
    assert not all(b == second for b in false), (
        'all pairs labelled False hold the next sentence: the label must be '
        'True if the second sentence follows')
    assert all(b == second for b in true), (
        'a pair labelled True does not hold the next sentence')
    # 2000 ± 5 * sqrt(4000 * 0.5 * 0.5), which is ± 158
    assert plausible(sum(labels), num_draws, 0.5), (
        f'{sum(labels)} of {num_draws} pairs are labelled True; it should '
        f'be about half')
    check_sentences(paragraphs, false)


check_draw([[['a'], ['b'], ['c'], ['d'], ['e']], [['f']]], ['a'], ['b'])
### BEGIN HIDDEN TESTS
check_draw([[['x', 'y'], ['z']], [['u'], ['v'], ['w']], [['q']]],
           ['x', 'y'], ['z'])
check_draw([[['p'], ['q'], ['q']], [['r'], ['s']]], ['r'], ['s'])
check_draw([[['a'], ['b'], ['c']]], ['b'], ['c'])
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
def check_pairs(paragraph, paragraphs, max_len, rng):
    """Check each pair, whatever was drawn; return which have a True label.

    A pair that was dropped must have been too long for some second sentence.
    """
    found = expect(ask(pairs_of, paragraph, paragraphs, max_len, rng), list,
                   'a list of pairs')
    found = [expect_values(pair, 'tokens', 'segments', 'is_next')
             for pair in found]
    for tokens, _, _ in found:
        assert len(tokens) <= max_len, (
            f'a pair of {len(tokens)} tokens was kept for '
            f'max_len={max_len}; <cls> and both <sep> count, too')
    assert len(found) < len(paragraph), (
        f'{len(found)} instead of {len(paragraph) - 1} pairs: each sentence '
        f'except the last starts a pair, because nothing follows the last')
    every = [sentence for other in paragraphs for sentence in other]
    labels, left = {}, list(found)
    for number, (a, b) in enumerate(zip(paragraph, paragraph[1:])):
        start = ['<cls>', *a, '<sep>']
        if left and left[0][0][:len(start)] == start:
            tokens, segments, labels[number] = left.pop(0)
            second = tokens[len(start):-1]
            assert tokens[-1] == '<sep>' and (
                len(tokens) < max_len or second in [b, *every]), (
                f'{tokens} is not a whole pair; leave out a pair that is '
                f'too long, and do not cut it')
            assert not labels[number] or second == b, (
                'a pair labelled True does not hold the next sentence')
            assert labels[number] or second in every, (
                f'{second} is not a sentence of the given paragraphs; draw '
                f'the second sentence of a negative pair from them')
            assert segments == [0] * len(start) + [1] * (len(second) + 1), (
                'each token needs a segment; take the segments from join')
        else:
            longest = len(start) + 1 + max(map(len, [b, *every]))
            assert longest > max_len, (
                f'the pair of {a} was dropped for max_len={max_len}, but it '
                f'fits: it has at most {longest} tokens')
    assert not left, (
        f'{left[0][0]} is no pair of this paragraph, or the pairs are not '
        f'in the order of their first sentences')
    return labels


def check_labels(paragraph, paragraphs):
    rng, num_draws = random.Random(0), 1000
    drawn = [check_pairs(paragraph, paragraphs, 1000, rng)
             for _ in range(num_draws)]
    for i in range(len(paragraph) - 1):
        # 500 ± 5 * sqrt(1000 * 0.5 * 0.5), which is ± 79
        assert plausible(sum(labels[i] for labels in drawn), num_draws, 0.5), (
            'about half of the pairs must be labelled True')
        changes = sum(labels[i] != labels[0] for labels in drawn)
        assert i == 0 or plausible(changes, num_draws, 0.5), (
            'the labels of a paragraph depend on each other; draw each of '
            'them')


def check_max_len(short, long, other):
    """The second pair is too long if it is positive, the third always."""
    paragraph = [[*short, str(i)] for i in range(6)]
    paragraph[2] = [*long, '2']
    rng, num_draws = random.Random(0), 1000
    max_len = len(other) + len(paragraph[2]) + 2
    drawn = [check_pairs(paragraph, [[other]], max_len, rng)
             for _ in range(num_draws)]
    assert not any(labels.get(1) for labels in drawn)
    kept = sum(1 in labels for labels in drawn)
    assert plausible(kept, num_draws, 0.5), (
        f'a pair that fits in half of the cases was kept {kept} times in '
        f'{num_draws}; leave out only pairs that are too long')


example = tokenize(['the sea rose', 'it fell again', 'why', 'the moon'])
others = [example, tokenize(['a tide', 'no'])]
for max_len in (1000, *range(12, 0, -1)):
    for seed in range(10):
        check_pairs(example, others, max_len, random.Random(seed))
### BEGIN HIDDEN TESTS
check_labels(example, others)
check_max_len(['the'], ['no'] * 9, ['sea'])
tiny = [tokenize(paragraph) for paragraph
        in load_paragraphs('tiny', rng=random.Random(1))][:20]
for number, paragraph in enumerate(tiny):
    for max_len in (1000, 64, 32, 25):
        check_pairs(paragraph, tiny, max_len, random.Random(number))
check_labels(tokenize(['a', 'b', 'a', 'c', 'a', 'a']), [[['a'], ['x']]])
check_max_len(['a', 'sea'], ['b'] * 7, ['c', 'd', 'e'])
check_pairs([['a']], [[['a']]], 64, random.Random(0))
rng, seconds = random.Random(0), []
for _ in range(1000):
    for tokens, _, is_next in ask(pairs_of, [['a'], ['b']], [
            [['a'], ['b']], [['c'], ['d']]], 64, rng):
        seconds += [] if is_next else [tokens[3]]
check_sentences([['a', 'b'], ['c', 'd']], seconds)
### END HIDDEN TESTS
print('Part C is right.')

# %%
paragraph = tokenize(load_paragraphs('tiny', rng=random.Random(0))[0])
for tokens, _, is_next in pairs_of(paragraph, [paragraph], 64,
                                   random.Random(0))[:3]:
    print(is_next, ' '.join(tokens))
