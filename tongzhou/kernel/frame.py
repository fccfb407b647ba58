"""What the frame around every page shows: navigation, phase ribbon, the person."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from tongzhou.kernel import clock
from tongzhou.kernel.access import ROLE_LABELS, Actor
from tongzhou.kernel.identity import factor, sessions
from tongzhou.kernel.manifest import manifests, named
from tongzhou.kernel.pages import actor_of


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return ``actor``, ``nav``, ``ribbon``, ``large_type``; nothing for anonymous error pages."""
    if not hasattr(request, "actor"):
        return {}
    actor = actor_of(request)
    return {
        "actor": actor,
        "shell": "base.html" if actor.is_public else "workspace.html",
        "role_label": gettext(ROLE_LABELS[actor.role]),
        "nav": _navigation(request, actor),
        "ribbon": _ribbon(actor),
        "large_type": request.COOKIES.get("size") == "large",
        "asked_at": clock.now(),
        "outside_identities": bool(settings.SIGN_IN_DOORS or settings.OIDC_OFFERED),
        "factor_notice": factor.notice(request, actor),
        "leaving": None if actor.is_public else sessions.frame_of(request, clock.now()),
    }


def _navigation(request: HttpRequest, actor: Actor) -> list[dict[str, Any]]:
    entries = sorted(
        (
            entry
            for each in manifests()
            for entry in each.navigation
            if actor.role in entry.roles and actor.may(entry.stem)
        ),
        key=lambda entry: entry.order,
    )
    found = []
    for entry in entries:
        url = reverse(entry.url)
        found.append(
            {
                "label": gettext(entry.label),
                "url": url,
                "icon": entry.icon,
                "phone": entry.phone,
                "count": named(entry.count)(actor) if entry.count else 0,
                "active": False,
            }
        )
    fitting = [each for each in found if request.path.startswith(str(each["url"]))]
    if fitting:
        max(fitting, key=lambda each: len(str(each["url"])))["active"] = True
    return found


def _ribbon(actor: Actor) -> Any:
    """Ask the module that declares a ribbon (module path, colon, function) for its content."""
    for each in manifests():
        if each.ribbon:
            return named(each.ribbon)(actor=actor, at=clock.now())
    return None
