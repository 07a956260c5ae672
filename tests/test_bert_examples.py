"""The whole way from paragraphs to columns."""

import collections
import copy
import gc
import hashlib
import itertools
import json
import random
from functools import partial
from pathlib import Path

import book_rules
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l_bert.core.text.corpus import load_paragraphs, read_wiki
from d2l_bert.core.objectives.bert import make_examples
from d2l_bert.core.tokens.vocab import SPECIAL_TOKENS
from d2l_bert.core.tokens.words import tokenize

GOLDEN = json.loads(Path(__file__).with_name('golden').joinpath(
    'book-wikitext-2.json').read_text())
KEYS = list(GOLDEN['book'])

TEXT_SIGNS = pytest.mark.filterwarnings('ignore:the text itself')
WORDS = st.sampled_from(['sea', 'moon', 'tide', 'it', '.', *SPECIAL_TOKENS])
SENTENCES = st.lists(WORDS, max_size=6).map(' '.join)
PARAGRAPHS = st.lists(
    st.lists(SENTENCES, min_size=1, max_size=4), min_size=1, max_size=5
).filter(lambda paragraphs: max(map(len, paragraphs)) > 1)
SEA = [['the sea rose', 'it fell .'], ['the moon', 'pulls', 'the sea .']]


# The book's examples ------------------------------------------------------

def digests(columns):
    return {name: hashlib.sha256(np.ascontiguousarray(
        column, GOLDEN['cast'][name]).tobytes()).hexdigest()[:16]
        for name, column in columns._asdict().items()}


def published(key):
    return {name: GOLDEN['book'][key][name] for name in GOLDEN['cast']}


@pytest.mark.parametrize('key', KEYS)
def test_core_makes_the_books_examples(key, wikitext):
    seed, max_len = map(int, key.split('/'))
    random.seed(seed)
    examples = make_examples(read_wiki(wikitext), max_len)
    book = GOLDEN['book'][key]
    assert len(examples) == book['examples']
    assert len(examples.vocab) == book['vocab'] == 20256
    assert examples.columns.nsp_labels.sum() == book['positives']
    assert digests(examples.columns) == published(key)


@pytest.mark.parametrize('key', KEYS)
def test_backend_makes_the_books_examples(key, wikitext, backend, to_numpy):
    seed, max_len = map(int, key.split('/'))
    random.seed(seed)
    paragraphs = backend._read_wiki(wikitext)
    dataset = backend._WikiTextDataset(paragraphs, max_len)
    assert len(dataset.vocab) == 20256
    assert digests(to_numpy(dataset[:])) == published(key)


@pytest.mark.parametrize('key', KEYS)
def test_seeded_loader_has_the_books_examples(key, wikitext, backend,
                                              to_numpy):
    seed, max_len = map(int, key.split('/'))
    train_iter, vocab = backend.load_data_wiki(512, max_len, seed=seed,
                                               data_dir=wikitext)
    assert len(vocab) == 20256
    assert digests(to_numpy(train_iter.dataset[:])) == published(key)


def test_the_books_first_batch(wikitext, backend):
    train_iter, _ = backend.load_data_wiki(512, 64, data_dir=wikitext.parent)
    for (tokens_x, segments_x, valid_lens_x, pred_positions_x,
         mlm_weights_x, mlm_labels_x, nsp_labels_y) in train_iter:
        shapes = [tuple(column.shape) for column in (
            tokens_x, segments_x, valid_lens_x, pred_positions_x,
            mlm_weights_x, mlm_labels_x, nsp_labels_y)]
        break
    assert shapes == [(512, 64), (512, 64), (512,), (512, 10), (512, 10),
                      (512, 10), (512,)]


def test_wikitext_vocabulary_without_a_limit(wikitext):
    examples = make_examples(read_wiki(wikitext, random.Random(0)), 32,
                             min_freq=0)
    assert len(examples.vocab) == 28886


