"""Report on a duty. One set of statements files one report and ten thousand."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from django.utils.translation import get_language

from tongzhou.base.errors import Missing, Refusal
from tongzhou.base.period import ZONE, local_day
from tongzhou.kernel import audit, events, files
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.database import execute
from tongzhou.modules.duties.commands.asking import ask, file_one
from tongzhou.modules.duties.commands.ledger import (
    OWING,
    Change,
    Filing,
    Held,
    Key,
    Upload,
    decider_of,
    duty_of,
    ids_of,
    lock_reports,
    name_of,
    overtaken,
    write_journal,
)
from tongzhou.modules.duties.queries.exempt import deferred, list_let_off
from tongzhou.modules.duties.queries.force import (
    DutyRow,
    Ground,
    get_duty,
    get_version,
    list_windows,
)
from tongzhou.modules.duties.queries.owing import Owing, let_off, not_owed, require_owed
from tongzhou.modules.duties.queries.reports import list_own_files
from tongzhou.modules.duties.queries.spells import bound_by_profile, find_spell, list_spells
from tongzhou.modules.duties.queries.tasks import require_own, require_reporter
from tongzhou.modules.duties.rules.evidence import RECEIVABLE, check_evidence, may_be_received
from tongzhou.modules.duties.rules.windows import Window
from tongzhou.modules.duties.workflow import REPORT
from tongzhou.modules.registry.public import BearerRow, list_bearers


@command("duties.report.submit")
def submit_report(
    *,
    actor: Actor,
    at: datetime,
    key: Key,
    data: Mapping[str, Any],
    uploads: Sequence[Upload] = (),
    kept: Sequence[UUID] = (),
    staged: Sequence[UUID] = (),
    effective_on: date | None = None,
    based_on: int | None = None,
    idempotency_key: str | None = None,
) -> dict[str, Any]:
    """Report on a duty, or report again after a return or to correct what is still in review.

    ``kept`` are files of the previous version that stay, ``staged`` those that the actor stored a
    moment ago with a form that was not right yet. ``based_on`` is the version the form was opened
    on, 0 for none: Conflict when a colleague reported meanwhile. Returns {"version", "late"}.
    Refuses what the actor's organ does not owe, a period that is not open, faulty answers (by
    field), and a report that was already accepted.
    """
    require_own(actor, key.organisation_id, key.prov)
    asked = ask(key, at)
    duty, earlier = asked.duty, asked.held
    require_reporter(actor, duty, key.organisation_id, key.prov)
    if based_on is not None and based_on != (earlier.version if earlier else 0):
        raise overtaken()
    allowed = set(asked.files)
    stays = tuple(each for each in kept if each in allowed) + _staged(actor, at, staged)
    clean, faults = check_evidence(duty.spec.evidence, data, len(stays) + len(uploads))
    if faults:
        raise Refusal(
            "有 %(count)s 项需要修改，已填写的内容没有丢失。",
            params={"count": len(faults)},
            code="evidence",
            clause=duty.urn,
            faults={name: message.of(get_language() or "zh") for name, message in faults.items()},
        )
    day = effective_on or min(
        local_day(at), key.period if duty.spec.deadline is None else local_day(at)
    )
    if day > local_day(at):
        raise Refusal("填报内容的日期不能晚于今天。", field="effective_on", code="future-date")
    owed = require_owed(asked.owing, asked.bearer, duty)
    added = tuple(
        files.store(each.file, name=each.name or "", size=each.size or 0, actor=actor, at=at).pk
        for each in uploads
    )
    filing = Filing(key=key, data=clean, files=stays + added, effective_on=day)
    step = _step_of(filing, earlier, duty)
    state = REPORT.step(earlier.state if earlier else "", step)
    late = owed.window.past_due
    audit.note(target=name_of(key), clause=duty.urn, late=late)
    file_one(actor, at, filing, asked, owed, step, state)
    events.publish("duties.report.submitted", **ids_of(key))
    return {"version": earlier.version + 1 if earlier else 1, "late": late}


@command("duties.report.submit-batch")
def submit_reports(*, actor: Actor, at: datetime, filings: Sequence[Filing]) -> int:
    """File many reports at once, such as those that another system passes on; return how many.

    All or nothing. Answers are checked like single ones.
    """
    if len({filing.key for filing in filings}) != len(filings):
        raise Refusal("同一主体同一期的同一任务重复出现。", code="twice")
    found = list_bearers({(f.key.organisation_id, f.key.prov) for f in filings}, lock=True)
    owed = _require_owed(filings, {(each.id, each.prov): each for each in found}, at)
    checked: list[Filing] = []
    for filing in filings:
        duty = get_version(owed[filing.key].window.version_id)
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
        checked.append(replace(filing, data=clean))
    _file(actor=actor, at=at, filings=checked, owed=owed)
    duties = sorted({filing.key.duty_id for filing in filings})
    audit.note(target="reports", count=len(filings), duties=duties)
    return len(filings)


def _staged(actor: Actor, at: datetime, wanted: Sequence[UUID]) -> tuple[UUID, ...]:
    """Return those of the files that the actor stored within the last day, in the given order."""
    found = {key for key, _name in list_own_files(actor, list(wanted), at)}
    return tuple(each for each in dict.fromkeys(wanted) if each in found)


@command("duties.draft.save")
def stage_files(
    *, actor: Actor, at: datetime, key: Key, uploads: Sequence[Upload]
) -> list[tuple[UUID, str]]:
    """Keep files of a form that is not right yet, so that they need no second upload.

    Returns (id, name). Raises Refusal for a file that may not be uploaded at all.
    """
    require_own(actor, key.organisation_id, key.prov)
    duty, _owing = duty_of(at, key)
    require_reporter(actor, duty, key.organisation_id, key.prov)
    stored = [
        files.store(each.file, name=each.name or "", size=each.size or 0, actor=actor, at=at)
        for each in uploads
    ]
    audit.note(target=name_of(key), files=len(stored))
    return [(each.pk, each.name) for each in stored]


def _require_owed(
    filings: Sequence[Filing], bearers: Mapping[tuple[int, int], BearerRow], at: datetime
) -> dict[Key, Owing]:
    """Return for each filing what is owed; refuse what is not, or is waived."""
    by_duty: dict[tuple[int, date], list[Filing]] = {}
    for filing in filings:
        by_duty.setdefault((filing.key.duty_id, filing.key.period), []).append(filing)
    ground = Ground(at)
    first = min((day for _duty, day in by_duty), default=local_day(at))
    spells = list_spells(bearers, datetime.combine(first, datetime.min.time(), ZONE))
    bound = bound_by_profile(each for held in spells.values() for each in held)
    found: list[tuple[Key, Window, int]] = []
    for (duty_id, day), asked in by_duty.items():
        windows = list_windows(at, duty_ids=[duty_id], day=day, ground=ground)
        for filing in asked:
            bearer = bearers.get((filing.key.organisation_id, filing.key.prov))
            if bearer is None:
                raise Missing("名册中没有这个主体。")
            stood = spells[bearer.id, bearer.prov]
            matches = ((each, find_spell(each, stood, bound, at)) for each in windows)
            window, spell = next((pair for pair in matches if pair[1]), (None, None))
            if window is None or spell is None or bearer.status not in OWING:
                raise not_owed(bearer, get_duty(duty_id, at, bearer=bearer, ground=ground))
            found.append((filing.key, window, spell.cell_id))
    off = list_let_off([(key.organisation_id, key.prov, window) for key, window, _ in found], at)
    for number, each in off.items():
        if each.waived:
            key, window, _cell = found[number]
            bearer = bearers[key.organisation_id, key.prov]
            raise let_off(bearer, get_version(window.version_id))
    return {
        key: Owing(deferred(window, off.get(number)), cell, deferred=number in off)
        for number, (key, window, cell) in enumerate(found)
    }


def _file(
    *, actor: Actor, at: datetime, filings: Sequence[Filing], owed: Mapping[Key, Owing]
) -> None:
    """Write filings of bearers that are locked: reports, earlier versions, journal, deltas.

    ``owed`` is that by which the answers were checked, so that a text amended in the same
    moment neither loses a report nor gets one that was checked by another form. Conflict when
    somebody made a report that was not there to be locked.
    """
    ordered = sorted(filings, key=lambda filing: filing.key)
    held = lock_reports([filing.key for filing in ordered])
    change = Change()
    fresh: list[tuple[Filing, str]] = []
    again: list[tuple[Filing, str]] = []
    journal: list[tuple[Key, str, str, str, int, bool, str]] = []
    for filing in ordered:
        key = filing.key
        owing = owed[key]
        late = owing.window.past_due
        before = held.get(key)
        step = _step_of(filing, before, get_version(owing.window.version_id))
        state = REPORT.step(before.state if before else "", step)
        if before is None:
            fresh.append((filing, state))
            change.add(key, owing.cell_id, state, late, +1)
            continue
        again.append((filing, state))
        change.add(key, before.cell_id, before.state, before.late, -1)
        change.add(key, before.cell_id, state, late, +1)
        journal.append((key, step, before.state, state, before.version + 1, late, ""))
    write_journal(actor, at, journal)
    _insert(actor, at, fresh, owed)
    _replace(actor, at, again, owed)
    change.write()


def _step_of(filing: Filing, before: Held | None, duty: DutyRow) -> str:
    """Return the step that a filing takes: a first one, a correction, or one accepted at once."""
    spec = duty.spec
    if may_be_received(spec.evidence, filing.data):
        return "receive"
    if before is None:
        return "submit"
    if before.state == "ACCEPTED" and spec.evidence.kind in RECEIVABLE:
        return "amend"
    return "resubmit" if before.state == "RETURNED" else "correct"


_INSERT = """
INSERT INTO duties_report (period, duty_id, organisation_id, prov, state, version, cell_id, late,
                           data, files, effective_on, submitted_at, submitted_by, submitter,
                           made_under, decided_at, decider)
