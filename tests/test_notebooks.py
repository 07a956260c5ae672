"""The committed notebooks are what their sources give, and they are true.

nbval executes each lesson once, in a process of its own; nothing else does.
The other tests read what the committed notebooks print.
"""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import import_or_skip, notebook_builder

from d2l_bert.core import load_model, read_log, saved_run

NOTEBOOKS = Path(__file__).parent.parent / 'notebooks'
SOURCES = sorted((NOTEBOOKS / 'source').glob('*.py'))
BACKENDS = ('torch', 'mxnet')

build = notebook_builder(NOTEBOOKS / 'build.py')
nbformat = import_or_skip('nbformat', 'nbformat')

lessons = pytest.mark.parametrize('source', SOURCES, ids=lambda p: p.stem)
both = pytest.mark.parametrize('name', BACKENDS)


def committed(source, name):
    return nbformat.read(build.target(source, name), as_version=4)


@lessons
@both
def test_inputs_are_what_the_source_gives(source, name):
    expected = build.lesson_for(source, name).cells
    found = committed(source, name).cells
    same = [(cell.id, cell.cell_type, cell.source) for cell in found] == [
        (cell.id, cell.cell_type, cell.source) for cell in expected]
    assert same, f'{source} has changed: run notebooks/build.py'


@lessons
@both
def test_every_code_cell_was_executed_without_error(source, name):
    # nbval skips a cell that has no execution count.
    code = [cell for cell in committed(source, name).cells
            if cell.cell_type == 'code']
    assert [cell.execution_count for cell in code] == list(
        range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell.outputs]
    assert not any(output.output_type == 'error' for output in outputs)
    assert not any(output.get('name') == 'stderr' for output in outputs)


def differing(source):
    """The pairs of cells that differ from backend to backend."""
    torch_cells, mxnet_cells = (committed(source, name).cells
                                for name in BACKENDS)
    assert len(torch_cells) == len(mxnet_cells)
    return [(a, b) for a, b in zip(torch_cells, mxnet_cells)
            if a.source != b.source and a.id not in ('badges', 'install')]


def test_the_notebooks_differ_in_their_import_only():
    for source in SOURCES:
        pairs = differing(source)
        assert pairs[0][0].source.endswith('torch_backend as d2l') or (
            'torch_backend as d2l\n' in pairs[0][0].source)
        # The lesson on the model also needs arrays in four places.
        assert len(pairs) <= (4 if source.stem == 'bert' else 1)
        assert {a.cell_type for a, _ in pairs} == {'code'}


def first_code(source, name):
    return next(cell for cell in committed(source, name).cells
                if cell.cell_type == 'code')


@lessons
@both
def test_the_badges_open_this_lesson(source, name):
    badges, repository = committed(source, name).cells[0], build.address()
    path = f'notebooks/{name}/{source.stem}.ipynb'
    assert (build.ROOT / path).is_file()
    owner = repository.removeprefix('https://github.com/')
    assert owner.count('/') == 1
    for link in (f'https://colab.research.google.com/github/{owner}/blob/'
                 f'HEAD/{path}',
                 f'https://mybinder.org/v2/gh/{owner}/HEAD?labpath={path}'):
        assert f']({link})' in badges.source


def run_first_cell(source, name, found, monkeypatch):
    """The commands of the first code cell; `found`: is there a package?"""
    commands = []
    monkeypatch.setattr('importlib.util.find_spec', lambda name: found)
    monkeypatch.setattr('subprocess.run', lambda command, check:
                        commands.append(command))
    exec(first_code(source, name).source, {})
    return commands


@lessons
@both
def test_the_first_cell_does_nothing_where_the_package_is(source, name,
                                                          monkeypatch):
    assert first_code(source, name).outputs == []
    spec = importlib.util.find_spec('d2l_bert')
    assert run_first_cell(source, name, spec, monkeypatch) == []


@lessons
@both
def test_the_first_cell_installs_the_package_on_colab(source, name,
                                                      monkeypatch):
    clone, install = run_first_cell(source, name, None, monkeypatch)
    assert clone[:2] == ['git', 'clone'] and build.address() in clone
    folder = clone[-1]
    assert install == [sys.executable, '-m', 'pip', 'install', '-q',
                       f'./{folder}[{name},sentences]']
    # A folder of this name does not hide the package that pip installs.
    assert not folder.isidentifier()


