"""T5's span corruption: the rule for one example, in plain Python.

Some spans of a text are noise. In the inputs each span becomes one sentinel,
a token that stands for nothing else; the targets are each sentinel and the
tokens behind it. `t5_masking` does this for whole batches, with the same
result.

Source: Raffel et al., Exploring the Limits of Transfer Learning with a
Unified Text-to-Text Transformer (2020), section 3.1.4; d2l section 11.9.2.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from numbers import Real
from typing import Any

from ..checks import check_whole
from ..examples.keys import choose

DENSITY = 0.15  # share of the tokens that are noise
MEAN_LENGTH = 3.0  # tokens of a noise span
END = '</s>'  # ends inputs and targets in T5's code
SENTINEL = 'sentinel'  # ends the targets in the book's figure
MIN_LENGTH = 3  # of inputs: a token, a sentinel and the end mark
MAX_RAW = 2 ** 20  # tokens; more are a mistake


def sentinel(number: int) -> str:
    """Return the sentinel of a span, as T5 writes it.

    >>> sentinel(0)
    '<extra_id_0>'
    """
    return f'<extra_id_{number}>'


def sentinels_for(num_spans: int) -> list[str]:
    """Return the sentinels of some spans, and one more to end the targets.

    >>> sentinels_for(1)
    ['<extra_id_0>', '<extra_id_1>']
    """
    return [sentinel(number) for number in range(num_spans + 1)]


# How many ------------------------------------------------------------------

def noise_counts(length: int, density: float = DENSITY,
                 mean: float = MEAN_LENGTH) -> tuple[int, int]:
    """Return how many of `length` tokens are noise, and in how many spans.

    >>> noise_counts(568), noise_counts(5), noise_counts(1)
    ((85, 28), (1, 1), (0, 0))

    round(length * density) tokens are noise: at least 1, and at most all but
    1. They are in round(noise / mean) spans, at least 1. Python rounds a half
    to the even number, as T5's code does: round(1.5) and round(2.5) are 2.
    Each span needs a token before it, so there are no more spans than tokens
    that are not noise. A text of one token has no noise.
    """
    if length < 2:
        return 0, 0
    noise = min(max(round(length * density), 1), length - 1)
    return noise, min(max(round(noise / mean), 1), length - noise)


def t5_lengths(inputs_length: int, density: float = DENSITY,
               mean: float = MEAN_LENGTH) -> tuple[int, int]:
    """Return how many raw tokens make inputs of a length; and the targets'.

    >>> t5_lengths(512)
    (568, 114)
    >>> t5_lengths(64, density=0.20, mean=2.0)
    (70, 22)

    568 tokens have 85 that are noise, in 28 spans. So the inputs have 483
    tokens, 28 sentinels and an end mark, 512, and the targets 85 + 28 + 1.
    The end mark counts on both sides, also if a sentinel ends the targets
    and nothing the inputs. The raw tokens are as many as fit. T5's code takes
    one away if `density` is 0.5 and the targets are longer than the inputs;
    this one does not.

    Raises ValueError if `inputs_length` is less than 3, and for noise that
    cannot be.
    """
    check_whole('inputs_length', inputs_length, least=MIN_LENGTH)
    check_noise(density, mean)

    def length_of(num_tokens: int) -> int:
        noise, spans = noise_counts(num_tokens, density, mean)
        return num_tokens - noise + spans + 1

    most = inputs_length
    while length_of(most) <= inputs_length:
        most *= 2
        if most > MAX_RAW:
            raise ValueError(f'density {density} leaves so few tokens that '
                             f'{inputs_length} inputs are more than {MAX_RAW} '
                             f'raw tokens; give a lower density')
    # A longer text never has shorter inputs, so this is the longest of them.
    raw = bisect_right(range(1, most), inputs_length, key=length_of)
    return raw, sum(noise_counts(raw, density, mean)) + 1


# Which ---------------------------------------------------------------------

def noise_mask(length: int, density: float = DENSITY,
               mean: float = MEAN_LENGTH, *, seed: int = 0, epoch: int = 0,
               example: int = 0) -> list[bool]:
    """Return a mask of the tokens of a text: True for noise.

    >>> noise_mask(10, density=0.4, mean=2.0)
    [False, True, True, False, False, False, False, False, True, True]

    The counts are those of `noise_counts`. The noise, and the rest, are each
    split into as many parts as there are spans. No part is empty, and all
    such splits are equally likely. Then the parts take turns, and the rest
    begins. So the first token is never noise, and the last one always is,
    unless it is the only one.

    The draws are keyed: they depend on the seed, the epoch and the number of
    the example. Raises ValueError for a length of 0, and for noise that
    cannot be.

    Source: `random_spans_noise_mask` of T5's code.
    """
    check_whole('length', length, least=1)
    check_noise(density, mean)
    noise, spans = noise_counts(length, density, mean)
    mask: list[bool] = []
    for num_rest, num_noise in zip(
            _split(noise, length, spans, seed, epoch, example),
            _split(0, noise, spans, seed, epoch, example)):
        mask += [False] * num_rest + [True] * num_noise
    return mask or [False]  # of a text of one token


def _split(start: int, end: int, num_parts: int, seed: int, epoch: int,
           example: int) -> list[int]:
    """Return the lengths of parts from `start` to `end`, none of them empty.

    The cuts between them are drawn as the positions of BERT's masks are.
    Noise and rest have other positions, so their draws are independent.
    """
    cuts = choose(range(start + 1, end), num_parts - 1, seed, epoch, example
                  ) if num_parts > 1 else []
    return [after - before for before, after in pairwise([start, *cuts, end])]


# Corrupt and restore -------------------------------------------------------

def corrupt(tokens: Sequence[Any], mask: Sequence[bool],
            sentinels: Sequence[Any] | None = None, end: Any = END
            ) -> tuple[list[Any], list[Any]]:
    """Return the inputs and the targets of a text whose noise is known.

    >>> inputs, targets = corrupt(
    ...     'I love this red car'.split(), [False, True, False, True, True],
    ...     ['<X>', '<Y>', '<Z>'], end='sentinel')
    >>> ' '.join(inputs), ' '.join(targets)
    ('I <X> this <Y>', '<X> love <Y> red car <Z>')

    The tokens may be words or token ids. `sentinels` are those of the spans
    in order, by default <extra_id_0> and so on. With `end='sentinel'` the
    next sentinel ends the targets, as in the book. Any other `end` is a
    token that ends both inputs and targets, as '</s>' does in T5's code.

    Raises ValueError if mask and tokens differ in length, if the sentinels
    are too few, and if one of them, or the end mark, is in the text.

    Source: d2l figure 11.9.3.
    """
    if len(tokens) != len(mask):
        raise ValueError(f'there are {len(tokens)} tokens and {len(mask)} '
                         f'values of the mask; give one for each token')
    if sentinels is None:
        sentinels = sentinels_for(len(tokens))
    _check_marks(tokens, sentinels, end)
    inputs, targets, num_spans, before = [], [], 0, False
    unused = iter(sentinels)
    for token, hidden in zip(tokens, mask):
        if hidden and not before:
            mark = _next(unused, num_spans)
            num_spans += 1
            inputs.append(mark)
            targets.append(mark)
        (targets if hidden else inputs).append(token)
        before = hidden
    if end == SENTINEL:
        return inputs, [*targets, _next(unused, num_spans)]
    return [*inputs, end], [*targets, end]


def t5_restore(inputs: Sequence[Any], targets: Sequence[Any],
               sentinels: Sequence[Any] | None = None, end: Any = END
               ) -> list[Any]:
    """Return the text of inputs and targets: the inverse of `corrupt`.

    >>> ' '.join(t5_restore('I <X> this <Y>'.split(),
    ...                     '<X> love <Y> red car <Z>'.split(),
    ...                     ['<X>', '<Y>', '<Z>'], end='sentinel'))
    'I love this red car'

    `sentinels` and `end` are those of `corrupt`. Padding has to be cut off
    before. Raises ValueError if inputs and targets do not fit each other, as
    those that a model has predicted may not.
    """
    known = {*(sentinels_for(len(inputs)) if sentinels is None
               else sentinels)}
    if end != SENTINEL:
        inputs, targets = (_without_end(name, row, end) for name, row in (
            ('inputs', inputs), ('targets', targets)))
    spans = _spans_of(targets, known)
    if end == SENTINEL:
        if not spans or targets[-1] not in known:
            raise ValueError(f'the targets must end with a sentinel, not '
                             f'{[*targets][-1:]}; give another end if '
                             f'another token ends them')
        del spans[targets[-1]]
    tokens: list[Any] = []
    for token in inputs:
        if token in known and token not in spans:
            raise ValueError(f'the inputs have {token!r} and the targets no '
                             f'span for it, or the inputs have it twice')
        tokens += spans.pop(token) if token in known else [token]
    if spans:
        raise ValueError(f'the targets have {[*spans][0]!r}, which the '
                         f'inputs do not have')
    return tokens


def _spans_of(targets: Sequence[Any], known: set[Any]) -> dict[Any, list[Any]]:
    """Return the tokens behind each sentinel of the targets."""
    spans: dict[Any, list[Any]] = {}
    for token in targets:
        if token in spans:
            raise ValueError(f'the targets have {token!r} twice')
        if token in known:
            spans[token] = span = []
        elif not spans:
            raise ValueError(f'the targets must begin with a sentinel, not '
                             f'{token!r}')
        else:
            span.append(token)
    return spans


def _without_end(name: str, row: Sequence[Any], end: Any) -> Sequence[Any]:
    if not len(row) or row[-1] != end:
        raise ValueError(f'the {name} must end with {end!r}, not '
                         f'{[*row][-1:]}')
    return row[:-1]


def _next(unused: Any, num_spans: int) -> Any:
    """Return the next sentinel that is not used yet."""
    for mark in unused:
        return mark
    raise ValueError(f'there are {num_spans} sentinels, and more are needed: '
                     f'one for each span, and one if a sentinel ends the '
                     f'targets')


# Checks --------------------------------------------------------------------

def check_noise(density: float, mean: float) -> None:
    """Raise ValueError for noise that cannot be.

    >>> check_noise(1.5, 3.0)
    Traceback (most recent call last):
    ...
    ValueError: density must be a number between 0 and 1, without both, such \
as 0.15, not 1.5
    """
    if not isinstance(density, Real) or not 0 < density < 1:
        raise ValueError(f'density must be a number between 0 and 1, without '
                         f'both, such as {DENSITY}, not {density!r}')
    if not isinstance(mean, Real) or not 1 <= mean < float('inf'):
        raise ValueError(f'the mean length of a span must be a number of '
                         f'tokens of at least 1, such as {MEAN_LENGTH}, not '
                         f'{mean!r}')


def _check_marks(tokens: Sequence[Any], sentinels: Sequence[Any], end: Any
                 ) -> None:
    """Raise ValueError if a text has what marks something in it."""
    marks = {*sentinels, end} - {SENTINEL}
    if len({*sentinels}) < len(sentinels) or end in sentinels:
        raise ValueError('the sentinels must differ from each other and from '
                         'the end mark')
    for token in tokens:
        if token in marks:
            raise ValueError(f'the text has {token!r}, which marks a span or '
                             f'the end; take it out of the text, or choose '
                             f'other marks')
