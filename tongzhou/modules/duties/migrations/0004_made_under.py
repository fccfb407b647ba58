"""Reports know by which version of their duty they were made.

Until now every duty had one version, which is the root that reports are kept under.
"""

from django.db import migrations, models

_FORWARD = """
ALTER TABLE {table} ADD COLUMN made_under bigint;
UPDATE {table} SET made_under = duty_id;
ALTER TABLE {table} ALTER made_under SET NOT NULL;
"""
_BACK = "ALTER TABLE {table} DROP COLUMN made_under;"


class Migration(migrations.Migration):
    dependencies = [("duties", "0003_recurrence")]

    operations = [
        migrations.RunSQL(
            _FORWARD.format(table=table),
            _BACK.format(table=table),
            state_operations=[
                migrations.AddField(model, "made_under", models.BigIntegerField(default=0)),
                migrations.AlterField(model, "made_under", models.BigIntegerField()),
            ],
        )
        for model, table in (
            ("report", "duties_report"),
            ("reportversion", "duties_reportversion"),
        )
    ]
