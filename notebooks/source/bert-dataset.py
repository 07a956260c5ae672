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
# BERT learns from plain text that nobody has labelled. It can do so because
# two puzzles are cut from the text itself: *was this sentence really
# followed by that one?* and *which words are hidden here?* The answers come
# for free. In this lesson we follow a text on its way into those puzzles,
# one step after another:
#
#     paragraphs -> sentences -> pairs -> masked tokens -> padded columns
#
# The steps are those of section 15.9 of *Dive into Deep Learning*, and with
# the same seed this package makes the same examples, number for number.
# Small worked examples use **TinyWiki**, 72 short articles that ship with
# the package; the figures at the end come from **WikiText-2**, the book's
# corpus of good articles from Wikipedia.

# %% tags=["torch"]
from d2l_bert import torch_backend as d2l

# %% tags=["mxnet"]
from d2l_bert import mxnet_backend as d2l

# %%
import random
import time
from collections import Counter

import matplotlib.pyplot as plt
from matplotlib.colors import to_rgba

from d2l_bert.core import corpus, mlm, pretraining
from d2l_bert.core.sentences import make_sentence_splitter

# %% [markdown]
# ## Paragraphs and sentences
#
# A line of WikiText is a heading or a paragraph, with a space on each side
# of every token. So the book cuts a line wherever it sees ` . `, keeps it
# if that gave at least two parts, and writes everything in lower case. The
# paragraphs are then shuffled, which is our first random step.

# %%
random.seed(0)
tiny = corpus.load_paragraphs('tiny')
print(len(tiny), 'paragraphs')
for sentence in tiny[0]:
    print('-', sentence)

# %% [markdown]
# The cut is crude. It knows nothing of question marks, and only the last
# sentence keeps its full stop. Towards the end of the lesson two libraries
# try to do better.
#
# Words are what stands between spaces:

# %%
tokens = d2l.tokenize(tiny[0])
print(tokens[0])

# %% [markdown]
# Each different word gets a number. Words seen fewer than five times share
# one number with `<unk>`, and four reserved tokens join in: `<pad>`,
# `<mask>`, `<cls>` and `<sep>`.

# %%
vocab = d2l.Vocab([sentence for paragraph in tiny
                   for sentence in d2l.tokenize(paragraph)], min_freq=5,
                  reserved_tokens=['<pad>', '<mask>', '<cls>', '<sep>'])
print(len(vocab), 'entries; most frequent:', vocab.token_freqs[:4])
print(vocab[['the', 'moon', 'xylophone']], 'and <unk> is', vocab.unk)

# %% [markdown]
# ## The first puzzle: is this the next sentence?
#
# For every sentence but the last of a paragraph, a coin decides. Heads: its
# partner is the sentence that truly follows. Tails: the partner is any
# sentence from any paragraph.

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
# A tail may by accident draw the very sentence that follows, and the pair
# is then labelled false although it is true. With thousands of paragraphs
# that is rare; with two, as here, it is not. `strict_negatives=True` rules
# it out.
#
# BERT reads both sentences as one sequence: `<cls>` in front, `<sep>` after
# each. The segment numbers say which half a token belongs to.

# %%
tokens, segments = d2l.get_tokens_and_segments(*sentences[:2])
for token, segment in zip(tokens, segments):
    print(f'{segment}  {token}')

# %% [markdown]
# A paragraph of n sentences gives n - 1 pairs. Those that would be longer
# than `max_len` are dropped, and this costs more than one might think. The
# plot shows it for true neighbours in both corpora, with the book's choice
# of 64 marked.

# %%
wikitext = corpus.load_paragraphs('wikitext-2')


def sentence_lengths(paragraphs):
    return [[len(sentence.split()) for sentence in paragraph]
            for paragraph in paragraphs]


def share_dropped(lengths, max_len):
    pairs = [a + b + 3 for paragraph in lengths
             for a, b in zip(paragraph, paragraph[1:])]
    return sum(pair > max_len for pair in pairs) / len(pairs)


lengths = {'WikiText-2': sentence_lengths(wikitext),
           'TinyWiki': sentence_lengths(tiny)}
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.5))
for name, paragraphs in lengths.items():
    left.hist([n for paragraph in paragraphs for n in paragraph],
              bins=range(0, 81, 2), density=True, alpha=0.6, label=name)
    max_lens = range(16, 161, 8)
    right.plot(max_lens, [share_dropped(paragraphs, n) for n in max_lens],
               marker='.', label=name)
left.set(xlabel='words in a sentence', ylabel='share of sentences')
right.axvline(64, color='grey', linestyle=':')
right.set(xlabel='max_len', ylabel='share of pairs dropped', ylim=(0, 1))
left.legend()
right.legend()
figure.tight_layout()

# %%
for max_len in (32, 64, 128):
    share = share_dropped(lengths['WikiText-2'], max_len)
    print(f'max_len {max_len:3}: {share:.1%} of neighbours do not fit')

