"""Answers of a model, with made-up models and logits by hand."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l_bert.core import (
    Question, Vocab, answer, answers_of, cased, evaluate_qa, load_questions,
    make_qa_examples)
from d2l_bert.core.models import answering
from d2l_bert.core.models.answering import best_spans
from d2l_bert.core.objectives.qa import windows

SPECIAL = ['<pad>', '<mask>', '<cls>', '<sep>']
VOCAB = Vocab(list('abcdefghijklmnopqrstuvwxyz'), 0, SPECIAL)


class Net:
    """A model whose logits depend on the tokens alone.

    `starts` and `ends` map a token to its logit; the others have 0.
    """

    loss_names = ('start', 'end')
    layout = 'pair'
    tokenizer = 'words'

    def __init__(self, starts, ends, max_len=64, vocab=VOCAB):
        self.tables, self.vocab = [], vocab
        for logits in starts, ends:
            table = np.zeros(len(vocab))
            for token, logit in logits.items():
                table[vocab[token]] = logit
            self.tables.append(table)
        self.config = SimpleNamespace(max_len=max_len)
        self.read = []

    def predict(self, inputs, positions):
        assert positions is None and inputs.attention_mask is None
        assert inputs.valid_lens.dtype == np.float32
        self.read.append(inputs)
        return [table[inputs.token_ids].astype(np.float32)
                for table in self.tables]


def log_p(logit, others, tokens):
    """The log-probability of a logit among `tokens` of them."""
    rest = tokens - 1 - len(others)
    return logit - math.log(math.exp(logit) + sum(map(math.exp, others))
                            + rest)


# One window ---------------------------------------------------------------

def test_an_answer_by_hand():
    found = answer(Net({'c': 5}, {'d': 4}), 'a b  C D e', 'x y')
    # '<cls> a b c d e <sep> x y <sep>' has 10 tokens.
    best = log_p(5, [], 10) + log_p(4, [], 10)
    none = log_p(0, [5], 10) + log_p(0, [4], 10)
    assert (found.text, found.start, found.end) == ('C D', 5, 8)
    assert found.score == pytest.approx(best - none) == pytest.approx(9)
    assert found.probability == pytest.approx(math.exp(best))


def test_no_answer_by_hand():
    net = Net({'<cls>': 3, 'c': 1}, {'<cls>': 2, 'd': 2.5})
    found = answer(net, 'a b c d e', 'x y')
    assert found[:1] + found[2:4] == ('', 0, 0)
    assert found.score == pytest.approx(1 + 2.5 - 3 - 2)
    assert found.probability == pytest.approx(math.exp(
        log_p(3, [1], 10) + log_p(2, [2.5], 10)))
    forced = answer(net, 'a b c d e', 'x y', can_refuse=False)
    assert forced.text == 'c d' and forced.score == found.score
    # What is not more probable than no answer is none.
    assert answer(Net({}, {}), 'a b', 'x').text == ''
    assert answer(Net({}, {}), 'a b', 'x', can_refuse=False).text == 'a'


def test_only_tokens_of_the_passage():
    """The question's tokens, '<sep>' and '<cls>' have larger logits."""
    net = Net({'x': 9, '<sep>': 8, 'b': 1}, {'y': 9, '<sep>': 8, 'c': 1})
    found = answer(net, 'a b c d', 'x y', can_refuse=False)
    assert found.text == 'b c'
    assert answer(net, 'a b c d', 'x y').text == 'b c'
    # Nor from the passage into the question.
    crossing = Net({'d': 9, 'a': 1}, {'x': 9, 'b': 3})
    assert answer(crossing, 'a b c d', 'x y').text == 'd'


def test_an_end_is_not_before_its_start():
    assert answer(Net({'d': 5}, {'b': 5, 'e': 1}), 'a b c d e', 'x'
                  ).text == 'd e'
    assert answer(Net({'d': 5}, {'d': 5}), 'a b c d e', 'x').text == 'd'


def test_the_longest_answer():
    net = Net({'a': 5}, {'d': 5, 'c': 1})
    for most, text in ((5, 'a b c d'), (4, 'a b c d'), (3, 'a b c'),
                       (1, 'd')):
        assert answer(net, 'a b c d e', 'x', max_answer_len=most,
                      can_refuse=False).text in (text, 'a')[:1 + (most == 1)]


