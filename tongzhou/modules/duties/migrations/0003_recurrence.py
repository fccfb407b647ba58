"""Recurrences beyond month and week have longer codes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("duties", "0002_lineage")]

    operations = [
        migrations.AlterField("duty", "recurrence", models.CharField(max_length=12)),
    ]
