"""The documentation is true: its commands, code, links and messages."""

import ast
import importlib.util
import re
import shlex
from pathlib import Path
from unittest.mock import patch

import pytest

import d2l_bert
from d2l_bert.cli import _parse
from d2l_bert.core import DATA_HUB, find_corpus
from d2l_bert.core.text.catalog import ENVIRONMENT
from d2l_bert.core.training.runs import CHECKPOINT_FILE

ROOT = Path(d2l_bert.__file__).parent.parent
PACKAGE = ROOT / 'd2l_bert'
README = ROOT / 'README.md'
PAGES = [path for pattern in ('*.md', 'docs/*.md', 'exercises/*.md',
                              'course/*.md', 'benchmarks/*.md',
                              'tests/golden/*.md', 'd2l_bert/data/*/*.md')
         for path in sorted(ROOT.glob(pattern))]

LESSONS = sorted((ROOT / 'notebooks' / 'source').glob('*.py'))

each_page = pytest.mark.parametrize(
    'path', PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def blocks(path, language):
    """The fenced blocks of a language in a page."""
    return re.findall(rf'^```{language}\n(.*?)^```$',
                      path.read_text('utf-8'), re.DOTALL | re.MULTILINE)


def test_pages_are_found():
    assert {README, ROOT / 'CONTRIBUTING.md', ROOT / 'docs' / 'api.md',
            ROOT / 'course' / 'README.md'} < set(PAGES)


def test_the_readme_is_short():
    assert len(README.read_text('utf-8').splitlines()) <= 150


# Links --------------------------------------------------------------------

def anchors(path):
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r'^#+ (.*)$', path.read_text('utf-8'), re.MULTILINE)
    return {re.sub(r'[^\w -]', '', heading.lower()).replace(' ', '-')
            for heading in headings}


def prose_of(path):
    """A page without its code; of a lesson its comments."""
    text = path.read_text('utf-8')
    if path.suffix == '.py':
        text = re.sub(r'^(?!#).*$', '', text, flags=re.MULTILINE)
    return re.sub(r'```.*?```|`[^`\n]*`', '', text, flags=re.DOTALL)


def dead_links(path):
    """The links in a page or lesson that lead to no file or heading."""
    prose = prose_of(path)
    for link in re.findall(r'\]\(([^)\s]+)\)|^# \[\w+\]: (\S+)', prose,
                           flags=re.MULTILINE):
        link = ''.join(link)
        if not link.startswith(('https://', 'http://')):
            target, _, anchor = link.partition('#')
            page = path.parent / target if target else path
            if not page.exists() or anchor and anchor not in anchors(page):
                yield link


@each_page
def test_links_lead_somewhere(path):
    assert list(dead_links(path)) == []


@pytest.mark.parametrize('path', LESSONS, ids=lambda path: path.stem)
def test_links_of_the_lessons_lead_somewhere(path):
    assert list(dead_links(path)) == []
    # Each [text][name] has its address, in the same cell.
    for cell in prose_of(path).split('\n# %%'):
        names = set(re.findall(r'\[[^]]+\]\[([a-z]+)\]', cell))
        assert names == set(re.findall(r'^# \[(\w+)\]: ', cell, re.MULTILINE))


def test_a_dead_link_is_noticed(tmp_path):
    page = tmp_path / 'page.md'
    page.write_text('# A\n[a](#a) [b](#b) [c](c.md)\n# [d]: d.md\n', 'utf-8')
    assert list(dead_links(page)) == ['#b', 'c.md', 'd.md']


def test_the_glossary_is_in_order_and_leads_to_each_term():
    page = (ROOT / 'docs' / 'glossary.md').read_text('utf-8')
    _, *entries = page.split('\n## ')
    terms = [entry.splitlines()[0].lower() for entry in entries]
    assert terms == sorted(terms)
    assert all('See' in entry and '](' in entry for entry in entries)


# Commands -----------------------------------------------------------------

COMMAND = re.compile(r'^\s*(?:\S*[/\\]|\$ )?(?:d2l-bert|.* -m d2l_bert) (.*)$',
                     re.MULTILINE)


@each_page
def test_commands_can_be_parsed(path):
    for arguments in COMMAND.findall(path.read_text('utf-8')):
        argv = shlex.split(arguments.split(' |')[0], comments=True)
        _parse(argv)  # or SystemExit


def test_the_check_of_commands_can_fail():
    found = [arguments for path in PAGES
             for arguments in COMMAND.findall(path.read_text('utf-8'))]
    assert 'dataset' in found and len(found) > 10
    with pytest.raises(SystemExit):
        _parse(['dataset', '--sow', '3'])


