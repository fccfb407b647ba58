"""Amendments, supplements, ends: who owes what by which text, and that no work is lost."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.world import GUANGZHOU, STARTED, TIANHE, World
from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.base.period import ZONE
from tongzhou.kernel.access import SYSTEM
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.commands import Filing, Key
from tongzhou.modules.duties.queries import figures, lists, recount, tasks
from tongzhou.modules.duties.queries.figures import Figure, Selection
from tongzhou.modules.duties.queries.force import get_duty, get_version
from tongzhou.modules.duties.queries.reports import get_report
from tongzhou.modules.duties.queries.windowing import list_windows
from tongzhou.modules.duties.tests.family import (
    UPPER,
    body,
    enforce,
    load,
    publish,
    roots,
    versions,
)
from tongzhou.modules.registry.public import find_bearer

FIRST, SECOND = f"{UPPER}@2020-01-29", f"{UPPER}@2020-02-04"
CITY = "cn/gd-gz/2020/9@2020-02-04"
COUNTY = "cn/gd-gz-th/2020/3@2020-02-04"
BEGAN = STARTED  # Thursday 30 January, nine in the morning
AMENDED = datetime(2020, 2, 5, 9, tzinfo=ZONE)  # Wednesday
NOW = datetime(2020, 2, 5, 10, tzinfo=ZONE)
MONDAY = date(2020, 2, 3)
LAUNCH = BEGAN.date()
ROOMS = {"rooms": 3}


@pytest.fixture
def upper(world: World) -> int:
    """Put the upper notice in force; return its library."""
    publish(FIRST, BEGAN)
    library = load(body(FIRST), BEGAN)
    enforce(world, library, BEGAN)
    return library


def amend(world: World, upper: int, at: datetime = AMENDED, **changes: Any) -> int:
    """Put an amended notice in the place of the upper one; return its library."""
    publish(SECOND, at)
    names = changes.pop("names", ())
    given = body(SECOND, *names, **changes)
    held = roots(upper)
    kept = {each["id"]: held[each["id"]] for each in given["duties"]}
    library = load(given, at, continues=kept)
    enforce(world, library, at, upper)
    return library


def key(world: World, duty: int, day: date, bearer: str = "chamber") -> Key:
    organisation, prov = world.bearers[bearer]
    return Key(day, duty, organisation, prov)


def report(world: World, duty: int, day: date, bearer: str = "chamber", at: datetime = NOW) -> Key:
    made = key(world, duty, day, bearer)
    commands.submit_reports(actor=SYSTEM, at=at, filings=[Filing(made, ROOMS)])
    return made


def count(duty: int, at: datetime = NOW, **more: Any) -> Figure:
    """Return the figure of a duty, having held it against its list by both ways of reading."""
    selection = Selection(at=at, duty_ids=(duty,), **more)
    found = figures.total(figures.figures(SYSTEM, selection))
    by_hand = figures.total(figures.figures(SYSTEM, replace(selection, as_of=selection.moment)))
    assert found == by_hand
    for measure in figures.MEASURES.values():
        assert measure.of(found) == len(figures.ObligationList(SYSTEM, selection, measure))
    assert recount.list_count_faults() == []
    return found


def rows_of(world: World, who: str, at: datetime = NOW) -> dict[tuple[int, date], tasks.TaskRow]:
    """Return the day of one organisation."""
    actor = world.people[who]
    found = tasks.list_board(actor, tasks.bearer_of(actor), at)
    keys = [(row.duty.id, row.period.start) for row in found]
    assert len(set(keys)) == len(keys)
    return dict(zip(keys, found, strict=True))


def day(year: int, month: int, of: int, hour: int = 0) -> datetime:
    return datetime(year, month, of, hour, tzinfo=ZONE)


# Amendment


def test_an_amendment_keeps_the_work_the_names_and_the_figures(world: World, upper: int) -> None:
    duty = roots(upper)
    report(world, duty["weekly"], MONDAY, at=AMENDED - timedelta(hours=1))
    report(world, duty["once"], LAUNCH, "school", AMENDED - timedelta(hours=1))
    before = {name: count(duty[name], AMENDED - timedelta(minutes=1)) for name in duty}
    assert (before["weekly"].owed, before["weekly"].done) == (4, 1)
    library = amend(world, upper)
    assert roots(library) == duty
    assert set(versions(library).values()).isdisjoint(versions(upper).values())
    assert {name: count(duty[name]) for name in duty} == before
    for name in duty:
        assert count(duty[name], as_of=AMENDED - timedelta(minutes=1)) == before[name]
    mine = rows_of(world, "secretary")
    assert mine[duty["weekly"], MONDAY].state == "SUBMITTED"
    assert mine[duty["weekly"], MONDAY].duty.version_id == versions(library)["weekly"]
    assert mine[duty["once"], LAUNCH].state == ""
    assert rows_of(world, "head")[duty["once"], LAUNCH].state == "SUBMITTED"
    report(world, duty["once"], LAUNCH)
    assert count(duty["once"]).done == 2


def test_a_report_is_read_by_the_text_under_which_it_was_made(world: World, upper: int) -> None:
    duty = roots(upper)
    made = report(world, duty["weekly"], MONDAY, at=AMENDED - timedelta(hours=1))
    floors = {
        "name": "floors",
        "type": "number",
        "label": {"zh": "消毒层数"},
        "required": True,
        "min": 0,
    }
    library = amend(world, upper, weekly={"evidence": {"kind": "REPORT", "fields": [floors]}})
    officer = world.people["officer"]

    def read() -> Any:
        return get_report(officer, made.period, made.duty_id, made.organisation_id, made.prov)

    assert read().duty.version_id == versions(upper)["weekly"]
    assert [each.label for each in read().answers] == ["消毒间数"]
    with pytest.raises(Refusal) as caught:
        commands.submit_report(
            actor=world.people["secretary"], at=NOW, key=made, data=ROOMS, based_on=1
        )
    assert set(caught.value.faults) == {"rooms", "floors"}
    commands.submit_report(
        actor=world.people["secretary"], at=NOW, key=made, data={"floors": 2}, based_on=1
    )
    view = read()
    assert view.duty.version_id == versions(library)["weekly"]
    assert [each.label for each in view.answers] == ["消毒层数"]
    assert [each.made_under for each in view.versions] == [
        versions(upper)["weekly"],
        versions(library)["weekly"],
    ]
    commands.accept_report(actor=officer, at=NOW, key=made, seen=2)
    listed = lists.ReportList(officer, lists.Filters(duty_id=duty["weekly"]))[0:10]
    assert [row.duty.version_id for row in listed] == [versions(library)["weekly"]]


def test_what_is_dropped_ends_and_what_is_new_begins_with_the_amendment(
    world: World, upper: int
) -> None:
    duty = roots(upper)
    publish(SECOND, AMENDED)
    given = body(SECOND, "weekly", "once")
    given["duties"][1]["id"] = "fresh"
    library = load(given, AMENDED, continues={"weekly": duty["weekly"]})
    enforce(world, library, AMENDED, upper)
    fresh = roots(library)["fresh"]
    assert fresh not in duty.values()
    owed = {each for each, _ in rows_of(world, "secretary")}
    assert {duty["weekly"], fresh} <= owed
    assert not owed & {duty["once"], duty["monthly"]}
    assert count(duty["once"]).owed == 0
    assert count(duty["once"], as_of=AMENDED - timedelta(seconds=1)).owed == 4
    (window,) = list_windows(NOW, duty_ids=[fresh])
    assert (window.period.start, window.due_at) == (AMENDED.date(), day(2020, 2, 13))
    with pytest.raises(Refusal, match="没有这项任务"):
        report(world, duty["once"], LAUNCH)


@pytest.mark.parametrize(
    ("days", "due"),
    [
        (7, day(2020, 2, 7)),  # unchanged: counted from the first day
        (20, day(2020, 2, 20)),  # more time: for everybody
        (3, day(2020, 2, 7)),  # less: anew from the amendment, unless the earlier day comes first
        (1, day(2020, 2, 7)),
        (0, day(2020, 2, 6)),
    ],
)
def test_a_changed_deadline_makes_nobody_late_for_the_past(
    world: World, upper: int, days: int, due: datetime
) -> None:
    duty = roots(upper)
    amend(world, upper, once={"deadline": {"days": days}})
    (window,) = list_windows(NOW, duty_ids=[duty["once"]])
    assert (window.period.start, window.due_at, window.overdue) == (LAUNCH, due, False)


def test_a_deadline_that_an_amendment_introduces_runs_from_it(world: World, upper: int) -> None:
    publish(SECOND, AMENDED)
    loose = load(
        body(SECOND, once={"strength": "EXHORT", "deadline": None}),
        AMENDED,
        continues=roots(upper),
    )
    enforce(world, loose, AMENDED, upper)
    duty = roots(upper)["once"]
    late = day(2020, 3, 2, 12)
    (window,) = list_windows(late, duty_ids=[duty])
    assert window.due_at is None
    third = f"{UPPER}@2020-03-01"
    publish(third, late)
    strict = load(body(third, once={"deadline": {"days": 3}}), late, continues=roots(upper))
    enforce(world, strict, late, loose)
    (window,) = list_windows(late, duty_ids=[duty])
    assert (window.period.start, window.due_at) == (LAUNCH, day(2020, 3, 6))
    assert count(duty, late).overdue == 0
    assert count(duty, day(2020, 3, 7)).overdue == 4


def test_what_was_overdue_stays_overdue_unless_the_amendment_gives_time(
    world: World, upper: int
) -> None:
    duty = roots(upper)["once"]
    late = day(2020, 2, 10, 9)
    assert count(duty, late).overdue == 4
    library = amend(world, upper, at=late, once={"deadline": {"days": 3}})
    assert count(duty, late).overdue == 4
    third = f"{UPPER}@2020-02-11"
    later = late + timedelta(days=1)
    publish(third, later)
    longer = load(body(third, once={"deadline": {"days": 30}}), later, continues=roots(library))
    enforce(world, longer, later, library)
    assert count(duty, later).overdue == 0
    assert count(duty, later, as_of=late).overdue == 4


def test_a_period_that_runs_keeps_the_later_deadline(world: World, upper: int) -> None:
    duty = roots(upper)["weekly"]
    amend(world, upper, weekly={"deadline": {"days": 0}})
    (running,) = list_windows(NOW, duty_ids=[duty])
    assert (running.period.start, running.due_at) == (MONDAY, day(2020, 2, 12))
    later = day(2020, 2, 13, 9)
    (following,) = list_windows(later, duty_ids=[duty])
    assert (following.period.start, following.due_at) == (date(2020, 2, 10), day(2020, 2, 17))
    assert list_windows(later, duty_ids=[duty], day=MONDAY)[0].due_at == day(2020, 2, 12)


def test_whom_only_the_new_text_binds_is_counted_from_it(world: World, upper: int) -> None:
    duty = roots(upper)
    narrow = {"bearer": {"kind": "ORGANISATION", "groups": ["ASSOCIATION"]}}
    publish(SECOND, AMENDED)
    some = load(body(SECOND, weekly=narrow, once=narrow), AMENDED, continues=duty)
    enforce(world, some, AMENDED, upper)
    assert (count(duty["once"]).owed, count(duty["weekly"]).owed) == (1, 1)
    assert (duty["once"], LAUNCH) not in rows_of(world, "head")
    late = day(2020, 2, 20, 9)
    third = f"{UPPER}@2020-02-19"
    publish(third, late)
    everybody = load(body(third), late, continues=duty)
    enforce(world, everybody, late, some)
    figure = count(duty["once"], late)
    assert (figure.owed, figure.overdue) == (4, 1)
    assert rows_of(world, "secretary", late)[duty["once"], LAUNCH].is_overdue
    fresh = rows_of(world, "head", late)[duty["once"], LAUNCH]
    assert (fresh.is_overdue, fresh.period.due_at) == (False, day(2020, 2, 28))
    missed = tasks.list_missed(world.people["head"], tasks.bearer_of(world.people["head"]), late)
    assert not [row for row in missed if row.duty.id == duty["weekly"]]
    missed = tasks.list_missed(
        world.people["secretary"], tasks.bearer_of(world.people["secretary"]), late
    )
    assert [row.period.start for row in missed if row.duty.id == duty["weekly"]] == [
        date(2020, 2, 10),
        MONDAY,
    ]
    commands.submit_reports(
        actor=SYSTEM,
        at=late,
        filings=[
            Filing(key(world, duty["once"], LAUNCH, who), ROOMS) for who in ("chamber", "school")
        ],
    )
    figure = count(duty["once"], late)
    assert (figure.done, figure.late, figure.overdue) == (2, 1, 0)


def test_a_quicker_rhythm_begins_with_the_amendment(world: World, upper: int) -> None:
    duty = roots(upper)["weekly"]
    report(world, duty, MONDAY, at=AMENDED - timedelta(hours=2))
    amend(
        world,
        upper,
        weekly={"recurrence": "DAILY", "deadline": {"time": "16:00"}},
    )
    windows = list_windows(NOW, duty_ids=[duty])
    assert {(each.period.start, each.due_at) for each in windows} == {
        (NOW.date(), day(2020, 2, 5, 16))
    }
    assert list_windows(NOW, duty_ids=[duty], day=MONDAY) == ()
    assert count(duty).done == 0
    assert count(duty, as_of=AMENDED - timedelta(hours=1)).done == 1
    report(world, duty, NOW.date())
    assert count(duty).done == 1


def test_a_period_of_the_old_rhythm_is_awaited_until_it_is_due(world: World, upper: int) -> None:
    duty = roots(upper)["weekly"]
    monday = day(2020, 2, 10, 9)
    amend(world, upper, at=monday, weekly={"recurrence": "DAILY", "deadline": {"time": "16:00"}})
    found = {
        row.period.start
        for row in rows_of(world, "secretary", monday).values()
        if row.duty.id == duty
    }
    assert found == {MONDAY, monday.date()}
    assert count(duty, monday).owed == 8
    report(world, duty, MONDAY, at=monday)
    assert count(duty, monday).done == 1
    assert {each.period.start for each in list_windows(day(2020, 2, 12), duty_ids=[duty])} == {
        date(2020, 2, 12)
    }


def test_a_slower_rhythm_never_takes_a_name_that_is_used(world: World, upper: int) -> None:
    duty = roots(upper)["weekly"]
    daily = amend(world, upper, weekly={"recurrence": "DAILY", "deadline": {"time": "16:00"}})
    monday = day(2020, 2, 10, 9)
    report(world, duty, monday.date(), at=monday)
    back = day(2020, 2, 11, 9)
    third = f"{UPPER}@2020-02-11"
    publish(third, back)
    library = load(body(third), back, continues=roots(upper))
    enforce(world, library, back, daily)
    assert list_windows(back, duty_ids=[duty]) == ()
    (named,) = list_windows(back, duty_ids=[duty], day=monday.date())
    assert get_version(named.version_id).spec.recurrence == "DAILY"
    (week,) = list_windows(day(2020, 2, 17, 9), duty_ids=[duty])
    assert week.period.start == date(2020, 2, 17)


def test_a_gap_begins_a_new_chain_as_before(world: World, upper: int) -> None:
    duty = roots(upper)["once"]
    report(world, duty, LAUNCH)
    commands.end_enforcement(actor=SYSTEM, at=NOW, enforcement_id=_open(upper))
    assert list_windows(NOW, duty_ids=[duty]) == ()
    again = NOW + timedelta(days=1)
    enforce(world, upper, again)
    (window,) = list_windows(again, duty_ids=[duty])
    assert window.period.start == again.date()


def _open(library: int) -> int:
    from tongzhou.modules.duties.models import Enforcement

    return Enforcement.objects.get(library_id=library, to_at__isnull=True).pk


# Loading and enforcing


def test_load_library_follows_by_id_without_being_told(world: World, upper: int) -> None:
    again = body(FIRST, version=2)
    again["duties"][0]["minutes"] = 9
    library = load(again, NOW)
    assert roots(library) == roots(upper)
    relations = {get_version(each).relation for each in versions(library).values()}
    assert relations == {"CONTINUES"}
    assert load(again, NOW) == library


def test_load_library_follows_what_the_library_itself_says(world: World, upper: int) -> None:
    publish(SECOND, NOW)
    given = body(SECOND, "weekly")
    given["duties"][0] |= {"id": "other", "continues": f"{FIRST}#1/weekly"}
    assert roots(load(given, NOW)) == {"other": roots(upper)["weekly"]}
    stranger = body(SECOND, "weekly", version=2)
    stranger["duties"][0]["continues"] = f"{FIRST}#1/nobody"
    with pytest.raises(Refusal, match="不存在") as caught:
        load(stranger, NOW)
    assert caught.value.code == "lineage-root"


@pytest.mark.parametrize(
    ("continues", "refines", "code"),
    [
        ({"nobody": "weekly"}, {}, "lineage-key"),
        ({"weekly": 0}, {}, "lineage-root"),
        ({"weekly": "weekly", "once": "weekly"}, {}, "lineage-twice"),
        ({"weekly": "weekly"}, {"once": "weekly"}, "lineage-twice"),
        ({"weekly": "weekly"}, {"weekly": "once"}, "lineage-twice"),
        ({"weekly": "authority"}, {}, "lineage-kind"),
    ],
)
def test_load_library_refuses_what_cannot_be_followed(
    world: World, upper: int, continues: dict[str, Any], refines: dict[str, Any], code: str
) -> None:
    publish(SECOND, NOW)
    held = roots(upper)
    held["authority"] = next(
        number for number in world.duty.values() if get_duty(number).spec.bearer.kind == "AUTHORITY"
    )
    with pytest.raises(Refusal) as caught:
        load(
            body(SECOND),
            NOW,
            continues={k: held.get(v, v) for k, v in continues.items()},
            refines={k: held.get(v, v) for k, v in refines.items()},
        )
    assert caught.value.code == code


def test_a_duty_is_never_in_force_by_two_texts(world: World, upper: int) -> None:
    publish(SECOND, AMENDED)
    library = load(body(SECOND), AMENDED, continues=roots(upper))
    with pytest.raises(Conflict) as caught:
        enforce(world, library, AMENDED)
    assert caught.value.code == "still-in-force"
    with pytest.raises(Missing):
        enforce(world, library, AMENDED, world.libraries[0], library)
    enforce(world, library, AMENDED, upper)
    with pytest.raises(Conflict):
        enforce(world, upper, NOW)
    enforce(world, upper, NOW, library)
    assert get_duty(roots(upper)["once"], NOW).version_id == versions(upper)["once"]


def test_only_who_governs_both_scopes_may_replace(world: World, upper: int) -> None:
    publish(SECOND, AMENDED)
    library = load(body(SECOND, region=GUANGZHOU), AMENDED, continues=roots(upper))
    with pytest.raises(Refusal) as caught:
        enforce(world, library, AMENDED, upper, actor=world.people["officer"])
    assert caught.value.code == "outside-scope"
    assert count(roots(upper)["once"]).owed == 4


def test_a_text_that_ends_by_itself(world: World) -> None:
    publish(FIRST, BEGAN)
    library = load(body(FIRST), BEGAN)
    end = day(2020, 2, 10)
    enforce(world, library, BEGAN, until=end)
    duty = roots(library)["once"]
    assert count(duty).owed == 4
    with pytest.raises(Conflict):
        enforce(world, library, NOW)
    assert count(duty, end - timedelta(seconds=1)).overdue == 4
    assert count(duty, end).owed == 0
    assert count(duty, end, as_of=end - timedelta(seconds=1)).overdue == 4
    enforce(world, library, end)
    assert count(duty, end).owed == 4


def test_a_text_that_begins_later(world: World, upper: int) -> None:
    publish(SECOND, NOW)
    library = load(body(SECOND, "weekly"), NOW, continues={"weekly": roots(upper)["weekly"]})
    begin = day(2020, 2, 8)
    enforce(world, library, NOW, upper, from_at=begin)
    duty = roots(upper)
    assert get_duty(duty["weekly"], NOW).version_id == versions(upper)["weekly"]
    assert count(duty["once"], begin - timedelta(seconds=1)).owed == 4
    assert count(duty["once"], begin).owed == 0
    assert get_duty(duty["weekly"], begin).version_id == versions(library)["weekly"]
    assert count(duty["weekly"], begin).owed == 4
    with pytest.raises(Refusal):
        enforce(world, library, NOW, from_at=NOW - timedelta(days=1))
    with pytest.raises(Refusal):
        enforce(world, world.libraries[0], NOW, from_at=begin, until=begin)


# Supplements


def supplement(
    world: World,
    upper: int,
    urn: str = CITY,
    at: datetime = AMENDED,
    region: int = GUANGZHOU,
    by: str = "TERRITORY",
    **changes: Any,
) -> int:
    """Put a supplement that makes the weekly report a daily one in force; return its library."""
    publish(urn, at, issuer="示例市局")
    changes = changes or {
        "weekly": {"recurrence": "DAILY", "deadline": {"time": "16:00"}},
    }
    given = body(urn, *changes, region=region, by=by, **changes)
    held = roots(upper)
    library = load(given, at, refines={name: held[name] for name in changes})
    enforce(world, library, at)
    return library


def test_a_supplement_rules_on_its_ground_and_nobody_reports_twice(
    world: World, upper: int
) -> None:
    duty = roots(upper)["weekly"]
    library = supplement(world, upper)
    mine = {k: row for k, row in rows_of(world, "secretary").items() if k[0] == duty}
    assert list(mine) == [(duty, NOW.date())]
    assert mine[duty, NOW.date()].duty.version_id == versions(library)["weekly"]
    far = {k: row for k, row in rows_of(world, "stranger").items() if k[0] == duty}
    assert list(far) == [(duty, MONDAY)]
    assert count(duty).owed == 4
    assert count(duty, node=GUANGZHOU).owed == 3
    report(world, duty, NOW.date())
    report(world, duty, MONDAY, "far")
    assert count(duty).done == 2
    assert count(duty, node=GUANGZHOU).done == 1
    with pytest.raises(Refusal):
        report(world, duty, MONDAY, "school")
    assert count(duty, as_of=AMENDED - timedelta(seconds=1)).owed == 4
    listed = figures.ObligationList(
        SYSTEM, Selection(at=NOW, duty_ids=(duty,)), figures.MEASURES["owed"]
    )[0:10]
    by_version = {row.name: row.version_id for row in listed}
    assert by_version["深圳市示例商会"] == versions(upper)["weekly"]
    assert by_version["广州市示例商会"] == versions(library)["weekly"]


def test_a_supplement_by_registry_cuts_the_ground_and_nobody_counts_twice(
    world: World, upper: int
) -> None:
    duty = roots(upper)["weekly"]
    before = count(duty)
    publish(COUNTY, AMENDED)
    given = body(COUNTY, "weekly", region=TIANHE, weekly={"deadline": {"days": 1}})
    enforce(world, load(given, AMENDED, refines={"weekly": duty}), AMENDED)
    assert count(duty) == before
    for node in (GUANGZHOU, TIANHE):
        for tree in figures.Tree:
            count(duty, node=node, tree=tree)


def test_the_upper_library_counts_what_supplements_made_of_it(world: World, upper: int) -> None:
    library = supplement(world, upper)
    every = figures.total(figures.figures(SYSTEM, Selection(at=NOW, library_id=upper)))
    assert every.owed == 12
    assert figures.figures(SYSTEM, Selection(at=NOW, library_id=library)) == []
    by_group = figures.figures(SYSTEM, Selection(at=NOW, library_id=upper), figures.Breakdown.GROUP)
    assert {row.key for row in by_group} == {f"{upper}:ASSOCIATION"}
    assert figures.total(by_group) == figures.total(
        figures.figures(SYSTEM, Selection(at=NOW, library_id=upper, group="ASSOCIATION"))
    )


def test_the_narrowest_supplement_wins(world: World, upper: int) -> None:
    duty = roots(upper)["weekly"]
    city = supplement(world, upper, weekly={"deadline": {"days": 1}})
    county = supplement(
        world,
        upper,
        COUNTY,
        NOW,
        TIANHE,
        weekly={"recurrence": "DAILY", "deadline": {"time": "12:00"}},
    )
    at = NOW + timedelta(minutes=1)
    ruling = {
        who: get_duty(duty, at, bearer=find_bearer(*world.bearers[who])).version_id
        for who in ("chamber", "home", "far")
    }
    places = {who: find_bearer(*world.bearers[who]) for who in ruling}
    for who, bearer in places.items():
        assert bearer is not None
        expected = upper
        if 440100 <= bearer.place <= 440199:
            expected = county if bearer.place == TIANHE else city
        assert ruling[who] == versions(expected)["weekly"], who
    assert count(duty, at).owed == 4
    commands.end_enforcement(actor=SYSTEM, at=at, enforcement_id=_open(county))
    bearer = places["home"]
    assert get_duty(duty, at, bearer=bearer).version_id == versions(city)["weekly"]


def test_a_county_may_not_undo_what_its_city_made_stricter(world: World, upper: int) -> None:
    supplement(world, upper)
    publish(COUNTY, NOW)
    given = body(COUNTY, "weekly", region=TIANHE, by="TERRITORY", weekly={"deadline": {"days": 1}})
    with pytest.raises(Refusal) as caught:
        load(given, NOW, refines={"weekly": roots(upper)["weekly"]})
    assert caught.value.code == "refinement-looser"
    assert caught.value.clause.startswith(f"{CITY}#1/")
    assert set(caught.value.faults) == {"weekly.recurrence"}


def test_a_supplement_may_not_loosen(world: World, upper: int) -> None:
    publish(CITY, NOW)
    given = body(
        CITY,
        region=GUANGZHOU,
        weekly={"recurrence": "MONTHLY", "phases": ["LEVEL_1"]},
        once={"strength": "EXHORT", "deadline": None},
        monthly={
            "evidence": {"kind": "NONE"},
            "recurrence": None,
            "deadline": None,
            "deadline_basis": None,
            "minutes": None,
        },
    )
    with pytest.raises(Refusal) as caught:
        load(given, NOW, refines=roots(upper))
    refusal = caught.value
    assert set(refusal.faults) >= {
        "weekly.recurrence",
        "weekly.phases",
        "once.strength",
        "once.deadline",
        "monthly.evidence.kind",
    }
    assert refusal.clause == f"{FIRST}#1/weekly"
    assert "进一步补充、细化" in refusal.way_out


def test_a_supplement_stays_inside_the_upper_scope(world: World) -> None:
    publish(FIRST, NOW)
    library = load(body(FIRST, region=GUANGZHOU), NOW)
    publish(CITY, NOW)
    for region, by in ((0, "REGISTRATION"), (440300, "REGISTRATION"), (TIANHE, "TERRITORY")):
        given = body(CITY, "weekly", region=region, by=by)
        with pytest.raises(Refusal) as caught:
            load(given, NOW, refines={"weekly": roots(library)["weekly"]})
        assert set(caught.value.faults) <= {"weekly.scope.region", "weekly.scope.by"}
    inside = body(CITY, "weekly", region=TIANHE)
    assert load(inside, NOW, refines={"weekly": roots(library)["weekly"]})


def test_a_supplement_that_an_amendment_overtakes_no_longer_rules(world: World, upper: int) -> None:
    duty = roots(upper)["weekly"]
    supplement(world, upper, weekly={"deadline": {"days": 1}})
    bearer = find_bearer(*world.bearers["chamber"])
    later = NOW + timedelta(hours=1)
    stricter = amend(
        world, upper, at=later, weekly={"recurrence": "DAILY", "deadline": {"time": "18:00"}}
    )
    assert get_duty(duty, later, bearer=bearer).version_id == versions(stricter)["weekly"]
    assert count(duty, later).owed == 4
    assert {each.period.start for each in list_windows(later, duty_ids=[duty])} == {later.date()}


def test_a_supplement_ends_with_its_upper_text_and_keeps_what_it_added(
    world: World, upper: int
) -> None:
    publish(CITY, AMENDED)
    given = body(CITY, "weekly", "monthly", region=GUANGZHOU, weekly={"minutes": 4})
    library = load(given, AMENDED, refines={"weekly": roots(upper)["weekly"]})
    enforce(world, library, AMENDED)
    added = roots(library)["monthly"]
    assert count(added).owed == 3
    commands.end_enforcement(actor=SYSTEM, at=NOW, enforcement_id=_open(upper))
    assert count(roots(upper)["weekly"]).owed == 0
    assert count(added).owed == 3


def test_when_a_supplement_ends_the_upper_text_rules_again(world: World, upper: int) -> None:
    duty = roots(upper)["weekly"]
    library = supplement(world, upper, weekly={"minutes": 4})
    report(world, duty, MONDAY)
    later = NOW + timedelta(hours=1)
    commands.end_enforcement(actor=SYSTEM, at=later, enforcement_id=_open(library))
    assert rows_of(world, "secretary", later)[duty, MONDAY].state == "SUBMITTED"
    assert count(duty, later).done == 1


def test_a_supplement_is_amended_in_its_turn(world: World, upper: int) -> None:
    duty = roots(upper)["weekly"]
    library = supplement(world, upper)
    report(world, duty, NOW.date())
    second = "cn/gd-gz/2020/9@2020-02-05"
    later = NOW + timedelta(hours=1)
    publish(second, later)
    given = body(
        second,
        "weekly",
        region=GUANGZHOU,
        by="TERRITORY",
        weekly={"recurrence": "DAILY", "deadline": {"time": "18:00"}},
    )
    again = load(given, later, refines={"weekly": duty})
    with pytest.raises(Conflict):
        enforce(world, again, later)
    enforce(world, again, later, library)
    row = rows_of(world, "secretary", later)[duty, NOW.date()]
    assert (row.state, row.duty.version_id) == ("SUBMITTED", versions(again)["weekly"])
    assert row.period.due_at == day(2020, 2, 5, 18)
