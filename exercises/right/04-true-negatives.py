# Correct answers that are not the solution. Each cell is an answer, which
# must pass the check, whatever it draws and in which order.

# %% answer="eligible"
# A loop, and another order of the questions.
def eligible(next_sentence, own_paragraph, paragraphs):
    found = []
    for paragraph in paragraphs:
        for sentence in paragraph:
            if not (paragraph == own_paragraph or sentence == next_sentence):
                found.append(sentence)
    return found


# %% answer="eligible"
# Copies of the sentences, in another order.
def eligible(next_sentence, own_paragraph, paragraphs):
    return [list(sentence) for paragraph in reversed(paragraphs)
            if paragraph != own_paragraph
            for sentence in paragraph if sentence != next_sentence]


# %% answer="negative"
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    sentences = eligible(next_sentence, own_paragraph, paragraphs)
    if sentences == []:
        raise ValueError('no sentence is eligible')
    return sentences[rng.randrange(len(sentences))]


# %% answer="negative"
# The error of choice becomes a ValueError; draws more than it needs.
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    rng.random()
    sentences = eligible(next_sentence, own_paragraph, paragraphs)
    try:
        rng.shuffle(sentences)
        return rng.choice(sentences)
    except IndexError as error:
        raise ValueError('none') from error


# %% answer="negative"
def draw_negative(next_sentence, own_paragraph, paragraphs, rng):
    sentences = eligible(next_sentence, own_paragraph, paragraphs)
    return rng.sample(sentences, 1)[0]
