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
# # Exercise 19: The targets of the span boundary objective
#
# *Session 4, 8 points, about 30 minutes.*
#
# **What you learn.** SpanBERT predicts each hidden token twice: once as BERT
# does, and once from the two tokens just outside its span. The second way is
# the *span boundary objective*. The model then sees only the vectors of these
# two tokens, and the place of the hidden token in its span. You make the
# targets: what the model must predict, and from where.

# %% given="imports"
from d2l_bert.core import ask, expect, expect_values, load_paragraphs, tokenize

EXAMPLE = ['<cls>', 'two', 'ships', 'left', 'the', 'old', 'harbour', 'at',
           'dawn', '<sep>', 'one', 'came', 'back', '<sep>']
NAMES = 'position', 'label', 'left', 'right', 'offset'

# %% [markdown]
# ## Part A: one span (3 points)
#
# A span is a pair (start, end). Its tokens are `tokens[start:end]`, so `end`
# is the position just behind it. Write `span_targets(tokens, start, end)`. It
# returns a list with a tuple of five values for each token of the span, in
# the order of the tokens:
#
# - its position in the example;
# - its label, which is the token itself;
# - the left border: the position of the token just *before the span*;
# - the right border: the position of the token just *behind the span*;
# - its offset: its place in the span, counted from 1.
#
# Both borders are outside the span, so the model can see their tokens. All
# tokens of a span have the same borders.
#
# By hand, for `two ships left the old harbour at dawn`, and the span (4, 7),
# which is `the old harbour`:
#
# | position | label | left | right | offset |
# |---|---|---|---|---|
# | 4 | `the` | 3, `left` | 7, `at` | 1 |
# | 5 | `old` | 3, `left` | 7, `at` | 2 |
# | 6 | `harbour` | 3, `left` | 7, `at` | 3 |
#
# The position of `<cls>` is 0. No span contains `<cls>` or the last `<sep>`,
# so both borders exist.
#
# <details><summary>Hint</summary>
#
# Loop over the positions with `range(start, end)`. The left border is one
# less than `start`. Which position is just behind the last token,
# `tokens[end - 1]`?
#
# </details>


# %% answer="one"
def span_targets(tokens, start, end):
    """Return (position, label, left, right, offset) for each token."""
    ### BEGIN SOLUTION
    return [(position, tokens[position], start - 1, end, position - start + 1)
            for position in range(start, end)]
    ### END SOLUTION


# %% given="compare"
def compare(found, right, why):
    """Compare the targets with the right ones, value by value."""
    expect(found, list, 'a list of targets')
    found = [tuple(expect_values(target, *NAMES)) for target in found]
    if len(found) != len(right):
        raise AssertionError(
            f'there must be {len(right)} targets, one for each hidden token, '
            f'not {len(found)}')
    for name, values, expected in zip(NAMES, zip(*found), zip(*right)):
        if values != expected:
            border = ' border' if name in ('left', 'right') else ''
            raise AssertionError(
                f'the {name}{border}s are {list(values)} instead of '
                f'{list(expected)}, {why(name, values, expected)}')


def difference(values, expected):
    """Return the difference if it is the same everywhere."""
    try:
        differences = {one - other for one, other in zip(values, expected)}
    except TypeError:
        return None
    return differences.pop() if len(differences) == 1 else None


