"""Compare T5's span corruption of whole batches with loops over examples.

    python benchmarks/t5.py

All make inputs and targets of the same runs of tokens of WikiText-2, in
turns, for inputs of 64 and of 128 tokens. Speeds are those of one core, by
seconds of the CPU. The text is in the folder in D2L_BERT_DATA.
"""

import argparse
import os
import statistics
import time
from functools import partial

for threads in ('OMP_NUM_THREADS', 'MKL_NUM_THREADS'):
    os.environ[threads] = '1'
os.environ['TQDM_DISABLE'] = '1'

import numpy as np  # noqa: E402

from d2l_bert.core import (  # noqa: E402
    corrupt, load_t5_examples, noise_mask)
from d2l_bert.core.objectives.t5_noise import (  # noqa: E402
    noise_counts, sentinels_for)

BATCH_SIZE, NUM_SLOW = 512, 1024  # examples for loops
LENGTHS = (64, 128)  # of inputs


def main():
    """Measure each length in turns, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--repeat', type=int, default=7, metavar='N',
                        help='measurements of each (default: 7)')
    repeat = parser.parse_args().repeat
    for length in LENGTHS:
        examples = load_t5_examples(length)
        runs = examples._columns.token_ids  # before they are corrupted
        marks = examples.vocab[sentinels_for(
            noise_counts(runs.shape[1])[1])]
        end = examples.vocab['</s>']
        print(f'\n{length} tokens, examples/s: {len(examples)} of '
              f'{runs.shape[1]} raw tokens')
        print_table(in_turns(repeat, {
            'batches of 512': partial(batches, examples),
            "T5's rule in NumPy, a loop": partial(loop, runs, marks, end),
            'the rule in plain Python, a loop': partial(plain, runs, marks,
                                                        end)}))


def in_turns(repeat, functions):
    """Return examples per second of the CPU of each, in turns."""
    speeds = {name: [] for name in functions}
    for _ in range(repeat):
        for name, function in functions.items():
            start = time.process_time()
            num_examples = function()
            speeds[name].append(num_examples / (time.process_time() - start))
    return speeds


def print_table(speeds):
    """Print the medians, their range, and the first's ratio to each."""
    first = statistics.median(next(iter(speeds.values())))
    for name, found in speeds.items():
        median = statistics.median(found)
        print(f'{name:34}{median:10,.0f}'
              f'{f"{min(found):,.0f}-{max(found):,.0f}":>20}'
              f'{first / median:7.1f}x', flush=True)


# What is measured ----------------------------------------------------------

def batches(examples):
    """Make all five columns of all examples, a batch at a time."""
    for start in range(0, len(examples), BATCH_SIZE):
        examples[1, start:start + BATCH_SIZE]
    return len(examples)


def loop(runs, marks, end):
    """Make inputs and targets of some examples, one after the other.

    Each example takes a few calls of NumPy, as in the usual ports of T5's
    code: two shuffles split noise and rest, and sums over the mask give the
    places of the sentinels.
    """
    marks = np.array(marks)
    for tokens in runs[:NUM_SLOW]:
        noise, spans = noise_counts(len(tokens))
        mask = np.zeros(len(tokens), bool)
        lens = np.stack([split(len(tokens) - noise, spans),
                         split(noise, spans)], axis=1).ravel()
        mask[np.repeat(np.arange(2 * spans) % 2 == 1, lens)] = True
        for hidden in (mask, ~mask):
            first = hidden & ~np.roll(hidden, 1)
            first[0] = hidden[0]
            marked = np.where(first, marks[first.cumsum() - 1], tokens)
            np.append(marked[first | ~hidden], end)
    return min(NUM_SLOW, len(runs))


def split(num_items, num_parts):
    """Return the lengths of parts, all splits being equally likely."""
    cuts = np.arange(num_items - 1) < num_parts - 1
    np.random.shuffle(cuts)
    return np.bincount(np.concatenate([[0], cuts.cumsum()]))


def plain(runs, marks, end):
    """Make inputs and targets of some examples by the plain rule."""
    for number, tokens in enumerate(runs[:NUM_SLOW].tolist()):
        corrupt(tokens, noise_mask(len(tokens), example=number), marks, end)
    return min(NUM_SLOW, len(runs))


if __name__ == '__main__':
    main()
