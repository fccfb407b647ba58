"""Whether many bearers owe what is reported for them: judged once for each place and profile."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from tongzhou.base.errors import Missing, Refusal
from tongzhou.base.period import ZONE
from tongzhou.kernel.database import array, rows
from tongzhou.modules.duties.commands.ledger import OWING, Key
from tongzhou.modules.duties.queries.exempt import deferred, list_let_off
from tongzhou.modules.duties.queries.force import Ground, get_duty, get_version
from tongzhou.modules.duties.queries.owing import let_off, not_owed
from tongzhou.modules.duties.queries.spells import (
    Spell,
    bound_of_profiles,
    find_spell,
    list_spells,
)
from tongzhou.modules.duties.queries.windowing import list_windows
from tongzhou.modules.duties.rules.windows import Window
from tongzhou.modules.registry.public import BearerRow, find_bearer

Bearer = tuple[int, int]
Bound = Mapping[int, frozenset[int]]


class Judged(NamedTuple):
    """What a bearer owes: the window, and the cell that it counts to."""

    window: Window
    cell_id: int


class _Place(NamedTuple):
    """Where a locked bearer is, and whether it is in business."""

    status: str
    cell_id: int
    place: int
    registered_region: int
    profile_id: int


def judge(keys: Sequence[Key], at: datetime) -> list[Judged]:
    """Lock the bearers of keys until the transaction ends; return what each key's bearer owes.

    Missing for an unknown bearer; Refusal for what is not owed, or is waived. Deferred ones have
    their own due time.
    """
    places = _lock([(key.organisation_id, key.prov) for key in keys])
    ground = Ground(at)
    asked: dict[tuple[int, date], list[int]] = {}
    for number, key in enumerate(keys):
        asked.setdefault((key.duty_id, key.period), []).append(number)
    windows = {
        (duty_id, day): list_windows(at, duty_ids=[duty_id], day=day, ground=ground)
        for duty_id, day in asked
    }
    if any(_is_closed(each, at) for found in windows.values() for each in found):
        match: _Match = _Past(places, min(day for _duty, day in windows), at)
    else:
        match = _Present(places)
    owed: list[Judged | None] = [None] * len(keys)
    for (duty_id, day), numbers in asked.items():
        found = match.each([keys[n] for n in numbers], windows[duty_id, day])
        for number, each in zip(numbers, found, strict=True):
            if each is None:
                raise _refusal(keys[number], at, ground)
            owed[number] = each
    return _with_exceptions(keys, [each for each in owed if each is not None], at)


_LOCK = """
SELECT o.id, o.prov, o.status, o.cell_id, c.place, c.registered_region, c.profile_id
FROM unnest(%s::bigint[], %s::smallint[]) AS k(id, prov)
JOIN registry_organisation o ON o.id = k.id AND o.prov = k.prov
JOIN registry_cell c ON c.id = o.cell_id AND c.prov = o.prov
ORDER BY o.id, o.prov
"""


def _lock(bearers: Sequence[Bearer]) -> dict[Bearer, _Place]:
    """Lock bearers FOR SHARE until the transaction ends; unknown ones are left out.

    Whoever was moving while the lock was waited for is missing from that statement, and is read
    again where it is now.
    """
    wanted = list(dict.fromkeys(bearers))
    params = [array([each[0] for each in wanted]), array([each[1] for each in wanted])]
    found = rows(_LOCK + "FOR SHARE OF o", params)
    if len(found) < len(wanted):
        found = rows(_LOCK, params)
    return {row[:2]: _Place(*row[2:]) for row in found}


def _is_closed(window: Window, at: datetime) -> bool:
    closes = window.period.closes_at
    return closes is not None and closes <= at


class _Present:
    """Judges by where bearers are now: nothing that is asked for has closed."""

    def __init__(self, places: Mapping[Bearer, _Place]) -> None:
        self.places = places
        self.bound = bound_of_profiles({each.profile_id for each in places.values()})

    def each(self, keys: Sequence[Key], windows: Sequence[Window]) -> list[Judged | None]:
        """Return what the bearer of each key owes of the windows; Missing for an unknown one."""
        none: frozenset[int] = frozenset()
        known: dict[tuple[int, int, int], Window | None] = {}
        found: list[Judged | None] = []
        for key in keys:
            held = self.places.get((key.organisation_id, key.prov))
            if held is None:
                raise unknown()
            status, cell, place, registered, profile = held
            where = (place, registered, profile)
            if where not in known:
                bound = self.bound.get(profile, none)
                known[where] = next(
                    (
                        each
                        for each in windows
                        if each.low <= place <= each.high
                        and each.registered_low <= registered <= each.registered_high
                        and each.binds(bound)
                    ),
                    None,
                )
            window = known[where]
            found.append(Judged(window, cell) if window and status in OWING else None)
        return found


class _Past:
    """Judges by where bearers stood when: a closed period is owed by who was there then."""

    def __init__(self, places: Mapping[Bearer, _Place], first: date, at: datetime) -> None:
        self.places, self.at = places, at
        since = datetime.combine(first, datetime.min.time(), ZONE)
        self.spells = {key: tuple(each) for key, each in list_spells(places, since).items()}
        self.bound = bound_of_profiles(
            {each.profile_id for held in self.spells.values() for each in held}
        )

    def each(self, keys: Sequence[Key], windows: Sequence[Window]) -> list[Judged | None]:
        """Return what the bearer of each key owes of the windows; Missing for an unknown one."""
        known: dict[tuple[Spell, ...], Judged | None] = {}
        found: list[Judged | None] = []
        for key in keys:
            bearer = (key.organisation_id, key.prov)
            if bearer not in self.places:
                raise unknown()
            stood = self.spells[bearer]
            if stood not in known:
                matches = ((w, find_spell(w, stood, self.bound, self.at)) for w in windows)
                known[stood] = next(
                    (Judged(window, spell.cell_id) for window, spell in matches if spell), None
                )
            found.append(known[stood] if self.places[bearer].status in OWING else None)
        return found


_Match = _Present | _Past


def unknown() -> Missing:
    """Return the refusal of a bearer that is not on the register."""
    return Missing("名册中没有这个主体。")


def _bearer(key: Key) -> BearerRow:
    found = find_bearer(key.organisation_id, key.prov)
    if found is None:
        raise unknown()
    return found


def _refusal(key: Key, at: datetime, ground: Ground) -> Refusal:
    bearer = _bearer(key)
    return not_owed(bearer, get_duty(key.duty_id, at, bearer=bearer, ground=ground))


_EXCEPTED = """
SELECT DISTINCT e.duty_id, e.organisation_id, e.prov
FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[]) AS k(duty, organisation, prov)
JOIN duties_exception e ON e.duty_id = k.duty AND e.organisation_id = k.organisation
                       AND e.prov = k.prov
"""


def _with_exceptions(keys: Sequence[Key], owed: list[Judged], at: datetime) -> list[Judged]:
    """Return what is owed with the due times that bearers have by exception; refuse waived ones."""
    params = [
        array([key.duty_id for key in keys]),
        array([key.organisation_id for key in keys]),
        array([key.prov for key in keys]),
    ]
    some = set(rows(_EXCEPTED, params))
    if not some:
        return owed
    few = [n for n, key in enumerate(keys) if (key.duty_id, *_of(key)) in some]
    off = list_let_off([(*_of(keys[n]), owed[n].window) for n in few], at)
    for place, number in enumerate(few):
        each = off.get(place)
        if each is None:
            continue
        window, cell = owed[number]
        if each.waived:
            raise let_off(_bearer(keys[number]), get_version(window.version_id))
        owed[number] = Judged(deferred(window, each), cell)
    return owed


def _of(key: Key) -> Bearer:
    return key.organisation_id, key.prov
