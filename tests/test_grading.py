"""d2l-bert grade: the points of one's own notebook."""

import json
import re
import subprocess
import sys
from copy import deepcopy

import pytest
from exercise_files import EXERCISES, build, nbformat, students, teachers

from d2l_bert import cli
from d2l_bert.cli import grading

pytestmark = pytest.mark.slow  # real kernels
JOIN = '03-next-sentence'


def cell_of(notebook, name):
    return next(cell for cell in notebook.cells
                if cell.metadata.get('nbgrader', {}).get('grade_id') == name)


@pytest.fixture(scope='session')
def source(tmp_path_factory):
    """The folder with the teacher's notebooks, as in a course."""
    course = tmp_path_factory.mktemp('course')
    build.write_course('torch', course)
    return course / 'source'


@pytest.fixture
def solved():
    """The student's notebook, with all answers of the teacher's."""
    notebook, solutions = students(JOIN), teachers(JOIN)
    for name in ('join', 'draw', 'pairs'):
        cell_of(notebook, name).source = cell_of(solutions, name).source
    return notebook


@pytest.fixture
def grade(tmp_path):
    """Grades a notebook that lies in a folder of its own."""
    def grade(notebook, source=None, time_limit=60):
        path = tmp_path / 'mine.ipynb'
        nbformat.write(notebook, path)
        return grading.grade(path, source, time_limit)
    return grade


def points(result):
    return {check.name: check.points for check in result.checks}


def test_a_solution_has_all_points(grade, solved):
    result = grade(solved)
    assert result.exercise == JOIN
    assert points(result) == {'join-check': 3, 'draw-check': 3,
                              'pairs-check': 3}
    assert result.points == result.max_points == 9
    assert not result.errors and not result.hidden_tests


def test_an_empty_notebook_has_none(grade):
    result = grade(students(JOIN))
    assert (result.points, result.max_points) == (0, 9)
    assert [check.message for check in result.checks] == [
        f'in {name}, line {line}: NotImplementedError: there is no answer '
        f'here yet' for name, line in [('join', 4), ('draw', 4),
                                       ('pairs_of', 4)]]


def test_a_wrong_part_costs_its_points_and_says_why(grade, solved):
    cell_of(solved, 'draw').source = '''\
def draw(sentence, next_sentence, paragraphs, rng):
    return sentence, next_sentence, True'''
    result = grade(solved)
    assert points(result) == {'join-check': 3, 'draw-check': 0,
                              'pairs-check': 3}
    assert 'with probability 0.5' in result.checks[1].message


def test_the_source_brings_the_hidden_tests(grade, solved, source):
    copied = '''\
def join(a, b):
    return (['<cls>', 'the', 'sea', '<sep>', 'it', 'rose', '.', '<sep>'],
            [0, 0, 0, 0, 1, 1, 1, 1])'''
    cell_of(solved, 'join').source = copied
    assert points(grade(solved))['join-check'] == 3
    result = grade(solved, source)
    assert points(result)['join-check'] == 0
    assert 'is not <cls> A <sep> B <sep>' in result.checks[0].message
    assert result.hidden_tests


def test_the_source_restores_what_was_edited_or_deleted(
        grade, solved, source):
    cell_of(solved, 'join').source = 'def join(a, b): return a, b'
    cell_of(solved, 'join-check').source = 'pass'
    solved.cells.remove(cell_of(solved, 'imports'))
    solved.cells.remove(cell_of(solved, 'draw-check'))
    twice = {**cell_of(solved, 'pairs-check'), 'id': 'twice'}
    solved.cells.append(nbformat.from_dict(twice))
    result = grade(solved, source / 'session-1' / f'{JOIN}.ipynb')
    assert points(result) == {'join-check': 0, 'pairs-check': 0,
                              'draw-check': 3}
    assert len(result.checks) == 3


def test_without_the_source_edited_and_deleted_checks_give_nothing(
        grade, solved):
    cell_of(solved, 'join-check').source += '\n# mine'
    solved.cells.remove(cell_of(solved, 'draw-check'))
    result = grade(solved)
    assert points(result) == {'join-check': 0, 'draw-check': 0,
                              'pairs-check': 3}
    assert result.max_points == 9
    assert 'not the one that was handed out' in result.checks[0].message
    assert result.checks[-1] == (
        'draw-check', 0, 3, 'this check is missing; take a fresh copy of '
        'the notebook')


def pasted(cell, **nbgrader):
    """A copy of a cell, with other marks for nbgrader."""
    cell = deepcopy(cell)
    cell.id = f'pasted-{cell.id}'
    cell.metadata.nbgrader.update(nbgrader)
    return cell


