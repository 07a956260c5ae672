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
# The data are ready and the model is built. Now the model learns. In this
# lesson we follow [section 15.10][book] of *Dive into Deep Learning*: we train
# on 50 batches of [WikiText-2][wikitext] and look at what the model has
# learned from them. Then we prepare a longer run, look at one of 2000 steps,
# and use its model:
#
#     batch -> two losses -> gradients -> optimiser step -> the next batch
#
# The [glossary](../../docs/glossary.md) explains the terms.
#
# [book]: https://d2l.ai/chapter_natural-language-processing-pretraining/bert-pretraining.html
# [wikitext]: https://arxiv.org/abs/1609.07843
#
# On one CPU core the lesson takes one to two minutes in PyTorch and three to
# four in MXNet. Nearly all of this time is for the 50 batches.

# %% tags=["torch"]
import torch
from torch import nn

from d2l_bert import torch_backend as d2l

torch.manual_seed(0)  # for dropout
loss = nn.CrossEntropyLoss()

# %% tags=["mxnet"]
from d2l_bert import mxnet_backend as d2l

from mxnet import gluon, npx  # after d2l

npx.random.seed(0)  # for dropout
loss = gluon.loss.SoftmaxCELoss()

# %%
import tempfile
from itertools import islice
from math import log

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap

from d2l_bert.core import (
    Plan, batches, load_splits, plot_losses, read_log, saved_run,
    unigram_loss)

# %% [markdown]
# ## The data and the model
#
# We use the chapter's settings: batches of 512 examples, each of at most 64
# tokens, and a BERT of two blocks with hidden size 128.

# %%
batch_size, max_len = 512, 64
train_iter, vocab = d2l.load_data_wiki(batch_size, max_len, seed=0)
net = d2l.new_model(0, len(vocab), num_hiddens=128, ffn_num_hiddens=256,
                    num_heads=2, num_blks=2, dropout=0.2)
print(len(vocab), 'tokens in the vocabulary')

# %% [markdown]
# ## What is a good loss?
#
# A loss of 6.9 says nothing until we can compare it with something. Two
# values are worth knowing *before* we start:
#
# - **Uniform probabilities.** A model that gives all 20256 tokens the same
#   probability has the loss log 20256.
# - **The [unigram baseline][unigram].** A *unigram model* knows how often each
#   word occurs, but does not read the sentence. We count the words to be
#   predicted in the training examples, and compute the loss of these
#   frequencies on WikiText-2's validation examples.
#
# Only a model that beats the unigram baseline has learned something about
# *language*. For next-sentence prediction there is just one such value: a
# model that gives both answers probability 1/2 has the loss log 2.
#
# The loss is a mean of -log(probability), measured in [nats][nats]. Papers
# often report the [perplexity][perplexity], exp(loss). It says among how many
# equally likely words the model would be choosing.
#
# [unigram]: ../../docs/glossary.md#unigram-baseline
# [nats]: ../../docs/glossary.md#nats
# [perplexity]: ../../docs/glossary.md#perplexity

# %%
train, valid = load_splits(max_len, seed=0)
baseline = unigram_loss(train, valid)
print(f'uniform: {log(len(vocab)):.2f}, perplexity {len(vocab)}')
print(f'unigram baseline: {baseline:.1f}, perplexity {np.exp(baseline):.0f}')
print(f'next sentence, probability 1/2: {log(2):.3f}')

# %% [markdown]
# ## Fifty steps
#
# `train_bert` is the book's training loop. It uses the optimiser
# [Adam][adam] with a [learning rate][rate] of 0.01, and draws the losses while
# it runs. What it draws and prints are means over all steps so far, including
# the first steps, which are bad.
#
# What does Adam do? For each parameter it keeps a running mean of the
# [gradient][gradient] and one of its square, the *first and second moments*.
# It moves the parameter by the learning rate times the first moment, divided
# by the root of the second, so that all parameters move by similar distances,
# however large their gradients are.
#
# [adam]: https://arxiv.org/abs/1412.6980
# [rate]: ../../docs/glossary.md#learning-rate
# [gradient]: ../../docs/glossary.md#gradient

