"""Pages on which people are invited, leave, hand over, stand in and are helped back in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.identity import (
    inviting,
    letters,
    people,
    places,
    recovering,
    rules,
    staffing,
)
from tongzhou.kernel.identity.forms import (
    DeputyForm,
    EndForm,
    HandOverForm,
    InviteForm,
    ReasonForm,
    add_faults,
)
from tongzhou.kernel.identity.pages.people import LOOKING_AFTER, address, role_label
from tongzhou.kernel.identity.staffing import today_of
from tongzhou.kernel.models import Invitation
from tongzhou.kernel.pages import actor_of, page
from tongzhou.kernel.privacy.reading import note_read


def ask(
    request: HttpRequest,
    form: django_forms.Form,
    words: dict[str, Any],
    act: Callable[[], HttpResponse],
    template: str = "kernel/person_form.html",
) -> HttpResponse:
    """Show a form, or carry it out; a refusal comes back beside its fields."""
    refusal = None
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                return act()
            except Missing:
                raise
            except Refusal as caught:
                status = caught.status
                refusal = None if add_faults(form, caught) else caught
        else:
            status = 422
    return render(request, template, {"form": form, "refusal": refusal, **words}, status=status)


@page("kernel.person.invite")
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody to a role; the answer shows the link, once."""
    actor, at = actor_of(request), clock.now()
    place = places.place_at(actor, request.GET.get("place", ""))
    roles = places.roles_given(actor, place)
    if not roles:
        if request.method == "GET" and "place" not in request.GET:
            # No roles of the own place to give, but those of others, which are found there.
            return redirect("kernel:people")
        raise Refusal(
            "您不能安排这个单位的岗位。",
            way_out="本单位的人由领导或综合岗安排；还没有的，请联系系统运维人员。",
        )
    form = InviteForm(roles, request.POST or None)

    def act() -> HttpResponse:
        sent = inviting.invite(
            actor=actor,
            at=at,
            place=place.address,
            role=form.cleaned_data["role"],
            name=form.cleaned_data["name"],
            phone=form.cleaned_data["phone"],
            email=form.cleaned_data["email"],
            to_on=form.cleaned_data["to_on"],
        )
        return hand_out(request, actor, sent)

    return ask(
        request,
        form,
        {
            "title": _("邀请谁来任职"),
            "lead": _("“%(place)s”的岗位。对方打开一次性链接，自己设置密码，随即上岗。")
            % {"place": place.label},
            "submit": _("生成邀请链接"),
            "back": address(place, actor),
            "crumbs": [(_("人员和岗位"), address(place, actor)), (_("邀请"), "")],
        },
        act,
    )


def hand_out(request: HttpRequest, actor: Actor, sent: inviting.Sent) -> HttpResponse:
    """Mail the link of an invitation where there is an address; show it this once."""
    held = Invitation.objects.get(pk=sent.id)
    url = request.build_absolute_uri(reverse("kernel:invitation-open", args=[sent.secret]))
    mailed = bool(held.email) and letters.send_invitation(
        held.email, held.name, held.label, role_label(held.role), url, rules.INVITATION_LASTS.days
    )
    if mailed:
        inviting.note_mailed(actor=actor, at=clock.now(), invitation_id=held.pk)
    place = places.place_of(actor, held)
    size, path = letters.qr_path(url)
    answer = render(
        request,
        "kernel/link.html",
        {
            "title": _("邀请链接"),
            "held": held,
            "name": held.name,
            "role": role_label(held.role),
            "expires_at": held.expires_at,
            "url": url,
            "qr_size": size,
            "qr_path": path,
            "mailed": mailed,
            "unmailed": bool(held.email) and not mailed,
            "back": address(place, actor, view="invited"),
            "crumbs": [(_("人员和岗位"), address(place, actor)), (_("邀请链接"), "")],
        },
    )
    answer["Cache-Control"] = "private, no-store"
    return answer


