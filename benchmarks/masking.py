"""Compare keyed masks of whole batches with others that mask examples.

    python benchmarks/masking.py

The peers are Google's `create_masked_lm_predictions` and Hugging Face's
`DataCollatorForLanguageModeling`; README.md here says how to install them.
All mask the same examples of WikiText-2, on one core, in turns, and only the
masking is measured. The text is in the folder in D2L_BERT_DATA.
"""

import argparse
import os
import random
import statistics
import sys
import time
from functools import partial
from unittest.mock import MagicMock

for threads in ('OMP_NUM_THREADS', 'MKL_NUM_THREADS'):
    os.environ[threads] = '1'

import numpy as np  # noqa: E402

from d2l_bert.core import (  # noqa: E402
    Keyed, load_paragraphs, load_spanbert_examples, span_length_probs)
from d2l_bert.core.objectives.masking import (  # noqa: E402
    Masking, masked_examples)
from d2l_bert.core.objectives.pairs import (  # noqa: E402
    draw_pairs, fitting, pad_pairs)
from d2l_bert.core.tokens.numbering import sentences_to_ids  # noqa: E402
from d2l_bert.core.tokens.words import tokenize  # noqa: E402

BATCH_SIZE, MAX_LEN = 512, 64
NUM_SLOW = 4096  # examples for what masks one after the other


def main():
    """Measure everything in turns, and print the tables."""
    args = parse_args()
    text, vocab = sentences_to_ids(
        load_paragraphs(rng=random.Random(0)), tokenize)
    pairs = fitting(draw_pairs(text, Keyed(0)), text, MAX_LEN)
    columns = pad_pairs(pairs, text, MAX_LEN, vocab)
    ours, book = keyed_masks(columns, vocab), book_masks(columns, vocab)
    print_table('masking', in_turns(args.repeat, {
        'keyed, batches of 512': ours,
        "the book's stream": book,
        "Google's function": google_masks(columns, vocab),
        "Hugging Face's collator": huggingface_masks(columns, vocab)}))
    spans = load_spanbert_examples(MAX_LEN)
    print_table("SpanBERT's spans", in_turns(args.repeat, {
        'keyed, batches of 512': keyed_spans(spans),
        "a loop such as its authors'": span_loop(spans),
        "BERT's masks, the book's stream": book}))
    print_table('pairs of ids to seven columns', in_turns(args.repeat, {
        'keyed': partial(make_columns, text, vocab, Keyed(0)),
        "the book's stream": partial(make_columns, text, vocab,
                                     random.Random(0))}))
    print_table('an epoch of the loader in PyTorch', in_turns(args.repeat, {
        'static masks': epoch(text, vocab, dynamic_masking=False),
        'dynamic masks': epoch(text, vocab, dynamic_masking=True)}))


def parse_args():
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--repeat', type=int, default=7, metavar='N',
                        help='measurements of each (default: 7)')
    args = parser.parse_args()
    if not os.environ.get('D2L_BERT_DATA'):
        parser.error('set D2L_BERT_DATA to the folder of wikitext-2/')
    return args


def in_turns(repeat, functions):
    """Return examples per second of each, from its number and seconds."""
    speeds = {name: [] for name in functions}
    for _ in range(repeat):
        for name, function in functions.items():
            start = time.perf_counter()
            num_examples = function()
            speeds[name].append(num_examples / (time.perf_counter() - start))
    return speeds


def print_table(title, speeds):
    """Print the medians, their range, and the first's ratio to each."""
    print(f'\n{title + ", examples/s":42}{"median":>10}{"range":>20}'
          f'{"ratio":>8}')
    first = statistics.median(next(iter(speeds.values())))
    for name, found in speeds.items():
        median = statistics.median(found)
        print(f'{name:42}{median:10,.0f}'
              f'{f"{min(found):,.0f}-{max(found):,.0f}":>20}'
              f'{first / median:7.1f}x', flush=True)


# What is measured ----------------------------------------------------------

def keyed_masks(columns, vocab):
    """Mask all examples by keyed numbers, a batch at a time."""
    masking = Masking(vocab, MAX_LEN)

    def mask():
        for start in range(0, len(columns.token_ids), BATCH_SIZE):
            batch = rows(columns, slice(start, start + BATCH_SIZE))
            masking.by_key(5, batch, 0, np.arange(
                start, start + len(batch.token_ids)))
        return len(columns.token_ids)
    return mask


