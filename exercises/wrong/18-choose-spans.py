# Wrong answers of students. Each cell is an answer; `Says:` is a part of the
# message of the check. `hidden`: only the hidden tests find the mistake.

# %% answer="budget"
# Says: the budget is 2, not 3: 15 % of 19 tokens is 2.85; round down
def get_budget(tokens):
    return max(1, round(0.15 * len(tokens)))


# %% answer="budget"
# Says: the budget is 5, not 6: 15 % of 34 tokens is 5.10; round down
def get_budget(tokens):
    import math
    return max(1, math.ceil(0.15 * len(tokens)))


# %% answer="budget"
# Says: the budget is 1, not 0: 15 % of 5 tokens is 0.75, and the budget is at
def get_budget(tokens):
    return int(0.15 * len(tokens))


# %% answer="budget"
# Says: count the special tokens, too
def get_budget(tokens):
    real = [token for token in tokens if token not in ('<cls>', '<sep>')]
    return max(1, int(0.15 * len(real)))


# %% answer="budget"
# Says: count all tokens, not the words
def get_budget(tokens):
    return max(1, int(0.15 * len(find_words(tokens))))


# %% answer="budget"
# Says: return a whole number, not a float: 5.0
def get_budget(tokens):
    return max(1, 0.15 * len(tokens) // 1)


# %% answer="budget"
# At least one more, in place of at least one.
# Says: the budget is 5, not 6: 15 % of 34 tokens is 5.10; round down
def get_budget(tokens):
    return 1 + int(0.15 * len(tokens))


# %% answer="count"
# Says: with 'ships' it would have 6 tokens, and the room is 5
def count_words(words, free, first, length, room):
    count = 1
    while (count < length and first + count < len(words)
           and free[first + count]
           and words[first + count][0] == words[first + count - 1][1]):
        count += 1
    return count


# %% answer="count"
# The room counts words.
# Says: with 'ships' it would have 6 tokens, and the room is 5
def count_words(words, free, first, length, room):
    count = 1
    while (count < min(length, room) and first + count < len(words)
           and free[first + count]
           and words[first + count][0] == words[first + count - 1][1]):
        count += 1
    return count


# %% answer="count"
# Goes on with the next sentence.
# Says: a special token is before 'they'
def count_words(words, free, first, length, room):
    count, size = 1, words[first][1] - words[first][0]
    while (count < length and first + count < len(words)
           and free[first + count]):
        start, end = words[first + count]
        size += end - start
        if size > room:
            break
        count += 1
    return count


# %% answer="count"
# Says: 'two' is not free
def count_words(words, free, first, length, room):
    count = 1
    while (count < length and first + count < len(words)
           and words[first + count][0] == words[first + count - 1][1]
           and words[first + count][1] - words[first][0] <= room):
        count += 1
    return count


# %% answer="count"
# Leaves out a word that is not free, and goes on behind it.
# Says: 'two' is not free
def count_words(words, free, first, length, room):
    count = 0
    for number in range(first, len(words)):
        if count == length:
            break
        if words[number][1] - words[first][0] > room:
            break
        if number > first and words[number][0] != words[number - 1][1]:
            break
        if free[number]:
            count += 1
    return count


# %% answer="count"
# Less than the room, in place of at most.
# Says: 'two' still fits. It is free and follows directly, and with it
def count_words(words, free, first, length, room):
    count = 1
    while (count < length and first + count < len(words)
           and free[first + count]
           and words[first + count][0] == words[first + count - 1][1]
           and words[first + count][1] - words[first][0] < room):
        count += 1
    return count


# %% answer="count"
# Subtracts 1, as if a pair were the first and the last position.
# Says: 'saw' still fits. It is free and follows directly
def count_words(words, free, first, length, room):
    count = 1
    while (count < length and first + count < len(words)
           and free[first + count]
           and words[first + count][0] == words[first + count - 1][1] + 1
           and words[first + count][1] - words[first][0] <= room):
        count += 1
    return count


# %% answer="count"
# Says: return the number of words, not of the 5 tokens
def count_words(words, free, first, length, room):
    count = 1
    while (count < length and first + count < len(words)
           and free[first + count]
           and words[first + count][0] == words[first + count - 1][1]
           and words[first + count][1] - words[first][0] <= room):
        count += 1
    return words[first + count - 1][1] - words[first][0]


# %% answer="count"
# Counts from 0.
# Says: gets 3, not 2 of them
def count_words(words, free, first, length, room):
    count = 1
    while (count < length and first + count < len(words)
           and free[first + count]
           and words[first + count][0] == words[first + count - 1][1]
           and words[first + count][1] - words[first][0] <= room):
        count += 1
    return count - 1


# %% answer="count"
# A word more than was drawn.
# Says: gets 3, not 4 of them
def count_words(words, free, first, length, room):
    count = 1
    while (count <= length and first + count < len(words)
           and free[first + count]
           and words[first + count][0] == words[first + count - 1][1]
           and words[first + count][1] - words[first][0] <= room):
        count += 1
    return count


# %% answer="count"
# Does not shorten: all or nothing.
# Says: it has the first word already
def count_words(words, free, first, length, room):
    if first + length > len(words):
        return 0
    size = words[first + length - 1][1] - words[first][0]
    return length if size <= room and all(free[first:first + length]) else 0


# %% answer="count"
# Says: in count_words, line 4: list index out of range (IndexError)
def count_words(words, free, first, length, room):
    count = 1
    while (count < length and free[first + count]
           and words[first + count][0] == words[first + count - 1][1]
           and words[first + count][1] - words[first][0] <= room):
        count += 1
    return count


# %% answer="count"
# Says: count_words has changed free; leave it as it is, and work on a copy
def count_words(words, free, first, length, room):
    count = 1
    free[first] = False
    while (count < length and first + count < len(words)
           and free[first + count]
           and words[first + count][0] == words[first + count - 1][1]
           and words[first + count][1] - words[first][0] <= room):
        free[first + count] = False
        count += 1
    return count


# %% answer="count" hidden
# Takes the free words in front for a border, too.
# Says: still fits. It is free and follows directly
def count_words(words, free, first, length, room):
    if first > 1 and not free[first - 1]:
        return 1
    count = 1
    while (count < length and first + count < len(words)
           and free[first + count]
           and words[first + count][0] == words[first + count - 1][1]
           and words[first + count][1] - words[first][0] <= room):
        count += 1
    return count


# %% answer="spans"
# Draws until the budget is full: the last span is too long.
# Says: 8 tokens are hidden, [(2, 6), (6, 8), (9, 11)], but the budget is 5
def choose_spans(words, budget, draw_length, rng):
    spans, free, hidden = [], [True] * len(words), 0
    while hidden < budget:
        candidates = [i for i in range(len(words)) if free[i]]
        if not candidates:
            break
        first = rng.choice(candidates)
        count = count_words(words, free, first, draw_length(rng), 1000)
        span = words[first][0], words[first + count - 1][1]
        spans.append(span)
        free[first:first + count] = [False] * count
        hidden += span[1] - span[0]
    return sorted(spans)


# %% answer="spans"
# The room counts words in place of tokens.
# Says: tokens of each span from the room
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while room:
        candidates = [i for i, (start, end) in enumerate(words)
                      if free[i] and end - start <= room]
        if not candidates:
            break
        first = rng.choice(candidates)
        count = count_words(words, free, first, draw_length(rng), room)
        spans.append((words[first][0], words[first + count - 1][1]))
        free[first:first + count] = [False] * count
        room -= count
    return sorted(spans or [min(words, key=lambda w: w[1] - w[0])])


# %% answer="spans"
# The room does not become smaller.
# Says: but the budget is 5 tokens; subtract the tokens of each span
def choose_spans(words, budget, draw_length, rng):
    spans, free = [], [True] * len(words)
    while True:
        candidates = [i for i, (start, end) in enumerate(words)
                      if free[i] and end - start <= budget]
        if not candidates or len(spans) == 3:
            break
        first = rng.choice(candidates)
        count = count_words(words, free, first, draw_length(rng), budget)
        spans.append((words[first][0], words[first + count - 1][1]))
        free[first:first + count] = [False] * count
    return sorted(spans)


# %% answer="spans"
# The words of a span stay free.
# Says: overlap; the words of a span are not free any more
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while True:
        candidates = [i for i, (start, end) in enumerate(words)
                      if free[i] and end - start <= room]
        if not candidates:
            break
        first = rng.choice(candidates)
        count = count_words(words, free, first, draw_length(rng), room)
        span = words[first][0], words[first + count - 1][1]
        spans.append(span)
        room -= span[1] - span[0]
    return sorted(spans or [min(words, key=lambda w: w[1] - w[0])])


# %% answer="spans"
# Only the first word of a span is not free any more.
# Says: overlap; the words of a span are not free any more
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while True:
        candidates = [i for i, (start, end) in enumerate(words)
                      if free[i] and end - start <= room]
        if not candidates:
            break
        first = rng.choice(candidates)
        count = count_words(words, free, first, draw_length(rng), room)
        span = words[first][0], words[first + count - 1][1]
        spans.append(span)
        free[first] = False
        room -= span[1] - span[0]
    return sorted(spans or [min(words, key=lambda w: w[1] - w[0])])


# %% answer="spans"
# Takes the next words, whatever is between them.
# Says: contains a special token
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while True:
        candidates = [i for i, (start, end) in enumerate(words)
                      if free[i] and end - start <= room]
        if not candidates:
            break
        first = last = rng.choice(candidates)
        length = draw_length(rng)
        while (last - first + 1 < length and last + 1 < len(words)
               and free[last + 1]
               and words[last + 1][1] - words[first][0] <= room):
            last += 1
        spans.append((words[first][0], words[last][1]))
        free[first:last + 1] = [False] * (last - first + 1)
        room -= words[last][1] - words[first][0]
    return sorted(spans or [min(words, key=lambda w: w[1] - w[0])])


# %% answer="spans"
# Shortens the span to the room, token by token.
# Says: contains a part of a word; take whole words only
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while room > 0:
        candidates = [i for i in range(len(words)) if free[i]]
        if not candidates:
            break
        first = rng.choice(candidates)
        count = count_words(words, free, first, draw_length(rng), 1000)
        start, end = words[first][0], words[first + count - 1][1]
        end = min(end, start + room)
        spans.append((start, end))
        free[first:first + count] = [False] * count
        room -= end - start
    return sorted(spans)


# %% answer="spans"
# Stops when a word does not fit.
# Says: would still fit; draw until there are no candidates
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while any(free):
        first = rng.choice([i for i in range(len(words)) if free[i]])
        if words[first][1] - words[first][0] > room:
            break
        count = count_words(words, free, first, draw_length(rng), room)
        span = words[first][0], words[first + count - 1][1]
        spans.append(span)
        free[first:first + count] = [False] * count
        room -= span[1] - span[0]
    return sorted(spans or [min(words, key=lambda w: w[1] - w[0])])


# %% answer="spans"
# One span only.
# Says: 2 of 5 tokens are hidden, [(9, 11)], and ['the'] would still fit
def choose_spans(words, budget, draw_length, rng):
    candidates = [i for i, (start, end) in enumerate(words)
                  if end - start <= budget]
    first = rng.choice(candidates)
    count = count_words(words, [True] * len(words), first, draw_length(rng),
                        budget)
    return [(words[first][0], words[first + count - 1][1])]


# %% answer="spans"
# Says: is not in ascending order; sort the spans
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while True:
        candidates = [i for i, (start, end) in enumerate(words)
                      if free[i] and end - start <= room]
        if not candidates:
            break
        first = rng.choice(candidates)
        count = count_words(words, free, first, draw_length(rng), room)
        span = words[first][0], words[first + count - 1][1]
        spans.append(span)
        free[first:first + count] = [False] * count
        room -= span[1] - span[0]
    return spans or [min(words, key=lambda w: w[1] - w[0])]


# %% answer="spans"
# Says: so hide only the shortest one, and the first of several
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while True:
        candidates = [i for i, (start, end) in enumerate(words)
                      if free[i] and end - start <= room]
        if not candidates:
            break
        first = rng.choice(candidates)
        count = count_words(words, free, first, draw_length(rng), room)
        span = words[first][0], words[first + count - 1][1]
        spans.append(span)
        free[first:first + count] = [False] * count
        room -= span[1] - span[0]
    return sorted(spans)


# %% answer="spans"
# Says: has fewer spans than were drawn, [(5, 6), (6, 8), (9, 11)]; do not join
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while True:
        candidates = [i for i, (start, end) in enumerate(words)
                      if free[i] and end - start <= room]
        if not candidates:
            break
        first = rng.choice(candidates)
        count = count_words(words, free, first, draw_length(rng), room)
        span = words[first][0], words[first + count - 1][1]
        spans.append(span)
        free[first:first + count] = [False] * count
        room -= span[1] - span[0]
    merged = []
    for start, end in sorted(spans):
        if merged and merged[-1][1] == start:
            merged[-1] = merged[-1][0], end
        else:
            merged.append((start, end))
    return merged or [min(words, key=lambda w: w[1] - w[0])]


# %% answer="spans"
# A span that must be shortened is thrown away.
# Says: you draw again if a span does not fit; shorten it, and keep it
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while True:
        candidates = [i for i, (start, end) in enumerate(words)
                      if free[i] and end - start <= room]
        if not candidates:
            break
        first, length = rng.choice(candidates), draw_length(rng)
        count = count_words(words, free, first, length, room)
        if count < length:
            continue
        span = words[first][0], words[first + count - 1][1]
        spans.append(span)
        free[first:first + count] = [False] * count
        room -= span[1] - span[0]
    return sorted(spans or [min(words, key=lambda w: w[1] - w[0])])


# %% answer="spans"
# Says: you draw the length before the word
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while True:
        candidates = [i for i, (start, end) in enumerate(words)
                      if free[i] and end - start <= room]
        if not candidates:
            break
        length = draw_length(rng)
        first = rng.choice(candidates)
        count = count_words(words, free, first, length, room)
        span = words[first][0], words[first + count - 1][1]
        spans.append(span)
        free[first:first + count] = [False] * count
        room -= span[1] - span[0]
    return sorted(spans or [min(words, key=lambda w: w[1] - w[0])])


# %% answer="spans"
# Single words, as in whole-word masking.
# Says: all your spans are single words; take the words that count_words counts
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while True:
        candidates = [i for i, (start, end) in enumerate(words)
                      if free[i] and end - start <= room]
        if not candidates:
            break
        first = rng.choice(candidates)
        draw_length(rng)
        spans.append(words[first])
        free[first] = False
        room -= words[first][1] - words[first][0]
    return sorted(spans or [min(words, key=lambda w: w[1] - w[0])])


# %% answer="spans"
# Says: choose_spans uses the module random; use rng for all random numbers
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while True:
        candidates = [i for i, (start, end) in enumerate(words)
                      if free[i] and end - start <= room]
        if not candidates:
            break
        first = random.choice(candidates)
        count = count_words(words, free, first, random.randint(1, 10), room)
        span = words[first][0], words[first + count - 1][1]
        spans.append(span)
        free[first:first + count] = [False] * count
        room -= span[1] - span[0]
    return sorted(spans or [min(words, key=lambda w: w[1] - w[0])])


# %% answer="spans"
# Says: each span is a pair (start, end), not 5
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while True:
        candidates = [i for i, (start, end) in enumerate(words)
                      if free[i] and end - start <= room]
        if not candidates:
            break
        first = rng.choice(candidates)
        count = count_words(words, free, first, draw_length(rng), room)
        span = words[first][0], words[first + count - 1][1]
        spans += range(*span)
        free[first:first + count] = [False] * count
        room -= span[1] - span[0]
    return sorted(spans)


# %% answer="spans"
# Asks whether the candidates are empty too late.
# Says: Cannot choose from an empty sequence (IndexError)
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while room > 0:
        candidates = [i for i, (start, end) in enumerate(words)
                      if free[i] and end - start <= room]
        first = rng.choice(candidates)
        count = count_words(words, free, first, draw_length(rng), room)
        span = words[first][0], words[first + count - 1][1]
        spans.append(span)
        free[first:first + count] = [False] * count
        room -= span[1] - span[0]
    return sorted(spans)


# %% answer="spans"
# Draws from all words, and again if the word does not fit: the same law, but
# other draws.
# Says: draw from the candidates only
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while any(free[i] and words[i][1] - words[i][0] <= room
              for i in range(len(words))):
        first = rng.randrange(len(words))
        if not free[first] or words[first][1] - words[first][0] > room:
            continue
        count = count_words(words, free, first, draw_length(rng), room)
        span = words[first][0], words[first + count - 1][1]
        spans.append(span)
        free[first:first + count] = [False] * count
        room -= span[1] - span[0]
    return sorted(spans or [min(words, key=lambda w: w[1] - w[0])])


# %% answer="spans"
# The length counts tokens.
# Says: the length that is drawn is a number of words, not of tokens
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while True:
        candidates = [i for i, (start, end) in enumerate(words)
                      if free[i] and end - start <= room]
        if not candidates:
            break
        first = rng.choice(candidates)
        length, count = draw_length(rng), 1
        while (first + count < len(words) and free[first + count]
               and words[first + count][0] == words[first + count - 1][1]
               and words[first + count][1] - words[first][0]
               <= min(room, length)):
            count += 1
        span = words[first][0], words[first + count - 1][1]
        spans.append(span)
        free[first:first + count] = [False] * count
        room -= span[1] - span[0]
    return sorted(spans or [min(words, key=lambda w: w[1] - w[0])])


# %% answer="spans"
# The mean length, rounded, whatever draw_length says.
# Says: In each round draw the word, with rng.choice(candidates), then the
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while True:
        candidates = [i for i, (start, end) in enumerate(words)
                      if free[i] and end - start <= room]
        if not candidates:
            break
        first, length = rng.choice(candidates), 4
        count = count_words(words, free, first, length, room)
        span = words[first][0], words[first + count - 1][1]
        spans.append(span)
        free[first:first + count] = [False] * count
        room -= span[1] - span[0]
    return sorted(spans or [min(words, key=lambda w: w[1] - w[0])])


# %% answer="spans" hidden
# The first word in place of the shortest.
# Says: so hide only the shortest one, and the first of several
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while True:
        candidates = [i for i, (start, end) in enumerate(words)
                      if free[i] and end - start <= room]
        if not candidates:
            break
        first = rng.choice(candidates)
        count = count_words(words, free, first, draw_length(rng), room)
        span = words[first][0], words[first + count - 1][1]
        spans.append(span)
        free[first:first + count] = [False] * count
        room -= span[1] - span[0]
    return sorted(spans or words[:1])


# %% answer="spans" hidden
# Says: in choose_spans, line 15: min()
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while True:
        candidates = [i for i, (start, end) in enumerate(words)
                      if free[i] and end - start <= room]
        if not candidates:
            break
        first = rng.choice(candidates)
        count = count_words(words, free, first, draw_length(rng), room)
        span = words[first][0], words[first + count - 1][1]
        spans.append(span)
        free[first:first + count] = [False] * count
        room -= span[1] - span[0]
    return sorted(spans or [min(words, key=lambda w: w[1] - w[0])])


# %% answer="budget"
# Says: at least 1 is max(1, ...), the larger of the two
def get_budget(tokens):
    return min(1, int(0.15 * len(tokens)))


# %% answer="count"
# Leaves out the room only.
# Says: a special token is before 'they'
def count_words(words, free, first, length, room):
    last = min(first + length, len(words))
    while words[last - 1][1] - words[first][0] > room:
        last -= 1
    return last - first


# %% answer="spans"
# A word that just fits is no candidate.
# Says: a candidate may have exactly as many tokens as there is room for
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while True:
        candidates = [i for i, (start, end) in enumerate(words)
                      if free[i] and end - start < room]
        if not candidates:
            break
        first = rng.choice(candidates)
        count = count_words(words, free, first, draw_length(rng), room)
        span = words[first][0], words[first + count - 1][1]
        spans.append(span)
        free[first:first + count] = [False] * count
        room -= span[1] - span[0]
    return sorted(spans or [min(words, key=lambda w: w[1] - w[0])])


# %% answer="spans"
# A pair for each word.
# Says: has a pair for each word, but a span of several words is one pair
def choose_spans(words, budget, draw_length, rng):
    spans, free, room = [], [True] * len(words), budget
    while True:
        candidates = [i for i, (start, end) in enumerate(words)
                      if free[i] and end - start <= room]
        if not candidates:
            break
        first = rng.choice(candidates)
        count = count_words(words, free, first, draw_length(rng), room)
        span = words[first][0], words[first + count - 1][1]
        spans += words[first:first + count]
        free[first:first + count] = [False] * count
        room -= span[1] - span[0]
    return sorted(spans or [min(words, key=lambda w: w[1] - w[0])])
