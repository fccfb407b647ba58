"""The SQL behind the one formula: windows, what of them is asked for, and figures of the present.

Every statement starts with the windows ``w``; the present ends in ``counted``.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from tongzhou.kernel.access import Actor, Role
from tongzhou.kernel.database import array, bound
from tongzhou.modules.duties.queries.selection import Breakdown, Selection, Tree
from tongzhou.modules.duties.rules.windows import NATION, Window, span
from tongzhou.modules.registry.public import Level, level_of

WINDOWS = """
w AS (
    SELECT duty, version, library, period, low, high, rlow, rhigh, due_at, overdue, along, unless,
           coalesce(closes_at, 'infinity') AS closes_at, summed
    FROM unnest(
        %(w_duty)s::bigint[], %(w_version)s::bigint[], %(w_library)s::bigint[],
        %(w_period)s::date[], %(w_low)s::int[], %(w_high)s::int[],
        %(w_rlow)s::int[], %(w_rhigh)s::int[], %(w_due)s::timestamptz[], %(w_overdue)s::boolean[],
        %(w_along)s::text[], %(w_unless)s::bigint[], %(w_closes)s::timestamptz[],
        %(w_summed)s::boolean[]
    ) AS w(duty, version, library, period, low, high, rlow, rhigh, due_at, overdue, along, unless,
           closes_at, summed)
)
"""

# Profiles belong to the version that rules, reports and counters to the duty through all versions.
# Whom only an amended text binds is told apart by the versions before it.
BINDS_SINCE = """
    AND (w.unless = 0 OR NOT EXISTS (
        SELECT FROM duties_dutyprofile x WHERE x.duty_id = w.unless AND x.profile_id = c.profile_id
    ))
    AND (w.along = '' OR NOT EXISTS (
        SELECT FROM unnest(string_to_array(w.along, ',')::bigint[]) AS a(version)
        WHERE NOT EXISTS (
            SELECT FROM duties_dutyprofile x
            WHERE x.duty_id = a.version AND x.profile_id = c.profile_id
        )
    ))
