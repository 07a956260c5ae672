# Wrong answers of students. Each cell is an answer; `Says:` is a part of the
# message of the check. `hidden`: only the hidden tests find the mistake.

# %% answer="normal"
# Says: make all letters lower case
def words_of(text):
    kept = ''.join(c for c in text if c not in string.punctuation)
    return [word for word in kept.split()
            if word.lower() not in ('a', 'an', 'the')]


# %% answer="normal"
# Says: drop the punctuation ' everywhere
def words_of(text):
    words = [word.strip('.,') for word in text.lower().split()]
    return [word for word in words if word not in ('a', 'an', 'the')]


# %% answer="normal"
# Says: drop the articles a, an and the, wherever they are
def words_of(text):
    return ''.join(c for c in text.lower()
                   if c not in string.punctuation).split()


# %% answer="normal"
# Only the first word.
# Says: drop the articles a, an and the, wherever they are
def words_of(text):
    words = ''.join(c for c in text.lower()
                    if c not in string.punctuation).split()
    return words[1:] if words and words[0] in ('a', 'an', 'the') else words


# %% answer="normal"
# The articles are dropped before the letters are lower case.
# Says: after the other steps: The and "the" are articles, too
def words_of(text):
    words = [word for word in text.split() if word not in ('a', 'an', 'the')]
    return ''.join(c for c in ' '.join(words).lower()
                   if c not in string.punctuation).split()


# %% answer="normal"
# Articles inside words.
# Says: the letters of an article inside a word stay; drop whole words only
def words_of(text):
    kept = ''.join(c for c in text.lower() if c not in string.punctuation)
    for article in ('the', 'an', 'a'):
        kept = kept.replace(article, '')
    return kept.split()


# %% answer="normal"
# The beginnings of words.
# Says: the letters of an article inside a word stay; drop whole words only
def words_of(text):
    words = ''.join(c for c in text.lower()
                    if c not in string.punctuation).split()
    return [word.removeprefix('the').removeprefix('an') for word in words
            if word not in ('a', 'an', 'the')]


# %% answer="normal"
# Says: punctuation is dropped; no space takes its place
def words_of(text):
    kept = ''.join(' ' if c in string.punctuation else c
                   for c in text.lower())
    return [word for word in kept.split() if word not in ('a', 'an', 'the')]


# %% answer="normal"
# Says: white space, which can be longer than one space, or a tab: use split()
def words_of(text):
    kept = ''.join(c for c in text.lower() if c not in string.punctuation)
    return [word for word in kept.split(' ')
            if word not in ('a', 'an', 'the')]


# %% answer="normal"
# Says: return a list of words, not a str: 'lighthouse'
def words_of(text):
    kept = ''.join(c for c in text.lower() if c not in string.punctuation)
    return ' '.join(word for word in kept.split()
                    if word not in ('a', 'an', 'the'))


# %% answer="normal"
# Only letters are kept.
# Says: digits are no punctuation; they stay
def words_of(text):
    kept = ''.join(c for c in text.lower() if c.isalpha() or c.isspace())
    return [word for word in kept.split() if word not in ('a', 'an', 'the')]


# %% answer="normal" hidden
# Articles before the punctuation.
# Says: the words of 'a. the' are [], not ['a']: drop the articles
def words_of(text):
    words = [word for word in text.lower().split()
             if word not in ('a', 'an', 'the')]
    return ''.join(c for c in ' '.join(words)
                   if c not in string.punctuation).split()


# %% answer="normal" hidden
# Each word once.
# Says: a word that is there twice counts twice
def words_of(text):
    kept = ''.join(c for c in text.lower() if c not in string.punctuation)
    return list(dict.fromkeys(word for word in kept.split()
                              if word not in ('a', 'an', 'the')))


