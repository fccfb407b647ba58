"""What several pages of duties share: links, tasks and reasons as the components draw them."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from tongzhou.kernel.access import Actor
from tongzhou.modules.duties.queries.explain import Because
from tongzhou.modules.duties.queries.force import DutyRow
from tongzhou.modules.duties.queries.lists import ReportRow
from tongzhou.modules.duties.queries.tasks import TaskRow
from tongzhou.modules.duties.queries.wording import organ_label, period_text, say


def layout(actor: Actor) -> str:
    """Return the skeleton: the public page or the workspace."""
    return "base.html" if actor.is_public else "workspace.html"


def reading_url(expression: str) -> str:
    """Return the reading page of an expression; empty when it has no address."""
    try:
        return reverse("duties:directive-read", args=[expression])
    except NoReverseMatch:
        return ""


def clause_url(duty: DutyRow) -> str:
    """Return the reading page of a duty's directive at its clause; empty when there is none."""
    base = reading_url(duty.expression)
    return f"{base}#{duty.clause}" if base else ""


def duty_url(duty: DutyRow) -> str:
    """Return the page of a duty."""
    return reverse("duties:duty", args=[duty.id])


def version_url(duty: DutyRow) -> str:
    """Return the page of a duty at one version of it."""
    return f"{duty_url(duty)}?version={duty.version_id}"


def report_url(row: ReportRow | TaskRow, organisation_id: int = 0, prov: int = 0) -> str:
    """Return the page of a report."""
    return reverse("duties:report", args=report_args(row, organisation_id, prov))


def report_args(
    row: ReportRow | TaskRow, organisation_id: int = 0, prov: int = 0
) -> list[str | int]:
    """Return the arguments of the routes of one report."""
    if isinstance(row, ReportRow):
        return [row.organisation_id, row.prov, row.duty_id, row.period.isoformat()]
    return [organisation_id, prov, row.duty.id, row.period.start.isoformat()]


def fill_url(row: TaskRow) -> str:
    """Return the form of a duty in a period."""
    return reverse("duties:report-submit", args=[row.duty.id, row.period.start.isoformat()])


def clause_label(duty: DutyRow) -> str:
    """Return a clause as people cite it."""
    return _("第 %(clause)s 条") % {"clause": duty.clause}


def task_title(row: TaskRow) -> str:
    """Return a task's title with the period it is for."""
    title = say(row.duty.spec.title)
    period = period_text(row.duty.spec.recurrence, row.period.start)
    return _("%(title)s（%(period)s）") % {"title": title, "period": period} if period else title


def why_steps(steps: Iterable[Because]) -> list[dict[str, Any]]:
    """Return reasons as the why drawer takes them, the clause with its link."""
    found = []
    for step in steps:
        link = clause_url(step.source) if step.source else ""
        found.append(
            {
                "kind": step.kind,
                "title": step.title,
                "text": step.text,
                "quote": step.quote,
                "href": link,
                "link_label": _("看原文"),
            }
        )
    return found


def organ_of(duty: DutyRow) -> str:
    """Return the organ that does a duty, in words."""
    return organ_label(duty.spec.bearer.organ or "", duty.spec.bearer.kind)


def query(request: HttpRequest, **changes: Any) -> str:
    """Return the query string with some of it changed; None takes a key out."""
    held = {key: value for key, value in request.GET.items() if key != "page"}
    for key, value in changes.items():
        held.pop(key, None)
        if value is not None:
            held[key] = str(value)
    return f"?{urlencode(held)}"
