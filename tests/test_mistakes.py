"""What readers do wrong in a notebook, and what they are told."""

import numpy as np
import pytest

from d2l_bert.core import RESERVED_TOKENS, Vocab
from d2l_bert.core.objectives import nsp
from d2l_bert import frameworks
from d2l_bert.core.book import require_framework
from d2l_bert.core.text.corpus import find_corpus, load_paragraphs, read_wiki
from d2l_bert.core.objectives.mlm import replace_mlm_tokens
from d2l_bert.core.objectives.bert import make_examples
from d2l_bert.core.objectives.bert import load_splits
from d2l_bert.core.training.batching import endlessly

PARAGRAPHS = [['the sea rose', 'it fell .']] * 4


@pytest.mark.parametrize('tokenizer', [
    lambda lines: ' '.join(lines).split(),
    lambda lines: [line.upper() for line in lines]])
def test_a_tokenizer_that_gives_no_lists(tokenizer):
    with pytest.raises(TypeError, match='must return a list of tokens for '
                                        'each of its 2 sentences'):
        make_examples(PARAGRAPHS, 12, tokenizer=tokenizer)


def test_a_tokenizer_that_gives_generators_will_do():
    lazy = make_examples(PARAGRAPHS, 12, min_freq=1, tokenizer=lambda lines: (
        line.split() for line in lines))
    assert len(lazy) == 4
    assert 'sea' in lazy.vocab


def test_a_tokenizer_or_splitter_that_is_no_function():
    with pytest.raises(TypeError, match="tokenizer must be a function, not "
                                        "5"):
        make_examples(PARAGRAPHS, 12, tokenizer=5)
    with pytest.raises(ValueError, match="tokenizer 'pieces' is not known; "
                                         "give one of words, basic, chars"):
        make_examples(PARAGRAPHS, 12, tokenizer='pieces')
    with pytest.raises(TypeError, match='sentence_splitter must be a'):
        load_paragraphs('tiny', sentence_splitter=3)


@pytest.mark.parametrize('result', ['the sea', None, 7])
def test_a_splitter_that_gives_no_list(result):
    with pytest.raises(TypeError, match='must return a list of sentences'):
        load_paragraphs('tiny', sentence_splitter=lambda text: result)


@pytest.mark.filterwarnings('ignore:.*, left out of ')
def test_empty_sentences_of_a_splitter_do_not_count(tmp_path):
    text = tmp_path / 'sea.txt'
    text.write_text('The sea rose. It fell.\nOne only.\n', encoding='utf-8')
    assert read_wiki(text, sentence_splitter=lambda s: s.split('.')) == [
        ['the sea rose', 'it fell']]


def test_a_corpus_that_is_none_or_empty(tmp_path):
    with pytest.raises(TypeError, match='a path or a list of paths, not None'):
        find_corpus(None)
    (tmp_path / 'empty.txt').touch()
    with pytest.raises(ValueError, match='empty.txt is empty'):
        read_wiki(tmp_path / 'empty.txt')


def test_a_min_freq_that_is_no_number():
    with pytest.raises(ValueError, match="min_freq must be a number, not '5'"):
        make_examples(PARAGRAPHS, 12, min_freq='5')


def test_a_missing_framework_is_named(monkeypatch):
    monkeypatch.setattr(frameworks, 'is_installed', lambda name: False)
    for name, title in (('torch', 'PyTorch'), ('mxnet', 'MXNet')):
        with pytest.raises(ModuleNotFoundError, match=(
                f"No module named '{name}': {title} (is not in|has no bui)")
                           ) as raised:
            require_framework(name)
        assert raised.value.name == name


def test_data_dir_beside_another_corpus():
    with pytest.raises(ValueError, match="corpus is 'tiny'; leave one"):
        find_corpus('tiny', data_dir='/somewhere')


def test_text_in_place_of_tokens():
    with pytest.raises(TypeError, match='lists of tokens, not text'):
        nsp.get_tokens_and_segments('hello world')
    with pytest.raises(TypeError, match='not the one string'):
        Vocab('hello')
    with pytest.raises(TypeError, match='sentences of all paragraphs first'):
        Vocab([[['a']], [['b']]])


