"""Finding and downloading data sets, on this computer alone."""

import errno
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import platformdirs
import pytest
from loopback import Loopback, breaks_off, page, redirects, stalls, whole
from made_up_set import (
    FACTS, FORBIDDEN, HTML, NAME, TEXTS, ZIP, copy, files_below, sha1, tar_gz,
    zipped)

from d2l_bert import __version__
from d2l_bert.core.text import catalog, fetch
from d2l_bert.core.text.catalog import Found, locate
from d2l_bert.core.text.fetch import DataSet, DownloadError
from d2l_bert.core.progress import progress

REAL_CACHE_DIR = catalog.cache_dir


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of the test's own, and an environment that says nothing."""
    monkeypatch.setattr(catalog, 'cache_dir', lambda: tmp_path / 'cache')
    monkeypatch.delenv('D2L_BERT_DATA', raising=False)
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    return tmp_path / 'cache'


@pytest.fixture
def server():
    with Loopback() as server:
        yield server


@pytest.fixture
def publish(monkeypatch):
    def publish(*mirrors):
        monkeypatch.setitem(catalog.PUBLISHED, NAME, DataSet(FACTS, mirrors))
    return publish


@pytest.fixture
def offline(monkeypatch):
    def refuse(*args, **kw):
        raise AssertionError('the network was asked')
    monkeypatch.setattr(socket, 'create_connection', refuse)


def holds_the_texts(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()} == TEXTS


def closed_port():
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return f'http://127.0.0.1:{listener.getsockname()[1]}/data.zip'


CHILD = '''
import json, sys
from pathlib import Path
from d2l_bert.core.text import catalog
cache, facts, mirrors, limit = json.loads(sys.argv[1])
catalog.cache_dir = lambda: Path(cache)
catalog.PUBLISHED['made-up'] = catalog.DataSet(facts, tuple(mirrors))
if limit:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
print('ready', flush=True)
sys.stdin.readline()
try:
    print(catalog.locate('made-up', timeout=5).source)
except OSError as error:
    print(f'{type(error).__name__}: {error}')
'''


def child(cache, *mirrors, limit=0):
    """A process that locates the set as soon as it is sent a line."""
    process = subprocess.Popen(
        [sys.executable, '-c', CHILD,
         json.dumps([str(cache), FACTS, mirrors, limit])],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).resolve().parent.parent)
    assert process.stdout.readline() == 'ready\n'
    return process


# Mirrors ------------------------------------------------------------------

def test_zip_from_the_first_mirror(server, publish, cache):
    server.routes['/data.zip'] = whole(ZIP)
    publish(server.url + '/data.zip', server.url + '/never.zip')
    found = locate(NAME)
    assert found == Found(cache / NAME, server.url + '/data.zip', True)
    assert holds_the_texts(cache / NAME)
    assert files_below(cache) == ['made-up/one.txt', 'made-up/two.txt']
    assert [path for path, _ in server.seen] == ['/data.zip']
    assert locate(NAME) == Found(cache / NAME, 'cache', True)
    assert len(server.seen) == 1


def test_unpacked_files_from_a_mirror(server, publish, cache):
    server.routes['/raw/1'] = whole(TEXTS['one.txt'])
    server.routes['/raw/2'] = whole(TEXTS['two.txt'])
    publish({'one.txt': server.url + '/raw/1',
             'two.txt': server.url + '/raw/2'})
    assert locate(NAME).source == server.url + '/raw/'
    assert holds_the_texts(cache / NAME)


def test_forbidden_then_good(server, publish, cache):
    server.routes['/dead.zip'] = page(FORBIDDEN, status=403)
    server.routes['/data.zip'] = whole(ZIP)
    publish(server.url + '/dead.zip', server.url + '/data.zip')
    assert locate(NAME).source == server.url + '/data.zip'
    assert holds_the_texts(cache / NAME)
    assert [path for path, _ in server.seen] == ['/dead.zip', '/data.zip']


