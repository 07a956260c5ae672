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
# # BERT, the model
#
# BERT reads a row of tokens and gives back a row of vectors. The vector of
# a word depends on the words around it, and that is the whole point: the
# *bank* of a river and the *bank* with the money start out as the same
# number and end up as different vectors. In this lesson we take a batch
# through the model and stop after each step to look at its shape:
#
#     token ids -> embeddings -> encoder blocks -> two heads -> two losses
#
# These are the steps of sections 15.8 and 15.10 of *Dive into Deep
# Learning*. The model here has learnt nothing yet; the next lesson trains
# it. It is also far smaller than the real one, so that you can change
# anything and see at once what happens.

# %% tags=["torch"]
import torch
from torch import nn

from d2l_bert import torch_backend as d2l
from d2l_bert.torch_backend.weights import get_weights

# %% tags=["mxnet"]
from d2l_bert import mxnet_backend as d2l
from d2l_bert.mxnet_backend.weights import get_weights

from mxnet import gluon, np as mxnet_np  # after d2l

# %%
import tempfile
from math import log
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from d2l_bert.core.architecture import Config, sinusoids
from d2l_bert.core.prediction import softmax
from d2l_bert.core.splits import load_splits
from d2l_bert.core.weights import load_model, weight_shapes

# %% tags=["torch"]
loss = nn.CrossEntropyLoss()
tensor = torch.as_tensor


def numbers(tensor):
    return tensor.detach().numpy()


# %% tags=["mxnet"]
loss = gluon.loss.SoftmaxCELoss()
tensor = mxnet_np.array


def numbers(tensor):
    return tensor.asnumpy()


# %% [markdown]
# `tensor` turns a NumPy array into one of the framework's, and `numbers`
# turns it back. With these, nearly all that follows is the same in PyTorch
# and MXNet.
#
# ## A batch
#
# We take four examples of TinyWiki, cut to 32 tokens at most. The last
# lesson explained the seven columns.

# %%
max_len = 32
train, valid = load_splits(max_len, corpus='tiny')
vocab = train.vocab
batch = train[[7, 9, 25, 41]]
for name, shape in batch.shapes().items():
    print(f'{name:15}', shape)
print(len(vocab), 'tokens in the vocabulary')

# %% [markdown]
# And a small BERT. Every token becomes 24 numbers; 4 *heads* share them in
# each of 2 *blocks*. What these words mean comes below. `new_model` draws
# the weights from a seed, and the same seed gives the same weights in both
# frameworks. We leave out dropout, which would change the numbers at random
# while we look at them.

# %%
num_hiddens, ffn_num_hiddens, num_heads, num_blks = 24, 48, 4, 2
net = d2l.new_model(0, len(vocab), num_hiddens, ffn_num_hiddens, num_heads,
                    num_blks, 0.0, max_len)
weights = get_weights(net)
for name in ('token_embedding', 'segment_embedding', 'pos_embedding'):
    print(f'{name:18}', weights[name].shape)

# %% [markdown]
# ## Embeddings
#
# A neural network cannot do much with the number 517. So three tables turn
# numbers into vectors: one has a vector for each *token*, one for each of
# the two *segments*, and one for each *position*. The three vectors are
# added. The second and the third are needed because what follows has no
# idea of order: without them, `dog bites man` and `man bites dog` would be
# the same to the model.
#
# Here are the three steps, in NumPy:

# %%
X_token = weights['token_embedding'][batch.token_ids]
X_segment = weights['segment_embedding'][batch.segments]
X_position = weights['pos_embedding'][np.arange(max_len)]
X = X_token + X_segment + X_position
print('tokens  ', X_token.shape)
print('segments', X_segment.shape)
print('position', X_position.shape, 'the same for each row of the batch')
print('sum     ', X.shape)

# %% [markdown]
# The picture shows them for the first example, a line for each token. In
# the first panel equal tokens have equal lines: look at `<sep>` and at the
# padding. The second panel has just two kinds of lines. In the third, each
# line is different.

