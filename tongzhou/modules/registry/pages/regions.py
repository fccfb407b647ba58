"""The region tree for operators: look, rename, end in favour of others."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.pages import actor_of, once_key, page
from tongzhou.modules.registry import commands
from tongzhou.modules.registry.contracts import Level
from tongzhou.modules.registry.forms import EndRegionForm, RenameForm
from tongzhou.modules.registry.queries import authorities, regions
from tongzhou.modules.registry.rules.regions import level_of


@page("registry.region.view")
def list_regions(request: HttpRequest) -> HttpResponse:
    """Show the regions below one, or those a search finds, with what hangs on each."""
    text = request.GET.get("region", "0")
    region = int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0
    words = request.GET.get("q", "").replace("\x00", "").strip()[:40]
    found = regions.find_regions(words) if words else regions.list_regions(region)
    base = reverse("registry:region-list")
    return render(
        request,
        "registry/regions.html",
        {
            "q": words,
            "crumbs": [
                (name, f"{base}?region={id_}") for id_, name in authorities.list_above(region)
            ],
            "rows": [
                {
                    "row": each,
                    "code": f"{each.id:06d}",
                    "below": ""
                    if level_of(each.id) is Level.COUNTY
                    else f"{base}?region={each.id}",
                    "url": reverse("registry:region", args=[each.id]),
                }
                for each in found
            ],
        },
    )


@page("registry.region.change")
def show_region(request: HttpRequest, region_id: int) -> HttpResponse:
    """Show one region and the forms that rename it or end it in favour of others."""
    actor = actor_of(request)
    row = regions.get_region(region_id)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    bound = act or request.POST.get("act", "")  # a GET has one after a sign-in: kernel.keeping
    rename = RenameForm(
        request.POST if bound == "rename" else None, initial={"name": row.name}, prefix="rename"
    )
    end = EndRegionForm(
        request.POST if bound == "end" else None,
        initial={"once": once_key()},
        prefix="end",
        regions=regions.list_neighbours(region_id),
    )
    refusal: Refusal | None = None
    status = 200
    form = {"rename": rename, "end": end}.get(act)
    if form is not None and not form.is_valid():
        status = 422
    elif form is not None and request.POST.get("step") != "edit":
        try:
            if form is end and request.POST.get("step") != "confirm":
                return _preview(request, row, end)
            return _carry_out(request, actor, region_id, act, form.cleaned_data)
        except Refusal as caught:
            if isinstance(caught, Missing):
                raise
            refusal, status = caught, caught.status
    context: dict[str, Any] = {
        "row": row,
        "code": f"{row.id:06d}",
        "crumbs": _crumbs(region_id),
        "rename": rename,
        "end": end if level_of(region_id) is Level.COUNTY and row.valid_to is None else None,
        "refusal": refusal,
        "act": act,
    }
    return render(request, "registry/region.html", context, status=status)


def _preview(request: HttpRequest, row: regions.RegionRow, form: EndRegionForm) -> HttpResponse:
    """Show what each successor would take over; nothing has happened yet."""
    data = form.cleaned_data
    heirs = commands.plan_end(
        at=clock.now(),
        region_id=row.id,
        successors=data["heirs"],
        allotment=data["allotment"],
        basis=data["basis"],
    )
    context = {
        "row": row,
        "heirs": heirs,
        "basis": data["basis"],
        "form": form,
        "crumbs": [
            *_crumbs(row.id)[:-1],
            (row.name, reverse("registry:region", args=[row.id])),
            (_("撤销、合并、拆分"), ""),
        ],
    }
    return render(request, "registry/region_end.html", context)


def _crumbs(region_id: int) -> list[tuple[str, str]]:
    """Return the way to a region, itself last."""
    return [
        (_("行政区划"), reverse("registry:region-list")),
        *(
            (name, f"{reverse('registry:region-list')}?region={id_}")
            for id_, name in authorities.list_above(region_id)
        ),
    ]


def _carry_out(
    request: HttpRequest, actor: Any, region_id: int, act: str, data: dict[str, Any]
) -> HttpResponse:
    at = clock.now()
    if act == "rename":
        commands.rename_region(
            actor=actor, at=at, region_id=region_id, name=data["name"], basis=data["basis"]
        )
        messages.success(request, _("名称已变更。"))
        return redirect("registry:region", region_id)
    moved = commands.end_region(
        actor=actor,
        at=at,
        region_id=region_id,
        successors=data["heirs"],
        allotment=data["allotment"],
        basis=data["basis"],
        idempotency_key=data["once"] or None,
    )
    messages.success(request, _("已撤并，%(count)d 个组织随之转移。") % {"count": sum(moved)})
    return redirect("registry:region", region_id)
