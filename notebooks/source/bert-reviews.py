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
# # BERT on film reviews
#
# There is more than one way to pretrain BERT. A well-known article, *Building
# BERT with PyTorch from scratch* by Ivan Verkalets (2022), uses film reviews
# from [IMDB][imdb] and makes other choices in nearly every detail: how to
# split sentences, how to tokenize, which words are in the vocabulary, what an
# example looks like. In this lesson we follow the article, with the same model
# and the same training loop as before:
#
#     reviews -> sentences -> tokens -> examples of two halves -> BERT
#
# Notice what is a *choice* here. Many things that seem to belong to
# [BERT][paper] are only choices. The [glossary](../../docs/glossary.md)
# explains the terms.
#
# [imdb]: https://ai.stanford.edu/~amaas/data/sentiment/
# [paper]: https://arxiv.org/abs/1810.04805
#
# The lesson needs the first 1000 rows of a file of 50,000 reviews that many
# sites offer: a CSV file with the columns `review` and `sentiment`. Put it
# into the folder that the environment variable `D2L_BERT_DATA` names, as
# `imdb/imdb-1000.csv`. Or write `data_dir='path/of/your.csv'` below. You can
# use the whole file, as only its first 1000 rows are read.

# %% tags=["torch"]
from d2l_bert import torch_backend as d2l

# %% tags=["mxnet"]
from d2l_bert import mxnet_backend as d2l

# %%
import textwrap
from math import log

import matplotlib.pyplot as plt
import numpy as np

from d2l_bert.core import (
    attention_mask, basic_english, context_length, full_stop, join_examples,
    plot_losses, read_log, read_reviews, saved_run, unigram_loss)

data_dir = None  # the folder that D2L_BERT_DATA names

# %% [markdown]
# ## Sentences and words
#
# A sentence ends at a full stop with a space after it. This rule is even
# simpler than the book's, where a full stop has a space on both sides.

# %%
reviews = read_reviews(data_dir)
sentences = [sentence for review in reviews for sentence in full_stop(review)]
print(len(reviews), 'reviews,', len(sentences), 'sentences')
for sentence in full_stop(reviews[2])[:3]:
    print('-', sentence)

# %% [markdown]
# Reviews are not prepared like WikiText: there are no spaces around
# punctuation, and some line breaks are written as `<br />`. So the
# [tokenizer](../../docs/glossary.md#tokenizer) needs rules. Here it is
# `basic_english`, a tokenizer of torchtext. It changes all letters to lower
# case, makes `' . , ( ) ! ?` separate tokens, and removes double quotes,
# semicolons, colons and line breaks.

# %%
for line in ('"Don\'t miss it!" she said;<br /><br />I did.',
             'Rated 7/10 (really?)'):
    print(basic_english([line])[0])

# %% [markdown]
# ## How long is a sentence?
#
# Every sentence will be cut or padded to the same length. This length is
# chosen from the text: it is a percentile of the lengths of all sentences.
# Here a word is whatever stands between two spaces.

# %%
lens = [len(sentence.split()) for sentence in sentences]
for percentile in (50, 70, 90):
    print(f'{percentile} % have at most', context_length(reviews, percentile),
          'words')

# %%
plt.figure(figsize=(6, 2.8))
plt.hist(lens, bins=range(81), color='tab:blue', alpha=0.6)
for percentile, style in ((70, '-'), (90, ':')):
    length = context_length(reviews, percentile)
    plt.axvline(length, color='black', linestyle=style,
                label=f'{percentile} %: {length}')
plt.xlabel(f'words in a sentence ({sum(n > 80 for n in lens)} have more)')
plt.ylabel('sentences')
plt.legend()
plt.tight_layout()

# %% [markdown]
# The article says that it uses the 90th percentile, and that this is 27. But
# the 90th percentile is 47. The article's own code uses the 70th percentile,
# and that is 27. Remember this when you cannot reproduce a printed figure:
# sometimes the code is right and the text is wrong. We also use 27. For the
# 90th percentile, pass `percentile=90`.
#
# ## Examples of two halves
#
# An example has two halves, one for each sentence. A half starts with
# `[CLS]`, then come the words. Words that do not fit are cut off, and a
# short sentence is padded *inside its half*. `[SEP]` separates the halves:
#
#     [CLS] a a a [PAD] [PAD] [SEP] [CLS] b b b b b
#
# Every pair of neighbouring sentences gives one positive example. After each
# of them comes a negative example: two random sentences. So exactly half of
# the examples are positive, whereas the book chooses with probability 1/2.

