"""Find who came or left since a moment, which figures of closed periods need."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("registry", "0004_bulk")]

    operations = [
        migrations.AddIndex("placement", BrinIndex(fields=["from_at"], name="placement_by_start")),
        migrations.AddIndex(
            "placement",
            models.Index(
                fields=["to_at"], condition=Q(to_at__isnull=False), name="placement_by_end"
            ),
        ),
    ]
