"""BERT: its encoder and its two heads, in PyTorch.

A batch has `batch_size` rows of `max_len` tokens, each of which becomes
`num_hiddens` numbers, H in the shapes below.

Source: d2l sections 11.7 and 15.8; Devlin et al., BERT (2018).
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from d2l_bert.core.architecture import (
    Config, check_config, check_inputs, sinusoids)
from d2l_bert.core.vocab import Vocab

from .dropout import Dropout


class MultiHeadAttention(nn.Module):
    """Lets every token look at all others, in several ways at once.

    >>> attention = MultiHeadAttention(8, num_heads=2, dropout=0.1)
    >>> X = torch.ones(3, 5, 8)
    >>> attention(X, X, X, valid_lens=torch.tensor([5, 2, 1])).shape
    torch.Size([3, 5, 8])

    `valid_lens` says which keys may be looked at: None for all of them,
    a (batch_size,) vector for the first so many of each row, or a
    (batch_size, keys) mask that is not 0 where they may.

    Source: d2l section 11.5.
    """

    def __init__(self, num_hiddens: int, num_heads: int, dropout: float,
                 bias: bool = False):
        super().__init__()
        self.num_heads, self.dropout = num_heads, dropout
        self.W_q = nn.Linear(num_hiddens, num_hiddens, bias=bias)
        self.W_k = nn.Linear(num_hiddens, num_hiddens, bias=bias)
        self.W_v = nn.Linear(num_hiddens, num_hiddens, bias=bias)
        self.W_o = nn.Linear(num_hiddens, num_hiddens, bias=bias)

    def forward(self, queries: Tensor, keys: Tensor, values: Tensor,
                valid_lens: Tensor | None = None) -> Tensor:
        Y = F.scaled_dot_product_attention(  # (batch, heads, len, H / heads)
            to_heads(self.W_q(queries), self.num_heads),
            to_heads(self.W_k(keys), self.num_heads),
            to_heads(self.W_v(values), self.num_heads),
            attn_mask=key_mask(valid_lens, keys.shape[1]),
            dropout_p=self.dropout if self.training else 0.0)
        return self.W_o(Y.transpose(1, 2).flatten(2))  # (batch, len, H)


def to_heads(X: Tensor, num_heads: int) -> Tensor:
    """(batch, len, H) -> (batch, heads, len, H / heads)"""
    return X.unflatten(2, (num_heads, -1)).transpose(1, 2)


def key_mask(valid_lens: Tensor | None, max_len: int) -> Tensor | None:
    """Return what may be looked at as a mask (batch_size, 1, 1, max_len).

    >>> key_mask(torch.tensor([2., 1.]), 3).int().tolist()
    [[[[1, 1, 0]]], [[[1, 0, 0]]]]
    >>> key_mask(torch.tensor([[1, 0, 1]]), 3).int().tolist()
    [[[[1, 0, 1]]]]

    A mask made by this function comes back as it is.
    """
    if valid_lens is None or valid_lens.dim() == 4:
        return valid_lens
    if valid_lens.dim() == 1:
        positions = torch.arange(max_len, device=valid_lens.device)
        return (positions < valid_lens[:, None])[:, None, None, :]
    return (valid_lens != 0)[:, None, None, :]


class AddNorm(nn.Module):
    """Adds what a layer found to what it was given, and normalises.

    Source: d2l section 11.7.
    """

    def __init__(self, norm_shape: int, dropout: float):
        super().__init__()
        self.dropout = Dropout(dropout)
        self.ln = nn.LayerNorm(norm_shape)

    def forward(self, X: Tensor, Y: Tensor) -> Tensor:
        return self.ln(X + self.dropout(Y))


class PositionWiseFFN(nn.Module):
    """Two layers that treat every position alike.

    Source: d2l section 11.7.
    """

    def __init__(self, num_hiddens: int, ffn_num_hiddens: int):
        super().__init__()
        self.dense1 = nn.Linear(num_hiddens, ffn_num_hiddens)
        self.dense2 = nn.Linear(ffn_num_hiddens, num_hiddens)

    def forward(self, X: Tensor) -> Tensor:
        return self.dense2(F.relu(self.dense1(X)))


class TransformerEncoderBlock(nn.Module):
    """Attention, then the position-wise layers, each added and normed.

    >>> block = TransformerEncoderBlock(24, 48, num_heads=8, dropout=0.5)
    >>> block(torch.ones(2, 100, 24), torch.tensor([3, 2])).shape
    torch.Size([2, 100, 24])

    `valid_lens` is that of `MultiHeadAttention`.

    Source: d2l section 11.7.
    """

    def __init__(self, num_hiddens: int, ffn_num_hiddens: int,
                 num_heads: int, dropout: float, use_bias: bool = False):
        super().__init__()
        self.attention = MultiHeadAttention(num_hiddens, num_heads, dropout,
                                            use_bias)
        self.addnorm1 = AddNorm(num_hiddens, dropout)
        self.ffn = PositionWiseFFN(num_hiddens, ffn_num_hiddens)
        self.addnorm2 = AddNorm(num_hiddens, dropout)

    def forward(self, X: Tensor, valid_lens: Tensor | None) -> Tensor:
        Y = self.addnorm1(X, self.attention(X, X, X, valid_lens))
        return self.addnorm2(Y, self.ffn(Y))  # (batch, len, H) throughout


class BERTEncoder(nn.Module):
    """Turns every token into a vector that depends on all the others.

    >>> encoder = BERTEncoder(10000, 768, 1024, num_heads=4, num_blks=2,
    ...                       dropout=0.2)
    >>> tokens = torch.randint(0, 10000, (2, 8))
    >>> encoder(tokens, torch.zeros_like(tokens), None).shape
    torch.Size([2, 8, 768])

    Tokens and segments are (batch_size, len) numbers; `valid_lens` is
    that of `MultiHeadAttention`. `positions` is 'learned', as in BERT, or
    'sinusoidal', as in the first Transformer.

    Raises ValueError for sizes that do not fit together and for a text
    longer than `max_len`.

    Source: d2l section 15.8.3.
    """

    def __init__(self, vocab_size: int, num_hiddens: int,
                 ffn_num_hiddens: int, num_heads: int, num_blks: int,
                 dropout: float, max_len: int = 1000, *,
                 positions: str = 'learned'):
        super().__init__()
        self.config = check_config(Config(
            vocab_size, num_hiddens, ffn_num_hiddens, num_heads, num_blks,
            dropout, max_len, positions))
        self.token_embedding = nn.Embedding(vocab_size, num_hiddens)
        self.segment_embedding = nn.Embedding(2, num_hiddens)
        self.blks = nn.Sequential(*(
            TransformerEncoderBlock(num_hiddens, ffn_num_hiddens, num_heads,
                                    dropout, True) for _ in range(num_blks)))
        if positions == 'learned':
            self.pos_embedding = nn.Parameter(
                torch.randn(1, max_len, num_hiddens))
        else:  # nothing to learn, and so nothing to save
            self.register_buffer('pos_embedding', torch.from_numpy(
                sinusoids(max_len, num_hiddens))[None], persistent=False)

    def forward(self, tokens: Tensor, segments: Tensor,
                valid_lens: Tensor | None = None) -> Tensor:
        check_inputs(tokens.shape, segments.shape, self.config)
        X = self.token_embedding(tokens) + self.segment_embedding(segments)
        X = X + self.pos_embedding[:, :X.shape[1]]  # (batch, len, H)
        mask = key_mask(valid_lens, X.shape[1])
        for blk in self.blks:
            X = blk(X, mask)
        return X


class MaskLM(nn.Module):
    """Guesses the words at the positions that are to be predicted.

    >>> mlm = MaskLM(vocab_size=100, num_hiddens=8)
    >>> mlm(torch.ones(2, 8, 8), torch.tensor([[1, 5, 2], [6, 1, 5]])).shape
    torch.Size([2, 3, 100])

    Takes what the encoder gives, (batch_size, len, H), and positions
    (batch_size, P); returns a score for each word of the vocabulary,
    (batch_size, P, vocab_size).

    Source: d2l section 15.8.4.
    """

    def __init__(self, vocab_size: int, num_hiddens: int):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(num_hiddens, num_hiddens),
                                 nn.ReLU(), nn.LayerNorm(num_hiddens),
                                 nn.Linear(num_hiddens, vocab_size))

    def forward(self, X: Tensor, pred_positions: Tensor) -> Tensor:
        rows = torch.arange(len(X), device=X.device)[:, None]  # (batch, 1)
        return self.mlp(X[rows, pred_positions])  # (batch, P, vocab_size)


class NextSentencePred(nn.Module):
    """Guesses whether the second sentence follows the first.

    >>> NextSentencePred()(torch.ones(2, 8)).shape
    torch.Size([2, 2])

    Takes (batch_size, H), of any H if `num_hiddens` is left out; returns
    the scores of no and of yes, (batch_size, 2).

    Source: d2l section 15.8.5.
    """

    def __init__(self, num_hiddens: int | None = None):
        super().__init__()
        self.output: nn.Linear = (nn.LazyLinear(2) if num_hiddens is None
                                  else nn.Linear(num_hiddens, 2))

    def forward(self, X: Tensor) -> Tensor:
        return self.output(X)


class BERTModel(nn.Module):
    """BERT with both of its heads.

    >>> net = BERTModel(100, num_hiddens=8, ffn_num_hiddens=16, num_heads=2,
    ...                 num_blks=2, dropout=0.2)
    >>> tokens = torch.randint(0, 100, (2, 6))
    >>> encoded_X, mlm_Y_hat, nsp_Y_hat = net(
    ...     tokens, torch.zeros_like(tokens), torch.tensor([6, 4]),
    ...     torch.tensor([[1, 4], [2, 3]]))
    >>> encoded_X.shape, mlm_Y_hat.shape, nsp_Y_hat.shape
    (torch.Size([2, 6, 8]), torch.Size([2, 2, 100]), torch.Size([2, 2]))

    Without `pred_positions` the second output is None. Arguments, inputs
    and errors are those of `BERTEncoder`. `net.config` has the arguments,
    and `net.vocab` the vocabulary, once it is known.

    Source: d2l section 15.8.6.
    """

    def __init__(self, vocab_size: int, num_hiddens: int,
                 ffn_num_hiddens: int, num_heads: int, num_blks: int,
                 dropout: float, max_len: int = 1000, *,
                 positions: str = 'learned'):
        super().__init__()
        self.encoder = BERTEncoder(
            vocab_size, num_hiddens, ffn_num_hiddens, num_heads, num_blks,
            dropout, max_len, positions=positions)
        self.hidden = nn.Sequential(nn.Linear(num_hiddens, num_hiddens),
                                    nn.Tanh())
        self.mlm = MaskLM(vocab_size, num_hiddens)
        self.nsp = NextSentencePred(num_hiddens)
        self.config = self.encoder.config
        self.vocab: Vocab | None = None

    def forward(self, tokens: Tensor, segments: Tensor,
                valid_lens: Tensor | None = None,
                pred_positions: Tensor | None = None) -> Any:
        encoded_X = self.encoder(tokens, segments, valid_lens)
        mlm_Y_hat = (None if pred_positions is None
                     else self.mlm(encoded_X, pred_positions))
        # '<cls>', at position 0, speaks for the whole pair.
        nsp_Y_hat = self.nsp(self.hidden(encoded_X[:, 0]))
        return encoded_X, mlm_Y_hat, nsp_Y_hat
