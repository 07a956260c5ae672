"""Texts whose tokens teach little, and the tokenizer that is advised."""

import random
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l_bert.core import (
    Vocab, load_examples, make_examples)
from d2l_bert.core.models.use import fill_mask
from d2l_bert.core.tokens.words import (
    basic, describe_tokenizer, restore_tokenizer)

PROSE = [['The game, he said, was over.', 'It rained, and then it snowed.']
         ] * 4


def warned(*args, **options):
    """Return the messages of the warnings about a text."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter('always')
        make_examples(*args, rng=random.Random(0), **options)
    assert all(each.filename == __file__ for each in found)
    return [str(each.message) for each in found]


def test_a_text_of_unknown_tokens():
    text = [['the sea rose', 'it fell again']]
    assert warned(text, 12) == [
        '100% of the tokens are <unk>, as words that occur fewer than '
        'min_freq=5 times are; set min_freq=1, or give more '
        'text']
    assert warned(text, 12, min_freq=1) == []
    # With a vocabulary of the user's own nothing is counted.
    assert warned(text, 12, vocab=Vocab([], 0, [
        '<pad>', '<mask>', '<cls>', '<sep>'])) == []
    # 'a' twice in 4 tokens: half is not most.
    assert warned([['a a', 'b c']], 12, min_freq=2) == []
    assert len(warned([['a a', 'b c d']], 12, min_freq=2)) == 1


def test_a_text_without_spaces():
    sentence = '\u6d77\u6c34\u4e0a\u6da8\u4e86' * 4  # 20 characters
    [message] = warned([[sentence, sentence]] * 9, 64)
    assert message.startswith('a token has 20 characters on average, so '
                              'words seem not to be divided by spaces')
    assert "tokenizer='chars'" in message
    assert warned([[sentence, sentence]] * 9, 64, tokenizer='chars') == []


def test_punctuation_at_the_end_of_words():
    # 'game,', 'said,', 'over.', 'rained,' and 'snowed.' of 12 tokens.
    assert warned(PROSE, 32, min_freq=1) == [
        "42% of the tokens have punctuation at their end, so that 'game' and "
        "'game,' are two words, and '.' is no token; choose tokenizer="
        "'basic', which divides them"]
    assert warned(PROSE, 32, min_freq=1, tokenizer='basic') == []


@pytest.mark.parametrize('corpus', ['tiny', 'wikitext-2'])
def test_the_chapters_texts_need_no_advice(corpus, request):
    data_dir = (None if corpus == 'tiny'
                else request.getfixturevalue('wikitext'))
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        examples = load_examples(64, corpus=corpus, data_dir=data_dir,
                                 seed=0)
    assert 0 < examples.vocab.unknown_share() < 0.25


def test_advice_on_reserved_tokens():
    text = [['the <mask> rose', 'it fell again']]
    [free] = warned(text, 12, min_freq=1)
    [strict] = warned(text, 12, min_freq=1, strict_masking=True)
    assert free.endswith('write them differently in the text, or set '
                         'strict_masking so that they are not predicted')
    assert strict.endswith('write them differently in the text')


def test_unknown_share_by_hand():
    # 'sea' stays, 'it' twice and '<unk>' once are unknown: 3 of 6.
    vocab = Vocab(['sea'] * 3 + ['it'] * 2 + ['<unk>'], min_freq=3)
    assert vocab.unknown_share() == 0.5
    assert vocab.share_of(lambda token: token == 'it') == 2 / 6
    assert Vocab().unknown_share() == 0


@pytest.mark.parametrize('line, tokens', [
    ("don't stop!", ['don', "'", 't', 'stop', '!']),
    ('3.15 p.m., <unk>.', ['3', '.', '15', 'p', '.', 'm', '.', ',', '<unk>',
                           '.']),
    ('<UNK> snake_case', ['<', 'UNK', '>', 'snake', '_', 'case']),
    ('cafe\u0301, \u0928\u092e\u0938\u094d\u0924\u0947\u0964',
     ['cafe\u0301', ',', '\u0928\u092e\u0938\u094d\u0924\u0947', '\u0964']),
    ('\u201cyes\u201d\u2014no', ['\u201c', 'yes', '\u201d', '\u2014', 'no']),
    ('', [])])
def test_basic_by_hand(line, tokens):
    assert basic([line]) == [tokens]


@given(st.text())
def test_basic_loses_no_character(line):
    [tokens] = basic([line])
    assert ''.join(tokens) == ''.join(line.split())
    assert basic([' '.join(tokens)]) == [tokens]


def test_basic_is_saved_with_a_model(backend, tmp_path):
    assert restore_tokenizer(describe_tokenizer('basic')) is basic
    examples = make_examples(PROSE, 32, min_freq=1, tokenizer='basic')
    net = backend.new_model(0, len(examples.vocab), 8, 16, 2, 1, 0.1, 32)
    backend.pretrain(net, examples, steps=1, batch_size=4)
    backend.save_bert(net, tmp_path / 'bert')
    loaded = backend.load_bert(tmp_path / 'bert')
    assert loaded.tokenizer is basic
    glued = fill_mask(loaded, 'The game, he <mask>, was over.')
    spaced = fill_mask(loaded, 'The game , he <mask> , was over .')
    assert glued == spaced
