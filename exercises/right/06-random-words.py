# Correct answers that are not the solution. Each cell is an answer, which
# must pass the check, whatever it draws and in which order.

# %% answer="words"
def words_of(vocab):
    return list(filter(lambda token: token not in SPECIAL_TOKENS,
                       vocab.idx_to_token))


# %% answer="words"
# Removes from a copy.
def words_of(vocab):
    words = list(vocab.idx_to_token)
    for token in SPECIAL_TOKENS:
        if token in words:
            words.remove(token)
    return words


# %% answer="expected"
def expected_specials(vocab, num_predictions):
    num_special = len(SPECIAL_TOKENS & set(vocab))
    return num_predictions * num_special / (10 * len(vocab))


# %% answer="expected"
# NumPy's float.
def expected_specials(vocab, num_predictions):
    import numpy as np
    special = [token in SPECIAL_TOKENS for token in vocab]
    return np.mean(special) * num_predictions / 10


# %% answer="expected"
# A fraction.
def expected_specials(vocab, num_predictions):
    from fractions import Fraction
    num_special = sum(token in SPECIAL_TOKENS for token in vocab)
    return Fraction(num_predictions, 10) * Fraction(num_special, len(vocab))
