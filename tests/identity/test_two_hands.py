"""Whoever decides about an organisation's reports cannot alone open its accounts."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from tests.identity.conftest import PASSWORD, Office
from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.identity import recovering
from tongzhou.kernel.identity.links import LinkDead
from tongzhou.kernel.models import AuditLine, PasswordLink, PasswordRequest

NEW = {"password1": "another-phrase-81", "password2": "another-phrase-81"}
WHY = {"reason": "本人持身份证到窗口"}


def asked(office: Office, by: str = "officer", whose: str = "secretary") -> str:
    return recovering.ask_password_link(
        actor=office.actor(by), at=clock.now(), assignment_id=office.id(whose), **WHY
    )


def linked(office: Office, by: str, whose: str = "secretary") -> str:
    return recovering.make_password_link(
        actor=office.actor(by), at=clock.now(), assignment_id=office.id(whose)
    )


def test_one_asks_another_hands_over_and_only_the_person_has_both(office: Office) -> None:
    page = f"/people/{office.id('secretary')}/"
    first = office.browser("officer")
    assert "提出重设密码" in first.get(page).content.decode()
    shown = first.post(f"{page}password/", WHY).content.decode()
    found = re.search(r'id="word" readonly value="(\d{4}) (\d{4})"', shown)
    assert found
    assert "/new-password/" not in shown
    assert "由另一位同事交付链接" in first.get(page).content.decode()
    second = office.browser("clerk")
    assert "等第二个人交付" in second.get("/people/").content.decode()
    assert "生成链接" in second.get(page).content.decode()
    answer = second.post(f"{page}password/", {"sure": "1"}).content.decode()
    link = re.search(r"/new-password/[\w-]+/", answer)
    assert link
    assert f"{found[1]} {found[2]}" not in answer
    assert found[1] + found[2] not in answer
    person = Client()
    person.get(link[0])
    assert "口令" in person.get("/new-password/").content.decode()
    assert person.post("/new-password/", {**NEW, "word": "1"}).status_code == 422
    assert not office.user("secretary").check_password(NEW["password1"])
    done = person.post("/new-password/", {**NEW, "word": f"{found[1]} {found[2]}"})
    assert done.status_code == 302
    assert office.user("secretary").check_password(NEW["password1"])
    lines = AuditLine.objects.filter(stem__startswith="kernel.password").order_by("id")
    assert [each.stem.rpartition(".")[2] for each in lines] == ["ask", "link", "set"]
    assert lines[1].facts["asked_by"] == office.user("officer").pk
    assert found[1] + found[2] not in str([each.facts for each in lines])


def test_nobody_does_both(office: Office) -> None:
    with pytest.raises(Refusal, match="两个人"):
        linked(office, "officer")
    asked(office)
    with pytest.raises(Refusal, match="另一位同事"):
        linked(office, "officer")
    with pytest.raises(Conflict):
        asked(office, "clerk")
    with pytest.raises(Missing):
        linked(office, "district")
    assert not PasswordLink.objects.exists()
    request = PasswordRequest.objects.get()
    linked(office, "clerk")
    with pytest.raises(IntegrityError), transaction.atomic():  # nor in the database
        PasswordRequest.objects.filter(pk=request.pk).update(decided_by=request.asked_by)


def test_a_page_of_who_asked_offers_no_link(office: Office) -> None:
    asked(office)
    page = f"/people/{office.id('secretary')}/password/"
    browser = office.browser("officer")
    assert browser.get(page).status_code == 302
    answer = browser.post(page, WHY)
    assert answer.status_code == 409
    assert "/new-password/" not in answer.content.decode()


def test_wrong_words_are_counted_and_soon_end_the_link(office: Office) -> None:
    word = asked(office)
    secret = linked(office, "clerk")
    actor = office.actor("secretary")
    for left in (4, 3, 2, 1):
        with pytest.raises(Refusal) as caught:
            recovering.set_password_by_link(
                actor=actor, at=clock.now(), secret=secret, password="x-phrase-91", word="00"
            )
        assert caught.value.params["left"] == left
    for guess in ("00", word):
        with pytest.raises(LinkDead):
            recovering.set_password_by_link(
                actor=actor, at=clock.now(), secret=secret, password="x-phrase-91", word=guess
            )
    assert office.user("secretary").check_password(PASSWORD)


def test_a_request_ends_by_itself_is_taken_back_or_declined(office: Office) -> None:
    asked(office)
    browser = office.browser("officer")
    request = PasswordRequest.objects.get()
    here = f"/people/password-requests/{request.pk}/"
    with pytest.raises(Missing):
        recovering.decline_password_link(
            actor=office.actor("district"), at=clock.now(), request_id=request.pk
        )
    answer = browser.post(here, {"person": office.id("secretary")}, follow=True)
    assert "这项申请已经结束" in answer.content.decode()
    asked(office)
    PasswordRequest.objects.update(asked_at=clock.now() - timedelta(days=8))
    with pytest.raises(Refusal, match="两个人"):
        linked(office, "clerk")
    asked(office, "clerk")
    assert linked(office, "officer")


def test_the_person_and_who_answers_in_law_are_told(office: Office, settings: object) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"  # type: ignore[attr-defined]
    for name in ("secretary", "chair", "stranger"):
        user = office.user(name)
        user.email = f"{name}@example.org"
        user.save()
    asked(office)
    office.browser("clerk").post(f"/people/{office.id('secretary')}/password/", {"sure": "1"})
    assert {each.to[0] for each in mail.outbox} == {"secretary@example.org", "chair@example.org"}
    assert all("officer提出、clerk交付" in each.body for each in mail.outbox)
    for name, told in (("secretary", True), ("chair", True), ("stranger", False), ("clerk", False)):
        browser = Client()
        browser.post("/accounts/login/", {"login": name, "password": PASSWORD})
        page = browser.get("/people/", follow=True).content.decode()
        assert ("交付了secretary账号重设密码的链接" in page) is told, name
    seen = office.browser("chair").get(f"/people/{office.id('secretary')}/").content.decode()
    assert "登记管理机关协助重设过密码" in seen


def test_inside_an_organisation_and_an_authority_one_is_enough(office: Office) -> None:
    assert linked(office, "chair")
    assert linked(office, "leader", "officer")
    for by, whose in (("chair", "secretary"), ("leader", "officer")):
        with pytest.raises(Refusal):
            asked(office, by, whose)
