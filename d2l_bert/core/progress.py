"""The progress bar of long work, hidden outside a terminal or Jupyter."""

import os
import sys
from collections.abc import Iterable
from typing import Any

from tqdm import tqdm


def progress(iterable: Iterable[Any] | None = None, **kw: Any) -> tqdm:
    """Return a tqdm bar that appears, in a terminal or Jupyter, after 1 s.

    >>> list(progress('abc', disable=True))
    ['a', 'b', 'c']

    It does not appear if CI or TQDM_DISABLE is set, or if stderr is a
    file. `kw` are arguments of tqdm.
    """
    watched = in_jupyter() or (sys.stderr is not None and sys.stderr.isatty())
    kw.setdefault('disable', is_quiet() or not watched)
    return tqdm(iterable, **{'delay': 1, 'leave': False, **kw})


def is_quiet() -> bool:
    """Return whether what moves is left out, as outputs are compared.

    CI says so, or TQDM_DISABLE, which a check of notebooks sets.
    """
    return 'CI' in os.environ or 'TQDM_DISABLE' in os.environ


def in_jupyter() -> bool:
    """Return whether this runs in a cell of a notebook.

    >>> in_jupyter()
    False
    """
    shell = getattr(sys.modules.get('IPython'), 'get_ipython', lambda: None)
    return hasattr(shell(), 'kernel')
