"""A paragraph -> its sentences: by the book, NLTK and spaCy."""

import json
import random
import shutil
import sys
import zipfile

import pytest

from d2l_bert.core.text import libraries, punkt
from d2l_bert.core.text.corpus import (
    TINYWIKI_DIR, load_paragraphs, read_wiki)
from d2l_bert.core.text.paragraphs import split_paragraphs
from d2l_bert.core.text.sentences import (
    check_sentence_splitter, cut, describe_splitter, make_sentence_splitter,
    period)
from d2l_bert.core.tokens.vocab import RESERVED_TOKENS, Vocab
from d2l_bert.core.tokens.words import tokenize
from d2l_bert.core.files import saved_run

# Ordinary prose, from which Punkt learns that 'dr.' is an abbreviation.
PROSE = ['Dr. Reed saw the sea. It rose.',
         'Then Dr. Lee came. He saw Dr. Hay.',
         'Dr. Reed and Dr. Lee left. The sea fell. It was late.']


@pytest.fixture(params=['nltk', 'spacy'])
def library(request, nltk, spacy):
    """The name of each library's splitter in turn."""
    return request.param


def figures(paragraphs, max_len=64):
    """Paragraphs, sentences, neighbours that fit, vocabulary."""
    lines = [tokenize(paragraph) for paragraph in paragraphs]
    fitting = sum(len(a) + len(b) + 3 <= max_len for paragraph in lines
                  for a, b in zip(paragraph, paragraph[1:]))
    vocab = Vocab([line for paragraph in lines for line in paragraph], 5,
                  RESERVED_TOKENS)
    return len(lines), sum(map(len, lines)), fitting, len(vocab)


# Where they cut -----------------------------------------------------------

def test_questions_and_cries(library):
    split = make_sentence_splitter(library)
    assert split('This is great ! Why not ?') == [
        'This is great !', 'Why not ?']
    assert period('This is great ! Why not ?') == [
        'This is great ! Why not ?']


@pytest.mark.parametrize('text, expected', [
    ('', []),
    ('The sea rose .', ['The sea rose .']),
    ('The sea rose . It fell .', ['The sea rose .', 'It fell .']),
    ('The sea rose. It fell.', ['The sea rose.', 'It fell.']),
    ('It is 3 @.@ 5 m or 1 @,@ 000 mm . So it is .',
     ['It is 3 @.@ 5 m or 1 @,@ 000 mm .', 'So it is .']),
    ('He said " It rose . " She left .',
     ['He said " It rose . "', 'She left .']),
    ('It fell . " I saw it . It rose ! " He left .',
     ['It fell .', '" I saw it .', 'It rose ! "', 'He left .']),
    ('It fell . ( It rose . ) It fell .',
     ['It fell .', '( It rose . )', 'It fell .']),
    ('He left. "It rose." She stayed.',
     ['He left.', '"It rose."', 'She stayed.']),
    ('They sang in Oliver ! , a play . It ran .',
     ['They sang in Oliver ! ,', 'a play .', 'It ran .']),
    ('Did it rise ? ... It did .', ['Did it rise ? ...', 'It did .']),
    ('Did it work? .NET did. It ran.',
     ['Did it work?', '.NET did.', 'It ran.'])])
def test_cuts_by_hand(library, text, expected):
    assert make_sentence_splitter(library)(text) == expected


def test_abbreviations_are_learned_from_the_text(nltk):
    untaught, taught = (make_sentence_splitter('nltk', lines)
                        for lines in ([], PROSE))
    text = 'She met Dr. Ames. He left.'
    assert untaught(text) == ['She met Dr.', 'Ames.', 'He left.']
    assert taught(text) == ['She met Dr. Ames.', 'He left.']


def test_stops_apart_from_words_tell_abbreviations(nltk):
    # Twice 'prof' has no stop: in prose that is a word, but not where the
    # stop that ends a sentence is never written so close.
    apart = ['Then Prof. Reed saw the sea .', 'It rose .'] * 40 + [
        'The prof was late .'] * 2
    prose = [line.replace(' .', '.') for line in apart]
    assert make_sentence_splitter('nltk', apart)(
        'She met Prof. Ames . He left .') == [
            'She met Prof. Ames .', 'He left .']
    assert make_sentence_splitter('nltk', prose)(
        'She met Prof. Ames. He left.') == [
            'She met Prof.', 'Ames.', 'He left.']


