"""Two people at once: one is first, the other is told, and nothing happens twice."""

from collections.abc import Callable
from typing import Any

from django.test import Client

from tests.journeys.conftest import MONDAY, Town, hygiene
from tests.sharing import at_once


def test_two_officers_accept_the_same_report_at_once(real_town: Town) -> None:
    browsers = [real_town.browser(name) for name in ("officer", "colleague") * 2]
    url = f"{real_town.report_url}accept/"

    def accept(browser: Client) -> Callable[[], Any]:
        return lambda: browser.post(url, {"seen": "1"})

    answers = at_once(*map(accept, browsers))
    codes = sorted(each.status_code for each in answers)
    assert codes == [302, 409, 409, 409]
    loser = next(each for each in answers if each.status_code == 409)
    assert "officer" in loser.text or "colleague" in loser.text or "已" in loser.text
    report = browsers[0].get(real_town.report_url).context["report"]
    assert [step.name for step in report.steps] == ["submit", "accept"]


def test_one_accepts_while_the_other_returns(real_town: Town) -> None:
    officer, colleague = real_town.browser("officer"), real_town.browser("colleague")
    answers = at_once(
        lambda: officer.post(f"{real_town.report_url}accept/", {"seen": "1"}),
        lambda: colleague.post(
            f"{real_town.report_url}return/", {"seen": "1", "reason": "请补充说明"}
        ),
    )
    assert sorted(each.status_code for each in answers) == [302, 409]
    report = officer.get(real_town.report_url).context["report"]
    assert len(report.steps) == 2


def test_a_double_click_is_one_report(real_town: Town) -> None:
    head = real_town.browser("head")
    url = real_town.fill_url("d8-hygiene")
    given = hygiene(once="the-same-key", based_on="0")
    twins = [real_town.browser("head") for _ in range(3)]
    answers = at_once(*(lambda each=each: each.post(url, given) for each in twins))
    assert {each.status_code for each in answers} == {302}
    key = real_town.world.key("d8-hygiene", MONDAY, "school")
    report = head.get(real_town.url_of(key)).context["report"]
    assert [step.name for step in report.steps] == ["submit"]
    again = head.post(url, {**given, "a-hazards": "7"})
    assert again.status_code == 409
    assert "改动没有保存" in again.text
