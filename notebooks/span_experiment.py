"""Compares SpanBERT's objectives with BERT's, and saves a row for each run.

    python notebooks/span_experiment.py pretrain --out span-runs
    python notebooks/span_experiment.py questions --out span-runs
    python notebooks/span_experiment.py save --out span-runs

The first command pretrains a model for each objective and seed, the second
fine-tunes each on questions, and the last writes their rows into
d2l_bert/data/span-experiment. A run takes about 8 minutes on a CPU core. What
was stopped goes on: finished runs are left as they are, and the one that was
cut continues from its checkpoint. On a GPU, a larger grid is

    python notebooks/span_experiment.py pretrain --out large --steps 100000 \
--num-hiddens 512 --num-blks 8 --device cuda

and the other two commands with the same sizes.
"""

import argparse
import csv
import json
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path

from long_run import rounded

from d2l_bert.core import (
    WordPiece, count_words, excerpts, find_corpus, load_questions,
    load_spanbert_splits, saved_run, score_answers, train_wordpiece,
    weight_shapes)
from d2l_bert.core.files import replacing

# The objectives, in the order of the paper's tables 6 and 7: how spans are
# chosen, how examples are packed, and whether borders predict.
RUNS = {'subword': ('subword', 'pair', False),
        'word': ('word', 'pair', False),
        'span': ('span', 'pair', False),
        'single': ('span', 'single', False),
        'boundary': ('span', 'single', True)}
SCRATCH = 'scratch'  # a model that was not pretrained at all
NO_ANSWER = 'no-answer'  # what says of each question that it has none
SIZES = {'num_heads': 2, 'dropout': 0.1}
PLAN = {'batch_size': 64, 'learning_rate': 2e-3, 'warmup': 200,
        'save_every': 100}
MAX_LEN, VOCAB_SIZE = 64, 8000
# The masks by which all models are compared, whatever they learnt from.
COMMON = {'subword': 'subword', 'span': 'span'}
FIELDS = ('run', 'backend', 'seed', 'steps', 'minutes', 'valid_subword_loss',
          'valid_span_loss', 'valid_sbo_loss', 'valid_nsp_accuracy',
          'exact_match', 'f1', 'answerable_f1', 'unanswerable_accuracy',
          'forced_f1')
# Questions on passages that one window holds, and how to learn from them.
MAX_WORDS = 40
QA_PLAN = {'epochs': 4, 'batch_size': 32, 'learning_rate': 1e-3}


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
            save(folder / 'row.json', row)


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
        boundary=boundary, next_sentence=packing == 'pair', **sizes_of(args))
    rows = d2l.pretrain(
        net, train, folder=folder, steps=args.steps, seed=seed,
        resume=(folder / 'checkpoint.safetensors').is_file(),
        device=args.device, **PLAN)
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


def questions_all(args):
    """Fine-tune each model that was pretrained, and one that was not."""
    d2l = import_module(f'd2l_bert.{args.backend}_backend')
    train, test = (excerpts(part, MAX_WORDS) for part in load_questions(
        ['tiny', args.corpus]))
    save(args.out / NO_ANSWER / 'questions.json', {
        'run': NO_ANSWER, 'backend': 'none', 'seed': 0,
        **score_answers({each.id: '' for each in test}, test)})
    for seed in args.seeds:
        for name in (*args.runs, SCRATCH):
            folder = folder_of(args, name, seed)
            if name == SCRATCH:
                net = scratch(d2l, args, seed)
            elif (folder / 'row.json').is_file():
                net = d2l.load_bert(folder)
            else:
                print(f'{folder}: not pretrained yet', flush=True)
                continue
            if (folder / 'questions.json').is_file():
                continue
            print(f'{folder}: questions', flush=True)
            qa_net, _ = d2l.finetune_qa(net, train, seed=seed,
                                        device=args.device, **QA_PLAN)
            scores = d2l.evaluate_qa(qa_net, test)
            forced = d2l.evaluate_qa(
                qa_net, [each for each in test if each.answers],
                can_refuse=False)
            save(folder / 'questions.json', {
                'run': name, 'backend': args.backend, 'seed': seed,
                **scores, 'forced_f1': forced['f1']})


def scratch(d2l, args, seed):
    """Return a model that was not pretrained."""
    wordpiece = wordpiece_of(args)
    net = d2l.new_model(seed, len(wordpiece.vocab), max_len=MAX_LEN,
                        kind='spanbert', **sizes_of(args))
    net.vocab, net.tokenizer = wordpiece.vocab, wordpiece
    return net


def save(path, row):
    """Write a row as JSON."""
    with replacing(path) as partial:
        partial.write_text(json.dumps(row, indent=1), encoding='utf-8')


def save_all(args):
    """Write the rows of all finished runs, and their vocabulary."""
    rows = {}
    for name in ('row.json', 'questions.json'):
        for path in args.out.glob(f'*/{name}'):
            row = json.loads(path.read_text(encoding='utf-8'))
            key = row['backend'], row['run'], row['seed']
            rows.setdefault(key, {}).update(row)
    order = [*RUNS, SCRATCH, NO_ANSWER]
    found = sorted(rows.values(), key=lambda row: (
        row['backend'] != 'torch', order.index(row['run']), row['seed']))
    here = saved_run('span-experiment')
    with replacing(here / 'rows.csv') as partial, open(
            partial, 'w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator='\n',
                                extrasaction='ignore')
        writer.writeheader()
        writer.writerows({name: rounded(value) for name, value
                          in row.items()} for row in found)
    WordPiece.from_file(args.out / 'vocab.txt').save(here / 'vocab.txt')


def sizes_of(args):
    """Return the sizes of the models."""
    return SIZES | {'num_hiddens': args.num_hiddens,
                    'ffn_num_hiddens': 2 * args.num_hiddens,
                    'num_blks': args.num_blks}


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
    add('--num-hiddens', type=int, default=128)
    add('--num-blks', type=int, default=2)
    add('--device', help='where to train, by default the CPU')
    args = parser.parse_args()
    COMMANDS[args.command](args)


COMMANDS = {'pretrain': pretrain_all, 'questions': questions_all,
            'save': save_all}

if __name__ == '__main__':
    main()
