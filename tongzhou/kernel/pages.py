"""What every page shares: the permission it needs, the frame around it, how it refuses."""

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext

from tongzhou.base.errors import Refusal
from tongzhou.kernel import keeping, sight
from tongzhou.kernel.access import Actor
from tongzhou.kernel.accounts import LazyActor

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)


def page(
    stem: str,
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], R]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """Guard a view with the permission ``stem``; "public" lets everybody in.

    Somebody who is not signed in is asked to; somebody who is, but may not, gets 403.
    """

    def wrap(
        view: Callable[Concatenate[HttpRequest, P], R],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def run(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            actor = actor_of(request)
            if not actor.may(stem) and actor.is_public:
                return _ask_to_sign_in(request)
            actor.require(stem)
            if not actor.is_public and not is_part(request) and keeping.restore(request):
                messages.info(
                    request, gettext("您登录前填的内容在下面，还没有提交。附件请重新选择。")
                )
            try:
                return view(request, *args, **kwargs)
            except ReauthenticationRequired:
                keeping.put_back(request)
                list(messages.get_messages(request))  # told on the page itself, later
                raise

        run.stem = stem  # type: ignore[attr-defined]  # read by the architecture tests
        return run

    return wrap


def _ask_to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Send to the sign-in page; htmx is told to, so that the page does not end up inside a page.

    Where htmx was about to write, nothing is taken away from somebody's screen: 401, and the page
    says that it was not saved.
    """
    if not is_part(request):
        if request.method == "POST" and (kept := keeping.keep(request)):
            messages.warning(
                request,
                gettext("登录已过期，没有提交。您填的内容留着，登录后接着办；附件要重新选择。"),
            )
            return redirect_to_login(kept)
        return redirect_to_login(request.get_full_path())
    answer = HttpResponse(status=401)
    if request.method == "GET":
        answer["HX-Redirect"] = redirect_to_login(request.get_full_path()).url
    return answer


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts in this request; from here on the database shows what they may see."""
    lazy = request.actor  # type: ignore[attr-defined]  # put there by ActorMiddleware
    assert isinstance(lazy, Actor | LazyActor)
    actor = lazy if isinstance(lazy, Actor) else lazy.resolve()
    sight.bind(actor)
    return actor


def is_part(request: HttpRequest) -> bool:
    """Tell whether htmx asks for a part of the page rather than the whole."""
    return bool(getattr(request, "htmx", False)) and not bool(
        getattr(request, "htmx", None) and request.htmx.boosted  # type: ignore[attr-defined]
    )


def paginate(request: HttpRequest, rows: Any, size: int = 25) -> "Page[Any]":
    """Return the page of ``rows`` asked for by ``?page=`` and ``?size=`` (10 to 200)."""
    with suppress(ValueError):
        size = min(200, max(10, int(request.GET.get("size", size))))
    return Paginator(rows, size).get_page(request.GET.get("page"))


def refuse(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    refusal: Refusal,
) -> HttpResponse:
    """Show a form again with a refusal on top: nothing typed is lost. Status of the refusal."""
    return render(request, template, {**context, "refusal": refusal}, status=refusal.status)


def once_key() -> str:
    """Return a fresh key for a form, so that a double click is one act."""
    return secrets.token_urlsafe(16)
