"""Film reviews -> examples, as in an annotated BERT on IMDB's reviews.

It is the book's way with other rules: other sentences, other tokens, a
vocabulary in the order of the text, and examples of two equal halves,
which `halves` makes.

Source: Ivan Verkalets, "Building BERT with PyTorch from scratch" (2022),
coaxsoft.com. Facts and figures are that article's, the code is not.
"""

import csv
import random
from collections.abc import Iterable, Sequence
from itertools import islice
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np

from . import mlm
from .download import ENVIRONMENT, PathLike, environment_folder
from .examples import Examples, RemaskedExamples
from .halves import HalvesMasking, pad_halves, pair_sentences
from .pretraining import check_min_freq, number_sentences
from .progress import progress
from .randomness import Rng
from .vocab import CLS, MASK, PAD, SEP, UNK, Vocab

COLUMN = 'review'
FILE = 'imdb-1000.csv'
FOLDER = 'imdb'
# The special tokens, in their order, and how they are written here.
SPELLING = {CLS: '[CLS]', PAD: '[PAD]', MASK: '[MASK]', SEP: '[SEP]',
            UNK: '[UNK]'}
PERCENTILE = 70
MIN_FREQ = 2
MLM_PROBS = (0.8, 0.2, 0.0)  # no token is left as it is

_SIGNS = str.maketrans({**{sign: f' {sign} ' for sign in "'.,()!?"},
                        ';': ' ', ':': ' '})


# Text ---------------------------------------------------------------------

def full_stop(text: str) -> list[str]:
    """Cut a text at each full stop with a space behind it.

    >>> full_stop('It rose. It fell at 3.15 p.m. The end.')
    ['It rose', 'It fell at 3.15 p.m', 'The end.']

    Only the last sentence keeps its full stop.
    """
    return text.split('. ')


def basic_english(lines: Sequence[str]) -> list[list[str]]:
    """Split each line into lower-case words and signs.

    >>> basic_english(['"Don\\'t!" he said;<br />she left.'])
    [['don', "'", 't', '!', 'he', 'said', 'she', 'left', '.']]

    The signs ' . , ( ) ! ? stand alone. Double quotes go, and so do
    semicolons, colons and '<br />', which part words as spaces do.

    Source: the tokenizer 'basic_english' of torchtext.
    """
    return [line.lower().replace('"', '').replace('<br />', ' ')
            .translate(_SIGNS).split() for line in lines]


def context_length(reviews: Iterable[str], percentile: float = PERCENTILE
                   ) -> int:
    """Return the percentile of the sentence lengths, in words, cut to int.

    >>> context_length(['One two three. One two. One. One two three four'])
    3

    A word is what has white space around it. Of the first 1000 reviews
    70 % of the sentences have at most 27 words. The article speaks of the
    90th percentile, which is 47; it is the 70th that makes its 27.
    """
    lens = [len(sentence.split()) for review in reviews
            for sentence in full_stop(review)]
    return int(np.percentile(lens, percentile))


# Files --------------------------------------------------------------------

def find_reviews(data_dir: PathLike | None = None) -> Path:
    """Find the reviews: a CSV file, or a folder that holds imdb-1000.csv.

    >>> find_reviews('no/such')
    Traceback (most recent call last):
    ...
    FileNotFoundError: no reviews at no/such; give a CSV file, or a folder \
that holds imdb-1000.csv or imdb/imdb-1000.csv

    Without `data_dir` it is the folder that D2L_BERT_DATA names.

    Raises FileNotFoundError if there is no such file.
    """
    folder = (environment_folder() if data_dir is None
              else Path(data_dir).expanduser())
    if folder is None:
        raise FileNotFoundError(
            f'where are the reviews? Set {ENVIRONMENT} to a folder that holds '
            f'{FOLDER}/{FILE}, pass data_dir, or give texts as reviews=[...]')
    for path in (folder, folder / FILE, folder / FOLDER / FILE):
        if path.is_file():
            return path
    raise FileNotFoundError(f'no reviews at {folder}; give a CSV file, or a '
                            f'folder that holds {FILE} or {FOLDER}/{FILE}')


def read_reviews(data_dir: PathLike | None = None, ds_from: int = 0,
                 ds_to: int | None = 1000) -> list[str]:
    """Read the reviews of rows `ds_from` to `ds_to`, the last left out.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     _ = Path(home, 'my.csv').write_text('review\\nGood.\\nBad.')
    ...     read_reviews(Path(home, 'my.csv'), ds_from=1)
    ['Bad.']

    The file is found by `find_reviews`: a CSV with a line of names, one
    of which is 'review'. With `ds_to` None, or more than there are, it
    reads to the end.

    Raises ValueError for an impossible range, before it looks for a file,
    and for a file that is no such CSV or has no row there.
    """
    check_range(ds_from, ds_to)
    path = find_reviews(data_dir)
    try:
        with open(path, encoding='utf-8-sig', newline='') as file:
            rows = csv.DictReader(file, strict=True)
            if COLUMN not in (rows.fieldnames or ()):
                raise ValueError(
                    f"{path} has no column {COLUMN!r}; its first line is "
                    f"{','.join(rows.fieldnames or ())[:60]!r}")
            reviews = [row[COLUMN] for row in islice(rows, ds_from, ds_to)]
    except UnicodeDecodeError as error:
        raise ValueError(f'{path} is not UTF-8 text ({error.reason} at byte '
                         f'{error.start}), so it is no CSV') from error
    except csv.Error as error:
        raise ValueError(f'{path} is no CSV: {error}') from error
    if None in reviews:
        raise ValueError(f'row {ds_from + reviews.index(None)} of {path} has '
                         f'no {COLUMN}')
    if not reviews:
        raise ValueError(f'{path} has no row {ds_from} or later; choose a '
                         f'smaller ds_from')
    return reviews


