# Correct answers that are not the solution. Each cell is an answer, which
# must pass the check, whatever it draws and in which order.

# %% answer="split"
# A regular expression.
def split_sentences(text):
    import re
    ends = r'(?<!\S)(?:[!?]|(?<!\bDr )(?<!\bMr )(?<!\bMrs )(?<!\bProf )' \
           r'(?<!\bSt )\.)(?!\S)'
    sentences, start = [], 0
    for end in re.finditer(ends, text):
        sentences.append(text[start:end.end()].strip())
        start = end.end()
    return sentences + [text[start:].strip()] if text[start:].strip() else (
        sentences)


# %% answer="split"
# Indices of the ends.
def split_sentences(text):
    tokens = text.split()
    ends = [i + 1 for i, token in enumerate(tokens)
            if token in ('!', '?') or token == '.' and not (
                i and tokens[i - 1] in ABBREVIATIONS)]
    if not ends or ends[-1] < len(tokens):
        ends.append(len(tokens))
    return [' '.join(tokens[start:end])
            for start, end in zip([0, *ends], ends) if tokens]


# %% answer="figures"
# A list, and NumPy's integers.
def figures(corpus, splitter):
    import numpy as np
    examples = make_examples(load_paragraphs(
        corpus, sentence_splitter=splitter), 32)
    return [np.int64(examples.num_pairs), np.int32(len(examples.vocab))]


# %% answer="figures"
# Counts the pairs itself.
def figures(corpus, splitter):
    paragraphs = load_paragraphs(corpus, sentence_splitter=splitter)
    examples = make_examples(paragraphs, 32, rng=random.Random(5))
    return sum(len(p) - 1 for p in paragraphs), len(list(examples.vocab))
