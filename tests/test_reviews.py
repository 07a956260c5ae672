"""Film reviews: another way to cut, count, pair, pad and mask."""

import pickle
import random
from itertools import pairwise

import numpy as np
import pytest
from conftest import DATA_DIR

from d2l_bert.core.examples.padding import attention_mask
from d2l_bert.core.examples.display import columns_text
from d2l_bert.core.objectives.halves import (
    HalvesMasking, draw_random_pair, pad_halves)
from d2l_bert.core.objectives.huggingface import huggingface_fields
from d2l_bert.core.objectives.reviews import (
    SPELLING, context_length, make_review_examples, review_vocab)
from d2l_bert.core.text.imdb import full_stop, read_reviews
from d2l_bert.core.tokens.numbering import TextIds, sentences_to_ids
from d2l_bert.core.tokens.vocab import Vocab
from d2l_bert.core.tokens.words import basic_english

HALF, MAX_LEN = 27, 55
FEW = ["The sea rose; it didn't fall. The sea fell again, all at once. "
       'It will rise (soon)!', 'A moon. The moon rose and the sea fell.',
       'Just one sentence.'] * 3


@pytest.fixture(scope='module')
def examples(imdb):
    return make_review_examples(imdb, rng=random.Random(0))


def make(reviews=FEW, seed=0, **options):
    return make_review_examples(reviews, rng=random.Random(seed), **options)


def originals(batch):
    """The token ids as they were before masking."""
    token_ids = batch.token_ids.copy()
    rows, places = np.nonzero(batch.mlm_weights)
    token_ids[rows, batch.pred_positions[rows, places]] = (
        batch.mlm_labels[rows, places])
    return token_ids


def halves(token_ids):
    """Both halves of each example, and nothing of what is between them."""
    half_len = token_ids.shape[1] // 2
    return np.delete(token_ids, half_len, axis=1).reshape(-1, 2, half_len)


# Words and sentences ------------------------------------------------------

@pytest.mark.parametrize('text, tokens', [
    ("Don't", "don ' t"),
    ("the boys' 'own'", "the boys ' ' own '"),
    ('one.<br /><br />Two', 'one . two'),
    ('one<BR />two<br/>', 'one two<br/>'),
    ('"Oz", he said', 'oz , he said'),
    ('a"b', 'ab'),
    ('so;he:left', 'so he left'),
    ('(yes!) no?', '( yes ! ) no ?'),
    ('3.5-star U.S. film...', '3 . 5-star u . s . film . . .'),
    (' \t two\n  words ', 'two words'),
    ('É £5 & [PAD]', 'é £5 & [pad]'),
    ('', ''),
])
def test_tokens_by_hand(text, tokens):
    assert basic_english([text]) == [tokens.split()]


def test_sentences_end_with_a_full_stop_and_a_space():
    assert full_stop('A b. C.D! E. ') == ['A b', 'C.D! E', '']


def test_context_length_by_hand():
    # 1, 2, 3, 4 and 5 words: the 70th percentile lies 0.7 * 4 = 2.8 steps
    # behind the first, at 3.8, and is cut.
    texts = ['a. a b. a b c', 'a b c d. a b c d e']
    assert context_length(texts) == 3
    assert [context_length(texts, p) for p in (0, 50, 75, 100)] == [1, 3, 4, 5]


def test_words_are_numbered_as_they_come():
    vocab = make(['Sea moon. Sea moon tide', 'Air sea. Tide of of'],
                 percentile=100).vocab
    assert vocab.idx_to_token == ['[CLS]', '[PAD]', '[MASK]', '[SEP]',
                                  '[UNK]', 'sea', 'moon', 'tide', 'of']
    assert vocab['air'] == vocab.unk == 4
    assert vocab.token_freqs[0] == ('sea', 3)


def test_special_tokens_under_the_books_names():
    vocab = review_vocab({'[MASK]': 9, 'sea': 2}, 2)
    assert len(vocab) == 6  # a token that is special already counts once
    assert [vocab.special(name) for name in SPELLING] == [0, 1, 2, 3, 4]
    assert '<pad>' not in vocab and '[PAD]' in vocab
    assert Vocab(['sea']).spelling['<pad>'] == '<pad>'


