"""Operations on exceptions: ask, decide, list."""

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
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.queries.exceptions import (
    ExceptionFilters,
    ExceptionList,
    ExceptionRow,
    get_exception,
)
from tongzhou.modules.duties.rules.exceptions import EndKind, ExceptionKind, Wish
from tongzhou.modules.duties.workflow import EXCEPTION

LARGEST_PAGE = 500


class ExceptionOut(serializers.Serializer[Any]):
    """An exception. ``ended_on`` is the last day, null while that is undated."""

    id = serializers.IntegerField()
    prov = serializers.IntegerField()
    organisation = serializers.IntegerField()
    name = serializers.CharField()
    code = serializers.CharField()
    duty = serializers.IntegerField()
    urn = serializers.CharField()
    kind = serializers.ChoiceField(choices=[each.value for each in ExceptionKind])
    first_period = serializers.DateField()
    last_period = serializers.DateField(allow_null=True)
    end = serializers.ChoiceField(choices=[each.value for each in EndKind])
    until_on = serializers.DateField(allow_null=True)
    months = serializers.IntegerField()
    days = serializers.IntegerField()
    ended_on = serializers.DateField(allow_null=True)
    basis = serializers.CharField(allow_blank=True)
    basis_urn = serializers.CharField(allow_blank=True)
    reason = serializers.CharField()
    state = serializers.CharField(help_text="REQUESTED, GRANTED, REFUSED, WITHDRAWN or REVOKED")
    asked_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decider = serializers.CharField(allow_blank=True)
    answer = serializers.CharField(allow_blank=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class ExceptionsOut(serializers.Serializer[Any]):
    """A page of exceptions."""

    count = serializers.IntegerField()
    pages = serializers.IntegerField()
    results = ExceptionOut(many=True)


class WishIn(serializers.Serializer[Any]):
    """What is asked for: from a period on, or for it alone (``only``)."""

    duty = serializers.IntegerField(min_value=1, max_value=2**62)
    period = serializers.DateField()
    kind = serializers.ChoiceField(choices=[each.value for each in ExceptionKind])
    only = serializers.BooleanField(default=True)
    end = serializers.ChoiceField(choices=[each.value for each in EndKind])
    until_on = serializers.DateField(required=False, allow_null=True, default=None)
    months = serializers.IntegerField(min_value=0, max_value=24, default=0)
    days = serializers.IntegerField(min_value=0, max_value=366, default=0)
    reason = serializers.CharField(max_length=500)
    basis = serializers.CharField(max_length=300, allow_blank=True, default="")
    basis_urn = serializers.CharField(max_length=200, allow_blank=True, default="")
    idempotency_key = serializers.CharField(max_length=80, required=False, allow_null=True)


class AskedOut(serializers.Serializer[Any]):
    """The key of a request."""

    id = serializers.IntegerField()
    prov = serializers.IntegerField()


class GrantIn(serializers.Serializer[Any]):
    """The basis of a grant, where it differs from what was asked with."""

    basis = serializers.CharField(max_length=300, allow_blank=True, default="")
    basis_urn = serializers.CharField(max_length=200, allow_blank=True, default="")
    answer = serializers.CharField(max_length=500, allow_blank=True, default="")


class AnswerIn(serializers.Serializer[Any]):
    """Why a request is refused, or an exception revoked."""

    answer = serializers.CharField(max_length=500)


def _row(row: ExceptionRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "prov": row.prov,
        "organisation": row.organisation_id,
        "name": row.name,
        "code": row.code,
        "duty": row.duty_id,
        "urn": row.duty.urn,
        "kind": row.kind,
        "first_period": row.first_period,
        "last_period": row.last_period,
        "end": row.end_kind,
        "until_on": row.until_on,
        "months": row.offset_months,
        "days": row.offset_days,
        "ended_on": row.ended_on,
        "basis": row.basis,
        "basis_urn": row.basis_urn,
        "reason": row.reason,
        "state": row.state,
        "asked_at": row.asked_at,
        "decided_at": row.decided_at,
        "decider": row.decider,
        "answer": row.revoke_reason or row.answer,
        "revoked_at": row.revoked_at,
    }


def _whole(text: str, default: int, largest: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and 0 < int(text[:12]) <= largest):
        raise Refusal("页码或每页条数不对。", code="bad-page", field="page", way_out="请写正整数。")
    return int(text)


@extend_schema(
    methods=["GET"],
    responses=ExceptionsOut,
    parameters=[
        OpenApiParameter("state", str, enum=list(EXCEPTION.states)),
        OpenApiParameter("kind", str, enum=[each.value for each in ExceptionKind]),
        OpenApiParameter("q", str, description="Part of a name, or a code"),
        OpenApiParameter("page", int, description="Page, from 1"),
        OpenApiParameter("size", int, description="Rows per page, at most 500"),
    ],
    operation_id="list_exceptions",
)
@extend_schema(
    methods=["POST"],
    request=WishIn,
    responses={201: AskedOut},
    operation_id="request_exception",
)
@endpoint("duties.exception.view", "GET", "POST")
def exceptions(request: Request, actor: Actor) -> Response:
    """List the exceptions the caller may see, or ask for one from a duty of one's own."""
    at = clock.now()
    if request.method == "GET":
        given = request.query_params
        found: Any = ExceptionList(
            actor,
            at,
            ExceptionFilters(
                state=given.get("state", ""),
                kind=given.get("kind", ""),
                words=given.get("q", "")[:60].replace("\x00", ""),
            ),
        )
        pages = Paginator(found, _whole(given.get("size", ""), 100, LARGEST_PAGE))
        page = pages.get_page(_whole(given.get("page", ""), 1, 10**9))
        return Response(
            {
                "count": pages.count,
                "pages": pages.num_pages,
                "results": [_row(each) for each in page],
            }
        )
    wish = WishIn(data=request.data)
    wish.is_valid(raise_exception=True)
    asked = wish.validated_data
    made = commands.request_exception(
        actor=actor,
        at=at,
        duty_id=asked["duty"],
        wish=Wish(
            kind=ExceptionKind(asked["kind"]),
            first=asked["period"],
            only=asked["only"],
            end=EndKind(asked["end"]),
            reason=asked["reason"],
            until_on=asked["until_on"],
            months=asked["months"],
            days=asked["days"],
            basis=asked["basis"],
            basis_urn=asked["basis_urn"],
        ),
        idempotency_key=asked.get("idempotency_key"),
    )
    return Response(made, status=201)


@extend_schema(responses=ExceptionOut, operation_id="get_exception")
@endpoint("duties.exception.view")
def exception(request: Request, actor: Actor, exception_id: int, prov: int) -> Response:
    """Read one exception."""
    return Response(_row(get_exception(actor, clock.now(), exception_id, prov)))


@extend_schema(request=GrantIn, responses=ExceptionOut, operation_id="grant_exception")
@endpoint("duties.exception.grant", "POST")
def grant_exception(request: Request, actor: Actor, exception_id: int, prov: int) -> Response:
    """Grant what an organisation that the token's authority reviews asked for."""
    given = GrantIn(data=request.data)
    given.is_valid(raise_exception=True)
    at = clock.now()
    commands.grant_exception(
        actor=actor, at=at, exception_id=exception_id, prov=prov, **given.validated_data
    )
    return Response(_row(get_exception(actor, at, exception_id, prov)))


@extend_schema(request=AnswerIn, responses=ExceptionOut, operation_id="refuse_exception")
@endpoint("duties.exception.refuse", "POST")
def refuse_exception(request: Request, actor: Actor, exception_id: int, prov: int) -> Response:
    """Refuse a request, with the reason."""
    given = AnswerIn(data=request.data)
    given.is_valid(raise_exception=True)
    at = clock.now()
    commands.refuse_exception(
        actor=actor, at=at, exception_id=exception_id, prov=prov, **given.validated_data
    )
    return Response(_row(get_exception(actor, at, exception_id, prov)))


@extend_schema(request=AnswerIn, responses=ExceptionOut, operation_id="revoke_exception")
@endpoint("duties.exception.revoke", "POST")
def revoke_exception(request: Request, actor: Actor, exception_id: int, prov: int) -> Response:
    """Take back an exception in force, with the reason."""
    given = AnswerIn(data=request.data)
    given.is_valid(raise_exception=True)
    at = clock.now()
    commands.revoke_exception(
        actor=actor, at=at, exception_id=exception_id, prov=prov, **given.validated_data
    )
    return Response(_row(get_exception(actor, at, exception_id, prov)))


@extend_schema(request=None, responses=ExceptionOut, operation_id="withdraw_exception")
@endpoint("duties.exception.withdraw", "POST")
def withdraw_exception(request: Request, actor: Actor, exception_id: int, prov: int) -> Response:
    """Take back a request of one's own that waits."""
    at = clock.now()
    commands.withdraw_exception(actor=actor, at=at, exception_id=exception_id, prov=prov)
    return Response(_row(get_exception(actor, at, exception_id, prov)))


_ONE = "exceptions/<int:exception_id>/<int:prov>"

urlpatterns = [
    path("exceptions", exceptions, name="api-exceptions"),
    path(_ONE, exception, name="api-exception"),
    path(f"{_ONE}/grant", grant_exception, name="api-exception-grant"),
    path(f"{_ONE}/refuse", refuse_exception, name="api-exception-refuse"),
    path(f"{_ONE}/revoke", revoke_exception, name="api-exception-revoke"),
    path(f"{_ONE}/withdraw", withdraw_exception, name="api-exception-withdraw"),
]
