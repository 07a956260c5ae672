"""PyTorch instead of `from d2l import torch as d2l`, for chapter 15."""

from d2l_bert.core.book import *  # noqa: F403
from d2l_bert.core.book import __all__ as _framework_free
from d2l_bert.core.book import require_framework

require_framework('torch')

from .bert import (  # noqa: E402
    BERTEncoder, BERTModel, MaskLM, NextSentencePred, _get_batch_loss_bert)
from .data import (  # noqa: E402
    HuggingFaceDataset, _pad_bert_inputs, _WikiTextDataset, load_data_imdb,
    load_data_wiki, make_loader)
from .layers import TransformerEncoderBlock  # noqa: E402
from .train import (  # noqa: E402
    evaluate, pretrain, train_bert, try_all_gpus, try_gpu)
from .use import (  # noqa: E402
    get_bert_encoding, get_weights, load_bert, new_model, save_bert,
    set_weights)

__all__ = [*_framework_free, 'BERTEncoder', 'BERTModel',
           'HuggingFaceDataset', 'MaskLM', 'NextSentencePred',
           'TransformerEncoderBlock', '_WikiTextDataset',
           '_get_batch_loss_bert', '_pad_bert_inputs', 'evaluate',
           'get_bert_encoding', 'get_weights', 'load_bert', 'load_data_imdb',
           'load_data_wiki', 'make_loader', 'new_model', 'pretrain',
           'save_bert', 'set_weights', 'train_bert', 'try_all_gpus',
           'try_gpu']