# Published figures --------------------------------------------------------

def test_sentences_of_imdb(imdb):
    assert len(imdb) == 1000
    assert sum(len(full_stop(review)) for review in imdb) == 9561


def test_context_length_of_imdb(imdb):
    assert context_length(imdb) == 27
    assert context_length(imdb, 90) == 47


def test_examples_of_imdb(examples):
    assert len(examples.vocab) == 9626
    assert len(examples) == examples.num_pairs == 17122
    assert examples.max_len == MAX_LEN
    assert examples.columns.shapes() == {
        'token_ids': (17122, 55), 'segments': (17122, 55),
        'valid_lens': (17122,), 'pred_positions': (17122, 8),
        'mlm_weights': (17122, 8), 'mlm_labels': (17122, 8),
        'nsp_labels': (17122,)}


def test_batches_of_imdb(backend, imdb, monkeypatch):
    monkeypatch.setenv('D2L_BERT_DATA', DATA_DIR)
    train_iter, vocab = backend.load_data_imdb(seed=0)
    assert len(train_iter) == 1427  # 17122 / 12 = 1426.8
    batch = next(iter(train_iter))
    assert tuple(batch.token_ids.shape) == (12, 55)
    assert len(vocab) == 9626


def test_the_first_words_of_imdb(examples):
    # One of the other reviewers has mentioned: numbers from 5 on, as the
    # article's own vocabulary has them.
    assert originals(examples[:1])[0, :8].tolist() == [0, 5, 6, 7, 8, 9, 10,
                                                       11]


# Structure ----------------------------------------------------------------

def test_where_the_special_tokens_stand(examples):
    batch = examples[:]
    assert (batch.token_ids[:, [0, HALF + 1]] == 0).all()  # [CLS]
    assert (batch.token_ids[:, HALF] == 3).all()  # [SEP]
    words = originals(batch)
    assert (words == 0).sum() == 2 * len(examples)
    assert (words == 3).sum() == len(examples)
    assert not (words == 2).any()  # [MASK]


def test_segments(examples):
    expected = [0] * (HALF + 1) + [1] * HALF
    assert (examples.columns.segments == expected).all()


def test_padding_ends_each_half(examples):
    pad = halves(examples.columns.token_ids) == 1
    assert (np.diff(pad.astype(int), axis=2) >= 0).all()
    assert pad[:, 0].any() and pad[:, 1].any()


def test_the_mask_for_attention(examples):
    batch = examples[:100]
    mask = attention_mask(batch.token_ids, examples.vocab.special('<pad>'))
    assert mask.tolist() == [[int(token != 1) for token in row]
                             for row in batch.token_ids.tolist()]
    assert mask.sum(1).tolist() == batch.valid_lens.tolist()
    # A prefix of that length would hide words of the second half.
    prefix = np.arange(MAX_LEN) < batch.valid_lens[:, None]
    assert (mask > prefix).any()


def test_attention_mask_of_each_framework(backend, to_numpy):
    batch = next(iter(backend.load_data_imdb(9, reviews=FEW, seed=0)[0]))
    mask = attention_mask(batch.token_ids, 1)
    assert type(mask) is type(batch.token_ids)
    expected = attention_mask(to_numpy(batch).token_ids, 1)
    assert mask.tolist() == expected.tolist()


def test_halves_hold_the_sentences_cut_or_padded(imdb, examples):
    text, _ = sentences_to_ids(list(map(full_stop, imdb)), basic_english,
                               2, review_vocab)
    expected = []
    for start, end in pairwise(text.paragraphs):
        rows = [([0] + text.sentence(i).tolist() + [1] * HALF)[:HALF]
                for i in range(start, end)]
        expected += list(zip(rows, rows[1:]))
    found = halves(originals(examples[::2])).tolist()
    assert list(map(tuple, found)) == expected


