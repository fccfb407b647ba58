import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("duties", "0007_closed_periods"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="EnforcementEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("response_id", models.BigIntegerField()),
                ("from_at", models.DateTimeField()),
                ("to_at", models.DateTimeField(null=True)),
                ("decided_by", models.CharField(max_length=200)),
                ("authority_id", models.BigIntegerField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="enforcement",
            trigger=pgtrigger.compiler.Trigger(
                name="was_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "duties_enforcementevent" ("authority_id", "decided_by", "from_at", "id", "library_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "response_id", "to_at") VALUES (OLD."authority_id", OLD."decided_by", OLD."from_at", OLD."id", OLD."library_id", _pgh_attach_context(), NOW(), \'was\', OLD."id", OLD."response_id", OLD."to_at"); RETURN NULL;',
                    hash="86fcaf5649452c7179c4b9c7a1dcc896b52fe6d5",
                    operation="UPDATE",
                    pgid="pgtrigger_was_update_ae89f",
                    table="duties_enforcement",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="enforcement",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "duties_enforcementevent" ("authority_id", "decided_by", "from_at", "id", "library_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "response_id", "to_at") VALUES (NEW."authority_id", NEW."decided_by", NEW."from_at", NEW."id", NEW."library_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."response_id", NEW."to_at"); RETURN NULL;',
                    hash="7394a801a7df93d42fc8ff09c1c5d51dff99a433",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_b7dce",
                    table="duties_enforcement",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="enforcement",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "duties_enforcementevent" ("authority_id", "decided_by", "from_at", "id", "library_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "response_id", "to_at") VALUES (OLD."authority_id", OLD."decided_by", OLD."from_at", OLD."id", OLD."library_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."response_id", OLD."to_at"); RETURN NULL;',
                    hash="a6c0baf82aca073565e9e7b134ffdfe9a9b74225",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_968bf",
                    table="duties_enforcement",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="enforcementevent",
            name="library",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="duties.library",
            ),
        ),
        migrations.AddField(
            model_name="enforcementevent",
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
            model_name="enforcementevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="duties.enforcement",
            ),
        ),
    ]
