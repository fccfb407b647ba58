"""The page on which a person changes their own phone and e-mail, and where old addresses lead."""

from typing import Any

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.identity import changing, contacts, letters, linking
from tongzhou.kernel.identity.forms import CodeForm, ContactForm, add_faults
from tongzhou.kernel.pages import page

WAITING = "contact_code"


@page("public")
def moved(request: HttpRequest) -> HttpResponse:
    """Lead from allauth's page of e-mail addresses to ours."""
    return redirect("kernel:contacts")


@page("public")
def moved_doors(request: HttpRequest) -> HttpResponse:
    """Lead from allauth's page of outside identities to ours."""
    return redirect("kernel:doors")


@page("kernel.contact.change")
def own_contacts(request: HttpRequest) -> HttpResponse:
    """Change phone and e-mail; asks for the password again, and for a code sent to the address."""
    raise_if_reauthentication_required(request, app="allauth.account")
    user: Any = request.user
    form = ContactForm(request.POST or None, initial={"phone": user.phone, "email": user.email})
    refusal = None
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _begin(request, user, form.cleaned_data)
            except Refusal as caught:
                status = caught.status
                refusal = None if add_faults(form, caught) else caught
    return _show(request, form, refusal, status, code=False)


def _begin(request: HttpRequest, user: Any, data: dict[str, Any]) -> HttpResponse:
    """Change at once, or send a code first where the address is new and the site sends mail."""
    phone, email = contacts.tidy_phone(data["phone"]), contacts.tidy_email(data["email"])
    if (phone and phone != user.phone) or (email and email != user.email):
        _count(request, user)
    if not email or email == user.email or not changing.mails():
        return _change(request, user, phone, email, proved=False)
    kept = changing.prove_address(user.pk, email, clock.now())
    request.session[WAITING] = {**kept, "phone": phone}
    return redirect("kernel:contact-code")


def _count(request: HttpRequest, user: Any) -> None:
    """Let few new contacts a day be tried: a phone number that is taken has to be refused."""
    if not ratelimit.consume(request, action="own_contacts", key=f"contacts-{user.pk}"):
        raise Refusal(
            "今天改手机号和邮箱的次数太多了。",
            code="too-many-changes",
            way_out="请明天再改；急用的，请联系本单位负责人。",
        )


@page("kernel.contact.change")
def confirm_code(request: HttpRequest) -> HttpResponse:
    """Take the code that was sent to a new address."""
    kept = request.session.get(WAITING)
    if not kept:
        return redirect("kernel:contacts")
    form = CodeForm(request.POST or None)
    refusal = None
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                email = changing.check_code(kept, form.cleaned_data["code"], clock.now())
                request.session.pop(WAITING)
                return _change(request, request.user, kept["phone"], email, proved=True)
            except Refusal as caught:
                request.session.modified = True
                status = caught.status
                refusal = None if add_faults(form, caught) else caught
    return _show(request, form, refusal, status, code=True, email=kept["email"])


def _change(
    request: HttpRequest, user: Any, phone: str, email: str, *, proved: bool
) -> HttpResponse:
    former = user.email
    changed = changing.change_contacts(
        actor=linking.person(user),
        at=clock.now(),
        user_id=user.pk,
        phone=phone,
        email=email,
        proved=proved,
    )
    if changed and former and changing.mails():
        letters.send_notice(former)
    messages.success(request, _("已保存。") if changed else _("没有改动。"))
    return redirect("kernel:contacts")


def _show(
    request: HttpRequest,
    form: Any,
    refusal: Refusal | None,
    status: int,
    *,
    code: bool,
    email: str = "",
) -> HttpResponse:
    answer = render(
        request,
        "kernel/contacts.html",
        {
            "form": form,
            "refusal": refusal,
            "code": code,
            "email": email,
            "mails": changing.mails(),
            "crumbs": [(_("手机号和邮箱"), "")],
        },
        status=status,
    )
    answer["Cache-Control"] = "private, no-store"
    return answer
