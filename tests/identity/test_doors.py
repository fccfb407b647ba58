"""WeCom and provincial tickets: one interface, local stand-ins of the published flows."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from tests.identity.conftest import Office
from tests.identity.standins import KEY, StandIn, serve
from tongzhou.kernel.identity.doors import KINDS
from tongzhou.kernel.models import AuditLine, User

DOORS = sorted(KINDS)
PARAMETER = {"wecom": "code", "ticket": "ticket"}


@pytest.fixture
def there(settings: Any) -> Iterator[StandIn]:
    with serve() as held:
        settings.SIGN_IN_DOORS = {
            "wecom": {
                "label": "企业微信",
                "corp_id": "corp",
                "agent_id": "7",
                "secret": "corp-secret",
                "authorize": "https://wecom.invalid/login",
                "api": held.url,
            },
            "ticket": {
                "label": "省统一身份认证",
                "login": "https://province.invalid/login",
                "validate": f"{held.url}/validate",
                "app_id": "app",
                "app_key": KEY,
            },
        }
        yield held


def _start(client: Client, door: str, **data: str) -> str:
    """Press the button; return the state that the other system sends back."""
    answer = client.post(f"/outside/{door}/", data)
    assert answer.status_code == 302
    parts = urlsplit(answer.headers["Location"])
    assert parts.hostname in {"wecom.invalid", "province.invalid"}
    query = parse_qs(parts.query)
    if door == "wecom":
        assert query["redirect_uri"] == ["http://testserver/outside/wecom/callback/"]
        return query["state"][0]
    return parse_qs(urlsplit(query["goto"][0]).query)["state"][0]


def _back(client: Client, door: str, state: str, proof: str) -> Any:
    return client.get(f"/outside/{door}/callback/", {"state": state, PARAMETER[door]: proof})


def _link(office: Office, there: StandIn, door: str) -> None:
    browser = office.browser("officer")
    there.people["first"] = "chensiyuan"
    assert _back(browser, door, _start(browser, door), "first").headers["Location"] == "/outside/"


@pytest.mark.parametrize("door", DOORS)
def test_a_linked_identity_signs_in(office: Office, there: StandIn, door: str) -> None:
    _link(office, there, door)
    guest = Client()
    assert f"/outside/{door}/" in guest.get("/accounts/login/").content.decode()
    there.people["second"] = "chensiyuan"
    answer = _back(guest, door, _start(guest, door, next="/people/"), "second")
    assert answer.headers["Location"] == "/people/"
    assert guest.get("/people/").status_code == 200
    assert AuditLine.objects.get(stem="kernel.door.link").user_id == office.user("officer").pk


@pytest.mark.parametrize("door", DOORS)
def test_an_unlinked_identity_makes_no_account(office: Office, there: StandIn, door: str) -> None:
    people = User.objects.count()
    guest = Client()
    there.people["first"] = "officer"
    answer = _back(guest, door, _start(guest, door), "first")
    assert answer.status_code == 403
    assert "还没有绑定" in answer.content.decode()
    assert guest.get("/people/").status_code == 302
    assert User.objects.count() == people
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("door", DOORS)
def test_what_is_forged_or_replayed_is_refused_unasked(
    office: Office, there: StandIn, door: str
) -> None:
    _link(office, there, door)
    there.people["second"] = there.people["first"] = "chensiyuan"
    there.asked.clear()
    guest, thief = Client(), Client()
    state = _start(guest, door)
    assert _back(thief, door, state, "second").status_code == 403
    assert _back(guest, door, "forged", "second").status_code == 403
    assert _back(guest, door, state, "second").status_code == 403, "a state is taken once"
    state = _start(guest, door)
    assert _back(guest, door, state, "first").status_code == 403, "a proof is taken once"
    assert _back(guest, door, _start(guest, door), "").status_code == 403
    other = next(each for each in DOORS if each != door)
    assert _back(guest, other, _start(guest, door), "second").status_code == 403
    assert there.asked == []
    assert guest.get("/people/").status_code == 302


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("mood", ["redirects", "endless", "babbles"])
def test_a_strange_answer_is_no_answer(
    office: Office, there: StandIn, door: str, mood: str
) -> None:
    there.mood = mood
    guest = Client()
    answer = _back(guest, door, _start(guest, door), "first")
    assert answer.status_code == 403
    assert "/elsewhere" not in there.asked
    assert len(there.asked) == 1


def test_strangers_to_the_corporation_and_wrong_keys_are_refused(
    office: Office, there: StandIn, settings: Any
) -> None:
    there.people["first"] = "outsider"
    guest = Client()
    assert (
        "不是本单位的成员"
        in _back(guest, "wecom", _start(guest, "wecom"), "first").content.decode()
    )
    settings.SIGN_IN_DOORS["ticket"]["app_key"] = "another"
    there.people["second"] = "x"
    assert _back(guest, "ticket", _start(guest, "ticket"), "second").status_code == 403
    assert Client().post("/outside/unknown/").status_code == 404


def test_one_identity_opens_one_account_until_it_is_unlinked(
    office: Office, there: StandIn
) -> None:
    _link(office, there, "wecom")
    other = office.browser("colleague")
    there.people["second"] = "chensiyuan"
    assert _back(other, "wecom", _start(other, "wecom"), "second").status_code == 409
    browser = office.browser("officer")
    held = SocialAccount.objects.get()
    assert other.post("/outside/", {"remove": held.pk}).status_code == 404
    assert "企业微信" in browser.get("/outside/").content.decode()
    assert browser.post("/outside/", {"remove": held.pk}).status_code == 302
    assert not SocialAccount.objects.exists()
    assert AuditLine.objects.filter(stem="kernel.door.unlink").count() == 1


def test_somewhere_else_is_no_place_to_go_on(office: Office, there: StandIn) -> None:
    _link(office, there, "wecom")
    guest = Client()
    there.people["second"] = "chensiyuan"
    state = _start(guest, "wecom", next="https://evil.invalid/")
    assert _back(guest, "wecom", state, "second").headers["Location"] == "/"
