"""The SQL of one row per obligation: what every list, and every figure of a past moment, reads."""

from collections.abc import Sequence
from typing import Any

from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.modules.duties.queries.exempt_sql import DUE_AT, EXEMPT, JOIN, LATE, OVERDUE
from tongzhou.modules.duties.queries.figure_sql import (
    asking,
    closed,
    ground_of,
    is_near,
    key_of,
    node_span,
    range_of,
    scopes_of,
    there,
)
from tongzhou.modules.duties.queries.month_sql import in_months
from tongzhou.modules.duties.queries.selection import Breakdown, Selection, Tree
from tongzhou.modules.duties.rules.windows import Window
from tongzhou.modules.registry.public import name_holds, visible_sql


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
# Of a period that began today the planner knows nothing and expects no report, nor an exception
# where thousands were granted; it would then compare every obligation with every one of them. So
# they are joined FULL, which is done by hashing or sorting on the whole key and never by comparing
# each with each, and what nobody owes is dropped behind a fence (OFFSET 0): a condition on what is
# owed would otherwise make a LEFT JOIN of it again.
_TOLD = """
    told AS MATERIALIZED (
        SELECT r.duty_id, r.period, r.organisation_id, r.prov, r.state, r.late, r.submitted_at,
               r.version, r.cell_id
        FROM duties_report r
        WHERE r.duty_id = ANY(%(w_duty)s::bigint[]) AND r.period = ANY(%(w_period)s::date[])
          AND r.cell_id {among}{months}
    ),
"""
_NOW = """
    {kind} JOIN {source} r ON r.period = w.period AND r.duty_id = w.duty
          AND r.organisation_id = w.organisation_id AND r.prov = w.prov AND r.cell_id = w.cell_id
          {months}
"""
# Whom an exception touches is few, and found from there.
_TOUCHED_NOW = """
    LEFT JOIN LATERAL (
        SELECT s.state, s.late, s.submitted_at, s.version FROM duties_report s
        WHERE s.period = w.period AND s.duty_id = w.duty AND s.organisation_id = w.organisation_id
          AND s.prov = w.prov AND s.cell_id = w.cell_id AND x.duty IS NOT NULL {months}
        LIMIT 1
    ) r ON TRUE
"""
_TOUCHED = """
    (registry_organisation.id, registry_organisation.prov) IN (
        SELECT x.organisation_id, x.prov FROM exempt x
    )
"""
_STANDING = "CROSS JOIN (SELECT NULL::timestamptz AS from_at, NULL::timestamptz AS to_at) m"
_PLACED = """
    JOIN registry_placement m ON m.organisation_id = registry_organisation.id
         AND m.prov = registry_organisation.prov
"""
# Where a bearer was at the moment, or as the period closed if that is earlier.
_STOOD = """
    CASE WHEN w.closes_at > %(moment)s
         THEN c.from_at <= %(moment)s AND (c.to_at IS NULL OR c.to_at > %(moment)s)
         ELSE c.from_at < w.closes_at AND (c.to_at IS NULL OR c.to_at >= w.closes_at) END
"""
_STANDS = """
    CASE WHEN w.closes_at > %(moment)s THEN c.to_at IS NULL
         ELSE c.from_at < w.closes_at AND (c.to_at IS NULL OR c.to_at >= w.closes_at) END
"""
_THEN = """
    FULL JOIN remembered r ON r.period = w.period AND r.duty_id = w.duty
          AND r.organisation_id = w.organisation_id AND r.prov = w.prov
"""
# Of few bearers each obligation is looked up: the planner expects fewer still, and would go through
# everybody's reports for each of them.
_THEN_NEAR = """
    LEFT JOIN LATERAL (
        SELECT (array_agg(s.target ORDER BY s.id DESC))[1] AS state,
               (array_agg(s.late ORDER BY s.id DESC))[1] AS late,
               (array_agg(s.version ORDER BY s.id DESC))[1] AS version,
               max(s.at) FILTER (WHERE s.name NOT IN ('accept', 'return', 'reopen'))
                   AS submitted_at
        FROM duties_journal s
        WHERE s.period = w.period AND s.duty_id = w.duty AND s.at <= %(as_of)s
          AND s.organisation_id = w.organisation_id AND s.prov = w.prov
    ) r ON TRUE
"""
_REMEMBERED = """
    remembered AS MATERIALIZED (
        SELECT DISTINCT ON (s.duty_id, s.period, s.organisation_id, s.prov)
               s.duty_id, s.period, s.organisation_id, s.prov, s.target AS state, s.late,
               s.version,
               max(s.at) FILTER (WHERE s.name NOT IN ('accept', 'return', 'reopen'))
                   OVER (PARTITION BY s.duty_id, s.period, s.organisation_id, s.prov)
                   AS submitted_at
        FROM duties_journal s
        WHERE s.duty_id = ANY(%(w_duty)s::bigint[]) AND s.period = ANY(%(w_period)s::date[])
          AND s.at <= %(as_of)s
        ORDER BY s.duty_id, s.period, s.organisation_id, s.prov, s.id DESC
    ),
"""