# %% answer="normal" hidden
# Some punctuation is missing.
# Says: drop the punctuation
def words_of(text):
    kept = ''.join(c for c in text.lower() if c not in ".,;:!?'()-")
    return [word for word in kept.split() if word not in ('a', 'an', 'the')]


# %% answer="normal" hidden
# Keeps ASCII only.
# Says: letters such as ä are no punctuation; they stay
def words_of(text):
    import re
    kept = re.sub(r'[^a-z0-9\s]', '', text.lower())
    return [word for word in kept.split() if word not in ('a', 'an', 'the')]


# %% answer="exact"
# Says: not 0, for the reference answers ['two ships']: the words of part A
def exact_match(prediction, answers):
    return int(prediction in answers)


# %% answer="exact"
# The first reference only.
# Says: one of the reference answers is enough
def exact_match(prediction, answers):
    return int(words_of(prediction) == words_of(answers[0]))


# %% answer="exact"
# Says: one of the reference answers is enough
def exact_match(prediction, answers):
    return int(all(words_of(prediction) == words_of(answer)
                   for answer in answers))


# %% answer="exact"
# The mean over the references.
# Says: is 1, not 0.5, for the reference answers
def exact_match(prediction, answers):
    return sum(words_of(prediction) == words_of(answer)
               for answer in answers) / len(answers)


# %% answer="exact"
# Part of an answer is enough.
# Says: is 0, not 1, for the reference answers ['two ships']: all words must
def exact_match(prediction, answers):
    return int(any(' '.join(words_of(prediction)) in ' '.join(
        words_of(answer)) for answer in answers))


# %% answer="exact"
# An empty prediction is always wrong.
# Says: the question has no answer, and the model says so
def exact_match(prediction, answers):
    if not prediction:
        return 0
    return int(any(words_of(prediction) == words_of(answer)
                   for answer in answers))


# %% answer="exact"
# Says: return a number, not None; is a return missing?
def exact_match(prediction, answers):
    if words_of(prediction) in [words_of(answer) for answer in answers]:
        return 1
    return None


# %% answer="exact" hidden
# Says: the order counts
def exact_match(prediction, answers):
    return int(any(sorted(words_of(prediction)) == sorted(words_of(answer))
                   for answer in answers))


# %% answer="exact" hidden
# Joined without a space.
# Says: these are two words
def exact_match(prediction, answers):
    return int(any(''.join(words_of(prediction)) == ''.join(
        words_of(answer)) for answer in answers))


# %% answer="f1"
# Sets in place of multisets.
# Says: words are counted as in a set; count a word as often as it is in both
def f1(prediction, answers):
    best = 0
    for answer in answers:
        found, right = set(words_of(prediction)), set(words_of(answer))
        if not found or not right:
            best = max(best, float(found == right))
        elif found & right:
            precision = len(found & right) / len(found)
            recall = len(found & right) / len(right)
            best = max(best, 2 * precision * recall / (precision + recall))
    return best


# %% answer="f1"
# Only the shared words are a set.
# Says: the shared words are counted as in a set; count a word as often as
def f1(prediction, answers):
    best = 0
    for answer in answers:
        found, right = words_of(prediction), words_of(answer)
        shared = len(set(found) & set(right))
        if not found or not right:
            best = max(best, float(found == right))
        elif shared:
            precision, recall = shared / len(found), shared / len(right)
            best = max(best, 2 * precision * recall / (precision + recall))
    return best


# %% answer="f1"
# Counts each word of the prediction that is in the answer.
# Says: a word is shared as often as it is in both, not as often as it is in
def f1(prediction, answers):
    best = 0
    for answer in answers:
        found, right = words_of(prediction), words_of(answer)
        shared = sum(word in right for word in found)
        if not found or not right:
            best = max(best, float(found == right))
        elif shared:
            precision, recall = shared / len(found), shared / len(right)
            best = max(best, 2 * precision * recall / (precision + recall))
    return best


