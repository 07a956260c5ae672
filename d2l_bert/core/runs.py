"""The folder of a training run: its log, checkpoint and finished model.

    log.csv                 a line for each step
    checkpoint.safetensors  model, optimiser and step, to go on from
    model.safetensors       the finished model
    loss.png                the curves, if matplotlib is there
"""

import csv
import hashlib
import os
from pathlib import Path
from typing import Any

from .download import PathLike
from .examples import Examples
from .weights import (
    MODEL_FILE, ModelFileError, check_state, load_model, save_model)

CHECKPOINT_FILE = 'checkpoint.safetensors'
LOG_FILE = 'log.csv'
PLOT_FILE = 'loss.png'
# A log of 2000 steps that comes with the package; its README says more.
LONG_RUN = Path(__file__).parent.parent / 'data' / 'long-run'
Row = dict[str, Any]
FIGURES = ('mlm_loss', 'nsp_loss', 'mlm_accuracy', 'nsp_accuracy')
FIELDS = ('step', 'epoch', 'learning_rate', *FIGURES, 'pairs_per_second',
          *(f'valid_{name}' for name in FIGURES))


class Run:
    """Writes a run's files; does nothing if there is no folder for them.

    Of several processes only the one that `leads` writes, and all read.
    """

    def __init__(self, folder: PathLike | None, leads: bool = True):
        self.folder = None if folder is None else Path(folder).expanduser()
        self.leads = leads and folder is not None
        self._log: Any = None

    def start(self, learner: Any, examples: Examples,
              options: dict[str, Any], resume: bool) -> list[Row]:
        """Open the folder, and return the rows of the steps done so far.

        Raises FileExistsError if there is a run and `resume` is not set,
        and ValueError if that run is another one.
        """
        rows: list[Row] = []
        learner.net.vocab = examples.vocab
        if self.folder is None:
            if resume:
                raise ValueError('resume needs the folder of the run that '
                                 'is to be taken up')
            return rows
        checkpoint = self.folder / CHECKPOINT_FILE
        if resume and checkpoint.is_file():
            rows = self._resume(checkpoint, learner, options)
        if self.leads:
            check_folder(self.folder, resume)
            self.folder.mkdir(parents=True, exist_ok=True)
            self._write_log(rows)
        return rows

    def _resume(self, checkpoint: Path, learner: Any,
                options: dict[str, Any]) -> list[Row]:
        file = load_model(checkpoint)
        if not {'options', 'step'} <= set(file.extra):
            raise ModelFileError(f'{checkpoint} is a finished model and no '
                                 f'checkpoint; begin in another folder')
        config, saved = learner.net.config, file.extra['options']
        theirs = saved | file.config._asdict()
        for name, value in (options | config._asdict()).items():
            if theirs.get(name) != value:
                raise ValueError(
                    f'{checkpoint} is of another run: there {name} is '
                    f'{theirs.get(name)!r}, here {value!r}; use what it was '
                    f'started with, or another folder')
        step, log = file.extra['step'], checkpoint.with_name(LOG_FILE)
        rows = read_log(log)[:step] if log.is_file() else []
        if len(rows) < step:
            raise ValueError(f'{log} has {len(rows)} of the {step} steps that '
                             f'{checkpoint} has learnt; bring the log back, '
                             f'or begin in another folder')
        check_state(file.state, config, str(checkpoint))
        learner.restore(file.weights, file.state)
        return rows

    def _write_log(self, rows: list[Row]) -> None:
        assert self.folder is not None
        path = self.folder / LOG_FILE
        partial = path.with_suffix('.part')
        with open(partial, 'w', newline='', encoding='utf-8') as file:
            writer = csv.DictWriter(file, FIELDS)
            writer.writeheader()
            writer.writerows(rows)
        os.replace(partial, path)
        self._log = open(path, 'a', newline='',  # noqa: SIM115
                         encoding='utf-8')

    def __enter__(self) -> 'Run':
        return self

    def __exit__(self, *error: Any) -> None:
        if self._log is not None:
            self._log.close()

    def log(self, row: Row) -> None:
        """Write a row, and see to it that it survives this process."""
        if self.leads:
            csv.DictWriter(self._log, FIELDS).writerow(row)
            self._log.flush()

    def save(self, learner: Any, options: dict[str, Any], step: int
             ) -> None:
        """Write a checkpoint in place of the one before."""
        if self.leads:
            assert self.folder is not None
            save_model(self.folder / CHECKPOINT_FILE, learner.weights(),
                       learner.net.config, learner.net.vocab,
                       {'step': step, 'options': options}, learner.state())

    def finish(self, learner: Any) -> None:
        """Write the finished model."""
        if self.leads:
            assert self.folder is not None
            save_model(self.folder / MODEL_FILE, learner.weights(),
                       learner.net.config, learner.net.vocab)


def check_folder(folder: PathLike, resume: bool = False) -> None:
    """Raise FileExistsError for a run that should not be overwritten.

    >>> check_folder('no/such/folder')
    """
    here = Path(folder).expanduser()
    there = [name for name in (CHECKPOINT_FILE, LOG_FILE, MODEL_FILE)
             if (here / name).exists()]
    if resume and MODEL_FILE in there and CHECKPOINT_FILE not in there:
        raise FileExistsError(f'{here} has a finished model, but no '
                              f'{CHECKPOINT_FILE} to go on from; choose '
                              f'another folder')
    if there and not resume:
        raise FileExistsError(f'{here} has a run already ({there[0]}); take '
                              f'it up with resume, or choose another folder')


def digest(examples: Examples) -> str:
    """Return a fingerprint of the examples, to know them again by."""
    sha = hashlib.sha256()
    for column in examples.columns:
        sha.update(column.astype('float64').tobytes())
    return sha.hexdigest()[:16]


def read_log(path: PathLike) -> list[Row]:
    """Read the rows of a log, with numbers as numbers.

    What is left of a line that was being written when its process died is
    left out. Raises FileNotFoundError if there is no log.
    """
    with open(path, newline='', encoding='utf-8') as file:
        lines = [line for line in file if line.endswith('\n')]
    return [{name: int(text) if name in ('step', 'epoch') else float(text)
             for name, text in row.items() if text}
            for row in csv.DictReader(lines)]
