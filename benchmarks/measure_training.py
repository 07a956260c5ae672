"""One measurement of training in a process of its own, printed as JSON.

    python benchmarks/measure_training.py {weights,peer,ours} \
{torch,mxnet} FOLDER SIZES STEPS [LEARN ...]

training.py starts it, with the peer's interpreter or ours. So nothing is
imported at the top that one of the two environments may lack.
"""

import importlib
import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from measure import MODULES, peak_mib


class Torch:
    """The book's way to train with PyTorch, with either package."""

    def __init__(self, side, sizes, vocab_size):
        self.torch = torch = importlib.import_module('torch')
        self.d2l = importlib.import_module(MODULES[side].format('torch'))
        torch.manual_seed(0)
        self.side, self.vocab_size = side, vocab_size
        self.net = self.d2l.BERTModel(vocab_size, **sizes)
        self.loss = torch.nn.CrossEntropyLoss()
        if side == 'peer':  # whose layers wait for an input to know sizes
            one = torch.ones(1, 2, dtype=torch.long)
            self.net(one, one, torch.ones(1), one)

    def get_weights(self):
        return {name: array.numpy() for name, array
                in self.net.state_dict().items()}

    def set_weights(self, weights):
        self.net.load_state_dict({name: self.torch.from_numpy(weights[name])
                                  for name in self.net.state_dict()})

    def batch(self, columns):
        return [self.torch.from_numpy(
            column.astype('int64') if column.dtype.kind == 'i' else column)
            for column in columns]

    def losses(self, batch, corrected):
        """Return the two losses and their sum, by the book or corrected."""
        if self.side == 'ours' or not corrected:
            return self.d2l._get_batch_loss_bert(
                self.net, self.loss, self.vocab_size, *batch)
        cross_entropy = self.torch.nn.functional.cross_entropy
        _, mlm, nsp = self.net(batch[0], batch[1], batch[2], batch[3])
        weights = batch[4].reshape(-1)
        mlm_l = (cross_entropy(
            mlm.reshape(-1, self.vocab_size), batch[5].reshape(-1),
            reduction='none') * weights).sum() / (weights.sum() + 1e-8)
        nsp_l = cross_entropy(nsp, batch[6])
        return mlm_l, nsp_l, mlm_l + nsp_l

    def start(self):
        self.net.train()
        self.trainer = self.torch.optim.Adam(
            self.net.parameters(), lr=0.01,
            fused=True if self.side == 'ours' else None)

    def step(self, batch, corrected=False):
        self.trainer.zero_grad()
        self.losses(batch, corrected)[2].backward()
        self.trainer.step()

    def loss_and_gradient(self, batch):
        """Return the corrected loss and its gradient's norm, no dropout."""
        self.net.eval()
        self.net.zero_grad()
        loss = self.losses(batch, corrected=True)[2]
        loss.backward()
        norm = sum(float((p.grad ** 2).sum())
                   for p in self.net.parameters()) ** 0.5
        return [float(loss), norm]

    def evaluate(self, batch):
        """Return the sum of the masked-word losses of some examples."""
        self.net.eval()
        with self.torch.no_grad():
            mlm_l = float(self.losses(batch, corrected=True)[0])
        self.net.train()
        return mlm_l * float(batch[4].sum())


class Mxnet:
    """The book's way to train with MXNet, with either package."""

    def __init__(self, side, sizes, vocab_size):
        self.d2l = importlib.import_module(MODULES[side].format('mxnet'))
        self.mxnet = mxnet = importlib.import_module('mxnet')
        mxnet.npx.set_np()
        mxnet.random.seed(0)
        self.vocab_size = vocab_size
        self.net = self.d2l.BERTModel(vocab_size, **sizes)
        self.net.initialize(mxnet.init.Xavier())
        self.loss = mxnet.gluon.loss.SoftmaxCELoss()
        one = mxnet.np.ones((1, 2), dtype='int32')
        self.net(one, one, mxnet.np.ones(1), one)

    def parameters(self):
        return self.net._collect_params_with_prefix()

    def get_weights(self):
        return {name: parameter.data().asnumpy()
                for name, parameter in self.parameters().items()}

    def set_weights(self, weights):
        for name, parameter in self.parameters().items():
            parameter.set_data(self.mxnet.np.array(weights[name]))

    def batch(self, columns):
        return [self.mxnet.np.array(column, dtype=column.dtype.name)
                for column in columns]

    def losses(self, batch):
        return [each[0] for each in self.d2l._get_batch_loss_bert(
            self.net, self.loss, self.vocab_size,
            *([column] for column in batch))]

    def start(self):
        self.trainer = self.mxnet.gluon.Trainer(
            self.net.collect_params(), 'adam', {'learning_rate': 0.01})

    def step(self, batch, corrected=False):
        with self.mxnet.autograd.record():
            loss = self.losses(batch)[2]
        loss.backward()
        self.trainer.step(1)
        self.mxnet.npx.waitall()

    def loss_and_gradient(self, batch):
        """Return the loss and the norm of its gradient, without dropout."""
        with self.mxnet.autograd.record(train_mode=False):
            loss = self.losses(batch)[2]
        loss.backward()
        norm = sum(float((p.grad() ** 2).sum())
                   for p in self.parameters().values()) ** 0.5
        return [float(loss), norm]

    def evaluate(self, batch):
        """Return the sum of the masked-word losses of some examples."""
        return float(self.losses(batch)[0]) * float(batch[4].sum())


def measure(what, backend, folder, sizes, steps, *learn):
    """Take a measurement, or make the weights that both sides begin with."""
    data = dict(np.load(Path(folder, 'data.npz')))
    path = Path(folder, f'{backend}.npz')
    sizes, steps = json.loads(sizes), int(steps)
    maker = {'torch': Torch, 'mxnet': Mxnet}[backend]
    if what == 'weights':
        learner = maker('ours', sizes, int(data['vocab_size']))
        np.savez(path, **learner.get_weights())
        return {}
    learner = maker(what, sizes, int(data['vocab_size']))
    learner.set_weights(dict(np.load(path)))
    if learn:
        return {'learnt': learning(learner, data, [*map(int, learn)])}
    before = peak_mib()
    numbers = {'step': speed(learner, data, steps)}
    numbers['memory'] = peak_mib() - before
    learner.set_weights(dict(np.load(path)))
    numbers['no_dropout'] = learner.loss_and_gradient(batch(learner, data, 0))
    return numbers


def batch(learner, data, step):
    """Return the seven columns of a step's batch."""
    return learner.batch([data[f'train{i}'][step] for i in range(7)])


def speed(learner, data, steps):
    """Return the median time of a step, the first left out."""
    learner.start()
    seconds = []
    for step in range(steps):
        start = time.perf_counter()
        learner.step(batch(learner, data, step))
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])


def learning(learner, data, when):
    """Return the validation loss after each of these numbers of steps."""
    learner.start()
    learnt = []
    for step in range(max(when)):
        learner.step(batch(learner, data, step), corrected=True)
        if step + 1 in when:
            learnt.append((step + 1, validation_loss(learner, data)))
    return learnt


def validation_loss(learner, data):
    """Return the mean masked-word loss over the validation examples."""
    total = 0.0
    for start in range(0, len(data['valid0']), 512):
        total += learner.evaluate(learner.batch(
            [data[f'valid{i}'][start:start + 512] for i in range(7)]))
    return total / float(data['valid4'].sum())


if __name__ == '__main__':
    print(json.dumps(measure(*sys.argv[1:])))
