# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 16: A step of Adam
#
# *Session 3, 9 points, about 30 minutes.*
#
# **What you learn.** A training step turns gradients into new parameters. In
# BERT's pretraining, the learning rate changes from step to step, gradients
# that are too large are made smaller, and Adam takes the step. You write all
# three in NumPy.

# %% given="imports"
import numpy as np

from d2l_bert.core import Plan, ask, expect, expect_array, expect_values

# %% [markdown]
# ## Part A: the learning rate of a step (3 points)
#
# At first the parameters are random and the gradients large. So the learning
# rate starts low and rises: this is the *warm-up*. Then it falls, so that the
# last steps are small. Write `learning_rate(step, num_steps, peak, warmup)`.
# The steps are counted from 1 to `num_steps`.
#
# - In the first `warmup` steps the rate rises in a straight line. It would be
#   0 at step 0, and it is `peak` at step `warmup`.
# - After that it falls in a straight line. It would be 0 at step
#   `num_steps + 1`, so that the last step still learns.
# - If `warmup` is 0, step 1 has the rate `peak`, and then the rate falls, in
#   the same way as with a `warmup` of 1.
# - If `warmup` is larger than `num_steps`, the training ends before the rate
#   has reached `peak`.
#
# <details><summary>Hint</summary>
#
# Up to step `warmup` the rate is a part of the peak, `step / warmup`. After
# it, count how many steps are left until step `num_steps + 1`. Divide by how
# many were left when the rate was at its peak. For 5 steps, 2 of them warm-up,
# the parts are 1/2, 2/2, 3/4, 2/4 and 1/4.
#
# </details>


# %% answer="rate"
def learning_rate(step, num_steps, peak, warmup):
    """Return the learning rate of a step, counted from 1."""
    ### BEGIN SOLUTION
    if step <= warmup:
        return peak * step / warmup
    at_peak = max(1, warmup)
    return peak * (num_steps + 1 - step) / (num_steps + 1 - at_peak)
    ### END SOLUTION


# %% check="rate-check" points=3
def rate_mistakes(num_steps, peak, warmup):
    """Return wrong rates of all steps, by what they come from."""
    steps = np.arange(1, num_steps + 1)
    up, left = steps / max(1, warmup), num_steps + 1 - steps
    rises = steps <= warmup
    rest = max(1, num_steps + 1 - max(1, warmup))
    last = max(1, num_steps - max(1, warmup))
    return {
        'the steps are counted from 0, but the first one is step 1':
            peak * np.where(steps - 1 <= warmup, (steps - 1) / max(1, warmup),
                            (left + 1) / rest),
        'the warm-up is missing': peak * left / num_steps,
        'it does not fall after the warm-up': peak * np.where(rises, up, 1),
        'it does not fall at all, and has no warm-up': peak * np.ones(
            num_steps),
        'it is 0 in the last step, which learns nothing; it would be 0 one '
        'step later': peak * np.where(rises, up, (left - 1) / last),
        'it must start to fall from the peak, at step warmup, or at step 1 '
        'without a warm-up':
            peak * np.where(rises, up, left / (num_steps + 1)),
        'it falls too slowly to be 0 at step num_steps + 1; it has only the '
        'steps after the warm-up to fall':
            peak * np.where(rises, up, 1 - (steps - warmup) / num_steps),
        'the rate at the end of the warm-up is not the peak: divide by '
        'warmup, not by warmup + 1': peak * np.where(
            rises, steps / (warmup + 1), left / rest),
        'step warmup has the peak already; the step after it must be lower':
            peak * np.where(rises, up, (left + 1) / rest),
        'these are parts of the peak; multiply by peak': np.where(
            rises, up, left / rest)}


