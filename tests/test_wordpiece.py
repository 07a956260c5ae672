"""WordPiece: Google's rules, and a vocabulary that is trained."""

import copy
import pickle
import random
import sys
from collections import Counter
from fractions import Fraction
from functools import partial
from itertools import chain
from types import SimpleNamespace
from unicodedata import category
from unittest.mock import MagicMock, patch

import pytest
from conftest import import_or_skip
from hypothesis import given
from hypothesis import strategies as st

from d2l_bert.core import (
    Keyed, WordPiece, count_words, load_paragraphs, same, train_wordpiece)
from d2l_bert.core.tokens import wordpiece as rules
from d2l_bert.core.tokens.wordpiece import SPELLING

SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
GOOGLES = [*SPECIAL, 'un', '##want', '##ed', ',', 'runn', '##ing', 'the']
WORDS = st.text('abcd', min_size=1, max_size=7)
COUNTS = st.dictionaries(WORDS, st.integers(1, 6), min_size=1, max_size=7)


@pytest.fixture(scope='module')
def google():
    """Google's own code; it imports TensorFlow, which it does not need."""
    stand_ins = {name: MagicMock() for name in (
        'absl', 'tensorflow', 'tensorflow.compat', 'tensorflow.compat.v1')}
    with patch.dict(sys.modules, stand_ins):
        module = import_or_skip('bert.tokenization', 'bert')
    module.FLAGS = SimpleNamespace(preserve_unused_tokens=False)
    module.tf.gfile.GFile = partial(open, encoding='utf-8')
    return module


@pytest.fixture(scope='module')
def sentences(wikitext):
    """WikiText-2's training text, with capital letters."""
    return [*chain.from_iterable(load_paragraphs(
        data_dir=wikitext, rng=Keyed(0), lowercase=False))]


@pytest.fixture(scope='module')
def trained(sentences):
    """A vocabulary of 8,000 pieces, by the case of its text."""
    return {lowercase: train_wordpiece(count_words(sentences, lowercase),
                                       8000) for lowercase in (True, False)}


class Words(WordPiece):
    """Every word is a piece, so that words can be compared."""

    def pieces(self, word):
        return [word]


def google_words(google, lowercase):
    return google.BasicTokenizer(do_lower_case=lowercase).tokenize


def google_pieces(google, vocab, lowercase):
    words = google_words(google, lowercase)
    pieces = google.WordpieceTokenizer(vocab={*vocab})
    return lambda text: [piece for word in words(text)
                         for piece in pieces.tokenize(word)]


# Google's rules -----------------------------------------------------------

def test_the_known_cases():
    wordpiece = WordPiece(GOOGLES)
    assert wordpiece.tokenize('UNwant\u00e9d,running') == [
        'un', '##want', '##ed', ',', 'runn', '##ing']
    assert wordpiece.tokenize('unwantedX running') == [
        '[UNK]', 'runn', '##ing']
    assert wordpiece.tokenize('') == wordpiece.tokenize(' \n') == []
    assert WordPiece(GOOGLES, lowercase=False).tokenize(
        'UNwanted unwanted the\u0301') == [
        '[UNK]', 'un', '##want', '##ed', '[UNK]']


@pytest.mark.parametrize('text, words', [
    ('a\tb\nc\r\u00a0d\u3000e', ['a', 'b', 'c', 'd', 'e']),
    # Python splits at these, but Google drops them before it splits.
    ('a\x0bb\x0cc\x1cd\x1fe\x85f', ['abcdef']),
    ('a\0b\ufffdc\u200dd\xade', ['abcde']),
    ('a\u2028b\u2029c', ['a', 'b', 'c']),
    ('\u6d77sea\u6d77\uac00', ['\u6d77', 'sea', '\u6d77', '\u1100\u1161']),
    ("it's $5^2, ~a_b`", ['it', "'", 's', '$', '5', '^', '2', ',', '~', 'a',
                          '_', 'b', '`']),
    ('\u00bfa\u2014b\u00bb', ['\u00bf', 'a', '\u2014', 'b', '\u00bb']),
    ('\u20ac5', ['\u20ac5']),  # a symbol, but no punctuation
    ('H\u00d4TEL I\u0307 \u0130 \u00df', ['hotel', 'i', 'i', '\u00df']),
    ('a\u037eb', ['a', ';', 'b']),  # Greek's question mark
    ('\u039f\u03a3 \u039f\u03a3\u0391',  # Greek's two small sigmas
     ['\u03bf\u03c2', '\u03bf\u03c3\u03b1']),
    ('\u0301 a', ['a'])])
