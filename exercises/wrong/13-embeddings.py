# Wrong answers of students. Each cell is an answer; `Says:` is a part of the
# message of the check. `hidden`: only the hidden tests find the mistake.

# %% answer="embed"
# Says: the segment embedding is missing
def embed(token_ids, segments, token_table, segment_table, position_table):
    return token_table[token_ids] + position_table[:token_ids.shape[1]]


# %% answer="embed"
# Says: the position embedding is missing
def embed(token_ids, segments, token_table, segment_table, position_table):
    return token_table[token_ids] + segment_table[segments]


# %% answer="embed"
# Says: the token embedding is missing
def embed(token_ids, segments, token_table, segment_table, position_table):
    return segment_table[segments] + position_table[:segments.shape[1]]


# %% answer="embed"
# Says: the rows of the position table are taken by token id
def embed(token_ids, segments, token_table, segment_table, position_table):
    return (token_table[token_ids] + segment_table[segments]
            + position_table[token_ids])


# %% answer="embed"
# The position table is not cut.
# Says: do the shapes fit? Print them
def embed(token_ids, segments, token_table, segment_table, position_table):
    return (token_table[token_ids] + segment_table[segments]
            + position_table)


# %% answer="embed"
# Says: the positions follow the axis of the batch
def embed(token_ids, segments, token_table, segment_table, position_table):
    rows = np.arange(len(token_ids))[:, None]
    return (token_table[token_ids] + segment_table[segments]
            + position_table[rows])


# %% answer="embed"
# len of an array is the batch size.
# Says: do the shapes fit? Print them
def embed(token_ids, segments, token_table, segment_table, position_table):
    return (token_table[token_ids] + segment_table[segments]
            + position_table[:len(token_ids)])


# %% answer="embed" hidden
# The length of the visible batch.
# Says: do the shapes fit? Print them
def embed(token_ids, segments, token_table, segment_table, position_table):
    return (token_table[token_ids] + segment_table[segments]
            + position_table[:4])


# %% answer="embed"
# Says: the positions are counted from 1
def embed(token_ids, segments, token_table, segment_table, position_table):
    length = token_ids.shape[1]
    return (token_table[token_ids] + segment_table[segments]
            + position_table[1:length + 1])


# %% answer="embed"
# Says: these are the last rows of the position table
def embed(token_ids, segments, token_table, segment_table, position_table):
    return (token_table[token_ids] + segment_table[segments]
            + position_table[-token_ids.shape[1]:])


# %% answer="embed"
# Says: the positions begin at 0 again with each segment
def embed(token_ids, segments, token_table, segment_table, position_table):
    X = token_table[token_ids] + segment_table[segments]
    for i, row in enumerate(segments):
        for j, segment in enumerate(row):
            X[i, j] += position_table[j - list(row).index(segment)]
    return X


# %% answer="embed"
# Says: the sum of the embeddings has the shape (2, 4, 9) instead of (2, 4, 3)
def embed(token_ids, segments, token_table, segment_table, position_table):
    positions = np.tile(np.arange(token_ids.shape[1]), (len(token_ids), 1))
    return np.concatenate([
        token_table[token_ids], segment_table[segments],
        position_table[positions]], axis=2)


# %% answer="embed"
# Says: it is the mean; add the three embeddings
def embed(token_ids, segments, token_table, segment_table, position_table):
    return (token_table[token_ids] + segment_table[segments]
            + position_table[:token_ids.shape[1]]) / 3


# %% answer="embed"
# Says: it is the product; add the three embeddings
def embed(token_ids, segments, token_table, segment_table, position_table):
    return (token_table[token_ids] * segment_table[segments]
            * position_table[:token_ids.shape[1]])


# %% answer="embed"
# Says: the numbers 0 and 1 of the segments are added
def embed(token_ids, segments, token_table, segment_table, position_table):
    return (token_table[token_ids] + segments[:, :, None]
            + position_table[:token_ids.shape[1]])


# %% answer="embed"
# Says: all tokens have the segment embedding of segment 0
def embed(token_ids, segments, token_table, segment_table, position_table):
    return (token_table[token_ids] + segment_table[0]
            + position_table[:token_ids.shape[1]])


# %% answer="embed"
# Says: the rows of the token table are taken by position
def embed(token_ids, segments, token_table, segment_table, position_table):
    length = token_ids.shape[1]
    return (token_table[:length] + segment_table[segments]
            + position_table[:length])


# %% answer="embed"
# Adds to the given table.
# Says: embed has changed position_table
def embed(token_ids, segments, token_table, segment_table, position_table):
    X = position_table[:token_ids.shape[1]]
    X += token_table[token_ids].sum(axis=0)
    return token_table[token_ids] + segment_table[segments] + X


# %% answer="embed"
# Says: return the sum of the embeddings, not None; is a return missing?
def embed(token_ids, segments, token_table, segment_table, position_table):
    token_table[token_ids] + segment_table[segments]


# %% answer="embed"
# The segments of the first example, for all.
# Says: the sum of the embeddings is
def embed(token_ids, segments, token_table, segment_table, position_table):
    return (token_table[token_ids] + segment_table[segments[:1]]
            + position_table[:token_ids.shape[1]])


# %% answer="gradients"
# Says: a row that is used several times got only one of its vectors
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    H = gradient.shape[2]
    tokens, parts = np.zeros((vocab_size, H)), np.zeros((2, H))
    positions = np.zeros((max_len, H))
    tokens[token_ids] += gradient
    parts[segments] += gradient
    positions[:gradient.shape[1]] += gradient.sum(axis=0)
    return tokens, parts, positions


