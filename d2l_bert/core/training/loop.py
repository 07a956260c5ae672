"""The pretraining loop: everything that is the same in any framework.

A backend gives a `Learner`, which knows how to take one step. Which examples
make a step, the learning rate, the log, the checkpoints and how a run is
continued are here. A backend trains so:

    with Run(learner, examples, valid, plan, folder, resume, watch) as run:
        for step in run.steps():
            run.record(step, learner.step(step))

Losses are found by their names: whatever `losses` of a model and
`loss_weights` of its columns call them is in the log, the plots and the
command line.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any, NamedTuple, Protocol

import numpy as np

from ..examples.container import Examples
from ..files import PathLike
from ..models.config import EncoderConfig
from ..models.weights import Arrays
from ..progress import progress
from ..tokens.vocab import Vocab
from .batching import batches, divide, in_order
from .interrupts import held_interrupts
from .plan import Plan
from .runs import Row, RunFolder, adopt, digest

ROWS_TO_EVALUATE = 512  # at once


class Loss(NamedTuple):
    """One loss of some examples, summed: numbers, or scalars on a device."""

    sum: Any  # of the losses, each times its weight
    weight: Any  # sum of the weights
    correct: Any  # number of correct predictions


Losses = Mapping[str, Loss]


class Step(NamedTuple):
    """What a learner needs for one update of the weights."""

    number: int  # from 1
    epoch: int
    parts: Sequence[Any]  # the columns of the batch, in parts
    weights: Mapping[str, float]  # of each loss, in the whole batch
    divisors: Mapping[str, float]  # of each summed loss, for the gradient
    learning_rate: float
    clip: float  # maximum gradient norm, 0 for no limit
    seed: int  # of dropout


class Learner(Protocol):
    """A model and its optimiser, in one of the frameworks."""

    net: Any
    leads: bool  # of several processes, whether this is the one that writes
    num_shares: int  # into how many shares each part is divided
    traits: dict[str, Any]  # what else the results depend on

    def step(self, step: Step) -> Losses:
        """Update the weights once; return the losses of the batch."""

    def evaluate(self, batch: Any) -> Losses:
        """Return the losses of a batch, without dropout."""

    def weights(self) -> Arrays:
        """Copy the model's weights."""

    def state(self) -> Arrays:
        """Copy Adam's state: mean/NAME, variance/NAME and steps."""

    def restore(self, weights: Arrays, state: Arrays) -> None:
        """Go back to a copy of both."""


def means(losses: Losses, prefix: str = '') -> Row:
    """Return mean losses and accuracies by their names in a log.

    >>> means({'mlm': Loss(6., 4., 3), 'nsp': Loss(1., 2, 2)})
    {'mlm_loss': 1.5, 'nsp_loss': 0.5, 'mlm_accuracy': 0.75, \
'nsp_accuracy': 1.0}
    """
    def per_weight(field: str) -> Row:
        return {name: getattr(loss, field) / max(loss.weight, 1e-8)
                for name, loss in losses.items()}

    return {f'{prefix}{name}_{kind}': value
            for kind, field in (('loss', 'sum'), ('accuracy', 'correct'))
            for name, value in per_weight(field).items()}


def total(losses: Sequence[Losses]) -> Losses:
    """Return the sums of several.

    >>> total([{'mlm': Loss(1., 2., 1)}, {'mlm': Loss(3., 1., 0)}])
    {'mlm': Loss(sum=4.0, weight=3.0, correct=1)}
    """
    return {name: Loss(*map(sum, zip(*(each[name] for each in losses))))
            for name in losses[0]}