# %% [markdown]
# ## The second puzzle: which words are hidden?
#
# 15 % of the tokens are to be predicted, never `<cls>` or `<sep>`, and at
# least one. What the model sees in their place is `<mask>` eight times in
# ten, a random word once, and once the word itself. The last two are there
# because a model that has seen only masks in pretraining would be lost
# later, when there are none.

# %%
random.seed(1)
new_tokens, predictions = d2l._replace_mlm_tokens(
    tokens, mlm.candidate_positions(tokens), num_mlm_preds=3, vocab=vocab)
print(new_tokens)
print(predictions)

# %% [markdown]
# Three positions were drawn, each with the word that stood there. The next
# function does the whole step, from tokens to numbers: the ids that the
# model reads, the positions in rising order, and the ids to be found.

# %%
random.seed(1)
token_ids, positions, labels = d2l._get_mlm_data_from_tokens(tokens, vocab)
print(token_ids, positions, labels)
print(vocab.to_tokens(token_ids))

# %% [markdown]
# Over many examples the shares come out as planned. The black bars span
# five standard deviations around what is expected: chance leaves them once
# in a million times or so.

# %%
examples = pretraining.make_examples(tiny, 64, rng=random.Random(0))
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
# Examples differ in length, and a batch must not. Token ids and segments
# are filled up to `max_len`, and the predictions up to
# P = round(0.15 max_len), with a weight of 0 where there is nothing to
# predict. `valid_lens` remembers where the padding starts, so that
# attention can leave it out.

# %%
example = (token_ids, positions, labels, segments, True)
padded = d2l._pad_bert_inputs([example], 16, vocab)
for name, column in zip(padded._fields, padded):
    print(f'{name:15}', column.tolist())

# %% [markdown]
# In a notebook an example shows itself. Here is one of TinyWiki's:

# %%
examples[5]

# %% [markdown]
# And this is the same one as the model meets it: a row of tokens, the half
# each belongs to, and what is to be predicted.


# %%
def draw_example(example, vocab):
    valid_len = int(example.valid_lens)
    tokens = vocab.to_tokens(example.token_ids[:valid_len])
    hidden = {int(position): vocab.to_tokens(label)
              for position, weight, label in zip(
                  example.pred_positions, example.mlm_weights,
                  example.mlm_labels) if weight}
    per_row = 12
    rows = -(-valid_len // per_row)
    figure, axes = plt.subplots(figsize=(11, 0.9 * rows))
    for i, token in enumerate(tokens):
        x, y = i % per_row, -(i // per_row)
        colour = ('tab:orange', 'tab:blue')[int(example.segments[i])]
        axes.add_patch(plt.Rectangle(
            (x, y), 0.94, 0.8, facecolor=to_rgba(colour, 0.25),
            edgecolor='black' if i in hidden else 'none', linewidth=2))
        axes.text(x + 0.47, y + 0.5, token, ha='center', va='center',
                  fontsize=8)
        if i in hidden:
            axes.text(x + 0.47, y + 0.16, '→ ' + hidden[i], ha='center',
                      va='center', fontsize=7, weight='bold')
    axes.set(xlim=(0, per_row), ylim=(1 - rows, 1))
    axes.set_title('orange: segment 0, blue: segment 1, framed: predicted '
                   f'| true next sentence: {bool(example.nsp_labels)}',
                   fontsize=9)
    axes.axis('off')


draw_example(examples[5], examples.vocab)

# %% [markdown]
# ## The whole data set
#
# `load_data_wiki` takes all the steps for WikiText-2 and hands out shuffled
# batches. The vocabulary comes to 20256 entries.

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
# Filling a batch is no work for the loader here. The data set keeps seven
# whole arrays and cuts a batch out of each, so worker processes would only
# add the cost of sending it.
#
# ## What the book's code gets wrong
#
# What changes no example, this package simply mends:
#
# - The download has answered *403 Forbidden* since March 2024. Here several
#   mirrors are tried, and the contents are verified.
# - On MXNet the labels of the first puzzle come out as floats; here they
#   are integers.
# - One small tensor for each field of each example takes seconds to make
#   and hundreds of megabytes to keep, and four loader workers make an epoch
#   slower than none.
#
# What would change the examples is an argument away, so that by default the
# numbers stay the book's:

# %%
strict = pretraining.make_examples(
    tiny, max_len, rng=random.Random(0), strict_negatives=True,
    strict_masking=True)
print(len(strict), 'examples, whose false partners are truly false and '
      'whose random words are words')

# %% [markdown]
# Masks drawn once are the same in every epoch, and a model may learn them
# by heart. With `dynamic_masking` they are drawn anew each time, yet the
# same seed, epoch and example always give the same masks:

# %%
fresh, _ = d2l.load_data_wiki(4, 32, corpus='tiny', seed=0,
                              dynamic_masking=True)
examples = fresh.dataset.examples
for epoch in range(3):
    print('epoch', epoch, 'predicts positions',
          examples[epoch, 0].pred_positions.tolist())

# %% [markdown]
# ## Better sentences
#
# Back to the first step. `sentence_splitter` chooses who cuts a paragraph:
# `'period'` is the book's rule, `'nltk'` is Punkt and `'spacy'` the rules of
# spaCy. The libraries come with `pip install 'd2l_bert[sentences]'`.
#
# Punkt has to know which words are abbreviations. NLTK has a list that can
# be downloaded, but Punkt can also learn them, from nothing but the text:
# an abbreviation is a short word that hardly ever comes without its stop.
# Here it learns from WikiText-2, even if you have the list, so that you see
# our figures.

# %%
import nltk

nltk.data.path.clear()  # where NLTK would look for the list
splitters = ['period', 'nltk', 'spacy']
for name in splitters:
    split = make_sentence_splitter(name)
    print(f'{name:7}', split('This is great ! Why not ?'))

# %% [markdown]
# Now the whole corpus, once with each. Of the neighbours we count those
# that fit in 64 tokens.

# %%
folder = corpus.find_corpus('wikitext-2').path
fitting, dropped, seconds = {}, {}, {}
print('        sentences  paragraphs  neighbours  that fit  vocabulary')
for name in splitters:
    start = time.perf_counter()
    paragraphs = corpus.read_wiki(folder, sentence_splitter=name)
    seconds[name] = time.perf_counter() - start
    count = sum(map(len, paragraphs))
    neighbours = count - len(paragraphs)
    share = share_dropped(sentence_lengths(paragraphs), 64)
    dropped[name] = round(share * neighbours)
    fitting[name] = neighbours - dropped[name]
    words = d2l.Vocab([sentence for paragraph in paragraphs
                       for sentence in d2l.tokenize(paragraph)], min_freq=5,
                      reserved_tokens=['<pad>', '<mask>', '<cls>', '<sep>'])
    print(f'{name:7}{count:10}{len(paragraphs):12}{neighbours:12}'
          f'{fitting[name]:10}{len(words):12}')

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 2.6))
fit = left.barh(splitters, fitting.values(), color='tab:blue', alpha=0.6)
left.bar_label(fit, label_type='center')
long = left.barh(splitters, dropped.values(), left=fitting.values(),
                 color='tab:orange', alpha=0.6)
