# Correct answers that are not the solution. Each cell is an answer, which
# must pass the check, whatever it draws and in which order.

# %% answer="join"
# Booleans are numbers, and a list of two values will do.
def join(a, b):
    tokens = ['<cls>'] + list(a) + ['<sep>'] + list(b) + ['<sep>']
    return [tokens, [i > len(a) + 1 for i in range(len(tokens))]]


# %% answer="join"
# NumPy's integers.
def join(a, b):
    import numpy as np
    tokens = ['<cls>', *a, '<sep>', *b, '<sep>']
    return tokens, list(np.repeat([0, 1], [len(a) + 2, len(b) + 1]))


# %% answer="draw"
# Draws everything, and then decides.
def draw(sentence, next_sentence, paragraphs, rng):
    other = rng.choice(rng.choice(paragraphs))
    is_next = rng.choice([True, False])
    return sentence, next_sentence if is_next else other, is_next


# %% answer="draw"
def draw(sentence, next_sentence, paragraphs, rng):
    rng.random()
    if rng.randint(0, 1) == 0:
        return sentence, next_sentence, True
    paragraph = paragraphs[rng.randrange(len(paragraphs))]
    return [sentence, paragraph[int(rng.random() * len(paragraph))], False]


# %% answer="draw"
# NumPy's booleans, and a generator that the given one seeds.
def draw(sentence, next_sentence, paragraphs, rng):
    import numpy as np
    own = np.random.default_rng(rng.getrandbits(60))
    is_next = own.random() > 0.5
    paragraph = paragraphs[own.integers(len(paragraphs))]
    other = paragraph[own.integers(len(paragraph))]
    return sentence, next_sentence if is_next else other, is_next


# %% answer="pairs"
# Draws with another function of rng; drops long pairs before it draws.
def pairs_of(paragraph, paragraphs, max_len, rng):
    pairs = []
    for i in range(len(paragraph) - 1):
        if len(paragraph[i]) + 3 > max_len:
            continue
        is_next = rng.choice([True, False])
        b = paragraph[i + 1] if is_next else rng.choice(
            rng.choice(paragraphs))
        tokens, segments = join(paragraph[i], b)
        if len(tokens) <= max_len:
            pairs.append([tokens, segments, is_next])
    return pairs


# %% answer="pairs"
# First all draws, in reverse order.
def pairs_of(paragraph, paragraphs, max_len, rng):
    drawn = [draw(a, b, paragraphs, rng) for a, b in
             reversed(list(zip(paragraph, paragraph[1:])))]
    return [(*join(a, b), label) for a, b, label in reversed(drawn)
            if len(a) + len(b) + 3 <= max_len]


# %% answer="pairs"
def pairs_of(paragraph, paragraphs, max_len, rng):
    labels = [rng.randint(0, 1) == 0 for _ in paragraph[1:]]
    pairs = []
    for a, b, label in zip(paragraph, paragraph[1:], labels):
        b = b if label else rng.choice(rng.choice(paragraphs))
        pairs.append((*join(a, b), label))
    return [pair for pair in pairs if len(pair[0]) <= max_len]
