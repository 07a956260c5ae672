"""SQuAD's files, and the scores of answers as SQuAD defines them."""

import gzip
import json
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l_bert.core import (
    Question, exact_match, f1_score, read_squad, score_answers)
from d2l_bert.core.text.squad import FILES, find_squad
from d2l_bert.core.text.squad_scores import normalize_answer

PASSAGE = 'The Broncos, of Denver, won in 2016.'


def qa(name='1', text='Denver', start=16, **more):
    return {'id': name, 'question': 'Where?',
            'answers': [{'text': text, 'answer_start': start}], **more}


def squad(*qas, **more):
    return {'version': '1.1', 'data': [{'title': 'Super Bowl', 'paragraphs': [
        {'context': PASSAGE, 'qas': list(qas)}], **more}]}


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / 'my.json'
        path.write_text(content if isinstance(content, str)
                        else json.dumps(content), 'utf-8')
        return path
    return write


# Files --------------------------------------------------------------------

def test_version_1(write):
    both = qa('2')
    both['answers'].append({'text': '2016', 'answer_start': 31})
    assert read_squad(write(squad(qa('1'), both))) == [
        Question('1', PASSAGE, 'Where?', ('Denver',), (16,), 'Super Bowl'),
        Question('2', PASSAGE, 'Where?', ('Denver', '2016'), (16, 31),
                 'Super Bowl')]


def test_version_2(write):
    """As in its files: what is plausible there is no answer."""
    impossible = {'id': '2', 'question': 'Who lost?', 'answers': [],
                  'is_impossible': True, 'plausible_answers': [
                      {'text': 'Denver', 'answer_start': 16}]}
    path = write(squad(qa(is_impossible=False), impossible))
    assert [(one.answers, one.starts) for one in read_squad(path)] == [
        (('Denver',), (16,)), ((), ())]


def test_a_file_may_be_compressed(tmp_path):
    path = tmp_path / 'my.json.gz'
    path.write_bytes(gzip.compress(json.dumps(squad(qa())).encode()))
    assert read_squad(path)[0].id == '1'


@pytest.mark.parametrize('content, message', [
    ('{"data": [', r'my.json is not JSON \(.*line 1.*\); give a file such as '
     r'train-v1.1.json. SQuAD is not downloaded: https://rajpurkar'),
    ({'texts': []}, r"not in the format of SQuAD: .*my.json has no 'data' "
     'that is a list'),
    ([1], "has no 'data' that is a list"),
    ({'data': [{'title': 'T'}]}, "article 0 has no 'paragraphs'"),
    ({'data': [{'paragraphs': [{'qas': []}]}]},
     "paragraph 0 of article 0 has no 'context' that is a str"),
    ({'data': [{'paragraphs': [{'context': 'a'}]}]},
     "paragraph 0 of article 0 has no 'qas' that is a list"),
    (squad({'question': 'Who?'}), "a question in paragraph 0 of article 0 "
     "has no 'id' that is a str"),
    (squad({'id': 'q7'}), "the question with the id 'q7' has no 'question'"),
    (squad(qa(start='16')), "'1' has no 'answer_start' that is a int"),
    (squad(), 'has no question'),
    (squad(qa(), qa()), "two questions of .* have the id '1'; give each"),
    (squad(qa('q7', start=15)), "the answer 'Denver' of question 'q7' in .* "
     "is not at its start, 15, where the passage has ' Denve'; "
     'count characters from 0, or remove the question'),
    (squad(qa(start=-1)), 'not at its start, -1'),
    (squad(qa(text='')), "the answer '' of question '1'"),
    (squad(qa(start=99)), "where the passage has ''"),
    (squad(qa(is_impossible=True)), "has answers, although 'is_impossible'")])
def test_bad_files(content, message, write):
    with pytest.raises(ValueError, match=message):
        read_squad(write(content))


@pytest.mark.parametrize('name, what', [('no.json', 'not there'),
                                        ('.', 'a folder')])
def test_no_file(name, what, tmp_path):
    with pytest.raises(FileNotFoundError, match=(
            rf'is {what}; give a JSON file of questions. SQuAD is not '
            r'downloaded: https://rajpurkar.github.io/SQuAD-explorer/ has '
            r'the files train-v1.1.json, dev-v1.1.json, train-v2.0.json, '
            r'dev-v2.0.json')):
        read_squad(tmp_path / name)


# d2l-bert data squad ------------------------------------------------------

def test_where_the_files_are(tmp_path, monkeypatch, run):
    folder = tmp_path / 'squad'
    folder.mkdir()
    monkeypatch.delenv('D2L_BERT_DATA', raising=False)
    with pytest.raises(FileNotFoundError, match='or set D2L_BERT_DATA to a '
                                                'folder that holds squad/'):
        find_squad()
    (folder / FILES[1]).write_text(' ' * 1_500_000)
    assert find_squad(tmp_path) == find_squad(folder) == folder
    monkeypatch.setenv('D2L_BERT_DATA', str(tmp_path))
    assert find_squad() == folder
    status, out, err = run('data', 'squad')
    assert (status, err) == (0, '')
    assert out == f'''\
squad       {folder}
            train-v1.1.json  missing
            dev-v1.1.json  1.5 MB
            train-v2.0.json  missing
            dev-v2.0.json  missing
            from https://rajpurkar.github.io/SQuAD-explorer/
'''


