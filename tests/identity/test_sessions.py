"""Sessions end unused, end at last, and are ended by whoever looks after their person."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.test import Client

from tests.identity.conftest import PASSWORD, Office
from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.identity import recovering, sessions
from tongzhou.kernel.models import AuditLine


@pytest.fixture(autouse=True)
def every_request_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "SEEN_EVERY_SECONDS", 0)


def signed_in(name: str) -> Client:
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": name, "password": PASSWORD})
    assert answer.status_code == 302
    return browser


def age(user_id: int, *, unused: float = 0, old: float = 0) -> None:
    """Let the sessions of somebody be unused for minutes, and begun hours ago."""
    now = clock.now()
    held = UserSession.objects.filter(user_id=user_id)
    held.update(last_seen_at=now - timedelta(minutes=unused))
    if old:
        held.update(created_at=now - timedelta(hours=old))


def is_in(browser: Client) -> bool:
    return browser.get("/people/").status_code == 200


@pytest.mark.parametrize(
    ("name", "stays", "ends"),
    [("officer", 29, 31), ("secretary", 59, 61), ("operator", 29, 31)],
)
def test_a_session_ends_unused_and_sooner_for_who_decides_about_others(
    office: Office, name: str, stays: int, ends: int
) -> None:
    browser = signed_in(name)
    user = office.user(name).pk
    age(user, unused=stays)
    assert is_in(browser)
    held = UserSession.objects.get(user_id=user)
    assert held.last_seen_at > clock.now() - timedelta(minutes=1)  # it was used just now
    age(user, unused=ends)
    answer = browser.get("/people/", follow=True)
    assert "很久没有操作" in answer.content.decode()
    assert not UserSession.objects.filter(user_id=user).exists()
    assert not is_in(browser)


def test_no_use_makes_a_session_last_longer_than_it_may(office: Office) -> None:
    browser = signed_in("secretary")
    user = office.user("secretary").pk
    age(user, old=settings.SESSION_HOURS - 0.1)
    assert is_in(browser)
    assert "最长时限" in browser.get("/session/").content.decode()
    age(user, old=settings.SESSION_HOURS + 0.1)
    assert not is_in(browser)


def test_the_warning_asks_without_using_and_one_click_stays(office: Office) -> None:
    browser = signed_in("officer")
    user = office.user("officer").pk
    page = browser.get("/people/").content.decode()
    assert 'data-leaving="1800"' in page
    assert "<noscript>" in page
    assert 'href="/session/"' in page
    age(user, unused=27)
    for _again in range(2):
        assert 0 < browser.get("/session/left/").json()["left"] <= 180
    assert "登录保持到" in browser.get("/session/").content.decode()
    assert browser.get("/session/left/").json()["left"] > 1_700
    age(user, unused=31)
    assert browser.get("/session/left/").json() == {"left": 0}
    assert not is_in(browser)
    assert Client().get("/session/left/").json() == {"left": 0}


def test_a_role_taken_on_later_counts(office: Office) -> None:
    browser = signed_in("secretary")
    session = browser.session
    session[sessions.LENIENT_KEY] = False
    session.save()
    age(office.user("secretary").pk, unused=31)
    assert not is_in(browser)


@pytest.mark.parametrize(
    ("who", "whose"),
    [("leader", "officer"), ("officer", "secretary"), ("chair", "secretary")],
)
def test_who_looks_after_somebody_signs_them_out_at_once(
    office: Office, who: str, whose: str
) -> None:
    victims = [signed_in(whose), signed_in(whose)]
    page = f"/people/{office.id(whose)}/sessions/"
    browser = office.browser(who)
    assert "马上退出登录" in browser.get(page).content.decode()
    assert all(is_in(each) for each in victims)
    answer = browser.post(page, {"sure": "1"}, follow=True)
    assert "已退出 2 处登录" in answer.content.decode()
    assert not any(is_in(each) for each in victims)
    line = AuditLine.objects.get(stem="kernel.session.end")
    assert line.user_id == office.user(who).pk
    assert line.target == f"user/{office.user(whose).pk}"
    assert line.facts["sessions"] == 2


@pytest.mark.parametrize(
    ("who", "whose", "refused"),
    [
        ("officer", "officer", Missing),
        ("leader", "leader", Refusal),
        ("leader", "auditor", Refusal),
        ("chair", "board", Refusal),
        ("district", "secretary", Missing),
        ("secretary", "officer", Missing),
    ],
)
def test_nobody_else_signs_anybody_out(
    office: Office, who: str, whose: str, refused: type[Refusal]
) -> None:
    with pytest.raises(refused):
        recovering.end_sessions_of(
            actor=office.actor(who), at=clock.now(), assignment_id=office.id(whose)
        )
    assert not AuditLine.objects.filter(stem="kernel.session.end").exists()
