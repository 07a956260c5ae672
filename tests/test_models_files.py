"""Model files: the same in both frameworks, and never half written."""

import json
import os
from dataclasses import asdict, replace
from functools import partial

import numpy as np
import pytest
from safetensors.numpy import save_file
from test_models import LENS, POSITIONS, SEGMENTS, TOKENS, model, run

from d2l_bert.core.models import files
from d2l_bert.core.models.config import Config
from d2l_bert.core.models.files import (
    FORMAT, OLD_FORMAT, ModelFile, load_model, save_model)
from d2l_bert.core.models.weights import ModelFileError, initial_weights
from d2l_bert.core.objectives.bert import make_examples
from d2l_bert.core.objectives.reviews import review_vocab
from d2l_bert.core.tokens.vocab import RESERVED_TOKENS, Vocab
from d2l_bert.core.tokens.words import (
    basic_english, characters, describe_tokenizer, tokenize)

CONFIG = Config(9, 4, 8, 2, 1, 0.1, 6)
WEIGHTS = initial_weights(CONFIG, seed=1)
METADATA = {'format': FORMAT, 'extra': '{}', 'kind': 'bert', 'layout': 'pair',
            'tokenizer': json.dumps(describe_tokenizer(tokenize))}


def test_saved_by_one_and_loaded_by_the_other(torch_backend, mxnet_backend,
                                              tmp_path):
    words = Vocab([f'w{i}' for i in range(25)], 0, RESERVED_TOKENS)
    for saver, loader in ((torch_backend, mxnet_backend),
                          (mxnet_backend, torch_backend)):
        net = model(saver, spread=15, dropout=0.3)
        net.vocab = words
        saver.save_bert(net, tmp_path / 'bert')
        loaded = loader.load_bert(tmp_path / 'bert')
        assert loaded.config == net.config
        assert loaded.vocab.idx_to_token == words.idx_to_token
        for one, other in zip(
                run(saver, net, TOKENS, SEGMENTS, LENS, POSITIONS),
                run(loader, loaded, TOKENS, SEGMENTS, LENS, POSITIONS)):
            np.testing.assert_allclose(one, other, atol=1e-5)


def test_round_trip(tmp_path):
    vocab = Vocab.in_order({'é': 1, 'a"b': 1}, 0, {
        '<unk>': '[UNK]', '<pad>': '[PAD]'})
    config = replace(CONFIG, vocab_size=len(vocab))
    save_model(tmp_path / 'new' / 'm', ModelFile(
        initial_weights(config), config, vocab, basic_english, 'halves',
        extra={'step': 3}, state={'mean/x': np.array(2.5)}))
    file = load_model(tmp_path / 'new' / 'm')
    assert file.config == config and file.extra == {'step': 3}
    assert file.tokenizer is basic_english and file.layout == 'halves'
    assert file.kind == 'bert'
    assert file.vocab.idx_to_token == ['[UNK]', '[PAD]', 'é', 'a"b']
    assert file.vocab['xyz'] == 0 and file.vocab.special('<pad>') == 1
    assert file.state['mean/x'].shape == () and file.state['mean/x'] == 2.5
    for name, array in initial_weights(config).items():
        np.testing.assert_array_equal(file.weights[name], array)


def test_initial_weights():
    """Of n = 200,000 numbers the mean is within 5 sigma / sqrt(n) of 0,
    and the deviation within 5 sigma / sqrt(2 n) of sigma = 0.02."""
    drawn = initial_weights(Config(2000, 100, 8, 2, 1, 0.1), seed=3)
    matrix = drawn['token_embedding']
    assert abs(matrix.mean()) < 5 * 0.02 / matrix.size ** 0.5
    assert abs(matrix.std() - 0.02) < 5 * 0.02 / (2 * matrix.size) ** 0.5
    again = initial_weights(Config(2000, 100, 8, 2, 1, 0.1), seed=3)
    other = initial_weights(Config(2000, 100, 8, 2, 1, 0.1), seed=4)
    assert (matrix == again['token_embedding']).all()
    assert (matrix != other['token_embedding']).any()
    assert not drawn['hidden.bias'].any() and (
        drawn['blks.0.addnorm1.scale'] == 1).all()


def broken(**changes):
    return {**WEIGHTS, **changes}