def printed(lesson, name):
    """What a committed lesson prints, output by output."""
    cells = committed(NOTEBOOKS / 'source' / f'{lesson}.py', name).cells
    return [output.get('text') or output['data']['text/plain']
            for cell in cells if cell.cell_type == 'code'
            for output in cell.outputs]


def test_the_lesson_prints_the_chapters_figures():
    for name in BACKENDS:
        texts = printed('bert-dataset', name)
        assert '20256' in texts
        assert ('(512, 64)\n(512, 64)\n(512,)\n(512, 10)\n(512, 10)\n'
                '(512, 10)\n(512,)\n') in texts


@lessons
def test_lessons_import_from_two_places(source):
    found = re.findall(r'(?:from|import) (d2l_bert.*)', source.read_text())
    assert len(found) == 3
    assert {line.split(' import')[0] for line in found} == {
        'd2l_bert', 'd2l_bert.core'}


@pytest.mark.parametrize('name', ['splitters', 'film-reviews', 'long-run',
                                  'span-experiment'])
def test_a_saved_run_says_how_to_make_it_again(name):
    readme = (saved_run(name) / 'README.md').read_text('utf-8')
    script = f'{name.replace("-", "_")}.py'
    assert f'python notebooks/{script}' in readme
    assert f'notebooks/{script}' in (NOTEBOOKS / script).read_text('utf-8')
    files = {path.name for path in saved_run(name).iterdir()} - {'README.md'}
    assert set(re.findall(r'^- `(\S+)`', readme, re.M)) == files


def test_the_lesson_compares_the_splitters():
    # tests/test_sentences.py holds these figures on the corpus itself.
    table = '''\
         sentences  paragraphs       pairs    that fit  vocabulary
period       74631       15496       59135       44225       20256
nltk         74415       14521       59894       43784       20073
spacy        73878       14461       59417       43152       20061
'''
    splits = '''\
nltk    ['The U.S. Navy met Lt. Reed .', 'He came from No. 3 Squadron .']
nltk    ['She sang at St.', 'Clair .', '" Why ? "', 'he asked .']
spacy   ['The U.S. Navy met Lt.', 'Reed .', 'He came from No.', '3 Squadron .']
spacy   ['She sang at St. Clair .', '" Why ? "', 'he asked .']
'''
    saved = json.loads(
        (saved_run('splitters') / 'figures.json').read_text('utf-8'))
    assert list(saved['table']) == ['period', 'nltk', 'spacy']
    for name in BACKENDS:
        texts = printed('bert-dataset', name)
        assert table in texts
        assert any(text.endswith(splits) for text in texts)


def test_the_lesson_on_pretraining_tells_what_fifty_steps_teach():
    for name in BACKENDS:
        text = ''.join(printed('bert-pretraining', name))
        for line in ('uniform: 9.92, perplexity 20256',
                     'unigram baseline: 6.7, perplexity 807',
                     'next sentence, probability 1/2: 0.693',
                     'better than uniform: True',
                     'better than the unigram baseline: False',
                     'better than log 2: False',
                     'same three words each time: True',
                     '13 steps in the log', '24 steps in the end',
                     'the same losses, to the last digit: True',
                     '(1, 6, 128) (1, 128) (1, 128)', '(1, 10, 128)',
                     'the same vector for crane: False',
                     'the same vectors: True'):
            assert f'{line}\n' in text


def test_the_long_run_beats_the_unigram_baseline():
    rows = read_log(saved_run('long-run') / 'log.csv')
    assert [row['step'] for row in rows] == list(range(1, 2001))
    assert rows[99]['valid_mlm_loss'] > 6.6  # it has to learn them first
    assert rows[-1]['valid_mlm_loss'] < 6.694 - 1
    table = [f'{row["step"]:4}{row["valid_mlm_loss"]:12.3f}'
             for row in (rows[99], rows[-1])]
    for name in BACKENDS:
        assert all(figure in ''.join(printed('bert-pretraining', name))
                   for figure in table)


