"""PyTorch models and their weights."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from d2l_bert.core.models.weights import check_weights, weight_shapes


def named_parameters(net: Any) -> dict[str, torch.nn.Parameter]:
    """Return a model's parameters by their names in a model file.

    >>> from d2l_bert.torch_backend import BERTModel
    >>> net = BERTModel(9, 8, 16, num_heads=2, num_blks=1, dropout=0)
    >>> sorted(named_parameters(net))[-2:]
    ['segment_embedding', 'token_embedding']
    """
    named = {}
    for name, parameter in net.named_parameters():
        for here, there in net.file_names:
            name = name.replace(here, there)
        named[name] = parameter
    return named


def get_weights(net: Any) -> dict[str, np.ndarray]:
    """Return copies of a model's weights, named as in a model file."""
    shapes = weight_shapes(net.config)
    return {name: parameter.detach().cpu().float().numpy()
            .reshape(shapes[name]).copy()
            for name, parameter in named_parameters(net).items()}


def set_weights(net: Any, weights: Mapping[str, np.ndarray]) -> None:
    """Give a model these weights, named as in a model file.

    Raises ModelFileError, a ValueError, if some are missing or have a wrong
    shape.
    """
    check_weights(weights, net.config)
    with torch.no_grad():
        for name, parameter in named_parameters(net).items():
            parameter.copy_(torch.from_numpy(weights[name]).reshape(
                parameter.shape))


def to_array(array: np.ndarray, net: Any) -> torch.Tensor:
    """Turn an array of NumPy into a tensor on the device of a model."""
    return torch.from_numpy(array).to(device_of(net))


def device_of(net: Any) -> torch.device:
    """Return the device that a model is on."""
    return next(net.parameters()).device


def place(net: Any, device: Any) -> None:
    """Move a new model to a device, by default the CPU, without dropout."""
    net.to(device).eval()
