"""A model whose output matrix is its token embedding."""

import numpy as np
import pytest
from small_training import PLAN, SIZES, TRAIN, VALID, figures
from test_models import (
    LENS, POSITIONS, SEGMENTS, TOKENS, model, numbers, run, set_weights)

from d2l_bert.core.models.config import Config, check_config
from d2l_bert.core.models.files import load_model
from d2l_bert.core.models.weights import weight_shapes


def learner(backend, seed=0):
    return backend.new_model(seed, len(TRAIN.vocab), dropout=0.1, tied=True,
                             **SIZES)


def test_a_matrix_less():
    tied = weight_shapes(Config(9, 4, 8, 2, 1, 0.1, 6, tied=True))
    plain = weight_shapes(Config(9, 4, 8, 2, 1, 0.1, 6))
    assert plain.keys() - tied.keys() == {'mlm.words.weight'}
    assert not tied.keys() - plain.keys()


@pytest.mark.parametrize('value', [1, 'yes', None])
def test_tied_or_not(value):
    with pytest.raises(ValueError, match='tied must be True or False, not '):
        check_config(Config(9, 4, 8, 2, 1, 0.1, tied=value))


def test_the_same_as_two_equal_matrices(backend):
    net, other = model(backend, tied=True), model(backend)
    weights = backend.get_weights(net)
    set_weights(backend, other, weights | {
        'mlm.words.weight': weights['token_embedding']})
    for one, two in zip(run(backend, net, TOKENS, SEGMENTS, LENS, POSITIONS),
                        run(backend, other, TOKENS, SEGMENTS, LENS,
                            POSITIONS)):
        np.testing.assert_allclose(one, two, atol=1e-6)


def test_the_gradient_is_the_sum_of_both(backend):
    """A step of plain descent by hand: both uses of the matrix count."""
    net, other = model(backend, tied=True), model(backend)
    weights = backend.get_weights(net)
    set_weights(backend, other, weights | {
        'mlm.words.weight': weights['token_embedding']})
    batch = TRAIN[:2]._replace(
        token_ids=TOKENS, segments=SEGMENTS, valid_lens=LENS.astype('f'),
        pred_positions=POSITIONS, mlm_labels=np.array([[7, 2], [8, 0]]),
        mlm_weights=np.ones((2, 2), 'f'), nsp_labels=np.array([1, 0]))
    tied, plain = (gradients(backend, each, batch) for each in (net, other))
    both = plain.pop('mlm.words.weight') + plain['token_embedding']
    assert np.abs(plain.pop('token_embedding')).max() > 1e-3
    np.testing.assert_allclose(tied.pop('token_embedding'), both, atol=1e-4)
    for name, gradient in tied.items():
        np.testing.assert_allclose(gradient, plain[name], atol=1e-4)


def gradients(backend, net, batch):
    """The gradients of the summed losses, by their names in a file."""
    from importlib import import_module
    named = import_module(f'{backend.__name__}.weights').named_parameters(net)
    if 'torch' in backend.__name__:
        import torch
        losses = net.losses(batch._make(map(torch.as_tensor, batch)))
        sum(loss.sum for loss in losses.values()).backward()
        return {name: numbers(each.grad) for name, each in named.items()}
    from d2l_bert.mxnet_backend.compat import mxnet
    columns = batch._make(mxnet.np.array(column, dtype={'f': 'float32'}.get(
        column.dtype.kind, 'int32')) for column in batch)
    with mxnet.autograd.record():
        losses = net.losses(columns)
        total = sum(loss.sum for loss in losses.values())
    total.backward()
    return {name: each.grad().asnumpy() for name, each in named.items()}


def test_both_frameworks_learn_alike(torch_backend, mxnet_backend):
    """As tests/test_training.py has it for two matrices."""
    plan = {**PLAN, 'steps': 4, 'learning_rate': 1e-3}
    runs = [backend.pretrain(
        backend.new_model(0, len(TRAIN.vocab), dropout=0, tied=True, **SIZES),
        TRAIN, VALID, **plan) for backend in (torch_backend, mxnet_backend)]
    for one, other in zip(*map(figures, runs)):
        assert one == pytest.approx(other, rel=2e-3, abs=2e-3)


def test_a_run_that_was_cut_goes_on(backend, tmp_path):
    whole = backend.pretrain(learner(backend), TRAIN, VALID,
                             folder=tmp_path / 'whole', **PLAN)

    def stop(row):
        if row['step'] == 7:
            raise KeyError
    with pytest.raises(KeyError):
        backend.pretrain(learner(backend), TRAIN, VALID, watch=stop,
                         folder=tmp_path / 'cut', **PLAN)
    rows = backend.pretrain(learner(backend, seed=1), TRAIN, VALID,
                            folder=tmp_path / 'cut', resume=True, **PLAN)
    assert figures(rows) == figures(whole)
    one, other = (load_model(tmp_path / name) for name in ('whole', 'cut'))
    assert one.config.tied and 'mlm.words.weight' not in one.weights
    for name, array in one.weights.items():
        np.testing.assert_array_equal(array, other.weights[name])


def test_a_direct_model_starts_small(torch_backend):
    """Not with the normal numbers of nn.Embedding: 5 times 1 / sqrt(H)."""
    net = torch_backend.BERTModel(50, 16, 16, 2, 1, 0.0, tied=True)
    weights = torch_backend.get_weights(net)
    assert np.abs(weights['token_embedding']).max() <= 1 / 16 ** 0.5


def test_the_long_run_is_tied_and_knows_wikitext(backend):
    net = backend.load_bert('long-run')
    assert net.config == Config(20256, 128, 256, 2, 2, 0.1, 64, tied=True)
    [[guess]] = backend.fill_mask(net, 'the film was <mask> in 1998 .', k=1)
    assert guess.token == 'released'
    assert guess.probability == pytest.approx(0.17, abs=0.005)
