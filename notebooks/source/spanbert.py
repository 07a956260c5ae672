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
# # SpanBERT: hide spans, and predict them from their borders
#
# [SpanBERT][paper] (Joshi and others, 2020) is BERT's encoder with another
# objective. BERT hides single tokens. SpanBERT hides *spans*: several words
# in a row. And it predicts each hidden token twice: from its own vector, as
# BERT does, and from the two tokens beside the span. In this lesson we make
# the examples, compute the new loss by hand, train a small model, and compare
# the two objectives on the same text:
#
#     documents -> runs of sentences -> hidden spans -> two predictions a token
#
# The text is **TinyWiki**, which comes with the package, so no network is
# needed. It helps to know the lessons `bert-dataset` and `bert-pretraining`
# first. The [glossary](../../docs/glossary.md) explains the terms.
#
# [paper]: https://arxiv.org/abs/1907.10529

# %% tags=["torch"]
import torch

from d2l_bert import torch_backend as d2l

array = torch.tensor  # makes a tensor of a NumPy array

# %% tags=["mxnet"]
from d2l_bert import mxnet_backend as d2l

from mxnet import np as mxnet_np  # after d2l


def array(numbers):
    """Make an array of MXNet of a NumPy array."""
    return mxnet_np.array(numbers, dtype=numbers.dtype)


# %%
import csv
import textwrap
from collections import Counter
from math import erf, log

import matplotlib.pyplot as plt
import numpy as np

from d2l_bert.core import (
    Vocab, exact_match, f1_score, find_corpus, load_paragraphs,
    load_questions, load_spanbert_examples, load_spanbert_splits,
    mark_entities, normalize_answer, read_documents, saved_run, softmax,
    span_length_probs, unigram_loss)

# %% [markdown]
# ## Why single tokens are too easy
#
# The Denver Broncos are a football team. If only *Broncos* is hidden, this
# word is easy to predict, because few words follow *Denver*. A model that has
# learned this one pair of words is right, and need not read the rest of the
# sentence. If both words are hidden, the sentence itself must tell which team
# is meant. This is harder, and closer to what questions ask for.
#
# TinyWiki has no Broncos, but it has pairs of this kind. How often does the
# second word follow the first?

# %%
documents = read_documents(find_corpus('tiny').files)
sentences = [sentence.split() for document in documents
             for sentence in document]
first = Counter(word for sentence in sentences for word in sentence[:-1])
pairs = Counter(pair for sentence in sentences
                for pair in zip(sentence, sentence[1:]))
for pair in (('nineteenth', 'century'), ('thousands', 'of'),
             ('learned', 'to'), ('the', 'century')):
    print(f"after '{pair[0]}' comes '{pair[1]}': {pairs[pair]} times in "
          f'{first[pair[0]]}')

# %% [markdown]
# Here is the same text, masked by BERT's rule and by SpanBERT's. The argument
# `scheme` chooses: `'subword'` hides single tokens, and `'span'` hides spans.
# A blank stands for each hidden token. (With `min_freq=1` all words of this
# small text are in the vocabulary. The `<unk>` that you see, for a rare name,
# is in TinyWiki itself.)

# %%
examples = {scheme: load_spanbert_examples(64, corpus='tiny', seed=0,
                                           scheme=scheme, min_freq=1)
            for scheme in ('subword', 'span')}
vocab = examples['span'].vocab


def with_blanks(example):
    """Return an example's text with blanks, and the words behind them."""
    tokens = vocab.to_tokens(example.token_ids[:int(example.valid_lens)])
    real = example.mlm_weights > 0
    for position in example.pred_positions[real]:
        tokens[position] = '____'
    return tokens[1:-1], vocab.to_tokens(example.mlm_labels[real])


for scheme, some in examples.items():
    tokens, hidden = with_blanks(some[2, 356])
    print(f'{scheme}:', ' '.join(tokens[:32]), '...')
    print('    hidden:', ', '.join(hidden))

# %% [markdown]
# In the first text *century* is easy: it follows *sixteenth*. In the second
# text *the eighteenth century* is hidden as a whole. To predict it, a model
# must know when the botanist lived, or at least that a time is meant. Both
# texts have the same number of blanks, but the blanks stand differently. How
# many hidden tokens still have a visible neighbour?

