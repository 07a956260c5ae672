"""One batch on several devices, and the book's own loop."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from small_training import PLAN, TRAIN, VALID, close, model

from d2l_bert.core.training.runs import read_log


SHARED = '''
import sys
from d2l_bert import torch_backend as d2l
sys.path.insert(0, {tests!r})
from small_training import PLAN, TRAIN, VALID, model

d2l.pretrain(model(d2l, dropout=0), TRAIN, VALID, folder={folder!r},
             accumulate={accumulate}, **PLAN)
'''


@pytest.mark.slow
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
    devices = import_module(f'{backend.__name__}.train')
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