@pytest.mark.parametrize('tensors, message', [
    ({name: value for name, value in WEIGHTS.items() if name != 'nsp.bias'},
     "lacks 1 of 29 weights, first of all 'nsp.bias'"),
    (broken(extra=np.zeros(1)), "a weight 'extra', which a model"),
    (broken(**{'nsp.bias': np.zeros(3)}), r'nsp.bias of shape \(3,\), where')])
def test_weights_that_do_not_fit(tensors, message, tmp_path, backend):
    with pytest.raises(ModelFileError, match=message):
        save_model(tmp_path / 'm', ModelFile(tensors, CONFIG))
    assert not (tmp_path / 'm').exists()
    save_file({f'weights/{name}': np.asarray(value, np.float32)
               for name, value in tensors.items()}, tmp_path / 'm', {
        **METADATA, 'config': json.dumps(asdict(CONFIG))})
    with pytest.raises(ValueError, match=message):
        backend.load_bert(tmp_path / 'm')


@pytest.mark.parametrize('content', [b'', b'hello', b'\xff' * 100,
                                     b'\x10\0\0\0\0\0\0\0{"a": 1}        '])
def test_not_a_safetensors_file(content, tmp_path, backend):
    (tmp_path / 'm').write_bytes(content)
    with pytest.raises(ModelFileError, match='is not a safetensors file'):
        backend.load_bert(tmp_path / 'm')


def test_numbers_that_are_none(tmp_path, backend):
    for what in (np.nan, np.inf):
        weights = {**WEIGHTS, 'nsp.bias': np.full(2, what, np.float32)}
        save_model(tmp_path / 'm', ModelFile(weights, CONFIG))
        with pytest.raises(ModelFileError, match='weights in nsp.bias that '):
            backend.load_bert(tmp_path / 'm')


def test_numbers_of_a_type_that_numpy_lacks(tmp_path):
    header = json.dumps({'weights/a': {
        'dtype': 'BF16', 'shape': [1], 'data_offsets': [0, 2]}}).encode()
    (tmp_path / 'm').write_bytes(
        len(header).to_bytes(8, 'little') + header + b'\0\0')
    with pytest.raises(ModelFileError, match='bfloat16'):
        load_model(tmp_path / 'm')


def test_torn(tmp_path):
    save_model(tmp_path / 'm', ModelFile(WEIGHTS, CONFIG))
    whole = (tmp_path / 'm').read_bytes()
    (tmp_path / 'm').write_bytes(whole[:-7])
    with pytest.raises(ModelFileError, match='or is damaged'):
        load_model(tmp_path / 'm')


@pytest.mark.parametrize('metadata, message', [
    ({}, 'not a model of this package'),
    ({'format': 'pt'}, "its format is 'pt'"),
    ({'format': FORMAT}, 'does not describe its model'),
    ({**METADATA, 'config': '{"vocab_size": 9}'},
     'does not describe its model'),
    ({**METADATA, 'config': json.dumps(
        asdict(replace(CONFIG, num_heads=3)))}, 'a multiple of num_heads'),
    ({**METADATA, 'config': json.dumps(
        asdict(CONFIG)), 'vocab': json.dumps([['<unk>', 'a'], {}])},
     'a vocabulary of 2 tokens and a model for 9'),
    ({**METADATA, 'config': json.dumps(asdict(CONFIG)), 'kind': 'gpt'},
     "the kind 'gpt' needs a newer version"),
    ({**METADATA, 'config': json.dumps(asdict(CONFIG)), 'layout': 'x'},
     "its layout is 'x', not one of pair, single, halves"),
    ({**METADATA, 'config': json.dumps(asdict(CONFIG)), 'tokenizer':
      '{"name": "pieces", "state": {}, "saved": true}'},
     "tokenizer 'pieces' is not known")])
def test_safetensors_of_others(metadata, message, tmp_path):
    save_file({f'weights/{name}': value for name, value in WEIGHTS.items()},
              tmp_path / 'm', metadata or None)
    with pytest.raises(ModelFileError, match=message):
        load_model(tmp_path / 'm')


def test_nothing_there(tmp_path, backend):
    for path in (tmp_path / 'none', tmp_path):
        with pytest.raises(FileNotFoundError, match='no model at .*pretrain'):
            backend.load_bert(path)


