"""Keyed randomness: the numbers, the plain rules, and their laws."""

import random
from itertools import combinations, pairwise
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l_bert.core.examples import keyed, keys
from d2l_bert.core.examples.keyed import keyed_numbers, keyed_permutation
from d2l_bert.core.examples.keys import (
    NEXT, KeyedRandom, number, permutation)
from d2l_bert.core.objectives import nsp
from d2l_bert.core.objectives.halves import (
    draw_random_pair, pair_sentences)
from d2l_bert.core.objectives.bert import load_examples, make_examples
from d2l_bert.core.objectives.mlm import (
    candidate_positions, get_num_mlm_preds)
from d2l_bert.core.objectives.pairs import keyed_pairs
from d2l_bert.core.objectives.reviews import make_review_examples
from d2l_bert.core.randomness import Keyed, make_rng
from d2l_bert.core.text.corpus import load_paragraphs
from d2l_bert.core.tokens.numbering import TextIds

PARAGRAPHS = load_paragraphs('tiny', rng=random.Random(0))
REVIEWS = ['The sea rose high. It fell again. The moon pulls it. So it goes.',
           'A bad film. It has no sea. It has no moon.'] * 9
U64 = st.integers(0, 2 ** 64 - 1)


KEYED = Keyed(1)


def make(rng=KEYED, max_len=32, **options):
    return make_examples(PARAGRAPHS, max_len, rng=rng, **options)


# The numbers --------------------------------------------------------------

def test_keys_know_these_values():
    """So that they can be written again in another language."""
    assert keys.mix(keys.STEP) == 0xe220a8397b1dcdaf  # SplitMix64's first
    assert number(0, 0, 0, 0, 0) == 0x78ae5a9a6b5fd45e
    assert number(1, 2, 3, 4, 5) == 0xd9f5d06b0e81222b


@given(U64, st.integers(0, 9), st.integers(0, 99),
       st.lists(st.integers(0, 2 ** 40), min_size=1, max_size=4),
       st.integers(1, 9))
def test_arrays_of_keyed_numbers(seed, stream, epoch, index, num):
    assert keyed_numbers(seed, stream, epoch, index, num).tolist() == [
        [number(seed, stream, epoch, i, position) for position in range(num)]
        for i in index]


@given(U64, st.integers(0, 9), st.integers(0, 99), st.integers(0, 40))
def test_permutations_are_the_plain_ones(seed, stream, epoch, num):
    found = keyed_permutation(seed, stream, epoch, num).tolist()
    assert found == permutation(seed, stream, epoch, num)
    assert sorted(found) == list(range(num))


@given(U64, st.integers(1, 2 ** 31))
def test_below(drawn, n):
    assert keyed.below(np.array([drawn], np.uint64), n) == [
        keys.below(drawn, n)]
    assert 0 <= keys.below(drawn, n) < n


def test_a_generator_of_one_example():
    numbers = [number(7, NEXT, 2, 5, position) for position in range(3)]
    rng = KeyedRandom(7, NEXT, 2, 5)
    assert rng.random() == (numbers[0] >> 11) / 2 ** 53
    assert rng.choice(range(1000)) == (numbers[1] >> 32) * 1000 >> 32
    assert rng.getrandbits(9) == numbers[2] >> 55


def test_randomness_by_name():
    assert make_rng('book', None) is random
    assert make_rng('book', 5).random() == random.Random(5).random()
    random.seed(3)
    drawn = make_rng('keyed', None)
    random.seed(3)
    assert make_rng('keyed', None) == drawn != make_rng('keyed', None)
    with pytest.raises(ValueError, match="'book' or 'keyed', not 'numpy'"):
        make_rng('numpy', 0)
    with pytest.raises(ValueError, match='seed must be None or a whole'):
        load_examples(32, corpus='tiny', rng='keyed', seed=-1)


@pytest.mark.parametrize('rng', ['keyed', 5, np.random.default_rng(0)])
@pytest.mark.parametrize('maker', [
    lambda rng: make(rng), lambda rng: make_review_examples(REVIEWS, rng=rng)])
def test_what_cannot_be_drawn_from(rng, maker):
    with pytest.raises(TypeError, match=r'rng must be `random`, .* or '
                       r'Keyed\(seed\), not'):
        maker(rng)


@pytest.mark.parametrize('seed', [-1, 2 ** 64, 0.5, '0', True])
def test_seeds_that_are_no_key(seed):
    with pytest.raises(ValueError, match='seed must be a whole number from'):
        Keyed(seed)


# The plain rules and the fast ones, number for number ---------------------

