"""Compare waiting rows with what the register holds under the same codes, set by set.

Contacts and names of persons are compared as they lie encrypted: equal texts of one column lie
equal under one key. What the register holds under an older one is brought under the present first.

An optional column that the sheet lacks stays as it is held; an empty cell means "none", except for
names of persons, where it means "as before".
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tongzhou.kernel.access import NATION, Actor
from tongzhou.kernel.database import execute, rows
from tongzhou.kernel.privacy import cipher
from tongzhou.modules.registry.commands.importing.faults import add_faults
from tongzhou.modules.registry.models.register import CONTACT_PLACE, PERSON_PLACE
from tongzhou.modules.registry.queries.snapshot import Selection
from tongzhou.modules.registry.rules import cells
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.rules.attributes import attribute_kinds, labels

_TABLE = """
CREATE TEMP TABLE IF NOT EXISTS known (
    number integer, id bigint, prov smallint, status text, governed boolean, organs jsonb
) ON COMMIT DROP
"""

# Whole registers are compared: their tables are hashed at once instead of piece by piece on disk.
_ROOM = "SET LOCAL work_mem = '96MB'"

_FILL = """
INSERT INTO known (number, id, prov, status, governed, organs)
SELECT s.number, o.id, o.prov, o.status, o.registered_region BETWEEN %(low)s AND %(high)s, h.organs
FROM registry_importrow s
JOIN registry_codeentry e ON e.code = s.code
JOIN registry_organisation o ON o.id = e.organisation_id AND o.prov = e.prov
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(g.kind, g.person) AS organs FROM registry_organ g
    WHERE g.organisation_id = o.id AND g.prov = o.prov
      AND g.from_on <= %(today)s AND (g.to_on IS NULL OR g.to_on >= %(today)s)
) h ON TRUE
WHERE s.batch_id = %(batch)s AND s.code <> ''
"""

_OLD_CONTACTS = """
SELECT o.id, o.prov, o.territory_contact
FROM known k JOIN registry_organisation o ON o.id = k.id AND o.prov = k.prov
WHERE o.territory_contact <> '' AND NOT starts_with(o.territory_contact, %s)
LIMIT 50000
"""

_RENEW_CONTACTS = """
UPDATE registry_organisation o SET territory_contact = n.new
FROM unnest(%s::bigint[], %s::smallint[], %s::text[], %s::text[]) AS n(id, prov, old, new)
WHERE o.id = n.id AND o.prov = n.prov AND o.territory_contact = n.old
"""

_OLD_PERSONS = """
SELECT g.id, g.prov, g.person
FROM known k JOIN registry_organ g ON g.organisation_id = k.id AND g.prov = k.prov
WHERE g.person <> '' AND NOT starts_with(g.person, %s)
LIMIT 50000
"""

_RENEW_PERSONS = """
UPDATE registry_organ g SET person = n.new
FROM unnest(%s::bigint[], %s::smallint[], %s::text[], %s::text[]) AS n(id, prov, old, new)
WHERE g.id = n.id AND g.prov = n.prov AND g.person = n.old
"""

_FOREIGN = "SELECT number, %(code)s, '{}'::jsonb FROM known WHERE NOT governed"

_ENDED = """
SELECT number, %(code)s, jsonb_build_object('status', (%(statuses)s::jsonb)->>status)
FROM known WHERE governed AND status NOT IN ('ACTIVE', 'SUSPENDED')
"""

_FORM = """
SELECT s.number, %(form)s, '{}'::jsonb
FROM known k
JOIN registry_importrow s ON s.batch_id = %(batch)s AND s.number = k.number
JOIN registry_organisation o ON o.id = k.id AND o.prov = k.prov
WHERE o.form <> s.form
"""

_ELSEWHERE = """
SELECT s.number, %(registrar)s, '{}'::jsonb
FROM known k JOIN registry_importrow s ON s.batch_id = %(batch)s AND s.number = k.number
WHERE s.prov <> k.prov
"""

# A typed day that contradicts a period already held: history is not rewritten by a sheet.
_DAYS = """
SELECT DISTINCT s.number, %(attributes)s, jsonb_build_object(
    'attribute', w.word, 'held', a.from_on, 'found', d.value)
FROM known k
JOIN registry_importrow s ON s.batch_id = %(batch)s AND s.number = k.number
CROSS JOIN LATERAL jsonb_each_text(s.attribute_dates) d
JOIN unnest(%(codes)s::text[], %(bits)s::int[], %(words)s::text[]) AS w(code, bit, word)
  ON w.code = d.key
JOIN registry_organisationattribute a
  ON a.organisation_id = k.id AND a.prov = k.prov AND a.attribute = d.key
