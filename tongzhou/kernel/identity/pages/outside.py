"""Pages for signing in through, and linking, identities of other systems."""

import secrets
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.utils import perform_login
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing
from tongzhou.kernel import clock
from tongzhou.kernel.adapter import unknown_identity
from tongzhou.kernel.identity import linking, links
from tongzhou.kernel.identity.doors import find_door, list_doors
from tongzhou.kernel.identity.doors.contract import DoorRefusal
from tongzhou.kernel.models import SpentTicket
from tongzhou.kernel.pages import page

STATE = "door_state"
STATE_LASTS_SECONDS = 600
LONGEST_PROOF = 512


@page("kernel.assignment.choose")
def list_outside(request: HttpRequest) -> HttpResponse:
    """Show which outside identities open the account; link another one, or remove one."""
    user: Any = request.user
    held = SocialAccount.objects.filter(user=user).order_by("pk")
    if request.method == "POST":
        raise_if_reauthentication_required(request, app="allauth.account")
        found = held.filter(pk=_number(request.POST.get("remove"))).first()
        if found is None:
            raise Missing("没有这项绑定。")
        with transaction.atomic():
            linking.note_unlinked(
                actor=linking.person(user),
                at=clock.now(),
                user_id=user.pk,
                provider=found.provider,
            )
            found.delete()
        messages.success(request, _("已解除绑定。"))
        return redirect("kernel:doors")
    names = {each.code: each.label for each in list_doors()}
    names |= {each["provider_id"]: each["name"] for each in _oidc()}
    return render(
        request,
        "kernel/outside.html",
        {
            "held": [
                {
                    "pk": each.pk,
                    "name": names.get(each.provider, each.provider),
                    "at": each.date_joined,
                }
                for each in held
            ],
            "offers": [
                {"label": each["label"], "url": each["url"]} for each in offers(request, "connect")
            ],
        },
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0


def _oidc() -> list[dict[str, Any]]:
    return list(settings.SOCIALACCOUNT_PROVIDERS.get("openid_connect", {}).get("APPS", []))


def offers(request: HttpRequest, process: str) -> list[dict[str, str]]:
    """Return label and address of every outside sign-in of this site; each is started by POST."""
    found = [
        {"label": each.label, "url": f"{reverse('kernel:door-start', args=[each.code])}"}
        for each in list_doors()
    ]
    if _oidc():
        for provider in get_adapter().list_providers(request):
            found.append(
                {
                    "label": str(provider.name),
                    "url": provider.get_login_url(request, process=process),
                }
            )
    return found


@page("public")
def start(request: HttpRequest, code: str) -> HttpResponse:
    """Send the browser to the other system, with a state that only this session knows."""
    door = find_door(code)
    if request.method != "POST":
        return redirect("account_login")
    user: Any = request.user
    if user.is_authenticated:
        raise_if_reauthentication_required(request, app="allauth.account")
    state = secrets.token_urlsafe(24)
    next_url = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(next_url, {request.get_host()}, request.is_secure()):
        next_url = ""
    request.session[STATE] = {
        "state": state,
        "door": code,
        "at": clock.now().timestamp(),
        "link": user.pk if user.is_authenticated else None,
        "next": next_url,
    }
    return redirect(door.start(state, _callback(request, code)))


def _callback(request: HttpRequest, code: str) -> str:
    return request.build_absolute_uri(reverse("kernel:door-callback", args=[code]))


@page("public")
def callback(request: HttpRequest, code: str) -> HttpResponse:
    """Take the code or ticket: the state must be ours, the proof new, the identity linked."""
    door = find_door(code)
    begun = _take_state(request, code)
    proof = request.GET.get(door.parameter, "")
    if not proof or len(proof) > LONGEST_PROOF or not proof.isprintable():
        raise _broken()
    _spend(f"{code}:{proof}")
    identity = door.identify(proof, _callback(request, code))
    user: Any = request.user
    if begun["link"] is not None:
        if not user.is_authenticated or user.pk != begun["link"]:
            raise _broken()
        linking.link(user, code, identity.subject, clock.now())
        messages.success(request, _("已绑定，以后可以用它登录。"))
        return redirect("kernel:doors")
    found = linking.find_linked(code, identity.subject)
    if found is None:
        return unknown_identity(request, door.label)
    record_authentication(request, found, "socialaccount", provider=code)
    answer: HttpResponse = perform_login(
        request, found, email_verification="none", redirect_url=begun["next"] or None
    )
    return answer


def _take_state(request: HttpRequest, code: str) -> dict[str, Any]:
    """Return what this session began, once. Raises DoorRefusal when the state is not that one."""
    begun = request.session.pop(STATE, None)
    said = request.GET.get("state", "")
    if (
        not isinstance(begun, dict)
        or begun["door"] != code
        or clock.now().timestamp() - begun["at"] > STATE_LASTS_SECONDS
        or not constant_time_compare(begun["state"], said)
    ):
        raise _broken()
    return begun


def _broken() -> DoorRefusal:
    return DoorRefusal(
        "这次登录不是从本站的登录页开始的，或者已经过期。",
        code="door-state",
        way_out="请回到登录页，重新点一次。",
    )


def _spend(proof: str) -> None:
    """Take a code or ticket once: a second showing is refused, whatever the other system says."""
    try:
        with transaction.atomic():
            SpentTicket.objects.create(digest=links.digest(proof), at=clock.now())
    except IntegrityError:
        raise _broken() from None
