"""Lines -> documents, each with its sentences in order.

An objective without sentence pairs reads a document as one run of sentences,
so a line with a single sentence counts, too.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

from ..files import PathLike
from .corpus import HELD_OUT, find_splits
from .lines import text_lines
from .paragraphs import cut_sentences, is_heading
from .sentences import (
    SplitterChoice, check_sentence_splitter, make_sentence_splitter,
    one_a_line)
from .sources import Corpus, named

# A title has one equals sign on each side; those of its sections have more.
TITLE = re.compile(r'= (?!= ).* =')


def split_documents(lines: Iterable[str],
                    sentence_splitter: SplitterChoice = 'period', *,
                    lowercase: bool = True) -> list[list[str]]:
    """Cut a text into documents, and each of them into its sentences.

    >>> split_documents([' = Tides = ', '', ' The sea rose . It fell . ',
    ...                  ' = = Neap = = ', ' It is low . ', '',
    ...                  ' = Cranes = ', '', ' One flew . '])
    [['the sea rose', 'it fell .', 'it is low .'], ['one flew .']]

    A title as in WikiText, with blank lines around it, begins a document.
    With the splitter 'lines' a blank line does, too. Headings are left out.
    A text without titles is one document.

    Raises what `make_sentence_splitter` raises.
    """
    lines = ['', *map(str.strip, lines), '']
    split = make_sentence_splitter(sentence_splitter, _prose(lines))
    case = str.lower if lowercase else str
    documents: list[list[str]] = [[]]
    for before, line, after in zip(lines, lines[1:], lines[2:]):
        # Some tables explain 'W = ...' in lines that look like a title.
        title = TITLE.fullmatch(line) and not (before or after)
        if title or (not line and split is one_a_line):
            documents.append([])
        elif line and not is_heading(line):
            documents[-1] += map(case, cut_sentences(line, split))
    return [document for document in documents if document]


def read_documents(files: Sequence[Path],
                   sentence_splitter: SplitterChoice = 'period', *,
                   lowercase: bool = True) -> list[list[str]]:
    """Read the documents of some files; none goes over the end of a file.

    A splitter that learns from the text learns from all files together.

    >>> from ..files import TINYWIKI_DIR
    >>> len(read_documents([TINYWIKI_DIR / 'wiki.train.tokens']))
    72

    Raises ValueError if there is no sentence, and what `split_documents`
    raises.
    """
    texts = [[*map(str.strip, text_lines([file]))] for file in files]
    split = make_sentence_splitter(sentence_splitter,
                                   _prose(chain.from_iterable(texts)))
    documents = [document for lines in texts for document in split_documents(
        lines, split, lowercase=lowercase)]
    if not documents:
        raise ValueError(f'{named(files)} is empty; put some sentences into '
                         f'it')
    return documents


def load_document_splits(
        corpus: Corpus = 'wikitext-2', data_dir: PathLike | None = None,
        sentence_splitter: SplitterChoice = 'period', *,
        valid: Corpus | None = None, lowercase: bool = True
) -> tuple[list[list[str]], list[list[str]]]:
    """Read the documents of a text for training, and of one for validation.

    >>> train, held_out = load_document_splits('tiny')
    >>> len(train), len(held_out)
    (64, 8)

    The text for validation is `valid`, or the folder's wiki.valid.tokens, or
    else every tenth document, which is held out. Of a text of one document
    it is the last tenth of its sentences.

    Raises what `find_corpus` and `read_documents` raise, and ValueError if
    there is only one sentence.
    """
    check_sentence_splitter(sentence_splitter)
    files, apart = find_splits(corpus, data_dir, valid)
    train = read_documents(files, sentence_splitter, lowercase=lowercase)
    if apart:
        return train, read_documents(apart, sentence_splitter,
                                     lowercase=lowercase)
    if len(train) > 1:
        held_out = train[::HELD_OUT]
        del train[::HELD_OUT]
        return train, held_out
    [document] = train
    if len(document) < 2:
        raise ValueError(f'{named(files)} has one sentence, which is held '
                         f'out for validation, so none is left to learn '
                         f'from; give more text, or another text as valid')
    end = len(document) - max(1, len(document) // HELD_OUT)
    return [document[:end]], [document[end:]]


def _prose(lines: Iterable[str]) -> list[str]:
    return [line for line in lines if line and not is_heading(line)]
