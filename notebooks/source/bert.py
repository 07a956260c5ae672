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
# [BERT][paper] reads a sequence of [tokens][token] and returns a vector for
# each of them. The vector of a word depends on the words around it. This is
# the main idea: the *bank* of a river and the *bank* with the money have the
# same token id, but in the end they have different vectors. In this lesson we
# take a [batch][batch] through the model and look at the shape after each
# step:
#
#     token ids -> embeddings -> encoder blocks -> two heads -> two losses
#
# These are the steps of [section 15.8][book] of *Dive into Deep Learning*,
# with the losses of section 15.10. The model here has not learned anything
# yet; the next lesson trains it. It is far smaller than the real BERT, so you
# can change anything and see the result at once. The
# [glossary](../../docs/glossary.md) explains the terms.
#
# [paper]: https://arxiv.org/abs/1810.04805
# [book]: https://d2l.ai/chapter_natural-language-processing-pretraining/bert.html
# [token]: ../../docs/glossary.md#token
# [batch]: ../../docs/glossary.md#batch

# %% tags=["torch"]
import torch
from torch import nn

from d2l_bert import torch_backend as d2l

# %% tags=["mxnet"]
from d2l_bert import mxnet_backend as d2l

from mxnet import gluon, np as mxnet_np  # after d2l

# %%
import tempfile
from math import log
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from d2l_bert.core import (
    Config, load_model, load_splits, sinusoids, softmax, weight_shapes)

# %% tags=["torch"]
loss = nn.CrossEntropyLoss()
tensor = torch.as_tensor


def to_numpy(tensor):
    return tensor.detach().numpy()


# %% tags=["mxnet"]
loss = gluon.loss.SoftmaxCELoss()
tensor = mxnet_np.array


def to_numpy(tensor):
    return tensor.asnumpy()


# %% [markdown]
# `tensor` makes an array of the framework from a NumPy array, and `to_numpy`
# does the reverse. With these two, nearly all cells below are the same in
# PyTorch and MXNet.
#
# ## A batch
#
# We take four examples from TinyWiki, of at most 32 tokens. The last lesson
# explained the seven columns.

# %%
max_len = 32
train, valid = load_splits(max_len, corpus='tiny')
vocab = train.vocab
batch = train[[7, 9, 25, 41]]
for name, shape in batch.shapes().items():
    print(f'{name:15}', shape)
print(len(vocab), 'tokens in the vocabulary')

# %% [markdown]
# Now we make a small BERT with [hidden size][hidden] 24: every token becomes
# a vector of 24 numbers. It has 2 *blocks* with 4 *attention heads* each,
# which are explained below. `new_model` draws the parameters from a seed; the
# same seed gives the same parameters in both frameworks. We switch
# [dropout][dropout] off (0.0), because it would change the numbers at random.
#
# [hidden]: ../../docs/glossary.md#hidden-size
# [dropout]: ../../docs/glossary.md#dropout

# %%
num_hiddens, ffn_num_hiddens, num_heads, num_blks = 24, 48, 4, 2
net = d2l.new_model(0, len(vocab), num_hiddens, ffn_num_hiddens, num_heads,
                    num_blks, 0.0, max_len)
weights = d2l.get_weights(net)
for name in ('token_embedding', 'segment_embedding', 'pos_embedding'):
    print(f'{name:18}', weights[name].shape)

# %% [markdown]
# ## Embeddings
#
# A neural network cannot compute with the token id 517 itself: ids are only
# names. So three tables turn ids into vectors, called
# [embeddings](../../docs/glossary.md#embedding): one has a vector for each
# *token*, one for each of the two *segments*, and one for each *position*.
# The three vectors are added. Why do we need positions? Attention, the next
# step, ignores the order of the tokens. Without position embeddings,
# `dog bites man` and `man bites dog` would be the same to the model.
#
# Here are the three embeddings in NumPy:

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
# The plot shows them for the first example, one row for each token. In the
# first panel equal tokens have equal rows: look at `<sep>` and at the
# padding. The second panel has only two kinds of rows. In the third panel
# all rows are different.

# %%
tokens = vocab.to_tokens(batch.token_ids[0])
figure, axes = plt.subplots(1, 4, figsize=(8, 7), sharey=True,
                            layout='constrained')
