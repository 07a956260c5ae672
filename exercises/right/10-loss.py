# Correct answers that are not the solution. Each cell is an answer, which
# must pass the check, whatever it draws and in which order.

# %% answer="other"
def other_labels(labels, weights, num_classes=5):
    padding = (weights == 0) * 1
    return (labels + padding * (num_classes - 1)) % num_classes


# %% answer="other" tags=["torch"]
# Changes a copy.
def other_labels(labels, weights, num_classes=5):
    labels = labels.clone()
    padding = weights == 0
    labels[padding] = (labels[padding] + 1) % num_classes
    return labels


# %% answer="other" tags=["torch"]
# 0, or 1 where it was 0.
def other_labels(labels, weights, num_classes=5):
    return torch.where(weights > 0, labels, (labels == 0).long())


# %% answer="loss" tags=["torch"]
# Only the real predictions.
def mlm_loss(logits, labels, weights):
    real = weights == 1
    if not real.any():
        return logits.sum() * 0
    return functional.cross_entropy(logits[real], labels[real])


# %% answer="loss" tags=["torch"]
# ignore_index
def mlm_loss(logits, labels, weights):
    labels = labels.masked_fill(weights == 0, -100)
    total = functional.cross_entropy(logits.transpose(1, 2), labels,
                                     ignore_index=-100, reduction='sum')
    return total / max(1, int(weights.sum()))


# %% answer="loss" tags=["torch"]
# log_softmax and gather; the shape is (1,).
def mlm_loss(logits, labels, weights):
    losses = -logits.log_softmax(-1).gather(-1, labels.unsqueeze(-1))
    total = (losses.squeeze(-1) * weights).sum()
    return (total / weights.sum().clamp(min=1)).reshape(1)


# %% answer="loss" tags=["torch"]
# logsumexp
def mlm_loss(logits, labels, weights):
    chosen = logits.gather(-1, labels[..., None])[..., 0]
    losses = torch.logsumexp(logits, -1) - chosen
    number = weights.sum()
    return (losses * weights).sum() / (number if number > 0 else 1)


# %% answer="loss" tags=["mxnet"]
# Sums of the examples first.
def mlm_loss(logits, labels, weights):
    losses = -npx.pick(npx.log_softmax(logits), labels)
    number = float(weights.sum())
    return (losses * weights).sum(axis=1).sum() / (number or 1)
