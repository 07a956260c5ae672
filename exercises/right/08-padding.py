# Correct answers that are not the solution. Each cell is an answer, which
# must pass the check, whatever it draws and in which order.

# %% answer="width"
# NumPy's integer.
def num_predictions(max_len):
    import numpy as np
    return np.int64(np.maximum(1, np.rint(0.15 * max_len)))


# %% answer="width"
def num_predictions(max_len):
    return round(max_len * 3 / 20) or 1


# %% answer="pad" tags=["torch"]
# A list of tensors, filled row by row.
def pad_inputs(examples, max_len, pad):
    n, width = len(examples), num_predictions(max_len)
    ids = torch.full((n, max_len), pad)
    segments = torch.zeros(n, max_len, dtype=torch.long)
    valid = torch.zeros(n)
    positions = torch.zeros(n, width).long()
    weights = torch.zeros(n, width)
    labels = torch.zeros_like(positions)
    is_next = torch.zeros(n).long()
    for i, (a, b, c, d, e) in enumerate(examples):
        ids[i, :len(a)] = torch.tensor(a)
        positions[i, :len(b)] = torch.tensor(b).long()
        weights[i, :len(b)] = 1
        labels[i, :len(c)] = torch.tensor(c).long()
        segments[i, :len(d)] = torch.tensor(d)
        valid[i], is_next[i] = len(a), int(e)
    return [ids, segments, valid, positions, weights, labels, is_next]


# %% answer="pad" tags=["mxnet"]
# A list of arrays, with NumPy's help.
def pad_inputs(examples, max_len, pad):
    width, columns = num_predictions(max_len), []
    for ids, positions, labels, segments, is_next in examples:
        more, missing = max_len - len(ids), width - len(positions)
        columns.append((ids + [pad] * more, segments + [0] * more, len(ids),
                        positions + [0] * missing,
                        [1] * len(positions) + [0] * missing,
                        labels + [0] * missing, bool(is_next)))
    kinds = ['int32', 'int32', 'float32', 'int32', 'float32', 'int32',
             'int32']
    return [np.array(list(column), dtype=kind)
            for column, kind in zip(zip(*columns), kinds)]