def test_words(text, words, google):
    assert Words(['[UNK]']).tokenize(text) == words
    assert google_words(google, True)(text) == words


@pytest.mark.parametrize('lowercase', [True, False])
@pytest.mark.parametrize('start, end', [
    (0, 0x3100),
    pytest.param(0x3100, 0x110000, marks=pytest.mark.slow)])
def test_every_code_point(start, end, lowercase, google):
    """Each alone and between letters; if it is assigned, one text each."""
    ours, theirs = Words(['[UNK]'], lowercase), google_words(google, lowercase)
    with patch.object(rules, 'NUM_CACHED', 0):
        for first in range(start, end, 256):
            chars = [*map(chr, range(first, first + 256))]
            texts = [text for char in chars for text in (char, f'a{char}b')]
            expected = theirs(' '.join(texts))
            assert ours.tokenize(' '.join(texts)) == expected, hex(first)
            if any(category(char) not in ('Cn', 'Co', 'Cs')
                   for char in chars):
                assert [*chain.from_iterable(map(ours.tokenize, texts))
                        ] == expected, hex(first)


@pytest.mark.parametrize('lowercase', [True, False])
def test_wikitext(lowercase, sentences, trained, google):
    ours = WordPiece(trained[lowercase], lowercase)
    theirs = google_pieces(google, trained[lowercase], lowercase)
    words = [*dict.fromkeys(chain.from_iterable(
        sentence.split() for sentence in sentences))]
    assert len(words) > 30_000  # all that there are
    lines = [' '.join(words[i:i + 9]) for i in range(0, len(words), 9)]
    for line in [*lines, *sentences[::20]]:
        assert ours.tokenize(line) == theirs(line)


@pytest.mark.parametrize('lowercase', [True, False])
def test_reviews(lowercase, imdb, trained, google):
    ours = WordPiece(trained[lowercase], lowercase)
    theirs = google_pieces(google, trained[lowercase], lowercase)
    for review in imdb[::2] if lowercase else imdb[1::2]:
        assert ours.tokenize(review) == theirs(review)


@pytest.mark.parametrize('lowercase', [True, False])
def test_as_the_library_tokenizers(lowercase, sentences, imdb, trained):
    """Where its rules are the same, and its limit of characters is ours."""
    library = import_or_skip('tokenizers', 'tokenizers')
    vocab = trained[lowercase]
    theirs = library.Tokenizer(library.models.WordPiece(
        {piece: i for i, piece in enumerate(vocab)}, unk_token='[UNK]',
        max_input_chars_per_word=rules.MAX_CHARS))
    theirs.normalizer = library.normalizers.BertNormalizer(
        lowercase=lowercase)
    theirs.pre_tokenizer = library.pre_tokenizers.BertPreTokenizer()
    ours = WordPiece(vocab, lowercase)
    texts = [text for text in [*sentences[::5], *imdb]
             if '\u03a3' not in text]  # it has no final sigma
    assert len(texts) > 14_000
    for text, encoding in zip(texts, theirs.encode_batch(texts)):
        assert ours.tokenize(text) == encoding.tokens


