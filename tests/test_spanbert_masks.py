"""SpanBERT's spans: their laws, by hand, and batches against the rule."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from d2l_bert.core.objectives import span_masking
from d2l_bert.core.objectives.spans import (
    Span, choose_spans, find_words, get_span_budget, hide_spans,
    limits_of, span_length_probs)
from d2l_bert.core.objectives.spanbert import SpanColumns
from d2l_bert.core.tokens.vocab import Vocab

SPECIAL = ['<cls>', '<sep>']
PROBS = span_length_probs()


def words_in_a_row(num, start=1):
    return [Span(i, i + 1) for i in range(start, start + num)]


# Lengths -------------------------------------------------------------------

def test_the_papers_lengths():
    assert [round(prob, 4) for prob in PROBS] == [
        .2241, .1792, .1434, .1147, .0918, .0734, .0587, .0470, .0376, .0301]
    assert sum(length * prob for length, prob in enumerate(PROBS, 1)
               ) == pytest.approx(3.797, abs=5e-4)
    assert sum(PROBS) == pytest.approx(1)
    assert span_length_probs(0.5, 1) == [1]


@pytest.mark.parametrize('arguments, message', [
    ((0,), 'p must be'), ((1,), 'p must be'), ((0.2, 0), 'max_span must be'),
    ((0.2, 2.5), 'max_span must be')])
def test_lengths_that_cannot_be(arguments, message):
    with pytest.raises(ValueError, match=message):
        span_length_probs(*arguments)


def test_lengths_as_they_are_drawn():
    """First spans of 20,000 examples, those that begin before word 290 of
    300, so that none is shortened. The count of each length among these n
    is within 5 sqrt(n p (1 - p)) of n p."""
    nothing = np.zeros((20_000, 300), bool)
    starts, ends = span_masking.choose_spans(
        span_masking.words_of(nothing, nothing), np.full(20_000, 200), PROBS,
        5, 0, np.arange(20_000))
    early = starts[:, 0] < 290
    counts = np.bincount((ends - starts)[early, 0], minlength=11)[1:]
    n = early.sum()
    assert len(counts) == 10 and n > 19_000
    for count, prob in zip(counts, PROBS):
        assert abs(count - n * prob) < 5 * (n * prob * (1 - prob)) ** 0.5


def test_starts_are_uniform():
    """Of n = 20,000 first spans each of 20 words begins n / 20: 1000, and
    5 sigma are 5 sqrt(n 0.05 0.95) = 154."""
    n = 20_000
    words = span_masking.words_of(np.zeros((n, 20), bool),
                                  np.zeros((n, 20), bool))
    starts, _ = span_masking.choose_spans(
        words, np.full(n, 3), PROBS, 5, 0, np.arange(n))
    counts = np.bincount(starts[:, 0], minlength=20)
    assert len(counts) == 20 and np.abs(counts - 1000).max() < 154


# Choosing ------------------------------------------------------------------

@pytest.mark.parametrize('num_tokens, budget', [
    (1, 1), (6, 1), (13, 1), (14, 2), (20, 3), (40, 6), (60, 9), (64, 9),
    (100, 15), (128, 19), (512, 76)])
def test_budget(num_tokens, budget):
    assert get_span_budget(num_tokens) == budget


@pytest.mark.parametrize('tokens, words', [
    ([], []), (['<cls>', '<sep>'], []),
    (['<cls>', 'a', '##b', '##c', 'd', '<sep>'], [(1, 4), (4, 5)]),
    (['##a', '##b'], [(0, 2)]),  # a text may begin with a piece
    (['a', '<sep>', '##b', '<sep>'], [(0, 1), (2, 3)])])
def test_words(tokens, words):
    assert find_words(tokens, SPECIAL) == [Span(*word) for word in words]


def test_no_word_fits():
    words = find_words(['<cls>', 'a', '##b', '##c', 'd', '##e', '<sep>'],
                       SPECIAL)
    assert choose_spans(words, 1, PROBS, 0, 0, 0) == [Span(4, 6)]
    assert choose_spans([], 3, PROBS, 0, 0, 0) == []


def test_a_span_is_shortened_to_whole_words():
    """A budget of 3 tokens, and words of 2: a span of one word, always."""
    words = [Span(i, i + 2) for i in range(1, 21, 2)]
    for number in range(50):
        [span] = choose_spans(words, 3, PROBS, 1, 0, number)
        assert span in words


def test_a_span_ends_at_a_special_token():
    words = [Span(1, 2), Span(3, 4), Span(4, 5)]  # '<sep>' is at 2
    for number in range(200):
        for span in choose_spans(words, 2, [0, 0, 1.0], 1, 0, number):
            assert not span.start <= 2 < span.end


TOKENS = st.lists(st.sampled_from(['<cls>', '<sep>', 'a', 'b', '##c', '##d']),
                  max_size=20)


@settings(max_examples=200)
@given(st.lists(TOKENS, min_size=1, max_size=4), st.integers(0, 8),
       st.integers(0, 2 ** 64 - 1), st.integers(0, 3), st.integers(1, 4),
       st.lists(st.lists(st.tuples(st.integers(0, 19), st.integers(1, 4)),
                         max_size=3), min_size=4, max_size=4))
# Two tokens are named, and there is a word of two, but elsewhere.
@example([['a', '<cls>', 'a', '##c']], 2, 79, 0, 1, [[(1, 2)], [], [], []])
def test_batches_are_the_rule(rows, budget, seed, epoch, max_span, named):
    probs = span_length_probs(max_span=max_span)
    length = max(map(len, rows))
    pieces = np.zeros((len(rows), length), bool)
    excluded = np.ones_like(pieces)
    for i, row in enumerate(rows):
        pieces[i, :len(row)] = [token[:2] == '##' for token in row]
        excluded[i, :len(row)] = [token in SPECIAL for token in row]
    words = span_masking.words_of(pieces, excluded)
    edges = np.zeros((2, len(rows), 3), int)
    named = [[Span(start, start + num) for start, num in some
              if start + num <= len(row)] for some, row in zip(named, rows)]
    for i, some in enumerate(named):
        for j, span in enumerate(some):
            edges[:, i, j] = span
    starts, ends = span_masking.choose_spans(
        words, np.full(len(rows), budget), probs, seed, epoch,
        np.arange(7, 7 + len(rows)),
        span_masking.named_in_words(words, *edges))
    for i, row in enumerate(rows):
        words = find_words(row, SPECIAL)
        chosen = choose_spans(words, budget, probs, seed, epoch, 7 + i,
                              named[i])
        assert chosen == [Span(*span) for span in zip(
            starts[i].tolist(), ends[i].tolist()) if span[1]]
        hidden = [p for span in chosen for p in range(*span)]
        assert len(hidden) == len({*hidden})  # no two spans overlap
        assert not any(row[p] in SPECIAL for p in hidden)
        assert all({*range(*word)} <= {*hidden} or not {*range(*word)} & {
            *hidden} for word in words)  # whole words only
        fits = any(word.end - word.start <= budget for word in words)
        assert len(hidden) <= budget or not fits and len(chosen) == 1
        left = budget - len(hidden)
        assert not any(word.end - word.start <= left for word in words
                       if word.start not in hidden)


def test_named_spans_half_of_the_time():
    """The first span of n = 2000 examples is the named one for n / 2, and a
    geometric one that happens to be the same for a few: at words 5 to 7 of
    20, 1 / 20 of the starts with a probability of .1434. So its share is
    0.5 + 0.5 * 0.0072 = 0.5036, within 5 sqrt(0.25 / n) = 0.056."""
    words, name = words_in_a_row(20), Span(5, 8)
    first = [choose_spans(words, 9, PROBS, 3, 0, number, [name])[0]
             for number in range(2000)]
    share = sum(span == name for span in first) / 2000
    assert abs(share - 0.5036) < 0.056


def test_a_named_span_is_whole_or_not_hidden():
    """Not beyond the budget, not across '<sep>', and no part of a word."""
    words = [Span(1, 3), Span(3, 4), Span(5, 6), Span(6, 7)]
    for name in (Span(1, 7), Span(3, 6), Span(2, 4), Span(1, 2), Span(4, 5)):
        for number in range(100):
            assert choose_spans(words, 3, [1.0], 3, 0, number, [name]) == (
                choose_spans(words, 3, [1.0], 3, 0, number))


# Hiding --------------------------------------------------------------------

def test_by_hand():
    tokens = ['<cls>', 'a', 'b', 'c', 'd', '<sep>']
    new, hidden = hide_spans(tokens, [Span(3, 5), Span(1, 3)], '<mask>',
                             ['x', 'y'], limits_of([.5, .5]), (1, 0, 0), 0,
                             0, 0)
    assert new == ['<cls>', *['<mask>'] * 4, '<sep>']
    # The right border of the first span is the start of the second.
    assert hidden == [(1, 'a', 0, 3, 1), (2, 'b', 0, 3, 2),
                      (3, 'c', 2, 5, 1), (4, 'd', 2, 5, 2)]
    new, _ = hide_spans(tokens, [Span(1, 5)], '<mask>', ['x', 'y'],
                        limits_of([0.0, 1.0]), (0, 1, 0), 0, 0, 0)
    assert new == ['<cls>', 'y', 'y', 'y', 'y', '<sep>']
    assert hide_spans(tokens, [Span(1, 5)], '<mask>', ['x'], [2 ** 32],
                      (0, 0, 1), 0, 0, 0)[0] == tokens


def test_a_border_beyond_the_edge_gives_no_boundary_term():
    """Sequences of three words without special tokens, one of them hidden:
    only the one in the middle has a token on both sides."""
    vocab = Vocab.of_tokens(['<unk>', '<mask>', 'a', 'b', 'c'])
    nothing = np.zeros((30, 0), int)
    columns = SpanColumns(
        np.tile([2, 3, 4, 0], (30, 1)), nothing, np.full(30, 3.0), nothing,
        nothing, nothing, nothing, nothing, nothing, nothing, nothing)
    masking = span_masking.SpanMasking(
        vocab, 1, probs=[1.0], pieces=np.zeros(5, bool),
        special=np.arange(5) < 2, counts=np.ones(5), mlm_ratio=0.4,
        mlm_probs=(1, 0, 0))
    found = masking.by_key(0, columns, 0, np.arange(30))
    places = found.pred_positions[:, 0]
    assert {*places.tolist()} == {0, 1, 2}
    assert (found.mlm_weights == 1).all()
    assert (found.sbo_weights[:, 0] == (places == 1)).all()
