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
# **What you learn.** Today's models split rare words into pieces, called
# subwords. If only one piece of a word is masked, the other pieces make it
# too easy: after `light` and `##hou`, a model can predict `##se` without
# understanding the sentence. In whole-word masking, all pieces of a word are
# masked, or none. You choose them.

# %% given="imports"
import random
from collections import Counter
from itertools import permutations

from d2l_bert.core import ask, expect, load_paragraphs, plausible, tokenize

SENTENCES = [sentence for paragraph in load_paragraphs(
    'tiny', rng=random.Random(0)) for sentence in tokenize(paragraph)]


def to_pieces(words, length=5):
    """Split words into pieces; all but the first start with ##."""
    return [('##' if start else '') + word[start:start + length]
            for word in words for start in range(0, len(word), length)]


def joined(a, b):
    """Return the pieces of two sentences, with the special tokens."""
    return ['<cls>', *to_pieces(a), '<sep>', *to_pieces(b), '<sep>']


# %% [markdown]
# Real models learn the pieces from a text, with WordPiece for example. Here
# we simply split a word after every five letters:

# %%
print(joined(['the', 'lighthouse', 'flashes'], ['ships', 'see', 'it']))

# %% [markdown]
# ## Part A: the words (4 points)
#
# Write `word_positions(tokens)`. It returns a list with one element for each
# word: the list of the positions of its pieces. A token that starts with
# `##` belongs to the same word as the token before it. `<cls>` and `<sep>`
# are not words.
#
# <details><summary>Hint</summary>
#
# Loop over the tokens with `enumerate`. There are three cases: a token starts
# a new list, or its position is added to the last list, `words[-1]`, or the
# token is left out.
#
# </details>


# %% answer="words"
def word_positions(tokens):
    """Return the positions of the pieces of each word."""
    ### BEGIN SOLUTION
    words = []
    for position, token in enumerate(tokens):
        if token.startswith('##'):
            words[-1].append(position)
        elif token not in ('<cls>', '<sep>'):
            words.append([position])
    return words
    ### END SOLUTION


# %% given="pieces"
def pieces_of(a, b):
    """Return the positions of the pieces of each word, from the words."""
    position, words = 0, []
    for word in ['<cls>', *a, '<sep>', *b]:
        length = 1 if word in ('<cls>', '<sep>') else len(to_pieces([word]))
        words.append(list(range(position, position + length)))
        position += length
    return [word for number, word in enumerate(words)
            if number not in (0, len(a) + 1)]


# %% check="words-check" points=4
def check_words(a, b):
    tokens = joined(a, b)
    found = expect(ask(word_positions, tokens), list, 'a list of words')
    for word in found:
        expect(word, list, 'a list of positions for each word, also for a '
                           'word of one piece')
    special = [tokens[position] for word in found for position in word
               if tokens[position] in ('<cls>', '<sep>')]
    assert not special, f'{special[0]} is not a word and not part of one'
    positions = [position for word in found for position in word]
    missing = [token for position, token in enumerate(tokens)
               if token not in ('<cls>', '<sep>')
               and position not in positions]
    assert not missing, (
        f'{missing} are missing: keep all pieces of a word, not only the '
        f'first')
    assert len(found) == len(a) + len(b), (
        f'{len(found)} instead of {len(a) + len(b)} words in {tokens}; a '
        f'piece with ## belongs to the word before it')
    expected = pieces_of(a, b)
    assert found == expected, (
        f'{found} instead of {expected} for {tokens}: each word needs all '
        f'positions of its pieces, in their order')


check_words(['the', 'lighthouse', 'flashes'], ['ships', 'see', 'it'])
### BEGIN HIDDEN TESTS
check_words(['lighthouse'], ['incomprehensibilities'])
check_words(['a'], ['b', 'c'])
check_words(['the', 'lighthouse', 'the', 'lighthouse'], ['the', 'the'])
check_words(['#1', '<unk>', 'a##b', 'c##'], ['<mask>', '#', '<3'])
for a, b in zip(SENTENCES[:40], SENTENCES[40:]):
    check_words(a, b)
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: choose words (5 points)
#
# Write `choose_words(tokens, rng)`. It returns the prediction positions, in
# ascending order.
#
# - At most `max(1, round(0.15 * len(tokens)))` positions are chosen.
# - Loop over the words in random order: `rng.sample(words, len(words))`.
#   Choose a word if all its pieces still fit. If they do not fit, skip the
#   word and try the next one: a shorter word may fit.
#
# So sometimes fewer positions are chosen, but never a part of a word.
#
# <details><summary>Hint</summary>
#
# Keep a list `taken` of the positions chosen so far. A word fits if
# `len(taken) + len(word)` is not greater than the limit. Skip a word that
# does not fit with `if` or `continue`, not with `break`.
#
# </details>


