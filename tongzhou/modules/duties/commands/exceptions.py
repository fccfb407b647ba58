"""Exceptions from duties: asked for by the bearer, decided by the authority that reviews it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from tongzhou.base.errors import Conflict, Forbidden, Missing, Refusal
from tongzhou.base.period import local_day
from tongzhou.kernel import audit, events
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.database import dicts, execute, rows
from tongzhou.modules.duties.commands.ledger import OWING
from tongzhou.modules.duties.queries.exceptions import CANDIDATES, clause_exists, set_of
from tongzhou.modules.duties.queries.force import DutyRow, Ground, get_version
from tongzhou.modules.duties.queries.owing import duty_for, require_owed
from tongzhou.modules.duties.queries.reviewers import reviewer_of
from tongzhou.modules.duties.queries.selection import Selection
from tongzhou.modules.duties.queries.tasks import bearer_of, require_reporter
from tongzhou.modules.duties.rules.exceptions import (
    EndKind,
    ExceptionKind,
    Wish,
    check_answer,
    check_basis,
    check_wish,
)
from tongzhou.modules.duties.rules.windows import Window
from tongzhou.modules.duties.workflow import EXCEPTION
from tongzhou.modules.registry.public import BearerRow, list_bearers

LAW = "社会团体登记管理条例 第二十四条"
MOST_AT_ONCE = 20_000


@command("duties.exception.request")
def request_exception(
    *,
    actor: Actor,
    at: datetime,
    duty_id: int,
    wish: Wish,
    idempotency_key: str | None = None,
) -> dict[str, int]:
    """Ask for an exception from a duty of the actor's own bearer; return its id and province.

    Refuses what is not owed, what is another organ's, a second request while one waits, and what
    was granted already.
    """
    bearer = bearer_of(actor)
    bearer = list_bearers([(bearer.id, bearer.prov)], lock=True)[0]
    duty, window = _owed(bearer, duty_id, wish.first, at)
    require_reporter(actor, duty, bearer.id, bearer.prov)
    if reviewer_of(bearer) is None:
        raise Refusal("没有上级登记管理机关可以批准。", code="no-reviewer", clause=duty.urn)
    _refuse_twice(bearer, duty, wish)
    check_wish(wish, duty.urn, duty.spec, window.due_at, at)
    _check_clause(wish)
    made = _insert(actor, at, bearer, duty, wish, window, step="request")
    audit.note(target=_name(*made), clause=duty.urn, step="request", kind=wish.kind)
    events.publish("duties.exception.requested", id=made[0], prov=made[1])
    return {"id": made[0], "prov": made[1]}


@command("duties.exception.withdraw")
def withdraw_exception(*, actor: Actor, at: datetime, exception_id: int, prov: int) -> None:
    """Take back a request that waits."""
    held = _lock(exception_id, prov)
    if (held["organisation_id"], held["prov"]) != (actor.organisation_id, actor.prov):
        raise Missing("没有这项例外。")
    require_reporter(actor, get_version(held["asked_under"]), held["organisation_id"], prov)
    _decide(actor, at, held, "withdraw", "")


@command("duties.exception.grant")
def grant_exception(
    *,
    actor: Actor,
    at: datetime,
    exception_id: int,
    prov: int,
    basis: str = "",
    basis_urn: str = "",
    answer: str = "",
) -> None:
    """Grant what a bearer asked for; ``basis`` replaces what it named as its basis.

    Refuses everybody but the authority that reviews the bearer, and the person who asked.
    """
    held = _lock(exception_id, prov)
    duty = _require_decider(actor, held)
    wish = _wish_of(held, basis.strip() or held["basis"], basis_urn.strip() or held["basis_urn"])
    _check_clause(wish)
    check_basis(wish, duty.urn, duty.spec)
    if wish.until_on is not None and wish.until_on < local_day(at):
        raise Refusal(
            "申请的止期已经过去，不能再同意。",
            code="until-past",
            way_out="请不同意这项申请，或主动给予新的延期。",
        )
    execute(
        "UPDATE duties_exception SET basis = %s, basis_urn = %s WHERE id = %s AND prov = %s",
        [wish.basis, wish.basis_urn, exception_id, prov],
    )
    _decide(actor, at, held, "grant", answer.strip()[:500])


@command("duties.exception.refuse")
def refuse_exception(
    *, actor: Actor, at: datetime, exception_id: int, prov: int, answer: str
) -> None:
    """Refuse what a bearer asked for, with the reason."""
    held = _lock(exception_id, prov)
    _require_decider(actor, held)
    _decide(actor, at, held, "refuse", check_answer(answer))


@command("duties.exception.revoke")
def revoke_exception(
    *, actor: Actor, at: datetime, exception_id: int, prov: int, answer: str
) -> None:
    """Take back an exception in force, with the reason.

    What it waived and had closed stays waived; the rest falls due on the next day at the earliest.
    """
    held = _lock(exception_id, prov)
    duty = _require_decider(actor, held)
    state = EXCEPTION.step(held["state"], "revoke")
    execute(
        """
        UPDATE duties_exception
        SET state = %s, revoked_at = %s, revoked_by = %s, revoker = %s, revoke_reason = %s
        WHERE id = %s AND prov = %s
        """,
        [state, at, actor.user_id, actor.label, check_answer(answer), exception_id, prov],
    )
    audit.note(target=_name(exception_id, prov), clause=duty.urn, step="revoke")
    events.publish("duties.exception.decided", id=exception_id, prov=prov, step="revoke")


@command("duties.exception.grant")
def give_exception(
    *, actor: Actor, at: datetime, organisation_id: int, prov: int, duty_id: int, wish: Wish
) -> dict[str, int]:
    """Grant an exception to one bearer of the authority's own motion; return id and province."""
    found = list_bearers([(organisation_id, prov)], lock=True)
    if not found:
        raise Missing("名册中没有这个主体。")
    bearer = found[0]
    _require_reviewer(actor, bearer)
    duty, window = _owed(bearer, duty_id, wish.first, at)
    _refuse_twice(bearer, duty, wish)
    _check_given(wish, duty, window, at)
    made = _insert(actor, at, bearer, duty, wish, window, step="grant")
    audit.note(target=_name(*made), clause=duty.urn, step="grant", kind=wish.kind)
    events.publish("duties.exception.decided", id=made[0], prov=made[1], step="grant")
    return {"id": made[0], "prov": made[1]}