def check_examples(examples: Examples[Any], config: EncoderConfig,
                   vocab: Vocab | None = None, layout: str | None = None
                   ) -> None:
    """Raise unless a model can learn from these examples.

    >>> from d2l_bert.core import Config, make_examples
    >>> examples = make_examples([['a b', 'c', 'd', 'e']], 8)
    >>> check_examples(examples, Config(4, 8, 16, 2, 1, 0.1, max_len=8))
    Traceback (most recent call last):
    ...
    ValueError: the examples have 5 tokens in their vocabulary, and the \
model was made for 4; make it with vocab_size=len(examples.vocab)

    `vocab` and `layout` are the model's, if it was trained before.

    Raises TypeError if these are not Examples, and ValueError if there is
    none, or if vocabulary, layout or length do not fit the model.
    """
    if not isinstance(examples, Examples):
        raise TypeError(f'there must be Examples, such as load_splits() '
                        f'returns or train_iter.dataset.examples, not a '
                        f'{type(examples).__name__}')
    if not len(examples):
        raise ValueError('there is no example to learn from')
    # Of two halves, each has its own padding.
    if 'halves' in (layout, examples.layout) and layout not in (
            None, examples.layout):
        raise ValueError(f'the examples have the layout {examples.layout!r}, '
                         f'and the model was trained with {layout!r}')
    if len(examples.vocab) != config.vocab_size:
        raise ValueError(f'the examples have {len(examples.vocab)} tokens in '
                         f'their vocabulary, and the model was made for '
                         f'{config.vocab_size}; make it with '
                         f'vocab_size=len(examples.vocab)')
    if vocab is not None and vocab.idx_to_token != (
            examples.vocab.idx_to_token):
        raise ValueError("the examples have other words than the model was "
                         "trained with; make them with vocab=net.vocab")
    if examples.max_len > config.max_len:
        raise ValueError(f'the examples are {examples.max_len} tokens long, '
                         f'and the model reads at most {config.max_len}; '
                         f'make it with max_len={examples.max_len}, or make '
                         f'shorter examples')
    # A model's max_len tells how long the halves of a text are.
    if examples.layout == 'halves' and examples.max_len != config.max_len:
        raise ValueError(f'examples of two halves need a model of their '
                         f'length; make it with max_len={examples.max_len}')


def check_loss_names(net: Any, examples: Examples[Any]) -> tuple[str, ...]:
    """Return the names of a model's losses, if the examples have them all.

    The examples may have more: a model without a head for next sentences
    can learn from pairs, too.
    """
    offered = tuple(examples[:1].loss_weights())
    names = getattr(net, 'loss_names', offered)
    if not {*names} <= {*offered}:
        advice = ("; make pairs (packing='pair'), or the model with "
                  'next_sentence=False' if {*names} - {*offered} == {'nsp'}
                  and 'sbo' in offered else '')
        raise ValueError(f'the examples are for another kind of model: they '
                         f'have the losses {", ".join(offered)}, and this '
                         f'one has {", ".join(names)}{advice}')
    return tuple(names)