# %% answer="choose"
def choose_words(tokens, rng):
    """Return the prediction positions, whole words only."""
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
def check_choice(a, b, rng, num_draws):
    tokens, words, drawn = joined(a, b), pieces_of(a, b), Counter()
    limit = max(1, round(0.15 * len(tokens)))
    for _ in range(num_draws):
        found = expect(ask(choose_words, tokens, rng), list,
                       'a list of positions')
        assert all(not isinstance(position, list) for position in found), (
            f'return the positions in one list, not {found}')
        drawn[tuple(found)] += 1
        assert found == sorted(set(found)), (
            f'{found} is not in ascending order, or has a position twice')
        left = []
        for word in words:
            inside = set(found) & set(word)
            assert not inside or inside == set(word), (
                f'only {len(inside)} of the {len(word)} pieces of '
                f'{[tokens[i] for i in word]} are chosen: choose all pieces '
                f'of a word, or none')
            left += [] if inside else [word]
        assert set(found) <= {i for word in words for i in word}, (
            f'{found} has a position that is in no word')
        assert len(found) <= limit, (
            f'{len(found)} positions are chosen, but at most {limit} are '
            f'allowed: before you choose a word, check that all its pieces '
            f'fit')
        missed = [word for word in left if len(found) + len(word) <= limit]
        assert not missed, (
            f'{len(found)} of at most {limit} positions are chosen, and '
            f'{[tokens[i] for i in missed[0]]} would still fit: skip a word '
            f'that is too long, and try the next one')
    return drawn


def check_law(a, b):
    """All orders of the words have the same probability."""
    words, num_draws = pieces_of(a, b), 6000
    limit = max(1, round(0.15 * len(joined(a, b))))
    expected = Counter()
    for order in permutations(words):
        taken = []
        for word in order:
            taken += word if len(taken) + len(word) <= limit else []
        expected[tuple(sorted(taken))] += 1
    drawn = check_choice(a, b, random.Random(0), num_draws)
    assert len(drawn) > 1, (
        'the same words are always chosen: loop over them in random order')
    # The rarest: 120 ± 5 * sqrt(6000 * 0.02 * 0.98), which is ± 54
    for choice, orders in expected.items():
        probability = orders / expected.total()
        assert plausible(drawn[choice], num_draws, probability), (
            f'{list(choice)} was chosen {drawn[choice]} times in '
            f'{num_draws}, but {probability:.1%} of the orders give it: all '
            f'orders of the words must have the same probability')


A = ['the', 'lighthouse', 'flashes', 'unmistakably', 'at', 'sea']
B = ['ships', 'see', 'it', 'from', 'everywhere']
check_choice(A, B, random.Random(0), 200)
check_law(['the', 'lighthouse'], ['unmistakably', 'everywhere', 'at',
                                  'incomprehensibilities'])
### BEGIN HIDDEN TESTS
assert ask(choose_words, ['<cls>', 'light', '##house', '<sep>', 'flash',
                          '##es', '<sep>'], random.Random(0)) == [], (
    'only one position is allowed and each word has two pieces, so no word '
    'fits: return an empty list')
rng = random.Random(1)
for a, b in zip(SENTENCES[:60], SENTENCES[60:]):
    check_choice(a, b, rng, 5)
check_law(['a', 'b'], ['lighthouse', 'c', 'a'])
check_law(['lighthouse', 'lighthouse'], ['flashes', 'sea', 'everywhere',
                                         'unmistakably', 'unmistakably'])
### END HIDDEN TESTS
print('Part B is right.')

# %%
tokens = joined(A, B)
masked = choose_words(tokens, random.Random(1))
print(' '.join('<mask>' if i in masked else token
               for i, token in enumerate(tokens)))
