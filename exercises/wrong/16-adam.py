# Wrong answers of students. Each cell is an answer; `Says:` is a part of the
# message of the check. `hidden`: only the hidden tests find the mistake.

# %% answer="rate"
# Says: the steps are counted from 0, but the first one is step 1
def learning_rate(step, num_steps, peak, warmup):
    step -= 1
    if step <= warmup:
        return peak * step / warmup
    return peak * (num_steps + 1 - step) / (num_steps + 1 - max(1, warmup))


# %% answer="rate"
# Says: the warm-up is missing
def learning_rate(step, num_steps, peak, warmup):
    return peak * (num_steps + 1 - step) / num_steps


# %% answer="rate"
# Says: it does not fall after the warm-up
def learning_rate(step, num_steps, peak, warmup):
    return peak * min(1, step / max(1, warmup))


# %% answer="rate"
# Says: it is 0 in the last step, which learns nothing
def learning_rate(step, num_steps, peak, warmup):
    if step <= warmup:
        return peak * step / warmup
    return peak * (num_steps - step) / (num_steps - max(1, warmup))


# %% answer="rate"
# Says: it must start to fall from the peak, at step warmup
def learning_rate(step, num_steps, peak, warmup):
    if step <= warmup:
        return peak * step / warmup
    return peak * (num_steps + 1 - step) / (num_steps + 1)


# %% answer="rate"
# Says: it falls too slowly to be 0 at step num_steps + 1
def learning_rate(step, num_steps, peak, warmup):
    if step <= warmup:
        return peak * step / warmup
    return peak * (1 - (step - warmup) / num_steps)


# %% answer="rate"
# Says: divide by warmup, not by warmup + 1
def learning_rate(step, num_steps, peak, warmup):
    if step <= warmup:
        return peak * step / (warmup + 1)
    return peak * (num_steps + 1 - step) / (num_steps + 1 - max(1, warmup))


# %% answer="rate"
# The peak comes twice.
# Says: step warmup has the peak already
def learning_rate(step, num_steps, peak, warmup):
    if step <= warmup:
        return peak * step / warmup
    return peak * (num_steps + 2 - step) / (num_steps + 1 - max(1, warmup))


# %% answer="rate"
# Says: division by zero (ZeroDivisionError)
def learning_rate(step, num_steps, peak, warmup):
    rising = step / warmup
    falling = (num_steps + 1 - step) / (num_steps + 1 - warmup)
    return peak * (rising if step <= warmup else falling)


# %% answer="rate"
# Without a warm-up, step 1 is below the peak.
# Says: it must start to fall from the peak, at step warmup, or at step 1
def learning_rate(step, num_steps, peak, warmup):
    if step <= warmup:
        return peak * step / warmup
    return peak * (num_steps + 1 - step) / (num_steps + 1 - warmup)


# %% answer="rate"
# The peak of the first check.
# Says: these are parts of the peak; multiply by peak
def learning_rate(step, num_steps, peak, warmup):
    if step <= warmup:
        return step / warmup
    return (num_steps + 1 - step) / (num_steps + 1 - max(1, warmup))


# %% answer="rate" hidden
# The warm-up is cut to the number of steps.
# Says: the learning rate of step 1 of 1, with peak=0.001 and warmup=2
def learning_rate(step, num_steps, peak, warmup):
    top = min(max(1, warmup), num_steps)
    if step <= top:
        return peak * step / top
    return peak * (num_steps + 1 - step) / (num_steps + 1 - top)


# %% answer="rate" hidden
# Divides by 0 if the warm-up ends one step after the training.
# Says: division by zero
def learning_rate(step, num_steps, peak, warmup):
    top = max(1, warmup)
    falling = peak * (num_steps + 1 - step) / (num_steps + 1 - top)
    return peak * step / top if step <= top else falling


# %% answer="rate"
# Says: return the learning rate, not None; is a return missing?
def learning_rate(step, num_steps, peak, warmup):
    print(peak * min(step / warmup, (num_steps + 1 - step) / num_steps))


# %% answer="rate"
# A curve.
# Says: the learning rate of step 3 of 5, with peak=1.0 and warmup=2 is
def learning_rate(step, num_steps, peak, warmup):
    if step <= warmup:
        return peak * step / warmup
    part = (step - warmup) / (num_steps + 1 - max(1, warmup))
    return peak * (1 + np.cos(np.pi * part)) / 2


# %% answer="clip"
# Says: the gradients are not clipped
def clip(gradients, max_norm):
    return [array.copy() for array in gradients]


# %% answer="clip"
# Says: each array is clipped for itself
def clip(gradients, max_norm):
    return [array * max_norm / max(max_norm, np.linalg.norm(array))
            for array in gradients]


# %% answer="clip"
# Says: each element is clipped
def clip(gradients, max_norm):
    return [np.clip(array, -max_norm, max_norm) for array in gradients]


# %% answer="clip"
# Says: the norm was small enough
def clip(gradients, max_norm):
    norm = sum((array ** 2).sum() for array in gradients) ** 0.5
    return [array * max_norm / norm for array in gradients]


