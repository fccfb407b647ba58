"""Load duty libraries and put them in force."""

from datetime import datetime
from typing import Any, cast

from django.db.models import F

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import audit
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.database import rows
from tongzhou.modules.duties.commands.applicability import evaluate_library
from tongzhou.modules.duties.models import Duty, Enforcement, Library
from tongzhou.modules.duties.rules.library import check_quotes, read_library
from tongzhou.modules.registry.public import list_profiles, span
from tongzhou.modules.response.public import IN_FORCE, bit, list_responses

_CLAUSES = """
SELECT c.address, c.text FROM directives_clause c
JOIN directives_expression e ON e.id = c.expression_id WHERE e.urn = %s
"""


@command("duties.library.load")
def load_library(*, actor: Actor, at: datetime, source: str, name: str) -> int:
    """Store a duty library from its YAML text and decide whom each duty binds; return its id.

    Refuses a library whose directive is not loaded, whose quotes are not in their clauses, or a
    version that exists with other content. The same library twice is one.
    """
    library = read_library(source, name=name)
    held = Library.objects.filter(expression=library.expression, version=library.version).first()
    if held is not None:
        if held.sha256 != library.digest:
            raise Refusal(
                "任务库“%(name)s”第 %(version)s 版已装载过，但内容不同。",
                params={"name": library.expression, "version": library.version},
                code="library-version",
                way_out="修改后的任务库请把 version 加一，作为新版本装载。",
            )
        return held.pk
    clauses = dict(rows(_CLAUSES, [library.expression]))
    if not clauses:
        raise Refusal(
            "还没有装载文件“%(urn)s”，无法核对任务库引用的条款。",
            params={"urn": library.expression},
            code="no-directive",
            way_out="请先装载文件正文，再装载任务库。",
        )
    check_quotes(library, clauses)
    stored = Library.objects.create(
        expression=library.expression,
        version=library.version,
        sha256=library.digest,
        scope_region=library.scope.region,
        scope_by=library.scope.by,
        groups={code: {"zh": g.label.zh, "en": g.label.en} for code, g in library.groups.items()},
        body=library.body,
        loaded_at=at,
    )
    body = cast("dict[str, Any]", library.body)
    declared = {each["id"]: each for each in body["duties"]}
    bits = {str(phase): bit(phase) for phase in IN_FORCE}
    made = Duty.objects.bulk_create(
        Duty(
            library=stored,
            root_id=0,
            urn=duty.urn,
            key=duty.id,
            position=position,
            clause=duty.clause,
            title=duty.title.zh,
            title_en=duty.title.en,
            strength=duty.strength,
            bearer_kind=duty.bearer.kind,
            organ=duty.bearer.organ or "",
            phases=sum(bits[phase] for phase in duty.phases),
            recurrence=duty.recurrence,
            evidence_kind=duty.evidence.kind,
            minutes=duty.minutes,
            spec=declared[duty.id],
        )
        for position, duty in enumerate(library.duties)
    )
    Duty.objects.filter(pk__in=[each.pk for each in made]).update(root_id=F("pk"))
    evaluate_library(stored.pk, list_profiles())
    audit.note(target=f"library/{stored.pk}", clause=library.expression, duties=len(library.duties))
    return stored.pk


@command("duties.library.enforce")
def enforce_library(
    *, actor: Actor, at: datetime, library_id: int, response_id: int, decided_by: str
) -> int:
    """Put a library in force under a response from ``at`` on; return the enforcement's id.

    Refuses when the actor does not govern the library's scope, or when it is in force already.
    """
    library = Library.objects.filter(pk=library_id).first()
    if library is None:
        raise Missing("没有这个任务库。")
    if response_id not in {each.id for each in list_responses()}:
        raise Missing("没有这个应急响应。")
    low, high = span(library.scope_region)
    if not (actor.governs(low) and actor.governs(high)):
        raise Refusal(
            "这份文件的适用范围超出本机关的管辖区域，不能由本机关决定施行。",
            code="outside-scope",
            clause=library.expression,
            way_out="请由发文机关或其上级机关办理。",
        )
    if Enforcement.objects.filter(library=library, to_at__isnull=True).exists():
        raise Conflict("这个任务库已在施行中。", code="in-force", clause=library.expression)
    made = Enforcement.objects.create(
        library=library,
        response_id=response_id,
        from_at=at,
        decided_by=decided_by,
        authority_id=actor.authority_id,
    )
    audit.note(target=f"enforcement/{made.pk}", clause=library.expression, response=response_id)
    return made.pk


@command("duties.library.end")
def end_enforcement(*, actor: Actor, at: datetime, enforcement_id: int) -> None:
    """End a library's enforcement at ``at``; what was reported stays."""
    held = (
        Enforcement.objects.select_for_update()
        .filter(pk=enforcement_id, to_at__isnull=True)
        .first()
    )
    if held is None:
        raise Missing("没有这项施行记录，或已终止。")
    low, high = span(held.library.scope_region)
    if not (actor.governs(low) and actor.governs(high)):
        raise Refusal("这份文件的适用范围超出本机关的管辖区域。", code="outside-scope")
    held.to_at = at
    held.save(update_fields=["to_at"])
    audit.note(target=f"enforcement/{held.pk}", clause=held.library.expression)