# %% check="one-check" points=3
def check_one(tokens, start, end):
    positions = range(start, end)
    right = [(i, tokens[i], start - 1, end, i - start + 1) for i in positions]

    def why(name, values, expected):
        off = difference(values, expected)
        reasons = {
            ('position', -start): 'count from the beginning of the example, '
                                  'not of the span',
            ('position', 1): 'the first token of the span is tokens[start]',
            ('left', 1): 'this is the first token of the span, which is '
                         'hidden; the border is before it',
            ('left', -1): 'that is one too far to the left',
            ('right', -1): 'this is the last token of the span, which is '
                           'hidden; the border is behind it, at end',
            ('right', 1): 'that is one too far to the right; end is outside '
                          'the span already',
            ('offset', -1): 'offsets are counted from 1',
            ('offset', start - 1): 'these are the positions; count from the '
                                   'beginning of the span'}
        neighbours = {'left': [i - 1 for i in positions],
                      'right': [i + 1 for i in positions],
                      'offset': [end - i for i in positions]}
        reason = 'compare with the table above'
        if (name, off) in reasons:
            reason = reasons[name, off]
        elif name == 'label':
            reason = 'the labels are the tokens of the span, as they are'
        elif name == 'left' and {*values} == {end}:
            reason = 'left and right are exchanged'
        elif any(isinstance(value, str) for value in values):
            reason = 'these must be numbers, not tokens'
        elif list(values) == neighbours.get(name):
            reason = ('these are counted from the end of the span'
                      if name == 'offset' else
                      'these are the neighbours of each token; the borders '
                      'are outside the whole span')
        return f'for the span {(start, end)}: {reason}'

    compare(ask(span_targets, tokens, start, end), right, why)


check_one(EXAMPLE, 4, 7)
check_one(EXAMPLE, 2, 4)
check_one(EXAMPLE, 11, 12)
### BEGIN HIDDEN TESTS
for start in range(1, 9):
    for end in range(start + 1, 10):
        check_one(EXAMPLE, start, end)
check_one(EXAMPLE, 10, 13)
# The same word twice, and at other places, too.
check_one(['<cls>', 'sea', 'the', 'sea', 'the', 'sea', '<sep>'], 2, 6)
check_one(['<cls>', 'a', '##b', '##b', '<sep>'], 1, 4)
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: all spans (5 points)
#
# Write `hide_spans(tokens, spans)`, which returns two values:
#
# 1. the new tokens: a list in which each token of a span is `<mask>`, and
#    all others are as they were. (SpanBERT leaves some spans as they are, or
#    puts random words there. Here, all are masked.) The list `tokens` itself
#    must not change;
# 2. the targets of all spans, as in part A, in one list, in ascending order of
#    their positions. The list `spans` has its own order, that in which they
#    were drawn.
#
# Spans can *touch*: (2, 4) and (4, 7) do. They stay two spans. Each has its
# own borders and its own offsets. The right border of the first is then
# position 4, and the left border of the second is position 3. Both are
# hidden, in the other span. They stay the borders all the same, because they
# are just outside the span.
#
# By hand, for the spans `[(4, 7), (2, 4)]`:
#
# | position | label | left | right | offset |
# |---|---|---|---|---|
# | 2 | `ships` | 1 | 4 | 1 |
# | 3 | `left` | 1 | 4 | 2 |
# | 4 | `the` | 3 | 7 | 1 |
# | 5 | `old` | 3 | 7 | 2 |
# | 6 | `harbour` | 3 | 7 | 3 |
#
# The new tokens begin with `<cls> two <mask> <mask> <mask> <mask> <mask> at`.
#
# <details><summary>Hint</summary>
#
# Sort the spans, and use `span_targets` for each of them. Give it the tokens
# as they were, not the new ones: the labels are the tokens *before* masking.
# `list(tokens)` is a copy.
#
# </details>


# %% answer="all"
def hide_spans(tokens, spans):
    """Return the tokens after masking, and the targets of all spans."""
    ### BEGIN SOLUTION
    new_tokens, targets = list(tokens), []
    for start, end in sorted(spans):
        new_tokens[start:end] = ['<mask>'] * (end - start)
        targets += span_targets(tokens, start, end)
    return new_tokens, targets
    ### END SOLUTION


# %% check="all-check" points=5
def joined_spans(spans):
    """Join spans that touch, as one must not do."""
    joined = []
    for start, end in sorted(spans):
        if joined and joined[-1][1] == start:
            start = joined.pop()[0]
        joined.append((start, end))
    return joined


