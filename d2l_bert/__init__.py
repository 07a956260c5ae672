"""A teaching package: how BERT is pretrained, in PyTorch and in MXNet.

The package imports no framework: `d2l_bert.core` needs none, and
`d2l_bert.torch_backend` and `d2l_bert.mxnet_backend` are imported by name.
"""

from . import moved

__version__ = '0.2.0'

moved.install()
