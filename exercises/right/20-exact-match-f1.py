# Correct answers that are not the solution. Each cell is an answer, which
# must pass the check.

# %% answer="normal"
# translate drops all punctuation at once.
def words_of(text):
    text = text.lower().translate(str.maketrans('', '', string.punctuation))
    return [word for word in text.split() if word not in {'a', 'an', 'the'}]


# %% answer="normal"
# Regular expressions.
def words_of(text):
    import re
    text = re.sub('[' + re.escape(string.punctuation) + ']', '', text.lower())
    text = re.sub(r'\b(a|an|the)\b', ' ', text)
    return re.findall(r'\S+', text)


# %% answer="normal"
# One replacement after another, and words that are removed.
def words_of(text):
    for character in string.punctuation:
        text = text.replace(character, '')
    words = text.lower().split()
    for article in ('the', 'an', 'a'):
        while article in words:
            words.remove(article)
    return words


# %% answer="exact"
# A list of all answers; True is 1.
def exact_match(prediction, answers):
    return words_of(prediction) in [words_of(answer) for answer in answers]


# %% answer="exact"
# The best of several numbers; joined words.
def exact_match(prediction, answers):
    return max(1.0 if ' '.join(words_of(prediction)) == ' '.join(
        words_of(answer)) else 0.0 for answer in answers)


# %% answer="exact"
# A loop.
def exact_match(prediction, answers):
    for answer in answers:
        if words_of(answer) == words_of(prediction):
            return 1
    return 0


# %% answer="f1"
# 2 * shared / (both lengths) is the same.
def f1(prediction, answers):
    best, found = 0, words_of(prediction)
    for answer in answers:
        right = words_of(answer)
        if not found and not right:
            return 1
        shared = sum(min(found.count(word), right.count(word))
                     for word in set(found))
        best = max(best, 2 * shared / (len(found) + len(right)))
    return best


# %% answer="f1"
# Removes each word that it has found; fractions.
def f1(prediction, answers):
    from fractions import Fraction

    def one(words, rest):
        if not words or not rest:
            return Fraction(words == rest)
        size, shared = len(rest), 0
        for word in words:
            if word in rest:
                rest.remove(word)
                shared += 1
        precision, recall = Fraction(shared, len(words)), Fraction(
            shared, size)
        return (2 * precision * recall / (precision + recall) if shared
                else Fraction(0))

    return max(one(words_of(prediction), words_of(answer))
               for answer in answers)


# %% answer="f1"
# The harmonic mean; NumPy's numbers.
def f1(prediction, answers):
    from statistics import harmonic_mean

    import numpy as np
    values = []
    for answer in answers:
        found, right = (Counter(words_of(text))
                        for text in (prediction, answer))
        shared = sum((found & right).values())
        if not found or not right:
            values.append(found == right)
        else:
            values.append(harmonic_mean([shared / sum(found.values()),
                                         shared / sum(right.values())]))
    return np.max(values) * np.float64(1)
