"""How many reports were made on duties, over all their periods."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows

#: Periods further back than this many days are not looked at.
LONGEST = 800

_COUNTED = """
SELECT k.duty_id, sum(k.submitted + k.accepted)::bigint
FROM (
    SELECT duty_id, cell_id, prov, submitted, accepted FROM duties_counter
    WHERE duty_id = ANY(%(roots)s) AND period = ANY(%(days)s::date[])
    UNION ALL
    SELECT duty_id, cell_id, prov, submitted, accepted FROM duties_delta
    WHERE duty_id = ANY(%(roots)s) AND period = ANY(%(days)s::date[])
) k
JOIN registry_cell c ON c.id = k.cell_id AND c.prov = k.prov
WHERE c.place BETWEEN %(low)s AND %(high)s OR c.registered_region BETWEEN %(low)s AND %(high)s
GROUP BY k.duty_id
"""


def count_reports(actor: Actor, roots: Iterable[int], at: datetime) -> dict[int, int]:
    """Return how many reports on each duty stand, in review or accepted, of all its periods.

    Over the bearers that the actor's authority may see; duties without a report are left out.
    """
    wanted = sorted(set(roots))
    if not wanted:
        return {}
    first = rows(
        "SELECT min(e.from_at) FROM duties_enforcement e JOIN duties_duty d"
        " ON d.library_id = e.library_id WHERE d.root_id = ANY(%s)",
        [wanted],
    )[0][0]
    if first is None:
        return {}
    last = at.astimezone(clock.PLACE).date()
    # A period may have begun before the day it came into force: the month, the year.
    begin = max(
        first.astimezone(clock.PLACE).date() - timedelta(days=366), last - timedelta(days=LONGEST)
    )
    days = [begin + timedelta(days=n) for n in range((last - begin).days + 1)]
    found = rows(_COUNTED, {"roots": wanted, "days": days, "low": actor.low, "high": actor.high})
    return {duty: count for duty, count in found if count}
