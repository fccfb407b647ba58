"""Limits how often one caller asks, and says when to come again.

Counted in windows of a minute over all processes, by the session or token and, more widely, by the
address: a forged cookie gets no fresh allowance. Guessing of passwords has guards of its own.
"""

import hashlib
import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from tongzhou.base.errors import Refusal
from tongzhou.kernel import shared
from tongzhou.kernel.middleware import refusal_response
from tongzhou.kernel.origin import client_address

WINDOW_SECONDS = 60
#: An office behind one address gets this many times what one person gets.
OFFICE = 30
#: Where setting one page costs a second of a processor, an office gets less.
OFFICES = {"typeset": 6}
MOST_CALLERS = 50_000
#: When to come again to what is at work for others.
BUSY_SECONDS = 15
#: Into how many parts a process divides a limit before it tells the others.
SHARES = 40
#: Whoever has one address of IPv6 has at least as many as share this many leading bits.
_NETWORK_BITS = 64
_SAFE = {"GET", "HEAD", "OPTIONS"}
_EXPORTS = ("export", "print", ".xlsx", ".csv", ".docx", ".pdf", "/file", "/files/")
_SEARCHES = ("/search", "/ask")


class TooMany(Refusal):
    """Refuse a request of somebody who asks too often, or while too many ask."""

    status = 429
    title = "请求太频繁"


@dataclass(slots=True)
class _Count:
    """``told``: the shared sum when it was last heard; ``own``: counted here and not told yet."""

    told: int = 0
    own: int = 0


class Counters:
    """How often each caller asked in the present window, over all processes.

    A process counts by itself and adds what it counted to the shared sum each time it has a
    fortieth of the limit. So a plain page read writes nothing, a limit up to 40 (sign-ins) holds
    exactly, and a larger one holds but for a fortieth for each process. A process whose memory is
    full of callers tells every request of a new one at once: none is forgotten.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._window = -1
        self._counts: dict[tuple[str, str], _Count] = {}

    def clear(self) -> None:
        """Forget everything counted in this process."""
        with self._lock:
            self._counts.clear()

    def add(self, caller: str, kind: str, limit: int, now: float) -> int:
        """Count one request; return 0, or the seconds to wait when there were ``limit`` before."""
        window = int(now) // WINDOW_SECONDS
        wait = WINDOW_SECONDS - int(now) % WINDOW_SECONDS
        with self._lock:
            if window != self._window:
                self._window = window
                self._counts.clear()
            held = self._counts.get((caller, kind))
            step = max(1, limit // SHARES)
            if held is None:
                held = _Count()
                if len(self._counts) < MOST_CALLERS:
                    self._counts[caller, kind] = held
                else:
                    step = 1
            if held.told + held.own >= limit:
                return wait
            held.own += 1
            if held.own < step:
                return 0
            amount, held.own = held.own, 0
            held.told += amount
        digest = hashlib.sha256(f"{window} {kind} {caller}".encode()).hexdigest()
        total = shared.add_to(f"rate {digest}", amount, (window + 2) * WINDOW_SECONDS)
        held.told = max(held.told, total)
        return 0 if total <= limit else wait


COUNTERS = Counters()


def kind_of(request: HttpRequest) -> str:
    """Return which limit a request falls under: a key of ``settings.RATE_LIMITS``."""
    path = request.path
    if path.endswith("/export/pdf") or (
        path.endswith("/export/") and request.GET.get("format") == "pdf"
    ):
        return "typeset"
    if path.startswith("/accounts/login") and request.method not in _SAFE:
        return "sign-in"
    if request.method not in _SAFE:
        return "upload" if (request.content_type or "").startswith("multipart/") else "write"
    if any(each in path for each in _EXPORTS):
        return "export"
    if any(each in path for each in _SEARCHES) or request.GET.get("q"):
        return "search"
    return "api" if path.startswith("/api/") else "page"


def caller_of(request: HttpRequest) -> str:
    """Return what stands for the caller: a digest of the session or token; empty without one."""
    shown = request.headers.get("Authorization") or request.COOKIES.get(
        settings.SESSION_COOKIE_NAME, ""
    )
    return hashlib.sha256(shown.encode(errors="replace")).hexdigest() if shown else ""


def network_of(address: str) -> str:
    """Return an address as it is counted: those of IPv6 by their network."""
    if ipaddress.ip_address(address).version == 4:
        return address
    return str(ipaddress.ip_network(f"{address}/{_NETWORK_BITS}", strict=False))


class ThrottleMiddleware:
    """Answer 429 with ``Retry-After`` to who asks more often than the settings allow."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Count the request and pass it on, or refuse it."""
        if settings.RATE_LIMITS_ON and request.path != "/healthz":
            wait = self._wait(request, time.time())
            if wait:
                response = refusal_response(
                    request,
                    TooMany(
                        "您在一分钟内的请求太多，这一次没有处理。",
                        code="too-many-requests",
                        way_out="请稍等一分钟再试。程序请按 Retry-After 等待。",
                    ),
                )
                response["Retry-After"] = str(wait)
                return response
        answer = self.get_response(request)
        if answer.status_code == TooMany.status and "Retry-After" not in answer:
            answer["Retry-After"] = str(BUSY_SECONDS)
        return answer

    def _wait(self, request: HttpRequest, now: float) -> int:
        kind = kind_of(request)
        limit = int(settings.RATE_LIMITS[kind])
        address = network_of(client_address(request))
        caller = caller_of(request)
        own = COUNTERS.add(caller, kind, limit, now) if caller else 0
        wide = limit * OFFICES.get(kind, OFFICE)
        return own or COUNTERS.add(f"address {address}", kind, wide, now)
