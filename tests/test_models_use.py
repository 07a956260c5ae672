"""A pretrained BERT at work: blanks, neighbours, vectors."""

import numpy as np
import pytest

from d2l_bert.core.models.config import Config
from d2l_bert.core.models.inputs import (
    make_inputs, text_pair, unknown_words)
from d2l_bert.core.models.use import (
    encode, fill_mask, next_sentence_probability, rank_answers, save_array)
from d2l_bert.core.objectives.reviews import review_vocab
from d2l_bert.core.tokens.vocab import RESERVED_TOKENS, Vocab
from d2l_bert.core.tokens.words import basic_english, tokenize

VOCAB = Vocab(['a', 'b', 'sea'], 0, RESERVED_TOKENS)
REVIEWS = review_vocab({'sea': 2, 'don': 2, "'": 2, 't': 2, '.': 2}, 2)
SIZES = {'num_hiddens': 8, 'ffn_num_hiddens': 16, 'num_heads': 2,
         'num_blks': 1, 'dropout': 0.5, 'max_len': 20}


class Scripted:
    """A model that returns prepared logits, and remembers its inputs."""

    def __init__(self, vocab, words, pairs, max_len, tokenizer, layout):
        self.vocab, self.words, self.pairs = vocab, words, pairs
        self.tokenizer, self.layout = tokenizer, layout
        self.config = Config(len(vocab), 8, 8, 1, 1, 0.0, max_len)
        self.asked = []

    def predict(self, inputs, pred_positions):
        self.asked.append((*inputs[:3], pred_positions))
        logits = np.zeros((1, len(self.words), len(self.vocab)))
        for i, word in enumerate(self.words):
            logits[0, i, self.vocab[word]] = np.log(len(self.vocab) + 1)
        nsp = np.array([[0.0, logit] for logit in self.pairs])
        return inputs.token_ids[:, :, None] * np.ones(3), logits, nsp


def scripted(vocab=VOCAB, words=(), pairs=(), max_len=20,
             tokenizer=tokenize, layout='pair'):
    net = Scripted(vocab, words, pairs, max_len, tokenizer, layout)
    return net, net.asked


def test_fill_mask():
    reader, asked = scripted(words=['sea', 'b'])
    first, second = fill_mask(reader, 'A <mask> <mask> xyz', k=2)
    # The word that was told has (V + 1) of (V + 1) + (V - 1) parts.
    assert first[0].token == 'sea' and second[0].token == 'b'
    assert first[0].probability == pytest.approx(9 / 16)
    assert first[1].probability == pytest.approx(1 / 16)
    (token_ids, segments, valid_lens, positions), = asked
    assert VOCAB.to_tokens(token_ids) == [
        ['<cls>', 'a', '<mask>', '<mask>', '<unk>', '<sep>']]
    assert not segments.any() and valid_lens.tolist() == [6]
    assert positions.tolist() == [[2, 3]]


def test_fill_mask_in_two_texts():
    reader, asked = scripted(words=['sea', 'b'])
    fill_mask(reader, 'a <mask>', next_text='<mask> b')
    (token_ids, segments, _, positions), = asked
    assert VOCAB.to_tokens(token_ids) == [
        ['<cls>', 'a', '<mask>', '<sep>', '<mask>', 'b', '<sep>']]
    assert segments.tolist() == [[0, 0, 0, 0, 1, 1, 1]]
    assert positions.tolist() == [[2, 4]]
    fill_mask(reader, 'a', next_text='<mask> b')  # in the second alone
    assert asked[1][3].tolist() == [[3]]


def test_a_blank_that_is_cut_off():
    reader, _ = scripted(REVIEWS, words=['sea'], max_len=9,
                         tokenizer=basic_english, layout='halves')
    with pytest.raises(ValueError, match='lies beyond the length'):
        fill_mask(reader, 'sea sea sea <mask>')


@pytest.mark.parametrize('text, k, message', [
    ('a b', 5, "there is no <mask> in 'a b'"), ('', 5, 'no <mask>'),
    *(('<mask>', k, 'k must be a whole number from 1 to 8')
      for k in (0, 9, 2.5))])
def test_blanks_that_cannot_be_filled(text, k, message):
    with pytest.raises(ValueError, match=message):
        fill_mask(scripted(words=['a'])[0], text, k)


def test_rank_answers():
    reader, asked = scripted(pairs=[0.0, np.log(3), -1.0])
    ranked = rank_answers(reader, 'a ?', ['b', 'a b', 'sea'])
    assert [answer for answer, _ in ranked] == ['a b', 'b', 'sea']
    assert [chance for _, chance in ranked] == pytest.approx(
        [0.75, 0.5, 1 / (1 + np.e)])
    token_ids, segments, valid_lens, positions = asked[0]
    assert valid_lens.tolist() == [6, 7, 6] and positions is None
    assert VOCAB.to_tokens(token_ids[0]) == [
        '<cls>', 'a', '<unk>', '<sep>', 'b', '<sep>', '<pad>']
    assert segments[1].tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert next_sentence_probability(reader, 'a', 'b') == pytest.approx(0.5)


@pytest.mark.parametrize('question, answers, message', [
    ('a', [], 'answers must be a list'), ('a', 'b', 'answers must be a list'),
    ('', ['b'], 'need at least one word'),
    ('a', ['b', ' '], 'need at least one word')])
def test_questions_that_cannot_be_answered(question, answers, message):
    with pytest.raises(ValueError, match=message):
        rank_answers(scripted(pairs=[0.0])[0], question, answers)


