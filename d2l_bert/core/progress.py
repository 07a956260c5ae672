"""One progress bar for the whole package, silent where nobody watches."""

import os
import sys
from collections.abc import Iterable
from typing import Any

from tqdm import tqdm


def progress(iterable: Iterable[Any] | None = None, **kw: Any) -> tqdm:
    """Return tqdm's bar, for terminals and Jupyter, if it takes a second.

    >>> list(progress('abc', disable=True))
    ['a', 'b', 'c']

    It stays away where CI or TQDM_DISABLE is set and where stderr is a
    file. `kw` goes to tqdm as it is.
    """
    watched = in_jupyter() or (sys.stderr is not None and sys.stderr.isatty())
    unwanted = 'CI' in os.environ or 'TQDM_DISABLE' in os.environ
    kw.setdefault('disable', unwanted or not watched)
    return tqdm(iterable, **{'delay': 1, 'leave': False, **kw})


def in_jupyter() -> bool:
    """Tell whether a notebook's cell is what runs this.

    >>> in_jupyter()
    False
    """
    shell = getattr(sys.modules.get('IPython'), 'get_ipython', lambda: None)
    return hasattr(shell(), 'kernel')
