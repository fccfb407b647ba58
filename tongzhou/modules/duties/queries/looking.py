"""One duty of one bearer in a period before it is filled in: all there is, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tongzhou.base.errors import Missing
from tongzhou.kernel.database import rows
from tongzhou.modules.duties.queries.force import DutyRow, Ground
from tongzhou.modules.duties.queries.owing import MEMORY, Owing, duty_for
from tongzhou.modules.duties.queries.spells import Spell, Stood
from tongzhou.modules.registry.public import BearerRow

_LOOK = """
SELECT * FROM duties_look(%s::date, %s::bigint, %s::bigint, %s::smallint, %s::timestamptz)
"""


@dataclass(frozen=True, slots=True)
class Looked:
    """A bearer, the version of a duty it reports by, what it owes, and what there is so far.

    ``held``: state, version, late, reason, decider, submitted at and by, draft saved at.
    ``written``: answers, files and day of the report; answers and saver of the draft.
    """

    bearer: BearerRow
    duty: DutyRow
    owing: Owing | None
    held: Sequence[Any]
    written: Sequence[Any]


def look(own: tuple[int, int], duty_id: int, day: date, at: datetime) -> Looked:
    """Return what there is of a bearer (id, prov) and a duty; Missing without such ones."""
    found = rows(_LOOK, [day, duty_id, *own, at - MEMORY])
    if not found:
        raise Missing("名册中没有这个主体。")
    bearer = BearerRow(*own, *found[0][2:10])
    stood = [row for row in found if row[10] is not None]
    duty, owing = duty_for(
        at,
        duty_id,
        bearer,
        day,
        ground=Ground(at, found[0][0]),
        stood=Stood(
            spells=[Spell(*row[10:16]) for row in stood],
            bound={row[13]: frozenset(row[16]) for row in stood},
            excepted=found[0][1],
        ),
    )
    return Looked(bearer, duty, owing, found[0][17:25], found[0][25:])
