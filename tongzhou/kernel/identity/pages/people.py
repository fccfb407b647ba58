"""Lists and single pages of the people of a place."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.kernel import clock
from tongzhou.kernel.access import ROLE_LABELS, Actor, Role
from tongzhou.kernel.identity import (
    completeness,
    handing,
    people,
    places,
    recovering,
    rules,
    telling,
)
from tongzhou.kernel.identity.completeness import Gap
from tongzhou.kernel.identity.places import Place
from tongzhou.kernel.identity.staffing import today_of
from tongzhou.kernel.models import Invitation, User
from tongzhou.kernel.pages import actor_of, page, paginate
from tongzhou.kernel.privacy.reading import note_read

FOUND_AT_ONCE = 12
WAITING_SHOWN = 50
#: Why somebody is shown the phone number of a person of their place; kept with the read.
LOOKING_AFTER = "办理人员和岗位"


def address(place: Place, actor: Actor, **query: str) -> str:
    """Return the address of the list of people of a place."""
    held = {key: value for key, value in query.items() if value}
    if place.address != places.own_place(actor).address:
        held["place"] = place.address
    url = reverse("kernel:people")
    return f"{url}?{urlencode(held)}" if held else url


def role_label(code: str) -> str:
    """Return a role in the reader's language."""
    return _(ROLE_LABELS[Role(code)])


@page("kernel.person.view")
def list_people(request: HttpRequest) -> HttpResponse:
    """Show who is here, invited, standing in or gone, at the actor's place or one below."""
    actor, at = actor_of(request), clock.now()
    place = places.place_at(actor, request.GET.get("place", ""))
    view = request.GET.get("view", "here")
    view = view if view in people.VIEWS else "here"
    words = request.GET.get("q", "").strip()[:60].replace("\0", "")
    counted = people.count_views(place, at)
    shown = paginate(request, _rows(view, place, at, words))
    for each in shown.object_list:
        held = getattr(each, "assignment", None) if view in {"deputies", "resets"} else each
        each.role_label = role_label(held.role) if held is not None else ""
    labels = {
        "here": _("在岗"),
        "invited": _("等待接受"),
        "deputies": _("代理"),
        "resets": _("等待确认的重置"),
        "gone": _("已离任"),
    }
    tabs = [
        {
            "label": labels[code],
            "url": address(place, actor, view="" if code == "here" else code),
            "active": code == view,
            "count": getattr(counted, code),
        }
        for code in people.VIEWS
        if code != "resets" or counted.resets or view == "resets"
    ]
    own = place.address == places.own_place(actor).address
    return render(
        request,
        "kernel/people.html",
        {
            "place": place,
            "own": own,
            "tabs": tabs,
            "view": view,
            "q": words,
            "page": shown,
            "now": at,
            "today": today_of(at),
            "may_invite": bool(places.roles_given(actor, place))
            and actor.may("kernel.person.invite"),
            "may_invite_many": own and actor.may("kernel.person.invite-many"),
            "gaps": _said(completeness.gaps_of(place, at)) if view == "here" else "",
            "wanting": _wanting(at) if own and view == "here" and place.kind == "SITE" else (),
            "waiting": telling.list_waiting(actor, at) if own else (),
            "invited": _invited(actor, at) if own else (),
            "batches": _batches(actor, at) if own else (),
            **_others(request, actor),
            "crumbs": [
                (_("人员和岗位"), reverse("kernel:people")),
                (place.label if not own else labels[view], ""),
            ],
        },
    )


def _invited(actor: Actor, at: datetime) -> list[Invitation]:
    """Return the invitations that wait for a second person here, each with its role."""
    found = list(handing.list_waiting(actor, at)[:WAITING_SHOWN])
    for each in found:
        each.role_label = role_label(each.role)  # type: ignore[attr-defined]  # for the template
    return found


def _batches(actor: Actor, at: datetime) -> list[dict[str, Any]]:
    """Return the tables that wait for a second person here."""
    found = list(handing.list_waiting_batches(actor, at)[:WAITING_SHOWN])
    names = dict(
        User.objects.filter(pk__in=[each.user_id for each in found]).values_list("pk", "name")
    )
    return [
        {
            "pk": each.pk,
            "who": names.get(each.user_id or 0, "—"),
            "when": each.asked_at,
            "count": each.invitations.count(),
        }
        for each in found
    ]


