"""Unbroken runs of a duty, and the bearers that are counted from the same version on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from tongzhou.base import period as calendar
from tongzhou.base.period import Period, Recurrence
from tongzhou.modules.duties.contracts import DutySpec
from tongzhou.modules.duties.rules.lineage.terms import Term


@dataclass(frozen=True, slots=True)
class Held:
    """A version that rules at a place from a moment on, None where nothing does."""

    term: Term | None
    response_id: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A version inside a run, from when on."""

    term: Term
    since: datetime


@dataclass(frozen=True, slots=True)
class Owed:
    """A period that a version asks for, and of which bearers."""

    term: Term
    period: Period
    along: tuple[int, ...] = ()
    unless: int = 0


@dataclass(frozen=True, slots=True)
class Class:
    """Bearers that are bound from the same version on, as the part of a run that is about them.

    The versions ``along`` bind them beside the last one of the parts, ``unless`` does not.
    """

    parts: Sequence[Part]
    along: tuple[int, ...]
    unless: Term | None

    @property
    def but(self) -> int:
        """Return the id of the version that does not bind them, 0 for none."""
        return self.unless.version_id if self.unless else 0


def held_since(
    history: Sequence[tuple[datetime, str | None]],
    phases: frozenset[str],
    until: datetime,
    *,
    before: bool,
) -> datetime | None:
    """Return since when one of the phases holds up to (or just before) a moment, else None."""
    start: datetime | None = None
    for moment, phase in reversed(history):
        if moment > until or (before and moment == until):
            continue
        if phase is None or str(phase) not in phases:
            break
        start = moment
    return start


def rhythm_start(parts: Sequence[Part], last: int) -> int:
    """Return the number of the first part of the rhythm in which a part lies."""
    while last and (parts[last - 1].term.spec.recurrence is parts[last].term.spec.recurrence):
        last -= 1
    return last


def once_names(chain: Sequence[Term]) -> tuple[date, frozenset[date]]:
    """Return the name of the one-off period now, and of all that asked for a report.

    It is the first day since which the upper texts ask once, or since there is one at all.
    """
    names: list[tuple[date, bool]] = []
    for before, each in zip([None, *chain], chain, strict=False):
        once = each.spec.recurrence is Recurrence.ONCE
        if before is None or (once and before.spec.recurrence is not Recurrence.ONCE):
            names.append((calendar.local_day(each.from_at), False))
        if once and each.spec.evidence.is_wanted:
            names[-1] = (names[-1][0], True)
    return names[-1][0], frozenset(name for name, wanted in names if wanted)


def classes_of(run: Sequence[Part]) -> list[Class]:
    """Part the bearers by the version of the run from which on they have been bound."""
    found = []
    for first in range(len(run)):
        if first and run[first - 1].term.bound == run[first].term.bound:
            continue
        parts = run[first:]
        unless = run[first - 1].term if first else None
        found.append(Class(parts, distinct(parts, parts[-1].term), unless))
    return found


def distinct(parts: Sequence[Part], but: Term) -> tuple[int, ...]:
    """Return one version of each selection of bearers among the parts, other than one term's."""
    found = {part.term.bound: part.term.version_id for part in parts}
    found.pop(but.bound, None)
    return tuple(sorted(found.values()))


def whole(found: list[Owed], run: Sequence[Part]) -> list[Owed]:
    """Join the classes of bearers again where the same is asked of all of them."""
    classes = len(classes_of(run))
    if classes < 2 or not found:
        return found
    plain = [replace(each, along=(), unless=0) for each in found]
    newest = run[-1].term.version_id
    if (
        len(found) == classes
        and all(each == plain[0] for each in plain)
        and plain[0].term.version_id == newest
    ):
        return plain[:1]
    return found


def once_from(spec: DutySpec, first: date) -> Period:
    """Return the period of a one-off duty that is in force from a day on."""
    found = calendar.current_period(Recurrence.ONCE, spec.deadline, first, midnight(first))
    assert found is not None
    return found


def is_before(one: datetime | None, other: datetime | None) -> bool:
    """Tell whether a due time comes before another; no due time comes last."""
    return one is not None and (other is None or one < other)


def midnight(day: date) -> datetime:
    """Return the moment at which a day begins."""
    return datetime.combine(day, datetime.min.time(), calendar.ZONE)
