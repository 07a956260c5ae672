"""The folder of a training run: its log, checkpoint and finished model.

    log.csv                 a line for each step
    checkpoint.safetensors  model, optimiser and step, to continue from
    model.safetensors       the finished model
    loss.png                the curves, if matplotlib is installed
"""

import csv
import hashlib
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..examples.container import Examples
from ..files import PathLike, replacing
from ..models.files import MODEL_FILE, ModelFile, load_model, save_model
from ..models.weights import ModelFileError, check_state
from ..text.tables import read_table

CHECKPOINT_FILE = 'checkpoint.safetensors'
LOG_FILE = 'log.csv'
PLOT_FILE = 'loss.png'
# What a checkpoint has the fingerprint of.
DIGESTS = {'examples': 'examples', 'valid': 'validation examples'}
Row = dict[str, Any]
OLD_NAMES = {'pairs_per_second': 'examples_per_second'}  # of version 0.1
Options = dict[str, Any]


def log_fields(names: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of a log, for losses of these names.

    >>> log_fields(['mlm'])[3:]
    ('mlm_loss', 'mlm_accuracy', 'examples_per_second', \
'valid_mlm_loss', 'valid_mlm_accuracy')
    """
    figures = [f'{name}_{kind}' for kind in ('loss', 'accuracy')
               for name in names]
    return ('step', 'epoch', 'learning_rate', *figures,
            'examples_per_second', *(f'valid_{name}' for name in figures))


class RunFolder:
    """Writes a run's files; does nothing if there is no folder for them.

    Of several processes only the one that `leads` writes, and all read.
    """

    def __init__(self, folder: PathLike | None, names: Sequence[str],
                 leads: bool = True):
        self.folder = None if folder is None else Path(folder).expanduser()
        self.leads = leads and folder is not None
        self.fields = log_fields(names)
        self._options: Options = {}
        self._log: Any = None

    def start(self, learner: Any, examples: Examples[Any],
              options: Callable[[], Options], resume: bool) -> list[Row]:
        """Open the folder, and return the rows of the steps done so far.

        Raises FileExistsError if there is a run and `resume` is not set,
        FileNotFoundError if it is set and there is none, and ValueError if
        that run is a different one.
        """
        if self.folder is None:
            if resume:
                raise ValueError('resume needs the folder of the run that '
                                 'is to be continued')
            adopt(learner.net, examples)
            return []
        if self.leads or resume:
            check_folder(self.folder, resume)
        self._options = options()
        rows = self._resume(learner) if resume else []
        adopt(learner.net, examples)
        if self.leads:
            self._write_log(rows)
        return rows

    def _resume(self, learner: Any) -> list[Row]:
        assert self.folder is not None
        checkpoint = self.folder / CHECKPOINT_FILE
        file = load_model(checkpoint)
        if not {'options', 'step'} <= set(file.extra):
            raise ModelFileError(f'{checkpoint} is a finished model and no '
                                 f'checkpoint; start in another folder')
        config = learner.net.config
        self._check_same(file, {'kind': config.kind} | self._options
                         | asdict(config))
        step, log = file.extra['step'], checkpoint.with_name(LOG_FILE)
        rows = read_log(log)[:step] if log.is_file() else []
        if len(rows) < step:
            raise ValueError(f'{log} has {len(rows)} of the {step} steps of '
                             f'{checkpoint}; restore the log, or start in '
                             f'another folder')
        check_state(file.state, config, str(checkpoint))
        learner.restore(file.weights, file.state)
        if step == self._options['steps']:
            warnings.warn(_finished(self.folder, step), stacklevel=4)
        return rows

    def _check_same(self, file: ModelFile, ours: Options) -> None:
        """Raise ValueError if a checkpoint is of another run."""
        assert self.folder is not None
        theirs = ({'kind': file.kind} | file.extra['options']
                  | asdict(file.config))
        steps = theirs.get('steps')
        if file.extra['step'] == steps != ours['steps']:
            raise ValueError(_finished(self.folder, steps))
        # What the model is says more than a fingerprint of the examples.
        for name in sorted(ours, key=lambda name: name in self._options):
            if theirs.get(name) != ours[name]:
                what = (f'there {name} is {theirs.get(name)!r}, here '
                        f'{ours[name]!r}')
                if name in DIGESTS:
                    what = (f'its {DIGESTS[name]} differ, by their text or '
                            f'by how they were made')
                raise ValueError(
                    f'{self.folder / CHECKPOINT_FILE} is of a different run: '
                    f'{what}; use what it was started with, or another '
                    f'folder; from a finished model a new run can go on '
                    f'(--init, or load_bert)')

    def _write_log(self, rows: list[Row]) -> None:
        assert self.folder is not None
        path = self.folder / LOG_FILE
        with replacing(path) as partial:
            save_log(rows, partial, self.fields)
        self._log = open(path, 'a', newline='',  # noqa: SIM115
                         encoding='utf-8')

    def __enter__(self) -> 'RunFolder':
        return self

    def __exit__(self, *error: Any) -> None:
        if self._log is not None:
            self._log.close()

    def log(self, row: Row) -> None:
        """Write a row at once, so that it survives this process."""
        if self.leads:
            csv.DictWriter(self._log, self.fields).writerow(row)
            self._log.flush()

    def save(self, learner: Any, step: int) -> None:
        """Write a checkpoint over the one before."""
        if self.leads:
            assert self.folder is not None
            file = model_file(learner.net, learner.weights())
            save_model(self.folder / CHECKPOINT_FILE, file._replace(
                extra={'step': step, 'options': self._options},
                state=learner.state()))

    def finish(self, learner: Any) -> None:
        """Write the finished model."""
        if self.leads:
            assert self.folder is not None
            save_model(self.folder / MODEL_FILE,
                       model_file(learner.net, learner.weights()))


def _finished(folder: Path, steps: int) -> str:
    return (f'the run in {folder} is finished: all its {steps} steps are '
            f'done, and its learning rate has come to its end; to train '
            f'longer, start a new run from its model in another folder '
            f'(--init {folder}, or load_bert)')


def adopt(net: Any, examples: Any) -> None:
    """Let a model read texts as its examples were made."""
    net.vocab = examples.vocab
    net.tokenizer, net.layout = examples.tokenizer, examples.layout


def model_file(net: Any, weights: dict[str, Any]) -> ModelFile:
    """Return a model of either backend as a file has it."""
    return ModelFile(weights, net.config, net.vocab, net.tokenizer,
                     net.layout)


def check_folder(folder: PathLike, resume: bool = False) -> None:
    """Raise unless a run can start, or with `resume` continue, here.

    >>> check_folder('no/such/folder')

    Raises FileExistsError for a run that would be overwritten,
    NotADirectoryError for a file, and FileNotFoundError if there is nothing
    to resume.
    """
    here = Path(folder).expanduser()
    if here.exists() and not here.is_dir():
        raise NotADirectoryError(f'{here} is a file; name a folder for the '
                                 f'run, which is made if it is not there')
    there = [name for name in (CHECKPOINT_FILE, LOG_FILE, MODEL_FILE)
             if (here / name).exists()]
    if resume and MODEL_FILE in there and CHECKPOINT_FILE not in there:
        raise FileExistsError(f'{here} has a finished model, but no '
                              f'{CHECKPOINT_FILE} to continue from; '
                              f'choose another folder')
    if there and not resume:
        raise FileExistsError(f'{here} has a run already ({there[0]}); '
                              f'continue it with resume, or choose another '
                              f'folder')
    if resume and CHECKPOINT_FILE not in there:
        advice = ('check the name of the folder, or start a new run without '
                  'resume' if not there else
                  f'the run stopped before its first checkpoint: delete '
                  f'{LOG_FILE} and start again without resume')
        raise FileNotFoundError(f'{here} has no {CHECKPOINT_FILE} to continue '
                                f'from; {advice}')


def digest(examples: Examples[Any]) -> str:
    """Return a fingerprint of the examples, to recognize them by."""
    sha = hashlib.sha256()
    for column in examples.columns:
        sha.update(column.astype('float64').tobytes())
    return sha.hexdigest()[:16]


def read_log(path: PathLike) -> list[Row]:
    """Read the rows of a log, with numbers as numbers.

    A last line that is not complete, because its process was killed, is
    left out. A spreadsheet may have saved the log: with a byte order mark,
    semicolons and decimal commas.

    Raises FileNotFoundError if there is no log, and ValueError if it is
    damaged: each step must be there once, in order.
    """
    table = read_table(path, 'step', complete=True)
    rows = [{OLD_NAMES.get(name, name): _number(path, row.line, name, text)
             for name, text in row.cells.items() if text.strip()}
            for row in table]
    if wrong := _disorder(rows, [row.line for row in table]):
        raise ValueError(f'{path} is damaged: {wrong}; a log has every step '
                         f'once, in order from 1, so restore it')
    return rows


def _number(path: PathLike, line: int, name: str, text: str) -> float:
    try:
        number = float(text.replace(',', '.'))
        if name not in ('step', 'epoch'):
            return number
        if number.is_integer():
            return int(number)
    except ValueError:
        pass
    raise ValueError(f'{path} is damaged: in line {line}, {name} is {text!r} '
                     f'and not a number; restore the log')


def _disorder(rows: list[Row], lines: list[int]) -> str | None:
    """Say which step is not where it belongs, if there is one."""
    steps = [row.get('step') for row in rows]
    for due, (row, step, line) in enumerate(zip(rows, steps, lines), 1):
        if step != due:
            if step in steps[:due - 1]:
                return f'line {line} has step {step} a second time'
            if due in steps:
                return (f'step {due} is in line {lines[steps.index(due)]}, '
                        f'after step {step}')
            return f'step {due} is missing before line {line}'
        if lacking := rows[0].keys() - row:
            return f'line {line} has no {min(lacking)}'
    return None


def save_log(rows: Sequence[Row], path: PathLike, fields: Sequence[str]
             ) -> None:
    """Write the rows of a log."""
    with open(path, 'w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, fields)
        writer.writeheader()
        writer.writerows(rows)