@given(st.integers(1, 5), st.integers(5, 12), st.integers(1, 12),
       st.integers(0, 2 ** 32))
def test_best_spans_by_the_slow_rule(num, width, most, seed):
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, (2, num, width))
    counts = rng.integers(1, width - 3, num)
    lens = rng.integers(counts + 4, width + 1)
    spans = best_spans(*logits, lens, counts, most)
    for i in range(num):
        p_start, p_end = (
            np.exp(row[i, :lens[i]]) / np.exp(row[i, :lens[i]]).sum()
            for row in logits)
        best = max((p_start[s] * p_end[e], s, e)
                   for s in range(1, counts[i] + 1)
                   for e in range(s, min(s + most, counts[i] + 1)))
        assert (spans.starts[i], spans.ends[i]) == best[1:]
        assert math.exp(spans.scores[i]) == pytest.approx(best[0])
        assert math.exp(spans.none[i]) == pytest.approx(p_start[0] * p_end[0])


def test_large_logits():
    spans = best_spans(np.array([[0, 1e4, 0, 0]], np.float32),
                       np.array([[-1e4, 0, 1e4, 0]], np.float32),
                       np.array([4]), np.array([2]), 30)
    assert (spans.starts[0], spans.ends[0], spans.scores[0]) == (1, 2, 0)


# Several windows ----------------------------------------------------------

def test_windows_that_overlap():
    """Five tokens fit. The answer 'f g' is cut in the first window, whole in
    the next; each has '<cls>' as the best but for that."""
    net = Net({'f': 5, '<cls>': 2}, {'g': 5, '<cls>': 2}, max_len=10)
    passage = 'a b c d e f g h i'
    found = answer(net, passage, 'x y')
    assert (found.text, found.start, found.end) == ('f g', 10, 13)
    [inputs] = net.read
    assert [' '.join(VOCAB.to_tokens(row)) for row in inputs.token_ids] == [
        '<cls> a b c d e <sep> x y <sep>', '<cls> c d e f g <sep> x y <sep>',
        '<cls> e f g h i <sep> x y <sep>']
    # In the second and the third window the spans are equal.
    best = 2 * log_p(5, [2], 10)
    none = 2 * log_p(2, [5], 10)  # the lowest of the three windows
    assert found.score == pytest.approx(best - none)
    assert answer(net, passage, 'x y', stride=4).text == 'f g'
    assert len(net.read[-1].token_ids) == 2


def test_the_same_windows_as_in_training():
    question = Question('1', 'a b c d e f g h i', 'x y', ('f g',), (10,), '')
    net = Net({}, {}, max_len=10)
    answers_of(net, [question], stride=3)
    examples = make_qa_examples([question], 10, VOCAB, stride=3)
    for name in ('token_ids', 'segments', 'valid_lens'):
        np.testing.assert_array_equal(
            np.concatenate([getattr(one, name) for one in net.read]),
            getattr(examples.columns, name))


def test_unanswerable_in_all_windows():
    net = Net({'<cls>': 2, 'f': 1}, {'<cls>': 2, 'g': 1}, max_len=10)
    found = answer(net, 'a b c d e f g h i', 'x y')
    assert found.text == '' and found.score < 0
    assert answer(net, 'a b c d e f g h i', 'x y', can_refuse=False
                  ).text == 'f g'


class Reader(Net):
    """A model that knows the labels of some questions."""

    def __init__(self, questions, max_len, vocab):
        super().__init__({}, {}, max_len, vocab)
        columns = make_qa_examples(questions, max_len, vocab).columns
        self.labels = {
            (ids[ids != vocab['<pad>']].tobytes()): (start, end)
            for ids, start, end in zip(columns.token_ids,
                                       columns.answer_starts,
                                       columns.answer_ends)}

    def predict(self, inputs, positions):
        logits = np.zeros((2, *inputs.token_ids.shape), np.float32)
        for i, ids in enumerate(inputs.token_ids):
            key = ids[ids != self.vocab['<pad>']].tobytes()
            for side, position in enumerate(self.labels[key]):
                logits[side, i, position] = 20
        return list(logits)


