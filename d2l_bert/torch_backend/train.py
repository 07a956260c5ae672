"""Training in PyTorch: the book's loop, and `pretrain`."""

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from d2l_bert.core.models.weights import Arrays
from d2l_bert.core.training.batching import divide, endlessly
from d2l_bert.core.training.loop import Loss, Losses, Step
from d2l_bert.core.training.measuring import BookReport
from d2l_bert.core.training.plan import Plan
from d2l_bert.core.training.runs import adopt

from .bert import BERTModel, _get_batch_loss_bert
from .data import as_tensors
from .weights import get_weights, named_parameters, set_weights

# The names of Adam's moments of each gradient here, and in a checkpoint.
MOMENTS = {'exp_avg': 'mean', 'exp_avg_sq': 'variance'}


def try_gpu(i: int = 0) -> torch.device:
    """Return the i-th GPU, or the CPU if there is none. Source: d2l 6.7."""
    return torch.device(f'cuda:{i}' if i < torch.cuda.device_count()
                        else 'cpu')


def try_all_gpus() -> list[torch.device]:
    """Return all GPUs, or the CPU if there is none. Source: d2l 6.7."""
    return [try_gpu(i) for i in range(max(1, torch.cuda.device_count()))]


def best_device() -> torch.device:
    """Return the GPU of this process, which torchrun numbers, or the CPU.

    Raises ValueError if there are GPUs, but fewer than processes.
    """
    rank, num_gpus = (int(os.environ.get('LOCAL_RANK', 0)),
                      torch.cuda.device_count())
    if num_gpus and rank >= num_gpus:
        raise ValueError(f'there are {num_gpus} GPUs for more processes; '
                         f'start torchrun with --nproc-per-node {num_gpus}')
    return try_gpu(rank)


def train_bert(train_iter: Any, net: nn.Module, loss: nn.Module,
               vocab_size: int, devices: Sequence[Any], num_steps: int
               ) -> None:
    """Pretrain for some steps as the book does, and draw the losses.

    It prints the mean of both losses over all steps, and the number of
    sentence pairs per second.

    Source: d2l section 15.10.1.
    """
    Plan(num_steps).check(num_examples=1)
    net.to(devices[0])
    net.train()
    parallel: nn.Module = (nn.DataParallel(net, device_ids=list(devices))
                           if len(devices) > 1 else net)
    examples = getattr(getattr(train_iter, 'dataset', None), 'examples', None)
    if isinstance(net, BERTModel) and examples is not None:
        adopt(net, examples)
    trainer = torch.optim.Adam(net.parameters(), lr=0.01, fused=True)
    report = BookReport(num_steps)
    for step, batch in enumerate(endlessly(train_iter, num_steps), 1):
        batch = [column.to(devices[0]) for column in batch]
        report.start()
        trainer.zero_grad()
        mlm_l, nsp_l, l = _get_batch_loss_bert(parallel, loss, vocab_size,
                                               *batch)
        l.backward()
        trainer.step()
        report.stop(step, mlm_l.item(), nsp_l.item(), len(batch[0]))
    report.show(devices)


class Learner:
    """A model and Adam: `core.training.loop.Learner`."""

    def __init__(self, net: Any, device: Any = None, autocast: bool = False,
                 compile: bool = False):
        net.to(device)
        join_processes(next(net.parameters()).device)
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

    def step(self, step: Step) -> Losses:
        """Update the weights once; return the losses of the batch."""
        if self.num_shares > 1 and isinstance(self.losses, _Losses):
            self.losses = DistributedDataParallel(
                self.losses, [self.device] if self.device.index is not None
                else None)
        gpus = range(torch.cuda.device_count())
        with torch.random.fork_rng(gpus):  # dropout's seed is our own
            torch.manual_seed(step.seed + self.rank)
            return self._step(step)

    def _step(self, step: Step) -> Losses:
        self.net.train()
        self.trainer.zero_grad()
        sums = []
        for part in step.parts:
            share = divide(part, self.num_shares)[self.rank]
            # Processes add up their gradients once, after the last part.
            wait: Any = (nullcontext() if part is step.parts[-1]
                         or self.num_shares == 1
                         else self.losses.no_sync())  # type: ignore
            with wait:
                losses = self._forward(share, self.losses)
                l = sum(loss.sum / max(step.divisors[name], 1e-8)
                        for name, loss in losses.items())
                # Processes average their gradients, so undo the mean.
                (l * self.num_shares).backward()
            sums.append(_stack(losses))
        if step.clip:
            nn.utils.clip_grad_norm_(self.net.parameters(), step.clip)
        for group in self.trainer.param_groups:
            group['lr'] = step.learning_rate
        total = torch.stack(sums).sum(0)
        if self.num_shares > 1:
            distributed.all_reduce(total)
        self.trainer.step()
        return _unstack(total, losses, step.weights)

    def evaluate(self, batch: Any) -> Losses:
        """Return the losses of a batch, without dropout."""
        was_training = self.net.training
        self.net.eval()
        try:
            with torch.no_grad():
                losses = self._forward(batch, _Losses(self.net))
        finally:
            self.net.train(was_training)
        return _unstack(_stack(losses), losses, batch.loss_weights())

    def _forward(self, batch: Any, losses: nn.Module) -> dict[str, Loss]:
        batch = batch._make(column.to(self.device)
                            for column in as_tensors(batch))
        with torch.autocast(self.device.type, torch.bfloat16,
                            enabled=self.autocast):
            return losses(batch)

    def weights(self) -> Arrays:
        """Copy the model's weights."""
        return get_weights(self.net)

    def state(self) -> Arrays:
        """Copy Adam's first and second moments and its count of steps."""
        state = {'steps': np.array(0.0)}
        for name, parameter in named_parameters(self.net).items():
            adam = self.trainer.state[parameter]  # {} if no loss needs it
            for key, saved in MOMENTS.items():
                moment = adam.get(key, torch.zeros_like(parameter))
                state[f'{saved}/{name}'] = moment.cpu().numpy().copy()
            if adam:
                state['steps'] = adam['step'].cpu().numpy().copy()
        return state

    def restore(self, weights: Arrays, state: Arrays) -> None:
        """Go back to a copy of both."""
        set_weights(self.net, weights)
        for name, parameter in named_parameters(self.net).items():
            self.trainer.state[parameter] = {
                key: torch.from_numpy(state[f'{saved}/{name}']).to(
                    self.device) for key, saved in MOMENTS.items()}
            self.trainer.state[parameter]['step'] = torch.tensor(
                float(state['steps']), device=self.device)


class _Losses(nn.Module):
    """`net.losses` as a module, which DDP can divide."""

    def __init__(self, net: Any):
        super().__init__()
        self.net = net

    def forward(self, batch: Any) -> dict[str, Loss]:
        return self.net.losses(batch)


def _stack(losses: dict[str, Loss]) -> torch.Tensor:
    """Return the sums and the correct predictions in one tensor."""
    return torch.stack([number.detach().float() for loss in losses.values()
                        for number in (loss.sum, loss.correct)])


def _unstack(total: torch.Tensor, names: Iterable[str],
             weights: Mapping[str, float]) -> Losses:
    numbers = total.tolist()
    return {name: Loss(sum, weights[name], round(correct)) for name, sum,
            correct in zip(names, numbers[::2], numbers[1::2])}


def join_processes(device: torch.device) -> None:
    """Connect to the other processes that torchrun has started, if any."""
    if 'TORCHELASTIC_RUN_ID' in os.environ and (
            not distributed.is_initialized()):
        distributed.init_process_group(
            'nccl' if device.type == 'cuda' else 'gloo')
