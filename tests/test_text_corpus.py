"""Files of text -> paragraphs."""

import random

import book_rules
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l_bert.core.files import TINYWIKI_DIR
from d2l_bert.core.objectives.bert import load_examples, load_splits
from d2l_bert.core.text import corpus
from d2l_bert.core.text.corpus import (
    find_corpus, load_paragraph_splits, load_paragraphs, read_wiki)
from d2l_bert.core.text.paragraphs import split_paragraphs
from d2l_bert.core.randomness import shuffled
from d2l_bert.core.text.sentences import period

# Most texts here are so short that a tenth is soon left out.
pytestmark = pytest.mark.filterwarnings('ignore:.*, left out of ')

TIDES = ' = Tides = \n \n The sea rose . It fell . \n The Moon pulls . \n'


@pytest.fixture
def tides(tmp_path):
    path = tmp_path / 'wiki.train.tokens'
    path.write_text(TIDES, encoding='utf-8')
    return path


def test_period_splits_at_lonely_full_stops_only():
    assert period(' Dr. No ate 1.5 pies . He slept . ') == [
        'Dr. No ate 1.5 pies', 'He slept .']


def test_split_as_the_book():
    # The heading and the blank line have no ' . '. The last line has one,
    # at its end: after stripping it is a single sentence, but it stays.
    assert split_paragraphs(TIDES.splitlines(keepends=True)) == [
        ['the sea rose', 'it fell .'], ['the moon pulls .']]


def test_line_without_space_after_the_stop_is_no_paragraph():
    assert split_paragraphs(['the sea rose .\n']) == []


@given(st.lists(st.text(alphabet=' .aB\t', max_size=12), max_size=6),
       st.integers(0, 99))
def test_split_and_shuffle_as_the_rules_say(lines, seed):
    expected = book_rules.read(lines, random.Random(seed))
    assert shuffled(split_paragraphs(lines), random.Random(seed)) == expected


@given(st.lists(st.integers(), max_size=40), st.integers())
def test_shuffled_is_random_shuffle(items, seed):
    rng, other = random.Random(seed), random.Random(seed)
    found, given = shuffled(items, rng), items.copy()
    other.shuffle(given)
    assert found == given
    assert rng.getstate() == other.getstate()


def test_shuffled_by_a_generator_that_draws_in_its_own_way():
    class Rolls(random.Random):
        """Overrides random() only, so shuffle draws through it."""

        def random(self):
            return int(super().random() * 6) / 6

    found, expected = list(range(40)), list(range(40))
    found = shuffled(found, Rolls(3))
    Rolls(3).shuffle(expected)
    assert found == expected != shuffled(range(40), random.Random(3))


def test_shuffled_leaves_the_list_alone():
    items = list(range(50))
    assert shuffled(items, random.Random(0)) != items
    assert items == list(range(50))


def test_read_wiki_shuffles_paragraphs(tides, scripted):
    # Two paragraphs: place 1 may be exchanged with 0 or 1; it is with 0.
    assert read_wiki(tides.parent, scripted(0)) == [
        ['the moon pulls .'], ['the sea rose', 'it fell .']]


def test_read_wiki_follows_the_module_random(tides):
    random.seed(5)
    found = read_wiki(TINYWIKI_DIR)
    assert found == read_wiki(TINYWIKI_DIR, random.Random(5))


def test_read_wiki_takes_a_file_or_its_folder(tides):
    assert (read_wiki(tides, random.Random(0))
            == read_wiki(tides.parent, random.Random(0))
            == read_wiki(str(tides), random.Random(0)))


def test_byte_order_mark_is_no_letter(tmp_path):
    path = tmp_path / 'bom.txt'
    path.write_text('It is . So it is .', encoding='utf-8-sig')
    assert read_wiki(path) == [['it is', 'so it is .']]


def test_windows_line_ends(tmp_path):
    path = tmp_path / 'crlf.txt'
    path.write_bytes(b'It is . So it is . \r\nNo more . \r\n')
    assert sorted(read_wiki(path)) == [['it is', 'so it is .'],
                                       ['no more .']]


def test_letters_beyond_ascii(tmp_path):
    path = tmp_path / 'tide.txt'
    path.write_text('Ébbe . Flut hören . ', encoding='utf-8')
    assert read_wiki(path) == [['ébbe', 'flut hören .']]


