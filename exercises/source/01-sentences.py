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
# # Exercise 1: A better sentence splitter
#
# *Session 1, 8 points, about 25 minutes. Run the cells from top to bottom,
# with Shift+Enter.*
#
# **What you learn.** The book splits a paragraph into sentences at each
# ` . ` and nowhere else. You write a better sentence splitter, use it in the
# package, and measure what it changes.

# %% given="imports"
import os
import random
from collections import Counter
from numbers import Integral

from d2l_bert.core import (
    ask, expect, expect_values, load_paragraphs, make_examples, period)

os.environ['TQDM_DISABLE'] = '1'
ABBREVIATIONS = {'Dr', 'Mr', 'Mrs', 'Prof', 'St'}

# %% [markdown]
# The book's splitter, `period`, splits a paragraph like this:

# %%
period('What a tide ! Did you see it ? Dr . Reef did . He ran .')

# %% [markdown]
# ## Part A: split (4 points)
#
# Write `split_sentences(text)`, which returns a list of sentences.
#
# - A sentence ends with a token `.`, `!` or `?`. Tokens are separated by
#   spaces, so the full stop in `St.` or `3.5` is not a token.
# - A `.` after one of the `ABBREVIATIONS` does not end a sentence.
# - A sentence keeps its last token `.`, `!` or `?`, and no token is lost.
#   Text after the last of these tokens is a sentence, too. An empty text has
#   no sentences.
#
# <details><summary>Hint</summary>
#
# Loop over `text.split()` and collect tokens in a list. When a token ends
# the sentence, join the collected tokens with spaces, add them to the
# result, and start a new list. After the loop, check whether tokens are
# left. For abbreviations such as `Dr`, look at the previous token.
#
# </details>


# %% answer="split"
def split_sentences(text):
    """Return the sentences of a text, in order, as a list of strings."""
    ### BEGIN SOLUTION
    sentences, current = [], []
    for token in text.split():
        abbreviated = bool(current) and current[-1] in ABBREVIATIONS
        current.append(token)
        if token in ('!', '?') or (token == '.' and not abbreviated):
            sentences.append(' '.join(current))
            current = []
    return sentences + [' '.join(current)] if current else sentences
    ### END SOLUTION


# %% check="split-check" points=4
def check_split(text, expected):
    found = ask(split_sentences, text)
    expect(found, list, 'a list of sentences')
    for sentence in found:
        expect(sentence, str, 'sentences, each of them a str')
    assert all(sentence.strip() for sentence in found), (
        f'there is an empty sentence in {found}; keep only sentences with '
        f'at least one token')
    lost = Counter(text.split()) - Counter(' '.join(found).split())
    assert not lost, (
        f'these tokens are missing: {list(lost)}; a sentence keeps its . ! '
        f'or ?, and text after the last of them is a sentence, too')
    assert len(found) >= len(expected), (
        f'{len(found)} instead of {len(expected)} sentences in {text!r}; '
        f'split after each of . ! and ?')
    assert len(found) <= len(expected), (
        f'{len(found)} instead of {len(expected)} sentences in {text!r}; '
        f'only a token that is just . ! or ? ends a sentence, and a . after '
        f'an abbreviation does not')
    assert found == expected, f'expected {expected}, found {found}'


check_split('The sea rose . It fell .', ['The sea rose .', 'It fell .'])
check_split('What a tide ! Did you see it ? It fell .',
            ['What a tide !', 'Did you see it ?', 'It fell .'])
check_split('At St. Ives it rose 3.5 metres . And then',
            ['At St. Ives it rose 3.5 metres .', 'And then'])
check_split('Dr . Reef ran .', ['Dr . Reef ran .'])
### BEGIN HIDDEN TESTS
check_split('', [])
check_split('Who ?', ['Who ?'])
check_split('Ask Mrs . Reef or Prof . Tide ! They know . Do they',
            ['Ask Mrs . Reef or Prof . Tide !', 'They know .', 'Do they'])
check_split('It rose at 4 a.m. in St . Ives . No ! Yes ! Why ?',
            ['It rose at 4 a.m. in St . Ives .', 'No !', 'Yes !', 'Why ?'])
check_split('He is a Dr ! Or a St ? Yes . Ask Dr .',
            ['He is a Dr !', 'Or a St ?', 'Yes .', 'Ask Dr .'])
