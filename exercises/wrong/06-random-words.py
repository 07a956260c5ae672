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
# Says: <unk> is in every vocabulary, too
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
