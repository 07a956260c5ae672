"""The choice of a tokenizer, and the vocabulary of a WordPiece."""

import argparse
from collections.abc import Iterable, Sequence
from itertools import chain

from d2l_bert.core.checks import check_whole
from d2l_bert.core.tokens.wordpiece import WordPiece, count_words
from d2l_bert.core.tokens.wordpiece_training import train_wordpiece
from d2l_bert.core.tokens.words import TokenizerChoice, vocab_of

WORDPIECE = 'wordpiece'
# Where the vocabulary of a WordPiece comes from, and the defaults.
SOURCES = {'vocab_file': None, 'vocab_size': None}


def add_vocabulary(parser: argparse.ArgumentParser) -> None:
    """Add where a WordPiece has its vocabulary from."""
    add = parser.add_argument
    add('--vocab-file', metavar='FILE',
        help='for the tokenizer wordpiece: its vocabulary, a piece on each '
             'line, such as the vocab.txt of a BERT of Google')
    add('--vocab-size', metavar='N', type=int,
        help='for the tokenizer wordpiece: train a vocabulary of N pieces '
             'from the text, instead of --vocab-file')


def choose_tokenizer(options: argparse.Namespace,
                     texts: Iterable[Sequence[str]] | None = None
                     ) -> TokenizerChoice:
    """Return the tokenizer that is chosen; a WordPiece is read or trained.

    `texts` are paragraphs or documents, to train from. Without them all is
    checked that can be, and another tokenizer stands for one that is yet to
    be trained.

    Raises ValueError unless a WordPiece has exactly one source of its
    vocabulary, and FileNotFoundError if it cannot be found.
    """
    given = [f'--{name.replace("_", "-")}' for name in SOURCES
             if getattr(options, name) is not None]
    if options.tokenizer != WORDPIECE:
        if given:
            raise ValueError(f'leave out {", ".join(given)}, which is for '
                             f'--tokenizer {WORDPIECE}, or choose that')
        return str(options.tokenizer)
    if len(given) != 1:
        raise ValueError(
            f'--tokenizer {WORDPIECE} needs '
            + ('only one of ' if given else '') + '--vocab-file, a vocabulary'
            ' such as vocab.txt, or --vocab-size, to train one from the text')
    if options.vocab_file is not None:
        wordpiece = WordPiece.from_file(options.vocab_file, options.lowercase)
        vocab_of(wordpiece, None)  # it may lack a special token
        return wordpiece
    check_whole('vocab_size', options.vocab_size, least=1)
    if texts is None:
        return 'words'
    counts = count_words(chain.from_iterable(texts), options.lowercase)
    try:
        vocab = train_wordpiece(counts, options.vocab_size)
    except ValueError as error:
        raise ValueError(f'vocab_{error}') from None  # of its size
    return WordPiece(vocab, options.lowercase)
