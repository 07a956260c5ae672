# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The data set for pretraining BERT
#
# [BERT][paper] learns from plain text without labels made by people. Instead,
# two puzzles are made from the text itself. *Which words are hidden here?*
# This task is called [masked language modelling][mlm] (MLM). *Does this
# sentence really follow that one?* This is [next-sentence prediction][nsp]
# (NSP). The text itself has the answers, so they cost nothing. Learning of
# this kind is called *self-supervised*. In this lesson we turn a text into
# training examples for both tasks, step by step:
#
#     paragraphs -> sentences -> pairs -> masked tokens -> padded columns
#
# The steps are those of [section 15.9][book] of *Dive into Deep Learning*.
# With the same seed, this package makes exactly the same examples as the
# book's code. Small worked examples use **TinyWiki**, 72 short articles that
# come with the package. The statistics use [WikiText-2][wikitext], the book's
# corpus: articles from Wikipedia that its editors rated as good. The
# [glossary](../../docs/glossary.md) explains the terms.
#
# [paper]: https://arxiv.org/abs/1810.04805
# [book]: https://d2l.ai/chapter_natural-language-processing-pretraining/bert-dataset.html
# [wikitext]: https://arxiv.org/abs/1609.07843
# [mlm]: ../../docs/glossary.md#masked-language-modelling
# [nsp]: ../../docs/glossary.md#next-sentence-prediction

# %% tags=["torch"]
from d2l_bert import torch_backend as d2l

# %% tags=["mxnet"]
from d2l_bert import mxnet_backend as d2l

# %%
import json
import random
from collections import Counter

import matplotlib.pyplot as plt
from matplotlib.colors import to_rgba

from d2l_bert.core import (
    candidate_positions, find_corpus, load_paragraphs, make_examples,
    make_sentence_splitter, mask_example, read_wiki, saved_run)

# %% [markdown]
# ## Paragraphs and sentences
#
# A line of WikiText is a heading or a paragraph. There is a space on each
# side of every token, so a full stop stands alone. The book therefore splits
# each line at ` . ` and keeps the line if this gives at least two parts. It
# changes everything to lower case. Then it shuffles the paragraphs: this is
# our first random step.

# %%
random.seed(0)
tiny = load_paragraphs('tiny')
print(len(tiny), 'paragraphs')
for sentence in tiny[0]:
    print('-', sentence)

# %% [markdown]
# This rule is simple. It ignores question marks, and only the last sentence
# of a paragraph keeps its full stop. Near the end of the lesson we try two
# libraries that know more about sentences.
#
# The tokenizer splits a sentence at its spaces. Each part is a
# [token](../../docs/glossary.md#token):

# %%
tokens = d2l.tokenize(tiny[0])
print(tokens[0])

# %% [markdown]
# The [vocabulary](../../docs/glossary.md#vocabulary) gives each token a
# number, its *token id*. Words that occur fewer than five times are not in it:
# they all become `<unk>`, for "unknown". Four [special
# tokens](../../docs/glossary.md#special-tokens) are added: `<pad>`, `<mask>`,
# `<cls>` and `<sep>`.

# %%
vocab = d2l.Vocab([sentence for paragraph in tiny
                   for sentence in d2l.tokenize(paragraph)], min_freq=5,
                  reserved_tokens=['<pad>', '<mask>', '<cls>', '<sep>'])
print(len(vocab), 'entries; most frequent:', vocab.token_freqs[:4])
print(vocab[['the', 'moon', 'xylophone']], 'and <unk> is', vocab.unk)

# %% [markdown]
# ## Next-sentence prediction
#
# Take any sentence of a paragraph, except the last one. With probability
# 1/2 it is paired with the sentence that really follows; the label is
# `True`. Otherwise it is paired with a random sentence from a random
# paragraph; the label is `False`. These are called positive and
# [negative pairs](../../docs/glossary.md#negative-pair).

# %%
random.seed(3)
sentences = d2l.tokenize(['the moon rises', 'then it falls',
                          'the sea is calm'])