# %% answer="f1"
# The mean in place of the best.
# Says: this is the mean over the references; take the best one
def f1(prediction, answers):
    total = 0
    for answer in answers:
        found, right = words_of(prediction), words_of(answer)
        shared = (Counter(found) & Counter(right)).total()
        if not found or not right:
            total += found == right
        else:
            total += 2 * shared / (len(found) + len(right))
    return total / len(answers)


# %% answer="f1"
# Stops after the first reference.
# Says: this is the F1 of the first reference; take the best one
def f1(prediction, answers):
    for answer in answers:
        found, right = words_of(prediction), words_of(answer)
        shared = (Counter(found) & Counter(right)).total()
        result = (2 * shared / (len(found) + len(right)) if found and right
                  else float(found == right))
        break
    return result


# %% answer="f1"
# Overwrites the result of the references before.
# Says: this is the F1 of the last reference; take the best one
def f1(prediction, answers):
    result = 0
    for answer in answers:
        found, right = words_of(prediction), words_of(answer)
        shared = (Counter(found) & Counter(right)).total()
        result = (2 * shared / (len(found) + len(right)) if found and right
                  else float(found == right))
    return result


# %% answer="f1"
# One bag of all references.
# Says: the reference answers are compared as one; compare with each of them
def f1(prediction, answers):
    found, right = words_of(prediction), words_of(' '.join(answers))
    shared = (Counter(found) & Counter(right)).total()
    if not found or not right:
        return float(found == right)
    return 2 * shared / (len(found) + len(right))


# %% answer="f1"
# Says: this is the precision; take the recall, too
def f1(prediction, answers):
    found = words_of(prediction)
    return max((Counter(found) & Counter(words_of(answer))).total()
               / max(1, len(found)) for answer in answers)


# %% answer="f1"
# Says: this is the mean of precision and recall; take the formula of F1
def f1(prediction, answers):
    best = 0
    for answer in answers:
        found, right = words_of(prediction), words_of(answer)
        shared = (Counter(found) & Counter(right)).total()
        if not found or not right:
            best = max(best, float(found == right))
        else:
            best = max(best, shared / len(found) / 2 + shared / len(right) / 2)
    return best


# %% answer="f1"
# Says: the factor 2 is missing
def f1(prediction, answers):
    best = 0
    for answer in answers:
        found, right = words_of(prediction), words_of(answer)
        shared = (Counter(found) & Counter(right)).total()
        if shared:
            precision, recall = shared / len(found), shared / len(right)
            best = max(best, precision * recall / (precision + recall))
    return best


# %% answer="f1"
# Says: use words_of for the prediction and for the answers
def f1(prediction, answers):
    best = 0
    for answer in answers:
        found, right = prediction.split(), answer.split()
        shared = (Counter(found) & Counter(right)).total()
        if not found or not right:
            best = max(best, float(found == right))
        else:
            best = max(best, 2 * shared / (len(found) + len(right)))
    return best


# %% answer="f1"
# The letters in place of the words.
# Says: these are the letters that are shared; count words
def f1(prediction, answers):
    best = 0
    for answer in answers:
        found, right = (''.join(words_of(text))
                        for text in (prediction, answer))
        shared = (Counter(found) & Counter(right)).total()
        if not found or not right:
            best = max(best, float(found == right))
        else:
            best = max(best, 2 * shared / (len(found) + len(right)))
    return best


# %% answer="f1"
# Says: float division by zero (ZeroDivisionError); what if there is nothing
def f1(prediction, answers):
    best = 0
    for answer in answers:
        found, right = words_of(prediction), words_of(answer)
        shared = (Counter(found) & Counter(right)).total()
        precision, recall = shared / len(found), shared / len(right)
        best = max(best, 2 * precision * recall / (precision + recall))
    return best


