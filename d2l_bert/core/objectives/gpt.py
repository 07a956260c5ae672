"""GPT's examples: documents -> blocks of tokens, each predicting the next.

Source: Radford et al., Improving Language Understanding by Generative
Pre-Training (2018), section 3.1; d2l section 11.9.3.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..checks import check_whole
from ..examples.container import Examples
from ..examples.padding import length_mask
from ..files import PathLike
from ..text.corpus import find_corpus
from ..text.documents import load_document_splits, read_documents
from ..text.sentences import SplitterChoice
from ..text.sources import Corpus
from ..tokens.numbering import TextIds
from ..tokens.vocab import PAD, Vocab
from ..tokens.words import TokenizerChoice, keep_case
from .bert import check_option_names
from .columns import TokenColumns
from .running_text import check_text_options, documents_to_ids

BOS, EOS = '<bos>', '<eos>'  # beginning and end of a document


class _Fields(NamedTuple):
    token_ids: Any
    valid_lens: Any
    targets: Any
    target_weights: Any


class GPTColumns(TokenColumns, _Fields):
    """Four arrays that together are N examples of language modelling.

        token_ids       (N, block_len)  int      what the model reads, then
                                                 padding
        valid_lens      (N,)            float32  tokens that are not padding
        targets         (N, block_len)  int      the token after each of them,
                                                 then padding
        target_weights  (N, block_len)  float32  1 for a target, 0 for '<bos>'
                                                 and padding

    '<bos>' is given, not predicted: it has no weight.
    """

    per_token = ('token_ids', 'targets', 'target_weights')
    sequences = ('token_ids', 'targets')
    meanings = {
        'token_ids': 'what the model reads, then padding',
        'valid_lens': 'number of tokens without padding',
        'targets': 'the token after each, then padding',
        'target_weights': '1 for each target but <bos>, then 0'}

    def loss_weights(self) -> dict[str, float]:
        """Return the weight of the loss: how many targets there are.

        >>> GPTColumns(*[np.zeros((2, 3))] * 3, np.ones((2, 3))
        ...            ).loss_weights()
        {'lm': 6.0}
        """
        return {'lm': float(self.target_weights.sum())}


def make_gpt_examples(
        documents: Sequence[Sequence[str]], block_len: int, *,
        tokenizer: TokenizerChoice = 'words', min_freq: int = 5,
        vocab: Vocab | None = None, int_dtype: Any = np.int64
) -> Examples[GPTColumns]:
    """Make examples of language modelling from documents of sentences.

    >>> examples = make_gpt_examples([['the sea rose', 'it fell'], ['so']], 5,
    ...                              min_freq=1)
    >>> for row in examples.columns.token_ids:
    ...     print(' '.join(examples.vocab.to_tokens(row)))
    <bos> the sea rose it
    fell <eos> <bos> so <pad>
    >>> for row in examples.columns.targets:
    ...     print(' '.join(examples.vocab.to_tokens(row)))
    the sea rose it fell
    <eos> <bos> so <eos> <pad>

    Each document begins with '<bos>' and ends with '<eos>'. All of them are
    one row of tokens, which is cut into blocks. So a document may span
    blocks, and a block several documents, whose tokens may look at those of
    the documents before. The targets of a block are its tokens shifted by
    one; the last is the first token of the next block. No token is lost, and
    each is a target once, except the very first '<bos>'. The last block may
    be short.

    tokenizer, min_freq, vocab and int_dtype are as in `make_examples`; the
    vocabulary has '<pad>', '<bos>' and '<eos>'. Nothing is drawn here. In
    training the blocks come in random order, and the tokens of a block in
    theirs.

    Raises ValueError or TypeError if documents or options make no example
    possible.
    """
    check_gpt_options(block_len, tokenizer=tokenizer, min_freq=min_freq,
                      vocab=vocab)
    text, vocab, tokenizer = documents_to_ids(
        documents, [PAD, BOS, EOS], tokenizer, min_freq, vocab)
    row = _with_ends(text, vocab)
    num_blocks = -(-(len(row) - 1) // block_len)
    lens = np.full(num_blocks, block_len)
    lens[-1] = len(row) - 1 - (num_blocks - 1) * block_len
    padded = np.full(num_blocks * block_len + 1, vocab.special(PAD), int_dtype)
    padded[:len(row)] = row
    inside = length_mask(lens, block_len)
    token_ids, targets = (padded[shift:][:num_blocks * block_len].reshape(
        num_blocks, block_len).copy() for shift in (0, 1))
    token_ids[~inside] = vocab.special(PAD)  # '<eos>', which has no target
    predicted = inside & (targets != vocab.special(BOS))
    columns = GPTColumns(token_ids, lens.astype(np.float32), targets,
                         predicted.astype(np.float32))
    return Examples(columns, vocab, num_blocks, tokenizer=tokenizer,
                    layout='single')


def load_gpt_examples(
        block_len: int, *, documents: Sequence[Sequence[str]] | None = None,
        corpus: Corpus = 'wikitext-2', data_dir: PathLike | None = None,
        sentence_splitter: SplitterChoice = 'period', lowercase: bool = True,
        **options: Any) -> Examples[GPTColumns]:
    """Find a text, read its documents and make examples of them.

    >>> len(load_gpt_examples(64, corpus='tiny'))
    342

    `documents` are lists of sentences of your own; otherwise `corpus` is
    read. It and `data_dir`, `sentence_splitter` and `lowercase` are those of
    `load_examples`, `options` those of `make_gpt_examples`. Raises what these
    two raise.
    """
    check_gpt_options(block_len, **options)
    if documents is None:
        documents = read_documents(find_corpus(corpus, data_dir).files,
                                   sentence_splitter, lowercase=lowercase)
    return make_gpt_examples(documents, block_len,
                             **keep_case(options, lowercase))


def load_gpt_splits(
        block_len: int, *, corpus: Corpus = 'wikitext-2',
        data_dir: PathLike | None = None,
        sentence_splitter: SplitterChoice = 'period', lowercase: bool = True,
        valid: Corpus | None = None, **options: Any
) -> tuple[Examples[GPTColumns], Examples[GPTColumns]]:
    """Load a text as training examples and validation examples.

    >>> train, valid = load_gpt_splits(64, corpus='tiny')
    >>> len(train), len(valid), train.vocab is valid.vocab
    (305, 38, True)

    `valid` and what is held out are those of `load_document_splits`. The
    other arguments and errors are those of `load_gpt_examples`.
    """
    check_gpt_options(block_len, **options)
    return make_gpt_splits(*load_document_splits(
        corpus, data_dir, sentence_splitter, valid=valid,
        lowercase=lowercase), block_len, **keep_case(options, lowercase))


def make_gpt_splits(
        documents: Sequence[Sequence[str]],
        held_out: Sequence[Sequence[str]], block_len: int, **options: Any
) -> tuple[Examples[GPTColumns], Examples[GPTColumns]]:
    """Make training examples, and validation examples with their vocabulary.

    >>> train, valid = make_gpt_splits([['a b', 'b a']], [['a c']], 9,
    ...                                min_freq=1)
    >>> valid.vocab is train.vocab
    True
    """
    train = make_gpt_examples(documents, block_len, **options)
    return train, make_gpt_examples(held_out, block_len,
                                    **{**options, 'vocab': train.vocab})


def check_gpt_options(block_len: int, *, tokenizer: TokenizerChoice = 'words',
                      min_freq: int = 5, vocab: Vocab | None = None,
                      **others: Any) -> None:
    """Raise ValueError or TypeError for options that allow no example.

    >>> check_gpt_options(0)
    Traceback (most recent call last):
    ...
    ValueError: block_len must be a whole number of at least 1, not 0

    It needs no text, so it comes before one is read.
    """
    check_option_names(others, make_gpt_examples)
    check_whole('block_len', block_len, least=1)
    check_text_options(tokenizer, min_freq, vocab)


def _with_ends(text: TextIds, vocab: Vocab) -> np.ndarray:
    """Return the token ids with '<bos>' and '<eos>' around each document.

    Documents without tokens are left out.
    """
    borders = text.starts[text.paragraphs]
    starts, ends = borders[:-1], borders[1:]
    starts, ends = starts[starts < ends], ends[starts < ends]
    # Where each goes, and which: an end before the start at the same place.
    return np.insert(text.token_ids, np.stack([starts, ends], 1).ravel(),
                     np.tile([vocab.special(BOS), vocab.special(EOS)],
                             len(starts)))
