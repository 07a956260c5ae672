"""The names that both backends export and that need no framework.

Most are the book's, so that `from d2l_bert import torch_backend as d2l`
replaces `from d2l import torch as d2l`.
"""

from d2l_bert.frameworks import installed, why_missing

from .models.answering import answer, answers_of, evaluate_qa
from .models.use import (
    encode, fill_mask, fill_span, next_sentence_probability, rank_answers)
from .objectives.attention import plot_attention_masks
from .objectives.mlm import (
    get_mlm_data_from_tokens as _get_mlm_data_from_tokens)
from .objectives.mlm import replace_mlm_tokens as _replace_mlm_tokens
from .objectives.nsp import get_next_sentence as _get_next_sentence
from .objectives.nsp import (
    get_nsp_data_from_paragraph as _get_nsp_data_from_paragraph)
from .objectives.nsp import get_tokens_and_segments
from .text.archives import extract
from .text.catalog import DATA_HUB, DATA_URL, download, download_extract
from .text.corpus import read_wiki as _read_wiki
from .tokens.vocab import Vocab
from .tokens.words import tokenize
from .training.curves import Animator, live_losses
from .training.measuring import Accumulator, Timer

__all__ = [
    'Accumulator',
    'Animator',
    'DATA_HUB',
    'DATA_URL',
    'Timer',
    'Vocab',
    '_get_mlm_data_from_tokens',
    '_get_next_sentence',
    '_get_nsp_data_from_paragraph',
    '_read_wiki',
    '_replace_mlm_tokens',
    'answer',
    'answers_of',
    'download',
    'download_extract',
    'encode',
    'evaluate_qa',
    'extract',
    'fill_mask',
    'fill_span',
    'get_dataloader_workers',
    'get_tokens_and_segments',
    'live_losses',
    'next_sentence_probability',
    'plot_attention_masks',
    'rank_answers',
    'tokenize',
]


def require_framework(name: str) -> None:
    """Raise ModuleNotFoundError, with the reason, if a framework is missing.

    >>> require_framework('torch') if 'torch' in installed() else None
    """
    if name not in installed():
        raise ModuleNotFoundError(f'No module named {name!r}: '
                                  f'{why_missing(name)}', name=name)


def get_dataloader_workers() -> int:
    """Return 0, as workers only slow down batches that are in memory.

    >>> get_dataloader_workers()
    0

    Source: d2l section 4.2, where it is 4.
    """
    return 0
