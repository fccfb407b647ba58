"""Change divisions of the country: rename a county, end it in favour of one or several others.

A region that ends keeps its row, its last day and its successors. What was there moves in one
transaction: organisations, the registration authority's work, the people who hold a post there, and
through the event ``registry.region.ended`` whatever higher modules hold about the place. Past
figures stay where they were, because placements remember.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import accounts, audit, events
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.database import execute, rows
from tongzhou.modules.registry.commands.authorities import register_authorities
from tongzhou.modules.registry.commands.organisations import today_of
from tongzhou.modules.registry.commands.placements import place_bearers
from tongzhou.modules.registry.contracts import AuthorityKind, Heir, NewAuthority, NewRegion
from tongzhou.modules.registry.models import Authority, Region
from tongzhou.modules.registry.rules.names import pinyin_key, short_place
from tongzhou.modules.registry.rules.regions import ancestors, level_of, parent_of, span

LAW = "《行政区划管理条例》"
_LONGEST_NAME = 60

_LOCATED = """
UPDATE registry_organisation o SET located_in_id = coalesce(a.region, %(heir)s)
FROM registry_organisation held
LEFT JOIN unnest(%(codes)s::text[], %(regions)s::int[]) AS a(code, region) ON a.code = held.code
WHERE held.id = o.id AND held.prov = o.prov AND o.located_in_id = %(old)s
  AND o.form <> 'AUTHORITY'
RETURNING o.id, o.prov
"""

_REGISTERED = """
UPDATE registry_organisation o SET registered_by_id = h.authority, registered_region = h.region
FROM registry_organisation held
LEFT JOIN unnest(%(codes)s::text[], %(regions)s::int[]) AS a(code, region) ON a.code = held.code
JOIN unnest(%(heirs)s::int[], %(authorities)s::bigint[]) AS h(region, authority)
  ON h.region = coalesce(a.region, %(heir)s)
WHERE held.id = o.id AND held.prov = o.prov AND o.registered_by_id = %(authority)s
  AND o.form <> 'AUTHORITY'
RETURNING o.id, o.prov
"""


@command("registry.region.change")
def rename_region(*, actor: Actor, at: datetime, region_id: int, name: str, basis: str) -> None:
    """Give a region another name under the same code; its registration authority keeps its own.

    Raises Missing for an unknown or ended region, Refusal without a name or a basis, Conflict when
    a sibling has that name.
    """
    region = _held(region_id, today_of(at))
    name = _checked_name(name)
    _check_basis(basis)
    if name == region.name:
        raise Refusal("名称没有变化。", code="same-name", field="name")
    if Region.objects.filter(parent_id=region.parent_id, name=name, valid_to__isnull=True).exists():
        raise Conflict("同一上级下已有叫这个名称的区划。", code="name-taken", field="name")
    former, region.name = region.name, name
    region.short_name, region.pinyin = short_place(name), pinyin_key(name)[:120]
    region.save(update_fields=["name", "short_name", "pinyin"])
    audit.note(target=f"region/{region_id}", clause=LAW, former=former, name=name, basis=basis)


_TAKEN = """
SELECT coalesce(a.region, %(heir)s) AS heir,
       count(*) FILTER (WHERE o.located_in_id = %(old)s)::int,
       count(*) FILTER (WHERE o.registered_by_id = %(authority)s)::int
FROM registry_organisation o
LEFT JOIN unnest(%(codes)s::text[], %(regions)s::int[]) AS a(code, region) ON a.code = o.code
WHERE (o.located_in_id = %(old)s OR o.registered_by_id = %(authority)s)
  AND o.form <> 'AUTHORITY' AND o.status IN ('ACTIVE', 'SUSPENDED')
