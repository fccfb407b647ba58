"""The list behind a number."""

import io
from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.kernel import clock
from tongzhou.kernel.pages import actor_of, page, paginate
from tongzhou.kernel.tables import SHEET_LINES, too_long, write_workbook
from tongzhou.modules.duties.public import MEASURES, Figure, ObligationRow, get_version
from tongzhou.modules.insight import commands
from tongzhou.modules.insight.pages import filters, shapes
from tongzhou.modules.insight.pages.desk import organisation_url, report_url
from tongzhou.modules.insight.pages.figures import download
from tongzhou.modules.insight.pages.patience import patient
from tongzhou.modules.insight.queries.directives import say
from tongzhou.modules.insight.queries.export import (
    COLUMNS,
    form_label,
    organ_label,
    period_label,
    sheet_of,
)
from tongzhou.modules.insight.queries.look import Look
from tongzhou.modules.insight.queries.questions import (
    is_cut,
    read_look,
    read_measure,
    read_order,
)
from tongzhou.modules.insight.queries.regions import list_way

DIRECT = 10_000
SESSION_KEY = "insight-columns"
DEFAULT = ("place", "duty", "period", "due", "state", "submitted")
SIZES = (25, 50, 100)


@page("insight.figures.view")
@patient
def list_obligations(request: HttpRequest) -> HttpResponse:
    """Show exactly the obligations that the clicked number counts."""
    look = read_look(request.GET, actor_of(request), clock.now())
    measure, order = read_measure(request.GET), read_order(request.GET)
    words = request.GET.get("q", "").strip()[:60]
    whole = look.total()
    whole_list = look.obligations(measure, words, order, whole)
    found = whole_list.opening()
    asked = look.question
    way = list_way(asked.region, look.at)
    listed = paginate(request, found)
    counted = listed.paginator.count if found is whole_list else None
    address = reverse("insight:obligations")
    kept = {"measure": measure.code, "sort": order if order != "place" else "", "q": words}
    chosen = _columns(request)
    shown, offered = found.sorted_by, found.orders
    context = {
        "look": look,
        "place": way[-1].name,
        "crumbs": [
            *(
                (each.name, shapes.figures_url(asked.but(region=each.id, own=False)))
                for each in way
            ),
            (_(measure.label), ""),
        ],
        "measure": measure,
        "number": listed.paginator.count,
        "moment": look.moment,
        "is_past": asked.as_of is not None,
        "is_cut": is_cut(look),
        "page": listed,
        "sizes": SIZES,
        "rows": [_row(each, look) for each in listed],
        "columns": [
            {
                "code": code,
                "label": label,
                "shown": code in chosen,
                "sort": _sort_url(address, look, kept, code, shown, offered),
                "sorted": shown.removeprefix("-") == code,
                "descending": shown == f"-{code}",
            }
            for code, label in _labels().items()
        ],
        "chosen": chosen,
        "name_sort": _sort_url(address, look, kept, "name", shown, offered),
        "name_sorted": {"name": "ascending", "-name": "descending"}.get(shown, ""),
        "other_order": shown != order,
        "is_opening": found is not whole_list,
        "q": words,
        "form": filters.filter_form(look),
        "hidden": filters.hidden(asked, measure=measure.code, sort=kept["sort"]),
        "chips": _chips(look, address, kept),
        "clear_url": f"{address}?"
        + asked.but(
            library=None,
            duty=None,
            organ="",
            form="",
            group="",
            day=None,
            as_of=None,
            registrar=None,
            own=False,
        ).query(measure=measure.code),
        "tabs": [
            {
                "label": _(MEASURES[code].label),
                "url": f"{address}?{asked.query(**{**kept, 'measure': code})}",
                "active": code == measure.code,
                "count": _tab_count(code, measure.code, words, counted, whole),
            }
            for code in _tabs(measure.code)
        ],
        "export_url": f"{reverse('insight:obligations-export')}?{asked.query(**kept)}",
        "export_is_long": found is not whole_list or listed.paginator.count > DIRECT,
        "too_long": too_long() if not words and listed.paginator.count >= SHEET_LINES else None,
        "figures_url": shapes.figures_url(asked),
    }
    return render(request, "insight/obligations.html", context)


