"""Sums between pairs of nodes, so that a nation's figures are read from few rows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("duties", "0005_exceptions"),
    ]

    operations = [
        migrations.CreateModel(
            name="PopulationDelta",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "id", "prov", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.BigIntegerField()),
                ("prov", models.SmallIntegerField()),
                ("cell_id", models.BigIntegerField()),
                ("population", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Summed",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "duty_id",
                        "bound_as",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("duty_id", models.BigIntegerField()),
                ("bound_as", models.BigIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name="duty",
            name="binds",
            field=models.CharField(blank=True, db_index=True, max_length=64),
        ),
        migrations.AddField(
            model_name="duty",
            name="bound_as",
            field=models.BigIntegerField(default=0),
        ),
        migrations.CreateModel(
            name="Standing",
            fields=[
                ("bound_as", models.BigIntegerField()),
                ("grain", models.SmallIntegerField()),
                ("place", models.IntegerField()),
                ("registered", models.IntegerField()),
                ("form", models.CharField(max_length=12)),
                ("prov", models.SmallIntegerField()),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "bound_as",
                        "grain",
                        "place",
                        "registered",
                        "form",
                        "prov",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("population", models.IntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("grain", 0)),
                        fields=["bound_as", "registered", "place"],
                        name="standing_by_registry",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("bound_as", models.BigIntegerField()),
                ("grain", models.SmallIntegerField()),
                ("place", models.IntegerField()),
                ("registered", models.IntegerField()),
                ("form", models.CharField(max_length=12)),
                ("prov", models.SmallIntegerField()),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "period",
                        "duty_id",
                        "bound_as",
                        "grain",
                        "place",
                        "registered",
                        "form",
                        "prov",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("period", models.DateField()),
                ("duty_id", models.BigIntegerField()),
                ("submitted", models.IntegerField()),
                ("accepted", models.IntegerField()),
                ("returned", models.IntegerField()),
                ("late", models.IntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("grain", 0)),
                        fields=["period", "duty_id", "bound_as", "registered", "place"],
                        name="tally_by_registry",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            """
            UPDATE duties_duty SET bound_as = id;
            ALTER TABLE duties_populationdelta ALTER id SET DEFAULT nextval('duties_row_id');
            """,
            migrations.RunSQL.noop,
        ),
    ]
