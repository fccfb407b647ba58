"""The source as received, set for reading: lines, cut where clauses and duties begin and end.

Every piece carries the offset of its first character, so that what somebody selects can be found
in the source again whatever the page does with white space.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from tongzhou.modules.compiler.contracts import ClauseDraft, DutyDraft, DutyState

_LINE = re.compile(r"\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
#: Lines of a sheet; beyond that nobody reads, and the rest is told.
MOST_LINES = 6_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters of one line; ``duty`` the first duty that is drawn from it, if any.

    ``begins``: the duty's words begin here. ``css`` says strength and decision.
    """

    at: int
    text: str
    duty: DutyDraft | None = None
    begins: bool = False
    css: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the source; ``clauses`` are those that begin in it."""

    pieces: tuple[Piece, ...]
    clauses: tuple[ClauseDraft, ...] = ()
    outside: bool = False


def sheet(
    source: str, clauses: Sequence[ClauseDraft], duties: Sequence[DutyDraft]
) -> tuple[list[Line], int]:
    """Return the lines of a source, blank ones left out, and how many are not shown."""
    shown = sorted((each for each in duties if each.end > each.start), key=lambda d: d.start)
    starts = [each.start for each in clauses]
    borders = sorted({edge for each in shown for edge in (each.start, each.end)})
    lines: list[Line] = []
    begin, left = 0, 0
    first = 0  # duties before this one end before the line
    for stop, after in _ends(source, starts):
        if source[begin:stop].strip():
            if len(lines) >= MOST_LINES:
                left += 1
            else:
                while first < len(shown) and shown[first].end <= begin:
                    first += 1
                lines.append(_line(source, begin, stop, clauses, starts, shown[first:], borders))
        begin = after
    return lines, left


def _ends(source: str, starts: Sequence[int]) -> list[tuple[int, int]]:
    """Return where lines end and where the next one begins; a clause always begins one."""
    found = [(each.start(), each.end()) for each in _LINE.finditer(source)]
    found += [(start, start) for start in starts]
    return sorted({*found, (len(source), len(source))})


def _line(
    source: str,
    begin: int,
    stop: int,
    clauses: Sequence[ClauseDraft],
    starts: Sequence[int],
    duties: Sequence[DutyDraft],
    borders: Sequence[int],
) -> Line:
    cuts = [begin]
    at = bisect_right(borders, begin)
    while at < len(borders) and borders[at] < stop:
        cuts.append(borders[at])
        at += 1
    near = []
    for each in duties:
        if each.start >= stop:
            break
        near.append(each)
    pieces = []
    for number, cut in enumerate(cuts):
        end = cuts[number + 1] if number + 1 < len(cuts) else stop
        over = [each for each in near if each.start <= cut < each.end]
        duty = _foremost(over)
        pieces.append(
            Piece(
                at=cut,
                text=source[cut:end],
                duty=duty,
                begins=duty is not None and duty.start == cut,
                css=css_of(duty) if duty else "",
            )
        )
    low = bisect_right(starts, begin - 1)
    high = bisect_right(starts, stop - 1)
    holder = bisect_right(starts, begin) - 1
    inside = holder >= 0 and clauses[holder].end > begin
    return Line(tuple(pieces), tuple(clauses[low:high]), outside=not inside and low == high)


def _foremost(over: Sequence[DutyDraft]) -> DutyDraft | None:
    """Return the duty to show where several lie over each other: one not rejected, the shortest."""
    return min(
        over,
        key=lambda each: (each.state is DutyState.REJECTED, each.end - each.start),
        default=None,
    )


def css_of(duty: DutyDraft) -> str:
    """Return the classes of a duty: its strength and what was decided."""
    strength = str(duty.spec.get("strength") or "none").lower().replace("_", "-")
    return f"tc-mark--{strength} is-{duty.state.lower()}"


@dataclass(frozen=True, slots=True)
class Reading:
    """A stretch of a quote; ``why`` says what was found by these words."""

    text: str
    why: str = ""
    css: str = ""


def quote_pieces(
    source: str, start: int, end: int, reasons: Sequence[tuple[int, int, str, str]]
) -> list[Reading]:
    """Return the words of a duty cut where the words that led to findings begin and end.

    ``reasons``: start, end, what was found, and its class; of two that overlap the first counts.
    """
    found: list[Reading] = []
    at = start
    for low, high, why, css in sorted(reasons):
        if low < at or high > end or low >= high:
            continue
        if low > at:
            found.append(Reading(source[at:low]))
        found.append(Reading(source[low:high], why, css))
        at = high
    if at < end:
        found.append(Reading(source[at:end]))
    return found