@command("duties.exception.grant")
def give_exceptions(
    *,
    actor: Actor,
    at: datetime,
    selection: Selection,
    wish: Wish,
    expected: int,
    code: str = "",
) -> int:
    """Grant an exception to all bearers of a selection, in one statement; return how many.

    ``selection`` is about one duty and names the period in ``day``. Only bearers that the actor's
    authority registered are taken, and of these those who have no such exception yet. ``expected``
    is the number on the preview: Conflict when it changed meanwhile. ``code`` keeps one of them.
    """
    held = set_of(actor, selection, wish.kind, code)
    if held is None:
        raise Refusal("这个范围内没有人承担这项任务。", code="nobody")
    duty = check_giving(selection, wish, held.windows, at)
    if expected > MOST_AT_ONCE:
        raise Refusal(
            "一次最多 %(most)s 家。人人都免，应当修改文件，而不是逐家例外。",
            params={"most": MOST_AT_ONCE},
            code="too-many",
        )
    batch = uuid4()
    written = execute(
        f"""
        INSERT INTO duties_exception
               (prov, duty_id, organisation_id, asked_under, kind, first_period, last_period,
                end_kind, until_on, response_id, response_place, offset_months, offset_days,
                basis, basis_urn, reason, origin, batch, state, asked_at, asked_by, asker,
                decided_at, decided_by, decider, answer, revoker, revoke_reason)
        {held.sql.format(columns=CANDIDATES)}
        """,
        {
            **held.params,
            **_columns(wish, duty, at),
            "batch": batch,
            "user": actor.user_id,
            "actor": actor.label,
        },
    )
    if written != expected:
        raise Conflict(
            "名单刚刚有变化：预览是 %(expected)s 家，现在是 %(found)s 家。",
            params={"expected": expected, "found": written},
            code="changed",
            way_out="请重新预览后再确认。",
        )
    audit.note(
        target=f"exceptions/{batch}", clause=duty.urn, step="grant", kind=wish.kind, count=written
    )
    return written


