"""What every API operation shares: tokens, permissions, problem documents."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.exceptions import APIException, AuthenticationFailed, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from tongzhou.base.errors import Refusal
from tongzhou.kernel import sight
from tongzhou.kernel.access import Actor, public
from tongzhou.kernel.middleware import log_refusal, problem
from tongzhou.kernel.openapi import check_request
from tongzhou.kernel.tokens import TokenAuthentication


def endpoint(
    stem: str, *methods: str, writes: str = "", parsers: Sequence[type[BaseParser]] = ()
) -> Callable[[Callable[..., HttpResponse]], Any]:
    """Make an API operation guarded by ``stem``; the function gets ``request`` and ``actor``.

    ``writes`` is the permission for anything but reading, where that is another one; ``parsers``
    read bodies of other kinds than JSON, such as uploads.
    """

    def wrap(function: Callable[..., HttpResponse]) -> Any:
        def run(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = cast("Actor | None", request.auth) or public()
            needed = stem if request.method == "GET" else writes or stem
            if actor.is_public and not actor.may(needed):
                raise AuthenticationFailed(gettext("请提供令牌。"))
            actor.require(needed)
            sight.bind(actor)
            check_request(request)
            return function(request, actor, *args, **kwargs)

        run.__name__ = function.__name__
        run.__doc__ = function.__doc__
        run.__module__ = function.__module__
        if parsers:
            run.parser_classes = list(parsers)  # type: ignore[attr-defined]  # read by api_view
        view = api_view(list(methods) or ["GET"])(
            permission_classes([AllowAny])(authentication_classes([TokenAuthentication])(run))
        )
        view.stem = stem  # type: ignore[attr-defined]  # read by the architecture tests
        view.writes = writes or stem  # type: ignore[attr-defined]  # the same
        return view

    return wrap


def _faults(detail: Any, name: str = "") -> dict[str, str]:
    """Return the first message for each field, nested ones with their path."""
    if isinstance(detail, dict):
        found: dict[str, str] = {}
        for key, value in detail.items():
            inner = "" if key == "non_field_errors" else str(key)
            found |= _faults(value, ".".join(filter(None, (name, inner))))
        return found
    if isinstance(detail, list):
        return _faults(detail[0], name) if detail else {}
    return {name: str(detail)}


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer refusals and framework errors as problem documents; let bugs pass."""
    if isinstance(error, Refusal):
        log_refusal(context["request"], error, context["request"].auth)
        return Response(
            problem(error), status=error.status, content_type="application/problem+json"
        )
    if isinstance(error, APIException):
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": str(error.default_detail),
            "status": error.status_code,
            "detail": str(error.detail),
        }
        if isinstance(error, ValidationError):
            # Its shape was right (see openapi.check_request); what it says is not.
            body["status"] = 422
            body["faults"] = _faults(error.detail)
            body["detail"] = "；".join(f"{k}：{v}" if k else v for k, v in body["faults"].items())
        response = Response(body, status=body["status"], content_type="application/problem+json")
        if isinstance(error, AuthenticationFailed):
            response["WWW-Authenticate"] = TokenAuthentication.keyword
        return response
    assert settings.configured
    return None
