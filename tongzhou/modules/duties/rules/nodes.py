"""Nodes of the region tree, and how few of them make up a piece of ground.

Sums are kept for pairs of nodes: one where bearers are, one of the region that registered them. A
node is a region with all below it; region ids are GB/T 2260 codes, so the node of a level is found
by arithmetic. Pairs are kept at two fineness levels: both exact (:data:`EXACT_GRAIN`), or both a
city, a province or the nation. What lies between is added up from exact pairs.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache


class Width(IntEnum):
    """The level of a node. EXACT is one region id without what lies below it."""

    EXACT = 0
    CITY = 1
    PROVINCE = 2
    NATION = 3

    @property
    def unit(self) -> int:
        """Return by what ids are divided: those of one node have the same quotient."""
        return _UNITS[self]


_UNITS = (1, 100, 10_000, 1_000_000)
_COARSE = (Width.CITY, Width.PROVINCE, Width.NATION)
#: The levels from which a node is chosen, the widest first.
_WIDEST_FIRST = tuple(reversed(_COARSE))


@dataclass(frozen=True, slots=True)
class Grain:
    """The levels of the two nodes of a pair, and the number by which rows know it."""

    place: Width
    registered: Width

    @property
    def number(self) -> int:
        """Return the number of the grain."""
        return 4 * self.place + self.registered


EXACT_GRAIN = Grain(Width.EXACT, Width.EXACT)
#: The grains for which sums are kept.
GRAINS = (EXACT_GRAIN, *(Grain(place, registered) for place in _COARSE for registered in _COARSE))


@dataclass(frozen=True, slots=True)
class Node:
    """All of a region, or with Width.EXACT nothing but its own ground."""

    width: Width
    id: int

    @property
    def span(self) -> tuple[int, int]:
        """Return the range of region ids."""
        return self.id, self.id + self.width.unit - 1


class Regions:
    """The region ids that there are, in order, and the codes that only hold counties together."""

    def __init__(self, ids: Iterable[int], groupings: Iterable[int] = ()) -> None:
        self.ids = tuple(sorted(ids))
        self.groupings = frozenset(groupings)

    def count(self, low: int, high: int) -> int:
        """Return how many regions lie in a range of ids."""
        return bisect_right(self.ids, high) - bisect_left(self.ids, low)

    def cover(
        self, ranges: Iterable[tuple[int, int]], widest: Width, *, split: bool = False
    ) -> list[tuple[Node, int]]:
        """Return few nodes that together hold exactly the regions in some ranges of ids.

        Each comes with 1, or with -1 when it is taken out of a wider one: a nation but for two
        cities is three nodes. No node is wider than ``widest``. ``split`` takes codes that only
        hold counties together apart into these. Ids that no region has do not matter: a city all of
        whose counties lie in the ranges is one node, whatever lies between the counties' codes.
        """
        inside = self._places(ranges)
        found: list[tuple[Node, int]] = []
        after = 0
        for start, end in inside:
            at = max(start, after)
            while at < end:
                width = widest
                if split and width is Width.CITY and self.ids[at] // 100 * 100 in self.groupings:
                    width = Width.EXACT
                first, after = self._bounds(width, at)
                found += self._best(width, first, after, _within(inside, first, after))[0]
                at = after
        return found

    def _places(self, ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return the ranges as places in the list of ids, joined where nothing lies between."""
        found: list[tuple[int, int]] = []
        for low, high in sorted(ranges):
            start, end = bisect_left(self.ids, low), bisect_right(self.ids, high)
            if start >= end:
                continue
            if found and start <= found[-1][1]:
                found[-1] = found[-1][0], max(end, found[-1][1])
            else:
                found.append((start, end))
        return found

    def _bounds(self, width: Width, at: int) -> tuple[int, int]:
        """Return where the node that holds the region at a place of the list starts and ends."""
        node = self.ids[at] // width.unit * width.unit
        return bisect_left(self.ids, node), bisect_left(self.ids, node + width.unit)

    def _best(
        self, width: Width, first: int, after: int, inside: Sequence[tuple[int, int]]
    ) -> tuple[list[tuple[Node, int]], list[tuple[Node, int]]]:
        """Return the fewest nodes for what of a node lies inside, and for what lies outside."""
        whole = (Node(width, self.ids[first] // width.unit * width.unit), 1)
        held = sum(end - start for start, end in inside)
        if held == 0:
            return [], [whole]
        if held == after - first:
            return [whole], []
        within: list[tuple[Node, int]] = []
        beside: list[tuple[Node, int]] = []
        at, below = first, Width(width - 1)
        while at < after:
            start, end = self._bounds(below, at)
            one, other = self._best(below, start, end, _within(inside, start, end))
            within += one
            beside += other
            at = end
        if len(within) > 1 + len(beside):
            return [whole, *_negative(beside)], beside
        if len(beside) > 1 + len(within):
            return within, [whole, *_negative(within)]
        return within, beside


def _within(ranges: Sequence[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    return [(max(a, start), min(b, end)) for a, b in ranges if a < end and b > start]


def _negative(nodes: Iterable[tuple[Node, int]]) -> list[tuple[Node, int]]:
    return [(node, -sign) for node, sign in nodes]


@lru_cache(maxsize=8)
def regions_of(ids: tuple[int, ...], groupings: tuple[int, ...]) -> Regions:
    """Return the regions, made once as long as they stay the same."""
    return Regions(ids, groupings)


Box = tuple[int, int, int, int]


def cut(box: Box, others: Sequence[Box]) -> list[Box]:
    """Return what a box has in common with others: the ranges of place and registration."""
    found = []
    for other in others:
        low, high = max(box[0], other[0]), min(box[1], other[1])
        first, last = max(box[2], other[2]), min(box[3], other[3])
        if low <= high and first <= last:
            found.append((low, high, first, last))
    return found


def by_registry(boxes: Collection[Box]) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """Return the ranges of places of boxes by their range of registering regions."""
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for low, high, first, last in boxes:
        found.setdefault((first, last), []).append((low, high))
    return found
