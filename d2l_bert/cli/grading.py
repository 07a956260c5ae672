"""Runs the notebook of an exercise and counts its points.

The student's code runs in its own process, each cell for a limited time, but
with all your rights: grade the work of others where it can do no harm.
nbgrader's metadata in the notebook say which cells are checks and how many
points they give. Needs nbclient and ipykernel, which come with Jupyter.
"""

import builtins
import hashlib
import logging
import re
import warnings
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from d2l_bert.core.files import PathLike

Notebook = Any  # a NotebookNode: a dict whose keys are attributes, too
Cell = Any
TIME_LIMIT = 60  # seconds that a cell may take, if nobody says otherwise
HIDDEN_TESTS = 'BEGIN HIDDEN TESTS'
FRESH_COPY = 'take a fresh copy of the notebook'

# The points of a part, as its heading gives them.
_PART = re.compile(r'^## Part .*\((\d+) points?\)$', re.MULTILINE)
# Colours, and a line of a traceback that belongs to a cell.
_COLOUR = re.compile(r'\x1b\[[\d;]*m')
_FRAME = re.compile(r'^ *Cell In\[(\d+)\], line (\d+)(?:, in ([\w.<>]+))?',
                    re.MULTILINE)
# What nbclient says about a stopped cell is said by us, in one line.
_quiet = logging.getLogger(__name__)
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False


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
    or deleted gives no points. A check that was pasted again counts once.
    No cell may take longer than `time_limit` seconds.

    Raises FileNotFoundError if there is no such file, and ValueError if
    it is not a notebook, or not one of an exercise, or if `source` is the
    students' version.
    """
    notebook = read_exercise(path)
    exercise = _exercise(notebook, Path(path))
    notebook = without_copies(notebook)
    if source is not None:
        teachers = _read_source(_find_source(source, exercise))
        notebook = with_protected_cells(notebook, teachers)
    failures = run(notebook, Path(path).parent, time_limit)
    handed_out = _is_handed_out(notebook)
    checks, errors, hidden_tests = [], [], False
    for number, (cell, failure) in enumerate(zip(notebook.cells, failures)):
        if _is_check(cell):
            checks.append(_judge(cell, failure, handed_out))
            hidden_tests |= HIDDEN_TESTS in cell.source
        elif failure:
            label = _label(cell, number)
            errors.append(
                f'{label}: {failure.removeprefix(f"in {label}, ")}')
    checks += _missing_checks(notebook, checks)
    return Grade(exercise, checks, errors,
                 sum(check.max_points for check in checks), hidden_tests)


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
        raise FileNotFoundError(f'there is no notebook {path}; name a file '
                                f'that ends in .ipynb')
    try:
        notebook = _parse(path.read_text(encoding='utf-8-sig'))
    except Exception as error:  # each kind of damage has one of its own
        raise ValueError(f'{path} is not a notebook: {_one_line(error)}'
                         ) from error
    if not any(map(_is_check, notebook.cells)):
        raise ValueError(f'{path} is a notebook, but not an exercise: it '
                         f'has no check that gives points')
    return notebook


def _parse(text: str) -> Notebook:
    """Return a notebook in nbformat's newest version, without outputs.

    Editors mix the versions: Colab's notebooks, and those that were edited
    by hand, have cell ids that their version does not know, lack ids, or
    have one twice. None of this matters for grading.
    """
    notebook = nbformat.reader.reads(text)
    if notebook.nbformat < 4:
        notebook = nbformat.convert(notebook, 4)
    for cell in notebook.cells:
        cell.setdefault('metadata', nbformat.NotebookNode())
        if cell.cell_type == 'code':  # its outputs are made again
            cell.update(outputs=[], execution_count=None)
    notebook = nbformat.v4.upgrade(notebook)
    with warnings.catch_warnings():  # about the ids that are put right
        warnings.simplefilter('ignore')
        _, notebook = nbformat.validator.normalize(
            notebook, relax_add_props=True, strip_invalid_metadata=True)
    nbformat.validate(notebook, relax_add_props=True)
    return notebook


def without_copies(notebook: Notebook) -> Notebook:
    """Return a notebook in which each name of nbgrader's occurs once.

    Of a cell that was pasted again, the last one counts that is as it was
    handed out, or else the last. The others become ordinary cells.

    >>> marks = {'grade_id': 'draw-check', 'grade': True, 'points': 3}
    >>> cell = nbformat.v4.new_code_cell(metadata={'nbgrader': marks})
    >>> notebook = nbformat.v4.new_notebook(cells=[cell, deepcopy(cell)])
    >>> [_name(cell) for cell in without_copies(notebook).cells]
    ['', 'draw-check']
    """
    notebook = deepcopy(notebook)
    counts: dict[str, Cell] = {}
    for cell in notebook.cells:
        before = counts.get(_name(cell))
        if before is None or _is_intact(cell) or not _is_intact(before):
            counts[_name(cell)] = cell
    for cell in notebook.cells:
        if _name(cell) and cell is not counts[_name(cell)]:
            del cell.metadata['nbgrader']
    return notebook


def with_protected_cells(notebook: Notebook, source: Notebook) -> Notebook:
    """Return a notebook with the protected cells of its source.

    Everything else stays the student's. Of the protected cells that are
    missing, checks come back at the end, others at the start.
    """
    protected = {_name(cell): cell for cell in source.cells
                 if _nbgrader(cell).get('locked')}
    notebook = deepcopy(notebook)
    missing, cells = dict(protected), []
    for cell in notebook.cells:
        if _name(cell) not in protected:
            if _is_check(cell):  # one that nobody has handed out
                del cell.metadata['nbgrader']
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
    stopped: list[int] = []  # the numbers of cells that took too long

    def note(cell: Cell, cell_index: int, execute_reply: Any) -> None:
        if execute_reply['content'].get('ename') == 'CellTimeout':
            stopped.append(cell_index)

    client = NotebookClient(
        notebook, timeout=time_limit, allow_errors=True, log=_quiet,
        interrupt_on_timeout=True, error_on_timeout={'ename': 'CellTimeout'},
        on_cell_executed=note,
        kernel_name='python3', resources={'metadata': {'path': str(folder)}},
        extra_arguments=['--log-level=ERROR'])
    failures = []
    try:
        with client.setup_kernel():
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index)
                failures.append(next(_complaints(
                    notebook, cell, index in stopped, time_limit), ''))
    except DeadKernelError:
        failures.append('the cell stopped Python')
    except NoSuchKernel as error:
        raise ValueError('no Jupyter kernel is installed; pip install '
                         '"d2l_bert[notebooks]" brings one') from error
    not_run = len(notebook.cells) - len(failures)
    return failures + ['an earlier cell stopped Python'] * not_run


def _complaints(notebook: Notebook, cell: Cell, stopped: bool,
                time_limit: int) -> Iterator[str]:
    """Yield what nbgrader, too, would take for a failure."""
    errors = [output for output in cell.get('outputs', ())
              if output.output_type == 'error']
    if stopped:
        place = _place_of_stop(notebook, errors[-1]) if errors else ''
        yield (f'{place}it took longer than {time_limit} '
               f'second{"s" * (time_limit > 1)} and was stopped')
    for output in errors:
        yield explain(notebook, output)
    for output in cell.get('outputs', ()):
        if _is_check(cell) and output.get('name') == 'stderr':
            yield f'it wrote to stderr: {_in_a_line(output.text)[:200]}'


def _place_of_stop(notebook: Notebook, error: Any) -> str:
    """Return the line that was stopped, which our checks say themselves."""
    said = re.match(r'in [\w.]+, line \d+: ', error.evalue)
    return said[0] if said else _place(_frames(notebook, error), error)


def explain(notebook: Notebook, error: Any) -> str:
    """Return an error of a cell in one line, with the line of its code.

    `error` is an output of the notebook, which was executed. Our checks
    speak for themselves, other errors need a name and a place.

    >>> error = nbformat.v4.new_output(
    ...     'error', ename='IndexError', evalue='list index out of range',
    ...     traceback=['Cell In[7], line 2, in draw(words)'])
    >>> cell = nbformat.v4.new_code_cell(execution_count=7)
    >>> explain(nbformat.v4.new_notebook(cells=[cell]), error)
    'in draw, line 2: IndexError: list index out of range'
    """
    frames = _frames(notebook, error)
    place, text = _place(frames, error), _in_a_line(error.evalue)
    if error.ename == 'AssertionError' and text and not place:
        return text
    if error.ename == 'StdinNotImplementedError':
        return f'{place}nobody can answer input(); leave it out'
    unknown = re.match(r"name '(\w+)' is not defined", text)
    if unknown and frames and frames[-1][0]:  # in a check
        return (f'there is no {unknown[1]}; write it, and keep the name that '
                f'the notebook gives')
    if issubclass(_builtin(error.ename), SyntaxError):
        text = re.sub(r' \([^()]*, line \d+\)$', '', text)
    return f'{place}{error.ename}: {text}'.removesuffix(': ')


def _frames(notebook: Notebook, error: Any) -> list[tuple[bool, str]]:
    """Return the lines of an error, the innermost last.

    Each is 'in draw, line 5: ', and whether students may not change it.
    """
    places = []
    traceback = _COLOUR.sub('', '\n'.join(error.traceback))
    for count, line, function in _FRAME.findall(traceback):
        for number, cell in enumerate(notebook.cells):
            if cell.get('execution_count') == int(count):
                name = (function if function and '<' not in function
                        else _label(cell, number))
                places.append((_is_protected(cell),
                               f'in {name}, line {line}: '))
    return places


def _place(places: list[tuple[bool, str]], error: Any) -> str:
    """Return the line of an error, of those of `_frames`.

    It is the innermost line that a student has written. A check that
    fails by an assertion of its own has no place: its message says all.
    """
    students = [place for protected, place in places if not protected]
    if students:
        return students[-1]
    if error.ename == 'AssertionError' or not places:
        return ''
    return places[-1][1]


def _builtin(name: str) -> type:
    """Return the exception of a name, or Exception if it is not Python's."""
    found = getattr(builtins, name, None)
    return found if isinstance(found, type) else Exception


