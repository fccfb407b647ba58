"""Follow-up lists: the number is the length of the list, on the page and in the file."""

from datetime import timedelta
from typing import Any

import pytest

from tests.journeys.conftest import MONDAY, Town
from tests.world import AT, GUANGZHOU, TODAY
from tongzhou.kernel.access import SYSTEM, Actor
from tongzhou.kernel.jobs import Reporter
from tongzhou.kernel.models import Progress
from tongzhou.modules.duties import commands as duties
from tongzhou.modules.duties.public import MEASURES, Recurrence, get_version
from tongzhou.modules.duties.rules.exceptions import EndKind, ExceptionKind, Wish
from tongzhou.modules.insight import commands
from tongzhou.modules.insight.contracts import By, Question
from tongzhou.modules.insight.pages import follow as page
from tongzhou.modules.insight.pages import patience
from tongzhou.modules.insight.queries import follow, rollup
from tongzhou.modules.insight.queries.follow import Kind, Wanted
from tongzhou.modules.insight.queries.look import Look
from tongzhou.modules.insight.queries.rollup import get_rollup

HYGIENE = {"disinfected": "yes", "hazards": "2", "plan": "本周内清理完毕"}


def look(actor: Actor, **question: Any) -> Look:
    return Look(actor, Question(**{"region": GUANGZHOU, **question}), AT)


@pytest.mark.parametrize("kind", ["silent", "returned", "worst"])
@pytest.mark.parametrize("name", ["officer", "district", "supervisor"])
def test_a_list_is_as_long_as_it_says(town: Town, name: str, kind: str) -> None:
    client = town.browser(name)
    answer = client.get(f"/follow/?kind={kind}&n=2")
    assert answer.status_code == 200
    number = answer.context["number"]
    assert len(answer.context["rows"]) == min(number, 25)
    sheet = client.get(f"/follow/export/?kind={kind}&n=2&format=csv")
    assert len(sheet.content.decode("utf-8-sig").splitlines()) == number + 1


def test_the_silent_are_those_who_were_silent_each_time(town: Town) -> None:
    actor = town.world.people["officer"]
    daily = {
        row.duty_id
        for row in look(actor, day=TODAY - timedelta(days=1)).obligations(MEASURES["owed"])[0:999]
        if get_version(row.version_id).spec.recurrence is Recurrence.DAILY
    }
    assert daily
    for duty in daily:
        asked = look(actor, duty=duty)
        found = follow.follow_list(asked, Wanted(Kind.SILENT, 3))
        days = sorted({each.period.start for each in found.found})
        assert len(days) == 3
        silent = [
            {
                (row.organisation_id, row.prov)
                for row in look(actor, duty=duty, day=day).obligations(MEASURES["silent"])[0:999]
            }
            for day in days
        ]
        expected = set.intersection(*silent)
        assert {(row.organisation_id, row.prov) for row in found[0:999]} == expected
        assert len(found) == len(expected) > 0
        first = found[0:1][0]
        duties.give_exception(
            actor=SYSTEM,
            at=AT,
            organisation_id=first.organisation_id,
            prov=first.prov,
            duty_id=duty,
            wish=Wish(
                kind=ExceptionKind.WAIVER,
                first=days[-1],
                only=True,
                end=EndKind.OPEN,
                reason="停业整顿",
                basis="测试依据",
            ),
        )
        assert len(follow.follow_list(asked, Wanted(Kind.SILENT, 3))) == len(expected) - 1


def test_the_returned_are_counted_by_the_journal(town: Town) -> None:
    officer, secretary = town.world.people["officer"], town.world.people["secretary"]
    key = town.world.key("d8-hygiene", MONDAY)
    for minute in (1, 3):
        at = AT + timedelta(minutes=minute)
        duties.return_report(actor=officer, at=at, key=key, reason="请补充")
        again = at + timedelta(minutes=1)
        duties.submit_report(actor=secretary, at=again, key=key, data=HYGIENE)
    asked = Look(officer, Question(region=GUANGZHOU), AT + timedelta(hours=1))
    (row,) = follow.follow_list(asked, Wanted(Kind.RETURNED, 2))[0:10]
    assert (row.organisation_id, row.times, row.state) == (key.organisation_id, 2, "SUBMITTED")
    assert len(follow.follow_list(asked, Wanted(Kind.RETURNED, 3))) == 0


def test_a_long_list_is_written_by_a_job(
    town: Town, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any
) -> None:
    settings.FILES_ROOT = tmp_path
    monkeypatch.setattr(page, "DIRECT", 0)
    client = town.browser("officer")
    asked = client.get("/follow/export/?kind=silent&n=2")
    assert asked.status_code == 302
    record = Progress.objects.get()
    stored = commands.write_follow_up(
        actor=town.world.people["officer"],
        at=AT,
        query={"kind": "silent", "n": "2", "region": f"{GUANGZHOU:06d}"},
        label=record.label,
        reporter=Reporter(str(record.pk)),
    )
    assert stored.size > 0
    assert stored.name.endswith(".xlsx")


@pytest.mark.parametrize(
    "query", [{"kind": "nothing"}, {"kind": "silent", "n": "1"}, {"n": "many"}, {"n": "-3"}]
)
def test_what_cannot_be_read_is_said(town: Town, query: dict[str, str]) -> None:
    assert town.browser("officer").get("/follow/", query).status_code == 422


def test_a_list_too_long_to_check_asks_for_a_region(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "LONG", 0)
    client = town.browser("officer")
    answer = client.get("/follow/?kind=silent&n=2")
    assert answer.status_code == 200
    assert answer.context["narrow"]
    assert answer.context["exports"] == []
    rows = answer.context["rows"]
    assert rows
    assert all(row["silent"] <= row["owed"] for row in rows)
    refused = client.get("/follow/export/?kind=silent&n=2&format=csv")
    assert refused.status_code == 422
    monkeypatch.setattr(follow, "LONG", 60_000)
    assert not client.get(rows[0]["url"]).context["narrow"]


def test_a_breakdown_too_wide_is_given_by_region(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = look(town.world.people["officer"])
    whole = get_rollup(asked, By.GROUP)
    assert whole.by is By.GROUP
    assert not whole.is_too_wide
    monkeypatch.setattr(rollup, "WIDEST", {By.GROUP: 0, By.AUTHORITY: 0})
    wide = get_rollup(asked, By.GROUP)
    assert wide.by is By.REGION
    assert wide.is_too_wide
    assert wide.total == whole.total
    answer = town.browser("officer").get("/figures/?by=group")
    assert answer.status_code == 200
    assert answer.context["is_too_wide"]


def test_a_page_that_takes_too_long_says_so(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 0.001)
    answer = town.browser("officer").get("/figures/list/?measure=owed")
    assert answer.status_code == 422
    assert "请缩小范围" in answer.content.decode()