def test_a_crash_leaves_the_old_file(tmp_path, monkeypatch):
    save_model(tmp_path / 'm', ModelFile(WEIGHTS, CONFIG))
    before = (tmp_path / 'm').read_bytes()

    def crash(*args):
        raise OSError('no space left')
    for module, name in ((os, 'replace'), (files, 'save')):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, crash)
            with pytest.raises(OSError, match='no space'):
                save_model(tmp_path / 'm', ModelFile(
                    initial_weights(CONFIG, 2), CONFIG))
        assert (tmp_path / 'm').read_bytes() == before
        assert [path.name for path in tmp_path.glob('m*')] == ['m']


# How a model reads a text -------------------------------------------------

@pytest.mark.parametrize('vocab, tokenizer, layout', [
    (Vocab(['a'], 0, RESERVED_TOKENS), tokenize, 'pair'),
    (Vocab(['a', '[PAD]'], 0, RESERVED_TOKENS), tokenize, 'pair'),
    (review_vocab({'a': 2}, 2), basic_english, 'halves')])
def test_files_of_version_0_1_can_be_read(vocab, tokenizer, layout, tmp_path):
    config = replace(CONFIG, vocab_size=len(vocab))
    save_file({f'weights/{name}': value for name, value
               in initial_weights(config).items()}, tmp_path / 'm', {
        'format': OLD_FORMAT, 'config': json.dumps(asdict(config)),
        'extra': '{}', 'vocab': json.dumps([vocab.idx_to_token,
                                            dict(vocab.spelling)])})
    file = load_model(tmp_path / 'm')
    assert (file.kind, file.tokenizer, file.layout) == (
        'bert', tokenizer, layout)


SEA = [['the sea rose', 'it fell again .']] * 9


def trained(backend, tokenizer, tmp_path):
    """A model that was saved and loaded, and the one that was trained."""
    examples = make_examples(SEA, 40, tokenizer=tokenizer, min_freq=1)
    net = backend.new_model(0, len(examples.vocab), 8, 16, 2, 1, 0.0, 40)
    backend.pretrain(net, examples, steps=1, batch_size=4)
    backend.save_bert(net, tmp_path / 'm')
    return net, backend.load_bert(tmp_path / 'm')


def test_the_tokenizer_is_saved_with_the_model(backend, tmp_path):
    net, loaded = trained(backend, 'chars', tmp_path)
    assert loaded.tokenizer is characters
    tokens, _ = backend.encode(loaded, 'sea <mask>')
    assert tokens == ['<cls>', 's', 'e', 'a', ' ', '<mask>', '<sep>']
    assert backend.fill_mask(loaded, 'the <mask>') == (
        backend.fill_mask(net, 'the <mask>'))


def halves_of_words(lines):
    """Cut each word in two."""
    return [[piece for word in line.split()
             for piece in (word[:2], word[2:]) if piece] for line in lines]


def test_a_tokenizer_of_ones_own(backend, tmp_path):
    net, loaded = trained(backend, halves_of_words, tmp_path)
    tokens, _ = backend.encode(net, 'the sea <mask>')
    assert tokens == ['<cls>', 'th', 'e', 'se', 'a', '<mask>', '<sep>']
    for ask in (partial(backend.encode, loaded, 'the sea'),
                partial(backend.fill_mask, loaded, 'the <mask>'),
                partial(backend.rank_answers, loaded, 'the sea', ['fell'])):
        with pytest.raises(ValueError, match='trained with a tokenizer of '
                           'your own, halves_of_words, which is not in its'):
            ask()
        ask(tokenizer=halves_of_words)
    assert backend.encode(loaded, 'the sea <mask>',
                          tokenizer=halves_of_words)[0] == tokens
    with pytest.warns(UserWarning, match=(
            'the model file keeps only the name of the tokenizer, '
            'halves_of_words, as it is a function of your own; when you use '
            'the model later, pass tokenizer=halves_of_words')):
        backend.save_bert(loaded, tmp_path / 'again')  # it keeps the name
    again = load_model(tmp_path / 'again')
    assert describe_tokenizer(again.tokenizer)['name'] == 'halves_of_words'


