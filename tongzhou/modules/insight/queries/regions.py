"""Names of regions and of the authorities that register there."""

from collections.abc import Iterable
from datetime import datetime

from tongzhou.base.errors import Missing
from tongzhou.base.period import local_day
from tongzhou.kernel.database import rows
from tongzhou.modules.insight.contracts import RegionName
from tongzhou.modules.registry.public import Level, ancestors, level_of

_NAMES = """
SELECT r.id, r.name, r.level, EXISTS (
    SELECT 1 FROM registry_region c WHERE c.parent_id = r.id AND c.id <> r.id
       AND (c.valid_to IS NULL OR c.valid_to > %(day)s)
)
FROM registry_region r WHERE r.id = ANY(%(ids)s)
"""


def list_regions(ids: Iterable[int], at: datetime) -> dict[int, RegionName]:
    """Return regions by id; unknown ids are left out."""
    found = rows(_NAMES, {"ids": sorted(set(ids)), "day": local_day(at)})
    return {row[0]: RegionName(*row) for row in found}


def list_way(region_id: int, at: datetime) -> list[RegionName]:
    """Return the regions from the nation down to one, itself last; Missing if it is unknown.

    A code that only holds counties together (市辖区) is left out, unless it is asked for itself.
    """
    ids = [*ancestors(region_id), region_id]
    grouping = {
        row[0]
        for row in rows(
            "SELECT id FROM registry_region WHERE id = ANY(%s) AND role = 'GROUPING'", [ids]
        )
    }
    names = list_regions(ids, at)
    if region_id not in names:
        raise Missing("没有这个地区。", code="no-region", field="region")
    return [
        names[each] for each in ids if each in names and (each == region_id or each not in grouping)
    ]


_AUTHORITIES = """
SELECT DISTINCT ON (region_id) region_id, name FROM registry_authority
WHERE kind = 'REGISTRATION' AND region_id = ANY(%s) ORDER BY region_id, valid_to DESC NULLS FIRST
"""


def list_registrars(region_ids: Iterable[int]) -> dict[int, str]:
    """Return the names of the registration authorities of regions."""
    return dict(rows(_AUTHORITIES, [sorted(set(region_ids))]))


def is_leaf(region_id: int) -> bool:
    """Tell whether a region is a county, below which there is nothing to open."""
    return level_of(region_id) is Level.COUNTY
