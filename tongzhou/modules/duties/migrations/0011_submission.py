"""Report in two statements: one that locks and reads, one that writes; journal what changed hands.

``duties_ground`` holds one stamp, another one with every change of what is in force and of phases.
A process that has read enforcements and phases under a stamp need not read them again while
``duties_ask`` returns the same. The stamp is random: one that is rolled back never comes again.

``duties_ask`` and ``duties_file`` are made of several statements on purpose. Each sees what was
committed before it began, so what is read after a lock was waited for is what the lock holds.

A report that has taken its first step and no other tells that step itself: who, when, late or not.
``duties_journal`` shows it beside the written steps; it is written down when the second one comes.

Deltas come and go, so their tables are vacuumed early.
"""

from django.db import migrations

_GROUND = """
CREATE TABLE duties_ground (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    stamp uuid NOT NULL
);
INSERT INTO duties_ground (stamp) VALUES (gen_random_uuid());
CREATE FUNCTION duties_ground_changed() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO duties_ground (stamp) VALUES (gen_random_uuid())
    ON CONFLICT (one) DO UPDATE SET stamp = excluded.stamp;
    RETURN NULL;
END
$body$;
CREATE TRIGGER ground_changed
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON duties_enforcement
    FOR EACH STATEMENT EXECUTE FUNCTION duties_ground_changed();
CREATE TRIGGER ground_changed
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON response_phasesetting
    FOR EACH STATEMENT EXECUTE FUNCTION duties_ground_changed();
"""
_NO_GROUND = """
DROP TRIGGER ground_changed ON response_phasesetting;
DROP TRIGGER ground_changed ON duties_enforcement;
DROP FUNCTION duties_ground_changed();
DROP TABLE duties_ground;
"""

_JOURNAL = """
CREATE VIEW duties_journal WITH (security_invoker = true) AS
SELECT s.id, s.period, s.duty_id, s.organisation_id, s.prov, s.name, s.source, s.target, s.version,
       s.late, s.at, s.user_id, s.actor, s.reason
FROM duties_step s
UNION ALL
SELECT 0, r.period, r.duty_id, r.organisation_id, r.prov,
       CASE r.state WHEN 'SUBMITTED' THEN 'submit' ELSE 'receive' END::varchar(12),
       ''::varchar(10), r.state, r.version, r.late, r.submitted_at, r.submitted_by, r.submitter, ''
FROM duties_report r
WHERE r.version = 1
  AND (r.state = 'SUBMITTED'
       OR r.state = 'ACCEPTED' AND r.decided_by IS NULL AND r.decider = '系统接收');
DELETE FROM duties_step s USING duties_journal j
WHERE j.id = 0 AND s.period = j.period AND s.duty_id = j.duty_id
  AND s.organisation_id = j.organisation_id AND s.prov = j.prov AND s.version = 1;
"""
_NO_JOURNAL = """
INSERT INTO duties_step (period, duty_id, organisation_id, prov, name, source, target, version, late,
                         reason, at, user_id, actor)
SELECT period, duty_id, organisation_id, prov, name, source, target, version, late, reason, at,
       user_id, actor
FROM duties_journal WHERE id = 0;
DROP VIEW duties_journal;
"""

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

_FILE = """
CREATE FUNCTION duties_file(
    the_period date, the_duty bigint, the_organisation bigint, the_prov smallint,
    step varchar, source varchar, was_late boolean, target varchar, is_late boolean,
    new_version integer, counted_in bigint, answers jsonb, attached uuid[], told_of date,
    under bigint, moment timestamptz, by_user bigint, by_actor varchar, decided_by_whom varchar
) RETURNS boolean
LANGUAGE plpgsql AS $body$
-- Write one report that duties_ask locked: the report, its earlier version, a step after the first,
-- the delta; the draft goes. False: somebody made the report after it was found not to be there.
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
            RETURN false;
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

_DROP = """
DROP FUNCTION duties_ask(date, bigint, bigint, smallint, timestamptz);
DROP FUNCTION duties_file(
    date, bigint, bigint, smallint, varchar, varchar, boolean, varchar, boolean, integer, bigint,
    jsonb, uuid[], date, bigint, timestamptz, bigint, varchar, varchar
);
"""
_KEPT_SMALL = """
ALTER TABLE duties_delta SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 50000, autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE duties_populationdelta SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000,
    autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE duties_counter SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE duties_tally SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
"""
_AS_THEY_WERE = """
ALTER TABLE duties_delta RESET (
    autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
    autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor,
    autovacuum_analyze_threshold, autovacuum_vacuum_cost_delay
);
ALTER TABLE duties_populationdelta RESET (
    autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
    autovacuum_analyze_scale_factor, autovacuum_analyze_threshold, autovacuum_vacuum_cost_delay
);
ALTER TABLE duties_counter RESET (fillfactor, autovacuum_vacuum_scale_factor);
ALTER TABLE duties_tally RESET (fillfactor, autovacuum_vacuum_scale_factor);
"""


class Migration(migrations.Migration):
    """Make functions, the stamp and the view; drop the first steps that the view tells."""

    dependencies = [("duties", "0009_step_back"), ("response", "0002_history")]

    operations = [
        migrations.RunSQL(_GROUND, _NO_GROUND),
        migrations.RunSQL(_JOURNAL, _NO_JOURNAL),
        migrations.RunSQL(_ASK + _FILE, _DROP),
        migrations.RunSQL(_KEPT_SMALL, _AS_THEY_WERE),
    ]
