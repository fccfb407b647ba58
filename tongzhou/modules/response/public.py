"""What other modules may use of responses."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.modules.response.commands import set_phase, start_response
from tongzhou.modules.response.contracts import (
    IN_FORCE,
    PHASE_LABELS,
    Phase,
    RegionPhase,
    ResponseRow,
    Segment,
    Setting,
    bit,
)
from tongzhou.modules.response.queries import (
    find_place,
    find_place_phases,
    get_phase,
    list_known,
    list_own_phases,
    list_responses,
    list_segments,
)
from tongzhou.modules.response.rules import phase_at, segments, since

__all__ = [
    "IN_FORCE",
    "PHASE_LABELS",
    "Phase",
    "RegionPhase",
    "ResponseRow",
    "Segment",
    "Setting",
    "bit",
    "find_place_phases",
    "get_phase",
    "list_known",
    "list_own_phases",
    "list_responses",
    "list_segments",
    "phase_at",
    "ribbon",
    "segments",
    "set_phase",
    "since",
    "start_response",
]


def ribbon(*, actor: Actor, at: datetime) -> dict[str, Any] | None:
    """Return what the ribbon over every workspace shows: the gravest response where the actor is.

    An authority is where it governs, an organisation where it is located. None when no response
    has reached that place, and for the public.
    """
    place = _place(actor)
    if place is None:
        return None
    reached = find_place_phases(place, at)
    if not reached:
        return None
    response, held = min(reached, key=lambda pair: IN_FORCE.index(pair[1].phase or Phase.ENDED))
    phase = held.phase or Phase.ENDED
    return {
        "response": response.name,
        "level_label": gettext(PHASE_LABELS[phase]),
        "level_code": phase.value,
        "since": held.since.astimezone(clock.PLACE).date() if held.since else None,
        "place": held.region.name,
        "changes_url": reverse("response:response-detail", args=[response.id]),
    }


def _place(actor: Actor) -> int | None:
    if actor.is_organisation and actor.organisation_id is not None and actor.prov is not None:
        return find_place(actor.organisation_id, actor.prov)
    if (actor.is_authority or actor.is_reader) and actor.low <= actor.high:
        return actor.low
    return None
