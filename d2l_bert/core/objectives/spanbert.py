"""SpanBERT's examples: documents -> runs of sentences with hidden spans.

Source: Joshi et al., SpanBERT: Improving Pre-training by Representing and
Predicting Spans (2020).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..checks import as_list
from ..examples.container import Examples
from ..files import PathLike
from ..randomness import Keyed
from ..text.corpus import find_corpus
from ..text.documents import load_document_splits, read_documents
from ..text.sentences import SplitterChoice
from ..text.sources import Corpus
from ..tokens.numbering import TextIds, book_vocab, sentences_to_ids
from ..tokens.vocab import CLS, PAD, SEP, UNK, Vocab
from ..tokens.words import (
    TokenizerChoice, keep_case, make_tokenizer, vocab_of)
from . import mlm, spans
from .bert import (
    check_option_names, check_options, check_paragraphs, check_sentences)
from .columns import Columns, TokenColumns
from .masking import masked_examples
from .named_spans import (
    KINDS, SpanFinderChoice, check_span_finder, find_named_spans)
from .pairs import draw_pairs, fitting, pad_pairs
from .span_masking import SpanMasking

PACKINGS = ('single', 'pair')
SCHEMES = ('subword', 'word', 'span', *KINDS)  # and entity, phrase
RANDOM_WORDS = ('unigram', 'uniform')


class _Fields(NamedTuple):
    token_ids: Any
    segments: Any
    valid_lens: Any
    pred_positions: Any
    mlm_weights: Any
    mlm_labels: Any
    span_left: Any
    span_right: Any
    span_offsets: Any
    sbo_weights: Any
    nsp_labels: Any


class SpanColumns(TokenColumns, _Fields):
    """Eleven arrays that together are N examples of SpanBERT.

        token_ids, segments, valid_lens            as in `Columns`
        pred_positions, mlm_weights, mlm_labels    as in `Columns`
        span_left     (N, P)  int      the position before the span of each
                                       prediction, then 0
        span_right    (N, P)  int      the position after it, then 0
        span_offsets  (N, P)  int      the place in the span, from 1, then 0
        sbo_weights   (N, P)  float32  1 for a prediction from two borders,
                                       then 0
        nsp_labels    (N,)    int      1 = the true next sentence; all 1 in
                                       the layout 'single', without this task
    """

    meanings = Columns.meanings | {
        'span_left': 'positions before their spans, then 0',
        'span_right': 'positions after their spans, then 0',
        'span_offsets': 'places in their spans, from 1, then 0',
        'sbo_weights': '1 for each with two borders, then 0'}

    def loss_weights(self) -> dict[str, float]:
        """Return the weight of each loss: predicted tokens, twice, and pairs.

        There are no pairs in the layout 'single'.
        """
        weights = {'mlm': float(self.mlm_weights.sum()),
                   'sbo': float(self.sbo_weights.sum())}
        return weights if self.layout == 'single' else {
            **weights, 'nsp': float(len(self.nsp_labels))}


def make_spanbert_examples(
        documents: Sequence[Sequence[str]], max_len: int, *,
        seed: int = 0, packing: str = 'single', scheme: str = 'span',
        p: float = spans.SPAN_P, max_span: int = spans.MAX_SPAN,
        random_words: str = 'unigram',
        named_spans: SpanFinderChoice | None = None,
        tokenizer: TokenizerChoice = 'words', min_freq: int = 5,
        vocab: Vocab | None = None, mlm_ratio: float = mlm.MLM_RATIO,
        mlm_probs: Sequence[float] = mlm.MLM_PROBS,
        dynamic_masking: bool = True, int_dtype: Any = np.int64
) -> Examples[SpanColumns]:
    """Make SpanBERT's examples from documents of sentences.

    >>> examples = make_spanbert_examples(
    ...     [['the sea rose', 'it fell again .'], ['a crane flew .']], 12,
    ...     min_freq=1)
    >>> len(examples), examples.layout
    (2, 'single')
    >>> examples.columns.span_offsets.tolist()
    [[1], [1]]

    The options:

        seed             draws are keyed: each depends on the seed and the
                         number of its example only
        packing          'single': sentences of a document in a row, as many
                         as fit; a longer sentence is cut into several
                         examples. 'pair': two sentences, as for BERT
        scheme           'subword': single tokens; 'word': words with their
                         pieces; 'span': words in a row; 'entity', 'phrase':
                         half of the time one of `named_spans`, else a span
        named_spans      a spaCy pipeline, or a function from the tokens of a
                         sentence to pairs (start, end)
        p, max_span      of the lengths of spans: see `span_length_probs`
        random_words     'unigram': by their frequency in the text, as in the
                         paper; 'uniform': all alike
        dynamic_masking  new masks in each epoch, which is the default here

    and tokenizer, min_freq, vocab, mlm_ratio, mlm_probs and int_dtype, as
    in `make_examples`. A special token is never hidden, and never drawn.
    An example has max(1, 15 % of its tokens) hidden tokens, rounded down.

    Empty documents are left out. `num_cut` of the result says how many
    sentences were longer than an example, and cut.

    Raises ValueError or TypeError if documents or options make no example
    possible.
    """
    check_span_options(
        max_len, seed=seed, tokenizer=tokenizer, min_freq=min_freq,
        vocab=vocab, mlm_ratio=mlm_ratio, mlm_probs=mlm_probs,
        scheme=scheme, p=p, max_span=max_span, named_spans=named_spans,
        packing=packing, random_words=random_words)
    probs, rng = _probs(scheme, p, max_span), Keyed(seed)
    documents = as_list('documents', documents, "[['it rose', 'it fell']]")
    check_sentences(documents, 'document')
    documents = [document for document in documents if document]
    if packing == 'pair':
        check_paragraphs(documents)
    tokenizer = make_tokenizer(tokenizer)
    given = vocab_of(tokenizer, vocab)
    text, vocab = sentences_to_ids(
        documents, tokenizer, min_freq,
        book_vocab if given is None else lambda counts, least: given)
    if not len(text.token_ids):
        raise ValueError('the documents have no token to learn from')
    packed = _runs if packing == 'single' else _pairs
    columns, numbers, parts, counts = packed(text, max_len, vocab, int_dtype,
                                             rng)
    masking = _masking(columns, text, vocab, max_len, probs, scheme,
                       random_words, mlm_ratio, mlm_probs)
    if named_spans is not None:
        sentences = tokenizer([sentence for document in documents
                               for sentence in document])
        starts, ends = _named(find_named_spans(sentences, scheme,
                                               named_spans), text, parts)
        if ends.any():
            masking.named = numbers, starts, ends
    return masked_examples(
        columns, masking, rng, dynamic_masking, numbers, vocab=vocab,
        tokenizer=tokenizer, layout=packing, **counts)


def load_spanbert_examples(
        max_len: int, *,
        documents: Sequence[Sequence[str]] | None = None,
        corpus: Corpus = 'wikitext-2',
        data_dir: PathLike | None = None, seed: int = 0,
        sentence_splitter: SplitterChoice = 'period', lowercase: bool = True,
        **options: Any) -> Examples[SpanColumns]:
    """Find a text, read its documents and make SpanBERT's examples.

    >>> len(load_spanbert_examples(64, corpus='tiny'))
    432

    `documents` are lists of sentences of your own; otherwise `corpus` is
    read. It and `data_dir`, `sentence_splitter` and `lowercase` are those of
    `load_examples`, `options` those of `make_spanbert_examples`. Raises what
    these two raise.
    """
    check_span_options(max_len, seed=seed, **options)
    options = keep_case(options, lowercase)  # before a text is read
    if documents is None:
        documents = read_documents(find_corpus(corpus, data_dir).files,
                                   sentence_splitter, lowercase=lowercase)
    return make_spanbert_examples(documents, max_len, seed=seed, **options)


def load_spanbert_splits(
        max_len: int, *, corpus: Corpus = 'wikitext-2',
        data_dir: PathLike | None = None, seed: int = 0,
        sentence_splitter: SplitterChoice = 'period', lowercase: bool = True,
        valid: Corpus | None = None, **options: Any
) -> tuple[Examples[SpanColumns], Examples[SpanColumns]]:
    """Load a text as training examples and validation examples.

    >>> train, valid = load_spanbert_splits(64, corpus='tiny')
    >>> len(train), len(valid), train.vocab is valid.vocab
    (384, 48, True)

    `valid` and what is held out are those of `load_document_splits`. The
    masks of the validation examples are drawn once. The other arguments and
    errors are those of `load_spanbert_examples`.
    """
    check_span_options(max_len, seed=seed, **options)
    options = keep_case(options, lowercase)
    return make_spanbert_splits(*load_document_splits(
        corpus, data_dir, sentence_splitter, valid=valid,
        lowercase=lowercase), max_len, seed=seed, **options)


def make_spanbert_splits(
        documents: Sequence[Sequence[str]],
        held_out: Sequence[Sequence[str]], max_len: int, **options: Any
) -> tuple[Examples[SpanColumns], Examples[SpanColumns]]:
    """Make training examples, and validation examples with their vocabulary.

    >>> train, valid = make_spanbert_splits([['a b', 'b a']], [['a c']], 9,
    ...                                     min_freq=1)
    >>> valid.vocab is train.vocab, valid.dynamic_masking
    (True, False)
    """
    train = make_spanbert_examples(documents, max_len, **options)
    options |= {'vocab': train.vocab, 'dynamic_masking': False}
    return train, make_spanbert_examples(held_out, max_len, **options)


def pack(lens: Sequence[int], documents: Sequence[int], most: int
         ) -> Iterator[tuple[int, int]]:
    """Yield runs of sentences of one document, each from token to token.

    >>> list(pack([3, 2, 4, 9, 1], [0, 3, 5], most=5))
    [(0, 5), (5, 9), (9, 14), (14, 19)]

    `lens` are those of the sentences, and document i has the sentences from
    `documents[i]` to `documents[i + 1]`. A run has as many sentences as fit
    into `most` tokens. A longer sentence is cut, and its rest goes on in the
    next run. The last run of a document may be short.
    """
    start = end = 0  # of a run, in tokens
    for first, last in zip(documents, documents[1:]):
        for length in lens[first:last]:
            if end - start + length > most and end > start:
                yield start, end
                start = end
            end += length
            while end - start > most:
                yield start, start + most
                start += most
        if end > start:
            yield start, end
        start = end


# Packing ------------------------------------------------------------------

# Columns; the numbers of the examples; the parts of each example, (N,) places
# in the text, from and to, and (N,) positions; and what Examples count.
Packed = tuple[SpanColumns, np.ndarray, Sequence[tuple[np.ndarray, ...]],
               dict[str, int]]


def _runs(text: TextIds, max_len: int, vocab: Vocab, int_dtype: Any,
          rng: Keyed) -> Packed:
    """Return the runs of all documents as '<cls> tokens <sep>'.

    The number of an example is that of its first token in the text.
    """
    runs = np.array([*pack(text.lens.tolist(), text.paragraphs.tolist(),
                           max_len - 2)])
    lens = runs[:, 1] - runs[:, 0]
    places = np.arange(-1, max_len - 1)  # of each position in its run
    token_ids = text.take(runs[:, :1] + places).astype(int_dtype)
    token_ids[:, 0] = vocab.special(CLS)
    token_ids[places >= lens[:, None]] = vocab.special(PAD)
    token_ids[np.arange(len(runs)), lens + 1] = vocab.special(SEP)
    columns = _unmasked(token_ids, np.zeros_like(token_ids),
                        (lens + 2).astype(np.float32),
                        np.ones(len(runs), int_dtype))
    return (columns, runs[:, 0], [(*runs.T, np.ones_like(lens))],
            {'num_pairs': len(runs),
             'num_cut': int((text.lens > max_len - 2).sum())})


def _pairs(text: TextIds, max_len: int, vocab: Vocab, int_dtype: Any,
           rng: Keyed) -> Packed:
    """Return pairs of sentences, as for BERT."""
    drawn = draw_pairs(text, rng)
    pairs = fitting(drawn, text, max_len)
    padded = pad_pairs(pairs, text, max_len, vocab, int_dtype)
    columns = _unmasked(padded.token_ids, padded.segments, padded.valid_lens,
                        padded.nsp_labels)
    a, b = ((text.starts[which], text.starts[which + 1])
            for which in (pairs.first, pairs.second))
    parts = [(*a, np.ones_like(a[0])), (*b, a[1] - a[0] + 2)]
    return columns, pairs.numbers, parts, {'num_pairs': len(drawn.first)}


def _named(found: Iterable[Sequence[spans.Span]], text: TextIds,
           parts: Sequence[tuple[np.ndarray, ...]]
           ) -> tuple[np.ndarray, np.ndarray]:
    """Return where named spans start and end in their examples, (N, G).

    `found` has those of each sentence.
    """
    edges = np.array(sorted(
        (begin + start, begin + end) for begin, some in zip(
            text.starts.tolist(), found) for start, end in some)
        ).reshape(-1, 2)
    starts, ends = [], []
    for first, last, position in parts:
        low, high = (edges[:, 0].searchsorted(places)
                     for places in (first, last))
        which = low[:, None] + np.arange((high - low).max(initial=0))
        there = which < high[:, None]
        some = edges[np.minimum(which, max(len(edges) - 1, 0))]  # (N, G, 2)
        there &= some[..., 1] <= last[:, None]
        shift = (position - first)[:, None]
        starts.append((some[..., 0] + shift) * there)
        ends.append((some[..., 1] + shift) * there)
    return np.hstack(starts), np.hstack(ends)


def _unmasked(token_ids: np.ndarray, segments: np.ndarray,
              valid_lens: np.ndarray, nsp_labels: np.ndarray) -> SpanColumns:
    """Return columns in which nothing is predicted yet (P = 0)."""
    nothing = np.zeros((len(token_ids), 0), token_ids.dtype)  # (N, 0)
    return SpanColumns(token_ids, segments, valid_lens, nothing,
                       nothing.astype(np.float32), nothing, nothing, nothing,
                       nothing, nothing.astype(np.float32), nsp_labels)


def _masking(columns: SpanColumns, text: TextIds, vocab: Vocab, max_len: int,
             probs: Sequence[float], scheme: str, random_words: str,
             mlm_ratio: float, mlm_probs: Sequence[float]) -> SpanMasking:
    """Return what hides the spans, with room for the longest word."""
    written = {*vocab.spelling.values()}
    special = np.array([token in written - {vocab.spelling[UNK]}
                        for token in vocab.idx_to_token])
    pieces = np.array([scheme != 'subword' and token.startswith('##')
                       for token in vocab.idx_to_token])
    counts = np.bincount(text.token_ids, minlength=len(vocab))
    if random_words == 'uniform':
        counts = np.ones_like(counts)
    counts[[vocab[token] for token in written if token in vocab]] = 0
    if not counts.any():
        raise ValueError('the vocabulary holds special tokens only, so there '
                         'is no random word to draw; lower min_freq or give '
                         'more text')
    masking = SpanMasking(
        vocab, spans.get_span_budget(max_len, mlm_ratio), probs=probs,
        pieces=pieces, special=special, counts=counts, mlm_ratio=mlm_ratio,
        mlm_probs=mlm_probs)
    if pieces.any():
        words = masking.words_of(columns.token_ids,
                                 columns.valid_lens.astype(int))
        masking.width = max(masking.width, (words.ends - words.starts).max())
    return masking


# Checks -------------------------------------------------------------------

def check_span_options(
        max_len: int, *, seed: int = 0, scheme: str = 'span',
        p: float = spans.SPAN_P, max_span: int = spans.MAX_SPAN,
        named_spans: SpanFinderChoice | None = None, packing: str = 'single',
        random_words: str = 'unigram', **others: Any) -> None:
    """Raise ValueError or TypeError for options that allow no example.

    >>> check_span_options(64, packing='triple')
    Traceback (most recent call last):
    ...
    ValueError: packing must be one of single, pair, not 'triple'

    It needs no text, so it comes before one is read.
    """
    check_option_names(others, make_spanbert_examples)
    check_options(max_len, **others)
    Keyed(seed)
    _probs(scheme, p, max_span)
    check_span_finder(scheme, named_spans)
    _check_choice('packing', packing, PACKINGS)
    _check_choice('random_words', random_words, RANDOM_WORDS)


def _probs(scheme: str, p: float, max_span: int) -> list[float]:
    """Return the probabilities of spans of 1, 2, ... words."""
    _check_choice('scheme', scheme, SCHEMES)
    found = spans.span_length_probs(p, max_span)
    return [1.0] if scheme in ('subword', 'word') else found


def _check_choice(name: str, value: Any, choices: Sequence[str]) -> None:
    if value not in choices:
        raise ValueError(f'{name} must be one of {", ".join(choices)}, not '
                         f'{value!r}')