def test_a_check_that_was_pasted_twice_counts_once(grade, solved):
    solved.cells += [pasted(cell_of(solved, 'join-check')),
                     pasted(cell_of(solved, 'draw-check'))]
    result = grade(solved)
    assert points(result) == {'join-check': 3, 'draw-check': 3,
                              'pairs-check': 3}
    assert len(result.checks) == 3
    assert (result.points, result.max_points) == (9, 9)
    assert not result.errors


def test_of_copies_the_one_that_was_not_edited_counts(grade, solved):
    mine = pasted(cell_of(solved, 'join-check'))
    mine.source = 'print(join([], []))'
    solved.cells.append(mine)
    assert points(grade(solved))['join-check'] == 3


def test_a_copied_check_does_not_stand_in_for_a_deleted_one(grade, solved):
    cell_of(solved, 'draw').source = 'draw = None'
    solved.cells.remove(cell_of(solved, 'draw-check'))
    copy = pasted(cell_of(solved, 'join-check'))
    solved.cells.append(copy)
    result = grade(solved)
    assert points(result) == {'join-check': 3, 'pairs-check': 0,
                              'draw-check': 0}
    assert (result.points, result.max_points) == (3, 9)
    copy.metadata.nbgrader.grade_id = 'draw-check'
    assert points(grade(solved))['draw-check'] == 0
    del copy.metadata.nbgrader['checksum']
    assert points(grade(solved))['draw-check'] == 0


def test_several_deleted_checks_are_named_together(grade, solved):
    for name in ('draw-check', 'pairs-check'):
        solved.cells.remove(cell_of(solved, name))
    del solved.metadata['d2l_bert']  # as some editors do
    result = grade(solved)
    assert result.checks[1:] == [(
        'draw-check, pairs-check', 0, 6,
        'checks are missing; take a fresh copy of the notebook')]
    assert result.max_points == 9


def test_a_check_of_ones_own_gives_no_points(grade, solved, source):
    mine = pasted(cell_of(solved, 'join-check'), grade_id='mine', points=50)
    mine.source = 'pass'
    solved.cells.append(mine)
    result = grade(solved, source)
    assert 'mine' not in points(result)
    assert (result.points, result.max_points) == (9, 9)


def test_a_cell_without_end_is_stopped_and_the_rest_counts(grade, solved):
    cell_of(solved, 'draw').source = '''\
def draw(sentence, next_sentence, paragraphs, rng):
    while True:
        pass'''
    solved.cells.remove(cell_of(solved, 'pairs-check'))
    result = grade(solved, time_limit=3)
    assert points(result) == {'join-check': 3, 'draw-check': 0,
                              'pairs-check': 0}
    assert re.fullmatch('in draw, line [23]: it took longer than 3 seconds '
                        'and was stopped', result.checks[1].message)


def test_a_cell_that_does_not_let_itself_be_stopped_ends_too(grade, solved):
    cell_of(solved, 'join').source = '''\
import time
while True:
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        pass'''
    solved.cells = [cell_of(solved, name) for name in ('join', 'join-check')]
    result = grade(solved, time_limit=1)
    assert result.points == 0
    assert 'took longer than 1 second and' in result.errors[0]


def test_a_cell_that_ends_python(grade, solved):
    cell_of(solved, 'draw').source = 'import os; os._exit(0)'
    result = grade(solved)
    assert points(result) == {'join-check': 3, 'draw-check': 0,
                              'pairs-check': 0}
    assert result.errors[0] == 'draw: the cell stopped Python'
    assert result.checks[1].message == 'an earlier cell stopped Python'


def test_an_error_outside_the_checks_is_told(grade, solved):
    cell_of(solved, 'join').source = 'def join(a, b)'
    assert grade(solved).errors[0] == "join: line 1: SyntaxError: expected ':'"


@pytest.mark.parametrize('body, says', [
    ('    words = a + b\n\n    return words[99]',
     'in join, line 4: list index out of range (IndexError); '),
    ('    return list(word.size for word in a), []',
     "in join, line 2: 'str' object has no attribute 'size' (AttributeErr"),
    ('    import random\n    return random.choice([])',
     'in join, line 3: Cannot choose from an empty sequence (IndexError); '),
    ('    def helper(words):\n        assert len(words) > 99, "short"\n'
     '    helper(a)', 'in join, line 3: short (AssertionError)'),
    ('    raise ValueError("Expected\\n  [2, 5]")',
     'in join, line 2: Expected (ValueError)'),
])
def test_an_error_in_an_answer_comes_with_its_line(grade, solved, body, says):
    cell_of(solved, 'join').source = f'def join(a, b):\n{body}'
    solved.cells = [cell_of(solved, name)
                    for name in ('imports', 'join', 'join-check')]
    assert grade(solved).checks[0].message.startswith(says)


