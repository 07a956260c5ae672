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
# # Pretraining BERT
#
# The data are ready and the model is built; now it learns. In this lesson we
# take the steps of section 15.10 of *Dive into Deep Learning*: 50 batches of
# WikiText-2 and a first look at what they teach. Then we do what a longer
# run needs, look at one of 2000 steps, and put the model to use:
#
#     batch -> two losses -> gradients -> a small step -> the next batch
#
# On two CPU cores the lesson takes two minutes in PyTorch and four in MXNet.

# %% tags=["torch"]
import torch
from torch import nn

from d2l_bert import torch_backend as d2l

torch.manual_seed(0)  # dropout is drawn from here
loss = nn.CrossEntropyLoss()

# %% tags=["mxnet"]
from d2l_bert import mxnet_backend as d2l

import mxnet  # after d2l

mxnet.random.seed(0)  # dropout is drawn from here
loss = mxnet.gluon.loss.SoftmaxCELoss()

# %%
import json
import tempfile
from math import log

import matplotlib.pyplot as plt
import numpy as np

from d2l_bert.core.measuring import unigram_loss
from d2l_bert.core.plotting import plot_losses
from d2l_bert.core.runs import LOG_FILE, LONG_RUN, read_log
from d2l_bert.core.splits import load_splits
from d2l_bert.core.training import Plan

# %% [markdown]
# ## The data and the model
#
# The chapter's setting: batches of 512 examples, at most 64 tokens long, and
# a BERT of two blocks with 128 numbers for a token.

# %%
batch_size, max_len = 512, 64
train_iter, vocab = d2l.load_data_wiki(batch_size, max_len, seed=0)
net = d2l.new_model(0, len(vocab), num_hiddens=128, ffn_num_hiddens=256,
                    num_heads=2, num_blks=2, dropout=0.2)
print(len(vocab), 'tokens in the vocabulary')

# %% [markdown]
# ## What would be a good loss?
#
# A number like 6.9 says nothing until there is something to compare it with.
# Two values are worth knowing *before* we start:
#
# - A model that finds all words equally likely has a loss of log 20256.
# - A model that knows how often each word occurs, but does not read the
#   sentence at all, has a certain loss, too. We count the words that are to
#   be predicted in training, and score those counts on WikiText-2's
#   validation text.
#
# Only a model that is better than the second one has learnt anything about
# *language*. For the sentence puzzle there is just one such value: whoever
# gives both answers an even chance has log 2.

# %%
train, valid = load_splits(max_len, seed=0)
floor = unigram_loss(train, valid)
print(f'all words alike: {log(len(vocab)):.2f}')
print(f'word frequencies: {floor:.1f}')
print(f'a coin: {log(2):.3f}')

# %% [markdown]
# ## Fifty steps
#
# `train_bert` is the loop of the book: Adam, a learning rate of 0.01, and a
# plot that grows. What it draws and prints are means over all steps so far,
# the clueless first ones among them.

# %%
# NBVAL_IGNORE_OUTPUT
# There is a speed in it, and the name of your device.
d2l.train_bert(train_iter, net, loss, len(vocab), d2l.try_all_gpus(), 50)

# %% [markdown]
# Where does the model stand now? `evaluate` switches dropout off and takes
# examples that it has not been trained on.

# %%
after = d2l.evaluate(net, valid)
print('better than all words alike:', after['mlm_loss'] < log(len(vocab)) - 2)
print('better than word frequencies:', after['mlm_loss'] < floor - 0.1)
print('better than a coin:', after['nsp_loss'] < log(2) - 0.01)

# %% [markdown]
# The masked-word loss has fallen from about 10 to about 7, which looks like
# a lot. Yet it is no better than a table of word frequencies, and the
# sentence puzzle has not been touched. What has the model learnt, then? We
# give it a sentence with a blank, and plot how likely it finds each word
# against how often that word occurs in the text.

