# Correct answers that are not the solution. Each cell is an answer, which
# must pass the check, whatever it draws and in which order.

# %% answer="softmax"
# Row by row, only the tokens; lists.
def masked_softmax(scores, valid_lens):
    result = []
    for matrix, n in zip(scores, valid_lens):
        rows = []
        for row in matrix:
            powers = np.exp(row[:n] - max(row[:n]))
            rows.append([*(powers / powers.sum()), *[0] * (len(row) - n)])
        result.append(rows)
    return result


# %% answer="softmax"
# -1e9, and a copy that is masked in place.
def masked_softmax(scores, valid_lens):
    scores = scores.copy()
    for i, n in enumerate(valid_lens):
        scores[i, :, n:] = -1e9
    scores -= scores.max(-1, keepdims=True)
    weights = np.exp(scores)
    return weights / weights.sum(-1)[..., None]


# %% answer="softmax"
# Masks the exponentials, and divides by the sum of what is left.
def masked_softmax(scores, valid_lens):
    mask = np.array([[j < n for j in range(scores.shape[2])]
                     for n in valid_lens])[:, None, :]
    largest = np.max(scores, axis=2, keepdims=True, initial=-1e12, where=mask)
    powers = np.exp(np.minimum(scores - largest, 0)) * mask
    return powers / powers.sum(axis=2, keepdims=True)


# %% answer="softmax"
# Through the logarithm of the sum.
def masked_softmax(scores, valid_lens):
    keys = np.arange(scores.shape[-1])[None, None]
    masked = np.where(keys >= valid_lens.reshape(-1, 1, 1), -np.inf, scores)
    return np.exp(masked - np.logaddexp.reduce(masked, axis=-1)[..., None])


# %% answer="softmax"
# An example at a time; less exact numbers.
def masked_softmax(scores, valid_lens):
    weights = np.zeros(scores.shape, 'float32')
    for i in range(len(scores)):
        seen = scores[i][:, :valid_lens[i]]
        powers = np.exp(seen - seen.max(axis=1)[:, np.newaxis])
        weights[i][:, :valid_lens[i]] = powers / powers.sum(
            axis=1)[:, np.newaxis]
    return weights


# %% answer="attend"
# einsum
def attend(queries, keys, values, valid_lens):
    scores = np.einsum('bqd,bkd->bqk', queries, keys)
    weights = masked_softmax(scores / np.sqrt(keys.shape[-1]), valid_lens)
    return np.einsum('bqk,bkv->bqv', weights, values)


# %% answer="attend"
# The queries are scaled first.
def attend(queries, keys, values, valid_lens):
    scaled = queries * queries.shape[-1] ** -0.5
    weights = masked_softmax(np.matmul(scaled, keys.transpose(0, 2, 1)),
                             valid_lens)
    return np.matmul(weights, values)


# %% answer="attend"
# Loops, and lists.
def attend(queries, keys, values, valid_lens):
    result = []
    for Q, K, V, n in zip(queries, keys, values, valid_lens):
        rows = []
        for query in Q:
            scores = [float(query @ key) / len(query) ** 0.5
                      for key in K[:n]]
            powers = np.exp(np.array(scores) - max(scores))
            rows.append(sum(power * value for power, value in zip(powers, V))
                        / powers.sum())
        result.append(rows)
    return result


# %% answer="attend"
# Without the part A, only the tokens of each example.
def attend(queries, keys, values, valid_lens):
    result = np.empty((*queries.shape[:2], values.shape[2]))
    for i, n in enumerate(valid_lens):
        scores = queries[i] @ keys[i, :n].T / np.sqrt(queries.shape[2])
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        result[i] = (powers @ values[i, :n]) / powers.sum(
            axis=1, keepdims=True)
    return result


# %% answer="attend"
# Queries and keys share the scaling; a tuple.
def attend(queries, keys, values, valid_lens):
    root = queries.shape[2] ** 0.25
    scores = np.stack([Q @ K.T for Q, K in zip(queries / root, keys / root)])
    return tuple(weights @ V for weights, V in zip(
        masked_softmax(scores, valid_lens), values))
