"""Keep cells, populations and placements true after bearers were written.

Every command that writes organisations ends with :func:`place_bearers`, in the same transaction.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from tongzhou.kernel import events
from tongzhou.kernel.database import execute, rows

OWING = ("ACTIVE", "SUSPENDED")

# The facts of the written bearers, filled in column by column. One join per statement on a table
# with fresh statistics: a single join over bearers, profiles, cells and placements is planned as
# nested loops when a hundred thousand rows are new, and takes minutes instead of a second.
_TABLE = """
CREATE TEMP TABLE IF NOT EXISTS placed (
    id bigint, prov smallint, place integer, registered_region integer, form text,
    attributes bigint, organs integer, level text, owes boolean,
    profile_id bigint, old_cell bigint, new_cell bigint
) ON COMMIT DROP;
TRUNCATE placed
"""

_FACTS = """
INSERT INTO placed (id, prov, place, registered_region, form, attributes, organs, level, owes)
SELECT o.id, o.prov, o.located_in_id, o.registered_region, o.form, o.attributes, o.organs, '',
       o.status IN ('ACTIVE', 'SUSPENDED')
FROM unnest(%s::bigint[], %s::smallint[]) AS m(id, prov)
JOIN registry_organisation o ON o.id = m.id AND o.prov = m.prov
"""

_WAITING = """
INSERT INTO placed (id, prov, place, registered_region, form, attributes, organs, level, owes)
SELECT organisation_id, prov, located_in, registered_region, form, attributes, organs, '', TRUE
FROM registry_importrow WHERE batch_id = %(batch)s
"""

_LEVELS = """
UPDATE placed f SET level = CASE a.level WHEN 'NATION' THEN 'MINISTRY' ELSE a.level END
FROM registry_authority a
WHERE f.form = 'AUTHORITY' AND a.organisation_id = f.id AND a.prov = f.prov
"""

_PROFILES = """
INSERT INTO registry_profile (form, level, attributes, organs)
SELECT DISTINCT f.form, f.level, f.attributes, f.organs FROM placed f
WHERE NOT EXISTS (
    SELECT 1 FROM registry_profile p
    WHERE p.form = f.form AND p.level = f.level AND p.attributes = f.attributes
      AND p.organs = f.organs
)
ON CONFLICT DO NOTHING RETURNING id
"""

_PROFILE = """
UPDATE placed f SET profile_id = p.id FROM registry_profile p
WHERE p.form = f.form AND p.level = f.level AND p.attributes = f.attributes
  AND p.organs = f.organs
"""

_CELLS = """
INSERT INTO registry_cell (prov, place, registered_region, profile_id, population)
SELECT DISTINCT f.prov, f.place, f.registered_region, f.profile_id, 0 FROM placed f
WHERE NOT EXISTS (
    SELECT 1 FROM registry_cell c
    WHERE c.place = f.place AND c.registered_region = f.registered_region
      AND c.profile_id = f.profile_id AND c.prov = f.prov
)
ON CONFLICT DO NOTHING
"""

_CELL = """
UPDATE placed f SET new_cell = c.id FROM registry_cell c
WHERE c.place = f.place AND c.registered_region = f.registered_region
  AND c.profile_id = f.profile_id AND c.prov = f.prov
"""

_OLD = """
UPDATE placed f SET old_cell = p.cell_id FROM registry_placement p
WHERE p.organisation_id = f.id AND p.prov = f.prov AND p.to_at IS NULL
"""

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

# Who owes nothing any more leaves its cell for none: number 0.
_MOVED = """
SELECT id, prov, old_cell, CASE WHEN owes THEN new_cell ELSE 0 END AS cell FROM placed
WHERE old_cell IS NOT NULL AND (NOT owes OR old_cell <> new_cell) ORDER BY id
"""


def place_bearers(*, at: datetime, keys: Iterable[tuple[int, int]]) -> None:
    """Put written bearers into their cells: profiles, populations, placements, their reports.

    ``keys`` are (id, prov) of rows that the surrounding transaction has written; new rows may
    carry any ``cell_id`` meanwhile. Only ACTIVE and SUSPENDED bearers count in a population. Tells
    ``registry.profile.created`` (new profile ids) and ``registry.bearer.moved`` (id, prov, old
    cell, new cell; 0 for none) inside the transaction.
    """
    ids, provs = [], []
    for identifier, prov in keys:
        ids.append(identifier)
        provs.append(prov)
    _fill(_FACTS, [ids, provs])
    execute(_OLD)
    count_placed(at=at)


def find_cells(batch: UUID) -> None:
    """Find or make the cells of the numbered rows of an import before they are written.

    Leaves them in the temporary table ``placed`` (id, prov, new_cell) for the statement that writes
    the organisations; :func:`count_placed` must follow in the same transaction.
    """
    _fill(_WAITING, {"batch": batch})


def count_placed(*, at: datetime) -> None:
    """Bring populations and placements up to what stands in ``placed``, and tell who moved."""
    execute("ANALYZE placed")
    execute(_POPULATION)
    execute(_CLOSE, {"at": at})
    execute(_OPEN, {"at": at})
    execute(_ASSIGN)
    moved = rows(_MOVED)
    if moved:
        events.publish_inside("registry.bearer.moved", moves=moved, at=at)


def _fill(source: str, params: Any) -> None:
    for statement in _TABLE.split(";"):
        execute(statement)
    execute(source, params)
    execute(_LEVELS)
    execute("ANALYZE placed")
    created = [row[0] for row in rows(_PROFILES)]
    if created:
        events.publish_inside("registry.profile.created", profiles=created)
    for statement in (_PROFILE, _CELLS, "ANALYZE placed", _CELL):
        execute(statement)
