"""The list behind a number: exactly the obligations that a measure counts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db import connection

from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.kernel.plans import planned
from tongzhou.modules.duties.queries import each_sql, figure_sql, parts, sums
from tongzhou.modules.duties.queries.counting import figures, total, windows_of
from tongzhou.modules.duties.queries.selection import (
    Breakdown,
    Figure,
    Measure,
    Selection,
    Tree,
    narrowed,
)
from tongzhou.modules.duties.rules.windows import Window
from tongzhou.modules.registry.public import Level, level_of


@dataclass(frozen=True, slots=True)
class ObligationRow:
    """One obligation on a list; ``version_id`` is the version of the duty that asks for it."""

    organisation_id: int
    prov: int
    name: str
    code: str
    form: str
    place: int
    place_name: str
    duty_id: int
    period: date
    due_at: datetime | None
    state: str
    overdue: bool
    late: bool
    submitted_at: datetime | None
    version: int
    version_id: int


# A page is found by narrow rows; names and places are read for the rows it shows.
_NARROW = """
organisation_id, prov, pinyin, place, registered, duty, period, due_at, state, overdue, late,
submitted_at, version, ruling
"""
_WIDE = """
SELECT p.organisation_id, p.prov, o.name, o.code, o.form, p.place, coalesce(g.name, ''),
       p.duty, p.period, p.due_at, p.state, p.overdue, p.late, p.submitted_at, p.version,
       p.ruling
