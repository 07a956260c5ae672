"""nbgrader itself, all the way: hand out, collect, grade, table of points."""

import csv
import html
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from zipfile import ZipFile

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


@pytest.fixture(params=[('torch', 'session-1'), ('mxnet', 'session-2'),
                        ('torch', 'session-3'), ('mxnet', 'session-4')],
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

    total = 50 if classroom.assignment in ('session-1', 'session-2') else 36
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


# Moodle and Canvas --------------------------------------------------------

JOIN, MASKING = '03-next-sentence', '05-masking'
MOODLE = {'101': 'Zoë Müller-Lüdenscheidt', '102': 'Ana María López García',
          '103': 'Jean-Luc Ó Briain', '104': 'Nguyễn Thị Minh Khai',
          '105': '李 小龍'}
CANVAS = {'48964': 'Müller-Lüdenscheidt, Zoë', '48965': "O'Neil, Ada"}


@pytest.fixture
def small_course(tmp_path, monkeypatch, torch_backend, nbgrader_or_skip):
    """A course whose first session has two exercises."""
    monkeypatch.setenv('PYTHONPATH', str(ROOT), prepend=os.pathsep)
    course = tmp_path / 'course'
    build.write_course('torch', course)
    for path in (course / 'source').rglob('*.ipynb'):
        if path.stem not in (JOIN, MASKING):
            path.unlink()
    build.nbgrader(course, 'generate_assignment', 'session-1')
    return course


def archives(course):
    """Put what was handed in where the guide says, as it is downloaded."""
    folder = course / 'downloaded' / 'session-1' / 'archive'
    folder.mkdir(parents=True)
    source, release = (course / version / 'session-1'
                       for version in ('source', 'release'))
    zoe, ana, jean_luc, khai, li = (
        f'{name}_{number}_assignsubmission_file'
        for number, name in MOODLE.items())
    with ZipFile(folder / 'BERT-Übung 1-1228009.zip', 'w') as moodle:
        moodle.write(source / f'{JOIN}.ipynb', f'{zoe}/{JOIN}.ipynb')
        moodle.write(release / f'{MASKING}.ipynb', f'{zoe}/{MASKING}.ipynb')
        # Older, and from an editor that leaves copies.
        moodle.write(source / f'{JOIN}.ipynb', f'{ana}_/{JOIN} (1).ipynb')
        moodle.writestr(f'{ana}_/.ipynb_checkpoints/{JOIN}-checkpoint.ipynb',
                        'torn')
        # Not in folders.
        moodle.write(release / f'{JOIN}.ipynb', f'{jean_luc}_{JOIN}.ipynb')
        # An archive in the archive, made on a Mac.
        inner = folder / 'inner.zip'
        with ZipFile(inner, 'w') as file:
            file.write(source / f'{JOIN}.ipynb', f'Homework/{JOIN}.ipynb')
            file.writestr(f'__MACOSX/Homework/._{JOIN}.ipynb', 'torn')
        moodle.write(inner, f'{khai}/session_1_2.zip')
        inner.unlink()
        moodle.write(source / f'{JOIN}.ipynb', f'{li}/{JOIN}.ipynb')
        moodle.write(source / f'{JOIN}.ipynb', f'{li}/my notes.ipynb')
        moodle.writestr(f'{li.replace("file", "onlinetext")}/onlinetext.html',
                        '<p>Done</p>')
    with ZipFile(folder / 'submissions.zip', 'w') as canvas:
        canvas.write(source / f'{JOIN}.ipynb',
                     f'müllerlüdenscheidtzoë_LATE_48964_7310_{JOIN}-1.ipynb')
        canvas.write(source / f'{MASKING}.ipynb',
                     f'oneilada_48965_7311_{MASKING}.ipynb')


def test_archives_of_moodle_and_canvas_are_collected(small_course):
    archives(small_course)
    build.nbgrader(small_course, 'zip_collect', 'session-1')
    submitted = small_course / 'submitted'
    assert {str(path.relative_to(submitted))
            for path in submitted.rglob('*.*')} == {
        f'{student}/session-1/{exercise}.ipynb' for student, exercise in [
            ('101', JOIN), ('101', MASKING), ('102', JOIN), ('103', JOIN),
            ('104', JOIN), ('105', JOIN), ('48964', JOIN),
            ('48965', MASKING)]}


@pytest.fixture
def tables(tmp_path, monkeypatch, nbgrader_or_skip):
    """The tables.py of courses, run in an empty folder."""
    monkeypatch.chdir(tmp_path)
    spec = importlib.util.spec_from_file_location(
        'tables', EXERCISES / 'classroom' / 'tables.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# As Moodle 4 and Canvas export them.
WORKSHEET = """\
\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum Grade",\
"Grade can be changed","Last modified (submission)","Last modified (grade)",\
"Feedback comments"
"Participant 101","Zoë Müller-Lüdenscheidt",zoe@example.org,\
"Submitted for grading",,50.00,Yes,"Monday, 1 June 2026, 10:00 AM",-,
"Participant 102","Ana María López García",ana@example.org,\
"Submitted for grading",,50.00,Yes,"Monday, 1 June 2026, 10:01 AM",-,
"Participant 109","Ben Tide",ben@example.org,"No submission",,50.00,Yes,-,-,
"""
GRADEBOOK = """\
Student,ID,SIS User ID,SIS Login ID,Section,Quiz (77),Final Score
    Points Possible,,,,,10,(read only)
"Müller-Lüdenscheidt, Zoë",48964,M1,zoe@example.org,BERT,9,90
"Tide, Ben",48999,M2,ben@example.org,BERT,3,30
"""


def test_names_come_from_moodle_and_points_go_back(
        small_course, tables, monkeypatch, capsys):
    monkeypatch.chdir(small_course)
    archives(small_course)
    build.nbgrader(small_course, 'zip_collect', 'session-1')
    for student in ('103', '104', '105', '48965'):  # to save time
        shutil.rmtree(small_course / 'submitted' / student)
    worksheet, gradebook, upload = (small_course / f'{name}.csv' for name in (
        'worksheet', 'gradebook', 'upload'))
    worksheet.write_text(WORKSHEET, encoding='utf-8')
    gradebook.write_text(GRADEBOOK, encoding='utf-8')
    tables.main(['students', str(worksheet)])
    build.nbgrader(small_course, 'autograde', 'session-1')
    build.nbgrader(small_course, 'generate_feedback', 'session-1')
    build.nbgrader(small_course, 'export', '--to', 'grades.csv')
    assert ('101,Müller-Lüdenscheidt,Zoë,zoe@example.org,' in
            (small_course / 'grades.csv').read_text(encoding='utf-8'))

    tables.main(['points', 'session-1', str(worksheet), str(upload)])
    with open(upload, newline='', encoding='utf-8') as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[-3:] == ['Feedback comments', JOIN, MASKING]
    assert [(row['Identifier'], row['Grade'], row[JOIN], row[MASKING],
             row['Last modified (grade)']) for row in rows] == [
        ('Participant 101', '9', '9', '0', '-'),
        ('Participant 102', '9', '9', '0', '-'),
        ('Participant 109', '', '', '', '-')]

    tables.main(['points', 'session-1', str(gradebook), str(upload)])
    with open(upload, newline='', encoding='utf-8') as file:
        assert list(csv.reader(file)) == [
            ['Student', 'ID', 'SIS User ID', 'SIS Login ID', 'Section', JOIN,
             MASKING],
            ['Points Possible', '', '', '', '', '9', '10'],
            ['Müller-Lüdenscheidt, Zoë', '48964', 'M1', 'zoe@example.org',
             'BERT', '9', '0']]
    assert capsys.readouterr().out == f"""\
3 students
2 of 3 graded students are in {upload}
not in the table: 48964
1 of 3 graded students are in {upload}
not in the table: 101, 102
"""
    for exercise in (JOIN, MASKING):
        page = (small_course / 'feedback' / '101' / 'session-1'
                / f'{exercise}.html').read_text(encoding='utf-8')
        text = html.unescape(re.sub('<[^>]*>', '', page))
        assert text.count("print('Part ") == 3  # the rest of each check
        assert not hidden_lines(small_course, exercise) & {
            line.strip() for line in text.splitlines()}
    assert len(re.findall(
        r'in \w+, line \d+: NotImplementedError: there is no answer here yet',
        text)) == 3


def hidden_lines(course, exercise):
    """The lines of the hidden tests that the exercise has nowhere else."""
    cells = nbformat.read(course / 'source' / 'session-1'
                          / f'{exercise}.ipynb', as_version=4).cells
    text = '\n'.join(cell.source for cell in cells)
    pattern = '### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS'
    lines = {line.strip() for part in re.findall(pattern, text, re.DOTALL)
             for line in part.splitlines()}
    lines -= {line.strip() for line in
              re.sub(pattern, '', text, flags=re.DOTALL).splitlines()}
    assert len(lines) > 5
    return lines


@pytest.fixture
def gradebook(tables, monkeypatch):
    """The gradebook of a course in which nothing was graded."""
    # nbgrader starts alembic by its name.
    monkeypatch.setenv('PATH', str(Path(sys.executable).parent),
                       prepend=os.pathsep)
    with tables.Gradebook('sqlite:///gradebook.db') as gradebook:
        gradebook.add_assignment('session-1')


@pytest.mark.parametrize('argv, text, complaint', [
    (['students'], '', 'has no students: expected Moodle'),
    (['students'], 'name,points\nada,3\n', 'has no students: expected Moodle'),
    (['students'], None, 'there is no file'),
    (['points', 'session-1'], WORKSHEET,
     'nothing of session-1 is graded; run nbgrader autograde session-1'),
    (['points', 'session-3'], WORKSHEET,
     'nothing of session-3 is graded; run nbgrader autograde session-3'),
])
def test_tables_say_what_they_need(tables, gradebook, tmp_path, argv, text,
                                   complaint, capsys):
    path = tmp_path / 'from.csv'
    if text is not None:
        path.write_text(text, encoding='utf-8')
    with pytest.raises(SystemExit):
        tables.main([*argv, str(path), *(['to.csv'] if len(argv) > 1
                                         else [])])
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / 'to.csv').exists()


@pytest.mark.parametrize('argv', [['students'], ['points', 'session-1']])
def test_tables_are_made_in_a_course(tables, argv, capsys):
    with pytest.raises(SystemExit):
        tables.main([*argv, 'from.csv', *argv[1:]])
    assert ('there is no gradebook.db here; run this in the folder of the '
            'course' in capsys.readouterr().err)


def test_a_worksheet_in_another_language(tables):
    table = tables.Table(['ID', 'Vollständiger Name', 'Bewertung'],
                         [['Teilnehmer/in 101', 'Zoë Reef', '']], ',')
    found = {'101': {JOIN: 7.5, MASKING: 0.0}}
    most = {JOIN: 9, MASKING: 10}
    with pytest.raises(ValueError, match="no column 'Grade'; name .* --grade"):
        tables.for_moodle(table, most, found, 'Grade')
    assert tables.for_moodle(table, most, found, 'Bewertung')[1] == [
        'Teilnehmer/in 101', 'Zoë Reef', '7.5', '7.5', '0']


@pytest.mark.parametrize('text', [None, 'a,b\n1,2\n', '', 'a,b\n'])
def test_a_table_of_something_else(tables, tmp_path, text):
    path = tmp_path / 'k.csv'
    if text is not None:
        path.write_text(text)
    with pytest.raises(ValueError, match=(
            'there is no file .*k.csv; save' if text is None else
            "k.csv has no students: expected Moodle's grading worksheet")):
        tables.read(path)


# The image ----------------------------------------------------------------

def test_the_image_gets_what_there_is():
    """Docker is not needed: files and extras that it asks for are there."""
    text = (EXERCISES / 'Dockerfile').read_text(encoding='utf-8')
    copied = re.findall(r'^COPY (.*) \S+$', text, re.MULTILINE)
    names = [name for line in copied for name in line.split()]
    assert 'd2l_bert' in names and all((ROOT / name).exists()
                                       for name in names)
    let_in = (EXERCISES / 'Dockerfile.dockerignore').read_text().splitlines()
    assert {f'!{name}' for name in names} <= set(let_in)
    extras, = re.findall(r'"\.\[\$BACKEND,(.*?)\]"', text)
    setup = ConfigParser()
    setup.read(ROOT / 'setup.cfg')
    assert set(extras.split(',')) <= set(setup['options.extras_require'])
    assert 'd2l-bert data wikitext-2' in text


def test_the_guide_builds_and_uses_the_image():
    guide = (EXERCISES / 'README.md').read_text(encoding='utf-8')
    build_it = re.search(r'^    (docker build .*)$', guide, re.MULTILINE)[1]
    assert build_it in (EXERCISES / 'Dockerfile').read_text(encoding='utf-8')
    run = re.sub(r'\s+', ' ', guide[guide.index('    docker run'):])
    assert '--network none' in run and '--memory 4g' in run
    assert re.search(r' d2l-bert-grader autograde session-1', run)


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
    config = (tmp_path / 'course' / 'nbgrader_config.py').read_text()
    assert "course_id = 'd2l-bert-torch'" in config
    assert (tmp_path / 'course' / 'tables.py').exists()


def test_a_failure_of_nbgrader_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(build.subprocess, 'run', lambda *args, **kw:
                        subprocess.CompletedProcess(args, 1, '', 'no tides'))
    with pytest.raises(RuntimeError, match='autograde tides failed:\nno tide'):
        build.nbgrader(tmp_path, 'autograde', 'tides')
