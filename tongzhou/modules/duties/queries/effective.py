"""One effective text: what supplements add and tighten where a reader is, with its origin."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from tongzhou.base.period import local_day
from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.modules.directives.public import (
    ClauseRow,
    ExpressionRow,
    list_clauses,
    list_supplements,
    list_wordings,
)
from tongzhou.modules.duties.contracts import Link, Relation
from tongzhou.modules.duties.queries.force import (
    DutyRow,
    Ground,
    Placed,
    duties_of,
    library_of,
)
from tongzhou.modules.duties.queries.versions import find_latest
from tongzhou.modules.duties.rules.windows import span
from tongzhou.modules.registry.public import find_bearer, list_above

NATION = 0


@dataclass(frozen=True, slots=True)
class Spot:
    """Where somebody reads: at a place, registered in a region."""

    place: int
    registered_region: int


@dataclass(frozen=True, slots=True)
class Supplement:
    """A lower text that is in force beside an upper one, and where."""

    row: ExpressionRow
    library_id: int | None
    region: int
    region_name: str
    by: Link

    def reaches(self, spot: Placed) -> bool:
        """Tell whether it is about somebody at a spot."""
        low, high = span(self.region)
        where = spot.place if self.by is Link.TERRITORY else spot.registered_region
        return low <= where <= high


@dataclass(frozen=True, slots=True)
class Addition:
    """A supplement's clause under the upper clause it belongs to, with the duties it adds."""

    supplement: Supplement
    clause: ClauseRow
    duties: tuple[DutyRow, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """One wording of a directive: its day, and where it stands."""

    row: ExpressionRow
    day: date | None
    in_force: bool


def spot_of(actor: Actor) -> Spot:
    """Return where a reader is: its own place, what the authority governs, or the nation."""
    if actor.is_organisation and actor.organisation_id is not None and actor.prov is not None:
        bearer = find_bearer(actor.organisation_id, actor.prov)
        if bearer is not None:
            return Spot(bearer.place, bearer.registered_region)
    if (actor.is_authority or actor.is_reader) and actor.low <= actor.high:
        return Spot(actor.low, actor.low)
    return Spot(NATION, NATION)


def list_in_force(work: str, ground: Ground) -> list[Supplement]:
    """Return the supplements of a directive that hold now, the widest scope first.

    One with duties holds while they are in force; one without, since it was published.
    """
    today = local_day(ground.at)
    forces = {each.expression: each.library_id for each in ground.forces}
    rows_of = list_supplements(work)
    amended = {each.previous_id for each in rows_of}
    regions = _authority_regions(each.authority_id for each in rows_of)
    found: list[tuple[ExpressionRow, int | None, int, Link]] = []
    for each in rows_of:
        if each.repealed_at is not None and each.repealed_at <= ground.at:
            continue
        if each.has_expired(today) or each.published_at > ground.at:
            continue
        library_id = forces.get(each.urn)
        if library_id is None and (find_latest(each.urn) is not None or each.id in amended):
            continue
        if library_id is not None:
            scope = library_of(library_id).scope
            found.append((each, library_id, scope.region, scope.by))
        else:
            region = regions.get(each.authority_id or 0, NATION)
            found.append((each, None, region, Link.TERRITORY))
    names = region_names(region for _row, _library, region, _by in found)
    held = [
        Supplement(row, library_id, region, names.get(region, ""), by)
        for row, library_id, region, by in found
    ]
    return sorted(held, key=lambda each: span(each.region)[0] - span(each.region)[1])


def _authority_regions(ids: Iterable[int | None]) -> dict[int, int]:
    wanted = sorted({each for each in ids if each is not None})
    return dict(rows("SELECT id, region_id FROM registry_authority WHERE id = ANY(%s)", [wanted]))


def region_names(ids: Iterable[int]) -> dict[int, str]:
    """Return the names of regions by id."""
    return dict(rows("SELECT id, name FROM registry_region WHERE id = ANY(%s)", [sorted(set(ids))]))


def list_additions(supplements: Iterable[Supplement], spot: Placed) -> dict[str, list[Addition]]:
    """Return what supplements say under each upper clause where somebody is.

    What belongs to no clause of the upper text is under the empty address.
    """
    found: dict[str, list[Addition]] = {}
    for each in supplements:
        if not each.reaches(spot):
            continue
        added: dict[str, list[DutyRow]] = {}
        for duty in duties_of(each.library_id) if each.library_id is not None else ():
            if duty.relation is Relation.NEW:
                added.setdefault(duty.clause, []).append(duty)
        for clause in list_clauses(each.row.id):
            duties = tuple(added.get(clause.address, ()))
            if clause.refines or duties:
                found.setdefault(clause.refines, []).append(Addition(each, clause, duties))
    return found


def list_places(supplements: Iterable[Supplement], own: int) -> list[tuple[int, str]]:
    """Return the places to choose from: the nation, the reader's own, those with supplements."""
    regions = [each.region for each in supplements]
    above = list_above(own)
    names = region_names([NATION, *regions]) | dict(above)
    wanted = sorted({NATION, own, *(region for region, _name in above), *regions})
    return [(each, names[each]) for each in wanted if each in names]


def list_versions_of(work: str, ground: Ground) -> list[Version]:
    """Return the wordings of a directive, the latest first."""
    forces = {each.expression for each in ground.forces}
    return [
        Version(each, _day_of(each), each.urn in forces and not _ended(each, ground.at))
        for each in list_wordings(work)
    ]


def _day_of(row: ExpressionRow) -> date | None:
    """Return the day of a wording, which its address ends in."""
    try:
        return date.fromisoformat(row.urn.rpartition("@")[2])
    except ValueError:
        return row.issued_on


def _ended(row: ExpressionRow, at: datetime) -> bool:
    return (row.repealed_at is not None and row.repealed_at <= at) or row.has_expired(local_day(at))
