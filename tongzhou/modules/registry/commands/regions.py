"""Write the region tree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tongzhou.kernel import audit
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.modules.registry.contracts import SeedRegion
from tongzhou.modules.registry.models import Region
from tongzhou.modules.registry.rules.regions import span

_FIELDS = ("parent", "level", "name", "short_name", "pinyin", "high", "valid_from", "valid_to")


@command("registry.region.import")
def import_regions(*, actor: Actor, at: datetime, regions: Sequence[SeedRegion]) -> int:
    """Insert or bring up to date the regions given, parents first; return how many.

    A region that ended keeps its row with its last day and its successors. Regions that are not
    given are left alone.
    """
    Region.objects.bulk_create(
        [
            Region(
                id=each.id,
                parent_id=each.parent_id,
                level=each.level,
                name=each.name,
                short_name=each.short_name,
                pinyin=each.pinyin,
                high=span(each.id)[1],
                valid_from=each.valid_from,
                valid_to=each.valid_to,
            )
            for each in regions
        ],
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=list(_FIELDS),
    )
    through = Region.successors.through
    through.objects.filter(from_region_id__in=[each.id for each in regions]).delete()
    through.objects.bulk_create(
        [
            through(from_region_id=each.id, to_region_id=successor)
            for each in regions
            for successor in each.successors
        ]
    )
    audit.note(target="region", regions=len(regions))
    return len(regions)
