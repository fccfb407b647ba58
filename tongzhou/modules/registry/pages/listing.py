"""The list of organisations: search, filters as chips, order, pages, export of what is shown."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.kernel import clock, own_jobs
from tongzhou.kernel.access import Actor
from tongzhou.kernel.pages import actor_of, is_part, page, paginate
from tongzhou.kernel.tables import XLSX_TYPE
from tongzhou.modules.registry.contracts import Form, OrganKind
from tongzhou.modules.registry.pages.shared import link
from tongzhou.modules.registry.queries import exports
from tongzhou.modules.registry.queries.organisations import (
    SORTS,
    Filters,
    OrganisationRow,
    filter_organisations,
    find_region_name,
    iterate_rows,
    list_region_choices,
    list_rows,
)
from tongzhou.modules.registry.queries.wording import spoken
from tongzhou.modules.registry.rules.attributes import attribute_kinds

SIZES = (25, 50, 100)
_SHOWN_FORMS = (Form.ASSOCIATION, Form.INSTITUTION, Form.FOUNDATION, Form.GROUP)


def filters_of(request: HttpRequest) -> Filters:
    """Return the filters of a request; what makes no sense is left out."""
    get = request.GET
    region = get.get("region", "")
    return Filters(
        q=get.get("q", "").strip()[:80],
        form=get.get("form", ""),
        attribute=get.get("attribute", ""),
        organ=get.get("organ", ""),
        without=get.get("without", ""),
        status=get.get("status", ""),
        region=int(region) if region.isascii() and region.isdigit() and len(region) <= 6 else None,
        by="registry" if get.get("by") == "registry" else "place",
        sort=get.get("sort", "") if get.get("sort", "") in SORTS else "name",
    )


@page("registry.organisation.view")
def list_organisations(request: HttpRequest) -> HttpResponse:
    """Show the organisations the actor may see."""
    actor, filters = actor_of(request), filters_of(request)
    found = filter_organisations(actor, filters)
    shown = paginate(request, found)
    shown.object_list = (
        list_rows(found[shown.start_index() - 1 : shown.end_index()])
        if (shown.paginator.count)
        else []
    )
    own = reverse("registry:organisation-list")
    context = {
        "page": shown,
        "rows": [row_of(each) for each in shown.object_list],
        "filters": filters,
        "sizes": SIZES,
        "more_open": bool(filters.organ or filters.without or filters.status)
        or filters.by == "registry",
        "chips": chips_of(request, filters),
        "clear_url": own,
        "forms": [(str(each), spoken("form")[each]) for each in _SHOWN_FORMS],
        "attributes": list(spoken("attribute").items()),
        "statuses": list(spoken("status").items()),
        "regions": list_region_choices(actor, filters.region),
        "organs": [
            (str(each), spoken("organ")[each])
            for each in (OrganKind.PARTY_ORG, OrganKind.SUPERVISORY_BOARD)
        ],
        "sorts": _sorts(request, filters),
        "export_url": f"{reverse('registry:organisation-export')}?{request.GET.urlencode()}"
        if actor.may("registry.organisation.export")
        else "",
        "snapshot_url": f"{reverse('registry:snapshot')}?{request.GET.urlencode()}"
        if actor.may("registry.organisation.export")
        else "",
        "bulk_url": f"{reverse('registry:bulk-list')}?{request.GET.urlencode()}"
        if actor.may("registry.organisation.change")
        else "",
        "register_url": link(actor, "registry.organisation.register", "organisation-register"),
        "import_url": link(actor, "registry.organisation.import", "import-list"),
    }
    template = "registry/rows.html" if is_part(request) else "registry/list.html"
    return render(request, template, context)


def row_of(row: OrganisationRow) -> dict[str, Any]:
    """Return an organisation as a list shows it."""
    words = spoken("attribute")
    named = [words[code] for code in attribute_kinds() if code in row.attributes]
    return {
        "row": row,
        "url": reverse("registry:organisation", args=[row.id, row.prov]),
        "form": spoken("form")[row.form],
        "status": spoken("status")[row.status],
        "active": row.status == "ACTIVE",
        "attributes": named[:3],
        "more": max(0, len(named) - 3),
        "party": OrganKind.PARTY_ORG in row.organs,
    }


def _query(request: HttpRequest, **changes: str | None) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}" if query else reverse("registry:organisation-list")


def chips_of(request: HttpRequest, filters: Filters) -> list[dict[str, str]]:
    """Return the filters of a list as chips that can be taken off."""
    organs = spoken("organ")
    candidates = [
        ("q", _("查找"), filters.q),
        ("form", _("登记形式"), spoken("form").get(filters.form, "")),
        ("attribute", _("属性"), spoken("attribute").get(filters.attribute, "")),
        ("organ", _("已设"), organs.get(filters.organ, "")),
        ("without", _("未设"), organs.get(filters.without, "")),
        ("status", _("状态"), spoken("status").get(filters.status, "")),
        (
            "region",
            _("由该地登记") if filters.by == "registry" else _("所在地"),
            find_region_name(filters.region) if filters.region is not None else "",
        ),
    ]
    return [
        {"label": label, "value": value, "remove_url": _query(request, **{name: None})}
        for name, label, value in candidates
        if value
    ]


def _sorts(request: HttpRequest, filters: Filters) -> dict[str, dict[str, str]]:
    """Return for each column that sorts its address and the present direction."""
    found = {}
    for name in ("name", "established", "code"):
        current = "ascending" if filters.sort == name else ""
        if filters.sort == f"-{name}":
            current = "descending"
        following = f"-{name}" if filters.sort == name else name
        found[name] = {"url": _query(request, sort=following), "current": current}
    return found


@page("registry.organisation.export")
def export_organisations(request: HttpRequest) -> HttpResponseBase:
    """Give out the list as a workbook; a long one is written by a job."""
    actor, filters, at = actor_of(request), filters_of(request), clock.now()
    found = filter_organisations(actor, filters)
    name = _("社会组织名册")
    count = found.count()
    if count > exports.DIRECT_ROWS:
        return _export_later(actor, filters, name, count, request)
    target = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    exports.write_organisations(iterate_rows(found), target)
    target.seek(0)
    return FileResponse(
        target,
        as_attachment=True,
        filename=f"{name}-{at.astimezone(clock.PLACE):%Y%m%d}.xlsx",
        content_type=XLSX_TYPE,
    )


def _back_to_list(request: HttpRequest) -> str:
    """Return the address of the list as it is shown; without what would be cut off."""
    whole = f"{reverse('registry:organisation-list')}?{request.GET.urlencode()}"
    return whole if len(whole) <= 200 else reverse("registry:organisation-list")


def _export_later(
    actor: Actor, filters: Filters, name: str, count: int, request: HttpRequest
) -> HttpResponse:
    progress = own_jobs.order(
        actor=actor,
        at=clock.now(),
        kind="registry.export",
        label=name,
        total=count,
        back=_back_to_list(request),
        args={"filters": asdict(filters)},
    )
    return redirect("kernel:progress", progress.pk)


@page("registry.organisation.export")
def export_snapshot(request: HttpRequest) -> HttpResponseBase:
    """Have the list written in the columns of the import by a job, as CSV or as a workbook."""
    actor, filters = actor_of(request), filters_of(request)
    back = _back_to_list(request)
    if request.method != "POST":
        found = filter_organisations(actor, filters)
        return render(
            request,
            "registry/snapshot.html",
            {
                "count": found.count(),
                "chips": chips_of(request, filters),
                "back_url": back,
                "crumbs": [
                    (_("社会组织"), reverse("registry:organisation-list")),
                    (_("名册快照"), ""),
                ],
            },
        )
    kind = "xlsx" if request.POST.get("kind") == "xlsx" else "csv"
    progress = own_jobs.order(
        actor=actor,
        at=clock.now(),
        kind="registry.snapshot",
        label=_("社会组织名册快照"),
        total=filter_organisations(actor, filters).count(),
        back=back,
        args={"filters": asdict(filters), "kind": kind},
    )
    return redirect("kernel:progress", progress.pk)
