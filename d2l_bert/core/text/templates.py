"""Sentences of an encyclopedia -> questions and their answers.

A template is a pattern of a sentence and the words of a question. There is
no parser: a sentence that fits no pattern gives no question. The patterns
are strict, as a wrong question does more harm than a missing one.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple


class Fact(NamedTuple):
    """A question that a text answers, and where in it the answer stands."""

    kind: str
    question: str
    start: int  # of the answer, in characters
    end: int


KINDS = ('when', 'who', 'where', 'how-many', 'how-large', 'definition',
         'what', 'name', 'why')

# Words of the patterns ----------------------------------------------------

# A noun phrase ends at these, or its sentence is hard to turn around.
STOP = ('was|were|is|are|am|be|been|being|had|has|have|did|does|do|can|could|'
        'would|will|shall|should|may|might|must|not|never|that|which|who|'
        'whom|whose|when|where|while|although|though|but|if|because|since|'
        'as|than|it|he|she|they|him|them|I|i|we|you|there|this|these|those|'
        'so|then|later|also|both|either|neither|after|before|until|during')
POSSESSIVE = 'his|her|their|its|my|our|your'
# The subject of a sentence that begins so is elsewhere, or it is a riddle.
NO_SUBJECT = (
    'A|About|Above|According|Across|Additionally|After|Against|All|Almost|'
    'Along|Also|Although|Amid|Among|An|And|Another|Any|Around|As|At|Based|'
    'Because|Before|Being|Below|Between|Beyond|Both|But|By|Called|Compared|'
    'Despite|Due|During|Each|Even|Eventually|Every|Fellow|Few|Finally|First|'
    'Five|Following|For|Former|Four|From|Further|Furthermore|Given|Half|'
    'Having|He|Her|Here|His|However|I|If|Immediately|Important|In|Initially|'
    'Instead|It|Its|Just|Known|Later|Less|Like|Many|Meanwhile|Most|My|Nearly|'
    'Neither|Next|No|None|Not|Nothing|Of|On|Once|One|Only|Or|Originally|'
    'Other|Others|Our|Out|Outside|Over|Perhaps|Second|Several|She|Shortly|'
    'Similarly|Since|So|Some|Soon|Still|Subsequently|Such|That|Their|Then|'
    'There|These|They|This|Those|Though|Three|Through|Throughout|Thus|To|'
    'Today|Two|Under|Unlike|Until|Up|Upon|Using|Very|We|Well|What|When|'
    'Where|Whether|Which|While|Who|With|Within|Without|Yet|You|Your')
PRONOUN = 'I|He|She|It|They|We|The|In|On|At|A|An|When|But|And'
MONTH = ('(?:January|February|March|April|May|June|July|August|September|'
         'October|November|December)')
NUMBER = (r'(?:\d+(?: @[,.]@ \d+)*|two|three|four|five|six|seven|eight|nine|'
          'ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|'
          'eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|'
          'ninety)(?: @-@ [a-z]+)?(?: (?:hundred|thousand|million|billion))?')
UNIT = ('(?:kilometres|kilometers|km|miles|mi|metres|meters|m|feet|ft|inches|'
        'in|centimetres|cm|mm|yards|years)')
SIZE = 'long|tall|high|wide|deep|thick|old|broad'
PERSON = (
    'activist|actor|actress|admiral|architect|artist|astronomer|athlete|'
    'author|biologist|bishop|botanist|brother|businessman|captain|character|'
    'chemist|coach|comedian|commander|composer|congressman|cricketer|critic|'
    'dancer|daughter|director|driver|drummer|editor|emperor|engineer|'
    'explorer|fan|footballer|founder|general|god|goddess|governor|guitarist|'
    'historian|journalist|judge|king|lawyer|leader|linebacker|man|'
    'mathematician|member|minister|model|musician|native|naturalist|nobleman|'
    'novelist|officer|official|painter|person|philosopher|physicist|pianist|'
    'pitcher|player|poet|politician|president|priest|prince|princess|'
    'producer|professor|quarterback|queen|rapper|runner|saint|scientist|'
    'senator|singer|sister|soldier|son|songwriter|statesman|student|surgeon|'
    'swimmer|theologian|vocalist|winner|woman|wrestler|writer')
PARTICIPLE = ('(?:[a-z]+ed|beaten|begun|born|bought|broken|brought|built|'
              'buried|chosen|cut|drawn|driven|found|given|held|known|laid|led|'
              'lost|made|put|sent|set|shot|sold|sung|sunk|taken|torn|won|'
              'written)')
# A verb of the past, and the form of it that follows 'did'.
PAST = dict(re.findall(r'(\w+):(\w+)', (
    'abandoned:abandon acquired:acquire aired:air announced:announce '
    'appeared:appear approved:approve arrived:arrive attacked:attack '
    'became:become began:begin bought:buy built:build came:come '
    'captured:capture caused:cause ceased:cease closed:close coined:coin '
    'commanded:command completed:complete composed:compose '
    'conquered:conquer contained:contain created:create debuted:debut '
    'declared:declare defeated:defeat described:describe designed:design '
    'destroyed:destroy developed:develop died:die directed:direct '
    'discovered:discover dissipated:dissipate earned:earn edited:edit '
    'ended:end entered:enter established:establish fell:fall '
    'finished:finish formed:form founded:found gave:give got:get '
    'graduated:graduate had:have held:hold hit:hit included:include '
    'introduced:introduce invaded:invade invented:invent joined:join '
    'killed:kill landed:land launched:launch led:lead left:leave lived:live '
    'lost:lose made:make married:marry merged:merge met:meet moved:move '
    'named:name occupied:occupy opened:open painted:paint passed:pass '
    'performed:perform played:play portrayed:portray premiered:premiere '
    'produced:produce proposed:propose published:publish '
    'purchased:purchase ran:run reached:reach received:receive '
    'recorded:record released:release replaced:replace retired:retire '
    'returned:return sailed:sail sank:sink scored:score separated:separate '
    'served:serve settled:settle signed:sign sold:sell spent:spend '
    'started:start struck:strike succeeded:succeed took:take '
    'visited:visit voiced:voice weakened:weaken went:go won:win wrote:write')))
PRESENT = {'has': 'have', 'have': 'have', 'contains': 'contain',
           'contain': 'contain', 'includes': 'include', 'include': 'include'}

# Phrases of the patterns --------------------------------------------------

YEAR = r'(?:1[0-9]|20)\d\d'
DATE = (rf'(?:{MONTH} \d\d? , {YEAR}|\d\d? {MONTH} {YEAR}|{MONTH} {YEAR}|'
        rf'{YEAR})')
ANY = r'[^\s.,;:()\[\]"…–—$£*/=+]+'
WORD = rf'(?!(?:{STOP}|{POSSESSIVE}) |<){ANY}'
AFTER_VERB = rf'(?: (?!(?:{STOP}) |<|\d){ANY})'  # may be 'their first album'
SUBJECT = (rf'(?P<S>(?=[A-Z]|the )(?!(?:{NO_SUBJECT}) ){WORD}(?: {WORD})'
           r'{0,6}?(?<! and)(?<! or))')
MID = f'(?P<mid>{AFTER_VERB}{{0,7}}?)'  # between a verb and the answer
THING = rf'{WORD}(?: {WORD}){{0,7}}?(?<! @-@)(?<!ed)'
PART = rf'(?!(?:{PRONOUN}) )[A-Z][^\s,;:()\[\]"…–—/]*'
NAME = (rf"(?:(?:the )?{PART}"
        rf"(?: (?:(?:of |of the |de |van |von |@-@ )?{PART}|'s)){{0,5}})")
PLACE = rf'(?!(?:the )?{MONTH}){NAME}(?: , {NAME})?'
COUNTED = r'(?P<noun>(?:(?:@-@ )?[a-z]+ ){0,2}(?:[a-z]+s|people|men))'
ABOUT = ('(?: (?:about|almost|approximately|around|at least|nearly|only|over|'
         'some|a total of|up to))?')
BE_PAST, BE = '(?P<be>was|were)', '(?P<be>was|were|is|are)'
ADVERB = ('(?: (?:again|also|eventually|finally|first|formally|initially|'
          'largely|later|mainly|officially|originally|partly|soon))?')
BRACKET = r'(?: \( [^()]* \))?'
MARK = '(?= [.,;])'
AND_VERB = ' and (?:was|were|had|[a-z]+ed) '
AFTER_DATE = ('(?= [.,;]| (?:after|against|as|at|because|before|but|by|due|'
              'during|following|for|from|near|to|under|until|when|where|while|'
              f'with) |{AND_VERB})')
AFTER_NAME = f'(?= [.,;]| (?:at|for|from|in|on) |{AND_VERB})'
AFTER_PLACE = (r'(?= [.;]| , (?!and|[A-Z])| (?:by|for|from|on|until|when) '
               rf'| in \d|{AND_VERB})')
AFTER_THING = (f'(?= [.,;]| (?:after|at|by|for|from|in|on|with) |{AND_VERB})')

# Templates ----------------------------------------------------------------

# Kind, question, and the pattern of a sentence. The answer is the group A.
TEMPLATES = [(kind, question, re.compile(pattern)) for
             kind, question, pattern in (
    ('when', 'when {be} {S} {verb}{mid} ?',
     rf'{SUBJECT} {BE_PAST}{ADVERB} (?P<verb>{PARTICIPLE}){MID} (?:in|on) '
     rf'(?P<A>{DATE}){AFTER_DATE}'),
    ('when', 'when did {S} {base}{mid} ?',
     rf'{SUBJECT}{ADVERB} (?P<verb>{"|".join(PAST)}){MID} (?:in|on) '
     rf'(?P<A>{DATE}){AFTER_DATE}'),
    ('when', 'when {be} {S} {verb}{mid} ?',
     rf'(?:In|On) (?P<A>{DATE})(?: ,)? {SUBJECT} {BE_PAST}{ADVERB} '
     rf'(?P<verb>{PARTICIPLE}){MID}{MARK}'),
    ('when', 'when did {S} {base}{mid} ?',
     rf'(?:In|On) (?P<A>{DATE})(?: ,)? {SUBJECT}{ADVERB} '
     rf'(?P<verb>{"|".join(PAST)}){MID}{MARK}'),
    ('who', 'who {be} {S} {verb}{mid} by ?',
     rf'{SUBJECT} {BE_PAST}{ADVERB} (?P<verb>{PARTICIPLE})'
     rf'(?P<mid>(?:(?! by ){AFTER_VERB}){{0,7}}?) by '
     rf'(?P<A>(?!the (?!{PART})|{MONTH} ){NAME}){AFTER_NAME}'),
    ('who', 'who {verb} {O} ?',
     rf'(?P<A>(?!(?:{NO_SUBJECT}) ){PART}(?: {PART}){{1,3}}) '
     r'(?P<verb>built|commanded|composed|created|defeated|described|designed|'
     r'directed|discovered|edited|established|founded|invented|painted|'
     r'played|portrayed|produced|published|recorded|released|replaced|'
     r'succeeded|voiced|won|wrote) '
     rf'(?P<O>the {THING}){MARK}'),
    ('where', 'where {be} {S} {verb} ?',
     rf'{SUBJECT} {BE}{ADVERB} (?P<verb>based|born|built|buried|constructed|'
     r'discovered|displayed|educated|established|exhibited|filmed|formed|'
     r'found|founded|headquartered|held|housed|interred|kept|launched|'
     r'located|manufactured|performed|produced|published|raised|recorded|'
     r'screened|set|shot|situated|staged|stationed)'
     rf' (?:in|at|on|near|inside|within) (?P<A>{PLACE}){AFTER_PLACE}'),
    ('where', 'where did {S} {base}{mid} ?',
     rf'{SUBJECT} (?P<verb>arrived|began|died|ended|graduated|landed|lived|'
     r'met|performed|played|premiered|settled|took)(?P<mid>(?: place)?) '
     rf'(?:in|at|near) (?P<A>{PLACE}){AFTER_PLACE}'),
    ('how-many', 'how many {noun} {have} {S} {base} ?',
     rf'{SUBJECT} (?P<verb>contain|contained|contains|destroyed|earned|had|'
     r'has|have|include|included|includes|killed|lost|made|played|produced|'
     r'published|received|recorded|scored|sold|spent|won)'
     rf'{ABOUT} (?P<A>{NUMBER}) {COUNTED}'
     r'(?= [.,;]| (?:against|and|at|by|during|for|from|in|of|on|over|that|'
     r'to|which|with) )'),
    ('how-many', 'how many {noun} {be} {verb}{mid} ?',
     r'(?:(?:A total of|About|Approximately|At least|Nearly|Over|Some|In '
     rf'total ,|In all ,) )?(?P<A>(?i:{NUMBER})) {COUNTED} {BE_PAST} '
     rf'(?P<verb>{PARTICIPLE}){MID}{MARK}'),
    ('how-many', 'how many {noun} {be} there {place}{mid} ?',
     rf'There {BE}(?: (?:also|currently|now))?{ABOUT} (?P<A>{NUMBER}) '
     rf'{COUNTED} (?P<place>at|in|of|on|within){MID}{MARK}'),
    ('how-large', 'how {size} {be} {S} ?',
     rf'{SUBJECT} {BE}{ABOUT} (?P<A>{NUMBER} {UNIT}){BRACKET} '
     rf'(?P<size>{SIZE})(?= [.,;]| and | at )'),
    ('definition', '{what} {be} {S} ?',
     rf"(?P<S>(?!(?:{NO_SUBJECT}) )(?:The )?{PART}(?: (?:of |of the |@-@ |'s "
     rf')?{PART}){{0,4}}){BRACKET} {BE} (?P<A>(?:a|an|the|one of the) '
     rf'{THING})(?= [.,;]| (?:during|located|that|where|which|who) )'),
    ('name', 'what {be} {S} named {verb} ?',
     rf'{SUBJECT} {BE}{ADVERB} named (?P<verb>after|for) (?P<A>{THING})'
     r'(?= [.,;]| who | which )'),
    ('name', 'what is another name of {S} ?',
     rf'{SUBJECT}{BRACKET}(?: ,)?(?: (?:was|were|is|are))? (?:(?:(?:also|'
     rf'better|commonly|generally) )?known as|also called) (?P<A>{THING})'
     r'(?= [.,;]| (?:and|is|or|was) )'),
    ('what', 'what {be} {S} {verb} ?',
     rf'{SUBJECT} {BE}{ADVERB} (?P<verb>(?!known ){PARTICIPLE} (?:as|for|'
     r'into|with|of(?= the | an? )|on(?= the | an? )|to(?= the | an? )|'
     rf'from(?= the | an? ))) (?P<A>(?!\d|[a-z]+ing ){THING}){AFTER_THING}'),
    ('what', 'what {be} {S} {verb} ?',
     rf'{SUBJECT} {BE}{ADVERB} (?P<verb>famous for|home to|part of|'
     rf'renamed(?! (?:after|as|by|in|on|to) )|'
     rf'responsible for|similar to|used to|made from) (?P<A>{THING})'
     '(?= [.;])'),
    ('what', 'what did {S} {base} ?',
     rf'{SUBJECT}{ADVERB} (?P<verb>announced|became|bought|built|captured|'
     r'caused|completed|contained|created|designed|destroyed|directed|'
     r'discovered|entered|established|formed|founded|introduced|invented|'
     r'joined|left|lost|produced|purchased|reached|received|signed|struck|'
     rf'won|wrote) (?P<A>(?:the|an?) {THING}){AFTER_THING}'),
    ('why', 'why {be} {S} {verb} ?',
     rf'{SUBJECT} {BE} (?P<verb>(?!\d){THING})(?: ,)? '
     r'(?P<A>because (?:of )?[^.;:()"<]{8,140}?)(?= [.;])'),
    ('why', 'why did {S} {base}{mid} ?',
     rf'{SUBJECT} (?P<verb>{"|".join(PAST)}){MID} '
     r'(?P<A>because (?:of )?[^.;:()"<]{8,140}?)(?= [.;])'),
)]
# An answer that ends so is not complete.
HALF = re.compile(r'.* (?:and|or|born|built|held|known|made|set|taken|written|'
                  r'best|few|first|large|last|long|lot|more|most|'
                  r'new|next|number|only|other|same|second|small|third|unique|very)')
# Where a sentence or a main clause may begin.
BEGIN = re.compile(r'(?:^|(?<= [.!?;,] )|(?<= , (?:and|but) ))'
                   r'(?=[A-Z0-9]|the )')
# After the first of these a definition tells more than what a thing is.
DETAIL = re.compile(r' (?:[a-z]+ed|and|at|born|by|for|from|in|of|on|to|with) ')


def find_facts(text: str) -> list[Fact]:
    """Return the questions that the sentences of a text answer.

    >>> text = 'The old bridge was built by Ann Lee in 1821 .'
    >>> for fact in find_facts(text):
    ...     print(fact.kind, fact.question, text[fact.start:fact.end])
    when when was the old bridge built by Ann Lee ? 1821
    who who was the old bridge built by ? Ann Lee

    The text has spaces around its punctuation, and its capital letters. A
    question with two answers is left out.
    """
    found: dict[str, Fact | None] = {}
    for fact in _all_facts(text):
        found[fact.question] = None if fact.question in found else fact
    return [fact for fact in found.values() if fact]


def _all_facts(text: str) -> Iterator[Fact]:
    for begin in BEGIN.finditer(text):
        for kind, question, pattern in TEMPLATES:
            match = pattern.match(text, begin.start())
            if match and not (_two_verbs(match.groupdict().get('S', ''))
                              or HALF.fullmatch(match['A'])):
                yield Fact(kind, _ask(question, match), *match.span('A'))


def _two_verbs(subject: str) -> bool:
    """Return whether a subject is a clause, so that the parts are wrong.

    >>> _two_verbs('work began and the house'), _two_verbs('films made by us')
    (True, False)
    """
    words = subject.split()
    return any(word in PAST and after != 'by'
               for word, after in zip(words, [*words[1:], '']))


def _ask(question: str, match: re.Match[str]) -> str:
    """Return a question, filled with the words of a sentence."""
    words = match.groupdict()
    if words.get('S', '').startswith('The '):
        words['S'] = f't{words["S"][1:]}'
    verb = words.get('verb', '')
    words['base'] = PRESENT.get(verb) or PAST.get(verb, verb)
    words['have'] = ('did' if verb not in PRESENT else
                     'do' if PRESENT[verb] == verb else 'does')
    words['what'] = 'who' if _is_person(words['A']) else 'what'
    return question.format(**words)


def _is_person(definition: str) -> bool:
    """Return whether a definition is that of a person.

    >>> _is_person('one of the best poets of his time')
    True
    >>> _is_person('a game for a person')
    False
    """
    noun = DETAIL.split(definition.removeprefix('one of '))[0].split()[-1]
    return re.fullmatch(f'(?:{PERSON})s?', noun) is not None
