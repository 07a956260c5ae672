"""How BERT is pretrained, to read and to run, in PyTorch and in MXNet.

The package imports no framework: `d2l_bert.core` is plain Python, and
`d2l_bert.torch_backend` and `d2l_bert.mxnet_backend` are imported by name.
"""

__version__ = '0.2.0'