"""


#: All of a window but where it is.
_BUT_PLACE = attrgetter(*(each.name for each in fields(Window) if each.name not in {"low", "high"}))


def window_params(
    found: Sequence[Window],
    selection: Selection,
    summed: Callable[[Window], bool] = lambda window: False,
) -> dict[str, Any]:
    """Return the parameters that :data:`WINDOWS` names, cut to what the selection is about.

    ``summed`` tells which windows are counted from sums.
    """
    held = cut(found, selection)
    return {
        "w_duty": array(each.duty_id for each in held),
        "w_version": array(each.version_id for each in held),
        "w_library": array(each.library_id for each in held),
        "w_period": array(each.period.start for each in held),
        "w_low": array(each.low for each in held),
        "w_high": array(each.high for each in held),
        "w_rlow": array(each.registered_low for each in held),
        "w_rhigh": array(each.registered_high for each in held),
        "w_due": array(each.due_at or "NULL" for each in held),
        "w_overdue": array(each.overdue for each in held),
        "w_along": array('"' + ",".join(map(str, each.along)) + '"' for each in held),
        "w_unless": array(each.unless for each in held),
        "w_closes": array(each.period.closes_at or "NULL" for each in held),
        "w_summed": array(summed(each) for each in held),
        "moment": selection.moment,
    }


def node_span(selection: Selection) -> tuple[int, int]:
    """Return the range of region ids that a selection is about."""
    if not selection.own:
        return span(selection.node)
    return selection.node, selection.node if selection.until is None else selection.until


def cut(found: Sequence[Window], selection: Selection) -> list[Window]:
    """Leave out windows that lie elsewhere and join those that differ in place alone.

    Fewer windows, the same obligations: the statement tries every cell against every window.
    """
    low, high = node_span(selection)
    if selection.tree is Tree.TERRITORY:
        near = [each for each in found if each.low <= high and low <= each.high]
    else:
        near = [
            each for each in found if each.registered_low <= high and low <= each.registered_high
        ]
    near.sort(
        key=lambda each: (
            each.duty_id,
            each.version_id,
            each.period.start,
            each.along,
            each.unless,
            each.registered_low,
            each.low,
        )
    )
    joined: list[Window] = []
    first: Window | None = None
    until = 0
    for each in near:
        if first is not None and until + 1 == each.low and _BUT_PLACE(first) == _BUT_PLACE(each):
            until = each.high
            continue
        if first is not None:
            joined.append(first if until == first.high else replace(first, high=until))
        first, until = each, each.high
    if first is not None:
        joined.append(first if until == first.high else replace(first, high=until))
    return joined


def range_of(actor: Actor) -> str | None:
    """Return what an actor sees as a condition on cells ``c``, None if cells cannot tell.

    It holds the same as ``Organisation.objects.visible_to``: a test keeps them together.
    """
    place = "c.place BETWEEN %(alow)s AND %(ahigh)s"
    registered = "c.registered_region BETWEEN %(alow)s AND %(ahigh)s"
    if actor.is_system or (actor.is_authority and (actor.low, actor.high) == NATION):
        return "TRUE"
    if actor.is_authority:
        return f"({place} OR {registered})"
    if actor.role is Role.TERRITORY:
        return place
    if actor.role is Role.PARTY_LINE:
        return registered
    return None


def scopes_of(selection: Selection, actor: Actor) -> tuple[str, str, dict[str, Any]]:
    """Return the conditions on cells ``c`` and on profiles ``p`` apart, and their parameters."""
    low, high = node_span(selection)
    conditions = [ground_of(selection)]
    profiles: list[str] = []
    params: dict[str, Any] = {"low": low, "high": high}
    if selection.registrar is not None:
        conditions.append("c.registered_region = %(registrar)s")
        params["registrar"] = selection.registrar
    if selection.form:
        profiles.append("p.form = %(form)s")
        params["form"] = selection.form
    elif selection.bearers == "AUTHORITY":
        profiles.append("p.form = 'AUTHORITY'")
    else:
        profiles.append("p.form <> 'AUTHORITY'")
    if selection.group:
        profiles.append(
            "EXISTS (SELECT 1 FROM duties_groupprofile g WHERE g.profile_id = p.id"
            ' AND g.library_id = %(library)s AND g."group" = %(group)s)'
        )
        params |= {"library": selection.library_id, "group": selection.group}
    seen = range_of(actor)
    if seen not in {None, "TRUE"}:
        conditions.append(str(seen))
        params |= {"alow": actor.low, "ahigh": actor.high}
    return " AND ".join(conditions), " AND ".join(profiles), params


def ground_of(selection: Selection) -> str:
    """Return the condition on cells ``c`` for the place alone, with the parameters of scope."""
    column = "place" if selection.tree is Tree.TERRITORY else "registered_region"
    return f"c.{column} BETWEEN %(low)s AND %(high)s"


def key_of(selection: Selection, by: Breakdown) -> tuple[str, str]:
    """Return the SQL for the row of the breakdown and the join it needs."""
    column = "c.place" if selection.tree is Tree.TERRITORY else "c.registered_region"
    match by:
        case Breakdown.REGION:
            return _region_key(column, selection.node)
        case Breakdown.PLACE:
            return column, ""
        case Breakdown.AUTHORITY:
            return "c.registered_region", ""
        case Breakdown.FORM:
            return "p.form::text", ""
        case Breakdown.PERIOD:
            return "w.period", ""
        case Breakdown.GROUP:
            return "w.grouped", ""
    return "''", ""


def _region_key(column: str, node: int) -> tuple[str, str]:
    """Return the child of ``node`` that holds a cell; a code that groups counties gives way."""
    match level_of(node):
        case Level.NATION:
            return f"{column} / 10000 * 10000", ""
        case Level.PROVINCE:
            join = (
                f"LEFT JOIN registry_region grouping ON grouping.id = {column} / 100 * 100"
                " AND grouping.role = 'GROUPING'"
            )
            city = f"CASE WHEN grouping.id IS NULL THEN {column} / 100 * 100 ELSE {column} END"
            return city, join
    return column, ""


# Which profiles a window is about is found before any cell or bearer: the planner would look it up
# anew for every obligation.
_ASKING = """
    {name} AS MATERIALIZED (
        SELECT w.*, c.profile_id{grouped}
        FROM w JOIN duties_dutyprofile c ON c.duty_id = w.version
        {groups}
        WHERE {which} AND c.profile_id IN (
            SELECT p.id FROM registry_profile p WHERE {profiles}{near}
        ){since}
    )"""
_GROUPED = ", w.library || ':' || g.\"group\" AS grouped"
_GROUPS = "JOIN duties_groupprofile g ON g.library_id = w.library AND g.profile_id = c.profile_id"
_NEAR = " AND p.id IN (SELECT c.profile_id FROM registry_cell c WHERE {where})"


def is_near(selection: Selection) -> bool:
    """Tell whether a selection is about a city or less."""
    return selection.own or level_of(selection.node) in {Level.CITY, Level.COUNTY}


def asking(
    selection: Selection,
    found: Sequence[Window],
    profiles: str,
    by: Breakdown,
    name: str = "asking",
    which: str = "TRUE",
) -> str:
    """Return a CTE of the windows for which ``which`` holds, each with the profiles it is about.

    ``profiles`` is a condition on profiles ``p``. By group there is a row for each (``grouped``).
    """
    told_apart = any(each.along or each.unless for each in found)
    return _ASKING.format(
        name=name,
        which=which,
        grouped=_GROUPED if by is Breakdown.GROUP else "",
        groups=_GROUPS if by is Breakdown.GROUP else "",
        profiles=profiles,
        near=_NEAR.format(where=ground_of(selection)) if is_near(selection) else "",
        since=BINDS_SINCE if told_apart else "",
    )


def there(selection: Selection, found: Sequence[Window]) -> str:
    """Return the condition by which a cell ``c`` stands in a window ``w``.

    What holds of every cell asked for is left out: the planner takes a range for a rare thing.
    """
    node = node_span(selection)
    by_place = selection.tree is Tree.TERRITORY
    low, high = node if by_place else NATION
    first, last = NATION if by_place else node
    held = cut(found, selection)
    conditions = []
    if not all(each.low <= low and high <= each.high for each in held):
        conditions.append("AND c.place BETWEEN w.low AND w.high")
    if not all(each.registered_low <= first and last <= each.registered_high for each in held):
        conditions.append("AND c.registered_region BETWEEN w.rlow AND w.rhigh")
    return " ".join(conditions)


def present(
    actor: Actor, selection: Selection, found: Sequence[Window], by: Breakdown
) -> tuple[str, dict[str, Any]]:
    """Read cells, counters and unfolded deltas, for windows that are not counted from sums."""
    where, profiles, params = scopes_of(selection, actor)
    key, join = key_of(selection, by)
    same = "k.duty_id = bound.duty AND k.period = bound.period AND k.cell_id = bound.id"
    near = ""
    if is_near(selection):
        near = "AND k.cell_id = ANY(ARRAY(SELECT b.id FROM cells b))"
    if by is Breakdown.FORM:
        join = "JOIN registry_profile p ON p.id = c.profile_id"
    sql = f"""
    {asking(selection, found, profiles, by, "binding", "NOT w.summed")},
    cells AS {"" if near else "NOT "}MATERIALIZED (
        SELECT c.* FROM registry_cell c WHERE {where}
    ), bound AS MATERIALIZED (
        SELECT w.duty, w.period, w.overdue AS w_overdue, {key} AS key, c.id, c.prov, c.population
        FROM cells c
        JOIN binding w ON w.profile_id = c.profile_id {there(selection, found)}
        {join}
        WHERE c.population > 0 OR w.closes_at <= %(moment)s
    ), folded AS MATERIALIZED (
        SELECT k.* FROM duties_counter k
        WHERE k.duty_id = ANY(%(w_duty)s::bigint[]) AND k.period = ANY(%(w_period)s::date[]) {near}
    ), counted AS (
        SELECT bound.duty, bound.key, bound.w_overdue, bound.population AS owed,
               coalesce(k.submitted, 0) AS submitted, coalesce(k.accepted, 0) AS accepted,
               coalesce(k.returned, 0) AS returned, coalesce(k.late, 0) AS late
        FROM bound LEFT JOIN folded k ON {same} AND k.prov = bound.prov
        UNION ALL
        SELECT bound.duty, bound.key, bound.w_overdue, 0, k.submitted, k.accepted, k.returned,
               k.late
        FROM bound JOIN duties_delta k ON {same} AND k.prov = bound.prov
    )
    """  # noqa: S608 - made of constants, values are bound
    return sql, params


# Who owed a closed period is who was there as it closed: today's population, less those who came
# since, and with those who left since. Planned for its own moment, whatever it is a part of: how
# many that were is what a plan depends on.
_CHANGED = """
WITH {windows}, {asking}
SELECT w.duty, ({key})::text, w.overdue, sum(CASE WHEN m.to_at IS NULL THEN -1 ELSE 1 END)
FROM registry_placement m
JOIN registry_cell c ON c.id = m.cell_id AND c.prov = m.prov
JOIN closed w ON w.profile_id = c.profile_id {there}
{join}
WHERE {where} AND (m.from_at >= %(closed)s OR m.to_at >= %(closed)s)
  AND (m.from_at >= w.closes_at AND m.to_at IS NULL
       OR m.from_at < w.closes_at AND m.to_at >= w.closes_at)
