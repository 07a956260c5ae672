"""The weights of a model under names that belong to no framework."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .config import EncoderConfig

INIT_STD = np.float32(0.02)
Arrays = dict[str, np.ndarray]
Shape = tuple[int, ...]
Shapes = Iterator[tuple[str, Shape]]


class ModelFileError(ValueError):
    """A file that is not a model of ours, or not a complete one."""


def weight_shapes(config: EncoderConfig) -> dict[str, Shape]:
    """Return the name and shape of each weight of a model.

    >>> import math
    >>> from d2l_bert.core import Config
    >>> shapes = weight_shapes(Config(100, 8, 16, 2, 1, 0.1, max_len=64))
    >>> shapes['token_embedding'], shapes['blks.0.ffn.dense1.weight']
    ((100, 8), (16, 8))
    >>> len(shapes), sum(map(math.prod, shapes.values()))
    (29, 3006)

    Matrices have the outputs as rows, as both frameworks do.
    """
    return dict([*_encoder(config), *_HEADS[config.kind](config)])


def _dense(name: str, inputs: int, outputs: int) -> Shapes:
    yield f'{name}.weight', (outputs, inputs)
    yield f'{name}.bias', (outputs,)


def _norm(name: str, size: int) -> Shapes:
    yield f'{name}.scale', (size,)
    yield f'{name}.shift', (size,)


def _encoder(config: EncoderConfig) -> Shapes:
    H = config.num_hiddens
    yield 'token_embedding', (config.vocab_size, H)
    yield 'segment_embedding', (2, H)
    if config.positions == 'learned':
        yield 'pos_embedding', (config.max_len, H)
    for i in range(config.num_blks):
        for W in ('W_q', 'W_k', 'W_v', 'W_o'):
            yield from _dense(f'blks.{i}.attention.{W}', H, H)
        yield from _norm(f'blks.{i}.addnorm1', H)
        yield from _dense(f'blks.{i}.ffn.dense1', H, config.ffn_num_hiddens)
        yield from _dense(f'blks.{i}.ffn.dense2', config.ffn_num_hiddens, H)
        yield from _norm(f'blks.{i}.addnorm2', H)


def _masked(config: EncoderConfig, tied: bool) -> Shapes:
    V, H = config.vocab_size, config.num_hiddens
    yield from _dense('mlm.dense', H, H)
    yield from _norm('mlm.norm', H)
    if not tied:  # else it is the token embedding
        yield 'mlm.words.weight', (V, H)
    yield 'mlm.words.bias', (V,)


def _next_sentence(config: EncoderConfig) -> Shapes:
    yield from _dense('nsp', config.num_hiddens, 2)


def _bert(config: Any) -> Shapes:
    yield from _dense('hidden', config.num_hiddens, config.num_hiddens)
    yield from _masked(config, config.tied)
    yield from _next_sentence(config)


def _spanbert(config: Any) -> Shapes:
    H = config.num_hiddens
    if config.next_sentence:
        yield from _dense('hidden', H, H)
        yield from _next_sentence(config)
    yield from _masked(config, tied=True)
    if config.boundary:
        yield 'sbo.offset_embedding', (config.max_offset, config.offset_size)
        yield from _dense('sbo.dense1', 2 * H + config.offset_size, H)
        yield from _norm('sbo.norm1', H)
        yield from _dense('sbo.dense2', H, H)
        yield from _norm('sbo.norm2', H)
        yield 'sbo.words.bias', (config.vocab_size,)


def _qa(config: Any) -> Shapes:
    yield from _dense('answer', config.num_hiddens, 2)


_HEADS = {'bert': _bert, 'spanbert': _spanbert, 'qa': _qa}


def initial_weights(config: EncoderConfig, seed: int = 0) -> Arrays:
    """Draw the initial weights, the same in either framework.

    >>> from d2l_bert.core import Config
    >>> weights = initial_weights(Config(100, 8, 16, 2, 1, 0.1), seed=0)
    >>> weights['nsp.bias'], weights['mlm.norm.scale'][:2]
    (array([0., 0.], dtype=float32), array([1., 1.], dtype=float32))

    Matrices are normal with a standard deviation of 0.02, as in BERT.
    Biases start at 0, the scales of a LayerNorm at 1.
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


def check_weights(weights: Mapping[str, np.ndarray], config: EncoderConfig,
                  source: str = 'the weights') -> None:
    """Raise ModelFileError unless these are all weights of a model.

    >>> from d2l_bert.core import Config
    >>> check_weights({}, Config(9, 2, 2, 1, 1, 0.), 'bert.safetensors')
    Traceback (most recent call last):
    ...
    d2l_bert.core.models.weights.ModelFileError: bert.safetensors lacks 29 \
of 29 weights, first of all 'token_embedding'
    """
    shapes = weight_shapes(config)
    missing = [name for name in shapes if name not in weights]
    if missing:
        raise ModelFileError(f'{source} lacks {len(missing)} of '
                             f'{len(shapes)} weights, first of all '
                             f'{missing[0]!r}')
    unknown = [name for name in weights if name not in shapes]
    if unknown:
        raise ModelFileError(f'{source} has a weight {unknown[0]!r}, which a '
                             f'model of {config} does not have')
    for name, shape in shapes.items():
        if weights[name].shape != shape:
            raise ModelFileError(
                f'{source} has {name} of shape {weights[name].shape}, where '
                f'a model of {config} has {shape}')


def check_state(state: Mapping[str, np.ndarray], config: EncoderConfig,
                source: str) -> None:
    """Raise ModelFileError unless this is Adam's state for a model.

    >>> from d2l_bert.core import Config
    >>> check_state({}, Config(9, 2, 2, 1, 1, 0.), 'x.safetensors')
    Traceback (most recent call last):
    ...
    d2l_bert.core.models.weights.ModelFileError: x.safetensors lacks 'steps' \
of the state of its training, or it has another size; start in another \
folder
    """
    shapes = {'steps': ()} | {
        f'{key}/{name}': shape for name, shape
        in weight_shapes(config).items() for key in ('mean', 'variance')}
    for name, shape in shapes.items():
        # A framework may give positions a dimension more.
        if name not in state or state[name].size != np.prod(shape):
            raise ModelFileError(f'{source} lacks {name!r} of the state of '
                                 f'its training, or it has another size; '
                                 f'start in another folder')
