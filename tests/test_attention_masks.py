"""Which token may look at which, by hand and for any padding."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l_bert.core import causal_mask, full_mask, plot_attention_masks
from d2l_bert.core.objectives.attention import _panels


def words(text):
    """The words of a text, which spaces divide."""
    return text.split()


def test_full_by_hand():
    mask = full_mask([1, 3], length=3)
    assert mask.shape == (2, 1, 1, 3) and mask.dtype == bool
    assert mask[:, 0, 0].tolist() == [[True, False, False], [True] * 3]
    # Padding anywhere, as in examples of two halves.
    halves = np.array([[True, False, True, False]])
    assert full_mask(halves).tolist() == [[halves.tolist()]]
    assert (full_mask(halves, 4) == full_mask(halves)).all()
    # valid_lens are of the type float32.
    assert (full_mask(np.float32([1, 3]), 3) == mask).all()


def test_causal_by_hand():
    assert causal_mask(1).tolist() == [[[[True]]]]
    mask = causal_mask(4)
    assert mask.shape == (1, 1, 4, 4)
    assert (mask[0, 0] == np.tril(np.ones((4, 4), bool))).all()
    assert causal_mask(3, valid=[2, 3]).shape == (2, 1, 3, 3)


@given(st.lists(st.integers(1, 7), min_size=1, max_size=4))
def test_each_pair_of_tokens(lens):
    """One value for each query and key, from what the masks are for."""
    full = np.broadcast_to(full_mask(lens, 7), (len(lens), 1, 7, 7))
    causal, unpadded = causal_mask(7, lens), causal_mask(7)
    for i, length in enumerate(lens):
        for query in range(7):
            for key in range(7):
                token = key < length
                assert full[i, 0, query, key] == token
                assert causal[i, 0, query, key] == (token and key <= query)
            # With padding at the end the causal mask alone is enough.
            if query < length:
                assert (causal[i, 0, query] == unpadded[0, 0, query]).all()


def test_they_fit_scores():
    """Of 2 examples, 3 heads, 4 queries and 5 keys, in cross-attention."""
    scores = np.zeros((2, 3, 4, 5))
    seen = np.where(full_mask([5, 2], 5), scores, -np.inf)
    assert seen.shape == scores.shape
    assert (np.isfinite(seen).sum(axis=-1) == [[[5]], [[2]]]).all()
    assert np.where(causal_mask(4), scores[..., :4], 0).shape == (2, 3, 4, 4)


@pytest.mark.parametrize('call, message', [
    (lambda: full_mask([2, 3]), 'the numbers of tokens need length'),
    (lambda: full_mask([2, 5], 4), 'there are 5 tokens and length is 4'),
    (lambda: full_mask([2, 0], 4), 'example 1 has no token to look at'),
    (lambda: full_mask([[2, 1]], 4), r'valid must be a boolean mask \(N, key'),
    (lambda: full_mask(np.ones((2, 3), bool), 4), 'the mask has 3 keys and l'),
    (lambda: full_mask([2], 0), 'length must be a whole number of at least 1'),
    (lambda: causal_mask(0), 'length must be a whole number of at least 1'),
    (lambda: causal_mask(3, np.ones((2, 4), bool)), 'the mask has 4 keys'),
    (lambda: plot_attention_masks('sea'), "needs two words.* not 'sea'")])
def test_mistakes(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# The figure ----------------------------------------------------------------

def test_the_books_figure():
    encoder, both, decoder = _panels(words('I love this red car'), seed=4)
    assert encoder[1] == words('I love this red car')
    assert both[1] == words('I <X> this <Y> <pad> <X> love <Y> red car')
    assert both[2] == words('<X> love <Y> red car <Z>')
    assert decoder[1] == words('<bos> I love this red car')
    assert decoder[2] == words('I love this red car <eos>')
    assert (encoder[3] == 1).all()
    assert (decoder[3] == 3 * np.tri(6)).all()
    assert (both[3][:4, :4] == 1).all() and not both[3][:4, 4:].any()
    assert (both[3][4:, :4] == 2).all()
    assert (both[3][4:, 4:] == 3 * np.tri(6)).all()


@pytest.mark.parametrize('text', [
    'I love this red car', 'a $ b $ c', 'one two', 'a ' * 20])
def test_it_can_be_drawn(text, tmp_path):
    matplotlib = pytest.importorskip('matplotlib')
    with matplotlib.rc_context({'backend': 'agg'}):
        figure = plot_attention_masks(text)
        figure.savefig(tmp_path / 'masks.png')
        matplotlib.pyplot.close(figure)
    assert [ax.get_title() for ax in figure.axes] == [
        'encoder', 'encoder-decoder', 'decoder']
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()
            ] == text.split()


def test_both_backends_have_it(backend):
    assert backend.plot_attention_masks is plot_attention_masks
