"""Shows examples as HTML in Jupyter and as text in a terminal.

The columns alone tell what was done to a token: a predicted position holds
'<mask>', a random word, or the true token. Marks and words say the same as
the colours. Plain Python, for arrays of any framework and for lists.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Any, NamedTuple
from unicodedata import combining, east_asian_width

from ..tokens.vocab import MASK, PAD, RESERVED_TOKENS, Vocab

NUM_SHOWN = 3  # of a batch, in Jupyter
WIDTH = 79

LABELS = {True: 'true next sentence', False: 'another sentence',
          None: 'one run of text'}
SHOWN = ('token_ids', 'segments', 'valid_lens', 'pred_positions',
         'mlm_weights', 'mlm_labels', 'nsp_labels')


class Style(NamedTuple):
    """How a kind of token looks; backgrounds suit light and dark themes."""

    mark: str
    css: str
    ansi: str


STYLES = {
    'masked': Style('?', 'background:rgba(230,90,60,.3);'
                         'border-bottom:2px solid', '31'),
    'random': Style('≠', 'background:rgba(160,90,230,.35);'
                         'border-bottom:3px double', '35'),
    'replaced': Style('≠', 'background:rgba(230,90,60,.3);'
                           'border-bottom:2px solid', '31'),
    'unchanged': Style('=', 'background:rgba(40,160,100,.3);'
                            'border-bottom:2px dotted', '32'),
    'special': Style('', 'opacity:.6', '2'),
    'kept': Style('', '', ''),
}
SEGMENTS = (Style('A', 'border-left:4px solid rgba(60,130,220,.8)', '1;34'),
            Style('B', 'border-left:4px dashed rgba(220,150,30,.9)', '1;33'))


class Token(NamedTuple):
    """A token that the model reads, and how it was masked."""

    position: int
    text: str
    segment: int
    kind: str  # one of STYLES
    truth: str | None  # what is to be predicted here, if anything


class HiddenSpan(NamedTuple):
    """A span to predict, and the tokens beside it."""

    left: Token
    tokens: list[Token]  # the first has the offset 1
    right: Token


class Reading(NamedTuple):
    """An example in words."""

    is_next: bool | None  # None for text without pairs
    tokens: list[Token]
    num_padding: int
    spans: Sequence[HiddenSpan] = ()  # if the objective hides spans


def read_example(columns: Any) -> Reading:
    """Turn a single example into words.

    >>> from ..objectives.columns import Columns
    >>> example = Columns([0, 1, 3, 5, 3, 2], [0, 0, 0, 1, 1, 0], 5, [1, 0],
    ...                   [1, 0], [5, 0], 1)
    >>> example.vocab = Vocab(['sea'], reserved_tokens=RESERVED_TOKENS)
    >>> reading = read_example(example)
    >>> reading.tokens[1]
    Token(position=1, text='<mask>', segment=0, kind='masked', truth='sea')
    >>> reading.is_next, reading.num_padding
    (True, 1)

    Without `columns.vocab` the words are ids. Then '<mask>' cannot be told
    from a random word, and both are 'replaced'.
    """
    vocab = columns.vocab
    (token_ids, segments, valid_len, positions, weights, labels, is_next) = (
        _as_list(getattr(columns, name)) for name in SHOWN)
    truths = {position: _word(label, vocab) for position, label, weight
              in zip(positions, labels, weights) if weight}
    if columns.layout == 'halves' and vocab:
        pad = vocab.special(PAD)
        real = [i for i, idx in enumerate(token_ids) if idx != pad]
    else:
        real = list(range(int(valid_len)))
    tokens = []
    for position in real:
        text = _word(token_ids[position], vocab)
        truth = truths.get(position)
        tokens.append(Token(position, text, segments[position],
                            _kind(text, truth, vocab), truth))
    return Reading(None if columns.layout == 'single' else bool(is_next),
                   tokens, len(token_ids) - len(tokens),
                   _spans(columns, {token.position: token for token in tokens}
                          ) if hasattr(columns, 'span_left') else ())


def columns_html(columns: Any) -> str:
    """Return a table of the columns and the first examples as HTML.

    >>> from ..objectives.columns import Columns
    >>> import numpy as np
    >>> example = Columns(*map(np.array, (
    ...     [0, 1, 3, 5, 3, 2], [0, 0, 0, 1, 1, 0], 5, [1, 0], [1, 0],
    ...     [5, 0], 1)))
    >>> example.vocab = Vocab(['sea'], reserved_tokens=RESERVED_TOKENS)
    >>> '>&lt;mask&gt;<small>?sea</small></span>' in columns_html(example)
    True

    Without `columns.vocab` it shows ids.
    """
    if columns.sequences:
        return _sequences_html(columns)
    kinds = ['masked', 'random'] if columns.vocab else ['replaced']
    examples = ''.join(_reading_html(title, reading)
                       for title, reading in _readings(columns, NUM_SHOWN))
    # These names tell MathJax to leave dollar signs alone.
    return (f'<div class="tex2jax_ignore mathjax_ignore">'
            f'{_table_html(columns)}{examples}'
            f'{_legend_html([*kinds, "unchanged"])}</div>')


def columns_text(columns: Any, colour: bool = False) -> str:
    """Return every example as text for a terminal.

    >>> from ..objectives.columns import Columns
    >>> example = Columns([0, 1, 3, 5, 3, 2], [0, 0, 0, 1, 1, 0], 5, [1, 0],
    ...                   [1, 0], [5, 0], 1)
    >>> example.vocab = Vocab(['sea'], reserved_tokens=RESERVED_TOKENS)
    >>> print(columns_text(example))
    example: true next sentence, 5 tokens, then 1 of padding
      A <cls> [masked:sea] <sep>
      B sea <sep>
      predictions 1: <mask> -> sea (masked)

    `colour` adds ANSI codes. A control character is written as in Python,
    such as \\x1b. Without `columns.vocab` it shows ids.
    """
    if columns.sequences:
        return '\n'.join(
            line for title, rows in _sequences(columns)
            for line in (f'{title}:', *(line for name, words in rows
                         for line in _wrapped([(f'{name}:', '1'), *(
                             (_printable(word), '') for word in words)],
                             '  ', colour))))
    return '\n'.join(line for title, reading in _readings(columns)
                     for line in _reading_lines(title, reading, colour))


def dtype_name(column: Any) -> str:
    """Return the name of an array's dtype, in any framework.

    >>> import numpy as np
    >>> dtype_name(np.zeros(1, np.float32))
    'float32'
    """
    dtype = column.dtype  # of NumPy, a type of NumPy, or of PyTorch
    name = getattr(dtype, 'name', None) or getattr(dtype, '__name__', None)
    return name or str(dtype).removeprefix('torch.')


# Reading -------------------------------------------------------------------

def _as_list(column: Any) -> Any:
    if hasattr(column, 'asnumpy'):  # MXNet
        column = column.asnumpy()
    return column.tolist() if hasattr(column, 'tolist') else column


def _readings(columns: Any, count: int | None = None
              ) -> Iterator[tuple[str, Reading]]:
    """Yield a title and the words of each of the first `count` examples."""
    for title, example in _single(columns, count):
        yield title, read_example(example)


def _single(columns: Any, count: int | None) -> Iterator[tuple[str, Any]]:
    """Yield a title and each of the first `count` examples."""
    token_ids = columns.token_ids
    is_batch = (token_ids.ndim == 2 if hasattr(token_ids, 'ndim')
                else isinstance(token_ids[0], list))
    if not is_batch:
        yield 'example', columns
        return
    batch = [_as_list(column[:count]) for column in columns]
    for i, row in enumerate(zip(*batch)):
        example = columns._make(row)
        example.vocab, example.layout = columns.vocab, columns.layout
        yield f'example {i}', example


def _sequences(columns: Any, count: int | None = None
               ) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """Yield a title, and the words of each sequence by its name.

    For objectives whose examples are several sequences. The padding at the
    end is left out.
    """
    vocab = columns.vocab
    pad = None if vocab is None else vocab.special(PAD)
    for title, example in _single(columns, count):
        rows = []
        for name in columns.sequences:
            ids = _as_list(getattr(example, name))
            length = len(ids)
            while length and ids[length - 1] == pad:
                length -= 1
            rows.append((name, [_word(idx, vocab) for idx in ids[:length]]))
        yield title, rows


def _spans(columns: Any, tokens: dict[int, Token]) -> list[HiddenSpan]:
    """Return the spans of an example, in their order."""
    borders = [(left, right) for left, right, weight in zip(*(
        _as_list(getattr(columns, name)) for name in (
            'span_left', 'span_right', 'mlm_weights'))) if weight]
    return [HiddenSpan(tokens[left], [tokens[place] for place in range(
        left + 1, right)], tokens[right])
        for left, right in dict.fromkeys(borders)]


def _word(idx: int, vocab: Vocab | None) -> str:
    return str(idx) if vocab is None else vocab.to_tokens(idx)


def _kind(text: str, truth: str | None, vocab: Vocab | None) -> str:
    spelling = (vocab or Vocab).spelling
    if truth is None:
        reserved = [spelling[token] for token in RESERVED_TOKENS]
        return 'special' if text in reserved else 'kept'
    if text == spelling[MASK]:
        return 'masked'
    if text == truth:
        return 'unchanged'
    return 'random' if vocab else 'replaced'


def _segments(reading: Reading) -> Iterator[tuple[Style, list[Token]]]:
    for segment, tokens in groupby(reading.tokens, lambda t: t.segment):
        yield SEGMENTS[segment], list(tokens)


def _summary(reading: Reading) -> str:
    return (f'{LABELS[reading.is_next]}, {len(reading.tokens)} tokens, '
            f'then {reading.num_padding} of padding')


def _printable(text: str) -> str:
    """Write control characters as Python does."""
    return ''.join(char if char.isprintable() else
                   char.encode('unicode_escape').decode() for char in text)


# HTML ---------------------------------------------------------------------

def _table_html(columns: Any) -> str:
    heads = ''.join(_cell('th', head) for head
                    in ('column', 'shape', 'dtype', 'meaning'))
    rows = ''.join(
        f'<tr>{_cell("td", name)}{_cell("td", tuple(column.shape))}'
        f'{_cell("td", dtype_name(column))}'
        f'{_cell("td", columns.meanings[name])}'
        f'</tr>' for name, column in zip(columns._fields, columns))
    return f'<table><tr>{heads}</tr>{rows}</table>'


def _sequences_html(columns: Any) -> str:
    """Return a table of the columns, and the words of each sequence."""
    examples = ''.join(
        f'<div style="margin-top:1em"><b>{title}</b></div>' + ''.join(
            f'<div style="margin:.3em 0"><b>{name}</b> '
            f'{escape(_printable(" ".join(words)))}</div>'
            for name, words in rows)
        for title, rows in _sequences(columns, NUM_SHOWN))
    return (f'<div class="tex2jax_ignore mathjax_ignore">'
            f'{_table_html(columns)}{examples}</div>')


def _cell(tag: str, content: Any) -> str:
    return (f'<{tag} style="text-align:left">{escape(str(content))}'
            f'</{tag}>')


def _reading_html(title: str, reading: Reading) -> str:
    segments = ''.join(
        f'<div style="{style.css};padding-left:.6em;margin:.3em 0;'
        f'line-height:1.8"><b>{style.mark}</b> '
        f'{" ".join(map(_token_html, tokens))}</div>'
        for style, tokens in _segments(reading))
    spans = ''.join(map(_span_html, reading.spans))
    return (f'<div style="margin-top:1em"><b>{title}</b>: '
            f'{_summary(reading)}</div>{segments}'
            + (f'<ul>{spans}</ul>' if spans else ''))


def _span_html(span: HiddenSpan) -> str:
    left, right = (f'{escape(_printable(token.text))}'
                   f'<small>{token.position}</small>'
                   for token in (span.left, span.right))
    hidden = ', '.join(f'{offset} <b>{escape(_printable(token.truth or ""))}'
                       f'</b>' for offset, token
                       in enumerate(span.tokens, 1))
    return f'<li>between {left} and {right}: {hidden}</li>'


def _token_html(token: Token) -> str:
    text, style = escape(_printable(token.text)), STYLES[token.kind]
    if token.truth is None:
        return f'<span style="{style.css}">{text}</span>'
    truth = escape(_printable(token.truth))
    return (f'<span style="{style.css}" title="position {token.position}: '
            f'{text} -&gt; {truth} ({token.kind})">{text}'
            f'<small>{style.mark}{truth}</small></span>')


def _legend_html(kinds: Sequence[str]) -> str:
    marks = ', '.join(f'<span style="{STYLES[kind].css}">{kind}<small>'
                      f'{STYLES[kind].mark}truth</small></span>'
                      for kind in kinds)
    return f'<div style="margin-top:1em">to predict: {marks}</div>'


# Text ---------------------------------------------------------------------

Piece = tuple[str, str]  # a word, and its ANSI code or ''


def _reading_lines(title: str, reading: Reading, colour: bool
                   ) -> Iterator[str]:
    yield from _wrapped([(f'{title}:', '1'), (_summary(reading), '')], '',
                        colour)
    for style, tokens in _segments(reading):
        yield from _wrapped([(style.mark, style.ansi),
                             *map(_token_piece, tokens)], '  ', colour)
    for span in reading.spans:
        yield from _wrapped(_span_pieces(span), '  ', colour)
    predicted = [token for token in reading.tokens
                 if token.truth is not None]
    if predicted and not reading.spans:
        yield from _wrapped(_prediction_pieces(predicted), '  ', colour)


def _token_piece(token: Token) -> Piece:
    text, ansi = _printable(token.text), STYLES[token.kind].ansi
    if token.truth is None:
        return text, ansi
    truth = _printable(token.truth)
    if token.kind in ('random', 'replaced'):
        truth = f'{text}->{truth}'
    return f'[{token.kind}:{truth}]', ansi


def _span_pieces(span: HiddenSpan) -> Iterator[Piece]:
    left, right = (f'{token.position}: {_printable(token.text)}'
                   for token in (span.left, span.right))
    yield 'span', '1'
    yield f'between {left} and {right}, offsets', ''
    for offset, token in enumerate(span.tokens, 1):
        end = '' if token is span.tokens[-1] else ','
        yield (f'{offset} {_printable(token.truth or "")}{end}',
               STYLES[token.kind].ansi)


def _prediction_pieces(tokens: Sequence[Token]) -> Iterator[Piece]:
    yield 'predictions', '1'
    for token in tokens:
        end = '' if token is tokens[-1] else ','
        yield (f'{token.position}: {_printable(token.text)} -> '
               f'{_printable(token.truth or "")} ({token.kind}){end}',
               STYLES[token.kind].ansi)


def _wrapped(pieces: Iterable[Piece], indent: str, colour: bool
             ) -> Iterator[str]:
    """Fill lines with words; a very wide word gets its own line."""
    line: list[str] = []
    used = len(indent)
    for word, ansi in pieces:
        width = _width(word)
        if line and used + width > WIDTH:
            yield indent + ' '.join(line)
            indent, line, used = '    ', [], 4
        line.append(f'\x1b[{ansi}m{word}\x1b[0m' if colour and ansi
                    else word)
        used += width + 1
    yield indent + ' '.join(line)


def _width(word: str) -> int:
    """Return how many columns of a terminal a word takes."""
    return sum(0 if combining(char) else
               2 if east_asian_width(char) in 'WF' else 1 for char in word)
