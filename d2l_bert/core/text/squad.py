"""Questions about passages, and SQuAD's files of them.

Source: Rajpurkar et al., SQuAD: 100,000+ Questions for Machine Comprehension
of Text (2016), and Know What You Don't Know: Unanswerable Questions for SQuAD
(2018).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ..files import PathLike
from .catalog import ENVIRONMENT, cache_dir, environment_folder
from .lines import open_text
from .sources import given_path

FOLDER = 'squad'
FILES = ('train-v1.1.json', 'dev-v1.1.json', 'train-v2.0.json',
         'dev-v2.0.json')
ADDRESS = 'https://rajpurkar.github.io/SQuAD-explorer/'
ORIGIN = (f'SQuAD is not downloaded: {ADDRESS} has the files '
          f'{", ".join(FILES)}')


class Question(NamedTuple):
    """A question about a passage, and its answers.

    >>> Question('1', 'The sea rose .', 'What rose ?', ('The sea',), (0,),
    ...          'Tides').answers
    ('The sea',)
    """

    id: str
    passage: str
    question: str
    answers: tuple[str, ...]  # none: the passage does not answer it
    starts: tuple[int, ...]  # where each begins in the passage, in characters
    title: str  # of the article


def read_squad(path: PathLike) -> list[Question]:
    """Read a JSON file in the format of SQuAD 1.1 or 2.0.

    >>> from tempfile import TemporaryDirectory
    >>> paragraph = {'context': 'It rose at six.', 'qas': [
    ...     {'id': '1', 'question': 'When did it rise?', 'answers': [
    ...         {'text': 'six', 'answer_start': 11}]},
    ...     {'id': '2', 'question': 'When did it fall?', 'answers': [],
    ...      'is_impossible': True}]}
    >>> with TemporaryDirectory() as home:
    ...     _ = Path(home, 'my.json').write_text(json.dumps({'data': [
    ...         {'title': 'Tides', 'paragraphs': [paragraph]}]}))
    ...     questions = read_squad(Path(home, 'my.json'))
    >>> [(one.question, one.answers, one.starts) for one in questions]
    [('When did it rise?', ('six',), (11,)), ('When did it fall?', (), ())]

    A question without answers cannot be answered from its passage. The file
    may be compressed by gzip.

    Raises FileNotFoundError if there is no such file, and ValueError if it is
    not JSON or not SQuAD's, if two questions have the same id, or if an
    answer is not where the file says.
    """
    there = given_path('path', path)
    if not there.is_file():
        what = 'a folder' if there.is_dir() else 'not there'
        raise FileNotFoundError(f'{there} is {what}; give a JSON file of '
                                f'questions. {ORIGIN}')
    with open_text(there) as file:
        try:
            content = json.load(file)
        except json.JSONDecodeError as error:
            raise ValueError(f'{there} is not JSON ({error}); give a file '
                             f'such as {FILES[0]}. {ORIGIN}') from error
    questions: dict[str, Question] = {}
    for question in _questions(there, content):
        check_answers(question, f' in {there}')
        if question.id in questions:
            raise ValueError(f'two questions of {there} have the id '
                             f'{question.id!r}; give each an id of its own')
        questions[question.id] = question
    if not questions:
        raise ValueError(f'{there} has no question')
    return [*questions.values()]


def check_answers(question: Question, where: str = '') -> None:
    """Raise ValueError unless each answer is where the question says.

    >>> check_answers(Question('7', 'it rose at six', 'when ?', ('six',),
    ...                        (10,), ''))
    Traceback (most recent call last):
    ...
    ValueError: the answer 'six' of question '7' is not at its start, 10, \
where the passage has ' si'; count characters from 0, or remove the question
    """
    if len(question.answers) != len(question.starts):
        raise ValueError(f'question {question.id!r}{where} has '
                         f'{len(question.answers)} answers and '
                         f'{len(question.starts)} starts; give a start for '
                         f'each answer')
    for text, start in zip(question.answers, question.starts):
        found = question.passage[max(start, 0):max(start, 0) + len(text)]
        if found != text or not text or start < 0:
            raise ValueError(
                f'the answer {text!r} of question {question.id!r}{where} is '
                f'not at its start, {start}, where the passage has '
                f'{found!r}; count characters from 0, or remove the question')


def find_squad(data_dir: PathLike | None = None) -> Path:
    """Find the folder that holds some of SQuAD's files.

    >>> find_squad('no/such')  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    FileNotFoundError: none of SQuAD's files is in no/such or \
no/such/squad; put one there. SQuAD is not downloaded: ...

    Without `data_dir` it is the folder 'squad' in the one that D2L_BERT_DATA
    names, or in the cache. Raises FileNotFoundError if no file is there.
    """
    if data_dir is not None:
        given = given_path('data_dir', data_dir)
        folders = [given, given / FOLDER]
    else:
        shelf = environment_folder()
        folders = [home / FOLDER for home in (shelf, cache_dir()) if home]
    for folder in folders:
        if any((folder / file).is_file() for file in FILES):
            return folder
    advice = '' if data_dir is not None else (
        f', or set {ENVIRONMENT} to a folder that holds {FOLDER}/')
    raise FileNotFoundError(f"none of SQuAD's files is in "
                            f'{" or ".join(map(str, folders))}; put one '
                            f'there{advice}. {ORIGIN}')


def _questions(path: Path, content: Any) -> Iterator[Question]:
    """Yield the questions of a file in its order."""
    whole = str(path)
    for i, article in enumerate(_part(content, 'data', list, whole, path)):
        where = f'article {i}'
        title = _part(article, 'title', str, where, path, '')
        for j, paragraph in enumerate(_part(article, 'paragraphs', list,
                                            where, path)):
            place = f'paragraph {j} of article {i}'
            passage = _part(paragraph, 'context', str, place, path)
            for item in _part(paragraph, 'qas', list, place, path):
                yield _question(item, passage, title, place, path)


def _question(item: Any, passage: str, title: str, place: str, path: Path
              ) -> Question:
    name = _part(item, 'id', str, f'a question in {place}', path)
    where = f'the question with the id {name!r}'
    answers = _part(item, 'answers', list, where, path, [])
    if answers and _part(item, 'is_impossible', bool, where, path, False):
        raise ValueError(f'{where} of {path} has answers, although '
                         f"'is_impossible' is true; correct one of them")
    return Question(
        name, passage, _part(item, 'question', str, where, path),
        tuple(_part(answer, 'text', str, where, path) for answer in answers),
        tuple(_part(answer, 'answer_start', int, where, path)
              for answer in answers), title)


def _part(whole: Any, key: str, kind: type, where: str, path: Path,
          default: Any = None) -> Any:
    """Return a part of the file, or raise ValueError if it is not SQuAD's."""
    found = whole.get(key, default) if isinstance(whole, dict) else None
    if isinstance(found, kind):
        return found
    raise ValueError(f'{path} is not in the format of SQuAD: {where} has no '
                     f'{key!r} that is a {kind.__name__}. {ORIGIN}')
