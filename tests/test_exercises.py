"""Every exercise can be solved, and checks say what is wrong.

The cells of an exercise run in this process, one after another, which is
fast; tests/test_classroom.py and tests/test_grading.py use real kernels.
"""

import doctest
import re

import pytest
from exercise_files import (
    EXERCISES, SOURCES, VERSIONS, answers, build, jupytext, marks, students,
    teachers)

pytestmark = pytest.mark.slow
each = pytest.mark.parametrize(
    'exercise, version', VERSIONS,
    ids=['-'.join(filter(None, version)) for version in VERSIONS])


def written_answers(kind, exercise, version):
    """The cells of the file of right or wrong answers for a version."""
    cells = jupytext.read(EXERCISES / kind / f'{exercise}.py').cells
    return [cell for cell in cells if 'answer' in cell.metadata
            and version in cell.metadata.get('tags', [version])]


def only_hidden_tests_find(cell):
    return 'hidden' in cell.metadata


def run(notebook, filled_in, only=None):
    """Run the marked cells of a notebook; return each check's complaint.

    Of the checks it runs all, or `only` one: none may need another.
    """
    namespace, complaints = {'__name__': '__main__'}, {}
    for cell in notebook.cells:
        name = marks(cell).get('grade_id')
        if name is None:
            continue
        code = compile(filled_in.get(name, cell.source), name, 'exec')
        if not marks(cell).grade:
            exec(code, namespace)
            continue
        if only not in (None, name):
            continue
        try:
            exec(code, namespace)
        except Exception as error:
            complaints[name] = f'{type(error).__name__}: {error}'
        else:
            complaints[name] = ''
    return complaints


@pytest.fixture
def needed(request):
    """Asks for the backend and the corpus that a notebook needs."""
    exercise, version = (request.node.callspec.params[name]
                         for name in ('exercise', 'version'))
    if version:
        request.getfixturevalue(f'{version}_backend')  # or skip
    if 'wikitext-2' in SOURCES[exercise].read_text(encoding='utf-8'):
        request.getfixturevalue('wikitext')


def test_only_the_students_notebooks_are_there():
    assert set(EXERCISES.rglob('*.ipynb')) == {
        build.released(SOURCES[exercise], version)
        for exercise, version in VERSIONS}, 'run exercises/build.py'


@pytest.mark.parametrize('exercise', SOURCES)
def test_students_import_from_two_places(exercise):
    code = SOURCES[exercise].read_text(encoding='utf-8')
    imported = re.findall(r'^\s*(?:from|import) (d2l_bert\S*)', code, re.M)
    assert set(imported) <= {'d2l_bert', 'd2l_bert.core'}


@each
def test_students_get_no_solution_and_no_hidden_test(exercise, version):
    """Their notebook is the teacher's without these, and up to date."""
    given = students(exercise, version)
    made = teachers(exercise, version)
    assert [cell.source for cell in given.cells] == [
        for_students(cell.source) for cell in made.cells], (
        f'{exercise} has changed: run exercises/build.py')
    assert not any(word in cell.source for cell in given.cells
                   for word in ('BEGIN SOLUTION', 'HIDDEN TESTS'))
    assert given.metadata.d2l_bert == made.metadata.d2l_bert
    assert not any(cell.get('outputs') for cell in given.cells)


def for_students(code):
    """Do what nbgrader does, but with regular expressions."""
    code = re.sub(
        r'^( *)### BEGIN SOLUTION\n.*?### END SOLUTION$',
        r"\1# Your code here.\n"
        r"\1raise NotImplementedError('there is no answer here yet')",
        code, flags=re.M | re.S)
    return re.sub('### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS\n', '',
                  code, flags=re.S)


@each
def test_it_says_what_it_asks_for(exercise, version):
    notebook = teachers(exercise, version)
    text = '\n'.join(cell.source for cell in notebook.cells
                     if cell.cell_type == 'markdown')
    points = [marks(cell).points for cell in notebook.cells
              if marks(cell).get('grade')]
    session = build.session(SOURCES[exercise]).removeprefix('session-')
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


def test_there_are_twenty_in_four_sessions():
    assert len(SOURCES) == 20
    for backend in build.BACKENDS:
        points = dict.fromkeys(build.SESSIONS, 0)
        for exercise, source in SOURCES.items():
            points[build.session(source)] += teachers(
                exercise, backend).metadata.d2l_bert.points
        assert points == {'session-1': 50, 'session-2': 50,
                          'session-3': 36, 'session-4': 36}


