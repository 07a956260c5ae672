# Correct answers that are not the solution. Each cell is an answer, which
# must pass the check, whatever it draws and in which order.

# %% answer="probs"
# An array, and p cancels out.
def length_probs(p, max_span):
    powers = (1 - p) ** np.arange(max_span)
    return powers / powers.sum()


# %% answer="probs"
# Each from the one before.
def length_probs(p, max_span):
    probs, now = [], p
    for _ in range(max_span):
        probs.append(now)
        now *= 1 - p
    total = sum(probs)
    return [prob / total for prob in probs]


# %% answer="probs"
# The sum by its formula; a tuple.
def length_probs(p, max_span):
    total = 1 - (1 - p) ** max_span
    return tuple(p * (1 - p) ** (length - 1) / total
                 for length in range(1, max_span + 1))


# %% answer="probs"
# The exponent begins at 1, which the division takes back.
def length_probs(p, max_span):
    law = {length: (1 - p) ** length for length in range(1, max_span + 1)}
    return [law[length] / sum(law.values()) for length in law]


# %% answer="length"
# A method of the standard library draws one number, too.
def draw_length(probs, rng):
    return rng.choices(range(1, len(probs) + 1), probs)[0]


# %% answer="length"
# Subtracts what is behind.
def draw_length(probs, rng):
    rest = rng.random()
    for i in range(len(probs) - 1):
        if rest < probs[i]:
            return i + 1
        rest -= probs[i]
    return len(probs)


# %% answer="length"
# NumPy's integers.
def draw_length(probs, rng):
    sums = np.cumsum(probs)
    sums[-1] = 1
    return np.searchsorted(sums, rng.random(), side='right') + 1


# %% answer="length"
# Counts the sums that are not greater.
def draw_length(probs, rng):
    number = rng.random()
    return min(len(probs), 1 + sum(total <= number
                                   for total in accumulate(probs)))


# %% answer="length"
# Bisection.
def draw_length(probs, rng):
    from bisect import bisect
    return 1 + bisect(list(accumulate(probs))[:-1], rng.random())
