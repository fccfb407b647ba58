"""Pages for whoever opens a one-time link, and the way to a second factor."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.access import SYSTEM
from tongzhou.kernel.identity import devices, factor, inviting, linking, links, recovering
from tongzhou.kernel.identity.forms import NewPasswordForm, WordForm, WordPasswordForm
from tongzhou.kernel.identity.pages.asking import ask
from tongzhou.kernel.identity.pages.people import role_label
from tongzhou.kernel.models import User
from tongzhou.kernel.pages import actor_of, page

INVITATION = "open_invitation"
PASSWORD = "open_password_link"  # noqa: S105 - the name of a place in the session


@page("public")
def open_invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Take the secret out of the address at once, so that it stays in no history or referrer."""
    links.live_invitation(secret, clock.now())
    request.session[INVITATION] = secret
    return redirect("kernel:invitation-accept")


@page("public")
def accept_invitation(request: HttpRequest) -> HttpResponse:
    """Accept an invitation: choose a password, or go on with the account one has."""
    at = clock.now()
    secret = str(request.session.get(INVITATION, ""))
    held = links.live_invitation(secret, at)
    words: dict[str, Any] = {
        "held": held,
        "role": role_label(held.role),
        "login_url": f"{reverse('account_login')}?next={reverse('kernel:invitation-accept')}",
    }
    user: Any = request.user
    if user.is_authenticated:
        return _accept_as_self(request, user, secret, words)
    form = (WordPasswordForm if held.word else NewPasswordForm)(request.POST or None)

    def act() -> HttpResponse:
        made = inviting.accept_as_new(
            actor=replace(SYSTEM, label=f"{held.name}（受邀人）"),  # data
            at=at,
            secret=secret,
            password=form.cleaned_data["password1"],
            word=form.cleaned_data.get("word", ""),
        )
        request.session.pop(INVITATION, None)
        return _welcome(request, User.objects.get(pk=made))

    return ask(request, form, words, act, "account/invitation.html")


def _accept_as_self(
    request: HttpRequest, user: Any, secret: str, words: dict[str, Any]
) -> HttpResponse:
    typed = request.POST if request.method == "POST" else None
    form: Form = (WordForm if words["held"].word else Form)(typed)

    def act() -> HttpResponse:
        inviting.accept_as_self(
            actor=linking.person(user),
            at=clock.now(),
            secret=secret,
            user_id=user.pk,
            word=form.cleaned_data.get("word", ""),
        )
        request.session.pop(INVITATION, None)
        messages.success(request, _("已经上岗。可以在这里换到新的岗位。"))
        return redirect("kernel:assignment")

    told = {**words, "self_name": user.name or user.username}
    return ask(request, form, told, act, "account/invitation.html")


def _welcome(request: HttpRequest, user: User) -> HttpResponse:
    """Show with what the new person signs in; the device is known from now on."""
    answer = render(
        request,
        "account/welcome.html",
        {"username": user.username, "phone": user.phone, "email": user.email},
    )
    devices.remember(request, answer, user.pk)
    return answer


@page("public")
def open_password_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Take the secret out of the address at once."""
    links.live_password_link(secret, clock.now())
    request.session[PASSWORD] = secret
    return redirect("kernel:password-set")


@page("public")
def set_password(request: HttpRequest) -> HttpResponse:
    """Set a new password through a one-time link."""
    at = clock.now()
    secret = str(request.session.get(PASSWORD, ""))
    held = links.live_password_link(secret, at)
    person = User.objects.get(pk=held.user_id)
    form = (WordPasswordForm if held.word else NewPasswordForm)(request.POST or None)

    def act() -> HttpResponse:
        recovering.set_password_by_link(
            actor=linking.person(person),
            at=at,
            secret=secret,
            password=form.cleaned_data["password1"],
            word=form.cleaned_data.get("word", ""),
        )
        request.session.pop(PASSWORD, None)
        messages.success(request, _("密码已设置，请用它登录。"))
        answer = redirect("account_login")
        devices.remember(request, answer, person.pk)
        return answer

    return ask(request, form, {"name": person.name}, act, "account/new_password.html")


@page("kernel.assignment.choose")
def second_factor(request: HttpRequest) -> HttpResponse:
    """Explain why a second factor is asked for; lead to it, or put it off while that is allowed."""
    actor, at = actor_of(request), clock.now()
    user: Any = request.user
    due = factor.due_at(user, at) if factor.needs_factor(actor) else None
    if request.method == "POST":
        if factor.put_off(request, at):
            return redirect("/")
        raise Refusal(
            "宽限期已过，需要先设置两步验证。",
            code="factor-due",
            way_out="按这一页的步骤设置，大约两分钟。",
        )
    return render(
        request,
        "kernel/second_factor.html",
        {
            "due": due,
            "days": -((at - due) // timedelta(days=1)) if due and due > at else 0,
            "has": factor.has_factor(user.pk),
        },
    )
