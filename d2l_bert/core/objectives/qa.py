"""Extractive question answering: where in a passage does the answer stand?

A model reads '<cls> passage <sep> question <sep>' and points to the first
and to the last token of the answer, or twice to '<cls>' if there is none.

Source: Joshi et al., SpanBERT: Improving Pre-training by Representing and
Predicting Spans (2020), section 4.1; windows as in Devlin et al., BERT (2019).
"""

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from ..checks import a_value, as_list, check_whole
from ..examples.container import Examples
from ..progress import progress
from ..text.squad import Question, check_answers
from ..tokens.vocab import CLS, PAD, SEP, Vocab, check_is_vocab
from ..tokens.words import (
    Tokenizer, TokenizerChoice, make_tokenizer, tokenize_text, vocab_of)
from .columns import TokenColumns
from .spans import Span

MAX_QUESTION = 64  # tokens of a question that are read, as in BERT's code
MIN_LEN = 8  # '<cls>', three tokens, '<sep>', two tokens, '<sep>'
MAX_GAP = 50  # characters before a token that may belong to no token


class _Fields(NamedTuple):
    token_ids: Any
    segments: Any
    valid_lens: Any
    answer_starts: Any
    answer_ends: Any


class QAColumns(TokenColumns, _Fields):
    """Five arrays that together are N windows, each with a question.

        token_ids      (N, max_len)  int      '<cls> passage <sep> question
                                              <sep>', then padding
        segments       (N, max_len)  int      0 in the passage, 1 from the
                                              question to its '<sep>', then 0
        valid_lens     (N,)          float32  tokens that are not padding
        answer_starts  (N,)          int      position of the answer's first
                                              token, or 0 for '<cls>'
        answer_ends    (N,)          int      position of its last token, or 0

    Both are 0 if the window does not hold the whole answer. The arrays are
    NumPy's, PyTorch's or MXNet's.
    """

    meanings = {
        'token_ids': 'passage and question, then padding',
        'segments': '0 in the passage, 1 in the question, then 0',
        'valid_lens': 'number of tokens without padding',
        'answer_starts': "position of the answer's first token, 0 if none",
        'answer_ends': "position of the answer's last token, 0 if none"}

    def loss_weights(self) -> dict[str, float]:
        """Return the weight of each loss: one start and one end a window.

        >>> QAColumns(*[np.zeros(3)] * 5).loss_weights()
        {'start': 3.0, 'end': 3.0}
        """
        return {'start': float(len(self.answer_starts)),
                'end': float(len(self.answer_ends))}


class Passage(NamedTuple):
    """The tokens of a passage, and where in the text each stands."""

    token_ids: list[int]
    places: list[Span]  # in characters


class Windows(NamedTuple):
    """What a model reads of some questions: N windows, in their order.

    The passage's tokens `firsts[i]` to `firsts[i] + counts[i]`, without the
    last, are at the positions from 1 of window i.
    """

    token_ids: np.ndarray  # (N, max_len)
    segments: np.ndarray  # (N, max_len)
    valid_lens: np.ndarray  # (N,) float32
    questions: np.ndarray  # (N,) the number of its question
    firsts: np.ndarray  # (N,) the first token of the passage in it
    counts: np.ndarray  # (N,) how many tokens of the passage are in it
    passages: list[Passage]  # of each question


