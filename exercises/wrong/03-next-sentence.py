# Wrong answers of students. Each cell is an answer; `Says:` is a part of the
# message of the check. `hidden`: only the hidden tests find the mistake.

# %% answer="join"
# Says: the first <sep> belongs to A, so its segment is 0
def join(a, b):
    tokens = ['<cls>', *a, '<sep>', *b, '<sep>']
    return tokens, [0] * (len(a) + 1) + [1] * (len(b) + 2)


# %% answer="join"
# Says: special tokens have a segment, too
def join(a, b):
    tokens = ['<cls>', *a, '<sep>', *b, '<sep>']
    return tokens, [0] * len(a) + [1] * len(b)


# %% answer="join"
# Says: join has changed the sentences a and b
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
# Says: the label must be True if the second sentence follows
def draw(sentence, next_sentence, paragraphs, rng):
    if rng.random() < 0.5:
        return sentence, next_sentence, False
    return sentence, rng.choice(rng.choice(paragraphs)), True


# %% answer="draw"
# Says: all of 2000 pairs are labelled True
def draw(sentence, next_sentence, paragraphs, rng):
    return sentence, next_sentence, True


# %% answer="draw"
# Says: use rng for all random numbers
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
# Says: <cls> and both <sep> count, too
def pairs_of(paragraph, paragraphs, max_len, rng):
    pairs = []
    for i in range(len(paragraph) - 1):
        a, b, is_next = draw(paragraph[i], paragraph[i + 1], paragraphs, rng)
        if len(a) + len(b) <= max_len:
            pairs.append((*join(a, b), is_next))
    return pairs


# %% answer="pairs"
# Says: because nothing follows the last
def pairs_of(paragraph, paragraphs, max_len, rng):
    pairs = []
    for i, sentence in enumerate(paragraph):
        follower = paragraph[(i + 1) % len(paragraph)]
        a, b, is_next = draw(sentence, follower, paragraphs, rng)
        if len(a) + len(b) + 3 <= max_len:
            pairs.append((*join(a, b), is_next))
    return pairs


# %% answer="pairs"
# Says: but it fits
def pairs_of(paragraph, paragraphs, max_len, rng):
    drawn = [draw(a, b, paragraphs, rng)
             for a, b in zip(paragraph, paragraph[1:])]
    return [(*join(a, b), is_next) for a, b, is_next in drawn
            if len(join(a, b)[0]) < max_len]
