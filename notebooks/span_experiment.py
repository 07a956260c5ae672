"""Compares SpanBERT's objectives with BERT's, and saves a row for each run.

    python notebooks/span_experiment.py pretrain --out span-runs
    python notebooks/span_experiment.py questions --out span-runs
    python notebooks/span_experiment.py save --out span-runs

The first command pretrains a model for each objective and seed, the second
fine-tunes each on questions, and the last writes their rows into
d2l_bert/data/spanbert. Each run takes some minutes on a CPU core. What was
stopped goes on: finished runs are left as they are, and the one that was cut
continues from its checkpoint. Larger grids: see --help.
"""

import argparse
import json
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path

from d2l_bert.core import (
    WordPiece, count_words, find_corpus, load_spanbert_splits,
    train_wordpiece, weight_shapes)

# The objectives, in the order of the paper's tables 6 and 7: how spans are
# chosen, how examples are packed, and whether borders predict.
RUNS = {'subword': ('subword', 'pair', False),
        'word': ('word', 'pair', False),
        'span': ('span', 'pair', False),
        'single': ('span', 'single', False),
        'boundary': ('span', 'single', True)}
SIZES = {'num_hiddens': 128, 'ffn_num_hiddens': 256, 'num_heads': 2,
         'num_blks': 2, 'dropout': 0.1}
PLAN = {'batch_size': 64, 'learning_rate': 2e-3, 'warmup': 200,
        'save_every': 100}
MAX_LEN, VOCAB_SIZE = 64, 8000
# The masks by which all models are compared, whatever they learnt from.
COMMON = {'subword': 'subword', 'span': 'span'}
FIELDS = ('run', 'backend', 'seed', 'steps', 'minutes',
          'valid_subword_loss', 'valid_span_loss', 'valid_sbo_loss',
          'valid_nsp_accuracy')
QUESTION_FIELDS = ('run', 'backend', 'seed', 'exact_match', 'f1',
                   'answerable_f1', 'unanswerable_accuracy')


def pretrain_all(args):
    """Pretrain each model that is not there yet."""
    d2l = import_module(f'd2l_bert.{args.backend}_backend')
    splits = {name: load_spanbert_splits(
        MAX_LEN, corpus=args.corpus, scheme=scheme,
        tokenizer=wordpiece_of(args)) for name, scheme in COMMON.items()}
    held_out = {name: valid for name, (_, valid) in splits.items()}
    for seed in args.seeds:
        for name in args.runs:
            folder = folder_of(args, name, seed)
            if (folder / 'row.json').is_file():
                continue
            print(f'{folder}: pretraining', flush=True)
            row = pretrain(d2l, args, name, seed, folder, held_out)
            (folder / 'row.json').write_text(json.dumps(row, indent=1))


def wordpiece_of(args):
    """Return the tokenizer of all runs; its vocabulary is made once."""
    path = args.out / 'vocab.txt'
    if not path.is_file():
        lines = (line for file in find_corpus(args.corpus).files
                 for line in file.read_text(encoding='utf-8').splitlines())
        WordPiece(train_wordpiece(count_words(lines), VOCAB_SIZE)).save(path)
    return WordPiece.from_file(path)


def pretrain(d2l, args, name, seed, folder, held_out):
    """Pretrain one model, and return its row."""
    scheme, packing, boundary = RUNS[name]
    train, valid = load_spanbert_splits(
        MAX_LEN, corpus=args.corpus, scheme=scheme, packing=packing,
        tokenizer=wordpiece_of(args), seed=seed)
    net = d2l.new_model(
        seed, len(train.vocab), max_len=MAX_LEN, kind='spanbert',
        boundary=boundary, next_sentence=packing == 'pair', **SIZES)
    rows = d2l.pretrain(
        net, train, folder=folder, steps=args.steps, seed=seed,
        resume=(folder / 'checkpoint.safetensors').is_file(), **PLAN)
    seconds = sum(PLAN['batch_size'] / row['examples_per_second']
                  for row in rows)
    own = d2l.evaluate(net, valid)
    return {'run': name, 'backend': args.backend, 'seed': seed,
            'steps': args.steps, 'minutes': round(seconds / 60, 1),
            **{f'valid_{common}_loss': masked_loss(d2l, net, examples)
               for common, examples in held_out.items()},
            'valid_sbo_loss': own.get('sbo_loss'),
            'valid_nsp_accuracy': own.get('nsp_accuracy')}


def masked_loss(d2l, net, examples):
    """Return the loss of masked tokens, without the model's other heads."""
    alone = d2l.new_model(0, **asdict(replace(
        net.config, boundary=False, next_sentence=False)), kind='spanbert')
    weights = d2l.get_weights(net)
    d2l.set_weights(alone, {name: weights[name]
                            for name in weight_shapes(alone.config)})
    return d2l.evaluate(alone, examples)['mlm_loss']


def folder_of(args, name, seed):
    """Return the folder of a run."""
    return args.out / f'{args.backend}-{name}-{seed}'


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add = parser.add_argument
    add('command', choices=COMMANDS)
    add('--out', type=Path, default=Path('span-runs'),
        help='the folder of all runs')
    add('--runs', nargs='+', choices=RUNS, default=list(RUNS))
    add('--seeds', nargs='+', type=int, default=[0, 1, 2])
    add('--steps', type=int, default=2000)
    add('--backend', choices=('torch', 'mxnet'), default='torch')
    add('--corpus', default='wikitext-2')
    args = parser.parse_args()
    COMMANDS[args.command](args)


COMMANDS = {'pretrain': pretrain_all}

if __name__ == '__main__':
    main()
