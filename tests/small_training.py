"""A training that takes a second: its text, its sizes and its plan."""

import pytest

from d2l_bert.core.objectives.bert import load_splits
from d2l_bert.core.training.loop import Step
from d2l_bert.core.training.runs import log_fields

TRAIN, VALID = load_splits(32, corpus='tiny', min_freq=2)
SIZES = {'num_hiddens': 16, 'ffn_num_hiddens': 32, 'num_heads': 2,
         'num_blks': 1, 'max_len': 32}
PLAN = {'steps': 12, 'batch_size': 24, 'learning_rate': 0.01, 'warmup': 3,
        'eval_every': 4, 'save_every': 5, 'seed': 7}
FIELDS = log_fields(['mlm', 'nsp'])
FIGURES = set(FIELDS) - {'examples_per_second'}


def model(backend, dropout=0.1, seed=0, examples=TRAIN):
    return backend.new_model(seed, len(examples.vocab), dropout=dropout,
                             **SIZES)


def figures(rows):
    """The rows of a log without what depends on the machine."""
    return [{name: row[name] for name in FIGURES if name in row}
            for row in rows]


def close(rows, others):
    assert len(rows) == len(others)
    for a, b in zip(figures(rows), figures(others)):
        assert a == pytest.approx(b, rel=1e-4, abs=1e-5)


def step_of(batch, learning_rate, clip, seed=0):
    """A batch as the loop gives it to a learner."""
    weights = batch.loss_weights()
    return Step(1, 0, [batch], weights, weights, learning_rate, clip, seed)
