"""MXNet 1.9.1 in a modern environment. Import MXNet from here.

MXNet's last release reads `numpy.bool`, which NumPy 1.24 to 1.26 lack: once
while it is imported, and again whenever an array is a key, as in
`x[mask] = 0`. So NumPy gets that name during the import. Afterwards MXNet's
own modules have a copy of NumPy's namespace with it, and NumPy itself is as
before. If MXNet was already imported, it stays as it is.
"""

import ctypes
import sys
import types
import warnings
from itertools import count

import numpy


def _keep_bool() -> None:
    """Give MXNet's modules, for `numpy`, a namespace that has `bool`."""
    with_bool = types.ModuleType('numpy')
    vars(with_bool).update(vars(numpy))
    for name, module in list(sys.modules.items()):
        if name.partition('.')[0] == 'mxnet':
            for alias, value in list(vars(module).items()):
                if value is numpy:
                    setattr(module, alias, with_bool)


if 'mxnet' in sys.modules or 'bool' in vars(numpy):
    import mxnet
else:
    # An `import mxnet` that failed in the middle leaves its parts behind.
    for name in [name for name in sys.modules if name.startswith('mxnet.')]:
        del sys.modules[name]
    numpy.bool = bool  # type: ignore[attr-defined]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # of NumPy, about MXNet's age
            import mxnet
        _keep_bool()
    finally:
        del numpy.bool  # type: ignore[attr-defined]

# A switch for the whole process, set only here: arrays behave like NumPy's,
# with shapes () and (0,), as the book's code needs.
mxnet.npx.set_np()


_calls = count()


def give_memory_back() -> None:
    """Return free memory to the system, where glibc can do it.

    MXNet's arrays of many sizes leave gaps, and training would need more
    memory with each step. Call it in each: one in four does it, as it
    takes time and so does new memory.
    """
    if sys.platform == 'linux' and next(_calls) % 4 == 0:
        trim = getattr(ctypes.CDLL(None), 'malloc_trim', None)
        if trim is not None:  # in glibc only
            mxnet.npx.waitall()
            trim(0)


__all__ = ['give_memory_back', 'mxnet']
