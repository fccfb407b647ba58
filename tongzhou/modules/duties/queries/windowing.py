"""The windows of what is in force, kept by the process from one change to the next.

Between two moments at which a text comes or goes, a phase begins, a day begins or a deadline's time
of day strikes, no window changes: under the ground's stamp they are worked out once for each such
stretch of time.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time

from tongzhou.base.period import ZONE, Recurrence
from tongzhou.modules.duties.queries.force import Ground, duties_of, get_version
from tongzhou.modules.duties.queries.grounds import Known
from tongzhou.modules.duties.rules.windows import Window

#: So many answers are kept under one stamp; one for a nation is 700 windows.
_KEPT = 16


def list_windows(
    at: datetime,
    *,
    library_id: int | None = None,
    duty_ids: Iterable[int] | None = None,
    day: date | None = None,
    counted: bool = True,
    place: int | None = None,
    organ: str = "",
    recurrence: Recurrence | None = None,
    ground: Ground | None = None,
) -> Sequence[Window]:
    """Return the windows of the duties in force at a moment.

    ``library_id`` keeps the duties of one library, with what supplements made of them; ``duty_ids``
    are duties through all their versions. ``day`` asks for the period of that name instead of the
    one to report on now; phases and versions are then those at its end, or at ``at`` if that is
    earlier. ``counted`` leaves out duties that want no evidence. ``place`` keeps the windows that
    hold a region id; ``organ`` and ``recurrence`` what falls to an organ, or recurs so, by the
    version that rules. ``ground`` is shared by callers that ask for many days.
    """
    wanted = None if duty_ids is None else frozenset(duty_ids)
    ground = ground or Ground(at)
    if place is not None:
        return tuple(_list(ground, wanted, library_id, day, counted, place, organ, recurrence))
    kept = ground.known.windows
    key = (_since(ground.known, at), wanted, library_id, day, counted, organ, recurrence)
    found = kept.get(key)
    if found is None:
        found = tuple(_list(ground, wanted, library_id, day, counted, None, organ, recurrence))
        if len(kept) >= _KEPT:
            kept.clear()
        kept[key] = found
    return found


def _list(
    ground: Ground,
    wanted: frozenset[int] | None,
    library_id: int | None,
    day: date | None,
    counted: bool,
    place: int | None,
    organ: str,
    recurrence: Recurrence | None,
) -> Iterable[Window]:
    for duty in ground.duties(wanted):
        if library_id is not None and duty.library_id != library_id:
            continue
        for window in ground.windows(duty, day, place):
            if place is not None and not window.low <= place <= window.high:
                continue
            version = get_version(window.version_id)
            if (
                (not counted or version.is_counted)
                and (not organ or (version.spec.bearer.organ or "SECRETARIAT") == organ)
                and (recurrence is None or version.spec.recurrence is recurrence)
            ):
                yield window


def _since(known: Known, at: datetime) -> datetime:
    """Return the last moment up to ``at`` at which any window may have changed.

    A deadline ends a day or has a time of day, whatever it is counted from (``base.period``).
    """
    if known.moments is None:
        known.moments = _moments(known)
    turns, times = known.moments
    turned = bisect_right(turns, at)
    local = at.astimezone(ZONE)
    struck = times[bisect_right(times, local.time()) - 1]
    last = datetime.combine(local.date(), struck, ZONE)
    return max(last, turns[turned - 1]) if turned else last


def _moments(known: Known) -> tuple[Sequence[datetime], Sequence[time]]:
    """Return when texts come and go and phases begin, and the times of day of deadlines."""
    turns = {each for force in known.history for each in (force.from_at, force.to_at) if each}
    for settings in known.phases.values():
        turns.update(each for counts, setting in settings for each in (counts, setting.from_at))
    times = {time(0)}
    for library_id in {force.library_id for force in known.history}:
        deadlines = (duty.spec.deadline for duty in duties_of(library_id))
        times.update(each.time for each in deadlines if each is not None and each.time is not None)
    return sorted(turns), sorted(times)
