"""T5's examples: documents, runs of tokens, corrupted spans."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l_bert.core import (
    T5Columns, Vocab, WordPiece, cased, columns_html, columns_text, corrupt,
    load_t5_examples, load_t5_splits, make_t5_examples, noise_mask,
    read_documents, t5_lengths, t5_restore)
from d2l_bert.core.files import TINYWIKI_DIR
from d2l_bert.core.objectives.t5_noise import noise_counts, sentinels_for
from d2l_bert.core.training.batching import batches

TINY = read_documents([TINYWIKI_DIR / 'wiki.train.tokens'])
WORDS = [word for document in TINY for sentence in document
         for word in sentence.split()]


def tiny(inputs_length=64, **options):
    return make_t5_examples(TINY, inputs_length, **options)


def words_of(examples, columns):
    """Inputs and targets of each example in words, without padding."""
    return [[' '.join(examples.vocab.to_tokens(row)).replace(' <pad>', '')
             for row in rows] for rows in zip(
        columns.token_ids, columns.targets)]


def test_by_hand():
    examples = make_t5_examples([['a b c', 'd'], [], ['e f g']], 5,
                                min_freq=1)
    assert t5_lengths(5) == (4, 3)
    # Each run has one noise token, the last of it.
    assert words_of(examples, examples.columns) == [
        ['a b c <extra_id_0> </s>', '<extra_id_0> d </s>'],
        ['e f <extra_id_0> </s>', '<extra_id_0> g </s>']]
    pad = examples.vocab['<pad>']
    assert (examples.columns.decoder_inputs == [
        [pad, *examples.vocab[['<extra_id_0>', 'd']]],
        [pad, *examples.vocab[['<extra_id_0>', 'g']]]]).all()
    assert examples.columns.valid_lens.tolist() == [5, 4]
    assert examples.columns.loss_weights() == {'seq2seq': 6}
    assert examples.numbers.tolist() == [0, 4]
    assert (len(examples), examples.layout, examples.max_len) == (
        2, 'single', 5)


def test_the_books_figure():
    """With more noise than T5 has; seed 4 draws the spans of the figure."""
    examples = make_t5_examples([['I love this red car']], 5, min_freq=1,
                                density=0.6, mean_length=1.5, seed=4,
                                end='sentinel')
    assert words_of(examples, examples.columns) == [
        ['I <extra_id_0> this <extra_id_1>',
         '<extra_id_0> love <extra_id_1> red car <extra_id_2>']]


@pytest.mark.parametrize('end', ['</s>', 'sentinel'])
def test_the_rule_for_one_example(end):
    examples = tiny(seed=3, end=end)
    raw, _ = t5_lengths(64)
    runs = [WORDS[start:start + raw] for start in range(0, len(WORDS), raw)]
    assert len(examples) == len(runs) and len(runs[-1]) < raw
    for epoch in (0, 2):
        rows = words_of(examples, examples[epoch, :])
        for i in (0, 1, 7, len(runs) - 1):
            known = [word if word in examples.vocab else '<unk>'
                     for word in runs[i]]
            mask = noise_mask(len(known), seed=3, epoch=epoch,
                              example=raw * i)
            assert rows[i] == [' '.join(row) for row in corrupt(
                known, mask, end=end)]


@given(st.lists(st.lists(st.text('ab ', max_size=9), max_size=4), min_size=1,
                max_size=4), st.integers(3, 12), st.integers(0, 99),
       st.sampled_from(['</s>', 'sentinel']))
def test_no_token_is_lost(documents, inputs_length, seed, end):
    words = [word for document in documents for sentence in document
             for word in sentence.split()]
    if not words:
        return
    examples = make_t5_examples(documents, inputs_length, seed=seed, end=end,
                                min_freq=1)
    found = []
    for inputs, targets in words_of(examples, examples.columns):
        found += t5_restore(inputs.split(), targets.split(), end=end)
    assert found == words


def test_wikitext(wikitext):
    """The share of noise: 10 of 70 tokens, always in 3 spans."""
    train, valid = load_t5_splits(64, data_dir=wikitext.parent)
    words = sum(len(sentence.split()) for document in read_documents(
        [wikitext / 'wiki.train.tokens']) for sentence in document)
    assert len(train) == -(-words // 70)
    assert valid.vocab is train.vocab and not valid.dynamic_masking
    columns = train[1, :]
    assert (columns.valid_lens[:-1] == 64).all()
    assert (columns.target_weights[:-1] == 1).all()
    sentinels = train.vocab[sentinels_for(3)]
    assert [(columns.token_ids == mark).sum() for mark in sentinels[:2]] == [
        len(train)] * 2  # the last run, too
    assert not (columns.token_ids == sentinels[3]).any()
    # The first token is never noise.
    assert not np.isin(columns.token_ids[:, 0], sentinels).any()


def test_noise_does_not_depend_on_the_batch():
    examples = tiny()
    whole = examples[3, :]
    order = np.random.default_rng(0).permutation(len(examples))
    for rows in (order[:5], order[5:50], [7], slice(3, 9)):
        for one, other in zip(examples[3, rows], whole):
            np.testing.assert_array_equal(one, other[rows])
    some = examples.select([9, 2])
    assert (some[3, 0].token_ids == whole.token_ids[9]).all()
    again = pickle.loads(pickle.dumps(examples))
    assert (again[3, :].targets == whole.targets).all()
    assert (examples[4, :].token_ids != whole.token_ids).any()
    assert (tiny(seed=1)[3, :].token_ids != whole.token_ids).any()
    static = tiny(dynamic_masking=False)
    for one, other in zip(static.columns, examples.columns):
        np.testing.assert_array_equal(one, other)


def test_the_loop_can_draw_batches():
    for _, (_, batch) in zip(range(9), batches(tiny(), 8, seed=0)):
        assert batch.token_ids.shape == (8, 64)
        assert batch.targets.shape == (8, 14)  # 16 would be more than it has
        assert batch.loss_weights()['seq2seq'] == batch.target_weights.sum()
    assert tiny().columns.shortened().shapes() == tiny().columns.shapes()


def test_a_short_batch_loses_padding_only():
    examples = make_t5_examples([['a b c d e f']], 200, min_freq=1)
    batch = examples.columns.shortened()
    assert batch.token_ids.shape == (1, 8) and batch.targets.shape == (1, 8)
    assert words_of(examples, batch) == words_of(examples, examples.columns)
    assert batch.vocab is examples.vocab


# Vocabularies --------------------------------------------------------------

def test_the_vocabulary_has_what_a_run_needs():
    assert {*sentinels_for(3), '</s>', '<pad>'} < {*tiny().vocab}
    assert '<extra_id_4>' not in tiny().vocab
    assert '<mask>' not in tiny().vocab
    assert tiny(vocab=tiny(128).vocab).vocab is not tiny().vocab
    with pytest.raises(ValueError, match="has no '<extra_id_4>'; make it wi"):
        tiny(128, vocab=tiny().vocab)


def test_pieces_get_sentinels():
    pieces = WordPiece(['[PAD]', '[UNK]', 'the', 'sea', '##s'])
    examples = make_t5_examples([['the seas the sea']], 7, tokenizer=pieces)
    assert examples.vocab.idx_to_token == [
        '[PAD]', '[UNK]', 'the', 'sea', '##s', '</s>', *sentinels_for(1)]
    [[inputs, targets]] = words_of(examples, examples.columns)
    assert t5_restore(inputs.replace(' [PAD]', '').split(),
                      targets.replace(' [PAD]', '').split()) == [
        'the', 'sea', '##s', 'the', 'sea']


def test_capital_letters():
    examples = load_t5_examples(9, documents=[['The Sea']], lowercase=False,
                                min_freq=1)
    assert 'Sea' in examples.vocab
    assert type(examples.tokenizer) is type(cased('words'))


# Edges and mistakes --------------------------------------------------------

def test_one_token():
    examples = make_t5_examples([['a']], 64, min_freq=1)
    assert words_of(examples, examples.columns) == [['a </s>', '</s>']]


@pytest.mark.parametrize('density', [1e-9, 0.99])
def test_density_near_0_and_1(density):
    examples = tiny(16, density=density)
    raw, targets_length = t5_lengths(16, density)
    noise, spans = noise_counts(raw, density)
    columns = examples.columns
    assert columns.target_weights[0].sum() == noise + spans + 1
    assert columns.valid_lens[0] == raw - noise + spans + 1 <= 16
    assert columns.targets.shape[1] == targets_length


def test_splits_are_checked_before_they_are_read():
    for options, message in (({'end': 'x'}, 'end must be one of </s>, senti'),
                             ({'inputs_length': 2}, 'inputs_length must be'),
                             ({'seed': -1}, 'seed must be')):
        for load in (load_t5_splits, load_t5_examples):
            with pytest.raises(ValueError, match=message):
                load(**{'inputs_length': 32, 'corpus': 'no/such', **options})
    with pytest.raises(TypeError, match="'densiti'; the options are density"):
        load_t5_splits(32, corpus='no/such', densiti=1)


@pytest.mark.parametrize('options, error, message', [
    ({'density': 1}, ValueError, 'density must be a number between 0 and 1'),
    ({'mean_length': 0}, ValueError, 'the mean length of a span must be'),
    ({'min_freq': 'x'}, ValueError, 'min_freq must be'),
    ({'vocab': 'x'}, TypeError, 'vocab must be a Vocab'),
    ({'vocab': Vocab(['a'])}, ValueError, "has no '<pad>'; make it with rese"),
    ({'tokenizer': 'x'}, ValueError, "tokenizer 'x' is not known"),
    ({'documents': 'text'}, TypeError, 'documents must be'),
    ({'documents': ['text']}, TypeError, 'document 0 is a string; a docum'),
    ({'documents': [[], ['', ' ']]}, ValueError, 'have no token to learn'),
    ({'documents': [['a </s>']]}, ValueError, "the text has '</s>', which ma"),
    ({'documents': [['<extra_id_0>']]}, ValueError, "has '<extra_id_0>'")])
def test_mistakes(options, error, message):
    with pytest.raises(error, match=message):
        make_t5_examples(**{'documents': TINY, 'inputs_length': 32,
                            **options})


def test_shown_in_words():
    examples = make_t5_examples([['a b c', 'd <e>']], 6, min_freq=1)
    assert columns_text(examples.columns) == (
        'example 0:\n  token_ids: a b c d <extra_id_0> </s>\n'
        '  targets: <extra_id_0> <e> </s>')
    assert columns_text(examples[0]).startswith('example:\n  token_ids: a b')
    html = examples._repr_html_()
    assert '<b>targets</b> &lt;extra_id_0&gt; &lt;e&gt; &lt;/s&gt;' in html
    assert '<td style="text-align:left">decoder_inputs</td>' in html
    columns = T5Columns(*examples.columns)  # without a vocabulary
    assert 'token_ids: 5 6 7 8 ' not in columns_html(columns)
    assert columns_text(columns).count(' ') >= 5