@TEXT_SIGNS
@given(PARAGRAPHS, st.integers(3, 24), st.integers(0, 4), st.integers())
def test_examples_as_the_rules_say(paragraphs, max_len, min_freq, seed):
    rng, other = random.Random(seed), random.Random(seed)
    words, expected = book_rules.examples(paragraphs, max_len, min_freq,
                                          other)
    if not expected[0]:
        with pytest.raises(ValueError, match='are longer than max_len'):
            make_examples(paragraphs, max_len, rng=rng, min_freq=min_freq)
        return
    examples = make_examples(paragraphs, max_len, rng=rng, min_freq=min_freq)
    assert examples.vocab.idx_to_token == words
    assert [column.tolist() for column in examples.columns] == list(expected)
    assert rng.getstate() == other.getstate()


def test_worked_by_hand(scripted):
    # One pair, kept (0.4). 'the' occurs twice, the rest once: '<unk>'.
    # '<cls> the sea <sep> the moon <sep>': 7 tokens, round(1.05) = 1 of
    # the candidates 1, 2, 4, 5, shuffled: 3 stays, 2 and 1 change places,
    # 1 (candidate 4, it was at 2) and 0: the first is 4. It is masked.
    examples = make_examples([['the sea', 'the moon']], 9, min_freq=2,
                             rng=scripted(0.4, 3, 1, 0, 0.7))
    assert examples.vocab.idx_to_token == ['<cls>', '<mask>', '<pad>',
                                           '<sep>', '<unk>', 'the']
    assert [column.tolist() for column in examples.columns] == [
        [[0, 5, 4, 3, 1, 4, 3, 2, 2]], [[0, 0, 0, 0, 1, 1, 1, 0, 0]], [7.0],
        [[4]], [[1.0]], [[5]], [1]]


# Options ------------------------------------------------------------------

def texts(examples):
    """Each example as its two sentences; nothing is masked."""
    for token_ids, _, valid_len, *_ in examples:
        tokens = examples.vocab.to_tokens(token_ids[:int(valid_len)])
        joined = ' '.join(tokens)
        a, b, end = joined.removeprefix('<cls> ').split('<sep>')
        assert end == ''
        yield a.strip(), b.strip()


UNMASKED = {'mlm_probs': (0, 0, 1), 'min_freq': 0}


@given(st.integers(2, 4), st.integers(2, 4), st.integers())
def test_strict_negatives_through_and_through(first, second, seed):
    paragraphs = [[f'{name}{i}' for i in range(n)]
                  for name, n in (('a', first), ('b', second))]
    examples = make_examples(paragraphs, 8, rng=random.Random(seed),
                             strict_negatives=True, dupe_factor=5,
                             **UNMASKED)
    for (a, b), is_next in zip(texts(examples), examples.columns.nsp_labels):
        if is_next:
            assert b == f'{a[0]}{int(a[1]) + 1}'
        else:
            assert b[0] != a[0]


def test_the_books_negatives_include_true_ones():
    examples = make_examples([['a', 'b']], 8, rng=random.Random(0),
                             dupe_factor=50, **UNMASKED)
    assert ('a', 'b') in {
        pair for pair, is_next in zip(texts(examples),
                                      examples.columns.nsp_labels)
        if not is_next}


def test_impossible_strict_negatives():
    with pytest.raises(ValueError, match='strict_negatives found no sentence '
                       'in another paragraph'):
        make_examples([['a'] * 50], 8, strict_negatives=True)


def test_dupe_factor_multiplies_pairs():
    examples = make_examples(SEA, 16, dupe_factor=4)
    # 1 pair in the first paragraph, 2 in the second, 4 times.
    assert examples.num_pairs == len(examples) == 12


def test_dupes_are_drawn_and_dynamic_masking():
    examples = make_examples([['a b c d e f', 'g h i j k l']], 16,
                             rng=random.Random(0), dupe_factor=30)
    assert len(set(map(tuple, examples.columns.pred_positions.tolist()))) > 9
    assert set(examples.columns.nsp_labels.tolist()) == {0, 1}


def test_dropped_pairs_are_counted(scripted):
    # Both are kept: 3 + 2 + 3 = 8 tokens do not fit 7, 2 + 1 + 3 = 6 do.
    # Of the candidates 1, 2, 4 places 2 and 1 stay, the first is masked.
    examples = make_examples([['a b c', 'd e', 'f']], 7,
                             rng=scripted(0.0, 0.0, 2, 1, 0.0))
    assert (examples.num_pairs, examples.num_dropped) == (2, 1)
    assert examples.columns.valid_lens.tolist() == [6.0]


