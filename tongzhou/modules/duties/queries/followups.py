"""Whom an authority has to follow up: silent for several periods in a row, returned repeatedly."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import connection

from tongzhou.base.period import Recurrence, local_day, name_of
from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.modules.duties.queries import each_sql, figure_sql
from tongzhou.modules.duties.queries.force import Ground, get_version
from tongzhou.modules.duties.queries.selection import Selection
from tongzhou.modules.duties.queries.windowing import list_windows
from tongzhou.modules.duties.rules.windows import Window


class FollowUp(StrEnum):
    """SILENT: no report in the last N periods that fell due. RETURNED: returned N times."""

    SILENT = "SILENT"
    RETURNED = "RETURNED"


@dataclass(frozen=True, slots=True)
class FollowRow:
    """One bearer and duty to follow up; ``times`` counts silent periods, or returns."""

    organisation_id: int
    prov: int
    name: str
    code: str
    form: str
    place: int
    place_name: str
    duty_id: int
    version_id: int
    times: int
    first_period: date
    last_period: date
    state: str
    reported_on: date | None


_SILENT = """
SELECT organisation_id, prov, min(pinyin) AS pinyin, min(place) AS place, duty,
       max(ruling) AS ruling, count(*) AS times, min(period) AS first_period,
       max(period) AS last_period, 'SILENT' AS state
FROM each GROUP BY organisation_id, prov, duty
HAVING count(*) = %(times)s AND bool_and(state = 'SILENT')
"""
# A small index holds the steps back, so the few who were returned come first.
_BACK = """
back AS MATERIALIZED (
    SELECT duty_id, period, organisation_id, prov, count(*) AS times FROM duties_step
    WHERE duty_id = ANY(%(w_duty)s::bigint[]) AND period = ANY(%(w_period)s::date[])
      AND at <= %(moment)s
      AND name IN ('return', 'reopen')
    GROUP BY duty_id, period, organisation_id, prov HAVING count(*) >= %(times)s
),
"""
_RETURNED = """
SELECT each.organisation_id, each.prov, pinyin, place, duty, ruling, s.times,
       each.period AS first_period, each.period AS last_period, state
FROM each JOIN back s ON s.duty_id = each.duty AND s.period = each.period
   AND s.organisation_id = each.organisation_id AND s.prov = each.prov
"""
_PAGE = """
SELECT p.organisation_id, p.prov, o.name, o.code, o.form, p.place, coalesce(g.name, ''),
       p.duty, p.ruling, p.times, p.first_period, p.last_period, p.state,
       (SELECT max(r.period) FROM duties_report r
        WHERE r.organisation_id = p.organisation_id AND r.prov = p.prov AND r.duty_id = p.duty
          AND r.period < p.first_period)
FROM page p
JOIN registry_organisation o ON o.id = p.organisation_id AND o.prov = p.prov
LEFT JOIN registry_region g ON g.id = p.place
"""
_ORDER = "times DESC, duty, pinyin, organisation_id"


@dataclass(frozen=True, slots=True)
class FollowList:
    """Bearers to follow up: the number is the length of the list. Sliceable, reads one page."""

    actor: Actor
    selection: Selection
    kind: FollowUp
    found: Sequence[Window]
    times: int
    words: str = ""
    _cache: dict[str, int] = field(default_factory=dict, compare=False)

    def count(self) -> int:
        """Return how many there are."""
        if "n" not in self._cache:
            sql, params = self._sql()
            text = f"{sql} SELECT count(*) FROM listed" if sql else ""  # noqa: S608 - constants
            self._cache["n"] = int(rows(text, params)[0][0]) if text else 0
        return self._cache["n"]

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[FollowRow]:
        sql, params = self._page("LIMIT %(limit)s OFFSET %(offset)s")
        if not sql:
            return []
        start = part.start or 0
        params["offset"] = start
        params["limit"] = (part.stop - start) if part.stop is not None else None
        return [FollowRow(*row) for row in rows(sql, params)]

    def stream(self, size: int = 2_000) -> Iterator[FollowRow]:
        """Yield every row in order without holding the list in memory; needs a transaction."""
        sql, params = self._page("")
        if not sql:
            return
        with connection.chunked_cursor() as cursor:
            cursor.execute(sql, params)
            while block := cursor.fetchmany(size):
                yield from (FollowRow(*row) for row in block)

    def _page(self, limit: str) -> tuple[str, dict[str, Any]]:
        sql, params = self._sql()
        if not sql:
            return "", {}
        page = f"page AS (SELECT * FROM listed ORDER BY {_ORDER} {limit})"  # noqa: S608 - constants
        order = "p.times DESC, p.duty, p.pinyin, p.organisation_id"
        return f"{sql}, {page} {_PAGE} ORDER BY {order}", params

    def _sql(self) -> tuple[str, dict[str, Any]]:
        if not self.found:
            return "", {}
        back = self.kind is FollowUp.RETURNED
        source, params = each_sql.each(
            self.actor,
            self.selection,
            self.found,
            among="back" if back else "",
            words=self.words,
        )
        params |= figure_sql.window_params(self.found, self.selection)
        params["times"] = self.times
        listed = _RETURNED if back else _SILENT
        before = _BACK if back else ""
        return f"WITH {figure_sql.WINDOWS}, {before} {source}, listed AS ({listed})", params


def list_due_windows(selection: Selection, times: int, ground: Ground) -> list[Window]:
    """Return the windows of the last ``times`` periods that fell due of each recurring duty.

    A duty that has not had so many yet is left out, and one that cannot be overdue.
    """
    found: list[Window] = []
    for duty in ground.duties():
        spec = duty.spec
        if (
            (selection.duty_ids is not None and duty.id not in selection.duty_ids)
            or (selection.library_id is not None and duty.library_id != selection.library_id)
            or not duty.is_counted
            or spec.recurrence is Recurrence.ONCE
            or spec.deadline is None
            or not spec.strength.can_be_overdue
        ):
            continue
        found += _due_windows(selection.moment, duty.id, spec.recurrence, times, ground)
    return found


def _due_windows(
    at: datetime, duty_id: int, recurrence: Recurrence, times: int, ground: Ground
) -> list[Window]:
    found: list[Window] = []
    held = 0
    day = name_of(recurrence, local_day(at))
    # A period may fall due after its end, so a few more than asked for are looked at.
    for _step in range(times + 6):
        due = [
            each
            for each in list_windows(at, duty_ids=[duty_id], day=day, ground=ground)
            if each.past_due and get_version(each.version_id).spec.recurrence is recurrence
        ]
        if due:
            found += due
            held += 1
            if held == times:
                return found
        day = name_of(recurrence, day - timedelta(days=1))
    return []
