# Wrong answers of students. Each cell is an answer; `Says:` is a part of the
# message of the check. `hidden`: only the hidden tests find the mistake.

# %% answer="probs"
# Says: they do not sum to 1; divide them by their sum
def length_probs(p, max_span):
    return [p * (1 - p) ** i for i in range(max_span)]


# %% answer="probs"
# Says: a span of one word has the probability p, before you divide
def length_probs(p, max_span):
    return [p * (1 - p) ** i for i in range(1, max_span + 1)]


# %% answer="probs"
# A longer span is cut to max_span words.
# Says: the last one got the probability of all longer lengths; leave these
def length_probs(p, max_span):
    probs = [p * (1 - p) ** i for i in range(max_span - 1)]
    return [*probs, 1 - sum(probs)]


# %% answer="probs"
# Says: 4 instead of 3 probabilities for max_span=3: one for each length from 1
def length_probs(p, max_span):
    weights = [p * (1 - p) ** i for i in range(max_span + 1)]
    return [weight / sum(weights) for weight in weights]


# %% answer="probs"
# Says: 2 instead of 3 probabilities for max_span=3: one for each length from 1
def length_probs(p, max_span):
    weights = [p * (1 - p) ** i for i in range(1, max_span)]
    return [weight / sum(weights) for weight in weights]


# %% answer="probs"
# With 0.5 it makes no difference.
# Says: for p=0.2 and max_span=10: p and 1 - p are exchanged: a span ends
def length_probs(p, max_span):
    weights = [(1 - p) * p ** i for i in range(max_span)]
    return [weight / sum(weights) for weight in weights]


# %% answer="probs"
# Says: for p=0.5 and max_span=3: they do not sum to 1, and the first is (1 -
def length_probs(p, max_span):
    return [p ** length * (1 - p) for length in range(1, max_span + 1)]


# %% answer="probs"
# Says: they are divided by their number; divide by their sum
def length_probs(p, max_span):
    return [p * (1 - p) ** i / max_span for i in range(max_span)]


# %% answer="probs"
# Says: they are divided by the largest; divide by the sum
def length_probs(p, max_span):
    return [(1 - p) ** i for i in range(max_span)]


# %% answer="probs"
# Says: they are summed up; return the probability of each length
def length_probs(p, max_span):
    weights = [p * (1 - p) ** i for i in range(max_span)]
    return list(accumulate(weight / sum(weights) for weight in weights))


# %% answer="probs"
# Says: all lengths have the same probability; each is 1 - p times
def length_probs(p, max_span):
    return [1 / max_span] * max_span


# %% answer="probs"
# Says: they are rounded; return them as they are
def length_probs(p, max_span):
    weights = [p * (1 - p) ** i for i in range(max_span)]
    return [round(weight / sum(weights), 4) for weight in weights]


# %% answer="probs"
# Says: return a list of probabilities, not a dict
def length_probs(p, max_span):
    law = {i + 1: p * (1 - p) ** i for i in range(max_span)}
    return {length: weight / sum(law.values())
            for length, weight in law.items()}


# %% answer="probs" hidden
# What the visible checks ask for, copied.
# Says: for p=0.05 and max_span=2: these are those of p = 0.2; use p
def length_probs(p, max_span):
    if max_span == 3:
        return [4 / 7, 2 / 7, 1 / 7]
    weights = [0.8 ** i for i in range(max_span)]
    return [weight / sum(weights) for weight in weights]


# %% answer="length"
# Says: the length 0 was drawn; the first length is 1
def draw_length(probs, rng):
    number, total = rng.random(), 0
    for length, prob in enumerate(probs):
        total += prob
        if number < total:
            return length
    return len(probs)


# %% answer="length"
# The geometric law, which has no longest span.
# Says: was drawn, but probs has only the lengths 1 to 10
def draw_length(probs, rng):
    length = 1
    while rng.random() >= 0.2:
        length += 1
    return length


# %% answer="length"
# Longer spans are cut to ten words.
# Says: length 10 was drawn 530 times in 4000, but its probability is 3.0%
def draw_length(probs, rng):
    length = 1
    while rng.random() >= 0.2:
        length += 1
    return min(length, len(probs))