def test_every_mirror_is_dead(server, publish, cache):
    nobody = closed_port()
    server.routes['/forbidden.zip'] = page(FORBIDDEN, status=403)
    server.routes['/login.zip'] = page(HTML)
    server.routes['/xml.zip'] = page(FORBIDDEN)
    server.routes['/half.zip'] = breaks_off(ZIP, after=1000)
    server.routes['/other.zip'] = whole(zipped({**TEXTS, 'one.txt': b'no'}))
    server.routes['/less.zip'] = whole(zipped({'one.txt': TEXTS['one.txt']}))
    server.routes['/odd.zip'] = whole(b'neither this nor that')
    server.routes['/torn.zip'] = whole(ZIP[:50_000])
    names = ['forbidden', 'login', 'xml', 'other', 'less', 'odd', 'torn',
             'missing', 'half']
    urls = [f'{server.url}/{name}.zip' for name in names]
    publish(nobody, *urls, {'one.txt': server.url + '/files/1',
                            'two.txt': server.url + '/files/2'})
    with pytest.raises(DownloadError) as caught:
        locate(NAME)
    page_said = 'the server answered with an HTML page, not the data'
    assert str(caught.value).splitlines() == [
        'no mirror had the data:',
        f'  {nobody}: [Errno {errno.ECONNREFUSED}] Connection refused',
        f'  {urls[0]}: the server answered 403 Forbidden',
        f'  {urls[1]}: {page_said}',
        f'  {urls[2]}: the server answered with an XML document, not the '
        f'data',
        f'  {urls[3]}: one.txt has other bytes than the published',
        f'  {urls[4]}: two.txt is missing',
        f'  {urls[5]}: this is neither a zip nor a tar archive',
        f'  {urls[6]}: this is neither a zip nor a tar archive',
        f'  {urls[7]}: the server answered 404 Not Found',
        f'  {urls[8]}: the transfer broke off after 1,000 of '
        f'{len(ZIP):,} bytes',
        f'  {server.url}/files/: the server answered 404 Not Found',
        f'Put one.txt, two.txt into {cache / NAME} by hand, or set '
        f'D2L_BERT_DATA to a folder that holds made-up/, or pass data_dir.']
    # What was good stays for the next time, in a folder that looks unlike
    # a data set: a verified file and the beginning of the last archive.
    assert files_below(cache) == ['.made-up.part/archive',
                                  '.made-up.part/whole/one.txt']
    assert (cache / '.made-up.part/archive').read_bytes() == ZIP[:1000]


def test_bytes_of_a_bad_mirror_are_not_kept(server, publish, cache):
    server.routes['/login.zip'] = page(HTML)
    publish(server.url + '/login.zip',
            dict.fromkeys(TEXTS, server.url + '/login.zip'))
    with pytest.raises(DownloadError, match='HTML page'):
        locate(NAME)
    assert files_below(cache) == []


def test_the_advice_helps(server, publish, cache):
    publish()
    with pytest.raises(DownloadError, match='by hand, or set'):
        locate(NAME)
    copy(cache / NAME)
    assert locate(NAME) == Found(cache / NAME, 'cache', True)


def test_redirect_and_user_agent(server, publish, cache):
    server.routes['/old.zip'] = redirects('/new.zip')
    server.routes['/new.zip'] = whole(ZIP)
    publish(server.url + '/old.zip')
    assert locate(NAME).source == server.url + '/old.zip'
    assert holds_the_texts(cache / NAME)
    assert [(path, headers['User-Agent']) for path, headers in server.seen] \
        == [('/old.zip', f'd2l-bert/{__version__}'),
            ('/new.zip', f'd2l-bert/{__version__}')]


@pytest.mark.parametrize('scheme', ['ftp', 'file'])
def test_no_other_protocol(server, publish, scheme, tmp_path):
    (tmp_path / 'data.zip').write_bytes(ZIP)
    elsewhere = f'{scheme}://{tmp_path}/data.zip'
    server.routes['/data.zip'] = redirects(elsewhere)
    publish(server.url + '/data.zip', elsewhere)
    with pytest.raises(DownloadError) as caught:
        locate(NAME)
    assert f'unknown url type: {scheme}' in str(caught.value)
    with pytest.raises(ValueError, match='neither an http'):
        catalog.download(elsewhere)


