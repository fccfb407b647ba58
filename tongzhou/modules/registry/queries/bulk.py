"""Read bulk changes of attributes: what was chosen, what would become of whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from tongzhou.base.errors import Missing
from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.kernel.models import Progress
from tongzhou.modules.registry.models import BulkChange
from tongzhou.modules.registry.queries.wording import spoken

#: Why an organisation is left as it is; in the order in which the judgement asks.
REASONS = {
    "UNKNOWN": "登记簿中没有这个代码，或者不在您的范围内",
    "ENDED": "已注销或者撤销登记",
    "FOREIGN": "由别的机关登记",
    "FORM": "登记形式不适用这个属性",
    "EARLY": "早于成立日期或者有关法律的施行日期",
    "HELD": "这段时间已经有这个属性",
    "NEEDS": "没有须先具备的属性",
    "LACKING": "那一天没有这个属性",
    "NEEDED": "另有属性以它为前提",
    "TOUCHED": "此后已另行变更",
}

_SAMPLE = """
SELECT i.organisation_id, i.prov, i.code, coalesce(o.name, ''), i.outcome
FROM registry_bulkitem i
LEFT JOIN registry_organisation o ON o.id = i.organisation_id AND o.prov = i.prov
WHERE i.change_id = %s AND i.outcome {which} 'CHANGE' ORDER BY i.id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class BulkRow:
    """A bulk change."""

    id: UUID
    action: str
    attribute: str
    day: date
    basis: str
    state: str
    state_label: str
    chosen: dict[str, Any]
    outcomes: dict[str, int]
    created_at: datetime
    applied_at: datetime | None
    undo_of: UUID | None
    undone: bool
    progress: Any

    @property
    def count(self) -> int:
        """Return how many organisations are changed."""
        return self.outcomes.get("CHANGE", 0)

    @property
    def left(self) -> list[tuple[str, int]]:
        """Return why the others are left as they are, and how many."""
        return [(why, self.outcomes[why]) for why in REASONS if self.outcomes.get(why)]


@dataclass(frozen=True, slots=True)
class BulkItemRow:
    """One organisation of a bulk change."""

    id: int | None
    prov: int
    code: str
    name: str
    outcome: str


def list_bulk_changes(actor: Actor, limit: int = 20) -> list[BulkRow]:
    """Return the latest bulk changes of the actor's authority."""
    return [_row(each) for each in _mine(actor).order_by("-created_at")[:limit]]


def get_bulk_change(actor: Actor, change_id: UUID) -> BulkRow:
    """Return one bulk change with its job; Missing if it is not the authority's."""
    change = _mine(actor).filter(pk=change_id).first()
    if change is None:
        raise Missing("没有这次变更。", code="no-bulk-change")
    return _row(change)


def list_bulk_items(change: BulkRow, *, changed: bool, limit: int = 20) -> list[BulkItemRow]:
    """Return the first organisations that are changed, or that are left as they are."""
    sql = _SAMPLE.format(which="=" if changed else "<>")
    return [BulkItemRow(*row) for row in rows(sql, [change.id, limit])]


def _mine(actor: Actor) -> QuerySet[BulkChange]:
    found = BulkChange.objects.all()
    return found if actor.is_system else found.filter(authority_id=actor.authority_id)


def _row(change: BulkChange) -> BulkRow:
    progress = Progress.objects.filter(pk=change.progress).first() if change.progress else None
    return BulkRow(
        id=change.pk,
        action=change.action,
        attribute=spoken("attribute")[change.attribute],
        day=change.day,
        basis=change.basis,
        state=change.state,
        state_label=str(BulkChange.State(change.state).label),
        chosen=change.chosen,
        outcomes=change.outcomes,
        created_at=change.created_at,
        applied_at=change.applied_at,
        undo_of=change.undo_of_id,
        undone=change.undone.exists(),
        progress=progress,
    )
