# ruff: noqa: S608
import django.contrib.auth.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import tongzhou.kernel.privacy.fields
from tongzhou.kernel import append_only
from tongzhou.kernel.privacy import cipher

_PHONES = ("user", "invitation")


def encrypt(apps, schema_editor):
    for name in _PHONES:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id, phone FROM kernel_{name} WHERE phone <> '' AND position('.' in phone) = 0"
            )
            for key, phone in cursor.fetchall():
                cursor.execute(
                    f"UPDATE kernel_{name} SET phone = %s WHERE id = %s",
                    [cipher.seal(phone, f"kernel.{name}.phone"), key],
                )


def decrypt(apps, schema_editor):
    for name in _PHONES:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(f"SELECT id, phone FROM kernel_{name} WHERE phone <> ''")
            for key, phone in cursor.fetchall():
                cursor.execute(
                    f"UPDATE kernel_{name} SET phone = %s WHERE id = %s",
                    [cipher.open_sealed(phone, f"kernel.{name}.phone"), key],
                )


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0003_identity"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="AssignmentEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("role", models.CharField(max_length=20)),
                ("label", models.CharField(max_length=160)),
                ("authority_id", models.BigIntegerField(null=True)),
                ("organisation_id", models.BigIntegerField(null=True)),
                ("prov", models.SmallIntegerField(null=True)),
                ("low", models.IntegerField(default=1)),
                ("high", models.IntegerField(default=0)),
                ("from_on", models.DateField()),
                ("to_on", models.DateField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PurgeHold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rule", models.CharField(max_length=60)),
                ("case", models.CharField(blank=True, max_length=60)),
                ("reason", models.CharField(max_length=300)),
                ("actor", models.CharField(max_length=200)),
                ("from_at", models.DateTimeField()),
                ("to_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SensitiveRead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("user_id", models.BigIntegerField(null=True)),
                ("actor", models.CharField(max_length=200)),
                ("role", models.CharField(max_length=20)),
                ("authority_id", models.BigIntegerField(null=True)),
                ("organisation_id", models.BigIntegerField(null=True)),
                ("subject", models.CharField(max_length=80)),
                ("fields", models.CharField(max_length=200)),
                ("purpose", models.CharField(max_length=120)),
                ("address", models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="UserEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="姓名")),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("is_demo", models.BooleanField(default=False)),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="auditline",
            name="address",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="auditline",
            name="agent",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name="auditline",
            name="changes",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="auditline",
            name="on_behalf_of",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="invitation",
            name="phone",
            field=tongzhou.kernel.privacy.fields.EncryptedTextField(blank=True),
        ),
        migrations.AlterField(
            model_name="user",
            name="phone",
            field=tongzhou.kernel.privacy.fields.EncryptedTextField(
                blank=True, verbose_name="手机号"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="assignment",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "kernel_assignmentevent" ("authority_id", "from_on", "high", "id", "label", "low", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prov", "role", "to_on", "user_id") VALUES (NEW."authority_id", NEW."from_on", NEW."high", NEW."id", NEW."label", NEW."low", NEW."organisation_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."prov", NEW."role", NEW."to_on", NEW."user_id"); RETURN NULL;',
                    hash="21b0ba6165c68a013cce9f7a167168bb7b697c1c",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_c3289",
                    table="kernel_assignment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="assignment",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "kernel_assignmentevent" ("authority_id", "from_on", "high", "id", "label", "low", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prov", "role", "to_on", "user_id") VALUES (OLD."authority_id", OLD."from_on", OLD."high", OLD."id", OLD."label", OLD."low", OLD."organisation_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."prov", OLD."role", OLD."to_on", OLD."user_id"); RETURN NULL;',
                    hash="0d98c16a761e1f1aeffefeb0646828846c1547a7",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_205fa",
                    table="kernel_assignment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_demo" IS DISTINCT FROM (NEW."is_demo") OR OLD."is_superuser" IS DISTINCT FROM (NEW."is_superuser") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."username" IS DISTINCT FROM (NEW."username"))',
                    func='INSERT INTO "kernel_userevent" ("is_active", "is_demo", "is_superuser", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "username") VALUES (NEW."is_active", NEW."is_demo", NEW."is_superuser", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."username"); RETURN NULL;',
                    hash="0844781d4d2ca4a105d15e8649fa86f72f3cb4d4",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_8932f",
                    table="kernel_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "kernel_userevent" ("is_active", "is_demo", "is_superuser", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "username") VALUES (OLD."is_active", OLD."is_demo", OLD."is_superuser", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."username"); RETURN NULL;',
                    hash="2e827dc7ca8402c2724eea4a0893efb51e948be7",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_dca59",
                    table="kernel_user",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="assignmentevent",
            name="pgh_context",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="pghistory.context",
            ),
        ),
        migrations.AddField(
            model_name="assignmentevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="kernel.assignment",
            ),
        ),
        migrations.AddField(
            model_name="assignmentevent",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="sensitiveread",
            index=models.Index(fields=["subject", "-id"], name="read_by_subject"),
        ),
        migrations.AddIndex(
            model_name="sensitiveread",
            index=models.Index(fields=["user_id", "-id"], name="read_by_user"),
        ),
        migrations.AddField(
            model_name="userevent",
            name="pgh_context",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="pghistory.context",
            ),
        ),
        migrations.AddField(
            model_name="userevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunPython(encrypt, decrypt),
        migrations.RunSQL(append_only.TRIGGERS, append_only.NO_TRIGGERS),
        migrations.RunSQL(append_only.REVOKE, migrations.RunSQL.noop),
    ]
