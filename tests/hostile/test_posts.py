"""Whoever does something does not check it: by a second post, as a deputy, by a colleague's key."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.hostile.conftest import Posts
from tongzhou.base.errors import Refusal
from tongzhou.kernel import accounts, clock
from tongzhou.kernel.access import SYSTEM, Role
from tongzhou.kernel.identity import handing, recovering, staffing
from tongzhou.kernel.models import Assignment, Deputy, PasswordLink


def _grant(office: Posts, name: str, like: str, role: Role, **days: Any) -> Assignment:
    """Give somebody a second post, at the place where ``like`` has theirs."""
    held = office.held(like)
    made = accounts.grant_assignment(
        actor=SYSTEM,
        at=clock.now() - timedelta(days=2),
        user_id=office.user(name).pk,
        role=role,
        label=f"{name} {role}",
        authority_id=held.authority_id,
        organisation_id=held.organisation_id,
        prov=held.prov,
        low=held.low,
        high=held.high,
    )
    Assignment.objects.filter(pk=made).update(**days)
    return Assignment.objects.get(pk=made)


def test_a_fixed_term_elsewhere_counts_as_acting_elsewhere(office: Posts) -> None:
    """A city's leader sits in the chamber's office for a year; the chamber may not set a key."""
    _grant(office, "leader", "secretary", Role.SECRETARIAT)
    Assignment.objects.filter(pk=office.id("leader")).update(
        to_on=staffing.today_of(clock.now()) + timedelta(days=300)
    )
    post = Assignment.objects.get(user=office.user("leader"), role=Role.SECRETARIAT)
    answer = office.browser("chair").post(f"/people/{post.pk}/password/")
    assert answer.status_code == 422
    assert "/new-password/" not in answer.content.decode()
    assert not PasswordLink.objects.exists()
    asked = {"reason": "手机丢了"}
    assert office.browser("chair").post(f"/people/{post.pk}/factor/", asked).status_code == 422


def test_a_deputy_of_the_leader_gets_no_key_from_the_office(office: Posts) -> None:
    """The office looks after officers, not after the leader whom an officer stands in for."""
    today = staffing.today_of(clock.now())
    staffing.appoint_deputy(
        actor=office.actor("leader"),
        at=clock.now(),
        assignment_id=office.id("leader"),
        user_id=office.user("officer").pk,
        from_on=today,
        to_on=today + timedelta(days=3),
        reason="外出培训",
    )
    answer = office.browser("office").post(f"/people/{office.id('officer')}/password/")
    assert answer.status_code == 422
    assert not PasswordLink.objects.exists()


def test_a_deputy_cannot_lengthen_the_time_or_name_themselves(office: Posts) -> None:
    today = staffing.today_of(clock.now())
    leader, officer = office.id("leader"), office.user("officer")
    staffing.appoint_deputy(
        actor=office.actor("leader"),
        at=clock.now(),
        assignment_id=leader,
        user_id=officer.pk,
        from_on=today,
        to_on=today,
        reason="外出一天",
    )
    browser = office.browser("officer")
    assert browser.post("/assignment/", {"id": leader}).status_code == 302
    assert browser.get("/audit/").status_code == 200  # as the leader
    given = {
        "user": officer.pk,
        "from_on": today.isoformat(),
        "to_on": (today + timedelta(days=100)).isoformat(),
        "reason": "再代理一段时间",
    }
    assert 400 <= browser.post(f"/people/{leader}/deputy/", given).status_code < 500
    assert Deputy.objects.get().to_on == today
    Deputy.objects.update(from_on=today - timedelta(days=9), to_on=today - timedelta(days=1))
    gone = browser.get("/audit/")
    assert gone.status_code != 200
    assert browser.post("/assignment/", {"id": leader}).status_code in {302, 404}
    assert office.browser("officer").get("/audit/").status_code == 403


def test_the_office_does_not_name_itself_deputy(office: Posts) -> None:
    today = staffing.today_of(clock.now())
    with pytest.raises(Refusal):
        staffing.appoint_deputy(
            actor=office.actor("office"),
            at=clock.now(),
            assignment_id=office.id("officer"),
            user_id=office.user("office").pk,
            from_on=today,
            to_on=today,
            reason="代理",
        )


def test_an_ended_appointment_makes_nobody_deputy(office: Posts) -> None:
    """Posting the number of a person of another place, or of nobody, names no deputy."""
    today = staffing.today_of(clock.now()).isoformat()
    browser = office.browser("secretary")
    for user in (office.user("stranger").pk, office.user("board").pk, 0, 10**30, "x", ""):
        given = {"user": user, "from_on": today, "to_on": today, "reason": "代理"}
        answer = browser.post(f"/people/{office.id('secretary')}/deputy/", given)
        assert 400 <= answer.status_code < 500, user
    assert not Deputy.objects.exists()


def test_nobody_is_secretary_and_board_of_one_organisation(office: Posts) -> None:
    """An invitation to the board, accepted with the secretary's own account."""
    chamber = office.held("secretary")
    made, word = handing.ask_invitation(
        actor=office.actor("clerk"),
        at=clock.now(),
        place=f"o{chamber.organisation_id}-{chamber.prov}",
        role="SUPERVISORY_BOARD",
        name="监事甲",
    )
    sent = handing.hand_over(actor=office.actor("officer"), at=clock.now(), invitation_id=made)
    browser = office.browser("secretary")
    browser.get(f"/invitation/{sent.secret}/")
    assert browser.post("/invitation/", {"word": word}).status_code == 422
    board = Assignment.objects.filter(role=Role.SUPERVISORY_BOARD)
    assert not board.filter(user=office.user("secretary")).exists()
    # The same by handing the board's posts over to the secretary.
    answer = office.browser("clerk").post(
        f"/people/{office.id('board')}/handover/",
        {"to_user": office.user("secretary").pk, "confirmed": "1"},
    )
    assert 400 <= answer.status_code < 500
    assert not board.filter(user=office.user("secretary")).exists()
    # The board's own successor may take it up all the same.
    assert Client().post("/invitation/").status_code == 410


