"""d2l-bert pretrain, fill-mask and encode."""

import os
import re
import signal
import subprocess
import sys
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import d2l_bert
from d2l_bert import cli
from d2l_bert.cli import pretrain
from d2l_bert.core.models.files import load_model
from d2l_bert.core.text import catalog
from d2l_bert.core.text.fetch import DownloadError
from d2l_bert.core.training.plan import Plan
from d2l_bert.core.training.runs import read_log

ROOT = Path(d2l_bert.__file__).parent.parent
SMALL = ['--corpus', 'tiny', '--max-len', 32, '--min-freq', 2, '--batch-size',
         16, '--num-hiddens', 16, '--ffn-num-hiddens', 32, '--num-blks', 1]


@pytest.fixture
def framework(backend):
    return backend.__name__.removeprefix('d2l_bert.').removesuffix('_backend')


@pytest.fixture(scope='module')
def trained(tmp_path_factory, torch_backend):
    """The folder of a finished run."""
    folder = tmp_path_factory.mktemp('trained') / 'run'
    assert cli.main(['pretrain', '--backend', 'torch', '--steps', '4',
                     '--eval-every', '2', '--out', str(folder),
                     *map(str, SMALL)]) == 0
    return folder


def test_pretrain(framework, run, tmp_path):
    folder = tmp_path / 'run'
    status, out, err = run('pretrain', '--backend', framework, '--steps', 4,
                           '--eval-every', 2, '--out', folder, *SMALL)
    assert (status, err) == (0, '')
    assert re.search(r'^corpus +tiny$', out, re.M)
    assert re.search(r'^examples +\d+ for training, \d+ for val', out, re.M)
    steps = re.findall(r'^step (\d+) +loss (.*)$', out, re.M)
    rows = read_log(folder / 'log.csv')
    assert [int(step) for step, _ in steps] == [2, 4]
    assert steps[1][1] == (
        f'{rows[3]["mlm_loss"]:.3f} + {rows[3]["nsp_loss"]:.3f}, in '
        f'validation {rows[3]["valid_mlm_loss"]:.3f} + '
        f'{rows[3]["valid_nsp_loss"]:.3f}')
    assert f'{rows[3]["valid_mlm_loss"]:.3f} for masked tokens' in out
    assert str(folder / 'model.safetensors') in out
    if find_spec('matplotlib'):
        assert (folder / 'loss.png').read_bytes().startswith(b'\x89PNG')
        assert str(folder / 'loss.png') in out


def test_epochs(run, tmp_path, torch_backend):
    status, out, _ = run('pretrain', '--backend', 'torch', '--epochs', 1,
                         '--out', tmp_path / 'run', *SMALL)
    rows = read_log(tmp_path / 'run' / 'log.csv')
    examples = int(re.search(r'^examples +(\d+)', out, re.M)[1])
    assert status == 0 and len(rows) == examples // 16
    assert {row['epoch'] for row in rows} == {0}


@pytest.mark.slow
def test_sentences_by_spacy(run, tmp_path, torch_backend, spacy):
    """spaCy finds more sentences, and so more pairs that fit."""
    counts = []
    for splitter in ('period', 'spacy'):
        status, out, _ = run('pretrain', '--backend', 'torch', '--steps', 1,
                             '--sentence-splitter', splitter, '--out',
                             tmp_path / splitter, *SMALL)
        assert status == 0
        counts.append(re.search(r'^examples +(.*)$', out, re.M)[1])
    assert counts[0] != counts[1]


def test_what_torch_alone_can(run, tmp_path, torch_backend, mxnet_backend):
    argv = ['--steps', 2, *SMALL, '--autocast']
    assert run('pretrain', '--backend', 'torch', '--out', tmp_path / 'one',
               *argv)[0] == 0
    plain = tmp_path / 'two'
    run('pretrain', '--backend', 'torch', '--out', plain, *argv[:-1])
    low, exact = (read_log(folder / 'log.csv')[1]['mlm_loss']
                  for folder in (tmp_path / 'one', plain))
    assert low != exact and low == pytest.approx(exact, rel=0.02)
    status, _, err = run('pretrain', '--backend', 'mxnet', '--out',
                         tmp_path / 'three', *argv)
    assert status == 1 and 'autocast and compile are for the PyTorch' in err


