"""The d2l-bert command: what it prints, and how it fails."""

import hashlib
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from d2l_bert import __version__, cli, frameworks
from d2l_bert.cli import data as cli_data
from d2l_bert.core.examples.display import columns_text
from d2l_bert.core.text import catalog
from d2l_bert.core.text.archives import ArchiveError
from d2l_bert.core.files import TINYWIKI_DIR
from d2l_bert.core.text.fetch import DataSet
from d2l_bert.core.checks import MAX_SEED
from d2l_bert.core.objectives.bert import make_examples

ROOT = Path(cli.__file__).parents[2]
# The training file of our CI has the published articles in another order.
# What depends on the order was counted there.
CI_TRAIN_FILE = ('728c77e87e176af4730f9a80fc6008bc'
                 'aff421a7202c1c048877c0eec3685f89')
TINY = ['dataset', '--corpus', 'tiny']


def nobody():
    """The address of a port of this computer where nobody listens."""
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return f'http://127.0.0.1:{listener.getsockname()[1]}'


@pytest.fixture(autouse=True)
def unreachable(monkeypatch):
    """WikiText-2 is nowhere: no folder is named, and no mirror answers."""
    monkeypatch.delenv('D2L_BERT_DATA', raising=False)
    monkeypatch.delenv('NO_COLOR', raising=False)
    for name in ('http_proxy', 'https_proxy'):  # for other processes
        monkeypatch.setenv(name, nobody())
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    files = catalog.PUBLISHED['wikitext-2'].files
    monkeypatch.setitem(catalog.PUBLISHED, 'wikitext-2',
                        DataSet(files, (nobody() + '/wikitext-2.zip',)))
    monkeypatch.setitem(catalog.DATA_HUB, 'wikitext-2',
                        (nobody() + '/book.zip', 'c0ffee'))


@pytest.fixture
def framework(backend):
    return backend.__name__.removeprefix('d2l_bert.').removesuffix('_backend')


def child(*argv, **kw):
    return subprocess.run(
        [sys.executable, '-m', 'd2l_bert', *map(str, argv)], text=True,
        capture_output=True, timeout=300, cwd=ROOT, **kw)


def value(out, title):
    """The line of the output that has this title."""
    return re.search(f'^{title} +(.*)$', out, re.M)[1]


def fails(result, pattern):
    status, _, err = result
    assert status == 1
    assert re.fullmatch(f'd2l-bert: error: {pattern}\n', err), err
    return True


# d2l-bert dataset ---------------------------------------------------------

def test_dataset(run, framework):
    status, out, err = run(*TINY, '--backend', framework, '--show', 2)
    assert (status, err) == (0, '')
    assert value(out, 'backend').startswith(f'{framework} ')
    assert value(out, 'corpus') == 'tiny'
    assert f' comes with d2l_bert: {TINYWIKI_DIR}\n' in out
    assert value(out, 'text') == '216 paragraphs, 1293 sentences'
    assert value(out, 'pairs') == ('1077, of which 0 are longer than 64 '
                                   'tokens and dropped')
    assert value(out, 'examples') == '1077'
    assert value(out, 'vocabulary') == '736 tokens'
    assert value(out, 'batches') == '3 of 512'
    whole = {'torch': 'int64', 'mxnet': 'int32'}[framework]
    table = re.findall(r'^.{12}(\w+) +(\(.*?\)) +(\w+)$', out, re.M)
    assert table == [
        ('token_ids', '(512, 64)', whole), ('segments', '(512, 64)', whole),
        ('valid_lens', '(512,)', 'float32'),
        ('pred_positions', '(512, 10)', whole),
        ('mlm_weights', '(512, 10)', 'float32'),
        ('mlm_labels', '(512, 10)', whole), ('nsp_labels', '(512,)', whole)]
    assert re.fullmatch(r'\d+\.\d\d to read, \d+\.\d\d to make the '
                        r'examples, \d+\.\d\d an epoch', value(out, 'seconds'))
    assert out.count('\nexample ') == 2 and '\x1b' not in out


