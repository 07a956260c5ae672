"""Questions for a class, made from articles by templates.

They stand in for SQuAD where there is no network. As in SQuAD 2.0, a third
of them cannot be answered: those are asked about another paragraph of the
article, which shares words with the question, but does not have the answer.
"""

import re
from collections.abc import Sequence

from ..checks import a_value, as_list, check_whole
from ..examples.keys import CHOOSE, ORDER, number, permutation
from ..files import PathLike
from ..randomness import MAX_KEY
from ..text.articles import Article, read_articles
from ..text.corpus import find_corpus
from ..text.sources import Corpus, named
from ..text.squad import Question
from ..text.templates import YEAR, Fact, find_facts
from ..tokens.vocab import UNK

HELD_OUT = 10  # every tenth article is for the test
STEM = 5  # letters by which words are compared, as 'reached' and 'reach'
# A passage, its words, and what it answers.
Told = tuple[str, set[str], Sequence[Fact]]
# Words of the questions that do not tell what a passage is about.
COMMON = {'been', 'does', 'from', 'have', 'into', 'many', 'other', 'that',
          'their', 'there', 'were', 'what', 'when', 'where', 'with',
          'another', 'name'}


def make_questions(documents: Sequence[Article], *, seed: int = 0,
                   lowercase: bool = True) -> list[Question]:
    """Make questions of what the articles tell, by templates.

    >>> [tides] = make_questions([Article('Tides', [
    ...     'The old mill was built in 1821 . It still turns .'])])
    >>> tides.id, tides.question, tides.answers, tides.starts
    ('when-0', 'when was the old mill built ?', ('1821',), (26,))

    `documents` come from `read_articles`. A passage is a paragraph; it has
    spaces around its tokens. About a third of the questions have no answer,
    if enough paragraphs share words with a question; their ids end in
    '-none'. The part of an id before the number is the kind of question, one
    of `KINDS` in `text.templates`. `lowercase=False` keeps capital letters.

    Which questions are asked once more, without an answer, depends on
    `seed`. Raises TypeError for what is no article.
    """
    check_whole('seed', seed, most=MAX_KEY)
    documents = as_list('documents', documents, 'read_articles([path])')
    answered: list[Question] = []
    twins: list[tuple[int, str]] = []
    asked = set()  # some questions and some paragraphs occur twice
    for article in documents:
        if not isinstance(article, Article):
            raise TypeError(f'a document must be an Article, as read_articles '
                            f'returns, not {a_value(article)}')
        for question, other in _of_article(article, lowercase):
            if (question.question, question.passage) in asked:
                continue
            asked.add((question.question, question.passage))
            if other and (question.question, other) not in asked:
                asked.add((question.question, other))
                twins.append((len(answered), other))
            answered.append(question._replace(
                id=f'{question.id}-{len(answered)}'))
    chosen = dict(_choose(twins, len(answered) // 2, seed))
    questions = []
    for i, question in enumerate(answered):
        questions.append(question)
        if i in chosen:
            questions.append(question._replace(
                id=f'{question.id}-none', passage=chosen[i], answers=(),
                starts=()))
    return questions


def load_questions(corpus: Corpus = 'wikitext-2',
                   data_dir: PathLike | None = None, *, seed: int = 0,
                   lowercase: bool = True
                   ) -> tuple[list[Question], list[Question]]:
    """Make questions of a text; return those for training and for a test.

    >>> train, test = load_questions('tiny')
    >>> len(train), len(test)
    (73, 7)

    The test is on other articles, every tenth, drawn by `seed`. `corpus` and
    `data_dir` are those of `find_corpus`; a list may have the names
    'wikitext-2' and 'tiny', too. The text is written as in WikiText: a
    paragraph in a line, spaces around the tokens, capital letters, and
    titles as ' = Tides = '. `make_questions` says what is made of it.

    Raises what `find_corpus` raises, and ValueError if there are fewer than
    two articles, or no question.
    """
    check_whole('seed', seed, most=MAX_KEY)
    each = _each(corpus)
    files = [file for one in each for file in find_corpus(
        one, data_dir if one == 'wikitext-2' or 'wikitext-2' not in each
        else None).files]  # find_corpus refuses data_dir for another text
    articles = read_articles(files)
    if len(articles) < 2:
        raise ValueError(f'{named(files)} has {len(articles)} article; there '
                         f'must be one for training and one for the test, '
                         f"each after a title as ' = Tides = ' between blank "
                         f'lines')
    order = permutation(seed, ORDER, 0, len(articles))
    held_out = {*order[:max(1, len(articles) // HELD_OUT)]}
    parts = tuple(make_questions(
        [article for i, article in enumerate(articles)
         if (i in held_out) == test], seed=seed, lowercase=lowercase)
        for test in (False, True))
    if not any(parts):
        raise ValueError(f'no sentence of {named(files)} fits a template; the '
                         f'text must have capital letters, and spaces around '
                         f'its punctuation')
    return parts[0], parts[1]


def _each(corpus: Corpus) -> Sequence[Corpus]:
    """Return the corpora of a list that has the name of one, or the only."""
    if isinstance(corpus, list | tuple) and {'wikitext-2', 'tiny'} & {
            *map(str, corpus)}:
        return corpus
    return [corpus]


def _of_article(article: Article, lowercase: bool
                ) -> list[tuple[Question, str | None]]:
    """Return the questions of an article.

    Beside each is a passage that does not answer it, if there is one.
    """
    case = str.lower if lowercase else str
    # A few letters have two in lower case, and the places would be wrong.
    paragraphs = [text for text in article.paragraphs
                  if len(case(text)) == len(text)]
    facts = [[fact for fact in find_facts(text)
              if UNK not in fact.question + text[fact.start:fact.end]]
             for text in paragraphs]
    told = [*zip(paragraphs, map(_words, paragraphs), facts)]
    found = []
    for i, text in enumerate(paragraphs):
        others = [*told[:i], *told[i + 1:]]
        for fact in facts[i]:
            question = Question(
                fact.kind, case(text), case(fact.question),
                (case(text[fact.start:fact.end]),), (fact.start,),
                article.title)
            other = _unanswering(fact, text[fact.start:fact.end], others)
            found.append((question, other and case(other)))
    return found


def _unanswering(fact: Fact, answer: str,
                 others: Sequence[Told]) -> str | None:
    """Return the passage that shares most words, and has no answer.

    It shares a word at least, but not all of them: then it may well tell the
    same in other words.
    """
    words = _words(fact.question)
    best, most = None, 0
    for text, its_words, facts in others:
        shared = len(words & its_words)
        if (most < shared < len(words)
                and f' {answer} '.lower() not in f' {text} '.lower()
                and _tempts(fact, text)
                and all(fact.question != other.question for other in facts)):
            best, most = text, shared
    return best


def _words(text: str) -> set[str]:
    return {word[:STEM] for word in text.lower().split()
            if len(word) > 3 and word.isalpha() and word not in COMMON}


def _tempts(fact: Fact, text: str) -> bool:
    """Return whether a passage may seem to have an answer, but has none.

    If it had no year and no number, it would be too easy to see that it does
    not say when, or how many. If it said what a thing is, it would answer.
    """
    if fact.kind == 'when':
        return re.search(rf'\b{YEAR}\b', text) is not None
    if fact.kind == 'definition':
        thing = re.escape(fact.question.split(' ', 2)[2].removesuffix(' ?'))
        return not re.search(rf'{thing} (?:is|was|are|were|,|\() ', text,
                             re.IGNORECASE)
    return not fact.kind.startswith('how') or re.search(r'\d', text
                                                        ) is not None


def _choose(twins: Sequence[tuple[int, str]], most: int, seed: int
            ) -> list[tuple[int, str]]:
    """Choose some at random, by keys; the numbers of questions are theirs."""
    return sorted(twins, key=lambda twin: number(seed, CHOOSE, 0, twin[0], 0)
                  )[:most]
