"""Questions for a class: templates, and passages that do not answer."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l_bert.core import (
    Article, load_questions, make_questions, read_articles)
from d2l_bert.core.files import TINYWIKI_DIR
from d2l_bert.core.text.articles import split_articles
from d2l_bert.core.text.documents import split_documents
from d2l_bert.core.text.templates import KINDS, find_facts

TINY = TINYWIKI_DIR / 'wiki.train.tokens'


def kind(question):
    return re.fullmatch(r'([a-z-]+)-\d+(-none)?', question.id)[1]


# Articles -----------------------------------------------------------------

def test_articles_by_hand():
    assert split_articles([]) == split_articles([' = Tides = ']) == []
    assert split_articles([
        'a .', ' = Played , W = ', 'b .', '', ' = Mills ( 1821 ) = ', '',
        ' = = Use = = ', ' C . ', 'D .\n']) == [
        Article('', ['a .', 'b .']),
        Article('Mills ( 1821 )', ['C .', 'D .'])]


def test_articles_are_the_documents():
    """Both cut a text at the same titles, and keep the same paragraphs."""
    lines = TINY.read_text('utf-8').splitlines()
    articles, documents = split_articles(lines), split_documents(lines)
    assert len(articles) == len(documents) == 72
    assert [split_documents(article.paragraphs)[0] for article in articles
            ] == documents


# Templates ----------------------------------------------------------------

@pytest.mark.parametrize('text, expected', [
    ('The film was released in Japan on 5 May 1990 by Toho .',
     [('when', 'when was the film released in Japan ?', '5 May 1990')]),
    ('The unit was renamed in May 1941 .',
     [('when', 'when was the unit renamed ?', 'May 1941')]),
    ('On July 5 , 1994 , Smith joined the army .',
     [('when', 'when did Smith join the army ?', 'July 5 , 1994'),
      ('what', 'what did Smith join ?', 'the army')]),
    ('In 1990 , the band released their first album .',
     [('when', 'when did the band release their first album ?', '1990')]),
    ('After a year , the mill was closed in 1821 .',
     [('when', 'when was the mill closed ?', '1821')]),
    ('The episode was written by Ann Lee and directed by Bo de Vries .',
     [('who', 'who was the episode written by ?', 'Ann Lee')]),
    ('Ann Lee designed the old mill .',
     [('who', 'who designed the old mill ?', 'Ann Lee'),
      ('what', 'what did Ann Lee design ?', 'the old mill')]),
    ('Haydn was born in Rohrau , Austria .',
     [('where', 'where was Haydn born ?', 'Rohrau , Austria')]),
    ('Haydn died in Vienna on 31 May 1809 .',
     [('when', 'when did Haydn die in Vienna ?', '31 May 1809'),
      ('where', 'where did Haydn die ?', 'Vienna')]),
    ('The town has about 1 @,@ 200 houses .',
     [('how-many', 'how many houses does the town have ?', '1 @,@ 200')]),
    ('Smith scored twenty goals for the club .',
     [('how-many', 'how many goals did Smith score ?', 'twenty')]),
    ('A total of 12 people were killed .',
     [('how-many', 'how many people were killed ?', '12')]),
    ('There are six schools in the town .',
     [('how-many', 'how many schools are there in the town ?', 'six')]),
    ('The canal is 20 km ( 12 mi ) long .',
     [('how-large', 'how long is the canal ?', '20 km')]),
    ('Odaenathus was a poet of Palmyra .',
     [('definition', 'who was Odaenathus ?', 'a poet of Palmyra')]),
    ('Europium ( Eu ) is a soft metal that rusts .',
     [('definition', 'what is Europium ?', 'a soft metal')]),
    ('The ship was named after the king of Siam .',
     [('name', 'what was the ship named after ?', 'the king of Siam')]),
    ('The court is also known as the Old Bailey .',
     [('name', 'what is another name of the court ?', 'the Old Bailey')]),
    ('The ship was converted into a hospital .',
     [('what', 'what was the ship converted into ?', 'a hospital')]),
    ('The club won the cup in May .',
     [('what', 'what did the club win ?', 'the cup')]),
    ('The ship was lost because the bow was flooded .',
     [('why', 'why was the ship lost ?',
       'because the bow was flooded')]),
    ('The team lost because of the rain .',
     [('why', 'why did the team lose ?', 'because of the rain')]),
    # Nothing is asked about a subject that stands elsewhere, about an
    # answer that goes on, or about half of a sentence.
    ('It was released in 1990 .', []),
    ('The king of the realm was the first , or the second .', []),
    ('Both were released in 1990 .', []),
    ('Its first part was released in 1990 .', []),
    ('The film was released in 1990 and 1995 .', []),
    ('The film was not released in 1990 .', []),
    ('work began in May and the house was sold in 1990 .', []),
    ('The house which was sold in 1990 burned .', []),
    ('The hall was documented as a manor held by the king .', []),
    ('', []), ('the', []), ('. . .', []),
    # Two answers to one question: it is left out.
    ('The mill was closed in 1821 . The mill was closed in 1835 .', [])])
def test_templates_by_hand(text, expected):
    assert [(fact.kind, fact.question, text[fact.start:fact.end])
            for fact in find_facts(text)] == expected


@given(st.lists(st.sampled_from(
    ['The', 'It', 'In', ',', '.', '(', ')', 'was', 'by', 'in', '1990', 'May',
     'Ann', 'Lee', 'film', 'released', 'because', 'of', 'also', '@-@',
     '<unk>', 'and', 'the', 'a', '20', 'goals', 'has', 'named', 'after', 'is',
     'km', 'long', 'because of the rain']), max_size=40).map(' '.join))
def test_any_text_can_be_asked_about(text):
    for fact in find_facts(text):
        assert fact.kind in KINDS
        answer = text[fact.start:fact.end]
        assert answer.strip() == answer != ''
        assert f' {answer} ' in f' {text} '  # whole tokens
        assert fact.question.endswith(' ?') and '{' not in fact.question
        assert '  ' not in fact.question and 'None' not in fact.question


# Questions ----------------------------------------------------------------

MILLS = Article('Mills', ['The old mill was built in 1821 near Ely .'])
TIDES = Article('Tides', ['The pier was built in 1835 .'])


def twins_of(other):
    """The questions without an answer if there is another paragraph.

    There are two articles, as only every second question may be repeated.
    """
    both = MILLS._replace(paragraphs=[*MILLS.paragraphs, other])
    made = make_questions([both, TIDES])
    assert [one for one in made if one.answers][0].answers == ('1821',)
    return [one for one in made if not one.answers]


def test_a_passage_that_does_not_answer():
    other = 'The old MILL turns , and since 1902 nobody sleeps .'
    [twin] = twins_of(other)
    assert twin == ('when-0-none', other.lower(),
                    'when was the old mill built ?', (), (), 'Mills')


@pytest.mark.parametrize('other', [
    'The old mill turns , and since 1821 nobody sleeps .',  # the answer
    'The old mill turns , and since May nobody sleeps .',  # not a year
    'An old house turns , and since 1902 nobody sleeps .',  # not the mill
    'The mill turns since 1902 , when they built it .',  # all the words
    'In 1902 , the old mill was built .'])  # an answer of its own
def test_passages_that_will_not_do(other):
    assert twins_of(other) == []


def test_the_passage_that_shares_most_words():
    paragraphs = ['The stone bridge was built in 1821 .', 'A bridge of 1902 .',
                  'A stone bridge of 1903 .', 'A stone bridge of 1904 .']
    made = make_questions([Article('', paragraphs), TIDES])
    assert [one.passage for one in made if not one.answers] == [
        'a stone bridge of 1903 .']


def test_capital_letters():
    lower, [upper] = make_questions([MILLS]), make_questions(
        [MILLS], lowercase=False)
    assert upper.passage == MILLS.paragraphs[0]
    assert lower[0].passage == upper.passage.lower()
    # A letter that has two in lower case would move all places after it.
    assert make_questions([Article('', ['İ . The mill was built in 1821 .'])]
                          ) == []
    assert len(make_questions([Article('', [
        'İ . The mill was built in 1821 .'])], lowercase=False)) == 1


def test_unknown_words_are_not_asked_about():
    assert make_questions([Article('', [
        'The mill was sold by <unk> in 1821 .',
        'The club won the <unk> cup .'])]) == []


def check_questions(questions):
    """What holds of all of them; return their kinds."""
    by_passage = {}
    for one in questions:
        assert len(one.answers) == len(one.starts) <= 1
        assert one.id.endswith('-none') == (not one.answers)
        assert one.passage == one.passage.lower()
        assert '<unk>' not in one.question and one.question.endswith(' ?')
        assert len(one.question.split()) < 30
        for answer, start in zip(one.answers, one.starts):
            assert one.passage[start:start + len(answer)] == answer
            assert f' {answer} ' in f' {one.passage} '
            assert '<unk>' not in answer
        key = one.passage, one.question
        assert key not in by_passage, key
        by_passage[key] = one
    assert len({one.id for one in questions}) == len(questions)
    answers = {one.id: one.answers[0] for one in questions if one.answers}
    for one in questions:
        if not one.answers:
            right = answers[one.id.removesuffix('-none')]
            assert f' {right} ' not in f' {one.passage} '
    return Counter(map(kind, questions))


def test_questions_of_tinywiki():
    train, test = load_questions('tiny')
    assert (len(train), len(test)) == (73, 7)
    kinds = check_questions(train)
    assert set(kinds) >= {'when', 'where', 'what', 'definition', 'why'}
    assert {one.title for one in train}.isdisjoint(
        one.title for one in test)
    check_questions(test)
    assert load_questions('tiny') == (train, test)
    other = load_questions('tiny', seed=1)
    assert other != (train, test)


def test_questions_of_wikitext(wikitext):
    train, test = load_questions(['tiny', 'wikitext-2'])
    both = [*train, *test]
    assert len(both) > 5000
    kinds = check_questions(train)
    check_questions(test)
    assert set(kinds) == set(KINDS)
    assert kinds['when'] > 1000 and kinds['what'] > 1000
    assert min(kinds.values()) >= 20
    for part in train, test:
        none = sum(not one.answers for one in part)
        assert none == len(part) - none >> 1  # a third
    assert {one.title for one in train} & {one.title for one in test} <= {
        '<unk>'}  # which is the title of several
    assert {one.passage for one in train}.isdisjoint(
        one.passage for one in test)
    assert 0.05 < len(test) / len(both) < 0.15
    assert load_questions(wikitext)[0] == load_questions(
        'wikitext-2', wikitext)[0]


def test_a_text_of_ones_own(tmp_path):
    path = tmp_path / 'mills.txt'
    path.write_text('\n'.join(
        f'\n = Mill {i} = \n\n The mill was built in 18{i} . '
        for i in range(10, 30)))
    train, test = load_questions(path)
    assert (len(train), len(test)) == (18, 2)
    assert {(one.title, one.answers) for one in train + test} == {
        (f'Mill {i}', (f'18{i}',)) for i in range(10, 30)}
    assert load_questions([path, path]) == (train, test)
    assert len(read_articles([path, path])) == 40


@pytest.mark.parametrize('function, error, message', [
    (lambda: make_questions('a'), TypeError, 'documents must be a list'),
    (lambda: make_questions([['it rose .']]), TypeError,
     'a document must be an Article, as read_articles returns, not the list'),
    (lambda: make_questions([], seed=-1), ValueError, 'seed must be a whole'),
    (lambda: load_questions('tiny', seed=0.5), ValueError, 'seed must be'),
    (lambda: load_questions('no/where'), FileNotFoundError, 'is not there'),
    (lambda: load_questions(['tiny', 'no/where']), FileNotFoundError,
     "corpus 'no/where' is not there"),
    (lambda: load_questions('tiny', 'x'), ValueError, 'data_dir says where'),
    (lambda: load_questions(['tiny'], 'x'), ValueError, 'data_dir says'),
    (lambda: load_questions(['a.txt'], 'x'), ValueError, 'data_dir says'),
    (lambda: load_questions(['tiny', 'wikitext-2'], 'no/where'),
     FileNotFoundError, 'data_dir has no wiki.train.tokens')])
def test_bad_arguments(function, error, message):
    with pytest.raises(error, match=message):
        function()


@pytest.mark.parametrize('text, message', [
    ('The mill was built in 1821 .', 'mills.txt has 1 article; there must be '
     "one for training .* after a title as ' = Tides = '"),
    ('a .\n\n = B = \n\n c .', 'no sentence of .*mills.txt fits a template; '
     'the text must have capital letters')])
def test_texts_without_questions(text, message, tmp_path):
    path = tmp_path / 'mills.txt'
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        load_questions(path)
