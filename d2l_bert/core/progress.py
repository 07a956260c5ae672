"""One progress bar for the whole package, silent where nobody watches."""

import os
import sys
from collections.abc import Iterable
from typing import Any

from tqdm import tqdm


def progress(iterable: Iterable[Any] | None = None, **kw: Any) -> tqdm:
    """Return tqdm's bar, disabled in CI and where stderr is no terminal.

    >>> list(progress('abc', disable=True))
    ['a', 'b', 'c']

    Source: tqdm; `kw` goes to it as it is.
    """
    watched = sys.stderr is not None and sys.stderr.isatty()
    kw.setdefault('disable', bool(os.environ.get('CI')) or not watched)
    return tqdm(iterable, **kw)
