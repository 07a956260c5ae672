# Wrong answers of students. Each cell is an answer; `Says:` is a part of the
# message of the check. `hidden`: only the hidden tests find the mistake.

# %% answer="one"
# Says: this is the last token of the span, which is hidden; the border is
def span_targets(tokens, start, end):
    return [(i, tokens[i], start - 1, end - 1, i - start + 1)
            for i in range(start, end)]


# %% answer="one"
# Says: that is one too far to the right; end is outside the span already
def span_targets(tokens, start, end):
    return [(i, tokens[i], start - 1, end + 1, i - start + 1)
            for i in range(start, end)]


# %% answer="one"
# Says: this is the first token of the span, which is hidden; the border is
def span_targets(tokens, start, end):
    return [(i, tokens[i], start, end, i - start + 1)
            for i in range(start, end)]


# %% answer="one"
# Says: the offsets are [0, 1, 2] instead of [1, 2, 3], for the span (4, 7)
def span_targets(tokens, start, end):
    return [(i, tokens[i], start - 1, end, i - start)
            for i in range(start, end)]


# %% answer="one"
# Says: these are the positions; count from the beginning of the span
def span_targets(tokens, start, end):
    return [(i, tokens[i], start - 1, end, i) for i in range(start, end)]


# %% answer="one"
# Says: these are counted from the end of the span
def span_targets(tokens, start, end):
    return [(i, tokens[i], start - 1, end, end - i)
            for i in range(start, end)]


# %% answer="one"
# Says: these are the neighbours of each token; the borders are outside the
def span_targets(tokens, start, end):
    return [(i, tokens[i], i - 1, i + 1, i - start + 1)
            for i in range(start, end)]


# %% answer="one"
# Says: there must be 3 targets, one for each hidden token, not 4
def span_targets(tokens, start, end):
    return [(i, tokens[i], start - 1, end + 1, i - start + 1)
            for i in range(start, end + 1)]


# %% answer="one"
# Says: count from the beginning of the example, not of the span
def span_targets(tokens, start, end):
    return [(i, token, start - 1, end, i + 1)
            for i, token in enumerate(tokens[start:end])]


# %% answer="one"
# Says: the labels are the tokens of the span, as they are
def span_targets(tokens, start, end):
    return [(i, '<mask>', start - 1, end, i - start + 1)
            for i in range(start, end)]


# %% answer="one"
# The tokens at the borders in place of their positions.
# Says: these must be numbers, not tokens
def span_targets(tokens, start, end):
    return [(i, tokens[i], tokens[start - 1], tokens[end], i - start + 1)
            for i in range(start, end)]


# %% answer="one"
# Says: return the 5 values (position, label, left, right, offset), not a tuple
def span_targets(tokens, start, end):
    return [(i, tokens[i], start - 1, end) for i in range(start, end)]


# %% answer="one"
# One target for the span.
# Says: there must be 3 targets, one for each hidden token, not 1
def span_targets(tokens, start, end):
    return [(start, tokens[start:end], start - 1, end, 1)]


# %% answer="one" hidden
# The first such token: a word can be in an example twice.
# Says: the positions are [2, 1, 2, 1] instead of [2, 3, 4, 5]
def span_targets(tokens, start, end):
    return [(tokens.index(token), token, start - 1, end,
             tokens.index(token) - start + 1)
            for token in tokens[start:end]]


# %% answer="one" hidden
# Looks in the span only: a word can be there twice, too.
# Says: the offsets are [1, 2, 1, 2] instead of [1, 2, 3, 4]
def span_targets(tokens, start, end):
    inside = tokens[start:end]
    return [(i, tokens[i], start - 1, end, inside.index(tokens[i]) + 1)
            for i in range(start, end)]


# %% answer="all"
# Says: the labels are the tokens before masking
def hide_spans(tokens, spans):
    new_tokens, targets = list(tokens), []
    for start, end in sorted(spans):
        new_tokens[start:end] = ['<mask>'] * (end - start)
        targets += span_targets(new_tokens, start, end)
    return new_tokens, targets


# %% answer="all"
# The same list under another name.
# Says: hide_spans has changed tokens; leave it as it is, and work on a copy
def hide_spans(tokens, spans):
    new_tokens, targets = tokens, []
    for start, end in sorted(spans):
        targets += span_targets(tokens, start, end)
        new_tokens[start:end] = ['<mask>'] * (end - start)
    return new_tokens, targets


# %% answer="all"
# Says: hide_spans has changed spans; leave it as it is, and work on a copy
def hide_spans(tokens, spans):
    new_tokens, targets = list(tokens), []
    spans.sort()
    for start, end in spans:
        new_tokens[start:end] = ['<mask>'] * (end - start)
        targets += span_targets(tokens, start, end)
    return new_tokens, targets


