"""SpanBERT's masks: the rule for one example, in plain Python.

Whole spans of words are hidden, not single tokens: after 'Denver' the word
'Broncos' is too easy. A word is a token with the pieces that follow it, such
as 'run' and '##ning'. `span_masking` masks whole batches, with the same
result.

Source: Joshi et al., SpanBERT (2020), section 3.1.
"""

from bisect import bisect
from collections.abc import Iterable, Sequence
from itertools import accumulate, count
from typing import Any, NamedTuple

from ..checks import check_whole
from ..examples.keys import CHOOSE, KIND, REPLACE, below, number

SPAN_P = 0.2  # of the geometric law
MAX_SPAN = 10  # words
HALF = 2 ** 32  # numbers of 32 bits


class Span(NamedTuple):
    """Some tokens in a row: those from `start` to `end`, which is left out."""

    start: int
    end: int


def span_length_probs(p: float = SPAN_P, max_span: int = MAX_SPAN
                      ) -> list[float]:
    """Return the probabilities of spans of 1 to `max_span` words.

    >>> [round(prob, 4) for prob in span_length_probs(max_span=3)]
    [0.4098, 0.3279, 0.2623]

    They are geometric, each (1 - p) times the one before, and are divided
    by their sum. With the paper's numbers the mean is 3.8 words.

    Raises ValueError unless `p` is between 0 and 1 and `max_span` at least
    1.
    """
    if not 0 < p < 1:
        raise ValueError(f'p must be a number between 0 and 1, not {p!r}')
    check_whole('max_span', max_span, least=1)
    weights = [p * (1 - p) ** length for length in range(max_span)]
    return [weight / sum(weights) for weight in weights]


def limits_of(probs: Sequence[float]) -> list[int]:
    """Return the limits by which 32 random bits decide among some things.

    >>> limits_of([0.5, 0.25, 0.25]) == [2 ** 31, 3 * 2 ** 30, 2 ** 32]
    True

    The bits, as a number, choose the thing whose number is how many limits
    are not above them.
    """
    limits = [int(total * HALF) for total in accumulate(probs)]
    return [*limits[:-1], HALF]


def get_span_budget(num_tokens: int, mlm_ratio: float = 0.15) -> int:
    """Return how many of `num_tokens` tokens may be hidden: at least one.

    >>> [get_span_budget(n) for n in (3, 19, 20, 64)]
    [1, 2, 3, 9]

    The special tokens count. Where the book rounds, SpanBERT cuts.
    """
    return max(1, int(num_tokens * mlm_ratio + 1e-9))  # 0.15 * 20 is 3


def find_words(tokens: Sequence[str], special: Iterable[str]) -> list[Span]:
    """Return the words of an example, each a span of its pieces.

    >>> find_words(['<cls>', 'run', '##ning', 'on', '<sep>'],
    ...            ['<cls>', '<sep>'])
    [Span(start=1, end=3), Span(start=3, end=4)]

    A piece begins with '##'. Special tokens are no words.
    """
    words: list[Span] = []
    excluded = {*special}
    for position, token in enumerate(tokens):
        if token in excluded:
            continue
        if token.startswith('##') and words and words[-1].end == position:
            words[-1] = Span(words[-1].start, position + 1)
        else:
            words.append(Span(position, position + 1))
    return words


