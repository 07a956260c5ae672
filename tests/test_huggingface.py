"""The examples, as Hugging Face's BERT takes them."""

import math
import random

import numpy as np
import pytest

from d2l_bert.core.objectives.columns import Columns
from d2l_bert.core.text.corpus import load_paragraphs
from d2l_bert.core.objectives.huggingface import huggingface_fields
from d2l_bert.core.objectives.bert import make_examples

PARAGRAPHS = load_paragraphs('tiny', rng=random.Random(0))
FIELDS = ['attention_mask', 'input_ids', 'labels', 'next_sentence_label',
          'token_type_ids']


@pytest.fixture(params=[False, True], ids=['static', 'dynamic'])
def examples(request):
    return make_examples(PARAGRAPHS, 32, rng=random.Random(1),
                         dynamic_masking=request.param)


@pytest.fixture
def dataset(examples, torch_backend):
    from d2l_bert.torch_backend import HuggingFaceDataset
    return HuggingFaceDataset(examples)


def make_model(transformers, vocab):
    transformers.set_seed(0)
    return transformers.BertForPreTraining(transformers.BertConfig(
        vocab_size=len(vocab), hidden_size=16, num_hidden_layers=1,
        num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=32, pad_token_id=vocab['<pad>']))


def test_fields_by_hand():
    # Position 0 is both a true prediction and what padding says.
    batch = Columns(
        np.array([[9, 4, 5, 3], [0, 6, 3, 3]]),
        np.array([[0, 0, 1, 0], [0, 0, 0, 1]]),
        np.array([3, 4], np.float32),
        np.array([[0, 2], [1, 0]]), np.array([[1, 1], [1, 0]], np.float32),
        np.array([[7, 8], [6, 0]]), np.array([1, 0]))
    found = {name: field.tolist()
             for name, field in huggingface_fields(batch).items()}
    assert found == {
        'input_ids': [[9, 4, 5, 3], [0, 6, 3, 3]],
        'token_type_ids': [[0, 0, 1, 0], [0, 0, 0, 1]],
        'attention_mask': [[1, 1, 1, 0], [1, 1, 1, 1]],
        'labels': [[7, -100, 8, -100], [-100, 6, -100, -100]],
        'next_sentence_label': [0, 1]}


def test_labels_are_the_true_tokens(examples):
    """With the labels put in, a text reads as it does unmasked."""
    unmasked = make_examples(PARAGRAPHS, 32, rng=random.Random(1),
                             mlm_probs=(0, 0, 1))
    fields = huggingface_fields(examples[:])
    predicted = fields['labels'] != -100
    restored = np.where(predicted, fields['labels'], fields['input_ids'])
    assert np.array_equal(restored, unmasked.columns.token_ids)
    assert predicted.sum() == examples[:].mlm_weights.sum()


def test_next_sentence_label_is_the_opposite(examples):
    fields = huggingface_fields(examples[:])
    assert np.array_equal(fields['next_sentence_label'] == 0,
                          examples.columns.nsp_labels == 1)


def test_attention_is_on_what_is_no_padding(examples):
    fields = huggingface_fields(examples[:])
    assert np.array_equal(fields['attention_mask'] == 0,
                          fields['input_ids'] == examples.vocab['<pad>'])
    assert fields['attention_mask'].sum() == examples.columns.valid_lens.sum()


def test_example_slice_and_list(dataset, examples):
    import torch
    batch = dataset[[3, 4]]
    assert sorted(batch) == FIELDS
    assert len(dataset) == len(examples)
    for name in FIELDS:
        assert batch[name].dtype == torch.int64
        assert torch.equal(batch[name][0], dataset[3][name])
        assert torch.equal(batch[name], dataset[3:5][name])
    assert dataset[3]['next_sentence_label'].shape == ()


def test_plain_loader_takes_it(dataset):
    import torch
    batch = next(iter(torch.utils.data.DataLoader(dataset, 4)))
    expected = dataset[:4]
    assert sorted(batch) == FIELDS
    assert all(torch.equal(batch[name], expected[name]) for name in FIELDS)


@pytest.mark.slow
def test_model_learns_a_batch(dataset, transformers):
    import torch
    model = make_model(transformers, dataset.examples.vocab)
    batch = dataset[:16]
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(20):
        loss = model(**batch).loss
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    # At first it knows nothing: log V for a word, log 2 for the pair.
    nothing = math.log(len(dataset.examples.vocab)) + math.log(2)
    assert abs(losses[0] - nothing) < 0.3
    assert losses[-1] < 0.8 * losses[0]


def test_padding_does_not_reach_the_model(dataset, transformers):
    import torch
    model = make_model(transformers, dataset.examples.vocab).eval()
    batch = dataset[:8]
    padded = batch['attention_mask'] == 0
    assert padded.any()
    with torch.no_grad():
        before = model(**batch).loss
        batch['input_ids'][padded] = dataset.examples.vocab['<mask>']
        assert torch.allclose(model(**batch).loss, before)


@pytest.mark.parametrize('key', [3, np.int64(3), np.array(3), 'tensor'])
def test_one_example_by_any_number(dataset, key):
    torch = pytest.importorskip('torch')
    key = torch.tensor(3) if key == 'tensor' else key
    for name, field in dataset[key].items():
        assert torch.equal(field, dataset[3:4][name][0])


@pytest.mark.filterwarnings('ignore:the text itself holds <mask>')
def test_examples_without_a_prediction_are_told(torch_backend):
    """The loss of a batch of them only is nan."""
    examples = make_examples(
        [['<mask>', '<mask>'], ['a b', 'c d']], 8, rng=random.Random(1),
        min_freq=1, strict_masking=True, strict_negatives=True)
    # A pair of '<mask>' only, and one of words, or with words.
    silent = sum(not row.any() for row in examples.columns.mlm_weights)
    with pytest.warns(UserWarning, match=f'^{silent} of 2 examples have no '
                                         f'prediction; .* is nan'):
        torch_backend.HuggingFaceDataset(examples)
    assert silent == 1
