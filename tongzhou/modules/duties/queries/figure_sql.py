"""The SQL behind the one formula: the present from cells and counters, the rest from each bearer.

Every statement starts with the windows ``w`` and ends in ``counted`` (figures) or ``each`` (lists).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from tongzhou.kernel.access import Actor, Role
from tongzhou.modules.duties.queries.exempt_sql import DUE_AT, EXEMPT, JOIN, LATE, OVERDUE
from tongzhou.modules.duties.queries.selection import Breakdown, Selection, Tree
from tongzhou.modules.duties.rules.windows import NATION, Window, span
from tongzhou.modules.registry.public import Level, level_of, visible_sql

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
_BINDS = """
    w.version = b.duty_id
    AND c.place BETWEEN w.low AND w.high AND c.registered_region BETWEEN w.rlow AND w.rhigh
"""
# Whom only an amended text binds is told apart by the versions before it.
_BINDS_SINCE = """
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


def _binds(found: Sequence[Window]) -> str:
    """Return the condition by which a window ``w`` is about a cell ``c`` that ``b`` binds."""
    told_apart = any(each.along or each.unless for each in found)
    return _BINDS + _BINDS_SINCE if told_apart else _BINDS


def window_params(
    found: Sequence[Window],
    selection: Selection,
    summed: Callable[[Window], bool] = lambda window: False,
) -> dict[str, Any]:
    """Return the parameters that :data:`WINDOWS` names, cut to what the selection is about.

    ``summed`` tells which windows are counted from sums.
    """
    held = _cut(found, selection)
    return {
        "w_duty": [each.duty_id for each in held],
        "w_version": [each.version_id for each in held],
        "w_library": [each.library_id for each in held],
        "w_period": [each.period.start for each in held],
        "w_low": [each.low for each in held],
        "w_high": [each.high for each in held],
        "w_rlow": [each.registered_low for each in held],
        "w_rhigh": [each.registered_high for each in held],
        "w_due": [each.due_at for each in held],
        "w_overdue": [each.overdue for each in held],
        "w_along": [",".join(map(str, each.along)) for each in held],
        "w_unless": [each.unless for each in held],
        "w_closes": [each.period.closes_at for each in held],
        "w_summed": [summed(each) for each in held],
        "moment": selection.moment,
    }


def node_span(selection: Selection) -> tuple[int, int]:
    """Return the range of region ids that a selection is about."""
    return (selection.node, selection.node) if selection.own else span(selection.node)


def _cut(found: Sequence[Window], selection: Selection) -> list[Window]:
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
    for each in near:
        last = joined[-1] if joined else None
        adjoins = last is not None and last.high + 1 == each.low
        if last is not None and adjoins and replace(last, low=each.low, high=each.high) == each:
            joined[-1] = replace(last, high=each.high)
        else:
            joined.append(each)
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


def _scope(selection: Selection, actor: Actor) -> tuple[str, dict[str, Any]]:
    """Return the condition on cells ``c`` and profiles ``p`` for place, form, group, actor."""
    cells, profiles, params = _scopes(selection, actor)
    return f"{cells} AND {profiles}", params


def _scopes(selection: Selection, actor: Actor) -> tuple[str, str, dict[str, Any]]:
    """Return the conditions on cells ``c`` and on profiles ``p`` apart, and their parameters."""
    low, high = node_span(selection)
    conditions = [_ground(selection)]
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


def _ground(selection: Selection) -> str:
    """Return the condition on cells ``c`` for the place alone, with the parameters of scope."""
    column = "place" if selection.tree is Tree.TERRITORY else "registered_region"
    return f"c.{column} BETWEEN %(low)s AND %(high)s"


def _key(selection: Selection, by: Breakdown) -> tuple[str, str]:
    """Return the SQL for the row of the breakdown and the join it needs."""
    column = "c.place" if selection.tree is Tree.TERRITORY else "c.registered_region"
    match by:
        case Breakdown.REGION:
            return _region_key(column, selection.node)
        case Breakdown.AUTHORITY:
            return "c.registered_region", ""
        case Breakdown.FORM:
            return "p.form::text", ""
        case Breakdown.PERIOD:
            return "w.period", ""
        case Breakdown.GROUP:
            join = (
                "JOIN duties_groupprofile g2 ON g2.library_id = w.library AND g2.profile_id = p.id"
            )
            return "w.library || ':' || g2.\"group\"", join
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


