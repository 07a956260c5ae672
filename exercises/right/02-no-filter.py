# Correct answers that are not the solution. Each cell is an answer, which
# must pass the check, whatever it draws and in which order.

# %% answer="vocabulary"
# One flat list of tokens.
def vocabulary(paragraphs, min_freq):
    tokens = []
    for paragraph in paragraphs:
        for sentence in paragraph:
            tokens.extend(sentence.split())
    return Vocab(tokens, min_freq=min_freq, reserved_tokens=RESERVED_TOKENS)


# %% answer="vocabulary"
# A mapping of counts.
def vocabulary(paragraphs, min_freq):
    from collections import Counter
    counts = Counter(token for paragraph in paragraphs
                     for sentence in tokenize(paragraph)
                     for token in sentence)
    return Vocab(counts, min_freq, ['<pad>', '<mask>', '<cls>', '<sep>'])


# %% answer="once"
# NumPy's float.
def share_seen_once(vocab):
    import numpy as np
    return np.mean([freq == 1 for _, freq in vocab.token_freqs])


# %% answer="once"
# A fraction.
def share_seen_once(vocab):
    from fractions import Fraction
    once = [word for word, freq in vocab.token_freqs if freq < 2]
    return Fraction(len(once), len(vocab.token_freqs))
