"""Figures of the present from sums between pairs of nodes, in one statement.

A window is a piece of ground; what of it a selection asks for and the reader may see is made up of
few nodes (``rules.nodes``), and each node's populations and counts are one row per form. Changes
that are not folded yet are spread over the same nodes and added. Windows of duties whose sums are
not built, or that are about bearers whom only some versions bind, are not for here.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from tongzhou.kernel.access import Actor, Role
from tongzhou.kernel.database import array, rows
from tongzhou.kernel.plans import planned
from tongzhou.modules.duties.queries import piece_sql
from tongzhou.modules.duties.queries.figure_sql import node_span
from tongzhou.modules.duties.queries.selection import Breakdown, Selection, Tree
from tongzhou.modules.duties.queries.sum_sql import population_rows, report_rows
from tongzhou.modules.duties.rules.nodes import (
    EXACT_GRAIN,
    GRAINS,
    Box,
    Grain,
    Node,
    Regions,
    Width,
    by_registry,
    cut,
)
from tongzhou.modules.duties.rules.windows import NATION, Window
from tongzhou.modules.registry.public import Level, level_of

_HELD = """
SELECT (SELECT stamp FROM duties_ground), d.ids, d.bounds,
       EXISTS (SELECT FROM duties_exception e WHERE e.duty_id = ANY(%(duties)s::bigint[])
               AND e.state IN ('GRANTED', 'REVOKED'))
FROM (
    SELECT array_agg(d.id) AS ids, array_agg(d.bound_as) AS bounds FROM duties_duty d
    JOIN duties_summed s ON s.duty_id = d.root_id AND s.bound_as = d.bound_as
    WHERE d.id = ANY(%(versions)s::bigint[])
) d
"""
_REGIONS = """
SELECT array_agg(id ORDER BY id), array_agg(id ORDER BY id) FILTER (WHERE role = 'GROUPING')
FROM registry_region
"""


@dataclass(frozen=True, slots=True)
class Held:
    """What there is to read from: the region tree, and the versions of duties that have sums.

    ``bounds`` is the condition on bearers under which each version's sums are kept.
    ``is_excepted``: exceptions from the duties were granted.
    """

    regions: Regions
    bounds: Mapping[int, int]
    is_excepted: bool

    def has(self, window: Window) -> bool:
        """Tell whether a window's figures can be read from sums."""
        return window.version_id in self.bounds and not window.along and not window.unless


#: What nobody has read the sums of yet.
NOTHING = Held(Regions(()), {}, is_excepted=True)


def held_for(found: Sequence[Window], selection: Selection, by: Breakdown) -> Held:
    """Return what there is to read the figures of windows from; groups have no sums."""
    params = {
        "versions": array(sorted({each.version_id for each in found})),
        "duties": array(sorted({each.duty_id for each in found})),
    }
    stamp, versions, bounds, excepted = planned(_HELD, params)[0]
    made = {}
    if not selection.group and by is not Breakdown.GROUP:
        made = dict(zip(versions or (), bounds or (), strict=True))
    return Held(_tree(stamp), made, excepted)


@lru_cache(maxsize=4)
def _tree(stamp: UUID) -> Regions:
    """Return the regions there are under the ground's stamp, which changes with any of them."""
    ids, groupings = rows(_REGIONS)[0]
    return Regions(ids or (), groupings or ())


def sight_of(actor: Actor) -> list[Box] | None:
    """Return what an actor sees as boxes of place and registering region that do not overlap.

    None if boxes cannot tell. It holds the same as ``figure_sql.range_of``: a test keeps them
    together.
    """
    low, high = actor.low, actor.high
    if actor.is_system or (actor.is_authority and (low, high) == NATION):
        return [(*NATION, *NATION)]
    if actor.is_authority:
        return [
            (low, high, *NATION),
            (NATION[0], low - 1, low, high),
            (high + 1, NATION[1], low, high),
        ]
    if actor.role is Role.TERRITORY:
        return [(low, high, *NATION)]
    if actor.role is Role.PARTY_LINE:
        return [(*NATION, low, high)]
    return None


#: Columns of pieces by the kind of their pair.
Used = Mapping[str, Mapping[str, list[int]]]
_COLUMNS = ("ground", "grain", "place", "registered", "low", "high", "key")


