"""The board of one bearer, what it missed, why it owes a duty, and lists of reports."""

from datetime import date, timedelta

import pytest

from tests.world import AT, GUANGZHOU, TODAY, World
from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel.access import SYSTEM
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.queries import explain, lists, reports, tasks
from tongzhou.modules.duties.queries.force import get_duty
from tongzhou.modules.duties.queries.lists import Filters, ReportList
from tongzhou.modules.registry.public import find_bearer
from tongzhou.modules.response import public as response

MONDAY = date(2020, 2, 3)
HYGIENE = {"disinfected": "yes", "hazards": "0"}


def board(world: World, who: str = "secretary") -> dict[str, tasks.TaskRow]:
    actor = world.people[who]
    rows = tasks.list_board(actor, tasks.bearer_of(actor), AT)
    return {row.duty.urn.rpartition("/")[2]: row for row in rows}


def file(world: World, who: str = "secretary", bearer: str = "chamber") -> commands.Key:
    key = world.key("d8-hygiene", MONDAY, bearer)
    commands.submit_report(actor=world.people[who], at=AT, key=key, data=HYGIENE)
    return key


def test_a_board_holds_what_binds_this_bearer_here_and_now(world: World) -> None:
    mine = board(world)
    assert {"d8-hygiene", "d8-cases", "d7-hoarding", "d231-review", "d341-members"} <= set(mine)
    assert "d352-drill" not in mine  # service institutions
    assert "d44-recover" not in mine  # authorities
    assert mine["d8-cases"].period.start == TODAY
    assert mine["d8-cases"].code == "due_soon"
    assert mine["d8-cases"].is_urgent
    far = board(world, "stranger")
    assert "d8-hygiene" in far
    assert not any(row.duty.expression.startswith("cn/gd-gz") for row in far.values())
    assert "d32-stock" in board(world, "officer")


def test_a_board_knows_whose_task_it_is(world: World) -> None:
    assert board(world)["d8-hygiene"].may_report
    assert board(world, "chair")["d8-hygiene"].may_report
    assert not board(world, "board")["d8-hygiene"].may_report
    assert board(world, "board")["d231-review"].may_report
    assert not board(world)["d231-review"].may_report
    assert board(world)["d8-hygiene"].organ == "SECRETARIAT"
    assert not board(world, "leader")["d32-stock"].may_report


def test_a_board_follows_the_report(world: World) -> None:
    assert board(world)["d8-hygiene"].code == "due"
    commands.save_draft(
        actor=world.people["secretary"],
        at=AT,
        key=world.key("d8-hygiene", MONDAY),
        data={"hazards": "1"},
    )
    assert board(world)["d8-hygiene"].code == "draft"
    key = file(world)
    assert board(world)["d8-hygiene"].code == "submitted"
    commands.return_report(actor=world.people["officer"], at=AT, key=key, reason="请补充")
    row = board(world)["d8-hygiene"]
    assert (row.code, row.reason, row.is_urgent) == ("returned", "请补充", True)


def test_a_board_is_empty_where_no_phase_holds(world: World) -> None:
    later = AT + timedelta(days=1)
    response.set_phase(
        actor=SYSTEM,
        at=later,
        response_id=world.response,
        region_id=GUANGZHOU,
        phase="ENDED",
        from_at=later,
        decided_by="广州市人民政府",
    )
    actor = world.people["secretary"]
    rows = tasks.list_board(actor, tasks.bearer_of(actor), later + timedelta(hours=1))
    assert [row for row in rows if not row.is_guidance] == []


def test_missed_periods_are_those_of_two_weeks_that_were_owed(world: World) -> None:
    actor = world.people["secretary"]
    bearer = tasks.bearer_of(actor)
    commands.submit_report(
        actor=actor,
        at=AT,
        key=world.key("d8-cases", TODAY - timedelta(days=2)),
        data={"suspected": 0},
    )
    missed = tasks.list_missed(actor, bearer, AT)
    cases = [row.period.start for row in missed if row.duty.id == world.duty["d8-cases"]]
    # Owed since 30 January; reported on the third; today's is not due before 16:00.
    assert cases == [date(2020, 2, 4), date(2020, 2, 2), date(2020, 2, 1),
                     date(2020, 1, 31), date(2020, 1, 30)]  # fmt: skip
    weekly = [row.period.start for row in missed if row.duty.id == world.duty["d8-hygiene"]]
    assert weekly == [date(2020, 1, 27)]
    assert all(row.is_overdue for row in missed)


def test_the_load_adds_up_the_minutes(world: World) -> None:
    actor = world.people["secretary"]
    rows = tasks.list_board(actor, tasks.bearer_of(actor), AT)
    load = tasks.load_of(rows, AT)
    daily = get_duty(world.duty["d8-cases"]).spec.minutes * 7
    assert load.weekly >= daily + get_duty(world.duty["d8-hygiene"]).spec.minutes
    commands.submit_report(
        actor=actor, at=AT, key=world.key("d7-hoarding", date(2020, 1, 30)), data={}
    )
    after = tasks.load_of(tasks.list_board(actor, tasks.bearer_of(actor), AT), AT)
    assert after.weekly == load.weekly
    assert after.once == load.once - get_duty(world.duty["d7-hoarding"]).spec.minutes


@pytest.mark.parametrize(
    ("who", "duty", "error"),
    [
        ("board", "d8-hygiene", "other-organ"),
        ("secretary", "d352-drill", "not-owed"),
        ("secretary", "d11-study", "guidance"),
    ],
)
def test_get_task_says_why_not(world: World, who: str, duty: str, error: str) -> None:
    with pytest.raises(Refusal) as caught:
        tasks.get_task(world.people[who], AT, world.duty[duty], MONDAY)
    assert caught.value.code == error