# %% answer="gradients"
# Right for the tokens.
# Says: the gradient of the segment table: a row that is used several times
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    H = gradient.shape[2]
    tokens, parts = np.zeros((vocab_size, H)), np.zeros((2, H))
    positions = np.zeros((max_len, H))
    np.add.at(tokens, token_ids, gradient)
    parts[segments] += gradient
    positions[:gradient.shape[1]] += gradient.sum(axis=0)
    return tokens, parts, positions


# %% answer="gradients"
# Right for tokens and segments.
# Says: the gradient of the position table: it is the mean of the vectors
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    H = gradient.shape[2]
    tokens, parts = np.zeros((vocab_size, H)), np.zeros((2, H))
    positions = np.zeros((max_len, H))
    np.add.at(tokens, token_ids, gradient)
    np.add.at(parts, segments, gradient)
    positions[:gradient.shape[1]] += gradient.mean(axis=0)
    return tokens, parts, positions


# %% answer="gradients"
# Says: the gradient of the position table has the shape (4, 3) instead of
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    H = gradient.shape[2]
    tokens, parts = np.zeros((vocab_size, H)), np.zeros((2, H))
    np.add.at(tokens, token_ids, gradient)
    np.add.at(parts, segments, gradient)
    return tokens, parts, gradient.sum(axis=0)


# %% answer="gradients"
# The gradient is passed on, but not to the rows.
# Says: the gradient of the token table has the shape (2, 4, 3)
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    return gradient, gradient, gradient


# %% answer="gradients"
# Says: the gradient of the token table: it is the mean of the vectors
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    def means(ids, num_rows):
        return [gradient[ids == i].mean(axis=0) if (ids == i).any()
                else np.zeros(gradient.shape[2]) for i in range(num_rows)]

    positions = np.broadcast_to(np.arange(token_ids.shape[1]),
                                token_ids.shape)
    return (means(token_ids, vocab_size), means(segments, 2),
            means(positions, max_len))


# %% answer="gradients"
# The mean of nothing.
# Says: has numbers that are infinite or nan; did you divide by 0
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    positions = np.broadcast_to(np.arange(token_ids.shape[1]),
                                token_ids.shape)
    with np.errstate(all='ignore'):
        return [
            np.stack([gradient[ids == i].sum(0) / (ids == i).sum()
                      for i in range(num_rows)])
            for ids, num_rows in ((token_ids, vocab_size), (segments, 2),
                                  (positions, max_len))]


# %% answer="gradients"
# Divides the gradient among the three tables.
# Says: it is divided by 3, but each of the three rows gets
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    H = gradient.shape[2]
    tokens, parts = np.zeros((vocab_size, H)), np.zeros((2, H))
    positions = np.zeros((max_len, H))
    np.add.at(tokens, token_ids, gradient / 3)
    np.add.at(parts, segments, gradient / 3)
    positions[:gradient.shape[1]] += gradient.sum(axis=0) / 3
    return tokens, parts, positions


# %% answer="gradients"
# Takes token id 0 for padding.
# Says: token id 0 is left out
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    H = gradient.shape[2]
    tokens, parts = np.zeros((vocab_size, H)), np.zeros((2, H))
    positions = np.zeros((max_len, H))
    np.add.at(tokens, token_ids, gradient)
    tokens[0] = 0
    np.add.at(parts, segments, gradient)
    positions[:gradient.shape[1]] += gradient.sum(axis=0)
    return tokens, parts, positions


# %% answer="gradients"
# Says: only the first example counts
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    tables = [np.zeros((n, gradient.shape[2]))
              for n in (vocab_size, 2, max_len)]
    for j, vector in enumerate(gradient[0]):
        for table, row in zip(tables, (token_ids[0, j], segments[0, j], j)):
            table[row] += vector
    return tables


# %% answer="gradients"
# Says: it counts how often a row is used
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    tables = [np.zeros((n, gradient.shape[2]))
              for n in (vocab_size, 2, max_len)]
    for i in range(len(token_ids)):
        for j in range(len(token_ids[i])):
            for table, row in zip(tables, (token_ids[i, j], segments[i, j],
                                           j)):
                table[row] += 1
    return tables


# %% answer="gradients"
# Says: return the 3 values
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    tokens = np.zeros((vocab_size, gradient.shape[2]))
    np.add.at(tokens, token_ids, gradient)
    return [tokens]


# %% answer="gradients"
# Collects in the given array.
# Says: table_gradients has changed gradient
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    H = gradient.shape[2]
    tokens, parts = np.zeros((vocab_size, H)), np.zeros((2, H))
    np.add.at(tokens, token_ids, gradient)
    np.add.at(parts, segments, gradient)
    positions = np.zeros((max_len, H))
    for other in gradient[1:]:
        gradient[0] += other
    positions[:len(gradient[0])] = gradient[0]
    return tokens, parts, positions


# %% answer="gradients" hidden
# As many positions as the visible tables have.
# Says: the gradient of the position table has the shape (7, 4)
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    H = gradient.shape[2]
    tokens, parts = np.zeros((vocab_size, H)), np.zeros((2, H))
    positions = np.zeros((7, H))
    np.add.at(tokens, token_ids, gradient)
    np.add.at(parts, segments, gradient)
    positions[:gradient.shape[1]] += gradient.sum(axis=0)
    return tokens, parts, positions


# %% answer="gradients" hidden
# At most three vectors for a row.
# Says: the gradient of the token table is
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    H = gradient.shape[2]
    tokens, parts = np.zeros((vocab_size, H)), np.zeros((2, H))
    positions = np.zeros((max_len, H))
    for token in range(vocab_size):
        tokens[token] = gradient[token_ids == token][:3].sum(axis=0)
    np.add.at(parts, segments, gradient)
    positions[:gradient.shape[1]] += gradient.sum(axis=0)
    return tokens, parts, positions
