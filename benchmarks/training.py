"""Compare our training steps with those of the book's own d2l 1.0.3.

    python benchmarks/training.py --peer /path/to/peer/bin/python

The peer lives in an environment of its own; README.md here says how to
make one. Both learn from the same batches of WikiText-2, in the folder
that D2L_BERT_DATA names, in the chapter's setting and from the same
weights. With --learn both go on for many steps, the peer with its loss
corrected, and are evaluated on the validation split.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from dataset import spread

from d2l_bert.core.training.measuring import unigram_loss
from d2l_bert.core.objectives.bert import load_splits
from d2l_bert.core.training.batching import batches

HERE = Path(__file__).resolve().parent
BATCH_SIZE, MAX_LEN = 512, 64
SIZES = {'num_hiddens': 128, 'ffn_num_hiddens': 256, 'num_heads': 2,
         'num_blks': 2, 'dropout': 0.2}
ROWS = {'step': 'a step of 512 examples, s',
        'memory': 'peak memory above imports, MiB'}


def main():
    """Measure each backend, print its table, exit 1 on a difference."""
    args = parse_args()
    train, valid = load_splits(MAX_LEN)
    print(f'unigram baseline {unigram_loss(train, valid):.3f}')
    with tempfile.TemporaryDirectory() as folder:
        save_batches(train, valid, max([args.steps, *args.learn]),
                     Path(folder, 'data.npz'))
        fine = [compare(backend, args, folder) for backend in args.backend]
    sys.exit(not all(fine))


def parse_args():
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--peer', required=True, metavar='PYTHON',
                        help='interpreter that can import d2l 1.0.3')
    parser.add_argument('--steps', type=int, default=8, metavar='N',
                        help='steps in a measurement (default: 8)')
    parser.add_argument('--repeat', type=int, default=3, metavar='N',
                        help='measurements of each side (default: 3)')
    parser.add_argument('--learn', type=int, nargs='*', default=[],
                        metavar='N', help='evaluate after so many steps, '
                        'such as 50 500, in place of measuring')
    parser.add_argument('--backend', nargs='+', default=['torch', 'mxnet'],
                        choices=['torch', 'mxnet'])
    args = parser.parse_args()
    if args.steps < 3 or args.repeat < 1:
        parser.error('--steps must be at least 3 and --repeat at least 1')
    if not os.environ.get('D2L_BERT_DATA'):
        parser.error('set D2L_BERT_DATA to the folder of wikitext-2/')
    return args


def save_batches(train, valid, steps, path):
    """Save the batches of all steps and the validation examples."""
    stream = batches(train, BATCH_SIZE, seed=0, bucket=False)
    columns = zip(*(next(stream)[1] for _ in range(steps)))
    arrays = {f'train{i}': small(np.stack(column))
              for i, column in enumerate(columns)}
    arrays |= {f'valid{i}': small(column)
               for i, column in enumerate(valid.columns)}
    np.savez(path, vocab_size=len(train.vocab), **arrays)


def small(column):
    """Return a column in as few bytes as its numbers need."""
    return column.astype('int32' if column.dtype.kind == 'i' else 'float32')


def compare(backend, args, folder):
    """Measure peer and ours in turns; tell whether ours is not behind."""
    runs = {'peer': [], 'ours': []}
    pythons = {'peer': args.peer, 'ours': sys.executable}
    prepare = [sys.executable, HERE / 'measure_training.py', 'weights',
               backend, folder, json.dumps(SIZES), '0']
    child('ours', prepare)
    for _ in range(1 if args.learn else args.repeat):
        for side, python in pythons.items():
            runs[side].append(child(side, [
                python, HERE / 'measure_training.py', side, backend, folder,
                json.dumps(SIZES), str(args.steps),
                *map(str, args.learn)]))
    return (print_losses if args.learn else print_table)(backend, runs)


def child(side, command):
    """Run a measurement in a process of its own, return its numbers."""
    path = str(HERE.parent) if side == 'ours' else ''  # this very checkout
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True,
        env={**os.environ, 'PYTHONUTF8': '1', 'PYTHONPATH': path})
    if done.returncode:
        sys.exit(f'{side} failed; its last words are above')
    return json.loads(done.stdout.splitlines()[-1])


def print_table(backend, runs):
    """Print the medians, how far they spread, and their ratios."""
    print(f'\n{backend + ", medians of " + str(len(runs["ours"])):36}'
          f'{"peer":>22}{"ours":>24}{"ratio":>8}')
    for row, title in ROWS.items():
        peer, ours = ([run[row] for run in runs[side]]
                      for side in ('peer', 'ours'))
        ratio = statistics.median(peer) / statistics.median(ours)
        print(f'{title:36}{spread(peer):>22}{spread(ours):>24}{ratio:7.1f}x')
    peer, ours = (runs[side][0]['no_dropout'] for side in ('peer', 'ours'))
    same = np.allclose(peer, ours, rtol=1e-4, atol=1e-6)
    print(f'loss and norm of its gradient, no dropout: peer, corrected '
          f'{peer[0]:.5f} {peer[1]:.5f}, ours {ours[0]:.5f} {ours[1]:.5f}')
    print('the same:', 'yes' if same else 'NO', flush=True)
    return same


def print_losses(backend, runs):
    """Print the validation losses of masked words after some steps."""
    print(f'\n{backend}, validation MLM loss after steps')
    for side, (run,) in runs.items():
        print(f'{side:8}', *(f'{steps}: {loss:.4f}'
                             for steps, loss in run['learnt']), flush=True)
    return True


if __name__ == '__main__':
    main()
