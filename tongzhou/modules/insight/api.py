"""API of the insight module: figures and the lists behind them."""

from typing import Any

from django.core.paginator import Paginator
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.api import endpoint
from tongzhou.modules.duties.public import MEASURES, ORDERS, Figure, ObligationRow, get_version
from tongzhou.modules.insight.contracts import Bearers, By, TreeName
from tongzhou.modules.insight.queries.questions import (
    read_by,
    read_look,
    read_measure,
    read_order,
)
from tongzhou.modules.insight.queries.rollup import Line, get_rollup

LARGEST_PAGE = 500


class FigureOut(serializers.Serializer[Any]):
    """Counts of obligations: one bearer, one duty, one period each.

    owed = done + returned + silent; done = submitted + accepted; silent = missed + pending.
    """

    owed = serializers.IntegerField()
    done = serializers.IntegerField()
    submitted = serializers.IntegerField()
    accepted = serializers.IntegerField()
    returned = serializers.IntegerField()
    silent = serializers.IntegerField()
    overdue = serializers.IntegerField()
    late = serializers.IntegerField()
    missed = serializers.IntegerField()
    pending = serializers.IntegerField()


class LineOut(serializers.Serializer[Any]):
    """One line of a table and the parameters that ask for its list."""

    key = serializers.CharField()
    name = serializers.CharField()
    figure = FigureOut()
    query = serializers.CharField()


class FiguresOut(serializers.Serializer[Any]):
    """A table of figures; ``adds_up`` is false where lines overlap (groups)."""

    moment = serializers.DateTimeField()
    query = serializers.CharField()
    by = serializers.ChoiceField(choices=[each.value for each in By])
    adds_up = serializers.BooleanField()
    total = FigureOut()
    lines = LineOut(many=True)


class ObligationOut(serializers.Serializer[Any]):
    """One obligation. ``period`` names the day, week or month, or the day a one-off duty began."""

    organisation = serializers.IntegerField()
    prov = serializers.IntegerField()
    name = serializers.CharField()
    code = serializers.CharField()
    form = serializers.CharField()
    place = serializers.IntegerField()
    duty = serializers.IntegerField()
    clause = serializers.CharField()
    period = serializers.DateField()
    due_at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(choices=["SILENT", "SUBMITTED", "ACCEPTED", "RETURNED"])
    overdue = serializers.BooleanField()
    late = serializers.BooleanField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class ObligationsOut(serializers.Serializer[Any]):
    """A page of the list behind a number; ``count`` is that number."""

    moment = serializers.DateTimeField()
    measure = serializers.ChoiceField(choices=list(MEASURES))
    count = serializers.IntegerField()
    pages = serializers.IntegerField()
    results = ObligationOut(many=True)


def _parameter(name: str, kind: type, text: str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, description=text, **more)


_SELECTION = [
    _parameter("region", str, "GB/T 2260 code, six digits; 000000 is the nation"),
    _parameter("own", bool, "1: the region itself without what lies below it"),
    _parameter("tree", str, "Where they are, or who registered them", enum=list(TreeName)),
    _parameter("bearers", str, "Whose duties", enum=list(Bearers)),
    _parameter("registrar", str, "Region of the registering authority"),
    _parameter("library", int, "Duty library"),
    _parameter("duty", int, "Duty"),
    _parameter("organ", str, "Organ that does the duty"),
    _parameter("form", str, "Registration form"),
    _parameter("group", str, "Group of the library"),
    _parameter("day", str, "Day of daily duties, or of the period of the duty"),
    _parameter("as_of", str, "A past moment, ISO 8601"),
]


def _figure(figure: Figure) -> dict[str, int]:
    return {code: measure.of(figure) for code, measure in MEASURES.items()}


def _line(line: Line) -> dict[str, Any]:
    return {
        "key": line.key,
        "name": line.label,
        "figure": _figure(line.figure),
        "query": line.question.query(),
    }


def _row(row: ObligationRow) -> dict[str, Any]:
    return {
        "organisation": row.organisation_id,
        "prov": row.prov,
        "name": row.name,
        "code": row.code,
        "form": row.form,
        "place": row.place,
        "duty": row.duty_id,
        "clause": get_version(row.version_id).urn,
        "period": row.period,
        "due_at": row.due_at,
        "state": row.state,
        "overdue": row.overdue and row.state in {"SILENT", "RETURNED"},
        "late": row.late,
        "submitted_at": row.submitted_at,
        "version": row.version,
    }


@extend_schema(
    responses=FiguresOut,
    parameters=[*_SELECTION, _parameter("by", str, "One line per what", enum=list(By))],
    operation_id="get_figures",
)
@endpoint("insight.figures.view")
def get_figures(request: Request, actor: Actor) -> Response:
    """Give a table of figures, cut to what the caller may see."""
    look = read_look(request.query_params, actor, clock.now())
    rollup = get_rollup(look, read_by(request.query_params))
    return Response(
        {
            "moment": look.moment,
            "query": look.question.query(),
            "by": rollup.by.value,
            "adds_up": rollup.adds_up,
            "total": _figure(rollup.total),
            "lines": [_line(line) for line in rollup.lines],
        }
    )


@extend_schema(
    responses=ObligationsOut,
    parameters=[
        *_SELECTION,
        _parameter("measure", str, "Which number", enum=list(MEASURES)),
        _parameter("q", str, "Part of a name, or a code"),
        _parameter("sort", str, "Order", enum=list(ORDERS)),
        _parameter("page", int, "Page, from 1"),
        _parameter("size", int, "Rows per page, at most 500"),
    ],
    operation_id="list_obligations",
)
@endpoint("insight.figures.view")
def list_obligations(request: Request, actor: Actor) -> Response:
    """List exactly the obligations that a number counts."""
    params = request.query_params
    look = read_look(params, actor, clock.now())
    measure = read_measure(params)
    words = params.get("q", "").strip()[:60]
    found = look.obligations(measure, words, read_order(params), look.total())
    if found.sorted_by != found.order:
        raise Refusal(
            "名单太长，不能按这一列排。",
            code="order-too-long",
            field="sort",
            way_out="请按所在地（place）、任务（duty）或期限（due）排，或先缩小范围。",
        )
    sliceable: Any = found
    pages = Paginator(sliceable, _whole(params.get("size", ""), 100, LARGEST_PAGE))
    page = pages.get_page(_whole(params.get("page", ""), 1, 10**9))
    return Response(
        {
            "moment": look.moment,
            "measure": measure.code,
            "count": pages.count,
            "pages": pages.num_pages,
            "results": [_row(row) for row in page],
        }
    )


def _whole(text: str, default: int, largest: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and 0 < int(text[:12]) <= largest):
        raise Refusal("页码或每页条数不对。", code="bad-page", field="page", way_out="请写正整数。")
    return int(text)


urlpatterns = [
    path("figures", get_figures, name="api-figures"),
    path("figures/list", list_obligations, name="api-obligations"),
]