check_split('What !? No ... he is . It is so',
            ['What !? No ... he is .', 'It is so'])
check_split('Mr . St . Prof . Mrs . Dr . It is st . No',
            ['Mr . St . Prof . Mrs . Dr . It is st .', 'No'])
check_split('It fell . It fell . It fell', ['It fell .'] * 2 + ['It fell'])
for paragraph in load_paragraphs('tiny', rng=random.Random(0))[:50]:
    whole = [f'{sentence} !' for sentence in paragraph]
    check_split(' '.join(whole).replace(' . !', ' .'),
                [sentence.replace(' . !', ' .') for sentence in whole])
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: measure (4 points)
#
# Write `figures(corpus, splitter)`. It reads the corpus with that splitter,
# makes examples of at most 32 tokens, and returns two numbers: the number of
# sentence pairs, and the vocabulary size.
#
# `load_paragraphs` has an argument `sentence_splitter=`, and `make_examples`
# returns an object with the attributes `num_pairs` and `vocab`. Both have an
# argument `rng=`.
#
# <details><summary>Hint</summary>
#
# Two calls are enough: `load_paragraphs(corpus, sentence_splitter=...)` and
# `make_examples(paragraphs, 32)`. `num_pairs` is the number of all pairs.
# `len(examples)` is smaller: pairs that are too long are dropped.
#
# </details>


# %% answer="figures"
def figures(corpus, splitter):
    """Return (number of sentence pairs, vocabulary size)."""
    ### BEGIN SOLUTION
    rng = random.Random(0)
    paragraphs = load_paragraphs(corpus, rng=rng, sentence_splitter=splitter)
    examples = make_examples(paragraphs, 32, rng=rng)
    return examples.num_pairs, len(examples.vocab)
    ### END SOLUTION


# %% check="figures-check" points=4
def check_figures(corpus, splitter):
    paragraphs = load_paragraphs(corpus, rng=random.Random(0),
                                 sentence_splitter=splitter)
    examples = make_examples(paragraphs, 32, rng=random.Random(0))
    expected = examples.num_pairs, len(examples.vocab)
    found = expect_values(ask(figures, corpus, splitter),
                          'number of pairs', 'vocabulary size')
    for number in found:
        expect(number, Integral, 'two whole numbers')
    num_pairs, vocab_size = found
    for wrong, why in (
            (pairs_in(corpus, period), 'they come from the default splitter, '
             'not from the given one; pass it as sentence_splitter'),
            (pairs_in('tiny', splitter), 'they come from TinyWiki; read the '
             'given corpus'),
            (sum(map(len, paragraphs)), 'count pairs, not sentences; n '
             'sentences are n - 1 pairs')):
        assert num_pairs == expected[0] or num_pairs != wrong, (
            f'{num_pairs} pairs instead of {expected[0]}: {why}')
    assert num_pairs == expected[0], (
        f'{num_pairs} pairs instead of {expected[0]}: count all pairs, '
        f'before the long ones are dropped')
    assert vocab_size == expected[1], (
        f'the vocabulary size is {vocab_size} instead of {expected[1]}: take '
        f'the vocabulary of the examples, not a list of all words')
    return num_pairs, vocab_size


def pairs_in(corpus, splitter):
    return sum(len(paragraph) - 1 for paragraph in load_paragraphs(
        corpus, sentence_splitter=splitter))


def by_comma(text):
    return text.split(' , ')


check_figures('tiny', period)
check_figures('tiny', by_comma)
### BEGIN HIDDEN TESTS
check_figures('tiny', lambda text: text.split(' the '))
assert check_figures('wikitext-2', period)[1] == 20256
check_figures('wikitext-2', split_sentences)
### END HIDDEN TESTS
print('Part B is right.')

# %% [markdown]
# Now measure on WikiText-2, which takes some seconds. Which splitter gives
# more pairs? Why does the vocabulary size hardly change?

# %%
for splitter in (period, split_sentences):
    pairs, vocab_size = figures('wikitext-2', splitter)
    print(f'{splitter.__name__:16} {pairs} pairs, {vocab_size} tokens in the '
          f'vocabulary')

# %% [markdown]
# Libraries such as NLTK and spaCy split text into sentences, too, and know
# many more abbreviations. The argument `sentence_splitter` of
# `load_data_wiki` can be a function like yours or the name of such a
# library. `describe_splitter` in `d2l_bert.core` tells you more about them.
