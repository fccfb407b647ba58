"""What a single submission reads and writes: one statement before it is judged, one after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from django.db import DatabaseError

from tongzhou.base.errors import Missing
from tongzhou.kernel import audit
from tongzhou.kernel.access import Actor
from tongzhou.kernel.plans import planned
from tongzhou.modules.duties.commands.ledger import (
    Filing,
    Held,
    Key,
    decider_of,
    follow_bearers,
    overtaken,
)
from tongzhou.modules.duties.queries.force import DutyRow, Ground
from tongzhou.modules.duties.queries.owing import MEMORY, Owing, duty_for
from tongzhou.modules.duties.queries.spells import Spell, Stood
from tongzhou.modules.registry.public import BearerRow

#: What ``duties_file`` raises when somebody else has made the report.
OVERTAKEN = "TZ409"
#: A statement of its own: what the next one reads was committed before the lock was held, so it is
#: what the lock holds. One join with a lock would lose the row of a bearer that moved meanwhile.
_HOLD = """
SELECT FROM registry_organisation o
WHERE o.id = %(organisation)s::bigint AND o.prov = %(prov)s::smallint FOR SHARE
"""
# The month stands in the text, so that the plan knows its table: a plan for all months would open
# each of them every time, and a site has more of them every year. No row: no such bearer.
_ASK = """
WITH held AS MATERIALIZED (
    SELECT r.state, r.version, r.late, r.decider, r.made_under, r.cell_id, r.submitted_by, r.files
    FROM duties_report r
    WHERE r.period >= '{first}' AND r.period < ('{first}'::date + interval '1 month')::date
      AND r.period = %(period)s::date
      AND r.duty_id = %(duty)s::bigint AND r.organisation_id = %(organisation)s::bigint
      AND r.prov = %(prov)s::smallint
    FOR UPDATE
)
SELECT (SELECT g.stamp FROM duties_ground g),
       EXISTS (SELECT FROM duties_exception x
               WHERE x.duty_id = %(duty)s::bigint
                 AND x.organisation_id = %(organisation)s::bigint
                 AND x.prov = %(prov)s::smallint),
       r.state, r.version, r.late, r.decider, r.made_under, r.cell_id, r.submitted_by, r.files,
       o.name, o.form, o.status, o.cell_id, c.place, c.registered_region, c.profile_id,
       o.registered_by_id,
       m.cell_id, n.place, n.registered_region, n.profile_id, m.from_at, m.to_at,
       ARRAY(SELECT b.duty_id FROM duties_duty d
             JOIN duties_dutyprofile b ON b.duty_id = d.id AND b.profile_id = n.profile_id
             WHERE d.root_id = %(duty)s::bigint)
FROM registry_organisation o
JOIN registry_cell c ON c.id = o.cell_id AND c.prov = o.prov
LEFT JOIN held r ON true
LEFT JOIN registry_placement m
  ON m.organisation_id = o.id AND m.prov = o.prov
 AND (m.to_at IS NULL OR m.to_at >= %(since)s::timestamptz)
LEFT JOIN registry_cell n ON n.id = m.cell_id AND n.prov = m.prov
WHERE o.id = %(organisation)s::bigint AND o.prov = %(prov)s::smallint
ORDER BY m.from_at DESC
"""
_FILE = """
SELECT duties_file(
    %(period)s::date, %(duty)s::bigint, %(organisation)s::bigint, %(prov)s::smallint, %(step)s,
    %(source)s, %(was_late)s, %(target)s, %(late)s, %(version)s::integer, %(cell)s::bigint,
    %(data)s::jsonb, %(files)s::uuid[], %(effective)s::date, %(under)s::bigint,
    %(at)s::timestamptz, %(user)s::bigint, %(actor)s, %(decider)s
)
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A bearer and its report on a duty in a period, both locked, and what is owed.

    ``duty`` is the version to report by. ``held`` is None where there is no report yet, ``owing``
    where nothing is owed.
    """

    bearer: BearerRow
    duty: DutyRow
    owing: Owing | None
    held: Held | None
    files: tuple[UUID, ...]


def ask(key: Key, at: datetime) -> Asked:
    """Lock a bearer and its report and say what it owes; Missing without such a bearer or duty."""
    found = planned(
        _ask_in(key.period.replace(day=1)),
        {
            "period": key.period,
            "duty": key.duty_id,
            "organisation": key.organisation_id,
            "prov": key.prov,
            "since": at - MEMORY,
        },
        first=_HOLD,
        name="duties_ask",
    )
    if not found:
        raise Missing("名册中没有这个主体。")
    stamp, excepted, state, version, late, decider, under, counted, by, files = found[0][:10]
    bearer = BearerRow(key.organisation_id, key.prov, *found[0][10:18])
    spells = [Spell(*row[18:24]) for row in found if row[18] is not None]
    bound = {row[21]: frozenset(row[24]) for row in found if row[18] is not None}
    duty, owing = duty_for(
        at,
        key.duty_id,
        bearer,
        key.period,
        ground=Ground(at, stamp),
        stood=Stood(spells, bound, excepted),
    )
    held = None
    if state is not None:
        held = Held(state, version, late, decider, under, counted, by)
    return Asked(bearer, duty, owing, held, tuple(files or ()))


@lru_cache(maxsize=256)
def _ask_in(month: date) -> str:
    """Return the question about reports of a month, given by its first day."""
    return _ASK.format(first=month)


def file_one(
    actor: Actor, at: datetime, filing: Filing, asked: Asked, owed: Owing, step: str, state: str
) -> dict[str, Any]:
    """Write a judged report with all that goes with it, the command's audit line and its answer.

    Returns the answer; it is the last thing that a command does. Conflict when somebody made the
    report that was not there to be locked.
    """
    key, held = filing.key, asked.held
    version = held.version + 1 if held else 1
    answer = {"version": version, "late": owed.window.past_due}
    elsewhere = held is None and owed.cell_id != asked.bearer.cell_id
    try:
        audit.write_with(
            _FILE,
            {
                "period": key.period,
                "duty": key.duty_id,
                "organisation": key.organisation_id,
                "prov": key.prov,
                "step": step,
                "source": held.state if held else "",
                "was_late": held.late if held else False,
                "target": state,
                "late": owed.window.past_due,
                "version": version,
                "cell": held.cell_id if held else owed.cell_id,
                "data": orjson.dumps(dict(filing.data)).decode(),
                "files": _array(filing.files),
                "effective": filing.effective_on,
                "under": owed.window.version_id,
                "at": at,
                "user": actor.user_id,
                "actor": actor.label,
                "decider": decider_of(state),
            },
            name="duties_file",
            answer=answer,
            last=not elsewhere,
        )
        if elsewhere:
            follow_bearers([key])
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", None) == OVERTAKEN:
            raise overtaken() from error
        raise
    return answer


def _array(files: Sequence[UUID]) -> Any:
    """Return ids as the text of an array, which is quicker to bind than a list."""
    return "{" + ",".join(map(str, files)) + "}"
