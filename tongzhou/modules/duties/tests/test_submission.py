"""What a submission costs, what is kept between two of them, and the journal that reports tell."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.world import AT, GUANGZHOU, TIANHE, World
from tongzhou.base.errors import Refusal
from tongzhou.kernel import audit, plans
from tongzhou.kernel.access import SYSTEM
from tongzhou.kernel.database import execute, rows
from tongzhou.kernel.models import AuditLine
from tongzhou.modules.duties import commands
from tongzhou.modules.duties import public as duties
from tongzhou.modules.duties.commands import asking
from tongzhou.modules.duties.models import Step
from tongzhou.modules.duties.queries.force import Ground
from tongzhou.modules.duties.queries.grounds import known
from tongzhou.modules.duties.queries.recount import list_count_faults
from tongzhou.modules.response import public as response

MONDAY = date(2020, 2, 3)
HYGIENE = {"disinfected": "yes", "hazards": "2", "plan": "本周内清理完毕"}
HOUR = timedelta(hours=1)


def send(world: World, bearer: str = "chamber", **changes: Any) -> None:
    who = {"chamber": "secretary", "school": "principal"}[bearer]
    key = world.key("d8-hygiene", MONDAY, bearer)
    given: dict[str, Any] = {"actor": world.people[who], "at": AT, "key": key, "data": HYGIENE}
    commands.submit_report(**{**given, **changes})


def journal(world: World) -> list[tuple[Any, ...]]:
    key = world.key("d8-hygiene", MONDAY)
    return rows(
        "SELECT name, source, target, version, at, actor FROM duties_journal WHERE period = %s"
        " AND duty_id = %s AND organisation_id = %s AND prov = %s ORDER BY id",
        [key.period, key.duty_id, key.organisation_id, key.prov],
    )


def end_phase(world: World) -> None:
    response.set_phase(
        actor=SYSTEM,
        at=AT,
        response_id=world.response,
        region_id=GUANGZHOU,
        phase="ENDED",
        from_at=AT,
        decided_by="市人民政府",
    )


def owed(world: World) -> int:
    asked = duties.Selection(at=AT, node=GUANGZHOU, duty_ids=(world.duty["d8-hygiene"],))
    return duties.total(duties.figures(SYSTEM, asked)).owed


def test_a_submission_is_two_statements(world: World) -> None:
    assert Ground(AT).history  # read once per process
    assert owed(world)  # a connection is asked once whether plans may be kept on it
    with CaptureQueriesContext(connection) as seen:
        send(world)
    sent = [each["sql"] for each in seen.captured_queries if "SAVEPOINT" not in each["sql"]]
    assert len(sent) == 2, sent
    assert "EXECUTE duties_ask_" in sent[0]
    assert "EXECUTE duties_file_" in sent[1]
    line = AuditLine.objects.get(stem="duties.report.submit")
    assert line.target.startswith("report/2020-02-03/")
    assert "#" in line.clause
    assert line.facts == {"late": False}


def test_only_the_month_of_a_report_is_opened(world: World) -> None:
    for month in ("2020-01-01", "2020-02-01", "2020-03-01"):
        execute("SELECT duties_report_partition(%s)", [month])
    asked = plans._numbered(asking._ask_in(date(2020, 2, 1)))[0]
    plan = "\n".join(row[0] for row in rows(f"EXPLAIN (GENERIC_PLAN) {asked}"))
    assert set(re.findall(r"duties_report_\d{6}", plan)) == {"duties_report_202002"}


def test_what_was_undone_is_not_kept(world: World) -> None:
    before = owed(world)
    assert before
    with transaction.atomic():
        end_phase(world)
        assert owed(world) == 0
        transaction.set_rollback(True)
    assert owed(world) == before
    send(world)


def test_what_changed_is_seen_by_the_next_submission(world: World) -> None:
    first = known()
    assert known() is first
    end_phase(world)
    with pytest.raises(Refusal) as refused:
        send(world)
    assert refused.value.code == "not-owed"
    assert known() is not first


def test_without_a_stamp_nothing_is_kept(world: World) -> None:
    execute("DELETE FROM duties_ground")
    assert known() is not known()
    send(world)
    end_phase(world)
    assert rows("SELECT count(*) FROM duties_ground") == [(1,)]
    assert owed(world) == 0


def test_the_first_step_is_told_by_the_report_until_a_second_one_comes(world: World) -> None:
    send(world)
    told = journal(world)
    assert [each[:4] for each in told] == [("submit", "", "SUBMITTED", 1)]
    assert not Step.objects.exists()
    key = world.key("d8-hygiene", MONDAY)
    commands.accept_report(actor=world.people["officer"], at=AT + HOUR, key=key)
    steps = journal(world)
    assert steps[0] == told[0]
    assert [each[:4] for each in steps[1:]] == [("accept", "SUBMITTED", "ACCEPTED", 1)]
    assert Step.objects.count() == 2
    asked = duties.Selection(
        at=AT + 2 * HOUR,
        as_of=AT + HOUR / 2,
        node=TIANHE,
        duty_ids=(world.duty["d8-hygiene"],),
    )
    then = duties.total(duties.figures(SYSTEM, asked))
    assert (then.submitted, then.accepted) == (1, 0)
    assert list_count_faults() == []


def test_a_correction_writes_both_steps_down(world: World) -> None:
    send(world)
    send(world, data={**HYGIENE, "hazards": "3"}, at=AT + HOUR, based_on=1)
    found = [each[:4] for each in journal(world)]
    assert found == [("submit", "", "SUBMITTED", 1), ("correct", "SUBMITTED", "SUBMITTED", 2)]
    assert list_count_faults() == []


def test_a_batch_tells_its_first_steps_and_writes_the_second_ones(world: World) -> None:
    keys = [world.key("d8-hygiene", MONDAY, name) for name in ("chamber", "school")]
    filings = [commands.Filing(key=key, data=HYGIENE) for key in keys]
    assert commands.submit_reports(actor=SYSTEM, at=AT, filings=filings) == 2
    assert not Step.objects.exists()
    again = [commands.Filing(key=keys[0], data={**HYGIENE, "hazards": "4"})]
    commands.submit_reports(actor=SYSTEM, at=AT + HOUR, filings=again)
    assert [each[0] for each in journal(world)] == ["submit", "correct"]
    assert list_count_faults() == []
    while commands.fold():
        pass
    assert list_count_faults() == []


def test_a_line_is_written_with_the_work_and_never_again(world: World) -> None:
    with pytest.raises(RuntimeError, match="outside a command"):
        audit.write_with("SELECT 1", {})
    with audit.line(actor=SYSTEM, at=AT, stem="duties.report.submit"):
        audit.note(target="x")
        assert audit.write_with("SELECT 7", {}) == [(7,)]
        with pytest.raises(RuntimeError, match="after its line was written"):
            audit.note(target="y")
    assert AuditLine.objects.filter(stem="duties.report.submit").count() == 1
