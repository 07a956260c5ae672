"""Names the new place of a module of version 0.1 that somebody imports."""

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

MOVED = {
    'cli_bert': 'cli.pretrain', 'cli_grade': 'cli.grade',
    'console': 'cli.console', 'grading': 'cli.grading',
    **{f'core.{old}': f'core.{new}' for old, new in {
        'architecture': 'models.config', 'archives': 'text.archives',
        'columns': 'objectives.columns', 'corpus': 'text.corpus',
        'display': 'examples.display', 'download': 'text.catalog',
        'halves': 'objectives.halves',
        'huggingface': 'objectives.huggingface',
        'interrupts': 'training.interrupts',
        'measuring': 'training.measuring', 'mlm': 'objectives.mlm',
        'nsp': 'objectives.nsp', 'plotting': 'training.curves',
        'prediction': 'models.use', 'pretraining': 'objectives.bert',
        'reviews': 'objectives.reviews', 'runs': 'training.runs',
        'sentences': 'text.sentences', 'splits': 'objectives.bert',
        'vocab': 'tokens.vocab', 'weights': 'models.weights'}.items()},
    **{f'{backend}_backend.{old}': f'{backend}_backend.{new}'
       for backend in ('torch', 'mxnet')
       for old, new in {'devices': 'train', 'model': 'bert',
                        'use': 'weights'}.items()},
    'torch_backend.dropout': 'torch_backend.layers',
    'torch_backend.huggingface': 'torch_backend.data',
}
# Modules that are folders now, and where their names are.
FOLDERS = {
    'core.examples': {
        'Examples': 'core.examples.container',
        'EpochSampler': 'core.examples.dataset',
        'Masking': 'core.objectives.masking',
        'MAX_SEED': 'core.checks', 'check_loader_options': 'core.checks'},
    'core.training': {
        'Plan': 'core.training.plan', 'check_whole': 'core.checks',
        **dict.fromkeys(('batches', 'divide', 'endlessly'),
                        'core.training.batching'),
        **dict.fromkeys(('Learner', 'check_examples', 'evaluate'),
                        'core.training.loop')},
}


def message(old: str, new: str) -> str:
    """Return what to tell somebody who imports what has moved.

    >>> print(message('core.vocab', 'core.tokens.vocab'))
    d2l_bert.core.vocab has moved to d2l_bert.core.tokens.vocab; import the \
names that you need from d2l_bert.core, if they are there
    """
    place = new.split('.')[0]
    advice = ('' if place == 'cli' else f'; import the names that you need '
              f'from d2l_bert.{place}, if they are there')
    return f'd2l_bert.{old} has moved to d2l_bert.{new}{advice}'


class _Finder:  # a MetaPathFinder, whose module takes 8 ms to import
    """Is asked last, for modules that nobody else has found."""

    def find_spec(self, name: str, path: Sequence[str] | None = None,
                  target: ModuleType | None = None) -> None:
        old = name.removeprefix('d2l_bert.')
        if old != name and old in MOVED:
            raise ModuleNotFoundError(message(old, MOVED[old]), name=name)


def missing_name(folder: str, name: str) -> Any:
    """Raise ImportError for a name that a folder had as a module."""
    if name not in FOLDERS[folder]:
        raise AttributeError(f'd2l_bert.{folder} has no {name!r}')
    raise ImportError(message(f'{folder}.{name}',
                              f'{FOLDERS[folder][name]}'))


def install() -> None:
    """Ask the finder from now on."""
    sys.meta_path.append(_Finder())
