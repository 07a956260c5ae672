"""d2l-bert pretrain: a BERT or SpanBERT pretrained on a text."""

import argparse
from dataclasses import fields
from importlib import import_module
from math import log
from pathlib import Path
from types import ModuleType
from typing import Any

from d2l_bert.core.checks import check_whole
from d2l_bert.core.models.config import EncoderConfig, check_config
from d2l_bert.core.models.files import MODEL_FILE
from d2l_bert.core.models.inputs import check_vocab
from d2l_bert.core.text.corpus import find_corpus
from d2l_bert.core.training.curves import TITLES, loss_names, save_plot
from d2l_bert.core.training.measuring import unigram_loss
from d2l_bert.core.training.plan import Plan
from d2l_bert.core.training.runs import (
    LOG_FILE, PLOT_FILE, Row, check_folder)

from .console import (
    Lines, choose_backend, choose_corpus, complain, corpus_lines, entry,
    leads, timed, version_of, vocabulary_lines, write)
from .objectives import add_objective, make_splits, model_options, passed
from .options import (
    MLM_RATIO_OPTION, add_backend, add_corpus, add_data_dir, add_draws,
    add_flags, add_numbers, add_reading)
from .tokenizer import SOURCES

# The defaults of a Plan are those of the command.
DEFAULTS = {field.name: field.default for field in fields(Plan)}
# What a model is made with, and --init takes from a saved one.
MODEL = {'num_hiddens': 128, 'ffn_num_hiddens': 256, 'num_heads': 2,
         'num_blks': 2, 'dropout': 0.1}
