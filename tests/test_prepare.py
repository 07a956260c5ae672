"""Text of any kind -> the format of the book."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_cli import fails, value

from d2l_bert.core import (
    load_examples, period, prepare_text, read_wiki, split_paragraphs,
    tokenize)
from d2l_bert.core.files import TINYWIKI_DIR
from d2l_bert.core.randomness import Keyed
from d2l_bert.core.tokens.wikitext import wikitext_sentences
from d2l_bert.core.tokens.words import basic, characters

PROSE = """\
Dr. Ames (of No. 3, U.S. Navy) saw 6.30 m of rain... He left!
"It fell again." Why? Nobody knew.

Only one sentence.

The sea
rose. It fell.
"""


@pytest.mark.parametrize('sentences, expected', [
    (['The sea rose.', 'It fell.'], ['The sea rose', 'It fell .']),
    (['Why?', 'So it was!'], ['Why ?', 'So it was !']),
    (['Dr. A of the U.S. came.', 'At 6.30 a.m. it fell.'],
     ['Dr. A of the U.S. came', 'At 6.30 a.m. it fell .']),
    (['"It fell."', '(It rose.)'], ['" It fell "', '( It rose ) .']),
    (['Wait...', 'It rose.'], ['Wait...', 'It rose .']),
    (['no . 3 came .', 'so .'], ['no. 3 came', 'so .']),
    (['it . . .', 'so .'], ['it...', 'so .']),
    (['.', 'It rose.', '...', ' ', 'So.'], ['It rose', '...', 'So .']),
    (['The <unk>, rose.', 'It\u00a0fell.'], ['The <unk> , rose',
                                             'It fell .']),
    (['\u00c9t\u00e9.', '\u6d77\u3002'], ['\u00c9t\u00e9', '\u6d77 \u3002']),
    ([], []), (['.'], [])])
def test_by_hand(sentences, expected):
    assert wikitext_sentences(sentences) == expected


sentence = st.text(st.sampled_from('ab1 .,!?"\')\u3002\n\u00e4'), max_size=12)


@given(st.lists(sentence, max_size=5),
       st.sampled_from([basic, tokenize, characters]))
def test_the_books_rule_finds_the_same_sentences(sentences, tokenizer):
    bodies = wikitext_sentences(sentences, tokenizer)
    assert period(' . '.join(bodies)) == (bodies or [''])
    for body in bodies[:-1]:
        assert body == ' '.join(body.split()) and '.' not in body.split()


def test_a_text(tmp_path, nltk):
    (tmp_path / 'a.txt').write_text(PROSE)
    (tmp_path / 'b.txt').write_text('A moon came. It went.\n')
    done = prepare_text(tmp_path / 'new' / 'c.txt', [
        tmp_path / 'a.txt', tmp_path / 'b.txt'], wrapped=True,
        sentence_splitter='spacy')
    assert done.path.read_bytes().decode().splitlines()[1:] == [
        'the sea rose . it fell .', 'a moon came . it went .']
    assert done.left_out.words == 3
    paragraphs = read_wiki(done.path, Keyed(0))
    assert done.num_paragraphs == len(paragraphs) == 3
    assert done.num_sentences == sum(map(len, paragraphs))
    assert {'u.s.', '6.30', ',', '('} <= set(' '.join(
        paragraphs[0]).split())


def test_wikitext_stays_as_it_is(tmp_path):
    """What is in the format of the book makes the same examples."""
    done = prepare_text(tmp_path / 'new.txt', 'tiny', tokenizer='words',
                        sentence_splitter='period')
    assert read_wiki(done.path, Keyed(0)) == read_wiki(TINYWIKI_DIR, Keyed(0))
    once, again = (load_examples(64, corpus=source, seed=1)
                   for source in ('tiny', str(done.path)))
    assert once.vocab.idx_to_token == again.vocab.idx_to_token
    assert (once[:].token_ids == again[:].token_ids).all()


def test_a_file_that_is_there_stays(tmp_path, nltk):
    path = tmp_path / 'a.txt'
    path.write_text(PROSE)
    with pytest.raises(FileExistsError, match='a.txt is there already; choo'):
        prepare_text(path, path, sentence_splitter='nltk')
    assert path.read_text() == PROSE


@pytest.mark.parametrize('text, message', [
    ('. . . .', 'has no paragraph with words in two sentences'),
    ('One sentence only.', 'has no line with two sentences')])
def test_nothing_to_write(text, message, tmp_path):
    (tmp_path / 'a.txt').write_text(text)
    with pytest.raises(ValueError, match=f'a.txt {message}'):
        prepare_text(tmp_path / 'new.txt', tmp_path / 'a.txt',
                     sentence_splitter='period')
    assert not (tmp_path / 'new.txt').exists()


def test_the_command(run, tmp_path, spacy, torch_backend):
    (tmp_path / 'a.txt').write_text(f'{PROSE}\n' * 3)
    new = tmp_path / 'new.txt'
    argv = ['prepare', '--corpus', tmp_path / 'a.txt', '--wrapped',
            '--sentence-splitter', 'spacy', '--out', new]
    status, out, err = run(*argv)
    assert status == 0 and ', left out of ' in err
    assert value(out, 'left out') == (
        '3 paragraphs with 9 words, 13 % of the text, without two sentences')
    assert value(out, 'saved') == str(new)
    assert value(out, 'next') == f'd2l-bert dataset --corpus {new}'
    assert value(out, 'text').startswith('6 paragraphs, ')
    assert fails(run(*argv), '.*new.txt is there already; .*')
    assert split_paragraphs(new.read_text().splitlines(True))[1] == [
        'the sea rose', 'it fell .']
    status, out, err = run('dataset', '--corpus', new, '--backend', 'torch',
                           '--min-freq', 1, '--batch-size', 4)
    assert status == 0 and 'left out    nothing' in out