@each
def test_it_starts_unsolved(exercise, version, needed):
    notebook = students(exercise, version)
    complaints = run(notebook, {})
    assert complaints
    for complaint in complaints.values():
        assert complaint == 'NotImplementedError: there is no answer here yet'


@each
def test_its_solution_is_right(exercise, version, needed):
    notebook = teachers(exercise, version)
    complaints = run(notebook, {})
    assert not any(complaints.values()), complaints


@each
def test_its_solution_passes_what_students_see(exercise, version, needed):
    solutions = answers(teachers(exercise, version))
    complaints = run(students(exercise, version), solutions)
    assert not any(complaints.values()), complaints


def each_answer(kind):
    return pytest.mark.parametrize('exercise, version, cell', [
        pytest.param(exercise, version, cell, id='-'.join(
            filter(None, [exercise, version, str(number)])))
        for exercise, version in VERSIONS for number, cell
        in enumerate(written_answers(kind, exercise, version))])


@each_answer('right')
def test_a_right_answer_gets_the_points(exercise, version, cell, needed):
    """Also if it draws more than the solution, or other numbers."""
    solved = teachers(exercise, version)
    answer = cell.metadata['answer']
    filled_in = {**answers(solved), answer: cell.source}
    for notebook in (students(exercise, version), solved):
        assert run(notebook, filled_in, f'{answer}-check') == {
            f'{answer}-check': ''}


@each_answer('wrong')
def test_a_wrong_answer_is_told_what_is_wrong(exercise, version, cell,
                                              needed):
    solved = teachers(exercise, version)
    answer = cell.metadata['answer']
    check = f'{answer}-check'
    filled_in = {**answers(solved), answer: cell.source}
    seen = run(students(exercise, version), filled_in, check)[check]
    if only_hidden_tests_find(cell):
        assert not seen
        seen = run(solved, filled_in, check)[check]
    says = re.search('^# Says: (.*)$', cell.source, re.M)[1]
    assert seen.startswith('AssertionError: ')
    assert says in seen


@each
def test_wrong_answers_are_written_down(exercise, version):
    found = written_answers('wrong', exercise, version)
    visible = [cell for cell in found if not only_hidden_tests_find(cell)]
    assert len(visible) >= 2
    assert len(found) > len(visible), 'what passes by a copied output?'
    parts = answers(teachers(exercise, version))
    assert {cell.metadata['answer'] for cell in visible} == set(parts)
    right = written_answers('right', exercise, version)
    assert {cell.metadata['answer'] for cell in right} == set(parts)


# Arguments that are changed ------------------------------------------------

# After the right result the wrapper changes what it was given.
RUIN = """

def ruined(right):
    import functools

    def ruin(argument):
        for inner in vars(argument).values() if hasattr(
                argument, 'idx_to_token') else ():
            ruin(inner)
        if isinstance(argument, (list, tuple)):
            for inner in argument:
                ruin(inner)
        if isinstance(argument, list):
            argument.append(argument[0] if argument else None)
        elif hasattr(argument, 'dtype'):
            argument[...] = 1 - argument if 'bool' not in str(
                argument.dtype) else ~argument

    @functools.wraps(right)
    def wrapper(*arguments):
        result = right(*arguments)
        ruin(arguments)
        return result

    return wrapper

{name} = ruined({name})
"""
# What the arguments of these are cannot be changed: numbers, str, functions.
HARMLESS = {'split', 'figures', 'width', 'rng', 'lines', 'load', 'text',
            'seconds', 'rate', 'probs', 'normal'}


@pytest.mark.parametrize('exercise, version, answer', [
    (exercise, version, answer) for exercise, version in VERSIONS
    for answer in answers(teachers(exercise, version))])
def test_a_changed_argument_is_found_or_harmless(exercise, version, answer,
                                                 needed):
    solved = teachers(exercise, version)
    filled_in = answers(solved)
    name = re.search(r'^(?:def|class) (\w+)', filled_in[answer], re.M)[1]
    if answer == 'dataset':  # the windows of the object may be changed later
        name = f'{name}.__init__'
    filled_in[answer] += RUIN.format(name=name)
    for notebook in (students(exercise, version), solved):
        complaint = run(notebook, filled_in, f'{answer}-check')[
            f'{answer}-check']
        if answer in HARMLESS:
            assert not complaint
        else:
            assert ' has changed ' in complaint
