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
# **What you learn.** In masked language modeling, some tokens are masked and
# BERT predicts them. You choose the positions, replace the tokens, and
# return the labels.

# %% given="imports"
import random

from d2l_bert.core import RESERVED_TOKENS, Vocab, load_paragraphs, tokenize

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
def check_choose(length, expected, why):
    tokens, rng, seen = pair(length), random.Random(0), set()
    for _ in range(200):
        found = choose(tokens, rng)
        seen.update(found)
        special = [tokens[i] for i in found if tokens[i] in (
            '<cls>', '<sep>')]
        assert not special, (
            f'{special[0]} was chosen; <cls> and <sep> are never predicted')
        assert len(found) == expected, (
            f'{len(found)} instead of {expected} positions for {length} '
            f'tokens: {why}')
        assert len(set(found)) == len(found), f'{found} has a position twice'
        assert list(found) == sorted(found), (
            f'{found} is not in ascending order')
    assert len(seen) == length - 3, (
        'some tokens are never chosen; all words are chosen with the same '
        'probability')


check_choose(5, 1, 'the number is at least 1')
check_choose(13, 2, '0.15 * 13 is 1.95, and round gives 2')
check_choose(17, 3, 'count all 17 tokens, not only the 14 words')
### BEGIN HIDDEN TESTS
check_choose(4, 1, 'the number is at least 1')
check_choose(64, 10, '0.15 * 64 is 9.6, and round gives 10')
check_choose(30, 4, 'round(4.5) is 4 in Python')
assert choose(pair(40), random.Random(3)) == choose(
    pair(40), random.Random(3)), 'use rng for all random numbers'
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
def check_replace(words, positions):
    tokens = pair(23)
    given = list(tokens)
    rng, kinds = random.Random(0), []
    for _ in range(4000):
        new_tokens, labels = replace(tokens, positions, words, rng)
        assert tokens == given, (
            'replace has changed the list tokens; work on a copy, '
            'list(tokens)')
        expected = [tokens[position] for position in positions]
        assert labels == expected, (
            f'the labels must be the tokens before masking, {expected}, not '
            f'{labels}')
        assert len(new_tokens) == len(tokens), (
            f'{len(new_tokens)} new tokens for {len(tokens)} tokens')
        for position, (old, new) in enumerate(zip(tokens, new_tokens)):
            if position in positions:
                kinds.append('mask' if new == '<mask>' else
                             'same' if new == old else
                             'random' if new in words else new)
            else:
                assert new == old, (
                    f'the token at position {position} has changed, but it '
                    f'was not chosen')
    shares = {kind: kinds.count(kind) / len(kinds)
              for kind in ('mask', 'random', 'same')}
    assert abs(sum(shares.values()) - 1) < 1e-9, (
        'each new token must be <mask>, one of words, or the original token')
    rounded = {kind: round(share, 3) for kind, share in shares.items()}
    assert abs(shares['mask'] - 0.8) < 0.02, (
        f'80 % must be replaced by <mask>, but the shares are {rounded}')
    assert abs(shares['random'] - 0.1) < 0.015, (
        f'10 % must be replaced by a random word, but the shares are '
        f'{rounded}; if you draw a second number, compare it with 0.5')
    assert set(words) <= {
        replace(tokens, positions, words, rng)[0][positions[0]]
        for _ in range(2000)}, 'some words are never drawn'


check_replace(['tide', 'reef', 'kelp'], [2, 5, 20])
### BEGIN HIDDEN TESTS
check_replace(['foam', 'gull'], [1])
check_replace(['foam'], [4, 12, 13, 19, 21])
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
def check_mask(tokens, seed):
    token_ids, positions, label_ids = mask(tokens, vocab,
                                           random.Random(seed))
    assert all(isinstance(number, int) for number in token_ids), (
        f'the token ids must be whole numbers, not {token_ids[:3]}')
    assert len(token_ids) == len(tokens), (
        f'{len(token_ids)} token ids for {len(tokens)} tokens')
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
    return after.count(vocab['<mask>']) / len(after)


shares = [check_mask(['<cls>', *a, '<sep>', *b, '<sep>'], seed) for seed, (
    a, b) in enumerate(zip(sentences[:100], sentences[1:101]))]
assert 0.6 < sum(shares) / len(shares) < 1, (
    f'at {sum(shares) / len(shares):.0%} of the prediction positions the '
    f'token id is that of <mask>; return the ids after masking')
### BEGIN HIDDEN TESTS
for seed in range(200, 300):
    check_mask(['<cls>', *sentences[seed], '<sep>', *sentences[2 * seed],
                '<sep>'], seed)
### END HIDDEN TESTS
print('Part C is right.')
