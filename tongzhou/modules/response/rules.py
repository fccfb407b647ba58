"""Which phase holds where: settings inherited down the tree, the most specific region winning.

Region ids are depth-first, a region is a range of ids, so the country falls into a few disjoint
segments with one history each; nothing is stored per region.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from tongzhou.base.errors import Conflict, Refusal
from tongzhou.modules.response.contracts import Phase, Segment, Setting

NATION = (0, 999_999)
#: A setting may be announced this long ahead; longer is taken for a slip of the pen.
AHEAD = timedelta(days=30)
LAW = "《突发事件应对法》（2024）第七十一条、第八十六条"


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
    for low, after in pairwise(edges):
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
            (high - low, phase) for (low, high), phase in current.items() if phase != Phase.INHERIT
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


def latest(settings: Iterable[Setting], at: datetime) -> dict[tuple[int, int], Setting]:
    """Return the setting that each region itself has at ``at``; INHERIT counts as having none."""
    held: dict[tuple[int, int], Setting] = {}
    for each in sorted(settings, key=lambda setting: setting.from_at):
        if each.from_at <= at:
            held[(each.low, each.high)] = each
    return {span: each for span, each in held.items() if each.phase != Phase.INHERIT}


def origin(settings: Iterable[Setting], region_id: int, at: datetime) -> Setting | None:
    """Return the setting that decides the phase of a region: its own, or the nearest above it."""
    covering = [
        each for each in latest(settings, at).values() if each.low <= region_id <= each.high
    ]
    return min(covering, key=lambda each: each.high - each.low, default=None)


def check_setting(
    settings: Sequence[Setting], new: Setting, *, started_at: datetime, at: datetime
) -> None:
    """Refuse a setting that comes too early, too late, twice, or changes nothing.

    ``settings`` are all that are recorded for the response, those that have not begun included.
    Raises Refusal, or Conflict when the region has a setting for that very moment.
    """
    if new.from_at < started_at:
        raise Refusal(
            "生效时间早于这次响应的开始时间。",
            code="phase-before-start",
            field="from_at",
            way_out="请核对日期；应急响应开始之前没有级别可言。",
        )
    if new.from_at > at + AHEAD:
        raise Refusal(
            "生效时间在 %(days)d 天以后，不能这么早设定。",
            params={"days": AHEAD.days},
            code="phase-too-far",
            field="from_at",
            way_out="请核对年月；确需预先安排的，提前 30 天以内再来设定。",
        )
    own = [each for each in settings if (each.low, each.high) == (new.low, new.high)]
    if any(each.from_at == new.from_at for each in own):
        raise Conflict(
            "这个地区在同一时刻已经有一次设定。",
            code="phase-same-moment",
            field="from_at",
            way_out="请先看时间线：可能是同事刚刚设定过。确需更改的，换一个生效时间。",
        )
    held = latest(own, new.from_at).get((new.low, new.high))
    if new.phase == Phase.INHERIT:
        if (new.low, new.high) == NATION:
            raise Refusal(
                "全国之上没有上级，不能设为“随上级”。",
                code="phase-no-parent",
                field="phase",
                way_out="请选择一个响应级别，或“响应终止”。",
            )
        if held is None:
            raise Refusal(
                "这个地区没有单独设定过级别，本来就随上级。",
                code="phase-nothing-own",
                field="phase",
                way_out="不需要设定；上级调整时会自动跟着变。",
            )
    elif held is not None and held.phase == new.phase:
        raise Refusal(
            "这个地区在那时已经是这个级别。",
            code="phase-unchanged",
            field="phase",
            way_out="请核对要设定的级别和生效时间。",
        )
    if new.phase == Phase.ENDED and origin(settings, new.low, new.from_at) is None:
        raise Refusal(
            "这个地区没有启动过响应，谈不上终止。",
            code="phase-nothing-to-end",
            field="phase",
            clause=LAW,
            way_out="请核对地区，或先设定响应级别。",
        )
