"""The exercises' notebooks for tests: the teacher's and the students'."""

import functools
from copy import deepcopy
from pathlib import Path

from conftest import import_or_skip, notebook_builder

jupytext, nbformat = (import_or_skip(name, name)
                      for name in ('jupytext', 'nbformat'))
EXERCISES = Path(__file__).parent.parent / 'exercises'

build = notebook_builder(EXERCISES / 'build.py')

SOURCES = {source.stem: source for source in build.sources()}
# All notebooks: the exercise, and its backend or '' if it is for both.
VERSIONS = [(exercise, version) for exercise, source in SOURCES.items()
            for version in build.versions(source)]


@functools.cache
def _teachers(exercise, version):
    return build.teachers_notebook(SOURCES[exercise], version)


def teachers(exercise, version=''):
    """Make the notebook with solutions and hidden tests."""
    return deepcopy(_teachers(exercise, version))


def students(exercise, version=''):
    """Read the notebook that is committed for students."""
    return nbformat.read(build.released(SOURCES[exercise], version),
                         as_version=4)


def marks(cell):
    """What a cell is to nbgrader."""
    return cell.metadata.get('nbgrader', {})


def answers(notebook):
    """The code of the cells that students fill in, by their names."""
    return {marks(cell).grade_id: cell.source for cell in notebook.cells
            if marks(cell).get('solution')}
