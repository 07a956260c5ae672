# Correct answers that are not the solution. Each cell is an answer, which
# must pass the check, whatever it draws and in which order.

# %% answer="rate"
# Between three points.
def learning_rate(step, num_steps, peak, warmup):
    top = max(1, warmup)
    if top > num_steps:
        return peak * step / top
    return np.interp(step, [0, top, num_steps + 1], [0, peak, 0])


# %% answer="rate"
# The smaller of two lines.
def learning_rate(step, num_steps, peak, warmup):
    warmup = warmup or 1
    if step > warmup:
        return peak - peak * (step - warmup) / (num_steps - warmup + 1)
    return peak / warmup * step


# %% answer="rate"
# np.where, and its array without axes.
def learning_rate(step, num_steps, peak, warmup):
    top = max(1, warmup)
    down = (num_steps + 1 - step) / max(1, num_steps + 1 - top)
    return np.where(step <= top, step / top, down) * peak


# %% answer="rate"
# Step by step.
def learning_rate(step, num_steps, peak, warmup):
    rate = 0
    for number in range(1, step + 1):
        if number <= max(1, warmup):
            rate += peak / max(1, warmup)
        else:
            rate -= peak / (num_steps + 1 - max(1, warmup))
    return rate


# %% answer="rate"
# Fractions.
def learning_rate(step, num_steps, peak, warmup):
    from fractions import Fraction
    if warmup == 0:
        warmup = 1
    if step <= warmup:
        part = Fraction(step, warmup)
    else:
        part = Fraction(num_steps + 1 - step, num_steps + 1 - warmup)
    return float(part) * peak


# %% answer="clip"
# One long array.
def clip(gradients, max_norm):
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in gradients]))
    if norm <= max_norm:
        return gradients
    return [g / norm * max_norm for g in gradients]


# %% answer="clip"
# As PyTorch does, with a little more than the norm.
def clip(gradients, max_norm):
    norm = np.sqrt(sum(np.sum(g * g) for g in gradients))
    factor = min(1.0, max_norm / (norm + 1e-6))
    return tuple(factor * g for g in gradients)


# %% answer="clip"
# The norm of the norms.
def clip(gradients, max_norm):
    norm = np.hypot.reduce([np.linalg.norm(g) for g in gradients])
    return [g * max_norm / max(norm, max_norm) for g in gradients]


# %% answer="clip"
# Loops over all elements.
def clip(gradients, max_norm):
    total = 0.0
    for array in gradients:
        for number in array.flat:
            total += float(number) ** 2
    copies = [array.copy() for array in gradients]
    if total > max_norm ** 2:
        for copy in copies:
            copy *= max_norm / total ** 0.5
    return copies


# %% answer="clip"
# Lists of numbers.
def clip(gradients, max_norm):
    norm = float(np.sqrt(sum(np.vdot(g, g) for g in gradients)))
    factor = 1 if norm == 0 else min(1, max_norm / norm)
    return [(g * factor).tolist() for g in gradients]


# %% answer="adam"
# The difference to the gradient.
def adam_step(parameters, gradient, first, second, step, rate):
    first = first + 0.1 * (gradient - first)
    second = second + 0.001 * (np.square(gradient) - second)
    root = (second / (1 - 0.999 ** step)) ** 0.5
    change = (first / (1 - 0.9 ** step)) / (root + 1e-8)
    return [parameters - rate * change, first, second]


# %% answer="adam"
# As PyTorch does: the corrections go to the rate and to the root.
def adam_step(parameters, gradient, first, second, step, rate):
    first = first * 0.9 + gradient * (1 - 0.9)
    second = second * 0.999 + gradient * gradient * (1 - 0.999)
    root = np.sqrt(second) / (1 - 0.999 ** step) ** 0.5 + 1e-8
    return parameters - rate / (1 - 0.9 ** step) * first / root, first, second


# %% answer="adam"
# Element by element; lists.
def adam_step(parameters, gradient, first, second, step, rate):
    results = []
    for p, g, m, v in zip(parameters.flat, gradient.flat, first.flat,
                          second.flat):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        mean, square = m / (1 - 0.9 ** step), v / (1 - 0.999 ** step)
        results.append((p - rate * mean / (square ** 0.5 + 1e-8), m, v))
    return tuple(np.reshape(column, parameters.shape).tolist()
                 for column in zip(*results))


# %% answer="adam"
# Copies that are changed.
def adam_step(parameters, gradient, first, second, step, rate):
    parameters, first, second = map(np.array, (parameters, first, second))
    first *= 0.9
    first += 0.1 * gradient
    second *= 0.999
    second += 0.001 * gradient ** 2
    parameters -= rate * (first / (1 - 0.9 ** step)) / (
        (second / (1 - 0.999 ** step)) ** 0.5 + 1e-8)
    return parameters, first, second


# %% answer="adam"
# A generator of pairs, and a name for each number.
def adam_step(parameters, gradient, first, second, step, rate):
    beta1, beta2, eps = 0.9, 0.999, 1e-8
    first, second = (beta * old + (1 - beta) * new for beta, old, new in (
        (beta1, first, gradient), (beta2, second, gradient ** 2)))
    mean, square = (moment / (1 - pow(beta, step)) for moment, beta in (
        (first, beta1), (second, beta2)))
    return (np.subtract(parameters, rate * mean / (eps + np.sqrt(square))),
            first, second)
