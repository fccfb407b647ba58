"""Count everything again from the reports themselves, to prove the counters."""

from tongzhou.kernel.database import rows

_COUNTERS = """
WITH counted AS (
    SELECT period, duty_id, cell_id, prov, sum(submitted) AS submitted, sum(accepted) AS accepted,
           sum(returned) AS returned, sum(late) AS late
    FROM (
        SELECT period, duty_id, cell_id, prov, submitted, accepted, returned, late
        FROM duties_counter
        UNION ALL
        SELECT period, duty_id, cell_id, prov, submitted, accepted, returned, late
        FROM duties_delta
    ) each GROUP BY period, duty_id, cell_id, prov
), recounted AS (
    SELECT period, duty_id, cell_id, prov,
           count(*) FILTER (WHERE state = 'SUBMITTED') AS submitted,
           count(*) FILTER (WHERE state = 'ACCEPTED') AS accepted,
           count(*) FILTER (WHERE state = 'RETURNED') AS returned,
           count(*) FILTER (WHERE late AND state <> 'RETURNED') AS late
    FROM duties_report GROUP BY period, duty_id, cell_id, prov
)
SELECT coalesce(c.period, r.period), coalesce(c.duty_id, r.duty_id),
       coalesce(c.cell_id, r.cell_id)
FROM counted c FULL JOIN recounted r
  ON (c.period, c.duty_id, c.cell_id, c.prov) = (r.period, r.duty_id, r.cell_id, r.prov)
WHERE (coalesce(c.submitted, 0), coalesce(c.accepted, 0), coalesce(c.returned, 0),
       coalesce(c.late, 0))
   <> (coalesce(r.submitted, 0), coalesce(r.accepted, 0), coalesce(r.returned, 0),
       coalesce(r.late, 0))
ORDER BY 1, 2, 3 LIMIT 50
"""

_CELLS = """
SELECT r.period, r.duty_id, r.organisation_id FROM duties_report r
JOIN registry_organisation o ON o.id = r.organisation_id AND o.prov = r.prov
WHERE r.cell_id <> CASE WHEN o.status IN ('ACTIVE', 'SUSPENDED') THEN o.cell_id ELSE 0 END
ORDER BY 1, 2, 3 LIMIT 50
"""

_JOURNAL = """
WITH last AS (
    SELECT DISTINCT ON (period, duty_id, organisation_id, prov)
           period, duty_id, organisation_id, prov, target, version
    FROM duties_step ORDER BY period, duty_id, organisation_id, prov, id DESC
)
SELECT r.period, r.duty_id, r.organisation_id
FROM duties_report r FULL JOIN last s
  ON (r.period, r.duty_id, r.organisation_id, r.prov)
   = (s.period, s.duty_id, s.organisation_id, s.prov)
WHERE (r.state, r.version) IS DISTINCT FROM (s.target, s.version)
ORDER BY 1, 2, 3 LIMIT 50
"""


def list_count_faults() -> list[str]:
    """Return where counters, cells or the journal disagree with the reports; empty when none do."""
    found = []
    for name, sql in (("计数", _COUNTERS), ("所属单元", _CELLS), ("办理记录", _JOURNAL)):
        found += [f"{name}不符：期 {a}，任务 {b}，{c}" for a, b, c in rows(sql)]
    return found
