"""Put reports of closed periods back into the cell in which their bearer was as they closed.

Until now a report followed its bearer for ever. Counters are counted again from the reports.
"""

from django.db import migrations

_FORWARD = """
UPDATE duties_report r SET cell_id = m.cell_id
FROM duties_duty d, registry_placement m
WHERE d.id = r.made_under AND m.organisation_id = r.organisation_id AND m.prov = r.prov
  AND m.from_at < duties_period_end(d.recurrence, r.period)
  AND (m.to_at IS NULL OR m.to_at >= duties_period_end(d.recurrence, r.period))
  AND r.cell_id <> m.cell_id;
DELETE FROM duties_delta;
DELETE FROM duties_counter;
INSERT INTO duties_counter
       (period, duty_id, cell_id, prov, submitted, accepted, returned, late)
SELECT period, duty_id, cell_id, prov,
       count(*) FILTER (WHERE state = 'SUBMITTED'), count(*) FILTER (WHERE state = 'ACCEPTED'),
       count(*) FILTER (WHERE state = 'RETURNED'), count(*) FILTER (WHERE late AND state <> 'RETURNED')
FROM duties_report GROUP BY period, duty_id, cell_id, prov;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("duties", "0006_sums"),
        ("registry", "0005_placement_times"),
    ]

    operations = [migrations.RunSQL(_FORWARD, migrations.RunSQL.noop)]
