"""What other modules may use of responses."""

from tongzhou.modules.response.contracts import (
    IN_FORCE,
    PHASE_LABELS,
    Phase,
    ResponseRow,
    Segment,
    bit,
)
from tongzhou.modules.response.queries import list_responses, list_segments
from tongzhou.modules.response.rules import phase_at, since

__all__ = [
    "IN_FORCE",
    "PHASE_LABELS",
    "Phase",
    "ResponseRow",
    "Segment",
    "bit",
    "list_responses",
    "list_segments",
    "phase_at",
    "since",
]
