"""Exceptions: one's own, those that wait for the authority, and all that are in force."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock, keeping
from tongzhou.kernel.access import Actor
from tongzhou.kernel.pages import actor_of, page, paginate
from tongzhou.kernel.tables import XLSX_TYPE, Sheet, TableColumn, write_workbook
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.contracts import Recurrence
from tongzhou.modules.duties.forms import AnswerForm, GrantForm, WishForm
from tongzhou.modules.duties.pages import shared
from tongzhou.modules.duties.pages.exception_rows import row_of
from tongzhou.modules.duties.pages.filing import day_of
from tongzhou.modules.duties.queries import exceptions, owing, tasks
from tongzhou.modules.duties.queries.exceptions import (
    ExceptionFilters,
    ExceptionList,
    ExceptionRow,
)
from tongzhou.modules.duties.queries.wording import day_text, period_text, say
from tongzhou.modules.duties.rules.exceptions import KINDS, ExceptionKind
from tongzhou.modules.duties.workflow import EXCEPTION, GRANTED, REQUESTED
from tongzhou.modules.registry.public import labels

SIZES = (25, 50, 100)


def _list(request: HttpRequest, actor: Actor, at: datetime) -> ExceptionList:
    given = request.GET
    default = REQUESTED if actor.may("duties.exception.grant") else ""
    state = given.get("state", default)
    duty = given.get("duty", "")
    filters = ExceptionFilters(
        state=state if state in EXCEPTION.states else "",
        kind=given.get("kind", "") if given.get("kind") in set(KINDS) else "",
        duty_id=int(duty) if duty.isascii() and duty.isdigit() and len(duty) < 12 else None,
        words=given.get("q", "")[:60].replace("\x00", ""),
        order="oldest" if state == REQUESTED else "newest",
    )
    waits = filters.state == REQUESTED and actor.may("duties.exception.grant")
    own = actor.organisation_id is not None and not actor.is_authority and not actor.is_reader
    return ExceptionList(
        actor,
        at,
        filters,
        reviewer=(actor.authority_id or -1) if waits and not actor.is_system else None,
        bearer=(actor.organisation_id or 0, actor.prov or 0) if own else None,
    )


@page("duties.exception.view")
def list_exceptions(request: HttpRequest) -> HttpResponse:
    """Show exceptions by state, narrowed and paged as asked."""
    actor, at = actor_of(request), clock.now()
    found = _list(request, actor, at)
    listed = paginate(request, found)
    filters = found.filters
    told = []
    if filters.words:
        told.append(("q", _("名称或代码"), filters.words))
    if filters.kind:
        told.append(("kind", _("免除还是延期"), _(KINDS[ExceptionKind(filters.kind)])))
    states = [REQUESTED, GRANTED, "REFUSED", "REVOKED", "WITHDRAWN", ""]
    return render(
        request,
        "duties/exceptions.html",
        {
            "page": listed,
            "page_sizes": SIZES,
            "rows": [row_of(each) for each in listed],
            "filters": filters,
            "kinds": [(code.value, _(label)) for code, label in KINDS.items()],
            "tabs": [
                {
                    "label": _(EXCEPTION.states[state]) if state else _("全部"),
                    "url": shared.query(request, state=state),
                    "active": filters.state == state,
                    "count": len(found) if filters.state == state else None,
                }
                for state in states
            ],
            "chips": [
                {"label": label, "value": value, "remove_url": shared.query(request, **{key: None})}
                for key, label, value in told
            ],
            "clear_url": f"{reverse('duties:exceptions')}?state={filters.state}",
            "export_url": f"{reverse('duties:exceptions-export')}{shared.query(request)}",
            "own": found.bearer is not None,
            "may_give": actor.may("duties.exception.grant") and actor.is_authority,
        },
    )


@page("duties.exception.view")
def export_exceptions(request: HttpRequest) -> HttpResponseBase:
    """Hand out the list as it is narrowed as a workbook."""
    at = clock.now()
    found = _list(request, actor_of(request), at)
    names = (
        (_("单位"), 40),
        (_("代码"), 22),
        (_("登记形式"), 14),
        (_("所在地"), 14),
        (_("任务"), 36),
        (_("条款"), 36),
        (_("免除还是延期"), 10),
        (_("期次"), 20),
        (_("到什么时候"), 24),
        (_("依据"), 36),
        (_("条款地址"), 36),
        (_("理由"), 40),
        (_("状态"), 10),
        (_("提出时间"), 18),
        (_("提出人"), 24),
        (_("办理时间"), 18),
        (_("办理人"), 24),
        (_("答复"), 36),
    )
    forms = labels("form")

    def lines() -> Iterator[list[object]]:
        for row in found.stream():
            shown = row_of(row)
            yield [
                row.name,
                row.code,
                forms.get(row.form, row.form),
                row.place_name,
                shown["title"],
                row.duty.urn,
                shown["kind"],
                shown["reach"],
                shown["end"],
                row.basis,
                row.basis_urn,
                row.reason,
                shown["state_label"],
                _moment(row.asked_at),
                row.asker,
                _moment(row.revoked_at or row.decided_at),
                row.revoker or row.decider,
                row.revoke_reason or row.answer,
            ]

    target = tempfile.SpooledTemporaryFile(max_size=4 * 1024 * 1024)  # noqa: SIM115 - closed by the response
    columns = [TableColumn(name, width) for name, width in names]
    write_workbook([Sheet(_("例外"), columns, lines())], target)
    target.seek(0)
    return FileResponse(
        target,
        as_attachment=True,
        filename=_("例外_%(day)s.xlsx") % {"day": at.astimezone(clock.PLACE).strftime("%Y%m%d")},
        content_type=XLSX_TYPE,
    )


def _moment(at: datetime | None) -> str:
    return at.astimezone(clock.PLACE).strftime("%Y-%m-%d %H:%M") if at else ""


@page("duties.exception.view")
def show_exception(request: HttpRequest, exception_id: int, prov: int) -> HttpResponse:
    """Show an exception, and let those decide who may."""
    actor, at = actor_of(request), clock.now()
    row = exceptions.get_exception(actor, at, exception_id, prov)
    if (typed := keeping.typed(request)) is not None:
        step = keeping.sent_to(request).rstrip("/").rpartition("/")[2]
        form = GrantForm(typed, asked=row.basis) if step == "grant" else AnswerForm(typed)
        return _show(request, actor, row, opened=step, form=form)
    return _show(request, actor, row)


def _show(
    request: HttpRequest,
    actor: Actor,
    row: ExceptionRow,
    *,
    opened: str = "",
    form: Any = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    own = (row.organisation_id, row.prov) == (actor.organisation_id, actor.prov)
    decides = (
        actor.may("duties.exception.grant") and not own and actor.authority_id == row.reviewer_id
    )
    shown = row_of(row)
    facts = [
        {"label": _("单位"), "value": row.name},
        {"label": _("代码"), "value": row.code},
        {"label": _("免除还是延期"), "value": shown["kind"]},
        {"label": _("期次"), "value": shown["reach"]},
        {"label": _("到什么时候"), "value": shown["end"]},
        {"label": _("理由"), "value": row.reason},
        {"label": _("依据"), "value": row.basis},
        {"label": _("条款地址"), "value": row.basis_urn},
    ]
    if shown["ended_on"]:
        facts.insert(5, {"label": _("到期日"), "value": day_text(row.ended_on)})  # type: ignore[arg-type]  # given above
    entries = [
        {
            "at": row.asked_at,
            "title": _("申请") if row.origin == "REQUEST" else _("主动给予"),
            "actor": row.asker,
            "tone": "",
        }
    ]
    if row.decided_at is not None and row.origin == "REQUEST":
        decided = "GRANTED" if row.state == "REVOKED" else row.state
        entries.append(
            {
                "at": row.decided_at,
                "title": _("同意") if decided == "GRANTED" else _(EXCEPTION.states[decided]),
                "actor": row.decider,
                "text": row.answer,
                "tone": "done" if decided == "GRANTED" else "returned",
            }
        )
    if row.revoked_at is not None:
        entries.append(
            {
                "at": row.revoked_at,
                "title": _("撤销"),
                "actor": row.revoker,
                "text": row.revoke_reason,
                "tone": "returned",
            }
        )
    waits = row.state == REQUESTED
    return render(
        request,
        "duties/exception.html",
        {
            "crumbs": [(_("例外"), reverse("duties:exceptions")), (shown["title"], "")],
            "row": row,
            "shown": shown,
            "facts": [each for each in facts if each["value"]],
            "entries": list(reversed(entries)),
            "duty_url": shared.version_url(row.duty),
            "clause": shared.clause_label(row.duty),
            "may_decide": decides and waits,
            "may_revoke": decides and row.state == GRANTED,
            "may_withdraw": own and waits and tasks.may_report(actor, row.duty),
            "grant_form": form
            if isinstance(form, GrantForm)
            else GrantForm(
                initial={"basis": row.basis, "basis_urn": row.basis_urn}, asked=row.basis
            ),
            "answer_form": form if isinstance(form, AnswerForm) else AnswerForm(),
            "opened": opened,
            "refusal": refusal,
            "form": form,
            "typed_page": reverse("duties:exception", args=[row.id, row.prov]),
        },
        status=status,
    )


@page("duties.exception.view")
def decide_exception(request: HttpRequest, exception_id: int, prov: int, step: str) -> HttpResponse:
    """Grant, refuse, revoke or withdraw; the commands say who may."""
    actor, at = actor_of(request), clock.now()
    row = exceptions.get_exception(actor, at, exception_id, prov)
    here = reverse("duties:exception", args=[exception_id, prov])
    if request.method != "POST":
        return redirect(here)
    key: dict[str, Any] = {
        "actor": actor,
        "at": at,
        "exception_id": exception_id,
        "prov": prov,
    }
    if step == "withdraw":
        commands.withdraw_exception(**key)
        messages.success(request, _("申请已撤回。"))
        return redirect(here)
    form: Any = (
        GrantForm(request.POST, asked=row.basis) if step == "grant" else AnswerForm(request.POST)
    )
    if not form.is_valid():
        return _show(request, actor, row, opened=step, form=form, status=422)
    command = {
        "grant": commands.grant_exception,
        "refuse": commands.refuse_exception,
        "revoke": commands.revoke_exception,
    }[step]
    try:
        command(**key, **form.cleaned_data)
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        for name, text in refusal.faults.items():
            form.add_error(name if name in form.fields else None, text)
        shown = None if refusal.faults else refusal
        return _show(request, actor, row, opened=step, form=form, refusal=shown, status=422)
    done = {"grant": _("已同意。"), "refuse": _("已答复不同意。"), "revoke": _("已撤销。")}
    messages.success(request, done[step])
    return redirect(here)


@page("duties.exception.request")
def request_exception(request: HttpRequest, duty_id: int, period: str) -> HttpResponse:
    """Ask for an exception from a duty of one's own."""
    actor, at = actor_of(request), clock.now()
    day = day_of(period)
    bearer = tasks.bearer_of(actor)
    duty, owed = owing.duty_for(at, duty_id, bearer, day)
    tasks.require_reporter(actor, duty, bearer.id, bearer.prov)
    window = owing.require_owed(owed, bearer, duty).window
    form = WishForm(
        request.POST or None,
        initial={"once": uuid4().hex},
        single=duty.spec.recurrence is Recurrence.ONCE,
    )
    refusal = None
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = commands.request_exception(
                    actor=actor,
                    at=at,
                    duty_id=duty_id,
                    wish=form.wish(day),
                    idempotency_key=form.cleaned_data["once"] or None,
                )
            except Refusal as found:
                form.add_faults(dict(found.faults))
                refusal, status = (None if found.faults else found), found.status
            else:
                messages.success(request, _("申请已送登记管理机关。批准以前，原来的期限照旧。"))
                return redirect("duties:exception", made["id"], made["prov"])
    return render(
        request,
        "duties/exception_request.html",
        {
            "crumbs": [(_("今天该做什么"), reverse("duties:board")), (_("申请延期或免除"), "")],
            "form": form,
            "refusal": refusal,
            "title": say(duty.spec.title),
            "period": period_text(duty.spec.recurrence, day),
            "due_at": window.due_at,
            "due_on": window.period.due_on if window.period.is_due_at_end_of_day else None,
            "clause": shared.clause_label(duty),
            "clause_url": shared.clause_url(duty),
            "back": reverse("duties:report-submit", args=[duty_id, period]),
        },
        status=status,
    )
