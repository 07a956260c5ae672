"""SpanBERT's model: against NumPy, between frameworks, and as it learns."""

from importlib import import_module
from math import erf

import numpy as np
import pytest
from small_training import SIZES as SMALL
from test_models import (
    LENS, SEGMENTS, TOKENS, array, numbers, run, set_weights)

from d2l_bert.core import columns_html, columns_text, load_spanbert_splits
from d2l_bert.core.examples.display import read_example
from d2l_bert.core.models.config import SpanConfig, check_config
from d2l_bert.core.models.files import load_model
from d2l_bert.core.models.weights import initial_weights, weight_shapes
from d2l_bert.core.objectives.spanbert import SpanColumns
from d2l_bert.core.training.runs import read_log

SIZES = {'vocab_size': 30, 'num_hiddens': 8, 'ffn_num_hiddens': 16,
         'num_heads': 2, 'num_blks': 2, 'dropout': 0.0, 'max_len': 12,
         'offset_size': 5, 'max_offset': 3}
# Two spans in the first example, the second of them between two tokens; the
# first of four tokens, more than there are vectors for offsets.
POSITIONS = np.array([[1, 2, 3, 5], [1, 0, 0, 0]])
LEFT = np.array([[0, 0, 0, 4], [0, 0, 0, 0]])
RIGHT = np.array([[4, 4, 4, 6], [2, 0, 0, 0]])
OFFSETS = np.array([[1, 2, 4, 1], [1, 0, 0, 0]])
WEIGHTS = np.array([[1, 1, 1, 1], [1, 0, 0, 0]], 'f')
LABELS = np.array([[7, 2, 9, 3], [8, 0, 0, 0]])
NEXT = np.array([1, 0])
TRAIN, VALID = load_spanbert_splits(32, corpus='tiny', min_freq=2)
PAIRS, VALID_PAIRS = load_spanbert_splits(32, corpus='tiny', min_freq=2,
                                          packing='pair')
PLAN = {'steps': 12, 'batch_size': 24, 'learning_rate': 0.01, 'warmup': 3,
        'eval_every': 4, 'save_every': 5, 'seed': 7}


def model(backend, spread=25, **changes):
    """A model whose weights are large enough to tell inputs apart."""
    net = backend.new_model(0, kind='spanbert', **{**SIZES, **changes})
    set_weights(backend, net, {
        name: value * spread if value.ndim == 2 else
        value + 0.1 * np.arange(value.size, dtype='f').reshape(value.shape)
        for name, value in initial_weights(net.config, 0).items()})
    return net


def learner(backend, seed=0, examples=TRAIN, **changes):
    return backend.new_model(seed, len(examples.vocab), kind='spanbert',
                             **{'dropout': 0.1, **SMALL, **changes})


def batch_of(backend, sbo_weights=WEIGHTS):
    return SpanColumns(*(array(backend, column) for column in (
        TOKENS, SEGMENTS, LENS.astype('f'), POSITIONS, WEIGHTS, LABELS, LEFT,
        RIGHT, OFFSETS, sbo_weights, NEXT)))


def outputs(backend, net):
    return run(backend, net, TOKENS, SEGMENTS, LENS, POSITIONS, None, LEFT,
               RIGHT, OFFSETS)


# The head, by hand --------------------------------------------------------

def gelu(x):
    return 0.5 * x * (1 + np.vectorize(erf)(x / 2 ** 0.5))


def layer_norm(x, scale, shift):
    return (x - x.mean()) / np.sqrt(x.var() + 1e-5) * scale + shift


def boundary_scores(weights, encoded, left, right, offset):
    """Equations 1 to 3 of the paper, for one prediction."""
    w = {name.removeprefix('sbo.'): value.astype('float64')
         for name, value in weights.items()}
    place = min(offset, len(w['offset_embedding'])) - 1
    h = np.concatenate([encoded[left], encoded[right],
                        w['offset_embedding'][place]])
    for i in '12':
        h = gelu(w[f'dense{i}.weight'] @ h + w[f'dense{i}.bias'])
        h = layer_norm(h, w[f'norm{i}.scale'], w[f'norm{i}.shift'])
    return w['token_embedding'] @ h + w['words.bias']


def test_the_head_by_hand(backend):
    net = model(backend)
    weights = backend.get_weights(net)
    encoded, mlm, nsp, sbo = outputs(backend, net)
    assert nsp is None and mlm.shape == sbo.shape == (2, 4, 30)
    for i, j in zip(*WEIGHTS.nonzero()):
        np.testing.assert_allclose(sbo[i, j], boundary_scores(
            weights, encoded[i].astype('float64'), LEFT[i, j], RIGHT[i, j],
            OFFSETS[i, j]), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('sbo_weights', [
    WEIGHTS, WEIGHTS * [[1, 1, 1, 0], [1, 1, 1, 1]]])
def test_losses_by_hand(backend, sbo_weights):
    net = model(backend, next_sentence=True)
    _, mlm, nsp, sbo = outputs(backend, net)

    def total(scores, labels, weights):
        scores = scores.astype('float64')
        log_p = scores - np.log(np.exp(scores).sum(-1, keepdims=True))
        hits = (scores.argmax(-1) == labels) & (weights > 0)
        return [-(np.take_along_axis(log_p, labels[..., None], -1)[..., 0]
                  * weights).sum(), weights.sum(), hits.sum()]

    found = net.losses(batch_of(backend, sbo_weights.astype('f')))
    assert list(found) == ['mlm', 'sbo', 'nsp'] == [*net.loss_names]
    for name, expected in (('mlm', total(mlm, LABELS, WEIGHTS)),
                           ('sbo', total(sbo, LABELS, sbo_weights)),
                           ('nsp', total(nsp, NEXT, np.ones(2)))):
        assert [float(part.detach() if hasattr(part, 'detach') else part)
                for part in found[name]] == pytest.approx(expected, rel=1e-4)


def test_frameworks_agree(torch_backend, mxnet_backend):
    """Outputs to 1e-5 of the largest, gradients to 1e-4."""
    both = torch_backend, mxnet_backend
    nets = [model(backend, spread=5, next_sentence=True) for backend in both]
    for one, other in zip(*map(outputs, both, nets)):
        np.testing.assert_allclose(one, other, atol=1e-5 * np.abs(one).max())
    one, other = (gradients(backend, model(backend, spread=5,
                                           next_sentence=True))
                  for backend in both)
    assert one.keys() == other.keys() == weight_shapes(nets[0].config).keys()
    for name, gradient in one.items():
        assert np.abs(gradient).max() > 0, name
        np.testing.assert_allclose(
            gradient.ravel(), other[name].ravel(), err_msg=name,
            atol=1e-4 * max(1, np.abs(gradient).max()))


def gradients(backend, net):
    named = import_module(f'{backend.__name__}.weights').named_parameters(net)
    batch = batch_of(backend)
    if 'torch' in backend.__name__:
        net.eval()
        sum(loss.sum for loss in net.losses(batch).values()).backward()
        return {name: each.grad.numpy() for name, each in named.items()}
    from d2l_bert.mxnet_backend.compat import mxnet
    with mxnet.autograd.record(train_mode=False):
        total = sum(loss.sum for loss in net.losses(batch).values())
    total.backward()
    return {name: each.grad().asnumpy() for name, each in named.items()}


def test_a_hidden_token_does_not_leak(backend):
    """With fixed encodings, the head sees the two borders only."""
    net, rng = model(backend), np.random.default_rng(0)
    encoded = rng.standard_normal((2, 8, 8)).astype('f')

    def scores(encoded):
        return numbers(net.sbo(*(array(backend, each) for each in (
            encoded, LEFT, RIGHT, OFFSETS))))

    before = scores(encoded)
    for place in range(8):
        changed = encoded.copy()
        changed[0, place] += 1
        differs = (scores(changed) != before).any(-1)
        expected = (place == LEFT) | (place == RIGHT)
        expected[1] = False
        assert (differs == expected).all(), place


def test_heads_that_it_has():
    sizes = 9, 8, 16, 2, 1, 0.1
    names = {name.partition('.')[0] for name in weight_shapes(
        SpanConfig(*sizes))}
    assert {'mlm', 'sbo'} < names and not {'nsp', 'hidden'} & names
    both = SpanConfig(*sizes, next_sentence=True, boundary=False)
    names = {name.partition('.')[0] for name in weight_shapes(both)}
    assert {'mlm', 'nsp', 'hidden'} < names and 'sbo' not in names
    assert both.loss_names == ('mlm', 'nsp')


@pytest.mark.parametrize('changes, message', [
    ({'boundary': 1}, 'boundary must be True or False, not 1'),
    ({'offset_size': 0}, 'offset_size must be a whole number of at least 1'),
    ({'max_offset': 2.5}, 'max_offset must be a whole number of at least 1')])
def test_sizes_that_cannot_be(changes, message):
    with pytest.raises(ValueError, match=message):
        check_config(SpanConfig(9, 8, 16, 2, 1, 0.1, **changes))


# Training -----------------------------------------------------------------

def test_it_learns(backend, tmp_path):
    """From 600 tokens alike, log(600) = 6.4, to a third of that and less
    in 60 steps on 24 examples, whose masks are always the same."""
    few = load_spanbert_splits(32, corpus='tiny', min_freq=2,
                               dynamic_masking=False)[0].select(range(24))
    rows = backend.pretrain(learner(backend, dropout=0), few, steps=60,
                            batch_size=24, learning_rate=0.02, warmup=5,
                            folder=tmp_path / 'run')
    assert rows[0]['mlm_loss'] > 6 and rows[0]['sbo_loss'] > 6
    assert rows[-1]['mlm_loss'] < 2 and rows[-1]['sbo_loss'] < 2
    assert set(read_log(tmp_path / 'run' / 'log.csv')[0]) >= {
        'mlm_loss', 'sbo_loss', 'mlm_accuracy', 'sbo_accuracy'}


@pytest.mark.parametrize('boundary, next_sentence', [
    (True, True), (False, True), (True, False)])
def test_pairs(backend, boundary, next_sentence):
    net = learner(backend, examples=PAIRS, boundary=boundary,
                  next_sentence=next_sentence)
    rows = backend.pretrain(net, PAIRS, VALID_PAIRS, **{**PLAN, 'steps': 2})
    losses = {name for name in rows[-1] if name.endswith('loss')}
    assert losses == {f'{valid}{name}_loss' for valid in ('', 'valid_')
                      for name in net.loss_names}
    assert net.layout == 'pair'


def test_a_model_for_pairs_needs_pairs(backend):
    net = learner(backend, next_sentence=True)
    with pytest.raises(ValueError, match=(
            'they have the losses mlm, sbo, and this one has mlm, sbo, nsp')):
        backend.pretrain(net, TRAIN, **PLAN)
    with pytest.raises(ValueError, match='have the losses mlm, sbo, and thi'):
        backend.evaluate(net, VALID)


def test_both_learn_alike(torch_backend, mxnet_backend):
    plan = {**PLAN, 'steps': 4, 'learning_rate': 1e-3}
    one, other = (backend.pretrain(learner(backend, dropout=0), TRAIN, VALID,
                                   **plan)
                  for backend in (torch_backend, mxnet_backend))
    for row, second in zip(one, other):
        figures = {name: value for name, value in row.items()
                   if name != 'examples_per_second'}
        assert figures == pytest.approx(
            {name: second[name] for name in figures}, rel=2e-3, abs=2e-3)


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
    assert [row['sbo_loss'] for row in rows] == [
        row['sbo_loss'] for row in whole]
    one, other = (load_model(tmp_path / name) for name in ('whole', 'cut'))
    assert one.kind == 'spanbert' and one.layout == 'single'
    for name, array_ in one.weights.items():
        np.testing.assert_array_equal(array_, other.weights[name])


def test_a_run_of_another_kind_of_model(torch_backend, tmp_path):
    train, _ = load_spanbert_splits(32, corpus='tiny', packing='pair')
    nets = [torch_backend.new_model(0, len(train.vocab), 8, 16, 2, 1, 0.1,
                                    32, kind=kind)
            for kind in ('bert', 'spanbert')]
    torch_backend.pretrain(nets[0], train, steps=1, batch_size=8,
                           folder=tmp_path)
    with pytest.raises(ValueError, match="there kind is 'bert', here 'spanb"):
        torch_backend.pretrain(nets[1], train, steps=1, batch_size=8,
                               folder=tmp_path, resume=True)


def test_saved_by_one_and_loaded_by_the_other(torch_backend, mxnet_backend,
                                              tmp_path):
    for one, other in ((torch_backend, mxnet_backend),
                       (mxnet_backend, torch_backend)):
        net = model(one, spread=5)
        path = tmp_path / f'{one.__name__}.safetensors'
        one.save_bert(net, path)
        loaded = other.load_bert(path)
        assert loaded.config == net.config
        for a, b in zip(outputs(one, net), outputs(other, loaded)):
            assert a is b is None or np.abs(a - b).max() < 1e-3
    with pytest.raises(ValueError, match='kind must be one of bert, spanb'):
        one.new_model(0, kind='span', **SIZES)


def test_autocast(torch_backend):
    plain, low = (torch_backend.pretrain(
        learner(torch_backend, dropout=0), TRAIN, autocast=autocast,
        **{**PLAN, 'steps': 2})[-1] for autocast in (False, True))
    assert low['sbo_loss'] == pytest.approx(plain['sbo_loss'], rel=0.02)
    assert low['sbo_loss'] != plain['sbo_loss']


@pytest.mark.slow
def test_two_processes_learn_as_one(torch_backend, tmp_path):
    import os
    import subprocess
    import sys
    from pathlib import Path
    here = Path(__file__).parent
    (tmp_path / 'shared.py').write_text(
        'from d2l_bert import torch_backend as d2l\n'
        'from test_spanbert_model import PLAN, TRAIN, VALID, learner\n'
        f'd2l.pretrain(learner(d2l, dropout=0), TRAIN, VALID,\n'
        f'             folder={str(tmp_path / "run")!r}, **PLAN)\n')
    done = subprocess.run(
        [sys.executable, '-m', 'torch.distributed.run', '--standalone',
         '--nproc-per-node', '2', str(tmp_path / 'shared.py')], timeout=300,
        capture_output=True, text=True, env={
            **os.environ, 'OMP_NUM_THREADS': '1',
            'PYTHONPATH': f'{here.parent}{os.pathsep}{here}'})
    assert done.returncode == 0, done.stderr
    alone = torch_backend.pretrain(learner(torch_backend, dropout=0), TRAIN,
                                   VALID, **PLAN)
    for row, other in zip(read_log(tmp_path / 'run' / 'log.csv'), alone):
        for name in ('mlm_loss', 'sbo_loss'):
            assert row[name] == pytest.approx(other[name], rel=1e-4)


# Loaders and use ----------------------------------------------------------

def test_loaders_are_the_same_in_both(torch_backend, mxnet_backend):
    loaders = [backend.load_data_spanbert(16, 32, corpus='tiny', seed=3)[0]
               for backend in (torch_backend, mxnet_backend)]
    first = [[[numbers(column) for column in batch] for batch in loader]
             for loader in loaders]
    again = [[[numbers(column) for column in batch] for batch in loader]
             for loader in loaders]
    for one, other in zip(*first):
        for a, b in zip(one, other):
            np.testing.assert_array_equal(a, b)
    for one, other in zip(*again):
        np.testing.assert_array_equal(one[3], other[3])
    assert any((a[0] != b[0]).any() for a, b in zip(first[0], again[0])
               if a[0].shape == b[0].shape)
    own, vocab = torch_backend.load_data_spanbert(
        4, 16, documents=[['the sea rose', 'it fell']] * 9, min_freq=1)
    assert len(own.dataset) == 9 and 'sea' in vocab


def test_fill_span(backend):
    net = learner(backend)
    with pytest.raises(ValueError, match='has no vocabulary'):
        backend.fill_span(net, 'a <mask>')
    net.vocab = TRAIN.vocab
    text = 'the <mask> <mask> was seen in the <mask>'
    blanks = backend.fill_span(net, text, k=3)
    assert [len(blank.masked) for blank in blanks] == [3, 3, 3]
    assert [blank.masked for blank in blanks] == backend.fill_mask(
        net, text, k=3)
    # The positions of the two spans are 2, 3 and 8.
    words = ['the', '<mask>', '<mask>', 'was', 'seen', 'in', 'the', '<mask>']
    ids = net.vocab[['<cls>', *words, '<sep>']]
    logits = run(backend, net, [ids], np.zeros((1, 10), int), [10],
                 [[2, 3, 8]], None, [[1, 1, 7]], [[4, 4, 9]], [[1, 2, 1]])[3]
    for blank, scores in zip(blanks, logits[0]):
        best = np.argsort(-scores, kind='stable')[:3]
        assert [guess.token for guess in blank.boundary] == (
            net.vocab.to_tokens(best.tolist()))
    with pytest.raises(ValueError, match='there is no <mask>'):
        backend.fill_span(net, 'the sea')
    with pytest.raises(ValueError, match='has no head for next sentences; it '
                       'was made for masked tokens and tokens between bord'):
        backend.next_sentence_probability(net, 'the sea', 'it fell')
    bert = backend.new_model(0, len(TRAIN.vocab), dropout=0.1, **SMALL)
    bert.vocab = TRAIN.vocab
    with pytest.raises(ValueError, match='has no head for tokens between bor'):
        backend.fill_span(bert, text)


def test_spans_in_words():
    example = VALID[0]
    spans = read_example(example).spans
    hidden = int(example.mlm_weights.sum())
    assert sum(len(span.tokens) for span in spans) == hidden
    for span in spans:
        assert span.left.position + 1 == span.tokens[0].position
        assert span.tokens[-1].position + 1 == span.right.position
        assert all(token.truth for token in span.tokens)
    text, html = columns_text(VALID[:2]), columns_html(VALID[:2])
    first = spans[0]
    line = (f'  span between {first.left.position}: {first.left.text} and '
            f'{first.right.position}: {first.right.text}, offsets 1 '
            f'{first.tokens[0].truth}')
    assert line in text and 'predictions' not in text
    assert html.count('<li>between ') == sum(
        len(read_example(VALID[i]).spans) for i in range(2))