def check_rate(num_steps, peak, warmup):
    found, right = [], []
    for step in range(1, num_steps + 1):
        with np.errstate(all='ignore'):
            rate = ask(learning_rate, step, num_steps, peak, warmup)
        found.append(float(expect_array(  # a finite number, of any size
            rate, 1, 'the learning rate', tolerance=1e300)))
        right.append(Plan(num_steps, learning_rate=peak,
                          warmup=warmup).rate(step))
    mistakes = {why: rates for why, rates in rate_mistakes(
        num_steps, peak, warmup).items() if np.allclose(found, rates, 1e-6)}
    for step, (one, other) in enumerate(zip(found, right), 1):
        expect_array(one, other, (
            f'the learning rate of step {step} of {num_steps}, with '
            f'peak={peak} and warmup={warmup}'), {
                why: rates[step - 1] for why, rates in mistakes.items()},
            1e-6)


check_rate(5, 1.0, 2)
check_rate(10, 0.5, 4)
check_rate(4, 1.0, 0)
### BEGIN HIDDEN TESTS
for num_steps in (1, 2, 3, 7, 50):
    for warmup in (0, 1, 2, 3, 6, 7, 8, 49, 50, 51, 100):
        check_rate(num_steps, 1e-3, warmup)
check_rate(8, 2, 3)
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: clip the gradient (2 points)
#
# Write `clip(gradients, max_norm)`. The gradients are a list of arrays, one
# for each array of parameters. The *gradient norm* is the square root of the
# sum of the squares of all their elements, in all arrays together.
#
# - If the norm is larger than `max_norm`, multiply all arrays by the same
#   factor, so that the norm becomes `max_norm`.
# - Otherwise the gradients stay as they are.
#
# Return the list of new arrays. `max_norm` is larger than 0, but the
# gradients can be 0.
#
# <details><summary>Hint</summary>
#
# `(array ** 2).sum()` is the sum of the squares of one array. Add these sums
# up before you take the root. The factor is `max_norm / norm`.
#
# </details>


# %% answer="clip"
def clip(gradients, max_norm):
    """Return the gradients with a norm of at most max_norm."""
    ### BEGIN SOLUTION
    norm = sum((array ** 2).sum() for array in gradients) ** 0.5
    factor = max_norm / norm if norm > max_norm else 1
    return [array * factor for array in gradients]
    ### END SOLUTION


# %% check="clip-check" points=2
def check_clip(gradients, max_norm):
    with np.errstate(all='ignore'):
        found = expect(ask(clip, gradients, max_norm), (list, tuple),
                       'a list of arrays')
    assert len(found) == len(gradients), (
        f'{len(found)} arrays instead of {len(gradients)}')
    norms = [float((array ** 2).sum()) ** 0.5 for array in gradients]
    norm = sum(each ** 2 for each in norms) ** 0.5
    factor = min(1, max_norm / max(norm, 1e-30))
    found = [expect_array(  # finite numbers, of any size
        new, np.ones(array.shape), f'array {number} of the result',
        tolerance=1e300) for number, (array, new) in enumerate(
            zip(gradients, found))]

    def joined(arrays):
        return np.concatenate([np.ravel(array) for array in arrays])

    whole = joined(gradients)
    expect_array(joined(found), whole * factor, (
        f'the result, joined to one array, for gradients with a norm of '
        f'{norm:.3g} and max_norm={max_norm}'), {
        'the gradients are not clipped': whole,
        'each array is clipped for itself; take one norm of all of them '
        'together': joined(array * min(1, max_norm / max(own, 1e-30))
                           for array, own in zip(gradients, norms)),
        'each element is clipped; multiply all by one factor, so that the '
        'direction stays the same': np.clip(whole, -max_norm, max_norm),
        'the norm was small enough, so the gradients must stay as they are':
            whole * max_norm / max(norm, 1e-30),
        'the square root of the sum is missing':
            whole * min(1, max_norm / max(norm ** 2, 1e-30)),
        'the norms of the arrays are added up; add their squares up':
            whole * min(1, max_norm / max(sum(norms), 1e-30)),
        'the gradients are divided by their norm; multiply by max_norm, too':
            whole / max(norm, 1e-30),
        'the gradients are multiplied by max_norm, but not divided by their '
        'norm': whole * max_norm}, 1e-5)


