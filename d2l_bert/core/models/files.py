"""Model files: safetensors that either framework reads.

A file says what it is: the kind of model, its sizes, its vocabulary and
tokenizer, and how its inputs are laid out. A checkpoint also has the state
of a training run.

Source of the format: https://huggingface.co/docs/safetensors
"""

import json
import warnings
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from ..files import DATA_DIR, PathLike, replacing
from ..tokens.vocab import PAD, Vocab
from ..tokens.words import (
    Tokenizer, basic_english, describe_tokenizer, restore_tokenizer, tokenize)
from .config import CONFIGS, EncoderConfig, check_config
from .weights import Arrays, ModelFileError, check_weights

FORMAT = 'd2l_bert 2'
OLD_FORMAT = 'd2l_bert 1'  # of version 0.1, without tokenizer and layout
MODEL_FILE = 'model.safetensors'
SHIPPED = ('long-run', 'film-reviews')  # models, in the package's data
LAYOUTS = ('pair', 'single', 'halves')
DTYPES = ('float32', 'float16')


class ModelFile(NamedTuple):
    """What a model file contains."""

    weights: Arrays
    config: EncoderConfig  # its kind is that of the model
    vocab: Vocab | None = None
    tokenizer: Tokenizer = tokenize
    layout: str = 'pair'  # of its inputs, see Examples
    extra: Mapping[str, Any] = {}  # anything that JSON can hold
    state: Mapping[str, np.ndarray] = {}  # of a training run

    @property
    def kind(self) -> str:
        """The kind of model: 'bert', 'spanbert' or 'qa'."""
        return self.config.kind


def save_model(path: PathLike, file: ModelFile, dtype: str = 'float32'
               ) -> None:
    """Write a model file; a crash leaves an old one as it was.

    With the dtype 'float16' the weights take half the space, with 3 digits
    in place of 7.

    Raises ModelFileError if weights are missing or have other shapes than
    the config says, and ValueError for another dtype or weights that are
    too large for it. Warns of a tokenizer that cannot be saved.
    """
    check_weights(file.weights, file.config)
    tensors = {f'weights/{name}': _with_dtype(array, dtype, name)
               for name, array in file.weights.items()}
    tensors |= {f'state/{name}': array for name, array in file.state.items()}
    data = save({name: np.asarray(array, order='C')
                 for name, array in tensors.items()}, _metadata(file))
    with replacing(path) as partial:
        partial.write_bytes(_in_order(data))


def _metadata(file: ModelFile) -> dict[str, str]:
    tokenizer = describe_tokenizer(file.tokenizer)
    if not tokenizer['saved']:
        name = tokenizer['name']
        warnings.warn(f'the model file keeps only the name of the tokenizer, '
                      f'{name}, as it is a function of your own; when you '
                      f'use the model later, pass tokenizer={name}',
                      stacklevel=4)
    metadata = {
        'format': FORMAT, 'kind': file.config.kind,
        'config': json.dumps(asdict(file.config)),
        'tokenizer': json.dumps(tokenizer),
        'layout': file.layout, 'extra': json.dumps(dict(file.extra))}
    if file.vocab is not None:
        metadata['vocab'] = json.dumps([file.vocab.idx_to_token,
                                        file.vocab.spelling])
    return metadata


def _with_dtype(array: np.ndarray, dtype: str, name: str) -> np.ndarray:
    if dtype not in DTYPES:
        raise ValueError(f'dtype must be one of {", ".join(DTYPES)}, not '
                         f'{dtype!r}')
    with np.errstate(over='ignore'):
        converted = array.astype(dtype)
    if not np.isfinite(converted[np.isfinite(array)]).all():
        raise ValueError(f'{name} has weights of up to '
                         f'{np.abs(array).max():.3g}, too large for {dtype}; '
                         f"use dtype='float32'")
    return converted


def _in_order(data: bytes) -> bytes:
    """Sort the header, so that the same model makes the same bytes.

    A safetensors file begins with the length of its header, in 8 bytes, and
    the header, in JSON; safetensors writes the metadata in any order. The
    header is as long as before, as its spaces at the end fill it up.
    """
    start = 8 + int.from_bytes(data[:8], 'little')
    header = json.loads(data[8:start])
    header = {'__metadata__': dict(sorted(header.pop('__metadata__').items())),
              **header}
    sorted_header = json.dumps(header, separators=(',', ':'),
                               ensure_ascii=False).encode()
    return data[:8] + sorted_header.ljust(start - 8) + data[start:]


