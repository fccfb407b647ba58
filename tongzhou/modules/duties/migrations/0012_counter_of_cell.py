"""Find the counters of a few cells without reading those of the nation."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("duties", "0011_submission")]

    operations = [
        migrations.AddIndex(
            model_name="counter",
            index=models.Index(fields=["cell_id"], name="counter_of_cell"),
        ),
    ]
