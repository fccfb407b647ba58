"""All reports of one bearer: for its own people, and for those who may look at it."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing
from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.pages import actor_of, page, paginate
from tongzhou.modules.duties.pages import listing, shared
from tongzhou.modules.duties.queries import lists, tasks
from tongzhou.modules.duties.queries.lists import ReportList
from tongzhou.modules.duties.queries.wording import say
from tongzhou.modules.duties.workflow import REPORT
from tongzhou.modules.registry.public import BearerRow, find_bearer


@page("duties.board.view")
def history(request: HttpRequest) -> HttpResponseBase:
    """Show the reports of the actor's own bearer."""
    actor = actor_of(request)
    return _answer(request, actor, tasks.bearer_of(actor), reverse("duties:history"))


@page("duties.report.view")
def history_of(request: HttpRequest, organisation_id: int, prov: int) -> HttpResponseBase:
    """Show the reports of a bearer that the actor may see."""
    actor = actor_of(request)
    bearer = find_bearer(organisation_id, prov)
    if bearer is None or not lists.may_see(actor, organisation_id, prov):
        raise Missing("没有这个单位。")
    base = reverse("duties:history-of", args=[organisation_id, prov])
    return _answer(request, actor, bearer, base)


def _answer(request: HttpRequest, actor: Actor, bearer: BearerRow, base: str) -> HttpResponseBase:
    filters = listing.filters_of(request, order="newest")
    found = ReportList(actor, filters, bearer=(bearer.id, bearer.prov))
    if request.GET.get("export"):
        return listing.export(request, actor, clock.now(), found, base)
    return _page(request, bearer, found, base)


def _page(request: HttpRequest, bearer: BearerRow, found: ReportList, base: str) -> HttpResponse:
    rows = paginate(request, found)
    filters = found.filters
    every = replace(found, filters=lists.Filters(), _cache={})
    context: dict[str, Any] = {
        "bearer": bearer,
        "page": rows,
        "rows": [listing.row_of(row) for row in rows],
        "filters": filters,
        "tabs": [
            {
                "label": label,
                "url": shared.query(request, state=code or None),
                "active": filters.state == code,
            }
            for code, label in (("", _("全部")), *((c, _(t)) for c, t in REPORT.states.items()))
        ],
        "duties": [(each.id, say(each.spec.title)) for each in lists.list_reported_duties(every)],
        "chips": listing.chips(request, filters, places={}, libraries={}),
        "clear_url": base,
        "export_url": shared.query(request, export=1),
    }
    return render(request, "duties/history.html", context)