# %%
tokens = vocab.to_tokens(batch.token_ids[0])
figure, axes = plt.subplots(1, 4, figsize=(11, 6), sharey=True,
                            layout='constrained')
for axis, title, values in zip(
        axes, ('token', 'segment', 'position', 'their sum'),
        (X_token[0], X_segment[0], X_position, X[0])):
    image = axis.imshow(values, cmap='RdBu', vmin=-0.08, vmax=0.08,
                        aspect='auto', interpolation='none')
    axis.set(title=title, xlabel='which of the 24 numbers')
axes[0].set_yticks(range(max_len), tokens, fontsize=7)
figure.colorbar(image, ax=axes, label='value')
plt.show()

# %% [markdown]
# These numbers are drawn at random and will be learnt. For positions one
# may also use fixed waves, as the first Transformer did. They have nothing
# to learn, and near positions begin with similar vectors. For these, say
# `positions='sinusoidal'` when you make a model.

# %%
figure, axis = plt.subplots(figsize=(6, 3), layout='constrained')
image = axis.imshow(sinusoids(max_len, num_hiddens), cmap='RdBu', vmin=-1,
                    vmax=1, aspect='auto', interpolation='none')
axis.set(xlabel='which of the 24 numbers', ylabel='position')
figure.colorbar(image, label='value')
plt.show()

# %% [markdown]
# ## Attention
#
# Now the tokens look at each other. Each vector is turned into three: a
# *query*, which says what this token is looking for, a *key*, which says
# what it has to offer, and a *value*, which is what it hands over. The
# product of a query and a key is a score. A softmax turns the scores of a
# token into shares of 1, and the token takes that share of each value.
#
# With 4 heads, this happens four times side by side, with 24 / 4 = 6
# numbers for each head, so that a token may look for several things.
#
# Padding must not be looked at. So its scores are set to minus infinity,
# which the softmax makes 0.


# %%
def project(X, name):  # (batch, len, 24) -> (batch, heads, len, 6)
    layer = f'blks.0.attention.{name}'
    Y = X @ weights[f'{layer}.weight'].T + weights[f'{layer}.bias']
    return Y.reshape(*X.shape[:2], num_heads, -1).swapaxes(1, 2)


queries, keys, values = (project(X, name) for name in ('W_q', 'W_k', 'W_v'))
scores = queries @ keys.swapaxes(2, 3) / queries.shape[3] ** 0.5
is_token = np.arange(max_len) < batch.valid_lens[:, None]  # (batch, len)
scores = np.where(is_token[:, None, None, :], scores, -np.inf)
attention = softmax(scores.reshape(-1, max_len)).reshape(scores.shape)
mixed = attention @ values
print('queries  ', queries.shape)
print('scores   ', scores.shape)
print('attention', attention.shape)
print('mixed    ', mixed.shape)

# %%
valid_len = int(batch.valid_lens[0])
print('shares sum up to 1:', bool(np.allclose(attention.sum(3), 1)))
print('padding gets nothing:', bool((attention[0, ..., valid_len:] == 0)
                                    .all()))

# %% [markdown]
# Who looks at whom? A model that has learnt nothing has no preference. To
# see something we make the scores of the first head 100,000 times as large.
# What does not change is the white stripe: nobody looks at the padding.

# %%
strong = softmax((scores * 100_000).reshape(-1, max_len)).reshape(scores.shape)
figure, axes = plt.subplots(1, 2, figsize=(11, 5), layout='constrained')
for axis, title, shares in zip(axes, ('as it is', '100,000 times the scores'),
                               (attention, strong)):
    image = axis.imshow(shares[0, 0], cmap='Blues', vmin=0,
                        interpolation='none')
    axis.set_yticks(range(max_len), tokens, fontsize=6)
    axis.set_xticks(range(max_len), tokens, fontsize=6, rotation=90)
    axis.set(title=title, xlabel='is looked at', ylabel='looks')
    figure.colorbar(image, ax=axis, label='share of the attention',
                    shrink=0.7)
