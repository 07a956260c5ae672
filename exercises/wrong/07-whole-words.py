# Answers that students give, each a cell, and a piece of what the check
# says. `hidden`: only the hidden tests notice.

# %% answer="words"
# Says: keep all pieces, and not only the first of a word
def word_positions(tokens):
    return [[i] for i, token in enumerate(tokens)
            if token not in ('<cls>', '<sep>')
            and not token.startswith('##')]


# %% answer="words"
# Says: is no word and no part of one
def word_positions(tokens):
    words = []
    for i, token in enumerate(tokens):
        if token.startswith('##'):
            words[-1].append(i)
        else:
            words.append([i])
    return words


# %% answer="words"
# Says: a piece with ## goes to the word before it
def word_positions(tokens):
    return [[i] for i, token in enumerate(tokens)
            if token not in ('<cls>', '<sep>')]


# %% answer="words" hidden
# No word is expected to have more than two pieces.
# Says: belong to no word
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
# Says: look before you take a word whether all its pieces fit
def choose_words(tokens, rng):
    limit = max(1, round(0.15 * len(tokens)))
    words = word_positions(tokens)
    taken = []
    for word in rng.sample(words, len(words)):
        if len(taken) < limit:
            taken += word
    return sorted(taken)


# %% answer="choose"
# Says: is passed over, and the next one looked at
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
# Fills up with a part of a word.
# Says: all or none
def choose_words(tokens, rng):
    limit = max(1, round(0.15 * len(tokens)))
    words = word_positions(tokens)
    taken = [i for word in rng.sample(words, len(words)) for i in word]
    return sorted(taken[:limit])


# %% answer="choose"
# Says: their order must be random
def choose_words(tokens, rng):
    limit = max(1, round(0.15 * len(tokens)))
    taken = []
    for word in word_positions(tokens):
        if len(taken) + len(word) <= limit:
            taken += word
    return sorted(taken)


# %% answer="choose" hidden
# Insists on one word, though it be too long.
# Says: no word of one piece is there
def choose_words(tokens, rng):
    limit = max(1, round(0.15 * len(tokens)))
    words = word_positions(tokens)
    taken = []
    for word in rng.sample(words, len(words)):
        if len(taken) + len(word) <= limit:
            taken += word
    return sorted(taken or words[0])
