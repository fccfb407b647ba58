"""Keep cells, populations and placements true after bearers were written.

Every command that writes organisations ends with :func:`place_bearers`, in the same transaction.
"""

from collections.abc import Iterable
from datetime import datetime

from tongzhou.kernel import events
from tongzhou.kernel.database import execute, rows

OWING = ("ACTIVE", "SUSPENDED")

_KEYS = """
CREATE TEMP TABLE IF NOT EXISTS moving (id bigint, prov smallint) ON COMMIT DROP;
TRUNCATE moving
"""

_FACTS = """
SELECT o.id, o.prov, o.located_in_id AS place, o.registered_region, o.form, o.attributes, o.organs,
       CASE WHEN o.form = 'AUTHORITY'
            THEN CASE a.level WHEN 'NATION' THEN 'MINISTRY' ELSE a.level END
            ELSE '' END AS level
FROM moving m
JOIN registry_organisation o ON o.id = m.id AND o.prov = m.prov
LEFT JOIN registry_authority a
       ON o.form = 'AUTHORITY' AND a.organisation_id = o.id AND a.prov = o.prov
"""

_PROFILES = f"""
INSERT INTO registry_profile (form, level, attributes, organs)
SELECT DISTINCT f.form, f.level, f.attributes, f.organs FROM ({_FACTS}) f
WHERE NOT EXISTS (
    SELECT 1 FROM registry_profile p
    WHERE (p.form, p.level, p.attributes, p.organs) = (f.form, f.level, f.attributes, f.organs)
)
ON CONFLICT DO NOTHING RETURNING id
"""  # noqa: S608 - made of constants

_CELLS = f"""
INSERT INTO registry_cell (prov, place, registered_region, profile_id, population)
SELECT DISTINCT f.prov, f.place, f.registered_region, p.id, 0
FROM ({_FACTS}) f
JOIN registry_profile p
  ON (p.form, p.level, p.attributes, p.organs) = (f.form, f.level, f.attributes, f.organs)
WHERE NOT EXISTS (
    SELECT 1 FROM registry_cell c
    WHERE (c.place, c.registered_region, c.profile_id, c.prov)
        = (f.place, f.registered_region, p.id, f.prov)
)
ON CONFLICT DO NOTHING
"""  # noqa: S608 - made of constants

_TARGETS = f"""
CREATE TEMP TABLE IF NOT EXISTS placed (
    id bigint, prov smallint, old_cell bigint, new_cell bigint, owes boolean
) ON COMMIT DROP;
TRUNCATE placed;
INSERT INTO placed
SELECT f.id, f.prov, old.cell_id, c.id, o.status IN ('ACTIVE', 'SUSPENDED')
FROM ({_FACTS}) f
JOIN registry_organisation o ON o.id = f.id AND o.prov = f.prov
JOIN registry_profile p
  ON (p.form, p.level, p.attributes, p.organs) = (f.form, f.level, f.attributes, f.organs)
JOIN registry_cell c ON (c.place, c.registered_region, c.profile_id, c.prov)
                      = (f.place, f.registered_region, p.id, f.prov)
LEFT JOIN registry_placement old
  ON old.organisation_id = f.id AND old.prov = f.prov AND old.to_at IS NULL;
ANALYZE placed
"""  # noqa: S608 - made of constants

_CHANGED = "(CASE WHEN owes THEN new_cell END) IS DISTINCT FROM old_cell"

_POPULATION = f"""
WITH change AS (
    SELECT cell, prov, sum(n) AS n FROM (
        SELECT new_cell AS cell, prov, 1 AS n FROM placed WHERE owes AND {_CHANGED}
        UNION ALL
        SELECT old_cell, prov, -1 FROM placed WHERE old_cell IS NOT NULL AND {_CHANGED}
    ) each GROUP BY cell, prov HAVING sum(n) <> 0
), held AS (
    SELECT c.id, c.prov FROM registry_cell c JOIN change USING (prov)
    WHERE c.id = change.cell ORDER BY c.id, c.prov FOR UPDATE OF c
)
UPDATE registry_cell c SET population = c.population + change.n
FROM change JOIN held ON held.id = change.cell AND held.prov = change.prov
WHERE c.id = change.cell AND c.prov = change.prov
"""  # noqa: S608 - made of constants

_CLOSE = f"""
UPDATE registry_placement old SET to_at = %(at)s
FROM placed p
WHERE old.organisation_id = p.id AND old.prov = p.prov AND old.to_at IS NULL AND {_CHANGED}
"""  # noqa: S608 - made of constants

_OPEN = f"""
INSERT INTO registry_placement (prov, organisation_id, cell_id, from_at)
SELECT prov, id, new_cell, %(at)s FROM placed WHERE owes AND {_CHANGED}
"""  # noqa: S608 - made of constants

_ASSIGN = """
UPDATE registry_organisation o SET cell_id = p.new_cell
FROM placed p WHERE o.id = p.id AND o.prov = p.prov AND o.cell_id IS DISTINCT FROM p.new_cell
"""

_MOVED = """
SELECT id, prov, old_cell, new_cell FROM placed
WHERE old_cell IS NOT NULL AND old_cell <> new_cell ORDER BY id
"""


def place_bearers(*, at: datetime, keys: Iterable[tuple[int, int]]) -> None:
    """Put written bearers into their cells: profiles, populations, placements, their reports.

    ``keys`` are (id, prov) of rows that the surrounding transaction has written; new rows may
    carry any ``cell_id`` meanwhile. Only ACTIVE and SUSPENDED bearers count in a population. Tells
    ``registry.profile.created`` (new profile ids) and ``registry.bearer.moved`` (id, prov, old
    cell, new cell) inside the transaction.
    """
    ids, provs = [], []
    for identifier, prov in keys:
        ids.append(identifier)
        provs.append(prov)
    for statement in _KEYS.split(";"):
        execute(statement)
    execute("INSERT INTO moving SELECT * FROM unnest(%s::bigint[], %s::smallint[])", [ids, provs])
    execute("ANALYZE moving")
    created = [row[0] for row in rows(_PROFILES)]
    if created:
        events.publish_inside("registry.profile.created", profiles=created)
    execute(_CELLS)
    for statement in _TARGETS.split(";"):
        execute(statement)
    execute(_POPULATION)
    execute(_CLOSE, {"at": at})
    execute(_OPEN, {"at": at})
    execute(_ASSIGN)
    moved = rows(_MOVED)
    if moved:
        events.publish_inside("registry.bearer.moved", moves=moved, at=at)
