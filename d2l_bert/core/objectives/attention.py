"""Which token may look at which: the attention masks of three architectures.

A mask is True where a token may look. Its axes are those of the scores,
(batch, heads, queries, keys), and an axis of length 1 stands for any length.
In an encoder all tokens see all; in a decoder each sees itself and those
before it; in between, all tokens of the decoder see all of the encoder.

Source: d2l section 11.9, figures 11.9.1, 11.9.3 and 11.9.6.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from ..checks import check_whole
from ..examples.padding import length_mask
from .t5_noise import corrupt, noise_mask, sentinels_for

TEXT = 'I love this red car'
# More noise than T5 has, so that a short text has some spans. With this seed
# the spans of TEXT are those of the book's figure.
DENSITY, MEAN_LENGTH, SEED = 0.6, 1.5, 4
SHOWN = ['<X>', '<Y>', '<Z>']  # the sentinels of a text with few spans
COLOURS = {'encoder self-attention': 'tab:blue',
           'cross-attention': 'tab:orange',
           'decoder self-attention': 'tab:green'}


def full_mask(valid: npt.ArrayLike, length: int | None = None) -> np.ndarray:
    """Return a mask with which all see all, (N, 1, 1, keys).

    >>> full_mask([2, 3], length=3)[:, 0, 0]
    array([[ True,  True, False],
           [ True,  True,  True]])

    Nobody sees padding. `valid` is a boolean mask of the keys (N, keys),
    True for tokens, or the numbers of tokens before the padding (N,), as
    `valid_lens`, together with `length`, the number of keys. It is the same
    for each query. So this is the mask of an encoder, and with the
    encoder's tokens as keys that of cross-attention, too.

    Raises ValueError if a mask or lengths do not have these shapes, and if
    an example has no token, as a query cannot look at nothing.
    """
    return _valid(valid, length)[:, None, None]


def causal_mask(length: int, valid: npt.ArrayLike | None = None
                ) -> np.ndarray:
    """Return a mask with which no token sees a later one, (1 or N, 1, L, L).

    >>> causal_mask(3)[0, 0].astype(int)
    array([[1, 0, 0],
           [1, 1, 0],
           [1, 1, 1]])
    >>> causal_mask(3, valid=[2])[0, 0].astype(int)
    array([[1, 0, 0],
           [1, 1, 0],
           [1, 1, 0]])

    `valid` is that of `full_mask`, for padding, which nobody sees. Padding at
    the end needs none, as no token looks at it. Raises ValueError if
    `length` is not at least 1, and what `full_mask` raises.
    """
    check_whole('length', length, least=1)
    positions = np.arange(length)
    mask = (positions <= positions[:, None])[None, None]
    return mask if valid is None else mask & full_mask(valid, length)


def _valid(valid: npt.ArrayLike, length: int | None) -> np.ndarray:
    """Return a mask of the keys, (N, keys)."""
    mask = np.asarray(valid)
    if mask.dtype != bool and mask.ndim == 1:
        if length is None:
            raise ValueError('the numbers of tokens need length, the number '
                             'of keys with padding')
        check_whole('length', length, least=1)
        if (mask > length).any():
            raise ValueError(f'there are {mask.max():g} tokens and length is '
                             f'{length}; give the number of keys with '
                             f'padding')
        mask = length_mask(mask, length)
    if mask.dtype != bool or mask.ndim != 2:
        raise ValueError(f'valid must be a boolean mask (N, keys) or numbers '
                         f'of tokens (N,), not an array of {mask.dtype} and '
                         f'shape {mask.shape}')
    if length not in (None, mask.shape[1]):
        raise ValueError(f'the mask has {mask.shape[1]} keys and length is '
                         f'{length}')
    if not mask.any(axis=1).all():
        raise ValueError(f'example {mask.any(axis=1).argmin()} has no token '
                         f'to look at; leave it out')
    return mask


# The figure ----------------------------------------------------------------

def plot_attention_masks(text: str = TEXT, *, seed: int = SEED) -> Any:
    """Return a figure of what each token may look at, in three models.

    A row is a token that looks, a column one that it looks at. The words at
    the right of a decoder are those that it predicts there:

        encoder          BERT: all tokens see all
        encoder-decoder  T5: the inputs see each other; the decoder's tokens
                         see all inputs, and of themselves those before
        decoder          GPT: each token sees itself and those before

    The panels are drawn from `full_mask` and `causal_mask`. The words are
    cut at spaces. For T5 `seed` chooses the spans that are hidden. Needs
    matplotlib. Raises ValueError for a text of fewer than two words.

    Source: d2l figures 11.9.1, 11.9.3 and 11.9.6, at the right.
    """
    words = text.split()
    if len(words) < 2:
        raise ValueError(f'the text needs two words, one to hide and one to '
                         f'see, not {text!r}')
    import matplotlib.pyplot as plt
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    # A square has the same size in each panel.
    panels = _panels(words, seed)
    sizes = [len(panel[1]) for panel in panels]
    figure, axes = plt.subplots(
        1, 3, figsize=(0.3 * sum(sizes) + 5, 0.3 * max(sizes) + 2),
        width_ratios=sizes, layout='constrained')
    for ax, (title, tokens, predicted, kinds) in zip(axes, panels):
        ax.imshow(kinds, vmin=0, vmax=3,
                  cmap=ListedColormap(['white', *COLOURS.values()]))
        ticks = range(len(tokens))
        # A dollar sign is a word here, and begins no formula.
        ax.set_xticks(ticks, tokens, rotation=90, parse_math=False)
        ax.set_yticks(ticks, tokens, parse_math=False)
        ax.set_xticks(np.arange(-0.5, len(tokens)), minor=True)
        ax.set_yticks(np.arange(-0.5, len(tokens)), minor=True)
        ax.grid(which='minor', color='lightgrey')
        ax.tick_params(which='both', length=0)
        ax.set(title=title, xlabel='is looked at', ylabel='looks')
        if predicted:
            right = ax.secondary_yaxis('right')
            right.set_yticks(range(len(tokens) - len(predicted), len(tokens)),
                             [f'\N{RIGHTWARDS ARROW} {token}'
                              for token in predicted], parse_math=False)
            right.tick_params(length=0)
    figure.legend(handles=[Patch(color=colour, label=kind) for kind, colour
                           in COLOURS.items()],
                  loc='outside lower center', ncols=len(COLOURS))
    return figure


def _panels(words: list[str], seed: int
            ) -> list[tuple[str, list[str], list[str], np.ndarray]]:
    """Return title, tokens, predictions and kinds of attention, three times.

    The kinds are 0 for none, 1 for the encoder's, 2 for cross-attention and
    3 for the decoder's.
    """
    hidden = noise_mask(len(words), DENSITY, MEAN_LENGTH, seed=seed)
    inputs, targets = corrupt(words, hidden, _sentinels(hidden), 'sentinel')
    shifted = ['<pad>', *targets[:-1]]
    blocks = np.block([
        [_square(full_mask([len(inputs)], len(inputs)), len(inputs), 1),
         np.zeros((len(inputs), len(shifted)), int)],
        [_square(full_mask([len(inputs)], len(inputs)), len(shifted), 2),
         _square(causal_mask(len(shifted)), len(shifted), 3)]])
    read = ['<bos>', *words]
    return [
        ('encoder', words, [],
         _square(full_mask([len(words)], len(words)), len(words), 1)),
        ('encoder-decoder', inputs + shifted, targets, blocks),
        ('decoder', read, [*words, '<eos>'],
         _square(causal_mask(len(read)), len(read), 3))]


def _square(mask: np.ndarray, num_queries: int, kind: int) -> np.ndarray:
    """Return the mask of the first example and head, for all queries."""
    return np.broadcast_to(mask[0, 0], (num_queries, mask.shape[-1])) * kind


def _sentinels(hidden: list[bool]) -> list[str]:
    """Return the sentinels of a text: <X>, <Y>, <Z> if they are enough."""
    spans = sum(not before and after
                for before, after in zip(hidden, hidden[1:]))
    return SHOWN if spans < len(SHOWN) else sentinels_for(spans)