# How a text is read, which a saved model knows, too.
READING = {'tokenizer': 'words', **SOURCES, 'min_freq': 5, 'lowercase': True}
# Options that go to a Plan as they are.
PLANNED = ('batch_size', 'learning_rate', 'warmup', 'clip', 'accumulate',
           'eval_every', 'save_every', 'seed')


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this subcommand."""
    add_backend(parser, 'the first that is installed')
    add_objective(parser)
    add_corpus(parser, 'WikiText-2')
    parser.add_argument('--valid', metavar='PATH', nargs='+',
                        help='the text for validation; default: that of '
                             'WikiText-2, or every tenth paragraph')
    add_data_dir(parser)
    add_reading(parser, pieces=True)
    add_draws(parser)
    parser.add_argument('--out', metavar='DIR', default='bert-run',
                        help='folder for the log, checkpoints, curves and '
                             'model (default: bert-run)')
    parser.add_argument('--resume', action='store_true',
                        help='continue from the last checkpoint in --out')
    parser.add_argument('--init', metavar='MODEL',
                        help='a saved model to go on from, with its sizes, '
                             'vocabulary and tokenizer')
    length = parser.add_mutually_exclusive_group()
    length.add_argument('--steps', type=int, default=50, metavar='N',
                        help='updates of the weights (default: 50)')
    length.add_argument('--epochs', type=int, metavar='N',
                        help='passes over the text, instead of --steps')
    add_numbers(parser, int, *(
        (name, DEFAULTS[name.replace('-', '_')], about) for name, about in (
            ('batch-size', 'examples in a step'),
            ('accumulate', 'parts of a batch, for gradient accumulation'),
            ('warmup', 'warmup steps, in which the learning rate rises'),
            ('eval-every', 'steps between evaluations; 0: at the end'),
            ('save-every', 'steps between checkpoints; 0: at the end'))),
        ('log-every', 0, 'steps between lines with the training loss; 0: '
                         'only with an evaluation'),
        ('max-len', 64, 'tokens in an example'),
        ('min-freq', READING['min_freq'], "rarer tokens become '<unk>'"),
        ('num-hiddens', MODEL['num_hiddens'], 'hidden size'),
        ('ffn-num-hiddens', MODEL['ffn_num_hiddens'], 'feed-forward size'),
        ('num-heads', MODEL['num_heads'], 'attention heads'),
        ('num-blks', MODEL['num_blks'], 'Transformer blocks'))
    add_numbers(
        parser, float, MLM_RATIO_OPTION,
        ('learning-rate', DEFAULTS['learning_rate'], 'maximum learning rate'),
        ('clip', DEFAULTS['clip'], 'maximum gradient norm; 0: no limit'),
        ('dropout', MODEL['dropout'], 'dropout probability'))
    add_flags(parser,
              ('no-bucket', 'batches of examples of all lengths; by default '
                            'of similar lengths, with less padding'),
              ('tied', 'the token embedding is the output matrix, too, so '
                       'that the model is smaller; always for spanbert'),
              ('compile', 'call torch.compile first, for a faster model'),
              ('autocast', 'compute in bfloat16 where that is safe'))


def run(options: argparse.Namespace) -> Lines:
    """Pretrain a model, and save it with its log and curves."""
    planned = _check(options)
    d2l = choose_backend(options.backend)
    corpus = choose_corpus(options) or 'wikitext-2'
    if leads():
        check_folder(options.out, options.resume)
    device = import_module(f'{d2l.__name__}.train').best_device()
    started = _saved_model(d2l, options)
    devices = device if isinstance(device, list) else [device]
    yield from entry('backend', f'{version_of(d2l)}, on '
                                f'{", ".join(map(str, devices))}')
    found = find_corpus(corpus, options.data_dir)
    yield from entry('corpus', *corpus_lines(corpus, found))
    train, valid, left_out = make_splits(options, corpus, started)
    yield from entry('left out', *left_out)
    yield from entry('examples', f'{len(train)} for training, '
                                 f'{len(valid)} for validation')
    yield from entry('vocabulary', *vocabulary_lines(train))
    plan = Plan.of(planned, train)
    yield from entry('steps', f'{plan.steps} of '
                              f'{min(plan.batch_size, len(train))} examples')
    baseline = unigram_loss(train, valid)
    net = started or d2l.new_model(
        options.seed, len(train.vocab), max_len=options.max_len,
        **model_options(options),
        **{name: getattr(options, name) for name in MODEL})
    made: list[Row] = []  # by this process, and not before it

    def watch(row: Row) -> None:
        made.append(row)
        _tell(row, options.log_every)

    try:
        rows, seconds = timed(
            d2l.pretrain, net, train, valid, folder=options.out,
            resume=options.resume, device=device, autocast=options.autocast,
            compile=options.compile, watch=watch, **planned)
    except KeyboardInterrupt:
        if leads():
            complain('stopped', 'continue with the same command and --resume')
        raise
    yield from entry('loss', *_loss_lines(rows[-1]))
    yield from entry('baseline', f'{baseline:.3f}: unigram loss of masked '
                                 f'tokens')
    if speeds := sorted(row['examples_per_second'] for row in made):
        yield from entry('speed', f'{speeds[len(speeds) // 2]:.0f} examples a '
                                  f'second, {seconds:.1f} seconds in all')
    if rows[-1]['valid_mlm_loss'] > log(len(train.vocab)) + 0.1:
        complain('warning', 'the loss of masked tokens is higher than that of '
                            'guessing blindly; take a lower --learning-rate '
                            'or more --warmup')
    if leads():
        picture = Path(options.out, PLOT_FILE)
        drawn = save_plot(rows, picture, baseline)
        yield from entry('saved', str(Path(options.out, MODEL_FILE)),
                         str(Path(options.out, LOG_FILE)),
                         str(picture) if drawn else
                         'no curves, as matplotlib is not installed')


def _check(options: argparse.Namespace) -> dict[str, Any]:
    """Return the plan, after all that can be checked without a text."""
    length = 'steps' if options.epochs is None else 'epochs'
    planned = {name: getattr(options, name) for name in (length, *PLANNED)}
    planned['bucket'] = not options.no_bucket
    check_whole(length, planned[length], least=1)
    check_whole('log_every', options.log_every, least=0)
    Plan(**{name: value for name, value in planned.items()
            if name != 'epochs'} | {'steps': 1}).check(options.batch_size)
    passed(options)
    check_config(EncoderConfig(1, max_len=options.max_len, **{
        name: getattr(options, name) for name in MODEL}))
    return planned


def _saved_model(d2l: ModuleType, options: argparse.Namespace) -> Any:
    """Load the model of --init, if there is one, and check that it fits."""
    if options.init is None:
        return None
    given = [f'--{name.replace("_", "-")}'
             for name, default in (MODEL | READING | {'tied': False}).items()
             if getattr(options, name) != default]
    if given:
        raise ValueError(f'leave out {", ".join(given)}: with --init the '
                         f'saved model has its own')
    net = d2l.load_bert(options.init)
    check_vocab(net.vocab)
    if net.config.kind != options.objective:
        raise ValueError(f'{options.init} is a model of the kind '
                         f'{net.config.kind}, so --objective '
                         f'{options.objective} is not for it')
    if net.layout == 'halves':
        raise ValueError(f'{options.init} was trained on reviews, in the '
                         f'layout {net.layout!r}; this command makes pairs '
                         f'of sentences')
    if 'nsp' in net.loss_names and model_options(options).get(
            'next_sentence') is False:
        raise ValueError(f'{options.init} also learns next sentences; set '
                         f'--packing pair')
    if options.max_len > net.config.max_len:
        raise ValueError(f'{options.init} reads at most {net.config.max_len} '
                         f'tokens; set --max-len {net.config.max_len}')
    return net


def _tell(row: Row, every: int) -> None:
    """Print the losses of a step, if it was evaluated or its turn has come."""
    names = loss_names(row)
    trained, *valid = (
        ' + '.join(f'{row[f"{prefix}{name}_loss"]:.3f}' for name in names)
        for prefix in ('', 'valid_') if f'{prefix}{names[0]}_loss' in row)
    if valid or every and row['step'] % every == 0:
        for line in entry(f'step {row["step"]}', ', in validation '.join(
                [f'loss {trained}', *valid])):
            write(line)


def _loss_lines(row: Row) -> Lines:
    for name in loss_names(row):
        yield (f'{row[f"valid_{name}_loss"]:.3f} for '
               f'{TITLES.get(name, name)}, '
               f'{row[f"valid_{name}_accuracy"]:.1%} correct')
