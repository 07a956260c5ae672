# Correct answers that are not the solution. Each cell is an answer, which
# must pass the check.

# %% answer="one"
# enumerate counts the offsets.
def span_targets(tokens, start, end):
    return [(start + offset - 1, token, start - 1, end, offset)
            for offset, token in enumerate(tokens[start:end], 1)]


# %% answer="one"
# Lists in place of tuples, in a loop.
def span_targets(tokens, start, end):
    targets = []
    while start + len(targets) < end:
        position, offset = start + len(targets), len(targets) + 1
        targets.append([position, tokens[position], start - 1, end, offset])
    return targets


# %% answer="one"
# Columns, which zip turns into rows; NumPy's integers.
def span_targets(tokens, start, end):
    import numpy as np
    positions = np.arange(start, end)
    size = end - start
    return list(zip(positions, tokens[start:end], [start - 1] * size,
                    [end] * size, 1 + np.arange(size)))


# %% answer="all"
# Sorts the targets.
def hide_spans(tokens, spans):
    targets = []
    for start, end in spans:
        targets.extend(span_targets(tokens, start, end))
    targets.sort()
    hidden = {target[0] for target in targets}
    return ['<mask>' if i in hidden else token
            for i, token in enumerate(tokens)], targets


# %% answer="all"
# Without part A; a list of two values.
def hide_spans(tokens, spans):
    new_tokens, targets = [], []
    for position, token in enumerate(tokens):
        inside = [span for span in spans if span[0] <= position < span[1]]
        new_tokens.append('<mask>' if inside else token)
        for start, end in inside:
            targets.append((position, token, start - 1, end,
                            position - start + 1))
    return [new_tokens, targets]


# %% answer="all"
# A dictionary by position.
def hide_spans(tokens, spans):
    span_of = {position: span for span in spans
               for position in range(span[0], span[1])}
    targets = [(position, tokens[position], span_of[position][0] - 1,
                span_of[position][1], 1 + position - span_of[position][0])
               for position in sorted(span_of)]
    new_tokens = tokens[:]
    for position in span_of:
        new_tokens[position] = '<mask>'
    return new_tokens, targets
