"""The audit trail as a page for who may read it, and as a file with its chain."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import audit, clock, files, history
from tongzhou.kernel.access import SYSTEM, Actor, Role
from tongzhou.kernel.commands import command
from tongzhou.kernel.identity.places import directory
from tongzhou.kernel.jobs import Reporter, run_reporting, start_progress
from tongzhou.kernel.models import AuditLine, AuditSeal, SensitiveRead
from tongzhou.kernel.pages import actor_of, page, paginate

FILTERS = ("q", "who", "stem", "from", "to")
NAMES = {"jsonl": "操作记录.jsonl", "csv": "操作记录.csv"}
FORMS = tuple(NAMES)
COLUMNS = (
    *("id", "at", "written_at", "user", "actor", "role", "on_behalf_of", "authority"),
    *("organisation", "stem", "target", "clause", "facts", "address", "agent", "changes"),
    *("previous", "digest"),
)
L = TypeVar("L", AuditLine, SensitiveRead)


def within_sight(actor: Actor, lines: QuerySet[L]) -> QuerySet[L]:
    """Cut audit lines or reads to whose acts an actor may look at.

    Operators: all. Auditors: their own authority, the registration authorities below it and the
    organisations registered there. Everybody else: their own authority.
    """
    if actor.authority_id is None:
        return lines
    own = Q(authority_id=actor.authority_id)
    if actor.role != Role.AUDITOR:
        return lines.filter(own)
    authorities, organisations = directory().list_within(actor.low, actor.high)
    return lines.filter(
        own
        | Q(authority_id__in=authorities)
        | Q(authority_id__isnull=True, organisation_id__in=organisations)
    )


def find_lines(actor: Actor, asked: Mapping[str, str]) -> QuerySet[AuditLine]:
    """Return the lines an actor may read (see :func:`within_sight`) among those asked for.

    ``who`` is part of a name or ``#`` and a number of a person, ``stem`` the beginning of an act,
    ``q`` part of a target or clause, ``from`` and ``to`` days. Refusal for what is no day.
    """
    lines = within_sight(actor, AuditLine.objects.order_by("-id"))
    if who := asked.get("who", "").strip():
        number = who.removeprefix("#")
        if who.startswith("#") and number.isascii() and number.isdigit() and len(number) < 18:
            lines = lines.filter(Q(user_id=int(number)) | Q(on_behalf_of=int(number)))
        else:
            lines = lines.filter(actor__icontains=who)
    if stem := asked.get("stem", "").strip():
        lines = lines.filter(stem__startswith=stem)
    if words := asked.get("q", "").strip():
        lines = lines.filter(Q(target__icontains=words) | Q(clause__icontains=words))
    if first := _day(asked, "from"):
        lines = lines.filter(at__gte=first)
    if last := _day(asked, "to"):
        lines = lines.filter(at__lt=last + timedelta(days=1))
    return lines


def _day(asked: Mapping[str, str], name: str) -> datetime | None:
    text = asked.get(name, "").strip()
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), clock.PLACE)
    except (ValueError, OverflowError):
        raise Refusal(
            "日期应写成 2020-01-31 的样子。", field=name, code="bad-day", way_out="请改正日期再查。"
        ) from None


@page("kernel.audit.view")
def trail(request: HttpRequest) -> HttpResponse:
    """Show the lines that were asked for, the latest first; order an export of them."""
    actor = actor_of(request)
    asked = {name: request.GET.get(name, "")[:80] for name in FILTERS}
    lines = find_lines(actor, asked)
    shown = paginate(request, lines)
    changes = history.of_contexts([each.changes for each in shown if each.changes])
    rows = [{"line": each, "changes": changes.get(each.changes, [])} for each in shown]
    return render(
        request,
        "kernel/audit.html",
        {"page": shown, "rows": rows, **{f"asked_{k}": v for k, v in asked.items()}},
    )


@page("kernel.audit.export")
def export(request: HttpRequest) -> HttpResponse:
    """Write the lines asked for into a file, in a job, and show how far it is."""
    if request.method != "POST":
        return redirect("kernel:audit")
    asked = {name: request.POST.get(name, "")[:80] for name in FILTERS}
    form = request.POST.get("form", FORMS[0])
    made = order_export(actor=actor_of(request), at=clock.now(), asked=asked, form=form)
    return redirect("kernel:progress", progress_id=made)


@command("kernel.audit.export")
def order_export(*, actor: Actor, at: datetime, asked: dict[str, str], form: str = FORMS[0]) -> str:
    """Order the export of audit lines as JSON lines or CSV; return the id of its progress."""
    if form not in FORMS:
        raise Missing("没有这种格式。")
    find_lines(actor, asked)
    record = start_progress(actor=actor, at=at, kind="audit", label="导出操作记录", back="/audit/")
    write_export.defer(
        progress_id=str(record.pk),
        authority_id=actor.authority_id,
        asked=asked,
        role=str(actor.role),
        low=actor.low,
        high=actor.high,
        form=form,
    )
    audit.note(target=f"progress/{record.pk}", **{k: v for k, v in asked.items() if v})
    return str(record.pk)


@app.task(name="kernel.export_audit")
def write_export(
    progress_id: str,
    authority_id: int | None,
    asked: dict[str, str],
    role: str = str(SYSTEM.role),
    low: int = 1,
    high: int = 0,
    form: str = FORMS[0],
) -> None:
    """Write JSON lines or CSV: each audit line with its digest and the one before it."""

    def work(report: Reporter) -> None:
        reader = Actor(
            user_id=None, role=Role(role), label="", authority_id=authority_id, low=low, high=high
        )
        write = _json_line if form == "jsonl" else _csv_line
        lines = find_lines(reader, asked).order_by("id")
        target = io.BytesIO()
        if form == "csv":
            target.write(b"\xef\xbb\xbf" + _csv(COLUMNS))
        count = 0
        for batch in _batches(lines):
            seals = {
                each.line_id: each
                for each in AuditSeal.objects.filter(line_id__in=[line.pk for line in batch])
            }
            for line in batch:
                target.write(write(_fields(line, seals.get(line.pk))))
            count += len(batch)
            report.advance(count)
        target.seek(0)
        stored = files.store(
            target,
            name=NAMES[form],
            size=target.getbuffer().nbytes,
            actor=SYSTEM,
            at=clock.now(),
            kinds={form},
            max_bytes=1 << 31,
        )
        report.finish(file=stored, message=_("共 %(count)s 条。") % {"count": count})

    run_reporting(progress_id, work)


def _batches(lines: QuerySet[AuditLine], size: int = 2_000) -> Any:
    last = 0
    while batch := list(lines.filter(pk__gt=last)[:size]):
        yield batch
        last = batch[-1].pk


def _fields(line: AuditLine, seal: AuditSeal | None) -> dict[str, Any]:
    return {
        "id": line.pk,
        "at": line.at,
        "written_at": line.written_at,
        "user": line.user_id,
        "actor": line.actor,
        "role": line.role,
        "on_behalf_of": line.on_behalf_of,
        "authority": line.authority_id,
        "organisation": line.organisation_id,
        "stem": line.stem,
        "target": line.target,
        "clause": line.clause,
        "facts": line.facts,
        "address": line.address,
        "agent": line.agent,
        "changes": line.changes,
        "previous": seal.previous if seal else None,
        "digest": seal.digest if seal else None,
    }


def _csv_line(told: dict[str, Any]) -> bytes:
    told = {**told, "facts": json.dumps(told["facts"], ensure_ascii=False)}
    return _csv([_inert(told[name]) for name in COLUMNS])


def _csv(cells: Iterable[object]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


def _inert(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    if isinstance(value, datetime):
        return value.isoformat()
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in tuple("=+-@\t\r") else text


def _json_line(told: dict[str, Any]) -> bytes:
    return json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False).encode() + b"\n"
