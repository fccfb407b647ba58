"""Write new organisations set by set: staged by COPY, then inserted in one transaction.

A single registration and an import of a hundred thousand rows take the same way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext

from tongzhou.base.errors import Conflict
from tongzhou.base.identifiers import make_internal_number
from tongzhou.kernel.database import execute, rows
from tongzhou.modules.registry.commands.placements import count_placed, find_cells
from tongzhou.modules.registry.contracts import Form, ImportedOrganisation, OrganKind
from tongzhou.modules.registry.rules.attributes import attribute_kinds, organs_of
from tongzhou.modules.registry.rules.names import pinyin_key
from tongzhou.modules.registry.rules.regions import code_of

_PINYIN_LIMIT = 240
_NUMBERS_LOCK = 0x7A11

_COPY = """
COPY registry_importrow (
    batch_id, number, code, name, pinyin, form, registered_by, registered_region, prov, located_in,
    address, supervisor, industry_department, territory_contact, established_on, attributes,
    attribute_dates, organs, people
) FROM STDIN
"""

_TAKEN = """
SELECT s.code FROM registry_importrow s JOIN registry_codeentry c ON c.code = s.code
WHERE s.batch_id = %(batch)s AND s.code <> '' ORDER BY s.number LIMIT 6
"""

_NUMBER = """
UPDATE registry_importrow SET organisation_id = nextval('registry_bearer_id')
WHERE batch_id = %(batch)s
"""

_DIRECTORY = """
INSERT INTO registry_codeentry (code, organisation_id, prov)
SELECT code, organisation_id, prov FROM registry_importrow WHERE batch_id = %(batch)s
ON CONFLICT DO NOTHING
"""

_ORGANISATIONS = """
INSERT INTO registry_organisation (
    id, prov, code, name, pinyin, form, status, established_on, registered_by_id,
    registered_region, located_in_id, supervisor_id, industry_department_id, territory_contact,
    address, attributes, organs, cell_id, version
)
SELECT organisation_id, s.prov, code, name, pinyin, s.form, 'ACTIVE', established_on,
       registered_by, s.registered_region, located_in, supervisor, industry_department,
       territory_contact, address, s.attributes, s.organs, p.new_cell, 1
FROM registry_importrow s JOIN placed p ON p.id = s.organisation_id AND p.prov = s.prov
WHERE s.batch_id = %(batch)s
ORDER BY s.registered_region, located_in, organisation_id
"""

_ATTRIBUTES = """
INSERT INTO registry_organisationattribute (prov, organisation_id, attribute, from_on, basis)
SELECT s.prov, s.organisation_id, d.key, d.value::date, ''
FROM registry_importrow s, jsonb_each_text(s.attribute_dates) d
WHERE s.batch_id = %(batch)s
"""

_ORGANS = """
INSERT INTO registry_organ (prov, organisation_id, kind, name, person, title, from_on)
SELECT s.prov, s.organisation_id, d.key, '', d.value, '', s.established_on
FROM registry_importrow s, jsonb_each_text(s.people) d
WHERE s.batch_id = %(batch)s
"""


def _line(batch: UUID, row: ImportedOrganisation) -> tuple[object, ...]:
    names = {
        OrganKind.LEGAL_REP: row.legal_representative,
        OrganKind.SECRETARIAT: row.secretary,
        OrganKind.PARTY_ORG: row.party_secretary,
        OrganKind.SUPERVISORY_BOARD: row.board_chair,
    }
    people = {str(organ): names[organ] for organ in organs_of(row.organs)}
    dates = {code: day.isoformat() for code, day in row.attribute_dates}
    return (
        batch,
        row.number,
        row.code,
        row.name,
        pinyin_key(row.name)[:_PINYIN_LIMIT],
        str(row.form),
        row.registered_by,
        row.registered_region,
        row.prov,
        row.located_in,
        row.address,
        row.supervisor,
        row.industry_department,
        row.territory_contact,
        row.established_on,
        row.attributes,
        json.dumps(dates),
        row.organs,
        json.dumps(people, ensure_ascii=False),
    )


def stage_rows(batch: UUID, organisations: Iterable[ImportedOrganisation]) -> int:
    """Copy checked rows into the waiting table; return how many."""
    count = 0
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for row in organisations:
            copy.write_row(_line(batch, row))
            count += 1
    return count


def clear_rows(batch: UUID) -> None:
    """Empty the waiting table of one batch."""
    execute("DELETE FROM registry_importrow WHERE batch_id = %(batch)s", {"batch": batch})


def write_staged(
    batch: UUID, *, at: datetime, tell: Callable[[str, int], None] = lambda message, done: None
) -> list[tuple[int, int]]:
    """Turn the waiting rows of a batch into organisations; return their (id, prov).

    Runs inside the caller's transaction. ``tell`` is told each step and how many rows are done.
    Raises Conflict when a code was registered since the rows were checked.
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
    total = execute(_NUMBER, params)
    _number_groups(batch)
    tell(gettext("正在登记代码"), total // 10)
    if execute(_DIRECTORY, params) != total:
        raise Conflict(
            "有代码刚刚被别人登记。",
            code="codes-taken",
            way_out="请重新检查文件，登记簿中已有的行会单独列出。",
        )
    tell(gettext("正在归入统计口径"), total // 5)
    find_cells(batch)
    tell(gettext("正在写入组织"), total // 4)
    execute(_ORGANISATIONS, params)
    tell(gettext("正在写入属性和机构"), total // 2)
    execute(_ATTRIBUTES, params)
    execute(_ORGANS, params)
    tell(gettext("正在更新各地总数"), total * 4 // 5)
    count_placed(at=at)
    keys = rows(
        "SELECT organisation_id, prov FROM registry_importrow WHERE batch_id = %(batch)s", params
    )
    clear_rows(batch)
    return keys


def _number_groups(batch: UUID) -> None:
    """Give each filed group without a number the next one of its county."""
    waiting = rows(
        "SELECT id, registered_region FROM registry_importrow"
        " WHERE batch_id = %(batch)s AND code = '' AND form = %(form)s ORDER BY number",
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
