"""Weights in a file that either framework can read, as safetensors.

A model file has the weights under names that belong to no framework, the
arguments of the model and its vocabulary. A checkpoint is the same with
the state of a training run beside it.

Source of the format: https://huggingface.co/docs/safetensors
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from .architecture import Config, check_config
from .download import PathLike
from .vocab import Vocab

FORMAT = 'd2l_bert 1'
MODEL_FILE = 'model.safetensors'
INIT_STD = np.float32(0.02)
Arrays = dict[str, np.ndarray]


class ModelFile(NamedTuple):
    """What a model file holds."""

    weights: Arrays
    config: Config
    vocab: Vocab | None
    extra: dict[str, Any]  # whatever else was saved with it
    state: Arrays  # of a training run, empty in a finished model


class ModelFileError(ValueError):
    """A file that is no model of ours, or not a whole one."""


def weight_shapes(config: Config) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of each weight of a model.

    >>> shapes = weight_shapes(Config(100, 8, 16, 2, 1, 0.1, max_len=64))
    >>> shapes['token_embedding'], shapes['blks.0.ffn.dense1.weight']
    ((100, 8), (16, 8))
    >>> len(shapes), sum(map(np.prod, shapes.values()))
    (29, 3006)

    Matrices have the outputs as rows, as both frameworks do.
    """
    V, H = config.vocab_size, config.num_hiddens
    shapes: dict[str, tuple[int, ...]] = {
        'token_embedding': (V, H), 'segment_embedding': (2, H)}
    if config.positions == 'learned':
        shapes['pos_embedding'] = (config.max_len, H)

    def dense(name: str, inputs: int, outputs: int) -> None:
        shapes[f'{name}.weight'] = (outputs, inputs)
        shapes[f'{name}.bias'] = (outputs,)

    def norm(name: str) -> None:
        shapes[f'{name}.scale'] = shapes[f'{name}.shift'] = (H,)

    for i in range(config.num_blks):
        for W in ('W_q', 'W_k', 'W_v', 'W_o'):
            dense(f'blks.{i}.attention.{W}', H, H)
        norm(f'blks.{i}.addnorm1')
        dense(f'blks.{i}.ffn.dense1', H, config.ffn_num_hiddens)
        dense(f'blks.{i}.ffn.dense2', config.ffn_num_hiddens, H)
        norm(f'blks.{i}.addnorm2')
    dense('hidden', H, H)
    dense('mlm.dense', H, H)
    norm('mlm.norm')
    dense('mlm.words', H, V)
    dense('nsp', H, 2)
    return shapes


def initial_weights(config: Config, seed: int = 0) -> Arrays:
    """Draw the weights to begin with, the same in either framework.

    >>> weights = initial_weights(Config(100, 8, 16, 2, 1, 0.1), seed=0)
    >>> weights['nsp.bias'], weights['mlm.norm.scale'][:2]
    (array([0., 0.], dtype=float32), array([1., 1.], dtype=float32))

    Matrices are normal with a standard deviation of 0.02, as in BERT;
    what is added begins at 0, and what is multiplied at 1.
    """
    rng = np.random.default_rng(seed)
    weights = {}
    for name, shape in weight_shapes(config).items():
        if len(shape) == 2:
            weights[name] = rng.standard_normal(shape, np.float32) * INIT_STD
        else:
            weights[name] = np.full(shape, name.endswith('scale'),
                                    np.float32)
    return weights


def check_weights(weights: Mapping[str, np.ndarray], config: Config,
                  source: str = 'the weights') -> None:
    """Raise ModelFileError unless these are all weights of a model.

    >>> check_weights({}, Config(9, 2, 2, 1, 1, 0.), 'bert.safetensors')
    Traceback (most recent call last):
    ...
    d2l_bert.core.weights.ModelFileError: bert.safetensors lacks 29 of 29 \
weights, first of all 'token_embedding'
    """
    shapes = weight_shapes(config)
    missing = [name for name in shapes if name not in weights]
    if missing:
        raise ModelFileError(f'{source} lacks {len(missing)} of '
                             f'{len(shapes)} weights, first of all '
                             f'{missing[0]!r}')
    unknown = [name for name in weights if name not in shapes]
    if unknown:
        raise ModelFileError(f'{source} has a weight {unknown[0]!r} that a '
                             f'model of {config} has not')
    for name, shape in shapes.items():
        if weights[name].shape != shape:
            raise ModelFileError(
                f'{source} has {name} of shape {weights[name].shape}, where '
                f'a model of {config} has {shape}')


