"""Runs the notebook of an exercise and counts its points.

The student's code runs in its own process, each cell for a limited time, but
with all your rights: grade the work of others where it can do no harm.
nbgrader's metadata in the notebook say which cells are checks and how many
points they give. Needs nbclient and ipykernel, which come with Jupyter.
"""

import hashlib
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbclient.util import run_sync

from d2l_bert.core.files import PathLike

Notebook = Any  # a NotebookNode: a dict whose keys are attributes, too
Cell = Any
TIME_LIMIT = 60  # seconds that a cell may take, if nobody says otherwise


class Check(NamedTuple):
    """What one check of an exercise says."""

    name: str
    points: float
    max_points: float
    message: str  # why there are no points, or ''


class Grade(NamedTuple):
    """What a notebook is worth."""

    exercise: str
    checks: list[Check]
    errors: list[str]  # in cells that are no checks
    max_points: float
    hidden_tests: bool  # whether some were there to be run

    @property
    def points(self) -> float:
        """The points of all checks together."""
        return sum(check.points for check in self.checks)


def grade(path: PathLike, source: PathLike | None = None,
          time_limit: int = TIME_LIMIT) -> Grade:
    """Run a notebook and return its points, check by check.

    `source` is the teacher's version of the notebook, or a folder that
    holds it. Its protected cells, with the hidden tests, then take the
    place of those in the notebook, so that it does not matter whether
    somebody has edited or deleted one. Without it a check that was edited
    gives no points. No cell may take longer than `time_limit` seconds.

    Raises FileNotFoundError if there is no such file, and ValueError if
    it is not a notebook, or not one of an exercise.
    """
    notebook = read_exercise(path)
    exercise = _exercise(notebook, Path(path))
    if source is not None:
        teachers = read_exercise(_find_source(source, exercise))
        notebook = with_protected_cells(notebook, teachers)
    failures = run(notebook, Path(path).parent, time_limit)
    checks, errors, hidden_tests = [], [], False
    for number, (cell, failure) in enumerate(zip(notebook.cells, failures)):
        if _is_check(cell):
            checks.append(_judge(cell, failure))
            hidden_tests |= 'BEGIN HIDDEN TESTS' in cell.source
        elif failure:
            errors.append(f'{_name(cell) or f"cell {number + 1}"}: {failure}')
    there = sum(check.max_points for check in checks)
    max_points = notebook.metadata.get('d2l_bert', {}).get('points', there)
    return Grade(exercise, checks, errors, max(there, max_points),
                 hidden_tests)


def read_exercise(path: PathLike) -> Notebook:
    """Read a notebook that has checks with points.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     path = Path(home, 'tides.ipynb')
    ...     nbformat.write(nbformat.v4.new_notebook(), path)
    ...     read_exercise(path)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: ...tides.ipynb is a notebook, but not an exercise: it \
has no check that gives points

    Raises FileNotFoundError if there is no such file, and ValueError if
    it is not a notebook, or has no check.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'there is no notebook {path}')
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # each kind of damage has one of its own
        raise ValueError(f'{path} is not a notebook: {_one_line(error)}'
                         ) from error
    if not any(map(_is_check, notebook.cells)):
        raise ValueError(f'{path} is a notebook, but not an exercise: it '
                         f'has no check that gives points')
    return notebook


def with_protected_cells(notebook: Notebook, source: Notebook) -> Notebook:
    """Return a notebook with the protected cells of its source.

    Everything else stays the student's. Of the protected cells that are
    missing, checks come back at the end, others at the start.
    """
    protected = {_name(cell): cell for cell in source.cells
                 if _nbgrader(cell).get('locked')}
    missing, cells = dict(protected), []
    for cell in notebook.cells:
        if _name(cell) not in protected:
            cells.append(cell)
        elif _name(cell) in missing:  # and not there a second time
            cells.append(missing.pop(_name(cell)))
    checks = [cell for cell in missing.values() if _is_check(cell)]
    others = [cell for cell in missing.values() if not _is_check(cell)]
    whole = deepcopy(source)  # with its metadata
    whole.cells = [*others, *cells, *checks]
    return whole


def run(notebook: Notebook, folder: Path, time_limit: int) -> list[str]:
    """Execute a notebook; return for each cell what went wrong, or ''."""
    client = NotebookClient(
        notebook, timeout=time_limit, allow_errors=True,
        kernel_name='python3', resources={'metadata': {'path': str(folder)}},
        extra_arguments=['--log-level=ERROR'])
    failures = []
    try:
        with client.setup_kernel():
            for index, cell in enumerate(notebook.cells):
                failures.append(_execute(client, cell, index, time_limit))
    except DeadKernelError:
        failures.append('the cell stopped Python')
    except NoSuchKernel as error:
        raise ValueError('no Jupyter kernel is installed; pip install '
                         '"d2l_bert[notebooks]" brings one') from error
    not_run = len(notebook.cells) - len(failures)
    return failures + ['an earlier cell stopped Python'] * not_run


def _execute(client: Any, cell: Cell, index: int, time_limit: int) -> str:
    try:
        client.execute_cell(cell, index)
    except CellTimeoutError:
        run_sync(client.km.interrupt_kernel)()
        return f'it took longer than {time_limit} seconds and was stopped'
    return next(_complaints(cell), '')


def _complaints(cell: Cell) -> Iterator[str]:
    """Yield what nbgrader, too, would take for a failure."""
    for output in cell.get('outputs', ()):
        if output.output_type == 'error':
            # Our checks speak for themselves, other errors need a name.
            name = ('' if output.ename == 'AssertionError' and output.evalue
                    else f'{output.ename}: ')
            yield f'{name}{output.evalue}'.removesuffix(': ')
        elif _is_check(cell) and output.get('name') == 'stderr':
            yield f'it wrote to stderr: {output.text.strip()}'


def _judge(cell: Cell, failure: str) -> Check:
    marks = _nbgrader(cell)
    checksum = marks.get('checksum')
    if checksum is not None and checksum != _checksum(cell):
        failure = ('this check is not the one that was handed out; take a '
                   'fresh copy of the notebook')
    points = float(marks.points)
    return Check(_name(cell), 0 if failure else points, points, failure)


def _checksum(cell: Cell) -> str:
    """Return what nbgrader notes about a check when it is handed out."""
    marks = _nbgrader(cell)
    # A check is graded, no solution, and locked.
    parts = (cell.source, cell.cell_type, True, False, True, marks.grade_id,
             float(marks.points))
    return hashlib.md5(''.join(map(str, parts)).encode()).hexdigest()


def _exercise(notebook: Notebook, path: Path) -> str:
    """Return the exercise's name, which does not change with the file's."""
    return notebook.metadata.get('d2l_bert', {}).get('exercise', path.stem)


def _find_source(source: PathLike, exercise: str) -> Path:
    path = Path(source)
    if not path.is_dir():
        return path
    found = [file for file in path.rglob(f'{exercise}.ipynb')
             if '.ipynb_checkpoints' not in file.parts]
    if len(found) != 1:
        raise ValueError(f'{path} holds {len(found) or "no"} {exercise}.ipynb'
                         f'; name the one that is the source')
    return found[0]


def _nbgrader(cell: Cell) -> Any:
    return cell.metadata.get('nbgrader', {})


def _name(cell: Cell) -> str:
    return _nbgrader(cell).get('grade_id', '')


def _is_check(cell: Cell) -> bool:
    marks = _nbgrader(cell)
    return (cell.cell_type == 'code' and bool(marks.get('grade'))
            and not marks.get('solution') and 'points' in marks)


def _one_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