def test_a_second_run_does_not_overwrite(run, trained):
    before = (trained / 'log.csv').read_bytes()
    status, out, err = run('pretrain', '--backend', 'torch', '--out', trained)
    assert (status, out) == (1, '')
    assert 'has a run already' in err
    assert (trained / 'log.csv').read_bytes() == before


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == 'win32', reason='no SIGKILL there')
def test_killed_and_resumed(tmp_path, torch_backend):
    command = [sys.executable, '-m', 'd2l_bert', 'pretrain', '--backend',
               'torch', '--steps', '60', '--save-every', '5',
               *map(str, SMALL), '--out', tmp_path / 'run']
    with subprocess.Popen(command, stdout=subprocess.DEVNULL,
                          cwd=ROOT) as process:
        log = tmp_path / 'run' / 'log.csv'
        while process.poll() is None and not (
                log.is_file() and len(read_log(log)) > 12):
            pass
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    for extra in (['run', '--resume'], ['whole']):
        subprocess.run([*command[:-1], tmp_path / extra[0], *extra[1:]],
                       stdout=subprocess.DEVNULL, cwd=ROOT, check=True)
    resumed, whole = (
        [{name: figure for name, figure in row.items()
          if name != 'examples_per_second'}
         for row in read_log(tmp_path / name / 'log.csv')]
        for name in ('run', 'whole'))
    assert len(whole) == 60 and resumed == whole


@pytest.mark.slow
def test_torchrun(run, tmp_path, torch_backend):
    """Two processes log what one does, and speak with one voice."""
    argv = ['pretrain', '--backend', 'torch', '--steps', '4', '--dropout',
            '0', *map(str, SMALL), '--out']
    done = subprocess.run(
        [sys.executable, '-m', 'torch.distributed.run', '--standalone',
         '--nproc-per-node', '2', '-m', 'd2l_bert', *argv, tmp_path / 'two'],
        capture_output=True, text=True, timeout=300, cwd=ROOT,
        env={**os.environ, 'OMP_NUM_THREADS': '1'})
    assert done.returncode == 0, done.stderr
    assert len(re.findall('^examples ', done.stdout, re.M)) == 1
    assert run(*argv, tmp_path / 'one')[0] == 0
    two, one = (read_log(tmp_path / name / 'log.csv')
                for name in ('two', 'one'))
    assert len(two) == 4
    for a, b in zip(two, one):
        for name in set(a) - {'examples_per_second'}:
            assert a[name] == pytest.approx(b[name], rel=1e-4, abs=1e-5)


def test_fill_mask(run, trained, framework):
    status, out, err = run('fill-mask', trained, 'The sea is <mask> .', '-k',
                           3, '--backend', framework)
    assert (status, err) == (0, '')
    assert len(re.findall(r'^(?:<mask>)? +\d+\.\d%  \S+$', out, re.M)) == 3
    status, out, err = run('fill-mask', trained / 'model.safetensors',
                           '<mask> xyzzy <mask>', '--backend', framework)
    assert status == 0 and '<mask> 2 ' in out
    assert "does not know 'xyzzy'" in err
    status, out, _ = run('fill-mask', trained, 'the sea is calm', '<mask> .',
                         '--backend', framework)
    assert status == 0 and len(re.findall('%', out)) == 5


def test_encode(run, trained, framework, tmp_path):
    status, out, err = run('encode', trained, 'the sea', 'it is',
                           '--backend', framework, '--out', tmp_path / 'v')
    assert (status, err) == (0, '')
    assert [line.split()[0] for line in out.splitlines()] == [
        '<cls>', 'the', 'sea', '<sep>', 'it', 'is', '<sep>', 'saved']
    vectors = np.load(tmp_path / 'v.npy')
    assert vectors.shape == (7, 16)
    assert f'{vectors[1, 0]:.2f}' in out.splitlines()[1]


