"""What is in force: libraries under their responses, and the windows of their duties."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.db.models import Q

from tongzhou.base.errors import Missing
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


def get_duty(duty_id: int) -> DutyRow:
    """Return one duty; Missing if there is none."""
    library_id = Duty.objects.filter(pk=duty_id).values_list("library_id", flat=True).first()
    if library_id is None:
        raise Missing("没有这项任务。")
    return next(each for each in duties_of(library_id) if each.id == duty_id)


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


def list_windows(
    at: datetime,
    *,
    library_id: int | None = None,
    duty_ids: Iterable[int] | None = None,
    day: date | None = None,
    counted: bool = True,
    place: int | None = None,
) -> list[Window]:
    """Return the windows of the duties in force at a moment.

    ``day`` asks for the period of that name instead of the one to report on now; phases are then
    those at the period's end, or at ``at`` if that is earlier. ``counted`` leaves out duties that
    want no evidence. ``place`` keeps the windows that hold a region id.
    """
    wanted = None if duty_ids is None else frozenset(duty_ids)
    found: list[Window] = []
    segments: dict[tuple[int, datetime], list[Segment]] = {}
    for force in list_enforcements(at):
        if library_id is not None and force.library_id != library_id:
            continue
        library = library_of(force.library_id)
        for duty in duties_of(force.library_id):
            if wanted is not None and duty.id not in wanted:
                continue
            if counted and not duty.is_counted:
                continue
            moment = at
            if day is not None:
                moment = min(at, _end_of(day))
            key = (force.response_id, moment)
            if key not in segments:
                segments[key] = list_segments(force.response_id, moment)
            for window in windows(
                duty.id,
                duty.spec,
                scope=library.scope,
                effective_at=force.from_at,
                segments=segments[key],
                at=at,
                day=day,
            ):
                if place is None or window.low <= place <= window.high:
                    found.append(window)
    return found


def _end_of(day: date) -> datetime:
    from tongzhou.base.period import ZONE

    after = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZONE)
    return after - timedelta(microseconds=1)