def test_a_long_sentence_is_cut_and_a_short_one_padded():
    vocab = review_vocab({'a': 9, 'b': 9}, 2)
    columns = pad_halves(TextIds.of([[[5] * 9, [], [6]]]),
                         [(0, 1, True), (2, 0, False)], 4, vocab, np.int32)
    assert columns.token_ids.tolist() == [[0, 5, 5, 5, 3, 0, 1, 1, 1],
                                          [0, 6, 1, 1, 3, 0, 5, 5, 5]]
    assert columns.valid_lens.tolist() == [6, 7]
    assert columns.nsp_labels.tolist() == [1, 0]
    assert columns.token_ids.dtype == np.int32


def test_the_book_can_mask_such_halves_too():
    """The special tokens may be written in either way."""
    vocab = Vocab(['a'], 0, ['<pad>', '<mask>', '<cls>', '<sep>'])
    columns = pad_halves(TextIds.of([[[5] * 9]]), [(0, 0, False)], 4, vocab)
    masked = HalvesMasking(vocab, 4, mlm_probs=(1, 0, 0))(
        columns, [random.Random(0)])
    assert (masked.token_ids == vocab['<mask>']).sum() == 2


# Pairs --------------------------------------------------------------------

def test_one_true_and_one_false_example_in_turns(examples):
    assert (examples.columns.nsp_labels.reshape(-1, 2) == [1, 0]).all()


def test_strangers_are_never_neighbours_and_else_anything():
    rng = random.Random(0)
    drawn = {draw_random_pair(3, rng) for _ in range(500)}
    # Each of the 7 is drawn with 1/9 at least: (8/9)^500 = 3e-26.
    assert drawn == {(a, b) for a in range(3) for b in range(3)} - {(0, 1),
                                                                    (1, 2)}


def test_false_pairs_seldom_read_as_true_ones(examples):
    true = set(map(bytes, halves(originals(examples[::2]))))
    false = list(map(bytes, halves(originals(examples[1::2]))))
    # One of 9561 numbers is refused, so only sentences that read alike
    # make a true pair. With p = 1/1000 of 8561 pairs, 8.6 are expected,
    # sigma = 2.9; 5 sigma above it is 23.
    assert sum(pair in true for pair in false) < 23


def test_first_halves_of_false_pairs_come_from_anywhere(examples):
    first = halves(originals(examples[1::2]))[:, 0]
    # 8561 draws of 9561 sentences: 9561 (1 - e^(-8561/9561)) = 5656
    # different ones are expected, sigma < 50, less a few that read alike.
    assert 5300 < len(set(map(bytes, first))) < 5906


# Masks --------------------------------------------------------------------

def test_how_many_words_of_each_half_are_predicted(examples):
    batch = examples[:]
    words = (halves(originals(batch))[:, :, 1:] != 1).sum(axis=2)
    in_b = batch.pred_positions > HALF
    for half, chosen in enumerate([~in_b, in_b]):
        found = (chosen & (batch.mlm_weights > 0)).sum(axis=1)
        expected = [max(1, round(0.15 * n)) if n else 0
                    for n in words[:, half].tolist()]
        assert found.tolist() == expected


def test_fifteen_percent_are_predicted(examples):
    batch = examples[:]
    words = batch.valid_lens.sum() - 3 * len(batch.valid_lens)
    # The counts follow from the lengths. Rounding up and down evens out,
    # but halves of one to three words predict one: 0.1545 in all.
    assert abs(batch.mlm_weights.sum() / words - 0.15) < 0.01


def test_every_place_is_as_likely(examples):
    full = examples.columns.token_ids[:, HALF - 1] != 1
    positions = examples.columns.pred_positions[full]
    weights = examples.columns.mlm_weights[full] > 0
    counts = np.bincount(positions[weights], minlength=MAX_LEN)[1:HALF]
    # Of the 26 words of a full half 4 are chosen: p = 2/13. For 26 places
    # 5 sigma = 5 sqrt(n p (1 - p)) is passed once in 60,000 tests.
    n, p = full.sum(), 2 / 13
    assert n > 4000
    assert np.abs(counts - n * p).max() < 5 * (n * p * (1 - p)) ** 0.5


