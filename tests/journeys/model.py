"""A plain model of who owes what, and what became of it, written from the rules, not from the SQL.

It keeps what happened as lists and answers every question by going through them, one organisation
at a time. Written after docs/adr/0003, 0010, 0011 and 0014; the calendar is worked out anew here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from tongzhou.base.period import ZONE

DAY = timedelta(days=1)
DONE = ("SUBMITTED", "ACCEPTED")
FOREVER = datetime.max.replace(tzinfo=ZONE)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), ZONE)


def day_of(at: datetime) -> date:
    return at.astimezone(ZONE).date()


def is_in(region: int, node: int) -> bool:
    """Tell whether a region is a node or lies below it."""
    unit = 1_000_000 if node == 0 else 10_000 if node % 10_000 == 0 else 100
    if node and node % 100:
        return region == node
    return region // unit == node // unit


@dataclass(frozen=True)
class Text:
    """One version of a duty, in force until the next one is."""

    since: datetime
    phases: frozenset[str]
    rhythm: str  # ONCE, DAILY or WEEKLY
    days: int = 0
    cut_off: int = 0  # hour
    without: frozenset[str] = frozenset()
    can_be_overdue: bool = True

    def loosens(self, other: "Text") -> bool:
        """Tell whether this one asks less than another: later, or of fewer."""
        later = self.days > other.days or self.cut_off > other.cut_off
        return later or not self.without <= other.without


@dataclass(frozen=True)
class Supplement:
    """A text that makes a duty stricter in a region, by where one is or where one is registered."""

    duty: str
    region: int
    by_place: bool
    text: Text


@dataclass(frozen=True)
class Stay:
    """An organisation as it was for a while: where, registered where, with which attributes."""

    place: int
    registered: int
    attributes: frozenset[str]
    since: datetime
    until: datetime | None = None

    @property
    def prov(self) -> int:
        return self.registered // 10_000


@dataclass
class Member:
    """An organisation with all its stays; none is open once it is dissolved."""

    stays: list[Stay] = field(default_factory=list)

    @property
    def now(self) -> Stay:
        return self.stays[-1]

    def become(self, at: datetime, **changes: Any) -> None:
        """Begin another stay, unless nothing changed."""
        last = self.now
        if replace(last, **changes) != last:
            self.end(at)
            self.stays.append(replace(last, since=at, **changes))

    def end(self, at: datetime) -> None:
        """End the last stay."""
        self.stays[-1] = replace(self.now, until=at)


@dataclass(frozen=True)
class Setting:
    """A decision about the phase of a region."""

    region: int
    phase: str
    since: datetime
    recorded: datetime


@dataclass
class Leave:
    """An exception: a waiver, or a deferral to a day, to days after the response's end, or open.

    It holds in one province; who moves to another one takes a copy along.
    """

    prov: int
    waives: bool
    first: date
    last: date | None
    decided: datetime
    until: date | None = None
    place: int = 0
    days: int | None = None
    revoked: datetime | None = None


@dataclass(frozen=True)
class Step:
    """A step of a report."""

    at: datetime
    state: str
    late: bool
    filed: datetime


@dataclass(frozen=True)
class Asked:
    """A period that is asked for: its name, when it opens and closes, by when it is due."""

    name: date
    opens: datetime
    due: datetime | None
    closes: datetime
    can_be_overdue: bool


Key = tuple[str, str, date]


@dataclass
class Model:
    """All that happened."""

    members: dict[str, Member] = field(default_factory=dict)
    texts: dict[str, list[Text]] = field(default_factory=dict)
    settings: list[Setting] = field(default_factory=list)
    leaves: dict[tuple[str, str], list[Leave]] = field(default_factory=dict)
    steps: dict[Key, list[Step]] = field(default_factory=dict)
    supplements: list[Supplement] = field(default_factory=list)

    # Phases

    def _known(self, place: int, known: datetime) -> list[Setting]:
        return [
            each
            for each in self.settings
            if each.recorded <= known and each.since <= known and is_in(place, each.region)
        ]

    def _phase(self, place: int, at: datetime, known: datetime) -> str | None:
        """Return the phase of a place: the narrowest region with a level of its own tells."""
        latest: dict[int, Setting] = {}
        for each in sorted(self._known(place, known), key=lambda each: each.since):
            if each.since <= at:
                latest[each.region] = each
        for region in (place, place // 100 * 100, place // 10_000 * 10_000, 0):
            if region in latest and latest[region].phase != "INHERIT":
                return latest[region].phase
        return None

    def own_phase(self, region: int, at: datetime) -> str | None:
        """Return the phase that was last set for a region itself."""
        own = [each for each in self._known(region, at) if each.region == region]
        return max(own, key=lambda each: each.since).phase if own else None

    def _since(
        self, place: int, phases: frozenset[str], at: datetime, known: datetime
    ) -> datetime | None:
        """Return since when a place has been in any of the phases without a break."""
        found = None
        moments = {each.since for each in self._known(place, known) if each.since <= at}
        for moment in sorted(moments, reverse=True):
            if self._phase(place, moment, known) not in phases:
                break
            found = moment
        return found

    # Periods

    def layers(self, duty: str, place: int, registered: int, at: datetime) -> list[Text]:
        """Return the text in force somewhere and those that make it stricter, the widest first.

        A supplement rests while it would loosen what it refines.
        """
        found = [[each for each in self.texts[duty] if each.since <= at][-1]]
        for each in self.supplements:
            if each.duty != duty or each.text.since > at:
                continue
            inside = is_in(place if each.by_place else registered, each.region)
            if inside and not each.text.loosens(found[-1]):
                found.append(each.text)
        return found

    def _ruled(self, duty: str, stay: Stay, at: datetime) -> list[Text]:
        """Return the texts that have ruled where somebody stands, each since when it does."""
        begins = self.texts[duty][0].since
        moments = {each.since for each in self.texts[duty]}
        moments |= {each.text.since for each in self.supplements if each.duty == duty}
        found: list[tuple[Text, Text]] = []
        for moment in sorted(moments):
            if begins <= moment <= at:
                text = self.layers(duty, stay.place, stay.registered, moment)[-1]
                if not found or found[-1][0] is not text:
                    found.append((text, replace(text, since=moment)))
        return [each for _text, each in found]

    def _run(
        self, duty: str, stay: Stay, at: datetime, known: datetime
    ) -> list[tuple[Text, datetime]]:
        """Return the texts by which a duty has bound somebody without a break, each since when."""
        texts = self._ruled(duty, stay, at)
        found: list[tuple[Text, datetime]] = []
        for number, text in reversed(list(enumerate(texts))):
            if text.without & stay.attributes:
                break
            until = texts[number + 1].since - timedelta(microseconds=1) if found else at
            held = self._since(stay.place, text.phases, until, known)
            if held is None:
                break
            found.append((text, max(held, text.since)))
            if held > text.since:
                break
        return found[::-1]

    def _once(self, duty: str, run: list[tuple[Text, datetime]]) -> Asked:
        first, since = run[0]
        due = midnight(day_of(since) + (first.days + 1) * DAY)
        for text, amended in run[1:]:
            longer = midnight(day_of(since) + (text.days + 1) * DAY)
            anew = midnight(day_of(amended) + (text.days + 1) * DAY)
            due = longer if longer >= due else min(due, anew)
        name = day_of(self.texts[duty][0].since)
        return Asked(name, midnight(day_of(since)), due, FOREVER, run[-1][0].can_be_overdue)

    def _named(self, duty: str, stay: Stay, name: date, known: datetime) -> Asked | None:
        """Return the period of a recurring duty by its name, if it was ever asked for."""
        rhythm = self.texts[duty][0].rhythm
        closes = midnight(name + (DAY if rhythm == "DAILY" else 7 * DAY))
        at = min(known, closes - timedelta(microseconds=1))
        run = self._run(duty, stay, at, known)
        return self._period(run, name, closes, at, known) if run else None

    @staticmethod
    def _period(
        run: list[tuple[Text, datetime]],
        name: date,
        closes: datetime,
        at: datetime,
        known: datetime,
    ) -> Asked | None:
        text, since = run[0]
        begins = day_of(since)
        if text.rhythm == "DAILY" and since >= midnight(begins) + timedelta(hours=text.cut_off):
            begins += DAY
        opens = midnight(max(name, begins))
        if opens >= closes or opens > known:
            return None
        dues = []
        for (each, held), after in zip(run, [*run[1:], None], strict=True):
            if held <= at and (after is None or after[1] > opens):
                hours = timedelta(hours=each.cut_off)
                due = midnight(name) + hours if each.rhythm == "DAILY" else closes + each.days * DAY
                dues.append(due)
        return Asked(name, opens, max(dues), closes, run[-1][0].can_be_overdue)

    def asked(self, duty: str, stay: Stay, at: datetime) -> Asked | None:
        """Return the period to report on now: an earlier one that is not due yet goes first."""
        run = self._run(duty, stay, at, at)
        if not run:
            return None
        if run[0][0].rhythm == "ONCE":
            return self._once(duty, run)
        length = DAY if run[0][0].rhythm == "DAILY" else 7 * DAY
        today = day_of(at)
        name = today if length == DAY else today - timedelta(days=today.weekday())
        best = self._of_run(run, name, at)
        while midnight(name) > run[0][1]:
            name -= length
            earlier = self._of_run(run, name, at)
            if earlier is None or earlier.due is None or earlier.due <= at:
                break
            best = earlier
        return best

    def _of_run(self, run: list[tuple[Text, datetime]], name: date, at: datetime) -> Asked | None:
        closes = midnight(name + (DAY if run[0][0].rhythm == "DAILY" else 7 * DAY))
        end = min(at, closes - timedelta(microseconds=1))
        until = [each for each in run if each[1] <= end]
        return self._period(until, name, closes, end, at) if until else None

    # Who owes it

    def owed(
        self, duty: str, who: str, at: datetime, name: date | None = None
    ) -> Iterator[tuple[Stay, Asked]]:
        """Yield what somebody owes of a duty at a moment, with where it stood for it."""
        for stay in self.members[who].stays:
            if name is None or self.texts[duty][0].rhythm == "ONCE":
                found = self.asked(duty, stay, at)
                found = found if found and name in {None, found.name} else None
            else:
                found = self._named(duty, stay, name, at)
            if found is None:
                continue
            if found.closes > at:
                stands = stay.since <= at and (stay.until is None or stay.until > at)
            else:
                stands = stay.since < found.closes and (
                    stay.until is None or stay.until >= found.closes
                )
            if stands:
                yield stay, found

    def let_off(
        self, duty: str, who: str, stay: Stay, asked: Asked, at: datetime
    ) -> tuple[bool, object]:
        """Return whether a period is waived, and its due time (None: there is none)."""
        waived, ends = False, []
        for each in self.leaves.get((duty, who), ()):
            if each.prov != stay.prov or each.decided > at or each.first > asked.name:
                continue
            if each.last is not None and each.last < asked.name:
                continue
            until = each.until
            if each.days is not None:
                over = self._since(each.place, frozenset({"ENDED"}), at, at)
                until = None if over is None else day_of(over) + each.days * DAY
            if until is not None and until < asked.name:
                continue
            end = FOREVER if until is None else midnight(until + DAY)
            if each.revoked is not None and each.revoked <= at:
                waived |= each.waives and asked.closes <= each.revoked
                ends.append(min(end, midnight(day_of(each.revoked) + 2 * DAY)))
            elif each.waives:
                waived = True
            else:
                ends.append(end)
        if not ends or asked.due is None:
            return waived, asked.due
        last = max(asked.due, *ends)
        return waived, None if last == FOREVER else last

    def state(self, key: Key, at: datetime) -> Step | None:
        """Return the last step of a report up to a moment."""
        found = [each for each in self.steps.get(key, ()) if each.at <= at]
        return found[-1] if found else None

    def figure(
        self, duty: str, at: datetime, node: int, *, by_place: bool, name: date | None = None
    ) -> tuple[int, ...]:
        """Return owed, submitted, accepted, returned, overdue, missed, late of a node."""
        found = [0] * 7
        for who in self.members:
            for stay, asked in self.owed(duty, who, at, name):
                if not is_in(stay.place if by_place else stay.registered, node):
                    continue
                waived, due = self.let_off(duty, who, stay, asked, at)
                if waived:
                    continue
                step = self.state((duty, who, asked.name), at)
                state = step.state if step else ""
                overdue = (
                    asked.can_be_overdue and isinstance(due, datetime) and due <= at
                ) and state not in DONE
                late = step is not None and step.late and state in DONE
                if late and step and due != asked.due:
                    late = isinstance(due, datetime) and step.filed >= due
                each = (
                    1,
                    state == "SUBMITTED",
                    state == "ACCEPTED",
                    state == "RETURNED",
                    overdue,
                    overdue and not state,
                    late,
                )
                found = [one + int(other) for one, other in zip(found, each, strict=True)]
        return tuple(found)
