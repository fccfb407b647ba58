"""Give an attribute to many organisations, or end it for them: judged in sets, applied in one go.

A change is prepared first: every chosen organisation gets an item that says what would become of
it. Applying holds the organisations, judges them again and writes; undoing takes back exactly the
rows that were made or ended, unless somebody changed them since.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import audit, jobs
from tongzhou.kernel.access import NATION, Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.database import execute, rows
from tongzhou.kernel.jobs import Reporter
from tongzhou.kernel.models import Progress
from tongzhou.modules.registry.commands.bulk import sql
from tongzhou.modules.registry.commands.masks import bear, refresh_masks
from tongzhou.modules.registry.commands.organisations import today_of
from tongzhou.modules.registry.commands.placements import count_placed, find_placed
from tongzhou.modules.registry.models import BulkChange
from tongzhou.modules.registry.queries.organisations import Filters, filter_organisations
from tongzhou.modules.registry.rules.attributes import attribute_kinds

MAX_CODES = 100_000

_STEM = "registry.organisation.change"


@command(_STEM)
def start_bulk_change(
    *,
    actor: Actor,
    at: datetime,
    action: str,
    attribute: str,
    day: date,
    basis: str,
    filters: Filters | None = None,
    codes: Sequence[str] = (),
    idempotency_key: str | None = None,
) -> str:
    """Keep what shall be changed for whom and return its id; :func:`prepare_bulk_change` judges.

    Either ``filters`` or ``codes`` chooses. Raises Refusal without attribute, basis or choice.
    """
    kind = attribute_kinds().get(attribute)
    if kind is None:
        raise Refusal("请选择属性。", code="no-attribute", field="attribute")
    if action not in BulkChange.Action.values:
        raise Refusal("请选择增加还是终止。", code="no-action", field="action")
    if not basis.strip():
        raise Refusal(
            "请写明依据。",
            code="no-basis",
            field="basis",
            clause=kind.basis,
            way_out="例如认定文件的名称和文号。",
        )
    given = sorted({code.strip().upper() for code in codes if code.strip()})
    if filters is None and not given:
        raise Refusal("请选择组织：按条件，或者粘贴代码。", code="nobody-chosen", field="codes")
    if len(given) > MAX_CODES:
        raise Refusal(
            "一次最多%(limit)d个代码。",
            params={"limit": MAX_CODES},
            code="too-many-codes",
            field="codes",
            way_out="请分几次办理，或者按条件选择。",
        )
    change = BulkChange.objects.create(
        user_id=actor.user_id,
        authority_id=actor.authority_id,
        action=action,
        attribute=attribute,
        day=day,
        basis=basis.strip()[:120],
        chosen={"codes": given} if given else {"filters": asdict(filters or Filters())},
        created_at=at,
    )
    audit.note(target=f"bulk/{change.pk}", action=action, attribute=attribute, day=day)
    return str(change.pk)


@command(_STEM)
def prepare_bulk_change(
    *, actor: Actor, at: datetime, change_id: UUID, still: Callable[[], None] = lambda: None
) -> dict[str, int]:
    """Judge every chosen organisation and return outcome → how many. Changes nothing.

    May be run again until the change is applied. ``still`` is called between the steps; what it
    raises undoes them.
    """
    change = _held(actor, change_id, {"PREPARING", "PREPARED"})
    execute("DELETE FROM registry_bulkitem WHERE change_id = %s", [change.pk])
    chosen = dict(change.chosen)
    codes = chosen.get("codes")
    filters = Filters() if codes else Filters(**chosen["filters"])
    found = filter_organisations(actor, filters).order_by().values("id", "prov", "code")
    chosen_sql, params = found.query.sql_with_params()
    if codes:
        execute(sql.BY_CODE.format(found=chosen_sql), [change.pk, codes, *params])
    else:
        execute(sql.BY_FILTER.format(found=chosen_sql), [change.pk, *params])
    still()
    _judge(change, actor)
    still()
    change.outcomes = _outcomes(change)
    change.state = BulkChange.State.PREPARED
    change.save(update_fields=["outcomes", "state"])
    audit.note(target=f"bulk/{change.pk}", outcomes=change.outcomes)
    return dict(change.outcomes)


@command(_STEM)
def apply_bulk_change(
    *, actor: Actor, at: datetime, change_id: UUID, reporter: Reporter | None = None
) -> int:
    """Carry a prepared change out in one transaction and return how many were changed.

    Organisations that changed since the preview are judged again and left as they are where the
    change no longer fits. Raises Conflict when it is not waiting, Refusal when nobody is left.
    """
    change = _held(actor, change_id, {"PREPARED", "APPLYING"})
    kind = attribute_kinds()[change.attribute]
    params = {
        "change": change.pk,
        "attribute": change.attribute,
        "day": change.day,
        "basis": change.basis,
    }
    _hold(params)
    _judge(change, actor)
    execute(sql.NARROW, params)
    for statement in sql.MAKE if change.action == BulkChange.Action.ADD else sql.FINISH:
        execute(statement, params)
    done = _settle(at, reporter)
    if not done:
        raise Refusal("没有需要变更的组织。", code="nobody-left", way_out="请重新选择。")
    change.outcomes = _outcomes(change)
    change.state, change.applied_at = BulkChange.State.APPLIED, at
    change.save(update_fields=["outcomes", "state", "applied_at"])
    audit.note(
        target=f"bulk/{change.pk}",
        clause=kind.basis,
        action=change.action,
        attribute=change.attribute,
        day=change.day,
        basis=change.basis,
        changed=done,
    )
    return done


@command(_STEM)
def undo_bulk_change(
    *,
    actor: Actor,
    at: datetime,
    change_id: UUID,
    reason: str,
    reporter: Reporter | None = None,
) -> str:
    """Take an applied change back and return the id of the reverse change.

    Rows that were added disappear, rows that were ended get their former last day again; rows that
    somebody touched since stay, and are counted as such. What was reported and counted meanwhile
    stays where it was. Raises Conflict when it was taken back before.
    """
    if not reason.strip():
        raise Refusal("请写明理由。", code="no-reason", field="reason")
    change = _held(actor, change_id, {"APPLIED"})
    if change.undo_of_id or change.undone.exists():
        raise Conflict("这次变更已经撤销过，或者本身就是撤销。", code="undone")
    added = change.action == BulkChange.Action.ADD
    reverse = BulkChange.objects.create(
        user_id=actor.user_id,
        authority_id=actor.authority_id,
        action="END" if added else "ADD",
        attribute=change.attribute,
        day=change.day,
        basis=reason.strip()[:120],
        chosen={"undo": str(change.pk)},
        undo_of=change,
        state=BulkChange.State.APPLIED,
        created_at=at,
        applied_at=at,
    )
    params = {
        "change": reverse.pk,
        "former": change.pk,
        "attribute": change.attribute,
        "day": change.day,
        "added": added,
        "left": None if added else change.day,
        "dependent": _dependent(change.attribute),
    }
    execute(
        "INSERT INTO registry_bulkitem"
        " (prov, change_id, organisation_id, code, outcome, attribute_id, former_to)"
        " SELECT prov, %(change)s, organisation_id, code, 'CHANGE', attribute_id, former_to"
        " FROM registry_bulkitem WHERE change_id = %(former)s AND outcome = 'CHANGE'",
        params,
    )
    _hold(params)
    execute(sql.TOUCHED, params)
    execute(sql.NARROW, params)
    execute(sql.TAKE_BACK if added else sql.REVIVE, params)
    done = _settle(at, reporter)
    reverse.outcomes = _outcomes(reverse)
    reverse.save(update_fields=["outcomes"])
    audit.note(target=f"bulk/{change.pk}", undone=done, reverse=str(reverse.pk), reason=reason)
    return str(reverse.pk)


@command(_STEM)
def discard_bulk_change(*, actor: Actor, at: datetime, change_id: UUID) -> None:
    """Give up a change that was not applied."""
    change = _held(actor, change_id, {"PREPARING", "PREPARED", "REFUSED", "STOPPED"})
    execute("DELETE FROM registry_bulkitem WHERE change_id = %s", [change.pk])
    change.state = BulkChange.State.DISCARDED
    change.save(update_fields=["state"])
    audit.note(target=f"bulk/{change.pk}")


def note_bulk_progress(change_id: UUID, progress: UUID, *, applying: bool | None) -> None:
    """Remember which progress record belongs to a bulk change; None leaves its state."""
    found = BulkChange.objects.filter(pk=change_id)
    if applying is None:
        found.update(progress=progress)
    else:
        state = BulkChange.State.APPLYING if applying else BulkChange.State.PREPARING
        found.update(progress=progress, state=state)


def reopen_bulk_change(change_id: UUID) -> None:
    """Put a change whose job failed into the state from which its owner can go on."""
    with transaction.atomic():
        BulkChange.objects.filter(pk=change_id, state="APPLYING").update(state="PREPARED")


def stop_preparing(record: Progress) -> None:
    """Say of a change that judging it was given up; it can be judged again, or dropped."""
    BulkChange.objects.filter(
        pk=record.args["change_id"], state="PREPARING", progress=record.pk
    ).update(state="STOPPED")


def stop_applying(record: Progress) -> None:
    """Put a change back that waited to be carried out: nothing of it is."""
    BulkChange.objects.filter(
        pk=record.args["change_id"], state="APPLYING", progress=record.pk
    ).update(state="PREPARED")


def prepare_again(*, actor: Actor, at: datetime, record: Progress) -> Progress:
    """Have a change judged once more by a new job. Raises Missing, Conflict once it is over."""
    change = _held(actor, UUID(record.args["change_id"]), {"PREPARING", "PREPARED", "STOPPED"})
    made = jobs.enqueue(
        actor=actor,
        at=at,
        kind=record.kind,
        label=record.label,
        args=record.args,
        back=record.back,
    )
    note_bulk_progress(change.pk, made.pk, applying=False)
    return made


def count_chosen(actor: Actor, filters: Filters | None, codes: Sequence[str]) -> int:
    """Return how many organisations a choice has, to decide whether a job must do the work."""
    return len(codes) if filters is None else filter_organisations(actor, filters).count()


def _held(actor: Actor, change_id: UUID, states: set[str]) -> BulkChange:
    found = BulkChange.objects.select_for_update().filter(pk=change_id)
    if not actor.is_system:
        found = found.filter(authority_id=actor.authority_id)
    change = found.first()
    if change is None:
        raise Missing("没有这次变更。", code="no-bulk-change")
    if change.state not in states:
        raise Conflict("这次变更已经办理过。", code="bulk-over")
    return change


def _dependent(attribute: str) -> list[str]:
    return [code for code, kind in attribute_kinds().items() if attribute in kind.requires]


def _judge(change: BulkChange, actor: Actor) -> None:
    kind = attribute_kinds()[change.attribute]
    low, high = NATION if actor.is_system else (actor.low, actor.high)
    verdict = sql.ADD if change.action == BulkChange.Action.ADD else sql.END
    execute(
        sql.JUDGE.format(verdict=verdict),
        {
            "change": change.pk,
            "low": low,
            "high": high,
            "day": change.day,
            "attribute": change.attribute,
            "forms": [str(form) for form in kind.forms],
            "floor": kind.valid_from,
            "requires": sorted(kind.requires),
            "dependent": _dependent(change.attribute),
        },
    )


def _hold(params: dict[str, Any]) -> None:
    execute("SET LOCAL work_mem = '96MB'")
    execute(sql.TABLE)
    execute("TRUNCATE chosen")
    execute(sql.HOLD, params)


def _settle(at: datetime, reporter: Reporter | None) -> int:
    """Bring the chosen organisations up to date; return how many they are."""
    execute("ANALYZE chosen")
    done = execute(sql.VERSIONS)
    if reporter is not None:
        reporter.advance(done // 2, total=done)
    refresh_masks("chosen", today_of(at))
    bear("chosen", anew=True)
    find_placed()
    count_placed(at=at)
    return done


def _outcomes(change: BulkChange) -> dict[str, int]:
    return dict(
        rows(
            "SELECT outcome, count(*) FROM registry_bulkitem WHERE change_id = %s GROUP BY 1",
            [change.pk],
        )
    )
