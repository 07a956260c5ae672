"""One measurement in a process of its own, printed as JSON.

    python benchmarks/measure.py {peer,ours} {torch,mxnet} DATA_DIR

dataset.py starts it, with the peer's interpreter or ours. So nothing is
imported at the top that one of the two environments may lack.
"""

import hashlib
import importlib
import json
import random
import resource
import statistics
import sys
import time

BATCH_SIZE, MAX_LEN = 512, 64
NUM_EPOCHS = 5
MODULES = {'peer': 'd2l.{}', 'ours': 'd2l_bert.{}_backend'}
COLUMNS = {  # the peer's names for them, and what to compare them as
    'all_token_ids': 'int64', 'all_segments': 'int64',
    'valid_lens': 'float32', 'all_pred_positions': 'int64',
    'all_mlm_weights': 'float32', 'all_mlm_labels': 'int64',
    'nsp_labels': 'int64'}


def measure(side, backend, data_dir):
    """Build the Dataset, then go through it; return all the numbers."""
    d2l = import_side(side, backend)
    numbers = {}
    before = peak_mib()
    random.seed(0)
    paragraphs = d2l._read_wiki(data_dir)
    start = time.perf_counter()
    dataset = d2l._WikiTextDataset(paragraphs, MAX_LEN)
    finish(backend)
    numbers['dataset'] = time.perf_counter() - start
    numbers['memory'] = peak_mib() - before
    numbers['digests'] = digests(columns_of(dataset, side))
    numbers['lines'], numbers['lines4'] = (
        epoch_seconds(book_loader(dataset, backend, num_workers), backend)
        for num_workers in (0, 4))
    numbers['epoch'] = (numbers['lines'] if side == 'peer' else epoch_seconds(
        d2l.load_data_wiki(BATCH_SIZE, MAX_LEN)[0], backend))
    return numbers


def import_side(side, backend):
    """Import the peer's package or ours, as the book's cells do."""
    d2l = importlib.import_module(MODULES[side].format(backend))
    if backend == 'mxnet':
        importlib.import_module('mxnet').npx.set_np()
    return d2l


def peak_mib():
    """Return the most memory that this process has held so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def finish(backend):
    """Wait for what MXNet still computes in the background."""
    if backend == 'mxnet':
        importlib.import_module('mxnet').npx.waitall()


def columns_of(dataset, side):
    """Return the seven columns, or the peer's lists of their rows."""
    if side == 'ours':
        return dataset[:]
    return [getattr(dataset, name) for name in COLUMNS]


def digests(columns):
    """Return the SHA-256 of each column, whatever holds its numbers."""
    return [hashlib.sha256(as_numpy(column).astype(dtype).tobytes())
            .hexdigest() for column, dtype in zip(columns, COLUMNS.values())]


def as_numpy(column):
    """Turn a tensor, an MXNet array or a list of either into NumPy's."""
    import numpy
    if isinstance(column, list):
        return numpy.array([as_numpy(row) for row in column])
    return column.asnumpy() if hasattr(column, 'asnumpy') else (
        numpy.asarray(column))


def book_loader(dataset, backend, num_workers):
    """Return a loader made by the book's own line, the last of 15.9's."""
    data = importlib.import_module(
        {'torch': 'torch.utils.data', 'mxnet': 'mxnet.gluon.data'}[backend])
    return data.DataLoader(dataset, BATCH_SIZE, shuffle=True,
                           num_workers=num_workers)


def epoch_seconds(loader, backend):
    """Return the median time of an epoch in which nothing is learnt."""
    seconds = []
    for _ in range(NUM_EPOCHS):
        start = time.perf_counter()
        for _ in loader:
            pass
        finish(backend)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


if __name__ == '__main__':
    print(json.dumps(measure(*sys.argv[1:])))
