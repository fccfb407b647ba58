"""Carry the open work of a bearer along when it moves to the authority of another province."""

from __future__ import annotations

from datetime import datetime

from tongzhou.kernel.database import execute

_OPEN = """
SELECT r.* FROM duties_report r JOIN duties_duty d ON d.id = r.made_under
WHERE r.organisation_id = %(organisation)s AND r.prov = %(prov)s
  AND duties_period_end(d.recurrence, r.period) > %(at)s
"""

_REPORTS = f"""
INSERT INTO duties_report (
    period, duty_id, organisation_id, prov, state, version, cell_id, late, data, files,
    effective_on, submitted_at, submitted_by, submitter, made_under, decided_at, decided_by,
    decider, reason
)
SELECT period, duty_id, organisation_id, %(new_prov)s, state, version, %(cell)s, late, data, files,
       effective_on, submitted_at, submitted_by, submitter, made_under, decided_at, decided_by,
       decider, reason
FROM ({_OPEN}) AS open
"""  # noqa: S608 - made of constants

_VERSIONS = f"""
INSERT INTO duties_reportversion (
    period, duty_id, organisation_id, prov, version, data, files, effective_on, submitted_at,
    submitter, made_under
)
SELECT v.period, v.duty_id, v.organisation_id, %(new_prov)s, v.version, v.data, v.files,
       v.effective_on, v.submitted_at, v.submitter, v.made_under
FROM ({_OPEN}) AS open
JOIN duties_reportversion v
  ON v.period = open.period AND v.duty_id = open.duty_id
 AND v.organisation_id = open.organisation_id AND v.prov = open.prov
"""  # noqa: S608 - made of constants

_STEPS = f"""
INSERT INTO duties_step (
    period, duty_id, organisation_id, prov, name, source, target, version, late, at, user_id,
    actor, reason
)
SELECT s.period, s.duty_id, s.organisation_id, %(new_prov)s, s.name, s.source, s.target, s.version,
       s.late, s.at, s.user_id, s.actor, s.reason
FROM ({_OPEN}) AS open
JOIN duties_step s
  ON s.period = open.period AND s.duty_id = open.duty_id
 AND s.organisation_id = open.organisation_id AND s.prov = open.prov
ORDER BY s.id
"""  # noqa: S608 - made of constants

_DELTAS = f"""
INSERT INTO duties_delta (period, duty_id, cell_id, prov, submitted, accepted, returned, late)
SELECT period, duty_id, %(cell)s, %(new_prov)s, (state = 'SUBMITTED')::int,
       (state = 'ACCEPTED')::int, (state = 'RETURNED')::int,
       (late AND state IN ('SUBMITTED', 'ACCEPTED'))::int
FROM ({_OPEN}) AS open
"""  # noqa: S608 - made of constants

_DRAFTS = """
INSERT INTO duties_draft (period, duty_id, organisation_id, prov, data, saved_at, saved_by, saver)
SELECT period, duty_id, organisation_id, %(new_prov)s, data, saved_at, saved_by, saver
FROM duties_draft WHERE organisation_id = %(organisation)s AND prov = %(prov)s
"""

_NO_DRAFTS = """
DELETE FROM duties_draft WHERE organisation_id = %(organisation)s AND prov = %(prov)s
"""

_GIVEN = """
duty_id, organisation_id, id, asked_under, kind, first_period, last_period, end_kind, until_on,
response_id, response_place, offset_months, offset_days, basis, basis_urn, reason, origin, batch,
state, asked_at, asked_by, asker, decided_at, decided_by, decider, answer, revoked_at, revoked_by,
revoker, revoke_reason
"""

# What was decided still tells about the periods that closed at the old place, so it stays there,
# too; there it reaches nothing else. What is only asked for is now for the new authority to decide.
_EXCEPTIONS = f"""
INSERT INTO duties_exception ({_GIVEN}, prov)
SELECT {_GIVEN}, %(new_prov)s FROM duties_exception
WHERE organisation_id = %(organisation)s AND prov = %(prov)s
  AND state IN ('GRANTED', 'REVOKED', 'REQUESTED')
"""  # noqa: S608 - made of constants

_NO_REQUESTS = """
DELETE FROM duties_exception
WHERE organisation_id = %(organisation)s AND prov = %(prov)s AND state = 'REQUESTED'
"""


def transfer_reports(
    *, organisation: int, prov: int, new_prov: int, cell: int, at: datetime
) -> None:
    """Give the new row of a bearer its open reports with their journal, drafts and exceptions.

    Runs inside the transfer's transaction, after the old row left its cell: its reports of open
    periods stand in cell 0 of the old province, with the delta that took them out of its figures,
    and stay there as history. Those of closed periods stay where they were counted.
    """
    params = {
        "organisation": organisation,
        "prov": prov,
        "new_prov": new_prov,
        "cell": cell,
        "at": at,
    }
    for statement in (
        _DELTAS,
        _REPORTS,
        _VERSIONS,
        _STEPS,
        _DRAFTS,
        _NO_DRAFTS,
        _EXCEPTIONS,
        _NO_REQUESTS,
    ):
        execute(statement, params)
