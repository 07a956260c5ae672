"""Which examples make a batch: their order, and their lengths."""

from itertools import islice
from types import SimpleNamespace
from unittest import mock

import numpy as np
import pytest
from small_training import PLAN, SIZES, close

from d2l_bert.core.examples.container import Examples
from d2l_bert.core.examples.keyed import keyed_permutation
from d2l_bert.core.examples.keys import ORDER
from d2l_bert.core.models.config import Config
from d2l_bert.core.objectives.bert import load_splits, make_examples
from d2l_bert.core.objectives.columns import Columns
from d2l_bert.core.objectives.reviews import make_review_examples
from d2l_bert.core.training.batching import batches, divide, in_order
from d2l_bert.core.training.loop import Run
from d2l_bert.core.training.runs import RunFolder

EITHER = pytest.mark.parametrize('bucket', [False, True])
TRAIN, VALID = load_splits(64, corpus='tiny', min_freq=2)
TRAIN = TRAIN.select(slice(0, 162))
SIZE = 54


def model(backend):
    sizes = {**SIZES, 'max_len': 64}
    return backend.new_model(0, len(TRAIN.vocab), dropout=0, **sizes)


def rows_of(batch):
    """The examples of a batch, without their padding."""
    return [tuple(row[:int(n)]) for row, n in zip(batch.token_ids.tolist(),
                                                  batch.valid_lens)]


@EITHER
def test_every_example_once_in_each_epoch(bucket):
    stream = list(islice(batches(TRAIN, SIZE, 5, bucket=bucket), 7))
    assert [epoch for epoch, _ in stream] == [0, 0, 0, 1, 1, 1, 2]
    everything = sorted(rows_of(TRAIN.columns))
    first, second = (sum((rows_of(batch) for _, batch in stream[i:i + 3]), [])
                     for i in (0, 3))
    assert sorted(first) == sorted(second) == everything
    assert first != second  # every epoch has an order of its own


@EITHER
def test_wherever_they_are_taken_up_they_are_the_same(bucket):
    stream = list(islice(batches(TRAIN, SIZE, 5, bucket=bucket), 7))
    for done in range(7):
        again = islice(batches(TRAIN, SIZE, 5, done, bucket), 7 - done)
        for (epoch, batch), (other_epoch, other) in zip(stream[done:], again):
            assert epoch == other_epoch
            for column, expected in zip(other, batch):
                np.testing.assert_array_equal(column, expected)


@EITHER
def test_another_seed_gives_other_batches(bucket):
    one, other = (next(batches(TRAIN, 8, seed, bucket=bucket))[1]
                  for seed in (1, 2))
    assert rows_of(one) != rows_of(other)


def test_plain_batches_are_the_keyed_permutation():
    order = keyed_permutation(5, ORDER, 0, len(TRAIN))
    _, batch = next(batches(TRAIN, 20, 5, bucket=False))
    for column, expected in zip(batch, TRAIN[order[:20]]):
        np.testing.assert_array_equal(column, expected)


def test_examples_of_a_batch_have_similar_lengths():
    """Eight batches in a row do not overlap in their lengths."""
    found = [batch for _, batch in islice(batches(TRAIN, 10, 5), 16)]
    for eight in (found[:8], found[8:]):
        spans = sorted((batch.valid_lens.min(), batch.valid_lens.max())
                       for batch in eight)
        assert all(high <= low
                   for (_, high), (low, _) in zip(spans, spans[1:]))
        lens = [batch.valid_lens.max() for batch in eight]
        assert lens != sorted(lens)  # but their order is random
    # The eight are the examples that a plain epoch begins with.
    plain = [batch for _, batch in islice(
        batches(TRAIN, 10, 5, bucket=False), 8)]
    assert sorted(sum(map(rows_of, found[:8]), [])) == sorted(
        sum(map(rows_of, plain), []))
    for batch in found:
        width = batch.token_ids.shape[1]
        assert width % 8 == 0 and width == batch.segments.shape[1]
        assert width - 8 < batch.valid_lens.max() <= width
    assert sum(batch.token_ids.size for batch in found) < 0.85 * 160 * 64


def test_what_is_left_out_is_drawn_at_random():
    """Not the longest or the shortest: 162 examples, 150 in an epoch."""
    stream = batches(TRAIN, 50, 5)
    left_out = []
    for _ in range(20):
        used = sum((rows_of(batch) for _, batch in islice(stream, 3)), [])
        rest = sorted(rows_of(TRAIN.columns))
        for row in used:
            rest.remove(row)
        left_out += map(len, rest)
    lens = TRAIN.columns.valid_lens
    # 240 of 162 lengths with a standard deviation of their own.
    assert len(left_out) == 240
    assert abs(np.mean(left_out) - lens.mean()) < 5 * lens.std() / 240 ** 0.5


