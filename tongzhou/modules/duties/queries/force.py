"""What is in force: libraries under their responses, and the windows of their duties."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.db.models import Q

from tongzhou.base.errors import Missing
from tongzhou.base.period import ZONE, Recurrence, after_period
from tongzhou.modules.duties.contracts import DutyLibrary, DutySpec
from tongzhou.modules.duties.models import Duty, Enforcement, Library
from tongzhou.modules.duties.rules.library import parse_library
from tongzhou.modules.duties.rules.windows import Window, windows
from tongzhou.modules.response.public import Segment, list_segments


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A stored duty with its declaration."""

    id: int
    urn: str
    library_id: int
    expression: str
    position: int
    clause: str
    spec: DutySpec

    @property
    def is_counted(self) -> bool:
        """Tell whether the duty wants evidence and so appears in figures."""
        return self.spec.evidence.is_wanted


@dataclass(frozen=True, slots=True)
class EnforcementRow:
    """A library in force under a response."""

    id: int
    library_id: int
    expression: str
    response_id: int
    from_at: datetime
    to_at: datetime | None
    decided_by: str


@lru_cache(maxsize=64)
def library_of(library_id: int) -> DutyLibrary:
    """Return a stored library; it never changes, so it is built once per process."""
    stored = Library.objects.get(pk=library_id)
    return parse_library(stored.body, name=stored.expression, digest=stored.sha256)


@lru_cache(maxsize=64)
def duties_of(library_id: int) -> tuple[DutyRow, ...]:
    """Return the duties of a library in the order of their clauses."""
    library = library_of(library_id)
    return tuple(
        DutyRow(
            id=row["pk"],
            urn=row["urn"],
            library_id=library_id,
            expression=library.expression,
            position=row["position"],
            clause=row["clause"],
            spec=library.duty(row["key"]),
        )
        for row in Duty.objects.filter(library_id=library_id)
        .order_by("position")
        .values("pk", "urn", "position", "clause", "key")
    )


@lru_cache(maxsize=4096)
def _library_of_duty(duty_id: int) -> int:
    """Return the library of a duty, which never changes; Missing if there is no such duty."""
    library_id = Duty.objects.filter(pk=duty_id).values_list("library_id", flat=True).first()
    if library_id is None:
        raise Missing("没有这项任务。")
    return library_id


@lru_cache(maxsize=64)
def _by_id(library_id: int) -> dict[int, DutyRow]:
    return {each.id: each for each in duties_of(library_id)}


def get_duty(duty_id: int) -> DutyRow:
    """Return one duty; Missing if there is none."""
    return _by_id(_library_of_duty(duty_id))[duty_id]


def list_enforcements(at: datetime) -> list[EnforcementRow]:
    """Return what is in force at a moment, in the order in which it came into force."""
    return [
        EnforcementRow(
            id=each.pk,
            library_id=each.library_id,
            expression=each.library.expression,
            response_id=each.response_id,
            from_at=each.from_at,
            to_at=each.to_at,
            decided_by=each.decided_by,
        )
        for each in Enforcement.objects.select_related("library")
        .defer("library__body", "library__groups")
        .filter(from_at__lte=at)
        .filter(Q(to_at__isnull=True) | Q(to_at__gt=at))
        .order_by("from_at", "pk")
    ]


@dataclass(slots=True)
class Ground:
    """What windows are cut from at one moment: enforcements and phases, each read once."""

    at: datetime
    _forces: list[EnforcementRow] | None = None
    _known: dict[int, list[Segment]] = field(default_factory=dict)
    _cut: dict[tuple[int, datetime, int | None], list[Segment]] = field(default_factory=dict)

    @property
    def forces(self) -> list[EnforcementRow]:
        """Return what is in force."""
        if self._forces is None:
            self._forces = list_enforcements(self.at)
        return self._forces

    def segments(self, response_id: int, moment: datetime, place: int | None) -> list[Segment]:
        """Return the phases up to ``moment`` by what is known now, where ``place`` lies if given.

        A decision that was recorded later counts from when it took effect, so a look back at a
        past period sees it.
        """
        key = (response_id, min(moment, self.at), place)
        if key not in self._cut:
            if response_id not in self._known:
                self._known[response_id] = list_segments(response_id, self.at)
            self._cut[key] = [
                Segment(each.low, each.high, tuple(h for h in each.history if h[0] <= moment))
                for each in self._known[response_id]
                if place is None or each.low <= place <= each.high
            ]
        return self._cut[key]


def list_windows(
    at: datetime,
    *,
    library_id: int | None = None,
    duty_ids: Iterable[int] | None = None,
    day: date | None = None,
    counted: bool = True,
    place: int | None = None,
    ground: Ground | None = None,
) -> list[Window]:
    """Return the windows of the duties in force at a moment.

    ``day`` asks for the period of that name instead of the one to report on now; phases are then
    those at its end, or at ``at`` if that is earlier. ``counted`` leaves out duties
    that want no evidence. ``place`` keeps the windows that hold a region id. ``ground`` is shared
    by callers that ask for many days.
    """
    wanted = None if duty_ids is None else frozenset(duty_ids)
    ground = ground or Ground(at)
    found: list[Window] = []
    for force in ground.forces:
        if library_id is not None and force.library_id != library_id:
            continue
        library = library_of(force.library_id)
        for duty in duties_of(force.library_id):
            if wanted is not None and duty.id not in wanted:
                continue
            if counted and not duty.is_counted:
                continue
            moment = at if day is None else min(at, _end_of(day, duty.spec.recurrence) or at)
            for window in windows(
                duty.id,
                duty.spec,
                scope=library.scope,
                effective_at=force.from_at,
                segments=ground.segments(force.response_id, moment, place),
                at=at,
                day=day,
            ):
                if place is None or window.low <= place <= window.high:
                    found.append(window)
    return found


def _end_of(day: date, recurrence: Recurrence) -> datetime | None:
    """Return the last moment of the period named by a day; None for a one-off duty."""
    after = after_period(recurrence, day)
    if after is None:
        return None
    return datetime.combine(after, datetime.min.time(), ZONE) - timedelta(microseconds=1)
