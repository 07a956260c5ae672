"""Lines -> paragraphs, in each way to write a text, and what is left out."""

import random
import warnings

import pytest

from d2l_bert.core import load_examples, load_splits
from d2l_bert.core.text.corpus import (
    load_paragraph_splits, load_paragraphs, read_text, read_wiki)
from d2l_bert.core.text.paragraphs import (
    LeftOut, advice, read_paragraphs, split_paragraphs)
from d2l_bert.core.text.sentences import (
    describe_splitter, make_sentence_splitter, one_a_line, period)

# As create_pretraining_data.py of Google's BERT wants it: 31 words.
ONE_A_LINE = '''\
The sea rose in the night.
It fell again . So it does.
The moon pulls the water.

A crane flies over the marsh.
It sleeps on one leg.


The end.
'''
DOCUMENTS = [['the sea rose in the night.', 'it fell again . so it does.',
              'the moon pulls the water.'],
             ['a crane flies over the marsh.', 'it sleeps on one leg.']]
# As Project Gutenberg has it.
WRAPPED = '''\
THE TIDES

   The sea rose in the
night. It fell again. The moon pulls
the water.

A crane flies
over the marsh. It
sleeps on one leg.
'''


@pytest.fixture
def write(tmp_path):
    """Writes a text into a file; returns its path."""
    def write(text, name='sea.txt'):
        path = tmp_path / name
        path.write_text(text, 'utf-8')
        return path
    return write


# One sentence on each line ------------------------------------------------

def test_one_sentence_on_each_line(write):
    assert split_paragraphs(ONE_A_LINE.splitlines(), 'lines') == DOCUMENTS
    for choice in ('lines', one_a_line):
        found = read_wiki(write(ONE_A_LINE), random.Random(0), choice)
        assert sorted(found, reverse=True) == DOCUMENTS


@pytest.mark.parametrize('spoil', [
    lambda text: text.replace('\n', '\r\n'), lambda text: '\n\n' + text,
    lambda text: text.replace('\n\n', '\n \t \n'),
    lambda text: text.rstrip('\n'), lambda text: f'\ufeff{text}'])
def test_other_line_ends_and_blanks(spoil, write):
    path = write('')
    path.write_bytes(spoil(ONE_A_LINE).encode())
    assert sorted(read_wiki(path, sentence_splitter='lines'),
                  reverse=True) == DOCUMENTS


def test_lines_by_name_everywhere(write):
    assert make_sentence_splitter('lines') is one_a_line
    assert describe_splitter('lines') == describe_splitter(one_a_line) == (
        'one sentence on each line, blank lines between documents')
    options = {'corpus': write(ONE_A_LINE), 'min_freq': 1,
               'sentence_splitter': 'lines'}
    assert len(load_examples(64, **options, seed=0)) == 3
    train, valid = load_splits(64, **options)
    assert len(train) + len(valid) == 3


# Wrapped lines ------------------------------------------------------------

@pytest.mark.parametrize('name', ['nltk', 'spacy'])
def test_wrapped_lines_are_joined(name, nltk, spacy):
    assert split_paragraphs(WRAPPED.splitlines(), name, wrapped=True) == [
        ['the sea rose in the night.', 'it fell again.',
         'the moon pulls the water.'],
        ['a crane flies over the marsh.', 'it sleeps on one leg.']]
    # Without it, fragments become neighbours.
    assert ['night.', 'it fell again.', 'the moon pulls'] in split_paragraphs(
        WRAPPED.splitlines(), name)


@pytest.mark.parametrize('name', ['nltk', 'spacy'])
def test_lines_that_look_wrapped_give_a_warning(name, nltk, spacy):
    lines = (WRAPPED + '\n').splitlines() * 3
    with pytest.warns(UserWarning, match=(
            '15 of 21 lines do not end like a sentence, so parts of .*; if a '
            'paragraph goes over several lines, choose wrapped')):
        split_paragraphs(lines, name)
    with warnings.catch_warnings():
        warnings.filterwarnings('error', '.* lines do not end')
        split_paragraphs(lines, name, wrapped=True)
        split_paragraphs(lines, 'lines')
        split_paragraphs(['It rose. "It fell."', 'So it did.', ''] * 9, name)
        split_paragraphs(lines[:8], name)


def test_wrapped_for_the_books_rule():
    text = WRAPPED.replace('.', ' .').splitlines()
    for choice in ('period', period):
        assert split_paragraphs(text, choice, wrapped=True) == [
            ['the sea rose in the night', 'it fell again',
             'the moon pulls the water .'],
            ['a crane flies over the marsh', 'it sleeps on one leg .']]


def test_wrapped_for_a_function():
    assert split_paragraphs(['a', 'b', '', 'c'], str.split, wrapped=True) == [
        ['a', 'b']]


@pytest.mark.parametrize('load', [load_paragraphs, load_paragraph_splits])
@pytest.mark.parametrize('choice', ['lines', one_a_line])
def test_wrapped_lines_are_no_sentences(load, choice):
    with pytest.raises(ValueError, match='takes each line for a sentence, and '
                       'wrapped joins .*; leave one of them out'):
        load('/no/such', sentence_splitter=choice, wrapped=True)


# What is left out ---------------------------------------------------------