def choose_spans(words: Sequence[Span], budget: int,
                 probs: Sequence[float], seed: int, epoch: int, example: int,
                 named: Sequence[Span] = ()) -> list[Span]:
    """Choose the spans to hide of one example, in the order drawn.

    >>> words = [Span(i, i + 1) for i in range(1, 21)]
    >>> choose_spans(words, 6, span_length_probs(), seed=0, epoch=0,
    ...              example=7)
    [Span(start=8, end=14)]

    Each draw is a number. Its upper half decides at which word a span
    starts. If that word is hidden already, or longer than what is left of
    the `budget`, in tokens, another number is drawn. The lower half decides
    how many words the span has, by `probs`. It is shortened where the next
    word is hidden, or behind a special token, or too long for the budget.
    The last span is drawn when no free word fits. If no word at all fits,
    the shortest is hidden.

    With `named` spans, entities say, each draw takes one of them half of the
    time, if there is one that is free and fits: another number decides, by
    its last bit. Those that are no whole words are never taken.
    """
    limits, free = limits_of(probs), [True] * len(words)
    spans: list[Span] = []
    for draw in count():
        if not any(free[i] and word.end - word.start <= budget
                   for i, word in enumerate(words)):
            break
        drawn = number(seed, CHOOSE, epoch, example, draw)
        first = last = below(drawn, len(words))
        length = 1 + bisect(limits, drawn % HALF)
        usable = [places for span in named if (places := _places_of(
            span, words)) and all(free[i] for i in places)
            and span.end - span.start <= budget]
        if usable and number(seed, KIND, epoch, example, draw) % 2:
            places = usable[below(drawn, len(usable))]
            first = last = places[0]
            length = len(places)
        start = words[first].start
        if not free[first] or words[first].end - start > budget:
            continue
        while (last - first + 1 < length and last + 1 < len(words)
               and free[last + 1]
               and words[last + 1].start == words[last].end
               and words[last + 1].end - start <= budget):
            last += 1
        spans.append(Span(start, words[last].end))
        free[first:last + 1] = [False] * (last - first + 1)
        budget -= words[last].end - start
    if not spans and words:
        spans = [min(words, key=lambda word: word.end - word.start)]
    return spans


def _places_of(span: Span, words: Sequence[Span]) -> range:
    """Return the numbers of the words that make up a span, or none."""
    inside = [i for i, word in enumerate(words)
              if span.start <= word.start and word.end <= span.end]
    whole = sum(words[i].end - words[i].start for i in inside)
    return (range(inside[0], inside[-1] + 1)
            if inside and whole == span.end - span.start else range(0))


class Hidden(NamedTuple):
    """A token of a span to predict, by its position, and its borders.

    The borders are the positions before the span and after it. They are not
    hidden, unless another span begins or ends there. `offset` is the place
    of the token in its span, from 1.
    """

    position: int
    label: Any
    left: int
    right: int
    offset: int


def hide_spans(tokens: Sequence[Any], spans: Iterable[Span], mask: Any,
               words: Sequence[Any], limits: Sequence[int],
               mlm_probs: Sequence[float], seed: int, epoch: int,
               example: int) -> tuple[list[Any], list[Hidden]]:
    """Hide the spans of one example; return its tokens and what is hidden.

    >>> hide_spans(['<cls>', 'the', 'sea', 'rose', '<sep>'], [Span(1, 3)],
    ...            '<mask>', ['moon'], [2 ** 32], (0.8, 0.1, 0.1), seed=0,
    ...            epoch=0, example=0)
    (['<cls>', '<mask>', '<mask>', 'rose', '<sep>'], \
[Hidden(position=1, label='the', left=0, right=3, offset=1), \
Hidden(position=2, label='sea', left=0, right=3, offset=2)])

    One number decides for a whole span whether it is masked, gets random
    words, or stays: the lower half of that at its start. The upper half of
    that at each position decides which word, by `limits`, as 32 random bits
    decide on a length.
    """
    p_mask, p_random, _ = mlm_probs
    hidden, found = list(tokens), []
    for start, end in sorted(spans):
        share = number(seed, REPLACE, epoch, example, start) % HALF
        for position in range(start, end):
            if share < int(p_mask * HALF):
                hidden[position] = mask
            elif share < int((p_mask + p_random) * HALF):
                drawn = number(seed, REPLACE, epoch, example, position)
                hidden[position] = words[bisect(limits, drawn // HALF)]
            found.append(Hidden(position, tokens[position], start - 1, end,
                                position - start + 1))
    return hidden, found
