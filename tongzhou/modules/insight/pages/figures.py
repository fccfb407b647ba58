"""The table of figures: open a region, break it down, look back, take it along."""

import io
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.kernel import clock
from tongzhou.kernel.pages import actor_of, is_part, page
from tongzhou.kernel.tables import XLSX_TYPE, Sheet, TableColumn, write_workbook
from tongzhou.kernel.templatetags.ui_shapes import moment
from tongzhou.modules.duties.public import MEASURES, Figure
from tongzhou.modules.insight.contracts import By, TreeName
from tongzhou.modules.insight.pages import filters, shapes
from tongzhou.modules.insight.pages.patience import patient
from tongzhou.modules.insight.queries.look import Look
from tongzhou.modules.insight.queries.questions import is_cut, read_by, read_look
from tongzhou.modules.insight.queries.regions import is_leaf, list_regions, list_way
from tongzhou.modules.insight.queries.rollup import Rollup, get_rollup


def _asked(request: HttpRequest) -> tuple[Look, Rollup]:
    look = read_look(request.GET, actor_of(request), clock.now())
    by = read_by(request.GET)
    if "by" not in request.GET and is_leaf(look.question.region):
        by = By.DUTY
    return look, get_rollup(look, by)


@page("insight.figures.view")
@patient
def show_figures(request: HttpRequest) -> HttpResponse:
    """Show the table that answers the query string; htmx asks for the rows below one region."""
    look, rollup = _asked(request)
    asked = look.question
    depth = _depth(request)
    way = list_way(asked.region, look.at)
    is_few = is_part(request) and request.GET.get("columns") == "few"
    table = shapes.drill_table(
        rollup.lines,
        caption=_("%(place)s的落实情况") % {"place": way[-1].name},
        first=_first(rollup.by),
        codes=shapes.FEW if is_few else shapes.COLUMNS,
        total=(rollup.total, asked),
        depth=depth if is_part(request) else 0,
        with_share=is_few,
    )
    if is_part(request):
        return render(request, "ui/drill_rows.html", {"table": table})
    by = rollup.by.value
    address = reverse("insight:figures")
    context = {
        "look": look,
        "place": way[-1].name,
        "crumbs": [
            (each.name, shapes.figures_url(asked.but(region=each.id, own=False))) for each in way
        ],
        "tree": _("按属地") if asked.tree is TreeName.TERRITORY else _("按登记机关"),
        "moment": look.moment,
        "is_past": asked.as_of is not None,
        "is_cut": is_cut(look),
        "table": table,
        "rollup": rollup,
        "is_too_wide": rollup.is_too_wide,
        "strip": shapes.strip(rollup.total, asked),
        "stats": _stats(rollup.total, look),
        "chart": _chart(rollup),
        "measures": [MEASURES[code] for code in shapes.COLUMNS],
        "form": filters.filter_form(look),
        "hidden": filters.hidden(asked, by=by),
        "chips": filters.chips(look, address, by=by),
        "clear_url": shapes.figures_url(
            asked.but(
                library=None,
                duty=None,
                organ="",
                form="",
                group="",
                day=None,
                as_of=None,
                registrar=None,
                own=False,
            ),
            by=by,
        ),
        "trees": filters.tree_tabs(look, address, by=by),
        "bearers": filters.bearer_tabs(look, address),
        "tabs": filters.by_tabs(look, rollup.by),
        "export_url": f"{reverse('insight:figures-export')}?{asked.query(by=by)}",
        "print_url": f"{address}?{asked.query(by=by, print=1)}",
        "list_url": shapes.list_url(asked, "owed"),
        "follow_url": f"{reverse('insight:follow')}?{asked.query()}",
    }
    template = "insight/figures_print.html" if request.GET.get("print") else "insight/figures.html"
    return render(request, template, context)


def _depth(request: HttpRequest) -> int:
    text = request.GET.get("depth", "")
    return min(4, int(text)) if text.isascii() and text.isdigit() and len(text) < 3 else 0


def _first(by: By) -> str:
    return {
        By.REGION: _("地区"),
        By.DUTY: _("任务"),
        By.FORM: _("登记类型"),
        By.GROUP: _("文件里的分类"),
        By.AUTHORITY: _("登记管理机关"),
    }[by]


