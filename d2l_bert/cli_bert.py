"""d2l-bert pretrain, fill-mask and encode: a BERT made and put to use."""

import argparse
from pathlib import Path
from typing import Any

from d2l_bert.console import (
    FRAMEWORKS, Lines, choose_backend, choose_corpus, complain, corpus_lines,
    entry, leads, timed, whole, write)
from d2l_bert.core.measuring import unigram_loss
from d2l_bert.core.plotting import save_plot
from d2l_bert.core.prediction import save_array, unknown_words
from d2l_bert.core.runs import LOG_FILE, PLOT_FILE, Row, check_folder
from d2l_bert.core.sentences import check_sentence_splitter
from d2l_bert.core.splits import load_splits
from d2l_bert.core.training import Plan
from d2l_bert.core.weights import MODEL_FILE

# Options that go to `core.training.Plan` as they are.
PLANNED = ('batch_size', 'learning_rate', 'warmup', 'clip', 'accumulate',
           'eval_every', 'save_every', 'seed')


# Options ------------------------------------------------------------------

def add_commands(commands: Any) -> None:
    """Add the subcommands to those of the d2l-bert command."""
    _add_pretrain(commands)
    _add_fill_mask(commands)
    _add_encode(commands)


def _add_pretrain(commands: Any) -> None:
    about = 'pretrain a BERT on a text'
    parser = commands.add_parser('pretrain', help=about, description=about)
    add = parser.add_argument
    _add_backend(parser)
    add('--corpus', metavar='wikitext-2|tiny|PATH',
        help='the text; without it WikiText-2 or, failing that, TinyWiki')
    add('--data-dir', metavar='DIR', help='where WikiText-2 is')
    add('--sentence-splitter', default='period', metavar='NAME',
        help='period, nltk, spacy or spacy:PIPELINE (default: period)')
    add('--out', metavar='DIR', default='bert-run',
        help='folder for the log, the checkpoints, the curves and the '
             'model (default: bert-run)')
    add('--resume', action='store_true',
        help='go on from the last checkpoint in --out')
    length = parser.add_mutually_exclusive_group()
    length.add_argument('--steps', type=int, default=50, metavar='N',
                        help='updates of the weights (default: 50)')
    length.add_argument('--epochs', type=int, metavar='N',
                        help='times through the text, in place of --steps')
    for name, default, about in (
            ('batch-size', 512, 'examples for a step'),
            ('accumulate', 1, 'parts that a batch is computed in'),
            ('warmup', 10, 'steps in which the learning rate rises'),
            ('eval-every', 0, 'steps between evaluations; 0: at the end'),
            ('save-every', 50, 'steps between checkpoints'),
            ('max-len', 64, 'tokens in an example'),
            ('min-freq', 5, "rarer tokens become '<unk>'"),
            ('num-hiddens', 128, 'numbers for a token'),
            ('ffn-num-hiddens', 256, 'numbers within a block'),
            ('num-heads', 2, 'ways of attention'),
            ('num-blks', 2, 'blocks')):
        add(f'--{name}', type=int, default=default, metavar='N',
            help=f'{about} (default: {default})')
    for name, number, about in (
            ('learning-rate', 1e-3, 'at its highest'),
            ('clip', 1.0, 'the most that the gradient may be; 0: anything'),
            ('dropout', 0.1, 'share of numbers left out while learning')):
        add(f'--{name}', type=float, default=number, metavar='X',
            help=f'{about} (default: {number})')
    add('--seed', type=whole, default=0, metavar='N',
        help='of all draws (default: 0)')
    for name, about in (
            ('strict-negatives', 'no false partner is the true next one'),
            ('strict-masking', 'no random word is a special token'),
            ('dynamic-masking', 'draw the masks anew in every epoch'),
            ('compile', 'let torch.compile make a faster model first'),
            ('autocast', 'compute in bfloat16 where that is safe')):
        add(f'--{name}', action='store_true', help=about)
    parser.set_defaults(run=_pretrain)


def _add_fill_mask(commands: Any) -> None:
    about = 'guess the words that <mask> stands for'
    parser = commands.add_parser('fill-mask', help=about, description=about)
    _add_model(parser)
    parser.add_argument('text', metavar='TEXT', help='such as "the film was '
                        '<mask> in 1998 ."')
    parser.add_argument('next_text', nargs='?', metavar='NEXT',
                        help='a second text after the first')
    parser.add_argument('-k', type=int, default=5, metavar='K',
                        help='how many guesses (default: 5)')
    parser.set_defaults(run=_fill_mask)


def _add_encode(commands: Any) -> None:
    about = 'turn each word of a text into a vector'
    parser = commands.add_parser('encode', help=about, description=about)
    _add_model(parser)
    parser.add_argument('text', metavar='TEXT')
    parser.add_argument('next_text', nargs='?', metavar='NEXT',
                        help='a second text after the first')
    parser.add_argument('--out', metavar='FILE', help='save the vectors as '
                        'a NumPy array (tokens, numbers) in FILE.npy')
    parser.set_defaults(run=_encode)


def _add_backend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--backend', choices=FRAMEWORKS, help='the framework;'
                        ' without it the first that is installed')


