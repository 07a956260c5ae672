# Correct answers that are not the solution. Each cell is an answer, which
# must pass the check, whatever it draws and in which order.

# %% answer="heads"
# Index arrays of NumPy; a list.
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    rows = tensor(numpy.arange(len(encoded))[:, None])
    return [mlm_layers(encoded[rows, pred_positions]),
            nsp_layers(encoded[:, 0, :])]


# %% answer="heads"
# One-hot vectors.
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    one_hot = tensor(numpy.eye(encoded.shape[1], dtype='float32'))
    return mlm_layers(one_hot[pred_positions] @ encoded), nsp_layers(
        encoded[:, 0])


# %% answer="heads"
# One long list of vectors; each example has its own offset.
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    batch_size, length, size = encoded.shape
    offsets = tensor(numpy.arange(batch_size, dtype='int32')[:, None])
    places = (pred_positions + offsets * length).reshape(-1)
    logits = mlm_layers(encoded.reshape(-1, size)[places])
    return (logits.reshape(*pred_positions.shape, -1),
            nsp_layers(encoded[:, 0]))


# %% answer="heads" tags=["torch"]
# Example by example.
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    found = [encoded[i][pred_positions[i]] for i in range(len(encoded))]
    return mlm_layers(torch.stack(found)), nsp_layers(encoded[:, 0])


# %% answer="heads" tags=["mxnet"]
# Example by example.
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    found = [encoded[i][pred_positions[i]] for i in range(len(encoded))]
    return mlm_layers(np.stack(found)), nsp_layers(encoded[:, 0])


# %% answer="heads" tags=["torch"]
# gather
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    index = pred_positions.long()[..., None].expand(-1, -1,
                                                    encoded.shape[2])
    return (mlm_layers(encoded.gather(1, index)),
            nsp_layers(encoded.select(1, 0)))


# %% answer="heads" tags=["mxnet"]
# gather_nd
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    rows = np.zeros_like(pred_positions) + np.arange(
        len(encoded), dtype='int32')[:, None]
    places = np.stack([rows, pred_positions])
    return (mlm_layers(npx.gather_nd(encoded, places)),
            nsp_layers(encoded[:, 0]))


# %% answer="heads" tags=["torch"]
# The logits of all tokens first.
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    logits = mlm_layers(encoded)
    rows = torch.arange(len(encoded)).unsqueeze(1)
    return logits[rows, pred_positions], nsp_layers(encoded)[:, 0]


# %% answer="heads" tags=["mxnet"]
# The logits of all tokens first.
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    logits = mlm_layers(encoded)
    rows = np.arange(len(encoded), dtype='int32').reshape(-1, 1)
    return logits[rows, pred_positions], nsp_layers(encoded[:, 0])


# %% answer="losses"
# A condition in place of the maximum; a list.
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    number = float(mlm_weights.sum())
    losses = cross_entropies(mlm_logits, mlm_labels)
    mlm_loss = (losses * mlm_weights).sum() / (number if number else 1)
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).sum() / len(nsp_labels)
    return [mlm_loss, nsp_loss, nsp_loss + mlm_loss]


# %% answer="losses"
# With a small number, as the book has it.
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    losses = cross_entropies(mlm_logits, mlm_labels).reshape(-1)
    weights = mlm_weights.reshape(-1)
    mlm_loss = (losses * weights).sum() / (weights.sum() + 1e-8)
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).mean()
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss


# %% answer="losses"
# Scalars of shape (1,).
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    number = max(1, int(mlm_weights.sum()))
    mlm_loss = (cross_entropies(mlm_logits, mlm_labels)
                * mlm_weights / number).sum().reshape(1)
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).mean().reshape(1)
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss


# %% answer="losses"
# Example by example.
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    mlm_loss = nsp_loss = 0
    number = max(1, float(mlm_weights.sum()))
    each = cross_entropies(mlm_logits, mlm_labels)
    each_nsp = cross_entropies(nsp_logits, nsp_labels)
    for i in range(len(nsp_labels)):
        mlm_loss = mlm_loss + (each[i] * mlm_weights[i]).sum() / number
        nsp_loss = nsp_loss + each_nsp[i] / len(nsp_labels)
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss


# %% answer="losses" tags=["torch"]
# PyTorch's own, and only the real predictions.
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    real = mlm_weights > 0
    nsp_loss = functional.cross_entropy(nsp_logits, nsp_labels)
    if not real.any():
        return torch.tensor(0.0), nsp_loss, nsp_loss
    mlm_loss = functional.cross_entropy(mlm_logits[real], mlm_labels[real])
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss


# %% answer="losses" tags=["mxnet"]
# One-hot vectors.
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    def each(logits, labels):
        one_hot = npx.one_hot(labels, logits.shape[-1])
        return -(npx.log_softmax(logits) * one_hot).sum(axis=-1)

    mlm_loss = (each(mlm_logits, mlm_labels) * mlm_weights).sum() / np.maximum(
        mlm_weights.sum(), 1)
    nsp_loss = each(nsp_logits, nsp_labels).mean()
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss
