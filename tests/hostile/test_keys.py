"""Keys, codes, cookies and links: forged, replayed, guessed, kept after they ended."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core import signing
from django.core.cache import cache
from django.test import Client

from tests.hostile.conftest import PASSWORD, Posts
from tongzhou.kernel import accounts, clock
from tongzhou.kernel.access import SYSTEM
from tongzhou.kernel.identity import inviting, recovering, staffing
from tongzhou.kernel.models import ApiToken, Assignment, Deputy, Invitation, User

FACTOR = "/accounts/2fa/authenticate/"


@pytest.fixture
def guarded(office: Posts, settings: Any) -> tuple[Posts, str]:
    """Return the people on a site that asks for a second factor; the officer has one."""
    settings.SECOND_FACTOR_REQUIRED = True
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(office.user("officer"), secret)
    RecoveryCodes.activate(office.user("officer"))
    return office, secret


def _code(secret: str, steps: int = 0) -> str:
    counter = next(iter(totp.yield_hotp_counters_from_time())) + 1 + steps
    return str(totp.format_hotp_value(totp.hotp_value(secret, counter)))


def _inside(browser: Client) -> bool:
    browser.post("/accounts/2fa/trust/", {"action": "none"})
    return browser.get("/people/").status_code == 200


def test_the_second_step_cannot_be_walked_around(guarded: tuple[Posts, str]) -> None:
    office, secret = guarded
    browser = office.sign_in("officer")
    for path in (
        "/people/",
        "/desk/",
        "/assignment/",
        "/tokens/",
        "/accounts/2fa/",
        "/accounts/2fa/recovery-codes/",
        "/accounts/2fa/totp/deactivate/",
        "/accounts/password/change/",
        "/contacts/",
        "/accounts/sessions/",
        "/accounts/reauthenticate/",
    ):
        answer = browser.get(path)
        assert answer.status_code == 302, path
        assert "/login/" in answer["Location"] or FACTOR in answer["Location"], path
        assert browser.post(path, {"password": PASSWORD, "label": "x"}).status_code != 200, path
    assert browser.post("/second-factor/").status_code == 302
    assert not _inside(browser)
    assert browser.get("/api/v1/duties/mine").status_code == 401
    assert not ApiToken.objects.exists()
    assert Authenticator.objects.filter(user=office.user("officer")).count() == 2
    browser.post(FACTOR, {"code": _code(secret)})
    assert _inside(browser)


def test_a_code_opens_once_for_as_long_as_it_is_good(
    guarded: tuple[Posts, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody looked over the officer's shoulder, and tries 31 seconds later."""
    office, secret = guarded
    start = time.time() // 30 * 30 + 1
    monkeypatch.setattr(time, "time", lambda: start)
    code = _code(secret, 1)
    first = office.sign_in("officer")
    first.post(FACTOR, {"code": code})
    assert _inside(first)
    for seconds in (1, 29, 31, 45, 59):
        monkeypatch.setattr(time, "time", lambda later=seconds: start + later)
        thief = office.sign_in("officer")
        thief.post(FACTOR, {"code": code})
        assert not _inside(thief), seconds
    cache.clear()  # another process, or one that was started again
    thief = office.sign_in("officer")
    thief.post(FACTOR, {"code": code})
    assert not _inside(thief)


def test_a_recovery_code_opens_once(guarded: tuple[Posts, str]) -> None:
    office, _secret = guarded
    held = Authenticator.objects.get(
        user=office.user("officer"), type=Authenticator.Type.RECOVERY_CODES
    )
    code = held.wrap().get_unused_codes()[0]
    first, second = office.sign_in("officer"), office.sign_in("officer")
    first.post(FACTOR, {"code": code})
    assert _inside(first)
    second.post(FACTOR, {"code": code})
    assert not _inside(second)


def test_codes_cannot_be_guessed_from_many_addresses(guarded: tuple[Posts, str]) -> None:
    """Whoever knows the password tries codes from a new address each time."""
    office, secret = guarded
    wrong = [f"{number:06d}" for number in range(40) if f"{number:06d}" != _code(secret)]
    for number, code in enumerate(wrong):
        browser = office.sign_in("officer", address=f"203.0.113.{number}")
        browser.post(FACTOR, {"code": code}, REMOTE_ADDR=f"203.0.113.{number}")
    late = office.sign_in("officer", address="203.0.113.250")
    late.post(FACTOR, {"code": _code(secret)}, REMOTE_ADDR="203.0.113.250")
    assert not _inside(late)


