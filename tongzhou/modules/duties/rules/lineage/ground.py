"""A lineage on its ground: windows by place, period and bearers."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from tongzhou.base import period as calendar
from tongzhou.base.period import Period, Recurrence
from tongzhou.modules.duties.contracts import Link
from tongzhou.modules.duties.rules.lineage.runs import (
    Class,
    Held,
    Owed,
    Part,
    classes_of,
    distinct,
    held_since,
    is_before,
    midnight,
    once_from,
    once_names,
    rhythm_start,
    whole,
)
from tongzhou.modules.duties.rules.lineage.terms import Lineage, Piece, Term
from tongzhou.modules.duties.rules.windows import NATION, PhaseSegment, Window, span

_MOMENT = timedelta(microseconds=1)
_DAY = timedelta(days=1)


def lineage_windows(
    lineage: Lineage,
    *,
    segments: Callable[[int], Sequence[PhaseSegment]],
    at: datetime,
    day: date | None = None,
    place: int | None = None,
) -> list[Window]:
    """Return the windows of a duty with several versions at a moment.

    ``segments`` gives the phases of a response as of ``at``. Without ``day`` the period is the one
    to report on now; with it, the period named by that day. ``place`` keeps what holds a region.
    """
    chain = lineage.chain(at)
    if not chain:
        return []
    ground = Ground(lineage, chain, segments, at)
    found: list[Window] = []
    for piece in ground.pieces(place):
        found += [ground.window(piece, each) for each in ground.owed(piece, day)]
    return join_windows(found)


@dataclass(slots=True)
class Ground:
    """A lineage on its ground: phases by place, cut into pieces in which nothing differs."""

    lineage: Lineage
    chain: tuple[Term, ...]
    segments: Callable[[int], Sequence[PhaseSegment]]
    at: datetime
    terms: list[Term] = field(init=False)
    rhythms: list[Recurrence] = field(init=False)
    once_name: date = field(init=False)
    once_names: frozenset[date] = field(init=False)
    _lows: dict[int, list[int]] = field(default_factory=dict)
    _rulers: dict[tuple[bool, ...], list[Held]] = field(default_factory=dict)
    _owed: dict[tuple[tuple[int, datetime], ...], list[Owed]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Work out what is the same for every piece."""
        since = self.chain[0].from_at
        lowers = [
            each
            for each in self.lineage.terms
            if each.refines
            and each.from_at <= self.at
            and (each.to_at is None or each.to_at > since)
        ]
        self.terms = [*self.chain, *lowers]
        self.rhythms = sorted(
            {each.spec.recurrence for each in self.terms}, key=lambda each: each.days
        )
        self.once_name, self.once_names = once_names(self.chain)

    def pieces(self, place: int | None) -> list[Piece]:
        """Cut the ground of the upper text in force wherever anything may differ."""
        places = {NATION[0], NATION[1] + 1}
        regions = {NATION[0], NATION[1] + 1}
        for term in self.terms:
            low, high = span(term.scope.region)
            (places if term.scope.by is Link.TERRITORY else regions).update((low, high + 1))
            for region in (*term.spec.place.include, *term.spec.place.exclude):
                low, high = span(region)
                places.update((low, high + 1))
        for response in {each.response_id for each in self.chain}:
            for segment in self.segments(response):
                places.update((segment.low, segment.high + 1))
        columns = [
            (low, after - 1)
            for low, after in pairwise(sorted(places))
            if place is None or low <= place < after
        ]
        lines = [(low, after - 1) for low, after in pairwise(sorted(regions))]
        found = [Piece(*column, *line) for line in lines for column in columns]
        return [each for each in found if each.inside(self.chain[-1].scope)]

    def _held(self, piece: Piece) -> list[Held]:
        """Return what has ruled in a piece since the chain began, each with its beginning."""
        inside = tuple(piece.inside(each.scope) for each in self.terms)
        if inside not in self._rulers:
            self._rulers[inside] = self._ruled(piece)
        return self._rulers[inside]

    def _ruled(self, piece: Piece) -> list[Held]:
        moments = {each.from_at for each in self.chain}
        for term in self.terms:
            if term.refines:
                moments.update(m for m in (term.from_at, term.to_at) if m is not None)
        found: list[Held] = []
        for moment in sorted(m for m in moments if self.chain[0].from_at <= m <= self.at):
            upper = next(each for each in reversed(self.chain) if each.from_at <= moment)
            layers = self.lineage.layers_of(piece, upper, self.lineage.lowers(moment))
            held = Held(layers[-1] if layers else None, upper.response_id, moment)
            if not found or replace(held, since=found[-1].since) != found[-1]:
                found.append(held)
        return found

    def run(self, piece: Piece, moment: datetime) -> list[Part]:
        """Return the versions that have held in a piece without a break up to a moment."""
        found: list[Part] = []
        until, before = moment, False
        for each in reversed([held for held in self._held(piece) if held.since <= moment]):
            if each.term is None or not piece.placed(each.term.spec):
                break
            start = held_since(
                self._history(each.response_id, piece),
                frozenset(each.term.spec.phases),
                until,
                before=before,
            )
            if start is None:
                break
            found.append(Part(each.term, max(start, each.since)))
            if start > each.since:
                break
            until, before = each.since, True
        found.reverse()
        return found

    def _history(self, response_id: int, piece: Piece) -> Sequence[tuple[datetime, str | None]]:
        segments = self.segments(response_id)
        if response_id not in self._lows:
            self._lows[response_id] = [each.low for each in segments]
        number = bisect_right(self._lows[response_id], piece.low) - 1
        if number < 0 or segments[number].high < piece.low:
            return ()
        return segments[number].history

    def owed(self, piece: Piece, day: date | None) -> list[Owed]:
        """Return the periods to report on now, or the one that a day names.

        Where all versions have one rhythm, pieces with the same run owe the same.
        """
        if len(self.rhythms) > 1:
            return self.now(piece) if day is None else self.named(piece, day)
        end = self.at if day is None else self._end(self.rhythms[0], day)
        key = tuple((part.term.version_id, part.since) for part in self.run(piece, end))
        if key not in self._owed:
            self._owed[key] = self.now(piece) if day is None else self.named(piece, day)
        return self._owed[key]

    def named(self, piece: Piece, day: date) -> list[Owed]:
        """Return the period of a name, by the text in force at its end."""
        found: list[Owed] = []
        for recurrence in self.rhythms:
            run = self.run(piece, self._end(recurrence, day))
            if not run or run[-1].term.spec.recurrence is not recurrence:
                continue
            owed = []
            for each in classes_of(run):
                period = self._find(piece, each, recurrence, day)
                if period is not None and period[0].opens_at <= self.at:
                    owed.append(Owed(each.parts[-1].term, period[0], each.along, each.but))
            found += whole(owed, run)
        return found

    def _end(self, recurrence: Recurrence, name: date) -> datetime:
        """Return the last moment of a period, or now if that comes first."""
        end = calendar.after_period(recurrence, name)
        return self.at if end is None else min(self.at, midnight(end) - _MOMENT)

    def now(self, piece: Piece) -> list[Owed]:
        """Return the periods to report on now: one of each rhythm that is still awaited."""
        run = self.run(piece, self.at)
        found: list[Owed] = []
        for each in classes_of(run):
            parts = each.parts
            for period, number in self._awaited(piece, each):
                term = parts[number].term
                others = [*parts[:number], *parts[number + 1 :]]
                found.append(Owed(term, period, distinct(others, term), each.but))
        return whole(found, run)

    def _awaited(self, piece: Piece, bearers: Class) -> list[tuple[Period, int]]:
        """Return the current period, or an earlier one not yet due, of each rhythm in turn."""
        parts = bearers.parts
        found: list[tuple[Period, int]] = []
        last, until = len(parts) - 1, self.at
        while last >= 0:
            first = rhythm_start(parts, last)
            recurrence = parts[last].term.spec.recurrence
            newest = last == len(parts) - 1
            if recurrence is not Recurrence.ONCE:
                since = parts[first].since
                found += self._latest(piece, bearers, recurrence, since, until, newest)
            elif newest:
                period = self._find(piece, bearers, recurrence, self.once_name)
                found += [period] if period else []
            until, last = parts[first].since - _MOMENT, first - 1
        return found

    def _latest(
        self,
        piece: Piece,
        bearers: Class,
        recurrence: Recurrence,
        since: datetime,
        until: datetime,
        newest: bool,
    ) -> list[tuple[Period, int]]:
        """Return the earliest awaited period of one rhythm, else the current one if it is now's."""
        name = calendar.name_of(recurrence, calendar.local_day(until))
        best = self._find(piece, bearers, recurrence, name) if newest else None
        while True:
            name = calendar.name_of(recurrence, name - _DAY)
            end = calendar.after_period(recurrence, name)
            if end is None or midnight(end) <= since:
                break
            earlier = self._find(piece, bearers, recurrence, name)
            if earlier is None or earlier[0].due_at is None or earlier[0].is_past_due(self.at):
                break
            best = earlier
        return [best] if best else []

    def _find(
        self, piece: Piece, bearers: Class, recurrence: Recurrence, name: date
    ) -> tuple[Period, int] | None:
        """Return a period by its name, with the number of the part that rules it.

        None when there is no such period, or when a shorter one has used the name.
        """
        moment = self._end(recurrence, name)
        until = [part for part in bearers.parts if part.since <= moment]
        if not until or until[-1].term.spec.recurrence is not recurrence:
            return None
        period = self._period(until, name, moment)
        if period is None or self._is_used(piece, bearers, recurrence, name):
            return None
        return period, len(until) - 1

    def _is_used(self, piece: Piece, bearers: Class, recurrence: Recurrence, name: date) -> bool:
        """Tell whether the bearers owed a shorter period of the same name."""
        if recurrence is Recurrence.ONCE:
            return False
        if name in self.once_names:
            return True
        for each in self.rhythms[: self.rhythms.index(recurrence)]:
            moment = self._end(each, name)
            run = self.run(piece, moment)
            if not run or run[-1].term.spec.recurrence is not each:
                continue
            if bearers.unless is not None and run[-1].term.bound == bearers.unless.bound:
                continue
            if self._period(run, name, moment) is not None:
                return True
        return False

    def _period(self, parts: Sequence[Part], name: date, moment: datetime) -> Period | None:
        """Return the period of a name under the last of the parts, if it has one."""
        spec = parts[-1].term.spec
        rhythm = parts[rhythm_start(parts, len(parts) - 1) :]
        if spec.recurrence is Recurrence.ONCE:
            return self._once(rhythm) if name == self.once_name else None
        begins = calendar.in_force_from(
            spec.recurrence, rhythm[0].term.spec.deadline, rhythm[0].since
        )
        found = [
            calendar.period_starting(spec.recurrence, each.term.spec.deadline, begins, name)
            for each in rhythm
        ]
        period = found[-1]
        if period is None:
            return None
        due = [
            None if each is None else each.due_at
            for each, part, after in zip(found, rhythm, [*rhythm[1:], None], strict=True)
            if part.since <= moment and (after is None or after.since > period.opens_at)
        ]
        latest = None if None in due else max(each for each in due if each is not None)
        return replace(period, due_at=latest)

    def _once(self, rhythm: Sequence[Part]) -> Period:
        """Return the period of a one-off duty, its deadline carried through the versions."""
        first = calendar.local_day(rhythm[0].since)
        opens = once_from(rhythm[0].term.spec, first)
        due = opens.due_at
        for part in rhythm[1:]:
            counted = once_from(part.term.spec, first).due_at
            if not is_before(counted, due):
                due = counted
                continue
            anew = once_from(part.term.spec, calendar.local_day(part.since)).due_at
            due = anew if is_before(anew, due) else due
        return Period(start=self.once_name, opens_at=opens.opens_at, due_at=due, closes_at=None)

    def window(self, piece: Piece, owed: Owed) -> Window:
        """Return a window over a piece."""
        past = owed.period.is_past_due(self.at)
        return Window(
            duty_id=self.lineage.duty_id,
            version_id=owed.term.version_id,
            library_id=self.chain[-1].library_id,
            period=owed.period,
            low=piece.low,
            high=piece.high,
            registered_low=piece.registered_low,
            registered_high=piece.registered_high,
            due_at=owed.period.due_at,
            past_due=past,
            overdue=past and owed.term.spec.strength.can_be_overdue,
            along=owed.along,
            unless=owed.unless,
        )


