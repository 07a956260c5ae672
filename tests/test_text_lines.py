"""Files -> lines, and what is said of files that are no UTF-8 text."""

import gzip

import pytest

from d2l_bert.core.text.corpus import read_wiki
from d2l_bert.core.text.lines import open_text, text_lines


@pytest.fixture
def write(tmp_path):
    """Writes bytes, or text as UTF-8, into a file; returns its path."""
    def write(data, name='sea.txt'):
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path
    return write


def lines(*paths):
    return list(text_lines(paths))


def complaint(path):
    with pytest.raises(ValueError) as caught:
        lines(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    return message.removeprefix(str(path)).strip()


# Text ---------------------------------------------------------------------

def test_lines_end_as_they_do_anywhere(write):
    assert lines(write(b'a\r\nb\rc\n\nd')) == ['a\n', 'b\n', 'c\n', '\n', 'd']


def test_a_blank_line_between_two_files(write):
    assert lines(write('a\nb', 'a.txt'), write('c\n', 'b.txt')) == [
        'a\n', 'b', '\n', 'c\n']


def test_only_line_ends_end_a_line(write):
    """Not what str.splitlines also takes for one."""
    text = 'a\x0bb\x0cc\x85d\u2028e \ufeff f\n'
    assert lines(write(text)) == [text]


@pytest.mark.parametrize('data, expected', [
    ('\ufeffa\n\ufeffb\n', ['a\n', 'b\n']),
    ('It rose.\ufeffIt fell.\n', ['It rose.', 'It fell.\n']),
    ('It rose . \ufeffIt fell .\n', ['It rose .', 'It fell .\n']),
    ('It rose . \ufeffIt fell . \ufeffEnd', ['It rose .', 'It fell .',
                                              'End']),
    # WikiText-2 has these, and the book keeps them.
    ('52 ° W \ufeff / 51 ; \ufeff ( Way )\n',
     ['52 ° W \ufeff / 51 ; \ufeff ( Way )\n']),
])
def test_byte_order_marks_of_joined_files(write, data, expected):
    assert lines(write(data)) == expected


def test_gzip_goes_by_contents(write):
    data = gzip.compress('\ufeffh\xf6ren\n'.encode())
    assert lines(write(data, 'sea.txt.gz')) == ['h\xf6ren\n']
    assert lines(write(data, 'sea.txt')) == ['h\xf6ren\n']


# What is no UTF-8 text ----------------------------------------------------

def test_line_and_byte_of_a_bad_byte(write):
    """Far behind the decoder's buffer of 8192 bytes."""
    good = b'It rose and it fell again and again, all day.\n' * 2083
    data = good.ljust(100_000, b'x') + b'\xf6ren\n'
    assert complaint(write(data)) == (
        "is not UTF-8 text: byte 100000, in line 2084, is 0xF6 ('ö' in "
        "Windows-1252); save the file as UTF-8")
    assert complaint(write(gzip.compress(data))) == complaint(write(data))


@pytest.mark.parametrize('data, byte, line, value', [
    (b'h\xf6ren', 1, 1, '0xF6'),
    (b'\xef\xbb\xbfh\xf6ren', 4, 1, '0xF6'),
    (b'a\rb\r\n\xe9', 5, 3, '0xE9'),
    (b'a\rb\rc\xe9', 5, 3, '0xE9'),
    ('sea\nh\xf6'.encode()[:-1], 5, 2, '0xC3'),  # torn in a letter
    ('h\xf6ren\n'.encode() * 9999 + b'\x96 so', 69993, 10000, '0x96'),
    (b'x' * 8191 + b'\xc3\n', 8191, 1, '0xC3'),  # at the buffer's end
])
def test_bad_bytes_here_and_there(write, data, byte, line, value):
    assert complaint(write(data)).startswith(
        f'is not UTF-8 text: byte {byte}, in line {line}, is {value} (')


@pytest.mark.parametrize('text', ['It rose . It fell .\n', 'Она шла .\n',
                                  'да\n' * 3000, '海は高い。\n' * 20])
@pytest.mark.parametrize('encoding', ['utf-16-le', 'utf-16-be', 'utf-16'])
def test_utf_16_is_named(write, text, encoding):
    assert complaint(write(text.encode(encoding))) == (
        'is not UTF-8 text but UTF-16; open it in an editor and save it as '
        'UTF-8')


@pytest.mark.parametrize('encoding', ['utf-32-le', 'utf-32-be', 'utf-32'])
def test_utf_32_is_named(write, encoding):
    assert complaint(write('It rose .'.encode(encoding))).startswith(
        'is not UTF-8 text but UTF-32; ')


def test_a_zero_among_letters_is_no_utf_16(write):
    assert lines(write('It rose\0 and it fell')) == ['It rose\0 and it fell']
    assert complaint(write(b'It rose\0 and h\xf6rt')).startswith(
        'is not UTF-8 text: byte 14, in line 1, is 0xF6')


@pytest.mark.parametrize('data, kind', [
    (b'PK\x03\x04...', 'a zip archive, or a document of Word or Excel'),
    (b'%PDF-1.7 ...', 'a PDF'),
    (b'BZh91AY&SY...', 'compressed by bzip2'),
    (b'\xfd7zXZ\0...', 'compressed by xz'),
    (gzip.compress(b'sea.txt'.ljust(257, b'\0') + b'ustar', mtime=0),
     'a tar archive'),
])
def test_other_kinds_of_files_are_named(write, data, kind):
    assert complaint(write(data)) == (
        f'is {kind}, not UTF-8 text; give the text itself, saved as UTF-8')


@pytest.mark.parametrize('spoil', [
    lambda data: data[:-20], lambda data: data[:8],
    lambda data: data[:15] + b'\xff\xff\xff' + data[18:],
    lambda data: data[:-8] + b'\0\0\0\0' + data[-4:],
    lambda data: data[:2]])
def test_a_damaged_gzip_file(write, spoil):
    data = gzip.compress(''.join(f'{i} ' for i in range(999)).encode())
    assert complaint(write(spoil(data))).startswith('is a damaged gzip file (')


def test_an_error_of_the_reader_is_its_own(write):
    with pytest.raises(ValueError, match='^mine$'), open_text(write('a')):
        raise ValueError('mine')


def test_a_corpus_is_read_so(write):
    with pytest.raises(ValueError, match='byte 9, in line 2, is 0xF6'):
        read_wiki(write(b'a . b .\nh\xf6ren . sehen .'))