def test_the_same_examples_as_load_data_wiki(run, framework, backend):
    train_iter, vocab = backend.load_data_wiki(
        512, 48, corpus='tiny', seed=7, min_freq=2)
    _, out, _ = run(*TINY, '--backend', framework, '--seed', 7, '--show', 3,
                    '--max-len', 48, '--min-freq', 2)
    assert out.endswith(columns_text(train_iter.dataset[:3]) + '\n')
    assert value(out, 'vocabulary') == f'{len(vocab)} tokens'


@pytest.mark.parametrize('name, text, made, about', [
    ('period', '2 paragraphs, 4 sentences', '2', None),
    ('nltk', '3 paragraphs, 7 sentences', '4',
     'split by NLTK {}: Punkt, trained on the text itself'),
    ('spacy', '3 paragraphs, 7 sentences', '4',
     'split by spaCy {}: its sentencizer')])
def test_sentence_splitter(name, text, made, about, run, tmp_path, nltk,
                           spacy, torch_backend):
    tides = tmp_path / 'tides.txt'
    tides.write_text('It rose . Did it ? It fell . \nIt rose . It fell . \n'
                     'It rose ! It fell ! \n', 'utf-8')
    status, out, err = run('dataset', '--backend', 'torch', '--min-freq', 1,
                           '--corpus', tides, '--sentence-splitter', name)
    assert status == 0
    assert ('1 line with 6 words, 29 % of the text, left out of' in err) == (
        name == 'period')
    assert value(out, 'text') == text
    assert value(out, 'examples') == made
    lines = re.findall('^ +(split by .*)$', out, re.M)
    version = {'nltk': nltk, 'spacy': spacy}.get(name, nltk).__version__
    assert lines == ([about.format(version)] if about else [])


def test_every_option_arrives(run, monkeypatch, torch_backend):
    seen = {}

    def spy(paragraphs, max_len, **options):
        seen.update(options, max_len=max_len)
        return make_examples(paragraphs, max_len, **options)
    monkeypatch.setattr('d2l_bert.core.objectives.bert.make_examples', spy)
    status, out, err = run(
        *TINY, '--backend', 'torch', '--batch-size', 100, '--max-len', 32,
        '--min-freq', 3, '--dupe-factor', 2, '--strict-negatives',
        '--strict-masking', '--dynamic-masking', '--tokenizer', 'basic',
        '--mlm-ratio', 0.25)
    assert (status, err) == (0, '')
    del seen['rng']
    assert seen == {'max_len': 32, 'min_freq': 3, 'dupe_factor': 2,
                    'strict_negatives': True, 'strict_masking': True,
                    'dynamic_masking': True, 'tokenizer': 'basic',
                    'mlm_ratio': 0.25}
    pairs, dropped = re.findall(r'\d+', value(out, 'pairs'))[:2]
    assert (int(pairs), int(pairs) - int(dropped)) == (
        2 * 1077, int(value(out, 'examples')))
    assert value(out, 'batches') == (
        f'{-(-int(value(out, "examples")) // 100)} of 100')
    assert '(100, 32)' in out and '(100, 8)' in out


