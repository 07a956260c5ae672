"""What several tests need: data, backends, a scripted rng, a safe place.

With D2L_BERT_REQUIRE_ALL set, as in CI, what is missing fails its tests
instead of skipping them.
"""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from pathlib import Path

# One thread for each process, set before a framework starts its own: tests
# run in parallel, and the last digits depend on the number of threads.
for variable in ('OMP_NUM_THREADS', 'MKL_NUM_THREADS',
                 'OPENBLAS_NUM_THREADS'):
    os.environ[variable] = '1'
os.environ['TQDM_DISABLE'] = '1'

import numpy as np
import pytest
from hypothesis import settings

import d2l_bert
from d2l_bert import cli
from d2l_bert.core.text import catalog
from d2l_bert.core.objectives.columns import Columns
from d2l_bert.core.text.imdb import read_reviews

# Tests share two busy cores: a slow example is no failure.
settings.register_profile('busy', deadline=None)
settings.load_profile('busy')

ROOT = Path(d2l_bert.__file__).parent.parent
DATA_DIR = os.environ.get('D2L_BERT_DATA')


def skip_or_fail(reason):
    if os.environ.get('D2L_BERT_REQUIRE_ALL'):
        pytest.fail(f'{reason}, and D2L_BERT_REQUIRE_ALL is set')
    pytest.skip(reason, allow_module_level=True)


def import_or_skip(module, framework):
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != framework:
            raise
    return skip_or_fail(f'{framework} is not installed')


def notebook_builder(path):
    """Import a build.py, which needs what comes with Jupyter."""
    for module in ('nbformat', 'nbclient', 'jupytext'):
        import_or_skip(module, module)
    spec = importlib.util.spec_from_file_location(path.parent.name, path)
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    return build


def pytest_collection_modifyitems(items):
    """What reads a real corpus is slow, and the longest comes first."""
    items.sort(key=lambda item: 'nbval_finds' not in item.name)
    for item in items:
        if {'wikitext', 'imdb'} & set(getattr(item, 'fixturenames', ())):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """An empty cache of the test's own, and no way to other computers."""
    cache = tmp_path / 'isolated-cache'
    monkeypatch.setattr(catalog, 'cache_dir', lambda: cache)
    monkeypatch.setenv('XDG_CACHE_HOME', str(cache))
    monkeypatch.setenv('HF_HUB_OFFLINE', '1')
    look_up = socket.getaddrinfo

    def here_only(host, *args, **kw):
        if host not in (None, 'localhost', '127.0.0.1', '::1'):
            pytest.fail(f'a test asked the network for {host}')
        return look_up(host, *args, **kw)

    monkeypatch.setattr(socket, 'getaddrinfo', here_only)


@pytest.fixture
def ctrl_c():
    """A function that presses Ctrl-C, even in a job in the background.

    There a shell has processes ignore it.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield lambda: signal.raise_signal(signal.SIGINT)
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope='session')
def wikitext():
    """The folder that holds WikiText-2."""
    if not DATA_DIR:
        skip_or_fail('D2L_BERT_DATA is not set: no WikiText-2')
    folder = Path(DATA_DIR, 'wikitext-2')
    if not (folder / 'wiki.train.tokens').is_file():
        skip_or_fail(f'there is no WikiText-2 in {folder}')
    return folder


@pytest.fixture(scope='session')
def imdb():
    """The first 1000 of IMDB's reviews."""
    if not DATA_DIR:
        skip_or_fail('D2L_BERT_DATA is not set: no reviews')
    if not Path(DATA_DIR, 'imdb', 'imdb-1000.csv').is_file():
        skip_or_fail(f'there is no imdb/imdb-1000.csv in {DATA_DIR}')
    return read_reviews(DATA_DIR)


@pytest.fixture(scope='session', params=['torch', 'mxnet'])
def backend(request):
    """Each backend in turn, as a reader imports it: `as d2l`."""
    return import_or_skip(f'd2l_bert.{request.param}_backend', request.param)


@pytest.fixture(scope='session')
def torch_backend():
    return import_or_skip('d2l_bert.torch_backend', 'torch')


@pytest.fixture(scope='session')
def mxnet_backend():
    return import_or_skip('d2l_bert.mxnet_backend', 'mxnet')


@pytest.fixture(scope='session')
def transformers():
    return import_or_skip('transformers', 'transformers')


@pytest.fixture
def nltk(monkeypatch):
    """NLTK, without any data that may be installed."""
    nltk = import_or_skip('nltk', 'nltk')
    monkeypatch.setattr(nltk.data, 'path', [])
    return nltk


@pytest.fixture(scope='session')
def spacy():
    return import_or_skip('spacy', 'spacy')


@pytest.fixture(scope='session')
def pyarrow():
    import_or_skip('pyarrow.parquet', 'pyarrow')
    return import_or_skip('pyarrow', 'pyarrow')


@pytest.fixture(scope='session')
def nbgrader_or_skip():
    return import_or_skip('nbgrader', 'nbgrader')


def _to_numpy(columns):
    return Columns(*(column.asnumpy() if hasattr(column, 'asnumpy')
                     else np.asarray(column) for column in columns))


@pytest.fixture(scope='session')
def to_numpy():
    """A function from columns of any framework to columns of NumPy."""
    return _to_numpy


@pytest.fixture(scope='session')
def assert_same():
    """A function that holds two sets of columns equal, value by value."""
    def assert_same(found, expected):
        found, expected = _to_numpy(found), _to_numpy(expected)
        for name, a, b in zip(Columns._fields, found, expected):
            np.testing.assert_array_equal(a, b, err_msg=name)
    return assert_same


@pytest.fixture(scope='session')
def rows():
    """A function from batches to their examples, as tuples of lists."""
    def rows(*batches):
        return [tuple(np.asarray(column[i]).tolist() for column in batch)
                for batch in map(_to_numpy, batches)
                for i in range(len(batch.token_ids))]
    return rows


@pytest.fixture
def run(capsys):
    """Runs the command here; returns its status, stdout and stderr."""
    def run(*argv):
        status = cli.main([str(arg) for arg in argv])
        return (status, *capsys.readouterr())
    return run


class Scripted:
    """An rng that returns prepared draws and refuses others.

    A float answers random(), an int n getrandbits() with n, and choice()
    with the element number n.
    """

    def __init__(self, *draws):
        self.draws = deque(draws)

    def random(self):
        draw = self.draws.popleft()
        assert isinstance(draw, float), f'random() was not expected: {draw}'
        return draw

    def getrandbits(self, k):
        draw = self.draws.popleft()
        assert isinstance(draw, int) and draw < 2 ** k
        return draw

    def choice(self, items):
        draw = self.draws.popleft()
        assert isinstance(draw, int), f'choice() was not expected: {draw}'
        return items[draw]


@pytest.fixture
def scripted():
    """Makes an rng of prepared draws; all of them must be drawn."""
    made = []

    def scripted(*draws):
        made.append(Scripted(*draws))
        return made[-1]

    yield scripted
    assert [list(rng.draws) for rng in made] == [[] for _ in made]


@pytest.fixture
def run_python(tmp_path):
    """Runs a script in a process of its own; returns what it prints."""
    def run_python(script):
        path = tmp_path / 'script.py'
        path.write_text(script)
        done = subprocess.run(
            [sys.executable, str(path)], capture_output=True, text=True,
            timeout=300, cwd=tmp_path,
            env={**os.environ, 'PYTHONPATH': str(ROOT)})
        assert done.returncode == 0, done.stderr
        return done.stdout
    return run_python
