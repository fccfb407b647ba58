"""Move an organisation to the authority of another province: one asks, the other agrees.

``prov`` never changes in a row: the move enters a new row under the new province, ends the old one,
and points the directory of codes at the new. History stays where it was made.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from tongzhou.base.errors import Conflict, Forbidden, Missing, Refusal
from tongzhou.base.identifiers import compact_code
from tongzhou.kernel import audit, events
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.database import execute
from tongzhou.kernel.models import Assignment, Invitation
from tongzhou.modules.registry.commands.organisations import refusal_of, target_of, today_of
from tongzhou.modules.registry.commands.placements import place_bearers
from tongzhou.modules.registry.contracts import AuthorityKind, Level, Status
from tongzhou.modules.registry.models import Authority, CodeEntry, Organisation, Transfer
from tongzhou.modules.registry.queries.references import get_import_references
from tongzhou.modules.registry.rules import cells
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.rules.regions import prov_of

_STEM = "registry.organisation.change"
_LIVING = (Status.ACTIVE, Status.SUSPENDED)

_ROW = """
INSERT INTO registry_organisation (
    id, prov, code, name, pinyin, form, status, established_on, registered_by_id,
    registered_region, located_in_id, supervisor_id, industry_department_id, territory_contact,
    address, attributes, organs, cell_id, version
)
SELECT id, %(new)s, code, name, pinyin, form, status, established_on, %(authority)s, %(region)s,
       %(place)s, %(supervisor)s, NULL, '', %(address)s, attributes, organs, 0, version + 1
FROM registry_organisation WHERE id = %(id)s AND prov = %(old)s
"""

# What holds now or later goes along; what ended stays in the old province.
_ATTRIBUTES = """
INSERT INTO registry_organisationattribute
    (prov, organisation_id, attribute, from_on, to_on, basis)
