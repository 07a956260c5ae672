"""The model for questions: its losses, both frameworks, and what it learns."""

from dataclasses import replace

import numpy as np
import pytest
from test_models import LENS, SEGMENTS, TOKENS, array, numbers, run

from d2l_bert.core import Vocab, load_questions, make_qa_examples
from d2l_bert.core.models.files import load_model
from d2l_bert.core.objectives.qa import QAColumns
from d2l_bert.core.text.squad import Question
from d2l_bert.core.training.runs import read_log

SIZES = {'vocab_size': 30, 'num_hiddens': 8, 'ffn_num_hiddens': 16,
         'num_heads': 2, 'num_blks': 2, 'dropout': 0.0, 'max_len': 12}
STARTS, ENDS = np.array([2, 0]), np.array([4, 0])
WORDS = ['the', 'sea', 'rose', 'fell', 'at', 'six', 'seven', 'when', 'did',
         'it', '.']
SPECIAL = ['<pad>', '<mask>', '<cls>', '<sep>']
SMALL = {'num_hiddens': 16, 'ffn_num_hiddens': 32, 'num_heads': 2,
         'num_blks': 2, 'dropout': 0.0, 'max_len': 32}


def question(verb, hour, number, none=False):
    """When did the sea rise? The passage says so, or only that it did."""
    passage = f'the sea {verb} .' if none else f'the sea {verb} at {hour} .'
    return Question(str(number), passage, f'when did the sea {verb}',
                    () if none else (hour,),
                    () if none else (passage.index(hour),), 'Tides')


QUESTIONS = [question(verb, hour, 4 * i + 2 * j + none, none)
             for i, verb in enumerate(('rose', 'fell'))
             for j, hour in enumerate(('six', 'seven'))
             for none in (False, True)]


def bert(backend, seed=0):
    net = backend.new_model(seed, len(WORDS) + 5, **SMALL)
    net.vocab = Vocab(WORDS, 0, SPECIAL)
    return net


def batch_of(backend):
    return QAColumns(*(array(backend, column) for column in (
        TOKENS, SEGMENTS, LENS.astype('f'), STARTS, ENDS)))


def test_losses_by_hand(backend):
    net = backend.new_model(0, kind='qa', **SIZES)
    weights = {name: value * 25 if value.ndim == 2 else value
               for name, value in backend.get_weights(net).items()}
    backend.set_weights(net, weights)
    encoded = run(backend, net.encoder, TOKENS, SEGMENTS, LENS)[:]
    logits = np.array(encoded) @ weights['answer.weight'].T
    found = net.losses(batch_of(backend))
    for i, (name, labels) in enumerate((('start', STARTS), ('end', ENDS))):
        expected, hits = 0, 0
        for row, (length, label) in enumerate(zip(LENS, labels)):
            scores = logits[row, :length, i].astype('float64')
            expected += np.log(np.exp(scores).sum()) - scores[label]
            hits += scores.argmax() == label
        loss = found[name]
        assert float(numbers(loss.sum)) == pytest.approx(expected, rel=1e-4)
        assert (loss.weight, int(loss.correct)) == (2, hits)


def test_padding_is_never_chosen(backend):
    net = backend.new_model(0, kind='qa', **SIZES)
    for logits in run(backend, net, TOKENS, SEGMENTS, LENS):
        for row, length in enumerate(LENS):
            assert (np.exp(logits[row, length:]
                           - logits[row, :length].max()) == 0).all()


def test_frameworks_agree(torch_backend, mxnet_backend):
    both = torch_backend, mxnet_backend
    examples = make_qa_examples(QUESTIONS, 32, Vocab(WORDS, 0, SPECIAL))
    plan = {'steps': 6, 'batch_size': 4, 'seed': 3}
    nets, rows = zip(*(backend.finetune_qa(bert(backend), QUESTIONS,
                                           QUESTIONS[:2], **plan)
                       for backend in both))
    for one, other in zip(*rows):
        assert {name for name in one if 'loss' in name} == {
            'start_loss', 'end_loss', *(
                ['valid_start_loss', 'valid_end_loss']
                if one is rows[0][-1] else [])}
        for name in one:
            if name != 'examples_per_second':
                assert one[name] == pytest.approx(other[name], rel=2e-3,
                                                  abs=2e-3), name
    one, other = (backend.evaluate(net, examples)
                  for backend, net in zip(both, nets))
    assert one == pytest.approx(other, rel=2e-3, abs=2e-3)


