"""Fill in a report: ask once, keep drafts, lose nothing, say beforehand what will happen."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing, Refusal
from tongzhou.base.period import Recurrence, local_day
from tongzhou.kernel import clock, keeping
from tongzhou.kernel.access import Actor
from tongzhou.kernel.files import MAX_UPLOAD_BYTES, MIB
from tongzhou.kernel.pages import actor_of, once_key, page
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.contracts import EvidenceKind, EvidenceSpec, FieldType
from tongzhou.modules.duties.forms import (
    PREFIX,
    EvidenceForm,
    initial_answers,
    typed_answers,
)
from tongzhou.modules.duties.pages import shared
from tongzhou.modules.duties.pages.exception_rows import list_shown
from tongzhou.modules.duties.queries import explain, reports, tasks
from tongzhou.modules.duties.queries.force import get_duty
from tongzhou.modules.duties.queries.tasks import Task
from tongzhou.modules.duties.queries.wording import (
    day_text,
    deadline_text,
    organ_label,
    period_text,
    say,
)
from tongzhou.modules.duties.rules.evidence import RECEIVABLE

FILE_FAULTS = frozenset({"empty-file", "file-too-large", "file-kind", "file-content"})
#: What an earlier report may suggest: words that stay the same, never figures or days.
CARRIED = frozenset({FieldType.TEXT, FieldType.CHOICE})


def day_of(text: str) -> date:
    """Return the day that a URL names; Missing when it names none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Missing("没有这一期。") from None


@page("duties.report.submit")
def submit_report(request: HttpRequest, duty_id: int, period: str) -> HttpResponse:
    """Show the form of a duty in a period, and file it."""
    actor, at = actor_of(request), clock.now()
    day = day_of(period)
    try:
        task = tasks.get_task(actor, at, duty_id, day, carried=request.method != "POST")
    except Refusal as refusal:
        if refusal.code not in {"not-owed", "other-organ"}:
            raise
        kept = _keep(request, actor, at, duty_id) if refusal.code == "not-owed" else None
        return kept or _not_mine(request, actor, at, duty_id, refusal)
    if task.row.state == "ACCEPTED" and not _may_amend(task):
        return redirect(shared.report_url(task.row, task.bearer.id, task.bearer.prov))
    if request.method == "POST":
        return _post(request, actor, at, task)
    typed = keeping.typed(request)
    if typed is None:
        return _show(request, _blank(task, at), task, at)
    return _show(request, _blank(task, at, typed_answers(typed.dict())), task, at)


def _keep(request: HttpRequest, actor: Actor, at: datetime, duty_id: int) -> HttpResponse | None:
    """Keep what was typed when the text was amended meanwhile and asks for another period now."""
    typed = typed_answers(request.POST.dict()) if request.method == "POST" else {}
    if not any(typed.values()):
        return None
    bearer = tasks.bearer_of(actor)
    row = next(
        (
            each
            for each in tasks.list_board(actor, bearer, at)
            if each.duty.id == duty_id and each.may_report and not each.state and not each.saved_at
        ),
        None,
    )
    if row is None:
        return None
    key = commands.Key(row.period.start, duty_id, bearer.id, bearer.prov)
    commands.save_draft(actor=actor, at=at, key=key, data=typed)
    messages.warning(
        request, _("这项任务的要求刚刚修订，期次变了。您填的内容已存成草稿，请核对后报送。")
    )
    return redirect(shared.fill_url(row))


def _may_amend(task: Task) -> bool:
    return task.row.duty.spec.evidence.kind in RECEIVABLE


def _key(task: Task) -> commands.Key:
    return commands.Key(
        period=task.row.period.start,
        duty_id=task.row.duty.id,
        organisation_id=task.bearer.id,
        prov=task.bearer.prov,
    )


