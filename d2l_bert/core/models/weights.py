"""The weights of a model under names that belong to no framework."""

from collections.abc import Mapping

import numpy as np

from .config import Config

INIT_STD = np.float32(0.02)
Arrays = dict[str, np.ndarray]


class ModelFileError(ValueError):
    """A file that is not a model of ours, or not a complete one."""


def weight_shapes(config: Config) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of each weight of a model.

    >>> import math
    >>> shapes = weight_shapes(Config(100, 8, 16, 2, 1, 0.1, max_len=64))
    >>> shapes['token_embedding'], shapes['blks.0.ffn.dense1.weight']
    ((100, 8), (16, 8))
    >>> len(shapes), sum(map(math.prod, shapes.values()))
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
    if config.tied:
        del shapes['mlm.words.weight']  # which is the token embedding
    dense('nsp', H, 2)
    return shapes


def initial_weights(config: Config, seed: int = 0) -> Arrays:
    """Draw the initial weights, the same in either framework.

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


def check_weights(weights: Mapping[str, np.ndarray], config: Config,
                  source: str = 'the weights') -> None:
    """Raise ModelFileError unless these are all weights of a model.

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


def check_state(state: Mapping[str, np.ndarray], config: Config,
                source: str) -> None:
    """Raise ModelFileError unless this is Adam's state for a model.

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
