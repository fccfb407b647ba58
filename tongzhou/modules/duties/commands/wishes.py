"""What asking for an exception and giving one share: who owes, who reviews, the row itself."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from tongzhou.base.errors import Conflict, Forbidden, Missing, Refusal
from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.modules.duties.commands.ledger import OWING
from tongzhou.modules.duties.queries.exceptions import clause_exists
from tongzhou.modules.duties.queries.force import DutyRow, Ground
from tongzhou.modules.duties.queries.owing import duty_for, require_owed
from tongzhou.modules.duties.queries.reviewers import reviewer_of
from tongzhou.modules.duties.rules.exceptions import (
    EndKind,
    Wish,
)
from tongzhou.modules.duties.rules.windows import Window
from tongzhou.modules.duties.workflow import EXCEPTION
from tongzhou.modules.registry.public import BearerRow

LAW = "社会团体登记管理条例 第二十四条"


def owed_of(bearer: BearerRow, duty_id: int, day: date, at: datetime) -> tuple[DutyRow, Window]:
    """Return a duty as it binds a bearer in a period, with its window; refuse what is not owed."""
    duty, owing = duty_for(at, duty_id, bearer, day)
    if bearer.status not in OWING:
        owing = None
    return duty, require_owed(owing, bearer, duty).window


def check_clause(wish: Wish) -> None:
    """Refuse a basis that names a clause that is not there."""
    if wish.basis_urn and not clause_exists(wish.basis_urn):
        raise Refusal(
            "没有“%(urn)s”这一条。",
            params={"urn": wish.basis_urn[:120]},
            field="basis_urn",
            code="no-clause",
            way_out="请在文件阅读页复制条款地址，或者留空、只写依据的文字。",
        )


def refuse_twice(bearer: BearerRow, duty: DutyRow, wish: Wish) -> None:
    """Conflict when one waits, or the same was granted already."""
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


def columns_of(wish: Wish, duty: DutyRow, at: datetime) -> dict[str, Any]:
    """Return the columns of a row that come from the wish itself."""
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


def insert_wish(
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
            **columns_of(wish, duty, at),
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


def require_reviewer(actor: Actor, bearer: BearerRow) -> None:
    """Refuse everybody but the authority that reviews the bearer, and the bearer itself."""
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


def target_of(exception_id: int, prov: int) -> str:
    """Return the name of an exception in the audit trail."""
    return f"exception/{exception_id}/{prov}"