@page("kernel.person.view")
def show_invitation(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Show an invitation; give it a new link, or revoke it."""
    actor, at = actor_of(request), clock.now()
    held, place = people.get_invitation(actor, invitation_id)
    if request.method == "POST":
        if request.POST.get("act") == "reissue":
            sent = inviting.reissue(actor=actor, at=at, invitation_id=held.pk)
            return hand_out(request, actor, sent)
        inviting.revoke_invitation(actor=actor, at=at, invitation_id=held.pk)
        messages.success(request, _("邀请已作废，原来的链接打不开了。"))
        return redirect(address(place, actor, view="invited"))
    is_open = held.used_at is None and held.revoked_at is None
    if held.phone:
        note_read(actor, at, f"invitation/{held.pk}", ["phone"], LOOKING_AFTER)
    return render(
        request,
        "kernel/invitation.html",
        {
            "held": held,
            "expired": held.expires_at <= at,
            "may_change": is_open and held.role in places.roles_given(actor, place),
            "facts": [
                {"label": _("姓名"), "value": held.name},
                {"label": _("岗位"), "value": role_label(held.role)},
                {"label": _("单位"), "value": held.label},
                {"label": _("手机号"), "value": held.phone or "—"},
                {"label": _("电子邮箱"), "value": held.email or "—"},
                {"label": _("邀请人"), "value": held.made_by.name if held.made_by else "—"},
            ],
            "crumbs": [
                (_("人员和岗位"), address(place, actor, view="invited")),
                (held.name, ""),
            ],
        },
    )


def _person(request: HttpRequest, assignment_id: int) -> tuple[Actor, people.Person]:
    actor = actor_of(request)
    person = people.get_person(actor, clock.now(), assignment_id)
    if not person.is_open:
        raise Refusal("这个岗位已经结束。", way_out="需要恢复的，请重新邀请本人。")
    return actor, person


def _words(actor: Actor, person: people.Person, title: str) -> dict[str, Any]:
    back = reverse("kernel:person", args=[person.held.pk])
    return {
        "title": title,
        "back": back,
        "crumbs": [
            (_("人员和岗位"), address(person.place, actor))
            if actor.may("kernel.person.view")
            else (_("切换岗位"), reverse("kernel:assignment")),
            (person.held.user.name, back),
            (title, ""),
        ],
    }


@page("kernel.assignment.end")
def end(request: HttpRequest, assignment_id: int) -> HttpResponse:
    """Let somebody leave on a day."""
    actor, person = _person(request, assignment_id)
    if not person.may_change:
        raise Missing("没有这个岗位。")
    form = EndForm(request.POST or None, initial={"last_on": today_of(clock.now())})

    def act() -> HttpResponse:
        staffing.end_assignment(
            actor=actor,
            at=clock.now(),
            assignment_id=assignment_id,
            last_on=form.cleaned_data["last_on"],
        )
        messages.success(request, _("任职的最后一天已经记下。任务留在单位，不随人走。"))
        return redirect(address(person.place, actor))

    return ask(
        request,
        form,
        {
            **_words(actor, person, _("结束任职")),
            "lead": _("%(name)s 到这一天为止还能以这个岗位办事；任务和报送留在单位。")
            % {"name": person.held.user.name},
            "submit": _("结束任职"),
            "danger": True,
        },
        act,
    )


def _others(person: people.Person) -> list[tuple[int, str]]:
    """Return the colleagues to choose from, each person once."""
    today = today_of(clock.now())
    found: dict[int, str] = {}
    for each in staffing.colleagues(person.held, today).exclude(user_id=person.held.user_id):
        found.setdefault(each.user_id, f"{each.user.name} · {role_label(each.role)}")
    return list(found.items())


@page("kernel.deputy.appoint")
def deputise(request: HttpRequest, assignment_id: int) -> HttpResponse:
    """Name a deputy for an absence; also for one's own assignment."""
    actor, person = _person(request, assignment_id)
    if not person.own and not person.may_change:
        raise Missing("没有这个岗位。")
    today = today_of(clock.now())
    others = [each for each in _others(person) if each[0] != actor.user_id]
    form = DeputyForm(
        others,
        request.POST or None,
        initial={"from_on": today, "to_on": today + timedelta(days=7)},
    )

    def act() -> HttpResponse:
        data = form.cleaned_data
        staffing.appoint_deputy(
            actor=actor,
            at=clock.now(),
            assignment_id=assignment_id,
            user_id=data["user"],
            from_on=data["from_on"],
            to_on=data["to_on"],
            reason=data["reason"],
        )
        messages.success(request, _("代理已安排。代理人在“切换岗位”里可以换到这个岗位。"))
        return redirect("kernel:person", assignment_id)

    return ask(
        request,
        form,
        {
            **_words(actor, person, _("安排代理")),
            "lead": _("代理人在这段时间里以 %(name)s 的岗位办事，操作记录写明谁代谁。")
            % {"name": person.held.user.name},
            "submit": _("安排代理"),
            "nobody": not others,
        },
        act,
    )


@page("kernel.deputy.end")
def end_deputy(request: HttpRequest, deputy_id: int) -> HttpResponse:
    """End a deputy's time at once."""
    if request.method == "POST":
        staffing.end_deputy(actor=actor_of(request), at=clock.now(), deputy_id=deputy_id)
        messages.success(request, _("代理已结束。"))
    back = request.POST.get("person", "")
    return redirect("kernel:person", int(back)) if back.isdecimal() else redirect("kernel:people")


@page("kernel.assignment.handover")
def hand_over(request: HttpRequest, assignment_id: int) -> HttpResponse:
    """Hand over everything a person holds to somebody else: choose, look, confirm."""
    actor, person = _person(request, assignment_id)
    if not person.may_change:
        raise Missing("没有这个岗位。")
    others = [each for each in _others(person) if each[0] != actor.user_id]
    form = HandOverForm(others, request.POST or None)
    words = {
        **_words(actor, person, _("移交岗位")),
        "lead": _("%(name)s 的岗位全部移给接任的人。先看会移交什么，再确认。")
        % {"name": person.held.user.name},
        "submit": _("看看会移交什么"),
        "nobody": not others,
    }

    def act() -> HttpResponse:
        to_user = form.cleaned_data["to_user"]
        if request.POST.get("confirmed"):
            made = staffing.hand_over(
                actor=actor, at=clock.now(), from_user=person.held.user_id, to_user=to_user
            )
            said = _("已移交 %(count)d 个岗位。任务留在单位，由接任的人接着办。")
            messages.success(request, said % {"count": len(made)})
            return redirect(address(person.place, actor))
        plan = staffing.preview_hand_over(actor, clock.now(), person.held.user_id, to_user)
        return render(
            request,
            "kernel/handover.html",
            {
                **words,
                "plan": plan,
                "to_user": to_user,
                "to_name": dict(others)[to_user],
                "moving": [(each.label, role_label(each.role)) for each in plan.moving],
                "already": [(each.label, role_label(each.role)) for each in plan.already],
            },
        )

    return ask(request, form, words, act)


@page("kernel.password.link")
def password_link(request: HttpRequest, assignment_id: int) -> HttpResponse:
    """Make a one-time link for a new password; the answer shows it, once."""
    actor, person = _person(request, assignment_id)
    words = {
        **_words(actor, person, _("重设密码的链接")),
        "lead": _("链接 24 小时内有效，只能用一次，交给 %(name)s 本人设置新密码。您看不到密码。")
        % {"name": person.held.user.name},
        "submit": _("生成链接"),
    }

    def act() -> HttpResponse:
        at = clock.now()
        secret = recovering.make_password_link(actor=actor, at=at, assignment_id=assignment_id)
        url = request.build_absolute_uri(reverse("kernel:password-open", args=[secret]))
        size, path = letters.qr_path(url)
        return render(
            request,
            "kernel/link.html",
            {
                **words,
                "name": person.held.user.name,
                "role": role_label(person.held.role),
                "expires_at": at + rules.PASSWORD_LINK_LASTS,
                "url": url,
                "qr_size": size,
                "qr_path": path,
            },
        )

    return ask(request, django_forms.Form(request.POST or None), words, act)


@page("kernel.factor.ask")
def ask_reset(request: HttpRequest, assignment_id: int) -> HttpResponse:
    """Ask for the removal of a lost second factor."""
    actor, person = _person(request, assignment_id)
    form = ReasonForm(request.POST or None)

    def act() -> HttpResponse:
        recovering.ask_factor_reset(
            actor=actor,
            at=clock.now(),
            assignment_id=assignment_id,
            reason=form.cleaned_data["reason"],
        )
        messages.success(request, _("已提出，等本单位另一个人确认。"))
        return redirect("kernel:person", assignment_id)

    return ask(
        request,
        form,
        {
            **_words(actor, person, _("重置两步验证")),
            "lead": _("确认是本人之后再提出。另一个人确认后，%(name)s 用密码登录并重新设置。")
            % {"name": person.held.user.name},
            "submit": _("提出重置"),
        },
        act,
    )


@page("kernel.factor.decide")
def decide_reset(request: HttpRequest, reset_id: int) -> HttpResponse:
    """Confirm or refuse the removal of a second factor."""
    if request.method == "POST":
        granted = request.POST.get("granted") == "1"
        recovering.decide_factor_reset(
            actor=actor_of(request), at=clock.now(), reset_id=reset_id, granted=granted
        )
        messages.success(request, _("已重置两步验证。") if granted else _("没有同意重置。"))
    back = request.POST.get("person", "")
    return redirect("kernel:person", int(back)) if back.isdecimal() else redirect("kernel:people")
