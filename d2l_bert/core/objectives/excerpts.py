"""Passages -> shorter ones around the answers, for models that read little.

A model of 64 tokens would read a paragraph in many windows, and be told of
most of them that there is no answer.
"""

from collections.abc import Sequence

from ..checks import check_whole
from ..examples.keys import CHOOSE, below, number
from ..text.squad import Question
from .qa import check_questions
from .spans import Span


def excerpts(questions: Sequence[Question], max_words: int, *,
             seed: int = 0) -> list[Question]:
    """Return the questions with some sentences of each passage.

    >>> passage = 'it rained . the sea rose at six . it fell . all slept .'
    >>> asked = Question('1', passage, 'when did the sea rise ?', ('six',),
    ...                  (28,), 'Tides')
    >>> excerpts([asked], 10)[0].passage
    'the sea rose at six . it fell .'
    >>> excerpts([asked], 10)[0].starts
    (16,)

    The sentences follow one another, and the one with the first answer is
    among them; if there is no answer, one that shares most words with the
    question. They have at most `max_words` words, unless that sentence alone
    has more. Which of the possible excerpts it is depends on `seed`, so that
    the answer is not always in the middle. A sentence ends with ' . '.

    Other answers that are not in the excerpt are left out. Raises ValueError
    or TypeError for wrong arguments.
    """
    check_whole('max_words', max_words, least=1)
    return [_excerpt(question, max_words, seed, i)
            for i, question in enumerate(check_questions(questions))]


def _excerpt(question: Question, max_words: int, seed: int, i: int
             ) -> Question:
    sentences = _sentences(question.passage)
    chosen = _windows(question.passage, sentences,
                      _target(question, sentences), max_words)
    first, last = chosen[below(number(seed, CHOOSE, 0, i, 0), len(chosen))]
    start, end = sentences[first].start, sentences[last].end
    inside = [(text, place - start) for text, place
              in zip(question.answers, question.starts)
              if start <= place and place + len(text) <= end]
    return question._replace(
        passage=question.passage[start:end],
        answers=tuple(text for text, _ in inside),
        starts=tuple(place for _, place in inside))


def _sentences(passage: str) -> list[Span]:
    """Return where the sentences are, in characters."""
    found, start = [], 0
    for part in passage.split(' . '):
        end = min(start + len(part) + 2, len(passage))  # with its full stop
        if part.strip():
            found.append(Span(start, end))
        start += len(part) + 3
    return found or [Span(0, len(passage))]


def _target(question: Question, sentences: Sequence[Span]) -> Span:
    """Return the first and the last sentence that must be there."""
    if question.answers:
        start = question.starts[0]
        end = start + len(question.answers[0])
        numbers = [i for i, sentence in enumerate(sentences)
                   if sentence.start < end and start < sentence.end]
        return Span(numbers[0], numbers[-1])
    words = {*question.question.split()}
    shared = [len(words & {*question.passage[start:end].split()})
              for start, end in sentences]
    best = shared.index(max(shared))
    return Span(best, best)


def _windows(passage: str, sentences: Sequence[Span], target: Span,
             max_words: int) -> list[Span]:
    """Return the runs of sentences that fit, as first and last; each is as
    long as can be."""
    def fits(first: int, last: int) -> bool:
        return (first >= 0 and last < len(sentences) and len(passage[
            sentences[first].start:sentences[last].end].split())
            <= max_words)

    runs = [Span(first, last) for first in range(target.start, -1, -1)
            for last in range(target.end, len(sentences))
            if fits(first, last) and not fits(first - 1, last)
            and not fits(first, last + 1)]
    return runs or [target]
