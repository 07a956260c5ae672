# Wrong answers of students. Each cell is an answer; `Says:` is a part of the
# message of the check. `hidden`: only the hidden tests find the mistake.

# %% answer="seconds"
# Says: is the time of all calls together
def seconds(function, repeats):
    start = time.perf_counter()
    for _ in range(repeats):
        function()
    return time.perf_counter() - start


# %% answer="seconds"
# Says: do not return the mean or the last time
def seconds(function, repeats):
    start = time.perf_counter()
    for _ in range(repeats):
        function()
    return (time.perf_counter() - start) / repeats


# %% answer="seconds"
# Says: subtract the start from the end
def seconds(function, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(start - time.perf_counter())
    return min(times)


# %% answer="seconds" hidden
# Always the second call.
# Says: than the time of the fastest call
def seconds(function, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return times[1]


# %% answer="rows"
# Still a loop over rows and tokens.
# Says: remove all loops
def mask_rows(token_ids, may_predict, num_preds, rng):
    new_ids, predicted = token_ids.copy(), np.zeros(token_ids.shape, bool)
    for row, candidates in enumerate(may_predict):
        chosen = rng.permutation(np.flatnonzero(candidates))[:num_preds]
        for position in chosen:
            predicted[row, position] = True
            number = rng.random()
            if number < 0.8:
                new_ids[row, position] = MASK
            elif number < 0.9:
                new_ids[row, position] = rng.integers(NUM_WORDS)
    return new_ids, predicted


# %% answer="rows"
# Says: choose exactly this number in each row
def mask_rows(token_ids, may_predict, num_preds, rng):
    chance = num_preds / token_ids.shape[1]
    predicted = may_predict & (rng.random(token_ids.shape) < chance)
    new_ids = np.where(predicted, MASK, token_ids)
    return new_ids, predicted


# %% answer="rows"
# Says: a token is predicted that is not a candidate
def mask_rows(token_ids, may_predict, num_preds, rng):
    ranks = rng.random(token_ids.shape).argsort(axis=1).argsort(axis=1)
    predicted = ranks < num_preds
    return np.where(predicted, MASK, token_ids), predicted


# %% answer="rows"
# Says: all candidates of a row have the same probability
def mask_rows(token_ids, may_predict, num_preds, rng):
    predicted = may_predict & (may_predict.cumsum(axis=1) <= num_preds)
    return np.where(predicted, MASK, token_ids), predicted


# %% answer="rows"
# Says: mask_rows has changed token_ids
def mask_rows(token_ids, may_predict, num_preds, rng):
    keys = np.where(may_predict, rng.random(token_ids.shape), 2)
    ranks = keys.argsort(axis=1).argsort(axis=1)
    predicted = may_predict & (ranks < num_preds)
    token_ids[predicted] = MASK
    return token_ids, predicted


# %% answer="rows"
# One random word for the whole batch.
# Says: draw one for each position
def mask_rows(token_ids, may_predict, num_preds, rng):
    keys = np.where(may_predict, rng.random(token_ids.shape), 2)
    ranks = keys.argsort(axis=1).argsort(axis=1)
    predicted = may_predict & (ranks < num_preds)
    number = rng.random(token_ids.shape)
    changed = np.where(number < 0.8, MASK, np.where(
        number < 0.9, rng.integers(NUM_WORDS), token_ids))
    return np.where(predicted, changed, token_ids), predicted


# %% answer="rows" hidden
# Wrong for a row with too few candidates, which is rare here.
# Says: a token is predicted that is not a candidate
def mask_rows(token_ids, may_predict, num_preds, rng):
    keys = np.where(may_predict, rng.random(token_ids.shape), 2)
    predicted = keys.argsort(axis=1).argsort(axis=1) < num_preds
    if num_preds == 3:
        predicted &= may_predict
    number = rng.random(token_ids.shape)
    words = rng.integers(NUM_WORDS, size=token_ids.shape)
    changed = np.where(number < 0.8, MASK,
                       np.where(number < 0.9, words, token_ids))
    return np.where(predicted, changed, token_ids), predicted


# %% answer="seconds"
# Says: return a number, not a list
def seconds(function, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return times


# %% answer="seconds"
# Says: the function was called 2 instead of 3 times
def seconds(function, repeats):
    times = []
    for _ in range(1, repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


# %% answer="rows"
# The same positions in each row.
# Says: predicted much more often than others
def mask_rows(token_ids, may_predict, num_preds, rng):
    column = rng.random(token_ids.shape[1])
    keys = np.where(may_predict, column, 2)
    ranks = keys.argsort(axis=1).argsort(axis=1)
    predicted = may_predict & (ranks < num_preds)
    number = rng.random(token_ids.shape)
    words = rng.integers(NUM_WORDS, size=token_ids.shape)
    changed = np.where(number < 0.8, MASK,
                       np.where(number < 0.9, words, token_ids))
    return np.where(predicted, changed, token_ids), predicted


# %% answer="rows"
# A run of neighbours.
# Says: predicted together more often than others
def mask_rows(token_ids, may_predict, num_preds, rng):
    number = may_predict.cumsum(axis=1) - 1
    total = np.maximum(may_predict.sum(axis=1, keepdims=True), 1)
    start = (rng.random((len(token_ids), 1)) * total).astype(int)
    predicted = may_predict & ((number - start) % total < num_preds)
    number = rng.random(token_ids.shape)
    words = rng.integers(NUM_WORDS, size=token_ids.shape)
    changed = np.where(number < 0.8, MASK,
                       np.where(number < 0.9, words, token_ids))
    return np.where(predicted, changed, token_ids), predicted


# %% answer="rows"
# One number for each row decides about the masks.
# Says: the predictions of a row are masked together
def mask_rows(token_ids, may_predict, num_preds, rng):
    keys = np.where(may_predict, rng.random(token_ids.shape), 2)
    ranks = keys.argsort(axis=1).argsort(axis=1)
    predicted = may_predict & (ranks < num_preds)
    number = rng.random((len(token_ids), 1))
    words = rng.integers(NUM_WORDS, size=token_ids.shape)
    changed = np.where(number < 0.8, MASK,
                       np.where(number < 0.9, words, token_ids))
    return np.where(predicted, changed, token_ids), predicted


# %% answer="rows"
# The keys of the chosen tokens are small.
# Says: but the shares are
def mask_rows(token_ids, may_predict, num_preds, rng):
    keys = np.where(may_predict, rng.random(token_ids.shape), 2)
    ranks = keys.argsort(axis=1).argsort(axis=1)
    predicted = may_predict & (ranks < num_preds)
    words = rng.integers(NUM_WORDS, size=token_ids.shape)
    changed = np.where(keys < 0.8, MASK,
                       np.where(keys < 0.9, words, token_ids))
    return np.where(predicted, changed, token_ids), predicted


# %% answer="rows" hidden
# Not all random ids: the first ten are missing.
# Says: are never drawn
def mask_rows(token_ids, may_predict, num_preds, rng):
    keys = np.where(may_predict, rng.random(token_ids.shape), 2)
    ranks = keys.argsort(axis=1).argsort(axis=1)
    predicted = may_predict & (ranks < num_preds)
    number = rng.random(token_ids.shape)
    words = rng.integers(10, NUM_WORDS, size=token_ids.shape)
    changed = np.where(number < 0.8, MASK,
                       np.where(number < 0.9, words, token_ids))
    return np.where(predicted, changed, token_ids), predicted


# %% answer="rows" hidden
# Exactly 80 % of all predictions of a call, which is none of one.
# Says: 80 % must be MASK
def mask_rows(token_ids, may_predict, num_preds, rng):
    keys = np.where(may_predict, rng.random(token_ids.shape), 2)
    ranks = keys.argsort(axis=1).argsort(axis=1)
    predicted = may_predict & (ranks < num_preds)
    row, column = np.nonzero(predicted)
    order = rng.permutation(len(row))
    first, second = int(0.8 * len(row)), int(0.9 * len(row))
    new_ids = token_ids.copy()
    masked, words = order[:first], order[first:second]
    new_ids[row[masked], column[masked]] = MASK
    new_ids[row[words], column[words]] = rng.integers(
        NUM_WORDS, size=len(words))
    return new_ids, predicted


# %% answer="rows" hidden
# Fails if all tokens of a row may be predicted.
# Says: in mask_rows, line
def mask_rows(token_ids, may_predict, num_preds, rng):
    keys = np.where(may_predict, rng.random(token_ids.shape), 2)
    chosen = keys.argpartition(num_preds, axis=1)[:, :num_preds]
    predicted = np.zeros(token_ids.shape, bool)
    np.put_along_axis(predicted, chosen, True, axis=1)
    predicted &= may_predict
    number = rng.random(token_ids.shape)
    words = rng.integers(NUM_WORDS, size=token_ids.shape)
    changed = np.where(number < 0.8, MASK,
                       np.where(number < 0.9, words, token_ids))
    return np.where(predicted, changed, token_ids), predicted


# %% answer="rows"
# Says: the same rng gave another result of mask_rows
def mask_rows(token_ids, may_predict, num_preds, rng):
    keys = np.where(may_predict, np.random.random(token_ids.shape), 2)
    ranks = keys.argsort(axis=1).argsort(axis=1)
    predicted = may_predict & (ranks < num_preds)
    return np.where(predicted, MASK, token_ids), predicted


# %% answer="rows"
# Says: mask_rows has changed may_predict
def mask_rows(token_ids, may_predict, num_preds, rng):
    keys = np.where(may_predict, rng.random(token_ids.shape), 2)
    may_predict &= keys.argsort(axis=1).argsort(axis=1) < num_preds
    return np.where(may_predict, MASK, token_ids), may_predict


# %% answer="rows"
# Says: return the 2 values (new ids, predicted), not
def mask_rows(token_ids, may_predict, num_preds, rng):
    return np.where(may_predict, MASK, token_ids)


# %% answer="rows"
# Says: do the shapes fit? Print them
def mask_rows(token_ids, may_predict, num_preds, rng):
    keys = np.where(may_predict, rng.random(len(token_ids)), 2)
    return np.where(keys < 1, MASK, token_ids), keys < 1
