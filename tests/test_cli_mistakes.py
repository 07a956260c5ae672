"""What the command says about mistakes: in its own words, and early."""

import pytest
from test_cli import fails

from d2l_bert import cli
from d2l_bert.cli.mistakes import in_options
from d2l_bert.core.text import corpus

NAMES = ['max_len', 'min_freq', 'resume', 'wrapped', 'steps', 'tokenizer',
         'lowercase', 'valid', 'strict_masking', 'sentence_splitter', 'seed']


@pytest.mark.parametrize('message, expected', [
    ('max_len must be 3, as max_len', '--max-len must be 3, as --max-len'),
    ("'max_len' and my_max_len", "'--max-len' and my_max_len"),
    ('/data/max_len/a.txt max_len.csv', '/data/max_len/a.txt max_len.csv'),
    ('set min_freq=1, or more', 'set --min-freq 1, or more'),
    ("tokenizer='basic' cuts", '--tokenizer basic cuts'),
    ("sentence_splitter 'spacy:de' is", '--sentence-splitter spacy:de is'),
    ('continue it with resume', 'continue it with --resume'),
    ('choose wrapped, and', 'choose --wrapped, and'),
    ('lower min_freq.', 'lower --min-freq.'),
    ('the steps must be few', 'the steps must be few'),
    ('steps must be few', '--steps must be few'),
    ('set strict_masking=True', 'set --strict-masking'),
    ('with lowercase=False', 'with --no-lowercase'),
    ('another text (valid)', 'another text (--valid)'),
    ('a valid seed', 'a valid seed')])
def test_messages_speak_of_options(message, expected):
    assert in_options(message, NAMES) == expected


@pytest.fixture
def usage(capsys):
    """Run the command, which refuses its words; return what it says."""
    def usage(*argv):
        with pytest.raises(SystemExit) as caught:
            cli.main(argv)
        assert caught.value.code == 2
        return capsys.readouterr().err
    return usage


@pytest.mark.parametrize('argv, hint', [
    (['fill-mask', 'my-bert', 'the', 'film', 'was', '<mask>'],
     'a text goes in quotes: "the film was <mask>"'),
    (['encode', 'my-bert', 'a', 'crane', 'is', 'flying'],
     'a text goes in quotes: "a crane is flying"'),
    (['dataset', 'a.txt', 'b.txt'],
     'nothing takes a.txt b.txt; name the files of a text after --corpus'),
    (['pretrain', '--out', 'run', 'a.txt'],
     'nothing takes a.txt; name the files of a text after --corpus'),
    (['grade', 'a.ipynb', 'b.ipynb'],
     'one at a time, so nothing takes b.ipynb; a pattern such as *.txt may '
     'stand for several files'),
    (['pretrain', '--clp', '3'],
     'there is no option --clp; did you mean --clip?'),
    (['data', '--xyzzy'], 'there is no option --xyzzy'),
    (['prepare', '--out', 'x'],
     'the following arguments are required: --corpus')])
def test_words_that_nothing_takes(argv, hint, usage):
    err = usage(*argv)
    assert err.startswith(f'usage: d2l-bert {argv[0]} ')
    assert err.endswith(f'd2l-bert {argv[0]}: error: {hint}\n')


def test_several_files_of_a_pattern_are_a_text(run, tmp_path, torch_backend):
    """As the shell gives them, if *.txt is not in quotes."""
    for name in 'ab':
        (tmp_path / f'{name}.txt').write_text('the sea . it fell .\n' * 9)
    status, out, _ = run('dataset', '--corpus', tmp_path / 'a.txt', tmp_path
                         / 'b.txt', '--min-freq', 1, '--backend', 'torch',
                         '--batch-size', 4)
    assert status == 0 and 'text        18 paragraphs' in out


