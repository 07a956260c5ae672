"""A corpus of one file or of many, and how it is named."""

import gzip
import os
import random
import socket
import sys

import pytest

from d2l_bert.frameworks import installed
from d2l_bert import cli
from d2l_bert.core import load_examples, load_paragraphs, load_splits
from d2l_bert.core.text.catalog import locate
from d2l_bert.core.text.corpus import find_corpus, read_wiki
from d2l_bert.core.text.imdb import find_reviews, read_reviews
from d2l_bert.core.text.sources import named, text_files

SEA = 'The sea rose . It fell . \n'
MOON = 'The moon pulls . The sea follows . \n'
BOTH = [['the moon pulls', 'the sea follows .'], ['the sea rose', 'it fell .']]


# Most texts here are so short that a tenth is soon left out.
pytestmark = pytest.mark.filterwarnings('ignore:.*, left out of ')


@pytest.fixture
def books(tmp_path):
    """A folder with some texts, and with what is none."""
    folder = tmp_path / 'books'
    (folder / 'more').mkdir(parents=True)
    (folder / 'sea.txt').write_text(SEA, 'utf-8')
    (folder / 'moon.txt.gz').write_bytes(gzip.compress(MOON.encode()))
    (folder / '.sea.txt').write_bytes(b'\xff')  # macOS makes such files
    (folder / 'notes.md').write_bytes(b'\xff')
    (folder / 'more' / 'crane.txt').write_text(SEA.upper(), 'utf-8')
    return folder


def names(corpus):
    return [path.name for path in text_files(corpus)]


# Several files ------------------------------------------------------------

def test_a_folder(books):
    assert names(books) == names(str(books)) == ['moon.txt.gz', 'sea.txt']
    assert sorted(read_wiki(books)) == BOTH
    assert find_corpus(books).path == books


def test_a_folder_like_wikitext(books):
    (books / 'wiki.train.tokens').write_text(SEA, 'utf-8')
    assert names(books) == ['wiki.train.tokens']


@pytest.mark.parametrize('pattern, expected', [
    ('*.txt', ['sea.txt']), ('[sm]*', ['moon.txt.gz', 'sea.txt']),
    ('**/*.txt', ['crane.txt', 'sea.txt']), ('m???.*', ['moon.txt.gz'])])
def test_a_pattern(pattern, expected, books):
    assert names(str(books / pattern)) == expected
    assert names(books / pattern) == expected


def test_a_name_with_brackets_is_no_pattern(books):
    path = books / 'sea[1].txt'
    path.write_text(SEA, 'utf-8')
    assert text_files(path) == (path,)


def test_a_list_keeps_its_order_and_has_each_file_once(books):
    assert names([books / 'sea.txt', str(books / '*.gz'), books]) == [
        'sea.txt', 'moon.txt.gz']
    assert names((books / 'more', books / 'sea.txt')) == ['crane.txt',
                                                          'sea.txt']


def test_home(books, monkeypatch):
    monkeypatch.setenv('HOME', str(books))
    monkeypatch.setenv('USERPROFILE', str(books))
    assert names('~/sea.txt') == names('~/s*.txt') == ['sea.txt']


def test_no_paragraph_goes_over_the_end_of_a_file(tmp_path):
    for name, text in (('a.txt', 'It rose.\nIt fell.'), ('b.txt', 'A.\nB.')):
        (tmp_path / name).write_text(text, 'utf-8')
    assert sorted(read_wiki(tmp_path, sentence_splitter='lines')) == [
        ['a.', 'b.'], ['it rose.', 'it fell.']]
    assert sorted(read_wiki(tmp_path, sentence_splitter=str.split,
                            wrapped=True)) == [
        ['a.', 'b.'], ['it', 'rose.', 'it', 'fell.']]