for axis, title, values in zip(
        axes, ('token', 'segment', 'position', 'their sum'),
        (X_token[0], X_segment[0], X_position, X[0])):
    image = axis.imshow(values, cmap='RdBu', vmin=-0.08, vmax=0.08,
                        aspect='auto', interpolation='none')
    axis.set(title=title, xlabel='dimension')
axes[0].set_yticks(range(max_len), tokens)
figure.colorbar(image, ax=axes, label='value')
plt.show()

# %% [markdown]
# These numbers are random now and will be learned. For the positions there is
# another way: fixed sine and cosine waves, as in the first Transformer
# ([Attention Is All You Need](https://arxiv.org/abs/1706.03762)). They have no
# parameters to learn, and positions that are close to each other have similar
# vectors from the start. To use them, pass `positions='sinusoidal'` when you
# make a model.

# %%
figure, axis = plt.subplots(figsize=(6, 3), layout='constrained')
image = axis.imshow(sinusoids(max_len, num_hiddens), cmap='RdBu', vmin=-1,
                    vmax=1, aspect='auto', interpolation='none')
axis.set(xlabel='dimension', ylabel='position')
figure.colorbar(image, label='value')
plt.show()

# %% [markdown]
# ## Attention
#
# In attention each token collects information from the other tokens. Three
# linear layers turn each vector into three new ones:
#
# - a **query**: what this token is looking for;
# - a **key**: what this token offers to others;
# - a **value**: the information that it passes on.
#
# The dot product of a query and a key, divided by the square root of their
# size, is a *score*. A softmax turns the scores of one query into *attention
# weights*, which are positive and sum to 1. The result for the token is the
# weighted mean of all values.
#
# Here is a case that you can compute by hand. The words are `the moon rises`,
# and *rises* has the query [1, 0, 2, 1]. All vectors have size 4, so we divide
# by 2, the square root of 4:
#
# | word | key | dot product | score | exp(score) | weight |
# |---|---|---|---|---|---|
# | the | [0, 1, 0, 0] | 0+0+0+0 = 0 | 0/2 = 0 | 1.00 | 1.00/11.11 = 0.09 |
# | moon | [2, 1, 1, 0] | 2+0+2+0 = 4 | 4/2 = 2 | 7.39 | 7.39/11.11 = 0.67 |
# | rises | [0, 2, 0, 2] | 0+0+0+2 = 2 | 2/2 = 1 | 2.72 | 2.72/11.11 = 0.24 |
#
# Here 11.11 is the sum 1.00 + 7.39 + 2.72. So two thirds of the result for
# *rises* come from the value of *moon*. The code agrees:

# %%
query = np.array([1, 0, 2, 1])
three_keys = np.array([[0, 1, 0, 0], [2, 1, 1, 0], [0, 2, 0, 2]])
three_scores = three_keys @ query / 4 ** 0.5
print('scores ', three_scores)
print('weights', softmax(three_scores[None, :])[0].round(2))

# %% [markdown]
# Why are queries and keys different vectors? They come from the same token,
# but each layer has a matrix of its own, `W_q` and `W_k`. What a word looks
# for is not what it offers: *rises* looks for its subject, and *moon* offers
# to be one. With one matrix for both, two words would always have the same
# score for each other, in both directions.
#
# With 4 [attention heads](../../docs/glossary.md#attention-head) all this is
# done four times in parallel, each time with vectors of size 24 / 4 = 6. So a
# token can look for several things at once.
#
# [Padding](../../docs/glossary.md#padding) must get no attention. So the
# scores of its keys are set to minus infinity, and the softmax turns them into
# weights of 0.


# %%
def project(X, name):  # (batch, len, 24) -> (batch, heads, len, 6)
    layer = f'blks.0.attention.{name}'
    Y = X @ weights[f'{layer}.weight'].T + weights[f'{layer}.bias']
    return Y.reshape(*X.shape[:2], num_heads, -1).swapaxes(1, 2)


def attention_weights(queries, keys, is_token):  # is_token: (batch, len)
    scores = queries @ keys.swapaxes(2, 3) / queries.shape[3] ** 0.5
    scores = np.where(is_token[:, None, None, :], scores, -np.inf)
    return softmax(scores.reshape(-1, scores.shape[3])).reshape(scores.shape)


