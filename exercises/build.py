"""Makes the exercises' notebooks from their sources.

    python exercises/build.py                    the students', in release/
    python exercises/build.py --backend torch --course FOLDER
                                                 a teacher's nbgrader course

An exercise is a Python file in jupytext's percent format. The first line of
a cell says what the cell is to nbgrader:

    # %% answer="join"               students fill it in
    # %% check="join-check" points=3 gives points, and is protected
    # %% given="imports"             is protected, and gives no points

Cells tagged `torch` or `mxnet` belong to one backend, as in
notebooks/build.py. Nobody edits an .ipynb by hand. The students' versions
are made by nbgrader.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))  # where the folder notebooks/ is

from notebooks.build import BACKENDS, cells_for  # noqa: E402

# The sessions, and the exercise that each of them starts with.
SESSIONS = {'session-1': '01', 'session-2': '07', 'session-3': '13',
            'session-4': '17'}

# What a course brings besides notebooks; BACKEND stands for its framework.
CLASSROOM = ('nbgrader_config.py', 'tables.py')


def sources() -> list[Path]:
    """Return the sources of the exercises, in the order of the chapter."""
    return sorted((HERE / 'source').glob('*.py'))


def session(source: Path) -> str:
    """Return the session of an exercise, an assignment for nbgrader."""
    return [name for name, first in SESSIONS.items()
            if source.stem >= first][-1]


def nbgrader_metadata(written: dict) -> dict:
    """Return the metadata of a cell for nbgrader, schema version 3.

    >>> nbgrader_metadata({'check': 'join-check', 'points': 3})['nbgrader']
    {'schema_version': 3, 'grade_id': 'join-check', 'grade': True, \
'solution': False, 'locked': True, 'task': False, 'points': 3}
    """
    for kind in ('answer', 'check', 'given'):
        if kind in written:
            points = {'points': written['points']} if kind == 'check' else {}
            return {'nbgrader': {
                'schema_version': 3, 'grade_id': written[kind],
                'grade': kind == 'check', 'solution': kind == 'answer',
                'locked': kind != 'answer', 'task': False, **points}}
    return {}


def teachers_notebook(source: Path, backend: str) -> nbformat.NotebookNode:
    """Return an exercise with its solutions and hidden tests."""
    notebook = cells_for(source, backend, nbgrader_metadata)
    points = sum(cell.metadata.get('nbgrader', {}).get('points', 0)
                 for cell in notebook.cells)
    notebook.metadata.d2l_bert = {'exercise': source.stem, 'points': points}
    return notebook


def versions(source: Path) -> tuple[str, ...]:
    """Return the backends that have a notebook of their own.

    It is ('',) for an exercise that is the same in both.
    """
    torch, mxnet = (teachers_notebook(source, name) for name in BACKENDS)
    return ('',) if torch == mxnet else BACKENDS


def released(source: Path, version: str) -> Path:
    """Return the path of the students' notebook of a version."""
    return (HERE / 'release' / session(source) / version
            / f'{source.stem}.ipynb')


def nbgrader(course: Path, *argv: str) -> None:
    """Run an nbgrader command in a course.

    nbgrader starts alembic by its name, so the folder of both must be in
    the PATH, also when the environment is not active.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent),
                            os.environ.get('PATH', '')])
    done = subprocess.run([sys.executable, '-m', 'nbgrader', *argv],
                          cwd=course, env={**os.environ, 'PATH': path},
                          capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f'nbgrader {" ".join(argv)} failed:\n'
                           f'{done.stderr[-4000:]}')


def write_course(backend: str, course: Path) -> None:
    """Write the teacher's files of a course: source/, config, tables.py."""
    for source in sources():
        path = course / 'source' / session(source) / f'{source.stem}.ipynb'
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(teachers_notebook(source, backend), path)
    for name in CLASSROOM:
        text = (HERE / 'classroom' / name).read_text(encoding='utf-8')
        (course / name).write_text(text.replace('BACKEND', backend),
                                   encoding='utf-8')


def release_course(course: Path) -> None:
    """Make the students' versions of all assignments: release/."""
    nbgrader(course, 'generate_assignment', 'session-*', '--force')


def write_release() -> None:
    """Make the students' notebooks of both backends again."""
    with TemporaryDirectory() as folder:
        for backend in BACKENDS:
            write_course(backend, Path(folder, backend))
            release_course(Path(folder, backend))
        shutil.rmtree(HERE / 'release', ignore_errors=True)
        for source in sources():
            for version in versions(source):
                path = released(source, version)
                path.parent.mkdir(parents=True, exist_ok=True)
                course = Path(folder, version or BACKENDS[0])
                shutil.copy(course / 'release' / session(source) / path.name,
                            path)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(
        "Make the students' notebooks, exercises/release, from "
        'exercises/source; or a course for nbgrader.'))
    parser.add_argument('--course', metavar='FOLDER', type=Path,
                        help='make a course in this new folder')
    parser.add_argument('--backend', choices=BACKENDS,
                        help='the framework of the course')
    args = parser.parse_args(argv)
    if (args.course is None) != (args.backend is None):
        parser.error('--course and --backend need each other')
    if args.course is None:
        write_release()
        print(HERE / 'release')
        return
    course = args.course.expanduser()
    if course.exists():  # it may hold the work of a class
        parser.error(f'{course} already exists; name a new folder')
    write_course(args.backend, course)
    if find_spec('nbgrader'):
        release_course(course)
    else:
        print('nbgrader is not installed, so the course has no release/; '
              'take the notebooks in exercises/release')
    print(course)


if __name__ == '__main__':
    main()
