"""What the pages about people share: a form that is shown and carried out, and whose page it is."""

from collections.abc import Callable
from typing import Any

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.identity import people, staffing
from tongzhou.kernel.identity.forms import add_faults
from tongzhou.kernel.identity.pages.people import address, role_label
from tongzhou.kernel.identity.staffing import today_of
from tongzhou.kernel.pages import actor_of


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


def open_person(request: HttpRequest, assignment_id: int) -> tuple[Actor, people.Person]:
    """Return who acts and whom they look at; Refusal for an assignment that has ended."""
    actor = actor_of(request)
    person = people.get_person(actor, clock.now(), assignment_id)
    if not person.is_open:
        raise Refusal("这个岗位已经结束。", way_out="需要恢复的，请重新邀请本人。")
    return actor, person


def words_of(actor: Actor, person: people.Person, title: str) -> dict[str, Any]:
    """Return what the template needs to say about a page on one person."""
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


def others_of(person: people.Person) -> list[tuple[int, str]]:
    """Return the colleagues to choose from, each person once."""
    today = today_of(clock.now())
    found: dict[int, str] = {}
    for each in staffing.colleagues(person.held, today).exclude(user_id=person.held.user_id):
        found.setdefault(each.user_id, f"{each.user.name} · {role_label(each.role)}")
    return list(found.items())


def back_to_person(request: HttpRequest) -> HttpResponse:
    """Go back to the page of the person that a button of it was about, else to all people."""
    person = request.POST.get("person", "")
    if person.isdecimal():
        return redirect("kernel:person", int(person))
    return redirect("kernel:people")
