"""Documents -> one row of token ids, for objectives without sentence pairs.

Their vocabulary has the special tokens of the objective, and no others.
"""

from collections.abc import Sequence

from ..checks import as_list
from ..tokens.numbering import TextIds, check_min_freq, sentences_to_ids
from ..tokens.vocab import Vocab, check_is_vocab
from ..tokens.words import Tokenizer, TokenizerChoice, make_tokenizer
from .bert import check_sentences


def documents_to_ids(
        documents: Sequence[Sequence[str]], special: Sequence[str],
        tokenizer: TokenizerChoice = 'words', min_freq: int = 5,
        vocab: Vocab | None = None
) -> tuple[TextIds, Vocab, Tokenizer]:
    """Return the token ids of documents, their vocabulary and tokenizer.

    >>> text, vocab, _ = documents_to_ids([['the sea', 'rose'], ['it fell']],
    ...                                   ['<bos>'], min_freq=1)
    >>> vocab.to_tokens(text.token_ids), text.paragraphs
    (['the', 'sea', 'rose', 'it', 'fell'], array([0, 2, 3]))
    >>> vocab.idx_to_token[:2]
    ['<bos>', '<unk>']

    A new vocabulary has the `special` tokens. If the tokenizer has one of
    its own, those that it lacks are added at its end. A given `vocab` must
    have them. Empty documents are left out.

    Raises TypeError for what is no list of documents, and ValueError if they
    have no token, or the vocabulary has no such special token.
    """
    documents = as_list('documents', documents, "[['it rose', 'it fell']]")
    check_sentences(documents, 'document')
    own = getattr(tokenizer, 'vocab', None)
    if vocab is None and own is not None:
        vocab = extended(own, special)
    if vocab is not None:
        check_special(vocab, special)
    tokenizer = make_tokenizer(tokenizer)
    text, found = sentences_to_ids(
        [document for document in documents if document], tokenizer, min_freq,
        lambda counts, least: (Vocab(counts, least, special)
                               if vocab is None else vocab))
    if not len(text.token_ids):
        raise ValueError('the documents have no token to learn from')
    return text, found, tokenizer


def extended(vocab: Vocab, special: Sequence[str]) -> Vocab:
    """Return a vocabulary with some special tokens more, at the end.

    >>> extended(Vocab.of_tokens(['<unk>', 'sea']), ['<bos>']).idx_to_token
    ['<unk>', 'sea', '<bos>']
    """
    missing = [token for token in special
               if vocab.spelling.get(token, token) not in vocab]
    return Vocab.of_tokens([*vocab.idx_to_token, *missing], vocab.spelling)


def check_text_options(tokenizer: TokenizerChoice = 'words',
                       min_freq: int = 5, vocab: Vocab | None = None) -> None:
    """Raise ValueError or TypeError for options that allow no example.

    >>> check_text_options(min_freq='5')
    Traceback (most recent call last):
    ...
    ValueError: min_freq must be a number, not '5'
    """
    check_min_freq(min_freq)
    make_tokenizer(tokenizer)
    if vocab is not None:
        check_is_vocab(vocab)


def check_special(vocab: Vocab, special: Sequence[str]) -> None:
    """Raise ValueError if a vocabulary lacks a special token.

    >>> check_special(Vocab(['sea']), ['<bos>', '<eos>'])
    Traceback (most recent call last):
    ...
    ValueError: the vocabulary has no '<bos>'; make it with \
reserved_tokens=['<bos>', '<eos>'], or leave vocab out
    """
    for token in special:
        if vocab.spelling.get(token, token) not in vocab:
            shown = (f'[{", ".join(map(repr, special))}]' if len(special) < 5
                     else f'{special[:3]} and on, {len(special)} in all')
            raise ValueError(f'the vocabulary has no {token!r}; make it with '
                             f'reserved_tokens={shown}, or leave vocab out')
