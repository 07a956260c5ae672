"""Tokens and their ids."""

import collections
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..checks import a_value, as_list

UNK, PAD, MASK, CLS, SEP = '<unk>', '<pad>', '<mask>', '<cls>', '<sep>'
RESERVED_TOKENS = [PAD, MASK, CLS, SEP]
SPECIAL_TOKENS = frozenset([UNK, *RESERVED_TOKENS])


class Vocab:
    """The tokens of a text, sorted, and the id of each.

    >>> vocab = Vocab([['the', 'sea'], ['the', 'moon']],
    ...               reserved_tokens=['<pad>'])
    >>> vocab.idx_to_token
    ['<pad>', '<unk>', 'moon', 'sea', 'the']
    >>> vocab['sea'], vocab[['the', 'sun']]
    (3, [4, 1])
    >>> vocab.to_tokens([2, 3])
    ['moon', 'sea']
    >>> vocab.token_freqs
    [('the', 2), ('sea', 1), ('moon', 1)]

    `tokens` is a list of tokens, a list of such lists, or a mapping from
    token to count. Tokens that occur fewer than `min_freq` times get the
    id of '<unk>'; `reserved_tokens` are always kept. `token_freqs` has
    every token, the most frequent first.

    Source: d2l section 9.2; sorted alphabetically as in d2l 1.0.3.
    """

    # How this vocabulary writes the special tokens; here as in the book.
    spelling: Mapping[str, str] = {token: token
                                   for token in [UNK, *RESERVED_TOKENS]}

    def __init__(self, tokens: Sequence[Any] | Mapping[str, int] = (),
                 min_freq: int = 0, reserved_tokens: Sequence[str] = ()):
        if not isinstance(tokens, Mapping):
            if isinstance(tokens, str):
                raise TypeError(f'Vocab takes a list of tokens, not the one '
                                f'string {tokens[:40]!r}')
            tokens = as_list('tokens', tokens, "['the', 'sea']")
            if tokens and isinstance(tokens[0], list):
                tokens = [token for line in tokens for token in line]
            if tokens and isinstance(tokens[0], list):
                raise TypeError('Vocab takes tokens or sentences of tokens; '
                                'make one list of the sentences of all '
                                'paragraphs first')
            tokens = collections.Counter(tokens)
            for token in tokens:
                if not isinstance(token, str):
                    raise TypeError(f'a token must be a text, such as '
                                    f"'sea', not {a_value(token)}")
        self.token_freqs = sorted(tokens.items(), key=lambda pair: -pair[1])
        frequent = (token for token, freq in self.token_freqs
                    if freq >= min_freq)
        self._give_ids(sorted({UNK, *reserved_tokens, *frequent}))

    @classmethod
    def in_order(cls, counts: Mapping[str, int], min_freq: int,
                 spelling: Mapping[str, str]) -> 'Vocab':
        """Give ids to the special tokens first, then to the rest in order.

        >>> vocab = Vocab.in_order({'sea': 2, 'moon': 1, 'it': 3}, 2,
        ...                        {'<pad>': '[PAD]', '<unk>': '[UNK]'})
        >>> vocab.idx_to_token
        ['[PAD]', '[UNK]', 'sea', 'it']
        >>> vocab['moon'], vocab.special('<pad>')
        (1, 0)

        `spelling` says how each special token is written here.
        """
        vocab = cls(counts, min_freq)
        vocab.spelling = dict(spelling)
        special = list(spelling.values())
        vocab._give_ids(special + [
            token for token, count in counts.items()
            if count >= min_freq and token not in special])
        return vocab

    def unknown_share(self) -> float:
        """Return which share of the text's tokens have no id of their own.

        >>> Vocab(['a', 'a', 'a', 'b'], min_freq=2).unknown_share()
        0.25

        The text is the one from which the vocabulary was made; what is
        written as '<unk>' in it counts, too.
        """
        unknown = self.spelling[UNK]
        return self.share_of(lambda token: token == unknown
                             or token not in self.token_to_idx)

    def share_of(self, chosen: Callable[[str], bool]) -> float:
        """Return which share of the text's tokens are chosen.

        >>> Vocab(['a', 'a', 'b', 'a.']).share_of(str.isalpha)
        0.75
        """
        total = sum(count for _, count in self.token_freqs)
        return sum(count for token, count in self.token_freqs
                   if chosen(token)) / max(1, total)

    def _give_ids(self, idx_to_token: list[str]) -> None:
        self.idx_to_token = idx_to_token
        self.token_to_idx = {token: idx for idx, token
                             in enumerate(idx_to_token)}

    @classmethod
    def of_tokens(cls, idx_to_token: Sequence[str],
                  spelling: Mapping[str, str] | None = None) -> 'Vocab':
        """Make a Vocab of tokens whose order gives their ids.

        >>> Vocab.of_tokens(['<unk>', 'the', 'sea'])['sea']
        2

        Raises ValueError if two are equal or '<unk>' is missing.
        """
        vocab = cls()
        vocab.spelling = {**vocab.spelling, **(spelling or {})}
        vocab._give_ids(list(idx_to_token))
        unk = vocab.spelling[UNK]
        if unk not in vocab or len(vocab.token_to_idx) < len(idx_to_token):
            raise ValueError(f'the tokens of a vocabulary must all differ, '
                             f'and one of them must be {unk!r}')
        return vocab

    def __len__(self) -> int:
        return len(self.idx_to_token)

    def __iter__(self) -> Iterator[str]:
        return iter(self.idx_to_token)

    def __contains__(self, token: object) -> bool:
        return token in self.token_to_idx

    def __getitem__(self, tokens: Any) -> Any:
        """Return the id of a token, or a list of ids for a list."""
        if isinstance(tokens, (list, tuple)):
            return [self[token] for token in tokens]
        return self.token_to_idx.get(tokens, self.unk)

    def to_tokens(self, indices: Any) -> Any:
        """Return the token of an id, or lists of tokens for several.

        `indices` may be nested, and an array of any framework.
        """
        if getattr(indices, 'ndim', 1) and hasattr(indices, '__len__'):
            return [self.to_tokens(index) for index in indices]
        return self.idx_to_token[int(indices)]

    @property
    def unk(self) -> int:
        """The id of '<unk>', which stands for every unknown token."""
        return self.token_to_idx[self.spelling[UNK]]

    @property
    def special_tokens(self) -> dict[str, str]:
        """Map each way to write a special token to this vocabulary's.

        >>> Vocab.of_tokens(['[UNK]'], {'<unk>': '[UNK]'}).special_tokens[
        ...     '<unk>']
        '[UNK]'
        """
        return {written: own for token, own in self.spelling.items()
                for written in (token, own)}

    def special(self, token: str) -> int:
        """Return the id of a special token, which must be there.

        >>> Vocab(['sea']).special('<mask>')
        Traceback (most recent call last):
        ...
        ValueError: the vocabulary has no '<mask>'; make it with \
reserved_tokens=['<pad>', '<mask>', '<cls>', '<sep>']
        """
        book, token = token, self.spelling.get(token, token)
        if token not in self:
            if token != book:
                raise ValueError(f'the vocabulary has no {token!r}; add it '
                                 f'to its tokens')
            raise ValueError(f'the vocabulary has no {token!r}; make it '
                             f'with reserved_tokens={RESERVED_TOKENS}')
        return self.token_to_idx[token]


def check_is_vocab(vocab: Any) -> None:
    """Raise TypeError unless this is a vocabulary.

    >>> check_is_vocab('vocab.txt')
    Traceback (most recent call last):
    ...
    TypeError: vocab must be a Vocab, such as Vocab(tokens), not the str \
'vocab.txt'
    """
    if not isinstance(vocab, Vocab):
        raise TypeError(f'vocab must be a Vocab, such as Vocab(tokens), not '
                        f'{a_value(vocab)}')
