"""The list behind a number: exactly the obligations that a measure counts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.modules.duties.queries import figure_sql
from tongzhou.modules.duties.queries.force import list_windows
from tongzhou.modules.duties.queries.selection import Measure, Selection
from tongzhou.modules.duties.rules.windows import Window


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
organisation_id, prov, pinyin, place, duty, period, due_at, state, overdue, late, submitted_at,
version, ruling
"""
_WIDE = """
SELECT p.organisation_id, p.prov, o.name, o.code, o.form, p.place, coalesce(g.name, ''),
       p.duty, p.period, p.due_at, p.state, p.overdue, p.late, p.submitted_at, p.version,
       p.ruling
FROM page p
JOIN registry_organisation o ON o.id = p.organisation_id AND o.prov = p.prov
LEFT JOIN registry_region g ON g.id = p.place
"""
_THEN = ("pinyin", "organisation_id", "duty", "period")
_ORDERS: Mapping[str, tuple[str, ...]] = {
    "name": _THEN,
    "-name": ("pinyin DESC", "organisation_id DESC", "duty", "period"),
    "due": ("due_at NULLS LAST", *_THEN),
    "-due": ("due_at DESC NULLS LAST", *_THEN),
    "place": ("place", *_THEN),
    "-place": ("place DESC", *_THEN),
    "duty": ("duty", *_THEN),
    "-duty": ("duty DESC", *_THEN),
    "submitted": ("submitted_at NULLS LAST", *_THEN),
    "-submitted": ("submitted_at DESC NULLS LAST", *_THEN),
}
ORDERS = tuple(_ORDERS)


@dataclass(frozen=True, slots=True)
class ObligationList:
    """A list of obligations: exactly those that the measure's number counts.

    Sliceable, so a paginator reads only the page it shows. ``found`` are windows that the caller
    has read already, ``known`` is the measure's number of the same selection, which spares the
    count: a test holds the two together.
    """

    actor: Actor
    selection: Selection
    measure: Measure
    words: str = ""
    order: str = "name"
    found: Sequence[Window] | None = None
    known: int | None = None
    _cache: dict[str, int] = field(default_factory=dict, compare=False)

    def count(self) -> int:
        """Return how many there are."""
        if self.known is not None and not self.words:
            return self.known
        if "n" not in self._cache:
            sql, params = self._sql("count(*)")
            self._cache["n"] = int(rows(sql, params)[0][0]) if sql else 0
        return self._cache["n"]

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[ObligationRow]:
        sql, params = self._page("LIMIT %(limit)s OFFSET %(offset)s")
        if not sql:
            return []
        start = part.start or 0
        params["offset"] = start
        params["limit"] = (part.stop - start) if part.stop is not None else None
        return [ObligationRow(*row) for row in rows(sql, params)]

    def stream(self, size: int = 2_000) -> Iterator[ObligationRow]:
        """Yield every row in order without holding the list in memory; needs a transaction."""
        sql, params = self._page("")
        if not sql:
            return
        with connection.chunked_cursor() as cursor:
            cursor.execute(sql, params)
            while block := cursor.fetchmany(size):
                yield from (ObligationRow(*row) for row in block)

    def _page(self, limit: str) -> tuple[str, dict[str, Any]]:
        sql, params = self._sql(_NARROW)
        if not sql:
            return "", {}
        order = _ORDERS[self.order]
        page = f"{sql} ORDER BY {', '.join(order)} {limit}"
        ordered = ", ".join(f"p.{column}" for column in order)
        return f"WITH page AS ({page}) {_WIDE} ORDER BY {ordered}", params

    def _sql(self, columns: str) -> tuple[str, dict[str, Any]]:
        found = self.found if self.found is not None else windows_of(self.selection)
        if not found:
            return "", {}
        source, params = figure_sql.each(self.actor, self.selection, found)
        params |= figure_sql.window_params(found, self.selection)
        words = ""
        if self.words:
            words = "AND (upper(name) LIKE upper(%(words)s) OR code = %(code)s)"
            escaped = self.words.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
            params |= {"words": f"%{escaped}%", "code": self.words.strip().upper()}
        sql = (
            f"WITH {figure_sql.WINDOWS}, {source} SELECT {columns} FROM each"  # noqa: S608
            f" WHERE {self.measure.condition} {words}"
        )
        return sql, params


def windows_of(selection: Selection) -> list[Window]:
    """Return the windows of the duties that a selection is about."""
    return list_windows(
        selection.moment,
        library_id=selection.library_id,
        duty_ids=selection.duty_ids,
        day=selection.day,
        organ=selection.organ,
        recurrence=selection.recurrence,
    )
