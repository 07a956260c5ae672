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
# # Exercise 5: Masking by hand
#
# *Session 1, 10 points, about 30 minutes.*
#
# **What you learn.** In masked language modelling, some tokens are masked and
# BERT predicts them. You choose the positions, replace the tokens, and
# return the labels.

# %% given="imports"
import random
from collections import Counter
from itertools import combinations, pairwise, product

from d2l_bert.core import (
    RESERVED_TOKENS, Vocab, ask, expect, expect_values, load_paragraphs,
    plausible, tokenize)

sentences = [sentence for paragraph in load_paragraphs(
    'tiny', rng=random.Random(0)) for sentence in tokenize(paragraph)]
vocab = Vocab(sentences, 5, RESERVED_TOKENS)


def pair(length):
    """Return two joined sentences: `length` tokens with the special ones."""
    words = [f'word{i}' for i in range(length - 3)]
    middle = len(words) // 2
    return ['<cls>', *words[:middle], '<sep>', *words[middle:], '<sep>']


# %% [markdown]
# ## Part A: choose positions (3 points)
#
# Write `choose(tokens, rng)`, which returns the prediction positions in
# ascending order:
#
# - The number of positions is 15 % of the number of all tokens, rounded with
#   `round`, and at least 1. The special tokens count, too.
# - `<cls>` and `<sep>` are never chosen. All other tokens are chosen with
#   the same probability.
#
# <details><summary>Hint</summary>
#
# Collect the positions that may be chosen. `rng.sample(positions, k)` draws
# k different positions, and `sorted` sorts them. `max(1, ...)` is at least 1.
#
# </details>


# %% answer="choose"
def choose(tokens, rng):
    """Return the prediction positions, in ascending order."""
    ### BEGIN SOLUTION
    candidates = [position for position, token in enumerate(tokens)
                  if token not in ('<cls>', '<sep>')]
    return sorted(rng.sample(candidates, max(1, round(0.15 * len(tokens)))))
    ### END SOLUTION


# %% check="choose-check" points=3
def check_choose(tokens, expected, why):
    rng, words = random.Random(0), [
        i for i, token in enumerate(tokens) if token not in ('<cls>', '<sep>')]
    for _ in range(50):
        found = expect(ask(choose, tokens, rng), list, 'a list of positions')
        special = [tokens[i] for i in found if i not in words]
        assert not special, (
            f'{special[0]} was chosen; <cls> and <sep> are never predicted')
        assert len(found) == expected, (
            f'{len(found)} instead of {expected} positions for {len(tokens)} '
            f'tokens: {why}')
        assert len(set(found)) == len(found), f'{found} has a position twice'
        assert found == sorted(found), f'{found} is not in ascending order'


def check_law(tokens):
    """All sets of positions have the same probability."""
    words = [i for i, token in enumerate(tokens)
             if token not in ('<cls>', '<sep>')]
    rng, num_draws = random.Random(1), 6000
    drawn = [ask(choose, tokens, rng) for _ in range(num_draws)]
    k, n = len(drawn[0]), len(words)
    times = Counter(position for found in drawn for position in found)
    together = Counter(two for found in drawn
                       for two in combinations(found, 2))
    assert set(times) == set(words), (
        'some tokens are never chosen; all words are chosen with the same '
        'probability')
    # For 3 of 14: 1286 ± 5 * sqrt(6000 * 3/14 * 11/14), which is ± 159
    assert all(plausible(times[i], num_draws, k / n) for i in words), (
        'some tokens are chosen more often than others; all words are chosen '
        'with the same probability')
    both = k * (k - 1) / (n * (n - 1))
    # For 3 of 14: 198 ± 5 * sqrt(6000 * 0.033 * 0.967), which is ± 69
    assert all(plausible(together[two], num_draws, both)
               for two in combinations(words, 2)), (
        'some tokens are chosen together more often than others; draw the '
        'positions independently of each other, with rng.sample')


check_choose(pair(5), 1, 'the number is at least 1')
check_choose(pair(13), 2, '0.15 * 13 is 1.95, and round gives 2')
check_choose(pair(17), 3, 'count all 17 tokens, not only the 14 words')
check_law(pair(17))
### BEGIN HIDDEN TESTS
check_choose(pair(4), 1, 'the number is at least 1')
check_choose(pair(64), 10, '0.15 * 64 is 9.6, and round gives 10')
check_choose(pair(30), 4, 'round(4.5) is 4 in Python')
check_choose(pair(10), 2, 'round(1.5) is 2 in Python')
check_choose(['<cls>', 'a', '<sep>', *['a', 'b'] * 10, '<sep>'], 4,
             'round(3.6) is 4')
