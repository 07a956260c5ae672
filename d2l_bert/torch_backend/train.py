"""Pretraining in PyTorch: the book's loop, and one for real use."""

import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from d2l_bert.core import training
from d2l_bert.core.columns import Columns
from d2l_bert.core.download import PathLike
from d2l_bert.core.examples import Examples
from d2l_bert.core.measuring import Accumulator, Timer
from d2l_bert.core.plotting import Animator
from d2l_bert.core.runs import Row
from d2l_bert.core.training import Plan, Sums
from d2l_bert.core.weights import Arrays, initial_weights

from .data import as_tensors
from .losses import _get_batch_loss_bert, batch_losses
from .model import BERTModel
from .weights import get_weights, named_parameters, set_weights

# How Adam's means of each gradient are called here, and in a checkpoint.
ADAM = {'exp_avg': 'mean', 'exp_avg_sq': 'variance'}


def train_bert(train_iter: Any, net: nn.Module, loss: nn.Module,
               vocab_size: int, devices: Sequence[Any], num_steps: int
               ) -> None:
    """Pretrain for so many batches, as the book does, and draw the losses.

    It prints the mean of the masked-word loss and of the next-sentence
    loss, and how many sentence pairs were learnt from in a second.

    Source: d2l section 15.10.1.
    """
    Plan(num_steps).check(num_examples=1)
    net.to(devices[0])
    net.train()
    learning: nn.Module = (nn.DataParallel(net, device_ids=list(devices))
                           if len(devices) > 1 else net)
    if isinstance(net, BERTModel):
        net.vocab = getattr(getattr(train_iter, 'dataset', None), 'vocab',
                            net.vocab)
    trainer = torch.optim.Adam(net.parameters(), lr=0.01, fused=True)
    timer, metric = Timer(), Accumulator(4)
    animator = Animator(xlabel='step', ylabel='loss', xlim=[1, num_steps],
                        legend=['mlm', 'nsp'])
    batches = training.endlessly(train_iter, num_steps)
    for step, batch in enumerate(batches, 1):
        batch = [column.to(devices[0]) for column in batch]
        timer.start()
        trainer.zero_grad()
        mlm_l, nsp_l, l = _get_batch_loss_bert(learning, loss, vocab_size,
                                               *batch)
        l.backward()
        trainer.step()
        metric.add(mlm_l.item(), nsp_l.item(), len(batch[0]), 1)
        timer.stop()
        animator.add(step, (metric[0] / metric[3], metric[1] / metric[3]))
    print(f'MLM loss {metric[0] / metric[3]:.3f}, '
          f'NSP loss {metric[1] / metric[3]:.3f}')
    print(f'{metric[2] / timer.sum():.1f} sentence pairs/sec on '
          f'{[str(device) for device in devices]}')


