"""The SQL of exceptions: who is let off what, and until when.

Every statement has the windows ``w`` and the parameter ``moment`` first. :data:`EXEMPT` says for
each bearer, duty and period whether it is waived, and until when it is deferred:

- A waiver takes the periods it reaches out of what is owed. Revoked, it still waives periods that
  had closed by then; the others fall due on the day after the revocation at the earliest.
- A deferral moves the due time of the periods it reaches to its end, never forward. Without a date
  yet (open, or an event that has not happened) there is no due time. Revoked, its end is the day
  after the revocation, unless it ended before: nobody is late before they could know.

``queries.exempt`` asks the same statement about single bearers, ``queries.exception_sql`` corrects
figures by it.
"""

# The day after a day counts in full: its end is two midnights on.
_REACHED = """
    reached AS (
        SELECT w.duty, w.period, w.closes_at, e.organisation_id, e.prov, e.kind,
               e.revoked_at IS NOT NULL AND e.revoked_at <= %(moment)s AS revoked, e.revoked_at,
               CASE e.end_kind
                   WHEN 'DATE' THEN e.until_on
                   WHEN 'EVENT' THEN (
                       (ended.at AT TIME ZONE 'Asia/Shanghai')::date
                       + make_interval(months => e.offset_months, days => e.offset_days)
                   )::date
               END AS until_on
        FROM (SELECT DISTINCT duty, period, closes_at FROM w) w
        JOIN duties_exception e ON e.duty_id = w.duty
             AND e.state IN ('GRANTED', 'REVOKED') AND e.decided_at <= %(moment)s
             AND e.first_period <= w.period
             AND (e.last_period IS NULL OR e.last_period >= w.period)
             {bearers}
        LEFT JOIN (
            SELECT d.response_id, d.response_place,
                   duties_response_end(d.response_id, d.response_place, %(moment)s) AS at
            FROM (
                SELECT DISTINCT v.response_id, v.response_place FROM duties_exception v
                WHERE v.end_kind = 'EVENT' AND v.duty_id IN (SELECT duty FROM w)
            ) d
        ) ended ON ended.response_id = e.response_id AND ended.response_place = e.response_place
    ),
"""
_EXEMPT = """
    exempt AS MATERIALIZED (
        SELECT duty, period, closes_at, organisation_id, prov,
               bool_or(kind = 'WAIVER' AND (NOT revoked OR closes_at <= revoked_at)) AS waived,
               max(CASE
                   WHEN NOT revoked AND kind = 'DEFERRAL' THEN until_at
                   WHEN revoked THEN least(until_at, grace_at)
               END) AS until_at
        FROM (
            SELECT reached.*,
                   coalesce((until_on + 1)::timestamp AT TIME ZONE 'Asia/Shanghai', 'infinity')
                       AS until_at,
                   ((revoked_at AT TIME ZONE 'Asia/Shanghai')::date + 2)::timestamp
                       AT TIME ZONE 'Asia/Shanghai' AS grace_at
            FROM reached WHERE until_on IS NULL OR until_on >= period
        ) ended
        GROUP BY duty, period, closes_at, organisation_id, prov
    ),
"""

EXEMPT = _REACHED.format(bearers="") + _EXEMPT
#: The same for the bearers in the arrays ``organisations`` and ``provs``.
EXEMPT_OF = (
    _REACHED.format(
        bearers="""AND (e.organisation_id, e.prov) IN (
                 SELECT * FROM unnest(%(organisations)s::bigint[], %(provs)s::smallint[]))"""
    )
    + _EXEMPT
)

#: Joins what a bearer is let off to an obligation ``w``.
JOIN = """
    {kind} JOIN exempt x ON x.duty = w.duty AND x.period = w.period AND x.closes_at = w.closes_at
          AND x.organisation_id = w.organisation_id AND x.prov = w.prov
"""

#: The due time of a bearer, NULL where there is none.
DUE_AT = """
    CASE WHEN x.until_at IS NULL THEN w.due_at
         WHEN x.until_at = 'infinity' OR w.due_at IS NULL THEN NULL
         ELSE greatest(w.due_at, x.until_at) END
"""
OVERDUE = """
    (w.overdue AND (x.until_at IS NULL OR greatest(w.due_at, x.until_at) <= %(moment)s))
"""
LATE = """
    (coalesce(r.late, FALSE)
     AND (x.until_at IS NULL OR r.submitted_at >= greatest(w.due_at, x.until_at)))
"""
