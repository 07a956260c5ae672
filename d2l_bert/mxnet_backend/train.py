"""Pretraining in MXNet: the book's loop, and one for real use."""

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy

from d2l_bert.core import training
from d2l_bert.core.columns import Columns
from d2l_bert.core.download import PathLike
from d2l_bert.core.examples import Examples
from d2l_bert.core.measuring import Accumulator, Timer
from d2l_bert.core.plotting import Animator
from d2l_bert.core.runs import Row
from d2l_bert.core.training import Plan, Sums
from d2l_bert.core.weights import Arrays, initial_weights

from .compat import mxnet
from .data import as_arrays
from .losses import BatchLosses, _get_batch_loss_bert, batch_losses
from .model import BERTModel
from .weights import get_weights, named_parameters, set_weights


def train_bert(train_iter: Any, net: Any, loss: Any, vocab_size: int,
               devices: Sequence[Any], num_steps: int) -> None:
    """Pretrain for so many batches, as the book does, and draw the losses.

    It prints the mean of the masked-word loss and of the next-sentence
    loss, and how many sentence pairs were learnt from in a second.

    Source: d2l section 15.10.1.
    """
    Plan(num_steps).check(num_examples=1)
    if isinstance(net, BERTModel):
        net.vocab = getattr(getattr(train_iter, 'dataset', None), 'vocab',
                            net.vocab)
    trainer = mxnet.gluon.Trainer(net.collect_params(), 'adam',
                                  {'learning_rate': 0.01})
    timer, metric = Timer(), Accumulator(4)
    animator = Animator(xlabel='step', ylabel='loss', xlim=[1, num_steps],
                        legend=['mlm', 'nsp'])
    batches = training.endlessly(train_iter, num_steps)
    for step, batch in enumerate(batches, 1):
        shards = [mxnet.gluon.utils.split_and_load(
            column, devices, even_split=False) for column in batch]
        timer.start()
        with mxnet.autograd.record():
            mlm_ls, nsp_ls, ls = _get_batch_loss_bert(net, loss, vocab_size,
                                                      *shards)
        mxnet.autograd.backward(ls)
        trainer.step(1)
        metric.add(sum(map(float, mlm_ls)) / len(ls),
                   sum(map(float, nsp_ls)) / len(ls), len(batch[0]), 1)
        timer.stop()
        animator.add(step, (metric[0] / metric[3], metric[1] / metric[3]))
    print(f'MLM loss {metric[0] / metric[3]:.3f}, '
          f'NSP loss {metric[1] / metric[3]:.3f}')
    print(f'{metric[2] / timer.sum():.1f} sentence pairs/sec on '
          f'{[str(device) for device in devices]}')


def new_model(seed: int = 0, *args: Any, **kw: Any) -> BERTModel:
    """Return a BERTModel that begins with the same weights everywhere.

    >>> net = new_model(0, 9, 8, 16, 2, 1, 0.1)
    >>> net.nsp.output.bias.data().asnumpy().tolist()
    [0.0, 0.0]

    They are `core.weights.initial_weights` of this seed, in either
    framework; the other arguments are those of BERTModel.
    """
    net = BERTModel(*args, **kw)
    set_weights(net, initial_weights(net.config, seed))
    return net


def pretrain(net: BERTModel, train: Examples, valid: Examples | None = None,
             *, folder: PathLike | None = None, resume: bool = False,
             watch: Callable[[Row], Any] | None = None, device: Any = None,
             autocast: bool = False, compile: bool = False, **plan: Any
             ) -> list[Row]:
    """Pretrain a model by a plan, and return a row of figures for each step.

    >>> from d2l_bert.core.splits import load_splits
    >>> train, valid = load_splits(32, corpus='tiny', seed=0)
    >>> net = new_model(0, len(train.vocab), 8, 16, num_heads=2, num_blks=1,
    ...                 dropout=0.1, max_len=32)
    >>> rows = pretrain(net, train, valid, steps=2, batch_size=16)
    >>> rows[1]['step'], 'valid_mlm_loss' in rows[1]
    (2, True)

    `plan` is `core.training.Plan`: steps or epochs, batch_size,
    learning_rate, warmup, decay, clip, accumulate, eval_every, save_every
    and seed.
    `folder`, `resume` and `watch` are those of `core.training.train`,
    which says what a row holds and what is raised.

    `device` is where the model is to learn, or a list of devices among
    which each batch is divided; by default where it is. `autocast` and
    `compile` are for PyTorch, and a ValueError here.
    """
    if autocast or compile:
        raise ValueError('autocast and compile are for the PyTorch backend; '
                         'leave them out')
    if os.environ.get('WORLD_SIZE', '1') != '1':
        raise ValueError('several processes are for the PyTorch backend; '
                         'here one process has several devices: '
                         'device=[...]')
    training.check_examples(train, net.config)
    planned = Plan.of(plan, train)
    if device is not None:
        net.collect_params().reset_ctx(
            [*device] if isinstance(device, list | tuple) else [device])
    return training.train(Learner(net), train, planned, valid, folder,
                          resume, watch)