@pytest.mark.parametrize('argv, message', [
    (['pretrain', '--steps', 0], '--steps must be .*, not 0'),
    (['pretrain', '--epochs', 0], '--epochs must be .*, not 0'),
    (['pretrain', '--num-heads', 3], '--num-hiddens must be a multiple of '
     '--num-heads, but 128 is not divisible by 3'),
    (['pretrain', '--dropout', 1], '--dropout must be at least 0 and .*'),
    (['pretrain', '--clip', -1], '--clip must be a number of at least 0, .*'),
    (['pretrain', '--accumulate', 600], 'a batch of 512 examples cannot be '
     'divided into 600 parts .*; use a larger --batch-size or .*'),
    (['pretrain', '--log-every', -1], '--log-every must be .*'),
    (['pretrain', '--valid', '/no/where'], '--valid .*/no/where.*'),
    (['pretrain', '--mlm-ratio', 0], '--mlm-ratio must be more than 0 .*'),
    (['dataset', '--mlm-ratio', 0], '--mlm-ratio must be more than 0 .*'),
    (['dataset', '--min-freq', 0.5], None)])
def test_refused_before_a_text_is_read(argv, message, run, monkeypatch,
                                       torch_backend, tmp_path):
    def no_text(*args, **kw):
        raise AssertionError('a text is read')
    monkeypatch.setattr(corpus, 'read_text', no_text)
    monkeypatch.setattr('d2l_bert.cli.dataset.read_text', no_text)
    monkeypatch.chdir(tmp_path)
    if message is None:  # no whole number: argparse says it
        with pytest.raises(SystemExit):
            run(*argv)
    else:
        assert fails(run(*argv, '--corpus', 'tiny'), message)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('argv, message', [
    (['--learning-rate', '0,001'], "argument --learning-rate: '0,001' is not "
     'a number, such as 0.001'),
    (['--steps', '2.5'], "argument --steps: invalid int value: '2.5'")])
def test_numbers_that_cannot_be_read(argv, message, usage):
    assert usage('pretrain', *argv).endswith(
        f'd2l-bert pretrain: error: {message}\n')


def test_a_file_in_place_of_the_folder(run, tmp_path, monkeypatch,
                                       torch_backend):
    path = tmp_path / 'notes.txt'
    path.write_text('mine')
    monkeypatch.setattr(corpus, 'read_text', None)
    assert fails(run('pretrain', '--corpus', 'tiny', '--out', path),
                 '.*notes.txt is a file; name a folder for the run, which .*')
    assert path.read_text() == 'mine'


def test_a_training_that_gets_worse_than_guessing(run, tmp_path,
                                                  torch_backend):
    status, _, err = run(
        'pretrain', '--backend', 'torch', '--corpus', 'tiny', '--steps', 3,
        '--batch-size', 16, '--learning-rate', 100, '--out', tmp_path / 'run')
    assert status == 0
    assert err == ('d2l-bert: warning: the loss of masked tokens is higher '
                   'than that of guessing blindly; take a lower '
                   '--learning-rate or more --warmup\n')


def test_advice_on_unknown_words(run, torch_backend):
    def warning(text):
        return run('fill-mask', 'long-run', text)[2].removeprefix(
            'd2l-bert: warning: the model does not know ')
    assert warning('the xyzzy <mask> .') == "'xyzzy', and reads <unk>\n"
    assert warning('the sea, <mask> .') == (
        "'sea,', and reads <unk>; put spaces around words and punctuation\n")


def test_a_short_option(run, torch_backend):
    assert fails(run('fill-mask', 'long-run', 'a <mask>', '-k', 0),
                 '-k must be a whole number .*')


def test_vectors_are_not_overwritten(run, tmp_path, torch_backend):
    path = tmp_path / 'v.npy'
    path.write_text('mine')
    assert fails(run('encode', 'long-run', 'the sea', '--out',
                     tmp_path / 'v'), '.*v.npy is there already; choose .*')
    assert path.read_text() == 'mine'


def test_warnings_speak_of_options(run, tmp_path, torch_backend):
    (tmp_path / 'prose.txt').write_text('The game, a sea. It rose, or not.\n'
                                        * 40)
    _, _, err = run('dataset', '--corpus', tmp_path / 'prose.txt',
                    '--sentence-splitter', 'lines', '--backend', 'torch')
    assert err.endswith('; choose --tokenizer basic, which divides them\n')
