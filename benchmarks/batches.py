"""Compare batches of similar lengths with plain ones, and with the machine.

    python benchmarks/batches.py

It pretrains the chapter's model on WikiText-2, 16 steps with each kind of
batch in turns, and prints the examples per second of the last 8, in which
both learn from the same examples. Beside them are the operations of a step by
formula over its time, and the rate of a plain matrix product in the same run.
With `--one-core` all of it is on one core and in seconds of the CPU, so that
other processes on the computer matter little. `--profile` says where the time
of PyTorch goes. The text is in the folder in D2L_BERT_DATA.
"""

import argparse
import importlib
import os
import statistics
import sys
import time
from itertools import islice

clock = time.perf_counter
if '--one-core' in sys.argv:  # before NumPy is imported
    clock = time.process_time
    os.environ |= {'OMP_NUM_THREADS': '1', 'MKL_NUM_THREADS': '1'}

import numpy as np  # noqa: E402

from d2l_bert.core import batches, load_splits  # noqa: E402

BATCH_SIZE, MAX_LEN = 512, 64
STEPS, COUNTED = 16, 8  # the first warm up
SIDE = 2048  # of the matrices that are multiplied
KINDS = {False: 'plain batches', True: 'of similar lengths'}


def main():
    """Measure each backend and print its table."""
    args = parse_args()
    train, _ = load_splits(MAX_LEN)
    for kind, name in KINDS.items():
        print(f'{name}: {padding(train, kind):.0%} padding')
    for backend in args.backend:
        d2l = importlib.import_module(f'd2l_bert.{backend}_backend')
        compare(d2l, backend, train, args)
        if args.profile and backend == 'torch':
            profile(d2l, train)


def parse_args():
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--repeat', type=int, default=4, metavar='N',
                        help='measurements of each (default: 4)')
    parser.add_argument('--backend', nargs='+', default=['torch', 'mxnet'],
                        choices=['torch', 'mxnet'])
    parser.add_argument('--one-core', action='store_true',
                        help='one core, and seconds of the CPU')
    parser.add_argument('--profile', action='store_true',
                        help="print PyTorch's most expensive operations")
    args = parser.parse_args()
    if not os.environ.get('D2L_BERT_DATA'):
        parser.error('set D2L_BERT_DATA to the folder of wikitext-2/')
    return args


def padding(train, bucket):
    """Return which share of an epoch's positions is padding."""
    epoch = [batch for _, batch in islice(
        batches(train, BATCH_SIZE, 0, bucket=bucket),
        len(train) // BATCH_SIZE)]
    return 1 - (sum(float(batch.valid_lens.sum()) for batch in epoch)
                / sum(batch.token_ids.size for batch in epoch))


def compare(d2l, backend, train, args):
    """Pretrain with both kinds of batches in turns, and print a table."""
    speeds = {kind: [] for kind in KINDS}
    rates = {kind: [] for kind in KINDS}
    product = []
    for seed in range(args.repeat):
        for kind in KINDS:
            ends = pretrain(d2l, train, STEPS, kind, seed)
            seconds = ends[-1] - ends[-COUNTED - 1]
            speeds[kind].append(BATCH_SIZE * COUNTED / seconds)
            used = islice(batches(train, BATCH_SIZE, seed, bucket=kind),
                          STEPS - COUNTED, STEPS)
            rates[kind].append(sum(operations(batch, len(train.vocab))
                                   for _, batch in used) / seconds / 1e9)
        product.append(2 * SIDE ** 3 / product_seconds(backend) / 1e9)
    ratios = [fast / slow for slow, fast in zip(*speeds.values())]
    print(f'\n{backend:20}{"examples/s":>22}{"ratio":>8}{"GFLOP/s":>10}')
    for kind, name in KINDS.items():
        found, median = speeds[kind], statistics.median(speeds[kind])
        print(f'{name:20}'
              f'{f"{median:.0f} ({min(found):.0f}-{max(found):.0f})":>22}'
              f'{statistics.median(ratios) if kind else 1:7.2f}x'
              f'{statistics.median(rates[kind]):10.0f}')
    print(f'{"a matrix product":20}{"":30}'
          f'{statistics.median(product):10.0f}')
    print('ratios:', *(f'{ratio:.2f}' for ratio in ratios), flush=True)


def pretrain(d2l, train, steps, bucket, seed):
    """Train a new model of the chapter's sizes; return when steps ended."""
    ends = []
    net = d2l.new_model(0, len(train.vocab), 128, 256, num_heads=2,
                        num_blks=2, dropout=0.2, max_len=MAX_LEN)
    d2l.pretrain(net, train, steps=steps, batch_size=BATCH_SIZE,
                 bucket=bucket, seed=seed,
                 watch=lambda row: ends.append(clock()))
    return ends


def operations(batch, vocab_size, H=128, F=256, num_blks=2):
    """Return the floating-point operations of a step by formula.

    A product of (n, m) and (m, k) is 2 n m k of them. A step is three times
    the products of the forward pass. What is no product is not counted.
    """
    num_rows, length = batch.token_ids.shape
    a_block = length * (8 * H ** 2 + 4 * H * F) + 4 * length ** 2 * H
    predicted = float(batch.mlm_weights.sum())
    return 3 * (num_rows * (num_blks * a_block + 2 * H ** 2)
                + predicted * (2 * H ** 2 + 2 * H * vocab_size))


def product_seconds(backend):
    """Return the shortest time of a product of two square matrices."""
    matrix = np.ones((SIDE, SIDE), np.float32)
    if backend == 'torch':
        import torch
        X = torch.from_numpy(matrix)

        def product():
            X @ X
    else:
        from mxnet import np as mxnet_np
        from mxnet import npx
        X = mxnet_np.array(matrix)

        def product():
            npx.fully_connected(X, X, no_bias=True, num_hidden=SIDE,
                                flatten=False).wait_to_read()
    seconds = []
    for _ in range(5):
        start = clock()
        product()
        seconds.append(clock() - start)
    return min(seconds)


def profile(d2l, train):
    """Print the operations of PyTorch that take most of a step."""
    from torch.profiler import ProfilerActivity
    from torch.profiler import profile as torch_profile
    with torch_profile(activities=[ProfilerActivity.CPU]) as found:
        pretrain(d2l, train, 4, True, 0)
    print(found.key_averages().table(sort_by='self_cpu_time_total',
                                     row_limit=15, max_name_column_width=40))


if __name__ == '__main__':
    main()
