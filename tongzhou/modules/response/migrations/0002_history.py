import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pghistory", "0007_auto_20250421_0444"),
        ("response", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="PhaseSettingEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("region_id", models.IntegerField()),
                ("phase", models.CharField(max_length=12)),
                ("from_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("decided_by", models.CharField(max_length=120)),
                ("document", models.CharField(blank=True, max_length=200)),
                ("note", models.TextField(blank=True)),
                ("authority_id", models.BigIntegerField(null=True)),
                ("set_by", models.CharField(max_length=200)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ResponseEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=120)),
                ("kind", models.CharField(max_length=12)),
                ("started_at", models.DateTimeField()),
                ("note", models.TextField(blank=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="phasesetting",
            trigger=pgtrigger.compiler.Trigger(
                name="was_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "response_phasesettingevent" ("authority_id", "decided_by", "document", "from_at", "id", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phase", "recorded_at", "region_id", "response_id", "set_by") VALUES (OLD."authority_id", OLD."decided_by", OLD."document", OLD."from_at", OLD."id", OLD."note", _pgh_attach_context(), NOW(), \'was\', OLD."id", OLD."phase", OLD."recorded_at", OLD."region_id", OLD."response_id", OLD."set_by"); RETURN NULL;',
                    hash="b351ccfad0fca4a047c8c7d669b3d956a12e28db",
                    operation="UPDATE",
                    pgid="pgtrigger_was_update_efd8e",
                    table="response_phasesetting",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="phasesetting",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "response_phasesettingevent" ("authority_id", "decided_by", "document", "from_at", "id", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phase", "recorded_at", "region_id", "response_id", "set_by") VALUES (NEW."authority_id", NEW."decided_by", NEW."document", NEW."from_at", NEW."id", NEW."note", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phase", NEW."recorded_at", NEW."region_id", NEW."response_id", NEW."set_by"); RETURN NULL;',
                    hash="33dcd01f62e250f1d701b4777c35d5adcfb629af",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_b93c9",
                    table="response_phasesetting",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="phasesetting",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "response_phasesettingevent" ("authority_id", "decided_by", "document", "from_at", "id", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phase", "recorded_at", "region_id", "response_id", "set_by") VALUES (OLD."authority_id", OLD."decided_by", OLD."document", OLD."from_at", OLD."id", OLD."note", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."phase", OLD."recorded_at", OLD."region_id", OLD."response_id", OLD."set_by"); RETURN NULL;',
                    hash="5247fecffc49381daf0c1d23ae5bdebd6336dab4",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_dda22",
                    table="response_phasesetting",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="response",
            trigger=pgtrigger.compiler.Trigger(
                name="was_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "response_responseevent" ("id", "kind", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "started_at") VALUES (OLD."id", OLD."kind", OLD."name", OLD."note", _pgh_attach_context(), NOW(), \'was\', OLD."id", OLD."started_at"); RETURN NULL;',
                    hash="d14672ff477ea64609c604abaaa7cd0cd5236c9f",
                    operation="UPDATE",
                    pgid="pgtrigger_was_update_48fed",
                    table="response_response",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="response",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "response_responseevent" ("id", "kind", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "started_at") VALUES (NEW."id", NEW."kind", NEW."name", NEW."note", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."started_at"); RETURN NULL;',
                    hash="f79b4b41c847307337dc9134022244b049a69ad7",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_eaeab",
                    table="response_response",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="response",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "response_responseevent" ("id", "kind", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "started_at") VALUES (OLD."id", OLD."kind", OLD."name", OLD."note", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."started_at"); RETURN NULL;',
                    hash="0533bfc02d8402905cc7c85d5c033ecfe8d65b52",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_42595",
                    table="response_response",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="phasesettingevent",
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
            model_name="phasesettingevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="response.phasesetting",
            ),
        ),
        migrations.AddField(
            model_name="phasesettingevent",
            name="response",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="response.response",
            ),
        ),
        migrations.AddField(
            model_name="responseevent",
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
            model_name="responseevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="response.response",
            ),
        ),
    ]
