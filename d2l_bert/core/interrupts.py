"""Ctrl-C that waits until a step is done."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def held_interrupts() -> Iterator[Callable[[], bool]]:
    """Hold back a Ctrl-C; what is given tells whether there was one.

    >>> with held_interrupts() as interrupted:
    ...     interrupted()
    False

    In the middle of a step MXNet may lose a KeyboardInterrupt, and a step
    half done is of no use. A second Ctrl-C goes through at once. In other
    threads, under torchrun, whose processes must stop together, and where
    somebody else handles Ctrl-C, nothing is held back.
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
