"""The audit trail: one line per command, chained by hash.

A command writes its line in its own transaction; :func:`seal` links committed lines into a chain
soon afterwards, so that writers never wait for each other. :func:`verify` recomputes the chain.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import pghistory
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from tongzhou.kernel.access import Actor
from tongzhou.kernel.models import AuditLine, AuditSeal
from tongzhou.kernel.plans import planned

GENESIS = "0" * 64
_WINDOW = 200_000
_LOCK = 0x7A01

#: Commands whose tables are followed by django-pghistory begin like this.
FOLLOWED = (
    "kernel.",
    "registry.authority.",
    "registry.region.change",
    "response.",
    "duties.library.end",
)

_current: ContextVar[dict[str, Any] | None] = ContextVar("audit_line", default=None)
#: From where the request came, as far as it is kept: address and family of the program.
_origin: ContextVar[tuple[str, str]] = ContextVar("audit_origin", default=("", ""))


@contextmanager
def origin(address: str, agent: str) -> Iterator[None]:
    """Let the lines written inside tell from where they came."""
    token = _origin.set((address, agent))
    try:
        yield
    finally:
        _origin.reset(token)


def address() -> str:
    """Return what is kept of the address that is asking; empty outside a request."""
    return _origin.get()[0]


def note(*, target: str = "", clause: str = "", **facts: Any) -> None:
    """Add what the command acted on to its audit line. Facts hold ids and codes, no personal data.

    Raises RuntimeError outside a command, and once the line is written.
    """
    line = _current.get()
    if line is None or line.get("written"):
        raise RuntimeError("audit.note outside a command, or after its line was written")
    if target:
        line["target"] = target
    if clause:
        line["clause"] = clause
    line["facts"].update(facts)


@contextmanager
def line(
    *, actor: Actor, at: datetime, stem: str, claimed: int | None = None, whole: bool = False
) -> Iterator[dict[str, Any]]:
    """Write one audit line when the block ends well, in the surrounding transaction.

    ``claimed`` is the idempotency key that the command's answer is kept under, ``whole`` tells that
    the transaction is the command's own; both are for :func:`write_with`. Yields the line's fields;
    ``answered`` is among them once the answer was kept.
    """
    fields: dict[str, Any] = {
        "target": "",
        "clause": "",
        "facts": {},
        "actor": actor,
        "at": at,
        "stem": stem,
        "claimed": claimed,
        "whole": whole,
    }
    token = _current.set(fields)
    changes = None
    try:
        if stem.startswith(FOLLOWED):
            with pghistory.context(stem=stem, user=actor.user_id) as context:
                changes = context.id
                yield fields
        else:
            yield fields
    finally:
        _current.reset(token)
    if not fields.get("written"):
        columns = _columns(fields)
        columns["facts"] = json.loads(json.dumps(columns["facts"], cls=DjangoJSONEncoder))
        AuditLine.objects.create(**columns, changes=changes)


def _columns(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a line, but for what django-pghistory kept."""
    actor: Actor = fields["actor"]
    told = _origin.get()
    return {
        "at": fields["at"],
        "user_id": actor.user_id,
        "actor": actor.label[:200],
        "role": str(actor.role),
        "authority_id": actor.authority_id,
        "organisation_id": actor.organisation_id,
        "stem": fields["stem"],
        "target": fields["target"][:200],
        "clause": fields["clause"][:200],
        "facts": fields["facts"],
        "on_behalf_of": actor.on_behalf_of,
        "address": told[0],
        "agent": told[1],
    }


_WITH = """
WITH audited AS (
    INSERT INTO kernel_auditline (at, user_id, actor, role, authority_id, organisation_id, stem,
                                  target, clause, facts, on_behalf_of, address, agent)
    VALUES (%(audit_at)s, %(audit_user_id)s, %(audit_actor)s, %(audit_role)s,
            %(audit_authority_id)s, %(audit_organisation_id)s, %(audit_stem)s, %(audit_target)s,
            %(audit_clause)s, %(audit_facts)s::jsonb, %(audit_on_behalf_of)s, %(audit_address)s,
            %(audit_agent)s)
)
"""
_ANSWERED = """
, answered AS (
    UPDATE kernel_idempotencykey SET result = %(audit_answer)s::jsonb WHERE id = %(audit_claimed)s
)
"""


