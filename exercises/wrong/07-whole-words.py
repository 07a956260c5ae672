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