def book_masks(columns, vocab):
    """Mask some examples by the book's stream, one after the other."""
    masking = Masking(vocab, MAX_LEN)

    def mask():
        masking(rows(columns, slice(NUM_SLOW)), [random] * NUM_SLOW)
        return NUM_SLOW
    return mask


def google_masks(columns, vocab):
    """Mask some examples as google-research/bert does."""
    for module in ('tensorflow', 'tensorflow.compat', 'tensorflow.compat.v1',
                   'absl'):  # imported, but not used here
        sys.modules.setdefault(module, MagicMock())
    from bert.create_pretraining_data import create_masked_lm_predictions
    texts = [[{'<cls>': '[CLS]', '<sep>': '[SEP]'}.get(token, token)
              for token in vocab.to_tokens(ids[:int(n)])]
             for ids, n in zip(columns.token_ids[:NUM_SLOW],
                               columns.valid_lens)]
    rng = random.Random(0)

    def mask():
        for tokens in texts:
            create_masked_lm_predictions(tokens, 0.15, 10,
                                         vocab.idx_to_token, rng)
        return NUM_SLOW
    return mask


def huggingface_masks(columns, vocab):
    """Mask all examples as transformers does, a batch at a time."""
    import torch
    from tokenizers import Tokenizer, models
    from transformers import (
        DataCollatorForLanguageModeling, PreTrainedTokenizerFast)
    torch.set_num_threads(1)
    collator = DataCollatorForLanguageModeling(PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.WordLevel(vocab.token_to_idx,
                                                    '<unk>')),
        mask_token='<mask>', pad_token='<pad>'), mlm_probability=0.15)
    special = np.isin(columns.token_ids, vocab[['<cls>', '<sep>', '<pad>']])
    ids, special = torch.tensor(columns.token_ids), torch.tensor(special)

    def mask():
        for batch, not_masked in zip(ids.split(BATCH_SIZE),
                                     special.split(BATCH_SIZE)):
            collator.torch_mask_tokens(batch.clone(), not_masked.clone())
        return len(ids)
    return mask


def keyed_spans(examples):
    """Hide spans in all examples, a batch at a time."""
    def mask():
        for start in range(0, len(examples), BATCH_SIZE):
            examples[1, start:start + BATCH_SIZE]
        return len(examples)
    return mask


def span_loop(examples):
    """Hide spans in some examples, one after the other.

    As in the authors' code, each span takes two draws of NumPy, and one
    that starts in another is drawn again.
    """
    probs, words = span_length_probs(), len(examples.vocab)
    lens = examples.columns.valid_lens.astype(int)[:NUM_SLOW].tolist()
    texts = [row[:n].tolist() for row, n in zip(
        examples.columns.token_ids[:NUM_SLOW], lens)]

    def mask():
        for tokens in texts:
            hidden, budget = {}, max(1, int(0.15 * len(tokens)))
            while len(hidden) < budget:
                length = np.random.choice(len(probs), p=probs) + 1
                start = np.random.choice(len(tokens))
                if start in hidden or not 0 < start < len(tokens) - 1:
                    continue
                stop = min(start + length, len(tokens) - 1,
                           start + budget - len(hidden))
                share = np.random.random()
                for place in range(start, stop):
                    hidden[place] = tokens[place]
                    if share < 0.9:
                        tokens[place] = (1 if share < 0.8
                                         else np.random.choice(words))
        return NUM_SLOW
    return mask


def make_columns(text, vocab, rng):
    """Draw the pairs of token ids, pad and mask them."""
    return len(examples_of(text, vocab, rng, dynamic_masking=False))


def examples_of(text, vocab, rng, dynamic_masking):
    """Do what `make_examples` does after the text was read."""
    drawn = draw_pairs(text, rng)
    pairs = fitting(drawn, text, MAX_LEN)
    return masked_examples(
        pad_pairs(pairs, text, MAX_LEN, vocab), Masking(vocab, MAX_LEN), rng,
        dynamic_masking, pairs.numbers, vocab=vocab,
        num_pairs=len(drawn.first))


def epoch(text, vocab, dynamic_masking):
    """Go through a loader once; nothing is learnt."""
    from d2l_bert.torch_backend.data import _ExamplesDataset, loader
    examples = examples_of(text, vocab, Keyed(0), dynamic_masking)
    batches = loader(_ExamplesDataset(examples), BATCH_SIZE, None, 0)
    return lambda: sum(len(batch.token_ids) for batch in batches)


def rows(columns, index):
    """Return some examples, whose token ids are a copy."""
    return columns._replace(token_ids=columns.token_ids[index].copy(),
                            valid_lens=columns.valid_lens[index])


if __name__ == '__main__':
    main()
