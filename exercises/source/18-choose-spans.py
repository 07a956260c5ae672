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
# # Exercise 18: Choose the spans
#
# *Session 4, 10 points, about 45 minutes.*
#
# **What you learn.** SpanBERT hides about 15 % of the tokens of an example,
# and never more. Its spans are whole words, do not overlap, and contain no
# special token. You write the three rules that ensure this: how many tokens
# may be hidden, how long a span can be at its place, and which spans are
# chosen.

# %% given="imports"
import random
from copy import copy
from numbers import Integral

from d2l_bert.core import ask, expect, load_paragraphs, tokenize

SENTENCES = [sentence for paragraph in load_paragraphs(
    'tiny', rng=random.Random(0)) for sentence in tokenize(paragraph)]


def find_words(tokens):
    """Return the words of an example, each as a pair (start, end).

    The pieces of a word are tokens[start:end]. All pieces but the first
    begin with ##. The special tokens <cls> and <sep> are not words.
    """
    words = []
    for position, token in enumerate(tokens):
        if token.startswith('##'):
            words[-1] = words[-1][0], position + 1
        elif token not in ('<cls>', '<sep>'):
            words.append((position, position + 1))
    return words


def joined(a, b, length=5):
    """Return two sentences with special tokens; words split into pieces."""
    def pieces(sentence):
        return [('##' if start else '') + word[start:start + length]
                for word in sentence for start in range(0, len(word), length)]
    return ['<cls>', *pieces(a), '<sep>', *pieces(b), '<sep>']


def draw_length(rng):
    """Draw the length of a span: 1 to 10 words, as in exercise 17."""
    return rng.choices(range(1, 11), [0.8 ** i for i in range(10)])[0]


# %% [markdown]
# Here is an example with its words. A pair (start, end) means
# `tokens[start:end]`, so the position `end` is just behind the word.

# %% given="example"
EXAMPLE = ['<cls>', 'the', 'light', '##house', '##keeper', 'saw', 'two',
           'ships', '<sep>', 'they', 'sank', '<sep>']
for start, end in find_words(EXAMPLE):
    print((start, end), *EXAMPLE[start:end])

# %% [markdown]
# ## Part A: the budget (2 points)
#
# Write `get_budget(tokens)`. It returns how many tokens of an example may be
# hidden: 15 % of the number of its tokens, rounded *down*, and at least 1.
# The special tokens and all pieces count. For 19 tokens, 15 % is 2.85, so the
# budget is 2. BERT, in the book, rounds to the nearest number: there it would
# be 3.
#
# <details><summary>Hint</summary>
#
# `int(x)` cuts off what is behind the point of a positive number, and
# `max(1, ...)` is at least 1.
#
# </details>


# %% answer="budget"
def get_budget(tokens):
    """Return how many tokens of an example may be hidden."""
    ### BEGIN SOLUTION
    return max(1, int(0.15 * len(tokens)))
    ### END SOLUTION


