"""Write new organisations set by set: staged by COPY, then inserted in one transaction.

A single registration and an import of a hundred thousand rows take the same way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import lru_cache
from itertools import islice
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext

from tongzhou.base.errors import Conflict
from tongzhou.base.identifiers import make_internal_number
from tongzhou.kernel.database import execute, next_ids, rows
from tongzhou.kernel.privacy import cipher
from tongzhou.modules.registry.commands.placements import (
    count_placed,
    fill_waiting,
    find_placed,
)
from tongzhou.modules.registry.contracts import Form, ImportedOrganisation, OrganKind
from tongzhou.modules.registry.models.register import CONTACT_PLACE, PERSON_PLACE
from tongzhou.modules.registry.rules.attributes import attribute_kinds, organ_mask
from tongzhou.modules.registry.rules.names import pinyin_key
from tongzhou.modules.registry.rules.regions import code_of

_PINYIN_LIMIT = 240
_PIECE = 20_000
_ORGANS_IN_ROW = tuple(
    (str(kind), organ_mask([kind]))
    for kind in (
        OrganKind.PARTY_ORG,
        OrganKind.SECRETARIAT,
        OrganKind.SUPERVISORY_BOARD,
        OrganKind.LEGAL_REP,
    )
)
_NUMBERS_LOCK = 0x7A11

_COPY = """
COPY registry_importrow (
    batch_id, number, code, name, pinyin, form, registered_by, registered_region, prov, located_in,
    address, supervisor, industry_department, territory_contact, established_on, attributes,
    attribute_dates, organs, people, undated, organisation_id
) FROM STDIN
"""

_NEW = "batch_id = %(batch)s AND outcome = 'NEW'"

_TAKEN = f"""
SELECT s.code FROM registry_importrow s JOIN registry_codeentry c ON c.code = s.code
WHERE s.{_NEW} AND s.code <> '' ORDER BY s.number LIMIT 6
"""  # noqa: S608 - made of constants

# In the order of codes, so that two imports that meet wait for each other and never in a circle.
_DIRECTORY = f"""
INSERT INTO registry_codeentry (code, organisation_id, prov)
SELECT code, organisation_id, prov FROM registry_importrow WHERE {_NEW} ORDER BY code
ON CONFLICT DO NOTHING
"""  # noqa: S608 - made of constants

_ORGANISATIONS = f"""
INSERT INTO registry_organisation (
    id, prov, code, name, pinyin, form, status, established_on, registered_by_id,
    registered_region, located_in_id, supervisor_id, industry_department_id, territory_contact,
    address, attributes, organs, cell_id, version
)
SELECT organisation_id, s.prov, code, name, pinyin, s.form, 'ACTIVE', established_on,
       registered_by, s.registered_region, located_in, supervisor, industry_department,
       territory_contact, address, s.attributes, s.organs, p.new_cell, 1