# %%
print('         left neighbour visible   both neighbours visible')
for scheme, some in examples.items():
    columns = some.columns
    row, k = columns.mlm_weights.nonzero()  # (K,) (K,)
    position = columns.pred_positions[row, k]
    hidden = np.zeros(columns.token_ids.shape, bool)
    hidden[row, position] = True
    left = ~hidden[row, position - 1]
    right = ~hidden[row, position + 1]
    print(f'{scheme:8}{left.mean():17.0%}{(left & right).mean():25.0%}')

# %% [markdown]
# ## How long is a span?
#
# The length of a [span](../../docs/glossary.md#span) is random. It follows a
# *geometric law*: start with one word, and add another one with probability
# 0.8, again and again. Lengths above 10 words are cut off, and the ten
# probabilities that are left are divided by their sum.

# %%
probs = span_length_probs(p=0.2, max_span=10)
lengths = np.arange(1, 11)
print(' '.join(f'{length:6}' for length in lengths))
print(' '.join(f'{prob:6.4f}' for prob in probs))
print(f'mean {np.dot(lengths, probs):.3f} words')

# %% [markdown]
# Short spans are more likely, but long ones are not rare. We draw 100,000
# lengths and compare. The black bars show the law, plus and minus five
# standard deviations. If the draws follow the law, a share lies outside of
# its bar about once in two million cases. The plot on the right shows the
# spans in TinyWiki's examples.

# %%
num_draws = 100_000
draws = np.random.default_rng(0).choice(lengths, num_draws, p=probs)
shares = np.bincount(draws, minlength=11)[1:] / num_draws
bars = 5 * np.sqrt(np.multiply(probs, np.subtract(1, probs)) / num_draws)
print('all shares within five standard deviations:',
      bool((abs(shares - probs) < bars).all()))

columns = examples['span'].columns
begins = columns.span_offsets == 1  # the first token of each span
found = (columns.span_right - columns.span_left - 1)[begins]  # (spans,)
print(f'spans in the examples: {len(found)}, mean {found.mean():.2f} words')

# %%
figure, axes = plt.subplots(1, 2, figsize=(8, 3), sharey=True,
                            layout='constrained')
axes[0].bar(lengths, shares, color='tab:blue', alpha=0.6)
axes[0].errorbar(lengths, probs, yerr=bars, fmt='none', ecolor='black',
                 capsize=5)
axes[1].bar(lengths, np.bincount(found, minlength=11)[1:] / len(found),
            color='tab:orange', alpha=0.6)
axes[1].plot(lengths, probs, 'k_', markersize=12, label='the law')
axes[1].legend()
for axis, title in zip(axes, ('100,000 draws', "TinyWiki's examples")):
    axis.set(title=title, xlabel='words in a span', xticks=lengths)
axes[0].set_ylabel('share of the spans')
plt.show()

# %% [markdown]
# Why are the spans on the right shorter? An example has a *budget*: 15 % of
# its tokens, rounded down, are hidden, and never more. With 64 tokens this is
# nine. Spans are drawn until the budget is used. A span that would exceed it
# is cut, and so is one that runs into another span or into the end of the
# text. So no example has ten hidden words, and the mean is below 3.8. In the
# paper an example has up to 512 tokens, and the budget cuts fewer spans.
#
# ## One example
#
# Jupyter displays an example as a table and as text, with its spans and their
# *borders*, the tokens on both sides:

# %%
examples['span'][2, 356]

# %% [markdown]
# The next picture shows the beginning of the same example. Blue tokens are
# borders, orange ones are hidden. A hidden token has its *offset*, its place
# in the span, counted from 1.


