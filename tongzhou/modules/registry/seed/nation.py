"""Name the registration authorities of the whole country from the region tree."""

from __future__ import annotations

from collections import Counter

from tongzhou.modules.registry.contracts import (
    AuthorityKind,
    Level,
    NewAuthority,
    RegionRole,
    SeedRegion,
)
from tongzhou.modules.registry.rules.regions import parent_of, seed_regions

#: Cities of the Xinjiang Corps carry codes of Xinjiang and are guided by the Corps.
_CORPS, _CORPS_CITIES = 660000, range(659000, 659100)


def national_authorities() -> list[NewAuthority]:
    """Return the civil affairs departments of all levels, higher ones first.

    Districts are named with their city (广州市天河区民政局); other counties by themselves, with
    their city where two share a name.
    """
    open_ones = {
        region.id: region
        for region in seed_regions()
        if region.valid_to is None and region.role is RegionRole.ORDINARY
    }
    repeated = Counter(region.name for region in open_ones.values())
    order = [Level.NATION, Level.PROVINCE, Level.CITY, Level.COUNTY]
    entries = [
        NewAuthority(
            kind=AuthorityKind.REGISTRATION,
            name=_name(region, open_ones, repeated),
            region_id=region.id,
            short_name=_short_name(region),
            superior_region=_CORPS if region.id in _CORPS_CITIES else None,
        )
        for region in open_ones.values()
    ]
    levels = {region.id: order.index(region.level) for region in open_ones.values()}
    return sorted(entries, key=lambda entry: (levels[entry.region_id], entry.region_id))


def _name(region: SeedRegion, regions: dict[int, SeedRegion], repeated: Counter[str]) -> str:
    if region.level is Level.NATION:
        return "民政部"
    if region.level is Level.PROVINCE:
        office = "民政局" if region.name.endswith(("市", "兵团")) else "民政厅"
        return region.name + office
    if region.level is Level.COUNTY and (region.name.endswith("区") or repeated[region.name] > 1):
        above = parent_of(region.id)
        while above is not None and above not in regions:
            above = parent_of(above)
        if above:
            return f"{regions[above].name}{region.name}民政局"
    return f"{region.name}民政局"


def _short_name(region: SeedRegion) -> str:
    if region.level is Level.NATION:
        return "民政部"
    return f"{region.name}民政{'厅' if _has_ting(region) else '局'}"


def _has_ting(region: SeedRegion) -> bool:
    return region.level is Level.PROVINCE and not region.name.endswith(("市", "兵团"))
