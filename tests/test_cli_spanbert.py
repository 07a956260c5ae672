"""The command with --objective spanbert."""

import re

import pytest

from d2l_bert.core import load_model, load_spanbert_examples
from d2l_bert.core.examples.display import columns_text
from d2l_bert.core.training.runs import read_log

SMALL = ['--objective', 'spanbert', '--corpus', 'tiny', '--max-len', 32,
         '--min-freq', 2]
MODEL = ['--batch-size', 16, '--num-hiddens', 16, '--ffn-num-hiddens', 32,
         '--num-blks', 1, '--steps', 3]


@pytest.fixture
def framework(backend):
    return backend.__name__.removeprefix('d2l_bert.').removesuffix('_backend')


def test_dataset(framework, run):
    status, out, err = run('dataset', '--backend', framework, *SMALL,
                           '--batch-size', 16, '--show', 2, '--seed', 3)
    assert (status, err) == (0, '')
    assert '72 documents, 1293 sentences' in out
    examples = load_spanbert_examples(32, corpus='tiny', min_freq=2, seed=3)
    assert re.search(rf'^examples +{len(examples)}$', out, re.M)
    assert re.search(rf'^left out +nothing; {examples.num_cut} sentences are '
                     f'longer', out, re.M) or not examples.num_cut
    assert re.search(r'^ +span_left +\(16, 4\) +int', out, re.M)
    assert re.search(r'^ +sbo_weights +\(16, 4\) +float32$', out, re.M)
    assert out.endswith(f'\n{columns_text(examples[:2])}\n')


def test_schemes_and_packings(run, torch_backend):
    outs = [run('dataset', '--backend', 'torch', *SMALL, '--batch-size', 16,
                '--show', 1, *options)[1].partition('\nexample 0')[2]
            for options in ([], ['--scheme', 'word'], ['--packing', 'pair'])]
    assert ': one run of text' in outs[0] and ': one run' in outs[1]
    assert outs[0] != outs[1] and 'sentence' in outs[2]


def test_pretrain_and_predict(framework, run, tmp_path):
    status, out, err = run('pretrain', '--backend', framework, *SMALL, *MODEL,
                           '--out', tmp_path / 'run')
    assert (status, err) == (0, '')
    row = read_log(tmp_path / 'run' / 'log.csv')[-1]
    assert f'{row["valid_sbo_loss"]:.3f} for span boundary' in out
    assert load_model(tmp_path / 'run').kind == 'spanbert'
    status, out, err = run('fill-mask', '--backend', framework,
                           tmp_path / 'run', 'the <mask> <mask> of the sea',
                           '-k', 2)
    assert (status, err) == (0, '')
    lines = out.splitlines()
    assert lines[0] == f'{"heads":<12}{"masked tokens":<24}span boundary'
    assert [line[:8].strip() for line in lines[1:]] == [
        '<mask> 1', '', '<mask> 2', '']
    for line in lines[1:]:
        assert re.fullmatch(r'.{12} +[\d.]+%  \S+ +[\d.]+%  \S+', line)
    # A new run goes on from it, and another objective does not.
    assert run('pretrain', '--backend', framework, *SMALL[:-2], *MODEL[:2],
               '--steps', 1, '--init', tmp_path / 'run', '--out',
               tmp_path / 'more')[0] == 0
    status, _, err = run('pretrain', '--backend', framework, '--corpus',
                         'tiny', '--max-len', 32, '--init', tmp_path / 'run',
                         '--out', tmp_path / 'other')
    assert status == 1 and ('is a model of the kind spanbert, so --objective '
                            'bert is not for it') in err


def test_pairs_and_next_sentences(run, tmp_path, torch_backend):
    assert run('pretrain', '--backend', 'torch', *SMALL, *MODEL, '--packing',
               'pair', '--out', tmp_path / 'run')[0] == 0
    assert load_model(tmp_path / 'run').config.next_sentence
    status, _, err = run('pretrain', '--backend', 'torch', *SMALL[:-2],
                         *MODEL[:2], '--steps', 1, '--init', tmp_path / 'run',
                         '--out', tmp_path / 'more')
    assert status == 1 and 'learns next sentences; set --packing pair' in err


@pytest.mark.parametrize('command', ['dataset', 'pretrain'])
@pytest.mark.parametrize('options, message', [
    (['--strict-masking', '--strict-negatives'], 'leave out '
     '--strict-negatives, --strict-masking: that is not for --objective span'),
    (['--wrapped'], 'leave out --wrapped: that is not for --objective span'),
    (['--scheme', 'entity'], '--scheme entity needs --named-spans: a spaCy'),
    (['--named-spans', 'x'], '--named-spans is for the schemes entity and ph'),
    (['--mlm-ratio', '2'], '--mlm-ratio must be')])
def test_mistakes_before_a_text_is_read(command, options, message, run,
                                        monkeypatch, torch_backend):
    monkeypatch.setenv('D2L_BERT_DATA', 'nowhere')
    status, out, err = run(command, '--objective', 'spanbert', *options)
    assert (status, out) == (1, '') and message in err


def test_a_model_of_another_kind(run, torch_backend):
    status, out, err = run('pretrain', '--backend', 'torch', '--objective',
                           'spanbert', '--corpus', 'tiny', '--init',
                           'film-reviews')
    assert status and 'film-reviews is a model of the kind bert, so' in err


def test_options_of_spanbert_for_bert(run):
    status, _, err = run('dataset', '--corpus', 'tiny', '--packing', 'pair',
                         '--scheme', 'word')
    assert status == 1 and err.endswith('leave out --scheme, --packing: that '
                                        'is not for --objective bert\n')
