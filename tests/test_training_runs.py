"""Runs that were interrupted, and what a folder holds of them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from small_training import PLAN, TRAIN, VALID, figures, model, step_of

from d2l_bert.core.models.files import load_model, save_model
from d2l_bert.core.objectives.bert import load_splits
from d2l_bert.core.training.interrupts import held_interrupts
from d2l_bert.core.training.runs import read_log


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


@pytest.mark.parametrize('last', [5, 7, 11])
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
from small_training import PLAN, TRAIN, VALID, model

folder, *how = sys.argv[1:]

def kill(row):
    if row['step'] == 8 and 'kill' in how:
        os.kill(os.getpid(), signal.SIGKILL)

d2l.pretrain(model(d2l), TRAIN, VALID, folder=folder, watch=kill,
             resume='resume' in how, **PLAN)
'''


@pytest.mark.slow
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


# Logs that somebody else has saved -----------------------------------------

LOG = 'step,epoch,mlm_loss,valid_mlm_loss\n' + ''.join(
    f'{i},{i // 3},{9 - i / 8},{"8.5" * (i == 4)}\n' for i in range(1, 6))


def a_log(tmp_path, text, encoding='utf-8'):
    path = tmp_path / 'log.csv'
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize('text, encoding', [
    (LOG, 'utf-8-sig'), (LOG.replace('\n', '\r\n'), 'utf-8'),
    (LOG.replace(',', ';'), 'utf-8-sig'), (LOG.replace(',', '\t'), 'utf-8'),
    (LOG.replace(',', ';').replace('.', ','), 'utf-8'),
    (LOG.replace('\n', '\n\n'), 'utf-8'),
    (LOG.replace(',\n', '\n'), 'utf-8'),  # as Excel writes empty cells
    (LOG.replace(',1,', ',1.0,'), 'utf-8'),
    (LOG + '6,2,8.', 'utf-8')])
def test_a_log_that_a_spreadsheet_saved(text, encoding, tmp_path):
    expected = read_log(a_log(tmp_path, LOG))
    assert expected[3] == {'step': 4, 'epoch': 1, 'mlm_loss': 8.5,
                           'valid_mlm_loss': 8.5}
    found = read_log(a_log(tmp_path, text, encoding))
    assert found == expected and type(found[4]['epoch']) is int


def moved(*order):
    head, *lines = LOG.splitlines(keepends=True)
    return ''.join([head, *(lines[i - 1] for i in order)])


@pytest.mark.parametrize('text, message', [
    (moved(1, 2, 4, 5), 'is damaged: step 3 is missing before line 4; a log '
     'has every step once, in order from 1, so restore it'),
    (moved(2, 3), 'step 1 is missing before line 2'),
    (moved(1, 2, 2, 3), 'line 4 has step 2 a second time'),
    (moved(1, 2, 3, 4, 5, 1), 'line 7 has step 1 a second time'),
    (moved(1, 3, 2, 4), 'step 2 is in line 4, after step 3'),
    (moved(5, 4, 3, 2, 1), 'step 1 is in line 6, after step 5'),
    (LOG.replace('1,0,', '0,0,'), 'step 1 is missing before line 2'),
    (LOG.replace('3,1,', ',1,'), 'step 3 is missing before line 4'),
    (LOG.replace('3,1,8.625', '3,1,8.6x5'),
     "in line 4, mlm_loss is '8.6x5' and not a number; restore the log"),
    (LOG.replace('3,1,', '3.5,1,'), "in line 4, step is '3.5' and not"),
    (LOG.replace('3,1,', 'inf,1,'), "in line 4, step is 'inf' and not"),
    (LOG.replace('3,1,8.625,', '3,1'), 'line 4 has no mlm_loss'),
    (LOG.replace('4,1,', '4,1,7,'), 'row 3 of .*, in line 5, has 5 fields'),
    (LOG.replace('step,', 'stop,'), "has no column 'step'; its first line"),
    ('', "has no column 'step'; its first line is ''")])
def test_a_damaged_log_is_named(text, message, tmp_path):
    with pytest.raises(ValueError, match=message) as caught:
        read_log(a_log(tmp_path, text))
    assert str(tmp_path / 'log.csv') in str(caught.value)


def test_nothing_to_resume(backend, tmp_path):
    """A slip in the folder's name must not cost a run."""
    with pytest.raises(FileNotFoundError, match='has no checkpoint.safetens'
                       'ors to continue from; check the name'):
        backend.pretrain(model(backend), TRAIN, folder=tmp_path / 'rum',
                         resume=True, **PLAN)
    assert not (tmp_path / 'rum').exists()


def test_stopped_before_the_first_checkpoint(backend, tmp_path):
    def cut(row):
        raise Cut

    with pytest.raises(Cut):
        backend.pretrain(model(backend), TRAIN, folder=tmp_path, watch=cut,
                         **PLAN)
    before = (tmp_path / 'log.csv').read_bytes()
    with pytest.raises(FileNotFoundError, match='before its first checkpoint'
                       ': delete log.csv and start again without resume'):
        backend.pretrain(model(backend), TRAIN, folder=tmp_path, resume=True,
                         **PLAN)
    assert (tmp_path / 'log.csv').read_bytes() == before


def test_resume_of_a_finished_run_changes_nothing(backend, tmp_path):
    net = model(backend)
    first = backend.pretrain(net, TRAIN, VALID, folder=tmp_path, **PLAN)
    before = load_model(tmp_path)
    with pytest.warns(UserWarning, match='is finished: all its 12 steps are '):
        again = backend.pretrain(model(backend, seed=5), TRAIN, VALID,
                                 folder=tmp_path, resume=True, **PLAN)
    assert again == first
    with pytest.raises(ValueError, match='12 steps .*, start a new run from'):
        backend.pretrain(model(backend), TRAIN, VALID, folder=tmp_path,
                         resume=True, **{**PLAN, 'steps': 20})
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
    with pytest.raises(ValueError, match='its examples differ, by their text'):
        backend.pretrain(model(backend), strict, folder=tmp_path,
                         resume=True, **plan)
    with pytest.raises(ValueError, match='its validation examples diffe'):
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
    save_model(path, file)


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
    (smaller_state, "lacks 'mean/nsp.weight' .* or it has another size")],
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
    part = TRAIN[:8]
    learner.step(step_of(part, 0.01, 1.0))
    state = learner.state()
    copies = {name: array.copy() for name, array in state.items()}
    learner.step(step_of(part, 0.01, 1.0))
    assert int(state['steps']) == 1
    for name, array in state.items():
        np.testing.assert_array_equal(array, copies[name])


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
