"""Text that keeps its capital letters, from the file to the model's use."""

import json

import pytest

from d2l_bert import cli
from d2l_bert.core import (
    basic_english, cased, load_examples, load_paragraphs, load_splits,
    make_examples, read_wiki, split_paragraphs, tokenize)
from d2l_bert.core.models.use import encode, fill_mask, rank_answers
from d2l_bert.core.tokens.words import (
    Cased, characters, describe_tokenizer, restore_tokenizer, tokenize_text)

LINE = 'The Sea rose . It fell . '
SIZES = {'num_hiddens': 8, 'ffn_num_hiddens': 16, 'num_heads': 2,
         'num_blks': 1, 'dropout': 0.1, 'max_len': 32}


@pytest.fixture
def sea(tmp_path):
    path = tmp_path / 'sea.txt'
    path.write_text(f'{LINE}\n' * 9, 'utf-8')
    return path


# Reading ------------------------------------------------------------------

@pytest.mark.parametrize('choice, expected', [
    ('period', ['The Sea rose', 'It fell .']),
    ('nltk', ['The Sea rose .', 'It fell .']),
    ('spacy', ['The Sea rose .', 'It fell .']),
    (str.split, LINE.split())])
def test_every_splitter_keeps_the_case(choice, expected, nltk, spacy):
    assert split_paragraphs([LINE], choice, lowercase=False) == [expected]
    lower = [sentence.lower() for sentence in expected]
    assert split_paragraphs([LINE], choice) == [lower]


def test_other_ways_to_write_a_text():
    assert split_paragraphs(['The Sea .', 'It .'], 'lines',
                            lowercase=False) == [['The Sea .', 'It .']]
    assert split_paragraphs(['The', 'Sea . It .'], wrapped=True,
                            lowercase=False) == [['The Sea', 'It .']]


def test_every_reader_of_paragraphs(sea):
    for load in (load_paragraphs, read_wiki):
        assert load(sea, lowercase=False) == [['The Sea rose',
                                               'It fell .']] * 9


def test_every_reader_of_examples(sea, backend):
    options = {'corpus': sea, 'min_freq': 1, 'lowercase': False}
    train, valid = load_splits(32, **options)
    train_iter, vocab = backend.load_data_wiki(4, 32, **options)
    whole = load_examples(32, **options)
    for examples in (train, valid, whole, train_iter.dataset.examples):
        assert 'Sea' in examples.vocab and 'sea' not in examples.vocab
        assert describe_tokenizer(examples.tokenizer) == {
            'name': 'words', 'state': {'lowercase': False}, 'saved': True}


def test_reviews_keep_capitals(backend, tmp_path):
    reviews = ['The Sea rose; high. It fell again.'] * 9
    train_iter, vocab = backend.load_data_imdb(
        4, reviews=reviews, lowercase=False, percentile=100)
    assert vocab.idx_to_token[5:] == [
        'The', 'Sea', 'rose', 'high', 'It', 'fell', 'again', '.']
    examples = train_iter.dataset.examples
    net = backend.new_model(0, len(vocab), **SIZES | {
        'max_len': examples.max_len})
    backend.pretrain(net, examples, steps=1,
                     batch_size=4, folder=tmp_path)
    loaded = backend.load_bert(tmp_path)
    assert encode(loaded, 'The Sea;')[0][:3] == ['[CLS]', 'The', 'Sea']
    _, lower = backend.load_data_imdb(4, reviews=reviews, percentile=100)
    assert lower.idx_to_token[5:7] == ['the', 'sea']


def test_a_text_is_in_lower_case_by_default(sea):
    examples = load_examples(32, corpus=sea, min_freq=1)
    assert examples.tokenizer is tokenize and 'sea' in examples.vocab


# Tokenizers ---------------------------------------------------------------

def own(lines):
    return [line.split('-') for line in lines]


@pytest.mark.parametrize('choice, inside', [
    ('words', tokenize), ('chars', characters), (tokenize, tokenize),
    (own, own), (cased(own), own)])
