"""The template of a course repository works, step by step, offline.

A runner takes the steps of the workflow one after another, in a shell that
stops at the first error, and hands on what they write to GITHUB_ENV. So
does this test, save for the steps that need GitHub or a network.
"""

import configparser
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from conftest import import_or_skip

from d2l_bert.frameworks import FRAMEWORKS, Machine, has_build

pytestmark = pytest.mark.slow
nbformat = import_or_skip('nbformat', 'nbformat')
yaml = import_or_skip('yaml', 'yaml')

ROOT = Path(__file__).parent.parent
TEMPLATE = ROOT / 'course'
WORKFLOW = Path('.github', 'workflows', 'course.yml')


def workflow(course):
    return yaml.safe_load((course / WORKFLOW).read_text(encoding='utf-8'))


def code(source, *outputs):
    """A cell as it is saved after it ran, with its outputs."""
    return nbformat.v4.new_code_cell(
        source, execution_count=1, outputs=[
            nbformat.v4.new_output('execute_result', {'text/plain': text},
                                   execution_count=1)
            for text in outputs])


def lesson(backend):
    """A notebook as a teacher writes, runs and saves it."""
    shape = {'torch': 'torch.Size([64, 32])', 'mxnet': '(64, 32)'}[backend]
    return nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_markdown_cell('# Batches'),
        code(f'from d2l_bert import {backend}_backend as d2l'),
        code("train_iter, vocab = d2l.load_data_wiki(\n"
             "    64, 32, corpus='tiny', seed=0)\n"
             "next(iter(train_iter)).token_ids.shape, len(vocab)",
             f'({shape}, 736)'),
        code('from d2l_bert.core import load_paragraphs\n'
             "len(load_paragraphs('wikitext-2')) > 10000", 'True')])


class Runner:
    """Runs the steps of a course's workflow that have a command."""

    def __init__(self, course):
        self.course = course
        self.env = {**os.environ, **workflow(course)['env'],
                    'PYTHONPATH': str(ROOT), 'GITHUB_ENV': 'github-env',
                    'PATH': f'{Path(sys.executable).parent}{os.pathsep}'
                            f'{os.environ["PATH"]}'}
        self.env.pop('D2L_BERT_DATA', None)

    def run(self):
        """Run step after step; return the name of the one that fails."""
        for step in workflow(self.course)['jobs']['check']['steps']:
            if 'run' not in step or step['name'] == 'Install':
                continue
            done = subprocess.run(['bash', '-e', '-c', step['run']],
                                  cwd=self.course, env=self.env, text=True,
                                  capture_output=True)
            if done.returncode:
                return step['name'], done.stdout + done.stderr
            self.take_over_environment()
        return None

    def take_over_environment(self):
        written = self.course / 'github-env'
        if written.exists():
            self.env.update(line.split('=', 1)
                            for line in written.read_text().splitlines())


@pytest.fixture(params=['torch', 'mxnet'])
def course(request, tmp_path, wikitext):
    """A course repository with one notebook and a corpus of its own."""
    request.getfixturevalue(f'{request.param}_backend')  # or skip
    folder = tmp_path / 'my-course'
    shutil.copytree(TEMPLATE, folder)
    path = folder / WORKFLOW
    text = path.read_text(encoding='utf-8')
    path.write_text(text.replace('BACKEND: torch',
                                 f'BACKEND: {request.param}'))
    (folder / 'notebooks').mkdir()
    nbformat.write(lesson(request.param),
                   folder / 'notebooks' / 'batches.ipynb')
    (folder / 'data').mkdir()
    (folder / 'data' / 'wikitext-2').symlink_to(wikitext)
    return folder


def test_a_course_is_checked_and_rendered(course):
    assert Runner(course).run() is None
    site = course / 'site'
    assert sorted(path.name for path in site.iterdir()) == [
        'batches.html', 'index.html']
    assert '<a href="batches.html">batches</a>' in (
        site / 'index.html').read_text(encoding='utf-8')
    assert '64' in (site / 'batches.html').read_text(encoding='utf-8')


def test_a_wrong_output_stops_it(course):
    path = course / 'notebooks' / 'batches.ipynb'
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[2].outputs[0].data['text/plain'] = '((64, 32), 1)'
    nbformat.write(notebook, path)
    step, output = Runner(course).run()
    assert step == 'Check the notebooks'
    assert '((64, 32), 1)' in output
    assert not (course / 'site').exists()


# The guide ----------------------------------------------------------------

def guide(part):
    """The blocks of commands in a part of the course's guide."""
    text = (TEMPLATE / 'README.md').read_text(encoding='utf-8')
    text = text.split('\n---\n')[part]
    return [textwrap.dedent(block) for block in re.findall(
        r'(?<=\n\n)((?: {4,}.*\n)+)(?=\n|$)', text)
        if not re.match(r' *\d\. ', block)]


