# Answers that students give, each a cell, and a piece of what the check
# says. `hidden`: only the hidden tests notice.

# %% answer="words"
# Says: it is special, though it is no reserved token
def words_of(vocab):
    return [token for token in vocab if token not in RESERVED_TOKENS]


# %% answer="words"
# Says: a word may start with <
def words_of(vocab):
    return [token for token in vocab if not token.startswith('<')]


# %% answer="words"
# Says: so the special tokens do not come first
def words_of(vocab):
    return vocab.idx_to_token[5:]


# %% answer="words"
# Says: return the words themselves
def words_of(vocab):
    return [i for i in range(len(vocab))
            if vocab.to_tokens(i) not in SPECIAL_TOKENS]


# %% answer="words" hidden
# Whatever looks like a tag, except what was seen.
# Says: a word may start with <
def words_of(vocab):
    return [token for token in vocab if token in ('<3', '<b>') or not (
        token.startswith('<') and token.endswith('>'))
        and not token.startswith('<')]


# %% answer="expected"
# Says: only a tenth does
def expected_specials(vocab, num_predictions):
    return num_predictions * 5 / len(vocab)


# %% answer="expected"
# Says: <unk> is an entry of every vocabulary
def expected_specials(vocab, num_predictions):
    return 0.1 * num_predictions * 4 / len(vocab)


# %% answer="expected"
# Divides by the words, not by all entries.
# Says: and 100 entries, 5 of them special
def expected_specials(vocab, num_predictions):
    return 0.1 * num_predictions * 5 / len(words_of(vocab))


# %% answer="expected" hidden
# Not every vocabulary holds five.
# Says: 2 of them special
def expected_specials(vocab, num_predictions):
    return 0.1 * num_predictions * 5 / len(vocab)