def make_qa_examples(questions: Sequence[Question], max_len: int,
                     vocab: Vocab, *, tokenizer: TokenizerChoice = 'words',
                     stride: int | None = None, int_dtype: Any = np.int64
                     ) -> Examples[QAColumns]:
    """Make examples of questions, one for each window of a passage.

    >>> vocab = Vocab('it rose at six when did'.split(), 0,
    ...               ['<pad>', '<mask>', '<cls>', '<sep>'])
    >>> question = Question('1', 'it rose at six', 'when did it', ('six',),
    ...                     (11,), 'Tides')
    >>> examples = make_qa_examples([question], 12, vocab)
    >>> ' '.join(vocab.to_tokens(examples.columns.token_ids[0]))
    '<cls> it rose at six <sep> when did it <sep> <pad> <pad>'
    >>> examples.columns.answer_starts, examples.columns.answer_ends
    (array([4]), array([4]))

    A passage that does not fit is cut into windows that overlap: each begins
    `stride` tokens after the one before, by default half of what fits, and
    the last one reaches the end. In a window without the whole answer the
    model is to point to '<cls>'. Of several answers the first one counts. Of
    a question `MAX_QUESTION` tokens are read, or less than half of `max_len`.
    Texts are put into lower case, unless the tokenizer is `cased`.

    The windows of a question whose answer has no token are left out;
    `num_dropped` says how many.

    Raises ValueError or TypeError for questions or options that make no
    example possible.

    Source: Joshi et al. (2020), section 4.1.
    """
    questions = check_questions(questions)  # a list, also of a generator
    made = windows(questions, max_len, vocab, tokenizer=tokenizer,
                   stride=stride, int_dtype=int_dtype)
    answers = [_answer_tokens(question, passage) for question, passage
               in zip(questions, made.passages)]
    spans = np.array(answers).reshape(-1, 2)[made.questions]  # (N, 2)
    lasts = spans[:, 1] - 1
    inside = ((spans[:, 1] > 0) & (spans[:, 0] >= made.firsts)
              & (lasts < made.firsts + made.counts))
    starts, ends = (
        np.where(inside, tokens - made.firsts + 1, 0).astype(int_dtype)
        for tokens in (spans[:, 0], lasts))
    kept = np.flatnonzero(spans[:, 0] >= 0)
    if not len(kept):
        raise ValueError('no answer has a token, so there is no example; '
                         'choose another tokenizer')
    columns = QAColumns(made.token_ids, made.segments, made.valid_lens,
                        starts, ends)
    if len(kept) < len(starts):
        columns = QAColumns(*(column[kept] for column in columns))
    return Examples(columns, vocab, len(starts),
                    tokenizer=make_tokenizer(tokenizer))