def test_a_thief_s_guesses_do_not_hold_the_owner_up(guarded: tuple[Posts, str]) -> None:
    """Whoever knows the password uses up the tries of strangers, and none of a known device."""
    office, secret = guarded
    own = office.sign_in("officer")
    own.post(FACTOR, {"code": _code(secret, -1)})
    assert _inside(own)
    own.post("/accounts/logout/")
    wrong = [f"{number:06d}" for number in range(20)]
    for code in [each for each in wrong if each not in {_code(secret, n) for n in (-1, 0, 1)}][:8]:
        office.sign_in("officer").post(FACTOR, {"code": code})
    # A cookie of the thief's own account, or a forged one, is no device of the owner's.
    for cookie in (office.sign_in("secretary").cookies["known"].value, "e30:forged:cookie"):
        thief = Client()
        thief.cookies["known"] = cookie
        thief.post("/accounts/login/", {"login": "officer", "password": PASSWORD})
        thief.post(FACTOR, {"code": _code(secret)})
        assert not _inside(thief)
    own.post("/accounts/login/", {"login": "officer", "password": PASSWORD})
    own.post(FACTOR, {"code": _code(secret)})
    assert _inside(own)
    own.post("/accounts/logout/")
    # The known device has five tries itself, and no more.
    own.post("/accounts/login/", {"login": "officer", "password": PASSWORD})
    for code in wrong[:6]:
        own.post(FACTOR, {"code": code})
    own.post(FACTOR, {"code": _code(secret, 1)})
    assert not _inside(own)


def test_a_new_second_factor_needs_the_password_again(office: Posts) -> None:
    """Whoever finds a screen left open cannot take the account over."""
    browser = office.browser("secretary")
    for path in (
        "/accounts/2fa/totp/activate/",
        "/accounts/2fa/recovery-codes/generate/",
        "/accounts/2fa/totp/deactivate/",
    ):
        assert browser.post(path, {"code": "000000"}).status_code in {302, 404}, path
    assert not Authenticator.objects.exists()
    changed = browser.post(
        "/accounts/password/change/",
        {"oldpassword": "wrong", "password1": "another-phrase-9", "password2": "another-phrase-9"},
    )
    assert changed.status_code == 200
    assert office.user("secretary").check_password(PASSWORD)


def test_a_session_ends_with_the_password_and_with_the_account(office: Posts) -> None:
    first, second = office.sign_in("secretary"), office.sign_in("secretary")
    assert first.get("/board/").status_code == 200
    first.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "another-phrase-9", "password2": "another-phrase-9"},
    )
    assert first.get("/board/").status_code == 200
    assert second.get("/board/").status_code == 302
    User.objects.filter(username="secretary").update(is_active=False)
    assert first.get("/board/").status_code == 302


def test_nothing_is_left_to_somebody_whose_post_ended(office: Posts) -> None:
    browser = office.sign_in("secretary")
    headers = office.town.headers("secretary")
    assert browser.get("/board/").status_code == 200
    day = staffing.today_of(clock.now()) - timedelta(days=1)
    Assignment.objects.filter(pk=office.id("secretary")).update(
        from_on=day - timedelta(days=9), to_on=day
    )
    for path in ("/board/", "/tokens/", "/history/", office.town.report_url):
        assert browser.get(path).status_code in {302, 403, 404}, path
    assert browser.get("/api/v1/duties/mine", headers=headers).status_code == 401


