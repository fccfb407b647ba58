"""One report: what it says, how it came about, and the decision of whoever reviews it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import clock, files, keeping
from tongzhou.kernel.access import Actor
from tongzhou.kernel.pages import actor_of, page
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.forms import ReasonForm
from tongzhou.modules.duties.pages import shared
from tongzhou.modules.duties.pages.filing import day_of
from tongzhou.modules.duties.queries import explain, lists, owing, reports, tasks
from tongzhou.modules.duties.queries.reports import ReportView, StepRow
from tongzhou.modules.duties.queries.wording import organ_label, period_text, say
from tongzhou.modules.duties.rules.evidence import RECEIVABLE
from tongzhou.modules.registry.public import find_bearer, labels

TONES = {"accept": "done", "receive": "done", "return": "returned", "reopen": "returned"}


def _load(
    request: HttpRequest, organisation_id: int, prov: int, duty_id: int, period: str
) -> tuple[Actor, datetime, ReportView]:
    actor, at = actor_of(request), clock.now()
    return actor, at, reports.get_report(actor, day_of(period), duty_id, organisation_id, prov)


@page("duties.report.view")
def show_report(
    request: HttpRequest, organisation_id: int, prov: int, duty_id: int, period: str
) -> HttpResponse:
    """Show a report to those who may read it, and the decision to those who may take it."""
    actor, at, report = _load(request, organisation_id, prov, duty_id, period)
    if (typed := keeping.typed(request)) is not None:
        opened = keeping.sent_to(request).rstrip("/").rpartition("/")[2]
        return _show(request, actor, at, report, form=ReasonForm(typed), opened=opened)
    return _show(request, actor, at, report)


def _show(
    request: HttpRequest,
    actor: Actor,
    at: datetime,
    report: ReportView,
    *,
    form: ReasonForm | None = None,
    opened: str = "",
    status: int = 200,
) -> HttpResponse:
    row, duty = report.row, report.duty
    bearer = find_bearer(row.organisation_id, row.prov)
    own = (row.organisation_id, row.prov) == (actor.organisation_id, actor.prov)
    waiting = lists.find_next(lists.review_queue(actor), row) if _reviews(actor) else None
    may_decide = _may_decide(actor, report)
    back = reverse("duties:board") if own else reverse("duties:review")
    crumbs = [(_("今天该做什么"), back)] if own else []
    if _reviews(actor) and not own:
        crumbs = [(_("审核报送"), back)]
    return render(
        request,
        "duties/report.html",
        {
            "crumbs": [*crumbs, (say(duty.spec.title), "")],
            "report": report,
            "row": row,
            "typed_page": shared.report_url(row),
            "title": say(duty.spec.title),
            "guide": say(duty.spec.guide),
            "duty_url": shared.duty_url(duty),
            "organ": organ_label(duty.spec.bearer.organ or "", duty.spec.bearer.kind),
            "facts": facts(report),
            "files": report.files,
            "args": shared.report_args(row),
            "entries": [_entry(step) for step in reversed(report.steps)],
            "versions": _versions(report, request.GET.get("version", "")),
            "why": shared.why_steps(explain.why(duty, bearer, at)) if bearer else [],
            "receipt": own and "receipt" in request.GET,
            "own": own,
            "may_decide": may_decide and row.state == "SUBMITTED",
            "may_reopen": may_decide and row.state == "ACCEPTED",
            "refused_why": _refused_why(actor, report, own),
            "edit_url": _edit_url(actor, report, own, at),
            "next_url": shared.report_url(waiting) if waiting else "",
            "form": form or ReasonForm(initial={"seen": row.version}),
            "opened": opened,
        },
        status=status,
    )


def _reviews(actor: Actor) -> bool:
    return actor.may("duties.report.accept") and not actor.is_system


def _may_decide(actor: Actor, report: ReportView) -> bool:
    own = (report.row.organisation_id, report.row.prov) == (actor.organisation_id, actor.prov)
    return _reviews(actor) and not own and actor.authority_id == report.reviewer_id


def _refused_why(actor: Actor, report: ReportView, own: bool) -> str:
    """Say why a reviewer cannot decide this one."""
    if not _reviews(actor) or report.row.state != "SUBMITTED" or _may_decide(actor, report):
        return ""
    if report.reviewer_id is None:
        return _("没有上级登记管理机关，报送即算完成。")
    if own:
        return _("本单位的报送由上级机关（%(name)s）审核。") % {"name": report.reviewer}
    if report.row.form == "AUTHORITY":
        return _("由它的上级机关（%(name)s）审核，您可以查看。") % {"name": report.reviewer}
    return _("由登记它的机关（%(name)s）审核，您可以查看。") % {"name": report.reviewer}


def _edit_url(actor: Actor, report: ReportView, own: bool, at: datetime) -> str:
    """Return the form when the actor's organ may correct or mend the report."""
    row, duty = report.row, report.duty
    if not own or not tasks.may_report(actor, duty):
        return ""
    if row.state == "ACCEPTED" and duty.spec.evidence.kind not in RECEIVABLE:
        return ""
    bearer = find_bearer(row.organisation_id, row.prov)
    if bearer is None or owing.find_window(at, row.duty_id, bearer, row.period) is None:
        return ""
    return reverse("duties:report-submit", args=[duty.id, row.period.isoformat()])


