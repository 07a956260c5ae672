# Wrong answers of students. Each cell is an answer; `Says:` is a part of the
# message of the check. `hidden`: only the hidden tests find the mistake.

# %% answer="other"
# Says: a label of a real prediction has changed
def other_labels(labels, weights, num_classes=5):
    return (labels + 1) % num_classes


# %% answer="other" tags=["torch"]
# Says: some labels of the padding have not changed
def other_labels(labels, weights, num_classes=5):
    return torch.where(weights > 0, labels, 0)


# %% answer="other" tags=["mxnet"]
# Says: some labels of the padding have not changed
def other_labels(labels, weights, num_classes=5):
    return labels * (weights > 0).astype('int32')


# %% answer="other" tags=["torch"]
# Says: labels must be from 0 to 4
def other_labels(labels, weights, num_classes=5):
    return torch.where(weights > 0, labels, labels + 5)


# %% answer="other" tags=["mxnet"]
# Says: labels must be from 0 to 4
def other_labels(labels, weights, num_classes=5):
    return np.where(weights > 0, labels, labels + 5)


# %% answer="other" tags=["torch"]
# Says: other_labels has changed the given labels
def other_labels(labels, weights, num_classes=5):
    labels[weights == 0] = (labels[weights == 0] + 1) % num_classes
    return labels


# %% answer="other" hidden tags=["torch"]
# Works for the visible batch only.
# Says: the shape is (2, 3)
def other_labels(labels, weights, num_classes=5):
    found = labels[:2, :3].clone()
    found[0, 2] = (found[0, 2] + 1) % num_classes
    found[1, 1:] = (found[1, 1:] + 1) % num_classes
    return found


# %% answer="loss"
# Says: with the padding, as in suspicious_loss
def mlm_loss(logits, labels, weights):
    return suspicious_loss(logits, labels, weights)


# %% answer="loss" tags=["torch"]
# Says: you divide by the number of all predictions, with the padding
def mlm_loss(logits, labels, weights):
    losses = functional.cross_entropy(
        logits.flatten(0, 1), labels.flatten(), reduction='none')
    return (losses * weights.flatten()).mean()


# %% answer="loss" tags=["mxnet"]
# Says: you divide by the number of all predictions, with the padding
def mlm_loss(logits, labels, weights):
    losses = -npx.pick(npx.log_softmax(logits, axis=-1), labels, axis=-1)
    return (losses * weights).mean()


# %% answer="loss" tags=["torch"]
# Says: without real predictions you divide 0 by 0
def mlm_loss(logits, labels, weights):
    losses = functional.cross_entropy(
        logits.flatten(0, 1), labels.flatten(), reduction='none')
    return (losses * weights.flatten()).sum() / weights.sum()


# %% answer="loss" tags=["mxnet"]
# Says: without real predictions you divide 0 by 0
def mlm_loss(logits, labels, weights):
    losses = -npx.pick(npx.log_softmax(logits, axis=-1), labels, axis=-1)
    return (losses * weights).sum() / weights.sum()


# %% answer="loss" tags=["torch"]
# Says: average over all real predictions of the batch at once
def mlm_loss(logits, labels, weights):
    losses = functional.cross_entropy(
        logits.transpose(1, 2), labels, reduction='none')
    return ((losses * weights).sum(1) / weights.sum(1).clamp(min=1)).mean()


# %% answer="loss" tags=["torch"]
# Sets the logits of the padding to 0: its loss is still not 0.
# Says: instead of
def mlm_loss(logits, labels, weights):
    return functional.cross_entropy(
        (logits * weights[..., None]).flatten(0, 1), labels.flatten())


# %% answer="loss" tags=["torch"]
# Treats label 0 as padding, because the label of padding is often 0.
# Says: predictions with label 0 are left out
def mlm_loss(logits, labels, weights):
    real = labels.masked_fill(weights == 0, 0)
    if not (real > 0).any():
        return logits.sum() * 0
    return functional.cross_entropy(
        logits.flatten(0, 1), real.flatten(), ignore_index=0)


# %% answer="loss" hidden tags=["torch"]
# The visible batch has three real predictions.
# Says: instead of
def mlm_loss(logits, labels, weights):
    losses = functional.cross_entropy(
        logits.flatten(0, 1), labels.flatten(), reduction='none')
    return (losses * weights.flatten()).sum() / 3


# %% answer="loss" hidden tags=["mxnet"]
# The visible batch has three real predictions.
# Says: instead of
def mlm_loss(logits, labels, weights):
    losses = -npx.pick(npx.log_softmax(logits, axis=-1), labels, axis=-1)
    return (losses * weights).sum() / 3
