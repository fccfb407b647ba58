"""Where a bearer stood when: a closed period is owed by who was there as it closed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tongzhou.kernel.database import rows
from tongzhou.modules.duties.rules.windows import Window


@dataclass(frozen=True, slots=True)
class Spell:
    """From ``from_at`` until ``to_at`` (None: still) a bearer was in one cell."""

    cell_id: int
    place: int
    registered_region: int
    profile_id: int
    from_at: datetime
    to_at: datetime | None

    def owes(self, window: Window, bound: Collection[int], at: datetime) -> bool:
        """Tell whether the bearer owes a window in this spell.

        ``bound`` are the versions that bind its profile. A period that is open at ``at`` is owed
        by who is there now, a closed one by who was there as it closed.
        """
        closes = window.period.closes_at
        if closes is None or at < closes:
            stood = self.to_at is None
        else:
            stood = self.from_at < closes and (self.to_at is None or self.to_at >= closes)
        return (
            stood
            and window.low <= self.place <= window.high
            and window.registered_low <= self.registered_region <= window.registered_high
            and window.binds(bound)
        )


@dataclass(frozen=True, slots=True)
class Stood:
    """What one bearer was and is to duties: its spells, which versions bind it, leave it has.

    ``bound`` gives by profile the versions of duties that bind it; ``excepted`` tells whether there
    may be exceptions at all.
    """

    spells: Sequence[Spell]
    bound: Mapping[int, frozenset[int]]
    excepted: bool = True


def read_stood(bearer: tuple[int, int], since: datetime) -> Stood:
    """Return the spells of a bearer that had not ended at a moment, and what binds it in them."""
    spells = list_spells([bearer], since)[bearer]
    return Stood(spells, bound_by_profile(spells))


_SPELLS = """
SELECT k.id, k.prov, m.cell_id, c.place, c.registered_region, c.profile_id, m.from_at, m.to_at
FROM unnest(%s::bigint[], %s::smallint[]) AS k(id, prov)
JOIN registry_placement m ON m.organisation_id = k.id AND m.prov = k.prov
     AND (m.to_at IS NULL OR m.to_at >= %s)
JOIN registry_cell c ON c.id = m.cell_id AND c.prov = m.prov
ORDER BY k.id, k.prov, m.from_at DESC
"""


def list_spells(
    bearers: Iterable[tuple[int, int]], since: datetime
) -> dict[tuple[int, int], list[Spell]]:
    """Return by (id, prov) the spells of bearers that had not ended at a moment, latest first."""
    held = sorted(set(bearers))
    found: dict[tuple[int, int], list[Spell]] = {key: [] for key in held}
    for row in rows(_SPELLS, [[key[0] for key in held], [key[1] for key in held], since]):
        found[row[0], row[1]].append(Spell(*row[2:]))
    return found


def bound_by_profile(spells: Iterable[Spell]) -> dict[int, frozenset[int]]:
    """Return by profile the versions of duties that bind it, in force or not."""
    return bound_of_profiles({each.profile_id for each in spells})


def bound_of_profiles(profiles: Collection[int]) -> dict[int, frozenset[int]]:
    """Return by profile the versions of duties that bind it, in force or not."""
    found = rows(
        "SELECT profile_id, array_agg(duty_id) FROM duties_dutyprofile"
        " WHERE profile_id = ANY(%s) GROUP BY profile_id",
        [sorted(profiles)],
    )
    return {profile: frozenset(each) for profile, each in found}


def find_spell(
    window: Window, spells: Sequence[Spell], bound: Mapping[int, frozenset[int]], at: datetime
) -> Spell | None:
    """Return the spell in which a window is owed, None if it is in none of them."""
    none: frozenset[int] = frozenset()
    return next(
        (each for each in spells if each.owes(window, bound.get(each.profile_id, none), at)), None
    )