def draw_gradients(shapes, scale, seed):
    rng = np.random.default_rng(seed)
    return [scale * rng.normal(size=shape) for shape in shapes]


check_clip([np.array([1.0, 2.0]), np.array([[2.0], [4.0]])], 2.5)
check_clip([np.array([0.3]), np.array([[0.0, -0.4]])], 2.5)
check_clip([np.zeros(3), np.zeros((2, 2))], 1.0)
### BEGIN HIDDEN TESTS
check_clip(draw_gradients([(4, 3), (3,), (5, 2, 2)], 1, 0), 1.0)
check_clip(draw_gradients([(4, 3), (3,), (5, 2, 2)], 100, 1), 3)
check_clip(draw_gradients([(4, 3), (3,)], 0.1, 2), 1.0)
check_clip(draw_gradients([(7,)], 10, 3), 0.5)
check_clip([np.array(-5.0), np.array([0.0, 12.0])], 6.5)
check_clip([np.array([3.0]), np.array([4.0])], 5.0)
check_clip([np.array([-3.0, -4.0], 'float32')], 1.0)
### END HIDDEN TESTS
print('Part B is right.')

# %% [markdown]
# ## Part C: Adam (4 points)
#
# Adam keeps two moving averages for each parameter. The *first moment* is the
# average of the gradients, and the *second moment* that of their squares.
# Both begin at 0. In each step
#
# 1. the new first moment is 0.9 times the old one plus 0.1 times the
#    gradient;
# 2. the new second moment is 0.999 times the old one plus 0.001 times the
#    square of the gradient;
# 3. both are *corrected*, because they begin at 0 and are too small at first.
#    In step t, the first moment is divided by 1 - 0.9^t, and the second one
#    by 1 - 0.999^t;
# 4. the parameters decrease by the learning rate, times the corrected first
#    moment, divided by (the square root of the corrected second moment, plus
#    1e-8).
#
# Write `adam_step(parameters, gradient, first, second, step, rate)`. The first
# four arguments are arrays of one shape, and steps are counted from 1. It
# returns the new parameters, the new first moment and the new second moment.
# The moments that it returns are those of 1 and 2, before the correction.
#
# <details><summary>Hint</summary>
#
# Write a line for each of the four. Use names of their own for the corrected
# moments, since you return the others. The root is taken before 1e-8 is
# added.
#
# </details>


# %% answer="adam"
def adam_step(parameters, gradient, first, second, step, rate):
    """Return the new parameters, first moment and second moment."""
    ### BEGIN SOLUTION
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient ** 2
    mean = first / (1 - 0.9 ** step)
    square = second / (1 - 0.999 ** step)
    return parameters - rate * mean / (np.sqrt(square) + 1e-8), first, second
    ### END SOLUTION


