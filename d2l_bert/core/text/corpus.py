"""Files of text -> paragraphs, each a list of its sentences."""

import os
import random
from collections.abc import Iterable
from pathlib import Path

from ..files import PathLike
from ..randomness import Keyed, Rng, shuffled
from .catalog import Found, locate
from .lines import text_lines
from .sentences import (
    SentenceSplitter, SplitterChoice, check_sentence_splitter,
    make_sentence_splitter, period)

TRAIN_FILE = 'wiki.train.tokens'
VALID_FILE = 'wiki.valid.tokens'
TINYWIKI_DIR = Path(__file__).parents[2] / 'data' / 'tinywiki'


def split_paragraphs(lines: Iterable[str],
                     sentence_splitter: SplitterChoice = 'period'
                     ) -> list[list[str]]:
    """Cut each line into lower-case sentences; keep those with several.

    >>> split_paragraphs([' = Tides = \\n', ' The sea rose . It fell . \\n'])
    [['the sea rose', 'it fell .']]

    The book counts sentences before it strips the line. A line of
    WikiText ends in ' . ', so a line with a single sentence is kept too:
    it makes no pair, but may be drawn as a second sentence. Every other
    splitter needs two sentences that are not empty. The named splitters
    leave out headings, because a title such as ` = Oliver ! = ` has one
    sentence, not two.

    Raises what `make_sentence_splitter` raises, and TypeError if the
    splitter returns no list.
    """
    if sentence_splitter in ('period', period):
        return [period(line.lower()) for line in lines if ' . ' in line]
    lines = map(str.strip, lines)
    if isinstance(sentence_splitter, str):
        lines = [line for line in lines if not _is_heading(line)]
    split = make_sentence_splitter(sentence_splitter, lines)
    paragraphs = (_cut(line, split) for line in lines)
    return [paragraph for paragraph in paragraphs if len(paragraph) >= 2]


def _is_heading(line: str) -> bool:
    return line.startswith('= ') and line.endswith(' =')


def _cut(text: str, sentence_splitter: SentenceSplitter) -> list[str]:
    sentences = sentence_splitter(text)
    if isinstance(sentences, str) or not isinstance(sentences, Iterable):
        raise TypeError(f'sentence_splitter must return a list of sentences, '
                        f'not {str(sentences)[:40]!r}')
    return [sentence.strip().lower() for sentence in sentences
            if sentence.strip()]


def read_wiki(data_dir: PathLike, rng: Rng | Keyed = random,
              sentence_splitter: SplitterChoice = 'period'
              ) -> list[list[str]]:
    """Read the paragraphs of a text in random order.

    >>> paragraphs = read_wiki(TINYWIKI_DIR, random.Random(0))
    >>> paragraphs[0][0]
    'light cannot show details that are much smaller than its own waves'

    `data_dir` is a folder with wiki.train.tokens, or a text file: UTF-8,
    one paragraph on each line, with spaces around its full stops unless
    another `sentence_splitter` is chosen. With `Keyed` as `rng` the
    paragraphs stay in the order of the text.

    Raises FileNotFoundError if there is no such file, and ValueError if
    it is not UTF-8 or no line has two sentences.

    Source: d2l section 15.9.
    """
    path = Path(data_dir).expanduser()
    if not path.is_file():
        path /= TRAIN_FILE
    if not path.is_file():
        raise FileNotFoundError(f'no text at {path}; give a text file or a '
                                f'folder that holds {TRAIN_FILE}')
    paragraphs = split_paragraphs(text_lines([path]), sentence_splitter)
    if not path.stat().st_size:
        raise ValueError(f'{path} is empty; put some paragraphs into it')
    if not paragraphs:
        raise ValueError(f"{path} has no line with two sentences; put a "
                         f"paragraph on each line with ' . ' between its "
                         f"sentences, or choose a sentence_splitter, such "
                         f"as 'nltk'")
    return (paragraphs if isinstance(rng, Keyed)
            else shuffled(paragraphs, rng))


def find_corpus(corpus: PathLike = 'wikitext-2',
                data_dir: PathLike | None = None, fetch: bool = True
                ) -> Found:
    """Find a text: 'wikitext-2', 'tiny' for TinyWiki, or a path.

    >>> find_corpus('tiny').source
    'd2l_bert'

    Raises FileNotFoundError if there is no such file or folder, and
    ValueError if `data_dir` is given for another corpus than WikiText-2.
    """
    if data_dir is not None and corpus != 'wikitext-2':
        raise ValueError(f"data_dir says where 'wikitext-2' is, but corpus is "
                         f"{str(corpus)!r}; leave one of them out")
    if corpus == 'tiny':
        return Found(TINYWIKI_DIR, 'd2l_bert', published=True)
    if corpus == 'wikitext-2':
        return locate('wikitext-2', data_dir, fetch)
    if not isinstance(corpus, str | os.PathLike):
        raise TypeError(f"corpus must be 'wikitext-2', 'tiny' or a path, not "
                        f'{corpus!r}')
    path = Path(corpus).expanduser()
    if not path.exists():
        raise FileNotFoundError(f"corpus {str(corpus)!r} is neither a file "
                                f"or folder nor 'wikitext-2' or 'tiny'")
    return Found(path, 'corpus', published=False)


def load_paragraphs(corpus: PathLike = 'wikitext-2',
                    data_dir: PathLike | None = None,
                    rng: Rng | Keyed = random,
                    sentence_splitter: SplitterChoice = 'period'
                    ) -> list[list[str]]:
    """Find a text, download it if needed, and read its paragraphs.

    >>> len(load_paragraphs('tiny'))
    216
    """
    check_sentence_splitter(sentence_splitter)  # before anything is fetched
    return read_wiki(find_corpus(corpus, data_dir).path, rng,
                     sentence_splitter)