def test_ratio_widens_the_predictions():
    # P = round(0.3 * 20) = 6; '<cls> 6 words <sep> 6 words <sep>' are 15
    # tokens, round(4.5) = 4 of them to predict.
    examples = make_examples([['a b c d e f'] * 5], 20, mlm_ratio=0.3)
    assert examples.columns.mlm_weights.tolist() == [
        [1, 1, 1, 1, 0, 0]] * 4


def test_ratio_one_predicts_every_word():
    examples = make_examples([['a b', 'c d']], 8, mlm_ratio=1.0,
                             rng=random.Random(0))
    assert examples.columns.pred_positions.tolist() == [
        [1, 2, 4, 5, 0, 0, 0, 0]]


def test_probabilities_reach_the_columns():
    examples = make_examples(load_paragraphs('tiny'), 64,
                             mlm_probs=(1, 0, 0))
    columns = examples.columns
    hidden = np.take_along_axis(columns.token_ids, columns.pred_positions, 1)
    assert set(hidden[columns.mlm_weights > 0]) == {examples.vocab['<mask>']}


@pytest.mark.parametrize('min_freq, known', [(1, {'a', 'b'}), (2, {'a'}),
                                             (3, set())])
def test_min_freq(min_freq, known):
    examples = make_examples([['a', 'a b']], 8, min_freq=min_freq)
    assert set(examples.vocab) - SPECIAL_TOKENS == known


def test_five_is_the_least_frequency():
    examples = make_examples([['a b', 'a b', 'a b', 'a b', 'a']], 8)
    assert set(examples.vocab) - SPECIAL_TOKENS == {'a'}


def test_characters_for_tokens():
    examples = make_examples(
        [['ab', 'c']], 8, tokenizer=partial(tokenize, token='char'),
        rng=random.Random(1), **UNMASKED)
    assert list(texts(examples)) == [('a b', 'c')]
    assert set(examples.vocab) - SPECIAL_TOKENS == set('abc')


def test_own_sentence_splitter(tmp_path, backend):
    path = tmp_path / 'own.txt'
    path.write_text('high tide!low tide!no tide\n')
    train_iter, vocab = backend.load_data_wiki(
        8, 16, corpus=path, min_freq=0,
        sentence_splitter=lambda text: text.split('!'))
    assert 'tide' in vocab
    assert next(iter(train_iter)).shapes()['token_ids'] == (2, 16)


@pytest.mark.parametrize('max_len', [3, 4, 5, 9])
def test_short_examples_have_one_prediction(max_len):
    # round(0.45) would be 0, too narrow; round(1.35) = 1.
    examples = make_examples([['', '', '']], max_len)
    assert examples.columns.shapes()['pred_positions'] == (2, 1)


def test_nothing_to_predict_has_no_weight():
    examples = make_examples([['', '']], 3, rng=random.Random(0))
    assert examples.columns.mlm_weights.tolist() == [[0.0]]


@TEXT_SIGNS
def test_strict_masking_spares_signs_in_the_text():
    examples = make_examples(
        [['<mask> sea <pad> moon', 'sea <mask> moon']] * 9, 12, min_freq=0,
        mlm_ratio=1.0, strict_masking=True)
    labels = examples.columns.mlm_labels[examples.columns.mlm_weights > 0]
    assert set(examples.vocab.to_tokens(labels)) == {'sea', 'moon'}


def test_strict_masking_draws_words_only():
    examples = make_examples(load_paragraphs('tiny'), 64, strict_masking=True,
                             mlm_probs=(0, 1, 0))
    columns = examples.columns
    drawn = np.take_along_axis(columns.token_ids, columns.pred_positions, 1)
    drawn = set(drawn[columns.mlm_weights > 0].tolist())
    assert not drawn & set(examples.vocab[list(SPECIAL_TOKENS)])


# Rates --------------------------------------------------------------------