# The same word everywhere, and words that only look special.
check_law(['<cls>', 'sea', '<sep>', *['sea'] * 9, '<sep>'])
check_law(['<cls>', *['<unk>', '<3', '<mask>', 'the'] * 2, '<sep>', '.',
           '<sep>'])
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: replace tokens (4 points)
#
# Write `replace(tokens, positions, words, rng)`, which returns
# `(new_tokens, labels)`. At each position the token
#
# - is replaced by `<mask>` with probability 0.8,
# - is replaced by a random word from `words` with probability 0.1,
# - stays the same with probability 0.1.
#
# The labels are the original tokens, one for each position. The list
# `tokens` itself must not change.
#
# <details><summary>Hint</summary>
#
# Draw one random number for each position and compare it with 0.8 and with
# 0.9. If you draw a second number, use 0.5 for it, not 0.1: it decides only
# about the remaining 20 %, and 10 % are half of them.
#
# </details>


# %% answer="replace"
def replace(tokens, positions, words, rng):
    """Return the tokens after masking, and the original tokens."""
    ### BEGIN SOLUTION
    new_tokens = list(tokens)
    for position in positions:
        number = rng.random()
        if number < 0.8:
            new_tokens[position] = '<mask>'
        elif number < 0.9:
            new_tokens[position] = rng.choice(words)
    return new_tokens, [tokens[position] for position in positions]
    ### END SOLUTION


# %% check="replace-check" points=4
def check_replace(tokens, positions, words):
    rng, num_draws = random.Random(0), 4000
    expected = [tokens[position] for position in positions]
    kinds, drawn = [], []
    for _ in range(num_draws):
        new_tokens, labels = expect_values(
            ask(replace, tokens, positions, words, rng), 'new_tokens',
            'labels')
        expect(new_tokens, list, 'a list of new tokens')
        expect(labels, list, 'a list of labels')
        assert labels == expected, (
            f'the labels must be the tokens before masking, {expected}, not '
            f'{labels}')
        assert len(new_tokens) == len(tokens), (
            f'{len(new_tokens)} new tokens for {len(tokens)} tokens')
        for position, (old, new) in enumerate(zip(tokens, new_tokens)):
            assert position in positions or new == old, (
                f'the token at position {position} has changed, but it '
                f'was not chosen')
        new = [new_tokens[position] for position in positions]
        drawn.append(new)
        kinds.append([
            'mask' if token == '<mask>' else 'same' if token == old else
            'random' if token in words else token
            for token, old in zip(new, expected)])
    check_shares(kinds)
    check_words(drawn, kinds, words)


SHARES = {'mask': 0.8, 'random': 0.1, 'same': 0.1}


def check_shares(kinds):
    count = Counter(kind for example in kinds for kind in example)
    assert set(count) <= set(SHARES), (
        'each new token must be <mask>, one of words, or the original token')
    rounded = {kind: round(count[kind] / count.total(), 3)
               for kind in SHARES}
    # 12000 draws: 0.8 ± 5 * sqrt(0.8 * 0.2 / 12000), which is ± 0.018
    assert plausible(count['mask'], count.total(), 0.8), (
        f'80 % must be replaced by <mask>, but the shares are {rounded}')
    assert plausible(count['random'], count.total(), 0.1), (
        f'10 % must be replaced by a random word, but the shares are '
        f'{rounded}; if you draw a second number, compare it with 0.5')
    # Both random: 40 ± 5 * sqrt(4000 * 0.01 * 0.99), which is ± 31
    for i, j in pairwise(range(len(kinds[0]))):
        both = Counter((example[i], example[j]) for example in kinds)
        for one, other in product(SHARES, SHARES):
            assert plausible(both[one, other], len(kinds),
                             SHARES[one] * SHARES[other]), (
                f'{both[one, other]} of {len(kinds)} times a position was '
                f'{one} and the next one {other}; draw a random number for '
                f'each position')


def check_words(drawn, kinds, words):
    """Each random word has the same probability, at each position."""
    found = [[token for token, kind in zip(new, kind) if kind == 'random']
             for new, kind in zip(drawn, kinds)]
    count = Counter(token for example in found for token in example)
    assert set(count) == set(words), (
        f'{sorted(set(words) - set(count))} were never drawn')
    # For 3 words: 400 ± 5 * sqrt(1200 * 1/3 * 2/3), which is ± 82
    assert all(plausible(count[word], count.total(), 1 / len(words))
               for word in words), (
        f'some words are drawn more often than others: {dict(count)}; use '
        f'rng.choice(words)')
    several = [example for example in found if len(example) > 1]
    assert len(words) == 1 or not several or any(
        example[0] != example[1] for example in several), (
        'two random words are always the same; draw a word for each '
        'position')


check_replace(pair(23), [2, 5, 20], ['tide', 'reef', 'kelp'])
### BEGIN HIDDEN TESTS
check_replace(pair(23), [1], ['foam', 'gull'])
check_replace(pair(23), [4, 12, 13, 19, 21], ['foam'])
check_replace(pair(23), [20, 2, 5], ['foam', 'gull', 'kelp', 'reef'])
check_replace(['<cls>', *['sea'] * 5, '<sep>', 'sea', '<sep>'], [2, 4, 7],
              ['foam', 'gull'])
assert [list(values) for values in ask(
    replace, pair(9), [], ['foam'], random.Random(0))] == [pair(9), []], (
    'without positions nothing is replaced, and there are no labels')
### END HIDDEN TESTS
print('Part B is right.')