def _tabs(code: str) -> tuple[str, ...]:
    return shapes.COLUMNS if code in shapes.COLUMNS else (*shapes.COLUMNS, code)


def _tab_count(code: str, shown: str, words: str, listed: int | None, whole: Figure) -> int | None:
    """Return the number on a tab: with words that of the list, where it was counted."""
    if words:
        return listed if code == shown else None
    return MEASURES[code].of(whole)


def _labels() -> dict[str, str]:
    return {code: _(label) for code, label in COLUMNS.items()}


def _columns(request: HttpRequest) -> tuple[str, ...]:
    """Return the columns shown: those just chosen, which are kept, or those chosen before."""
    asked = [code for code in request.GET.getlist("cols") if code in COLUMNS]
    if asked:
        request.session[SESSION_KEY] = asked
        return tuple(asked)
    held = request.session.get(SESSION_KEY)
    return tuple(held) if held else DEFAULT


def _sort_url(
    address: str,
    look: Look,
    kept: Mapping[str, str],
    code: str,
    order: str,
    offered: Collection[str],
) -> str:
    if code not in offered:
        return ""
    turned = f"-{code}" if order == code else code
    return f"{address}?{look.question.query(**{**kept, 'sort': turned})}"


def _chips(look: Look, address: str, kept: Mapping[str, str]) -> list[dict[str, str]]:
    found = filters.chips(look, address, **kept)
    if kept["q"]:
        without = {**kept, "q": ""}
        found.append(
            {
                "label": _("名称或代码"),
                "value": kept["q"],
                "remove_url": f"{address}?{look.question.query(**without)}",
            }
        )
    return found


def _row(row: ObligationRow, look: Look) -> dict[str, Any]:
    duty = get_version(row.version_id)
    reported = row.state != "SILENT"
    overdue = row.overdue and row.state in {"SILENT", "RETURNED"}
    return {
        "name": row.name,
        "url": organisation_url(row.organisation_id, row.prov),
        "report_url": report_url(row.organisation_id, row.prov, row.duty_id, row.period)
        if reported
        else "",
        "code": row.code,
        "form": form_label(row.form),
        "place": row.place_name,
        "duty": say(duty.spec.title),
        "clause": duty.clause,
        "clause_url": f"{shapes.maybe_url('duties:directive-read', duty.expression)}#{duty.clause}",
        "organ": organ_label(duty),
        "strength": duty.spec.strength,
        "period": period_label(duty, row.period),
        "due": shapes.due_text(row.due_at, look.moment),
        "state": row.state,
        "overdue": overdue,
        "late": row.late and reported,
        "submitted": shapes.moment_text(row.submitted_at, look.moment),
        "version": row.version,
    }


@page("insight.figures.export")
def export_obligations(request: HttpRequest) -> HttpResponse:
    """Give the whole list as a workbook: at once, or by a job when it is long."""
    actor, at = actor_of(request), clock.now()
    look = read_look(request.GET, actor, at)
    measure, order = read_measure(request.GET), read_order(request.GET)
    words = request.GET.get("q", "").strip()[:60]
    found = look.obligations(measure, words, order, look.total())
    label = _("%(place)s-%(measure)s名单") % {
        "place": list_way(look.question.region, at)[-1].name,
        "measure": _(measure.label),
    }
    if not words and found.count() >= SHEET_LINES:
        raise too_long()
    if found.opening() is not found or found.count() > DIRECT:
        progress = commands.export_obligations(
            actor=actor,
            at=at,
            query={**look.question.params(), "measure": measure.code, "sort": order, "q": words},
            label=label,
            back=f"{reverse('insight:obligations')}?{look.question.query(measure=measure.code)}",
        )
        return redirect("kernel:progress", progress)
    body = io.BytesIO()
    with transaction.atomic():
        write_workbook([sheet_of(look, measure, found.stream())], body)
    return download(body.getvalue(), f"{label}-{look.moment:%Y%m%d%H%M}.xlsx")
