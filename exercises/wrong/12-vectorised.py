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
