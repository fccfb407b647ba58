"""The SQL of figures from sums: questions, pieces of ground, and what is counted on them."""

#: How a pair of nodes is found: both are nodes; or the bearer's own place, or registering region,
#: exactly, with the other in a range.
KINDS = {
    "coarse": "{s}.grain = a.grain AND {s}.place = a.place AND {s}.registered = a.registered",
    "near": "{s}.grain = 0 AND {s}.place = a.place AND {s}.registered BETWEEN a.low AND a.high",
    "across": "{s}.grain = 0 AND {s}.registered = a.registered"
    " AND {s}.place BETWEEN a.low AND a.high",
}


#: The same for changes ``m``, apart by what can be hashed and what cannot.
EQUAL = {
    "coarse": ("a.grain = m.grain AND a.place = m.place AND a.registered = m.registered", "TRUE"),
    "near": ("a.place = m.place", "s.grain = 0 AND s.registered BETWEEN a.low AND a.high"),
    "across": ("a.registered = m.registered", "s.grain = 0 AND s.place BETWEEN a.low AND a.high"),
}

# A question is one duty in one period on one ground. Duties with the same condition and ground have
# the same populations: their pair, which is read once.
ASKED = """
asked AS (
    SELECT * FROM unnest(%(q_duty)s::bigint[], %(q_period)s::date[], %(q_overdue)s::boolean[],
                         %(q_pair)s::int[], %(q_bound)s::bigint[])
         AS q(duty, period, overdue, pair, bound)
), counts AS MATERIALIZED (
    SELECT q.* FROM asked q
    WHERE (SELECT TRUE FROM duties_tally t
           WHERE t.period = q.period AND t.duty_id = q.duty AND t.bound_as = q.bound
           ORDER BY t.grain LIMIT 1)
)"""
PIECES = """
{kind} AS MATERIALIZED (
    SELECT o.pair, o.bound, p.grain, p.place, p.registered, p.low, p.high, p.key, p.sign
    FROM unnest(%(p_pair)s::int[], %(p_bound)s::bigint[], %(p_ground)s::int[])
         AS o(pair, bound, ground)
    JOIN unnest(%({kind}_ground)s::int[], %({kind}_grain)s::smallint[], %({kind}_place)s::int[],
                %({kind}_registered)s::int[], %({kind}_low)s::int[], %({kind}_high)s::int[],
                %({kind}_key)s::int[], %({kind}_sign)s::int[])
         AS p(ground, grain, place, registered, low, high, key, sign) ON p.ground = o.ground
)"""

# Nothing outside these ranges is asked for.
NEAR = (
    "c.place BETWEEN %(q_low)s AND %(q_high)s"
    " AND c.registered_region BETWEEN %(q_first)s AND %(q_last)s"
)

# Changes that are not folded yet, spread like the folder will spread them.
MOVED = """
moved AS MATERIALIZED ({rows})"""
TOLD = """
told AS MATERIALIZED ({rows})"""

OWED = """
SELECT q.duty, {when} AS key, q.overdue AS w_overdue, e.population AS owed, 0 AS submitted,
       0 AS accepted, 0 AS returned, 0 AS late
FROM asked q JOIN (
    SELECT a.pair, {key} AS key, sum(a.sign * s.population) AS population
    FROM {kind} a JOIN duties_standing s ON s.bound_as = a.bound AND {on}
    WHERE {form} GROUP BY 1, 2
) e ON e.pair = q.pair"""
DONE = """
SELECT q.duty, {when}, q.overdue, 0, a.sign * s.submitted, a.sign * s.accepted,
       a.sign * s.returned, a.sign * s.late
FROM counts q
JOIN {kind} a ON a.pair = q.pair
JOIN duties_tally s ON s.period = q.period AND s.duty_id = q.duty AND s.bound_as = a.bound AND {on}
WHERE {form}"""

# The same of what is not folded. The planner expects next to none, and would compare each change
# with each piece; a FULL JOIN is hashed, and what has no other half is dropped behind a fence.
MOVING = """
SELECT q.duty, {when} AS key, q.overdue AS w_overdue, e.population AS owed, 0 AS submitted,
       0 AS accepted, 0 AS returned, 0 AS late
FROM asked q JOIN (
    SELECT s.pair, {key} AS key, sum(s.sign * s.population) AS population
    FROM (
        SELECT m.*, a.pair, a.sign, a.low, a.high, a.key
        FROM moved m FULL JOIN {kind} a ON a.bound = m.bound_as AND {equal}
        OFFSET 0
    ) s CROSS JOIN LATERAL (SELECT s.key, s.low, s.high) a
    WHERE s.population IS NOT NULL AND s.pair IS NOT NULL AND {rest} AND {form} GROUP BY 1, 2
) e ON e.pair = q.pair"""
TELLING = """
SELECT q.duty, {when}, q.overdue, 0, a.sign * s.submitted, a.sign * s.accepted,
       a.sign * s.returned, a.sign * s.late
FROM (
    SELECT m.*, a.pair AS a_pair, a.sign, a.low, a.high, a.key
    FROM (
        SELECT t.*, o.pair, o.overdue FROM told t
        JOIN asked o ON o.period = t.period AND o.duty = t.duty_id
        OFFSET 0
    ) m FULL JOIN {kind} a ON a.pair = m.pair AND a.bound = m.bound_as AND {equal}
    OFFSET 0
) s
CROSS JOIN LATERAL (SELECT s.key, s.low, s.high, s.sign) a
CROSS JOIN LATERAL (SELECT s.duty_id AS duty, s.period, s.overdue) q
WHERE s.duty_id IS NOT NULL AND s.a_pair IS NOT NULL AND {rest} AND {form}"""