def evaluate(net: BERTModel, examples: Examples) -> Row:
    """Return how well a model does on some examples, its dropout off.

    >>> from d2l_bert.core.splits import load_splits
    >>> _, valid = load_splits(32, corpus='tiny')
    >>> net = new_model(0, len(valid.vocab), 8, 16, num_heads=2, num_blks=1,
    ...                 dropout=0.1, max_len=32)
    >>> row = evaluate(net, valid)
    >>> round(row['mlm_loss'], 1), round(row['nsp_loss'], 1)  # log 656, log 2
    (6.5, 0.7)

    The row has mlm_loss and nsp_loss, means in nats, and mlm_accuracy and
    nsp_accuracy, from 0 to 1. Raises TypeError or ValueError for examples
    that are not for this model.
    """
    return training.evaluate(Learner(net), examples).row()


class Learner:
    """A model and Adam, as `core.training.Learner` wants them."""

    leads = True  # there is but one process
    traits = {'framework': 'mxnet'}

    def __init__(self, net: BERTModel):
        self.net = net
        self.parameters = named_parameters(net)
        self.devices = next(iter(self.parameters.values())).list_ctx()
        self.num_shares = len(self.devices)
        self.trainer = mxnet.gluon.Trainer(
            list(self.parameters.values()), 'adam', update_on_kvstore=False)

    def step(self, parts: Sequence[Columns], learning_rate: float,
             clip: float, seed: int) -> Sums:
        """Learn from the parts of one batch together."""
        mxnet.random.seed(seed)  # of dropout
        num_words = sum(float(part.mlm_weights.sum()) for part in parts)
        num_pairs = sum(len(part.nsp_labels) for part in parts)
        for parameter in self.parameters.values():
            parameter.grad_req = 'add' if len(parts) > 1 else 'write'
            for gradient in parameter.list_grad() if len(parts) > 1 else ():
                gradient[:] = 0
        sums = []
        for part in parts:
            with mxnet.autograd.record():
                losses = [batch_losses(self.net, share)
                          for share in self._shares(part)]
                totals = [each.mlm / (num_words + 1e-8)
                          + each.nsp / num_pairs for each in losses]
            mxnet.autograd.backward(totals)
            sums += losses
        self.trainer.set_learning_rate(learning_rate)
        self.trainer.allreduce_grads()
        if clip:
            for device in self.devices:
                _clip([parameter.grad(device) for parameter
                       in self.parameters.values()], clip)
        self.trainer.update(1)
        return _sums(sums, num_words, num_pairs)

    def evaluate(self, batch: Columns) -> Sums:
        """Sum up how well the model does, with dropout off."""
        return _sums([batch_losses(self.net, share)
                      for share in self._shares(batch)],
                     float(batch.mlm_weights.sum()), len(batch.nsp_labels))

    def _shares(self, part: Columns) -> list[Columns]:
        """Divide a part among the devices."""
        shares = training.divide(part, self.num_shares)
        return [Columns(*(column.as_in_ctx(device)
                          for column in as_arrays(share)))
                for share, device in zip(shares, self.devices)
                if len(share.token_ids)]

    def weights(self) -> Arrays:
        """Copy the model's weights."""
        return get_weights(self.net)

    def state(self) -> Arrays:
        """Copy Adam's two means of every gradient and its count of steps."""
        updater = self.trainer._updaters[0]
        state = {'steps': numpy.array(self.trainer.optimizer.num_update)}
        for i, name in enumerate(self.parameters):
            for key, array in zip(('mean', 'variance'), updater.states[i]):
                state[f'{key}/{name}'] = array.asnumpy()
        return state

    def restore(self, weights: Arrays, state: Arrays) -> None:
        """Go back to where these were copied."""
        set_weights(self.net, weights)
        optimizer, steps = self.trainer.optimizer, int(state['steps'])
        optimizer.begin_num_update = optimizer.num_update = steps
        # Adam's own arrays are of the older kind, mxnet.nd.
        for updater, device in zip(self.trainer._updaters, self.devices):
            for i, name in enumerate(self.parameters):
                updater.states[i] = tuple(
                    mxnet.nd.array(state[f'{key}/{name}'], ctx=device)
                    for key in ('mean', 'variance'))
                updater.states_synced[i] = True


def _clip(gradients: list[Any], most: float) -> None:
    """Scale gradients so that their norm together is `most`, at most.

    gluon's own function does not take arrays of mxnet.np.
    """
    norm = sum(float((gradient ** 2).sum()) for gradient in gradients) ** 0.5
    if norm > most:
        for gradient in gradients:
            gradient *= most / norm


def _sums(losses: Sequence[BatchLosses], num_words: float, num_pairs: int
          ) -> Sums:
    mlm, nsp, _, mlm_hits, nsp_hits = (
        sum(float(figure) for figure in figures) for figures in zip(*losses))
    return Sums(mlm, nsp, num_words, num_pairs, round(mlm_hits),
                round(nsp_hits))
