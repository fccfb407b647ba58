"""An index of the few steps that send a report back, for lists of what was returned repeatedly."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the index."""

    dependencies = [("duties", "0008_history")]

    operations = [
        migrations.AddIndex(
            "step",
            models.Index(
                fields=["duty_id", "period"],
                condition=models.Q(name__in=["return", "reopen"]),
                name="step_back",
            ),
        ),
    ]
