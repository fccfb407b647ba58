"""A session that ends while a form is typed takes nothing of what was typed with it."""

import html
import re
from dataclasses import replace
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.test import Client

from tests.journeys.conftest import MONDAY, Town, hygiene
from tests.world import AT, TODAY
from tongzhou.kernel import keeping
from tongzhou.kernel.models import AuditLine
from tongzhou.modules.duties.commands import request_exception
from tongzhou.modules.duties.models import Draft, Report
from tongzhou.modules.duties.tests.test_exceptions import WAIVE

PASSWORD = "a-long-phrase-77"


@pytest.fixture
def fill(town: Town, settings: object) -> str:
    """Return the address of a form; everybody has a password."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    for name in ("secretary", "stranger", "officer"):
        user = town.world.user(name)
        user.set_password(PASSWORD)
        user.save()
    return f"/board/{town.world.duty['d8-hygiene']}/{MONDAY.isoformat()}/"


def _mark(browser: Client, path: str) -> str:
    found = re.search(r'name="typed_by" value="([^"]+)"', browser.get(path).content.decode())
    assert found
    return html.unescape(found[1])


def _sign_in(browser: Client, town: Town, name: str, path: str) -> str:
    login = town.world.user(name).username
    answer = browser.post(
        f"/accounts/login/?next={quote(path)}", {"login": login, "password": PASSWORD}
    )
    assert answer.status_code == 302, answer.content.decode()
    return browser.get(path).content.decode()


def _typed(mark: str) -> dict[str, str]:
    plan = {"a-plan": "本周内清理完毕，一字不少"}
    return {**hygiene(**plan), "step": "send", "typed_by": mark}


def test_what_was_typed_is_there_after_signing_in_and_not_sent(town: Town, fill: str) -> None:
    browser = town.browser("secretary")
    mark = _mark(browser, fill)
    browser.session.flush()
    before = Report.objects.count()
    answer = browser.post(fill, _typed(mark))
    assert answer["Location"].startswith("/accounts/login/")
    assert "您填的内容留着" in browser.get(answer["Location"]).content.decode()
    page = _sign_in(browser, town, "secretary", fill)
    assert "本周内清理完毕，一字不少" in page
    assert "还没有提交" in page
    assert Report.objects.count() == before
    assert not Draft.objects.exists()
    assert "一字不少" not in browser.get(fill).content.decode()


def test_nobody_else_in_this_browser_reads_it(town: Town, fill: str) -> None:
    browser = town.browser("secretary")
    mark = _mark(browser, fill)
    browser.session.flush()
    browser.post(fill, _typed(mark))
    assert "一字不少" not in _sign_in(browser, town, "stranger", fill)
    browser.post("/accounts/logout/")
    assert "一字不少" not in _sign_in(browser, town, "secretary", fill)


@pytest.mark.parametrize("mark", ["", "1", "IjEi:1abcde:forged", "\x00"])
def test_who_never_saw_the_form_stores_nothing(town: Town, fill: str, mark: str) -> None:
    browser = Client()
    assert browser.post(fill, _typed(mark)).status_code == 302
    assert not browser.session.keys()


def test_too_much_is_not_stored(town: Town, fill: str) -> None:
    mark = _mark(town.browser("secretary"), fill)
    browser = Client()
    browser.post(fill, {**_typed(mark), "a-x": "长" * keeping.MOST_CHARACTERS})
    assert not browser.session.keys()


WORDS = "一字不少：核对后发现数字与附件不一致"


@pytest.mark.parametrize(
    ("name", "page", "act", "field"),
    [
        ("secretary", "{cases}exception/", "{cases}exception/", "reason"),
        ("officer", "{exception}", "{exception}refuse/", "answer"),
        ("officer", "{report}", "{report}return/", "reason"),
        ("officer", "/organisations/register/", "/organisations/register/", "address"),
        ("officer", "/people/invite/?place={chamber}", "/people/invite/?place={chamber}", "name"),
    ],
)
def test_every_long_form_keeps_what_was_typed_on_its_page(
    town: Town, fill: str, name: str, page: str, act: str, field: str
) -> None:
    asked = {"id": 0, "prov": 0}
    if "{exception}" in page:
        asked = request_exception(
            actor=town.world.people["secretary"],
            at=AT,
            duty_id=town.world.duty["d8-cases"],
            wish=replace(WAIVE, first=TODAY),
        )
    identifier, prov = town.world.bearers["chamber"]
    places = {
        "cases": town.fill_url("d8-cases", TODAY),
        "exception": f"/exceptions/{asked['id']}/{asked['prov']}/",
        "report": town.report_url,
        "chamber": f"o{identifier}-{prov}",
    }
    page, act = page.format(**places), act.format(**places)
    browser = town.browser(name)
    mark = _mark(browser, page)
    browser.session.flush()
    lines = AuditLine.objects.count()
    answer = browser.post(act, {field: WORDS, "typed_by": mark})
    assert parse_qs(urlsplit(answer["Location"]).query)["next"] == [page]
    assert WORDS in _sign_in(browser, town, name, page)
    assert AuditLine.objects.count() == lines  # nothing was done
    assert WORDS not in browser.get(page).content.decode()


def test_what_was_typed_waits_while_the_password_is_asked_for_again(town: Town, fill: str) -> None:
    browser = town.browser("secretary")
    again = "/accounts/reauthenticate/?next=/contacts/"
    assert browser.get("/contacts/")["Location"].startswith("/accounts/reauthenticate/")
    browser.post(again, {"password": PASSWORD})
    mark = _mark(browser, "/contacts/")
    browser.session.flush()
    browser.post("/contacts/", {"phone": "13900139000", "email": "", "typed_by": mark})
    login = town.world.user("secretary").username
    browser.post("/accounts/login/?next=/contacts/", {"login": login, "password": PASSWORD})
    assert browser.get("/contacts/")["Location"].startswith("/accounts/reauthenticate/")
    assert "您登录前填的内容" not in browser.get(again).text
    browser.post(again, {"password": PASSWORD})
    page = browser.get("/contacts/").text
    assert 'value="13900139000"' in page
    assert "您登录前填的内容" in page
    assert town.world.user("secretary").phone != "13900139000"
    assert 'value="13900139000"' not in browser.get("/contacts/").text
