"""The pretraining loop: its order, its rate, and runs that were cut."""

import os
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

import d2l_bert
from d2l_bert.core.interrupts import held_interrupts
from d2l_bert.core.measuring import unigram_loss
from d2l_bert.core.runs import FIELDS, read_log
from d2l_bert.core.splits import load_splits
from d2l_bert.core.training import Plan, Sums, batches, divide, evaluate
from d2l_bert.core.weights import load_model, save_model

ROOT = Path(d2l_bert.__file__).parent.parent
TRAIN, VALID = load_splits(32, corpus='tiny', min_freq=2)
SIZES = {'num_hiddens': 16, 'ffn_num_hiddens': 32, 'num_heads': 2,
         'num_blks': 1, 'max_len': 32}
PLAN = {'steps': 12, 'batch_size': 24, 'learning_rate': 0.01, 'warmup': 3,
        'eval_every': 4, 'save_every': 5, 'seed': 7}
FIGURES = set(FIELDS) - {'pairs_per_second'}
FIGURES_OF_A_MODEL = ('mlm_loss', 'nsp_loss', 'mlm_accuracy', 'nsp_accuracy')


def model(backend, dropout=0.1, seed=0, examples=TRAIN):
    return backend.new_model(seed, len(examples.vocab), dropout=dropout,
                             **SIZES)


def figures(rows):
    """The rows of a log without what depends on the machine."""
    return [{name: row[name] for name in FIGURES if name in row}
            for row in rows]


def close(rows, others):
    assert len(rows) == len(others)
    for a, b in zip(figures(rows), figures(others)):
        assert a == pytest.approx(b, rel=1e-4, abs=1e-5)


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


def test_order_of_the_batches():
    size = len(TRAIN) // 3
    stream = list(islice(batches(TRAIN, size, seed=5), 7))
    assert [epoch for epoch, _ in stream] == [0, 0, 0, 1, 1, 1, 2]
    rows = [tuple(row) for _, batch in stream[:3] for row in batch.token_ids]
    assert len(rows) == 3 * size
    everything = sorted(map(tuple, TRAIN.columns.token_ids))
    assert set(rows) <= set(everything)
    later = [tuple(row) for _, batch in stream[3:6]
             for row in batch.token_ids]
    assert len(TRAIN) % 3 == 0 and sorted(rows) == sorted(later)
    assert rows != later  # every epoch has an order of its own
    for done in range(7):  # wherever it is taken up, it is the same
        again = islice(batches(TRAIN, size, seed=5, done=done), 7 - done)
        for (epoch, batch), (other_epoch, other) in zip(stream[done:], again):
            assert epoch == other_epoch
            np.testing.assert_array_equal(batch.token_ids, other.token_ids)


def test_batches_of_another_seed_and_of_fresh_masks():
    (_, one), = islice(batches(TRAIN, 8, seed=1), 1)
    (_, other), = islice(batches(TRAIN, 8, seed=2), 1)
    assert (one.token_ids != other.token_ids).any()
    fresh, _ = load_splits(32, corpus='tiny', dynamic_masking=True)
    (_, first), (_, second) = islice(batches(fresh, len(fresh), seed=1), 2)
    order = [np.random.default_rng([1, epoch]).permutation(len(fresh))
             for epoch in (0, 1)]
    back = [batch.pred_positions[np.argsort(which)] for batch, which
            in zip((first, second), order)]
    assert (back[0] != back[1]).any()


def test_a_batch_larger_than_the_text_is_the_whole_text():
    _, batch = next(batches(TRAIN, 10 ** 6, seed=0))
    assert len(batch.token_ids) == len(TRAIN)


