# Wrong answers of students. Each cell is an answer; `Says:` is a part of the
# message of the check. `hidden`: only the hidden tests find the mistake.

# %% answer="vocabulary"
# Says: tokenize the sentences first
def vocabulary(paragraphs, min_freq):
    return Vocab([sentence for paragraph in paragraphs
                  for sentence in paragraph], min_freq, RESERVED_TOKENS)


# %% answer="vocabulary"
# 28882 instead of 28886.
# Says: pass reserved_tokens
def vocabulary(paragraphs, min_freq):
    return Vocab([sentence for paragraph in paragraphs
                  for sentence in tokenize(paragraph)], min_freq)


# %% answer="vocabulary"
# Says: use all paragraphs and the given min_freq
def vocabulary(paragraphs, min_freq):
    return Vocab([sentence for paragraph in paragraphs
                  for sentence in tokenize(paragraph)],
                 reserved_tokens=RESERVED_TOKENS)


# %% answer="vocabulary"
# Says: return a Vocab, not an int
def vocabulary(paragraphs, min_freq):
    return 28886


# %% answer="vocabulary" hidden
# Leaves out the paragraphs after the first 29.
# Says: the vocabulary size must be
def vocabulary(paragraphs, min_freq):
    return Vocab([sentence for paragraph in paragraphs[:29]
                  for sentence in tokenize(paragraph)], min_freq,
                 RESERVED_TOKENS)


# %% answer="once"
# Says: you divide by the number of words in the text
def share_seen_once(vocab):
    freqs = [freq for _, freq in vocab.token_freqs]
    return sum(freq == 1 for freq in freqs) / sum(freqs)


# %% answer="once"
# Says: divide by the number of different words
def share_seen_once(vocab):
    return sum(freq == 1 for _, freq in vocab.token_freqs)


# %% answer="once"
# Says: count the words in token_freqs: it holds no reserved tokens
def share_seen_once(vocab):
    return sum(freq == 1 for _, freq in vocab.token_freqs) / len(vocab)


# %% answer="once" hidden
# The visible results, copied.
# Says: expected 0.400
def share_seen_once(vocab):
    return 2 / 3 if len(vocab.token_freqs) == 3 else 1 / 2


# %% answer="vocabulary"
# Counts the words of each paragraph for itself.
# Says: use all paragraphs and the given min_freq
def vocabulary(paragraphs, min_freq):
    words = set()
    for paragraph in paragraphs:
        words.update(Vocab(tokenize(paragraph), min_freq))
    return Vocab(sorted(words), 0, RESERVED_TOKENS)


# %% answer="vocabulary"
# Says: vocabulary has changed paragraphs
def vocabulary(paragraphs, min_freq):
    for number, paragraph in enumerate(paragraphs):
        paragraphs[number] = tokenize(paragraph)
    return Vocab([sentence for paragraph in paragraphs
                  for sentence in paragraph], min_freq, RESERVED_TOKENS)


# %% answer="vocabulary"
# The reserved tokens are only in the list.
# Says: are missing: pass reserved_tokens
def vocabulary(paragraphs, min_freq):
    vocab = Vocab([sentence for paragraph in paragraphs
                   for sentence in tokenize(paragraph)], min_freq)
    vocab.idx_to_token += RESERVED_TOKENS
    return vocab


# %% answer="vocabulary"
# Says: in vocabulary, line 3: Vocab takes tokens or sentences
def vocabulary(paragraphs, min_freq):
    return Vocab([tokenize(paragraph) for paragraph in paragraphs],
                 min_freq, RESERVED_TOKENS)


# %% answer="once"
# Says: share_seen_once has changed vocab
def share_seen_once(vocab):
    number = len(vocab.token_freqs)
    while vocab.token_freqs and vocab.token_freqs[-1][1] == 1:
        vocab.token_freqs.pop()
    return (number - len(vocab.token_freqs)) / number


# %% answer="once"
# Says: return a number from 0 to 1, not a str: '67%'
def share_seen_once(vocab):
    freqs = [freq for _, freq in vocab.token_freqs]
    return f'{sum(freq == 1 for freq in freqs) / len(freqs):.0%}'


# %% answer="once" hidden
# The rarest words, even if they occur twice.
# Says: expected 0.000
def share_seen_once(vocab):
    freqs = [freq for _, freq in vocab.token_freqs]
    return freqs.count(min(freqs)) / len(freqs)