def check_state(state: Mapping[str, np.ndarray], config: Config,
                source: str) -> None:
    """Raise ModelFileError unless this is what Adam remembers of a model.

    >>> check_state({}, Config(9, 2, 2, 1, 1, 0.), 'x.safetensors')
    Traceback (most recent call last):
    ...
    d2l_bert.core.weights.ModelFileError: x.safetensors lacks 'steps' of the \
state of its training, or has another size of it; begin in another folder
    """
    shapes = {'steps': ()} | {
        f'{key}/{name}': shape for name, shape
        in weight_shapes(config).items() for key in ('mean', 'variance')}
    for name, shape in shapes.items():
        # A framework may give positions a dimension more.
        if name not in state or state[name].size != np.prod(shape):
            raise ModelFileError(f'{source} lacks {name!r} of the state of '
                                 f'its training, or has another size of it; '
                                 f'begin in another folder')


def save_model(path: PathLike, weights: Mapping[str, np.ndarray],
               config: Config, vocab: Vocab | None = None,
               extra: Mapping[str, Any] | None = None,
               state: Mapping[str, np.ndarray] | None = None) -> None:
    """Write a model file, at once: a crash leaves the old one whole.

    `extra` is anything that JSON can hold, and `state` arrays of a
    training run. Raises ModelFileError if weights are missing or of other
    shapes than `config` says.
    """
    path = Path(path).expanduser()
    check_weights(weights, config)
    tensors = {f'weights/{name}': array for name, array in weights.items()}
    tensors |= {f'state/{name}': array for name, array
                in (state or {}).items()}
    metadata = {'format': FORMAT, 'config': json.dumps(config._asdict()),
                'extra': json.dumps(dict(extra or {}))}
    if vocab is not None:
        metadata['vocab'] = json.dumps([vocab.idx_to_token,
                                        vocab.spelling])
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f'{path.name}.{os.getpid()}.part')
    try:
        partial.write_bytes(save(
            {name: np.asarray(array, order='C')
             for name, array in tensors.items()}, metadata))
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def load_model(path: PathLike) -> ModelFile:
    """Read a model file, or the model in the folder of a training run.

    Raises FileNotFoundError if there is none, and ModelFileError if it is
    no model of ours or not a whole one.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        path /= MODEL_FILE
    if not path.is_file():
        raise FileNotFoundError(f'no model at {path}; d2l-bert pretrain '
                                f'makes one')
    try:
        with safe_open(path, framework='np') as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name)
                       for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, TypeError) as error:  # of a type NumPy lacks
        raise ModelFileError(f'{path} is not a safetensors file, or is torn '
                             f'({error}); take another or train '
                             f'anew') from error
    return _model_file(path, metadata, tensors)


def _model_file(path: Path, metadata: Mapping[str, str], tensors: Arrays
                ) -> ModelFile:
    if metadata.get('format') != FORMAT:
        raise ModelFileError(f'{path} is a safetensors file, but not a model '
                             f'of this package: its format is '
                             f'{metadata.get("format")!r}, not {FORMAT!r}')
    try:
        config = check_config(Config(**json.loads(metadata['config'])))
        extra = json.loads(metadata['extra'])
        vocab = (Vocab.of_tokens(*json.loads(metadata['vocab']))
                 if 'vocab' in metadata else None)
    except (ValueError, KeyError, TypeError) as error:
        raise ModelFileError(f'{path} does not say what its model is made '
                             f'of: {error}') from error
    if vocab is not None and len(vocab) != config.vocab_size:
        raise ModelFileError(f'{path} has a vocabulary of {len(vocab)} '
                             f'tokens and a model for {config.vocab_size}')
    parts: dict[str, Arrays] = {'weights': {}, 'state': {}}
    for name, array in tensors.items():
        kind, _, name = name.partition('/')
        parts.setdefault(kind, {})[name] = array
    check_weights(parts['weights'], config, str(path))
    for name, array in parts['weights'].items():
        if not np.isfinite(array).all():
            raise ModelFileError(f'{path} has weights in {name} that are no '
                                 f'numbers; take another or train anew')
    return ModelFile(parts['weights'], config, vocab, extra, parts['state'])
