"""The model: against the book's own outputs, and under its masks."""

from pathlib import Path

import numpy as np
import pytest

from d2l_bert.core.models.config import sinusoids
from d2l_bert.core.models.weights import initial_weights

SIZES = {'vocab_size': 30, 'num_hiddens': 8, 'ffn_num_hiddens': 16,
         'num_heads': 2, 'num_blks': 2, 'dropout': 0.0, 'max_len': 12}
GOLDEN = Path(__file__).parent / 'golden' / 'book-bert.npz'


def array(backend, values, dtype=None):
    """Values as an array of that framework."""
    values = np.asarray(values)
    dtype = dtype or {'b': 'bool', 'i': 'int32'}.get(
        values.dtype.kind, 'float32')
    if 'torch' in backend.__name__:
        import torch
        return torch.tensor(values.astype(
            'int64' if dtype == 'int32' else dtype))
    from d2l_bert.mxnet_backend.compat import mxnet
    return mxnet.np.array(values, dtype=dtype)


def numbers(output):
    return (output.asnumpy() if hasattr(output, 'asnumpy')
            else output.detach().numpy())


def test_inputs_by_their_names(backend):
    net, mask = model(backend), array(backend, KEYS)
    if hasattr(net, 'eval'):
        net.eval()
    tokens, segments = (array(backend, given) for given in (TOKENS, SEGMENTS))
    for one, other in zip(net(tokens, segments=segments, attention_mask=mask),
                          net(tokens, segments, None, None, mask)):
        assert one is other is None or (
            numbers(one) == numbers(other)).all()


def run(backend, net, *inputs):
    if hasattr(net, 'eval'):
        net.eval()
    return [None if output is None else numbers(output) for output in net(
        *(None if given is None else array(backend, given)
          for given in inputs))]


def model(backend, seed=0, spread=25, **changes):
    """A model whose weights are large enough to tell inputs apart."""
    sizes = {**SIZES, **changes}
    net = backend.new_model(seed, **sizes)
    weights = initial_weights(net.config, seed)
    set_weights(backend, net, {
        name: value * spread if value.ndim == 2 else value
        for name, value in weights.items()})
    return net


def set_weights(backend, net, weights):
    from importlib import import_module
    import_module(f'{backend.__name__}.weights').set_weights(net, weights)


TOKENS = np.array([[3, 5, 9, 2, 7, 1, 0, 0], [4, 4, 8, 6, 0, 0, 0, 0]])
SEGMENTS = np.array([[0, 0, 0, 0, 1, 1, 0, 0], [0, 0, 1, 1, 0, 0, 0, 0]])
LENS = np.array([6, 4])
POSITIONS = np.array([[1, 4], [2, 0]])


@pytest.mark.parametrize('peer', ['torch', 'mxnet'])
def test_the_books_outputs(backend, peer):
    """d2l 1.0.3 with these weights, as tests/golden/README.md says."""
    golden = dict(np.load(GOLDEN))
    net = backend.new_model(0, **SIZES)
    set_weights(backend, net, {
        name.removeprefix('weights/'): value
        for name, value in golden.items() if name.startswith('weights/')})
    outputs = run(backend, net, TOKENS, SEGMENTS, LENS.astype('float32'),
                  POSITIONS)
    for name, output in zip(('encoded', 'mlm', 'nsp'), outputs):
        np.testing.assert_allclose(output, golden[f'{peer}/{name}'],
                                   atol=1e-5, rtol=1e-5)
    without = run(backend, net, TOKENS, SEGMENTS, None, None)
    assert without[1] is None
    np.testing.assert_allclose(without[0], golden[f'{peer}/no_lens'],
                               atol=1e-5, rtol=1e-5)


def test_padding_changes_nothing(backend):
    net = model(backend)
    changed = np.where(np.arange(8) < LENS[:, None], TOKENS, 11)
    one, other = (run(backend, net, tokens, SEGMENTS, LENS, POSITIONS)
                  for tokens in (TOKENS, changed))
    assert (changed != TOKENS).any()
    for i in (0, 1):
        np.testing.assert_array_equal(one[0][i, :LENS[i]],
                                      other[0][i, :LENS[i]])
    np.testing.assert_array_equal(one[1], other[1])
    np.testing.assert_array_equal(one[2], other[2])
    # Without lengths it would have changed something.
    one, other = (run(backend, net, tokens, SEGMENTS, None, POSITIONS)
                  for tokens in (TOKENS, changed))
    assert np.abs(one[1] - other[1]).max() > 0.01


