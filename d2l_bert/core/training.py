"""The pretraining loop, whatever the framework computes it.

A backend gives a `Learner`, which knows how to take one step; everything
that must come out the same in both is here: which examples make a step,
the learning rate, what is logged, when a checkpoint is written and how a
run is taken up again.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import count
from numbers import Integral
from typing import Any, NamedTuple, Protocol

import numpy as np

from .architecture import Config
from .columns import Columns, real_tokens
from .download import PathLike
from .examples import MAX_SEED, Examples
from .interrupts import held_interrupts
from .progress import progress
from .reviews import SPELLING
from .runs import Row, Run, digest
from .vocab import PAD, Vocab
from .weights import Arrays

ROWS_TO_EVALUATE = 512  # at once


class Sums(NamedTuple):
    """What was lost and guessed over some examples, as plain numbers."""

    mlm: float  # weighted losses of the predicted words
    nsp: float  # losses of the sentence pairs
    weights: float  # sum of mlm_weights
    pairs: int
    mlm_hits: int
    nsp_hits: int

    def row(self, prefix: str = '') -> Row:
        """Return the means, by their names in a log.

        >>> Sums(6., 1., 4., 2, 3, 2).row()
        {'mlm_loss': 1.5, 'nsp_loss': 0.5, 'mlm_accuracy': 0.75, \
'nsp_accuracy': 1.0}
        """
        words, pairs = max(self.weights, 1e-8), max(self.pairs, 1)
        return {f'{prefix}mlm_loss': self.mlm / words,
                f'{prefix}nsp_loss': self.nsp / pairs,
                f'{prefix}mlm_accuracy': self.mlm_hits / words,
                f'{prefix}nsp_accuracy': self.nsp_hits / pairs}


def check_whole(name: str, value: Any, least: int) -> None:
    """Raise ValueError unless a value is a whole number of some size.

    >>> check_whole('steps', 0, least=1)
    Traceback (most recent call last):
    ...
    ValueError: steps must be a whole number of at least 1, not 0
    """
    if not isinstance(value, Integral) or value < least:
        raise ValueError(f'{name} must be a whole number of at least '
                         f'{least}, not {value!r}')


class Learner(Protocol):
    """A model and its optimiser, in one of the frameworks."""

    net: Any  # a BERTModel
    leads: bool  # of several processes, is this the one that writes?
    num_shares: int  # into how many shares a part is divided
    traits: dict[str, Any]  # what else its results depend on

    def step(self, parts: Sequence[Columns], learning_rate: float,
             clip: float, seed: int) -> Sums:
        """Learn from the parts of one batch together."""

    def evaluate(self, batch: Columns) -> Sums:
        """Sum up how well the model does, with dropout off."""

    def weights(self) -> Arrays:
        """Copy the model's weights."""

    def state(self) -> Arrays:
        """Copy what Adam remembers: mean/NAME, variance/NAME and steps."""

    def restore(self, weights: Arrays, state: Arrays) -> None:
        """Go back to where these were copied."""


