"""An MXNet model's weights under the names of `core.weights`."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from d2l_bert.core import weights as files
from d2l_bert.core.download import PathLike

from .compat import mxnet
from .model import BERTModel

# How a weight is called in a model file, for each name here.
NAMES = (('encoder.', ''), ('_embedding.weight', '_embedding'),
         ('.ln.gamma', '.scale'), ('.ln.beta', '.shift'),
         ('mlm.mlp.0.', 'mlm.dense.'), ('mlm.mlp.1.gamma', 'mlm.norm.scale'),
         ('mlm.mlp.1.beta', 'mlm.norm.shift'),
         ('mlm.mlp.2.', 'mlm.words.'), ('nsp.output.', 'nsp.'))


def named_parameters(net: BERTModel) -> dict[str, mxnet.gluon.Parameter]:
    """Return a model's parameters by their names in a model file.

    >>> net = BERTModel(9, 8, 16, num_heads=2, num_blks=1, dropout=0)
    >>> sorted(named_parameters(net))[-2:]
    ['segment_embedding', 'token_embedding']
    """
    named = {}
    for name, parameter in net._collect_params_with_prefix().items():
        for here, there in NAMES:
            name = name.replace(here, there)
        named[name] = parameter
    return named


def get_weights(net: BERTModel) -> dict[str, np.ndarray]:
    """Return copies of a model's weights, as `core.weights` names them."""
    shapes = files.weight_shapes(net.config)
    return {name: parameter.data(parameter.list_ctx()[0]).asnumpy()
            .reshape(shapes[name])
            for name, parameter in named_parameters(net).items()}


def set_weights(net: BERTModel, weights: Mapping[str, np.ndarray]) -> None:
    """Give a model these weights, named as in `core.weights`.

    Raises ModelFileError, a ValueError, if some are missing or misshaped.
    """
    files.check_weights(weights, net.config)
    for name, parameter in named_parameters(net).items():
        if parameter._data is None:
            parameter.initialize()
        parameter.set_data(mxnet.np.array(
            weights[name].reshape(parameter.shape), dtype='float32'))


def save_bert(net: BERTModel, path: PathLike) -> None:
    """Save a model, its arguments and `net.vocab` for either framework.

    >>> from tempfile import TemporaryDirectory
    >>> net = BERTModel(9, 8, 16, num_heads=2, num_blks=1, dropout=0)
    >>> net.initialize()
    >>> with TemporaryDirectory() as folder:
    ...     save_bert(net, f'{folder}/bert.safetensors')
    ...     load_bert(f'{folder}/bert.safetensors').config == net.config
    True
    """
    files.save_model(path, get_weights(net), net.config, net.vocab)


def load_bert(path: PathLike, device: Any = None) -> BERTModel:
    """Load a model that either framework saved, ready to be used.

    `path` is a model file or the folder of a training run, and `device`
    one of `try_all_gpus()`, or all of them, by default the CPU.

    Raises FileNotFoundError if there is none, and ModelFileError if it is
    no model of ours or not a whole one.
    """
    file = files.load_model(path)
    net = BERTModel(**file.config._asdict())
    net.vocab = file.vocab
    net.initialize(ctx=mxnet.cpu() if device is None else device)
    set_weights(net, file.weights)
    return net
