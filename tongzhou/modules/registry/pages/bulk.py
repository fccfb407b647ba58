"""Changing an attribute of many organisations: choose, look at what becomes of whom, carry out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock, own_jobs
from tongzhou.kernel.access import Actor
from tongzhou.kernel.pages import actor_of, is_part, once_key, page
from tongzhou.modules.registry import commands
from tongzhou.modules.registry.forms import BulkForm, ReasonForm, add_faults
from tongzhou.modules.registry.pages.listing import chips_of, filters_of
from tongzhou.modules.registry.queries import bulk
from tongzhou.modules.registry.queries.organisations import filter_organisations

_CHANGE = "registry.organisation.change"
#: More than this many organisations are judged and changed by a job.
AT_ONCE = 3_000


@page(_CHANGE)
def show_bulk_changes(request: HttpRequest) -> HttpResponse:
    """Choose organisations by the filters of the list or by codes, and what to change."""
    actor, at, filters = actor_of(request), clock.now(), filters_of(request)
    form = BulkForm(
        request.POST or None,
        request.FILES or None,
        initial={"once": once_key(), "day": at.astimezone(clock.PLACE).date()},
    )
    refusal, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            codes = form.codes_given()
            try:
                with transaction.atomic():
                    change = UUID(
                        commands.start_bulk_change(
                            actor=actor,
                            at=at,
                            action=form.cleaned_data["action"],
                            attribute=form.cleaned_data["attribute"],
                            day=form.cleaned_data["day"],
                            basis=form.cleaned_data["basis"],
                            filters=None if codes else filters,
                            codes=codes,
                            idempotency_key=form.cleaned_data["once"] or None,
                        )
                    )
                    if commands.count_chosen(actor, None if codes else filters, codes) > AT_ONCE:
                        _later(actor, change, "registry.prepare_bulk", _("核对成批变更"))
                    else:
                        commands.prepare_bulk_change(actor=actor, at=at, change_id=change)
                return redirect("registry:bulk", change)
            except Refusal as caught:
                status = caught.status
                refusal = None if add_faults(form, caught) else caught
    listing = reverse("registry:organisation-list")
    return render(
        request,
        "registry/bulk_list.html",
        {
            "form": form,
            "refusal": refusal,
            "count": filter_organisations(actor, filters).count(),
            "chips": chips_of(request, filters),
            "clear_url": reverse("registry:bulk-list"),
            "listing_url": f"{listing}?{request.GET.urlencode()}",
            "changes": bulk.list_bulk_changes(actor),
            "crumbs": [(_("社会组织"), listing), (_("成批变更属性"), "")],
        },
        status=status,
    )


@page(_CHANGE)
def show_bulk_change(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """Show what would become, or became, of whom; htmx asks again while a job runs."""
    return _state(request, change_id)


@page(_CHANGE)
def apply_bulk_change(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """Carry a prepared change out, a long one by a job."""
    actor = actor_of(request)
    change = bulk.get_bulk_change(actor, change_id)
    if request.method == "POST" and change.state == "PREPARED":
        try:
            if change.count > AT_ONCE:
                with transaction.atomic():
                    _later(actor, change_id, "registry.apply_bulk", _("办理成批变更"))
            else:
                commands.apply_bulk_change(actor=actor, at=clock.now(), change_id=change_id)
        except Refusal as caught:
            return _state(request, change_id, refusal=caught)
    return redirect("registry:bulk", change_id)


@page(_CHANGE)
def undo_bulk_change(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """Take an applied change back, a long one by a job."""
    actor = actor_of(request)
    change = bulk.get_bulk_change(actor, change_id)
    if request.method != "POST":
        return redirect("registry:bulk", change_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _state(request, change_id, form=form)
    reason = form.cleaned_data["reason"]
    try:
        if change.count > AT_ONCE:
            with transaction.atomic():
                _later(actor, change_id, "registry.undo_bulk", _("撤销成批变更"), reason=reason)
            return redirect("registry:bulk", change_id)
        reverse_id = commands.undo_bulk_change(
            actor=actor, at=clock.now(), change_id=change_id, reason=reason
        )
    except Refusal as caught:
        return _state(request, change_id, refusal=caught, form=form)
    return redirect("registry:bulk", reverse_id)


@page(_CHANGE)
def discard_bulk_change(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """Give up a change that was not carried out."""
    if request.method == "POST":
        commands.discard_bulk_change(actor=actor_of(request), at=clock.now(), change_id=change_id)
        messages.success(request, _("已放弃，没有写入任何内容。"))
    return redirect("registry:bulk-list")


def _later(actor: Actor, change: UUID, task: str, label: str, **more: str) -> None:
    """Have a job do it, and remember its progress."""
    progress = own_jobs.order(
        actor=actor,
        at=clock.now(),
        kind=task,
        label=label,
        back=reverse("registry:bulk", args=[change]),
        args={"change_id": str(change), **more},
    )
    applying = task == "registry.apply_bulk"
    commands.note_bulk_progress(change, progress.pk, applying=applying if not more else None)


def _state(
    request: HttpRequest,
    change_id: UUID,
    *,
    refusal: Refusal | None = None,
    form: ReasonForm | None = None,
) -> HttpResponse:
    actor = actor_of(request)
    change = bulk.get_bulk_change(actor, change_id)
    running = change.progress.state if change.progress is not None else ""
    others: list[dict[str, Any]] = [
        {"name": each.name, "code": each.code, "why": _(bulk.REASONS[each.outcome])}
        for each in bulk.list_bulk_items(change, changed=False)
    ]
    samples = bulk.list_bulk_items(change, changed=True)
    context = {
        "change": change,
        "going": running in {"WAITING", "RUNNING"},
        "failed": running in {"REFUSED", "FAILED", "CANCELLED"},
        "now": clock.now(),
        "left": [(_(bulk.REASONS[why]), count) for why, count in change.left],
        "samples": samples,
        "rest": max(0, change.count - len(samples)),
        "others": others,
        "others_rest": max(0, sum(count for _why, count in change.left) - len(others)),
        "may_undo": change.state == "APPLIED" and not change.undo_of and not change.undone,
        "form": form or ReasonForm(),
        "refusal": refusal,
        "crumbs": [
            (_("社会组织"), reverse("registry:organisation-list")),
            (_("成批变更属性"), reverse("registry:bulk-list")),
            (change.attribute, ""),
        ],
    }
    template = "registry/bulk_state.html" if is_part(request) else "registry/bulk.html"
    status = refusal.status if refusal else 422 if form is not None and form.errors else 200
    return render(request, template, context, status=status)
