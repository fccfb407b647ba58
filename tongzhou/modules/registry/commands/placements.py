"""Keep cells, populations and placements true after bearers were written.

Every command that writes organisations ends with :func:`place_bearers`, in the same transaction.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from tongzhou.kernel import events
from tongzhou.kernel.database import execute, rows
from tongzhou.modules.registry.models.register import CELLS_PER_PLACE

OWING = ("ACTIVE", "SUSPENDED")

# Facts are few and bearers many: a million bearers have some tens of thousands of combinations.
# Profiles and cells are found for the combinations, and each bearer is written once, with its cell.
# One join per statement on tables with fresh statistics: a single join over bearers, profiles,
# cells and placements is planned as nested loops when a hundred thousand rows are new.
_TABLES = (
    """
    CREATE TEMP TABLE IF NOT EXISTS bearing (
        id bigint, prov smallint, place integer, registered_region integer, form text,
        attributes bigint, organs integer, level text, owes boolean, old_cell bigint, fresh boolean
    ) ON COMMIT DROP
    """,
    """
    CREATE TEMP TABLE IF NOT EXISTS combined (
        prov smallint, place integer, registered_region integer, form text, attributes bigint,
        organs integer, level text, profile_id bigint, cell_id bigint
    ) ON COMMIT DROP
    """,
    """
    CREATE TEMP TABLE IF NOT EXISTS placed (
        id bigint, prov smallint, owes boolean, old_cell bigint, new_cell bigint, fresh boolean
    ) ON COMMIT DROP
    """,
    "TRUNCATE bearing, combined, placed",
)

_FACTS = """
INSERT INTO bearing
SELECT o.id, o.prov, o.located_in_id, o.registered_region, o.form, o.attributes, o.organs,
       CASE WHEN o.form <> 'AUTHORITY' THEN '' ELSE coalesce(
           (SELECT CASE a.level WHEN 'NATION' THEN 'MINISTRY' ELSE a.level END
            FROM registry_authority a WHERE a.organisation_id = o.id AND a.prov = o.prov LIMIT 1),
           '') END,
       o.status IN ('ACTIVE', 'SUSPENDED'),
       (SELECT p.cell_id FROM registry_placement p
        WHERE p.organisation_id = o.id AND p.prov = o.prov AND p.to_at IS NULL),
       FALSE
FROM unnest(%s::bigint[], %s::smallint[]) AS m(id, prov)
JOIN registry_organisation o ON o.id = m.id AND o.prov = m.prov
"""

_WAITING = """
INSERT INTO bearing
SELECT organisation_id, prov, located_in, registered_region, form, attributes, organs, '', TRUE,
       NULL, TRUE
FROM registry_importrow WHERE batch_id = %(batch)s AND outcome = 'NEW'
"""

_COMBINED = """
INSERT INTO combined (prov, place, registered_region, form, attributes, organs, level)
SELECT DISTINCT prov, place, registered_region, form, attributes, organs, level FROM bearing
"""

_PROFILES = """
INSERT INTO registry_profile (form, level, attributes, organs)
SELECT DISTINCT f.form, f.level, f.attributes, f.organs FROM combined f
WHERE NOT EXISTS (
    SELECT 1 FROM registry_profile p
    WHERE p.form = f.form AND p.level = f.level AND p.attributes = f.attributes
      AND p.organs = f.organs
)
ORDER BY 1, 2, 3, 4
ON CONFLICT DO NOTHING RETURNING id
"""

_PROFILE = """
UPDATE combined f SET profile_id = p.id FROM registry_profile p
WHERE p.form = f.form AND p.level = f.level AND p.attributes = f.attributes
  AND p.organs = f.organs
"""

_CELLS = f"""
INSERT INTO registry_cell (id, prov, place, registered_region, profile_id, population)
SELECT f.place * {CELLS_PER_PLACE}::bigint + nextval('registry_cell_id'), f.prov, f.place,
       f.registered_region, f.profile_id, 0
FROM combined f
WHERE NOT EXISTS (
    SELECT 1 FROM registry_cell c
    WHERE c.place = f.place AND c.registered_region = f.registered_region
      AND c.profile_id = f.profile_id AND c.prov = f.prov
)
ORDER BY f.prov, f.registered_region, f.place, f.profile_id
ON CONFLICT DO NOTHING
"""  # noqa: S608 - made of constants

_CELL = """
UPDATE combined f SET cell_id = c.id FROM registry_cell c
WHERE c.place = f.place AND c.registered_region = f.registered_region
  AND c.profile_id = f.profile_id AND c.prov = f.prov
