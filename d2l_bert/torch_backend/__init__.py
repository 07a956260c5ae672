"""PyTorch in place of `from d2l import torch as d2l`, for chapter 15."""

from d2l_bert.core.book import *  # noqa: F403
from d2l_bert.core.book import __all__ as _framework_free
from d2l_bert.core.book import require_framework

require_framework('torch')

from .data import (  # noqa: E402
    _pad_bert_inputs, _WikiTextDataset, load_data_imdb, load_data_wiki,
    make_loader)
from .devices import try_all_gpus, try_gpu  # noqa: E402
from .losses import _get_batch_loss_bert  # noqa: E402
from .model import (  # noqa: E402
    BERTEncoder, BERTModel, MaskLM, NextSentencePred,
    TransformerEncoderBlock)
from .train import evaluate, new_model, pretrain, train_bert  # noqa: E402
from .use import (  # noqa: E402
    encode, fill_mask, get_bert_encoding, next_sentence_probability,
    rank_answers)
from .weights import load_bert, save_bert  # noqa: E402

__all__ = [*_framework_free, 'BERTEncoder', 'BERTModel', 'MaskLM',
           'NextSentencePred', 'TransformerEncoderBlock', '_WikiTextDataset',
           '_get_batch_loss_bert', '_pad_bert_inputs', 'encode', 'evaluate',
           'fill_mask', 'get_bert_encoding', 'load_bert', 'load_data_imdb',
           'load_data_wiki', 'make_loader', 'new_model',
           'next_sentence_probability', 'pretrain', 'rank_answers',
           'save_bert', 'train_bert', 'try_all_gpus', 'try_gpu']