plt.show()

# %% [markdown]
# ## A block of the encoder
#
# The heads are put side by side again, (4, 32, 24), and pass one more
# layer. That result is *added* to what came in, and the sum is normalised,
# so that each vector has mean 0 and variance 1. Then comes a little network
# of two layers which treats every token by itself, and once more the result
# is added and normalised.


# %%
def dense(X, name):
    return X @ weights[f'{name}.weight'].T + weights[f'{name}.bias']


def add_and_norm(X, Y, name):
    Z = X + Y
    Z = (Z - Z.mean(2, keepdims=True)) / np.sqrt(
        Z.var(2, keepdims=True) + 1e-5)
    return Z * weights[f'{name}.scale'] + weights[f'{name}.shift']


joined = mixed.swapaxes(1, 2).reshape(X.shape)
Y = add_and_norm(X, dense(joined, 'blks.0.attention.W_o'), 'blks.0.addnorm1')
hidden = np.maximum(dense(Y, 'blks.0.ffn.dense1'), 0)  # ReLU
by_hand = add_and_norm(Y, dense(hidden, 'blks.0.ffn.dense2'),
                       'blks.0.addnorm2')
print('joined', joined.shape)
print('hidden', hidden.shape)
print('block ', by_hand.shape)

# %% [markdown]
# The block of the package does the same. Shapes in and out are equal, so
# blocks can be stacked: the real BERT has 12 or 24.

# %%
found = numbers(net.encoder.blks[0](tensor(X), tensor(batch.valid_lens)))
print(found.shape, 'same as by hand:', np.allclose(found, by_hand, atol=1e-3))

# %% [markdown]
# Embeddings and blocks together are the encoder. A row is (32, 24) on the
# way in and out, yet each vector now knows something of the others.

# %%
token_ids, segments, valid_lens, pred_positions, _, _, _ = map(tensor, batch)
encoded = numbers(net.encoder(token_ids, segments, valid_lens))
print(encoded.shape)

# %% [markdown]
# ## Does padding change anything?
#
# It must not: how long the other examples of a batch are is mere chance. So
# we write nonsense into the padding of every example and compare, once with
# `valid_lens` and once without.

# %%
rng = np.random.default_rng(0)
nonsense = rng.integers(len(vocab), size=batch.token_ids.shape)
spoilt = tensor(np.where(is_token, batch.token_ids, nonsense)
                .astype(batch.token_ids.dtype))
print((~is_token).sum(), 'tokens of padding in', is_token.size)
for name, lens in (('with valid_lens', valid_lens),
                   ('without', None)):
    before = numbers(net.encoder(token_ids, segments, lens))[is_token]
    after = numbers(net.encoder(spoilt, segments, lens))[is_token]
    print(f'{name:16} same vectors:',
          bool(np.allclose(before, after, rtol=0, atol=1e-5)))

# %% [markdown]
# ## Two heads
#
# Two small networks stand on top, one for each puzzle. The first takes the
# vectors at the positions that are to be predicted and gives a score for
# each word of the vocabulary. The second takes the vector of `<cls>`, which
# has had the chance to look at both sentences, and gives two scores: for
# *no* and for *yes, it is the next sentence*.

# %%
encoded_X, mlm_Y_hat, nsp_Y_hat = net(token_ids, segments, valid_lens,
                                      pred_positions)
print('vectors ', tuple(encoded_X.shape))
print('words   ', tuple(mlm_Y_hat.shape))
print('sentence', tuple(nsp_Y_hat.shape))

# %% [markdown]
# ## Two losses
#
# Both puzzles are scored by cross-entropy: minus the logarithm of the
# chance that the model gave to the right answer. If it finds all 656 words
# equally likely, that is log 656, and with two answers log 2. A fresh model
# should start near there. If it does not, something is wrong, and this is
# the cheapest test that there is.


