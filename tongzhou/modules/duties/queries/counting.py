"""The one formula behind every figure, and the list behind the same number.

For a set of bearers: owed = done + returned + silent, where done = in review + accepted. Overdue is
what is owed and not done once the due time has passed, for MUST and MUST_NOT alone. Late is done
after the due time. Nothing else is stored or counted anywhere.

A figure of the present is read in one statement: from sums between pairs of nodes where there are
any, else from cells and counters, with the deltas that are not folded yet. A figure of a past
moment, or one for a reader whose scope is no range of regions, is read from placements,
organisations and the journal. All give the same numbers; tests hold them together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.kernel.plans import planned
from tongzhou.modules.duties.queries import each_sql, exception_sql, figure_sql, sums
from tongzhou.modules.duties.queries.force import Ground
from tongzhou.modules.duties.queries.selection import Breakdown, Figure, Selection, narrowed
from tongzhou.modules.duties.queries.windowing import list_windows
from tongzhou.modules.duties.rules.windows import Window

#: The parts of a statement that one plan answers well for every node.
_STEADY = frozenset({"summed", "closing", "corrections"})
#: Rows by the thousand: the plan that is kept expects few pieces of ground.
_MANY = frozenset({Breakdown.PLACE, Breakdown.AUTHORITY})
#: The parts that bring their own windows.
_ALONE = frozenset({"summed", "closing"})


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
    held: sums.Held | None = None,
) -> list[FigureRow]:
    """Return the figures of the selection per duty and per row of the breakdown.

    Only what the actor may see is counted. Rows without anything owed are left out. ``found`` are
    windows of the selection that the caller has read already, ``held`` what there are sums of.
    """
    if found is None:
        found = windows_of(selection)
    if not found:
        return []
    if selection.as_of is None and figure_sql.range_of(actor) is not None:
        parts, params = _present(actor, selection, found, by, held)
    else:
        source, params = each_sql.past(actor, selection, found, by)
        parts = {"counted": source}
        params |= figure_sql.window_params(found, selection)
    if not parts:
        return []
    windows = "" if parts.keys() <= _ALONE else f"{figure_sql.WINDOWS}, "
    counted = " UNION ALL ".join(f"SELECT * FROM {name}" for name in parts)  # noqa: S608 - names
    sql = f"""
        WITH {windows}{", ".join(parts.values())}
        SELECT duty, key::text, sum(owed)::bigint, sum(submitted)::bigint, sum(accepted)::bigint,
               sum(returned)::bigint,
               sum(CASE WHEN w_overdue THEN owed - submitted - accepted ELSE 0 END)::bigint,
               sum(CASE WHEN w_overdue THEN owed - submitted - accepted - returned
                        ELSE 0 END)::bigint,
               sum(late)::bigint
        FROM ({counted}) counted GROUP BY duty, key HAVING sum(owed) <> 0 ORDER BY duty, key
        """  # noqa: S608 - made of constants, values are bound
    ask = planned if parts.keys() <= _STEADY and by not in _MANY else rows
    return [FigureRow(row[0], row[1], Figure(*row[2:])) for row in ask(sql, params)]


def _present(
    actor: Actor,
    selection: Selection,
    found: Sequence[Window],
    by: Breakdown,
    held: sums.Held | None,
) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the statement's parts by name, each with the same columns: they add up to the figure.

    ``summed`` is from sums, ``counted`` from cells for what has no sums, ``closing`` what was
    different when closed periods closed, ``corrections`` what exceptions change.
    """
    held = held or sums.held_for(found, selection, by)
    easy = [each for each in found if held.has(each)]
    wanted = {"summed": sums.summed(actor, selection, easy, by, held)}
    if len(easy) < len(found):
        wanted["counted"] = figure_sql.present(actor, selection, found, by)
    wanted["closing"] = figure_sql.closing(actor, selection, found, by)
    if held.is_excepted:
        wanted["corrections"] = exception_sql.corrections(actor, selection, found, by)
    parts = {name: sql for name, (sql, _) in wanted.items() if sql}
    params: dict[str, Any] = {}
    for _, more in wanted.values():
        params |= more
    if parts.keys() - _ALONE:
        params |= figure_sql.window_params(found, selection, held.has)
    return parts, params


def windows_of(selection: Selection) -> Sequence[Window]:
    """Return the windows of the duties that a selection is about."""
    return list_windows(
        selection.moment,
        library_id=selection.library_id,
        duty_ids=selection.duty_ids,
        day=selection.day,
        organ=selection.organ,
        recurrence=selection.recurrence,
    )


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