@dataclass(frozen=True)
class Plan:
    """How to pretrain: what `pretrain` takes by these names.

    `steps` counts updates of the weights, and each learns from
    `batch_size` examples, computed in `accumulate` parts to save memory.
    The learning rate rises over `warmup` steps and then falls to 0 in a
    straight line, or stays if not `decay`. `clip` is the most that the
    gradient's norm may be, 0 for any. Every `eval_every` and `save_every`
    steps, and at the end, the model is evaluated and saved; 0 is only at
    the end. All draws follow `seed`.
    """

    steps: int
    batch_size: int = 512
    learning_rate: float = 1e-3
    warmup: int = 0
    decay: bool = True
    clip: float = 1.0
    accumulate: int = 1
    eval_every: int = 0
    save_every: int = 0
    seed: int = 0

    @classmethod
    def of(cls, options: Mapping[str, Any], examples: Examples) -> 'Plan':
        """Make a plan of the keyword arguments of `pretrain`.

        >>> from .pretraining import make_examples
        >>> examples = make_examples([['a b', 'c', 'd', 'e']], 8)
        >>> Plan.of({'epochs': 2, 'batch_size': 1}, examples).steps
        6

        In place of `steps` there may be `epochs`, times through the
        examples. Raises TypeError for a keyword that is no part of a plan
        and ValueError for a number that makes no sense.
        """
        known = ['epochs', *(field.name for field in fields(cls))]
        for name in options:
            if name not in known:
                raise TypeError(f'pretrain() got an unexpected keyword '
                                f'argument {name!r}; its plan has '
                                f'{", ".join(known)}')
        options = dict(options)
        epochs = options.pop('epochs', None)
        if ('steps' in options) == (epochs is not None):
            raise TypeError('pretrain() needs either steps=N, how often the '
                            'weights are to be updated, or epochs=N')
        if epochs is None:
            plan = cls(**options)
        else:
            check_whole('epochs', epochs, 1)
            plan = cls(1, **options)
            check_whole('batch_size', plan.batch_size, 1)
            per_epoch = max(1, len(examples) // plan.batch_size)
            plan = cls(epochs * per_epoch, **options)
        plan.check(len(examples))
        return plan

    def check(self, num_examples: int, num_shares: int = 1) -> None:
        """Raise ValueError if it cannot be carried out.

        >>> Plan(steps=0).check(num_examples=100)
        Traceback (most recent call last):
        ...
        ValueError: steps must be a whole number of at least 1, not 0
        """
        for name, least in (('steps', 1), ('batch_size', 1), ('warmup', 0),
                            ('accumulate', 1), ('eval_every', 0),
                            ('save_every', 0), ('seed', 0)):
            check_whole(name, getattr(self, name), least)
        for name in ('learning_rate', 'clip'):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not (
                    0 <= value < math.inf):
                raise ValueError(f'{name} must be a number of at least 0, '
                                 f'not {value!r}')
        if self.seed > MAX_SEED:
            raise ValueError(f'seed must be at most {MAX_SEED}, not '
                             f'{self.seed}')
        rows = min(self.batch_size, num_examples)
        if rows < self.accumulate * num_shares:
            raise ValueError(
                f'a batch of {rows} examples cannot be divided into '
                f'{self.accumulate} parts for {num_shares} devices; take a '
                f'larger batch_size or a longer text')

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 1.

        >>> plan = Plan(steps=5, learning_rate=1., warmup=2)
        >>> [plan.rate(step) for step in (1, 2, 3, 4, 5)]
        [0.5, 1.0, 0.75, 0.5, 0.25]
        """
        if step <= self.warmup:
            return self.learning_rate * step / self.warmup
        peak = max(1, self.warmup)
        left = (self.steps + 1 - step) / (self.steps + 1 - peak)
        return self.learning_rate * (left if self.decay else 1)


def check_examples(examples: Examples, config: Config,
                   vocab: Vocab | None = None) -> None:
    """Raise unless a model can learn from these examples.

    >>> from .pretraining import make_examples
    >>> examples = make_examples([['a b', 'c', 'd', 'e']], 8)
    >>> check_examples(examples, Config(4, 8, 16, 2, 1, 0.1, max_len=8))
    Traceback (most recent call last):
    ...
    ValueError: the examples have 5 tokens in their vocabulary, and the \
model was made for 4; make it with vocab_size=len(examples.vocab)

    `vocab` is the model's, if it has learnt one already.

    Raises TypeError if it is something else than Examples, and ValueError
    if the vocabulary or the length is not the model's.
    """
    if not isinstance(examples, Examples):
        raise TypeError(f'there must be Examples, such as load_splits() '
                        f'returns or train_iter.dataset.examples, not a '
                        f'{type(examples).__name__}')
    if len(examples.vocab) != config.vocab_size:
        raise ValueError(f'the examples have {len(examples.vocab)} tokens in '
                         f'their vocabulary, and the model was made for '
                         f'{config.vocab_size}; make it with '
                         f'vocab_size=len(examples.vocab)')
    if vocab is not None and vocab.idx_to_token != (
            examples.vocab.idx_to_token):
        raise ValueError("the examples have other words than the model has "
                         "learnt; make them with vocab=net.vocab")
    if examples.max_len > config.max_len:
        raise ValueError(f'the examples are {examples.max_len} tokens long, '
                         f'and the model reads at most {config.max_len}; '
                         f'make it with max_len={examples.max_len}, or '
                         f'shorter examples')
    # A half of a review is as long as the model says: see `prediction`.
    if examples.vocab.spelling == SPELLING and (
            examples.max_len != config.max_len):
        raise ValueError(f'examples of two halves need a model of their '
                         f'length; make it with max_len={examples.max_len}')


def batches(examples: Examples, batch_size: int, seed: int, done: int = 0
            ) -> Iterator[tuple[int, Columns]]:
    """Yield (epoch, batch) without end, in an order of their own.

    >>> from .pretraining import make_examples
    >>> examples = make_examples([['a b', 'c', 'd', 'e']], 8)
    >>> [epoch for epoch, _ in zip(range(4), batches(examples, 1, seed=0))]
    [0, 1, 2, 3]

    The seed, and how many batches are `done`, settle the next one, in
    either framework. Every batch is full: the few examples that are left
    at the end of an epoch have to wait for another one.
    """
    size = min(batch_size, len(examples))
    per_epoch = len(examples) // size
    for epoch in count(done // per_epoch):
        order = np.random.default_rng([seed, epoch]).permutation(
            len(examples))
        for start in range(done % per_epoch * size, per_epoch * size, size):
            index: Any = order[start:start + size].tolist()
            yield epoch, _readable(examples[
                (epoch, index) if examples.masked_anew else index])
        done = 0


def endlessly(train_iter: Any, num_steps: int) -> Iterator[Any]:
    """Yield so many batches, going through the loader again and again.

    >>> ''.join(endlessly('abc', 5))
    'abcab'
    """
    done = 0
    while True:
        before = done
        for batch in train_iter:
            if done == num_steps:
                return
            done += 1
            yield batch
        if done == before:
            raise ValueError('train_iter has no batch (left); give a loader '
                             'that can be gone through again')


def _readable(batch: Columns) -> Columns:
    """Say by a mask what may be attended to: padding may stand inside."""
    assert batch.vocab is not None
    return batch._replace(valid_lens=real_tokens(
        batch.token_ids, batch.valid_lens, batch.vocab.special(PAD)
    ).astype(np.float32))  # (batch_size, max_len)


def divide(batch: Columns, num_parts: int) -> list[Columns]:
    """Divide a batch into parts, by rows, that differ by one at most."""
    columns = [np.array_split(column, num_parts) for column in batch]
    return [Columns(*rows) for rows in zip(*columns)]


def train(learner: Learner, examples: Examples, plan: Plan,
          valid: Examples | None = None, folder: PathLike | None = None,
          resume: bool = False, watch: Callable[[Row], Any] | None = None
          ) -> list[Row]:
    """Pretrain a model by a plan, and return a row of figures for each step.

    `folder` keeps the log, checkpoints and the finished model; with
    `resume` a run is taken up where its last checkpoint is, and goes on
    as if it had never stopped. `watch` sees every row as it is made. A
    row has step, epoch, learning_rate, mlm_loss, nsp_loss, mlm_accuracy,
    nsp_accuracy and pairs_per_second, and, where the model was evaluated
    on `valid`, the same four with valid_ in front. Ctrl-C ends the run
    after the step, with a checkpoint.

    Raises TypeError or ValueError for examples that are not for this model
    and a plan that cannot be carried out, FileExistsError if the folder has
    a run already, and FloatingPointError if the loss is no longer a number.
    """
    check_examples(examples, learner.net.config)
    if valid is not None:
        check_examples(valid, learner.net.config, examples.vocab)
    plan.check(len(examples), learner.num_shares)
    run = Run(folder, learner.leads)
    options = asdict(plan) | learner.traits | {
        'max_len': examples.max_len, 'examples': digest(examples),
        'valid': None if valid is None else digest(valid)}
    rows = run.start(learner, examples, options, resume)
    stream = batches(examples, plan.batch_size, plan.seed, done=len(rows))
    bar = progress(total=plan.steps, initial=len(rows), desc='pretraining',
                   unit='step')
    with bar, run, held_interrupts() as interrupted:
        while len(rows) < plan.steps:
            step = len(rows) + 1
            row = _step(learner, plan, step, *next(stream))
            if valid is not None and _due(step, plan.eval_every, plan.steps):
                row |= evaluate(learner, valid).row('valid_')
            rows.append(row)
            run.log(row)
            if watch is not None:
                watch(row)
            bar.update()
            bar.set_postfix(mlm=f'{row["mlm_loss"]:.3f}',
                            nsp=f'{row["nsp_loss"]:.3f}')
            stop = interrupted()
            if stop or _due(step, plan.save_every, plan.steps):
                run.save(learner, options, step)
            if stop:
                raise KeyboardInterrupt(f'stopped after step {step}')
    run.finish(learner)
    return rows


def evaluate(learner: Learner, examples: Examples) -> Sums:
    """Return what was lost and guessed over all examples, once each.

    Raises the errors of `check_examples`.
    """
    check_examples(examples, learner.net.config, learner.net.vocab)
    index = range(len(examples))
    sums = [learner.evaluate(_readable(examples[list(
        index[start:start + ROWS_TO_EVALUATE])]))
        for start in index[::ROWS_TO_EVALUATE]]
    return Sums(*map(sum, zip(*sums)))  # type: ignore[arg-type]


def _due(step: int, every: int, last: int) -> bool:
    return step == last or (every > 0 and step % every == 0)


def _step(learner: Learner, plan: Plan, step: int, epoch: int,
          batch: Columns) -> Row:
    start = time.perf_counter()
    rate = plan.rate(step)
    # A seed for each step, so that none depends on the steps before it.
    seed = int(np.random.SeedSequence([plan.seed, step])
               .generate_state(1)[0]) % 2 ** 31
    sums = learner.step(divide(batch, plan.accumulate), rate, plan.clip,
                        seed)
    if not math.isfinite(sums.mlm + sums.nsp):
        raise FloatingPointError(
            f'the loss of step {step} is {sums.mlm + sums.nsp}; start again '
            f'with a lower learning_rate or more warmup steps')
    return {'step': step, 'epoch': epoch, 'learning_rate': rate,
            **sums.row(), 'pairs_per_second': len(batch.token_ids)
            / (time.perf_counter() - start)}
