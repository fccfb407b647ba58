"""Pages of the kernel itself: health, assignments, preferences, the audit trail."""

import sys

from django.db import connection
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing
from tongzhou.kernel import accounts, clock
from tongzhou.kernel.access import ROLE_LABELS, Role
from tongzhou.kernel.middleware import failure, refusal_response, wants_json
from tongzhou.kernel.pages import actor_of, page

LANGUAGES = {"zh-hans", "en"}
YEAR_SECONDS = 365 * 24 * 3600


@page("public")
def health(request: HttpRequest) -> HttpResponse:
    """Answer 200 once the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


def _back(request: HttpRequest) -> HttpResponseRedirect:
    target = request.POST.get("next") or request.GET.get("next") or "/"
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    return HttpResponseRedirect(target)


@page("kernel.assignment.choose")
def choose_assignment(request: HttpRequest) -> HttpResponse:
    """Switch between the assignments that a person holds."""
    held = accounts.list_standing(actor_of(request).user_id or 0, clock.now())
    if request.method == "POST":
        chosen = next((each for each in held if str(each.pk) == request.POST.get("id")), None)
        if chosen is None:
            raise Missing("没有这个岗位。")
        accounts.act_in(request, chosen)
        return redirect("/")
    held_by = actor_of(request).user_id
    context = {
        "assignments": [
            {
                "id": each.pk,
                "label": f"{_(ROLE_LABELS[Role(each.role)])} · {each.label}",
                "absent": each.user.name if each.user_id != held_by else "",
            }
            for each in held
        ]
    }
    return render(request, "kernel/assignments.html", context)


@page("public")
def set_preferences(request: HttpRequest) -> HttpResponse:
    """Remember the language and the type size in cookies, then go back."""
    response = _back(request)
    if request.method == "POST":
        language = request.POST.get("language", "")
        if language in LANGUAGES:
            response.set_cookie(
                "django_language", language, max_age=YEAR_SECONDS, samesite="Lax", httponly=True
            )
        size = request.POST.get("size", "")
        if size in {"large", "normal"}:
            response.set_cookie("size", size, max_age=YEAR_SECONDS, samesite="Lax", httponly=True)
    return response


def _bare(status: int, title: str) -> HttpResponse:
    return JsonResponse(
        {"type": "about:blank", "title": title, "status": status},
        status=status,
        content_type="application/problem+json",
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show 400."""
    if wants_json(request):
        return _bare(400, "Bad request")
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show 403."""
    return render(request, "403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show 403 when a form came without its token: usually a page left open too long."""
    return render(
        request,
        "403.html",
        {
            "message": _("页面已过期，为安全起见没有提交。"),
            "way_out": _("请返回上一页刷新后再提交；已填写的内容如有草稿会保留。"),
        },
        status=403,
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show 404."""
    if wants_json(request):
        return refusal_response(request, Missing("没有这一页。"))
    return render(request, "404.html", status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """Show 500, or 503 where the database could not be reached."""
    return failure(request, sys.exc_info()[1])
