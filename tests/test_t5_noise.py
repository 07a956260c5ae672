"""T5's noise: its laws, by hand, and batches against the rule."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from d2l_bert.core import (
    T5Columns, corrupt, noise_mask, t5_lengths, t5_restore)
from d2l_bert.core.objectives.t5_masking import T5Masking
from d2l_bert.core.objectives.t5_noise import noise_counts, sentinels_for

def words(text):
    """The words of a text, which spaces divide."""
    return text.split()


FIGURE = words('I love this red car'), [False, True, False, True, True]
XYZ = ['<X>', '<Y>', '<Z>']
DENSITIES = st.sampled_from([1e-9, .15, .2, .5, .75, .99, 1 - 1e-9])
MEANS = st.sampled_from([1, 1.5, 3.0, 100])


def spans_of(mask):
    """How many runs of True a mask has."""
    return sum(not before and after
               for before, after in zip([False, *mask], mask))


# How many ------------------------------------------------------------------

@pytest.mark.parametrize('arguments, lengths', [
    ((512,), (568, 114)), ((256,), (284, 58)), ((128,), (141, 29)),
    ((64,), (70, 14)), ((1024,), (1137, 229)), ((64, 0.20, 2.0), (70, 22)),
    ((3,), (2, 3))])
def test_t5s_lengths(arguments, lengths):
    assert t5_lengths(*arguments) == lengths


@pytest.mark.parametrize('length, counts', [
    (1, (0, 0)), (2, (1, 1)), (3, (1, 1)),
    (10, (2, 1)),  # 1.5 is rounded to 2
    (30, (4, 1)),  # 4.5 is rounded to 4, and 4 / 3 to 1
    (70, (10, 3)), (568, (85, 28))])
def test_counts(length, counts):
    assert noise_counts(length) == counts


def test_counts_near_0_and_1():
    assert noise_counts(100, 1e-9) == (1, 1)
    # One token is left, so there is one span; T5's code would need 33.
    assert noise_counts(100, 1 - 1e-9) == (99, 1)
    assert noise_counts(100, 0.9, 1.0) == (90, 10)


@given(st.integers(3, 60), st.sampled_from([1e-9, .15, .5, .8]), MEANS)
def test_the_raw_tokens_are_as_many_as_fit(inputs_length, density, mean):
    raw, targets_length = t5_lengths(inputs_length, density, mean)
    for length in range(1, raw + 2):
        noise, spans = noise_counts(length, density, mean)
        fits = length - noise + spans + 1 <= inputs_length
        assert fits == (length <= raw)
        assert not fits or noise + spans + 1 <= targets_length


# Which ---------------------------------------------------------------------

@given(st.integers(1, 300), DENSITIES, MEANS, st.integers(0, 2 ** 64 - 1))
@example(1, .15, 3.0, 0)
@example(2, 1 - 1e-9, 1, 0)
def test_a_mask(length, density, mean, seed):
    mask = noise_mask(length, density, mean, seed=seed, epoch=1, example=2)
    noise, spans = noise_counts(length, density, mean)
    assert len(mask) == length and not mask[0]
    assert sum(mask) == noise and spans_of(mask) == spans
    assert mask[-1] or length == 1


def test_noise_share_and_spans_of_t5():
    """Of a run for 512 inputs always 85 of 568 tokens are noise, which is 15
    %, in 28 spans of 3.04 tokens. The noise of other examples, epochs and
    seeds is another."""
    masks = [noise_mask(568, seed=seed, epoch=epoch, example=number)
             for seed, epoch, number in ((0, 0, 0), (1, 0, 0), (0, 1, 0),
                                         (0, 0, 1))]
    assert {(sum(mask), spans_of(mask)) for mask in masks} == {(85, 28)}
    assert len({*map(tuple, masks)}) == 4


def test_all_splits_are_equally_likely():
    """12 tokens, of which 5 are noise, in 3 spans. There are C(4, 2) = 6
    ways to split the noise and C(6, 2) = 15 to split the rest, and so 90
    masks. Of n = 45,000 each is drawn n / 90 = 500 times, within
    5 sqrt(n / 90 * 89 / 90) = 111."""
    n, lens = 45_000, np.full(45_000, 12)
    masking = T5Masking(11, np.arange(20, 30), None, 0, 0.42, 1.67)
    assert masking.raw_length == 12
    assert masking.counts[12].tolist() == [5, 3]
    masks = masking.noise_mask(lens, 3, 0, np.arange(n))
    _, counts = np.unique(masks, axis=0, return_counts=True)
    assert len(counts) == 90
    assert np.abs(counts - 500).max() < 111


def test_each_position_is_noise_as_often_as_it_should():
    """By counting all splits: a token at position i of 12 is noise in a
    share p of the 90 masks; of n draws n p, within 5 sqrt(n p (1 - p)). The
    first is never noise, and the last always."""
    from itertools import combinations
    masks = []
    for noise in combinations(range(1, 5), 2):
        for rest in combinations(range(1, 7), 2):
            mask = []
            for a, b in zip(np.diff([0, *rest, 7]), np.diff([0, *noise, 5])):
                mask += [0] * a + [1] * b
            masks.append(mask)
    share = np.mean(masks, axis=0)
    n = 20_000
    masking = T5Masking(11, np.arange(20, 30), None, 0, 0.42, 1.67)
    drawn = masking.noise_mask(np.full(n, 12), 7, 0, np.arange(n)).sum(axis=0)
    sigma = (n * share * (1 - share)) ** 0.5
    assert (np.abs(drawn - n * share) <= 5 * sigma).all()
    assert drawn[0] == 0 and drawn[-1] == n


# Corrupt and restore -------------------------------------------------------

def test_the_books_figure():
    inputs, targets = corrupt(*FIGURE, XYZ, end='sentinel')
    assert inputs == words('I <X> this <Y>')
    assert targets == words('<X> love <Y> red car <Z>')


def test_as_in_t5s_code():
    inputs, targets = corrupt(*FIGURE)
    assert inputs == words('I <extra_id_0> this <extra_id_1> </s>')
    assert targets == words('<extra_id_0> love <extra_id_1> red car </s>')


@pytest.mark.parametrize('mask, inputs, targets', [
    ([0, 0, 0], [1, 2, 3], [7]), ([1, 1, 1], [7], [7, 1, 2, 3, 8]),
    ([1, 0, 1], [7, 2, 8], [7, 1, 8, 3, 9]),
    ([0, 1, 0], [1, 7, 3], [7, 2, 8])])
def test_masks_that_t5_does_not_draw(mask, inputs, targets):
    tokens, marks = [1, 2, 3], [7, 8, 9]
    assert corrupt(tokens, mask, marks, 'sentinel') == (inputs, targets)
    assert t5_restore(inputs, targets, marks, 'sentinel') == tokens
    # With an end mark of its own, the final sentinel gives way to it.
    assert corrupt(tokens, mask, marks, 5) == (
        [*inputs, 5], [*targets[:-1], 5])


def test_no_token_and_one():
    assert corrupt([], []) == (['</s>'], ['</s>'])
    assert corrupt(['a'], noise_mask(1)) == (['a', '</s>'], ['</s>'])
    assert t5_restore(['a', '</s>'], ['</s>']) == ['a']


@given(st.lists(st.tuples(st.sampled_from('abc'), st.booleans())),
       st.sampled_from(['</s>', 'sentinel']))
def test_restore_is_the_inverse(pairs, end):
    tokens = [token for token, _ in pairs]
    mask = [hidden for _, hidden in pairs]
    inputs, targets = corrupt(tokens, mask, end=end)
    assert t5_restore(inputs, targets, end=end) == tokens
    # Each token is on one side.
    both = [token for token in inputs + targets if token in 'abc']
    assert sorted(both) == sorted(tokens)
    # There is one end mark on a side, never two.
    assert ('</s>' in inputs + targets) == (end == '</s>')
    assert len(targets) == sum(mask) + spans_of(mask) + 1


@pytest.mark.parametrize('call, message', [
    (lambda: t5_lengths(2), 'inputs_length must be a whole number of at lea'),
    (lambda: t5_lengths(64, 0), 'density must be a number between 0 and 1'),
    (lambda: t5_lengths(64, 1.0), 'density must be a number between 0 and 1'),
    (lambda: t5_lengths(64, float('nan')), 'density must be'),
    (lambda: t5_lengths(64, 'x'), "density must be .*, not 'x'"),
    (lambda: t5_lengths(64, 1 - 1e-12), 'leaves so few tokens that 64 input'),
    (lambda: t5_lengths(64, mean=0.5), 'the mean length of a span must be'),
    (lambda: noise_mask(0), 'length must be a whole number of at least 1'),
    (lambda: noise_mask(5, 2), 'density must be'),
    (lambda: corrupt(['a', 'b'], [True]), 'are 2 tokens and 1 values of the'),
    (lambda: corrupt(*FIGURE, ['<X>']), 'are 1 sentinels, and more are need'),
    (lambda: corrupt(*FIGURE, XYZ[:2], 'sentinel'), 'are 2 sentinels, and mo'),
    (lambda: corrupt(*FIGURE, ['<X>', '<X>']), 'the sentinels must differ'),
    (lambda: corrupt(*FIGURE, XYZ, '<Z>'), 'must differ .* from the end'),
    (lambda: corrupt(['</s>'], [False]), "the text has '</s>', which marks"),
    (lambda: corrupt(['<X>'], [False], XYZ), "the text has '<X>', which ma"),
    (lambda: t5_restore(['a'], ['</s>']), "the inputs must end with '</s>', "
                                          r"not \['a'\]"),
    (lambda: t5_restore(['</s>'], []), r"targets must end with '</s>', not "
                                       r'\[\]'),
    (lambda: t5_restore(words('a <X>'), words('b <X>'), XYZ, 'sentinel'),
     "the targets must begin with a sentinel, not 'b'"),
    (lambda: t5_restore(words('a <X>'), words('<X> b'), XYZ, 'sentinel'),
     r"the targets must end with a sentinel, not \['b'\]"),
    (lambda: t5_restore(words('a'), words('<X> b <Y>'), XYZ, 'sentinel'),
     "the targets have '<X>', which the inputs do not have"),
    (lambda: t5_restore(words('a <X> <Z>'), words('<X> b <Y>'), XYZ,
                        'sentinel'), "the inputs have '<Z>' and the targets"),
    (lambda: t5_restore(words('<X> <X>'), words('<X> b <Y>'), XYZ,
                        'sentinel'), "or the inputs have it twice"),
    (lambda: t5_restore(words('<X>'), words('<X> b <X>'), XYZ, 'sentinel'),
     "the targets have '<X>' twice")])
def test_mistakes(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# Batches -------------------------------------------------------------------

@settings(max_examples=200)
@given(st.integers(3, 40), st.sampled_from([1e-9, .15, .5, .8, .95]), MEANS,
       st.integers(0, 2 ** 64 - 1), st.integers(0, 3), st.booleans(),
       st.data())
def test_batches_are_the_rule(inputs_length, density, mean, seed, epoch,
                              with_end, data):
    raw, targets_length = t5_lengths(inputs_length, density, mean)
    marks = [10 ** 6 + 7 * i for i in range(len(sentinels_for(raw)))]
    end = 10 ** 6 - 1 if with_end else 'sentinel'
    masking = T5Masking(inputs_length, np.array(marks),
                        end if with_end else None, 0, density, mean)
    lens = data.draw(st.lists(st.integers(1, raw), min_size=1, max_size=4))
    tokens = np.arange(1, len(lens) * raw + 1).reshape(len(lens), raw)
    numbers = np.arange(7, 7 + len(lens))
    before = tokens.copy()
    columns = masking.by_key(seed, T5Columns(
        tokens, np.float32(lens), *[()] * 3), epoch, numbers)
    assert (tokens == before).all()
    assert columns.shapes() == {
        'token_ids': (len(lens), inputs_length), 'valid_lens': (len(lens),),
        **dict.fromkeys(('decoder_inputs', 'targets', 'target_weights'),
                        (len(lens), targets_length))}
    for i, length in enumerate(lens):
        text = tokens[i, :length].tolist()
        inputs, targets = corrupt(
            text, noise_mask(length, density, mean, seed=seed, epoch=epoch,
                             example=7 + i), marks, end)
        assert t5_restore(inputs, targets, marks, end) == text
        padding = [0] * (targets_length - len(targets))
        assert columns.token_ids[i].tolist() == inputs + [0] * (
            inputs_length - len(inputs))
        assert columns.valid_lens[i] == len(inputs)
        assert columns.targets[i].tolist() == targets + padding
        assert columns.decoder_inputs[i].tolist() == (
            [0, *targets[:-1]] + padding)
        assert columns.target_weights[i].tolist() == (
            [1.0] * len(targets) + padding)


def test_no_text_at_all():
    masking = T5Masking(8, np.arange(20, 30), 10, 0)
    none = masking.by_key(0, T5Columns(
        np.zeros((0, masking.raw_length), int), np.zeros(0), *[()] * 3), 0,
        np.zeros(0, int))
    assert none.token_ids.shape == (0, 8)
