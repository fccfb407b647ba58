"""Tell those concerned that somebody from outside helped one of them back into an account."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, override

from tongzhou.kernel import clock
from tongzhou.kernel.access import ROLE_LABELS, Actor, Role
from tongzhou.kernel.identity import changing, letters, rules
from tongzhou.kernel.identity.staffing import open_on, today_of
from tongzhou.kernel.models import Assignment, Invitation, PasswordRequest, User
from tongzhou.kernel.templatetags.ui_shapes import moment


def handed_over(user_id: int, at: datetime) -> QuerySet[PasswordRequest]:
    """Return the links handed over lately: a person's own, and of whom they represent in law."""
    theirs = Assignment.objects.filter(
        open_on(today_of(at)), user_id=user_id, role=Role.LEGAL_REP
    ).values_list("organisation_id", "prov")
    concerns = Q(user_id=user_id)
    for organisation_id, prov in theirs:
        concerns |= Q(assignment__organisation_id=organisation_id, assignment__prov=prov)
    return (
        PasswordRequest.objects.select_related("user", "asked_by", "decided_by", "link")
        .filter(concerns, link__isnull=False, decided_at__gt=at - rules.TOLD_OF_HELP)
        .order_by("-decided_at")
    )


def let_in(user_id: int, at: datetime) -> QuerySet[Invitation]:
    """Return who came lately through their authority, to organisations a person represents."""
    theirs = Assignment.objects.filter(
        open_on(today_of(at)), user_id=user_id, role=Role.LEGAL_REP
    ).values_list("organisation_id", "prov")
    concerns = Q(pk__in=())
    for organisation_id, prov in theirs:
        concerns |= Q(organisation_id=organisation_id, prov=prov)
    return (
        Invitation.objects.select_related("made_by", "handed_by", "assignment__user")
        .filter(concerns, used_at__gt=at - rules.TOLD_OF_HELP)
        .exclude(word="")
        .exclude(assignment__user_id=user_id)
        .order_by("-used_at")
    )


def list_waiting(actor: Actor, at: datetime) -> QuerySet[PasswordRequest]:
    """Return the requests at the actor's authority that wait for somebody to hand the link over."""
    if actor.role not in rules.OVER_ORGANISATIONS or actor.authority_id is None:
        return PasswordRequest.objects.none()
    return (
        PasswordRequest.objects.select_related("user", "asked_by", "assignment")
        .filter(
            authority_id=actor.authority_id,
            decided_at__isnull=True,
            asked_at__gt=at - rules.PASSWORD_REQUEST_LASTS,
        )
        .order_by("asked_at")
    )


def find_waiting(user_id: int, at: datetime) -> PasswordRequest | None:
    """Return the request for a link for somebody that waits for a second person."""
    return (
        PasswordRequest.objects.select_related("asked_by")
        .filter(
            user_id=user_id,
            decided_at__isnull=True,
            asked_at__gt=at - rules.PASSWORD_REQUEST_LASTS,
        )
        .first()
    )


def words_of(each: PasswordRequest) -> str:
    """Say who helped whom, and when."""
    assert each.decided_by is not None
    return gettext(
        "%(when)s，登记管理机关的%(asker)s提出、%(giver)s交付了%(name)s账号重设密码的链接。"
        "不是本人要的，请立即联系登记管理机关。"
    ) % {
        "when": moment(each.decided_at),
        "asker": each.asked_by.name,
        "giver": each.decided_by.name,
        "name": each.user.name,
    }


def tell_at_sign_in(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Say so to whoever signs in for two weeks; told by Django at sign-in."""
    at = clock.now()
    for each in handed_over(user.pk, at)[:5]:
        messages.warning(request, words_of(each), fail_silently=True)
    for came in let_in(user.pk, at)[:5]:
        told = gettext(
            "%(when)s，%(name)s凭登记管理机关的邀请到岗（%(role)s），由%(asker)s提出、%(giver)s交付。"
            "不是您这里请的人，请立即联系登记管理机关。"
        ) % {
            "when": moment(came.used_at),
            "name": came.assignment.user.name if came.assignment else came.name,
            "role": gettext(ROLE_LABELS[Role(came.role)]),
            "asker": came.made_by.name if came.made_by else "—",
            "giver": came.handed_by.name if came.handed_by else "—",
        }
        messages.warning(request, told, fail_silently=True)


def mail(request_id: int, at: datetime) -> int:
    """Mail it to the person and to the legal representatives; return how many were reached."""
    if not changing.mails():
        return 0
    held = PasswordRequest.objects.select_related(
        "user", "asked_by", "decided_by", "assignment"
    ).get(pk=request_id)
    representatives = Assignment.objects.filter(
        open_on(today_of(at)),
        role=Role.LEGAL_REP,
        organisation_id=held.assignment.organisation_id,
        prov=held.assignment.prov,
    )
    concerned = User.objects.filter(
        Q(pk=held.user_id) | Q(pk__in=representatives.values("user_id")), is_active=True
    ).exclude(email="")
    with override("zh-hans"):
        words = words_of(held)
    return sum(letters.send_help_notice(each.email, words) for each in concerned)
