"""A corpus -> paragraphs, each a list of its sentences, in random order."""

import os
import random
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ..files import TINYWIKI_DIR, PathLike
from ..randomness import Keyed, Rng, of_validation, shuffled
from .catalog import Found, locate
from .lines import text_lines
from .paragraphs import (
    MUCH, LeftOut, Text, advice, check_wrapped, read_paragraphs)
from .sentences import SplitterChoice, check_sentence_splitter
from .sources import VALID_FILE, Corpus, named, text_files

HELD_OUT = 10  # every tenth paragraph, if a text has no validation split


def read_wiki(data_dir: Corpus, rng: Rng | Keyed = random,
              sentence_splitter: SplitterChoice = 'period', *,
              wrapped: bool = False, lowercase: bool = True
              ) -> list[list[str]]:
    """Read the paragraphs of a text in random order.

    >>> paragraphs = read_wiki(TINYWIKI_DIR, random.Random(0))
    >>> paragraphs[0][0]
    'light cannot show details that are much smaller than its own waves'

    `data_dir` is a folder with wiki.train.tokens, or a text: a file, a
    folder of .txt files, a pattern or a list of these. A file is UTF-8, also
    compressed by gzip, or Parquet with a column 'text'. It has one paragraph
    on each line, with spaces around its full stops, unless another
    `sentence_splitter` is chosen, or `wrapped`: blank lines between
    paragraphs. `lowercase=False` keeps capital letters. With `Keyed` as
    `rng` the paragraphs stay in the order of the text.

    Raises FileNotFoundError if there is no such file, and ValueError if
    it is not UTF-8 or no paragraph has two sentences. Warns if more than a
    tenth of the text is left out for that reason.

    Source: d2l section 15.9.
    """
    return read_text(text_files(data_dir), rng, sentence_splitter,
                     wrapped=wrapped, lowercase=lowercase).paragraphs


def read_text(files: Sequence[Path], rng: Rng | Keyed = random,
              sentence_splitter: SplitterChoice = 'period', *,
              wrapped: bool = False, lowercase: bool = True) -> Text:
    """Return what `read_wiki` does, and how much of the text is left out.

    >>> text = read_text(find_corpus('tiny').files, random.Random(0))
    >>> text.left_out.pieces, text.left_out.words
    (216, 1193)
    """
    text = read_paragraphs(text_lines(files), sentence_splitter,
                           wrapped=wrapped, lowercase=lowercase)
    left, ways = text.left_out, advice(sentence_splitter, wrapped)
    if not text.paragraphs and not left.pieces:
        raise ValueError(f'{named(files)} is empty; put some paragraphs into '
                         f'it')
    if not text.paragraphs:
        raise ValueError(f'{named(files)} has no {left.unit} with two '
                         f'sentences; {ways}')
    if left.share > MUCH:
        warnings.warn(f'{left.in_words()}, left out of {named(files)}, as a '
                      f'paragraph needs two sentences; {ways}', stacklevel=3)
    if isinstance(rng, Keyed):
        return text
    return text._replace(paragraphs=shuffled(text.paragraphs, rng))


def find_corpus(corpus: Corpus = 'wikitext-2',
                data_dir: PathLike | None = None, fetch: bool = True
                ) -> Found:
    """Find a text: 'wikitext-2', 'tiny' for TinyWiki, or files of your own.

    >>> find_corpus('tiny').source
    'd2l_bert'

    `corpus` may be a file, a folder, a pattern or a list of these: see
    `read_wiki`. The files are `files` of the result.

    Raises FileNotFoundError if there is no such file or folder, and
    ValueError for what is no file, and if `data_dir` is given for another
    corpus than WikiText-2.
    """
    if data_dir is not None and corpus != 'wikitext-2':
        raise ValueError(f"data_dir says where 'wikitext-2' is, but corpus is "
                         f"{str(corpus)!r}; leave one of them out")
    if corpus == 'tiny':
        found = Found(TINYWIKI_DIR, 'd2l_bert', published=True)
    elif corpus == 'wikitext-2':
        found = locate('wikitext-2', data_dir, fetch)
    else:
        files = text_files(corpus)
        path = files[0]
        if isinstance(corpus, str | os.PathLike):
            given = Path(corpus).expanduser()
            path = given if given.is_dir() else path
        return Found(path, 'corpus', published=False, files=files)
    return replace(found, files=text_files(found.path))


def load_paragraphs(corpus: Corpus = 'wikitext-2',
                    data_dir: PathLike | None = None,
                    rng: Rng | Keyed = random,
                    sentence_splitter: SplitterChoice = 'period', *,
                    wrapped: bool = False, lowercase: bool = True
                    ) -> list[list[str]]:
    """Find a text, download it if needed, and read its paragraphs.

    >>> len(load_paragraphs('tiny'))
    216

    The arguments are those of `find_corpus` and `read_wiki`.
    """
    check_sentence_splitter(sentence_splitter)  # before anything is fetched
    check_wrapped(sentence_splitter, wrapped)
    return read_text(find_corpus(corpus, data_dir).files, rng,
                     sentence_splitter, wrapped=wrapped,
                     lowercase=lowercase).paragraphs


def find_splits(corpus: Corpus, data_dir: PathLike | None = None,
                valid: Corpus | None = None
                ) -> tuple[Sequence[Path], Sequence[Path]]:
    """Return the files for training, and those for validation, if any.

    >>> files, apart = find_splits('tiny')
    >>> [file.name for file in files], apart
    (['wiki.train.tokens'], [])

    Those for validation are `valid`, or the folder's wiki.valid.tokens.
    """
    found = find_corpus(corpus, data_dir)
    if valid is not None:
        return found.files, text_files(valid, 'valid')
    split = found.path / VALID_FILE
    return found.files, [split] if split.is_file() else []


class Splits(NamedTuple):
    """The paragraphs for training, and those for validation."""

    train: list[list[str]]
    valid: list[list[str]]
    left_out: LeftOut  # of the text for training


def load_paragraph_splits(
        corpus: Corpus = 'wikitext-2', data_dir: PathLike | None = None,
        rng: Rng | Keyed = random,
        sentence_splitter: SplitterChoice = 'period', *,
        valid: Corpus | None = None, wrapped: bool = False,
        lowercase: bool = True) -> Splits:
    """Read a text for training, and one for validation.

    >>> splits = load_paragraph_splits('tiny', rng=random.Random(0))
    >>> len(splits.train), len(splits.valid)
    (194, 22)

    The text for validation is `valid`, or the folder's wiki.valid.tokens,
    or else every tenth paragraph, which is held out.

    Raises what `find_corpus` and `read_wiki` raise, and ValueError if no
    paragraph is left for training.
    """
    check_sentence_splitter(sentence_splitter)
    check_wrapped(sentence_splitter, wrapped)
    files, apart = find_splits(corpus, data_dir, valid)
    train, left_out = read_text(files, rng, sentence_splitter,
                                wrapped=wrapped, lowercase=lowercase)
    if apart:
        return Splits(train, read_text(
            apart, of_validation(rng), sentence_splitter, wrapped=wrapped,
            lowercase=lowercase).paragraphs, left_out)
    if len(train) < 2:
        raise ValueError(f'{named(files)} has {len(train)} paragraph, '
                         f'which is held out for validation, as every tenth '
                         f'is, so none is left to learn from; give at least '
                         f'two paragraphs of two sentences, or another text '
                         f'as valid')
    held_out = train[::HELD_OUT]
    del train[::HELD_OUT]
    return Splits(train, held_out, left_out)
