"""d2l-bert encode: a vector for each token of a text."""

import argparse
from typing import Any

from d2l_bert.core.models.inputs import unknown_words
from d2l_bert.core.models.use import save_array
from d2l_bert.core.tokens.vocab import UNK
from d2l_bert.core.tokens.words import describe_tokenizer, keeps_case

from .console import Lines, choose_backend, complain, entry
from .options import add_model


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this subcommand."""
    add_model(parser, 'the text')
    parser.add_argument('--out', metavar='FILE', help='save the vectors as '
                        'a NumPy array (tokens, hidden size) in FILE.npy')


def run(options: argparse.Namespace) -> Lines:
    """Print the first numbers of each vector, and save them all."""
    d2l = choose_backend(options.backend)
    net = d2l.load_bert(options.model)
    # (len,), (len, num_hiddens)
    tokens, vectors = d2l.encode(net, options.text, options.next_text)
    warn_of_unknown_words(options, net)
    for token, vector in zip(tokens, vectors):
        numbers = ' '.join(f'{number:6.2f}' for number in vector[:6])
        yield f'{token:<16}{numbers}{" ..." * (len(vector) > 6)}'
    if options.out:
        yield from entry('saved', f'{vectors.shape} in '
                                  f'{save_array(options.out, vectors)}')


def warn_of_unknown_words(options: argparse.Namespace, net: Any) -> None:
    """Warn of words that the model reads as '<unk>'."""
    texts = [text for text in (options.text, options.next_text) if text]
    unknown = unknown_words(texts, net.vocab, net.tokenizer)
    if unknown:
        words = ', '.join(map(repr, unknown))
        glued = any(not letter.isalnum() for word in unknown
                    for letter in word[1:])
        advice = ''
        if glued and describe_tokenizer(net.tokenizer)['name'] == 'words':
            advice = '; put spaces around words and punctuation'
        elif keeps_case(net.tokenizer):
            advice = '; capital letters count for this model'
        complain('warning', f'the model does not know {words}, and reads '
                            f'{net.vocab.spelling[UNK]}{advice}')