def test_windows_has_the_same_commands():
    for unix, windows in zip(blocks(README, 'sh'),
                             blocks(README, 'powershell'), strict=True):
        assert windows == (unix.replace(' &&\n', '\n').replace('python3', 'py')
                           .replace('.venv/bin/', '.venv\\Scripts\\'))


# Code ---------------------------------------------------------------------

def run_block(source, namespace):
    """Run code, and compare `expression  # value` with what it says."""
    lines = source.splitlines()
    for node in ast.parse(source).body:
        code = ast.get_source_segment(source, node)
        if not isinstance(node, ast.Expr):
            exec(code, namespace)
            continue
        found = eval(code, namespace)
        _, _, comment = lines[node.end_lineno - 1].partition('# ')
        try:
            said = ast.literal_eval(comment.strip())
        except (SyntaxError, ValueError):
            continue  # words, or nothing
        assert found == said, code


def run_page(path, backend):
    name, namespace = backend.__name__.removeprefix('d2l_bert.'), {}
    with patch.dict(DATA_HUB):
        for block in blocks(path, 'python'):
            run_block(block.replace('torch_backend', name), namespace)


def test_a_wrong_value_in_a_comment_is_noticed():
    run_block('1 + 1   # 2', {})
    with pytest.raises(AssertionError):
        run_block('1 + 1   # 3', {})


def test_the_code_of_the_readme_runs(backend, wikitext):
    run_page(README, backend)


@pytest.mark.slow
@pytest.mark.parametrize('name', ['data', 'own-text', 'pretraining',
                                  'wordpiece'])
def test_the_code_of_the_pages_runs(name, backend, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tinywiki = find_corpus('tiny').path / 'wiki.train.tokens'
    Path('my-text.txt').write_bytes(tinywiki.read_bytes())
    run_page(ROOT / 'docs' / f'{name}.md', backend)


# Files and names ----------------------------------------------------------

def test_every_file_of_the_package_is_described():
    named, folder = [], None
    for line in (ROOT / 'CONTRIBUTING.md').read_text('utf-8').splitlines():
        if re.fullmatch(r'    d2l_bert/\S*/|    d2l_bert/', line):
            folder = line.strip()
        elif match := re.match(r' {8}(\w+\.py)  +\S', line):
            named.append(f'{folder}{match[1]}')
    there = [path.relative_to(ROOT).as_posix()
             for path in PACKAGE.rglob('*.py')]
    assert sorted(named) == sorted(there)


def test_the_api_reference_is_what_the_docstrings_say(torch_backend,
                                                      mxnet_backend):
    path = ROOT / 'docs' / 'build_api.py'
    spec = importlib.util.spec_from_file_location('build_api', path)
    build_api = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build_api)
    same = build_api.page() == build_api.TARGET.read_text('utf-8')
    assert same, 'a docstring has changed: run docs/build_api.py'


# Messages -----------------------------------------------------------------

# What pip, PowerShell and NumPy say.
FOREIGN = {'Invalid requirement', 'running scripts is disabled',
           "module 'numpy' has no attribute 'bool'"}
# Names in messages that the page writes out.
WRITTEN = {'ENVIRONMENT': ENVIRONMENT, 'CHECKPOINT_FILE': CHECKPOINT_FILE}


def strings(path):
    """The strings of a file, '{}' for what is filled in."""
    for node in ast.walk(ast.parse(path.read_text('utf-8'))):
        if isinstance(node, ast.JoinedStr):
            yield ''.join(
                part.value if isinstance(part, ast.Constant) else
                WRITTEN.get(getattr(part.value, 'id', ''), '{}')
                for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_messages_are_the_packages():
    """Those in bold on the page on troubleshooting; '...' is anything."""
    page = (ROOT / 'docs' / 'troubleshooting.md').read_text('utf-8')
    messages = {re.sub(r'\s+', ' ', message)
                for bold in re.findall(r'^\*\*`.*?\*\*', page,
                                       re.DOTALL | re.MULTILINE)
                for message in re.findall(r'`([^`]*)`', bold)}
    assert len(messages) > 20
    said = '\n'.join(text for path in PACKAGE.rglob('*.py')
                     for text in strings(path))
    for message in messages:
        pattern = '.*'.join(map(re.escape, message.split('...')))
        ours = bool(re.search(pattern, said))
        assert ours or any(text in message for text in FOREIGN), message
