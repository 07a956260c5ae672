"""Compare a training step of SpanBERT with one of BERT, on the same batch.

    python benchmarks/spanbert.py

All models take the same batches of sentence pairs of WikiText-2, in turns, on
one core and in seconds of the CPU. The vocabularies are the chapter's words
and 8,000 pieces of WordPiece.
"""

import argparse
import os
import time

os.environ['OMP_NUM_THREADS'] = '1'  # before a framework starts its own
os.environ['TQDM_DISABLE'] = '1'

import numpy as np

from d2l_bert.cli.console import choose_backend
from d2l_bert.core import (
    WordPiece, count_words, find_corpus, load_spanbert_examples,
    train_wordpiece)

SIZES = {'the chapter': {'num_hiddens': 128, 'ffn_num_hiddens': 256,
                         'num_heads': 2, 'num_blks': 2},
         'larger': {'num_hiddens': 256, 'ffn_num_hiddens': 1024,
                    'num_heads': 4, 'num_blks': 4}}
MODELS = {'BERT': {'tied': True},
          'SpanBERT, mlm + nsp': {'kind': 'spanbert', 'boundary': False,
                                  'next_sentence': True},
          'SpanBERT, mlm + sbo': {'kind': 'spanbert'},
          'SpanBERT, mlm + sbo + nsp': {'kind': 'spanbert',
                                        'next_sentence': True}}


def main():
    """Print a table for each vocabulary and size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--backend', nargs='+', default=['torch', 'mxnet'])
    parser.add_argument('--batch-size', type=int, default=128)
    parser.add_argument('--repeat', type=int, default=5)
    args = parser.parse_args()
    text = find_corpus('wikitext-2').files[0].read_text(encoding='utf-8')
    pieces = WordPiece(train_wordpiece(count_words(text.splitlines()), 8000))
    for name in args.backend:
        d2l = choose_backend(name)
        for tokenizer in ('words', pieces):
            examples = load_spanbert_examples(64, packing='pair',
                                              tokenizer=tokenizer)
            for title, sizes in SIZES.items():
                print(f'\n{name}, {title}: {sizes}, '
                      f'{len(examples.vocab)} tokens')
                table(d2l, examples, sizes, args)


def table(d2l, examples, sizes, args):
    """Time the models in turns, and print medians and ratios."""
    nets = {title: d2l.new_model(0, len(examples.vocab), dropout=0.1,
                                 max_len=64, **sizes, **options)
            for title, options in MODELS.items()}
    times = {title: [] for title in nets}
    for seed in range(args.repeat + 1):  # the first warms up
        for title, net in nets.items():
            times[title].append(seconds(d2l, net, examples, seed, args))
    for title, each in times.items():
        ratios = np.array(each[1:]) / np.array(times['BERT'][1:])
        print(f'{title:28}{np.median(each[1:]):7.3f} s'
              f'{np.median(ratios):7.2f} ({ratios.min():.2f}-'
              f'{ratios.max():.2f})', flush=True)


def seconds(d2l, net, examples, seed, args):
    """Return the CPU seconds of a step, from three of the same batches."""
    marks = []
    d2l.pretrain(net, examples, steps=4, batch_size=args.batch_size,
                 seed=seed, learning_rate=1e-4,
                 watch=lambda row: marks.append(time.process_time()))
    return float(np.median(np.diff(marks)))


if __name__ == '__main__':
    main()