class Run:
    """One training: its steps, its log, and its files if there is a folder.

    `plan` has the keyword arguments of a `Plan`, or epochs for its steps.
    `folder` keeps the log, checkpoints and the finished model; with
    `resume` a run continues from its last checkpoint exactly as if it had
    never stopped. `watch` sees every row as it is made. A row has step,
    epoch, learning_rate, a loss and an accuracy for each name (mlm_loss,
    nsp_loss, mlm_accuracy, nsp_accuracy), examples_per_second and, after an
    evaluation on `valid`, the same figures with valid_ in front. Ctrl-C
    ends the run after the step, with a checkpoint.

    Raises TypeError or ValueError for examples that do not fit the model
    and a plan that cannot be carried out, FileExistsError if the folder has
    a run already, FileNotFoundError if there is no checkpoint to resume
    from, and FloatingPointError if the loss is not a finite number.
    """

    def __init__(self, learner: Learner, examples: Examples[Any],
                 valid: Examples[Any] | None, plan: Mapping[str, Any],
                 folder: PathLike | None = None, resume: bool = False,
                 watch: Callable[[Row], Any] | None = None):
        config = learner.net.config
        check_examples(examples, config)
        if valid is not None:
            check_examples(valid, config, examples.vocab, examples.layout)
        self.plan = Plan.of(plan, examples).check(len(examples),
                                                  learner.num_shares)
        self.learner, self.examples, self.valid = learner, examples, valid
        self.watch = watch
        self.names = check_loss_names(learner.net, examples)
        self.folder = RunFolder(folder, self.names, learner.leads)
        self.rows = self.folder.start(learner, examples, self._options,
                                      resume)

    def _options(self) -> dict[str, Any]:
        """Return everything that a run must have in common to continue."""
        return asdict(self.plan) | self.learner.traits | {
            'max_len': self.examples.max_len,
            'examples': digest(self.examples),
            'valid': None if self.valid is None else digest(self.valid)}

    def __enter__(self) -> 'Run':
        self._open = ExitStack()
        self._open.enter_context(self.folder)
        self._interrupted = self._open.enter_context(held_interrupts())
        self._bar = self._open.enter_context(progress(
            total=self.plan.steps, initial=len(self.rows), desc='pretraining',
            unit='step'))
        return self

    def __exit__(self, kind: Any, *error: Any) -> None:
        self._open.close()
        if kind is None:
            self.folder.finish(self.learner)

    def steps(self) -> Iterator[Step]:
        """Yield what each step learns from; `record` it before the next."""
        plan, done = self.plan, len(self.rows)
        stream = batches(self.examples, plan.batch_size, plan.seed, done,
                         plan.bucket)
        mean_weights = self._mean_weights()
        for number in range(done + 1, plan.steps + 1):
            epoch, batch = next(stream)
            # A seed for each step, so that it does not depend on others.
            seed = int(np.random.SeedSequence([plan.seed, number])
                       .generate_state(1)[0]) % 2 ** 31
            self._start = time.perf_counter()
            weights = batch.loss_weights()
            yield Step(number, epoch, divide(batch, plan.accumulate), weights,
                       mean_weights or weights, plan.rate(number), plan.clip,
                       seed)

    def _mean_weights(self) -> Mapping[str, float]:
        """Return the mean weight of each loss in a batch, if lengths differ.

        Short examples have few predictions. The mean loss of a batch of
        short ones would give each of them more weight than others have.
        """
        if not self.plan.bucket or self.examples.lengths is None:
            return {}
        share = (min(self.plan.batch_size, len(self.examples))
                 / len(self.examples))
        return {name: weight * share for name, weight
                in self.examples.columns.loss_weights().items()}

    def record(self, step: Step, losses: Losses) -> None:
        """Log a step, and evaluate and save the model when it is due."""
        seconds = time.perf_counter() - self._start
        losses = {name: losses[name] for name in self.names}
        loss = sum(each.sum for each in losses.values())
        if not math.isfinite(loss):
            raise FloatingPointError(
                f'the loss of step {step.number} is {loss}; start again '
                f'with a lower learning_rate or more warmup steps')
        row = {'step': step.number, 'epoch': step.epoch,
               'learning_rate': step.learning_rate, **means(losses),
               'examples_per_second': sum(map(_size, step.parts)) / seconds}
        if self.valid is not None and self._due(step, self.plan.eval_every):
            at_once = self.plan.batch_size // self.plan.accumulate
            row |= means(evaluate(self.learner, self.valid, at_once),
                         'valid_')
        self.rows.append(row)
        self.folder.log(row)
        saved = self._due(step, self.plan.save_every)
        if saved:
            self.folder.save(self.learner, step.number)
        if self.watch is not None:
            self.watch(row)
        self._bar.update()
        self._bar.set_postfix({name: f'{row[f"{name}_loss"]:.3f}'
                               for name in self.names})
        if self._interrupted():
            if not saved:
                self.folder.save(self.learner, step.number)
            raise KeyboardInterrupt(f'stopped after step {step.number}')

    def _due(self, step: Step, every: int) -> bool:
        return step.number == self.plan.steps or (
            every > 0 and step.number % every == 0)


def evaluate(learner: Learner, examples: Examples[Any],
             at_once: int = ROWS_TO_EVALUATE) -> Losses:
    """Return the summed losses and correct predictions of all examples.

    At most `at_once` examples, or 512, are computed together. A model
    without a vocabulary gets that of the examples, with their layout.

    Raises the errors of `check_examples`.
    """
    net = learner.net
    if net.vocab is None:
        check_examples(examples, net.config)
        adopt(net, examples)
    check_examples(examples, net.config, net.vocab, net.layout)
    size = min(at_once, ROWS_TO_EVALUATE)
    check_loss_names(net, examples)
    return total([learner.evaluate(batch)
                  for batch in in_order(examples, size)])


def _size(batch: Any) -> int:
    return len(batch[0])
