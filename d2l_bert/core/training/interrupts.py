"""Ctrl-C that waits for the end of a step."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def held_interrupts() -> Iterator[Callable[[], bool]]:
    """Delay Ctrl-C; the yielded function tells whether there was one.

    >>> with held_interrupts() as interrupted:
    ...     interrupted()
    False

    In the middle of a step MXNet may lose a KeyboardInterrupt, and half a
    step is useless. A second Ctrl-C is not delayed. Nothing is delayed in
    other threads, under torchrun, whose processes must stop together, and
    where other code handles Ctrl-C.
    """
    caught: list[int] = []

    def remember(number: int, frame: Any) -> None:
        if caught:
            raise KeyboardInterrupt
        caught.append(number)

    ours = (threading.current_thread() is threading.main_thread()
            and os.environ.get('WORLD_SIZE', '1') == '1'
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler)
    if ours:
        signal.signal(signal.SIGINT, remember)
    try:
        yield lambda: bool(caught)
    finally:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
