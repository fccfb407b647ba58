"""Changes of the clause tree, the head, the scope and the groups of a compilation."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from tongzhou.base.errors import Refusal
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.modules.compiler.commands.bench import Bench
from tongzhou.modules.compiler.commands.checking import check_groups
from tongzhou.modules.compiler.commands.deciding import EDIT, trimmed
from tongzhou.modules.compiler.contracts import Head
from tongzhou.modules.compiler.rules import editing, journal
from tongzhou.modules.compiler.rules.body import uses_group
from tongzhou.modules.directives.public import DocumentKind
from tongzhou.modules.response.public import list_responses

_LIMITS = {"title": 300, "doc_number": 80, "issuer": 200, "urn": 140, "source_note": 300}
_MOVES = {"in": editing.indent, "out": editing.outdent}


@command(EDIT)
def change_clause(
    *,
    actor: Actor,
    at: datetime,
    compilation_id: int,
    key: int,
    revision: int,
    label: str,
    heading: str,
    kind: str,
    level: int,
    refines: str | None = None,
) -> int:
    """Give a clause another label, heading, kind or level; return the number of the change.

    ``refines``: in a supplement, the address of the upper directive's clause; None leaves it.
    """
    bench = Bench(actor, at, compilation_id)
    bench.clause(key, revision)
    tree = editing.change_clause(
        bench.clauses, key, bench.read, label=label, heading=heading, kind=kind, level=level
    )
    if refines is not None:
        address = refines.strip().removeprefix("#")[:40]
        tree = [replace(each, refines=address) if each.key == key else each for each in tree]
    return bench.save("clause.edit", clauses=tree)


@command(EDIT)
def move_clause(
    *,
    actor: Actor,
    at: datetime,
    compilation_id: int,
    key: int,
    revision: int,
    direction: str,
    idempotency_key: str | None = None,
) -> int:
    """Move a clause one level ``in`` or ``out``, with all below it."""
    move = _MOVES.get(direction)
    if move is None:
        raise Refusal("没有这种移动方式。", code="direction", field="direction")
    bench = Bench(actor, at, compilation_id)
    bench.clause(key, revision)
    return bench.save(f"clause.{direction}", clauses=move(bench.clauses, key))


@command(EDIT)
def split_clause(
    *,
    actor: Actor,
    at: datetime,
    compilation_id: int,
    key: int,
    revision: int,
    place: int,
    idempotency_key: str | None = None,
) -> int:
    """Cut a clause in two at an offset of the source."""
    bench = Bench(actor, at, compilation_id)
    bench.clause(key, revision)
    tree = editing.split_clause(bench.clauses, key, place, bench.new_key(), bench.read)
    return bench.save("clause.split", clauses=tree)


@command(EDIT)
def merge_clause(
    *,
    actor: Actor,
    at: datetime,
    compilation_id: int,
    key: int,
    revision: int,
    idempotency_key: str | None = None,
) -> int:
    """Make a clause part of the text of the one before it."""
    bench = Bench(actor, at, compilation_id)
    bench.clause(key, revision)
    tree = editing.merge_clause(bench.clauses, key, bench.read)
    return bench.save("clause.merge", clauses=tree)


@command(EDIT)
def add_clause(
    *,
    actor: Actor,
    at: datetime,
    compilation_id: int,
    start: int,
    end: int,
    idempotency_key: str | None = None,
) -> int:
    """Make a clause of selected words; return its key."""
    bench = Bench(actor, at, compilation_id)
    first, last = trimmed(bench, start, end)
    keys = bench.new_key(), bench.new_key()
    tree = editing.add_clause(bench.clauses, first, last, keys, bench.read)
    bench.save("clause.add", clauses=tree)
    return keys[0]


@command(EDIT)
def change_head(
    *, actor: Actor, at: datetime, compilation_id: int, revision: int, head: Head
) -> int:
    """Correct what the document says of itself; incomplete is allowed, too long is not."""
    if head.kind not in set(DocumentKind):
        raise Refusal("没有这种文种。", code="head-kind", field="kind")
    for field, limit in _LIMITS.items():
        if len(getattr(head, field)) > limit:
            raise Refusal(
                "最多 %(limit)d 个字，现在有 %(found)d 个。",
                params={"limit": limit, "found": len(getattr(head, field))},
                code="too-long",
                field=field,
            )
    if len(head.recipients) > 200 or any(len(each) > 200 for each in head.recipients):
        raise Refusal("主送机关太多或太长。", code="too-long", field="recipients")
    return _change_head(
        actor, at, compilation_id, revision, "head.edit", **journal.head_content(head)
    )


@command(EDIT)
def change_scope(
    *,
    actor: Actor,
    at: datetime,
    compilation_id: int,
    revision: int,
    region: int,
    by: str,
    response_id: int | None,
    effective_on: date | None,
    expires_on: date | None,
) -> int:
    """Say whose organisations are bound, from when and how long; return the number of the change.

    ``region``: one that the actor governs; ``by``: REGISTRATION or TERRITORY; ``response_id``: the
    response whose phases count; the days are the first and the last that the document names.
    """
    if not actor.governs(region):
        raise Refusal(
            "这个地区不归本机关管辖。",
            code="scope-region",
            field="scope_region",
            way_out="请在本机关管辖的地区里选。",
        )
    if by not in ("REGISTRATION", "TERRITORY"):
        raise Refusal("请选择按登记还是按所在地。", code="scope-by", field="scope_by")
    if response_id is not None and all(each.id != response_id for each in list_responses()):
        raise Refusal("没有这次应急响应。", code="scope-response", field="response_id")
    return _change_head(
        actor,
        at,
        compilation_id,
        revision,
        "scope.edit",
        scope_region=region,
        scope_by=by,
        response_id=response_id,
        effective_on=effective_on.isoformat() if effective_on else None,
        expires_on=expires_on.isoformat() if expires_on else None,
    )


@command(EDIT)
def change_groups(
    *,
    actor: Actor,
    at: datetime,
    compilation_id: int,
    revision: int,
    groups: Mapping[str, Mapping[str, Any]],
) -> int:
    """Replace the groups that the document names, by code; each as in a duty library.

    Raises Refusal for a group that is malformed, or taken away while a duty is for it.
    """
    bench = Bench(actor, at, compilation_id)
    wanted = check_groups(groups)
    for code in bench.row.groups.keys() - wanted.keys():
        used = sum(1 for each in bench.duties if uses_group(each, code))
        if used:
            raise Refusal(
                "还有 %(count)d 项任务由分组“%(code)s”承担，不能删除。",
                params={"count": used, "code": code},
                code="group-used",
                field="groups",
                way_out="请先把那些任务改为由别的组织承担。",
            )
    return _save_head(bench, revision, "groups.edit", groups=wanted)


def _change_head(
    actor: Actor, at: datetime, compilation_id: int, revision: int, action: str, **fields: Any
) -> int:
    return _save_head(Bench(actor, at, compilation_id), revision, action, **fields)


def _save_head(bench: Bench, revision: int, action: str, **fields: Any) -> int:
    held = bench.head()
    wanted = {**held, **fields}
    if wanted == held:
        return 0
    bench.check(journal.HEAD, bench.row.revision, revision)
    return bench.save(action, head=wanted)