def named(words: str) -> tuple[str, dict[str, str]]:
    """Return the condition on organisations found by a part of the name or the code, with values.

    No code has a character beyond ASCII: left out, the index decides alone and no name is compared.
    """
    holds = name_holds("registry_organisation.name", "%(words)s")
    if not words.isascii():
        return holds, {"words": words}
    return f"({holds} OR registry_organisation.code = %(code)s)", {
        "words": words,
        "code": words.strip().upper(),
    }


def places_found(actor: Actor, selection: Selection, words: str, limit: int) -> list[int]:
    """Return the region of each of the first bearers found by a search, in the order of regions."""
    column = "located_in_id" if selection.tree is Tree.TERRITORY else "registered_region"
    visible, values = _visible(actor)
    meant, more = named(words)
    low, high = node_span(selection)
    found = rows(
        f"SELECT {column} FROM registry_organisation"  # noqa: S608 - constants, values are bound
        f" WHERE {column} BETWEEN %(low)s AND %(high)s AND {meant} AND {visible}"
        f" ORDER BY {column} LIMIT %(limit)s",
        {"low": low, "high": high, "limit": limit, **values, **more},
    )
    return [row[0] for row in found]


def _visible(actor: Actor) -> tuple[str, dict[str, Any]]:
    """Return what the registry shows an actor, with named parameters."""
    visible, values = visible_sql(actor)
    names = [f"v{number}" for number in range(len(values))]
    for name in names:
        visible = visible.replace("%s", f"%({name})s", 1)
    return visible, dict(zip(names, values, strict=True))