def test_no_files_at_all(tmp_path, run, monkeypatch):
    monkeypatch.delenv('D2L_BERT_DATA', raising=False)
    status, out, err = run('data', 'squad', '--data-dir', tmp_path)
    assert (status, out) == (1, '')
    assert re.fullmatch(r"d2l-bert: error: none of SQuAD's files is in .* or "
                        r'.*squad; put one there\. SQuAD is not downloaded: '
                        r'.*\n', err)
    assert "squad       none: none of SQuAD's" in run('data')[1]


# Scores -------------------------------------------------------------------

@pytest.mark.parametrize('text, normal', [
    ('The Denver Broncos!', 'denver broncos'), ('a', ''), ('', ''),
    ('U.S.A.', 'usa'), ('theatre an d', 'theatre d'), ('a-b', 'ab'),
    ('  two\t\nspaces ', 'two spaces'), ('(the) "Sea"', 'sea'),
    ('the–sea', '–sea'), ('É', 'é')])
def test_what_counts_of_an_answer(text, normal):
    assert normalize_answer(text) == normal


@pytest.mark.parametrize('prediction, answers, exact, f1', [
    ('Denver', ['denver.'], 1, 1),
    ('in Denver', ['Denver'], 0, 2 / 3),  # precision 1 / 2, recall 1
    ('Denver Denver', ['Denver'], 0, 2 / 3),  # the second has no partner
    ('red blue', ['blue green red gray'], 0, 2 / 3),  # 1 and 2 / 4
    ('Denver', ['Boulder'], 0, 0),
    ('Denver', ['Boulder', 'the Denver'], 1, 1),  # the best
    ('', [], 1, 1), ('the', [], 1, 1), ('Denver', [], 0, 0),
    ('', ['Denver'], 0, 0), ('a', ['the'], 1, 1), ('x', ['the'], 0, 0),
    ('', ['the', 'Denver'], 0, 0)])
def test_scores_by_hand(prediction, answers, exact, f1):
    assert exact_match(prediction, answers) == exact
    assert f1_score(prediction, answers) == pytest.approx(f1)


TEXTS = st.lists(st.sampled_from(
    ['the', 'a', 'An', 'sea', 'Sea.', '-', '"sea"', 'moon', '1,5', 'É', ' ']),
    max_size=6).map(' '.join)


@given(TEXTS, st.lists(TEXTS, max_size=3))
def test_scores_by_the_slow_rule(prediction, answers):
    """F1 as a count of pairs: each word of one takes one of the other."""
    def words(text):
        kept = [c for c in text.lower() if c not in string.punctuation]
        return [word for word in ''.join(kept).split()
                if word not in ('a', 'an', 'the')]

    references = [words(answer) for answer in answers if words(answer)]
    best_exact, best_f1 = 0, 0
    for right in references or [[]]:
        left, shared = words(prediction), 0
        if left == right:
            best_exact = 1
        for word in right:
            if word in left:
                left.remove(word)
                shared += 1
        if words(prediction) and right:
            precision = shared / len(words(prediction))
            recall = shared / len(right)
            f1 = shared and 2 * precision * recall / (precision + recall)
        else:
            f1 = float(words(prediction) == right)
        best_f1 = max(best_f1, f1)
    assert exact_match(prediction, answers) == best_exact
    assert f1_score(prediction, answers) == pytest.approx(best_f1)


def question(name, *answers):
    return Question(name, PASSAGE, 'Where?', answers, (0,) * len(answers), '')


def test_scores_of_many():
    questions = [question('1', 'Denver'), question('2', 'Boulder', 'Aspen'),
                 question('3'), question('4')]
    predictions = {'1': 'denver', '2': 'in Aspen', '3': '', '4': 'Denver',
                   'another': 'x'}
    assert score_answers(predictions, questions) == pytest.approx({
        'exact_match': 50, 'f1': 100 * (1 + 2 / 3 + 1) / 4, 'count': 4,
        'answerable_f1': 100 * (1 + 2 / 3) / 2, 'unanswerable_accuracy': 50})
    assert score_answers(predictions, iter(questions[:2])) == pytest.approx({
        'exact_match': 50, 'f1': 100 * 5 / 6, 'count': 2})
    assert score_answers(predictions, questions[2:]) == {
        'exact_match': 50, 'f1': 50, 'count': 2, 'unanswerable_accuracy': 50}


@pytest.mark.parametrize('function, error, message', [
    (lambda: score_answers({}, []), ValueError, 'no question to score'),
    (lambda: score_answers({}, [question('7')]), ValueError,
     "the question with the id '7' has no prediction; give '' if"),
    (lambda: score_answers({'7': None}, [question('7')]), TypeError,
     "the prediction for '7' must be a text, not None"),
    (lambda: f1_score('a', 'Denver'), TypeError,
     r"answers must be a list of texts, such as \['Denver'\]"),
    (lambda: exact_match('a', 'Denver'), TypeError, 'must be a list')])
def test_scores_of_something_else(function, error, message):
    with pytest.raises(error, match=message):
        function()
