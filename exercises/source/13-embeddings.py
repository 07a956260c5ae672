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
# # Exercise 13: Three embeddings
#
# *Session 3, 9 points, about 25 minutes.*
#
# **What you learn.** The input of BERT is the sum of three embeddings: one of
# the token, one of its segment, and one of its position. You compute the sum
# for a batch. Then you find out what each row of the three tables learns
# from this batch.

# %% given="imports"
import numpy as np

from d2l_bert.core import ask, expect_array, expect_values


def make_tables(vocab_size, max_len, num_hiddens, seed):
    """Return the tables of the tokens, the segments and the positions."""
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(num_rows, num_hiddens))
            for num_rows in (vocab_size, 2, max_len)]


def make_batch(shape, vocab_size, seed):
    """Return token ids and segments, both of shape (batch, len)."""
    rng = np.random.default_rng(seed)
    token_ids = rng.integers(vocab_size, size=shape)
    middle = rng.integers(shape[1] + 1, size=(shape[0], 1))
    return token_ids, (np.arange(shape[1]) >= middle).astype(int)


# %% [markdown]
# A table of embeddings has a row for each id, a vector of size H. Here is a
# batch of two examples with four tokens each, and tables with H = 3:

# %% given="batch"
token_ids = np.array([[4, 1, 5, 1], [4, 5, 2, 0]])
segments = np.array([[0, 0, 1, 1], [0, 1, 1, 0]])
token_table, segment_table, position_table = make_tables(6, 7, 3, seed=0)
print(token_table.shape, segment_table.shape, position_table.shape)

# %% [markdown]
# ## Part A: the sum (4 points)
#
# Write `embed(token_ids, segments, token_table, segment_table,
# position_table)`. It returns an array of shape (batch, len, H). The vector
# of a token is the sum of three rows:
#
# - the row of `token_table` for its token id;
# - the row of `segment_table` for its segment, 0 or 1;
# - the row of `position_table` for its position in the example, which is
#   counted from 0.
#
# The position table has `max_len` rows. An example is at most so long, and
# often it is shorter.
#
# <details><summary>Hint</summary>
#
# `table[ids]` takes a row for each id, so `token_table[token_ids]` has the
# shape (batch, len, H). All examples have the same positions: take the first
# rows of the position table. NumPy adds an array of shape (len, H) to each
# example of the batch.
#
# </details>


# %% answer="embed"
def embed(token_ids, segments, token_table, segment_table, position_table):
    """Return the input of BERT's encoder, (batch, len, H)."""
    ### BEGIN SOLUTION
    length = token_ids.shape[1]
    return (token_table[token_ids] + segment_table[segments]
            + position_table[:length])
    ### END SOLUTION


# %% check="embed-check" points=4
def check_embed(token_ids, segments, tables):
    found = ask(embed, token_ids, segments, *tables)
    token_table, segment_table, position_table = tables
    batch_size, length = token_ids.shape
    tokens, parts = token_table[token_ids], segment_table[segments]
    positions = np.broadcast_to(position_table[:length], tokens.shape)
    right = tokens + parts + positions
    rows = np.arange(batch_size)[:, None] % len(position_table)
    starts = [[list(row).index(part) for part in row] for row in segments]
    mistakes = {
        'the segment embedding is missing; the two sentences would look the '
        'same': tokens + positions,
        'the position embedding is missing; the order of the tokens would '
        'not matter': tokens + parts,
        'the token embedding is missing': parts + positions,
        'it is the product; add the three embeddings':
            tokens * parts * positions,
        'it is the mean; add the three embeddings, and do not divide by 3':
            right / 3,
        'the rows of the position table are taken by token id; take them by '
        'position: 0, 1, 2, ...': tokens + parts + np.take(
            position_table, token_ids, axis=0, mode='clip'),
        'the rows of the token table are taken by position; take them by '
        'token id': np.take(token_table, np.arange(length), axis=0,
                            mode='clip') + parts + positions,
        'the positions follow the axis of the batch, so all tokens of an '
        'example have the same one; the position is the place in the '
        'example': tokens + parts + position_table[rows],
        'the positions are counted from 1; the first one is 0':
            tokens + parts + np.take(position_table, np.arange(length) + 1,
                                     axis=0, mode='wrap'),
        'these are the last rows of the position table; take the first ones':
            tokens + parts + position_table[-length:],
        'the positions begin at 0 again with each segment; count through the '
        'whole example': tokens + parts + position_table[
            np.arange(length) - starts],
        'the numbers 0 and 1 of the segments are added; add the rows of the '
        'segment table': tokens + positions + segments[..., None],
        'the two segments are exchanged': tokens + positions + segment_table[
            1 - segments],
        'all tokens have the segment embedding of segment 0':
            tokens + positions + segment_table[0]}
    expect_array(found, right, 'the sum of the embeddings', mistakes)