@dataclass(slots=True)
class _Pieces:
    """Pairs of nodes of one kind, each with the number of the ground that it is a part of.

    Two boxes of one ground may need the same pair: how often it counts is added up.
    """

    signs: Counter[tuple[int, ...]] = field(default_factory=Counter)

    def add(
        self,
        ground: int,
        sign: int,
        *,
        grain: int = 0,
        place: int = 0,
        registered: int = 0,
        span: tuple[int, int] = (0, 0),
        key: int = 0,
    ) -> None:
        """Add a piece."""
        self.signs[ground, grain, place, registered, *span, key] += sign

    def columns(self) -> dict[str, list[int]]:
        """Return the pieces that count, column by column; empty when there are none."""
        found = [(*piece, sign) for piece, sign in self.signs.items() if sign]
        if not found:
            return {}
        lines = zip(*found, strict=True)
        return {name: list(line) for name, line in zip((*_COLUMNS, "sign"), lines, strict=True)}


_BY_NODE = frozenset({Breakdown.REGION, Breakdown.PLACE})


@dataclass(slots=True)
class Cutter:
    """Cuts grounds into pieces, for one breakdown of one selection."""

    regions: Regions
    selection: Selection
    by: Breakdown
    pieces: dict[str, _Pieces] = field(
        default_factory=lambda: {each: _Pieces() for each in piece_sql.KINDS}
    )

    @property
    def by_place(self) -> bool:
        """Tell whether rows of the breakdown are regions where bearers are."""
        return self.by in _BY_NODE and self.selection.tree is Tree.TERRITORY

    @property
    def widest(self) -> Width:
        """Return the widest node that lies in one row of a breakdown by region."""
        if self.by is Breakdown.PLACE:
            return Width.EXACT
        match level_of(self.selection.node):
            case Level.NATION:
                return Width.PROVINCE
            case Level.PROVINCE:
                return Width.CITY
        return Width.EXACT

    def _row(self, region: int) -> int:
        """Return the row of a breakdown by region that a region belongs to."""
        row = region // self.widest.unit * self.widest.unit
        return region if row in self.regions.groupings else row

    def cut(self, ground: int, boxes: Collection[Box]) -> None:
        """Add the pieces of a ground."""
        for registry, places in by_registry(boxes).items():
            if self.by is Breakdown.AUTHORITY:
                self._by_authority(ground, places, registry)
            elif self.by in _BY_NODE and not self.by_place:
                self._by_registry(ground, places, registry, self.widest)
            else:
                widest = self.widest if self.by_place else Width.NATION
                self._by_place(ground, places, registry, widest)

    def _by_authority(
        self, ground: int, places: list[tuple[int, int]], registry: tuple[int, int]
    ) -> None:
        """Cut to exact pairs along the link that has fewer regions here."""
        if sum(self.regions.count(*each) for each in places) < self.regions.count(*registry):
            self._by_place(ground, places, registry, Width.EXACT)
        else:
            self._by_registry(ground, places, registry, Width.EXACT)

    def _by_place(
        self, ground: int, places: list[tuple[int, int]], registry: tuple[int, int], widest: Width
    ) -> None:
        across = self.regions.cover([registry], Width.NATION)
        for node, sign in self.regions.cover(places, widest, split=self.by_place):
            key = self._row(node.id) if self.by_place else 0
            if node.width is Width.EXACT:
                self.pieces["near"].add(ground, sign, place=node.id, span=registry, key=key)
                continue
            for other, sense in across:
                self._pair(ground, node, other, sign * sense, key)

    def _by_registry(
        self, ground: int, places: list[tuple[int, int]], registry: tuple[int, int], widest: Width
    ) -> None:
        keyed = self.by in _BY_NODE
        near = self.regions.cover(places, Width.NATION)
        for node, sign in self.regions.cover([registry], widest, split=keyed):
            key = self._row(node.id) if keyed else 0
            if node.width is Width.EXACT:
                for span in places:
                    self.pieces["across"].add(ground, sign, registered=node.id, span=span, key=key)
                continue
            for other, sense in near:
                self._pair(ground, other, node, sign * sense, key)

    def _pair(self, ground: int, place: Node, registry: Node, sign: int, key: int) -> None:
        if place.width is Width.EXACT:
            self.pieces["near"].add(ground, sign, place=place.id, span=registry.span, key=key)
        elif registry.width is Width.EXACT:
            self.pieces["across"].add(
                ground, sign, registered=registry.id, span=place.span, key=key
            )
        else:
            grain = Grain(place.width, registry.width).number
            self.pieces["coarse"].add(
                ground, sign, grain=grain, place=place.id, registered=registry.id, key=key
            )


def _asked(selection: Selection, sight: Sequence[Box]) -> list[Box]:
    """Return what a selection asks for of what a reader sees."""
    low, high = node_span(selection)
    first, last = NATION
    if selection.registrar is not None:
        first = last = selection.registrar
    box: Box = (low, high, first, last)
    if selection.tree is Tree.REGISTRATION:
        box = (*NATION, max(low, first), min(high, last))
    return cut(box, sight)


