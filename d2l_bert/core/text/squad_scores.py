"""Exact match and F1 of answers, as SQuAD defines them.

Source: Rajpurkar et al., SQuAD: 100,000+ Questions for Machine Comprehension
of Text (2016), section 6.1; for questions without an answer, Know What You
Don't Know: Unanswerable Questions for SQuAD (2018), section 5.
"""

import re
import string
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from ..checks import a_value, as_list
from .squad import Question

_NO_PUNCTUATION = str.maketrans('', '', string.punctuation)


def normalize_answer(text: str) -> str:
    """Return what of an answer counts.

    >>> normalize_answer(" The  cat's\\tbasket, a new one! ")
    'cats basket new one'

    That is lower case, without the punctuation of ASCII and without the
    articles 'a', 'an' and 'the', and with single spaces.
    """
    plain = text.lower().translate(_NO_PUNCTUATION)
    return ' '.join(re.sub(r'\b(?:a|an|the)\b', ' ', plain).split())


def exact_match(prediction: str, answers: Sequence[str]) -> float:
    """Return 1 if a prediction equals one of the answers, else 0.

    >>> exact_match('the Denver Broncos', ['Broncos', 'Denver Broncos'])
    1.0
    >>> exact_match('Denver', ['Broncos', 'Denver Broncos'])
    0.0
    >>> exact_match('', []), exact_match('Denver', [])
    (1.0, 0.0)

    Only what `normalize_answer` returns counts. Without an answer, '' is
    right.
    """
    return _best(lambda a, b: float(a == b), prediction, answers)


def f1_score(prediction: str, answers: Sequence[str]) -> float:
    """Return how much of its words a prediction shares with an answer.

    >>> f1_score('beat the Denver Broncos', ['Denver Broncos'])
    0.8

    Two of its three words that count are right, so the precision is 2 / 3.
    Both words of the answer are found, so the recall is 1. F1 is their
    harmonic mean, 2 * precision * recall / (precision + recall). A word
    counts as often as it occurs in both. The best over all answers is
    returned.

    >>> f1_score('', []), f1_score('Denver', []), f1_score('', ['Denver'])
    (1.0, 0.0, 0.0)
    """
    return _best(_f1, prediction, answers)


def score_answers(predictions: Mapping[str, str],
                  questions: Sequence[Question]) -> dict[str, float]:
    """Return the scores of predicted answers, which are found by their ids.

    >>> passage = 'the Denver Broncos won'
    >>> questions = [
    ...     Question('1', passage, 'who won ?', ('Denver Broncos',), (4,), ''),
    ...     Question('2', passage, 'who lost ?', (), (), '')]
    >>> score_answers({'1': 'the Broncos', '2': ''}, questions)
    ... # doctest: +NORMALIZE_WHITESPACE
    {'exact_match': 50.0, 'f1': 83.33333333333333, 'count': 2,
     'answerable_f1': 66.66666666666666, 'unanswerable_accuracy': 100.0}

    The scores are means in percent:

        exact_match            of all questions
        f1                     of all questions
        count                  the number of questions
        answerable_f1          of those that have an answer
        unanswerable_accuracy  of those that have none: predictions of ''

    The last two are there only if some questions have no answer, and
    'answerable_f1' only if others have one.

    Raises ValueError if there is no question, or one without a prediction.
    """
    questions = as_list('questions', questions, "read_squad('dev-v2.0.json')")
    if not questions:
        raise ValueError('there is no question to score')
    exact, f1, answerable = [], [], []
    for question in questions:
        if question.id not in predictions:
            raise ValueError(f'the question with the id {question.id!r} has '
                             f"no prediction; give '' if the passage does "
                             f'not answer it')
        prediction = predictions[question.id]
        if not isinstance(prediction, str):
            raise TypeError(f'the prediction for {question.id!r} must be a '
                            f'text, not {a_value(prediction)}')
        exact.append(exact_match(prediction, question.answers))
        f1.append(f1_score(prediction, question.answers))
        answerable.append(bool(question.answers))
    scores = {'exact_match': _percent(exact), 'f1': _percent(f1),
              'count': len(questions)}
    if not all(answerable):
        with_answer = [one for one, has in zip(f1, answerable) if has]
        if with_answer:
            scores['answerable_f1'] = _percent(with_answer)
        scores['unanswerable_accuracy'] = _percent(
            [one for one, has in zip(exact, answerable) if not has])
    return scores


def _best(score: Callable[[str, str], float], prediction: str,
          answers: Sequence[str]) -> float:
    """Return the best score over the answers, or that of '' without one."""
    if isinstance(answers, str):
        raise TypeError(f'answers must be a list of texts, such as '
                        f'[{answers!r}], not {a_value(answers)}')
    # As in SQuAD 2.0: an answer of which nothing counts is no answer.
    counted = [*filter(None, map(normalize_answer, answers))] or ['']
    normal = normalize_answer(prediction)
    return max(score(normal, answer) for answer in counted)


def _f1(prediction: str, answer: str) -> float:
    predicted, right = Counter(prediction.split()), Counter(answer.split())
    if not predicted or not right:
        return float(predicted == right)
    shared = (predicted & right).total()
    return 2 * shared / (predicted.total() + right.total())


def _percent(scores: Sequence[float]) -> float:
    return 100 * sum(scores) / len(scores)
