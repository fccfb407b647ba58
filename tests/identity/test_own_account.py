"""What a person changes about their own account, and that nothing goes past its rules."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver

from tests.identity.conftest import PASSWORD, Office
from tongzhou.kernel import clock
from tongzhou.kernel.models import AuditLine, User

MAILS = "django.core.mail.backends.locmem.EmailBackend"
SILENT = "django.core.mail.backends.console.EmailBackend"
ASKED = "/accounts/reauthenticate/"


def _stored(name: str) -> tuple[str, str]:
    user = User.objects.get(username=name)
    return user.phone, user.email


def test_only_the_pages_of_allauth_that_are_meant_can_be_reached() -> None:
    """Adding and switching addresses, and signing in by a mailed code, go past our rules."""
    found = {
        callback.__module__ + "." + callback.__name__
        for callback in (
            getattr(each.callback, "view_class", each.callback)
            for pattern in get_resolver().url_patterns
            if str(pattern.pattern) == "accounts/"
            for each in _leaves(pattern)
        )
    }
    names = {each.rpartition(".")[2] for each in found}
    assert not names & {"EmailView", "ConfirmEmailView", "ConfirmLoginCodeView", "ConnectionsView"}
    assert not names & {"EmailVerificationSentView", "VerifyPhoneView", "ChangePhoneView"}


def _leaves(pattern: Any) -> list[Any]:
    if not hasattr(pattern, "url_patterns"):
        return [pattern]
    return [leaf for each in pattern.url_patterns for leaf in _leaves(each)]


def test_no_address_gets_in_by_allauth_s_own_page(office: Office) -> None:
    browser = office.browser("secretary")
    for path in ("/accounts/email/", "/accounts/confirm-email/"):
        answer = browser.post(path, {"email": "evil@example.cn", "action_add": ""})
        assert (answer.status_code, answer["Location"]) == (302, "/contacts/")
    assert browser.post("/accounts/login/code/confirm/", {"code": "1"}).status_code == 404
    assert browser.get("/accounts/confirm-email/MQ:abc:def/").status_code == 404
    assert browser.get("/accounts/3rdparty/")["Location"] == "/outside/"
    assert not EmailAddress.objects.exists()


def test_a_new_address_is_proved_by_a_code(office: Office, settings: Any) -> None:
    settings.EMAIL_BACKEND = MAILS
    User.objects.filter(username="secretary").update(email="old@example.cn")
    browser = office.browser("secretary")
    given = {"phone": "139 0000 2222", "email": "New@Example.cn"}
    sent = browser.post("/contacts/", given)
    assert sent["Location"] == "/contacts/code/"
    assert _stored("secretary") == ("", "old@example.cn")
    code = re.findall(r"\d{6}", str(mail.outbox[0].body))[0]
    assert mail.outbox[0].to == ["new@example.cn"]
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert browser.post("/contacts/code/", {"code": wrong}).status_code == 422
    assert Client().post("/contacts/code/", {"code": code}).status_code == 302
    assert browser.post("/contacts/code/", {"code": code})["Location"] == "/contacts/"
    assert _stored("secretary") == ("13900002222", "new@example.cn")
    held = EmailAddress.objects.get(user=office.user("secretary"))
    assert (held.email, held.verified, held.primary) == ("new@example.cn", True, True)
    assert [each.to for each in mail.outbox[1:]] == [["old@example.cn"]]
    line = AuditLine.objects.get(stem="kernel.contact.change")
    assert line.facts["changed"] == ["phone", "email"]
    assert "example.cn" not in str(line.facts)
    assert browser.post("/contacts/code/", {"code": code})["Location"] == "/contacts/"


def test_codes_are_not_guessed(office: Office, settings: Any) -> None:
    settings.EMAIL_BACKEND = MAILS
    browser = office.browser("secretary")
    browser.post("/contacts/", {"phone": "", "email": "new@example.cn"})
    code = re.findall(r"\d{6}", str(mail.outbox[0].body))[0]
    for number in range(5):
        wrong = f"{(int(code) + number + 1) % 1_000_000:06d}"
        assert browser.post("/contacts/code/", {"code": wrong}).status_code == 422
    answer = browser.post("/contacts/code/", {"code": code})
    assert answer.status_code == 422
    assert "太多" in answer.content.decode()
    assert _stored("secretary") == ("", "")


def test_without_mail_the_password_is_asked_for(office: Office, settings: Any) -> None:
    settings.EMAIL_BACKEND = SILENT
    stale = office.browser("secretary", asked_before=False)
    given = {"phone": "13900002222", "email": "new@example.cn"}
    assert stale.get("/contacts/")["Location"].startswith(ASKED)
    assert stale.post("/contacts/", given)["Location"].startswith(ASKED)
    assert _stored("secretary") == ("", "")
    assert stale.post(f"{ASKED}?next=/contacts/", {"password": "wrong-one-11"}).status_code == 200
    assert _stored("secretary") == ("", "")
    # What was typed is kept over the question and done once it is answered.
    assert stale.post(f"{ASKED}?next=/contacts/", {"password": PASSWORD}).status_code == 302
    assert _stored("secretary") == ("13900002222", "new@example.cn")
    assert not EmailAddress.objects.get().verified
    assert stale.post("/contacts/", {"phone": "", "email": ""}).status_code == 302
    assert _stored("secretary") == ("", "")
    assert not EmailAddress.objects.exists()


def _taken() -> None:
    chair = User.objects.get(username="chair")
    chair.phone, chair.email = "13900003333", "chair@example.cn"
    chair.save()
    EmailAddress.objects.create(user=chair, email="proved@example.cn", verified=True)


@pytest.mark.parametrize(
    ("given", "backend"),
    [
        ({"phone": "13900003333", "email": ""}, MAILS),
        ({"phone": "", "email": "CHAIR@example.cn"}, SILENT),
        ({"phone": "", "email": "proved@example.cn"}, SILENT),
        ({"phone": "12345", "email": ""}, MAILS),
        ({"phone": "", "email": "no address"}, MAILS),
    ],
)
def test_nobody_takes_what_another_signs_in_with(
    office: Office, settings: Any, given: dict[str, str], backend: str
) -> None:
    settings.EMAIL_BACKEND = backend
    _taken()
    answer = office.browser("secretary").post("/contacts/", given)
    assert answer.status_code in {409, 422}
    assert _stored("secretary") == ("", "")
    assert not mail.outbox


@pytest.mark.parametrize("address", ["CHAIR@example.cn", "proved@example.cn"])
def test_only_the_mailbox_is_told_that_its_address_is_taken(
    office: Office, settings: Any, address: str
) -> None:
    """Whoever is signed in and asks for an address learns nothing about who else has it."""
    settings.EMAIL_BACKEND = MAILS
    _taken()
    told = []
    for asked in (address, "free@example.cn"):
        browser = office.browser("secretary")
        answers = [
            browser.post("/contacts/", {"phone": "", "email": asked}),
            browser.get("/contacts/code/"),
            browser.post("/contacts/code/", {"code": "000000"}),
        ]
        plain = [re.sub(r"[\w-]{30,}", "", each.content.decode()) for each in answers]
        pages = [each.replace(asked.lower(), "?") for each in plain]
        told.append((pages, [(each.status_code, each.get("Location")) for each in answers]))
    assert told[0] == told[1]
    taken, free = mail.outbox
    assert taken.to == [address.lower()]
    assert not re.search(r"\d{6}", str(taken.body))
    assert re.search(r"\d{6}", str(free.body))
    assert taken.subject == free.subject
    assert _stored("secretary") == ("", "")


def test_few_phone_numbers_a_day_can_be_tried(office: Office, settings: Any) -> None:
    settings.EMAIL_BACKEND = MAILS
    _taken()
    cache.clear()
    browser = office.browser("secretary")
    for number in range(5):
        given = {"phone": f"1390000444{number}", "email": ""}
        assert browser.post("/contacts/", given).status_code == 302
    for phone in ("13900003333", "13900005555"):  # taken or not: nothing is looked at any more
        answer = office.browser("secretary").post("/contacts/", {"phone": phone, "email": ""})
        assert answer.status_code == 422
        assert "次数太多" in answer.content.decode()
    assert _stored("secretary") == ("13900004444", "")
    # To give one up is no question; nor is somebody else held up by it.
    assert browser.post("/contacts/", {"phone": "", "email": ""}).status_code == 302
    other = office.browser("board").post("/contacts/", {"phone": "13900005555", "email": ""})
    assert other.status_code == 302


def test_a_second_factor_is_removed_only_after_being_asked_again(
    office: Office, settings: Any
) -> None:
    TOTP.activate(office.user("officer"), generate_totp_secret())
    path = "/accounts/2fa/totp/deactivate/"
    stale = office.browser("officer", asked_before=False)
    assert "reauthenticate" in stale.post(path)["Location"]
    assert Authenticator.objects.filter(type="totp").exists()


def test_who_needs_a_second_factor_and_removes_it_is_led_to_a_new_one(
    office: Office, settings: Any
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    TOTP.activate(office.user("officer"), generate_totp_secret())
    browser, other = office.browser("officer"), office.browser("officer")
    for each in (browser, other):
        assert each.get("/people/").status_code == 200
        UserSession.objects.create(
            user=office.user("officer"), session_key=each.session.session_key, ip="127.0.0.1"
        )
    assert browser.post("/accounts/2fa/totp/deactivate/").status_code == 302
    assert browser.get("/people/")["Location"] == "/second-factor/"
    assert browser.post("/second-factor/").status_code == 422
    assert other.get("/people/")["Location"].startswith("/accounts/login/")


def test_outside_identities_are_changed_only_after_being_asked_again(
    office: Office, settings: Any
) -> None:
    settings.SIGN_IN_DOORS = {"ticket": {"label": "x", "login": "https://x.invalid/", "app_id": ""}}
    held = SocialAccount.objects.create(user=office.user("chair"), provider="ticket", uid="u")
    stale = office.browser("chair", asked_before=False)
    assert stale.post("/outside/", {"remove": held.pk})["Location"].startswith(ASKED)
    assert stale.post("/outside/ticket/")["Location"].startswith(ASKED)
    assert SocialAccount.objects.filter(pk=held.pk).exists()


def test_sessions_tell_when_they_were_last_seen(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Client()
    browser.post("/accounts/login/", {"login": "secretary", "password": PASSWORD})
    held = UserSession.objects.get()
    start = time.monotonic()
    ago = clock.now() - timedelta(minutes=20)
    for later, moves in ((0, True), (10, False), (70, True)):
        monkeypatch.setattr("time.monotonic", lambda now=start + later: now)
        UserSession.objects.update(last_seen_at=ago)
        browser.get("/people/")
        held.refresh_from_db()
        assert (held.last_seen_at > ago) is moves, later
    assert "最近使用" in browser.get("/accounts/sessions/").content.decode()


def test_a_session_at_the_api_is_nobody_and_no_fault(office: Office) -> None:
    browser = office.browser("officer")
    assert browser.get("/api/v1/compilations/1/submit").status_code in {401, 405}
    assert browser.get("/api/v1/compilations/").status_code == 401
