"""Every exercise can be solved, and what is wrong is told helpfully.

The cells of an exercise run in this process, one after another, which is
quick; tests/test_classroom.py and tests/test_grading.py use real kernels.
"""

import doctest
import importlib.util
import re
from pathlib import Path

import jupytext
import nbformat
import pytest

EXERCISES = Path(__file__).parent.parent / 'exercises'
BACKENDS = ('torch', 'mxnet')

spec = importlib.util.spec_from_file_location('exercises_build',
                                              EXERCISES / 'build.py')
build = importlib.util.module_from_spec(spec)
spec.loader.exec_module(build)

SOURCES = build.sources()
exercises = pytest.mark.parametrize('source', SOURCES, ids=lambda p: p.stem)
both = pytest.mark.parametrize('name', BACKENDS)


def committed(source, name, version):
    path = (EXERCISES / name / version / build.session(source)
            / f'{source.stem}.ipynb')
    return nbformat.read(path, as_version=4)


def marks(cell):
    return cell.metadata.get('nbgrader', {})


def answers(notebook):
    return {marks(cell).grade_id: cell.source for cell in notebook.cells
            if marks(cell).get('solution')}


def wrong_answers(source):
    """The cells of the file of wrong answers, for each backend."""
    cells = jupytext.read(EXERCISES / 'wrong' / source.name).cells
    return [(name, cell) for cell in cells if 'answer' in cell.metadata
            for name in BACKENDS if name in cell.metadata.get('tags', [name])]


def only_hidden_tests_notice(cell):
    return 'hidden' in cell.metadata


def run(notebook, filled_in, until=None):
    """Run the marked cells of a notebook; return each check's complaint."""
    namespace, complaints = {'__name__': '__main__'}, {}
    for cell in notebook.cells:
        name = marks(cell).get('grade_id')
        if name is None:
            continue
        code = compile(filled_in.get(name, cell.source), name, 'exec')
        if not marks(cell).grade:
            exec(code, namespace)
            continue
        try:
            exec(code, namespace)
        except Exception as error:
            complaints[name] = f'{type(error).__name__}: {error}'
        else:
            complaints[name] = ''
        if name == until:
            break
    return complaints


@pytest.fixture
def needed(request):
    """Asks for the backend and the corpus that an exercise needs."""
    def needed(source, name):
        request.getfixturevalue(f'{name}_backend')  # or skip
        if 'wikitext-2' in source.read_text(encoding='utf-8'):
            request.getfixturevalue('wikitext')
    return needed


@exercises
@both
def test_the_teachers_notebooks_are_what_the_sources_give(source, name):
    assert committed(source, name, 'source') == build.teachers_notebook(
        source, name), f'{source} has changed: run exercises/build.py'


def test_nothing_else_is_committed():
    for name in BACKENDS:
        for version in ('source', 'release'):
            found = (EXERCISES / name / version).rglob('*.ipynb')
            assert sorted(path.stem for path in found) == [
                source.stem for source in SOURCES]


@exercises
@both
def test_students_get_no_solution_and_no_hidden_test(source, name):
    teachers = committed(source, name, 'source')
    students = committed(source, name, 'release')
    text = nbformat.writes(students)
    assert 'BEGIN SOLUTION' not in text
    assert 'HIDDEN TESTS' not in text
    for cell in teachers.cells:
        for kind in ('SOLUTION', 'HIDDEN TESTS'):
            for secret in re.findall(
                    f'### BEGIN {kind}\n(.*?)### END {kind}', cell.source,
                    re.S):
                assert not any(secret.strip() in other.source
                               for other in students.cells)
    assert students.metadata.d2l_bert == teachers.metadata.d2l_bert
    assert not any(cell.get('outputs') for cell in students.cells)


@exercises
@both
def test_it_says_what_it_asks_for(source, name):
    notebook = committed(source, name, 'source')
    text = '\n'.join(cell.source for cell in notebook.cells
                     if cell.cell_type == 'markdown')
    points = [marks(cell).points for cell in notebook.cells
              if marks(cell).get('grade')]
    session = build.SESSIONS.index(build.session(source)) + 1
    assert f'*Session {session}, {sum(points)} points, about ' in text
    assert '**What you learn.**' in text
    assert points == [int(found) for found in re.findall(
        r'## Part \w: .* \((\d+) points?\)', text)]
    assert text.count('<details><summary>Hint</summary>\n\n') == len(points)
    assert text.count('\n\n</details>') == len(points)
    for cell in notebook.cells:
        if marks(cell).get('grade'):
            assert '### BEGIN HIDDEN TESTS' in cell.source or (
                marks(cell).grade_id == 'text-check')  # it is one's own text


def test_the_example_of_the_metadata_is_true():
    assert doctest.testmod(build) == (0, 1)


def test_there_are_twelve_with_a_hundred_points():
    assert len(SOURCES) == 12
    assert sum(build.teachers_notebook(source, 'torch').metadata.d2l_bert
               .points for source in SOURCES) == 100


@exercises
@both
def test_it_starts_unsolved(source, name, needed):
    needed(source, name)
    notebook = committed(source, name, 'release')
    complaints = run(notebook, {})
    assert complaints
    for complaint in complaints.values():
        assert complaint == 'NotImplementedError: there is no answer here yet'


@exercises
@both
def test_its_solution_is_right(source, name, needed):
    needed(source, name)
    notebook = committed(source, name, 'source')
    complaints = run(notebook, {})
    assert not any(complaints.values()), complaints


@exercises
@both
def test_its_solution_passes_what_students_see(source, name, needed):
    needed(source, name)
    solutions = answers(committed(source, name, 'source'))
    complaints = run(committed(source, name, 'release'), solutions)
    assert not any(complaints.values()), complaints


@pytest.mark.parametrize('source, name, cell', [
    pytest.param(source, name, cell, id=f'{source.stem}-{name}-{number}')
    for source in SOURCES
    for number, (name, cell) in enumerate(wrong_answers(source))])
def test_a_wrong_answer_is_told_what_is_wrong(source, name, cell, needed):
    needed(source, name)
    teachers = committed(source, name, 'source')
    students = committed(source, name, 'release')
    answer = cell.metadata['answer']
    check = f'{answer}-check'
    filled_in = {**answers(teachers), answer: cell.source}
    seen = run(students, filled_in, check)[check]
    if only_hidden_tests_notice(cell):
        assert not seen
        seen = run(teachers, filled_in, check)[check]
    says = re.search('^# Says: (.*)$', cell.source, re.M)[1]
    assert seen.startswith('AssertionError: ')
    assert says in seen


@exercises
@both
def test_wrong_answers_are_written_down(source, name):
    found = [cell for backend, cell in wrong_answers(source)
             if backend == name]
    visible = [cell for cell in found if not only_hidden_tests_notice(cell)]
    assert len(visible) >= 2
    assert len(found) > len(visible), 'what passes by a copied output?'
    parts = answers(build.teachers_notebook(source, name))
    assert {cell.metadata['answer'] for cell in visible} == set(parts)
