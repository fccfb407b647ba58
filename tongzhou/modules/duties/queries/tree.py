"""The figures of every region of a subtree at once: one read of places, added up level by level."""

from collections.abc import Sequence

from django.db import transaction

from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import execute
from tongzhou.modules.duties.queries import sums
from tongzhou.modules.duties.queries.counting import figures, windows_of
from tongzhou.modules.duties.queries.selection import Breakdown, Figure, Selection
from tongzhou.modules.duties.rules.windows import Window, span

#: Region to duty to figure.
ByNode = dict[int, dict[int, Figure]]


def figures_of_tree(
    actor: Actor, selection: Selection, *, found: Sequence[Window] | None = None
) -> ByNode:
    """Return by region and duty what is owed in each region of the selection's subtree.

    The figure of a region is that of :func:`figures` for it as a node; regions in which nothing is
    owed are left out, and so are codes that merely group counties.
    """
    found = windows_of(selection) if found is None else found
    held = sums.held_for(found, selection, Breakdown.PLACE)
    made: ByNode = {}
    with transaction.atomic():
        # A merge by duty and period alone would go through every place for each other one.
        execute("SET LOCAL enable_mergejoin = off")
        read = figures(actor, selection, Breakdown.PLACE, found=found, held=held)
        execute("SET LOCAL enable_mergejoin = on")
    for row in read:
        made.setdefault(int(row.key), {})[row.duty_id] = row.figure
    low, high = span(selection.node)
    for unit in (100, 10_000, 1_000_000):
        _add_up(made, unit, held.regions.groupings, low, high)
    return made


def _add_up(made: ByNode, unit: int, groupings: frozenset[int], low: int, high: int) -> None:
    """Add to each region of a level what the regions right below it have.

    A county below a mere grouping is added to the level above it instead.
    """
    below = unit // 100
    for region in sorted(made, reverse=True):
        if region % unit == 0 or (below > 1 and not _is_top(region, below, groupings)):
            continue
        above = region // unit * unit
        if above in groupings or not low <= above <= high:
            continue
        duties = made.setdefault(above, {})
        for duty, figure in made[region].items():
            duties[duty] = duties.get(duty, Figure()) + figure


def _is_top(region: int, unit: int, groupings: frozenset[int]) -> bool:
    """Tell whether nothing between a region and the level above ``unit`` holds it already."""
    return region % unit == 0 or region // unit * unit in groupings
