"""Exceptions that an authority gives of its own motion: to one bearer, or to all of a selection."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import audit, events
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.database import execute
from tongzhou.modules.duties.commands.wishes import (
    check_clause,
    columns_of,
    insert_wish,
    owed_of,
    refuse_twice,
    require_reviewer,
    target_of,
)
from tongzhou.modules.duties.queries.exceptions import CANDIDATES, set_of
from tongzhou.modules.duties.queries.force import DutyRow, get_version
from tongzhou.modules.duties.queries.selection import Selection
from tongzhou.modules.duties.rules.exceptions import (
    Wish,
    check_basis,
    check_wish,
)
from tongzhou.modules.duties.rules.windows import Window
from tongzhou.modules.registry.public import list_bearers

MOST_AT_ONCE = 20_000


@command("duties.exception.grant")
def give_exception(
    *, actor: Actor, at: datetime, organisation_id: int, prov: int, duty_id: int, wish: Wish
) -> dict[str, int]:
    """Grant an exception to one bearer of the authority's own motion; return id and province."""
    found = list_bearers([(organisation_id, prov)], lock=True)
    if not found:
        raise Missing("名册中没有这个主体。")
    bearer = found[0]
    require_reviewer(actor, bearer)
    duty, window = owed_of(bearer, duty_id, wish.first, at)
    refuse_twice(bearer, duty, wish)
    _check_given(wish, duty, window, at)
    made = insert_wish(actor, at, bearer, duty, wish, window, step="grant")
    audit.note(target=target_of(*made), clause=duty.urn, step="grant", kind=wish.kind)
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
            **columns_of(wish, duty, at),
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


def _check_given(wish: Wish, duty: DutyRow, window: Window, at: datetime) -> None:
    check_wish(wish, duty.urn, duty.spec, window.due_at, at)
    check_clause(wish)
    check_basis(wish, duty.urn, duty.spec)
