"""A long list in parts: where in it a row is, found by figures instead of reading up to it.

A list in the order of places, duties or due times falls into parts one after the other: a duty's, a
province's, a city's. The figures of the parts tell which of them holds a row, so any page of
millions is found by a few roll-ups and read from one or two small parts. It rests on what holds for
every figure: it is the length of its list.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import attrgetter
from typing import Any, TypeVar

from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.modules.duties.queries.counting import FigureRow, figures
from tongzhou.modules.duties.queries.selection import (
    Breakdown,
    Measure,
    Selection,
    Tree,
    narrowed,
)
from tongzhou.modules.duties.queries.sums import Held
from tongzhou.modules.duties.rules.windows import Window, span
from tongzhou.modules.registry.public import Level, level_of

#: Orders in which a list falls into parts, each by what.
ORDERS = ("place", "-place", "duty", "-duty", "due", "-due")
#: Up to so many obligations are read at once and put in order.
SMALL = 1_500

#: A first page is looked for among this many bearers and more, never among many.
FEW, MANY = 300, 3_000

T = TypeVar("T")
K = TypeVar("K")

_DUTY: Callable[[Window], Any] = attrgetter("duty_id")
_DUE: Callable[[Window], Any] = attrgetter("due_at")


@dataclass(frozen=True, slots=True)
class Part:
    """What a selection asks for of some windows: ``count`` rows among ``owed`` obligations.

    ``by`` is what it still has to be split by, in this order, before it can only be read.
    """

    selection: Selection
    found: tuple[Window, ...]
    by: tuple[str, ...]
    count: int
    owed: int


@dataclass(frozen=True, slots=True)
class Walk:
    """The way through the parts of one list."""

    actor: Actor
    measure: Measure
    order: str
    held: Held

    def leaves(self, root: Part, skip: int) -> Iterator[tuple[Part, int]]:
        """Yield the smallest parts from that which holds row ``skip`` on; each with what to skip.

        Only the first has rows to skip.
        """
        for part in self._split(root):
            if skip >= part.count:
                skip -= part.count
            elif part.owed <= SMALL or not part.by:
                yield part, skip
                skip = 0
            else:
                yield from self.leaves(part, skip)
                skip = 0

    def head(self, root: Part) -> Part | None:
        """Return a small part with which the list begins, uncounted: a first page is mostly in it.

        None along the registering regions, and where the first region is a large one.
        """
        if root.selection.tree is not Tree.TERRITORY or root.selection.own or not root.found:
            return None
        group = root.found
        if root.by[0] != "region":
            keyed = _grouped(root.found, _DUTY if root.by[0] == "duty" else _DUE)
            keys = [each for each in keyed if each is not None]
            if not keys:
                return None
            group = tuple(keyed[max(keys) if self.order.startswith("-") else min(keys)])
        first, last = span(root.selection.node)
        places = self._places(
            max(first, min(each.low for each in group)), min(last, max(each.high for each in group))
        )
        if not places:
            return None
        selection = narrowed(root.selection, node=min(places), until=max(places), own=True)
        return Part(selection, group, (), 0, 0)

    def _places(self, low: int, high: int) -> list[int]:
        """Return the first regions of the list that together have some bearers, not many."""
        order = "DESC" if self.order == "-place" else "ASC"
        found = rows(
            "SELECT place, sum(population) FROM registry_cell WHERE place BETWEEN %s AND %s"  # noqa: S608
            f" GROUP BY place ORDER BY place {order} LIMIT 8",
            [low, high],
        )
        held = list(accumulate(number for _, number in found))
        wanted = bisect_left(held, FEW) + 1
        return [place for place, _ in found[:wanted]] if held[wanted - 1 : wanted] < [MANY] else []

    def start(self, selection: Selection, found: Sequence[Window]) -> Part:
        """Return the whole list as one part that is not counted yet."""
        name = self.order.removeprefix("-")
        by = ("region",) if name == "place" else (name, "region")
        return Part(selection, tuple(found), by, 0, 0)

    def _split(self, part: Part) -> Iterable[Part]:
        match part.by[0]:
            case "duty":
                return self._duties(part)
            case "due":
                return self._due_times(part)
        return self._regions(part)

    def _made(
        self, part: Part, counted: Iterable[FigureRow], by: tuple[str, ...], **changes: object
    ) -> Part:
        """Return a part of a part, with the duties alone that have something to list in it."""
        held = [row for row in counted if self.measure.of(row.figure)]
        duties = {row.duty_id for row in held}
        return Part(
            narrowed(part.selection, **changes),
            tuple(each for each in part.found if each.duty_id in duties),
            by,
            sum(self.measure.of(row.figure) for row in held),
            sum(row.figure.owed for row in held),
        )

    def _figures(self, part: Part, by: Breakdown, found: Sequence[Window]) -> list[FigureRow]:
        return figures(self.actor, part.selection, by, found=found, held=self.held)

    def _regions(self, part: Part) -> Iterator[Part]:
        keyed: dict[int, list[FigureRow]] = {}
        for row in self._figures(part, Breakdown.REGION, part.found):
            keyed.setdefault(int(row.key), []).append(row)
        for region in sorted(keyed, reverse=self.order == "-place"):
            own = region == part.selection.node
            is_last = own or level_of(region) is Level.COUNTY
            by = () if is_last else ("region",)
            yield self._made(part, keyed[region], by, node=region, own=own)

    def _duties(self, part: Part) -> Iterator[Part]:
        keyed = _grouped(self._figures(part, Breakdown.NONE, part.found), lambda row: row.duty_id)
        for duty in sorted(keyed, reverse=self.order == "-duty"):
            yield self._made(part, keyed[duty], part.by[1:], duty_ids=(duty,))

    def _due_times(self, part: Part) -> Iterator[Part]:
        keyed = _grouped(part.found, _DUE)
        dated = sorted((each for each in keyed if each is not None), reverse=self.order == "-due")
        for due in (*dated, *(each for each in keyed if each is None)):
            one = Part(part.selection, tuple(keyed[due]), part.by, 0, 0)
            yield self._made(one, self._figures(one, Breakdown.NONE, one.found), part.by[1:])


def _grouped(found: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    groups: dict[K, list[T]] = {}
    for each in found:
        groups.setdefault(key(each), []).append(each)
    return groups
