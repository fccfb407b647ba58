"""A batch leaves what the same reports leave one by one, and refuses what they would be refused."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.backends.utils import CursorWrapper

from tests.world import AT, TODAY, World
from tongzhou.base.errors import Refusal
from tongzhou.kernel.access import SYSTEM
from tongzhou.kernel.database import rows
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.commands import Filing
from tongzhou.modules.duties.queries.force import get_duty
from tongzhou.modules.duties.queries.recount import list_count_faults
from tongzhou.modules.duties.rules.exceptions import EndKind, ExceptionKind, Wish

MONDAY = date(2020, 2, 3)
HOUR = timedelta(hours=1)
HYGIENE = {"disinfected": "yes", "hazards": "2", "plan": "本周内清理完毕"}
REPORTERS = {"chamber": "secretary", "school": "head", "home": "nurse"}
DEFERRED = Wish(
    kind=ExceptionKind.DEFERRAL,
    first=MONDAY,
    only=True,
    end=EndKind.DATE,
    until_on=date(2020, 2, 20),
    reason="工作人员集中隔离",
    basis="《传染病防治法》第四十五条",
)
WAIVED = replace(DEFERRED, kind=ExceptionKind.WAIVER, end=EndKind.OPEN, until_on=None)


def filing(world: World, bearer: str, duty: str, day: date, data: dict[str, Any]) -> Filing:
    return Filing(world.key(duty, day, bearer), data, effective_on=date(2020, 2, 3))


def one_by_one(world: World, filings: Sequence[Filing], at: Any) -> None:
    names = {world.bearers[bearer]: who for bearer, who in REPORTERS.items()}
    for each in filings:
        commands.submit_report(
            actor=world.people[names[each.key.organisation_id, each.key.prov]],
            at=at,
            key=each.key,
            data=each.data,
            effective_on=each.effective_on,
        )


def at_once(world: World, filings: Sequence[Filing], at: Any) -> None:
    assert commands.submit_reports(actor=SYSTEM, at=at, filings=filings) == len(filings)


def left() -> list[Any]:
    """Return all that reports leave, but for who sent them."""
    reports = rows(
        "SELECT period, duty_id, organisation_id, prov, state, version, cell_id, late, data, files,"
        " effective_on, submitted_at, made_under, decided_at, decider, reason"
        " FROM duties_report ORDER BY 1, 2, 3, 4"
    )
    versions = rows(
        "SELECT period, duty_id, organisation_id, prov, version, data, files, effective_on,"
        " submitted_at, made_under FROM duties_reportversion ORDER BY 1, 2, 3, 4, 5"
    )
    steps = rows(
        "SELECT period, duty_id, organisation_id, prov, name, source, target, version, late, at"
        " FROM duties_journal ORDER BY 1, 2, 3, 4, 8, 10, 5"
    )
    deltas = rows(
        "SELECT period, duty_id, cell_id, prov, sum(submitted), sum(accepted), sum(returned),"
        " sum(late) FROM duties_delta GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
    )
    return [reports, versions, steps, deltas]


def test_a_batch_leaves_what_single_reports_leave(world: World) -> None:
    organisation, prov = world.bearers["chamber"]
    commands.give_exception(
        actor=world.people["officer"],
        at=AT,
        organisation_id=organisation,
        prov=prov,
        duty_id=world.duty["d8-hygiene"],
        wish=DEFERRED,
    )
    much_later = AT + timedelta(days=8)
    past = TODAY - timedelta(days=3)
    zero = {"suspected": 0}
    fields = get_duty(world.duty["d8-cases"]).spec.evidence.fields
    told = next(each for each in fields if each.name == "reported_to").choices[0].value
    case = {"suspected": 1, "isolated": 1, "reported_to": told}
    first = [
        filing(world, "school", "d8-hygiene", MONDAY, HYGIENE),
        filing(world, "chamber", "d8-hygiene", MONDAY, {**HYGIENE}),
        filing(world, "school", "d8-cases", TODAY, zero),
        filing(world, "chamber", "d8-cases", TODAY, {"suspected": "0"}),
    ]
    second = [
        filing(world, "home", "d8-hygiene", MONDAY, HYGIENE),
        filing(world, "school", "d8-hygiene", MONDAY, {**HYGIENE, "hazards": "3"}),
        filing(world, "chamber", "d8-hygiene", MONDAY, {**HYGIENE, "hazards": "4"}),
        filing(world, "school", "d8-cases", TODAY, case),
        filing(world, "chamber", "d8-cases", TODAY, {"suspected": 0}),
        filing(world, "school", "d8-cases", past, zero),
    ]
    found = []
    for way in (one_by_one, at_once):
        with transaction.atomic():
            way(world, first, AT)
            commands.return_report(
                actor=world.people["officer"], at=AT + HOUR, key=first[1].key, reason="请补充"
            )
            way(world, second, much_later)
            found.append(left())
            assert list_count_faults() == []
            transaction.set_rollback(True)
    assert found[0][0]
    assert {row[4] for row in found[0][2]} >= {"submit", "receive", "resubmit", "correct", "amend"}
    assert {row[7] for row in found[0][0]} == {True, False}
    for single, batch in zip(*found, strict=True):
        assert batch == single


@pytest.mark.parametrize("wrong", ["waived", "not-owed", "evidence", "twice", "missing"])
def test_one_wrong_report_refuses_the_whole_batch(world: World, wrong: str) -> None:
    good = filing(world, "school", "d8-hygiene", MONDAY, HYGIENE)
    bad = filing(world, "chamber", "d8-hygiene", MONDAY, HYGIENE)
    code = wrong
    if wrong == "waived":
        organisation, prov = world.bearers["chamber"]
        commands.give_exception(
            actor=world.people["officer"],
            at=AT,
            organisation_id=organisation,
            prov=prov,
            duty_id=world.duty["d8-hygiene"],
            wish=WAIVED,
        )
    elif wrong == "not-owed":
        bad = filing(world, "chamber", "d8-hygiene", MONDAY + timedelta(days=1), HYGIENE)
    elif wrong == "evidence":
        bad = replace(bad, data={**HYGIENE, "hazards": "很多"})
    elif wrong == "twice":
        bad = good
    else:
        bad = replace(bad, key=replace(bad.key, organisation_id=987_654_321))
        code = "refused"
    before = left()
    with pytest.raises(Refusal) as refused, transaction.atomic():
        commands.submit_reports(actor=SYSTEM, at=AT, filings=[good, bad])
    if wrong == "missing":
        assert "没有这个主体" in refused.value.text(str)
    else:
        assert refused.value.code == code
    assert left() == before


def test_a_larger_batch_needs_no_more_statements(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    execute = CursorWrapper.execute

    def listen(self: Any, sql: Any, params: Any = None) -> Any:
        sent.append(str(sql))
        return execute(self, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", listen)

    def count(*bearers: str, hazards: str) -> int:
        data = {**HYGIENE, "hazards": hazards}
        filings = [filing(world, each, "d8-hygiene", MONDAY, data) for each in bearers]
        sent.clear()
        at_once(world, filings, AT)
        return len(sent)

    with transaction.atomic():
        one = count("school", hazards="1")
        again = count("school", hazards="2")
        transaction.set_rollback(True)
    assert count("school", "chamber", "home", hazards="1") == one
    assert count("school", "chamber", "home", hazards="2") == again
