"""Pages on which people are invited."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.identity import inviting, letters, people, places, rules
from tongzhou.kernel.identity.forms import InviteForm
from tongzhou.kernel.identity.pages.asking import ask
from tongzhou.kernel.identity.pages.people import LOOKING_AFTER, address, role_label
from tongzhou.kernel.models import Invitation
from tongzhou.kernel.pages import actor_of, page
from tongzhou.kernel.privacy.reading import note_read


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