def check_range(ds_from: int, ds_to: int | None) -> None:
    """Raise ValueError unless the range holds a row.

    >>> check_range(5, 5)
    Traceback (most recent call last):
    ...
    ValueError: ds_from and ds_to must be whole numbers with 0 <= ds_from \
< ds_to, not 5 and 5
    """
    last = ds_from + 1 if ds_to is None and isinstance(
        ds_from, Integral) else ds_to
    if not (isinstance(ds_from, Integral) and isinstance(last, Integral)
            and 0 <= ds_from < last):
        raise ValueError(f'ds_from and ds_to must be whole numbers with 0 <= '
                         f'ds_from < ds_to, not {ds_from!r} and {ds_to!r}')


def load_reviews(reviews: Sequence[str] | None = None,
                 data_dir: PathLike | None = None, ds_from: int = 0,
                 ds_to: int | None = 1000) -> list[str]:
    """Take the texts given, all of them, or read them from a file.

    >>> load_reviews(['It rose. It fell.'])
    ['It rose. It fell.']

    Raises ValueError if both are given, and the errors of `read_reviews`.
    """
    if reviews is None:
        return read_reviews(data_dir, ds_from, ds_to)
    if data_dir is not None:
        raise ValueError('reviews are texts and data_dir says where to read '
                         'some; leave one of them out')
    check_reviews(reviews)
    return list(reviews)


# Examples -----------------------------------------------------------------

def make_review_examples(
        reviews: Sequence[str], *, rng: Rng = random,
        percentile: float = PERCENTILE, min_freq: int = MIN_FREQ,
        mlm_ratio: float = mlm.MLM_RATIO,
        mlm_probs: Sequence[float] = MLM_PROBS,
        dynamic_masking: bool = False, int_dtype: Any = np.int64
) -> Examples:
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

        percentile       of the sentence lengths; gives the context length
        min_freq         rarer words become [UNK]
        mlm_ratio        share of the words of each half to predict
        mlm_probs        chances of [MASK], a random word, no change
        dynamic_masking  masks are drawn anew in every epoch
        int_dtype        of the integer columns

    Raises ValueError or TypeError if the reviews or options make no
    example possible.

    Source: the article named above. `halves` says where this departs.
    """
    check_review_options(percentile, min_freq, mlm_ratio, mlm_probs)
    check_reviews(reviews)
    half_len = context_length(reviews, percentile)
    if half_len < 2:
        raise ValueError(f'percentile={percentile} of the sentence lengths is '
                         f'{half_len}, but a half needs [CLS] and a word; '
                         f'raise it')
    numbered, vocab = number_sentences(
        [full_stop(review) for review in reviews], basic_english, min_freq,
        review_vocab)
    if len(vocab) == len(SPELLING):
        raise ValueError(f'no word occurs {min_freq} times; lower min_freq or '
                         f'give more text')
    sentences = [sentence for review in numbered for sentence in review]
    pairs = pair_sentences(list(map(len, numbered)), rng)
    columns = pad_halves(sentences, pairs, half_len, vocab, int_dtype)
    masking = HalvesMasking(vocab, half_len, mlm_ratio, mlm_probs)
    if dynamic_masking:
        return RemaskedExamples(columns, vocab, len(pairs), masking,
                                seed=rng.getrandbits(64))
    rngs = progress([rng] * len(pairs), desc='masking')
    return Examples(masking(columns, rngs), vocab, len(pairs))


def review_vocab(counts: dict[str, int], min_freq: int) -> Vocab:
    """Number the five special tokens, then words as the text has them.

    >>> review_vocab({'sea': 2, 'it': 1, 'a': 2}, 2).idx_to_token
    ['[CLS]', '[PAD]', '[MASK]', '[SEP]', '[UNK]', 'sea', 'a']

    The order of first appearance is that of torchtext's `vocab` on an
    unsorted counter, and so the article's.
    """
    return Vocab.in_order(counts, min_freq, SPELLING)


def check_review_options(percentile: float, min_freq: float,
                         mlm_ratio: float, mlm_probs: Sequence[float]
                         ) -> None:
    """Raise ValueError for options that make no sense.

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


def check_reviews(reviews: Sequence[str]) -> None:
    """Raise unless these are texts, one with two sentences at least.

    >>> check_reviews('It rose. It fell.')
    Traceback (most recent call last):
    ...
    TypeError: reviews must be a list of texts, not the one string \
'It rose. It fell.'
    """
    if isinstance(reviews, str):
        raise TypeError(f'reviews must be a list of texts, not the one '
                        f'string {reviews[:40]!r}')
    for i, review in enumerate(reviews):
        if not isinstance(review, str):
            raise TypeError(f'review {i} is a {type(review).__name__}, not a '
                            f'text')
    if not any('. ' in review for review in reviews):
        raise ValueError("no review has two sentences, with '. ' between "
                         "them, so there is no pair to learn from")
