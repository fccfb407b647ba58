"""Windows that are kept are the windows of the moment."""

import random
from datetime import date, datetime, timedelta
from typing import Any

from tests.world import GUANGZHOU, STARTED, TIANHE, World
from tongzhou.base.period import ZONE
from tongzhou.kernel.access import SYSTEM
from tongzhou.modules.duties.queries import grounds
from tongzhou.modules.duties.queries.windowing import list_windows
from tongzhou.modules.duties.tests.family import UPPER, body, enforce, load, publish, roots
from tongzhou.modules.response import public as response

FIRST, SECOND = f"{UPPER}@2020-01-29", f"{UPPER}@2020-02-04"
CITY = "cn/gd-gz/2020/9@2020-02-04"
MOMENT = timedelta(microseconds=1)
DAILY = {"recurrence": "DAILY", "deadline": {"time": "15:30"}}


def lived(world: World) -> list[datetime]:
    """Let a notice be amended and supplemented while phases come and go; return when."""
    publish(FIRST, STARTED)
    first = load(body(FIRST, monthly=DAILY), STARTED)
    enforce(world, first, STARTED)
    amended = STARTED + timedelta(days=5, hours=1, minutes=7)
    publish(SECOND, amended)
    given = body(SECOND, weekly={"deadline": {"workdays": 2}}, monthly=DAILY)
    second = load(given, amended, continues=roots(first))
    enforce(world, second, amended, first)
    lower = amended + timedelta(hours=5, seconds=9)
    publish(CITY, lower)
    given = body(CITY, "weekly", region=GUANGZHOU, weekly={"deadline": {"days": 1}})
    duty = roots(second)["weekly"]
    supplement = load(given, lower, refines={"weekly": duty})
    until = lower + timedelta(days=17, minutes=3)
    enforce(world, supplement, lower, until=until)
    turns = [amended, lower, until]
    for days, region, phase in (
        (8.3, TIANHE, response.Phase.ENDED),
        (11.7, TIANHE, response.Phase.LEVEL_2),
        (24.1, 440000, response.Phase.ENDED),
    ):
        at = STARTED + timedelta(days=days)
        response.set_phase(
            actor=SYSTEM,
            at=at,
            response_id=world.response,
            region_id=region,
            phase=phase,
            from_at=at + timedelta(hours=3),
            decided_by="示例机关",
        )
        turns.append(at + timedelta(hours=3))
    return turns


def moments(turned: list[datetime]) -> list[datetime]:
    """Return moments of four weeks in order: when anything turns, right before, and others."""
    chance = random.Random(20200129)
    first = datetime(2020, 1, 30, tzinfo=ZONE)
    turns = [
        first + timedelta(days=number, hours=hours)
        for number in range(0, 28, 3)
        for hours in (0, 15.5, 16)
    ]
    odd = [first + timedelta(seconds=chance.randrange(28 * 86_400)) for _ in range(60)]
    turns += turned
    return sorted([*turns, *(each - MOMENT for each in turns), *odd])


def test_windows_that_are_kept_are_those_of_the_moment(world: World) -> None:
    turned = lived(world)
    ways: list[dict[str, Any]] = [{}, {"day": date(2020, 2, 3), "counted": False}]
    found = [(at, number) for at in moments(turned) for number in range(len(ways))]
    kept = {(at, number): list_windows(at, **ways[number]) for at, number in found}
    known = grounds.known()
    assert known.windows
    for at, number in found:
        known.windows.clear()
        assert kept[at, number] == list_windows(at, **ways[number]), (at, number)
    assert len(set(kept.values())) > 40


def test_what_was_kept_ends_with_any_change_of_the_ground(world: World) -> None:
    publish(FIRST, STARTED)
    library = load(body(FIRST), STARTED)
    weekly, at = roots(library)["weekly"], STARTED + timedelta(hours=2)
    assert list_windows(at, duty_ids=[weekly]) == ()
    enforce(world, library, STARTED)
    assert {each.low for each in list_windows(at, duty_ids=[weekly])} == {440000}
    response.set_phase(
        actor=SYSTEM,
        at=STARTED + timedelta(hours=1),
        response_id=world.response,
        region_id=TIANHE,
        phase=response.Phase.ENDED,
        from_at=STARTED + timedelta(hours=1),
        decided_by="示例机关",
    )
    assert {each.low for each in list_windows(at, duty_ids=[weekly])} == {440000, TIANHE + 1}