def join_windows(found: Iterable[Window]) -> list[Window]:
    """Join windows that differ in place alone, or in registering region alone, and adjoin."""
    lines: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
    for each in found:
        key = (each.registered_low, each.registered_high, _rest(each))
        lines.setdefault(key, []).append((each.low, each.high))
    columns: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
    for (low, high, rest), places in lines.items():
        for place in _adjoined(places):
            columns.setdefault((place, rest), []).append((low, high))
    joined = [
        Window(
            duty_id=rest[0],
            version_id=rest[1],
            library_id=rest[2],
            period=rest[3],
            low=place[0],
            high=place[1],
            registered_low=low,
            registered_high=high,
            due_at=rest[4],
            past_due=rest[5],
            overdue=rest[6],
            along=rest[7],
            unless=rest[8],
        )
        for (place, rest), regions in columns.items()
        for low, high in _adjoined(regions)
    ]
    return sorted(joined, key=lambda each: (each.period.start, each.low, each.registered_low))


def _rest(window: Window) -> tuple[Any, ...]:
    """Return everything about a window apart from its ground."""
    return (
        window.duty_id,
        window.version_id,
        window.library_id,
        window.period,
        window.due_at,
        window.past_due,
        window.overdue,
        window.along,
        window.unless,
    )


def _adjoined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join ranges that follow each other without a gap."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if joined and joined[-1][1] + 1 == low:
            joined[-1] = (joined[-1][0], high)
        else:
            joined.append((low, high))
    return joined
