# Wrong answers of students. Each cell is an answer; `Says:` is a part of the
# message of the check. `hidden`: only the hidden tests find the mistake.

# %% answer="heads"
# Says: the MLM logits are those of the positions of all examples
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    return (mlm_layers(encoded[:, pred_positions]),
            nsp_layers(encoded[:, 0]))


# %% answer="heads"
# Says: all examples have the positions of the first one
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    return (mlm_layers(encoded[:, pred_positions[0]]),
            nsp_layers(encoded[:, 0]))


# %% answer="heads"
# One long list of vectors, without offsets.
# Says: all vectors come from the first example
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    vectors = encoded.reshape(-1, encoded.shape[2])
    return mlm_layers(vectors[pred_positions]), nsp_layers(encoded[:, 0])


# %% answer="heads"
# Says: these are the first tokens; take the vectors at pred_positions
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    return (mlm_layers(encoded[:, :pred_positions.shape[1]]),
            nsp_layers(encoded[:, 0]))


# %% answer="heads"
# Says: the MLM logits are those of all tokens
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    return mlm_layers(encoded), nsp_layers(encoded[:, 0])


# %% answer="heads"
# <cls> is not counted.
# Says: they are one position too far to the left
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    rows = tensor(numpy.arange(len(encoded))[:, None])
    return (mlm_layers(encoded[rows, pred_positions - 1]),
            nsp_layers(encoded[:, 0]))


# %% answer="heads"
# Says: it is made of the mean of all tokens; take <cls> only
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    rows = tensor(numpy.arange(len(encoded))[:, None])
    return (mlm_layers(encoded[rows, pred_positions]),
            nsp_layers(encoded.mean(1)))


# %% answer="heads"
# Says: it is made of the last token; take <cls>, which is at position 0
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    rows = tensor(numpy.arange(len(encoded))[:, None])
    return (mlm_layers(encoded[rows, pred_positions]),
            nsp_layers(encoded[:, -1]))


# %% answer="heads"
# Says: it is made of the token after <cls>
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    rows = tensor(numpy.arange(len(encoded))[:, None])
    return (mlm_layers(encoded[rows, pred_positions]),
            nsp_layers(encoded[:, 1]))


# %% answer="heads"
# The first example, not the first token.
# Says: the array of NSP logits has the shape (32, 2) instead of (4, 2)
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    rows = tensor(numpy.arange(len(encoded))[:, None])
    return (mlm_layers(encoded[rows, pred_positions]),
            nsp_layers(encoded[0]))


# %% answer="heads"
# The first prediction, not the first token.
# Says: it is made of the first prediction; take <cls>, at position 0
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    rows = tensor(numpy.arange(len(encoded))[:, None])
    vectors = encoded[rows, pred_positions]
    return mlm_layers(vectors), nsp_layers(vectors[:, 0])


# %% answer="heads"
# Says: the array of MLM logits has the shape (4, 2) instead of (4, 5, 656)
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    rows = tensor(numpy.arange(len(encoded))[:, None])
    return (nsp_layers(encoded[:, 0]),
            mlm_layers(encoded[rows, pred_positions]))


# %% answer="heads"
# Vectors, not logits.
# Says: the array of MLM logits has the shape (4, 5, 16) instead of
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    rows = tensor(numpy.arange(len(encoded))[:, None])
    return encoded[rows, pred_positions], encoded[:, 0]


# %% answer="heads"
# Says: two_outputs has changed pred_positions
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    length = encoded.shape[1]
    for row in range(len(encoded)):
        pred_positions[row] += row * length
    vectors = encoded.reshape(-1, encoded.shape[2])[pred_positions]
    return mlm_layers(vectors), nsp_layers(encoded[:, 0])


# %% answer="heads"
# Says: return a tensor of MLM logits, not a list
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    return ([mlm_layers(vectors[positions]) for vectors, positions
             in zip(encoded, pred_positions)], nsp_layers(encoded[:, 0]))


# %% answer="heads" hidden
# The model of the notebook, not the layers that are given.
# Says: in two_outputs, line 4
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    return net.mlm(encoded, pred_positions), nsp_layers(encoded[:, 0])


# %% answer="heads" hidden
# The batch size of the visible batch.
# Says: the array of MLM logits
def two_outputs(encoded, pred_positions, mlm_layers, nsp_layers):
    rows = tensor(numpy.arange(4)[:, None] % len(encoded))
    return (mlm_layers(encoded[rows, pred_positions]),
            nsp_layers(encoded[:, 0]))


# %% answer="losses"
# Says: it is the mean of all predictions, with the padding
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    mlm_loss = cross_entropies(mlm_logits, mlm_labels).mean()
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).mean()
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss


# %% answer="losses"
# First the mean, then the weights: the book's bug.
# Says: it is the mean of all predictions, with the padding
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    loss = cross_entropies(mlm_logits, mlm_labels).mean()
    mlm_loss = (loss * mlm_weights).sum() / (mlm_weights.sum() + 1e-8)
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).mean()
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss


# %% answer="losses"
# Says: it is divided by the number of all predictions, with the padding
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    losses = cross_entropies(mlm_logits, mlm_labels) * mlm_weights
    mlm_loss = losses.mean()
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).mean()
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss


# %% answer="losses"
# Says: it is a sum; divide by the sum of the weights
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    mlm_loss = (cross_entropies(mlm_logits, mlm_labels) * mlm_weights).sum()
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).mean()
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss


# %% answer="losses"
# Says: the MLM loss is nan: if all weights are 0, you divide 0 by 0
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    losses = cross_entropies(mlm_logits, mlm_labels) * mlm_weights
    mlm_loss = losses.sum() / mlm_weights.sum()
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).mean()
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss


