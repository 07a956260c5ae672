# Wrong answers of students. Each cell is an answer; `Says:` is a part of the
# message of the check. `hidden`: only the hidden tests find the mistake.

# %% answer="softmax"
# Says: the padding is not masked at all
def masked_softmax(scores, valid_lens):
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    return powers / powers.sum(axis=2, keepdims=True)


# %% answer="softmax"
# Says: the padding is set to 0 after the softmax
def masked_softmax(scores, valid_lens):
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    weights = powers / powers.sum(axis=2, keepdims=True)
    return weights * (np.arange(scores.shape[2]) < valid_lens[:, None, None])


# %% answer="softmax"
# Says: the scores of the padding are multiplied by 0, but exp(0) is 1
def masked_softmax(scores, valid_lens):
    mask = np.arange(scores.shape[2]) < valid_lens[:, None, None]
    scores = scores * mask
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    return powers / powers.sum(axis=2, keepdims=True)


# %% answer="softmax"
# Says: the rows of the padding are masked; mask its columns
def masked_softmax(scores, valid_lens):
    queries = np.arange(scores.shape[1])[:, None]
    scores = np.where(queries < valid_lens[:, None, None], scores, -1e9)
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    return powers / powers.sum(axis=2, keepdims=True)


# %% answer="softmax"
# Says: the softmax is taken over the queries, axis 1
def masked_softmax(scores, valid_lens):
    mask = np.arange(scores.shape[2]) < valid_lens[:, None, None]
    powers = np.exp(scores - scores.max(axis=1, keepdims=True)) * mask
    return powers / np.maximum(powers.sum(axis=1, keepdims=True), 1e-30)


# %% answer="softmax"
# Over the wrong axis, where a column is all minus infinity.
# Says: there is nan in the attention weights
def masked_softmax(scores, valid_lens):
    mask = np.arange(scores.shape[2]) < valid_lens[:, None, None]
    scores = np.where(mask, scores, -np.inf)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


# %% answer="softmax"
# Says: all examples have the valid length of the first one
def masked_softmax(scores, valid_lens):
    scores = np.where(np.arange(scores.shape[2]) < valid_lens[0], scores,
                      -np.inf)
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    return powers / powers.sum(axis=2, keepdims=True)


# %% answer="softmax"
# Says: the first key of padding is not masked
def masked_softmax(scores, valid_lens):
    mask = np.arange(scores.shape[2]) <= valid_lens[:, None, None]
    scores = np.where(mask, scores, -np.inf)
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    return powers / powers.sum(axis=2, keepdims=True)


# %% answer="softmax"
# Says: the rows do not sum to 1; divide the exponentials by their sum
def masked_softmax(scores, valid_lens):
    mask = np.arange(scores.shape[2]) < valid_lens[:, None, None]
    return np.exp(np.where(mask, scores, -np.inf))


# %% answer="softmax"
# exp of 9000.
# Says: there is nan in the attention weights, for scores from 0 to 9000
def masked_softmax(scores, valid_lens):
    mask = np.arange(scores.shape[2]) < valid_lens[:, None, None]
    powers = np.exp(np.where(mask, scores, -np.inf))
    return powers / powers.sum(axis=2, keepdims=True)


# %% answer="softmax"
# Subtracts the largest score before the mask: that of the padding. All other
# exponentials are 0 for the second check.
# Says: Mask first; then subtract the largest score of each row
def masked_softmax(scores, valid_lens):
    mask = np.arange(scores.shape[2]) < valid_lens[:, None, None]
    powers = np.exp(scores - scores.max(axis=2, keepdims=True)) * mask
    return powers / powers.sum(axis=2, keepdims=True)


# %% answer="softmax"
# The smallest number that exp does not turn into 0 is far from -100.
# Says: the weight of a key of padding is
def masked_softmax(scores, valid_lens):
    mask = np.arange(scores.shape[2]) < valid_lens[:, None, None]
    scores = np.where(mask, scores, -100)
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    return powers / powers.sum(axis=2, keepdims=True)


# %% answer="softmax" hidden
# A mask that is not low enough for low scores.
# Says: instead of exactly 0
def masked_softmax(scores, valid_lens):
    mask = np.arange(scores.shape[2]) < valid_lens[:, None, None]
    scores = np.where(mask, scores, -1000)
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    return powers / powers.sum(axis=2, keepdims=True)


# %% answer="softmax"
# Subtracts the largest score of the batch.
# Says: there is nan in the attention weights
def masked_softmax(scores, valid_lens):
    mask = np.arange(scores.shape[2]) < valid_lens[:, None, None]
    powers = np.exp(np.where(mask, scores - scores[mask.repeat(
        scores.shape[1], 1)].max(), -np.inf))
    return powers / powers.sum(axis=2, keepdims=True)


# %% answer="softmax" hidden
# As many keys as queries.
# Says: do the shapes fit? Print them
def masked_softmax(scores, valid_lens):
    mask = np.arange(scores.shape[1]) < valid_lens[:, None, None]
    scores = np.where(mask, scores, -np.inf)
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    return powers / powers.sum(axis=2, keepdims=True)


# %% answer="softmax"
# The condition has the shape (batch, key).
# Says: do the shapes fit? Print them
def masked_softmax(scores, valid_lens):
    mask = np.arange(scores.shape[2]) < valid_lens[:, None]
    scores = np.where(mask, scores, -np.inf)
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    return powers / powers.sum(axis=2, keepdims=True)


