"""A fine-tuned model at work: the span of a passage that answers a question.

`net` is a model of either backend for question answering. Its `predict`
returns the logits of the start and of the end of the answer, for each
position, as NumPy arrays.

Source: Devlin et al., BERT (2019), sections 4.2 and 4.3.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..checks import check_whole
from ..examples.padding import length_mask
from ..objectives.qa import Windows, check_questions, check_text, windows
from ..progress import progress
from ..text.squad import Question
from ..text.squad_scores import score_answers
from .inputs import Inputs, check_vocab

LOSSES = ('start', 'end')  # of a model for question answering
MAX_ANSWER = 30  # tokens
BATCH = 32  # windows that a model reads at once
AT_ONCE = 256  # questions whose windows are in memory


class Answer(NamedTuple):
    """A predicted answer, and where in the passage it stands.

    `text` is '' if the passage does not answer the question; then `start` and
    `end` are 0. `probability` is that of its first token times that of its
    last one, or that of '<cls>' for both. `score` is the logarithm of the
    best span's probability minus that of no answer: above 0 a span is more
    probable.
    """

    text: str
    score: float
    start: int  # in characters
    end: int  # the first character after it
    probability: float


class Spans(NamedTuple):
    """The best span of each of N windows, by log-probabilities."""

    scores: np.ndarray  # (N,) log p(start) + log p(end)
    starts: np.ndarray  # (N,) positions
    ends: np.ndarray  # (N,) positions, inclusive
    none: np.ndarray  # (N,) the same of '<cls>', which is no answer


def answer(net: Any, passage: str, question: str, *,
           max_answer_len: int = MAX_ANSWER, stride: int | None = None,
           can_refuse: bool = True) -> Answer:
    """Return the most probable answer to a question about a passage.

    >>> from d2l_bert.core import Vocab
    >>> class Net:  # a model that always points to position 4
    ...     vocab = Vocab(['six'], 0, ['<pad>', '<mask>', '<cls>', '<sep>'])
    ...     tokenizer, layout, loss_names = 'words', 'pair', ('start', 'end')
    ...     class config: max_len = 64
    ...     def predict(self, inputs, positions):
    ...         logits = np.zeros(inputs.token_ids.shape)
    ...         logits[:, 4] = 9
    ...         return [logits, logits]
    >>> found = answer(Net(), 'It rose at six .', 'When did it rise ?')
    >>> found.text, found.start, found.end, round(found.score)
    ('six', 11, 14, 18)

    It is a span of at most `max_answer_len` tokens of the passage. A passage
    that the model cannot read at once is read in windows that overlap; each
    begins `stride` tokens after the one before, by default half of what fits.
    The best span of all windows is taken. It is '' if no answer is more
    probable in some window, unless `can_refuse` is False.

    Raises ValueError for an empty text, and for a model that was not
    fine-tuned on questions, has no vocabulary, or predicts NaN.
    """
    check_text('passage', passage)
    check_text('question', question)
    asked = Question('0', passage, question, (), (), '')
    return next(_answers(net, [asked], max_answer_len, stride, can_refuse)
                )[1]


def answers_of(net: Any, questions: Sequence[Question], *,
               max_answer_len: int = MAX_ANSWER, stride: int | None = None,
               can_refuse: bool = True) -> dict[str, str]:
    """Return the text of the most probable answer, by the question's id.

    The options are those of `answer`, and so are the errors; it raises
    ValueError, too, if two questions have the same id.
    """
    questions = check_questions(questions)
    texts = {question.id: '' for question in questions}
    if len(texts) < len(questions):
        raise ValueError('several questions have the same id, so their '
                         'answers could not be told apart')
    with progress(total=len(questions), desc='answering') as bar:
        for name, found in _answers(net, questions, max_answer_len, stride,
                                    can_refuse):
            texts[name] = found.text
            bar.update()
    return texts


def evaluate_qa(net: Any, questions: Sequence[Question], *,
                max_answer_len: int = MAX_ANSWER, stride: int | None = None,
                can_refuse: bool = True) -> dict[str, float]:
    """Answer questions, and return exact match and F1 as `score_answers`.

    The options are those of `answer`. For SQuAD 1.1, where every question has
    an answer, set `can_refuse` to False.
    """
    questions = check_questions(questions)  # a list, also of a generator
    return score_answers(answers_of(
        net, questions, max_answer_len=max_answer_len, stride=stride,
        can_refuse=can_refuse), questions)


def best_spans(starts: np.ndarray, ends: np.ndarray, lens: np.ndarray,
               counts: np.ndarray, max_answer_len: int) -> Spans:
    """Return the best span of each window from its logits, (N, len).

    >>> spans = best_spans(np.array([[0., 0, 5, 0, 9]]),
    ...                    np.array([[0., 3, 0, 4, 9]]),
    ...                    np.array([5]), np.array([3]), 30)
    >>> spans.starts, spans.ends
    (array([2]), array([3]))

    Window i has `lens[i]` tokens, and at the positions from 1 on `counts[i]`
    of the passage. Only these are part of a span, so position 4, of the
    question, is not, and a span does not end before it starts.
    """
    valid = length_mask(lens, starts.shape[1])  # (N, len)
    first, last = (_log_softmax(logits, valid) for logits in (starts, ends))
    none = first[:, 0] + last[:, 0]
    outside = ~length_mask(counts + 1, starts.shape[1])
    outside[:, 0] = True
    first, last = (np.where(outside, -np.inf, logs) for logs in (first, last))
    rows = np.arange(len(starts))
    best = Spans(np.full(len(starts), -np.inf), np.zeros(len(starts), int),
                 np.zeros(len(starts), int), none)
    for more in range(min(max_answer_len, starts.shape[1])):
        sums = first[:, :starts.shape[1] - more] + last[:, more:]
        places = sums.argmax(axis=1)  # (N,)
        better = sums[rows, places] > best.scores
        best.scores[better] = sums[rows, places][better]
        best.starts[better] = places[better]
        best.ends[better] = places[better] + more
    return best


# Steps --------------------------------------------------------------------

def _answers(net: Any, questions: Sequence[Question], max_answer_len: int,
             stride: int | None, can_refuse: bool
             ) -> Iterator[tuple[str, Answer]]:
    """Yield the id and the answer of each question."""
    check_whole('max_answer_len', max_answer_len, least=1)
    vocab = _check_net(net)
    for at in range(0, len(questions), AT_ONCE):
        some = questions[at:at + AT_ONCE]
        made = windows(some, net.config.max_len, vocab,
                       tokenizer=net.tokenizer, stride=stride)
        spans = _predicted(net, made, max_answer_len)
        borders = np.searchsorted(made.questions, range(len(some) + 1))
        for i, question in enumerate(some):
            yield question.id, _of_question(
                question, made, spans, slice(borders[i], borders[i + 1]),
                can_refuse)


def _check_net(net: Any) -> Any:
    names = getattr(net, 'loss_names', ())
    if tuple(names) != LOSSES:
        raise ValueError(f'{type(net).__name__} was not fine-tuned on '
                         f'questions; make a model for them by finetune_qa')
    return check_vocab(net.vocab)


def _predicted(net: Any, made: Windows, max_answer_len: int) -> Spans:
    """Return the best spans of all windows, predicted batch by batch."""
    parts = []
    for at in range(0, len(made.questions), BATCH):
        rows = slice(at, at + BATCH)
        lens = made.valid_lens[rows]
        width = int(lens.max())
        starts, ends = net.predict(Inputs(
            made.token_ids[rows, :width], made.segments[rows, :width], lens,
            None), None)
        parts.append(best_spans(starts, ends, lens, made.counts[rows],
                                max_answer_len))
    spans = Spans(*map(np.concatenate, zip(*parts)))
    if np.isnan(spans.none).any():
        raise ValueError('the logits of the model are not numbers, as its '
                         'training has diverged; train it again with a lower '
                         'learning rate')
    return spans


def _of_question(question: Question, made: Windows, spans: Spans,
                 rows: slice, can_refuse: bool) -> Answer:
    """Return the best answer over the windows of a question.

    A window without the answer is right to point to '<cls>'. So there is no
    answer only if all of them do, and the window that does least decides.
    """
    none = float(spans.none[rows].min())
    row = rows.start + int(spans.scores[rows].argmax())
    best = float(spans.scores[row])
    if can_refuse and none >= best:
        return Answer('', best - none, 0, 0, float(np.exp(none)))
    shift = made.firsts[row] - 1  # from positions to tokens of the passage
    places = made.passages[made.questions[row]].places
    start = places[spans.starts[row] + shift].start
    end = places[spans.ends[row] + shift].end
    return Answer(question.passage[start:end], best - none, start, end,
                  float(np.exp(best)))


def _log_softmax(logits: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Return log-probabilities of the valid positions, -inf elsewhere."""
    logits = np.where(valid, logits.astype(np.float64), -np.inf)
    logits = logits - logits.max(axis=1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