# %%
def draw_spans(example, count, per_row=7):
    """Draw the first tokens of an example, its spans and their borders."""
    real = example.mlm_weights > 0
    offsets = dict(zip(example.pred_positions[real].tolist(),
                       example.span_offsets[real].tolist()))
    labels = dict(zip(example.pred_positions[real].tolist(),
                      vocab.to_tokens(example.mlm_labels[real])))
    borders = {*example.span_left[real].tolist(),
               *example.span_right[real].tolist()}
    rows = -(-count // per_row)
    figure, axis = plt.subplots(figsize=(8, 0.75 * rows),
                                layout='constrained')
    for i, token in enumerate(vocab.to_tokens(example.token_ids[:count])):
        x, y = i % per_row, -(i // per_row)
        colour = ('tab:orange' if i in labels else
                  'tab:blue' if i in borders else 'lightgrey')
        axis.add_patch(plt.Rectangle((x, y), 0.95, 0.82, color=colour,
                                     alpha=0.35))
        middle = x + 0.475
        axis.text(middle, y + (0.56 if i in labels else 0.41), token,
                  ha='center', va='center', fontsize=10)
        if i in labels:
            axis.text(middle, y + 0.2, f'{offsets[i]}  {labels[i]}',
                      ha='center', va='center', fontsize=9.5, weight='bold')
    axis.set(xlim=(0, per_row), ylim=(1 - rows, 1))
    axis.axis('off')
    plt.show()


draw_spans(examples['span'][2, 356], 28)

# %% [markdown]
# Three rules are worth knowing:
#
# - **Whole words.** A tokenizer may cut a word into pieces, such as `run` and
#   `##ning`. A span never cuts a word: it has all of its pieces.
# - **80, 10, 10, for a whole span.** BERT draws for each token whether it
#   becomes `<mask>`, becomes a random word, or stays. SpanBERT draws once for
#   a span, and all its tokens share the result.
# - **New masks in each epoch.** They are [keyed][keyed]: each depends on the
#   seed, the epoch and the number of the example only.
#
# We count the spans of TinyWiki. A span is *mixed* if some of its tokens are
# `<mask>` and others are not:
#
# [keyed]: ../../docs/glossary.md#keyed-randomness

# %%
row, k = columns.mlm_weights.nonzero()
shown = columns.token_ids[row, columns.pred_positions[row, k]]  # (K,)
masked = shown == vocab['<mask>']
same = shown == columns.mlm_labels[row, k]
number = np.cumsum(columns.span_offsets[row, k] == 1) - 1  # of its span
sizes = np.bincount(number)
kinds = Counter()
for size, masks, sames in zip(sizes, np.bincount(number, masked),
                              np.bincount(number, same)):
    kinds['masked' if masks == size else 'mixed' if masks else
          'unchanged' if sames == size else 'random'] += 1
for kind in ('masked', 'random', 'unchanged', 'mixed'):
    print(f'{kind:10}{kinds[kind] / len(sizes):5.0%}')

# %% [markdown]
# ## Documents, and two ways to fill an example
#
# BERT reads two sentences, and predicts whether the second follows the first.
# SpanBERT has no [next-sentence prediction][nsp]. It reads *one* run of
# sentences of the same [document](../../docs/glossary.md#document), as many as
# fit. A document is a whole article, not a paragraph. For comparisons the
# package can do both: `packing='single'` is SpanBERT's way, and
# `packing='pair'` is BERT's.
#
# [nsp]: ../../docs/glossary.md#next-sentence-prediction

# %%
print(len(documents), 'documents,', len(load_paragraphs('tiny')),
      'paragraphs')
for packing in ('single', 'pair'):
    columns = load_spanbert_examples(64, corpus='tiny', seed=0,
                                     packing=packing).columns
    print(f'{packing}: {len(columns.token_ids)} examples, '
          f'{columns.valid_lens.mean():.0f} tokens, '
          f'{columns.mlm_weights.sum(axis=1).mean():.1f} of them hidden')

# %% [markdown]
# A run is longer than a pair, so a hidden token has more context. And all of
# it is about the same topic. In about half of the pairs the second sentence is
# a random one, mostly from another document, and helps little.
#
# `load_data_spanbert` returns a loader of batches. These are the columns: the
# first six are BERT's, then come four that are new. `nsp_labels` is used in
# pairs only.

# %%
train_iter, tiny_vocab = d2l.load_data_spanbert(32, 64, corpus='tiny',
                                                seed=0)
batch = next(iter(train_iter))
for name, column in zip(batch._fields, batch):
    print(f'{name:15}', tuple(column.shape))

# %% [markdown]
# `span_left` and `span_right` are the positions of the two borders, and
# `span_offsets` the place in the span. All tokens of a span have the same
# borders. `sbo_weights` is 1 for a prediction from two borders, and 0 for
# padding.
#
# ## The span boundary objective, by hand
#
# What is to be predicted from the borders? Each token of the span. The model
# takes three vectors: the encoder's vectors of the left border and of the
# right border, and an [embedding](../../docs/glossary.md#embedding) of the
# offset. The offset says *which* token of the span is wanted; the borders are
# the same for all of them. The vectors of the span itself are not used:
#
#     h0 = [x_left; x_right; p_offset]      the three, one after the other
#     h1 = LayerNorm(GELU(W1 h0 + b1))
#     h2 = LayerNorm(GELU(W2 h1 + b2))
#     scores = E h2 + b                     E: the embeddings of all tokens
#
# This is the [span boundary objective][sbo], SBO for short. If the borders
# are to know what is between them, the encoder must collect it there.
#
# We compute it for one token with a tiny model: its
# [hidden size](../../docs/glossary.md#hidden-size) is three, so each of the
# three vectors has three numbers. The hidden span is *denver broncos*, and we
# predict its second word.
#
# [sbo]: ../../docs/glossary.md#span-boundary-objective

# %%
words = ['broncos', 'denver', 'game', 'the', 'won']
toy_vocab = Vocab(words, 0, ['<pad>', '<mask>', '<cls>', '<sep>'])
text = ['<cls>', 'the', '<mask>', '<mask>', 'won', 'the', 'game', '<sep>']
toy = d2l.new_model(0, len(toy_vocab), num_hiddens=3, ffn_num_hiddens=6,
                    num_heads=1, num_blks=1, dropout=0, max_len=8,
                    kind='spanbert', offset_size=3, max_offset=4)
# New weights are close to 0. Larger ones make the example easier to read.
d2l.set_weights(toy, {
    name: weight * 40 if weight.ndim == 2 else weight
    for name, weight in d2l.get_weights(toy).items()})
weights = d2l.get_weights(toy)  # NumPy's

# What the encoder says, here simply drawn: a vector for each token.
X = np.random.default_rng(1).normal(size=(1, 8, 3)).astype(np.float32)
left, right, offset = 1, 4, 2  # the borders 'the' and 'won'; second token
x_left, x_right = X[0, left], X[0, right]
p_offset = weights['sbo.offset_embedding'][offset - 1]
for name, vector in (('x_left', x_left), ('x_right', x_right),
                     ('p_offset', p_offset)):
    print(f'{name:10}', vector.round(2))


# %%
def gelu(x):
    return np.array([v * (1 + erf(v / 2 ** 0.5)) / 2 for v in x])


def layer_norm(x):  # its scale is 1 and its shift 0 in a new model
    return (x - x.mean()) / np.sqrt(x.var() + 1e-5)


h0 = np.concatenate([x_left, x_right, p_offset])  # (9,)
h1 = layer_norm(gelu(weights['sbo.dense1.weight'] @ h0))  # (3,)
h2 = layer_norm(gelu(weights['sbo.dense2.weight'] @ h1))  # (3,)
scores = weights['token_embedding'] @ h2 + weights['sbo.words.bias']
print('h1', h1.round(2))
print('h2', h2.round(2))
for token, score, prob in zip(toy_vocab.idx_to_token, scores,
                              softmax(scores[None])[0]):
    print(f'{token:8}{score:7.2f}{prob:7.0%}')

# %% [markdown]
# (The biases b1 and b2 of a new model are 0, so we left them out.) The
# probabilities mean nothing yet, as nothing has been learned. The model's
# head `sbo` does the same for a whole batch. It takes the vectors, and for
# each prediction its two borders and its offset:


# %%
def boundary_scores(X):
    """Return the head's scores for both tokens of the span, (2, 9)."""
    left, right, offsets = ([[1, 1]], [[4, 4]], [[1, 2]])
    return np.array(toy.sbo(array(X), *(
        array(np.array(each)) for each in (left, right, offsets))
        ).tolist())[0]


print('the same scores:', np.allclose(boundary_scores(X)[1], scores,
                                      atol=1e-5))
print('the same for offset 1:', np.allclose(boundary_scores(X)[0], scores,
                                            atol=1e-5))

# %% [markdown]
# Is there a leak? We change the vectors inside the span, and nothing else. The
# scores stay the same. If we change a border, they do not:

# %%
inside, beside = X.copy(), X.copy()
inside[:, 2:4] += 1
beside[:, 4] += (1, 0, 0)
print('other vectors in the span, other scores:',
      not np.allclose(boundary_scores(inside), boundary_scores(X)))
print('other vector at a border, other scores:',
      not np.allclose(boundary_scores(beside), boundary_scores(X)))

# %% [markdown]
# In a real model the encoder stands before the head. There the borders do
# see the places inside the span, but at these places stands `<mask>`.
#
# ## Two losses
#
# A hidden token is predicted twice, so it has two losses. `losses` of a model
# returns them by name, each with its sum and with the weight to divide it by.
# `mlm` is BERT's loss, from the token's own vector, and `sbo` is the new one.
# The model is trained on their sum.


# %%
def new_net(vocab, max_len):
    return d2l.new_model(0, len(vocab), num_hiddens=64, ffn_num_hiddens=128,
                         num_heads=4, num_blks=2, dropout=0.1,
                         max_len=max_len, kind='spanbert')


for name, loss in new_net(tiny_vocab, 64).losses(batch).items():
    print(f'{name}: {float(loss.weight):.0f} tokens, '
          f'mean loss {loss.sum.item() / float(loss.weight):.1f}')
print(f'log {len(tiny_vocab)} = {log(len(tiny_vocab)):.1f}')

# %% [markdown]
# A new model gives all tokens about the same probability, and the losses tell
# us so.
#
# ## A small SpanBERT
#
# `pretrain` is the loop of the lesson on pretraining. It works by the names
# of the losses, so it needs no change.

# %%
train, valid = load_spanbert_splits(64, corpus='tiny', seed=0)
net = new_net(train.vocab, 160)  # long enough for the questions below
rows = d2l.pretrain(net, train, valid, watch=d2l.live_losses(), steps=40,
                    batch_size=32, learning_rate=3e-3, warmup=8,
                    eval_every=10)

# %%
baseline = unigram_loss(train, valid)
print(f'unigram baseline: {baseline:.1f}')
print('close to it after 40 steps:', all(
    abs(rows[-1][f'valid_{name}_loss'] - baseline) < 0.3
    for name in ('mlm', 'sbo')))

# %% [markdown]
# Both losses come down to the [unigram baseline][unigram] and stop there. You
# know this stage: the model has learned how frequent the words are. It has
# read 24,000 words. The paper's models read the text of BERT, more than three
# billion.
#
# What do the two heads predict? `fill_span` takes several `<mask>` in a row
# as one span. For each of them it returns the predictions of both heads:
# `masked` from the token's own vector, `boundary` from the borders.
#
# [unigram]: ../../docs/glossary.md#unigram-baseline

# %%
text = 'in the <mask> <mask> , many people moved to the city .'
blanks = d2l.fill_span(net, text, k=4)
figure, axes = plt.subplots(2, 2, figsize=(7, 3.6), layout='constrained',
                            sharex=True)
for place, (blank, pair) in enumerate(zip(blanks, axes.T), 1):
    for axis, name, colour in zip(pair, ('masked', 'boundary'),
                                  ('tab:blue', 'tab:orange')):
        predictions = getattr(blank, name)
        axis.barh([each.token for each in predictions],
                  [each.probability for each in predictions], color=colour,
                  alpha=0.6)
        axis.invert_yaxis()
        axis.set_title(f'blank {place}, head {name}', fontsize=11)
    axis.set_xlabel('probability')
plt.show()

# %%
best = {tuple(each.token for each in predictions[:2])
        for blank in blanks for predictions in blank}
print('the same two best tokens each time:', len(best) == 1)

# %% [markdown]
# All four predictions are nearly the same, and have nothing to do with the
# sentence. The first is `<unk>`, which stands for all rare words together and
# so is very frequent. Forty steps on a tiny text teach no more than this. To
# find *nineteenth century* for these blanks, a model needs far more text and
# time.

# %% [markdown]
# ## What it is for: choosing spans
#
# In [extractive question answering][qa] the answer is a span of a given
# passage. The model reads both as one sequence,
#
#     <cls> passage <sep> question <sep>
#
# and two linear classifiers give each position two scores: one for the start
# of the answer, one for its end. The best span from a start to an end is the
# answer. Some questions have no answer in the passage. Then the model is to
# point to `<cls>`, twice.
#
# The classifiers are new. They are trained together with the pretrained
# encoder, on questions with known answers: this is called
# [fine-tuning][tuning]. The paper uses SQuAD, whose questions people wrote.
# For this lesson the package makes questions from TinyWiki, by templates. A
# question without an answer is a real question about another passage, which
# has words in common with it.
#
# [qa]: ../../docs/glossary.md#extractive-question-answering
# [tuning]: ../../docs/glossary.md#fine-tuning

# %%
train_questions, test_questions = load_questions('tiny')
print(len(train_questions), 'questions for training,', len(test_questions),
      'for the test, on other articles')
for each in train_questions[4:9]:
    print('Q:', each.question)
    print('A:', *each.answers or ['(not in the passage)'])

# %% [markdown]
# We fine-tune our small model on 16 of them: eight questions with an answer,
# and the same eight questions without.

# %%
few = train_questions[:16]
qa_net, rows = d2l.finetune_qa(net, few, steps=60, batch_size=16,
                               learning_rate=5e-3)
question = few[4]
found = d2l.answer(qa_net, question.passage, question.question)
print(textwrap.fill(question.passage, 79))
print('Q:', question.question)
print('A:', found.text)
print(question.passage[found.start:found.end] == found.text)

# %% [markdown]
# ## Exact match and F1, by hand
#
# When is an answer right? SQuAD has two measures. Before both, capital
# letters, punctuation and the articles *a*, *an* and *the* are removed.
#
# - [Exact match](../../docs/glossary.md#exact-match) is 1 if the two texts are
#   then equal, else 0.
# - [F1](../../docs/glossary.md#f1) compares their words. *Precision* is the
#   share of the predicted words that are right, *recall* the share of the
#   right words that are predicted. F1 is their harmonic mean.
#
# We compute both for a prediction that is partly right:

# %%
prediction, right = 'The library of Alexandria.', 'a famous library'
predicted = normalize_answer(prediction).split()
wanted = normalize_answer(right).split()
shared = (Counter(predicted) & Counter(wanted)).total()
print(predicted, wanted, 'shared:', shared)
precision, recall = shared / len(predicted), shared / len(wanted)
f1 = 2 * precision * recall / (precision + recall)
print(f'precision {precision:.2f}, recall {recall:.2f}, F1 {f1:.2f}')
print('exact match', int(predicted == wanted))
print('by the package:', f1_score(prediction, [right]),
      exact_match(prediction, [right]))

# %% [markdown]
# If people gave several right answers, the best score counts. If there is no
# answer, only an empty prediction is right. The scores of a model are means
# over all questions, in percent. How good is ours?

# %%
scores = {'the 16 known questions': d2l.evaluate_qa(qa_net, few),
          'the test questions': d2l.evaluate_qa(qa_net, test_questions)}
print('more than half of the known ones right:',
      scores['the 16 known questions']['exact_match'] > 50)
print('less than half of the others right:',
      scores['the test questions']['exact_match'] < 50)

# %%
measures = {'answerable_f1': 'F1, with an answer',
            'unanswerable_accuracy': 'accuracy, without an answer'}
figure, axis = plt.subplots(figsize=(6.5, 3), layout='constrained')
for shift, (name, score) in zip((-0.2, 0.2), scores.items()):
    bars = axis.bar([place + shift for place in range(2)],
                    [score[measure] for measure in measures], width=0.38,
                    label=name, alpha=0.6)
    axis.bar_label(bars, fmt='{:.0f}')
axis.set_xticks(range(2), measures.values())
axis.set(ylabel='percent', ylim=(0, 115))
figure.legend(loc='outside lower center', ncols=2)
plt.show()

# %% [markdown]
# The model has memorised most of its sixteen questions, and little else. With
# other questions it mostly says that there is no answer. A model that *always*
# says so is right for every question without an answer: this is the baseline
# to compare with. So look at both kinds of questions, never at the mean alone.
#
# ## Another use: relations
#
# In [relation extraction][relation] the model is to find the relation between
# two entities of a sentence, such as *born in*. The paper does not let the
# model see their names. It replaces each by one token with its role and its
# type. So the model must read the rest of the sentence, and cannot learn by
# heart that a certain name goes with a certain place.
#
# [relation]: ../../docs/glossary.md#relation-extraction

# %%
tokens = ['clara', 'schumann', 'was', 'born', 'in', 'leipzig', 'in', '1819']
print(mark_entities(tokens, (0, 2), (5, 6)))
print(mark_entities(tokens, (0, 2), (7, 8), object_type='DATE'))

# %% [markdown]
# ## The experiment
#
# Does it help to hide spans? The paper answers with tables in which one thing
# changes at a time. We did the same, much smaller. Five models were trained
# on [WikiText-2][wikitext]:
#
# | run | what is hidden | an example is | losses |
# |---|---|---|---|
# | `subword` | single tokens | a pair | `mlm`, `nsp` |
# | `word` | single whole words | a pair | `mlm`, `nsp` |
# | `span` | spans of words | a pair | `mlm`, `nsp` |
# | `single` | spans of words | one run of text | `mlm` |
# | `boundary` | spans of words | one run of text | `mlm`, `sbo` |
#
# Everything else is the same: the text, the tokenizer (8000 tokens, words and
# pieces of words), a model of two blocks with hidden size 128, the number of
# steps, and the batch size. Each run was done with three seeds, to see the
# *spread*: how much a result changes when nothing but the random numbers does.
# All models were then compared in two ways:
#
# - by their loss on validation examples, with the *same* masks for all: once
#   single tokens, once spans. A model's own masks would not do: spans are
#   harder to predict, so its loss would be higher although the model is not
#   worse;
# - by exact match and F1 on questions, after fine-tuning. A sixth model,
#   `scratch`, was fine-tuned without any pretraining.
#
# A run took some minutes on a CPU core, so the package has the results. To
# compute them yourself, use `notebooks/span_experiment.py`; its first lines
# explain how, and `--help` shows its options, such as more steps and seeds.
#
# [wikitext]: https://arxiv.org/abs/1609.07843

# %%
path = saved_run('span-experiment') / 'rows.csv'
with open(path, encoding='utf-8', newline='') as file:
    table = [*csv.DictReader(file)]
PAPER = {'subword': 83.8, 'word': 84.3, 'span': 85.4, 'single': 86.7,
         'boundary': 86.8}  # F1 on SQuAD 2.0, tables 6 and 7


def results(run, column, backend='torch'):
    """Return the values of a run, one for each seed."""
    return np.array([float(row[column]) for row in table if row[column]
                     and (row['run'], row['backend']) == (run, backend)])


def with_spread(values, digits):
    """Return a mean and the standard deviation over the seeds."""
    return (f'{values.mean():.{digits}f} ± '
            f'{values.std(ddof=1):.{digits}f}').rjust(13)


print(' ' * 12, 'validation loss', '            questions', '    paper')
print('run', ' ' * 12, 'tokens        spans  exact match           F1     F1')
for run, paper in PAPER.items():
    print(f'{run:9}',
          with_spread(results(run, 'valid_subword_loss'), 2),
          with_spread(results(run, 'valid_span_loss'), 2),
          with_spread(results(run, 'exact_match'), 1),
          with_spread(results(run, 'f1'), 1), f'{paper:6}', sep='')
print(f'{"scratch":35}', with_spread(results('scratch', 'exact_match'), 1),
      with_spread(results('scratch', 'f1'), 1), sep='')
for column in ('exact_match', 'f1'):
    [always] = results('no-answer', column, backend='none')
    print(f'{column} of always saying that there is no answer: {always:.1f}')

# %% [markdown]
# The paper has two more rows between `word` and `span`: with named entities
# instead of random spans the F1 is 84.8, and with noun phrases 85.0. They
# need a parser, so they are not in our experiment. The package can make such
# examples: `scheme='entity'` and `scheme='phrase'`.
#
# In the plots each dot is a seed, and each line a mean.

# %%
figure, axes = plt.subplots(1, 3, figsize=(9, 3.2), sharey=True,
                            layout='constrained')
places = range(len(PAPER))
for axis, columns, title in (
        (axes[0], {'valid_subword_loss': 'single tokens',
                   'valid_span_loss': 'spans'}, 'validation loss in nats'),
        (axes[1], {'f1': 'F1', 'exact_match': 'exact match'},
         'questions, percent')):
    for (column, label), colour in zip(columns.items(),
                                       ('tab:blue', 'tab:orange')):
        for place, run in enumerate(PAPER):
            values = results(run, column)
            axis.plot(values, [place] * len(values), 'o', color=colour,
                      alpha=0.6, label='' if place else label)
            axis.plot([values.mean()] * 2, [place - 0.3, place + 0.3],
                      color=colour)
    axis.set_title(title, fontsize=11)
    axis.legend(fontsize=9, ncols=2, loc='upper center',
                bbox_to_anchor=(0.5, -0.1))
axes[2].plot(PAPER.values(), places, 'ks')
axes[2].set_title('the paper: F1 on SQuAD 2.0', fontsize=11)
axes[2].set_xlim(83, 87.5)
axes[0].set_yticks(places, PAPER)
axes[0].invert_yaxis()
plt.show()

# %% [markdown]
# To read such a table, look at differences, and compare each with the spread.
# The next cell takes each run and the one before it, seed by seed. If the
# three differences do not even have the same sign, the experiment does not
# show which run is better.

# %%
print('                     paper   F1 here: mean, and of each seed')
runs = [*PAPER]
for before, after in zip(runs, runs[1:]):
    change = results(after, 'f1') - results(before, 'f1')
    agree = abs(np.sign(change).sum()) == len(change)
    print(f'{after:9}- {before:8}{PAPER[after] - PAPER[before]:+6.1f}'
          f'{change.mean():+9.1f}   ', *(f'{each:+.1f}' for each in change),
          *(() if agree else ['  signs differ']))

# %% [markdown]
# The questions do not show which objective is better. The spread over three
# seeds is several points, and all four differences change their sign from
# seed to seed. Even `scratch`, which has seen no text before the questions, is
# among the others. In the paper each change helps a little, by 0.1 to 1.3
# points. Our small experiment can neither confirm nor refute that.
#
# The losses show more. They are means over thousands of hidden tokens, and
# their spread is small:
#
# - `single` is better than `span` with every seed, by 0.06 to 0.09 nats, for
#   both kinds of masks. A run of text teaches more than a pair of sentences,
#   half of which do not belong together. This agrees with the paper.
# - `boundary` is as good as `single`. The second loss neither helps nor harms
#   the first one here. What it is meant for, the choice of spans, is not
#   measured by these losses.
# - With pairs, models that learned from single tokens are better than `span`,
#   most of all where single tokens are hidden. To predict spans is harder, and
#   in 2000 steps a model learns less from it.
#
# How much is that? The unigram baselines are 6.75 nats for single tokens and
# 6.67 for spans. All models are about 0.6 below them. So they know more than
# how frequent the tokens are, but not much more, and this is why it matters so
# little for the questions how they learned it.
#
# The test has a limit of its own. It has 547 questions. If a model is right
# for half of n questions, the standard error of its score is 50 / sqrt(n)
# percent, here 2.1. The questions are the same for all runs, so differences
# are a bit more certain than that.
# But a difference of 0.1 or 0.5 points, as some in the paper, is far below
# what these questions can show. The development set of SQuAD 2.0 has nearly
# 12,000 questions, and a score of 85 has a standard error of 0.3.
#
# Other things are different, too. Our models have two blocks and have read two
# million words two or three times; the paper's have many more blocks, and read
# more than three billion words. Our examples have 64 tokens, so that spans are
# often cut. The questions come from templates, and many answers are a year or
# a name. A model can find these without knowing much about spans. So the
# experiment shows *how* to compare. For *what* is better, the paper is the
# better witness, and for your own text, an experiment of your own.
#
# One row was repeated in the other framework. The weights at the start, the
# examples and their order are the same in both; only dropout is different.

# %%
for run in PAPER:
    for row in table:
        if (row['run'], row['backend']) == (run, 'mxnet'):
            print(f"{run}, seed {row['seed']}, in MXNet: loss of spans "
                  f"{float(row['valid_span_loss']):.2f}, "
                  f"F1 {float(row['f1']):.1f}")
            print('in PyTorch, three seeds:',
                  *results(run, 'valid_span_loss').round(2), 'and',
                  *results(run, 'f1').round(1))

# %% [markdown]
# ## Summary
#
# - A hidden token is easy to predict if its neighbours are visible. SpanBERT
#   hides spans of whole words, of 3.8 words on average, cut to the budget of
#   15 % of the tokens.
# - All tokens of a span are masked, replaced or left unchanged together.
# - The span boundary objective predicts each token of a span from the vectors
#   of the two borders and the offset. The loss is the sum of `mlm` and `sbo`.
# - An example is one run of text from one document, without next-sentence
#   prediction.
# - Answers are spans. Exact match and F1 measure them, and questions without
#   an answer need a look of their own.
# - Compare objectives on the same text, with the same masks, and with several
#   seeds. A difference that is smaller than the spread shows nothing.
#
# ## Exercises
#
# 1. Make TinyWiki's examples with `p=0.5`, and with `max_span=3`, both
#    arguments of `load_spanbert_examples`. How long are the spans on average,
#    by the law and in the examples? What share of the hidden tokens has a
#    visible left neighbour?
# 2. The mean length of the spans in the examples is below 3.8. Make examples
#    with `max_len` 16, 32, 128 and 512. How does the mean change? Why is it
#    below 3.8 even with 512?
# 3. A border can be hidden, too. When does this happen, and how often? Count
#    in `examples['span'].columns` for how many hidden tokens the left or the
#    right border is a hidden token.
# 4. In the tiny model, replace the vectors of the offsets by zeros, with
#    `d2l.set_weights`. What happens to the scores of the two tokens of the
#    span? What could a head without offsets learn at most?
# 5. Relations: mark the two entities in *the eiffel tower in paris was
#    designed by stephen sauvestre*, once with the tower as the subject and the
#    city as the object, and once with the person as the subject and the tower
#    as the object. What can a model no longer know about these sentences, and
#    why may this be good? What could it still use to predict the relation
#    without reading the rest of the sentence?
# 6. Fine-tune on all questions for training, `train_questions`, with the same
#    options. Do the scores of the test questions change? What would the score
#    be if a model always said that there is no answer?
#
# Session 4 of the folder `exercises` has four graded exercises about spans:
# their lengths, the budget, the targets of the span boundary objective, and
# exact match with F1.