def test_a_negative_number_of_predictions():
    with pytest.raises(ValueError, match='must be at least 0, not -1'):
        replace_mlm_tokens(['a', 'b'], [0, 1], -1, Vocab(['a']))


def test_ids_of_a_whole_batch_turn_into_tokens(backend):
    loader, words = backend.load_data_wiki(2, 32, corpus='tiny', seed=0)
    batch = next(iter(loader))
    tokens = words.to_tokens(batch.token_ids)
    assert [len(row) for row in tokens] == [32, 32]
    assert [row[0] for row in tokens] == ['<cls>', '<cls>']


def test_changing_an_example_changes_no_other(backend):
    dataset = backend._WikiTextDataset(PARAGRAPHS, 12)
    for chosen in (0, slice(0, 2), [0, 1]):
        before = dataset[0].token_ids.tolist()
        try:
            dataset[chosen].token_ids[:] = 77
        except ValueError:  # a row for gluon's DataLoader
            assert chosen == 0 and 'mxnet' in backend.__name__
        assert dataset[0].token_ids.tolist() == before


@pytest.mark.parametrize('seed', [-1, 2 ** 32, 'a', 1.5])
def test_a_seed_that_is_none(backend, seed):
    with pytest.raises(ValueError, match='seed must be None or a whole'):
        backend.load_data_wiki(2, 32, corpus='tiny', seed=seed)


def test_a_seed_of_numpys(backend):
    first, second = (
        next(iter(backend.load_data_wiki(2, 32, corpus='tiny', seed=seed)[0]))
        for seed in (3, np.int64(3)))
    assert first.token_ids.tolist() == second.token_ids.tolist()


def test_a_loader_of_something_else(backend):
    with pytest.raises(TypeError, match='takes a _WikiTextDataset, not a l'):
        backend.make_loader([1, 2], 2)


def test_an_unknown_option_is_named_before_any_work(backend):
    with pytest.raises(TypeError, match="'min_frq'; the options are dupe_"):
        backend.load_data_wiki(2, 32, corpus='/no/such/text', min_frq=3)


def test_epochs_of_static_examples():
    with pytest.raises(TypeError, match='is for dynamic_masking=True'):
        make_examples(PARAGRAPHS, 12)[0, 1]


def test_columns_of_dynamic_examples_are_those_of_epoch_0():
    examples = make_examples(PARAGRAPHS, 12, dynamic_masking=True)
    assert examples.columns.pred_positions.shape == (4, 2)
    assert examples.columns.token_ids.tolist() == (
        examples[0, :].token_ids.tolist())


def test_mlm_ratio_goes_with_padding_too(backend):
    words = Vocab(['a'], reserved_tokens=RESERVED_TOKENS)
    example = ([5] * 10, [1, 2, 3], [5, 5, 5], [0] * 10, True)
    with pytest.raises(ValueError, match='or pass the mlm_ratio'):
        backend._pad_bert_inputs([example], 10, words)
    padded = backend._pad_bert_inputs([example], 10, words, mlm_ratio=0.3)
    assert padded.pred_positions.tolist() == [[1, 2, 3]]


def test_mxnet_takes_arrays_as_keys(mxnet_backend):
    # MXNet reads numpy.bool for these, long after its import.
    from d2l_bert.mxnet_backend.compat import mxnet
    x = mxnet.np.array([1.0, 2.0, 3.0])
    x[x > 2] = 0
    x[mxnet.np.array([0], dtype='int32')] = 7
    assert x.tolist() == [7, 2, 0]
    assert mxnet.np.full((2,), True).tolist() == [True, True]


def test_huggingface_takes_a_dataset_and_new_epochs(torch_backend):
    from d2l_bert.torch_backend import HuggingFaceDataset
    loader, _ = torch_backend.load_data_wiki(
        4, 32, corpus='tiny', seed=0, dynamic_masking=True)
    renamed = HuggingFaceDataset(loader.dataset)
    first = renamed[np.int64(0)]['labels'].tolist()
    renamed.set_epoch(1)
    assert len(first) == 32
    assert renamed[0]['labels'].tolist() != first
    expected = loader.dataset.examples[1, 0].token_ids.tolist()
    assert renamed[0]['input_ids'].tolist() == expected