# %% answer="f1"
# No shared words, so 0: also for a question without an answer.
# Says: if both have no words, F1 is 1
def f1(prediction, answers):
    best = 0
    for answer in answers:
        found, right = words_of(prediction), words_of(answer)
        shared = (Counter(found) & Counter(right)).total()
        if shared:
            precision, recall = shared / len(found), shared / len(right)
            best = max(best, 2 * precision * recall / (precision + recall))
    return best


# %% answer="f1"
# 1 as soon as one side is empty.
# Says: without words on one side, F1 is 1 if both have none, otherwise 0
def f1(prediction, answers):
    best = 0
    for answer in answers:
        found, right = words_of(prediction), words_of(answer)
        shared = (Counter(found) & Counter(right)).total()
        if not found or not right:
            return 1.0
        best = max(best, 2 * shared / (len(found) + len(right)))
    return best


# %% answer="f1"
# It is exact match.
# Says: it is all or nothing; that is exact match
def f1(prediction, answers):
    return float(exact_match(prediction, answers))


# %% answer="f1" hidden
# Looks at the texts in place of the words.
# Says: F1 of 'the' is 1.0000, not 0.0000, for the reference answers ['a']
def f1(prediction, answers):
    best = 0
    for answer in answers:
        if not prediction or not answer:
            best = max(best, float(prediction == answer))
            continue
        found, right = words_of(prediction), words_of(answer)
        shared = (Counter(found) & Counter(right)).total()
        if shared:
            best = max(best, 2 * shared / (len(found) + len(right)))
    return best


# %% answer="f1" hidden
# Returns at the first reference answer without words.
# Says: F1 of 'one' is 0.6667, not 0.0000
def f1(prediction, answers):
    best = 0
    for answer in answers:
        found, right = words_of(prediction), words_of(answer)
        if not found or not right:
            return float(found == right)
        shared = (Counter(found) & Counter(right)).total()
        best = max(best, 2 * shared / (len(found) + len(right)))
    return best


# %% answer="normal"
# The result of replace is lost.
# Says: drop the punctuation ' everywhere
def words_of(text):
    text = text.lower()
    for character in string.punctuation:
        text.replace(character, '')
    return [word for word in text.split() if word not in ('a', 'an', 'the')]


# %% answer="normal" hidden
# A list that changes while the loop runs: the word after an article is left
# out of the loop.
# Says: the words of 'a. the' are [], not ['the']: drop the articles
def words_of(text):
    words = ''.join(c for c in text.lower()
                    if c not in string.punctuation).split()
    for word in words:
        if word in ('a', 'an', 'the'):
            words.remove(word)
    return words


# %% answer="exact"
# Counts the references.
# Says: it is 1 also if several reference answers agree
def exact_match(prediction, answers):
    return sum(words_of(prediction) == words_of(answer) for answer in answers)


# %% answer="f1"
# Says: this is precision times recall; take the formula of F1
def f1(prediction, answers):
    best = 0
    for answer in answers:
        found, right = words_of(prediction), words_of(answer)
        shared = (Counter(found) & Counter(right)).total()
        if not found or not right:
            best = max(best, float(found == right))
        else:
            best = max(best, shared / len(found) * shared / len(right))
    return best


# %% answer="f1"
# Says: it is in percent; F1 is between 0 and 1
def f1(prediction, answers):
    best = 0
    for answer in answers:
        found, right = words_of(prediction), words_of(answer)
        shared = (Counter(found) & Counter(right)).total()
        if not found or not right:
            best = max(best, 100 * (found == right))
        else:
            best = max(best, 200 * shared / (len(found) + len(right)))
    return best


# %% answer="f1" hidden
# Returns at the first reference answer with no shared word.
# Says: F1 of 'one two three four' is 0.5000, not 0.0000
def f1(prediction, answers):
    best = 0
    for answer in answers:
        found, right = words_of(prediction), words_of(answer)
        shared = (Counter(found) & Counter(right)).total()
        if not shared:
            return float(found == right)
        best = max(best, 2 * shared / (len(found) + len(right)))
    return best
