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
# Says: P is 2 for max_len=10
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


# %% answer="width" hidden
# Halves are rounded up.
# Says: P is 4 for max_len=30, not 5
def num_predictions(max_len):
    return max(1, int(0.15 * max_len + 0.5))


# %% answer="width"
# Says: return P, a whole number, not a float: 10.0
def num_predictions(max_len):
    return max(1., float(round(0.15 * max_len)))


# %% answer="pad" tags=["torch"]
# Pads the lists of the examples themselves.
# Says: pad_inputs has changed examples
def pad_inputs(examples, max_len, pad):
    width, columns = num_predictions(max_len), []
    for ids, positions, labels, segments, is_next in examples:
        valid, real = len(ids), len(positions)
        ids += [pad] * (max_len - len(ids))
        segments += [0] * (max_len - len(segments))
        positions += [0] * (width - len(positions))
        labels += [0] * (width - len(labels))
        columns.append((ids, segments, float(valid), positions,
                        [1.] * real + [0.] * (width - real), labels,
                        int(is_next)))
    return tuple(torch.tensor(column) for column in zip(*columns))


# %% answer="pad" tags=["mxnet"]
# Pads the lists of the examples themselves.
# Says: pad_inputs has changed examples
def pad_inputs(examples, max_len, pad):
    width, columns = num_predictions(max_len), []
    for ids, positions, labels, segments, is_next in examples:
        valid, real = len(ids), len(positions)
        ids += [pad] * (max_len - len(ids))
        segments += [0] * (max_len - len(segments))
        positions += [0] * (width - len(positions))
        labels += [0] * (width - len(labels))
        columns.append((ids, segments, float(valid), positions,
                        [1.] * real + [0.] * (width - real), labels,
                        int(is_next)))
    return tuple(np.array(column, dtype='int32') for column in zip(*columns))


# %% answer="pad" hidden tags=["torch"]
# Label 0 counts as padding.
# Says: a weight is 1 for a prediction and 0 for padding
def pad_inputs(examples, max_len, pad):
    def fill(rows, width, value):
        return torch.tensor([row + [value] * (width - len(row))
                             for row in rows], dtype=torch.int64)

    width = num_predictions(max_len)
    token_ids, positions, labels, segments, is_next = zip(*examples)
    labels = fill(labels, width, 0)
    return (
        fill(token_ids, max_len, pad), fill(segments, max_len, 0),
        torch.tensor([len(row) for row in token_ids], dtype=torch.float32),
        fill(positions, width, 0), (labels > 0).float(), labels,
        torch.tensor(is_next, dtype=torch.int64))


# %% answer="pad" hidden tags=["torch"]
# The id of the padding can be in an example, too.
# Says: count the tokens without the padding
def pad_inputs(examples, max_len, pad):
    def fill(rows, width, value):
        return torch.tensor([row + [value] * (width - len(row))
                             for row in rows], dtype=torch.int64)

    width = num_predictions(max_len)
    token_ids, positions, labels, segments, is_next = zip(*examples)
    ids, places = fill(token_ids, max_len, pad), fill(positions, width, 0)
    return (ids, fill(segments, max_len, 0), (ids != pad).sum(1).float(),
            places, (places > 0).float(), fill(labels, width, 0),
            torch.tensor(is_next, dtype=torch.int64))


# %% answer="pad" tags=["torch"]
# Says: return a tensor for the token ids, not a list
def pad_inputs(examples, max_len, pad):
    return tuple(list(column) for column in zip(*examples)) + ([], [])


# %% answer="pad" tags=["torch"]
# Says: token ids: the dtype must be int64, not uint8
def pad_inputs(examples, max_len, pad):
    return tuple(torch.tensor([e[0] + [pad] * (max_len - len(e[0]))
                               for e in examples], dtype=torch.uint8)
                 for _ in range(7))


# %% answer="pad" tags=["torch"]
# Says: in pad_inputs, line 4: expected sequence of length 6 at dim 1
def pad_inputs(examples, max_len, pad):
    columns = zip(*examples)
    return tuple(torch.tensor(column) for column in columns)


# %% answer="pad"
# Says: next sentence), not None; is a return missing?
def pad_inputs(examples, max_len, pad):
    for ids, *_ in examples:
        ids + [pad] * (max_len - len(ids))
