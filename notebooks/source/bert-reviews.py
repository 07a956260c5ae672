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
# Not everybody pretrains BERT by the book. A well-known article, *Building
# BERT with PyTorch from scratch* by Ivan Verkalets (2022), does it with film
# reviews from IMDB, and decides nearly every detail differently: other
# sentences, other words, another vocabulary, other examples. In this lesson
# we follow that way, with the same model and the same training as before:
#
#     reviews -> sentences -> words -> examples of two halves -> BERT
#
# Look out for what is a *choice* here. Much that seems to belong to BERT
# does not.
#
# The lesson needs the first 1000 rows of the file of 50,000 reviews that
# many sites offer, a CSV with the columns `review` and `sentiment`. Put it
# into the folder that the environment variable `D2L_BERT_DATA` names, as
# `imdb/imdb-1000.csv`, or write `data_dir='path/of/your.csv'` below: the
# whole file will do, as just 1000 rows of it are read.

# %% tags=["torch"]
from d2l_bert import torch_backend as d2l

# %% tags=["mxnet"]
from d2l_bert import mxnet_backend as d2l

# %%
import textwrap
from math import log

import matplotlib.pyplot as plt
import numpy as np

from d2l_bert.core.columns import Columns, attention_mask
from d2l_bert.core.examples import Examples
from d2l_bert.core.measuring import unigram_loss
from d2l_bert.core.plotting import plot_losses
from d2l_bert.core.reviews import (
    basic_english, context_length, full_stop, read_reviews)

data_dir = None  # the folder that D2L_BERT_DATA names

# %% [markdown]
# ## Sentences and words
#
# A sentence ends at a full stop with a space behind it. That is simpler
# still than the rule of the book, where the full stop stands alone.

# %%
reviews = read_reviews(data_dir)
sentences = [sentence for review in reviews for sentence in full_stop(review)]
print(len(reviews), 'reviews,', len(sentences), 'sentences')
for sentence in full_stop(reviews[2])[:3]:
    print('-', sentence)

# %% [markdown]
# Reviews are not Wikipedia: nobody has put spaces around the signs, and here
# and there a line break is written as `<br />`. So words are found by rules.
# They are those of `basic_english`, a tokenizer of torchtext: all letters
# become small, `' . , ( ) ! ?` stand alone, and double quotes, semicolons,
# colons and line breaks go.

# %%
for line in ('"Don\'t miss it!" she said;<br /><br />I did.',
             'Rated 7/10 (really?)'):
    print(basic_english([line])[0])

# %% [markdown]
# ## How long is a sentence?
#
# Every sentence is going to be cut or padded to the same length, and it is
# the text that says to which. We count what stands between spaces.

# %%
lens = [len(sentence.split()) for sentence in sentences]
for percentile in (50, 70, 90):
    print(f'{percentile} % have at most', context_length(reviews, percentile),
          'words')

# %%
plt.figure(figsize=(6, 2.6))
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
# The article says that it takes the 90th percentile, and that this is 27.
# It is not: the 90th is 47. The article's own code takes the 70th, and that
# is 27. This is worth a thought whenever a figure does not come out as
# printed: often it is the text that is wrong, not the code. So we take 27
# as well; `percentile=90` is an argument away.
#
# ## Examples of two halves
#
# A half begins with `[CLS]`, and the words follow, as far as they fit. What
# is missing is filled up *inside the half*. Between the halves stands
# `[SEP]`:
#
#     [CLS] a a a [PAD] [PAD] [SEP] [CLS] b b b b b
#
# Every two neighbouring sentences make one such example, and then two
# sentences drawn at random make a false one. So exactly half of the examples
# are true, where the book tosses a coin.

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
# (The table describes the book's layout. Here padding stands inside the
# halves, and the second half has segment 1 to its end.)
#
# All of these figures are the article's: 9,561 sentences, a length of 27, a
# vocabulary of 9,626, and 17,122 examples of 55 tokens.
#
# | | the book | here |
# |---|---|---|
# | a sentence ends at | ` . ` | `. ` |
# | words | between spaces | found by rules |
# | in the vocabulary | if seen 5 times | if seen twice |
# | its order | the alphabet's | the text's |
# | too long | the pair is dropped | the sentence is cut |
# | padding | at the end | at the end of each half |
# | `[CLS]` | one | one for each half |
# | `[SEP]` | after each sentence | between the halves |
# | masked, random, kept | 80, 10, 10 % | 80, 20, 0 % |
# | true pairs | about half | exactly half |
#
# ## Padding in the middle
#
# Now `valid_lens`, the number of tokens that count, no longer says *which*
# tokens count. The model has to be told by a mask, (12, 55). In the picture
# of a batch, dark is what may be looked at.