def _add_model(parser: argparse.ArgumentParser) -> None:
    _add_backend(parser)
    parser.add_argument('model', metavar='MODEL',
                        help='a model file, or the folder of a training run')


# d2l-bert pretrain --------------------------------------------------------

def _pretrain(options: argparse.Namespace) -> Lines:
    framework, d2l = choose_backend(options.backend, 'train')
    check_sentence_splitter(options.sentence_splitter)
    if leads():
        check_folder(options.out, options.resume)
    device = choose_backend(options.backend, 'devices')[1].best_device()
    yield from entry('backend', framework, f'on {device}')
    corpus, found = choose_corpus(options)
    yield from entry('corpus', *corpus_lines(corpus, found))
    train, valid = load_splits(
        options.max_len, corpus=corpus, seed=options.seed,
        data_dir=options.data_dir if corpus == 'wikitext-2' else None,
        sentence_splitter=options.sentence_splitter,
        min_freq=options.min_freq,
        strict_negatives=options.strict_negatives,
        strict_masking=options.strict_masking,
        dynamic_masking=options.dynamic_masking)
    yield from entry('examples', f'{len(train)} to learn from, '
                                 f'{len(valid)} for evaluation')
    yield from entry('vocabulary', f'{len(train.vocab)} tokens')
    length = 'steps' if options.epochs is None else 'epochs'
    planned = {name: getattr(options, name) for name in (length, *PLANNED)}
    plan = Plan.of(planned, train)
    yield from entry('steps', f'{plan.steps} of '
                              f'{min(plan.batch_size, len(train))} examples')
    floor = unigram_loss(train, valid)
    net = d2l.new_model(
        options.seed, len(train.vocab), options.num_hiddens,
        options.ffn_num_hiddens, options.num_heads, options.num_blks,
        options.dropout, options.max_len)
    try:
        rows, seconds = timed(
            d2l.pretrain, net, train, valid, folder=options.out,
            resume=options.resume, device=device, autocast=options.autocast,
            compile=options.compile, watch=_tell, **planned)
    except KeyboardInterrupt:
        if leads():
            complain('stopped', 'the same command with --resume goes on')
        raise
    yield from entry('loss', *_loss_lines(rows[-1], floor))
    speeds = sorted(row['pairs_per_second'] for row in rows)
    yield from entry('speed', f'{speeds[len(speeds) // 2]:.0f} sentence pairs '
                              f'a second, {seconds:.1f} seconds in all')
    if leads():
        picture = Path(options.out, PLOT_FILE)
        drawn = save_plot(rows, picture, floor)
        yield from entry('saved', str(Path(options.out, MODEL_FILE)),
                         str(Path(options.out, LOG_FILE)),
                         str(picture) if drawn else
                         'no curves, as matplotlib is not installed')


def _tell(row: Row) -> None:
    """Print how a step went, if the model was evaluated after it."""
    if 'valid_mlm_loss' in row:
        for line in entry(f'step {row["step"]}', (
                f'loss {row["mlm_loss"]:.3f} + {row["nsp_loss"]:.3f}, in '
                f'validation {row["valid_mlm_loss"]:.3f} + '
                f'{row["valid_nsp_loss"]:.3f}')):
            write(line)


def _loss_lines(row: Row, floor: float) -> Lines:
    yield (f'{row["valid_mlm_loss"]:.3f} for masked words, '
           f'{row["valid_mlm_accuracy"]:.1%} guessed; the frequencies of '
           f'words give {floor:.3f}')
    yield (f'{row["valid_nsp_loss"]:.3f} for next sentences, '
           f'{row["valid_nsp_accuracy"]:.1%} right; a coin gives 0.693')


# d2l-bert fill-mask and encode --------------------------------------------

def _fill_mask(options: argparse.Namespace) -> Lines:
    _, d2l = choose_backend(options.backend, 'use')
    net = d2l.load_bert(options.model)
    blanks = d2l.fill_mask(net, options.text, options.k, options.next_text)
    _warn_of_unknown_words(_texts(options), net)
    for number, guesses in enumerate(blanks, 1):
        title = f'<mask> {number}' if len(blanks) > 1 else '<mask>'
        yield from entry(title, *(f'{guess.probability:6.1%}  {guess.token}'
                                  for guess in guesses))


def _encode(options: argparse.Namespace) -> Lines:
    _, d2l = choose_backend(options.backend, 'use')
    net = d2l.load_bert(options.model)
    # (len,), (len, num_hiddens)
    tokens, vectors = d2l.encode(net, options.text, options.next_text)
    _warn_of_unknown_words(_texts(options), net)
    for token, vector in zip(tokens, vectors):
        numbers = ' '.join(f'{number:6.2f}' for number in vector[:6])
        yield f'{token:<16}{numbers}{" ..." * (len(vector) > 6)}'
    if options.out:
        yield from entry('saved', f'{vectors.shape} in '
                                  f'{save_array(options.out, vectors)}')


def _texts(options: argparse.Namespace) -> list[str]:
    return [text for text in (options.text, options.next_text) if text]


def _warn_of_unknown_words(texts: list[str], net: Any) -> None:
    unknown = unknown_words(texts, net.vocab)
    if unknown:
        complain('warning', f'the model does not know {", ".join(unknown)}, '
                            f'and reads <unk>; put spaces around every word '
                            f'and sign')
