# Correct answers that are not the solution. Each cell is an answer, which
# must pass the check.

# %% answer="budget"
# Whole numbers only.
def get_budget(tokens):
    return 15 * len(tokens) // 100 or 1


# %% answer="budget"
def get_budget(tokens):
    import math
    return max(math.floor(len(tokens) * 0.15), 1)


# %% answer="budget"
# NumPy's integers.
def get_budget(tokens):
    import numpy as np
    return np.maximum(1, np.int64(np.floor(0.15 * len(tokens))))


# %% answer="count"
# A for loop, which returns.
def count_words(words, free, first, length, room):
    begin, behind = words[first]
    for count in range(1, length):
        if first + count >= len(words):
            return count
        start, end = words[first + count]
        if not free[first + count] or start > behind or end > begin + room:
            return count
        behind = end
    return length


# %% answer="count"
# The room that is left.
def count_words(words, free, first, length, room):
    last = first
    room -= words[first][1] - words[first][0]
    while (last - first + 1 < length and last + 1 < len(words)
           and free[last + 1] and words[last + 1][0] == words[last][1]
           and words[last + 1][1] - words[last + 1][0] <= room):
        last += 1
        room -= words[last][1] - words[last][0]
    return last - first + 1


# %% answer="count"
# The function calls itself.
def count_words(words, free, first, length, room):
    start, end = words[first]
    room -= end - start
    nothing = (length == 1 or first + 1 == len(words)
               or not free[first + 1] or words[first + 1][0] != end
               or words[first + 1][1] - end > room)
    return 1 if nothing else 1 + count_words(words, free, first + 1,
                                             length - 1, room)


# %% answer="spans"
# The words themselves are drawn; a set of those in a span.
def choose_spans(words, budget, draw_length, rng):
    taken, spans = set(), []
    if words and all(end - start > budget for start, end in words):
        sizes = [end - start for start, end in words]
        return [words[sizes.index(min(sizes))]]
    while True:
        room = budget - sum(end - start for start, end in spans)
        candidates = [word for word in words if word not in taken
                      and word[1] - word[0] <= room]
        if not candidates:
            return sorted(spans)
        first = words.index(rng.choice(candidates))
        length = draw_length(rng)
        free = [word not in taken for word in words]
        count = count_words(words, free, first, length, room)
        taken.update(words[first:first + count])
        spans.append((words[first][0], words[first + count - 1][1]))


# %% answer="spans"
# Lists in place of pairs; a list of free positions, and no count_words.
def choose_spans(words, budget, draw_length, rng):
    hidden, spans = set(), []

    def fits(word, size=0):
        return (word[0] not in hidden
                and word[1] - word[0] + size <= budget - len(hidden))

    while any(map(fits, words)):
        word = rng.choice([*filter(fits, words)])
        number, [start, end] = words.index(word), word
        for following in words[number + 1:number + draw_length(rng)]:
            if following[0] != end or not fits(following, end - start):
                break
            end = following[1]
        hidden.update(range(start, end))
        spans.append([start, end])
    if not spans:
        spans = sorted(words, key=lambda word: word[1] - word[0])[:1]
    spans.sort()
    return spans


# %% answer="spans"
# The end of one round is the beginning of the next.
def choose_spans(words, budget, draw_length, rng):
    def rounds(free, room):
        candidates = [i for i in range(len(words))
                      if free[i] and words[i][1] - words[i][0] <= room]
        if not candidates:
            return []
        first = rng.choice(candidates)
        count = count_words(words, free, first, draw_length(rng), room)
        start, end = words[first][0], words[first + count - 1][1]
        free = [free[i] and not first <= i < first + count
                for i in range(len(words))]
        return [(start, end), *rounds(free, room - (end - start))]

    spans = rounds([True] * len(words), budget)
    if not spans and words:
        least = min(end - start for start, end in words)
        spans = [next((start, end) for start, end in words
                      if end - start == least)]
    return sorted(spans)
