# Answers that students give, each a cell, and a piece of what the check
# says. `hidden`: only the hidden tests notice.

# %% answer="seconds"
# Says: is what all calls take together
def seconds(function, repeats):
    start = time.perf_counter()
    for _ in range(repeats):
        function()
    return time.perf_counter() - start


# %% answer="seconds"
# Says: return neither the mean nor the last one
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
# Says: than the quickest call takes
def seconds(function, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return times[1]


# %% answer="rows"
# A loop in NumPy's clothes.
# Says: is there a loop left
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
# Says: draw an exact number in each row
def mask_rows(token_ids, may_predict, num_preds, rng):
    chance = num_preds / token_ids.shape[1]
    predicted = may_predict & (rng.random(token_ids.shape) < chance)
    new_ids = np.where(predicted, MASK, token_ids)
    return new_ids, predicted


# %% answer="rows"
# Says: a token is predicted that may not be
def mask_rows(token_ids, may_predict, num_preds, rng):
    ranks = rng.random(token_ids.shape).argsort(axis=1).argsort(axis=1)
    predicted = ranks < num_preds
    return np.where(predicted, MASK, token_ids), predicted


# %% answer="rows"
# Says: all candidates have the same chance
def mask_rows(token_ids, may_predict, num_preds, rng):
    predicted = may_predict & (may_predict.cumsum(axis=1) <= num_preds)
    return np.where(predicted, MASK, token_ids), predicted


# %% answer="rows"
# Says: token_ids has changed
def mask_rows(token_ids, may_predict, num_preds, rng):
    keys = np.where(may_predict, rng.random(token_ids.shape), 2)
    ranks = keys.argsort(axis=1).argsort(axis=1)
    predicted = may_predict & (ranks < num_preds)
    token_ids[predicted] = MASK
    return token_ids, predicted


# %% answer="rows"
# One random word for the whole batch.
# Says: draw one for each place
def mask_rows(token_ids, may_predict, num_preds, rng):
    keys = np.where(may_predict, rng.random(token_ids.shape), 2)
    ranks = keys.argsort(axis=1).argsort(axis=1)
    predicted = may_predict & (ranks < num_preds)
    number = rng.random(token_ids.shape)
    changed = np.where(number < 0.8, MASK, np.where(
        number < 0.9, rng.integers(NUM_WORDS), token_ids))
    return np.where(predicted, changed, token_ids), predicted


# %% answer="rows" hidden
# Forgets that a row may hold too few candidates, which is rare here.
# Says: a token is predicted that may not be
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
