"""Write authorities, and the bearer rows through which registration authorities owe duties."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from tongzhou.base import identifiers
from tongzhou.base.errors import Conflict, Refusal
from tongzhou.kernel import audit
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.database import execute, rows
from tongzhou.modules.registry.commands.placements import place_bearers
from tongzhou.modules.registry.contracts import AuthorityKind, NewAuthority
from tongzhou.modules.registry.models import Authority, CodeEntry, Region
from tongzhou.modules.registry.rules.codes import code_reason
from tongzhou.modules.registry.rules.names import pinyin_key
from tongzhou.modules.registry.rules.regions import ancestors, level_of, prov_of

_BEARERS = """
INSERT INTO registry_organisation (
    id, prov, code, name, pinyin, form, status, established_on, registered_by_id,
    registered_region, located_in_id, supervisor_id, industry_department_id, territory_contact,
    address, attributes, organs, cell_id, version
)
SELECT a.organisation_id, a.prov, b.code, a.name, b.pinyin, 'AUTHORITY', 'ACTIVE', NULL, a.id,
       a.region_id, a.region_id, NULL, NULL, '', '', 0, 0, 0, 1
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS b(authority, code, pinyin)
JOIN registry_authority a ON a.id = b.authority
"""


@command("registry.authority.register")
def register_authorities(
    *, actor: Actor, at: datetime, authorities: Sequence[NewAuthority]
) -> dict[str, int]:
    """Enter authorities, higher ones first, and return name → id.

    A registration authority gets a bearer row, and as its superior the one above it in the region
    tree unless another is named. Raises Refusal for an unknown region or superior and for a code
    that is not an organ of state's, Conflict for one that is already there.
    """
    known = set(Region.objects.values_list("id", flat=True))
    above = {
        (kind, region_id): id_
        for id_, kind, region_id in Authority.objects.filter(
            kind=AuthorityKind.REGISTRATION, valid_to__isnull=True
        ).values_list("id", "kind", "region_id")
    }
    made: dict[str, int] = {}
    for level in dict.fromkeys(level_of(each.region_id) for each in authorities):
        entries = [each for each in authorities if level_of(each.region_id) is level]
        for each in entries:
            _check(each, known)
        created = _create(entries, above)
        for each, authority in zip(entries, created, strict=True):
            made[each.name] = authority.pk
            if each.kind is AuthorityKind.REGISTRATION:
                above[str(each.kind), each.region_id] = authority.pk
    _add_bearers(authorities, made, at)
    audit.note(target="authority", authorities=len(made))
    return made


def _check(entry: NewAuthority, known: set[int]) -> None:
    if entry.region_id not in known:
        raise Refusal(
            "没有区划%(region)s。",
            params={"region": entry.region_id},
            code="no-region",
            field="region",
        )
    if entry.code:
        fault = identifiers.check_credit_code(entry.code, classes=identifiers.AUTHORITY_CLASSES)
        if fault is not None:
            reason, way_out, params = code_reason(fault)
            raise Refusal(reason, params=params, field="code", code="code", way_out=way_out)


def _create(entries: Sequence[NewAuthority], above: dict[tuple[str, int], int]) -> list[Authority]:
    try:
        with transaction.atomic():
            return Authority.objects.bulk_create(
                [
                    Authority(
                        kind=each.kind,
                        level=level_of(each.region_id),
                        region_id=each.region_id,
                        name=each.name,
                        short_name=each.short_name or each.name[:60],
                        superior_id=_superior(each, above),
                        prov=prov_of(level_of(each.region_id), each.region_id),
                    )
                    for each in entries
                ],
                batch_size=1_000,
            )
    except IntegrityError:
        raise Conflict(
            "其中有的机关已经登记过。",
            code="authority-exists",
            field="name",
            way_out="请在机关名录中查看。",
        ) from None


def _superior(entry: NewAuthority, above: dict[tuple[str, int], int]) -> int | None:
    if entry.kind is not AuthorityKind.REGISTRATION:
        return None
    kind = str(AuthorityKind.REGISTRATION)
    if entry.superior_region is not None:
        return above[kind, entry.superior_region]
    for region in reversed(ancestors(entry.region_id)):
        if (kind, region) in above:
            return above[kind, region]
    return None


def _add_bearers(authorities: Sequence[NewAuthority], made: dict[str, int], at: datetime) -> None:
    bearers = [each for each in authorities if each.kind is AuthorityKind.REGISTRATION]
    if not bearers:
        return
    ids = [made[each.name] for each in bearers]
    execute(
        "UPDATE registry_authority SET organisation_id = nextval('registry_bearer_id')"
        " WHERE id = ANY(%s)",
        [ids],
    )
    execute(
        _BEARERS,
        [ids, [each.code for each in bearers], [pinyin_key(each.name)[:240] for each in bearers]],
    )
    keys = rows(
        "SELECT organisation_id, prov, id FROM registry_authority WHERE id = ANY(%s)", [ids]
    )
    codes = {made[each.name]: each.code for each in bearers if each.code}
    CodeEntry.objects.bulk_create(
        [
            CodeEntry(code=codes[authority], organisation_id=organisation, prov=prov)
            for organisation, prov, authority in keys
            if authority in codes
        ]
    )
    place_bearers(at=at, keys=[(organisation, prov) for organisation, prov, _id in keys])
