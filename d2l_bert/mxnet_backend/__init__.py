"""MXNet in place of `from d2l import mxnet as d2l`, for section 15.9."""

from d2l_bert.core.book import *  # noqa: F403
from d2l_bert.core.book import __all__ as _framework_free
from d2l_bert.core.book import require_framework

require_framework('mxnet')

from .data import (  # noqa: E402
    _pad_bert_inputs, _WikiTextDataset, load_data_imdb, load_data_wiki,
    make_loader)

__all__ = [*_framework_free, '_WikiTextDataset', '_pad_bert_inputs',
           'load_data_imdb', 'load_data_wiki', 'make_loader']
