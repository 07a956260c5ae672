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
# # Exercise 20: Exact match and F1
#
# *Session 4, 10 points, about 35 minutes.*
#
# **What you learn.** In extractive question answering, a model marks the
# answer to a question in a text. People do not agree on every word: is the
# answer `the lighthouse`, or `lighthouse`? The data set SQuAD therefore has
# several *reference answers* for a question, and two measures: *exact match*,
# all or nothing, and *F1*, which counts how many words agree. You write both.

# %% given="imports"
import string
from collections import Counter
from numbers import Real

from d2l_bert.core import ask, expect

# %% [markdown]
# ## Part A: the words that count (3 points)
#
# Write `words_of(text)`. It returns the list of the words of an answer, after
# four steps in this order:
#
# 1. All letters become lower case.
# 2. Punctuation is dropped: each character that is in `string.punctuation`.
#    Nothing takes its place, so `U.S.` becomes `us`.
# 3. The text is split into words at white space, which can be several spaces,
#    a tab or a line break.
# 4. The articles `a`, `an` and `the` are dropped, but only as whole words:
#    `another` and `theatre` stay as they are.
#
# By hand, for `The Keeper's  lamp, an old one.`:
#
# | step | result |
# |---|---|
# | lower case | `the keeper's  lamp, an old one.` |
# | no punctuation | `the keepers  lamp an old one` |
# | words | `the`, `keepers`, `lamp`, `an`, `old`, `one` |
# | no articles | `keepers`, `lamp`, `old`, `one` |
#
# <details><summary>Hint</summary>
#
# `''.join(c for c in text if ...)` keeps some of the characters of a text.
# `text.split()`, without an argument, splits at white space of any kind and
# any length. Drop the articles from the list of words, not from the text.
#
# </details>


# %% answer="normal"
def words_of(text):
    """Return the words of an answer that count."""
    ### BEGIN SOLUTION
    kept = ''.join(character for character in text.lower()
                   if character not in string.punctuation)
    return [word for word in kept.split() if word not in ('a', 'an', 'the')]
    ### END SOLUTION


# %% check="normal-check" points=3
ARTICLES = 'the', 'an', 'a'


def without_articles(word):
    """Return a word without the articles that it contains or begins with."""
    results = {word.removeprefix(article) for article in ARTICLES}
    for article in ARTICLES:
        results.add(word.replace(article, ''))
        word = word.replace(article, '')
    return {*results, word}


def why_words(text, found, right):
    """Say what is wrong with the words of a text."""
    joined, wanted = ' '.join(map(str, found)), ' '.join(right)
    marks = [character for character in joined
             if character in string.punctuation]
    spaced = ''.join(' ' if character in string.punctuation else character
                     for character in text.lower()).split()
    if not all(isinstance(word, str) for word in found):
        return 'each word is a str'
    if joined.lower() == wanted and joined != wanted:
        return 'make all letters lower case'
    if {*ARTICLES} & {*joined.lower().split()}:
        return ('drop the articles a, an and the, wherever they are, after '
                'the other steps: The and "the" are articles, too')
    if marks:
        return f'drop the punctuation {marks[0]} everywhere'
    if '' in found or any(len(word.split()) != 1 for word in found):
        return ('split at white space, which can be longer than one space, '
                'or a tab: use split()')
    if found == [word for word in spaced if word not in ARTICLES]:
        return 'punctuation is dropped; no space takes its place'
    if found == list(wanted.replace(' ', '')):
        return 'return the words, not the letters'
    if found == list(dict.fromkeys(right)):
        return 'a word that is there twice counts twice'
    if sorted(found) == sorted(right):
        return 'keep the order of the words'
    if {*found} - {*right} & {cut for word in right
                              for cut in without_articles(word)}:
        return ('the letters of an article inside a word stay; drop whole '
                'words only')
    for kind, test in (('digits', str.isdigit),
                       ('letters such as ä', lambda c: not c.isascii())):
        if any(map(test, wanted)) and not any(map(test, joined)):
            return f'{kind} are no punctuation; they stay'
    return 'follow the four steps in their order'


def check_words(text, right):
    found = expect(ask(words_of, text), list, 'a list of words')
    assert found == right, (
        f'the words of {text!r} are {right}, not {found}: '
        f'{why_words(text, found, right)}')


check_words('lighthouse', ['lighthouse'])
check_words('White Lighthouse', ['white', 'lighthouse'])
check_words("The Keeper's  lamp, an old one.",
            ['keepers', 'lamp', 'old', 'one'])
check_words('the theatre, and another band', ['theatre', 'and', 'another',
                                              'band'])