def test_rates_of_a_whole_text():
    examples = make_examples(load_paragraphs('tiny', rng=random.Random(0)),
                             64, rng=random.Random(1), dupe_factor=10)
    token_ids, _, valid_lens, positions, weights, labels, nsp_labels = (
        examples.columns)
    predicted = weights > 0
    assert predicted.sum(1).tolist() == [max(1, round(0.15 * n))
                                         for n in valid_lens.tolist()]
    now = np.take_along_axis(token_ids, positions, 1)[predicted]
    n = len(now)
    assert n > 20_000
    # sigma of a share p of n is sqrt(p (1 - p) / n).
    masked = np.mean(now == examples.vocab['<mask>'])
    assert abs(masked - 0.8) < 5 * (0.8 * 0.2 / n) ** 0.5 + 1 / 500
    # A random word is the old one in less than 1 of 100 cases.
    kept = np.mean(now == labels[predicted])
    assert abs(kept - 0.1) < 5 * (0.1 * 0.9 / n) ** 0.5 + 0.1 / 100
    # Half of the pairs are true, and so are half of those that fit.
    true_share = nsp_labels.mean()
    assert abs(true_share - 0.5) < 5 * (0.25 / len(examples)) ** 0.5


# What a student may do wrong ----------------------------------------------

@pytest.mark.parametrize('paragraphs, error, message', [
    ([], ValueError, 'there is no paragraph to make examples from'),
    ([['one'], ['two']], ValueError, 'no paragraph has two sentences, so '
     'there is no pair of neighbours'),
    (['the sea rose', 'it fell'], TypeError, 'paragraph 0 is a string; a '
     r"paragraph is a list of sentences, such as \['the sea rose', "),
    ([['a', 'b'], []], ValueError, 'paragraph 1 has no sentence; leave '
     'empty paragraphs out'),
    ([['a a a', 'b b'], ['c', 'd d d d']], ValueError,
     'all 2 sentence pairs are longer than max_len=3; the shortest takes '
     r'\d+ tokens'),
])
def test_bad_paragraphs(paragraphs, error, message):
    with pytest.raises(error, match=message):
        make_examples(paragraphs, 3)


def test_shortest_pair_is_told(scripted):
    # The second, kept like the first: 1 + 2 + 3 = 6.
    with pytest.raises(ValueError, match='all 2 .* the shortest takes 6 tok'):
        make_examples([['a a a', 'b', 'c c']], 5, rng=scripted(0.0, 0.0))


@pytest.mark.parametrize('options, message', [
    ({'max_len': 2}, "max_len must be a whole number of at least 3, for "
     "'<cls>' and two '<sep>', not 2"),
    ({'max_len': 64.0}, 'max_len must be a whole number .* not 64.0'),
    ({'max_len': '64'}, "max_len must be a whole number .* not '64'"),
    ({'dupe_factor': 0}, 'dupe_factor must be a whole number of at least 1, '
     'not 0'),
    ({'dupe_factor': 1.5}, 'dupe_factor must be a whole number .* not 1.5'),
    ({'mlm_ratio': 15}, 'mlm_ratio must be more than 0 and at most 1, not '
     '15'),
    ({'mlm_probs': (80, 10, 10)}, 'mlm_probs must be three numbers from 0 '
     r'to 1 with sum 1 \(mask, random, keep\), not \(80, 10, 10\)'),
    ({'strict_masking': True, 'min_freq': 99}, 'strict_masking needs a word '
     'to draw'),
])
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        make_examples(SEA, **{'max_len': 16, **options})


def test_misspelt_option_is_named(backend):
    for call in (partial(make_examples, SEA, 16),
                 partial(backend._WikiTextDataset, SEA, 16),
                 partial(backend.load_data_wiki, 8, 16, corpus='tiny')):
        with pytest.raises(TypeError, match='dupe_facter'):
            call(dupe_facter=2)


def test_signs_in_the_text_are_told():
    with pytest.warns(UserWarning, match='the text itself holds <mask>, '
                      '<sep>, which BERT uses .* strict_masking') as told:
        make_examples([['a <mask>', '<sep> b']], 16)
    assert [warning.filename for warning in told] == [__file__]