WHERE (s.undated >> w.bit) & 1 = 0 AND (
    a.from_on <= %(today)s AND (a.to_on IS NULL OR a.to_on >= %(today)s)
        AND a.from_on <> d.value::date
    OR a.to_on < %(today)s AND a.to_on >= d.value::date
)
"""

_KEEP = """
UPDATE registry_importrow s SET
    address = CASE WHEN %(no_address)s THEN o.address ELSE s.address END,
    supervisor = CASE WHEN %(no_supervisor)s THEN o.supervisor_id ELSE s.supervisor END,
    industry_department =
        CASE WHEN %(no_industry)s THEN o.industry_department_id ELSE s.industry_department END,
    territory_contact =
        CASE WHEN %(no_contact)s THEN o.territory_contact ELSE s.territory_contact END,
    attributes = CASE WHEN %(no_attributes)s THEN o.attributes ELSE s.attributes END
FROM known k JOIN registry_organisation o ON o.id = k.id AND o.prov = k.prov
WHERE s.batch_id = %(batch)s AND s.number = k.number
"""

_SUPERVISED = """
SELECT s.number, %(supervisor)s, '{}'::jsonb
FROM known k JOIN registry_importrow s ON s.batch_id = %(batch)s AND s.number = k.number
WHERE s.supervisor IS NOT NULL AND s.attributes & %(without)s <> 0
"""


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the sheet: the condition that it differs, and both values for people."""

    name: str
    differs: str
    held: str
    given: str


def _either(column: str, held: str, given: str) -> _Column:
    return _Column(column, f"{held} <> {given}", held, given)


def _authority(column: str, held: str, given: str) -> _Column:
    name = "coalesce((SELECT name FROM registry_authority WHERE id = {}), '')"
    return _Column(
        column, f"{held} IS DISTINCT FROM {given}", name.format(held), name.format(given)
    )


def _person(column: str, kind: str) -> _Column:
    given, held = f"s.people->>'{kind}'", f"coalesce(k.organs->>'{kind}', '')"
    return _Column(column, f"({given} <> '' AND {given} <> {held})", held, given)


def _organ(column: str, kind: str) -> _Column:
    given = f"jsonb_exists(s.people, '{kind}')"
    return _either(column, f"coalesce(jsonb_exists(k.organs, '{kind}'), FALSE)", given)


_REGION = "(SELECT name FROM registry_region WHERE id = {})"
_COLUMNS = (
    _either(c.NAME, "o.name", "s.name"),
    _authority(c.REGISTRAR, "o.registered_by_id", "s.registered_by"),
    _Column(
        c.PLACE,
        "o.located_in_id <> s.located_in",
        _REGION.format("o.located_in_id"),
        _REGION.format("s.located_in"),
    ),
    _either(c.ADDRESS, "o.address", "s.address"),
    _Column(
        c.ESTABLISHED,
        "o.established_on IS DISTINCT FROM s.established_on",
        "coalesce(o.established_on::text, '')",
        "s.established_on",
    ),
    _either(c.ATTRIBUTES, "o.attributes", "s.attributes"),
    _authority(c.SUPERVISOR, "o.supervisor_id", "s.supervisor"),
    _authority(c.INDUSTRY, "o.industry_department_id", "s.industry_department"),
    _either(c.TERRITORY, "o.territory_contact", "s.territory_contact"),
    _person(c.LEGAL_REP, "LEGAL_REP"),
    _person(c.SECRETARY, "SECRETARIAT"),
    _organ(c.PARTY_ORG, "PARTY_ORG"),
    _person(c.PARTY_SECRETARY, "PARTY_ORG"),
    _organ(c.BOARD, "SUPERVISORY_BOARD"),
    _person(c.BOARD_CHAIR, "SUPERVISORY_BOARD"),
)
_DIFFERS = " OR ".join(each.differs for each in _COLUMNS)
_DIFFERENCES = ", ".join(
    f"'{each.name}', CASE WHEN {each.differs} THEN jsonb_build_array({each.held}, {each.given}) END"
    for each in _COLUMNS
)

# Most rows say the same: what differs is put together for the others alone.
_DIFFER = f"""
UPDATE registry_importrow s SET
    organisation_id = o.id, version = o.version,
    outcome = CASE WHEN {_DIFFERS} THEN 'CHANGED' ELSE 'SAME' END,
    differences = CASE WHEN {_DIFFERS} THEN jsonb_strip_nulls(jsonb_build_object({_DIFFERENCES}))
                       ELSE '{{}}' END
FROM known k JOIN registry_organisation o ON o.id = k.id AND o.prov = k.prov
WHERE s.batch_id = %(batch)s AND s.number = k.number
"""  # noqa: S608 - made of constants

_BY_COLUMN = """
SELECT d.key, count(*) FROM registry_importrow s, jsonb_object_keys(s.differences) AS d(key)
WHERE s.batch_id = %s AND s.outcome = 'CHANGED' GROUP BY 1 ORDER BY 2 DESC
"""


