"""Next-sentence prediction."""

import copy
import random

import book_rules
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l_bert.core.objectives.nsp import (
    get_next_sentence, get_nsp_data_from_paragraph, get_tokens_and_segments,
    sentence_pairs)

TIDES = [['the', 'sea', 'rose'], ['it', 'fell']]
MOONS = [['mars', 'has', 'two'], ['we', 'have', 'one'], ['venus', 'none']]
PARAGRAPHS = [TIDES, MOONS]

SENTENCE = st.lists(st.sampled_from(['a', 'b', '<sep>']), max_size=4)
CORPUS = st.lists(st.lists(SENTENCE, min_size=1, max_size=4), min_size=1,
                  max_size=4)


def test_two_sentences_joined():
    assert get_tokens_and_segments(['a', 'b'], ['c']) == (
        ['<cls>', 'a', 'b', '<sep>', 'c', '<sep>'], [0, 0, 0, 0, 1, 1])


def test_one_sentence_alone():
    assert get_tokens_and_segments(['a']) == (['<cls>', 'a', '<sep>'],
                                              [0, 0, 0])


def test_empty_second_sentence_is_a_sentence():
    assert get_tokens_and_segments([], []) == (['<cls>', '<sep>', '<sep>'],
                                               [0, 0, 1])


def test_true_next_below_one_half(scripted):
    assert get_next_sentence(*TIDES, PARAGRAPHS, scripted(0.4999)) == (
        *TIDES, True)


def test_drawn_at_one_half(scripted):
    # Paragraph 1, and of it sentence 2.
    assert get_next_sentence(*TIDES, PARAGRAPHS, scripted(0.5, 1, 2)) == (
        TIDES[0], ['venus', 'none'], False)


def test_the_books_negative_may_be_the_true_next(scripted):
    assert get_next_sentence(*TIDES, PARAGRAPHS, scripted(0.9, 0, 1)) == (
        *TIDES, False)


def test_every_sentence_but_the_last_has_a_partner(scripted):
    # Kept, then drawn: sentence 0 of paragraph 0.
    rng = scripted(0.1, 0.7, 0, 0)
    assert list(sentence_pairs(MOONS, PARAGRAPHS, rng)) == [
        (MOONS[0], MOONS[1], True), (MOONS[1], TIDES[0], False)]


def test_single_sentence_draws_nothing(scripted):
    assert list(sentence_pairs([['a']], PARAGRAPHS, scripted())) == []


def test_data_from_paragraph_drops_long_pairs(scripted):
    # 3 + 3 + 3 = 9 tokens do not fit 8; 3 + 2 + 3 = 8 do.
    assert get_nsp_data_from_paragraph(
        MOONS, PARAGRAPHS, None, 8, scripted(0.0, 0.0)) == [
        (['<cls>', 'we', 'have', 'one', '<sep>', 'venus', 'none', '<sep>'],
         [0, 0, 0, 0, 0, 1, 1, 1], True)]


@given(CORPUS, st.integers(3, 12), st.integers())
def test_data_as_the_rules_say(paragraphs, max_len, seed):
    rng, other = random.Random(seed), random.Random(seed)
    for paragraph in paragraphs:
        assert get_nsp_data_from_paragraph(
            paragraph, paragraphs, None, max_len, rng) == book_rules.pairs(
            paragraph, paragraphs, max_len, other)
    assert rng.getstate() == other.getstate()


@given(CORPUS, st.booleans())
def test_paragraphs_are_left_alone(paragraphs, strict):
    before = copy.deepcopy(paragraphs)
    own = [['own', 'start'], ['own', 'end']]
    data = get_nsp_data_from_paragraph(own, paragraphs, None, 64,
                                       random.Random(0),
                                       strict_negatives=strict)
    for tokens, segments, _ in data:  # what is returned is the caller's
        tokens.clear(), segments.clear()
    assert paragraphs == before
    assert own == [['own', 'start'], ['own', 'end']]


def test_half_of_the_pairs_are_true():
    # 40,000 draws with p = 1/2: sigma = sqrt(40000 / 4) = 100.
    paragraph = [[number] for number in range(40_001)]
    pairs = sentence_pairs(paragraph, [paragraph], random.Random(0))
    true = sum(is_next for _, _, is_next in pairs)
    assert abs(true - 20_000) < 5 * 100


def test_negatives_come_from_every_paragraph_alike():
    # Paragraphs are drawn first, so each of the 2 has half of n negatives,
    # whatever its length: sigma = sqrt(n / 4).
    rng = random.Random(0)
    drawn = [b for _ in range(20_000) for a, b, is_next in
             [get_next_sentence(*TIDES, PARAGRAPHS, rng)] if not is_next]
    from_tides = sum(sentence in TIDES for sentence in drawn)
    assert abs(from_tides - len(drawn) / 2) < 5 * (len(drawn) / 4) ** 0.5


@given(CORPUS, st.integers())
def test_strict_negatives(paragraphs, seed):
    rng = random.Random(seed)
    for own in paragraphs:
        others = [paragraph for paragraph in paragraphs if paragraph != own]
        for a, true_next in zip(own, own[1:]):
            allowed = [sentence for paragraph in others
                       for sentence in paragraph if sentence != true_next]
            try:
                found = get_next_sentence(a, true_next, paragraphs, rng,
                                          own_paragraph=own)
            except ValueError:
                assert allowed == []
                continue
            assert found[0] == a
            assert found[1] == true_next if found[2] else found[1] in allowed


def test_strict_negatives_try_again(scripted):
    # Own paragraph; then another, but it reads as the true next; then not.
    paragraphs = [TIDES, [['it', 'fell'], ['and', 'rose']]]
    assert get_next_sentence(
        *TIDES, paragraphs, scripted(0.5, 0, 1, 0, 1, 1),
        own_paragraph=TIDES) == (TIDES[0], ['and', 'rose'], False)


def test_strict_negatives_find_a_needle():
    paragraphs = [TIDES] * 2000 + [MOONS]
    rng = random.Random(0)
    found = [get_next_sentence(*TIDES, paragraphs, rng, own_paragraph=TIDES)
             for _ in range(20)]
    assert all(is_next or b in MOONS for _, b, is_next in found)
    assert not all(is_next for _, _, is_next in found)


def test_impossible_strict_negatives(scripted):
    with pytest.raises(ValueError, match='strict_negatives found no sentence '
                       'in another paragraph .* at least two different para'):
        get_next_sentence(*TIDES, [TIDES], scripted(0.5, *[0] * 100),
                          own_paragraph=TIDES)