# %%
def cross_entropies(scores, labels):  # (N, choices), (N,) -> (N,)
    return -np.log(softmax(scores)[np.arange(len(labels)), labels])


scores = numbers(mlm_Y_hat).reshape(-1, len(vocab))  # (batch * P, vocab)
labels, mlm_weights = batch.mlm_labels.ravel(), batch.mlm_weights.ravel()
each = cross_entropies(scores, labels)
mlm_l = (each * mlm_weights).sum() / mlm_weights.sum()
nsp_l = cross_entropies(numbers(nsp_Y_hat), batch.nsp_labels).mean()
print(f'words:     {mlm_l:.2f}, and log {len(vocab)} is {log(len(vocab)):.2f}')
print(f'sentences: {nsp_l:.2f}, and log 2 is {log(2):.2f}')

# %% [markdown]
# The sum of the two is what BERT learns to make small. The function that
# the book uses for it:

# %% tags=["torch"]
losses = d2l._get_batch_loss_bert(net, loss, len(vocab), *map(tensor, batch))

# %% tags=["mxnet"]
losses = [shards[0] for shards in d2l._get_batch_loss_bert(
    net, loss, len(vocab), *([tensor(column)] for column in batch))]

# %%
losses = [float(numbers(each)) for each in losses]
print([round(each, 2) for each in losses])
print('same as by hand:', np.allclose(
    losses, [mlm_l, nsp_l, mlm_l + nsp_l], atol=1e-4))

# %% [markdown]
# ## Why the weights matter
#
# A batch has room for 5 predictions in each example, and short examples
# have fewer. The rest is filled up with a label of 0 and a weight of 0. A
# label of 0 is a word, too: the first one of the vocabulary, whichever that
# is. So the loss is to be the *weighted mean*: each loss times its weight,
# summed, and divided by the sum of the weights.
#
# In the book's PyTorch code this goes wrong (issue 2582 of `d2l-en`).
# `CrossEntropyLoss()` returns the mean of all its losses, a single number.
# Only then come the weights, and a mean that is multiplied by weights and
# divided by their sum is the same mean again. So the padding counts.
#
# See what that does in a case of one prediction and four of padding:

# %%
five, one_of_five = np.array([6.0, 0.5, 0.5, 0.5, 0.5]), np.eye(5)[0]
print('weighted, then averaged:',
      (five * one_of_five).sum() / one_of_five.sum())
print('averaged, then weighted:',
      (five.mean() * one_of_five).sum() / one_of_five.sum())

# %% [markdown]
# The mistake rewards a model for guessing word 0 where it should not. To see
# how much, we take TinyWiki with examples of up to 64 tokens, and models
# that know how often each word occurs, but then add something to the score
# of word 0. The correct loss is lowest if nearly nothing is added. The other
# one wants the word to become a good deal more likely than it is.

# %%
examples, _ = load_splits(64, corpus='tiny')
columns, words = examples.columns, len(examples.vocab)
labels, mlm_weights = columns.mlm_labels.ravel(), columns.mlm_weights.ravel()
print(f'word 0 is {examples.vocab.to_tokens(0)!r}')
print(f'{np.mean(mlm_weights == 0):.0%} of the predictions are padding')
counts = np.bincount(labels[mlm_weights > 0], minlength=words) + 1
added = np.linspace(-2, 8, 101)
correct, averaged = [], []
for more in added:
    scores = np.log(counts) + more * (np.arange(words) == 0)
    each = np.log(np.exp(scores).sum()) - scores[labels]
    correct.append((each * mlm_weights).sum() / mlm_weights.sum())
    averaged.append(each.mean())
for name, losses in (('weighted, then averaged', correct),
                     ('averaged, then weighted', averaged)):
    best = int(np.argmin(losses))
    print(f'{name}: lowest where {added[best]:.1f} is added')