# %% answer="softmax"
# Says: masked_softmax has changed scores
def masked_softmax(scores, valid_lens):
    for i, n in enumerate(valid_lens):
        scores[i, :, n:] = -np.inf
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    return powers / powers.sum(axis=2, keepdims=True)


# %% answer="softmax"
# The rows of the padding are 0, too.
# Says: the array of attention weights is 0 instead of
def masked_softmax(scores, valid_lens):
    mask = np.arange(scores.shape[2]) < valid_lens[:, None, None]
    scores = np.where(mask, scores, -np.inf)
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    weights = powers / powers.sum(axis=2, keepdims=True)
    return weights * mask.swapaxes(1, 2)


# %% answer="attend"
# Says: the scores are not divided by the square root of d
def attend(queries, keys, values, valid_lens):
    scores = queries @ keys.swapaxes(1, 2)
    return masked_softmax(scores, valid_lens) @ values


# %% answer="attend"
# Says: the scores are divided by d; divide by its square root
def attend(queries, keys, values, valid_lens):
    scores = queries @ keys.swapaxes(1, 2) / queries.shape[2]
    return masked_softmax(scores, valid_lens) @ values


# %% answer="attend"
# Says: the scores are divided by the square root of the number of keys
def attend(queries, keys, values, valid_lens):
    scores = queries @ keys.swapaxes(1, 2) / keys.shape[1] ** 0.5
    return masked_softmax(scores, valid_lens) @ values


# %% answer="attend"
# d and v are equal in the first check, not in the second one.
# Says: the scores are divided by the square root of v
def attend(queries, keys, values, valid_lens):
    scores = queries @ keys.swapaxes(1, 2) / values.shape[2] ** 0.5
    return masked_softmax(scores, valid_lens) @ values


# %% answer="attend"
# Says: the scores are multiplied by the square root of d
def attend(queries, keys, values, valid_lens):
    scores = queries @ keys.swapaxes(1, 2) * queries.shape[2] ** 0.5
    return masked_softmax(scores, valid_lens) @ values


# %% answer="attend"
# The weights are scaled, in place of the scores.
# Says: the result of attention is
def attend(queries, keys, values, valid_lens):
    weights = masked_softmax(queries @ keys.swapaxes(1, 2), valid_lens)
    return weights / queries.shape[2] ** 0.5 @ values


# %% answer="attend"
# Says: padding gets attention
def attend(queries, keys, values, valid_lens):
    scores = queries @ keys.swapaxes(1, 2) / queries.shape[2] ** 0.5
    everything = np.full(len(scores), keys.shape[1])
    return masked_softmax(scores, everything) @ values


# %% answer="attend"
# Says: it is the sum with the scores; take the attention weights
def attend(queries, keys, values, valid_lens):
    scores = queries @ keys.swapaxes(1, 2) / queries.shape[2] ** 0.5
    mask = np.arange(keys.shape[1]) < valid_lens[:, None, None]
    return (scores * mask) @ values


# %% answer="attend"
# Says: the scores have their axes exchanged
def attend(queries, keys, values, valid_lens):
    scores = keys @ queries.swapaxes(1, 2) / queries.shape[2] ** 0.5
    return masked_softmax(scores, valid_lens) @ values


# %% answer="attend"
# Says: the attention weights are applied to the keys
def attend(queries, keys, values, valid_lens):
    scores = queries @ keys.swapaxes(1, 2) / queries.shape[2] ** 0.5
    return masked_softmax(scores, valid_lens) @ keys


# %% answer="attend"
# The axes of the keys are not exchanged.
# Says: do the shapes fit? Print them
def attend(queries, keys, values, valid_lens):
    scores = queries @ keys / queries.shape[2] ** 0.5
    return masked_softmax(scores, valid_lens) @ values


# %% answer="attend"
# All axes of the keys are exchanged.
# Says: do the shapes fit? Print them
def attend(queries, keys, values, valid_lens):
    scores = queries @ keys.T / queries.shape[2] ** 0.5
    return masked_softmax(scores, valid_lens) @ values


# %% answer="attend"
# Says: it is divided by the number of keys; the weights sum to 1 already
def attend(queries, keys, values, valid_lens):
    scores = queries @ keys.swapaxes(1, 2) / queries.shape[2] ** 0.5
    return masked_softmax(scores, valid_lens) @ values / keys.shape[1]


# %% answer="attend"
# Says: attend has changed queries
def attend(queries, keys, values, valid_lens):
    queries /= queries.shape[2] ** 0.5
    return masked_softmax(queries @ keys.swapaxes(1, 2), valid_lens) @ values


# %% answer="attend"
# Says: the result of attention has the shape (2, 4, 4) instead of (2, 4, 9)
def attend(queries, keys, values, valid_lens):
    scores = queries @ keys.swapaxes(1, 2) / queries.shape[2] ** 0.5
    return masked_softmax(scores, valid_lens)


# %% answer="attend" hidden
# The root of 9 and of 4.
# Says: the result of attention is
def attend(queries, keys, values, valid_lens):
    root = 3 if queries.shape[2] == 9 else 2
    scores = queries @ keys.swapaxes(1, 2) / root
    return masked_softmax(scores, valid_lens) @ values


# %% answer="attend" hidden
# exp of a large score, without part A.
# Says: has numbers that are infinite or nan
def attend(queries, keys, values, valid_lens):
    scores = queries @ keys.swapaxes(1, 2) / queries.shape[2] ** 0.5
    mask = np.arange(keys.shape[1]) < valid_lens[:, None, None]
    powers = np.exp(scores) * mask
    return powers / powers.sum(axis=2, keepdims=True) @ values
