"""What exceptions change in a figure that was counted without them."""

from collections.abc import Sequence
from typing import Any

from tongzhou.kernel.access import Actor
from tongzhou.modules.duties.queries import each_sql
from tongzhou.modules.duties.queries.selection import Breakdown, Selection
from tongzhou.modules.duties.rules.windows import Window


def corrections(
    actor: Actor, selection: Selection, found: Sequence[Window], by: Breakdown
) -> tuple[str, dict[str, Any]]:
    """Return the CTE ``corrections``: what exceptions take from and add to ``counted``.

    For every obligation that an exception touches, a row takes out what it counted for without
    one, and another puts in what it counts for, unless it is waived. A figure that was counted
    from cells and counters, which know no exceptions, is exact with these.
    """
    source, params = each_sql.each(actor, selection, found, by, excepted=True)
    done = "state IN ('SUBMITTED', 'ACCEPTED')"
    sql = f"""{source}, corrections AS (
        SELECT duty, key, plain_overdue AS w_overdue, -1 AS owed,
               -(state = 'SUBMITTED')::int AS submitted, -(state = 'ACCEPTED')::int AS accepted,
               -(state = 'RETURNED')::int AS returned, -(plain_late AND {done})::int AS late
        FROM each
        UNION ALL
        SELECT duty, key, overdue, 1, (state = 'SUBMITTED')::int, (state = 'ACCEPTED')::int,
               (state = 'RETURNED')::int, (late AND {done})::int
        FROM each WHERE NOT waived
    )"""  # noqa: S608 - made of constants, values are bound
    return sql, params