# %%
text = 'the film was <mask> in 1998 .'
[guesses] = d2l.fill_mask(net, text, k=len(vocab))
total = sum(count for _, count in vocab.token_freqs)
share = {token: count / total for token, count in vocab.token_freqs}
same_batches, _ = d2l.load_data_wiki(batch_size, max_len, seed=0)
predicted = set()
for _, batch in zip(range(50), same_batches):
    for labels, weights in zip(batch.mlm_labels.tolist(),
                               batch.mlm_weights.tolist()):
        predicted.update(vocab.to_tokens(label) for label, weight
                         in zip(labels, weights) if weight)

# %%
plt.figure(figsize=(5, 3.8))
for name, wanted in (('had to be guessed', True), ('never had to be', False)):
    some = [guess for guess in guesses if guess.token in share
            and (guess.token in predicted) == wanted]
    plt.loglog([share[guess.token] for guess in some],
               [guess.probability for guess in some], '.', markersize=2,
               label=name)
plt.axline((1e-6, 1e-6), (0.1, 0.1), color='grey', linestyle=':')
plt.xlabel('share of the text')
plt.ylabel('probability for the blank')
plt.legend(markerscale=5)
plt.tight_layout()

# %% [markdown]
# Each dot is a word, and the dotted line is where both are equal. The model
# has learnt which words are frequent, from those that it had to guess in
# these fifty batches. It has learnt next to nothing else: in other sentences
# the best guesses are the very same words.

# %%
top = [{guess.token for guess in d2l.fill_mask(net, sentence, k=3)[0]}
       for sentence in (text, 'she <mask> a poet .',
                        'it <mask> on the river .')]
print('same three words each time:', top[0] == top[1] == top[2])

# %% [markdown]
# Every BERT goes through this stage. It is the quickest way down, and from
# there on the model has to use the words around the blank, which is harder.
#
# ## A loop for longer runs
#
# With a learning rate of 0.01 this model would stay where it is. Five things
# help a run of hundreds of steps, and `pretrain` has them all:
#
# - *Warm-up*: the learning rate rises over the first steps, while Adam's
#   averages still know little. Then it falls in a straight line.
# - *Clipping*: a gradient longer than 1 is shortened to 1, so that one odd
#   batch does no harm.
# - *Validation*: every so many steps the model is tried on another text.
# - *Checkpoints*: a run that was cut goes on.
# - *Accumulation*: a batch too large for the memory is computed in parts,
#   and gives the same step.

# %%
plan = {'steps': 40, 'batch_size': 64, 'learning_rate': 3e-3, 'warmup': 8,
        'eval_every': 8, 'save_every': 5}
steps = range(1, plan['steps'] + 1)
plt.figure(figsize=(4, 2.2))
plt.plot(steps, [Plan(steps=40, learning_rate=3e-3, warmup=8).rate(step)
                 for step in steps], '.-')
plt.xlabel('step')
plt.ylabel('learning rate')
plt.tight_layout()

# %% [markdown]
# We try it with a tiny model on TinyWiki. `live_losses` draws while it runs.

# %%
tiny_train, tiny_valid = load_splits(32, corpus='tiny')


def tiny_net():
    return d2l.new_model(0, len(tiny_train.vocab), 32, 64, num_heads=4,
                         num_blks=2, dropout=0.1, max_len=32)


uncut = d2l.pretrain(tiny_net(), tiny_train, tiny_valid,
                     watch=d2l.live_losses(), **plan)

# %% [markdown]
# And now the power fails in step 23. The last checkpoint was written after
# step 20. It holds the weights, but also what Adam remembers; the examples,
# the order and the dropout of each step follow from the seed. So the log is
# cut back to step 20, steps 21 to 23 are taken once more, and the run that
# goes on has the very losses of the run that was never cut.


# %%
def power_cut(row):
    if row['step'] == 23:
        raise KeyboardInterrupt


with tempfile.TemporaryDirectory() as folder:
    try:
        d2l.pretrain(tiny_net(), tiny_train, tiny_valid, folder=folder,
                     watch=power_cut, **plan)
    except KeyboardInterrupt:
        print(len(read_log(f'{folder}/{LOG_FILE}')), 'steps in the log')
    resumed = d2l.pretrain(tiny_net(), tiny_train, tiny_valid, folder=folder,
                           resume=True, **plan)
