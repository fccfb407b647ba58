"""Where and when a duty is in force: ranges of regions with the period that is owed there.

A window says: this duty, for this period, is owed by the bearers it binds whose place lies in
``low``..``high`` and whose registering region lies in ``registered_low``..``registered_high``.
Windows of one duty and period never overlap, so counting over them counts nobody twice.

Here is the ground of a duty that has one version and never had another; what versions add to it is
in ``rules/lineage.py``.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from tongzhou.base import period as calendar
from tongzhou.base.period import Period, Recurrence
from tongzhou.modules.duties.contracts import DutySpec, Link, Place, Scope

NATION = (0, 999_999)


class PhaseSegment(Protocol):
    """A range of region ids with one history of phases: (since, phase or None)."""

    @property
    def low(self) -> int:
        """First region id."""

    @property
    def high(self) -> int:
        """Last region id."""

    @property
    def history(self) -> Sequence[tuple[datetime, str | None]]:
        """Phases in order of time; the last one is in force."""


@dataclass(frozen=True, slots=True)
class Window:
    """A duty in force in a range of regions for one period.

    ``duty_id`` is the duty through all its versions, under which work is kept; ``version_id`` the
    version whose text and bearers hold here. ``library_id`` is the library whose figures it counts
    to. ``due_at`` is the first late moment there, None without a deadline. ``past_due``: it has
    passed. ``overdue``: it has passed and the strength lets a duty be overdue. The window is only
    about bearers that the versions ``along`` bind too, and that ``unless`` (0: none) does not.
    """

    duty_id: int
    version_id: int
    library_id: int
    period: Period
    low: int
    high: int
    registered_low: int
    registered_high: int
    due_at: datetime | None
    past_due: bool
    overdue: bool
    along: tuple[int, ...] = ()
    unless: int = 0

    def binds(self, bound: Collection[int]) -> bool:
        """Tell whether it is about a bearer, given all the duty versions that bind its profile."""
        return (
            self.version_id in bound
            and self.unless not in bound
            and all(each in bound for each in self.along)
        )


def span(region_id: int) -> tuple[int, int]:
    """Return the range of ids of a region's subtree (GB/T 2260, the nation is 0)."""
    if region_id == 0:
        return NATION
    if region_id % 10_000 == 0:
        return region_id, region_id + 9_999
    if region_id % 100 == 0:
        return region_id, region_id + 99
    return region_id, region_id


def windows(
    duty_id: int,
    spec: DutySpec,
    *,
    version_id: int,
    library_id: int,
    scope: Scope,
    effective_at: datetime,
    segments: Iterable[PhaseSegment],
    at: datetime,
    day: date | None = None,
) -> list[Window]:
    """Return the windows of a duty that has had one version since it is in force, at a moment.

    ``effective_at`` is when its directive came into force, ``segments`` the phases as of ``at``.
    Without ``day`` the period is the one to report on now; with it, the period named by that day.
    A one-off duty keeps the period of the directive's first day even when phases lapse and return,
    so what was done stays done; its deadline runs from when it came into force at the place.
    """
    wanted = frozenset(spec.phases)
    found: list[Window] = []
    known: dict[datetime, Period | None] = {}
    for segment in segments:
        start = since(segment, wanted)
        if start is None:
            continue
        start = max(start, effective_at)
        if start > at:
            continue
        if start not in known:
            known[start] = _period(spec, effective_at, start, at, day)
        owed = known[start]
        if owed is None:
            continue
        past = owed.is_past_due(at)
        for low, high, reg_low, reg_high in _places(spec, scope, segment.low, segment.high):
            found.append(
                Window(
                    duty_id=duty_id,
                    version_id=version_id,
                    library_id=library_id,
                    period=owed,
                    low=low,
                    high=high,
                    registered_low=reg_low,
                    registered_high=reg_high,
                    due_at=owed.due_at,
                    past_due=past,
                    overdue=past and spec.strength.can_be_overdue,
                )
            )
    return found


def since(segment: PhaseSegment, phases: frozenset[str]) -> datetime | None:
    """Return from when a segment has been in any of ``phases`` without a break, else None."""
    start: datetime | None = None
    for moment, phase in reversed(segment.history):
        if phase is None or str(phase) not in phases:
            break
        start = moment
    return start


def _period(
    spec: DutySpec, effective_at: datetime, start: datetime, at: datetime, day: date | None
) -> Period | None:
    first = calendar.in_force_from(spec.recurrence, spec.deadline, start)
    if spec.recurrence is Recurrence.ONCE:
        name = calendar.local_day(effective_at)
        if day is not None and day != name:
            return None
        local = calendar.current_period(spec.recurrence, spec.deadline, first, at)
        if local is None:
            return None
        return Period(
            start=name, opens_at=local.opens_at, due_at=local.due_at, closes_at=local.closes_at
        )
    if day is not None:
        if day < _first_name(spec, first, at):
            return None
        named = calendar.period_starting(spec.recurrence, spec.deadline, first, day)
        return named if named is not None and named.opens_at <= at else None
    awaited = calendar.awaited_periods(spec.recurrence, spec.deadline, first, at)
    return awaited[0] if awaited else None


def _first_name(spec: DutySpec, first: date, at: datetime) -> date:
    """Return the name of the first period of a recurring duty."""
    for found in calendar.periods_between(
        spec.recurrence,
        spec.deadline,
        first,
        datetime.combine(first, datetime.min.time(), calendar.ZONE),
        max(at, datetime.combine(first, datetime.max.time(), calendar.ZONE)),
    ):
        return found.start
    return first


def _places(spec: DutySpec, scope: Scope, low: int, high: int) -> list[tuple[int, int, int, int]]:
    """Cut a segment down to the scope and the duty's own place."""
    scope_low, scope_high = span(scope.region)
    registered = NATION
    if scope.by is Link.REGISTRATION:
        registered = (scope_low, scope_high)
    else:
        low, high = max(low, scope_low), min(high, scope_high)
    if low > high:
        return []
    return [(start, end, *registered) for start, end in ranges_of(spec.place, low, high)]


def ranges_of(place: Place, low: int, high: int) -> list[tuple[int, int]]:
    """Return what of a range of region ids a place takes in, as disjoint ranges in order."""
    ranges = [(low, high)]
    if place.include:
        ranges = []
        for start, end in sorted(span(region) for region in place.include):
            start = max(low, start, ranges[-1][1] + 1 if ranges else low)
            if start <= min(high, end):
                ranges.append((start, min(high, end)))
    for region in place.exclude:
        out_low, out_high = span(region)
        ranges = [
            piece
            for start, end in ranges
            for piece in ((start, min(end, out_low - 1)), (max(start, out_high + 1), end))
            if piece[0] <= piece[1]
        ]
    return ranges
