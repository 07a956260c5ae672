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
# # Exercise 2: A vocabulary with all words
#
# *Session 1, 7 points, about 15 minutes.*
#
# **What you learn.** The book replaces all words that occur fewer than five
# times by the token `<unk>`. You measure what this filter does: how large
# the vocabulary is without it, and how many words occur only once.

# %% given="imports"
import os
import random
from numbers import Real

from d2l_bert.core import (
    RESERVED_TOKENS, Vocab, ask, expect, load_paragraphs, tokenize)

os.environ['TQDM_DISABLE'] = '1'
tiny = load_paragraphs('tiny', rng=random.Random(0))

# %% [markdown]
# A paragraph is a list of sentences. `tokenize` splits each of them into a
# list of tokens. The four reserved tokens belong to every vocabulary:

# %%
print(tokenize(tiny[0])[0])
print(RESERVED_TOKENS)

# %% [markdown]
# ## Part A: the vocabulary (4 points)
#
# Write `vocabulary(paragraphs, min_freq)`. It returns a `Vocab` of the
# reserved tokens and of all words that occur at least `min_freq` times in
# the paragraphs. For WikiText-2 the vocabulary size is 20256 with
# `min_freq=5`. Without a filter it must be 28886.
#
# <details><summary>Hint</summary>
#
# `Vocab` takes a list of sentences, each a list of tokens, and counts the
# tokens itself. So put the sentences of all paragraphs into one list, and
# pass `min_freq` and `reserved_tokens` to `Vocab`.
#
# </details>


# %% answer="vocabulary"
def vocabulary(paragraphs, min_freq):
    """Return the Vocab of all paragraphs."""
    ### BEGIN SOLUTION
    sentences = [sentence for paragraph in paragraphs
                 for sentence in tokenize(paragraph)]
    return Vocab(sentences, min_freq, RESERVED_TOKENS)
    ### END SOLUTION


# %% check="vocabulary-check" points=4
def check_vocabulary(paragraphs, min_freq):
    vocab = expect(ask(vocabulary, paragraphs, min_freq), Vocab, 'a Vocab')
    split = [token for token in vocab if ' ' in token]
    assert not split, (
        f'{split[0]!r} is in the vocabulary, but it is not a single token: '
        f'tokenize the sentences first')
    missing = [token for token in RESERVED_TOKENS if token not in vocab]
    assert not missing, f'{missing} are missing: pass reserved_tokens'
    words = [token for paragraph in paragraphs for sentence in paragraph
             for token in sentence.split()]
    expected = {'<unk>', *RESERVED_TOKENS, *(
        word for word in set(words) if words.count(word) >= min_freq)}
    assert len(vocab) == len(expected), (
        f'with min_freq={min_freq} the vocabulary size must be '
        f'{len(expected)}, but yours is {len(vocab)}; use all paragraphs and '
        f'the given min_freq')
    assert set(vocab) == expected, (
        f'the vocabulary holds other words than those that occur at least '
        f'{min_freq} times')
    assert vocab[list(vocab)] == list(range(len(vocab))), (
        'the ids do not fit the tokens; let Vocab give the ids')


check_vocabulary([['the sea rose', 'the sea fell'], ['the moon rose']], 0)
check_vocabulary([['the sea rose', 'the sea fell'], ['the moon rose']], 2)
check_vocabulary(tiny[:20], 5)
### BEGIN HIDDEN TESTS
check_vocabulary(tiny[:30], 3)
check_vocabulary([['a b a', 'c'], ['d a']], 3)
check_vocabulary([['a <unk> a', 'c <pad>'], ['d <unk>']], 1)
check_vocabulary([['a']], 2)
wikitext = load_paragraphs('wikitext-2', rng=random.Random(0))
assert len(vocabulary(wikitext, 5)) == 20256, (
    'with min_freq=5 the vocabulary size of WikiText-2 must be 20256')
assert len(vocabulary(wikitext, 0)) == 28886, (
    'with min_freq=0 the vocabulary size of WikiText-2 must be 28886')
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# The answer to the book's second exercise, on WikiText-2:

# %%
wikitext = load_paragraphs('wikitext-2', rng=random.Random(0))
print('vocabulary size with the filter:', len(vocabulary(wikitext, 5)))
print('vocabulary size without it:', len(vocabulary(wikitext, 0)))

# %% [markdown]
# ## Part B: words that occur once (3 points)
#
# Write `share_seen_once(vocab)`. It returns the share of the different words
# that occur exactly once, a number from 0 to 1. `vocab.token_freqs` is a
# list of pairs (word, count). It holds every word of the text, also the
# words that the filter keeps out of the vocabulary.
#
# <details><summary>Hint</summary>
#
# `sum(freq == 1 for ...)` counts. Divide by the number of different words,
# which is the length of `token_freqs`. Do not divide by the number of words
# in the text.
#
# </details>


# %% answer="once"
def share_seen_once(vocab):
    """Return the share of the different words that occur exactly once."""
    ### BEGIN SOLUTION
    freqs = [freq for _, freq in vocab.token_freqs]
    return sum(freq == 1 for freq in freqs) / len(freqs)
    ### END SOLUTION


# %% check="once-check" points=3
def check_once(words, min_freq, expected):
    found = float(expect(
        ask(share_seen_once, Vocab(words, min_freq, RESERVED_TOKENS)),
        Real, 'a number from 0 to 1'))
    num_once = sum(words.count(word) == 1 for word in set(words))
    assert 0 <= found <= 1, (
        f'{found} is not a share: divide by the number of different words')
    assert (abs(found - num_once / len(words)) > 1e-9
            or abs(found - expected) < 1e-9), (
        'you divide by the number of words in the text; divide by the number '
        'of different words')
    assert abs(found - expected) < 1e-9, (
        f'{words}: expected {expected:.3f}, found {found:.3f}; count the '
        f'words in token_freqs: it holds no reserved tokens, and all words, '
        f'also those that the filter keeps out')


check_once(['the', 'sea', 'the', 'moon'], 0, 2 / 3)
check_once(['the', 'sea', 'the', 'moon', 'the', 'sun', 'sun'], 5, 2 / 4)
### BEGIN HIDDEN TESTS
check_once(['a', 'b', 'c', 'd', 'e', 'a', 'b', 'c'], 0, 2 / 5)
check_once(['a', 'a', 'b', 'b'], 2, 0)
check_once(['a', 'b'], 2, 1)
check_once(['a'] * 3 + ['b'] * 2 + ['c', 'd', 'e'], 2, 3 / 5)
### END HIDDEN TESTS
print('Part B is right.')

# %%
print(f'{share_seen_once(vocabulary(wikitext, 0)):.1%} of the different '
      f'words occur once. What can a model learn about them?')
