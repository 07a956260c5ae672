"""The input of relation extraction: entities are replaced by their types.

A model is to find the relation of two entities in a sentence. It reads the
types in place of the names, so that it cannot learn names by heart.

Source: Joshi et al., SpanBERT: Improving Pre-training by Representing and
Predicting Spans (2020), section 4.1.
"""

from collections.abc import Sequence

from ..checks import a_value, as_list, check_whole


def mark_entities(tokens: Sequence[str], subject: tuple[int, int],
                  object_: tuple[int, int], subject_type: str = 'PER',
                  object_type: str = 'LOC') -> list[str]:
    """Replace the subject and the object of a relation by their types.

    >>> mark_entities(['bell', 'was', 'born', 'in', 'new', 'york'],
    ...               (0, 1), (4, 6))
    ['[SUBJ-PER]', 'was', 'born', 'in', '[OBJ-LOC]']

    `subject` and `object_` are pairs (start, end) of token numbers, the end
    left out. The object may stand first. Each becomes one token.

    Raises ValueError if a span is empty or not within the tokens, or if the
    two overlap, and TypeError for what is not a pair.

    Source: Joshi et al. (2020), section 4.1.
    """
    tokens = as_list('tokens', tokens, "['bell', 'was', 'born']")
    first, last = sorted([
        (_span('subject', subject, len(tokens)),
         _mark('SUBJ', 'subject_type', subject_type)),
        (_span('object_', object_, len(tokens)),
         _mark('OBJ', 'object_type', object_type))])
    if first[0][1] > last[0][0]:
        raise ValueError(f'subject {tuple(subject)} and object_ '
                         f'{tuple(object_)} overlap; each token belongs to '
                         f'one of them at most')
    for (start, end), mark in (last, first):  # so the first does not move
        tokens[start:end] = [mark]
    return tokens


def _span(name: str, span: tuple[int, int], count: int) -> tuple[int, int]:
    """Return a pair of token numbers, or raise ValueError or TypeError."""
    if not isinstance(span, tuple | list) or len(span) != 2:
        raise TypeError(f'{name} must be a pair (start, end), such as '
                        f'(0, 1), not {a_value(span)}')
    start, end = (check_whole(f'{name}[{i}]', place)
                  for i, place in enumerate(span))
    if not start < end <= count:
        raise ValueError(f'{name} must be a pair (start, end) with start < '
                         f'end <= {count}, the number of tokens, not '
                         f'{(start, end)}')
    return start, end


def _mark(role: str, name: str, kind: str) -> str:
    if not isinstance(kind, str) or not kind or len(kind.split()) > 1:
        raise ValueError(f"{name} must be a word, such as 'PER', not "
                         f'{kind!r}')
    return f'[{role}-{kind}]'