def summed(
    actor: Actor, selection: Selection, found: Sequence[Window], by: Breakdown, held: Held
) -> tuple[str, dict[str, Any]]:
    """Return CTEs that end in ``summed``, with the columns of ``counted``, for windows with sums.

    Empty when nothing of them is asked for or seen.
    """
    asked = _asked(selection, sight_of(actor) or ())
    questions: dict[tuple[Any, ...], set[Box]] = {}
    cuts: dict[Box, list[Box]] = {}
    for window in found:
        box = (window.low, window.high, window.registered_low, window.registered_high)
        boxes = cuts.get(box)
        if boxes is None:
            boxes = cuts[box] = cut(box, asked)
        if boxes:
            bound = held.bounds[window.version_id]
            key = (window.duty_id, bound, window.period.start, window.overdue)
            questions.setdefault(key, set()).update(boxes)
    if not questions:
        return "", {}
    grounds: dict[frozenset[Box], int] = {}
    numbers = [grounds.setdefault(frozenset(boxes), len(grounds)) for boxes in questions.values()]
    cutter = Cutter(held.regions, selection, by)
    for ground, number in grounds.items():
        cutter.cut(number, ground)
    every = {kind: pieces.columns() for kind, pieces in cutter.pieces.items()}
    used = {kind: columns for kind, columns in every.items() if columns}
    if not used:  # what is asked for holds no region that there is or ever was
        return "", {}
    pairs: dict[tuple[int, int], int] = {}
    asks = [
        (duty, period, overdue, pairs.setdefault((bound, number), len(pairs)), bound)
        for (duty, bound, period, overdue), number in zip(questions, numbers, strict=True)
    ]
    names = ("q_duty", "q_period", "q_overdue", "q_pair", "q_bound")
    params: dict[str, Any] = {
        name: array(column) for name, column in zip(names, zip(*asks, strict=True), strict=True)
    }
    params |= {
        "p_pair": array(pairs.values()),
        "p_bound": array(bound for bound, _ in pairs),
        "p_ground": array(number for _, number in pairs),
        "q_low": min(box[0] for box in asked),
        "q_high": max(box[1] for box in asked),
        "q_first": min(box[2] for box in asked),
        "q_last": max(box[3] for box in asked),
    }
    for kind, columns in used.items():
        params |= {f"{kind}_{name}": array(column) for name, column in columns.items()}
    return _statement(selection, by, used, params), params


def _statement(selection: Selection, by: Breakdown, used: Used, params: dict[str, Any]) -> str:
    form = "s.form <> 'AUTHORITY'"
    if selection.form:
        form = "s.form = %(form)s"
        params["form"] = selection.form
    elif selection.bearers == "AUTHORITY":
        form = "s.form = 'AUTHORITY'"
    key = {
        Breakdown.REGION: "a.key",
        Breakdown.PLACE: "a.key",
        Breakdown.AUTHORITY: "s.registered",
        Breakdown.FORM: "s.form::text",
    }.get(by, "''::text")
    owed, done = ("q.period",) * 2 if by is Breakdown.PERIOD else ("e.key", key)
    numbers = set(used["coarse"]["grain"]) if "coarse" in used else set()
    grains = [
        each
        for each in GRAINS
        if each.number in numbers or (each is EXACT_GRAIN and len(used) > ("coarse" in used))
    ]
    parts = [piece_sql.ASKED, *(piece_sql.PIECES.format(kind=kind) for kind in used)]
    bounds = "SELECT unnest(%(q_bound)s::bigint[])"
    parts.append(
        piece_sql.MOVED.format(
            rows=population_rows("duties_populationdelta", bounds, grains, piece_sql.NEAR)
        )
    )
    which = "d.duty_id = ANY(%(q_duty)s::bigint[]) AND d.period = ANY(%(q_period)s::date[])"
    parts.append(
        piece_sql.TOLD.format(
            rows=report_rows("duties_delta", grains=grains, where=f"{which} AND {piece_sql.NEAR}")
        )
    )
    selects = [
        template.format(
            kind=kind,
            key=key,
            when=when,
            form=form,
            on=piece_sql.KINDS[kind].format(s="s"),
            equal=piece_sql.EQUAL[kind][0],
            rest=piece_sql.EQUAL[kind][1],
        )
        for kind in used
        for template, when in (
            (piece_sql.OWED, owed),
            (piece_sql.DONE, done),
            (piece_sql.MOVING, owed),
            (piece_sql.TELLING, done),
        )
    ]
    parts.append(f"\nsummed AS ({' UNION ALL '.join(selects)})")
    return ",".join(parts)
