"""Put libraries in force, let one text take the place of another, and end them."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import audit
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.database import rows
from tongzhou.modules.duties.commands.libraries import LOCK, require_no_looser
from tongzhou.modules.duties.contracts import Relation
from tongzhou.modules.duties.models import Duty, Enforcement, Library
from tongzhou.modules.duties.queries.force import duties_of, library_of
from tongzhou.modules.duties.queries.versions import work_of
from tongzhou.modules.registry.public import span
from tongzhou.modules.response.public import list_responses


@command("duties.library.enforce")
def enforce_library(
    *,
    actor: Actor,
    at: datetime,
    library_id: int,
    response_id: int,
    decided_by: str,
    replaces: Collection[int] = (),
    from_at: datetime | None = None,
    until: datetime | None = None,
) -> int:
    """Put a library in force under a response; return the enforcement's id.

    It binds from ``from_at`` (at the earliest now, which is the default) and ends by itself at
    ``until``. The libraries in ``replaces`` end in the same instant, so that what goes on is owed
    once and without a gap. Refuses when the actor does not govern the scopes, when the library is
    in force already, when another one that is not replaced has a duty in force that this one
    continues, or when it loosens what it refines.
    """
    rows("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    library = Library.objects.filter(pk=library_id).first()
    if library is None:
        raise Missing("没有这个任务库。")
    if response_id not in {each.id for each in list_responses()}:
        raise Missing("没有这个应急响应。")
    _require_governed(actor, library)
    begin = _begin(at, from_at, until)
    if open_at(begin).filter(library=library).exists():
        raise Conflict("这个任务库已在施行中。", code="in-force", clause=library.expression)
    for each in replaces:
        _replace(actor, each, begin)
    _require_alone(library, begin)
    lineage = {
        each.spec.id: (each.id, each.relation)
        for each in duties_of(library_id)
        if each.relation is not Relation.NEW
    }
    require_no_looser(library_of(library_id), lineage, begin)
    made = Enforcement.objects.create(
        library=library,
        response_id=response_id,
        from_at=begin,
        to_at=until,
        decided_by=decided_by,
        authority_id=actor.authority_id,
    )
    audit.note(
        target=f"enforcement/{made.pk}",
        clause=library.expression,
        response=response_id,
        replaces=sorted(replaces),
    )
    return made.pk


@command("duties.library.end")
def end_enforcement(*, actor: Actor, at: datetime, enforcement_id: int) -> None:
    """End a library's enforcement at ``at``; what was reported stays."""
    rows("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    held = open_at(at).filter(pk=enforcement_id).select_related("library").first()
    if held is None:
        raise Missing("没有这项施行记录，或已终止。")
    low, high = span(held.library.scope_region)
    if not (actor.governs(low) and actor.governs(high)):
        raise Refusal("这份文件的适用范围超出本机关的管辖区域。", code="outside-scope")
    _end(held, at)
    audit.note(target=f"enforcement/{held.pk}", clause=held.library.expression)


def end_expression(urn: str, at: datetime) -> list[int]:
    """End the enforcements of a repealed text, inside the command that repeals it; return them."""
    rows("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    ended = list(open_at(at).filter(library__expression=urn))
    for each in ended:
        _end(each, at)
    return [each.pk for each in ended]


def open_at(at: datetime) -> QuerySet[Enforcement]:
    """Return the enforcements that have not ended at a moment, those that begin later included."""
    return Enforcement.objects.filter(Q(to_at__isnull=True) | Q(to_at__gt=at))


def _end(held: Enforcement, at: datetime) -> None:
    held.to_at = max(at, held.from_at)
    held.save(update_fields=["to_at"])


def _begin(at: datetime, from_at: datetime | None, until: datetime | None) -> datetime:
    begin = from_at or at
    if begin < at:
        raise Refusal(
            "施行时间不能早于现在：任务不溯及既往。", code="enforce-past", field="from_at"
        )
    if until is not None and until <= begin:
        raise Refusal(
            "失效时间早于施行时间，这份文件已经到期。", code="enforce-expired", field="until"
        )
    return begin


def _require_governed(actor: Actor, library: Library) -> None:
    low, high = span(library.scope_region)
    if not (actor.governs(low) and actor.governs(high)):
        raise Refusal(
            "这份文件的适用范围超出本机关的管辖区域，不能由本机关决定施行。",
            code="outside-scope",
            clause=library.expression,
            way_out="请由发文机关或其上级机关办理。",
        )


def _replace(actor: Actor, library_id: int, begin: datetime) -> None:
    """End a library at the moment at which another one takes its place."""
    held = list(open_at(begin).filter(library_id=library_id).select_related("library"))
    if not held:
        raise Missing("没有这项施行记录，或已终止。")
    for each in held:
        _require_governed(actor, each.library)
        _end(each, begin)


def _require_alone(library: Library, begin: datetime) -> None:
    """Refuse while another library has a duty in force that this one has too."""
    own = list(Duty.objects.filter(library=library))
    rivals = open_at(begin).exclude(library=library).values("library_id")
    others = Duty.objects.filter(library_id__in=rivals)
    upper = others.exclude(relation=Relation.REFINES).filter(
        root_id__in=_roots(each for each in own if each.relation != Relation.REFINES)
    )
    lower = others.filter(
        relation=Relation.REFINES,
        root_id__in=_roots(each for each in own if each.relation == Relation.REFINES),
        library__expression__startswith=f"{work_of(library.expression)}@",
    )
    rival = (upper | lower).select_related("library").first()
    if rival is not None:
        raise Conflict(
            "任务“%(duty)s”已由“%(other)s”第 %(version)s 版施行，同一任务不能由两个文本同时施行。",
            params={
                "duty": rival.title,
                "other": rival.library.expression,
                "version": rival.library.version,
            },
            code="still-in-force",
            clause=rival.urn,
            way_out="请在施行时一并写明由新文本替代旧文本。",
        )


def _roots(duties: Iterable[Duty]) -> list[int]:
    return [each.root_id for each in duties]
