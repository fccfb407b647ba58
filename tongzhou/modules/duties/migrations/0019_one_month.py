"""Look a report up in its month alone, however many months a site has.

A plan that holds for any period opens every month's table, and where it seemed dearer than planning
for one period, PL/pgSQL planned anew each time: half a millisecond after two years. What
``duties_ask`` did is two statements of ``commands.asking`` now, planned once for each month.
``duties_look`` and ``duties_file`` keep one plan.
"""

from django.db import migrations

_ARGUMENTS = """
ALTER FUNCTION duties_look(date, bigint, bigint, smallint, timestamptz) {what};
ALTER FUNCTION duties_file(
    date, bigint, bigint, smallint, varchar, varchar, boolean, varchar, boolean, integer, bigint,
    jsonb, uuid[], date, bigint, timestamptz, bigint, varchar, varchar
) {what};
"""
_ONE_PLAN = _ARGUMENTS.format(what="SET plan_cache_mode = force_generic_plan")
_AS_BEFORE = _ARGUMENTS.format(what="RESET plan_cache_mode")

_NO_ASK = "DROP FUNCTION duties_ask(date, bigint, bigint, smallint, timestamptz);"
_ASK = """
CREATE FUNCTION duties_ask(
    asked_period date, asked_duty bigint, asked_organisation bigint, asked_prov smallint,
    since timestamptz
) RETURNS TABLE (
    stamp uuid, excepted boolean, state varchar, version integer, late boolean, decider varchar,
    made_under bigint, counted_in bigint, submitted_by bigint, files uuid[],
    name varchar, form varchar, status varchar, cell_id bigint, cell_place integer,
    cell_registered integer, profile_id bigint, registered_by_id bigint,
    spell_cell bigint, spell_place integer, spell_registered integer, spell_profile bigint,
    spell_from timestamptz, spell_to timestamptz, bound bigint[]
)
LANGUAGE plpgsql AS $body$
-- Lock a bearer and its report on a duty in a period; return them, where the bearer stood since a
-- moment (latest first, one row each), and which versions of the duty bind it there. No row: there
-- is no such bearer.
#variable_conflict use_column
BEGIN
    PERFORM 1 FROM registry_organisation o
    WHERE o.id = asked_organisation AND o.prov = asked_prov FOR SHARE;
    PERFORM 1 FROM duties_report r
    WHERE r.period = asked_period AND r.duty_id = asked_duty
      AND r.organisation_id = asked_organisation AND r.prov = asked_prov FOR UPDATE;
    RETURN QUERY
    SELECT (SELECT g.stamp FROM duties_ground g),
           EXISTS (SELECT FROM duties_exception x
                   WHERE x.duty_id = asked_duty AND x.organisation_id = asked_organisation
                     AND x.prov = asked_prov),
           r.state, r.version, r.late, r.decider, r.made_under, r.cell_id, r.submitted_by, r.files,
           o.name, o.form, o.status, o.cell_id, c.place, c.registered_region, c.profile_id,
           o.registered_by_id,
           m.cell_id, n.place, n.registered_region, n.profile_id, m.from_at, m.to_at,
           ARRAY(SELECT b.duty_id FROM duties_duty d
                 JOIN duties_dutyprofile b ON b.duty_id = d.id AND b.profile_id = n.profile_id
                 WHERE d.root_id = asked_duty)
    FROM registry_organisation o
    JOIN registry_cell c ON c.id = o.cell_id AND c.prov = o.prov
    LEFT JOIN duties_report r
      ON r.period = asked_period AND r.duty_id = asked_duty AND r.organisation_id = o.id
     AND r.prov = o.prov
    LEFT JOIN registry_placement m
      ON m.organisation_id = o.id AND m.prov = o.prov AND (m.to_at IS NULL OR m.to_at >= since)
    LEFT JOIN registry_cell n ON n.id = m.cell_id AND n.prov = m.prov
    WHERE o.id = asked_organisation AND o.prov = asked_prov
    ORDER BY m.from_at DESC;
END
$body$;
"""


class Migration(migrations.Migration):
    """Drop one function and settle how two others are planned."""

    dependencies = [("duties", "0018_closing")]

    operations = [
        migrations.RunSQL(_ONE_PLAN, _AS_BEFORE),
        migrations.RunSQL(_NO_ASK, _ASK),
    ]
