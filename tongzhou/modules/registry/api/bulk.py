"""API of bulk changes of attributes: prepare, look, apply, undo.

What the pages leave to a job is done within the request here, up to ``LARGEST`` organisations.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.api import endpoint
from tongzhou.modules.registry import commands
from tongzhou.modules.registry.queries import bulk

LARGEST = 20_000
_CHANGE = "registry.organisation.change"


class BulkIn(serializers.Serializer[Any]):
    """An attribute to give or to end, and for whom."""

    action = serializers.ChoiceField(choices=["ADD", "END"])
    attribute = serializers.CharField(max_length=30)
    day = serializers.DateField(help_text="First day of what is added, last day of what ends")
    basis = serializers.CharField(max_length=120)
    codes = serializers.ListField(
        child=serializers.CharField(max_length=30), min_length=1, max_length=LARGEST
    )
    idempotency_key = serializers.CharField(required=False, max_length=80)


class BulkOut(serializers.Serializer[Any]):
    """A bulk change: outcomes name how many would change (CHANGE), and why others would not."""

    id = serializers.UUIDField()
    action = serializers.ChoiceField(choices=["ADD", "END"])
    attribute = serializers.CharField()
    day = serializers.DateField()
    basis = serializers.CharField()
    state = serializers.CharField()
    outcomes = serializers.DictField(child=serializers.IntegerField())


class BulkUndoIn(serializers.Serializer[Any]):
    """Why a change is taken back."""

    reason = serializers.CharField(max_length=120)


def _told(actor: Actor, change_id: UUID) -> dict[str, Any]:
    change = bulk.get_bulk_change(actor, change_id)
    return {
        "id": change.id,
        "action": change.action,
        "attribute": change.attribute,
        "day": change.day,
        "basis": change.basis,
        "state": change.state,
        "outcomes": change.outcomes,
    }


def _check_size(actor: Actor, change_id: UUID) -> None:
    if bulk.get_bulk_change(actor, change_id).count > LARGEST:
        raise Refusal(
            "一次最多%(limit)d个代码。",
            params={"limit": LARGEST},
            code="too-many-codes",
            way_out="请分几次办理，或者按条件选择。",
        )


@extend_schema(request=BulkIn, responses={201: BulkOut}, operation_id="prepare_bulk_change")
@endpoint(_CHANGE, "POST")
def prepare(request: Request, actor: Actor) -> Response:
    """Judge what an attribute given or ended would do to each organisation; changes nothing."""
    given = BulkIn(data=request.data)
    given.is_valid(raise_exception=True)
    facts = given.validated_data
    with transaction.atomic():
        change = UUID(
            commands.start_bulk_change(
                actor=actor,
                at=clock.now(),
                action=facts["action"],
                attribute=facts["attribute"],
                day=facts["day"],
                basis=facts["basis"],
                codes=facts["codes"],
                idempotency_key=facts.get("idempotency_key"),
            )
        )
        if bulk.get_bulk_change(actor, change).state == "PREPARING":
            commands.prepare_bulk_change(actor=actor, at=clock.now(), change_id=change)
    return Response(_told(actor, change), status=201)


@extend_schema(responses=BulkOut, operation_id="get_bulk_change")
@endpoint(_CHANGE)
def show(request: Request, actor: Actor, change_id: UUID) -> Response:
    """Return one bulk change of the token's authority."""
    return Response(_told(actor, change_id))


@extend_schema(request=None, responses=BulkOut, operation_id="apply_bulk_change")
@endpoint(_CHANGE, "POST")
def carry_out(request: Request, actor: Actor, change_id: UUID) -> Response:
    """Carry a prepared change out, all at once."""
    _check_size(actor, change_id)
    commands.apply_bulk_change(actor=actor, at=clock.now(), change_id=change_id)
    return Response(_told(actor, change_id))


@extend_schema(request=BulkUndoIn, responses=BulkOut, operation_id="undo_bulk_change")
@endpoint(_CHANGE, "POST")
def undo(request: Request, actor: Actor, change_id: UUID) -> Response:
    """Take an applied change back; returns the reverse change."""
    given = BulkUndoIn(data=request.data)
    given.is_valid(raise_exception=True)
    _check_size(actor, change_id)
    made = commands.undo_bulk_change(
        actor=actor,
        at=clock.now(),
        change_id=change_id,
        reason=given.validated_data["reason"],
    )
    return Response(_told(actor, UUID(made)))


urlpatterns = [
    path("organisations/bulk/", prepare, name="api-bulk-prepare"),
    path("organisations/bulk/<uuid:change_id>/", show, name="api-bulk"),
    path("organisations/bulk/<uuid:change_id>/apply/", carry_out, name="api-bulk-apply"),
    path("organisations/bulk/<uuid:change_id>/undo/", undo, name="api-bulk-undo"),
]
