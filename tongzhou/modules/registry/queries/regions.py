"""Read the tree of regions with its changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tongzhou.base.errors import Missing
from tongzhou.kernel.database import rows

_REGIONS = """
SELECT r.id, r.name, r.valid_from, r.valid_to,
       coalesce((SELECT string_agg(lpad(h.id::text, 6, '0') || ' ' || h.name, '、' ORDER BY h.id)
         FROM registry_region_successors s JOIN registry_region h ON h.id = s.to_region_id
         WHERE s.from_region_id = r.id), '') AS heirs,
       coalesce(a.name, '') AS authority,
       (SELECT coalesce(sum(c.population), 0)::int FROM registry_cell c
        JOIN registry_profile p ON p.id = c.profile_id AND p.form <> 'AUTHORITY'
        WHERE c.place BETWEEN r.id AND r.high) AS located,
       (SELECT coalesce(sum(c.population), 0)::int FROM registry_cell c
        JOIN registry_profile p ON p.id = c.profile_id AND p.form <> 'AUTHORITY'
        WHERE c.registered_region BETWEEN r.id AND r.high) AS registered,
       (SELECT count(*)::int FROM kernel_assignment k
        WHERE k.authority_id = a.id AND k.to_on IS NULL) AS people
FROM registry_region r
LEFT JOIN registry_authority a
       ON a.region_id = r.id AND a.kind = 'REGISTRATION' AND a.valid_to IS NULL
WHERE {which}
ORDER BY r.valid_to IS NOT NULL, r.id
"""


@dataclass(frozen=True, slots=True)
class RegionRow:
    """A region with its days, its heirs, its registration authority and what hangs on it."""

    id: int
    name: str
    valid_from: date | None
    valid_to: date | None
    heirs: str
    authority: str
    located: int
    registered: int
    people: int


def list_regions(parent: int) -> list[RegionRow]:
    """Return the regions right below one, those that ended last."""
    return [RegionRow(*row) for row in rows(_REGIONS.format(which="r.parent_id = %s"), [parent])]


def find_regions(words: str, limit: int = 50) -> list[RegionRow]:
    """Return the regions whose code or name holds the words."""
    pattern = f"%{words.strip().replace('%', '').replace('_', '')}%"
    which = "(r.name LIKE %s OR lpad(r.id::text, 6, '0') LIKE %s)"
    found: Sequence[tuple[object, ...]] = rows(
        _REGIONS.format(which=which) + f" LIMIT {int(limit)}", [pattern, pattern]
    )
    return [RegionRow(*row) for row in found]  # type: ignore[arg-type]  # columns as declared


_NEIGHBOURS = """
SELECT r.id, r.name, coalesce(c.name, '') FROM registry_region r
LEFT JOIN registry_region c ON c.id = r.id / 100 * 100 AND c.id <> r.id
WHERE r.level = 'COUNTY' AND r.valid_to IS NULL AND r.id / 10000 = %(id)s / 10000 AND r.id <> %(id)s
ORDER BY r.id / 100 <> %(id)s / 100, r.id
"""


def list_neighbours(region_id: int) -> list[tuple[int, str, str]]:
    """Return the other counties of a region's province, its own city's first: id, name, city."""
    return [(row[0], row[1], row[2]) for row in rows(_NEIGHBOURS, {"id": region_id})]


def get_region(region_id: int) -> RegionRow:
    """Return one region; Missing if there is none."""
    found = rows(_REGIONS.format(which="r.id = %s"), [region_id])
    if not found:
        raise Missing("没有这个区划。", code="no-region")
    return RegionRow(*found[0])
