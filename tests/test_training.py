"""The pretraining loop: its plan, its order, and what is learnt."""

import random
from typing import Any, NamedTuple

import numpy as np
import pytest
from small_training import (
    FIELDS, PLAN, SIZES, TRAIN, VALID, close, figures, model, step_of)

from d2l_bert.core.objectives.bert import load_splits, make_examples
from d2l_bert.core.examples.container import Examples
from d2l_bert.core.examples.dataset import ExamplesDataset
from d2l_bert.core.models.weights import initial_weights
from d2l_bert.core.objectives.reviews import make_review_examples
from d2l_bert.core.training import curves, loop
from d2l_bert.core.training.loop import (
    Loss, evaluate, means)
from d2l_bert.core.training.measuring import unigram_loss
from d2l_bert.core.training.plan import Plan
from d2l_bert.core.training.runs import log_fields, read_log

SEA = [['the sea', 'it fell']] * 9
FIGURES_OF_A_MODEL = ('mlm_loss', 'nsp_loss', 'mlm_accuracy', 'nsp_accuracy')


# The plan -----------------------------------------------------------------

@pytest.mark.parametrize('options, expected', [
    ({'decay': False}, [2, 2, 2, 2]),
    ({}, [2, 1.5, 1, 0.5]),
    ({'warmup': 2, 'decay': False}, [1, 2, 2, 2]),
    ({'warmup': 2}, [1, 2, 4 / 3, 2 / 3]),
    ({'warmup': 8}, [0.25, 0.5, 0.75, 1])])
def test_learning_rate(options, expected):
    plan = Plan(steps=4, learning_rate=2.0, **options)
    assert [plan.rate(step) for step in (1, 2, 3, 4)] == pytest.approx(
        expected)


@pytest.mark.parametrize('options, message', [
    ({'steps': 0}, 'steps must be'), ({'steps': 1.5}, 'steps must be'),
    ({'batch_size': 0}, 'batch_size must be'),
    ({'warmup': -1}, 'warmup must be'),
    ({'accumulate': 0}, 'accumulate must be'),
    ({'learning_rate': float('nan')}, 'learning_rate must be'),
    ({'learning_rate': -1}, 'learning_rate must be'),
    ({'clip': 'much'}, 'clip must be'), ({'seed': 2 ** 32}, 'seed must be'),
    ({'batch_size': 4, 'accumulate': 5}, 'a batch of 4 examples cannot be '
                                         'divided into 5 parts'),
    ({'accumulate': 101}, 'a batch of 100 examples')])
def test_plans_that_cannot_be_carried_out(options, message):
    with pytest.raises(ValueError, match=message):
        Plan(**{'steps': 4, **options}).check(num_examples=100)


# A text's split -----------------------------------------------------------

def test_every_tenth_paragraph_is_held_out():
    everything, _ = load_splits(32, corpus='tiny', min_freq=1)
    train, valid = load_splits(32, corpus='tiny', min_freq=1)
    assert valid.vocab is train.vocab
    assert everything.vocab.idx_to_token == train.vocab.idx_to_token

    def sentences(examples):
        return {tuple(row) for row in examples.columns.token_ids}
    assert not sentences(train) & sentences(valid)
    assert len(train) == len(TRAIN) and len(valid) == len(VALID)


def test_split_of_wikitext(wikitext, torch_backend, assert_same):
    train, valid = load_splits(64, data_dir=wikitext, seed=3)
    train_iter, vocab = torch_backend.load_data_wiki(
        512, 64, data_dir=wikitext, seed=3)
    assert_same(train[:], train_iter.dataset[:])
    assert valid.vocab is train.vocab and len(vocab) == len(train.vocab)
    # Words of the validation text that the training text lacks are <unk>.
    assert 0 < (valid.columns.token_ids == vocab.unk).mean() < 0.1
    assert unigram_loss(train, valid) == pytest.approx(6.69, abs=0.02)


def test_unigram_loss_by_hand(torch_backend):
    class Words:  # 'a' is to be predicted three times, 'b' once
        vocab = ['a', 'b', 'c']
        columns = TRAIN.columns._replace(
            mlm_labels=np.array([[0, 0], [0, 1], [2, 2]]),
            mlm_weights=np.array([[1, 1], [1, 1], [0, 0]]))
    counts = np.array([4, 2, 1])  # one more than it was seen
    expected = -np.log(counts / 7)[[0, 0, 0, 1]].mean()
    assert unigram_loss(Words, Words) == pytest.approx(expected)