def test_an_error_in_the_check_itself_has_a_line_too(grade, solved):
    cell_of(solved, 'join').source = 'def join(a, b):\n    return None'
    solved.cells = [cell_of(solved, name)
                    for name in ('imports', 'join', 'join-check')]
    message = grade(solved).checks[0].message
    assert re.match(r'in \w+, line \d+: TypeError: ', message) or (
        'return' in message)


def test_stderr_counts_as_it_does_for_nbgrader(grade, solved):
    cell_of(solved, 'join').source += '''\

_join = join
def join(a, b):
    import sys
    print('careful', file=sys.stderr)
    return _join(a, b)'''
    result = grade(solved)
    assert result.checks[0].message == 'it wrote to stderr: careful'
    assert result.checks[0].points == 0


def test_a_function_under_another_name(grade, solved):
    cell = cell_of(solved, 'join')
    cell.source = cell.source.replace('def join(', 'def join_them(')
    check = grade(solved).checks[0]
    assert check.points == 0
    assert check.message == ('there is no join; write it, and keep the name '
                             'that the notebook gives')


def test_a_question_that_nobody_answers(grade, solved):
    cell_of(solved, 'join').source += '\ninput()'
    [message, *_] = grade(solved).errors
    assert message.endswith('nobody can answer input(); leave it out')


def test_it_runs_in_the_folder_of_the_notebook(grade, solved, tmp_path):
    (tmp_path / 'beside.txt').write_text('here')
    cell_of(solved, 'join').source += "\nprint(open('beside.txt').read())"
    assert grade(solved).points == 9


# The command --------------------------------------------------------------

@pytest.fixture
def command(capsys):
    def command(*argv):
        status = cli.main(['grade', *map(str, argv)])
        return (status, *capsys.readouterr())
    return command


def test_the_command_prints_the_points(command, solved, tmp_path):
    cell_of(solved, 'draw').source = 'draw = None'
    path = tmp_path / 'mine (1).ipynb'
    nbformat.write(solved, path)
    assert command(path) == (0, '''\
exercise    03-next-sentence
errors      cell 13: in pairs_of, line 6: TypeError: 'NoneType' object is \
not callable
checks      join-check          3 of 3
            draw-check          0 of 3  your answer must be a function, not \
None
            pairs-check         0 of 3  in pairs_of, line 6: 'NoneType' \
object is not callable (TypeError); a value has another type than it should; \
print it
points      3 of 9
note        only the checks that the notebook shows were run; hidden tests \
may find more
''', '')


def test_the_command_takes_the_source(command, source):
    status, out, err = command(source / 'session-1' / f'{JOIN}.ipynb',
                               '--source', source, '--time-limit', 30)
    assert (status, err) == (0, '')
    assert 'points      9 of 9\n' in out
    assert 'note' not in out


def test_the_students_version_is_no_source(command):
    release = EXERCISES / 'release'
    mine = release / 'session-1' / f'{JOIN}.ipynb'
    complaint = (f"d2l-bert: error: {mine} is the students' version, without "
                 "hidden tests; name the teacher's: it is in source/ of the "
                 "course that exercises/build.py --course makes\n")
    assert command(mine, '--source', mine) == (1, '', complaint)
    assert command(mine, '--source', release) == (1, '', complaint)


def test_a_stopped_loop_prints_one_line(solved, tmp_path):
    cell_of(solved, 'join').source = """\
def join(a, b):
    while True:
        pass"""
    solved.cells = [cell_of(solved, name)
                    for name in ('imports', 'join', 'join-check')]
    path = tmp_path / 'mine.ipynb'
    nbformat.write(solved, path)
    done = subprocess.run(
        [sys.executable, '-m', 'd2l_bert', 'grade', path, '--time-limit',
         '5'], capture_output=True, text=True, cwd=EXERCISES.parent)
    assert (done.returncode, done.stderr) == (0, '')
    assert re.search(r'^checks +join-check +0 of 3  in join, line [23]: it '
                     r'took longer than 5 seconds and was stopped\n +others '
                     r'+0 of 6 ', done.stdout, re.MULTILINE)
    assert len(done.stdout.splitlines()) == 5


# How editors save notebooks -----------------------------------------------

def ids_of_a_newer_version(notebook):
    notebook.nbformat_minor = 4


def no_ids(notebook):
    for cell in notebook.cells:
        del cell['id']