def shell(command, folder, **env):
    done = subprocess.run(['bash', '-e', '-c', command], cwd=folder,
                          env={**os.environ, **env}, text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def git_hub(tmp_path):
    """Has OWNER's repositories in a folder; how git gets to them."""
    folder = tmp_path / 'git-hub'
    package = folder / 'd2l_bert'
    for part in ('course', 'notebooks/torch'):
        shutil.copytree(ROOT / part, package / part,
                        ignore=shutil.ignore_patterns('.ipynb_checkpoints'))
    shutil.copy(ROOT / 'constraints.txt', package)
    env = {'GIT_CONFIG_COUNT': '1', 'GIT_CONFIG_VALUE_0':
           'https://github.com/OWNER/', 'GIT_CONFIG_KEY_0':
           f'url.file://{folder}/.insteadOf',
           **{f'GIT_{who}_{what}': value for who in ('AUTHOR', 'COMMITTER')
              for what, value in (('NAME', 'Ada'), ('EMAIL', 'ada@example'))}}
    shell('git init -q -b main && git add . && git commit -q -m package',
          package, **env)
    shell('git init -q --bare -b main my-course', folder, **env)
    return env


def test_the_commands_of_the_guide_lead_to_a_green_workflow(
        git_hub, tmp_path, wikitext, torch_backend):
    make, push = guide(0)
    folder = tmp_path / 'teacher'
    folder.mkdir()
    shell(make, folder, **git_hub)
    shell(push, folder / 'my-course', **git_hub)
    shell('git clone -q https://github.com/OWNER/my-course', tmp_path,
          **git_hub)
    course = tmp_path / 'my-course'
    there = {str(path.relative_to(course)) for path in course.rglob('*')
             if path.is_file() and '.git' not in path.parts}
    lessons = {'bert', 'bert-dataset', 'bert-pretraining'}
    assert there == {
        '.github/workflows/course.yml', '.gitignore', 'README.md',
        'conftest.py', 'constraints.txt',
        *(f'notebooks/{name}.ipynb' for name in lessons)}
    # tests/test_notebooks.py runs all lessons, which takes minutes. Here one
    # is enough: the one that needs the corpus.
    for name in lessons - {'bert-dataset'}:
        (course / 'notebooks' / f'{name}.ipynb').unlink()
    # The cache of the workflow, after the first run.
    cache = Path(os.environ['XDG_CACHE_HOME'], 'd2l_bert')
    cache.mkdir(parents=True)
    (cache / 'wikitext-2').symlink_to(wikitext)
    assert Runner(course).run() is None
    assert {path.stem for path in (course / 'site').iterdir()} == {
        'index', 'bert-dataset'}


def test_pip_takes_the_tested_versions():
    installs = [line for block in guide(1) for line in block.splitlines()
                if 'pip install' in line]
    steps = workflow(TEMPLATE)['jobs']['check']['steps']
    installs += [step['run'] for step in steps
                 if 'pip install' in step.get('run', '')]
    assert len(installs) == 3
    assert all('-c constraints.txt' in line for line in installs)


def test_a_progress_bar_is_no_output(course, monkeypatch, tmp_path):
    """The guide's check, on a computer where CI is not set."""
    notebook = nbformat.v4.new_notebook(cells=[
        code('import time\nfrom d2l_bert.core.progress import progress\n'
             'for step in progress(range(4), leave=True):\n'
             '    time.sleep(0.5)\nstep', '3')])
    for path in (course / 'notebooks').iterdir():
        path.unlink()
    nbformat.write(notebook, course / 'notebooks' / 'slow.ipynb')
    for name in ('CI', 'TQDM_DISABLE'):
        monkeypatch.delenv(name, raising=False)
    check, = (line for block in guide(1) for line in block.splitlines()
              if '--nbval' in line)
    check = check.replace('.venv/bin/python', sys.executable)
    shell(check, course, PYTHONPATH=str(ROOT))
    (course / 'conftest.py').unlink()
    with pytest.raises(AssertionError, match='FAILED|failed'):
        shell(check, course, PYTHONPATH=str(ROOT))


def test_it_installs_what_there_is():
    """The one step that is not run asks for extras that exist."""
    steps = workflow(TEMPLATE)['jobs']['check']['steps']
    install = next(step['run'] for step in steps
                   if step.get('name') == 'Install')
    # The first lesson compares splitters, so 'sentences' is needed, too.
    assert ('"d2l_bert[$BACKEND,notebooks,sentences] @ $D2L_BERT"' in
            install)
    setup = configparser.ConfigParser()
    setup.read(ROOT / 'setup.cfg')
    assert {'torch', 'mxnet', 'notebooks', 'sentences'} <= set(
        setup['options.extras_require'])


def test_it_publishes_from_main_only_and_after_the_check():
    jobs = workflow(TEMPLATE)['jobs']
    assert jobs['publish']['needs'] == 'check'
    assert "github.ref == 'refs/heads/main'" in jobs['publish']['if']
    assert jobs['check']['permissions'] == {'contents': 'read'}


@pytest.mark.parametrize('path', [
    TEMPLATE / WORKFLOW, *(ROOT / '.github' / 'workflows').glob('*.yml')],
    ids=lambda path: path.name)
def test_it_uses_exact_versions(path):
    jobs = yaml.safe_load(path.read_text(encoding='utf-8'))['jobs'].values()
    used = [step['uses'] for job in jobs for step in job['steps']
            if 'uses' in step]
    assert used
    assert all(re.search(r'@v\d+\.\d+\.\d+$', name) for name in used)
    runners = {job['runs-on'] for job in jobs}
    assert not any(name.endswith('-latest') for name in runners)


def test_its_python_has_both_frameworks():
    steps = workflow(TEMPLATE)['jobs']['check']['steps']
    version, = (step['with']['python-version'] for step in steps
                if 'python-version' in step.get('with', ()))
    python = tuple(map(int, version.split('.')))
    assert all(has_build(name, Machine('Linux', 'x86_64', python))
               for name in FRAMEWORKS)


def test_neither_progress_bars_nor_threads_change_outputs():
    env = workflow(TEMPLATE)['env']
    assert (env['TQDM_DISABLE'], env['OMP_NUM_THREADS']) == ('1', '1')
