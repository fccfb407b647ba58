"""Pages on which people who are shut out are helped back in."""

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.identity import letters, links, recovering, rules, telling
from tongzhou.kernel.identity.forms import ReasonForm
from tongzhou.kernel.identity.pages.asking import ask, back_to_person, open_person, words_of
from tongzhou.kernel.identity.pages.people import role_label
from tongzhou.kernel.identity.people import Person
from tongzhou.kernel.pages import actor_of, page


@page("kernel.password.link")
def password_link(request: HttpRequest, assignment_id: int) -> HttpResponse:
    """Make a one-time link for a new password, shown once; where it takes two, ask for it first."""
    actor, person = open_person(request, assignment_id)
    if not person.may_recover or not recovering.takes_two(actor, person.held):
        return _hand_over(request, actor, person)
    waiting = telling.find_waiting(person.held.user_id, clock.now())
    if waiting is not None and waiting.asked_by_id != actor.user_id:
        return _hand_over(request, actor, person)
    if waiting is not None and request.method == "GET":
        return redirect("kernel:person", assignment_id)
    return _ask_for_link(request, actor, person)


def _hand_over(request: HttpRequest, actor: Actor, person: Person) -> HttpResponse:
    held = person.held
    words = {
        **words_of(actor, person, _("重设密码的链接")),
        "lead": _("链接 24 小时内有效，只能用一次，交给 %(name)s 本人设置新密码。您看不到密码。")
        % {"name": held.user.name},
        "submit": _("生成链接"),
    }

    def act() -> HttpResponse:
        at = clock.now()
        secret = recovering.make_password_link(actor=actor, at=at, assignment_id=held.pk)
        made = links.live_password_link(secret, at)
        if made.word:
            telling.mail(made.passwordrequest.pk, at)
        url = request.build_absolute_uri(reverse("kernel:password-open", args=[secret]))
        size, path = letters.qr_path(url)
        answer = render(
            request,
            "kernel/link.html",
            {
                **words,
                "name": held.user.name,
                "role": role_label(held.role),
                "expires_at": at + rules.PASSWORD_LINK_LASTS,
                "url": url,
                "qr_size": size,
                "qr_path": path,
                "asked_by": made.passwordrequest.asked_by.name if made.word else "",
            },
        )
        answer["Cache-Control"] = "private, no-store"
        return answer

    return ask(request, django_forms.Form(request.POST or None), words, act)


def _ask_for_link(request: HttpRequest, actor: Actor, person: Person) -> HttpResponse:
    held = person.held
    form = ReasonForm(request.POST or None)
    form.fields["reason"].help_text = _("例如：忘记密码，邮箱也停用了；当面核对过身份证。")
    words = {
        **words_of(actor, person, _("提出重设密码")),
        "lead": _(
            "确认是 %(name)s 本人之后再提出。您得到一个口令，由您告诉本人；链接由另一位同事交付。"
            "两样都有才能设置密码，本人和法定代表人会被告知。"
        )
        % {"name": held.user.name},
        "submit": _("提出，并取得口令"),
    }

    def act() -> HttpResponse:
        word = recovering.ask_password_link(
            actor=actor,
            at=clock.now(),
            assignment_id=held.pk,
            reason=form.cleaned_data["reason"],
        )
        answer = render(
            request,
            "kernel/word.html",
            {**words, "name": held.user.name, "word": f"{word[:4]} {word[4:]}"},
        )
        answer["Cache-Control"] = "private, no-store"
        return answer

    return ask(request, form, words, act)


@page("kernel.password.decline")
def decline_link(request: HttpRequest, request_id: int) -> HttpResponse:
    """Take a request for a link back, or decline it."""
    if request.method == "POST":
        recovering.decline_password_link(
            actor=actor_of(request), at=clock.now(), request_id=request_id
        )
        messages.success(request, _("这项申请已经结束，没有生成链接。"))
    return back_to_person(request)


@page("kernel.factor.ask")
def ask_reset(request: HttpRequest, assignment_id: int) -> HttpResponse:
    """Ask for the removal of a lost second factor."""
    actor, person = open_person(request, assignment_id)
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
            **words_of(actor, person, _("重置两步验证")),
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
    return back_to_person(request)