def new_model(seed: int = 0, *args: Any, **kw: Any) -> BERTModel:
    """Return a BERTModel that begins with the same weights everywhere.

    >>> net = new_model(0, 9, 8, 16, 2, 1, 0.1)
    >>> net.nsp.output.bias.tolist()
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
    >>> net = BERTModel(len(train.vocab), 8, 16, num_heads=2, num_blks=1,
    ...                 dropout=0.1, max_len=32)
    >>> rows = pretrain(net, train, valid, steps=2, batch_size=16)
    >>> rows[1]['step'], 'valid_mlm_loss' in rows[1]
    (2, True)

    `plan` is `core.training.Plan`: steps or epochs, batch_size,
    learning_rate, warmup, decay, clip, accumulate, eval_every, save_every
    and seed.
    `folder`, `resume` and `watch` are those of `core.training.train`,
    which says what a row holds and what is raised.

    `device` is where the model is to learn, by default where it is.
    `autocast` computes in bfloat16 where that is safe, and `compile` has
    torch.compile make a faster model first. Under `torchrun` each batch is
    divided among all processes.
    """
    training.check_examples(train, net.config)
    planned = Plan.of(plan, train)
    net.to(device)
    join_processes(next(net.parameters()).device)
    learner = Learner(net, autocast, compile)
    return training.train(learner, train, planned, valid, folder, resume,
                          watch)


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

    def __init__(self, net: BERTModel, autocast: bool = False,
                 compile: bool = False):
        self.rank, self.num_shares = 0, 1
        if distributed.is_initialized():
            self.rank = distributed.get_rank()
            self.num_shares = distributed.get_world_size()
        self.leads = self.rank == 0
        self.traits = {'framework': 'torch', 'autocast': autocast,
                       'compile': compile}
        self.net = net
        self.device = next(net.parameters()).device
        self.autocast = autocast
        self.losses: nn.Module = _Losses(net)
        if compile:
            net.encoder.compile()
        self.trainer = torch.optim.Adam(net.parameters(), fused=True)

    def step(self, parts: Sequence[Columns], learning_rate: float,
             clip: float, seed: int) -> Sums:
        """Learn from the parts of one batch together."""
        if self.num_shares > 1 and isinstance(self.losses, _Losses):
            self.losses = DistributedDataParallel(
                self.losses, [self.device] if self.device.index is not None
                else None)
        torch.manual_seed(seed + self.rank)  # of dropout
        self.net.train()
        self.trainer.zero_grad()
        num_words = sum(float(part.mlm_weights.sum()) for part in parts)
        num_pairs = sum(len(part.nsp_labels) for part in parts)
        shares = [training.divide(part, self.num_shares)[self.rank]
                  for part in parts]
        sums = []
        for share in shares:
            last = share is shares[-1]
            # Processes add up their gradients once, after the last part.
            wait: Any = (nullcontext() if last or self.num_shares == 1
                         else self.losses.no_sync())  # type: ignore
            with wait:
                mlm, nsp, *rest = self._forward(share)
                # Their gradients are averaged: take the mean back.
                loss = (mlm / (num_words + 1e-8)
                        + nsp / num_pairs) * self.num_shares
                loss.backward()
            sums.append(torch.stack([mlm.detach(), nsp.detach(), *rest]))
        if clip:
            nn.utils.clip_grad_norm_(self.net.parameters(), clip)
        for group in self.trainer.param_groups:
            group['lr'] = learning_rate
        total = torch.stack(sums).sum(0)
        if self.num_shares > 1:
            distributed.all_reduce(total)
        self.trainer.step()
        return _sums(total, num_words, num_pairs)

    def evaluate(self, batch: Columns) -> Sums:
        """Sum up how well the model does, with dropout off."""
        was_training = self.net.training
        self.net.eval()
        with torch.no_grad():
            mlm, nsp, *rest = self._forward(batch)
        self.net.train(was_training)
        return _sums(torch.stack([mlm, nsp, *rest]),
                     float(batch.mlm_weights.sum()), len(batch.nsp_labels))

    def _forward(self, batch: Columns) -> list[torch.Tensor]:
        tensors = [column.to(self.device) for column in as_tensors(batch)]
        with torch.autocast(self.device.type, torch.bfloat16,
                            enabled=self.autocast):
            losses = self.losses if self.net.training else _Losses(self.net)
            return losses(*tensors)

    def weights(self) -> Arrays:
        """Copy the model's weights."""
        return get_weights(self.net)

    def state(self) -> Arrays:
        """Copy Adam's two means of every gradient and its count of steps."""
        state = {}
        for name, parameter in named_parameters(self.net).items():
            for key, key_there in ADAM.items():
                array = self.trainer.state[parameter][key]
                state[f'{key_there}/{name}'] = array.cpu().numpy().copy()
            state['steps'] = self.trainer.state[parameter][
                'step'].cpu().numpy().copy()
        return state

    def restore(self, weights: Arrays, state: Arrays) -> None:
        """Go back to where these were copied."""
        set_weights(self.net, weights)
        for name, parameter in named_parameters(self.net).items():
            self.trainer.state[parameter] = {
                key: torch.from_numpy(state[f'{there}/{name}']).to(
                    self.device) for key, there in ADAM.items()}
            self.trainer.state[parameter]['step'] = torch.tensor(
                float(state['steps']), device=self.device)


class _Losses(nn.Module):
    """`batch_losses` as a module, which is what DDP can divide."""

    def __init__(self, net: BERTModel):
        super().__init__()
        self.net = net

    def forward(self, *batch: torch.Tensor) -> list[torch.Tensor]:
        mlm, nsp, _, *hits = batch_losses(self.net, Columns(*batch))
        return [mlm, nsp, *(hit.float() for hit in hits)]


def _sums(total: torch.Tensor, num_words: float, num_pairs: int) -> Sums:
    mlm, nsp, mlm_hits, nsp_hits = total.tolist()
    return Sums(mlm, nsp, num_words, num_pairs, round(mlm_hits),
                round(nsp_hits))


def join_processes(device: torch.device) -> None:
    """Meet the other processes that torchrun has started, if any."""
    if 'TORCHELASTIC_RUN_ID' in os.environ and (
            not distributed.is_initialized()):
        distributed.init_process_group(
            'nccl' if device.type == 'cuda' else 'gloo')