# %% check="budget-check" points=2
def check_budget(tokens):
    found = expect(ask(get_budget, tokens), Integral, 'a whole number')
    n, words = len(tokens), find_words(tokens)
    expected = max(1, 15 * n // 100)
    why = f'15 % of {n} tokens is {0.15 * n:.2f}'
    if 0.15 * n < 1:
        why += ', and the budget is at least 1'
    elif found == max(1, int(0.15 * len(words))):
        why += '; count all tokens, not the words'
    elif found == max(1, int(0.15 * sum(end - start for start, end in words))):
        why += '; count the special tokens, too'
    elif found > expected:
        why += '; round down'
    elif found == 1:
        why += '; at least 1 is max(1, ...), the larger of the two'
    assert found == expected, (
        f'the budget is {expected}, not {found}: {why}')


def some_tokens(n):
    return joined([f'w{i}' for i in range(n // 2)],
                  [f'w{i}' for i in range(n - n // 2 - 3)])


check_budget(joined(['light'] * 11, ['lighthouse'] * 10))
check_budget(some_tokens(19))
check_budget(some_tokens(40))
check_budget(EXAMPLE)
check_budget(some_tokens(5))
### BEGIN HIDDEN TESTS
for n in range(3, 200):
    check_budget(some_tokens(n))
for a, b in zip(SENTENCES[:20], SENTENCES[20:]):
    check_budget(joined(a, b))
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: how long a span can be (4 points)
#
# A span begins at a word, and its length in words was drawn. There may be no
# place for so many words. Then the span is *shortened*. Write
# `count_words(words, free, first, length, room)`, which returns how many
# words the span gets:
#
# - `words` is the list of all words of the example, in pairs (start, end);
# - `free` is a list with True for each word that is in no span yet;
# - `first` is the number of the span's first word in this list, from 0. This
#   word is free and fits into the room;
# - `length` is the number of words that was drawn, at least 1;
# - `room` is how many *tokens* may still be hidden.
#
# The span takes the first word, and then one word after another. It ends
#
# 1. when it has `length` words;
# 2. when there is no next word;
# 3. before a word that is not free;
# 4. before a special token, so that the next word does not begin where the
#    last one ends;
# 5. before a word with which it would have more than `room` tokens.
#
# By hand, for the example above, with all words free and `room` equal to 5: a
# span of 4 words that begins at `lighthousekeeper` takes 3 tokens, `saw` makes
# them 4, `two` makes them 5, and `ships` does not fit any more. So it gets 3
# words. A span of 4 words that begins at `two` gets 2 words: after `ships`
# there is a `<sep>`.
#
# <details><summary>Hint</summary>
#
# Count from 1, since the first word fits. Use `while count < length`. In the
# loop, the next word has the number `first + count`. If one of the rules 2
# to 5 forbids it, leave the loop with `break`. With the next word, the span
# has `words[first + count][1] - words[first][0]` tokens.
#
# </details>


# %% answer="count"
def count_words(words, free, first, length, room):
    """Return how many words a span gets that begins at words[first]."""
    ### BEGIN SOLUTION
    count = 1
    while count < length:
        following = first + count
        if following == len(words) or not free[following]:
            break
        start, end = words[following]
        if start != words[following - 1][1] or end - words[first][0] > room:
            break
        count += 1
    return count
    ### END SOLUTION


# %% given="stops"
def stops(words, free, first, length, room, name):
    """Return the right number of words, and why there is no other word."""
    for number in range(first + 1, len(words) + 1):
        count = number - first
        if count == length:
            return count, f'{length} were drawn'
        if number == len(words):
            break
        start, end = words[number]
        if not free[number]:
            return count, f'{name(number)} is not free'
        if start != words[number - 1][1]:
            return count, f'a special token is before {name(number)}'
        if end - words[first][0] > room:
            return count, (
                f'with {name(number)} it would have '
                f'{end - words[first][0]} tokens, and the room is {room}')
    return len(words) - first, 'there is no next word'


# %% check="count-check" points=4
def check_count(tokens, taken, first, length, room):
    words = find_words(tokens)
    free = [number not in taken for number in range(len(words))]

    def name(number):
        return repr(' '.join(tokens[slice(*words[number])]))

    found = expect(ask(count_words, words, free, first, length, room),
                   Integral, 'a number of words')
    count, why = stops(words, free, first, length, room, name)
    what = (f'a span of {length} words that begins at {name(first)}, with '
            f'room={room}, gets {count}, not {found} of them, in {tokens}: ')
    num_tokens = words[first + count - 1][1] - words[first][0]
    if found == num_tokens > count:
        why = f'return the number of words, not of the {num_tokens} tokens'
    elif found < 1:
        why = 'it has the first word already'
    elif found < count:
        why = (f'{name(first + found)} still fits. It is free and follows '
               f'directly, and with it the span has '
               f'{words[first + found][1] - words[first][0]} tokens')
    assert found == count, what + why


check_count(EXAMPLE, [], 1, 4, 5)
check_count(EXAMPLE, [], 3, 4, 5)
check_count(EXAMPLE, [], 0, 3, 9)
check_count(EXAMPLE, [3], 1, 3, 7)
check_count(EXAMPLE, [], 5, 10, 5)
check_count(EXAMPLE, [], 2, 1, 5)
### BEGIN HIDDEN TESTS
for tokens in (EXAMPLE, joined(['incomprehensibilities', 'a', 'lighthouse'],
                               ['b', 'c', 'lighthouse', 'd']),
               ['<cls>', 'a', 'b', 'c'], ['a'], ['a', '##b', 'c', '<sep>']):
    number_of = len(find_words(tokens))
    for first in range(number_of):
        start, end = find_words(tokens)[first]
        for taken in ([], [first + 1], [first + 2, 0], [first - 1]):
            for length in (1, 2, 3, 10):
                for room in (1, 2, 3, 5, 8, 20):
                    if first not in taken and room >= end - start:
                        check_count(tokens, taken, first, length, room)
### END HIDDEN TESTS
print('Part B is right.')

# %% [markdown]
# ## Part C: choose the spans (4 points)
#
# Write `choose_spans(words, budget, draw_length, rng)`. It returns the spans,
# a list of pairs (start, end) in the order of their positions. At first all
# words are free, and the budget may still be hidden. Then, in each round,
#
# 1. the *candidates* are the words that are free and have at most as many
#    tokens as may still be hidden, in their order. If there are none, stop;
# 2. draw the first word of the span, with `rng.choice(candidates)`;
# 3. draw the length of the span, with `draw_length(rng)`;
# 4. the span gets as many words as `count_words` says. These words are not
#    free any more, and fewer tokens may still be hidden.
#
# Draw in this order, and nothing else: then the same `rng` gives the same
# spans, and the check can compare them.
#
# If all words have more tokens than the *budget*, there is nothing to draw:
# then the only span is the shortest word, and the first one of several that
# are equally short. An example with no words has no spans.
#
# By hand, for the example above and a budget of 5:
#
# | round | candidates | word | length | span | tokens left |
# |---|---|---|---|---|---|
# | 1 | all 7 words | `they` | 4 | `they sank`, (9, 11) | 3 |
# | 2 | those of the first sentence | `two` | 3 | `two ships`, (6, 8) | 1 |
# | 3 | `the`, `saw` | `saw` | 2 | `saw`, (5, 6) | 0 |
# | 4 | none | | | | |
#
# The result is `[(5, 6), (6, 8), (9, 11)]`. The first two spans touch, but
# they are two spans: do not join them.
#
# <details><summary>Hint</summary>
#
# Let the candidates be numbers of words, such as `[0, 2]`. Then `free[first]`
# and `words[first]` belong to the word that was drawn. Use `while True`, and
# leave the loop with `break` when there are no candidates. After the loop,
# if there is no span but there are words, take
# `min(words, key=lambda word: word[1] - word[0])`: it is the first shortest.
#
# </details>


# %% answer="spans"
def choose_spans(words, budget, draw_length, rng):
    """Return the spans to hide, pairs (start, end) in ascending order."""
    ### BEGIN SOLUTION
    spans, free, room = [], [True] * len(words), budget
    while True:
        candidates = [number for number, (start, end) in enumerate(words)
                      if free[number] and end - start <= room]
        if not candidates:
            break
        first = rng.choice(candidates)
        count = count_words(words, free, first, draw_length(rng), room)
        span = words[first][0], words[first + count - 1][1]
        spans.append(span)
        free[first:first + count] = [False] * count
        room -= span[1] - span[0]
    if words and not spans:
        spans = [min(words, key=lambda word: word[1] - word[0])]
    return sorted(spans)
    ### END SOLUTION


# %% check="spans-check" points=4
class Script(random.Random):
    """A random generator that draws what is written down before."""

    def __init__(self, *numbers):
        super().__init__(0)
        self.numbers, self.drawn = numbers, 0

    def __copy__(self):
        return Script(*self.numbers)

    def _randbelow(self, n):
        """Draw for choice and randrange: the next number, below n."""
        self.drawn += 1
        if self.drawn > len(self.numbers):
            return super()._randbelow(n)
        return self.numbers[self.drawn - 1] % n


def right_spans(words, budget, draw_length, rng, mistake=''):
    """Return the spans in the order drawn, perhaps with a mistake."""
    spans, free, room = [], [True] * len(words), budget
    least = 1 if mistake == 'less' else 0  # of the room that stays
    while candidates := [i for i, (start, end) in enumerate(words)
                         if free[i] and end - start <= room - least]:
        length = draw_length(rng) if mistake == 'length first' else 0
        first = rng.choice(range(len(words)) if mistake == 'all'
                           else candidates)
        if first not in candidates:
            continue
        length = length or draw_length(rng)
        if mistake == 'tokens':
            length = max(1, sum(end <= words[first][0] + length
                                for _, end in words[first:]))
        if mistake == 'one more':
            length += 1
        count, _ = stops(words, free, first, length, room, str)
        if mistake == 'thrown away' and count < length:
            continue
        if mistake == 'one word':
            count = 1
        free[first:first + count] = [False] * count
        spans.append((words[first][0], words[first + count - 1][1]))
        room -= spans[-1][1] - spans[-1][0]
    return spans


MISTAKES = {
    'length first': 'you draw the length before the word',
    'all': 'you draw from all words, and again if the word does not fit; '
           'draw from the candidates only',
    'less': 'a candidate may have exactly as many tokens as there is room '
            'for',
    'tokens': 'the length that is drawn is a number of words, not of tokens',
    'one more': 'your spans have a word more than was drawn',
    'one word': 'all your spans are single words; take the words that '
                'count_words counts',
    'thrown away': 'you draw again if a span does not fit; shorten it, and '
                   'keep it'}


def check_spans(tokens, budget, draw_length, rng, what):
    words, before = find_words(tokens), copy(rng)
    found = expect(ask(choose_spans, words, budget, draw_length, rng), list,
                   'a list of spans')
    for span in found:
        assert isinstance(span, (tuple, list)) and len(span) == 2, (
            f'each span is a pair (start, end), not {span!r}')
    found = [tuple(span) for span in found]
    if not words:
        assert not found, f'there are no words, but the spans {found}'
        return
    check_places(tokens, words, found)
    check_room(tokens, words, found, budget)
    right = right_spans(words, budget, draw_length, copy(before))
    if not right:
        return
    touching = {end for _, end in right} & {start for start, _ in right}
    ends = sorted({place for span in right for place in span} - touching)
    assert found == sorted(right) or found != list(
        zip(ends[::2], ends[1::2])), (
        f'{found} has fewer spans than were drawn, {sorted(right)}; do not '
        f'join spans that touch')
    assert found == sorted(right) or found != [
        word for word in words
        if any(start <= word[0] < end for start, end in right)], (
        f'{found} has a pair for each word, but a span of several words is '
        f'one pair: {sorted(right)}')
    for mistake, why in MISTAKES.items():
        assert found == sorted(right) or found != sorted(right_spans(
            words, budget, draw_length, copy(before), mistake)), (
            f'the spans are {found} instead of {sorted(right)}: {why}')
    assert found == sorted(right), (
        f'{what} the spans are drawn in the order {right}, so the result is '
        f'{sorted(right)}, not {found}. In each round draw the word, with '
        f'rng.choice(candidates), then the length, with draw_length(rng), '
        f'and nothing else')


def check_places(tokens, words, found):
    """Spans are whole words, ascending, without special tokens."""
    starts, ends = ({word[i] for word in words} for i in (0, 1))
    for start, end in found:
        inside = tokens[start:end]
        assert start < end, f'the span {(start, end)} is empty'
        assert not {'<cls>', '<sep>'} & {*inside}, (
            f'the span {(start, end)}, {inside}, contains a special token')
        assert start in starts and end in ends, (
            f'the span {(start, end)}, {inside}, contains a part of a word; '
            f'take whole words only')
    assert found == sorted(found), (
        f'{found} is not in ascending order; sort the spans')
    for (start, end), following in zip(found, found[1:]):
        assert end <= following[0], (
            f'the spans {(start, end)} and {following} overlap; the words of '
            f'a span are not free any more')


def check_room(tokens, words, found, budget):
    """Spans are within the budget, and no other word fits."""
    shortest = min(words, key=lambda word: word[1] - word[0])
    least = shortest[1] - shortest[0]
    if least > budget:
        assert found == [shortest], (
            f'the spans are {found} instead of {[shortest]}: each word has '
            f'more tokens than the budget, {budget}, so hide only the '
            f'shortest one, and the first of several')
        return
    hidden = sum(end - start for start, end in found)
    assert hidden <= budget, (
        f'{hidden} tokens are hidden, {found}, but the budget is {budget} '
        f'tokens; subtract the tokens of each span from the room')
    left = [word for word in words if word[1] - word[0] <= budget - hidden
            and not any(start <= word[0] < end for start, end in found)]
    assert not left, (
        f'{hidden} of {budget} tokens are hidden, {found}, and '
        f'{tokens[slice(*left[0])]} would still fit; draw until there are no '
        f'candidates')


def check_text(pairs, seed):
    """Check examples of TinyWiki, and a budget of several spans."""
    rng = random.Random(seed)
    for number, (a, b) in enumerate(pairs):
        tokens = joined(a, b)
        budget = (3 if number % 2 else 1) * max(1, 15 * len(tokens) // 100)
        check_spans(tokens, budget, draw_length, rng,
                    f'in {tokens}, with budget={budget},')


def scripted_length(rng):
    return rng.randrange(1, 11)


# Numbers from 0: word 5 of the candidates, length 3 + 1, and so on.
check_spans(EXAMPLE, 5, scripted_length, Script(5, 3, 3, 2, 1, 1),
            'in the example by hand')
check_spans(EXAMPLE, 4, scripted_length, Script(1, 4),
            'if lighthousekeeper and length 5 are drawn, with budget=4,')
check_spans(EXAMPLE, 8, scripted_length, Script(0, 1, 0, 1, 0, 1, 0, 1),
            'if the first candidate and length 2 are always drawn,')
check_text(zip(SENTENCES[:30], SENTENCES[30:]), seed=0)
check_spans(joined(['lighthouse', 'keeper'], ['everywhere']), 1, draw_length,
            random.Random(0), '')
### BEGIN HIDDEN TESTS
check_text(zip(SENTENCES[60:120], SENTENCES[90:]), seed=1)
for seed in range(40):
    check_spans(EXAMPLE, seed % 11 + 1, draw_length, random.Random(seed),
                f'for random.Random({seed})')
check_spans(joined(['incomprehensibilities', 'lighthouse'], [
    'unmistakably', 'keeper', 'everywhere']), 1, draw_length,
    random.Random(0), '')
check_spans(joined(['incomprehensibilities'], ['unmistakably']), 2,
            draw_length, random.Random(0), '')
check_spans(['<cls>', '<sep>', '<sep>'], 1, draw_length, random.Random(0), '')
check_spans(['a', 'b'], 9, draw_length, random.Random(0), 'without <cls>')
### END HIDDEN TESTS
print('Part C is right.')

# %%
tokens = joined(SENTENCES[0], SENTENCES[1])
hidden = list(tokens)
for start, end in choose_spans(find_words(tokens), get_budget(tokens),
                               draw_length, random.Random(3)):
    hidden[start:end] = ['<mask>'] * (end - start)
print(*hidden)
