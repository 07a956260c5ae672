"""PyTorch models made, saved, loaded and used."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from d2l_bert.core.files import PathLike
from d2l_bert.core.models import use
from d2l_bert.core.models.files import load_model, save_model
from d2l_bert.core.models.weights import (
    check_weights, initial_weights, weight_shapes)
from d2l_bert.core.tokens.vocab import Vocab
from d2l_bert.core.training.runs import adopt, model_file

from .bert import BERTModel


def new_model(seed: int = 0, *args: Any, **kw: Any) -> BERTModel:
    """Return a BERTModel with the same initial weights in any framework.

    >>> net = new_model(0, 9, 8, 16, 2, 1, 0.1)
    >>> net.nsp.output.bias.tolist()
    [0.0, 0.0]

    They are `core.initial_weights` of this seed; the other arguments are
    those of BERTModel.
    """
    net = BERTModel(*args, **kw)
    set_weights(net, initial_weights(net.config, seed))
    return net


def get_bert_encoding(net: BERTModel, tokens_a: Sequence[str],
                      tokens_b: Sequence[str] | None = None,
                      vocab: Vocab | None = None) -> torch.Tensor:
    """Return a vector for each token of one or two lists of tokens.

    >>> net = BERTModel(7, 8, 16, num_heads=2, num_blks=1, dropout=0)
    >>> net.vocab = Vocab(['a', 'crane'], 0,
    ...                   ['<pad>', '<mask>', '<cls>', '<sep>'])
    >>> get_bert_encoding(net, ['a', 'crane']).shape
    torch.Size([1, 4, 8])

    The shape is (1, tokens with '<cls>' and '<sep>', num_hiddens). Without
    `vocab` it uses `net.vocab`. Dropout is off.

    Raises ValueError if there is no vocabulary.

    Source: d2l section 15.10.2.
    """
    return torch.from_numpy(use.encoding_of(net, tokens_a, tokens_b, vocab)
                            ).to(next(net.parameters()).device)


def named_parameters(net: Any) -> dict[str, torch.nn.Parameter]:
    """Return a model's parameters by their names in a model file.

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


def save_bert(net: BERTModel, path: PathLike) -> None:
    """Save a model, and how it reads a text, for either framework.

    >>> from tempfile import TemporaryDirectory
    >>> net = BERTModel(9, 8, 16, num_heads=2, num_blks=1, dropout=0)
    >>> with TemporaryDirectory() as folder:
    ...     save_bert(net, f'{folder}/bert.safetensors')
    ...     load_bert(f'{folder}/bert.safetensors').config == net.config
    True
    """
    save_model(path, model_file(net, get_weights(net)))


def load_bert(path: PathLike, device: Any = None) -> BERTModel:
    """Load a model that either framework saved, ready to be used.

    `path` is a model file or the folder of a training run, and `device`
    one of `try_all_gpus()`, by default the CPU. Dropout is off until
    `net.train()`.

    Raises FileNotFoundError if there is none, and ModelFileError if it is
    not a model of ours or not a complete one.
    """
    file = load_model(path)
    net = BERTModel(**file.config._asdict())
    adopt(net, file)
    set_weights(net, file.weights)
    return net.to(device).eval()