def test_every_token_that_is_valid_counts(backend):
    net = model(backend)
    before = run(backend, net, TOKENS, SEGMENTS, LENS)[2]
    for place in range(LENS[0]):
        changed = TOKENS.copy()
        changed[0, place] = 20
        after = run(backend, net, changed, SEGMENTS, LENS)[2]
        assert np.abs(after[0] - before[0]).max() > 1e-4, place
        np.testing.assert_array_equal(after[1], before[1])


KEYS = np.arange(8) < LENS[:, None]  # (batch, key)
CAUSAL = np.tril(np.ones((8, 8), bool))  # (query, key)


@pytest.mark.parametrize('mask', [
    KEYS, np.repeat(KEYS[:, None], 8, axis=1),
    np.repeat(KEYS[:, None, None], 2, axis=1)], ids=['2', '3', '4 axes'])
def test_a_mask_says_what_lengths_say(backend, mask):
    net = model(backend)
    for one, other in zip(
            run(backend, net, TOKENS, SEGMENTS, LENS, POSITIONS),
            run(backend, net, TOKENS, SEGMENTS, None, POSITIONS, mask)):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_padding_between_tokens(backend):
    net, mask, changed = model(backend), KEYS.copy(), TOKENS.copy()
    mask[0, 2], changed[0, 2] = False, 20
    one, other = (run(backend, net, tokens, SEGMENTS, None, None, mask)[2]
                  for tokens in (TOKENS, changed))
    np.testing.assert_array_equal(one, other)


def test_the_future_does_not_leak(backend):
    """With a causal mask no later token changes an earlier vector."""
    net = model(backend)
    mask = np.repeat(CAUSAL[None], len(TOKENS), axis=0)
    before = run(backend, net, TOKENS, SEGMENTS, None, None, mask)[0]
    for position in range(1, 8):
        changed = TOKENS.copy()
        changed[:, position] = (changed[:, position] + 1) % 20
        after = run(backend, net, changed, SEGMENTS, None, None, mask)[0]
        np.testing.assert_allclose(after[:, :position],
                                   before[:, :position], atol=1e-6)
        assert np.abs(after[:, position] - before[:, position]).max() > 1e-4


def test_lengths_for_each_query_and_a_mask_for_each_head(backend):
    net, encoder = model(backend), len(TOKENS)
    lens = np.repeat(np.arange(1, 9, dtype='float32')[None], encoder, axis=0)
    causal = np.repeat(CAUSAL[None], encoder, axis=0)
    one = run(backend, net, TOKENS, SEGMENTS, lens)[0]
    other = run(backend, net, TOKENS, SEGMENTS, None, None, causal)[0]
    np.testing.assert_allclose(one, other, atol=1e-6)
    both = np.stack([causal, np.ones_like(causal)], axis=1)
    third = run(backend, net, TOKENS, SEGMENTS, None, None, both)[0]
    assert np.abs(third - one).max() > 1e-4  # the second head sees all


@pytest.mark.parametrize('mask, error, message', [
    (KEYS.astype('float32'), TypeError, 'must be boolean'),
    (KEYS[0], ValueError, r'not \(8,\)'),
    (KEYS[:, :5], ValueError, r'not \(\d, 5\)'),
    (np.ones((9, 8), bool), ValueError, r'not \(9, 8\)'),
    (np.ones((1, 5, 8), bool), ValueError, r'not \(1, 5, 8\)'),
    (np.ones((1, 3, 8, 8), bool), ValueError, r'not \(1, 3, 8, 8\)')])
def test_masks_that_are_none(backend, mask, error, message):
    with pytest.raises(error, match=message):
        run(backend, model(backend), TOKENS, SEGMENTS, None, None, mask)


def test_order_and_segments_count(backend):
    net = model(backend)
    before = run(backend, net, TOKENS, SEGMENTS, LENS)[2]
    for tokens, segments in ((TOKENS[:, [0, 2, 1, 3, 4, 5, 6, 7]], SEGMENTS),
                             (TOKENS, 1 - SEGMENTS)):
        after = run(backend, net, tokens, segments, LENS)[2]
        assert np.abs(after - before).max() > 1e-4


def test_sinusoids():
    waves = sinusoids(50, 6)
    assert waves.shape == (50, 6) and waves.dtype == np.float32
    assert waves[7].tolist() == pytest.approx(
        [np.sin(7), np.cos(7), np.sin(7 / 10000 ** (1 / 3)),
         np.cos(7 / 10000 ** (1 / 3)), np.sin(7 / 10000 ** (2 / 3)),
         np.cos(7 / 10000 ** (2 / 3))], abs=1e-6)
    assert sinusoids(3, 5).shape == (3, 5)