def test_wherever_a_corpus_is_named(books, backend):
    corpus = [books / 'sea.txt', books / 'moon.txt.gz']
    for load in (load_paragraphs, read_wiki):
        assert sorted(load(corpus, rng=random.Random(0))) == BOTH
    assert len(load_examples(32, corpus=corpus, min_freq=1)) == 2
    train, valid = load_splits(32, corpus=str(books / '[sm]*'), min_freq=1)
    assert len(train) == len(valid) == 1
    train_iter, vocab = backend.load_data_wiki(4, 32, corpus=books,
                                               min_freq=1)
    assert len(train_iter.dataset) == 2 and 'moon' in vocab


def test_on_the_command_line(books, capsys, torch_backend):
    def run(*corpus):
        status = cli.main(['dataset', '--backend', 'torch', '--min-freq', '1',
                           '--corpus', *map(str, corpus)])
        out, err = capsys.readouterr()
        assert (status, err) == (0, '')
        assert '\ntext        2 paragraphs, 4 sentences\n' in out
        return out

    assert f'a text of your own: {books}, 2 files\n' in run(books)
    assert f'\ncorpus      {books}/[sm]*\n' in run(books / '[sm]*')
    # What a shell makes of a pattern without quotes.
    out = run(books / 'moon.txt.gz', books / 'sea.txt')
    assert f'\ncorpus      {books / "moon.txt.gz"} and 1 more\n' in out


def test_names_of_files():
    assert named(['a.txt']) == 'a.txt'
    assert named(['a.txt', 'b.txt']) == 'a.txt and 1 more'


def test_a_bad_file_of_several_is_named(books):
    (books / 'b.txt').write_bytes(b'It rose .\nh\xf6')
    with pytest.raises(ValueError, match=r'b\.txt is not UTF-8 text: byte 11, '
                       'in line 2'):
        read_wiki(books)


# What is no text ----------------------------------------------------------

@pytest.mark.parametrize('corpus, error, message', [
    ('', ValueError, "corpus is an empty path, ''; name a file or a folder"),
    ([''], ValueError, "corpus is an empty path, ''"),
    ([], ValueError, 'corpus is an empty list; name a file at least'),
    ('no/such.txt', FileNotFoundError, "corpus 'no/such.txt' is not there; "
     "give 'wikitext-2', 'tiny', a file, a folder or a pattern"),
    (['no.txt'], FileNotFoundError, "corpus 'no.txt' is not there; give "),
    ('no/*.txt', FileNotFoundError, r"no file matches corpus 'no/\*\.txt'"),
    (None, TypeError, 'a path or a list of paths, not None'),
    (b'sea.txt', TypeError, "a path or a list of paths, not b'sea.txt'"),
    ([3], TypeError, 'corpus must be a list of paths, but holds 3'),
])
def test_what_names_no_text(corpus, error, message):
    for function in (find_corpus, text_files, read_wiki):
        with pytest.raises(error, match=message):
            function(corpus)


@pytest.mark.parametrize('load', [
    find_reviews, read_reviews, lambda path: locate('wikitext-2', path),
    lambda path: find_corpus(data_dir=path)])
def test_an_empty_data_dir_is_named(load):
    with pytest.raises(ValueError, match="data_dir is an empty path, ''"):
        load('')


def test_a_folder_without_text(tmp_path):
    for pattern in ('**/*.txt', '*.parquet'):
        with pytest.raises(FileNotFoundError, match=(
                r'no text in .*: it has neither wiki\.train\.tokens nor a '
                r'file that ends in \.txt; for other files give a pattern'
                )) as caught:
            find_corpus(tmp_path)
        assert str(caught.value).endswith(
            f'such as {str(tmp_path / pattern)!r}')
        (tmp_path / 'a.parquet').touch()


