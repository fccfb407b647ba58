"""Report for many at once: one set of statements files ten thousand reports."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import orjson
from django.utils.translation import get_language

from tongzhou.base.errors import Missing, Refusal
from tongzhou.base.period import ZONE, local_day
from tongzhou.kernel import audit
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.database import array, execute
from tongzhou.modules.duties.commands.ledger import (
    OWING,
    Change,
    Filing,
    Key,
    decider_of,
    lock_bearers,
    lock_reports,
    overtaken,
    step_of,
    write_journal,
)
from tongzhou.modules.duties.queries.exempt import deferred, list_let_off
from tongzhou.modules.duties.queries.force import Ground, get_duty, get_version, list_windows
from tongzhou.modules.duties.queries.owing import Owing, let_off, not_owed
from tongzhou.modules.duties.queries.spells import (
    Spell,
    bound_by_profile,
    find_spell,
    list_spells,
)
from tongzhou.modules.duties.rules.evidence import check_evidence
from tongzhou.modules.duties.rules.windows import Window
from tongzhou.modules.duties.workflow import REPORT
from tongzhou.modules.registry.public import BearerRow

_EVER = datetime.min.replace(tzinfo=UTC)


@command("duties.report.submit-batch")
def submit_reports(*, actor: Actor, at: datetime, filings: Sequence[Filing]) -> int:
    """File many reports at once, such as those that another system passes on; return how many.

    All or nothing. Answers are checked like single ones.
    """
    if len({filing.key for filing in filings}) != len(filings):
        raise Refusal("同一主体同一期的同一任务重复出现。", code="twice")
    bearers = lock_bearers((each.key.organisation_id, each.key.prov) for each in filings)
    owed = _require_owed(filings, bearers, at)
    checked: list[Filing] = []
    known: dict[tuple[int, bytes, int], dict[str, Any]] = {}
    for filing in filings:
        duty = get_version(owed[filing.key].window.version_id)
        same = (duty.version_id, orjson.dumps(filing.data, default=str), len(filing.files))
        if same in known:
            checked.append(replace(filing, data=known[same]))
            continue
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
        known[same] = clean
        checked.append(replace(filing, data=clean))
    _file(actor=actor, at=at, filings=checked, owed=owed)
    duties = sorted({filing.key.duty_id for filing in filings})
    audit.note(target="reports", count=len(filings), duties=duties)
    return len(filings)


def _require_owed(
    filings: Sequence[Filing], bearers: Mapping[tuple[int, int], BearerRow], at: datetime
) -> dict[Key, Owing]:
    """Return for each filing what is owed; refuse what is not, or is waived."""
    by_duty: dict[tuple[int, date], list[Filing]] = {}
    for filing in filings:
        by_duty.setdefault((filing.key.duty_id, filing.key.period), []).append(filing)
    ground = Ground(at)
    windows = {
        (duty_id, day): list_windows(at, duty_ids=[duty_id], day=day, ground=ground)
        for duty_id, day in by_duty
    }
    spells = _spells(bearers, windows, at)
    bound = bound_by_profile({each for held in spells.values() for each in held})
    found: list[tuple[Key, Window, int]] = []
    for asked_for, asked in by_duty.items():
        owed: dict[tuple[Spell, ...], tuple[Window, Spell] | None] = {}
        for filing in asked:
            bearer = bearers.get((filing.key.organisation_id, filing.key.prov))
            if bearer is None:
                raise Missing("名册中没有这个主体。")
            stood = spells[bearer.id, bearer.prov]
            if stood not in owed:
                owed[stood] = _match(windows[asked_for], stood, bound, at)
            matched = owed[stood]
            if matched is None or bearer.status not in OWING:
                raise not_owed(bearer, get_duty(asked_for[0], at, bearer=bearer, ground=ground))
            found.append((filing.key, matched[0], matched[1].cell_id))
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


def _match(
    windows: Sequence[Window],
    stood: Sequence[Spell],
    bound: Mapping[int, frozenset[int]],
    at: datetime,
) -> tuple[Window, Spell] | None:
    """Return the first window that is owed, with the spell in which it is."""
    matches = ((each, find_spell(each, stood, bound, at)) for each in windows)
    return next(((window, spell) for window, spell in matches if spell is not None), None)


def _spells(
    bearers: Mapping[tuple[int, int], BearerRow],
    windows: Mapping[tuple[int, date], Sequence[Window]],
    at: datetime,
) -> dict[tuple[int, int], tuple[Spell, ...]]:
    """Return where bearers stood, as far as the windows ask; the present is on themselves."""
    closes = (each.period.closes_at for found in windows.values() for each in found)
    if all(each is None or each > at for each in closes):
        return {
            key: (
                Spell(
                    each.cell_id, each.place, each.registered_region, each.profile_id, _EVER, None
                ),
            )
            for key, each in bearers.items()
        }
    first = min(day for _duty, day in windows)
    since = datetime.combine(first, datetime.min.time(), ZONE)
    return {key: tuple(each) for key, each in list_spells(bearers, since).items()}


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
        step = step_of(filing, before, get_version(owing.window.version_id))
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
    today = local_day(at)
    written = execute(
        _INSERT,
        {
            "at": at,
            "user": actor.user_id,
            "actor": actor.label,
            "received": decider_of("ACCEPTED"),
            "period": array(f.key.period for f in each),
            "duty": array(f.key.duty_id for f in each),
            "organisation": array(f.key.organisation_id for f in each),
            "prov": array(f.key.prov for f in each),
            "state": array(state for _, state in fresh),
            "cell": array(owed[f.key].cell_id for f in each),
            "late": array(owed[f.key].window.past_due for f in each),
            "version": array(owed[f.key].window.version_id for f in each),
            "data": [orjson.dumps(dict(f.data)).decode() for f in each],
            "files": ["{" + ",".join(str(x) for x in f.files) + "}" for f in each],
            "effective": array(f.effective_on or today for f in each),
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
