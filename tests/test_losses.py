"""The two losses: by their formula, by weight, and their gradients."""

from dataclasses import asdict
from importlib import import_module

import numpy as np
import pytest
from test_models import (
    LENS, POSITIONS, SEGMENTS, TOKENS, array, model, numbers)

from d2l_bert.core.objectives.columns import Columns

LABELS, NEXT = np.array([[7, 2], [3, 0]]), np.array([1, 0])
WEIGHTS = np.array([[1.0, 1.0], [1.0, 0.0]])


def batch_of(backend, weights=WEIGHTS, labels=LABELS):
    return Columns(*(array(backend, column) for column in (
        TOKENS, SEGMENTS, LENS.astype('float32'), POSITIONS,
        weights.astype('float32'), labels, NEXT)))


def book_loss(backend):
    if 'torch' in backend.__name__:
        import torch
        return torch.nn.CrossEntropyLoss()
    from d2l_bert.mxnet_backend.compat import mxnet
    return mxnet.gluon.loss.SoftmaxCELoss()


def outputs(backend, net, batch):
    return [numbers(output).astype('float64') for output in net(
        batch.token_ids, batch.segments, batch.valid_lens,
        batch.pred_positions)]


def by_hand(mlm_Y_hat, nsp_Y_hat, weights=WEIGHTS, labels=LABELS):
    """The formula, in NumPy and one prediction after another."""
    def loss(scores, label):
        return np.log(np.exp(scores).sum()) - scores[label]
    total = sum(weights[i, j] * loss(mlm_Y_hat[i, j], labels[i, j])
                for i in range(2) for j in range(2))
    nsp = (loss(nsp_Y_hat[0], 1) + loss(nsp_Y_hat[1], 0)) / 2
    return total / (weights.sum() + 1e-8), nsp


def losses(backend, net, batch, loss=None):
    """Both losses and their sum, as numbers, by the book's function."""
    given = ([[column] for column in batch] if 'mxnet' in backend.__name__
             else batch)
    found = backend._get_batch_loss_bert(net, loss or book_loss(backend), 30,
                                         *given)
    return [numbers(each[0] if isinstance(each, list) else each).item()
            for each in found]


class Other:
    """A network that is no BERTModel but has its inputs and outputs."""

    def __init__(self, net):
        self.net = net

    def __call__(self, *inputs):
        return self.net(*inputs)


@pytest.mark.parametrize('weights', [
    WEIGHTS, np.ones((2, 2)), np.array([[0.5, 2.0], [0.0, 1.5]])])
@pytest.mark.parametrize('wrap', [lambda net: net, Other])
def test_formula(backend, weights, wrap):
    net, batch = model(backend), batch_of(backend, weights)
    _, mlm_Y_hat, nsp_Y_hat = outputs(backend, net, batch)
    mlm_l, nsp_l, total = losses(backend, wrap(net), batch)
    expected = by_hand(mlm_Y_hat, nsp_Y_hat, weights)
    assert (mlm_l, nsp_l) == pytest.approx(expected, rel=1e-4)
    assert total == pytest.approx(mlm_l + nsp_l, rel=1e-6)


@pytest.mark.parametrize('wrap', [lambda net: net, Other])
def test_labels_of_weight_0_change_nothing(backend, wrap):
    """The book's own counts them: d2l-en issue 2582."""
    net = wrap(model(backend))
    changed = np.where(WEIGHTS == 0, 9, LABELS)
    assert losses(backend, net, batch_of(backend)) == losses(
        backend, net, batch_of(backend, labels=changed))
    changed = np.where(WEIGHTS == 0, LABELS, 9)
    assert losses(backend, net, batch_of(backend)) != losses(
        backend, net, batch_of(backend, labels=changed))


@pytest.mark.parametrize('wrap', [lambda net: net, Other])
def test_nothing_to_predict(backend, wrap):
    mlm_l, nsp_l, total = losses(backend, wrap(model(backend)), batch_of(
        backend, np.zeros((2, 2))))
    assert mlm_l == 0 and total == nsp_l > 0


def test_a_model_of_ones_own_is_asked(backend):
    """A subclass may compute otherwise, and then that is what counts."""
    class Own(backend.BERTModel):
        def forward(self, *inputs):
            encoded_X, mlm_Y_hat, nsp_Y_hat = super().forward(*inputs)
            return encoded_X, 0 * mlm_Y_hat, 0 * nsp_Y_hat

    plain = model(backend)
    net = Own(**asdict(plain.config))
    if hasattr(net, 'initialize'):
        net.initialize()
    found = losses(backend, net, batch_of(backend))
    assert found == pytest.approx([np.log(30), np.log(2),
                                   np.log(30) + np.log(2)], rel=1e-5)


def test_many_rows(backend, monkeypatch):
    """It makes no difference how many are scored at once."""
    module = import_module(f'{backend.__name__}.losses')
    net, batch = model(backend), batch_of(backend)
    whole = losses(backend, net, batch), gradients(backend, net, batch)
    monkeypatch.setattr(module, 'ROWS_AT_ONCE', 2)
    assert losses(backend, net, batch) == pytest.approx(whole[0], rel=1e-6)
    for name, gradient in gradients(backend, net, batch).items():
        np.testing.assert_allclose(gradient, whole[1][name], atol=1e-6)