# %%
train_iter, vocab = d2l.load_data_imdb(batch_size=12, data_dir=data_dir,
                                       seed=0)
examples = train_iter.dataset.examples
print(len(vocab), 'words and special tokens:', *vocab.to_tokens(range(7)))
print(len(examples), 'examples of', examples.max_len, 'tokens')
for name, column in zip(examples.columns._fields, next(iter(train_iter))):
    print(f'{name:15}', tuple(column.shape))

# %%
examples[4]

# %% [markdown]
# (The table describes the book's layout. In this lesson there is padding
# inside both halves, and the whole second half has segment 1.)
#
# All these figures are the same as in the article: 9,561 sentences, a length
# of 27, a vocabulary of 9,626, and 17,122 examples of 55 tokens.
#
# | | the book | here |
# |---|---|---|
# | a sentence ends at | ` . ` | `. ` |
# | tokens | between spaces | found by rules |
# | in the vocabulary | if seen 5 times | if seen twice |
# | its order | alphabetical | as in the text |
# | too long | the pair is dropped | the sentence is cut |
# | padding | at the end | at the end of each half |
# | `[CLS]` | one | one in each half |
# | `[SEP]` | after each sentence | between the halves |
# | masked, random, unchanged | 80, 10, 10 % | 80, 20, 0 % |
# | positive pairs | about half | exactly half |
#
# ## Padding in the middle
#
# Here `valid_lens`, the number of tokens that are not padding, does not say
# *which* tokens these are. The model needs an [attention
# mask](../../docs/glossary.md#attention-mask), (12, 55): true for a token that
# attention may use, false for padding. The plot shows the mask of a batch.
# Dark is true.

# %%
batch = examples[range(12)]
mask = attention_mask(batch.token_ids, vocab['[PAD]'])
print(mask.shape, 'tokens in each row:', mask.sum(axis=1).tolist())
plt.figure(figsize=(7, 2.2))
plt.imshow(mask, cmap='Blues', vmin=0, vmax=1.3, aspect='auto',
           interpolation='none')
plt.yticks(range(0, 12, 3))
plt.xlabel('position')
plt.ylabel('example')
plt.tight_layout()

# %% [markdown]
# `pretrain` makes this mask itself, from the token ids. It does so for the
# book's examples, too; there the mask and `valid_lens` mean the same.
#
# ## Training
#
# The last hundred reviews are for
# [validation](../../docs/glossary.md#validation). There is one weakness: the
# random sentences of negative pairs come from all reviews, so most sentences
# of these hundred are also in the training set, in negative pairs. A strict
# test would draw them separately.

# %%
cut = sum(2 * (len(full_stop(review)) - 1) for review in reviews[:900])
train = examples.select(slice(cut))
valid = examples.select(slice(cut, None))
baseline = unigram_loss(train, valid)
print(len(train), 'examples for training,', len(valid), 'for validation')
print(f'unigram baseline: {baseline:.2f}, log 2: {log(2):.3f}')

# %% [markdown]
# The model is the one of the last lessons, but small as in the article: the
# hidden size is 64, with 4 attention heads, and the position embeddings are
# fixed waves (sinusoids) instead of learned vectors.


# %%
def new_net(vocab, max_len):
    return d2l.new_model(0, len(vocab), num_hiddens=64, ffn_num_hiddens=128,
                         num_heads=4, num_blks=2, dropout=0.1,
                         max_len=max_len, positions='sinusoidal')


net = new_net(vocab, examples.max_len)
rows = d2l.pretrain(net, train, valid, steps=30, batch_size=48,
                    learning_rate=5e-3, warmup=5, eval_every=10)
plot_losses(rows, baseline)
plt.show()

# %% [markdown]
# In 30 steps the loss comes close to the dotted line, the
# [unigram baseline](../../docs/glossary.md#unigram-baseline).
# What happens later? We trained the same model for 160 steps, with a
# learning rate of 0.003. This took about 40 seconds in PyTorch on one CPU
# core, so the package has the log. To do it yourself, change the numbers
# above, or run `python notebooks/film_reviews.py`.

# %%
folder = saved_run('film-reviews')
rows = read_log(folder / 'log-900-reviews.csv')
plot_losses(rows, baseline)
plt.show()