FROM page p
JOIN registry_organisation o ON o.id = p.organisation_id AND o.prov = p.prov
LEFT JOIN registry_region g ON g.id = p.place
"""
_THEN = ("place", "pinyin", "organisation_id", "duty", "period")
_NAMED = ("pinyin", "organisation_id", "duty", "period")
_ORDERS: Mapping[str, tuple[str, ...]] = {
    "place": _THEN,
    "-place": ("place DESC", *_NAMED),
    "name": _NAMED,
    "-name": ("pinyin DESC", "organisation_id DESC", "duty", "period"),
    "due": ("due_at NULLS LAST", *_THEN),
    "-due": ("due_at DESC NULLS LAST", *_THEN),
    "duty": ("duty", *_THEN),
    "-duty": ("duty DESC", *_THEN),
    "submitted": ("submitted_at NULLS LAST", *_NAMED),
    "-submitted": ("submitted_at DESC NULLS LAST", *_NAMED),
}
ORDERS = tuple(_ORDERS)
#: A list among more obligations than these is long: only the orders of parts are offered.
LONG = 20_000
#: A search that finds more bearers shows those of its first places, that many and more.
MOST, AT_FIRST = 600, 200


@dataclass(frozen=True, slots=True)
class ObligationList:
    """A list of obligations: exactly those that the measure's number counts.

    Sliceable, so a paginator reads only the page it shows. ``found`` are windows that the caller
    has read already, ``whole`` is the figure of the same selection, which spares the count: a test
    holds the two together.

    A list that is not short is read in parts that figures find, so every page costs the same. It
    falls into parts by place, duty and due time; in the order of due times an obligation that was
    deferred stands where the duty's own due time puts it. Asked for another order it is read by
    place (``sorted_by``).
    """

    actor: Actor
    selection: Selection
    measure: Measure
    words: str = ""
    order: str = "place"
    found: Sequence[Window] | None = None
    whole: Figure | None = None
    _cache: dict[str, Any] = field(default_factory=dict, compare=False)

    def count(self) -> int:
        """Return how many there are."""
        if self.whole is not None and not self.words:
            return self.measure.of(self.whole)
        if "n" not in self._cache:
            sql, params = self._sql("count(*)")
            self._cache["n"] = int(rows(sql, params)[0][0]) if sql else 0
        return int(self._cache["n"])

    def __len__(self) -> int:
        return self.count()

    @property
    def windows(self) -> Sequence[Window]:
        """Return where and when the duties asked for are in force, if anything there can count."""
        if "windows" not in self._cache:
            known = windows_of(self.selection) if self.found is None else self.found
            self._cache["windows"] = [each for each in known if self.measure.may_hold(each)]
        found: Sequence[Window] = self._cache["windows"]
        return found

    @property
    def is_long(self) -> bool:
        """Tell whether the list can only be read in parts; one that figures cannot cut never is."""
        if "long" not in self._cache:
            self._cache["long"] = self._can_be_cut and self._owed() > LONG
        return bool(self._cache["long"])

    @property
    def _can_be_cut(self) -> bool:
        asked = self.selection
        return (
            not self.words
            and asked.as_of is None
            and not asked.group
            and figure_sql.range_of(self.actor) is not None
        )

    @property
    def _in_parts(self) -> bool:
        """Tell whether the list is read in parts; in most orders that is cheaper for a short one.

        A county is not: nothing lies below it.
        """
        if self.is_long or self.order not in parts.ORDERS or not self._can_be_cut:
            return self.is_long
        asked = self.selection
        is_wide = not asked.own and level_of(asked.node) is not Level.COUNTY
        return is_wide and self._owed() > parts.SMALL

    @property
    def sorted_by(self) -> str:
        """Return the order in which the list is read."""
        return self.order if self.order in self.orders else "place"

    @property
    def orders(self) -> Sequence[str]:
        """Return the orders in which the list can be read."""
        return parts.ORDERS if self.is_long else ORDERS

    def _owed(self) -> int:
        if self.whole is not None:
            return self.whole.owed
        if "owed" not in self._cache:
            whole = total(figures(self.actor, self.selection, found=self.windows))
            self._cache["owed"] = whole.owed
        return int(self._cache["owed"])

    def opening(self) -> "ObligationList":
        """Return the list, or its first places when a search finds more bearers than ``MOST``.

        A part that a quarter of all names have finds millions; somebody who looks at a page wants
        it at once, and to be told to write more.
        """
        asked = self.selection
        if not self.words or asked.own:
            return self
        places = each_sql.places_found(self.actor, asked, self.words, MOST + 1)
        if len(places) <= MOST:
            return self
        last = places[AT_FIRST]
        if last >= figure_sql.node_span(asked)[1]:
            return self
        first = narrowed(asked, own=True, until=last)
        return replace(self, selection=first, whole=None, _cache={})

    def __getitem__(self, part: slice) -> list[ObligationRow]:
        start = part.start or 0
        wanted = None if part.stop is None else part.stop - start
        if self.whole is not None and not self.words and start >= self.count():
            return []
        if not self._in_parts:
            return self._read(start, wanted)
        listed: list[ObligationRow] = []
        if start == 0 and wanted is not None:
            walk = self._walk(sums.NOTHING)
            head = walk.head(walk.start(self.selection, self.windows))
            if head is not None:
                listed = self._short(head)._read(0, wanted)
                if len(listed) >= wanted:
                    return listed
        for piece, skip in self._pieces(start + len(listed)):
            listed += piece._read(skip, None if wanted is None else wanted - len(listed))
            if wanted is not None and len(listed) >= wanted:
                break
        return listed

    def stream(self, size: int = 2_000) -> Iterator[ObligationRow]:
        """Yield every row in order without holding the list in memory; needs a transaction."""
        if self._in_parts:
            for piece, _ in self._pieces(0):
                yield from piece._read(0, None)
            return
        sql, params = self._page("")
        if not sql:
            return
        with connection.chunked_cursor() as cursor:
            cursor.execute(sql, params)
            while block := cursor.fetchmany(size):
                yield from (ObligationRow(*row) for row in block)

    def _walk(self, held: sums.Held) -> parts.Walk:
        return parts.Walk(self.actor, self.measure, self.sorted_by, held)

    def _short(self, leaf: parts.Part) -> "ObligationList":
        # One due time rules a part; what was deferred stands with the others, wherever parts end.
        order = "place" if self.sorted_by in {"due", "-due"} else self.sorted_by
        return ObligationList(
            self.actor, leaf.selection, self.measure, order=order, found=leaf.found
        )

    def _pieces(self, skip: int) -> Iterator[tuple["ObligationList", int]]:
        """Yield short lists that make up this one from a row on, and how many of each to skip."""
        held = sums.held_for(self.windows, self.selection, Breakdown.REGION)
        walk = self._walk(held)
        for leaf, beside in walk.leaves(walk.start(self.selection, self.windows), skip):
            yield self._short(leaf), beside

    def _read(self, start: int, wanted: int | None) -> list[ObligationRow]:
        """Read rows by putting the whole list in order."""
        sql, params = self._page("LIMIT %(limit)s OFFSET %(offset)s")
        if not sql:
            return []
        params |= {"offset": start, "limit": wanted}
        ask = planned if self._can_be_cut else rows
        return [ObligationRow(*row) for row in ask(sql, params)]

    def _page(self, limit: str) -> tuple[str, dict[str, Any]]:
        order = self._columns()
        rank: tuple[str, ...] = ()
        if figure_sql.is_near(self.selection) or self.words:
            # Few bearers are put in order once, not with each of their obligations.
            rank = tuple(each for each in order if each.partition(" ")[0] in each_sql.RANKED)
            kept = [each for each in order if each not in rank]
            kept.insert(order.index(rank[0]), "rank")
            order = tuple(kept)
        sql, params = self._sql(f"{_NARROW}, rank" if rank else _NARROW, rank)
        if not sql:
            return "", {}
        page = f"{sql} ORDER BY {', '.join(order)} {limit}"
        ordered = ", ".join(f"p.{column}" for column in order)
        return f"WITH page AS ({page}) {_WIDE} ORDER BY {ordered}", params

    def _columns(self) -> tuple[str, ...]:
        """Return the columns of the order; a tree of registration is walked along it."""
        order = _ORDERS[self.order]
        if self.selection.tree is Tree.TERRITORY:
            return order
        there = {"place": ("registered", "place"), "place DESC": ("registered DESC", "place")}
        return tuple(each for column in order for each in there.get(column, (column,)))

    def _sql(self, columns: str, rank: Sequence[str] = ()) -> tuple[str, dict[str, Any]]:
        found = self.windows
        if not found:
            return "", {}
        source, params = each_sql.each(
            self.actor, self.selection, found, words=self.words, rank=rank
        )
        params |= figure_sql.window_params(found, self.selection)
        sql = (
            f"WITH {figure_sql.WINDOWS}, {source} SELECT {columns} FROM each"  # noqa: S608
            f" WHERE {self.measure.condition}"
        )
        return sql, params
