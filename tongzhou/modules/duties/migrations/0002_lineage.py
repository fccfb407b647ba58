"""Versions of one duty share a root; clauses and duties can be searched."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("duties", "0001_initial")]

    operations = [
        migrations.AddField("duty", "root_id", models.BigIntegerField(null=True, db_index=True)),
        migrations.RunSQL("UPDATE duties_duty SET root_id = id", migrations.RunSQL.noop),
        migrations.AlterField("duty", "root_id", models.BigIntegerField(db_index=True)),
        migrations.AddField("duty", "relation", models.CharField(default="NEW", max_length=10)),
        migrations.AddField("duty", "words", SearchVectorField(null=True)),
        migrations.AddIndex("duty", GinIndex(fields=["words"], name="duty_words")),
    ]
