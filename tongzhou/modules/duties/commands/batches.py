"""Report for many at once: one set of statements files ten thousand reports.

What costs something is done once for each place or for each way of answering, not for each report:
see ``judging`` for what is owed. Rows go to the database as a few arrays of numbers, with the
answers of all that are alike beside them once.
"""

from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from django.utils.translation import get_language

from tongzhou.base.errors import Refusal
from tongzhou.base.period import local_day
from tongzhou.kernel import audit
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.database import array, execute
from tongzhou.modules.duties.commands.judging import Judged, judge
from tongzhou.modules.duties.commands.ledger import (
    Change,
    Filing,
    Held,
    Key,
    decider_of,
    follow_bearers,
    lock_reports,
    overtaken,
    step_of,
    write_journal,
)
from tongzhou.modules.duties.queries.force import get_version
from tongzhou.modules.duties.rules.evidence import check_evidence
from tongzhou.modules.duties.rules.windows import Window
from tongzhou.modules.duties.workflow import REPORT


@command("duties.report.submit-batch")
def submit_reports(*, actor: Actor, at: datetime, filings: Sequence[Filing]) -> int:
    """File many reports at once, such as those that another system passes on; return how many.

    All or nothing. Answers are checked like single ones.
    """
    if len({filing.key for filing in filings}) != len(filings):
        raise Refusal("同一主体同一期的同一任务重复出现。", code="twice")
    judged = judge([filing.key for filing in filings], at)
    ways = _ways(filings, judged)
    # By what the answers were checked, they are filed: a text amended in the same moment neither
    # loses a report nor gets one that was checked by another form.
    held = lock_reports([filing.key for filing in filings])
    change = Change()
    if held:
        again = [n for n, filing in enumerate(filings) if filing.key in held]
        _replace(actor, at, [(filings[n], ways[n], held[filings[n].key]) for n in again], change)
        fresh = [n for n, filing in enumerate(filings) if filing.key not in held]
    else:
        fresh = list(range(len(filings)))
    _insert(actor, at, [(filings[n].key, ways[n], judged[n].cell_id) for n in fresh], change)
    closed = [n for n in fresh if (ends := ways[n].window.period.closes_at) and ends <= at]
    if closed:
        follow_bearers([filings[n].key for n in closed])
    change.write()
    duties = sorted({filing.key.duty_id for filing in filings})
    audit.note(target="reports", count=len(filings), duties=duties)
    return len(filings)


@dataclass(slots=True, eq=False)
class _Way:
    """All there is of a report but whose it is: what many reports of a batch have in common.

    It holds for one duty and period, because its window does. ``state`` is that of a first report.
    """

    window: Window
    data: dict[str, Any]
    files: tuple[UUID, ...]
    effective_on: date | None
    state: str

    def told(self) -> str:
        """Return the answers as they are stored."""
        return orjson.dumps(self.data).decode()

    def paper(self) -> str:
        """Return the files as the text of an array."""
        return "{" + ",".join(map(str, self.files)) + "}"


def _ways(filings: Sequence[Filing], judged: Sequence[Judged]) -> list[_Way]:
    """Return for each filing the way it is answered; Refusal for faulty answers.

    Whether answers are the same object is seen at once, whether they say the same by their text.
    """
    known: dict[tuple[int, int, tuple[UUID, ...], date | None], _Way] = {}
    said: dict[tuple[int, bytes, tuple[UUID, ...], date | None], _Way] = {}
    found = []
    for filing, (window, _cell) in zip(filings, judged, strict=True):
        name = (id(window), id(filing.data), filing.files, filing.effective_on)
        way = known.get(name)
        if way is None:
            text = orjson.dumps(filing.data, default=str)
            alike = (id(window), text, filing.files, filing.effective_on)
            way = known[name] = said.get(alike) or _way(filing, window)
            said[alike] = way
        found.append(way)
    return found


def _way(filing: Filing, window: Window) -> _Way:
    duty = get_version(window.version_id)
    clean, faults = check_evidence(duty.spec.evidence, filing.data, len(filing.files))
    if faults:
        name, message = next(iter(faults.items()))
        raise Refusal(
            "第 %(organisation)s 号主体的“%(field)s”：%(message)s",
            params={
                "organisation": filing.key.organisation_id,
                "field": name,
                "message": message.of(get_language() or "zh"),
            },
            code="evidence",
            clause=duty.urn,
        )
    step = step_of(replace(filing, data=clean), None, duty)
    return _Way(window, clean, filing.files, filing.effective_on, REPORT.step("", step))


_INSERT = """
INSERT INTO duties_report (period, duty_id, organisation_id, prov, state, version, cell_id, late,
                           data, files, effective_on, submitted_at, submitted_by, submitter,
                           made_under, decided_at, decider)
SELECT k.period, k.duty, t.organisation, t.prov, k.state, 1, t.cell, k.late, k.data,
       k.files::uuid[], k.effective, %(at)s, %(user)s, %(actor)s, k.version,
       CASE k.state WHEN 'ACCEPTED' THEN %(at)s END,
       CASE k.state WHEN 'ACCEPTED' THEN %(received)s ELSE '' END
FROM unnest(%(organisation)s::bigint[], %(prov)s::smallint[], %(cell)s::bigint[],
            %(way)s::integer[]) AS t(organisation, prov, cell, way)
JOIN unnest(%(period)s::date[], %(duty)s::bigint[], %(state)s::text[], %(late)s::boolean[],
            %(data)s::jsonb[], %(files)s::text[], %(effective)s::date[], %(version)s::bigint[])
     WITH ORDINALITY AS k(period, duty, state, late, data, files, effective, version, number)
  ON k.number = t.way
ORDER BY k.period, k.duty, t.organisation, t.prov
ON CONFLICT DO NOTHING
"""