def present(
    actor: Actor, selection: Selection, found: Sequence[Window], by: Breakdown
) -> tuple[str, dict[str, Any]]:
    """Read cells, counters and unfolded deltas, for windows that are not counted from sums."""
    where, params = _scope(selection, actor)
    key, join = _key(selection, by)
    same = "k.duty_id = bound.duty AND k.period = bound.period AND k.cell_id = bound.id"
    sql = f"""
    bound AS MATERIALIZED (
        SELECT w.duty, w.period, w.overdue AS w_overdue, {key} AS key, c.id, c.prov, c.population
        FROM registry_cell c
        JOIN registry_profile p ON p.id = c.profile_id
        JOIN duties_dutyprofile b ON b.profile_id = c.profile_id
        JOIN w ON {_binds(found)} AND NOT w.summed
        {join}
        WHERE {where} AND (c.population > 0 OR w.closes_at <= %(moment)s)
    ), folded AS MATERIALIZED (
        SELECT k.* FROM duties_counter k
        WHERE k.duty_id = ANY(%(w_duty)s) AND k.period = ANY(%(w_period)s)
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
# since, and with those who left since.
_CLOSING = """
closing AS (
    SELECT w.duty, {key} AS key, w.overdue AS w_overdue,
           CASE WHEN m.to_at IS NULL THEN -1 ELSE 1 END AS owed, 0 AS submitted, 0 AS accepted,
           0 AS returned, 0 AS late
    FROM registry_placement m
    JOIN registry_cell c ON c.id = m.cell_id AND c.prov = m.prov
    JOIN registry_profile p ON p.id = c.profile_id
    JOIN duties_dutyprofile b ON b.profile_id = c.profile_id
    JOIN w ON {binds} AND w.closes_at <= %(moment)s
    {join}
    WHERE {where} AND (m.from_at >= %(closed)s OR m.to_at >= %(closed)s)
      AND (m.from_at >= w.closes_at AND m.to_at IS NULL
           OR m.from_at < w.closes_at AND m.to_at >= w.closes_at)
)"""


def closing(
    actor: Actor, selection: Selection, found: Sequence[Window], by: Breakdown
) -> tuple[str, dict[str, Any]]:
    """Return the CTE ``closing``: what was different when closed periods closed; empty if none."""
    closed = first_close(found, selection)
    if closed is None:
        return "", {}
    where, params = _scope(selection, actor)
    key, join = _key(selection, by)
    sql = _CLOSING.format(key=key, binds=_binds(found), join=join, where=where)
    return sql, params | {"closed": closed}


def first_close(found: Sequence[Window], selection: Selection) -> datetime | None:
    """Return when the first of the closed periods closed, None if all are open."""
    moment = selection.moment
    closes = (each.period.closes_at for each in found)
    return min((each for each in closes if each is not None and each <= moment), default=None)


def past(
    actor: Actor, selection: Selection, found: Sequence[Window], by: Breakdown
) -> tuple[str, dict[str, Any]]:
    """Count obligation by obligation."""
    source, params = each(actor, selection, found, by)
    sql = f"""{source}, counted AS (
        SELECT duty, key, overdue AS w_overdue, 1 AS owed,
               (state = 'SUBMITTED')::int AS submitted, (state = 'ACCEPTED')::int AS accepted,
               (state = 'RETURNED')::int AS returned,
               (late AND state IN ('SUBMITTED', 'ACCEPTED'))::int AS late
        FROM each
    )"""  # noqa: S608 - made of constants, values are bound
    return sql, params


# The reports of a range of cells are read in one go, before bearers are looked at one by one.
_TOLD = """
    told AS MATERIALIZED (
        SELECT r.duty_id, r.period, r.organisation_id, r.prov, r.state, r.late, r.submitted_at,
               r.version, r.cell_id
        FROM duties_report r
        WHERE r.duty_id = ANY(%(w_duty)s) AND r.period = ANY(%(w_period)s)
          AND r.cell_id IN (SELECT c.id FROM registry_cell c WHERE {where})
    ),
"""
_NOW = """
    LEFT JOIN {source} r ON r.period = w.period AND r.duty_id = w.duty
          AND r.organisation_id = registry_organisation.id
          AND r.prov = registry_organisation.prov AND r.cell_id = c.id
"""
_PLACED = """
    JOIN registry_placement m ON m.organisation_id = registry_organisation.id
         AND m.prov = registry_organisation.prov
"""
# Where a bearer was at the moment, or as the period closed if that is earlier.
_STOOD = """
    CASE WHEN w.closes_at > %(moment)s
         THEN m.from_at <= %(moment)s AND (m.to_at IS NULL OR m.to_at > %(moment)s)
         ELSE m.from_at < w.closes_at AND (m.to_at IS NULL OR m.to_at >= w.closes_at) END