def test_sinusoidal_positions(backend, tmp_path):
    net = model(backend, positions='sinusoidal')
    swapped = TOKENS[:, [0, 2, 1, 3, 4, 5, 6, 7]]
    one, other = (run(backend, net, tokens, SEGMENTS, LENS)[2]
                  for tokens in (TOKENS, swapped))
    assert np.abs(one - other).max() > 1e-4
    backend.save_bert(net, tmp_path / 'm')
    loaded = backend.load_bert(tmp_path / 'm')
    assert loaded.config.positions == 'sinusoidal'
    np.testing.assert_array_equal(
        run(backend, loaded, TOKENS, SEGMENTS, LENS)[2], one)


def test_dropout_only_in_training(torch_backend):
    net = model(torch_backend, dropout=0.5)
    inputs = [array(torch_backend, given) for given in (TOKENS, SEGMENTS)]
    net.train()
    assert (numbers(net(*inputs)[0]) != numbers(net(*inputs)[0])).any()
    net.eval()
    assert (numbers(net(*inputs)[0]) == numbers(net(*inputs)[0])).all()


def test_share_that_dropout_drops(torch_backend):
    """Of n = 200,000 numbers 0.2 n are dropped; 5 sigma are
    5 sqrt(0.2 * 0.8 / n) = 0.0045."""
    import torch
    from d2l_bert.torch_backend.layers import Dropout
    torch.manual_seed(0)
    X = torch.ones(400, 500, requires_grad=True)
    Y = Dropout(0.2)(X)
    Y.sum().backward()
    dropped = (Y == 0).float().mean().item()
    assert dropped == pytest.approx(0.2, abs=0.0045)
    assert Y.unique().tolist() == pytest.approx([0, 1.25], abs=1e-4)
    assert torch.equal(X.grad, Y.detach())  # what was dropped learns nothing
    # Neighbours are independent: n p^2 pairs, 5 sigma as above.
    both = ((Y[:, 1:] == 0) & (Y[:, :-1] == 0)).float().mean().item()
    assert both == pytest.approx(0.04, abs=5 * (0.04 * 0.96 / 2e5) ** 0.5)


@pytest.mark.parametrize('change, message', [
    ({'num_heads': 3}, 'num_hiddens must be a multiple of num_heads'),
    ({'dropout': 1.0}, 'dropout must be at least 0'),
    ({'num_blks': 0}, 'num_blks must be'),
    ({'vocab_size': 2.5}, 'vocab_size must be'),
    ({'positions': 'none'}, 'positions must be one of')])
def test_models_that_cannot_be(backend, change, message):
    with pytest.raises(ValueError, match=message):
        backend.BERTModel(**{**SIZES, **change})


def test_texts_that_cannot_be_read(backend):
    net = model(backend)
    with pytest.raises(ValueError, match='has 13 tokens, and the model'):
        run(backend, net, np.ones((1, 13), int), np.ones((1, 13), int))
    with pytest.raises(ValueError, match='must both be of shape'):
        run(backend, net, TOKENS, SEGMENTS[:1])
    with pytest.raises(ValueError, match='must both be of shape'):
        run(backend, net, TOKENS[0], SEGMENTS[0])


# The book's cells ---------------------------------------------------------

def test_cells_of_section_15_8(backend):
    d2l = backend
    start = ((lambda block: block) if 'torch' in d2l.__name__
             else (lambda block: block.initialize() or block))
    encoder = start(d2l.BERTEncoder(10000, 768, 1024, 4, 2, 0.2))
    tokens = array(d2l, np.arange(16).reshape(2, 8))
    segments = array(d2l, [[0, 0, 0, 0, 1, 1, 1, 1],
                           [0, 0, 0, 1, 1, 1, 1, 1]])
    encoded_X = encoder(tokens, segments, None)
    assert tuple(encoded_X.shape) == (2, 8, 768)
    mlm = start(d2l.MaskLM(10000, 768))
    mlm_positions = array(d2l, [[1, 5, 2], [6, 1, 5]])
    assert tuple(mlm(encoded_X, mlm_positions).shape) == (2, 3, 10000)
    nsp = start(d2l.NextSentencePred())
    assert tuple(nsp(encoded_X.reshape(2, -1)).shape) == (2, 2)
    block = start(d2l.TransformerEncoderBlock(24, 48, 8, 0.5))
    X = array(d2l, np.ones((2, 100, 24)))
    assert tuple(block(X, array(d2l, [3, 2])).shape) == (2, 100, 24)
