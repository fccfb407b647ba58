"""Which phase holds where: settings inherited down the tree, the most specific region winning.

Region ids are depth-first, a region is a range of ids, so the country falls into a few disjoint
segments with one history each; nothing is stored per region.
"""

from collections.abc import Iterable
from datetime import datetime

from tongzhou.modules.response.contracts import Phase, Segment, Setting

NATION = (0, 999_999)


def segments(settings: Iterable[Setting], at: datetime) -> list[Segment]:
    """Cut the nation into disjoint segments with their history of phases up to ``at``.

    The segments tile 0..999999 in order. A region's own latest setting beats any setting of a
    region above it, however new; INHERIT takes the own setting away again.
    """
    held = [each for each in settings if each.from_at <= at]
    cuts = {NATION[0], NATION[1] + 1}
    for each in held:
        cuts.update((each.low, each.high + 1))
    edges = sorted(cuts)
    found: list[Segment] = []
    for low, after in zip(edges, edges[1:], strict=False):
        covering = [each for each in held if each.low <= low and after - 1 <= each.high]
        history = _history(covering)
        if found and found[-1].history == history and found[-1].high + 1 == low:
            found[-1] = Segment(found[-1].low, after - 1, history)
        else:
            found.append(Segment(low, after - 1, history))
    return found


def _history(covering: list[Setting]) -> tuple[tuple[datetime, Phase | None], ...]:
    """Replay the settings that cover one place; the narrowest range with a phase decides."""
    current: dict[tuple[int, int], Phase] = {}
    history: list[tuple[datetime, Phase | None]] = []
    for each in sorted(covering, key=lambda s: (s.from_at, s.low - s.high)):
        current[(each.low, each.high)] = each.phase
        own = [
            (high - low, phase)
            for (low, high), phase in current.items()
            if phase != Phase.INHERIT
        ]
        phase = min(own, key=lambda pair: pair[0])[1] if own else None
        if history and history[-1][0] == each.from_at:
            history.pop()
        if not history or history[-1][1] != phase:
            history.append((each.from_at, phase))
    return tuple(history)


def phase_at(found: Iterable[Segment], region_id: int) -> Segment:
    """Return the segment that holds a region; a region's own ground starts at its own id.

    Raises LookupError when the segments do not cover the id.
    """
    for each in found:
        if each.low <= region_id <= each.high:
            return each
    raise LookupError(region_id)


def since(segment: Segment, phases: frozenset[Phase]) -> datetime | None:
    """Return from when the segment has been in any of ``phases`` without a break, else None."""
    start: datetime | None = None
    for moment, phase in reversed(segment.history):
        if phase not in phases:
            break
        start = moment
    return start
