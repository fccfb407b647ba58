"""Pages on which people who are shut out are helped back in."""

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.kernel import clock
from tongzhou.kernel.identity import letters, recovering, rules
from tongzhou.kernel.identity.forms import ReasonForm
from tongzhou.kernel.identity.pages.asking import ask, open_person, words_of
from tongzhou.kernel.identity.pages.people import role_label
from tongzhou.kernel.pages import actor_of, page


@page("kernel.password.link")
def password_link(request: HttpRequest, assignment_id: int) -> HttpResponse:
    """Make a one-time link for a new password; the answer shows it, once."""
    actor, person = open_person(request, assignment_id)
    words = {
        **words_of(actor, person, _("重设密码的链接")),
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
    back = request.POST.get("person", "")
    return redirect("kernel:person", int(back)) if back.isdecimal() else redirect("kernel:people")
