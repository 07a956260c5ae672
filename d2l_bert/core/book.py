"""The names of d2l chapter 15 that need no framework, as the book's.

Each backend exports them, so that `from d2l_bert import torch_backend as
d2l` stands in for `from d2l import torch as d2l`.
"""

from importlib.util import find_spec

from .archives import extract
from .corpus import read_wiki as _read_wiki
from .download import DATA_HUB, DATA_URL, download, download_extract
from .measuring import Accumulator, Timer
from .mlm import get_mlm_data_from_tokens as _get_mlm_data_from_tokens
from .mlm import replace_mlm_tokens as _replace_mlm_tokens
from .nsp import get_next_sentence as _get_next_sentence
from .nsp import get_nsp_data_from_paragraph as _get_nsp_data_from_paragraph
from .nsp import get_tokens_and_segments
from .plotting import Animator, live_losses
from .vocab import Vocab, tokenize

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
    'download',
    'download_extract',
    'extract',
    'get_dataloader_workers',
    'get_tokens_and_segments',
    'live_losses',
    'tokenize',
]


# The book's Dataset keeps its columns under these names.
BOOK_COLUMNS = {'all_token_ids': 'token_ids',
                'all_segments': 'segments',
                'valid_lens': 'valid_lens',
                'all_pred_positions': 'pred_positions',
                'all_mlm_weights': 'mlm_weights',
                'all_mlm_labels': 'mlm_labels',
                'nsp_labels': 'nsp_labels'}


def require_framework(name: str) -> None:
    """Raise a ModuleNotFoundError that says how to install a framework.

    >>> require_framework('no_such')
    Traceback (most recent call last):
    ...
    ModuleNotFoundError: No module named 'no_such'; \
pip install 'd2l_bert[no_such]' brings it
    """
    if find_spec(name) is None:
        raise ModuleNotFoundError(
            f"No module named {name!r}; pip install 'd2l_bert[{name}]' "
            f"brings it", name=name)


def get_dataloader_workers() -> int:
    """Return 0, as workers only slow down batches that are in memory.

    >>> get_dataloader_workers()
    0

    Source: d2l section 4.2, where it is 4.
    """
    return 0