@pytest.mark.parametrize('int_dtype', [np.int32, np.int64])
@pytest.mark.parametrize('rng', [Keyed(1), random.Random(1)],
                         ids=['keyed', 'book'])
@pytest.mark.parametrize('options', [
    {}, {'mlm_ratio': 0.5, 'mlm_probs': (0.2, 0.5, 0.3)},
    {'mlm_probs': (1, 0, 0)}, {'strict_masking': True, 'min_freq': 2},
    {'dupe_factor': 2}])
def test_a_batch_is_masked_as_each_example_is(options, rng, int_dtype):
    examples = make(rng, dynamic_masking=True, int_dtype=int_dtype, **options)
    masking = examples._mask_again.func.__self__
    seed, = examples._mask_again.args
    unmasked = examples._columns
    for epoch, index in ((0, range(40)), (5, [7, 3, len(examples) - 1])):
        batch = examples[epoch, list(index)]
        assert batch.token_ids.dtype == batch.pred_positions.dtype == (
            batch.mlm_labels.dtype) == int_dtype
        for row, i in enumerate(index):
            n = int(unmasked.valid_lens[i])
            tokens = unmasked.token_ids[i, :n].tolist()
            masked, predictions = keys.mask_example(
                tokens, candidate_positions(
                    tokens, frozenset(masking.never_predicted)),
                get_num_mlm_preds(n, masking.mlm_ratio), masking.mask,
                masking.words, masking.mlm_probs, seed, epoch,
                int(examples.numbers[i]))
            assert batch.token_ids[row, :n].tolist() == masked
            k = len(predictions)
            assert batch.mlm_weights[row].tolist() == (
                [1] * k + [0] * (len(batch.mlm_weights[row]) - k))
            assert list(zip(batch.pred_positions[row, :k].tolist(),
                            batch.mlm_labels[row, :k].tolist())
                        ) == predictions


def test_both_halves_are_masked_by_their_own_positions():
    examples = make_review_examples(REVIEWS, rng=Keyed(4), min_freq=1,
                                    percentile=100, dynamic_masking=True,
                                    mlm_probs=(0.3, 0.4, 0.3))
    masking = examples._mask_again.func.__self__
    half_len = (examples.max_len - 1) // 2
    batch = examples[3, :]
    for i, unmasked in enumerate(examples._columns.token_ids.tolist()):
        expected = []
        for start in (1, half_len + 2):
            places = [position for position
                      in range(start, start + half_len - 1)
                      if unmasked[position] != masking.pad]
            masked, found = keys.mask_example(
                unmasked, places, get_num_mlm_preds(len(places)),
                masking.masking.mask, masking.masking.words, (0.3, 0.4, 0.3),
                4, 3, i)
            half = slice(start, start + half_len - 1)
            assert batch.token_ids[i, half].tolist() == masked[half]
            expected += found
        k = len(expected)
        assert list(zip(batch.pred_positions[i, :k].tolist(),
                        batch.mlm_labels[i, :k].tolist())) == expected
        assert batch.mlm_weights[i].sum() == k


def test_pairs_of_reviews_are_drawn_by_the_rule():
    pairs = pair_sentences([4, 3, 1, 5], Keyed(6))
    assert [pair for pair in pairs if pair[2]] == [
        (a, a + 1, True) for a in (0, 1, 2, 4, 5, 8, 9, 10, 11)]
    assert [pair[:2] for pair in pairs[1::2]] == [
        draw_random_pair(13, KeyedRandom(6, NEXT, 0, number))
        for number in range(1, len(pairs), 2)]


TEXTS = st.lists(st.lists(st.lists(st.integers(0, 2), max_size=3),
                          min_size=1, max_size=4), min_size=1, max_size=5
                 ).filter(lambda text: max(map(len, text)) > 1)


@pytest.mark.parametrize('tries', [1, nsp.TRIES])
@given(TEXTS, st.integers(0, 99), st.booleans(), st.integers(1, 2))
def test_pairs_are_drawn_by_the_rule(tries, text, seed, strict, dupe_factor):
    """After some tries the arrays leave the rest to the rule itself."""
    ids, expected = TextIds.of(text), []
    with mock.patch.object(nsp, 'TRIES', tries):
        try:
            for again in range(dupe_factor):
                number = again * 2 ** 32
                for paragraph in text:
                    for a, b in pairwise(paragraph):
                        expected.append((*nsp.get_next_sentence(
                            a, b, text, KeyedRandom(seed, NEXT, 0, number),
                            own_paragraph=paragraph if strict else None),
                            number))
                        number += 1
                    number += 1  # of the last sentence, which has no pair
        except ValueError as error:
            with pytest.raises(ValueError, match=str(error)[:40]):
                keyed_pairs(ids, seed, dupe_factor, strict)
            return
        found = keyed_pairs(ids, seed, dupe_factor, strict)
    assert [(ids.sentence(a).tolist(), ids.sentence(b).tolist(), is_next,
             number) for a, b, is_next, number in zip(*found)] == expected