def one_id_twice(notebook):
    notebook.cells[1].id = notebook.cells[0].id


def colab(notebook):
    """What Colab makes of a notebook that is uploaded and downloaded."""
    notebook.nbformat_minor = 0
    notebook.metadata.colab = {'provenance': [], 'toc_visible': True}
    notebook.metadata.kernelspec = {'name': 'python3'}
    notebook.metadata.accelerator = 'GPU'
    for number, cell in enumerate(notebook.cells):
        cell.metadata.id = f'aB{number}'
        if cell.cell_type == 'code':
            cell.metadata.colab = {'base_uri': 'https://localhost:8080/'}
            cell.metadata.outputId = f'7f-{number}'
            cell.outputs = [{'output_type': 'stream', 'name': 'stdout',
                             'text': ['The sea rose\n'], 'metadata': {}}]
            del cell['execution_count']


@pytest.mark.parametrize('edit', [ids_of_a_newer_version, no_ids,
                                  one_id_twice, colab])
@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig'])
def test_notebooks_of_other_editors_are_read(solved, tmp_path, edit,
                                             encoding, recwarn, capfd):
    edit(solved)
    path = tmp_path / 'mine.ipynb'
    path.write_text(json.dumps(solved), encoding=encoding)
    found = grading.read_exercise(path)
    assert [cell.source for cell in found.cells] == [
        cell.source for cell in solved.cells]
    assert found.metadata.d2l_bert.points == 9
    assert not recwarn.list
    assert capfd.readouterr() == ('', '')


def test_a_notebook_of_colab_is_graded(command, solved, tmp_path):
    colab(solved)
    path = tmp_path / 'mine.ipynb'
    path.write_text(json.dumps(solved), encoding='utf-8-sig')
    status, out, err = command(path)
    assert (status, err) == (0, '')
    assert 'points      9 of 9\n' in out


@pytest.mark.parametrize('text, complaint', [
    ('# Tides', 'is not a notebook: Notebook does not appear to be JSON'),
    ('[1, 2]', 'is not a notebook: '),
    ('{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
     'is not a notebook: '),
    (nbformat.writes(nbformat.v4.new_notebook()),
     'is a notebook, but not an exercise: it has no check that gives points'),
])
def test_what_is_no_exercise(command, tmp_path, text, complaint):
    path = tmp_path / 'tides.ipynb'
    path.write_text(text)
    status, out, err = command(path)
    assert (status, out) == (1, '')
    assert err.startswith(f'd2l-bert: error: {path} {complaint}')
    assert err.count('\n') == 1


def test_files_that_are_missing_or_too_many(command, tmp_path):
    release = EXERCISES / 'release'
    mine = release / 'session-1' / f'{JOIN}.ipynb'
    assert command(tmp_path / 'no.ipynb') == (
        1, '', f'd2l-bert: error: there is no notebook {tmp_path}/no.ipynb; '
              f'name a file that ends in .ipynb\n')
    assert command(mine, '--source', tmp_path)[2] == (
        f'd2l-bert: error: {tmp_path} holds no {JOIN}.ipynb; name the one '
        f'with the hidden tests as --source ..., such as in source/ of the '
        f'course that exercises/build.py --course makes\n')
    assert 'holds 2 08-padding.ipynb' in command(
        release / 'session-2' / 'torch' / '08-padding.ipynb',
        '--source', release)[2]


@pytest.mark.parametrize('limit', ['0', '-1', '2.5', 'long'])
def test_a_time_limit_is_a_whole_number(limit, capsys):
    with pytest.raises(SystemExit):
        cli.main(['grade', 'mine.ipynb', '--time-limit', limit])
    assert 'whole number of seconds' in capsys.readouterr().err


def test_without_jupyter_it_says_what_it_needs(run_python):
    assert run_python('''
import sys
sys.modules['nbformat'] = None
from d2l_bert import cli
sys.stderr = sys.stdout
print(cli.main(['grade', 'mine.ipynb']))
''') == ("d2l-bert: error: grade needs nbformat; pip install "
         "\"d2l_bert[notebooks]\" brings it\n1\n")


def test_the_process_leaves_nothing_behind(solved, tmp_path):
    path = tmp_path / 'mine.ipynb'
    nbformat.write(solved, path)
    before = path.read_bytes()
    done = subprocess.run([sys.executable, '-m', 'd2l_bert', 'grade', path],
                          capture_output=True, text=True,
                          cwd=EXERCISES.parent)
    assert (done.returncode, done.stderr) == (0, '')
    assert list(tmp_path.glob('*')) == [path]
    assert path.read_bytes() == before
