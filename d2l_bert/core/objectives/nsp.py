"""Next-sentence prediction: the book's rules for one pair, plain Python.

This module, `mlm` and `columns` are the rules of d2l section 15.9, with its
draws in its order. A sentence is a list of words or of token ids. `bert`
makes the examples of a whole text: it draws through these functions, on
token ids, and lays out the result with NumPy. tests/test_bert_examples.py
proves that both agree.
"""

import random
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from ..checks import as_list
from ..randomness import Rng
from ..tokens.vocab import CLS, SEP, Vocab

Sentence = list[Any]
Paragraph = Sequence[Sentence]
NUM_ADDED_TOKENS = 3  # one '<cls>' and two '<sep>'
TRIES = 100  # to draw a strict negative; the first is nearly always right


def get_tokens_and_segments(
        tokens_a: Sentence, tokens_b: Sentence | None = None,
        cls: Any = CLS, sep: Any = SEP) -> tuple[Sentence, list[int]]:
    """Join one or two sentences into BERT's input, with segment ids.

    >>> get_tokens_and_segments(['hello', 'world'], ['hi'])
    (['<cls>', 'hello', 'world', '<sep>', 'hi', '<sep>'], [0, 0, 0, 0, 1, 1])
    >>> get_tokens_and_segments(['hi'])
    (['<cls>', 'hi', '<sep>'], [0, 0, 0])

    Raises TypeError for a text that was not tokenized.

    Source: d2l section 15.8.2.
    """
    if isinstance(tokens_a, str) or isinstance(tokens_b, str):
        raise TypeError('get_tokens_and_segments takes lists of tokens, not '
                        'text; write tokenize([text])[0]')
    tokens = [cls, *as_list('tokens_a', tokens_a, "['the', 'sea']"), sep]
    segments = [0] * len(tokens)
    if tokens_b is not None:
        tokens += [*as_list('tokens_b', tokens_b, "['it', 'fell']"), sep]
        segments += [1] * (len(tokens) - len(segments))
    return tokens, segments


def get_next_sentence(
        sentence: Sentence, next_sentence: Sentence,
        paragraphs: Sequence[Paragraph], rng: Rng = random, *,
        own_paragraph: Paragraph | None = None
) -> tuple[Sentence, Sentence, bool]:
    """Keep the next sentence or, with probability 0.5, draw another one.

    >>> paragraphs = [[['a'], ['b']], [['c'], ['d'], ['e']]]
    >>> get_next_sentence(['a'], ['b'], paragraphs, random.Random(1))
    (['a'], ['b'], True)
    >>> get_next_sentence(['a'], ['b'], paragraphs, random.Random(2))
    (['a'], ['a'], False)

    Returns (sentence, second sentence, is_next). The book draws the second
    sentence from all paragraphs, so a few pairs labelled False are true.
    With `own_paragraph` it comes from a different paragraph and is never
    equal to the true next sentence.

    >>> get_next_sentence(['a'], ['b'], paragraphs, random.Random(2),
    ...                   own_paragraph=paragraphs[0])
    (['a'], ['c'], False)

    Raises ValueError if no such sentence exists.

    Source: d2l section 15.9.1.
    """
    if rng.random() < 0.5:
        return sentence, next_sentence, True
    if isinstance(paragraphs, Iterator):
        raise TypeError('paragraphs are drawn from again and again, so they '
                        'must be a list; write list(paragraphs)')
    if own_paragraph is None:
        return sentence, rng.choice(rng.choice(paragraphs)), False
    return sentence, _draw_negative(next_sentence, own_paragraph,
                                    paragraphs, rng), False


def _draw_negative(next_sentence: Sentence, own_paragraph: Paragraph,
                   paragraphs: Sequence[Paragraph], rng: Rng) -> Sentence:
    for _ in range(TRIES):
        paragraph = rng.choice(paragraphs)
        if paragraph != own_paragraph:
            sentence = rng.choice(paragraph)
            if sentence != next_sentence:
                return sentence
    eligible = [sentence for paragraph in paragraphs
                if paragraph != own_paragraph
                for sentence in paragraph if sentence != next_sentence]
    if not eligible:
        raise ValueError(
            'strict_negatives found no sentence in another paragraph that '
            'differs from the true next one; give the corpus at least two '
            'different paragraphs, or leave strict_negatives off')
    return rng.choice(eligible)


def sentence_pairs(
        paragraph: Paragraph, paragraphs: Sequence[Paragraph],
        rng: Rng = random, strict_negatives: bool = False
) -> Iterator[tuple[Sentence, Sentence, bool]]:
    """Pair each sentence of a paragraph, except the last, with a second.

    >>> paragraph = [['a'], ['b'], ['c']]
    >>> list(sentence_pairs(paragraph, [paragraph], random.Random(3)))
    [(['a'], ['b'], True), (['b'], ['c'], False)]
    """
    own_paragraph = paragraph if strict_negatives else None
    for sentence, next_sentence in pairwise(paragraph):
        yield get_next_sentence(sentence, next_sentence, paragraphs, rng,
                                own_paragraph=own_paragraph)


def fits(tokens_a: Sentence, tokens_b: Sentence, max_len: int) -> bool:
    """Return whether a pair and its three special tokens fit `max_len`."""
    return len(tokens_a) + len(tokens_b) + NUM_ADDED_TOKENS <= max_len


def get_nsp_data_from_paragraph(
        paragraph: Paragraph, paragraphs: Sequence[Paragraph],
        vocab: Vocab | None, max_len: int, rng: Rng = random, *,
        strict_negatives: bool = False
) -> list[tuple[Sentence, list[int], bool]]:
    """Make the next-sentence examples of one paragraph.

    >>> paragraph = [['a'], ['b'], ['c'] * 9]
    >>> get_nsp_data_from_paragraph(paragraph, [paragraph], None, 8,
    ...                             random.Random(3))
    [(['<cls>', 'a', '<sep>', 'b', '<sep>'], [0, 0, 0, 1, 1], True)]

    Returns a (tokens, segments, is_next) for every pair that fits into
    `max_len` tokens; longer pairs, like the second one here, are dropped.
    `vocab` belongs to the book's signature and is not used.

    Source: d2l section 15.9.1.
    """
    pairs = sentence_pairs(paragraph, paragraphs, rng, strict_negatives)
    return [(*get_tokens_and_segments(a, b), is_next)
            for a, b, is_next in pairs if fits(a, b, max_len)]
