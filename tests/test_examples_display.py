"""An example shows itself, and nothing in it is obeyed."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from d2l_bert.core.objectives.columns import Columns
from d2l_bert.core.examples.display import (
    SEGMENTS, WIDTH, Token, _width, columns_html, columns_text, dtype_name,
    read_example)
from d2l_bert.core.tokens.vocab import RESERVED_TOKENS, Vocab

WORDS = ['sea', 'moon', 'tide', '<script>', '$', '"&\'', '\x1b[31m', '\u202e',
         '海', 'a\nb']
VOCAB = Vocab(WORDS, reserved_tokens=RESERVED_TOKENS)
ANSI = re.compile(r'\x1b\[[0-9;]*m')


def example(a, b, predictions=(), is_next=True, max_len=16, vocab=VOCAB):
    """Columns of one example; a prediction is (position, true token)."""
    tokens = ['<cls>', *a, '<sep>', *b, '<sep>']
    num_padding = max_len - len(tokens)
    ids = [VOCAB[token] for token in tokens]
    none = [0] * (4 - len(predictions))
    columns = Columns(
        np.array(ids + [VOCAB['<pad>']] * num_padding),
        np.array([0] * (len(a) + 2) + [1] * (len(b) + 1) + [0] * num_padding),
        np.array(len(tokens), np.float32),
        np.array([position for position, _ in predictions] + none),
        np.array([1] * len(predictions) + none, np.float32),
        np.array([VOCAB[truth] for _, truth in predictions] + none),
        np.array(int(is_next)))
    columns.vocab = vocab
    return columns


def stacked(*rows):
    batch = Columns(*map(np.stack, zip(*rows)))
    batch.vocab = rows[0].vocab
    return batch


EVERY_KIND = example(['<mask>', 'moon'], ['tide', 'sea'],
                     [(1, 'tide'), (2, 'sea'), (4, 'tide')])


class Page(HTMLParser):
    """What a browser would see: tags, attributes, text; all tags closed."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.text, self.titles = [], set(), '', []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.tags.add(tag)
        assert {name for name, _ in attrs} <= {'style', 'title', 'class'}
        self.titles += [value for name, value in attrs if name == 'title']

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_kinds_are_told_from_the_columns():
    reading = read_example(EVERY_KIND)
    assert reading.tokens == [
        Token(0, '<cls>', 0, 'special', None),
        Token(1, '<mask>', 0, 'masked', 'tide'),
        Token(2, 'moon', 0, 'random', 'sea'),
        Token(3, '<sep>', 0, 'special', None),
        Token(4, 'tide', 1, 'unchanged', 'tide'),
        Token(5, 'sea', 1, 'kept', None),
        Token(6, '<sep>', 1, 'special', None)]
    assert (reading.is_next, reading.num_padding) == (True, 9)


def test_without_words_there_are_ids():
    bare = Columns(*EVERY_KIND)
    tokens = read_example(bare).tokens
    assert [token.kind for token in tokens] == [
        'kept', 'replaced', 'replaced', 'kept', 'unchanged', 'kept', 'kept']
    assert tokens[2].text == str(VOCAB['moon'])
    assert tokens[2].truth == str(VOCAB['sea'])


def test_padding_predicts_nothing():
    """Position 0 fills up pred_positions, and is no prediction."""
    assert read_example(EVERY_KIND).tokens[0].truth is None
    first = example(['sea'], ['sea'], [(0, 'sea')])
    assert read_example(first).tokens[0].kind == 'random'


def test_text_word_by_word():
    assert columns_text(EVERY_KIND) == '''\
example: true next sentence, 7 tokens, then 9 of padding
  A <cls> [masked:tide] [random:moon->sea] <sep>
  B [unchanged:tide] sea <sep>
  predictions 1: <mask> -> tide (masked), 2: moon -> sea (random),
    4: tide -> tide (unchanged)'''


def test_text_of_a_batch():
    text = columns_text(stacked(EVERY_KIND, example(['sea'], ['moon'],
                                                    is_next=False)))
    assert text.startswith('example 0: true next sentence, 7 tokens')
    assert text.endswith('''\
example 1: another sentence, 5 tokens, then 11 of padding
  A <cls> sea <sep>
  B moon <sep>''')


def test_colour_adds_codes_and_nothing_else():
    plain, colourful = (columns_text(EVERY_KIND, colour)
                        for colour in (False, True))
    assert '\x1b' not in plain
    assert ANSI.sub('', colourful) == plain
    for piece in ('\x1b[31m[masked:tide]\x1b[0m',
                  '\x1b[35m[random:moon->sea]\x1b[0m',
                  '\x1b[32m[unchanged:tide]\x1b[0m'):
        assert piece in colourful
    for line in colourful.splitlines():  # no colour runs on
        assert line.count('\x1b[0m') * 2 == line.count('\x1b')