def test_stalled_server_times_out(server, publish, cache):
    server.routes['/stalls.zip'] = stalls(ZIP, after=5000)
    server.routes['/data.zip'] = whole(ZIP)
    publish(server.url + '/stalls.zip', server.url + '/data.zip')
    begun = time.monotonic()
    assert locate(NAME, timeout=0.2).source == server.url + '/data.zip'
    assert 0.2 <= time.monotonic() - begun < 1.5
    assert holds_the_texts(cache / NAME)
    # The second mirror went on with what the first had sent.
    assert server.seen[1][1]['Range'] == 'bytes=5000-'


# Going on -----------------------------------------------------------------

def test_broken_transfer_is_resumed(server, publish, cache):
    server.routes['/data.zip'] = breaks_off(ZIP, after=70_000)
    publish(server.url + '/data.zip')
    with pytest.raises(DownloadError, match='broke off after 70,000 of'):
        locate(NAME)
    assert 'Range' not in server.seen[0][1]
    assert locate(NAME).published
    assert server.seen[1][1]['Range'] == 'bytes=70000-'
    assert len(server.seen) == 2
    assert holds_the_texts(cache / NAME)
    assert files_below(cache) == ['made-up/one.txt', 'made-up/two.txt']


def test_files_that_arrived_are_not_fetched_again(server, publish, cache):
    server.routes['/1'] = whole(TEXTS['one.txt'])
    publish({'one.txt': server.url + '/1', 'two.txt': server.url + '/2'})
    with pytest.raises(DownloadError, match='404'):
        locate(NAME)
    server.routes['/2'] = whole(TEXTS['two.txt'])
    assert locate(NAME).published
    assert [path for path, _ in server.seen] == ['/1', '/2', '/2']


def test_server_that_ignores_ranges(server, tmp_path):
    (tmp_path / '.data.bin.part').write_bytes(b'the beginning of something')
    server.routes['/data.bin'] = page(ZIP)
    path = catalog.download(server.url + '/data.bin', tmp_path, sha1(ZIP))
    assert path == str(tmp_path / 'data.bin')
    assert Path(path).read_bytes() == ZIP
    assert server.seen[0][1]['Range'] == 'bytes=26-'
    assert len(server.seen) == 1


def wrong_range(handler):
    if 'Range' in handler.headers:
        handler.start(206, Content_Range='bytes 7-9/10', Content_Length=3)
        handler.wfile.write(b'789')
    else:
        page(ZIP)(handler)


@pytest.mark.parametrize('part, route', [
    (b'bytes of another file', whole(ZIP)),
    (ZIP + b'too long', whole(ZIP)),
    (ZIP[:50], wrong_range),
], ids=['other bytes', 'too long', 'wrong range'])
def test_useless_part_is_thrown_away(server, tmp_path, part, route):
    (tmp_path / '.data.bin.part').write_bytes(part)
    server.routes['/data.bin'] = route
    path = catalog.download(server.url + '/data.bin', tmp_path, sha1(ZIP))
    assert Path(path).read_bytes() == ZIP
    assert ['Range' in headers for _, headers in server.seen] == [True, False]
    assert files_below(tmp_path) == ['data.bin']


def test_bytes_of_a_wrong_range_are_not_taken(server):
    server.routes['/data.bin'] = wrong_range
    url = server.url + '/data.bin'
    assert list(fetch._stream(url, 50, timeout=5)) == []
    server.routes['/data.bin'] = whole(b'0123456789')
    assert [piece for _, _, piece in fetch._stream(url, 7, timeout=5)] \
        == [b'', b'789']


def test_part_that_was_all_there(server, tmp_path):
    (tmp_path / '.data.bin.part').write_bytes(ZIP)
    server.routes['/data.bin'] = whole(ZIP)  # answers 416
    catalog.download(server.url + '/data.bin', tmp_path, sha1(ZIP))
    assert (tmp_path / 'data.bin').read_bytes() == ZIP
    assert len(server.seen) == 1


