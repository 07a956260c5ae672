# Wrong answers of students. Each cell is an answer; `Says:` is a part of the
# message of the check. `hidden`: only the hidden tests find the mistake.

# %% answer="words"
# Says: keep all pieces of a word, not only the first
def word_positions(tokens):
    return [[i] for i, token in enumerate(tokens)
            if token not in ('<cls>', '<sep>')
            and not token.startswith('##')]


# %% answer="words"
# Says: is not a word and not part of one
def word_positions(tokens):
    words = []
    for i, token in enumerate(tokens):
        if token.startswith('##'):
            words[-1].append(i)
        else:
            words.append([i])
    return words


# %% answer="words"
# Says: a piece with ## belongs to the word before it
def word_positions(tokens):
    return [[i] for i, token in enumerate(tokens)
            if token not in ('<cls>', '<sep>')]


# %% answer="words" hidden
# Keeps at most two pieces of a word.
# Says: are missing: keep all pieces of a word
def word_positions(tokens):
    words = []
    for i, token in enumerate(tokens):
        if token in ('<cls>', '<sep>'):
            continue
        if not token.startswith('##'):
            words.append([i])
        elif len(words[-1]) == 1:
            words[-1].append(i)
    return words


# %% answer="choose"
# Says: before you choose a word, check that all its pieces fit
def choose_words(tokens, rng):
    limit = max(1, round(0.15 * len(tokens)))
    words = word_positions(tokens)
    taken = []
    for word in rng.sample(words, len(words)):
        if len(taken) < limit:
            taken += word
    return sorted(taken)


# %% answer="choose"
# Says: skip a word that is too long, and try the next one
def choose_words(tokens, rng):
    limit = max(1, round(0.15 * len(tokens)))
    words = word_positions(tokens)
    taken = []
    for word in rng.sample(words, len(words)):
        if len(taken) + len(word) > limit:
            break
        taken += word
    return sorted(taken)


# %% answer="choose"
# Fills the last positions with a part of a word.
# Says: choose all pieces of a word, or none
def choose_words(tokens, rng):
    limit = max(1, round(0.15 * len(tokens)))
    words = word_positions(tokens)
    taken = [i for word in rng.sample(words, len(words)) for i in word]
    return sorted(taken[:limit])


# %% answer="choose"
# Says: loop over them in random order
def choose_words(tokens, rng):
    limit = max(1, round(0.15 * len(tokens)))
    taken = []
    for word in word_positions(tokens):
        if len(taken) + len(word) <= limit:
            taken += word
    return sorted(taken)


# %% answer="choose" hidden
# Chooses at least one word, even if it is too long.
# Says: so no word fits
def choose_words(tokens, rng):
    limit = max(1, round(0.15 * len(tokens)))
    words = word_positions(tokens)
    taken = []
    for word in rng.sample(words, len(words)):
        if len(taken) + len(word) <= limit:
            taken += word
    return sorted(taken or words[0])


# %% answer="words" hidden
# Looks for the first such token: a word can be there twice.
# Says: ['the', 'light', '##house', 'the', 'the'] are missing
def word_positions(tokens):
    words = []
    for token in tokens:
        if token.startswith('##'):
            words[-1].append(tokens.index(token))
        elif token not in ('<cls>', '<sep>'):
            words.append([tokens.index(token)])
    return words


# %% answer="words" hidden
# Says: a piece with ## belongs to the word before it
def word_positions(tokens):
    words = []
    for i, token in enumerate(tokens):
        if '##' in token and words:
            words[-1].append(i)
        elif token not in ('<cls>', '<sep>'):
            words.append([i])
    return words


# %% answer="words" hidden
# Leaves out every token with <.
# Says: are missing: keep all pieces of a word
def word_positions(tokens):
    words = []
    for i, token in enumerate(tokens):
        if token.startswith('##'):
            words[-1].append(i)
        elif not token.startswith('<'):
            words.append([i])
    return words


# %% answer="words"
# Says: return a list of positions for each word, also for a word of one piece
def word_positions(tokens):
    return [i for i, token in enumerate(tokens)
            if token not in ('<cls>', '<sep>')]


# %% answer="words"
# Says: in word_positions, line 5: list index out of range (IndexError)
def word_positions(tokens):
    words = []
    for i in range(len(tokens)):
        words[-1].append(i)
    return words


# %% answer="choose"
# Draws a position and takes its word: long words are likelier.
# Says: all orders of the words must have the same probability
def choose_words(tokens, rng):
    limit = max(1, round(0.15 * len(tokens)))
    words, taken = word_positions(tokens), []
    positions = [i for word in words for i in word]
    for position in rng.sample(positions, len(positions)):
        word, = [word for word in words if position in word]
        if position not in taken and len(taken) + len(word) <= limit:
            taken += word
    return sorted(taken)


# %% answer="choose"
# Short words first.
# Says: the same words are always chosen
def choose_words(tokens, rng):
    limit = max(1, round(0.15 * len(tokens)))
    words, taken = word_positions(tokens), []
    for word in sorted(rng.sample(words, len(words)), key=len):
        if len(taken) + len(word) <= limit:
            taken += word
    return sorted(taken)


# %% answer="choose"
# Starts at a random word, and goes on to the next.
# Says: all orders of the words must have the same probability
def choose_words(tokens, rng):
    limit = max(1, round(0.15 * len(tokens)))
    words, taken = word_positions(tokens), []
    start = rng.randrange(len(words))
    for word in words[start:] + words[:start]:
        if len(taken) + len(word) <= limit:
            taken += word
    return sorted(taken)


# %% answer="choose"
# Says: choose_words uses the module random
def choose_words(tokens, rng):
    limit = max(1, round(0.15 * len(tokens)))
    words, taken = word_positions(tokens), []
    random.shuffle(words)
    for word in words:
        if len(taken) + len(word) <= limit:
            taken += word
    return sorted(taken)


# %% answer="choose"
# Says: return a list of positions, not a tuple
def choose_words(tokens, rng):
    limit = max(1, round(0.15 * len(tokens)))
    words, taken = word_positions(tokens), []
    for word in rng.sample(words, len(words)):
        if len(taken) + len(word) <= limit:
            taken += word
    return tuple(sorted(taken))


# %% answer="choose"
# Says: return the positions in one list
def choose_words(tokens, rng):
    limit = max(1, round(0.15 * len(tokens)))
    words, taken = word_positions(tokens), []
    for word in rng.sample(words, len(words)):
        if sum(map(len, taken)) + len(word) <= limit:
            taken.append(word)
    return sorted(taken)


# %% answer="choose"
# Says: choose_words has changed tokens
def choose_words(tokens, rng):
    limit = max(1, round(0.15 * len(tokens)))
    words, taken = word_positions(tokens), []
    for word in rng.sample(words, len(words)):
        if len(taken) + len(word) <= limit:
            taken += word
    for position in taken:
        tokens[position] = '<mask>'
    return sorted(taken)