queries, keys, values = (project(X, name) for name in ('W_q', 'W_k', 'W_v'))
is_token = np.arange(max_len) < batch.valid_lens[:, None]  # (batch, len)
attention = attention_weights(queries, keys, is_token)
mixed = attention @ values  # (batch, heads, len, 6)
print('queries  ', queries.shape)
print('attention', attention.shape)
print('mixed    ', mixed.shape)
print('weights sum to 1:', bool(np.allclose(attention.sum(3), 1)))
is_padding = np.broadcast_to(~is_token[:, None, None, :], attention.shape)
print('padding gets 0:', bool((attention[is_padding] == 0).all()))

# %% [markdown]
# Which token attends to which? We look at a short pair with three positions
# of padding, and at the first head. A model that has learned nothing has no
# preference, so all weights in a row are nearly 1 / n for n tokens:

# %%
pair, pair_segments = d2l.get_tokens_and_segments(
    ['the', 'moon', 'rises'], ['then', 'the', 'sea', 'falls'])
n, labels = len(pair), [*pair, *['<pad>'] * 3]
pair_X = (weights['token_embedding'][vocab[labels]]
          + weights['segment_embedding'][[*pair_segments, 0, 0, 0]]
          + weights['pos_embedding'][:n + 3])[None, :]
pair_queries, pair_keys = project(pair_X, 'W_q'), project(pair_X, 'W_k')
pair_is_token = np.arange(n + 3)[None, :] < n
seen = attention_weights(pair_queries, pair_keys, pair_is_token)[0, 0]
print(f'all close to 1 / {n}:',
      bool(np.allclose(seen[:, :n], 1 / n, atol=1e-4)))

# %% [markdown]
# To see a pattern, we multiply the queries by 100,000. Each row of the plot is
# a query, and its colours are the attention weights of the row: the darker,
# the more. Grey is exactly 0. No token attends to padding, so the columns of
# the padding are grey. The pattern has no meaning yet: it is as random as the
# parameters.
#
# But the last three rows are not grey: padding itself attends to the tokens.
# Every position has a query, and the weights of each row must sum to 1. This
# does no harm. What these rows collect stays in them: no token ever looks at
# padding, in any block, and nothing is predicted from the vectors there.

# %%
strong = attention_weights(100_000 * pair_queries, pair_keys,
                           pair_is_token)[0, 0]
figure, axis = plt.subplots(figsize=(7.5, 6.2), layout='constrained')
image = axis.imshow(
    np.where(strong > 0, strong, np.nan), vmin=0, interpolation='none',
    cmap=plt.colormaps['YlGnBu'].with_extremes(bad='lightgrey'))
axis.set_yticks(range(n + 3), labels, fontsize=11)
axis.set_xticks(range(n + 3), labels, fontsize=11, rotation=90)
axis.set(xlabel='attended to (key)', ylabel='attending (query)')
figure.colorbar(image, label='attention weight')
plt.show()

# %% [markdown]
# ## A block of the encoder
#
# The results of the heads are concatenated again, (4, 32, 24), and go through
# one more linear layer. Then the input of the attention is *added* (a
# *residual connection*), and the sum is normalised
# ([layer normalisation][norm]): each vector gets mean 0 and variance 1. After
# this comes the [feed-forward network][ffn]: two layers that treat each token
# separately. Here its *feed-forward size*, the number of values between the
# two layers, is 48. Its input is added again, and the sum is normalised.
#
# [norm]: ../../docs/glossary.md#layer-normalisation
# [ffn]: ../../docs/glossary.md#feed-forward-network


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
# The block of the package gives the same result. Its input and its output
# have the same shape, so blocks can be stacked. The real BERT has 12 or 24.

# %%
found = to_numpy(net.encoder.blks[0](tensor(X), tensor(batch.valid_lens)))
print(found.shape, 'same as by hand:', np.allclose(found, by_hand, atol=1e-3))

# %% [markdown]
# The embeddings and the blocks together are the *encoder*. Each row is still
# (32, 24), but now each vector depends on the other tokens: it is a
# *contextual* vector.

# %%
token_ids, segments, valid_lens, pred_positions, _, _, _ = map(tensor, batch)
encoded = to_numpy(net.encoder(token_ids, segments, valid_lens))
print(encoded.shape)

# %% [markdown]
# ## Does padding change anything?
#
# It must not: an example must not depend on how long the others in its batch
# are. We test this. We write random tokens into the padding of every example
# and compare the vectors, once with `valid_lens` and once without.

# %%
rng = np.random.default_rng(0)
random_ids = rng.integers(len(vocab), size=batch.token_ids.shape)
changed = tensor(np.where(is_token, batch.token_ids, random_ids)
                 .astype(batch.token_ids.dtype))