SELECT %(new)s, organisation_id, attribute, from_on, to_on, basis
FROM registry_organisationattribute
WHERE organisation_id = %(id)s AND prov = %(old)s AND (to_on IS NULL OR to_on >= %(today)s)
"""

_ORGANS = """
INSERT INTO registry_organ (prov, organisation_id, kind, name, person, title, from_on, to_on)
SELECT %(new)s, organisation_id, kind, name, person, title, from_on, to_on
FROM registry_organ
WHERE organisation_id = %(id)s AND prov = %(old)s AND (to_on IS NULL OR to_on >= %(today)s)
"""


@command(_STEM)
def request_transfer(
    *,
    actor: Actor,
    at: datetime,
    code: str,
    located_in: str,
    reason: str,
    address: str = "",
    supervisor: str = "",
    idempotency_key: str | None = None,
) -> str:
    """Ask for an organisation of another province; return the id of the request.

    The actor's authority takes it over once the authority that registered it agrees. ``located_in``
    and ``supervisor`` are written as in a sheet. Raises Refusal with the faults by column, for a
    code of the same province, and Conflict when it is asked for already.
    """
    taker = Authority.objects.filter(
        pk=actor.authority_id or 0, kind=AuthorityKind.REGISTRATION, valid_to__isnull=True
    ).first()
    if taker is None:
        raise Forbidden("只有登记管理机关可以提出迁移。", code="not-registrar")
    held = _find(code)
    new_prov = prov_of(Level(taker.level), taker.region_id)
    if held.prov == new_prov:
        raise Refusal(
            "它已在本省登记，不是跨省迁移。",
            code="same-province",
            field="code",
            way_out="请由它的登记管理机关直接变更“登记管理机关”。",
        )
    if Organisation.objects.filter(id=held.id, prov=new_prov).exists():
        raise Refusal(
            "它曾从本省迁出，本省的历史记录还在，不能再迁回。",
            code="moved-before",
            field="code",
            way_out="请联系系统运维人员。",
        )
    if not reason.strip():
        raise Refusal("请写明理由和依据文书。", code="no-reason", field="reason")
    refs = get_import_references(actor, today_of(at))
    row = cells.Row(1, {c.SUPERVISOR: supervisor.strip()}, [])
    registrar = refs.registrars.get(taker.name)
    place = cells.read_place(row, located_in.strip(), registrar, refs)
    where = cells.read_address(row, address.strip())
    chief = cells.read_principal(row, c.SUPERVISOR, refs.supervisors)
    if place is not None and not actor.governs(place.id):
        row.fault(c.PLACE, "住所不在您机关的范围内。", "请填写迁入以后的住所所在县（区）。")
    if chief is not None and held.attributes & cells.without_supervisor():
        row.fault(c.SUPERVISOR, "直接登记或者已脱钩的组织没有业务主管单位。", "请清空。")
    if row.faults or place is None:
        raise refusal_of(row.faults)
    try:
        with transaction.atomic():
            made = Transfer.objects.create(
                organisation_id=held.id,
                prov=held.prov,
                code=held.code,
                name=held.name,
                from_authority_id=held.registered_by_id,
                from_region=held.registered_region,
                to_authority_id=taker.pk,
                to_region=taker.region_id,
                new_prov=new_prov,
                located_in=place.id,
                address=where,
                supervisor=chief,
                reason=reason.strip()[:200],
                requested_by=actor.user_id,
                requested_at=at,
            )
    except IntegrityError:
        raise Conflict("这个组织的迁移正在办理。", code="transfer-going", field="code") from None
    audit.note(target=f"transfer/{made.pk}", organisation=target_of(held.id, held.prov))
    return str(made.pk)


@command(_STEM)
def withdraw_transfer(*, actor: Actor, at: datetime, transfer_id: UUID) -> None:
    """Take a request back that was not answered yet."""
    transfer = _waiting(transfer_id)
    if not actor.governs(transfer.to_region):
        raise Missing("没有这次迁移。", code="no-transfer")
    _close(transfer, Transfer.State.WITHDRAWN, actor, at)
    audit.note(target=f"transfer/{transfer.pk}", state="WITHDRAWN")


@command(_STEM)
def decline_transfer(*, actor: Actor, at: datetime, transfer_id: UUID, answer: str) -> None:
    """Say no to a request, with a reason."""
    transfer = _waiting(transfer_id)
    _check_giver(actor, transfer)
    if not answer.strip():
        raise Refusal("请写明理由。", code="no-reason", field="answer")
    transfer.answer = answer.strip()[:200]
    _close(transfer, Transfer.State.DECLINED, actor, at)
    audit.note(target=f"transfer/{transfer.pk}", state="DECLINED")


@command(_STEM)
def accept_transfer(*, actor: Actor, at: datetime, transfer_id: UUID, answer: str = "") -> int:
    """Agree to a request: the organisation moves at once; return its new ``prov``.

    One transaction: the new row with its attributes and organs, the old row closed, populations
    and placements of both, the directory of codes, the people who act for it or are invited to,
    and through ``registry.bearer.transferred`` its open reports and exceptions. Raises Conflict
    when it changed its authority or ended since the request.
    """
    transfer = _waiting(transfer_id)
    _check_giver(actor, transfer)
    old = (
        Organisation.objects.select_for_update()
        .filter(id=transfer.organisation_id, prov=transfer.prov)
        .get()
    )
    if old.status not in _LIVING or old.registered_region != transfer.from_region:
        raise Conflict(
            "提出之后，这个组织已经变更登记机关或者终止。",
            code="transfer-stale",
            way_out="请不同意这次迁移，由迁入地重新提出。",
        )
    params = {
        "id": old.id,
        "old": old.prov,
        "new": transfer.new_prov,
        "authority": transfer.to_authority_id,
        "region": transfer.to_region,
        "place": transfer.located_in,
        "supervisor": transfer.supervisor,
        "address": transfer.address,
        "today": today_of(at),
    }
    for statement in (_ROW, _ATTRIBUTES, _ORGANS):
        execute(statement, params)
    old.status = Status.MOVED
    old.version += 1
    old.save(update_fields=["status", "version"])
    CodeEntry.objects.filter(code=old.code).update(prov=transfer.new_prov)
    for people in (Assignment, Invitation):
        people.objects.filter(organisation_id=old.id, prov=old.prov).update(prov=transfer.new_prov)
    place_bearers(at=at, keys=[(old.id, old.prov)])
    place_bearers(at=at, keys=[(old.id, transfer.new_prov)])
    new = Organisation.objects.get(id=old.id, prov=transfer.new_prov)
    events.publish_inside(
        "registry.bearer.transferred",
        organisation=old.id,
        prov=old.prov,
        new_prov=new.prov,
        cell=new.cell_id,
        at=at,
    )
    transfer.answer = answer.strip()[:200]
    _close(transfer, Transfer.State.ACCEPTED, actor, at)
    audit.note(
        target=target_of(new.id, new.prov),
        transfer=str(transfer.pk),
        left=target_of(old.id, old.prov),
    )
    return new.prov


def _find(code: str) -> Organisation:
    entry = CodeEntry.objects.filter(code=compact_code(code.strip())).first()
    held = (
        None
        if entry is None
        else Organisation.objects.social()
        .filter(id=entry.organisation_id, prov=entry.prov, status__in=_LIVING)
        .first()
    )
    if held is None:
        raise Refusal(
            "登记簿中没有这个代码，或者它已终止。",
            code="no-organisation",
            field="code",
            way_out="请对照登记证书核对代码。",
        )
    return held


def _waiting(transfer_id: UUID) -> Transfer:
    transfer = Transfer.objects.select_for_update().filter(pk=transfer_id).first()
    if transfer is None:
        raise Missing("没有这次迁移。", code="no-transfer")
    if transfer.state != Transfer.State.REQUESTED:
        raise Conflict("这次迁移已经答复过。", code="transfer-over")
    return transfer


def _check_giver(actor: Actor, transfer: Transfer) -> None:
    """Let only the authority that registered it decide, or one above it that does not take it."""
    if not actor.governs(transfer.from_region):
        raise Missing("没有这次迁移。", code="no-transfer")
    if actor.authority_id is not None and actor.authority_id == transfer.to_authority_id:
        raise Forbidden(
            "迁移须由迁出地的登记管理机关确认。",
            code="own-transfer",
            way_out="请等候对方答复。",
        )


def _close(transfer: Transfer, state: str, actor: Actor, at: datetime) -> None:
    transfer.state, transfer.decided_by, transfer.decided_at = state, actor.user_id, at
    transfer.save(update_fields=["state", "answer", "decided_by", "decided_at"])
