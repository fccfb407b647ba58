"""The second factor: who needs one, and the way to it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from tongzhou.kernel import clock
from tongzhou.kernel.access import AUTHORITY_ROLES, READER_ROLES, Actor, Role
from tongzhou.kernel.identity.sessions import end_sessions
from tongzhou.kernel.models import User

#: Roles that see or decide about others' affairs.
ROLES = AUTHORITY_ROLES | READER_ROLES | {Role.OPERATOR}
SESSION_KEY = "factor_checked"
#: Where somebody may go before the second factor is set up.
OPEN_PATHS = ("/accounts/", "/second-factor/", "/preferences/", "/static/", "/healthz", "/api/")


def needs_factor(actor: Actor) -> bool:
    """Tell whether the role calls for a second factor on this site."""
    return bool(settings.SECOND_FACTOR_REQUIRED) and actor.role in ROLES


def is_spared(user: Any) -> bool:
    """Tell whether a demonstration persona is spared by the site's explicit setting."""
    return bool(settings.SECOND_FACTOR_SPARES_DEMO) and bool(user.is_demo)


def has_factor(user_id: int) -> bool:
    """Tell whether a person has set up an authenticator."""
    held = Authenticator.objects.filter(user_id=user_id, type=Authenticator.Type.TOTP)
    return bool(held.exists())


def due_at(user: User, at: datetime) -> datetime:
    """Return until when a second factor may be put off; grace begins when first asked."""
    if user.factor_due_at is None:
        user.factor_due_at = at + timedelta(days=settings.SECOND_FACTOR_GRACE_DAYS)
        User.objects.filter(pk=user.pk, factor_due_at__isnull=True).update(
            factor_due_at=user.factor_due_at
        )
    return user.factor_due_at


class SecondFactorMiddleware:
    """Lead people whose role calls for a second factor to it, before anything else.

    Checked once per session; putting it off (while the days of grace last) holds for the session.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on whoever has a second factor, needs none, or has put it off."""
        if settings.SECOND_FACTOR_REQUIRED and self._stops(request):
            return redirect("kernel:second-factor")
        return self.get_response(request)

    def _stops(self, request: HttpRequest) -> bool:
        user: Any = request.user
        if not user.is_authenticated or request.path.startswith(OPEN_PATHS):
            return False
        if request.session.get(SESSION_KEY):
            return False
        actor = request.actor.resolve()  # type: ignore[attr-defined]  # put there by the middleware before
        if not needs_factor(actor) or is_spared(user):
            return False
        if has_factor(user.pk):
            request.session[SESSION_KEY] = True
            return False
        return True


def put_off(request: HttpRequest, at: datetime) -> bool:
    """Let the session go on without a second factor; False when the days of grace are over."""
    user: Any = request.user
    if due_at(user, at) <= at:
        return False
    request.session[SESSION_KEY] = True
    return True


def on_removed(sender: Any, request: HttpRequest, user: Any, authenticator: Any, **kw: Any) -> None:
    """Lead whoever removed their authenticator to a new one at once: there is no second grace."""
    if authenticator.type != Authenticator.Type.TOTP:
        return
    User.objects.filter(pk=user.pk).update(factor_due_at=clock.now())
    request.session.pop(SESSION_KEY, None)
    end_sessions(user.pk, but=request.session.session_key or "")


def notice(request: HttpRequest, actor: Actor) -> str:
    """Return which notice the frame shows: "spared" for demonstration personas, or nothing."""
    user: Any = getattr(request, "user", None)
    if user is not None and user.is_authenticated and needs_factor(actor) and is_spared(user):
        return "spared"
    return ""
