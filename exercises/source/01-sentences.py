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
# # Exercise 1: Better sentences
#
# *Session 1, 8 points, about 25 minutes. Run the cells from the top, with
# Shift+Enter.*
#
# **What you learn.** The book cuts a paragraph at each ` . ` and nowhere
# else. Here you write a better cut, hand it to the package, and measure
# what it changes.

# %% given="imports"
import os
import random
from collections import Counter

from d2l_bert.core.corpus import load_paragraphs
from d2l_bert.core.pretraining import make_examples
from d2l_bert.core.sentences import period

os.environ['TQDM_DISABLE'] = '1'
ABBREVIATIONS = {'Dr', 'Mr', 'Mrs', 'Prof', 'St'}

# %% [markdown]
# This is what the book's cut makes of a paragraph:

# %%
period('What a tide ! Did you see it ? Dr . Reef did . He ran .')

# %% [markdown]
# ## Part A: cut (4 points)
#
# Write `split_sentences(text)`, which returns a list of sentences.
#
# - A sentence ends with a token `.`, `!` or `?`. A token is what stands
#   between spaces, so the full stop in `St.` or `3.5` is none.
# - A `.` after one of the `ABBREVIATIONS` does not end a sentence.
# - A sentence keeps its end mark, and no token gets lost. Text after the
#   last mark is a sentence, too. An empty text has no sentence.
#
# <details><summary>Hint</summary>
#
# Go through `text.split()` and collect tokens in a list. When a token ends
# the sentence, join what you have collected with spaces, keep it, and start
# a new list. After the loop, look whether something is left. To know about
# `Dr`, remember the token before.
#
# </details>


# %% answer="split"
def split_sentences(text):
    """Return the sentences of a text, in order, as a list of strings."""
    ### BEGIN SOLUTION
    sentences, current = [], []
    for token in text.split():
        abbreviated = current and current[-1] in ABBREVIATIONS
        current.append(token)
        if token in ('!', '?') or (token == '.' and not abbreviated):
            sentences.append(' '.join(current))
            current = []
    return sentences + [' '.join(current)] if current else sentences
    ### END SOLUTION


# %% check="split-check" points=4
def check_split(text, expected):
    found = split_sentences(text)
    assert isinstance(found, list), (
        f'return a list of sentences, not {found!r}')
    assert all(sentence.strip() for sentence in found), (
        f'there is an empty sentence in {found}; nothing follows the last '
        f'mark, so keep only what holds a token')
    lost = Counter(text.split()) - Counter(' '.join(found).split())
    assert not lost, (
        f'these tokens got lost: {list(lost)}; a sentence keeps its end '
        f'mark, and text after the last mark counts')
    assert len(found) >= len(expected), (
        f'{len(found)} instead of {len(expected)} sentences in {text!r}; cut '
        f'after each of . ! and ?')
    assert len(found) <= len(expected), (
        f'{len(found)} instead of {len(expected)} sentences in {text!r}; '
        f'only a token that is nothing but . ! or ? ends one, and no . '
        f'after an abbreviation')
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
# makes examples of at most 32 tokens, and returns two numbers: how many
# sentence pairs were drawn, and how many entries the vocabulary has.
#
# `load_paragraphs` takes `sentence_splitter=`, and `make_examples` returns
# an object with `num_pairs` and `vocab`. Both take `rng=`.
#
# <details><summary>Hint</summary>
#
# Two calls are enough: `load_paragraphs(corpus, sentence_splitter=...)` and
# `make_examples(paragraphs, 32)`. `num_pairs` counts the pairs before the
# long ones are dropped, and `len(examples)` only those that are left.
#
# </details>


# %% answer="figures"
def figures(corpus, splitter):
    """Return (number of pairs drawn, entries in the vocabulary)."""
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
    found = figures(corpus, splitter)
    assert isinstance(found, tuple) and len(found) == 2, (
        f'return two numbers, pairs and entries, not {found!r}')
    default = sum(len(paragraph) - 1 for paragraph in load_paragraphs(corpus))
    assert found[0] in (expected[0], default) or found[0] > expected[0], (
        f'{found[0]} pairs instead of {expected[0]}: count the pairs that '
        f'were drawn, before long ones are dropped')
    assert found[0] == expected[0] or found[0] == default, (
        f'{found[0]} pairs instead of {expected[0]}: count pairs, not '
        f'sentences; n sentences are n - 1 pairs')
    assert found[0] == expected[0], (
        f'{found[0]} pairs come from the cut at full stops, not from the '
        f'splitter that is given; pass it as sentence_splitter')
    assert found[1] == expected[1], (
        f'{found[1]} entries instead of {expected[1]}: is it the vocabulary '
        f'of the examples, and not a list of all words?')
    return found


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
# Now measure on WikiText-2, which takes some seconds. Which cut gives more
# pairs? Why does the vocabulary hardly change?

# %%
for splitter in (period, split_sentences):
    pairs, entries = figures('wikitext-2', splitter)
    print(f'{splitter.__name__:16} {pairs} pairs, {entries} entries')

# %% [markdown]
# Libraries such as NLTK and spaCy cut sentences, too, and know far more
# abbreviations. `load_data_wiki` takes a function like yours as its
# `sentence_splitter`, and the README lists the splitters that it knows by
# name.
