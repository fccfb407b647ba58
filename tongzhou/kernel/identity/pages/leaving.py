"""Pages on which people leave, hand over and are stood in for."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing
from tongzhou.kernel import clock
from tongzhou.kernel.identity import staffing
from tongzhou.kernel.identity.forms import DeputyForm, EndForm, HandOverForm
from tongzhou.kernel.identity.pages.asking import (
    ask,
    back_to_person,
    open_person,
    others_of,
    words_of,
)
from tongzhou.kernel.identity.pages.people import address, role_label
from tongzhou.kernel.identity.staffing import today_of
from tongzhou.kernel.pages import actor_of, page


@page("kernel.assignment.end")
def end(request: HttpRequest, assignment_id: int) -> HttpResponse:
    """Let somebody leave on a day."""
    actor, person = open_person(request, assignment_id)
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
            **words_of(actor, person, _("结束任职")),
            "lead": _("%(name)s 到这一天为止还能以这个岗位办事；任务和报送留在单位。")
            % {"name": person.held.user.name},
            "submit": _("结束任职"),
            "danger": True,
        },
        act,
    )


@page("kernel.deputy.appoint")
def deputise(request: HttpRequest, assignment_id: int) -> HttpResponse:
    """Name a deputy for an absence; also for one's own assignment."""
    actor, person = open_person(request, assignment_id)
    if not person.own and not person.may_change:
        raise Missing("没有这个岗位。")
    today = today_of(clock.now())
    others = [each for each in others_of(person) if each[0] != actor.user_id]
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
            **words_of(actor, person, _("安排代理")),
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
    return back_to_person(request)


@page("kernel.assignment.handover")
def hand_over(request: HttpRequest, assignment_id: int) -> HttpResponse:
    """Hand over everything a person holds to somebody else: choose, look, confirm."""
    actor, person = open_person(request, assignment_id)
    if not person.may_change:
        raise Missing("没有这个岗位。")
    others = [each for each in others_of(person) if each[0] != actor.user_id]
    form = HandOverForm(others, request.POST or None)
    words = {
        **words_of(actor, person, _("移交岗位")),
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
