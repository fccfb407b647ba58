"""The doors of other systems: their servers answer garbage, too slowly, or for somebody else."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from tests.hostile.conftest import PASSWORD, Posts
from tests.identity.standins import KEY, StandIn, serve
from tests.identity.test_doors import DOORS, _back, _start
from tongzhou.kernel import clock
from tongzhou.kernel.identity.doors import asking
from tongzhou.kernel.identity.doors.contract import DoorRefusal
from tongzhou.kernel.models import User


@pytest.fixture
def there(settings: Any) -> Iterator[StandIn]:
    with serve() as held:
        settings.SIGN_IN_DOORS = _doors(held.url)
        yield held


def _doors(url: str) -> dict[str, dict[str, str]]:
    return {
        "wecom": {
            "label": "企业微信",
            "corp_id": "corp",
            "agent_id": "7",
            "secret": "corp-secret",
            "authorize": "https://wecom.invalid/login",
            "api": url,
        },
        "ticket": {
            "label": "省统一身份认证",
            "login": "https://province.invalid/login",
            "validate": f"{url}/validate",
            "app_id": "app",
            "app_key": KEY,
        },
    }


def _told(door: str, subject: Any) -> dict[str, Any]:
    if door == "wecom":
        return {"errcode": 0, "access_token": "t", "userid": subject}
    return {"code": 0, "data": {"userId": subject, "name": "名"}}


ODD: list[Any] = [
    "",
    None,
    True,
    0,
    7,
    ["chensiyuan"],
    {"id": "chensiyuan"},
    "x" * 5_000,
    "a\0b",
    "\ud800",
    " ",
    "a\nb",
    "a\u202eb",
]


@pytest.mark.parametrize("door", DOORS)
def test_odd_subjects_open_nothing_and_break_nothing(
    office: Posts, there: StandIn, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signing in, and linking to an account: neither takes what is no id."""
    browser = Client(raise_request_exception=False)
    member = office.sign_in("secretary")
    member.post("/accounts/reauthenticate/", {"password": PASSWORD})
    for number, subject in enumerate(ODD):
        monkeypatch.setattr(there, "answer", lambda *_a, s=subject: _told(door, s))
        answer = _back(browser, door, _start(browser, door), f"in-{number}")
        assert answer.status_code == 403, ascii(subject)[:40]
        state = _start(member, door)
        answer = _back(member, door, state, f"link-{number}")
        assert answer.status_code < 500, ascii(subject)[:40]
    assert not SocialAccount.objects.exists()
    assert browser.get("/people/").status_code == 302


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "told",
    [
        [],
        "chensiyuan",
        None,
        {},
        {"errcode": False, "code": False},
        {"errcode": 40029, "userid": "chensiyuan", "code": 1003, "data": {"userId": "chensiyuan"}},
        {"errcode": "0", "access_token": "t", "userid": "chensiyuan", "code": "1", "data": None},
        {"code": 0, "data": [{"userId": "chensiyuan"}], "errcode": 0, "access_token": 5},
        {"a": float("nan")},
    ],
)
def test_an_answer_of_another_shape_is_none(
    office: Posts, there: StandIn, door: str, told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _linked(office, door)
    monkeypatch.setattr(there, "answer", lambda *_a: told)
    browser = Client(raise_request_exception=False)
    assert _back(browser, door, _start(browser, door), "p").status_code == 403
    assert browser.get("/people/").status_code == 302


def _linked(office: Posts, door: str, whose: str = "officer") -> User:
    user: User = office.user(whose)
    prefix = "corp" if door == "wecom" else "app"
    SocialAccount.objects.create(user=user, provider=door, uid=f"{prefix}/chensiyuan")
    return user


@pytest.mark.parametrize("door", DOORS)
def test_the_member_of_another_corporation_is_somebody_else(
    office: Posts, there: StandIn, door: str, settings: Any
) -> None:
    """The same id, vouched for to another corporation or application of the same site."""
    _linked(office, door)
    settings.SIGN_IN_DOORS["wecom"]["corp_id"] = "corp/chensiyuan"
    settings.SIGN_IN_DOORS["ticket"]["app_id"] = "other"
    there.people["p"] = "chensiyuan"
    browser = Client()
    assert _back(browser, door, _start(browser, door), "p").status_code == 403
    assert browser.get("/people/").status_code == 302


@pytest.mark.parametrize("door", DOORS)
def test_who_was_vouched_for_at_one_door_is_nobody_at_another(
    office: Posts, there: StandIn, door: str
) -> None:
    other = next(each for each in DOORS if each != door)
    user = office.user("officer")
    prefix = "corp" if door == "wecom" else "app"
    SocialAccount.objects.create(user=user, provider=other, uid=f"{prefix}/chensiyuan")
    there.people["p"] = "chensiyuan"
    browser = Client()
    assert _back(browser, door, _start(browser, door), "p").status_code == 403


@pytest.mark.parametrize("door", DOORS)
def test_a_state_is_good_for_ten_minutes(
    office: Posts, there: StandIn, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _linked(office, door)
    there.people["p"] = "chensiyuan"
    browser = Client()
    state = _start(browser, door)
    later = clock.now() + timedelta(minutes=10, seconds=1)
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: later)
        assert _back(browser, door, state, "p").status_code == 403
    assert there.asked == []
    assert browser.get("/people/").status_code == 302


@pytest.mark.parametrize("door", DOORS)
def test_signing_in_by_a_door_opens_no_session_that_was_known_before(
    office: Posts, there: StandIn, door: str
) -> None:
    _linked(office, door)
    there.people["p"] = "chensiyuan"
    browser = Client()
    state = _start(browser, door)
    before = str(browser.session.session_key)
    assert _back(browser, door, state, "p").status_code == 302
    assert browser.session.session_key != before
    thief = Client()
    thief.cookies["sessionid"] = before
    assert thief.get("/people/").status_code == 302


def test_a_door_does_not_stand_for_the_second_factor(
    office: Posts, there: StandIn, settings: Any
) -> None:
    from allauth.mfa.totp.internal import auth as totp

    settings.SECOND_FACTOR_REQUIRED = True
    totp.TOTP.activate(office.user("officer"), totp.generate_totp_secret())
    for number, door in enumerate(DOORS):
        _linked(office, door)
        there.people[f"p{number}"] = "chensiyuan"
        browser = Client()
        answer = _back(browser, door, _start(browser, door), f"p{number}")
        assert "/accounts/2fa/" in answer["Location"]
        assert browser.get("/people/").status_code == 302


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "onward",
    [
        "https://evil.invalid/",
        "//evil.invalid/",
        "/\\evil.invalid/",
        "\\\\evil.invalid",
        "http:evil.invalid",
        "javascript:alert(1)",
        "/\t/evil.invalid/",
        " //evil.invalid",
        "https://testserver@evil.invalid/",
        "https://testserver.evil.invalid/",
    ],
)
def test_nobody_is_sent_elsewhere_afterwards(
    office: Posts, there: StandIn, door: str, onward: str
) -> None:
    _linked(office, door)
    there.people["p"] = "chensiyuan"
    browser = Client()
    state = _start(browser, door, next=onward)
    answer = browser.get(
        f"/outside/{door}/callback/",
        {
            "state": state,
            "code" if door == "wecom" else "ticket": "p",
            "next": onward,
            "redirect_uri": onward,
            "goto": onward,
        },
    )
    assert answer["Location"] == "/", onward


