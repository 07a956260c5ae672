"""The sizes of a model, and checks of its inputs, for any framework."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from numbers import Real
from typing import Any, ClassVar, TypeVar

import numpy as np

from ..checks import check_whole

POSITIONS = ('learned', 'sinusoidal')
C = TypeVar('C', bound='EncoderConfig')


@dataclass(frozen=True)
class EncoderConfig:
    """The arguments that a BERTEncoder was made with."""

    vocab_size: int
    num_hiddens: int
    ffn_num_hiddens: int
    num_heads: int
    num_blks: int
    dropout: float
    max_len: int = 1000
    positions: str = 'learned'

    kind: ClassVar[str] = 'encoder'


@dataclass(frozen=True)
class Config(EncoderConfig):
    """Those of a BERTModel."""

    tied: bool = False  # the token embedding is the output layer, too

    kind: ClassVar[str] = 'bert'


@dataclass(frozen=True)
class SpanConfig(EncoderConfig):
    """Those of a SpanBERTModel, whose output layers are always tied.

    >>> SpanConfig(9, 8, 16, 2, 1, 0.1, boundary=False).loss_names
    ('mlm',)
    """

    boundary: bool = True  # it has the span boundary objective
    next_sentence: bool = False  # it has next-sentence prediction
    offset_size: int = 200  # of the vector of a place in a span
    max_offset: int = 20  # further places share the last vector

    kind: ClassVar[str] = 'spanbert'

    @property
    def loss_names(self) -> tuple[str, ...]:
        """The names of the losses of its heads."""
        return ('mlm', *['sbo'] * self.boundary, *['nsp'] * self.next_sentence)


@dataclass(frozen=True)
class QAConfig(EncoderConfig):
    """Those of a QAModel, which chooses spans."""

    kind: ClassVar[str] = 'qa'


CONFIGS = {config.kind: config for config in (Config, SpanConfig, QAConfig)}


def check_config(config: C) -> C:
    """Return the arguments of a model as plain numbers, or raise ValueError.

    >>> check_config(Config(100, 8, 16, 3, 2, 0.1))
    Traceback (most recent call last):
    ...
    ValueError: num_hiddens must be a multiple of num_heads, but 8 is not \
divisible by 3
    """
    plain = {}
    for field in fields(config):
        value = getattr(config, field.name)
        if field.type is int:
            plain[field.name] = check_whole(field.name, value, least=1)
        if field.type is bool and not isinstance(value, bool):
            raise ValueError(f'{field.name} must be True or False, not '
                             f'{value!r}')
    if config.num_hiddens % config.num_heads:
        raise ValueError(f'num_hiddens must be a multiple of num_heads, but '
                         f'{config.num_hiddens} is not divisible by '
                         f'{config.num_heads}')
    if not isinstance(config.dropout, Real) or not 0 <= config.dropout < 1:
        raise ValueError(f'dropout must be at least 0 and less than 1, not '
                         f'{config.dropout!r}')
    if config.positions not in POSITIONS:
        raise ValueError(f'positions must be one of {", ".join(POSITIONS)}, '
                         f'not {config.positions!r}')
    return replace(config, dropout=float(config.dropout), **plain)


def qa_config(config: EncoderConfig) -> QAConfig:
    """Return the sizes of a QAModel with the encoder of another model.

    >>> qa_config(Config(9, 8, 16, 2, 1, 0.1, 64, tied=True)).max_len
    64
    """
    return QAConfig(**{field.name: getattr(config, field.name)
                       for field in fields(QAConfig)})


def check_inputs(tokens: Sequence[int], segments: Sequence[int],
                 config: EncoderConfig) -> None:
    """Raise ValueError unless a model can read inputs of these shapes.

    >>> check_inputs((2, 9), (2, 9), Config(9, 8, 16, 2, 2, 0.1, max_len=8))
    Traceback (most recent call last):
    ...
    ValueError: the text has 9 tokens, and the model reads at most 8; cut \
the text or make the model with a larger max_len
    """
    if len(tokens) != 2 or tuple(tokens) != tuple(segments):
        raise ValueError(f'tokens and segments must both be of shape '
                         f'(batch_size, len), not {tuple(tokens)} and '
                         f'{tuple(segments)}')
    if tokens[1] > config.max_len:
        raise ValueError(f'the text has {tokens[1]} tokens, and the model '
                         f'reads at most {config.max_len}; cut the text or '
                         f'make the model with a larger max_len')


def mask_shape(mask: Any, batch_size: int, num_heads: int, num_queries: int,
               num_keys: int) -> tuple[int, int, int, int]:
    """Return a mask's shape with four axes: batch, heads, query, key.

    >>> mask_shape(np.ones((2, 5), bool), 2, 4, 5, 5)
    (2, 1, 1, 5)
    >>> mask_shape(np.ones((2, 5, 5), bool), 2, 4, 5, 5)
    (2, 1, 5, 5)
    >>> mask_shape(np.ones((2, 5)), 2, 4, 5, 5)
    Traceback (most recent call last):
    ...
    TypeError: attention_mask must be boolean, True where a token may look, \
not of dtype float64

    A mask of two axes is for the keys of each example, and one of three is
    for each query and key. Raises TypeError or ValueError for any other.
    """
    if 'bool' not in str(mask.dtype):
        raise TypeError(f'attention_mask must be boolean, True where a token '
                        f'may look, not of dtype {mask.dtype}')
    shape = tuple(mask.shape)
    full = {2: (*shape[:1], 1, 1, *shape[1:]), 3: (*shape[:1], 1, *shape[1:]),
            4: shape}.get(len(shape), ())
    sizes = (batch_size, num_heads, num_queries, num_keys)
    if not full or any(length not in (1, size)
                       for length, size in zip(full, sizes)):
        raise ValueError(
            f'attention_mask must have the shape (batch, key), (batch, '
            f'query, key) or (batch, heads, query, key), here {sizes}, not '
            f'{shape}')
    return full


def sinusoids(max_len: int, num_hiddens: int) -> np.ndarray:
    """Return a fixed vector for each position, (max_len, num_hiddens).

    >>> sinusoids(2, 4).round(2)
    array([[0.  , 1.  , 0.  , 1.  ],
           [0.84, 0.54, 0.01, 1.  ]], dtype=float32)

    The columns are pairs of waves, sine and cosine. Each pair is longer
    than the one before.

    Source: Vaswani et al., Attention Is All You Need (2017), section 3.5.
    """
    columns = np.arange(num_hiddens)
    lengths = 10000 ** (columns // 2 * 2 / num_hiddens)
    angles = np.arange(max_len)[:, None] / lengths  # (max_len, num_hiddens)
    return np.where(columns % 2, np.cos(angles), np.sin(angles)
                    ).astype(np.float32)
