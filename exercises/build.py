"""Makes both backends' nbgrader courses: python exercises/build.py

An exercise is a Python file in jupytext's percent format. A cell of it
that nbgrader must know says so in its first line:

    # %% answer="join"               what students fill in
    # %% check="join-check" points=3 what gives points, and is protected
    # %% given="imports"             what is protected, and gives none

Tags send a cell to one backend only, as in notebooks/build.py. From the
sources come source/, the teachers' version, and nbgrader_config.py; from
these nbgrader makes release/, the students'. Nobody edits an .ipynb by
hand. It needs nbgrader, which needs Python 3.11 and an environment that is
active: it starts another program, alembic, by its name.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))  # where the folder notebooks/ is

from notebooks.build import BACKENDS, cells_for  # noqa: E402

# The second session starts with this exercise.
SECOND_SESSION = '07'
SESSIONS = ('session-1', 'session-2')

CONFIG = """\
# For nbgrader, in whose words this folder is a course. Made by build.py.
c = get_config()  # noqa: F821, nbgrader provides it

c.CourseDirectory.course_id = 'd2l-bert-{backend}'
c.ClearSolutions.code_stub = {{
    'python': '# Your code here.\\n'
              "raise NotImplementedError('there is no answer here yet')"}}
c.Execute.timeout = 120  # seconds that a cell may take
"""


def sources() -> list[Path]:
    """Return the exercises, in the order of the chapter."""
    return sorted((HERE / 'source').glob('*.py'))


def session(source: Path) -> str:
    """Return the assignment that an exercise belongs to."""
    return SESSIONS[source.stem >= SECOND_SESSION]


def nbgrader_metadata(written: dict) -> dict:
    """Return a cell's metadata in nbgrader's words, version 3.

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


def write_course(backend: str, course: Path) -> None:
    """Write what nbgrader needs for a course: source/ and its config."""
    for source in sources():
        path = course / 'source' / session(source) / f'{source.stem}.ipynb'
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(teachers_notebook(source, backend), path)
    (course / 'nbgrader_config.py').write_text(CONFIG.format(backend=backend))


def release(course: Path) -> None:
    """Let nbgrader make the students' version of every assignment."""
    for name in SESSIONS:
        subprocess.run([sys.executable, '-m', 'nbgrader',
                        'generate_assignment', name, '--force'],
                       cwd=course, check=True, capture_output=True)


def main() -> None:
    for backend in BACKENDS:
        with TemporaryDirectory() as folder:  # nbgrader leaves a database
            course = Path(folder, 'course')
            write_course(backend, course)
            release(course)
            for part in ('source', 'release', 'nbgrader_config.py'):
                replace(course / part, HERE / backend / part)
        print(HERE / backend)


def replace(new: Path, old: Path) -> None:
    """Put a new file or folder in the place of an old one."""
    old.parent.mkdir(exist_ok=True)
    if old.is_dir():
        shutil.rmtree(old)
    shutil.move(new, old)


if __name__ == '__main__':
    main()