def test_where_the_library_tokenizers_differs():
    """By default a word may have 100 characters; Google's may have 200."""
    library = import_or_skip('tokenizers', 'tokenizers')
    vocab = ['[UNK]', 'a', '##a']
    theirs = library.Tokenizer(library.models.WordPiece(
        {piece: i for i, piece in enumerate(vocab)}, unk_token='[UNK]'))
    for length in (100, 101, 200, 201):
        assert (len(WordPiece(vocab).tokenize('a' * length))
                == (length if length <= 200 else 1))
        assert (len(theirs.encode('a' * length).tokens)
                == (length if length <= 100 else 1))
    normal = library.normalizers.BertNormalizer(lowercase=True)
    assert normal.normalize_str('\u039f\u03a3') == '\u03bf\u03c3'
    assert Words(['[UNK]']).tokenize('\u039f\u03a3') == ['\u03bf\u03c2']
    assert normal.normalize_str('a\ue000b') == 'ab'  # of private use
    assert Words(['[UNK]']).tokenize('a\ue000b') == ['a\ue000b']


def test_what_is_too_long_is_unknown():
    wordpiece = WordPiece(['[UNK]', 'a', '##a', '.'])
    assert wordpiece.tokenize('a' * 200) == ['a'] + ['##a'] * 199
    assert wordpiece.tokenize('a' * 201) == ['[UNK]']
    assert wordpiece.tokenize('a.' * 150) == ['a', '.'] * 150


# Special tokens -----------------------------------------------------------

def test_special_tokens_stay_whole_when_asked():
    wordpiece = WordPiece([*GOOGLES, '[', ']', 'mask', '<', '>'])
    text = 'the [MASK], <mask>the<unk>[SEP] [mask] [MA SK]'
    assert wordpiece.tokenize('[MASK]') == ['[', 'mask', ']']
    assert wordpiece.tokenize('<mask>') == ['<', 'mask', '>']
    assert wordpiece.tokenize(text, keep_special=True) == [
        'the', '[MASK]', ',', '[MASK]', 'the', '[UNK]', '[SEP]', '[', 'mask',
        ']', '[', '[UNK]', '[UNK]', ']']
    assert wordpiece([text, '']) == [
        wordpiece.tokenize(text, keep_special=True), []]
    # Asked in the other order, or again: the same.
    assert wordpiece.tokenize('[MASK]') == ['[', 'mask', ']']
    assert wordpiece.encode('[MASK]', keep_special=True) == [4]
    assert WordPiece(['[UNK]', '[', ']']).tokenize(
        '[MASK]', keep_special=True) == ['[', '[UNK]', ']']


def test_unknown_words():
    wordpiece = WordPiece(GOOGLES)
    assert wordpiece.unknown_words(
        'The SEA, sea [MASK]<unk>high \u6d77running') == [
            'sea', 'high', '\u6d77']
    assert wordpiece.unknown_words('') == []


# There and back -----------------------------------------------------------

PIECES = st.lists(st.text(st.characters(codec='utf-8'), min_size=1).filter(
    lambda piece: piece == piece.strip() and not {*piece} & {*'\r\n'}),
    unique=True).map(lambda pieces: ['[UNK]', *(
        piece for piece in pieces if piece != '[UNK]')])


@given(PIECES, st.booleans())
def test_save_and_read(tmp_path_factory, pieces, lowercase):
    path = tmp_path_factory.mktemp('vocab') / 'new' / 'vocab.txt'
    saved = WordPiece(pieces, lowercase)
    saved.save(path)
    assert WordPiece.from_file(path, lowercase) == saved
    assert path.read_bytes() == ''.join(
        f'{piece}\n' for piece in pieces).encode()


@given(COUNTS, st.data())
def test_words_there_and_back(counts, data):
    """With all characters, no word is unknown, and its pieces are it."""
    vocab = train_wordpiece(counts, 60)
    wordpiece = WordPiece(vocab)
    letters = sorted({*''.join(counts)} & {piece for piece in vocab
                      if f'##{piece}' in vocab})
    words = data.draw(st.lists(st.sampled_from([*counts])))
    if letters:
        words += data.draw(st.lists(st.text(letters, min_size=1)))
    ids = wordpiece.encode(' '.join(words))
    assert wordpiece.decode(ids) == ' '.join(words)
    assert all(0 <= i < len(vocab) for i in ids)
    for word in words:
        first, *others = wordpiece.pieces(word)
        assert first + ''.join(piece[2:] for piece in others) == word
        assert all(piece.startswith('##') for piece in others)


