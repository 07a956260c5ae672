"""Masked language modelling."""

import collections
import copy
import random

import book_rules
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l_bert.core.objectives.mlm import (
    candidate_positions, get_mlm_data_from_tokens, get_num_mlm_preds,
    replace_mlm_tokens)
from d2l_bert.core.tokens.vocab import RESERVED_TOKENS, SPECIAL_TOKENS, Vocab

VOCAB = Vocab(['a', 'b', 'c'], reserved_tokens=RESERVED_TOKENS)
# 0 '<cls>', 1 '<mask>', 2 '<pad>', 3 '<sep>', 4 '<unk>', 5 a, 6 b, 7 c
TOKENS = st.lists(st.sampled_from(['a', 'b', 'c', 'rare', *SPECIAL_TOKENS]),
                  max_size=20)


def test_at_least_one_prediction():
    assert [get_num_mlm_preds(n) for n in (0, 1, 3, 4)] == [1, 1, 1, 1]


def test_fifteen_percent_rounded():
    # 0.15 * 30 = 4.5 goes to the even 4, and 0.15 * 50 = 7.5 to 8.
    assert [get_num_mlm_preds(n) for n in (20, 30, 50, 64, 512)] == [
        3, 4, 8, 10, 77]


def test_candidates_are_all_but_cls_and_sep():
    assert candidate_positions(['<cls>', 'a', '<sep>', '<mask>', '<pad>',
                                '<unk>', '<sep>']) == [1, 3, 4, 5]


def test_masked_kept_and_random(scripted):
    # Candidates 1 to 4, shuffled: the last, 4, stays (3 of 0..3); then 3
    # and 1 change places (0 of 0..2): [3, 2, 1, 4]; then 2 stays (1).
    # Position 3: 0.79 < 0.8, mask. 2: 0.8, then 0.49 < 0.5: kept.
    # 1: 0.9, then 0.5: the random word number 7 of VOCAB, 'c'.
    rng = scripted(3, 0, 1, 0.79, 0.8, 0.49, 0.9, 0.5, 7)
    assert replace_mlm_tokens(
        ['<cls>', 'a', 'b', 'a', 'b', '<sep>'], [1, 2, 3, 4], 3, VOCAB,
        rng) == (['<cls>', 'c', 'b', '<mask>', 'b', '<sep>'],
                 [(3, 'a'), (2, 'b'), (1, 'a')])


def test_shuffle_draws_again_when_out_of_range(scripted):
    # Three candidates: 2 bits may give 3, which is no place; 2 is.
    assert replace_mlm_tokens(['a', 'b', 'c'], [0, 1, 2], 1, VOCAB,
                              scripted(3, 2, 1, 0.0))[1] == [(0, 'a')]


def test_data_are_sorted_numbers(scripted):
    # 14 tokens: round(2.1) = 2 predictions among the 11 candidates 1..5,
    # 7..12. Every draw of 10, 9, ... keeps its place but the last, 0,
    # which exchanges 1 and 2: the order is [2, 1, 3, ...].
    tokens = ['<cls>', *'abcab', '<sep>', *'abcabc', '<sep>']
    rng = scripted(10, 9, 8, 7, 6, 5, 4, 3, 2, 0, 0.1, 0.9, 0.9, 4)
    assert get_mlm_data_from_tokens(tokens, VOCAB, rng) == (
        [0, 4, 1, 7, 5, 6, 3, 5, 6, 7, 5, 6, 7, 3], [1, 2], [5, 6])


@given(TOKENS, st.integers(0, 9), st.integers())
def test_replace_as_the_rules_say(tokens, how_many, seed):
    rng, other = random.Random(seed), random.Random(seed)
    candidates = candidate_positions(tokens)
    assert replace_mlm_tokens(
        tokens, candidates, how_many, VOCAB, rng) == book_rules.replace(
        tokens, candidates, how_many, VOCAB.idx_to_token, other)
    assert rng.getstate() == other.getstate()


@given(TOKENS, st.integers())
def test_data_as_the_rules_say(tokens, seed):
    rng, other = random.Random(seed), random.Random(seed)
    assert get_mlm_data_from_tokens(tokens, VOCAB, rng) == book_rules.mask(
        tokens, VOCAB.idx_to_token, other)
    assert rng.getstate() == other.getstate()


def test_the_module_random_is_the_default():
    tokens = ['a'] * 40
    random.seed(4)
    assert get_mlm_data_from_tokens(tokens, VOCAB) == (
        get_mlm_data_from_tokens(tokens, VOCAB, random.Random(4)))


def test_tokens_and_candidates_are_left_alone():
    tokens, candidates = ['a'] * 30, list(range(30))
    before = copy.deepcopy((tokens, candidates))
    replace_mlm_tokens(tokens, candidates, 20, VOCAB, random.Random(0))
    assert (tokens, candidates) == before


