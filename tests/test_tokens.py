"""Tokens and their numbers."""

import collections

import book_rules
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l_bert.core.tokens.numbering import sentences_to_ids
from d2l_bert.core.tokens.vocab import RESERVED_TOKENS, Vocab
from d2l_bert.core.tokens.words import tokenize

SENTENCES = st.lists(st.lists(st.sampled_from(
    ['the', 'sea', 'moon', 'Z', '<pad>', '<unk>', 'é'])))


def test_words():
    assert tokenize([' the  sea\trose ', '']) == [['the', 'sea', 'rose'], []]


def test_characters():
    assert tokenize(['a b', ''], token='char') == [['a', ' ', 'b'], []]


def test_tokenize_takes_no_single_string():
    with pytest.raises(TypeError, match="takes a list of lines, not the one "
                       r"string 'the sea'; write tokenize\(\[line\]\)"):
        tokenize('the sea')


def test_unknown_token_type():
    with pytest.raises(ValueError,
                       match="token must be 'word' or 'char', not 'wrod'"):
        tokenize(['the sea'], 'wrod')


def test_sorted_with_capitals_and_signs_first():
    assert Vocab(['b', 'a', 'Z', '!']).idx_to_token == [
        '!', '<unk>', 'Z', 'a', 'b']


def test_numbers_there_and_back():
    vocab = Vocab(['sea', 'moon'])
    assert vocab['sea'] == 2
    assert vocab[['moon', ['sea']]] == [1, [2]]
    assert vocab[()] == []
    assert vocab.to_tokens(2) == 'sea'
    assert vocab.to_tokens([1, 2]) == ['moon', 'sea']
    assert len(vocab) == 3
    assert 'sea' in vocab and 'sun' not in vocab


def test_unknown_token_has_the_number_of_unk():
    vocab = Vocab(['sea'])
    assert vocab['sun'] == vocab.unk == vocab['<unk>'] == 0


def test_min_freq_is_the_least_count_that_stays():
    vocab = Vocab(['a', 'a', 'b'], min_freq=2)
    assert vocab.idx_to_token == ['<unk>', 'a']


def test_reserved_tokens_stay_whatever_they_count():
    vocab = Vocab(['a', '<pad>'], 5, ['<pad>'])
    assert vocab.idx_to_token == ['<pad>', '<unk>']


def test_frequencies_fall():
    assert Vocab(['a', 'b', 'b'], 2).token_freqs == [('b', 2), ('a', 1)]


def test_empty():
    assert Vocab().idx_to_token == ['<unk>']


def test_counts_will_do_for_tokens():
    tokens = ['a', 'b', 'a', 'c']
    assert (Vocab(collections.Counter(tokens), 2).idx_to_token
            == Vocab(tokens, 2).idx_to_token)


def test_to_tokens_of_arrays(backend):
    d2l = backend
    vocab = d2l.Vocab(['sea', 'moon'], reserved_tokens=['<pad>'])
    ids = d2l._pad_bert_inputs([([2, 3], [], [], [0, 0], True)], 3,
                               vocab).token_ids[0]
    assert vocab.to_tokens(ids) == ['moon', 'sea', '<pad>']
    assert vocab.to_tokens(ids[1]) == 'sea'


@given(SENTENCES, st.integers(0, 4))
def test_vocab_as_the_rules_say(sentences, min_freq):
    words = book_rules.vocabulary([sentences], min_freq)
    vocab = Vocab(sentences, min_freq, RESERVED_TOKENS)
    assert vocab.idx_to_token == words
    for word in [*words, 'sun']:
        assert vocab[word] == book_rules.number(word, words)


@pytest.mark.filterwarnings('ignore:the text itself')
@given(SENTENCES.filter(len), st.integers(0, 4))
def test_sentences_are_numbered_as_by_vocab(sentences, min_freq):
    text, vocab = sentences_to_ids([list(map(' '.join, sentences))],
                                   min_freq=min_freq)
    assert [text.sentence(i).tolist() for i in range(len(sentences))] == [
        vocab[sentence] for sentence in sentences]
    assert vocab.idx_to_token == Vocab(sentences, min_freq,
                                       RESERVED_TOKENS).idx_to_token


def test_special_names_what_is_missing():
    with pytest.raises(ValueError, match="the vocabulary has no '<cls>'; "
                       r"make it with reserved_tokens=\['<pad>', '<mask>', "):
        Vocab(['a']).special('<cls>')
