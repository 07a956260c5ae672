# Wrong answers of students. Each cell is an answer; `Says:` is a part of the
# message of the check. `hidden`: only the hidden tests find the mistake.

# %% answer="choose"
# Says: the number is at least 1
def choose(tokens, rng):
    candidates = [i for i, token in enumerate(tokens)
                  if token not in ('<cls>', '<sep>')]
    return sorted(rng.sample(candidates, int(0.15 * len(tokens))))


# %% answer="choose"
# Says: 0.15 * 13 is 1.95, and round gives 2
def choose(tokens, rng):
    candidates = [i for i, token in enumerate(tokens)
                  if token not in ('<cls>', '<sep>')]
    return sorted(rng.sample(candidates, max(1, int(0.15 * len(tokens)))))


# %% answer="choose"
# Says: count all 17 tokens, not only the 14 words
def choose(tokens, rng):
    candidates = [i for i, token in enumerate(tokens)
                  if token not in ('<cls>', '<sep>')]
    number = max(1, round(0.15 * len(candidates)))
    return sorted(rng.sample(candidates, number))


# %% answer="choose"
# Says: was chosen; <cls> and <sep> are never predicted
def choose(tokens, rng):
    number = max(1, round(0.15 * len(tokens)))
    return sorted(rng.sample(range(len(tokens)), number))


# %% answer="choose"
# Says: is not in ascending order
def choose(tokens, rng):
    candidates = [i for i, token in enumerate(tokens)
                  if token not in ('<cls>', '<sep>')]
    return rng.sample(candidates, max(1, round(0.15 * len(tokens))))


# %% answer="choose" hidden
# Only the lengths of the visible checks.
# Says: positions for 64 tokens
def choose(tokens, rng):
    candidates = [i for i, token in enumerate(tokens)
                  if token not in ('<cls>', '<sep>')]
    return sorted(rng.sample(candidates, {5: 1, 13: 2, 17: 3}.get(
        len(tokens), 1)))


# %% answer="replace"
# Says: the labels must be the tokens before masking
def replace(tokens, positions, words, rng):
    new_tokens = list(tokens)
    for position in positions:
        number = rng.random()
        if number < 0.8:
            new_tokens[position] = '<mask>'
        elif number < 0.9:
            new_tokens[position] = rng.choice(words)
    return new_tokens, [new_tokens[position] for position in positions]


# %% answer="replace"
# Says: work on a copy
def replace(tokens, positions, words, rng):
    labels = [tokens[position] for position in positions]
    for position in positions:
        number = rng.random()
        if number < 0.8:
            tokens[position] = '<mask>'
        elif number < 0.9:
            tokens[position] = rng.choice(words)
    return tokens, labels


# %% answer="replace"
# The second draw compares with 0.1: 80, 2 and 18 %.
# Says: if you draw a second number, compare it with 0.5
def replace(tokens, positions, words, rng):
    new_tokens = list(tokens)
    for position in positions:
        if rng.random() < 0.8:
            new_tokens[position] = '<mask>'
        elif rng.random() < 0.1:
            new_tokens[position] = rng.choice(words)
    return new_tokens, [tokens[position] for position in positions]


# %% answer="replace"
# Says: 80 % must be replaced by <mask>
def replace(tokens, positions, words, rng):
    new_tokens = list(tokens)
    for position in positions:
        new_tokens[position] = '<mask>'
    return new_tokens, [tokens[position] for position in positions]


# %% answer="mask"
# Says: are the ids after masking
def mask(tokens, vocab, rng):
    positions = choose(tokens, rng)
    new_tokens, _ = replace(tokens, positions, vocab.idx_to_token, rng)
    token_ids = vocab[new_tokens]
    return token_ids, positions, [token_ids[i] for i in positions]


# %% answer="mask"
# Says: return the ids after masking
def mask(tokens, vocab, rng):
    positions = choose(tokens, rng)
    _, labels = replace(tokens, positions, vocab.idx_to_token, rng)
    return vocab[tokens], positions, vocab[labels]


# %% answer="mask"
# Says: the token ids must be whole numbers
def mask(tokens, vocab, rng):
    positions = choose(tokens, rng)
    new_tokens, labels = replace(tokens, positions, vocab.idx_to_token, rng)
    return new_tokens, positions, labels
