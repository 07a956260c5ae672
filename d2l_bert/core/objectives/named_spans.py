"""The entities or phrases of sentences, by spaCy or a function of one's own.

Two of SpanBERT's schemes hide them. Plain Python; spaCy is imported only if
a pipeline is named.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ..checks import a_value
from ..text.libraries import library
from .spans import Span, find_words

# From the tokens of a sentence to pairs of start and end, or the name of a
# spaCy pipeline.
SpanFinder = Callable[[Sequence[str]], Iterable[tuple[int, int]]]
SpanFinderChoice = SpanFinder | str

# What of a document is meant, what marks that it was looked for, and how a
# sentence calls it.
KINDS = {'entity': ('ents', 'ENT_IOB', 'entities'),
         'phrase': ('noun_chunks', 'DEP', 'noun phrases')}


def check_span_finder(scheme: str, finder: SpanFinderChoice | None) -> None:
    """Raise ValueError or TypeError if a scheme lacks what it needs.

    >>> check_span_finder('entity', None)
    Traceback (most recent call last):
    ...
    ValueError: scheme 'entity' needs named_spans: a spaCy pipeline that \
finds entities, such as 'en_core_web_sm', or a function from the tokens of a \
sentence to pairs (start, end)
    """
    if scheme not in KINDS:
        if finder is not None:
            raise ValueError(f'named_spans is for the schemes '
                             f'{" and ".join(KINDS)}, not {scheme!r}')
        return
    if finder is None:
        raise ValueError(
            f'scheme {scheme!r} needs named_spans: a spaCy pipeline that '
            f"finds {KINDS[scheme][2]}, such as 'en_core_web_sm', or a "
            f'function from the tokens of a sentence to pairs (start, end)')
    if isinstance(finder, str):
        _pipeline(finder)
    elif not callable(finder):
        raise TypeError(f'named_spans must be the name of a spaCy pipeline '
                        f'or a function, not {a_value(finder)}')


def find_named_spans(sentences: Iterable[Sequence[str]], scheme: str,
                     finder: SpanFinderChoice) -> Iterator[list[Span]]:
    """Yield the entities or phrases of each sentence, a list of its tokens.

    >>> list(find_named_spans([['new', 'york', 'sleeps']], 'entity',
    ...                       lambda tokens: [(0, 2)]))
    [[Span(start=0, end=2)]]

    The finder is given whole words: a piece such as '##ning' is joined to
    the word before it.

    Raises ValueError for spans that are not in their sentence, and for a
    pipeline that does not look for them; TypeError for what is no pairs.
    """
    sentences = [*sentences]
    words = [find_words(tokens, ()) for tokens in sentences]
    joined = ([''.join(piece.removeprefix('##') if i else piece for i, piece
                       in enumerate(tokens[start:end]))
               for start, end in spans]
              for tokens, spans in zip(sentences, words))
    find = _by_spacy if isinstance(finder, str) else _by_function
    for spans, found in zip(words, find(joined, scheme, finder)):
        yield [Span(spans[start].start, spans[end - 1].end)
               for start, end in found]


def _by_function(sentences: Iterable[Sequence[str]], scheme: str,
                 finder: Any) -> Iterator[list[Span]]:
    for number, tokens in enumerate(sentences):
        found = finder(tokens)
        try:
            spans = [Span(*pair) for pair in found]
        except TypeError:
            raise TypeError(f'named_spans gave {a_value(found)} for sentence '
                            f'{number}; it must return pairs (start, end), '
                            f'such as [(0, 2)]') from None
        for start, end in spans:
            if not 0 <= start < end <= len(tokens):
                raise ValueError(
                    f'named_spans gave ({start}, {end}) for sentence '
                    f'{number}, which has {len(tokens)} tokens; give pairs '
                    f'with 0 <= start < end <= {len(tokens)}')
        yield spans


def _by_spacy(sentences: Iterable[Sequence[str]], scheme: str, name: Any
              ) -> Iterator[list[Span]]:
    nlp = _pipeline(name)
    part, mark, what = KINDS[scheme]
    Doc = library('spacy.tokens', 'named_spans', 'sentences').Doc
    docs = (Doc(nlp.vocab, words=[*tokens]) for tokens in sentences)
    for doc in nlp.pipe(docs):
        if len(doc) and not doc.has_annotation(mark):
            raise ValueError(f"spaCy's pipeline {name!r} does not look for "
                             f'{what}; name one that does')
        yield [Span(span.start, span.end) for span in getattr(doc, part)]


def _pipeline(name: str) -> Any:
    spacy = library('spacy', 'named_spans', 'sentences')
    try:
        return spacy.load(name)
    except OSError as error:
        raise ValueError(
            f"spaCy's pipeline {name!r} is not installed; try python -m "
            f'spacy download {name}, or give a function') from error
