"""Report on a duty. One set of statements files one report and ten thousand."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import get_language

from tongzhou.base.errors import Refusal
from tongzhou.base.period import local_day
from tongzhou.kernel import audit, events, files
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.modules.duties.commands.asking import ask, file_one
from tongzhou.modules.duties.commands.ledger import (
    Filing,
    Key,
    Upload,
    duty_of,
    ids_of,
    name_of,
    overtaken,
    step_of,
)
from tongzhou.modules.duties.queries.owing import require_owed
from tongzhou.modules.duties.queries.reports import list_own_files
from tongzhou.modules.duties.queries.tasks import require_own, require_reporter
from tongzhou.modules.duties.rules.evidence import check_evidence
from tongzhou.modules.duties.workflow import REPORT


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
    step = step_of(filing, earlier, duty)
    state = REPORT.step(earlier.state if earlier else "", step)
    audit.note(target=name_of(key), clause=duty.urn, late=owed.window.past_due)
    events.publish("duties.report.submitted", **ids_of(key))
    return file_one(actor, at, filing, asked, owed, step, state)


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
