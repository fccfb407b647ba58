"""Signing in: by which names, how guessing is stopped, and that nobody learns who exists."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory

from tests.identity.conftest import CODE, PASSWORD, Office
from tongzhou.base.errors import Refusal
from tongzhou.kernel import accounts, clock
from tongzhou.kernel.access import Role
from tongzhou.kernel.commands import STEMS
from tongzhou.kernel.identity import recovering
from tongzhou.kernel.models import AuditLine, FactorReset, User
from tongzhou.kernel.origin import client_address

LOGIN = "/accounts/login/"


def _sign_in(client: Client, login: str, password: str = PASSWORD, **extra: Any) -> Any:
    address = extra.pop("address", "198.51.100.7")
    data = {"login": login, "password": password, **extra}
    return client.post(LOGIN, data, REMOTE_ADDR=address)


def _same(content: bytes, typed: str) -> bytes:
    bare = re.sub(rb'value="[^"]{64}"|"X-CSRFToken": "[^"]+"', b"", content)
    return bare.replace(typed.encode(), b"NAME")


def test_every_name_a_person_has_opens_the_account(office: Office) -> None:
    User.objects.filter(username="secretary").update(phone="13900001111", email="s@example.cn")
    for login in ("secretary", "139-0000-1111", "+86 13900001111", "S@Example.cn"):
        assert _sign_in(Client(), login).status_code == 302, login
    by_code = _sign_in(Client(), CODE.lower(), person_name="secretary")
    assert by_code.status_code == 302


def test_a_credit_code_tells_nothing(office: Office) -> None:
    shared = _sign_in(Client(), CODE)
    free = "51440100MJL000000X"
    absent = _sign_in(Client(), free)
    assert shared.status_code == absent.status_code == 200
    assert _same(shared.content, CODE) == _same(absent.content, free)
    html = shared.content.decode()
    assert "请再填本人姓名" in html
    assert 'name="person_name"' in html
    assert "secretary" not in html
    wrong = _sign_in(Client(), CODE, "wrong-phrase-1", person_name="secretary")
    assert _same(wrong.content, CODE).count("账号或密码不对".encode()) == 1


def test_unknown_accounts_are_answered_and_hashed_alike(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    for name in ("verify", "encode"):
        from django.contrib.auth.hashers import MD5PasswordHasher

        true = getattr(MD5PasswordHasher, name)

        def count(self: Any, *args: Any, _true: Any = true, **kwargs: Any) -> Any:
            hashed.append(args[0])
            return _true(self, *args, **kwargs)

        monkeypatch.setattr(MD5PasswordHasher, name, count)
    seen = {}
    for typed in ("officer", "nobody7", "13900002222", "x@example.cn"):
        hashed.clear()
        answer = _sign_in(Client(), typed, "wrong-phrase-1")
        # verify() calls encode() once more inside; what counts is one computed hash for each.
        seen[typed] = (answer.status_code, len(set(hashed)), _same(answer.content, typed))
    known = seen.pop("officer")
    assert known[0] == 200
    for typed, other in seen.items():
        assert other[0] == known[0], typed
        assert other[2] == known[2], typed
        assert other[1] >= 1, typed


def test_a_thousand_wrong_sign_ins_neither_lock_out_the_owner_nor_succeed(
    office: Office, settings: Any
) -> None:
    owner = Client()
    assert _sign_in(owner, "officer", address="203.0.113.9").status_code == 302
    owner.post("/accounts/logout/")
    settings.AXES_ENABLED = True
    unseen = 0
    for number in range(1000):
        address = f"10.{number // 250}.{number % 250}.7"
        if number % 25 == 0:  # the whole page; the others only what it asks
            answer = _sign_in(Client(), "officer", f"guess-{number}", address=address)
            unseen += answer.status_code == 429
            assert answer.status_code in {200, 429}
            continue
        request = RequestFactory().post(LOGIN, REMOTE_ADDR=address)
        request.user = AnonymousUser()
        guess = {"identifier": "officer", "person_name": "", "password": f"guess-{number}"}
        assert authenticate(request, **guess) is None
        unseen += bool(getattr(request, "axes_locked_out", False))
    assert unseen > 900, "most guesses are refused unseen"
    refused = _sign_in(Client(), "officer", PASSWORD, address="10.9.9.9")
    assert refused.status_code == 429, "even the right password is not looked at from there"
    assert "sessionid" not in refused.cookies or not refused.wsgi_request.user.is_authenticated
    assert _sign_in(owner, "officer", address="203.0.113.9").status_code == 302
    assert _sign_in(Client(), "colleague", address="10.9.9.9").status_code == 302
    assert not AccessAttempt.objects.filter(username__contains="officer").exists()


def test_unknown_accounts_are_locked_like_known_ones(office: Office, settings: Any) -> None:
    settings.AXES_ENABLED = True
    told = []
    for typed in ("officer", "nobody7"):
        answers = [_sign_in(Client(), typed, f"guess-{n}", address="10.1.1.1") for n in range(10)]
        told.append([each.status_code for each in answers])
        assert answers[-1].headers["Retry-After"]
    assert told[0] == told[1]
    assert told[0][-1] == 429


def test_a_known_device_has_a_limit_of_its_own(office: Office, settings: Any) -> None:
    settings.AXES_ENABLED = True
    device = Client()
    assert _sign_in(device, "officer").status_code == 302
    device.post("/accounts/logout/")
    codes = [_sign_in(device, "officer", f"guess-{n}").status_code for n in range(10)]
    assert codes[-1] == 429
    assert {each.ip_address[:2] for each in AccessAttempt.objects.all()} == {"ff"}
    assert AccessLog.objects.latest("pk").ip_address == "198.51.100.7"
    forged = Client()
    forged.cookies["known"] = "forged:value:here"
    assert _sign_in(forged, "colleague", "wrong-phrase-1", address="10.2.2.2").status_code == 200
    assert AccessAttempt.objects.filter(ip_address="10.2.2.2").count() == 1


@pytest.mark.parametrize(
    ("hops", "header", "expected"),
    [
        (0, "1.2.3.4", "192.0.2.1"),
        (1, "1.2.3.4, 5.6.7.8", "5.6.7.8"),
        (2, "9.9.9.9, 1.2.3.4, 5.6.7.8", "1.2.3.4"),
        (2, "5.6.7.8", "192.0.2.1"),
        (1, "nonsense", "127.0.0.1"),
    ],
)
def test_only_our_own_proxies_are_believed(
    settings: Any, hops: int, header: str, expected: str
) -> None:
    settings.TRUSTED_PROXIES = hops
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=header)
    assert client_address(request) == expected


def _code(secret: str) -> str:
    import time

    return f"{hotp_value(secret, int(time.time()) // 30):06d}"


def test_an_officer_is_led_to_a_second_factor_and_signs_in_with_it(
    office: Office, settings: Any
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    browser = Client()
    _sign_in(browser, "officer")
    assert browser.get("/people/").headers["Location"] == "/second-factor/"
    assert "还可以推迟 7 天" in browser.get("/second-factor/").content.decode()
    assert browser.post("/second-factor/").status_code == 302
    assert browser.get("/people/").status_code == 200
    User.objects.filter(username="officer").update(factor_due_at=clock.now() - timedelta(days=1))
    again = Client()
    _sign_in(again, "officer")
    assert again.post("/second-factor/").status_code == 422
    assert again.get("/people/").status_code == 302
    asked = again.get("/accounts/2fa/totp/activate/")
    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    again.post(asked.headers["Location"], {"password": PASSWORD})
    page = again.get("/accounts/2fa/totp/activate/").content.decode()
    found = re.search(r'id="secret"[^>]*>([A-Z2-7]+)<', page)
    assert found is not None
    done = again.post("/accounts/2fa/totp/activate/", {"code": _code(found[1])})
    assert done.status_code == 302
    assert again.get("/people/").status_code == 200
    codes = re.findall(r"\b\d{8}\b", again.get("/accounts/2fa/recovery-codes/").content.decode())
    assert len(codes) >= 8
    third = Client()
    assert _sign_in(third, "officer").headers["Location"] == "/accounts/2fa/authenticate/"
    assert third.get("/people/").status_code == 302
    assert third.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    answer = third.post("/accounts/2fa/authenticate/", {"code": codes[0]}, follow=True)
    assert answer.status_code == 200
    third.post("/accounts/2fa/trust/", {"action": "trust"})
    assert third.get("/people/").status_code == 200
    third.post("/accounts/logout/")
    assert _sign_in(third, "officer").headers["Location"] == "/"


def test_personas_are_spared_only_by_the_explicit_setting(office: Office, settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    User.objects.filter(username="officer").update(is_demo=True)
    assert office.browser("officer").get("/people/").status_code == 302
    settings.SECOND_FACTOR_SPARES_DEMO = True
    assert "免去两步验证" in office.browser("officer").get("/people/").content.decode()
    assert office.browser("colleague").get("/people/").status_code == 302
    assert office.browser("secretary").get("/people/").status_code == 200


def test_a_lost_factor_is_removed_by_two_people(office: Office) -> None:
    at = clock.now()
    TOTP.activate(office.user("officer"), generate_totp_secret())
    held = office.id("officer")
    reset = recovering.ask_factor_reset(
        actor=office.actor("leader"), at=at, assignment_id=held, reason="手机遗失"
    )
    with pytest.raises(Refusal, match="另一个人"):
        recovering.decide_factor_reset(
            actor=office.actor("leader"), at=at, reset_id=reset, granted=True
        )
    for stranger in ("district", "secretary"):
        with pytest.raises(Refusal):
            recovering.decide_factor_reset(
                actor=office.actor(stranger), at=at, reset_id=reset, granted=True
            )
    assert Authenticator.objects.exists()
    browser = office.browser("office")
    assert "手机遗失" in browser.get("/people/?view=resets").content.decode()
    browser.post(f"/people/resets/{reset}/", {"granted": "1", "person": held})
    assert not Authenticator.objects.exists()
    assert FactorReset.objects.get().decided_by == office.user("office")
    assert AuditLine.objects.filter(stem__startswith="kernel.factor.").count() == 2


def test_other_devices_are_signed_out(office: Office) -> None:
    first, second = Client(), Client()
    for each in (first, second):
        _sign_in(each, "officer")
    assert UserSession.objects.count() == 2
    assert "登录时间" in first.get("/accounts/sessions/").content.decode()
    first.post("/accounts/sessions/")
    assert second.get("/people/").status_code == 302
    assert first.get("/people/").status_code == 200


def test_a_token_does_what_its_scope_says_and_no_more(office: Office) -> None:
    at = clock.now()

    def stems(**scope: Any) -> frozenset[str]:
        token = accounts.create_token(
            actor=office.actor("officer"),
            at=at,
            label="x",
            assignment_id=office.id("officer"),
            **scope,
        )
        actor = accounts.find_actor_by_token(token, at)
        assert actor is not None
        return actor.permissions

    whole = office.actor("officer").permissions
    assert stems() == {each for each in whole if not each.startswith("kernel.")}
    reading = stems(writes=False)
    assert reading
    assert not reading & STEMS
    assert {each.partition(".")[0] for each in stems(modules=["registry"])} == {"registry"}
    for bad in ({"days": 0}, {"days": 400}, {"modules": ["kernel"]}, {"modules": ["x"]}):
        with pytest.raises(Refusal):
            stems(**bad)
    assert "registry" in accounts.token_modules(Role.OFFICER)


def test_the_page_makes_tokens_that_only_read_unless_asked(office: Office) -> None:
    browser = office.browser("officer")
    assert browser.post("/tokens/", {"label": "", "days": "30"}).status_code == 422
    html = browser.post("/tokens/", {"label": "取数", "days": "30"}).content.decode()
    token = re.search(r"tz_[\w-]+", html)
    assert token is not None
    headers = {"Authorization": f"Bearer {token[0]}"}
    listed = Client().get("/api/v1/organisations/", headers=headers)
    assert listed.status_code == 200
    assert "取数" in browser.get("/tokens/").content.decode()