# %%
batch = examples[range(12)]
mask = attention_mask(batch.token_ids, vocab['[PAD]'])
print(mask.shape, 'tokens that count:', mask.sum(axis=1).tolist())
plt.figure(figsize=(7, 1.9))
plt.imshow(mask, cmap='Blues', vmin=0, vmax=1.3, aspect='auto',
           interpolation='none')
plt.xlabel('position')
plt.ylabel('example')
plt.tight_layout()

# %% [markdown]
# `pretrain` makes this mask by itself, from the ids. It does so for the
# examples of the book, too, where it comes to the same as `valid_lens`.
#
# ## Training
#
# The last hundred reviews are kept for validation. The sentences of false
# pairs are drawn from all reviews, so most sentences of these hundred turn
# up in training as well, in false pairs. A strict test would draw them
# separately.

# %%
cut = sum(2 * (len(full_stop(review)) - 1) for review in reviews[:900])
train, valid = (Examples(examples[part], vocab, len(range(*part.indices(
    len(examples))))) for part in (slice(cut), slice(cut, None)))
floor = unigram_loss(train, valid)
print(len(train), 'examples to learn from,', len(valid), 'for validation')
print(f'word frequencies: {floor:.2f}, a coin: {log(2):.3f}')

# %% [markdown]
# The model is the one of the last lessons, made small as in the article: 64
# numbers for a token, 4 heads, and waves for positions instead of learnt
# vectors.


# %%
def new_net(vocab, max_len):
    return d2l.new_model(0, len(vocab), num_hiddens=64, ffn_num_hiddens=128,
                         num_heads=4, num_blks=2, dropout=0.1,
                         max_len=max_len, positions='sinusoidal')


net = new_net(vocab, examples.max_len)
rows = d2l.pretrain(net, train, valid, steps=160, batch_size=48,
                    learning_rate=3e-3, warmup=20, eval_every=40)
plot_losses(rows, floor)
plt.show()

# %% [markdown]
# The loss falls to the dotted line and stays there: the model has learnt how
# frequent words are. You know this stage from the last lesson, where it took
# a hundred batches of 256 longer examples to get beyond it. A thousand
# reviews have an eighth of the words of WikiText-2, and the sentence puzzle
# stays a coin toss.
#
# ## Fill in the blank
#
# So the best guesses for a blank are the same wherever the blank is.
# `<mask>` may be written for `[MASK]`.


# %%
def draw_guesses(net, blanks):
    figure, axes = plt.subplots(1, len(blanks), figsize=(11, 2.2))
    for axis, (text, next_text) in zip(axes, blanks.items()):
        [guesses] = d2l.fill_mask(net, text, k=5, next_text=next_text)
        axis.barh([guess.token for guess in guesses],
                  [guess.probability for guess in guesses],
                  color='tab:blue', alpha=0.6)
        axis.invert_yaxis()
        axis.set_title(textwrap.fill(text, 40), fontsize=8)
        axis.set_xlabel('probability')
    figure.tight_layout()


blanks = dict.fromkeys((
    'this movie was <mask> !', 'i did not <mask> the ending .',
    'one of the <mask> films ever made .'))  # none has a next sentence
draw_guesses(net, blanks)

# %%
best = [d2l.fill_mask(net, text, k=1)[0][0].token for text in blanks]
print('the same word each time:', len(set(best)) == 1)
print('one of the ten most frequent:', best[0] in {
    token for token, _ in vocab.token_freqs[:10]})

# %% [markdown]
# ## By heart
#
# A model can learn a small text by heart, and it is a useful test of
# everything that comes before: what cannot be learnt by heart cannot be
# learnt at all. So we take three reviews, with all of their words, and go
# through them again and again.


# %%
def three_reviews(seed):
    loader, _ = d2l.load_data_imdb(data_dir=data_dir, ds_to=3, min_freq=1,
                                   seed=seed)
    return loader.dataset.examples


def learn(examples, steps):
    net = new_net(examples.vocab, examples.max_len)
    rows = d2l.pretrain(net, examples, steps=steps, batch_size=32,
                        learning_rate=3e-3, warmup=20)
    plot_losses(rows)
    return net


once = three_reviews(seed=0)
print(len(once), 'examples,', len(once.vocab), 'words and special tokens')
parrot = learn(once, steps=200)

# %% [markdown]
# Both losses go to nearly nothing. But has it learnt these sentences, or
# just what stood behind these very masks? Another seed draws other masks
# and other false pairs from the same sentences. We use it as a test.
#
# A second model gets a harder lesson: twenty draws in place of one. It has
# each true pair twenty times, with other words masked each time, and as many
# false pairs, which change from draw to draw.