# What an example depends on ----------------------------------------------

def by_number(examples):
    """Each example by its number, without its padding."""
    return {number: [column[:int(example.valid_lens)].tolist()
                     if column.ndim else column.item()
                     for column in example[:3]]
            + [column[example.mlm_weights > 0].tolist()
               for column in example[3:6]] + [int(example.nsp_labels)]
            for number, example in zip(examples.numbers.tolist(), examples)}


@pytest.mark.parametrize('dynamic_masking', [False, True])
def test_the_length_of_others_and_of_the_padding_do_not_matter(
        dynamic_masking):
    long, short = (by_number(make(max_len=max_len, strict_negatives=True,
                                  dynamic_masking=dynamic_masking))
                   for max_len in (64, 32))
    assert 0 < len(short) < len(long)
    assert all(long[number] == short[number] for number in short)


def test_a_part_of_the_text_has_the_masks_of_the_whole():
    """Only false pairs differ, as others are there to be drawn."""
    whole = make(max_len=64)
    part = by_number(make_examples(PARAGRAPHS[:70], 64, rng=Keyed(1),
                                   vocab=whole.vocab))
    whole = by_number(whole)
    true = [number for number in part if part[number][-1]]
    assert len(true) > 100
    assert all(whole[number] == part[number] for number in true)


def test_static_masks_are_those_of_the_first_epoch(assert_same):
    assert_same(make()[:], make(dynamic_masking=True)[0, :])


def test_when_all_is_drawn_twice_the_first_time_stays():
    once, twice = by_number(make()), by_number(make(dupe_factor=2))
    assert len(twice) > 1.9 * len(once)
    assert all(twice[number] == once[number] for number in once)
    again = [number for number in once if number + 2 ** 32 in twice]
    assert sum(twice[number + 2 ** 32] == once[number]
               for number in again) < len(again) / 10


def test_in_chunks_as_at_once(assert_same, monkeypatch):
    expected = make()
    monkeypatch.setattr('d2l_bert.core.objectives.masking.ROWS_AT_ONCE', 7)
    monkeypatch.setattr('d2l_bert.core.objectives.pairs.ROWS_AT_ONCE', 9)
    assert_same(make()[:], expected[:])


def test_another_seed_gives_other_pairs_and_masks():
    one, other = make(Keyed(1)), make(Keyed(2))
    assert one.columns.nsp_labels.sum() != other.columns.nsp_labels.sum()
    assert one.seed == 1 and other.seed == 2 and make(random).seed is None


def test_a_text_stays_in_order():
    path_order = load_paragraphs('tiny', rng=Keyed(9))
    assert path_order == load_paragraphs('tiny', rng=Keyed(8))
    assert sorted(path_order) == sorted(PARAGRAPHS) != path_order


# Laws, at 5 sigma ---------------------------------------------------------

def chi_squared(counts):
    """How far counts of equally likely cases are from equal, in sigmas.

    With c cases the sum of (n - mean)^2 / mean has the mean c - 1 and the
    standard deviation sqrt(2 (c - 1)).
    """
    counts = np.asarray(counts, float)
    free = len(counts) - 1
    statistic = ((counts - counts.mean()) ** 2 / counts.mean()).sum()
    return (statistic - free) / (2 * free) ** 0.5


def test_this_statistic_can_fail():
    assert chi_squared([1000, 1040, 960, 1000]) < 5
    assert chi_squared([1000, 1100, 900, 1000]) > 5


def chosen(num, of, index, seed=1, epoch=0):
    """Choose `num` positions of `of`, for each number of an example."""
    found, all_chosen = keyed.choose(
        np.ones((len(index), of), bool), np.full(len(index), num), num,
        keyed.scores(seed, epoch, index, of))
    assert all_chosen.all()
    return found


