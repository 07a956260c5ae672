# Answers that students give, each a cell, and a piece of what the check
# says. `hidden`: only the hidden tests notice.

# %% answer="vocabulary"
# Says: the sentences are not yet tokenized
def vocabulary(paragraphs, min_freq):
    return Vocab([sentence for paragraph in paragraphs
                  for sentence in paragraph], min_freq, RESERVED_TOKENS)


# %% answer="vocabulary"
# 28882 instead of 28886.
# Says: pass on reserved_tokens
def vocabulary(paragraphs, min_freq):
    return Vocab([sentence for paragraph in paragraphs
                  for sentence in tokenize(paragraph)], min_freq)


# %% answer="vocabulary"
# Says: does it use all paragraphs and the min_freq that is given?
def vocabulary(paragraphs, min_freq):
    return Vocab([sentence for paragraph in paragraphs
                  for sentence in tokenize(paragraph)],
                 reserved_tokens=RESERVED_TOKENS)


# %% answer="vocabulary"
# Says: return a Vocab, not a int
def vocabulary(paragraphs, min_freq):
    return 28886


# %% answer="vocabulary" hidden
# The last paragraph is forgotten when there are many.
# Says: entries
def vocabulary(paragraphs, min_freq):
    return Vocab([sentence for paragraph in paragraphs[:29]
                  for sentence in tokenize(paragraph)], min_freq,
                 RESERVED_TOKENS)


# %% answer="once"
# Says: you divide by all words of the text
def share_seen_once(vocab):
    freqs = [freq for _, freq in vocab.token_freqs]
    return sum(freq == 1 for freq in freqs) / sum(freqs)


# %% answer="once"
# Says: divide by the number of different words
def share_seen_once(vocab):
    return sum(freq == 1 for _, freq in vocab.token_freqs)


# %% answer="once"
# Says: count in token_freqs, which holds no reserved token
def share_seen_once(vocab):
    return sum(freq == 1 for _, freq in vocab.token_freqs) / len(vocab)


# %% answer="once" hidden
# The visible results, copied.
# Says: expected 0.400
def share_seen_once(vocab):
    return 2 / 3 if len(vocab.token_freqs) == 3 else 1 / 2
