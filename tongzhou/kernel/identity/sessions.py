"""Sessions of people: when they were last seen, and their end when what they stand on is gone."""

import time
from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponseBase

from tongzhou.kernel import clock

SEEN_EVERY_SECONDS = 300
MOST_HELD = 50_000


class SeenMiddleware:
    """Note when a session was last seen, at most every five minutes for each process.

    A write on every page would cost more than the page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._seen: dict[str, float] = {}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on; note the session afterwards, if the person was asked for."""
        response = self.get_response(request)
        user: Any = request.user
        key = request.session.session_key
        if key and user is not None and user.is_authenticated:  # None: the API asked for a token
            self._note(key, time.monotonic())
        return response

    def _note(self, key: str, now: float) -> None:
        last = self._seen.get(key)
        if last is not None and now - last < SEEN_EVERY_SECONDS:
            return
        if len(self._seen) >= MOST_HELD:
            self._seen.clear()
        self._seen[key] = now
        UserSession.objects.filter(session_key=key).update(last_seen_at=clock.now())


def end_sessions(user_id: int, but: str = "") -> int:
    """Sign a person out everywhere, except from the session ``but``; return how many ended."""
    held = list(UserSession.objects.filter(user_id=user_id).exclude(session_key=but))
    for each in held:
        each.end()
    return len(held)