@pytest.mark.parametrize('argv, message', [
    (['fill-mask', 'no-such-model', '<mask>'], 'no model at no-such-model'),
    (['encode', __file__, 'a'], 'is not a safetensors file'),
    (['pretrain', '--steps', 0, *SMALL], '--steps must be'),
    (['pretrain', '--sentence-splitter', 'comma'], 'comma is not known'),
    (['pretrain', '--num-hiddens', 5], '--num-hiddens must be a multiple'),
    (['pretrain', *SMALL, '--accumulate', 17], 'cannot be divided'),
    (['pretrain', *SMALL, '--epochs', 1, '--batch-size', 0],
     '--batch-size must be'),
    (['pretrain', *SMALL, '--epochs', 0], '--epochs must be')])
def test_mistakes_are_explained_in_a_line(argv, message, run, tmp_path,
                                          torch_backend):
    if argv[0] == 'pretrain':
        argv = [*argv, '--out', tmp_path / 'run', '--corpus', 'tiny']
    status, _, err = run(*argv, '--backend', 'torch')
    assert status == 1
    assert re.fullmatch(f'd2l-bert: error: .*{message}.*\n', err)
    assert not (tmp_path / 'run').exists()


def test_divergence_is_explained_in_a_line(run, tmp_path, torch_backend):
    status, _, err = run('pretrain', '--backend', 'torch', '--out', tmp_path
                         / 'run', *SMALL, '--learning-rate', 1e30, '--clip',
                         0, '--steps', 30)
    assert status == 1
    assert re.fullmatch('d2l-bert: error: the loss of step .* --learning-.*\n',
                        err)


def test_stopped(run, tmp_path, torch_backend, monkeypatch, ctrl_c):
    monkeypatch.setattr(pretrain, '_tell', lambda row, every: ctrl_c())
    argv = ['pretrain', '--backend', 'torch', '--out', tmp_path / 'run',
            '--steps', 3, *SMALL]
    status, _, err = run(*argv)
    assert status == 130
    assert err == ('d2l-bert: stopped: continue with the same command and '
                   '--resume\n')
    monkeypatch.undo()
    assert run(*argv, '--resume')[0] == 0
    assert len(read_log(tmp_path / 'run' / 'log.csv')) == 3


def test_nothing_to_encode(run, trained):
    status, _, err = run('encode', trained, '', '--backend', 'torch')
    assert status == 1 and 'no word in the text' in err


def test_no_word_for_the_blank(run, trained):
    status, _, err = run('fill-mask', trained, 'the sea', '--backend',
                         'torch')
    assert status == 1 and 'there is no <mask>' in err


def test_tinywiki_never_stands_in_for_training(run, tmp_path, monkeypatch,
                                               torch_backend):
    """A run on another text than expected would be worthless."""
    def no_network(*args, **kw):
        raise DownloadError('no mirror had the data')
    monkeypatch.delenv('D2L_BERT_DATA', raising=False)
    monkeypatch.setattr(catalog, 'fetch_set', no_network)
    status, _, err = run('pretrain', '--backend', 'torch', '--steps', 1,
                         '--out', tmp_path / 'run')
    assert (status, err) == (
        1, 'd2l-bert: error: no mirror had the data\n')
    assert not (tmp_path / 'run').exists()


def test_the_command_has_the_defaults_of_a_plan(run, tmp_path, monkeypatch,
                                                torch_backend):
    seen = {}

    def spy(net, train, valid, **options):
        seen.update(options)
        raise ValueError('seen')
    monkeypatch.setattr(torch_backend, 'pretrain', spy)
    run('pretrain', '--backend', 'torch', '--corpus', 'tiny', '--out',
        tmp_path / 'run')
    plan = {field.name: field.default for field in fields(Plan)}
    for name in pretrain.PLANNED:
        assert seen[name] == plan[name], name