def test_it_learns_to_answer(backend, tmp_path):
    """The answer is the hour, or '' if the passage has none."""
    net = bert(backend)
    before = backend.get_weights(net)
    qa_net, rows = backend.finetune_qa(
        net, QUESTIONS, steps=150, batch_size=8, learning_rate=0.01,
        folder=tmp_path / 'run')
    assert rows[-1]['start_accuracy'] == rows[-1]['end_accuracy'] == 1
    assert backend.evaluate_qa(qa_net, QUESTIONS) == {
        'exact_match': 100, 'f1': 100, 'count': 8, 'answerable_f1': 100,
        'unanswerable_accuracy': 100}
    found = backend.answer(qa_net, 'The sea fell at seven .',
                           'When did the sea fell')
    assert found.text == 'seven' and found.probability > 0.5
    for name, array_ in backend.get_weights(net).items():
        np.testing.assert_array_equal(array_, before[name])  # as it was
    assert len(read_log(tmp_path / 'run' / 'log.csv')) == 150
    file = load_model(tmp_path / 'run')
    assert (file.kind, file.layout) == ('qa', 'pair')
    again = backend.load_bert(tmp_path / 'run')
    assert backend.answers_of(again, QUESTIONS) == {
        each.id: ''.join(each.answers) for each in QUESTIONS}
    # It goes on from its own classifiers.
    more, rows = backend.finetune_qa(again, QUESTIONS, steps=1, batch_size=8,
                                     learning_rate=0)
    assert rows[0]['start_accuracy'] == 1


@pytest.mark.parametrize('kind', ['bert', 'spanbert'])
def test_the_encoder_is_kept(backend, kind):
    net = backend.new_model(1, len(WORDS) + 5, kind=kind, **SMALL)
    net.vocab = Vocab(WORDS, 0, SPECIAL)
    qa_net, _ = backend.finetune_qa(net, QUESTIONS, steps=1, batch_size=8,
                                    learning_rate=0, seed=5)
    ours, theirs = backend.get_weights(qa_net), backend.get_weights(net)
    assert ours.keys() - theirs.keys() == {'answer.weight', 'answer.bias'}
    for name in ours.keys() & theirs.keys():
        np.testing.assert_array_equal(ours[name], theirs[name])
    assert np.abs(ours['answer.weight']).max() < 0.1


def test_mistakes(backend):
    net = bert(backend)
    with pytest.raises(ValueError, match='not fine-tuned on questions; make'):
        backend.answer(net, 'the sea rose', 'when ?')
    with pytest.raises(ValueError, match='there is no question'):
        backend.finetune_qa(net, [])
    with pytest.raises(TypeError, match="unexpected keyword argument 'lr'"):
        backend.finetune_qa(net, QUESTIONS, lr=1)
    with pytest.raises(TypeError, match='needs either steps=N, .* or epochs'):
        backend.finetune_qa(net, QUESTIONS, steps=1, epochs=2)
    with pytest.raises(TypeError, match='questions must be a list.* not None'):
        backend.finetune_qa(net, None)
    with pytest.raises(ValueError, match='seed must be a whole number'):
        backend.finetune_qa(net, QUESTIONS, seed=-1)
    qa_net, _ = backend.finetune_qa(net, QUESTIONS, steps=1, batch_size=8)
    with pytest.raises(ValueError, match='has no head for masked tokens; it '
                       'was made for starts of answers and ends of answers'):
        backend.fill_mask(qa_net, 'the <mask>')
    with pytest.raises(ValueError, match='model for questions returns no ve'):
        backend.encode(qa_net, 'the sea')
    with pytest.raises(ValueError, match='use the model that it was fine-tu'):
        backend.get_bert_encoding(qa_net, ['the', 'sea'])
    with pytest.raises(TypeError, match="net must be a model, such as load_b"):
        backend.finetune_qa('long-run', QUESTIONS)
    wrong = QUESTIONS[0]._replace(starts=(3,))
    with pytest.raises(ValueError, match="'six' of question '0' is not at it"):
        backend.finetune_qa(net, [wrong])
    with pytest.raises(ValueError, match='has 1 answers and 0 starts; give '):
        backend.finetune_qa(net, [wrong._replace(starts=())])
    net.vocab = None
    with pytest.raises(ValueError, match='the model has no vocabulary'):
        backend.finetune_qa(net, QUESTIONS)


def test_it_is_where_the_model_was(backend):
    net, places = bert(backend), []
    parts = backend._backend

    def place(net, device):
        places.append(device)
        parts.place(net, device)

    replace(parts, place=place).finetune_qa(net, QUESTIONS, steps=1)
    assert places == [parts.device_of(net)]


def test_questions_of_the_class(backend):
    """What the lesson does, with less of everything."""
    train, test = load_questions('tiny')
    net = backend.new_model(0, len(WORDS) + 5, **SMALL)
    net.vocab = Vocab(WORDS, 0, SPECIAL)
    qa_net, rows = backend.finetune_qa(net, train[:20], epochs=1, stride=10)
    assert rows[-1]['epoch'] == 0
    scores = backend.evaluate_qa(qa_net, test, stride=10)
    assert scores['count'] == len(test) and 0 <= scores['f1'] <= 100