# %%
draws = [three_reviews(seed) for seed in range(20)]
columns = Columns(*map(np.concatenate, zip(*(
    draw.columns for draw in draws))))
often = Examples(columns, once.vocab, sum(map(len, draws)))
print(len(often), 'examples')
pupil = learn(often, steps=600)

# %%
test = three_reviews(seed=99)
scores = {'one draw, the same masks': d2l.evaluate(parrot, once),
          'one draw, other masks': d2l.evaluate(parrot, test),
          'twenty draws, other masks': d2l.evaluate(pupil, test)}
for name, score in scores.items():
    print(f'{name}: more than half of the words guessed:',
          score['mlm_accuracy'] > 0.5)
    print(f'{name}: more than 85 % of the pairs right:',
          score['nsp_accuracy'] > 0.85)

# %%
figure, axis = plt.subplots(figsize=(7, 2.8))
for shift, (name, score) in zip((-0.27, 0, 0.27), scores.items()):
    bars = axis.bar([shift, 1 + shift],
                    [score['mlm_accuracy'], score['nsp_accuracy']],
                    width=0.25, label=name)
    axis.bar_label(bars, fmt='{:.0%}')
axis.set_xticks([0, 1], ['words guessed', 'pairs right'])
axis.set(ylabel='share', ylim=(0, 1.15))
axis.legend(loc='center left', bbox_to_anchor=(1, 0.5), fontsize=8)
figure.tight_layout()

# %% [markdown]
# The first model is a parrot. It knows its answers by the place of the
# masks: with other masks it guesses few words, and about other pairs it is
# often wrong. The second one had to look at the words. This is why RoBERTa
# draws the masks anew in every epoch. (Its score for pairs came easier: most
# pairs of the test, though with other masks, are in its twenty draws.)
#
# Now it can fill in blanks, too, in sentences that it knows. The model has
# only ever seen pairs, so it is told the sentence that follows as well. The
# right words are *show*, *little* and *dialogue*.

# %%
texts = [full_stop(review) for review in reviews[:3]]
draw_guesses(pupil, {
    'trust me, this is not a <mask> for the faint hearted or timid':
        texts[0][3],
    'a wonderful <mask> production': texts[1][1],
    texts[2][1].replace('dialogue', '<mask>'): texts[2][2]})

# %% [markdown]
# ## A question with prepared answers
#
# The second head tells how likely it is that one sentence follows another.
# So it can answer a question if somebody has prepared the answers. We let it
# choose among five: the sentence that does follow, and four from elsewhere.


# %%
def neighbours(texts):
    return [(a, b) for text in texts for a, b in zip(text, text[1:])
            if a.strip() and b.strip()]


def choose(net, question, answer, texts, rng):
    """Tell whether the model ranks the right one of five answers first."""
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
    right = [choose(pupil, question, answer, some, rng)
             for question, answer in neighbours(some)]
    shares[name] = np.mean(right)
    print(len(right), 'questions on', name)
print('more than half right in known ones:', shares['known reviews'] > 0.5)
print('near to chance in others:', shares['other reviews'] < 0.3)

# %% [markdown]
# Chance is one in five. In reviews that it has never seen the model is
# helpless: it has not learnt what follows from what, but which of a few
# sentences belong together. To learn the former takes more text. The model
# of the last lesson's long run was trained on a text thousands of times as
# long, and found the right answers to three questions about sentences that
# it had not seen.
#
# ## Summary
#
# - What a sentence is, what a word is, how a pair is laid out and how many
#   words are masked: all of that can be chosen, and one model and one loop
#   serve every choice.
# - Padding in the middle of an example needs a mask in place of a length.
# - A printed figure may contradict the code that made it. Recompute it.
# - A small text is learnt by heart at once, down to its masks. That is a
#   good test, and no knowledge. Other masks and partners each time help.
#
# ## Exercises
#
# 1. Take `percentile=90`. What becomes of the number of examples, of their
#    length, of the share of padding, of the time for a step?
# 2. Train the parrot for as many steps as the pupil, and the pupil with 5
#    draws. What becomes of the bars?
# 3. `[UNK]` stands for every word that occurs only once. How large a share
#    of all words is it? Is a model that guesses `[UNK]` any good?
# 4. Both sentences of a false pair are strangers. In the book only the second
#    is. Can a model tell true from false by the first sentence alone, here
#    or there? Try it: `often.columns._replace(token_ids=..., valid_lens=...)`
#    with `[PAD]` in all of the second half, and in `valid_lens` the number
#    of tokens that are left, as float32. Train on that, and `evaluate` on
#    `three_reviews(99)`, changed in the same way. Then ask yourself: which
#    sentence of a review is never the first of a true pair?