def test_the_lesson_on_reviews_prints_the_articles_figures():
    for name in BACKENDS:
        text = ''.join(printed('bert-reviews', name))
        for line in ('1000 reviews, 9561 sentences',
                     '70 % have at most 27 words',
                     '90 % have at most 47 words',
                     '9626 words and special tokens: [CLS] [PAD] [MASK] '
                     '[SEP] [UNK] one of',
                     '17122 examples of 55 tokens',
                     'token_ids       (12, 55)',
                     'unigram baseline: 6.38, log 2: 0.693'):
            assert f'{line}\n' in text


def test_900_reviews_are_too_few_for_more_than_frequencies():
    rows = read_log(saved_run('film-reviews') / 'log-900-reviews.csv')
    assert [row['step'] for row in rows] == list(range(1, 161))
    assert 6.38 < rows[-1]['valid_mlm_loss'] < 6.38 + 0.1
    assert abs(rows[-1]['valid_nsp_loss'] - 0.693) < 0.01
    for name in BACKENDS:
        text = ''.join(printed('bert-reviews', name))
        for line in ('the same word each time: True',
                     'one of the ten most frequent: True'):
            assert f'{line}\n' in text


def test_three_reviews_are_memorised():
    folder = saved_run('film-reviews')
    rows = read_log(folder / 'log-3-reviews.csv')
    assert [row['step'] for row in rows] == list(range(1, 601))
    assert rows[-1]['mlm_loss'] < 0.9
    model = load_model(folder / 'model.safetensors')
    assert len(model.vocab) == model.config.vocab_size == 357
    words = 'more than half of the words predicted'
    pairs = 'more than 85 % of the pairs right'
    for name in BACKENDS:
        text = ''.join(printed('bert-reviews', name))
        for line in ('34 examples, 357 words and special tokens',
                     '680 examples',
                     f'one draw, the same masks: {words}: True',
                     f'one draw, the same masks: {pairs}: True',
                     f'one draw, other masks: {words}: False',
                     f'one draw, other masks: {pairs}: False',
                     f'twenty draws, other masks: {words}: True',
                     f'twenty draws, other masks: {pairs}: True',
                     'A: This show pulls no punches with regards to drugs, '
                     'sex or violence',
                     'more than half right in known ones: True',
                     'close to one in five in others: True'):
            assert f'{line}\n' in text


def test_the_lesson_on_spanbert():
    for name in BACKENDS:
        text = ''.join(printed('spanbert', name))
        for line in ('mean 3.797 words',
                     'all shares within five standard deviations: True',
                     'masked      80%', 'mixed        0%',
                     'pred_positions  (32, 9)', 'span_offsets    (32, 9)',
                     'the same scores: True', 'the same for offset 1: False',
                     'other vectors in the span, other scores: False',
                     'other vector at a border, other scores: True',
                     'close to it after 40 steps: True',
                     'the same two best tokens each time: True',
                     'A: a famous library',
                     'precision 0.33, recall 0.50, F1 0.40',
                     'more than half of the known ones right: True',
                     'less than half of the others right: True'):
            assert f'{line}\n' in text


def nbval(notebook):
    return subprocess.run(
        [sys.executable, '-m', 'pytest', '-q', '--nbval', '-p',
         'no:cacheprovider', '-c', os.devnull, str(notebook)],
        cwd=notebook.parent, capture_output=True, text=True,
        env={**os.environ, **build.KERNEL_ENVIRONMENT})


@pytest.mark.slow
@lessons
@both
def test_nbval_finds_the_outputs_true(source, name, wikitext, imdb, nltk,
                                      spacy, request):
    request.getfixturevalue(f'{name}_backend')  # or skip
    run = nbval(build.target(source, name))
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-1000:]
    assert ' passed' in run.stdout
    assert ' failed' not in run.stdout


@pytest.mark.slow
def test_nbval_would_notice_a_wrong_output(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(
        '1 + 1', execution_count=1, outputs=[nbformat.v4.new_output(
            'execute_result', {'text/plain': '3'}, execution_count=1)])])
    nbformat.write(notebook, tmp_path / 'wrong.ipynb')
    assert nbval(tmp_path / 'wrong.ipynb').returncode == 1
