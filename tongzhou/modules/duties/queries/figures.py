"""The one formula behind every figure, and the list behind the same number.

For a set of bearers: owed = done + returned + silent, where done = in review + accepted. Overdue is
what is owed and not done once the due time has passed, for MUST and MUST_NOT alone. Late is done
after the due time. Nothing else is stored or counted anywhere.

A figure of the present is read from cells, counters and unfolded deltas in one statement. A figure
of a past moment, or one for a reader whose scope is no range of regions, is read from placements,
organisations and the journal. Both give the same numbers; a test holds them together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.modules.duties.queries import exception_sql, figure_sql
from tongzhou.modules.duties.queries.force import Ground, list_windows
from tongzhou.modules.duties.queries.obligations import (
    ORDERS,
    ObligationList,
    ObligationRow,
    windows_of,
)
from tongzhou.modules.duties.queries.selection import (
    MEASURES,
    Breakdown,
    Figure,
    Measure,
    Selection,
    Tree,
    narrowed,
)
from tongzhou.modules.duties.rules.windows import Window

__all__ = [
    "MEASURES",
    "ORDERS",
    "Breakdown",
    "Figure",
    "FigureRow",
    "Measure",
    "ObligationList",
    "ObligationRow",
    "Selection",
    "Tree",
    "figures",
    "list_series",
    "narrowed",
    "total",
    "windows_of",
]


@dataclass(frozen=True, slots=True)
class FigureRow:
    """The figure of one duty for one row of a breakdown; ``key`` is empty for NONE and DUTY."""

    duty_id: int
    key: str
    figure: Figure


def figures(
    actor: Actor,
    selection: Selection,
    by: Breakdown = Breakdown.NONE,
    *,
    found: Sequence[Window] | None = None,
) -> list[FigureRow]:
    """Return the figures of the selection per duty and per row of the breakdown.

    Only what the actor may see is counted. Rows without anything owed are left out. ``found`` are
    windows of the selection that the caller has read already.
    """
    if found is None:
        found = windows_of(selection)
    if not found:
        return []
    counted = "counted"
    if selection.as_of is None and figure_sql.range_of(actor) is not None:
        source, params = figure_sql.present(actor, selection, found, by)
        excepted, more = exception_sql.corrections(actor, selection, found, by)
        source, params = f"{source}, {excepted}", params | more
        counted = "(SELECT * FROM counted UNION ALL SELECT * FROM corrections) counted"
    else:
        source, params = figure_sql.past(actor, selection, found, by)
    params |= figure_sql.window_params(found, selection)
    sql = f"""
        WITH {figure_sql.WINDOWS}, {source}
        SELECT duty, key::text, sum(owed)::bigint, sum(submitted)::bigint, sum(accepted)::bigint,
               sum(returned)::bigint,
               sum(CASE WHEN w_overdue THEN owed - submitted - accepted ELSE 0 END)::bigint,
               sum(CASE WHEN w_overdue THEN owed - submitted - accepted - returned
                        ELSE 0 END)::bigint,
               sum(late)::bigint
        FROM {counted} GROUP BY duty, key HAVING sum(owed) <> 0 ORDER BY duty, key
        """  # noqa: S608 - made of constants, values are bound
    return [FigureRow(row[0], row[1], Figure(*row[2:])) for row in rows(sql, params)]


def list_series(
    actor: Actor,
    selection: Selection,
    duty_id: int,
    days: Iterable[date],
    *,
    ground: Ground | None = None,
) -> list[tuple[date, Figure]]:
    """Return the figures of one recurring duty for the periods of these names, in one statement.

    A day on which no period of the duty begins, or on which nobody owed it, is left out.
    """
    ground = ground or Ground(selection.moment)
    found = [
        window
        for day in sorted(set(days))
        for window in list_windows(selection.moment, duty_ids=[duty_id], day=day, ground=ground)
    ]
    wanted = narrowed(selection, duty_ids=(duty_id,), day=None)
    return [
        (date.fromisoformat(row.key), row.figure)
        for row in sorted(
            figures(actor, wanted, Breakdown.PERIOD, found=found), key=lambda row: row.key
        )
    ]


def total(found: Iterable[FigureRow]) -> Figure:
    """Return the sum of rows; obligations add up over duties and places, never over groups."""
    result = Figure()
    for row in found:
        result += row.figure
    return result