def test_wikitext_2(run, wikitext, framework):
    status, out, err = run('dataset', '--backend', framework,
                           '--data-dir', wikitext, '--seed', 0)
    assert (status, err) == (0, '')
    readme = (ROOT / 'README.md').read_text('utf-8')
    train = (wikitext / 'wiki.train.tokens').read_bytes()
    published = all(catalog.verify('wikitext-2', wikitext).values())
    assert value(out, 'corpus') == 'wikitext-2, ' + (
        'the published bytes' if published else 'not the published bytes')
    assert f' in --data-dir: {wikitext}\n' in out
    assert value(out, 'text') == '15496 paragraphs, 74631 sentences'
    assert value(out, 'vocabulary') == '20256 tokens'
    assert value(out, 'pairs').startswith('59135, ')  # 74631 - 15496
    if hashlib.sha256(train).hexdigest() == CI_TRAIN_FILE:
        assert ', of which 15504 are longer than 64 ' in value(out, 'pairs')
        assert value(out, 'examples') == '43631'
        assert value(out, 'batches') == '86 of 512'
        # README shows it, but for the version, the place and the seconds.
        for line in out.splitlines():
            assert line in readme or re.match(
                'backend|seconds| +in --data-dir', line), line


def test_your_own_text(run, tmp_path, torch_backend):
    text = tmp_path / 'tides.txt'
    text.write_text('The <pad> rose . It fell . \n' * 3, 'utf-8')
    status, out, err = run('dataset', '--backend', 'torch', '--corpus', text,
                           '--min-freq', 1)
    assert status == 0
    assert value(out, 'corpus') == str(text)
    assert f' a text of your own: {text}\n' in out
    assert value(out, 'examples') == '3'
    assert re.fullmatch('d2l-bert: warning: the text itself holds <pad>,.*\n',
                        err)


def test_tinywiki_stands_in_and_says_so(run, torch_backend):
    status, out, err = run('dataset', '--backend', 'torch')
    assert status == 0 and value(out, 'corpus') == 'tiny'
    assert re.fullmatch(
        r'd2l-bert: warning: using TinyWiki, as WikiText-2 cannot be '
        r'downloaded: '
        r'no mirror had the data: http://127.0.0.1:\d+/wikitext-2.zip: .*; '
        r'Put .* into .* by hand, or set D2L_BERT_DATA .*\n', err)


def test_tinywiki_stands_in_for_no_explicit_wish(run, tmp_path, monkeypatch,
                                                 torch_backend):
    wish = ['dataset', '--backend', 'torch']
    assert fails(run(*wish, '--corpus', 'wikitext-2'),
                 'no mirror had the data: .*')
    assert fails(run(*wish, '--data-dir', tmp_path), '--data-dir has no .*')
    monkeypatch.setenv('D2L_BERT_DATA', str(tmp_path / 'nowhere'))
    assert fails(run(*wish), 'D2L_BERT_DATA is set to .*, which is not .*')


# Frameworks ---------------------------------------------------------------

@pytest.mark.parametrize('there, argv, expected', [
    ({'torch', 'mxnet'}, [], ['torch', 'mxnet']),
    ({'mxnet'}, [], ['mxnet']),
    ({'torch', 'mxnet'}, ['--backend', 'mxnet'], ['mxnet'])])
def test_choice_of_framework(there, argv, expected, run, monkeypatch,
                             torch_backend, mxnet_backend):
    monkeypatch.setattr(frameworks, 'is_installed', there.__contains__)
    _, out, _ = run(*TINY, *argv)
    assert re.findall(r'^backend +(\w+) ', out, re.M) == expected
    missing = {'torch', 'mxnet'} - there
    assert ('note' in out) == bool(missing)  # and says what was left out


@pytest.mark.parametrize('there, argv, advice', [
    (set(), [], r'PyTorch is not installed; pip install "d2l_bert\[torch\]" '
     r'brings it; MXNet .*'),
    ({'torch'}, ['--backend', 'mxnet'], 'MXNet (has no build|is not inst).*')
])
def test_no_framework(there, argv, advice, run, monkeypatch):
    monkeypatch.setattr(frameworks, 'is_installed', there.__contains__)
    assert fails(run(*TINY, *argv), advice)


def test_data_needs_no_framework(run_python):
    assert run_python('''
import sys
from d2l_bert.cli import main
main(['data'])
print({'torch', 'mxnet'} & set(sys.modules))
''').endswith('\nset()\n')


# d2l-bert data ------------------------------------------------------------

