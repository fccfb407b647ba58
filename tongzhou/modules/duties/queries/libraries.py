"""Duty libraries: what is loaded, in force under which response, and what it costs to report."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from tongzhou.base.errors import Missing
from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.modules.duties.contracts import BearerKind, Burden, DutyLibrary, Link
from tongzhou.modules.duties.models import Enforcement, Library
from tongzhou.modules.duties.queries.force import duties_of, library_of
from tongzhou.modules.duties.rules.burden import burden_of
from tongzhou.modules.duties.rules.windows import span
from tongzhou.modules.registry.public import list_profiles
from tongzhou.modules.response.public import list_responses


@dataclass(frozen=True, slots=True)
class ForceRow:
    """A time during which a library was, or is, in force."""

    id: int
    response_id: int
    response: str
    from_at: datetime
    to_at: datetime | None
    decided_by: str


@dataclass(frozen=True, slots=True)
class LibraryRow:
    """A loaded library with what it holds and where it stands."""

    id: int
    expression: str
    version: int
    title: str
    loaded_at: datetime
    scope_region: int
    scope_name: str
    scope_by: str
    duty_count: int
    counted: int
    force: ForceRow | None


@dataclass(frozen=True, slots=True)
class BurdenRow:
    """The reporting work of a typical and of the most burdened bearer in one phase."""

    phase: str
    most: Burden
    average: Burden
    bearers: int


def list_libraries() -> list[LibraryRow]:
    """Return all libraries, newest first."""
    found = (
        Library.objects.defer("body", "groups")
        .annotate(
            duty_count=Count("duties"),
            counted=Count("duties", filter=~Q(duties__evidence_kind="NONE")),
        )
        .order_by("-loaded_at", "-pk")
    )
    names = dict(
        rows(
            "SELECT id, name FROM registry_region WHERE id = ANY(%s)",
            [list({each.scope_region for each in found})],
        )
    )
    titles = dict(rows("SELECT urn, title FROM directives_expression"))
    open_now = {each.library_id: each for each in Enforcement.objects.filter(to_at__isnull=True)}
    responses = {each.id: each.name for each in list_responses()}
    return [
        LibraryRow(
            id=each.pk,
            expression=each.expression,
            version=each.version,
            title=titles.get(each.expression, each.expression),
            loaded_at=each.loaded_at,
            scope_region=each.scope_region,
            scope_name=names.get(each.scope_region, ""),
            scope_by=each.scope_by,
            duty_count=each.duty_count,
            counted=each.counted,
            force=_force(open_now[each.pk], responses) if each.pk in open_now else None,
        )
        for each in found
    ]


def get_library(library_id: int) -> LibraryRow:
    """Return one library; Missing if there is none."""
    for each in list_libraries():
        if each.id == library_id:
            return each
    raise Missing("没有这个任务库。")


def list_forces(library_id: int) -> list[ForceRow]:
    """Return when a library was in force, newest first."""
    responses = {each.id: each.name for each in list_responses()}
    return [
        _force(each, responses)
        for each in Enforcement.objects.filter(library_id=library_id).order_by("-from_at")
    ]


def _force(held: Enforcement, responses: dict[int, str]) -> ForceRow:
    return ForceRow(
        id=held.pk,
        response_id=held.response_id,
        response=responses.get(held.response_id, ""),
        from_at=held.from_at,
        to_at=held.to_at,
        decided_by=held.decided_by,
    )


def may_decide(actor: Actor, scope_region: int) -> bool:
    """Tell whether an actor governs the whole scope of a library."""
    low, high = span(scope_region)
    return actor.governs(low) and actor.governs(high)


_POPULATIONS = """
SELECT c.profile_id, sum(c.population)::bigint FROM registry_cell c
WHERE c.population > 0 AND {column} BETWEEN %s AND %s GROUP BY c.profile_id
"""


def populations(library: DutyLibrary) -> dict[int, int]:
    """Return how many bearers of each profile lie in a library's scope."""
    column = "c.place" if library.scope.by is Link.TERRITORY else "c.registered_region"
    return dict(rows(_POPULATIONS.format(column=column), list(span(library.scope.region))))


def count_bearers(library_id: int) -> tuple[int, int]:
    """Return how many social organisations and how many authorities a library reaches."""
    held = populations(library_of(library_id))
    kinds = {each.id: each.form for each in list_profiles(held)}
    authorities = sum(n for profile, n in held.items() if kinds[profile] == "AUTHORITY")
    return sum(held.values()) - authorities, authorities


def list_burdens(library_id: int, phases: tuple[str, ...]) -> list[BurdenRow]:
    """Return for each phase what reporting costs social organisations: most and on average."""
    library = library_of(library_id)
    held = populations(library)
    profiles = [each for each in list_profiles(held) if each.form != "AUTHORITY"]
    bound = _bound(library_id)
    found = []
    for phase in phases:
        weighed: list[tuple[Burden, int]] = []
        for profile in profiles:
            duties = [
                each.spec
                for each in duties_of(library_id)
                if (each.id, profile.id) in bound
                and each.spec.bearer.kind is BearerKind.ORGANISATION
            ]
            weighed.append((burden_of(duties, phase), held[profile.id]))
        bearers = sum(n for _, n in weighed)
        if not bearers:
            continue
        most = max((each for each, _ in weighed), key=lambda each: each.weekly)
        average = Burden(
            once=sum(each.once * n for each, n in weighed) / bearers,
            weekly=sum(each.weekly * n for each, n in weighed) / bearers,
            voluntary=sum(each.voluntary * n for each, n in weighed) / bearers,
            forms=round(sum(each.forms * n for each, n in weighed) / bearers),
        )
        found.append(BurdenRow(phase, most, average, bearers))
    return found


def _bound(library_id: int) -> set[tuple[int, int]]:
    found = rows(
        "SELECT b.duty_id, b.profile_id FROM duties_dutyprofile b"
        " JOIN duties_duty d ON d.id = b.duty_id WHERE d.library_id = %s",
        [library_id],
    )
    return {(row[0], row[1]) for row in found}


@dataclass(frozen=True, slots=True)
class DutyCount:
    """How many bearers a duty binds, wherever and whenever it is in force."""

    organisations: int
    authorities: int


def count_bound(duty_id: int, library_id: int) -> DutyCount:
    """Return how many bearers in the library's scope a duty binds."""
    held = populations(library_of(library_id))
    kinds = {each.id: each.form for each in list_profiles(held)}
    bound = {profile for each, profile in _bound(library_id) if each == duty_id}
    authorities = sum(n for p, n in held.items() if p in bound and kinds[p] == "AUTHORITY")
    everybody = sum(n for profile, n in held.items() if profile in bound)
    return DutyCount(everybody - authorities, authorities)
