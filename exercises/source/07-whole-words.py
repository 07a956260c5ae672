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
# # Exercise 7: Whole-word masking
#
# *Session 2, 9 points, about 30 minutes.*
#
# **What you learn.** Today's models cut rare words into pieces. If only one
# piece is hidden, the others give it away: after `light` and `##hou` the
# model need not understand a thing to find `##se`. So all pieces of a word
# are hidden, or none. You choose them.

# %% given="imports"
import random

from d2l_bert.core.corpus import load_paragraphs
from d2l_bert.core.vocab import tokenize

SENTENCES = [sentence for paragraph in load_paragraphs(
    'tiny', rng=random.Random(0)) for sentence in tokenize(paragraph)]


def to_pieces(words, length=5):
    """Cut words into pieces; those after the first start with ##."""
    return [('##' if start else '') + word[start:start + length]
            for word in words for start in range(0, len(word), length)]


def joined(a, b):
    """The pieces of two sentences, with the special tokens."""
    return ['<cls>', *to_pieces(a), '<sep>', *to_pieces(b), '<sep>']


# %% [markdown]
# Real models learn their pieces from the text. Ours are cut after every
# fifth letter, which will do here:

# %%
print(joined(['the', 'lighthouse', 'flashes'], ['ships', 'see', 'it']))

# %% [markdown]
# ## Part A: the words (4 points)
#
# Write `word_positions(tokens)`, which returns a list with one entry for
# each word: the list of the positions of its pieces. A token that starts
# with `##` belongs to the word before it. `<cls>` and `<sep>` are no words.
#
# <details><summary>Hint</summary>
#
# Go through the tokens with `enumerate`. Either a token starts a new list,
# or it goes to the last list, `words[-1]`, or it is left out.
#
# </details>


# %% answer="words"
def word_positions(tokens):
    """Return the positions of each word's pieces."""
    ### BEGIN SOLUTION
    words = []
    for position, token in enumerate(tokens):
        if token.startswith('##'):
            words[-1].append(position)
        elif token not in ('<cls>', '<sep>'):
            words.append([position])
    return words
    ### END SOLUTION


# %% check="words-check" points=4
def check_words(a, b):
    tokens = joined(a, b)
    found = word_positions(tokens)
    assert all(isinstance(word, list) for word in found), (
        f'each word is a list of positions, also if it has one piece: '
        f'{found}')
    special = [tokens[position] for word in found for position in word
               if tokens[position] in ('<cls>', '<sep>')]
    assert not special, f'{special[0]} is no word and no part of one'
    positions = [position for word in found for position in word]
    missing = [token for position, token in enumerate(tokens)
               if token not in ('<cls>', '<sep>')
               and position not in positions]
    assert not missing, (
        f'{missing} belong to no word: keep all pieces, and not only the '
        f'first of a word')
    assert len(found) == len(a) + len(b), (
        f'{len(found)} instead of {len(a) + len(b)} words in {tokens}; a '
        f'piece with ## goes to the word before it')
    words = [''.join(tokens[position].removeprefix('##')
                     for position in word) for word in found]
    assert words == [*a, *b], f'these are not the words: {words}'


check_words(['the', 'lighthouse', 'flashes'], ['ships', 'see', 'it'])
### BEGIN HIDDEN TESTS
check_words(['lighthouse'], ['incomprehensibilities'])
check_words(['a'], ['b', 'c'])
for a, b in zip(SENTENCES[:40], SENTENCES[40:]):
    check_words(a, b)
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: choose (5 points)
#
# Write `choose_words(tokens, rng)`. It returns the positions to predict, in
# rising order.
#
# - At most `max(1, round(0.15 * len(tokens)))` positions are chosen.
# - Go through the words in random order, which is what `rng.sample(words,
#   len(words))` gives. Take a word if all its pieces still fit. If they do
#   not, pass it over and look at the next: a shorter one may fit.
#
# So it may happen that a few fewer are chosen, and never that a word is
# broken.
#
# <details><summary>Hint</summary>
#
# Keep a list of the positions taken so far. A word fits if
# `len(taken) + len(word)` is not above the limit. Use `continue` or an `if`
# for words that do not fit, not `break`.
#
# </details>


# %% answer="choose"
def choose_words(tokens, rng):
    """Return the positions to predict, whole words only."""
    ### BEGIN SOLUTION
    limit = max(1, round(0.15 * len(tokens)))
    words = word_positions(tokens)
    taken = []
    for word in rng.sample(words, len(words)):
        if len(taken) + len(word) <= limit:
            taken += word
    return sorted(taken)
    ### END SOLUTION


# %% check="choose-check" points=5
def pieces_of(a, b):
    """The positions of each word's pieces, from the words themselves."""
    position, words = 0, []
    for word in ['<cls>', *a, '<sep>', *b]:
        length = 1 if word in ('<cls>', '<sep>') else len(to_pieces([word]))
        words.append(list(range(position, position + length)))
        position += length
    return [word for number, word in enumerate(words)
            if number not in (0, len(a) + 1)]


def check_choice(a, b, seeds):
    tokens, words, seen = joined(a, b), pieces_of(a, b), set()
    limit = max(1, round(0.15 * len(tokens)))
    for seed in seeds:
        found = choose_words(tokens, random.Random(seed))
        seen.add(tuple(found))
        assert list(found) == sorted(set(found)), (
            f'{found} is not rising, or holds a position twice')
        for word in words:
            inside = set(found) & set(word)
            assert not inside or inside == set(word), (
                f'only {len(inside)} of the {len(word)} pieces of '
                f'{[tokens[i] for i in word]} are chosen: all or none')
        assert len(found) <= limit, (
            f'{len(found)} positions are chosen, but at most {limit} may be: '
            f'look before you take a word whether all its pieces fit')
        left = [word for word in words if not set(word) & set(found)]
        missed = [word for word in left if len(found) + len(word) <= limit]
        assert not missed, (
            f'{len(found)} of at most {limit} positions are chosen, and '
            f'{[tokens[i] for i in missed[0]]} would still fit: a word that '
            f'is too long is passed over, and the next one looked at')
    again = [tuple(choose_words(tokens, random.Random(seed)))
             for seed in seeds]
    assert seen == set(again), 'take all randomness from rng'
    return seen


A = ['the', 'lighthouse', 'flashes', 'unmistakably', 'at', 'sea']
B = ['ships', 'see', 'it', 'from', 'everywhere']
assert len(check_choice(A, B, range(200))) > 10, (
    'the same words are chosen again and again: their order must be random')
### BEGIN HIDDEN TESTS
assert choose_words(['<cls>', 'light', '##house', '<sep>', 'flash', '##es',
                     '<sep>'], random.Random(0)) == [], (
    'no word of one piece is there, and only one position may be chosen')
for number, (a, b) in enumerate(zip(SENTENCES[:60], SENTENCES[60:])):
    check_choice(a, b, range(number, number + 5))
everywhere = {position for choice in check_choice(A, B, range(3000))
              for position in choice}
assert everywhere == {position for word in pieces_of(A, B)
                      for position in word}, 'some words are never chosen'
### END HIDDEN TESTS
print('Part B is right.')

# %%
tokens = joined(A, B)
hidden = choose_words(tokens, random.Random(1))
print(' '.join('<mask>' if i in hidden else token
               for i, token in enumerate(tokens)))
