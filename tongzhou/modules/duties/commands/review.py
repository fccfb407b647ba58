"""Review reports: accept, return with reasons, take an acceptance back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from tongzhou.base.errors import Conflict, Forbidden, Missing, Refusal
from tongzhou.kernel import audit, events
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.database import execute
from tongzhou.modules.duties.commands.ledger import (
    Change,
    Key,
    ids_of,
    lock_reports,
    name_of,
    write_journal,
)
from tongzhou.modules.duties.queries.force import get_version
from tongzhou.modules.duties.queries.reviewers import reviewer_of
from tongzhou.modules.duties.workflow import REPORT
from tongzhou.modules.registry.public import BearerRow, list_bearers


@command("duties.report.accept")
def accept_report(*, actor: Actor, at: datetime, key: Key, seen: int | None = None) -> None:
    """Accept a report that is in review; Conflict when somebody else decided it first.

    ``seen`` is the version the reviewer read: Conflict when it was corrected meanwhile.
    """
    _decide(actor=actor, at=at, seen={key: seen}, step="accept", reason="")


@command("duties.report.accept")
def accept_reports(
    *, actor: Actor, at: datetime, keys: Sequence[Key], seen: Mapping[Key, int] | None = None
) -> int:
    """Accept many reports at once, all or nothing; return how many.

    ``seen`` gives the versions the reviewer read, where they matter.
    """
    read = {key: (seen or {}).get(key) for key in keys}
    _decide(actor=actor, at=at, seen=read, step="accept", reason="")
    return len(read)


@command("duties.report.return")
def return_report(
    *, actor: Actor, at: datetime, key: Key, reason: str, seen: int | None = None
) -> None:
    """Return a report for correction; the reason is what the organisation reads."""
    _decide(actor=actor, at=at, seen={key: seen}, step="return", reason=_reason(reason))


@command("duties.report.return")
def return_reports(*, actor: Actor, at: datetime, keys: Sequence[Key], reason: str) -> int:
    """Return many reports with one reason, all or nothing; return how many."""
    _decide(
        actor=actor,
        at=at,
        seen=dict.fromkeys(keys),
        step="return",
        reason=_reason(reason),
    )
    return len(keys)


@command("duties.report.reopen")
def reopen_report(*, actor: Actor, at: datetime, key: Key, reason: str) -> None:
    """Take back an acceptance and return the report, with the reason."""
    _decide(actor=actor, at=at, seen={key: None}, step="reopen", reason=_reason(reason))


def _reason(text: str) -> str:
    reason = text.strip()
    if len(reason) < 2:
        raise Refusal("请写明退回的理由，方便对方补正。", field="reason", code="reason-needed")
    if len(reason) > 500:
        raise Refusal("退回理由最多 500 字。", field="reason", code="reason-long")
    return reason


def _decide(
    *, actor: Actor, at: datetime, seen: Mapping[Key, int | None], step: str, reason: str
) -> None:
    """Take a review step on reports of bearers that the actor's authority registered."""
    ordered = sorted(seen)
    bearers = {
        (each.id, each.prov): each
        for each in list_bearers({(k.organisation_id, k.prov) for k in ordered}, lock=True)
    }
    held = lock_reports(ordered)
    change = Change()
    journal = []
    for key in ordered:
        bearer = bearers.get((key.organisation_id, key.prov))
        before = held.get(key)
        if bearer is None or before is None:
            raise Missing("没有这份报送。")
        _require_reviewer(actor, bearer)
        if before.submitted_by is not None and before.submitted_by == actor.user_id:
            raise Forbidden("不能审核自己提交的报送。", code="own-report")
        if before.state not in REPORT.find(step).sources and before.decider:
            raise Conflict(
                "这份报送已由 %(decider)s 办理为“%(state)s”。",
                params={"decider": before.decider, "state": REPORT.states[before.state]},
                code="decided",
                way_out="请刷新页面查看结果。",
            )
        if seen[key] not in {None, before.version}:
            raise Conflict(
                "这份报送刚刚被对方更正为第 %(version)s 版，您看到的不是最新内容。",
                params={"version": before.version},
                code="corrected",
                way_out="请打开最新内容看过后再办理。",
            )
        state = REPORT.step(before.state, step)
        change.add(key, before.cell_id, before.state, before.late, -1)
        change.add(key, before.cell_id, state, before.late, +1)
        journal.append((key, step, before.state, state, before.version, before.late, reason))
    write_journal(actor, at, journal)
    execute(
        """
        UPDATE duties_report r
        SET state = %s, decided_at = %s, decided_by = %s, decider = %s, reason = %s
        FROM unnest(%s::date[], %s::bigint[], %s::bigint[], %s::smallint[])
             AS k(period, duty, organisation, prov)
        WHERE r.period = k.period AND r.duty_id = k.duty
          AND r.organisation_id = k.organisation AND r.prov = k.prov
        """,
        [
            REPORT.find(step).target,
            at,
            actor.user_id,
            actor.label,
            reason,
            [key.period for key in ordered],
            [key.duty_id for key in ordered],
            [key.organisation_id for key in ordered],
            [key.prov for key in ordered],
        ],
    )
    change.write()
    one = ordered[0] if len(ordered) == 1 else None
    audit.note(
        target=name_of(one) if one else "reports",
        clause=get_version(held[one].made_under).urn if one else "",
        step=step,
        count=len(ordered),
    )
    if one:
        events.publish("duties.report.decided", step=step, **ids_of(one))


def _require_reviewer(actor: Actor, bearer: BearerRow) -> None:
    """Refuse everybody but the authority that decides; nobody reviews themselves."""
    if actor.is_system:
        return
    if actor.organisation_id == bearer.id and actor.prov == bearer.prov:
        raise Forbidden("不能审核本单位自己的报送。", code="own-report")
    if actor.authority_id != reviewer_of(bearer):
        if actor.governs(bearer.registered_region) or actor.governs(bearer.place):
            if bearer.form == "AUTHORITY":
                raise Forbidden("这份报送由它的上级机关审核，您可以查看。", code="other-authority")
            raise Forbidden(
                "这份报送由登记它的机关审核，本机关可以查看，不能代为审核。",
                code="other-authority",
                clause="社会团体登记管理条例 第二十四条",
            )
        raise Missing("没有这份报送。")