@pytest.mark.parametrize("by", ["secretary", "chair"])
def test_the_doers_have_no_hand_in_the_board(office: Posts, by: str) -> None:
    browser, held = office.browser(by), office.id("board")
    today = staffing.today_of(clock.now()).isoformat()
    for path, given in (
        (f"/people/{held}/end/", {"last_on": today}),
        (f"/people/{held}/password/", {}),
        (f"/people/{held}/factor/", {"reason": "手机丢了"}),
        (f"/people/{held}/handover/", {"to_user": office.user("secretary").pk, "confirmed": 1}),
        (
            f"/people/{held}/deputy/",
            {"user": office.user("secretary").pk, "from_on": today, "to_on": today, "reason": "x"},
        ),
        ("/people/invite/", {"role": "SUPERVISORY_BOARD", "name": "监事乙"}),
        ("/people/invite/", {"role": "LEGAL_REP", "name": "新法人"}),
        ("/people/invite/", {"role": "OFFICER", "name": "假干部"}),
    ):
        answer = browser.post(path, given)
        assert answer.status_code in {403, 404, 422}, (path, answer.status_code)

    assert office.held("board").to_on is None
    assert not Deputy.objects.exists()


def test_both_halves_of_a_lost_factor_need_two_people(office: Posts) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    TOTP.activate(office.user("officer"), generate_totp_secret())
    reset = recovering.ask_factor_reset(
        actor=office.actor("leader"),
        at=clock.now(),
        assignment_id=office.id("officer"),
        reason="手机遗失",
    )
    for name in ("leader", "officer", "secretary", "district", "auditor", "chair"):
        answer = office.browser(name).post(f"/people/resets/{reset}/", {"granted": "1"})
        assert answer.status_code in {403, 404, 422}, name
    # A deputy of the person who asked is another person, but the one who asked as deputy is not.
    asker = replace(office.actor("office"), user_id=office.user("leader").pk)
    with pytest.raises(Refusal):
        recovering.decide_factor_reset(actor=asker, at=clock.now(), reset_id=reset, granted=True)
    assert office.browser("office").post(f"/people/resets/{reset}/", {}).status_code == 302
