"""Where sentences begin and end: quotes and brackets stay with theirs.

A library says where it found the starts of sentences. It may leave an
opening quote in the sentence before, or start a sentence with a comma.

The work grows with the length of a text and not faster, even if the text is
one line of a megabyte or has thousands of punctuation marks in a row.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

# No sentence starts with the first, and none ends with the second.
CLOSING = re.compile(r'[\s)\]}]+')
OPENING = re.compile(r'[\s([{]')
# These open in one language and close in another: »so« in German, « so » in
# French, “so” in English, „so“ in German. What they touch says what they do.
# Where they touch nothing, or both sides, they do as in English.
CURLY = dict.fromkeys('»«›‹’', 0) | {'„': 1, '“': 1, '‘': 1, '”': -1}
# These close a sentence if the last of them ends a word.
PUNCTUATION = re.compile(r'[.,;:!?]+')
# ASCII's, general and Chinese punctuation. Nobody means so much of it, and
# spaCy takes seconds for some thousand marks.
RUN = re.compile('[!-/:-@\\[-`{-~\u2010-\u205e\u3001-\u303f\uff01-\uff20]'
                 '{100,}')


def cut(text: str, starts: Sequence[int]) -> list[str]:
    """Cut a text where its sentences start, and keep quotes together.

    >>> cut('It fell . " It rose . " So he said .', starts=[0, 12, 24])
    ['It fell .', '" It rose . "', 'So he said .']

    `starts` rise. A `"` opens if the number of `"` before it is even.
    """
    edges = [0, *_Edges(text).moved(starts[1:]), len(text)]
    pieces = (text[a:b].strip() for a, b in zip(edges, edges[1:]))
    return [piece for piece in pieces if piece]


def without_runs(text: str) -> str:
    """Return a text as long, with blanks in place of endless punctuation.

    >>> len(without_runs('Oh' + 5000 * '!' + ' So it fell.'))
    5014

    Sentences start at the same places. A run that belongs to a word stays.
    """
    return RUN.sub(_shortened, text)


def _shortened(run: re.Match[str]) -> str:
    follows = run.string[run.end():run.end() + 1]
    if follows and not follows.isspace():
        return run[0]
    return f'{run[0][:3]:<{len(run[0])}}'


class _Edges:
    """Moves starts after closing marks, and before opening ones.

    Where a scan ends depends on the place only, not on where the scan
    began. So a start within what was scanned ends up where the last did.
    """

    def __init__(self, text: str):
        self.text = text
        self.quotes = [match.start() for match in re.finditer('"', text)]
        self.word_marks = 0  # until here, marks belong to a word

    def moved(self, starts: Sequence[int]) -> Iterator[int]:
        """Yield where each start belongs."""
        after = before = -1
        for start in starts:
            if start > after:
                last, after = after, self._after_closing(start)
                stop = self._before_opening(after, last)
                before = stop if stop > last else before
            yield before

    def _after_closing(self, start: int) -> int:
        """Return the first place from `start` on that closes nothing."""
        i = start
        while i < len(self.text):
            if match := CLOSING.match(self.text, i):
                i = match.end()
            elif self._is_quote(i, marks_before=1) or self._turn(i) < 0:
                i += 1
            elif (end := self._end_of_marks(i)) > i:
                i = end
            else:
                break
        return i

    def _end_of_marks(self, i: int) -> int:
        """Return where marks end that end a word, or else `i`."""
        match = None if i < self.word_marks else PUNCTUATION.match(self.text,
                                                                   i)
        if match is None:
            return i
        end = match.end()
        if end < len(self.text) and not self.text[end].isspace():
            self.word_marks = end
            return i
        return end

    def _before_opening(self, start: int, last: int) -> int:
        """Return the place before opening marks, or `last` if they reach it.
        """
        i = start
        while i > max(last, 0) and (
                OPENING.match(self.text, i - 1)
                or self._is_quote(i - 1, marks_before=0)
                or self._turn(i - 1) > 0):
            i -= 1
        return i

    def _turn(self, i: int) -> int:
        """Return 1 for a curly quote that opens, -1 for one that closes."""
        turn = CURLY.get(self.text[i])
        if turn is None:
            return 0
        before, after = self.text[i - 1:i], self.text[i + 1:i + 2]
        touches = (bool(before.strip()), bool(after.strip()))
        return {(True, False): -1, (False, True): 1}.get(touches, turn)

    def _is_quote(self, i: int, marks_before: int) -> bool:
        return self.text[i] == '"' and (
            bisect_left(self.quotes, i) % 2 == marks_before)
