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