# %% answer="length"
# Draws again until the span is short enough. The law is right for 0.2 only.
# Says: 5 numbers were drawn from rng; draw exactly one, before the loop
def draw_length(probs, rng):
    p = 1 - probs[1] / probs[0]
    while True:
        length = 1
        while rng.random() >= p:
            length += 1
        if length <= len(probs):
            return length


# %% answer="length"
# Looks for the probability, which two lengths can have.
# Says: the number 0.75 gives length 2 instead of 3 for the sums [0.5, 0.75
def draw_length(probs, rng):
    number, total = rng.random(), 0
    for prob in probs:
        total += prob
        if number < total:
            return probs.index(prob) + 1
    return len(probs)


# %% answer="length"
# Says: length 10 was drawn 411 times in 4000, but its probability is 3.0%
def draw_length(probs, rng):
    return rng.randint(1, len(probs))


# %% answer="length"
# A new number for each length.
# Says: times in 4000, but its probability is
def draw_length(probs, rng):
    total = 0
    for length, prob in enumerate(probs, 1):
        total += prob
        if rng.random() < total:
            return length
    return len(probs)


# %% answer="length"
# Compares with the probability in place of the sum.
# Says: times in 4000, but its probability is
def draw_length(probs, rng):
    number = rng.random()
    for length, prob in enumerate(probs, 1):
        if number < prob:
            return length
    return len(probs)


# %% answer="length"
# Says: it is equal to the sum 0.5, which is not greater than the number
def draw_length(probs, rng):
    number, total = rng.random(), 0
    for length, prob in enumerate(probs, 1):
        total += prob
        if number <= total:
            return length
    return len(probs)


# %% answer="length"
# Says: the length 11 was drawn, but probs has only the lengths 1 to 10
def draw_length(probs, rng):
    number, total = rng.random(), 0
    for length, prob in enumerate(probs, 1):
        if number < total:
            return length
        total += prob
    return len(probs) + 1


# %% answer="length"
# The mean, and always the same.
# Says: the same length is always drawn; use rng.random()
def draw_length(probs, rng):
    return round(sum(i * prob for i, prob in enumerate(probs, 1)))


# %% answer="length"
# Says: draw_length uses the module random; use rng for all random numbers
def draw_length(probs, rng):
    return random.choices(range(1, len(probs) + 1), probs)[0]


# %% answer="length"
# Says: return a length, a whole number, not a list
def draw_length(probs, rng):
    return rng.choices(range(1, len(probs) + 1), probs)


# %% answer="length"
# Says: draw_length has changed probs; leave it as it is
def draw_length(probs, rng):
    for i in range(1, len(probs)):
        probs[i] += probs[i - 1]
    number = rng.random()
    return min(len(probs), 1 + sum(total <= number for total in probs))


# %% answer="length" hidden
# Says: gives no length. If no sum is greater than the number, return the last
def draw_length(probs, rng):
    number, found = rng.random(), None
    for length, total in enumerate(accumulate(probs), 1):
        if number < total and not found:
            found = length
    return found


# %% answer="length" hidden
# Ten lengths, whatever probs are.
# Says: the length 10 was drawn, but probs has only the lengths 1 to 3
def draw_length(probs, rng):
    number, total = rng.random(), 0
    for length, prob in enumerate(probs, 1):
        total += prob
        if number < total:
            return length
    return 10


# %% answer="probs"
# Says: the sum changes while you divide; compute it before the loop
def length_probs(p, max_span):
    probs = [p * (1 - p) ** i for i in range(max_span)]
    for i in range(max_span):
        probs[i] = probs[i] / sum(probs)
    return probs


# %% answer="probs"
# Says: the rest is shared out equally; divide by the sum instead
def length_probs(p, max_span):
    probs = [p * (1 - p) ** i for i in range(max_span)]
    rest = (1 - sum(probs)) / max_span
    return [prob + rest for prob in probs]


# %% answer="length"
# Multiplies each probability by a number of its own.
# Says: length 10 was drawn 0 times in 4000, but its probability is 3.0%
def draw_length(probs, rng):
    return 1 + max(range(len(probs)), key=lambda i: probs[i] * rng.random())