tables = make_tables(6, 7, 3, seed=0)
check_embed(token_ids, segments, tables)
vectors = np.asarray(embed(token_ids, segments, *tables))
print('Token 1 is in the first example twice. Its vectors there:')
print(vectors[0, [1, 3]].round(2))
### BEGIN HIDDEN TESTS
check_embed(*make_batch((5, 5), 9, 1), make_tables(9, 12, 4, 1))
check_embed(*make_batch((3, 8), 20, 2), make_tables(20, 8, 8, 2))
check_embed(*make_batch((1, 6), 4, 3), make_tables(4, 30, 2, 3))
check_embed(*make_batch((9, 2), 30, 4), make_tables(30, 4, 5, 4))
check_embed(*make_batch((4, 1), 5, 5), make_tables(5, 4, 1, 5))
check_embed(np.array([[2]]), np.array([[1]]), make_tables(3, 1, 6, 6))
check_embed(*make_batch((2, 64), 500, 7), [
    table.astype('float32') for table in make_tables(500, 64, 16, 7)])
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: what the tables learn (5 points)
#
# In training, every row of a table gets a gradient. It says how the row must
# change to make the loss smaller. Your sum gets a gradient of shape (batch,
# len, H) from the layers above it: a vector for each token of the batch. A
# sum passes its gradient on as it is. So each of the three rows of a token
# gets the token's vector.
#
# - A row that is used several times gets the sum of these vectors.
# - A row that is not used gets 0, and learns nothing from this batch.
#
# Write `table_gradients(token_ids, segments, gradient, vocab_size, max_len)`.
# It returns the gradients of the three tables, of shape (vocab_size, H),
# (2, H) and (max_len, H).
#
# <details><summary>Hint</summary>
#
# Start with three arrays of zeros, and go through all examples and positions
# with two loops. Without loops: `table[ids] += vectors` adds only one vector
# for an id that is there twice. `np.add.at(table, ids, vectors)` adds all of
# them.
#
# </details>


# %% answer="gradients"
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    """Return the gradients of the three tables of embeddings."""
    ### BEGIN SOLUTION
    num_hiddens = gradient.shape[2]
    tokens = np.zeros((vocab_size, num_hiddens))
    parts = np.zeros((2, num_hiddens))
    positions = np.zeros((max_len, num_hiddens))
    np.add.at(tokens, token_ids, gradient)
    np.add.at(parts, segments, gradient)
    positions[:gradient.shape[1]] = gradient.sum(axis=0)
    return tokens, parts, positions
    ### END SOLUTION


# %% check="gradients-check" points=5
def sums(ids, vectors, num_rows):
    """Add the vectors of each id up; one row and one vector at a time."""
    table = np.zeros((num_rows, vectors.shape[-1]))
    for row, vector in zip(np.ravel(ids), vectors.reshape(
            -1, vectors.shape[-1])):
        table[row] += vector
    return table


def check_gradients(token_ids, segments, vocab_size, max_len, num_hiddens,
                    seed):
    batch_size, length = token_ids.shape
    places = np.broadcast_to(np.arange(length), token_ids.shape)
    gradient = np.random.default_rng(seed).normal(
        size=(*token_ids.shape, num_hiddens))
    found = expect_values(
        ask(table_gradients, token_ids, segments, gradient, vocab_size,
            max_len),
        'gradient of the token table', 'gradient of the segment table',
        'gradient of the position table')
    for values, (name, ids, num_rows) in zip(found, (
            ('token', token_ids, vocab_size), ('segment', segments, 2),
            ('position', places, max_len))):
        right = sums(ids, gradient, num_rows)
        used = np.bincount(ids.ravel(), minlength=num_rows)[:, None]
        last = np.zeros_like(right)
        last[ids] = gradient
        others = np.where(used == 0, gradient.sum(axis=(0, 1)), right)
        expect_array(values, right, f'the gradient of the {name} table', {
            'a row that is used several times got only one of its vectors; '
            'table[ids] += vectors does so. Use np.add.at, or a loop': last,
            'it is the mean of the vectors of a row; add them up':
                right / np.maximum(used, 1),
            'it is the mean over the batch; add the examples up':
                right / batch_size,
            'it is divided by 3, but each of the three rows gets the whole '
            'vector of the token': right / 3,
            'the rows that are not used must get 0': others,
            'it counts how often a row is used; add the vectors of the '
            'gradient up': used + 0 * right,
            'token id 0 is left out, but 0 is an id like any other':
                right * (np.arange(num_rows)[:, None] > 0),
            'only the first example counts; add all examples up':
                sums(ids[:1], gradient[:1], num_rows),
            'only the last example counts; add all examples up':
                sums(ids[-1:], gradient[-1:], num_rows)})


check_gradients(token_ids, segments, 6, 7, 3, seed=0)
### BEGIN HIDDEN TESTS
check_gradients(*make_batch((5, 5), 9, 1), 9, 12, 4, 1)
check_gradients(*make_batch((3, 8), 200, 2), 200, 8, 8, 2)
check_gradients(*make_batch((1, 6), 4, 3), 4, 30, 2, 3)
check_gradients(*make_batch((9, 2), 2, 4), 2, 2, 5, 4)
check_gradients(*make_batch((4, 1), 5, 5), 5, 6, 1, 5)
check_gradients(np.array([[2]]), np.array([[0]]), 3, 1, 6, 6)
check_gradients(np.full((3, 7), 8), np.ones((3, 7), int), 9, 9, 2, 7)
### END HIDDEN TESTS
print('Part B is right.')
