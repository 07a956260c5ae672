"""A text's examples to learn from, and others to evaluate on."""

import random
from pathlib import Path
from typing import Any

from .corpus import find_corpus, read_wiki
from .download import PathLike
from .examples import Examples
from .pretraining import check_option_names, make_examples
from .sentences import SplitterChoice

VALID_FILE = 'wiki.valid.tokens'
HELD_OUT = 10  # every so many-th paragraph, where a text has no split


def load_splits(max_len: int, *, corpus: PathLike = 'wikitext-2',
                data_dir: PathLike | None = None, seed: int = 0,
                sentence_splitter: SplitterChoice = 'period',
                **options: Any) -> tuple[Examples, Examples]:
    """Load a text as training examples and validation examples.

    >>> train, valid = load_splits(64, corpus='tiny')
    >>> len(train), len(valid), len(train.vocab)
    (966, 111, 656)

    WikiText-2 has a validation split of its own; of another text every
    tenth paragraph is held out. With WikiText-2 the training examples are
    those of `load_data_wiki` with the same seed. Validation examples have
    the vocabulary of the training ones, and their masks are drawn once.
    Arguments and errors are those of `load_data_wiki`.
    """
    check_option_names(options)
    rng = random.Random(int(seed))
    path = find_corpus(corpus, data_dir).path
    paragraphs = read_wiki(path, rng, sentence_splitter)
    split = Path(path) / VALID_FILE
    if split.is_file():
        held_out = read_wiki(split, random.Random(0), sentence_splitter)
    else:
        held_out = paragraphs[::HELD_OUT]
        del paragraphs[::HELD_OUT]
    train = make_examples(paragraphs, max_len, rng=rng, **options)
    options |= {'dynamic_masking': False, 'dupe_factor': 1,
                'vocab': train.vocab}
    return train, make_examples(held_out, max_len, rng=random.Random(0),
                                **options)
