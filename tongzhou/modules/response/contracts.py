"""What a response is made of: phases, settings, segments."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Phase(StrEnum):
    """The phase of a response in a region, from the highest level to after its end.

    Levels as in the Emergency Response Law (2024), article 71; NORMALISED is 常态化防控; ENDED
    is after the response was declared over (article 86). INHERIT is no phase: it gives a region
    back to the setting of the region above it.
    """

    LEVEL_1 = "LEVEL_1"
    LEVEL_2 = "LEVEL_2"
    LEVEL_3 = "LEVEL_3"
    LEVEL_4 = "LEVEL_4"
    NORMALISED = "NORMALISED"
    ENDED = "ENDED"
    INHERIT = "INHERIT"


PHASE_LABELS = {
    Phase.LEVEL_1: "一级响应",
    Phase.LEVEL_2: "二级响应",
    Phase.LEVEL_3: "三级响应",
    Phase.LEVEL_4: "四级响应",
    Phase.NORMALISED: "常态化防控",
    Phase.ENDED: "响应终止",
    Phase.INHERIT: "随上级",
}

IN_FORCE = tuple(phase for phase in Phase if phase != Phase.INHERIT)


def bit(phase: Phase) -> int:
    """Return the bit of a phase in a duty's phase set; the order is fixed for good."""
    return 1 << IN_FORCE.index(phase)


@dataclass(frozen=True, slots=True)
class Setting:
    """From ``from_at`` on, the region with ids ``low``..``high`` is in ``phase``."""

    low: int
    high: int
    phase: Phase
    from_at: datetime


@dataclass(frozen=True, slots=True)
class Segment:
    """A range of region ids that share one history of phases up to a moment.

    ``history``: (since, phase or None) in order of time; the last entry is in force.
    """

    low: int
    high: int
    history: tuple[tuple[datetime, Phase | None], ...]

    @property
    def phase(self) -> Phase | None:
        """Return the phase in force, or None when nothing was ever set here."""
        return self.history[-1][1] if self.history else None

    @property
    def since(self) -> datetime | None:
        """Return since when the present phase holds."""
        return self.history[-1][0] if self.history else None


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """A response as other modules see it."""

    id: int
    name: str
    kind: str
    started_at: datetime