def _insert(
    actor: Actor, at: datetime, fresh: Sequence[tuple[Key, _Way, int]], change: Change
) -> None:
    """Insert first reports and count them in; Conflict when somebody was faster with one."""
    if not fresh:
        return
    ways = list({id(way): way for _, way, _ in fresh}.values())
    numbers = {id(way): number for number, way in enumerate(ways, 1)}
    for month in {way.window.period.start.replace(day=1) for way in ways}:
        execute("SELECT duties_report_partition(%s)", [month])
    today = local_day(at)
    written = execute(
        _INSERT,
        {
            "at": at,
            "user": actor.user_id,
            "actor": actor.label,
            "received": decider_of("ACCEPTED"),
            "organisation": array([key.organisation_id for key, _, _ in fresh]),
            "prov": array([key.prov for key, _, _ in fresh]),
            "cell": array([cell for _, _, cell in fresh]),
            "way": array([numbers[id(way)] for _, way, _ in fresh]),
            "period": array(way.window.period.start for way in ways),
            "duty": array(way.window.duty_id for way in ways),
            "state": array(way.state for way in ways),
            "late": array(way.window.past_due for way in ways),
            "version": array(way.window.version_id for way in ways),
            "data": [way.told() for way in ways],
            "files": [way.paper() for way in ways],
            "effective": array(way.effective_on or today for way in ways),
        },
    )
    if written != len(fresh):
        raise overtaken()
    counted = Tally([(numbers[id(way)], cell, key.prov) for key, way, cell in fresh])
    for (number, cell, prov), times in counted.items():
        window, state = ways[number - 1].window, ways[number - 1].state
        key = Key(window.period.start, window.duty_id, 0, prov)
        change.add(key, cell, state, window.past_due, times)


_KEYS = """
unnest(%(period)s::date[], %(duty)s::bigint[], %(organisation)s::bigint[], %(prov)s::smallint[],
       %(state)s::text[], %(late)s::boolean[], %(data)s::jsonb[], %(files)s::text[],
       %(effective)s::date[], %(version)s::bigint[])
     AS k(period, duty, organisation, prov, state, late, data, files, effective, version)
"""
_VERSIONS = f"""
INSERT INTO duties_reportversion (period, duty_id, organisation_id, prov, version, data, files,
                                  effective_on, submitted_at, submitter, made_under)
SELECT r.period, r.duty_id, r.organisation_id, r.prov, r.version, r.data, r.files, r.effective_on,
       r.submitted_at, r.submitter, r.made_under
FROM {_KEYS}
JOIN duties_report r ON r.period = k.period AND r.duty_id = k.duty
                    AND r.organisation_id = k.organisation AND r.prov = k.prov
"""  # noqa: S608 - made of constants, values are bound
_REPLACE = f"""
UPDATE duties_report r
SET state = k.state, version = r.version + 1, late = k.late, data = k.data,
    files = k.files::uuid[], effective_on = k.effective, submitted_at = %(at)s,
    submitted_by = %(user)s, submitter = %(actor)s, made_under = k.version,
    decided_at = CASE k.state WHEN 'ACCEPTED' THEN %(at)s END, decided_by = NULL,
    decider = CASE k.state WHEN 'ACCEPTED' THEN %(received)s ELSE '' END, reason = ''
FROM {_KEYS}
WHERE r.period = k.period AND r.duty_id = k.duty
  AND r.organisation_id = k.organisation AND r.prov = k.prov
"""  # noqa: S608 - made of constants, values are bound


def _replace(
    actor: Actor, at: datetime, again: Sequence[tuple[Filing, _Way, Held]], change: Change
) -> None:
    """Write further versions of reports that are locked: the journal first, then they change."""
    journal: list[tuple[Key, str, str, str, int, bool, str]] = []
    for filing, way, before in sorted(again, key=lambda each: each[0].key):
        key, late = filing.key, way.window.past_due
        duty = get_version(way.window.version_id)
        step = step_of(replace(filing, data=way.data), before, duty)
        state = REPORT.step(before.state, step)
        change.add(key, before.cell_id, before.state, before.late, -1)
        change.add(key, before.cell_id, state, late, +1)
        journal.append((key, step, before.state, state, before.version + 1, late, ""))
    write_journal(actor, at, journal)
    states = {line[0]: line[3] for line in journal}
    today = local_day(at)
    keys = [filing.key for filing, _, _ in again]
    ways = [way for _, way, _ in again]
    given = {
        "at": at,
        "user": actor.user_id,
        "actor": actor.label,
        "received": decider_of("ACCEPTED"),
        "period": array(key.period for key in keys),
        "duty": array(key.duty_id for key in keys),
        "organisation": array(key.organisation_id for key in keys),
        "prov": array(key.prov for key in keys),
        "state": array(states[key] for key in keys),
        "late": array(way.window.past_due for way in ways),
        "data": [way.told() for way in ways],
        "files": [way.paper() for way in ways],
        "effective": array(way.effective_on or today for way in ways),
        "version": array(way.window.version_id for way in ways),
    }
    execute(_VERSIONS, given)
    execute(_REPLACE, given)
