"""Figures in the shapes that the components of the design system draw."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tongzhou.modules.duties.public import MEASURES, Figure
from tongzhou.modules.insight.contracts import ZONE, Question
from tongzhou.modules.insight.queries.rollup import Line, Rollup

#: The parts of a strip: state code of the design system → measure.
STRIP = {
    "accepted": "accepted",
    "submitted": "submitted",
    "returned": "returned",
    "overdue": "missed",
    "silent": "pending",
}
TONES = {"overdue": "overdue", "missed": "overdue", "returned": "returned"}
#: What the desk shows of each region, with the share that is overdue.
FEW = ("owed", "submitted", "returned", "silent", "overdue")
COLUMNS = ("owed", "done", "accepted", "submitted", "returned", "silent", "overdue", "late")


def list_url(question: Question, measure: str, **more: object) -> str:
    """Return the address of the list behind a number."""
    return f"{_address('insight:obligations')}?{question.query(measure=measure, **more)}"


def figures_url(question: Question, **more: object) -> str:
    """Return the address of the table of figures for a question."""
    return f"{_address('insight:figures')}?{question.query(**more)}"


def _address(name: str) -> str:
    """Return the address of a page by its name; a table asks for it with each number."""
    return _address_below(get_script_prefix(), name)


@lru_cache(maxsize=16)
def _address_below(prefix: str, name: str) -> str:
    return reverse(name)


def maybe_url(name: str, *arguments: object) -> str:
    """Return the address of a page of another module, empty where it does not exist."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


def due_text(due_at: datetime | None, at: datetime) -> str:
    """Return a due time as people say it: the last day that counts, or the time of a day."""
    if due_at is None:
        return ""
    local = due_at.astimezone(ZONE)
    if local.time() == time(0):
        return day_text(local.date() - timedelta(days=1), at)
    return moment_text(due_at, at)


def moment_text(moment: datetime | None, at: datetime) -> str:
    """Return a moment without its year, unless that is another year than now."""
    if moment is None:
        return ""
    local = moment.astimezone(ZONE)
    return f"{day_text(local.date(), at)} {local:%H:%M}"


def day_text(day: date, at: datetime) -> str:
    """Return a day without its year, unless that is another year than now."""
    same = day.year == at.astimezone(ZONE).year
    return date_format(day, _("n月j日") if same else _("Y年n月j日"))


def share(part: int, whole: int) -> str:
    """Return a share for people: never 100% for less than all, never 0% for something."""
    if not whole:
        return "—"
    found = 100 * part / whole
    if 0 < found < 1:
        return "<1%"
    if 99 < found < 100:
        return ">99%"
    return f"{found:.0f}%"


def strip(figure: Figure, question: Question) -> list[dict[str, Any]]:
    """Return a figure as the parts of a strip, each with its list."""
    return [
        {
            "code": code,
            "label": _(MEASURES[measure].label),
            "count": MEASURES[measure].of(figure),
            "href": list_url(question, measure),
        }
        for code, measure in STRIP.items()
    ]


def cell(figure: Figure, question: Question, measure: str) -> dict[str, Any]:
    """Return a number with its list and tone."""
    value = MEASURES[measure].of(figure)
    return {
        "value": value,
        "href": list_url(question, measure) if value else "",
        "tone": TONES.get(measure, ""),
    }


def columns(codes: Iterable[str], *, with_share: bool = False) -> list[dict[str, Any]]:
    """Return the columns of a drill table: the strip, then a number per measure."""
    found: list[dict[str, Any]] = [{"code": "strip", "label": _("进度"), "kind": "strip"}]
    for code in codes:
        measure = MEASURES[code]
        found.append(
            {"code": code, "label": _(measure.label), "kind": "number", "help": _(measure.help)}
        )
    if with_share:
        found.append({"code": "share", "label": _("逾期率"), "kind": "number"})
    return found


def cells(figure: Figure, question: Question, codes: Iterable[str]) -> dict[str, Any]:
    """Return the cells of one row of a drill table."""
    return {
        "strip": strip(figure, question),
        "share": {"value": share(figure.overdue, figure.owed)},
        **{code: cell(figure, question, code) for code in codes},
    }


def drill_table(
    lines: Sequence[Line],
    *,
    caption: str,
    first: str,
    codes: Sequence[str] = COLUMNS,
    total: tuple[Figure, Question] | None = None,
    depth: int = 0,
    with_share: bool = False,
) -> dict[str, Any]:
    """Return lines as a drill table whose regions open their children, in the same columns."""
    same = {"columns": "few"} if with_share else {}
    table: dict[str, Any] = {
        "caption": caption,
        "first": first,
        "columns": columns(codes, with_share=with_share),
        "rows": [
            {
                "label": line.label,
                "note": line.note,
                "href": figures_url(line.question, by="duty"),
                "children_url": figures_url(line.below, depth=depth + 1, **same)
                if line.below
                else None,
                "cells": cells(line.figure, line.question, codes),
            }
            for line in lines
        ],
        "depth": depth,
    }
    if total is not None:
        table["total"] = {"label": _("合计"), "cells": cells(*total, codes)}
    return table


def bars(rollup: Rollup, measure: str, title: str, note: str = "") -> dict[str, Any]:
    """Return a table of figures as sorted bars of one measure."""
    return {
        "kind": "bar",
        "title": title,
        "unit": _("项"),
        "note": note,
        "rows": [
            {
                "label": line.label,
                "value": MEASURES[measure].of(line.figure),
                "href": list_url(line.question, measure),
                "tone": TONES.get(measure, ""),
            }
            for line in rollup.lines
            if MEASURES[measure].of(line.figure)
        ],
    }
