"""Saves a long run's log and its model, for the lessons.

    d2l-bert pretrain --backend torch --corpus wikitext-2 --steps 2000 \
--batch-size 256 --warmup 200 --learning-rate 0.003 --eval-every 100 \
--dynamic-masking --tied --out my-run
    python notebooks/long_run.py my-run

makes everything in d2l_bert/data/long-run again, except its README. The
numbers in the log are rounded to 5 digits, and the weights to float16.
"""

import argparse
import csv
from pathlib import Path

from d2l_bert.core import load_model, read_log, save_model, saved_run


def rounded(value):
    """Return a number of a log, rounded to 5 digits."""
    return float(f'{value:.5g}') if isinstance(value, float) else value


def save_log(rows, path):
    """Write the rows of a log, their numbers rounded."""
    fields = dict.fromkeys(name for row in rows for name in row)
    with open(path, 'w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, fields, lineterminator='\n')
        writer.writeheader()
        writer.writerows({name: rounded(value) for name, value
                          in row.items()} for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('folder', type=Path,
                        help='the folder of the finished run')
    folder = parser.parse_args().folder
    save_log(read_log(folder / 'log.csv'), saved_run('long-run') / 'log.csv')
    save_model(saved_run('long-run') / 'model.safetensors',
               load_model(folder), 'float16')


if __name__ == '__main__':
    main()
