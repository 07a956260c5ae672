"""Examples of questions: windows of passages, and where answers stand."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l_bert.core import (
    Question, QAColumns, Vocab, cased, load_questions, make_qa_examples)
from d2l_bert.core.objectives.qa import (
    MAX_QUESTION, token_places, window_borders, windows)

SPECIAL = ['<pad>', '<mask>', '<cls>', '<sep>']
LETTERS = Vocab(list('abcdefghijklmnopqrstuvwxyz'), 0, SPECIAL)


def ask(passage, answer=None, question='x y', name='1', nth=0):
    """A question whose answer is the n-th occurrence of a text."""
    if answer is None:
        return Question(name, passage, question, (), (), '')
    start = -1
    for _ in range(nth + 1):
        start = passage.index(answer, start + 1)
    return Question(name, passage, question, (answer,), (start,), '')


def rows(examples):
    return [' '.join(examples.vocab.to_tokens(row)).replace(' <pad>', '')
            for row in examples.columns.token_ids.tolist()]


# Where tokens stand -------------------------------------------------------

@pytest.mark.parametrize('text, tokens, places', [
    ('', [], []), ('a', ['a'], [(0, 1)]),
    ('In 1876, unseen', ['in', '1876', ',', 'un', '##seen'],
     [(0, 2), (3, 7), (7, 8), (9, 11), (11, 15)]),
    ('sea sea', ['sea', 'sea'], [(0, 3), (4, 7)]),
    ('Über die', ['uber', 'die'], [(0, 4), (5, 8)]),
    ('İs it', ['is', 'it'], [(0, 2), (3, 5)]),
    ('a ☃ b', ['a', '[UNK]', 'b'], [(0, 1), (1, 1), (4, 5)]),
    ('☃', ['[UNK]'], [(0, 0)]),
    ('## #', ['##', '#'], [(0, 2), (3, 4)]),
    ('a; b', ['a', 'b'], [(0, 1), (3, 4)]),  # a tokenizer dropped ';'
    # The missing 'q' does not take the place of a later one.
    ('a b' + ' c' * 100 + ' q', ['a', 'q', 'b', 'c'],
     [(0, 1), (1, 1), (2, 3), (4, 5)]),
    # After tokens that are missing, the rest is found again.
    ('☃' * 80 + ' a', ['[UNK]', 'a'], [(0, 0), (81, 82)])])
def test_places_by_hand(text, tokens, places):
    assert token_places(text, tokens) == places


WORDS = st.lists(st.text('abcABCéÜ.,-', min_size=1, max_size=5), max_size=12)


@given(WORDS, st.randoms(use_true_random=False))
def test_places_give_the_tokens_back(words, rng):
    """Words are cut into pieces, their case is lost, and gaps vary."""
    text, tokens = '', []
    for word in words:
        text += ' ' * rng.randint(1, 3) + word
        cut = rng.randint(1, len(word))
        tokens += [word[:cut].lower(), *(
            [f'##{word[cut:].lower()}'] if word[cut:] else [])]
    found = [text[start:end] for start, end in token_places(text, tokens)]
    assert [piece.lower() for piece in found] == [
        token.removeprefix('##') for token in tokens]


# Windows ------------------------------------------------------------------

@given(st.integers(0, 60), st.integers(1, 20), st.data())
def test_windows_cover_all_tokens(count, room, data):
    stride = data.draw(st.none() | st.integers(1, room))
    found = window_borders(count, room, stride)
    covered = {i for start, end in found for i in range(start, end)}
    assert covered == set(range(count))
    step = stride or max(1, room // 2)
    for i, (start, end) in enumerate(found):
        assert start == i * step and end <= start + room
        assert start < count or not count
    # Only the last one reaches the end, so none is in vain.
    assert [end == count for _, end in found] == [
        *[False] * (len(found) - 1), True]


def test_examples_by_hand():
    examples = make_qa_examples([ask('a b C d', 'C d')], 12, LETTERS)
    columns = examples.columns
    assert rows(examples) == ['<cls> a b c d <sep> x y <sep>']
    assert columns.segments.tolist() == [[0] * 6 + [1] * 3 + [0] * 3]
    assert columns.valid_lens.tolist() == [9]
    assert columns.answer_starts.tolist() == [3]
    assert columns.answer_ends.tolist() == [4]
    assert columns.loss_weights() == {'start': 1, 'end': 1}
    assert columns.shapes() == {
        'token_ids': (1, 12), 'segments': (1, 12), 'valid_lens': (1,),
        'answer_starts': (1,), 'answer_ends': (1,)}
    assert columns.valid_lens.dtype == np.float32
    assert set(QAColumns.meanings) == set(QAColumns._fields)
    assert (examples.layout, len(examples), examples.num_dropped) == (
        'pair', 1, 0)
    assert examples.columns.shortened().token_ids.shape == (1, 12)
    again = pickle.loads(pickle.dumps(examples))
    assert (again.columns.token_ids == columns.token_ids).all()


def test_windows_by_hand():
    """Five tokens of the passage fit; the answer 'e f' is in two windows as
    a whole, and half of it in the first, which does not count."""
    examples = make_qa_examples([ask('a b c d e f g h', 'e f')], 10, LETTERS,
                                stride=2)
    assert rows(examples) == ['<cls> a b c d e <sep> x y <sep>',
                              '<cls> c d e f g <sep> x y <sep>',
                              '<cls> e f g h <sep> x y <sep>']
    assert examples.columns.answer_starts.tolist() == [0, 3, 1]
    assert examples.columns.answer_ends.tolist() == [0, 4, 2]
    # By default a window begins after half of the one before.
    default = make_qa_examples([ask('a b c d e f g h', 'e f')], 10, LETTERS)
    assert rows(default) == rows(examples)
    assert len(make_qa_examples([ask('a b c d e f g h')], 10, LETTERS,
                                stride=3)) == 2


def test_questions_without_an_answer():
    examples = make_qa_examples([ask('a b'), ask('a b', 'a', name='2')], 10,
                                LETTERS, int_dtype=np.int32)
    assert examples.columns.answer_starts.tolist() == [0, 1]
    assert examples.columns.answer_ends.tolist() == [0, 1]
    for name in ('token_ids', 'segments', 'answer_starts', 'answer_ends'):
        assert getattr(examples.columns, name).dtype == np.int32


def test_the_right_one_of_several_equal_texts():
    for nth, position in ((0, 1), (1, 3), (2, 4)):
        columns = make_qa_examples([ask('a b a a', 'a', nth=nth)], 12,
                                   LETTERS).columns
        assert columns.answer_starts.tolist() == [position]
    several = Question('1', 'a b c', 'x', ('c', 'a'), (4, 0), '')
    assert make_qa_examples([several], 12, LETTERS
                            ).columns.answer_starts.tolist() == [3]


def test_an_answer_within_a_token():
    """SQuAD has '1876' in 'July 1876-77'; the token that holds it counts."""
    vocab = Vocab(['in', '1876-77,'], 0, SPECIAL)
    columns = make_qa_examples([ask('In 1876-77,', '1876')], 12, vocab
                               ).columns
    assert (columns.answer_starts[0], columns.answer_ends[0]) == (2, 2)


def test_long_questions_are_cut():
    long = ' '.join('x' * 100)
    made = windows([ask('a b', question=long)], 200, LETTERS)
    assert made.valid_lens.tolist() == [MAX_QUESTION + 2 + 3]
    made = windows([ask('a b c d e f', question=long)], 13, LETTERS)
    assert made.segments.sum(axis=1).tolist() == [6, 6]  # 5 and '<sep>'
    assert made.counts.tolist() == [5, 4] and made.firsts.tolist() == [0, 2]


def test_an_answer_without_a_token_is_left_out():
    questions = [ask('a ; b', ';'), ask('a ; b', 'b', name='2')]
    examples = make_qa_examples(questions, 12, LETTERS,
                                tokenizer='basic_english')
    assert (len(examples), examples.num_dropped) == (1, 1)
    assert examples.columns.answer_starts.tolist() == [2]
    with pytest.raises(ValueError, match='no answer has a token'):
        make_qa_examples(questions[:1], 12, LETTERS,
                         tokenizer='basic_english')


def test_case():
    vocab = Vocab(['Sea', 'sea'], 0, SPECIAL)
    question = ask('Sea', 'Sea', question='Sea')
    assert rows(make_qa_examples([question], 8, vocab)) == [
        '<cls> sea <sep> sea <sep>']
    assert rows(make_qa_examples([question], 8, vocab, tokenizer=cased(
        'words'))) == ['<cls> Sea <sep> Sea <sep>']


def test_generators_and_each_passage_once():
    calls = []

    def cut(lines):
        calls.extend(lines)
        return [line.split() for line in lines]

    questions = [ask('a b', 'a', name=str(i), question='x') for i in range(5)]
    examples = make_qa_examples(iter(questions), 12, LETTERS, tokenizer=cut)
    assert len(examples) == 5 and calls.count('a b') == 1


@given(st.lists(st.tuples(st.text('abc', min_size=1, max_size=3),
                          st.sampled_from([' ', '  '])),
                min_size=1, max_size=40), st.data())
def test_labels_point_to_the_answer(parts, data):
    """The tokens between the labels are those of the answer, and a window
    has the label 0 only if it does not hold them all."""
    passage = ''.join(word + gap for word, gap in parts)
    words = [word for word, _ in parts]
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, min(first + 4, len(words) - 1)))
    start = sum(len(word + gap) for word, gap in parts[:first])
    answer = ''.join(word + gap for word, gap in parts[first:last + 1]
                     ).rstrip()
    vocab = Vocab(words + ['x'], 0, SPECIAL)
    max_len = data.draw(st.integers(8, 24))
    question = Question('1', passage, 'x', (answer,), (start,), '')
    made = windows([question], max_len, vocab)
    columns = make_qa_examples([question], max_len, vocab).columns
    for i, (begin, end) in enumerate(zip(columns.answer_starts,
                                         columns.answer_ends)):
        whole = (made.firsts[i] <= first
                 and last < made.firsts[i] + made.counts[i])
        assert (begin > 0) == whole and begin <= end
        if whole:
            tokens = vocab.to_tokens(columns.token_ids[i, begin:end + 1])
            assert tokens == words[first:last + 1] == answer.split()


def test_answers_of_the_questions_for_class():
    """Every answer is the tokens at its labels."""
    train, _ = load_questions('tiny')
    words = [text.split() for one in train
             for text in (one.passage, one.question)]
    vocab = Vocab(words, 0, SPECIAL)
    examples = make_qa_examples(train, 256, vocab)
    assert len(examples) == len(train)  # each in one window
    for one, row, start, end in zip(train, *(
            getattr(examples.columns, name).tolist() for name in (
                'token_ids', 'answer_starts', 'answer_ends'))):
        tokens = vocab.to_tokens(row[start:end + 1])
        assert tokens == (one.answers[0].split() if one.answers
                          else ['<cls>'])


GOOD = ask('a b', 'a')


@pytest.mark.parametrize('questions, options, error, message', [
    ([], {}, ValueError, 'there is no question'),
    ('who ?', {}, TypeError, 'questions must be a list'),
    (['who ?'], {}, TypeError, 'question 0 must be a Question'),
    ([ask(' ')], {}, ValueError, "the passage of question 0, with the id "
     "'1', is empty; give a text with a word"),
    ([GOOD, ask('a', question='')], {}, ValueError,
     'the question of question 1, .*, is empty'),
    ([GOOD._replace(passage=5)], {}, TypeError, 'must be a text, not the int'),
    ([ask(';', ';')], {'tokenizer': 'basic_english'}, ValueError,
     "the passage or the question of question 0, with the id '1', has no "
     'token; choose another tokenizer'),
    ([GOOD], {'max_len': 7}, ValueError, 'max_len must be .* at least 8'),
    ([GOOD], {'stride': 0}, ValueError, 'stride must be .* from 1 to 5'),
    ([GOOD], {'stride': 6}, ValueError, 'stride must be .* from 1 to 5'),
    ([GOOD], {'vocab': Vocab(['a'])}, ValueError, "has no '<cls>'"),
    ([GOOD], {'vocab': 'vocab.txt'}, TypeError, 'vocab must be a Vocab'),
    ([GOOD], {'tokenizer': 'bpe'}, ValueError, "tokenizer 'bpe' is not"),
    ([GOOD], {'tokenizer': 5}, TypeError, 'tokenizer must be a function')])
def test_bad_arguments(questions, options, error, message):
    options = {'max_len': 12, 'vocab': LETTERS, **options}
    with pytest.raises(error, match=message):
        make_qa_examples(questions, **options)
