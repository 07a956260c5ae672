# Correct answers that are not the solution. Each cell is an answer, which
# must pass the check, whatever it draws and in which order.

# %% answer="choose"
# Shuffles the candidates.
def choose(tokens, rng):
    candidates = [i for i in range(len(tokens))
                  if tokens[i] != '<cls>' and tokens[i] != '<sep>']
    rng.shuffle(candidates)
    return sorted(candidates[:max(1, round(len(tokens) * 15 / 100))])


# %% answer="choose"
# NumPy's integers, with a generator that rng seeds.
def choose(tokens, rng):
    import numpy as np
    own = np.random.default_rng(rng.randrange(2 ** 60))
    candidates = np.flatnonzero(~np.isin(tokens, ['<cls>', '<sep>']))
    number = max(1, round(0.15 * len(tokens)))
    return sorted(own.choice(candidates, number, replace=False))


# %% answer="choose"
# Draws until there are enough.
def choose(tokens, rng):
    found = set()
    while len(found) < max(1, round(0.15 * len(tokens))):
        i = rng.randrange(len(tokens))
        if tokens[i] not in ('<cls>', '<sep>'):
            found.add(i)
    return sorted(found)


# %% answer="replace"
# Draws a word for each position, and two numbers.
def replace(tokens, positions, words, rng):
    new_tokens, labels = tokens[:], []
    for position in positions:
        labels.append(tokens[position])
        word = rng.choice(words)
        if rng.random() >= 0.2:
            new_tokens[position] = '<mask>'
        elif rng.random() >= 0.5:
            new_tokens[position] = word
    return [new_tokens, labels]


# %% answer="replace"
# All kinds at once.
def replace(tokens, positions, words, rng):
    kinds = rng.choices('mrs', [8, 1, 1], k=len(positions))
    new_tokens = list(tokens)
    for position, kind in zip(positions, kinds):
        new_tokens[position] = {
            'm': '<mask>', 'r': words[rng.randrange(len(words))],
            's': tokens[position]}[kind]
    return new_tokens, [tokens[position] for position in positions]


# %% answer="mask"
# Without the other parts; one list of ids.
def mask(tokens, vocab, rng):
    ids = vocab[list(tokens)]
    candidates = [i for i, token in enumerate(tokens)
                  if token not in ('<cls>', '<sep>')]
    positions = sorted(rng.sample(
        candidates, max(1, round(0.15 * len(tokens)))))
    labels = [ids[i] for i in positions]
    for i in positions:
        number, word = rng.randrange(10), rng.randrange(len(vocab))
        if number < 8:
            ids[i] = vocab['<mask>']
        elif number == 8:
            ids[i] = word
    return ids, positions, labels


# %% answer="mask"
# A copy is masked in place; NumPy's integers.
def mask(tokens, vocab, rng):
    import numpy as np
    positions = choose(tokens, rng)
    new_tokens, labels = replace(list(tokens), positions, list(vocab), rng)
    return (list(np.array(vocab[new_tokens])), positions,
            [np.int64(vocab[label]) for label in labels])