def test_left_out_by_the_books_rule():
    text = read_paragraphs(ONE_A_LINE.splitlines())
    # Only 'It fell again . So it does.' has a ' . '.
    assert text.paragraphs == [['it fell again', 'so it does.']]
    assert text.left_out[:2] == (5, 31 - 7)
    assert text.left_out.share == pytest.approx(
        1 - 27 / sum(map(len, ONE_A_LINE.splitlines())))


@pytest.mark.parametrize('choice, wrapped, expected', [
    ('lines', False, (1, 2, 'line')), ('spacy', False, (6, 30, 'line')),
    ('spacy', True, (1, 2, 'paragraph')), (str.split, False, (0, 0, 'line'))])
def test_left_out_in_other_ways(choice, wrapped, expected, spacy):
    left = read_paragraphs(ONE_A_LINE.replace('n . So', 'n, so').splitlines(),
                           choice, wrapped=wrapped).left_out
    assert (left.pieces, left.words, left.unit) == expected


def test_headings_are_left_out(nltk, spacy):
    lines = ['= The sea =', 'It rose . It fell . ', '', ' = = End ! = = ']
    for choice in ('period', 'nltk', 'spacy'):
        text = read_paragraphs(lines, choice)
        assert len(text.paragraphs) == 1 and text.left_out[:2] == (2, 4 + 6)


def test_nothing_is_left_out():
    assert read_paragraphs([' It rose . It fell . \n', ' \n']).left_out == (
        LeftOut(0, 0, 0.0))


def test_in_words():
    assert LeftOut(1, 1, 0.004, 'paragraph').in_words() == (
        '1 paragraph with 1 word, 0 % of the text')


def test_more_than_a_tenth_is_worth_a_warning(write):
    with pytest.warns(UserWarning, match=(
            r"5 lines with 24 words, 80 % of the text, left out of .*sea.txt"
            r", as a paragraph needs two sentences; 'period' cuts at .*; .*"
            r"if each line is one sentence, sentence_splitter='lines'")):
        read_wiki(write(ONE_A_LINE))
    kept = ('it rose . ' * 10 + '\n') * 9
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        read_wiki(write(f'{kept}{"x" * 98}\n'))
        read_wiki(write(ONE_A_LINE), sentence_splitter='lines')
    with pytest.warns(UserWarning, match='1 line with 1 word, 10 % of'):
        read_wiki(write(f'{kept}{"x" * 104}\n'))


def test_no_advice_to_do_what_was_done(write, nltk):
    path = write('The sea rose\nand fell.\n')
    with pytest.raises(ValueError, match='sea.txt has no line with two '
                       'sentences; each line is read as a paragraph; if a '
                       'paragraph goes over several lines, choose wrapped, '
                       'and if each line is one sentence, sent') as caught:
        read_wiki(path, sentence_splitter='nltk')
    assert 'nltk' not in str(caught.value)
    with pytest.raises(ValueError, match='has no paragraph with two sentences'
                       '; wrapped reads a blank line between two paragraphs$'):
        read_wiki(path, sentence_splitter='nltk', wrapped=True)
    with pytest.raises(ValueError, match='has no line with two sentences; sent'
                       "ence_splitter 'lines' reads one sentence on each"):
        read_wiki(write('a\n\nb\n'), sentence_splitter='lines')
    assert 'nltk' in advice('period', wrapped=True)


def test_a_text_of_blanks_is_empty(write):
    with pytest.raises(ValueError, match='sea.txt is empty; put some parag'):
        read_text([write(' \n\n\t\n')])


# On the command line ------------------------------------------------------

def test_the_summary_says_what_is_left_out(run, write, torch_backend,
                                           tmp_path):
    path = write(f'{ONE_A_LINE}\n' * 4)
    dataset = ['dataset', '--backend', 'torch', '--min-freq', 1, '--corpus']
    status, out, err = run(*dataset, path, '--sentence-splitter', 'lines')
    assert (status, err) == (0, '')
    assert '\nleft out    4 lines with 8 words, 6 % of the text, witho' in out
    assert 'split by one sentence on each line' in out
    status, out, err = run(*dataset, path)
    assert status == 0 and '\nleft out    20 lines with 96 words, 80' in out
    assert err.startswith('d2l-bert: warning: 20 lines with 96 words, 80')
    status, out, err = run(*dataset, write('it rose . it fell . \n'))
    assert (status, err) == (0, '') and '\nleft out    nothing\n' in out
    status, out, err = run(
        'pretrain', '--backend', 'torch', '--steps', 1, '--batch-size', 2,
        '--min-freq', 1, '--out', tmp_path / 'run', '--corpus',
        write(f'{ONE_A_LINE}\n' * 4), '--sentence-splitter', 'lines')
    assert status == 0 and '\nleft out    4 lines with 8 words, 6 %' in out


def test_wrapped_on_the_command_line(run, write, torch_backend, spacy):
    status, out, err = run(
        'dataset', '--backend', 'torch', '--min-freq', 1, '--corpus',
        write(f'{WRAPPED}\n' * 9), '--sentence-splitter', 'spacy', '--wrapped')
    assert status == 0 and 'choose --tokenizer basic' in err
    assert err.count('warning') == 1
    assert '\ntext        18 paragraphs, 45 sentences\n' in out
    assert '\nleft out    9 paragraphs with 18 words, 7 % of the ' in out
    status, out, err = run('dataset', '--sentence-splitter', 'lines',
                           '--wrapped')
    assert (status, out) == (1, '') and 'leave one of them out' in err