# %% [markdown]
# The loss stays at the dotted line: the model has learned how frequent words
# are, and no more. You know this stage from the last lesson. There the model
# needed a hundred batches of 256 longer examples to get beyond it. A thousand
# reviews have only an eighth of the words of WikiText-2. Next-sentence
# prediction does not start at all: its loss stays at log 2.
#
# ## Fill in the blank
#
# A model that knows only the frequencies gives the same predictions for
# every blank. (You may write `<mask>` for `[MASK]`.)


# %%
def draw_predictions(net, blanks):
    figure, axes = plt.subplots(len(blanks), figsize=(7, 2.1 * len(blanks)),
                                layout='constrained')
    for axis, (text, next_text) in zip(axes, blanks.items()):
        [predictions] = d2l.fill_mask(net, text, k=5, next_text=next_text)
        axis.barh([each.token for each in predictions],
                  [each.probability for each in predictions],
                  color='tab:blue', alpha=0.6)
        axis.invert_yaxis()
        axis.set_title(textwrap.fill(text, 70), fontsize=11)
    axes[-1].set_xlabel('probability')


blanks = dict.fromkeys((  # without a second sentence
    'this movie was <mask> !', 'i did not <mask> the ending .',
    'one of the <mask> films ever made .'))
draw_predictions(net, blanks)

# %%
best = [d2l.fill_mask(net, text, k=1)[0][0].token for text in blanks]
print('the same word each time:', len(set(best)) == 1)
print('one of the ten most frequent:', best[0] in {
    token for token, _ in vocab.token_freqs[:10]})

# %% [markdown]
# ## Memorising
#
# A model can memorise a small text: it
# [overfits](../../docs/glossary.md#overfitting). This is a useful test of
# the data, the model and the training loop, because a model that cannot
# memorise a few examples has a bug somewhere. So we take three reviews, keep
# all their words, and train on the same examples again and again.


# %%
def three_reviews(seed):
    loader, _ = d2l.load_data_imdb(data_dir=data_dir, ds_to=3, min_freq=1,
                                   seed=seed)
    return loader.dataset.examples


once = three_reviews(seed=0)
print(len(once), 'examples,', len(once.vocab), 'words and special tokens')
parrot = new_net(once.vocab, once.max_len)
rows = d2l.pretrain(parrot, once, steps=50, batch_size=len(once),
                    learning_rate=1e-2, warmup=8)
plot_losses(rows)
plt.show()

# %% [markdown]
# The first loss falls from log 357, which is 5.9, to below 1, and the second
# to nearly 0. But what has the model memorised: the sentences, or only the
# words behind these particular masks? To find out, we use another seed. It
# gives other masks and other negative pairs from the same sentences: a test
# set.
#
# We also train a second model, on twenty draws in place of one. This set has
# each positive pair twenty times, each time with other masks, and as many
# negative pairs, which differ from draw to draw.

# %%
often = join_examples([three_reviews(seed) for seed in range(20)])
print(len(often), 'examples')

# %% [markdown]
# This needs more steps, 600 of them. They took about 30 seconds in PyTorch
# on one CPU core, so the package has the log and the model. To train it
# yourself:
#
#     pupil = new_net(often.vocab, often.max_len)
#     rows = d2l.pretrain(pupil, often, steps=600, batch_size=32,
#                         learning_rate=3e-3, warmup=20)

# %%
rows = read_log(folder / 'log-3-reviews.csv')
plot_losses(rows)
plt.show()

# %%
pupil = d2l.load_bert(folder / 'model.safetensors')
test = three_reviews(seed=99)
scores = {'one draw, the same masks': d2l.evaluate(parrot, once),
          'one draw, other masks': d2l.evaluate(parrot, test),
          'twenty draws, other masks': d2l.evaluate(pupil, test)}
for name, score in scores.items():
    print(f'{name}: more than half of the words predicted:',
          score['mlm_accuracy'] > 0.5)
    print(f'{name}: more than 85 % of the pairs right:',
          score['nsp_accuracy'] > 0.85)

# %%
figure, axis = plt.subplots(figsize=(7, 3.6), layout='constrained')
for shift, (name, score) in zip((-0.27, 0, 0.27), scores.items()):
    bars = axis.bar([shift, 1 + shift],
                    [score['mlm_accuracy'], score['nsp_accuracy']],
                    width=0.25, label=name)
    axis.bar_label(bars, fmt='{:.0%}')
axis.set_xticks([0, 1], ['masked tokens', 'next sentence'])
axis.set(ylabel='accuracy', ylim=(0, 1.15))
figure.legend(loc='outside lower center', ncols=3)
plt.show()

