"""Let what undoes a report be raised in the database; read a task before it is filled in at once.

``duties_file`` said by its result that somebody else had made the report. A command can send its
last statement and the COMMIT together; whoever looked at the result would look too late.

``duties_look`` returns what ``duties_ask`` does, and what was written so far, and locks nothing. It
is another function because plans are kept per function and planned anew for another role: people
look with their own sight, commands ask with the system's.
"""

from django.db import migrations

_HEAD = """
CREATE OR REPLACE FUNCTION duties_file(
    the_period date, the_duty bigint, the_organisation bigint, the_prov smallint,
    step varchar, source varchar, was_late boolean, target varchar, is_late boolean,
    new_version integer, counted_in bigint, answers jsonb, attached uuid[], told_of date,
    under bigint, moment timestamptz, by_user bigint, by_actor varchar, decided_by_whom varchar
) RETURNS boolean
LANGUAGE plpgsql AS $body$
"""
_WORK = """
DECLARE
    decided timestamptz := CASE WHEN target = 'ACCEPTED' THEN moment END;
    month text;
BEGIN
    IF new_version = 1 THEN
        month := 'duties_report_' || to_char(the_period, 'YYYYMM');
        IF to_regclass(month) IS NULL THEN
            PERFORM duties_report_partition(the_period);
        END IF;
        INSERT INTO duties_report (
            period, duty_id, organisation_id, prov, state, version, cell_id, late, data, files,
            effective_on, submitted_at, submitted_by, submitter, made_under, decided_at, decider
        ) VALUES (
            the_period, the_duty, the_organisation, the_prov, target, 1, counted_in, is_late,
            answers, attached, told_of, moment, by_user, by_actor, under, decided, decided_by_whom
        ) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            {overtaken}
        END IF;
    ELSE
        INSERT INTO duties_step (period, duty_id, organisation_id, prov, name, source, target,
                                 version, late, reason, at, user_id, actor)
        SELECT j.period, j.duty_id, j.organisation_id, j.prov, j.name, j.source, j.target,
               j.version, j.late, j.reason, j.at, j.user_id, j.actor
        FROM duties_journal j
        WHERE j.id = 0 AND j.period = the_period AND j.duty_id = the_duty
          AND j.organisation_id = the_organisation AND j.prov = the_prov;
        INSERT INTO duties_step (period, duty_id, organisation_id, prov, name, source, target,
                                 version, late, reason, at, user_id, actor)
        VALUES (the_period, the_duty, the_organisation, the_prov, step, source, target,
                new_version, is_late, '', moment, by_user, by_actor);
        INSERT INTO duties_reportversion (
            period, duty_id, organisation_id, prov, version, data, files, effective_on,
            submitted_at, submitter, made_under
        )
        SELECT r.period, r.duty_id, r.organisation_id, r.prov, r.version, r.data, r.files,
               r.effective_on, r.submitted_at, r.submitter, r.made_under
        FROM duties_report r
        WHERE r.period = the_period AND r.duty_id = the_duty
          AND r.organisation_id = the_organisation AND r.prov = the_prov;
        UPDATE duties_report r
        SET state = target, version = new_version, late = is_late, data = answers,
            files = attached, effective_on = told_of, submitted_at = moment,
            submitted_by = by_user, submitter = by_actor, made_under = under,
            decided_at = decided, decided_by = NULL, decider = decided_by_whom, reason = ''
        WHERE r.period = the_period AND r.duty_id = the_duty
          AND r.organisation_id = the_organisation AND r.prov = the_prov;
    END IF;
    INSERT INTO duties_delta (period, duty_id, cell_id, prov, submitted, accepted, returned, late)
    VALUES (the_period, the_duty, counted_in, the_prov,
            (target = 'SUBMITTED')::int - (source = 'SUBMITTED')::int,
            (target = 'ACCEPTED')::int - (source = 'ACCEPTED')::int,
            (target = 'RETURNED')::int - (source = 'RETURNED')::int,
            is_late::int - (was_late AND source IN ('SUBMITTED', 'ACCEPTED'))::int);
    DELETE FROM duties_draft d
    WHERE d.period = the_period AND d.duty_id = the_duty
      AND d.organisation_id = the_organisation AND d.prov = the_prov;
    RETURN true;
END
$body$;
"""
_RAISES = """
-- Write one report that duties_ask locked: the report, its earlier version, a step after the first,
-- the delta; the draft goes. TZ409: somebody made the report after it was found not to be there.
"""
_TELLS = """
-- Write one report that duties_ask locked: the report, its earlier version, a step after the first,
-- the delta; the draft goes. False: somebody made the report after it was found not to be there.
"""
_RAISE = "RAISE EXCEPTION 'somebody else made the report' USING ERRCODE = 'TZ409';"