def facts(report: ReportView) -> list[dict[str, Any]]:
    """Return whose report it is, for when, and how it was filed."""
    row = report.row
    form = labels("form", "en" if say_english() else "zh").get(row.form, row.form)
    found: list[dict[str, Any]] = [
        {"label": _("报送单位"), "value": row.name},
        {"label": _("代码"), "value": row.code},
        {"label": _("登记形式"), "value": form},
        {"label": _("所在地"), "value": row.place_name},
        {"label": _("登记管理机关"), "value": report.registered_by},
        {
            "label": _("哪一期"),
            "value": period_of(report) or _("一次性任务"),
        },
        {"label": _("填报内容的日期"), "value": report.effective_on},
        {"label": _("报送时间"), "value": row.submitted_at},
        {"label": _("报送人"), "value": row.submitter},
    ]
    if row.decided_at is not None:
        found += [
            {"label": _("办理时间"), "value": row.decided_at},
            {"label": _("办理人"), "value": _(row.decider) if row.decider else ""},
        ]
    return [each for each in found if each["value"] != ""]


def say_english() -> bool:
    """Tell whether the reader reads English."""
    return (get_language() or "").startswith("en")


def period_of(report: ReportView) -> str:
    """Return the name of the report's period; empty for a one-off duty."""
    return period_text(report.duty.spec.recurrence, report.row.period)


def _entry(step: StepRow) -> dict[str, Any]:
    changes = [_("第 %(version)d 版") % {"version": step.version}]
    if step.late and step.name in {"submit", "resubmit", "correct", "receive", "amend"}:
        changes.append(_("迟报"))
    return {
        "at": step.at,
        "title": step.label,
        "actor": step.actor,
        "text": step.reason,
        "tone": TONES.get(step.name, "info"),
        "changes": changes,
    }


def _versions(report: ReportView, wanted: str) -> dict[str, Any] | None:
    """Return the comparison of a version with the one before it; the last pair unless asked."""
    if len(report.versions) < 2:
        return None
    numbers = [each.version for each in report.versions]
    chosen = int(wanted) if wanted.isdecimal() and int(wanted) in numbers[1:] else numbers[-1]
    place = numbers.index(chosen)
    before, after = report.versions[place - 1], report.versions[place]
    return {
        "rows": reports.compare(report, before, after),
        "before": _("第 %(version)d 版") % {"version": before.version},
        "after": _("第 %(version)d 版") % {"version": after.version},
        "choices": [
            {"version": n, "active": n == chosen, "url": f"?version={n}#versions"}
            for n in numbers[1:]
        ],
    }


@page("duties.report.view")
def print_report(
    request: HttpRequest, organisation_id: int, prov: int, duty_id: int, period: str
) -> HttpResponse:
    """Show the receipt with the whole report for paper."""
    _actor, _at, report = _load(request, organisation_id, prov, duty_id, period)
    return render(
        request,
        "duties/receipt.html",
        {
            "report": report,
            "row": report.row,
            "title": say(report.duty.spec.title),
            "facts": facts(report),
            "quote": report.duty.spec.quote,
            "clause": shared.clause_label(report.duty),
        },
    )


@page("duties.report.view")
def download_file(
    request: HttpRequest,
    organisation_id: int,
    prov: int,
    duty_id: int,
    period: str,
    file_id: UUID,
) -> HttpResponseBase:
    """Hand out a file of a report to those who may read the report."""
    _actor, _at, report = _load(request, organisation_id, prov, duty_id, period)
    return files.respond(reports.get_report_file(report, file_id))


def _key(report: ReportView) -> commands.Key:
    row = report.row
    return commands.Key(row.period, row.duty_id, row.organisation_id, row.prov)


def _after(request: HttpRequest, report: ReportView, actor: Actor) -> HttpResponse:
    """Go on to the next report of the queue, or back to it when it is empty, or stay."""
    if request.POST.get("then") != "next":
        return redirect(shared.report_url(report.row))
    following = lists.find_next(lists.review_queue(actor), report.row)
    return redirect(shared.report_url(following) if following else reverse("duties:review"))


@page("duties.report.accept")
def accept_report(
    request: HttpRequest, organisation_id: int, prov: int, duty_id: int, period: str
) -> HttpResponse:
    """Accept the version that was read."""
    actor, at, report = _load(request, organisation_id, prov, duty_id, period)
    _require_post(request)
    seen = request.POST.get("seen", "")
    commands.accept_report(
        actor=actor, at=at, key=_key(report), seen=int(seen) if seen.isdecimal() else None
    )
    messages.success(request, _("已通过：%(name)s。") % {"name": report.row.name})
    return _after(request, report, actor)


@page("duties.report.return")
def return_report(
    request: HttpRequest, organisation_id: int, prov: int, duty_id: int, period: str
) -> HttpResponse:
    """Return a report with the reason that the organisation reads."""
    actor, at, report = _load(request, organisation_id, prov, duty_id, period)
    _require_post(request)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _show(request, actor, at, report, form=form, opened="return", status=422)
    try:
        commands.return_report(
            actor=actor,
            at=at,
            key=_key(report),
            reason=form.whole(),
            seen=form.cleaned_data["seen"],
        )
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        form.add_error("reason", refusal.text(_))
        return _show(request, actor, at, report, form=form, opened="return", status=422)
    messages.success(request, _("已退回：%(name)s。") % {"name": report.row.name})
    return _after(request, report, actor)


@page("duties.report.reopen")
def reopen_report(
    request: HttpRequest, organisation_id: int, prov: int, duty_id: int, period: str
) -> HttpResponse:
    """Take back an acceptance, with the reason."""
    actor, at, report = _load(request, organisation_id, prov, duty_id, period)
    _require_post(request)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _show(request, actor, at, report, form=form, opened="reopen", status=422)
    commands.reopen_report(actor=actor, at=at, key=_key(report), reason=form.whole())
    messages.success(request, _("已撤销通过并退回。"))
    return redirect(shared.report_url(report.row))


def _require_post(request: HttpRequest) -> None:
    if request.method != "POST":
        raise Missing("没有这一页。")
