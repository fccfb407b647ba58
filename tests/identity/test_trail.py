"""An auditor finds who did what to whom, is told how much there is, and takes it along."""

import json
import re
from typing import Any

import pytest

from tests.identity.conftest import CODE, OTHER_CODE, Office
from tongzhou.kernel import auditing, clock, files
from tongzhou.kernel.models import AuditLine, Progress


@pytest.fixture
def trail(office: Office) -> Office:
    """Lines by the chamber, about it, about another of the district, and of the city's officers."""
    chamber = office.places["chamber"][1:].split("-")
    home = office.places["home"][1:].split("-")
    officer, secretary = office.actor("officer"), office.actor("secretary")
    theirs = f"report/2020-02-03/7/{chamber[0]}/{chamber[1]}"
    for actor, stem, target, clause in (
        (secretary, "duties.report.submit", theirs, ""),
        (
            officer,
            "duties.report.return",
            f"report/2020-02-03/7/{chamber[0]}/{chamber[1]}",
            "第三条",
        ),
        (officer, "registry.organisation.change", f"organisation/{chamber[1]}/{chamber[0]}", ""),
        (officer, "duties.report.return", f"report/2020-02-03/7/{home[0]}/{home[1]}", "第四条"),
        (officer, "duties.report.accept", f"report/2020-02-03/{chamber[0]}/9/44", ""),
    ):
        AuditLine.objects.create(
            at=clock.now(),
            user_id=actor.user_id,
            actor=actor.label,
            role=str(actor.role),
            authority_id=actor.authority_id,
            organisation_id=actor.organisation_id,
            stem=stem,
            target=target,
            clause=clause,
        )
    return office


def found(page: str) -> int:
    told = re.search(r"共 (\d+) 条", page)
    return int(told[1]) if told else 0


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"org": CODE}, 3),
        ({"org": "示例商会"}, 3),
        ({"org": CODE, "who": "officer"}, 2),
        ({"org": CODE, "stem": "duties.report"}, 2),
        ({"org": OTHER_CODE, "stem": "duties."}, 1),
        ({"clause": "第三条"}, 1),
        ({"target": "report/2020-02-03/7/"}, 3),
        ({"stem": "duties.report.return"}, 2),
        ({"stem": "duties.report.return", "to": "2020-01-01"}, 0),
    ],
)
def test_what_is_asked_for_is_found_and_counted(
    trail: Office, asked: dict[str, str], count: int
) -> None:
    page = trail.browser("auditor").get("/audit/", asked).content.decode()
    assert found(page) == count
    assert page.count('<th scope="row">') == count
    for value in asked.values():
        assert f'value="{value}"' in page  # also in the form that exports


def test_acts_are_told_by_their_names(trail: Office) -> None:
    page = trail.browser("auditor").get("/audit/?stem=duties.report.return").content.decode()
    assert "退回报送<br><code>duties.report.return</code>" in page


def test_acts_are_found_by_their_names(trail: Office) -> None:
    named = trail.browser("auditor").get("/audit/?stem=退回报送").content.decode()
    coded = trail.browser("auditor").get("/audit/?stem=duties.report.return").content.decode()
    assert found(named) == found(coded) > 0


def test_an_unknown_organisation_is_told_beside_what_was_asked(trail: Office) -> None:
    answer = trail.browser("auditor").get("/audit/", {"org": "没有这个", "who": "officer"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "没有找到这个组织" in page
    assert 'value="没有这个"' in page
    assert 'value="officer"' in page


def test_an_organisation_elsewhere_shows_no_line_that_is_not_the_auditors(trail: Office) -> None:
    AuditLine.objects.create(
        at=clock.now(),
        actor="远",
        role="OFFICER",
        authority_id=99_999,
        stem="x.y.z",
        target="a/1/2",
    )
    assert found(trail.browser("auditor").get("/audit/?stem=x.y").content.decode()) == 0


def test_what_was_found_is_what_is_exported(trail: Office, tmp_path: Any, settings: Any) -> None:
    settings.FILES_ROOT = tmp_path
    browser, asked = trail.browser("auditor"), {"org": CODE, "stem": "duties."}
    assert browser.post("/audit/export/", {**asked, "form": "jsonl"}).status_code == 302
    made = Progress.objects.latest("created_at")
    auditor = trail.actor("auditor")
    auditing.write_export(
        str(made.pk), auditor.authority_id, asked, str(auditor.role), auditor.low, auditor.high
    )
    made.refresh_from_db()
    assert made.file is not None
    lines = [json.loads(each) for each in files.path_of(made.file).read_bytes().splitlines()]
    assert [each["stem"] for each in lines] == ["duties.report.submit", "duties.report.return"]