"""
_STANDS = """
    CASE WHEN w.closes_at > %(moment)s THEN m.to_at IS NULL
         ELSE m.from_at < w.closes_at AND (m.to_at IS NULL OR m.to_at >= w.closes_at) END
"""
_THEN = """
    LEFT JOIN remembered r ON r.period = w.period AND r.duty_id = w.duty
          AND r.organisation_id = registry_organisation.id
          AND r.prov = registry_organisation.prov
"""
_REMEMBERED = """
    remembered AS (
        SELECT DISTINCT ON (s.duty_id, s.period, s.organisation_id, s.prov)
               s.duty_id, s.period, s.organisation_id, s.prov, s.target AS state, s.late,
               s.version,
               max(s.at) FILTER (WHERE s.name NOT IN ('accept', 'return', 'reopen'))
                   OVER (PARTITION BY s.duty_id, s.period, s.organisation_id, s.prov)
                   AS submitted_at
        FROM duties_journal s
        JOIN (SELECT DISTINCT duty, period FROM w) w
          ON w.duty = s.duty_id AND w.period = s.period
        WHERE s.at <= %(as_of)s
        ORDER BY s.duty_id, s.period, s.organisation_id, s.prov, s.id DESC
    ),
"""


def each(
    actor: Actor,
    selection: Selection,
    found: Sequence[Window],
    by: Breakdown = Breakdown.NONE,
    *,
    excepted: bool = False,
    among: str = "",
) -> tuple[str, dict[str, Any]]:
    """Return one row per obligation: who, which duty and period, in which state.

    Waived obligations are left out and deferred ones judged by their own due time. ``excepted``
    gives those alone that an exception touches, waived ones among them, with what they are
    without it (``plain_overdue``, ``plain_late``). ``among`` names a CTE of few bearers and keeps
    theirs.
    """
    where, profiles, params = _scopes(selection, actor)
    key, join = _key(selection, by)
    visible = "TRUE"
    direct = range_of(actor) is None
    if direct:
        visible, values = visible_sql(actor)
        for number, value in enumerate(values):
            visible = visible.replace("%s", f"%(v{number})s", 1)
            params[f"v{number}"] = value
    memory, cell = _PLACED, "m.cell_id"
    if selection.as_of is None:
        straight = direct or excepted or bool(among)
        remembered = "" if straight else _TOLD.format(where=_ground(selection))
        report = _NOW.format(source="duties_report" if straight else "told")
        placed = _STANDS
        if first_close(found, selection) is None:
            memory, cell = "", "registry_organisation.cell_id"
            placed = "registry_organisation.status IN ('ACTIVE', 'SUSPENDED')"
    else:
        remembered, report, placed = _REMEMBERED, _THEN, _STOOD
        params["as_of"] = selection.as_of
    if excepted:
        let_off = JOIN.format(kind="")
    else:
        let_off, placed = JOIN.format(kind="LEFT"), f"{placed} AND x.waived IS NOT TRUE"
    if among:
        few = f"(SELECT organisation_id, prov FROM {among})"  # noqa: S608 - a name
        placed += f" AND (registry_organisation.id, registry_organisation.prov) IN {few}"
    # Found beforehand: the planner would look the profiles up anew for every obligation.
    forms = f"SELECT p.id FROM registry_profile p WHERE {profiles}"  # noqa: S608 - constants
    profile = f"c.profile_id = ANY(ARRAY({forms}))"
    if by in {Breakdown.FORM, Breakdown.GROUP}:
        join = f"JOIN registry_profile p ON p.id = c.profile_id {join}"
    sql = f"""{EXEMPT}{remembered}
    each AS (
        SELECT registry_organisation.id AS organisation_id, registry_organisation.prov,
               registry_organisation.name, registry_organisation.pinyin,
               registry_organisation.code, registry_organisation.form,
               c.place, c.registered_region AS registered, w.duty, w.period, {DUE_AT} AS due_at,
               coalesce(r.state, 'SILENT') AS state, {OVERDUE} AS overdue,
               {LATE} AS late, r.submitted_at, coalesce(r.version, 0) AS version,
               w.version AS ruling, {key} AS key,
               coalesce(x.waived, FALSE) AS waived, w.overdue AS plain_overdue,
               coalesce(r.late, FALSE) AS plain_late
        FROM registry_organisation
        {memory}
        JOIN registry_cell c ON c.id = {cell} AND c.prov = registry_organisation.prov
        JOIN duties_dutyprofile b ON b.profile_id = c.profile_id
        JOIN w ON {_binds(found)}
        {join}
        {report}
        {let_off}
        WHERE {where} AND {profile} AND {placed} AND {visible}
    )"""  # noqa: S608 - made of constants, values are bound
    return sql, params
