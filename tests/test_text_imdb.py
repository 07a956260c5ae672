"""Reading film reviews from a CSV file."""

import csv
import gzip

import numpy as np
import pytest
from conftest import DATA_DIR

from d2l_bert.core.text.imdb import find_reviews, read_reviews


def write(tmp_path, text, encoding='utf-8'):
    path = tmp_path / 'my.csv'
    path.write_text(text, encoding=encoding)
    return path


def test_rows_of_a_file(tmp_path):
    path = write(tmp_path, '\ufefflabel,review\n1,"a, ""b""\nc"\n0,d\n1,e\n')
    assert read_reviews(path) == ['a, "b"\nc', 'd', 'e']
    assert read_reviews(path, 1, 2) == ['d']
    assert read_reviews(path, 1, None) == ['d', 'e']
    assert read_reviews(path, np.int64(2), 99) == ['e']


def test_rows_of_imdb(imdb):
    assert read_reviews(DATA_DIR, 7, 9) == imdb[7:9]


@pytest.mark.parametrize('ds_from, ds_to', [
    (5, 5), (6, 5), (-1, 5), (0, 0), (0.5, 3), (0, '9'), (None, 3),
    (-1, None)])
def test_an_impossible_range_comes_before_the_file(ds_from, ds_to, backend):
    with pytest.raises(ValueError, match='0 <= ds_from < ds_to, not'):
        backend.load_data_imdb(data_dir='/no/such', ds_from=ds_from,
                               ds_to=ds_to)


@pytest.mark.parametrize('text, message', [
    ('text,label\na,1\n', "no column 'review'; its first line is 'text,la"),
    ('Once upon a time.\n', "no column 'review'; its first line is 'Once"),
    ('', "no column 'review'; its first line is ''"),
    ('review\n', 'has the names of its columns, but no row; put a review'),
    ('label,review', 'has the names of its columns, but no row'),
    ('label,review\n1,a\n2\n', 'row 1 of .* has no review'),
    ('review\n"a\n', r'row 0 of .*, in line 2, is damaged \(unexpected '
     r'end of data\); close each quotation mark that opens a field'),
    ('review,"label\na,b\n', 'the first line of .* is damaged'),
    ('review,sentiment\nIt rose.,pos\n'
     'The sea rose, and fell. It slept, then woke. It was over.,positive\n',
     'row 1 of .*, in line 3, has 4 fields, but there are 2 columns; put '
     "quotation marks around a text that has a ','"),
    ('review\nIt rose, and fell.\n', 'row 0 .* has 2 fields, but there'),
])
def test_files_that_hold_no_reviews(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read_reviews(write(tmp_path, text))


def test_a_file_that_is_no_text(tmp_path):
    with pytest.raises(ValueError, match="is not UTF-8 text: byte 7, in line "
                       "2, is 0xE9 .'é' in Windows-1252.; save the file as"):
        read_reviews(write(tmp_path, 'review\né', 'latin-1'))
    rows = 'review\n' + 'a' * 9990 + '\n"a\nb é"\n'
    with pytest.raises(ValueError, match='byte 10003, in line 4, is 0xE9'):
        read_reviews(write(tmp_path, rows, 'latin-1'))
    for encoding in ('utf-16', 'utf-16-le', 'utf-16-be'):
        with pytest.raises(ValueError, match='is not UTF-8 text but UTF-16'):
            read_reviews(write(tmp_path, 'review\nIt rose.', encoding))


def test_a_file_that_is_compressed(tmp_path):
    path = tmp_path / 'my.csv.gz'
    path.write_bytes(gzip.compress('review\n"é, è"\n'.encode()))
    assert read_reviews(path) == ['é, è']
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(ValueError, match='is a damaged gzip file'):
        read_reviews(path)


def test_rows_that_the_file_does_not_reach(tmp_path):
    with pytest.raises(ValueError, match='has no row 3 or later, as it has '
                       '2, counted from 0; choose a smaller ds_from'):
        read_reviews(write(tmp_path, 'review\na\nb\n'), 3)


def test_a_field_of_any_length(tmp_path):
    long = 'It rose. ' * 100_000
    limit = csv.field_size_limit()
    assert read_reviews(write(tmp_path, f'review\n{long}\n')) == [long]
    assert csv.field_size_limit() == limit


@pytest.mark.parametrize('text', [
    'label;review\n1;a, b\n0;c\n', 'label\treview\n1\ta, b\n0\tc\n',
    'label, review,,\n1,"a, b",,\n0,c,\n', '"label","review"\n1,"a, b"\n0,c',
    'label,review\r\n1,"a, b"\r\n\r\n0,c,\r\n'])
def test_other_ways_to_write_a_table(text, tmp_path):
    assert read_reviews(write(tmp_path, text)) == ['a, b', 'c']


@pytest.mark.parametrize('damage, message', [
    ('"It rose. It fell.,pos', r"row 701 of .*my\.csv, in line 1404, is "
     r"damaged \(',' expected after '\"'\)"),
    ('"It "rose". It fell.",pos', 'row 701 .*, in line 1404, is damaged'),
    ('It rose, it fell, so it is.,pos', 'row 701 .*, in line 1404, has 4'),
    ('pos', 'row 701 of .*, in line 1404, has no review')])
def test_damage_is_named_by_its_row(damage, message, tmp_path):
    rows = ['pos,"It rose.\nIt fell."'] * 1000
    rows[701] = damage
    path = write(tmp_path, '\n'.join(['label,review', *rows]))
    with pytest.raises(ValueError, match=message):
        read_reviews(path)
    assert len(read_reviews(path, 0, 701)) == 701


def test_no_file(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match='no reviews at'):
        find_reviews(tmp_path)
    monkeypatch.delenv('D2L_BERT_DATA', raising=False)
    with pytest.raises(FileNotFoundError, match='set D2L_BERT_DATA to'):
        find_reviews()
