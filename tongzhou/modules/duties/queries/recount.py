"""Count everything again from the reports themselves, to prove counters and sums."""

from django.utils.translation import gettext

from tongzhou.kernel.database import rows
from tongzhou.modules.duties.queries.sum_sql import report_rows, standing_rows

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

# Where the bearer stood as the period closed; while it is open, where it stands, or nowhere.
_CELLS = """
SELECT r.period, r.duty_id, r.organisation_id FROM duties_report r
JOIN duties_duty d ON d.id = r.made_under
CROSS JOIN LATERAL (SELECT duties_period_end(d.recurrence, r.period) AS at) closes
JOIN registry_organisation o ON o.id = r.organisation_id AND o.prov = r.prov
LEFT JOIN registry_placement m ON m.organisation_id = r.organisation_id AND m.prov = r.prov
     AND m.from_at < closes.at AND (m.to_at IS NULL OR m.to_at >= closes.at)
WHERE r.cell_id <> coalesce(m.cell_id, 0)
ORDER BY 1, 2, 3 LIMIT 50
"""

_JOURNAL = """
WITH last AS (
    SELECT DISTINCT ON (period, duty_id, organisation_id, prov)
           period, duty_id, organisation_id, prov, target, version
    FROM duties_journal ORDER BY period, duty_id, organisation_id, prov, id DESC
)
SELECT r.period, r.duty_id, r.organisation_id
FROM duties_report r FULL JOIN last s
  ON (r.period, r.duty_id, r.organisation_id, r.prov)
   = (s.period, s.duty_id, s.organisation_id, s.prov)
WHERE (r.state, r.version) IS DISTINCT FROM (s.target, s.version)
ORDER BY 1, 2, 3 LIMIT 50
"""


_STANDING = f"""
WITH made AS ({standing_rows("IN (SELECT bound_as FROM duties_summed)")})
SELECT coalesce(s.bound_as, m.bound_as), coalesce(s.place, m.place),
       coalesce(s.registered, m.registered)
FROM duties_standing s FULL JOIN made m
  ON (s.bound_as, s.grain, s.place, s.registered, s.form, s.prov)
   = (m.bound_as, m.grain, m.place, m.registered, m.form, m.prov)
WHERE coalesce(s.population, 0) <> coalesce(m.population, 0)
ORDER BY 1, 2, 3 LIMIT 50
"""  # noqa: S608 - made of constants

_TALLY = f"""
WITH made AS ({report_rows("duties_counter", many=True)})
SELECT coalesce(s.period, m.period), coalesce(s.duty_id, m.duty_id), coalesce(s.place, m.place)
FROM duties_tally s FULL JOIN made m
  ON (s.period, s.duty_id, s.bound_as, s.grain, s.place, s.registered, s.form, s.prov)
   = (m.period, m.duty_id, m.bound_as, m.grain, m.place, m.registered, m.form, m.prov)
WHERE (coalesce(s.submitted, 0), coalesce(s.accepted, 0), coalesce(s.returned, 0),
       coalesce(s.late, 0))
   <> (coalesce(m.submitted, 0), coalesce(m.accepted, 0), coalesce(m.returned, 0),
       coalesce(m.late, 0))
ORDER BY 1, 2, 3 LIMIT 50
"""  # noqa: S608 - made of constants


def list_count_faults() -> list[str]:
    """Return where counters, sums, cells or the journal disagree; empty when none do."""
    found = []
    for sql, sentence in (
        (_COUNTERS, gettext("期 %(period)s，任务 %(duty)s：单元 %(last)s 的计数与报送不符")),
        (_CELLS, gettext("期 %(period)s，任务 %(duty)s：主体 %(last)s 的报送不在它的单元")),
        (_JOURNAL, gettext("期 %(period)s，任务 %(duty)s：主体 %(last)s 的办理记录与报送不符")),
        (_STANDING, gettext("任务 %(period)s：所在 %(duty)s、登记 %(last)s 的应报数与单元不符")),
        (_TALLY, gettext("期 %(period)s，任务 %(duty)s：地区 %(last)s 的汇总与计数不符")),
    ):
        found += [
            sentence % {"period": period, "duty": duty, "last": last}
            for period, duty, last in rows(sql)
        ]
    return found