# %% check="adam-check" points=4
def check_adam(parameters, gradient, first, second, step, rate):
    """Check one step, and return its right results."""
    with np.errstate(all='ignore'):
        found = expect_values(
            ask(adam_step, parameters, gradient, first, second, step, rate),
            'parameters', 'first moment', 'second moment')
        m = 0.9 * first + 0.1 * gradient
        v = 0.999 * second + 0.001 * gradient ** 2
        k, n = 1 - 0.9 ** step, 1 - 0.999 ** step
        expect_array(found[1], m, f'the first moment after step {step}', {
            'it is the corrected one; return it before the correction': m / k,
            'it has not changed; return the new one': first,
            '0.9 and 0.1 are exchanged': 0.1 * first + 0.9 * gradient,
            'the gradient must be multiplied by 0.1': 0.9 * first + gradient,
            'it has the factors of the second moment':
                0.999 * first + 0.001 * gradient,
            'it is returned in place of the second moment, or the order of '
            'the results is wrong': v})
        expect_array(found[2], v, f'the second moment after step {step}', {
            'it is the corrected one; return it before the correction': v / n,
            'it has not changed; return the new one': second,
            'the gradient is not squared': 0.999 * second + 0.001 * gradient,
            'the gradient must be multiplied by 0.001, after it is squared':
                0.999 * second + (0.001 * gradient) ** 2,
            'the square of the gradient must be multiplied by 0.001':
                0.999 * second + gradient ** 2,
            'it has the factors of the first moment':
                0.9 * second + 0.1 * gradient ** 2,
            'the first moment is squared; square the gradient':
                0.999 * second + 0.001 * m ** 2})

        def moved(mean, square, eps=1e-8, rate=rate):
            return parameters - rate * mean / (np.sqrt(square) + eps)

        right = moved(m / k, v / n)
        before = moved(first / k, second / n)
        what = f'the array of parameters after step {step}'
        expect_array(found[0], right, what, {
            '1e-8 is added before the square root; add it to the root':
                moved(m / k, v / n + 1e-8, 0),
            'it has not changed': parameters,
            'the moments are not corrected; they are too small at first':
                moved(m, v),
            'the second moment is not corrected': moved(m / k, v),
            'the first moment is not corrected': moved(m, v / n),
            'the correction is that of the step before; the steps are '
            'counted from 1': moved(m / (1 - 0.9 ** max(step - 1, 1e-9)),
                                    v / (1 - 0.999 ** max(step - 1, 1e-9))),
            'the correction is that of the step after':
                moved(m / (1 - 0.9 ** (step + 1)),
                      v / (1 - 0.999 ** (step + 1))),
            'the moments are multiplied by the correction; divide by it':
                moved(m * k, v * n),
            '1e-8 is added before the second moment is corrected':
                parameters - rate * m / k / ((np.sqrt(v) + 1e-8) / n ** 0.5),
            'the old moments are used; update them first': before,
            'the gradient is used in place of the first moment':
                moved(gradient, v / n),
            'the learning rate is missing': moved(m / k, v / n, rate=1),
            'it moves in the wrong direction, so the loss grows':
                2 * parameters - right,
            'the square root of the second moment is missing':
                parameters - rate * (m / k) / (v / n + 1e-8),
            'this is plain gradient descent': parameters - rate * gradient,
            'there is a weight decay, which the rule does not have':
                right - 0.01 * rate * parameters})
    return right, m, v


def draw_step(shape, seed, scale=1.0):
    """Return parameters, gradient, first and second moment."""
    rng = np.random.default_rng(seed)
    parameters, gradient, first, second = rng.normal(size=(4, *shape))
    return (parameters, scale * gradient, scale * first,
            (scale * second) ** 2)


start = np.array([0.5, -0.3, 0.2])
zeros = np.zeros(3)
check_adam(start, np.array([2.0, -0.01, 0.0]), zeros, zeros, 1, 0.1)
check_adam(*draw_step((2, 3), 0), 5, 0.1)
print('A gradient of 2.0 and one of -0.01 move a parameter by as much, in '
      'the first step:')
print(adam_step(start, np.array([2.0, -0.01, 0.0]), zeros, zeros, 1, 0.1)[0]
      - start)
### BEGIN HIDDEN TESTS
for step in (2, 3, 10, 100, 10000):
    check_adam(*draw_step((3, 2), step), step, 0.5)
for step in (1, 4, 1000):
    check_adam(*draw_step((4,), step, scale=1e-8), step, 0.1)
check_adam(*draw_step((2, 2), 1, scale=100), 6, 2.0)
check_adam(*draw_step((1,), 2), 7, 0)
check_adam(start, zeros, zeros, zeros, 1, 0.1)
check_adam(np.array(0.3), np.array(-0.2), np.array(0.1), np.array(0.4), 3,
           0.1)
values = start, zeros, zeros
for step in range(1, 30):
    gradient = np.sin(step + np.arange(3.0))
    parameters, first, second = values
    values = check_adam(parameters, gradient, first, second, step, 0.05)
### END HIDDEN TESTS
print('Part C is right.')
