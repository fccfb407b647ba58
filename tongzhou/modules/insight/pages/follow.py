"""Follow-up: the lists an authority acts on, each reached in one click."""

import tempfile
from pathlib import Path
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.pages import actor_of, page, paginate
from tongzhou.kernel.tables import XLSX_TYPE
from tongzhou.modules.duties.public import FollowRow, get_version
from tongzhou.modules.insight import commands
from tongzhou.modules.insight.pages import filters, shapes
from tongzhou.modules.insight.pages.desk import organisation_url, report_url
from tongzhou.modules.insight.pages.figures import download
from tongzhou.modules.insight.pages.patience import patient
from tongzhou.modules.insight.queries import follow
from tongzhou.modules.insight.queries.directives import say
from tongzhou.modules.insight.queries.export import period_label
from tongzhou.modules.insight.queries.follow import FORMATS, LABELS, NUMBERS, Kind, Wanted
from tongzhou.modules.insight.queries.look import Look
from tongzhou.modules.insight.queries.questions import is_cut, read_look
from tongzhou.modules.insight.queries.regions import list_way

DIRECT = 10_000
SIZES = (25, 50, 100)


def _words(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:60].replace("\x00", "")


def follow_url(look: Look, kind: Kind, **more: object) -> str:
    """Return the address of a follow-up list."""
    return f"{reverse('insight:follow')}?{look.question.query(kind=kind.value, **more)}"


@page("insight.figures.view")
@patient
def show_follow(request: HttpRequest) -> HttpResponse:
    """Show one follow-up list, searched, filtered and paged as asked."""
    look = read_look(request.GET, actor_of(request), clock.now())
    wanted = follow.read_wanted(request.GET)
    words = _words(request)
    found: Any
    narrow = follow.list_narrow(look, wanted)
    if narrow is not None:
        found = narrow
    elif wanted.kind is Kind.WORST:
        found = follow.list_worst(look, wanted.number, words)
    else:
        found = follow.follow_list(look, wanted, words)
    listed = paginate(request, found)
    asked = look.question
    way = list_way(asked.region, look.at)
    address = reverse("insight:follow")
    kept = {"kind": wanted.kind.value, "n": wanted.number, "q": words}
    _default, least, most = NUMBERS[wanted.kind]
    chips = filters.chips(look, address, **kept)
    if words:
        without = {**kept, "q": ""}
        chips.append(
            {
                "label": _("名称或代码"),
                "value": words,
                "remove_url": f"{address}?{asked.query(**without)}",
            }
        )
    export = reverse("insight:follow-export")
    return render(
        request,
        "insight/follow.html",
        {
            "look": look,
            "kind": wanted.kind.value,
            "place": way[-1].name,
            "crumbs": [
                (each.name, follow_url(look.other(region=each.id, own=False), wanted.kind))
                for each in way
            ],
            "title": _title(wanted),
            "number": listed.paginator.count,
            "narrow": narrow is not None,
            "times": wanted.number,
            "least": least,
            "most": most,
            "moment": look.moment,
            "is_cut": is_cut(look),
            "page": listed,
            "sizes": SIZES,
            "rows": [
                _narrow(each, wanted)
                if narrow is not None
                else _worst(each, look)
                if wanted.kind is Kind.WORST
                else _row(each, look)
                for each in listed
            ],
            "q": words,
            "form": filters.filter_form(look),
            "hidden": filters.hidden(asked, kind=wanted.kind.value, n=wanted.number),
            "held": [*asked.params().items(), ("kind", wanted.kind.value), ("q", words)],
            "chips": chips,
            "clear_url": f"{address}?"
            + asked.but(
                library=None, duty=None, organ="", form="", group="", day=None, as_of=None
            ).query(kind=wanted.kind.value, n=wanted.number),
            "tabs": [
                *(
                    {
                        "label": _(LABELS[kind]),
                        "url": follow_url(look, kind),
                        "active": kind is wanted.kind,
                    }
                    for kind in Kind
                ),
                {"label": _("迟报"), "url": shapes.list_url(asked, "late"), "active": False},
                {
                    "label": _("逾期"),
                    "url": shapes.list_url(asked, "overdue", sort="due"),
                    "active": False,
                },
            ],
            "exports": [
                (code.upper(), f"{export}?{asked.query(**kept, format=code)}")
                for code in FORMATS
                if narrow is None
            ],
        },
    )


def _title(wanted: Wanted) -> str:
    number = {"count": wanted.number}
    match wanted.kind:
        case Kind.SILENT:
            return _("连续 %(count)d 期未报") % number
        case Kind.RETURNED:
            return _("退回 %(count)d 次以上") % number
    return _("落后的地区")


def _row(row: FollowRow, look: Look) -> dict[str, Any]:
    duty = get_version(row.version_id)
    first, last = period_label(duty, row.first_period), period_label(duty, row.last_period)
    return {
        "name": row.name,
        "url": organisation_url(row.organisation_id, row.prov),
        "report_url": report_url(row.organisation_id, row.prov, row.duty_id, row.last_period)
        if row.state != "SILENT"
        else "",
        "place": row.place_name,
        "duty": say(duty.spec.title),
        "clause": duty.clause,
        "times": row.times,
        "periods": first if first == last else f"{first} – {last}",
        "state": row.state,
        "reported_on": shapes.day_text(row.reported_on, look.moment) if row.reported_on else "",
    }


def _narrow(row: follow.NarrowRow, wanted: Wanted) -> dict[str, Any]:
    address = reverse("insight:follow")
    return {
        "name": row.name,
        "url": f"{address}?{row.question.query(kind=wanted.kind.value, n=wanted.number)}",
        "owed": row.figure.owed,
        "silent": row.figure.silent,
        "share": shapes.share(row.figure.silent, row.figure.owed),
    }


def _worst(row: follow.WorstRow, look: Look) -> dict[str, Any]:
    return {
        "name": row.name,
        "url": shapes.figures_url(row.question, by="duty"),
        "owed": shapes.cell(row.figure, row.question, "owed"),
        "overdue": shapes.cell(row.figure, row.question, "overdue"),
        "share": shapes.share(row.figure.overdue, row.figure.owed),
        "strip": shapes.strip(row.figure, row.question),
    }


@page("insight.figures.export")
def export_follow(request: HttpRequest) -> HttpResponse:
    """Give the whole list as XLSX or CSV: at once, or by a job when it is long."""
    actor, at = actor_of(request), clock.now()
    look = read_look(request.GET, actor, at)
    wanted, words = follow.read_wanted(request.GET), _words(request)
    form = request.GET.get("format", "xlsx")
    if form not in FORMATS:
        raise Refusal("只能导出 XLSX 或 CSV。", code="bad-format", field="format")
    follow.refuse_long(look, wanted)
    label = f"{list_way(look.question.region, at)[-1].name}-{_title(wanted)}"
    if follow.count_of(look, wanted, words) > DIRECT:
        progress = commands.export_follow_up(
            actor=actor,
            at=at,
            query={
                **look.question.params(),
                "kind": wanted.kind.value,
                "n": str(wanted.number),
                "q": words,
                "format": form,
            },
            label=label,
            back=follow_url(look, wanted.kind, n=wanted.number),
        )
        return redirect("kernel:progress", progress)
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / f"list.{form}"
        follow.write_list(look, wanted, words, form, path)
        answer = download(path.read_bytes(), f"{label}-{look.moment:%Y%m%d%H%M}.{form}")
    answer["Content-Type"] = XLSX_TYPE if form == "xlsx" else "text/csv; charset=utf-8"
    return answer