_LOOK = """
CREATE FUNCTION duties_look(
    asked_period date, asked_duty bigint, asked_organisation bigint, asked_prov smallint,
    since timestamptz
) RETURNS TABLE (
    stamp uuid, excepted boolean,
    name varchar, form varchar, status varchar, cell_id bigint, cell_place integer,
    cell_registered integer, profile_id bigint, registered_by_id bigint,
    spell_cell bigint, spell_place integer, spell_registered integer, spell_profile bigint,
    spell_from timestamptz, spell_to timestamptz, bound bigint[],
    state varchar, version integer, late boolean, reason text, decider varchar,
    submitted_at timestamptz, submitter varchar, saved_at timestamptz,
    answers text, files uuid[], effective_on date, draft text, saver varchar
)
LANGUAGE plpgsql STABLE AS $body$
-- Return a bearer, where it stood since a moment (latest first, one row each), which versions of a
-- duty bind it there, and its report and draft of a period. No row: there is no such bearer.
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (SELECT g.stamp FROM duties_ground g),
           EXISTS (SELECT FROM duties_exception x
                   WHERE x.duty_id = asked_duty AND x.organisation_id = asked_organisation
                     AND x.prov = asked_prov),
           o.name, o.form, o.status, o.cell_id, c.place, c.registered_region, c.profile_id,
           o.registered_by_id,
           m.cell_id, n.place, n.registered_region, n.profile_id, m.from_at, m.to_at,
           ARRAY(SELECT b.duty_id FROM duties_duty d
                 JOIN duties_dutyprofile b ON b.duty_id = d.id AND b.profile_id = n.profile_id
                 WHERE d.root_id = asked_duty),
           r.state, r.version, r.late, r.reason, r.decider, r.submitted_at, r.submitter, f.saved_at,
           r.data::text, r.files, r.effective_on, f.data::text, f.saver
    FROM registry_organisation o
    JOIN registry_cell c ON c.id = o.cell_id AND c.prov = o.prov
    LEFT JOIN duties_report r
      ON r.period = asked_period AND r.duty_id = asked_duty AND r.organisation_id = o.id
     AND r.prov = o.prov
    LEFT JOIN duties_draft f
      ON f.period = asked_period AND f.duty_id = asked_duty AND f.organisation_id = o.id
     AND f.prov = o.prov
    LEFT JOIN registry_placement m
      ON m.organisation_id = o.id AND m.prov = o.prov AND (m.to_at IS NULL OR m.to_at >= since)
    LEFT JOIN registry_cell n ON n.id = m.cell_id AND n.prov = m.prov
    WHERE o.id = asked_organisation AND o.prov = asked_prov
    ORDER BY m.from_at DESC;
END
$body$;
"""
_NO_LOOK = "DROP FUNCTION duties_look(date, bigint, bigint, smallint, timestamptz);"


class Migration(migrations.Migration):
    """Replace one function, which writes what it wrote, and add the other."""

    dependencies = [("duties", "0013_row_security")]

    operations = [
        migrations.RunSQL(
            _HEAD + _RAISES + _WORK.format(overtaken=_RAISE),
            _HEAD + _TELLS + _WORK.format(overtaken="RETURN false;"),
        ),
        migrations.RunSQL(_LOOK, _NO_LOOK),
    ]