# %% [markdown]
# The first model is like a parrot: it repeats what it has heard. It knows its
# answers from the positions of the masks. With other masks it predicts few
# words, and it is often wrong about other pairs. More steps do not help: we
# tried 200, at a rate of 0.003. The loss fell to 0.13, but with other masks
# the model was right for only one word in six. The second model had to use the
# words around the blank. This is why
# [RoBERTa](https://arxiv.org/abs/1907.11692) draws new masks in every epoch
# (*dynamic masking*). The second model's accuracy for pairs was easier to get:
# most pairs of the test set are also among its twenty draws, only with other
# masks.
#
# The second model can also fill in blanks, in sentences that it knows. It was
# trained on pairs only, so we also give it the sentence that follows. The
# right words are *show*, *little* and *dialogue*.

# %%
texts = [full_stop(review) for review in reviews[:3]]
draw_predictions(pupil, {
    'trust me, this is not a <mask> for the faint hearted or timid':
        texts[0][3],
    'a wonderful <mask> production': texts[1][1],
    texts[2][1].replace('dialogue', '<mask>'): texts[2][2]})

# %% [markdown]
# ## A question with prepared answers
#
# The next-sentence head gives the probability that one sentence follows
# another. So the model can answer a question if we give it a list of
# possible answers. It chooses from five: the sentence that really follows,
# and four random ones.


# %%
def neighbours(texts):
    return [(a, b) for text in texts for a, b in zip(text, text[1:])
            if a.strip() and b.strip()]


def is_best(net, question, answer, texts, rng):
    """Return whether the model ranks the right one of five answers first."""
    others = [sentence for text in texts for sentence in text
              if sentence.strip() and sentence not in (question, answer)]
    wrong = rng.choice(others, 4, replace=False).tolist()
    ranked = d2l.rank_answers(net, question, [*wrong, answer])
    return ranked[0][0] == answer


question, answer = neighbours(texts)[2]
ranked = d2l.rank_answers(pupil, question, [texts[1][0], texts[2][0], answer])
print('Q:', question)
print('A:', ranked[0][0])

# %%
shares = {}
for name, some in (('known reviews', texts), (
        'other reviews', [full_stop(review) for review in reviews[3:40]])):
    rng = np.random.default_rng(0)
    right = [is_best(pupil, question, answer, some, rng)
             for question, answer in neighbours(some)]
    shares[name] = np.mean(right)
    print(len(right), 'questions on', name)
print('more than half right in known ones:', shares['known reviews'] > 0.5)
print('close to one in five in others:', shares['other reviews'] < 0.3)

# %% [markdown]
# To choose at random gives one right answer in five. In reviews that it has
# not been trained on, the model is hardly better: it does not *generalise*.
# It has not learned what can follow a sentence, only which of a few sentences
# belong together. For more it needs more text. The long run of the last
# lesson was trained on a text thousands of times as long. Its model found
# the right answers to three questions about sentences that it had not seen.
#
# ## Summary
#
# - How to split sentences, how to tokenize, what a pair looks like and how
#   many words are masked: all of these are choices. The same model and the
#   same training loop work for each of them.
# - Padding in the middle of an example needs an attention mask; a length is
#   not enough.
# - A printed figure and the code behind it can disagree. Compute it again.
# - A model soon memorises a small text, including its masks. This is a good
#   test of the code, but the model does not generalise. New masks and new
#   pairs in each draw help.
#
# ## Exercises
#
# 1. Use `percentile=90`. How do the number of examples, their length, the
#    share of padding and the time of a step change?
# 2. Train the first model for 600 steps as well, and the second with 5 draws
#    in place of 20. How do the bars change?
# 3. `[UNK]` stands for every word that occurs only once. What share of all
#    words is it? Is a model that always predicts `[UNK]` of any use?
# 4. In this lesson both sentences of a negative pair are random. In the book
#    only the second one is. Can a model tell positive from negative pairs by
#    the first sentence alone, here or there? Try it: make
#    `columns = often.columns._replace(token_ids=..., valid_lens=...)` with
#    `[PAD]` in all of the second half, and in `valid_lens` the number of
#    tokens that are left, as float32. Train on `Examples(columns, often.vocab,
#    len(often), layout=often.layout)`, with `Examples` from `d2l_bert.core`,
#    and `evaluate` on `three_reviews(99)`, changed in the same way. Then
#    think: which sentence of a review is never the first one of a positive
#    pair?
