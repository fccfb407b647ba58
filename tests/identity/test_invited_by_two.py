"""Whoever decides about an organisation's reports cannot alone bring somebody into it."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from tests.identity.conftest import PASSWORD, Office
from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.access import SYSTEM, Role
from tongzhou.kernel.identity import handing, inviting
from tongzhou.kernel.identity.links import LinkDead
from tongzhou.kernel.models import Assignment, AuditLine, Invitation, User

NEW = {"password1": "another-phrase-81", "password2": "another-phrase-81"}


def asked(office: Office, by: str = "officer", role: Role = Role.SECRETARIAT) -> tuple[int, str]:
    return handing.ask_invitation(
        actor=office.actor(by),
        at=clock.now(),
        place=office.places["chamber"],
        role=role,
        name="王小芳",
        email="wang@example.cn",
    )


def handed(office: Office, invitation: int, by: str = "clerk") -> str:
    sent = handing.hand_over(actor=office.actor(by), at=clock.now(), invitation_id=invitation)
    return sent.secret


def test_one_asks_another_hands_over_and_only_the_person_has_both(office: Office) -> None:
    first = office.browser("officer")
    page = f"/people/invite/?place={office.places['chamber']}"
    assert "取得口令" in first.get(page).content.decode()
    given = {"role": "SECRETARIAT", "name": "王小芳", "email": "wang@example.cn"}
    shown = first.post(page, given).content.decode()
    word = re.search(r'id="word" readonly value="(\d{4} \d{4})"', shown)
    assert word
    assert "/invitation/" not in shown
    held = Invitation.objects.get()
    here = f"/people/invitations/{held.pk}/"
    own = first.get(here).content.decode()
    assert "由另一位同事交付链接" in own
    assert 'value="reissue"' not in own
    assert first.post(here, {"act": "reissue"}).status_code == 422
    second = office.browser("clerk")
    assert "王小芳 · 秘书处" in second.get("/people/").content.decode()
    assert "wang@example.cn" in second.get(here).content.decode()
    answer = second.post(here, {"act": "reissue"}).content.decode()
    link = re.search(r"/invitation/[\w-]+/", answer)
    assert link
    assert word[1] not in answer
    assert "口令由 officer 告诉本人" in answer
    assert not mail.outbox  # a letter only where the second one says so
    guest = Client()
    guest.get(link[0])
    assert "口令" in guest.get("/invitation/").content.decode()
    assert guest.post("/invitation/", NEW).status_code == 422
    assert guest.post("/invitation/", {**NEW, "word": "1"}).status_code == 422
    assert not User.objects.filter(name="王小芳").exists()
    assert guest.post("/invitation/", {**NEW, "word": word[1]}).status_code == 200
    assert Assignment.objects.get(user__name="王小芳").role == "SECRETARIAT"
    lines = AuditLine.objects.filter(stem__startswith="kernel.invitation.").order_by("id")
    assert [each.stem.rpartition(".")[2] for each in lines] == ["ask", "hand", "accept"]
    assert lines[1].facts["asked_by"] == office.user("officer").pk
    assert word[1].replace(" ", "") not in str([each.facts for each in lines])


def test_nobody_does_both(office: Office) -> None:
    for by in ("officer", "leader", "office", "clerk"):
        for role in (Role.LEGAL_REP, Role.SECRETARIAT, Role.SUPERVISORY_BOARD, Role.PARTY_ORG):
            with pytest.raises(Refusal, match="两个人"):
                inviting.invite(
                    actor=office.actor(by),
                    at=clock.now(),
                    place=office.places["chamber"],
                    role=role,
                    name="王小芳",
                )
    assert not Invitation.objects.exists()
    made, _word = asked(office)
    with pytest.raises(Refusal, match="另一位同事"):
        handed(office, made, "officer")
    with pytest.raises(Refusal, match="两个人"):  # nor by the way for one hand
        inviting.reissue(actor=office.actor("officer"), at=clock.now(), invitation_id=made)
    for stranger in ("district", "operator"):
        with pytest.raises(Refusal) as refused:
            handed(office, made, stranger)
        assert refused.value.status in {403, 404}
    with pytest.raises(Conflict):
        asked(office, "clerk")
    handed(office, made)
    with pytest.raises(Refusal, match="另一位同事"):  # nor anew, once it was handed over
        handed(office, made, "officer")
    with pytest.raises(IntegrityError), transaction.atomic():  # nor in the database
        Invitation.objects.filter(pk=made).update(handed_by=office.user("officer"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.filter(pk=made).update(handed_by=None, used_at=clock.now())


def test_neither_of_both_takes_it_up(office: Office) -> None:
    made, word = asked(office)
    secret = handed(office, made)
    for name in ("officer", "clerk"):
        browser = office.browser(name)
        browser.get(f"/invitation/{secret}/")
        answer = browser.post("/invitation/", {"word": word})
        assert answer.status_code == 422
        assert "不能自己接受" in answer.content.decode()
    board = office.browser("stranger")  # who has an account and is neither
    board.get(f"/invitation/{secret}/")
    assert board.post("/invitation/").status_code == 422
    assert board.post("/invitation/", {"word": "00000000"}).status_code == 422
    assert board.post("/invitation/", {"word": word}).status_code == 302
    assert Invitation.objects.get(pk=made).assignment is not None


def test_wrong_words_are_counted_and_soon_end_the_link(office: Office) -> None:
    made, word = asked(office)
    secret = handed(office, made)
    actor = office.actor("stranger")
    for left in (4, 3, 2, 1):
        with pytest.raises(Refusal) as caught:
            inviting.accept_as_new(
                actor=actor, at=clock.now(), secret=secret, password="x-phrase-91", word="00"
            )
        assert caught.value.params["left"] == left
    for guess in ("00", word):
        with pytest.raises(LinkDead):
            inviting.accept_as_new(
                actor=actor, at=clock.now(), secret=secret, password="x-phrase-91", word=guess
            )
    assert not User.objects.filter(name="王小芳").exists()


def test_what_nobody_hands_over_lapses(office: Office) -> None:
    made, _word = asked(office)
    Invitation.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    with pytest.raises(Refusal, match="七天"):
        handed(office, made)
    page = office.browser("clerk").get(f"/people/invitations/{made}/").content.decode()
    assert 'value="reissue"' not in page
    with pytest.raises(Missing):
        inviting.revoke_invitation(
            actor=office.actor("district"), at=clock.now(), invitation_id=made
        )
    inviting.revoke_invitation(actor=office.actor("officer"), at=clock.now(), invitation_id=made)
    again, _word = asked(office)
    assert handed(office, again)


def test_a_letter_goes_out_only_where_the_second_one_checked_the_address(
    office: Office, settings: object
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"  # type: ignore[attr-defined]
    made, _word = asked(office)
    given = {"act": "reissue", "mail": "1"}
    assert office.browser("officer").post(f"/people/invitations/{made}/", given).status_code == 422
    assert not mail.outbox
    office.browser("clerk").post(f"/people/invitations/{made}/", given)
    assert [each.to for each in mail.outbox] == [["wang@example.cn"]]


def test_who_answers_in_law_is_told_who_came(office: Office) -> None:
    made, word = asked(office)
    secret = handed(office, made)
    inviting.accept_as_new(
        actor=SYSTEM,
        at=clock.now(),
        secret=secret,
        password=NEW["password1"],
        word=word,
    )
    for name, told in (("chair", True), ("secretary", False), ("stranger", False)):
        browser = Client()
        browser.post("/accounts/login/", {"login": name, "password": PASSWORD})
        page = browser.get("/people/", follow=True).content.decode()
        assert ("王小芳凭登记管理机关的邀请到岗" in page) is told, name


def test_an_organisation_s_own_and_an_authority_s_own_stay_one_hand(office: Office) -> None:
    for by, role in (("chair", Role.FINANCE), ("leader", Role.CLERK)):
        actor = office.actor(by)
        assert inviting.invite(actor=actor, at=clock.now(), place="", role=role, name="某某")
        with pytest.raises(Refusal):
            handing.ask_invitation(actor=actor, at=clock.now(), place="", role=role, name="另一人")
    # The legal representative may give an invitation of theirs to the authority's a new link;
    # its word still stands in between.
    made, _word = asked(office)
    sent = inviting.reissue(actor=office.actor("chair"), at=clock.now(), invitation_id=made)
    with pytest.raises(Refusal, match="口令不对"):
        inviting.accept_as_new(
            actor=office.actor("chair"), at=clock.now(), secret=sent.secret, password="x-phrase-91"
        )


def test_an_office_of_one_is_told_that_a_second_person_is_missing(office: Office) -> None:
    page = f"/people/invite/?place={office.places['chamber']}"
    warning = "没有别的人能交付链接"
    assert warning not in office.browser("officer").get(page).content.decode()
    for name in ("leader", "office", "colleague", "clerk"):
        gone = clock.now().date() - timedelta(days=2)
        office.held[name].from_on = office.held[name].to_on = gone
        office.held[name].save()
    browser = office.browser("officer")
    assert warning in browser.get(page).content.decode()
    assert "交付所登记组织的邀请链接" in browser.get("/people/").content.decode()
    assert asked(office)