def test_spacy_knows_abbreviations_by_rule(spacy):
    assert make_sentence_splitter('spacy')('She met Dr. Ames. He left.') == [
        'She met Dr. Ames.', 'He left.']


def test_quote_marks_stay_with_their_words():
    text = 'Rain . ( [ Sun ] . ) " A . B . " C .'
    starts = [text.index(word) for word in ('Rain', 'Sun', 'A', 'B', 'C')]
    assert cut(text, starts) == ['Rain .', '( [ Sun ] . )', '" A .', 'B . "',
                                 'C .']
    starts = [text.index(sign) for sign in ('R', '(', ')', 'B', '" C')]
    assert cut(text, starts) == ['Rain .', '( [ Sun ] . )', '" A .', 'B . "',
                                 'C .']


# Training -----------------------------------------------------------------

def test_the_order_of_the_lines_does_not_matter(nltk, monkeypatch):
    monkeypatch.setattr(punkt, 'TRAIN_CHARS', 20_000)
    lines = (TINYWIKI_DIR / 'wiki.train.tokens').read_text(
        'utf-8').splitlines() + PROSE * 9
    learned = []
    for seed in range(3):
        random.Random(seed).shuffle(lines)
        params = punkt._trained(nltk.tokenize.punkt, lines)
        learned.append((params.abbrev_types, params.collocations,
                        params.sent_starters, dict(params.ortho_context)))
    assert learned[0] == learned[1] == learned[2]


def test_a_long_text_is_learned_from_in_part(nltk, monkeypatch):
    seen = []
    monkeypatch.setattr(nltk.tokenize.punkt.PunktTrainer, 'train',
                        lambda self, text: seen.append(text))
    monkeypatch.setattr(punkt, 'TRAIN_CHARS', 4)
    make_sentence_splitter('nltk', ['c', 'b', 'e', 'd', 'a'])
    make_sentence_splitter('nltk', ['d', 'c', 'b', 'a'])
    assert seen == ['a\nc\ne', 'a\nb\nc\nd']


# Ends of sentences that Punkt takes for abbreviations if they come often.
WEATHER = ['Rain fell at noon. The wind was cold. We saw no sun.',
           'A storm came at night. The rain fell hard. It was cold.',
           'Clouds hid the sun. We saw fog at noon. Then it rained.',
           'Snow fell at night. The wind fell.']


def test_a_text_that_repeats_itself_gives_a_warning(nltk):
    with pytest.warns(UserWarning, match=(
            'Punkt finds 160 sentences where a plain rule finds 220, as it '
            'learned from this text to take night, hard, sun for abbreviatio'
            r"ns; get NLTK's own list \(python -m nltk.downloader punkt_tab\)"
            ", or choose sentence_splitter 'spacy'")):
        make_sentence_splitter('nltk', WEATHER * 20)


@pytest.mark.filterwarnings('error')
@pytest.mark.parametrize('lines', [
    WEATHER, PROSE * 9, [], [''] * 99, ['so it rose. so it fell.'] * 99,
    ['Mr. Lee met Mrs. Hay, J. R. Ewing and Dr. No. They left.'] * 40])
def test_no_warning_without_a_reason(lines, nltk):
    make_sentence_splitter('nltk', lines)


@pytest.mark.filterwarnings('error')
def test_no_warning_for_texts_of_some_length(nltk, imdb):
    split_paragraphs(imdb[:100], 'nltk')
    load_paragraphs('tiny', sentence_splitter='nltk')


@pytest.fixture
def punkt_tab(nltk, monkeypatch, tmp_path):
    """Data as nltk.download('punkt_tab') brings, with one abbreviation."""
    folder = tmp_path / 'tokenizers' / 'punkt_tab' / 'english'
    folder.mkdir(parents=True)
    for name in ('collocations.tab', 'sent_starters.txt',
                 'ortho_context.tab'):
        (folder / name).touch()
    (folder / 'abbrev_types.txt').write_text('capt')
    monkeypatch.setattr(nltk.data, 'path', [str(tmp_path)])