def test_eighty_percent_masks_and_twenty_random_words(examples):
    batch = examples[:]
    predicted = batch.mlm_weights > 0
    now = np.take_along_axis(batch.token_ids, batch.pred_positions,
                             1)[predicted]
    n = len(now)
    assert n > 80000
    # sigma = sqrt(0.8 * 0.2 / n) = 0.0013; no random word is [MASK].
    assert abs(np.mean(now == 2) - 0.8) < 5 * (0.16 / n) ** 0.5
    random_words = now[now != 2]
    assert random_words.min() >= 5 and random_words.max() < 9626
    # The old word comes back once in 9621 draws: 19,900 / 9621 = 2.1
    # times, sigma = 1.4.
    kept = random_words == batch.mlm_labels[predicted][now != 2]
    assert kept.sum() < 2.1 + 5 * 1.4
    # All words alike: their mean is (5 + 9625) / 2, sigma 9621 / sqrt(12 m).
    sigma = 9621 / (12 * len(random_words)) ** 0.5
    assert abs(random_words.mean() - 4815) < 5 * sigma


def test_labels_are_the_words_hidden(examples):
    """Where they stood is known from the same text with other masks."""
    again = make_review_examples(
        read_reviews(DATA_DIR), rng=random.Random(0), mlm_probs=(0, 0, 1))
    assert np.array_equal(originals(examples[:]), again.columns.token_ids)


def test_never_predicts_special_tokens_or_padding(examples):
    batch = examples[:]
    predicted = batch.mlm_weights > 0
    assert not np.isin(batch.mlm_labels[predicted], [0, 1, 2, 3]).any()
    assert not np.isin(batch.pred_positions[predicted],
                       [0, HALF, HALF + 1]).any()


def test_predictions_rise_then_zeros(examples):
    batch = examples[:]
    predicted = batch.mlm_weights > 0
    assert (np.diff(predicted.astype(int), axis=1) <= 0).all()
    rising = np.diff(batch.pred_positions, axis=1) > 0
    assert rising[predicted[:, 1:]].all()
    assert not batch.pred_positions[~predicted].any()
    assert not batch.mlm_labels[~predicted].any()


def test_a_half_without_words_predicts_nothing():
    examples = make(['. The sea rose'] * 2, percentile=100)
    assert examples.columns.token_ids[0].tolist()[:2] == [0, 1]
    assert examples.columns.mlm_weights[0].tolist() == [1, 0]
    assert examples.columns.pred_positions[0, 0] > 4


# The same in all ways -----------------------------------------------------

def test_same_seed_same_examples(assert_same):
    assert_same(make()[:], make()[:])
    assert not np.array_equal(make()[:].token_ids, make(seed=1)[:].token_ids)


def test_dynamic_masking_masks_the_same_text_again(assert_same):
    examples = make(dynamic_masking=True)
    first, second = examples[0, :], examples[1, :]
    assert np.array_equal(originals(first), originals(second))
    assert not np.array_equal(first.pred_positions, second.pred_positions)
    assert_same(examples[1, [3]], type(second)(*(c[3:4] for c in second)))
    assert_same(pickle.loads(pickle.dumps(examples))[1, :], second)


@pytest.mark.parametrize('options', [{}, {
    'percentile': 90, 'min_freq': 1, 'mlm_ratio': 0.3,
    'mlm_probs': (0.5, 0.25, 0.25)}])
def test_backends_are_the_core(backend, options, assert_same):
    dataset = backend.load_data_imdb(4, reviews=FEW, seed=5,
                                     **options)[0].dataset
    examples = make(seed=5, **options)
    assert_same(dataset[:], examples[:])
    assert dataset.vocab.idx_to_token == examples.vocab.idx_to_token
    assert dataset.all_token_ids.shape == dataset[:].token_ids.shape


