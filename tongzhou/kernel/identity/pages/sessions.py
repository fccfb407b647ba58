"""Pages about sessions: how long one's own lasts, and the end of somebody else's."""

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongzhou.kernel import clock
from tongzhou.kernel.identity import recovering, sessions
from tongzhou.kernel.identity.pages.asking import ask, open_person, words_of
from tongzhou.kernel.pages import actor_of, page


@page("kernel.assignment.choose")
def stay(request: HttpRequest) -> HttpResponse:
    """Tell until when one is signed in; looking is using, so it has just begun anew."""
    at = clock.now()
    return render(
        request,
        "kernel/session.html",
        {
            "term": sessions.term_of(request, at),
            "limits": sessions.frame_of(request, at),
            "crumbs": [(_("登录状态"), "")],
        },
    )


@page("public")
def left(request: HttpRequest) -> JsonResponse:
    """Tell a page that is open how many seconds its session has left; asking is no use of it."""
    at = clock.now()
    if actor_of(request).is_public:
        return JsonResponse({"left": 0})
    term = sessions.term_of(request, at)
    return JsonResponse({"left": term.seconds_left(at) if term else None})


@page("kernel.session.end")
def end_for(request: HttpRequest, assignment_id: int) -> HttpResponse:
    """Sign somebody out everywhere, at once."""
    actor, person = open_person(request, assignment_id)

    def act() -> HttpResponse:
        count = recovering.end_sessions_of(actor=actor, at=clock.now(), assignment_id=assignment_id)
        told = ngettext("已退出 %(n)d 处登录。", "已退出 %(n)d 处登录。", count)
        messages.success(request, told % {"n": count})
        return redirect("kernel:person", assignment_id)

    return ask(
        request,
        django_forms.Form(request.POST or None),
        {
            **words_of(actor, person, _("让这个人全部退出")),
            "lead": _("%(name)s 在所有设备上马上退出登录；密码和岗位不变，可以重新登录。")
            % {"name": person.held.user.name},
            "submit": _("全部退出"),
            "danger": True,
        },
        act,
    )
