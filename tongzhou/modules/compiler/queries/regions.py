"""The regions that a scope or a place may name."""

from tongzhou.kernel.database import rows

_BELOW = """
SELECT id, name FROM registry_region
WHERE id BETWEEN %(low)s AND %(high)s AND valid_to IS NULL AND role <> 'GROUPING'
  AND (%(deep)s OR id %% 100 = 0)
ORDER BY id
"""
#: A nation is chosen from by province and city; three thousand counties are no choice.
_WIDE = 10_000


def list_regions(low: int, high: int) -> list[tuple[int, str]]:
    """Return the regions of a range with their names, in the order of their codes."""
    deep = high - low < _WIDE
    found = rows(_BELOW, {"low": low, "high": high, "deep": deep})
    return [(region, name) for region, name in found]


def region_names(ids: set[int]) -> dict[int, str]:
    """Return the names of regions by id."""
    if not ids:
        return {}
    found = rows("SELECT id, name FROM registry_region WHERE id = ANY(%s)", [sorted(ids)])
    return dict(found)
