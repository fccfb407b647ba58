"""What a response is made of: phases, settings, segments, and the rows that pages show."""

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

LEVELS = (Phase.LEVEL_1, Phase.LEVEL_2, Phase.LEVEL_3, Phase.LEVEL_4)


class Kind(StrEnum):
    """What a response answers: the four kinds of the Emergency Response Law (2024), article 2."""

    EPIDEMIC = "EPIDEMIC"
    DISASTER = "DISASTER"
    ACCIDENT = "ACCIDENT"
    SECURITY = "SECURITY"


KIND_LABELS = {
    Kind.EPIDEMIC: "公共卫生事件",
    Kind.DISASTER: "自然灾害",
    Kind.ACCIDENT: "事故灾难",
    Kind.SECURITY: "社会安全事件",
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
    note: str = ""


@dataclass(frozen=True, slots=True)
class RegionName:
    """A region as pages name it."""

    id: int
    name: str
    level: str
    parent_id: int | None
    has_children: bool


@dataclass(frozen=True, slots=True)
class RegionPhase:
    """The phase in force in a region and where it comes from.

    ``origin_id``/``origin`` name the region whose setting holds here; ``own`` tells whether that is
    the region itself. Without any setting ``phase``, ``since`` and ``origin_id`` are None.
    ``differing`` counts the regions inside that have set another phase for themselves.
    """

    region: RegionName
    phase: Phase | None
    since: datetime | None
    origin_id: int | None
    origin: str
    own: bool
    differing: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A region inside the one that is set which keeps a phase of its own."""

    region_id: int
    name: str
    phase: Phase


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One step of a response: which region, from which phase to which, decided by whom.

    ``kept`` are the regions inside that do not follow, because they have a setting of their own.
    ``scheduled``: it has not begun yet.
    """

    id: int
    region_id: int
    region: str
    set_to: Phase
    before: Phase | None
    after: Phase | None
    from_at: datetime
    recorded_at: datetime
    decided_by: str
    document: str
    note: str
    set_by: str
    kept: tuple[Kept, ...]
    scheduled: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a setting would change, before anybody has decided it.

    ``following`` are the child regions that would move with it. ``backdated``: it would hold from
    before now, so that past figures read differently from today on.
    """

    response: ResponseRow
    region: RegionName
    set_to: Phase
    before: Phase | None
    after: Phase | None
    from_at: datetime
    following: tuple[RegionName, ...]
    kept: tuple[Kept, ...]
    backdated: bool
    scheduled: bool
