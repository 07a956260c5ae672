"""Archives that a stranger has packed: unpacked, and never trusted."""

import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from made_up_set import HTML, TEXTS, ZIP, copy, files_below, tar_gz, zipped

from d2l_bert.core.text import archives
from d2l_bert.core.text.archives import ArchiveError, extract


def write_zip(path, name, data=b'x', mode=0):
    info = zipfile.ZipInfo('placeholder')
    info.filename = name  # as it is: ZipInfo() would tidy it up
    info.external_attr = mode << 16
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr('good.txt', b'good')
        archive.writestr(info, data, zipfile.ZIP_DEFLATED)


def write_tar(path, name, kind=tarfile.REGTYPE):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, '/etc/passwd'
    with tarfile.open(path, 'w') as archive:
        archive.addfile(tarfile.TarInfo('good.txt'))
        archive.addfile(member)


@pytest.mark.parametrize('name', [
    '../out.txt', 'a/../../out.txt', '/tmp/out.txt', '\\out.txt',
    '..\\out.txt', 'C:\\out.txt', 'C:out.txt', '//host/share/out.txt'])
@pytest.mark.parametrize('write', [write_zip, write_tar])
def test_names_outside_are_refused(tmp_path, name, write):
    folder = tmp_path / 'deep' / 'folder'
    folder.mkdir(parents=True)
    write(folder / 'bad', name)
    with pytest.raises(ArchiveError, match='names a place outside: '):
        extract(folder / 'bad')
    assert files_below(tmp_path) == ['deep/folder/bad']


@pytest.mark.parametrize('kind', [
    tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_in_a_tar_are_refused(tmp_path, kind):
    write_tar(tmp_path / 'bad.tar', 'link', kind)
    with pytest.raises(ArchiveError, match="'link' is a link or a device"):
        extract(tmp_path / 'bad.tar')
    assert files_below(tmp_path) == ['bad.tar']


@pytest.mark.parametrize('mode', [0o120777, 0o020666])
def test_links_and_devices_in_a_zip_are_refused(tmp_path, mode):
    write_zip(tmp_path / 'bad.zip', 'link', b'/etc/passwd', mode)
    with pytest.raises(ArchiveError, match="'link' is a link or a device"):
        extract(tmp_path / 'bad.zip')
    assert files_below(tmp_path) == ['bad.zip']


def test_bomb_by_size_and_by_ratio(tmp_path, monkeypatch):
    write_zip(tmp_path / 'bomb.zip', 'zeros', bytes(1_000_000))
    with pytest.raises(ArchiveError, match='more than 500,000 bytes'):
        extract(tmp_path / 'bomb.zip', limit=500_000)
    monkeypatch.setattr(archives, 'SMALL', 1000)
    with pytest.raises(ArchiveError, match='it may be a zip bomb'):
        extract(tmp_path / 'bomb.zip')  # 1 MB from 1 kB: more than 200 to 1
    assert files_below(tmp_path) == ['bomb.zip']
    extract(tmp_path / 'bomb.zip', ratio=2000, limit=1_000_004)
    assert (tmp_path / 'zeros').read_bytes() == bytes(1_000_000)


def test_bomb_that_lies_about_its_size(tmp_path):
    write_zip(tmp_path / 'bomb.zip', 'zeros', bytes(1_000_000))
    packed = (tmp_path / 'bomb.zip').read_bytes()
    size = (1_000_000).to_bytes(4, 'little')
    assert packed.count(size) == 2  # the local header and the directory
    (tmp_path / 'bomb.zip').write_bytes(
        packed.replace(size, (10).to_bytes(4, 'little')))
    with pytest.raises(ArchiveError):
        extract(tmp_path / 'bomb.zip', limit=500_000)
    assert files_below(tmp_path) == ['bomb.zip']


def test_damaged_archives(tmp_path):
    torn = bytearray(ZIP)
    torn[1000] ^= 255  # a bit of a compressed member, so its CRC is wrong
    for name, data in {'a.zip': torn, 'b.tar.gz': tar_gz(TEXTS)[:50_000],
                       'c.zip': b'', 'd.zip': HTML}.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ArchiveError):
            extract(tmp_path / name)
    assert files_below(tmp_path) == ['a.zip', 'b.tar.gz', 'c.zip', 'd.zip']
    with pytest.raises(FileNotFoundError, match='there is no archive'):
        extract(tmp_path / 'e.zip')


def test_extract_keeps_what_else_is_there(tmp_path):
    target = tmp_path / 'target'
    copy(target / 'made-up', {'mine.txt': b'mine', 'two.txt': b'old'})
    (tmp_path / 'data.zip').write_bytes(ZIP)
    extract(str(tmp_path / 'data.zip'), str(target))
    assert files_below(target) == ['made-up/mine.txt', 'made-up/one.txt',
                                   'made-up/two.txt']
    assert (target / 'made-up/two.txt').read_bytes() == TEXTS['two.txt']
    assert not (target / '.data.zip.unpacked').exists()


def test_extract_after_a_kill(tmp_path):
    (tmp_path / 'data.zip').write_bytes(ZIP)
    copy(tmp_path / '.data.zip.unpacked' / 'made-up', {'torn.txt': b'to'})
    extract(tmp_path / 'data.zip')
    assert files_below(tmp_path) == ['data.zip', 'made-up/one.txt',
                                     'made-up/two.txt']


def test_extract_in_many_threads(tmp_path):
    texts = {f'{number}.txt': b'tide' for number in range(200)}
    (tmp_path / 'data.zip').write_bytes(zipped(texts))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(extract, [tmp_path / 'data.zip'] * 4))
    assert len(list((tmp_path / 'made-up').iterdir())) == 200


def test_empty_files_and_folders(tmp_path):
    with zipfile.ZipFile(tmp_path / 'data.zip', 'w') as archive:
        archive.writestr('empty/', b'')
        archive.writestr('sub/nothing.txt', b'')
    extract(tmp_path / 'data.zip')
    assert list((tmp_path / 'empty').iterdir()) == []
    assert (tmp_path / 'sub' / 'nothing.txt').read_bytes() == b''