def _stats(figure: Figure, look: Look) -> list[dict[str, Any]]:
    """Return completion, timeliness, check and silence as four figures, and what is overdue."""
    asked = look.question
    hints = {
        "owed": _("按家、项、期计"),
        "done": _("完成率 %(share)s") % {"share": shapes.share(figure.done, figure.owed)},
        "accepted": _("核实率 %(share)s") % {"share": shapes.share(figure.accepted, figure.owed)},
        "late": _("及时率 %(share)s")
        % {"share": shapes.share(figure.done - figure.late, figure.done)},
        "silent": _("未报率 %(share)s") % {"share": shapes.share(figure.silent, figure.owed)},
        "overdue": _("逾期率 %(share)s") % {"share": shapes.share(figure.overdue, figure.owed)},
    }
    return [
        {
            "label": _(MEASURES[code].label),
            "value": MEASURES[code].of(figure),
            "href": shapes.list_url(asked, code),
            "tone": {"overdue": "overdue"}.get(code, "") if MEASURES[code].of(figure) else "",
            "hint": hint,
        }
        for code, hint in hints.items()
    ]


def _chart(rollup: Rollup) -> dict[str, Any] | None:
    if len(rollup.lines) < 2:
        return None
    for measure, title in (
        ("overdue", _("逾期多的在前")),
        ("silent", _("未报多的在前")),
        ("done", _("已报多的在前")),
    ):
        if MEASURES[measure].of(rollup.total):
            return shapes.bars(rollup, measure, title)
    return None


@page("insight.figures.export")
def export_figures(request: HttpRequest) -> HttpResponse:
    """Give the table as a workbook: exactly what is shown, and on what terms."""
    look, rollup = _asked(request)
    way = list_way(look.question.region, look.at)
    codes = shapes.COLUMNS
    lines = [(line.label, line.figure) for line in rollup.lines]
    lines.append((_("合计"), rollup.total))
    table = Sheet(
        name=_("进展"),
        columns=[
            TableColumn(name=_first(rollup.by), width=36),
            *(TableColumn(name=_(MEASURES[code].label), width=10, number=True) for code in codes),
        ],
        rows=[[label, *(MEASURES[code].of(figure) for code in codes)] for label, figure in lines],
    )
    chosen = filters.chips(look, "")
    terms = Sheet(
        name=_("条件和口径"),
        columns=[TableColumn(name=_("项目"), width=18), TableColumn(name=_("内容"), width=80)],
        rows=[
            (_("地区"), " › ".join(each.name for each in way)),
            (_("时刻"), moment(look.moment)),
            (
                _("树"),
                next(each["label"] for each in filters.tree_tabs(look, "") if each["active"]),
            ),
            *((each["label"], each["value"]) for each in chosen),
            *((_(MEASURES[code].label), _(MEASURES[code].help)) for code in codes),
        ],
    )
    body = io.BytesIO()
    write_workbook([table, *_every_region(look), terms], body)
    return download(body.getvalue(), f"{way[-1].name}-{_('进展')}-{look.moment:%Y%m%d%H%M}.xlsx")


def _every_region(look: Look) -> list[Sheet]:
    """Return a sheet with a line for each region below, down to counties; none for the past."""
    if look.question.as_of is not None or is_leaf(look.question.region):
        return []
    found = look.regions()
    names = list_regions(found, look.at)
    codes = shapes.COLUMNS
    numbers = [TableColumn(name=_(MEASURES[each].label), width=10, number=True) for each in codes]
    return [
        Sheet(
            name=_("各级地区"),
            columns=[
                TableColumn(name=_("代码"), width=10),
                TableColumn(name=_("地区"), width=24),
                *numbers,
            ],
            rows=[
                [
                    f"{region:06}",
                    names[region].name if region in names else "",
                    *(MEASURES[each].of(figure) for each in codes),
                ]
                for region, figure in found.items()
            ],
        )
    ]


def download(body: bytes, name: str) -> HttpResponse:
    """Return a workbook as a download."""
    response = HttpResponse(body, content_type=XLSX_TYPE)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    return response
