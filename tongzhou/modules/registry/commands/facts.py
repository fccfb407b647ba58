"""Give organisations attributes and organs, and take them away, each from a day on."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Q

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import audit, events
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.database import execute, next_ids
from tongzhou.modules.registry.commands.masks import bear, refresh_masks
from tongzhou.modules.registry.commands.organisations import (
    lock_organisation,
    open_organs,
    target_of,
    today_of,
)
from tongzhou.modules.registry.commands.placements import (
    count_placed,
    find_placed,
    place_bearers,
)
from tongzhou.modules.registry.commands.writing import current_attributes
from tongzhou.modules.registry.contracts import Form, OrganKind
from tongzhou.modules.registry.models import Organ, Organisation, OrganisationAttribute
from tongzhou.modules.registry.queries.wording import spoken
from tongzhou.modules.registry.rules import attributes as kinds

_SEQUENCE = "registry_row_id"
#: Organs that every legal person has; they change their person but are not dissolved.
_LASTING = frozenset({OrganKind.SECRETARIAT, OrganKind.LEGAL_REP})


@command("registry.organisation.change")
def assign_attribute(
    *,
    actor: Actor,
    at: datetime,
    organisation_id: int,
    prov: int,
    attribute: str,
    from_on: date,
    to_on: date | None = None,
    basis: str = "",
    idempotency_key: str | None = None,
) -> int:
    """Give an organisation an attribute from a day on (and to a last day); return the row's id.

    Raises Refusal for an attribute that its form cannot have, that needs another one first, that
    starts before the organisation or the law that knows it, or that it already has at that time.
    """
    held = lock_organisation(actor, organisation_id, prov)
    kind = kinds.attribute_kinds().get(attribute)
    if kind is None:
        raise Refusal("请选择属性。", code="no-attribute", field="attribute")
    if to_on is not None and to_on < from_on:
        raise Refusal("结束日期早于起始日期。", code="days-reversed", field="to_on")
    floor = max(filter(None, (held.established_on, kind.valid_from)), default=None)
    if floor is not None and from_on < floor:
        raise Refusal(
            "“%(attribute)s”最早从%(day)s起。",
            params={"attribute": spoken("attribute")[kind.code], "day": floor.isoformat()},
            code="too-early",
            field="from_on",
            clause=kind.basis,
            way_out="不能早于成立日期和相关法律的施行日期。",
        )
    have = kinds.attributes_of(_on_day(held, from_on)) | {attribute}
    wrong = kinds.misfit(Form(held.form), have)
    if wrong is not None and wrong[0] == attribute:
        raise _misfit(attribute, wrong[1])
    overlap = OrganisationAttribute.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=from_on),
        organisation_id=organisation_id,
        prov=prov,
        attribute=attribute,
    )
    if to_on is not None:
        overlap = overlap.filter(from_on__lte=to_on)
    if overlap.exists():
        raise Refusal(
            "这段时间已经有“%(attribute)s”。",
            params={"attribute": spoken("attribute")[kind.code]},
            code="attribute-held",
            field="attribute",
            way_out="如需修改日期，请先终止原来的记录。",
        )
    made = OrganisationAttribute.objects.create(
        id=next_ids(_SEQUENCE, 1)[0],
        prov=prov,
        organisation_id=organisation_id,
        attribute=attribute,
        from_on=from_on,
        to_on=to_on,
        basis=basis.strip()[:120],
    )
    _settle(held, at)
    audit.note(
        target=target_of(organisation_id, prov),
        clause=kind.basis,
        attribute=attribute,
        from_on=from_on,
        to_on=to_on,
    )
    return made.id


@command("registry.organisation.change")
def end_attribute(
    *,
    actor: Actor,
    at: datetime,
    organisation_id: int,
    prov: int,
    attribute_id: int,
    to_on: date,
    idempotency_key: str | None = None,
) -> int:
    """Let an attribute end on a last day and return the row's id.

    Raises Refusal when another attribute that needs it would outlive it.
    """
    held = lock_organisation(actor, organisation_id, prov)
    row = OrganisationAttribute.objects.filter(
        id=attribute_id, prov=prov, organisation_id=organisation_id
    ).first()
    if row is None:
        raise Missing("没有这条属性记录。", code="no-attribute")
    kind = kinds.attribute_kinds()[row.attribute]
    if to_on < row.from_on:
        raise Refusal("结束日期早于起始日期。", code="days-reversed", field="to_on")
    if row.to_on is not None and row.to_on <= to_on:
        raise Refusal(
            "“%(attribute)s”已于%(day)s结束。",
            params={"attribute": spoken("attribute")[kind.code], "day": row.to_on.isoformat()},
            code="ended",
            field="to_on",
        )
    day_after = to_on + timedelta(days=1)
    left = kinds.attributes_of(_on_day(held, day_after)) - {row.attribute}
    for other in sorted(left):
        if row.attribute in kinds.attribute_kinds()[other].requires:
            raise _misfit(other, row.attribute)
    row.to_on = to_on
    row.save(update_fields=["to_on"])
    _settle(held, at)
    audit.note(target=target_of(organisation_id, prov), attribute=row.attribute, to_on=to_on)
    return row.id


@command("registry.organisation.change")
def set_organ(
    *,
    actor: Actor,
    at: datetime,
    organisation_id: int,
    prov: int,
    kind: OrganKind,
    from_on: date,
    person: str,
    name: str = "",
    title: str = "",
    idempotency_key: str | None = None,
) -> int:
    """Say who answers for an organ from a day on; establishes it if it was not there.

    Returns the row's id. Raises Refusal for a missing or wrong name, and for a legal
    representative of a group that is no legal person.
    """
    held = lock_organisation(actor, organisation_id, prov)
    person, name, title = person.strip(), name.strip(), title.strip()
    if kind is OrganKind.LEGAL_REP and held.form not in kinds.LEGAL_PERSONS:
        raise Refusal(
            "备案的社区社会组织不是法人，没有法定代表人。", code="no-legal-person", field="kind"
        )
    if not person or len(person) > 60 or any(map(str.isdigit, person)):
        raise Refusal("请填写负责人姓名。", code="no-person", field="person")
    if held.established_on is not None and from_on < held.established_on:
        raise Refusal("任职日期早于成立日期。", code="too-early", field="from_on")
    current = _open_organ(organisation_id, prov, kind)
    if current is not None and current.from_on > from_on:
        raise Refusal(
            "现任自%(day)s起，新任不能更早。",
            params={"day": current.from_on.isoformat()},
            code="too-early",
            field="from_on",
        )
    if current is not None and current.from_on == from_on:
        current.person, current.name, current.title = person, name, title
        current.save(update_fields=["person", "name", "title"])
        made = current
    else:
        if current is not None:
            current.to_on = from_on - timedelta(days=1)
            current.save(update_fields=["to_on"])
        made = Organ.objects.create(
            id=next_ids(_SEQUENCE, 1)[0],
            prov=prov,
            organisation_id=organisation_id,
            kind=str(kind),
            name=name[:120],
            person=person,
            title=title[:60],
            from_on=from_on,
        )
    _settle(held, at)
    audit.note(target=target_of(organisation_id, prov), organ=str(kind), from_on=from_on)
    return made.id


@command("registry.organisation.change")
def dissolve_organ(
    *,
    actor: Actor,
    at: datetime,
    organisation_id: int,
    prov: int,
    kind: OrganKind,
    to_on: date,
    idempotency_key: str | None = None,
) -> int:
    """Let a Party organisation or supervisory board end on a last day; return the row's id."""
    held = lock_organisation(actor, organisation_id, prov)
    if kind in _LASTING:
        raise Refusal("这个机构不能撤销，只能更换负责人。", code="lasting-organ", field="kind")
    current = _open_organ(organisation_id, prov, kind)
    if current is None:
        raise Missing("没有设立这个机构。", code="no-organ")
    if to_on < current.from_on:
        raise Refusal("结束日期早于起始日期。", code="days-reversed", field="to_on")
    current.to_on = to_on
    current.save(update_fields=["to_on"])
    _settle(held, at)
    audit.note(target=target_of(organisation_id, prov), organ=str(kind), to_on=to_on)
    return current.id