# %% answer="losses"
# Label 0 is taken for padding.
# Says: predictions with label 0 are left out
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    mlm_weights = mlm_weights * (mlm_labels > 0)
    losses = cross_entropies(mlm_logits, mlm_labels) * mlm_weights
    mlm_loss = losses.sum() / max(mlm_weights.sum(), 1)
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).mean()
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss


# %% answer="losses"
# Says: it is the mean of the means of the examples
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    losses = cross_entropies(mlm_logits, mlm_labels) * mlm_weights
    mlm_loss = (losses.sum(1) / (mlm_weights.sum(1) + 1e-8)).mean()
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).mean()
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss


# %% answer="losses"
# Says: it is divided by the number of examples
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    losses = cross_entropies(mlm_logits, mlm_labels) * mlm_weights
    mlm_loss = losses.sum() / len(mlm_labels)
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).mean()
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss


# %% answer="losses"
# Says: the NSP loss: it is a sum; take the mean over the examples
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    losses = cross_entropies(mlm_logits, mlm_labels) * mlm_weights
    mlm_loss = losses.sum() / max(mlm_weights.sum(), 1)
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).sum()
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss


# %% answer="losses"
# Says: only examples with label 1 count, but 0 is a label like any other
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    losses = cross_entropies(mlm_logits, mlm_labels) * mlm_weights
    mlm_loss = losses.sum() / max(mlm_weights.sum(), 1)
    each = cross_entropies(nsp_logits, nsp_labels)
    nsp_loss = (each * nsp_labels).sum() / max(nsp_labels.sum(), 1)
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss


# %% answer="losses"
# The two answers are exchanged.
# Says: the labels are exchanged; logit 1 is for the next sentence
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    losses = cross_entropies(mlm_logits, mlm_labels) * mlm_weights
    mlm_loss = losses.sum() / max(mlm_weights.sum(), 1)
    nsp_loss = cross_entropies(nsp_logits, 1 - nsp_labels).mean()
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss


# %% answer="losses"
# Says: it is the mean of both losses; add them up
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    losses = cross_entropies(mlm_logits, mlm_labels) * mlm_weights
    mlm_loss = losses.sum() / max(mlm_weights.sum(), 1)
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).mean()
    return mlm_loss, nsp_loss, (mlm_loss + nsp_loss) / 2


# %% answer="losses"
# Says: it is the MLM loss only; add the NSP loss
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    losses = cross_entropies(mlm_logits, mlm_labels) * mlm_weights
    mlm_loss = losses.sum() / max(mlm_weights.sum(), 1)
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).mean()
    return mlm_loss, nsp_loss, mlm_loss


# %% answer="losses"
# Says: it is the mean over all predictions of both kinds
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    losses = cross_entropies(mlm_logits, mlm_labels) * mlm_weights
    nsp_losses = cross_entropies(nsp_logits, nsp_labels)
    number = mlm_weights.sum() + len(nsp_labels)
    return (losses.sum() / max(mlm_weights.sum(), 1), nsp_losses.mean(),
            (losses.sum() + nsp_losses.sum()) / number)


# %% answer="losses"
# Says: it is the NSP loss; the MLM loss comes first
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    losses = cross_entropies(mlm_logits, mlm_labels) * mlm_weights
    mlm_loss = losses.sum() / max(mlm_weights.sum(), 1)
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).mean()
    return nsp_loss, mlm_loss, mlm_loss + nsp_loss


# %% answer="losses"
# Says: it is 0, so the NSP head would learn nothing
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    losses = cross_entropies(mlm_logits, mlm_labels) * mlm_weights
    mlm_loss = losses.sum() / max(mlm_weights.sum(), 1)
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).mean()
    return mlm_loss, nsp_loss, mlm_loss + float(nsp_loss)


# %% answer="losses"
# Says: the sum does not depend on the logits, so there is no gradient
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    losses = cross_entropies(mlm_logits, mlm_labels) * mlm_weights
    mlm_loss = (losses.sum() / max(mlm_weights.sum(), 1)).detach()
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).mean().detach()
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss


# %% answer="losses"
# Says: return the MLM loss, a tensor, not a float
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    losses = cross_entropies(mlm_logits, mlm_labels) * mlm_weights
    mlm_loss = float(losses.sum() / max(mlm_weights.sum(), 1))
    nsp_loss = float(cross_entropies(nsp_logits, nsp_labels).mean())
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss


# %% answer="losses"
# Says: the MLM loss must be a scalar, not of shape (3, 4)
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    mlm_loss = cross_entropies(mlm_logits, mlm_labels) * mlm_weights
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).mean()
    return mlm_loss, nsp_loss, mlm_loss.sum() + nsp_loss


# %% answer="losses"
# Says: batch_losses has changed mlm_weights
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    mlm_weights /= max(mlm_weights.sum(), 1)
    mlm_loss = (cross_entropies(mlm_logits, mlm_labels) * mlm_weights).sum()
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).mean()
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss


# %% answer="losses" hidden
# The visible batch has seven predictions.
# Says: the MLM loss is
def batch_losses(mlm_logits, nsp_logits, mlm_weights, mlm_labels, nsp_labels):
    losses = cross_entropies(mlm_logits, mlm_labels) * mlm_weights
    mlm_loss = losses.sum() / 7
    nsp_loss = cross_entropies(nsp_logits, nsp_labels).mean()
    return mlm_loss, nsp_loss, mlm_loss + nsp_loss