# Learning -----------------------------------------------------------------

def test_rows(backend):
    seen = []
    rows = backend.pretrain(model(backend), TRAIN, VALID, watch=seen.append,
                            **PLAN)
    assert rows == seen and [row['step'] for row in rows] == [*range(1, 13)]
    assert [row['step'] for row in rows if 'valid_mlm_loss' in row] == [
        4, 8, 12]
    plan = Plan(**PLAN)
    assert [row['learning_rate'] for row in rows] == [
        plan.rate(step) for step in range(1, 13)]
    assert rows[-1]['epoch'] == 11 * 24 // (len(TRAIN) // 24 * 24)
    assert set(rows[3]) == set(FIELDS)
    # At first all words are as likely; it learns soon that they are not.
    assert rows[0]['mlm_loss'] == pytest.approx(np.log(len(TRAIN.vocab)),
                                                abs=0.1)
    assert rows[-1]['mlm_loss'] < rows[0]['mlm_loss'] - 0.5
    assert all(0 <= row['nsp_accuracy'] <= 1 and row['examples_per_second'] > 0
               for row in rows)


def test_evaluation_counts_every_example_once(backend):
    """Against the plain outputs of the model, in NumPy."""
    net = model(backend)
    rows = backend.pretrain(net, TRAIN, VALID, **PLAN)
    columns = backend._WikiTextDataset.__new__(backend._WikiTextDataset)
    columns.examples, columns.vocab = VALID, VALID.vocab
    batch = columns[:]
    if hasattr(net, 'eval'):
        net.eval()
    _, mlm, nsp = (output.asnumpy() if hasattr(output, 'asnumpy')
                   else output.detach().numpy() for output in net(
                       batch[0], batch[1], batch[2], batch[3]))
    real = VALID.columns.mlm_weights > 0
    labels = VALID.columns.mlm_labels[real]
    scores = mlm[real].astype('float64')
    losses = (np.log(np.exp(scores).sum(1))
              - scores[np.arange(len(labels)), labels])
    assert rows[-1]['valid_mlm_loss'] == pytest.approx(losses.mean(),
                                                       rel=1e-4)
    assert rows[-1]['valid_mlm_accuracy'] == pytest.approx(
        (scores.argmax(1) == labels).mean())
    assert rows[-1]['valid_nsp_accuracy'] == pytest.approx(
        (nsp.argmax(1) == VALID.columns.nsp_labels).mean())
    assert backend.evaluate(net, VALID) == pytest.approx(
        {name: rows[-1][f'valid_{name}'] for name in FIGURES_OF_A_MODEL})


def test_evaluation_has_no_dropout_and_changes_nothing(torch_backend):
    net = model(torch_backend, dropout=0.5)
    net.train()
    one, other = (torch_backend.evaluate(net, VALID) for _ in range(2))
    assert one == other and net.training


def test_same_seed_same_run(backend):
    runs = [backend.pretrain(model(backend), TRAIN, VALID, **PLAN)
            for _ in range(2)]
    assert figures(runs[0]) == figures(runs[1])
    other = backend.pretrain(model(backend), TRAIN, VALID,
                             **{**PLAN, 'seed': 8})
    assert figures(other) != figures(runs[0])


def test_frameworks_learn_alike(torch_backend, mxnet_backend):
    """Without dropout, from the same weights. Adam divides by the root of
    small numbers, so that rounding shows after some steps."""
    plan = {**PLAN, 'steps': 4, 'learning_rate': 1e-3}
    runs = [backend.pretrain(model(backend, dropout=0), TRAIN, VALID, **plan)
            for backend in (torch_backend, mxnet_backend)]
    for a, b in zip(*map(figures, runs)):
        assert a == pytest.approx(b, rel=2e-3, abs=2e-3)


def test_parts_of_a_batch_add_up(backend):
    whole, parts = (backend.pretrain(
        model(backend, dropout=0), TRAIN, VALID, **PLAN,
        accumulate=accumulate)[:6] for accumulate in (1, 5))
    close(whole, parts)


@pytest.mark.slow
def test_one_batch_by_heart(backend):
    few = TRAIN[:]
    examples = type(TRAIN)(few._replace(**{
        name: column[:8] for name, column in few._asdict().items()}),
        TRAIN.vocab, 8)
    net = model(backend, dropout=0)
    rows = backend.pretrain(net, examples, steps=150, batch_size=8,
                            learning_rate=0.02, warmup=10)
    assert rows[-1]['mlm_loss'] < 0.01 and rows[-1]['nsp_loss'] < 0.01
    assert rows[-1]['mlm_accuracy'] == rows[-1]['nsp_accuracy'] == 1