def test_every_position_and_every_pair_is_chosen_alike():
    n = 40_000
    found = chosen(2, 10, np.arange(n))
    pairs = list(combinations(range(10), 2))  # 45
    counts = [(found == pair).all(1).sum() for pair in pairs]
    assert sum(counts) == n
    assert chi_squared(counts) < 5
    # Each position is chosen with p = 0.2, the two of a row not
    # independently: sum (n_i - np)^2 / (np (1 - p)) is about 9 on average,
    # with a standard deviation of sqrt(2 * 9).
    singles = np.bincount(found.ravel(), minlength=10)
    statistic = ((singles - n / 5) ** 2).sum() / (n / 5 * 0.8)
    assert statistic < 9 + 5 * 18 ** 0.5


@pytest.mark.parametrize('differ', ['index', 'seed', 'epoch'])
def test_neighbours_are_independent(differ):
    """One of 8 positions, in two neighbours: 64 equally likely cases."""
    index = np.arange(0, 60_000, 2)
    one = chosen(1, 8, index)
    other = (chosen(1, 8, index + 1) if differ == 'index' else
             chosen(1, 8, index, **{differ: 2}))
    cases = (one * 8 + other).ravel()
    assert chi_squared(np.bincount(cases, minlength=64)) < 5


def test_two_epochs_overlap_by_accident_only():
    """If k of c candidates are chosen twice, k^2 / c are expected in both."""
    examples = make(dupe_factor=6, dynamic_masking=True)
    one, two = (examples[epoch, :] for epoch in (0, 1))
    c = np.maximum(one.valid_lens - 3, 2)  # without three special tokens
    k = one.mlm_weights.sum(1)
    both = sum(len(set(a[w > 0].tolist()) & set(b[w > 0].tolist()))
               for a, b, w in zip(one.pred_positions, two.pred_positions,
                                  one.mlm_weights))
    # Hypergeometric: mean k^2/c, variance k^2 (c-k)^2 / (c^2 (c-1)).
    mean = (k * k / c).sum()
    sigma = np.sqrt((k ** 2 * (c - k) ** 2 / (c ** 2 * (c - 1))).sum())
    assert abs(both - mean) < 5 * sigma


def replaced(n, mlm_probs, num_words=10):
    """What takes the place of token 1 in n examples; 0 is the mask."""
    return keyed.replace(np.ones((n, 1), int), 0,
                         np.arange(100, 100 + num_words), mlm_probs, 3, 0,
                         np.arange(n), np.zeros((n, 1), int))[:, 0]


def test_shares_of_mask_random_word_and_same():
    n = 100_000
    new = replaced(n, (0.8, 0.1, 0.1))
    for found, p in (((new == 0).sum(), 0.8), ((new >= 100).sum(), 0.1),
                     ((new == 1).sum(), 0.1)):
        assert abs(found - n * p) < 5 * (n * p * (1 - p)) ** 0.5


def test_random_words_are_uniform():
    assert chi_squared(np.bincount(replaced(50_000, (0, 1, 0)) - 100,
                                   minlength=10)) < 5
    # Among the few that are random words, too.
    new = replaced(400_000, (0.8, 0.1, 0.1))
    assert chi_squared(np.bincount(new[new >= 100] - 100,
                                   minlength=10)) < 5


def test_shares_of_the_examples_of_a_text():
    """As in the book: exactly round(0.15 n) of n, and no special token."""
    examples = make(dupe_factor=20)
    token_ids, _, lens, positions, weights, labels, nsp_labels = (
        examples.columns)
    predicted = weights > 0
    assert predicted.sum(1).tolist() == [max(1, round(0.15 * n))
                                         for n in lens.tolist()]
    special = examples.vocab[['<cls>', '<sep>']]
    assert not np.isin(labels[predicted], special).any()
    # Half of the pairs are true: sigma = sqrt(0.25 / N). Pairs that fit
    # are a little more often true or false, but not here by 0.01.
    share = nsp_labels.mean()
    assert abs(share - 0.5) < 5 * (0.25 / len(examples)) ** 0.5 + 0.01


@pytest.mark.parametrize('strict', [False, True])
def test_false_sentences_come_from_every_paragraph_alike(strict):
    """A paragraph, and then one of its sentences, as in the book."""
    text = TextIds.of([[[i], [i + 1]] for i in range(0, 20, 2)])
    drawn = keyed_pairs(text, 5, 4000, strict)
    false = drawn.rows(~drawn.is_next)
    # Of N draws half are true: sigma = sqrt(N / 4).
    num = len(drawn.first)
    assert abs(len(false.first) - num / 2) < 5 * (num / 4) ** 0.5
    moved = (false.second - false.first) % 20  # 0 and 1: the own paragraph
    counts = np.bincount(moved, minlength=20)
    if strict:
        assert counts[:2].tolist() == [0, 0]
        counts = counts[2:]
    assert chi_squared(counts) < 5
