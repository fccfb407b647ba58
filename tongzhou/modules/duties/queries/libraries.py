"""Duty libraries: what is loaded, and in force under which response."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q

from tongzhou.base.errors import Missing
from tongzhou.kernel import files
from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.kernel.models import StoredFile
from tongzhou.modules.duties.contracts import Relation
from tongzhou.modules.duties.models import Enforcement, Library
from tongzhou.modules.duties.queries.force import (
    DutyRow,
    Ground,
    duties_of,
    get_version,
    library_of,
)
from tongzhou.modules.duties.queries.versions import work_of
from tongzhou.modules.duties.rules.windows import span
from tongzhou.modules.response.public import list_responses


@dataclass(frozen=True, slots=True)
class ForceRow:
    """A time during which a library was, is, or will be in force."""

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
    at: datetime

    @property
    def is_ahead(self) -> bool:
        """Tell whether it is decided that it comes into force, but not yet."""
        return self.force is not None and self.force.from_at > self.at


def list_libraries(at: datetime) -> list[LibraryRow]:
    """Return all libraries, newest first, with where they stand at a moment.

    ``force`` is the enforcement that has not ended; it may lie ahead.
    """
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
    unended = Enforcement.objects.filter(Q(to_at__isnull=True) | Q(to_at__gt=at))
    open_now = {each.library_id: each for each in unended}
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
            at=at,
        )
        for each in found
    ]


def get_library(library_id: int, at: datetime) -> LibraryRow:
    """Return one library; Missing if there is none."""
    for each in list_libraries(at):
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


def list_replaced(library_id: int, at: datetime) -> list[LibraryRow]:
    """Return the libraries in force in whose place a library comes.

    They have a duty in force that it continues, or are another text of the same directive that
    refines the same duty.
    """
    duties = duties_of(library_id)
    upper = {each.id for each in duties if each.relation is not Relation.REFINES}
    lower = {each.id for each in duties if each.relation is Relation.REFINES}
    work = work_of(library_of(library_id).expression)
    found = []
    for row in list_libraries(at):
        if row.force is None or row.id == library_id:
            continue
        same = work_of(row.expression) == work
        if any(
            each.id in (lower if each.relation is Relation.REFINES else upper)
            and (same or each.relation is not Relation.REFINES)
            for each in duties_of(row.id)
        ):
            found.append(row)
    return found


def list_suspended(library_id: int, at: datetime) -> list[tuple[DutyRow, DutyRow]]:
    """Return a supplement's duties in force that rule nowhere, each with the text it would loosen.

    The text above was made stricter after them.
    """
    ground = Ground(at)
    found = []
    for duty in duties_of(library_id):
        lineage = ground.lineages.get(duty.id)
        upper = lineage.upper(at) if lineage and duty.relation is Relation.REFINES else None
        if lineage is None or upper is None:
            continue
        own = [each for each in lineage.lowers(at) if each.version_id == duty.version_id]
        if own and not lineage.fits(upper, own[0]):
            found.append((duty, get_version(upper.version_id)))
    return found


def list_copies(library_id: int) -> list[tuple[int, int]]:
    """Return the versions of a library's expression as (version, library id), the newest first."""
    expression = library_of(library_id).expression
    found = Library.objects.filter(expression=expression).order_by("-version")
    return list(found.values_list("version", "pk"))


STAGED_FOR = timedelta(days=1)


def read_staged(actor: Actor, file_id: UUID, at: datetime) -> tuple[str, str]:
    """Return name and text of a library that the actor staged within the last day.

    Missing when there is none: it was somebody else's, or it has waited too long.
    """
    found = StoredFile.objects.filter(
        pk=file_id, user_id=actor.user_id, at__gt=at - STAGED_FOR
    ).first()
    if found is None or not files.path_of(found).exists():
        raise Missing("这份上传已经过期，请重新上传。")
    return found.name.removesuffix(".txt"), files.path_of(found).read_text(encoding="utf-8")


def may_decide(actor: Actor, scope_region: int) -> bool:
    """Tell whether an actor governs the whole scope of a library."""
    low, high = span(scope_region)
    return actor.governs(low) and actor.governs(high)
