"""GPT's examples: documents, blocks of tokens, and the token after each."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l_bert.core import (
    Vocab, WordPiece, columns_text, load_gpt_examples, load_gpt_splits,
    make_gpt_examples, read_documents)
from d2l_bert.core.training.batching import batches, in_order


def blocks_of(examples, name='token_ids'):
    return [' '.join(examples.vocab.to_tokens(row))
            for row in getattr(examples.columns, name)]


def test_by_hand():
    examples = make_gpt_examples([['the sea', 'rose'], [], [' '], ['so']], 4,
                                 min_freq=1)
    assert blocks_of(examples) == ['<bos> the sea rose',
                                   '<eos> <bos> so <pad>']
    assert blocks_of(examples, 'targets') == ['the sea rose <eos>',
                                              '<bos> so <eos> <pad>']
    assert examples.columns.target_weights.tolist() == [
        [1, 1, 1, 1], [0, 1, 1, 0]]
    assert examples.columns.valid_lens.tolist() == [4, 3]
    assert examples.columns.loss_weights() == {'lm': 6}
    assert (examples.layout, examples.max_len, len(examples)) == (
        'single', 4, 2)


def test_the_books_figure():
    examples = make_gpt_examples([['I love this red car']], 6, min_freq=1)
    assert blocks_of(examples) == ['<bos> I love this red car']
    assert blocks_of(examples, 'targets') == ['I love this red car <eos>']


@given(st.lists(st.lists(st.text('ab ', max_size=9), max_size=4), min_size=1,
                max_size=4), st.integers(1, 12))
def test_no_token_is_lost(documents, block_len):
    documents = [' '.join(document).split() for document in documents]
    row = [token for words in documents if words
           for token in ['<bos>', *words, '<eos>']]
    if not row:
        return
    examples = make_gpt_examples([[' '.join(words)] for words in documents],
                                 block_len, min_freq=1)
    columns = examples.columns
    inside = np.arange(block_len) < columns.valid_lens[:, None]
    read = examples.vocab.to_tokens(columns.token_ids[inside])
    targets = examples.vocab.to_tokens(columns.targets[inside])
    # Each token but the first is a target once; each but the last is read.
    assert read == row[:-1] and targets == row[1:]
    pad = examples.vocab['<pad>']
    assert (columns.token_ids[~inside] == pad).all()
    assert (columns.targets[~inside] == pad).all()
    assert ((columns.target_weights > 0) == inside & (
        columns.targets != examples.vocab['<bos>'])).all()
    # The last target of a block is the first token of the next one.
    assert (columns.targets[:-1, -1] == columns.token_ids[1:, 0]).all()
    assert columns.valid_lens.min() > 0
    assert (columns.valid_lens[:-1] == block_len).all()


def test_wikitext(wikitext):
    train, valid = load_gpt_splits(128, data_dir=wikitext.parent)
    documents = read_documents([wikitext / 'wiki.train.tokens'])
    words = sum(len(sentence.split()) for document in documents
                for sentence in document)
    # Each word and each '<eos>' is predicted once.
    assert train.columns.loss_weights() == {'lm': words + len(documents)}
    assert len(train) == -(-(words + 2 * len(documents) - 1) // 128)
    assert valid.vocab is train.vocab
    assert (train.columns.token_ids == train.vocab['<bos>']).sum() == 600


def test_blocks_are_shuffled_and_not_their_tokens():
    examples = load_gpt_examples(16, corpus='tiny')
    blocks = {tuple(row) for row in examples.columns.token_ids.tolist()}
    stream, drawn = batches(examples, 8, seed=0, bucket=False), []
    for _ in range(len(examples) // 8):
        _, batch = next(stream)
        drawn += batch.token_ids.tolist()
    assert {*map(tuple, drawn)} <= blocks
    assert drawn != examples.columns.token_ids[:len(drawn)].tolist()


def test_a_batch_of_short_blocks():
    examples = make_gpt_examples([['a b c']], 64, min_freq=1)
    [batch] = in_order(examples, 8)
    assert batch.shapes() == {'token_ids': (1, 8), 'valid_lens': (1,),
                              'targets': (1, 8), 'target_weights': (1, 8)}
    assert batch.loss_weights() == {'lm': 4}
    again = pickle.loads(pickle.dumps(examples))
    assert (again.columns.targets == examples.columns.targets).all()


def test_a_block_longer_than_the_text():
    examples = make_gpt_examples([['a']], 1000, min_freq=1)
    assert examples.columns.valid_lens.tolist() == [2]


def test_vocabularies():
    examples = make_gpt_examples([['a b']], 4, min_freq=1)
    assert examples.vocab.idx_to_token == ['<bos>', '<eos>', '<pad>', '<unk>',
                                           'a', 'b']
    assert make_gpt_examples([['b c']], 4, vocab=examples.vocab
                             ).vocab is examples.vocab
    pieces = WordPiece(['[PAD]', '[UNK]', 'the', 'sea', '##s'])
    examples = make_gpt_examples([['the seas']], 6, tokenizer=pieces)
    assert blocks_of(examples) == ['<bos> the sea ##s [PAD] [PAD]']


@pytest.mark.parametrize('options, error, message', [
    ({'block_len': 0}, ValueError, 'block_len must be a whole number of at'),
    ({'block_len': 2.5}, ValueError, 'block_len must be'),
    ({'min_freq': 'x'}, ValueError, 'min_freq must be'),
    ({'vocab': Vocab(['a'])}, ValueError, "has no '<pad>'; make it with rese"),
    ({'documents': 'text'}, TypeError, 'documents must be'),
    ({'documents': ['text']}, TypeError, 'document 0 is a string; a docum'),
    ({'documents': [[], ['']]}, ValueError, 'have no token to learn from')])
def test_mistakes(options, error, message):
    with pytest.raises(error, match=message):
        make_gpt_examples(**{'documents': [['a b']], 'block_len': 4,
                             **options})


def test_options_are_checked_before_a_text_is_read():
    for load in (load_gpt_splits, load_gpt_examples):
        with pytest.raises(ValueError, match='block_len must be'):
            load(0, corpus='no/such')
        with pytest.raises(TypeError, match="'seed'; the options are min_fre"):
            load(8, corpus='no/such', seed=1)


def test_shown_in_words():
    examples = make_gpt_examples([['a b']], 4, min_freq=1)
    assert columns_text(examples.columns) == (
        'example 0:\n  token_ids: <bos> a b\n  targets: a b <eos>')
    assert '<b>targets</b> a b &lt;eos&gt;' in examples._repr_html_()