others = [sentences, d2l.tokenize(['bread is baked', 'it smells good'])]
for _ in range(4):
    first, second, is_next = d2l._get_next_sentence(
        sentences[0], sentences[1], others)
    print(is_next, '|', ' '.join(first), '|', ' '.join(second))

# %% [markdown]
# The random sentence can happen to be the one that really follows. Then the
# label is wrong. With thousands of paragraphs this is rare; with two, as
# here, it is not. `strict_negatives=True` prevents it.
#
# BERT reads both sentences as one sequence: `<cls>` at the start, `<sep>`
# after each sentence. The [segment](../../docs/glossary.md#segment) ids, 0 and
# 1, say which sentence a token belongs to.

# %%
tokens, segments = d2l.get_tokens_and_segments(*sentences[:2])
for token, segment in zip(tokens, segments):
    print(f'{segment}  {token}')

# %% [markdown]
# A paragraph of n sentences gives n - 1 pairs. Pairs that are longer than
# `max_len` tokens are dropped. How many is that? Make a prediction before
# you look at the plot. It shows the pairs of sentences that really follow
# each other, in both corpora. The dotted line is the book's choice, 64.

# %%
wikitext = load_paragraphs('wikitext-2')


def sentence_lengths(paragraphs):
    return [[len(sentence.split()) for sentence in paragraph]
            for paragraph in paragraphs]


def share_dropped(lengths, max_len):
    pairs = [a + b + 3 for paragraph in lengths
             for a, b in zip(paragraph, paragraph[1:])]
    return sum(pair > max_len for pair in pairs) / len(pairs)


lengths = {'WikiText-2': sentence_lengths(wikitext),
           'TinyWiki': sentence_lengths(tiny)}
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.2))
for name, paragraphs in lengths.items():
    left.hist([n for paragraph in paragraphs for n in paragraph],
              bins=range(0, 81, 2), density=True, alpha=0.6, label=name)
    max_lens = range(16, 161, 8)
    right.plot(max_lens, [share_dropped(paragraphs, n) for n in max_lens],
               marker='.', label=name)
left.set(xlabel='words in a sentence', ylabel='density')
right.axvline(64, color='grey', linestyle=':')
right.set(xlabel='max_len in tokens', ylabel='share of pairs dropped',
          ylim=(0, 1))
left.legend()
right.legend()
figure.tight_layout()

# %%
for max_len in (32, 64, 128):
    share = share_dropped(lengths['WikiText-2'], max_len)
    print(f'max_len {max_len:3}: {share:.1%} of the pairs are too long')

# %% [markdown]
# ## Masked language modelling
#
# The model has to predict 15 % of the tokens, and at least one. `<cls>` and
# `<sep>` are never predicted. In 80 % of these positions the model sees
# `<mask>` instead of the token, in 10 % a random word, and in 10 % the
# original token. Why not always `<mask>`? Because `<mask>` occurs only in
# pretraining. When the model is used later, it has to deal with texts
# without it.

# %%
random.seed(1)
new_tokens, predictions = d2l._replace_mlm_tokens(
    tokens, candidate_positions(tokens), num_mlm_preds=3, vocab=vocab)
print(new_tokens)
print(predictions)

# %% [markdown]
# Three positions were drawn. Each comes with the token that was there: the
# *label*. The next function does the whole step from tokens to numbers. It
# returns the token ids that the model reads, the positions in increasing
# order, and the labels as token ids.

# %%
random.seed(1)
token_ids, positions, labels = d2l._get_mlm_data_from_tokens(tokens, vocab)
print(token_ids, positions, labels)
print(vocab.to_tokens(token_ids))

# %% [markdown]
# Over many examples the shares are close to 80, 10 and 10 %. The black bars
# in the plot show the expected share, plus and minus five standard
# deviations. A share lies outside them by chance about once in two million
# cases.

