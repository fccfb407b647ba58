import json

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from tongzhou.kernel.privacy import factors


def seal_factors(apps, schema_editor):
    """Encrypt the secrets of second factors that were kept in the clear."""

    def read(stored):
        return factors.unseal(stored) if "." in stored else stored

    factors.rotate(lambda text: None, read)


def open_factors(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id, data::text FROM mfa_authenticator")
        for key, text in cursor.fetchall():
            data = json.loads(text)
            for part in factors.PARTS:
                if part in data:
                    data[part] = factors.unseal(data[part])
            cursor.execute(
                "UPDATE mfa_authenticator SET data = %s WHERE id = %s", [json.dumps(data), key]
            )


class Migration(migrations.Migration):
    dependencies = [
        ("mfa", "0003_authenticator_type_uniq"),
        ("kernel", "0004_trust"),
    ]

    operations = [
        migrations.RunPython(seal_factors, open_factors),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=200)),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("granted", models.BooleanField(null=True)),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="assignment",
            trigger=pgtrigger.compiler.Trigger(
                name="was_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "kernel_assignmentevent" ("authority_id", "from_on", "high", "id", "label", "low", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prov", "role", "to_on", "user_id") VALUES (OLD."authority_id", OLD."from_on", OLD."high", OLD."id", OLD."label", OLD."low", OLD."organisation_id", _pgh_attach_context(), NOW(), \'was\', OLD."id", OLD."prov", OLD."role", OLD."to_on", OLD."user_id"); RETURN NULL;',
                    hash="fde3237b8808bddc4856bf06057cd32ab59cb668",
                    operation="UPDATE",
                    pgid="pgtrigger_was_update_7007b",
                    table="kernel_assignment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="was_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_demo" IS DISTINCT FROM (NEW."is_demo") OR OLD."is_superuser" IS DISTINCT FROM (NEW."is_superuser") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."username" IS DISTINCT FROM (NEW."username"))',
                    func='INSERT INTO "kernel_userevent" ("is_active", "is_demo", "is_superuser", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "username") VALUES (OLD."is_active", OLD."is_demo", OLD."is_superuser", OLD."name", _pgh_attach_context(), NOW(), \'was\', OLD."id", OLD."username"); RETURN NULL;',
                    hash="6189452c8ba009b5cc5f0d52cac1de5cf789428e",
                    operation="UPDATE",
                    pgid="pgtrigger_was_update_47df5",
                    table="kernel_user",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="decided_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decided_at__isnull", True)),
                fields=("user",),
                name="erasure_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by__isnull", True),
                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                    _connector="OR",
                ),
                name="erasure_by_two",
            ),
        ),
    ]
