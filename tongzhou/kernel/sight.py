"""The second wall: whose rows a statement may see (row-level security).

``visible_to`` cuts what is read; the policies of the organisation-owned tables cut it once more,
inside PostgreSQL, by the setting ``tongzhou.sight``. A query that forgets ``visible_to`` then shows
nothing that is not the actor's.

What a thread sees is kept here, and nowhere in the database: :mod:`.postgresql` sends it along
with the statements, for the length of their transaction.

- In a request it follows the actor (:func:`bind`), and is nobody's until there is one.
- Inside a command the product itself writes, after checking that the actor may (:func:`as_system`):
  a transfer hands an organisation to an authority whose rows the actor doesn't see any more.
- Jobs and the console speak for the system. The web server never does outside a command.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.signals import request_finished, request_started

from tongzhou.kernel.access import NATION, Actor, Role
from tongzhou.kernel.reach import EVERYTHING, SETTING

__all__ = ["EVERYTHING", "NOBODY", "SETTING", "acting_as", "as_system", "bind", "current", "serve"]

NOBODY = ""


class _Thread(threading.local):
    """What one thread sees, and whether it answers a request."""

    value: str | None = None
    in_request = False


_thread = _Thread()
_process = {"default": EVERYTHING}


def serve() -> None:
    """Let this process be a web server, which sees nothing by itself."""
    _process["default"] = NOBODY


def current() -> str:
    """Return what the statements of this thread may see now, as the setting has it."""
    return _process["default"] if _thread.value is None else _thread.value


def value_of(actor: Actor) -> str:
    """Return the setting that shows what ``Organisation.objects.visible_to`` shows an actor.

    The bearer row of an actor's own authority belongs to it, because it reports, too.
    """
    span = (actor.low, actor.high)
    if actor.is_system or (actor.is_authority and span == NATION):
        return EVERYTHING
    nothing = (1, 0)
    registered = span if actor.is_authority or actor.role is Role.PARTY_LINE else nothing
    located = span if actor.is_authority or actor.role is Role.TERRITORY else nothing
    authority = actor.authority_id or -1
    known = (
        0,
        *registered,
        *located,
        authority if actor.role is Role.SUPERVISOR else -1,
        authority if actor.role is Role.INDUSTRY else -1,
        actor.organisation_id or -1,
        -1 if actor.prov is None else actor.prov,
    )
    return "{" + ",".join(map(str, known)) + "}"


def bind(actor: Actor) -> None:
    """See what the actor may see until the request ends; outside of requests nothing changes."""
    if _thread.in_request:
        _thread.value = value_of(actor)


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """See with an actor's eyes inside the block, outside requests: for consoles and tests."""
    with _seeing(value_of(actor)):
        yield


@contextmanager
def as_system() -> Iterator[None]:
    """See everything inside the block."""
    with _seeing(EVERYTHING):
        yield


@contextmanager
def _seeing(value: str) -> Iterator[None]:
    before = _thread.value
    _thread.value = value
    try:
        yield
    finally:
        _thread.value = before


def _begin(**_: object) -> None:
    _thread.in_request, _thread.value = True, NOBODY


def _end(**_: object) -> None:
    _thread.in_request, _thread.value = False, None


request_started.connect(_begin, dispatch_uid="kernel.sight.begin")
request_finished.connect(_end, dispatch_uid="kernel.sight.end")
