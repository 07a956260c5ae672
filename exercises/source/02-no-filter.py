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
# # Exercise 2: No word is too rare
#
# *Session 1, 7 points, about 15 minutes.*
#
# **What you learn.** Words seen fewer than five times share one number with
# `<unk>`. You count what that filter hides: how large the vocabulary
# becomes without it, and how many words a model would see only once.

# %% given="imports"
import os
import random

from d2l_bert.core.corpus import load_paragraphs
from d2l_bert.core.vocab import RESERVED_TOKENS, Vocab, tokenize

os.environ['TQDM_DISABLE'] = '1'
tiny = load_paragraphs('tiny', rng=random.Random(0))

# %% [markdown]
# A paragraph is a list of sentences, and `tokenize` makes a list of tokens
# of each. The four reserved tokens have their place in every vocabulary:

# %%
print(tokenize(tiny[0])[0])
print(RESERVED_TOKENS)

# %% [markdown]
# ## Part A: the vocabulary (4 points)
#
# Write `vocabulary(paragraphs, min_freq)`. It returns a `Vocab` of all words
# of the paragraphs that occur at least `min_freq` times, and the reserved
# tokens. With `min_freq=5` WikiText-2 gives 20256 entries. Without a filter
# it should be 28886.
#
# <details><summary>Hint</summary>
#
# `Vocab` takes a list of sentences, each a list of tokens, and it does the
# counting. So put the sentences of all paragraphs into one list, and pass on
# `min_freq` and `reserved_tokens`.
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
    vocab = vocabulary(paragraphs, min_freq)
    assert isinstance(vocab, Vocab), (
        f'return a Vocab, not a {type(vocab).__name__}')
    split = [token for token in vocab if ' ' in token]
    assert not split, (
        f'{split[0]!r} is an entry: the sentences are not yet tokenized')
    missing = [token for token in RESERVED_TOKENS if token not in vocab]
    assert not missing, f'{missing} are missing: pass on reserved_tokens'
    words = [token for paragraph in paragraphs for sentence in paragraph
             for token in sentence.split()]
    expected = {'<unk>', *RESERVED_TOKENS, *(
        word for word in set(words) if words.count(word) >= min_freq)}
    assert len(vocab) == len(expected), (
        f'with min_freq={min_freq} there are {len(expected)} entries, and '
        f'yours has {len(vocab)}; does it use all paragraphs and the '
        f'min_freq that is given?')
    assert set(vocab) == expected, 'the entries are not the words that count'


check_vocabulary([['the sea rose', 'the sea fell'], ['the moon rose']], 0)
check_vocabulary([['the sea rose', 'the sea fell'], ['the moon rose']], 2)
check_vocabulary(tiny[:20], 5)
### BEGIN HIDDEN TESTS
check_vocabulary(tiny[:30], 3)
check_vocabulary([['a b a', 'c'], ['d a']], 3)
wikitext = load_paragraphs('wikitext-2', rng=random.Random(0))
assert len(vocabulary(wikitext, 5)) == 20256, (
    'with min_freq=5 WikiText-2 must give 20256 entries')
assert len(vocabulary(wikitext, 0)) == 28886, (
    'with min_freq=0 WikiText-2 must give 28886 entries')
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# The figure of the book's second exercise, on WikiText-2:

# %%
wikitext = load_paragraphs('wikitext-2', rng=random.Random(0))
print(len(vocabulary(wikitext, 5)), 'entries with the filter')
print(len(vocabulary(wikitext, 0)), 'entries without')

# %% [markdown]
# ## Part B: seen once (3 points)
#
# Write `share_seen_once(vocab)`: of all different words that were counted,
# the share that occurs exactly once, from 0 to 1. `vocab.token_freqs` is a
# list of (word, count). It holds every word that was counted, also those
# which the filter keeps out of the vocabulary.
#
# <details><summary>Hint</summary>
#
# `sum(freq == 1 for ...)` counts. Divide by the number of different words,
# which is the length of `token_freqs`, and not by the number of words in the
# text.
#
# </details>


# %% answer="once"
def share_seen_once(vocab):
    """Return the share of the different words that occur just once."""
    ### BEGIN SOLUTION
    freqs = [freq for _, freq in vocab.token_freqs]
    return sum(freq == 1 for freq in freqs) / len(freqs)
    ### END SOLUTION


# %% check="once-check" points=3
def check_once(words, min_freq, expected):
    found = share_seen_once(Vocab(words, min_freq, RESERVED_TOKENS))
    num_once = sum(words.count(word) == 1 for word in set(words))
    assert 0 <= found <= 1, (
        f'{found} is no share: divide by the number of different words')
    assert found != num_once / len(words) or found == expected, (
        'you divide by all words of the text; each different word counts '
        'once')
    assert abs(found - expected) < 1e-9, (
        f'{words}: expected {expected:.3f}, found {found:.3f}; count in '
        f'token_freqs, which holds no reserved token and every word, also '
        f'those that the filter keeps out')


check_once(['the', 'sea', 'the', 'moon'], 0, 2 / 3)
check_once(['the', 'sea', 'the', 'moon', 'the', 'sun', 'sun'], 5, 2 / 4)
### BEGIN HIDDEN TESTS
check_once(['a', 'b', 'c', 'd', 'e', 'a', 'b', 'c'], 0, 2 / 5)
check_once(['a', 'a', 'b', 'b'], 2, 0)
check_once(['a', 'b'], 2, 1)
### END HIDDEN TESTS
print('Part B is right.')

# %%
print(f'{share_seen_once(vocabulary(wikitext, 0)):.1%} of the different '
      f'words occur once. What could a model learn about them?')
