"""Film reviews -> examples, as in an annotated BERT on IMDB's reviews.

The tasks are those of the book, with other choices: other sentences, other
tokens, a vocabulary in the order of the text, and examples of two equal
halves, which `halves` makes.

Source: Ivan Verkalets, "Building BERT with PyTorch from scratch" (2022),
coaxsoft.com. Facts and figures are that article's, the code is not.
"""

import random
from collections.abc import Iterable, Sequence
from numbers import Real
from typing import Any

import numpy as np

from ..checks import as_list
from ..examples.container import Examples
from ..files import PathLike
from ..randomness import Keyed, Rng, check_rng, make_rng
from ..text.imdb import check_reviews, full_stop, load_reviews
from ..tokens.advice import warn_of_reserved_tokens
from ..tokens.numbering import check_min_freq, sentences_to_ids
from ..tokens.vocab import CLS, MASK, PAD, SEP, UNK, Vocab
from ..tokens.words import basic_english, cased
from . import mlm
from .bert import check_option_names
from .columns import Columns
from .halves import HalvesMasking, pad_halves, pair_sentences
from .masking import masked_examples

# The special tokens, in their order, and how they are written here.
SPELLING = {CLS: '[CLS]', PAD: '[PAD]', MASK: '[MASK]', SEP: '[SEP]',
            UNK: '[UNK]'}
PERCENTILE = 70
MIN_FREQ = 2
MLM_PROBS = (0.8, 0.2, 0.0)  # no token stays unchanged


def make_review_examples(
        reviews: Sequence[str], *, rng: Rng | Keyed = random,
        lowercase: bool = True,
        percentile: float = PERCENTILE, min_freq: int = MIN_FREQ,
        mlm_ratio: float = mlm.MLM_RATIO,
        mlm_probs: Sequence[float] = MLM_PROBS,
        dynamic_masking: bool = False, int_dtype: Any = np.int64
) -> Examples[Columns]:
    """Make a true and a false example of each two sentences in a row.

    >>> examples = make_review_examples(
    ...     ['The sea rose. The sea fell again.'], rng=random.Random(1),
    ...     min_freq=1, percentile=100)
    >>> examples.columns.nsp_labels, examples.vocab.special('<pad>')
    (array([1, 0]), 1)
    >>> ' '.join(examples.vocab.to_tokens(examples.columns.token_ids[0]))
    '[CLS] the sea [MASK] [SEP] [CLS] [MASK] sea fell'

    A half is as long as the context length, [CLS] included, so 27 makes
    examples of 27 + 1 + 27 = 55 tokens. The options:

        lowercase        False keeps capital letters
        percentile       of the sentence lengths; gives the context length
        min_freq         rarer words become [UNK]
        mlm_ratio        share of the words of each half to predict
        mlm_probs        probabilities of [MASK], a random word, no change
        dynamic_masking  new masks in each epoch
        int_dtype        of the integer columns

    Raises ValueError or TypeError if the reviews or options make no
    example possible.

    Source: the article named above. `halves` says what differs.
    """
    check_review_options(percentile, min_freq, mlm_ratio, mlm_probs)
    check_rng(rng)
    reviews = as_list('reviews', reviews, "['It rose. It fell.']")
    check_reviews(reviews)
    half_len = context_length(reviews, percentile)
    if half_len < 2:
        raise ValueError(f'percentile={percentile} of the sentence lengths is '
                         f'{half_len}, but a half needs [CLS] and a word; '
                         f'raise it')
    tokenizer = basic_english if lowercase else cased(basic_english)
    text, vocab = sentences_to_ids(
        [full_stop(review) for review in reviews], tokenizer, min_freq,
        review_vocab)
    warn_of_reserved_tokens(text, vocab, strict_masking=True)
    if len(vocab) == len(SPELLING):
        raise ValueError(f'no word occurs {min_freq} times; lower min_freq or '
                         f'give more text')
    pairs = pair_sentences(np.diff(text.paragraphs).tolist(), rng)
    return masked_examples(
        pad_halves(text, pairs, half_len, vocab, int_dtype),
        HalvesMasking(vocab, half_len, mlm_ratio, mlm_probs), rng,
        dynamic_masking, np.arange(len(pairs)), vocab=vocab,
        num_pairs=len(pairs), tokenizer=tokenizer, layout='halves')


def load_review_examples(
        *, reviews: Sequence[str] | None = None,
        data_dir: PathLike | None = None, ds_from: int = 0,
        ds_to: int | None = 1000, seed: int | None = None,
        rng: str = 'book', **options: Any) -> Examples[Columns]:
    """Read reviews, or take those given, and make their examples.

    >>> text = 'The sea rose high today. It fell again. It will rise again.'
    >>> len(load_review_examples(reviews=[text] * 9, seed=0))
    36

    `reviews` are texts of your own. Otherwise rows `ds_from` to `ds_to`
    are read from `data_dir`: a CSV file with a column 'review', or a
    folder that holds imdb-1000.csv or imdb/imdb-1000.csv, by default the
    one that D2L_BERT_DATA names. With a `seed` everything is the same each
    time; without, it follows `random`. `rng` is 'book' for draws one after
    the other, or 'keyed' for draws that depend on the seed and the number
    of the example only. `options` are those of
    `make_review_examples`: lowercase, percentile, min_freq, mlm_ratio,
    mlm_probs and dynamic_masking.

    Raises FileNotFoundError if there is no such file, and ValueError or
    TypeError for bad options and for a file without reviews.
    """
    check_option_names(options, make_review_examples)
    randomness = make_rng(rng, seed)
    return make_review_examples(
        load_reviews(reviews, data_dir, ds_from, ds_to), rng=randomness,
        **options)


def context_length(reviews: Iterable[str], percentile: float = PERCENTILE
                   ) -> int:
    """Return the percentile of the sentence lengths, in words, cut to int.

    >>> context_length(['One two three. One two. One. One two three four'])
    3

    Words are separated by white space. In the first 1000 reviews 70 % of
    the sentences have at most 27 words. The article says 90th percentile,
    which is 47; its own 27 is the 70th.
    """
    lens = [len(sentence.split()) for review in reviews
            for sentence in full_stop(review)]
    return int(np.percentile(lens, percentile))


def review_vocab(counts: dict[str, int], min_freq: int) -> Vocab:
    """Return a Vocab: five special tokens, then words as they appear.

    >>> review_vocab({'sea': 2, 'it': 1, 'a': 2}, 2).idx_to_token
    ['[CLS]', '[PAD]', '[MASK]', '[SEP]', '[UNK]', 'sea', 'a']

    The order of first appearance is that of torchtext's `vocab` on an
    unsorted counter, and so the article's.
    """
    return Vocab.in_order(counts, min_freq, SPELLING)


def check_review_options(percentile: float, min_freq: float,
                         mlm_ratio: float, mlm_probs: Sequence[float]
                         ) -> None:
    """Raise ValueError for options that are out of range.

    >>> check_review_options(101, 2, 0.15, (0.8, 0.2, 0.0))
    Traceback (most recent call last):
    ...
    ValueError: percentile must be a number from 0 to 100, not 101
    """
    if not (isinstance(percentile, Real) and 0 <= percentile <= 100):
        raise ValueError(f'percentile must be a number from 0 to 100, not '
                         f'{percentile!r}')
    check_min_freq(min_freq)
    mlm.check_mlm_options(mlm_ratio, mlm_probs)
