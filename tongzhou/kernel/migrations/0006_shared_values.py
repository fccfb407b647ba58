"""Values that all processes share; not logged ahead, because nobody misses them after a crash."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kernel", "0005_erasure_and_history")]

    operations = [
        migrations.CreateModel(
            name="SharedValue",
            fields=[
                ("key", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("value", models.JSONField()),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.RunSQL("ALTER TABLE kernel_sharedvalue SET UNLOGGED", migrations.RunSQL.noop),
    ]