# %%
# NBVAL_IGNORE_OUTPUT
# The output has a speed and the name of your device.
d2l.train_bert(train_iter, net, loss, len(vocab), d2l.try_all_gpus(), 50)

# %% [markdown]
# How good is the model now? `evaluate` turns dropout off and uses examples
# that the model has not been trained on. A thousand of them are enough.

# %%
after = d2l.evaluate(net, valid.select(slice(1000)))
print('better than uniform:', after['mlm_loss'] < log(len(vocab)) - 2)
print('better than the unigram baseline:',
      after['mlm_loss'] < baseline - 0.1)
print('better than log 2:', after['nsp_loss'] < log(2) - 0.01)

# %% [markdown]
# The masked-token loss has fallen from about 10 to about 7. This looks like a
# lot, but it does not beat the unigram baseline. And the model has learned
# nothing about next sentences. So what has it learned? We give it a sentence
# with a blank. For each word of the vocabulary we compare the probability
# that the model gives it with the word's frequency in the text.

# %%
text = 'the film was <mask> in 1998 .'
[predictions] = d2l.fill_mask(net, text, k=len(vocab))
total = sum(count for _, count in vocab.token_freqs)
frequency = {token: count / total for token, count in vocab.token_freqs}
same_batches = d2l.make_loader(train_iter.dataset, batch_size, seed=0)
labels = set()
for _, batch in zip(range(50), same_batches):
    for row, weights in zip(batch.mlm_labels.tolist(),
                            batch.mlm_weights.tolist()):
        labels.update(vocab.to_tokens(label) for label, weight
                      in zip(row, weights) if weight)

# %%
plt.figure(figsize=(7.5, 5.5))
for name, wanted, colour in (
        ('label in one of the fifty batches', True, 'tab:blue'),
        ('never a label', False, 'tab:orange')):
    some = [each for each in predictions if each.token in frequency
            and (each.token in labels) == wanted]
    plt.loglog([frequency[each.token] for each in some],
               [each.probability for each in some], '.', markersize=2,
               color=colour)
    plt.plot([], [], 'o', color=colour, label=name)  # a large dot
plt.axline((1e-6, 1e-6), (0.1, 0.1), color='black', linestyle=':',
           label='both numbers are equal')
plt.xlabel('frequency of the word in the text')
plt.ylabel('probability for the blank')
plt.legend(title='each dot is a word', fontsize=11)
plt.tight_layout()

# %% [markdown]
# Each dot is a word. The stripes on the left are rare words: those that occur
# 5 times all have the same frequency, those that occur 6 times the next one.
# The model has learned which words are frequent, from the words that were
# labels in these fifty batches. It has learned hardly anything else: in other
# sentences its three best predictions are the same words.

# %%
top = [{each.token for each in d2l.fill_mask(net, sentence, k=3)[0]}
       for sentence in (text, 'she <mask> a poet .',
                        'it <mask> on the river .')]
print('same three words each time:', top[0] == top[1] == top[2])

# %% [markdown]
# Every BERT goes through this stage. To learn the frequencies is the fastest
# way to a lower loss. After that, the model has to use the words around the
# blank, and this is harder.
#
# ## A loop for longer runs
#
# With a learning rate of 0.01 this model would not get further. Six things
# help in a run of hundreds of steps, and `pretrain` has them all:
#
# - **Learning rate schedule.** In the [warm-up][warmup] the learning rate
#   rises over the first steps, because Adam's first and second moments are
#   still poor estimates. After that it falls linearly.
# - **[Gradient clipping][clipping].** The [gradient norm][norm] is the length
#   of the whole gradient; if it is larger than 1, the gradient is scaled down
#   to norm 1. So the direction of the step stays the same, and a single
#   unusual batch cannot throw the model far off.
# - **Validation.** Every few steps the losses are computed on another text.
# - **Checkpoints.** After an interruption, the run can continue.
# - **Gradient accumulation.** A batch that is too large for the memory is
#   computed in parts, and their gradients are added. The step is the same.
# - **Batches of similar lengths.** A model computes padding like any other
#   token, and throws the results away. So the examples of a batch are chosen
#   with similar lengths, and padded to the longest of them. The batches come
#   in random order. The picture shows the first eight batches, ten examples
#   of each: on the left plain batches, on the right batches of similar
#   lengths. Blue is a token, grey is padding.
#
# [warmup]: ../../docs/glossary.md#warm-up
# [clipping]: https://arxiv.org/abs/1211.5063
# [norm]: ../../docs/glossary.md#gradient-norm-and-clipping