def _judge(cell: Cell, failure: str, handed_out: bool) -> Check:
    marks = _nbgrader(cell)
    if not _is_intact(cell) or (handed_out and 'checksum' not in marks):
        failure = ('this check is not the one that was handed out; '
                   f'{FRESH_COPY}')
    points = float(marks.points)
    return Check(_name(cell), 0 if failure else points, points, failure)


def _missing_checks(notebook: Notebook, found: list[Check]) -> list[Check]:
    """Return what stands for the checks that somebody has deleted.

    A notebook says how many points it has. The check of an answer has its
    name: 'draw-check' checks 'draw'.
    """
    metadata = notebook.metadata.get('d2l_bert', {})
    points = metadata.get('points') or sum(
        int(points) for cell in notebook.cells
        if cell.cell_type == 'markdown'
        for points in _PART.findall(cell.source))
    missing = points - sum(check.max_points for check in found)
    if missing <= 0:
        return []
    names = {f'{_name(cell)}-check': None for cell in notebook.cells
             if _nbgrader(cell).get('solution')}
    for check in found:
        names.pop(check.name, None)
    what = 'this check is' if len(names) == 1 else 'checks are'
    return [Check(', '.join(names) or 'others', 0, float(missing),
                  f'{what} missing; {FRESH_COPY}')]