SELECT t.period, t.duty, t.organisation, t.prov, t.state, 1, t.cell, t.late, t.data,
       t.files::uuid[], t.effective, %(at)s, %(user)s, %(actor)s, t.version,
       CASE t.state WHEN 'ACCEPTED' THEN %(at)s END,
       CASE t.state WHEN 'ACCEPTED' THEN %(received)s ELSE '' END
FROM unnest(%(period)s::date[], %(duty)s::bigint[], %(organisation)s::bigint[],
            %(prov)s::smallint[], %(state)s::text[], %(cell)s::bigint[], %(late)s::boolean[],
            %(data)s::jsonb[], %(files)s::text[], %(effective)s::date[], %(version)s::bigint[])
     AS t(period, duty, organisation, prov, state, cell, late, data, files, effective, version)
ON CONFLICT DO NOTHING
"""


def _insert(
    actor: Actor,
    at: datetime,
    fresh: Sequence[tuple[Filing, str]],
    owed: Mapping[Key, Owing],
) -> None:
    if not fresh:
        return
    for month in {filing.key.period.replace(day=1) for filing, _ in fresh}:
        execute("SELECT duties_report_partition(%s)", [month])
    each = [filing for filing, _ in fresh]
    written = execute(
        _INSERT,
        {
            "at": at,
            "user": actor.user_id,
            "actor": actor.label,
            "received": decider_of("ACCEPTED"),
            "period": [f.key.period for f in each],
            "duty": [f.key.duty_id for f in each],
            "organisation": [f.key.organisation_id for f in each],
            "prov": [f.key.prov for f in each],
            "state": [state for _, state in fresh],
            "cell": [owed[f.key].cell_id for f in each],
            "late": [owed[f.key].window.past_due for f in each],
            "version": [owed[f.key].window.version_id for f in each],
            "data": [orjson.dumps(dict(f.data)).decode() for f in each],
            "files": ["{" + ",".join(str(x) for x in f.files) + "}" for f in each],
            "effective": [f.effective_on or local_day(at) for f in each],
        },
    )
    if written != len(fresh):
        raise overtaken()


def _replace(
    actor: Actor, at: datetime, again: Sequence[tuple[Filing, str]], owed: Mapping[Key, Owing]
) -> None:
    for filing, state in again:
        key = filing.key
        where = [key.period, key.duty_id, key.organisation_id, key.prov]
        execute(
            """
            INSERT INTO duties_reportversion (period, duty_id, organisation_id, prov, version,
                                              data, files, effective_on, submitted_at, submitter,
                                              made_under)
            SELECT period, duty_id, organisation_id, prov, version, data, files, effective_on,
                   submitted_at, submitter, made_under
            FROM duties_report
            WHERE period = %s AND duty_id = %s AND organisation_id = %s AND prov = %s
            """,
            where,
        )
        execute(
            """
            UPDATE duties_report
            SET state = %s, version = version + 1, late = %s, data = %s, files = %s,
                effective_on = %s, submitted_at = %s, submitted_by = %s, submitter = %s,
                made_under = %s,
                decided_at = %s, decided_by = NULL, decider = %s, reason = ''
            WHERE period = %s AND duty_id = %s AND organisation_id = %s AND prov = %s
            """,
            [
                state,
                owed[key].window.past_due,
                orjson.dumps(dict(filing.data)).decode(),
                list(filing.files),
                filing.effective_on or local_day(at),
                at,
                actor.user_id,
                actor.label,
                owed[key].window.version_id,
                at if state == "ACCEPTED" else None,
                decider_of(state),
                *where,
            ],
        )