def test_data_lists_what_is_where(run):
    status, out, err = run('data')
    assert (status, err) == (0, '')
    assert value(out, 'wikitext-2').startswith(
        'none: wikitext-2 is not on this computer: looked in D2L_BERT_DATA ')
    assert value(out, 'tiny') == f'comes with d2l_bert: {TINYWIKI_DIR}'


def a_copy(folder):
    folder.mkdir()
    (folder / 'wiki.train.tokens').write_bytes(b'other')
    (folder / 'wiki.valid.tokens').write_bytes(b'The sea rose .')
    return folder


@pytest.mark.parametrize('argv', [['data'], ['data', 'wikitext-2']])
def test_data_tells_file_by_file(argv, run, tmp_path, monkeypatch):
    files = {'wiki.train.tokens': ('c0ffee', 5),
             'wiki.valid.tokens': (
                 hashlib.sha1(b'blob 14\0The sea rose .').hexdigest(), 14),
             'wiki.test.tokens': ('c0ffee', 3)}
    monkeypatch.setitem(catalog.PUBLISHED, 'wikitext-2', DataSet(files))
    folder = a_copy(tmp_path / 'wikitext-2')
    monkeypatch.setenv('D2L_BERT_DATA', str(tmp_path))
    status, out, err = run(*argv)
    assert (status, err) == (0, '')
    assert out.startswith(f'''\
wikitext-2  in D2L_BERT_DATA: {folder}
            wiki.train.tokens  not the published bytes
            wiki.valid.tokens  the published bytes
            wiki.test.tokens  missing
''')
    monkeypatch.delenv('D2L_BERT_DATA')
    _, out, _ = run(*argv, '--data-dir', folder)
    assert out.startswith(f'wikitext-2  in --data-dir: {folder}\n')


def test_data_that_cannot_be_had(run, tmp_path):
    assert fails(run('data', 'wikitext-2'), 'no mirror had the data: .*')
    assert fails(run('data', 'wikitext-2', '--data-dir', tmp_path),
                 '--data-dir has no wiki.train.tokens: .*')
    assert fails(run('data', 'wikitext-103'),
                 "no data set has the name 'wikitext-103'; there are "
                 'wikitext-2, imdb, squad, tiny')


def test_where_reviews_come_from(run, tmp_path):
    (tmp_path / 'my.csv').write_text('review,label\nGood.,1\nBad.,0\n')
    status, out, err = run('data', 'imdb', '--data-dir', tmp_path / 'my.csv')
    assert (status, err) == (0, '')
    assert out == (f'imdb        {tmp_path / "my.csv"}\n'
                   f'            2 reviews, of the first 1000 rows\n')
    assert fails(run('data', 'imdb', '--data-dir', tmp_path), (
        rf'no reviews at {re.escape(str(tmp_path))}; give a CSV file, or a '
        r'folder that holds imdb-1000.csv or imdb/imdb-1000.csv\. Reviews '
        r"are not downloaded: any CSV with a column 'review' will do, such "
        r'as the "IMDB Dataset of 50K Movie Reviews" on kaggle.com'))
    assert value(run('data')[1], 'imdb').startswith(
        'none: no reviews are given; set D2L_BERT_DATA to a folder that ')


# Mistakes -----------------------------------------------------------------

@pytest.mark.parametrize('argv, message', [
    (['--batch-size', 0], '--batch-size must be .*'),
    (['--num-workers', -1], '--num-workers must be .*'),
    (['--max-len', 2], '--max-len must be .*'),
    (['--max-len', 4], 'all 1077 sentence pairs are longer .*'),
    (['--dupe-factor', 0], '--dupe-factor must be .*'),
    (['--sentence-splitter', 'comma'], '--sentence-splitter comma is not .*'),
    (['--corpus', '/no/where'], '--corpus /no/where is not there; give .*')])