print(len(resumed), 'steps after it went on')
print('the same losses, to the last digit:', all(
    a[name] == b[name] for a, b in zip(uncut, resumed)
    for name in ('mlm_loss', 'nsp_loss')))

# %% [markdown]
# The same from a terminal, with WikiText-2. Press Ctrl-C, and `--resume`
# takes it up:
#
#     d2l-bert pretrain --steps 500 --eval-every 100 --out my-bert
#     d2l-bert pretrain --steps 500 --eval-every 100 --out my-bert --resume
#
# ## A long run
#
# This is what 2000 steps did, with batches of 256, masks drawn anew in every
# epoch, and a learning rate that rose to 0.001 over 100 steps. The package
# has its log.

# %%
rows = read_log(LONG_RUN / LOG_FILE)
plot_losses(rows, floor)
plt.show()

# %%
print('in validation: losses, and how many words and pairs were right')
print('step  masked words  guessed  next sentence  right')
for row in rows:
    if row['step'] in (100, 200, 500, 1000, 1500, 2000):
        print(f"{row['step']:4}{row['valid_mlm_loss']:14.3f}"
              f"{row['valid_mlm_accuracy']:9.1%}"
              f"{row['valid_nsp_loss']:15.3f}{row['valid_nsp_accuracy']:7.1%}")

# %% [markdown]
# For the first hundred steps it is the story from above: in validation the
# model gets down to the dotted line, which is what word frequencies give
# there. Then it starts to read. The training loss is the higher one, mainly
# because the training text is harder: fewer of its words are `<unk>`, and
# word frequencies alone give 6.9 there.
#
# The sentence puzzle, on the right, is a coin toss for four hundred steps.
# Only then, as the words begin to mean something, is it learnt as well. But
# soon the two curves part. The masks are drawn anew in every epoch, the
# pairs are not: after a dozen epochs the model knows them by heart. In
# validation it is right in two of three cases, and so sure of itself in the
# third that its loss is worse than that of a coin.
#
# We asked this model, too. Here are its five best guesses for some blanks,
# each with the probability that it gave them:

# %%
answers = json.loads((LONG_RUN / 'answers.json').read_text('utf-8'))
for text, guesses in answers['blanks'].items():
    print(text)
    print('   ', '   '.join(f'{token!r} {probability:.0%}'
                            for token, probability in guesses))

# %% [markdown]
# It knows what the sentence is about: storms are tropical and albums are
# released. It begins to know what kind of word belongs where: years after
# *born in*. What would be right is seldom what comes first, and a quarter of
# the validation words are guessed. That much can be had in twenty minutes on
# two CPU cores. The original BERT read more than three billion words, and
# learnt for four days on many chips.
#
# ## Put to use: what is next?
#
# The second head answers a question, if the answers are given: which of
# these is most likely to follow? `rank_answers` sorts them. This is what the
# model of the long run said. Each chance is for one answer alone, so they
# do not add up to 1:

# %%
for question, ranked in answers['questions'].items():
    print(question)
    for answer, probability in ranked:
        print(f'    {probability:4.0%}  {answer}')

# %% [markdown]
# The right answer comes first each time, and the third question shows what
# the head has really learnt: whether two sentences are about the same thing.
# A club and a building may well be in the same article.

# %% [markdown]
# ## Put to use: a vector for each word in its place
#
# What most people want from BERT are its vectors. We go back to our own
# model of 50 steps. `get_bert_encoding` reads one or two lists of tokens,
# adds `<cls>` and `<sep>`, and returns a vector for each token.

# %%
tokens_a = ['a', 'crane', 'is', 'flying']
encoded_text = d2l.get_bert_encoding(net, tokens_a)
# tokens: '<cls>', 'a', 'crane', 'is', 'flying', '<sep>'
encoded_text_cls = encoded_text[:, 0, :]
encoded_text_crane = encoded_text[:, 2, :]
print(tuple(encoded_text.shape), tuple(encoded_text_cls.shape),
      tuple(encoded_text_crane.shape))

