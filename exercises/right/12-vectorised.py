# Correct answers that are not the solution. Each cell is an answer, which
# must pass the check, whatever it draws and in which order.

# %% answer="seconds"
def seconds(function, repeats):
    import timeit
    return min(timeit.repeat(function, number=1, repeat=repeats))


# %% answer="seconds"
# NumPy's float, in nanoseconds first.
def seconds(function, repeats):
    fastest = float('inf')
    for _ in range(repeats):
        start = time.perf_counter_ns()
        function()
        fastest = min(fastest, time.perf_counter_ns() - start)
    return np.float64(fastest) / 1e9


# %% answer="rows"
# Other draws first: the words, then the kinds, then the positions.
def mask_rows(token_ids, may_predict, num_preds, rng):
    words = rng.integers(NUM_WORDS, size=token_ids.shape)
    kinds = rng.choice(3, p=[0.8, 0.1, 0.1], size=token_ids.shape)
    u = rng.random(token_ids.shape)
    u[~may_predict] = 2
    predicted = may_predict & (u.argsort(1).argsort(1) < num_preds)
    new_ids = token_ids.copy()
    new_ids[predicted & (kinds == 0)] = MASK
    random_words = predicted & (kinds == 1)
    new_ids[random_words] = words[random_words]
    return new_ids, predicted


# %% answer="rows"
# The words before u, and a list of both arrays.
def mask_rows(token_ids, may_predict, num_preds, rng):
    words = rng.integers(0, NUM_WORDS, token_ids.shape)
    u = rng.random(token_ids.shape)
    keys = np.where(may_predict, rng.random(token_ids.shape), np.inf)
    order = keys.argsort(axis=1)[:, :num_preds]
    predicted = np.zeros_like(may_predict)
    np.put_along_axis(predicted, order, True, axis=1)
    predicted &= may_predict
    changed = np.select([u < 0.1, u < 0.2], [token_ids, words], MASK)
    return [np.where(predicted, changed, token_ids), predicted]


# %% answer="rows"
# A threshold for each row; draws for the predicted tokens only.
def mask_rows(token_ids, may_predict, num_preds, rng):
    keys = rng.random(token_ids.shape) + 2 * ~may_predict
    padded = np.concatenate([keys, np.full((len(keys), 1), 9)], axis=1)
    place = min(num_preds, keys.shape[1])
    limit = np.sort(padded, axis=1)[:, place:place + 1]
    predicted = may_predict & (keys < limit)
    old = token_ids[predicted]
    number = rng.random(old.shape)
    words = rng.integers(NUM_WORDS, size=old.shape)
    new_ids = np.array(token_ids)
    new_ids[predicted] = np.where(
        number < 0.8, MASK, np.where(number < 0.9, words, old))
    return new_ids, predicted
