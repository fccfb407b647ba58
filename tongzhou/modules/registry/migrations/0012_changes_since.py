"""Tell what changed among placements since a moment, planned for that very moment.

Figures of closed periods take back who came since, and add who left. A plan that is kept for all
moments (kernel.plans) would expect a third of the register to have changed.
"""

from django.db import migrations

_CHANGES = """
CREATE FUNCTION registry_changes_since(since timestamptz, low integer, high integer)
RETURNS TABLE (cell_id bigint, prov smallint, from_at timestamptz, to_at timestamptz, number bigint)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100 AS $$
BEGIN
  RETURN QUERY EXECUTE
    'SELECT m.cell_id, m.prov, m.from_at, m.to_at, count(*) FROM public.registry_placement m
     WHERE (m.from_at >= $1 OR m.to_at >= $1) AND m.cell_id BETWEEN $2 AND $3 GROUP BY 1, 2, 3, 4'
  USING since, low * 1000000000::bigint, high * 1000000000::bigint + 999999999;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0011_cheaper_sight")]

    operations = [
        migrations.RunSQL(
            _CHANGES, "DROP FUNCTION registry_changes_since(timestamptz, integer, integer)"
        )
    ]