def test_init_goes_on_with_its_weights_and_words(framework, run, trained,
                                                 tmp_path):
    text = tmp_path / 'new.txt'
    text.write_text('the sea rose , it was 1920 . a city of the '
                    'unheardof .\n' * 40, 'utf-8')
    status, out, err = run(
        'pretrain', '--backend', framework, '--init', trained, '--corpus',
        text, '--max-len', 32, '--batch-size', 16, '--steps', 1,
        '--learning-rate', 1e-30, '--out', tmp_path / 'second')
    assert status == 0, err
    before, after = (load_model(folder) for folder in (trained,
                                                       tmp_path / 'second'))
    assert after.config == before.config
    assert after.vocab.idx_to_token == before.vocab.idx_to_token
    assert 'unheardof' not in after.vocab
    assert re.search(r'^vocabulary +\d+ tokens\n +[1-9]\S* % of the tokens '
                     r'to predict are <unk>$', out, re.M)
    for name, array in before.weights.items():  # by a rate of nearly 0
        assert np.allclose(after.weights[name], array, atol=1e-7), name


@pytest.mark.parametrize('argv, error', [
    (['--num-blks', 3, '--min-freq', 1], 'leave out --num-blks, --min-freq: '
     'with --init the saved model has its own'),
    (['--max-len', 64], 'reads at most 32 tokens; set --max-len 32'),
    (['--init', 'no-such-model'], 'no model at no-such-model')])
def test_init_that_does_not_fit(run, trained, tmp_path, argv, error):
    status, out, err = run(
        'pretrain', '--backend', 'torch', '--corpus', 'tiny', '--init',
        trained, '--out', tmp_path / 'run', '--max-len', 32, *argv)
    assert status and error in err
    assert not (tmp_path / 'run').exists()


def test_tied_valid_and_log_every(run, framework, tmp_path):
    valid = tmp_path / 'valid.txt'
    valid.write_text('the sea rose . it fell again .\n' * 3, 'utf-8')
    status, out, err = run(
        'pretrain', '--backend', framework, *SMALL, '--steps', 5, '--tied',
        '--log-every', 2, '--eval-every', 3, '--valid', valid, '--out',
        tmp_path / 'run')
    assert status == 0, err
    assert 'for training, 3 for validation\n' in out
    lines = re.findall(r'^step (\d+) +loss ([\d.]+) \+ ([\d.]+)(, in valid'
                       r'ation [\d.]+ \+ [\d.]+)?$', out, re.M)
    assert [(int(step), bool(valid)) for step, _, _, valid in lines] == [
        (2, False), (3, True), (4, False), (5, True)]
    rows = read_log(tmp_path / 'run' / 'log.csv')
    assert [float(loss) for _, loss, _, _ in lines] == pytest.approx(
        [rows[step - 1]['mlm_loss'] for step in (2, 3, 4, 5)], abs=5e-4)
    file = load_model(tmp_path / 'run')
    assert file.config.tied and 'mlm.words.weight' not in file.weights


def test_a_finished_run_says_that_it_is(run, trained):
    before = (trained / 'log.csv').read_bytes()
    argv = ['pretrain', '--backend', 'torch', '--out', trained, '--resume',
            '--eval-every', 2, *SMALL, '--steps']
    status, out, err = run(*argv, 4)
    said = re.escape(f'the run in {trained} is finished: all its 4 steps are '
                     f'done, and its learning rate has come to its end; to '
                     f'train longer, start a new run from its model in '
                     f'another folder (--init {trained}, or load_bert)')
    assert status == 0
    assert re.search(f'^d2l-bert: warning: {said}$', err, re.M)
    assert (trained / 'log.csv').read_bytes() == before
    assert 'speed' not in out and 'loss' in out
    status, _, err = run(*argv, 9)
    assert status == 1
    assert re.search(f'^d2l-bert: error: {said}$', err, re.M)
    assert (trained / 'log.csv').read_bytes() == before


def test_the_model_of_the_lesson(run, framework):
    status, out, err = run('fill-mask', 'long-run', 'he was born in <mask> .',
                           '--backend', framework, '-k', 3)
    assert (status, err) == (0, '') and len(out.splitlines()) == 3