# %%
examples = make_examples(tiny, 64, rng=random.Random(0))
columns = examples.columns
kinds = Counter()
for row, where, weights, hidden in zip(
        columns.token_ids, columns.pred_positions, columns.mlm_weights,
        columns.mlm_labels):
    for shown, weight, label in zip(row[where], weights, hidden):
        if weight:
            kinds['<mask>' if shown == examples.vocab['<mask>'] else
                  'unchanged' if shown == label else 'random'] += 1
total = kinds.total()
print({kind: round(count / total, 2) for kind, count in sorted(kinds.items())})

# %%
expected = {'<mask>': 0.8, 'random': 0.1, 'unchanged': 0.1}
plt.figure(figsize=(5, 3))
plt.bar(list(expected), [kinds[kind] / total for kind in expected],
        color='tab:blue', alpha=0.6)
plt.errorbar(list(expected), list(expected.values()), fmt='none',
             yerr=[5 * (p * (1 - p) / total) ** 0.5
                   for p in expected.values()], ecolor='black', capsize=8)
plt.ylabel('share of the predictions')
plt.show()

# %% [markdown]
# ## Padding: seven columns
#
# Examples have different lengths, but all rows of a batch must have the same
# length. So token ids and segment ids are [padded][padding] to `max_len`, and
# the predictions to P = round(0.15 max_len). `mlm_weights` is 1 for a
# prediction and 0 for padding. `valid_lens` is the number of tokens without
# padding, so that attention can ignore the rest.
#
# [padding]: ../../docs/glossary.md#padding

# %%
example = (token_ids, positions, labels, segments, True)
padded = d2l._pad_bert_inputs([example], 16, vocab)
for name, column in zip(padded._fields, padded):
    print(f'{name:15}', column.tolist())

# %% [markdown]
# Jupyter displays an example as a table and as text. Here is one from
# TinyWiki:

# %%
examples[5]

# %% [markdown]
# The next plot shows the same example: the tokens that the model reads, their
# segments, and the labels.