def test_brackets_in_a_vocabulary_do_not_make_reviews(backend):
    """The layout is that of the examples, however tokens are spelled."""
    examples = make_examples([['the [CLS] sea', 'it [PAD] fell'],
                              ['[MASK] and [SEP]', '[UNK] again']], 20,
                             min_freq=1)
    net = backend.new_model(0, len(examples.vocab), 8, 16, 2, 1, 0.0, 64)
    backend.pretrain(net, examples, steps=1, batch_size=2)
    tokens, _ = backend.encode(net, 'the sea')
    assert tokens == ['<cls>', 'the', 'sea', '<sep>']


def test_sizes_of_numpy_can_be_saved(backend, tmp_path):
    examples = make_examples(SEA, np.int64(20), min_freq=1)
    net = backend.new_model(0, np.int64(len(examples.vocab)), np.int32(8),
                            np.int64(16), np.int8(2), np.int64(1),
                            np.float32(0.5), np.int64(20))
    backend.pretrain(net, examples, steps=np.int64(1), batch_size=np.int64(4),
                     learning_rate=np.float32(0.5), seed=np.int64(1),
                     folder=tmp_path / 'run')
    assert load_model(tmp_path / 'run').config == Config(
        len(examples.vocab), 8, 16, 2, 1, 0.5, 20)


def test_the_same_model_makes_the_same_bytes(tmp_path):
    vocab = Vocab(['caf\u00e9', '"', '\\', '\x7f'], 0, RESERVED_TOKENS)
    file = ModelFile(WEIGHTS, CONFIG, vocab, extra={'a': 1, 'b': '\u2028'})
    saved = set()
    for i in range(12):  # metadata of 7 entries, in an order that is drawn
        save_model(tmp_path / f'{i}', file)
        saved.add((tmp_path / f'{i}').read_bytes())
    assert len(saved) == 1
    loaded = load_model(tmp_path / '0')
    assert loaded.vocab.idx_to_token == vocab.idx_to_token
    assert loaded.extra == {'a': 1, 'b': '\u2028'}
    assert all((loaded.weights[name] == array).all()
               for name, array in WEIGHTS.items())


def test_half_the_bytes(tmp_path, backend):
    """float16 has 10 binary digits after the first: an error of 2 ** -11
    of a number, at most."""
    for dtype in ('float32', 'float16'):
        save_model(tmp_path / dtype, ModelFile(WEIGHTS, CONFIG), dtype)
    whole, half = ((tmp_path / dtype).stat().st_size
                   for dtype in ('float32', 'float16'))
    numbers = sum(array.size for array in WEIGHTS.values())
    assert 2 * numbers - 200 < whole - half < 2 * numbers + 200
    for name, array in load_model(tmp_path / 'float16').weights.items():
        assert array.dtype == np.float32
        np.testing.assert_allclose(array, WEIGHTS[name], rtol=2 ** -11,
                                   atol=2 ** -25)
    net = backend.load_bert(tmp_path / 'float16')
    assert backend.get_weights(net)['nsp.weight'].dtype == np.float32
    backend.save_bert(net, tmp_path / 'again', 'float16')
    assert ((tmp_path / 'again').read_bytes()
            == (tmp_path / 'float16').read_bytes())


@pytest.mark.parametrize('dtype, weight, message', [
    ('float16', 70000, r'nsp.bias has weights of up to 7e\+04, too large'),
    ('bfloat16', 0, "dtype must be one of float32, float16, not 'bfloat16'"),
    (16, 0, 'dtype must be one of float32, float16, not 16')])
def test_dtypes_that_do_not_fit(dtype, weight, message, tmp_path):
    weights = broken(**{'nsp.bias': np.full(2, weight, np.float32)})
    with pytest.raises(ValueError, match=message):
        save_model(tmp_path / 'm', ModelFile(weights, CONFIG), dtype)
    assert not list(tmp_path.iterdir())


def test_models_that_come_with_the_package(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_model('film-reviews').layout == 'halves'
    save_model('film-reviews', ModelFile(WEIGHTS, CONFIG))
    assert load_model('film-reviews').config == CONFIG  # a file goes first
    for name in ('tinywiki', 'no-such-run', 'x/long-run'):
        with pytest.raises(FileNotFoundError, match='no model at .*, and '
                           'long-run and film-reviews come with d2l_bert'):
            load_model(name)
