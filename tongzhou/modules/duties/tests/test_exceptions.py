"""Exceptions: who may ask for and grant what, and what each leaves of figures, lists and tasks."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from tests.world import AT, GUANGDONG, GUANGZHOU, TIANHE, TODAY, World, relocate
from tongzhou.base.errors import Conflict, Forbidden, Missing, Refusal
from tongzhou.base.period import Recurrence, after_period
from tongzhou.kernel.access import SYSTEM
from tongzhou.kernel.database import rows
from tongzhou.kernel.models import AuditLine
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.queries import figures, tasks
from tongzhou.modules.duties.queries.exceptions import (
    ExceptionFilters,
    ExceptionList,
    get_exception,
    list_reaching,
    set_of,
)
from tongzhou.modules.duties.queries.figures import Breakdown, Figure, Selection
from tongzhou.modules.duties.rules.exceptions import EndKind, ExceptionKind, Wish
from tongzhou.modules.response import public as response
from tongzhou.modules.response.public import list_segments, phase_at

MONDAY = date(2020, 2, 3)
LATER = datetime.combine(TODAY, datetime.min.time(), AT.tzinfo) + timedelta(days=9)
HYGIENE = {"disinfected": "yes", "hazards": "2", "plan": "本周内清理完毕"}
WAIVE = Wish(
    kind=ExceptionKind.WAIVER,
    first=MONDAY,
    only=False,
    end=EndKind.OPEN,
    reason="场所已征用为隔离点",
    basis="《传染病防治法》第四十五条",
)
DEFER = replace(
    WAIVE,
    kind=ExceptionKind.DEFERRAL,
    only=True,
    end=EndKind.DATE,
    until_on=date(2020, 2, 20),
    reason="工作人员集中隔离",
)


def give(world: World, wish: Wish, duty: str = "d8-hygiene", **changes: Any) -> dict[str, int]:
    """Let the city give the chamber an exception of its own motion."""
    organisation, prov = world.bearers["chamber"]
    given: dict[str, Any] = {
        "actor": world.people["officer"],
        "at": AT,
        "organisation_id": organisation,
        "prov": prov,
        "duty_id": world.duty[duty],
        "wish": wish,
    }
    return commands.give_exception(**{**given, **changes})


def ask(world: World, wish: Wish = DEFER, who: str = "secretary", **changes: Any) -> dict[str, int]:
    given: dict[str, Any] = {
        "actor": world.people[who],
        "at": AT,
        "duty_id": world.duty["d8-hygiene"],
        "wish": wish,
    }
    return commands.request_exception(**{**given, **changes})


def count(world: World, at: datetime = AT, duty: str = "d8-hygiene", **changes: Any) -> Figure:
    """Count the duty in the city, having proved that the numbers are those of their lists."""
    selection = Selection(
        at=at, duty_ids=(world.duty[duty],), **{"node": GUANGZHOU, "day": MONDAY, **changes}
    )
    agree(world, selection)
    return figures.total(figures.figures(SYSTEM, selection))


def agree(world: World, selection: Selection) -> None:
    """Prove for an officer and an organ that both paths and all lists say the same."""
    for name in ("officer", "secretary"):
        actor = world.people[name]
        found = figures.figures(actor, selection, Breakdown.REGION)
        past = replace(selection, as_of=selection.as_of or selection.at)
        assert found == figures.figures(actor, past, Breakdown.REGION), name
        listed = figures.ObligationList(actor, selection, figures.MEASURES["owed"])[0:1000]
        whole = figures.total(found)
        states = [(row.state in {"SUBMITTED", "ACCEPTED"}, row.overdue, row.late) for row in listed]
        assert whole.owed == len(states)
        assert whole.overdue == sum(late and not done for done, late, _ in states)
        assert whole.late == sum(done and late for done, _, late in states)


def report(world: World, at: datetime = AT) -> dict[str, Any]:
    return commands.submit_report(
        actor=world.people["secretary"],
        at=at,
        key=world.key("d8-hygiene", MONDAY),
        data=HYGIENE,
    )


def titles(world: World, at: datetime) -> dict[str, tasks.TaskRow]:
    actor = world.people["secretary"]
    return {
        row.duty.urn.rpartition("/")[2]: row
        for row in tasks.list_board(actor, tasks.bearer_of(actor), at)
    }


def test_a_waived_obligation_is_owed_by_nobody(world: World) -> None:
    before = count(world)
    assert before.owed == 3
    report(world)
    made = give(world, WAIVE)
    assert count(world) == before + Figure(owed=-1)
    assert count(world, as_of=AT - timedelta(seconds=1), at=AT).owed == 3
    assert "d8-hygiene" not in titles(world, AT)
    with pytest.raises(Refusal) as refused:
        report(world, AT + timedelta(hours=1))
    assert refused.value.code == "waived"
    (line,) = AuditLine.objects.filter(stem="duties.exception.grant")
    assert line.facts["kind"] == "WAIVER"
    found = get_exception(world.people["secretary"], AT, made["id"], made["prov"])
    assert (found.state, found.origin, found.ended_on) == ("GRANTED", "MOTION", None)


def test_a_waiver_with_an_end_waives_no_later_period(world: World) -> None:
    give(world, replace(WAIVE, end=EndKind.DATE, until_on=date(2020, 2, 9)))
    assert count(world, LATER).owed == 2
    assert count(world, LATER, day=MONDAY + timedelta(days=7)).owed == 3


def test_a_deferral_moves_the_due_time(world: World) -> None:
    plain = count(world, LATER)
    assert (plain.overdue, plain.missed) == (3, 3)
    give(world, DEFER)
    assert count(world, LATER) == replace(plain, overdue=2, missed=2)
    after = datetime(2020, 2, 21, tzinfo=AT.tzinfo)
    assert count(world, after - timedelta(seconds=1)).overdue == 2
    assert count(world, after).overdue == 3
    row = titles(world, AT)["d8-hygiene"]
    assert (row.period.due_at, row.deferred) == (after, True)
    assert report(world, after - timedelta(hours=1)) == {"version": 1, "late": False}
    assert count(world, after).late == 0


def test_a_deferral_forgives_a_report_that_came_late_but_in_time(world: World) -> None:
    assert report(world, LATER)["late"]
    assert count(world, LATER).late == 1
    give(world, replace(DEFER, until_on=date(2020, 2, 20)), at=LATER)
    assert count(world, LATER).late == 0
    while commands.fold():
        pass
    assert count(world, LATER).late == 0


@pytest.mark.parametrize("end", [EndKind.OPEN, EndKind.EVENT])
def test_a_deferral_without_a_date_has_no_due_time_yet(world: World, end: EndKind) -> None:
    give(world, replace(DEFER, end=end, until_on=None, months=1, only=False))
    assert titles(world, AT)["d8-hygiene"].period.due_at is None
    assert count(world, LATER + timedelta(days=90)).overdue == 2


def end_response(world: World, at: datetime, region: int = GUANGDONG, phase: str = "ENDED") -> None:
    response.set_phase(
        actor=SYSTEM,
        at=at,
        response_id=world.response,
        region_id=region,
        phase=phase,
        from_at=at,
        decided_by="广东省人民政府",
    )


def test_an_event_dates_the_end(world: World) -> None:
    give(world, replace(DEFER, end=EndKind.EVENT, until_on=None, months=1, days=2))
    ended = AT + timedelta(days=30)
    end_response(world, ended)
    due = datetime(2020, 4, 9, tzinfo=AT.tzinfo)
    assert count(world, due - timedelta(seconds=1)).overdue == 2
    assert count(world, due).overdue == 3
    assert count(world, due, as_of=ended - timedelta(seconds=1)).overdue == 2


def test_a_revoked_waiver_leaves_a_day_and_spares_what_had_closed(world: World) -> None:
    made = give(world, WAIVE)
    revoked = datetime(2020, 2, 12, 9, tzinfo=AT.tzinfo)
    commands.revoke_exception(
        actor=world.people["officer"],
        at=revoked,
        exception_id=made["id"],
        prov=made["prov"],
        answer="场所已经交还",
    )
    week = MONDAY + timedelta(days=7)
    assert count(world, revoked).owed == 2
    assert count(world, revoked, day=week).owed == 3
    assert count(world, revoked, as_of=revoked - timedelta(seconds=1), day=week).owed == 2
    assert count(world, revoked + timedelta(days=60), day=week).overdue == 3


def test_a_revoked_deferral_leaves_a_day(world: World) -> None:
    made = give(world, DEFER)
    revoked = LATER + timedelta(hours=9)
    commands.revoke_exception(
        actor=world.people["officer"],
        at=revoked,
        exception_id=made["id"],
        prov=made["prov"],
        answer="已经返岗",
    )
    assert count(world, revoked).overdue == 2
    grace = datetime(2020, 2, 16, tzinfo=AT.tzinfo)
    assert count(world, grace - timedelta(seconds=1)).overdue == 2
    assert count(world, grace).overdue == 3


def test_an_exception_moves_with_its_bearer(world: World) -> None:
    give(world, DEFER)
    relocate(world.bearers["chamber"], AT + timedelta(hours=1), 440103)
    assert count(world, AT + timedelta(hours=2)).owed == 3
    assert count(world, LATER, node=440103).overdue == 0


def test_a_request_is_granted_by_the_authority_that_reviews(world: World) -> None:
    made = ask(world)
    key: dict[str, Any] = {"exception_id": made["id"], "prov": made["prov"]}
    assert count(world, LATER).overdue == 3
    with pytest.raises(Conflict, match="等待办理"):
        ask(world)
    for who, refusal in (("district", Forbidden), ("shenzhen", Missing), ("secretary", Forbidden)):
        with pytest.raises(refusal):
            commands.grant_exception(actor=world.people[who], at=AT, **key)
    queue = ExceptionList(
        world.people["officer"],
        AT,
        ExceptionFilters(state="REQUESTED"),
        reviewer=world.people["officer"].authority_id,
    )
    assert [each.id for each in queue[0:10]] == [made["id"]]
    commands.grant_exception(actor=world.people["officer"], at=AT, **key, answer="同意")
    assert count(world, LATER).overdue == 2
    with pytest.raises(Conflict):
        commands.refuse_exception(actor=world.people["officer"], at=AT, **key, answer="不同意")
    with pytest.raises(Conflict, match="已经有"):
        ask(world)
    found = list_reaching(
        world.people["secretary"],
        AT,
        world.bearers["chamber"],
        world.duty["d8-hygiene"],
        MONDAY,
    )
    assert [each.state for each in found] == ["GRANTED"]


def test_nobody_grants_what_they_asked_for(world: World) -> None:
    made = ask(world)
    same = replace(world.people["officer"], user_id=world.people["secretary"].user_id)
    with pytest.raises(Forbidden, match="自己提出"):
        commands.grant_exception(actor=same, at=AT, exception_id=made["id"], prov=made["prov"])


def test_a_request_is_refused_with_a_reason_or_withdrawn(world: World) -> None:
    made = ask(world)
    key: dict[str, Any] = {"exception_id": made["id"], "prov": made["prov"]}
    with pytest.raises(Refusal, match="理由"):
        commands.refuse_exception(actor=world.people["officer"], at=AT, **key, answer=" ")
    commands.refuse_exception(actor=world.people["officer"], at=AT, **key, answer="可以按期完成")
    again = ask(world)
    with pytest.raises(Missing):
        commands.withdraw_exception(
            actor=world.people["head"], at=AT, exception_id=again["id"], prov=again["prov"]
        )
    commands.withdraw_exception(
        actor=world.people["secretary"], at=AT, exception_id=again["id"], prov=again["prov"]
    )
    assert count(world, LATER).overdue == 3
    assert [row[0] for row in rows("SELECT state FROM duties_exception ORDER BY id")] == [
        "REFUSED",
        "WITHDRAWN",
    ]


@pytest.mark.parametrize(
    ("duty", "changes", "code"),
    [
        ("d8-hygiene", {"reason": " "}, "reason-needed"),
        ("d8-hygiene", {"until_on": None}, "until-needed"),
        ("d8-hygiene", {"until_on": date(2020, 2, 4)}, "until-past"),
        ("d8-hygiene", {"until_on": date(2020, 2, 6)}, "until-before-due"),
        ("d8-hygiene", {"until_on": date(2030, 2, 6)}, "until-far"),
        ("d8-hygiene", {"end": EndKind.EVENT, "months": 99}, "offset"),
        ("d8-hygiene", {"basis": ""}, "basis-needed"),
        ("d8-hygiene", {"basis_urn": "cn/mca/2020/5@2020-01-29#99.9"}, "no-clause"),
        ("d8-hygiene", {"first": date(2020, 2, 4)}, "not-owed"),
    ],
)
def test_what_makes_no_sense_is_refused(
    world: World, duty: str, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        give(world, replace(DEFER, **changes), duty)
    assert refused.value.code == code


def test_a_prohibition_is_waived_by_a_clause_alone(world: World) -> None:
    prohibited = next(
        row
        for row in titles(world, AT).values()
        if row.duty.spec.strength == "MUST_NOT" and row.duty.is_counted
    )
    wish = replace(WAIVE, first=prohibited.period.start)
    name = prohibited.duty.urn.rpartition("/")[2]
    with pytest.raises(Refusal) as refused:
        give(world, wish, name)
    assert (refused.value.code, refused.value.clause) == ("must-not", prohibited.duty.urn)
    give(world, replace(wish, basis_urn="cn/mca/2020/5@2020-01-29#3.8"), name)
    assert name not in titles(world, AT)


def test_what_is_voluntary_needs_no_exception(world: World) -> None:
    free = next(
        row for row in titles(world, AT).values() if not row.is_binding and row.duty.is_counted
    )
    with pytest.raises(Refusal) as refused:
        give(world, replace(WAIVE, first=free.period.start), free.duty.urn.rpartition("/")[2])
    assert refused.value.code == "not-binding"


def test_many_are_granted_in_one_statement_as_previewed(world: World) -> None:
    officer = world.people["officer"]
    selection = Selection(at=AT, node=GUANGZHOU, duty_ids=(world.duty["d8-hygiene"],), day=MONDAY)
    chosen = set_of(officer, selection, DEFER.kind)
    assert chosen is not None
    # The home was registered by its district, so the city does not decide about it.
    assert chosen.count() == len(chosen.sample()) == 2
    with pytest.raises(Conflict, match="预览是 5 家，现在是 2 家"):
        commands.give_exceptions(actor=officer, at=AT, selection=selection, wish=DEFER, expected=5)
    assert (
        commands.give_exceptions(actor=officer, at=AT, selection=selection, wish=DEFER, expected=2)
        == 2
    )
    assert count(world, LATER).overdue == 1
    assert chosen.count() == 0
    assert len(ExceptionList(officer, AT)) == 2
    assert len(ExceptionList(world.people["secretary"], AT)) == 1
    assert len(ExceptionList(world.people["stranger"], AT)) == 0


@pytest.mark.django_db
def test_the_database_ends_periods_like_the_calendar() -> None:
    days = [date(2020, 1, 1) + timedelta(days=7 * n + n % 3) for n in range(60)]
    for recurrence in Recurrence:
        found = rows(
            "SELECT d, duties_period_end(%s, d) FROM unnest(%s::date[]) AS d"
            " WHERE duties_period_end(%s, d) < 'infinity'",
            [recurrence.value, days, recurrence.value],
        )
        assert len(found) == (0 if recurrence is Recurrence.ONCE else len(days))
        for day, end in found:
            after = after_period(recurrence, day)
            assert after is not None
            assert end == datetime.combine(after, datetime.min.time(), AT.tzinfo), recurrence


def test_the_database_ends_responses_like_the_replay(world: World) -> None:
    moves = (
        (2, TIANHE, "LEVEL_2"),
        (3, GUANGDONG, "ENDED"),
        (5, TIANHE, "INHERIT"),
        (6, GUANGZHOU, "LEVEL_3"),
        (8, GUANGZHOU, "ENDED"),
        (9, GUANGZHOU, "INHERIT"),
    )
    for day, region, phase in moves:
        end_response(world, AT + timedelta(days=day), region, phase)
    for day, place in product(range(11), (GUANGDONG, GUANGZHOU, TIANHE, 440305)):
        at = AT + timedelta(days=day, hours=1)
        segment = phase_at(list_segments(world.response, at), place)
        ended = segment.since if segment.phase == "ENDED" else None
        found = rows("SELECT duties_response_end(%s, %s, %s)", [world.response, place, at])
        assert found[0][0] == ended, (day, place)
