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
# **What you learn.** BERT's second task hides some tokens and asks for them.
# You choose the tokens, replace them, and write down what is to be found.

# %% given="imports"
import random

from d2l_bert.core.corpus import load_paragraphs
from d2l_bert.core.vocab import RESERVED_TOKENS, Vocab, tokenize

sentences = [sentence for paragraph in load_paragraphs(
    'tiny', rng=random.Random(0)) for sentence in tokenize(paragraph)]
vocab = Vocab(sentences, 5, RESERVED_TOKENS)

# %% [markdown]
# ## Part A: choose (3 points)
#
# Write `choose(tokens, rng)`, which returns the positions to predict in
# rising order:
#
# - 15 % of all tokens, rounded with `round`, and at least one. The special
#   tokens count in that number.
# - `<cls>` and `<sep>` are never chosen. All others have the same chance.
#
# <details><summary>Hint</summary>
#
# Collect the positions that may be chosen. `rng.sample(positions, k)` draws
# k different ones, and `sorted` puts them in order. `max(1, ...)` sees to it
# that there is at least one.
#
# </details>


# %% answer="choose"
def choose(tokens, rng):
    """Return the positions to predict, in rising order."""
    ### BEGIN SOLUTION
    candidates = [position for position, token in enumerate(tokens)
                  if token not in ('<cls>', '<sep>')]
    return sorted(rng.sample(candidates, max(1, round(0.15 * len(tokens)))))
    ### END SOLUTION


# %% check="choose-check" points=3
def pair(length):
    """Two sentences with this many tokens, the special ones included."""
    words = [f'word{i}' for i in range(length - 3)]
    middle = len(words) // 2
    return ['<cls>', *words[:middle], '<sep>', *words[middle:], '<sep>']


def check_choose(length, expected, why):
    tokens, rng, seen = pair(length), random.Random(0), set()
    for _ in range(200):
        found = choose(tokens, rng)
        seen.update(found)
        special = [tokens[i] for i in found if tokens[i] in (
            '<cls>', '<sep>')]
        assert not special, f'{special[0]} was chosen; it never may be'
        assert len(found) == expected, (
            f'{len(found)} instead of {expected} positions for {length} '
            f'tokens: {why}')
        assert len(set(found)) == len(found), f'{found} has a position twice'
        assert list(found) == sorted(found), f'{found} is not rising'
    assert len(seen) == length - 3, (
        'some tokens are never chosen; all words have the same chance')


check_choose(5, 1, 'it is at least one')
check_choose(13, 2, '0.15 * 13 is 1.95, and round gives 2')
check_choose(17, 3, 'all 17 tokens count, not only the 14 words')
### BEGIN HIDDEN TESTS
check_choose(4, 1, 'it is at least one')
check_choose(64, 10, '0.15 * 64 is 9.6, and round gives 10')
check_choose(30, 4, 'round(4.5) is 4 in Python')
assert choose(pair(40), random.Random(3)) == choose(
    pair(40), random.Random(3)), 'take all randomness from rng'
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: replace (4 points)
#
# Write `replace(tokens, positions, words, rng)`, which returns
# `(new_tokens, labels)`. At each position the token becomes
#
# - `<mask>` in 80 % of the cases,
# - a random one of `words` in 10 %,
# - or stays as it is, in the remaining 10 %.
#
# The labels are the tokens that stood there, one for each position. The
# list that is given does not change.
#
# <details><summary>Hint</summary>
#
# Draw one number for each position and compare it with 0.8 and with 0.9. If
# you draw twice, ask what the second draw has to decide: of the 20 % that
# are left, half become a random word.
#
# </details>


# %% answer="replace"
def replace(tokens, positions, words, rng):
    """Return the tokens after masking, and what stood at the positions."""
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
            'replace has changed the tokens that it was given; work on a '
            'copy, list(tokens)')
        expected = [tokens[position] for position in positions]
        assert labels == expected, (
            f'the labels must be the tokens before masking, {expected}, not '
            f'{labels}')
        assert len(new_tokens) == len(tokens), 'some tokens got lost'
        for position, (old, new) in enumerate(zip(tokens, new_tokens)):
            if position in positions:
                kinds.append('mask' if new == '<mask>' else
                             'same' if new == old else
                             'random' if new in words else new)
            else:
                assert new == old, (
                    f'position {position} was not chosen but has changed')
    shares = {kind: kinds.count(kind) / len(kinds)
              for kind in ('mask', 'random', 'same')}
    assert abs(sum(shares.values()) - 1) < 1e-9, (
        'what is neither <mask> nor the token itself must come from words')
    rounded = {kind: round(share, 3) for kind, share in shares.items()}
    assert abs(shares['mask'] - 0.8) < 0.02, (
        f'80 % should become <mask>, but the shares are {rounded}')
    assert abs(shares['random'] - 0.1) < 0.015, (
        f'10 % should become a random word, but the shares are {rounded}; '
        f'of the 20 % that are left, half are')
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
# ## Part C: numbers (3 points)
#
# Write `mask(tokens, vocab, rng)` with the help of both. The random words
# come from the whole vocabulary, `vocab.idx_to_token`, as in the book. It
# returns `(token_ids, positions, label_ids)`, three lists of numbers.
# `vocab[...]` turns a list of tokens into a list of numbers.
#
# <details><summary>Hint</summary>
#
# There are two lists of tokens at the end, those after masking and the
# labels. Each goes through `vocab[...]` once.
#
# </details>


# %% answer="mask"
def mask(tokens, vocab, rng):
    """Return (ids after masking, positions, ids of the hidden tokens)."""
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
        f'the token ids must be numbers, not {token_ids[:3]}')
    assert len(token_ids) == len(tokens), (
        f'{len(token_ids)} ids for {len(tokens)} tokens')
    assert len(label_ids) == len(positions), (
        'there is one label for each position')
    before = vocab[[tokens[position] for position in positions]]
    after = [token_ids[position] for position in positions]
    assert label_ids == before or label_ids != after, (
        f'your labels {label_ids} are the ids after masking; they must be '
        f'the ids before, {before}')
    assert label_ids == before, (
        f'the labels must be the ids of what stood at {positions}, which is '
        f'{before}, not {label_ids}')
    kept = [i for i in range(len(tokens)) if i not in positions]
    assert [token_ids[i] for i in kept] == vocab[[tokens[i] for i in kept]], (
        'an id has changed where nothing is predicted')
    return after.count(vocab['<mask>']) / len(after)


shares = [check_mask(['<cls>', *a, '<sep>', *b, '<sep>'], seed) for seed, (
    a, b) in enumerate(zip(sentences[:100], sentences[1:101]))]
assert 0.6 < sum(shares) / len(shares) < 1, (
    f'{sum(shares) / len(shares):.0%} of the ids to predict are those of '
    f'<mask>; return the ids after masking')
### BEGIN HIDDEN TESTS
for seed in range(200, 300):
    check_mask(['<cls>', *sentences[seed], '<sep>', *sentences[2 * seed],
                '<sep>'], seed)
### END HIDDEN TESTS
print('Part C is right.')