def test_masks_are_new_in_each_epoch():
    fresh, _ = load_splits(64, corpus='tiny', dynamic_masking=True)
    epochs = []
    for _, batch in islice(batches(fresh, len(fresh), 1, bucket=False), 2):
        originals = batch.token_ids.copy()
        np.put_along_axis(originals, batch.pred_positions, np.where(
            batch.mlm_weights > 0, batch.mlm_labels, originals[:, :1]), 1)
        epochs.append(dict(zip(map(tuple, originals),
                               map(tuple, batch.pred_positions))))
    assert set(epochs[0]) == set(epochs[1])
    same = sum(epochs[0][row] == epochs[1][row] for row in epochs[0])
    assert same < len(epochs[0]) / 10


def test_a_batch_larger_than_the_text_is_the_whole_text():
    _, batch = next(batches(TRAIN, 10 ** 6, seed=0))
    assert len(batch.token_ids) == len(TRAIN)


def test_padding_between_the_tokens_stays():
    text = 'The sea rose high today. It fell. The moon pulls it again.'
    examples = make_review_examples([text] * 9, min_freq=1, percentile=100)
    assert examples.lengths is None
    for _, batch in islice(batches(examples, 4, seed=0), 3):
        assert batch.token_ids.shape == (4, examples.max_len)
        assert batch.shortened() is batch


def test_a_short_maximum_is_never_exceeded():
    examples = make_examples([['a b', 'c d', 'e f']] * 9, 12)
    _, batch = next(batches(examples, 4, seed=0))
    assert batch.token_ids.shape == (4, 8)
    examples = make_examples([['a b c', 'c d e f', 'e f g']] * 9, 12)
    _, batch = next(batches(examples, 18, seed=0))
    assert batch.token_ids.shape == (18, 12)  # and not 16


def test_columns_that_do_not_tell_their_lengths():
    """Any NamedTuple with token_ids can be trained on."""
    class Plain(Columns):
        lengths = None

    columns = Plain(*TRAIN.columns)
    examples = Examples(columns, TRAIN.vocab, len(TRAIN))
    _, batch = next(batches(examples, 20, 5))
    assert batch.token_ids.shape == (20, 64)


def test_validation_examples_are_all_used_the_short_ones_first():
    found = list(in_order(VALID, 5))
    lens = [batch.token_ids.shape[1] for batch in found]
    assert lens == sorted(lens) and lens[0] < lens[-1]
    assert sorted(sum(map(rows_of, found), [])) == sorted(
        rows_of(VALID.columns))


def test_the_loss_of_a_batch_is_what_it_was(backend):
    """Padding is not seen, so that nothing changes without it."""
    from importlib import import_module
    train = import_module(f'{backend.__name__}.train')
    learner = train.Learner(model(backend))
    short = VALID.select(np.flatnonzero(VALID.lengths <= 40))[:]
    cut = short.shortened()
    assert cut.token_ids.shape[1] == 40 < short.token_ids.shape[1]
    for name, loss in learner.evaluate(cut).items():
        assert loss == pytest.approx(learner.evaluate(short)[name], rel=1e-5)


@pytest.mark.parametrize('bucket', [False, True])
def test_every_prediction_weighs_the_same(bucket):
    """The gradient is divided by the mean weight, not by the batch's own."""
    class Learner:
        net = SimpleNamespace(config=Config(len(TRAIN.vocab), 8, 16, 2, 1,
                                            0.1, 64))
        num_shares, leads, traits = 1, True, {}

    run = Run(Learner(), TRAIN, None, {'steps': 16, 'batch_size': 10,
                                       'bucket': bucket})
    with mock.patch.object(RunFolder, 'finish'), run:
        steps = list(run.steps())
    own = [step.weights['mlm'] for step in steps]
    divisors = [step.divisors['mlm'] for step in steps]
    assert all(step.weights['nsp'] == 10 for step in steps)
    assert all(step.divisors['nsp'] == pytest.approx(10) for step in steps)
    if not bucket:
        assert divisors == own
        return
    assert max(own) > 1.5 * min(own)
    predictions = TRAIN.columns.mlm_weights.sum()
    assert divisors == [pytest.approx(predictions * 10 / 162)] * 16
    # An epoch leaves 2 of the 162 examples out.
    assert np.mean(own) == pytest.approx(divisors[0], rel=0.02)


def test_plain_batches_on_request(backend):
    """Both learn the same from an epoch in one batch, in another order."""
    plan = {**PLAN, 'steps': 3, 'batch_size': len(TRAIN)}
    one, other = (backend.pretrain(model(backend), TRAIN, VALID,
                                   bucket=bucket, **plan)
                  for bucket in (False, True))
    close(one, other)


def test_divide():
    parts = divide(TRAIN[:5], 2)
    assert [len(part.nsp_labels) for part in parts] == [3, 2]
    np.testing.assert_array_equal(
        np.concatenate([part.mlm_labels for part in parts]),
        TRAIN[:5].mlm_labels)