# %%
figure, axis = plt.subplots(figsize=(6, 3.2), layout='constrained')
for name, losses, style in (
        ('weighted, then averaged (correct)', correct, '-'),
        ('averaged, then weighted (the bug)', averaged, '--')):
    axis.plot(added, losses, style, label=name)
    best = int(np.argmin(losses))
    axis.plot(added[best], losses[best], 'ko', markersize=5)
axis.set(xlabel='added to the score of word 0', ylabel='loss in nats')
axis.legend()
plt.show()

# %% [markdown]
# The package computes the correct loss in both frameworks, whatever
# `CrossEntropyLoss` would average. It also saves work: a prediction of
# weight 0 is not computed at all.
#
# ## How large is it?
#
# Every weight has a name and a shape, and the product of a shape is how
# many numbers it holds.


# %%
def count_parameters(config):
    counts = {'embeddings': 0, 'blocks': 0, 'heads': 0}
    for name, shape in weight_shapes(config).items():
        part = ('embeddings' if 'embedding' in name else
                'blocks' if name.startswith('blks') else 'heads')
        counts[part] += int(np.prod(shape))
    return counts


sizes = {'here': net.config,
         'chapter': Config(20256, 128, 256, 2, 2, 0.2, 1000),
         'BERT base': Config(30522, 768, 3072, 12, 12, 0.1, 512)}
for name, config in sizes.items():
    parts = count_parameters(config)
    print(f'{name:10}', ' '.join(f'{part} {number:>11,}'
                                 for part, number in parts.items()),
          f' together {sum(parts.values()):>11,}')

# %% [markdown]
# In a small model nearly everything is vocabulary: a table on the way in
# and one on the way out. In BERT base most is in the blocks. The published
# model has about 110 million, fewer than here, since it uses one table for
# both ways.
#
# ## Save it, and load it anywhere
#
# A model file has the weights, the arguments that the model was made with,
# and the vocabulary. The format is safetensors: just numbers with names, so
# loading a file runs no code of a stranger.

# %%
net.vocab = vocab
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, 'bert.safetensors')
    d2l.save_bert(net, path)
    loaded = d2l.load_bert(path)
    file = load_model(path)
again = numbers(loaded.encoder(token_ids, segments, valid_lens))
print('same vectors:', bool(np.allclose(encoded, again, atol=1e-6)))
print('same words:', loaded.vocab.idx_to_token == vocab.idx_to_token)

# %% [markdown]
# The names in the file belong to neither PyTorch nor MXNet. `load_model`
# reads them into NumPy, with no framework at all, and each backend's
# `load_bert` reads what the other one's `save_bert` has written.

# %%
print(len(file.weights), 'weights, such as')
for name in ('token_embedding', 'blks.1.attention.W_q.weight',
             'mlm.words.weight', 'nsp.bias'):
    print(f'{name:28}', file.weights[name].shape, file.weights[name].dtype)
print(file.config)

# %% [markdown]
# ## Summary
#
# - A token's vector starts as the sum of three: of the token, its segment
#   and its position.
# - In each block all tokens look at each other, several heads at a time;
#   padding is left out by `valid_lens` and changes nothing.
# - One head guesses words from the vectors at the predicted positions, the
#   other one guesses from `<cls>` whether two sentences belong together.
# - Losses are weighted first and averaged then.
# - A model file can be read in both frameworks.
#
# ## Exercises
#
# 1. Exchange two words of an example, at positions i and j. Without
#    position vectors, what would the encoder's output for all other tokens
#    be? Set `weights['pos_embedding']` to 0 with `set_weights` (it lives
#    beside `get_weights`) and see whether you were right.
# 2. How many parameters does a model with `positions='sinusoidal'` have
#    fewer? Predict the number, then make one and count.
# 3. Give the model 1, 2, 8 or 24 heads. Which weights change their shape?
#    Why is 5 not allowed?
# 4. At which value of the loss of words does a model stop being as good as
#    one that only knows how frequent each word is? `unigram_loss` in
#    `d2l_bert.core.measuring` tells you. Compare it with log 656.
