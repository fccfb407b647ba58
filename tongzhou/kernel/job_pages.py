"""The pages of one's own jobs: the list, how far one is, its file; give up, order again, remove."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import accounts, clock, files, own_jobs
from tongzhou.kernel.access import Actor
from tongzhou.kernel.models import Progress
from tongzhou.kernel.pages import actor_of, is_part, page, paginate

SIZES = (10, 25, 50)


@page("kernel.progress.view")
def list_jobs(request: HttpRequest) -> HttpResponse:
    """List what one has ordered, the latest first; htmx asks again while something runs."""
    actor, at = actor_of(request), clock.now()
    found = (
        Progress.objects.visible_to(actor)
        .filter(removed_at__isnull=True)
        .select_related("file")
        .order_by("-created_at", "pk")
    )
    shown = paginate(request, found, 10)
    rows = _rows(actor, shown.object_list, at)
    context = {
        "page": shown,
        "rows": rows,
        "going": any(each["going"] for each in rows),
        "sizes": SIZES,
        "now": at,
        "here": request.get_full_path(),
        "crumbs": [],
    }
    template = "kernel/jobs_rows.html" if is_part(request) else "kernel/jobs.html"
    return render(request, template, context)


@page("kernel.progress.view")
def show_job(request: HttpRequest, progress_id: UUID) -> HttpResponse:
    """Show how far a long job is; htmx asks for the part alone every two seconds."""
    record = own_jobs.get_own(actor_of(request), progress_id)
    return _shown(request, record)


@page("kernel.progress.view")
def job_file(request: HttpRequest, progress_id: UUID) -> HttpResponseBase:
    """Serve what a job produced to its owner, until its time is over."""
    return files.respond(own_jobs.get_file(actor_of(request), progress_id, clock.now()))


@page("kernel.job.cancel")
def cancel_job(request: HttpRequest, progress_id: UUID) -> HttpResponse:
    """Give up one's own job."""
    if request.method != "POST":
        return redirect("kernel:progress", own_jobs.get_own(actor_of(request), progress_id).pk)
    try:
        ended = own_jobs.cancel(actor=actor_of(request), at=clock.now(), job_id=progress_id)
    except Missing:
        raise
    except Refusal as refusal:
        return _refused(request, progress_id, refusal)
    told = _("已取消，没有生成任何内容。") if ended else _("正在取消，马上就停。")
    messages.success(request, told)
    return _back(request, progress_id)


@page("kernel.job.repeat")
def repeat_job(request: HttpRequest, progress_id: UUID) -> HttpResponse:
    """Order an ended job once more."""
    if request.method != "POST":
        return redirect("kernel:progress", own_jobs.get_own(actor_of(request), progress_id).pk)
    try:
        made = own_jobs.repeat(actor=actor_of(request), at=clock.now(), job_id=progress_id)
    except Missing:
        raise
    except Refusal as refusal:
        return _refused(request, progress_id, refusal)
    return _back(request, made.pk)


@page("kernel.job.remove")
def remove_job(request: HttpRequest, progress_id: UUID) -> HttpResponse:
    """Take an ended job off the list, with its file."""
    if request.method != "POST":
        return redirect("kernel:progress", own_jobs.get_own(actor_of(request), progress_id).pk)
    try:
        own_jobs.remove(actor=actor_of(request), at=clock.now(), job_id=progress_id)
    except Missing:
        raise
    except Refusal as refusal:
        return _refused(request, progress_id, refusal)
    messages.success(request, _("已移除，文件也一并清除。"))
    return redirect("kernel:jobs")


def _back(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Return to the list if the button was pressed there, else to the job."""
    if request.POST.get("from") == "list":
        return redirect("kernel:jobs")
    return redirect("kernel:progress", job_id)


def _refused(request: HttpRequest, job_id: UUID, refusal: Refusal) -> HttpResponse:
    record = own_jobs.get_own(actor_of(request), job_id)
    return _shown(request, record, refusal)


def _shown(request: HttpRequest, record: Progress, refusal: Refusal | None = None) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    context = {
        **_rows(actor, [record], at)[0],
        "now": at,
        "refusal": refusal,
    }
    template = "ui/progress.html" if is_part(request) and not refusal else "kernel/progress.html"
    return render(request, template, context, status=refusal.status if refusal else 200)


def _rows(actor: Actor, records: Iterable[Progress], at: datetime) -> list[dict[str, Any]]:
    """Return jobs as the pages draw them."""
    held = {each.pk: each.label for each in accounts.list_standing(actor.user_id or 0, at)}
    rows = []
    for each in records:
        told = own_jobs.offers(each, actor, at)
        here = each.assignment_id == actor.assignment_id
        standing = each.assignment_id is None or each.assignment_id in held
        post = "" if here else held.get(each.assignment_id or 0, _("已不在任的岗位"))
        rows.append(
            {
                **told,
                "job": each,
                "mine": True,
                "kind": _(own_jobs.kind_of(each).label),
                "may_fetch": told["may_fetch"] and standing,
                "post": post,
            }
        )
    return rows