@command("registry.organisation.change")
def apply_dates(*, actor: Actor, at: datetime) -> int:
    """Bring the organisations up to date whose attributes or organs began or ended of late.

    Run once a day by the system, in sets; returns how many changed.
    """
    today = today_of(at)
    execute(_TABLE)
    execute("TRUNCATE due")
    changed = execute(_DUE, {"today": today, "since": today - timedelta(days=8)})
    if changed:
        execute("ANALYZE due")
        changed = refresh_masks("due", today)
    if changed:
        bear("due", anew=True)
        find_placed()
        count_placed(at=at)
    audit.note(target="organisation", changed=changed)
    return changed


_TABLE = """
CREATE TEMP TABLE IF NOT EXISTS due (
    id bigint, prov smallint, PRIMARY KEY (id, prov)
) ON COMMIT DROP
"""

# In the order of ids, so that two writers wait for each other and never in a circle.
_DUE = """
INSERT INTO due
SELECT o.id, o.prov FROM (
    SELECT organisation_id, prov FROM registry_organisationattribute
    WHERE from_on BETWEEN %(since)s AND %(today)s OR to_on BETWEEN %(since)s AND %(today)s
    UNION
    SELECT organisation_id, prov FROM registry_organ
    WHERE from_on BETWEEN %(since)s AND %(today)s OR to_on BETWEEN %(since)s AND %(today)s
) turned
JOIN registry_organisation o ON o.id = turned.organisation_id AND o.prov = turned.prov
ORDER BY o.id FOR UPDATE OF o
"""


def _misfit(attribute: str, needed: str) -> Refusal:
    known = kinds.attribute_kinds()
    kind = known[attribute]
    if needed:
        return Refusal(
            "“%(attribute)s”须以“%(needed)s”为前提。",
            params={
                "attribute": spoken("attribute")[kind.code],
                "needed": spoken("attribute")[needed],
            },
            code="attribute-needs",
            field="attribute",
            clause=kind.basis,
        )
    return Refusal(
        "“%(attribute)s”不适用于这种登记形式。",
        params={"attribute": spoken("attribute")[kind.code]},
        code="attribute-form",
        field="attribute",
        clause=kind.basis,
    )


def _on_day(held: Organisation, day: date) -> int:
    return current_attributes(held.id, held.prov, day)


def _open_organ(organisation_id: int, prov: int, kind: OrganKind) -> Organ | None:
    return (
        Organ.objects.select_for_update()
        .filter(organisation_id=organisation_id, prov=prov, kind=str(kind), to_on__isnull=True)
        .first()
    )


def _refresh(held: Organisation, today: date) -> bool:
    attributes = current_attributes(held.id, held.prov, today)
    organs = open_organs(held.id, held.prov, today)
    if (attributes, organs) == (held.attributes, held.organs):
        return False
    held.attributes, held.organs = attributes, organs
    held.save(update_fields=["attributes", "organs"])
    return True


def _settle(held: Organisation, at: datetime) -> None:
    """Bring the row, its version and its cell up to date, and tell the others."""
    _refresh(held, today_of(at))
    held.version += 1
    held.save(update_fields=["version"])
    place_bearers(at=at, keys=[(held.id, held.prov)])
    events.publish("registry.organisation.changed", organisation_id=held.id, prov=held.prov)
