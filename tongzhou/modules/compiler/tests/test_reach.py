"""Whom duties reach and what they cost, counted field by field as it is person by person."""

import random
from collections import Counter
from typing import Any

import pytest

from tongzhou.modules.compiler.rules.reach import (
    Grid,
    Load,
    Population,
    Reach,
    Task,
    bits,
    count_by,
    weigh,
)

EVERYWHERE = ((0, 999_999),)
CITY = (440_100, 440_199)


def task(key: str, **more: Any) -> Task:
    """Return a duty of ten minutes a week for profiles 1 and 2, everywhere."""
    held: dict[str, Any] = {
        "root": key,
        "places": EVERYWHERE,
        "registered": (0, 999_999),
        "phases": frozenset({"LEVEL_1"}),
        "profiles": frozenset({1, 2}),
        "load": Load(weekly=10),
        **more,
    }
    return Task(key, **held)


def keys(reach: Reach, profile: int, place: int, registered: int) -> set[str]:
    """Return the duties that somebody owes."""
    owed = reach.owed(profile, reach.grid.field(place, registered))
    return {reach.tasks[number].key for number in bits(owed)}


def test_ranges_are_kept() -> None:
    """A duty holds inside its places and registering regions, the last id included."""
    tasks = [
        task("all"),
        task("city", places=(CITY,)),
        task("registered", registered=CITY),
        task("gap", places=((0, 440_105), (440_107, 999_999))),
    ]
    reach = Reach(Grid.of(tasks), tasks)
    assert keys(reach, 1, 440_106, 440_100) == {"all", "city", "registered"}
    assert keys(reach, 1, 440_199, 440_199) == {"all", "city", "registered", "gap"}
    assert keys(reach, 1, 440_200, 440_200) == {"all", "gap"}
    assert keys(reach, 3, 440_106, 440_100) == set()


def test_narrowest_refinement_rules() -> None:
    """A supplement's version rules inside its scope, the narrower one inside the wider."""
    tasks = [
        task("upper", root=7),
        task("province", root=7, refines=True, registered=(440_000, 449_999), width=10_000),
        task("city", root=7, refines=True, registered=CITY, width=100),
        task("orphan", root=8, refines=True),
    ]
    reach = Reach(Grid.of(tasks), tasks)
    assert keys(reach, 1, 110_101, 110_100) == {"upper"}
    assert keys(reach, 1, 440_305, 440_300) == {"province"}
    assert keys(reach, 1, 440_106, 440_100) == {"city"}


def test_loads_add_up_once() -> None:
    """Minutes of several duties add up, phase by phase."""
    tasks = [
        task("a"),
        task("b", phases=frozenset({"NORMALISED"}), load=Load(once=5, weekly=1, voluntary=2)),
    ]
    reach = Reach(Grid.of(tasks), tasks)
    owed = reach.owed(1, reach.grid.field(0, 0))
    assert reach.load(owed) == Load(5, 11, 2)
    assert reach.load(owed & reach.in_phase("NORMALISED")) == Load(5, 1, 2)
    assert reach.load(0) == Load()


def test_weighing() -> None:
    """The average counts everybody, the most is one bearer's, the cap counts who exceeds it."""
    found = weigh([(Load(weekly=10), 3), (Load(weekly=40, once=4), 1)], cap=30)
    assert found.average == Load(1, 17.5, 0)
    assert found.most == Load(weekly=40, once=4)
    assert found.over == 1
    assert weigh([], cap=30).average == Load()


def test_counting() -> None:
    """A bearer counts under each of its keys."""
    found = count_by(
        [Population(1, (1, 1), 4), Population(2, (1, 1), 6)],
        lambda each: ["all", "one"] if each.profile == 1 else ["all"],
    )
    assert found == {"all": 10, "one": 4}


@pytest.mark.parametrize("seed", range(20))
def test_fields_equal_persons(seed: int) -> None:
    """Counting populations of fields equals asking every single bearer."""
    chance = random.Random(seed)
    places = [0, 440_000, 440_100, 440_106, 440_199, 440_300, 440_305, 110_000, 999_999]

    def span() -> tuple[int, int]:
        low, high = sorted(chance.choices(places, k=2))
        return low, high

    tasks = [
        task(
            f"t{n}",
            root=n % 4,
            refines=n >= 4,
            width=chance.randrange(5) if n >= 4 else 0,
            places=(span(),),
            registered=span(),
            profiles=frozenset(chance.sample(range(4), 2)),
        )
        for n in range(7)
    ]
    grid = Grid.of(tasks)
    reach = Reach(grid, tasks)
    people = [
        (chance.randrange(4), chance.choice(places), chance.choice(places)) for _ in range(200)
    ]
    fields = Counter((who, grid.field(place, region)) for who, place, region in people)
    counted: Counter[str] = Counter()
    for (who, field), number in fields.items():
        for bit in bits(reach.owed(who, field)):
            counted[tasks[bit].key] += number
    asked: Counter[str] = Counter()
    for who, place, region in people:
        here = [
            each
            for each in tasks
            if each.registered[0] <= region <= each.registered[1]
            and each.places[0][0] <= place <= each.places[0][1]
        ]
        for root in range(4):
            upper = [each for each in here if each.root == root and not each.refines]
            lower = [each for each in here if each.root == root and each.refines]
            if upper:
                ruling = min(reversed(lower), key=lambda each: each.width, default=upper[0])
                asked[ruling.key] += who in ruling.profiles
    assert +counted == +asked