def test_punkt_tab_is_used_if_it_is_there(punkt_tab, nltk, monkeypatch):
    monkeypatch.delattr(nltk.tokenize.punkt, 'PunktTrainer')
    split = make_sentence_splitter('nltk', PROSE)
    assert split('She met Capt. Ames. He left.') == [
        'She met Capt. Ames.', 'He left.']
    assert describe_splitter('nltk') == (
        f'NLTK {nltk.__version__}: Punkt, with the abbreviations of punkt_tab')


def test_punkt_of_another_language(punkt_tab, nltk, tmp_path):
    german = tmp_path / 'tokenizers' / 'punkt_tab' / 'german'
    shutil.copytree(german.with_name('english'), german)
    (german / 'abbrev_types.txt').write_text('bzw')
    text = 'Nebel bzw. Regen kam. Er ging.'
    assert make_sentence_splitter('nltk:german')(text) == [
        'Nebel bzw. Regen kam.', 'Er ging.']
    assert len(make_sentence_splitter('nltk')(text)) == 3
    assert describe_splitter('nltk:german') == (
        f'NLTK {nltk.__version__}: Punkt, with the abbreviations of '
        f'punkt_tab for german')
    for language in ('klingon', '..', '../punkt_tab/german'):
        with pytest.raises(ValueError, match=(
                f"'nltk:{language}' needs the data for '{language}' in "
                f"NLTK's punkt_tab, which has no such language")):
            check_sentence_splitter(f'nltk:{language}')


def test_a_language_without_punkt_tab(nltk):
    with pytest.raises(ValueError, match=(
            "NLTK's punkt_tab, which is not installed; get it: python -m "
            "nltk.downloader punkt_tab. 'nltk' alone learns")):
        split_paragraphs(['It rose. It fell.'], 'nltk:german')


PUNKT_TAB = {'collocations.tab': b'', 'sent_starters.txt': b'',
             'ortho_context.tab': b'', 'abbrev_types.txt': b'capt'}