def test_divide():
    parts = divide(TRAIN[:5], 2)
    assert [len(part.nsp_labels) for part in parts] == [3, 2]
    np.testing.assert_array_equal(
        np.concatenate([part.mlm_labels for part in parts]),
        TRAIN[:5].mlm_labels)


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
    assert all(0 <= row['nsp_accuracy'] <= 1 and row['pairs_per_second'] > 0
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
        learner.step([TRAIN[:16]], 1e-3, clip, seed=0)
        total = sum(array.sum() for name, array in learner.state().items()
                    if name.startswith('variance/'))
        norms.append(float(np.sqrt(total / 0.001)))  # (1 - beta2) g^2
    assert norms[0] > 0.1
    assert norms[1] == pytest.approx(0.01, rel=1e-3)


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


# Runs that were cut -------------------------------------------------------

def test_files_of_a_run(backend, tmp_path):
    net = model(backend)
    rows = backend.pretrain(net, TRAIN, VALID, folder=tmp_path / 'run',
                            **PLAN)
    assert read_log(tmp_path / 'run' / 'log.csv') == rows
    assert sorted(path.name for path in (tmp_path / 'run').iterdir()) == [
        'checkpoint.safetensors', 'log.csv', 'model.safetensors']
    loaded = backend.load_bert(tmp_path / 'run')
    assert loaded.vocab.idx_to_token == TRAIN.vocab.idx_to_token
    assert backend.fill_mask(loaded, 'the <mask>') == backend.fill_mask(
        net, 'the <mask>')


class Cut(Exception):
    pass


@pytest.mark.parametrize('last', [4, 5, 11])
def test_a_run_that_was_cut_goes_on(backend, tmp_path, last):
    def cut(row):
        if row['step'] == last:
            raise Cut

    whole = backend.pretrain(model(backend), TRAIN, VALID, **PLAN)
    with pytest.raises(Cut):
        backend.pretrain(model(backend), TRAIN, VALID, folder=tmp_path,
                         watch=cut, **PLAN)
    assert not (tmp_path / 'model.safetensors').exists()
    # A model of other weights, which the checkpoint must replace.
    rows = backend.pretrain(model(backend, seed=9 if last >= 6 else 0),
                            TRAIN, VALID, folder=tmp_path, resume=True,
                            **PLAN)
    assert figures(rows) == figures(whole)
    assert figures(read_log(tmp_path / 'log.csv')) == figures(whole)


KILLED = '''
import os, signal, sys
from d2l_bert import {name} as d2l
sys.path.insert(0, {tests!r})
from test_training import PLAN, TRAIN, VALID, model

folder, *how = sys.argv[1:]

def kill(row):
    if row['step'] == 8 and 'kill' in how:
        os.kill(os.getpid(), signal.SIGKILL)

d2l.pretrain(model(d2l), TRAIN, VALID, folder=folder, watch=kill,
             resume='resume' in how, **PLAN)
'''


@pytest.mark.skipif(sys.platform == 'win32', reason='no SIGKILL there')
def test_killed(backend, tmp_path):
    """All in processes alike: what else is loaded may change rounding."""
    script = tmp_path / 'killed.py'
    script.write_text(KILLED.format(
        name=backend.__name__.split('.')[-1],
        tests=str(Path(__file__).parent)))

    def run(*argv):
        return subprocess.run(
            [sys.executable, script, *argv], timeout=300,
            env={**os.environ, 'PYTHONPATH': str(ROOT)}).returncode

    cut, whole = str(tmp_path / 'cut'), str(tmp_path / 'whole')
    assert run(cut, 'kill') == -signal.SIGKILL
    with open(tmp_path / 'cut' / 'log.csv', 'a') as log:
        log.write('9,0,0.00')  # torn
    assert run(cut, 'resume') == run(whole) == 0
    resumed, never_cut = (read_log(Path(folder, 'log.csv'))
                          for folder in (cut, whole))
    assert len(resumed) == 12
    assert figures(resumed) == figures(never_cut)


def test_resume_with_nothing_there_starts(backend, tmp_path):
    rows = backend.pretrain(model(backend), TRAIN, folder=tmp_path,
                            resume=True, **{**PLAN, 'steps': 1})
    assert len(rows) == 1


def test_resume_of_a_finished_run_changes_nothing(backend, tmp_path):
    net = model(backend)
    first = backend.pretrain(net, TRAIN, VALID, folder=tmp_path, **PLAN)
    before = load_model(tmp_path)
    again = backend.pretrain(model(backend, seed=5), TRAIN, VALID,
                             folder=tmp_path, resume=True, **PLAN)
    assert again == first
    for name, array in load_model(tmp_path).weights.items():
        np.testing.assert_array_equal(array, before.weights[name])


@pytest.mark.parametrize('change, message', [
    ({'seed': 8}, 'there seed is 7, here 8'),
    ({'learning_rate': 1.0}, 'there learning_rate is 0.01, here 1.0')])
def test_resume_of_another_run(backend, tmp_path, change, message):
    plan = {**PLAN, 'steps': 5}
    backend.pretrain(model(backend), TRAIN, folder=tmp_path, **plan)
    before = (tmp_path / 'log.csv').read_bytes()
    with pytest.raises(ValueError, match=message):
        backend.pretrain(model(backend), TRAIN, folder=tmp_path, resume=True,
                         **{**plan, **change})
    others, _ = load_splits(32, corpus='tiny', min_freq=2, seed=1)
    with pytest.raises(ValueError, match='there (examples|vocab_size) is'):
        backend.pretrain(model(backend, examples=others), others,
                         folder=tmp_path, resume=True, **plan)
    strict, _ = load_splits(32, corpus='tiny', min_freq=2,
                            strict_masking=True)  # the same words
    with pytest.raises(ValueError, match='there examples is'):
        backend.pretrain(model(backend), strict, folder=tmp_path,
                         resume=True, **plan)
    with pytest.raises(ValueError, match='there valid is None'):
        backend.pretrain(model(backend), TRAIN, VALID, folder=tmp_path,
                         resume=True, **plan)
    assert (tmp_path / 'log.csv').read_bytes() == before


def test_resume_otherwise_than_it_began(torch_backend, tmp_path):
    plan = {**PLAN, 'steps': 2}
    torch_backend.pretrain(model(torch_backend), TRAIN, folder=tmp_path,
                           **plan)
    with pytest.raises(ValueError, match='there autocast is False'):
        torch_backend.pretrain(model(torch_backend), TRAIN, folder=tmp_path,
                               resume=True, autocast=True, **plan)


def test_resume_in_the_other_framework(torch_backend, mxnet_backend,
                                       tmp_path):
    plan = {**PLAN, 'steps': 2}
    torch_backend.pretrain(model(torch_backend), TRAIN, folder=tmp_path,
                           **plan)
    with pytest.raises(ValueError, match="there framework is 'torch', here "
                                         "'mxnet'"):
        mxnet_backend.pretrain(model(mxnet_backend), TRAIN, folder=tmp_path,
                               resume=True, **plan)


def without_log(folder):
    (folder / 'log.csv').unlink()


def shorter_log(folder):
    lines = (folder / 'log.csv').read_text().splitlines(keepends=True)
    (folder / 'log.csv').write_text(''.join(lines[:3]))


def without_checkpoint(folder):
    (folder / 'checkpoint.safetensors').unlink()


def model_as_checkpoint(folder):
    (folder / 'checkpoint.safetensors').write_bytes(
        (folder / 'model.safetensors').read_bytes())


def change_state(folder, change):
    path = folder / 'checkpoint.safetensors'
    file = load_model(path)
    change(file.state)
    save_model(path, file.weights, file.config, file.vocab, file.extra,
               file.state)


def without_state(folder):
    change_state(folder, lambda state: state.pop('mean/nsp.weight'))


def smaller_state(folder):
    change_state(folder, lambda state: state.update(
        {'mean/nsp.weight': np.zeros(3, np.float32)}))


@pytest.mark.parametrize('damage, message', [
    (without_log, 'log.csv has 0 of the 4 steps'),
    (shorter_log, 'log.csv has 2 of the 4 steps'),
    (without_checkpoint, 'a finished model, but no checkpoint.safetensors'),
    (model_as_checkpoint, 'is a finished model and no checkpoint'),
    (without_state, "lacks 'mean/nsp.weight'"),
    (smaller_state, "lacks 'mean/nsp.weight' .* or has another size")],
    ids=lambda value: getattr(value, '__name__', ''))
def test_damaged_runs(backend, tmp_path, damage, message):
    plan = {**PLAN, 'steps': 4}
    backend.pretrain(model(backend), TRAIN, folder=tmp_path, **plan)
    damage(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises((ValueError, FileExistsError), match=message):
        backend.pretrain(model(backend), TRAIN, folder=tmp_path, resume=True,
                         **plan)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_ctrl_c_waits_for_the_step(backend, tmp_path, ctrl_c):
    def press(row):
        if row['step'] == 7:
            ctrl_c()

    with pytest.raises(KeyboardInterrupt, match='stopped after step 7'):
        backend.pretrain(model(backend), TRAIN, VALID, folder=tmp_path,
                         watch=press, **PLAN)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert load_model(tmp_path / 'checkpoint.safetensors').extra['step'] == 7
    resumed = backend.pretrain(model(backend), TRAIN, VALID, folder=tmp_path,
                               resume=True, **PLAN)
    uncut = backend.pretrain(model(backend), TRAIN, VALID, **PLAN)
    assert figures(resumed) == figures(uncut)


def test_the_second_ctrl_c_does_not_wait(ctrl_c):
    with held_interrupts() as interrupted:
        ctrl_c()
        assert interrupted()
        with pytest.raises(KeyboardInterrupt):
            ctrl_c()


@pytest.mark.parametrize('handler', [signal.SIG_IGN, lambda *args: None])
def test_ctrl_c_that_others_handle_is_left_to_them(ctrl_c, handler):
    signal.signal(signal.SIGINT, handler)
    with held_interrupts() as interrupted:
        assert signal.getsignal(signal.SIGINT) is handler
        ctrl_c()
        assert not interrupted()
    assert signal.getsignal(signal.SIGINT) is handler


def test_ctrl_c_under_torchrun_is_not_held(ctrl_c, monkeypatch):
    monkeypatch.setenv('WORLD_SIZE', '2')
    with pytest.raises(KeyboardInterrupt), held_interrupts():
        ctrl_c()


def test_what_a_state_holds_does_not_change_later(torch_backend):
    from d2l_bert.torch_backend.train import Learner
    learner = Learner(model(torch_backend))
    part = divide(next(batches(TRAIN, 8, seed=0))[1], 1)
    learner.step(part, 0.01, 1.0, seed=0)
    state = learner.state()
    copies = {name: array.copy() for name, array in state.items()}
    learner.step(part, 0.01, 1.0, seed=1)
    assert int(state['steps']) == 1
    for name, array in state.items():
        np.testing.assert_array_equal(array, copies[name])


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


def test_a_run_is_not_overwritten(backend, tmp_path):
    plan = {**PLAN, 'steps': 1}
    backend.pretrain(model(backend), TRAIN, folder=tmp_path, **plan)
    before = (tmp_path / 'model.safetensors').read_bytes()
    with pytest.raises(FileExistsError, match='has a run already'):
        backend.pretrain(model(backend, seed=1), TRAIN, folder=tmp_path,
                         **plan)
    assert (tmp_path / 'model.safetensors').read_bytes() == before
    with pytest.raises(ValueError, match='resume needs the folder'):
        backend.pretrain(model(backend), TRAIN, resume=True, **plan)


def test_checkpoint_is_a_model(backend, tmp_path):
    backend.pretrain(model(backend), TRAIN, folder=tmp_path, **PLAN)
    one, other = (load_model(tmp_path / f'{name}.safetensors')
                  for name in ('checkpoint', 'model'))
    assert one.extra['step'] == 12 and not other.state
    for name, array in other.weights.items():
        np.testing.assert_array_equal(array, one.weights[name])
    assert set(one.state) == {'steps', *(
        f'{key}/{name}' for name in other.weights
        for key in ('mean', 'variance'))}
    assert int(one.state['steps']) == 12


# Several devices ----------------------------------------------------------

SHARED = '''
import sys
from d2l_bert import torch_backend as d2l
sys.path.insert(0, {tests!r})
from test_training import PLAN, TRAIN, VALID, model

d2l.pretrain(model(d2l, dropout=0), TRAIN, VALID, folder={folder!r},
             accumulate={accumulate}, **PLAN)
'''


@pytest.mark.parametrize('accumulate', [1, 2])
def test_two_processes_learn_as_one(torch_backend, tmp_path, accumulate):
    script = tmp_path / 'shared.py'
    script.write_text(SHARED.format(
        folder=str(tmp_path / 'run'), tests=str(Path(__file__).parent),
        accumulate=accumulate))
    done = subprocess.run(
        [sys.executable, '-m', 'torch.distributed.run', '--standalone',
         '--nproc-per-node', '2', str(script)], timeout=300,
        capture_output=True, text=True,
        env={**os.environ, 'PYTHONPATH': str(ROOT), 'OMP_NUM_THREADS': '1'})
    assert done.returncode == 0, done.stderr
    alone = torch_backend.pretrain(model(torch_backend, dropout=0), TRAIN,
                                   VALID, **PLAN)
    close(read_log(tmp_path / 'run' / 'log.csv'), alone)


def test_two_devices_learn_as_one(mxnet_backend):
    """MXNet lets one CPU pass for several."""
    from d2l_bert.mxnet_backend.compat import mxnet
    two, one = (mxnet_backend.pretrain(
        model(mxnet_backend, dropout=0), TRAIN, VALID, device=device, **PLAN)
        for device in ([mxnet.cpu(0), mxnet.cpu(1)], mxnet.cpu(0)))
    close(two[:6], one[:6])
    pair = mxnet_backend.pretrain(
        model(mxnet_backend, dropout=0), TRAIN, **{**PLAN, 'steps': 1},
        device=(mxnet.cpu(0), mxnet.cpu(1)))
    close(pair, [{**two[0]}])


def test_several_processes_are_for_torch(mxnet_backend, monkeypatch):
    monkeypatch.setenv('WORLD_SIZE', '2')
    with pytest.raises(ValueError, match='several processes are for the PyT'):
        mxnet_backend.pretrain(model(mxnet_backend), TRAIN, **PLAN)


def test_best_device(backend):
    from importlib import import_module
    devices = import_module(f'{backend.__name__}.devices')
    everything = devices.try_all_gpus()
    assert devices.best_device() in (everything, everything[0])


# The book's loop ----------------------------------------------------------

def test_train_bert(torch_backend, capsys):
    import torch
    torch.manual_seed(0)
    train_iter, vocab = torch_backend.load_data_wiki(
        64, 32, corpus='tiny', seed=0)
    net = torch_backend.BERTModel(len(vocab), num_hiddens=16,
                                  ffn_num_hiddens=32, num_heads=2,
                                  num_blks=1, dropout=0.2)
    devices = torch_backend.try_all_gpus()
    torch_backend.train_bert(train_iter, net, torch.nn.CrossEntropyLoss(),
                             len(vocab), devices, 20)
    check_book_output(torch_backend, capsys.readouterr().out, train_iter, net)


def test_train_bert_in_mxnet(mxnet_backend, capsys):
    from d2l_bert.mxnet_backend.compat import mxnet
    mxnet.random.seed(0)
    train_iter, vocab = mxnet_backend.load_data_wiki(
        64, 32, corpus='tiny', seed=0)
    net = mxnet_backend.BERTModel(len(vocab), num_hiddens=16,
                                  ffn_num_hiddens=32, num_heads=2,
                                  num_blks=1, dropout=0.2)
    devices = mxnet_backend.try_all_gpus()
    net.initialize(mxnet.init.Xavier(), ctx=devices)
    mxnet_backend.train_bert(
        train_iter, net, mxnet.gluon.loss.SoftmaxCELoss(), len(vocab),
        devices, 20)
    check_book_output(mxnet_backend, capsys.readouterr().out, train_iter, net)


def check_book_output(backend, out, train_iter, net):
    vocab = train_iter.dataset.vocab
    losses, speed = out.splitlines()
    mlm, nsp = (float(part.split()[-1]) for part in losses.split(','))
    # The mean over 20 steps, the first of which knows nothing at all.
    assert 4 < mlm < np.log(len(vocab)) + 1.5 and 0.5 < nsp < 1.5
    learnt = backend.evaluate(net, train_iter.dataset.examples)
    assert learnt['mlm_loss'] < np.log(len(vocab)) - 1
    assert speed.endswith("sentence pairs/sec on ['cpu']") or (
        'gpu' in speed or 'cuda' in speed or 'cpu(0)' in speed)
    assert net.vocab is vocab


def test_sums():
    assert Sums(0., 0., 0., 0, 0, 0).row() == {
        'mlm_loss': 0, 'nsp_loss': 0, 'mlm_accuracy': 0, 'nsp_accuracy': 0}


def test_evaluate_in_pieces(backend, monkeypatch):
    from importlib import import_module
    from d2l_bert.core import training
    learner = import_module(f'{backend.__name__}.train').Learner(
        model(backend))
    whole = evaluate(learner, VALID)
    monkeypatch.setattr(training, 'ROWS_TO_EVALUATE', 4)
    assert evaluate(learner, VALID) == pytest.approx(whole, rel=1e-5)