@pytest.mark.parametrize('dynamic_masking', [False, True])
def test_an_epoch_has_each_example_once(backend, dynamic_masking, rows):
    loader, _ = backend.load_data_imdb(
        4, reviews=FEW, seed=0, dynamic_masking=dynamic_masking)
    assert sorted(rows(*loader)) == sorted(rows(loader.dataset[:]))
    if dynamic_masking:
        assert sorted(rows(*loader)) == sorted(rows(loader.dataset[1, :]))


def test_a_file_and_its_texts_give_the_same(backend, tmp_path, rows):
    path = tmp_path / 'imdb-1000.csv'
    path.write_text('review\n' + ''.join(f'"{text}"\n' for text in FEW),
                    encoding='utf-8')
    found = [rows(*backend.load_data_imdb(4, seed=0, **where)[0])
             for where in ({'reviews': FEW}, {'data_dir': path},
                           {'data_dir': tmp_path})]
    assert found[0] == found[1] == found[2]


def test_shown_without_the_padding_between():
    example = make()[0]
    text = columns_text(example)
    assert '[SEP]' in text and '[CLS]' in text and '[masked:' in text
    assert '[PAD]' not in text
    assert f'{int(example.valid_lens)} tokens' in text


def test_hugging_faces_mask_goes_by_id():
    examples = make()
    batch = examples[:]
    found = huggingface_fields(batch, examples.vocab, examples.layout)
    assert found['attention_mask'].tolist() == attention_mask(
        batch.token_ids, 1).astype(int).tolist()
    assert (huggingface_fields(batch)['attention_mask'] == found[
        'attention_mask']).all()
    batch.vocab = None
    with pytest.raises(ValueError, match='needs the vocabulary'):
        huggingface_fields(batch)


# Mistakes -----------------------------------------------------------------

@pytest.mark.parametrize('options, message', [
    ({'percentile': 101}, 'percentile must be a number from 0 to 100'),
    ({'percentile': -1}, 'percentile must be a number from 0 to 100'),
    ({'percentile': float('nan')}, 'percentile must be a number'),
    ({'percentile': '70'}, "from 0 to 100, not '70'"),
    ({'min_freq': '2'}, 'min_freq must be a number'),
    ({'mlm_probs': (0.8, 0.2)}, 'mlm_probs must be three numbers'),
    ({'mlm_ratio': 0}, 'mlm_ratio must be more than 0'),
    ({'batch_size': 0}, 'batch_size must be a whole number'),
    ({'data_dir': '/x'}, 'leave one of them out'),
])
def test_bad_options(backend, options, message):
    with pytest.raises(ValueError, match=message):
        backend.load_data_imdb(reviews=FEW, **options)


def test_no_percentile_helps_sentences_of_one_word():
    with pytest.raises(ValueError, match='no sentence of the reviews has two '
                       'words, so none is left to learn from'):
        make(['It. Fell.', 'So. It. Is.'] * 9, percentile=100, min_freq=1)
    with pytest.raises(ValueError, match='percentile=0 of the .*; raise it'):
        make(['It. It fell.'] * 9, percentile=0, min_freq=1)


def test_bad_options_come_before_the_work(monkeypatch):
    monkeypatch.setattr('d2l_bert.core.objectives.reviews.basic_english', None)
    with pytest.raises(ValueError, match='percentile'):
        make(percentile=200)


def test_an_unknown_option(backend):
    with pytest.raises(TypeError, match="unexpected keyword argument 'perce"
                       "nt'; the options are dynamic_masking, lowercase,"):
        backend.load_data_imdb(data_dir='/no/such', percent=70)


@pytest.mark.parametrize('reviews, error, message', [
    ('A sea. A moon.', TypeError, 'reviews must be a list'),
    ([3], TypeError, 'review 0 is a int'),
    ([], ValueError, 'no review has two sentences'),
    (['', 'One only.'], ValueError, 'no review has two sentences'),
    (['. '], ValueError, 'no sentence of the reviews has two words'),
    (['One two. Three four.'], ValueError, 'no word occurs 2 times; lower'),
])
def test_reviews_that_make_no_example(reviews, error, message):
    with pytest.raises(error, match=message):
        make(reviews)
