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
# # Exercise 6: Random words that are words
#
# *Session 1, 8 points, about 15 minutes.*
#
# **What you learn.** In a tenth of the predictions the book puts a random
# entry of the vocabulary, which may be `<pad>` or `<cls>`. You find out how
# often, and draw from the words only.

# %% given="imports"
import random

from d2l_bert.core.corpus import load_paragraphs
from d2l_bert.core.vocab import (
    RESERVED_TOKENS, SPECIAL_TOKENS, Vocab, tokenize)

# %% [markdown]
# These are the special tokens. A vocabulary need not hold all of them:

# %%
print(sorted(SPECIAL_TOKENS))
print(list(Vocab(['the', 'sea', '!', '<3'], reserved_tokens=['<pad>'])))

# %% [markdown]
# ## Part A: the words (4 points)
#
# Write `words_of(vocab)`. It returns the list of all entries of the
# vocabulary that are no special tokens, in the order of the vocabulary.
# Look at the list above: where do the special tokens stand, and what else
# starts with `<`?
#
# <details><summary>Hint</summary>
#
# A vocabulary can be looped over. `token in SPECIAL_TOKENS` says whether a
# token is special, and is safer than a guess by its first letter or its
# place.
#
# </details>


# %% answer="words"
def words_of(vocab):
    """Return the entries of a vocabulary that are no special tokens."""
    ### BEGIN SOLUTION
    return [token for token in vocab if token not in SPECIAL_TOKENS]
    ### END SOLUTION


# %% check="words-check" points=4
def check_words(words, reserved_tokens):
    vocab = Vocab(words, reserved_tokens=reserved_tokens)
    found = list(words_of(vocab))
    assert not any(isinstance(token, int) for token in found), (
        'these are numbers; return the words themselves')
    special = [token for token in found if token in SPECIAL_TOKENS]
    assert special != ['<unk>'], (
        '<unk> is left: it is special, though it is no reserved token')
    assert not special, (
        f'{special} are left: the entries are sorted, so the special tokens '
        f'do not come first')
    lost = sorted(set(words) - set(found))
    assert not lost, f'{lost} got lost: a word may start with <, too'
    assert found == sorted(set(words)), 'keep the order of the vocabulary'


check_words(['the', 'sea', 'rose'], RESERVED_TOKENS)
check_words(['the', 'sea', '!', ',', '<3', '<b>'], RESERVED_TOKENS)
### BEGIN HIDDEN TESTS
check_words(['the', '(', '<', 'a>', '"'], ['<pad>'])
check_words(['zebra', 'ant', 'mask', 'pad', '<masks>'], [])
tiny = [token for paragraph in load_paragraphs('tiny', rng=random.Random(0))
        for sentence in tokenize(paragraph) for token in sentence
        if token != '<unk>']
check_words(tiny, RESERVED_TOKENS)
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: how often (4 points)
#
# Write `expected_specials(vocab, num_predictions)`. If the random words are
# drawn from the whole vocabulary, how many of that many predictions do you
# expect to become a special token by such a draw? The masks do not count:
# they are put there on purpose.
#
# <details><summary>Hint</summary>
#
# First the number of predictions that get a random word: 10 %. Then the
# share of them that hits a special token: special entries over all entries.
# Count the special entries of this vocabulary. Another may hold fewer.
#
# </details>


# %% answer="expected"
def expected_specials(vocab, num_predictions):
    """Return how many random words are expected to be special tokens."""
    ### BEGIN SOLUTION
    num_special = len(vocab) - len(words_of(vocab))
    return 0.1 * num_predictions * num_special / len(vocab)
    ### END SOLUTION


# %% check="expected-check" points=4
def check_expected(num_words, reserved_tokens, num_predictions, expected):
    vocab = Vocab([f'word{i}' for i in range(num_words)],
                  reserved_tokens=reserved_tokens)
    found = expected_specials(vocab, num_predictions)
    assert isinstance(found, (int, float)), (
        f'return one number, not {found!r}')
    assert abs(found - 10 * expected) > 1e-9, (
        f'{found} would be right if every prediction got a random word; only '
        f'a tenth does')
    num_special = 1 + len(reserved_tokens)
    assert abs(found / expected - 1 + 1 / num_special) > 1e-9, (
        f'{found} is too few: <unk> is an entry of every vocabulary')
    assert abs(found - expected) < 1e-9, (
        f'{found} instead of {expected:.4f} for {num_predictions} '
        f'predictions and {len(vocab)} entries, {num_special} of them '
        f'special')


check_expected(95, RESERVED_TOKENS, 1000, 5.0)
### BEGIN HIDDEN TESTS
check_expected(45, RESERVED_TOKENS, 300, 3.0)
check_expected(98, ['<pad>'], 1000, 2.0)
check_expected(3, [], 20, 0.5)
### END HIDDEN TESTS
print('Part B is right.')

# %% [markdown]
# With WikiText-2's 20256 entries that is one in some 40000 predictions. It
# seldom matters there. How often is it in TinyWiki?

# %%
tiny = [sentence for paragraph in load_paragraphs('tiny', rng=random.Random(0))
        for sentence in tokenize(paragraph)]
vocab = Vocab(tiny, 5, RESERVED_TOKENS)
print(f'one in {10000 / expected_specials(vocab, 10000):.0f} predictions')