@given(st.text(), st.booleans(), st.booleans())
def test_every_piece_is_in_the_vocabulary(text, lowercase, keep_special):
    wordpiece = WordPiece([*SPECIAL, *'abc0.', '##a', '##b'], lowercase)
    pieces = wordpiece.tokenize(text, keep_special)
    assert all(piece in wordpiece.vocab for piece in pieces)
    assert pieces == wordpiece.tokenize(text, keep_special)  # remembered
    with patch.object(rules, 'NUM_CACHED', 0):
        assert pieces == WordPiece([*wordpiece.vocab], lowercase).tokenize(
            text, keep_special)


@given(st.text(st.sampled_from('aA\u00e9\u03a3\u0130\u6d77,[<>] \t\x0b\u200d'
                               '\u2028\u0301\ufffd')), st.booleans())
def test_any_text_as_google(google, text, lowercase):
    assert Words(['[UNK]'], lowercase).tokenize(text) == google_words(
        google, lowercase)(text)


def test_ids_of_any_framework(backend):
    wordpiece = WordPiece(GOOGLES)
    ids = wordpiece.encode('unwanted, running')
    columns = backend._pad_bert_inputs([(ids, [], [], [0] * 6, True)], 6,
                                       wordpiece.vocab)
    assert wordpiece.decode(columns.token_ids[0]) == 'unwanted , running'
    with pytest.raises(TypeError, match=r'ids must be a list, such as \[5, '):
        wordpiece.decode(5)


# Files --------------------------------------------------------------------

def test_a_file_as_google_reads_it(tmp_path, google):
    path = tmp_path / 'vocab.txt'
    path.write_bytes(b'[PAD]\r\n[UNK] \r\n\tsea\r\n##s')
    wordpiece = WordPiece.from_file(path)
    assert [*wordpiece.vocab] == ['[PAD]', '[UNK]', 'sea', '##s']
    assert dict(google.load_vocab(path)) == wordpiece.vocab.token_to_idx
    path.write_bytes('\ufeff[UNK]\nsea\n'.encode())
    assert WordPiece.from_file(path).encode('sea') == [1]


@pytest.mark.parametrize('content, message', [
    ('', 'piece 0, in line 1 of a vocab.txt, is empty; a piece needs'),
    ('[UNK]\n\nsea\n', 'piece 1, in line 2 of a vocab.txt, is empty'),
    ('[UNK]\nsea\n\n', 'piece 2, in line 3 of a vocab.txt, is empty'),
    ('[UNK]\nsea\nsea \n', "piece 2, in line 3 of a vocab.txt, is 'sea', as "
                           'is piece 1; each piece may stand there once'),
    ('sea\n##s\n', r"there is no '\[UNK\]', for unknown words, among its 2 "),
    (b'[UNK]\n\xff\n', "'utf-8' codec can't decode byte 0xff")])
def test_a_file_that_is_no_vocabulary(content, message, tmp_path):
    path = tmp_path / 'vocab.txt'
    path.write_bytes(content if isinstance(content, bytes)
                     else content.encode())
    with pytest.raises(ValueError, match=f'vocab.txt is not a vocabulary: '
                                         f'.*{message}'):
        WordPiece.from_file(path)


def test_a_file_that_is_not_there(tmp_path):
    for path in (tmp_path, tmp_path / 'no.txt'):
        with pytest.raises(FileNotFoundError, match='no vocabulary at .*; it '
                                                    'must be a file such as'):
            WordPiece.from_file(path)


def test_a_vocabulary_that_cannot_be_saved_leaves_the_old(tmp_path):
    path = tmp_path / 'vocab.txt'
    WordPiece(['[UNK]', 'sea']).save(path)
    with pytest.raises(ValueError, match='surrogates not allowed'):
        WordPiece(['[UNK]', '\ud800']).save(path)
    assert path.read_text() == '[UNK]\nsea\n'
    assert [*tmp_path.iterdir()] == [path]


# Arguments ----------------------------------------------------------------

