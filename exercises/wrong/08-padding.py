# Wrong answers of students. Each cell is an answer; `Says:` is a part of the
# message of the check. `hidden`: only the hidden tests find the mistake.

# %% answer="width"
# Says: round(9.6) is 10, but int(9.6) is 9
def num_predictions(max_len):
    return int(0.15 * max_len)


# %% answer="width"
# Says: P is at least 1
def num_predictions(max_len):
    return round(0.15 * max_len)


# %% answer="width" hidden
# Says: P is 2 for max_len=12
def num_predictions(max_len):
    return 10 if max_len == 64 else 1


# %% answer="pad" tags=["torch"]
# Says: otherwise the model learns from the padding, too
def pad_inputs(examples, max_len, pad):
    def fill(rows, width, value, dtype=torch.int64):
        return torch.tensor([row + [value] * (width - len(row))
                             for row in rows], dtype=dtype)

    width = num_predictions(max_len)
    token_ids, positions, labels, segments, is_next = zip(*examples)
    return (
        fill(token_ids, max_len, pad), fill(segments, max_len, 0),
        torch.tensor([len(row) for row in token_ids], dtype=torch.float32),
        fill(positions, width, 0),
        torch.ones(len(examples), width),
        fill(labels, width, 0), torch.tensor(is_next, dtype=torch.int64))


# %% answer="pad" tags=["mxnet"]
# Says: otherwise the model learns from the padding, too
def pad_inputs(examples, max_len, pad):
    def fill(rows, width, value, dtype='int32'):
        return np.array([row + [value] * (width - len(row))
                         for row in rows], dtype=dtype)

    width = num_predictions(max_len)
    token_ids, positions, labels, segments, is_next = zip(*examples)
    return (
        fill(token_ids, max_len, pad), fill(segments, max_len, 0),
        np.array([len(row) for row in token_ids], dtype='float32'),
        fill(positions, width, 0), np.ones((len(examples), width)),
        fill(labels, width, 0), np.array(is_next, dtype='int32'))


# %% answer="pad" tags=["torch"]
# Pads with 0 instead of pad.
# Says: pad the token ids with pad, up to max_len
def pad_inputs(examples, max_len, pad):
    return tuple(torch.tensor([e[0] + [0] * (max_len - len(e[0]))
                               for e in examples]) for _ in range(7))


# %% answer="pad" tags=["mxnet"]
# Pads with 0 instead of pad.
# Says: pad the token ids with pad, up to max_len
def pad_inputs(examples, max_len, pad):
    return tuple(np.array([e[0] + [0] * (max_len - len(e[0]))
                           for e in examples], dtype='int32')
                 for _ in range(7))


# %% answer="pad" tags=["torch"]
# The valid lengths count the padding.
# Says: count the tokens without the padding
def pad_inputs(examples, max_len, pad):
    def fill(rows, width, value):
        return torch.tensor([row + [value] * (width - len(row))
                             for row in rows])

    width = num_predictions(max_len)
    token_ids, positions, labels, segments, is_next = zip(*examples)
    ids = fill(token_ids, max_len, pad)
    return (ids, fill(segments, max_len, 0),
            torch.tensor([len(row) for row in ids], dtype=torch.float32),
            fill(positions, width, 0),
            fill([[1.] * len(row) for row in positions], width, 0.),
            fill(labels, width, 0), torch.tensor(is_next).long())


# %% answer="pad" tags=["mxnet"]
# The valid lengths count the padding.
# Says: count the tokens without the padding
def pad_inputs(examples, max_len, pad):
    def fill(rows, width, value, dtype='int32'):
        return np.array([row + [value] * (width - len(row))
                         for row in rows], dtype=dtype)

    width = num_predictions(max_len)
    token_ids, positions, labels, segments, is_next = zip(*examples)
    ids = fill(token_ids, max_len, pad)
    return (ids, fill(segments, max_len, 0),
            np.array([len(row) for row in ids], dtype='float32'),
            fill(positions, width, 0),
            fill([[1] * len(row) for row in positions], width, 0, 'float32'),
            fill(labels, width, 0), np.array(is_next, dtype='int32'))


# %% answer="pad" tags=["torch"]
# Integers instead of floats.
# Says: the dtype must be float32
def pad_inputs(examples, max_len, pad):
    def fill(rows, width, value):
        return torch.tensor([row + [value] * (width - len(row))
                             for row in rows])

    width = num_predictions(max_len)
    token_ids, positions, labels, segments, is_next = zip(*examples)
    return (fill(token_ids, max_len, pad), fill(segments, max_len, 0),
            torch.tensor([len(row) for row in token_ids]),
            fill(positions, width, 0),
            fill([[1] * len(row) for row in positions], width, 0),
            fill(labels, width, 0), torch.tensor(is_next).long())


# %% answer="pad" tags=["mxnet"]
# Floats instead of integers: without a dtype MXNet makes floats.
# Says: the dtype must be int
def pad_inputs(examples, max_len, pad):
    def fill(rows, width, value):
        return np.array([row + [value] * (width - len(row))
                         for row in rows])

    width = num_predictions(max_len)
    token_ids, positions, labels, segments, is_next = zip(*examples)
    return (fill(token_ids, max_len, pad), fill(segments, max_len, 0),
            np.array([len(row) for row in token_ids]),
            fill(positions, width, 0),
            fill([[1] * len(row) for row in positions], width, 0),
            fill(labels, width, 0), np.array(is_next))


# %% answer="pad" hidden tags=["torch"]
# P as in the visible check.
# Says: (1, 2) instead of (1, 1)
def pad_inputs(examples, max_len, pad):
    def fill(rows, width, value, dtype=torch.int64):
        return torch.tensor([row + [value] * (width - len(row))
                             for row in rows], dtype=dtype)

    token_ids, positions, labels, segments, is_next = zip(*examples)
    return (
        fill(token_ids, max_len, pad), fill(segments, max_len, 0),
        torch.tensor([len(row) for row in token_ids], dtype=torch.float32),
        fill(positions, 2, 0),
        fill([[1] * len(row) for row in positions], 2, 0, torch.float32),
        fill(labels, 2, 0), torch.tensor(is_next, dtype=torch.int64))
