"""Compare WordPiece with other code that cuts the same text into pieces.

    python benchmarks/wordpiece.py

The peers are the library `tokenizers`, which is written in Rust, and Google's
own tokenizer. All cut the sentences of WikiText-2 with the same vocabulary,
on one core, in turns; README.md here says how to install them. The text is
in the folder in D2L_BERT_DATA.
"""

import argparse
import os
import statistics
import sys
import time
from functools import partial
from itertools import chain
from types import SimpleNamespace
from unittest.mock import MagicMock

os.environ['RAYON_NUM_THREADS'] = '1'
os.environ['TOKENIZERS_PARALLELISM'] = 'false'

from d2l_bert.core import (  # noqa: E402
    Keyed, WordPiece, count_words, load_paragraphs, train_wordpiece)

SIZE = 8000
EVERY = 8  # sentences that Google's code cuts: one of so many


def main():
    """Measure everything in turns, and print the tables."""
    args = parse_args()
    sentences = [*chain.from_iterable(load_paragraphs(rng=Keyed(0)))]
    print_training(args.repeat, sentences)
    vocab = train_wordpiece(count_words(sentences), SIZE)
    functions = {
        'a new WordPiece': partial(cut, WordPiece, vocab, sentences),
        'that has seen the words': seen(vocab, sentences),
        'tokenizers, one text a call': library(vocab, sentences, False),
        'tokenizers, in batches': library(vocab, sentences, True),
        "Google's code": google(vocab, sentences[::EVERY])}
    speeds = {name: [] for name in functions}
    for _ in range(args.repeat):
        for name, function in functions.items():
            start = time.process_time()
            num_pieces = function()
            speeds[name].append(num_pieces / (time.process_time() - start))
    print(f'\n{"pieces a second":30}{"median":>12}{"range":>24}{"ratio":>8}')
    first = statistics.median(next(iter(speeds.values())))
    for name, found in speeds.items():
        median = statistics.median(found)
        print(f'{name:30}{median:12,.0f}'
              f'{f"{min(found):,.0f}-{max(found):,.0f}":>24}'
              f'{first / median:7.1f}x')


def parse_args():
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--repeat', type=int, default=5, metavar='N',
                        help='measurements of each (default: 5)')
    args = parser.parse_args()
    if not os.environ.get('D2L_BERT_DATA'):
        parser.error('set D2L_BERT_DATA to the folder of wikitext-2/')
    return args


def print_training(repeat, sentences):
    """Print how long it takes to train a vocabulary, step by step."""
    counts = count_words(sentences)
    print(f'{"seconds of the CPU":30}{"median":>12}{"range":>24}')
    for name, function in (
            ('to count the words', partial(count_words, sentences)),
            (f'{SIZE} entries by frequency', partial(
                train_wordpiece, counts, SIZE)),
            (f'{SIZE} entries by score', partial(
                train_wordpiece, counts, SIZE, by='score'))):
        found = []
        for _ in range(repeat):
            start = time.process_time()
            function()
            found.append(time.process_time() - start)
        print(f'{name:30}{statistics.median(found):12.2f}'
              f'{f"{min(found):.2f}-{max(found):.2f}":>24}', flush=True)


# What is measured ----------------------------------------------------------

def cut(make, vocab, sentences):
    """Cut all sentences, and return the number of pieces."""
    return sum(map(len, make(vocab)(sentences)))


def seen(vocab, sentences):
    """Cut all sentences once more with the same WordPiece."""
    wordpiece = WordPiece(vocab)
    wordpiece(sentences)
    return lambda: sum(map(len, wordpiece(sentences)))


def library(vocab, sentences, in_batches):
    """Cut all sentences with the library."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    tokenizer = Tokenizer(models.WordPiece(
        {piece: i for i, piece in enumerate(vocab)}, unk_token='[UNK]'))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()

    def run():
        if in_batches:
            return sum(len(found.tokens) for found
                       in tokenizer.encode_batch(sentences))
        return sum(len(tokenizer.encode(sentence).tokens)
                   for sentence in sentences)
    return run


def google(vocab, sentences):
    """Cut some sentences with Google's code, whose TensorFlow is not used."""
    for module in ('absl', 'tensorflow', 'tensorflow.compat',
                   'tensorflow.compat.v1'):
        sys.modules.setdefault(module, MagicMock())
    from bert import tokenization
    tokenization.FLAGS = SimpleNamespace(preserve_unused_tokens=False)
    words = tokenization.BasicTokenizer(do_lower_case=True)
    pieces = tokenization.WordpieceTokenizer({*vocab})
    return lambda: sum(len(pieces.tokenize(word)) for sentence in sentences
                       for word in words.tokenize(sentence))


if __name__ == '__main__':
    main()
