"""Read moves to another province: those asked for, and those asked of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from tongzhou.base.errors import Missing
from tongzhou.kernel.access import Actor
from tongzhou.modules.registry.models import Authority, Region, Transfer


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A move to another province as a page shows it."""

    id: UUID
    organisation_id: int
    prov: int
    new_prov: int
    code: str
    name: str
    giver: str
    taker: str
    place: str
    address: str
    reason: str
    answer: str
    state: str
    state_label: str
    requested_at: datetime
    decided_at: datetime | None
    gives: bool
    takes: bool


def list_transfers(actor: Actor, limit: int = 50) -> list[TransferRow]:
    """Return the moves from and to the regions the actor governs, open ones first."""
    found = list(_visible(actor)[:limit])
    return _rows(actor, sorted(found, key=lambda each: each.state != Transfer.State.REQUESTED))


def get_transfer(actor: Actor, transfer_id: UUID) -> TransferRow:
    """Return one move; Missing when neither side is the actor's."""
    found = _visible(actor).filter(pk=transfer_id).first()
    if found is None:
        raise Missing("没有这次迁移。", code="no-transfer")
    return _rows(actor, [found])[0]


def _visible(actor: Actor) -> QuerySet[Transfer]:
    span = (actor.low, actor.high)
    found = Transfer.objects.order_by("-requested_at")
    if actor.is_system:
        return found
    return found.filter(Q(from_region__range=span) | Q(to_region__range=span))


def _rows(actor: Actor, found: list[Transfer]) -> list[TransferRow]:
    ids = {each.from_authority_id for each in found} | {each.to_authority_id for each in found}
    names = dict(Authority.objects.filter(pk__in=ids).values_list("pk", "name"))
    places = dict(
        Region.objects.filter(pk__in={each.located_in for each in found}).values_list("pk", "name")
    )
    return [
        TransferRow(
            id=each.pk,
            organisation_id=each.organisation_id,
            prov=each.prov,
            new_prov=each.new_prov,
            code=each.code,
            name=each.name,
            giver=names.get(each.from_authority_id, ""),
            taker=names.get(each.to_authority_id, ""),
            place=places.get(each.located_in, ""),
            address=each.address,
            reason=each.reason,
            answer=each.answer,
            state=each.state,
            state_label=str(Transfer.State(each.state).label),
            requested_at=each.requested_at,
            decided_at=each.decided_at,
            gives=actor.governs(each.from_region) and actor.authority_id != each.to_authority_id,
            takes=actor.governs(each.to_region),
        )
        for each in found
    ]
