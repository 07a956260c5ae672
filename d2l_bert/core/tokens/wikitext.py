"""Sentences -> lines as WikiText has them, the format of the book.

A paragraph is a line, tokens have spaces around them, and ' . ' stands
between two sentences and nowhere else. So the book's rule finds the same
sentences again, and its tokens are what is between spaces.
"""

import re
from collections.abc import Iterable

from .words import Tokenizer, basic

# A sentence, the full stop that ends it, and quotes or brackets after that.
ENDED = re.compile(r'''(.*[^.\s])\s*\.([\s"”’»'\)\]]*)''', re.DOTALL)
# Stands for a full stop inside a sentence, so that a tokenizer leaves it in
# its word, as in u.s. or 3.5. Texts have no such invisible character.
INSIDE = '\u2063'


def wikitext_sentences(sentences: Iterable[str], tokenizer: Tokenizer = basic
                       ) -> list[str]:
    """Return the sentences of a paragraph as WikiText writes them.

    >>> wikitext_sentences(['"No. 3 of the U.S. rose."', 'Why?', 'It fell.'])
    ['" No. 3 of the U.S. rose "', 'Why ?', 'It fell .']

    As the book's rule gives them, only the last has its full stop.
    """
    found = [_spaced(sentence, tokenizer) for sentence in sentences]
    found = [(body, stop) for body, stop in found if body not in ('', '.')]
    bodies = [body for body, _ in found]
    if found and found[-1][1]:
        bodies[-1] += ' .'
    return bodies


def _spaced(sentence: str, tokenizer: Tokenizer) -> tuple[str, bool]:
    """Return the tokens of a sentence, and whether a full stop ends it."""
    ended = ENDED.fullmatch(sentence)
    body = ''.join(ended.groups()) if ended else sentence
    tokens = tokenizer([body.replace('.', INSIDE)])[0]
    text = ' '.join(' '.join(tokens).replace(INSIDE, '.').split())
    # A full stop with spaces around it would end a sentence.
    return re.sub(r'(?<=\S) \.(?= |$)|(?<=^\.) ', lambda stop:
                  stop[0].strip(), text), ended is not None