# %%
def draw_example(example, vocab):
    valid_len = int(example.valid_lens)
    tokens = vocab.to_tokens(example.token_ids[:valid_len])
    hidden = {int(position): vocab.to_tokens(label)
              for position, weight, label in zip(
                  example.pred_positions, example.mlm_weights,
                  example.mlm_labels) if weight}
    per_row = 8
    rows = -(-valid_len // per_row)
    figure, axes = plt.subplots(figsize=(8, 0.7 * rows),
                                layout='constrained')
    for i, token in enumerate(tokens):
        x, y = i % per_row, -(i // per_row)
        colour = ('tab:orange', 'tab:blue')[int(example.segments[i])]
        axes.add_patch(plt.Rectangle(
            (x, y), 0.94, 0.8, facecolor=to_rgba(colour, 0.25),
            edgecolor='black' if i in hidden else 'none', linewidth=2))
        axes.text(x + 0.47, y + 0.5, token, ha='center', va='center',
                  fontsize=10)
        if i in hidden:
            axes.text(x + 0.47, y + 0.16, '→ ' + hidden[i], ha='center',
                      va='center', fontsize=9, weight='bold')
    axes.set(xlim=(0, per_row), ylim=(1 - rows, 1))
    axes.set_title('orange: segment 0, blue: segment 1, black frame: '
                   f'predicted\ntrue next sentence: '
                   f'{bool(example.nsp_labels)}', fontsize=10)
    axes.axis('off')


draw_example(examples[5], examples.vocab)

# %% [markdown]
# ## The whole data set
#
# `load_data_wiki` does all the steps for WikiText-2 and returns a loader of
# shuffled batches. The vocabulary has 20256 entries.

# %%
batch_size, max_len = 512, 64
train_iter, vocab = d2l.load_data_wiki(batch_size, max_len)

# %%
for (tokens_X, segments_X, valid_lens_x, pred_positions_X, mlm_weights_X,
     mlm_Y, nsp_y) in train_iter:
    for column in (tokens_X, segments_X, valid_lens_x, pred_positions_X,
                   mlm_weights_X, mlm_Y, nsp_y):
        print(tuple(column.shape))
    break

# %%
len(vocab)

# %% [markdown]
# Making a batch is very little work here. The data set keeps seven large
# arrays and takes the rows of a batch from each. So the loader needs no
# worker processes: to send a batch from one process to another would cost
# more than to make it.
#
# ## What the book's code gets wrong
#
# Some faults can be fixed without changing any example. This package fixes
# them:
#
# - The book's download link has returned *403 Forbidden* since March 2024.
#   This package tries several mirrors and verifies the contents.
# - In MXNet the book's next-sentence labels are floats. Here they are
#   integers.
# - The book makes a small tensor for each field of each example. This takes
#   seconds and hundreds of megabytes. With its four loader workers an epoch
#   even takes longer than with none.
#
# Other fixes would change the examples, so they are optional. By default the
# numbers match the book:

# %%
strict = make_examples(tiny, max_len, rng=random.Random(0),
                       strict_negatives=True, strict_masking=True)
print(len(strict), 'examples: no negative pair is a true one, and no random '
      'word is a special token')

# %% [markdown]
# The book draws the masks once (*static masking*). They are then the same in
# every [epoch](../../docs/glossary.md#epoch), and a model can memorise them.
# With `dynamic_masking` each epoch has new masks, as in
# [RoBERTa](https://arxiv.org/abs/1907.11692):

# %%
fresh, tiny_vocab = d2l.load_data_wiki(
    4, 32, corpus='tiny', seed=0, rng='keyed', dynamic_masking=True)
examples = fresh.dataset.examples
for epoch in range(3):
    print('epoch', epoch, 'predicts positions',
          examples[epoch, 0].pred_positions.tolist())

# %% [markdown]
# These masks are *keyed*: every random number is a function of the seed, the
# epoch, the number of the example and the position. Python's `random` draws
# one number after the other, so a mask depends on all draws before it. A
# keyed mask depends on no other example. So it is the same in a batch of any
# size, in any order and in any worker process, and NumPy can draw the masks
# of a whole batch at once. With `rng='keyed'` the sentence pairs are drawn in
# this way, too.
#
# `mask_example` is the rule for one example, in plain Python. It gives the
# same masks:

# %%
example = examples[0, 0]
tokens = tiny_vocab.to_tokens(example.token_ids[:int(example.valid_lens)])
num_predictions = int(example.mlm_weights.sum())
for i in range(num_predictions):  # the tokens before masking
    tokens[example.pred_positions[i]] = tiny_vocab.to_tokens(
        example.mlm_labels[i])
for epoch in range(3):
    masked, predictions = mask_example(
        tokens, candidate_positions(tokens), num_predictions, '<mask>',
        tiny_vocab.idx_to_token, (0.8, 0.1, 0.1), seed=0, epoch=epoch,
        example=int(examples.numbers[0]))
    print('epoch', epoch, predictions)

# %% [markdown]
# ## Better sentences
#
# Back to the first step. The argument `sentence_splitter` says how a
# paragraph is split into sentences: `'period'` is the book's rule, `'nltk'`
# is the Punkt algorithm of the library NLTK, and `'spacy'` uses the rules of
# the library spaCy. To install the two: `pip install "d2l_bert[sentences]"`.
#
# Punkt has to know which words are abbreviations. NLTK offers a list for
# download. Punkt can also learn them from the text alone: an abbreviation is
# a short word that nearly always has a full stop after it. Here it learns
# from our text. The second line below hides NLTK's list in case you have
# downloaded it, so that you get the same figures as we do.

# %%
import nltk

nltk.data.path.clear()
splitters = ['period', 'nltk', 'spacy']
for name in splitters:
    split = make_sentence_splitter(name)
    print(f'{name:7}', split('This is great ! Why not ?'))

# %% [markdown]
# We compare them on the validation text of WikiText-2, a tenth of the size
# of the training text. For each splitter we count what it finds. `pairs` are
# all pairs of neighbouring sentences, and `that fit` are those of at most 64
# tokens.

# %%
columns = ('sentences', 'paragraphs', 'pairs', 'that fit', 'vocabulary')


def figures(paragraphs):
    lines = [d2l.tokenize(paragraph) for paragraph in paragraphs]
    vocab = d2l.Vocab([line for paragraph in lines for line in paragraph],
                      min_freq=5, reserved_tokens=['<pad>', '<mask>', '<cls>',
                                                   '<sep>'])
    pairs = [len(a) + len(b) + 3 for paragraph in lines
             for a, b in zip(paragraph, paragraph[1:])]
    return dict(zip(columns, (
        sum(map(len, lines)), len(lines), len(pairs),
        sum(pair <= 64 for pair in pairs), len(vocab))))


def print_table(table):
    print(' ' * 6, *(f'{name:>11}' for name in columns))
    for name, row in table.items():
        print(f'{name:6}', *(f'{row[column]:11}' for column in columns))


folder = find_corpus('wikitext-2').path
print_table({name: figures(read_wiki(folder / 'wiki.valid.tokens',
                                     sentence_splitter=name))
             for name in splitters})

# %% [markdown]
# The whole training text takes about 20 seconds on one CPU core. So the
# package has the figures. To compute them yourself, read `folder` in place of
# `folder / 'wiki.valid.tokens'` in the cell above, or run
# `python notebooks/splitters.py`.

# %%
saved = json.loads((saved_run('splitters') / 'figures.json')
                   .read_text('utf-8'))
print_table(saved['table'])

# %%
fitting, total, seconds = (
    [saved['table'][name][column] for name in splitters]
    for column in ('that fit', 'pairs', 'seconds'))
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 2.6))
fit = left.barh(splitters, fitting, color='tab:blue', alpha=0.6)
left.bar_label(fit, label_type='center')
long = left.barh(splitters, [a - b for a, b in zip(total, fitting)],
                 left=fitting, color='tab:orange', alpha=0.6)
