"""API of the response module."""

from datetime import datetime
from typing import Any

from django.urls import path
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.api import endpoint
from tongzhou.modules.response import commands, queries
from tongzhou.modules.response.contracts import Kind, Phase, RegionPhase, ResponseRow


class ResponseOut(serializers.Serializer[Any]):
    """A response to one emergency."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=[each.value for each in Kind])
    started_at = serializers.DateTimeField()
    note = serializers.CharField()


class PhaseOut(serializers.Serializer[Any]):
    """The phase in force in a region and the region whose setting holds there."""

    region = serializers.IntegerField()
    name = serializers.CharField()
    level = serializers.CharField()
    phase = serializers.CharField(allow_null=True)
    since = serializers.DateTimeField(allow_null=True)
    origin = serializers.IntegerField(allow_null=True)
    own = serializers.BooleanField()


class PhaseIn(serializers.Serializer[Any]):
    """A phase to set; ``idempotency_key`` makes a repeat harmless."""

    region = serializers.IntegerField(min_value=0, max_value=999_999)
    phase = serializers.ChoiceField(choices=[each.value for each in Phase])
    from_at = serializers.DateTimeField()
    decided_by = serializers.CharField(max_length=120)
    document = serializers.CharField(max_length=200, required=False, default="")
    note = serializers.CharField(max_length=2_000, required=False, default="")
    idempotency_key = serializers.CharField(max_length=80, required=False, allow_null=True)


class SettingOut(serializers.Serializer[Any]):
    """The id of a setting and what it made of the region."""

    id = serializers.IntegerField()
    phase = PhaseOut()


def _response(row: ResponseRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "kind": row.kind,
        "started_at": row.started_at,
        "note": row.note,
    }


def _phase(row: RegionPhase) -> dict[str, Any]:
    return {
        "region": row.region.id,
        "name": row.region.name,
        "level": row.region.level,
        "phase": row.phase.value if row.phase else None,
        "since": row.since,
        "origin": row.origin_id,
        "own": row.own,
    }


def _moment(request: Request) -> datetime:
    """Return the moment asked for by ``?at=``, at the latest now."""
    now = clock.now()
    text = request.query_params.get("at")
    if not text:
        return now
    try:
        found = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        found = None
    if found is None or not is_aware(found):
        raise Refusal(
            "时间应写成带时区的格式，例如 2020-01-24T18:00:00+08:00。", code="moment", field="at"
        )
    return min(found, now)


@extend_schema(responses=ResponseOut(many=True), operation_id="list_responses")
@endpoint("public")
def list_responses(request: Request, actor: Actor) -> Response:
    """List the responses, newest first."""
    return Response([_response(each) for each in queries.list_responses()])


_REGION = OpenApiParameter("region", int, description="GB/T 2260 code; 0 is the nation")
_AT = OpenApiParameter("at", str, description="A past moment, ISO 8601 with a time zone")


@extend_schema(responses=PhaseOut, parameters=[_REGION, _AT], operation_id="get_phase")
@endpoint("public")
def get_phase(request: Request, actor: Actor, response_id: int) -> Response:
    """Tell the phase of a region, now or at a past moment, and where it is inherited from."""
    text = request.query_params.get("region", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise Refusal("地区应为六位行政区划代码。", code="region", field="region")
    return Response(_phase(queries.get_phase(response_id, int(text), _moment(request))))


@extend_schema(responses=PhaseOut(many=True), parameters=[_AT], operation_id="list_own_phases")
@endpoint("public")
def list_phases(request: Request, actor: Actor, response_id: int) -> Response:
    """List the regions that have a phase of their own; all others follow the nearest above."""
    queries.get_response(response_id)
    found = queries.list_own_phases(response_id, _moment(request))
    return Response([_phase(each) for each in found])


@extend_schema(request=PhaseIn, responses={201: SettingOut}, operation_id="set_phase")
@endpoint("response.phase.set", "POST")
def set_phase(request: Request, actor: Actor, response_id: int) -> Response:
    """Set the phase of a region that the caller's authority governs."""
    wish = PhaseIn(data=request.data)
    wish.is_valid(raise_exception=True)
    data = wish.validated_data
    at = clock.now()
    made = commands.set_phase(
        actor=actor,
        at=at,
        response_id=response_id,
        region_id=data["region"],
        phase=data["phase"],
        from_at=data["from_at"],
        decided_by=data["decided_by"],
        document=data["document"],
        note=data["note"],
        idempotency_key=data.get("idempotency_key"),
    )
    held = queries.get_phase(response_id, data["region"], at)
    return Response({"id": made, "phase": _phase(held)}, status=201)


urlpatterns = [
    path("responses/", list_responses, name="api-response-list"),
    path("responses/<int:response_id>/phase", get_phase, name="api-phase"),
    path("responses/<int:response_id>/phases", list_phases, name="api-phase-list"),
    path("responses/<int:response_id>/phases/set", set_phase, name="api-phase-set"),
]
