"""Take back line breaks that only a page width made.

A text whose lines are nearly all of one width was wrapped by a printer; where such a full line
ends without a stop, the break means nothing. Breaks before a label, a bullet or an indented line
stay: they may mean something.
"""

from itertools import pairwise

from tongzhou.modules.directives.rules.cleaning import (
    BLANK,
    BULLET,
    CELL,
    HEADING,
    INDENT,
    LINE,
    NONE,
    SPACE,
    TERMINAL,
    Stream,
)
from tongzhou.modules.directives.rules.labels import begins_label

_NEVER_FIRST = frozenset("，。；：、！？)》”")
_LEAST_WIDTH = 15
_SPACED = 0.7
_NEAR = 0.85


def wrap_width(stream: Stream, lines: list[tuple[int, int]]) -> int:
    """Return the width at which most lines of a text are broken, 0 when they are paragraphs."""
    unfinished = sorted(end - start for start, end in lines if stream.fold[end - 1] not in TERMINAL)
    if len(lines) < 6 or len(unfinished) < 4:
        return 0
    typical = unfinished[(len(unfinished) * 3) // 4]
    near = sum(1 for start, end in lines if typical * _NEAR <= end - start <= typical / _NEAR)
    longest = max(end - start for start, end in lines)
    uniform = near * 2 >= len(lines) and longest <= 2 * typical
    return typical if typical >= _LEAST_WIDTH and uniform else 0


def _close_up(stream: Stream, start: int, end: int) -> None:
    """Clear the spaces of a line that has one behind nearly every character (letter-spacing)."""
    spaced = sum(1 for index in range(start + 1, end) if stream.gap[index] == SPACE)
    if end - start >= 3 and spaced >= _SPACED * (end - start - 1):
        for index in range(start + 1, end):
            if stream.gap[index] == SPACE:
                stream.gap[index] = NONE


def unwrap(stream: Stream) -> None:
    """Clear the gaps of ``stream`` that only a page width made, in place."""
    lines = stream.lines()
    for _, after in lines[:-1]:
        if stream.fold[after] in _NEVER_FIRST and stream.gap[after] == LINE:
            stream.gap[after] = NONE
    for start, end in lines:
        _close_up(stream, start, end)
    width = wrap_width(stream, lines)
    if not width:
        return
    indents = sum(1 for start, _ in lines if stream.mark[start] & INDENT)
    indented = indents * 12 >= len(lines) and indents >= 3
    for (start, end), (after, _) in pairwise(lines):
        if end - start < width * _NEAR or stream.mark[after] & (BULLET | HEADING | CELL | INDENT):
            continue
        if begins_label(stream, after):
            continue
        finished = stream.fold[end - 1] in TERMINAL
        if finished and (not indented or stream.gap[after] == BLANK):
            continue
        if stream.gap[after] >= LINE:
            stream.gap[after] = NONE
