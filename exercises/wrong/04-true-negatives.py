# Answers that students give, each a cell, and a piece of what the check
# says. `hidden`: only the hidden tests notice.

# %% answer="eligible"
# Compares objects, not what they hold.
# Says: compare with != and not with "is not"
def eligible(next_sentence, own_paragraph, paragraphs):
    return [sentence for paragraph in paragraphs
            if paragraph is not own_paragraph
            for sentence in paragraph if sentence is not next_sentence]


# %% answer="eligible"
# Says: but it stands in the paragraph of the pair itself
def eligible(next_sentence, own_paragraph, paragraphs):
    return [sentence for paragraph in paragraphs
            for sentence in paragraph if sentence != next_sentence]


# %% answer="eligible"
# Says: only what reads as the next sentence has to go
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
# Says: of another paragraph is left out
def eligible(next_sentence, own_paragraph, paragraphs):
    return [['d'], ['e'], ['f']]


# %% answer="negative"
# Tries until something fits.
# Says: 100000 draws and no end
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    while True:
        paragraph = rng.choice(paragraphs)
        sentence = rng.choice(paragraph)
        if paragraph != own_paragraph and sentence != next_sentence:
            return sentence


# %% answer="negative"
# Says: all eligible sentences have the same chance
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    sentences = eligible(next_sentence, own_paragraph, paragraphs)
    if not sentences:
        raise ValueError('none')
    return sentences[0]


# %% answer="negative"
# Says: so raise a ValueError that says so
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    return rng.choice(eligible(next_sentence, own_paragraph, paragraphs))


# %% answer="negative" hidden
# Gives up by the size of the text, not by what is eligible.
# Says: so raise a ValueError that says so
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    if len(paragraphs) < 2:
        raise ValueError('none')
    return rng.choice(eligible(next_sentence, own_paragraph, paragraphs))
