"""MXNet instead of `from d2l import mxnet as d2l`, for chapter 15."""

import numpy

from d2l_bert.core.book import *  # noqa: F403
from d2l_bert.core.book import __all__ as _framework_free
from d2l_bert.core.book import require_framework

require_framework('mxnet')

from d2l_bert.core.backend import Backend  # noqa: E402

from .bert import (  # noqa: E402
    BERTEncoder, BERTModel, MaskLM, NextSentencePred, _get_batch_loss_bert)
from .data import (  # noqa: E402
    _ExamplesDataset, _WikiTextDataset, loader)
from .layers import TransformerEncoderBlock  # noqa: E402
from .qa import QAModel  # noqa: E402
from .spanbert import SpanBERTModel, SpanBoundary  # noqa: E402
from .train import Learner, train_bert, try_all_gpus, try_gpu  # noqa: E402
from .weights import (  # noqa: E402
    device_of, get_weights, place, set_weights, to_array)

_backend = Backend(
    models={'bert': BERTModel, 'spanbert': SpanBERTModel, 'qa': QAModel},
    learner=Learner, dataset=_ExamplesDataset,
    loader=loader, place=place, device_of=device_of,
    get_weights=get_weights, set_weights=set_weights, to_array=to_array,
    int_dtype=numpy.int32)
_pad_bert_inputs = _backend.pad_bert_inputs
make_loader = _backend.make_loader
load_data_wiki = _backend.load_data_wiki
load_data_imdb = _backend.load_data_imdb
load_data_spanbert = _backend.load_data_spanbert
new_model = _backend.new_model
save_bert, load_bert = _backend.save_bert, _backend.load_bert
get_bert_encoding = _backend.get_bert_encoding
pretrain, evaluate = _backend.pretrain, _backend.evaluate
finetune_qa = _backend.finetune_qa

__all__ = [*_framework_free, 'BERTEncoder', 'BERTModel', 'MaskLM',
           'NextSentencePred', 'QAModel', 'SpanBERTModel', 'SpanBoundary',
           'TransformerEncoderBlock', '_WikiTextDataset',
           '_get_batch_loss_bert', '_pad_bert_inputs', 'evaluate',
           'finetune_qa', 'get_bert_encoding', 'get_weights', 'load_bert',
           'load_data_imdb', 'load_data_spanbert', 'load_data_wiki',
           'make_loader', 'new_model', 'pretrain', 'save_bert', 'set_weights',
           'train_bert', 'try_all_gpus', 'try_gpu']