def write_with(
    sql: str,
    params: dict[str, Any],
    *,
    name: str = "command",
    answer: Any = None,
    last: bool = False,
) -> list[Any]:
    """Run a SELECT that does the command's work, and write its line in the same statement.

    Its plan is kept under ``name`` (:mod:`.plans`). Everything was noted before. ``answer`` is what
    the command will return. ``last``: the command does nothing after this but return, so the
    transaction, if it is the command's own, is committed in the same message; what must undo it has
    to raise in the database. Raises RuntimeError outside a command, and in one whose changes of
    rows are followed, because its line needs their context.
    """
    fields = _current.get()
    if fields is None or fields["stem"].startswith(FOLLOWED):
        raise RuntimeError("audit.write_with outside a command, or in one that is followed")
    columns = _columns(fields)
    columns["facts"] = json.dumps(columns["facts"], ensure_ascii=False, cls=DjangoJSONEncoder)
    given = params | {f"audit_{column}": each for column, each in columns.items()}
    first = _WITH
    if answer is not None and fields["claimed"] is not None:
        first += _ANSWERED
        given |= {"audit_answer": json.dumps(answer), "audit_claimed": fields["claimed"]}
        fields["answered"] = True
    found = planned(first + sql, given, name=name, last=last and bool(fields["whole"]))
    fields["written"] = True
    return found


def digest_of(previous: str, audited: AuditLine) -> str:
    """Return the SHA-256 over the previous digest and every field of the line."""
    body = [
        audited.pk,
        audited.at.astimezone(UTC).isoformat(),
        audited.written_at.astimezone(UTC).isoformat(),
        audited.user_id,
        audited.actor,
        audited.role,
        audited.authority_id,
        audited.organisation_id,
        audited.stem,
        audited.target,
        audited.clause,
        audited.facts,
    ]
    later = [audited.on_behalf_of, audited.address, audited.agent, audited.changes]
    if any(later):  # lines from before these fields keep the digest they have
        body += [*later[:3], str(later[3] or "")]
    text = previous + json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def seal() -> int:
    """Chain all committed lines that are not chained yet; return how many."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        last = AuditSeal.objects.order_by("-id").first()
        previous = last.digest if last else GENESIS
        floor = max(0, (last.line_id if last else 0) - _WINDOW)
        lines = list(
            AuditLine.objects.filter(id__gt=floor)
            .exclude(id__in=AuditSeal.objects.filter(line_id__gt=floor).values("line_id"))
            .order_by("id")[:20_000]
        )
        seals = []
        for audited in lines:
            digest = digest_of(previous, audited)
            seals.append(AuditSeal(line_id=audited.pk, previous=previous, digest=digest))
            previous = digest
        AuditSeal.objects.bulk_create(seals, batch_size=2_000)
    return len(seals)


def verify() -> list[str]:
    """Recompute the chain and return what is wrong with it, one sentence per fault."""
    faults: list[str] = []
    previous = GENESIS
    for start in range(0, (AuditSeal.objects.count() // 5_000 + 1) * 5_000, 5_000):
        seals = list(AuditSeal.objects.order_by("id")[start : start + 5_000])
        lines = AuditLine.objects.in_bulk([each.line_id for each in seals])
        for each in seals:
            if each.previous != previous:
                faults.append(f"审计链在第 {each.line_id} 条之前断开。")  # data: for the console
            audited = lines.get(each.line_id)
            if audited is None:
                faults.append(f"第 {each.line_id} 条审计记录被删除。")  # data: for the console
            elif digest_of(each.previous, audited) != each.digest:
                faults.append(f"第 {each.line_id} 条审计记录被改动。")  # data: for the console
            previous = each.digest
    return faults
