"""Around every request: who acts, and how refusals and bugs are told."""

import logging
import secrets
from collections.abc import Callable
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    JsonResponse,
)
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext

from tongzhou.base.errors import Forbidden, Missing, Refusal
from tongzhou.kernel import accounts, audit
from tongzhou.kernel.origin import agent_family, client_address, kept_address

log = logging.getLogger("tongzhou")

#: The largest numbers that the columns of keys hold: bigint, and smallint for provinces.
LARGEST_KEY = 2**63 - 1
LARGEST = {"prov": 2**15 - 1}

PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
#: Refusals with a page of their own; others are told on the plain one, with their own number.
DRAWN = {403, 404, 409, 410, 411, 413, 422, 429}
#: After how many seconds to ask again while the database cannot be reached.
AWAY_SECONDS = 60
METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}

Handler = Callable[[HttpRequest], HttpResponseBase]


class ActorMiddleware:
    """Put ``request.actor`` there: the person in the assignment they chose."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Resolve the actor when first asked for it."""
        request.actor = accounts.LazyActor(request)  # type: ignore[attr-defined]
        with audit.origin(kept_address(client_address(request)), agent_family(request)):
            return self.get_response(request)


class HeadersMiddleware:
    """Tell the browser what it may do with an answer; outermost, so that none is left out.

    A session cookie that cannot be one of ours is not looked up: no page could be drawn, because
    each asks who is signed in.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add the content security policy to whatever is answered, files and errors included."""
        shown = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        if not (shown.isascii() and shown.isalnum()):
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        if settings.SECURE_SSL_REDIRECT and wants_json(request) and not request.is_secure():
            # A program that is sent on has shown its token already; it is to learn of its mistake.
            response: HttpResponseBase = refusal_response(request, _plain_http())
        else:
            response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", settings.CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        return response


class LengthMiddleware:
    """Ask for the length of a body beforehand: without it the body would be taken for empty."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer 405 to methods nobody needs, and 411 to a body of unknown length."""
        if request.method not in METHODS:
            return HttpResponseNotAllowed(sorted(METHODS))
        if request.META.get("HTTP_TRANSFER_ENCODING") and not request.META.get("CONTENT_LENGTH"):
            return refusal_response(
                request,
                LengthNeeded(
                    "没有说明内容有多长，没有收下。",
                    code="length-needed",
                    way_out="请用浏览器提交；程序请在请求中写明 Content-Length。",
                ),
            )
        return self.get_response(request)


class LengthNeeded(Refusal):
    """Refuse a body of unannounced length."""

    status = 411
    title = "没有收下"


class SafetyMiddleware:
    """Keep signed-in pages out of every cache."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Forbid caching of what is shown to a person or a token."""
        response = self.get_response(request)
        user = getattr(request, "user", None)
        if "Authorization" in request.headers or (user is not None and user.is_authenticated):
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class RefusalMiddleware:
    """Turn a refusal into its page, fragment or problem document; give a bug a reference."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Answer at once for numbers in the address that no key of ours can be."""
        for name, value in kwargs.items():
            if isinstance(value, int) and value > LARGEST.get(name, LARGEST_KEY):
                return refusal_response(request, Missing("没有这一页。"))
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a refusal; log anything else with a reference number the user can quote."""
        if isinstance(error, Refusal):
            asked = getattr(request, "user", None) is not None  # None: the API asked for a token
            log_refusal(request, error, getattr(request, "actor", None) if asked else None)
            return refusal_response(request, error)
        if isinstance(error, (DataError, UnicodeEncodeError)):
            # The database cannot hold it: a number out of range, a NUL, half a character.
            log.warning("unfit input", extra={"path": request.path}, exc_info=error)
            return refusal_response(request, _unfit())
        if isinstance(error, (ImmediateHttpResponse, ReauthenticationRequired)):
            return None  # an answer of allauth, which its own middleware gives
        if isinstance(error, (Http404, PermissionDenied, SuspiciousOperation, BadRequest)):
            return None
        if settings.DEBUG_PROPAGATE_EXCEPTIONS:
            return None
        reference = secrets.token_hex(4)
        log.exception("bug", extra={"reference": reference, "path": request.path})
        return failure(request, error, reference)


def log_refusal(request: HttpRequest, refusal: Refusal, actor: Any) -> None:
    """Leave a line in the log of who was refused what, or asked for what is not theirs to see."""
    who, role = (actor.user_id, actor.role) if actor is not None else (None, "")
    if refusal.status not in {403, 404} or (refusal.status == 404 and who is None):
        return
    log.log(
        logging.WARNING if refusal.status == 403 else logging.INFO,
        "refused %s %s: user %s as %s, %s",
        request.method,
        request.path,
        who,
        role,
        refusal.code,
    )


def _plain_http() -> Refusal:
    return Forbidden(
        "接口只能用 HTTPS 访问。",
        code="plain-http",
        way_out="请把地址改成 https:// 开头；这次用过的令牌已在网络上明文传过，请作废重做。",
    )


def _unfit() -> Refusal:
    return Refusal(
        "填写的内容里有系统存不下的数字或字符。",
        code="unfit-input",
        way_out="请检查有没有过大的数字、过长的文字或看不见的特殊字符，改正后再试。",
    )


def failure(request: HttpRequest, error: BaseException | None, reference: str = "") -> HttpResponse:
    """Answer a bug with 500, and with 503 what passes: a database that cannot be reached."""
    away = isinstance(error, (OperationalError, InterfaceError))
    status, title = (503, "Service unavailable") if away else (500, "Internal error")
    if wants_json(request):
        told = {"type": "about:blank", "title": title, "status": status}
        answer: HttpResponse = JsonResponse(
            told | ({"reference": reference} if reference else {}),
            status=status,
            content_type="application/problem+json",
        )
    else:
        answer = _failure_page(request, status, reference)
    if away:
        answer["Retry-After"] = str(AWAY_SECONDS)
    return answer


def _failure_page(request: HttpRequest, status: int, reference: str) -> HttpResponse:
    """Show 500 or 503; without the frame when what is broken is needed for the frame itself."""
    context = {"reference": reference}
    try:
        return render(request, f"{status}.html", context, status=status)
    except Exception:
        log.exception("the frame of the page is broken")
        return HttpResponse(render_to_string(f"{status}.html", context), status=status)


def wants_json(request: HttpRequest) -> bool:
    """Tell whether the caller is a program."""
    return request.path.startswith("/api/")


def problem(refusal: Refusal) -> dict[str, Any]:
    """Return a refusal as an RFC 9457 problem document."""
    body: dict[str, Any] = {
        "type": f"urn:tongzhou:{refusal.code}",
        "title": gettext(refusal.title),
        "status": refusal.status,
        "detail": refusal.text(gettext),
    }
    if refusal.clause:
        body["clause"] = refusal.clause
    if refusal.way_out:
        body["way_out"] = gettext(refusal.way_out)
    if refusal.faults:
        body["faults"] = refusal.faults
    return body


def refusal_response(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer a refusal in the form the caller understands."""
    if wants_json(request):
        return JsonResponse(
            problem(refusal),
            status=refusal.status,
            content_type="application/problem+json",
            json_dumps_params={"ensure_ascii": False},
        )
    context = {
        "title": gettext(refusal.title),
        "message": refusal.text(gettext),
        "way_out": gettext(refusal.way_out) if refusal.way_out else "",
        "clause": refusal.clause,
        "faults": refusal.faults,
    }
    template = f"{refusal.status}.html" if refusal.status in DRAWN else "error.html"
    return render(request, template, {**context, "status": refusal.status}, status=refusal.status)