def in_folder(files):
    def write(home):
        folder = home / 'punkt_tab' / 'english'
        folder.mkdir(parents=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
    return write


def in_zip(spoil, files=PUNKT_TAB):
    def write(home):
        home.mkdir()
        path = home / 'punkt_tab.zip'
        with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
            for name in ('', 'english/', *(f'english/{n}' for n in files)):
                archive.writestr(f'punkt_tab/{name}',
                                 files.get(name.rpartition('/')[2], b''))
        path.write_bytes(spoil(path.read_bytes()))
    return write


MANY = b'\n'.join(b'%d' % number for number in range(9999))


@pytest.mark.parametrize('write', [
    lambda home: (home / 'punkt_tab').mkdir(parents=True),
    in_folder({}), in_folder(dict.fromkeys(PUNKT_TAB, b'')),
    in_folder(dict.fromkeys(list(PUNKT_TAB)[1:], b'a')),
    in_folder(PUNKT_TAB | {'ortho_context.tab': b'sea\t4\ntorn'}),
    in_folder(PUNKT_TAB | {'ortho_context.tab': b'sea\tfour'}),
    in_folder(PUNKT_TAB | {'abbrev_types.txt': b'\xf6'}),
    in_zip(lambda data: b''), in_zip(lambda data: data[:-30]),
    in_zip(lambda data: data[:100]), in_zip(lambda data: data, {}),
    in_zip(lambda data: data[:900] + 100 * b'\0' + data[1000:],
           PUNKT_TAB | {'abbrev_types.txt': MANY})])
def test_a_damaged_punkt_tab(write, nltk, monkeypatch, tmp_path):
    write(tmp_path / 'tokenizers')
    monkeypatch.setattr(nltk.data, 'path', [str(tmp_path)])
    nltk.data.clear_cache()
    for function in (check_sentence_splitter, make_sentence_splitter,
                     describe_splitter):
        with pytest.raises(ValueError, match=(
                r"NLTK's data in .*tokenizers/punkt_tab(\.zip)? are damaged "
                r'\(.+\); remove them\. .* python -m nltk.downloader')):
            function('nltk')


def test_punkt_tab_in_its_zip(nltk, monkeypatch, tmp_path):
    in_zip(lambda data: data)(tmp_path / 'tokenizers')
    monkeypatch.setattr(nltk.data, 'path', ['', str(tmp_path)])
    nltk.data.clear_cache()
    assert make_sentence_splitter('nltk')('She met Capt. Ames. He left.') == [
        'She met Capt. Ames.', 'He left.']


def test_in_words(nltk, spacy):
    assert describe_splitter('nltk') == (
        f'NLTK {nltk.__version__}: Punkt, trained on the text itself')
    assert describe_splitter('spacy') == (
        f'spaCy {spacy.__version__}: its sentencizer')
    assert describe_splitter('period') == describe_splitter(period)
    assert describe_splitter(len) == 'len, a function'


# Pipelines of spaCy -------------------------------------------------------

@pytest.fixture
def save_pipeline(spacy, tmp_path):
    """Saves a pipeline with some components; returns its splitter's name."""
    def save_pipeline(**components):
        nlp = spacy.blank('en')
        for name, config in components.items():
            nlp.add_pipe(name, config=config)
        nlp.to_disk(tmp_path / 'pipeline')
        return f'spacy:{tmp_path / "pipeline"}'
    return save_pipeline


def test_a_pipeline_of_ones_own(save_pipeline, spacy):
    name = save_pipeline(sentencizer={'punct_chars': [';']})
    assert make_sentence_splitter(name)('It rose ; it fell . So it did .') == [
        'It rose ;', 'it fell . So it did .']
    assert describe_splitter(name) == (
        f'spaCy {spacy.__version__}: the pipeline {name[6:]}')


def test_a_pipeline_without_sentences(save_pipeline):
    with pytest.raises(ValueError, match='finds no sentences; take one with'):
        check_sentence_splitter(save_pipeline())


def test_a_pipeline_that_is_not_installed(spacy):
    with pytest.raises(ValueError, match=(
            "pipeline 'xx_none_sm' is not installed; try python -m spacy "
            "download xx_none_sm, or 'spacy' alone")):
        check_sentence_splitter('spacy:xx_none_sm')


@pytest.mark.parametrize('language, text, sentences', [
    ('de', 'Er kam z. B. gestern. Sie ging!',
     ['Er kam z. B. gestern.', 'Sie ging!']),
    ('zh', '海升起。它落下！好。',
     ['海升起。', '它落下！',
      '好。'])])
def test_spacy_for_another_language(language, text, sentences, spacy):
    assert make_sentence_splitter(f'spacy:{language}')(text) == sentences
    assert describe_splitter(f'spacy:{language}') == (
        f'spaCy {spacy.__version__}: its sentencizer for {language}')
    assert split_paragraphs([text], f'spacy:{language}',
                            lowercase=False) == [sentences]


def test_a_language_that_spacy_does_not_know(spacy):
    with pytest.raises(ValueError, match=(
            r"sentence_splitter 'spacy:qq' cannot be used: .*qq.*\. "
            r"'spacy:de' or 'spacy:zh' is right for German or Chinese")):
        check_sentence_splitter('spacy:qq')


def test_a_line_longer_than_spacys_limit(spacy):
    split = make_sentence_splitter('spacy')
    assert len(split('It rose . ' * 100_001)) == 100_001


# Mistakes -----------------------------------------------------------------

@pytest.mark.parametrize('name', ['', 'Period', 'nltk:', 'spacy:', 'punkt',
                                  'lines:de'])
def test_an_unknown_name(name):
    expected = (f"sentence_splitter '{name}' is not known; give 'period', "
                f"'lines', 'nltk' or 'spacy', 'nltk:german' or 'spacy:de' "
                f"for another language, 'spacy:' and a pipeline, or a "
                f"function")
    for function in (check_sentence_splitter, make_sentence_splitter,
                     describe_splitter):
        with pytest.raises(ValueError, match=expected):
            function(name)


@pytest.mark.parametrize('name', ['nltk', 'spacy', 'spacy:en_core_web_sm'])
def test_a_missing_library_names_the_extra(name, monkeypatch):
    needed = name.partition(':')[0]
    monkeypatch.setitem(sys.modules, needed, None)
    for function in (check_sentence_splitter, make_sentence_splitter,
                     describe_splitter):
        with pytest.raises(ModuleNotFoundError, match=(
                rf"'{needed}' needs a library that is not installed; "
                r'pip install "d2l_bert\[sentences\]" brings it')) as raised:
            function(name)
        assert raised.value.name == needed


def test_another_missing_library_is_not_hidden(monkeypatch, nltk):
    def import_module(name):
        raise ModuleNotFoundError('no regex', name='regex')
    monkeypatch.setattr(libraries, 'import_module', import_module)
    with pytest.raises(ModuleNotFoundError, match='no regex'):
        check_sentence_splitter('nltk')


def test_told_before_anything_is_fetched(backend, monkeypatch):
    monkeypatch.setattr('d2l_bert.core.text.corpus.find_corpus',
                        lambda *args: pytest.fail('it was looked for'))
    with pytest.raises(ValueError, match="'comma' is not known"):
        backend.load_data_wiki(8, 16, sentence_splitter='comma')


def test_no_library_before_it_is_chosen(run_python):
    assert run_python('''
import sys
from d2l_bert.core import load_paragraphs
load_paragraphs('tiny')
load_paragraphs('tiny', sentence_splitter='period')
print({'nltk', 'spacy'} & set(sys.modules))
''') == 'set()\n'


# Whole texts --------------------------------------------------------------

def test_sentences_are_cut_before_they_are_lower_cased(nltk):
    # 'It fell' opens a sentence after 'a.m.', and 'it fell' does not.
    lines = ['The sea rose at 9 a.m. Then it fell .', 'A sea at 2 a.m. fell .',
             'Then it rose at 3 a.m. or so .', 'Then it fell .'] * 9
    found = split_paragraphs(lines, 'nltk')
    assert found == [['the sea rose at 9 a.m.', 'then it fell .']] * 9


def test_headings_are_no_paragraphs(library):
    assert split_paragraphs(
        [' = Oliver ! = \n', ' = = Why ? = = \n', ' \n',
         ' It ran . Why ? \n', ' It ran . \n'], library) == [
             ['it ran .', 'why ?']]


def test_period_by_name_is_the_books():
    by_name, by_default = (
        read_wiki(TINYWIKI_DIR, random.Random(0), *choice)
        for choice in (['period'], []))
    assert by_name == by_default
    assert by_name == read_wiki(TINYWIKI_DIR, random.Random(0), period)


def test_tinywiki(library):
    # It was written for the book's rule: only full stops, all of them alone.
    paragraphs = load_paragraphs('tiny', rng=random.Random(0),
                                 sentence_splitter=library)
    assert figures(paragraphs) == (216, 1293, 1077, 736)
    assert all(sentence.endswith(' .') for paragraph in paragraphs
               for sentence in paragraph)
    assert paragraphs[0][0] == ('light cannot show details that are much '
                                'smaller than its own waves .')


@pytest.mark.slow
def test_both_backends_make_the_same(library, torch_backend, mxnet_backend,
                                     assert_same):
    one, other = (d2l.load_data_wiki(
        64, 32, corpus='tiny', seed=1, sentence_splitter=library)[0].dataset[:]
        for d2l in (torch_backend, mxnet_backend))
    assert_same(one, other)


@pytest.mark.parametrize('name, expected', [
    ('period', (15496, 74631, 44225, 20256)),
    ('nltk', (14521, 74415, 43784, 20073)),
    ('spacy', (14461, 73878, 43152, 20061))])
def test_wikitext_2(name, expected, wikitext, nltk, spacy):
    paragraphs = read_wiki(wikitext, random.Random(0), name)
    assert figures(paragraphs) == expected
    # The lesson on the data set shows what notebooks/splitters.py saved.
    saved = json.loads(
        (saved_run('splitters') / 'figures.json').read_text('utf-8'))
    row = saved['table'][name]
    assert (row['paragraphs'], row['sentences'], row['that fit'],
            row['vocabulary']) == expected
    assert row['pairs'] == expected[1] - expected[0]
    lines = (wikitext / 'wiki.train.tokens').read_text('utf-8').splitlines()
    split = make_sentence_splitter(name, lines)
    assert saved['splits'][name] == [split(text) for text in (
        'The U.S. Navy met Lt. Reed . He came from No. 3 Squadron .',
        'She sang at St. Clair . " Why ? " he asked .')]
