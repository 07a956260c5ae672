"""nbgrader itself, all the way: hand out, collect, grade, table of points."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

EXERCISES = Path(__file__).parent.parent / 'exercises'
ROOT = EXERCISES.parent

if sys.version_info < (3, 11):
    pytest.skip('nbgrader needs Python 3.11', allow_module_level=True)


def nbgrader(course, *argv):
    # It starts alembic by name, as if the environment were active.
    path = os.pathsep.join([str(Path(sys.executable).parent),
                            os.environ.get('PATH', '')])
    done = subprocess.run(
        [sys.executable, '-m', 'nbgrader', *argv], cwd=course, text=True,
        capture_output=True,
        env={**os.environ, 'PYTHONPATH': str(ROOT), 'PATH': path})
    assert done.returncode == 0, done.stderr[-4000:]


def read(folder, exercise):
    return nbformat.read(folder / f'{exercise}.ipynb', as_version=4)


def marks(cell):
    return cell.metadata.get('nbgrader', {})


def answer(notebook, answers):
    """Fill in the answers that are given."""
    for cell in notebook.cells:
        if marks(cell).get('solution'):
            name = marks(cell).grade_id
            cell.source = answers.get(name, cell.source)
    return notebook


def solutions(notebook):
    return {marks(cell).grade_id: cell.source for cell in notebook.cells
            if marks(cell).get('solution')}


class Class:
    """A class of three that an assignment is handed out to."""

    def __init__(self, course, assignment):
        self.course, self.assignment = course, assignment
        self.source = course / 'source' / assignment
        self.release = course / 'release' / assignment
        self.exercises = sorted(path.stem
                                for path in self.source.glob('*.ipynb'))

    def hand_in(self, student, exercise, answers):
        folder = self.course / 'submitted' / student / self.assignment
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(answer(read(self.release, exercise), answers),
                       folder / f'{exercise}.ipynb')

    def everything_right(self, student):
        for exercise in self.exercises:
            self.hand_in(student, exercise,
                         solutions(read(self.source, exercise)))

    def points(self):
        """The table that a teacher wants: student -> points."""
        nbgrader(self.course, 'export', '--to', 'grades.csv')
        with open(self.course / 'grades.csv', newline='') as file:
            return {row['student_id']: (float(row['score']),
                                        float(row['max_score']))
                    for row in csv.DictReader(file)}


@pytest.fixture(params=[('torch', 'session-1'), ('mxnet', 'session-2')],
                ids='-'.join)
def classroom(request, tmp_path, wikitext):
    """A course as a teacher copies it, with its versions for students."""
    backend, assignment = request.param
    request.getfixturevalue(f'{backend}_backend')  # or skip
    request.getfixturevalue('nbgrader_or_skip')
    course = tmp_path / 'course'
    shutil.copytree(EXERCISES / backend, course)
    nbgrader(course, 'generate_assignment', assignment, '--force')
    return Class(course, assignment)


def test_a_class_is_graded(classroom, request):
    committed = (EXERCISES / request.node.callspec.params['classroom'][0]
                 / 'release' / classroom.assignment)
    for exercise in classroom.exercises:
        file = f'{exercise}.ipynb'
        assert (classroom.release / file).read_bytes() == (
            committed / file).read_bytes(), 'run exercises/build.py'

    first, second = classroom.exercises[2:4]
    right = solutions(read(classroom.source, first))
    part_a, *_ = right
    classroom.everything_right('ada')
    classroom.hand_in('ben', first, {part_a: right[part_a]})
    classroom.hand_in('ben', second, {})
    classroom.hand_in('cy', first, {})
    nbgrader(classroom.course, 'autograde', classroom.assignment)
    nbgrader(classroom.course, 'generate_feedback', classroom.assignment)

    total = 50.0
    points_a = next(
        marks(cell).points for cell in read(classroom.source, first).cells
        if marks(cell).get('grade'))
    assert classroom.points() == {
        'ada': (total, total), 'ben': (points_a, total), 'cy': (0, total)}
    feedback = classroom.course / 'feedback'
    assert sorted(path.stem for path in (
        feedback / 'ada' / classroom.assignment).glob('*.html')
    ) == classroom.exercises
    page = feedback / 'cy' / classroom.assignment / f'{first}.html'
    assert 'there is no answer here yet' in page.read_text(encoding='utf-8')
