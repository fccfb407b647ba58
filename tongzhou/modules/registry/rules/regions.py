"""Reckon with region ids.

A region id is its GB/T 2260 code as an integer; the nation is 0. The 2-2-2 structure makes every
subtree one range of ids, so "in this region" is ``BETWEEN low AND high`` and needs no tree walk.
"""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from pathlib import Path

from tongzhou.modules.registry.contracts import Level, RegionRole, SeedRegion

NATION = 0
#: Credit codes of organisations registered by the ministry carry this in positions 3-8.
NATION_CODE = "100000"
#: ``prov`` of nationally registered organisations; provinces use their own number (44 Guangdong).
NATIONAL_PROV = 10
HIGHEST = 999_999

_SEED = Path(__file__).parent.parent / "data" / "regions.csv"


def level_of(region_id: int) -> Level:
    """Return the level that the digits of an id express."""
    if region_id == NATION:
        return Level.NATION
    if region_id % 10_000 == 0:
        return Level.PROVINCE
    if region_id % 100 == 0:
        return Level.CITY
    return Level.COUNTY


def span(region_id: int) -> tuple[int, int]:
    """Return the lowest and highest id of a region's subtree, itself included."""
    if region_id == NATION:
        return 0, HIGHEST
    if region_id % 10_000 == 0:
        return region_id, region_id + 9_999
    if region_id % 100 == 0:
        return region_id, region_id + 99
    return region_id, region_id


def contains(outer_id: int, inner_id: int) -> bool:
    """Tell whether ``inner_id`` is ``outer_id`` or lies inside it."""
    low, high = span(outer_id)
    return low <= inner_id <= high


def ancestors(region_id: int) -> tuple[int, ...]:
    """Return the ids above a region, the nation first; empty for the nation."""
    above = (NATION, region_id // 10_000 * 10_000, region_id // 100 * 100)
    return tuple(dict.fromkeys(id_ for id_ in above if id_ != region_id)) if region_id else ()


def parent_of(region_id: int) -> int | None:
    """Return the id one level up, or None for the nation."""
    above = ancestors(region_id)
    return above[-1] if above else None


def prov_of(level: Level, region_id: int) -> int:
    """Return the distribution key of what an authority of this level and region registers."""
    return NATIONAL_PROV if level is Level.NATION else region_id // 10_000


def code_of(region_id: int) -> str:
    """Return the six digits written for a region; the nation is 100000 as in credit codes."""
    return NATION_CODE if region_id == NATION else f"{region_id:06d}"


def id_of(code: str) -> int:
    """Return the id for six digits. Raises ValueError for anything else."""
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        raise ValueError(f"not a region code: {code!r}")
    return NATION if code in {NATION_CODE, "000000"} else int(code)


@cache
def seed_regions() -> tuple[SeedRegion, ...]:
    """Return the regions shipped with the product, parents before children."""
    with _SEED.open(encoding="utf-8", newline="") as file:
        return tuple(_seed_region(line) for line in csv.DictReader(file))


def _seed_region(line: dict[str, str]) -> SeedRegion:
    return SeedRegion(
        id=id_of(line["code"]),
        parent_id=id_of(line["parent"]) if line["parent"] else None,
        level=Level(line["level"]),
        role=RegionRole(line["role"]),
        name=line["name"],
        short_name=line["short_name"],
        pinyin=line["pinyin"],
        valid_from=date.fromisoformat(line["valid_from"]) if line["valid_from"] else None,
        valid_to=date.fromisoformat(line["valid_to"]) if line["valid_to"] else None,
        successors=tuple(map(id_of, line["successors"].split())),
        source=line["source"],
    )