@pytest.mark.parametrize('word, written', [
    ('\x1b[31m', r'\x1b[31m'), ('\u202e', r'\u202e'), ('a\nb', r'a\nb')])
def test_a_terminal_obeys_no_token(word, written):
    shown = example([word, '<mask>'], ['moon'], [(2, word), (4, word)])
    text = columns_text(shown)
    assert all(char.isprintable() for char in text.replace('\n', ''))
    assert f'A <cls> {written} [masked:{written}] <sep>' in text
    assert f'[random:moon->{written}]' in text
    assert f'4: moon -> {written} (random)' in text
    assert word not in ANSI.sub('', columns_text(shown, colour=True))


def test_lines_end_at_79_columns():
    assert [_width(word) for word in ('sea', '海', 'e\u0301')] == [3, 2, 1]
    for word in ('sea', '海'):
        lines = columns_text(example([word] * 100, [word] * 30, max_len=140)
                             ).splitlines()
        assert max(map(_width, lines)) in (WIDTH - 1, WIDTH)
        assert sum(line.count(word) for line in lines) == 130


def test_lines_hold_as_many_words_as_fit():
    """'  A <cls>' takes 9 columns, then 17 words of 4 make 77."""
    lines = columns_text(example(['sea'] * 30, [], max_len=40)).splitlines()
    assert [line.count('sea') for line in lines] == [0, 17, 13, 0]


def test_html_of_every_kind():
    html = columns_html(EVERY_KIND)
    page = Page(html)
    assert page.titles == ['position 1: <mask> -> tide (masked)',
                           'position 2: moon -> sea (random)',
                           'position 4: tide -> tide (unchanged)']
    assert 'A <cls> <mask>?tide moon≠sea <sep>B tide=tide sea <sep>' \
        in page.text
    assert 'example: true next sentence, 7 tokens, then 9 of padding' \
        in page.text
    assert '<pad>' not in page.text
    assert all(html.count(style.css) == 1 for style in SEGMENTS)


def test_html_names_the_columns():
    page = Page(columns_html(stacked(EVERY_KIND, EVERY_KIND)))
    assert 'token_ids(2, 16)int64' in page.text
    assert 'valid_lens(2,)float32' in page.text
    assert 'mlm_weights(2, 4)float32' in page.text
    assert 'nsp_labels(2,)int64' in page.text


@pytest.mark.parametrize('word', ['<script>', '"&\'', '\x1b[31m', '\u202e'])
def test_a_browser_obeys_no_token(word):
    shown = example([word, '<mask>'], ['moon'], [(2, word), (4, word)])
    html = columns_html(shown)
    page = Page(html)
    assert page.tags == {'b', 'div', 'small', 'span', 'table', 'td', 'th',
                         'tr'}
    assert '<script' not in html and '\x1b' not in html
    assert all(char.isprintable() for char in html)
    assert len(page.titles) == 2
    if word.isprintable():
        assert page.titles[1] == f'position 4: moon -> {word} (random)'


def test_dollar_signs_are_no_mathematics():
    html = columns_html(example(['$', 'sea', '$'], ['moon']))
    assert html.startswith('<div class="tex2jax_ignore mathjax_ignore">')


@pytest.mark.parametrize('num', [0, 1, 3, 4])
def test_html_shows_three_of_a_batch(num):
    batch = stacked(*[EVERY_KIND] * 4)
    rows = Columns(*(column[:num] for column in batch))
    rows.vocab = VOCAB
    assert Page(columns_html(rows)).text.count('true next') == min(num, 3)


def test_html_without_words():
    page = Page(columns_html(example(['<mask>'], ['sea'], [(1, 'sea')],
                                     vocab=None)))
    mask, sea = VOCAB['<mask>'], VOCAB['sea']
    assert page.titles == [f'position 1: {mask} -> {sea} (replaced)']
    assert 'to predict: replaced≠truth, unchanged=truth' in page.text


def test_arrays_of_both_frameworks(backend, to_numpy):
    train_iter, vocab = backend.load_data_wiki(4, 64, corpus='tiny', seed=0)
    for shown in (next(iter(train_iter)), train_iter.dataset[0]):
        same = to_numpy(shown)
        same.vocab = vocab
        assert columns_text(shown) == columns_text(same)
        assert columns_html(shown) == columns_html(same)
        assert shown._repr_html_() == columns_html(same)
        assert [dtype_name(column) for column in shown] == \
            [column.dtype.name for column in same]