def test_own_sentence_splitter(tides):
    def at_spaces(text):
        return text.split()

    found = read_wiki(tides, random.Random(0), at_spaces)
    assert sorted(found) == [['=', 'tides', '='],
                             ['the', 'moon', 'pulls', '.'],
                             ['the', 'sea', 'rose', '.', 'it', 'fell', '.']]


def test_own_splitter_needs_two_sentences():
    assert split_paragraphs(['one\n', 'one two\n'], str.split) == [
        ['one', 'two']]


def test_find_tinywiki():
    found = find_corpus('tiny')
    assert found.path == TINYWIKI_DIR
    assert (found.path / 'wiki.train.tokens').is_file()


def test_load_a_text_of_ones_own(tides):
    assert len(load_paragraphs(tides)) == 2


def test_load_from_data_dir(tides):
    assert len(load_paragraphs(data_dir=tides.parent)) == 2


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError,
                       match=r'no text in .*: it has neither wiki\.train\.'
                             r'tokens nor a file that ends in \.txt; for'):
        read_wiki(tmp_path)


def test_unknown_corpus_is_named():
    with pytest.raises(FileNotFoundError, match="corpus 'wikitext-3' is not"
                       " there; give 'wikitext-2', 'tiny', a file, a fol"):
        find_corpus('wikitext-3')


def test_text_that_is_not_utf_8(tmp_path):
    path = tmp_path / 'latin.txt'
    path.write_bytes('h\xf6ren . sehen .'.encode('latin-1'))
    with pytest.raises(ValueError, match=r'latin\.txt is not UTF-8 text: byte '
                       '1, in line 1, is 0xF6 .*; save the file as UTF-8'):
        read_wiki(path)


def test_text_without_sentence_boundary(tmp_path):
    path = tmp_path / 'prose.txt'
    path.write_text('The sea rose. It fell.')
    with pytest.raises(ValueError, match="has no line with two sentences; 'per"
                       "iod' cuts at a full stop .* sentence_splitter='nltk'"):
        read_wiki(path)


def test_wikitext_has_the_books_paragraphs(wikitext):
    paragraphs = read_wiki(wikitext, random.Random(0))
    assert len(paragraphs) == 15496
    assert sum(map(len, paragraphs)) == 74631


def test_a_text_for_validation(tmp_path):
    """No paragraph is held out if another text is there for validation."""
    (tmp_path / 'a.txt').write_text('the sea rose . it fell .\n'
                                    'a moon came . it went .\n')
    (tmp_path / 'b.txt').write_text('one wave . another .\n')
    (tmp_path / 'c.txt').write_text('a crane . a bird .\n')
    splits = load_paragraph_splits(
        tmp_path / 'a.txt', rng=random.Random(0),
        valid=[tmp_path / 'b.txt', tmp_path / 'c.txt'])
    assert sorted(map(len, splits.train)) == [2, 2]
    assert sorted(splits.valid) == [['a crane', 'a bird .'],
                                    ['one wave', 'another .']]
    train, valid = load_splits(16, corpus=str(tmp_path / 'a.txt'), min_freq=1,
                               valid=str(tmp_path / 'b.txt'))
    assert len(train) == 2 and len(valid) == 1
    assert valid.vocab is train.vocab and 'wave' not in train.vocab


def test_it_goes_before_that_of_the_folder(wikitext, tmp_path):
    (tmp_path / 'b.txt').write_text('one wave . another .\n')
    valid = load_paragraph_splits(data_dir=wikitext, rng=random.Random(0),
                                  valid=tmp_path / 'b.txt').valid
    assert valid == [['one wave', 'another .']]


def test_it_is_looked_for_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(corpus, 'read_text', None)
    with pytest.raises(FileNotFoundError, match='missing.txt'):
        load_splits(16, corpus='tiny', valid=tmp_path / 'missing.txt')


@pytest.mark.parametrize('load', [load_examples, load_splits])
@pytest.mark.parametrize('options, message', [
    ({'max_len': 2}, 'max_len must be'), ({'min_freq': 'x'}, 'min_freq must'),
    ({'dupe_factor': 0}, 'dupe_factor must'),
    ({'mlm_ratio': 2}, 'mlm_ratio must'), ({'tokenizer': 'x'}, 'tokenizer'),
    ({'mlm_probs': (1, 1, 1)}, 'mlm_probs'), ({'vocab': 'v.txt'}, 'vocab')])
def test_options_are_checked_before_a_text_is_read(load, options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        load(**{'max_len': 32, 'corpus': '/no/such', **options})