print((~is_token).sum(), 'tokens of padding in', is_token.size)
for name, lens in (('with valid_lens', valid_lens),
                   ('without', None)):
    before = to_numpy(net.encoder(token_ids, segments, lens))[is_token]
    after = to_numpy(net.encoder(changed, segments, lens))[is_token]
    print(f'{name:16} same vectors:',
          bool(np.allclose(before, after, rtol=0, atol=1e-5)))

# %% [markdown]
# ## Two heads
#
# A *head* is a small network on top of the encoder. (It has nothing to do
# with an attention head.) There is one for each task. The MLM head, for
# masked language modelling, takes the vectors at the positions to predict. It
# returns a [logit](../../docs/glossary.md#logits) for each word of the
# [vocabulary](../../docs/glossary.md#vocabulary). Logits are real numbers, and
# a softmax turns them into probabilities. The NSP head, for next-sentence
# prediction, takes the vector of `<cls>`, which can collect information from
# both sentences. It returns two logits: for *not next* and for *next*.

# %%
encoded_X, mlm_Y_hat, nsp_Y_hat = net(token_ids, segments, valid_lens,
                                      pred_positions)
print('vectors   ', tuple(encoded_X.shape))
print('MLM logits', tuple(mlm_Y_hat.shape))
print('NSP logits', tuple(nsp_Y_hat.shape))

# %% [markdown]
# ## Two losses
#
# The loss of both tasks is the
# [cross-entropy](../../docs/glossary.md#cross-entropy): minus the logarithm of
# the probability that the model gives to the correct answer. If all 656 words
# have the same probability, this is log 656. With two answers it is log 2. A
# new model should start near these values. If it does not, there is a bug.
# No test is cheaper.


# %%
def cross_entropies(logits, labels):  # (N, classes), (N,) -> (N,)
    return -np.log(softmax(logits)[np.arange(len(labels)), labels])


logits = to_numpy(mlm_Y_hat).reshape(-1, len(vocab))  # (batch * P, vocab)
labels, mlm_weights = batch.mlm_labels.ravel(), batch.mlm_weights.ravel()
each = cross_entropies(logits, labels)
mlm_l = (each * mlm_weights).sum() / mlm_weights.sum()
nsp_l = cross_entropies(to_numpy(nsp_Y_hat), batch.nsp_labels).mean()
print(f'MLM: {mlm_l:.2f}, and log {len(vocab)} is {log(len(vocab)):.2f}')
print(f'NSP: {nsp_l:.2f}, and log 2 is {log(2):.2f}')

# %% [markdown]
# Pretraining minimises the sum of the two losses. This is the function that
# the book uses:

# %% tags=["torch"]
losses = d2l._get_batch_loss_bert(net, loss, len(vocab), *map(tensor, batch))

# %% tags=["mxnet"]
losses = [shards[0] for shards in d2l._get_batch_loss_bert(
    net, loss, len(vocab), *([tensor(column)] for column in batch))]

# %%
losses = [float(to_numpy(each)) for each in losses]
print([round(each, 2) for each in losses])
print('same as by hand:', np.allclose(
    losses, [mlm_l, nsp_l, mlm_l + nsp_l], atol=1e-4))

# %% [markdown]
# ## Why the weights matter
#
# Each example has room for 5 predictions, and short examples have fewer. The
# rest is padding, with label 0 and weight 0. But 0 is also the token id of a
# word, the first one of the vocabulary. So the padding must not count: the
# loss has to be the *weighted mean*. Multiply each loss by its weight, add
# them up, and divide by the sum of the weights. (These weights,
# `mlm_weights`, are not the model's parameters, which are called
# [weights](../../docs/glossary.md#weights), too.)
#
# The book's PyTorch code has a bug here
# ([issue 2582](https://github.com/d2l-ai/d2l-en/issues/2582) of `d2l-en`).
# `CrossEntropyLoss()` returns the mean of all losses, a single number. The
# book applies the weights after that. To multiply a mean by the weights and
# divide by their sum gives the same mean again. So padding counts.
#
# Here is a small case, with one prediction and four positions of padding:

# %%
five, one_of_five = np.array([6.0, 0.5, 0.5, 0.5, 0.5]), np.eye(5)[0]
print('first weights, then mean:',
      (five * one_of_five).sum() / one_of_five.sum())