# %% answer="clip"
# A number that avoids the division by 0; small gradients grow.
# Says: the norm was small enough
def clip(gradients, max_norm):
    norm = sum((array ** 2).sum() for array in gradients) ** 0.5
    return [array * max_norm / (norm + 1e-8) for array in gradients]


# %% answer="clip"
# Says: the square root of the sum is missing
def clip(gradients, max_norm):
    norm = sum((array ** 2).sum() for array in gradients)
    return [array * min(1, max_norm / max(norm, max_norm))
            for array in gradients]


# %% answer="clip"
# Says: the norms of the arrays are added up; add their squares up
def clip(gradients, max_norm):
    norm = sum(np.linalg.norm(array) for array in gradients)
    return [array * (max_norm / max(norm, max_norm)) for array in gradients]


# %% answer="clip"
# Says: the gradients are divided by their norm; multiply by max_norm, too
def clip(gradients, max_norm):
    norm = sum((array ** 2).sum() for array in gradients) ** 0.5
    if norm > max_norm:
        return [array / norm for array in gradients]
    return gradients


# %% answer="clip"
# Says: the gradients are multiplied by max_norm, but not divided
def clip(gradients, max_norm):
    norm = sum((array ** 2).sum() for array in gradients) ** 0.5
    if norm > max_norm:
        return [array * max_norm for array in gradients]
    return gradients


# %% answer="clip"
# Says: clip has changed gradients
def clip(gradients, max_norm):
    norm = sum((array ** 2).sum() for array in gradients) ** 0.5
    if norm > max_norm:
        for array in gradients:
            array *= max_norm / norm
    return gradients


# %% answer="clip"
# Says: 1 arrays instead of 2
def clip(gradients, max_norm):
    flat = np.concatenate([array.ravel() for array in gradients])
    norm = np.linalg.norm(flat)
    return [flat * min(1, max_norm / max(norm, 1e-30))]


# %% answer="clip"
# A loop that divides by 0.
# Says: has numbers that are infinite or nan; did you divide by 0
def clip(gradients, max_norm):
    norm = sum((array ** 2).sum() for array in gradients) ** 0.5
    factor = np.minimum(1, max_norm / norm)
    return [array / norm * norm * factor for array in gradients]


# %% answer="clip" hidden
# As many arrays as in the visible checks.
# Says: too many values to unpack
def clip(gradients, max_norm):
    one, other = gradients
    norm = ((one ** 2).sum() + (other ** 2).sum()) ** 0.5
    factor = max_norm / max(norm, max_norm)
    return [one * factor, other * factor]


# %% answer="clip"
# Only the largest element of each array counts.
# Says: the result, joined to one array, for gradients with a norm of
def clip(gradients, max_norm):
    norm = sum(abs(array).max() ** 2 for array in gradients) ** 0.5
    return [array * max_norm / max(norm, max_norm) for array in gradients]


# %% answer="clip"
# The sums of the elements are squared, not the elements.
# Says: the result, joined to one array, for gradients with a norm of
def clip(gradients, max_norm):
    norm = sum(array.sum() ** 2 for array in gradients) ** 0.5
    return [array * max_norm / max(norm, max_norm) for array in gradients]


# %% answer="adam"
# Says: the moments are not corrected; they are too small at first
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient ** 2
    return parameters - rate * first / (np.sqrt(second) + 1e-8), first, second


# %% answer="adam"
# Says: the second moment is not corrected
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient ** 2
    mean = first / (1 - 0.9 ** step)
    return parameters - rate * mean / (np.sqrt(second) + 1e-8), first, second


# %% answer="adam"
# Says: the first moment is not corrected
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient ** 2
    root = np.sqrt(second / (1 - 0.999 ** step))
    return parameters - rate * first / (root + 1e-8), first, second


# %% answer="adam"
# In the first step it divides by 0.
# Says: the array of parameters after step 1 has numbers that are infinite
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient ** 2
    mean = first / (1 - 0.9 ** (step - 1))
    root = np.sqrt(second / (1 - 0.999 ** (step - 1)))
    return parameters - rate * mean / (root + 1e-8), first, second


# %% answer="adam"
# Says: the correction is that of the step after
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient ** 2
    mean = first / (1 - 0.9 ** (step + 1))
    root = np.sqrt(second / (1 - 0.999 ** (step + 1)))
    return parameters - rate * mean / (root + 1e-8), first, second


# %% answer="adam"
# Not in the first step, where it would divide by 0.
# Says: the correction is that of the step before
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient ** 2
    before = max(1, step - 1)
    mean = first / (1 - 0.9 ** before)
    root = np.sqrt(second / (1 - 0.999 ** before))
    return parameters - rate * mean / (root + 1e-8), first, second


# %% answer="adam"
# Says: the moments are multiplied by the correction; divide by it
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient ** 2
    mean = first * (1 - 0.9 ** step)
    root = np.sqrt(second * (1 - 0.999 ** step))
    return parameters - rate * mean / (root + 1e-8), first, second