def test_clipping_bounds_the_gradient(backend):
    """Adam's first step hardly depends on the gradient's size, so that the
    second moments, which are its squares, tell whether it was clipped."""
    from importlib import import_module
    train = import_module(f'{backend.__name__}.train')
    norms = []
    for clip in (0.0, 0.01):
        learner = train.Learner(model(backend, dropout=0))
        learner.step(step_of(TRAIN[:16], 1e-3, clip))
        total = sum(array.sum() for name, array in learner.state().items()
                    if name.startswith('variance/'))
        norms.append(float(np.sqrt(total / 0.001)))  # (1 - beta2) g^2
    assert norms[0] > 0.1
    assert norms[1] == pytest.approx(0.01, rel=1e-3)


def test_the_gradient_is_divided_by_the_divisors(backend):
    """Twice as large: half the gradient, a quarter of its square."""
    from importlib import import_module
    train = import_module(f'{backend.__name__}.train')
    squares = []
    for factor in (1, 2):
        learner = train.Learner(model(backend, dropout=0))
        step = step_of(TRAIN[:16], 1e-3, clip=0)
        found = learner.step(step._replace(divisors={
            name: factor * weight for name, weight in step.weights.items()}))
        assert found['mlm'].weight == step.weights['mlm']  # for the log
        squares.append(sum(
            float(array.sum()) for name, array in learner.state().items()
            if name.startswith('variance/')))
    assert squares[0] == pytest.approx(4 * squares[1], rel=1e-3)


def test_divergence_is_told(backend):
    with pytest.raises(FloatingPointError, match='lower learning_rate'):
        backend.pretrain(model(backend), TRAIN, steps=30, batch_size=8,
                         learning_rate=1e30, clip=0)


def test_loss_is_weighed(backend):
    """Labels of weight 0 change nothing (d2l-en issue 2582)."""
    changed = TRAIN[:]
    changed.mlm_labels[changed.mlm_weights == 0] = 5
    assert (changed.mlm_labels != TRAIN.columns.mlm_labels).any()
    others = type(TRAIN)(changed, TRAIN.vocab, len(TRAIN))
    runs = [backend.pretrain(model(backend), examples, **{**PLAN, 'steps': 3})
            for examples in (TRAIN, others)]
    assert figures(runs[0]) == figures(runs[1])


def test_epochs(backend):
    rows = backend.pretrain(model(backend), TRAIN, epochs=2, batch_size=50)
    assert [row['epoch'] for row in rows] == [0, 0, 0, 1, 1, 1]  # 162 // 50
    for options, message in (({'epochs': 0}, 'epochs must be a whole number'),
                             ({'epochs': 1, 'batch_size': 0},
                              'batch_size must be a whole number')):
        with pytest.raises(ValueError, match=message):
            backend.pretrain(model(backend), TRAIN, **options)


def test_compiled(torch_backend, monkeypatch):
    """Traced and run step by step, so that no C++ compiler is needed."""
    import torch
    compiled, compile = [], torch.nn.Module.compile

    def by_eager(module):
        compiled.append(module)
        compile(module, backend='eager')

    monkeypatch.setattr(torch.nn.Module, 'compile', by_eager)
    plan = {**PLAN, 'steps': 3}
    net = model(torch_backend, dropout=0)
    close(torch_backend.pretrain(net, TRAIN, compile=True, **plan),
          torch_backend.pretrain(model(torch_backend, dropout=0), TRAIN,
                                 **plan))
    assert compiled == [net.encoder]


def test_sums():
    nothing = Loss(0.0, 0.0, 0)
    assert means({'mlm': nothing, 'nsp': nothing}) == {
        'mlm_loss': 0, 'nsp_loss': 0, 'mlm_accuracy': 0, 'nsp_accuracy': 0}


def test_evaluate_in_pieces(backend, monkeypatch):
    from importlib import import_module
    learner = import_module(f'{backend.__name__}.train').Learner(
        model(backend))
    whole = evaluate(learner, VALID)
    monkeypatch.setattr(loop, 'ROWS_TO_EVALUATE', 4)
    for name, loss in evaluate(learner, VALID).items():
        assert loss == pytest.approx(whole[name], rel=1e-5)


# What a training leaves alone ---------------------------------------------

def test_the_callers_random_numbers_stay(torch_backend):
    import torch
    net = model(torch_backend)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    torch_backend.pretrain(net, TRAIN, **{**PLAN, 'steps': 2})
    assert torch.equal(torch.get_rng_state(), before)


