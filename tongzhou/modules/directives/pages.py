"""Pages of the directives module: the list, the source of a text, its errata."""

from datetime import date
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from tongzhou.base.errors import Refusal
from tongzhou.base.period import local_day
from tongzhou.kernel import clock, files
from tongzhou.kernel.access import Actor
from tongzhou.kernel.pages import actor_of, is_part, page, paginate, refuse
from tongzhou.modules.directives import commands, queries
from tongzhou.modules.directives.forms import ErratumForm, FilterForm

SIZES = (25, 50, 100)


def _layout(actor: Actor) -> str:
    return "base.html" if actor.is_public else "workspace.html"


def load_url() -> str:
    """Return where a directive is loaded: below the list, on a page of a higher module."""
    return f"{reverse('directives:directive-list')}load/"


def reading_url(expression_id: int) -> str:
    """Return where a directive is read: below the list, on a page of a higher module."""
    return f"{reverse('directives:directive-list')}{expression_id}/"


@page("public")
def list_directives(request: HttpRequest) -> HttpResponse:
    """Show the directives that are held, with search, filters and order."""
    actor = actor_of(request)
    form = FilterForm(request.GET, issuers=queries.list_issuers(), years=queries.list_years())
    form.is_valid()
    asked = form.cleaned_data
    found = queries.list_expressions(
        search=asked.get("q", ""),
        issuer=asked.get("issuer", ""),
        year=asked.get("year"),
        sort=asked.get("sort") or "-issued",
    )
    shown = paginate(request, found)
    today = local_day(clock.now())
    amended = queries.find_amended(each.id for each in shown)
    context = {
        "layout": _layout(actor),
        "form": form,
        "page": shown,
        "sizes": SIZES,
        "rows": [
            {
                "row": each,
                "url": reading_url(each.id),
                "expired": each.has_expired(today),
                "amended": each.id in amended,
                "amends_on": _day_of(each) if each.previous_id is not None else None,
            }
            for each in shown
        ],
        "chips": _chips(request, form),
        "clear_url": reverse("directives:directive-list"),
        "load_url": load_url() if actor.may("directives.directive.load") else "",
        "any": bool(shown.paginator.count) or bool(len(queries.list_expressions())),
    }
    template = "directives/rows.html" if is_part(request) else "directives/list.html"
    return render(request, template, context)


def _day_of(row: queries.ExpressionRow) -> date | None:
    """Return the day of a wording, the last part of its address."""
    return parse_date(row.urn.rpartition("@")[2])


def _chips(request: HttpRequest, form: FilterForm) -> list[dict[str, str]]:
    made = []
    for name in ("q", "issuer", "year"):
        value = form.cleaned_data.get(name)
        if not value:
            continue
        rest = request.GET.copy()
        rest.pop(name, None)
        rest.pop("page", None)
        made.append(
            {
                "label": str(form.fields[name].label),
                "value": str(value),
                "remove_url": f"?{rest.urlencode()}",
            }
        )
    return made


@page("public")
def show_source(request: HttpRequest, expression_id: int) -> HttpResponse:
    """Serve the text exactly as received, as a download."""
    row = queries.get_expression(expression_id)
    response = HttpResponse(
        queries.get_source(expression_id).encode("utf-8"), content_type="text/plain; charset=utf-8"
    )
    name = files.clean_name(f"{row.title[:80]}.txt")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@page("directives.erratum.record")
def record_erratum(request: HttpRequest, expression_id: int) -> HttpResponse:
    """Record how words that came wrong are to be read; show those already recorded."""
    actor = actor_of(request)
    row = queries.get_expression(expression_id)
    form = ErratumForm(request.POST or None, initial={"address": request.GET.get("clause", "")})
    context: dict[str, Any] = {
        "form": form,
        "row": row,
        "errata": queries.list_errata(expression_id),
        "back_url": reading_url(expression_id),
        "crumbs": [
            (_("文件"), reverse("directives:directive-list")),
            (row.title, reading_url(expression_id)),
            (_("登记勘误"), ""),
        ],
    }
    if request.method != "POST":
        return render(request, "directives/erratum.html", context)
    if not form.is_valid():
        return render(request, "directives/erratum.html", context, status=422)
    try:
        commands.record_erratum(
            actor=actor, at=clock.now(), expression_id=expression_id, **form.cleaned_data
        )
    except Refusal as refusal:
        return refuse(request, "directives/erratum.html", context, refusal)
    messages.success(request, _("勘误已登记；原文保持不变，阅读时按更正后的文字显示。"))
    address = form.cleaned_data["address"].strip().removeprefix("#")
    return redirect(f"{reading_url(expression_id)}#{address}")
