"""N examples, with masks that are drawn once or again in each epoch."""

import pickle
import random

import numpy as np
import pytest

from d2l_bert.core.examples.container import Examples, join_examples
from d2l_bert.core.examples.dataset import EpochSampler
from d2l_bert.core.objectives.bert import make_examples
from d2l_bert.core.text.corpus import load_paragraphs

PARAGRAPHS = load_paragraphs('tiny', rng=random.Random(0))


def make(dynamic_masking=True, seed=1, **options):
    return make_examples(PARAGRAPHS, 32, rng=random.Random(seed),
                         dynamic_masking=dynamic_masking, **options)


EITHER = pytest.mark.parametrize('examples', [make(False), make(True)],
                                 ids=['static', 'dynamic'])


def equal(a, b):
    return all(map(np.array_equal, a, b))


@EITHER
def test_a_number_gives_one_example(examples, assert_same):
    one = examples[3]
    assert one.token_ids.shape == (32,)
    assert one.vocab is examples.vocab
    assert_same(type(one)(*(column[None] for column in one)), examples[[3]])


@EITHER
def test_numbers_of_numpy_are_numbers(examples, assert_same):
    assert_same(examples[np.int64(3)], examples[3])
    assert_same(examples[np.array([3, 4])], examples[[3, 4]])


@EITHER
def test_negative_numbers_count_from_the_end(examples, assert_same):
    assert_same(examples[-1], examples[len(examples) - 1])
    assert_same(examples[[-2, 0]], examples[[len(examples) - 2, 0]])


@EITHER
def test_slices_and_lists_agree(examples, assert_same):
    assert_same(examples[2:8:2], examples[[2, 4, 6]])
    assert_same(examples[-2:], examples[[-2, -1]])
    assert examples[5:5].token_ids.shape == (0, 32)
    assert len(examples[:].token_ids) == len(examples)


@EITHER
def test_iteration_is_by_number(examples, assert_same):
    iterated = list(examples)
    assert len(iterated) == len(examples) > 100
    assert_same(iterated[-1], examples[-1])


@EITHER
@pytest.mark.parametrize('far', [10 ** 6, -10 ** 6, [0, 10 ** 6]])
def test_out_of_range(examples, far):
    with pytest.raises(IndexError):
        examples[far]


@EITHER
def test_found_by_number_only(examples):
    with pytest.raises(TypeError, match='examples are found by number'):
        examples[0] in examples  # noqa: B015


@EITHER
def test_facts(examples):
    assert examples.max_len == 32
    assert examples.num_dropped == examples.num_pairs - len(examples)
    pairs = sum(len(paragraph) - 1 for paragraph in PARAGRAPHS)
    assert examples.num_pairs == pairs
    assert examples.num_dropped > 0


def test_static_examples_are_the_default():
    examples = make_examples(PARAGRAPHS, 32)
    assert type(examples) is Examples
    assert not examples.dynamic_masking


def test_same_masks_in_any_batch_and_order(assert_same):
    examples = make()
    batch = examples[2, [9, 4, 7]]
    for place, i in enumerate([9, 4, 7]):
        assert_same(examples[2, i], type(batch)(*(column[place] for column
                                                  in batch)))
    assert_same(examples[2, 4:10][:], examples[2, [4, 5, 6, 7, 8, 9]])


def test_same_masks_when_asked_again(assert_same):
    examples = make()
    before = examples[1, :]
    _ = examples[5, :]
    assert_same(examples[1, :], before)


def test_same_seed_same_masks(assert_same):
    assert_same(make()[3, :], make()[3, :])


def test_other_seed_other_masks():
    a, b = (make(seed=seed)[0, :] for seed in (1, 2))
    assert not np.array_equal(a.pred_positions, b.pred_positions)


def test_no_number_of_epoch_is_the_first(assert_same):
    examples = make()
    assert_same(examples[:], examples[0, :])
    assert_same(examples[5], examples[0, 5])


def test_epochs_differ_in_their_masks_only():
    examples = make()
    a, b = examples[0, :], examples[1, :]
    for name, x, y in zip(a._fields, a, b):
        alike = np.array_equal(x, y)
        assert alike == (name in ('segments', 'valid_lens', 'mlm_weights',
                                  'nsp_labels')), name


def test_masks_go_over_the_same_text():
    """Put the labels back, and both epochs read the same."""
    examples = make()
    texts = []
    for epoch in 0, 7:
        batch = examples[epoch, :]
        rows, places = np.nonzero(batch.mlm_weights)
        batch.token_ids[rows, batch.pred_positions[rows, places]] = (
            batch.mlm_labels[rows, places])
        texts.append(batch.token_ids)
    assert np.array_equal(*texts)
    assert examples.vocab['<mask>'] not in texts[0]


