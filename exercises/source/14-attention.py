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
# # Exercise 14: Attention and the padding
#
# *Session 3, 9 points, about 30 minutes.*
#
# **What you learn.** In attention, each token collects information from the
# other tokens of its example, but never from the padding. You write the
# softmax that leaves the padding out, and then one head of attention.

# %% given="imports"
import numpy as np

from d2l_bert.core import ask, expect_array


def softmax_of(scores):
    """Return the softmax over the last axis."""
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def is_token(valid_lens, num_keys):
    """Return an array (batch, 1, key): True for tokens, False for padding."""
    return (np.arange(num_keys) < np.array(valid_lens)[:, None])[:, None]


# %% [markdown]
# The query of a token and the key of another one give a *score*. The scores
# of a batch have the shape (batch, query, key). Here are two examples, whose
# tokens attend to each other. The first has three tokens, and the second two.
# The rest of the four positions is padding:

# %% given="scores"
scores = np.array([[[1.0, 2.0, 0.0, 1.0], [0.5, 0.5, 3.0, 2.0],
                    [0.0, 1.0, 1.0, 3.0], [2.0, 0.0, 1.0, 1.0]],
                   [[2.0, 1.0, 4.0, 0.5], [0.0, 1.0, 0.0, 9.0],
                    [3.0, 2.0, 1.0, 1.0], [1.0, 3.0, 2.0, 0.0]]])
valid_lens = np.array([3, 2])

# %% [markdown]
# ## Part A: a softmax without the padding (5 points)
#
# Write `masked_softmax(scores, valid_lens)`. It returns the attention
# weights, of the same shape as the scores. In each row, the scores of one
# query,
#
# - the weight of a key of padding is exactly 0. The first `valid_lens[i]`
#   keys of example i are tokens, at least one, and all others are padding;
# - the weights of the tokens are the softmax of their scores, so they sum
#   to 1.
#
# Padding has queries, too. Treat their rows like all others: later layers do
# not use them. The scores can be 1000 or more, and `np.exp(1000)` is
# infinite.
#
# <details><summary>Hint</summary>
#
# `np.where(condition, scores, -np.inf)` sets the scores of the padding to
# minus infinity, and exp turns this into 0. The condition has the shape
# (batch, 1, key), since it is the same for all queries of an example:
# compare `np.arange(number_of_keys)` with `valid_lens[:, None, None]`. Then
# subtract the largest score of each row before you take exp. It does not
# change the softmax.
#
# </details>


# %% answer="softmax"
def masked_softmax(scores, valid_lens):
    """Return attention weights, (batch, query, key), 0 for the padding."""
    ### BEGIN SOLUTION
    keys = np.arange(scores.shape[2])
    scores = np.where(keys < valid_lens[:, None, None], scores, -np.inf)
    scores = scores - scores.max(axis=2, keepdims=True)
    exponentials = np.exp(scores)
    return exponentials / exponentials.sum(axis=2, keepdims=True)
    ### END SOLUTION


# %% check="softmax-check" points=5
def softmax_mistakes(scores, real, valid_lens):
    """Return wrong attention weights, by what they come from."""
    plain = softmax_of(scores)
    low = np.where(real, scores, -1e30)
    queries = np.swapaxes(real, 1, 2)[:, :scores.shape[1]]
    if scores.shape[1] != scores.shape[2]:
        queries = np.ones_like(scores, bool)
    return {
        'the padding is not masked at all': plain,
        'the rows do not sum to 1: the padding is set to 0 after the '
        'softmax. Mask the scores before it': plain * real,
        'the scores of the padding are multiplied by 0, but exp(0) is 1: '
        'set them to minus infinity': softmax_of(scores * real),
        'the rows of the padding are masked; mask its columns, the keys':
            softmax_of(np.where(queries, scores, -1e30)),
        'the softmax is taken over the queries, axis 1; take it over the '
        'keys, the last axis': np.swapaxes(softmax_of(
            np.swapaxes(low, 1, 2)), 1, 2) * real,
        'all examples have the valid length of the first one':
            softmax_of(np.where(real[:1], scores, -1e30)),
        'all examples have the valid length of the longest one':
            softmax_of(np.where(real.any(axis=0), scores, -1e30)),
        'the first key of padding is not masked; key valid_lens[i] is '
        'padding already': softmax_of(np.where(
            is_token(valid_lens + 1, scores.shape[2]), scores, -1e30)),
        'the rows do not sum to 1; divide the exponentials by their sum':
            np.where(real, np.exp(np.minimum(scores, 500)), 0)}


def check_softmax(scores, valid_lens):
    with np.errstate(all='ignore'):
        found = ask(masked_softmax, scores, valid_lens)
    real = is_token(valid_lens, scores.shape[2])
    right = softmax_of(np.where(real, scores, -np.inf))
    if isinstance(found, np.ndarray) and found.dtype.kind == 'f':
        assert not np.isnan(found).any(), (
            f'there is nan in the attention weights, for scores from '
            f'{scores.min():.0f} to {scores.max():.0f}: exp of a large '
            f'number is infinite, and if all exponentials are 0, so is their '
            f'sum. Mask first; then subtract the largest score of each row')
    found = expect_array(found, right, 'the array of attention weights',
                         softmax_mistakes(scores, real, valid_lens))
    padding = np.broadcast_to(~real, right.shape)
    assert not found[padding].any(), (
        f'the weight of a key of padding is {found[padding].max():.1g} '
        f'instead of exactly 0; a mask of minus infinity, or -1e9, gives 0')