GROUP BY 1, 2, 3"""
_CLOSING = """
closing AS (
    SELECT duty, key::{kind} AS key, overdue AS w_overdue, owed, 0 AS submitted, 0 AS accepted,
           0 AS returned, 0 AS late
    FROM duties_closing(%(closing)s::text)
)"""
_KINDS = {
    Breakdown.REGION: "int",
    Breakdown.PLACE: "int",
    Breakdown.AUTHORITY: "int",
    Breakdown.PERIOD: "date",
}


def closing(
    actor: Actor, selection: Selection, found: Sequence[Window], by: Breakdown
) -> tuple[str, dict[str, Any]]:
    """Return the CTE ``closing``: what was different when closed periods closed; empty if none."""
    ended = cut(closed(found, selection), selection)
    if not ended:
        return "", {}
    where, profiles, params = scopes_of(selection, actor)
    key, join = key_of(selection, by)
    if by is Breakdown.FORM:
        join = "JOIN registry_profile p ON p.id = c.profile_id"
    sql = _CHANGED.format(
        windows=WINDOWS,
        asking=asking(selection, ended, profiles, by, "closed"),
        key=key,
        there=there(selection, ended),
        join=join,
        where=where,
    )
    params |= window_params(ended, selection) | {"closed": first_close(ended)}
    return _CLOSING.format(kind=_KINDS.get(by, "text")), {"closing": bound(sql, params)}


def closed(found: Sequence[Window], selection: Selection) -> list[Window]:
    """Return the windows whose period has closed by the selection's moment."""
    moment = selection.moment
    return [
        each
        for each in found
        if each.period.closes_at is not None and each.period.closes_at <= moment
    ]


def first_close(ended: Sequence[Window]) -> datetime | None:
    """Return when the first of closed periods closed, None if there are none."""
    closes = (each.period.closes_at for each in ended)
    return min((each for each in closes if each is not None), default=None)