def test_killed_in_the_middle(server, publish, cache):
    server.routes['/data.zip'] = stalls(ZIP, after=100_000)
    process = child(cache, server.url + '/data.zip')
    process.stdin.write('go\n')
    process.stdin.flush()
    part = cache / '.made-up.part' / 'archive'
    deadline = time.monotonic() + 5
    while not part.exists() or part.stat().st_size < 100_000:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(getattr(signal, 'SIGKILL', signal.SIGTERM))
    process.communicate()
    assert process.returncode != 0
    assert files_below(cache) == ['.made-up.part/archive']

    publish(server.url + '/data.zip')
    with pytest.raises(FileNotFoundError):  # half a set is none
        locate(NAME, fetch=False)
    server.routes['/data.zip'] = whole(ZIP)
    assert locate(NAME).published
    assert server.seen[1][1]['Range'] == 'bytes=100000-'
    assert holds_the_texts(cache / NAME)
    assert files_below(cache) == ['made-up/one.txt', 'made-up/two.txt']


def test_two_processes_fetch_once(server, cache):
    server.routes['/data.zip'] = whole(ZIP, delay=0.3)
    pair = [child(cache, server.url + '/data.zip') for _ in range(2)]
    for process in pair:
        process.stdin.write('go\n')
        process.stdin.flush()
    said = sorted(process.communicate()[0] for process in pair)
    assert said == ['cache\n', server.url + '/data.zip\n']
    assert len(server.seen) == 1
    assert holds_the_texts(cache / NAME)


# Disks --------------------------------------------------------------------

def test_cache_that_cannot_be_written(server, publish, tmp_path, monkeypatch):
    (tmp_path / 'file').write_text('a file is no folder, not even for root')
    cache = tmp_path / 'file' / 'cache'
    monkeypatch.setattr(catalog, 'cache_dir', lambda: cache)
    server.routes['/data.zip'] = whole(ZIP)
    publish(server.url + '/data.zip')
    with pytest.raises(NotADirectoryError) as caught:
        locate(NAME)
    assert str(caught.value).endswith(
        f'cannot write to {cache}: Not a directory')
    with pytest.raises(NotADirectoryError, match='cannot write to'):
        catalog.download(server.url + '/data.zip')
    assert server.seen == []


@pytest.mark.skipif(sys.platform == 'win32', reason='needs RLIMIT_FSIZE')
@pytest.mark.parametrize('limit', [50_000, 150_000],
                         ids=['while fetching', 'while unpacking'])
def test_full_disk(server, publish, cache, limit):
    assert 50_000 < len(ZIP) < 150_000 < len(TEXTS['one.txt'])
    server.routes['/data.zip'] = whole(ZIP)
    process = child(cache, server.url + '/data.zip', server.url + '/next.zip',
                    limit=limit)
    said = process.communicate('go\n')[0]
    assert said == (f'OSError: [Errno {errno.EFBIG}] cannot write to {cache}: '
                    f'{os.strerror(errno.EFBIG)}\n')
    assert [path for path, _ in server.seen] == ['/data.zip']
    assert files_below(cache) == ['.made-up.part/archive']
    publish(server.url + '/data.zip')
    assert locate(NAME).published  # with room again, it goes on
    assert 'Range' in server.seen[1][1]
    assert holds_the_texts(cache / NAME)


# Looking ------------------------------------------------------------------

def test_nearest_copy_wins(publish, cache, tmp_path, monkeypatch, offline):
    publish('http://127.0.0.1:1/data.zip')
    mine = copy(tmp_path / 'mine', {'one.txt': b'mine'})
    ours = copy(tmp_path / 'ours' / NAME, {'one.txt': b'ours'})
    copy(cache / NAME)
    monkeypatch.setenv('D2L_BERT_DATA', str(ours.parent))
    assert locate(NAME, mine) == Found(mine, 'data_dir', False)
    assert locate(NAME, str(ours.parent)) == Found(ours, 'data_dir', False)
    assert locate(NAME) == Found(ours, 'D2L_BERT_DATA', False)
    assert catalog.download_extract(NAME, NAME) == str(ours)
    monkeypatch.setenv('D2L_BERT_DATA', str(tmp_path))  # lacks the set
    assert locate(NAME) == Found(cache / NAME, 'cache', True)
    monkeypatch.setenv('D2L_BERT_DATA', '')
    assert locate(NAME) == Found(cache / NAME, 'cache', True)
    (cache / NAME / 'two.txt').unlink()
    with pytest.raises(AssertionError, match='the network was asked'):
        locate(NAME)


