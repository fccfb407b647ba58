"""Let those who look after a bearer now read what it reported where it was before.

The report of a period that had closed when its bearer moved counts to the cell where it was owed,
and was judged by it: nobody at the new place saw it.
"""

from django.db import migrations, models


def _number(place: int) -> str:
    return f"(nullif(current_setting('tongzhou.sight', true), '')::bigint[])[{place}]"


_COLUMN = "ALTER TABLE duties_report ADD bearer_cell bigint"
_WENT = """
UPDATE duties_report r SET bearer_cell = coalesce(b.id, 0)
FROM registry_organisation o
LEFT JOIN registry_cell b
  ON b.id = o.cell_id AND b.prov = o.prov AND o.status IN ('ACTIVE', 'SUSPENDED')
WHERE o.id = r.organisation_id AND o.prov = r.prov AND r.cell_id <> 0
  AND r.cell_id <> coalesce(b.id, 0)
  AND NOT EXISTS (
      SELECT FROM registry_cell a
      WHERE a.id = r.cell_id AND a.prov = r.prov
        AND a.place = b.place AND a.registered_region = b.registered_region
  )
"""
# As the planner takes it for nearly always true: see registry's 0007.
_REPORT = f"""
ALTER POLICY sight ON duties_report USING ((CASE WHEN
    coalesce(bearer_cell, cell_id) BETWEEN (SELECT {_number(4)} * 1000000000)
                                       AND (SELECT {_number(5)} * 1000000000 + 999999999)
    OR (organisation_id = (SELECT {_number(8)}) AND prov = {_number(9)})
    OR (coalesce(bearer_cell, cell_id), prov) IN (SELECT c.id, c.prov FROM registry_seen_cells() c)
    OR ((SELECT {_number(6)} >= 0 OR {_number(7)} >= 0)
        AND (organisation_id, prov) IN (SELECT o.id, o.prov FROM registry_seen_by_readers() o))
    OR (coalesce(bearer_cell, cell_id) = 0 AND registry_sees(organisation_id, prov))
THEN true END) IS NOT NULL)
"""  # noqa: S608 - made of constants


class Migration(migrations.Migration):
    dependencies = [("duties", "0016_ground_by_regions"), ("registry", "0011_cheaper_sight")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(_COLUMN, "ALTER TABLE duties_report DROP bearer_cell")
            ],
            state_operations=[
                migrations.AddField(
                    model_name="report",
                    name="bearer_cell",
                    field=models.BigIntegerField(null=True),
                )
            ],
        ),
        migrations.RunSQL(_WENT, migrations.RunSQL.noop),
        migrations.RunSQL(_REPORT, migrations.RunSQL.noop),
    ]
