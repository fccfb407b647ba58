"""Tables of people to be invited at once; kept encrypted, and not for long."""

import uuid

from django.db import migrations, models

import tongzhou.kernel.privacy.fields


class Migration(migrations.Migration):
    dependencies = [("kernel", "0006_shared_values")]

    operations = [
        migrations.CreateModel(
            name="InvitationBatch",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("user_id", models.BigIntegerField(null=True)),
                ("assignment_id", models.BigIntegerField(null=True)),
                ("made_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("CHECKED", "已核对"),
                            ("RUNNING", "进行中"),
                            ("READY", "链接待下载"),
                            ("TAKEN", "链接已下载"),
                        ],
                        default="CHECKED",
                        max_length=10,
                    ),
                ),
                ("rows", tongzhou.kernel.privacy.fields.EncryptedTextField(blank=True)),
                ("sheet", tongzhou.kernel.privacy.fields.EncryptedTextField(blank=True)),
            ],
        ),
    ]