def test_published_is_said_of_bytes_not_of_sizes(publish, tmp_path, cache):
    publish()
    swapped = {**TEXTS, 'one.txt': TEXTS['one.txt'][::-1]}
    assert locate(NAME, copy(tmp_path / 'copy')).published
    assert not locate(NAME, copy(tmp_path / 'swapped', swapped)).published
    assert catalog.verify(NAME, tmp_path / 'swapped') == {
        'one.txt': False, 'two.txt': True}
    copy(cache / NAME, swapped)
    assert locate(NAME) == Found(cache / NAME, 'cache', False)


def test_data_dir_without_the_set(publish, cache, tmp_path, offline):
    publish('http://127.0.0.1:1/data.zip')
    copy(cache / NAME)
    with pytest.raises(FileNotFoundError) as caught:
        locate(NAME, tmp_path)
    assert str(caught.value) == (f'data_dir has no one.txt: looked in '
                                 f'{tmp_path} and {tmp_path / NAME}')


def test_environment_names_no_folder(publish, cache, tmp_path, monkeypatch):
    publish()
    copy(cache / NAME)
    monkeypatch.setenv('D2L_BERT_DATA', str(tmp_path / 'typo'))
    with pytest.raises(FileNotFoundError) as caught:
        locate(NAME)
    assert str(caught.value) == (f'D2L_BERT_DATA is set to '
                                 f'{tmp_path / "typo"}, which is not a folder')


def test_nothing_here_and_no_fetching(publish, cache, offline):
    publish('http://127.0.0.1:1/data.zip')
    with pytest.raises(FileNotFoundError) as caught:
        locate(NAME, fetch=False)
    assert str(caught.value) == (f'made-up is not on this computer: looked in '
                                 f'D2L_BERT_DATA (not set) and {cache / NAME}')
    with pytest.raises(ValueError, match="'wikitext-3' is not .*made-up"):
        locate('wikitext-3')


def test_torn_cache_is_repaired(server, publish, cache):
    server.routes['/data.zip'] = whole(ZIP)
    publish(server.url + '/data.zip')
    copy(cache / NAME, {**TEXTS, 'one.txt': b'torn', 'note.txt': b'my own'})
    assert locate(NAME).published
    assert (cache / NAME / 'one.txt').read_bytes() == TEXTS['one.txt']
    assert (cache / NAME / 'note.txt').read_bytes() == b'my own'


def test_cache_follows_platformdirs(monkeypatch, tmp_path):
    assert REAL_CACHE_DIR() == Path(platformdirs.user_cache_dir('d2l_bert'))


def test_wikitext_2_as_published():
    known = catalog.PUBLISHED['wikitext-2']
    assert known.files == {
        'wiki.train.tokens': (
            '2d84b35af79e411d73ea7cae83c73964c6ac83b4', 10797148),
        'wiki.valid.tokens': (
            'eec944eb2d9e46061cd34a6913528797db6842fc', 1121681),
        'wiki.test.tokens': (
            '6f3fc88e4cd88456ea892971f9f12243e8428624', 1256449)}
    smerity, examples, book = known.mirrors
    assert smerity == 'https://wikitext.smerity.com/wikitext-2-v1.zip'
    assert examples.keys() == known.files.keys()
    assert examples['wiki.train.tokens'] == (
        'https://raw.githubusercontent.com/pytorch/examples/main/'
        'word_language_model/data/wikitext-2/train.txt')
    assert (book, '3c914d17d80b1459be871a5039ac23e752a53cbe') == \
        catalog.DATA_HUB['wikitext-2']


# The book's functions -----------------------------------------------------

def test_the_books_cell_does_no_harm(server, publish, cache, monkeypatch):
    server.routes['/bucket/data.zip'] = page(FORBIDDEN, status=403)
    server.routes['/data.zip'] = whole(ZIP)
    publish(server.url + '/gone.zip', server.url + '/data.zip')
    monkeypatch.setitem(catalog.DATA_HUB, NAME, (
        server.url + '/bucket/data.zip', sha1(b'an archive long gone')))
    path = catalog.download_extract(NAME, NAME)
    assert path == str(cache / NAME)
    assert holds_the_texts(Path(path))
    assert [path for path, _ in server.seen] == ['/gone.zip', '/data.zip']


