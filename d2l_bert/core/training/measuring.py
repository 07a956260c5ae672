"""Small tools for training: a stopwatch, sums, the unigram baseline."""

import time
from itertools import accumulate
from typing import Any

import numpy as np

from ..examples.container import Examples
from .curves import Animator


class Timer:
    """A stopwatch that remembers every lap.

    >>> timer = Timer()
    >>> lap = timer.stop()
    >>> timer.times == [lap], timer.sum() == timer.avg() == lap
    (True, True)

    It starts when it is made. Times are in seconds.

    Source: d2l section 12.5.
    """

    def __init__(self) -> None:
        self.times: list[float] = []
        self.start()

    def start(self) -> None:
        """Start a lap."""
        self.tik = time.perf_counter()

    def stop(self) -> float:
        """End the lap, and return how long it took."""
        self.times.append(time.perf_counter() - self.tik)
        return self.times[-1]

    def avg(self) -> float:
        """Return the mean of all laps."""
        return self.sum() / len(self.times)

    def sum(self) -> float:
        """Return how long all laps took together."""
        return sum(self.times)

    def cumsum(self) -> list[float]:
        """Return how long it took until the end of each lap."""
        return list(accumulate(self.times))


class Accumulator:
    """Several sums that grow together.

    >>> metric = Accumulator(2)
    >>> metric.add(1, 10)
    >>> metric.add(2, 20)
    >>> metric[0], metric[1]
    (3.0, 30.0)

    Source: d2l, appendix "Utility Functions and Classes".
    """

    def __init__(self, n: int):
        self.data = [0.0] * n

    def add(self, *args: Any) -> None:
        """Add a number, or an array that holds one, to each sum."""
        self.data = [total + float(number)
                     for total, number in zip(self.data, args)]

    def reset(self) -> None:
        """Set all sums to 0."""
        self.data = [0.0] * len(self.data)

    def __getitem__(self, idx: Any) -> Any:
        return self.data[idx]


def unigram_loss(train: Examples[Any], valid: Examples[Any]) -> float:
    """Return the unigram baseline of the masked-token loss, in nats.

    It is the loss of a model that gives each token the share that it has
    among the tokens to predict in `train`, with 1 added to every count, for
    those of `valid`. A model that is not better has learnt only how
    frequent tokens are.

    >>> from d2l_bert.core import make_examples
    >>> words = make_examples([['a', 'a']], 8, min_freq=9)
    >>> round(unigram_loss(words, words), 3)  # log(6 / 2)
    1.099
    """
    def predicted(examples: Examples[Any]) -> np.ndarray:
        columns = examples.columns
        return columns.mlm_labels[columns.mlm_weights > 0]

    counts = np.bincount(predicted(train), minlength=len(train.vocab)) + 1
    return float(-np.log(counts / counts.sum())[predicted(valid)].mean())


class BookReport:
    """What the book's `train_bert` draws and prints: means over all steps.

    >>> report = BookReport(num_steps=2)
    >>> report.start()
    >>> report.stop(1, mlm_l=8.0, nsp_l=0.5, num_pairs=4)
    >>> report.metric[0], report.animator.Y
    (8.0, [[8.0], [0.5]])

    Source: d2l section 15.10.1.
    """

    def __init__(self, num_steps: int):
        self.timer, self.metric = Timer(), Accumulator(4)
        self.animator = Animator(
            xlabel='step', ylabel='loss', xlim=[1, num_steps],
            legend=['mlm', 'nsp'])
        self.start = self.timer.start

    def stop(self, step: int, mlm_l: float, nsp_l: float, num_pairs: int
             ) -> None:
        """Add the losses of a step that has just ended."""
        self.metric.add(mlm_l, nsp_l, num_pairs, 1)
        self.timer.stop()
        self.animator.add(step, [total / self.metric[3]
                                 for total in self.metric.data[:2]])

    def show(self, devices: Any) -> None:
        """Print both mean losses and the speed."""
        mlm, nsp, num_pairs, steps = self.metric.data
        print(f'MLM loss {mlm / steps:.3f}, NSP loss {nsp / steps:.3f}')
        print(f'{num_pairs / self.timer.sum():.1f} sentence pairs/sec on '
              f'{[str(device) for device in devices]}')