def test_hits(backend):
    net, batch = model(backend), batch_of(backend)
    _, mlm_Y_hat, nsp_Y_hat = outputs(backend, net, batch)
    best = mlm_Y_hat.argmax(2)
    for labels, hits in ((best, 3), ((best + 1) % 30, 0)):
        found = net.losses(batch_of(backend, labels=labels))
        assert float(found['mlm'].correct) == hits
        assert float(found['mlm'].weight) == 3
        assert found['nsp'].weight == len(NEXT)
        assert float(found['nsp'].correct) == (
            nsp_Y_hat.argmax(1) == NEXT).sum()


def test_the_books_loss_may_average(torch_backend):
    import torch
    net, batch = model(torch_backend), batch_of(torch_backend)
    expected = losses(torch_backend, net, batch)
    for reduction in ('none', 'sum'):
        loss = torch.nn.CrossEntropyLoss(reduction=reduction)
        assert losses(torch_backend, net, batch, loss) == expected
        assert losses(torch_backend, Other(net), batch, loss) == (
            pytest.approx(expected, rel=1e-5))
        assert loss.reduction == reduction
    smooth = torch.nn.CrossEntropyLoss(label_smoothing=0.1)
    assert losses(torch_backend, net, batch, smooth) != expected
    with pytest.raises(TypeError, match='module with a reduction'):
        losses(torch_backend, net, batch, lambda scores, labels: 0)


# Gradients ----------------------------------------------------------------

def gradients(backend, net, batch):
    """The gradient of the sum of both losses, by the names of weights."""
    named = import_module(f'{backend.__name__}.weights').named_parameters(net)
    given = [[column] for column in batch]
    if 'torch' in backend.__name__:
        net.eval()
        net.zero_grad()
        backend._get_batch_loss_bert(net, book_loss(backend), 30,
                                     *batch)[2].backward()
        return {name: parameter.grad.numpy().copy()
                for name, parameter in named.items()}
    from d2l_bert.mxnet_backend.compat import mxnet
    with mxnet.autograd.record(train_mode=False):
        total = backend._get_batch_loss_bert(
            net, book_loss(backend), 30, *given)[2][0]
    total.backward()
    return {name: parameter.grad().asnumpy()
            for name, parameter in named.items()}


def test_frameworks_agree(torch_backend, mxnet_backend):
    for weights in (WEIGHTS, np.array([[0.5, 2.0], [0.0, 1.5]])):
        found = [(losses(backend, model(backend, spread=10),
                         batch_of(backend, weights)),
                  gradients(backend, model(backend, spread=10),
                            batch_of(backend, weights)))
                 for backend in (torch_backend, mxnet_backend)]
        assert found[0][0] == pytest.approx(found[1][0], rel=1e-5)
        for name, gradient in found[0][1].items():
            np.testing.assert_allclose(
                gradient.reshape(-1), found[1][1][name].reshape(-1),
                atol=1e-4, err_msg=name)


def test_gradients_by_finite_differences(torch_backend):
    """In float64, (f(w + h) - f(w - h)) / 2h errs by about h^2 = 1e-10."""
    import torch
    net = model(torch_backend, spread=10).double()
    batch = batch_of(torch_backend)._replace(
        mlm_weights=torch.tensor([[0.5, 2.0], [0.0, 1.5]]).double())
    check(torch_backend, net, batch, h=1e-5, rtol=1e-5, atol=1e-8)


@pytest.mark.slow
def test_gradients_by_finite_differences_in_mxnet(mxnet_backend):
    """In float32, where losses near 5 are off by about 5e-7: with
    h = 0.01 a difference is off by 5e-5, and by h^2 = 1e-4."""
    net = model(mxnet_backend, spread=10)
    check(mxnet_backend, net, batch_of(mxnet_backend), h=1e-2, rtol=0.02,
          atol=1e-3)


def check(backend, net, batch, h, rtol, atol):
    found = gradients(backend, net, batch)
    named = import_module(f'{backend.__name__}.weights').named_parameters(net)
    rng = np.random.default_rng(0)
    for name, parameter in named.items():
        for place in rng.choice(found[name].size, 3):
            step = np.zeros(found[name].shape)
            step.flat[place] = h
            ends = []
            for sign in (1, -1):
                add(backend, parameter, sign * step)
                ends.append(losses(backend, net, batch)[2])
                add(backend, parameter, -sign * step)
            assert (ends[0] - ends[1]) / (2 * h) == pytest.approx(
                found[name].flat[place], rel=rtol, abs=atol), name


def add(backend, parameter, step):
    if 'torch' in backend.__name__:
        import torch
        with torch.no_grad():
            parameter += torch.tensor(step, dtype=parameter.dtype)
    else:
        from d2l_bert.mxnet_backend.compat import mxnet
        parameter.set_data(parameter.data() + mxnet.np.array(
            step, dtype='float32'))