def windows(questions: Sequence[Question], max_len: int, vocab: Vocab, *,
            tokenizer: TokenizerChoice = 'words', stride: int | None = None,
            int_dtype: Any = np.int64) -> Windows:
    """Cut the passages of some questions into windows that a model can read.

    >>> vocab = Vocab(list('abcdefg'), 0,
    ...               ['<pad>', '<mask>', '<cls>', '<sep>'])
    >>> question = Question('1', 'a b c d e f g', 'a', (), (), '')
    >>> made = windows([question], 8, vocab, stride=3)
    >>> made.firsts.tolist(), made.counts.tolist()
    ([0, 3], [4, 4])

    Training and answering both read these. The arguments are those of
    `make_qa_examples`, which raises the same errors.
    """
    questions = check_questions(questions)
    check_whole('max_len', max_len, least=MIN_LEN)
    check_is_vocab(vocab)
    vocab_of(tokenizer, vocab)
    most = min(MAX_QUESTION, (max_len - 3) // 2)  # tokens of a question
    if stride is not None:
        check_whole('stride', stride, least=1, most=max_len - 3 - most)
    cut, rows = make_tokenizer(tokenizer), []
    read: dict[str, Passage] = {}  # many questions are about one passage
    for i, question in enumerate(progress(questions, desc='windows')):
        if question.passage not in read:
            read[question.passage] = _passage(question.passage, cut, vocab)
        asked = vocab[tokenize_text(question.question, cut,
                                    vocab.special_tokens)[:most]]
        count = len(read[question.passage].token_ids)
        if not (asked and count):
            raise ValueError(f'the passage or the question of question {i}, '
                             f'with the id {question.id!r}, has no token; '
                             f'choose another tokenizer, or leave it out')
        rows += [(i, first, last, asked) for first, last in window_borders(
            count, max_len - 3 - len(asked), stride)]
    passages = [read[question.passage] for question in questions]
    return _filled(rows, passages, max_len, vocab, int_dtype)


def window_borders(count: int, room: int, stride: int | None = None
                   ) -> list[Span]:
    """Return the windows of a passage of `count` tokens.

    >>> [tuple(window) for window in window_borders(9, room=4)]
    [(0, 4), (2, 6), (4, 8), (6, 9)]
    >>> [tuple(window) for window in window_borders(4, room=4)]
    [(0, 4)]

    A window has `room` tokens, the last one those that are left. Each begins
    `stride` tokens after the one before, by default half of `room`.
    """
    stride = max(1, room // 2) if stride is None else stride
    last = max(0, -(-(count - room) // stride))  # the first that has the end
    return [Span(first, min(first + room, count))
            for first in range(0, last * stride + 1, stride)]


def token_places(text: str, tokens: Sequence[str]) -> list[Span]:
    """Return where in a text its tokens stand, in characters.

    >>> [tuple(place) for place in token_places(
    ...     'In 1876, unseen', ['in', '1876', ',', 'un', '##seen'])]
    [(0, 2), (3, 7), (7, 8), (9, 11), (11, 15)]
    >>> [tuple(place) for place in token_places('a \u2603 b',
    ...                                         ['a', '[UNK]', 'b'])]
    [(0, 1), (1, 1), (4, 5)]

    Case and accents do not matter. Tokens that cannot be found get an empty
    place after the token before.
    """
    plain, places, end, missing = _plain(text), [], 0, 0
    for token in tokens:
        piece = token[2:] if token.startswith('##') and token[2:] else token
        # Not any further: a token that is missing here may occur later, and
        # then all that stand between could not be found.
        limit = end + len(piece) + MAX_GAP * (missing + 1)
        start = plain.find(_plain(piece), end, limit) if piece else -1
        if start < 0:
            missing += 1
            places.append(Span(end, end))
        else:
            missing, end = 0, start + len(piece)
            places.append(Span(start, end))
    return places


def check_questions(questions: Sequence[Question]) -> list[Question]:
    """Return a list of questions, or raise ValueError or TypeError.

    >>> check_questions(['who rose ?'])
    Traceback (most recent call last):
    ...
    TypeError: question 0 must be a Question, as read_squad and \
load_questions return, not the str 'who rose ?'
    """
    questions = as_list('questions', questions, "read_squad('my.json')")
    if not questions:
        raise ValueError('there is no question')
    for i, question in enumerate(questions):
        if not isinstance(question, Question):
            raise TypeError(f'question {i} must be a Question, as read_squad '
                            f'and load_questions return, not '
                            f'{a_value(question)}')
        for name in ('passage', 'question'):
            check_text(f'the {name} of question {i}, with the id '
                       f'{question.id!r},', getattr(question, name))
        check_answers(question)
    return questions


def check_text(name: str, text: str) -> None:
    """Raise ValueError or TypeError unless this is a text with a word.

    >>> check_text('passage', ' ')
    Traceback (most recent call last):
    ...
    ValueError: passage is empty; give a text with a word at least
    """
    if not isinstance(text, str):
        raise TypeError(f'{name} must be a text, not {a_value(text)}')
    if not text.strip():
        raise ValueError(f'{name} is empty; give a text with a word at least')


# Steps --------------------------------------------------------------------

def _passage(text: str, tokenizer: Tokenizer, vocab: Vocab) -> Passage:
    tokens = tokenize_text(text, tokenizer, vocab.special_tokens)
    return Passage(vocab[tokens], token_places(text, tokens))


def _filled(rows: Sequence[tuple[int, int, int, list[int]]],
            passages: list[Passage], max_len: int, vocab: Vocab,
            int_dtype: Any) -> Windows:
    """Return windows, each '<cls> passage <sep> question <sep>', padded."""
    cls, sep = vocab.special(CLS), vocab.special(SEP)
    token_ids = np.full((len(rows), max_len), vocab.special(PAD), int_dtype)
    segments = np.zeros_like(token_ids)
    lens = np.zeros(len(rows), np.float32)
    for row, (i, first, last, asked) in enumerate(rows):
        ids = [cls, *passages[i].token_ids[first:last], sep, *asked, sep]
        token_ids[row, :len(ids)] = ids
        segments[row, last - first + 2:len(ids)] = 1
        lens[row] = len(ids)
    numbers, firsts, lasts = np.array([row[:3] for row in rows]).T
    return Windows(token_ids, segments, lens, numbers, firsts, lasts - firsts,
                   passages)


def _answer_tokens(question: Question, passage: Passage) -> Span:
    """Return the tokens that overlap the first answer.

    It is (0, 0) if there is no answer, and (-1, -1) if it has no token.
    """
    if not question.answers:
        return Span(0, 0)
    start = question.starts[0]
    end = start + len(question.answers[0])
    first = bisect_right(passage.places, start, key=attrgetter('end'))
    last = bisect_left(passage.places, end, key=attrgetter('start'))
    return Span(first, last) if first < last else Span(-1, -1)


class _Plain(dict[int, str]):
    """For `str.translate`: a letter in lower case, without its accent.

    Every character stays one, so that places stay the same. A character is
    looked at when it is first met: there are a million.
    """

    def __missing__(self, code: int) -> str:
        letter = unicodedata.normalize('NFD', chr(code))[0].lower()
        self[code] = letter if len(letter) == 1 else chr(code)
        return self[code]


_PLAIN = _Plain()


def _plain(text: str) -> str:
    return text.translate(_PLAIN)