def test_cased(choice, inside):
    tokenizer = cased(choice)
    assert tokenizer.cut is inside
    assert tokenizer(['A-b c']) == inside(['A-b c'])
    assert tokenize_text('A-b', tokenizer, {}) == inside(['A-b'])[0]
    assert tokenize_text('A-b', inside, {}) == inside(['a-b'])[0]


def test_basic_english_that_keeps_capitals():
    assert cased('basic_english')(['"A;b," he said.']) == [
        ['A', 'b', ',', 'he', 'said', '.']]


@pytest.mark.parametrize('tokenizer', [tokenize, characters, basic_english])
def test_what_a_model_file_says(tokenizer):
    described = json.loads(json.dumps(describe_tokenizer(cased(tokenizer))))
    restored = restore_tokenizer(described)
    assert isinstance(restored, Cased) and restored.cut is tokenizer


def test_one_of_ones_own_is_cased_without_its_file():
    restored = restore_tokenizer(describe_tokenizer(cased(own)))
    assert isinstance(restored, Cased)
    with pytest.raises(ValueError, match='a tokenizer of your own, own,'):
        restored(['A'])


# Use ----------------------------------------------------------------------

@pytest.fixture
def trained(backend, tmp_path):
    """A function from options to a model that was saved and loaded."""
    def trained(**options):
        examples = make_examples(
            [['The Sea rose', 'It fell .']], 32, min_freq=1, **options)
        net = backend.new_model(0, len(examples.vocab), **SIZES)
        backend.pretrain(net, examples, steps=1, batch_size=1,
                         folder=tmp_path / 'run')
        return backend.load_bert(tmp_path / 'run')
    return trained


def test_a_model_reads_as_it_was_trained(trained):
    net = trained(tokenizer=cased('words'))
    assert encode(net, 'The Sea <mask>')[0] == [
        '<cls>', 'The', 'Sea', '<mask>', '<sep>']
    assert encode(net, 'the SEA')[0] == ['<cls>', '<unk>', '<unk>', '<sep>']
    assert fill_mask(net, 'The Sea <mask>')[0] != fill_mask(
        net, 'the sea <mask>')[0]
    assert rank_answers(net, 'The Sea', ['It'])[0][1] != rank_answers(
        net, 'the sea', ['it'])[0][1]


def test_a_model_of_lower_case_reads_capitals_as_before(trained):
    net = trained(tokenizer='words')
    assert encode(net, 'THE')[0] == ['<cls>', '<unk>', '<sep>']
    assert fill_mask(net, 'The Sea <mask>') == fill_mask(net,
                                                         'the sea <mask>')


def test_a_tokenizer_of_ones_own_is_passed_without_case(trained):
    net = trained(tokenizer=cased(own))
    assert encode(net, 'It fell .-The Sea rose', tokenizer=own)[0] == [
        '<cls>', 'It fell .', 'The Sea rose', '<sep>']
    assert encode(net, 'It fell .-The', tokenizer=basic_english)[0] == [
        '<cls>', '<unk>', '<unk>', '<unk>', '<unk>', '<sep>']


def test_on_the_command_line(sea, capsys, torch_backend, tmp_path):
    def run(*argv):
        assert cli.main(list(map(str, argv))) == 0
        return capsys.readouterr()

    common = ['--backend', 'torch', '--corpus', sea, '--min-freq', 1]
    assert 'vocabulary  11 tokens' in run('dataset', *common)[0]
    assert ' Sea ' in run('dataset', *common, '--no-lowercase', '--show',
                          9)[0]
    run('pretrain', *common, '--no-lowercase', '--steps', 1, '--batch-size',
        4, '--out', tmp_path / 'run')
    out, err = run('encode', '--backend', 'torch', tmp_path / 'run',
                   'The sea')
    assert out.splitlines()[1].startswith('The ')
    assert "does not know 'sea', and reads <unk>; capital letters c" in err