def check_giving(
    selection: Selection, wish: Wish, windows: Sequence[Window], at: datetime
) -> DutyRow:
    """Return the duty of a selection; refuse an exception that makes no sense for it."""
    duty = get_version(windows[0].version_id)
    for window in windows:
        _check_given(wish, duty, window, at)
    return duty


def _owed(bearer: BearerRow, duty_id: int, day: date, at: datetime) -> tuple[DutyRow, Window]:
    duty, owing = duty_for(at, duty_id, bearer, day)
    if bearer.status not in OWING:
        owing = None
    return duty, require_owed(owing, bearer, duty).window


def _check_given(wish: Wish, duty: DutyRow, window: Window, at: datetime) -> None:
    check_wish(wish, duty.urn, duty.spec, window.due_at, at)
    _check_clause(wish)
    check_basis(wish, duty.urn, duty.spec)


def _check_clause(wish: Wish) -> None:
    if wish.basis_urn and not clause_exists(wish.basis_urn):
        raise Refusal(
            "没有“%(urn)s”这一条。",
            params={"urn": wish.basis_urn[:120]},
            field="basis_urn",
            code="no-clause",
            way_out="请在文件阅读页复制条款地址，或者留空、只写依据的文字。",
        )


def _refuse_twice(bearer: BearerRow, duty: DutyRow, wish: Wish) -> None:
    found = rows(
        """
        SELECT state FROM duties_exception
        WHERE duty_id = %s AND organisation_id = %s AND prov = %s
          AND (state = 'REQUESTED' OR state = 'GRANTED' AND kind = %s AND first_period <= %s
               AND (last_period IS NULL OR last_period >= %s)
               AND (until_on IS NULL OR kind = 'WAIVER' AND until_on >= %s OR until_on >= %s))
        ORDER BY state LIMIT 1
        """,
        [
            duty.id,
            bearer.id,
            bearer.prov,
            wish.kind,
            wish.first,
            wish.first,
            wish.first,
            wish.until_on or date.max,
        ],
    )
    if found:
        waits = found[0][0] == "REQUESTED"
        raise Conflict(
            "这项任务已有一项申请在等待办理。" if waits else "这一期已经有同样的例外。",
            code="waiting" if waits else "granted",
            way_out="请在“例外”中查看。",
        )


def _columns(wish: Wish, duty: DutyRow, at: datetime) -> dict[str, Any]:
    event = wish.end is EndKind.EVENT
    term = Ground(at).lineages[duty.id].upper(at) if event else None
    return {
        "at": at,
        "duty": duty.id,
        "version": duty.version_id,
        "kind": wish.kind.value,
        "first": wish.first,
        "last": wish.first if wish.only else None,
        "only": wish.only,
        "end": wish.end.value,
        "until": wish.until_on if wish.end is EndKind.DATE else None,
        "response": term.response_id if term else None,
        "months": wish.months if event else 0,
        "days": wish.days if event else 0,
        "basis": wish.basis.strip(),
        "urn": wish.basis_urn.strip(),
        "reason": wish.reason.strip(),
    }


_ONE = """
INSERT INTO duties_exception
       (prov, duty_id, organisation_id, asked_under, kind, first_period, last_period, end_kind,
        until_on, response_id, response_place, offset_months, offset_days, basis, basis_urn,
        reason, origin, state, asked_at, asked_by, asker, decided_at, decided_by, decider, answer,
        revoker, revoke_reason)
VALUES (%(prov)s, %(duty)s, %(organisation)s, %(version)s, %(kind)s, %(first)s, %(last)s, %(end)s,
        %(until)s, %(response)s, %(place)s, %(months)s, %(days)s, %(basis)s, %(urn)s, %(reason)s,
        %(origin)s, %(state)s, %(at)s, %(user)s, %(actor)s, %(decided)s, %(decider_id)s,
        %(decider)s, '', '', '')
ON CONFLICT DO NOTHING
RETURNING id, prov
"""