def test_nothing_is_digested_without_a_folder(torch_backend, monkeypatch):
    monkeypatch.setattr('d2l_bert.core.training.runs.digest', None)
    monkeypatch.setattr('d2l_bert.core.training.loop.digest', None)
    rows = torch_backend.pretrain(model(torch_backend), TRAIN, VALID,
                                  **{**PLAN, 'steps': 1})
    assert len(rows) == 1


def test_reviews_learn_with_their_own_mask(backend):
    """Padding inside the examples is no key, so its ids change nothing."""
    text = 'The sea rose high today. It fell. The moon pulls it again.'
    examples = make_review_examples([text] * 9, rng=random.Random(0),
                                    min_freq=1, percentile=100)
    pad = examples.vocab.special('<pad>')
    assert (examples.columns.token_ids[:, :-1] == pad).any()
    net = backend.new_model(0, len(examples.vocab), 8, 16, 2, 1, 0.0,
                            examples.max_len)
    backend.pretrain(net, examples, steps=1, batch_size=4)
    assert net.layout == 'halves'
    found = backend.evaluate(net, examples)
    other = make_examples(SEA, examples.max_len, vocab=examples.vocab)
    with pytest.raises(ValueError, match="the examples have the layout 'pai"):
        backend.evaluate(net, other)
    # A model that was not trained takes the layout of the examples.
    fresh = backend.new_model(0, len(examples.vocab), 8, 16, 2, 1, 0.0,
                              examples.max_len)
    backend.set_weights(fresh, backend.get_weights(net))
    assert backend.evaluate(fresh, examples) == found
    net.layout, examples.layout = 'pair', 'pair'  # as if padding came last
    assert backend.evaluate(net, examples) != found


def test_subclasses_see_the_same_tokens(backend):
    """The book's loss of a model of one's own: from all logits at once."""
    examples = make_review_examples(
        ['The sea rose high today. It fell. The moon pulls it again.'] * 9,
        rng=random.Random(0), min_freq=1, percentile=100)
    dataset = backend._WikiTextDataset.__new__(backend._WikiTextDataset)
    ExamplesDataset.__init__(dataset, examples)
    found = []
    for kind in (backend.BERTModel, type('Own', (backend.BERTModel,), {})):
        net = kind(len(examples.vocab), 8, 16, 2, 1, 0.0, examples.max_len)
        if hasattr(net, 'initialize'):
            net.initialize()
        backend.set_weights(net, initial_weights(net.config))
        net.vocab, net.layout = examples.vocab, 'halves'
        if 'torch' in backend.__name__:
            from torch.nn import CrossEntropyLoss as Loss
        else:
            from mxnet.gluon.loss import SoftmaxCELoss as Loss
        l = backend._get_batch_loss_bert(net, Loss(), len(examples.vocab),
                                         *dataset[:])[2]
        found.append((l[0] if isinstance(l, list) else l).item())
    assert found[0] == pytest.approx(found[1], rel=1e-5)


@pytest.mark.parametrize('names', [('lm',), ('mlm', 'sbo', 'nsp')])
def test_losses_go_by_their_names(names, torch_backend, tmp_path):
    """The loop, the log and the curves know no name beforehand."""

    class Own(torch_backend.BERTModel):
        loss_names = names

        def losses(self, batch):
            mlm = super().losses(batch)['mlm']
            return {name: Loss(mlm.sum * names.index(name) + mlm.sum,
                               mlm.weight, mlm.correct)
                    for name in reversed(names)}

    class OwnColumns(NamedTuple('Plain', [
            (name, Any) for name in TRAIN.columns._fields])):
        def loss_weights(self):
            return dict.fromkeys(names, float(self.mlm_weights.sum()))

    examples = Examples(OwnColumns(*TRAIN.columns), TRAIN.vocab, len(TRAIN))
    net = Own(len(TRAIN.vocab), dropout=0.1, **SIZES)
    rows = torch_backend.pretrain(net, examples, examples, folder=tmp_path,
                                  **{**PLAN, 'steps': 2})
    assert curves.loss_names(rows[0]) == list(names)
    first = rows[0][f'{names[0]}_loss']
    assert first > 1
    for i, name in enumerate(names):
        assert rows[0][f'{name}_loss'] == pytest.approx((i + 1) * first)
    assert read_log(tmp_path / 'log.csv') == rows
    assert set(rows[1]) == {*log_fields(names)}
