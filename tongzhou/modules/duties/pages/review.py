"""The review queue of a registration authority: what waits for a decision, oldest first."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing
from tongzhou.kernel import clock
from tongzhou.kernel.pages import actor_of, page, paginate
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.pages import listing, shared
from tongzhou.modules.duties.pages.filing import day_of
from tongzhou.modules.duties.queries import libraries, lists, reports
from tongzhou.modules.duties.queries.lists import ReportList
from tongzhou.modules.duties.queries.wording import say
from tongzhou.modules.duties.workflow import ACCEPTED, REPORT, RETURNED, SUBMITTED
from tongzhou.modules.registry.public import labels

ORDERS = (
    ("oldest", "等得最久的在前"),
    ("newest", "最新的在前"),
    ("name", "按单位名称"),
    ("place", "按所在地"),
    ("duty", "按任务"),
)
MOST_AT_ONCE = 200


def _queue(request: HttpRequest) -> ReportList:
    filters = listing.filters_of(request, state=SUBMITTED)
    return lists.review_queue(actor_of(request), replace(filters, state=filters.state or SUBMITTED))


@page("duties.report.accept")
def review(request: HttpRequest) -> HttpResponse:
    """Show what waits for review, narrowed, sorted and paged as asked."""
    at = clock.now()
    queue = _queue(request)
    found = paginate(request, queue)
    places = lists.list_queue_places(queue.actor)
    held = {each.id: each.title for each in libraries.list_libraries(at)}
    duties = lists.list_reportable_duties(at)
    filters = queue.filters
    waiting = queue.narrowed(state=SUBMITTED).count()
    return render(
        request,
        "duties/review.html",
        {
            "page": found,
            "page_sizes": (25, 50, 100),
            "rows": [
                {**listing.row_of(row), "waited": (at - row.submitted_at).days}
                if row.state == SUBMITTED
                else listing.row_of(row)
                for row in found
            ],
            "filters": filters,
            "state": filters.state,
            "tabs": [
                {
                    "label": _(REPORT.states[state]),
                    "url": shared.query(request, state=state),
                    "active": filters.state == state,
                    "count": waiting if state == SUBMITTED else None,
                }
                for state in (SUBMITTED, RETURNED, ACCEPTED)
            ],
            "chips": listing.chips(request, filters, places=places, libraries=held),
            "clear_url": f"{reverse('duties:review')}?state={filters.state}",
            "libraries": list(held.items()),
            "duties": [(each.id, say(each.spec.title)) for each in duties],
            "places": list(places.items()),
            "forms": [(k, v) for k, v in labels("form").items() if k != "AUTHORITY"],
            "orders": [(code, _(label)) for code, label in ORDERS],
            "export_url": f"{reverse('duties:review-export')}{shared.query(request)}",
            "may_bulk": filters.state == SUBMITTED,
        },
    )


@page("duties.report.accept")
def export_review(request: HttpRequest) -> HttpResponseBase:
    """Hand out the queue as it is narrowed as a workbook."""
    back = f"{reverse('duties:review')}{shared.query(request)}"
    return listing.export(request, actor_of(request), clock.now(), _queue(request), back)


@page("duties.report.accept")
def accept_many(request: HttpRequest) -> HttpResponse:
    """Accept the ticked reports: first show which, then do it, all or nothing."""
    if request.method != "POST":
        return redirect("duties:review")
    actor, at = actor_of(request), clock.now()
    picks = list(dict.fromkeys(request.POST.getlist("pick")))[:MOST_AT_ONCE]
    seen = dict(_pick(text) for text in picks)
    if not seen:
        messages.warning(request, _("还没有勾选任何报送。"))
        return redirect("duties:review")
    if request.POST.get("step") == "confirm":
        count = commands.accept_reports(actor=actor, at=at, keys=list(seen), seen=seen)
        messages.success(request, _("已通过 %(count)d 份报送。") % {"count": count})
        return redirect("duties:review")
    views = [
        reports.get_report(actor, key.period, key.duty_id, key.organisation_id, key.prov)
        for key in seen
    ]
    return render(
        request,
        "duties/accept_many.html",
        {
            "crumbs": [(_("审核报送"), reverse("duties:review")), (_("成批通过"), "")],
            "rows": [{**listing.row_of(view.row), "answers": view.answers} for view in views],
            "picks": picks,
        },
    )


def _pick(text: str) -> tuple[commands.Key, int]:
    parts = text.split("_")
    if len(parts) != 5 or not all(part.isascii() and part.isdigit() for part in parts[1:]):
        raise Missing("没有这份报送。")
    duty, organisation, prov, version = map(int, parts[1:])
    return commands.Key(day_of(parts[0]), duty, organisation, prov), version
