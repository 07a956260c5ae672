# Wrong answers of students. Each cell is an answer; `Says:` is a part of the
# message of the check. `hidden`: only the hidden tests find the mistake.

# %% answer="eligible"
# Compares objects, not their elements.
# Says: compare with != and not with "is not"
def eligible(next_sentence, own_paragraph, paragraphs):
    return [sentence for paragraph in paragraphs
            if paragraph is not own_paragraph
            for sentence in paragraph if sentence is not next_sentence]


# %% answer="eligible"
# Says: but it comes from the paragraph of the pair
def eligible(next_sentence, own_paragraph, paragraphs):
    return [sentence for paragraph in paragraphs
            for sentence in paragraph if sentence != next_sentence]


# %% answer="eligible"
# Says: leave out only sentences that are equal to the next sentence
def eligible(next_sentence, own_paragraph, paragraphs):
    return [sentence for paragraph in paragraphs
            if next_sentence not in paragraph
            for sentence in paragraph]


# %% answer="eligible"
# Says: return sentences, which are lists of tokens
def eligible(next_sentence, own_paragraph, paragraphs):
    return [paragraph for paragraph in paragraphs
            if paragraph != own_paragraph]


# %% answer="eligible" hidden
# The visible result, copied.
# Says: of another paragraph is missing
def eligible(next_sentence, own_paragraph, paragraphs):
    return [['d'], ['e'], ['f']]


# %% answer="negative"
# Draws until a sentence fits.
# Says: no result after 100000 draws
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    while True:
        paragraph = rng.choice(paragraphs)
        sentence = rng.choice(paragraph)
        if paragraph != own_paragraph and sentence != next_sentence:
            return sentence


# %% answer="negative"
# Says: all eligible sentences have the same probability
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    sentences = eligible(next_sentence, own_paragraph, paragraphs)
    if not sentences:
        raise ValueError('none')
    return sentences[0]


# %% answer="negative"
# Says: raise a ValueError, not an IndexError
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    return rng.choice(eligible(next_sentence, own_paragraph, paragraphs))


# %% answer="negative" hidden
# Checks the number of paragraphs, not the number of eligible sentences.
# Says: raise a ValueError, not an IndexError
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    if len(paragraphs) < 2:
        raise ValueError('none')
    return rng.choice(eligible(next_sentence, own_paragraph, paragraphs))


# %% answer="eligible"
# Says: eligible has changed paragraphs
def eligible(next_sentence, own_paragraph, paragraphs):
    paragraphs.remove(own_paragraph)
    return [sentence for paragraph in paragraphs
            for sentence in paragraph if sentence != next_sentence]


# %% answer="eligible" hidden
# The paragraph of the pair can occur twice.
# Says: but it comes from the paragraph of the pair
def eligible(next_sentence, own_paragraph, paragraphs):
    others = list(paragraphs)
    others.remove(own_paragraph)
    return [sentence for paragraph in others
            for sentence in paragraph if sentence != next_sentence]


# %% answer="eligible" hidden
# Sets have no order: other paragraphs can have the same sentences.
# Says: 6 instead of 7 sentences
def eligible(next_sentence, own_paragraph, paragraphs):
    own = {tuple(sentence) for sentence in own_paragraph}
    return [sentence for paragraph in paragraphs
            if {tuple(sentence) for sentence in paragraph} != own
            for sentence in paragraph if sentence != next_sentence]


# %% answer="eligible" hidden
# Leaves out sentences that are in the paragraph, wherever they stand.
# Says: of another paragraph is missing
def eligible(next_sentence, own_paragraph, paragraphs):
    return [sentence for paragraph in paragraphs
            for sentence in paragraph if sentence not in own_paragraph]


# %% answer="eligible" hidden
# Each sentence once.
# Says: a sentence that occurs twice must be there twice
def eligible(next_sentence, own_paragraph, paragraphs):
    found = {tuple(sentence) for paragraph in paragraphs
             if paragraph != own_paragraph
             for sentence in paragraph if sentence != next_sentence}
    return [list(sentence) for sentence in sorted(found)]


# %% answer="eligible"
# Says: return a list of sentences, not a generator
def eligible(next_sentence, own_paragraph, paragraphs):
    return (sentence for paragraph in paragraphs
            if paragraph != own_paragraph
            for sentence in paragraph if sentence != next_sentence)


# %% answer="negative"
# Says: draw_negative uses the module random
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    sentences = eligible(next_sentence, own_paragraph, paragraphs)
    if not sentences:
        raise ValueError('none')
    return random.choice(sentences)


# %% answer="negative"
# Says: the same rng gave another result of draw_negative
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    sentences = eligible(next_sentence, own_paragraph, paragraphs)
    if not sentences:
        raise ValueError('none')
    return random.Random().choice(sentences)


# %% answer="negative"
# Says: all eligible sentences have the same probability
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    sentences = eligible(next_sentence, own_paragraph, paragraphs)
    if not sentences:
        raise ValueError('none')
    return random.Random(7).choice(sentences)


# %% answer="negative"
# A paragraph first: the sentences of short paragraphs are likelier.
# Says: all eligible sentences have the same probability
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    if not eligible(next_sentence, own_paragraph, paragraphs):
        raise ValueError('none')
    while True:
        sentence = rng.choice(rng.choice(paragraphs))
        if sentence in eligible(next_sentence, own_paragraph, paragraphs):
            return sentence


# %% answer="negative" hidden
# Gives up after a thousand draws.
# Says: in draw_negative, line 10: none (ValueError)
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    flat = [(sentence, paragraph) for paragraph in paragraphs
            for sentence in paragraph]
    for _ in range(1000):
        sentence, paragraph = rng.choice(flat)
        if paragraph != own_paragraph and sentence != next_sentence:
            return sentence
    raise ValueError('none')


# %% answer="negative" hidden
# Each different sentence has the same probability.
# Says: all eligible sentences have the same probability
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    sentences = sorted({tuple(sentence) for sentence in eligible(
        next_sentence, own_paragraph, paragraphs)})
    if not sentences:
        raise ValueError('none')
    return list(rng.choice(sentences))


# %% answer="negative" hidden
# Needs two eligible sentences.
# Says: in draw_negative, line 6: none (ValueError)
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    sentences = eligible(next_sentence, own_paragraph, paragraphs)
    if len(sentences) < 2:
        raise ValueError('none')
    return rng.choice(sentences)


# %% answer="negative"
# Says: draw_negative has changed paragraphs
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    sentences = eligible(next_sentence, own_paragraph, paragraphs)
    if not sentences:
        raise ValueError('none')
    rng.shuffle(paragraphs)
    return rng.choice(sentences)
