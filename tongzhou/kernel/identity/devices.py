"""Devices on which somebody signed in before.

A device gets a signed cookie when somebody signs in on it. It opens nothing: it only gives the
person's attempts on that device a counter of their own, so that guessing elsewhere can't lock the
owner out.
"""

import hashlib
import ipaddress
import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE = "known"
AGE_SECONDS = 180 * 24 * 3600
MOST_PEOPLE = 6
_SALT = "tongzhou.known-device"


def _read(request: HttpRequest) -> dict[str, str]:
    """Return user id → secret of this device; empty for a forged or old cookie."""
    try:
        held = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=AGE_SECONDS)
    except signing.BadSignature:
        return {}
    return held if isinstance(held, dict) else {}


def device_of(request: HttpRequest, user_id: int | None) -> str:
    """Return what names this device for a person; empty when they never signed in on it."""
    return _read(request).get(str(user_id), "") if user_id is not None else ""


def remember(request: HttpRequest, response: HttpResponse, user_id: int) -> None:
    """Let the device be known for a person from now on; at most six people per device."""
    held = _read(request)
    secret = held.pop(str(user_id), "") or secrets.token_urlsafe(12)
    held[str(user_id)] = secret
    response.set_cookie(
        COOKIE,
        signing.dumps(dict(list(held.items())[-MOST_PEOPLE:]), salt=_SALT),
        max_age=AGE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        path="/accounts/",
    )


def address_of_device(device: str) -> str:
    """Return the address under which attempts on a known device are counted.

    It lies in ff00::/8: addresses of groups, from which nobody can ask, in private networks either.
    """
    digest = hashlib.sha256(f"{_SALT}:{device}".encode()).digest()
    return str(ipaddress.IPv6Address(b"\xff" + digest[:15]))
