"""Guessing is slowed down, and nobody can be locked out by somebody else's guesses.

Three counters, kept by django-axes under a digest of the name that was typed:

- by name and address: ``AXES_FAILURE_LIMIT`` wrong passwords lock that pair for the cool-off time;
- by name over all unknown devices: after ``FREE_FAILURES`` in the cool-off time, one attempt in a
  growing number of seconds is looked at, the others are refused unseen;
- by name and known device: a counter of its own, and neither of the above.

The answers are the same whether an account of that name exists or not.
"""

from datetime import datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.db.models import Max, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac

from tongzhou.kernel import clock
from tongzhou.kernel.identity import contacts, devices
from tongzhou.kernel.identity.staffing import today_of
from tongzhou.kernel.origin import client_address

FREE_FAILURES = 20
LONGEST_WAIT_SECONDS = 60
_DEVICES = "ff"


def name_of(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """Return under which name an attempt is counted: a digest of what was typed.

    People type passwords and phone numbers into the wrong box; neither belongs into a log.
    """
    held = credentials or {}
    typed = held.get("identifier") or held.get("username")
    if not typed and request is not None:
        typed = request.POST.get("login") or ""
        if not typed and request.user.is_authenticated:
            typed = request.user.get_username()
    return _digest(str(typed or ""), str(held.get("person_name") or ""))


def _digest(typed: str, person_name: str) -> str:
    text = contacts.tidy(typed)
    if contacts.is_code(text):
        text = f"{text}\n{person_name.strip()}"
    return "h" + salted_hmac("tongzhou.guard", text, algorithm="sha256").hexdigest()[:40]


def find_by(credentials: dict[str, Any]) -> Any:
    """Return the person whom credentials name, None for nobody."""
    typed = str(credentials.get("identifier") or credentials.get("username") or "")
    if not typed:
        return None
    name = str(credentials.get("person_name") or "")
    return contacts.find_person(typed, name, today_of(clock.now()))


class Guard(AxesDatabaseHandler):  # type: ignore[misc]  # axes is untyped
    """Counts attempts of a known device apart, and paces the others over all addresses."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Tell whether this attempt is refused without looking at the password."""
        known = self._settle(request, credentials)
        if super().is_locked(request, credentials):
            return True
        return not known and self._too_soon(request, credentials)

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any
    ) -> None:
        """Count a wrong password; one that was refused unseen is not counted."""
        if request is not None:
            self._settle(request, credentials)
        super().user_login_failed(sender, credentials, request, **kwargs)

    def user_logged_in(self, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        """Log a sign-in under the true address."""
        request.axes_ip_address = client_address(request)
        super().user_logged_in(sender, request, user, **kwargs)

    def _settle(self, request: HttpRequest, credentials: dict[str, Any] | None) -> bool:
        """Put the address under which to count into the request; True for a known device."""
        marked: Any = request
        if not hasattr(marked, "guard_known"):
            person = find_by(credentials or {})
            device = devices.device_of(request, person.pk if person else None)
            marked.guard_known = bool(device)
            if device:
                marked.axes_ip_address = devices.address_of_device(device)
            marked.guard_address = marked.axes_ip_address
        return bool(marked.guard_known)

    def _too_soon(self, request: HttpRequest, credentials: dict[str, Any] | None) -> bool:
        at: datetime = request.axes_attempt_time  # type: ignore[attr-defined]  # put there by axes
        window = get_cool_off(request) or timedelta()
        recent = (
            AccessAttempt.objects.filter(
                username=name_of(request, credentials), attempt_time__gt=at - window
            )
            .exclude(ip_address__startswith=_DEVICES)
            .aggregate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
        )
        over = (recent["failures"] or 0) - FREE_FAILURES
        if over < 0 or recent["last"] is None:
            return False
        wait = min(LONGEST_WAIT_SECONDS, 2 ** min(over, 10))
        return bool(at - recent["last"] < timedelta(seconds=wait))


def forget_failures(request: HttpRequest, credentials: dict[str, Any]) -> None:
    """Forget the failures of whoever just signed in, from where they did."""
    marked: Any = request
    if hasattr(marked, "guard_address"):
        AccessAttempt.objects.filter(
            username=name_of(request, credentials), ip_address=marked.guard_address
        ).delete()


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """Answer an attempt that was refused: how long to wait, and the ways around."""
    minutes = int((get_cool_off(request) or timedelta()).total_seconds() // 60)
    answer = render(request, "account/locked.html", {"minutes": minutes}, status=429)
    answer["Retry-After"] = str(LONGEST_WAIT_SECONDS)
    return answer
