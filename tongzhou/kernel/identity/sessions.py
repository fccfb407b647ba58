"""Sessions of people: how long they last unused and altogether, and their end from elsewhere.

A session ends when it was not used for a while (shorter for those who decide about others), and
after a longest life whatever it was used for. Sessions of authorities, readers and operators are
``strict``. The limits are settings; pages tell when a session will end, and offer to stay.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext

from tongzhou.kernel import clock
from tongzhou.kernel.access import AUTHORITY_ROLES, READER_ROLES, Role
from tongzhou.kernel.database import rows

SEEN_EVERY_SECONDS = 60
MOST_HELD = 50_000
WARNED_BEFORE = timedelta(minutes=5)
STRICT_ROLES = AUTHORITY_ROLES | READER_ROLES | {Role.OPERATOR}
#: Whether the role of the session is one of a person at an organisation; strict without it.
LENIENT_KEY = "lenient"
#: Asks how long is left; asking is no use of the session.
LEFT_PATH = "/session/left/"

# Judged by what was there before and noted in one statement. No row: nobody told allauth of the
# session, as in a console; it then lasts as long as its cookie.
_USE = """
UPDATE usersessions_usersession s
SET last_seen_at = CASE WHEN held.alive AND %(used)s THEN %(at)s ELSE held.last_seen_at END
FROM (SELECT id, last_seen_at, last_seen_at > %(seen)s AND created_at > %(began)s AS alive
      FROM usersessions_usersession WHERE session_key = %(key)s) held
WHERE s.id = held.id RETURNING held.alive
"""


def tell_role(request: HttpRequest, role: Role) -> None:
    """Let the session last as the role asks for that its person acts in now."""
    request.session[LENIENT_KEY] = role not in STRICT_ROLES


def idle_limit(request: HttpRequest) -> timedelta:
    """Return how long the session may stay unused."""
    if request.session.get(LENIENT_KEY):
        return timedelta(minutes=settings.SESSION_IDLE_MINUTES_ORGANISATIONS)
    return timedelta(minutes=settings.SESSION_IDLE_MINUTES)


@dataclass(frozen=True, slots=True)
class Term:
    """When a session ends if nobody uses it any more, and which of the limits that is."""

    ends_at: datetime
    idle_minutes: int
    is_final: bool

    def seconds_left(self, at: datetime) -> int:
        """Return how many seconds are left; zero when it is over."""
        return max(0, int((self.ends_at - at).total_seconds()))


def term_of(request: HttpRequest, at: datetime) -> Term | None:
    """Return the term of the session of a request; None where no session is on record."""
    key = request.session.session_key
    held = UserSession.objects.filter(session_key=key).first() if key else None
    if held is None:
        return None
    idle = idle_limit(request)
    last = held.created_at + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    unused = held.last_seen_at + idle
    return Term(min(last, unused), int(idle.total_seconds() // 60), is_final=last <= unused)


class SessionMiddleware:
    """End a session that was not used for too long or lasted too long; else note its use.

    Each process asks the database about a session at most once a minute. Whoever is signed out so
    is asked to sign in, and finds what they had typed (see kernel.keeping).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._seen: dict[str, float] = {}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Judge the session, then pass the request on."""
        key = request.session.session_key
        if key and auth.SESSION_KEY in request.session:
            self._judge(request, key, time.monotonic())
        return self.get_response(request)

    def _judge(self, request: HttpRequest, key: str, now: float) -> None:
        asks = request.path == LEFT_PATH
        last = self._seen.get(key)
        if last is not None and now - last < SEEN_EVERY_SECONDS and not asks:
            return
        at = clock.now()
        alive = rows(
            _USE,
            {
                "key": key,
                "at": at,
                "seen": at - idle_limit(request),
                "began": at - timedelta(seconds=settings.SESSION_COOKIE_AGE),
                "used": not asks,
            },
        )
        if alive and not alive[0][0]:
            self._seen.pop(key, None)
            _end(request, key)
        elif not asks:
            if len(self._seen) >= MOST_HELD:
                self._seen.clear()
            self._seen[key] = now


def _end(request: HttpRequest, key: str) -> None:
    UserSession.objects.filter(session_key=key).delete()
    auth.logout(request)
    messages.info(
        request, gettext("很久没有操作，为保护账号已自动退出，请重新登录。"), fail_silently=True
    )


def end_sessions(user_id: int, but: str = "") -> int:
    """Sign a person out everywhere, except from the session ``but``; return how many ended."""
    held = list(UserSession.objects.filter(user_id=user_id).exclude(session_key=but))
    for each in held:
        each.end()
    return len(held)


def frame_of(request: HttpRequest, at: datetime) -> dict[str, Any]:
    """Return what every page says of its session: minutes unused, and when that is from now."""
    idle = idle_limit(request)
    return {
        "minutes": int(idle.total_seconds() // 60),
        "seconds": int(idle.total_seconds()),
        "warn": int(WARNED_BEFORE.total_seconds()),
        "until": at + idle,
    }