check_words('A-10 (1977)', ['a10', '1977'])
check_words('The', [])
### BEGIN HIDDEN TESTS
check_words('', [])
check_words(' \t\n', [])
check_words('U.S.', ['us'])
check_words('a. the', [])
check_words('"The" sea', ['sea'])
check_words('A sea,\ta ship\nand the   crew', ['sea', 'ship', 'and', 'crew'])
check_words('in the end, the end', ['in', 'end', 'end'])
check_words('over there - an anthem', ['over', 'there', 'anthem'])
check_words('$3.5_million @ 7%', ['35million', '7'])
check_words('?!', [])
check_words('Ärger IN Zürich', ['ärger', 'in', 'zürich'])
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: exact match (2 points)
#
# Write `exact_match(prediction, answers)`. `prediction` is the text that the
# model predicts, and `answers` is a list with one reference answer or more.
# It returns 1 if the words of the prediction are those of *at least one*
# reference answer, in the same order, and otherwise 0. The words are those of
# part A.
#
# Some questions have no answer in the text. Their only reference answer is
# `''`, and a model that finds no answer predicts `''`.
#
# By hand, for the references `the old lighthouse` and `a lamp`: the prediction
# `Lamp.` gets 1, and `the lighthouse` gets 0.
#
# <details><summary>Hint</summary>
#
# Two lists are equal if they have the same elements in the same order.
# `any(...)` tells whether something is true for one of the answers, and `int`
# turns True into 1.
#
# </details>


# %% answer="exact"
def exact_match(prediction, answers):
    """Return 1 if the prediction is one of the answers, otherwise 0."""
    ### BEGIN SOLUTION
    return int(any(words_of(prediction) == words_of(answer)
                   for answer in answers))
    ### END SOLUTION


# %% check="exact-check" points=2
def check_exact(prediction, answers, right, why):
    found = expect(ask(exact_match, prediction, answers), Real, 'a number')
    assert found == right, (
        f'the exact match of {prediction!r} is {right}, not {found}, for the '
        f'reference answers {answers}: {why}')


ONE = 'one of the reference answers is enough'
check_exact('two ships', ['two ships'], 1, 'the words are the same')
check_exact('The Two ships!', ['two ships'], 1, 'the words of part A count')
check_exact('ships', ['two ships'], 0, 'all words must agree')
check_exact('Lamp.', ['the old lighthouse', 'a lamp'], 1, ONE)
check_exact('the lighthouse', ['the old lighthouse', 'a lamp'], 0,
            'all words must agree')
check_exact('a lamp', ['The lamp', 'lamp', 'lamps'], 1,
            'it is 1 also if several reference answers agree')
check_exact('', [''], 1, 'the question has no answer, and the model says so')
check_exact('two ships', [''], 0, 'the question has no answer')
check_exact('', ['two ships'], 0, 'the question has an answer')
### BEGIN HIDDEN TESTS
check_exact('red and blue', ['blue and red'], 0, 'the order counts')
check_exact('sea', ['sea sea'], 0, 'a word that is there twice counts twice')
check_exact('in 1977', ['1976', '1977', 'in the 1970s'], 0,
            'all words must agree')
check_exact('the ship', ['ship', 'boat'], 1, ONE)
check_exact('boat', ['ship', 'sail', 'a boat'], 1, ONE)
check_exact('a', [''], 1, 'no word is left of the prediction')
check_exact('the light house', ['lighthouse'], 0, 'these are two words')
check_exact('U.S.', ['US'], 1, 'the words of part A count')
### END HIDDEN TESTS
print('Part B is right.')

# %% [markdown]
# ## Part C: F1 (5 points)
#
# F1 compares a prediction with one reference answer by the words that they
# share. A word that is there several times is shared as often as it is in
# *both*: `knock knock knock` and `knock knock` share two words.
#
# - *Precision* is the number of shared words, divided by the number of words
#   of the prediction.
# - *Recall* is the number of shared words, divided by the number of words of
#   the reference answer.
# - F1 = 2 · precision · recall / (precision + recall), and 0 if no word is
#   shared.
# - If the prediction or the reference answer has no words, F1 is 1 if both
#   have none, and otherwise 0.
#
# Write `f1(prediction, answers)`. It returns the *largest* F1 over all
# reference answers. The words are those of part A. Their order does not
# count.
#
# By hand, for the prediction `the old white lighthouse` and the references
# `the lighthouse of the island` and `white lighthouse`:
#
# | reference | words | shared | precision | recall | F1 |
# |---|---|---|---|---|---|
# | 1 | `lighthouse of island` | 1 | 1/3 | 1/3 | 1/3 |
# | 2 | `white lighthouse` | 2 | 2/3 | 2/2 | 4/5 |
#
# So the result is 0.8.
#
# <details><summary>Hint</summary>
#
# `Counter(words)` counts how often each word is there. `Counter(one) &
# Counter(other)` keeps the smaller count of each word, and `.total()` adds
# the counts up. Write a function for one reference answer first, and ask it
# for each one.
#
# </details>


# %% answer="f1"
def f1(prediction, answers):
    """Return the largest F1 of a prediction over the reference answers."""
    ### BEGIN SOLUTION
    def f1_of(found, right):
        if not found or not right:
            return float(found == right)
        shared = (Counter(found) & Counter(right)).total()
        if not shared:
            return 0.0
        precision, recall = shared / len(found), shared / len(right)
        return 2 * precision * recall / (precision + recall)

    return max(f1_of(words_of(prediction), words_of(answer))
               for answer in answers)
    ### END SOLUTION