left.bar_label(long, label_type='center')
left.set(xlabel='neighbours: blue fit in 64 tokens, orange are dropped')
taken = right.barh(splitters, seconds.values(), color='grey', alpha=0.6)
right.bar_label(taken, fmt='%.1f', padding=3)
right.margins(x=0.15)
right.set(xlabel='seconds to read the corpus, training included')
for axes in (left, right):
    axes.invert_yaxis()
figure.tight_layout()

# %% [markdown]
# The libraries find *more* neighbours in *fewer* sentences. The book's rule
# keeps about a thousand lines that are one single sentence, which make no
# pair, and the libraries leave them out. Yet fewer neighbours fit, as each
# sentence now keeps its full stop, which the book's rule cuts away: most
# pairs grow by two tokens. WikiText is easy, too. Its full stops are already
# set apart from the words, so that the plainest rule goes a long way. In
# ordinary prose, where `It fell.` is written together, the book's rule finds
# nothing at all.
#
# None of the three is always right. Punkt has learned `Lt.` and `No.` here,
# but not `St.`; spaCy's rules know `St.`, but not the other two. And both
# cut at each ` ! ` and ` ? `, even in the middle of a sentence.

# %%
lines = (folder / corpus.TRAIN_FILE).read_text('utf-8').splitlines()
learned = make_sentence_splitter('nltk', lines)
spacys = make_sentence_splitter('spacy')
for text in ('The U.S. Navy met Lt. Reed . He came from No. 3 Squadron .',
             'She sang at St. Clair . " Why ? " he asked .'):
    print('nltk ', learned(text))
    print('spacy', spacys(text))

# %% [markdown]
# ## Summary
#
# - Two puzzles turn plain text into training examples: which sentence comes
#   next, and which words are hidden.
# - A pair of sentences becomes one sequence with `<cls>`, `<sep>` and
#   segment numbers; pairs longer than `max_len` are dropped.
# - 15 % of the tokens are predicted: 80 % of them masked, 10 % replaced,
#   10 % left alone.
# - Padding makes seven columns of fixed width, with weights that say which
#   predictions are real.
#
# ## Exercises
#
# 1. Cut sentences better than the three splitters do:
#    `d2l.load_data_wiki(512, 64, sentence_splitter=your_function)`. How do
#    the number of examples and the vocabulary change?
# 2. Set `min_freq=0`, so that no word is too rare. How large does the
#    vocabulary of WikiText-2 become?
#
# The folder `exercises` says more about both.
