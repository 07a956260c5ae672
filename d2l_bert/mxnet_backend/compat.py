"""MXNet 1.9.1 in a modern environment. Import MXNet from here.

MXNet's last release reads `numpy.bool` while it is imported, a name that
NumPy 1.24 to 1.26 lack. It is lent that name for just that long. If NumPy
or MXNet was imported before, nothing changes for them.
"""

import sys
import warnings

import numpy

if 'mxnet' in sys.modules or 'bool' in vars(numpy):
    import mxnet
else:
    numpy.bool = bool  # type: ignore[attr-defined]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # of NumPy, about MXNet's age
            import mxnet
    finally:
        del numpy.bool  # type: ignore[attr-defined]

# A switch for the whole process, thrown here and nowhere else: arrays
# behave as NumPy's do, with shapes () and (0,), as the book's code asks.
mxnet.npx.set_np()

__all__ = ['mxnet']
