"""The two kinds of randomness: the book's stream, and keyed numbers.

The book's stream is Python's own generator, drawn from in the book's order,
only faster. Keyed numbers are in `examples.keys`; they need a seed only.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from .checks import check_seed, check_whole

T = TypeVar('T')
MAX_KEY = 2 ** 64 - 1  # the largest seed of keyed numbers


class Rng(Protocol):
    """What the core needs of an `rng`: `random` itself, or a `Random`."""

    def random(self) -> float: ...
    def getrandbits(self, k: int, /) -> int: ...
    def choice(self, seq: Sequence[T], /) -> T: ...


@dataclass(frozen=True)
class Keyed:
    """Keyed randomness: an `rng` without a state.

    >>> Keyed(seed=3).seed
    3

    A draw depends on the seed and on what it is for: see `examples.keys`.
    """

    seed: int

    def __post_init__(self) -> None:
        check_whole('seed', self.seed, most=MAX_KEY)


def check_rng(rng: Any) -> None:
    """Raise TypeError for what random numbers cannot be drawn from.

    >>> check_rng('keyed')
    Traceback (most recent call last):
    ...
    TypeError: rng must be `random`, a random.Random or Keyed(seed), not \
'keyed'
    """
    if not isinstance(rng, Keyed) and not hasattr(rng, 'getrandbits'):
        raise TypeError(f'rng must be `random`, a random.Random or '
                        f'Keyed(seed), not {rng!r}')


def make_rng(name: str, seed: int | None) -> Any:
    """Return the randomness of a name and a seed.

    >>> make_rng('keyed', 3), make_rng('book', None) is random
    (Keyed(seed=3), True)

    'book' with a seed is a generator of its own, without one `random`
    itself. 'keyed' without a seed draws one from `random`. Raises
    ValueError for another name or seed.
    """
    seed = check_seed(seed)
    if name == 'book':
        return random if seed is None else random.Random(seed)
    if name == 'keyed':
        return Keyed(random.getrandbits(32) if seed is None else seed)
    raise ValueError(f"rng must be 'book' or 'keyed', not {name!r}")


def of_validation(rng: Any) -> Any:
    """Return randomness of the same kind with the seed 0.

    >>> of_validation(Keyed(7))
    Keyed(seed=0)

    So validation examples are the same, whatever the seed of the training.
    """
    return Keyed(0) if isinstance(rng, Keyed) else random.Random(0)


def shuffled(items: Iterable[T], rng: Rng) -> list[T]:
    """Return the items as a new list, in the order of `rng.shuffle`.

    >>> shuffled('abcd', random.Random(1))
    ['d', 'a', 'c', 'b']
    >>> letters = list('abcd')
    >>> random.Random(1).shuffle(letters)
    >>> letters
    ['d', 'a', 'c', 'b']

    It draws the same bits as `random.shuffle`, so a seed gives the same
    order and leaves the generator in the same state. Written as one loop
    it takes less than half the time, and most of the time of masking is
    shuffling.
    """
    items = list(items)
    if isinstance(rng, random.Random) and type(rng) is not random.Random:
        rng.shuffle(items)  # a subclass may draw in another way
        return items
    getrandbits = rng.getrandbits
    for last in range(len(items) - 1, 0, -1):
        bits = (last + 1).bit_length()
        other = getrandbits(bits)
        while other > last:  # reject, so that all places are equally likely
            other = getrandbits(bits)
        items[last], items[other] = items[other], items[last]
    return items
