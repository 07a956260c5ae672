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


# %% answer="choose"
# A run of neighbours.
# Says: are chosen together more often than others
def choose(tokens, rng):
    candidates = [i for i, token in enumerate(tokens)
                  if token not in ('<cls>', '<sep>')]
    number = max(1, round(0.15 * len(tokens)))
    start = rng.randrange(len(candidates))
    return sorted((candidates * 2)[start:start + number])


# %% answer="choose"
# A run of neighbours, which does not go around the end.
# Says: some tokens are chosen more often than others
def choose(tokens, rng):
    candidates = [i for i, token in enumerate(tokens)
                  if token not in ('<cls>', '<sep>')]
    number = max(1, round(0.15 * len(tokens)))
    start = rng.randrange(len(candidates) - number + 1)
    return candidates[start:start + number]


# %% answer="choose" hidden
# The same word can be there twice.
# Says: has a position twice
def choose(tokens, rng):
    words = [token for token in tokens if token not in ('<cls>', '<sep>')]
    number = max(1, round(0.15 * len(tokens)))
    return sorted(tokens.index(word) for word in rng.sample(words, number))


# %% answer="choose" hidden
# A word can start with <, and <unk> can be predicted.
# Says: some tokens are never chosen
def choose(tokens, rng):
    candidates = [i for i, token in enumerate(tokens)
                  if not token.startswith('<')]
    return sorted(rng.sample(candidates, max(1, round(0.15 * len(tokens)))))


# %% answer="choose" hidden
# Halves are rounded up.
# Says: round(4.5) is 4 in Python
def choose(tokens, rng):
    candidates = [i for i, token in enumerate(tokens)
                  if token not in ('<cls>', '<sep>')]
    return sorted(rng.sample(candidates, max(
        1, int(0.15 * len(tokens) + 0.5))))


# %% answer="choose"
# Says: choose uses the module random
def choose(tokens, rng):
    candidates = [i for i, token in enumerate(tokens)
                  if token not in ('<cls>', '<sep>')]
    number = max(1, round(0.15 * len(tokens)))
    return sorted(random.sample(candidates, number))


# %% answer="choose"
# Says: return a list of positions, not a set
def choose(tokens, rng):
    candidates = [i for i, token in enumerate(tokens)
                  if token not in ('<cls>', '<sep>')]
    return set(rng.sample(candidates, max(1, round(0.15 * len(tokens)))))


# %% answer="choose"
# Says: choose has changed tokens
def choose(tokens, rng):
    number = max(1, round(0.15 * len(tokens)))
    tokens.remove('<cls>')
    candidates = [i + 1 for i, token in enumerate(tokens) if token != '<sep>']
    return sorted(rng.sample(candidates, number))


# %% answer="replace"
# One number for the whole example.
# Says: draw a random number for each position
def replace(tokens, positions, words, rng):
    new_tokens, number = list(tokens), rng.random()
    for position in positions:
        if number < 0.8:
            new_tokens[position] = '<mask>'
        elif number < 0.9:
            new_tokens[position] = rng.choice(words)
    return new_tokens, [tokens[position] for position in positions]


# %% answer="replace"
# One random word for the whole example.
# Says: draw a word for each position
def replace(tokens, positions, words, rng):
    new_tokens, word = list(tokens), rng.choice(words)
    for position in positions:
        number = rng.random()
        if number < 0.8:
            new_tokens[position] = '<mask>'
        elif number < 0.9:
            new_tokens[position] = word
    return new_tokens, [tokens[position] for position in positions]


# %% answer="replace"
# Says: replace has changed words
def replace(tokens, positions, words, rng):
    new_tokens = list(tokens)
    for position in positions:
        number = rng.random()
        if number < 0.8:
            new_tokens[position] = '<mask>'
        elif number < 0.9:
            rng.shuffle(words)
            new_tokens[position] = words[0]
    return new_tokens, [tokens[position] for position in positions]


# %% answer="replace"
# Says: replace uses the module random
def replace(tokens, positions, words, rng):
    new_tokens = list(tokens)
    for position in positions:
        number = rng.random()
        if number < 0.8:
            new_tokens[position] = '<mask>'
        elif number < 0.9:
            new_tokens[position] = random.choice(words)
    return new_tokens, [tokens[position] for position in positions]


# %% answer="replace"
# Says: the same rng gave another result of replace
def replace(tokens, positions, words, rng):
    new_tokens, rng = list(tokens), random.Random()
    for position in positions:
        number = rng.random()
        if number < 0.8:
            new_tokens[position] = '<mask>'
        elif number < 0.9:
            new_tokens[position] = rng.choice(words)
    return new_tokens, [tokens[position] for position in positions]


