# Correct answers that are not the solution. Each cell is an answer, which
# must pass the check, whatever it draws and in which order.

# %% answer="words"
# NumPy's integers.
def word_positions(tokens):
    import numpy as np
    starts = [i for i, token in enumerate(tokens)
              if not token.startswith('##')] + [len(tokens)]
    return [list(np.arange(start, end))
            for start, end in zip(starts, starts[1:])
            if tokens[start] not in ('<cls>', '<sep>')]


# %% answer="words"
def word_positions(tokens):
    words = []
    for i in range(len(tokens)):
        if tokens[i] in {'<cls>', '<sep>'}:
            continue
        if tokens[i][:2] == '##':
            words[-1] = [*words[-1], i]
        else:
            words.append([i])
    return words


# %% answer="choose"
# Shuffles a list of its own.
def choose_words(tokens, rng):
    room, found = max(1, round(0.15 * len(tokens))), []
    words = word_positions(tokens)
    rng.shuffle(words)
    for word in words:
        if len(word) > room:
            continue
        room -= len(word)
        found.extend(word)
    found.sort()
    return found


# %% answer="choose"
# Sorts by random numbers, and draws others before.
def choose_words(tokens, rng):
    rng.random()
    taken = []
    for word in sorted(word_positions(tokens), key=lambda _: rng.random()):
        if len(taken + word) <= max(1, round(0.15 * len(tokens))):
            taken = taken + word
    return sorted(taken)


# %% answer="choose"
# Draws only words that fit.
def choose_words(tokens, rng):
    limit, taken = max(1, round(0.15 * len(tokens))), []
    words = word_positions(tokens)
    while words:
        word = words.pop(rng.randrange(len(words)))
        if len(taken) + len(word) <= limit:
            taken += word
    return sorted(taken)
