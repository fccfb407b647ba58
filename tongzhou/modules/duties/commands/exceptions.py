"""Exceptions from duties: asked for by the bearer, decided by the authority that reviews it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tongzhou.base.errors import Forbidden, Missing, Refusal
from tongzhou.base.period import local_day
from tongzhou.kernel import audit, events
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.database import dicts, execute
from tongzhou.modules.duties.commands.wishes import (
    check_clause,
    insert_wish,
    owed_of,
    refuse_twice,
    require_reviewer,
    target_of,
)
from tongzhou.modules.duties.queries.force import DutyRow, get_version
from tongzhou.modules.duties.queries.reviewers import reviewer_of
from tongzhou.modules.duties.queries.tasks import bearer_of, require_reporter
from tongzhou.modules.duties.rules.exceptions import (
    EndKind,
    ExceptionKind,
    Wish,
    check_answer,
    check_basis,
    check_wish,
)
from tongzhou.modules.duties.workflow import EXCEPTION
from tongzhou.modules.registry.public import BearerRow, list_bearers


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
    duty, window = owed_of(bearer, duty_id, wish.first, at)
    require_reporter(actor, duty, bearer.id, bearer.prov)
    if reviewer_of(bearer) is None:
        raise Refusal("没有上级登记管理机关可以批准。", code="no-reviewer", clause=duty.urn)
    refuse_twice(bearer, duty, wish)
    check_wish(wish, duty.urn, duty.spec, window.due_at, at)
    check_clause(wish)
    made = insert_wish(actor, at, bearer, duty, wish, window, step="request")
    audit.note(target=target_of(*made), clause=duty.urn, step="request", kind=wish.kind)
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
    check_clause(wish)
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
    audit.note(target=target_of(exception_id, prov), clause=duty.urn, step="revoke")
    events.publish("duties.exception.decided", id=exception_id, prov=prov, step="revoke")


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
    require_reviewer(actor, bearers[0])
    if held["state"] == "REQUESTED" and held["asked_by"] == actor.user_id and actor.user_id:
        raise Forbidden("不能批准自己提出的申请。", code="own-request")
    return get_version(held["asked_under"])


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
        target=target_of(held["id"], held["prov"]),
        clause=get_version(held["asked_under"]).urn,
        step=step,
    )
    events.publish("duties.exception.decided", id=held["id"], prov=held["prov"], step=step)