def test_get_task_suggests_nothing_but_words_of_the_last_report(world: World) -> None:
    last = world.key("d8-hygiene", date(2020, 1, 27))
    commands.submit_report(
        actor=world.people["secretary"], at=AT, key=last, data={**HYGIENE, "hazards": "3",
                                                                "plan": "本周清理"}
    )  # fmt: skip
    task = tasks.get_task(world.people["secretary"], AT, last.duty_id, MONDAY)
    assert task.earlier_period == date(2020, 1, 27)
    assert task.earlier["plan"] == "本周清理"
    assert task.data == {}


def steps(world: World, duty: str, bearer: str) -> list[explain.Because]:
    found = find_bearer(*world.bearers[bearer])
    assert found is not None
    return explain.why(get_duty(world.duty[duty]), found, AT)


def test_why_leads_from_the_clause_to_the_day(world: World) -> None:
    found = steps(world, "d7-members", "chamber")
    assert [step.kind for step in found] == [
        "clause", "mapping", "mapping", "facts", "phase", "deadline",
    ]  # fmt: skip
    assert found[0].quote in get_duty(world.duty["d7-members"]).spec.quote
    assert "行业协会商会" in found[2].text
    assert "2012年3月1日" in found[3].text
    assert "天河区" in found[4].text
    assert "广东省" in found[4].text
    assert all(step.holds for step in found)


def test_why_not_names_the_step_that_fails(world: World) -> None:
    found = steps(world, "d7-members", "school")
    assert [step.kind for step in found if not step.holds] == ["refusal"]
    ended = steps(world, "d44-recover", "chamber")
    assert not all(step.holds for step in ended)


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("secretary", True),
        ("chair", True),
        ("party", True),
        ("board", True),
        ("head", False),
        ("stranger", False),
        ("officer", True),
        ("leader", True),
        ("clerk", True),
        ("district", True),
        ("province", True),
        ("shenzhen", False),
    ],
)
def test_who_may_read_a_report(world: World, who: str, sees: bool) -> None:
    key = file(world)
    args = (key.period, key.duty_id, key.organisation_id, key.prov)
    if sees:
        assert reports.get_report(world.people[who], *args).row.name == "广州市示例商会"
        return
    with pytest.raises(Missing) as hidden:
        reports.get_report(world.people[who], *args)
    with pytest.raises(Missing) as absent:
        reports.get_report(world.people[who], date(2019, 1, 1), *args[1:])
    assert hidden.value.text() == absent.value.text()  # no way to learn that it exists


def test_the_queue_holds_what_the_authority_registered_oldest_first(world: World) -> None:
    first = file(world)
    commands.submit_report(
        actor=world.people["head"],
        at=AT + timedelta(hours=1),
        key=world.key("d8-hygiene", MONDAY, "school"),
        data=HYGIENE,
    )
    commands.submit_report(
        actor=world.people["nurse"],
        at=AT,
        key=world.key("d8-hygiene", MONDAY, "home"),
        data=HYGIENE,
    )
    queue = lists.review_queue(world.people["officer"])
    assert [row.name for row in queue[0:10]] == ["广州市示例商会", "广州市示例培训学校"]
    assert queue.count() == 2
    assert [row.name for row in lists.review_queue(world.people["district"])[0:9]] == [
        "天河区示例养老院"
    ]
    following = lists.find_next(queue, queue[0:1][0])
    assert following is not None
    assert following.name == "广州市示例培训学校"
    assert lists.find_next(queue, following) == queue[0:1][0]
    commands.accept_report(actor=world.people["officer"], at=AT, key=first)
    assert lists.review_queue(world.people["officer"]).count() == 1


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 2),
        ({"words": "商会"}, 1),
        ({"words": "100%"}, 0),
        ({"form": "INSTITUTION"}, 1),
        ({"place": 440106}, 2),
        ({"place": 440103}, 0),
        ({"late": True}, 0),
        ({"since": MONDAY}, 2),
        ({"until": MONDAY - timedelta(days=1)}, 0),
        ({"state": "ACCEPTED"}, 0),
        ({"state": "SUBMITTED"}, 2),
    ],
)
def test_filters_narrow_the_number_and_the_list_alike(
    world: World, filters: dict[str, object], count: int
) -> None:
    file(world)
    file(world, "head", "school")
    found = lists.review_queue(world.people["officer"], Filters(**filters))  # type: ignore[arg-type]  # test shorthand
    assert found.count() == count == len(found[0:100])


def test_a_history_is_one_bearer_s(world: World) -> None:
    file(world)
    file(world, "head", "school")
    mine = ReportList(world.people["secretary"], bearer=world.bearers["chamber"])
    assert mine.count() == 1
    theirs = ReportList(world.people["secretary"], bearer=world.bearers["school"])
    assert theirs.count() == 0


def test_versions_are_compared_field_by_field(world: World) -> None:
    key = file(world)
    commands.submit_report(
        actor=world.people["secretary"],
        at=AT,
        key=key,
        data={"disinfected": "yes", "hazards": "2", "plan": "周五前"},
    )
    view = reports.get_report(
        world.people["officer"], key.period, key.duty_id, key.organisation_id, key.prov
    )
    rows = reports.compare(view, view.versions[0], view.versions[1])
    assert [(row.before, row.after) for row in rows] == [
        ("是", "是"),
        ("0", "2"),
        (None, "周五前"),
        ("2020-02-05", "2020-02-05"),
    ]