def load_model(path: PathLike) -> ModelFile:
    """Read a model file, or the model in the folder of a training run.

    >>> load_model('long-run').config.num_hiddens
    128

    Two models come with the package, and are read by their names:
    'long-run' and 'film-reviews', unless there is a file or folder of that
    name. The weights are float32, whatever the file has.

    Raises FileNotFoundError if there is none, and ModelFileError if it is
    not a model of ours or not a complete one.
    """
    path = Path(path).expanduser()
    if not path.exists() and str(path) in SHIPPED:
        path = DATA_DIR / path
    if path.is_dir():
        path /= MODEL_FILE
    if not path.is_file():
        raise FileNotFoundError(f'no model at {path}; d2l-bert pretrain '
                                f'makes one, and {" and ".join(SHIPPED)} '
                                f'come with d2l_bert')
    try:
        with safe_open(path, framework='np') as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name)
                       for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, TypeError) as error:  # of a dtype NumPy lacks
        raise ModelFileError(f'{path} is not a safetensors file, or is '
                             f'damaged ({error}); use another file or train '
                             f'again') from error
    return _model_file(path, metadata, tensors)


def _model_file(path: Path, metadata: Mapping[str, str], tensors: Arrays
                ) -> ModelFile:
    if metadata.get('format') not in (FORMAT, OLD_FORMAT):
        raise ModelFileError(f'{path} is a safetensors file, but not a model '
                             f'of this package: its format is '
                             f'{metadata.get("format")!r}, not {FORMAT!r}')
    try:
        config = check_config(_config_of(metadata)(
            **json.loads(metadata['config'])))
        extra = json.loads(metadata['extra'])
        vocab = (Vocab.of_tokens(*json.loads(metadata['vocab']))
                 if 'vocab' in metadata else None)
        tokenizer, layout = _how_it_reads(metadata, vocab)
    except (ValueError, KeyError, TypeError) as error:
        raise ModelFileError(f'{path} does not describe its model: {error}'
                             ) from error
    if vocab is not None and len(vocab) != config.vocab_size:
        raise ModelFileError(f'{path} has a vocabulary of {len(vocab)} '
                             f'tokens and a model for {config.vocab_size}')
    parts: dict[str, Arrays] = {'weights': {}, 'state': {}}
    for name, array in tensors.items():
        part, _, name = name.partition('/')
        parts.setdefault(part, {})[name] = array
    check_weights(parts['weights'], config, str(path))
    parts['weights'] = {name: array.astype(np.float32) for name, array
                        in parts['weights'].items()}
    for name, array in parts['weights'].items():
        if not np.isfinite(array).all():
            raise ModelFileError(f'{path} has weights in {name} that are not '
                                 f'finite; use another file or train again')
    return ModelFile(parts['weights'], config, vocab, tokenizer, layout,
                     extra, parts['state'])


def _config_of(metadata: Mapping[str, str]) -> type[EncoderConfig]:
    """Return the class of the sizes of a model of this kind."""
    kind = metadata.get('kind', 'bert')  # version 0.1 had only one
    if kind not in CONFIGS:
        raise ValueError(f'a model of the kind {kind!r} needs a newer '
                         f'version of this package')
    return CONFIGS[kind]


def _how_it_reads(metadata: Mapping[str, str], vocab: Vocab | None
                  ) -> tuple[Tokenizer, str]:
    """Return the tokenizer of a model and its layout."""
    if metadata['format'] == OLD_FORMAT:
        # Version 0.1 had two: the book's, and reviews, which write [PAD].
        reviews = vocab is not None and vocab.spelling[PAD] == '[PAD]'
        return (basic_english, 'halves') if reviews else (tokenize, 'pair')
    if metadata['layout'] not in LAYOUTS:
        raise ValueError(f'its layout is {metadata["layout"]!r}, not one of '
                         f'{", ".join(LAYOUTS)}')
    return (restore_tokenizer(json.loads(metadata['tokenizer']), vocab),
            metadata['layout'])
