"""Small instruments for training: a stopwatch, sums, a floor for losses."""

import time
from itertools import accumulate
from typing import Any

import numpy as np

from .examples import Examples


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
        """Begin a lap."""
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


def unigram_loss(train: Examples, valid: Examples) -> float:
    """Return the masked-word loss of knowing how frequent words are.

    That is all a model has learnt as long as it does no better: it always
    gives each word the share that it has among the words to be predicted
    in `train`, one added to every count, and is scored on those of
    `valid`. In nats per word, like the losses.

    >>> from .pretraining import make_examples
    >>> words = make_examples([['a', 'a']], 8, min_freq=9)
    >>> round(unigram_loss(words, words), 3)  # log(6 / 2)
    1.099
    """
    def predicted(examples: Examples) -> np.ndarray:
        columns = examples.columns
        return columns.mlm_labels[columns.mlm_weights > 0]

    counts = np.bincount(predicted(train), minlength=len(train.vocab)) + 1
    return float(-np.log(counts / counts.sum())[predicted(valid)].mean())