def test_writing_into_a_batch_changes_nothing_else(assert_same):
    examples = make()
    before = examples[0, :]
    for column in examples[0, :]:
        column[...] = 0
    assert_same(examples[0, :], before)


def test_pairs_are_those_of_static_masking():
    """The pairs are drawn first, so only the masks can differ."""
    static, dynamic = make(False)[:], make(True)[:]
    for name in 'segments', 'valid_lens', 'nsp_labels':
        assert np.array_equal(getattr(static, name), getattr(dynamic, name))


def test_rates_hold_in_every_epoch():
    examples = make(dupe_factor=4)
    for epoch in range(3):
        batch = examples[epoch, :]
        predicted = batch.mlm_weights > 0
        assert predicted.sum(1).tolist() == [
            max(1, round(0.15 * n)) for n in batch.valid_lens.tolist()]
        now = np.take_along_axis(batch.token_ids, batch.pred_positions,
                                 1)[predicted]
        n = len(now)
        assert n > 1000
        # sigma = sqrt(0.8 * 0.2 / n); of the random words 1 in 500 or so
        # is '<mask>', too.
        share = np.mean(now == examples.vocab['<mask>'])
        assert abs(share - 0.8) < 5 * (0.16 / n) ** 0.5 + 0.1 / 300
        # sigma = sqrt(0.1 * 0.9 / n), and 1 in 300 is the old word again.
        share = np.mean(now == batch.mlm_labels[predicted])
        assert abs(share - 0.1) < 5 * (0.09 / n) ** 0.5 + 0.1 / 100


def test_every_word_is_predicted_in_the_end():
    """The point of it: in time no candidate is left out."""
    examples = make()
    length = int(examples.columns.valid_lens[0])
    segments = examples.columns.segments[0]
    seen = {position for epoch in range(200)
            for position in examples[epoch, 0].pred_positions.tolist()}
    # A candidate is left out of 200 epochs with 0.85^200 = 1e-14.
    separator = int(np.argmax(segments)) - 1
    assert seen - {0} == set(range(1, length - 1)) - {separator}


@pytest.mark.parametrize('options, hidden', [
    ({'mlm_probs': (1, 0, 0)}, True), ({'mlm_probs': (0, 0, 1)}, False)])
def test_options_reach_the_masks(options, hidden):
    examples = make(mlm_ratio=0.5, **options)
    batch = examples[1, :]
    assert batch.pred_positions.shape[1] == 16
    now = np.take_along_axis(batch.token_ids, batch.pred_positions, 1)
    masked = now[batch.mlm_weights > 0] == examples.vocab['<mask>']
    assert masked.all() if hidden else not masked.any()


def test_epoch_sampler_counts_passes():
    sampler = EpochSampler(range(2))
    assert len(sampler) == 2
    assert [list(sampler) for _ in range(3)] == [
        [(0, 0), (0, 1)], [(1, 0), (1, 1)], [(2, 0), (2, 1)]]


def test_a_pass_broken_off_is_a_pass():
    sampler = EpochSampler(range(9))
    next(iter(sampler))
    assert next(iter(sampler)) == (1, 0)


def test_static_masks_are_the_columns(assert_same):
    examples = make(False)
    assert_same(examples[:], examples.columns)
    assert_same(examples[:], make(False)[:])


# Selected, copied, joined ---------------------------------------------------

def test_some_examples_keep_their_masks(assert_same):
    """Whatever else is loaded, and after a second selection."""
    examples = make()
    few = examples.select([9, 4, 7]).select(slice(1, None))
    for epoch in 0, 3:
        assert_same(few[epoch, :], examples[epoch, [4, 7]])
    assert few.vocab is examples.vocab and len(few) == 2
    mask = np.arange(len(examples)) % 50 == 3
    assert_same(examples.select(mask)[:], examples[mask])
    assert len(examples.select([])) == 0


def test_copies_in_other_processes_are_no_larger():
    examples = make(False)
    data = pickle.dumps(examples)
    size = sum(column.nbytes for column in examples.columns)
    assert len(data) < 1.1 * size + 100_000
    copy = pickle.loads(data)
    assert copy[0].vocab is copy.vocab and copy.layout == 'pair'
    with pytest.raises(ValueError, match='read-only'):
        copy.read_only(0).token_ids[0] = 7


def test_joined(assert_same):
    examples = make(False)
    joined = join_examples([examples.select([3]), examples.select([1, 2])])
    assert_same(joined[:], examples[[3, 1, 2]])
    assert joined.tokenizer is examples.tokenizer
    with pytest.raises(ValueError, match='same vocabulary'):
        join_examples([examples, make(False, min_freq=2)])
    with pytest.raises(ValueError, match='dynamic masks cannot be joined'):
        join_examples([make(), make()])
