"""Register single organisations and change what the registry holds of them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime

from django.utils.translation import gettext

from tongzhou.base.errors import Conflict, Forbidden, Missing, Refusal
from tongzhou.kernel import audit, clock, events
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.modules.registry.commands.placements import place_bearers
from tongzhou.modules.registry.commands.writing import list_staged, stage_rows, write_staged
from tongzhou.modules.registry.contracts import (
    ImportedOrganisation,
    OrganKind,
    RowFault,
    Status,
)
from tongzhou.modules.registry.models import Authority, Organ, Organisation
from tongzhou.modules.registry.queries.references import get_import_references, list_known_codes
from tongzhou.modules.registry.queries.wording import spoken
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.rules import imports
from tongzhou.modules.registry.rules.attributes import attributes_of, organ_mask
from tongzhou.modules.registry.rules.names import pinyin_key

#: Facts that a change may touch → the column whose rule checks them.
CHANGEABLE: Mapping[str, str] = {
    "name": c.NAME,
    "registered_by": c.REGISTRAR,
    "located_in": c.PLACE,
    "address": c.ADDRESS,
    "supervisor": c.SUPERVISOR,
    "industry_department": c.INDUSTRY,
    "territory_contact": c.TERRITORY,
    "established_on": c.ESTABLISHED,
}


def target_of(organisation_id: int, prov: int) -> str:
    """Return how audit lines name an organisation."""
    return f"organisation/{prov}/{organisation_id}"


def today_of(at: datetime) -> date:
    """Return the day in China on which ``at`` falls."""
    return at.astimezone(clock.PLACE).date()


def lock_organisation(actor: Actor, organisation_id: int, prov: int) -> Organisation:
    """Return the row, held for writing.

    Missing if the actor may not see it, Forbidden if the authority that registered it is not the
    actor's or below it.
    """
    found = (
        Organisation.objects.select_for_update()
        .social()
        .visible_to(actor)
        .filter(id=organisation_id, prov=prov)
        .first()
    )
    if found is None:
        raise Missing("没有这个组织，或者不在您的范围内。", code="no-organisation")
    if not actor.governs(found.registered_region):
        raise Forbidden(
            "这个组织由别的机关登记，不能在这里变更。",
            code="not-registrar",
            clause="《社会团体登记管理条例》第六条",
            way_out="请通知它的登记管理机关办理。",
        )
    if found.status == Status.MOVED:
        raise Conflict(
            "这个组织已迁往外省，这里只留历史。",
            code="moved-away",
            way_out="请由迁入地的登记管理机关办理。",
        )
    return found


def refusal_of(faults: list[RowFault]) -> Refusal:
    """Return one Refusal that carries a message per column."""
    return Refusal(
        "有%(count)s处需要改正。",
        params={"count": len(faults)},
        code="faulty-fields",
        faults={fault.column: fault.text(gettext) for fault in reversed(faults)},
    )


@command("registry.organisation.register")
def register_organisation(
    *,
    actor: Actor,
    at: datetime,
    facts: Mapping[str, str],
    idempotency_key: str | None = None,
) -> list[int]:
    """Enter one organisation and return its [id, prov].

    ``facts`` has the columns of the import, so a form and a sheet obey the same rules. Raises
    Refusal with the faults by column.
    """
    refs = get_import_references(actor, today_of(at))
    verdict = imports.check_row(1, facts, refs)
    if isinstance(verdict, list):
        raise refusal_of(verdict)
    if verdict.code and list_known_codes([verdict.code]):
        raise refusal_of([imports.known_fault(1, facts)])
    batch = uuid.uuid4()
    stage_rows(batch, [verdict])
    [(organisation_id, prov)] = list_staged(batch)
    write_staged(batch, at=at)
    audit.note(target=target_of(organisation_id, prov), form=verdict.form)
    events.publish("registry.organisation.registered", organisation_id=organisation_id, prov=prov)
    return [organisation_id, prov]


@command("registry.organisation.change")
def change_organisation(
    *,
    actor: Actor,
    at: datetime,
    organisation_id: int,
    prov: int,
    version: int,
    changes: Mapping[str, str],
    idempotency_key: str | None = None,
) -> int:
    """Change facts of an organisation (keys of CHANGEABLE) and return its new version.

    Values are written as in a sheet: names of authorities, codes of regions. Raises Conflict when
    somebody changed it since ``version``, Refusal with the faults by column, and Refusal for a
    registrar in another province, which is a transfer.
    """
    held = lock_organisation(actor, organisation_id, prov)
    if held.version != version:
        raise Conflict(
            "您打开之后，这个组织的资料已被他人修改。",
            code="changed-meanwhile",
            way_out="请刷新页面，核对后再改。",
        )
    unknown = set(changes) - set(CHANGEABLE)
    if unknown:
        raise ValueError(f"not changeable: {sorted(unknown)}")
    row = _row_of(held)
    row.update({CHANGEABLE[key]: value for key, value in changes.items()})
    refs = get_import_references(actor, today_of(at))
    verdict = imports.check_row(1, row, refs)
    if isinstance(verdict, list):
        wrong = [fault for fault in verdict if fault.column in CHANGEABLE.values()]
        raise refusal_of(wrong or verdict)
    if verdict.prov != prov:
        raise Refusal(
            "新的登记管理机关在另一个省，应办理迁移，不能在这里变更。",
            code="other-province",
            field="registered_by",
            way_out="请由迁入地的登记管理机关在“跨省迁移”中提出，迁出地确认。",
        )
    before = {key: str(getattr(held, _FIELD.get(key, key)) or "") for key in changes}
    _assign(held, verdict)
    held.version += 1
    held.save()
    after = {key: str(getattr(held, _FIELD.get(key, key)) or "") for key in changes}
    place_bearers(at=at, keys=[(organisation_id, prov)])
    audit.note(
        target=target_of(organisation_id, prov),
        changed={
            key: [before[key], after[key]]
            for key in changes
            if before[key] != after[key] and key not in _PERSONAL
        },
        touched=sorted(key for key in changes if before[key] != after[key]),
    )
    events.publish("registry.organisation.changed", organisation_id=organisation_id, prov=prov)
    return held.version


@command("registry.organisation.change")
def set_status(
    *,
    actor: Actor,
    at: datetime,
    organisation_id: int,
    prov: int,
    status: Status,
    reason: str,
    idempotency_key: str | None = None,
) -> int:
    """Suspend, revive, deregister or revoke an organisation and return its new version.

    Deregistered and revoked organisations owe nothing any more and cannot come back.
    """
    held = lock_organisation(actor, organisation_id, prov)
    if status is Status.MOVED:
        raise Refusal(
            "迁往外省不是变更状态。",
            code="no-transfer",
            field="status",
            way_out="请由迁入地的登记管理机关在“跨省迁移”中提出。",
        )
    if held.status in {Status.DISSOLVED, Status.REVOKED}:
        raise Conflict(
            "该组织%(status)s，不能再变更。",
            params={"status": spoken("status")[held.status]},
            code="ended",
        )
    if held.status == status:
        raise Refusal("现在已经是这个状态。", code="same-status", field="status")
    if not reason.strip():
        raise Refusal(
            "请写明理由和依据文书。",
            code="no-reason",
            field="reason",
            way_out="例如注销决定的文号。",
        )
    before, held.status = held.status, str(status)
    held.version += 1
    held.save(update_fields=["status", "version"])
    place_bearers(at=at, keys=[(organisation_id, prov)])
    audit.note(
        target=target_of(organisation_id, prov),
        status=[before, str(status)],
        reason=reason.strip()[:200],
    )
    events.publish("registry.organisation.changed", organisation_id=organisation_id, prov=prov)
    return held.version


_FIELD = {
    "registered_by": "registered_by_id",
    "located_in": "located_in_id",
    "supervisor": "supervisor_id",
    "industry_department": "industry_department_id",
}
#: Facts that may name a person; the audit line says that they changed, not what they say.
_PERSONAL = frozenset({"territory_contact", "address"})


def _row_of(held: Organisation) -> dict[str, str]:
    """Return an organisation as the row of a sheet, without what is kept elsewhere."""
    links = (held.registered_by_id, held.supervisor_id, held.industry_department_id)
    ids = [link for link in links if link is not None]
    names = dict(Authority.objects.filter(pk__in=ids).values_list("pk", "name"))
    internal = held.code.startswith("B")
    return {
        c.CODE: "" if internal else held.code,
        c.NUMBER: held.code if internal else "",
        c.NAME: held.name,
        c.FORM: held.form,
        c.REGISTRAR: names[held.registered_by_id],
        c.REGISTRAR_CHANGED: "是",  # the code was checked when it was entered and stays for life
        c.PLACE: f"{held.located_in_id:06d}",
        c.ADDRESS: held.address,
        c.ESTABLISHED: held.established_on.isoformat() if held.established_on else "",
        c.ATTRIBUTES: "、".join(sorted(attributes_of(held.attributes))),
        c.SUPERVISOR: names.get(held.supervisor_id, "") if held.supervisor_id else "",
        c.INDUSTRY: names.get(held.industry_department_id, "")
        if held.industry_department_id
        else "",
        c.TERRITORY: held.territory_contact,
        c.LEGAL_REP: "在册",  # data
        c.PARTY_ORG: "否",
        c.BOARD: "否",
    }


def _assign(held: Organisation, verdict: ImportedOrganisation) -> None:
    held.name = verdict.name
    held.pinyin = pinyin_key(verdict.name)[:240]
    held.registered_by_id = verdict.registered_by
    held.registered_region = verdict.registered_region
    held.located_in_id = verdict.located_in
    held.address = verdict.address
    held.supervisor_id = verdict.supervisor
    held.industry_department_id = verdict.industry_department
    held.territory_contact = verdict.territory_contact
    held.established_on = verdict.established_on


def open_organs(organisation_id: int, prov: int, today: date) -> int:
    """Return the bitmask of the organs an organisation has on a day."""
    kinds = Organ.objects.filter(
        organisation_id=organisation_id, prov=prov, from_on__lte=today
    ).exclude(to_on__lt=today)
    return organ_mask(OrganKind(kind) for kind in kinds.values_list("kind", flat=True))