"""

_PLACED = """
INSERT INTO placed (id, prov, owes, old_cell, new_cell, fresh)
SELECT b.id, b.prov, b.owes, b.old_cell, f.cell_id, b.fresh
FROM bearing b JOIN combined f
  ON f.prov = b.prov AND f.place = b.place AND f.registered_region = b.registered_region
 AND f.form = b.form AND f.attributes = b.attributes AND f.organs = b.organs AND f.level = b.level
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
RETURNING c.id, c.prov, change.n::int
"""  # noqa: S608 - made of constants

_CLOSE = f"""
UPDATE registry_placement old SET to_at = %(at)s
FROM placed p
WHERE old.organisation_id = p.id AND old.prov = p.prov AND old.to_at IS NULL
  AND p.old_cell IS NOT NULL AND {_CHANGED}
"""  # noqa: S608 - made of constants

_OPEN = f"""
INSERT INTO registry_placement (prov, organisation_id, cell_id, from_at)
SELECT prov, id, new_cell, %(at)s FROM placed WHERE owes AND {_CHANGED}
"""  # noqa: S608 - made of constants

_ASSIGN = """
UPDATE registry_organisation o SET cell_id = p.new_cell
FROM placed p
WHERE o.id = p.id AND o.prov = p.prov AND NOT p.fresh AND o.cell_id IS DISTINCT FROM p.new_cell
"""

# Who owes nothing any more leaves its cell for none, number 0, and goes from none to none.
_MOVED = """
SELECT id, prov, coalesce(old_cell, 0), CASE WHEN owes THEN new_cell ELSE 0 END AS cell FROM placed
WHERE (NOT owes OR old_cell <> new_cell) AND NOT fresh AND id > %(after)s
ORDER BY id LIMIT %(size)s
"""
_AT_ONCE = 20_000


def place_bearers(*, at: datetime, keys: Iterable[tuple[int, int]]) -> None:
    """Put written bearers into their cells: profiles, populations, placements, their reports.

    ``keys`` are (id, prov) of rows that the surrounding transaction has written; new rows may
    carry any ``cell_id`` meanwhile. Only ACTIVE and SUSPENDED bearers count in a population. Tells
    ``registry.profile.created`` (new profile ids), ``registry.population.changed`` (cell, prov, by
    how many) and ``registry.bearer.moved`` (id, prov, old cell, new cell; 0 for none) inside the
    transaction.
    """
    ids, provs = [], []
    for identifier, prov in keys:
        ids.append(identifier)
        provs.append(prov)
    fill_bearing(_FACTS, [ids, provs])
    find_placed()
    count_placed(at=at)


def fill_waiting(batch: UUID) -> None:
    """Put the new rows of an import into ``bearing``, before they are written.

    :func:`find_placed` then leaves their cells in the temporary table ``placed`` for the statement
    that writes the organisations; :func:`count_placed` must follow in the same transaction.
    """
    fill_bearing(_WAITING, {"batch": batch})


def fill_bearing(source: str, params: Any, *, anew: bool = True) -> None:
    """Put bearers with their facts into the temporary table ``bearing``, by a statement."""
    if anew:
        for statement in _TABLES:
            execute(statement)
    execute(source, params)


def find_placed() -> None:
    """Find or make the cells of what stands in ``bearing``; fill ``placed``."""
    execute("ANALYZE bearing")
    execute(_COMBINED)
    execute("ANALYZE combined")
    created = [row[0] for row in rows(_PROFILES)]
    if created:
        events.publish_inside("registry.profile.created", profiles=created)
    for statement in (_PROFILE, _CELLS, "ANALYZE combined", _CELL, "ANALYZE combined", _PLACED):
        execute(statement)


def count_placed(*, at: datetime) -> None:
    """Bring populations and placements up to what stands in ``placed``, and tell who moved."""
    execute("ANALYZE placed")
    changes = rows(_POPULATION)
    if changes:
        events.publish_inside("registry.population.changed", changes=changes)
    execute(_CLOSE, {"at": at})
    execute(_OPEN, {"at": at})
    execute(_ASSIGN)
    for moved in _moved():
        events.publish_inside("registry.bearer.moved", moves=moved, at=at)


def _moved() -> Iterator[list[Any]]:
    """Yield who moved, some at a time: a reclassified province is too much for one list."""
    after = 0
    while found := rows(_MOVED, {"after": after, "size": _AT_ONCE}):
        yield found
        after = found[-1][0]