def test_mistakes_are_explained_in_a_line(argv, message, run, torch_backend):
    assert fails(run(*TINY, '--backend', 'torch', *argv), message)


@pytest.mark.parametrize('library', ['nltk', 'spacy'])
def test_a_missing_library_is_explained(library, run, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)
    result = run(*TINY, '--sentence-splitter', library)
    assert result[1] == ''  # before any work
    assert fails(result, f'--sentence-splitter {library} needs .*; pip '
                         r'install "d2l_bert\[sentences\]" brings it')


@pytest.mark.parametrize('argv', [
    [], ['train'], ['dataset', '--seed', '-1'], ['dataset', '--seed', 'x'],
    ['dataset', '--seed', str(2 ** 32)], ['dataset', '--show', '-1'],
    ['dataset', '--backend', 'jax']])
def test_options_that_cannot_be_read(argv, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(argv)
    assert caught.value.code == 2
    assert 'usage: d2l-bert' in capsys.readouterr().err


@pytest.mark.parametrize('seed', [0, MAX_SEED])
def test_every_seed_it_takes_both_frameworks_take(seed, run, framework):
    assert run(*TINY, '--backend', framework, '--seed', seed)[0] == 0


@pytest.mark.parametrize('error, status', [
    (ArchiveError('torn'), 1), (KeyboardInterrupt(), 130)])
def test_ends_quietly(error, status, run, monkeypatch):
    def fail(name):
        raise error
    monkeypatch.setattr(cli_data, 'find_corpus', fail)
    expected = 'd2l-bert: error: torn\n' if status == 1 else ''
    assert run('data', 'tiny') == (status, '', expected)


def test_a_bug_is_not_hidden(monkeypatch):
    monkeypatch.setattr(cli_data, 'find_corpus', lambda name: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cli.main(['data', 'tiny'])


# As a process -------------------------------------------------------------

def test_version():
    done = child('--version')
    assert (done.returncode, done.stdout, done.stderr) == (
        0, f'd2l-bert {__version__}\n', '')


def test_no_traceback_in_a_process():
    done = child('data', 'wikitext-2')
    assert done.returncode == 1 and done.stdout == ''
    assert re.fullmatch('d2l-bert: error: no mirror had .*\n', done.stderr)


def test_closed_pipe_is_quiet(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, '-m', 'd2l_bert', 'data'],
                          stdout=writer, stderr=subprocess.PIPE, text=True,
                          timeout=300, cwd=ROOT)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, '')


def test_letters_that_a_terminal_lacks(tmp_path, torch_backend):
    text = tmp_path / 'sea.txt'
    text.write_text('the 海 rose . it fell . \n', 'utf-8')
    done = child('dataset', '--backend', 'torch', '--corpus', text,
                 '--min-freq', 1, '--show', 1,
                 env={**os.environ, 'PYTHONIOENCODING': 'ascii'})
    assert (done.returncode, done.stderr) == (0, '')
    assert r'\u6d77' in done.stdout


@pytest.mark.parametrize('variables, colourful', [
    ({}, True), ({'NO_COLOR': '1'}, False), ({'NO_COLOR': ''}, True)])
def test_colour_for_terminals_only(variables, colourful, torch_backend):
    pty = pytest.importorskip('pty', reason='no pseudo-terminals here')
    ours, theirs = pty.openpty()
    with subprocess.Popen(
            [sys.executable, '-m', 'd2l_bert', *TINY, '--backend', 'torch',
             '--show', '1'], stdout=theirs, stderr=subprocess.PIPE, cwd=ROOT,
            env={**os.environ, **variables}) as process:
        os.close(theirs)
        out = b''
        try:
            while piece := os.read(ours, 4096):
                out += piece
        except OSError:  # Linux's way to say that the other end is closed
            pass
    os.close(ours)
    assert process.returncode == 0 and b'example 0' in out
    assert (b'\x1b[' in out) == colourful
