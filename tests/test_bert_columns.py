"""Seven padded columns, in each framework's arrays."""

import copy
import pickle

import numpy as np
import pytest

from d2l_bert.core.examples.padding import pad_rows
from d2l_bert.core.objectives.bert import pad_bert_inputs
from d2l_bert.core.objectives.columns import Columns
from d2l_bert.core.objectives.bert import make_examples
from d2l_bert.core.tokens.vocab import Vocab

NAMES = ['token_ids', 'segments', 'valid_lens', 'pred_positions',
         'mlm_weights', 'mlm_labels', 'nsp_labels']
INTS = ['token_ids', 'segments', 'pred_positions', 'mlm_labels', 'nsp_labels']
# Numbers: 0 '<cls>', 1 '<mask>', 2 '<pad>', 3 '<sep>', 4 '<unk>'.
VOCAB = Vocab(['a', 'b'], reserved_tokens=['<pad>', '<mask>', '<cls>',
                                           '<sep>'])
# (token_ids, pred_positions, mlm_label_ids, segments, is_next)
EXAMPLES = [([0, 1, 3, 6, 5, 3], [1, 4], [5, 6], [0, 0, 0, 1, 1, 1], True),
            ([0, 3, 3], [], [], [0, 0, 1], False)]
PARAGRAPHS = [['the sea rose', 'it fell', 'it rose']]


def expected():
    """EXAMPLES for max_len = 10, so P = round(1.5) = 2, worked by hand."""
    return [
        [[0, 1, 3, 6, 5, 3, 2, 2, 2, 2], [0, 3, 3, 2, 2, 2, 2, 2, 2, 2]],
        [[0, 0, 0, 1, 1, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]],
        [6, 3],
        [[1, 4], [0, 0]],
        [[1, 1], [0, 0]],
        [[5, 6], [0, 0]],
        [1, 0]]


def test_padded_by_hand():
    columns = pad_bert_inputs(EXAMPLES, 10, VOCAB)
    assert [column.tolist() for column in columns] == expected()


def test_padded_by_hand_in_each_backend(backend, to_numpy):
    columns = to_numpy(backend._pad_bert_inputs(EXAMPLES, 10, VOCAB))
    assert [column.tolist() for column in columns] == expected()


def test_examples_are_left_alone():
    before = copy.deepcopy(EXAMPLES)
    pad_bert_inputs(EXAMPLES, 10, VOCAB).token_ids[:] = 9
    assert before == EXAMPLES


def test_examples_may_come_one_by_one():
    assert len(pad_bert_inputs(iter(EXAMPLES), 10, VOCAB).token_ids) == 2


def test_no_example_gives_empty_columns():
    assert list(pad_bert_inputs([], 10, VOCAB).shapes().values()) == [
        (0, 10), (0, 10), (0,), (0, 2), (0, 2), (0, 2), (0,)]


def test_seven_in_the_books_order():
    columns = pad_bert_inputs(EXAMPLES, 10, VOCAB)
    (token_ids, segments, valid_lens, pred_positions, mlm_weights,
     mlm_labels, nsp_labels) = columns
    assert list(columns._fields) == NAMES
    assert token_ids is columns.token_ids and nsp_labels is columns[6]


def test_shapes_of_a_batch_and_of_an_example():
    examples = make_examples(PARAGRAPHS, 20)
    assert examples[:].shapes() == {
        'token_ids': (2, 20), 'segments': (2, 20), 'valid_lens': (2,),
        'pred_positions': (2, 3), 'mlm_weights': (2, 3),
        'mlm_labels': (2, 3), 'nsp_labels': (2,)}
    assert list(examples[0].shapes().values()) == [
        (20,), (20,), (), (3,), (3,), (3,), ()]


@pytest.mark.parametrize('int_dtype', [np.int32, np.int64])
def test_dtypes_of_the_core(int_dtype):
    for columns in (
            pad_bert_inputs(EXAMPLES, 10, VOCAB, int_dtype=int_dtype),
            make_examples(PARAGRAPHS, 10, int_dtype=int_dtype).columns):
        assert [column.dtype for column in columns] == [
            int_dtype if name in INTS else np.float32 for name in NAMES]


@pytest.mark.parametrize('dynamic', [False, True])
def test_dtypes_of_the_backends(backend, to_numpy, dynamic):
    ints = 'int64' if 'torch' in backend.__name__ else 'int32'
    dataset = backend._WikiTextDataset(PARAGRAPHS, 10,
                                       dynamic_masking=dynamic)
    for columns in (backend._pad_bert_inputs(EXAMPLES, 10, VOCAB),
                    dataset[:], dataset[[1, 0]], dataset[0]):
        assert [str(column.dtype) for column in to_numpy(columns)] == [
            ints if name in INTS else 'float32' for name in NAMES]


def test_backends_use_their_own_arrays(backend):
    framework = 'torch' if 'torch' in backend.__name__ else 'mxnet'
    dataset = backend._WikiTextDataset(PARAGRAPHS, 10)
    def makers(columns):
        return {type(column).__module__.partition('.')[0]
                for column in columns}

    assert makers(dataset[:2]) == makers(dataset[[0]]) == {framework}
    # gluon's DataLoader stacks single rows of NumPy many times faster.
    assert makers(dataset[0]) == {
        'torch' if framework == 'torch' else 'numpy'}


def test_shapes_of_the_backends(backend):
    dataset = backend._WikiTextDataset(PARAGRAPHS, 20)
    assert dataset[:].shapes()['mlm_labels'] == (2, 3)
    assert dataset[1].shapes()['nsp_labels'] == ()


def test_pickled_without_vocab(backend, assert_same):
    for batch in (make_examples(PARAGRAPHS, 20)[:],
                  backend._WikiTextDataset(PARAGRAPHS, 20)[:]):
        assert batch.vocab is not None
        copied = pickle.loads(pickle.dumps(batch))
        assert type(copied) is Columns
        assert copied.vocab is None
        assert_same(copied, batch)


def test_too_long_an_example_is_named():
    with pytest.raises(ValueError, match='example 0 has 6 tokens and 2 '
                       'predictions, but max_len=5 holds 5 and 1; raise'):
        pad_bert_inputs(EXAMPLES, 5, VOCAB)


def test_too_many_predictions_are_named():
    with pytest.raises(ValueError, match='example 1 has 3 tokens and 2 pre'):
        pad_bert_inputs([EXAMPLES[1], ([0, 1, 3], [1, 2], [5, 5], [0, 0, 0],
                                       True)], 6, VOCAB)


def test_vocabulary_without_pad():
    with pytest.raises(ValueError, match="the vocabulary has no '<pad>'"):
        pad_bert_inputs(EXAMPLES, 10, Vocab(['a']))


def test_rows_padded():
    assert pad_rows([[], [1, 2]], 3, 7, np.int32).tolist() == [
        [7, 7, 7], [1, 2, 7]]
