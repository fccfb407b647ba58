import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pghistory", "0007_auto_20250421_0444"),
        ("registry", "0005_placement_times"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuthorityEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("kind", models.CharField(max_length=12)),
                ("level", models.CharField(max_length=10)),
                ("name", models.CharField(max_length=120)),
                ("short_name", models.CharField(max_length=60)),
                ("organisation_id", models.BigIntegerField(null=True)),
                ("prov", models.SmallIntegerField()),
                ("valid_from", models.DateField(null=True)),
                ("valid_to", models.DateField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RegionEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.IntegerField(serialize=False)),
                ("level", models.CharField(max_length=10)),
                ("role", models.CharField(default="ORDINARY", max_length=10)),
                ("name", models.CharField(max_length=60)),
                ("short_name", models.CharField(max_length=40)),
                ("pinyin", models.CharField(max_length=120)),
                ("high", models.IntegerField()),
                ("valid_from", models.DateField(null=True)),
                ("valid_to", models.DateField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="authority",
            trigger=pgtrigger.compiler.Trigger(
                name="was_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "registry_authorityevent" ("id", "kind", "level", "name", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prov", "region_id", "short_name", "superior_id", "valid_from", "valid_to") VALUES (OLD."id", OLD."kind", OLD."level", OLD."name", OLD."organisation_id", _pgh_attach_context(), NOW(), \'was\', OLD."id", OLD."prov", OLD."region_id", OLD."short_name", OLD."superior_id", OLD."valid_from", OLD."valid_to"); RETURN NULL;',
                    hash="4e64b99cd69f6052164291128ad3c71c5d3f742a",
                    operation="UPDATE",
                    pgid="pgtrigger_was_update_bb85c",
                    table="registry_authority",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="authority",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "registry_authorityevent" ("id", "kind", "level", "name", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prov", "region_id", "short_name", "superior_id", "valid_from", "valid_to") VALUES (NEW."id", NEW."kind", NEW."level", NEW."name", NEW."organisation_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."prov", NEW."region_id", NEW."short_name", NEW."superior_id", NEW."valid_from", NEW."valid_to"); RETURN NULL;',
                    hash="f0afc0816f3194e08ad58c0cd920d042c918b4c6",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_c86bd",
                    table="registry_authority",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="authority",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "registry_authorityevent" ("id", "kind", "level", "name", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prov", "region_id", "short_name", "superior_id", "valid_from", "valid_to") VALUES (OLD."id", OLD."kind", OLD."level", OLD."name", OLD."organisation_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."prov", OLD."region_id", OLD."short_name", OLD."superior_id", OLD."valid_from", OLD."valid_to"); RETURN NULL;',
                    hash="befe9d755236b8f63c3c0180c931230e5567d82f",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_520c1",
                    table="registry_authority",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="region",
            trigger=pgtrigger.compiler.Trigger(
                name="was_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "registry_regionevent" ("high", "id", "level", "name", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pinyin", "role", "short_name", "valid_from", "valid_to") VALUES (OLD."high", OLD."id", OLD."level", OLD."name", OLD."parent_id", _pgh_attach_context(), NOW(), \'was\', OLD."id", OLD."pinyin", OLD."role", OLD."short_name", OLD."valid_from", OLD."valid_to"); RETURN NULL;',
                    hash="013df557fe06ddf76aaca5bc086f9e57183ea2a6",
                    operation="UPDATE",
                    pgid="pgtrigger_was_update_b0d55",
                    table="registry_region",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="region",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "registry_regionevent" ("high", "id", "level", "name", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pinyin", "role", "short_name", "valid_from", "valid_to") VALUES (NEW."high", NEW."id", NEW."level", NEW."name", NEW."parent_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."pinyin", NEW."role", NEW."short_name", NEW."valid_from", NEW."valid_to"); RETURN NULL;',
                    hash="dbd6bee3934c701db8ee9147b13d4f7827848e41",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_e1f86",
                    table="registry_region",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="region",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "registry_regionevent" ("high", "id", "level", "name", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pinyin", "role", "short_name", "valid_from", "valid_to") VALUES (OLD."high", OLD."id", OLD."level", OLD."name", OLD."parent_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."pinyin", OLD."role", OLD."short_name", OLD."valid_from", OLD."valid_to"); RETURN NULL;',
                    hash="939bb0c8e242ce7cbf1731985f62a66b9e9e7dde",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_22f66",
                    table="registry_region",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="authorityevent",
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
            model_name="authorityevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="registry.authority",
            ),
        ),
        migrations.AddField(
            model_name="authorityevent",
            name="region",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="registry.region",
            ),
        ),
        migrations.AddField(
            model_name="authorityevent",
            name="superior",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="registry.authority",
            ),
        ),
        migrations.AddField(
            model_name="regionevent",
            name="parent",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="registry.region",
            ),
        ),
        migrations.AddField(
            model_name="regionevent",
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
            model_name="regionevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="registry.region",
            ),
        ),
    ]
