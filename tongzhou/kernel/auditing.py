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
from tongzhou.kernel import audit, clock, files, history, matrix
from tongzhou.kernel.access import SYSTEM, Actor, Role
from tongzhou.kernel.commands import command
from tongzhou.kernel.identity.places import directory
from tongzhou.kernel.jobs import Reporter, enqueue, run_reporting
from tongzhou.kernel.models import AuditLine, AuditSeal, Progress, SensitiveRead
from tongzhou.kernel.pages import actor_of, page, paginate

FILTERS = ("who", "stem", "target", "clause", "org", "from", "to")
NAMES = {"jsonl": "操作记录.jsonl", "csv": "操作记录.csv"}
FORMS = tuple(NAMES)
COLUMNS = (
    *("id", "at", "written_at", "user", "actor", "role", "on_behalf_of", "authority"),
    *("organisation", "stem", "target", "clause", "facts", "address", "agent", "changes"),
    *("previous", "digest"),
)
#: How many organisations of one name are looked for together.
SAME_NAME = 20
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

    ``who`` is part of a name or ``#`` and a number of a person, ``stem`` the beginning of an act
    or part of what it is called, ``target`` and ``clause`` parts of these, ``org`` a credit code or
    a name: what was done by its people or to it. ``from`` and ``to`` are days. Refusal for what is
    no day and no organisation.
    """
    lines = within_sight(actor, AuditLine.objects.order_by("-id"))
    if who := _asked(asked, "who"):
        number = who.removeprefix("#")
        if who.startswith("#") and number.isascii() and number.isdigit() and len(number) < 18:
            lines = lines.filter(Q(user_id=int(number)) | Q(on_behalf_of=int(number)))
        else:
            lines = lines.filter(actor__icontains=who)
    if stem := _asked(asked, "stem"):
        lines = lines.filter(_of_acts(stem))
    for name in ("target", "clause"):
        if words := _asked(asked, name):
            lines = lines.filter(**{f"{name}__icontains": words})
    if words := _asked(asked, "org"):
        lines = lines.filter(_of_organisations(actor, words))
    if first := _day(asked, "from"):
        lines = lines.filter(at__gte=first)
    if last := _day(asked, "to"):
        lines = lines.filter(at__lt=last + timedelta(days=1))
    return lines


def _asked(asked: Mapping[str, str], name: str) -> str:
    return asked.get(name, "").strip().replace("\0", "")


def _of_acts(words: str) -> Q:
    """Return the condition for acts by their code, or by what the reader calls them."""
    wanted = words.casefold()
    called = [row.stem for row in matrix.rows() if wanted in _(row.act.label).casefold()]
    return Q(stem__startswith=words) | Q(stem__in=called)


def _of_organisations(actor: Actor, words: str) -> Q:
    """Return the condition for lines by or about an organisation, in whatever province it was."""
    ids = directory().find_ids_by_code(words)
    if not ids and actor.authority_id is not None:
        found = directory().search_registered(actor.authority_id, words, SAME_NAME)
        ids = [each.organisation_id for each in found if each.organisation_id]
    if not ids:
        raise Refusal(
            "没有找到这个组织。",
            field="org",
            code="no-such-organisation",
            way_out="请写完整的统一社会信用代码或内部编号；本机关登记的也可以写名称。",
        )
    held = "|".join(map(str, ids))
    return Q(organisation_id__in=ids) | Q(
        target__regex=rf"^organisation/[0-9]+/({held})$|^[a-z]+/.*/({held})/[0-9]+$"
    )


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
    refusal, status = None, 200
    try:
        lines = find_lines(actor, asked)
    except Refusal as caught:
        lines, refusal, status = AuditLine.objects.none(), caught, caught.status
    shown = paginate(request, lines)
    changes = history.of_contexts([each.changes for each in shown if each.changes])
    rows = [
        {
            "line": each,
            "label": _(matrix.label_of(each.stem)),
            "changes": changes.get(each.changes, []),
        }
        for each in shown
    ]
    return render(
        request,
        "kernel/audit.html",
        {
            "page": shown,
            "rows": rows,
            "refusal": refusal,
            "asked": asked,
            "stems": [(each.stem, _(each.act.label)) for each in matrix.rows()],
            **{f"asked_{k}": v for k, v in asked.items()},
        },
        status=status,
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
    return str(_order(actor, at, asked, form).pk)


def _order(actor: Actor, at: datetime, asked: dict[str, str], form: str) -> Progress:
    record = enqueue(
        actor=actor,
        at=at,
        kind="kernel.export_audit",
        label=_("导出操作记录"),
        back="/audit/",
        args={
            "authority_id": actor.authority_id,
            "asked": asked,
            "role": str(actor.role),
            "low": actor.low,
            "high": actor.high,
            "form": form,
        },
    )
    audit.note(target=f"progress/{record.pk}", **{k: v for k, v in asked.items() if v})
    return record


def export_again(*, actor: Actor, at: datetime, record: Progress) -> Progress:
    """Order the same lines and form once more, as far as the actor may read them now."""
    return _order(actor, at, record.args["asked"], record.args["form"])


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
