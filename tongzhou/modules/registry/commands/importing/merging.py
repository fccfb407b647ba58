"""Change organisations that an import names and the register holds, set by set.

Runs inside the transaction that also writes the new rows. Attributes and organs that begin or end
do so with the day of the import; periods that were closed stay as they are.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from tongzhou.base.errors import Conflict
from tongzhou.kernel.database import execute, rows
from tongzhou.modules.registry.commands.masks import refresh_masks
from tongzhou.modules.registry.rules.attributes import attribute_kinds

_TABLE = """
CREATE TEMP TABLE IF NOT EXISTS merged (
    id bigint, prov smallint, row_id bigint, held bigint, given bigint, PRIMARY KEY (id, prov)
) ON COMMIT DROP
"""

# Held in the order of ids, so that two writers wait for each other and never in a circle.
_HOLD = """
INSERT INTO merged
SELECT o.id, o.prov, s.id, o.attributes, s.attributes
FROM registry_importrow s
JOIN registry_organisation o ON o.id = s.organisation_id AND o.prov = s.prov
WHERE s.batch_id = %(batch)s AND s.outcome = 'CHANGED' AND o.version = s.version
ORDER BY o.id FOR UPDATE OF o
"""

_ORGANISATIONS = """
UPDATE registry_organisation o SET
    name = s.name, pinyin = s.pinyin, registered_by_id = s.registered_by,
    registered_region = s.registered_region, located_in_id = s.located_in, address = s.address,
    supervisor_id = s.supervisor, industry_department_id = s.industry_department,
    territory_contact = s.territory_contact, established_on = s.established_on,
    version = o.version + 1
FROM merged m JOIN registry_importrow s ON s.id = m.row_id
WHERE o.id = m.id AND o.prov = m.prov
"""

_END_ATTRIBUTES = """
UPDATE registry_organisationattribute a
SET to_on = greatest(a.from_on, %(today)s::date - 1)
FROM merged m, unnest(%(codes)s::text[], %(bits)s::int[]) AS k(code, bit)
WHERE (m.held & ~m.given) >> k.bit & 1 = 1
  AND a.organisation_id = m.id AND a.prov = m.prov AND a.attribute = k.code
  AND a.from_on <= %(today)s AND (a.to_on IS NULL OR a.to_on >= %(today)s)
"""

_ADD_ATTRIBUTES = """
INSERT INTO registry_organisationattribute
    (prov, organisation_id, attribute, from_on, to_on, basis)
SELECT m.prov, m.id, k.code, day.first,
       (SELECT min(a.from_on) - 1 FROM registry_organisationattribute a
        WHERE a.organisation_id = m.id AND a.prov = m.prov AND a.attribute = k.code
          AND a.from_on > day.first), %(basis)s
FROM merged m
JOIN registry_importrow s ON s.id = m.row_id
JOIN unnest(%(codes)s::text[], %(bits)s::int[]) AS k(code, bit)
  ON (m.given & ~m.held) >> k.bit & 1 = 1
CROSS JOIN LATERAL (SELECT CASE WHEN s.undated >> k.bit & 1 = 1 THEN %(today)s::date
                                ELSE (s.attribute_dates->>k.code)::date END AS first) day
"""

_END_ORGANS = """
UPDATE registry_organ g SET to_on = greatest(g.from_on, %(today)s::date - 1)
FROM merged m JOIN registry_importrow s ON s.id = m.row_id
WHERE g.organisation_id = m.id AND g.prov = m.prov AND g.to_on IS NULL AND (
    NOT jsonb_exists(s.people, g.kind)
    OR s.people->>g.kind <> '' AND s.people->>g.kind <> g.person AND g.from_on < %(today)s
)
"""

_RENAME_ORGANS = """
UPDATE registry_organ g SET person = s.people->>g.kind, title = ''
FROM merged m JOIN registry_importrow s ON s.id = m.row_id
WHERE g.organisation_id = m.id AND g.prov = m.prov AND g.to_on IS NULL
  AND s.people->>g.kind <> '' AND s.people->>g.kind <> g.person
"""

_OPEN_ORGANS = """
INSERT INTO registry_organ (prov, organisation_id, kind, name, person, title, from_on)
SELECT m.prov, m.id, d.key,
       coalesce((SELECT g.name FROM registry_organ g
                 WHERE g.organisation_id = m.id AND g.prov = m.prov AND g.kind = d.key
                 ORDER BY g.from_on DESC LIMIT 1), ''),
       d.value, '', %(today)s
FROM merged m
JOIN registry_importrow s ON s.id = m.row_id
CROSS JOIN LATERAL jsonb_each_text(s.people) d
WHERE NOT EXISTS (
    SELECT 1 FROM registry_organ g
    WHERE g.organisation_id = m.id AND g.prov = m.prov AND g.kind = d.key
      AND (g.to_on IS NULL OR g.to_on >= %(today)s)
)
"""


def merge_changed(batch: UUID, *, today: date, basis: str) -> int:
    """Change the organisations of the changed rows; return how many.

    Leaves their keys in the temporary table ``merged``; the caller places them. ``basis`` is noted
    with attributes that begin. Raises Conflict when one was changed since the sheet was checked.
    """
    counted = "SELECT count(*) FROM registry_importrow WHERE batch_id = %s AND outcome = 'CHANGED'"
    wanted = int(rows(counted, [batch])[0][0])
    execute(_TABLE)
    execute("TRUNCATE merged")
    if not wanted:
        return 0
    kinds = attribute_kinds()
    params = {
        "batch": batch,
        "today": today,
        "basis": basis[:120],
        "codes": list(kinds),
        "bits": [kind.bit for kind in kinds.values()],
    }
    if execute(_HOLD, params) != wanted:
        raise Conflict(
            "检查之后，有的组织已被他人修改。",
            code="import-stale",
            way_out="请重新检查文件后再导入。",
        )
    execute("ANALYZE merged")
    for statement in (
        _ORGANISATIONS,
        _END_ATTRIBUTES,
        _ADD_ATTRIBUTES,
        _END_ORGANS,
        _RENAME_ORGANS,
        _OPEN_ORGANS,
    ):
        execute(statement, params)
    refresh_masks("merged", today)
    return wanted