@pytest.mark.parametrize('vocab, kind, message', [
    ('vocab.txt', TypeError, r"vocab must be a list, such as \['\[UNK\]', "),
    (None, TypeError, 'vocab must be a list'),
    (['[UNK]', 5], TypeError, "a piece must be a text, such as '##s', not "
                              'the int 5'),
    (['[UNK]', ''], ValueError, 'piece 1, in line 2 of a vocab.txt, is empty'),
    (['[UNK]', 'a b\n'], ValueError, 'has white space at an end, or a line '),
    (['[UNK]', ' a'], ValueError, "piece 1, ' a', has white space"),
    (['<unk>'], ValueError, r"there is no '\[UNK\]'")])
def test_what_is_no_vocabulary(vocab, kind, message):
    with pytest.raises(kind, match=message):
        WordPiece(vocab)


def test_other_arguments():
    wordpiece = WordPiece(GOOGLES)
    assert WordPiece(wordpiece.vocab) == WordPiece(iter(GOOGLES)) == wordpiece
    with pytest.raises(TypeError, match='lowercase must be True or False, '
                                        "not the str 'no'"):
        WordPiece(GOOGLES, 'no')
    with pytest.raises(TypeError, match='a text must be a string, not None'):
        wordpiece.tokenize(None)
    with pytest.raises(TypeError, match='takes a list of lines, not the one '
                                        "string 'the sea'; write"):
        wordpiece('the sea')
    with pytest.raises(TypeError, match="string 'the sea'; write count_wor"):
        count_words('the sea')


# Copies -------------------------------------------------------------------

def test_copies_are_equal_and_remember_nothing():
    wordpiece = WordPiece(GOOGLES)
    empty = len(pickle.dumps(wordpiece))
    wordpiece([f'runn{i} <mask>' for i in range(1000)])
    assert len(pickle.dumps(wordpiece)) == empty
    for other in (copy.deepcopy(wordpiece), copy.copy(wordpiece),
                  pickle.loads(pickle.dumps(wordpiece)), WordPiece(GOOGLES)):
        assert other == wordpiece and hash(other) == hash(wordpiece)
        assert same(other, wordpiece)
        assert other(['the runn9']) == wordpiece(['the runn9'])
    for other in (WordPiece(GOOGLES, False), WordPiece(GOOGLES[::-1]),
                  WordPiece([*GOOGLES, 'x']), GOOGLES):
        assert wordpiece != other and not same(wordpiece, other)
    assert repr(wordpiece) == 'WordPiece(<12 pieces>, lowercase=True)'


def test_memory_is_limited():
    with patch.object(rules, 'NUM_CACHED', 2):
        wordpiece = WordPiece(['[UNK]', *'abcd'])
        for _ in range(2):
            assert wordpiece(['a b c d']) == [['a', 'b', 'c', 'd']]
        assert len(wordpiece._cut_whole) == 2


# Training -----------------------------------------------------------------

def slow_train(counts, size, by):
    """The rules of training as they are told, without any short cut."""
    words = {word: [word[0], *(f'##{char}' for char in word[1:])]
             for word in counts}
    vocab = [*SPECIAL, *sorted({piece for word in words.values()
                                for piece in word})]
    while len(vocab) < size:
        pieces, pairs = Counter(), Counter()
        for word, cut in words.items():
            for piece in cut:
                pieces[piece] += counts[word]
            for pair in zip(cut, cut[1:]):
                pairs[pair] += counts[word]
        if not pairs:
            break
        value = {pair: count if by == 'frequency' else Fraction(
            count, pieces[pair[0]] * pieces[pair[1]])
            for pair, count in pairs.items()}
        best = min(pairs, key=lambda pair: (-value[pair], pair))
        new = best[0] + best[1].removeprefix('##')
        for cut in words.values():
            i = 0
            while i < len(cut) - 1:
                if (cut[i], cut[i + 1]) == best:
                    cut[i:i + 2] = [new]
                i += 1
        if new not in vocab:
            vocab.append(new)
    return vocab


FOUR = {'sea': 5, 'tea': 3, 'seal': 2, 'eel': 1}


