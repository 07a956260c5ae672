# Correct answers that are not the solution. Each cell is an answer, which
# must pass the check, whatever it draws and in which order.

# %% answer="embed"
# Loops, and lists.
def embed(token_ids, segments, token_table, segment_table, position_table):
    return [[list(token_table[token] + segment_table[segment]
                  + position_table[position])
             for position, (token, segment) in enumerate(zip(*rows))]
            for rows in zip(token_ids, segments)]


# %% answer="embed"
# One-hot vectors and matrices.
def embed(token_ids, segments, token_table, segment_table, position_table):
    one_hot = np.eye(len(token_table))[token_ids]
    X = one_hot @ token_table + np.eye(2)[segments] @ segment_table
    return X + np.eye(len(position_table))[:X.shape[1]] @ position_table


# %% answer="embed"
# np.where for the segments, and the position of each token.
def embed(token_ids, segments, token_table, segment_table, position_table):
    positions = np.tile(np.arange(token_ids.shape[1]), (len(token_ids), 1))
    X = position_table[positions]
    X += np.where(segments[..., None] == 1, segment_table[1],
                  segment_table[0])
    X += np.take(token_table, token_ids, axis=0)
    return X


# %% answer="embed"
# A tuple of arrays, one for each example.
def embed(token_ids, segments, token_table, segment_table, position_table):
    return tuple(token_table[ids] + segment_table[parts]
                 + position_table[:len(ids)]
                 for ids, parts in zip(token_ids, segments))


# %% answer="embed"
# Less exact numbers.
def embed(token_ids, segments, token_table, segment_table, position_table):
    X = np.zeros((*token_ids.shape, token_table.shape[1]), 'float32')
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            X[i, j] = position_table[j]
            X[i, j] += segment_table[segments[i, j]]
            X[i, j] += token_table[token_ids[i, j]]
    return X


# %% answer="gradients"
# Two loops.
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    size = gradient.shape[-1]
    tables = [np.zeros((n, size)) for n in (vocab_size, 2, max_len)]
    for i in range(len(token_ids)):
        for j in range(len(token_ids[i])):
            for table, row in zip(tables, (token_ids[i, j], segments[i, j],
                                           j)):
                table[row] += gradient[i, j]
    return tables


# %% answer="gradients"
# One-hot vectors.
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    positions = np.zeros(token_ids.shape, int) + np.arange(
        token_ids.shape[1])
    flat = gradient.reshape(-1, gradient.shape[2])
    return tuple(np.eye(n)[ids.ravel()].T @ flat for n, ids in (
        (vocab_size, token_ids), (2, segments), (max_len, positions)))


# %% answer="gradients"
# A sum for each row.
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    length = gradient.shape[1]
    return ([gradient[token_ids == i].sum(axis=0) for i in range(vocab_size)],
            [gradient[segments == i].sum(axis=0) for i in (0, 1)],
            np.pad(gradient.sum(0), ((0, max_len - length), (0, 0))))


# %% answer="gradients"
# np.bincount for each column.
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    positions = np.broadcast_to(np.arange(gradient.shape[1]),
                                token_ids.shape)
    return [np.stack([np.bincount(ids.ravel(), column.ravel(), num_rows)
                      for column in np.moveaxis(gradient, 2, 0)], axis=1)
            for ids, num_rows in ((token_ids, vocab_size), (segments, 2),
                                  (positions, max_len))]


# %% answer="gradients"
# Without segment 1: all minus segment 0; float32.
def table_gradients(token_ids, segments, gradient, vocab_size, max_len):
    H = gradient.shape[2]
    tokens = np.zeros((vocab_size, H), np.float32)
    for ids, vectors in zip(token_ids, gradient):
        np.add.at(tokens, ids, vectors)
    first = ((1 - segments)[:, :, None] * gradient).sum((0, 1))
    positions = np.concatenate([
        gradient.sum(axis=0), np.zeros((max_len - token_ids.shape[1], H))])
    return tokens, [first, gradient.sum((0, 1)) - first], positions