@pytest.mark.skipif(sys.platform == 'win32', reason='no such files there')
def test_pipes_and_devices_are_named(tmp_path, capsys):
    pipe, end = tmp_path / 'pipe', tmp_path / 'end'
    os.mkfifo(pipe)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(end))
        for path in (pipe, end, '/dev/null'):
            with pytest.raises(ValueError, match=f'corpus {str(path)!r} is a '
                               'pipe or a device, which can be read only once'
                               '; write the text to a file'):
                find_corpus(path)
            with pytest.raises(ValueError, match=f'data_dir {str(path)!r} is '
                               'a pipe or a device'):
                read_reviews(path)

    # The command, which needs a framework first, says the same.
    if installed():
        assert cli.main(['dataset', '--corpus', str(pipe)]) == 1
        assert f'error: --corpus {pipe} is a pipe' in capsys.readouterr().err


# Parquet ------------------------------------------------------------------

@pytest.fixture
def parquet(pyarrow, tmp_path):
    """Writes columns as a Parquet file; returns its path."""
    def parquet(name='train-00000-of-00001.parquet', **columns):
        path = tmp_path / name
        pyarrow.parquet.write_table(pyarrow.table(columns), path)
        return path
    return parquet


def test_rows_that_are_lines(parquet):
    path = parquet(text=['', ' = Tides = \n', '', SEA, None, MOON], id=[1] * 6)
    assert sorted(read_wiki(path)) == BOTH
    assert sorted(read_wiki(str(path.with_name('*.parquet')))) == BOTH
    sentences = parquet(text=['It rose.\n', 'It fell.\n', '', 'A.', 'B.'])
    assert sorted(read_wiki(sentences, sentence_splitter='lines')) == [
        ['a.', 'b.'], ['it rose.', 'it fell.']]


def test_rows_that_are_documents(parquet):
    path = parquet(text=['It rose.\nIt fell.\n\nA.\nB.', 'C.\nD.'])
    assert sorted(read_wiki(path, sentence_splitter='lines')) == [
        ['a.', 'b.'], ['c.', 'd.'], ['it rose.', 'it fell.']]


def test_many_rows_under_any_name(parquet):
    path = parquet('sea.txt', text=[SEA, MOON] * 70_000)
    assert len(read_wiki(path)) == 140_000


@pytest.mark.parametrize('columns, message', [
    ({'line': ['a']}, "has no column 'text'; its columns are line"),
    ({'text': [1, 2]}, "the column 'text' of .* has int64, not texts"),
    ({'text': [['a']]}, "the column 'text' of .* has list<.*>, not texts")])
def test_parquet_without_texts(columns, message, parquet):
    with pytest.raises(ValueError, match=message):
        read_wiki(parquet(**columns))


@pytest.mark.parametrize('spoil', [
    lambda data: data[:20], lambda data: data[:-10],
    lambda data: data[:-60] + 40 * b'\xff' + data[-20:]])
def test_a_damaged_parquet_file(spoil, parquet):
    path = parquet(text=[SEA] * 99)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(ValueError, match='is a damaged Parquet file'):
        read_wiki(path)


def test_parquet_without_its_library(tmp_path, monkeypatch):
    path = tmp_path / 'sea.parquet'
    path.write_bytes(b'PAR1....PAR1')
    monkeypatch.setitem(sys.modules, 'pyarrow', None)
    monkeypatch.delitem(sys.modules, 'pyarrow.parquet', raising=False)
    with pytest.raises(ModuleNotFoundError, match=(
            'a Parquet file needs a library that is not installed; pip '
            r'install "d2l_bert\[parquet\]" brings it')):
        read_wiki(path)


def test_a_pyarrow_for_another_numpy(tmp_path, monkeypatch):
    (tmp_path / 'pyarrow').mkdir()
    (tmp_path / 'pyarrow' / '__init__.py').write_text(
        "raise ImportError('pyarrow requires NumPy 2.0 or newer')")
    for name in [name for name in sys.modules
                 if name.partition('.')[0] == 'pyarrow']:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(tmp_path))
    path = tmp_path / 'sea.parquet'
    path.write_bytes(b'PAR1....PAR1')
    with pytest.raises(ModuleNotFoundError, match=(
            r'pyarrow does not work here \(pyarrow requires NumPy 2.0 or '
            r'newer\); NumPy 1, .* goes with pip install "pyarrow<26"')):
        read_wiki(path)