# Examples that are not for the model ---------------------------------------

def small_net(backend, examples, max_len=32):
    return backend.new_model(0, len(examples.vocab), 8, 16, 2, 1, 0.1,
                             max_len)


def test_a_loader_in_place_of_examples(backend):
    train_iter, vocab = backend.load_data_wiki(8, 32, corpus='tiny', seed=0)
    examples = train_iter.dataset.examples
    net = small_net(backend, examples)
    for give in (lambda: backend.pretrain(net, train_iter, steps=1),
                 lambda: backend.pretrain(net, examples, train_iter, steps=1),
                 lambda: backend.evaluate(net, examples.columns)):
        with pytest.raises(TypeError, match='train_iter.dataset.examples, '
                                            'not a (DataLoader|Columns)'):
            give()
    assert net.vocab is None  # nothing was begun


def test_a_model_for_another_vocabulary(backend):
    train, _ = load_splits(32, corpus='tiny')
    other, _ = load_splits(32, corpus='tiny', min_freq=2)
    net = small_net(backend, train)
    for give in (lambda: backend.pretrain(net, other, steps=1),
                 lambda: backend.pretrain(net, train, other, steps=1),
                 lambda: backend.evaluate(net, other)):
        with pytest.raises(ValueError, match=f'{len(other.vocab)} tokens in '
                                             f'their vocabulary, and the mod'
                                             f'el was made for 656'):
            give()


def test_words_that_the_model_has_not_learnt(backend):
    ours, theirs = (make_examples([[f'{word} b', 'c']] * 9, 16, min_freq=1)
                    for word in ('a', 'z'))
    net = small_net(backend, ours)
    backend.pretrain(net, ours, steps=1)
    with pytest.raises(ValueError, match='make them with vocab=net.vocab'):
        backend.evaluate(net, theirs)
    with pytest.raises(ValueError, match='make them with vocab=net.vocab'):
        backend.pretrain(small_net(backend, ours), ours, theirs, steps=1)


def test_a_text_longer_than_the_model_reads(backend):
    train, _ = load_splits(64, corpus='tiny')
    with pytest.raises(ValueError, match='64 tokens long, and the model '
                                         'reads at most 32'):
        backend.pretrain(small_net(backend, train), train, steps=1)


@pytest.mark.parametrize('plan, message', [
    ({'steps': 1, 'batch': 4}, "unexpected keyword argument 'batch'; a "
                               "plan has epochs, steps, batch_size"),
    ({'batch_size': 4}, 'needs either steps=N'),
    ({'steps': 2, 'epochs': 1}, 'needs either steps=N')])
def test_a_plan_with_other_words(backend, plan, message):
    train, _ = load_splits(32, corpus='tiny')
    with pytest.raises(TypeError, match=message):
        backend.pretrain(small_net(backend, train), train, **plan)


def test_a_model_of_another_length_for_reviews(backend):
    """It would read halves of another length than it has learnt from."""
    train_iter, vocab = backend.load_data_imdb(
        4, reviews=['The sea rose high. It fell again.'] * 9, seed=0)
    examples = train_iter.dataset.examples
    for max_len in (examples.max_len, 40):
        net = backend.new_model(0, len(vocab), 8, 16, 2, 1, 0.1, max_len)
        if max_len == examples.max_len:
            assert len(backend.pretrain(net, examples, steps=1)) == 1
        else:
            with pytest.raises(ValueError, match='examples of two halves'):
                backend.pretrain(net, examples, steps=1)


def test_a_loader_that_is_used_up():
    with pytest.raises(ValueError, match='train_iter has no batch'):
        list(endlessly(iter('abc'), 5))
    with pytest.raises(ValueError, match='train_iter has no batch'):
        list(endlessly([], 1))
