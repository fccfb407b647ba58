"""Whom a library reaches and what reporting on it costs, before and after it is loaded.

Everything is worked out from the profiles of the register and how many bearers have each.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tongzhou.kernel.database import rows
from tongzhou.modules.duties.contracts import (
    BearerKind,
    Burden,
    DutyLibrary,
    DutySpec,
    Facts,
    Link,
)
from tongzhou.modules.duties.queries.force import library_of
from tongzhou.modules.duties.rules.applicability import applies
from tongzhou.modules.duties.rules.burden import burden_of
from tongzhou.modules.duties.rules.windows import span
from tongzhou.modules.registry.public import ProfileRow, list_profiles


@dataclass(frozen=True, slots=True)
class BurdenRow:
    """The reporting work of a typical and of the most burdened bearer in one phase."""

    phase: str
    most: Burden
    average: Burden
    bearers: int


@dataclass(frozen=True, slots=True)
class Reach:
    """How many bearers something reaches, wherever and whenever it is in force."""

    organisations: int
    authorities: int


_POPULATIONS = """
SELECT c.profile_id, sum(c.population)::bigint FROM registry_cell c
WHERE c.population > 0 AND {column} BETWEEN %s AND %s GROUP BY c.profile_id
"""


def populations(library: DutyLibrary) -> dict[int, int]:
    """Return how many bearers of each profile lie in a library's scope."""
    column = "c.place" if library.scope.by is Link.TERRITORY else "c.registered_region"
    return dict(rows(_POPULATIONS.format(column=column), list(span(library.scope.region))))


def count_scope(library_id: int) -> Reach:
    """Return how many bearers lie in a library's scope."""
    held = populations(library_of(library_id))
    return _reach(list_profiles(held), held)


def count_bound(library: DutyLibrary, duties: Iterable[DutySpec]) -> Reach:
    """Return how many bearers in a library's scope any of its duties bind."""
    held = populations(library)
    wanted = list(duties)
    bound = [
        each
        for each in list_profiles(held)
        if any(applies(duty, facts_of(each), library) for duty in wanted)
    ]
    return _reach(bound, held)


def list_burdens(library: DutyLibrary, phases: tuple[str, ...]) -> list[BurdenRow]:
    """Return for each phase what reporting costs social organisations: most and on average."""
    held = populations(library)
    profiles = [each for each in list_profiles(held) if each.form != "AUTHORITY"]
    bearers = sum(held[each.id] for each in profiles)
    if not bearers:
        return []
    asked = [each for each in library.duties if each.bearer.kind is BearerKind.ORGANISATION]
    owed = {
        each.id: [duty for duty in asked if applies(duty, facts_of(each), library)]
        for each in profiles
    }
    found = []
    for phase in phases:
        weighed = [(burden_of(owed[each.id], phase), held[each.id]) for each in profiles]
        most = max((each for each, _ in weighed), key=lambda each: each.weekly)
        average = Burden(
            once=sum(each.once * n for each, n in weighed) / bearers,
            weekly=sum(each.weekly * n for each, n in weighed) / bearers,
            voluntary=sum(each.voluntary * n for each, n in weighed) / bearers,
            forms=round(sum(each.forms * n for each, n in weighed) / bearers),
        )
        found.append(BurdenRow(phase, most, average, bearers))
    return found


def facts_of(profile: ProfileRow) -> Facts:
    """Return a profile as the facts that the algebra reads."""
    return Facts(
        form=profile.form,
        attributes=profile.attributes,
        organs=profile.organs,
        level=profile.level or None,
    )


def _reach(profiles: Iterable[ProfileRow], held: Mapping[int, int]) -> Reach:
    organisations = authorities = 0
    for each in profiles:
        if each.form == "AUTHORITY":
            authorities += held[each.id]
        else:
            organisations += held[each.id]
    return Reach(organisations, authorities)
