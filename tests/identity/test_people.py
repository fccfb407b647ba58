"""People come by one-time links, stand in for each other and leave; duties stay."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client

from tests.identity.conftest import PASSWORD, Office
from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import accounts, clock
from tongzhou.kernel.access import SYSTEM, Role
from tongzhou.kernel.identity import inviting, links, recovering, staffing
from tongzhou.kernel.identity.staffing import today_of
from tongzhou.kernel.models import (
    ApiToken,
    Assignment,
    AuditLine,
    Deputy,
    FactorReset,
    Invitation,
    PasswordLink,
    User,
)

NEW = {"password1": "another-phrase-81", "password2": "another-phrase-81"}


def _invite(office: Office, by: str, place: str, role: Role, name: str = "王小芳") -> str:
    sent = inviting.invite(
        actor=office.actor(by),
        at=clock.now(),
        place=office.places.get(place, place),
        role=role,
        name=name,
        phone="+86 138-0000-1234",
    )
    return sent.secret


@pytest.mark.parametrize(
    ("by", "place", "role"),
    [
        ("office", "", Role.CLERK),
        ("leader", "", Role.AUDITOR),
        ("chair", "", Role.SECRETARIAT),
        ("secretary", "", Role.FINANCE),
        ("operator", "district", Role.LEADER),
    ],
)
def test_a_place_gives_its_roles(office: Office, by: str, place: str, role: Role) -> None:
    secret = _invite(office, by, place, role)
    assert Invitation.objects.get(digest=links.digest(secret)).role == role


@pytest.mark.parametrize(
    ("by", "place", "role", "refusal"),
    [
        ("office", "", Role.LEADER, Refusal),
        ("office", "", Role.AUDITOR, Refusal),
        ("officer", "", Role.OFFICER, Refusal),
        ("officer", "chamber", Role.FINANCE, Refusal),
        ("officer", "home", Role.SECRETARIAT, Missing),
        ("leader", "district", Role.CLERK, Missing),
        ("chair", "", Role.SUPERVISORY_BOARD, Refusal),
        ("chair", "", Role.PARTY_ORG, Refusal),
        ("clerk", "", Role.CLERK, Refusal),
        ("clerk", "home", Role.SECRETARIAT, Missing),
        ("secretary", "", Role.SUPERVISORY_BOARD, Refusal),
        ("secretary", "", Role.PARTY_ORG, Refusal),
        ("secretary", "", Role.LEGAL_REP, Refusal),
        ("secretary", "home", Role.PARTY_ORG, Missing),
        ("chair", "", Role.OFFICER, Refusal),
        ("operator", "chamber", Role.SECRETARIAT, Missing),
        ("board", "", Role.MEMBER, Refusal),
        ("auditor", "", Role.CLERK, Refusal),
    ],
)
def test_nobody_gives_what_is_not_theirs(
    office: Office, by: str, place: str, role: Role, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        _invite(office, by, place, role)
    assert not Invitation.objects.exists()


def test_an_invited_person_sets_the_first_password_and_signs_in(office: Office) -> None:
    browser = office.browser("chair")
    answer = browser.post(
        "/people/invite/",
        {"role": "FINANCE", "name": "王小芳", "email": "Wang@example.cn", "phone": "13800001234"},
    )
    url = re.search(r'value="http://testserver(/invitation/[^"]+)"', answer.content.decode())
    assert url is not None
    assert url[1] in mail.outbox[0].body
    guest = Client()
    assert guest.get(url[1]).headers["Location"] == "/invitation/"
    assert "广州市示例商会" in guest.get("/invitation/").content.decode()
    assert (
        guest.post("/invitation/", {"password1": "12345678", "password2": "12345678"}).status_code
        == 422
    )
    welcome = guest.post("/invitation/", NEW).content.decode()
    user = User.objects.get(phone="13800001234")
    assert user.username in welcome
    for name in (user.username, "wang@example.cn", "138 0000 1234"):
        fresh = Client()
        answer = fresh.post("/accounts/login/", {"login": name, "password": NEW["password1"]})
        assert answer.status_code == 302, name
        assert fresh.get("/assignment/").status_code == 200
    assert Client().get(url[1]).status_code == 410
    line = AuditLine.objects.get(stem="kernel.invitation.accept")
    assert line.facts["user"] == user.pk
    assert NEW["password1"] not in str(AuditLine.objects.values_list("facts", flat=True))


def test_dead_links_all_look_the_same(office: Office) -> None:
    at = clock.now()
    secret = _invite(office, "chair", "", Role.FINANCE)
    held = Invitation.objects.get()
    answers = {Client().get("/invitation/nonsense/").content}
    Invitation.objects.update(expires_at=at)
    answers.add(Client().get(f"/invitation/{secret}/").content)
    sent = inviting.reissue(actor=office.actor("chair"), at=at, invitation_id=held.pk)
    answers.add(Client().get(f"/invitation/{secret}/").content)
    assert Client().get(f"/invitation/{sent.secret}/").status_code == 302
    inviting.revoke_invitation(actor=office.actor("chair"), at=at, invitation_id=held.pk)
    answers.add(Client().get(f"/invitation/{sent.secret}/").content)
    assert (
        len(
            {
                re.sub(rb'value="[^"]{64}"|X-CSRFToken[^}]+|/invitation/[^"]*', b"", each)
                for each in answers
            }
        )
        == 1
    )
    with pytest.raises(Conflict):
        inviting.reissue(actor=office.actor("chair"), at=at, invitation_id=held.pk)


def test_an_account_that_exists_takes_the_assignment_on(office: Office) -> None:
    secret = _invite(office, "leader", "", Role.CLERK)
    browser = office.browser("secretary")
    browser.get(f"/invitation/{secret}/")
    assert "secretary" in browser.get("/invitation/").content.decode()
    assert browser.post("/invitation/").status_code == 302
    roles = Assignment.objects.filter(user=office.user("secretary")).values_list("role", flat=True)
    assert set(roles) == {"SECRETARIAT", "CLERK"}


def test_nobody_takes_up_their_own_invitation(office: Office) -> None:
    secret = _invite(office, "leader", "", Role.AUDITOR)
    with pytest.raises(Refusal, match="自己发的邀请"):
        inviting.accept_as_self(
            actor=SYSTEM, at=clock.now(), secret=secret, user_id=office.user("leader").pk
        )


def test_an_ended_assignment_ends_its_sessions_and_tokens(office: Office) -> None:
    at = clock.now()
    token = accounts.create_token(
        actor=office.actor("officer"), at=at, label="x", assignment_id=office.id("officer")
    )
    browser = Client()
    browser.post("/accounts/login/", {"login": "officer", "password": PASSWORD})
    other = office.browser("officer")
    assert browser.get("/people/").status_code == 200
    staffing.end_assignment(
        actor=office.actor("leader"),
        at=at,
        assignment_id=office.id("officer"),
        last_on=today_of(at) - timedelta(days=1),
    )
    for each in (browser, other):
        assert each.get("/people/").headers["Location"].startswith("/accounts/login/")
    assert accounts.find_actor_by_token(token, at) is None
    assert ApiToken.objects.get().revoked_at is not None
    with pytest.raises(Missing):
        staffing.end_assignment(
            actor=office.actor("district"),
            at=at,
            assignment_id=office.id("colleague"),
            last_on=today_of(at),
        )


def test_everything_a_person_holds_is_handed_over_after_a_look(office: Office) -> None:
    browser = office.browser("leader")
    to_user = office.user("colleague").pk
    page = f"/people/{office.id('office')}/handover/"
    looked = browser.post(page, {"to_user": to_user})
    assert "综合岗" in looked.content.decode()
    assert not Assignment.objects.filter(user_id=to_user, role="OFFICE").exists()
    browser.post(page, {"to_user": to_user, "confirmed": "1"})
    assert Assignment.objects.filter(user_id=to_user, role="OFFICE").count() == 1
    assert accounts.list_assignments(office.user("office").pk, clock.now()) == []
    assert AuditLine.objects.filter(stem="kernel.assignment.handover").count() == 1
    with pytest.raises(Missing):
        staffing.hand_over(
            actor=office.actor("district"),
            at=clock.now(),
            from_user=to_user,
            to_user=office.user("auditor").pk,
        )


def _deputise(office: Office, by: str, whose: str, who: str) -> int:
    at = clock.now()
    return staffing.appoint_deputy(
        actor=office.actor(by),
        at=at,
        assignment_id=office.id(whose),
        user_id=office.user(who).pk,
        from_on=today_of(at),
        to_on=today_of(at) + timedelta(days=3),
        reason="培训",
    )


def test_a_deputy_acts_and_the_trail_says_for_whom(office: Office) -> None:
    made = _deputise(office, "leader", "leader", "officer")
    browser = office.browser("officer")
    choice = browser.get("/assignment/").content.decode()
    assert "领导 · " in choice
    assert "代 leader 办理" in choice
    assert browser.post("/assignment/", {"id": office.id("leader")}).status_code == 302
    browser.post("/people/invite/", {"role": "CLERK", "name": "李四光"})
    line = AuditLine.objects.get(stem="kernel.person.invite")
    assert (line.user_id, line.role) == (office.user("officer").pk, "LEADER")
    assert "officer（代leader）" in line.actor
    staffing.end_deputy(actor=office.actor("leader"), at=clock.now(), deputy_id=made)
    assert browser.get("/people/").status_code == 302
    held = accounts.list_standing(office.user("officer").pk, clock.now() + timedelta(days=9))
    assert [each.pk for each in held] == [office.id("officer")]


@pytest.mark.parametrize(
    ("by", "whose", "who", "refusal"),
    [
        ("secretary", "secretary", "board", Refusal),
        ("chair", "board", "secretary", Refusal),
        ("leader", "auditor", "officer", Refusal),
        ("officer", "officer", "stranger", Missing),
        ("officer", "leader", "officer", Missing),
        ("officer", "officer", "officer", Refusal),
    ],
)
def test_deputies_that_are_refused(
    office: Office, by: str, whose: str, who: str, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        _deputise(office, by, whose, who)
    assert not Deputy.objects.exists()


def test_pages_offer_only_what_their_command_accepts(office: Office) -> None:
    leader, others = office.browser("leader"), office.id("officer")
    offered = leader.get(f"/people/{others}/deputy/").content.decode()
    assert f'value="{office.user("auditor").pk}"' in offered
    assert f'value="{office.user("leader").pk}"' not in offered
    assert leader.get(f"/people/{others}/end/").status_code == 200
    assert leader.get(f"/people/{office.id('leader')}/end/").status_code == 404
    away = leader.get("/personal-data/holds/", headers={"accept-language": "en"})
    assert away.status_code == 403
    assert "“Leader” may not do this." in away.content.decode()


def test_a_password_link_works_once_and_signs_out_everywhere(office: Office) -> None:
    at = clock.now()
    old = Client()
    old.post("/accounts/login/", {"login": "secretary", "password": PASSWORD})
    secret = recovering.make_password_link(
        actor=office.actor("chair"), at=at, assignment_id=office.id("secretary")
    )
    guest = Client()
    guest.get(f"/new-password/{secret}/")
    assert guest.post("/new-password/", NEW).status_code == 302
    assert old.get("/people/").status_code == 302
    assert office.user("secretary").check_password(NEW["password1"])
    assert Client().get(f"/new-password/{secret}/").status_code == 410
    for by, whose in (("stranger", "secretary"), ("secretary", "chair"), ("district", "officer")):
        with pytest.raises(Missing):
            recovering.make_password_link(
                actor=office.actor(by), at=at, assignment_id=office.id(whose)
            )


@pytest.mark.parametrize(
    ("by", "whose", "rule"),
    [
        ("chair", "board", "《基金会管理条例》第二十二条"),
        ("secretary", "board", "《基金会管理条例》第二十二条"),
        ("chair", "party", "《中国共产党章程》第三十一条"),
        ("secretary", "party", "《中国共产党章程》第三十一条"),
        ("leader", "auditor", "《审计署关于内部审计工作的规定》"),
    ],
)
def test_nobody_opens_the_account_of_whoever_checks_them(
    office: Office, by: str, whose: str, rule: str
) -> None:
    """A link for a password, the lost factor, and the post itself: each names the rule."""
    TOTP.activate(office.user(whose), generate_totp_secret())
    browser, held = office.browser(by), office.id(whose)
    today = staffing.today_of(clock.now()).isoformat()
    for act, given in (("password", {"sure": "1"}), ("factor", {"reason": "手机遗失"})):
        answer = browser.post(f"/people/{held}/{act}/", given)
        assert answer.status_code == 422, act
        assert rule in answer.content.decode(), act
    if by != "leader":
        for act, given in (("end", {"last_on": today}), ("handover", {"to_user": "1"})):
            assert browser.post(f"/people/{held}/{act}/", given).status_code in {404, 422}, act
        invited = browser.post("/people/invite/", {"role": office.held[whose].role, "name": "某人"})
        assert invited.status_code == 422
    assert not PasswordLink.objects.exists()
    assert not FactorReset.objects.exists()
    assert not Invitation.objects.exists()
    assert office.held[whose].to_on is None


@pytest.mark.parametrize(
    ("by", "whose"), [("clerk", "board"), ("officer", "party"), ("operator", "auditor")]
)
def test_who_checks_is_helped_back_in_from_outside(office: Office, by: str, whose: str) -> None:
    if by != "operator":  # an organisation's, by its authority: two people
        recovering.ask_password_link(
            actor=office.actor("leader"),
            at=clock.now(),
            assignment_id=office.id(whose),
            reason="持身份证到窗口",
        )
    answer = office.browser(by).post(f"/people/{office.id(whose)}/password/", {"sure": "1"})
    assert answer.status_code == 200
    assert "/new-password/" in answer.content.decode()
    assert PasswordLink.objects.get().user == office.user(whose)
    assert "可以办的事" in office.browser(by).get(f"/people/{office.id(whose)}/").content.decode()


def test_the_page_of_an_independent_organ_says_where_to_go(office: Office) -> None:
    page = office.browser("chair").get(f"/people/{office.id('board')}/").content.decode()
    assert "可以办的事" not in page
    assert "登记管理机关" in page
    assert "《基金会管理条例》第二十二条" in page


def test_the_pages_of_people_keep_to_their_place(office: Office) -> None:
    browser = office.browser("officer")
    assert "广州市示例商会" in browser.get("/people/", {"find": "示例"}).content.decode()
    assert (
        "secretary" in browser.get("/people/", {"place": office.places["chamber"]}).content.decode()
    )
    for path in (
        f"/people/?place={office.places['home']}",
        f"/people/?place={office.places['district']}",
        f"/people/{office.id('stranger')}/",
        f"/people/{office.id('district')}/end/",
        "/people/?place=o999999999999999999999-9",
        "/people/?place=a1-2-3",
    ):
        assert browser.get(path).status_code == 404, path
    for view in ("here", "invited", "deputies", "resets", "gone"):
        assert browser.get("/people/", {"view": view, "q": "陈"}).status_code == 200
