"""Read any stretch of a source as its clauses are read, and find words in it again.

An officer who corrects a tree cuts where the parser did not; what is cut has to read exactly as if
the parser had cut there.
"""

from bisect import bisect_left

from tongzhou.modules.directives.rules.cleaning import clean
from tongzhou.modules.directives.rules.reading import Reader
from tongzhou.modules.directives.rules.unwrap import unwrap

#: Marks that differ by the hand that wrote them only: “ and ".
_SAME = {ord(mark): '"' for mark in "“”„‟＂"} | {ord(mark): "'" for mark in "‘’‚‛＇"}


class Stretches:
    """One source, cleaned once; offsets count its characters as received."""

    def __init__(self, source: str) -> None:
        self._stream = clean(source)
        unwrap(self._stream)
        self._reader = Reader(self._stream)
        self._plain = self._stream.fold.translate(_SAME)

    def words(self, start: int, end: int) -> str:
        """Return the words between two offsets, paragraphs parted by line feeds."""
        at = self._stream.at
        return self._reader.text(bisect_left(at, start), bisect_left(at, end))

    def trim(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the span without white space and layout at its ends; None when nothing is left."""
        at, until = self._stream.at, self._stream.until
        first, last = bisect_left(at, start), bisect_left(at, end) - 1
        return (at[first], until[last]) if first <= last else None

    def find(self, words: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
        """Return every span that holds ``words``, whatever its spaces, line breaks and marks.

        Wide and narrow marks are the same, quotation marks of all kinds, too.
        """
        needle = clean(words).fold.translate(_SAME)
        stream = self._stream
        low = bisect_left(stream.at, start)
        high = len(stream) if end is None else bisect_left(stream.at, end)
        found: list[tuple[int, int]] = []
        while needle:
            low = self._plain.find(needle, low, high)
            if low < 0:
                break
            found.append((stream.at[low], stream.until[low + len(needle) - 1]))
            low += len(needle)
        return found