def test_unk_in_the_text_is_nothing_to_tell(recwarn):
    make_examples([['a <unk>', 'b']], 16, min_freq=1)
    assert list(recwarn) == []


# What is the caller's stays as it is --------------------------------------

@pytest.mark.parametrize('options', [
    {}, {'strict_negatives': True, 'strict_masking': True, 'min_freq': 0},
    {'dynamic_masking': True, 'dupe_factor': 3}])
def test_paragraphs_are_left_alone(options):
    paragraphs = copy.deepcopy(SEA)
    make_examples(paragraphs, 16, **options)
    assert paragraphs == SEA


def test_what_a_tokenizer_shares_is_left_alone():
    kept = {}

    def remembering(lines):
        return [kept.setdefault(line, line.split()) for line in lines]

    make_examples(SEA, 16, tokenizer=remembering)
    assert kept['the sea rose'] == ['the', 'sea', 'rose']


def test_module_random_is_the_default():
    random.seed(8)
    found = make_examples(SEA, 16).columns
    expected = make_examples(SEA, 16, rng=random.Random(8)).columns
    assert all(map(np.array_equal, found, expected))


def test_own_rng_leaves_the_module_random_alone():
    before = random.getstate()
    make_examples(SEA, 16, rng=random.Random(0), dynamic_masking=True)
    assert random.getstate() == before


@pytest.mark.parametrize('enabled', [True, False])
def test_garbage_collector_is_as_before(enabled):
    was = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        make_examples(SEA, 16)
        assert gc.isenabled() == enabled
        with pytest.raises(ValueError):
            make_examples(SEA, 3)
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if was else gc.disable)()


def test_tuples_will_do_for_lists():
    columns = make_examples(tuple(map(tuple, SEA)), 16,
                            rng=random.Random(0)).columns
    expected = make_examples(SEA, 16, rng=random.Random(0)).columns
    assert all(map(np.array_equal, columns, expected))


def test_labels_and_positions_restore_the_text():
    """Masking hides; with the labels put back nothing is lost."""
    options = {'rng': random.Random(0), 'min_freq': 0}
    hidden = make_examples([['a b c', 'd e f']], 16, mlm_ratio=1.0, **options)
    token_ids, *_, positions, weights, labels, _ = hidden.columns
    row = token_ids[0].copy()
    row[positions[0][weights[0] > 0]] = labels[0][weights[0] > 0]
    assert hidden.vocab.to_tokens(row)[:5] == ['<cls>', 'a', 'b', 'c',
                                               '<sep>']


def test_predictions_rise():
    columns = make_examples(load_paragraphs('tiny'), 64).columns
    for positions, weights in zip(columns.pred_positions,
                                  columns.mlm_weights):
        real = positions[weights > 0].tolist()
        assert all(a < b for a, b in itertools.pairwise(real))
        assert not positions[weights == 0].any()


def test_same_seed_same_examples_other_seed_others():
    def drawn(seed):
        return make_examples(SEA, 16, dupe_factor=9,
                             rng=random.Random(seed)).columns
    assert all(map(np.array_equal, drawn(1), drawn(1)))
    assert not all(map(np.array_equal, drawn(1), drawn(2)))


def test_frequencies_are_those_of_the_text():
    examples = make_examples(SEA, 16)
    assert dict(examples.vocab.token_freqs) == collections.Counter(
        ' '.join(itertools.chain(*SEA)).split())


def test_tokens_in_place_of_sentences_are_named():
    with pytest.raises(TypeError, match='paragraph 0 holds the list .* where '
                                        'a sentence should be'):
        make_examples([[['the', 'sea'], ['it', 'fell']]], 12)


def test_paragraphs_may_be_a_generator_and_max_len_numpys():
    paragraphs = [['the sea rose', 'it fell .']] * 3
    from_list = make_examples(paragraphs, 12, rng=random.Random(0))
    lazy = make_examples(iter(paragraphs), np.int64(12),
                         rng=random.Random(0))
    assert lazy.columns.token_ids.tolist() == (
        from_list.columns.token_ids.tolist())
