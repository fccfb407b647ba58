"""One duty: what it asks, of whom, on what ground, and whether it is mine."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.pages import actor_of, page
from tongzhou.modules.duties.contracts import PHASES, BearerKind, FieldType
from tongzhou.modules.duties.pages import shared
from tongzhou.modules.duties.queries import burdens, explain, family, figures, libraries, tasks
from tongzhou.modules.duties.queries.force import (
    DutyRow,
    get_duty,
    get_version,
    library_of,
    list_versions,
)
from tongzhou.modules.duties.queries.wording import (
    EVIDENCE,
    basis_text,
    bearer_text,
    deadline_text,
    organ_label,
    say,
)
from tongzhou.modules.registry.public import BearerRow, find_bearer


@page("public")
def show_duty(request: HttpRequest, duty_id: int) -> HttpResponse:
    """Explain a duty to everybody; tell those who bear it why, and those who watch it how far.

    It is shown by the text that rules where the reader is, or by the one that ``?version=`` asks
    for. The id of a later version leads to the duty itself.
    """
    actor, at = actor_of(request), clock.now()
    held = list_versions(duty_id)
    if not held:
        return redirect(shared.version_url(get_version(duty_id)))
    ruling = get_duty(duty_id, at, bearer=_bearer(actor))
    asked = request.GET.get("version", "")
    duty = next((each for each in held if str(each.version_id) == asked), ruling)
    spec = duty.spec
    library = libraries.get_library(duty.library_id, at)
    bound = burdens.count_bound(library_of(duty.library_id), [spec])
    return render(
        request,
        "duties/duty.html",
        {
            "layout": shared.layout(actor),
            "crumbs": [(library.title, shared.clause_url(duty)), (say(spec.title), "")],
            "duty": duty,
            "title": say(spec.title),
            "guide": say(spec.guide),
            "quote": spec.quote,
            "directive": library.title,
            "clause": shared.clause_label(duty),
            "clause_url": shared.clause_url(duty),
            "facts": _facts(duty),
            "fields": _fields(duty),
            "files": spec.evidence,
            "bound": bound,
            "strip": _strip(actor, duty, at),
            **_family(held, duty, at),
            "is_ruling": duty.version_id == ruling.version_id,
            "ruling_url": shared.duty_url(duty),
            **_mine(actor, duty, at),
        },
    )


def _family(held: list[DutyRow], duty: DutyRow, at: datetime) -> dict[str, Any]:
    """Return the other texts of a duty, and what the one on show changes."""
    if len(held) == 1:
        return {"family": [], "change": None}
    change = family.compare(duty, at)
    return {
        "family": [
            {
                "title": each.title,
                "issuer": each.issuer,
                "scope": each.scope,
                "label": each.label,
                "in_force": each.in_force,
                "shown": each.shown,
                "url": shared.version_url(each.version),
            }
            for each in family.list_relatives(held, at, shown=duty)
        ],
        "change": {
            "label": change.label,
            "urn": change.other.urn,
            "rows": [
                {"address": each.label, "before": each.before, "after": each.after}
                for each in change.changes
                if each.binding
            ],
        }
        if change and any(each.binding for each in change.changes)
        else None,
    }


def _bearer(actor: Actor) -> BearerRow | None:
    """Return the bearer the reader works for, if there is one."""
    if actor.organisation_id is None or actor.prov is None:
        return None
    return find_bearer(actor.organisation_id, actor.prov)


def _facts(duty: DutyRow) -> list[dict[str, Any]]:
    spec = duty.spec
    found = [
        {"label": _("谁来承担"), "value": bearer_text(spec, library_of(duty.library_id))},
        {
            "label": _("由谁办"),
            "value": organ_label(spec.bearer.organ or "", spec.bearer.kind),
        },
        {"label": _("何时有效"), "value": _("、").join(say(PHASES[p]) for p in spec.phases)},
        {"label": _("怎样算做到"), "value": str(EVIDENCE[spec.evidence.kind])},
    ]
    if spec.evidence.is_wanted:
        found += [
            {
                "label": _("期限"),
                "value": deadline_text(spec.recurrence, spec.deadline),
                "source": basis_text(spec),
            },
            {
                "label": _("预计用时"),
                "value": _("%(minutes)d 分钟") % {"minutes": spec.minutes},
            },
        ]
    if spec.cites:
        found.append({"label": _("另须遵守"), "value": spec.cites})
    return found


def _fields(duty: DutyRow) -> list[dict[str, Any]]:
    """Return what the form asks, so that one can gather it beforehand."""
    kinds = {
        FieldType.TEXT: _("一句话"),
        FieldType.LONGTEXT: _("一段话"),
        FieldType.NUMBER: _("数字"),
        FieldType.DATE: _("日期"),
        FieldType.CHOICE: _("选一项"),
        FieldType.YESNO: _("是或否"),
    }
    return [
        {
            "label": say(each.label),
            "kind": kinds[each.type],
            "required": each.required,
            "conditional": each.when is not None,
        }
        for each in duty.spec.evidence.fields
    ]


def _strip(actor: Actor, duty: DutyRow, at: datetime) -> list[dict[str, Any]] | None:
    """Return how far the duty is among those the actor watches; None for everybody else."""
    if not duty.is_counted or not (actor.is_authority or actor.is_reader or actor.is_system):
        return None
    selection = figures.Selection(
        at=at, duty_ids=(duty.id,), bearers=str(duty.spec.bearer.kind), node=0
    )
    found = figures.total(figures.figures(actor, selection))
    if not found.owed:
        return None
    queue = (
        f"{reverse('duties:review')}?duty={duty.id}" if actor.may("duties.report.accept") else ""
    )
    parts = [
        {"code": "accepted", "count": found.accepted},
        {"code": "submitted", "count": found.submitted, "href": queue},
        {"code": "returned", "count": found.returned},
    ]
    # What is returned and not mended is overdue as well; the strip shows each bearer once.
    silent = found.silent
    overdue = max(0, found.overdue - found.returned)
    parts += [
        {"code": "overdue", "count": overdue},
        {"code": "silent", "count": silent - overdue},
    ]
    return parts


def _mine(actor: Actor, duty: DutyRow, at: datetime) -> dict[str, Any]:
    """Return what the duty is to the actor's own organisation: why, and the way to do it."""
    authority = duty.spec.bearer.kind is BearerKind.AUTHORITY
    if actor.organisation_id is None or actor.prov is None or authority != actor.is_authority:
        return {"why": []}
    bearer = _bearer(actor)
    if bearer is None:
        return {"why": []}
    steps = explain.why(duty, bearer, at)
    applies = all(step.holds for step in steps)
    row = None
    if applies:
        row = next((r for r in tasks.list_board(actor, bearer, at) if r.duty.id == duty.id), None)
    return {
        "why": shared.why_steps(steps),
        "applies": applies,
        "task": row,
        "fill_url": shared.fill_url(row) if row and row.may_report and not row.is_done else "",
        "report_url": shared.report_url(row, bearer.id, bearer.prov) if row and row.state else "",
    }