print('first mean, then weights:',
      (five.mean() * one_of_five).sum() / one_of_five.sum())

# %% [markdown]
# With the bug, the model is rewarded when it predicts word 0 too often. How
# much? We take TinyWiki with examples of up to 64 tokens, and
# [unigram models](../../docs/glossary.md#unigram-model): the probability of a
# word is its frequency. Then we add a number to the logit of word 0. The
# correct loss is lowest when this number is close to 0. The wrong loss is
# lowest when word 0 is far more likely than it should be.

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
    logits = np.log(counts) + more * (np.arange(words) == 0)
    each = np.log(np.exp(logits).sum()) - logits[labels]
    correct.append((each * mlm_weights).sum() / mlm_weights.sum())
    averaged.append(each.mean())
for name, losses in (('first weights, then mean', correct),
                     ('first mean, then weights', averaged)):
    best = int(np.argmin(losses))
    print(f'{name}: lowest where {added[best]:.1f} is added')

# %%
figure, axis = plt.subplots(figsize=(6, 3.2), layout='constrained')
for name, losses, style in (
        ('first weights, then mean (correct)', correct, '-'),
        ('first mean, then weights (the bug)', averaged, '--')):
    axis.plot(added, losses, style, label=name)
    best = int(np.argmin(losses))
    axis.plot(added[best], losses[best], 'ko', markersize=5)
axis.set(xlabel='added to the logit of word 0', ylabel='loss in nats')
axis.legend()
plt.show()

# %% [markdown]
# The package computes the correct loss in both frameworks. It also saves
# work: it computes no logits for a prediction of weight 0.
#
# ## How many parameters?
#
# Every parameter array has a name and a shape. The product of the shape is
# how many numbers it has.


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
          f' sum {sum(parts.values()):>11,}')

# %% [markdown]
# In a small model nearly all parameters belong to the vocabulary: one table
# at the input and one at the output. In BERT base most are in the blocks. The
# published BERT base has about 110 million, fewer than our count, because it
# uses the same table for input and output (*weight tying*).
#
# ## Save it, and load it anywhere
#
# A model file has the parameters, the arguments that the model was made with,
# and the vocabulary. Its format is safetensors, which holds only named arrays.
# So it is safe to load a file from a stranger: no code is run.

# %%
net.vocab = vocab
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, 'bert.safetensors')
    d2l.save_bert(net, path)
    loaded = d2l.load_bert(path)
    file = load_model(path)
again = to_numpy(loaded.encoder(token_ids, segments, valid_lens))
print('same vectors:', bool(np.allclose(encoded, again, atol=1e-6)))
print('same words:', loaded.vocab.idx_to_token == vocab.idx_to_token)

# %% [markdown]
# The names in the file do not depend on PyTorch or MXNet. `load_model` reads
# the file into NumPy arrays, without any framework. And `load_bert` of each
# backend reads what `save_bert` of the other one has written.

# %%
print(len(file.weights), 'arrays, for example')
for name in ('token_embedding', 'blks.1.attention.W_q.weight',
             'mlm.words.weight', 'nsp.bias'):
    print(f'{name:28}', file.weights[name].shape, file.weights[name].dtype)
print(file.config)

# %% [markdown]
# ## Summary
#
# - The input vector of a token is the sum of three embeddings: token, segment
#   and position.
# - In each block every token attends to all others, with several attention
#   heads. With `valid_lens`, padding gets no attention and changes nothing.
# - The MLM head predicts the masked words from the vectors at their
#   positions. The NSP head predicts from `<cls>` whether the second sentence
#   follows the first.
# - First multiply each loss by its weight, then take the mean.
# - A model file can be read in both frameworks.
#
# ## Exercises
#
# 1. Exchange two words of an example, at positions i and j. Without position
#    embeddings, how would the encoder's output for all other tokens change?
#    Set `weights['pos_embedding']` to 0, call `d2l.set_weights(net, weights)`
#    and check your answer.
# 2. How many parameters fewer does a model with `positions='sinusoidal'`
#    have? Predict the number, then make such a model and count.
# 3. Make models with 1, 2, 8 and 24 attention heads. Which arrays change
#    their shape? Why is 5 not allowed?
# 4. Compute the unigram baseline of TinyWiki with `unigram_loss` from
#    `d2l_bert.core`, and compare it with log 656. What has a model learned
#    whose MLM loss is between the two?