# %% answer="adam" hidden
# Gradients of about 1e-8 show it.
# Says: 1e-8 is added before the square root; add it to the root
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient ** 2
    mean = first / (1 - 0.9 ** step)
    square = second / (1 - 0.999 ** step)
    return parameters - rate * mean / np.sqrt(square + 1e-8), first, second


# %% answer="adam" hidden
# Gradients of about 1e-8 show it.
# Says: 1e-8 is added before the second moment is corrected
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient ** 2
    rate = rate * (1 - 0.999 ** step) ** 0.5 / (1 - 0.9 ** step)
    return parameters - rate * first / (np.sqrt(second) + 1e-8), first, second


# %% answer="adam"
# Without 1e-8.
# Says: the array of parameters after step 1 has numbers that are infinite
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient ** 2
    mean = first / (1 - 0.9 ** step)
    root = np.sqrt(second / (1 - 0.999 ** step))
    return parameters - rate * mean / root, first, second


# %% answer="adam"
# In the first step the old moments are 0.
# Says: it has not changed
def adam_step(parameters, gradient, first, second, step, rate):
    mean = first / (1 - 0.9 ** step)
    root = np.sqrt(second / (1 - 0.999 ** step))
    return (parameters - rate * mean / (root + 1e-8),
            0.9 * first + 0.1 * gradient,
            0.999 * second + 0.001 * gradient ** 2)


# %% answer="adam"
# Says: it is the corrected one; return it before the correction
def adam_step(parameters, gradient, first, second, step, rate):
    first = (0.9 * first + 0.1 * gradient) / (1 - 0.9 ** step)
    second = (0.999 * second + 0.001 * gradient ** 2) / (1 - 0.999 ** step)
    return parameters - rate * first / (np.sqrt(second) + 1e-8), first, second


# %% answer="adam"
# Says: there is a weight decay, which the rule does not have
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient ** 2
    mean = first / (1 - 0.9 ** step)
    root = np.sqrt(second / (1 - 0.999 ** step))
    change = mean / (root + 1e-8) + 0.01 * parameters
    return parameters - rate * change, first, second


# %% answer="adam"
# Says: it moves in the wrong direction, so the loss grows
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient ** 2
    mean = first / (1 - 0.9 ** step)
    root = np.sqrt(second / (1 - 0.999 ** step))
    return parameters + rate * mean / (root + 1e-8), first, second


# %% answer="adam"
# Says: the square root of the second moment is missing
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient ** 2
    mean = first / (1 - 0.9 ** step)
    square = second / (1 - 0.999 ** step)
    return parameters - rate * mean / (square + 1e-8), first, second


# %% answer="adam"
# Says: the first moment after step 1: 0.9 and 0.1 are exchanged
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.1 * first + 0.9 * gradient
    second = 0.001 * second + 0.999 * gradient ** 2
    mean = first / (1 - 0.9 ** step)
    root = np.sqrt(second / (1 - 0.999 ** step))
    return parameters - rate * mean / (root + 1e-8), first, second


# %% answer="adam"
# Says: the gradient is not squared
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient
    mean = first / (1 - 0.9 ** step)
    root = np.sqrt(abs(second) / (1 - 0.999 ** step))
    return parameters - rate * mean / (root + 1e-8), first, second


# %% answer="adam"
# Says: the first moment is squared; square the gradient
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * first ** 2
    mean = first / (1 - 0.9 ** step)
    root = np.sqrt(second / (1 - 0.999 ** step))
    return parameters - rate * mean / (root + 1e-8), first, second


# %% answer="adam"
# Says: it has the factors of the first moment
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.9 * first + 0.1 * gradient
    second = 0.9 * second + 0.1 * gradient ** 2
    mean = first / (1 - 0.9 ** step)
    root = np.sqrt(second / (1 - 0.9 ** step))
    return parameters - rate * mean / (root + 1e-8), first, second


# %% answer="adam"
# Says: adam_step has changed parameters
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient ** 2
    mean = first / (1 - 0.9 ** step)
    root = np.sqrt(second / (1 - 0.999 ** step))
    parameters -= rate * mean / (root + 1e-8)
    return parameters, first, second


# %% answer="adam"
# Says: return the 3 values (parameters, first moment, second moment)
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient ** 2
    mean = first / (1 - 0.9 ** step)
    root = np.sqrt(second / (1 - 0.999 ** step))
    return parameters - rate * mean / (root + 1e-8)


# %% answer="adam"
# This is plain gradient descent, with moments that are not used.
# Says: this is plain gradient descent
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient ** 2
    return parameters - rate * gradient, first, second


# %% answer="adam" hidden
# The rate of the visible checks.
# Says: the array of parameters after step 2 is
def adam_step(parameters, gradient, first, second, step, rate):
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient ** 2
    mean = first / (1 - 0.9 ** step)
    root = np.sqrt(second / (1 - 0.999 ** step))
    return parameters - 0.1 * mean / (root + 1e-8), first, second