def test_a_readers_url_is_the_last_mirror(server, publish, monkeypatch):
    server.routes['/mine.zip'] = whole(ZIP)
    publish(server.url + '/gone.zip')
    monkeypatch.setitem(catalog.DATA_HUB, NAME,
                        (server.url + '/mine.zip', 'contents count'))
    assert locate(NAME) == Found(catalog.cache_dir() / NAME,
                                 server.url + '/mine.zip', True)
    assert [path for path, _ in server.seen] == ['/gone.zip', '/mine.zip']


@pytest.mark.parametrize('file, body', [
    ('mine.zip', zipped({'a.txt': b'one', 'sub/b.txt': b'two'}, 'mine/')),
    ('mine.tar.gz', tar_gz({'mine/a.txt': b'one', 'mine/sub/b.txt': b'two'})),
])
def test_a_readers_own_entry(server, cache, monkeypatch, file, body):
    server.routes['/' + file] = whole(body)
    monkeypatch.setitem(catalog.DATA_HUB, 'mine',
                        (f'{server.url}/{file}', sha1(body).upper()))
    path = Path(catalog.download_extract('mine'))
    assert path.name == 'mine' and cache in path.parents
    assert (path / 'a.txt').read_bytes() == b'one'
    assert (path / 'sub' / 'b.txt').read_bytes() == b'two'
    assert catalog.download_extract('mine', 'mine/sub') == str(path / 'sub')
    assert len(server.seen) == 1
    assert files_below(path.parent) == sorted(
        [file, 'mine/a.txt', 'mine/sub/b.txt'])


def test_a_readers_entry_with_the_wrong_sum(server, cache, monkeypatch):
    server.routes['/mine.zip'] = whole(ZIP)
    monkeypatch.setitem(catalog.DATA_HUB, 'mine',
                        (server.url + '/mine.zip', 'c0ffee'))
    with pytest.raises(DownloadError) as caught:
        catalog.download_extract('mine')
    _, failure, advice = str(caught.value).splitlines()
    assert failure == f'  {server.url}/mine.zip: its SHA-1 is not c0ffee'
    assert advice.startswith(f'Put it by hand at {cache}')
    server.routes['/mine.zip'] = page(HTML)
    with pytest.raises(DownloadError, match='an HTML page, not the data'):
        catalog.download_extract('mine')
    assert files_below(cache) == []


def test_file_that_is_there_and_right_is_not_fetched(tmp_path, offline):
    (tmp_path / 'data.bin').write_bytes(ZIP)
    url = 'https://example.org/data.bin'
    path = catalog.download(url, tmp_path, sha1(ZIP))
    assert path == str(tmp_path / 'data.bin')
    assert catalog.download(url, str(tmp_path)) == path  # no SHA-1: trusted
    with pytest.raises(AssertionError, match='the network was asked'):
        catalog.download(url, tmp_path, 'c0ffee')
    assert (tmp_path / 'data.bin').read_bytes() == ZIP


def test_what_is_there_needs_no_lock(publish, cache, tmp_path, offline):
    publish()
    copy(cache / NAME)
    (tmp_path / 'data.bin').write_bytes(ZIP)
    for path in (cache / '.made-up.lock', tmp_path / '.data.bin.lock'):
        path.mkdir()  # as in a read-only folder, no lock file can be made
    assert locate(NAME).source == 'cache'
    url = 'https://example.org/data.bin'
    assert catalog.download(url, tmp_path, sha1(ZIP)).endswith('data.bin')
    with pytest.raises(OSError, match=f'cannot write to {tmp_path}: '):
        catalog.download(url, tmp_path, 'c0ffee')


def test_two_threads_download_once(server, tmp_path):
    server.routes['/data.bin'] = whole(ZIP, delay=0.2)
    with ThreadPoolExecutor(2) as pool:
        paths = list(pool.map(
            lambda _: catalog.download(server.url + '/data.bin', tmp_path),
            range(2)))
    assert paths == [str(tmp_path / 'data.bin')] * 2
    assert len(server.seen) == 1


