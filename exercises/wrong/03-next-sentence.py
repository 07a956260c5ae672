# Answers that students give, each a cell, and a piece of what the check
# says. `hidden`: only the hidden tests notice.

# %% answer="join"
# Says: the first <sep> ends A, so its segment is 0
def join(a, b):
    tokens = ['<cls>', *a, '<sep>', *b, '<sep>']
    return tokens, [0] * (len(a) + 1) + [1] * (len(b) + 2)


# %% answer="join"
# Says: special tokens have one, too
def join(a, b):
    tokens = ['<cls>', *a, '<sep>', *b, '<sep>']
    return tokens, [0] * len(a) + [1] * len(b)


# %% answer="join"
# Says: join has changed the sentences that it was given
def join(a, b):
    a.insert(0, '<cls>')
    a.append('<sep>')
    b.append('<sep>')
    return a + b, [0] * len(a) + [1] * len(b)


# %% answer="join" hidden
# The visible result, copied.
# Says: <cls> A <sep> B <sep>
def join(a, b):
    return (['<cls>', 'the', 'sea', '<sep>', 'it', 'rose', '.', '<sep>'],
            [0, 0, 0, 0, 1, 1, 1, 1])


# %% answer="draw"
# Says: True must mean that the partner truly follows
def draw(sentence, next_sentence, paragraphs, rng):
    if rng.random() < 0.5:
        return sentence, next_sentence, False
    return sentence, rng.choice(rng.choice(paragraphs)), True


# %% answer="draw"
# Says: 2000 draws all say True
def draw(sentence, next_sentence, paragraphs, rng):
    return sentence, next_sentence, True


# %% answer="draw"
# Says: take all randomness from rng
def draw(sentence, next_sentence, paragraphs, rng):
    if random.random() < 0.5:
        return sentence, next_sentence, True
    return sentence, random.choice(random.choice(paragraphs)), False


# %% answer="draw"
# Says: draw from all sentences of all paragraphs
def draw(sentence, next_sentence, paragraphs, rng):
    if rng.random() < 0.5:
        return sentence, next_sentence, True
    return sentence, rng.choice(paragraphs[0]), False


# %% answer="pairs"
# Says: <cls> and both <sep> count
def pairs_of(paragraph, paragraphs, max_len, rng):
    pairs = []
    for i in range(len(paragraph) - 1):
        a, b, is_next = draw(paragraph[i], paragraph[i + 1], paragraphs, rng)
        if len(a) + len(b) <= max_len:
            pairs.append((*join(a, b), is_next))
    return pairs


# %% answer="pairs"
# Says: as nothing follows the last
def pairs_of(paragraph, paragraphs, max_len, rng):
    pairs = []
    for i, sentence in enumerate(paragraph):
        follower = paragraph[(i + 1) % len(paragraph)]
        a, b, is_next = draw(sentence, follower, paragraphs, rng)
        if len(a) + len(b) + 3 <= max_len:
            pairs.append((*join(a, b), is_next))
    return pairs


# %% answer="pairs"
# Says: it fits
def pairs_of(paragraph, paragraphs, max_len, rng):
    drawn = [draw(a, b, paragraphs, rng)
             for a, b in zip(paragraph, paragraph[1:])]
    return [(*join(a, b), is_next) for a, b, is_next in drawn
            if len(join(a, b)[0]) < max_len]