# %% check="f1-check" points=5
def plain(text):
    """Return the words that count, of a text as simple as those below."""
    return [word for word in text.lower().replace('.', '').split()
            if word not in ('a', 'an', 'the')]


def measures(found, right):
    """Return F1 and wrong measures, by what they come from."""
    both = (Counter(found) & Counter(right)).total()
    num_found, num_right = len(found), len(right)
    sets = len({*found} & {*right})
    precision, recall = both / max(1, num_found), both / max(1, num_right)
    letters, right_letters = ''.join(found), ''.join(right)

    def scored(shared, num_found=num_found, num_right=num_right):
        if not found or not right:
            return float(found == right)
        return 2 * shared / (num_found + num_right)

    return {
        'right': scored(both),
        'without words on one side, F1 is 1 if both have none, otherwise 0':
            scored(both) if found and right else 1.0,
        'if both have no words, F1 is 1': scored(both) * bool(found),
        'words are counted as in a set; count a word as often as it is in '
        'both': scored(sets, len({*found}), len({*right})),
        'the shared words are counted as in a set; count a word as often as '
        'it is in both': scored(sets),
        'a word is shared as often as it is in both, not as often as it is '
        'in the prediction': scored(sum(word in right for word in found)),
        'a word is shared as often as it is in both, not as often as it is '
        'in the reference': scored(sum(word in found for word in right)),
        'this is the precision; take the recall, too': precision,
        'this is the recall; take the precision, too': recall,
        'this is the mean of precision and recall; take the formula of F1':
            (precision + recall) / 2,
        'this is precision times recall; take the formula of F1':
            precision * recall,
        'the factor 2 is missing': scored(both) / 2,
        'it is all or nothing; that is exact match': float(found == right),
        'it is in percent; F1 is between 0 and 1': 100 * scored(both),
        'these are shared words divided by all different words; take the '
        'formula of F1': both / max(1, num_found + num_right - both),
        'these are the letters that are shared; count words': scored(
            (Counter(letters) & Counter(right_letters)).total(),
            len(letters), len(right_letters))}


RAW = 'use words_of for the prediction and for the answers'


def check_f1(prediction, answers, right):
    found = expect(ask(f1, prediction, answers), Real, 'a number')
    if abs(found - right) < 1e-6:
        return
    each = [measures(plain(prediction), plain(answer)) for answer in answers]
    values = [measure['right'] for measure in each]
    reasons = {
        'this is the mean over the references; take the best one':
            sum(values) / len(values),
        'this is the F1 of the first reference; take the best one':
            values[0],
        'this is the F1 of the last reference; take the best one':
            values[-1],
        'this is the smallest F1; take the best one': min(values),
        'the reference answers are compared as one; compare with each of '
        'them, and take the best': measures(plain(prediction), plain(
            ' '.join(answers)))['right'],
        RAW: max(measures(prediction.split(), answer.split())['right']
                 for answer in answers)}
    for name in each[0]:
        reasons.setdefault(name, max(measure[name] for measure in each))
    why = [reason for reason, value in reasons.items()
           if abs(value - found) < 1e-6]
    raise AssertionError(
        f'F1 of {prediction!r} is {right:.4f}, not {found:.4f}, for the '
        f'reference answers {answers}' + (f': {why[0]}' if why else ''))


check_f1('two ships', ['two ships'], 1)
check_f1('two old ships', ['ships at sea near two'], 1 / 2)
check_f1('The ship.', ['a large ship'], 2 / 3)
check_f1('knock knock knock', ['knock knock come in'], 4 / 7)
check_f1('lighthouse', ['lamp'], 0)
check_f1('the old white lighthouse', ['the lighthouse of the island',
                                      'white lighthouse'], 4 / 5)
check_f1('the old white lighthouse', ['white lighthouse',
                                      'the lighthouse of the island'], 4 / 5)
check_f1('', [''], 1)
check_f1('two ships', [''], 0)
check_f1('', ['two ships'], 0)
### BEGIN HIDDEN TESTS
check_f1('red and blue', ['blue and red'], 1)
check_f1('sea', ['sea sea sea'], 1 / 2)
check_f1('sea sea sea', ['sea'], 1 / 2)
check_f1('b b a b c', ['b c c the b'], 3 / 4)
check_f1('the', ['a'], 1)
check_f1('the', ['sea'], 0)
check_f1('one two three four', ['five', 'one', 'six', 'two three nine ten'],
         1 / 2)
check_f1('one', ['', 'one two'], 2 / 3)
check_f1('in the year 1977', ['1977', 'in 1977', 'year of 1977', '1977.'],
         4 / 5)
check_f1(' '.join(map(str, range(50))), [' '.join(map(str, range(25, 125)))],
         1 / 3)
### END HIDDEN TESTS
print('Part C is right.')