def test_encode():
    tokens, vectors = encode(scripted()[0], 'a', 'sea')
    assert tokens == ['<cls>', 'a', '<sep>', 'sea', '<sep>']
    assert vectors[:, 0].tolist() == VOCAB[tokens]
    with pytest.raises(ValueError, match='no word'):
        encode(scripted()[0], ' ')


def test_a_text_in_place_of_tokens(backend):
    net = model(backend)
    for pair in (('a sea',), (['a'], 'sea b')):
        with pytest.raises(TypeError, match=r"a list such as \['(a|sea)'"):
            backend.get_bert_encoding(net, *pair)


def test_words_of_reviews():
    def words(text):
        return text_pair(text, None, REVIEWS, basic_english)[0]

    assert words("Sea? DON't <mask>.") == [
        'sea', '?', 'don', "'", 't', '[MASK]', '.']
    assert words('[MASK]; sea') == ['[MASK]', 'sea']
    assert unknown_words(['The sea', 'the end'], REVIEWS, basic_english) == [
        'the', 'end']


def test_reviews_are_read_in_halves():
    reader, asked = scripted(REVIEWS, words=['sea'], max_len=9,
                             tokenizer=basic_english, layout='halves')
    assert fill_mask(reader, 'Sea <mask> .')[0][0].token == 'sea'
    token_ids, segments, valid_lens, positions = asked[0]
    assert REVIEWS.to_tokens(token_ids[0]) == [
        '[CLS]', 'sea', '[MASK]', '.', '[SEP]', '[CLS]', '[PAD]', '[PAD]',
        '[PAD]']
    assert segments[0].tolist() == [0, 0, 0, 0, 0, 1, 1, 1, 1]
    assert valid_lens.tolist() == [6]
    mask = make_inputs([(['sea', '[MASK]', '.'], None)], REVIEWS, 9,
                       'halves').attention_mask
    assert mask[0].tolist() == [True] * 6 + [False] * 3
    assert positions.tolist() == [[2]]


def test_inputs_are_cut_in_halves_only():
    inputs = make_inputs([(['sea'] * 9, ['sea'])], REVIEWS, 9, 'halves')
    assert inputs.token_ids.shape == (1, 9)


def test_save_array(tmp_path):
    path = save_array(tmp_path / 'v.one', np.eye(2))
    assert path.name == 'v.one.npy' and np.load(path).tolist() == [
        [1, 0], [0, 1]]
    with pytest.raises(FileExistsError, match='v.one.npy is there already'):
        save_array(path, np.eye(3))
    assert len(np.load(path)) == 2
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == [
        'v.one.npy']


# With the models of both frameworks ---------------------------------------

def model(backend, vocab=VOCAB):
    net = backend.new_model(3, len(vocab), **SIZES)
    net.vocab = vocab
    if vocab is REVIEWS:
        net.tokenizer, net.layout = basic_english, 'halves'
    return net


def to_numpy(array):
    return array.asnumpy() if hasattr(array, 'asnumpy') else array.numpy()


def test_bert_encoding(backend):
    net = model(backend)
    alone = backend.get_bert_encoding(net, ['a', 'sea'])
    both = backend.get_bert_encoding(net, ['a', 'sea'], ['b'])
    assert tuple(alone.shape) == (1, 4, 8) and tuple(both.shape) == (1, 6, 8)
    alone, both = to_numpy(alone), to_numpy(both)
    assert not np.allclose(alone[0, 2], both[0, 2], atol=1e-4)
    # Dropout is off, and is on again afterwards where it was on.
    np.testing.assert_array_equal(
        to_numpy(backend.get_bert_encoding(net, ['a', 'sea'])), alone)
    assert getattr(net, 'training', True)
    _, vectors = backend.encode(net, 'a sea')
    np.testing.assert_allclose(vectors, alone[0], atol=1e-6)
    other = Vocab(['sea', 'a', 'b', 'x'], 0, RESERVED_TOKENS[:3] + ['<sep>'])
    assert backend.get_bert_encoding(net, ['a'], vocab=other).shape[1] == 3


def test_models_agree(torch_backend, mxnet_backend):
    for vocab, text in ((VOCAB, 'a <mask> b'), (REVIEWS, 'sea <mask>')):
        nets = [model(backend, vocab)
                for backend in (torch_backend, mxnet_backend)]
        guesses, theirs = (
            {guess.token: guess.probability for guess
             in backend.fill_mask(net, text, k=len(vocab))[0]}
            for backend, net in zip((torch_backend, mxnet_backend), nets))
        assert guesses == pytest.approx(theirs, abs=1e-5)
        ours, theirs = (dict(backend.rank_answers(net, 'a', ['b', 'sea a']))
                        for backend, net in zip(
                            (torch_backend, mxnet_backend), nets))
        assert ours == pytest.approx(theirs, abs=1e-5)


def test_a_model_without_words(backend):
    net = backend.new_model(0, 9, **SIZES)
    for ask in (lambda: backend.fill_mask(net, '<mask>'),
                lambda: backend.get_bert_encoding(net, ['a']),
                lambda: backend.rank_answers(net, 'a', ['b'])):
        with pytest.raises(ValueError, match='set net.vocab'):
            ask()


def test_a_text_that_is_too_long(backend):
    with pytest.raises(ValueError, match='has 22 tokens, and the model '
                                         'reads at most 20'):
        backend.fill_mask(model(backend), '<mask> ' * 20)
