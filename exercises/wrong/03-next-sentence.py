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
# Says: join has changed a; leave it as it is
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
# Says: all of 4000 pairs are labelled True
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


# %% answer="join" hidden
# Looks for the words of B, but A has them, too.
# Says: 0
def join(a, b):
    tokens = ['<cls>', *a, '<sep>', *b, '<sep>']
    segments = [int(token in b) for token in tokens]
    segments[-1] = 1
    return tokens, segments


# %% answer="join"
# Says: return a list of tokens, not a str
def join(a, b):
    return (' '.join(['<cls>', *a, '<sep>', *b, '<sep>']),
            [0] * (len(a) + 2) + [1] * (len(b) + 1))


# %% answer="join"
# Says: return the 2 values (tokens, segments), not a list of 8
def join(a, b):
    return ['<cls>', *a, '<sep>', *b, '<sep>']


# %% answer="draw"
# One flat list: sentences of long paragraphs are likelier than they should be.
# Says: draw a paragraph first, then one of its sentences
def draw(sentence, next_sentence, paragraphs, rng):
    if rng.random() < 0.5:
        return sentence, next_sentence, True
    flat = [other for paragraph in paragraphs for other in paragraph]
    return sentence, rng.choice(flat), False


# %% answer="draw"
# A generator of one's own, always with the same seed.
# Says: all of 4000 pairs are labelled False
def draw(sentence, next_sentence, paragraphs, rng):
    own = random.Random(0)
    if own.random() < 0.5:
        return sentence, next_sentence, True
    return sentence, own.choice(own.choice(paragraphs)), False


# %% answer="draw"
# A generator of one's own, with another seed each time.
# Says: the same rng gave another result of draw
def draw(sentence, next_sentence, paragraphs, rng):
    own = random.Random()
    if own.random() < 0.5:
        return sentence, next_sentence, True
    return sentence, own.choice(own.choice(paragraphs)), False


# %% answer="draw"
# Only the sentence is drawn with another generator.
# Says: draw uses the module random
def draw(sentence, next_sentence, paragraphs, rng):
    if rng.random() < 0.5:
        return sentence, next_sentence, True
    return sentence, random.choice(rng.choice(paragraphs)), False


# %% answer="draw"
# Says: draw has changed paragraphs
def draw(sentence, next_sentence, paragraphs, rng):
    if rng.random() < 0.5:
        return sentence, next_sentence, True
    rng.shuffle(paragraphs)
    return sentence, rng.choice(paragraphs[0]), False


# %% answer="draw"
# Leaves out the next sentence; that is exercise 4.
# Says: ['b'] was never drawn for a negative pair
def draw(sentence, next_sentence, paragraphs, rng):
    if rng.random() < 0.5:
        return sentence, next_sentence, True
    other = next_sentence
    while other == next_sentence:
        other = rng.choice(rng.choice(paragraphs))
    return sentence, other, False


# %% answer="draw"
# The same number decides about the label and about the sentence.
# Says: was never drawn for a negative pair
def draw(sentence, next_sentence, paragraphs, rng):
    number = rng.random()
    if number < 0.5:
        return sentence, next_sentence, True
    paragraph = paragraphs[int(number * len(paragraphs))]
    return sentence, rng.choice(paragraph), False


# %% answer="draw"
# Says: in draw, line 5: list index out of range (IndexError)
def draw(sentence, next_sentence, paragraphs, rng):
    if rng.random() < 0.5:
        return sentence, next_sentence, True
    return sentence, paragraphs[9][0], False


# %% answer="pairs"
# Cuts a long pair.
# Says: leave out a pair that is too long, and do not cut it
def pairs_of(paragraph, paragraphs, max_len, rng):
    pairs = []
    for sentence, follower in zip(paragraph, paragraph[1:]):
        a, b, is_next = draw(sentence, follower, paragraphs, rng)
        tokens, segments = join(a, b)
        if len(tokens) > max_len:
            tokens = [*tokens[:max_len - 1], '<sep>'][:max_len]
        pairs.append((tokens, segments[:max_len], is_next))
    return pairs


# %% answer="pairs"
# Stops at the first long pair.
# Says: but it fits
def pairs_of(paragraph, paragraphs, max_len, rng):
    pairs = []
    for sentence, follower in zip(paragraph, paragraph[1:]):
        a, b, is_next = draw(sentence, follower, paragraphs, rng)
        tokens, segments = join(a, b)
        if len(tokens) > max_len:
            break
        pairs.append((tokens, segments, is_next))
    return pairs


# %% answer="pairs" hidden
# A sentence can occur twice: index finds the first.
# Says: a pair labelled True does not hold the next sentence
def pairs_of(paragraph, paragraphs, max_len, rng):
    pairs = []
    for sentence in paragraph[:-1]:
        follower = paragraph[paragraph.index(sentence) + 1]
        a, b, is_next = draw(sentence, follower, paragraphs, rng)
        tokens, segments = join(a, b)
        if len(tokens) <= max_len:
            pairs.append((tokens, segments, is_next))
    return pairs


# %% answer="pairs" hidden
# Draws one label for all pairs.
# Says: the labels of a paragraph depend on each other
def pairs_of(paragraph, paragraphs, max_len, rng):
    pairs, is_next = [], rng.random() < 0.5
    for a, follower in zip(paragraph, paragraph[1:]):
        other = rng.choice(rng.choice(paragraphs))
        tokens, segments = join(a, follower if is_next else other)
        if len(tokens) <= max_len:
            pairs.append((tokens, segments, is_next))
    return pairs


# %% answer="pairs" hidden
# Negative pairs from the paragraph itself.
# Says: is not a sentence of the given paragraphs
def pairs_of(paragraph, paragraphs, max_len, rng):
    pairs = []
    for sentence, follower in zip(paragraph, paragraph[1:]):
        a, b, is_next = draw(sentence, follower, [paragraph], rng)
        tokens, segments = join(a, b)
        if len(tokens) <= max_len:
            pairs.append((tokens, segments, is_next))
    return pairs


# %% answer="pairs"
# Says: return a list of pairs, not a generator
def pairs_of(paragraph, paragraphs, max_len, rng):
    for sentence, follower in zip(paragraph, paragraph[1:]):
        a, b, is_next = draw(sentence, follower, paragraphs, rng)
        if len(a) + len(b) + 3 <= max_len:
            yield *join(a, b), is_next


# %% answer="pairs"
# The error is in another function of the notebook.
# Says: in join, line
def pairs_of(paragraph, paragraphs, max_len, rng):
    return [(*join(None, sentence), True) for sentence in paragraph]