def test_four_words_by_frequency():
    """Counts of pairs: e+a 10, s+e 7, t+e 3, a+l 2, e+e and e+l 1."""
    assert train_wordpiece(FOUR, 99) == [
        *SPECIAL, '##a', '##e', '##l', 'e', 's', 't',
        '##ea',  # 10; now s+ea 7, t+ea 3, ea+l 2
        'sea', 'tea', 'seal',
        '##el',  # e+l and e+e occur once; '##e' is before 'e'
        'eel']


def test_four_words_by_score():
    """At first e+a, e+e, s+e and t+e all have 1 / 11: e 11, a 10, s 7."""
    assert train_wordpiece(FOUR, 99, by='score')[11:] == [
        '##ea',  # the first in the alphabet; now e+e has 1 / (1 * 1)
        'ee',
        'eel',  # 1 / (1 * 3)
        '##eal',  # 2 / (10 * 2), as s+ea and t+ea
        'seal',  # 2 / (7 * 2)
        'sea',  # 5 / (5 * 8), as t+ea
        'tea']


@given(COUNTS, st.integers(0, 40), st.sampled_from(['frequency', 'score']))
def test_training_as_the_rules_say(counts, more, by):
    size = 5 + len({piece for word in counts for piece in [
        word[0], *(f'##{char}' for char in word[1:])]}) + more
    assert train_wordpiece(counts, size, by=by) == slow_train(
        counts, size, by)


def test_the_order_of_the_words_does_not_matter():
    words = [*count_words(chain.from_iterable(load_paragraphs(
        'tiny', rng=Keyed(0)))).items()]
    vocab = train_wordpiece(dict(words), 900)
    random.Random(0).shuffle(words)
    assert train_wordpiece(dict(words), 900) == vocab
    assert len(vocab) == 900 and vocab[:5] == SPECIAL == [*SPELLING.values()]


def test_training_stops_when_words_are_whole():
    assert train_wordpiece({'aaa': 2}, 99)[5:] == ['##a', 'a', '##aa', 'aaa']
    assert train_wordpiece({}, 99) == SPECIAL


def test_count_words():
    assert count_words(['The [UNK], <unk>the', 'H\u00f4tel\u6d77']) == {
        ',': 1, 'the': 2, 'hotel': 1, '\u6d77': 1}
    assert count_words(['The the'], lowercase=False) == {'The': 1, 'the': 1}
    assert count_words([f'{"a" * 200} {"b" * 201}']) == {'a' * 200: 1}


@given(st.lists(st.text(st.sampled_from('aB\u00e9\u6d77,[<>] unk\t\x0b'))))
def test_words_are_counted_as_they_are_cut(lines):
    found = Counter(chain.from_iterable(Words(SPECIAL)(lines)))
    del found['[UNK]']
    assert count_words(lines) == found


@pytest.mark.parametrize('arguments, kind, message', [
    (({'sea': 1}, 7), ValueError, 'size must be at least 8, for 5 special '
                                  'tokens and 3 characters, not 7'),
    (({'sea': 1}, 0), ValueError, 'size must be a whole number of at least 1'),
    (({'sea': 1}, 8.5), ValueError, 'size must be a whole number'),
    (({'sea': 0}, 99), ValueError, "the count of 'sea' must be a whole number "
                                   'of at least 1, not 0'),
    (({'': 2}, 99), ValueError, 'a word needs at least one character'),
    (({5: 2}, 99), TypeError, 'a word must be a text, not the int 5'),
    ((['sea'], 99), TypeError, 'counts must be a mapping such as .*, as '
                               'count_words returns')])
def test_what_cannot_be_trained_from(arguments, kind, message):
    with pytest.raises(kind, match=message):
        train_wordpiece(*arguments)
    with pytest.raises(ValueError, match='by must be one of frequency, score, '
                                         "not 'sum'"):
        train_wordpiece({'sea': 1}, 99, by='sum')


def test_wikitext_has_eight_thousand_pieces(trained):
    for lowercase, vocab in trained.items():
        assert len(vocab) == len({*vocab}) == 8000
        assert vocab[:5] == SPECIAL
        assert {'the', '##s', '##ing', 'hurricane'} <= {*vocab}
        assert ('The' in vocab) != lowercase
