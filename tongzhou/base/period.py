"""The calendar of recurring duties, in Chinese standard time (Asia/Shanghai).

A duty is owed once, or for every day, week, month … while it is in force. A :class:`Period` is one
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

from tongzhou.base.workdays import after_workdays

ZONE = ZoneInfo("Asia/Shanghai")

_MIDNIGHT = time(0)
_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)


class Recurrence(StrEnum):
    """How often a duty has to be reported on.

    Periods of days lie on one fixed grid that begins on a Monday, so that everybody's periods of a
    duty bear the same names wherever it came into force when; ten-day periods are the 旬 of a
    month; longer ones begin on the first of a month.
    """

    ONCE = "ONCE"
    DAILY = "DAILY"
    DAYS_2 = "DAYS_2"
    DAYS_3 = "DAYS_3"
    DAYS_5 = "DAYS_5"
    WEEKLY = "WEEKLY"
    TEN_DAYS = "TEN_DAYS"
    BIWEEKLY = "BIWEEKLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    HALF_YEARLY = "HALF_YEARLY"
    YEARLY = "YEARLY"

    @property
    def label(self) -> str:
        """Return the Chinese label, which is also the message id for translation."""
        return _LABELS[self]

    @property
    def days(self) -> float:
        """Return the average length of a period in days, infinite for a one-off duty."""
        if self is Recurrence.ONCE:
            return float("inf")
        if self is Recurrence.TEN_DAYS:
            return _MONTH / 3
        return float(_GRID[self]) if self in _GRID else _MONTHS[self] * _MONTH


_MONTH = 365.25 / 12
#: Length of a period in days.
_GRID = {
    Recurrence.DAILY: 1,
    Recurrence.DAYS_2: 2,
    Recurrence.DAYS_3: 3,
    Recurrence.DAYS_5: 5,
    Recurrence.WEEKLY: 7,
    Recurrence.BIWEEKLY: 14,
}
#: Length of a period in months.
_MONTHS = {
    Recurrence.MONTHLY: 1,
    Recurrence.QUARTERLY: 3,
    Recurrence.HALF_YEARLY: 6,
    Recurrence.YEARLY: 12,
}

_LABELS = {
    Recurrence.ONCE: "一次",
    Recurrence.DAILY: "每日",
    Recurrence.DAYS_2: "每两天",
    Recurrence.DAYS_3: "每三天",
    Recurrence.DAYS_5: "每五天",
    Recurrence.WEEKLY: "每周",
    Recurrence.TEN_DAYS: "每旬",
    Recurrence.BIWEEKLY: "每两周",
    Recurrence.MONTHLY: "每月",
    Recurrence.QUARTERLY: "每季度",
    Recurrence.HALF_YEARLY: "每半年",
    Recurrence.YEARLY: "每年",
}


@dataclass(frozen=True, slots=True)
class Deadline:
    """Say when a period is due.

    ``days`` or ``workdays`` after a ONCE duty came into force, or after the period of another one
    ended; a ``time`` of day for DAILY; a calendar day ``on`` for ONCE, with or without a ``time``.
    A day counts in full. A calendar day that had passed when the duty came into force leaves the
    day after: nobody is late before he could know.
    """

    days: int | None = None
    time: time | None = None
    workdays: int | None = None
    on: date | None = None

    def __post_init__(self) -> None:
        given = [each for each in (self.days, self.workdays, self.on) if each is not None]
        if len(given) > 1 or (not given and self.time is None):
            raise ValueError("a deadline has either days, workdays, a calendar day or a time")
        if self.time is not None and given and self.on is None:
            raise ValueError("a deadline has a time of day alone or on a calendar day")
        if (self.days or 0) < 0 or (self.workdays or 0) < 0:
            raise ValueError("a deadline cannot lie before its period")

    def suits(self, recurrence: Recurrence) -> bool:
        """Tell whether this kind of deadline makes sense for the recurrence."""
        if self.on is not None:
            return recurrence is Recurrence.ONCE
        return (self.time is not None) == (recurrence is Recurrence.DAILY)


@dataclass(frozen=True, slots=True)
class Period:
    """One occurrence of a duty.

    ``start`` names it: its first day, or the day a one-off duty came into force. ``opens_at`` is
    never before the duty came into force. ``due_at`` is the first late moment, None where there is
    no deadline. ``closes_at`` is the moment at which the next period takes over, None for a
    one-off duty. A period may be due after it has closed.
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


def name_of(recurrence: Recurrence, day: date) -> date:
    """Return the first day of the period of a recurring duty in which a day lies.

    Raises ValueError for ONCE, whose period is named by the day it came into force.
    """
    if recurrence is Recurrence.ONCE:
        raise ValueError("a one-off duty has no calendar of periods")
    if recurrence is Recurrence.TEN_DAYS:
        return day.replace(day=1 + 10 * min(2, (day.day - 1) // 10))
    if recurrence in _GRID:
        # Day 1 of the proleptic calendar was a Monday.
        return day - timedelta(days=(day.toordinal() - 1) % _GRID[recurrence])
    months = _MONTHS[recurrence]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def after_period(recurrence: Recurrence, start: date) -> date | None:
    """Return the first day after the period that ``start`` names, None if it has no end."""
    if recurrence is Recurrence.ONCE:
        return None
    if recurrence is Recurrence.TEN_DAYS:
        return start + timedelta(days=10) if start.day < 21 else _first_of_month(start, 1)
    if recurrence in _GRID:
        return start + timedelta(days=_GRID[recurrence])
    return _first_of_month(start, _MONTHS[recurrence])


def _first_of_month(day: date, later: int) -> date:
    months = day.year * 12 + day.month - 1 + later
    return date(months // 12, months % 12 + 1, 1)


def _start_of(recurrence: Recurrence, in_force_from: date, day: date) -> date:
    """Return the name of the period in which a day lies."""
    return in_force_from if recurrence is Recurrence.ONCE else name_of(recurrence, day)


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
    end = after_period(recurrence, start)
    return Period(
        start=start,
        opens_at=_midnight(max(start, in_force_from)),
        due_at=_due(deadline, start, end),
        closes_at=None if end is None else _midnight(end),
    )


def _due(deadline: Deadline | None, start: date, end: date | None) -> datetime | None:
    if deadline is None:
        return None
    if deadline.on is not None:
        if deadline.on < start:
            return _midnight(start + 2 * _DAY)
        if deadline.time is not None:
            return datetime.combine(deadline.on, deadline.time, ZONE)
        return _midnight(deadline.on + _DAY)
    if deadline.time is not None:
        return datetime.combine(start, deadline.time, ZONE)
    # ONCE counts from the day after `start`, the others from the first day after the period; in
    # both cases the last day counts in full.
    last = start if end is None else end - _DAY
    if deadline.workdays is not None:
        return _midnight(after_workdays(last, deadline.workdays) + _DAY)
    return _midnight(last + timedelta(days=deadline.days or 0) + _DAY)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, _MIDNIGHT, ZONE)
