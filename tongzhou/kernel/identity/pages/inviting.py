"""Pages on which people are invited."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.identity import handing, inviting, letters, people, places, rules
from tongzhou.kernel.identity.completeness import has_second
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
    two = rules.takes_two(actor.role, place.kind, own=place.address == own_address(actor))
    form = InviteForm(roles, request.POST or None, by_two=two)
    alone = two and not has_second(actor, "kernel.invitation.hand", at)

    def act() -> HttpResponse:
        given: dict[str, Any] = {
            **{each: form.cleaned_data[each] for each in ("role", "name", "phone", "email")},
            "to_on": form.cleaned_data["to_on"],
        }
        if two:
            made, word = handing.ask_invitation(actor=actor, at=at, place=place.address, **given)
            return _tell_word(request, actor, made, word)
        sent = inviting.invite(actor=actor, at=at, place=place.address, **given)
        return hand_out(request, actor, sent)

    lead = (
        _(
            "“%(place)s”的岗位。确认是它的人之后再提出。您得到一个口令，由您告诉本人；"
            "链接由本机关另一位同事交付。两样都有才能上岗。"
        )
        if two
        else _("“%(place)s”的岗位。对方打开一次性链接，自己设置密码，随即上岗。")
    )
    return ask(
        request,
        form,
        {
            "title": _("邀请谁来任职"),
            "lead": lead % {"place": place.label},
            "warning": _(
                "本机关现在没有别的人能交付链接。可以先提出，七天内要有第二个人；请领导或运维人员先邀请一位。"
            )
            if alone
            else "",
            "submit": _("提出邀请，并取得口令") if two else _("生成邀请链接"),
            "back": address(place, actor),
            "crumbs": [(_("人员和岗位"), address(place, actor)), (_("邀请"), "")],
        },
        act,
    )


def own_address(actor: Actor) -> str:
    """Return the address of the actor's own place."""
    return places.own_place(actor).address


def _tell_word(request: HttpRequest, actor: Actor, made: int, word: str) -> HttpResponse:
    """Show the word of an invitation this once to whoever asked for it."""
    held = Invitation.objects.get(pk=made)
    place = places.place_of(actor, held)
    answer = render(
        request,
        "kernel/word.html",
        {
            "title": _("邀请的口令"),
            "name": f"{held.name} · {role_label(held.role)}",
            "word": f"{word[:4]} {word[4:]}",
            "back": address(place, actor, view="invited"),
            "crumbs": [(_("人员和岗位"), address(place, actor)), (_("邀请的口令"), "")],
        },
    )
    answer["Cache-Control"] = "private, no-store"
    return answer


def hand_out(
    request: HttpRequest, actor: Actor, sent: inviting.Sent, *, mail: bool = True
) -> HttpResponse:
    """Mail the link of an invitation where there is an address; show it this once."""
    held = Invitation.objects.select_related("made_by").get(pk=sent.id)
    mail = mail and bool(held.email)
    url = request.build_absolute_uri(reverse("kernel:invitation-open", args=[sent.secret]))
    mailed = mail and letters.send_invitation(
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
            "unmailed": mail and not mailed,
            "asked_by": held.made_by.name if held.word and held.made_by else "",
            "back": address(place, actor, view="invited"),
            "crumbs": [(_("人员和岗位"), address(place, actor)), (_("邀请链接"), "")],
        },
    )
    answer["Cache-Control"] = "private, no-store"
    return answer


@page("kernel.person.view")
def show_invitation(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Show an invitation; hand its link over, give it a new one, or revoke it."""
    actor, at = actor_of(request), clock.now()
    held, place = people.get_invitation(actor, invitation_id)
    two = bool(held.word) and handing.takes_two(actor, held)
    if request.method == "POST":
        if request.POST.get("act") == "reissue":
            if not two:
                sent = inviting.reissue(actor=actor, at=at, invitation_id=held.pk)
                return hand_out(request, actor, sent)
            sent = handing.hand_over(actor=actor, at=at, invitation_id=held.pk)
            return hand_out(request, actor, sent, mail=request.POST.get("mail") == "1")
        inviting.revoke_invitation(actor=actor, at=at, invitation_id=held.pk)
        messages.success(request, _("邀请已作废，原来的链接打不开了。"))
        return redirect(address(place, actor, view="invited"))
    is_open = held.used_at is None and held.revoked_at is None
    expired = held.expires_at <= at
    may_change = is_open and held.role in places.roles_given(actor, place)
    own = held.made_by_id in {actor.user_id, actor.on_behalf_of}
    if held.phone:
        note_read(actor, at, f"invitation/{held.pk}", ["phone"], LOOKING_AFTER)
    facts = [
        {"label": _("姓名"), "value": held.name},
        {"label": _("岗位"), "value": role_label(held.role)},
        {"label": _("单位"), "value": held.label},
        {"label": _("手机号"), "value": held.phone or "—"},
        {"label": _("电子邮箱"), "value": held.email or "—"},
        {"label": _("邀请人"), "value": held.made_by.name if held.made_by else "—"},
    ]
    if held.word:
        giver = held.handed_by.name if held.handed_by else _("还没有人交付")
        facts.append({"label": _("链接由谁交付"), "value": giver})
    return render(
        request,
        "kernel/invitation.html",
        {
            "held": held,
            "expired": expired,
            "waiting": bool(held.word) and held.handed_by_id is None,
            "two": two,
            "own": own,
            "may_change": may_change,
            "may_hand": may_change
            and (not two or (not own and not (expired and held.handed_by_id is None))),
            "facts": facts,
            "crumbs": [
                (_("人员和岗位"), address(place, actor, view="invited")),
                (held.name, ""),
            ],
        },
    )
