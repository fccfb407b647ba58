"""What is in force and which phases there are, kept by the process under the database's stamp.

Every change of an enforcement or a phase gives ``duties_ground`` another stamp, in the same
transaction. The stamp is read before what is kept under it, so something newer may be kept than
the stamp tells, which is what a reader would find a moment later, but never something older.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from uuid import UUID

from tongzhou.kernel.database import rows
from tongzhou.modules.duties.models import Enforcement
from tongzhou.modules.duties.rules.lineage import Lineage
from tongzhou.modules.duties.rules.windows import Window
from tongzhou.modules.response.public import Segment, Setting, list_known, segments

_KEPT = 4


@dataclass(frozen=True, slots=True)
class EnforcementRow:
    """A library put in force under a response; ``to_at`` may lie ahead."""

    id: int
    library_id: int
    expression: str
    response_id: int
    from_at: datetime
    to_at: datetime | None
    decided_by: str


@dataclass(slots=True)
class Known:
    """All enforcements in the order they came in force, and all settings of phases by response.

    ``phases`` give each setting with the moment from which on it counts, in that order.
    ``lineages`` keeps what was made of the first so many enforcements, ``windows`` what
    :mod:`.windowing` made of all of it, with the moments at which they may change.
    """

    history: tuple[EnforcementRow, ...]
    phases: Mapping[int, Sequence[tuple[datetime, Setting]]]
    lineages: dict[int, Mapping[int, Lineage]] = field(default_factory=dict)
    windows: dict[Any, tuple[Window, ...]] = field(default_factory=dict)
    moments: tuple[Sequence[datetime], Sequence[time]] | None = None
    _segments: dict[tuple[int, int], list[Segment]] = field(default_factory=dict)

    def begun(self, at: datetime) -> int:
        """Return how many of the enforcements had begun at a moment."""
        return bisect_right(self.history, at, key=lambda each: each.from_at)

    def segments(self, response_id: int, at: datetime) -> list[Segment]:
        """Return the disjoint segments of the nation with their phases as known at a moment."""
        settings = self.phases.get(response_id, ())
        counting = bisect_right(settings, at, key=lambda pair: pair[0])
        found = self._segments.get((response_id, counting))
        if found is None:
            found = segments([pair[1] for pair in settings[:counting]], at)
            self._segments[response_id, counting] = found
        return found


_known: OrderedDict[UUID, Known] = OrderedDict()


def known(stamp: UUID | None = None) -> Known:
    """Return what is known under a stamp that was read just now; without one it is read here."""
    if stamp is None:
        stamp = _stamp()
    found = None if stamp is None else _known.get(stamp)
    if found is not None:
        return found
    stamp = _stamp()
    found = Known(_history(), list_known())
    if stamp is not None:
        _known[stamp] = found
        while len(_known) > _KEPT:
            _known.popitem(last=False)
    return found


def _stamp() -> UUID | None:
    found = rows("SELECT stamp FROM duties_ground")
    return found[0][0] if found else None


def _history() -> tuple[EnforcementRow, ...]:
    return tuple(
        EnforcementRow(
            id=each.pk,
            library_id=each.library_id,
            expression=each.library.expression,
            response_id=each.response_id,
            from_at=each.from_at,
            to_at=each.to_at,
            decided_by=each.decided_by,
        )
        for each in Enforcement.objects.select_related("library")
        .defer("library__body", "library__groups")
        .order_by("from_at", "pk")
    )