def test_cookies_of_one_s_own_making_open_nothing(office: Posts) -> None:
    victim = office.user("officer")
    forged = signing.dumps({"_auth_user_id": victim.pk}, key="guess", salt="tongzhou.known-device")
    for name in ("sessionid", "known", "messages", "django_language", "size", "csrftoken"):
        for value in (
            forged,
            "a" * 32,
            "'; DROP TABLE kernel_user; --",
            "\x00",
            "a\x00" * 20,
            "../../../etc/passwd",
            "é" * 40,
            "a" * 7_000,
            '{"_auth_user_id": "1"}',
        ):
            browser = Client(raise_request_exception=False)
            browser.cookies[name] = value
            for path in ("/board/", "/public/", "/accounts/login/"):
                answer = browser.get(path)
                assert answer.status_code < 500, (name, value[:20], path)
                assert path != "/board/" or answer.status_code == 302
    browser = office.browser("secretary")
    key = browser.cookies["sessionid"].value
    for number in (0, -1, len(key) // 2):
        bent = Client()
        bent.cookies["sessionid"] = f"{key[:number]}{'a' if key[number] != 'a' else 'b'}"
        assert bent.get("/board/").status_code == 302


def test_a_known_device_is_known_for_nobody_else(office: Posts) -> None:
    """A thief's own cookie does not make the victim's account easier to guess at."""
    thief = office.sign_in("secretary")
    assert "known" in thief.cookies
    held = signing.loads(thief.cookies["known"].value, salt="tongzhou.known-device")
    assert str(office.user("officer").pk) not in held
    assert thief.cookies["known"]["httponly"]


def test_links_are_used_once_and_tell_nothing(office: Posts) -> None:
    at = clock.now()
    sent = inviting.invite(
        actor=office.actor("chair"), at=at, place="", role="FINANCE", name="会计甲"
    )
    link = recovering.make_password_link(
        actor=office.actor("chair"), at=at, assignment_id=office.id("treasurer")
    )
    for path, secret in (("/invitation/", sent.secret), ("/new-password/", link)):
        told = set()
        for guess in (
            secret[:-1],
            secret + "x",
            secret.swapcase(),
            "x" * 43,
            "%00",
            "a" * 5_000,
            "..",
            "' OR ''='",
        ):
            answer = Client(raise_request_exception=False).get(f"{path}{guess}/")
            assert answer.status_code in {404, 410}, guess
            told |= {re.sub(r"\s+|[\w-]{40,}", "", answer.text)} if len(guess) == 43 else set()
        assert len(told) == 1
    # The link of one kind opens nothing of the other kind.
    assert Client().get(f"/new-password/{sent.secret}/").status_code == 410
    assert Client().get(f"/invitation/{link}/").status_code == 410
    given = {"password1": "quite-a-phrase-1", "password2": "quite-a-phrase-1"}
    first, second = Client(), Client()
    for browser in (first, second):
        browser.get(f"/new-password/{link}/")
    extra = {"user": office.user("officer").pk, "user_id": 1, "secret": "x", "role": "OPERATOR"}
    assert first.post("/new-password/", {**given, **extra}).status_code == 302
    assert second.post("/new-password/", given).status_code == 410
    assert office.user("treasurer").check_password("quite-a-phrase-1")
    assert office.user("officer").check_password(PASSWORD)
    for browser in (first, second):
        browser.get(f"/invitation/{sent.secret}/")
    grand = {"role": "LEGAL_REP", "organisation_id": 1, "prov": 1, "username": "root", "low": 0}
    assert first.post("/invitation/", {**given, **grand, "is_superuser": "1"}).status_code == 200
    assert second.post("/invitation/", given).status_code == 410
    made = Invitation.objects.get(pk=sent.id).assignment
    assert made is not None
    assert (made.role, made.organisation_id) == ("FINANCE", office.held("chair").organisation_id)
    assert not made.user.is_superuser
    assert made.user.username != "root"


def test_a_scoped_token_does_not_grow(office: Posts) -> None:
    at = clock.now()

    def ask(method: str, path: str, token: str, **given: Any) -> int:
        answer = getattr(Client(raise_request_exception=False), method)(
            path,
            given or None,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
        return int(answer.status_code)

    reads = accounts.create_token(
        actor=SYSTEM,
        at=at,
        label="x",
        assignment_id=office.id("officer"),
        modules=["registry"],
        writes=False,
    )
    report = f"/api/v1{office.town.report_url.rstrip('/')}"
    assert Client().get("/api/v1/organisations/", headers={"Authorization": f"Bearer {reads}"})
    assert ask("get", "/api/v1/organisations/", reads) == 200
    assert ask("get", report, reads) == 403
    assert ask("post", f"{report}/accept", reads, version=1) == 403
    assert ask("post", "/api/v1/organisations/register/", reads, facts={}) == 403
    for header in ("X-HTTP-Method-Override", "X-Method-Override"):
        answer = Client().get(
            f"{report}/accept", headers={"Authorization": f"Bearer {reads}", header: "POST"}
        )
        assert answer.status_code in {403, 405}
    assert ask("get", f"{report}?modules=duties&writes=1", reads) in {400, 403}


def test_a_deputy_s_tokens_and_people_stay_the_absent_one_s(office: Posts) -> None:
    today = staffing.today_of(clock.now())
    token = office.town.token("leader")
    Deputy.objects.create(
        assignment_id=office.id("leader"),
        user=office.user("officer"),
        from_on=today,
        to_on=today,
        reason="外出",
        made_at=clock.now(),
    )
    browser = office.browser("officer")
    browser.post("/assignment/", {"id": office.id("leader")})
    held = ApiToken.objects.get(assignment_id=office.id("leader"))
    assert browser.post("/tokens/", {"revoke": str(held.pk)}).status_code == 404
    made = browser.post("/tokens/", {"label": "留一把钥匙", "writes": "1", "days": "365"})
    assert 400 <= made.status_code < 500
    assert ApiToken.objects.filter(assignment_id=office.id("leader")).count() == 1
    assert token[:9] not in browser.get("/tokens/").text


def test_a_copy_of_one_s_data_holds_nobody_else_s(office: Posts) -> None:
    User.objects.filter(username="officer").update(phone="13900001111")
    answer = office.browser("secretary").post(
        "/personal-data/mine/", {"user": office.user("officer").pk, "user_id": "1", "id": "1"}
    )
    assert answer.status_code == 200
    said = answer.getvalue().decode()
    assert "13900001111" not in said
    assert '"officer"' not in said
    for name in ("secretary", "officer", "leader", "auditor"):
        for path in ("/personal-data/holds/",):
            given = {"rule": "x", "reason": "x", "release": "1"}
            assert office.browser(name).post(path, given).status_code == 403, name
