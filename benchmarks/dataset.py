"""Compare our pretraining Dataset with the book's own, d2l 1.0.3.

    python benchmarks/dataset.py --peer /path/to/peer/bin/python

The peer lives in an environment of its own; README.md here says how to
make one. Both read WikiText-2 from the folder in D2L_BERT_DATA.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROWS = {'dataset': 'paragraphs to Dataset, s',
        'memory': 'peak memory above imports, MiB',
        'epoch': 'epoch of load_data_wiki, 0 workers, s',
        'lines': "epoch of the book's DataLoader line, s",
        'lines4': 'the same with 4 workers, s'}


def main():
    """Measure each backend, print its table, exit 1 on a difference."""
    args = parse_args()
    results = [compare(backend, args) for backend in args.backend]
    sys.exit(not all(results))


def parse_args():
    """Return the command line's options and the folder of the text."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--peer', required=True, metavar='PYTHON',
                        help='interpreter that can import d2l 1.0.3')
    parser.add_argument('--repeat', type=int, default=5, metavar='N',
                        help='measurements of each side (default: 5)')
    parser.add_argument('--backend', nargs='+', default=['torch', 'mxnet'],
                        choices=['torch', 'mxnet'])
    args = parser.parse_args()
    if args.repeat < 1:
        parser.error('--repeat must be at least 1')
    if not os.environ.get('D2L_BERT_DATA'):
        parser.error('set D2L_BERT_DATA to the folder of wikitext-2/')
    args.data_dir = Path(os.environ['D2L_BERT_DATA'], 'wikitext-2')
    if not (args.data_dir / 'wiki.train.tokens').is_file():
        parser.error(f'there is no wiki.train.tokens in {args.data_dir}')
    return args


def compare(backend, args):
    """Measure peer and ours in turns; tell whether they are identical."""
    runs = {'peer': [], 'ours': []}
    pythons = {'peer': args.peer, 'ours': sys.executable}
    for _ in range(args.repeat):
        for side, python in pythons.items():
            runs[side].append(measure(python, side, backend, args.data_dir))
    print_table(backend, runs)
    identical = len({tuple(run['digests'])
                     for side in runs.values() for run in side}) == 1
    print('identical:', 'yes' if identical else 'NO', flush=True)
    return identical


def measure(python, side, backend, data_dir):
    """Take one measurement in a fresh process of that interpreter."""
    path = str(HERE.parent) if side == 'ours' else ''  # this very checkout
    done = subprocess.run(
        [python, HERE / 'measure.py', side, backend, data_dir],
        env={**os.environ, 'PYTHONUTF8': '1', 'PYTHONPATH': path},
        stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f'{side} failed on {backend}; its last words are above')
    return json.loads(done.stdout.splitlines()[-1])


def print_table(backend, runs):
    """Print the medians, how far they spread, and their ratios."""
    print(f'\n{backend + ", medians of " + str(len(runs["ours"])):40}'
          f'{"peer":>22}{"ours":>24}{"ratio":>8}')
    for row, title in ROWS.items():
        peer, ours = ([run[row] for run in runs[side]]
                      for side in ('peer', 'ours'))
        ratio = statistics.median(peer) / statistics.median(ours)
        print(f'{title:40}{spread(peer):>22}{spread(ours):>24}'
              f'{ratio:7.1f}x')


def spread(values):
    """Write a median and the range of all values in three digits.

    >>> spread([1.25, 1.5, 12])
    '1.5 (1.25-12)'
    """
    return (f'{statistics.median(values):.3g} '
            f'({min(values):.3g}-{max(values):.3g})')


if __name__ == '__main__':
    main()