def _is_handed_out(notebook: Notebook) -> bool:
    """Return whether nbgrader has made its checks for students."""
    return any('checksum' in _nbgrader(cell) for cell in notebook.cells
               if _is_check(cell))


def _is_intact(cell: Cell) -> bool:
    """Return whether a check is as it was handed out."""
    checksum = _nbgrader(cell).get('checksum')
    return (checksum is None or not _is_check(cell)
            or checksum == _checksum(cell))


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
        raise ValueError(
            f'{path} holds {len(found) or "no"} {exercise}.ipynb; name the '
            f'one with the hidden tests as source=..., such as in source/ of '
            f'the course that exercises/build.py --course makes')
    return found[0]


def _read_source(path: Path) -> Notebook:
    notebook = read_exercise(path)
    if _is_handed_out(notebook) and not any(
            HIDDEN_TESTS in cell.source for cell in notebook.cells):
        raise ValueError(
            f"{path} is the students' version, without hidden tests; name "
            f"the teacher's: it is in source/ of the course that "
            f"exercises/build.py --course makes")
    return notebook


def _nbgrader(cell: Cell) -> Any:
    return cell.metadata.get('nbgrader', {})


def _name(cell: Cell) -> str:
    return _nbgrader(cell).get('grade_id', '')


def _label(cell: Cell, number: int) -> str:
    return _name(cell) or f'cell {number + 1}'


def _is_protected(cell: Cell) -> bool:
    return bool(_nbgrader(cell).get('locked'))


def _is_check(cell: Cell) -> bool:
    marks = _nbgrader(cell)
    return (cell.cell_type == 'code' and bool(marks.get('grade'))
            and not marks.get('solution') and 'points' in marks)


def _in_a_line(text: str) -> str:
    return ' '.join(text.split())


def _one_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
