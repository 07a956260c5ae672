# Answers that students give, each a cell, and a piece of what the check
# says. `hidden`: only the hidden tests notice.

# %% answer="other"
# Says: a label of a real prediction has changed
def other_labels(labels, weights, num_classes=5):
    return (labels + 1) % num_classes


# %% answer="other" tags=["torch"]
# Says: some labels of the padding are as before
def other_labels(labels, weights, num_classes=5):
    return torch.where(weights > 0, labels, 0)


# %% answer="other" tags=["mxnet"]
# Says: some labels of the padding are as before
def other_labels(labels, weights, num_classes=5):
    return labels * (weights > 0).astype('int32')


# %% answer="other" tags=["torch"]
# Says: labels go from 0 to 4
def other_labels(labels, weights, num_classes=5):
    return torch.where(weights > 0, labels, labels + 5)


# %% answer="other" tags=["mxnet"]
# Says: labels go from 0 to 4
def other_labels(labels, weights, num_classes=5):
    return np.where(weights > 0, labels, labels + 5)


# %% answer="other" tags=["torch"]
# Says: the labels that were given have changed
def other_labels(labels, weights, num_classes=5):
    labels[weights == 0] = (labels[weights == 0] + 1) % num_classes
    return labels


# %% answer="other" hidden tags=["torch"]
# The visible batch, by hand.
# Says: the shape is (2, 3)
def other_labels(labels, weights, num_classes=5):
    found = labels[:2, :3].clone()
    found[0, 2] = (found[0, 2] + 1) % num_classes
    found[1, 1:] = (found[1, 1:] + 1) % num_classes
    return found


# %% answer="loss"
# Says: the padding included, as suspicious_loss has it
def mlm_loss(logits, labels, weights):
    return suspicious_loss(logits, labels, weights)


# %% answer="loss" tags=["torch"]
# Says: the padding is in the number that you divide by
def mlm_loss(logits, labels, weights):
    losses = functional.cross_entropy(
        logits.flatten(0, 1), labels.flatten(), reduction='none')
    return (losses * weights.flatten()).mean()


# %% answer="loss" tags=["mxnet"]
# Says: the padding is in the number that you divide by
def mlm_loss(logits, labels, weights):
    losses = -npx.pick(npx.log_softmax(logits, axis=-1), labels, axis=-1)
    return (losses * weights).mean()


# %% answer="loss" tags=["torch"]
# Says: 0 is divided by 0
def mlm_loss(logits, labels, weights):
    losses = functional.cross_entropy(
        logits.flatten(0, 1), labels.flatten(), reduction='none')
    return (losses * weights.flatten()).sum() / weights.sum()


# %% answer="loss" tags=["mxnet"]
# Says: 0 is divided by 0
def mlm_loss(logits, labels, weights):
    losses = -npx.pick(npx.log_softmax(logits, axis=-1), labels, axis=-1)
    return (losses * weights).sum() / weights.sum()


# %% answer="loss" tags=["torch"]
# Says: each prediction of the batch counts the same
def mlm_loss(logits, labels, weights):
    losses = functional.cross_entropy(
        logits.transpose(1, 2), labels, reduction='none')
    return ((losses * weights).sum(1) / weights.sum(1).clamp(min=1)).mean()


# %% answer="loss" tags=["torch"]
# Masks the logits, which only makes the padding's answers even.
# Says: instead of
def mlm_loss(logits, labels, weights):
    return functional.cross_entropy(
        (logits * weights[..., None]).flatten(0, 1), labels.flatten())


# %% answer="loss" tags=["torch"]
# Takes the label 0 for padding, as the padding's label often is 0.
# Says: label 0 is left out, but it is a word like any other
def mlm_loss(logits, labels, weights):
    real = labels.masked_fill(weights == 0, 0)
    if not (real > 0).any():
        return logits.sum() * 0
    return functional.cross_entropy(
        logits.flatten(0, 1), real.flatten(), ignore_index=0)


# %% answer="loss" hidden tags=["torch"]
# Three predictions are real in the batch that is seen.
# Says: instead of
def mlm_loss(logits, labels, weights):
    losses = functional.cross_entropy(
        logits.flatten(0, 1), labels.flatten(), reduction='none')
    return (losses * weights.flatten()).sum() / 3


# %% answer="loss" hidden tags=["mxnet"]
# Three predictions are real in the batch that is seen.
# Says: instead of
def mlm_loss(logits, labels, weights):
    losses = -npx.pick(npx.log_softmax(logits, axis=-1), labels, axis=-1)
    return (losses * weights).sum() / 3
