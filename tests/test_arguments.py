"""Arguments of other kinds: generators will do, and the rest is named."""

import random

import pytest

from d2l_bert.core import (
    Vocab, get_next_sentence, get_tokens_and_segments, load_review_examples,
    load_splits, make_examples, replace_mlm_tokens, tokenize)
from d2l_bert.core.book import _get_mlm_data_from_tokens
from d2l_bert.core.objectives.mlm import check_mlm_options

PARAGRAPHS = [['the sea rose', 'it fell again'], ['a b', 'c d', 'e f']]
REVIEWS = ['The sea rose. It fell. It will rise again soon.'] * 4
SPECIAL = ['<pad>', '<mask>', '<cls>', '<sep>']
VOCAB = Vocab(['a', 'b'], reserved_tokens=SPECIAL)


def lazily(items):
    return (item for item in items)


def columns(examples):
    return [column.tolist() for column in examples.columns]


def test_generators_of_paragraphs_and_sentences():
    made = [make_examples(given, 12, rng=random.Random(1), min_freq=1)
            for given in (PARAGRAPHS, lazily(PARAGRAPHS),
                          map(lazily, PARAGRAPHS))]
    assert columns(made[0]) == columns(made[1]) == columns(made[2])
    assert len(made[0]) == 3


def test_generators_of_reviews():
    from_list = load_review_examples(reviews=REVIEWS, seed=0)
    from_generator = load_review_examples(reviews=lazily(REVIEWS), seed=0)
    assert columns(from_list) == columns(from_generator)
    assert len(from_list) == 16


def test_generators_of_tokens():
    assert get_tokens_and_segments(lazily('ab'), lazily('cd')) == (
        ['<cls>', 'a', 'b', '<sep>', 'c', 'd', '<sep>'],
        [0, 0, 0, 0, 1, 1, 1])
    assert tokenize(lazily(['a b', 'c'])) == [['a', 'b'], ['c']]
    assert Vocab(lazily(['b', 'a'])).idx_to_token == ['<unk>', 'a', 'b']
    assert Vocab(lazily([['b'], ['a']])).idx_to_token == ['<unk>', 'a', 'b']
    assert [replace_mlm_tokens(tokens, positions, 1, VOCAB, random.Random(0))
            for tokens, positions in ((['a', 'b'], [0, 1]),
                                      (lazily('ab'), lazily([0, 1])))
            ] == [(['<mask>', 'b'], [(0, 'a')])] * 2
    assert [_get_mlm_data_from_tokens(tokens, VOCAB, random.Random(0))
            for tokens in (['a', 'b'], lazily('ab'))] == [([1, 6], [0], [5])
                                                          ] * 2


@pytest.mark.parametrize('function, error', [
    (lambda: make_examples(None, 12), 'paragraphs must be a list, such as '
     r"\[\['the sea rose', 'it fell .'\]\], not None"),
    (lambda: make_examples('a b', 12), "not the str 'a b'"),
    (lambda: make_examples([None], 12), 'paragraph 0 must be a list of '
     'sentences, such as .*, not None'),
    (lambda: make_examples([['a', 'b'], ['c', 5]], 12),
     'paragraph 1 holds the int 5 where a sentence should be'),
    (lambda: make_examples([[['a'], ['b']]], 12),
     r"paragraph 0 holds the list \['a'\] where a sentence should be; give "
     'sentences as text'),
    (lambda: make_examples(PARAGRAPHS, 12, vocab='vocab.txt'),
     r"vocab must be a Vocab, such as Vocab\(tokens\), not the str 'vocab"),
    (lambda: _get_mlm_data_from_tokens(['a'], ['a', 'b']),
     'vocab must be a Vocab, .* not the list'),
    (lambda: _get_mlm_data_from_tokens(None, VOCAB),
     'tokens must be a list, such as .*, not None'),
    (lambda: replace_mlm_tokens(['a'], 0, 1, VOCAB),
     'candidate_pred_positions must be a list, such as .*, not the int 0'),
    (lambda: get_tokens_and_segments(None), 'tokens_a must be a list'),
    (lambda: get_tokens_and_segments(['a'], 5), 'tokens_b must be a list'),
    (lambda: tokenize(None), 'lines must be a list, .* not None'),
    (lambda: tokenize([1, 2]), 'a line must be a text, .* not the int 1'),
    (lambda: Vocab(None), 'tokens must be a list, .* not None'),
    (lambda: Vocab([1, 2]), 'a token must be a text, .* not the int 1'),
    (lambda: load_review_examples(reviews=5), 'reviews must be a list, .* '
     'not the int 5'),
    (lambda: load_review_examples(reviews=lazily(['a. b', 3])),
     'review 1 is a int, not a text'),
    (lambda: get_next_sentence(['a'], ['b'], lazily(PARAGRAPHS),
                               random.Random(2)),
     r'must be a list; write list\(paragraphs\)')])
def test_wrong_kinds_are_named(function, error):
    with pytest.raises(TypeError, match=error):
        function()


@pytest.mark.parametrize('ratio, probs, error', [
    (None, (1, 0, 0), 'mlm_ratio must be more than 0 and at most 1, not '
     'None'),
    ('0.15', (1, 0, 0), "mlm_ratio .* not '0.15'"),
    (0.15, None, 'mlm_probs must be three numbers .* not None'),
    (0.15, 0.8, 'mlm_probs must be three numbers .* not 0.8'),
    (0.15, ('1', 0, 0), r"mlm_probs must be three numbers .* not \('1', 0")])
def test_shares_that_are_no_numbers(ratio, probs, error):
    with pytest.raises(ValueError, match=error):
        check_mlm_options(ratio, probs)


def test_a_single_paragraph_is_taken_by_validation(tmp_path):
    path = tmp_path / 'sea.txt'
    path.write_text('the sea rose . it fell .\n', encoding='utf-8')
    with pytest.raises(ValueError, match='has 1 paragraph, which is held out '
                                         'for validation'):
        load_splits(12, corpus=path, min_freq=1)
    path.write_text('the sea rose . it fell .\n' * 2, encoding='utf-8')
    train, valid = load_splits(12, corpus=path, min_freq=1)
    assert (len(train), len(valid)) == (1, 1)
