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
# # Exercise 6: Random words without special tokens
#
# *Session 1, 8 points, about 15 minutes.*
#
# **What you learn.** In 10 % of the predictions, the book replaces the token
# by a random token of the vocabulary. It may be a special token, such as
# `<pad>` or `<cls>`. You calculate how often this happens, and find the
# words that may be drawn instead.

# %% given="imports"
import random
from numbers import Real

from d2l_bert.core import (
    RESERVED_TOKENS, SPECIAL_TOKENS, Vocab, ask, expect, load_paragraphs,
    tokenize)

# %% [markdown]
# These are the special tokens. Not every vocabulary holds all of them:

# %%
print(sorted(SPECIAL_TOKENS))
print(list(Vocab(['the', 'sea', '!', '<3'], reserved_tokens=['<pad>'])))

# %% [markdown]
# ## Part A: the words (4 points)
#
# Write `words_of(vocab)`. It returns a list of all tokens of the vocabulary
# that are not special tokens, in the order of the vocabulary. Look at the
# list above: where are the special tokens, and which other token starts
# with `<`?
#
# <details><summary>Hint</summary>
#
# You can loop over a vocabulary. `token in SPECIAL_TOKENS` tells you whether
# a token is special. Its first letter or its position in the vocabulary does
# not.
#
# </details>


# %% answer="words"
def words_of(vocab):
    """Return the tokens of a vocabulary that are not special tokens."""
    ### BEGIN SOLUTION
    return [token for token in vocab if token not in SPECIAL_TOKENS]
    ### END SOLUTION


# %% check="words-check" points=4
def check_words(vocab, expected):
    found = expect(ask(words_of, vocab), list, 'a list of tokens')
    assert all(isinstance(token, str) for token in found), (
        'these are token ids; return the words themselves')
    special = [token for token in found if token in SPECIAL_TOKENS]
    assert special != ['<unk>'], (
        '<unk> is in your list: it is a special token, although it is not a '
        'reserved token')
    assert not special, (
        f'{special} are in your list: the vocabulary is sorted, so the '
        f'special tokens are not the first ones')
    lost = [token for token in expected if token not in found]
    assert not lost, f'{lost} are missing: a word can start with <, too'
    more = [token for token in found if token not in expected]
    assert not more, f'{more} are not in the vocabulary; loop over it'
    assert found == expected, 'keep the order of the vocabulary'


def check_sorted(words, reserved_tokens):
    check_words(Vocab(words, reserved_tokens=reserved_tokens),
                sorted(set(words)))


check_sorted(['the', 'sea', 'rose'], RESERVED_TOKENS)
check_sorted(['the', 'sea', '!', ',', '<3', '<b>'], RESERVED_TOKENS)
### BEGIN HIDDEN TESTS
check_sorted(['the', '(', '<', 'a>', '"', '<pads>'], ['<pad>'])
check_sorted(['zebra', 'ant', 'mask', 'pad', '<masks>'], [])
check_sorted([], RESERVED_TOKENS)
check_words(Vocab.of_tokens(['sea', '<unk>', 'ant', '<pad>', 'the', 'bee']),
            ['sea', 'ant', 'the', 'bee'])
check_words(Vocab(['a', 'b', 'b', 'a', 'c', '<unk>', '<unk>'], 2,
                  RESERVED_TOKENS), ['a', 'b'])
tiny = [token for paragraph in load_paragraphs('tiny', rng=random.Random(0))
        for sentence in tokenize(paragraph) for token in sentence
        if token != '<unk>']
check_sorted(tiny, RESERVED_TOKENS)
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: how often (4 points)
#
# Write `expected_specials(vocab, num_predictions)`. It returns an expected
# value: of `num_predictions` predictions, how many are replaced by a random
# special token, if the random words are drawn from the whole vocabulary? Do
# not count the 80 % that are replaced by `<mask>` on purpose.
#
# <details><summary>Hint</summary>
#
# 10 % of the predictions get a random word. The probability that it is a
# special token is the number of special tokens in the vocabulary, divided by
# the vocabulary size. Count the special tokens of the given vocabulary:
# another one may hold fewer.
#
# </details>


# %% answer="expected"
def expected_specials(vocab, num_predictions):
    """Return the expected number of random special tokens."""
    ### BEGIN SOLUTION
    num_special = len(vocab) - len(words_of(vocab))
    return 0.1 * num_predictions * num_special / len(vocab)
    ### END SOLUTION


# %% check="expected-check" points=4
def check_expected(vocab, num_predictions, expected):
    found = float(expect(ask(expected_specials, vocab, num_predictions),
                         Real, 'one number'))
    num_special = sum(token in SPECIAL_TOKENS for token in vocab)
    for wrong, why in (
            (10 * expected, 'every prediction got a random word, but only '
             '10 % do'),
            (round(expected), 'the result were rounded, but an expected '
             'value need not be a whole number'),
            (expected * (1 - 1 / num_special), 'there were no <unk>, but it '
             'is in every vocabulary')):
        assert abs(found - wrong) > 1e-9 or abs(wrong - expected) < 1e-9, (
            f'{found:g} instead of {expected:g} would be right if {why}')
    assert abs(found - expected) < 1e-9, (
        f'{found:g} instead of {expected:g} for {num_predictions} '
        f'predictions and {len(vocab)} tokens, {num_special} of them special')


def vocab_of(num_words, reserved_tokens):
    return Vocab([f'word{i}' for i in range(num_words)],
                 reserved_tokens=reserved_tokens)


check_expected(vocab_of(95, RESERVED_TOKENS), 1000, 5.0)
### BEGIN HIDDEN TESTS
check_expected(vocab_of(45, RESERVED_TOKENS), 300, 3.0)
check_expected(vocab_of(98, ['<pad>']), 1000, 2.0)
check_expected(vocab_of(3, []), 20, 0.5)
for num_predictions in (0, 1, 7, 13, 95):
    check_expected(vocab_of(15, RESERVED_TOKENS), num_predictions,
                   num_predictions / 40)
check_expected(Vocab(['<3', '<b>', 'sea', 'sea'], 1, ['<pad>']), 10, 0.4)
check_expected(Vocab(['a', 'a', 'b', 'c', '<unk>'], 2, ['<pad>']), 30, 2)
### END HIDDEN TESTS
print('Part B is right.')

# %% [markdown]
# WikiText-2 has a vocabulary of 20256 tokens, so this happens in one of
# about 40000 predictions. There it hardly matters. How often does it happen
# in TinyWiki?

# %%
tiny = [sentence for paragraph in load_paragraphs('tiny', rng=random.Random(0))
        for sentence in tokenize(paragraph)]
vocab = Vocab(tiny, 5, RESERVED_TOKENS)
print(f'one in {10000 / expected_specials(vocab, 10000):.0f} predictions')
