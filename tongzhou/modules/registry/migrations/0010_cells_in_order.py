"""Number cells in the order of the region tree, so that a region's are a range (ADR 28)."""

from django.db import migrations, models

# Whether a place lies outside of what the registering region governs. By its schema alone, as it
# is called with no search path when a dump is read back.
_ASTRAY = """
CREATE FUNCTION registry_astray(place integer, registered integer) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    WHEN registered = 0 THEN false
    WHEN registered % 10000 = 0 THEN place / 10000 <> registered / 10000
    WHEN registered % 100 = 0 THEN place / 100 <> registered / 100
    ELSE place <> registered
END
"""
_RENUMBER = """
SET CONSTRAINTS ALL DEFERRED;
ALTER TABLE registry_cell ALTER id DROP DEFAULT;
UPDATE registry_cell SET id = place * 1000000000::bigint + id;
UPDATE registry_organisation o SET cell_id = c.id FROM registry_cell c
WHERE c.id % 1000000000 = o.cell_id AND c.prov = o.prov;
UPDATE registry_placement p SET cell_id = c.id FROM registry_cell c
WHERE c.id % 1000000000 = p.cell_id AND c.prov = p.prov;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0009_name_pairs")]

    operations = [
        migrations.RunSQL(_RENUMBER, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="cell",
            constraint=models.CheckConstraint(
                condition=models.Q(place=models.F("id") / 1_000_000_000),
                name="cell_in_its_place",
            ),
        ),
        migrations.RunSQL(_ASTRAY, "DROP FUNCTION registry_astray(integer, integer)"),
        migrations.AddField(
            model_name="cell",
            name="astray",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func("place", "registered_region", function="registry_astray"),
                output_field=models.BooleanField(),
            ),
        ),
        migrations.AddIndex(
            model_name="cell",
            index=models.Index(
                condition=models.Q(astray=True), fields=["registered_region"], name="cell_astray"
            ),
        ),
    ]