def compare_known(
    batch: UUID, *, actor: Actor, today: date, present: Collection[str]
) -> dict[str, int]:
    """Say of each waiting row whether it is new, changes what is held, or says the same.

    ``present`` are the columns of the sheet. Rows that may not change what is held become faults.
    Returns column → how many rows change it.
    """
    low, high = NATION if actor.is_system else (actor.low, actor.high)
    kinds = attribute_kinds()
    params = {
        "batch": batch,
        "today": today,
        "low": low,
        "high": high,
        "no_address": c.ADDRESS not in present,
        "no_supervisor": c.SUPERVISOR not in present,
        "no_industry": c.INDUSTRY not in present,
        "no_contact": c.TERRITORY not in present,
        "no_attributes": c.ATTRIBUTES not in present,
    }
    execute(_ROOM)
    execute(_TABLE)
    execute("TRUNCATE known")
    if not execute(_FILL, params):
        return {}
    if _renew():
        execute("TRUNCATE known")
        execute(_FILL, params)
    execute("ANALYZE known")
    _refuse(batch, today, list(kinds), [kind.bit for kind in kinds.values()])
    if any(value for name, value in params.items() if name.startswith("no_")):
        execute(_KEEP, params)
    add_faults(
        batch,
        _SUPERVISED,
        {"supervisor": c.SUPERVISOR, "without": cells.without_supervisor()},
        "直接登记或者已脱钩的组织没有业务主管单位。",
        "请清空本列，或者改正“属性”；指导其业务的部门请填在“行业管理部门”列。",
    )
    execute(_DIFFER, params)
    return dict(rows(_BY_COLUMN, [batch]))


def _renew() -> int:
    """Bring what the register holds of the known under the present key; return how many texts."""
    prefix = cipher.current_prefix()
    found = 0
    for held, renew, place in (
        (_OLD_CONTACTS, _RENEW_CONTACTS, CONTACT_PLACE),
        (_OLD_PERSONS, _RENEW_PERSONS, PERSON_PLACE),
    ):
        while old := rows(held, [prefix]):
            new = [cipher.seal(cipher.open_sealed(each[-1], place), place) for each in old]
            execute(renew, [*map(list, zip(*old, strict=True)), new])
            found += len(old)
    return found


def _refuse(batch: UUID, today: date, codes: list[str], bits: list[int]) -> None:
    words = labels("attribute")
    add_faults(
        batch,
        _FOREIGN,
        {"code": c.CODE},
        "这个代码由别的机关登记，不能在这里变更。",
        "请删去本行，并通知它的登记管理机关办理；由您机关接管的，请办理迁移。",
    )
    add_faults(
        batch,
        _ENDED,
        {"code": c.CODE, "statuses": json.dumps(labels("status"), ensure_ascii=False)},
        "该组织%(status)s，不能再变更。",
        "请删去本行。",
    )
    add_faults(
        batch,
        _ELSEWHERE,
        {"registrar": c.REGISTRAR},
        "新的登记管理机关在另一个省，应办理迁移，不能在这里变更。",
        "请由迁入地的登记管理机关在“跨省迁移”中提出。",
    )
    add_faults(
        batch,
        _FORM,
        {"form": c.FORM},
        "与登记簿中的登记形式不同。",
        "登记形式不能变更；确属改制的，应注销后重新登记。",
    )
    add_faults(
        batch,
        _DAYS,
        {
            "attributes": c.ATTRIBUTES,
            "today": today,
            "codes": codes,
            "bits": bits,
            "words": [words[code] for code in codes],
        },
        "登记簿中“%(attribute)s”自%(held)s起，与这里的%(found)s矛盾。",
        "日期不变的，请删去括号里的日期；确实记错的，请在该组织的页面终止原记录后重新添加。",
    )


def list_missing(batch: UUID, actor: Actor) -> Selection:
    """Return the organisations that a full sheet does not name.

    Looked for among those registered by the authorities that the sheet names and the actor governs.
    """
    low, high = NATION if actor.is_system else (actor.low, actor.high)
    return Selection(
        """
        o.form <> 'AUTHORITY' AND o.status IN ('ACTIVE', 'SUSPENDED')
        AND o.registered_region BETWEEN %(low)s AND %(high)s
        AND o.registered_by_id IN (
            SELECT DISTINCT registered_by FROM registry_importrow WHERE batch_id = %(batch)s)
        AND NOT EXISTS (SELECT 1 FROM registry_importrow s
                        WHERE s.batch_id = %(batch)s AND s.code = o.code)
        AND NOT EXISTS (SELECT 1 FROM registry_importfault f
                        WHERE f.batch_id = %(batch)s AND f.faults->>'code' = o.code)
        """,
        {"batch": batch, "low": low, "high": high},
    )
