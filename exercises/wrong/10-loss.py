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
# Says: other_labels has changed labels
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


# %% answer="other" hidden
# Always 5 classes.
# Says: labels must be from 0 to 1
def other_labels(labels, weights, num_classes=5):
    changed = (labels + 1) % 5
    return changed * (weights == 0) + labels * (weights > 0)


# %% answer="other" tags=["torch"]
# The label in the middle does not change.
# Says: some labels of the padding have not changed
def other_labels(labels, weights, num_classes=5):
    return torch.where(weights > 0, labels, num_classes - 1 - labels)


# %% answer="other" tags=["torch"]
# Says: labels must be whole numbers, but the dtype is float32
def other_labels(labels, weights, num_classes=5):
    return torch.where(weights > 0, labels.float(),
                       ((labels + 1) % num_classes).float())


# %% answer="other"
# Says: return a tensor of labels, not a list
def other_labels(labels, weights, num_classes=5):
    return [[(label + 1 - int(weight)) % num_classes
             for label, weight in zip(row, real)]
            for row, real in zip(labels.tolist(), weights.tolist())]


# %% answer="loss" hidden tags=["torch"]
# exp of 1000 is infinite.
# Says: exp of a large number is infinite
def mlm_loss(logits, labels, weights):
    probabilities = logits.exp() / logits.exp().sum(-1, keepdim=True)
    chosen = probabilities.gather(-1, labels[..., None])[..., 0]
    return -(chosen.log() * weights).sum() / weights.sum().clamp(min=1)


# %% answer="loss" hidden tags=["torch"]
# The softmax is right, but the logarithm of 0 is infinite.
# Says: exp of a large number is infinite
def mlm_loss(logits, labels, weights):
    probabilities = logits.softmax(-1)
    chosen = probabilities.gather(-1, labels[..., None])[..., 0]
    return -(chosen.log() * weights).sum() / weights.sum().clamp(min=1)


# %% answer="loss" hidden tags=["mxnet"]
# The softmax is right, but the logarithm of 0 is infinite.
# Says: exp of a large number is infinite
def mlm_loss(logits, labels, weights):
    probabilities = npx.softmax(logits, axis=-1)
    losses = -np.log(npx.pick(probabilities, labels, axis=-1))
    return (losses * weights).sum() / np.maximum(weights.sum(), 1)


# %% answer="loss" tags=["torch"]
# Says: does not depend on the logits, so there is no gradient
def mlm_loss(logits, labels, weights):
    if not weights.any():
        return torch.tensor(0.)
    real = weights > 0
    return functional.cross_entropy(logits[real], labels[real])


# %% answer="loss" tags=["mxnet"]
# Says: does not depend on the logits, so there is no gradient
def mlm_loss(logits, labels, weights):
    if weights.sum() == 0:
        return np.zeros(())
    losses = -npx.pick(npx.log_softmax(logits, axis=-1), labels, axis=-1)
    return (losses * weights).sum() / weights.sum()


# %% answer="loss" tags=["torch"]
# Says: return a tensor, from which gradients can be computed, not a float
def mlm_loss(logits, labels, weights):
    losses = functional.cross_entropy(
        logits.flatten(0, 1), labels.flatten(), reduction='none')
    return ((losses * weights.flatten()).sum()
            / weights.sum().clamp(min=1)).item()


# %% answer="loss" tags=["torch"]
# Says: in mlm_loss, line 3: Expected target size [2, 5], got [2, 3]
def mlm_loss(logits, labels, weights):
    losses = functional.cross_entropy(logits, labels, reduction='none')
    return (losses * weights).sum() / weights.sum().clamp(min=1)


# %% answer="loss" tags=["torch"]
# Marks the padding in the given labels.
# Says: mlm_loss has changed labels
def mlm_loss(logits, labels, weights):
    labels[weights == 0] = -100
    total = functional.cross_entropy(
        logits.flatten(0, 1), labels.flatten(), reduction='sum')
    return total / weights.sum().clamp(min=1)


# %% answer="loss" tags=["torch"]
# Says: does not depend on the logits
def mlm_loss(logits, labels, weights):
    losses = functional.cross_entropy(
        logits.detach().flatten(0, 1), labels.flatten(), reduction='none')
    return (losses * weights.flatten()).sum() / weights.sum().clamp(min=1)
