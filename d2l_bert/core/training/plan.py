"""The plan of a training: how many steps, how fast, and what is saved."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from ..checks import MAX_SEED, check_whole
from ..examples.container import Examples


@dataclass(frozen=True)
class Plan:
    """How to pretrain: the keyword arguments of `pretrain`.

    `steps` counts updates of the weights. Each uses `batch_size` examples,
    computed in `accumulate` parts to save memory. The learning rate rises
    over `warmup` steps and then falls to 0 in a straight line, or stays
    constant without `decay`. `clip` is the maximum gradient norm, 0 for no
    limit. Every `eval_every` and `save_every` steps, and at the end, the
    model is evaluated and saved; 0 means only at the end. All draws follow
    `seed`. With `bucket` the examples of a batch have similar lengths, so
    that there is less padding to compute.
    """

    steps: int
    batch_size: int = 512
    learning_rate: float = 1e-3
    warmup: int = 0
    decay: bool = True
    clip: float = 1.0
    accumulate: int = 1
    eval_every: int = 0
    save_every: int = 50
    seed: int = 0
    bucket: bool = True

    @classmethod
    def of(cls, options: Mapping[str, Any], examples: Examples[Any]
           ) -> 'Plan':
        """Make a plan from the keyword arguments of `pretrain`.

        >>> from d2l_bert.core import make_examples
        >>> examples = make_examples([['a b', 'c', 'd', 'e']], 8)
        >>> Plan.of({'epochs': 2, 'batch_size': 1}, examples).steps
        6

        Instead of `steps` there may be `epochs`, passes over the examples.
        Raises TypeError for an unknown keyword and ValueError for a number
        out of range.
        """
        known = ['epochs', *(field.name for field in fields(cls))]
        for name in options:
            if name not in known:
                raise TypeError(f'pretrain() got an unexpected keyword '
                                f'argument {name!r}; a plan has '
                                f'{", ".join(known)}')
        options = dict(options)
        epochs = options.pop('epochs', None)
        if ('steps' in options) == (epochs is not None):
            raise TypeError('pretrain() needs either steps=N, the number of '
                            'updates of the weights, or epochs=N')
        plan = cls(**{'steps': 1, **options})
        if epochs is not None:
            size = check_whole('batch_size', plan.batch_size, least=1)
            per_epoch = max(1, len(examples) // size)
            plan = replace(plan, steps=per_epoch * check_whole(
                'epochs', epochs, least=1))
        return plan.check(len(examples))

    def check(self, num_examples: int, num_shares: int = 1) -> 'Plan':
        """Return the plan in plain numbers, or raise ValueError.

        >>> Plan(steps=0).check(num_examples=100)
        Traceback (most recent call last):
        ...
        ValueError: steps must be a whole number of at least 1, not 0
        """
        numbers: dict[str, Any] = {
            name: check_whole(name, getattr(self, name), least)
            for name, least in (('steps', 1), ('batch_size', 1),
                                ('warmup', 0), ('accumulate', 1),
                                ('eval_every', 0), ('save_every', 0))}
        numbers['seed'] = check_whole('seed', self.seed, most=MAX_SEED)
        for name in ('learning_rate', 'clip'):
            try:
                numbers[name] = float(getattr(self, name))
            except (TypeError, ValueError):
                numbers[name] = math.nan
            if not 0 <= numbers[name] < math.inf:
                raise ValueError(f'{name} must be a number of at least 0, '
                                 f'not {getattr(self, name)!r}')
        rows = min(self.batch_size, num_examples)
        if rows < self.accumulate * num_shares:
            raise ValueError(
                f'a batch of {rows} examples cannot be divided into '
                f'{self.accumulate} parts for {num_shares} devices; use a '
                f'larger batch_size or a longer text')
        return replace(self, decay=bool(self.decay),
                       bucket=bool(self.bucket), **numbers)

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