def _insert(
    actor: Actor,
    at: datetime,
    bearer: BearerRow,
    duty: DutyRow,
    wish: Wish,
    window: Window,
    *,
    step: str,
) -> tuple[int, int]:
    """Write one exception; a one-off duty has no other period, so it is about that one."""
    if window.period.closes_at is None:
        wish = replace(wish, only=True)
    granted = step == "grant"
    made = rows(
        _ONE,
        {
            **_columns(wish, duty, at),
            "prov": bearer.prov,
            "organisation": bearer.id,
            "place": bearer.place if wish.end is EndKind.EVENT else None,
            "origin": "MOTION" if granted else "REQUEST",
            "state": EXCEPTION.step("", step),
            "user": actor.user_id,
            "actor": actor.label,
            "decided": at if granted else None,
            "decider_id": actor.user_id if granted else None,
            "decider": actor.label if granted else "",
        },
    )
    if not made:
        raise Conflict(
            "这项任务已有一项申请在等待办理。", code="waiting", way_out="请在“例外”中查看。"
        )
    return made[0][0], made[0][1]


_LOCK = """
SELECT id, prov, duty_id, organisation_id, asked_under, kind, first_period, last_period, end_kind,
       until_on, offset_months, offset_days, basis, basis_urn, reason, state, asked_by
FROM duties_exception WHERE id = %s AND prov = %s FOR UPDATE
"""


def _lock(exception_id: int, prov: int) -> dict[str, Any]:
    known = exception_id < 2**63 and prov < 2**15
    found = dicts(_LOCK, [exception_id, prov]) if known else []
    if not found:
        raise Missing("没有这项例外。")
    return found[0]


def _wish_of(held: Mapping[str, Any], basis: str, basis_urn: str) -> Wish:
    return Wish(
        kind=ExceptionKind(held["kind"]),
        first=held["first_period"],
        only=held["last_period"] == held["first_period"],
        end=EndKind(held["end_kind"]),
        reason=held["reason"],
        until_on=held["until_on"],
        months=held["offset_months"],
        days=held["offset_days"],
        basis=basis,
        basis_urn=basis_urn,
    )


def _require_decider(actor: Actor, held: Mapping[str, Any]) -> DutyRow:
    """Refuse everybody but the authority that decides, and whoever asked."""
    bearers: Sequence[BearerRow] = list_bearers(
        [(held["organisation_id"], held["prov"])], lock=True
    )
    if not bearers:
        raise Missing("没有这项例外。")
    _require_reviewer(actor, bearers[0])
    if held["state"] == "REQUESTED" and held["asked_by"] == actor.user_id and actor.user_id:
        raise Forbidden("不能批准自己提出的申请。", code="own-request")
    return get_version(held["asked_under"])


def _require_reviewer(actor: Actor, bearer: BearerRow) -> None:
    if actor.is_system:
        return
    if (actor.organisation_id, actor.prov) == (bearer.id, bearer.prov):
        raise Forbidden("不能批准本单位自己的例外。", code="own-exception")
    if actor.authority_id != reviewer_of(bearer):
        if actor.governs(bearer.registered_region) or actor.governs(bearer.place):
            raise Forbidden(
                "例外由审核它报送的登记管理机关批准，本机关可以查看。",
                code="other-authority",
                clause=LAW,
            )
        raise Missing("没有这项例外。")


def _decide(actor: Actor, at: datetime, held: Mapping[str, Any], step: str, answer: str) -> None:
    state = EXCEPTION.step(held["state"], step)
    execute(
        """
        UPDATE duties_exception
        SET state = %s, decided_at = %s, decided_by = %s, decider = %s, answer = %s
        WHERE id = %s AND prov = %s
        """,
        [state, at, actor.user_id, actor.label, answer, held["id"], held["prov"]],
    )
    audit.note(
        target=_name(held["id"], held["prov"]),
        clause=get_version(held["asked_under"]).urn,
        step=step,
    )
    events.publish("duties.exception.decided", id=held["id"], prov=held["prov"], step=step)


def _name(exception_id: int, prov: int) -> str:
    return f"exception/{exception_id}/{prov}"