# %%
examples = train_iter.dataset.examples
figure, axes = plt.subplots(1, 2, figsize=(7, 2.6), sharey=True)
for axis, bucket in zip(axes, (False, True)):
    stream = batches(examples, batch_size, seed=0, bucket=bucket)
    epoch = [batch for _, batch
             in islice(stream, len(examples) // batch_size)]
    computed = sum(batch.token_ids.size for batch in epoch)
    padding = 1 - sum(batch.valid_lens.sum() for batch in epoch) / computed
    print(f'bucket={bucket}: {padding:.0%} of an epoch is padding')
    picture = np.full((80, max_len), np.nan)  # what is not computed
    for step, batch in enumerate(epoch[:8]):
        some = batch.token_ids[::52]
        picture[10 * step:10 * step + 10, :some.shape[1]] = (
            some == vocab['<pad>'])
    axis.imshow(picture, cmap=ListedColormap(['tab:blue', 'lightgrey']),
                aspect='auto', extent=(0, max_len, 8, 0))
    axis.set(title=f'bucket={bucket}', xlabel='position', xlim=(0, max_len))
axes[0].set_ylabel('batch')
figure.tight_layout()

# %%
plan = {'steps': 24, 'batch_size': 64, 'learning_rate': 3e-3, 'warmup': 5,
        'eval_every': 6, 'save_every': 5}
steps = range(1, plan['steps'] + 1)
plt.figure(figsize=(5, 2.5))
plt.plot(steps, [Plan(steps=24, learning_rate=3e-3, warmup=5).rate(step)
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
# Now imagine a power cut in step 13. The last checkpoint was written after
# step 10. It has the model's parameters and Adam's moments. The examples of
# each step, their order and the dropout follow from the seed. So `pretrain`
# shortens the log to step 10, repeats steps 11 to 13, and continues. The
# losses are exactly those of the run without the power cut.


# %%
def power_cut(row):
    if row['step'] == 13:
        raise KeyboardInterrupt


with tempfile.TemporaryDirectory() as folder:
    try:
        d2l.pretrain(tiny_net(), tiny_train, tiny_valid, folder=folder,
                     watch=power_cut, **plan)
    except KeyboardInterrupt:
        print(len(read_log(f'{folder}/log.csv')), 'steps in the log')
    resumed = d2l.pretrain(tiny_net(), tiny_train, tiny_valid, folder=folder,
                           resume=True, **plan)
print(len(resumed), 'steps in the end')
print('the same losses, to the last digit:', all(
    a[name] == b[name] for a, b in zip(uncut, resumed)
    for name in ('mlm_loss', 'nsp_loss')))

# %% [markdown]
# In a terminal the same works for WikiText-2. 500 steps take about ten minutes
# on two CPU cores. Stop the run with Ctrl-C, and continue it with `--resume`:
#
#     d2l-bert pretrain --steps 500 --eval-every 100 --out my-bert
#     d2l-bert pretrain --steps 500 --eval-every 100 --out my-bert --resume
#
# ## A long run
#
# This is a run of 2000 steps, with batches of 256 examples, new masks in
# every epoch ([dynamic masking][dynamic]), and a learning rate that rose to
# 0.003 over 200 steps. The model is *tied*: the token embedding is also the
# matrix that turns vectors into logits, as in the original BERT, so there are
# only about half as many parameters to learn. The run took 34 minutes in
# PyTorch on one CPU core, so the package has its log and its model. To run it
# yourself, in one line:
#
#     d2l-bert pretrain --backend torch --corpus wikitext-2 --steps 2000
#     --batch-size 256 --warmup 200 --learning-rate 0.003 --eval-every 100
#     --dynamic-masking --tied --out my-run
#
# [dynamic]: ../../docs/glossary.md#dynamic-masking

# %%
rows = read_log(saved_run('long-run') / 'log.csv')
plot_losses(rows, baseline)
plt.show()

# %%
print('validation:  masked tokens      next sentence')
print('step        loss  accuracy     loss  accuracy')
for row in rows:
    if row['step'] in (100, 200, 500, 1000, 1500, 2000):
        print(f"{row['step']:4}{row['valid_mlm_loss']:12.3f}"
              f"{row['valid_mlm_accuracy']:10.1%}"
              f"{row['valid_nsp_loss']:9.3f}{row['valid_nsp_accuracy']:10.1%}")

# %% [markdown]
# In the first hundred steps we see the same as above: in validation the loss
# falls to the dotted line, the unigram baseline. After that the model begins
# to use the context. The training loss is higher than the validation loss,
# mainly because the training text is harder: fewer of its words are `<unk>`,
# and its unigram baseline is 6.9.
#
# The next-sentence loss, on the right, stays at log 2 for four hundred steps.
# Only when the model knows something about words does it learn this task as
# well. But soon the two curves separate: the model *overfits*. The masks are
# new in every epoch, but the pairs are not, and after a dozen epochs the
# model has memorised them. In validation its accuracy is about seven in ten.
# Where it is wrong, it is so sure of itself that its loss is worse than
# log 2.
#
# The model itself comes with the package. `fill_mask` returns its best
# predictions for each blank, here five, with their probabilities. Ask it
# about sentences of your own, too:

# %%
long_run = d2l.load_bert('long-run')
for text in ('the film was <mask> in 1998 .',
             'he was born in <mask> .',
             'the storm moved <mask> at 15 mph .',
             'the album reached number <mask> on the chart .',
             'the church is on the <mask> of the river .',
             'she was <mask> of the band .'):
    [guesses] = d2l.fill_mask(long_run, text)
    print(text)
    print('   ', '   '.join(f'{token!r} {probability:.0%}'
                            for token, probability in guesses))

# %% [markdown]
# The model knows what a sentence is about: storms make landfall, and albums
# have peaked or debuted at a number. Sometimes the word fits, too: films are
# released, and one is born in a month or a year. But its first prediction is
# seldom the right word: in validation it predicts a quarter of the words
# correctly. This is what half an hour on one CPU core can give. The original
# BERT read more than three billion words, and its training took four days on
# many chips.
#
# ## Using it: which sentence comes next?
#
# The next-sentence head can answer a question if we give it possible
# answers. Which of them is most likely to follow? `rank_answers` sorts them.
# We ask the model of the long run. Each probability is for one answer alone,
# so they do not add up to 1:

# %%
QUESTIONS = {
    'the song was released as a single in june 1995': (
        'it reached number five on the uk singles chart .',
        'the ship was sunk by a german submarine .',
        'the river flows south through the forest .'),
    'the tropical storm became a hurricane on september 9': (
        'it weakened as it moved over land .',
        'the episode was watched by 8 million people .',
        'he scored twelve goals in his first season .'),
    'he joined the club in 2004': (
        'he played 28 games in his first season .',
        'the species is found in australia .',
        'the building was completed in 1890 .')}
for question, answers in QUESTIONS.items():
    print(question)
    for answer, probability in d2l.rank_answers(long_run, question, answers):
        print(f'    {probability:4.0%}  {answer}')

# %% [markdown]
# The right answer is first each time. The third question shows what the
# head has really learned: whether two sentences are about the same topic.
# A club and a building can easily be in the same article.

# %% [markdown]
# ## Using it: contextual word vectors
#
# Most applications of BERT use its vectors. We go back to our own model of
# 50 steps. `get_bert_encoding` takes one or two lists of tokens, adds `<cls>`
# and `<sep>`, and returns a vector for each token.

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
# In both sentences *crane* is the same token at the same position, but its
# two vectors are different. One crane is a bird and the other a machine. A
# table of word vectors, such as word2vec, has only one vector for both. How
# much the two vectors differ depends on how well the model has learned to
# use the context.
#
# Which meanings can the model of the long run tell apart? We take two words
# with two meanings each, and compute the [cosine similarity][cosine] of the
# word's vectors in four sentences. It is 1 if two vectors have the same
# direction. `encode` returns the tokens of a text, with a vector for each.
#
# [cosine]: ../../docs/glossary.md#cosine-similarity

# %%
WORDS = {
    'season': ('he scored in his first season .',
               'the team won the season .',
               'the hurricane season began in june .',
               'the wet season lasts until may .'),
    'bank': ('the house stands on the bank of the river .',
             'they crossed to the east bank of the river .',
             'the bank lent him money .',
             'the bank was founded in 1890 .')}
figure, axes = plt.subplots(2, 1, figsize=(8, 5.5))
for axis, (word, texts) in zip(axes, WORDS.items()):
    vectors = []
    for text in texts:
        tokens, encoded = d2l.encode(long_run, text)  # (len, num_hiddens)
        vector = encoded[tokens.index(word)]
        vectors.append(vector / np.linalg.norm(vector))
    cosines = np.inner(vectors, vectors)
    axis.imshow(cosines, cmap='Blues', vmin=0.5, vmax=1.2)
    for (row, column), cosine in np.ndenumerate(cosines):
        axis.text(column, row, f'{cosine:.2f}', ha='center', va='center')
    axis.set_yticks(range(4), texts)
    axis.set_xticks([])
    axis.set_title(word, loc='left')
figure.tight_layout()

# %% [markdown]
# In the first two sentences the word has one meaning, in the last two the
# other. So we hope for two dark blocks, at the top left and at the bottom
# right, and there they are.
#
# ## Saving, and using several devices
#
# `save_bert` writes a model with its vocabulary, and `load_bert` reads it, in
# PyTorch and in MXNet.

# %%
with tempfile.TemporaryDirectory() as folder:
    d2l.save_bert(net, f'{folder}/bert.safetensors')
    again = d2l.load_bert(f'{folder}/bert.safetensors')
same = d2l.get_bert_encoding(again, tokens_a, tokens_b)
print('the same vectors:', bool(np.allclose(
    same.tolist(), encoded_pair.tolist(), atol=1e-5)))

# %% [markdown]
# With several GPUs, each batch is divided among them (*data parallelism*).
# The gradients are added, so the result is the same as on one device. In
# PyTorch `torchrun` starts a process for each GPU:
#
#     torchrun --nproc-per-node 2 -m d2l_bert pretrain --steps 500
#
# In MXNet one process uses all devices:
# `pretrain(..., device=d2l.try_all_gpus())`.
#
# Two more options are for PyTorch only: `--autocast` computes in
# [bfloat16](../../docs/glossary.md#bfloat16) where this is safe, and
# `--compile` first makes a faster model with `torch.compile`.

# %% [markdown]
# ## Summary
#
# - The two losses are added, and Adam minimises the sum.
# - Compare a loss with a baseline: log 20256 is the loss of uniform
#   probabilities, and about 6.7 that of a unigram model.
# - A model first learns how frequent words are. Fifty steps are not enough
#   for more.
# - Longer runs need warm-up, a falling learning rate and gradient clipping.
#   With checkpoints, a run continues after an interruption exactly as
#   before.
# - The vector of a word depends on the sentence around it.
#
# ## Exercises
#
# 1. `train_bert` always uses a learning rate of 0.01. Train a new model with
#    each of 1e-3, 3e-3 and 1e-2: `d2l.pretrain(net, train, valid, steps=50,
#    decay=False, learning_rate=...)`. Which validation loss is lowest after
#    50 steps? Would you use this learning rate for 500 steps?
# 2. In the experiment with the power cut, change the plan when you resume:
#    `**(plan | {'steps': 30})`. What does `pretrain` say, and why does it
#    refuse?
# 3. Write a sentence in which the word before the blank decides what fits,
#    and another in which a word far away decides. Train a model for 500
#    steps. Which of the two right words gets the higher probability? (In a
#    terminal: `d2l-bert pretrain --steps 500 --out my-bert`, then
#    `d2l-bert fill-mask my-bert "..." -k 1000`.)
# 4. Make the examples of TinyWiki once with `mlm_ratio=0.15` and once with
#    `mlm_ratio=0.4`, an argument of `load_splits`. Train a tiny model on each
#    and compare the validation losses. Is this a fair comparison?