def shares(seed, **options):
    """Of 100,000 predictions of 'old': masked, replaced by 'new', kept."""
    n = 100_000
    tokens, _ = replace_mlm_tokens(
        ['old'] * n, range(n), n, Vocab({'new': 1}), random.Random(seed),
        **options)
    count = collections.Counter(tokens)
    return (count['<mask>'] / n, (count['new'] + count['<unk>']) / n,
            count['old'] / n)


def test_eighty_ten_ten():
    # sigma = sqrt(p (1 - p) / 100000): 0.00126 for 0.8, 0.00095 for 0.1.
    masked, replaced, kept = shares(0)
    assert abs(masked - 0.8) < 5 * 0.00126
    assert abs(replaced - 0.1) < 5 * 0.00095
    assert abs(kept - 0.1) < 5 * 0.00095


def test_probabilities_of_ones_own():
    # sigma = 0.00158 for 0.5, 0.00145 for 0.3, 0.00126 for 0.2.
    masked, replaced, kept = shares(1, mlm_probs=(0.5, 0.3, 0.2))
    assert abs(masked - 0.5) < 5 * 0.00158
    assert abs(replaced - 0.3) < 5 * 0.00145
    assert abs(kept - 0.2) < 5 * 0.00126


@pytest.mark.parametrize('mlm_probs', [(1, 0, 0), (0, 1, 0), (0, 0, 1)])
def test_certainties(mlm_probs):
    assert shares(2, mlm_probs=mlm_probs) == mlm_probs


def test_every_position_is_as_likely():
    # 15 of 100 positions, 4000 times: each 600 times on average, sigma =
    # sqrt(4000 * 0.15 * 0.85) = 22.6. The second '<sep>' moves the share
    # of the 97 candidates to 15 / 97, 618.6 times.
    tokens = ['<cls>', *['a'] * 48, '<sep>', *['b'] * 49, '<sep>']
    rng, count = random.Random(0), collections.Counter()
    for _ in range(4000):
        positions = get_mlm_data_from_tokens(tokens, VOCAB, rng)[1]
        assert len(positions) == len(set(positions)) == 15
        count.update(positions)
    assert sorted(count) == [*range(1, 49), *range(50, 99)]
    assert all(abs(times - 618.6) < 5 * 22.9 for times in count.values())


def test_random_words_are_drawn_from_the_whole_vocabulary():
    # 8 words, 8000 draws: each 1000 times, sigma = sqrt(8000/8*7/8) = 29.6.
    tokens, _ = replace_mlm_tokens(['x'] * 8000, range(8000), 8000, VOCAB,
                                   random.Random(0), mlm_probs=(0, 1, 0))
    count = collections.Counter(tokens)
    assert sorted(count) == VOCAB.idx_to_token
    assert all(abs(times - 1000) < 5 * 29.6 for times in count.values())


def test_strict_random_words_are_words():
    tokens, _ = replace_mlm_tokens(['x'] * 1000, range(1000), 1000, VOCAB,
                                   random.Random(0), mlm_probs=(0, 1, 0),
                                   strict_masking=True)
    assert set(tokens) == {'a', 'b', 'c'}


@given(TOKENS, st.integers())
def test_strict_targets_are_no_signs(tokens, seed):
    _, positions, labels = get_mlm_data_from_tokens(
        tokens, VOCAB, random.Random(seed), mlm_ratio=1.0,
        strict_masking=True)
    signs = {'<cls>', '<sep>', '<mask>', '<pad>'}
    assert positions == [i for i, token in enumerate(tokens)
                         if token not in signs]
    assert labels == VOCAB[[tokens[i] for i in positions]]


def test_for_the_book_mask_in_a_text_is_a_word():
    _, positions, labels = get_mlm_data_from_tokens(['<mask>'], VOCAB)
    assert positions == [0]
    assert labels == [VOCAB['<mask>']]


def test_strict_masking_without_words():
    with pytest.raises(ValueError, match='strict_masking needs a word to '
                       'draw, .* lower min_freq or give it more text'):
        replace_mlm_tokens(['a'], [0], 1, Vocab(), strict_masking=True)


@pytest.mark.parametrize('mlm_probs', [(0.8, 0.1, 0.2), (0.9, 0.1),
                                       (1.5, -0.25, -0.25)])
def test_bad_probabilities(mlm_probs):
    with pytest.raises(ValueError, match='mlm_probs must be three numbers '
                       r'from 0 to 1 with sum 1 \(mask, random, keep\), not '):
        get_mlm_data_from_tokens(['a'], VOCAB, mlm_probs=mlm_probs)


@pytest.mark.parametrize('mlm_ratio', [0, -0.1, 1.5])
def test_bad_ratio(mlm_ratio):
    with pytest.raises(ValueError, match='mlm_ratio must be more than 0 and '
                       f'at most 1, not {mlm_ratio}'):
        get_mlm_data_from_tokens(['a'], VOCAB, mlm_ratio=mlm_ratio)


def test_vocabulary_without_mask():
    with pytest.raises(ValueError, match="the vocabulary has no '<mask>'; "
                       "make it with reserved_tokens="):
        get_mlm_data_from_tokens(['a'], Vocab(['a']))