def test_plain_url(server, tmp_path):
    server.routes['/tides.csv?year=2024'] = whole(b'hour,height\n')
    path = catalog.download(server.url + '/tides.csv?year=2024', tmp_path)
    assert path == str(tmp_path / 'tides.csv')
    assert Path(path).read_bytes() == b'hour,height\n'
    server.routes['/login.csv'] = page(HTML)
    with pytest.raises(DownloadError, match='HTML page, not the data'):
        catalog.download(server.url + '/login.csv', tmp_path)
    server.routes['/page.html'] = page(HTML)
    path = catalog.download(server.url + '/page.html', tmp_path)
    assert Path(path).read_bytes() == HTML
    assert files_below(tmp_path) == ['page.html', 'tides.csv']


def test_without_a_sum_nothing_is_resumed(server, tmp_path):
    server.routes['/tides.csv'] = breaks_off(b'hour,height\n', after=4)
    with pytest.raises(DownloadError, match='broke off after 4 of 12'):
        catalog.download(server.url + '/tides.csv', tmp_path)
    server.routes['/tides.csv'] = whole(b'HOUR,HEIGHT\n')  # it has changed
    path = catalog.download(server.url + '/tides.csv', tmp_path)
    assert Path(path).read_bytes() == b'HOUR,HEIGHT\n'
    assert 'Range' not in server.seen[1][1]


def test_same_file_name_on_two_sites(server, cache):
    server.routes['/a/train.csv'] = whole(b'a')
    server.routes['/b/train.csv'] = whole(b'b')
    paths = [Path(catalog.download(f'{server.url}/{site}/train.csv'))
             for site in 'ab']
    assert [path.read_bytes() for path in paths] == [b'a', b'b']
    assert all(cache in path.parents for path in paths)


@pytest.mark.parametrize('url', ['wikitext2', 'file:///etc/passwd', ''])
def test_neither_url_nor_name(url):
    with pytest.raises(ValueError, match=r'neither .*wikitext-2'):
        catalog.download(url)


@pytest.mark.parametrize('end', ['', '/', '/a/..', '/..\\..\\x', '/C:x'])
def test_url_that_names_no_file(end, tmp_path):
    with pytest.raises(ValueError, match='the url names no file'):
        catalog.download('https://example.org' + end, tmp_path)


def test_bomb_from_a_mirror(server, publish, cache):
    texts = {**TEXTS, 'zeros': bytes(500_000)}  # twice the set, and more
    server.routes['/bomb.zip'] = whole(zipped(texts))
    publish(server.url + '/bomb.zip')
    with pytest.raises(DownloadError, match='holds more than 400,0.. bytes'):
        locate(NAME)
    assert files_below(cache) == []


# Progress -----------------------------------------------------------------

class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_bar_only_for_who_watches(monkeypatch, server, tmp_path):
    monkeypatch.delenv('CI', raising=False)
    monkeypatch.delenv('TQDM_DISABLE', raising=False)
    monkeypatch.delitem(sys.modules, 'ipykernel', raising=False)
    monkeypatch.setattr(sys, 'stderr', io.StringIO())
    assert progress(range(3)).disable
    monkeypatch.setattr(sys, 'stderr', None)
    assert progress(range(3)).disable
    monkeypatch.setattr(sys, 'stderr', Terminal())
    assert not progress(range(3)).disable
    server.routes['/data.bin'] = whole(ZIP)
    catalog.download(server.url + '/data.bin', tmp_path)
    assert 'data.bin: ' in sys.stderr.getvalue()
    monkeypatch.setenv('CI', 'true')
    assert progress(range(3)).disable


@pytest.mark.parametrize('part', [b'', ZIP[:1000], b'useless'])
def test_bar_ends_at_the_size_of_the_file(
        monkeypatch, server, tmp_path, part):
    bars = []

    def watched(**kw):
        bars.append(progress(file=Terminal(), disable=False, **kw))
        return bars[-1]
    monkeypatch.setattr(fetch, 'progress', watched)
    (tmp_path / '.data.bin.part').write_bytes(part)
    server.routes['/data.bin'] = whole(ZIP)
    catalog.download(server.url + '/data.bin', tmp_path, sha1(ZIP))
    assert bars[-1].n == bars[-1].total == len(ZIP)