@pytest.mark.parametrize("door", DOORS)
def test_the_address_it_comes_back_to_is_the_site_s_own(
    office: Posts, there: StandIn, door: str
) -> None:
    """A host that somebody writes into the request does not become the way back."""
    answer = Client(raise_request_exception=False).post(
        f"/outside/{door}/", HTTP_HOST="evil.invalid", HTTP_X_FORWARDED_HOST="evil.invalid"
    )
    assert answer.status_code == 400
    answer = Client().post(f"/outside/{door}/", HTTP_X_FORWARDED_HOST="evil.invalid")
    assert "evil.invalid" not in answer["Location"]


@contextmanager
def _dripping(head: bytes, drop: bytes) -> Iterator[str]:
    """Serve an answer that never ends: each piece comes before anybody loses patience with it."""
    done = Event()

    def answer(server: socket.socket) -> None:
        with server.accept()[0] as held:
            held.recv(65_536)
            try:
                held.sendall(head)
                while not done.wait(0.02):
                    held.sendall(drop)
            except OSError:
                pass

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=answer, args=(server,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            done.set()
            thread.join(5)


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n{", b" "),
        (b"HTTP/1.1 200 OK\r\n", b"X"),
        (b"", b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["body", "header", "silence", "chunks", "promises"],
)
def test_a_server_that_drips_holds_nobody_up(
    db: None, head: bytes, drop: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each piece comes in time, and the whole never: the question ends all the same."""
    monkeypatch.setattr(asking, "PATIENCE_SECONDS", 0.2)
    with _dripping(head, drop) as url, pytest.raises(DoorRefusal):
        asking.ask_json(f"{url}/validate", {})
