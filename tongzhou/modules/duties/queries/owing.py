"""What one bearer owes: the windows of where it stands, or stood, less what it is let off."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tongzhou.base.errors import Refusal
from tongzhou.modules.duties.queries.exempt import deferred, list_let_off
from tongzhou.modules.duties.queries.force import DutyRow, Ground, get_duty, get_version
from tongzhou.modules.duties.queries.spells import Stood, find_spell, read_stood
from tongzhou.modules.duties.queries.windowing import list_windows
from tongzhou.modules.duties.rules.windows import Window
from tongzhou.modules.registry.public import BearerRow

#: Longer than any period and the time allowed after it.
MEMORY = timedelta(days=500)


@dataclass(frozen=True, slots=True)
class Owing:
    """One obligation of a bearer: the window with its own due time, and the cell it counts to.

    ``deferred``: the due time is its own by an exception. ``waived``: it is let off.
    """

    window: Window
    cell_id: int
    deferred: bool = False
    waived: bool = False


def list_owing(
    bearer: BearerRow,
    at: datetime,
    ask: Callable[[int], Iterable[Window]],
    stood: Stood | None = None,
) -> list[Owing]:
    """Return what a bearer owes of the windows that ``ask`` gives for a place, waived included.

    Closed periods are asked for wherever the bearer stood meanwhile.
    """
    key = (bearer.id, bearer.prov)
    stood = stood or read_stood(key, at - MEMORY)
    held: dict[tuple[int, date], tuple[Window, int]] = {}
    for place in dict.fromkeys(each.place for each in stood.spells):
        there = [each for each in stood.spells if each.place == place]
        for window in ask(place):
            spell = find_spell(window, there, stood.bound, at)
            if spell is not None:
                held.setdefault((window.duty_id, window.period.start), (window, spell.cell_id))
    found = list(held.values())
    asked = [(*key, window) for window, _cell in found] if stood.excepted else []
    let_off = list_let_off(asked, at)
    return [
        Owing(
            window=deferred(window, let_off.get(number)),
            cell_id=cell,
            deferred=number in let_off,
            waived=number in let_off and let_off[number].waived,
        )
        for number, (window, cell) in enumerate(found)
    ]


def find_owing(
    at: datetime,
    duty_id: int,
    bearer: BearerRow,
    day: date,
    ground: Ground | None = None,
    stood: Stood | None = None,
) -> Owing | None:
    """Return what a bearer owes of a duty for a period, None for nothing; waived ones are given."""
    if bearer.status not in {"ACTIVE", "SUSPENDED"}:
        return None
    ground = ground or Ground(at)
    found = list_owing(
        bearer,
        at,
        lambda place: list_windows(at, duty_ids=[duty_id], day=day, place=place, ground=ground),
        stood,
    )
    return found[0] if found else None


def find_window(
    at: datetime, duty_id: int, bearer: BearerRow, day: date, ground: Ground | None = None
) -> Window | None:
    """Return the window in which a bearer owes a duty for a period, None if it does not."""
    owing = find_owing(at, duty_id, bearer, day, ground)
    return owing.window if owing is not None and not owing.waived else None


def duty_for(
    at: datetime,
    duty_id: int,
    bearer: BearerRow,
    day: date,
    *,
    ground: Ground | None = None,
    stood: Stood | None = None,
) -> tuple[DutyRow, Owing | None]:
    """Return the version by which a bearer reports on a duty for a period, and what it owes.

    Without anything owed, the version that rules where the bearer is. Missing if there is no such
    duty. ``ground`` and ``stood`` are what the caller has read.
    """
    ground = ground or Ground(at)
    owing = find_owing(at, duty_id, bearer, day, ground, stood)
    if owing is not None:
        return get_version(owing.window.version_id), owing
    return get_duty(duty_id, at, bearer=bearer, ground=ground), None


def not_owed(bearer: BearerRow, duty: DutyRow) -> Refusal:
    """Return the refusal of a report that nobody asked for."""
    return Refusal(
        "“%(name)s”在这一期没有这项任务：不在承担范围内，或所在地目前的响应阶段未要求。",
        params={"name": bearer.name},
        code="not-owed",
        clause=duty.urn,
        way_out="可打开“为什么是我”查看依据。",
    )


def let_off(bearer: BearerRow, duty: DutyRow) -> Refusal:
    """Return the refusal of a report on what a bearer is let off."""
    return Refusal(
        "“%(name)s”在这一期免除这项任务，不需要报送。",
        params={"name": bearer.name},
        code="waived",
        clause=duty.urn,
        way_out="可在“例外”中查看依据；如需恢复，请登记管理机关撤销免除。",
    )


def require_owed(owing: Owing | None, bearer: BearerRow, duty: DutyRow) -> Owing:
    """Return what is owed; refuse what is not, or is waived."""
    if owing is None:
        raise not_owed(bearer, duty)
    if owing.waived:
        raise let_off(bearer, duty)
    return owing


def covers(window: Window, bearer: BearerRow) -> bool:
    """Tell whether a window holds a bearer's place and registering region."""
    return (
        window.low <= bearer.place <= window.high
        and window.registered_low <= bearer.registered_region <= window.registered_high
    )


def owing_windows(found: Sequence[Owing]) -> list[Window]:
    """Return the windows of what is owed and not waived."""
    return [each.window for each in found if not each.waived]