# %% answer="all"
# Says: the targets are in the order of the spans, [(11, 13), (1, 2), (4, 7)]
def hide_spans(tokens, spans):
    new_tokens, targets = list(tokens), []
    for start, end in spans:
        new_tokens[start:end] = ['<mask>'] * (end - start)
        targets += span_targets(tokens, start, end)
    return new_tokens, targets


# %% answer="all"
# One mask for each span.
# Says: 12 new tokens for 14 tokens; each hidden token becomes a <mask> of its
def hide_spans(tokens, spans):
    new_tokens, targets = list(tokens), []
    for start, end in sorted(spans, reverse=True):
        new_tokens[start:end] = ['<mask>']
        targets = span_targets(tokens, start, end) + targets
    return new_tokens, targets


# %% answer="all"
# Joins spans that touch.
# Says: are treated like [(2, 7)]; spans that touch stay two spans
def hide_spans(tokens, spans):
    new_tokens, runs = list(tokens), []
    for start, end in sorted(spans):
        new_tokens[start:end] = ['<mask>'] * (end - start)
        if runs and runs[-1][1] == start:
            runs[-1] = runs[-1][0], end
        else:
            runs.append((start, end))
    return new_tokens, [target for start, end in runs
                        for target in span_targets(tokens, start, end)]


# %% answer="all"
# Looks for a border that is not hidden.
# Says: these are the nearest tokens that are not hidden. The border of a span
def hide_spans(tokens, spans):
    new_tokens, targets = list(tokens), []
    for start, end in spans:
        new_tokens[start:end] = ['<mask>'] * (end - start)
    for start, end in sorted(spans):
        left, right = start - 1, end
        while new_tokens[left] == '<mask>':
            left -= 1
        while new_tokens[right] == '<mask>':
            right += 1
        targets += [(i, tokens[i], left, right, i - start + 1)
                    for i in range(start, end)]
    return new_tokens, targets


# %% answer="all"
# Offsets that go on.
# Says: count from 1 again in each span
def hide_spans(tokens, spans):
    new_tokens, targets = list(tokens), []
    for start, end in sorted(spans):
        for i in range(start, end):
            new_tokens[i] = '<mask>'
            targets.append((i, tokens[i], start - 1, end, len(targets) + 1))
    return new_tokens, targets


# %% answer="all"
# The last token of a span stays.
# Says: is 'harbour' instead of <mask>, for the spans
def hide_spans(tokens, spans):
    new_tokens, targets = list(tokens), []
    for start, end in sorted(spans):
        for i in range(start, end - 1):
            new_tokens[i] = '<mask>'
        targets += span_targets(tokens, start, end)
    return new_tokens, targets


# %% answer="all"
# The token behind a span is masked, too.
# Says: the token at position 7 has become '<mask>', but it is in no span
def hide_spans(tokens, spans):
    new_tokens, targets = list(tokens), []
    for start, end in sorted(spans):
        for i in range(start, end + 1):
            new_tokens[i] = '<mask>'
        targets += span_targets(tokens, start, end)
    return new_tokens, targets


# %% answer="all"
# A list for each span.
# Says: return the 5 values (position, label, left, right, offset), not a list
def hide_spans(tokens, spans):
    new_tokens, targets = list(tokens), []
    for start, end in sorted(spans):
        new_tokens[start:end] = ['<mask>'] * (end - start)
        targets.append(span_targets(tokens, start, end))
    return new_tokens, targets


# %% answer="all"
# Says: there must be 6 targets, one for each hidden token, not 2
def hide_spans(tokens, spans):
    new_tokens, targets = list(tokens), []
    for start, end in sorted(spans):
        new_tokens[start:end] = ['<mask>'] * (end - start)
        targets = span_targets(tokens, start, end)
    return new_tokens, targets


# %% answer="all"
# Says: return the 2 values (new tokens, targets), not a list of
def hide_spans(tokens, spans):
    return [target for start, end in sorted(spans)
            for target in span_targets(tokens, start, end)]


# %% answer="all" hidden
# zip(*...) of no spans has no columns.
# Says: not enough values to unpack
def hide_spans(tokens, spans):
    starts, ends = zip(*sorted(spans))
    new_tokens, targets = list(tokens), []
    for start, end in zip(starts, ends):
        new_tokens[start:end] = ['<mask>'] * (end - start)
        targets += span_targets(tokens, start, end)
    return new_tokens, targets


# %% answer="one"
# Says: left and right are exchanged
def span_targets(tokens, start, end):
    return [(i, tokens[i], end, start - 1, i - start + 1)
            for i in range(start, end)]


# %% answer="one"
# Says: return a list of targets, not a generator
def span_targets(tokens, start, end):
    for i in range(start, end):
        yield i, tokens[i], start - 1, end, i - start + 1


# %% answer="all"
# Says: return the new tokens first, and then the targets
def hide_spans(tokens, spans):
    new_tokens, targets = list(tokens), []
    for start, end in sorted(spans):
        new_tokens[start:end] = ['<mask>'] * (end - start)
        targets += span_targets(tokens, start, end)
    return targets, new_tokens