# %% [markdown]
# ## Part C: token ids (3 points)
#
# Write `mask(tokens, vocab, rng)`, which uses `choose` and `replace`. The
# random words come from the whole vocabulary, `vocab.idx_to_token`, as in
# the book. It returns three lists: `(token_ids, positions, label_ids)`.
# `vocab[...]` turns a list of tokens into a list of token ids.
#
# <details><summary>Hint</summary>
#
# `replace` returns two lists of tokens: the tokens after masking, and the
# labels. Turn each of them into ids with `vocab[...]`.
#
# </details>


# %% answer="mask"
def mask(tokens, vocab, rng):
    """Return (token ids after masking, positions, label ids)."""
    ### BEGIN SOLUTION
    positions = choose(tokens, rng)
    new_tokens, labels = replace(tokens, positions, vocab.idx_to_token, rng)
    return vocab[new_tokens], positions, vocab[labels]
    ### END SOLUTION


# %% check="mask-check" points=3
def check_mask(tokens, vocab, rng):
    """Check the lists, and return the ids at the positions, (new, old)."""
    token_ids, positions, label_ids = expect_values(
        ask(mask, tokens, vocab, rng), 'token_ids', 'positions', 'label_ids')
    for name, found in (('token ids', token_ids), ('positions', positions),
                        ('label ids', label_ids)):
        expect(found, list, f'a list of {name}')
        assert not any(isinstance(number, str) for number in found), (
            f'the {name} must be whole numbers, not {found[:3]}')
    assert len(token_ids) == len(tokens), (
        f'{len(token_ids)} token ids for {len(tokens)} tokens')
    assert len(positions) == max(1, round(0.15 * len(tokens))), (
        f'{len(positions)} positions for {len(tokens)} tokens; take those '
        f'of choose')
    assert not {'<cls>', '<sep>'} & {tokens[i] for i in positions}, (
        '<cls> and <sep> are never predicted')
    assert positions == sorted(set(positions)), (
        f'{positions} is not in ascending order, or has a position twice')
    assert len(label_ids) == len(positions), (
        f'{len(label_ids)} labels for {len(positions)} positions')
    before = vocab[[tokens[position] for position in positions]]
    after = [token_ids[position] for position in positions]
    assert label_ids == before or label_ids != after, (
        f'your labels {label_ids} are the ids after masking; they must be '
        f'the ids before, {before}')
    assert label_ids == before, (
        f'the labels must be the ids of the original tokens at {positions}, '
        f'{before}, not {label_ids}')
    kept = [i for i in range(len(tokens)) if i not in positions]
    assert [token_ids[i] for i in kept] == vocab[[tokens[i] for i in kept]], (
        'a token id has changed at a position that was not chosen')
    return list(zip(after, before))


def check_random_ids(tokens, vocab):
    """The random words come from the whole vocabulary."""
    rng, num_draws = random.Random(0), 6000
    drawn = [check_mask(tokens, vocab, rng) for _ in range(num_draws)]
    ids = [two for example in drawn for two in example]
    changed = [new for new, old in ids if new != old]
    masked = sum(new == vocab['<mask>'] for new, _ in ids)
    assert 0.6 < masked / len(ids) < 1, (
        f'at {masked / len(ids):.0%} of the prediction positions the token '
        f'id is that of <mask>; return the ids after masking')
    # A random word can be <mask>, too, or the original token. For 8 tokens:
    # 9750 ± 5 * sqrt(12000 * 0.8125 * 0.1875), and 150 ± 61 for the others
    for token in vocab:
        number = sum(new == vocab[token] for new in changed)
        possible = sum(old != vocab[token] for _, old in ids)
        share = 0.1 / len(vocab) + 0.8 * (token == '<mask>')
        assert plausible(number, possible, share), (
            f'{token} took the place of another token {number} times in '
            f'{possible}, instead of {share:.1%}; the random words come from '
            f'the whole vocabulary, vocab.idx_to_token')
    times = Counter(sum(new == vocab['<mask>'] for new, _ in example)
                    for example in drawn)
    all_masked = (0.8 + 0.1 / len(vocab)) ** len(drawn[0])
    assert plausible(times[len(drawn[0])], num_draws, all_masked), (
        'the positions of an example are masked together; draw a random '
        'number for each position')


rng = random.Random(0)
for a, b in zip(sentences[:100], sentences[1:101]):
    check_mask(['<cls>', *a, '<sep>', *b, '<sep>'], vocab, rng)
few = Vocab(['sea', 'tide', 'reef'], reserved_tokens=RESERVED_TOKENS)
check_random_ids(['<cls>', *['sea', 'reef'] * 3, '<sep>', *['tide'] * 5,
                  '<sep>'], few)
### BEGIN HIDDEN TESTS
for seed in range(200, 300):
    check_mask(['<cls>', *sentences[seed], '<sep>', *sentences[2 * seed],
                '<sep>'], vocab, rng)
check_random_ids(['<cls>', 'a', 'b', '<sep>', 'a', '<sep>'], Vocab(
    ['a', 'a', 'a', 'b', 'c'], reserved_tokens=RESERVED_TOKENS))
### END HIDDEN TESTS
print('Part C is right.')