@pytest.mark.parametrize('max_len', [32, 64, 256])
@pytest.mark.parametrize('batch, at_once', [(32, 256), (3, 7)])
def test_who_knows_the_labels_has_all_points(max_len, batch, at_once,
                                             monkeypatch):
    """In windows of any length, in any batches: the labels of training lead
    to the answers."""
    monkeypatch.setattr(answering, 'BATCH', batch)
    monkeypatch.setattr(answering, 'AT_ONCE', at_once)
    questions, _ = load_questions('tiny')
    vocab = Vocab([text.split() for one in questions
                   for text in (one.passage, one.question)], 0, SPECIAL)
    net = Reader(questions, max_len, vocab)
    assert evaluate_qa(net, iter(questions)) == {
        'exact_match': 100, 'f1': 100, 'count': len(questions),
        'answerable_f1': 100, 'unanswerable_accuracy': 100}
    first = answers_of(net, questions[:3])
    assert list(first) == [one.id for one in questions[:3]]
    assert first[questions[0].id] == questions[0].answers[0]


def test_batches_are_no_longer_than_they_must_be():
    net = Net({}, {})
    answers_of(net, [Question(str(i), 'a ' * i, 'x', (), (), '')
                     for i in range(1, 41)])
    assert [one.token_ids.shape for one in net.read] == [(32, 36), (8, 44)]
    assert windows([Question('1', 'a', 'x', (), (), '')], 64, VOCAB
                   ).token_ids.shape == (1, 64)


# Texts and errors ---------------------------------------------------------

def test_case():
    vocab = Vocab(['Sea', 'sea'], 0, SPECIAL)
    net = Net({'Sea': 5}, {'Sea': 5}, vocab=vocab)
    assert answer(net, 'sea Sea', 'sea').text == ''  # it reads 'sea' only
    net.tokenizer = cased('words')
    assert answer(net, 'sea Sea', 'sea').text == 'Sea'


def another(**attributes):
    net = Net({}, {})
    for name, value in attributes.items():
        setattr(net, name, value)
    return net


GOOD = Question('1', 'a b', 'x', (), (), '')


@pytest.mark.parametrize('function, error, message', [
    (lambda: answer(Net({}, {}), ' ', 'x'), ValueError, 'passage is empty'),
    (lambda: answer(Net({}, {}), 'a', ''), ValueError, 'question is empty'),
    (lambda: answer(Net({}, {}), None, 'x'), TypeError,
     'passage must be a text, not None'),
    (lambda: answer(another(loss_names=('mlm', 'nsp')), 'a', 'x'),
     ValueError, 'Net was not fine-tuned on questions; make a model for them '
     'by finetune_qa'),
    (lambda: answer('net', 'a', 'x'), ValueError, 'str was not fine-tuned'),
    (lambda: answers_of(another(loss_names=()), [GOOD]), ValueError,
     'was not fine-tuned'),
    (lambda: answer(another(vocab=None), 'a', 'x'), ValueError,
     'the model has no vocabulary; set net.vocab'),
    (lambda: answer(Net({}, {}), 'a', 'x', max_answer_len=0), ValueError,
     'max_answer_len must be'),
    (lambda: answer(Net({}, {}), 'a', 'x', stride=0), ValueError,
     'stride must be'),
    (lambda: answers_of(Net({}, {}), []), ValueError, 'there is no question'),
    (lambda: answers_of(Net({}, {}), ['who ?']), TypeError,
     'question 0 must be a Question'),
    (lambda: answers_of(Net({}, {}), [GOOD, GOOD]), ValueError,
     'several questions have the same id'),
    (lambda: evaluate_qa(Net({}, {}), None), TypeError, 'must be a list')])
def test_errors(function, error, message):
    with pytest.raises(error, match=message):
        function()


def test_logits_that_are_not_numbers():
    for starts, ends in (({'a': math.nan}, {}), ({}, {'x': math.nan})):
        with pytest.raises(ValueError, match='logits of the model are not '
                                             'numbers, .* learning rate'):
            answer(Net(starts, ends), 'a b', 'x')
    # Those of padding do not count.
    nan = {'<pad>': math.nan}
    assert answers_of(Net(nan, nan), [GOOD, GOOD._replace(
        id='2', passage='a b c')]) == {'1': '', '2': ''}