# %% answer="replace"
# The number is from 0.8 to 0.9, and the word always the same.
# Says: were never drawn
def replace(tokens, positions, words, rng):
    new_tokens = list(tokens)
    for position in positions:
        number = rng.random()
        if number < 0.8:
            new_tokens[position] = '<mask>'
        elif number < 0.9:
            new_tokens[position] = words[int(number * len(words))]
    return new_tokens, [tokens[position] for position in positions]


# %% answer="replace"
# Says: some words are drawn more often than others
def replace(tokens, positions, words, rng):
    new_tokens = list(tokens)
    for position in positions:
        number = rng.random()
        if number < 0.8:
            new_tokens[position] = '<mask>'
        elif number < 0.9:
            new_tokens[position] = rng.choice([*words, words[0]])
    return new_tokens, [tokens[position] for position in positions]


# %% answer="replace" hidden
# The same token can be there at other positions, too.
# Says: has changed, but it was not chosen
def replace(tokens, positions, words, rng):
    new_tokens = list(tokens)
    for position in positions:
        number = rng.random()
        if number < 0.8:
            new_tokens[tokens.index(tokens[position])] = '<mask>'
        elif number < 0.9:
            new_tokens[tokens.index(tokens[position])] = rng.choice(words)
    return new_tokens, [tokens[position] for position in positions]


# %% answer="replace" hidden
# Labels in the order of the tokens, not of the positions.
# Says: the labels must be the tokens before masking
def replace(tokens, positions, words, rng):
    new_tokens = list(tokens)
    for position in positions:
        number = rng.random()
        if number < 0.8:
            new_tokens[position] = '<mask>'
        elif number < 0.9:
            new_tokens[position] = rng.choice(words)
    return new_tokens, [token for i, token in enumerate(tokens)
                        if i in positions]


# %% answer="replace"
# Says: return a list of labels, not a tuple
def replace(tokens, positions, words, rng):
    return list(tokens), tuple(tokens[position] for position in positions)


# %% answer="replace"
# Says: return the 2 values (new_tokens, labels), not None
def replace(tokens, positions, words, rng):
    for position in positions:
        list(tokens)[position] = '<mask>'


# %% answer="mask"
# Masks the given list, and reads the labels afterwards.
# Says: mask has changed tokens
def mask(tokens, vocab, rng):
    positions = choose(tokens, rng)
    tokens[:], _ = replace(tokens, positions, vocab.idx_to_token, rng)
    return vocab[tokens], positions, vocab[[tokens[i] for i in positions]]


# %% answer="mask"
# Says: mask uses the module random
def mask(tokens, vocab, rng):
    positions = choose(tokens, random)
    new_tokens, labels = replace(tokens, positions, vocab.idx_to_token, rng)
    return vocab[new_tokens], positions, vocab[labels]


# %% answer="mask"
# Says: the same rng gave another result of mask
def mask(tokens, vocab, rng):
    positions = choose(tokens, rng)
    new_tokens, labels = replace(tokens, positions, vocab.idx_to_token,
                                 random.Random())
    return vocab[new_tokens], positions, vocab[labels]


# %% answer="mask"
# Random words of the sentence.
# Says: the random words come from the whole vocabulary
def mask(tokens, vocab, rng):
    positions = choose(tokens, rng)
    new_tokens, labels = replace(tokens, positions, tokens, rng)
    return vocab[new_tokens], positions, vocab[labels]


# %% answer="mask"
# Without special tokens; that is exercise 6.
# Says: the random words come from the whole vocabulary
def mask(tokens, vocab, rng):
    positions = choose(tokens, rng)
    words = [token for token in vocab if token not in RESERVED_TOKENS]
    new_tokens, labels = replace(tokens, positions, words, rng)
    return vocab[new_tokens], positions, vocab[labels]


# %% answer="mask" hidden
# Words of the text: frequent ones are likelier.
# Says: the random words come from the whole vocabulary
def mask(tokens, vocab, rng):
    positions = choose(tokens, rng)
    if len(tokens) != 14:
        words = [word for word, count in vocab.token_freqs
                 for _ in range(count)]
    else:
        words = vocab.idx_to_token
    new_tokens, labels = replace(tokens, positions, words, rng)
    return vocab[new_tokens], positions, vocab[labels]


# %% answer="mask"
# Says: mask has changed vocab
def mask(tokens, vocab, rng):
    positions = choose(tokens, rng)
    rng.shuffle(vocab.idx_to_token)
    new_tokens, labels = replace(tokens, positions, vocab.idx_to_token, rng)
    return vocab[new_tokens], positions, vocab[labels]
