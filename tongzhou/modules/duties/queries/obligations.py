"""The list behind a number: exactly the obligations that a measure counts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import dicts, rows
from tongzhou.modules.duties.queries import figure_sql
from tongzhou.modules.duties.queries.force import list_windows
from tongzhou.modules.duties.queries.selection import Measure, Selection
from tongzhou.modules.duties.rules.windows import Window


@dataclass(frozen=True, slots=True)
class ObligationRow:
    """One obligation on a list."""

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


_COLUMNS = (
    "organisation_id, prov, name, code, form, place, place_name, duty AS duty_id, period, due_at,"
    " state, overdue, late, submitted_at, version"
)
_ORDERS = {
    "name": "pinyin, organisation_id, duty, period",
    "-name": "pinyin DESC, organisation_id DESC, duty, period",
    "due": "due_at NULLS LAST, pinyin, organisation_id, duty, period",
    "-due": "due_at DESC NULLS LAST, pinyin, organisation_id, duty, period",
    "place": "place, pinyin, organisation_id, duty, period",
    "-place": "place DESC, pinyin, organisation_id, duty, period",
    "duty": "duty, pinyin, organisation_id, period",
    "-duty": "duty DESC, pinyin, organisation_id, period",
    "submitted": "submitted_at NULLS LAST, pinyin, organisation_id, duty, period",
    "-submitted": "submitted_at DESC NULLS LAST, pinyin, organisation_id, duty, period",
}
ORDERS = tuple(_ORDERS)


@dataclass(frozen=True, slots=True)
class ObligationList:
    """A list of obligations: exactly those that the measure's number counts.

    Sliceable, so a paginator reads only the page it shows. ``found`` are windows that the caller
    has read already.
    """

    actor: Actor
    selection: Selection
    measure: Measure
    words: str = ""
    order: str = "name"
    found: Sequence[Window] | None = None
    _cache: dict[str, int] = field(default_factory=dict, compare=False)

    def count(self) -> int:
        """Return how many there are."""
        if "n" not in self._cache:
            sql, params = self._sql("count(*)")
            self._cache["n"] = int(rows(sql, params)[0][0]) if sql else 0
        return self._cache["n"]

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[ObligationRow]:
        sql, params = self._sql(_COLUMNS)
        if not sql:
            return []
        sql += f" ORDER BY {_ORDERS[self.order]} LIMIT %(limit)s OFFSET %(offset)s"
        start = part.start or 0
        params["offset"] = start
        params["limit"] = (part.stop - start) if part.stop is not None else None
        return [ObligationRow(**row) for row in dicts(sql, params)]

    def stream(self, size: int = 2_000) -> Iterator[ObligationRow]:
        """Yield every row in order without holding the list in memory; needs a transaction."""
        sql, params = self._sql(_COLUMNS)
        if not sql:
            return
        with connection.chunked_cursor() as cursor:
            cursor.execute(f"{sql} ORDER BY {_ORDERS[self.order]}", params)
            while block := cursor.fetchmany(size):
                yield from (ObligationRow(*row) for row in block)

    def _sql(self, columns: str) -> tuple[str, dict[str, Any]]:
        found = self.found if self.found is not None else windows_of(self.selection)
        if not found:
            return "", {}
        source, params = figure_sql.each(self.actor, self.selection)
        params |= figure_sql.window_params(found)
        words = ""
        if self.words:
            words = "AND (name ILIKE %(words)s OR code = %(code)s)"
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
    )
