"""The calendar of recurring duties, in Chinese standard time (Asia/Shanghai).

A duty is owed once, or for every day, week or month while it is in force. A :class:`Period` is one
such occurrence. All intervals are half-open: ``opens_at <= at < closes_at``, and a report is on
time while ``at < due_at``. A deadline of N days means the whole of that day, so ``due_at`` is the
midnight that follows it; the day a duty comes into force is not counted (民法典 art. 201). A daily
cut-off is a time of day: a report made at that very minute is late.

Everything here is arithmetic on the arguments; nothing reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")

_MIDNIGHT = time(0)
_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)


class Recurrence(StrEnum):
    """How often a duty has to be reported on."""

    ONCE = "ONCE"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"

    @property
    def label(self) -> str:
        """Return the Chinese label, which is also the message id for translation."""
        return _LABELS[self]


_LABELS = {
    Recurrence.ONCE: "一次",
    Recurrence.DAILY: "每日",
    Recurrence.WEEKLY: "每周",
    Recurrence.MONTHLY: "每月",
}


@dataclass(frozen=True, slots=True)
class Deadline:
    """Say when a period is due: after a number of days, or at a time of day.

    ``days`` belongs to ONCE (days after the duty comes into force), WEEKLY and MONTHLY (days after
    the period ends); ``time`` belongs to DAILY. Exactly one of the two is given.
    """

    days: int | None = None
    time: time | None = None

    def __post_init__(self) -> None:
        if (self.days is None) == (self.time is None):
            raise ValueError("a deadline has either days or a time of day")
        if self.days is not None and self.days < 0:
            raise ValueError("a deadline cannot lie before its period")

    def suits(self, recurrence: Recurrence) -> bool:
        """Tell whether this kind of deadline makes sense for the recurrence."""
        return (self.time is not None) == (recurrence is Recurrence.DAILY)


@dataclass(frozen=True, slots=True)
class Period:
    """One occurrence of a duty.

    ``start`` names it (the day, the Monday, the first of the month, or the day a one-off duty came
    into force). ``opens_at`` is never before the duty came into force. ``due_at`` is the first
    late moment, None where there is no deadline. ``closes_at`` is the moment at which the next
    period takes over, None for a one-off duty. A weekly or monthly period may be due after it has
    closed.
    """

    start: date
    opens_at: datetime
    due_at: datetime | None
    closes_at: datetime | None

    def is_current(self, at: datetime) -> bool:
        """Tell whether the moment lies in this period."""
        return self.opens_at <= at and (self.closes_at is None or at < self.closes_at)

    def is_past_due(self, at: datetime) -> bool:
        """Tell whether the due time has passed; never true without a deadline."""
        return self.due_at is not None and at >= self.due_at

    @property
    def due_on(self) -> date | None:
        """Return the last day on which a report is on time, for display."""
        if self.due_at is None:
            return None
        return (self.due_at - _MOMENT).astimezone(ZONE).date()

    @property
    def is_due_at_end_of_day(self) -> bool:
        """Tell whether the whole of :attr:`due_on` counts, so no time of day need be shown."""
        return self.due_at is not None and self.due_at.astimezone(ZONE).time() == _MIDNIGHT


def local_day(at: datetime) -> date:
    """Return the Chinese calendar day of an aware moment."""
    if at.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return at.astimezone(ZONE).date()


def in_force_from(
    recurrence: Recurrence, deadline: Deadline | None, effective_at: datetime
) -> date:
    """Return the first day for which a duty that takes effect at a moment is owed.

    That is the day of the moment, except for a daily duty whose cut-off has already passed: nobody
    can be late on the day a duty is born, so it starts on the next day.
    """
    day = local_day(effective_at)
    if recurrence is Recurrence.DAILY and deadline is not None and deadline.time is not None:
        cut_off = datetime.combine(day, deadline.time, ZONE)
        if effective_at >= cut_off:
            return day + _DAY
    return day


def period_starting(
    recurrence: Recurrence,
    deadline: Deadline | None,
    in_force_from: date,
    start: date,
) -> Period | None:
    """Return the period named by ``start``, or None if no period of the duty has that name."""
    if start != _start_of(recurrence, in_force_from, max(start, in_force_from)):
        return None
    return _build(recurrence, deadline, in_force_from, start)


def current_period(
    recurrence: Recurrence,
    deadline: Deadline | None,
    in_force_from: date,
    at: datetime,
) -> Period | None:
    """Return the period in which the moment lies, or None before the duty is in force."""
    day = local_day(at)
    if day < in_force_from:
        return None
    return _build(recurrence, deadline, in_force_from, _start_of(recurrence, in_force_from, day))


def periods_between(
    recurrence: Recurrence,
    deadline: Deadline | None,
    in_force_from: date,
    since: datetime,
    until: datetime,
) -> Iterator[Period]:
    """Yield, in order, every period that shares a moment with the interval [since, until)."""
    if since >= until:
        return
    day = max(local_day(since), in_force_from)
    period: Period | None = _build(
        recurrence, deadline, in_force_from, _start_of(recurrence, in_force_from, day)
    )
    while period is not None and period.opens_at < until:
        yield period
        if period.closes_at is None:
            return
        period = current_period(recurrence, deadline, in_force_from, period.closes_at)


def awaited_periods(
    recurrence: Recurrence,
    deadline: Deadline | None,
    in_force_from: date,
    at: datetime,
) -> list[Period]:
    """Return the periods one would report on at a moment, earliest due first.

    These are the current period and any earlier one that has closed but is not yet due, such as
    last week's while this week's has begun.
    """
    current = current_period(recurrence, deadline, in_force_from, at)
    if current is None:
        return []
    found = [current]
    while (earlier := _previous(recurrence, deadline, in_force_from, found[0])) is not None:
        if earlier.due_at is None or earlier.is_past_due(at):
            break
        found.insert(0, earlier)
    return found


def _start_of(recurrence: Recurrence, in_force_from: date, day: date) -> date:
    """Return the name of the period in which a day lies."""
    match recurrence:
        case Recurrence.ONCE:
            return in_force_from
        case Recurrence.DAILY:
            return day
        case Recurrence.WEEKLY:
            return day - timedelta(days=day.weekday())
        case Recurrence.MONTHLY:
            return day.replace(day=1)


def _end_of(recurrence: Recurrence, start: date) -> date | None:
    """Return the first day after a period, None if it has no end."""
    match recurrence:
        case Recurrence.ONCE:
            return None
        case Recurrence.DAILY:
            return start + _DAY
        case Recurrence.WEEKLY:
            return start + timedelta(days=7)
        case Recurrence.MONTHLY:
            return (start + timedelta(days=31)).replace(day=1)


def _previous(
    recurrence: Recurrence, deadline: Deadline | None, in_force_from: date, period: Period
) -> Period | None:
    """Return the period before, None if the duty was not in force in it."""
    if recurrence is Recurrence.ONCE or period.start <= in_force_from:
        return None
    day = period.start - _DAY
    return _build(recurrence, deadline, in_force_from, _start_of(recurrence, in_force_from, day))


def _build(
    recurrence: Recurrence, deadline: Deadline | None, in_force_from: date, start: date
) -> Period:
    end = _end_of(recurrence, start)
    return Period(
        start=start,
        opens_at=_midnight(max(start, in_force_from)),
        due_at=_due(deadline, start, end),
        closes_at=None if end is None else _midnight(end),
    )


def _due(deadline: Deadline | None, start: date, end: date | None) -> datetime | None:
    if deadline is None:
        return None
    if deadline.time is not None:
        return datetime.combine(start, deadline.time, ZONE)
    days = timedelta(days=deadline.days or 0)
    # ONCE counts from the day after `start`, the others from the first day after the period; in
    # both cases the last day counts in full.
    return _midnight(start + days + _DAY if end is None else end + days)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, _MIDNIGHT, ZONE)