GROUP BY 1
"""


def plan_end(
    *,
    at: datetime,
    region_id: int,
    successors: Sequence[NewRegion],
    basis: str,
    allotment: Mapping[str, int] | None = None,
) -> list[Heir]:
    """Return what each successor would take over; refuse what :func:`end_region` would refuse."""
    with transaction.atomic():
        heirs, allotted = _check_end(_held(region_id, today_of(at)), successors, basis, allotment)
    former = _authority(region_id)
    taken = {
        row[0]: row[1:]
        for row in rows(
            _TAKEN,
            {
                "old": region_id,
                "heir": heirs[0],
                "authority": former.pk if former else 0,
                "codes": list(allotted),
                "regions": list(allotted.values()),
            },
        )
    }
    names = dict(Region.objects.filter(pk__in=heirs).values_list("pk", "name"))
    found = []
    for each in successors:
        authority = _authority(each.id)
        found.append(
            Heir(
                each.id,
                names.get(each.id) or _checked_name(each.name),
                authority.name if authority else each.authority.strip(),
                each.id not in names,
                *taken.get(each.id, (0, 0)),
            )
        )
    return found


@command("registry.region.change")
def end_region(
    *,
    actor: Actor,
    at: datetime,
    region_id: int,
    successors: Sequence[NewRegion],
    basis: str,
    allotment: Mapping[str, int] | None = None,
    idempotency_key: str | None = None,
) -> list[int]:
    """End a county in favour of others, move what it holds; return how many each heir got.

    Counted are organisations that live.

    The first successor takes whatever ``allotment`` (organisation code → successor) does not give
    to another. A successor that does not exist yet is entered with its registration authority.
    Raises Refusal when the region is no county, has no successor, when one lies in another
    province, or when the allotment names codes or regions that do not belong here.
    """
    today = today_of(at)
    old = _held(region_id, today)
    heirs, allotted = _check_end(old, successors, basis, allotment)
    entered = [each.id for each in successors if _enter(each, today, actor=actor, at=at)]
    old.valid_to = today
    old.save(update_fields=["valid_to"])
    old.successors.set(heirs)
    keys = _move_located(region_id, heirs[0], allotted)
    former = _authority(region_id)
    if former is not None:
        keys |= _hand_over(former, heirs, allotted, today)
    Authority.objects.filter(region_id=region_id, valid_to__isnull=True).exclude(
        kind=AuthorityKind.REGISTRATION
    ).update(region_id=heirs[0])
    place_bearers(at=at, keys=sorted(keys))
    events.publish_inside("registry.region.ended", region=region_id, entered=entered, at=at)
    moved = _count(keys, heirs)
    audit.note(
        target=f"region/{region_id}", clause=LAW, heirs=heirs, moved=moved, basis=basis.strip()
    )
    return moved


def _check_end(
    old: Region,
    successors: Sequence[NewRegion],
    basis: str,
    allotment: Mapping[str, int] | None,
) -> tuple[list[int], dict[str, int]]:
    """Return the ids of the successors and what is allotted; refuse what cannot be."""
    _check_basis(basis)
    heirs = _check_successors(old, successors)
    allotted = _check_allotment(old.pk, heirs, allotment or {})
    known = set(Region.objects.filter(pk__in=heirs).values_list("pk", flat=True))
    for each in successors:
        if each.id not in known:
            _check_new(old, each)
        if not each.authority.strip() and _authority(each.id) is None:
            raise Refusal(
                "请填写%(region)s登记管理机关的名称。",
                params={"region": f"{each.id:06d}"},
                code="no-authority",
                field="successors",
            )
    return heirs, allotted


def _check_new(old: Region, each: NewRegion) -> None:
    """Refuse a new region that has the name of one beside it, or whose authority has another's."""
    name = _checked_name(each.name)
    beside = Region.objects.filter(
        name=name,
        valid_to__isnull=True,
        pk__range=(each.id // 100 * 100, each.id // 100 * 100 + 99),
    )
    if beside.exclude(pk=old.pk).exists():
        raise Conflict(
            "同一个市里已经有%(name)s。",
            params={"name": name},
            code="region-named",
            field="fresh",
            way_out="请改正名称；如果说的就是它，请在承接的区划里选它。",
        )
    authority = each.authority.strip()
    named = Authority.objects.filter(name=authority, valid_to__isnull=True)
    if authority and named.exclude(region_id=old.pk).exists():
        raise Conflict(
            "已经有名为%(name)s的机关。",
            params={"name": authority},
            code="authority-named",
            field="fresh",
            way_out="请改正登记管理机关的名称。",
        )


def _held(region_id: int, today: date) -> Region:
    region = Region.objects.select_for_update().filter(pk=region_id).first()
    if region is None or (region.valid_to is not None and region.valid_to <= today):
        raise Missing("没有这个区划，或已撤销。", code="no-region")
    return region


def _checked_name(name: str) -> str:
    name = "".join(name.split())
    if not name or len(name) > _LONGEST_NAME:
        raise Refusal(
            "请填写区划名称，不超过%(limit)d字。",
            params={"limit": _LONGEST_NAME},
            code="region-name",
            field="name",
        )
    return name


def _check_basis(basis: str) -> None:
    if not basis.strip():
        raise Refusal(
            "请填写批准文件。",
            code="no-basis",
            field="basis",
            clause=LAW,
            way_out="行政区划变更须经批准，请写明批复的机关、文号。",
        )


def _check_successors(old: Region, successors: Sequence[NewRegion]) -> list[int]:
    """Return the ids of the successors; refuse what can be no successor of a county."""
    heirs = [each.id for each in successors]
    complaint = ""
    if level_of(old.pk) != "COUNTY":
        complaint = "这里只办理县级区划的撤并；市级以上请逐县办理。"
    elif not heirs:
        complaint = "请至少填写一个承接的区划。"
    elif old.pk in heirs or len(set(heirs)) != len(heirs):
        complaint = "承接的区划不能重复，也不能是它自己。"
    elif any(level_of(each) != "COUNTY" for each in heirs):
        complaint = "承接的区划应为县级代码。"
    elif any(each // 10_000 != old.pk // 10_000 for each in heirs):
        complaint = "承接的区划应在同一个省。"
    if complaint:
        raise Refusal(complaint, code="successors", field="successors", clause=LAW)
    ended = Region.objects.filter(pk__in=heirs, valid_to__isnull=False).values_list("name")
    if ended:
        raise Refusal(
            "%(name)s已经撤销，不能承接。",
            params={"name": ended[0][0]},
            code="successor-ended",
            field="successors",
        )
    return heirs


def _check_allotment(
    region_id: int, heirs: list[int], allotment: Mapping[str, int]
) -> dict[str, int]:
    strange = sorted({region for region in allotment.values() if region not in heirs})
    if strange:
        raise Refusal(
            "分配表里的区划%(region)s不是承接的区划。",
            params={"region": f"{strange[0]:06d}"},
            code="allotment-region",
            field="allotment",
        )
    held = rows(
        "SELECT code FROM registry_organisation WHERE code = ANY(%s)"
        " AND (located_in_id = %s OR registered_region = %s)",
        [list(allotment), region_id, region_id],
    )
    unknown = sorted(set(allotment) - {row[0] for row in held})
    if unknown:
        raise Refusal(
            "分配表里的代码%(code)s不在这个区划。",
            params={"code": unknown[0]},
            code="allotment-code",
            field="allotment",
            way_out="请删去该行，或者改正代码。",
        )
    return dict(allotment)


def _enter(each: NewRegion, today: date, *, actor: Actor, at: datetime) -> bool:
    """Enter a successor that is not there yet, with its registration authority; say if it was new.

    One that exists may still lack an authority.
    """
    new = not Region.objects.filter(pk=each.id).exists()
    if new:
        name = _checked_name(each.name)
        parent = parent_of(each.id)
        known = Region.objects.filter(pk__in=ancestors(each.id)).values_list("pk", flat=True)
        if parent not in known:
            parent = max(known)
        Region.objects.create(
            id=each.id,
            parent_id=parent,
            level=level_of(each.id),
            name=name,
            short_name=short_place(name),
            pinyin=pinyin_key(name)[:120],
            high=span(each.id)[1],
            valid_from=today,
        )
    if _authority(each.id) is None:
        entry = NewAuthority(AuthorityKind.REGISTRATION, each.authority.strip(), each.id)
        register_authorities(actor=actor, at=at, authorities=[entry])
    return new


def _authority(region_id: int) -> Authority | None:
    return Authority.objects.filter(
        kind=AuthorityKind.REGISTRATION, region_id=region_id, valid_to__isnull=True
    ).first()


def _move_located(old: int, heir: int, allotted: Mapping[str, int]) -> set[tuple[int, int]]:
    found = rows(
        _LOCATED,
        {"old": old, "heir": heir, "codes": list(allotted), "regions": list(allotted.values())},
    )
    return {(row[0], row[1]) for row in found}


def _hand_over(
    former: Authority, heirs: list[int], allotted: Mapping[str, int], today: date
) -> set[tuple[int, int]]:
    """Give the former authority's organisations and people to its heirs, and end it."""
    takers = {region: _authority(region) for region in heirs}
    found = rows(
        _REGISTERED,
        {
            "authority": former.pk,
            "heir": heirs[0],
            "codes": list(allotted),
            "regions": list(allotted.values()),
            "heirs": heirs,
            "authorities": [taker.pk for taker in takers.values() if taker is not None],
        },
    )
    former.valid_to = today
    former.save(update_fields=["valid_to"])
    taker = takers[heirs[0]]
    assert taker is not None
    low, high = span(heirs[0])
    accounts.move_assignments(
        former.pk,
        authority_id=taker.pk,
        organisation_id=taker.organisation_id,
        prov=taker.prov,
        label=taker.name,
        low=low,
        high=high,
    )
    execute(
        "UPDATE registry_organisation SET status = 'DISSOLVED' WHERE id = %s AND prov = %s",
        [former.organisation_id, former.prov],
    )
    keys = {(row[0], row[1]) for row in found}
    if former.organisation_id is not None:
        keys.add((former.organisation_id, former.prov))
    return keys


def _count(keys: set[tuple[int, int]], heirs: list[int]) -> list[int]:
    """Return how many of those moved live with each heir now, by place or by registry."""
    if not keys:
        return [0 for _ in heirs]
    ids, provs = zip(*sorted(keys), strict=True)
    counted = dict(
        rows(
            "SELECT CASE WHEN o.located_in_id = ANY(%s) THEN o.located_in_id"
            " ELSE o.registered_region END, count(*) FROM registry_organisation o"
            " JOIN unnest(%s::bigint[], %s::smallint[]) AS k(id, prov)"
            " ON o.id = k.id AND o.prov = k.prov WHERE o.form <> 'AUTHORITY'"
            " AND o.status IN ('ACTIVE', 'SUSPENDED') GROUP BY 1",
            [heirs, list(ids), list(provs)],
        )
    )
    return [int(counted.get(each, 0)) for each in heirs]