FROM registry_importrow s JOIN placed p ON p.id = s.organisation_id AND p.prov = s.prov
WHERE s.{_NEW}
ORDER BY s.registered_region, located_in, organisation_id
"""  # noqa: S608 - made of constants

_ATTRIBUTES = f"""
INSERT INTO registry_organisationattribute (prov, organisation_id, attribute, from_on, basis)
SELECT s.prov, s.organisation_id, d.key, d.value::date, ''
FROM registry_importrow s, jsonb_each_text(s.attribute_dates) d
WHERE s.{_NEW} AND s.attributes <> 0
"""  # noqa: S608 - made of constants

_ORGANS = f"""
INSERT INTO registry_organ (prov, organisation_id, kind, name, person, title, from_on)
SELECT s.prov, s.organisation_id, d.key, '', d.value, '', s.established_on
FROM registry_importrow s, jsonb_each_text(s.people) d
WHERE s.{_NEW}
"""  # noqa: S608 - made of constants


@lru_cache(maxsize=16_384)
def _dates(dated: tuple[tuple[str, date], ...]) -> str:
    return json.dumps({code: day.isoformat() for code, day in dated})


def _line(batch: UUID, row: ImportedOrganisation, identifier: int) -> tuple[object, ...]:
    names = (row.party_secretary, row.secretary, row.board_chair, row.legal_representative)
    people = {
        kind: cipher.seal(name, PERSON_PLACE)
        for (kind, bit), name in zip(_ORGANS_IN_ROW, names, strict=True)
        if row.organs & bit
    }
    return (
        batch,
        row.number,
        row.code,
        row.name,
        pinyin_key(row.name)[:_PINYIN_LIMIT],
        row.form,
        row.registered_by,
        row.registered_region,
        row.prov,
        row.located_in,
        row.address,
        row.supervisor,
        row.industry_department,
        cipher.seal(row.territory_contact, CONTACT_PLACE),
        row.established_on,
        row.attributes,
        _dates(row.attribute_dates),
        row.organs,
        json.dumps(people, ensure_ascii=False),
        row.undated,
        identifier,
    )


def stage_rows(batch: UUID, organisations: Iterable[ImportedOrganisation]) -> int:
    """Copy checked rows into the waiting table, each with its future id; return how many.

    Numbers of rows that are never written stay unused.
    """
    count = 0
    waiting = iter(organisations)
    while piece := list(islice(waiting, _PIECE)):
        ids = next_ids("registry_bearer_id", len(piece))
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            for row, identifier in zip(piece, ids, strict=True):
                copy.write_row(_line(batch, row, identifier))
        count += len(piece)
    return count


def clear_rows(batch: UUID) -> None:
    """Empty the waiting tables of one batch."""
    for table in ("registry_importrow", "registry_importfault"):
        execute(f"DELETE FROM {table} WHERE batch_id = %s", [batch])  # noqa: S608 - a constant


def list_staged(batch: UUID) -> list[tuple[int, int]]:
    """Return the future (id, prov) of the waiting rows of a small batch."""
    return rows(
        "SELECT organisation_id, prov FROM registry_importrow WHERE batch_id = %s ORDER BY number",
        [batch],
    )


def write_staged(
    batch: UUID,
    *,
    at: datetime,
    tell: Callable[[str, int], None] = lambda message, done: None,
    also: Callable[[], None] = lambda: None,
) -> int:
    """Turn the new ones among the waiting rows of a batch into organisations; return how many.

    Runs inside the caller's transaction. ``tell`` is told each step and how many rows are done;
    ``also`` may put further bearers into ``bearing``, to be counted along. Raises Conflict when a
    code was registered since the rows were checked.
    """
    params = {"batch": batch}
    taken = [row[0] for row in rows(_TAKEN, params)]
    if taken:
        raise Conflict(
            "检查之后，这些代码已被登记：%(codes)s。",
            params={"codes": "、".join(taken[:5]) + ("…" if len(taken) > 5 else "")},
            code="codes-taken",
            way_out="请重新检查文件，登记簿中已有的行会单独列出。",
        )
    counted = f"SELECT count(*) FROM registry_importrow WHERE {_NEW}"  # noqa: S608 - constants
    total = int(rows(counted, params)[0][0])
    _number_groups(batch)
    tell(gettext("正在登记代码"), total // 10)
    if execute(_DIRECTORY, params) != total:
        raise Conflict(
            "有代码刚刚被别人登记。",
            code="codes-taken",
            way_out="请重新检查文件，登记簿中已有的行会单独列出。",
        )
    tell(gettext("正在归入统计口径"), total // 5)
    fill_waiting(batch)
    also()
    find_placed()
    tell(gettext("正在写入组织"), total // 4)
    execute(_ORGANISATIONS, params)
    tell(gettext("正在写入属性和机构"), total // 2)
    execute(_ATTRIBUTES, params)
    execute(_ORGANS, params)
    tell(gettext("正在更新各地总数"), total * 4 // 5)
    count_placed(at=at)
    clear_rows(batch)
    return total


def _number_groups(batch: UUID) -> None:
    """Give each filed group without a number the next one of its county."""
    waiting = rows(
        "SELECT id, registered_region FROM registry_importrow"
        " WHERE batch_id = %(batch)s AND code = '' AND form = %(form)s AND outcome = 'NEW'"
        " ORDER BY number",
        {"batch": batch, "form": str(Form.GROUP)},
    )
    if not waiting:
        return
    execute("SELECT pg_advisory_xact_lock(%s)", [_NUMBERS_LOCK])
    last: dict[int, int] = {}
    numbers = []
    for _id, region in waiting:
        if region not in last:
            prefix = f"B{code_of(region)}"
            found = rows(
                "SELECT max(substr(code, 8, 6)) FROM registry_codeentry"
                " WHERE code >= %s AND code < %s",
                [prefix, prefix + "~"],
            )
            last[region] = int(found[0][0] or 0)
        last[region] += 1
        numbers.append(make_internal_number(code_of(region), last[region]))
    execute(
        "UPDATE registry_importrow s SET code = n.code"
        " FROM unnest(%s::bigint[], %s::text[]) AS n(id, code) WHERE s.id = n.id",
        [[row[0] for row in waiting], numbers],
    )


def current_attributes(organisation_id: int, prov: int, today: date) -> int:
    """Return the bitmask of the attributes that an organisation has on a day."""
    found = rows(
        "SELECT attribute FROM registry_organisationattribute WHERE organisation_id = %s"
        " AND prov = %s AND from_on <= %s AND (to_on IS NULL OR to_on >= %s)",
        [organisation_id, prov, today, today],
    )
    mask = 0
    for (attribute,) in found:
        mask |= 1 << attribute_kinds()[attribute].bit
    return mask
