"""A place that lacks a second person is told so before something gets stuck."""

from datetime import timedelta

import pytest

from tests.identity.conftest import Office
from tongzhou.kernel import clock
from tongzhou.kernel.access import Role
from tongzhou.kernel.identity import completeness, staffing
from tongzhou.kernel.identity.staffing import today_of

SIGN = "compiler.compilation.sign"


@pytest.mark.parametrize(
    ("people", "stuck"),
    [
        ({1: {Role.OFFICER}, 2: {Role.LEADER}}, False),
        ({1: {Role.OFFICER}, 2: {Role.OFFICER}}, False),
        ({1: {Role.OFFICER, Role.LEADER}}, True),
        ({1: {Role.OFFICER}, 2: {Role.CLERK}}, True),
        ({1: {Role.OFFICE}, 2: {Role.OFFICE}}, True),
        ({1: {Role.LEADER}, 2: {Role.LEADER}}, True),
        ({}, True),
    ],
)
def test_two_different_people_are_needed(people: dict[int, set[Role]], stuck: bool) -> None:
    found = completeness.gaps(people, "REGISTRATION")
    assert any(each.first == "送审分解稿" for each in found) is stuck


def test_what_takes_two_is_read_from_the_matrix() -> None:
    told = {(each.first, each.second) for each in completeness.pairs("REGISTRATION")}
    assert ("送审分解稿", "签发分解稿，使任务生效") in told
    assert not any("审核" in each for pair in told for each in pair)  # of others' reports


def test_the_page_says_who_is_missing_and_the_operator_sees_where(office: Office) -> None:
    district, city = office.browser("district"), office.browser("leader")
    assert "缺一个人" in district.get("/people/").content.decode()
    assert "缺一个人" not in city.get("/people/").content.decode()
    page = office.browser("operator").get("/people/").content.decode()
    assert "缺人的机关" in page
    assert "广州市天河区民政局" in page
    assert "广州市民政局" not in page.partition("缺人的机关")[2].partition("</section>")[0]
    here = office.browser("operator").get(f"/people/?place={office.places['district']}")
    assert "送审分解稿" in here.content.decode()


def test_who_leaves_is_missing_from_that_day(office: Office) -> None:
    at = clock.now()
    officer = office.actor("officer")
    assert completeness.has_second(officer, SIGN, at)
    for name in ("leader", "colleague"):
        by = "operator" if name == "leader" else "office"
        staffing.end_assignment(
            actor=office.actor(by),
            at=at,
            assignment_id=office.id(name),
            last_on=today_of(at) - timedelta(days=1),
        )
    assert not completeness.has_second(officer, SIGN, at)
    assert completeness.has_second(office.actor("office"), SIGN, at)  # the officer
