"""Texts -> the inputs of a model, laid out as its examples were."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..examples.padding import mask_of, pad_rows
from ..objectives.halves import pad_halves
from ..objectives.nsp import get_tokens_and_segments
from ..tokens.numbering import TextIds
from ..tokens.vocab import CLS, PAD, SEP, Vocab
from ..tokens.wordpiece import WordPiece
from ..tokens.words import TokenizerChoice, make_tokenizer, tokenize_text

Pair = tuple[Sequence[str], Sequence[str] | None]
BORDERS = ('span_left', 'span_right', 'span_offsets')


class Inputs(NamedTuple):
    """What a model reads: N texts of at most `len` tokens."""

    token_ids: np.ndarray  # (N, len)
    segments: np.ndarray  # (N, len)
    valid_lens: np.ndarray  # (N,)
    attention_mask: np.ndarray | None  # (N, len), if lengths do not tell

    def arguments(self, pred_positions: np.ndarray | None = None,
                  *borders: np.ndarray) -> dict[str, np.ndarray]:
        """Return the arguments of a model by their names.

        `borders` are span_left, span_right and span_offsets.
        """
        lens = self.valid_lens if self.attention_mask is None else None
        found = {'tokens': self.token_ids, 'segments': self.segments,
                 'valid_lens': lens, 'pred_positions': pred_positions,
                 'attention_mask': self.attention_mask,
                 **dict(zip(BORDERS, borders))}
        return {name: array for name, array in found.items()
                if array is not None}


def check_vocab(vocab: Vocab | None) -> Vocab:
    """Return a model's vocabulary, or raise ValueError if it has none."""
    if vocab is None:
        raise ValueError('the model has no vocabulary; set net.vocab to the '
                         'Vocab that it was trained with')
    return vocab


def lens_and_mask(net: Any, token_ids: Any, valid_lens: Any
                  ) -> tuple[Any, Any]:
    """Return what tells a model which tokens are padding: one of the two.

    `net` is a model whose layout says so, or any other with valid_lens.
    """
    mask = mask_of(token_ids, getattr(net, 'layout', 'pair'),
                   getattr(net, 'vocab', None))
    return (valid_lens, None) if mask is None else (None, mask)


def make_inputs(pairs: Sequence[Pair], vocab: Vocab, max_len: int,
                layout: str = 'pair') -> Inputs:
    """Turn texts, each one or two lists of tokens, into padded token ids.

    >>> vocab = Vocab(['a', 'b'], 0, ['<pad>', '<mask>', '<cls>', '<sep>'])
    >>> make_inputs([(['a'], ['b']), (['b'], None)], vocab, 64).segments
    array([[0, 0, 0, 1, 1],
           [0, 0, 0, 0, 0]])

    Raises TypeError for a text that was not cut into tokens.
    """
    for pair in pairs:
        for text in pair:
            if isinstance(text, str):
                raise TypeError(f'tokens must be a list such as '
                                f'{text.lower().split()}, not the text '
                                f'{text!r}')
    if layout == 'halves':
        sentences = [vocab[list(half or [])] for pair in pairs
                     for half in pair]
        columns = pad_halves(
            TextIds.of([sentences]),
            [(2 * i, 2 * i + 1, True) for i in range(len(pairs))],
            (max_len - 1) // 2, vocab)
        return Inputs(columns.token_ids, columns.segments,
                      columns.valid_lens,
                      mask_of(columns.token_ids, layout, vocab))
    cls, sep = (vocab.spelling.get(token, token) for token in (CLS, SEP))
    texts = [get_tokens_and_segments(list(a), list(b) if b else None, cls,
                                     sep) for a, b in pairs]
    lens = [len(tokens) for tokens, _ in texts]
    return Inputs(
        pad_rows([vocab[tokens] for tokens, _ in texts], max(lens),
                 vocab.special(PAD), np.int64),
        pad_rows([segments for _, segments in texts], max(lens), 0,
                 np.int64), np.array(lens, np.float32), None)


def text_pair(text: str, next_text: str | None, vocab: Vocab,
              tokenizer: TokenizerChoice) -> Pair:
    """Return the tokens of a text and of the one that follows it, if any.

    >>> from ..tokens.words import tokenize
    >>> text_pair('The <mask> sea', None, Vocab(['sea']), tokenize)
    (['the', '<mask>', 'sea'], None)

    Special tokens stay whole, and '<mask>' may be written for any
    vocabulary.
    """
    special, tokenizer = vocab.special_tokens, make_tokenizer(tokenizer)
    return (tokenize_text(text, tokenizer, special),
            tokenize_text(next_text or '', tokenizer, special) or None)


def unknown_words(texts: Sequence[str], vocab: Vocab,
                  tokenizer: TokenizerChoice
                  ) -> list[str]:
    """Return the tokens that a model does not know, each once.

    >>> from ..tokens.words import tokenize
    >>> unknown_words(['the xyz sea xyz'], Vocab(['the', 'sea']), tokenize)
    ['xyz']

    Of a WordPiece they are the words that it cannot cut into pieces.
    """
    if isinstance(tokenizer, WordPiece):
        return [*dict.fromkeys(word for text in texts
                               for word in tokenizer.unknown_words(text))]
    tokens = [token for text in texts
              for token in text_pair(text, None, vocab, tokenizer)[0]]
    return [token for token in dict.fromkeys(tokens) if token not in vocab]
