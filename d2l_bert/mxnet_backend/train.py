"""Training in MXNet: the book's loop, and `pretrain`."""

import os
from collections.abc import Sequence
from typing import Any

import numpy

from d2l_bert.core.models.weights import Arrays
from d2l_bert.core.training import loop
from d2l_bert.core.training.batching import divide, endlessly
from d2l_bert.core.training.loop import Loss, Losses, Step
from d2l_bert.core.training.measuring import BookReport
from d2l_bert.core.training.plan import Plan
from d2l_bert.core.training.runs import adopt

from .bert import BERTModel, _get_batch_loss_bert
from .compat import mxnet
from .data import as_arrays
from .weights import get_weights, named_parameters, set_weights


def try_gpu(i: int = 0) -> Any:
    """Return the i-th GPU, or the CPU if there is none. Source: d2l 6.7."""
    return mxnet.gpu(i) if i < mxnet.context.num_gpus() else mxnet.cpu()


def try_all_gpus() -> list[Any]:
    """Return all GPUs, or the CPU if there is none. Source: d2l 6.7."""
    return [try_gpu(i) for i in range(max(1, mxnet.context.num_gpus()))]


def best_device() -> list[Any]:
    """Return all GPUs, or the CPU if there is none."""
    return try_all_gpus()


def train_bert(train_iter: Any, net: Any, loss: Any, vocab_size: int,
               devices: Sequence[Any], num_steps: int) -> None:
    """Pretrain for some steps as the book does, and draw the losses.

    It prints the mean of both losses over all steps, and the number of
    sentence pairs per second.

    Source: d2l section 15.10.1.
    """
    Plan(num_steps).check(num_examples=1)
    examples = getattr(getattr(train_iter, 'dataset', None), 'examples', None)
    if isinstance(net, BERTModel) and examples is not None:
        adopt(net, examples)
    trainer = mxnet.gluon.Trainer(net.collect_params(), 'adam',
                                  {'learning_rate': 0.01})
    report = BookReport(num_steps)
    for step, batch in enumerate(endlessly(train_iter, num_steps), 1):
        shards = [mxnet.gluon.utils.split_and_load(
            column, devices, even_split=False) for column in batch]
        report.start()
        with mxnet.autograd.record():
            mlm_ls, nsp_ls, ls = _get_batch_loss_bert(net, loss, vocab_size,
                                                      *shards)
        mxnet.autograd.backward(ls)
        trainer.step(1)
        report.stop(step, sum(map(float, mlm_ls)) / len(ls),
                    sum(map(float, nsp_ls)) / len(ls), len(batch[0]))
    report.show(devices)


class Learner:
    """A model and Adam: `core.training.loop.Learner`."""

    leads = True  # there is only one process
    traits = {'framework': 'mxnet'}

    def __init__(self, net: Any, device: Any = None, autocast: bool = False,
                 compile: bool = False):
        if autocast or compile:
            raise ValueError('autocast and compile are for the PyTorch '
                             'backend; leave them out')
        if os.environ.get('WORLD_SIZE', '1') != '1':
            raise ValueError('several processes are for the PyTorch backend; '
                             'here one process has several devices: '
                             'device=[...]')
        if device is not None:
            net.collect_params().reset_ctx(
                [*device] if isinstance(device, list | tuple) else [device])
        self.net = net
        self.parameters = named_parameters(net)
        self.devices = next(iter(self.parameters.values())).list_ctx()
        self.num_shares = len(self.devices)
        self.trainer = mxnet.gluon.Trainer(
            list(self.parameters.values()), 'adam', update_on_kvstore=False)

    def step(self, step: Step) -> Losses:
        """Update the weights once; return the losses of the batch."""
        mxnet.random.seed(step.seed)  # of dropout
        several = len(step.parts) > 1
        for parameter in self.parameters.values():
            parameter.grad_req = 'add' if several else 'write'
            for gradient in parameter.list_grad() if several else ():
                gradient[:] = 0
        found = []
        for part in step.parts:
            with mxnet.autograd.record():
                shares = [self.net.losses(share)
                          for share in self._shares(part)]
                ls = [sum(loss.sum / max(step.divisors[name], 1e-8)
                          for name, loss in losses.items())
                      for losses in shares]
            mxnet.autograd.backward(ls)
            found += shares
        self.trainer.set_learning_rate(step.learning_rate)
        self.trainer.allreduce_grads()
        if step.clip:
            for device in self.devices:
                _clip([parameter.grad(device) for parameter
                       in self.parameters.values()], step.clip)
        self.trainer.update(1)
        return _numbers(found)

    def evaluate(self, batch: Any) -> Losses:
        """Return the losses of a batch, without dropout."""
        return _numbers([self.net.losses(share)
                         for share in self._shares(batch)])

    def _shares(self, part: Any) -> list[Any]:
        """Divide a part among the devices."""
        return [share._make(column.as_in_ctx(device)
                            for column in as_arrays(share))
                for share, device in zip(
                    divide(part, self.num_shares), self.devices)
                if len(share[0])]

    def weights(self) -> Arrays:
        """Copy the model's weights."""
        return get_weights(self.net)

    def state(self) -> Arrays:
        """Copy Adam's first and second moments and its count of steps."""
        updater = self.trainer._updaters[0]
        state = {'steps': numpy.array(self.trainer.optimizer.num_update)}
        for i, name in enumerate(self.parameters):
            for key, array in zip(('mean', 'variance'), updater.states[i]):
                state[f'{key}/{name}'] = array.asnumpy()
        return state

    def restore(self, weights: Arrays, state: Arrays) -> None:
        """Go back to a copy of both."""
        set_weights(self.net, weights)
        optimizer, steps = self.trainer.optimizer, int(state['steps'])
        optimizer.begin_num_update = optimizer.num_update = steps
        # Adam's own arrays are of MXNet's older kind.
        for updater, device in zip(self.trainer._updaters, self.devices):
            for i, name in enumerate(self.parameters):
                updater.states[i] = tuple(
                    mxnet.nd.array(state[f'{key}/{name}'], ctx=device)
                    for key in ('mean', 'variance'))
                updater.states_synced[i] = True


def _clip(gradients: list[Any], most: float) -> None:
    """Scale gradients so that their common norm is at most `most`.

    gluon's own function does not take arrays of mxnet.np.
    """
    norm = sum(float((gradient ** 2).sum()) for gradient in gradients) ** 0.5
    if norm > most:
        for gradient in gradients:
            gradient *= most / norm


def _numbers(found: Sequence[dict[str, Loss]]) -> Losses:
    """Return the summed losses of all parts, as plain numbers."""
    return loop.total([
        {name: Loss(float(loss.sum), float(loss.weight), int(loss.correct))
         for name, loss in losses.items()} for losses in found])