def _post(request: HttpRequest, actor: Actor, at: datetime, task: Task) -> HttpResponse:
    typed = typed_answers(request.POST.dict())  # reading the body also finds what is too large
    if getattr(request, "upload_too_large", False):
        form = _blank(task, at, typed)
        refusal = Refusal(
            "附件太大，没有收下：每个文件不超过 %(size)s MB。",
            params={"size": MAX_UPLOAD_BYTES // MIB},
            code="upload-too-large",
            way_out="请压缩或拆分后重新选择附件；已填写的内容还在。",
        )
        return _show(request, form, task, at, refusal=refusal, status=413)
    if request.POST.get("step") == "draft":
        commands.save_draft(actor=actor, at=at, key=_key(task), data=typed)
        messages.success(request, _("草稿已存，随时可以接着填。附件要在报送时选择。"))
        return redirect(request.path)
    spec = task.row.duty.spec.evidence
    staged = reports.list_own_files(actor, _uuids(request.POST.getlist("staged")), at)
    form = EvidenceForm(
        request.POST,
        request.FILES,
        spec=spec,
        today=local_day(at),
        held=_names(task),
        staged=staged,
    )
    if not form.is_valid():
        form = _keep_uploads(request, actor, at, task, form, staged)
        return _show(request, form, task, at, status=422)
    based_on = form.cleaned_data["based_on"]
    try:
        commands.submit_report(
            actor=actor,
            at=at,
            key=_key(task),
            data=form.answers(),
            uploads=form.uploads(),  # type: ignore[arg-type]  # Django's file has what Upload asks
            kept=form.chosen("kept"),
            staged=form.chosen("staged"),
            effective_on=form.cleaned_data["effective_on"],
            based_on=int(based_on) if based_on.isdecimal() else None,
            idempotency_key=form.cleaned_data["once"] or None,
        )
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        known = dict(refusal.faults)
        if refusal.code in FILE_FAULTS:
            known["files"] = f"{refusal.text(_)}{_(refusal.way_out)}"
        form.add_faults(known)
        return _show(
            request, form, task, at, refusal=None if known else refusal, status=refusal.status
        )
    url = shared.report_url(task.row, task.bearer.id, task.bearer.prov)
    return redirect(f"{url}?receipt=1")


def _keep_uploads(
    request: HttpRequest,
    actor: Actor,
    at: datetime,
    task: Task,
    form: EvidenceForm,
    staged: list[tuple[UUID, str]],
) -> EvidenceForm:
    """Keep the files of an attempt that was not right, so that nothing needs a second upload."""
    uploads = form.uploads() if "files" in form.cleaned_data else []
    if not uploads:
        return form
    try:
        added = commands.stage_files(
            actor=actor,
            at=at,
            key=_key(task),
            uploads=uploads,  # type: ignore[arg-type]  # Django's file has what Upload asks
        )
    except Refusal as refusal:
        form.add_error("files", f"{refusal.text(_)}{_(refusal.way_out)}")
        return form
    post = request.POST.copy()
    post.setlist("staged", [*post.getlist("staged"), *(str(key) for key, _name in added)])
    again = EvidenceForm(
        post,
        spec=task.row.duty.spec.evidence,
        today=local_day(at),
        held=_names(task),
        staged=[*staged, *added],
    )
    again.is_valid()
    return again


def _uuids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _names(task: Task) -> list[tuple[UUID, str]]:
    return [(each.id, each.name) for each in reports.list_files(task.files)]


def _blank(task: Task, at: datetime, typed: dict[str, Any] | None = None) -> EvidenceForm:
    """Return the form with what was typed, else the draft, the report itself, or the last one."""
    data = typed
    if data is None:
        data = dict(task.draft if task.draft is not None else task.data or _carried(task))
    held = _names(task)
    initial = {
        **initial_answers(data),
        "effective_on": task.effective_on or _day_told_of(task, at),
        "once": once_key(),
        "based_on": str(task.row.version),
        "kept": [str(key) for key, _name in held],
    }
    return EvidenceForm(
        initial=initial, spec=task.row.duty.spec.evidence, today=local_day(at), held=held
    )


def _day_told_of(task: Task, at: datetime) -> date:
    """Return the day the answers are most likely about: that of a daily report, else today."""
    if task.row.duty.spec.recurrence is Recurrence.DAILY:
        return task.row.period.start
    return local_day(at)


def _carried(task: Task) -> dict[str, Any]:
    """Return what the last report suggests: its words and choices, never its figures or days."""
    spec = task.row.duty.spec.evidence
    return {
        each.name: task.earlier[each.name]
        for each in spec.fields
        if each.type in CARRIED and each.name in task.earlier
    }


def _sources(task: Task) -> dict[str, str]:
    """Return for each prefilled field where its value comes from."""
    if task.row.state:
        return {}
    if task.draft is not None:
        label = _("草稿（%(who)s）") % {"who": task.draft_saver}
        return {PREFIX + name: label for name in task.draft}
    if task.earlier_period is None:
        return {}
    label = _("%(day)s那一期的报送") % {"day": day_text(task.earlier_period)}
    return {PREFIX + name: label for name in _carried(task)}


def _show(
    request: HttpRequest,
    form: EvidenceForm,
    task: Task,
    at: datetime,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    row, duty = task.row, task.row.duty
    sources = {} if form.is_bound else _sources(task)
    spec = duty.spec.evidence
    return render(
        request,
        "duties/fill.html",
        {
            "crumbs": [
                (_("今天该做什么"), reverse("duties:board")),
                (say(duty.spec.title), shared.duty_url(duty)),
                (_("填报"), ""),
            ],
            "form": form,
            "refusal": refusal,
            "fields": _fields(form, spec, sources),
            "row": row,
            "title": say(duty.spec.title),
            "guide": say(duty.spec.guide),
            "period": period_text(duty.spec.recurrence, row.period.start),
            "organ": organ_label(duty.spec.bearer.organ or "", duty.spec.bearer.kind),
            "due": row.period.due_at,
            "due_on": row.period.due_on if row.period.is_due_at_end_of_day else None,
            "deadline": deadline_text(duty.spec.recurrence, duty.spec.deadline),
            "late": row.past_due,
            "clause": shared.clause_label(duty),
            "clause_url": shared.clause_url(duty),
            "is_zero": spec.kind is EvidenceKind.ZERO_REPORT,
            "is_statement": spec.kind is EvidenceKind.STATEMENT,
            "has_files": spec.files_max > 0,
            "draft_url": reverse("duties:draft-save", args=[duty.id, row.period.start.isoformat()]),
            "why": shared.why_steps(explain.why(duty, task.bearer, at)),
            "exceptions": list_shown(
                actor_of(request), at, (task.bearer.id, task.bearer.prov), duty.id, row.period.start
            ),
            "exception_url": reverse(
                "duties:exception-request", args=[duty.id, row.period.start.isoformat()]
            ),
        },
        status=status,
    )


def _fields(
    form: EvidenceForm, spec: EvidenceSpec, sources: dict[str, str]
) -> list[dict[str, Any]]:
    """Return the answer fields with their conditions, as the template lays them out."""
    found = []
    for each in spec.fields:
        name = PREFIX + each.name
        item: dict[str, Any] = {"bound": form[name], "source": sources.get(name, "")}
        if each.when is not None:
            item["when"] = each.when.field
            if each.when.above is not None:
                item["above"] = str(each.when.above)
            else:
                value = each.when.equals
                item["equals"] = {True: "yes", False: "no"}.get(value, value)  # type: ignore[arg-type]  # a text stays itself
        if each.type in {FieldType.NUMBER, FieldType.DATE}:
            item["width"] = "md"
        found.append(item)
    return found


@page("duties.draft.save")
def save_draft(request: HttpRequest, duty_id: int, period: str) -> HttpResponse:
    """Keep what is typed so far; htmx calls this while somebody writes."""
    actor, at = actor_of(request), clock.now()
    if request.method != "POST":
        raise Missing("没有这一页。")
    bearer = tasks.bearer_of(actor)
    key = commands.Key(day_of(period), duty_id, bearer.id, bearer.prov)
    commands.save_draft(actor=actor, at=at, key=key, data=typed_answers(request.POST.dict()))
    return render(request, "duties/draft_saved.html", {"at": at})


def _not_mine(
    request: HttpRequest, actor: Actor, at: datetime, duty_id: int, refusal: Refusal
) -> HttpResponse:
    """Say that this is another organ's task, or nobody's for now, and why."""
    bearer = tasks.bearer_of(actor)
    duty = get_duty(duty_id, at, bearer=bearer)
    other = refusal.code == "other-organ"
    organ = organ_label(duty.spec.bearer.organ or "", duty.spec.bearer.kind)
    return render(
        request,
        "duties/not_mine.html",
        {
            "crumbs": [
                (_("今天该做什么"), reverse("duties:board")),
                (say(duty.spec.title), shared.duty_url(duty)),
            ],
            "title": say(duty.spec.title),
            "other_organ": organ if other else "",
            "message": refusal.text(_),
            "why": shared.why_steps(explain.why(duty, bearer, at)),
        },
        status=refusal.status,
    )
