"""A text of any kind -> a file in the format of the book."""

from pathlib import Path
from typing import NamedTuple

from .files import PathLike, check_new, replacing
from .randomness import Keyed
from .text.corpus import find_corpus, read_text
from .text.paragraphs import LeftOut
from .text.sentences import SplitterChoice
from .text.sources import Corpus, named
from .tokens.wikitext import wikitext_sentences
from .tokens.wordpiece import WordPiece
from .tokens.words import TokenizerChoice, make_tokenizer


class Prepared(NamedTuple):
    """What was written."""

    path: Path
    num_paragraphs: int
    num_sentences: int
    left_out: LeftOut


def prepare_text(path: PathLike, corpus: Corpus, *,
                 sentence_splitter: SplitterChoice = 'nltk',
                 wrapped: bool = False, lowercase: bool = True,
                 tokenizer: TokenizerChoice = 'basic') -> Prepared:
    """Write a text of any kind in the format of the book.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     prose = Path(home, 'prose.txt')
    ...     _ = prose.write_text('The sea rose, at 6.30.\\nWhy?\\nIt fell!')
    ...     done = prepare_text(f'{home}/new.txt', prose,
    ...                         sentence_splitter='lines')
    ...     print(done.path.read_text())
    the sea rose , at 6.30 . why ? . it fell !
    <BLANKLINE>

    `corpus` and the other arguments are those of `read_wiki`. Any corpus of
    this package and the book's own code then read the new file as it is.

    Raises FileExistsError if there is a file at `path`, and what `read_wiki`
    raises.
    """
    path = Path(path).expanduser()
    check_new(path)
    cut = make_tokenizer(tokenizer)
    if isinstance(cut, WordPiece):
        raise ValueError("a text in the format of the book has words, and a "
                         "WordPiece cuts them into pieces; choose another "
                         "tokenizer, such as 'basic'")
    files = find_corpus(corpus).files
    text = read_text(files, Keyed(0), sentence_splitter, wrapped=wrapped,
                     lowercase=lowercase)
    paragraphs = [bodies for paragraph in text.paragraphs
                  if len(bodies := wikitext_sentences(paragraph, cut)) > 1]
    if not paragraphs:
        raise ValueError(f'{named(files)} has no paragraph with words in two '
                         f'sentences')
    with replacing(path) as partial, open(partial, 'w', newline='\n',
                                          encoding='utf-8') as file:
        file.writelines(f'{" . ".join(bodies)}\n' for bodies in paragraphs)
    return Prepared(path, len(paragraphs), sum(map(len, paragraphs)),
                    text.left_out)