def random_scores(num_queries, num_keys, valid_lens, seed, scale=1):
    rng = np.random.default_rng(seed)
    return scale * rng.normal(size=(
        len(valid_lens), num_queries, num_keys)), np.array(valid_lens)


check_softmax(scores, valid_lens)
check_softmax(scores * 1000, valid_lens)
print(np.round(masked_softmax(scores, valid_lens), 3))
### BEGIN HIDDEN TESTS
check_softmax(*random_scores(6, 6, [1, 2, 3, 4, 5, 6], 1))
check_softmax(*random_scores(4, 7, [7, 2, 5], 2))
check_softmax(*random_scores(5, 3, [2, 3], 3))
check_softmax(*random_scores(8, 8, [3], 4))
check_softmax(*random_scores(1, 1, [1], 5))
check_softmax(*random_scores(2, 9, [1, 1], 6, scale=1000))
check_softmax(*random_scores(3, 3, [3, 3, 3], 7, scale=300))
check_softmax(-1000 - abs(random_scores(4, 6, [5, 2], 8)[0]),
              np.array([5, 2]))
# The largest score belongs to the padding.
check_softmax(np.array([[[0.0, -1.0, 2000.0]]]), np.array([2]))
check_softmax(np.array([[[-2000.0, -2001.0, 0.0]]]), np.array([2]))
check_softmax(np.zeros((2, 5, 5), 'float32'), np.array([4, 1]))
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: one head of attention (4 points)
#
# Write `attend(queries, keys, values, valid_lens)`, with `masked_softmax` of
# part A. The shapes are
#
# | | shape |
# |---|---|
# | queries | (batch, query, d) |
# | keys | (batch, key, d) |
# | values | (batch, key, v) |
# | result | (batch, query, v) |
#
# The score of a query and a key is their dot product, divided by the square
# root of d. The result for a query is the sum of all values of its example,
# each multiplied by its attention weight.
#
# In BERT, there are as many queries as keys, and v is d. Your function must
# not rely on this.
#
# <details><summary>Hint</summary>
#
# For arrays of three axes, `A @ B` multiplies the matrices of each example.
# `keys.swapaxes(1, 2)` exchanges the last two axes of the keys, so that the
# product with the queries has the shape (batch, query, key).
#
# </details>


# %% answer="attend"
def attend(queries, keys, values, valid_lens):
    """Return the result of one head of attention, (batch, query, v)."""
    ### BEGIN SOLUTION
    scores = queries @ keys.swapaxes(1, 2) / queries.shape[2] ** 0.5
    return masked_softmax(scores, valid_lens) @ values
    ### END SOLUTION


# %% check="attend-check" points=4
def check_attend(num_queries, num_keys, d, v, valid_lens, seed, scale=1):
    rng = np.random.default_rng(seed)
    batch_size, valid_lens = len(valid_lens), np.array(valid_lens)
    queries = rng.normal(size=(batch_size, num_queries, d)) * scale
    keys = rng.normal(size=(batch_size, num_keys, d)) * scale
    values = rng.normal(size=(batch_size, num_keys, v))
    with np.errstate(all='ignore'):
        found = ask(attend, queries, keys, values, valid_lens)
    real = is_token(valid_lens, num_keys)
    products = np.einsum('bqd,bkd->bqk', queries, keys)

    def mixed(scores, mask=real):
        return softmax_of(np.where(mask, scores, -1e30)) @ values

    right = mixed(products / d ** 0.5)
    mistakes = {
        'the scores are not divided by the square root of d':
            mixed(products),
        'the scores are divided by d; divide by its square root':
            mixed(products / d),
        'the scores are divided by the square root of the number of keys; d '
        'is the size of a query': mixed(products / num_keys ** 0.5),
        'the scores are divided by the square root of v; d is the size of a '
        'query': mixed(products / v ** 0.5),
        'the scores are multiplied by the square root of d; divide by it':
            mixed(products * d ** 0.5),
        'padding gets attention; give the valid lengths to masked_softmax':
            mixed(products / d ** 0.5, True),
        'it is the sum with the scores; take the attention weights':
            np.where(real, products / d ** 0.5, 0) @ values,
        'it is divided by the number of keys; the weights sum to 1 already':
            right / num_keys,
        'all values have the same weight; the scores must count':
            mixed(0 * products)}
    if num_queries == num_keys:
        mistakes['the scores have their axes exchanged; a row belongs to a '
                 'query, a column to a key'] = mixed(
            np.swapaxes(products, 1, 2) / d ** 0.5)
    if v == d:
        mistakes['the attention weights are applied to the keys; apply them '
                 'to the values'] = softmax_of(np.where(
                     real, products / d ** 0.5, -1e30)) @ keys
    expect_array(found, right, 'the result of attention', mistakes)


check_attend(4, 4, 9, 9, [4, 2], 0)
check_attend(3, 5, 4, 2, [5, 1], 1)
### BEGIN HIDDEN TESTS
check_attend(6, 6, 16, 16, [1, 2, 3, 4, 5, 6], 2)
check_attend(2, 7, 3, 5, [7, 4, 2], 3)
check_attend(5, 3, 8, 1, [3, 2], 4)
check_attend(8, 8, 64, 64, [3], 5)
check_attend(1, 1, 1, 1, [1], 6)
check_attend(3, 3, 3, 3, [2, 3, 1], 7, scale=40)
check_attend(4, 4, 4, 4, [4, 4, 4, 4], 8)
### END HIDDEN TESTS
print('Part B is right.')