def each(
    actor: Actor,
    selection: Selection,
    found: Sequence[Window],
    by: Breakdown = Breakdown.NONE,
    *,
    excepted: bool = False,
    among: str = "",
    words: str = "",
    rank: Sequence[str] = (),
) -> tuple[str, dict[str, Any]]:
    """Return one row per obligation: who, which duty and period, in which state.

    Waived obligations are left out and deferred ones judged by their own due time. ``excepted``
    gives those alone that an exception touches, waived ones among them, with what they are
    without it (``plain_overdue``, ``plain_late``). ``among`` names a CTE of few bearers and keeps
    theirs, ``words`` those whose name has them or whose code they are. ``rank`` puts few bearers in
    order by some of their own columns; the number is the column ``rank``.
    """
    where, profiles, params = scopes_of(selection, actor)
    key, join = key_of(selection, by)
    visible = "TRUE"
    direct = range_of(actor) is None
    if direct:
        visible, values = _visible(actor)
        params |= values
    near = is_near(selection)
    memory, cell, stands = _PLACED, "m.cell_id", "TRUE"
    if selection.as_of is None:
        straight = direct or excepted or bool(among)
        remembered = ""
        periods = [window.period.start for window in found]
        if excepted:
            report = _TOUCHED_NOW.format(months=in_months("s.period", periods))
        elif straight:
            months = in_months("r.period", periods)
            report = _NOW.format(kind="LEFT", source="duties_report", months=months)
        else:
            cells = _among(selection, words)
            remembered = _TOLD.format(among=cells, months=in_months("r.period", periods))
            report = _NOW.format(kind="FULL", source="told", months="")
        placed = _STANDS
        if not closed(found, selection):
            memory, cell, placed = _STANDING, "registry_organisation.cell_id", "TRUE"
            stands = "registry_organisation.status IN ('ACTIVE', 'SUSPENDED')"
            if near and not words:
                stands += f" AND registry_organisation.cell_id {_among(selection)}"
    else:
        remembered, report = ("", _THEN_NEAR) if near else (_REMEMBERED, _THEN)
        placed = _STOOD
        params["as_of"] = selection.as_of
    if among:
        few = f"(SELECT organisation_id, prov FROM {among})"  # noqa: S608 - a name
        stands += f" AND (registry_organisation.id, registry_organisation.prov) IN {few}"
    if words:
        meant, values = named(words)
        stands += f" AND {meant}"
        params |= values
    if by is Breakdown.FORM:
        join = "JOIN registry_profile p ON p.id = c.profile_id"
    is_few = near or bool(words) or excepted
    if is_few:
        # IS TRUE: hashed, never compared one by one.
        stands += " AND (c.profile_id IN (SELECT a.profile_id FROM asking a)) IS TRUE"
    if excepted:
        stands += f" AND {_TOUCHED}"
    let_off = JOIN.format(kind="FULL")
    joined, kept = f"{report} {let_off}", "owing AND NOT waived"
    if excepted:
        joined, kept = f"{let_off} {report}", "owing AND touched"
        placed += " AND ((w.duty, w.period) IN (SELECT x.duty, x.period FROM exempt x)) IS TRUE"
    ranked, ranking = "", ""
    if rank:
        order = ", ".join(_ranked(column) for column in rank)
        ranked, ranking = ", c.rank", f", row_number() OVER (ORDER BY {order})::int AS rank"
    sql = f"""{EXEMPT}{asking(selection, found, profiles, by)},
    bearer AS {"" if is_few else "NOT "}MATERIALIZED (
        SELECT registry_organisation.id AS organisation_id, registry_organisation.prov,
               registry_organisation.name, registry_organisation.pinyin,
               registry_organisation.code, registry_organisation.form,
               c.id AS cell_id, c.place, c.registered_region, c.profile_id, m.from_at, m.to_at
               {ranking}
        FROM registry_organisation
        {memory}
        JOIN registry_cell c ON c.id = {cell} AND c.prov = registry_organisation.prov
        WHERE {where} AND {stands} AND {visible}
    ),{remembered}
    owed AS (
        SELECT c.organisation_id, c.prov, c.name, c.pinyin, c.code, c.form, c.cell_id, c.place,
               c.registered_region, w.duty, w.period, w.due_at, w.overdue, w.version, w.closes_at,
               {key} AS key, TRUE AS owing {ranked}
        FROM bearer c
        JOIN asking w ON w.profile_id = c.profile_id {there(selection, found)}
        {join}
        WHERE {placed}
    ), each AS (
        SELECT * FROM (
            SELECT w.organisation_id, w.prov, w.name, w.pinyin, w.code, w.form, w.place,
                   w.registered_region AS registered, w.duty, w.period, {DUE_AT} AS due_at,
                   coalesce(r.state, 'SILENT') AS state, {OVERDUE} AS overdue,
                   {LATE} AS late, r.submitted_at, coalesce(r.version, 0) AS version,
                   w.version AS ruling, w.key, coalesce(x.waived, FALSE) AS waived,
                   w.overdue AS plain_overdue, coalesce(r.late, FALSE) AS plain_late, w.owing,
                   x.duty IS NOT NULL AS touched {ranked and ", w.rank"}
            FROM owed w
            {joined}
            OFFSET 0
        ) w
        WHERE {kept}
    )"""  # noqa: S608 - made of constants, values are bound
    return sql, params


#: What a bearer is put in order by, as the CTE ``bearer`` finds it.
RANKED = {
    "place": "c.place",
    "registered": "c.registered_region",
    "pinyin": "registry_organisation.pinyin",
    "organisation_id": "registry_organisation.id",
}


def _ranked(column: str) -> str:
    name, _, direction = column.partition(" ")
    return f"{RANKED[name]} {direction}"


def _among(selection: Selection, words: str = "") -> str:
    """Return the condition on the ids of cells that are read.

    Of few cells each is looked up: the planner would rather read what the nation has.
    """
    if words:
        return "= ANY(ARRAY(SELECT b.cell_id FROM bearer b))"
    cells = f"SELECT c.id FROM registry_cell c WHERE {ground_of(selection)}"  # noqa: S608
    return f"= ANY(ARRAY({cells}))" if is_near(selection) else f"IN ({cells})"
