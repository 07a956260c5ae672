# Wrong answers of students. Each cell is an answer; `Says:` is a part of the
# message of the check. `hidden`: only the hidden tests find the mistake.

# %% answer="words"
# Says: it is a special token, although it is not a reserved token
def words_of(vocab):
    return [token for token in vocab if token not in RESERVED_TOKENS]


# %% answer="words"
# Says: a word can start with <
def words_of(vocab):
    return [token for token in vocab if not token.startswith('<')]


# %% answer="words"
# Says: so the special tokens are not the first ones
def words_of(vocab):
    return vocab.idx_to_token[5:]


# %% answer="words"
# Says: return the words themselves
def words_of(vocab):
    return [i for i in range(len(vocab))
            if vocab.to_tokens(i) not in SPECIAL_TOKENS]


# %% answer="words" hidden
# Leaves out all tokens with <, except those of the visible checks.
# Says: a word can start with <
def words_of(vocab):
    return [token for token in vocab if token in ('<3', '<b>') or not (
        token.startswith('<') and token.endswith('>'))
        and not token.startswith('<')]


# %% answer="expected"
# Says: only 10 % do
def expected_specials(vocab, num_predictions):
    return num_predictions * 5 / len(vocab)


# %% answer="expected"
# Says: if there were no <unk>, but it is in every
def expected_specials(vocab, num_predictions):
    return 0.1 * num_predictions * 4 / len(vocab)


# %% answer="expected"
# Divides by the number of words, not by the vocabulary size.
# Says: and 100 tokens, 5 of them special
def expected_specials(vocab, num_predictions):
    return 0.1 * num_predictions * 5 / len(words_of(vocab))


# %% answer="expected" hidden
# Not every vocabulary holds five special tokens.
# Says: 2 of them special
def expected_specials(vocab, num_predictions):
    return 0.1 * num_predictions * 5 / len(vocab)


# %% answer="words"
# Says: words_of has changed vocab
def words_of(vocab):
    for token in SPECIAL_TOKENS:
        vocab.idx_to_token.remove(token)
    return list(vocab)


# %% answer="words" hidden
# Not every vocabulary is sorted.
# Says: keep the order of the vocabulary
def words_of(vocab):
    return sorted(set(vocab) - SPECIAL_TOKENS)


# %% answer="words" hidden
# The words of the text, also those that the filter keeps out.
# Says: are not in the vocabulary; loop over it
def words_of(vocab):
    if vocab.idx_to_token != sorted(vocab.idx_to_token):
        return [token for token in vocab if token not in SPECIAL_TOKENS]
    return sorted(word for word, _ in vocab.token_freqs
                  if word not in SPECIAL_TOKENS)


# %% answer="words"
# Says: return a list of tokens, not a generator
def words_of(vocab):
    return (token for token in vocab if token not in SPECIAL_TOKENS)


# %% answer="expected" hidden
# Says: an expected value need not be a whole number
def expected_specials(vocab, num_predictions):
    num_special = len(vocab) - len(words_of(vocab))
    return round(0.1 * num_predictions * num_special / len(vocab))


# %% answer="expected" hidden
# Rounds the number of random words: wrong for 7 predictions.
# Says: an expected value need not be a whole number
def expected_specials(vocab, num_predictions):
    num_special = len(vocab) - len(words_of(vocab))
    return num_predictions // 10 * num_special / len(vocab)


# %% answer="expected" hidden
# Every word with < counts as special.
# Says: 2 of them special
def expected_specials(vocab, num_predictions):
    num_special = sum(token.startswith('<') for token in vocab)
    return 0.1 * num_predictions * num_special / len(vocab)


# %% answer="expected"
# Says: return one number, not a list
def expected_specials(vocab, num_predictions):
    return [0.1 * num_predictions * 5 / len(vocab)]


# %% answer="expected"
# Says: in expected_specials, line 3: unsupported operand
def expected_specials(vocab, num_predictions):
    return 0.1 * num_predictions * SPECIAL_TOKENS / len(vocab)