def targets_of(tokens, spans):
    return [(i, tokens[i], start - 1, end, i - start + 1)
            for start, end in spans for i in range(start, end)]


def check_all(tokens, spans):
    new_tokens, targets = expect_values(
        ask(hide_spans, tokens, spans), 'new tokens', 'targets')
    expect(new_tokens, list, 'a list of new tokens')
    assert all(isinstance(token, str) for token in new_tokens), (
        'return the new tokens first, and then the targets')
    right = targets_of(tokens, sorted(spans))
    hidden = [target[0] for target in right]
    assert len(new_tokens) == len(tokens), (
        f'{len(new_tokens)} new tokens for {len(tokens)} tokens; each hidden '
        f'token becomes a <mask> of its own')
    for i, (new, old) in enumerate(zip(new_tokens, tokens)):
        assert i in hidden or new == old, (
            f'the token at position {i} has become {new!r}, but it is in no '
            f'span of {spans}')
        assert i not in hidden or new == '<mask>', (
            f'the token at position {i} is {new!r} instead of <mask>, for '
            f'the spans {spans}')
    expect(targets, list, 'a list of targets')
    targets = [tuple(expect_values(target, *NAMES)) for target in targets]
    assert targets == right or targets != targets_of(tokens, spans), (
        f'the targets are in the order of the spans, {spans}; sort them by '
        f'position')
    joined = joined_spans(spans)
    assert targets == right or targets != targets_of(tokens, joined), (
        f'the spans {spans} are treated like {joined}; spans that touch stay '
        f'two spans')

    def why(name, values, expected):
        around = {
            'left': [max(i for i in range(start) if i not in hidden)
                     for start, end in sorted(spans)
                     for _ in range(start, end)],
            'right': [min(i for i in range(end, len(tokens))
                          if i not in hidden)
                      for start, end in sorted(spans)
                      for _ in range(start, end)]}
        reason = ''
        if name == 'label' and '<mask>' in values:
            reason = '; the labels are the tokens before masking'
        elif name == 'offset' and list(values) == list(
                range(1, len(values) + 1)):
            reason = '; count from 1 again in each span'
        elif list(values) == around.get(name):
            reason = ('; these are the nearest tokens that are not hidden. '
                      'The border of a span can be in another one')
        elif name in around and difference(values, expected):
            reason = '; a border is the position just outside the span'
        return f'for the spans {spans}{reason}'

    compare(targets, right, why)


check_all(EXAMPLE, [(4, 7)])
check_all(EXAMPLE, [(11, 13), (1, 2), (4, 7)])
check_all(EXAMPLE, [(4, 7), (2, 4)])
### BEGIN HIDDEN TESTS
check_all(EXAMPLE, [])
check_all(EXAMPLE, [(10, 11), (11, 12), (12, 13)])
check_all(EXAMPLE, [(8, 9), (10, 13), (1, 2), (5, 7), (4, 5)])
check_all(['<cls>', 'sea', 'sea', 'sea', 'sea', 'sea', '<sep>'],
          [(4, 6), (1, 3)])
check_all(['<cls>', *[f'word{i}' for i in range(200)], '<sep>'],
          [(start, start + 1 + start % 3) for start in range(197, 1, -6)])
for paragraph in load_paragraphs('tiny')[:20]:
    for sentence in tokenize(paragraph):
        n = len(sentence)
        check_all(['<cls>', *sentence, '<sep>'],
                  [(n // 2 + 1, n + 1), (1, 1 + n // 4)][:1 + (n > 4)])
### END HIDDEN TESTS
new_tokens, targets = hide_spans(EXAMPLE, [(4, 7), (2, 4)])
print(*new_tokens)
for _, label, left, right, offset in targets:
    print(f'{label:8} from {EXAMPLE[left]!r}, {EXAMPLE[right]!r} and the '
          f'offset {offset}')
print('Part B is right.')
