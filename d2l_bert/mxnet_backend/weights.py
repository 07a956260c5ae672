"""MXNet models and their weights."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from d2l_bert.core.models.weights import check_weights, weight_shapes

from .compat import mxnet


def named_parameters(net: Any) -> dict[str, Any]:
    """Return a model's parameters by their names in a model file.

    >>> from d2l_bert.mxnet_backend import BERTModel
    >>> net = BERTModel(9, 8, 16, num_heads=2, num_blks=1, dropout=0)
    >>> sorted(named_parameters(net))[-2:]
    ['segment_embedding', 'token_embedding']
    """
    named: dict[str, Any] = {}
    for name, parameter in net._collect_params_with_prefix().items():
        for here, there in net.file_names:
            name = name.replace(here, there)
        if parameter not in named.values():  # a tied one has two names
            named[name] = parameter
    return named


def get_weights(net: Any) -> dict[str, np.ndarray]:
    """Return copies of a model's weights, named as in a model file."""
    shapes = weight_shapes(net.config)
    return {name: parameter.data(parameter.list_ctx()[0]).asnumpy()
            .reshape(shapes[name])
            for name, parameter in named_parameters(net).items()}


def set_weights(net: Any, weights: Mapping[str, np.ndarray]) -> None:
    """Give a model these weights, named as in a model file.

    Raises ModelFileError, a ValueError, if some are missing or have a wrong
    shape.
    """
    check_weights(weights, net.config)
    for name, parameter in named_parameters(net).items():
        if parameter._data is None:
            parameter.initialize()
        parameter.set_data(mxnet.np.array(
            weights[name].reshape(parameter.shape), dtype='float32'))


def to_array(array: np.ndarray, net: Any) -> Any:
    """Turn an array of NumPy into one of MXNet on the device of a model."""
    return mxnet.np.array(array, dtype='float32', ctx=device_of(net)[0])


def device_of(net: Any) -> list[Any]:
    """Return the devices that a model is on."""
    return next(iter(named_parameters(net).values())).list_ctx()


def place(net: Any, device: Any) -> None:
    """Make a new model ready on a device or several, by default the CPU."""
    net.initialize(ctx=mxnet.cpu() if device is None else device)