def _said(gaps: list[Gap]) -> str:
    """Say what a place cannot do, and whom to invite; empty when it lacks nobody."""
    if not gaps:
        return ""
    return _("还缺一个人，这些要两个人办的事办不了：%(acts)s。可以邀请：%(roles)s。") % {
        "acts": _("；").join(_acts(gaps)),
        "roles": _roles(gaps),
    }


def _acts(gaps: list[Gap]) -> list[str]:
    return [
        _("“%(first)s”和“%(second)s”") % {"first": _(each.first), "second": _(each.second)}
        for each in gaps
    ]


def _roles(gaps: list[Gap]) -> str:
    """Return whom to invite: the roles that mend everything, where there are any."""
    both = set(gaps[0].wanted).intersection(*(each.wanted for each in gaps[1:]))
    wanted = [role for role in gaps[0].wanted if role in both] or gaps[0].wanted
    return _("、").join(role_label(role) for role in wanted)


def _wanting(at: datetime) -> list[dict[str, Any]]:
    """Return the authorities that cannot do everything, with their pages."""
    found = []
    for authority_id, gaps in completeness.list_wanting(at):
        place = places.directory().find_authority(authority_id)
        if place is not None:
            url = f"{reverse('kernel:people')}?{urlencode({'place': place.address})}"
            found.append(
                {"label": place.label, "url": url, "roles": _roles(gaps), "acts": _acts(gaps)}
            )
    return found


def _rows(view: str, place: Place, at: datetime, words: str) -> Any:
    """Return the rows of one view."""
    if view == "invited":
        return people.list_invited(place, words)
    if view == "deputies":
        return people.list_deputies(place, at)
    if view == "resets":
        return people.list_resets(place)
    listed = people.list_gone if view == "gone" else people.list_here
    return listed(place, at, words)


def _others(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """Return what the search for other places found: organisations, or authorities."""
    words = request.GET.get("find", "").strip()[:60].replace("\0", "")
    directory = places.directory()
    if actor.role == Role.OPERATOR:
        found = directory.search_authorities(words, FOUND_AT_ONCE) if words else []
        kind = "authorities"
    elif actor.role in rules.OVER_ORGANISATIONS and actor.authority_id is not None:
        found = directory.search_registered(actor.authority_id, words, FOUND_AT_ONCE)
        kind = "organisations"
    else:
        return {"finds": ""}
    return {
        "finds": kind,
        "find": words,
        "found": [{"label": each.label, "url": address(each, actor)} for each in found],
        "found_all": len(found) < FOUND_AT_ONCE,
    }


@page("kernel.deputy.appoint")
def show_person(request: HttpRequest, assignment_id: int) -> HttpResponse:
    """Show one assignment: its person, its deputies, and what can be done."""
    actor, at = actor_of(request), clock.now()
    person = people.get_person(actor, at, assignment_id)
    held = person.held
    if held.user.phone and not person.own:
        note_read(actor, at, f"user/{held.user_id}", ["phone"], LOOKING_AFTER)
    facts = [
        {"label": _("岗位"), "value": role_label(held.role)},
        {"label": _("单位"), "value": held.label},
        {"label": _("用户名"), "value": held.user.username},
        {"label": _("手机号"), "value": held.user.phone or "—"},
        {"label": _("电子邮箱"), "value": held.user.email or "—"},
        {"label": _("任职"), "value": _period(held.from_on, held.to_on)},
        {"label": _("两步验证"), "value": _("已设置") if person.guarded else _("未设置")},
    ]
    return render(
        request,
        "kernel/person.html",
        {
            "person": person,
            "held": held,
            "facts": facts,
            "two": person.may_recover and recovering.takes_two(actor, held),
            "may_hand_over": person.asked is not None
            and actor.user_id not in {person.asked.asked_by_id, held.user_id},
            "helped": telling.handed_over(held.user_id, at).filter(user_id=held.user_id)[:5],
            "may_decide": person.reset is not None
            and person.may_change
            and actor.user_id not in {person.reset.asked_by_id, held.user_id},
            "crumbs": _crumbs(actor, person.place, held.user.name),
        },
    )


def _period(from_on: Any, to_on: Any) -> str:
    if to_on is None:
        return _("%(from)s 起") % {"from": from_on}
    return _("%(from)s 至 %(to)s") % {"from": from_on, "to": to_on}


def _crumbs(actor: Actor, place: Place, name: str) -> list[tuple[str, str]]:
    if not actor.may("kernel.person.view"):
        return [(_("切换岗位"), reverse("kernel:assignment")), (name, "")]
    return [(_("人员和岗位"), address(place, actor)), (name, "")]
