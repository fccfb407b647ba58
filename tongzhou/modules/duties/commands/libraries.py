"""Load duty libraries: the duties of one text, new or following or refining an earlier one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, cast
from uuid import UUID

from django.db.models import F
from django.utils.translation import get_language

from tongzhou.base.errors import Refusal
from tongzhou.kernel import audit, files
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.database import rows
from tongzhou.modules.duties.commands.applicability import evaluate_all
from tongzhou.modules.duties.commands.summing import bind, sum_missing
from tongzhou.modules.duties.commands.words import fill_words
from tongzhou.modules.duties.contracts import DutyLibrary, DutySpec, Relation
from tongzhou.modules.duties.models import Duty, Library
from tongzhou.modules.duties.queries.force import get_version
from tongzhou.modules.duties.queries.versions import Uppers, follow_by_key
from tongzhou.modules.duties.rules.library import (
    check_quotes,
    digest_of,
    parse_library,
    read_library,
)
from tongzhou.modules.duties.rules.refinement import Ruling, faults_of
from tongzhou.modules.response.public import IN_FORCE, bit

#: Libraries are loaded, put in force and ended one at a time: their duties depend on each other.
LOCK = 31267

_CLAUSES = """
SELECT c.address, c.text FROM directives_clause c
JOIN directives_expression e ON e.id = c.expression_id WHERE e.urn = %s
"""

Lineage = Mapping[str, tuple[int, Relation]]


@dataclass(frozen=True, slots=True)
class Staged:
    """A library that was checked and waits to be confirmed.

    ``lineage`` tells which duty each duty would follow; ``held`` is the id of the same library,
    if it is loaded already.
    """

    file: UUID
    library: DutyLibrary
    lineage: Lineage
    held: int | None


@command("duties.library.load")
def load_library(
    *,
    actor: Actor,
    at: datetime,
    source: str = "",
    body: Mapping[str, Any] | None = None,
    name: str,
    continues: Mapping[str, int] | None = None,
    refines: Mapping[str, int] | None = None,
) -> int:
    """Store a duty library and decide whom each duty binds; return its id.

    The library comes as YAML or JSON text (``source``) or as plain data (``body``). ``continues``
    names the duties, by the ids of their first versions, whose work goes on under a duty of this
    library; ``refines`` those that a supplement makes stricter inside its scope. Without either it
    is what the library itself says, else a duty follows the one with the same id in the latest
    library of the same expression, or of the one that this amends.

    Refuses a library whose directive is not loaded, whose quotes are not in their clauses, that
    loosens what it refines, or a version that exists with other content. The same library twice is
    one.
    """
    library = _read(source, body, name)
    rows("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    held, lineage = _check(library, at, continues, refines)
    if held is not None:
        return held
    stored = _store(at, library, lineage)
    evaluate_all(stored.pk)
    bind(stored.pk)
    sum_missing()
    fill_words(stored.pk)
    audit.note(
        target=f"library/{stored.pk}",
        clause=library.expression,
        duties=len(library.duties),
        followed=len(lineage),
    )
    return stored.pk


@command("duties.library.load")
def stage_library(*, actor: Actor, at: datetime, source: str, name: str) -> Staged:
    """Check a library as if it were loaded, and keep its text until it is confirmed.

    Raises what :func:`load_library` would. Nothing binds anybody yet.
    """
    library = read_library(source, name=name)
    held, lineage = _check(library, at, None, None)
    given = source.encode()
    stored = files.store(
        BytesIO(given),
        name=f"{name}.txt",
        size=len(given),
        actor=actor,
        at=at,
        kinds={"txt"},
    )
    audit.note(target=f"file/{stored.pk}", clause=library.expression)
    return Staged(stored.pk, library, lineage, held)


def _check(
    library: DutyLibrary,
    at: datetime,
    continues: Mapping[str, int] | None,
    refines: Mapping[str, int] | None,
) -> tuple[int | None, Lineage]:
    """Refuse a library that cannot be loaded; return its id if it is loaded already."""
    held = Library.objects.filter(expression=library.expression, version=library.version).first()
    if held is not None:
        return _again(held, library, continues, refines), {}
    clauses = dict(rows(_CLAUSES, [library.expression]))
    if not clauses:
        raise Refusal(
            "还没有装载文件“%(urn)s”，无法核对任务库引用的条款。",
            params={"urn": library.expression},
            code="no-directive",
            way_out="请先装载文件正文，再装载任务库。",
        )
    check_quotes(library, clauses)
    lineage = lineage_of(library, continues, refines)
    require_no_looser(library, lineage, at)
    return None, lineage


def _read(source: str, body: Mapping[str, Any] | None, name: str) -> DutyLibrary:
    if body is None:
        return read_library(source, name=name)
    return parse_library(json.loads(json.dumps(body)), name=name)


def _again(
    held: Library,
    library: DutyLibrary,
    continues: Mapping[str, int] | None,
    refines: Mapping[str, int] | None,
) -> int:
    """Return a library that is held already, if it is the same one."""
    if library.digest not in {held.sha256, digest_of(held.body)}:
        raise Refusal(
            "任务库“%(name)s”第 %(version)s 版已装载过，但内容不同。",
            params={"name": library.expression, "version": library.version},
            code="library-version",
            way_out="修改后的任务库请把 version 加一，作为新版本装载。",
        )
    kept = {
        each.key: (each.root_id, Relation(each.relation))
        for each in Duty.objects.filter(library=held)
        if each.relation != Relation.NEW
    }
    if continues is not None or refines is not None:
        same = kept == lineage_of(library, continues, refines)
    else:
        same = all(kept.get(key) == value for key, value in _told(library).items())
    if not same:
        raise Refusal(
            "任务库“%(name)s”第 %(version)s 版已装载过，但任务的沿用关系不同。",
            params={"name": library.expression, "version": library.version},
            code="library-version",
            way_out="请把 version 加一，作为新版本装载。",
        )
    return held.pk


def lineage_of(
    library: DutyLibrary,
    continues: Mapping[str, int] | None,
    refines: Mapping[str, int] | None,
) -> dict[str, tuple[int, Relation]]:
    """Return which duty each duty of a library follows, and how; new ones are left out.

    Raises Refusal when a duty or what it should follow does not exist, when one is followed twice,
    or when a duty would pass from organisations to authorities.
    """
    if continues is None and refines is None:
        return _declared(library)
    found: dict[str, tuple[int, Relation]] = {}
    for given, relation in ((continues, Relation.CONTINUES), (refines, Relation.REFINES)):
        for key, root in (given or {}).items():
            duty = next((each for each in library.duties if each.id == key), None)
            if duty is None:
                raise Refusal(
                    "任务库里没有任务“%(key)s”，无法沿用或细化。",
                    params={"key": key},
                    code="lineage-key",
                )
            if key in found or root in {each for each, _relation in found.values()}:
                raise Refusal(
                    "任务“%(key)s”与另一项任务沿用或细化了同一项，只能有一项。",
                    params={"key": key},
                    code="lineage-twice",
                )
            _require_root(duty, root)
            found[key] = root, relation
    return found


def _declared(library: DutyLibrary) -> dict[str, tuple[int, Relation]]:
    """Return what a library says its duties follow, else what their ids tell."""
    found = _told(library)
    taken = {root for root, _relation in found.values()}
    return {
        key: (root, relation)
        for key, (root, relation) in follow_by_key(library).items()
        if key not in found and root not in taken
    } | found


def _told(library: DutyLibrary) -> dict[str, tuple[int, Relation]]:
    """Return what a library itself says its duties follow."""
    told = {
        duty.id: (duty.continues or duty.refines, duty.continues != "")
        for duty in library.duties
        if duty.continues or duty.refines
    }
    roots = dict(
        Duty.objects.filter(urn__in=[urn for urn, _ in told.values()])
        .order_by("pk")
        .values_list("urn", "root_id")
    )
    return lineage_of(
        library,
        {key: roots.get(urn, 0) for key, (urn, follows) in told.items() if follows},
        {key: roots.get(urn, 0) for key, (urn, follows) in told.items() if not follows},
    )


def _require_root(duty: DutySpec, root: int) -> None:
    if not Duty.objects.filter(pk=root, root_id=root).exists():
        raise Refusal(
            "任务“%(key)s”要沿用或细化的任务不存在。",
            params={"key": duty.id},
            code="lineage-root",
        )
    if get_version(root).spec.bearer.kind is not duty.bearer.kind:
        raise Refusal(
            "任务“%(key)s”与它要沿用或细化的任务，承担者类别不同（社会组织或登记管理机关）。",
            params={"key": duty.id},
            code="lineage-kind",
            way_out="请作为新任务处理。",
        )


def require_no_looser(library: DutyLibrary, lineage: Lineage, at: datetime) -> None:
    """Refuse a supplement that loosens a must, by every fault it has.

    It is held against the text in force, or the latest one, and against what wider supplements in
    force have made of it.
    """
    language = get_language() or "zh"
    faults: dict[str, str] = {}
    first: tuple[DutySpec, str, str] | None = None
    uppers = Uppers(at)
    for key, (root, relation) in lineage.items():
        if relation is not Relation.REFINES:
            continue
        lower = Ruling(library.duty(key), library.scope, library.groups)
        for upper, ruling in uppers.of(root, library):
            for fault in faults_of(ruling, lower):
                text = fault.text.of(language)
                faults.setdefault(f"{key}.{fault.field}", text)
                first = first or (lower.spec, upper.urn, text)
    if first is not None:
        duty, clause, reason = first
        raise Refusal(
            "任务“%(duty)s”放松了上级文件的要求：%(reason)s。共 %(count)s 处。",
            params={"duty": duty.title.of(language), "reason": reason, "count": len(faults)},
            code="refinement-looser",
            clause=clause,
            faults=faults,
            way_out="各地可进一步补充、细化：对上级的“必须”“不得”可以收紧，不能放松。请修改后再办理。",
        )


def _store(at: datetime, library: DutyLibrary, lineage: Lineage) -> Library:
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
            root_id=lineage[duty.id][0] if duty.id in lineage else 0,
            relation=lineage[duty.id][1] if duty.id in lineage else Relation.NEW,
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
    first = [each.pk for each in made if not each.root_id]
    Duty.objects.filter(pk__in=first).update(root_id=F("pk"))
    return stored
