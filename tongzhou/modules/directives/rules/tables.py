"""Find the stretches of a text that are tables: given by the reader of a file, or drawn in text.

A table yields no clauses. Where it stands inside a clause it stays part of that clause's words;
where no clause is open it becomes a block of attached text.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from tongzhou.modules.directives.rules.cleaning import CELL, LINE, WIDE, Stream

_FEWEST_ROWS = 3
_FEWEST_CELLS = 3
_FEWEST_BARRED = 2  # rows, and cells of a row, where bars are drawn
_LONGEST_CELL = 40
_LONGEST_ROW = 240
_LONGEST_BARRED = 3000
_WHOLE_PAGE = 0.8
_SENTENCE_ENDS = frozenset("。；：")


class Tables:
    """The tables of one text as stream spans, in order and apart from each other."""

    def __init__(self, stream: Stream, given: Sequence[tuple[int, int]], start: int) -> None:
        self.stream = stream
        spans = [span for span in (_indexes(stream, *each) for each in given) if span is not None]
        for span in _drawn(stream, start):
            if all(span[1] <= other[0] or other[1] <= span[0] for other in spans):
                spans.append(span)
        self.spans = _apart(sorted(spans))
        self._starts = [span[0] for span in self.spans]

    def holds(self, index: int) -> bool:
        """Say whether ``index`` stands in a table."""
        at = bisect_left(self._starts, index + 1) - 1
        return at >= 0 and index < self.spans[at][1]

    def parts(self, start: int, end: int) -> list[tuple[int, int, bool]]:
        """Cut ``start``-``end`` at the tables; the last value says which parts are tables."""
        found: list[tuple[int, int, bool]] = []
        position = start
        for begin, stop in self.spans[max(0, bisect_left(self._starts, start) - 1) :]:
            if begin >= end:
                break
            begin, stop = max(begin, position), min(stop, end)
            if begin >= stop:
                continue
            if position < begin:
                found.append((position, begin, False))
            found.append((begin, stop, True))
            position = stop
        if position < end:
            found.append((position, end, False))
        return found

    def in_source(self) -> list[tuple[int, int]]:
        """Return the tables as spans of the source."""
        stream = self.stream
        return [(stream.at[start], stream.until[end - 1]) for start, end in self.spans]


def _indexes(stream: Stream, start: int, end: int) -> tuple[int, int] | None:
    """Return a span of the source as stream indexes; None for nothing or for the whole page."""
    first, last = bisect_left(stream.at, start), bisect_left(stream.at, end)
    if first >= last or last - first > _WHOLE_PAGE * len(stream):
        return None
    return first, last


def _apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for start, end in spans:
        if kept and start < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(kept[-1][1], end))
        else:
            kept.append((start, end))
    return kept


def _cells(stream: Stream, start: int, end: int) -> int:
    """Return how many cells a line has, 0 when it reads like a sentence."""
    barred = _bars(stream, start, end)
    if barred >= _FEWEST_CELLS:
        return barred
    if end - start > _LONGEST_ROW or stream.fold[end - 1] in _SENTENCE_ENDS:
        return 0
    cuts = [start]
    for index in range(start + 1, end):
        wide = stream.gap[index] == WIDE or (stream.gap[index] < LINE and stream.mark[index] & CELL)
        if wide:
            cuts.append(index)
    cuts.append(end)
    sizes = [stop - begin for begin, stop in pairwise(cuts)]
    if max(sizes) > _LONGEST_CELL:
        return 0
    # 王　湛: the letters of a spaced name are one cell
    return sum(1 for at, size in enumerate(sizes) if size > 1 or not at or sizes[at - 1] > 1)


def _bars(stream: Stream, start: int, end: int) -> int:
    """Return how many cells of a line begin at a drawn bar or at a cell of a web page's table."""
    if end - start > _LONGEST_BARRED:
        return 0
    return sum(1 for index in range(start, end) if stream.mark[index] & CELL)


def _drawn(stream: Stream, start: int) -> list[tuple[int, int]]:
    """Return runs of lines whose words stand in columns, or between drawn bars."""
    found: list[tuple[int, int]] = []
    rows: list[tuple[int, int, int]] = []
    bars = 0
    for begin, end in stream.lines(start):
        barred = _bars(stream, begin, end) >= _FEWEST_BARRED
        cells = _cells(stream, begin, end)
        wide = cells >= _FEWEST_CELLS and (not rows or abs(rows[-1][2] - cells) <= 1)
        if (barred and bars == len(rows)) or (wide and not bars):
            rows.append((begin, end, cells))
            bars += barred
            continue
        if len(rows) >= (_FEWEST_BARRED if bars else _FEWEST_ROWS):
            found.append((rows[0][0], rows[-1][1]))
        again = barred or cells >= _FEWEST_CELLS
        rows, bars = ([(begin, end, cells)], int(barred)) if again else ([], 0)
    if len(rows) >= (_FEWEST_BARRED if bars else _FEWEST_ROWS):
        found.append((rows[0][0], rows[-1][1]))
    return found
