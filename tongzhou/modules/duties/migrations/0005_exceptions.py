"""Exceptions, and two functions that set statements need: the end of a period, and of a response.

Both repeat a rule that is written in Python (``base.period.after_period`` and the replay of phases
in ``response.rules``); tests hold each pair together.
"""

from django.db import migrations, models

_FORWARD = """
ALTER TABLE duties_exception ALTER id SET DEFAULT nextval('duties_row_id');

CREATE FUNCTION duties_period_end(recurrence text, first date) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
-- The moment at which the next period takes over, infinity for a one-off duty.
SELECT coalesce(after::timestamp AT TIME ZONE 'Asia/Shanghai', 'infinity')
FROM (SELECT CASE recurrence
    WHEN 'DAILY' THEN first + 1
    WHEN 'DAYS_2' THEN first + 2
    WHEN 'DAYS_3' THEN first + 3
    WHEN 'DAYS_5' THEN first + 5
    WHEN 'WEEKLY' THEN first + 7
    WHEN 'BIWEEKLY' THEN first + 14
    WHEN 'TEN_DAYS' THEN CASE
        WHEN extract(day FROM first) < 21 THEN first + 10
        ELSE (date_trunc('month', first) + interval '1 month')::date END
    WHEN 'MONTHLY' THEN (date_trunc('month', first) + interval '1 month')::date
    WHEN 'QUARTERLY' THEN (date_trunc('month', first) + interval '3 months')::date
    WHEN 'HALF_YEARLY' THEN (date_trunc('month', first) + interval '6 months')::date
    WHEN 'YEARLY' THEN (date_trunc('month', first) + interval '12 months')::date
END AS after) AS made
$body$;

CREATE FUNCTION duties_response_end(response bigint, place integer, known_at timestamptz)
RETURNS timestamptz LANGUAGE sql STABLE AS $body$
-- Since when the response has been over at a place, as known at a moment; NULL while it goes on.
WITH held AS (
    SELECT region_id, phase, from_at FROM response_phasesetting
    WHERE response_id = response AND recorded_at <= known_at AND from_at <= known_at
      AND region_id IN (0, place / 10000 * 10000, place / 100 * 100, place)
), lived AS (
    SELECT m.at, (
        SELECT latest.phase FROM (
            SELECT DISTINCT ON (h.region_id) h.region_id, h.phase FROM held h
            WHERE h.from_at <= m.at ORDER BY h.region_id, h.from_at DESC
        ) latest WHERE latest.phase <> 'INHERIT' ORDER BY latest.region_id DESC LIMIT 1
    ) AS phase
    FROM (SELECT DISTINCT from_at AS at FROM held) m
)
SELECT min(at) FROM lived WHERE phase = 'ENDED' AND at > coalesce(
    (SELECT max(at) FROM lived WHERE phase IS DISTINCT FROM 'ENDED'), '-infinity'
)
$body$;
"""
_BACK = """
DROP FUNCTION duties_response_end(bigint, integer, timestamptz);
DROP FUNCTION duties_period_end(text, date);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("duties", "0004_made_under"),
        ("response", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="DutyException",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "duty_id",
                        "organisation_id",
                        "id",
                        "prov",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("id", models.BigIntegerField()),
                ("prov", models.SmallIntegerField()),
                ("duty_id", models.BigIntegerField()),
                ("organisation_id", models.BigIntegerField()),
                ("asked_under", models.BigIntegerField()),
                ("kind", models.CharField(max_length=8)),
                ("first_period", models.DateField()),
                ("last_period", models.DateField(null=True)),
                ("end_kind", models.CharField(max_length=5)),
                ("until_on", models.DateField(null=True)),
                ("response_id", models.BigIntegerField(null=True)),
                ("response_place", models.IntegerField(null=True)),
                ("offset_months", models.SmallIntegerField(default=0)),
                ("offset_days", models.SmallIntegerField(default=0)),
                ("basis", models.CharField(blank=True, max_length=300)),
                ("basis_urn", models.CharField(blank=True, max_length=200)),
                ("reason", models.TextField()),
                ("origin", models.CharField(max_length=7)),
                ("batch", models.UUIDField(null=True)),
                ("state", models.CharField(max_length=9)),
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.BigIntegerField(null=True)),
                ("asker", models.CharField(max_length=200)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.BigIntegerField(null=True)),
                ("decider", models.CharField(blank=True, max_length=200)),
                ("answer", models.TextField(blank=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("revoked_by", models.BigIntegerField(null=True)),
                ("revoker", models.CharField(blank=True, max_length=200)),
                ("revoke_reason", models.TextField(blank=True)),
            ],
            options={
                "db_table": "duties_exception",
                "indexes": [
                    models.Index(
                        fields=["organisation_id", "duty_id"], name="exception_of_organisation"
                    ),
                    models.Index(
                        condition=models.Q(("state", "REQUESTED")),
                        fields=["asked_at"],
                        name="exception_queue",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("id", "prov"), name="exception_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "REQUESTED")),
                        fields=("duty_id", "organisation_id", "prov"),
                        name="exception_one_request",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("end_kind", "DATE"), ("until_on__isnull", False)),
                            models.Q(
                                ("end_kind", "EVENT"),
                                ("response_id__isnull", False),
                                ("response_place__isnull", False),
                            ),
                            ("end_kind", "OPEN"),
                            _connector="OR",
                        ),
                        name="exception_end_is_whole",
                    ),
                ],
            },
        ),
        migrations.RunSQL(_FORWARD, _BACK),
    ]
