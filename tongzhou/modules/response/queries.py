"""Reads of responses and phases."""

from datetime import datetime

from tongzhou.modules.registry.public import span
from tongzhou.modules.response import rules
from tongzhou.modules.response.contracts import Phase, ResponseRow, Segment, Setting
from tongzhou.modules.response.models import PhaseSetting, Response


def list_responses() -> list[ResponseRow]:
    """Return all responses, newest first."""
    return [
        ResponseRow(id=each.pk, name=each.name, kind=each.kind, started_at=each.started_at)
        for each in Response.objects.order_by("-started_at", "-pk")
    ]


def list_settings(response_id: int, at: datetime) -> list[Setting]:
    """Return the settings the system knew at ``at`` and that had begun by then."""
    found = []
    for each in PhaseSetting.objects.filter(
        response_id=response_id, from_at__lte=at, recorded_at__lte=at
    ).order_by("from_at"):
        low, high = span(each.region_id)
        found.append(Setting(low=low, high=high, phase=Phase(each.phase), from_at=each.from_at))
    return found


def list_segments(response_id: int, at: datetime) -> list[Segment]:
    """Return the disjoint segments of the nation with their phases as known at ``at``."""
    return rules.segments(list_settings(response_id, at), at)
