"""API of the directives module: what is held, and the clauses of one text."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tongzhou.base.errors import Refusal
from tongzhou.kernel.access import Actor
from tongzhou.kernel.api import endpoint
from tongzhou.modules.directives import queries
from tongzhou.modules.directives.queries import ClauseRow, ExpressionRow

LARGEST_PAGE = 200


class ErratumOut(serializers.Serializer[Any]):
    """Words as received, how they are to be read, and why."""

    as_received = serializers.CharField()
    reading = serializers.CharField()
    reason = serializers.CharField()


class ClauseOut(serializers.Serializer[Any]):
    """A clause: ``text`` for reading, ``received`` as it came; offsets count its characters."""

    address = serializers.CharField()
    urn = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a declared field, see DRF
    level = serializers.IntegerField()
    kind = serializers.CharField()
    parent = serializers.CharField()  # type: ignore[assignment]  # a declared field, see DRF
    text = serializers.CharField()
    received = serializers.CharField()
    errata = ErratumOut(many=True)
    start = serializers.IntegerField()
    end = serializers.IntegerField()


class DirectiveOut(serializers.Serializer[Any]):
    """One wording of a directive."""

    id = serializers.IntegerField()
    urn = serializers.CharField()
    work = serializers.CharField()
    title = serializers.CharField()
    doc_number = serializers.CharField()
    issuer = serializers.CharField()
    issued_on = serializers.DateField(allow_null=True)
    recipients = serializers.ListField(child=serializers.CharField())
    attachments = serializers.ListField(child=serializers.CharField())
    source_note = serializers.CharField()
    sha256 = serializers.CharField()
    clause_count = serializers.IntegerField()


class DirectiveFullOut(DirectiveOut):
    """One wording of a directive with its clauses in the order of the text."""

    clauses = ClauseOut(many=True)


class DirectivePageOut(serializers.Serializer[Any]):
    """A part of the list and how long the whole is."""

    count = serializers.IntegerField()
    results = DirectiveOut(many=True)


def _directive(row: ExpressionRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "urn": row.urn,
        "work": row.work,
        "title": row.title,
        "doc_number": row.doc_number,
        "issuer": row.issuer,
        "issued_on": row.issued_on,
        "recipients": list(row.recipients),
        "attachments": list(row.attachments),
        "source_note": row.source_note,
        "sha256": row.sha256,
        "clause_count": row.clauses,
    }


def _clause(row: ClauseRow, urn: str) -> dict[str, Any]:
    return {
        "address": row.address,
        "urn": f"{urn}#{row.address}",
        "label": row.label,
        "level": row.level,
        "kind": row.kind,
        "parent": row.parent,
        "text": row.text,
        "received": row.received,
        "errata": [
            {"as_received": each.as_received, "reading": each.reading, "reason": each.reason}
            for each in row.errata
        ],
        "start": row.start,
        "end": row.end,
    }


def _number(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise Refusal(
            "参数 %(name)s 应为数字。", params={"name": name}, code="parameter", field=name
        )
    return min(int(text), most)


@extend_schema(
    responses=DirectivePageOut,
    parameters=[
        OpenApiParameter("q", str, description="Words of the title, number or issuer"),
        OpenApiParameter("limit", int, description=f"At most {LARGEST_PAGE}"),
        OpenApiParameter("offset", int),
    ],
    operation_id="list_directives",
)
@endpoint("public")
def list_directives(request: Request, actor: Actor) -> Response:
    """List the directives that are held, newest first."""
    found = queries.list_expressions(search=request.query_params.get("q", "")[:100])
    limit = _number(request, "limit", 50, LARGEST_PAGE)
    offset = _number(request, "offset", 0, 10_000_000)
    return Response(
        {"count": len(found), "results": [_directive(e) for e in found[offset : offset + limit]]}
    )


@extend_schema(responses=DirectiveFullOut, operation_id="get_directive")
@endpoint("public")
def get_directive(request: Request, actor: Actor, expression_id: int) -> Response:
    """Return one directive with its clauses."""
    row = queries.get_expression(expression_id)
    clauses = [_clause(each, row.urn) for each in queries.list_clauses(expression_id)]
    return Response({**_directive(row), "clauses": clauses})


urlpatterns = [
    path("directives/", list_directives, name="api-directive-list"),
    path("directives/<int:expression_id>/", get_directive, name="api-directive"),
]
