"""nbgrader itself, all the way: hand out, collect, grade, table of points."""

import csv
import os
import subprocess

import pytest
from exercise_files import (
    EXERCISES, SOURCES, VERSIONS, answers, build, marks, nbformat)

pytestmark = pytest.mark.slow
ROOT = EXERCISES.parent


def read(folder, exercise):
    return nbformat.read(folder / f'{exercise}.ipynb', as_version=4)


def answer(notebook, filled_in):
    """Fill in the answers that are given."""
    for cell in notebook.cells:
        if marks(cell).get('solution'):
            name = marks(cell).grade_id
            cell.source = filled_in.get(name, cell.source)
    return notebook


class Class:
    """A class of three that an assignment is handed out to."""

    def __init__(self, backend, course, assignment):
        self.backend, self.course = backend, course
        self.assignment = assignment
        self.source = course / 'source' / assignment
        self.release = course / 'release' / assignment
        self.exercises = sorted(path.stem
                                for path in self.source.glob('*.ipynb'))

    def hand_in(self, student, exercise, filled_in):
        folder = self.course / 'submitted' / student / self.assignment
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(answer(read(self.release, exercise), filled_in),
                       folder / f'{exercise}.ipynb')

    def everything_right(self, student):
        for exercise in self.exercises:
            self.hand_in(student, exercise,
                         answers(read(self.source, exercise)))

    def points(self):
        """The table that a teacher wants: student -> points."""
        build.nbgrader(self.course, 'export', '--to', 'grades.csv')
        with open(self.course / 'grades.csv', newline='') as file:
            return {row['student_id']: (float(row['score']),
                                        float(row['max_score']))
                    for row in csv.DictReader(file)
                    if row['assignment'] == self.assignment}


@pytest.fixture(params=[('torch', 'session-1'), ('mxnet', 'session-2')],
                ids='-'.join)
def classroom(request, tmp_path, monkeypatch, wikitext):
    """A course as a teacher makes it."""
    backend, assignment = request.param
    request.getfixturevalue(f'{backend}_backend')  # or skip
    request.getfixturevalue('nbgrader_or_skip')
    monkeypatch.setenv('PYTHONPATH', str(ROOT), prepend=os.pathsep)
    course = tmp_path / 'course'
    build.main(['--backend', backend, '--course', str(course)])
    return Class(backend, course, assignment)


def test_a_class_is_graded(classroom):
    for exercise, version in VERSIONS:
        if version not in ('', classroom.backend):
            continue
        source = SOURCES[exercise]
        committed = build.released(source, version)
        made = (classroom.course / 'release' / build.session(source)
                / committed.name)
        assert made.read_bytes() == committed.read_bytes(), (
            f'{exercise} has changed: run exercises/build.py')

    first, second = classroom.exercises[2:4]
    right = answers(read(classroom.source, first))
    part_a, *_ = right
    classroom.everything_right('ada')
    classroom.hand_in('ben', first, {part_a: right[part_a]})
    classroom.hand_in('ben', second, {})
    classroom.hand_in('cy', first, {})
    for command in ('autograde', 'generate_feedback'):
        build.nbgrader(classroom.course, command, classroom.assignment)

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


# What the command that makes courses says -------------------------------

@pytest.mark.parametrize('argv, complaint', [
    (['--course', 'new'], '--course and --backend need each other'),
    (['--backend', 'torch'], '--course and --backend need each other'),
    (['--backend', 'torch', '--course', '.'], '. already exists'),
])
def test_it_refuses_what_is_unclear(argv, complaint, capsys):
    with pytest.raises(SystemExit):
        build.main(argv)
    assert complaint in capsys.readouterr().err


def test_without_nbgrader_a_course_has_the_teachers_notebooks(
        tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(build, 'find_spec', lambda name: None)
    build.main(['--backend', 'torch', '--course', str(tmp_path / 'course')])
    assert 'nbgrader is not installed' in capsys.readouterr().out
    assert sorted(path.stem for path in tmp_path.rglob('*.ipynb')) == list(
        SOURCES)
    assert not (tmp_path / 'course' / 'release').exists()


def test_a_failure_of_nbgrader_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(build.subprocess, 'run', lambda *args, **kw:
                        subprocess.CompletedProcess(args, 1, '', 'no tides'))
    with pytest.raises(RuntimeError, match='autograde tides failed:\nno tide'):
        build.nbgrader(tmp_path, 'autograde', 'tides')
