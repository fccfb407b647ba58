"""The SQL that spreads a change of a cell over the pairs of nodes it counts for.

Whoever builds sums, folds changes into them, or reads changes that are not folded yet, uses these
statements; so a figure is the same before and after folding.
"""

from collections.abc import Iterable

from tongzhou.modules.duties.rules.nodes import GRAINS, Grain


def grains_sql(grains: Iterable[Grain] = GRAINS) -> str:
    """Return a table ``g`` of grains: number, and by what place and registering region divide."""
    found = ", ".join(
        f"({grain.number}::smallint, {grain.place.unit}, {grain.registered.unit})"
        for grain in grains
    )
    return f"(VALUES {found}) AS g(grain, wide, across)"


# Looking each cell up by itself: the planner takes a pair of columns for far rarer than it is, and
# would go through whole tables for every change.
_FEW = """CROSS JOIN LATERAL (
            SELECT e.place, e.registered_region, e.profile_id FROM registry_cell e
            WHERE e.id = d.cell_id AND e.prov = d.prov LIMIT 1
        ) c"""
_MANY = "JOIN registry_cell c ON c.id = d.cell_id AND c.prov = d.prov"

# By itself, too: or all profiles of a condition are looked through for every change.
_BOUND_FEW = """CROSS JOIN LATERAL (
            SELECT b.duty_id FROM duties_dutyprofile b
            WHERE b.duty_id = k.bound_as AND b.profile_id = c.profile_id LIMIT 1
        ) b"""
_BOUND_MANY = "JOIN duties_dutyprofile b ON b.duty_id = k.bound_as AND b.profile_id = c.profile_id"

_NODES = """g.grain, {cell}.place / g.wide * g.wide AS place,
       {cell}.{registered} / g.across * g.across AS registered"""


def population_rows(
    source: str,
    bounds: str,
    grains: Iterable[Grain] = GRAINS,
    where: str = "TRUE",
    *,
    many: bool = False,
) -> str:
    """Return the SELECT of what changes of populations add to ``duties_standing``.

    ``source`` has cell_id, prov, population, with ``many`` rows or few; ``bounds`` is the SQL of a
    set of ``bound_as``. ``where`` is a condition on cells ``c``.
    """
    return f"""
        SELECT b.duty_id AS bound_as, {_NODES.format(cell="c", registered="registered_region")},
               p.form, d.prov, sum(d.population)::int AS population
        FROM {source} d
        {_MANY if many else _FEW}
        JOIN registry_profile p ON p.id = c.profile_id
        JOIN duties_dutyprofile b ON b.profile_id = c.profile_id AND b.duty_id IN ({bounds})
        CROSS JOIN {grains_sql(grains)}
        WHERE {where}
        GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(d.population) <> 0
    """  # noqa: S608 - made of constants


def report_rows(
    source: str,
    kept: str = "duties_summed",
    grains: Iterable[Grain] = GRAINS,
    where: str = "TRUE",
    *,
    many: bool = False,
) -> str:
    """Return the SELECT of what changes of counts add to ``duties_tally``.

    ``source`` is like ``duties_delta``, with ``many`` rows or few; ``kept`` has duties with their
    bound_as; ``where`` is a condition on ``d`` and cells ``c``.
    """
    return f"""
        SELECT d.period, d.duty_id, k.bound_as,
               {_NODES.format(cell="c", registered="registered_region")}, p.form, d.prov,
               sum(d.submitted)::int AS submitted, sum(d.accepted)::int AS accepted,
               sum(d.returned)::int AS returned, sum(d.late)::int AS late
        FROM {source} d
        JOIN {kept} k ON k.duty_id = d.duty_id
        {_MANY if many else _FEW}
        JOIN registry_profile p ON p.id = c.profile_id
        {_BOUND_MANY if many else _BOUND_FEW}
        CROSS JOIN {grains_sql(grains)}
        WHERE {where}
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
        HAVING sum(d.submitted) <> 0 OR sum(d.accepted) <> 0 OR sum(d.returned) <> 0
            OR sum(d.late) <> 0
    """  # noqa: S608 - made of constants


#: Populations as they are folded, added up by place, registering region and form.
GROUND = """
    SELECT b.duty_id AS bound_as, c.place, c.registered_region AS registered, p.form, c.prov,
           sum(c.population - coalesce(d.population, 0))::int AS population
    FROM registry_cell c
    JOIN registry_profile p ON p.id = c.profile_id
    JOIN duties_dutyprofile b ON b.profile_id = c.profile_id
    LEFT JOIN (
        SELECT cell_id, prov, sum(population) AS population FROM duties_populationdelta
        GROUP BY cell_id, prov
    ) d ON d.cell_id = c.id AND d.prov = c.prov
    WHERE b.duty_id {bounds}
    GROUP BY 1, 2, 3, 4, 5
"""


def standing_rows(bounds: str) -> str:
    """Return the SELECT of all rows of ``duties_standing``; ``bounds`` is a condition on bound_as.

    Populations that are not folded yet are left out: readers add them.
    """
    return f"""
        SELECT e.bound_as, {_NODES.format(cell="e", registered="registered")}, e.form, e.prov,
               sum(e.population)::int AS population
        FROM ({GROUND.format(bounds=bounds)}) e CROSS JOIN {grains_sql()}
        GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(e.population) <> 0
    """  # noqa: S608 - made of constants
