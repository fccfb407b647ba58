"""Give the ground another stamp with every change of the region tree, which figures are cut by."""

from django.db import migrations

_WATCH = """
CREATE TRIGGER ground_changed
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON registry_region
    FOR EACH STATEMENT EXECUTE FUNCTION duties_ground_changed();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("duties", "0015_cells_in_order"),
        ("registry", "0011_cheaper_sight"),
    ]

    operations = [migrations.RunSQL(_WATCH, "DROP TRIGGER ground_changed ON registry_region")]