left.bar_label(long, label_type='center')
left.set(xlabel='pairs: blue fit in 64 tokens, orange do not',
         xticks=range(0, 60001, 20000))
taken = right.barh(splitters, seconds, color='grey', alpha=0.6)
right.bar_label(taken, fmt='%.1f', padding=3)
right.margins(x=0.15)
right.set(xlabel='seconds on one CPU core')
for axes in (left, right):
    axes.invert_yaxis()
figure.tight_layout()

# %% [markdown]
# The libraries find *fewer* sentences, but *more* pairs. Why more pairs? The
# book's rule keeps about a thousand lines of one single sentence, which make
# no pair; the libraries leave them out. Then why do fewer pairs fit? With
# the libraries each sentence keeps its full stop, so most pairs are two
# tokens longer.
#
# WikiText is also an easy text. There is a space before each full stop, so
# even the book's rule works well. In ordinary prose, where you read
# `It fell.`, the book's rule finds no sentences at all.
#
# None of the three is always right. In the training text Punkt has learned
# that `Lt.` and `No.` are abbreviations, but not that `St.` is one. The
# rules of spaCy know `St.`, but not the other two. And both split at each
# ` ! ` and ` ? `, even inside a sentence.

# %%
for name, splits in saved['splits'].items():
    for sentences in splits:
        print(f'{name:7}', sentences)

# %% [markdown]
# ## Summary
#
# - Two self-supervised tasks turn plain text into training examples: masked
#   language modelling and next-sentence prediction.
# - A pair of sentences becomes one sequence with `<cls>`, `<sep>` and segment
#   ids. Pairs that are longer than `max_len` are dropped.
# - 15 % of the tokens are predicted: 80 % of them are masked, 10 % are
#   replaced by a random word, and 10 % stay as they are.
# - With padding, the examples become seven columns of fixed width. The
#   weights say which predictions are real.
#
# ## Exercises
#
# 1. Write a better sentence splitter than these three:
#    `d2l.load_data_wiki(512, 64, sentence_splitter=your_function)`. How do
#    the number of examples and the size of the vocabulary change?
# 2. Set `min_freq=0`, so that no word becomes `<unk>`. How large is the
#    vocabulary of WikiText-2 then?
#
# The folder `exercises` has more about both.