# %%
tokens_a, tokens_b = ['a', 'crane', 'driver', 'came'], ['he', 'just', 'left']
encoded_pair = d2l.get_bert_encoding(net, tokens_a, tokens_b)
# tokens: '<cls>', 'a', 'crane', 'driver', 'came', '<sep>', 'he', 'just',
# 'left', '<sep>'
encoded_pair_crane = encoded_pair[:, 2, :]
print(tuple(encoded_pair.shape))
print('the same vector for crane:',
      encoded_text_crane.tolist() == encoded_pair_crane.tolist())

# %% [markdown]
# In both sentences *crane* is the same token at the same position, and
# still it gets two vectors. One is a bird and the other a machine; a table
# of word vectors would have to choose. How far the two are apart depends on
# how well the model has learnt to look around.
#
# What can the model of the long run tell apart? We took two words with two
# senses each, and compared the vectors of the word in four sentences. 1 means
# that two vectors point in the same direction.

# %%
figure, axes = plt.subplots(2, 1, figsize=(7, 5))
for axis, (word, found) in zip(axes, answers['words'].items()):
    cosines = np.array(found['cosines'])
    axis.imshow(cosines, cmap='Blues', vmin=0.5, vmax=1.2)
    for (row, column), cosine in np.ndenumerate(cosines):
        axis.text(column, row, f'{cosine:.2f}', ha='center', va='center')
    axis.set_yticks(range(4), found['texts'])
    axis.set_xticks([])
    axis.set_title(word, loc='left')
figure.tight_layout()

# %% [markdown]
# The first two sentences mean one thing, the last two another, so the dark
# squares should be two blocks. For *bank* they clearly are, for *season* only
# just.
#
# ## Keep it, and use more machines
#
# `save_bert` writes a model with its vocabulary, and `load_bert` reads it,
# in either framework.

# %%
with tempfile.TemporaryDirectory() as folder:
    d2l.save_bert(net, f'{folder}/bert.safetensors')
    again = d2l.load_bert(f'{folder}/bert.safetensors')
same = d2l.get_bert_encoding(again, tokens_a, tokens_b)
print('the same vectors:', bool(np.allclose(
    same.tolist(), encoded_pair.tolist(), atol=1e-5)))

# %% [markdown]
# With several GPUs each batch is divided among them, and two devices learn
# what one would. In PyTorch `torchrun` starts a process for each; in MXNet
# `pretrain(..., device=d2l.try_all_gpus())` does it in a single one.
#
#     torchrun --nproc-per-node 2 -m d2l_bert pretrain --steps 500
#
# In PyTorch, `--autocast` computes in bfloat16 where that is safe, and
# `--compile` has `torch.compile` make a faster model first.

# %% [markdown]
# ## Summary
#
# - The two losses are added, and Adam does the rest.
# - A loss needs something to be compared with: log 20256 for knowing
#   nothing, about 6.7 for knowing how frequent words are.
# - First a model learns frequencies. Fifty steps are not enough for more.
# - Warm-up, clipping and a falling learning rate carry a longer run, and a
#   checkpoint with everything in it makes a cut invisible.
# - A word's vector depends on the sentence around it.
#
# ## Exercises
#
# 1. `train_bert` always learns at a rate of 0.01. Train a new model for each
#    of 1e-3, 3e-3 and 1e-2 with `d2l.pretrain(net, train, valid, steps=50,
#    decay=False, learning_rate=...)`. Which validation loss is lowest after
#    50 steps? Would you choose that rate for 500?
# 2. In the experiment of the power cut, change the plan when you resume, as
#    in `**(plan | {'steps': 60})`. What does `pretrain` say, and why does it
#    insist?
# 3. Write a sentence in which the word before the blank decides, and another
#    in which a word far away does. To which of the two right words does a
#    model of 500 steps give the higher probability? (On a terminal:
#    `d2l-bert pretrain --steps 500 --out my-bert`, then
#    `d2l-bert fill-mask my-bert "..." -k 1000`.)
# 4. Make the examples of TinyWiki once with `mlm_ratio=0.15` and once with
#    0.4, an argument of `load_splits`, train a tiny model on each, and
#    compare the validation losses. Can they be compared?
